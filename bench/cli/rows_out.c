/*
 * Result rows on standard output (see rows_out.h). Every figure with its interval; what is missing says
 * why below the table, so that no reason is cut to a column's width.
 */
#include "cli/rows_out.h"

#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/textable.h"
#include "cli/caps_out.h"
#include "cli/row_words.h"

static void figure_cell(struct textable *t, const struct figure *f)
{
	char text[64];

	if (f->missing) {
		textable_cell(t, "-");
		return;
	}
	cm_figure_print(f, 0, text, sizeof text);
	textable_cell(t, text);
}

static void interval_cell(struct textable *t, const struct result_row *r)
{
	if (r->rate.missing || !(r->rate.value > 0))
		textable_cell(t, "");
	else if (r->launches < 2)
		textable_cell(t, "one launch");
	else
		textable_cellf(t, "±%.1f %%", 50 * (r->rate.hi - r->rate.lo) / r->rate.value);
}

static void state_cell(struct textable *t, const struct result_row *r)
{
	if (strcmp(r->status, "ok") != 0)
		textable_cell(t, r->status);
	else if (!r->trusted)
		textable_cell(t, "untrusted");
	else
		textable_cell(t, r->verified ? "verified" : "not verified");
}

static void row_cells(struct textable *t, const struct result_row *r)
{
	char *variant = row_variant_dup(r, true);

	textable_cellf(t, "%s%s%s", r->kernel, *r->op ? " " : "", r->op);
	textable_cell(t, r->type);
	textable_cellf(t, "%zu", r->size);
	textable_cell(t, r->backend);
	textable_cell(t, variant);
	figure_cell(t, &r->rate);
	textable_cell(t, r->rate.unit ? r->rate.unit : "");
	interval_cell(t, r);
	textable_cellf(t, "%u/%u", r->launches, r->samples);
	if (r->roofline_share.missing)
		textable_cell(t, "-");
	else
		textable_cellf(t, "%.0f %%", 100 * r->roofline_share.value);
	state_cell(t, r);
	free(variant);
}

static void print_table(const struct store_rows *rows)
{
	static const char *const titles[] = { "kernel", "type", "size", "backend", "variant", "median",
					      "unit", "95 %", "launches/samples", "of roof", "state" };
	struct textable *t = textable_new("llrllrlrrrl", titles);
	struct str safe = { 0 };

	for (size_t i = 0; i < rows->n; i++)
		row_cells(t, &rows->row[i]);
	textable_print(t, stdout, 0);
	for (size_t i = 0; i < rows->n; i++) {
		const struct result_row *r = &rows->row[i];

		if (!*r->reason)
			continue;
		str_clear(&safe);
		esc_terminal(&safe, r->reason);
		printf("%s%s%s %s on %s: %s\n", r->kernel, *r->op ? " " : "", r->op, r->type, r->backend,
		       str_get(&safe));
	}
	str_free(&safe);
}

/* What was held at parts of the load: a line each, below the table. */
static void print_levels(const struct result_row *r)
{
	static const char *const titles[] = { "load", "work/s", "W", "J of a unit of work" };
	struct textable *t = textable_new("rrrr", titles);
	char *name = row_name_dup(r, true);

	for (size_t i = 0; i < r->levels; i++) {
		const struct load_level *l = &r->level[i];
		const struct figure each =
			l->watts.missing || !(l->rate > 0)
				? cm_figure_missing("J", "idle")
				: cm_figure(l->watts.value / l->rate, "J", CM_DERIVED);

		if (l->load > 0)
			textable_cellf(t, "%.0f %%", 100 * l->load);
		else
			textable_cell(t, "active idle");
		textable_cellf(t, "%.4g", l->rate);
		figure_cell(t, &l->watts);
		figure_cell(t, &each);
	}
	printf("\n%s, at parts of its rate, power %s:\n", name,
	       r->level[0].watts.missing ? r->level[0].watts.missing
					 : cm_basis_word(r->level[0].watts.basis));
	textable_print(t, stdout, 0);
	free(name);
}

void rows_print(const struct store_rows *rows, const struct args *a, const char *document,
		const char *run_id)
{
	struct cmj *doc, *list;
	struct cap_prices p = { .work = 1 };
	struct cm_err ignored; /* the command has read them before it began */

	if (!strcmp(document, "run") && cap_prices_read(a, &p, &ignored))
		p = (struct cap_prices){ .work = 1 };
	if (!args_has(a, "json")) {
		print_table(rows);
		for (size_t i = 0; i < rows->n; i++)
			if (rows->row[i].levels)
				print_levels(&rows->row[i]);
		caps_out_print(rows, &p);
		return;
	}
	doc = cmj_document(document);
	list = cmj_array();
	if (run_id)
		cmj_set(doc, "run", cmj_string(run_id));
	for (size_t i = 0; i < rows->n; i++)
		cmj_push(list, cm_row_json(&rows->row[i]));
	cmj_set(doc, "rows", list);
	if (caps_out_any(rows))
		cmj_set(doc, "power_caps", caps_out_json(rows, &p));
	cmd_print_json(doc);
}
