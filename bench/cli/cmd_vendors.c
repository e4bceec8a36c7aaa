/* costmark vendors SCENARIO: devices at equal terms, as tables or as one JSON document. It names no
 * vendor. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/log.h"
#include "base/textable.h"
#include "base/units.h"
#include "cli/opt.h"
#include "cli/price_actions.h"
#include "cli/published_out.h"
#include "engine/catalogue_imported.h"
#include "engine/contest.h"
#include "engine/published_store.h"

#define WIDTH 130

struct vendors {
	struct catalogue *cat;
	struct resolver *names;
	struct published_list published;
	struct store_rows rows;
	struct result_source measured;
	struct yaml *yaml;
	struct contest contest;
};

/* ---- text -------------------------------------------------------------------------------------- */

static void say(const char *lead, const char *text)
{
	struct str safe = { 0 };

	str_add(&safe, lead);
	esc_terminal(&safe, text);
	puts(str_get(&safe));
	str_free(&safe);
}

static void add_figure(struct str *s, const struct figure *f)
{
	char v[64], range[160];

	if (f->missing) {
		str_add(s, "-");
		return;
	}
	cm_figure_print(f, 0, v, sizeof v);
	str_add(s, v);
	if (f->lo < f->hi && cm_figure_print_interval(f, 0, range, sizeof range))
		str_addf(s, " (%s)", range);
}

static void cell(struct textable *t, const struct figure *f)
{
	struct str s = { 0 };

	add_figure(&s, f);
	textable_cell(t, str_get(&s));
	str_free(&s);
}

static void line(struct textable *t, const char *label, const char *what, const struct figure *f,
		 const char *from)
{
	textable_cell(t, label);
	textable_cell(t, what);
	cell(t, f);
	textable_cell(t, f->missing ? "" : f->unit);
	textable_cell(t, f->missing ? "" : cm_basis_word(f->basis));
	textable_cell(t, f->missing ? f->missing : from);
}

static const char *rows_said(const struct contender *c, struct str *s)
{
	str_clear(s);
	str_addf(s, "%zu row%s", c->rows, c->rows == 1 ? "" : "s");
	for (size_t i = 0; i < c->rows && i < 3; i++)
		str_addf(s, "%s%s%s%s", i ? ", " : ": ", c->row[i]->id, *c->row[i]->id ? " " : "",
			 c->row[i]->submitter);
	if (c->rows > 3)
		str_add(s, ", …");
	return str_get(s);
}

/* Who asks for it since when, and where that stands; imported offers as well as our own. */
static const char *offer_said(const struct offer_row *o, struct str *s)
{
	str_clear(s);
	if (o)
		str_addf(s, "%s/%s, %s%s%s, %.10s (%s:%zu)", o->vendor, o->offer, o->term,
			 *o->region ? ", " : "", o->region,
			 *o->effective   ? o->effective
			 : *o->retrieved ? o->retrieved
					 : "no date",
			 o->file, o->line);
	return str_get(s);
}

static void contender_lines(struct textable *t, const struct contest *of, const struct contender *c)
{
	const char *metric = of->lower ? of->metric : "rate of one device";
	struct str s = { 0 };
	char fact[200];

	line(t, c->label, metric, &c->rate, rows_said(c, &s));
	line(t, "", "price of a device-hour", &c->price_hour, offer_said(c->offer, &s));
	line(t, "", of->lower ? "cost of a run" : "cost of work", &c->cost, "derived from the two above");
	line(t, "", "power of one device", &c->power, c->power_note);
	line(t, "", of->lower ? "energy of a run" : "energy of work", &c->joules, c->power_note);
	snprintf(fact, sizeof fact, "%s:%zu", c->device->file, c->device->line);
	line(t, "", "memory", &c->memory, fact);
	line(t, "", "board power", &c->tdp, "its limit; no measurement of this work");
	if (c->measured) {
		const struct result_row *m = c->measured;

		str_clear(&s);
		str_addf(&s, "%s %s %s@%s, another work: not ranked", m->kernel, m->type,
			 m->variant, m->backend);
		line(t, "", "own measurement", &m->rate, str_get(&s));
	}
	str_free(&s);
}

static void pair_table(const struct contest *c)
{
	const char *const titles[] = {
		"of one",    "worth of the other", c->lower ? "times as fast" : "devices",
		"faster in", "may cost up to",     "costs",
		"unit"};
	struct textable *t = NULL;

	for (size_t i = 0; i < c->npairs; i++) {
		const struct contest_pair *p = &c->pair[i];

		if (p->reason)
			continue;
		if (!t)
			t = textable_new("llrrrrl", titles);
		textable_cell(t, p->a->label);
		textable_cell(t, p->b->label);
		cell(t, &p->ratio);
		textable_cellf(t, "%.0f %%%s", 100 * p->faster, p->settled ? "" : " not settled");
		cell(t, &p->pays_up_to);
		cell(t, &p->a->price_hour);
		textable_cell(t, p->pays_up_to.missing ? "" : p->pays_up_to.unit);
	}
	if (!t)
		return;
	printf("\n%s and indifference price (interval: the rows' spread)\n",
	       c->lower ? "Speed" : "Device equivalents");
	textable_print(t, stdout, WIDTH);
}

static void pair_lines(const struct contest *c)
{
	pair_table(c);
	for (size_t i = 0; i < c->npairs; i++) {
		const struct contest_pair *p = &c->pair[i];
		struct str s = { 0 };

		str_addf(&s, "%s and %s: %s%s", p->a->label, p->b->label,
			 p->reason ? p->reason : *p->same ? "by submitters that show both: " : "",
			 p->reason ? "" : p->same);
		if (p->reason || *p->same)
			say("  ", str_get(&s));
		str_free(&s);
	}
}

static void list(const char *title, const char *const *text, size_t n)
{
	if (n)
		printf("\n%s\n", title);
	for (size_t i = 0; i < n; i++)
		say("  ", text[i]);
}

static void print_text(const struct contest *c)
{
	static const char *const titles[] = { "device", "figure", "value", "unit", "basis", "from" };
	struct textable *t = textable_new("llrlll", titles);
	struct str front = { 0 };

	if (*c->title)
		say("", c->title);
	for (size_t i = 0; i < c->n; i++)
		contender_lines(t, c, &c->c[i]);
	textable_print(t, stdout, WIDTH);
	puts(c->lower ? "Less is better; a figure is of the whole system, and is not divided by "
			"its devices."
		      : "A figure of one device is derived from a system's; no owner of a "
			"benchmark calls it a "
			"result.");
	pair_lines(c);
	for (size_t i = 0; i < c->n; i++)
		if (c->c[i].front)
			str_addf(&front, "%s%s", front.len ? ", " : "", c->c[i].label);
	if (front.len)
		say("\nNo other that may be compared is better in rate, cost or energy and as good "
		    "in the rest: ",
		    str_get(&front));
	str_free(&front);
	list("Notes", c->note, c->nnotes);
	list("Missing to decide", c->missing, c->nmissing);
	list("Sources", c->footnote, c->nfootnotes);
}

/* ---- JSON -------------------------------------------------------------------------------------- */

static struct cmj *texts(const char *const *text, size_t n)
{
	struct cmj *a = cmj_array();

	for (size_t i = 0; i < n; i++)
		cmj_push(a, cmj_string(text[i]));
	return a;
}

static struct cmj *contender_json(const struct contender *c)
{
	struct cmj *o = cmj_object(), *rows = cmj_array();

	cmj_set(o, "name", cmj_string(c->name));
	cmj_set(o, "label", cmj_string(c->label));
	cmj_set(o, "device", cmj_string(c->device->device));
	cmj_set(o, "rate", cm_figure_json(&c->rate));
	cmj_set(o, "price_hour", cm_figure_json(&c->price_hour));
	cmj_set(o, "cost_per_work", cm_figure_json(&c->cost));
	cmj_set(o, "power", cm_figure_json(&c->power));
	cmj_set(o, "power_from", cmj_string(c->power_note));
	cmj_set(o, "joules_per_work", cm_figure_json(&c->joules));
	cmj_set(o, "memory", cm_figure_json(&c->memory));
	cmj_set(o, "board_power", cm_figure_json(&c->tdp));
	cmj_set(o, "pareto", cmj_bool(c->front));
	if (c->offer) {
		struct cmj *p = cmj_object();

		cmj_set(p, "vendor", cmj_string(c->offer->vendor));
		cmj_set(p, "offer", cmj_string(c->offer->offer));
		cmj_set(p, "term", cmj_string(c->offer->term));
		cmj_set(p, "price", cmj_string(c->offer->price_text));
		cmj_set(p, "currency", cmj_string(c->offer->currency));
		cmj_set(p, "region", cmj_string(c->offer->region));
		cmj_set(p, "description", cmj_string(c->offer->description));
		cmj_set(p, "source", cmj_string(c->offer->source));
		cmj_set(p, "effective", cmj_string(c->offer->effective));
		cmj_set(p, "retrieved", cmj_string(c->offer->retrieved));
		cmj_set(p, "file", cmj_string(c->offer->file));
		cmj_set(p, "line", cmj_int((int64_t)c->offer->line));
		cmj_set(o, "offer", p);
	}
	if (c->measured)
		cmj_set(o, "measured", cm_row_json(c->measured));
	for (size_t i = 0; i < c->rows; i++) {
		struct cmj *r = published_json(c->row[i]);

		cmj_set(r, "each", cmj_number(c->each[i]));
		cmj_push(rows, r);
	}
	cmj_set(o, "rows", rows);
	return o;
}

static struct cmj *pair_json(const struct contest_pair *p)
{
	struct cmj *o = cmj_object();

	cmj_set(o, "a", cmj_string(p->a->name));
	cmj_set(o, "b", cmj_string(p->b->name));
	cmj_set(o, "comparable", cmj_bool(!p->reason));
	cmj_set(o, "reason", cmj_string(p->reason));
	cmj_set(o, "ratio", cm_figure_json(&p->ratio));
	cmj_set(o, "a_faster", cmj_number(p->faster));
	cmj_set(o, "settled", cmj_bool(p->settled));
	cmj_set(o, "a_may_cost", cm_figure_json(&p->pays_up_to));
	cmj_set(o, "same_submitter", cmj_string(p->same));
	return o;
}

static struct cmj *contest_json(const struct contest *c)
{
	struct cmj *doc = cmj_document("vendors"), *family = cmj_object(), *devices = cmj_array(),
		   *pairs = cmj_array();

	cmj_set(doc, "title", cmj_string(c->title));
	for (size_t i = 0; i < CONTEST_FIELDS; i++)
		if (*c->family[i])
			cmj_set(family, contest_field[i], cmj_string(c->family[i]));
	cmj_set(doc, "family", family);
	cmj_set(doc, "work", cmj_string(c->work_text));
	cmj_set(doc, "better", cmj_string(c->lower ? "lower" : "higher"));
	cmj_set(doc, "rate_of", cmj_string(c->lower ? "system" : "device"));
	cmj_set(doc, "baseline", cmj_string(c->base->name));
	for (size_t i = 0; i < c->n; i++)
		cmj_push(devices, contender_json(&c->c[i]));
	for (size_t i = 0; i < c->npairs; i++)
		cmj_push(pairs, pair_json(&c->pair[i]));
	cmj_set(doc, "devices", devices);
	cmj_set(doc, "pairs", pairs);
	cmj_set(doc, "notes", texts(c->note, c->nnotes));
	cmj_set(doc, "missing", texts(c->missing, c->nmissing));
	cmj_set(doc, "footnotes", texts(c->footnote, c->nfootnotes));
	return doc;
}

/* ---- the command ------------------------------------------------------------------------------- */

static enum cm_status load(const struct args *a, struct vendors *v, struct cm_err *err)
{
	const char *given = args_get(a, "store");
	char *path = given ? cm_strdup(given) : file_xdg_data_dup("results.db");
	struct price_store *prices = NULL;
	struct store *s = NULL;
	enum cm_status st = catalogue_load(file_data_dir(), &v->cat, err);

	if (!st)
		st = price_store_of(a, &prices, err);
	if (prices)
		catalogue_add_imported(v->cat, imported_open(prices)); /* the catalogue's from now on */
	if (!st)
		st = resolver_open(file_data_dir(), v->cat, &v->names, err);
	if (!st)
		st = published_load(given, v->names, &v->published, err);
	if (!st && (given || file_exists(path))) {
		st = store_open_read(path, &s, err);
		if (!st)
			st = store_rows(s, NULL, NULL, &v->rows, err);
		store_close(s);
	}
	free(path);
	v->measured = (struct result_source){ v->rows.row, v->rows.n, v->published.row, v->published.n };
	if (!st)
		st = yaml_read(a->argv[0], &v->yaml, err);
	return st;
}

static int run(const struct args *a)
{
	struct vendors v = { .cat = NULL };
	struct cm_err err;
	enum cm_status st = load(a, &v, &err);

	if (!st)
		st = contest_read(v.yaml, a->argv[0], v.cat, &v.published, &v.measured, &v.contest, &err);
	if (!st)
		st = contest_decide(&v.contest, &err);
	if (!st && args_has(a, "json"))
		cmd_print_json(contest_json(&v.contest));
	else if (!st)
		print_text(&v.contest);
	contest_free(&v.contest);
	yaml_free(v.yaml);
	store_rows_free(&v.rows);
	published_free(&v.published);
	resolver_close(v.names);
	catalogue_free(v.cat);
	units_close();
	return st ? cmd_fail(a, &err) : CM_EXIT_OK;
}

const struct command cmd_vendors = {
	.name = "vendors",
	.usage = "costmark vendors SCENARIO [options]",
	.summary = "devices at equal terms: rate, cost, energy, equivalents, indifference price",
	.examples = "  costmark vendors examples/vendors/llama2-70b.yaml\n"
		    "  costmark vendors examples/vendors/llama2-70b.yaml --json\n",
	.min_words = 1,
	.max_words = 1,
	.run = run,
};
