/*
 * run: measures this machine. Reads its options, discovers what is here, makes the plan, runs it, prints
 * the rows. Ctrl-C finishes the sample and keeps all; what a driver breaks is a row with its reason.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/cap_prices.h"
#include "cli/cap_replay.h"
#include "cli/cap_sweep.h"
#include "cli/opt.h"
#include "cli/plan_out.h"
#include "cli/progress.h"
#include "cli/rows_out.h"
#include "cli/stop.h"
#include "cli/sysfs_root.h"
#include "engine/metering.h"
#include "engine/registry.h"
#include "engine/run.h"
#include "engine/topology.h"

struct work {
	struct run_spec spec;
	const char **word;    /* names of the spec's lists */
	size_t *size;
	struct machine *machine;
	struct discovery *seen;
	struct plan *plan;
	struct store *store;
	struct store_rows rows;
	double silence_s, level_s;
	struct cap_sweep *sweep; /* NULL: no limit of power is touched */
};

static void work_free(struct work *w)
{
	struct cm_err ignored;

	cap_sweep_close(w->sweep, &ignored); /* where nothing was measured: nothing was set */
	store_rows_free(&w->rows);
	store_close(w->store);
	plan_free(w->plan);
	discovery_free(w->seen);
	topology_free(w->machine);
	free(w->word);
	free(w->size);
}

static const char *const *list(const struct args *a, const char *option, const char **at, size_t *n)
{
	*n = args_count(a, option);
	for (size_t i = 0; i < *n; i++)
		at[i] = args_nth(a, option, i);
	return at;
}

static enum cm_status read_sizes(const struct args *a, struct work *w, struct cm_err *err)
{
	const size_t n = args_count(a, "size");

	if (n > CM_MAX_SIZES)
		return cm_fail(err, CM_EINPUT, "--size is given %zu times; a run takes up to %d sizes", n,
			       CM_MAX_SIZES);
	w->size = cm_alloc((n + 1) * sizeof *w->size);
	for (size_t i = 0; i < n; i++) {
		const char *text = args_nth(a, "size", i);
		char *end;
		unsigned long long v;

		errno = 0;
		v = strtoull(text, &end, 10);
		if (!isdigit((unsigned char)*text) || *end || !v || errno)
			return cm_fail(err, CM_EINPUT, "--size takes a whole number above 0, not '%s'", text);
		w->size[i] = (size_t)v;
	}
	w->spec.sizes = w->size;
	w->spec.nsizes = n;
	return CM_OK;
}

static enum cm_status read_spec(const struct args *a, struct work *w, struct cm_err *err)
{
	static const char *const names[] = { "quick", "standard", "full" };
	struct run_spec *s = &w->spec;
	const char *suite = args_get(a, "suite");
	unsigned long launches = 0, seed = cm_now_ns();
	enum cm_status st;

	for (int i = 0; suite && i < CM_SUITE_NR; i++)
		if (!strcmp(suite, names[i]))
			s->suite = (enum cm_suite)i;
	s->ci = 0.01;
	w->word = cm_alloc((args_count(a, "kernel") + args_count(a, "backend") +
			    args_count(a, "device") + 3) * sizeof *w->word);
	s->kernels = list(a, "kernel", w->word, &s->nkernels);
	s->backends = list(a, "backend", w->word + s->nkernels + 1, &s->nbackends);
	s->devices = list(a, "device", w->word + s->nkernels + s->nbackends + 2, &s->ndevices);
	if ((st = read_sizes(a, w, err)) || (st = args_count_of(a, "launches", &launches, err)) ||
	    (st = args_count_of(a, "seed", &seed, err)) || (st = args_fraction(a, "ci", &s->ci, err)) ||
	    (st = args_seconds(a, "budget", &s->budget_s, err)) ||
	    (st = args_seconds(a, "timeout", &w->silence_s, err)) ||
	    (st = args_seconds(a, "load-levels", &w->level_s, err)))
		return st;
	if (launches > 1000 || (args_has(a, "launches") && !launches))
		return cm_fail(err, CM_EINPUT, "--launches takes 1 to 1000, not %lu", launches);
	s->launches = (unsigned)launches;
	s->seed = seed;
	return CM_OK;
}

static struct kernel_env host_env(const struct machine *m, size_t plateau)
{
	return (struct kernel_env){
		.l1_bytes = m->l1_bytes, .l2_bytes = m->l2_bytes, .l3_bytes = m->l3_bytes,
		.plateau_bytes = plateau,
		/* Host and OpenCL on the host share it, and the system needs its own. */
		.memory_bytes = m->memory_bytes / 3,
		.compute_units = m->cores ? m->cores : 1,
	};
}

static void show(size_t done, size_t of, const char *what, double seconds_left)
{
	progress_update((double)done, (double)of, "launch %zu of %zu: %s, about %.0f s left", done + 1, of,
			what, fmax(seconds_left, 0));
}

static char *facts_dup(const struct machine *m)
{
	struct cmj *o = cmj_object();
	struct str s = { 0 };

	for (size_t i = 0; i < m->facts; i++)
		cmj_set(o, m->fact[i].name, cmj_string(m->fact[i].value));
	cmj_print(o, false, &s);
	cmj_free(o);
	return str_take(&s);
}

static int exit_code(const struct work *w, const struct run_outcome *o)
{
	bool distrusted = false, wrong = false, failed = false, measured = false;

	if (o->interrupted)
		return CM_EXIT_INTERRUPTED;
	/* From the rows, since a resumed run answers for what it measured before, too. */
	for (size_t i = 0; i < w->rows.n; i++) {
		const struct result_row *r = &w->rows.row[i];

		measured |= r->launches > 0;
		distrusted |= r->launches && !r->trusted;
		wrong |= !strcmp(r->status, cm_status_word(CM_EVERIFY));
		failed |= !strcmp(r->status, cm_status_word(CM_EDRIVER)) ||
			  !strcmp(r->status, cm_status_word(CM_EIO)) ||
			  !strcmp(r->status, cm_status_word(CM_EINTERNAL));
	}
	if (wrong || failed)
		return wrong ? CM_EXIT_WRONG : CM_EXIT_INTERNAL;
	if (!measured)
		return CM_EXIT_NOTHING;
	return distrusted ? CM_EXIT_UNTRUSTED : CM_EXIT_OK;
}

/* A meter that was named and is not there is an error before the first launch, not a reason in each row. */
static enum cm_status check_meters(const struct args *a, struct cm_err *err)
{
	const struct metering_options o = { .redfish = args_get(a, "redfish"),
					    .redfish_ca = args_get(a, "redfish-ca"),
					    .wall = args_get(a, "wall") };
	struct metering *m = NULL;
	enum cm_status st = CM_OK;

	if (o.redfish || o.wall)
		st = metering_open(&o, &m, err);
	metering_close(m);
	return st;
}

/* Before anything is measured, and while there is one thread. */
static enum cm_status open_caps(const struct args *a, struct work *w, struct cm_err *err)
{
	const char *text = args_get(a, "power-cap");
	struct cap_prices prices;
	enum cm_status st = cap_prices_read(a, &prices, err);

	if (st || !text)
		return st ? st : prices.money
			? cm_fail(err, CM_EINPUT, "prices are for a sweep of power caps: add --power-cap")
			: CM_OK;
	return cap_sweep_open(text, args_get(a, "sysfs-root"), &w->sweep, err);
}

static enum cm_status prepare(const struct args *a, struct work *w, struct cm_err *err)
{
	size_t plateau;
	const char *root;
	struct kernel_env env;
	enum cm_status st;

	if ((st = read_spec(a, w, err)) || (st = sysfs_root_of(a, &root, err)) ||
	    (st = check_meters(a, err)) || (st = open_caps(a, w, err)) ||
	    (st = topology_read(root, &w->machine, err)) ||
	    (st = topology_plateau(w->machine, false, &plateau, err)))
		return st;
	env = host_env(w->machine, plateau);
	w->seen = discover();
	st = plan_make(&w->spec, w->seen, &env, &w->plan, err);
	if (!st && w->sweep)
		cap_sweep_plan(w->sweep, w->plan, w->spec.budget_s > 0);
	return st;
}

static enum cm_status measure(const struct args *a, struct work *w, struct run_outcome *out,
			      struct cm_err *err)
{
	char *facts = facts_dup(w->machine);
	const struct run_options o = {
		.tag = args_get(a, "tag") ? args_get(a, "tag") : "", .command_line = a->line,
		.facts_json = facts, .seed = w->spec.seed, .resume = args_has(a, "resume"),
		.stop = stop_on_signals(), .progress = show, .silence_s = w->silence_s,
		.level_s = w->level_s,
		.sysfs_root = args_get(a, "sysfs-root"), .redfish = args_get(a, "redfish"),
		.redfish_ca = args_get(a, "redfish-ca"),
		.wall = args_get(a, "wall"), .caps = cap_sweep_caps(w->sweep),
	};
	struct cm_err cap_err;
	enum cm_status st = store_open(args_get(a, "store"), &w->store, err);

	if (!st) {
		progress_begin(args_get(a, "progress") ? args_get(a, "progress") : "auto");
		st = run_plan(w->plan, w->store, &o, out, err);
		progress_end();
	}
	/* Restored before anything else is done; what is not is said, whatever else went wrong. */
	if (cap_sweep_close(w->sweep, &cap_err)) {
		if (st)
			log_warn("%s", cap_err.why);
		else
			*err = cap_err;
		st = st ? st : cap_err.st;
	}
	w->sweep = NULL;
	if (!st)
		st = store_rows(w->store, out->run_id, NULL, &w->rows, err);
	free(facts);
	return st;
}

static int run(const struct args *a)
{
	struct work w = { 0 };
	struct run_outcome out;
	struct cm_err err;
	enum cm_status st;
	int code = CM_EXIT_OK;

	cap_replay();
	st = prepare(a, &w, &err);
	if (!st && w.sweep)
		cap_sweep_note(w.sweep);
	if (!st && args_has(a, "dry-run")) {
		plan_print(w.plan, a);
	} else if (!st && !(st = measure(a, &w, &out, &err))) {
		rows_print(&w.rows, a, "run", out.run_id);
		if (args_has(a, "resume") && !out.resumed)
			log_note("no unfinished run of this plan and tag was there: this is a new one");
		if (out.left)
			log_note("the budget of %.3g s ended before %zu of %zu launches; rows say how many "
				 "they have, --budget or --launches give more", w.plan->budget_s,
				 out.left, w.plan->launches);
		if (out.interrupted)
			log_warn("interrupted: what was measured is kept; 'costmark run --resume' with the "
				 "same options goes on");
		code = exit_code(&w, &out);
	}
	if (st)
		code = cmd_fail(a, &err);
	work_free(&w);
	return code;
}

const struct command cmd_run = {
	.name = "run",
	.usage = "costmark run [options]",
	.summary = "measure this machine: every kernel on every backend that is here",
	.examples = "  costmark run\n  costmark run --suite standard --kernel gemm --backend host\n",
	.min_words = 0,
	.max_words = 0,
	.run = run,
};
