/*
 * selftest: does this machine measure at all? Every kernel at a small size on every device, verified; every
 * meter read twice. A table of pass, absent and fail, each with its reason. No figure comes of it, and
 * nothing is stored: the sizes are for a check.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/textable.h"
#include "cli/opt.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "engine/metering.h"
#include "engine/registry.h"
#include "engine/run.h"
#include "engine/topology.h"

#define BUDGET_S 20.0      /* of sampling; building and checking come on top */
#define SILENCE_S 30.0
#define READS_APART_NS 50000000

enum verdict { PASS, ABSENT, FAIL, VERDICTS };
static const char *const words[VERDICTS] = { "pass", "absent", "fail" };

struct check {
	const char *kind, *name, *type, *on, *reason; /* on: the device, or the meter of a channel */
	const char *backend;
	enum verdict verdict;
	enum cm_status st;
	size_t size;
};

struct selftest {
	struct check *check;
	size_t n, cap, count[VERDICTS];
	struct pool pool;
	bool interrupted;
};

static enum verdict verdict_of(enum cm_status st)
{
	return !st ? PASS : cm_status_exit(st) == CM_EXIT_NOTHING ? ABSENT : FAIL;
}

static void add(struct selftest *t, struct check c)
{
	CM_PUSH(t->check, t->n, t->cap);
	c.verdict = verdict_of(c.st);
	c.reason = c.st && c.reason ? pool_dup(&t->pool, c.reason) : "";
	t->count[c.verdict]++;
	t->check[t->n++] = c;
}

/* ---- backends and their devices ---------------------------------------------------------------- */

static bool asked(const struct args *a, const char *backend)
{
	for (size_t i = 0; i < args_count(a, "backend"); i++)
		if (!strcmp(args_nth(a, "backend", i), backend))
			return true;
	return !args_has(a, "backend");
}

static void check_presence(struct selftest *t, const struct args *a, const struct discovery *d)
{
	for (size_t i = 0; i < d->backends; i++)
		if (asked(a, d->backend[i].backend->name))
			add(t, (struct check){ .kind = "backend", .name = d->backend[i].backend->name,
					       .backend = d->backend[i].backend->name, .st = d->backend[i].st,
					       .reason = d->backend[i].reason });
	for (size_t i = 0; i < d->tuneds; i++)
		if (asked(a, d->tuned[i].tuned->backend))
			add(t, (struct check){ .kind = "library", .name = d->tuned[i].tuned->name,
					       .backend = d->tuned[i].tuned->backend, .st = d->tuned[i].st,
					       .reason = d->tuned[i].reason });
}

/* Statuses of rows are words: they come from the store. */
static enum cm_status status_of(const char *word)
{
	for (int i = 0; i < CM_STATUS_NR; i++)
		if (!strcmp(word, cm_status_word((enum cm_status)i)))
			return (enum cm_status)i;
	return CM_EINTERNAL;
}

static void check_row(struct selftest *t, const struct result_row *r)
{
	const struct backend *b = registry_backend(r->backend);
	struct check c = {
		.kind = "kernel", .type = pool_dup(&t->pool, r->type), .size = r->size,
		.on = pool_dup(&t->pool, r->device), .backend = b ? b->name : "",
		.st = status_of(r->status), .reason = r->reason,
		.name = pool_printf(&t->pool, "%s%s%s%s%.*s", r->kernel, *r->op ? " " : "", r->op,
				    *r->tuned_by ? " by " : "", (int)strcspn(r->tuned_by, " "), r->tuned_by),
	};

	/* A backend that does nothing has no results to verify. */
	if (!c.st && (!r->launches || (!r->verified && !(b && b->caps & CM_CAP_NO_WORK)))) {
		c.st = CM_EINTERNAL;
		c.reason = "it ended without a verified launch";
	}
	add(t, c);
}

static void show(size_t done, size_t of, const char *what, double seconds_left)
{
	(void)seconds_left;
	progress_update((double)done, (double)of, "check %zu of %zu: %s", done + 1, of, what);
}

/* One launch of each row, in a store that is in memory only. */
static enum cm_status run_kernels(struct selftest *t, const struct args *a, struct plan *p,
				  double silence_s, struct cm_err *err)
{
	const struct run_options o = { .tag = "", .command_line = a->line, .facts_json = "{}",
				       .stop = stop_on_signals(), .progress = show, .silence_s = silence_s };
	struct store_rows rows = { 0 };
	struct run_outcome out = { .measured = 0 };
	struct store *s = NULL;
	enum cm_status st = store_open(":memory:", &s, err);

	progress_begin(args_get(a, "progress") ? args_get(a, "progress") : "auto");
	if (!st)
		st = run_plan(p, s, &o, &out, err);
	progress_end();
	if (!st)
		st = store_rows(s, out.run_id, NULL, &rows, err);
	for (size_t i = 0; !st && i < rows.n; i++)
		check_row(t, &rows.row[i]);
	t->interrupted = !st && out.interrupted;
	store_rows_free(&rows);
	store_close(s);
	return st;
}

static enum cm_status check_kernels(struct selftest *t, const struct args *a, const struct discovery *d,
				    const struct machine *m, struct cm_err *err)
{
	const struct kernel_env host = {
		.l1_bytes = m->l1_bytes, .l2_bytes = m->l2_bytes, .l3_bytes = m->l3_bytes,
		.memory_bytes = m->memory_bytes / 3, .compute_units = m->cores ? m->cores : 1,
	};
	struct run_spec spec = { .launches = 1, .small = true, .ci = 0.05, .budget_s = BUDGET_S,
				 .seed = cm_now_ns(), .nbackends = args_count(a, "backend") };
	const char **backend = cm_alloc((spec.nbackends + 1) * sizeof *backend);
	double silence_s = SILENCE_S;
	struct plan *p = NULL;
	enum cm_status st = args_seconds(a, "timeout", &silence_s, err);

	for (size_t i = 0; i < spec.nbackends; i++)
		backend[i] = args_nth(a, "backend", i);
	spec.backends = backend;
	if (!st)
		st = plan_make(&spec, d, &host, &p, err);
	if (!st)
		st = run_kernels(t, a, p, silence_s, err);
	else if (st == CM_ABSENT) /* the presence of each backend has been said */
		st = CM_OK;
	plan_free(p);
	free(backend);
	return st;
}

/* ---- meters ------------------------------------------------------------------------------------ */

static void check_channel(struct selftest *t, const struct metering_channel *c, double first)
{
	struct check k = { .kind = "meter", .on = c->meter->name, .st = c->st, .reason = c->reason,
			   .name = pool_dup(&t->pool, c->channel ? c->channel->name : c->meter->name) };
	const double now = c->value;

	if (!k.st && (now != now || first != first)) {
		k.st = CM_EDRIVER;
		k.reason = "it is said to be here, and gave no reading";
	} else if (!k.st && c->channel && c->channel->kind != CM_POWER_SAMPLE &&
		   c->channel->kind != CM_GAUGE && now < first && !(c->channel->wraps_at > 0)) {
		k.st = CM_EDRIVER;
		k.reason = pool_printf(&t->pool, "its counter went back from %.17g to %.17g %s", first, now,
				       c->channel->unit);
	}
	add(t, k);
}

static enum cm_status check_meters(struct selftest *t, struct cm_err *err)
{
	const struct timespec apart = { .tv_nsec = READS_APART_NS };
	const struct metering_channel *c;
	struct metering *m = NULL;
	double *first;
	size_t n;
	enum cm_status st = metering_open(NULL, &m, err);

	if (st)
		return st;
	st = metering_read(m, err);
	n = metering_channels(m, &c);
	first = cm_alloc((n + 1) * sizeof *first);
	for (size_t i = 0; i < n; i++)
		first[i] = c[i].value;
	nanosleep(&apart, NULL);
	if (!st)
		st = metering_read(m, err);
	n = metering_channels(m, &c);
	for (size_t i = 0; !st && i < n; i++)
		check_channel(t, &c[i], first[i]);
	free(first);
	metering_close(m);
	return st;
}

/* ---- what is said ------------------------------------------------------------------------------ */

static void print_text(const struct selftest *t, double seconds)
{
	static const char *const titles[] = { "", "what", "type", "on", "verdict", "why" };
	struct textable *x = textable_new("llllll", titles);

	for (size_t i = 0; i < t->n; i++) {
		const struct check *c = &t->check[i];

		textable_cell(x, c->kind);
		textable_cell(x, c->name);
		textable_cell(x, c->type ? c->type : "");
		textable_cell(x, c->on ? c->on : "");
		textable_cell(x, words[c->verdict]);
		textable_cell(x, c->reason);
	}
	textable_print(x, stdout, 140);
	printf("\n%zu passed, %zu absent, %zu failed in %.1f s\n", t->count[PASS], t->count[ABSENT],
	       t->count[FAIL], seconds);
}

static void print_json(const struct selftest *t, double seconds)
{
	struct cmj *doc = cmj_document("selftest"), *list = cmj_array();

	for (size_t i = 0; i < t->n; i++) {
		const struct check *c = &t->check[i];
		struct cmj *o = cmj_object();

		cmj_set(o, "kind", cmj_string(c->kind));
		cmj_set(o, "name", cmj_string(c->name));
		cmj_set(o, "type", cmj_string(c->type));
		cmj_set(o, "size", c->size ? cmj_int((int64_t)c->size) : cmj_null());
		cmj_set(o, "backend", cmj_string(c->backend));
		cmj_set(o, "on", cmj_string(c->on));
		cmj_set(o, "verdict", cmj_string(words[c->verdict]));
		cmj_set(o, "status", cmj_string(cm_status_word(c->st)));
		cmj_set(o, "reason", cmj_string(c->reason));
		cmj_push(list, o);
	}
	cmj_set(doc, "checks", list);
	for (int v = 0; v < VERDICTS; v++)
		cmj_set(doc, words[v], cmj_int((int64_t)t->count[v]));
	cmj_set(doc, "seconds", cmj_number(seconds));
	cmd_print_json(doc);
}

/* Meters alone do not make a machine to measure on. */
static int exit_code(const struct selftest *t)
{
	bool kernels = false, wrong = false;

	for (size_t i = 0; i < t->n; i++) {
		kernels |= !strcmp(t->check[i].kind, "kernel") && t->check[i].verdict == PASS;
		wrong |= t->check[i].st == CM_EVERIFY;
	}
	if (t->interrupted)
		return CM_EXIT_INTERRUPTED;
	if (wrong)
		return CM_EXIT_WRONG;
	if (t->count[FAIL])
		return CM_EXIT_INTERNAL;
	return kernels ? CM_EXIT_OK : CM_EXIT_NOTHING;
}

static int selftest(const struct args *a)
{
	const uint64_t begun = cm_now_ns();
	struct selftest t = { 0 };
	struct machine *m = NULL;
	struct discovery *d = NULL;
	struct cm_err err;
	enum cm_status st = topology_read(NULL, &m, &err);
	int code;

	if (!st) {
		d = discover();
		check_presence(&t, a, d);
		st = check_kernels(&t, a, d, m, &err);
	}
	if (!st && !t.interrupted)
		st = check_meters(&t, &err);
	if (!st) {
		const double seconds = (double)(cm_now_ns() - begun) * 1e-9;

		args_has(a, "json") ? print_json(&t, seconds) : print_text(&t, seconds);
	}
	code = st ? cmd_fail(a, &err) : exit_code(&t);
	discovery_free(d);
	topology_free(m);
	free(t.check);
	pool_free(&t.pool);
	return code;
}

const struct command cmd_selftest = {
	.name = "selftest",
	.usage = "costmark selftest [--backend NAME] [--json]",
	.summary = "check every backend, kernel and meter of this machine, in under two minutes",
	.examples = "  costmark selftest\n  costmark selftest --backend opencl --json\n",
	.min_words = 0,
	.max_words = 0,
	.run = selftest,
};
