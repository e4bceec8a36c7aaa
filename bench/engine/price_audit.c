/*
 * Checks over the store's current rows, most of them one SQL question each: its answer's columns are
 * the file, the line and the sentence. None repairs or hides a row; prices become doubles only to find
 * outliers.
 */
#include "engine/price_audit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "engine/price_store_inner.h"
#include "engine/stats.h"

#define STALE_DAYS 90
#define FAR 5.0    /* times the median of its device and term, either way */
#define ENOUGH 4   /* prices that a median needs */

/* n: current rows with their key; `same` joins what must agree for two rows to be the same offer. */
#define NOW                                                                                        \
	"WITH n AS MATERIALIZED (SELECT p.id, p.key, p.import, p.day, p.per_device, " \
	"k.\"ServiceProviderName\" AS who, " \
	"k.offer AS offer, k.device AS device, k.\"RegionId\" AS region, k.label AS label, p.price AS " \
	"price," \
	" p.upfront_price AS upfront, p.\"PricingCurrency\" AS currency, p.\"PricingUnit\" AS unit,"   \
	" p.payment_option AS payment, p.operating_system AS os, p.tenancy AS tenancy, p.license AS " \
	"license," \
	" p.tier_start AS tier, p.\"AvailabilityZone\" AS zone, p.\"ServiceName\" AS service,"         \
	" p.price_scope AS scope, p.devices AS devices, p.device_as_written AS written,"               \
	" p.\"SkuId\" AS sku, p.\"PricingCategory\" AS category, p.note AS note, p.capacity_status AS " \
	"capacity," \
	" p.effective_start AS start, p.effective_end AS ending,"                                       \
	" CASE p.file WHEN '' THEN i.name ELSE p.file END AS file, p.line AS line"                      \
	" FROM import i CROSS JOIN price p ON p.import = i.id CROSS JOIN key k ON k.id = p.key"         \
	" WHERE i.current = 1 %s) "
#define SAME(a, b)                                                                                 \
	a ".key = " b ".key AND " a ".payment = " b ".payment AND " a ".os = " b ".os " \
		"AND " a ".tenancy = " b ".tenancy" \
	" AND " a ".license = " b ".license AND " a ".tier = " b ".tier AND " a ".zone = " b ".zone AND " a \
	".service = " b ".service AND " a ".currency = " b ".currency AND " a ".unit = " b ".unit AND " a \
	".scope = " b ".scope AND " a ".capacity = " b ".capacity AND " a ".sku = " b ".sku"
#define NAME "who || '/' || offer || '@' || label || CASE region WHEN '' THEN '' ELSE '#' || region END"

static const struct question {
	const char *kind;
	bool problem;
	const char *only;  /* narrows n */
	const char *sql;   /* after NOW; ?1 = today, ?2 = the day STALE_DAYS before */
} questions[] = {
	{ "zero, with a reason", false, "AND CAST(p.price AS REAL) = 0 AND CAST(p.upfront_price AS REAL) "
		"= 0 AND p.note <> ''",
	  "SELECT min(file), min(CAST(line AS INTEGER)), who || ': ' || count(*) || ' prices of 0, such "
	  "as ' || min(" NAME ") || ': ' || "
	  "note FROM n GROUP BY who, import, note ORDER BY import" },
	{ "zero", true, "AND CAST(p.price AS REAL) = 0 AND CAST(p.upfront_price AS REAL) = 0 AND p.note = ''",
	  "SELECT file, line, " NAME " || ': the price is 0; nothing is sold for nothing' FROM n ORDER BY "
	  "id" },
	{ "currency", true, "AND length(p.\"PricingCurrency\") <> 3",
	  "SELECT file, line, " NAME " || ': the currency is ' || CASE currency WHEN '' THEN 'missing' "
	  "ELSE '''' || "
	  "currency || ''', not a code of ISO 4217' END FROM n ORDER BY id" },
	{ "unit", true, "AND p.\"PricingUnit\" = ''",
	  "SELECT file, line, " NAME " || ': it is not said what the price is for' FROM n ORDER BY id" },
	{ "expired", false, "AND p.effective_end <> '' AND substr(p.effective_end, 1, 10) <= substr(?1, "
		"1, 10) AND "
			    "p.effective_end > p.effective_start",
	  "SELECT min(file), min(line), who || ': ' || count(*) || ' prices have ended, such as ' || "
	  "min(" NAME ") || ' on ' || "
	  "min(ending) FROM n GROUP BY who, import ORDER BY import" },
	{ "stale", false, "AND p.day <> '' AND CASE WHEN i.retrieved <> '' THEN substr(i.retrieved, 1, "
		"10) ELSE "
			  "CASE p.retrieved WHEN '' THEN CASE p.published WHEN '' THEN p.day ELSE "
			  "substr(p.published, 1, "
			  "10) END ELSE substr(p.retrieved, 1, 10) END END < ?2",
	  "SELECT file, min(CAST(line AS INTEGER)), 'stale: ' || count(*) || ' prices of this import are "
	  "of more than 90 days "
	  "ago, the oldest of ' || min(day) FROM n GROUP BY import ORDER BY import" },
	{ "unknown device", true, "AND p.device_as_written <> '' AND k.device = ''",
	  "SELECT min(file), min(CAST(line AS INTEGER)), 'no table knows the device ''' || written || ''' "
	  "of ' || who || ' (' || "
	  "count(*) || ' prices)' FROM n GROUP BY who, written ORDER BY count(*) DESC, written" },
	{ "duplicate", true, "",
	  "SELECT b.file, b.line, b." NAME " || ': the same offer stands at ' || a.file || ':' || a.line "
	  "|| ' with "
	  "another price, ' || a.price || ' beside ' || b.price FROM n a JOIN n b ON " SAME("a", "b")
	  " AND a.start = b.start AND a.id < b.id AND (a.price <> b.price OR a.upfront <> b.upfront) AND "
	  "CAST(a.price AS REAL) + "
	  "CAST(a.upfront AS REAL) <> CAST(b.price AS REAL) + CAST(b.upfront AS REAL) GROUP BY b.id ORDER "
	  "BY b.id" },
	{ "overlap", false, "",
	  "SELECT b.file, b.line, b." NAME " || ': in effect from ' || b.start || ', while the price of ' "
	  "|| a.file || ':' || "
	  "a.line || ' from ' || a.start || ' has not ended' FROM n a JOIN n b ON " SAME("a", "b")
	  " AND a.start < b.start AND a.start <> '' AND (a.ending = '' OR a.ending > b.start) AND a.price "
	  "<> b.price "
	  "AND a.label <> 'rate' GROUP BY b.id ORDER BY b.id" },
	{ "spot", false, "AND k.term IN ('spot', 'on_demand')",
	  "SELECT s.file, s.line, s." NAME " || ': spot at ' || s.price || ' is ' || CASE WHEN "
	  "CAST(s.price AS REAL) = "
	  "CAST(d.price AS REAL) THEN 'equal to' ELSE 'above' END || ' on demand at ' || d.price || ' (' "
	  "|| d.file || ':' || d.line "
	  "|| ')' FROM n s JOIN n d ON s.label = 'spot' AND d.label = 'on demand' AND s.who = d.who AND "
	  "s.offer = d.offer AND "
	  "s.region = d.region AND s.zone = d.zone AND s.os = d.os AND s.currency = d.currency AND s.unit "
	  "= d.unit AND "
	  "s.scope = d.scope AND s.devices = d.devices AND s.tenancy = d.tenancy AND CAST(s.price AS "
	  "REAL) >= CAST(d.price AS REAL) AND CAST(d.price AS "
	  "REAL) > 0 GROUP BY s.id ORDER BY s.id" },
	{ "node", false, "AND k.device <> '' AND p.devices IN ('1', '8') AND p.\"PricingUnit\" = 'Hours'",
	  "SELECT b.file, b.line, b." NAME " || ': ' || printf('%.4g', b.per_device) || ' a device in a "
	  "node of 8, while "
	  "the same seller''s single one is ' || printf('%.4g', a.per_device) || ' (' || a.file || ':' || "
	  "a.line || '): is one the "
	  "price of a node?' FROM n a JOIN n b ON a.devices = '1' AND b.devices = '8' AND a.who = b.who "
	  "AND a.device = b.device "
	  "AND a.region = b.region AND a.label = b.label AND a.payment = b.payment AND a.os = b.os AND "
	  "a.tenancy = b.tenancy AND "
	  "a.license = b.license AND a.currency = b.currency AND a.scope = b.scope AND a.per_device > 0 "
	  "AND b.per_device > 0 GROUP BY b.id HAVING min(max(a.per_device / b.per_device, b.per_device / "
	  "a.per_device)) > 1.5 "
	  "ORDER BY b.id" },
};

/* "b.who || '/' || …": NAME with its columns of one table. */
static char *qualified_dup(const char *sql)
{
	static const char *const columns[] = { "who ||", "offer ||", "label ||", "region WHEN",
		"region END" };
	struct str s = { 0 };

	for (const char *p = sql; *p;) {
		const char *mark = strstr(p, "." NAME);
		if (!mark) {
			str_add(&s, p);
			break;
		}
		const char table[] = { mark[-1], '.', '\0' };
		str_addn(&s, p, (size_t)(mark - 1 - p));
		for (const char *q = NAME; *q;) {
			for (size_t i = 0; i < CM_COUNT(columns); i++)
				if (cm_starts(q, columns[i]))
					str_add(&s, table);
			const char *blank = strchr(q, ' ');
			const size_t n = blank ? (size_t)(blank - q) + 1 : strlen(q);
			str_addn(&s, q, n);
			q += n;
		}
		p = mark + strlen("." NAME);
	}
	return str_take(&s);
}

struct audit {
	struct price_store *s;
	const char *today;
	char before[11];
	unsigned most;
	price_found *found;
	void *user;
};

static const char *text_at(sqlite3_stmt *q, int i)
{
	const unsigned char *t = sqlite3_column_text(q, i);

	return t ? (const char *)t : "";
}

static void say(struct audit *a, const char *kind, bool problem, uint64_t count, const char *file,
	const char *line,
		const char *says)
{
	if (count <= a->most)
		a->found(&(struct price_finding){ kind, problem, file, line, says }, a->user);
}

static void say_rest(struct audit *a, const char *kind, bool problem, uint64_t count)
{
	char text[120];

	if (count <= a->most)
		return;
	snprintf(text, sizeof text, "%s: %llu more of this kind", kind,
		(unsigned long long)(count - a->most));
	a->found(&(struct price_finding){ kind, problem, price_store_path(a->s), "", text }, a->user);
}

static enum cm_status ask(struct audit *a, const struct question *w, struct cm_err *err)
{
	struct str sql = { 0 };
	char *rest = qualified_dup(w->sql);
	sqlite3_stmt *q = NULL;
	uint64_t n = 0;
	int rc;

	for (const char *p = NOW; *p; p++)
		if (p[0] == '%' && p[1] == 's')
			str_add(&sql, w->only), p++;
		else
			str_addc(&sql, *p);
	str_add(&sql, rest);
	free(rest);
	rc = sqlite3_prepare_v2(a->s->db, str_get(&sql), -1, &q, NULL);
	str_free(&sql);
	if (rc)
		return price_sql_fail(a->s, err);
	if (sqlite3_bind_parameter_count(q) >= 1)
		sqlite3_bind_text(q, 1, a->today, -1, SQLITE_STATIC);
	if (sqlite3_bind_parameter_count(q) >= 2)
		sqlite3_bind_text(q, 2, a->before, -1, SQLITE_STATIC);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW)
		say(a, w->kind, w->problem, ++n, text_at(q, 0), text_at(q, 1), text_at(q, 2));
	sqlite3_finalize(q);
	say_rest(a, w->kind, w->problem, n);
	return rc == SQLITE_DONE ? CM_OK : price_sql_fail(a->s, err);
}

/* ---- outliers ----------------------------------------------------------------------------------- */

struct like { char *name, *file, *line; double each; };
struct likes { struct like *row; size_t n, cap; char *group; uint64_t told; };

static void look_at_group(struct audit *a, struct likes *l)
{
	double *value = cm_alloc((l->n + 1) * sizeof *value);

	for (size_t i = 0; i < l->n; i++)
		value[i] = l->row[i].each;
	if (l->n >= ENOUGH) {
		const double median = stats_median(value, l->n);
		for (size_t i = 0; i < l->n; i++) {
			const double ratio = l->row[i].each / median;
			char text[400];
			if (!(median > 0) || (ratio <= FAR && ratio >= 1 / FAR))
				continue;
			snprintf(text, sizeof text, "%.150s: %.4g a device is %.3g times the median of "
				"%zu prices of %.100s: is it "
				 "the price of a node, or the number of devices?", l->row[i].name,
				 l->row[i].each, ratio, l->n,
				 l->group);
			say(a, "outlier", false, ++l->told, l->row[i].file, l->row[i].line, text);
		}
	}
	free(value);
	for (size_t i = 0; i < l->n; i++) {
		free(l->row[i].name);
		free(l->row[i].file);
		free(l->row[i].line);
	}
	l->n = 0;
}

static enum cm_status outliers(struct audit *a, struct cm_err *err)
{
	static const char sql[] =
		"SELECT k.device || ', ' || k.label || ', ' || p.\"PricingCurrency\" AS like, "
		"k.\"ServiceProviderName\" || '/' || "
		"k.offer || '@' || k.label || CASE k.\"RegionId\" WHEN '' THEN '' ELSE '#' || "
		"k.\"RegionId\" END, "
		"CASE p.file WHEN '' THEN i.name ELSE p.file END, p.line, p.per_device FROM import i "
		"CROSS JOIN price p ON p.import = "
		"i.id CROSS JOIN key k ON k.id = p.key WHERE i.current = 1 AND k.device <> '' AND "
		"p.per_device > 0 AND "
		"p.operating_system IN ('', 'linux') AND p.tenancy IN ('', 'shared') AND "
		"p.\"PricingUnit\" = 'Hours' AND "
		"p.price_scope IN ('node', 'device') ORDER BY like, p.id";
	struct likes l = { 0 };
	sqlite3_stmt *q = NULL;
	int rc;

	if (sqlite3_prepare_v2(a->s->db, sql, -1, &q, NULL))
		return price_sql_fail(a->s, err);
	l.group = cm_strdup("");
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		if (strcmp(l.group, text_at(q, 0)) != 0) {
			look_at_group(a, &l);
			free(l.group);
			l.group = cm_strdup(text_at(q, 0));
		}
		CM_PUSH(l.row, l.n, l.cap);
		l.row[l.n++] = (struct like){ cm_strdup(text_at(q, 1)), cm_strdup(text_at(q, 2)),
					      cm_strdup(text_at(q, 3)), sqlite3_column_double(q, 4) };
	}
	look_at_group(a, &l);
	say_rest(a, "outlier", false, l.told);
	free(l.group);
	free(l.row);
	sqlite3_finalize(q);
	return rc == SQLITE_DONE ? CM_OK : price_sql_fail(a->s, err);
}

/* ---- all ---------------------------------------------------------------------------------------- */

static enum cm_status days_before(struct audit *a, struct cm_err *err)
{
	sqlite3_stmt *q = NULL;

	if (sqlite3_prepare_v2(a->s->db, "SELECT date(?1, ?2)", -1, &q, NULL))
		return price_sql_fail(a->s, err);
	char shift[24];
	snprintf(shift, sizeof shift, "-%d days", STALE_DAYS);
	sqlite3_bind_text(q, 1, a->today, 10, SQLITE_STATIC);
	sqlite3_bind_text(q, 2, shift, -1, SQLITE_STATIC);
	if (sqlite3_step(q) == SQLITE_ROW)
		snprintf(a->before, sizeof a->before, "%.10s", text_at(q, 0));
	sqlite3_finalize(q);
	return CM_OK;
}

static enum cm_status count(struct price_store *s, uint64_t *rows, struct cm_err *err)
{
	sqlite3_stmt *q = NULL;

	if (sqlite3_prepare_v2(s->db, "SELECT total(rows) FROM import WHERE current = 1", -1, &q, NULL))
		return price_sql_fail(s, err);
	*rows = sqlite3_step(q) == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(q, 0) : 0;
	sqlite3_finalize(q);
	return CM_OK;
}

enum cm_status price_audit(struct price_store *s, const char *today, unsigned most, price_found *found,
			   void *user, uint64_t *rows, struct cm_err *err)
{
	struct audit a = { .s = s, .today = today, .most = most, .found = found, .user = user };
	enum cm_status st = count(s, rows, err);

	if (!st)
		st = days_before(&a, err);
	for (size_t i = 0; i < CM_COUNT(questions) && !st; i++)
		st = ask(&a, &questions[i], err);
	return st ? st : outliers(&a, err);
}
