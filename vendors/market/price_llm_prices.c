/*
 * llm-prices: data/VENDOR.json {vendor, models[{id, name, price_history[]}]}, and the built files
 * {prices[]}.
 *
 * USD per million tokens. A null is not 0: as a date it is open, as input_cached no discount is
 * known. from_date is inclusive and to_date exclusive; several entries are the same price at
 * different times, all kept.
 */
#include <string.h>

#include "base/desk_json.h"

struct price_ctx {
	struct price_desk desk;
	struct desk_list list;
};

static const char *const list_keys[] = { "models", "prices", NULL };
static const char *const vendor_fact[] = { "vendor", NULL };
static const char *const beside[] = { "updated_at", "$schema", NULL };

static const struct { const char *key, *what; } meters[] = {
	{ "input", "input" }, { "output", "output" }, { "input_cached", "cached input" },
};

static void give(struct price_desk *d, const struct price_row *base, const struct jp_node *entry)
{
	static const char *const known[] = { "input", "output", "input_cached", "from_date", "to_date", "id",
					     "name", "vendor" };

	desk_members(d, entry, known, CM_COUNT(known));
	for (size_t i = 0; i < CM_COUNT(meters); i++) {
		const struct jp_node *price = jp_get(entry, meters[i].key);
		struct price_row r = *base;
		if (!price || jp_is(price, JP_NULL))
			continue;
		r.line = desk_text(d, "%s/%s", base->line, meters[i].key);
		if (price->kind != JP_NUMBER || money_is_negative(price->text)) {
			desk_refuse(d, "the price is no number", r.line);
			continue;
		}
		if (money_is_zero(price->text)) {
			desk_refuse(d, "price 0: a free tier or unknown, not an offer", r.line);
			continue;
		}
		r.price = price->text;
		r.start = jp_member(entry, "from_date");
		r.end = jp_member(entry, "to_date");
		r.offer = desk_text(d, "%s %s", base->sku, meters[i].what);
		r.sku_price = desk_text(d, "%s/%s", base->sku, meters[i].key);
		desk_give(d, &r);
	}
}

static enum cm_status record(struct price_ctx *ctx, struct cm_err *err)
{
	static const char *const known[] = { "id", "name", "price_history", "vendor", "input", "output",
					     "input_cached", "from_date", "to_date" };
	struct price_desk *d = &ctx->desk;
	const struct jp_node *model;
	const char *place;
	const enum cm_status st = desk_item(d, &ctx->list, &model, &place, err);
	size_t i = 0;

	if (st != CM_OK)
		return st;
	if (!jp_is(model, JP_OBJECT) || !*jp_member(model, "id"))
		return desk_wrong(d, model->line, model->col, "expected a model with an id", err);
	desk_members(d, model, known, CM_COUNT(known));
	struct price_row r = desk_row(d, place);
	r.sku = jp_member(model, "id");
	r.provider = *jp_member(model, "vendor") ? jp_member(model, "vendor")
		: desk_keep(d, ctx->list.fact[0]);
	r.category = "AI and Machine Learning";
	r.service = jp_member(model, "name");
	r.pricing = "Standard";
	r.term = "token";
	r.unit = "1000000 Tokens";
	r.currency = "USD";
	r.scope = "token";
	r.tier_start = "0";
	r.basis = "published";
	const struct jp_node *history = jp_get(model, "price_history");
	if (!history) {
		give(d, &r, model);
		return CM_OK;
	}
	if (!history->children)
		desk_refuse(d, "a model without any price", place);
	for (const struct jp_node *e = history->first; e; e = e->next, i++) {
		r.line = desk_text(d, "%s/price_history/%zu", place, i);
		give(d, &r, e);
	}
	return CM_OK;
}

static enum cm_status llm_prices_open(const struct price_from *from, struct price_ctx **out,
	struct cm_err *err)
{
	struct price_ctx *ctx = desk_open(sizeof *ctx, from, record);

	(void)err;
	ctx->list = (struct desk_list){ .keys = list_keys, .known = beside, .facts = vendor_fact };
	*out = ctx;
	return CM_OK;
}

const struct price_source price_llm_prices = {
	.abi = CM_PRICE_ABI, .name = "llm_prices", .provider = "",
	.desc = "llm-prices (JSON a vendor, or all): tokens, with the dates of price changes",
	.holds = (const char *const[]){ "\"price_history\"",
		"\"updated_at\"\n\"vendor\"\n\"output\"", "\"vendor\"\n\"from_date\"", NULL },
	.open = llm_prices_open, .next = desk_next, .refused = desk_refused, .unknown = desk_unknown,
	.close = desk_close,
};
