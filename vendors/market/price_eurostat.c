/*
 * Eurostat's electricity prices, half years since 2007 (nrg_pc_204 households, nrg_pc_205 others):
 * JSON-stat 2.0 as the API answers, and two pivots as its data browser saves them (countries by
 * half year, countries by band).
 *
 * Band and tax are part of what is priced and stand in the offer: a country alone is no price. PPS
 * and national currencies without a name are refused. JSON-stat keeps values by their row-major
 * position; a missing key is a missing value. The cube is held whole (8 MB), since its dimensions
 * may stand behind its values.
 */
#include <stdlib.h>
#include <string.h>

#include "base/price_desk.h"

#define MOST ((size_t)128 << 20)
#define MOST_TREE ((size_t)1 << 30)
#define MOST_CELLS 8000000
#define DIMENSIONS 12

struct dimension { const char *id; size_t size; const char **code; const char **label; };

struct price_ctx {
	struct price_desk desk;
	/* JSON-stat */
	struct arena document;
	struct dimension dim[DIMENSIONS];
	size_t dims, cells;
	const struct jp_node *value, *cursor;
	size_t index;             /* of the cursor, where values are a list */
	const char **status;      /* by cell */
	const char *dataset;
	/* pivot */
	const char *header[256];
	size_t columns;
};

/* A price of a country, half year, band and tax. */
struct cell { const char *geo, *time, *band, *tax, *kind, *price, *currency, *flag, *place; };

/* "2024-S2" and "2024 December" → first day and the day after the last. */
static bool half_year(struct price_desk *d, const char *text, const char **start, const char **end)
{
	int year, half = 0;

	if (!desk_digits(text, 4, &year))
		return false;
	if (text[4] == '-' && text[5] == 'S' && desk_digits(text + 6, 1, &half) && text[7])
		return false;
	if (strcmp(text + 4, " June") == 0)
		half = 1;
	else if (strcmp(text + 4, " December") == 0)
		half = 2;
	if (half < 1 || half > 2 || year < 1900 || year > 2200)
		return false;
	*start = desk_text(d, "%d-%s-01", year, half == 1 ? "01" : "07");
	*end = desk_text(d, "%d-%s-01", half == 1 ? year : year + 1, half == 1 ? "07" : "01");
	return true;
}

static void give(struct price_desk *d, const struct cell *c)
{
	struct price_row r = desk_row(d, c->place);

	if (*c->time && !half_year(d, c->time, &r.start, &r.end)) {
		desk_refuse(d, "a time that is no half year", c->place);
		return;
	}
	if (!money_is(c->price) || money_is_negative(c->price)) {
		desk_refuse(d, "the price is no number", c->place);
		return;
	}
	if (money_is_zero(c->price)) {
		desk_refuse(d, "price 0: not told", c->place);
		return;
	}
	r.provider = r.host = "eurostat";
	r.category = "Other";
	r.service = "Retail electricity";
	r.region = desk_lower(d, c->geo);
	r.sku = r.offer = desk_text(d, "electricity %s, band %s, tax %s", c->kind, c->band, c->tax);
	r.sku_price = desk_text(d, "%s/%s/%s/%s/%s", c->kind, c->band, c->tax, c->currency, c->time);
	r.pricing = "Standard";
	r.term = "tariff";
	r.price = c->price;
	r.unit = "kWh";
	r.scope = "kWh";
	r.currency = c->currency;
	r.basis = "published";
	r.note = *c->flag ? desk_text(d, "flag %s", c->flag) : "";
	desk_give(d, &r);
}

/* ---- JSON-stat ------------------------------------------------------------------------------------ */

static size_t number(const char *s)
{
	return *s && strspn(s, "0123456789") == strlen(s) && strlen(s) < 10 ? strtoul(s, NULL, 10)
		: MOST_CELLS;
}

/* Codes by position: {"index": {"AT": 0}} or {"index": ["AT"]}, with labels. */
static bool read_codes(struct price_ctx *ctx, struct dimension *dim, const struct jp_node *category)
{
	const struct jp_node *index = jp_get(category, "index"), *label = jp_get(category, "label");
	size_t i = 0, filled = 0;

	dim->code = arena_alloc(&ctx->document, (dim->size + 1) * sizeof *dim->code);
	dim->label = arena_alloc(&ctx->document, (dim->size + 1) * sizeof *dim->label);
	for (const struct jp_node *n = index ? index->first : label ? label->first
			: NULL; n; n = n->next, i++) {
		const size_t at = jp_is(index, JP_OBJECT) ? number(n->text) : i;
		const char *code = jp_is(index, JP_ARRAY) ? n->text : n->key;
		if (at >= dim->size || dim->code[at])
			return false;
		dim->code[at] = code;
		dim->label[at] = jp_member(label, code);
		filled++;
	}
	return filled == dim->size;
}

static bool read_status(struct price_ctx *ctx, const struct jp_node *status)
{
	size_t i = 0;

	ctx->status = arena_alloc(&ctx->document, (ctx->cells + 1) * sizeof *ctx->status);
	for (const struct jp_node *n = status ? status->first : NULL; n; n = n->next, i++) {
		const size_t at = jp_is(status, JP_OBJECT) ? number(n->key) : i;
		if (at >= ctx->cells)
			return false;
		ctx->status[at] = n->text;
	}
	return true;
}

static const char *shape_of(struct price_ctx *ctx, const struct jp_node *root)
{
	const struct jp_node *id = jp_get(root, "id"), *size = jp_get(root, "size");
	const struct jp_node *s = size ? size->first : NULL;

	if (!jp_is(id, JP_ARRAY) || !jp_is(size, JP_ARRAY) || id->children != size->children ||
	    id->children > DIMENSIONS)
		return "expected JSON-stat with id, size, dimension and value: is this another format?";
	ctx->cells = 1;
	for (const struct jp_node *n = id->first; n; n = n->next, s = s->next) {
		struct dimension *dim = &ctx->dim[ctx->dims++];
		dim->id = n->text;
		dim->size = number(s->text);
		if (!dim->size || dim->size >= MOST_CELLS || ctx->cells * dim->size > MOST_CELLS)
			return "the cube is too large, or empty";
		ctx->cells *= dim->size;
		if (!read_codes(ctx, dim, jp_get(jp_get(jp_get(root, "dimension"), dim->id), "category")))
			return "a dimension has not as many codes as its size says";
	}
	ctx->value = jp_get(root, "value");
	if (!jp_is(ctx->value, JP_OBJECT) && !jp_is(ctx->value, JP_ARRAY))
		return "no values in the cube";
	return read_status(ctx, jp_get(root, "status")) ? NULL : "a status beyond the cube";
}

static enum cm_status read_cube(struct price_ctx *ctx, struct cm_err *err)
{
	struct price_desk *d = &ctx->desk;
	const struct jp_node *root;
	struct jp_token t;
	enum cm_status st = jsonpull_open(d->in, d->name, false, &d->json, err);

	if (st == CM_OK)
		st = jsonpull_next(d->json, &t, err);
	if (st == CM_OK)
		st = jsonpull_tree(d->json, &t, &ctx->document, MOST_TREE, &root, err);
	if (st == CM_OK && (st = jsonpull_next(d->json, &t, err)) == CM_END)
		st = CM_OK;
	if (st != CM_OK)
		return st;
	const char *why = shape_of(ctx, root);
	if (why)
		return desk_wrong(d, root->line, root->col, why, err);
	const char *id = jp_member(jp_get(root, "extension"), "id");
	ctx->dataset = strstr(id, "204") ? "household" : strstr(id, "205") ? "non-household"
		       : strstr(jp_member(root, "label"), "non-household") ? "non-household"
		       : strstr(jp_member(root, "label"), "household") ? "household" : "kind not told";
	ctx->cursor = ctx->value->first;
	return CM_OK;
}

/* The code of a dimension at a cell; "" where the cube lacks it. */
static const char *code_at(const struct price_ctx *ctx, const char *id, size_t cell)
{
	size_t stride = ctx->cells;

	for (size_t i = 0; i < ctx->dims; i++) {
		stride /= ctx->dim[i].size;
		const size_t at = cell / stride % ctx->dim[i].size;
		if (strcmp(ctx->dim[i].id, id) == 0)
			return ctx->dim[i].code[at];
	}
	return "";
}

static enum cm_status cube_record(struct price_ctx *ctx, struct cm_err *err)
{
	struct price_desk *d = &ctx->desk;
	const struct jp_node *v = ctx->cursor;

	if (!v)
		return CM_END;
	const size_t at = jp_is(ctx->value, JP_OBJECT) ? number(v->key) : ctx->index;
	ctx->cursor = v->next;
	ctx->index++;
	if (at >= ctx->cells)
		return desk_wrong(d, v->line, v->col, "a value beyond the cube", err);
	if (jp_is(v, JP_NULL))
		return CM_OK;
	const char *product = code_at(ctx, "product", at), *unit = code_at(ctx, "unit", at);
	struct cell c = {
		.geo = code_at(ctx, "geo", at), .time = code_at(ctx, "time", at),
		.band = code_at(ctx, "nrg_cons", at), .tax = code_at(ctx, "tax", at), .kind = ctx->dataset,
		.price = v->text, .currency = code_at(ctx, "currency", at),
		.flag = ctx->status[at] ? ctx->status[at] : "", .place = desk_text(d, "/value/%zu", at),
	};
	c.band = *c.band ? c.band : "not told";
	c.tax = *c.tax ? c.tax : "not told";
	if (*product && strcmp(product, "6000") != 0)
		desk_refuse(d, "another product than electricity", c.place);
	else if (*unit && strcmp(unit, "KWH") != 0)
		desk_refuse(d, "another unit than kWh", c.place);
	else if (strlen(c.currency) != 3 || strcmp(c.currency, "PPS") == 0)
		desk_refuse(d, "purchasing power, not money", c.place);
	else if (strcmp(c.currency, "NAC") == 0)
		desk_refuse(d, "national currency that the cube does not name", c.place);
	else
		give(d, &c);
	return CM_OK;
}

/* ---- pivots --------------------------------------------------------------------------------------- */

static enum cm_status pivot_header(struct price_ctx *ctx, struct cm_err *err)
{
	struct price_desk *d = &ctx->desk;
	struct csv_row row;
	enum cm_status st = desk_first_row(d, &row, "countries by half year or band", err);

	if (st != CM_OK)
		return st;
	if (!cm_starts(desk_cell(d, &row, 0), "Geopolitical entity") || row.cells > CM_COUNT(ctx->header))
		return desk_wrong(d, row.line, 1,
			"expected 'Geopolitical entity (reporting)' first: is this another format?",
				  err);
	ctx->columns = row.cells;
	for (size_t i = 1; i < row.cells; i++)
		ctx->header[i] = pool_dup(&d->pool, desk_cell(d, &row, (int)i));
	return CM_OK;
}

/* "Consumption from 500 MWh to 1 999 MWh - band IC" → "IC"; "" where the column is no band. */
static const char *band_of(const char *header)
{
	const char *band = strstr(header, " - band ");
	if (band)
		return band + strlen(" - band ");
	return strstr(header, "all bands") ? "all" : "";
}

static enum cm_status pivot_record(struct price_ctx *ctx, struct cm_err *err)
{
	struct price_desk *d = &ctx->desk;
	struct csv_row row;
	const char *start, *end;
	const enum cm_status st = csv_next(d->csv, &row, err);

	if (st != CM_OK)
		return st;
	if (row.cells != ctx->columns)
		return cm_fail_at(err, CM_EINPUT, d->name, row.line, 1,
			"%zu cells, expected %zu as in the first row",
				  row.cells, ctx->columns);
	const char *geo = desk_cell(d, &row, 0);
	for (size_t i = 1; i < row.cells; i++) {
		const char *text = desk_cell(d, &row, (int)i), *header = ctx->header[i];
		const bool time = half_year(d, header, &start, &end);
		if (!*text || strcmp(text, ":") == 0)
			continue;
		if (!time && !*band_of(header)) {
			desk_name_unknown(d, header);
			continue;
		}
		/* Flags follow the number: "0.1234 p"; and ": c" is a value that is kept secret. */
		const size_t n = strcspn(text, " ");
		const struct cell c = {
			.geo = geo, .time = time ? header : "", .band = time ? "not told" : band_of(header),
			.tax = "not told", .kind = "non-household", .currency = "EUR",
			.price = desk_text(d, "%.*s", (int)n, text), .flag = text + n + (text[n] == ' '),
			.place = desk_text(d, "%zu:%zu", row.line, row.col[i]),
		};
		if (*text == ':')
			desk_refuse(d, "the value is not told (confidential)", c.place);
		else
			give(d, &c);
	}
	return CM_OK;
}

/* ---- the source ----------------------------------------------------------------------------------- */

static enum cm_status record(struct price_ctx *ctx, struct cm_err *err)
{
	return ctx->value ? cube_record(ctx, err) : pivot_record(ctx, err);
}

static void eurostat_close(struct price_ctx *ctx)
{
	if (ctx)
		arena_free(&ctx->document);
	desk_close(ctx);
}

static enum cm_status eurostat_open(const struct price_from *from, struct price_ctx **out, struct cm_err *err)
{
	struct price_ctx *ctx = desk_open(sizeof *ctx, from, record);
	struct price_desk *d = &ctx->desk;
	enum cm_status st = desk_whole(d, MOST, err);
	const char *text = str_get(&d->bytes) + strspn(str_get(&d->bytes), "\xef\xbb\xbf \t\r\n");

	if (st == CM_OK)
		st = *text == '{' ? read_cube(ctx, err) : pivot_header(ctx, err);
	if (st != CM_OK) {
		eurostat_close(ctx);
		return st;
	}
	*out = ctx;
	return CM_OK;
}

const struct price_source price_eurostat = {
	.abi = CM_PRICE_ABI, .name = "eurostat", .provider = "eurostat",
	.desc = "Eurostat's electricity prices (JSON-stat of nrg_pc_204 and 205, or its pivots as CSV)",
	.holds = (const char *const[]){ "Geopolitical entity (reporting)", "nrg_pc_", "NRG_PC_", NULL },
	.open = eurostat_open, .next = desk_next, .refused = desk_refused, .unknown = desk_unknown,
	.close = eurostat_close,
};
