/*
 * genai-prices: a list of providers with models, USD per million tokens or thousand requests.
 *
 * A model's prices are one object, or a list of objects with a constraint: a start date, or hours
 * of a day; the last that holds wins. Dated ones end where the next begins; a price by time of day
 * is a row beside the other, since one number is not the price. Tiers are cliffs: past the start
 * the higher rate holds for all tokens.
 */
#include <string.h>

#include "base/desk_json.h"

struct price_ctx {
	struct price_desk desk;
	struct desk_list list;
};

static const char *const no_keys[] = { NULL };

static const struct { const char *key, *what, *unit; } meters[] = {
	{ "input_mtok", "input", "1000000 Tokens" }, { "output_mtok", "output", "1000000 Tokens" },
	{ "cache_read_mtok", "cached input", "1000000 Tokens" },
	{ "cache_write_mtok", "cache write", "1000000 Tokens" },
	{ "input_audio_mtok", "audio input", "1000000 Tokens" },
	{ "output_audio_mtok", "audio output", "1000000 Tokens" },
	{ "cache_audio_read_mtok", "cached audio input", "1000000 Tokens" },
	{ "requests_kcount", "requests", "1000 Requests" },
	/* of the second layout of 2026 */
	{ "cache_write_1h_mtok", "cache write kept 1 h", "1000000 Tokens" },
	{ "input_image_mtok", "image input", "1000000 Tokens" },
	{ "output_image_mtok", "image output", "1000000 Tokens" },
	{ "cache_image_read_mtok", "cached image input", "1000000 Tokens" },
	{ "input_video_mtok", "video input", "1000000 Tokens" },
	{ "output_video_mtok", "video output", "1000000 Tokens" },
	{ "output_reasoning_mtok", "reasoning output", "1000000 Tokens" },
	{ "output_citation_mtok", "citation output", "1000000 Tokens" },
	{ "web_searches_kcount", "web searches", "1000 Searches" },
};

static void give_one(struct price_desk *d, struct price_row r, const struct jp_node *price, const char *place,
		     const char *start, const char *end)
{
	r.line = place;
	r.tier_start = start;
	r.tier_end = end;
	if (*end || strcmp(start, "0") != 0)
		r.note = desk_text(d, "%s%sthe rate of all tokens of a request in this tier", r.note,
				   *r.note ? "; " : "");
	if (!jp_is(price, JP_NUMBER) || money_is_negative(price->text)) {
		desk_refuse(d, "the price is no number", place);
	} else if (money_is_zero(price->text)) {
		desk_refuse(d, "price 0: a free tier or unknown, not an offer", place);
	} else {
		r.price = price->text;
		desk_give(d, &r);
	}
}

/* A number, or {base, tiers[{start, price}]}. */
static void give_tiers(struct price_desk *d, const struct price_row *r, const struct jp_node *price,
		       const char *place)
{
	const struct jp_node *tier = jp_get(price, "tiers");
	size_t i = 0;

	if (!jp_is(price, JP_OBJECT)) {
		give_one(d, *r, price, place, "0", "");
		return;
	}
	tier = tier ? tier->first : NULL;
	give_one(d, *r, jp_get(price, "base"), desk_text(d, "%s/base", place), "0", jp_member(tier, "start"));
	for (; tier; tier = tier->next, i++)
		give_one(d, *r, jp_get(tier, "price"), desk_text(d, "%s/tiers/%zu/price", place, i),
			 jp_member(tier, "start"), jp_member(tier->next, "start"));
}

static void give_prices(struct price_desk *d, const struct price_row *base, const struct jp_node *prices,
			const char *place, const char *hours)
{
	size_t given = 0;

	for (const struct jp_node *p = prices ? prices->first : NULL; p; p = p->next) {
		struct price_row r = *base;
		size_t i = 0;
		while (i < CM_COUNT(meters) && strcmp(meters[i].key, p->key) != 0)
			i++;
		if (i == CM_COUNT(meters)) {
			desk_name_unknown(d, p->key);
			continue;
		}
		if (jp_is(p, JP_NULL))
			continue;
		r.unit = meters[i].unit;
		r.offer = desk_text(d, "%s %s%s", base->sku, meters[i].what, hours);
		r.sku_price = desk_text(d, "%s/%s%s", base->sku, p->key, hours);
		give_tiers(d, &r, p, desk_text(d, "%s/%s", place, p->key));
		given++;
	}
	if (!given)
		desk_refuse(d, "a model without any price", place);
}

/* The start date of the next dated entry after e: where e's price ends. */
static const char *next_start(const struct jp_node *e)
{
	for (e = e->next; e; e = e->next)
		if (*jp_member(jp_get(e, "constraint"), "start_date"))
			return jp_member(jp_get(e, "constraint"), "start_date");
	return "";
}

static void give_model(struct price_desk *d, struct price_row r, const struct jp_node *model,
	const char *place)
{
	static const char *const known[] = { "id", "match", "prices", "name", "context_window", "description",
					     "price_comments", "deprecated", "prices_checked", "collapse" };
	const struct jp_node *prices = jp_get(model, "prices");
	size_t i = 0;

	desk_members(d, model, known, CM_COUNT(known));
	r.sku = jp_member(model, "id");
	r.service = *jp_member(model, "name") ? jp_member(model, "name") : r.sku;
	if (!jp_is(prices, JP_ARRAY)) {
		give_prices(d, &r, prices, desk_text(d, "%s/prices", place), "");
		return;
	}
	for (const struct jp_node *e = prices->first; e; e = e->next, i++) {
		const struct jp_node *c = jp_get(e, "constraint");
		const char *from = jp_member(c, "start_time"), *to = jp_member(c, "end_time"), *hours = "";
		struct price_row v = r;
		v.start = jp_member(c, "start_date");
		v.end = next_start(e);
		if (*from || *to) {
			hours = desk_text(d, " %s to %s", from, to);
			v.note = desk_text(d,
				"holds from %s to %s of a day; at other hours the other row does",
				from, to);
		}
		give_prices(d, &v, jp_get(e, "prices"),
			desk_text(d, "%s/prices/%zu/prices", place, i), hours);
	}
}

static enum cm_status record(struct price_ctx *ctx, struct cm_err *err)
{
	static const char *const known[] = { "id", "name", "pricing_urls", "api_pattern", "models",
		"extractors",
					     "provider_match", "model_match", "price_comments",
					     "fallback_model_providers", "description" };
	struct price_desk *d = &ctx->desk;
	const struct jp_node *seller;
	const char *place;
	const enum cm_status st = desk_item(d, &ctx->list, &seller, &place, err);
	size_t i = 0;

	if (st != CM_OK)
		return st;
	const struct jp_node *models = jp_get(seller, "models");
	if (!jp_is(models, JP_ARRAY) || !*jp_member(seller, "id"))
		return desk_wrong(d, seller->line, seller->col,
			"expected a provider with an id and models", err);
	desk_members(d, seller, known, CM_COUNT(known));
	const struct jp_node *urls = jp_get(seller, "pricing_urls");
	struct price_row r = desk_row(d, place);
	r.provider = jp_member(seller, "id");
	r.category = "AI and Machine Learning";
	r.pricing = "Standard";
	r.term = "token";
	r.currency = "USD";
	r.scope = "token";
	r.basis = "published";
	if (jp_is(urls, JP_ARRAY) && urls->first && !*r.source)
		r.source = urls->first->text;
	for (const struct jp_node *m = models->first; m; m = m->next, i++)
		give_model(d, r, m, desk_text(d, "%s/models/%zu", place, i));
	return CM_OK;
}

static enum cm_status genai_prices_open(const struct price_from *from, struct price_ctx **out,
					struct cm_err *err)
{
	struct price_ctx *ctx = desk_open(sizeof *ctx, from, record);

	(void)err;
	ctx->list = (struct desk_list){ .keys = no_keys };
	*out = ctx;
	return CM_OK;
}

const struct price_source price_genai_prices = {
	.abi = CM_PRICE_ABI, .name = "genai_prices", .provider = "",
	.desc = "genai-prices (JSON): tokens of many sellers, by date, hour of day and tier",
	.holds = (const char *const[]){ "_mtok\"", NULL },
	.open = genai_prices_open, .next = desk_next, .refused = desk_refused, .unknown = desk_unknown,
	.close = desk_close,
};
