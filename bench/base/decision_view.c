/* Reading a decision (see decision_view.h). */
#include "base/decision_view.h"

#include <math.h>
#include <string.h>

const struct option_result *decision_option(const struct decision *d, const char *name)
{
	for (size_t i = 0; i < d->noptions; i++)
		if (!strcmp(d->options[i].name, name))
			return &d->options[i];
	return NULL;
}

const char *decision_label(const struct decision *d, const char *name)
{
	const struct option_result *o = decision_option(d, name);

	return o && o->label && *o->label ? o->label : name;
}

size_t decision_ranked(const struct decision *d, struct pool *pool,
		       const struct option_result *const **out)
{
	const struct option_result **list = pool_alloc(pool, (d->noptions + 1) * sizeof(void *));
	size_t n = 0;

	for (size_t i = 0; i < d->noptions; i++)
		if (!d->options[i].excluded && !d->options[i].npv.missing &&
		    isfinite(d->options[i].npv.value))
			list[n++] = &d->options[i];
	*out = list;
	return n;
}

const struct option_result *decision_cheapest(const struct decision *d)
{
	return d->cheapest && *d->cheapest ? decision_option(d, d->cheapest) : NULL;
}

static bool crosses(const struct break_even *b, const char *name, const char *kind)
{
	return !strcmp(b->kind, kind) && (!strcmp(b->a, name) || !strcmp(b->b, name));
}

const struct break_even *decision_break(const struct decision *d)
{
	const struct option_result *first = decision_cheapest(d);
	const struct break_even *best = NULL, *month = NULL, *none = NULL;
	double distance = INFINITY;

	for (size_t i = 0; first && i < d->nbreaks; i++) {
		const struct break_even *b = &d->breaks[i];
		const double from = isfinite(first->use) ? 100 * first->use : 0;

		if (b->at.missing) {
			none = none || !crosses(b, first->name, "utilisation") ? none : b;
		} else if (crosses(b, first->name, "utilisation")) {
			if (fabs(b->at.value - from) < distance) {
				distance = fabs(b->at.value - from);
				best = b;
			}
		} else if (!month && crosses(b, first->name, "month")) {
			month = b;
		}
	}
	return best ? best : month ? month : none;
}

const char *report_path(const struct report_data *r, const char *path)
{
	const size_t n = r->data_dir ? strlen(r->data_dir) : 0;

	if (!path || !*path)
		return "not known";
	return n && !strncmp(path, r->data_dir, n) && path[n] == '/' ? path + n + 1 : path;
}

const char *decision_stamp_says(enum cm_stamp s)
{
	static const char *const says[] = {
		[CM_VALID] = "every input that moves the answer is measured, quoted, listed or published",
		[CM_ESTIMATE] = "the answer rests on assumptions or on evidence that is old or thin",
		[CM_INVALID] = "figures that the scenario says must come out did not: do not use it",
		[CM_INCOMPLETE] = "something that the answer needs is not there",
	};
	return (unsigned)s < CM_COUNT(says) ? says[s] : "";
}
