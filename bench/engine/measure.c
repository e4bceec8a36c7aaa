/*
 * Measuring one launch (DESIGN section 4): build, fill, verify, warm up, sample until the interval of the
 * median is within the target or the budget is spent, verify again. Runs in the worker process only.
 * Between samples it waits for the parent, which stores them: so nothing of ours runs beside a sample.
 */
#include "engine/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/rng.h"
#include "engine/child.h"
#include "engine/launch_energy.h"
#include "engine/load_levels.h"
#include "engine/metering.h"
#include "engine/registry.h"
#include "engine/stats.h"
#include "engine/steady.h"
#include "engine/trust.h"

#define MAX_SAMPLES 4096
#define SAMPLE_NS 1e6         /* a sample lasts at least this long … */
#define CLOCK_SHARE 200.0     /* … and this many times what reading the clock costs */
#define LONGEST_SAMPLE_NS 250e6 /* by the wall's clock, unless one iteration takes longer */
/* Samples are handed over this often, and at the end. While the parent writes them this process waits: it
 * must not work beside the kernel, and what the wait draws is in no unit of work. */
#define HAND_OVER_NS 500e6
#define WARM_STEADY 0.03      /* warm-up ends when two rounds agree to this, … */
#define WARM_SHARE 0.3        /* … or this share of the budget is spent */
#define STEADY_EVERY_S 0.05   /* between two looks at the temperatures while warming up */
#define JITTER_SHARE 0.02     /* of the budget, at most, goes into a start at a random phase */
#define IDLE_LEAST_S 0.05     /* each of the idle windows, before and after the samples: at least this, … */
#define IDLE_SHARE 0.1        /* … at most this share of the budget */

/* One life cycle for portable and tuned programs. */
struct runner {
	const struct backend *backend;
	const struct tuned *tuned; /* NULL = portable */
	struct backend_ctx *ctx;
	struct program *program;
};

struct launch {
	const struct cmj *job;
	const struct kernel *kernel;
	struct kernel_env env;
	struct kernel_plan plan;
	struct runner run;
	double ci, budget_s, clock_cost_ns, clock_step_ns;
	double wall_ns;            /* of one iteration while warming up, the launch's own cost included */
	double *sample;            /* ns of one iteration, in the order of taking */
	size_t samples, sent;
	uint64_t per_sample;       /* iterations */
	uint64_t iterations;       /* since fill and upload, all of them */
	uint64_t warm_iterations, timed_iterations;
	double work_ns;            /* wall time of the timed iterations */
	double sampled_ns;         /* of all of the sampling: what it took beyond work_ns is the harness */
	double idle_w[2];          /* before and after; NaN = not known, with … */
	char idle_why[2][200];     /* … the reason */
	struct steady *warm;       /* temperatures around the window; NULL where nothing is metered */
	bool stopped;              /* by the parent */
	const char *stopped_by;
	struct cmj *summary;
};

struct cmj *measure_env_json(const struct kernel_env *e)
{
	struct cmj *o = cmj_object();

	cmj_set(o, "l1", cmj_int((int64_t)e->l1_bytes));
	cmj_set(o, "l2", cmj_int((int64_t)e->l2_bytes));
	cmj_set(o, "l3", cmj_int((int64_t)e->l3_bytes));
	cmj_set(o, "plateau", cmj_int((int64_t)e->plateau_bytes));
	cmj_set(o, "memory", cmj_int((int64_t)e->memory_bytes));
	cmj_set(o, "max_alloc", cmj_int((int64_t)e->max_alloc_bytes));
	cmj_set(o, "units", cmj_int(e->compute_units));
	return o;
}

static void read_env(const struct cmj *o, struct kernel_env *e)
{
	e->l1_bytes = (size_t)cmj_double(cmj_get(o, "l1"), 0);
	e->l2_bytes = (size_t)cmj_double(cmj_get(o, "l2"), 0);
	e->l3_bytes = (size_t)cmj_double(cmj_get(o, "l3"), 0);
	e->plateau_bytes = (size_t)cmj_double(cmj_get(o, "plateau"), 0);
	e->memory_bytes = (size_t)cmj_double(cmj_get(o, "memory"), 0);
	e->max_alloc_bytes = (size_t)cmj_double(cmj_get(o, "max_alloc"), 0);
	e->compute_units = (unsigned)cmj_double(cmj_get(o, "units"), 0);
}

static enum cm_status read_job(struct launch *l, struct cm_err *err)
{
	const struct cmj *j = l->job, *tune = cmj_get(j, "tune");
	struct kernel_case *c = &l->plan.c;
	const char *tuned = cmj_text(cmj_get(j, "tuned"), "");

	l->kernel = registry_kernel(cmj_text(cmj_get(j, "kernel"), ""));
	l->run.backend = registry_backend(cmj_text(cmj_get(j, "backend"), ""));
	l->run.tuned = *tuned ? registry_tuned_by(tuned) : NULL;
	if (!l->kernel || !l->run.backend || (*tuned && !l->run.tuned) ||
	    !cm_type_parse(cmj_text(cmj_get(j, "type"), ""), &c->type))
		return cm_fail(err, CM_EINTERNAL, "the job names something that is not in this program");
	c->op = (unsigned)cmj_double(cmj_get(j, "op"), 0);
	c->n = (size_t)cmj_double(cmj_get(j, "size"), 0);
	c->seed = strtoull(cmj_text(cmj_get(j, "seed"), "1"), NULL, 10);
	for (size_t i = 0; i < cmj_len(tune) && i < CM_MAX_TUNABLES; i++)
		c->tune[i] = (int)cmj_double(cmj_at(tune, i), 0);
	read_env(cmj_get(j, "env"), &l->env);
	l->ci = cmj_double(cmj_get(j, "ci"), 0.01);
	l->budget_s = cmj_double(cmj_get(j, "budget_s"), 1);
	return l->kernel->plan(&l->env, &l->plan, err);
}

/* ---- the program's life cycle ------------------------------------------------------------------ */

static enum cm_status open_program(struct launch *l, struct cm_err *err)
{
	const size_t dev = (size_t)cmj_double(cmj_get(l->job, "index"), 0);
	struct runner *r = &l->run;
	char version[128] = "";
	enum cm_status st;

	if (r->tuned) {
		st = r->tuned->open(&r->ctx, version, err);
		return st ? st : r->tuned->build(r->ctx, dev, l->kernel, &l->plan, &r->program, err);
	}
	st = r->backend->open(&r->ctx, err);
	if (!st) {
		char *text = registry_device_text_dup(l->kernel);

		st = r->backend->build(r->ctx, dev, l->kernel, &l->plan, text ? text : "",
				       &r->program, err);
		free(text);
	}
	return st;
}

static void close_program(struct runner *r)
{
	if (r->program)
		r->tuned ? r->tuned->release(r->program) : r->backend->release(r->program);
	if (r->ctx)
		r->tuned ? r->tuned->close(r->ctx) : r->backend->close(r->ctx);
}

static void *const *host_side(const struct runner *r)
{
	return r->tuned ? r->tuned->host(r->program) : r->backend->host(r->program);
}

static enum cm_status upload(const struct runner *r, struct cm_err *err)
{
	return r->tuned ? r->tuned->upload(r->program, err) : r->backend->upload(r->program, err);
}

static enum cm_status download(const struct runner *r, struct cm_err *err)
{
	return r->tuned ? r->tuned->download(r->program, err)
			: r->backend->download(r->program, err);
}

static enum cm_status go(struct launch *l, uint64_t iterations, uint64_t *ns, struct cm_err *err)
{
	const struct runner *r = &l->run;

	l->iterations += iterations;
	return r->tuned ? r->tuned->launch(r->program, iterations, ns, err)
			: r->backend->launch(r->program, iterations, ns, err);
}

static enum cm_status check(struct launch *l, struct cm_err *err)
{
	enum cm_status st;

	if (l->run.backend->caps & CM_CAP_NO_WORK)
		return CM_OK; /* a backend that does nothing has no results to check */
	st = download(&l->run, err);
	return st ? st : l->kernel->verify(&l->plan, host_side(&l->run), l->iterations, err);
}

static enum cm_status start(struct launch *l, struct cm_err *err)
{
	uint64_t ns;
	enum cm_status st = open_program(l, err);

	if (st)
		return st;
	l->kernel->fill(&l->plan, host_side(&l->run));
	if (!(st = upload(&l->run, err)) && !(st = go(l, 1, &ns, err)))
		st = check(l, err);
	return st;
}

/* ---- warm-up ----------------------------------------------------------------------------------- */

/* Rounds of growing length until two agree; leaves the time of one iteration in *ns. */
static enum cm_status warm_up(struct launch *l, double *ns, struct cm_err *err)
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
		const enum cm_status st = go(l, n, &took, err);

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
	/* A window that is too short for the meter gives no joules: the interval may wait for it. */
	const double window_ns = meter ? metering_window_s(meter) * 1e9 : 0;
	const double poll_ns = meter ? fmin(metering_poll_s(meter), metering_trace_s(meter)) * 1e9 : INFINITY;
	double *scratch = cm_alloc(MAX_SAMPLES * sizeof *scratch);
	double handed = (double)begin, polled = (double)begin;
	size_t next_check = 6;
	enum cm_status st = CM_OK;

	l->stopped_by = "budget";
	while (l->samples < MAX_SAMPLES && !l->stopped) {
		uint64_t ns = 0;
		const uint64_t t0 = cm_now_ns();

		st = go(l, l->per_sample, &ns, err);
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
			if ((double)(cm_now_ns() - begin) >= window_ns && precise(l, scratch)) {
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

/* ---- what the launch says of itself ------------------------------------------------------------ */

static const char *metric_unit(const struct kernel *k, char *buf, size_t cap)
{
	switch (k->metric) {
	case CM_BYTES_PER_S: return "GB/s";
	case CM_FLOPS_PER_S: return "GFLOP/s";
	case CM_NS_PER_WORK: return "ns";
	case CM_WORK_PER_S: break;
	}
	snprintf(buf, cap, "%s/s", k->work_unit);
	return buf;
}

static void describe_plan(struct launch *l)
{
	static const char *const metric[] = { "bytes", "flops", "work", "ns" };
	static const char *const roof[] = { "", "compute", "memory" };
	const struct kernel_plan *p = &l->plan;
	const struct kernel *k = l->kernel;
	struct cmj *s = l->summary;
	char unit[96];
	size_t set = 0;

	for (size_t i = 0; i < p->bufs; i++)
		set += p->buf[i].bytes;
	cmj_set(s, "metric", cmj_string(metric[k->metric]));
	cmj_set(s, "unit", cmj_string(metric_unit(k, unit, sizeof unit)));
	cmj_set(s, "work_unit", cmj_string(k->work_unit));
	cmj_set(s, "flops", cmj_number(p->flops));
	cmj_set(s, "bytes", cmj_number(p->bytes));
	cmj_set(s, "work", cmj_number(p->work));
	cmj_set(s, "roof", cmj_string(roof[k->roof]));
	cmj_set(s, "working_set_bytes", cmj_number((double)set));
	cmj_set(s, "beyond_caches", cmj_bool(set >= l->env.plateau_bytes));
}

/* Before the first sample: should this process be killed, its samples can still be read. */
static void say_about(struct launch *l)
{
	struct cmj *m = cmj_object();

	cmj_set(l->summary, "ci_target", cmj_number(l->ci));
	cmj_set(m, "about", cmj_ref(l->summary));
	worker_say(m);
}

static void say_end(struct launch *l, enum cm_status st, const struct cm_err *err)
{
	struct cmj *m = cmj_object(), *s = l->summary;

	cmj_set(s, "verified", cmj_bool(!st && !(l->run.backend->caps & CM_CAP_NO_WORK)));
	cmj_set(s, "stopped_by", cmj_string(l->stopped_by ? l->stopped_by : ""));
	cmj_set(s, "ci_target", cmj_number(l->ci));
	cmj_set(s, "iterations_per_sample", cmj_number((double)l->per_sample));
	cmj_set(s, "timed_iterations", cmj_number((double)l->timed_iterations));
	cmj_set(s, "sampled_s", cmj_number(l->sampled_ns * 1e-9));
	cmj_set(s, "work_share", cmj_number(l->sampled_ns > 0 ? l->work_ns / l->sampled_ns : NAN));
	cmj_set(s, "warm_iterations", cmj_number((double)l->warm_iterations));
	cmj_set(s, "clock_cost_ns", cmj_number(l->clock_cost_ns));
	cmj_set(s, "clock_step_ns", cmj_number(l->clock_step_ns));
	cmj_set(m, "end", cmj_bool(true));
	cmj_set(m, "status", cmj_int(st));
	cmj_set(m, "reason", cmj_string(st ? err->why : ""));
	cmj_set(m, "summary", cmj_ref(s));
	worker_say(m);
}

/* What the machine draws while this process waits, with the same meters. */
static void idle(struct launch *l, struct metering *meter, size_t which)
{
	const double need_s = meter ? fmax(metering_window_s(meter), IDLE_LEAST_S) : 0;
	const double most_s = fmax(IDLE_SHARE * l->budget_s, IDLE_LEAST_S);
	struct metering_result r;
	struct cm_err err = { 0 };
	struct timespec nap;

	l->idle_w[which] = NAN;
	if (!meter || metering_window_s(meter) <= 0 || need_s > most_s) {
		if (meter && need_s > most_s)
			snprintf(l->idle_why[which], sizeof l->idle_why[which], "the meter needs %.3g s, the "
				 "launch's budget gives idle %.3g s", need_s, most_s);
		else
			snprintf(l->idle_why[which], sizeof l->idle_why[which],
				 "no energy meter on this machine");
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

		st = go(l, l->per_sample, &ns, err);
	}
	*waited_s = (double)(cm_now_ns() - begin) * 1e-9;
	return st;
}

/* Samples with trust checks and meters around them. */
static enum cm_status observe(struct launch *l, struct metering *meter, struct cm_err *err)
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
		cmj_set(l->summary, "jitter_s", cmj_number(jitter_s));
		energy_held_cpu(l->summary, after.throttled_s - before.throttled_s,
				after.wall_s - before.wall_s);
		if (!mst)
			cmj_set(l->summary, "steady", steady_judge(l->warm, &energy));
	}
	idle(l, meter, 1);
	if (!mst)
		energy_describe_idle(l->summary, &kept, l->idle_w,
				     (const char *const[]){ l->idle_why[0], l->idle_why[1] });
	cmj_set(l->summary, "distrust", trust_judge(&before, &after, l->sample, l->samples));
	return st;
}

static enum cm_status burst(void *state, uint64_t iterations, uint64_t *ns, struct cm_err *err)
{
	return go(state, iterations, ns, err);
}

/* Says that it is alive, and hears whether to go on. */
static bool asked_to_stop(void *state)
{
	struct launch *l = state;

	hand_over(l);
	return l->stopped;
}

/* Power at parts of the load, where it was asked for. */
static enum cm_status levels(struct launch *l, struct metering *meter, struct cm_err *err)
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

static enum cm_status run(struct launch *l, struct metering *meter, struct cm_err *err)
{
	double ns = 1;
	enum cm_status st = read_job(l, err);

	if (st)
		return st;
	describe_plan(l);
	if ((st = start(l, err)))
		return st;
	idle(l, meter, 0); /* before warm-up, which would cool down in it */
	if ((st = warm_up(l, &ns, err)))
		return st;
	ns = fmax(ns, 0.01);
	l->per_sample = (uint64_t)fmax(
		1, ceil(fmax(SAMPLE_NS, fmax(CLOCK_SHARE * l->clock_cost_ns, 100 * l->clock_step_ns)) / ns));
	/* A device's own timer may be wrong, or leave out what a launch costs: a sample must end all the
	 * same. */
	if (l->wall_ns * (double)l->per_sample > LONGEST_SAMPLE_NS)
		l->per_sample = (uint64_t)fmax(1, LONGEST_SAMPLE_NS / l->wall_ns);
	say_about(l);
	if ((st = observe(l, meter, err)) || (st = levels(l, meter, err)))
		return st;
	return check(l, err);
}

void measure_worker(const struct cmj *job)
{
	struct launch l = { .job = job, .summary = cmj_object() };
	const struct metering_options from = { .sysfs_root = cmj_text(cmj_get(job, "sysfs_root"), NULL),
					       .redfish = cmj_text(cmj_get(job, "redfish"), NULL),
					       .wall = cmj_text(cmj_get(job, "wall"), NULL) };
	struct metering *meter = NULL;
	struct cm_err err = { 0 };
	enum cm_status st;

	/* First of all, while this process has one thread: event counters are inherited from here. */
	if (metering_open(&from, &meter, &err))
		meter = NULL;
	cm_clock_cost(&l.clock_cost_ns, &l.clock_step_ns);
	if (meter) {
		metering_works_on(meter, (enum cm_device_class)cmj_double(cmj_get(job, "class"), CM_NODEVICE),
				  cmj_text(cmj_get(job, "location"), ""));
		l.warm = cm_alloc(sizeof *l.warm);
		steady_open(from.sysfs_root, l.warm);
	}
	l.sample = cm_alloc(MAX_SAMPLES * sizeof *l.sample);
	st = run(&l, meter, &err);
	say_end(&l, st, &err);
	close_program(&l.run);
	metering_close(meter);
	cmj_free(l.summary);
	free(l.warm);
	free(l.sample);
}
