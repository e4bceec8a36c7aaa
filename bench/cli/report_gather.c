/*
 * What a report is drawn from (see report_gather.h). A machine whose drivers or meters fail still gives
 * a report: what is absent is a row with its reason. Knows no plug-in by name.
 */
#include "cli/report_gather.h"

#include <glob.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "cli/cap_scenario.h"
#include "engine/registry.h"

static void note(struct gathered *g, const char *text)
{
	CM_PUSH(g->note, g->notes, g->notes_cap);
	g->note[g->notes++] = text;
}

static void fact(struct gathered *g, const char *group, const char *name, const char *value)
{
	CM_PUSH(g->fact, g->facts, g->facts_cap);
	g->fact[g->facts++] = (struct system_fact){ group, name, *value ? value : "not reported" };
}

static void present(struct gathered *g, const char *kind, const char *name, const char *desc,
		    enum cm_status st, const char *reason)
{
	CM_PUSH(g->present, g->presents, g->presents_cap);
	g->present[g->presents++] = (struct present_row){
		.kind = kind, .name = name, .desc = desc, .present = st == CM_OK,
		.reason = st && !*reason ? cm_status_word(st) : reason,
	};
}

/* ---- rows -------------------------------------------------------------------------------------- */

/* A backend that does nothing measures the harness: a note, not results. */
static void gather_rows(struct gathered *g, const struct deciding *k)
{
	double least = NAN;
	size_t harness = 0;

	g->row = cm_alloc((k->rows.n + 1) * sizeof *g->row);
	for (size_t i = 0; i < k->rows.n; i++) {
		const struct result_row *r = &k->rows.row[i];
		const struct backend *b = registry_backend(r->backend);

		if (!b || !(b->caps & CM_CAP_NO_WORK)) {
			g->row[g->rows++] = *r;
			continue;
		}
		harness++;
		least = fmin(least, r->time_ns);
	}
	if (harness)
		note(g, pool_printf(&g->pool, "rows that measure the harness itself are no results "
				    "and are left out of the tables (%zu); its fastest iteration "
				    "takes %.3g ns",
				    harness, least));
}

/* ---- the machine and its plug-ins -------------------------------------------------------------- */

static void device_facts(struct gathered *g, const struct seen_device *s)
{
	const struct device_info *i = &s->info;
	const char *group = pool_printf(&g->pool, "device: %s (%s)", i->name, s->backend->name);

	if (s->st) {
		fact(g, group, "state", s->reason);
		return;
	}
	if (s->backend->caps & CM_CAP_NO_WORK)
		return;
	fact(g, group, "vendor", i->vendor);
	fact(g, group, "driver", i->driver);
	fact(g, group, "compiler", i->compiler);
	if (*i->location)
		fact(g, group, "location", i->location);
	if (i->memory_bytes)
		fact(g, group, "memory", pool_printf(&g->pool, "%.1f GiB",
						     (double)i->memory_bytes / 0x1p30));
	if (i->compute_units)
		fact(g, group, "compute units", pool_printf(&g->pool, "%u", i->compute_units));
	if (i->clock_mhz)
		fact(g, group, "clock", pool_printf(&g->pool, "%u MHz", i->clock_mhz));
	fact(g, group, "double precision", i->fp64 ? "yes" : "no");
}

static void gather_plugins(struct gathered *g)
{
	g->seen = discover();
	for (size_t i = 0; i < g->seen->devices; i++)
		device_facts(g, &g->seen->device[i]);
	for (size_t i = 0; i < g->seen->backends; i++) {
		const struct seen_backend *s = &g->seen->backend[i];
		present(g, "backend", s->backend->name, s->backend->desc, s->st, s->reason);
	}
	for (size_t i = 0; i < g->seen->tuneds; i++) {
		const struct seen_tuned *s = &g->seen->tuned[i];
		present(g, "tuned library", s->tuned->name, *s->version ? s->version : s->tuned->desc,
			s->st, s->reason);
	}
}

static void gather_meters(struct gathered *g)
{
	const struct metering_options from = { .sysfs_root = NULL };
	const struct metering_channel *c = NULL;
	struct cm_err err;
	size_t n;

	if (metering_open(&from, &g->meters, &err)) {
		g->meters = NULL;
		note(g, pool_printf(&g->pool, "no meter could be opened: %s", err.why));
		return;
	}
	n = metering_channels(g->meters, &c);
	for (size_t i = 0; i < n; i++) {
		const struct meter_channel *m = c[i].channel;
		present(g, "meter", m ? pool_printf(&g->pool, "%s: %s", c[i].meter->name, m->name)
				      : c[i].meter->name,
			m ? pool_printf(&g->pool, "%s, %s: %s; read at %s", cm_basis_word(m->basis),
					cm_scope_word(m->scope), m->covers, m->source)
			  : c[i].meter->desc, c[i].st, c[i].reason ? c[i].reason : "");
	}
}

static void gather_machine(struct gathered *g)
{
	struct cm_err err;

	g->data.topology = "";
	if (topology_read(NULL, &g->machine, &err)) {
		g->machine = NULL;
		note(g, pool_printf(&g->pool, "the machine could not be described: %s", err.why));
		return;
	}
	for (size_t i = 0; i < g->machine->facts; i++)
		fact(g, g->machine->fact[i].group, g->machine->fact[i].name, g->machine->fact[i].value);
	g->data.topology = g->machine->drawing;
}

/* ---- the runs behind the rows ------------------------------------------------------------------- */

static const char *fact_now(const struct machine *m, const char *name, const char **group)
{
	for (size_t i = 0; m && i < m->facts; i++)
		if (!strcmp(m->fact[i].name, name)) {
			*group = m->fact[i].group;
			return m->fact[i].value;
		}
	*group = "";
	return NULL;
}

/* Another machine where a fact of the hardware differs; the same one, changed, where another does. */
static void compare_facts(struct gathered *g, struct report_run *run, struct cmj *then)
{
	struct str changed = { 0 };
	const char *group;

	for (void *it = cmj_iter(then); it; it = cmj_iter_next(then, it)) {
		const char *name = cmj_iter_key(it), *was = cmj_text(cmj_iter_value(it), "");
		const char *now = fact_now(g->machine, name, &group);

		if (!now || !strcmp(now, was))
			continue;
		run->elsewhere |= !strcmp(group, "hardware");
		str_addf(&changed, "%s%s (%s, was %s)", changed.len ? ", " : "", name, now, was);
	}
	group = pool_printf(&g->pool, "machine of run %s", run->id);
	if (run->elsewhere)
		for (void *it = cmj_iter(then); it; it = cmj_iter_next(then, it))
			fact(g, group, pool_dup(&g->pool, cmj_iter_key(it)),
			     pool_dup(&g->pool, cmj_text(cmj_iter_value(it), "")));
	else if (changed.len)
		note(g, pool_printf(&g->pool, "this machine has changed since run %s: %s", run->id,
				    str_get(&changed)));
	str_free(&changed);
}

static enum cm_status gather_run(struct gathered *g, struct store *s, const char *id, struct cm_err *err)
{
	struct stored_run r;
	struct cmj *then = NULL;
	struct cm_err odd;
	struct pool *p = &g->pool;
	const enum cm_status st = store_run_read(s, id, &r, err);

	if (st)
		return st;
	CM_PUSH(g->run, g->runs, g->runs_cap);
	struct report_run *run = &g->run[g->runs++];
	*run = (struct report_run){ pool_dup(p, r.id), pool_dup(p, r.tag), pool_dup(p, r.begun),
				    pool_dup(p, r.ended), pool_dup(p, r.state), pool_dup(p, r.seed),
				    pool_dup(p, r.version), pool_dup(p, r.command_line), false };
	if (!cmj_parse(r.facts, strlen(r.facts), "facts", &then, &odd) && cmj_is_object(then))
		compare_facts(g, run, then);
	else
		note(g, pool_printf(p, "the machine of run %s is not known", run->id));
	cmj_free(then);
	stored_run_free(&r);
	return CM_OK;
}

static enum cm_status gather_runs(struct gathered *g, const struct args *a, struct cm_err *err)
{
	struct store *s = NULL;
	enum cm_status st = g->rows ? store_open_read(args_get(a, "store"), &s, err) : CM_OK;

	for (size_t i = 0; !st && i < g->rows; i++) {
		size_t k = 0;

		while (k < g->runs && strcmp(g->run[k].id, g->row[i].run_id) != 0)
			k++;
		if (k == g->runs)
			st = gather_run(g, s, g->row[i].run_id, err);
	}
	store_close(s);
	return st;
}

/* ---- hashes ------------------------------------------------------------------------------------ */

static enum cm_status hash_as(struct gathered *g, const char *name, const char *path, struct cm_err *err)
{
	char hex[65];
	const enum cm_status st = hash_file(path, hex, err);

	if (st)
		return st;
	CM_PUSH(g->file, g->files, g->files_cap);
	g->file[g->files++] = (struct hashed_file){ pool_dup(&g->pool, name), pool_dup(&g->pool, hex) };
	return CM_OK;
}

/* Files of the data folder, named as they lie below it; glob() sorts them. */
static enum cm_status hash_below(struct gathered *g, const char *dir, const char *pattern,
				 struct cm_err *err)
{
	char *full = cm_printf_dup("%s/%s", dir, pattern);
	enum cm_status st = CM_OK;
	glob_t found = { 0 };

	if (!glob(full, 0, NULL, &found))
		for (size_t i = 0; !st && i < found.gl_pathc; i++)
			st = hash_as(g, found.gl_pathv[i] + strlen(dir) + 1, found.gl_pathv[i], err);
	globfree(&found);
	free(full);
	return st;
}

/* The rows themselves, not the store's file: that changes with every run that the report does not show. */
static void hash_rows(struct gathered *g)
{
	struct cmj *list = cmj_array();
	struct str text = { 0 };
	char hex[65];

	for (size_t i = 0; i < g->rows; i++)
		cmj_push(list, cm_row_json(&g->row[i]));
	cmj_print(list, false, &text);
	hash_bytes(str_get(&text), text.len, hex);
	CM_PUSH(g->file, g->files, g->files_cap);
	g->file[g->files++] = (struct hashed_file){ "the measured rows, as in the JSON report",
						    pool_dup(&g->pool, hex) };
	str_free(&text);
	cmj_free(list);
}

static enum cm_status gather_hashes(struct gathered *g, const struct args *a, struct cm_err *err)
{
	static const char *const inputs[] = { "vendors/*/*.csv", "reports/model/*.model",
					      "reports/model/*.part" };
	enum cm_status st = hash_as(g, a->argv[0], a->argv[0], err);

	for (size_t i = 0; !st && i < CM_COUNT(inputs); i++)
		st = hash_below(g, file_data_dir(), inputs[i], err);
	if (!st)
		st = hash_as(g, "costmark, the program", "/proc/self/exe", err);
	if (!st && g->rows)
		hash_rows(g);
	return st;
}

/* ---- all of it --------------------------------------------------------------------------------- */

static const char *seeds(struct gathered *g)
{
	struct str s = { 0 };
	const char *out;

	for (size_t i = 0; i < g->runs; i++)
		str_addf(&s, "%srun %s: %s", i ? "; " : "", g->run[i].id, g->run[i].seed);
	if (g->data.decision->uncertainty)
		str_addf(&s, "%sdraws of the inputs: %" PRIu64, s.len ? "; " : "",
			 g->data.decision->uncertainty->seed);
	out = pool_dup(&g->pool, str_get(&s));
	str_free(&s);
	return out;
}

static const char *panel(struct gathered *g, const struct decision *d)
{
	struct str s = { 0 };
	if (d->what_if)
		d->what_if->script(d->what_if, &s);
	const char *out = s.len ? pool_dup(&g->pool, str_get(&s)) : NULL;
	str_free(&s);
	return out;
}

enum cm_status report_gather(const struct args *a, struct deciding *k, const struct decision *d,
			     struct gathered *g, struct cm_err *err)
{
	char now[32];
	enum cm_status st;

	*g = (struct gathered){ .data = { .version = CM_VERSION, .command_line = a->line,
					  .seed_text = "", .decision = d } };
	cm_iso_now(now);
	g->data.created = pool_dup(&g->pool, now);
	gather_rows(g, k);
	gather_machine(g);
	gather_plugins(g);
	gather_meters(g);
	st = gather_runs(g, a, err);
	if (!st)
		st = gather_hashes(g, a, err);
	g->data.data_dir = file_data_dir();
	g->data.cap_prices = g->cap_price;
	g->data.ncap_prices = cap_scenario_all(k, &g->pool, g->cap_price, CM_COUNT(g->cap_price));
	g->data.panel_script = panel(g, d);
	g->data.runs = g->run;
	g->data.nruns = g->runs;
	g->data.seed_text = seeds(g);
	g->data.rows = g->row;
	g->data.nrows = g->rows;
	g->data.facts = g->fact;
	g->data.nfacts = g->facts;
	g->data.present = g->present;
	g->data.npresent = g->presents;
	g->data.files = g->file;
	g->data.nfiles = g->files;
	g->data.notes = g->note;
	g->data.nnotes = g->notes;
	return st;
}

void gathered_free(struct gathered *g)
{
	metering_close(g->meters);
	discovery_free(g->seen);
	topology_free(g->machine);
	free(g->row);
	free(g->fact);
	free(g->present);
	free(g->file);
	free(g->run);
	free(g->note);
	pool_free(&g->pool);
	*g = (struct gathered){ .rows = 0 };
}
