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
		if (of_supply(c, i, like) && c->channel[i].scope == CM_SCOPE_WALL && c->channel[i].st == CM_OK)
			redfish_refuse(&c->channel[i], pool_printf(&c->pool, "%zu of %zu supplies show what they "
				       "take: that is not all that the machine takes", shown, all));
}

/* Each chassis once, by its first supply. */
static void refuse_partial_walls(struct meter_ctx *c)
{
	for (size_t i = 0; i < c->n; i++) {
		bool seen = !c->point[i].supply;

		for (size_t k = 0; k < i && !seen; k++)
			seen = of_supply(c, k, i);
		if (!seen)
			refuse_some(c, i);
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
			redfish_refuse(ch, pool_printf(&c->pool, "not the machine: it shows %.6g W, its supplies "
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
				redfish_refuse(ch, pool_printf(&c->pool, "repeats the machine's total of %.6g W, "
					       "as %s does", watts, c->channel[first].name));
		}
	}
	if (like > 1)
		snprintf(c->channel[first].covers, sizeof c->channel[first].covers, CM_COVERS_MACHINE);
}

void redfish_drop_repeats(struct meter_ctx *c)
{
	refuse_partial_walls(c);
	refuse_zero_walls(c);
	refuse_boards(c);
	drop_totals(c);
}
