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
#include "base/log.h"
#include "engine/cap_steps.h"
#include "engine/child.h"
#include "engine/cooling.h"
#include "engine/measure.h"
#include "engine/metering.h"
#include "engine/registry.h"
#include "engine/run_windows.h"

#define SILENCE_S 120.0   /* building, filling and verifying a full-size launch takes long */
#define STOP_GRACE_S 5.0  /* after Ctrl-C: for the sample, its check and the end */
#define SLICE_S 0.2       /* how soon Ctrl-C is seen while a worker is silent */
#define SHORTEST_S 0.05
#define LONGEST_S 5.0
#define OVERRUN 1.3       /* of the budget, for first launches … */
#define OVERRUN_S 80.0    /* … and they have at least this long */
#define MOST_HUNG 8       /* meters that hang in one run */
#define TRIES 2           /* of a row whose launches only fail */

/* What was learnt of a row so far. */
struct cell_state {
	double cost_s;           /* of its last launch, wall time */
	unsigned ok, failed, taken; /* taken: also in an earlier call of this run */
	bool given_up;
	struct run_windows windows;
};

struct runner {
	struct plan *plan;
	struct store *store;
	const struct run_options *opt;
	struct run_outcome *out;
	struct cell_state *cell; /* as many as the plan has, for each power cap */
	uint64_t begun_ns;
	double overhead_s;       /* mean of a launch, beside its samples */
	size_t done, taken;
	size_t planned;          /* launches of the plan as it was made, under each cap */
	struct cooling *cooling;
	struct metering_given_up hung[MOST_HUNG]; /* meters that a launch of this run waited for in vain */
	size_t hungs;
	struct pool pool;
	size_t cap, caps;        /* the power cap that rows are of now, of how many; 1 without any */
	double cap_w;            /* its watts; 0 = none */
	double stands_w;         /* the one that is set; 0 = none */
};

static struct cell_state *state_of(const struct runner *r, size_t cell)
{
	return &r->cell[r->cap * r->plan->cells + cell];
}

static double seconds_since(uint64_t ns)
{
	return (double)(cm_now_ns() - ns) * 1e-9;
}

/* Launches that a row lacks for its joules beyond those of the plan that are to come. */
static size_t lacks(const struct runner *r, const struct cell_state *s)
{
	const unsigned each = r->plan->each;

	if (r->plan->firm || s->given_up)
		return 0;
	return energy_windows_lack(&s->windows.w, each > s->taken ? each - s->taken : 0);
}

static size_t launches_to_come(const struct runner *r)
{
	return r->done < r->caps * r->planned ? r->caps * r->planned - r->done : 0;
}

/* This launch's share of what is left. Rows with joules come more often than planned, as long as the windows
 * stay as long as their meter needs. */
static double launch_budget(const struct runner *r)
{
	const double left = r->plan->budget_s - seconds_since(r->begun_ns);
	const double planned = (double)launches_to_come(r);
	double more = 0, need_s = 0, each;

	for (size_t i = 0; i < r->caps * r->plan->cells; i++) {
		const struct cell_state *s = &r->cell[i];
		const size_t n = lacks(r, s);

		more += (double)n;
		if (n)
			need_s = fmax(need_s, s->windows.w.need_s);
	}
	each = left / fmax(planned + more, 1) - r->overhead_s;
	if (planned > 0 && each < need_s)
		each = left / planned - r->overhead_s;
	return fmin(LONGEST_S, fmax(SHORTEST_S, each));
}

/* Meters that are not to be asked again. */
static void add_given_up(const struct runner *r, struct cmj *job)
{
	struct cmj *list = cmj_array();

	for (size_t i = 0; i < r->hungs; i++) {
		struct cmj *o = cmj_object();

		cmj_set(o, "meter", cmj_string(r->hung[i].meter));
		cmj_set(o, "why", cmj_string(r->hung[i].why));
		cmj_push(list, o);
	}
	cmj_set(job, "given_up", list);
}

/* A driver that hung costs seconds in each launch: after the first it is left out, and this is said once. */
static void learn_hung(struct runner *r, const struct cmj *summary)
{
	const struct cmj *list = cmj_get(summary, "hung");

	for (size_t i = 0; i < cmj_len(list); i++) {
		const char *meter = cmj_text(cmj_get(cmj_at(list, i), "meter"), "?");
		const char *why = cmj_text(cmj_get(cmj_at(list, i), "why"), "?");
		bool known = r->hungs == MOST_HUNG;

		for (size_t k = 0; k < r->hungs; k++)
			known |= !strcmp(r->hung[k].meter, meter);
		if (known)
			continue;
		log_warn("the meter %s: %s; it is left out of the launches to come", meter, why);
		r->hung[r->hungs++] = (struct metering_given_up){
			pool_dup(&r->pool, meter),
			pool_printf(&r->pool, "not asked, since in an earlier launch of this run %s", why) };
	}
}

static struct cmj *make_job(const struct plan_cell *c, const struct plan_launch *l,
			    const struct plan *p, double budget_s, const struct run_options *o)
{
	const struct { const char *key, *value; } from[] = {
		{ "sysfs_root", o->sysfs_root }, { "redfish", o->redfish },
		{ "redfish_ca", o->redfish_ca }, { "wall", o->wall },
	};
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
	cmj_set(j, "class", cmj_int(c->device->info.cls));
	cmj_set(j, "location", cmj_string(c->device->info.location));
	cmj_set(j, "tuned", cmj_string(c->tuned ? c->tuned->tuned->name : ""));
	for (size_t i = 0; i < CM_MAX_TUNABLES; i++)
		cmj_push(tune, cmj_int(c->c.tune[i]));
	cmj_set(j, "tune", tune);
	cmj_set(j, "env", measure_env_json(&c->env));
	cmj_set(j, "ci", cmj_number(p->ci));
	cmj_set(j, "budget_s", cmj_number(budget_s));
	if (o->level_s > 0)
		cmj_set(j, "level_s", cmj_number(o->level_s));
	for (size_t i = 0; i < CM_COUNT(from); i++)
		if (from[i].value)
			cmj_set(j, from[i].key, cmj_string(from[i].value));
	return j;
}

/* With the cap, for who reads the rows again. */
static const char *tunables_of(const struct runner *r, const struct plan_cell *c, struct pool *pool)
{
	const char *own = plan_tunables(c, pool);

	if (!(r->cap_w > 0))
		return own;
	return pool_printf(pool, "%s%s" CM_CAP_TUNABLE "%.6g", own, *own ? " " : "", r->cap_w);
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
		.device = r->cap_w > 0 ? pool_printf(&pool, "%s" CM_CAP_DEVICE, c->device->info.name,
						     r->cap_w) : c->device->info.name,
		.tunables = tunables_of(r, c, &pool),
		.size = c->c.n,
	};
	const enum cm_status st = store_cell_id(r->store, r->out->run_id, &k, id, err);

	pool_free(&pool);
	return st;
}

/* A launch without samples that holds the reason why there are none. */
static enum cm_status note(struct runner *r, const struct plan_cell *c, unsigned number,
			   const char *status, const char *reason, struct cm_err *err)
{
	struct cmj *empty;
	int64_t cell, launch;
	bool fresh;
	enum cm_status st = cell_of(r, c, &cell, err);

	if (st || (st = store_launch_begin(r->store, cell, number, &fresh, &launch, err)) || !fresh)
		return st;
	empty = cmj_object();
	st = store_launch_end(r->store, launch, status, reason, empty, err);
	cmj_free(empty);
	return st;
}

/* Rows that are known not to run. */
static enum cm_status note_refusals(struct runner *r, struct cm_err *err)
{
	enum cm_status st = CM_OK;

	for (size_t i = 0; i < r->plan->cells && !st; i++)
		if (r->plan->cell[i].st)
			st = note(r, &r->plan->cell[i], 0, cm_status_word(r->plan->cell[i].st),
				  r->plan->cell[i].reason, err);
	return st;
}

struct heard { /* how a launch ended */
	enum cm_status st;
	char reason[600];
	struct cmj *summary;
	double sampling_s;
	bool hung;
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

/* Its next message; looks up for Ctrl-C meanwhile, which leaves it a last few seconds. */
static enum cm_status next_message(struct runner *r, struct child *c, double silence_s, struct cmj **m,
				   struct cm_err *err)
{
	const uint64_t begun = cm_now_ns();
	uint64_t stopped = 0;

	while (!child_ready(c, fmin(SLICE_S, silence_s))) {
		if (seconds_since(begun) > silence_s)
			return child_silent(c, silence_s, err);
		if (*r->opt->stop && !stopped)
			stopped = cm_now_ns();
		if (stopped && seconds_since(stopped) > STOP_GRACE_S)
			return cm_fail(err, CM_EINTR, "interrupted");
	}
	return child_next(c, silence_s, m, err);
}

/* Hears a launch to its end. Only the store's own failure is an error of the run. */
static enum cm_status hear(struct runner *r, struct child *c, int64_t launch, double silence_s,
			   struct heard *h, struct cm_err *err)
{
	struct cm_err cerr = { 0 };
	struct cmj *m = NULL;
	enum cm_status st = CM_OK;

	h->st = CM_EDRIVER;
	snprintf(h->reason, sizeof h->reason, "the worker ended without a word");
	while (!st) {
		const enum cm_status heard = next_message(r, c, silence_s, &m, &cerr);

		if (heard || !m) {
			if (heard != CM_END && !h->summary) {
				h->st = heard;
				h->hung = child_hung(c);
				snprintf(h->reason, sizeof h->reason, "%s", cerr.why);
			}
			break;
		}
		if (cmj_get(m, "samples")) {
			st = keep_samples(r, launch, cmj_get(m, "samples"), err);
			child_ack(c, st || *r->opt->stop);
		} else if (cmj_get(m, "about")) {
			st = store_launch_end(r->store, launch, "partial", "", cmj_get(m, "about"), err);
		} else if (cmj_get(m, "end")) {
			h->st = (enum cm_status)cmj_double(cmj_get(m, "status"), CM_EINTERNAL);
			snprintf(h->reason, sizeof h->reason, "%s", cmj_text(cmj_get(m, "reason"), ""));
			h->summary = cmj_ref(cmj_get(m, "summary"));
			h->sampling_s = cmj_double(cmj_get(h->summary, "sampled_s"), 0);
		}
		cmj_free(m);
	}
	return st;
}

/* A fact of the machine (unsupported, denied) does not change by trying again; a hang costs too much. */
static void learn(struct runner *r, size_t cell, const struct heard *h)
{
	struct cell_state *s = state_of(r, cell);
	const bool fact = cm_status_exit(h->st) == CM_EXIT_NOTHING;

	s->taken++;
	if (!h->st) {
		s->ok++;
		r->out->measured++;
		return;
	}
	s->failed++;
	r->out->failed += !fact && h->st != CM_EINTR;
	s->given_up = fact || h->hung || (!s->ok && s->failed >= TRIES && h->st != CM_EVERIFY);
}

/* A device that hung is left alone from then on, unless it has done something before: then it is when it
 * hangs again. Each of its rows that has no launch yet says so. */
static enum cm_status give_up_device(struct runner *r, const struct plan_launch *l, const char *reason,
				     struct cm_err *err)
{
	const struct plan *p = r->plan;
	const struct seen_device *d = p->cell[l->cell].device;
	unsigned ok = 0, hangs = 0;
	char why[700];
	enum cm_status st = CM_OK;

	for (size_t i = 0; i < p->cells; i++)
		if (p->cell[i].device == d) {
			ok += state_of(r, i)->ok;
			hangs += state_of(r, i)->given_up && state_of(r, i)->failed;
		}
	if (ok && hangs < 2)
		return CM_OK;
	snprintf(why, sizeof why, "not tried: %s hung on this device before (%.500s)",
		 p->cell[l->cell].kernel->name, reason);
	for (size_t i = 0; i < p->cells && !st; i++) {
		struct cell_state *s = state_of(r, i);

		if (p->cell[i].device != d || p->cell[i].st || s->given_up)
			continue;
		s->given_up = true;
		if (!s->ok && !s->failed)
			st = note(r, &p->cell[i], 0, cm_status_word(CM_EDRIVER), why, err);
	}
	return st;
}

static enum cm_status store_outcome(struct runner *r, int64_t launch, const struct heard *h,
				    struct cm_err *err)
{
	struct cmj *summary = h->summary ? cmj_ref(h->summary) : cmj_object();
	/* A launch cut short by the user keeps its samples and is taken again by --resume; so is one that
	 * the same signal killed. */
	const bool cut = *r->opt->stop && (!h->st || h->st == CM_EINTR || h->st == CM_EDRIVER);
	enum cm_status st = CM_OK;

	if (!cut)
		st = store_launch_end(r->store, launch, cm_status_word(h->st), h->reason, summary, err);
	else if (h->summary)
		st = store_launch_end(r->store, launch, "partial", "interrupted", summary, err);
	cmj_free(summary);
	return st;
}

/* Sets the cap that the next launch is to run under, unless it stands, and lets it come into force. */
static enum cm_status hold_cap(struct runner *r, struct cm_err *err)
{
	const struct run_caps *caps = r->opt->caps;
	const struct timespec slice = { .tv_nsec = 20000000 };
	uint64_t begun;
	enum cm_status st;

	if (!caps || r->stands_w == r->cap_w)
		return CM_OK;
	st = caps->set(caps->arg, r->cap_w, err);
	if (st)
		return st;
	r->stands_w = r->cap_w;
	begun = cm_now_ns();
	while (!*r->opt->stop && seconds_since(begun) < caps->settle_s)
		nanosleep(&slice, NULL);
	return CM_OK;
}

static enum cm_status one_launch(struct runner *r, const struct plan_launch *l, struct cm_err *err)
{
	const struct plan_cell *c = &r->plan->cell[l->cell];
	struct cell_state *state = state_of(r, l->cell);
	const uint64_t begun = cm_now_ns();
	double budget_s, silence_s;
	struct heard h = { 0 };
	struct child *child = NULL;
	struct cmj *job;
	int64_t cell, launch;
	bool fresh;
	enum cm_status st;

	if ((st = cell_of(r, c, &cell, err)) ||
	    (st = store_launch_begin(r->store, cell, l->number, &fresh, &launch, err)))
		return st;
	if (!fresh) {
		state->taken++;
		return run_windows_recall(&state->windows, r->store, launch, err);
	}
	if ((st = hold_cap(r, err)))
		return st;
	cooling_wait(r->cooling, launches_to_come(r), r->opt->stop);
	if (*r->opt->stop)
		return CM_OK;
	budget_s = launch_budget(r);
	silence_s = (r->opt->silence_s > 0 ? r->opt->silence_s : SILENCE_S) + 2 * budget_s;
	job = make_job(c, l, r->plan, budget_s, r->opt);
	add_given_up(r, job);
	st = child_start(job, &child, err);
	cmj_free(job);
	if (st)
		return st;
	st = hear(r, child, launch, silence_s, &h, err);
	child_free(child);
	if (h.summary)
		cooling_describe(r->cooling, h.summary);
	if (!st)
		st = store_outcome(r, launch, &h, err);
	if (!h.st && !*r->opt->stop)
		run_windows_add(&state->windows, launch, h.summary);
	learn(r, l->cell, &h);
	learn_hung(r, h.summary);
	if (!st && h.hung)
		st = give_up_device(r, l, h.reason, err);
	r->taken++;
	state->cost_s = seconds_since(begun);
	r->overhead_s += (state->cost_s - h.sampling_s - r->overhead_s) / (double)r->taken;
	cmj_free(h.summary);
	return st;
}

static enum cm_status begin(struct runner *r, struct plan *p, struct cm_err *err)
{
	const struct run_options *o = r->opt;
	uint64_t seed;

	if (o->resume) {
		const enum cm_status st = store_run_unfinished(r->store, o->tag, p->hash, r->out->run_id,
							       &seed, err);
		if (!st) {
			plan_order(p, seed);
			r->out->resumed = true;
		}
		if (st != CM_ABSENT)
			return st;
	}
	return store_run_begin(r->store, o->tag, o->seed, o->command_line, p->hash, o->facts_json,
			       r->out->run_id, err);
}

/* Launches that were asked for all run. Others only as far as the budget goes; but so that each row has a
 * figure, first ones may run over it. */
static bool fits(const struct runner *r, const struct plan_launch *l)
{
	const double now_s = seconds_since(r->begun_ns), budget_s = r->plan->budget_s;

	if (r->plan->firm)
		return true;
	if (!l->number)
		return now_s < fmax(OVERRUN * budget_s, OVERRUN_S);
	return now_s + state_of(r, l->cell)->cost_s <= budget_s;
}

/* A row without any launch says so, and waits for --resume. */
static enum cm_status leave_out(struct runner *r, const struct plan_launch *l, struct cm_err *err)
{
	char why[120];

	r->out->unmeasured++;
	snprintf(why, sizeof why, "the budget of %.3g s ended before its first launch; --resume goes on",
		 r->plan->budget_s);
	return note(r, &r->plan->cell[l->cell], 0, "partial", why, err);
}

/* Launches first to end of the plan, under the cap of now. */
static enum cm_status run_launches(struct runner *r, size_t first, size_t end, struct cm_err *err)
{
	const struct plan *p = r->plan;
	enum cm_status st = CM_OK;

	for (size_t i = first; i < end && !st && !*r->opt->stop; i++, r->done++) {
		const struct plan_launch *l = &p->launch[i];

		const bool extra = l->number >= p->each;

		if (state_of(r, l->cell)->given_up || (extra && !lacks(r, state_of(r, l->cell))))
			continue;
		if (!fits(r, l)) {
			r->out->left += !extra;
			if (!l->number)
				st = leave_out(r, l, err);
			continue;
		}
		r->opt->progress(r->done, r->caps * p->launches, p->cell[l->cell].kernel->name,
				 p->budget_s - seconds_since(r->begun_ns));
		st = one_launch(r, l, err);
	}
	return st;
}

/* The launches of one number under every cap: up, or down, so that the cap that stands comes first. */
static enum cm_status run_round(struct runner *r, size_t first, size_t end, bool down, struct cm_err *err)
{
	const struct run_caps *caps = r->opt->caps;
	enum cm_status st = CM_OK;

	for (size_t k = 0; k < r->caps && !st && !*r->opt->stop; k++) {
		r->cap = down ? r->caps - 1 - k : k;
		r->cap_w = caps ? caps->watts[r->cap] : 0;
		st = run_launches(r, first, end, err);
	}
	return st;
}

/* Another round for the rows whose joules are not yet sure, where the budget has room for any of them. */
static bool more(struct runner *r)
{
	const double now_s = seconds_since(r->begun_ns);
	const struct plan *p = r->plan;

	if (!p->launches || p->launch[p->launches - 1].number + 1 >= ENERGY_MOST)
		return false;
	for (size_t i = 0; i < r->caps * p->cells; i++)
		if (lacks(r, &r->cell[i]) && now_s + r->cell[i].cost_s <= p->budget_s) {
			plan_more(r->plan);
			return true;
		}
	return false;
}

/* Which rule ended the windows of each row with joules. */
static enum cm_status close_windows(struct runner *r, struct cm_err *err)
{
	const struct plan *p = r->plan;
	enum cm_status st = CM_OK;

	for (size_t i = 0; i < r->caps * p->cells && !st; i++) {
		struct run_windows *w = &r->cell[i].windows;
		const char *rule = "budget";
		char says[120];

		snprintf(says, sizeof says, "stopped by the budget of %.3g s", p->budget_s);
		if (p->firm) {
			rule = "launches";
			snprintf(says, sizeof says, "stopped by --launches %u", p->each);
		} else if (energy_windows_met(&w->w)) {
			rule = "interval";
			snprintf(says, sizeof says, "stopped: that is enough");
		} else if (*r->opt->stop) {
			rule = "user";
			snprintf(says, sizeof says, "stopped by the user");
		} else if (r->cell[i].taken >= ENERGY_MOST) {
			rule = "launches";
			snprintf(says, sizeof says, "stopped at the limit of %d launches", ENERGY_MOST);
		} else if (r->cell[i].given_up) {
			rule = "failed";
			snprintf(says, sizeof says, "stopped because launches failed");
		}
		st = run_windows_close(w, r->store, rule, says, err);
	}
	return st;
}

static enum cm_status run_rounds(struct runner *r, struct cm_err *err)
{
	const struct plan *p = r->plan;
	bool down = false;
	enum cm_status st = CM_OK;

	for (size_t first = 0, end; !st && !*r->opt->stop; first = end) {
		if (first == p->launches && !more(r))
			break;
		for (end = first; end < p->launches && p->launch[end].number == p->launch[first].number;)
			end++;
		st = run_round(r, first, end, down, err);
		down = !down;
	}
	return st;
}

enum cm_status run_plan(struct plan *p, struct store *s, const struct run_options *o,
			struct run_outcome *out, struct cm_err *err)
{
	struct runner r = { .plan = p, .store = s, .opt = o, .out = out, .begun_ns = cm_now_ns(),
			    .overhead_s = 0.2, .caps = o->caps ? o->caps->n : 1,
			    .planned = p->launches };
	struct cm_err end_err;
	enum cm_status st;

	*out = (struct run_outcome){ .measured = 0 };
	r.cell = cm_alloc((r.caps * p->cells + 1) * sizeof *r.cell);
	r.cooling = cooling_begin(o->sysfs_root, p->budget_s);
	st = begin(&r, p, err);
	if (!st) {
		st = note_refusals(&r, err);
		if (!st)
			st = run_rounds(&r, err);
		if (!st)
			st = close_windows(&r, err);
		out->interrupted = *o->stop;
		if (store_run_end(s, out->run_id, *o->stop || out->unmeasured ? "interrupted"
						  : st ? "failed" : "done",
				  &end_err) && !st) {
			*err = end_err;
			st = end_err.st;
		}
	}
	for (size_t i = 0; i < r.caps * p->cells; i++)
		run_windows_free(&r.cell[i].windows);
	free(r.cell);
	cooling_end(r.cooling);
	pool_free(&r.pool);
	return st;
}
