/*
 * Every input with value, unit, basis and source, those that move the answer most first; defaults of ours
 * are marked. Knows no format.
 */
#include <stdlib.h>
#include <string.h>

#include "base/compose.h"
#include "base/decision_view.h"

struct entry { const struct report_input *in; unsigned place; };

/* Places are those of the cheapest option's inputs: an input of another option that has the same name has
 * none, nor has a default that the cheapest option replaces. */
static unsigned place_of(const struct decision *d, const struct report_input *x)
{
	if (!x->rank)
		return 0;
	if (*x->option)
		return strcmp(x->option, d->cheapest) ? 0 : x->rank;
	for (size_t i = 0; i < d->ninputs; i++)
		if (!strcmp(d->inputs[i].name, x->name) && *d->cheapest &&
		    !strcmp(d->inputs[i].option, d->cheapest))
			return 0;
	return x->rank;
}

/* By place, those without one last; then by name and option. */
static int by_weight(const void *a, const void *b)
{
	const struct entry *p = a, *q = b;
	const struct report_input *x = p->in, *y = q->in;
	const unsigned rx = p->place ? p->place : ~0u, ry = q->place ? q->place : ~0u;
	int o;

	if (rx != ry)
		return rx < ry ? -1 : 1;
	o = strcmp(x->name, y->name);
	o = o ? o : strcmp(x->option, y->option);
	o = o ? o : strcmp(x->file ? x->file : "", y->file ? y->file : "");
	if (!o && x->line != y->line)
		o = x->line < y->line ? -1 : 1;
	return o ? o : (x > y) - (x < y);
}

/* A model's default stands once for every option of its kind. */
static bool same(const struct report_input *x, const struct report_input *y)
{
	return !strcmp(x->name, y->name) && !strcmp(x->option, y->option) && x->line == y->line &&
	       x->col == y->col && x->file && y->file && !strcmp(x->file, y->file);
}

static size_t entries(struct compose *c, const struct decision *d, struct entry **out)
{
	struct entry *e = pool_alloc(&c->pool, (d->ninputs + 1) * sizeof *e);
	size_t n = 0;

	for (size_t i = 0; i < d->ninputs; i++)
		e[i] = (struct entry){ &d->inputs[i], place_of(d, &d->inputs[i]) };
	qsort(e, d->ninputs, sizeof *e, by_weight);
	for (size_t i = 0; i < d->ninputs; i++)
		if (!n || !same(e[n - 1].in, e[i].in))
			e[n++] = e[i];
	*out = e;
	return n;
}

static void input_row(struct compose *c, const struct report_data *r, const struct entry *e)
{
	const struct report_input *x = e->in;

	if (e->place)
		compose_cellf(c, "%u", e->place);
	else
		compose_cell(c, NULL, "weak");
	compose_cell(c, x->label, x->name);
	compose_cell(c, x->name, "not named");
	compose_cell(c, *x->option ? decision_label(r->decision, x->option) : "", "all");
	compose_figure(c, x->fig);
	compose_cell(c, x->text, "computed");
	compose_cell(c, x->is_default ? "default of ours" : "the scenario", "");
	compose_cell(c, x->source, "not stated");
	if (x->file && *x->file)
		compose_cellf(c, "%s:%zu:%zu", report_path(r, x->file), x->line, x->col);
	else
		compose_cell(c, NULL, "not known");
}

static void count(struct compose *c, const struct entry *e, size_t n)
{
	size_t ours = 0, assumed = 0, ranged = 0;

	for (size_t i = 0; i < n; i++) {
		const struct report_input *x = e[i].in;

		ours += x->is_default;
		assumed += x->fig.basis == CM_ASSUMED;
		ranged += !x->fig.missing && x->fig.lo < x->fig.hi;
	}
	compose_text(c, "The answer rests on %zu inputs: %zu are stated by the scenario, %zu are "
		     "defaults of ours. %zu are assumed, the others are measured, published, "
		     "quoted, listed or computed. %zu are given as a range. The place says which "
		     "input moves the cost of the cheapest option most; what is weak hardly moves "
		     "it.", n, n - ours, ours, assumed,
		     ranged);
}

static void bases(struct compose *c)
{
	static const struct { const char *word, *says; } basis[] = {
#define X(sym, w, s) { w, s },
		CM_BASES(X)
#undef X
	};

	compose_heading(c, "How a figure is known");
	compose_table(c, "bases", "The basis of a figure, strongest first");
	compose_column(c, "Basis", "", 0, false);
	compose_column(c, "Means", "", 0, false);
	for (size_t i = 0; i < CM_COUNT(basis); i++) {
		compose_cell(c, basis[i].word, "");
		compose_cell(c, basis[i].says, "");
	}
	compose_table_end(c, true);
}

static enum cm_status emit(const struct report_data *r, block_sink sink, void *state, struct cm_err *err)
{
	struct compose c = compose_begin(sink, state, err);
	const struct decision *d = r->decision;
	struct entry *list;
	const size_t n = entries(&c, d, &list);

	if (!d->ninputs) {
		compose_note(&c, CM_INCOMPLETE, "No inputs: the scenario states none.");
		return compose_end(&c);
	}
	count(&c, list, n);
	compose_table(&c, "inputs", "All inputs, strongest first");
	compose_column(&c, "Place", "", 0, true);
	compose_column(&c, "Input", "", 0, false);
	compose_column(&c, "Name", "", 0, false);
	compose_column(&c, "Option", "", 0, false);
	compose_column(&c, "Value", "", 0, true);
	compose_column(&c, "As written", "", 0, false);
	compose_column(&c, "Stated by", "", 0, false);
	compose_column(&c, "Source", "", 0, false);
	compose_column(&c, "Where", "", 0, false);
	for (size_t i = 0; i < n; i++)
		input_row(&c, r, &list[i]);
	compose_table_end(&c, n > 40);
	bases(&c);
	return compose_end(&c);
}

const struct section section_assumptions = {
	.abi = CM_REPORT_ABI, .name = "assumptions", .title = "Assumptions", .rank = 30, .emit = emit,
};
