/*
 * What a launch keeps of its energy: joules with their interval, the raw readings from which they
 * can be computed again, the limits that were in force and for how long they held the devices back,
 * and idle before and after. Pure: it reads no meter.
 */
#include "engine/launch_energy.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* {"s": […], "w": […]}: watts up to each moment. */
static struct cmj *power_json(const struct metering_result *r)
{
	struct cmj *o = cmj_object(), *s = cmj_array(), *w = cmj_array();

	for (size_t i = 0; i < r->at_n; i++) {
		cmj_push(s, cmj_number(r->at_s[i]));
		cmj_push(w, cmj_number(r->at_w[i]));
	}
	cmj_set(o, "s", s);
	cmj_set(o, "w", w);
	return o;
}

/* The raw readings at the window's ends of each counted channel: joules can be computed again from
 * them (energy.md says how), and its limits. */
static struct cmj *readings_json(const struct metering_result *r)
{
	struct cmj *list = cmj_array();

	for (size_t i = 0; i < r->parts; i++) {
		const struct metering_part *p = &r->part[i];
		struct cmj *o;

		if (!p->counted)
			continue;
		o = cmj_object();
		cmj_set(o, "meter", cmj_string(p->meter));
		cmj_set(o, "channel", cmj_string(p->channel));
		cmj_set(o, "scope", cmj_string(cm_scope_word(p->scope)));
		cmj_set(o, "covers", cmj_string(p->covers));
		cmj_set(o, "kind", cmj_string(p->kind == CM_ENERGY_COUNTER ? "counter" : "power"));
		cmj_set(o, "unit", cmj_string(p->unit));
		cmj_set(o, "first", cmj_number(p->first));
		cmj_set(o, "last", cmj_number(p->last));
		cmj_set(o, "first_s", cmj_number(p->t_first_s));
		cmj_set(o, "last_s", cmj_number(p->t_last_s));
		cmj_set(o, "own_times", cmj_bool(p->stamped));
		cmj_set(o, "wraps", cmj_int(p->wraps));
		cmj_set(o, "wraps_at", cmj_number(p->wraps_at > 0 ? p->wraps_at : NAN));
		cmj_set(o, "reads", cmj_int(p->reads));
		cmj_set(o, "joules", cmj_number(p->joules.value));
		cmj_set(o, "limit_w", cmj_number(p->limit_w > 0 ? p->limit_w : NAN));
		cmj_set(o, "usual_limit_w", cmj_number(p->usual_w > 0 ? p->usual_w : NAN));
		cmj_set(o, "driver_version", cmj_string(p->driver_version));
		cmj_push(list, o);
	}
	return list;
}

/* Two libraries of one vendor may show one sensor. */
static bool shown_before(const struct metering_result *r, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (r->part[k].kind == CM_GAUGE &&
		    !strcmp(r->part[k].channel, r->part[i].channel) &&
		    !strcmp(r->part[k].covers, r->part[i].covers))
			return true;
	return false;
}

/* What else was read at the window's ends: temperatures of devices. */
static struct cmj *conditions_json(const struct metering_result *r)
{
	struct cmj *list = cmj_array();

	for (size_t i = 0; i < r->parts; i++) {
		const struct metering_part *p = &r->part[i];
		struct cmj *o;

		if (p->kind != CM_GAUGE || shown_before(r, i))
			continue;
		o = cmj_object();
		cmj_set(o, "what", cmj_string(p->channel));
		cmj_set(o, "covers", cmj_string(p->covers));
		cmj_set(o, "unit", cmj_string(p->unit));
		cmj_set(o, "first", cmj_number(p->first));
		cmj_set(o, "last", cmj_number(p->last));
		cmj_push(list, o);
	}
	return list;
}

static void push_held(struct cmj *list, const char *what, double s, double window_s)
{
	struct cmj *o = cmj_object();

	cmj_set(o, "what", cmj_string(what));
	cmj_set(o, "s", cmj_number(s));
	cmj_set(o, "share", cmj_number(window_s > 0 ? fmin(1, s / window_s) : NAN));
	cmj_push(list, o);
}

/* For how long each limit held a device back in the window; 0 is an answer, a missing entry is
 * none. */
static struct cmj *held_json(const struct metering_result *r)
{
	struct cmj *list = cmj_array();

	for (size_t i = 0; i < r->counts; i++)
		if (!r->count[i].missing && !strcmp(r->count[i].unit, "s"))
			push_held(list, r->count[i].name, r->count[i].value, r->window_s);
	return list;
}

void energy_held_cpu(struct cmj *s, double held_s, double window_s)
{
	struct cmj *list = cmj_get(s, "held");

	if (list && held_s >= 0)
		push_held(list, "processor held back by its thermal limit", held_s, window_s);
}

void energy_utc_now(char out[32])
{
	struct timespec t;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &t);
	gmtime_r(&t.tv_sec, &tm);
	const size_t n = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, 32 - n, ".%03ldZ", t.tv_nsec / 1000000);
}

/* Events of the window, also where no meter has joules; each that is not here with its reason. */
static void describe_counts(struct cmj *s, const struct metering_result *r)
{
	struct cmj *counts = cmj_object(), *missing = cmj_object();

	for (size_t i = 0; i < r->counts; i++) {
		const struct metering_count *c = &r->count[i];

		cmj_set(c->missing ? missing : counts, c->name,
			c->missing ? cmj_string(c->missing) : cmj_number(c->value));
	}
	cmj_set(s, "counts", counts);
	cmj_set(s, "counts_missing", missing);
}

void energy_describe(struct cmj *s, const struct metering_result *r, enum cm_status st,
		     const struct cm_err *err)
{
	if (!st) { /* of a void window too: they say why it is void */
		cmj_set(s, "readings", readings_json(r));
		cmj_set(s, "conditions", conditions_json(r));
		cmj_set(s, "boot_id", cmj_string(r->boot_id));
		cmj_set(s, "window_s", cmj_number(r->window_s));
		describe_counts(s, r);
	}
	if (st || r->joules.missing) {
		cmj_set(s, "joules_missing", cmj_string(st ? err->why : r->joules.missing));
		return;
	}
	cmj_set(s, "joules", cmj_number(r->joules.value));
	cmj_set(s, "joules_lo", cmj_number(r->joules.lo));
	cmj_set(s, "joules_hi", cmj_number(r->joules.hi));
	cmj_set(s, "joules_basis", cmj_string(cm_basis_word(r->joules.basis)));
	cmj_set(s, "watts", cmj_number(r->watts.value));
	cmj_set(s, "scope", cmj_string(r->scope));
	cmj_set(s, "meter", cmj_string(r->meter));
	cmj_set(s, "covers", cmj_string(r->covers));
	cmj_set(s, "meter_note", cmj_string(r->note));
	cmj_set(s, "power", power_json(r));
	cmj_set(s, "held", held_json(r));
}

/* Gross stays what it is; what the machine drew without the work is a second figure, with the
 * idle's spread. */
void energy_describe_idle(struct cmj *s, const struct metering_result *r, const double idle_w[2],
			  const char *const idle_why[2])
{
	static const char *const key[] = {"idle_before_w", "idle_after_w"};
	static const char *const why[] = {"idle_before_missing", "idle_after_missing"};
	const double lo = fmin(idle_w[0], idle_w[1]), hi = fmax(idle_w[0], idle_w[1]);

	for (size_t i = 0; i < 2; i++) {
		if (isnan(idle_w[i]))
			cmj_set(s, why[i], cmj_string(idle_why[i]));
		else
			cmj_set(s, key[i], cmj_number(idle_w[i]));
	}
	if (r->joules.missing || isnan(idle_w[0]) || isnan(idle_w[1]))
		return;
	cmj_set(s, "net_joules", cmj_number(r->joules.value - (lo + hi) / 2 * r->window_s));
	cmj_set(s, "net_joules_lo", cmj_number(r->joules.lo - hi * r->window_s));
	cmj_set(s, "net_joules_hi", cmj_number(r->joules.hi - lo * r->window_s));
}
