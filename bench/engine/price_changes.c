/*
 * Two states of the store set against each other (see price_changes.h). The same offer is what agrees
 * in all that tells offers apart; where several prices stand for it, they are compared as a set.
 */
#include "engine/price_changes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/price_store_inner.h"

/* %s: imports of the state. One row an offer, its prices joined in order. Device names may change with
 * our own tables and do not tell offers apart. */
#define STATE                                                                                      \
	"SELECT who, offer, label, region, detail, zone, tier, scope, sku, currency, unit, min(price) " \
	"AS low, max(price) AS high, " \
	"group_concat(DISTINCT price) AS prices, min(file) AS file, min(line) AS line FROM (SELECT " \
	"k.\"ServiceProviderName\" AS who," \
	" k.offer AS offer, k.label AS label, k.\"RegionId\" AS region, trim(p.payment_option || ' ' " \
	"|| p.operating_system || ' ' ||" \
	" p.tenancy || ' ' || p.license || ' ' || p.\"ServiceName\") AS detail, p.\"AvailabilityZone\" " \
	"AS zone, p.tier_start AS tier," \
	" p.price_scope AS scope, p.\"PricingCurrency\" AS currency, p.\"PricingUnit\" AS unit,"            \
	" CASE WHEN k.label IN ('on demand', 'spot') THEN '' ELSE p.\"SkuPriceId\" END AS sku,"             \
	" CASE WHEN CAST(p.upfront_price AS REAL) = 0 THEN p.price ELSE p.price || ' + ' || " \
	"p.upfront_price || ' once' END AS price," \
	" CASE p.file WHEN '' THEN i.name ELSE p.file END AS file, p.line AS line FROM import i CROSS " \
	"JOIN price p ON p.import = i.id" \
	" CROSS JOIN key k ON k.id = p.key WHERE i.id IN (SELECT id FROM temp.%s) ORDER BY price)"          \
	" GROUP BY who, offer, label, region, detail, zone, tier, scope, sku, currency, unit"

#define JOINED                                                                                     \
	"x.who = y.who AND x.offer = y.offer AND x.label = y.label AND x.region = y.region AND " \
	"x.detail = y.detail AND " \
	"x.zone = y.zone AND x.tier = y.tier AND x.scope = y.scope AND x.sku = y.sku AND " \
	"x.currency = y.currency AND x.unit = y.unit"

static enum cm_status choose(struct price_store *s, const char *table, struct price_state state,
	struct cm_err *err)
{
	/* The newest import of each source and scope on that day. */
	static const char by_date[] = "INSERT INTO temp.%s SELECT max(id) FROM import WHERE substr(begun, "
		"1, 10) <= ?2 "
				      "AND ?1 = 0 AND scope <> '' GROUP BY source, scope";
	static const char by_id[] = "INSERT INTO temp.%s SELECT id FROM import WHERE id = ?1 AND ?2 IS NOT 0";
	struct str sql = { 0 };
	sqlite3_stmt *q = NULL;
	enum cm_status st;

	str_addf(&sql, "DROP TABLE IF EXISTS temp.%s; CREATE TEMP TABLE %s(id INTEGER PRIMARY KEY)",
		table, table);
	st = price_sql_do(s, str_get(&sql), err);
	str_clear(&sql);
	for (const char *p = state.import ? by_id : by_date; *p; p++)
		if (p[0] == '%')
			str_add(&sql, table), p++;
		else
			str_addc(&sql, *p);
	if (!st && sqlite3_prepare_v2(s->db, str_get(&sql), -1, &q, NULL))
		st = price_sql_fail(s, err);
	str_free(&sql);
	if (st)
		return st;
	sqlite3_bind_int64(q, 1, state.import);
	sqlite3_bind_text(q, 2, state.date ? state.date : "", -1, SQLITE_STATIC);
	if (sqlite3_step(q) != SQLITE_DONE)
		st = price_sql_fail(s, err);
	else if (sqlite3_changes(s->db) == 0)
		st = state.import ? cm_fail(err, CM_EINPUT, "the price store has no import %lld; "
			"'costmark prices diff' "
					    "without words lists them", (long long)state.import)
				  : cm_fail(err, CM_EINPUT, "nothing was imported on or before %s; "
				  "'costmark prices diff' "
					    "without words lists the imports", state.date);
	sqlite3_finalize(q);
	return st;
}

static enum cm_status collect(struct price_store *s, const char *name, const char *imports,
	struct cm_err *err)
{
	struct str sql = { 0 };

	str_addf(&sql, "DROP TABLE IF EXISTS temp.%s; CREATE TEMP TABLE %s AS ", name, name);
	for (const char *p = STATE; *p; p++)
		if (p[0] == '%')
			str_add(&sql, imports), p++;
		else
			str_addc(&sql, *p);
	str_addf(&sql, "; CREATE INDEX temp.%s_by ON %s(who, offer, label, region, detail)", name, name);
	const enum cm_status st = price_sql_do(s, str_get(&sql), err);
	str_free(&sql);
	return st;
}

static const char *text_at(sqlite3_stmt *q, int i)
{
	const unsigned char *t = sqlite3_column_text(q, i);

	return t ? (const char *)t : "";
}

static double ratio(const char *before, const char *after)
{
	struct dec a, b;

	return dec_parse(before, &a) && dec_parse(after, &b) && a.m > 0 ? dec_double(b) / dec_double(a) : NAN;
}

/* "0.10" and "0.1000" are one price. */
static bool same_price(const char *a, const char *b)
{
	struct dec x, y;

	return !strcmp(a, b) || (dec_parse(a, &x) && dec_parse(b, &y) && dec_cmp(x, y) == 0);
}

static enum cm_status compare(struct price_store *s, const char *what, const char *sql,
	price_changed *each, void *user,
			      uint64_t *same, struct cm_err *err)
{
	sqlite3_stmt *q = NULL;
	int rc;

	if (sqlite3_prepare_v2(s->db, sql, -1, &q, NULL))
		return price_sql_fail(s, err);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		const char *before = text_at(q, 5), *after = text_at(q, 6);
		if (*before && *after && same_price(before, after)) {
			++*same;
			continue;
		}
		const struct price_change c = { what, text_at(q, 0), text_at(q, 1), text_at(q, 2),
			text_at(q, 3),
						text_at(q, 4), before, after, text_at(q, 7), text_at(q, 8),
						ratio(before, after), text_at(q, 9), text_at(q, 10) };
		if (!each(&c, user))
			break;
	}
	const enum cm_status st = rc == SQLITE_DONE || rc == SQLITE_ROW ? CM_OK : price_sql_fail(s, err);
	sqlite3_finalize(q);
	return st;
}

enum cm_status price_store_diff(struct price_store *s, struct price_state a, struct price_state b,
				price_changed *each, void *user, uint64_t *same, struct cm_err *err)
{
	static const struct { const char *what, *sql; } steps[] = {
		{ "moved", "SELECT x.who, x.offer, x.label, x.region, x.detail, x.prices, y.prices, "
			"y.currency, y.unit, y.file, y.line "
			   "FROM temp.before x JOIN temp.after y ON " JOINED " ORDER BY 1, 2, 3, 4, 5" },
		{ "new", "SELECT y.who, y.offer, y.label, y.region, y.detail, '', y.prices, y.currency, "
			"y.unit, y.file, y.line "
			 "FROM temp.after y LEFT JOIN temp.before x ON " JOINED " WHERE x.who IS NULL "
			 "ORDER BY 1, 2, 3, 4, 5" },
		{ "gone", "SELECT x.who, x.offer, x.label, x.region, x.detail, x.prices, '', x.currency, "
			"x.unit, x.file, x.line "
			  "FROM temp.before x LEFT JOIN temp.after y ON " JOINED " WHERE y.who IS NULL "
			  "ORDER BY 1, 2, 3, 4, 5" },
	};
	enum cm_status st = choose(s, "from_imports", a, err);

	*same = 0;
	if (!st)
		st = choose(s, "to_imports", b, err);
	if (!st)
		st = collect(s, "before", "from_imports", err);
	if (!st)
		st = collect(s, "after", "to_imports", err);
	for (size_t i = 0; i < CM_COUNT(steps) && !st; i++)
		st = compare(s, steps[i].what, steps[i].sql, each, user, same, err);
	return st;
}
