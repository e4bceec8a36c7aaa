/*
 * Every registered section over made data: full, empty, hostile, with nothing but missing figures,
 * and with many options. A recording sink checks each block as it comes and keeps the cells.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compose.h"
#include "base/decision_view.h"
#include "engine/report_render.h"

/* ---- the recording sink -------------------------------------------------------------------------- */

struct record {
	struct pool pool;
	const char *section;
	const char *ids[64];    size_t nids;
	struct str text;         /* of all blocks, cells joined by '|' */
	size_t blocks, tables, charts, missing, fail_at; /* fail_at: this block is refused */
	bool chart_open;         /* a chart waits for its table */
};

static void is_text(const char *s)
{
	assert_non_null(s);
	assert_true(*s);
}

static void is_id(struct record *r, const char *id)
{
	is_text(id);
	for (const char *p = id; *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '-'))
			fail_msg("id '%s' of section %s", id, r->section);
	for (size_t i = 0; i < r->nids; i++)
		if (!strcmp(r->ids[i], id))
			fail_msg("id '%s' twice", id);
	assert_true(r->nids < CM_COUNT(r->ids));
	r->ids[r->nids++] = pool_dup(&r->pool, id);
}

static void is_cell(struct record *r, const struct cell *c, const char *where)
{
	char value[512];

	if (c->kind == CELL_TEXT && c->text && *c->text) {
		str_addf(&r->text, "%s|", c->text);
		return;
	}
	if (c->kind != CELL_FIGURE)
		fail_msg("%s: a cell of kind %d without text", where, c->kind);
	assert_non_null(c->fig.unit);
	assert_true((unsigned)c->fig.basis < CM_BASIS_NR);
	cm_figure_print(&c->fig, 0, value, sizeof value);
	if (c->fig.missing) {
		is_text(c->fig.missing);
		assert_true(isnan(c->fig.value));
		r->missing++;
	} else {
		assert_true(isfinite(c->fig.value));
		assert_true(c->fig.lo <= c->fig.value && c->fig.value <= c->fig.hi);
	}
	str_addf(&r->text, "%s|", value);
}

static void is_table(struct record *r, const struct table *t)
{
	is_id(r, t->id);
	is_text(t->title);
	assert_true(t->ncolumns > 0 && t->nrows > 0);
	for (size_t i = 0; i < t->ncolumns; i++) {
		is_text(t->columns[i].title);
		assert_non_null(t->columns[i].unit);
		assert_true(!t->columns[i].better || strchr("hl", t->columns[i].better));
	}
	str_addf(&r->text, "\n#%s\n", t->id);
	for (size_t i = 0; i < t->nrows * t->ncolumns; i++) {
		is_cell(r, &t->cells[i], t->id);
		if (i % t->ncolumns == t->ncolumns - 1)
			str_addc(&r->text, '\n');
	}
	r->tables++;
}

static void are_numbers(const double *v, size_t n, bool needed)
{
	assert_true(v || !needed);
	for (size_t i = 0; v && i < n; i++)
		assert_true(isfinite(v[i]));
}

static void is_chart(struct record *r, const struct chart *c)
{
	is_id(r, c->id);
	is_text(c->title);
	is_text(c->x_title);
	is_text(c->y_title);
	is_text(c->alt);
	assert_true(c->nseries > 0 && c->nseries <= 12);
	assert_true(c->ncategories <= 24);
	for (size_t i = 0; i < c->ncategories; i++)
		is_text(c->categories[i]);
	for (size_t i = 0; i < c->nseries; i++) {
		const struct chart_series *s = &c->series[i];

		is_text(s->name);
		assert_true(s->n > 0);
		assert_true(s->x || s->n == c->ncategories);
		are_numbers(s->x, s->n, false);
		are_numbers(s->y, s->n, true);
		are_numbers(s->lo, s->n, false);
		are_numbers(s->hi, s->n, false);
	}
	assert_true(isfinite(c->mark_x) && isfinite(c->base));
	r->charts++;
}

static enum cm_status sink(void *state, const struct block *b, struct cm_err *err)
{
	struct record *r = state;

	if (r->fail_at && ++r->blocks == r->fail_at)
		return cm_fail(err, CM_EIO, "the disk is full");
	if (r->chart_open && b->kind != BLOCK_TABLE)
		fail_msg("section %s: a chart is not followed by its table", r->section);
	r->chart_open = b->kind == BLOCK_CHART;
	switch (b->kind) {
	case BLOCK_SECTION: fail_msg("section %s emits its own section block", r->section); break;
	case BLOCK_HEADING:
	case BLOCK_TEXT:
	case BLOCK_NOTE:
		is_text(b->text);
		assert_true((unsigned)b->stamp <= CM_INCOMPLETE);
		str_addf(&r->text, "%s\n", b->text);
		break;
	case BLOCK_TABLE: is_table(r, b->table); break;
	case BLOCK_CHART: is_chart(r, b->chart); break;
	case BLOCK_FACTS:
		assert_true(b->nfacts > 0);
		for (size_t i = 0; i < b->nfacts; i++) {
			is_text(b->facts[i].name);
			str_addf(&r->text, "%s: ", b->facts[i].name);
			is_cell(r, &b->facts[i].value, b->facts[i].name);
			str_addc(&r->text, '\n');
		}
		break;
	}
	return CM_OK;
}

/* All sections in order. */
static void render(const struct report_data *d, struct record *r)
{
	const struct section **list = report_sections_dup();
	struct cm_err err = { .st = CM_OK };

	*r = (struct record){ .nids = 0 };
	for (size_t i = 0; list[i]; i++) {
		r->section = list[i]->name;
		assert_int_equal(list[i]->emit(d, sink, r, &err), CM_OK);
		assert_false(r->chart_open);
	}
	free(list);
}

static void done(struct record *r)
{
	str_free(&r->text);
	pool_free(&r->pool);
}

static bool says(const struct record *r, const char *part)
{
	return strstr(str_get(&r->text), part) != NULL;
}

/* Text of one table, its rows as lines; the caller frees. */
static char *table_dup(const struct record *r, const char *id)
{
	char *head = cm_printf_dup("\n#%s\n", id);
	const char *p = strstr(str_get(&r->text), head);
	const size_t skip = strlen(head);

	free(head);
	if (!p)
		return NULL;
	const char *end = strstr(p + skip, "\n#");
	return end ? cm_strndup(p + skip, (size_t)(end - p) - skip) : cm_strdup(p + skip);
}

static void row_is(const struct record *r, const char *id, const char *part)
{
	char *t = table_dup(r, id);

	if (!t || !strstr(t, part))
		fail_msg("table %s lacks '%s':\n%s", id, part, t ? t : "(not there)");
	free(t);
}

/* ---- made data ------------------------------------------------------------------------------------- */

#define MONTHS 24
#define LEVELS 10
#define MOST 300

struct made {
	struct report_data data;
	struct decision d;
	struct option_result option[MOST];
	struct cost_line line[MOST][2];
	double cash[MONTHS + 1], by_year[2], level[LEVELS], cost[MOST][LEVELS];
	struct report_input input[4];
	struct price_item item[2];
	struct break_even cross[3];
	struct tornado_bar bar[3];
	struct result_row row[40];
	size_t rows;
	char name[MOST][16];
};

static struct figure usd(double v, enum cm_basis b)
{
	return cm_figure_range(v, 0.9 * v, 1.1 * v, "USD", 0, b);
}

static struct result_row a_row(const char *kernel, const char *device, double rate, bool higher)
{
	return (struct result_row){
		.kernel = kernel, .op = "", .variant = "portable", .tuned_by = "", .type = "fp64",
		.group = "g", .size = 1000, .size_unit = "elements", .backend = "host",
		.device = device, .tag = "", .run_id = "r1", .launches = 3, .samples = 30,
		.rate = cm_figure_range(rate, 0.98 * rate, 1.02 * rate, higher ? "GB/s" : "ns", 3,
					CM_MEASURED),
		.higher_is_better = higher, .time_ns = 1e6, .flops = 1e6, .bytes = 2e6, .work = 1000,
		.roofline_share = cm_figure_range(0.5, 0.49, 0.51, "", 3, CM_MEASURED),
		.roof = "triad 40 GB/s",
		.joules = cm_figure_range(2e-6, 1e-6, 3e-6, "J/element", 3, CM_MODELLED),
		.joules_scope = "package, acme", .verified = true, .trusted = true, .status = "ok",
		.reason = "", .stopped_by = "interval", .ci_target = 0.01, .tunables = "",
		.basis = CM_MEASURED,
		.taken = "2026-01-01T00:00:00Z",
		.energy = { .net = cm_figure_range(1.5e-6, 1e-6, 2e-6, "J/element", 3, CM_MODELLED),
			    .idle_before = cm_figure_range(0.5, 0.4, 0.6, "W", 3, CM_MODELLED),
			    .idle_after = cm_figure_missing("W", "the meter needs 2 s"),
			    .windows = 3, .stop = "3 windows, fewer than 5",
			    .limits = "card 250 W (usual 300 W)",
			    .held = "power limit for 20 % of the time",
			    .steady = "steady: card went nowhere",
			    .cooling = "card: launches began at 41 °C", .note = "without acme: it hung" },
	};
}

static void add_row(struct made *m, struct result_row r)
{
	assert_true(m->rows < CM_COUNT(m->row));
	m->row[m->rows++] = r;
	m->data.nrows = m->rows;
}

static void make_option(struct made *m, size_t i)
{
	snprintf(m->name[i], sizeof m->name[i], "option%zu", i);
	m->line[i][0] = (struct cost_line){ .name = "buy", .label = "Servers", .unit = "USD", .why = "",
					    .total = usd(500, CM_QUOTED), .pv = usd(500, CM_QUOTED),
					    .by_year = m->by_year };
	m->line[i][1] = (struct cost_line){ .name = "power", .label = "Electricity", .unit = "USD",
					    .why = "metered", .total = usd(600, CM_ASSUMED),
					    .pv = usd(550, CM_ASSUMED), .by_year = m->by_year };
	for (size_t k = 0; k < LEVELS; k++)
		m->cost[i][k] = 1000 + 100 * (double)i + (i ? 40.0 * (double)k : 0);
	m->option[i] = (struct option_result){
		.name = m->name[i], .label = i ? m->name[i] : "Own it", .kind = "own", .device = "",
		.npv = usd(1050 + 100 * (double)i, CM_ASSUMED),
		.cost_per_unit = cm_figure(0.5, "USD/token", CM_ASSUMED), .total = usd(1100, CM_ASSUMED),
		.capex = usd(500, CM_QUOTED), .opex_month = cm_figure(25, "USD/month", CM_ASSUMED),
		.lines = m->line[i], .nlines = 2, .cash = m->cash, .use_level = m->level,
		.use_cost = m->cost[i], .nuse = LEVELS, .use = 0.6, .excluded_why = "",
	};
}

static struct break_even crossing(const char *kind, struct figure at, const char *sentence)
{
	return (struct break_even){ .a = "option0", .b = "option1", .kind = kind, .at = at,
				    .sentence = sentence };
}

static struct tornado_bar bar(const char *option, const char *input, const char *label, double npv)
{
	return (struct tornado_bar){ .option = option, .input = input, .label = label,
				     .low = usd(450, CM_QUOTED), .high = usd(550, CM_QUOTED),
				     .npv_low = npv - 100, .npv_high = npv + 150, .npv_base = npv,
				     .own_range = true, .elasticity = 0.5, .flip = "" };
}

static void make_inputs(struct made *m)
{
	m->input[0] = (struct report_input){ .name = "price", .label = "Price of a server",
		.text = "500 USD", .fig = usd(500, CM_QUOTED), .source = "letter 7",
		.file = "/data/vendors/acme/offers.csv",
		.line = 7, .col = 3, .option = "option0", .rank = 1 };
	m->input[1] = m->input[0];
	m->input[1].option = "option1"; /* of the same name, not the cheapest option's */
	m->input[2] = (struct report_input){ .name = "pue", .label = "Overhead of the room",
		.text = "1.2..1.5", .source = "", .file = "own.model",
		.fig = cm_figure_range(1.35, 1.2, 1.5, "1", 0, CM_ASSUMED),
		.line = 3, .col = 1, .option = "", .is_default = true, .rank = 2 };
	m->input[3] = m->input[2]; /* a default that two options share */
	m->item[0] = (struct price_item){ .option = "option0", .sku = "box", .description = "a server",
		.vendor = "acme", .quantity = 4, .unit_price = cm_figure(500.5, "USD", CM_QUOTED),
		.discount = cm_figure(0, "%", CM_QUOTED), .extended = usd(2002, CM_QUOTED),
		.currency = "USD",
		.per = "once", .kind = "once", .source = "letter 7", .quoted_on = "2026-01-01",
		.valid_until = "", .file = "/data/vendors/acme/offers.csv", .line = 7 };
	m->cross[0] = crossing("utilisation", cm_figure(44, "%", CM_ASSUMED),
			       "Own it costs less than option1 above 44 % utilisation");
	m->cross[1] = crossing("utilisation", cm_figure(63, "%", CM_ASSUMED),
			       "Own it costs less than option1 above 63 % utilisation");
	m->cross[2] = crossing("month", cm_figure_missing("month", "Own it has cost less in every month"),
			       "no month");
	m->bar[0] = bar("option0", "price", "Price of a server", 1050);
	m->bar[0].flip = "the ranking changes if it passes 600 USD";
	m->bar[1] = bar("option0", "pue", "Overhead of the room", 1050);
	m->bar[2] = bar("option1", "price", "Price of a server", 1150);
}

static const struct system_fact some_facts[] = {
	{ "hardware", "CPU", "Rocket 9" }, { "hardware", "memory", "64 GiB" },
	{ "machine of run r1", "CPU", "Rocket 8" }, { "machine of run r1", "memory", "64 GiB" },
};
static const struct present_row some_present[] = {
	{ "backend", "host", "the processor", true, "" },
	{ "tuned library", "fastblas", "", false, "libfastblas.so.3 is not installed" },
	{ "meter", "acme", "package, socket 0", true, "" },
};
static const struct hashed_file some_files[] = { { "a.yaml", "00ff" } };
static const char *const some_notes[] = { "this machine has changed since run r1: kernel" };
static const struct report_run some_runs[] = {
	{ "r1", "", "2026-01-01T00:00:00Z", "", "done", "42", "0.1.0", "costmark run", true },
};

/* options: how many; the last is left out where there are more than two. */
static struct made *make_with(size_t options)
{
	struct made *m = cm_alloc(sizeof *m);

	m->by_year[0] = 700;
	m->by_year[1] = 400;
	for (size_t i = 0; i <= MONTHS; i++)
		m->cash[i] = i ? 25 : 500;
	for (size_t k = 0; k < LEVELS; k++)
		m->level[k] = (double)(k + 1) / LEVELS;
	for (size_t i = 0; i < options; i++)
		make_option(m, i);
	if (options > 2) {
		m->option[options - 1].excluded = true;
		m->option[options - 1].excluded_why = "too slow for the work";
	}
	make_inputs(m);
	m->d = (struct decision){
		.title = "T", .question = "Which?", .unit_of_work = "token", .currency = "USD",
		.months = MONTHS, .years = 2, .options = m->option, .noptions = options, .inputs = m->input,
		.ninputs = 4, .items = m->item, .nitems = 1, .breaks = m->cross, .nbreaks = 3,
		.tornado = m->bar, .ntornado = 3, .cheapest = "option0", .sentence = "Own it costs least",
		.stamp = CM_ESTIMATE,
	};
	m->data = (struct report_data){
		.version = "0.1.0", .command_line = "costmark report a.yaml",
		.created = "2026-01-01T00:00:00Z",
		.seed_text = "run r1: 42", .decision = &m->d, .rows = m->row, .facts = some_facts,
		.nfacts = CM_COUNT(some_facts), .topology = "Machine\n  Package #0\n    Core #0\n",
		.present = some_present, .npresent = CM_COUNT(some_present), .files = some_files,
		.nfiles = CM_COUNT(some_files), .notes = some_notes, .nnotes = CM_COUNT(some_notes),
		.runs = some_runs, .nruns = CM_COUNT(some_runs), .data_dir = "/data",
	};
	return m;
}

/* ---- tests ----------------------------------------------------------------------------------------- */

static void sections_in_order(void **state)
{
	static const char *const want[] = {"verdict",     "priced",      "assumptions", "cost",
					   "sensitivity", "performance", "energy",      "caps",
					   "systems",     "method",      "provenance"};
	const struct section **list = report_sections_dup();
	size_t n = 0, at = 0;

	(void)state;
	for (; list[n]; n++) {
		if (n)
			assert_true(list[n - 1]->rank < list[n]->rank);
		if (at < CM_COUNT(want) && !strcmp(list[n]->name, want[at]))
			at++;
	}
	assert_int_equal(at, CM_COUNT(want)); /* others may stand between them */
	free(list);
}

static void full_data(void **state)
{
	struct made *m = make_with(3);
	struct record r;

	(void)state;
	add_row(m, a_row("copy", "slow", 10, true));
	add_row(m, a_row("copy", "fast", 20, true));
	add_row(m, a_row("chase", "slow", 30, false));
	add_row(m, a_row("chase", "fast", 15, false));
	render(&m->data, &r);
	assert_true(r.charts >= 6 && r.tables >= 15);
	assert_true(says(&r, "Which?"));
	assert_true(says(&r, "Break-even utilisation: 63.00")); /* the crossing next to 60 % */
	assert_true(says(&r, "too slow for the work"));
	row_is(&r, "options", "Own it|own|1,050|1.000|");
	row_is(&r, "payments", "Own it|0.5000|500|25.00|");
	assert_null(table_dup(&r, "draws")); /* nothing was drawn */
	row_is(&r, "inputs", "1|Price of a server|price|Own it|500|500 USD|the scenario|letter 7|"
			     "vendors/acme/offers.csv:7:3|");
	row_is(&r, "inputs", "weak|Price of a server|price|option1|");
	row_is(&r, "priced-items", "4.000|500.5|");
	row_is(&r, "topology", "Machine|\n· Package #0|\n· · Core #0|");
	row_is(&r, "system-differences", "CPU|Rocket 9|Rocket 8|");
	row_is(&r, "presence", "fastblas|absent|libfastblas.so.3 is not installed|");
	/* rows by kernel, then the better first, whoever made it */
	row_is(&r, "portable-rows", "chase|fp64|1000 elements|fast|host|15.0");
	char *t = table_dup(&r, "portable-rows");
	assert_true(strstr(t, "|fast|host|20.0") < strstr(t, "|slow|host|10.0"));
	assert_true(strstr(t, "|fast|host|15.0") < strstr(t, "|slow|host|30.0"));
	free(t);
	t = table_dup(&r, "inputs"); /* a shared default once */
	assert_null(strstr(strstr(t, "|pue|") + 1, "|pue|"));
	free(t);
	/* 2e-6 J an element, 1000 elements in 1 ms */
	row_is(&r, "energy", "|2.0|package, acme|1.50e-06|0.50|not measured: the meter needs 2 s|");
	row_is(&r, "energy-conditions", "|3 windows, fewer than 5|card 250 W (usual 300 W)|"
	       "power limit for 20 % of the time|steady: card went nowhere|card: launches began at 41 °C|"
	       "without acme: it hung|");
	t = table_dup(&r, "system-differences");
	assert_null(strstr(t, "memory"));
	free(t);
	done(&r);
	free(m);
}

static void empty_data(void **state)
{
	struct decision d = { .title = "", .question = "", .unit_of_work = "", .currency = "USD",
			      .months = 12, .years = 1, .cheapest = "",
			      .sentence = "The scenario compares no options",
			      .stamp = CM_INCOMPLETE };
	const struct report_data data = { .version = "", .command_line = "", .created = "", .seed_text = "",
					  .decision = &d, .topology = "" };
	struct record r;

	(void)state;
	render(&data, &r);
	assert_true(says(&r, "The scenario compares no options"));
	assert_true(says(&r, "costmark run"));
	assert_int_equal(r.charts, 0);
	done(&r);
}

/* What only looks like a format, a tag or an end of text stays what it is. */
static void hostile_text(void **state)
{
	static const char evil[] = "%s%n%5$s <script>alert(1)</script> | \"',;=\n\t\x1b[31m \xff\xfe "
				   "${x} \\";
	struct made *m = make_with(3);
	struct record r;

	(void)state;
	m->d.title = m->d.question = m->d.sentence = m->d.unit_of_work = m->d.currency = evil;
	for (size_t i = 0; i < 3; i++)
		m->option[i].label = m->option[i].kind = m->option[i].excluded_why = evil;
	m->line[0][0].label = m->line[0][0].why = evil;
	m->input[0].label = m->input[0].text = m->input[0].source = m->input[0].file = evil;
	m->item[0].sku = m->item[0].description = m->item[0].vendor = m->item[0].source = evil;
	m->cross[1].sentence = m->bar[0].flip = m->bar[0].label = evil;
	struct result_row x = a_row(evil, evil, 10, true);
	x.reason = x.roof = x.joules_scope = x.tuned_by = x.backend = evil;
	x.trusted = false;
	add_row(m, x);
	x.variant = "tuned";
	add_row(m, x);
	m->data.topology = "Machine\n      \n   \xff%s\nlast line without an end";
	m->data.command_line = m->data.created = m->data.seed_text = evil;
	m->d.stamp_why = (const char *const[]){ evil };
	m->d.nstamp_why = 1;
	render(&m->data, &r);
	assert_true(says(&r, evil));
	row_is(&r, "options", evil);
	row_is(&r, "doubts", evil);
	row_is(&r, "tuned-rows", evil);
	row_is(&r, "ranking", evil);
	row_is(&r, "topology", "last line without an end");
	done(&r);
	free(m);
}

/* Nothing has a value: every reason is there, and no zero stands in for one. */
static void missing_figures(void **state)
{
	struct made *m = make_with(2);
	struct record r;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		m->option[i].npv = cm_figure_missing("USD", "no npv");
		m->option[i].cost_per_unit = cm_figure_missing("USD", "no unit cost");
		m->option[i].capex = m->option[i].opex_month = cm_figure_missing("USD", "no line");
	}
	m->input[0].fig = cm_figure_missing("USD", "no input");
	m->item[0].unit_price = cm_figure_missing("USD", "no price");
	m->item[0].extended = cm_figure_missing("USD", "no sum");
	m->item[0].quantity = NAN;
	for (size_t i = 0; i < 3; i++) {
		m->cross[i].at = cm_figure_missing("%", "no crossing");
		m->bar[i].low = m->bar[i].high = cm_figure_missing("USD", "no range");
		m->bar[i].elasticity = NAN;
	}
	struct result_row x = a_row("copy", "d", 10, true);
	x.rate = cm_figure_missing("GB/s", "the driver died");
	x.roofline_share = cm_figure_missing("", "no roof");
	x.joules = cm_figure_missing("J", "no meter");
	x.verified = x.trusted = false;
	x.launches = x.samples = 0;
	x.time_ns = x.flops = x.bytes = NAN;
	x.status = "driver";
	add_row(m, x);
	render(&m->data, &r);
	row_is(&r, "options", "not measured: no npv|not measured: no npv|");
	row_is(&r, "payments", "not measured: no unit cost|not measured: no line|not measured: no line|");
	row_is(&r, "priced-items", "not measured: the quantity is no line of the option|"
				   "not measured: no price|");
	row_is(&r, "inputs", "not measured: no input|");
	row_is(&r, "portable-rows", "not measured: the driver died|higher|not measured: no roof|");
	row_is(&r, "energy", "not measured: no meter|not measured: no meter|");
	row_is(&r, "missing", "rate|copy, fp64, 1000 elements, host|the driver died|");
	assert_null(table_dup(&r, "cost-lines")); /* nothing ranked, nothing to show */
	done(&r);
	free(m);
}

/* Figures that break their own promise do not get through as numbers. */
static void bad_numbers(void **state)
{
	struct made *m = make_with(3);
	struct record r;

	(void)state;
	m->by_year[1] = NAN;
	m->cash[3] = INFINITY;
	m->cost[1][5] = NAN;
	m->line[0][0].pv = m->line[0][0].total = cm_figure(NAN, NULL, CM_ASSUMED);
	m->option[1].npv = cm_figure_range(1150, 1300, 1200, "USD", 0, CM_ASSUMED); /* reversed */
	m->option[0].use = NAN;
	m->option[0].capex = cm_figure(-INFINITY, "USD", CM_ASSUMED);
	m->d.ntornado = 2;
	struct result_row x = a_row("copy", "d", 10, true);
	x.time_ns = 0;
	x.work = 0;
	add_row(m, x);
	render(&m->data, &r);
	row_is(&r, "utilisation", "not measured: the option cannot do this much|");
	row_is(&r, "energy", "not measured: the time of one iteration is not known|");
	done(&r);
	free(m);
}

static void many_options(void **state)
{
	struct made *m = make_with(MOST);
	struct record r;

	(void)state;
	render(&m->data, &r); /* charts stay readable: the sink counts their series and categories */
	assert_true(says(&r, "cheapest of 299 options"));
	row_is(&r, "cash", "option298|");
	done(&r);
	free(m);
}

/* Draws, changes of the ranking, choices and equivalents: all that a decider may add. */
static void all_of_a_decision(void **state)
{
	static const struct uncertain_option drawn[] = {
		{ "option0", 0.75, 0.01, 5, 1, 0, { 900, 1050, 1200, 1051, 1, 90 }, { 1, 2, 3, 2, 0, 1 } },
		{ "option1", 0.25, 0.01, 90, 1, 3, { NAN, NAN, NAN, NAN, NAN, NAN }, { 1, 2, 3, 2, 0, 1 } },
	};
	static const struct sobol_index sobol[] = { { "", "pue", "Overhead", 0.6, 0.02, 0.7, 0.02 },
						    { "option0", "price", "Price", 0.3, 0.02, NAN, 0 } };
	static const struct uncertainty u = { 1000, 2, 5, 42, drawn, 2, sobol, 2, "the cost", 81, 512,
					      "drawn", "Own it wins mostly" };
	static const double value[] = { 1, 2 }, cost_at[] = { NAN, 7 };
	struct made *m = make_with(2);
	const struct ranking_change change = { "option1", "price", "Price of a server",
		cm_figure(400, "USD", CM_ASSUMED), usd(500, CM_QUOTED), "option1", "option1", true, false,
		"s" };
	const struct choice_result choice = { "option0", "servers", "Servers", "npv", "cost",
		cm_figure(2, "1", CM_DERIVED), usd(7, CM_ASSUMED), value, cost_at, 2, NAN, 3, true,
		"two do" };
	const struct equivalent fleet = { "chat", "Rocket 9", "Rocket 9", 4,
		cm_figure(9, "token/s", CM_PUBLISHED),
		cm_figure_range(1.5, 1.4, 1.6, "1", 0, CM_PUBLISHED), cm_figure(6, "1", CM_PUBLISHED) };
	struct record r;

	(void)state;
	m->d.uncertainty = &u;
	m->d.changes = &change;
	m->d.choices = &choice;
	m->d.equivalents = &fleet;
	m->d.nchanges = m->d.nchoices = m->d.nequivalents = 1;
	m->d.equivalent_unit = "Rocket 8";
	render(&m->data, &r);
	assert_true(says(&r, "'Own it' costs least in 75 % of the draws"));
	row_is(&r, "draws", "Own it|75.0|900.0|1,050|1,200|5.0|0 of 1000 draws|");
	row_is(&r, "draws", "option1|25.0|not measured: it has no value|");
	row_is(&r, "draws", "3 of 1000 draws|");
	assert_true(says(&r, "In 2 draws no option can do the work"));
	row_is(&r, "variance", "Overhead|all|60.0|70.0|");
	row_is(&r, "variance", "Price|Own it|30.0|not measured: it has no value|");
	row_is(&r, "ranking", "Price of a server|option1|500|400.0|option1|yes|");
	row_is(&r, "choices", "Own it|Servers|2.000|7.00|not measured: it cannot do the work");
	assert_true(says(&r, "a wider range may be better"));
	row_is(&r, "equivalents", "chat|Rocket 9|4|9.000|1.50|6.000|");
	assert_true(says(&r, "How many of 'Rocket 8'"));
	done(&r);
	free(m);
}

/* ---- arithmetic of the performance section ---------------------------------------------------------- */

static void ratios_are_averaged_geometrically(void **state)
{
	static const char *const kernel[] = { "a", "b", "c", "d", "e", "f" };
	struct made *m = make_with(2);
	struct record r;

	(void)state;
	for (size_t i = 0; i < 5; i++) { /* twice and eight times as fast in turns, one of them a latency */
		const double q = i % 2 ? 8 : 2;
		add_row(m, a_row(kernel[i], "first", i == 1 ? 100 : 100 * q, i != 1));
		add_row(m, a_row(kernel[i], "second", i == 1 ? 100 * q : 100, i != 1));
	}
	render(&m->data, &r);
	row_is(&r, "device-ratios", "first (host)|second (host)|not measured: 5 kernels are verified on "
				    "both, at least 6 are needed|5|");
	done(&r);
	add_row(m, a_row("f", "first", 800, true));
	add_row(m, a_row("f", "second", 100, true));
	render(&m->data, &r);
	row_is(&r, "device-ratios", "first (host)|second (host)|4.000|6|");
	done(&r);
	/* a row that was not verified takes part in no mean */
	m->row[0].verified = false;
	render(&m->data, &r);
	row_is(&r, "device-ratios", "not measured: 5 kernels are verified on both");
	done(&r);
	free(m);
}

static void tuned_over_portable(void **state)
{
	struct made *m = make_with(2);
	struct result_row t = a_row("gemm", "d", 30, true), l = a_row("wait", "d", 10, false);
	struct record r;

	(void)state;
	t.variant = l.variant = "tuned";
	t.tuned_by = l.tuned_by = "fastblas 3";
	add_row(m, a_row("gemm", "d", 10, true));
	add_row(m, a_row("wait", "d", 20, false));
	add_row(m, t);
	add_row(m, l);
	t.size = 7; /* no portable row of this size */
	add_row(m, t);
	render(&m->data, &r);
	row_is(&r, "tuned-ratio", "gemm|fp64|1000 elements|d|fastblas 3|3.000|");
	row_is(&r, "tuned-ratio", "wait|fp64|1000 elements|d|fastblas 3|2.000|");
	row_is(&r, "tuned-ratio", "gemm|fp64|7 elements|d|fastblas 3|not measured: no verified portable");
	char *p = table_dup(&r, "portable-rows");
	assert_null(strstr(p, "30.0"));
	free(p);
	done(&r);
	free(m);
}

/* ---- errors ------------------------------------------------------------------------------------------ */

static void a_refused_block_ends_the_section(void **state)
{
	const struct section **list = report_sections_dup();
	struct made *m = make_with(3);

	(void)state;
	add_row(m, a_row("copy", "d", 10, true));
	for (size_t i = 0; list[i]; i++)
		for (size_t at = 1; at <= 3; at++) {
			struct record r = { .section = list[i]->name, .fail_at = at };
			struct cm_err err = { .st = CM_OK };
			const enum cm_status st = list[i]->emit(&m->data, sink, &r, &err);

			if (r.blocks >= at) {
				assert_int_equal(st, CM_EIO);
				assert_string_equal(err.why, "the disk is full");
				assert_int_equal(r.blocks, at); /* nothing after it */
			} else {
				assert_int_equal(st, CM_OK);
			}
			done(&r);
		}
	free(list);
	free(m);
}

static void cells_must_fill_rows(void **state)
{
	struct record r = { .section = "none" };
	struct cm_err err = { .st = CM_OK };
	struct compose c = compose_begin(sink, &r, &err);

	(void)state;
	compose_table(&c, "odd", "Odd");
	compose_column(&c, "a", "", 0, false);
	compose_column(&c, "b", "", 0, false);
	compose_cell(&c, "x", "");
	compose_table_end(&c, false);
	compose_text(&c, "not reached");
	assert_int_equal(compose_end(&c), CM_EINTERNAL);
	assert_non_null(strstr(err.why, "'odd'"));
	assert_false(says(&r, "not reached"));
	done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections_in_order),
		cmocka_unit_test(full_data),
		cmocka_unit_test(empty_data),
		cmocka_unit_test(hostile_text),
		cmocka_unit_test(missing_figures),
		cmocka_unit_test(bad_numbers),
		cmocka_unit_test(many_options),
		cmocka_unit_test(all_of_a_decision),
		cmocka_unit_test(ratios_are_averaged_geometrically),
		cmocka_unit_test(tuned_over_portable),
		cmocka_unit_test(a_refused_block_ends_the_section),
		cmocka_unit_test(cells_must_fill_rows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
