/*
 * How often a controller reads, where nobody states it: seen by the readings that change.
 *
 * A new ReadingTime is a new reading; without one a new value is. Between two changes of either lies at
 * least one period, so what is taken from them is never too short; an assumption stands until then. Must
 * not know what is read.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redfish_walk.h"

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void redfish_ticks_begin(struct point *p)
{
	p->ticks = (struct redfish_ticks){ .at = NAN, .value = NAN };
}

/* The 90 % point of many; of a few the longest. */
static double period_of(const struct redfish_ticks *k, size_t gaps)
{
	double gap[CM_COUNT(k->gap)];

	memcpy(gap, k->gap, gaps * sizeof *gap);
	qsort(gap, gaps, sizeof *gap, by_value);
	return gap[gaps < 10 ? gaps - 1 : gaps * 9 / 10];
}

/* taken: whether `at` is the source's own time of this reading. */
void redfish_tick(struct point *p, struct meter_channel *ch, bool taken, double at, double value)
{
	struct redfish_ticks *k = &p->ticks;
	const bool first = isnan(k->value);
	double period;
	size_t gaps;

	if (!first && (taken ? at == k->at : value == k->value))
		return;
	if (!first && at <= k->at) { /* the controller's clock was set back: nothing is known of between */
		k->at = at;
		k->value = value;
		return;
	}
	/* Without a time of its own the first reading is of an unknown moment: only a change is known. */
	if (!first && (taken || k->changes))
		k->gap[(k->changes - !taken) % CM_COUNT(k->gap)] = at - k->at;
	k->changes += !first;
	k->at = at;
	k->value = value;
	gaps = k->changes - (!taken && k->changes);
	if (p->stated || !gaps)
		return;
	gaps = gaps < CM_COUNT(k->gap) ? gaps : CM_COUNT(k->gap);
	/* A value may stay the same over many readings: that is no longer period. */
	period = fmax(period_of(k, gaps), 1e-3);
	if (!taken && period > REDFISH_PERIOD_S)
		return;
	ch->refresh_ns = (uint64_t)(period * 1e9);
	snprintf(ch->refresh_source, sizeof ch->refresh_source, "measured: %zu change%s of the %s",
		 k->changes,
		 k->changes == 1 ? "" : "s", taken ? "ReadingTime" : "value");
}
