/*
 * The price store's file: opened, made, read, and what SQLite says told in a sentence (see
 * price_store.h).
 *
 * Star-shaped: a few thousand different (vendor, offer, device, region, term) in table `key`, found by
 * looking at each, and millions of prices found through an index on the key. Columns carry their
 * published names, so that the file is of use to other programs too.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "engine/price_store_inner.h"

const char *const price_column_name[PRICE_COLUMNS] = {
#define X(member, column) column,
	CM_PRICE_COLUMNS(X)
#undef X
};

static const size_t price_offset[PRICE_COLUMNS] = {
#define X(member, column) offsetof(struct price_row, member),
	CM_PRICE_COLUMNS(X)
#undef X
};

bool price_column_is_key(enum price_column c)
{
#define K(member) c == PRICE_##member ||
	return PRICE_KEY_COLUMNS(K) false;
#undef K
}

const char *price_text(const struct price_row *row, enum price_column c)
{
	return *(const char *const *)(const void *)((const char *)row + price_offset[c]);
}

enum cm_status price_sql_fail(struct price_store *s, struct cm_err *err)
{
	const char *why = sqlite3_errmsg(s->db);

	switch (sqlite3_errcode(s->db) & 0xff) {
	case SQLITE_NOTADB:
		return cm_fail(err, CM_EINPUT, "price store %s: this is no store of prices (%s); name "
			"another "
					       "file by --prices", s->path, why);
	case SQLITE_CORRUPT:
		return cm_fail(err, CM_EINPUT, "price store %s is damaged (%s); move it away and import "
			"again",
			       s->path, why);
	case SQLITE_CANTOPEN:
		return cm_fail(err, CM_EINPUT, "price store %s cannot be opened: no such folder, or it "
			"may not "
					       "be read", s->path);
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return cm_fail(err, CM_EINPUT, "price store %s may not be written; name another file by "
					       "--prices", s->path);
	case SQLITE_FULL:
		return cm_fail(err, CM_EIO, "price store %s: no room is left on its disk", s->path);
	case SQLITE_BUSY:
		return cm_fail(err, CM_EIO, "price store %s: another import is at work; try again when it is "
					    "done", s->path);
	default:
		return cm_fail(err, CM_EIO, "price store %s: %s", s->path, why);
	}
}

enum cm_status price_sql_do(struct price_store *s, const char *sql, struct cm_err *err)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) ? price_sql_fail(s, err) : CM_OK;
}

/* ---- folding ------------------------------------------------------------------------------------ */

static char folded(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c == '-' || c == '_' ? ' ' : c;
}

bool price_holds(const char *text, const char *word)
{
	for (; *text; text++) {
		size_t i = 0;
		while (word[i] && text[i] && folded(text[i]) == folded(word[i]))
			i++;
		if (!word[i])
			return true;
	}
	return *word == '\0';
}

void price_label(const char *term, const char *months, char *out, size_t cap)
{
	const long n = strtol(months, NULL, 10);

	snprintf(out, cap, "%.40s", term);
	for (char *p = out; *p; p++)
		*p = *p == '_' ? ' ' : *p;
	const size_t len = strlen(out);
	if (n > 0 && n % 12 == 0)
		snprintf(out + len, cap - len, " %ldy", n / 12);
	else if (n > 0)
		snprintf(out + len, cap - len, " %ldm", n);
}

static void sql_holds(sqlite3_context *ctx, int n, sqlite3_value **v)
{
	const char *text = (const char *)sqlite3_value_text(v[0]);
	const char *word = (const char *)sqlite3_value_text(v[1]);

	(void)n;
	sqlite3_result_int(ctx, text && word && price_holds(text, word));
}

/* ---- the file ----------------------------------------------------------------------------------- */

static char *schema_dup(void)
{
	struct str s = { 0 };

	str_add(&s, "BEGIN IMMEDIATE;"
		"CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT);"
		"INSERT OR IGNORE INTO meta VALUES('schema', 'prices 1');"
		"CREATE TABLE IF NOT EXISTS import(id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT, "
		"scope TEXT,"
		" name TEXT, address TEXT, hash TEXT, begun TEXT, retrieved TEXT, rows INTEGER, current "
		"INTEGER);"
		"CREATE TABLE IF NOT EXISTS key(id INTEGER PRIMARY KEY");
	for (int c = 0; c < PRICE_COLUMNS; c++)
		if (price_column_is_key(c))
			str_addf(&s, ", \"%s\" TEXT", price_column_name[c]);
	str_add(&s, ", label TEXT, UNIQUE(");
	for (int c = 0; c < PRICE_COLUMNS; c++)
		if (price_column_is_key(c))
			str_addf(&s, "\"%s\", ", price_column_name[c]);
	str_add(&s, "label));"
		"CREATE TABLE IF NOT EXISTS price(id INTEGER PRIMARY KEY, import INTEGER, key INTEGER, "
		"day TEXT,"
		" per_device REAL");
	for (int c = 0; c < PRICE_COLUMNS; c++)
		if (!price_column_is_key(c))
			str_addf(&s, ", \"%s\" TEXT", price_column_name[c]);
	str_add(&s, ");"
		"CREATE INDEX IF NOT EXISTS price_by_key ON price(key, import);"
		"CREATE INDEX IF NOT EXISTS price_by_day ON price(day, import);"
		"CREATE INDEX IF NOT EXISTS price_by_import ON price(import);"
		"CREATE INDEX IF NOT EXISTS price_by_system ON price(operating_system COLLATE NOCASE);"
		"CREATE INDEX IF NOT EXISTS import_by_scope ON import(source, scope, current);"
		"COMMIT;");
	return str_take(&s);
}

static enum cm_status check_schema(struct price_store *s, struct cm_err *err)
{
	sqlite3_stmt *q = NULL;
	bool ok = false;

	if (sqlite3_prepare_v2(s->db, "SELECT value FROM meta WHERE key='schema'", -1, &q, NULL)) {
		const bool other = (sqlite3_errcode(s->db) & 0xff) == SQLITE_ERROR;
		return other ? cm_fail(err, CM_EINPUT, "%s: this is no store of prices; name another file by "
				       "--prices", s->path) : price_sql_fail(s, err);
	}
	if (sqlite3_step(q) == SQLITE_ROW)
		ok = !strcmp((const char *)sqlite3_column_text(q, 0), "prices 1");
	sqlite3_finalize(q);
	return ok ? CM_OK : cm_fail(err, CM_EINPUT, "%s is no store of prices of this version of costmark "
		"(%s); "
				    "name another file by --prices", s->path, CM_VERSION);
}

static void set_up(struct price_store *s)
{
	sqlite3_busy_timeout(s->db, 30000);
	sqlite3_create_function(s->db, "cm_holds", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, sql_holds,
		NULL,
				NULL);
}

static struct price_store *named(const char *path)
{
	struct price_store *s = cm_alloc(sizeof *s);

	s->path = path ? cm_strdup(path) : file_xdg_data_dup("prices.db");
	return s;
}

static enum cm_status make_folder(const char *path, struct cm_err *err)
{
	const char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return CM_OK;
	char *folder = cm_strndup(path, (size_t)(slash - path));
	const enum cm_status st = file_mkdirs(folder, err);
	free(folder);
	return st;
}

/* A file of somebody else's is left alone: only an empty one, or a store of prices, gets our tables. */
static enum cm_status refuse_other(struct price_store *s, struct cm_err *err)
{
	sqlite3_stmt *q = NULL;
	int tables = 0;

	if (sqlite3_prepare_v2(s->db, "SELECT count(*) FROM sqlite_master", -1, &q, NULL))
		return price_sql_fail(s, err);
	if (sqlite3_step(q) == SQLITE_ROW)
		tables = sqlite3_column_int(q, 0);
	sqlite3_finalize(q);
	return tables ? check_schema(s, err) : CM_OK;
}

enum cm_status price_store_open(const char *path, struct price_store **out, struct cm_err *err)
{
	struct price_store *s = named(path);
	enum cm_status st = path ? CM_OK : make_folder(s->path, err);

	if (!st && sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
			SQLITE_OPEN_NOMUTEX, NULL))
		st = price_sql_fail(s, err);
	if (!st) {
		set_up(s);
		st = refuse_other(s, err);
	}
	if (!st)
		st = price_sql_do(s, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
				     "PRAGMA cache_size=-24000", err);
	if (!st) {
		char *schema = schema_dup();
		st = price_sql_do(s, schema, err);
		free(schema);
	}
	if (st)
		price_store_close(s);
	else
		*out = s;
	return st;
}

enum cm_status price_store_open_read(const char *path, struct price_store **out,
				     struct cm_err *err)
{
	struct price_store *s = named(path);
	enum cm_status st = CM_OK;

	if (!file_exists(s->path)) {
		st = cm_fail(err, CM_ABSENT, "there is no price store %s; 'costmark prices import' makes one",
			     s->path);
	} else if (sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL)) {
		st = price_sql_fail(s, err);
	} else {
		set_up(s);
		st = check_schema(s, err);
	}
	if (st)
		price_store_close(s);
	else
		*out = s;
	return st;
}

void price_store_close(struct price_store *s)
{
	if (!s)
		return;
	sqlite3_close(s->db);
	free(s->path);
	free(s);
}

const char *price_store_path(const struct price_store *s)
{
	return s->path;
}
