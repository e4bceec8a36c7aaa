/*
 * Carbon of grid electricity in g/kWh, as rows beside prices: Our World in Data (CSV by country and
 * year), codecarbon's energy mix (JSON) and cloud regions (CSV), cloud-carbon-footprint's factors
 * (CSV, t/kWh), Electricity Maps' yearly means (JSON).
 *
 * Such a row has no currency: its "price" is grams, its scope "carbon". All are annual means by
 * location; methods differ (direct or lifecycle, with imports or without), so the table is named in
 * the offer and tables are not mixed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/desk_json.h"

#define MOST ((size_t)64 << 20)

enum { PLACE, CODE, YEAR, AMOUNT, SELLER, STATED, COLUMNS };

/* The tables, by their column names; shift: decimal places from their unit to g/kWh. */
static const struct table { const char *offer,
	*title; int shift; struct desk_column column[COLUMNS]; } tables[] = {
	{ "our world in data", "Carbon intensity of electricity", 0,
	  { { "Entity", true }, { "Code", true }, { "Year", true },
	    { "Carbon intensity of electricity - gCO2/kWh|Carbon intensity of electricity (gCO2/kWh)|"
	      "Carbon intensity of electricity (gCO2e/kWh)|Carbon intensity of electricity - "
		"gCO2e/kWh", true },
	    { "-", false }, { "-", false } } },
	{ "cloud-carbon-footprint", "Grid emission factors", 6,
	  { { "Region", true }, { "-", false }, { "-", false },
	    { "CO2e (metric ton/kWh)", true }, { "-", false }, { "Source", false } } },
	{ "codecarbon", "Grid carbon of cloud regions", 0,
	  { { "region", true }, { "-", false }, { "-", false }, { "impact", true }, { "provider", true },
	    { "source", false } } },
};

/* Columns of the tables that say nothing about the amount. */
static const char *const beside[] = { "Country", "NERC Region", "providerName", "offsetRatio",
	"regionName", "country_name",
				      "countryIsoCode", "state", "city", "comment" };

struct price_ctx {
	struct price_desk desk;
	struct desk_list list;
	const struct table *table; /* NULL: JSON */
	int at[COLUMNS];
};

static const char *const no_keys[] = { NULL };

static void give(struct price_desk *d, const char *table, const char *title, const char *region,
	const char *name,
		 const char *year, const char *grams, const char *place)
{
	struct price_row r = desk_row(d, place);

	if (!*grams || !money_is(grams) || money_is_negative(grams)) {
		desk_refuse(d, *grams ? "the amount is no number" : "no amount in the row", place);
		return;
	}
	r.provider = r.host = "grid";
	r.category = "Other";
	r.service = title;
	r.region = desk_lower(d, *region ? region : name);
	r.sku = r.offer = desk_text(d, "grid carbon, %s", table);
	r.sku_price = desk_text(d, "%s/%s/%s", table, r.region, year);
	r.pricing = "Other";
	r.term = "rate";
	r.price = grams;
	r.unit = "g/kWh";
	r.scope = "carbon";
	r.basis = "published";
	if (*year) {
		r.start = desk_text(d, "%s-01-01", year);
		r.end = desk_text(d, "%lu-01-01", strtoul(year, NULL, 10) + 1);
	}
	r.note = name;
	if (money_compare(grams, "1") < 0 || money_compare(grams, "1500") > 0)
		r.note = desk_text(d, "%s (outside of 1 to 1500 g/kWh: is the unit right?)", name);
	desk_give(d, &r);
}

static enum cm_status json_record(struct price_ctx *ctx, struct cm_err *err)
{
	struct price_desk *d = &ctx->desk;
	const struct jp_node *item;
	const char *place;
	const enum cm_status st = desk_item(d, &ctx->list, &item, &place, err);

	if (st != CM_OK)
		return st;
	const char *key = ctx->list.record_key;
	const struct jp_node *maps = jp_get(item, "carbonIntensity");
	if (maps && strcmp(jp_member(maps, "unit"), "gCO2eq/kWh") != 0)
		desk_refuse(d, "another unit than gCO2eq/kWh", place);
	else if (maps)
		give(d, "electricity maps", "Carbon intensity, lifecycle, with imports", key,
		     jp_member(jp_get(item, "zone"), "zoneName"), "", jp_member(maps, "value"), place);
	else if (jp_get(item, "carbon_intensity"))
		give(d, "codecarbon mix", "Carbon intensity of electricity", key,
			jp_member(item, "country_name"),
		     jp_member(item, "year"), jp_member(item, "carbon_intensity"), place);
	else if (jp_get(item, "fossil_TWh"))
		desk_refuse(d, "no amount in the row", place);
	else
		return desk_wrong(d, item->line, item->col,
			"expected carbonIntensity or carbon_intensity: is this another format?",
				  err);
	return CM_OK;
}

static enum cm_status record(struct price_ctx *ctx, struct cm_err *err)
{
	struct price_desk *d = &ctx->desk;
	struct csv_row row;
	const char *cell[COLUMNS];

	if (!ctx->table)
		return json_record(ctx, err);
	const enum cm_status st = csv_next(d->csv, &row, err);
	if (st != CM_OK)
		return st;
	if (row.cells != d->columns)
		return cm_fail_at(err, CM_EINPUT, d->name, row.line, 1,
			"%zu cells, expected %zu as in the first row",
				  row.cells, d->columns);
	for (int i = 0; i < COLUMNS; i++)
		cell[i] = desk_cell(d, &row, ctx->at[i]);
	const char *grams = ctx->table->shift ? desk_shift(d, cell[AMOUNT], ctx->table->shift) : cell[AMOUNT];
	const char *region = ctx->at[CODE] >= 0 ? cell[CODE] : cell[PLACE];
	if (ctx->at[SELLER] >= 0)
		region = desk_text(d, "%s-%s", cell[SELLER], region);
	give(d, ctx->table->offer, ctx->table->title, region, *cell[STATED] ? cell[STATED]
		: cell[PLACE], cell[YEAR],
	     grams, desk_line(d, row.line));
	return CM_OK;
}

static enum cm_status header(struct price_ctx *ctx, struct cm_err *err)
{
	struct price_desk *d = &ctx->desk;
	struct csv_row row;
	enum cm_status st = desk_first_row(d, &row, "column names", err);

	for (size_t t = 0; st == CM_OK && t < CM_COUNT(tables); t++) {
		d->unknowns = 0;
		if (desk_bind(d, &row, tables[t].column, COLUMNS, ctx->at, NULL) != CM_OK)
			continue;
		ctx->table = &tables[t];
		size_t kept = 0;
		for (size_t i = 0; i < d->unknowns; i++) {
			bool known = false;
			for (size_t k = 0; k < CM_COUNT(beside) && !known; k++)
				known = strcmp(beside[k], d->unknown[i]) == 0;
			if (!known)
				d->unknown[kept++] = d->unknown[i];
		}
		d->unknowns = kept;
		return CM_OK;
	}
	return st != CM_OK ? st : desk_wrong(d, row.line, 1,
		"none of the tables of grid carbon that are known: expected "
					     "columns like Entity, Code, Year or Region, CO2e "
						"(metric ton/kWh)", err);
}

static enum cm_status grid_carbon_open(const struct price_from *from, struct price_ctx **out,
	struct cm_err *err)
{
	struct price_ctx *ctx = desk_open(sizeof *ctx, from, record);
	struct price_desk *d = &ctx->desk;
	enum cm_status st = desk_whole(d, MOST, err);
	const char *text = str_get(&d->bytes) + strspn(str_get(&d->bytes), "\xef\xbb\xbf \t\r\n");

	ctx->list = (struct desk_list){ .keys = no_keys, .map = true };
	if (st == CM_OK && *text != '{')
		st = header(ctx, err);
	if (st != CM_OK) {
		desk_close(ctx);
		return st;
	}
	*out = ctx;
	return CM_OK;
}

const struct price_source price_grid_carbon = {
	.abi = CM_PRICE_ABI, .name = "grid_carbon", .provider = "grid",
	.desc = "carbon of grid electricity in g/kWh (Our World in Data, codecarbon, ccf, Electricity Maps)",
	.holds = (const char *const[]){ "gCO2", "CO2e (metric ton/kWh)",
		"\"carbon_intensity\"", "countryIsoCode\nimpact", NULL },
	.open = grid_carbon_open, .next = desk_next, .refused = desk_refused, .unknown = desk_unknown,
	.close = desk_close,
};
