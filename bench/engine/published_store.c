/*
 * Imported results in the store (see published_store.h). A row is known by a hash of all that its source
 * says, so that importing a file again changes nothing; a row that differs only in its figures from an
 * older import's replaces that one. It knows columns by CM_PUBLISHED_COLUMNS alone.
 */
#include "engine/published_store.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"

#define TABLE_VERSION "1" /* of these tables; kept in meta */

#define X(member, column) + 1
enum { COLUMNS = 0 CM_PUBLISHED_COLUMNS(X) };
#undef X

static const char *const column_name[] = {
#define X(member, column) column,
	CM_PUBLISHED_COLUMNS(X)
#undef X
};

static const size_t column_at[] = {
#define X(member, column) offsetof(struct published_row, member),
	CM_PUBLISHED_COLUMNS(X)
#undef X
};

static const char **cell(struct published_row *r, size_t i)
{
	return (const char **)(void *)((char *)r + column_at[i]);
}

static enum cm_status make_tables(struct store *s, struct cm_err *err)
{
	struct store_query *q = NULL;
	struct str sql = { 0 };
	char found[40] = "";
	enum cm_status st;

	str_add(&sql, "CREATE TABLE IF NOT EXISTS published(row INTEGER PRIMARY KEY, import INTEGER, "
		      "hash TEXT UNIQUE, same TEXT");
	for (size_t i = 0; i < COLUMNS; i++)
		str_addf(&sql, ", \"%s\" TEXT", column_name[i]);
	str_add(&sql, ")");
	st = store_do(s, str_get(&sql), NULL, 0, NULL, err);
	str_free(&sql);
	if (!st)
		st = store_do(s, "CREATE INDEX IF NOT EXISTS published_same ON published(same)",
			      NULL, 0, NULL, err);
	if (!st)
		st = store_do(
			s,
			"CREATE TABLE IF NOT EXISTS imports(id INTEGER PRIMARY KEY, format TEXT, "
			"file TEXT, sha256 TEXT, address TEXT, retrieved TEXT, imported TEXT, "
			"version "
			"TEXT)",
			NULL, 0, NULL, err);
	if (!st)
		st = store_do(s,
			      "INSERT OR IGNORE INTO meta VALUES('published', '" TABLE_VERSION "')",
			      NULL, 0, NULL, err);
	if (!st)
		st = store_query(s, "SELECT value FROM meta WHERE key='published'", NULL, 0, &q, err);
	if (!st && !(st = store_query_next(q, err)))
		snprintf(found, sizeof found, "%s", store_query_text(q, 0));
	store_query_close(q);
	if (!st && strcmp(found, TABLE_VERSION) != 0)
		st = cm_fail(err, CM_EINPUT,
			     "the store's table of published results is of version '%s', this "
			     "program reads '" TABLE_VERSION "'; use another --store",
			     found);
	return st;
}

enum cm_status published_begin(struct store *s, struct cm_err *err)
{
	enum cm_status st = store_do(s, "BEGIN IMMEDIATE", NULL, 0, NULL, err);

	if (!st && (st = make_tables(s, err)))
		published_end(s, false, NULL);
	return st;
}

enum cm_status published_end(struct store *s, bool keep, struct cm_err *err)
{
	return store_do(s, keep ? "COMMIT" : "ROLLBACK", NULL, 0, NULL, err);
}

/* What may change when a result is corrected, and what says only how it came here. */
static bool is_figure(const char *name)
{
	static const char *const names[] = {"value",    "lo",       "hi",         "repeats",
					    "power_w",  "energy",   "recomputed", "quality",
					    "same_run", "accuracy", "notes"};

	for (size_t i = 0; i < CM_COUNT(names); i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

static bool is_way(const char *name)
{
	static const char *const names[] = {"device", "devices", "retrieved", "url",
					    "file",   "line",    "terms"};

	for (size_t i = 0; i < CM_COUNT(names); i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

static void hashes(struct published_row *r, char all[65], char same[65])
{
	struct str a = { 0 }, k = { 0 };

	for (size_t i = 0; i < COLUMNS; i++) {
		if (is_way(column_name[i]))
			continue;
		str_addf(&a, "%s%c", *cell(r, i), 31);
		if (!is_figure(column_name[i]))
			str_addf(&k, "%s%c", *cell(r, i), 31);
	}
	hash_bytes(str_get(&a), a.len, all);
	hash_bytes(str_get(&k), k.len, same);
	str_free(&a);
	str_free(&k);
}

static enum cm_status add_import(struct store *s, const struct published_import *i, char id[24],
				 struct cm_err *err)
{
	char now[32];
	const char *arg[] = { i->format, i->file, i->sha256, i->address, i->retrieved, now, CM_VERSION };
	struct store_query *q = NULL;
	enum cm_status st;

	cm_iso_now(now);
	st = store_do(s, "INSERT INTO imports(format,file,sha256,address,retrieved,imported,version) "
			 "VALUES(?1,?2,?3,?4,?5,?6,?7)", arg, CM_COUNT(arg), NULL, err);
	if (!st)
		st = store_query(s, "SELECT MAX(id) FROM imports", NULL, 0, &q, err);
	if (!st && !(st = store_query_next(q, err)))
		snprintf(id, 24, "%s", store_query_text(q, 0));
	store_query_close(q);
	return st;
}

/* How many rows before this one of the same list say that they are the same result: repeats in one file. */
struct repeats { uint64_t *key; uint32_t *times; size_t slots; };

static uint32_t repeat_of(struct repeats *r, const char *same)
{
	char *end;
	char head[17] = "";

	memcpy(head, same, 16);
	const uint64_t key = strtoull(head, &end, 16) | 1; /* 0 = free */
	size_t i = (size_t)(key >> 1) & (r->slots - 1);
	while (r->key[i] && r->key[i] != key)
		i = (i + 1) & (r->slots - 1);
	r->key[i] = key;
	return r->times[i]++;
}

static void repeats_open(struct repeats *r, size_t rows)
{
	for (r->slots = 64; r->slots < 2 * rows; r->slots *= 2)
		;
	r->key = cm_alloc(r->slots * sizeof *r->key);
	r->times = cm_alloc(r->slots * sizeof *r->times);
}

enum cm_status published_store(struct store *s, const struct published_list *l,
			       struct published_import *i, struct cm_err *err)
{
	const char *arg[COLUMNS + 3];
	char id[24] = "", all[65], same[80];
	struct str sql = { 0 };
	struct repeats repeats;
	enum cm_status st = add_import(s, i, id, err);

	repeats_open(&repeats, l->n);
	str_add(&sql, "INSERT OR IGNORE INTO published(import, hash, same");
	for (size_t c = 0; c < COLUMNS; c++)
		str_addf(&sql, ", \"%s\"", column_name[c]);
	str_add(&sql, ") VALUES(?1, ?2, ?3");
	for (size_t c = 0; c < COLUMNS; c++)
		str_addf(&sql, ", ?%zu", c + 4);
	str_add(&sql, ")");
	for (size_t k = 0; k < l->n && !st; k++) {
		struct published_row r = l->row[k];
		size_t gone = 0, put = 0;

		hashes(&r, all, same);
		const uint32_t repeat = repeat_of(&repeats, same);
		if (repeat)
			snprintf(same + 64, sizeof same - 64, "/%u", repeat);
		arg[0] = id;
		arg[1] = all;
		arg[2] = same;
		for (size_t c = 0; c < COLUMNS; c++)
			arg[c + 3] = *cell(&r, c);
		st = store_do(s, "DELETE FROM published WHERE same=?3 AND import<>?1 AND hash<>?2", arg, 3,
			      &gone, err);
		if (!st)
			st = store_do(s, str_get(&sql), arg, COLUMNS + 3, &put, err);
		i->replaced += gone;
		i->fresh += put;
		i->known += !put;
	}
	str_free(&sql);
	free(repeats.key);
	free(repeats.times);
	return st;
}

enum cm_status published_read(struct store *s, const struct resolver *names,
			      struct published_list *out, struct cm_err *err)
{
	static const char there[] = "SELECT 1 FROM sqlite_master WHERE type='table' AND name='published'";
	const struct published_from from = { .path = "", .address = "", .retrieved = "", .device = "",
					     .devices = "" };
	struct store_query *q = NULL;
	struct str sql = { 0 };
	enum cm_status st = store_query(s, there, NULL, 0, &q, err);

	*out = (struct published_list){ .row = NULL };
	if (!st)
		st = store_query_next(q, err);
	store_query_close(q);
	if (st)
		return st == CM_END ? CM_OK : st;
	str_add(&sql, "SELECT row");
	for (size_t c = 0; c < COLUMNS; c++)
		str_addf(&sql, ", \"%s\"", column_name[c]);
	str_add(&sql, " FROM published ORDER BY suite, round, benchmark, scenario, metric, id, \"line\"");
	q = NULL;
	st = store_query(s, str_get(&sql), NULL, 0, &q, err);
	str_free(&sql);
	while (!st && !(st = store_query_next(q, err))) {
		struct published_row *r = published_add(out, &from);

		for (size_t c = 0; c < COLUMNS; c++)
			*cell(r, c) = published_keep(out, store_query_text(q, (int)c + 1));
		r->number = strtod(r->value, NULL);
	}
	store_query_close(q);
	if (st == CM_END)
		st = CM_OK;
	if (st)
		published_free(out);
	else
		published_resolve(out, names);
	return st;
}

enum cm_status published_load(const char *store, const struct resolver *names,
			      struct published_list *out, struct cm_err *err)
{
	char *path = store ? cm_strdup(store) : file_xdg_data_dup("results.db");
	struct store *s = NULL;
	enum cm_status st = CM_OK;

	*out = (struct published_list){ .row = NULL };
	if (store || (path && file_exists(path))) {
		st = store_open_read(path, &s, err);
		if (!st)
			st = published_read(s, names, out, err);
		store_close(s);
	}
	free(path);
	return st;
}

/* ---- devices ----------------------------------------------------------------------------------- */

/* One thing of a name may hold several devices. */
static void count_devices(struct published_list *l, struct published_row *r, const char *inside)
{
	const double n = *r->accelerators ? strtod(r->accelerators, NULL) : NAN;
	const double each = *inside ? strtod(inside, NULL) : 1;

	r->devices = n > 0 && each > 0 ? published_digits(l, n * each) : "";
}

void published_resolve(struct published_list *l, const struct resolver *names)
{
	for (size_t i = 0; i < l->n; i++) {
		struct published_row *r = &l->row[i];
		const struct resolve_query q = { "", "", r->device_text, NAN };
		struct resolved is = { .device = NULL };

		r->device = r->devices = "";
		/* "A (x32), B (x16)": two kinds have no device. */
		if (strstr(r->device_text, "(x"))
			continue;
		if (*r->device_text && resolve_device(names, &q, &is))
			r->device = published_keep(l, is.device);
		count_devices(l, r, is.device && is.devices ? is.devices : "");
	}
}
