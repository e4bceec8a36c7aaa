/*
 * Running a plan (see run.h). The budget is wall time: what building and filling cost is learnt from the
 * launches so far, and the rest is shared among those to come. A launch that fails is a row with its
 * reason, and the run goes on.
 */
#include "engine/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "engine/child.h"
#include "engine/measure.h"
#include "engine/registry.h"

#define FIRST_ANSWER_S 120.0 /* building, filling and verifying a full-size launch takes long */
#define SHORTEST_S 0.05
#define LONGEST_S 5.0

struct runner {
	const struct plan *plan;
	struct store *store;
	const struct run_options *opt;
	struct run_outcome *out;
	uint64_t begun_ns;
	double overhead_s;       /* mean of a launch, beside its samples */
	size_t done;
};

static double seconds_since(uint64_t ns)
{
	return (double)(cm_now_ns() - ns) * 1e-9;
}

/* This launch's share of what is left. */
static double launch_budget(const struct runner *r)
{
	const double left = r->plan->budget_s - seconds_since(r->begun_ns);
	const double each = left / (double)(r->plan->launches - r->done) - r->overhead_s;

	return fmin(LONGEST_S, fmax(SHORTEST_S, each));
}

static struct cmj *make_job(const struct plan_cell *c, const struct plan_launch *l,
			    const struct plan *p, double budget_s)
{
	struct cmj *j = cmj_object(), *tune = cmj_array();
	char seed[24];

	snprintf(seed, sizeof seed, "%llu", (unsigned long long)l->seed);
	cmj_set(j, "do", cmj_string("launch"));
	cmj_set(j, "kernel", cmj_string(c->kernel->name));
	cmj_set(j, "op", cmj_int(c->c.op));
	cmj_set(j, "type", cmj_string(cm_type_word(c->c.type)));
	cmj_set(j, "size", cmj_number((double)c->c.n));
	cmj_set(j, "seed", cmj_string(seed));
	cmj_set(j, "backend", cmj_string(c->device->backend->name));
	cmj_set(j, "index", cmj_int((int64_t)c->device->index));
	cmj_set(j, "tuned", cmj_string(c->tuned ? c->tuned->tuned->name : ""));
	for (size_t i = 0; i < CM_MAX_TUNABLES; i++)
		cmj_push(tune, cmj_int(c->c.tune[i]));
	cmj_set(j, "tune", tune);
	cmj_set(j, "env", measure_env_json(&c->env));
	cmj_set(j, "ci", cmj_number(p->ci));
	cmj_set(j, "budget_s", cmj_number(budget_s));
	return j;
}

static enum cm_status cell_of(struct runner *r, const struct plan_cell *c, int64_t *id,
			      struct cm_err *err)
{
	struct pool pool = { 0 };
	const struct store_cell k = {
		.kernel = c->kernel->name,
		.op = c->kernel->ops ? c->kernel->ops[c->c.op] : "",
		.group = c->kernel->group,
		.variant = c->tuned ? "tuned" : "portable",
		.tuned_by = c->tuned ? pool_printf(&pool, "%s %s", c->tuned->tuned->name,
						   c->tuned->version) : "",
		.type = cm_type_word(c->c.type),
		.size_unit = c->kernel->size_unit,
		.backend = c->device->backend->name,
		.device = c->device->info.name,
		.tunables = plan_tunables(c, &pool),
		.size = c->c.n,
	};
	const enum cm_status st = store_cell_id(r->store, r->out->run_id, &k, id, err);

	pool_free(&pool);
	return st;
}

/* Rows that are known not to run: one launch without samples holds the reason. */
static enum cm_status note_refusals(struct runner *r, struct cm_err *err)
{
	for (size_t i = 0; i < r->plan->cells; i++) {
		const struct plan_cell *c = &r->plan->cell[i];
		struct cmj *empty;
		int64_t cell, launch;
		bool fresh;
		enum cm_status st;

		if (!c->st)
			continue;
		if ((st = cell_of(r, c, &cell, err)) ||
		    (st = store_launch_begin(r->store, cell, 0, &fresh, &launch, err)))
			return st;
		empty = cmj_object();
		st = store_launch_end(r->store, launch, cm_status_word(c->st), c->reason, empty, err);
		cmj_free(empty);
		if (st)
			return st;
	}
	return CM_OK;
}

struct heard { /* how a launch ended */
	enum cm_status st;
	char reason[600];
	struct cmj *summary;
	double sampling_s;
};

static enum cm_status keep_samples(struct runner *r, int64_t launch, const struct cmj *a,
				   struct cm_err *err)
{
	const size_t n = cmj_len(a);
	double *ns = cm_alloc((n + 1) * sizeof *ns);
	enum cm_status st;

	for (size_t i = 0; i < n; i++)
		ns[i] = cmj_double(cmj_at(a, i), NAN);
	st = store_samples(r->store, launch, ns, n, err);
	free(ns);
	return st;
}

/* Hears a launch to its end. Only the store's own failure is an error of the run. */
static enum cm_status hear(struct runner *r, struct child *c, int64_t launch, double budget_s,
			   struct heard *h, struct cm_err *err)
{
	struct cm_err cerr = { 0 };
	uint64_t first = 0;
	struct cmj *m;
	enum cm_status st = CM_OK;

	h->st = CM_EDRIVER;
	snprintf(h->reason, sizeof h->reason, "the worker ended without a word");
	while (!st) {
		const enum cm_status heard = child_next(c, FIRST_ANSWER_S + 10 * budget_s, &m, &cerr);

		if (heard) {
			if (heard != CM_END && !h->summary) {
				h->st = heard;
				snprintf(h->reason, sizeof h->reason, "%s", cerr.why);
			}
			break;
		}
		if (cmj_get(m, "samples")) {
			if (!first)
				first = cm_now_ns();
			st = keep_samples(r, launch, cmj_get(m, "samples"), err);
			child_ack(c, st || *r->opt->stop);
		} else if (cmj_get(m, "end")) {
			h->st = (enum cm_status)cmj_double(cmj_get(m, "status"), CM_EINTERNAL);
			snprintf(h->reason, sizeof h->reason, "%s", cmj_text(cmj_get(m, "reason"), ""));
			h->summary = cmj_ref(cmj_get(m, "summary"));
			h->sampling_s = first ? seconds_since(first) : 0;
		}
		cmj_free(m);
	}
	return st;
}

static enum cm_status one_launch(struct runner *r, const struct plan_launch *l, struct cm_err *err)
{
	const struct plan_cell *c = &r->plan->cell[l->cell];
	const double budget_s = launch_budget(r);
	const uint64_t begun = cm_now_ns();
	struct heard h = { 0 };
	struct child *child = NULL;
	struct cmj *job;
	int64_t cell, launch;
	bool fresh;
	enum cm_status st;

	if ((st = cell_of(r, c, &cell, err)) ||
	    (st = store_launch_begin(r->store, cell, l->number, &fresh, &launch, err)) || !fresh)
		return st;
	job = make_job(c, l, r->plan, budget_s);
	st = child_start(job, &child, err);
	cmj_free(job);
	if (st)
		return st;
	st = hear(r, child, launch, budget_s, &h, err);
	child_free(child);
	if (!st) {
		struct cmj *summary = h.summary ? cmj_ref(h.summary) : cmj_object();

		/* A launch cut short by the user keeps its samples and is taken again by --resume. */
		if (!*r->opt->stop || h.st)
			st = store_launch_end(r->store, launch, cm_status_word(h.st), h.reason, summary, err);
		else
			st = store_launch_end(r->store, launch, "partial", "interrupted", summary, err);
		cmj_free(summary);
	}
	r->out->wrong |= h.st == CM_EVERIFY;
	*(h.st ? &r->out->failed : &r->out->measured) += 1;
	r->overhead_s += (seconds_since(begun) - h.sampling_s - r->overhead_s) / (double)(r->done + 1);
	cmj_free(h.summary);
	return st;
}

static enum cm_status begin(struct runner *r, struct cm_err *err)
{
	const struct run_options *o = r->opt;
	uint64_t seed;

	if (o->resume) {
		const enum cm_status st = store_run_unfinished(r->store, o->tag, r->plan->hash,
							       r->out->run_id, &seed, err);
		if (st != CM_ABSENT)
			return st;
	}
	return store_run_begin(r->store, o->tag, o->seed, o->command_line, r->plan->hash, o->facts_json,
			       r->out->run_id, err);
}

enum cm_status run_plan(const struct plan *p, struct store *s, const struct run_options *o,
			struct run_outcome *out, struct cm_err *err)
{
	struct runner r = { .plan = p, .store = s, .opt = o, .out = out, .begun_ns = cm_now_ns(),
			    .overhead_s = 0.2 };
	struct cm_err end_err;
	enum cm_status st;

	*out = (struct run_outcome){ .measured = 0 };
	if ((st = begin(&r, err)) || (st = note_refusals(&r, err)))
		return st;
	for (size_t i = 0; i < p->launches && !st && !*o->stop; i++) {
		const struct plan_cell *c = &p->cell[p->launch[i].cell];

		o->progress(i, p->launches, c->kernel->name, p->budget_s - seconds_since(r.begun_ns));
		st = one_launch(&r, &p->launch[i], err);
		r.done++;
	}
	out->interrupted = *o->stop;
	if (store_run_end(s, out->run_id, *o->stop ? "interrupted" : st ? "failed" : "done", &end_err) &&
	    !st) {
		*err = end_err;
		st = end_err.st;
	}
	return st;
}
