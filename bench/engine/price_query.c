/* Reading the price store: filters to SQL over the star (see price_store.c), rows handed out one by one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/price_store_inner.h"

/* Texts to bind, in the order of their question marks. */
struct binds { const char *text[64]; size_t n; };

#define MOST_WORDS 10

static void and_text(struct str *sql, struct binds *b, const char *condition, const char *text)
{
	if (!text || !*text || b->n == CM_COUNT(b->text))
		return;
	str_addf(sql, " AND %s", condition);
	b->text[b->n++] = text;
}

static bool has(const char *t)
{
	return t && *t;
}

/* From the key outwards where something of the key is asked for, else by day, else all. */
static void add_from(struct str *sql, const struct price_filter *f)
{
	const bool key = has(f->vendor) || has(f->region) || has(f->offer) || has(f->device)
		|| has(f->term) ||
			 f->words;

	if (f->import && !key)
		str_add(sql, " FROM price p INDEXED BY price_by_import CROSS JOIN key k ON k.id = p.key");
	else if (!key && (has(f->since) || has(f->until)))
		str_add(sql, " FROM price p INDEXED BY price_by_day CROSS JOIN key k ON k.id = p.key");
	else if (key)
		str_add(sql, " FROM key k CROSS JOIN price p INDEXED BY price_by_key ON p.key = k.id");
	else
		str_add(sql, " FROM price p CROSS JOIN key k ON k.id = p.key");
	str_add(sql, " CROSS JOIN import i ON i.id = p.import WHERE 1");
}

static void add_where(struct str *sql, const struct price_filter *f, struct binds *b)
{
	and_text(sql, b, "k.\"ServiceProviderName\" = ? COLLATE NOCASE", f->vendor);
	and_text(sql, b, "k.\"RegionId\" = ? COLLATE NOCASE", f->region);
	and_text(sql, b, "k.\"offer\" = ? COLLATE NOCASE", f->offer);
	and_text(sql, b, "cm_holds(k.\"device\", ?)", f->device);
	and_text(sql, b, "cm_holds(k.label, ?)", f->term);
	for (size_t w = 0; w < f->words && w < MOST_WORDS; w++)
		and_text(sql, b, "cm_holds(k.\"ServiceProviderName\" || char(10) || k.\"device\" || "
			"char(10) || "
			 "k.\"offer\" || char(10) || k.\"RegionId\" || char(10) || k.label, ?)", f->word[w]);
	and_text(sql, b, "p.operating_system = ? COLLATE NOCASE",
		 f->os && cm_ieq(f->os, "none") ? NULL : f->os);
	if (f->os && cm_ieq(f->os, "none"))
		str_add(sql, " AND p.operating_system = ''");
	and_text(sql, b, "p.day >= ?", f->since);
	and_text(sql, b, "p.day <= ?", f->until);
	and_text(sql, b, "i.source = ?", f->source_name);
	if (f->import)
		str_addf(sql, " AND p.import = %lld", (long long)f->import);
	else if (!f->all_imports)
		str_add(sql, " AND i.current = 1");
}

static void add_order(struct str *sql, const struct price_filter *f)
{
	static const char *const by[] = {
		[PRICE_ORDER_NONE] = "",
		[PRICE_ORDER_PRICE] = " ORDER BY CAST(p.\"price\" AS REAL), p.id",
		[PRICE_ORDER_DEVICE] = " ORDER BY k.\"device\", p.per_device, p.id",
		[PRICE_ORDER_PER_DEVICE] = " ORDER BY p.per_device IS NULL, p.per_device, p.id",
		[PRICE_ORDER_DATE] = " ORDER BY p.day, p.id",
	};

	str_add(sql, by[f->order]);
	if (f->limit)
		str_addf(sql, " LIMIT %llu", (unsigned long long)f->limit);
}

static const char *text_at(sqlite3_stmt *q, int i)
{
	const unsigned char *t = sqlite3_column_text(q, i);

	return t ? (const char *)t : "";
}

static void read_row(sqlite3_stmt *q, struct stored_price *p)
{
	int i = 0;

#define X(member, column) p->row.member = text_at(q, i++);
	CM_PRICE_COLUMNS(X)
#undef X
	p->label = text_at(q, i++);
	p->source_name = text_at(q, i++);
	p->day = text_at(q, i++);
	p->per_device = sqlite3_column_type(q, i) == SQLITE_NULL ? NAN : sqlite3_column_double(q, i);
	p->id = sqlite3_column_int64(q, ++i);
	p->import = sqlite3_column_int64(q, ++i);
	/* What is the same for a whole import is stored once. */
	if (!*p->row.file)
		p->row.file = text_at(q, i + 1);
	if (!*p->row.source)
		p->row.source = text_at(q, i + 2);
	if (!*p->row.retrieved)
		p->row.retrieved = text_at(q, i + 3);
}

enum cm_status price_store_each(struct price_store *s, const struct price_filter *f,
				price_each *each, void *user, struct cm_err *err)
{
	struct str sql = { 0 };
	struct binds b = { .n = 0 };
	struct price_list *list = NULL;
	sqlite3_stmt *q = NULL;
	enum cm_status st = CM_OK;
	int rc;

	str_add(&sql, "SELECT ");
	for (int c = 0; c < PRICE_COLUMNS; c++)
		str_addf(&sql, "%s.\"%s\", ", price_column_is_key(c) ? "k" : "p", price_column_name[c]);
	str_add(&sql, "k.label, i.source, p.day, p.per_device, p.id, p.import, i.name, i.address, "
		"i.retrieved");
	add_from(&sql, f);
	add_where(&sql, f, &b);
	add_order(&sql, f);
	rc = sqlite3_prepare_v2(s->db, str_get(&sql), -1, &q, NULL);
	str_free(&sql);
	if (rc)
		return price_sql_fail(s, err);
	if (f->with_list && !(list = price_list_open(s)))
		st = price_sql_fail(s, err);
	for (size_t i = 0; i < b.n; i++)
		sqlite3_bind_text(q, (int)i + 1, b.text[i], -1, SQLITE_STATIC);
	while (!st && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		struct stored_price p = { .list_file = "", .list_line = "", .discount = NAN };
		read_row(q, &p);
		if (list)
			price_list_find(list, &p);
		if (!each(&p, user))
			break;
	}
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		st = price_sql_fail(s, err);
	sqlite3_finalize(q);
	price_list_close(list);
	return st;
}

void price_filter_key(char *key, struct price_filter *f)
{
	char *mark;

	if ((mark = strrchr(key, '#'))) {
		f->region = mark + 1;
		*mark = '\0';
	}
	if ((mark = strrchr(key, '@'))) {
		f->term = mark + 1;
		*mark = '\0';
	}
	f->offer = key;
	if ((mark = strchr(key, '/'))) {
		f->vendor = key;
		f->offer = mark + 1;
		*mark = '\0';
	}
}

enum cm_status price_store_imports(struct price_store *s, struct stored_import **out, size_t *n,
				   struct cm_err *err)
{
	sqlite3_stmt *q = NULL;
	size_t cap = 0;
	int rc;

	*out = NULL;
	*n = 0;
	if (sqlite3_prepare_v2(s->db, "SELECT id, source, scope, name, address, hash, begun, retrieved, "
		"rows, current "
				      "FROM import ORDER BY id", -1, &q, NULL))
		return price_sql_fail(s, err);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		CM_PUSH(*out, *n, cap);
		(*out)[(*n)++] = (struct stored_import){
			.id = sqlite3_column_int64(q, 0), .source = cm_strdup(text_at(q, 1)),
			.scope = cm_strdup(text_at(q, 2)), .name = cm_strdup(text_at(q, 3)),
			.address = cm_strdup(text_at(q, 4)), .hash = cm_strdup(text_at(q, 5)),
			.begun = cm_strdup(text_at(q, 6)), .retrieved = cm_strdup(text_at(q, 7)),
			.rows = (uint64_t)sqlite3_column_int64(q, 8), .current = sqlite3_column_int(q,
				9) != 0,
		};
	}
	const enum cm_status st = rc == SQLITE_DONE ? CM_OK : price_sql_fail(s, err);
	sqlite3_finalize(q);
	return st;
}

void stored_imports_free(struct stored_import *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(list[i].source);
		free(list[i].scope);
		free(list[i].name);
		free(list[i].address);
		free(list[i].hash);
		free(list[i].begun);
		free(list[i].retrieved);
	}
	free(list);
}
