/* Any bytes as a JSON document: what is taken prints, and what is printed reads back the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(int ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct cmj *v = NULL, *again = NULL;
	struct cm_err err = { 0 };
	struct str once = { 0 }, twice = { 0 };

	if (cmj_parse((const char *)data, n, "f", &v, &err) != CM_OK) {
		must(err.st == CM_EINPUT && cm_starts(err.why, "f:"));
		return 0;
	}
	cmj_print(v, true, &once);
	must(cmj_parse(once.p, once.len, "g", &again, &err) == CM_OK);
	cmj_print(again, true, &twice);
	must(once.len == twice.len && memcmp(once.p, twice.p, once.len) == 0);
	str_free(&once);
	str_free(&twice);
	cmj_free(v);
	cmj_free(again);
	return 0;
}
