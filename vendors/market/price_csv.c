/*
 * A plain CSV of prices that belongs to no known format: a header that names its columns, one price a line.
 *
 * Columns are bound by the canonical names of api/price.h (ServiceProviderName, offer, price …) or by the
 * common words below; "price_usd" says the currency too. A line without a price is not a price of 0: it is
 * counted and left out. Without an offer, a price and a currency the file is refused.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/price.h"
#include "base/csv_scan.h"
#include "base/str.h"
#include "base/tally.h"

enum {
#define X(member, column) AT_##member,
	CM_PRICE_COLUMNS(X)
#undef X
	COLUMN_NR
};

static const char *const column_name[COLUMN_NR] = {
#define X(member, column) column,
	CM_PRICE_COLUMNS(X)
#undef X
};

static const struct { const char *word; int column; } words[] = {
	{ "provider", AT_provider }, { "vendor", AT_provider }, { "cloud", AT_provider },
	{ "instance", AT_offer }, { "instance_type", AT_offer }, { "instancetype", AT_offer }, { "model",
		AT_offer },
	{ "sku", AT_sku }, { "region", AT_region }, { "zone", AT_zone }, { "availability_zone", AT_zone },
	{ "timestamp", AT_start }, { "date", AT_start }, { "effective", AT_start }, { "from", AT_start },
	{ "until", AT_end }, { "to", AT_end }, { "valid_until", AT_end }, { "currency", AT_currency },
	{ "per", AT_unit }, { "unit", AT_unit }, { "months", AT_months }, { "payment", AT_payment },
	{ "gpu", AT_device_text }, { "gpu_name", AT_device_text }, { "device_name", AT_device_text },
	{ "gpus", AT_devices }, { "gpu_count", AT_devices }, { "os", AT_os }, { "description", AT_note },
	{ "source", AT_source }, { "upfront", AT_upfront }, { "price_hour", AT_price }, { "hourly_price",
		AT_price },
};

#define LONGEST_CELL 1000

struct price_ctx {
	struct csv_scan *scan;
	struct csv_view row;
	char *name, *address, *retrieved, currency[4];
	int at[COLUMN_NR];
	size_t header_cells;
	struct pool names;
	const char **unknown;
	size_t unknowns, unknown_cap;
	struct tally refused;
	struct price_refusal *list;
	char cell[COLUMN_NR][LONGEST_CELL + 1], line[24];
};

/* "price_usd", "price_eur": the column of prices, and their currency. */
static bool price_in(struct price_ctx *c, const char *word)
{
	if (strlen(word) != 9 || strncasecmp(word, "price_", 6) != 0)
		return false;
	for (int i = 0; i < 3; i++) {
		const char l = word[6 + i];
		if (!((l >= 'a' && l <= 'z') || (l >= 'A' && l <= 'Z')))
			return false;
		c->currency[i] = l >= 'a' ? (char)(l - 'a' + 'A') : l;
	}
	return true;
}

static int column_of(struct price_ctx *c, const char *word)
{
	for (int k = 0; k < COLUMN_NR; k++)
		if (cm_ieq(column_name[k], word))
			return k;
	for (size_t i = 0; i < CM_COUNT(words); i++)
		if (cm_ieq(words[i].word, word))
			return words[i].column;
	return price_in(c, word) ? AT_price : -1;
}

static enum cm_status header(struct price_ctx *c, struct cm_err *err)
{
	char word[128];
	const enum cm_status st = csv_scan_next(c->scan, &c->row, err);

	if (st == CM_END)
		return cm_fail(err, CM_EINPUT, "%s: it is empty; expected a header with offer and price",
			c->name);
	if (st)
		return st;
	c->header_cells = c->row.cells;
	for (size_t i = 0; i < c->row.cells; i++) {
		csv_view_text(&c->row, i, word, sizeof word);
		const int k = column_of(c, word);
		if (k >= 0 && c->at[k] < 0) {
			c->at[k] = (int)i;
		} else if (*word) {
			CM_PUSH(c->unknown, c->unknowns, c->unknown_cap);
			c->unknown[c->unknowns++] = pool_dup(&c->names, word);
		}
	}
	if (c->at[AT_offer] < 0 || c->at[AT_price] < 0)
		return cm_fail_at(err, CM_EINPUT, c->name, c->row.line, 0, "the header has no column for "
			"the %s; name it '%s'",
				  c->at[AT_offer] < 0 ? "offer" : "price", c->at[AT_offer] < 0 ? "offer"
				  : "price");
	if (c->at[AT_currency] < 0 && !*c->currency)
		return cm_fail_at(err, CM_EINPUT, c->name, c->row.line, 0, "the header does not say the "
			"currency; name the column "
				  "of prices 'price_usd', or add a column 'currency'");
	return CM_OK;
}

static void csv_prices_close(struct price_ctx *c)
{
	if (!c)
		return;
	csv_scan_close(c->scan);
	free(c->name);
	free(c->address);
	free(c->retrieved);
	free(c->unknown);
	free(c->list);
	pool_free(&c->names);
	tally_free(&c->refused);
	free(c);
}

static enum cm_status csv_prices_open(const struct price_from *from, struct price_ctx **out,
	struct cm_err *err)
{
	struct price_ctx *c = cm_alloc(sizeof *c);

	c->name = cm_strdup(from->name);
	c->address = cm_strdup(from->address);
	c->retrieved = cm_strdup(from->retrieved);
	for (size_t k = 0; k < COLUMN_NR; k++)
		c->at[k] = -1;
	c->scan = csv_scan_open(from->in);
	const enum cm_status st = header(c, err);
	if (st)
		csv_prices_close(c);
	else
		*out = c;
	return st;
}

/* NULL when the line is a price. */
static const char *refusal(struct price_ctx *c)
{
	struct dec price;

	if (c->row.cells > c->header_cells)
		return "broken line: more cells than the header";
	for (size_t k = 0; k < COLUMN_NR; k++) {
		c->cell[k][0] = '\0';
		if (c->at[k] >= 0 && (size_t)c->at[k] < c->row.cells &&
		    !csv_view_text(&c->row, (size_t)c->at[k], c->cell[k], sizeof c->cell[k]))
			return "a cell of more than 1,000 bytes";
	}
	if (!*c->cell[AT_offer])
		return "no offer is named";
	if (!*c->cell[AT_price])
		return "no price is stated: not known, which is not 0";
	if (!dec_parse(c->cell[AT_price], &price) || price.m < 0)
		return "the price is no decimal number";
	if (!*c->currency && !*c->cell[AT_currency])
		return "no currency is stated";
	return NULL;
}

static void fill(struct price_ctx *c, struct price_row *r)
{
#define X(member, column) if (c->at[AT_##member] >= 0) r->member = c->cell[AT_##member];
	CM_PRICE_COLUMNS(X)
#undef X
	snprintf(c->line, sizeof c->line, "%" PRIu64, c->row.line);
	if (!*r->currency)
		r->currency = c->currency;
	if (!*r->unit) {
		r->unit = "Hours";
		if (!*r->note)
			r->note = "an hour is assumed: the file does not say what the price is for";
	}
	if (!*r->scope)
		r->scope = "node";
	if (!*r->term)
		r->term = "on_demand";
	if (!*r->pricing)
		r->pricing = "Standard";
	if (!*r->months)
		r->months = "0";
	if (!*r->upfront)
		r->upfront = "0";
	if (!*r->basis)
		r->basis = "published";
	if (!*r->source)
		r->source = c->address;
	if (!*r->retrieved)
		r->retrieved = c->retrieved;
	r->file = c->name;
	r->line = c->line;
}

static enum cm_status csv_prices_next(struct price_ctx *c, struct price_row *row, struct cm_err *err)
{
	for (;;) {
		const enum cm_status st = csv_scan_next(c->scan, &c->row, err);
		if (st)
			return st;
		const char *why = refusal(c);
		if (!why) {
			fill(c, row);
			return CM_OK;
		}
		tally_rows(&c->refused, why, 1, c->name, c->row.line);
	}
}

static size_t csv_prices_refused(struct price_ctx *c, const struct price_refusal **out)
{
	tally_sort(&c->refused);
	free(c->list);
	c->list = cm_alloc((c->refused.n + 1) * sizeof *c->list);
	for (size_t i = 0; i < c->refused.n; i++)
		c->list[i] = (struct price_refusal){ c->refused.item[i].text, c->refused.item[i].rows,
						     c->refused.item[i].first };
	*out = c->list;
	return c->refused.n;
}

static size_t csv_prices_unknown(struct price_ctx *c, const char *const **out)
{
	*out = c->unknown;
	return c->unknowns;
}

const struct price_source price_csv = {
	.abi = CM_PRICE_ABI,
	.name = "csv",
	.desc = "any CSV with a header: offer, price_usd (or price and currency), date, region …",
	.provider = "",
	.open = csv_prices_open,
	.next = csv_prices_next,
	.refused = csv_prices_refused,
	.unknown = csv_prices_unknown,
	.close = csv_prices_close,
};
