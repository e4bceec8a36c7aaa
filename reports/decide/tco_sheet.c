/*
 * The decision as live sheets: the inputs to change, the model's formulas, each option's answers and which
 * is the cheapest with the inputs as they then are. Made when somebody asks for the cells.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decide/tco.h"
#include "model/print_sheet.h"

#define CELLS_MOST 500000.0 /* of the model: more makes a workbook that opens slowly */

struct sheets { /* while the cells are handed over */
	const struct scenario *s;
	const struct decision *d;
	struct sheet_plan *plan;
	sheet_sink sink;
	void *state;
	struct cm_err *err;
	enum cm_status st;
	enum sheet_page page;
};

static void put(struct sheets *w, struct sheet_cell c)
{
	c.page = w->page;
	if (!w->st)
		w->st = w->sink(w->state, &c, w->err);
}

static void text(struct sheets *w, unsigned row, unsigned col, const char *t)
{
	if (t && *t)
		put(w, (struct sheet_cell){ .row = row, .col = col, .kind = SHEET_TEXT, .text = t });
}

static void title(struct sheets *w, const char *t)
{
	put(w, (struct sheet_cell){ .kind = SHEET_TITLE, .text = t });
}

static void head(struct sheets *w, unsigned row, unsigned col, const char *t)
{
	put(w, (struct sheet_cell){ .row = row, .col = col, .kind = SHEET_HEAD, .text = t });
}

static void number(struct sheets *w, unsigned row, unsigned col, double v)
{
	if (isfinite(v))
		put(w, (struct sheet_cell){ .row = row, .col = col, .kind = SHEET_NUMBER, .value = v });
}

static void heads(struct sheets *w, unsigned row, const char *const *t, size_t n)
{
	for (unsigned i = 0; i < n; i++)
		head(w, row, i, t[i]);
}

/* shows: the result where it is a text, else NULL. Takes the text over. */
static void formula(struct sheets *w, unsigned row, unsigned col, struct str *f, double value,
		    const char *shows)
{
	put(w, (struct sheet_cell){ .row = row, .col = col, .kind = SHEET_FORMULA, .text = str_get(f),
				    .value = value, .shows = shows });
	str_free(f);
}

/* ---- Assumptions -------------------------------------------------------------------------------- */

enum { IN_OPTION, IN_LABEL, IN_NAME, IN_VALUE, IN_UNIT, IN_FROM, IN_TO, IN_BASIS, IN_TEXT, IN_SOURCE,
       IN_WHERE, IN_RANK };
_Static_assert(IN_VALUE == SHEET_INPUT_COL, "formulas refer to this column");

/* The options that use an input: inputs of the same name may belong to one kind each. */
static void users(struct sheets *w, unsigned row, uint32_t line)
{
	const struct model_scope *scopes;
	const size_t n = model_scopes(w->s->model, &scopes);
	struct str who = { 0 };
	size_t used = 0;
	bool shared = false;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < scopes[i].lines; k++) {
			if (scopes[i].line[k] != line)
				continue;
			shared |= i == 0;
			if (used++ < 6)
				str_addf(&who, "%s%s", used > 1 ? ", " : "", scopes[i].name);
		}
	if (used > 6)
		str_add(&who, ", …");
	text(w, row, IN_OPTION, shared || used == w->s->options ? "all" : str_get(&who));
	str_free(&who);
}

static void input_row(struct sheets *w, size_t k)
{
	const struct report_input *in = &w->d->inputs[k];
	const unsigned row = SHEET_INPUT_ROW + (unsigned)k;
	const uint32_t *input;
	model_inputs(w->s->model, &input);
	users(w, row, input[k]);
	text(w, row, IN_LABEL, in->label);
	text(w, row, IN_NAME, in->name);
	put(w, (struct sheet_cell){ .row = row, .col = IN_VALUE, .kind = SHEET_INPUT,
				    .value = eval_value(w->s->base, input[k], 0),
				    .name = sheet_plan_name(w->plan, k) });
	text(w, row, IN_UNIT, strcmp(in->fig.unit, "1") == 0 ? "" : in->fig.unit);
	number(w, row, IN_FROM, in->fig.lo);
	number(w, row, IN_TO, in->fig.hi);
	text(w, row, IN_BASIS, cm_basis_word(in->fig.basis));
	text(w, row, IN_TEXT, in->text);
	text(w, row, IN_SOURCE, in->source);
	char *where = cm_printf_dup("%s:%zu%s", in->file, in->line, in->is_default
				    ? ", a default of ours" : "");
	text(w, row, IN_WHERE, where);
	free(where);
	if (in->rank)
		number(w, row, IN_RANK, in->rank);
}

static void assumptions(struct sheets *w)
{
	static const char *const column_head[] = { "Option", "Input", "Name", "Value", "Unit", "From", "To",
					    "Basis", "As written", "Source", "Where",
					    "Moves the answer: rank" };
	w->page = SHEET_ASSUMPTIONS;
	title(w, "Assumptions");
	text(w, 1, 0, "Change a coloured value: Model, Options and Verdict follow.");
	heads(w, 2, column_head, CM_COUNT(column_head));
	for (size_t k = 0; k < w->d->ninputs && !w->st; k++)
		input_row(w, k);
}

/* ---- Options ------------------------------------------------------------------------------------ */

enum { OPT_LABEL, OPT_NAME, OPT_KIND, OPT_NPV, OPT_UNIT_COST, OPT_UNIT, OPT_CAPEX, OPT_OPEX, OPT_TOTAL,
       OPT_CAN, OPT_COMPARED, OPT_TIMES, OPT_REPORTED };
#define OPT_ROW 3u

static uint32_t scope_of(const struct scenario *s, const char *option)
{
	for (size_t i = 0; i < s->options; i++)
		if (strcmp(s->option[i].name, option) == 0)
			return s->option[i].scope;
	return 0;
}

/* The live value of a line where it is a single one; the figure as it is where the option is left out of
 * the sheets; why there is none. */
static void answer(struct sheets *w, unsigned row, unsigned col, uint32_t scope, const char *name,
		   const struct figure *f)
{
	const struct model_line *line;
	const uint32_t l = model_find(w->s->model, scope, name);
	struct str ref = { 0 };
	model_lines(w->s->model, &line);
	if (f->missing || l == MODEL_NONE || line[l].series)
		text(w, row, col, f->missing ? f->missing : "no single value");
	else if (sheet_plan_ref(w->plan, l, &ref))
		formula(w, row, col, &ref, f->value, NULL);
	else
		number(w, row, col, f->value);
	str_free(&ref);
}

/* Every need holds in every month. */
static void can(struct sheets *w, unsigned row, uint32_t scope, const struct option_result *r)
{
	const struct model_scope *scopes;
	const struct model_line *line;
	struct str f = { 0 };
	bool live = true;
	size_t n = 0;
	model_scopes(w->s->model, &scopes);
	model_lines(w->s->model, &line);
	for (size_t i = 0; i < scopes[scope].lines && live; i++) {
		const uint32_t l = scopes[scope].line[i];
		if (line[l].def->role != ROLE_NEED)
			continue;
		str_add(&f, n++ ? "," : "IFERROR(IF(AND(");
		str_add(&f, line[l].series ? "COUNTIF(" : "");
		live = sheet_plan_ref(w->plan, l, &f);
		str_add(&f, line[l].series ? ",0)=0" : "<>0");
	}
	str_add(&f, "),\"yes\",\"no\"),\"no\")");
	if (n && live)
		formula(w, row, OPT_CAN, &f, NAN, r->excluded ? "no" : "yes");
	else
		text(w, row, OPT_CAN, r->excluded ? "no" : "yes");
	str_free(&f);
}

static void option_row(struct sheets *w, size_t i)
{
	const struct option_result *r = &w->d->options[i], *best = &w->d->options[0];
	const unsigned row = OPT_ROW + (unsigned)i, n = row + 1;
	const uint32_t scope = scope_of(w->s, r->name);
	text(w, row, OPT_LABEL, r->label);
	text(w, row, OPT_NAME, r->name);
	text(w, row, OPT_KIND, r->kind);
	answer(w, row, OPT_NPV, scope, "npv", &r->npv);
	answer(w, row, OPT_UNIT_COST, scope, "cost_per_unit", &r->cost_per_unit);
	text(w, row, OPT_UNIT, r->cost_per_unit.unit);
	answer(w, row, OPT_CAPEX, scope, "capex", &r->capex);
	answer(w, row, OPT_OPEX, scope, "opex_month", &r->opex_month);
	answer(w, row, OPT_TOTAL, scope, "total", &r->total);
	can(w, row, scope, r);
	const bool in = !r->excluded && !r->npv.missing;
	struct str f = { 0 };
	str_addf(&f, "IF(AND(J%u=\"yes\",ISNUMBER(D%u)),D%u,\"left out\")", n, n, n);
	formula(w, row, OPT_COMPARED, &f, in ? r->npv.value : NAN, in ? NULL : "left out");
	const double times = in ? r->npv.value / best->npv.value : NAN;
	str_addf(&f, "IF(ISNUMBER(K%u),K%u/MIN(K$%u:K$%zu),\"\")", n, n, OPT_ROW + 1,
		 OPT_ROW + w->d->noptions);
	formula(w, row, OPT_TIMES, &f, times, in ? NULL : "");
	if (!r->npv.missing)
		number(w, row, OPT_REPORTED, r->npv.value);
}

static void options(struct sheets *w)
{
	static const char *const column_head[] = { "Option", "Name", "Kind", "Present value of all costs",
					    "Cost per unit of work", "in", "Paid first", "A month",
					    "Total, undiscounted", "Can do the work", "Compared",
					    "Times the cheapest", "Present value as reported" };
	w->page = SHEET_OPTIONS;
	title(w, "Options");
	char *money = cm_printf_dup("Money in %s. All columns but the last follow the Assumptions.",
				    w->d->currency);
	text(w, 1, 0, money);
	free(money);
	heads(w, 2, column_head, CM_COUNT(column_head));
	for (size_t i = 0; i < w->d->noptions && !w->st; i++)
		option_row(w, i);
}

/* ---- Verdict ------------------------------------------------------------------------------------ */

/* "Options!$K$4:$K$9" */
static const char *column(const struct sheets *w, char letter, char *room, size_t cap)
{
	snprintf(room, cap, "Options!$%c$%u:$%c$%zu", letter, OPT_ROW + 1, letter,
		 OPT_ROW + w->d->noptions);
	return room;
}

/* The k-th least present value, and whose it is. */
static void place(struct sheets *w, unsigned row, const char *what, unsigned k, size_t ranked)
{
	char npv[64], label[64];
	struct str f = { 0 };
	const struct option_result *r = k <= ranked ? &w->d->options[k - 1] : NULL;
	column(w, 'K', npv, sizeof npv);
	column(w, 'A', label, sizeof label);
	text(w, row, 0, what);
	str_addf(&f, "IF(COUNT(%s)<%u,\"none\",INDEX(%s,MATCH(SMALL(%s,%u),%s,0)))", npv, k, label, npv,
		 k, npv);
	formula(w, row, 1, &f, NAN, r ? r->label : "none");
	str_addf(&f, "IF(COUNT(%s)<%u,\"\",SMALL(%s,%u))", npv, k, npv, k);
	formula(w, row, 2, &f, r ? r->npv.value : NAN, r ? NULL : "");
	text(w, row, 3, w->d->currency);
}

static void verdict(struct sheets *w)
{
	w->page = SHEET_VERDICT;
	title(w, w->d->title);
	text(w, 1, 0, w->d->question);
	if (!w->d->noptions)
		return;
	size_t ranked = 0;
	while (ranked < w->d->noptions && !w->d->options[ranked].excluded &&
	       !w->d->options[ranked].npv.missing)
		ranked++;
	head(w, 3, 0, "With these Assumptions");
	head(w, 3, 2, "Present value");
	place(w, 4, "Costs least", 1, ranked);
	place(w, 5, "Next", 2, ranked);
	text(w, 6, 0, w->s->decision->sheets->left_out);
	head(w, 7, 0, "As reported");
}

/* ---- all ---------------------------------------------------------------------------------------- */

static double cells_of(const struct scenario *s, uint32_t scope)
{
	const struct model_scope *scopes;
	model_scopes(s->model, &scopes);
	return (double)scopes[scope].lines * (s->months + 1);
}

/* Options, cheapest first, whose models fit. */
static size_t options_fit(const struct scenario *s, const struct decision *d)
{
	double cells = 0;
	for (size_t i = 0; i < d->noptions; i++) {
		cells += cells_of(s, scope_of(s, d->options[i].name));
		if (cells > CELLS_MOST)
			return i ? i : 1;
	}
	return d->noptions;
}

static struct sheet_plan *plan(const struct scenario *s, const struct decision *d)
{
	const size_t fit = options_fit(s, d);
	if (fit == d->noptions)
		return sheet_plan_new(s->model, NULL, 0);
	const struct model_scope *scopes;
	model_scopes(s->model, &scopes);
	uint32_t *line = NULL;
	size_t n = 0, cap = 0;
	for (size_t i = 0; i < fit; i++) {
		const struct model_scope *scope = &scopes[scope_of(s, d->options[i].name)];
		for (size_t k = 0; k < scope->lines; k++) {
			CM_PUSH(line, n, cap);
			line[n++] = scope->line[k];
		}
	}
	struct sheet_plan *p = sheet_plan_new(s->model, line, n);
	free(line);
	return p;
}

static enum cm_status cells(const struct sheet_model *m, sheet_sink sink, void *state,
			    struct cm_err *err)
{
	const struct scenario *s = m->graph;
	struct sheets w = { .s = s, .d = s->decision, .sink = sink, .state = state, .err = err };
	w.plan = plan(s, w.d);
	verdict(&w);
	if (w.d->noptions)
		options(&w);
	assumptions(&w);
	if (!w.st) {
		const char **label = cm_alloc((s->options + 2) * sizeof *label);
		for (size_t i = 0; i < s->options; i++)
			label[s->option[i].scope] = s->option[i].label;
		w.st = sheet_plan_cells(w.plan, s->base, label, sink, state, err);
		free(label);
	}
	sheet_plan_free(w.plan);
	return w.st;
}

void tco_sheet(struct tco *t)
{
	static const unsigned char verdict_width[] = { 44, 44, 18, 14, 14, 14 };
	static const unsigned char options_width[] = { 34, 24, 14, 18, 16, 18, 16, 16, 16, 12, 18, 12, 18 };
	static const unsigned char input_width[] = { 14, 44, 22, 14, 16, 12, 12, 11, 24, 50, 40, 10 };
	static const unsigned char model_width[] = { 22, 40, 14, 10, 24, 18 };
	static const struct sheet_look look[SHEET_PAGE_NR] = {
		[SHEET_VERDICT] = { 0, 0, CM_COUNT(verdict_width), verdict_width },
		[SHEET_OPTIONS] = { 3, 1, CM_COUNT(options_width), options_width },
		[SHEET_ASSUMPTIONS] = { 3, 3, CM_COUNT(input_width), input_width },
		[SHEET_MODEL] = { 1, 2, CM_COUNT(model_width), model_width },
	};
	struct sheet_model *m = pool_alloc(tco_pool(t), sizeof *m);
	memcpy(m->look, look, sizeof look);
	m->cells = cells;
	m->graph = t->s;
	const size_t fit = options_fit(t->s, t->d);
	m->left_out = fit == t->d->noptions ? "" : pool_printf(tco_pool(t),
		"The sheet Model holds the %zu cheapest of %zu options, and no figure across options: "
		"the others stand as they were reported.", fit, t->d->noptions);
	t->d->sheets = m;
}
