/*
 * Street prices of cards: {gpu_name, prices{"2025-06-29T00:26:00": 2856.95}}
 * (github:United-Compute/gpu-price-tracker), points where a web shop's price changed.
 *
 * Each point holds until the next. No time zone, seller's condition (new or refurbished) unknown,
 * USD by the tracker's word. An empty file is an error: it must not replace a full table.
 */
#include <string.h>

#include "base/price_desk.h"

#define MOST ((size_t)64 << 20) /* 2,501 points are 0.1 MB */

struct price_ctx {
	struct price_desk desk;
	struct arena document;
	const char *name;
	const struct jp_node *point;
};

/* "2025-06-29T00:26:00", at least its day. */
static bool is_time(const char *s)
{
	static const char shape[] = "dddd-dd-dd";

	for (size_t i = 0; shape[i]; i++)
		if (shape[i] == 'd' ? s[i] < '0' || s[i] > '9' : s[i] != shape[i])
			return false;
	return true;
}

static enum cm_status record(struct price_ctx *ctx, struct cm_err *err)
{
	struct price_desk *d = &ctx->desk;
	const struct jp_node *p = ctx->point;

	if (!p)
		return CM_END;
	ctx->point = p->next;
	const char *place = desk_text(d, "/prices/%s", p->key);
	if (!is_time(p->key))
		return desk_wrong(d, p->line, p->col,
			"expected a point's time like 2025-06-29T00:26:00", err);
	if (p->next && strcmp(p->key, p->next->key) >= 0)
		return desk_wrong(d, p->next->line, p->next->col, "points are not in the order of time", err);
	if (!jp_is(p, JP_NUMBER) || money_is_zero(p->text) || money_is_negative(p->text)) {
		desk_refuse(d, "the price is no number above 0", place);
		return CM_OK;
	}
	struct price_row r = desk_row(d, place);
	r.provider = "street";
	r.category = "Other";
	r.service = "Cards as sold";
	r.sku = r.offer = r.device_text = ctx->name;
	r.sku_price = desk_text(d, "%s/%s", ctx->name, p->key);
	r.devices = "1";
	r.pricing = "Standard";
	r.term = "purchase";
	r.price = p->text;
	r.unit = "Units";
	r.scope = "device";
	r.currency = "USD";
	r.start = p->key;
	r.end = p->next ? p->next->key : "";
	r.basis = "published";
	r.note = "a web shop's price; new or used is not told, nor a time zone";
	desk_give(d, &r);
	return CM_OK;
}

static void street_close(struct price_ctx *ctx)
{
	if (ctx)
		arena_free(&ctx->document);
	desk_close(ctx);
}

static enum cm_status read_document(struct price_ctx *ctx, struct cm_err *err)
{
	static const char *const known[] = { "gpu_name", "prices" };
	struct price_desk *d = &ctx->desk;
	const struct jp_node *root;
	struct jp_token t;
	enum cm_status st = jsonpull_open(d->in, d->name, false, &d->json, err);

	if (st == CM_OK)
		st = jsonpull_next(d->json, &t, err);
	if (st == CM_OK)
		st = jsonpull_tree(d->json, &t, &ctx->document, MOST, &root, err);
	if (st != CM_OK)
		return st;
	if ((st = jsonpull_next(d->json, &t, err)) != CM_END)
		return st;
	const struct jp_node *prices = jp_get(root, "prices");
	if (jp_is(root, JP_OBJECT) && (!root->children || (prices && !prices->children)))
		return desk_wrong(d, root->line, root->col,
			"no points in the file: newer copies are empty; keep the "
				  "older one", err);
	if (!*jp_member(root, "gpu_name") || !jp_is(prices, JP_OBJECT))
		return desk_wrong(d, root->line, root->col,
			"expected gpu_name and prices: is this another format?", err);
	desk_members(d, root, known, CM_COUNT(known));
	ctx->name = jp_member(root, "gpu_name");
	ctx->point = prices->first;
	return CM_OK;
}

static enum cm_status street_open(const struct price_from *from, struct price_ctx **out, struct cm_err *err)
{
	struct price_ctx *ctx = desk_open(sizeof *ctx, from, record);
	const enum cm_status st = read_document(ctx, err);

	if (st != CM_OK) {
		street_close(ctx);
		return st;
	}
	*out = ctx;
	return CM_OK;
}

const struct price_source price_street = {
	.abi = CM_PRICE_ABI, .name = "street", .provider = "street",
	.desc = "street prices of one card over time (JSON; gpu-price-tracker)",
	.holds = (const char *const[]){ "\"gpu_name\"\n\"prices\"", NULL },
	.open = street_open, .next = desk_next, .refused = desk_refused, .unknown = desk_unknown,
	.close = street_close,
};
