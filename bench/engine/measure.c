/*
 * Measuring one launch (DESIGN section 4): build, fill, verify, measure (measure_window.c), verify again.
 * Runs in the worker process only.
 */
#include "engine/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "engine/child.h"
#include "engine/measure_inner.h"
#include "engine/registry.h"

#define MOST_LEFT_OUT 8       /* meters that hung in an earlier launch */
#define CLOCK_SHARE 200.0     /* … and this many times what reading the clock costs */
#define LONGEST_SAMPLE_NS 250e6 /* by the wall's clock, unless one iteration takes longer */

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

enum cm_status launch_go(struct launch *l, uint64_t iterations, uint64_t *ns, struct cm_err *err)
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
	if (!(st = upload(&l->run, err)) && !(st = launch_go(l, 1, &ns, err)))
		st = check(l, err);
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

static enum cm_status run(struct launch *l, struct metering *meter, struct cm_err *err)
{
	double ns = 1;
	enum cm_status st = read_job(l, err);

	if (st)
		return st;
	describe_plan(l);
	if ((st = start(l, err)))
		return st;
	launch_idle(l, meter, 0); /* before warm-up, which would cool down in it */
	if ((st = launch_warm_up(l, &ns, err)))
		return st;
	ns = fmax(ns, 0.01);
	l->per_sample = (uint64_t)fmax(
		1, ceil(fmax(SAMPLE_NS, fmax(CLOCK_SHARE * l->clock_cost_ns, 100 * l->clock_step_ns)) / ns));
	/* A device's own timer may be wrong, or leave out what a launch costs: a sample must end all the
	 * same. */
	if (l->wall_ns * (double)l->per_sample > LONGEST_SAMPLE_NS)
		l->per_sample = (uint64_t)fmax(1, LONGEST_SAMPLE_NS / l->wall_ns);
	say_about(l);
	if ((st = launch_observe(l, meter, err)) || (st = launch_levels(l, meter, err)))
		return st;
	return check(l, err);
}

/* Meters whose drivers this launch waited for in vain: the next need not. */
static void describe_hung(struct launch *l, const struct metering *meter)
{
	struct cmj *list = cmj_array();
	struct metering_given_up hung;

	for (size_t i = 0; meter && metering_hung(meter, i, &hung); i++) {
		struct cmj *o = cmj_object();

		cmj_set(o, "meter", cmj_string(hung.meter));
		cmj_set(o, "why", cmj_string(hung.why));
		cmj_push(list, o);
	}
	cmj_set(l->summary, "hung", list);
}

void measure_worker(const struct cmj *job)
{
	struct launch l = { .job = job, .summary = cmj_object() };
	struct metering_options from = { .sysfs_root = cmj_text(cmj_get(job, "sysfs_root"), NULL),
					       .redfish = cmj_text(cmj_get(job, "redfish"), NULL),
					       .redfish_ca = cmj_text(cmj_get(job, "redfish_ca"), NULL),
					       .wall = cmj_text(cmj_get(job, "wall"), NULL) };
	const struct cmj *given_up = cmj_get(job, "given_up");
	struct metering_given_up left_out[MOST_LEFT_OUT];
	struct metering *meter = NULL;
	struct cm_err err = { 0 };
	enum cm_status st;

	for (; from.given_ups < cmj_len(given_up) && from.given_ups < MOST_LEFT_OUT; from.given_ups++) {
		const struct cmj *o = cmj_at(given_up, from.given_ups);

		left_out[from.given_ups] = (struct metering_given_up){ cmj_text(cmj_get(o, "meter"), ""),
								       cmj_text(cmj_get(o, "why"), "") };
	}
	from.given_up = left_out;
	/* First of all, while this process has one thread: event counters are inherited from here. */
	if (metering_open(&from, &meter, &err))
		meter = NULL;
	cm_clock_cost(&l.clock_cost_ns, &l.clock_step_ns);
	if (meter) {
		metering_works_on(meter, (enum cm_device_class)cmj_double(cmj_get(job, "class"), CM_NODEVICE),
				  cmj_text(cmj_get(job, "location"), ""));
		l.warm = cm_alloc(sizeof *l.warm);
		steady_open(from.sysfs_root, meter, l.warm);
	}
	l.sample = cm_alloc(MAX_SAMPLES * sizeof *l.sample);
	st = run(&l, meter, &err);
	describe_hung(&l, meter);
	say_end(&l, st, &err);
	close_program(&l.run);
	metering_close(meter);
	cmj_free(l.summary);
	free(l.warm);
	free(l.sample);
}
