/* Any bytes as a journal of power limits: what is taken holds only limits that may be set and paths that are
 * absolute, and what is refused holds nothing. */
/* fuzz-sources: bench/engine/cap_journal.c */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "engine/cap_journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(int ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct cap_journal j = { .n = 0 };
	struct cm_err err = { CM_OK, "" };
	const enum cm_status st = cap_journal_parse("fuzz", (const char *)data, n, &j, &err);

	if (st) {
		must(st == CM_ABSENT || (st == CM_EINPUT && cm_starts(err.why, "fuzz:")));
		must(!j.n && !j.entry);
		return 0;
	}
	must(n > 4 && !memcmp(data + n - 4, "end\n", 4));
	must(!*j.root || *j.root == '/');
	for (size_t i = 0; i < j.n; i++)
		must(j.entry[i].watts > 0 && isfinite(j.entry[i].watts));
	cap_journal_free(&j);
	return 0;
}
