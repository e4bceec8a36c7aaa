/*
 * LiteLLM's model_prices_and_context_window.json: one object, keyed by model, prices per single
 * token, character, image, second or query, as numbers with exponents.
 *
 * Each price key becomes a row of its own: batch, flex, priority, cache and long-context rates
 * never stand for the plain one. Per-token prices are shifted exactly to a million ("3e-06" is 3).
 * A price of 0 is self-hosted, a free tier or unknown, and no offer.
 */
#include <stdlib.h>
#include <string.h>

#include "base/desk_json.h"

struct price_ctx {
	struct price_desk desk;
	struct desk_list list;
};

static const char *const no_keys[] = { NULL };

struct meter { const char *key, *what, *unit; int shift; };

static const struct meter meters[] = {
	{ "input_cost_per_token", "input", "1000000 Tokens", 6 },
	{ "output_cost_per_token", "output", "1000000 Tokens", 6 },
	{ "cache_read_input_token_cost", "cached input", "1000000 Tokens", 6 },
	{ "input_cost_per_token_cache_hit", "cached input", "1000000 Tokens", 6 },
	{ "cache_creation_input_token_cost", "cache write", "1000000 Tokens", 6 },
	{ "output_cost_per_reasoning_token", "reasoning output", "1000000 Tokens", 6 },
	{ "input_cost_per_audio_token", "audio input", "1000000 Tokens", 6 },
	{ "output_cost_per_audio_token", "audio output", "1000000 Tokens", 6 },
	{ "cache_read_input_audio_token_cost", "cached audio input", "1000000 Tokens", 6 },
	{ "cache_creation_input_audio_token_cost", "audio cache write", "1000000 Tokens", 6 },
	{ "input_cost_per_image_token", "image input", "1000000 Tokens", 6 },
	{ "output_cost_per_image_token", "image output", "1000000 Tokens", 6 },
	{ "citation_cost_per_token", "citation", "1000000 Tokens", 6 },
	{ "input_cost_per_character", "input", "1000000 Characters", 6 },
	{ "output_cost_per_character", "output", "1000000 Characters", 6 },
	{ "input_cost_per_pixel", "image input", "1000000 Pixels", 6 },
	{ "output_cost_per_pixel", "image output", "1000000 Pixels", 6 },
	{ "input_cost_per_image", "image input", "Images", 0 },
	{ "output_cost_per_image", "image output", "Images", 0 },
	{ "input_cost_per_second", "input", "Seconds", 0 },
	{ "output_cost_per_second", "output", "Seconds", 0 },
	{ "input_cost_per_audio_per_second", "audio input", "Seconds", 0 },
	{ "input_cost_per_video_per_second", "video input", "Seconds", 0 },
	{ "output_cost_per_video_per_second", "video output", "Seconds", 0 },
	{ "input_cost_per_query", "query", "Queries", 0 },
	{ "input_cost_per_request", "request", "Requests", 0 },
};

/* Ends of price keys: another rate of the same meter. tier: tokens of input from which it holds. */
static const struct { const char *suffix, *what, *tier; } variants[] = {
	{ "_batches", "batch", "" }, { "_batch_requests", "batch", "" }, { "_flex", "flex", "" },
	{ "_priority", "priority", "" }, { "_above_1hr", "kept over 1 hour", "" },
	{ "_above_128k_tokens", "above 128k", "128000" }, { "_above_200k_tokens", "above 200k", "200000" },
	{ "_above_256k_tokens", "above 256k", "256000" }, { "_above_272k_tokens", "above 272k", "272000" },
	{ "_above_8s_interval", "above 8 s", "" }, { "_above_15s_interval", "above 15 s", "" },
};

/* Members that are no prices. */
static const char *const plain[] = {
	"litellm_provider", "mode", "source", "metadata", "deprecation_date", "tool_use_system_prompt_tokens",
	"tpm", "rpm", "rpd", "output_vector_size",
};

static const struct meter *meter_of(const char *key, size_t n)
{
	for (size_t i = 0; i < CM_COUNT(meters); i++)
		if (strlen(meters[i].key) == n && strncmp(meters[i].key, key, n) == 0)
			return &meters[i];
	return NULL;
}

/* The meter of a key, and what its ends say. NULL: not known. */
static const struct meter *read_key(struct price_desk *d, const char *key, const char **words,
	const char **tier)
{
	size_t n = strlen(key);

	*words = "";
	*tier = "0";
	for (;;) {
		const struct meter *m = meter_of(key, n);
		size_t i = 0;
		if (m)
			return m;
		while (i < CM_COUNT(variants) && !(n > strlen(variants[i].suffix) &&
		       strncmp(key + n - strlen(variants[i].suffix), variants[i].suffix,
			strlen(variants[i].suffix)) == 0))
			i++;
		if (i == CM_COUNT(variants))
			return NULL;
		n -= strlen(variants[i].suffix);
		*words = desk_text(d, " %s%s", variants[i].what, *words);
		*tier = *variants[i].tier ? variants[i].tier : *tier;
	}
}

static bool is_plain(const char *key)
{
	if (cm_starts(key, "supports_") || cm_starts(key, "supported_") || cm_starts(key, "max_"))
		return true;
	for (size_t i = 0; i < CM_COUNT(plain); i++)
		if (strcmp(plain[i], key) == 0)
			return true;
	return false;
}

/* One price key of a model. */
static void give(struct price_desk *d, const struct price_row *base, const struct jp_node *price,
		 const char *place)
{
	const char *words, *tier;
	const struct meter *m = read_key(d, price->key, &words, &tier);
	struct price_row r = *base;

	r.line = desk_text(d, "%s/%s", place, price->key);
	if (!m) {
		desk_name_unknown(d, price->key);
		return;
	}
	if (jp_is(price, JP_NULL))
		return;
	if (price->kind != JP_NUMBER || money_is_negative(price->text)) {
		desk_refuse(d, "the price is no number above 0", r.line);
		return;
	}
	if (money_is_zero(price->text)) {
		desk_refuse(d, strcmp(price->key, "input_cost_per_token") == 0
			    ? "input price 0: self-hosted, a free tier or unknown, not an offer"
			    : "price 0: not charged or not known, not an offer", r.line);
		return;
	}
	r.price = desk_shift(d, price->text, m->shift);
	if (!*r.price) {
		desk_refuse(d, "the price has more digits than can be kept", r.line);
		return;
	}
	r.unit = m->unit;
	r.offer = desk_text(d, "%s %s%s", base->sku, m->what, words);
	r.sku_price = desk_text(d, "%s/%s", base->sku, price->key);
	r.tier_start = tier;
	if (strcmp(tier, "0") != 0)
		r.note = "the rate of all tokens of a request whose input is longer than this";
	desk_give(d, &r);
}

static enum cm_status record(struct price_ctx *ctx, struct cm_err *err)
{
	struct price_desk *d = &ctx->desk;
	const struct jp_node *model;
	const char *place;
	const enum cm_status st = desk_item(d, &ctx->list, &model, &place, err);
	bool priced = false;

	if (st != CM_OK)
		return st;
	if (!jp_is(model, JP_OBJECT))
		return desk_wrong(d, model->line, model->col, "expected an object of a model", err);
	if (strcmp(ctx->list.record_key, "sample_spec") == 0) {
		desk_refuse(d, "documentation, not a model", place);
		return CM_OK;
	}
	struct price_row r = desk_row(d, place);
	r.sku = ctx->list.record_key;
	r.provider = desk_lower(d, jp_member(model, "litellm_provider"));
	r.category = "AI and Machine Learning";
	r.service = *jp_member(model, "mode") ? jp_member(model, "mode") : "model";
	r.pricing = "Standard";
	r.term = "token";
	r.currency = "USD";
	r.scope = "token";
	r.basis = "published";
	for (const struct jp_node *p = model->first; p; p = p->next) {
		if (strcmp(p->key, "search_context_cost_per_query") == 0) {
			for (const struct jp_node *q = p->first; q; q = q->next)
				desk_refuse(d, "price of a web search: not of tokens", place);
		} else if (strstr(p->key, "_dbu_cost_") || strstr(p->key, "_db_cost_")) {
			desk_refuse(d, "price in the seller's own units (DBU)", place);
		} else if (strstr(p->key, "cost")) {
			priced = true;
			give(d, &r, p, place);
		} else if (!is_plain(p->key)) {
			desk_name_unknown(d, p->key);
		}
	}
	if (!priced)
		desk_refuse(d, "a model without any price", place);
	return CM_OK;
}

static enum cm_status litellm_open(const struct price_from *from, struct price_ctx **out, struct cm_err *err)
{
	struct price_ctx *ctx = desk_open(sizeof *ctx, from, record);

	(void)err;
	ctx->list = (struct desk_list){ .keys = no_keys, .map = true };
	*out = ctx;
	return CM_OK;
}

const struct price_source price_litellm = {
	.abi = CM_PRICE_ABI, .name = "litellm", .provider = "",
	.desc = "LiteLLM's model prices (JSON): tokens, images, seconds of many sellers",
	.holds = (const char *const[]){ "\"litellm_provider\"", NULL },
	.open = litellm_open, .next = desk_next, .refused = desk_refused, .unknown = desk_unknown,
	.close = desk_close,
};
