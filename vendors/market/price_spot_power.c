/*
 * Day-ahead electricity: CSV with time_start, time_end and columns like EUR_per_kWh or EUR_per_MWh.
 *
 * One row an interval (60 or 15 minutes) and currency, without grid fee, tax and margin; prices may
 * be negative. The zone is in no column: it is taken from the file's name (spot_SE3_2021.csv). A
 * day of a clock change has 23 or 25 hours; a gap or overlap between two intervals is named in the
 * row's note. Times become UTC.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/price_desk.h"

enum { START, END, RATE, COLUMNS };

static const struct desk_column columns[COLUMNS] = {
	{ "time_start|start|start_time", true }, { "time_end|end|end_time", false }, { "EXR", false },
};

struct money_column { int at; char currency[4]; int shift; };

struct price_ctx {
	struct price_desk desk;
	int at[COLUMNS];
	struct money_column money[8];
	size_t moneys;
	const char *zone;
	char last_end[32];
};

/* "EUR_per_kWh", "SEK per MWh". */
static bool money_column(const char *name, struct money_column *out)
{
	char unit[8], gap1, gap2, rest;
	char per[8];

	if (sscanf(name, "%3[A-Z]%c%3[a-z]%c%3[A-Za-z]%c", out->currency, &gap1, per, &gap2, unit,
			&rest) != 5 ||
	    strlen(out->currency) != 3 || strcmp(per, "per") != 0)
		return false;
	out->shift = strcmp(unit, "MWh") == 0 ? -3 : 0;
	return strcmp(unit, "kWh") == 0 || strcmp(unit, "MWh") == 0;
}

/* "SE3" of "spot_SE3_2021.csv": a part of two or three letters in capitals and at most two digits. */
static const char *zone_of(struct price_desk *d, const char *path)
{
	const char *base = strrchr(path, '/');

	for (const char *s = base ? base + 1 : path; *s;) {
		const size_t n = strcspn(s, "_-. "), letters = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
		const size_t digits = strspn(s + letters, "0123456789");
		if (letters >= 2 && letters <= 3 && digits <= 2 && letters + digits == n) {
			char *zone = cm_strndup(s, n);
			const char *kept = pool_dup(&d->pool, desk_lower(d, zone));
			free(zone);
			return kept;
		}
		s += n + (s[n] != '\0');
	}
	return "";
}

/* "2021-11-01T00:00:00+01:00" → "2021-10-31T23:00:00Z". */
static bool to_utc(const char *text, char out[32])
{
	struct tm t = { 0 };
	int hours = 0, minutes = 0, seconds = 0;

	if (!desk_digits(text, 4, &t.tm_year) || text[4] != '-' || !desk_digits(text + 5, 2, &t.tm_mon) ||
	    text[7] != '-' || !desk_digits(text + 8, 2, &t.tm_mday) ||
	    (text[10] != 'T' && text[10] != ' ') || !desk_digits(text + 11, 2, &t.tm_hour) ||
	    text[13] != ':' || !desk_digits(text + 14, 2, &t.tm_min))
		return false;
	const char *zone = text + 16;
	if (*zone == ':') {
		if (!desk_digits(zone + 1, 2, &seconds))
			return false;
		zone += 3;
	}
	if (*zone == '.')
		zone += 1 + strspn(zone + 1, "0123456789");
	const bool west = *zone == '-';
	if (strcmp(zone, "Z") != 0 &&
	    ((*zone != '+' && !west) || !desk_digits(zone + 1, 2, &hours) || zone[3] != ':' ||
	     !desk_digits(zone + 4, 2, &minutes) || zone[6]))
		return false;
	if (t.tm_mon < 1 || t.tm_mon > 12 || t.tm_mday < 1 || t.tm_mday > 31 || t.tm_hour > 23 ||
			t.tm_min > 59)
		return false;
	t.tm_year -= 1900;
	t.tm_mon--;
	time_t at = timegm(&t) - (west ? -1 : 1) * (hours * 3600 + minutes * 60);
	if (!gmtime_r(&at, &t))
		return false;
	return strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &t) > 0;
}

static enum cm_status record(struct price_ctx *ctx, struct cm_err *err)
{
	struct price_desk *d = &ctx->desk;
	struct csv_row row;
	char start[32], end[32] = "";
	const enum cm_status st = csv_next(d->csv, &row, err);

	if (st != CM_OK)
		return st;
	const char *place = desk_line(d, row.line), *until = desk_cell(d, &row, ctx->at[END]);
	if (row.cells != d->columns)
		return cm_fail_at(err, CM_EINPUT, d->name, row.line, 1,
			"%zu cells, expected %zu as in the first row",
				  row.cells, d->columns);
	if (!to_utc(desk_cell(d, &row, ctx->at[START]), start) || (*until && !to_utc(until, end)))
		return cm_fail_at(err, CM_EINPUT, d->name, row.line, row.col[ctx->at[START]],
				  "expected times with an offset, like 2021-11-01T00:00:00+01:00");
	const int order = *ctx->last_end ? strcmp(start, ctx->last_end) : 0;
	for (size_t i = 0; i < ctx->moneys; i++) {
		const char *price = desk_cell(d, &row, ctx->money[i].at);
		struct price_row r = desk_row(d, place);
		if (!*price || !money_is(price)) {
			desk_refuse(d, *price ? "the price is no number" : "no price in the cell", place);
			continue;
		}
		r.provider = r.host = "day-ahead";
		r.category = "Other";
		r.service = "Day-ahead electricity";
		r.region = ctx->zone;
		r.sku = r.offer = "electricity day-ahead";
		r.sku_price = desk_text(d, "%s/%s/%s", ctx->zone, start, ctx->money[i].currency);
		r.pricing = "Dynamic";
		r.term = "tariff";
		r.price = ctx->money[i].shift ? desk_shift(d, price, ctx->money[i].shift) : price;
		r.unit = "kWh";
		r.scope = "kWh";
		r.currency = ctx->money[i].currency;
		r.start = desk_keep(d, start);
		r.end = desk_keep(d, end);
		r.basis = "published";
		r.note = order > 0 ? "hours are missing before this one" : order < 0
			? "overlaps the one before" : "";
		desk_give(d, &r);
	}
	memcpy(ctx->last_end, end, sizeof end);
	return CM_OK;
}

static enum cm_status header(struct price_ctx *ctx, struct cm_err *err)
{
	struct price_desk *d = &ctx->desk;
	struct csv_row row;
	enum cm_status st = desk_first_row(d, &row, "column names", err);

	if (st == CM_OK)
		st = desk_bind(d, &row, columns, COLUMNS, ctx->at, err);
	if (st != CM_OK)
		return st;
	d->unknowns = 0; /* columns of money are bound here */
	for (size_t i = 0; i < row.cells; i++) {
		const char *name = desk_cell(d, &row, (int)i);
		struct money_column m = { .at = (int)i };
		if (money_column(name, &m) && ctx->moneys < CM_COUNT(ctx->money))
			ctx->money[ctx->moneys++] = m;
		else if ((int)i != ctx->at[START] && (int)i != ctx->at[END] &&
				(int)i != ctx->at[RATE] && *name)
			desk_name_unknown(d, name);
	}
	return ctx->moneys ? CM_OK : desk_wrong(d, row.line, 1,
		"no column of a price like EUR_per_kWh or EUR_per_MWh", err);
}

static enum cm_status spot_power_open(const struct price_from *from, struct price_ctx **out,
	struct cm_err *err)
{
	struct price_ctx *ctx = desk_open(sizeof *ctx, from, record);
	const enum cm_status st = header(ctx, err);

	if (st != CM_OK) {
		desk_close(ctx);
		return st;
	}
	ctx->zone = zone_of(&ctx->desk, ctx->desk.name);
	*out = ctx;
	return CM_OK;
}

const struct price_source price_spot_power = {
	.abi = CM_PRICE_ABI, .name = "spot_power", .provider = "day-ahead",
	.desc = "day-ahead electricity by hour or quarter (CSV)",
	.holds = (const char *const[]){ "_per_kWh", NULL },
	.open = spot_power_open, .next = desk_next, .refused = desk_refused, .unknown = desk_unknown,
	.close = desk_close,
};
