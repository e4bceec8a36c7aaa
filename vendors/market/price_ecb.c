/*
 * The European Central Bank's reference rates: eurofxref-hist (a CSV in a zip) and the XML files.
 *
 * A rate says what one euro costs in another currency: price in that currency, per unit EUR. "N/A"
 * and empty cells are days without a rate and give no row. There is none on weekends and holidays;
 * who converts takes the last day before. Lines of the CSV end in a comma.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/price_desk.h"

#define MOST ((size_t)64 << 20) /* the whole history is 2.5 MB */

struct price_ctx {
	struct price_desk desk;
	const char *header[256]; /* currency of each column */
	size_t columns;
	/* XML */
	const char *at;
	size_t line;
	char day[16];
};

static bool is_currency(const char *s)
{
	return strlen(s) == 3 && isupper((unsigned char)s[0]) && isupper((unsigned char)s[1]) &&
	       isupper((unsigned char)s[2]);
}

static bool is_day(const char *s)
{
	long days;
	return strlen(s) == 10 && cm_iso_days(s, s, &days);
}

/* The rate of a day; false: it is no rate. */
static bool give(struct price_desk *d, const char *day, const char *currency, const char *rate,
		 const char *place)
{
	struct price_row r = desk_row(d, place);

	if (!money_is(rate) || money_is_zero(rate) || money_is_negative(rate))
		return false;
	r.provider = r.host = "ecb";
	r.category = "Other";
	r.service = "Euro foreign exchange reference rates";
	r.sku = r.offer = desk_text(d, "EUR/%s", currency);
	r.sku_price = desk_text(d, "EUR/%s/%s", currency, day);
	r.pricing = "Other";
	r.term = "rate";
	r.price = rate;
	r.unit = "EUR";
	r.scope = "currency";
	r.currency = currency;
	r.start = day;
	r.basis = "published";
	desk_give(d, &r);
	return true;
}

/* ---- CSV ------------------------------------------------------------------------------------------ */

static enum cm_status header(struct price_ctx *ctx, struct cm_err *err)
{
	struct price_desk *d = &ctx->desk;
	struct csv_row row;
	enum cm_status st = desk_first_row(d, &row, "rates by day", err);

	if (st != CM_OK)
		return st;
	if (strcmp(desk_cell(d, &row, 0), "Date") != 0)
		return desk_wrong(d, row.line, 1,
			"expected the column 'Date' first: is this another format?", err);
	if (row.cells > CM_COUNT(ctx->header))
		return desk_wrong(d, row.line, 1, "more than 255 currencies", err);
	ctx->columns = row.cells;
	for (size_t i = 1; i < row.cells; i++) {
		ctx->header[i] = pool_dup(&d->pool, desk_cell(d, &row, (int)i));
		if (*ctx->header[i] && !is_currency(ctx->header[i]))
			desk_name_unknown(d, ctx->header[i]);
	}
	return CM_OK;
}

static enum cm_status csv_record(struct price_ctx *ctx, struct cm_err *err)
{
	struct price_desk *d = &ctx->desk;
	struct csv_row row;
	const enum cm_status st = csv_next(d->csv, &row, err);

	if (st != CM_OK)
		return st;
	const char *day = desk_cell(d, &row, 0), *place = desk_line(d, row.line);
	if (!is_day(day))
		return cm_fail_at(err, CM_EINPUT, d->name, row.line, 1, "'%.40s' is no date", day);
	if (row.cells != ctx->columns)
		return cm_fail_at(err, CM_EINPUT, d->name, row.line, 1,
			"%zu cells, expected %zu as in the first row",
				  row.cells, ctx->columns);
	for (size_t i = 1; i < row.cells; i++) {
		const char *rate = desk_cell(d, &row, (int)i);
		if (!is_currency(ctx->header[i]) || !*rate || strcmp(rate, "N/A") == 0)
			continue;
		if (!give(d, day, ctx->header[i], rate, place))
			return cm_fail_at(err, CM_EINPUT, d->name, row.line, row.col[i],
				"'%.40s' is no rate", rate);
	}
	return CM_OK;
}

/* ---- XML: <Cube time='…'><Cube currency='…' rate='…'/>…
 * ------------------------------------------------- */

/* The value of an attribute inside of the tag [s, end); false: it has none. */
static bool attribute(const char *s, const char *end, const char *name, char *out, size_t cap)
{
	const size_t n = strlen(name);

	for (; s + n + 2 < end; s++) {
		if (!isspace((unsigned char)s[0]) || strncmp(s + 1, name, n) != 0 || s[1 + n] != '=')
			continue;
		const char quote = s[2 + n], *value = s + 3 + n;
		const char *close = quote == '\'' || quote == '"'
			? memchr(value, quote, (size_t)(end - value)) : NULL;
		if (!close || (size_t)(close - value) >= cap)
			return false;
		memcpy(out, value, (size_t)(close - value));
		out[close - value] = '\0';
		return true;
	}
	return false;
}

static enum cm_status xml_record(struct price_ctx *ctx, struct cm_err *err)
{
	struct price_desk *d = &ctx->desk;
	char currency[8], rate[MONEY_CAP];
	const char *tag = strstr(ctx->at, "<Cube");

	if (!tag) {
		if (!strstr(ctx->at, "Envelope>"))
			return desk_wrong(d, ctx->line, 0,
				"the file ends before </gesmes:Envelope>: it is cut short", err);
		return CM_END;
	}
	for (const char *s = ctx->at; s < tag; s++)
		ctx->line += *s == '\n';
	const char *end = strchr(tag, '>');
	if (!end)
		return desk_wrong(d, ctx->line, 0, "a tag that is never closed: the file is cut short", err);
	ctx->at = end + 1;
	if (attribute(tag, end, "time", ctx->day, sizeof ctx->day))
		return is_day(ctx->day) ? CM_OK : desk_wrong(d, ctx->line, 0, "time is no date", err);
	if (!attribute(tag, end, "currency", currency, sizeof currency))
		return CM_OK; /* the outermost */
	if (!is_currency(currency) || !*ctx->day || !attribute(tag, end, "rate", rate, sizeof rate) ||
	    !give(d, desk_keep(d, ctx->day), desk_keep(d, currency), desk_keep(d, rate),
		desk_line(d, ctx->line)))
		return desk_wrong(d, ctx->line, 0, "expected a currency and a rate of a day", err);
	return CM_OK;
}

static enum cm_status record(struct price_ctx *ctx, struct cm_err *err)
{
	return ctx->at ? xml_record(ctx, err) : csv_record(ctx, err);
}

static enum cm_status ecb_open(const struct price_from *from, struct price_ctx **out, struct cm_err *err)
{
	struct price_ctx *ctx = desk_open(sizeof *ctx, from, record);
	struct price_desk *d = &ctx->desk;
	enum cm_status st = desk_whole(d, MOST, err);
	const char *text = str_get(&d->bytes) + strspn(str_get(&d->bytes), "\xef\xbb\xbf \t\r\n");

	if (st == CM_OK && *text == '<') {
		ctx->at = str_get(&d->bytes);
		ctx->line = 1;
		if (!strstr(text, "<Cube"))
			st = desk_wrong(d, 1, 1, "XML without a Cube: is this another format?", err);
	} else if (st == CM_OK) {
		st = header(ctx, err);
	}
	if (st != CM_OK) {
		desk_close(ctx);
		return st;
	}
	*out = ctx;
	return CM_OK;
}

const struct price_source price_ecb = {
	.abi = CM_PRICE_ABI, .name = "ecb", .provider = "ecb",
	.desc = "euro reference rates of the ECB (hist zip or CSV, daily and 90-day XML)",
	.holds = (const char *const[]){ "eurofxref", "Date,USD,JPY", "Date, USD, JPY", NULL },
	.open = ecb_open, .next = desk_next, .refused = desk_refused, .unknown = desk_unknown,
	.close = desk_close,
};
