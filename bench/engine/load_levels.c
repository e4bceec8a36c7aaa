/* Load levels (see load_levels.h). Bursts of work and sleep; the gaps are drawn at random, so that no
 * meter's own period can fall into step with them (energy.md, R8). */
#include "engine/load_levels.h"

#include <math.h>
#include <time.h>

#include "base/clock.h"
#include "base/rng.h"

#define LEVELS 11
#define SETTLE 0.2 /* of a level's time, before its window: fans, clocks and the meter's own average follow */

struct level {
	double done, window_s;
	struct metering_result energy;
	enum cm_status mst;
	struct cm_err merr;
};

static void sleep_ns(double ns)
{
	const struct timespec t = { (time_t)(ns / 1e9), (long)fmod(ns, 1e9) };

	if (ns > 0)
		nanosleep(&t, NULL);
}

/* Bursts at `load` of the full rate for seconds; *done: iterations. */
static enum cm_status hold(const struct load_source *src, struct metering *meter, double load, double seconds,
			   struct rng *r, double *done, struct cm_err *err)
{
	const uint64_t begin = cm_now_ns();
	const double poll_s = meter ? fmin(metering_poll_s(meter), metering_trace_s(meter)) : INFINITY;
	double due_ns = 0, polled_ns = 0, now_ns = 0;

	*done = 0;
	while ((now_ns = (double)(cm_now_ns() - begin)) < seconds * 1e9) {
		if (load > 0 && now_ns >= due_ns) {
			uint64_t ns;
			const enum cm_status st = src->go(src->state, src->batch, &ns, err);

			if (st)
				return st;
			*done += (double)src->batch;
			/* On average one burst per batch_ns / load; at full load the next is always due. */
			due_ns += load < 1 ? src->batch_ns / load * (0.5 + rng_unit(r)) : 0;
		} else {
			const double left = seconds * 1e9 - now_ns;

			sleep_ns(fmin(fmin(left, 20e6), load > 0 ? due_ns - now_ns : 20e6));
		}
		if (meter && now_ns - polled_ns > poll_s * 1e9) {
			const enum cm_status st = metering_poll(meter, err);

			if (st)
				return st;
			polled_ns = now_ns;
		}
	}
	return CM_OK;
}

static enum cm_status one_level(const struct load_source *src, struct metering *meter, double load,
				double each_s, struct rng *r, struct level *l, struct cm_err *err)
{
	enum cm_status st = hold(src, NULL, load, SETTLE * each_s, r, &l->done, err);
	uint64_t begin;

	if (st)
		return st;
	cm_fail(&l->merr, CM_ABSENT, "no meter could be opened");
	l->mst = meter ? metering_begin(meter, &l->merr) : CM_ABSENT;
	begin = cm_now_ns();
	st = hold(src, l->mst ? NULL : meter, load, each_s, r, &l->done, err);
	l->window_s = (double)(cm_now_ns() - begin) * 1e-9;
	if (!l->mst)
		l->mst = metering_end(meter, &l->energy, &l->merr);
	return st;
}

static struct cmj *level_json(const struct load_source *src, double load, const struct level *l)
{
	const struct figure *w = &l->energy.watts;
	const double rate = l->done * src->work / l->window_s;
	const char *missing = l->mst ? l->merr.why : w->missing;
	struct cmj *o = cmj_object();

	cmj_set(o, "load", cmj_number(load));
	cmj_set(o, "rate", cmj_number(rate));
	cmj_set(o, "window_s", cmj_number(l->window_s));
	cmj_set(o, "watts", cmj_number(missing ? NAN : w->value));
	cmj_set(o, "watts_lo", cmj_number(missing ? NAN : w->lo));
	cmj_set(o, "watts_hi", cmj_number(missing ? NAN : w->hi));
	cmj_set(o, "joules", cmj_number(missing || !(rate > 0) ? NAN : w->value / rate));
	cmj_set(o, "basis", cmj_string(missing ? NULL : cm_basis_word(w->basis)));
	cmj_set(o, "scope", cmj_string(missing ? NULL : l->energy.scope));
	cmj_set(o, "missing", cmj_string(missing));
	return o;
}

enum cm_status load_levels(const struct load_source *src, struct metering *meter, double each_s,
			   struct cmj **out, struct cm_err *err)
{
	struct cmj *list = cmj_array();
	enum cm_status st = CM_OK;
	struct rng r;

	rng_seed(&r, src->seed);
	for (int i = 0; i < LEVELS && !st && !src->stopped(src->state); i++) {
		struct level l = { 0 };
		const double load = 1 - i / (double)(LEVELS - 1);

		st = one_level(src, meter, load, each_s, &r, &l, err);
		if (!st)
			cmj_push(list, level_json(src, load, &l));
	}
	if (st)
		cmj_free(list);
	else
		*out = list;
	return st;
}
