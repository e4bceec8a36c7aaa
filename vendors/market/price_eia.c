/*
 * US retail electricity by state: EIA's API v2 (JSON) and tables of the kind
 * "description,units,cost".
 *
 * Prices are in cents per kilowatt-hour and become USD exactly. The row "US" is a mean over states
 * and is kept as such. A table has no period in it; the API has, and may give numbers as text.
 */
#include <ctype.h>
#include <string.h>

#include "base/desk_json.h"

#define MOST ((size_t)64 << 20) /* 5,000 rows an answer are 1 MB */

enum { STATE, UNITS, COST, PERIOD, SECTOR, COLUMNS };

static const struct desk_column columns[COLUMNS] = {
	{ "description|state|stateid", true }, { "units|price-units", true }, { "cost|price", true },
	{ "period|year", false }, { "sector|sectorid", false },
};

static const char *const list_keys[] = { "data", NULL };
static const char *const beside[] = { "total", "dateFormat", "frequency", "description", "request",
	"apiVersion",
				      "ExcelAddInVersion", "warnings", "id", NULL };

struct price_ctx {
	struct price_desk desk;
	struct desk_list list;
	int at[COLUMNS];
	bool json;
};

static const struct { const char *id, *name; } sectors[] = {
	{ "RES", "residential" }, { "COM", "commercial" }, { "IND", "industrial" },
	  { "TRA", "transportation" },
	{ "OTH", "other" }, { "ALL", "all sectors" },
};

static const char *sector_name(const char *id)
{
	for (size_t i = 0; i < CM_COUNT(sectors); i++)
		if (strcmp(sectors[i].id, id) == 0)
			return sectors[i].name;
	return id;
}

/* "2024" and "2024-05" → first day and the day after the last; anything else is kept as it is. */
static void set_period(struct price_desk *d, const char *period, struct price_row *r)
{
	int year = 0, month = 0;
	const size_t n = strlen(period);

	r->start = period;
	if (n == 4 && desk_digits(period, 4, &year)) {
		r->start = desk_text(d, "%04d-01-01", year);
		r->end = desk_text(d, "%04d-01-01", year + 1);
	} else if (n == 7 && desk_digits(period, 4, &year) && period[4] == '-' &&
		   desk_digits(period + 5, 2, &month) && month >= 1 && month <= 12) {
		r->start = desk_text(d, "%04d-%02d-01", year, month);
		r->end = desk_text(d, "%04d-%02d-01", month == 12 ? year + 1 : year, month % 12 + 1);
	}
}

static void give(struct price_desk *d, const char *state, const char *units, const char *cost,
		 const char *period, const char *sector, const char *place)
{
	struct price_row r = desk_row(d, place);

	if (!cm_starts(units, "cents per k")) {
		desk_refuse(d, "the unit is not cents per kilowatt-hour", place);
		return;
	}
	if (!money_is(cost) || money_is_zero(cost) || money_is_negative(cost)) {
		desk_refuse(d, *cost ? "the price is no number above 0" : "no price in the row", place);
		return;
	}
	r.provider = r.host = "eia";
	r.category = "Other";
	r.service = "Retail electricity";
	r.region = strcmp(state, "US") == 0 ? "us" : desk_text(d, "us-%s", desk_lower(d, state));
	r.offer = r.sku = desk_text(d, "electricity %s", *sector ? sector_name(sector) : "sector not told");
	r.sku_price = desk_text(d, "%s/%s", sector, period);
	r.pricing = "Standard";
	r.term = "tariff";
	r.price = desk_shift(d, cost, -2);
	r.unit = "kWh";
	r.scope = "kWh";
	r.currency = "USD";
	r.tier_start = "0";
	r.basis = "published";
	r.note = desk_text(d, "%s cents in the source%s", cost,
			   strcmp(state, "US") == 0 ? "; a mean over the states" : "");
	set_period(d, period, &r);
	desk_give(d, &r);
}

static enum cm_status json_record(struct price_ctx *ctx, struct cm_err *err)
{
	static const char *const known[] = { "period", "stateid", "stateDescription", "sectorid",
		"sectorName",
					     "price", "price-units", "sales", "sales-units", "revenue",
					     "revenue-units", "customers", "customers-units" };
	struct price_desk *d = &ctx->desk;
	const struct jp_node *item;
	const char *place;
	const enum cm_status st = desk_item(d, &ctx->list, &item, &place, err);

	if (st != CM_OK)
		return st;
	desk_members(d, item, known, CM_COUNT(known));
	if (!*jp_member(item, "stateid"))
		return desk_wrong(d, item->line, item->col, "expected a row with a stateid", err);
	give(d, jp_member(item, "stateid"), jp_member(item, "price-units"), jp_member(item, "price"),
	     jp_member(item, "period"), jp_member(item, "sectorid"), place);
	return CM_OK;
}

static enum cm_status record(struct price_ctx *ctx, struct cm_err *err)
{
	struct price_desk *d = &ctx->desk;
	struct csv_row row;
	const char *cell[COLUMNS];

	if (ctx->json)
		return json_record(ctx, err);
	const enum cm_status st = csv_next(d->csv, &row, err);
	if (st != CM_OK)
		return st;
	for (int i = 0; i < COLUMNS; i++)
		cell[i] = desk_cell(d, &row, ctx->at[i]);
	if (row.cells != d->columns)
		return cm_fail_at(err, CM_EINPUT, d->name, row.line, 1,
			"%zu cells, expected %zu as in the first row",
				  row.cells, d->columns);
	give(d, cell[STATE], cell[UNITS], cell[COST], cell[PERIOD], cell[SECTOR], desk_line(d, row.line));
	return CM_OK;
}

static enum cm_status eia_open(const struct price_from *from, struct price_ctx **out, struct cm_err *err)
{
	struct price_ctx *ctx = desk_open(sizeof *ctx, from, record);
	struct price_desk *d = &ctx->desk;
	enum cm_status st = desk_whole(d, MOST, err);
	const char *text = str_get(&d->bytes) + strspn(str_get(&d->bytes), "\xef\xbb\xbf \t\r\n");

	ctx->json = *text == '{' || *text == '[';
	ctx->list = (struct desk_list){ .keys = list_keys, .known = beside, .via = "response" };
	if (st == CM_OK && !ctx->json)
		st = desk_csv(d, columns, COLUMNS, ctx->at, err);
	if (st != CM_OK) {
		desk_close(ctx);
		return st;
	}
	*out = ctx;
	return CM_OK;
}

const struct price_source price_eia = {
	.abi = CM_PRICE_ABI, .name = "eia", .provider = "eia",
	.desc = "US retail electricity by state (EIA's API v2, or a CSV of states)",
	.holds = (const char *const[]){ "description,units,cost", "\"stateid\"\n\"sectorid\"", NULL },
	.open = eia_open, .next = desk_next, .refused = desk_refused, .unknown = desk_unknown,
	.close = desk_close,
};
