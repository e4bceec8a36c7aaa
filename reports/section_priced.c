/*
 * What is bought, item by item: the priced configuration of each option with list price, discount, sum and
 * the row of the price table behind it. Knows no format; a price that nobody gave says so.
 */
#include <math.h>
#include <string.h>

#include "base/compose.h"
#include "base/decision_view.h"

static void columns(struct compose *c, const struct decision *d)
{
	compose_column(c, "Option", "", 0, false);
	compose_column(c, "Item", "", 0, false);
	compose_column(c, "Description", "", 0, false);
	compose_column(c, "Seller", "", 0, false);
	compose_column(c, "Quantity", "", 0, true);
	compose_column(c, "Price each", "", 'l', true);
	compose_column(c, "Discount", "", 'h', true);
	compose_column(c, "Sum", d->currency, 'l', true);
	compose_column(c, "Paid", "", 0, false);
	compose_column(c, "Source", "", 0, false);
	compose_column(c, "Price of", "", 0, false);
	compose_column(c, "Valid until", "", 0, false);
	compose_column(c, "Where", "", 0, false);
}

static void item_row(struct compose *c, const struct report_data *r, const struct price_item *p)
{
	const struct decision *d = r->decision;
	const struct figure quantity = isfinite(p->quantity)
		? cm_figure(p->quantity, "", p->extended.basis)
		: cm_figure_missing("", "the quantity is no line of the option");

	compose_cell(c, decision_label(d, p->option), "every option");
	compose_cell(c, p->sku, "not named");
	compose_cell(c, p->description, "not described");
	compose_cell(c, p->vendor, "the scenario");
	compose_figure(c, quantity);
	compose_exact(c, p->unit_price);
	compose_figure(c, p->discount);
	compose_figure(c, p->extended);
	compose_cell(c, p->kind, "not stated");
	compose_cell(c, p->source, "not stated");
	compose_cell(c, p->quoted_on, "not dated");
	compose_cell(c, p->valid_until, "not stated");
	compose_cellf(c, "%s:%zu", report_path(r, p->file), p->line);
}

static size_t items_of(const struct decision *d, const char *option)
{
	size_t n = 0;

	for (size_t i = 0; i < d->nitems; i++)
		n += !strcmp(d->items[i].option, option);
	return n;
}

/* Options of which nothing is priced by an item: their prices are among the assumptions. */
static void unpriced(struct compose *c, const struct decision *d)
{
	struct str s = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < d->noptions; i++)
		if (!items_of(d, d->options[i].name))
			str_addf(&s, "%s%s", n++ ? "; " : "", d->options[i].label);
	if (n)
		compose_note(c, CM_VALID, "Without an item of their own: %s. What they cost follows from "
			     "the assumptions below.", str_get(&s));
	str_free(&s);
}

static enum cm_status emit(const struct report_data *r, block_sink sink, void *state, struct cm_err *err)
{
	struct compose c = compose_begin(sink, state, err);
	const struct decision *d = r->decision;

	if (!d->nitems) {
		compose_note(&c, CM_INCOMPLETE, "No priced items: the scenario takes no price from the "
			     "price tables. Its prices are among the assumptions below.");
		return compose_end(&c);
	}
	compose_text(&c, "Every item that is bought or rented, as a customer would pay for it. The sum is "
		     "quantity times price, after the discount. Each price names its source and its row "
		     "in the price tables.");
	compose_table(&c, "priced-items", "Priced items by option");
	columns(&c, d);
	for (size_t i = 0; i < d->nitems; i++) /* of all options first, as they stand in the scenario */
		if (!*d->items[i].option)
			item_row(&c, r, &d->items[i]);
	for (size_t o = 0; o < d->noptions; o++)
		for (size_t i = 0; i < d->nitems; i++)
			if (!strcmp(d->items[i].option, d->options[o].name))
				item_row(&c, r, &d->items[i]);
	compose_table_end(&c, d->nitems > 40);
	unpriced(&c, d);
	return compose_end(&c);
}

const struct section section_priced = {
	.abi = CM_REPORT_ABI, .name = "priced", .title = "Priced configurations", .rank = 20, .emit = emit,
};
