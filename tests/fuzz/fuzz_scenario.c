/* Any bytes as a scenario: a decision with finite figures, or one sentence that names a file. */
/* fuzz-sources: reports/model/*.c reports/decide/*.c bench/engine/catalogue.c bench/engine/decision_*.c */
#include <stdint.h>
#include <stdlib.h>

#include "base/file.h"
#include "decide/scenario.h"

extern const struct decider decide_tco;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* No page is written here. */
const struct embedded_file *cm_embedded(const char *name)
{
	(void)name;
	return NULL;
}

static void must(int ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct scenario_world world;
	static unsigned runs;
	static struct catalogue *cat;
	struct cm_err err = { .why = "" };
	if (!world.cat) {
		world.data_dir = file_data_dir();
		must(world.data_dir && !catalogue_load(world.data_dir, &cat, &err));
		world.cat = cat;
	}
	struct scenario *s = NULL;
	char *text = cm_strndup((const char *)data, n);
	enum cm_status st = scenario_parse(text, n, "f.yaml", &world, &s, &err);
	const struct decision *d = NULL;
	if (!st)
		st = decide_tco.decide(s, &d, &err);
	must(st == CM_OK || (st == CM_EINPUT && *err.why));
	if (!st)
		must(d->sentence && *d->sentence && (d->stamp == CM_VALID) == (d->nstamp_why == 0));
	if (s)
		decide_tco.free(s);
	free(text);
	if (++runs % 500 == 0)
		units_close();
	return 0;
}
