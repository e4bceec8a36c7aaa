/*
 * FLOP as the processor's own events counted them in a row's windows, as a share of the FLOP that
 * the kernel's formula says: 1 where both agree, and a roofline share by events follows from it.
 *
 * Exists because a formula cannot see what a compiler left out or did twice. Reads summaries as
 * launch_energy.c writes them: "counts" over "timed_iterations", and the reason of each event that
 * is not here.
 */
#include "engine/rows_events.h"

#include <math.h>
#include <string.h>

static double number(const struct cmj *s, const char *key)
{
	return cmj_double(cmj_get(s, key), NAN);
}

/* The event that counts the row's type of numbers; NULL: none does. */
static const char *event_of(const char *type)
{
	static const struct { const char *type, *event; } events[] = {
		{ "fp64", "flops-fp64" }, { "fp32", "flops-fp32" },
	};

	for (size_t i = 0; i < CM_COUNT(events); i++)
		if (strcmp(events[i].type, type) == 0)
			return events[i].event;
	return NULL;
}

static struct figure share_of(const struct cmj *const *s, size_t n, const char *event, double flops,
			      struct pool *pool)
{
	const char *why = n ? "the launch kept no events" : "no launch ended";
	double sum = 0, lo = INFINITY, hi = 0;
	unsigned used = 0;

	for (size_t i = 0; i < n; i++) {
		const double share = number(cmj_get(s[i], "counts"), event) /
				     (number(s[i], "timed_iterations") * flops);
		const char *missing = cmj_text(cmj_get(cmj_get(s[i], "counts_missing"), event), NULL);

		if (missing)
			why = pool_printf(pool, "%s: %s", event, missing);
		if (!isfinite(share))
			continue;
		sum += share;
		lo = fmin(lo, share);
		hi = fmax(hi, share);
		used++;
	}
	return used ? cm_figure_range(sum / used, lo, hi, "", used, CM_MEASURED) : cm_figure_missing("", why);
}

void rows_events(const struct cmj *const *s, size_t n, struct pool *pool, struct result_row *row)
{
	const char *event = event_of(row->type);

	if (!(row->flops > 0))
		row->flop_events = cm_figure_missing("", "the kernel does no FLOP");
	else if (!event)
		row->flop_events = cm_figure_missing("", pool_printf(pool, "no event counts %s", row->type));
	else
		row->flop_events = share_of(s, n, event, row->flops, pool);
}

void rows_events_json(const struct result_row *r, struct cmj *o)
{
	const struct figure *f = &r->flop_events;
	const bool known = f->unit && !f->missing;

	cmj_set(o, "flop_events_share", cmj_number(known ? f->value : NAN));
	cmj_set(o, "flop_events_missing", cmj_string(known ? NULL : f->unit ? f->missing : "not measured"));
	cmj_set(o, "roofline_share_by_events",
		cmj_number(known && !r->roofline_share.missing && r->roofline_share.unit ?
			   r->roofline_share.value * f->value : NAN));
}
