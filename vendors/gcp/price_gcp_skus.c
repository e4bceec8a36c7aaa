/*
 * Google Cloud's billing catalogue (v1/services/…/skus, JSON pages): SKUs with units and nanos,
 * tiers and regions.
 *
 * No SKU is a machine. Each becomes a component or device row in each of its regions; a machine of
 * vendors/gcp/shapes.csv is the sum of its parts there, basis "derived". Family and term stand only
 * in the description: what is reserved, custom, suspended, of a sole tenant, a premium or booked
 * ahead is found by name first and never taken for on demand. The place is in serviceRegions, never
 * in the text.
 */
#include <stdlib.h>
#include <string.h>

#include "base/desk_json.h"
#include "gcp_parts.h"

struct price_ctx {
	struct price_desk desk;
	struct desk_list list;
	struct gcp_parts parts;
};

static const char *const list_keys[] = { "skus", NULL };
static const char *const beside[] = { "nextPageToken", NULL };

static const struct { const char *usage, *term, *pricing, *months; } usages[] = {
	{ "OnDemand", "on_demand", "Standard", "0" }, { "Preemptible", "spot", "Dynamic", "0" },
	{ "Commit1Yr", "committed_use", "Committed", "12" },
	  { "Commit3Yr", "committed_use", "Committed", "36" },
	{ "Commit1Mo", "committed_use", "Committed", "1" },
};

/* ---- one SKU -------------------------------------------------------------------------------------- */

struct sku { const struct jp_node *item; const char *thing; struct price_row row; };

static void give_regions(struct price_ctx *ctx, const struct sku *s, struct price_row r)
{
	struct price_desk *d = &ctx->desk;
	const struct jp_node *regions = jp_get(s->item, "serviceRegions");
	const char *base = r.sku_price;

	if (!regions || !regions->children) {
		desk_refuse(d, "no region", r.line);
		return;
	}
	for (const struct jp_node *g = regions->first; g; g = g->next) {
		r.region = strcmp(g->text, "global") == 0 ? "" : desk_lower(d, g->text);
		r.sku_price = desk_text(d, "%s/%s", base, g->text);
		desk_give(d, &r);
		gcp_keep(d, &ctx->parts, &r, s->thing);
	}
}

static void give_tier(struct price_ctx *ctx, const struct sku *s, struct price_row r,
	const struct jp_node *tier,
		      const char *rate)
{
	struct price_desk *d = &ctx->desk;
	const struct jp_node *money = jp_get(tier, "unitPrice");
	const char *price = gcp_money(d, money);
	char usd[MONEY_CAP];

	r.currency = jp_member(money, "currencyCode");
	r.tier_start = *jp_member(tier, "startUsageAmount") ? jp_member(tier, "startUsageAmount") : "0";
	r.tier_end = jp_member(tier->next, "startUsageAmount");
	r.sku_price = desk_text(d, "%s/%s", r.sku, r.tier_start);
	if (!price || money_is_negative(price))
		desk_refuse(d, "units and nanos are no price", r.line);
	else if (!*r.currency)
		desk_refuse(d, "no currency", r.line);
	else if (money_is_zero(price))
		desk_refuse(d, "price 0: a free tier, or a part that another SKU pays", r.line);
	else {
		r.price = price;
		if (strcmp(r.currency, "USD") != 0 && money_divide(price, rate, 15, usd))
			r.note = desk_text(d, "%s USD at the source's own rate %s", usd, rate);
		give_regions(ctx, s, r);
	}
}

/* The price that holds from one effectiveTime to the next. */
static void give_times(struct price_ctx *ctx, const struct sku *s, const char *place)
{
	struct price_desk *d = &ctx->desk;
	const struct jp_node *list = jp_get(s->item, "pricingInfo");
	size_t i = 0;

	if (!list || !list->children) {
		desk_refuse(d, "a SKU without a price", place);
		return;
	}
	for (const struct jp_node *p = list->first; p; p = p->next, i++) {
		const struct jp_node *e = jp_get(p, "pricingExpression"), *tiers = jp_get(e, "tieredRates");
		const char *usage = jp_member(e, "usageUnit"), *later = jp_member(p->next, "effectiveTime");
		struct price_row r = s->row;
		size_t t = 0;
		r.unit = gcp_unit(usage);
		r.start = *jp_member(p, "effectiveTime") ? jp_member(p, "effectiveTime")
			: jp_member(p, "EffectiveTime");
		r.end = strcmp(later, r.start) > 0 ? later : "";
		if (!*r.unit || !jp_is(tiers, JP_ARRAY)) {
			desk_refuse(d, "a price without unit and rates", place);
			continue;
		}
		for (const struct jp_node *v = tiers->first; v; v = v->next, t++) {
			r.line = desk_text(d,
				"%s/pricingInfo/%zu/pricingExpression/tieredRates/%zu", place, i,
				t);
			give_tier(ctx, s, r, v, jp_member(p, "currencyConversionRate"));
		}
	}
}

/* Term and kind by usageType and the words of the description; a reason when it is no offer. */
static const char *classify(struct sku *s, const char *text)
{
	const struct jp_node *category = jp_get(s->item, "category");
	const char *usage = jp_member(category, "usageType");
	size_t u = 0;

	while (u < CM_COUNT(usages) && strcmp(usages[u].usage, usage) != 0)
		u++;
	if (u == CM_COUNT(usages))
		return "a usage type that is not known";
	s->row.term = usages[u].term;
	s->row.pricing = usages[u].pricing;
	s->row.months = usages[u].months;
	if (strcmp(s->row.pricing, "Committed") == 0) {
		s->row.discount = "Usage";
		s->row.payment = "none";
	}
	const struct gcp_other *other = gcp_other(text);
	if (other && other->reason)
		return other->reason;
	if (other) {
		s->row.term = "calendar"; /* booked ahead, though usageType says OnDemand */
		s->row.pricing = "Other";
	}
	if (cm_starts(text, "Commitment") && strcmp(s->row.pricing, "Committed") != 0)
		return "a commitment under another usage type";
	const bool gpu = strcmp(jp_member(category, "resourceGroup"), "GPU") == 0 ||
			 strcmp(jp_member(category, "resourceGroup"), "TPU") == 0;
	s->row.scope = gpu ? strcasestr(text, "slice") ? "slice" : "device" : "component";
	if (gpu && strcmp(s->row.pricing, "Committed") != 0) {
		s->row.device_text = s->thing;
		s->row.devices = "1";
	}
	return NULL;
}

static enum cm_status sku_record(struct price_ctx *ctx, const struct jp_node *item, const char *place,
				 struct cm_err *err)
{
	static const char *const known[] = { "name", "skuId", "description", "category", "serviceRegions",
					     "pricingInfo", "serviceProviderName", "geoTaxonomy" };
	struct price_desk *d = &ctx->desk;
	const struct jp_node *category = jp_get(item, "category");
	const char *text = jp_member(item, "description");

	if (!*jp_member(item, "skuId") || !category)
		return desk_wrong(d, item->line, item->col, "expected a SKU with skuId and category", err);
	desk_members(d, item, known, CM_COUNT(known));
	struct sku s = { item, gcp_thing(d, text), desk_row(d, place) };
	s.row.provider = s.row.host = "gcp";
	s.row.category = strcmp(jp_member(category, "resourceFamily"), "Compute") == 0 ? "Compute"
			 : jp_member(category, "resourceFamily");
	s.row.service = jp_member(category, "serviceDisplayName");
	s.row.sku = jp_member(item, "skuId");
	s.row.offer = s.thing;
	const char *reason = classify(&s, text);
	if (reason)
		desk_refuse(d, reason, place);
	else
		give_times(ctx, &s, place);
	return CM_OK;
}

/* ---- the source ----------------------------------------------------------------------------------- */

static enum cm_status record(struct price_ctx *ctx, struct cm_err *err)
{
	const struct jp_node *item;
	const char *place;
	const enum cm_status st = desk_item(&ctx->desk, &ctx->list, &item, &place, err);

	if (st == CM_OK)
		return sku_record(ctx, item, place, err);
	if (st == CM_END)
		gcp_machines(&ctx->desk, &ctx->parts);
	return st;
}

static void gcp_skus_close(struct price_ctx *ctx)
{
	if (ctx)
		gcp_parts_free(&ctx->parts);
	desk_close(ctx);
}

static enum cm_status gcp_skus_open(const struct price_from *from, struct price_ctx **out, struct cm_err *err)
{
	struct price_ctx *ctx = desk_open(sizeof *ctx, from, record);
	const enum cm_status st = gcp_parts_read(&ctx->desk, &ctx->parts, err);

	if (st != CM_OK) {
		gcp_skus_close(ctx);
		return st;
	}
	ctx->list = (struct desk_list){ .keys = list_keys, .known = beside };
	*out = ctx;
	return CM_OK;
}

const struct price_source price_gcp_skus = {
	.abi = CM_PRICE_ABI, .name = "gcp_skus", .provider = "gcp",
	.desc = "Google Cloud's billing catalogue (JSON pages): parts by region, and machines summed of them",
	.holds = (const char *const[]){ "\"skuId\"\n\"pricingInfo\"", NULL },
	.open = gcp_skus_open, .next = desk_next, .refused = desk_refused, .unknown = desk_unknown,
	.close = gcp_skus_close, .joins_pages = true,
};
