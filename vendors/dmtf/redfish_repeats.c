/*
 * What a sum over a controller's channels would get wrong: supplies that each show the machine's total,
 * some supplies taken for all of the wall, a wall of 0 W.
 *
 * Looks at channels and their first values, by no maker. Must not know the walk.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "redfish_walk.h"

#define LEAST_OF_OUTPUTS 0.9 /* a machine takes what its supplies give, but for the readings' moments */
#define LEAST_OF_TOTAL 0.8   /* … and supplies what it takes: half of them take half */
#define ALIKE 0.05           /* one reading at two moments */
#define ALIKE_COUNT 0.01     /* one counter at two moments */

static double watts_of(struct meter_ctx *c, size_t i)
{
	const struct point *p = &c->point[i];

	return cmj_double(redfish_reading(redfish_doc(c, p->path)->json, p->key), NAN) * p->scale;
}

static bool of_supply(const struct meter_ctx *c, size_t i, size_t like)
{
	const struct point *p = &c->point[i], *q = &c->point[like];

	/* Power and PowerSubsystem each list all supplies. */
	return p->supply && q->supply && p->of == q->of &&
	       cm_starts(p->key, "PowerSupplies/") == cm_starts(q->key, "PowerSupplies/");
}

/* Does a channel say what this supply takes? */
static bool shows_input(const struct meter_ctx *c, size_t like)
{
	for (size_t i = 0; i < c->n; i++)
		if (of_supply(c, i, like) && !strcmp(c->point[i].supply, c->point[like].supply) &&
		    c->channel[i].scope == CM_SCOPE_WALL && c->channel[i].st == CM_OK)
			return true;
	return false;
}

static bool first_of_supply(const struct meter_ctx *c, size_t like)
{
	for (size_t i = 0; i < like; i++)
		if (of_supply(c, i, like) && !strcmp(c->point[i].supply, c->point[like].supply))
			return false;
	return true;
}

/* The inputs of some supplies are not what the machine takes: none is in a sum, unless all are. */
static void refuse_some(struct meter_ctx *c, size_t like)
{
	size_t all = 0, shown = 0;

	for (size_t i = 0; i < c->n; i++)
		if (of_supply(c, i, like) && first_of_supply(c, i)) {
			const bool input = shows_input(c, i);

			all += input || !c->point[i].off;
			shown += input;
		}
	for (size_t i = 0; i < c->n && shown && shown < all; i++)
		if (of_supply(c, i, like) && c->channel[i].scope == CM_SCOPE_WALL &&
		    c->channel[i].st == CM_OK)
			redfish_refuse(&c->channel[i], pool_printf(&c->pool,
								   "%zu of %zu supplies show what they "
				       "take: that is not all that the machine takes", shown, all));
}

/* W of the machine that these supplies feed; NaN = not shown. */
static double total_w(struct meter_ctx *c, size_t like)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct meter_channel *ch = &c->channel[i];

		if (!ch->st && ch->scope == CM_SCOPE_NODE && ch->kind == CM_POWER_SAMPLE &&
		    c->point[i].of == c->point[like].of && !strcmp(ch->covers, CM_COVERS_MACHINE))
			return watts_of(c, i);
	}
	return NAN;
}

/* A channel of what these supplies take, or give. */
static bool is_side(const struct meter_ctx *c, size_t i, size_t like, enum cm_scope scope)
{
	return of_supply(c, i, like) && c->channel[i].scope == scope && !c->channel[i].st &&
	       c->channel[i].kind == CM_POWER_SAMPLE;
}

/* Supplies that listed themselves in part: a machine draws no more than all of them take. */
static void refuse_low(struct meter_ctx *c, size_t like)
{
	const double total = total_w(c, like);
	double sum = 0;

	for (size_t i = 0; i < c->n; i++)
		sum += is_side(c, i, like, CM_SCOPE_WALL) ? watts_of(c, i) : 0;
	for (size_t i = 0; i < c->n && sum > 0 && sum < LEAST_OF_TOTAL * total; i++)
		if (of_supply(c, i, like) && c->channel[i].scope == CM_SCOPE_WALL && !c->channel[i].st)
			redfish_refuse(&c->channel[i], pool_printf(&c->pool,
								   "the supplies take %.6g W, the machine "
				       "%.6g W: they are not all", sum, total));
}

/* Outputs that each show the machine's total, not their own: all alike, and as much as it. */
static void refuse_outputs(struct meter_ctx *c, size_t like)
{
	const double total = total_w(c, like);
	double lo = INFINITY, hi = 0;
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		const double w = is_side(c, i, like, CM_SCOPE_NODE) ? watts_of(c, i) : 0;

		lo = w > 0 ? fmin(lo, w) : lo;
		hi = fmax(hi, w);
		n += w > 0;
	}
	/* The readings' moments differ; of two that are alike by chance each gives a half. */
	if (n < 2 || lo != hi || !(fabs(hi - total) <= (n > 2 ? ALIKE * total : 2)))
		return;
	for (size_t i = 0; i < c->n; i++)
		if (is_side(c, i, like, CM_SCOPE_NODE))
			redfish_refuse(&c->channel[i], pool_printf(&c->pool,
								   "repeats the machine's total of %.6g W, "
				       "as all %zu supplies do", total, n));
}

/* Each chassis once, by its first supply. */
static void of_each_chassis(struct meter_ctx *c, void (*judge)(struct meter_ctx *c, size_t like))
{
	for (size_t i = 0; i < c->n; i++) {
		bool seen = !c->point[i].supply;

		for (size_t k = 0; k < i && !seen; k++)
			seen = of_supply(c, k, i);
		if (!seen)
			judge(c, i);
	}
}

/* The program runs on this machine, so it takes something. */
static void refuse_zero_walls(struct meter_ctx *c)
{
	double most = 0;

	for (size_t i = 0; i < c->n; i++)
		if (c->channel[i].scope == CM_SCOPE_WALL && !c->channel[i].st &&
		    c->channel[i].kind == CM_POWER_SAMPLE)
			most = fmax(most, watts_of(c, i));
	for (size_t i = 0; i < c->n && most <= 0; i++)
		if (c->channel[i].scope == CM_SCOPE_WALL && !c->channel[i].st &&
		    c->channel[i].kind == CM_POWER_SAMPLE) {
			c->channel[i].st = CM_ABSENT;
			snprintf(c->channel[i].reason, sizeof c->channel[i].reason, "%s", REDFISH_ZERO);
		}
}

/* A supply that takes what it gives shows one of the two twice. */
static bool shows_the_same(struct meter_ctx *c, size_t like, double output_w)
{
	for (size_t i = 0; i < c->n; i++)
		if (of_supply(c, i, like) && !strcmp(c->point[i].supply, c->point[like].supply) &&
		    c->channel[i].scope == CM_SCOPE_WALL && !c->channel[i].st && watts_of(c, i) == output_w)
			return true;
	return false;
}

/* W that all supplies of this one's chassis give; NaN where one does not show it for sure. */
static double all_outputs_w(struct meter_ctx *c, size_t like)
{
	double sum = 0;

	for (size_t i = 0; i < c->n; i++) {
		bool shown = c->point[i].off;

		if (!of_supply(c, i, like) || !first_of_supply(c, i))
			continue;
		for (size_t k = 0; k < c->n && !shown; k++) {
			const double w = watts_of(c, k);

			shown = of_supply(c, k, like) && !strcmp(c->point[k].supply, c->point[i].supply) &&
				c->channel[k].scope == CM_SCOPE_NODE && !c->channel[k].st &&
				c->channel[k].kind == CM_POWER_SAMPLE && isfinite(w) &&
				!shows_the_same(c, k, w);
			sum += shown ? w : 0;
		}
		if (!shown)
			return NAN;
	}
	return sum;
}

/* A meter of the main board stands as the machine's, and its supplies give much more. */
static void refuse_boards(struct meter_ctx *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct meter_channel *ch = &c->channel[i];
		const double w = watts_of(c, i);
		double most = 0;

		if (ch->scope != CM_SCOPE_NODE || ch->st || ch->kind != CM_POWER_SAMPLE ||
		    strcmp(ch->covers, CM_COVERS_MACHINE) != 0)
			continue;
		for (size_t k = 0; k < c->n; k++)
			if (c->point[k].supply && c->point[k].of == c->point[i].of) {
				const double all = all_outputs_w(c, k);

				most = isfinite(all) ? fmax(most, all) : most;
			}
		if (w < LEAST_OF_OUTPUTS * most)
			redfish_refuse(ch, pool_printf(&c->pool,
						       "not the machine: it shows %.6g W, its supplies "
				       "give %.6g W", w, most));
	}
}

/* Several supplies that each show the machine's total are one reading. */
static void drop_totals(struct meter_ctx *c)
{
	const struct meter_channel *total = NULL;
	double watts = 0, v = 0;
	size_t like = 0, first = 0;

	for (size_t pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < c->n; i++) {
			struct meter_channel *ch = &c->channel[i];

			if (ch->st || ch->kind != CM_POWER_SAMPLE)
				continue;
			v = watts_of(c, i);
			if (!pass && !total && ch->scope == CM_SCOPE_NODE &&
			    !strcmp(ch->covers, CM_COVERS_MACHINE)) {
				total = ch;
				watts = v;
			}
			if (ch->scope != CM_SCOPE_WALL || !total || fabs(v - watts) > 2 * ch->step)
				continue;
			if (!pass)
				first = like++ ? first : i;
			else if (like > 1 && i != first)
				redfish_refuse(ch, pool_printf(&c->pool,
							       "repeats the machine's total of %.6g W, "
					       "as %s does", watts, c->channel[first].name));
		}
	}
	if (like > 1)
		snprintf(c->channel[first].covers, sizeof c->channel[first].covers, CM_COVERS_MACHINE);
}

/* Memory that shows the counter of the processor that it is in. */
static void refuse_inner(struct meter_ctx *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct meter_channel *ch = &c->channel[i];

		for (size_t k = 0; k < c->n && ch->scope == CM_SCOPE_DRAM && ch->kind == CM_ENERGY_COUNTER &&
		     !ch->st; k++) {
			const struct meter_channel *o = &c->channel[k];
			const size_t n = strlen(o->covers);

			if (o->st || o->kind != CM_ENERGY_COUNTER || !n ||
			    strncmp(o->covers, ch->covers, n) != 0 || ch->covers[n] != ' ' ||
			    (o->scope != CM_SCOPE_DEVICE && o->scope != CM_SCOPE_PACKAGE))
				continue;
			if (fabs(watts_of(c, i) - watts_of(c, k)) <= ALIKE_COUNT * watts_of(c, k))
				redfish_refuse(ch, pool_printf(&c->pool,
							       "repeats the counter of %s, which it is in",
							       o->name));
		}
	}
}

void redfish_drop_repeats(struct meter_ctx *c)
{
	of_each_chassis(c, refuse_some);
	refuse_zero_walls(c);
	of_each_chassis(c, refuse_outputs);
	refuse_boards(c);
	drop_totals(c);
	of_each_chassis(c, refuse_low);
	refuse_inner(c);
}
