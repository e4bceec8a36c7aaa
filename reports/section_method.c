/*
 * How it was measured and computed, what was not believed, and why each figure that is missing is missing.
 * It states only what the program does, and what the rows say of themselves.
 */
#include <stdlib.h>
#include <string.h>

#include "base/compose.h"
#include "base/decision_view.h"

/* ---- how ----------------------------------------------------------------------------------------- */

static void how_measured(struct compose *c, const struct report_data *r)
{
	unsigned least = 0, most = 0;
	size_t budget = 0, single = 0;

	for (size_t i = 0; i < r->nrows; i++) {
		const struct result_row *x = &r->rows[i];

		if (!x->launches)
			continue;
		least = !least || x->launches < least ? x->launches : least;
		most = x->launches > most ? x->launches : most;
		budget += !strcmp(x->stopped_by, "budget");
		single += x->launches == 1;
	}
	compose_heading(c, "How it was measured");
	compose_text(c, "Each row is started afresh several times as a process of its own, since "
		     "the samples of one start share its luck. Kernels and devices take turns in a "
		     "random order. Within a start: warm-up until steady, then samples until the "
		     "median is known well enough or the time is spent. The figure is the median "
		     "over the starts; its range holds the true median with 95 %% confidence and "
		     "comes from the differences between starts.");
	compose_text(c, "Every result is checked against a closed form or a more precise "
		     "computation, on fresh random data. A wrong result is never a figure. "
		     "Portable rows run one source text on every device, with the same effort of "
		     "tuning; rows tuned by a vendor stand apart.");
	if (!r->nrows)
		return;
	compose_text(c, "Rows of this report have %s starts. %zu of %zu ended because the time was "
		     "spent before the range was as narrow as asked for.",
		     least == most ? pool_printf(&c->pool, "%u", most)
				   : pool_printf(&c->pool, "%u to %u", least, most), budget, r->nrows);
	if (single)
		compose_note(c, CM_ESTIMATE, "Rows with one start only: %zu. The range between "
			     "starts is not known for them.", single);
}

static void how_computed(struct compose *c, const struct report_data *r)
{
	const struct decision *d = r->decision;
	const char *method = d->more ? cmj_text(cmj_get(d->more, "interval_method"), NULL) : NULL;

	compose_heading(c, "How it was computed");
	compose_text(c, "Costs follow from named formulas kept as text, with units checked. A "
		     "figure that is computed from others is known no better than the weakest of "
		     "them, and says so. All options do the same work; one that cannot do it is "
		     "left out, with the reason.");
	if (method)
		compose_text(c, "Ranges of costs: %s.", method);
}

/* ---- what was not believed, what is missing -------------------------------------------------------- */

static const char *row_name(struct compose *c, const struct result_row *r)
{
	return pool_printf(&c->pool, "%s%s%s, %s, %zu %s, %s", r->kernel, *r->op ? " " : "", r->op, r->type,
			   r->size, r->size_unit, *r->tuned_by ? r->tuned_by : r->backend);
}

static void entry(struct compose *c, const char *what, const char *which, const char *why)
{
	compose_cell(c, what, "other");
	compose_cell(c, which, "not named");
	compose_cell(c, why, "no reason was given");
}

static void doubts(struct compose *c, const struct report_data *r)
{
	size_t n = 0;

	compose_heading(c, "What is not believed");
	compose_table(c, "doubts", "Rows that failed a check of trust or were not verified");
	compose_column(c, "What", "", 0, false);
	compose_column(c, "Row", "", 0, false);
	compose_column(c, "Why", "", 0, false);
	for (size_t i = 0; i < r->nrows; i++) {
		const struct result_row *x = &r->rows[i];

		if (x->rate.missing || (x->trusted && x->verified))
			continue;
		entry(c, x->verified ? "not trusted" : "not verified", row_name(c, x), x->reason);
		n++;
	}
	compose_table_end(c, n > 40);
	if (!r->nrows)
		compose_text(c, "Nothing was measured, so nothing could be doubted.");
	else if (!n)
		compose_text(c, "Every measured row was verified and passed the checks: no "
			     "throttling, no other load on the machine, no drift.");
	else
		compose_text(c, "%zu of %zu rows. Read their figures as hints.", n, r->nrows);
}

static size_t missing_rows(struct compose *c, const struct report_data *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->nrows; i++) {
		const struct result_row *x = &r->rows[i];

		if (x->rate.missing) {
			entry(c, "rate", row_name(c, x), x->rate.missing);
			n++;
		}
	}
	return n;
}

/* Reasons that many rows share stand once, with their count. */
static size_t missing_cells(struct compose *c, const struct report_data *r, const char *what, bool energy)
{
	const char **why = pool_alloc(&c->pool, (r->nrows + 1) * sizeof *why);
	size_t *times = pool_alloc(&c->pool, (r->nrows + 1) * sizeof *times), n = 0;

	for (size_t i = 0; i < r->nrows; i++) {
		const struct figure *f = energy ? &r->rows[i].joules : &r->rows[i].roofline_share;
		size_t k = 0;

		if (!f->missing)
			continue;
		while (k < n && strcmp(why[k], f->missing) != 0)
			k++;
		if (k == n)
			why[n++] = f->missing;
		times[k]++;
	}
	for (size_t k = 0; k < n; k++)
		entry(c, what, pool_printf(&c->pool, times[k] == 1 ? "%zu row" : "%zu rows", times[k]),
		      why[k]);
	return n;
}

static void missing(struct compose *c, const struct report_data *r)
{
	const struct decision *d = r->decision;
	size_t n = 0;

	compose_heading(c, "What is missing, and why");
	compose_table(c, "missing", "Figures that this report does not have");
	compose_column(c, "Figure", "", 0, false);
	compose_column(c, "Of", "", 0, false);
	compose_column(c, "Why", "", 0, false);
	if (!r->nrows) {
		entry(c, "measured rows", "all", "the result store holds none: run `costmark run`");
		n++;
	}
	for (size_t i = 0; i < d->noptions; i++) {
		const struct option_result *o = &d->options[i];

		if (!o->excluded && !o->npv.missing)
			continue;
		entry(c, "total cost", o->label, o->excluded ? o->excluded_why : o->npv.missing);
		n++;
	}
	n += missing_rows(c, r);
	n += missing_cells(c, r, "share of the roof", false);
	n += missing_cells(c, r, "energy", true);
	for (size_t i = 0; i < r->npresent; i++) {
		if (r->present[i].present)
			continue;
		entry(c, r->present[i].kind, r->present[i].name, r->present[i].reason);
		n++;
	}
	compose_table_end(c, n > 40);
	if (!n)
		compose_text(c, "Nothing: every figure has a value.");
}

static void expectations(struct compose *c, const struct decision *d)
{
	const struct cmj *list = d->more ? cmj_get(d->more, "expect") : NULL;

	if (!cmj_len(list))
		return;
	compose_heading(c, "Figures that must come out");
	compose_text(c, "The scenario states figures that somebody published or checked by hand; "
		     "the report is INVALID where one does not come out.");
	compose_table(c, "expectations", "Expected and found");
	compose_column(c, "Figure", "", 0, false);
	compose_column(c, "Expected", "", 0, true);
	compose_column(c, "Found", "", 0, true);
	compose_column(c, "Unit", "", 0, false);
	compose_column(c, "Holds", "", 0, false);
	for (size_t i = 0; i < cmj_len(list); i++) {
		const struct cmj *x = cmj_at(list, i), *want = cmj_get(x, "expected"),
				 *found = cmj_get(x, "found");

		compose_cellf(c, "%s", cmj_text(cmj_get(x, "figure"), "not named"));
		if (cmj_is_string(want)) {
			compose_cellf(c, "%s", cmj_text(want, ""));
			compose_cellf(c, "%s", *cmj_text(found, "") ? cmj_text(found, "") : "none");
		} else {
			compose_cellf(c, "%.8g", cmj_double(want, 0));
			compose_cellf(c, "%.8g", cmj_double(found, 0));
		}
		compose_cellf(c, "%s", *cmj_text(cmj_get(x, "unit"), "") ? cmj_text(cmj_get(x, "unit"), "")
									  : "none");
		compose_cell(c, cmj_is_true(cmj_get(x, "holds")) ? "yes" : "no", "");
	}
	compose_table_end(c, false);
}

static enum cm_status emit(const struct report_data *r, block_sink sink, void *state, struct cm_err *err)
{
	struct compose c = compose_begin(sink, state, err);

	how_measured(&c, r);
	how_computed(&c, r);
	expectations(&c, r->decision);
	doubts(&c, r);
	missing(&c, r);
	if (r->nnotes)
		compose_heading(&c, "Notes");
	for (size_t i = 0; i < r->nnotes; i++)
		compose_note(&c, CM_VALID, "%s.", r->notes[i]);
	return compose_end(&c);
}

const struct section section_method = {
	.abi = CM_REPORT_ABI, .name = "method", .title = "Method and validity", .rank = 90, .emit = emit,
};
