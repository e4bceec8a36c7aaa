/*
 * The measuring part of a launch: warm up, sample until the interval of the median is within the target
 * or the budget is spent, with idle before and after, meters and trust checks around the samples.
 * While the parent stores samples this process waits: so nothing of ours runs beside a sample.
 * Knows no kernel and no backend.
 */
#include "engine/measure_inner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/rng.h"
#include "engine/child.h"
#include "engine/launch_energy.h"
#include "engine/load_levels.h"
#include "engine/stats.h"
#include "engine/trust.h"

/* Samples are handed over this often, and at the end. While the parent writes them this process waits: it
 * must not work beside the kernel, and what the wait draws is in no unit of work. */
#define HAND_OVER_NS 500e6
#define WARM_STEADY 0.03      /* warm-up ends when two rounds agree to this, … */
#define WARM_SHARE 0.3        /* … or this share of the budget is spent */
#define STEADY_EVERY_S 0.05   /* between two looks at the temperatures while warming up */
#define JITTER_SHARE 0.02     /* of the budget, at most, goes into a start at a random phase */
#define IDLE_LEAST_S 0.05     /* each of the idle windows, before and after the samples: at least this, … */
#define IDLE_SHARE 0.1        /* … at most this share of the budget */

/* ---- warm-up ----------------------------------------------------------------------------------- */

enum cm_status launch_warm_up(struct launch *l, double *ns, struct cm_err *err)
{
	const uint64_t begin = cm_now_ns();
	const double most_ns = WARM_SHARE * l->budget_s * 1e9;
	const uint64_t first = l->iterations;
	double before = INFINITY, now = INFINITY;
	uint64_t n = 1, marked = 0;

	for (unsigned round = 0; round < 60; round++) {
		uint64_t took = 0;
		const uint64_t t0 = cm_now_ns();
		/* Each round is about as long as all before it: the last mark lies halfway. */
		if (l->warm && (!round || (double)(t0 - marked) > STEADY_EVERY_S * 1e9)) {
			steady_read(l->warm, STEADY_BEFORE, (double)t0 * 1e-9);
			marked = cm_now_ns();
		}
		const enum cm_status st = launch_go(l, n, &took, err);

		if (st)
			return st;
		l->wall_ns = (double)(cm_now_ns() - t0) / (double)n;
		before = now;
		now = fmax((double)took, 1) / (double)n;
		if ((double)(cm_now_ns() - begin) > most_ns && round)
			break;
		if ((double)took < SAMPLE_NS / 4 && n < UINT64_C(1) << 40)
			n *= 2;
		else if (round > 2 && fabs(now / before - 1) < WARM_STEADY)
			break;
	}
	*ns = now;
	l->warm_iterations = l->iterations - first;
	return CM_OK;
}

/* ---- sampling ---------------------------------------------------------------------------------- */

static void hand_over(struct launch *l)
{
	struct cmj *m = cmj_object(), *a = cmj_array();

	for (; l->sent < l->samples; l->sent++)
		cmj_push(a, cmj_number(l->sample[l->sent]));
	cmj_set(m, "samples", a);
	worker_say(m);
	if (!worker_wait())
		l->stopped = true;
}

static bool precise(struct launch *l, double *scratch)
{
	struct interval ci;

	memcpy(scratch, l->sample, l->samples * sizeof *scratch);
	ci = stats_median_ci(scratch, l->samples);
	return ci.known && (ci.hi - ci.lo) / 2 <= l->ci * ci.mid;
}

static enum cm_status sample(struct launch *l, struct metering *meter, struct cm_err *err)
{
	const uint64_t begin = cm_now_ns();
	const double budget_ns = l->budget_s * 1e9;
	const double poll_ns = meter ? fmin(metering_poll_s(meter), metering_trace_s(meter)) * 1e9 : INFINITY;
	double *scratch = cm_alloc(MAX_SAMPLES * sizeof *scratch);
	double handed = (double)begin, polled = (double)begin;
	size_t next_check = 6;
	enum cm_status st = CM_OK;

	l->stopped_by = "budget";
	while (l->samples < MAX_SAMPLES && !l->stopped) {
		uint64_t ns = 0;
		const uint64_t t0 = cm_now_ns();

		st = launch_go(l, l->per_sample, &ns, err);
		if (st)
			break;
		l->work_ns += (double)(cm_now_ns() - t0);
		l->timed_iterations += l->per_sample;
		l->sample[l->samples++] =
			fmax((double)ns - l->clock_cost_ns, 0) / (double)l->per_sample;
		if ((double)cm_now_ns() - handed > HAND_OVER_NS) {
			hand_over(l);
			handed = (double)cm_now_ns();
		}
		if ((double)cm_now_ns() - polled > poll_ns) {
			st = metering_poll(meter, err);
			polled = (double)cm_now_ns();
			if (st)
				break;
		}
		if (l->samples >= next_check) {
			next_check = l->samples + 1 + l->samples / 8;
			/* A window that is too short for the meter gives no joules: the interval may wait for
			 * it. A meter may learn its period on the way. */
			if ((double)(cm_now_ns() - begin) >= (meter ? metering_window_s(meter) * 1e9 : 0) &&
			    precise(l, scratch)) {
				l->stopped_by = "interval";
				break;
			}
		}
		if ((double)(cm_now_ns() - begin) > budget_ns)
			break;
	}
	if (l->stopped)
		l->stopped_by = "user";
	l->sampled_ns = (double)(cm_now_ns() - begin);
	free(scratch);
	return st;
}

/* ---- meters around the window ----------------------------------------------------------------- */

void launch_idle(struct launch *l, struct metering *meter, size_t which)
{
	const double need_s = meter ? fmax(metering_window_s(meter), IDLE_LEAST_S) : 0;
	const double most_s = fmax(IDLE_SHARE * l->budget_s, IDLE_LEAST_S);
	struct metering_result r;
	struct cm_err err = { 0 };
	struct timespec nap;

	l->idle_w[which] = NAN;
	if (!meter || !metering_measures(meter)) {
		snprintf(l->idle_why[which], sizeof l->idle_why[which], "%.190s",
			 meter ? metering_lacks(meter) : "no meter could be opened");
		return;
	}
	if (need_s > most_s) {
		snprintf(l->idle_why[which], sizeof l->idle_why[which],
			 "the meter needs %.3g s, the launch's "
			 "budget gives idle %.3g s",
			 need_s, most_s);
		return;
	}
	if (metering_begin(meter, &err))
		return;
	/* Several readings, for meters that give watts. */
	nap = (struct timespec){ 0, (long)fmin(need_s / 4 * 1e9, 999999999) };
	for (long naps = (long)ceil(need_s * 1e9 / (double)nap.tv_nsec); naps > 0; naps--) {
		nanosleep(&nap, NULL);
		metering_poll(meter, &err);
	}
	if (metering_end(meter, &r, &err))
		return;
	if (r.watts.missing)
		snprintf(l->idle_why[which], sizeof l->idle_why[which], "%.190s", r.watts.missing);
	else
		l->idle_w[which] = r.watts.value;
}

/* A source that looks at fixed times sees the same part of each launch, unless launches begin at a
 * random phase of its period: the work goes on until then, so that nothing cools down. */
static enum cm_status jitter(struct launch *l, const struct metering *meter, double *waited_s,
			     struct cm_err *err)
{
	const double most_s = fmin(metering_period_s(meter), JITTER_SHARE * l->budget_s);
	const uint64_t begin = cm_now_ns();
	enum cm_status st = CM_OK;
	struct rng r;

	rng_seed(&r, l->plan.c.seed ^ UINT64_C(0x6a697474));
	const double until_s = most_s * rng_unit(&r);
	while (!st && (double)(cm_now_ns() - begin) * 1e-9 < until_s) {
		uint64_t ns;

		st = launch_go(l, l->per_sample, &ns, err);
	}
	*waited_s = (double)(cm_now_ns() - begin) * 1e-9;
	return st;
}

enum cm_status launch_observe(struct launch *l, struct metering *meter, struct cm_err *err)
{
	struct trust_snapshot before, after;
	struct metering_result energy = { 0 }, kept;
	struct cm_err merr = { 0 };
	const char *root = cmj_text(cmj_get(l->job, "sysfs_root"), NULL);
	enum cm_status st, mst = CM_ABSENT;
	double jitter_s = 0;
	char begun[32];

	cm_fail(&merr, CM_ABSENT, "no meter could be opened");
	if (meter && (st = jitter(l, meter, &jitter_s, err)))
		return st;
	if (meter) {
		steady_read(l->warm, STEADY_BEGIN, (double)cm_now_ns() * 1e-9);
		energy_utc_now(begun);
		mst = metering_begin(meter, &merr);
	}
	trust_read(root, &before);
	st = sample(l, mst ? NULL : meter, err);
	trust_read(root, &after);
	if (meter && !mst)
		mst = metering_end(meter, &energy, &merr);
	if (l->sent < l->samples)
		hand_over(l); /* outside of the window */
	if (meter)
		steady_read(l->warm, STEADY_END, (double)cm_now_ns() * 1e-9);
	kept = energy; /* its figures; its texts end with the next window */
	energy_describe(l->summary, &energy, mst, &merr);
	if (meter) {
		cmj_set(l->summary, "window_begun", cmj_string(begun));
		cmj_set(l->summary, "window_need_s", cmj_number(metering_window_s(meter)));
		cmj_set(l->summary, "jitter_s", cmj_number(jitter_s));
		energy_held_cpu(l->summary, after.throttled_s - before.throttled_s,
				after.wall_s - before.wall_s);
		if (!mst)
			cmj_set(l->summary, "steady", steady_judge(l->warm, &energy));
	}
	launch_idle(l, meter, 1);
	if (!mst)
		energy_describe_idle(l->summary, &kept, l->idle_w,
				     (const char *const[]){ l->idle_why[0], l->idle_why[1] });
	cmj_set(l->summary, "distrust", trust_judge(&before, &after, l->sample, l->samples));
	return st;
}

static enum cm_status burst(void *state, uint64_t iterations, uint64_t *ns, struct cm_err *err)
{
	return launch_go(state, iterations, ns, err);
}

/* Says that it is alive, and hears whether to go on. */
static bool asked_to_stop(void *state)
{
	struct launch *l = state;

	hand_over(l);
	return l->stopped;
}

enum cm_status launch_levels(struct launch *l, struct metering *meter, struct cm_err *err)
{
	const double each_s = cmj_double(cmj_get(l->job, "level_s"), 0);
	struct load_source src = { .go = burst, .stopped = asked_to_stop, .state = l,
				   .batch = l->per_sample, .batch_ns = l->wall_ns * (double)l->per_sample,
				   .work = l->plan.work, .seed = l->plan.c.seed };
	struct cmj *list;

	if (!(each_s > 0) || l->stopped)
		return CM_OK;
	const enum cm_status st = load_levels(&src, meter, each_s, &list, err);
	if (!st)
		cmj_set(l->summary, "levels", list);
	return st;
}
