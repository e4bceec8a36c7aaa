/*
 * FOCUS cost exports, 1.0 to 1.4 (CSV): what the buyer was charged, not what is on offer.
 *
 * The contracted unit price is what the buyer really pays: basis quoted. Without one the list price
 * stands, basis listed. NULL is written as that word, or empty. Providers' columns were renamed in
 * 1.3: both are read. The same price of the same SKU comes once, the rest is counted.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/price_desk.h"

enum {
	SERVICE_PROVIDER, HOST_PROVIDER, CATEGORY, SERVICE, SKU, SKU_PRICE, REGION, ZONE, PRICING,
		DISCOUNT, LIST,
	CONTRACTED, UNIT, CURRENCY, CHARGE, CHARGE_START, CHARGE_END, DESCRIPTION, RESOURCE_TYPE, COLUMNS
};

static const struct desk_column columns[COLUMNS] = {
	[SERVICE_PROVIDER] = { "ServiceProviderName|ProviderName", true },
	[HOST_PROVIDER] = { "HostProviderName|PublisherName", false },
	[CATEGORY] = { "ServiceCategory", false }, [SERVICE] = { "ServiceName", false },
	[SKU] = { "SkuId", false }, [SKU_PRICE] = { "SkuPriceId", true },
	[REGION] = { "RegionId|Region", false }, [ZONE] = { "AvailabilityZone", false },
	[PRICING] = { "PricingCategory", false }, [DISCOUNT] = { "CommitmentDiscountCategory", false },
	[LIST] = { "ListUnitPrice", true }, [CONTRACTED] = { "ContractedUnitPrice", true },
	[UNIT] = { "PricingUnit", true }, [CURRENCY] = { "BillingCurrency", true },
	[CHARGE] = { "ChargeCategory", true }, [CHARGE_START] = { "ChargePeriodStart", true },
	[CHARGE_END] = { "ChargePeriodEnd", false }, [DESCRIPTION] = { "ChargeDescription", false },
	[RESOURCE_TYPE] = { "ResourceType", false },
};

/* Columns of FOCUS 1.0 to 1.4 that a price does not need. */
static const char *const other_columns[] = {
	"BilledCost", "BillingAccountId", "BillingAccountName", "BillingAccountType", "BillingPeriodEnd",
	"BillingPeriodStart", "CapacityReservationId", "CapacityReservationStatus", "ChargeClass",
	"ChargeFrequency", "CommitmentDiscountId", "CommitmentDiscountName", "CommitmentDiscountQuantity",
	"CommitmentDiscountStatus", "CommitmentDiscountType", "CommitmentDiscountUnit", "ConsumedQuantity",
	"ConsumedUnit", "ContractedCost", "ContractApplied", "EffectiveCost", "InvoiceId",
		"InvoiceIssuerName",
	"ListCost", "PricingCurrency", "PricingCurrencyContractedUnitPrice",
	"PricingCurrencyEffectiveCost", "PricingCurrencyListUnitPrice", "PricingQuantity", "RegionName",
	"ResourceId", "ResourceName", "ServiceSubcategory", "SkuMeter", "SkuPriceDetails", "SubAccountId",
	"SubAccountName", "SubAccountType", "Tags", "AllocatedMethodId", "AllocatedMethodDetails",
	"AllocatedResourceId", "AllocatedResourceName", "AllocatedTags",
	"CommitmentProgramEligibilityDetails", "InvoiceDetailId",
};

#define SEEN 65536 /* fingerprints of prices already given; a forgotten one only comes twice */

struct price_ctx {
	struct price_desk desk;
	int at[COLUMNS];
	uint64_t seen[SEEN];
};

static const struct { const char *name, *vendor; } sellers[] = {
	{ "AWS", "aws" }, { "Amazon Web Services", "aws" }, { "Amazon Web Services, Inc.", "aws" },
	{ "Microsoft", "azure" }, { "Azure", "azure" }, { "Microsoft Azure", "azure" },
	  { "Google", "gcp" }, { "Google Cloud", "gcp" },
	{ "Google Cloud Platform", "gcp" }, { "GCP", "gcp" }, { "Oracle", "oracle" },
	{ "Oracle Cloud Infrastructure", "oracle" },
};

static const char *seller(struct price_desk *d, const char *name)
{
	for (size_t i = 0; i < CM_COUNT(sellers); i++)
		if (cm_ieq(sellers[i].name, name))
			return sellers[i].vendor;
	return desk_lower(d, name);
}

static bool seen_before(struct price_ctx *ctx, const char *text)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3u;
	uint64_t *slot = &ctx->seen[(h ^ h >> 31) % SEEN];
	const bool same = *slot == h;
	*slot = h;
	return same;
}

/* "2024-09-18 22:00:00" → "2024-09-18T22:00:00Z"; FOCUS says times are UTC. */
static const char *utc(struct price_desk *d, const char *text)
{
	if (strlen(text) == 19 && text[10] == ' ')
		return desk_text(d, "%.10sT%.8sZ", text, text + 11);
	return text;
}

static bool is_price(const char *s)
{
	return money_is(s) && !money_is_zero(s) && !money_is_negative(s);
}

/* Why the charge tells no price, or NULL. */
static const char *no_price(const char *const *cell)
{
	if (strcmp(cell[CHARGE], "Usage") != 0 && strcmp(cell[CHARGE], "Purchase") != 0)
		return "a charge that is neither usage nor purchase (tax, credit, adjustment)";
	if (!*cell[SKU_PRICE] && !*cell[SKU])
		return "no SKU";
	if (!*cell[CURRENCY])
		return "no currency";
	if (!*cell[UNIT])
		return "no pricing unit";
	if ((*cell[LIST] && !money_is(cell[LIST])) || (*cell[CONTRACTED] && !money_is(cell[CONTRACTED])))
		return "the unit price is no number";
	if (!is_price(cell[LIST]) && !is_price(cell[CONTRACTED]))
		return "no unit price above 0";
	return NULL;
}

/* A commitment's rate is told by its category; some exports call its PricingCategory Other. */
static const char *term_of(const char *pricing, const char *discount)
{
	const bool committed = !strcmp(pricing, "Committed") || (!strcmp(pricing, "Other") && *discount);

	if (committed)
		return !strcmp(discount, "Spend") ? "savings_plan" : "reserved";
	return !strcmp(pricing, "Dynamic") ? "spot" : "on_demand";
}

static enum cm_status record(struct price_ctx *ctx, struct cm_err *err)
{
	struct price_desk *d = &ctx->desk;
	struct csv_row row;
	const char *cell[COLUMNS];
	const enum cm_status st = csv_next(d->csv, &row, err);

	if (st != CM_OK)
		return st;
	if (row.cells != d->columns)
		return cm_fail_at(err, CM_EINPUT, d->name, row.line, 1,
			"%zu cells, expected %zu as in the first row",
				  row.cells, d->columns);
	for (int i = 0; i < COLUMNS; i++) {
		cell[i] = desk_cell(d, &row, ctx->at[i]);
		if (strcmp(cell[i], "NULL") == 0)
			cell[i] = "";
	}
	const char *place = desk_line(d, row.line), *reason = no_price(cell);
	if (reason) {
		desk_refuse(d, reason, place);
		return CM_OK;
	}
	struct price_row r = desk_row(d, place);
	const bool quoted = is_price(cell[CONTRACTED]);
	r.provider = seller(d, cell[SERVICE_PROVIDER]);
	r.host = *cell[HOST_PROVIDER] ? seller(d, cell[HOST_PROVIDER]) : r.provider;
	r.category = cell[CATEGORY];
	r.service = cell[SERVICE];
	r.sku = *cell[SKU] ? cell[SKU] : cell[SKU_PRICE];
	r.sku_price = *cell[SKU_PRICE] ? cell[SKU_PRICE] : r.sku;
	r.offer = r.sku;
	r.region = desk_lower(d, cell[REGION]);
	r.zone = desk_lower(d, cell[ZONE]);
	r.pricing = *cell[PRICING] ? cell[PRICING] : "Standard";
	r.term = term_of(r.pricing, cell[DISCOUNT]);
	r.discount = cell[DISCOUNT];
	r.price = quoted ? cell[CONTRACTED] : cell[LIST];
	r.basis = quoted ? "quoted" : "listed";
	r.list_price = cell[LIST];
	r.contracted = cell[CONTRACTED];
	r.unit = cell[UNIT];
	r.scope = "component";
	r.currency = cell[CURRENCY];
	r.start = utc(d, cell[CHARGE_START]);
	r.published = utc(d, cell[CHARGE_END]);
	r.note = cell[DESCRIPTION];
	if (seen_before(ctx, desk_text(d, "%s|%s|%s|%s|%s|%s|%s", r.provider, r.sku_price, r.region,
			r.pricing, r.price, r.unit,
				       r.currency)))
		desk_refuse(d, "the same price of the same SKU again", place);
	else
		desk_give(d, &r);
	return CM_OK;
}

/* The desk names what it did not bind; FOCUS's own columns need no mention. */
static void forget_known(struct price_desk *d)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->unknowns; i++) {
		bool known = cm_starts(d->unknown[i], "x_");
		for (size_t k = 0; k < CM_COUNT(other_columns) && !known; k++)
			known = strcmp(other_columns[k], d->unknown[i]) == 0;
		if (!known)
			d->unknown[kept++] = d->unknown[i];
	}
	d->unknowns = kept;
}

static enum cm_status focus_open(const struct price_from *from, struct price_ctx **out, struct cm_err *err)
{
	struct price_ctx *ctx = desk_open(sizeof *ctx, from, record);
	const enum cm_status st = desk_csv(&ctx->desk, columns, COLUMNS, ctx->at, err);

	if (st != CM_OK) {
		desk_close(ctx);
		return st;
	}
	forget_known(&ctx->desk);
	*out = ctx;
	return CM_OK;
}

const struct price_source price_focus = {
	.abi = CM_PRICE_ABI, .name = "focus", .provider = "",
	.desc = "FOCUS cost exports 1.0 to 1.4 (CSV): the unit prices that you were charged",
	.holds = (const char *const[]){ "BilledCost\nChargePeriodStart", NULL },
	.open = focus_open, .next = desk_next, .refused = desk_refused, .unknown = desk_unknown,
	.close = desk_close,
};
