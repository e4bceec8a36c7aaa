/*
 * Azure Retail Prices, as the API answers: pages {Items, NextPageLink}, or a bare list.
 *
 * Its trap is the reservation row: the price of the whole term under "1 Hour". It becomes the
 * upfront price. A savingsPlan array beside an on-demand row holds real hourly prices and gives
 * rows of its own. Windows, dev/test, spot and low priority are told by words at the end of names;
 * what the public cannot buy is refused and counted. The number of devices is not in this API: the
 * resolver has it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/desk_json.h"
#include "base/file.h"

/* "10K" is a block of 10000 units: vendors/azure/pricing_units.csv. */
struct azure_unit { const char *spelling, *block, *unit; };

struct price_ctx {
	struct price_desk desk;
	struct desk_list list;
	struct azure_unit *unit; /* sorted by spelling */
	size_t units, unit_cap;
};

static const char *const list_keys[] = { "Items", "items", NULL };
static const char *const envelope[] = {
	"BillingCurrency", "CustomerEntityId", "CustomerEntityType", "NextPageLink", "Count", NULL,
};
static const char *const members[] = {
	"currencyCode", "tierMinimumUnits", "retailPrice", "unitPrice", "armRegionName", "location",
	"effectiveStartDate", "effectiveEndDate", "meterId", "meterName", "productId", "skuId", "productName",
	"skuName", "serviceName", "serviceId", "serviceFamily", "unitOfMeasure", "type",
	"isPrimaryMeterRegion", "armSkuName", "reservationTerm", "savingsPlan",
};

/* ---- units ---------------------------------------------------------------------------------------- */

static int by_spelling(const void *a, const void *b)
{
	return strcmp(((const struct azure_unit *)a)->spelling, ((const struct azure_unit *)b)->spelling);
}

static enum cm_status read_units(struct price_ctx *ctx, const char *path, struct cm_err *err)
{
	struct csv *csv = NULL;
	struct csv_row row;
	enum cm_status st = csv_open(path, &csv, err);

	if (st == CM_OK)
		st = csv_next(csv, &row, err); /* unit_of_measure,block,unit */
	while (st == CM_OK && (st = csv_next(csv, &row, err)) == CM_OK) {
		if (row.cells != 3 || !money_is(row.cell[1])) {
			st = cm_fail_at(err, CM_EINPUT, path, row.line, 1,
					"expected a spelling, a block size and a unit");
			break;
		}
		CM_PUSH(ctx->unit, ctx->units, ctx->unit_cap);
		ctx->unit[ctx->units++] = (struct azure_unit){
			pool_dup(&ctx->desk.pool, row.cell[0]), pool_dup(&ctx->desk.pool, row.cell[1]),
			pool_dup(&ctx->desk.pool, row.cell[2]) };
	}
	csv_close(csv);
	if (ctx->units)
		qsort(ctx->unit, ctx->units, sizeof *ctx->unit, by_spelling);
	return st == CM_END ? CM_OK : st;
}

static const struct azure_unit *unit_named(const struct price_ctx *ctx, const char *spelling)
{
	const struct azure_unit key = { spelling, "", "" };
	return ctx->units ? bsearch(&key, ctx->unit, ctx->units, sizeof key, by_spelling) : NULL;
}

/* PricingUnit with its block; what one unit costs goes into the note. False: the spelling is not in
 * the table. */
static bool set_unit(struct price_ctx *ctx, const char *spelling, const char *price, struct price_row *r)
{
	struct price_desk *d = &ctx->desk;
	const struct azure_unit *u = unit_named(ctx, spelling);
	char each[MONEY_CAP];

	if (!u)
		return false;
	const bool block = strcmp(u->block, "1") != 0;
	r->unit = block ? desk_text(d, "%s %s", u->block, u->unit) : u->unit;
	if (block && money_divide(price, u->block, 18, each))
		r->note = desk_text(d, "%s for one", each);
	return true;
}

/* ---- rows ----------------------------------------------------------------------------------------- */

/* "1 Year", "3 Years" → months; 0: not such a term. */
static unsigned months_of(const char *term)
{
	const unsigned long n = strtoul(term, NULL, 10);
	const char *unit = term + strspn(term, "0123456789 ");

	if (n == 0 || n > 20)
		return 0;
	if (strcmp(unit, "Year") == 0 || strcmp(unit, "Years") == 0)
		return (unsigned)n * 12;
	return strcmp(unit, "Month") == 0 || strcmp(unit, "Months") == 0 ? (unsigned)n : 0;
}

static bool has_word(const char *text, const char *word)
{
	return strstr(text, word) != NULL;
}

/* Products beside the plain virtual machine, by their name. */
static const struct { const char *word, *reason; } other_products[] = {
	{ "Dedicated Host", "another product: dedicated host" },
	{ "Cloud Services", "another product: cloud services" },
	{ "CloudServices", "another product: cloud services" },
	{ "Promo", "another product: promotion" },
};

static const char *other_product(const char *product)
{
	for (size_t i = 0; i < CM_COUNT(other_products); i++)
		if (has_word(product, other_products[i].word))
			return other_products[i].reason;
	return NULL;
}

static void term_of(const struct jp_node *item, struct price_row *r)
{
	const char *sku = jp_member(item, "skuName"), *meter = jp_member(item, "meterName");
	const bool spot = cm_ends(sku, " Spot") || cm_ends(meter, " Spot");
	const bool low = cm_ends(sku, " Low Priority") || cm_ends(meter, " Low Priority");

	r->pricing = spot || low ? "Dynamic" : "Standard";
	r->term = spot || low ? "spot" : "on_demand";
	if (low)
		r->note = "low priority";
}

/* Rows of the savingsPlan array: per hour, unlike reservations. */
static void savings_plans(struct price_desk *d, const struct jp_node *item, const struct price_row *base,
			  const char *place)
{
	const struct jp_node *list = jp_get(item, "savingsPlan");
	size_t i = 0;

	for (const struct jp_node *p = list ? list->first : NULL; p; p = p->next, i++) {
		const unsigned months = months_of(jp_member(p, "term"));
		struct price_row r = *base;
		r.line = desk_text(d, "%s/savingsPlan/%zu", place, i);
		if (!months || !money_is(jp_member(p, "retailPrice")) ||
		    money_is_negative(jp_member(p, "retailPrice"))) {
			desk_refuse(d, "savings plan without a known term and price", r.line);
			continue;
		}
		r.price = jp_member(p, "retailPrice");
		r.pricing = "Committed";
		r.term = "savings_plan";
		r.discount = "Spend";
		r.payment = "none";
		r.months = desk_text(d, "%u", months);
		r.list_price = base->price;
		r.effective = "";
		r.sku_price = desk_text(d, "%s/%s", base->sku_price, jp_member(p, "term"));
		desk_give(d, &r);
	}
}

static void describe(struct price_desk *d, const struct jp_node *item, struct price_row *r)
{
	const char *product = jp_member(item, "productName");

	r->provider = r->host = "azure";
	r->service = jp_member(item, "serviceName");
	r->category = strcmp(jp_member(item, "serviceFamily"), "Compute") == 0 ? "Compute"
		      : jp_member(item, "serviceFamily");
	r->sku = jp_member(item, "skuId");
	r->sku_price = desk_text(d, "%s/%s/%s/%s/%s", jp_member(item, "meterId"), r->sku,
				 jp_member(item, "type"), jp_member(item, "reservationTerm"),
				 jp_member(item, "tierMinimumUnits"));
	r->offer = *jp_member(item, "armSkuName") ? jp_member(item, "armSkuName")
		: jp_member(item, "meterName");
	r->region = desk_lower(d, jp_member(item, "armRegionName"));
	r->currency = jp_member(item, "currencyCode");
	r->os = cm_ends(product, " Windows") || cm_ends(product, " Win") ? "windows"
		: strcmp(r->service, "Virtual Machines") == 0 ? "linux" : "";
	r->license = *r->os ? "included" : "";
	r->tenancy = *r->os ? "shared" : "";
	r->scope = strcmp(r->service, "Virtual Machines") == 0 ? "node" : "component";
	r->start = jp_member(item, "effectiveStartDate");
	r->end = jp_member(item, "effectiveEndDate");
	r->tier_start = money_is_zero(jp_member(item, "tierMinimumUnits")) ? "0"
			: jp_member(item, "tierMinimumUnits");
}

/* Why the row is no offer to the public, or NULL. */
static const char *no_offer(const struct jp_node *item, const char *price)
{
	const char *type = jp_member(item, "type");

	if (!*jp_member(item, "currencyCode"))
		return "no currency";
	if (!money_is(price) || money_is_negative(price))
		return "the price is no number";
	if (money_is_zero(price))
		return "price 0: a free grant or an unfilled row";
	if (strcmp(type, "DevTestConsumption") == 0)
		return "dev/test price: not for the public";
	if (strcmp(type, "Consumption") != 0 && strcmp(type, "Reservation") != 0)
		return "a type of price that is not known";
	if (other_product(jp_member(item, "productName")))
		return other_product(jp_member(item, "productName"));
	return NULL;
}

static enum cm_status record(struct price_ctx *ctx, struct cm_err *err)
{
	struct price_desk *d = &ctx->desk;
	const struct jp_node *item;
	const char *place;
	const enum cm_status st = desk_item(d, &ctx->list, &item, &place, err);

	if (st != CM_OK)
		return st;
	if (!jp_is(item, JP_OBJECT))
		return desk_wrong(d, item->line, item->col, "expected an object of a price", err);
	desk_members(d, item, members, CM_COUNT(members));
	const char *price = jp_member(item, "retailPrice"), *reason = no_offer(item, price);
	if (reason) {
		desk_refuse(d, reason, place);
		return CM_OK;
	}
	struct price_row r = desk_row(d, place);
	describe(d, item, &r);
	if (!set_unit(ctx, jp_member(item, "unitOfMeasure"), price, &r)) {
		desk_refuse(d, desk_text(d, "the unit '%.60s' is not in the table of units",
					 jp_member(item, "unitOfMeasure")), place);
		return CM_OK;
	}
	if (strcmp(jp_member(item, "type"), "Reservation") == 0) {
		const unsigned months = months_of(jp_member(item, "reservationTerm"));
		if (!months) {
			desk_refuse(d, "reservation without a known term", place);
			return CM_OK;
		}
		r.price = "0";
		r.upfront = price;
		r.months = desk_text(d, "%u", months);
		r.pricing = "Committed";
		r.term = "reserved";
		r.discount = "Usage";
		r.payment = "all";
		r.unit = "Hours";
		r.note = "the source prints the price of the whole term under '1 Hour'";
		desk_give(d, &r);
		return CM_OK;
	}
	r.price = price;
	term_of(item, &r);
	r.list_price = strcmp(r.term, "on_demand") == 0 ? price : "";
	desk_give(d, &r);
	savings_plans(d, item, &r, place);
	return CM_OK;
}

static void azure_retail_close(struct price_ctx *ctx)
{
	if (ctx)
		free(ctx->unit);
	desk_close(ctx);
}

static enum cm_status azure_retail_open(const struct price_from *from, struct price_ctx **out,
					struct cm_err *err)
{
	struct price_ctx *ctx = desk_open(sizeof *ctx, from, record);
	const char *data = file_data_dir();
	char *path = cm_printf_dup("%s/vendors/azure/pricing_units.csv", data ? data : ".");
	const enum cm_status st = read_units(ctx, path, err);

	free(path);
	if (st != CM_OK) {
		azure_retail_close(ctx);
		return st;
	}
	ctx->list = (struct desk_list){ .keys = list_keys, .known = envelope };
	*out = ctx;
	return CM_OK;
}

const struct price_source price_azure_retail = {
	.abi = CM_PRICE_ABI, .name = "azure_retail", .provider = "azure",
	.desc = "Azure Retail Prices (JSON pages): on demand, spot, reservations, savings plans",
	.holds = (const char *const[]){ "\"retailPrice\"", NULL },
	.open = azure_retail_open, .next = desk_next, .refused = desk_refused, .unknown = desk_unknown,
	.close = azure_retail_close,
};
