/*
 * From stored launches to result rows: medians, intervals between launches, joules per unit of work and
 * shares of the roofline. Rows of one device share their roofs: the best compute and memory rates that
 * were measured on it in the same run. Knows no kernel by name: roofs are marked by their descriptors.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/rows_energy.h"
#include "engine/rows_events.h"
#include "engine/stats.h"
#include "engine/store_read.h"

/* What is needed of a cell beyond its row until the roofs are known. */
struct extra {
	const char *roof, *metric;
	bool beyond_caches;
};

static const struct cmj *summary_of(const struct stored_cell *c)
{
	for (size_t i = 0; i < c->launches; i++)
		if (cmj_get(c->launch[i].summary, "metric"))
			return c->launch[i].summary;
	return NULL;
}

static double number(const struct cmj *s, const char *key)
{
	return cmj_double(cmj_get(s, key), NAN);
}

/* Rate of an iteration that takes ns: the kernel's own metric. */
static double rate_of(const char *metric, const struct result_row *r, double ns)
{
	if (!strcmp(metric, "bytes"))
		return r->bytes / ns;
	if (!strcmp(metric, "flops"))
		return r->flops / ns;
	if (!strcmp(metric, "work"))
		return r->work / ns * 1e9;
	return ns / r->work;
}

/* Samples whose results were checked to the end: also those of a launch that the user cut short. */
static bool checked(const struct stored_launch *l)
{
	return l->n && (!strcmp(l->status, "ok") ||
			(!strcmp(l->status, "partial") && cmj_get(l->summary, "verified")));
}

/* A launch that was killed has samples and no last check: it counts only where there is nothing better,
 * and its row is not verified. */
static bool counts(const struct stored_cell *c, const struct stored_launch *l)
{
	if (!l->n || strcmp(l->status, "partial") != 0)
		return checked(l);
	for (size_t i = 0; i < c->launches; i++)
		if (checked(&c->launch[i]))
			return checked(l);
	return cmj_get(l->summary, "metric") != NULL;
}

static void add_rate(const struct stored_cell *c, const struct extra *x, const char *unit,
		     struct result_row *row)
{
	double *rate = cm_alloc((c->launches + 1) * sizeof *rate);
	double *ns = cm_alloc((c->launches + 1) * sizeof *ns);
	struct interval ci;
	size_t n = 0;

	for (size_t i = 0; i < c->launches; i++) {
		const struct stored_launch *l = &c->launch[i];
		double *copy;

		if (!counts(c, l))
			continue;
		copy = cm_alloc(l->n * sizeof *copy);
		memcpy(copy, l->ns, l->n * sizeof *copy);
		ns[n] = stats_median(copy, l->n);
		rate[n] = rate_of(x->metric, row, ns[n]);
		free(copy);
		n++;
		row->samples += (unsigned)l->n;
	}
	row->launches = (unsigned)n;
	if (n) {
		ci = stats_launch_ci(rate, n);
		row->time_ns = stats_median(ns, n);
		row->rate = cm_figure_range(ci.mid, fmax(ci.lo, 0), ci.hi, unit, (unsigned)n, CM_MEASURED);
	}
	free(rate);
	free(ns);
}

/* Worst status of the launches decides; its reason is kept. */
static void add_status(const struct stored_cell *c, struct pool *pool, struct result_row *row)
{
	static const char *const order[] = { "wrong", "driver", "io", "internal", "input", "denied",
					     "unsupported", "absent", "interrupted" };
	unsigned failed = 0;

	row->status = "ok";
	for (size_t k = 0; k < CM_COUNT(order) && !strcmp(row->status, "ok"); k++)
		for (size_t i = 0; i < c->launches; i++)
			if (!strcmp(c->launch[i].status, order[k])) {
				row->status = order[k];
				row->reason = pool_dup(pool, c->launch[i].reason);
				break;
			}
	for (size_t i = 0; i < c->launches; i++)
		failed += strcmp(c->launch[i].status, "ok") != 0 &&
			  strcmp(c->launch[i].status, "partial") != 0;
	if (!strcmp(row->status, "ok") || !row->launches)
		return;
	if (strcmp(row->status, "wrong") != 0)
		row->reason = pool_printf(pool, "%u of %zu launches failed: %s", failed, c->launches,
					  row->reason);
}

/* No launch failed and none ended: what is known of why. */
static void add_unfinished(const struct stored_cell *c, struct pool *pool, struct result_row *row)
{
	row->status = "interrupted";
	row->reason = "the run was stopped before a launch of it ended";
	for (size_t i = 0; i < c->launches; i++)
		if (*c->launch[i].reason)
			row->reason = pool_dup(pool, c->launch[i].reason);
}

static void add_trust(const struct stored_cell *c, struct pool *pool, struct result_row *row)
{
	size_t bad = 0, ok = 0;
	const char *first = NULL;

	row->trusted = true;
	row->verified = row->launches > 0;
	for (size_t i = 0; i < c->launches; i++) {
		const struct stored_launch *l = &c->launch[i];
		const struct cmj *d = cmj_get(l->summary, "distrust");

		if (!counts(c, l))
			continue;
		ok++;
		row->verified &= cmj_is_true(cmj_get(l->summary, "verified"));
		if (!checked(l))
			row->reason = "its only launch was killed before its results were checked";
		if (cmj_len(d)) {
			bad++;
			first = first ? first : cmj_text(cmj_at(d, 0), "");
		}
	}
	/* The median of launches stands up to a minority of disturbed ones. */
	if (bad * 2 > ok) {
		row->trusted = false;
		row->reason = pool_printf(pool, "in %zu of %zu launches: %s", bad, ok, first);
	}
}

/* Power over time, of the launch that was watched longest. */
static void add_power(const struct stored_cell *c, struct pool *pool, struct result_row *row)
{
	const struct cmj *best = NULL;
	double longest = 0;

	for (size_t i = 0; i < c->launches; i++) {
		const struct cmj *s = c->launch[i].summary;

		if (counts(c, &c->launch[i]) && cmj_len(cmj_get(cmj_get(s, "power"), "s")) &&
		    number(s, "window_s") > longest) {
			best = cmj_get(s, "power");
			longest = number(s, "window_s");
		}
	}
	const struct cmj *at = cmj_get(best, "s"), *w = cmj_get(best, "w");
	const size_t n = best && cmj_len(at) == cmj_len(w) ? cmj_len(at) : 0;
	double *both = n ? pool_alloc(pool, 2 * n * sizeof *both) : NULL;

	for (size_t i = 0; i < n; i++) {
		both[i] = cmj_double(cmj_at(at, i), NAN);
		both[n + i] = cmj_double(cmj_at(w, i), NAN);
	}
	row->power_s = both;
	row->power_w = n ? both + n : NULL;
	row->power_n = n;
}

static struct load_level level_of(const struct cmj *j, struct pool *pool)
{
	const char *missing = cmj_text(cmj_get(j, "missing"), NULL);
	struct load_level l = { .load = number(j, "load"), .rate = number(j, "rate") };
	enum cm_basis basis = CM_MODELLED;

	cm_basis_parse(cmj_text(cmj_get(j, "basis"), ""), &basis);
	l.watts = missing ? cm_figure_missing("W", pool_dup(pool, missing))
			  : cm_figure_range(number(j, "watts"), number(j, "watts_lo"),
					    number(j, "watts_hi"), "W", 1, basis);
	return l;
}

/* The last launch that held the levels stands for the row: levels of several are not one machine's curve. */
static void add_levels(const struct stored_cell *c, struct pool *pool, struct result_row *row)
{
	const struct cmj *list = NULL;

	for (size_t i = 0; i < c->launches; i++)
		if (counts(c, &c->launch[i]) && cmj_len(cmj_get(c->launch[i].summary, "levels")))
			list = cmj_get(c->launch[i].summary, "levels");
	row->levels = list ? cmj_len(list) : 0;
	struct load_level *l = row->levels ? pool_alloc(pool, row->levels * sizeof *l) : NULL;
	for (size_t i = 0; i < row->levels; i++)
		l[i] = level_of(cmj_at(list, i), pool);
	row->level = l;
}

static void add_energy(const struct stored_cell *c, struct pool *pool, const char *work_unit,
		       struct result_row *row)
{
	const struct cmj **summary = cm_alloc((c->launches + 1) * sizeof *summary);
	const char *why = "no launch ended";
	size_t n = 0;

	for (size_t i = 0; i < c->launches; i++) {
		const struct cmj *s = c->launch[i].summary;
		const char *missing = cmj_text(cmj_get(s, "joules_missing"), NULL);

		if (missing)
			why = pool_dup(pool, missing);
		if (cmj_get(s, "joules") && counts(c, &c->launch[i]))
			summary[n++] = s;
	}
	rows_energy(summary, n, why, work_unit, pool, row);
	n = 0;
	for (size_t i = 0; i < c->launches; i++)
		if (counts(c, &c->launch[i]))
			summary[n++] = c->launch[i].summary;
	rows_events(summary, n, pool, row);
	free(summary);
}

static void fill_row(const struct stored_cell *c, struct pool *pool, struct result_row *row,
		     struct extra *x)
{
	const struct cmj *s = summary_of(c);
	const char *work_unit = pool_dup(pool, cmj_text(cmj_get(s, "work_unit"), "work"));

	*x = (struct extra){ pool_dup(pool, cmj_text(cmj_get(s, "roof"), "")),
			     pool_dup(pool, cmj_text(cmj_get(s, "metric"), "")),
			     cmj_is_true(cmj_get(s, "beyond_caches")) };
	*row = (struct result_row){
		.kernel = pool_dup(pool, c->kernel), .op = pool_dup(pool, c->op),
		.variant = pool_dup(pool, c->variant), .tuned_by = pool_dup(pool, c->tuned_by),
		.type = pool_dup(pool, c->type), .group = pool_dup(pool, c->group), .size = c->size,
		.size_unit = pool_dup(pool, c->size_unit), .backend = pool_dup(pool, c->backend),
		.device = pool_dup(pool, c->device), .tag = pool_dup(pool, c->tag),
		.run_id = pool_dup(pool, c->run), .tunables = pool_dup(pool, c->tunables),
		.flops = number(s, "flops"), .bytes = number(s, "bytes"), .work = number(s, "work"),
		.higher_is_better = strcmp(x->metric, "ns") != 0, .basis = CM_MEASURED,
		.stopped_by = pool_dup(pool, cmj_text(cmj_get(s, "stopped_by"), "")),
		.ci_target = number(s, "ci_target"), .reason = "", .joules_scope = "", .roof = "",
		.time_ns = NAN,
		.taken = pool_dup(pool, c->launches ? c->launch[0].begun : ""),
	};
	add_rate(c, x, pool_dup(pool, cmj_text(cmj_get(s, "unit"), "")), row);
	add_status(c, pool, row);
	if (row->launches)
		add_trust(c, pool, row);
	else if (!strcmp(row->status, "ok"))
		add_unfinished(c, pool, row);
	if (!row->launches || !strcmp(row->status, "wrong"))
		row->rate = cm_figure_missing(pool_dup(pool, cmj_text(cmj_get(s, "unit"), "")),
					      *row->reason ? row->reason : "no launch ended");
	if (!strcmp(row->status, "wrong"))
		row->verified = false;
	add_energy(c, pool, work_unit, row);
	add_power(c, pool, row);
	add_levels(c, pool, row);
}

/* ---- rooflines --------------------------------------------------------------------------------- */

static bool same_device(const struct result_row *a, const struct result_row *b)
{
	return !strcmp(a->backend, b->backend) && !strcmp(a->device, b->device) &&
	       !strcmp(a->run_id, b->run_id);
}

/* Best roof row of a kind on the row's device; compute roofs are of the row's type. NULL: none. */
static const struct result_row *roof_row(const struct store_rows *all, const struct extra *x,
					 const struct result_row *of, const char *kind)
{
	const struct result_row *best = NULL;

	for (size_t i = 0; i < all->n; i++) {
		const struct result_row *r = &all->row[i];

		if (strcmp(x[i].roof, kind) != 0 || !same_device(r, of) || r->rate.missing ||
		    (!strcmp(kind, "compute") && strcmp(r->type, of->type) != 0) ||
		    (!strcmp(kind, "memory") && !x[i].beyond_caches))
			continue;
		if (!best || r->rate.value > best->rate.value)
			best = r;
	}
	return best;
}

static void add_share(struct store_rows *all, const struct extra *x, size_t i)
{
	struct result_row *r = &all->row[i];
	const struct result_row *mem, *cpu;
	double floor_ns = 0, share;
	const char *why = NULL, *bound = "";

	r->roofline_share = cm_figure_missing("", "no rate was measured");
	if (r->rate.missing)
		return;
	mem = roof_row(all, x, r, "memory");
	cpu = roof_row(all, x, r, "compute");
	if (!(r->flops > 0) && !(r->bytes > 0))
		why = "the kernel neither computes nor moves data";
	else if (!strcmp(x[i].metric, "ns"))
		why = "a latency has no roofline";
	else if (r->flops > 0 && !cpu && !(r->bytes > 0 && mem && !strcmp(x[i].metric, "bytes")))
		why = pool_printf(&all->pool, "no compute roof for %s was measured in this run", r->type);
	else if (r->bytes > 0 && x[i].beyond_caches && !mem)
		why = "no memory roof was measured in this run";
	if (!why && r->flops > 0 && cpu) {
		floor_ns = r->flops / cpu->rate.value;
		bound = pool_printf(&all->pool, "%s %.4g %s", cpu->kernel, cpu->rate.value, cpu->rate.unit);
	}
	/* What fits in a cache is not held up by the memory. */
	if (!why && r->bytes > 0 && x[i].beyond_caches && mem && r->bytes / mem->rate.value > floor_ns) {
		floor_ns = r->bytes / mem->rate.value;
		bound = pool_printf(&all->pool, "%s %.4g %s", mem->kernel, mem->rate.value, mem->rate.unit);
	}
	if (!why && floor_ns <= 0)
		why = "it runs within a cache, whose bandwidth was not measured";
	if (why) {
		r->roofline_share = cm_figure_missing("", why);
		return;
	}
	share = floor_ns / r->time_ns;
	r->roofline_share = cm_figure_range(share, share * fmin(1, r->rate.lo / r->rate.value),
					    share * r->rate.hi / r->rate.value, "", r->launches,
					    CM_MEASURED);
	r->roof = bound;
}

enum cm_status store_rows(struct store *s, const char *run_id, const char *tag,
			  struct store_rows *out, struct cm_err *err)
{
	struct stored_cell *cell = NULL;
	struct extra *x;
	size_t n = 0;
	enum cm_status st = store_read(s, run_id, tag, &cell, &n, err);

	if (st)
		return st;
	*out = (struct store_rows){ .row = cm_alloc((n + 1) * sizeof *out->row), .n = n };
	x = cm_alloc((n + 1) * sizeof *x);
	for (size_t i = 0; i < n; i++)
		fill_row(&cell[i], &out->pool, &out->row[i], &x[i]);
	for (size_t i = 0; i < n; i++)
		add_share(out, x, i);
	free(x);
	stored_free(cell, n);
	return CM_OK;
}

void store_rows_free(struct store_rows *r)
{
	free(r->row);
	pool_free(&r->pool);
	*r = (struct store_rows){ 0 };
}

/* ---- JSON -------------------------------------------------------------------------------------- */

static void power_json(const struct result_row *r, struct cmj *o)
{
	struct cmj *list = cmj_array(), *power = cmj_array();

	for (size_t i = 0; i < r->power_n; i++) {
		struct cmj *p = cmj_array();

		cmj_push(p, cmj_number(r->power_s[i]));
		cmj_push(p, cmj_number(r->power_w[i]));
		cmj_push(power, p);
	}
	for (size_t i = 0; i < r->levels; i++) {
		const struct load_level *l = &r->level[i];
		struct cmj *v = cmj_object();

		cmj_set(v, "load", cmj_number(l->load));
		cmj_set(v, "work_per_s", cmj_number(l->rate));
		cmj_set(v, "watts", cm_figure_json(&l->watts));
		cmj_push(list, v);
	}
	cmj_set(o, "power_over_time", power); /* [[s, W], …] */
	cmj_set(o, "load_levels", list);
}

struct cmj *cm_row_json(const struct result_row *r)
{
	const struct { const char *key, *text; } texts[] = {
		{ "kernel", r->kernel }, { "op", r->op }, { "group", r->group }, { "variant", r->variant },
		{ "tuned_by", r->tuned_by }, { "type", r->type }, { "size_unit", r->size_unit },
		{ "backend", r->backend }, { "device", r->device }, { "tag", r->tag }, { "run", r->run_id },
		{ "status", r->status }, { "reason", r->reason }, { "stopped_by", r->stopped_by },
		{ "tunables", r->tunables }, { "roof", r->roof }, { "joules_scope", r->joules_scope },
		{ "unit", r->rate.unit }, { "taken", r->taken }, { "basis", cm_basis_word(r->basis) },
	};
	struct cmj *o = cmj_object();

	for (size_t i = 0; i < CM_COUNT(texts); i++)
		cmj_set(o, texts[i].key, cmj_string(texts[i].text));
	cmj_set(o, "size", cmj_int((int64_t)r->size));
	cmj_set(o, "launches", cmj_int(r->launches));
	cmj_set(o, "samples", cmj_int(r->samples));
	cmj_set(o, "median", cmj_number(r->rate.missing ? NAN : r->rate.value));
	cmj_set(o, "lo", cmj_number(r->rate.missing || r->launches < 2 ? NAN : r->rate.lo));
	cmj_set(o, "hi", cmj_number(r->rate.missing || r->launches < 2 ? NAN : r->rate.hi));
	cmj_set(o, "missing", cmj_string(r->rate.missing));
	cmj_set(o, "higher_is_better", cmj_bool(r->higher_is_better));
	cmj_set(o, "time_ns", cmj_number(r->time_ns));
	cmj_set(o, "flops", cmj_number(r->flops));
	cmj_set(o, "bytes", cmj_number(r->bytes));
	cmj_set(o, "work", cmj_number(r->work));
	cmj_set(o, "ci_target", cmj_number(r->ci_target));
	cmj_set(o, "roofline_share", cmj_number(r->roofline_share.missing ? NAN : r->roofline_share.value));
	cmj_set(o, "roofline_missing", cmj_string(r->roofline_share.missing));
	cmj_set(o, "joules", cmj_number(r->joules.missing ? NAN : r->joules.value));
	cmj_set(o, "joules_lo", cmj_number(r->joules.missing ? NAN : r->joules.lo));
	cmj_set(o, "joules_hi", cmj_number(r->joules.missing ? NAN : r->joules.hi));
	cmj_set(o, "joules_unit", cmj_string(r->joules.unit));
	cmj_set(o, "joules_basis", cmj_string(r->joules.missing ? NULL : cm_basis_word(r->joules.basis)));
	cmj_set(o, "joules_missing", cmj_string(r->joules.missing));
	rows_energy_json(r, o);
	rows_events_json(r, o);
	power_json(r, o);
	cmj_set(o, "verified", cmj_bool(r->verified));
	cmj_set(o, "trusted", cmj_bool(r->trusted));
	return o;
}
