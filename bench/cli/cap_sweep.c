/* See cap_sweep.h. Knows no limit and no meter: the keeper does. */
#include "cli/cap_sweep.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/str.h"
#include "engine/cap_keeper.h"
#include "engine/cap_steps.h"

#define SETTLE_SHARE 0.1 /* of the budget: more is not waited for */

struct cap_sweep {
	struct cap_steps steps;
	struct cap_keeper *keeper;
	struct run_caps caps;
	double budget_s;
	unsigned rounds;
};

static enum cm_status set_cap(void *keeper, double watts, struct cm_err *err)
{
	return cap_keeper_set(keeper, watts, err);
}

enum cm_status cap_sweep_open(const char *caps, const char *sysfs_root, struct cap_sweep **out,
			      struct cm_err *err)
{
	struct cap_sweep *s = cm_alloc(sizeof *s);
	enum cm_status st = cap_steps_parse(caps, &s->steps, err);

	if (!st)
		st = cap_keeper_open(sysfs_root, &s->steps, &s->keeper, err);
	if (st) {
		free(s);
		return st;
	}
	s->caps = (struct run_caps){
		.watts = s->steps.watts, .n = s->steps.n, .set = set_cap, .arg = s->keeper};
	*out = s;
	return CM_OK;
}

static void hash_plan(const struct cap_sweep *s, struct plan *p)
{
	struct str text = {0};

	str_addf(&text, "%s\n%s\n", p->hash, cap_keeper_what(s->keeper));
	for (size_t i = 0; i < s->steps.n; i++)
		str_addf(&text, "%.17g\n", s->steps.watts[i]);
	hash_bytes(str_get(&text), text.len, p->hash);
	str_free(&text);
}

/* Each round changes the cap once less than there are caps: the last of one is the first of the
 * next. */
static size_t changes(const struct cap_sweep *s)
{
	return s->rounds * (s->steps.n - 1) + 1;
}

void cap_sweep_plan(struct cap_sweep *s, struct plan *p, bool budget_given)
{
	const double window_s = cap_keeper_window_s(s->keeper);

	hash_plan(s, p);
	if (!budget_given)
		p->budget_s *= (double)s->steps.n;
	s->budget_s = p->budget_s;
	s->rounds = p->each;
	if (window_s * (double)changes(s) <= SETTLE_SHARE * s->budget_s)
		s->caps.settle_s = window_s;
}

void cap_sweep_note(const struct cap_sweep *s)
{
	const double window_s = cap_keeper_window_s(s->keeper);

	if (s->steps.n == 1)
		log_note("power cap: %.6g W for %s", s->steps.watts[0], cap_keeper_what(s->keeper));
	else
		log_note("power caps: %zu of %s, %.6g to %.6g W; launches alternate between them, "
			 "up and then "
			 "down, within %.4g s in all",
			 s->steps.n, cap_keeper_what(s->keeper), s->steps.watts[0],
			 s->steps.watts[s->steps.n - 1], s->budget_s);
	if (s->caps.settle_s > 0)
		log_note("after each change %.3g s pass, over which the limit is averaged",
			 s->caps.settle_s);
	else if (window_s > 0)
		log_note("the limit is averaged over %.3g s, which is not waited for after each of "
			 "%zu changes "
			 "(more than a tenth of the budget): a launch may draw more than its cap "
			 "at first",
			 window_s, changes(s));
}

const struct run_caps *cap_sweep_caps(const struct cap_sweep *s)
{
	return s ? &s->caps : NULL;
}

enum cm_status cap_sweep_close(struct cap_sweep *s, struct cm_err *err)
{
	enum cm_status st;

	if (!s)
		return CM_OK;
	st = cap_keeper_close(s->keeper, err);
	free(s);
	return st;
}
