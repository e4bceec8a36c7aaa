/* The desk of the price sources. It knows the canonical row and no seller. */
#include "base/price_desk.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static struct price_desk *desk_of(struct price_ctx *ctx)
{
	return (struct price_desk *)(void *)ctx; /* a context begins with its desk */
}

struct price_ctx *desk_open(size_t bytes, const struct price_from *from,
			    enum cm_status (*record)(struct price_ctx *, struct cm_err *))
{
	struct price_ctx *ctx = cm_alloc(bytes);
	struct price_desk *d = desk_of(ctx);

	d->in = from->in;
	d->name = pool_dup(&d->pool, from->name ? from->name : "");
	d->address = pool_dup(&d->pool, from->address ? from->address : "");
	d->retrieved = pool_dup(&d->pool, from->retrieved ? from->retrieved : "");
	d->record = record;
	return ctx;
}

enum cm_status desk_next(struct price_ctx *ctx, struct price_row *row, struct cm_err *err)
{
	struct price_desk *d = desk_of(ctx);

	while (d->given == d->rows) {
		d->given = d->rows = 0;
		arena_reset(&d->text);
		if (d->ended)
			return CM_END;
		const enum cm_status st = d->record(ctx, err);
		if (st == CM_END)
			d->ended = true; /* rows may have come with the end */
		else if (st != CM_OK)
			return st;
	}
	*row = d->row[d->given++];
	return CM_OK;
}

static int more_rows_first(const void *a, const void *b)
{
	const struct price_refusal *x = a, *y = b;
	return x->rows != y->rows ? (x->rows < y->rows) - (x->rows > y->rows)
				  : strcmp(x->reason, y->reason);
}

size_t desk_refused(struct price_ctx *ctx, const struct price_refusal **out)
{
	struct price_desk *d = desk_of(ctx);

	if (d->refusals)
		qsort(d->refusal, d->refusals, sizeof *d->refusal, more_rows_first);
	*out = d->refusal;
	return d->refusals;
}

size_t desk_unknown(struct price_ctx *ctx, const char *const **out)
{
	*out = desk_of(ctx)->unknown;
	return desk_of(ctx)->unknowns;
}

void desk_close(struct price_ctx *ctx)
{
	struct price_desk *d = desk_of(ctx);

	if (!ctx)
		return;
	jsonpull_close(d->json);
	csv_close(d->csv);
	stream_close(d->whole);
	str_free(&d->bytes);
	arena_free(&d->text);
	pool_free(&d->pool);
	free(d->row);
	free(d->refusal);
	free(d->unknown);
	free(ctx);
}

struct price_row desk_row(struct price_desk *d, const char *place)
{
	struct price_row r = {
#define X(member, column) .member = "",
		CM_PRICE_COLUMNS(X)
#undef X
	};

	r.category = "Compute";
	r.basis = "listed";
	r.months = "0";
	r.upfront = "0";
	r.source = d->address;
	r.retrieved = d->retrieved;
	r.file = d->name;
	r.line = place;
	return r;
}

void desk_give(struct price_desk *d, const struct price_row *row)
{
	char text[MONEY_CAP];

	CM_PUSH(d->row, d->rows, d->row_cap);
	struct price_row *r = &d->row[d->rows++];
	*r = *row;
	if (!*r->effective && *r->price &&
	    money_effective(r->price, r->upfront, (unsigned)strtoul(r->months, NULL, 10), text))
		r->effective = desk_keep(d, text);
}

void desk_refuse(struct price_desk *d, const char *reason, const char *place)
{
	size_t i = 0;

	while (i < d->refusals && strcmp(d->refusal[i].reason, reason) != 0)
		i++;
	if (i == d->refusals) {
		CM_PUSH(d->refusal, d->refusals, d->refusal_cap);
		d->refusal[d->refusals++] = (struct price_refusal){
			pool_dup(&d->pool, reason), 0, pool_printf(&d->pool, "%s:%s", d->name, place) };
	}
	d->refusal[i].rows++;
}

#define MOST_UNKNOWN 200

void desk_name_unknown(struct price_desk *d, const char *column)
{
	for (size_t i = 0; i < d->unknowns; i++)
		if (strcmp(d->unknown[i], column) == 0)
			return;
	if (d->unknowns == MOST_UNKNOWN)
		return;
	CM_PUSH(d->unknown, d->unknowns, d->unknown_cap);
	d->unknown[d->unknowns++] = pool_dup(&d->pool, column);
}

const char *desk_text(struct price_desk *d, const char *fmt, ...)
{
	struct str s = { 0 };
	va_list ap;

	va_start(ap, fmt);
	str_vaddf(&s, fmt, ap);
	va_end(ap);
	const char *kept = arena_dup(&d->text, str_get(&s), s.len);
	str_free(&s);
	return kept;
}

const char *desk_keep(struct price_desk *d, const char *s)
{
	return *s ? arena_dup(&d->text, s, strlen(s)) : "";
}

const char *desk_lower(struct price_desk *d, const char *s)
{
	const size_t n = strlen(s);
	char *p = arena_alloc(&d->text, n + 1);

	for (size_t i = 0; i < n; i++)
		p[i] = (char)tolower((unsigned char)s[i]);
	return p;
}

const char *desk_shift(struct price_desk *d, const char *price, int by)
{
	char text[MONEY_CAP];
	return money_shift(price, by, text) ? desk_keep(d, text) : "";
}

bool desk_digits(const char *s, size_t n, int *out)
{
	*out = 0;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		*out = 10 * *out + (s[i] - '0');
	}
	return true;
}

const char *desk_line(struct price_desk *d, size_t line)
{
	return desk_text(d, "%zu", line);
}

enum cm_status desk_whole(struct price_desk *d, size_t limit, struct cm_err *err)
{
	enum cm_status st = stream_rest(d->in, limit, &d->bytes, err);

	if (st == CM_OK)
		st = stream_memory(str_get(&d->bytes), d->bytes.len, d->name, &d->whole, err);
	if (st == CM_OK)
		d->in = d->whole;
	return st;
}

/* ---- CSV ------------------------------------------------------------------------------------------ */

/* One of the spellings "a|b|c", case apart. */
static bool spelled(const char *names, const char *cell, size_t n)
{
	for (const char *s = names; *s;) {
		const size_t len = strcspn(s, "|");
		if (len == n && strncasecmp(s, cell, n) == 0)
			return true;
		s += len + (s[len] == '|');
	}
	return false;
}

static const char *trimmed(const char *s, size_t *n)
{
	while (*s == ' ' || *s == '\t')
		s++;
	*n = strlen(s);
	while (*n && (s[*n - 1] == ' ' || s[*n - 1] == '\t'))
		--*n;
	return s;
}

enum cm_status desk_bind(struct price_desk *d, const struct csv_row *row,
			 const struct desk_column *column, size_t n, int *at, struct cm_err *err)
{
	for (size_t i = 0; i < n; i++)
		at[i] = -1;
	for (size_t c = 0; c < row->cells; c++) {
		size_t len, i = 0;
		const char *name = trimmed(row->cell[c], &len);
		while (i < n && !spelled(column[i].name, name, len))
			i++;
		if (i < n && at[i] >= 0)
			return cm_fail_at(err, CM_EINPUT, d->name, row->line, row->col[c],
					  "column '%.60s' is given twice", row->cell[c]);
		if (i < n)
			at[i] = (int)c;
		else if (len)
			desk_name_unknown(d, row->cell[c]);
	}
	for (size_t i = 0; i < n; i++)
		if (column[i].needed && at[i] < 0)
			return cm_fail_at(err, CM_EINPUT, d->name, row->line, 1,
					  "column '%.*s' is missing: is this another format?",
					  (int)strcspn(column[i].name, "|"), column[i].name);
	d->columns = row->cells;
	return CM_OK;
}

enum cm_status desk_first_row(struct price_desk *d, struct csv_row *row, const char *expected,
			      struct cm_err *err)
{
	enum cm_status st = csv_open_stream(d->in, &d->csv, err);

	if (st == CM_OK)
		st = csv_next(d->csv, row, err);
	if (st == CM_END)
		return cm_fail_at(err, CM_EINPUT, d->name, 1, 1, "the file is empty: expected %s", expected);
	return st;
}

enum cm_status desk_csv(struct price_desk *d, const struct desk_column *column, size_t n, int *at,
			struct cm_err *err)
{
	struct csv_row row = { 0 };
	const enum cm_status st = desk_first_row(d, &row, "column names", err);

	return st == CM_OK ? desk_bind(d, &row, column, n, at, err) : st;
}

const char *desk_cell(struct price_desk *d, const struct csv_row *row, int at)
{
	size_t n;

	if (at < 0 || (size_t)at >= row->cells)
		return "";
	const char *s = trimmed(row->cell[at], &n);
	return n ? arena_dup(&d->text, s, n) : "";
}

/* ---- JSON ----------------------------------------------------------------------------------------- */

void desk_members(struct price_desk *d, const struct jp_node *object, const char *const *known, size_t n)
{
	for (const struct jp_node *c = object ? object->first : NULL; c; c = c->next) {
		size_t i = 0;
		while (i < n && strcmp(known[i], c->key) != 0)
			i++;
		if (i == n)
			desk_name_unknown(d, c->key);
	}
}

enum cm_status desk_wrong(struct price_desk *d, size_t line, size_t col, const char *why,
			  struct cm_err *err)
{
	return cm_fail_at(err, CM_EINPUT, d->name, line, col, "%s", why);
}
