/*
 * MLPerf Inference: a round's summary_results.json, a results tree with its logs, or both together; then
 * each row says how the logs agree with what was published, and a row that they contradict is refused.
 * It knows the owner's names of things and nothing of devices: what a part is called stays as written.
 */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/published.h"
#include "base/dirtree.h"
#include "base/file.h"
#include "base/json.h"
#include "mlperf_log.h"

#define AGREE 1e-6 /* relative; what publishing rounds is far below it */

static const char suite[] = "MLPerf Inference";
static const char terms[] = "MLPerf is a registered trade mark of MLCommons Association; figures "
			    "per accelerator, per watt or per "
			    "dollar are derived, not official MLPerf metrics";

/* ---- the summary ------------------------------------------------------------------------------- */

static const char *const known[] = {
	"ID", "Submitter", "Availability", "Category", "Suite", "System", "Platform", "UsedModel", "Model",
	"Scenario", "Accuracy", "Nodes", "Processor", "host_processors_per_node", "host_processor_core_count",
	"Accelerator", "a#", "Location", "Software", "operating_system", "Notes", "compliance", "errors",
	"version", "inferred", "has_power", "weight_data_types", "p#", "Details", "Code",
	"Unique ID (e.g. for Audit)", "ColorKey", "Power_Result", "Power_Units", "Performance_Result",
	"Performance_Units",
	/* since v6.1 */
	"Organization", "Division", "SystemType", "SystemName", "MlperfModel", "Result", "Units",
	"number_of_nodes", "host_processor_model_name", "accelerator_model_name", "accelerators_per_node",
	"total_accelerators", "framework", "notes", "design_power_watts", "PrivateID",
};

/* A result's member has had two names: the second since v6.1, whose summary is an object of numbered
 * results. */
static const struct cmj *member(const struct cmj *o, const char *key, const char *later)
{
	const struct cmj *v = cmj_get(o, key);

	return v && !cmj_is_null(v) ? v : cmj_get(o, later);
}

static const struct { const char *text, *unit, *metric, *better; } units[] = {
	{ "Tokens/s", "token/s", "throughput", "higher" },
	{ "Samples/s", "sample/s", "throughput", "higher" },
	{ "Queries/s", "query/s", "throughput", "higher" },
	{ "Latency (ms)", "ms", "latency", "lower" },
	{ "Latency (s)", "s", "latency", "lower" },
	{ "Streams", "stream", "streams", "higher" },
};

/* Text or number as text. */
static const char *said_value(struct published_list *l, const struct cmj *v)
{
	return cmj_is_number(v) ? published_digits(l, cmj_double(v, 0))
				: published_keep(l, cmj_text(v, ""));
}

static const char *said(struct published_list *l, const struct cmj *o, const char *key)
{
	return said_value(l, cmj_get(o, key));
}

static const char *said2(struct published_list *l, const struct cmj *o, const char *key, const char *later)
{
	return said_value(l, member(o, key, later));
}

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t\r\n");
}

/* How many parts the groups "(xN)" of a device's text name; kinds: how many groups. */
static double grouped(const char *text, unsigned *kinds)
{
	double sum = 0;

	*kinds = 0;
	for (const char *p = text; (p = strstr(p, "(x")); p += 2) {
		char *end;
		const double n = strtod(p + 2, &end);

		if (*end == ')' && n > 0) {
			sum += n;
			++*kinds;
		}
	}
	return sum;
}

static void count_parts(struct published_list *l, struct published_row *r)
{
	unsigned kinds;
	const double group = grouped(r->device_text, &kinds);
	const double each = *r->per_node ? strtod(r->per_node, NULL) : NAN;
	const double nodes = *r->nodes ? strtod(r->nodes, NULL) : 1;

	if (kinds > 0)
		r->accelerators = published_digits(l, group);
	else if (each > 0)
		r->accelerators = published_digits(l, each * nodes);
	if (kinds > 1)
		r->notes = pool_printf(&l->pool, "%s%sparts of several kinds: no figure of one device",
				       r->notes, *r->notes ? "; " : "");
	if (kinds == 1) { /* one kind, counted in the text: its name is what stands before the count */
		char *name = cm_strndup(r->device_text,
					(size_t)(strstr(r->device_text, "(x") - r->device_text));
		size_t n = strlen(name);

		while (n && isspace((unsigned char)name[n - 1]))
			name[--n] = '\0';
		r->device_text = published_keep(l, name);
		free(name);
	}
}

/* "llama2-70b-99.9" → "99.9": the share of the reference's accuracy that must be reached. */
static const char *target_of(struct published_list *l, const char *model)
{
	const char *dash = strrchr(model, '-');

	return dash && (!strcmp(dash, "-99") || !strcmp(dash, "-99.9") || !strcmp(dash, "-99.99"))
		       ? published_keep(l, dash + 1) : "";
}

/* Without its accuracy target: -99 and -99.9 of one submission are often one run. */
static size_t base_length(const char *model, const char *target)
{
	return strlen(model) - (*target ? strlen(target) + 1 : 0);
}

static void set_power(struct published_list *l, struct published_row *r, const struct cmj *o)
{
	const char *unit = cmj_text(cmj_get(o, "Power_Units"), "");

	if (!cmj_is_number(cmj_get(o, "Power_Result")))
		return;
	r->power_scope = "wall, whole system";
	if (cm_ieq(unit, "Watts") || cm_ieq(unit, "W")) {
		r->power_w = said(l, o, "Power_Result");
	} else { /* of a stream: energy, which is no power */
		r->energy = said(l, o, "Power_Result");
		r->energy_unit = cm_ieq(unit, "millijoules") ? "mJ/stream" : published_keep(l, unit);
	}
}

static void summary_row(struct published_list *l, const struct published_from *from, const struct cmj *o,
			const char *at)
{
	const struct cmj *v = member(o, "Performance_Result", "Result");
	const char *unit = cmj_text(member(o, "Performance_Units", "Units"), "");
	struct published_row *r;
	size_t u = 0;

	if (!cmj_is_number(v) || !(cmj_double(v, 0) > 0)) {
		published_refuse(l, from->path, at, "no performance result");
		return;
	}
	if (cmj_double(cmj_get(o, "errors"), 0) > 0) {
		published_refuse(l, from->path, at, "the round's checker found errors in it");
		return;
	}
	while (u < CM_COUNT(units) && strcmp(units[u].text, unit) != 0)
		u++;
	r = published_add(l, from);
	r->line = at;
	r->suite = suite;
	r->terms = terms;
	r->round = said(l, o, "version");
	r->id = said(l, o, "ID");
	r->division = said2(l, o, "Category", "Division");
	r->category = said2(l, o, "Suite", "SystemType");
	r->availability = said(l, o, "Availability");
	r->submitter = said2(l, o, "Submitter", "Organization");
	if (!*r->id) /* no round's number since v6.1: what made the auditor's key before */
		r->id = pool_printf(&l->pool, "%s/%s/%s/%s", r->category, r->division, r->submitter,
				    said(l, o, "Platform"));
	r->system = skip_blanks(said2(l, o, "System", "SystemName"));
	r->device_text = said2(l, o, "Accelerator", "accelerator_model_name");
	r->per_node = said2(l, o, "a#", "accelerators_per_node");
	r->nodes = said2(l, o, "Nodes", "number_of_nodes");
	r->accelerators = "";
	r->benchmark = said(l, o, "Model");
	r->model = said2(l, o, "UsedModel", "MlperfModel");
	r->scenario = said(l, o, "Scenario");
	r->target = target_of(l, r->benchmark);
	r->accuracy = said(l, o, "Accuracy");
	r->precision_text = said(l, o, "weight_data_types");
	r->precision = published_precision(l, r->precision_text);
	r->software = said2(l, o, "Software", "framework");
	r->notes = said2(l, o, "Notes", "notes");
	r->unit_text = published_keep(l, unit);
	r->metric = u < CM_COUNT(units) ? units[u].metric : "";
	/* 1, or since v6.1 the division whose rules were met */
	r->quality = cmj_double(cmj_get(o, "compliance"), 1) > 0 ? "reviewed" : "not compliant";
	if (!*r->url)
		r->url = said(l, o, "Details");
	published_value(l, r, cmj_double(v, 0), u < CM_COUNT(units) ? units[u].unit : unit,
			u < CM_COUNT(units) ? units[u].better : "");
	if (cmj_double(cmj_get(o, "inferred"), 0) > 0)
		r->notes = pool_printf(&l->pool, "%s%sinferred from another scenario's run", r->notes,
				       *r->notes ? "; " : "");
	count_parts(l, r);
	set_power(l, r, o);
	r->place = said(l, o, "Location");
}

/* Rows of one ID and model that share a run: both accuracy targets of one figure, and what is inferred. */
static void link_runs(struct published_list *l, size_t first)
{
	for (size_t i = first; i < l->n; i++) {
		struct published_row *a = &l->row[i];
		const size_t n = base_length(a->benchmark, a->target);
		const bool inferred = strstr(a->notes, "inferred from") != NULL;

		for (size_t k = i + 1; *a->id && k < l->n; k++) {
			struct published_row *b = &l->row[k];
			const bool same = !strcmp(a->id, b->id) &&
					  base_length(b->benchmark, b->target) == n &&
					  !strncmp(a->benchmark, b->benchmark, n) &&
					  !strcmp(a->metric, b->metric);
			const bool one = same && !strcmp(a->scenario, b->scenario) &&
					 a->number == b->number &&
					 strcmp(a->target, b->target) != 0;
			const bool from_one = !strcmp(a->id, b->id) && !strcmp(a->model, b->model) &&
					      (inferred || strstr(b->notes, "inferred from") != NULL);

			if (one)
				a->same_run = b->same_run = pool_printf(&l->pool, "%s/%.*s/%s", a->id, (int)n,
									a->benchmark, a->scenario);
			else if (from_one && !*a->same_run && !*b->same_run)
				a->same_run = b->same_run = pool_printf(&l->pool, "%s/%s", a->id, a->model);
			else if (from_one)
				*(*a->same_run ? &b->same_run : &a->same_run) =
					*a->same_run ? a->same_run : b->same_run;
		}
	}
}

static void name_unknown(struct published_list *l, struct cmj *o)
{
	for (void *it = cmj_iter(o); it; it = cmj_iter_next(o, it)) {
		bool is = false;

		for (size_t i = 0; i < CM_COUNT(known) && !is; i++)
			is = !strcmp(known[i], cmj_iter_key(it));
		if (!is)
			published_unknown(l, cmj_iter_key(it));
	}
}

static void summary_item(struct published_list *l, const struct published_from *from, struct cmj *o,
			 const char *at)
{
	if (!cmj_is_object(o) || !cmj_get(o, "Model") || !cmj_get(o, "Scenario")) {
		published_refuse(l, from->path, at, "no object with Model and Scenario");
		return;
	}
	name_unknown(l, o);
	summary_row(l, from, o, at);
}

static enum cm_status read_summary(const struct published_from *from, const char *text, size_t len,
				   const char *name, struct published_list *l, struct cm_err *err)
{
	struct published_from here = *from;
	const size_t before = l->n;
	struct cmj *doc = NULL;
	enum cm_status st = cmj_parse(text, len, name, &doc, err);

	if (st)
		return st;
	here.path = name;
	void *first = cmj_is_object(doc) ? cmj_iter(doc) : NULL;
	if (!cmj_is_array(doc) && !(first && cmj_is_object(cmj_iter_value(first)))) {
		st = cm_fail(err, CM_EINPUT,
			     "%s: expected a list of results, as summary_results.json is, found %s",
			     name, cmj_is_object(doc) ? "an object" : "a value");
		cmj_free(doc);
		return st;
	}
	for (size_t i = 0; cmj_is_array(doc) && i < cmj_len(doc); i++)
		summary_item(l, &here, cmj_at(doc, i), pool_printf(&l->pool, "/%zu", i));
	for (void *it = first; it; it = cmj_iter_next(doc, it))
		summary_item(l, &here, cmj_iter_value(it), pool_printf(&l->pool, "/%s", cmj_iter_key(it)));
	cmj_free(doc);
	link_runs(l, before);
	return CM_OK;
}

/* ---- the tree ---------------------------------------------------------------------------------- */

/* .../DIVISION/SUBMITTER/results/PLATFORM/MODEL/SCENARIO/performance/run_1/mlperf_log_summary.txt */
enum { DIVISION, SUBMITTER, RESULTS, PLATFORM, MODEL, SCENARIO, KIND, RUN, FILE_NAME, PARTS };

struct spot {
	const char *part[PARTS];
	const char *root;      /* what stands before DIVISION, with its last slash; may be "" */
	const char *folder;    /* of the run */
	const char *place;     /* DIVISION/SUBMITTER/results/PLATFORM/MODEL/SCENARIO */
	char round[16];        /* "v5.1", or "" */
	unsigned round_number; /* 501, or 0 */
};

/* "inference-v5.1", "inference_results_v2.1" in the path: the round. */
static void round_of(const char *root, struct spot *s)
{
	for (const char *p = root; (p = strstr(p, "inference")); p++) {
		const size_t n = strcspn(p, "/");

		for (size_t i = 0; i + 2 < n; i++)
			if (isdigit((unsigned char)p[i]) && p[i + 1] == '.' &&
			    isdigit((unsigned char)p[i + 2])) {
				const unsigned major = (unsigned)(p[i] - '0'),
					       minor = (unsigned)(p[i + 2] - '0');

				snprintf(s->round, sizeof s->round, "v%u.%u", major, minor);
				s->round_number = 100 * major + minor;
			}
	}
}

static bool spot_of(struct published_list *l, const char *path, struct spot *s)
{
	char *copy = pool_alloc(&l->pool, strlen(path) + 1), *end;

	*s = (struct spot){ .root = "" };
	memcpy(copy, path, strlen(path) + 1);
	end = strrchr(copy, '/');
	if (!end)
		return false;
	s->folder = pool_printf(&l->pool, "%.*s", (int)(end - copy), copy);
	for (int i = PARTS - 1; i >= 0; i--) {
		end = strrchr(copy, '/');
		s->part[i] = end ? end + 1 : copy;
		if (!end && i > 0)
			return false;
		if (end)
			*end = '\0';
		if (i == 0 && end)
			s->root = pool_printf(&l->pool, "%s/", copy);
	}
	if (strcmp(s->part[RESULTS], "results") != 0 && strcmp(s->part[RESULTS], "compliance") != 0)
		return false;
	round_of(s->root, s);
	s->place = pool_printf(&l->pool, "%s/%s/results/%s/%s/%s", s->part[DIVISION], s->part[SUBMITTER],
			       s->part[PLATFORM], s->part[MODEL], s->part[SCENARIO]);
	return true;
}

/* Why a summary log is of no result; NULL where it is. */
static const char *no_result(const char *path, const struct spot *s, bool found)
{
	if (strstr(path, "/compliance/"))
		return "a compliance test's run, no result";
	if (strstr(path, "/ranging/"))
		return "a ranging run: it fixes the power meter's ranges and is no result";
	if (strstr(path, "/accuracy/"))
		return "an accuracy run, no performance result";
	if (!found)
		return "its place is not SUBMITTER/results/SYSTEM/MODEL/SCENARIO/performance/run_N";
	return strcmp(s->part[KIND], "performance") != 0 ? "not a performance run" : NULL;
}

static const char *canonical_scenario(const char *word)
{
	static const char *const words[] = { "Offline", "Server", "Interactive", "SingleStream",
					     "MultiStream" };

	for (size_t i = 0; i < CM_COUNT(words); i++)
		if (cm_ieq(words[i], word))
			return words[i];
	return word;
}

static void set_system(struct published_list *l, struct published_row *r, const struct spot *s)
{
	char *path = cm_printf_dup("%s%s/%s/systems/%s.json", s->root, s->part[DIVISION], s->part[SUBMITTER],
				   s->part[PLATFORM]);
	struct str text = { 0 };
	struct cmj *o = NULL;

	if (file_read(path, 0, &text, NULL) == CM_OK &&
	    cmj_parse(str_get(&text), text.len, path, &o, NULL) == CM_OK) {
		r->system = said(l, o, "system_name");
		r->availability = said(l, o, "status");
		r->category = said(l, o, "system_type");
		r->device_text = said(l, o, "accelerator_model_name");
		r->per_node = said(l, o, "accelerators_per_node");
		r->nodes = said(l, o, "number_of_nodes");
		r->software = said(l, o, "framework");
		r->notes = said(l, o, "hw_notes");
		r->accelerators = "";
		count_parts(l, r);
	} else {
		r->notes = pool_printf(&l->pool, "no readable description of the system, %s", path);
	}
	cmj_free(o);
	str_free(&text);
	free(path);
}

static const char *power_said(struct published_list *l, const struct mlperf_run *run)
{
	return pool_printf(&l->pool, "%s W mean of %zu samples inside %.3f s (%zu lines)",
			   published_digits(l, run->watts), run->inside, run->window_s, run->lines);
}

static void tree_row(const struct published_from *from, struct published_list *l, const struct spot *s,
		     const struct mlperf_run *run, const char *path)
{
	const char *scenario = canonical_scenario(s->part[SCENARIO]);
	const struct mlperf_figure f = mlperf_figure_of(run, scenario);
	struct published_row *r;

	if (f.why) {
		published_refuse(l, path, "", f.why);
		return;
	}
	r = published_add(l, from);
	r->accelerators = "";
	r->suite = suite;
	r->terms = terms;
	r->file = published_keep(l, path);
	r->place = s->place;
	r->round = published_keep(l, s->round);
	r->division = s->part[DIVISION];
	r->submitter = s->part[SUBMITTER];
	set_system(l, r, s);
	r->benchmark = r->model = s->part[MODEL];
	r->scenario = scenario;
	r->target = target_of(l, r->benchmark);
	r->metric = f.metric;
	r->quality = "VALID by its log";
	if (f.inferred)
		r->notes =
			pool_printf(&l->pool, "%s%sinferred from the run of another scenario, %s",
				    r->notes, *r->notes ? "; " : "", run->scenario);
	published_value(l, r, f.value, f.unit, f.better);
	if (run->no_power) {
		if (strcmp(run->no_power, "no power log") != 0)
			r->notes = pool_printf(&l->pool, "%s%spower: %s", r->notes, *r->notes ? "; " : "",
					       run->no_power);
		return;
	}
	r->power_scope = "wall, whole system";
	r->recomputed = power_said(l, run);
	const double mj = mlperf_stream_mj(run, scenario);
	if (isnan(mj)) {
		r->power_w = published_digits(l, run->watts);
	} else {
		r->energy = published_digits(l, mj);
		r->energy_unit = "mJ/stream";
	}
}

static bool agrees(double a, double b)
{
	return fabs(a - b) <= AGREE * fmax(fabs(a), fabs(b));
}

/* Sets the logs beside what was published; false: they contradict it. */
static bool joined(struct published_list *l, struct published_row *r, const struct mlperf_run *run)
{
	const struct mlperf_figure f = mlperf_figure_of(run, canonical_scenario(r->scenario));
	struct str s = { 0 };
	bool ok = true;

	if (!f.why) {
		/* A summary log alone prints few digits. */
		ok = agrees(f.value, r->number) || (!run->has_detail && strcmp(f.unit, "ms") != 0 &&
						    fabs(f.value - r->number) <= run->tick * (1 + AGREE));
		str_addf(&s, "%s %s by the log", published_digits(l, f.value), f.unit);
	} else {
		str_addf(&s, "performance not recomputed: %s", f.why);
	}
	if (!run->no_power && (*r->power_w || *r->energy)) {
		const double mj = mlperf_stream_mj(run, canonical_scenario(r->scenario));

		ok &= *r->power_w ? agrees(run->watts, strtod(r->power_w, NULL))
				  : agrees(mj, strtod(r->energy, NULL));
		str_addf(&s, "; %s", power_said(l, run));
		if (*r->energy)
			str_addf(&s, ", %s mJ/stream", published_digits(l, mj));
	} else if (*r->power_w || *r->energy) {
		str_addf(&s, "; power not recomputed: %s", run->no_power);
	}
	r->recomputed = published_keep(l, str_get(&s));
	str_free(&s);
	return ok;
}

/* The rows of the round's summary that this run stands behind; how many. */
static size_t join(struct published_list *l, const struct spot *s, const struct mlperf_run *run)
{
	size_t hits = 0;

	for (size_t i = 0; i < l->n; i++) {
		struct published_row *r = &l->row[i];

		if (!*r->id || !*r->place || strcasecmp(r->place, s->place) != 0)
			continue;
		hits++;
		if (joined(l, r, run))
			continue;
		published_refuse(l, r->file, r->line, pool_printf(&l->pool, "%s %s %s: published %s, but %s",
				 r->id, r->benchmark, r->scenario, r->value, r->recomputed));
		r->number = NAN; /* taken out below */
	}
	return hits;
}

static void drop_refused(struct published_list *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->n; i++)
		if (!isnan(l->row[i].number))
			l->row[kept++] = l->row[i];
	l->n = kept;
}

static enum cm_status one_log(const struct published_from *from, const char *path, struct published_list *l,
			      struct cm_err *err)
{
	struct spot s;
	struct mlperf_run run;
	const bool found = spot_of(l, path, &s);
	const char *why = no_result(path, &s, found);
	enum cm_status st;

	if (why) {
		published_refuse(l, path, "", why);
		return CM_OK;
	}
	st = mlperf_run_read(s.folder, s.round_number, &run, err);
	if (st)
		return st;
	if (!run.valid || !run.performance)
		published_refuse(l, path, "", run.valid ? "not a performance run by its log"
							: "the log does not say that its result is VALID");
	else if (join(l, &s, &run) == 0)
		tree_row(from, l, &s, &run, path);
	return CM_OK;
}

/* What the round's description of a system says of its number of parts, where that is another. */
static void check_counts(struct published_list *l, const char *root)
{
	for (size_t i = 0; i < l->n; i++) {
		struct published_row *r = &l->row[i];
		struct spot s = { .root = root };
		char *copy, *part[4], *save = NULL;
		struct published_row other = *r;
		size_t n = 0;

		if (!*r->id || !*r->place)
			continue;
		copy = cm_strdup(r->place);
		for (char *w = strtok_r(copy, "/", &save); w && n < 4; w = strtok_r(NULL, "/", &save))
			part[n++] = w;
		if (n == 4) {
			s.part[DIVISION] = part[0];
			s.part[SUBMITTER] = part[1];
			s.part[PLATFORM] = part[3];
			set_system(l, &other, &s);
			if (*other.accelerators && strcmp(other.accelerators, r->accelerators) != 0 &&
			    !strstr(r->device_text, "(x"))
				r->notes = pool_printf(
					&l->pool,
					"%s%sits system's file counts %s accelerators, the "
					"summary %s",
					r->notes, *r->notes ? "; " : "", other.accelerators,
					*r->accelerators ? r->accelerators : "none");
		}
		free(copy);
	}
}

static enum cm_status read_tree(const struct published_from *from, struct published_list *l,
				struct cm_err *err)
{
	struct dirtree t;
	char *real = realpath(from->path, NULL);
	enum cm_status st = dirtree_read(real ? real : from->path, &t, err);

	free(real);
	if (st)
		return st;
	for (size_t i = 0; i < t.n && !st; i++)
		if (cm_ends(t.file[i], "/summary_results.json")) {
			struct str text = { 0 };

			st = file_read(t.file[i], 0, &text, err);
			if (!st)
				st = read_summary(from, str_get(&text), text.len, t.file[i], l, err);
			str_free(&text);
			if (!st)
				check_counts(l, pool_printf(&l->pool, "%.*s", (int)(strrchr(t.file[i], '/') -
							    t.file[i] + 1), t.file[i]));
		}
	for (size_t i = 0; i < t.n && !st; i++)
		if (cm_ends(t.file[i], "/mlperf_log_summary.txt"))
			st = one_log(from, t.file[i], l, err);
	drop_refused(l);
	dirtree_free(&t);
	return st;
}

static bool is_log(const struct published_from *from)
{
	return cm_ends(from->path, "mlperf_log_summary.txt");
}

static enum cm_status read(const struct published_from *from, struct published_list *l,
			   struct cm_err *err)
{
	struct cmj *o = NULL;

	if (!from->bytes)
		return read_tree(from, l, err);
	if (is_log(from)) {
		char *real = realpath(from->path, NULL);
		const enum cm_status st = one_log(from, real ? real : from->path, l, err);

		free(real);
		return st;
	}
	if (cmj_parse(from->bytes, from->len, from->path, &o, NULL) == CM_OK &&
	    cmj_get(o, "accelerator_model_name")) {
		cmj_free(o);
		published_refuse(l, from->path, "", "a system's description, no result");
		return CM_OK;
	}
	cmj_free(o);
	return read_summary(from, from->bytes, from->len, from->path, l, err);
}

static bool knows(const struct published_from *from)
{
	struct dirtree t;
	bool is = false;

	if (from->bytes)
		return is_log(from) || strstr(from->bytes, "\"Performance_Result\"") != NULL ||
		       (strstr(from->bytes, "\"MlperfModel\"") && strstr(from->bytes, "\"Scenario\""));
	if (dirtree_read(from->path, &t, NULL))
		return false;
	for (size_t i = 0; i < t.n && !is; i++)
		is = cm_ends(t.file[i], "/mlperf_log_summary.txt") ||
		     cm_ends(t.file[i], "/summary_results.json");
	dirtree_free(&t);
	return is;
}

const struct result_format result_mlperf_inference = {
	.abi = CM_PUBLISHED_ABI,
	.name = "mlperf_inference",
	.desc = "MLPerf Inference: summary_results.json, a results tree, or a run's log",
	.family = "mlperf",
	.folders = true,
	.knows = knows,
	.read = read,
};
