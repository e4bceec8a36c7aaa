/*
 * Oracle Cloud's price list (JSON): parts with a metric like "GPU Per Hour", tiers and a currency
 * each.
 *
 * A part is no machine: what a shape costs is its devices times the part, as
 * vendors/oracle/shapes.csv says. Such rows have the basis "derived". Oracle asks the same price in
 * all regions.
 */
#include <stdlib.h>
#include <string.h>

#include "base/desk_json.h"
#include "base/file.h"

struct shape { const char *name, *part, *devices; };

struct price_ctx {
	struct price_desk desk;
	struct desk_list list;
	struct shape *shape;
	size_t shapes, shape_cap;
};

static const char *const list_keys[] = { "items", NULL };
static const char *const beside[] = { "hasMore", "limit", "offset", "count", "links", "lastUpdated", NULL };

#define OPEN_END "999999999999999"

/* "GPU Per Hour" → "Hours", "OCPU Per Hour" → "OCPU-Hours", "1,000 Calls" → "1000 Calls". */
static const char *unit_of(struct price_desk *d, const char *metric)
{
	static const struct { const char *end, *unit; } ends[] = {
		{ " Per Hour", "Hours" }, { " per Hour", "Hours" }, { " Per Month", "Months" },
			{ " Per Day", "Days" },
	};
	struct str s = { 0 };

	if (strcmp(metric, "GPU Per Hour") == 0 || strcmp(metric, "Node Per Hour") == 0)
		return "Hours";
	for (const char *c = metric; *c; c++)
		if (*c != ',')
			str_addc(&s, *c);
	const char *text = desk_keep(d, str_get(&s));
	str_free(&s);
	for (size_t i = 0; i < CM_COUNT(ends); i++)
		if (cm_ends(text, ends[i].end))
			return desk_text(d, "%.*s-%s", (int)(strlen(text) - strlen(ends[i].end)),
				text, ends[i].unit);
	return text;
}

static void give_shapes(struct price_ctx *ctx, const struct price_row *part)
{
	struct price_desk *d = &ctx->desk;

	for (size_t i = 0; i < ctx->shapes; i++) {
		char sum[MONEY_CAP] = "";
		struct price_row r = *part;
		if (strcmp(ctx->shape[i].part, part->sku) != 0)
			continue;
		if (!money_add_product(sum, part->price, ctx->shape[i].devices))
			continue;
		r.offer = ctx->shape[i].name;
		r.sku_price = desk_text(d, "%s/%s", part->sku_price, r.offer);
		r.devices = ctx->shape[i].devices;
		r.price = desk_keep(d, sum);
		r.scope = "node";
		r.basis = "derived";
		r.note = desk_text(d, "%s devices at %s of part %s", r.devices, part->price, part->sku);
		desk_give(d, &r);
	}
}

static void give(struct price_ctx *ctx, struct price_row r, const struct jp_node *price)
{
	struct price_desk *d = &ctx->desk;
	const char *model = jp_member(price, "model"), *value = jp_member(price, "value");
	const char *end = jp_member(price, "rangeMax");
	static const char *const known[] = { "model", "value", "rangeMin", "rangeMax", "rangeUnit" };

	desk_members(d, price, known, CM_COUNT(known));
	if (strcmp(model, "PAY_AS_YOU_GO") != 0) {
		desk_refuse(d, "a price model that is not pay as you go", r.line);
		return;
	}
	if (!money_is(value) || money_is_negative(value) || money_is_zero(value)) {
		desk_refuse(d, money_is_zero(value) ? "price 0: a free tier"
			: "the price is no number", r.line);
		return;
	}
	r.price = value;
	r.tier_start = *jp_member(price, "rangeMin") ? jp_member(price, "rangeMin") : "0";
	r.tier_end = strcmp(end, OPEN_END) == 0 ? "" : end;
	r.sku_price = desk_text(d, "%s/%s", r.sku, r.tier_start);
	desk_give(d, &r);
	if (strcmp(r.scope, "device") == 0)
		give_shapes(ctx, &r);
}

static enum cm_status record(struct price_ctx *ctx, struct cm_err *err)
{
	static const char *const known[] = { "partNumber", "displayName", "metricName", "serviceCategory",
					     "currencyCodeLocalizations", "description" };
	struct price_desk *d = &ctx->desk;
	const struct jp_node *item;
	const char *place;
	const enum cm_status st = desk_item(d, &ctx->list, &item, &place, err);
	size_t c = 0;

	if (st != CM_OK)
		return st;
	const struct jp_node *local = jp_get(item, "currencyCodeLocalizations");
	if (!*jp_member(item, "partNumber") || !jp_is(local, JP_ARRAY))
		return desk_wrong(d, item->line, item->col,
			"expected a part with a partNumber and prices", err);
	desk_members(d, item, known, CM_COUNT(known));
	struct price_row r = desk_row(d, place);
	const char *metric = jp_member(item, "metricName");
	r.provider = r.host = "oracle";
	r.category = cm_starts(jp_member(item, "serviceCategory"), "Compute") ? "Compute" : "Other";
	r.service = jp_member(item, "serviceCategory");
	r.sku = r.offer = jp_member(item, "partNumber");
	r.pricing = "Standard";
	r.term = "on_demand";
	r.unit = unit_of(d, metric);
	r.scope = strcmp(metric, "GPU Per Hour") == 0 ? "device" : "component";
	r.note = jp_member(item, "displayName");
	if (strcmp(r.scope, "device") == 0) {
		const char *gpu = strstr(r.note, "GPU");
		r.device_text = gpu ? gpu : r.note;
		r.devices = "1";
	}
	for (const struct jp_node *l = local->first; l; l = l->next, c++) {
		const struct jp_node *prices = jp_get(l, "prices");
		size_t p = 0;
		r.currency = jp_member(l, "currencyCode");
		for (const struct jp_node *v = prices ? prices->first : NULL; v; v = v->next, p++) {
			r.line = desk_text(d, "%s/currencyCodeLocalizations/%zu/prices/%zu", place, c, p);
			if (*r.currency)
				give(ctx, r, v);
			else
				desk_refuse(d, "no currency", r.line);
		}
	}
	return CM_OK;
}

static enum cm_status read_shapes(struct price_ctx *ctx, const char *path, struct cm_err *err)
{
	struct csv *csv = NULL;
	struct csv_row row;
	enum cm_status st = csv_open(path, &csv, err);

	if (st == CM_OK)
		st = csv_next(csv, &row, err); /* shape,part,devices */
	while (st == CM_OK && (st = csv_next(csv, &row, err)) == CM_OK) {
		if (row.cells != 3 || !money_is(row.cell[2])) {
			st = cm_fail_at(err, CM_EINPUT, path, row.line, 1,
				"expected a shape, a part and a number of devices");
			break;
		}
		CM_PUSH(ctx->shape, ctx->shapes, ctx->shape_cap);
		ctx->shape[ctx->shapes++] = (struct shape){ pool_dup(&ctx->desk.pool, row.cell[0]),
			pool_dup(&ctx->desk.pool, row.cell[1]), pool_dup(&ctx->desk.pool, row.cell[2]) };
	}
	csv_close(csv);
	return st == CM_END ? CM_OK : st;
}

static void oracle_close(struct price_ctx *ctx)
{
	if (ctx)
		free(ctx->shape);
	desk_close(ctx);
}

static enum cm_status oracle_open(const struct price_from *from, struct price_ctx **out, struct cm_err *err)
{
	struct price_ctx *ctx = desk_open(sizeof *ctx, from, record);
	const char *data = file_data_dir();
	char *path = cm_printf_dup("%s/vendors/oracle/shapes.csv", data ? data : ".");
	const enum cm_status st = read_shapes(ctx, path, err);

	free(path);
	if (st != CM_OK) {
		oracle_close(ctx);
		return st;
	}
	ctx->list = (struct desk_list){ .keys = list_keys, .known = beside };
	*out = ctx;
	return CM_OK;
}

const struct price_source price_oracle = {
	.abi = CM_PRICE_ABI, .name = "oracle", .provider = "oracle",
	.desc = "Oracle Cloud's price list (JSON): parts, and the GPU shapes made of them",
	.holds = (const char *const[]){ "\"partNumber\"\n\"currencyCodeLocalizations\"", NULL },
	.open = oracle_open, .next = desk_next, .refused = desk_refused, .unknown = desk_unknown,
	.close = oracle_close,
};
