/*
 * One import into the price store: a source's rows resolved, completed and written in one transaction,
 * so that an import that breaks off at any moment leaves the table as it was (see price_store.h).
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/stream.h"
#include "engine/price_store_inner.h"

#define HOURS_A_MONTH 730      /* 8,760 h a year / 12 */
#define MOST_SHRINKAGE 0.85    /* fewer rows than this share of the last import: refused */
#define KEYS_KEPT 32768        /* direct-mapped; a miss asks the table */
#define ROWS_A_LOOK 4096       /* between two questions whether the user stopped it */

struct kept_key { char *text; int64_t id; };

struct importing {
	struct price_store *s;
	const struct price_from *from;
	const struct price_resolver *resolver;
	struct import_report *report;
	sqlite3_stmt *add, *add_key, *find_key;
	struct kept_key *kept;
	struct str key;
	char effective[48];        /* of the row at hand */
	char scope[3][96];         /* provider, region, offer; "*" = several */
};

/* ---- rows made whole ---------------------------------------------------------------------------- */

/* What the row costs an hour (or other unit) with its upfront payment spread; "" where it cannot be told. */
static void add_effective(struct price_row *row, char out[48])
{
	struct dec price, upfront;
	const long months = strtol(row->months, NULL, 10);

	out[0] = '\0';
	if (*row->effective)
		return;
	if (!dec_parse(row->price, &price) || !dec_parse(*row->upfront ? row->upfront : "0", &upfront))
		return;
	if (upfront.m == 0)
		snprintf(out, 48, "%.40s", row->price);
	else if (months <= 0 || strcmp(row->unit, "Hours") != 0 ||
		 !dec_spread(price, upfront, months * HOURS_A_MONTH, out, 48))
		return;
	row->effective = out;
}

static void resolve(struct importing *m, struct price_row *row)
{
	struct price_resolved found = { 0 };

	if (*row->device || !m->resolver)
		return;
	if (m->resolver->resolve(m->resolver->ctx, row, &found)) {
		row->device = found.device ? found.device : row->device;
		row->devices = found.devices ? found.devices : row->devices;
		row->device_memory = found.memory_gib ? found.memory_gib : row->device_memory;
		if (found.note && !*row->note)
			row->note = found.note;
		return;
	}
	if (!*row->device_text && (!*row->devices || !strcmp(row->devices, "0")))
		return; /* it has no device */
	char name[200], place[400];
	if (*row->device_text)
		snprintf(name, sizeof name, "%.190s", row->device_text);
	else
		snprintf(name, sizeof name, "%.60s/%.120s", row->provider, row->offer);
	snprintf(place, sizeof place, "%.300s:%.60s", *row->file ? row->file : m->from->name, row->line);
	tally_add(&m->report->unresolved, name, place);
}

static void widen(char scope[96], const char *text)
{
	if (!*scope)
		snprintf(scope, 96, "%.95s", *text ? text : "-");
	else if (strcmp(scope, "*") != 0 && strncmp(scope, *text ? text : "-", 95) != 0)
		snprintf(scope, 96, "*");
}

/* ---- keys --------------------------------------------------------------------------------------- */

static void bind(sqlite3_stmt *q, int at, const char *text)
{
	sqlite3_bind_text(q, at, text, -1, SQLITE_STATIC);
}

static enum cm_status key_in_table(struct importing *m, const struct price_row *row, const char *label,
				   int64_t *id, struct cm_err *err)
{
	sqlite3_stmt *const both[] = { m->add_key, m->find_key };
	int rc = SQLITE_DONE;

	for (int k = 0; k < 2; k++) {
		int at = 1;
		sqlite3_reset(both[k]);
		for (int c = 0; c < PRICE_COLUMNS; c++)
			if (price_column_is_key(c))
				bind(both[k], at++, price_text(row, c));
		bind(both[k], at, label);
		rc = sqlite3_step(both[k]);
		if (rc != SQLITE_DONE && rc != SQLITE_ROW)
			return price_sql_fail(m->s, err);
	}
	*id = sqlite3_column_int64(m->find_key, 0);
	sqlite3_reset(m->find_key);
	return rc == SQLITE_ROW ? CM_OK : price_sql_fail(m->s, err);
}

static enum cm_status key_of(struct importing *m, const struct price_row *row, int64_t *id,
	struct cm_err *err)
{
	char label[64];
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

	price_label(row->term, row->months, label, sizeof label);
	str_clear(&m->key);
#define K(member) str_add(&m->key, row->member), str_addc(&m->key, '\n');
	PRICE_KEY_COLUMNS(K)
#undef K
	str_add(&m->key, label);
	for (const char *p = str_get(&m->key); *p; p++)
		h = (h ^ (unsigned char)*p) * 0x100000001b3u;
	struct kept_key *k = &m->kept[(h ^ h >> 32) % KEYS_KEPT];
	if (k->text && !strcmp(k->text, str_get(&m->key))) {
		*id = k->id;
		return CM_OK;
	}
	const enum cm_status st = key_in_table(m, row, label, id, err);
	if (!st) {
		free(k->text);
		*k = (struct kept_key){ cm_strdup(str_get(&m->key)), *id };
	}
	return st;
}

/* ---- one row ------------------------------------------------------------------------------------ */

static double per_device(const struct price_row *row)
{
	struct dec price, devices;

	if (!dec_parse(*row->effective ? row->effective : row->price, &price))
		return NAN;
	if (!dec_parse(row->devices, &devices) || devices.m <= 0)
		return dec_double(price);
	return dec_double(price) / dec_double(devices);
}

static enum cm_status write_row(struct importing *m, const struct price_row *row, struct cm_err *err)
{
	char day[11] = "";
	const char *date = *row->start ? row->start : *row->published ? row->published
			   : *row->retrieved ? row->retrieved : m->from->retrieved;
	const double each = per_device(row);
	int64_t key = 0;
	int at = 5;
	const enum cm_status st = key_of(m, row, &key, err);

	if (st)
		return st;
	memcpy(day, date, strnlen(date, 10));
	sqlite3_bind_int64(m->add, 2, key);
	bind(m->add, 3, day);
	if (isnan(each))
		sqlite3_bind_null(m->add, 4);
	else
		sqlite3_bind_double(m->add, 4, each);
	for (int c = 0; c < PRICE_COLUMNS; c++) {
		if (price_column_is_key(c))
			continue;
		const char *text = price_text(row, c);
		const bool common = (c == PRICE_file && !strcmp(text, m->from->name)) ||
				    (c == PRICE_source && !strcmp(text, m->from->address)) ||
				    (c == PRICE_retrieved && !strcmp(text, m->from->retrieved));
		bind(m->add, at++, common ? "" : text);
	}
	const int rc = sqlite3_step(m->add);
	sqlite3_reset(m->add);
	return rc == SQLITE_DONE ? CM_OK : price_sql_fail(m->s, err);
}

static enum cm_status take(struct importing *m, struct price_row *row, struct cm_err *err)
{
	if (m->report->rows++ % ROWS_A_LOOK == 0 && m->report->stopped && m->report->stopped())
		return cm_fail(err, CM_EINTR, "interrupted: the price store is as it was");
	resolve(m, row);
	add_effective(row, m->effective);
	widen(m->scope[0], row->provider);
	widen(m->scope[1], row->region);
	widen(m->scope[2], row->offer);
	return m->report->dry_run ? CM_OK : write_row(m, row, err);
}

/* ---- the import --------------------------------------------------------------------------------- */

static void note_refusals(struct importing *m, const struct price_source *src, struct price_ctx *ctx)
{
	const struct price_refusal *r;
	const char *const *column;
	size_t n = src->refused ? src->refused(ctx, &r) : 0;

	for (size_t i = 0; i < n; i++) {
		tally_add(&m->report->refused, r[i].reason, r[i].first);
		tally_rows(&m->report->refused, r[i].reason, r[i].rows - 1, "", 0);
		m->report->refused_rows += r[i].rows;
	}
	tally_sort(&m->report->refused);
	n = src->unknown ? src->unknown(ctx, &column) : 0;
	for (size_t i = 0; i < n; i++)
		tally_add(&m->report->unknown, column[i], m->from->name);
	tally_sort(&m->report->unresolved);
}

/* To the last byte too, so that a packed file's checksum is looked at and the hash is of the whole. */
static enum cm_status drain(struct stream *in, struct cm_err *err)
{
	char block[4096];
	size_t got = 1;
	enum cm_status st = CM_OK;

	while (!st && got)
		st = stream_read(in, block, sizeof block, &got, err);
	return st;
}

static enum cm_status read_all(struct importing *m, const struct price_source *src, struct cm_err *err)
{
	struct price_ctx *ctx = NULL;
	enum cm_status st = src->open(m->from, &ctx, err);

	if (st)
		return st;
	while (!st) {
		struct price_row row;
#define X(member, column) row.member = "";
		CM_PRICE_COLUMNS(X)
#undef X
		st = src->next(ctx, &row, err);
		if (!st)
			st = take(m, &row, err);
	}
	if (st == CM_END)
		st = drain(m->from->in, err);
	note_refusals(m, src, ctx);
	src->close(ctx);
	return st;
}

static enum cm_status prepare(struct importing *m, int64_t id, struct cm_err *err)
{
	struct str keys = { 0 }, marks = { 0 }, where = { 0 }, others = { 0 }, sql = { 0 };

	for (int c = 0; c < PRICE_COLUMNS; c++) {
		if (price_column_is_key(c)) {
			str_addf(&keys, "\"%s\", ", price_column_name[c]);
			str_addf(&where, "\"%s\" = ? AND ", price_column_name[c]);
			str_add(&marks, "?, ");
		} else {
			str_addf(&others, ", \"%s\"", price_column_name[c]);
		}
	}
	str_addf(&sql, "INSERT OR IGNORE INTO key(%s label) VALUES(%s ?)", str_get(&keys), str_get(&marks));
	int bad = sqlite3_prepare_v2(m->s->db, str_get(&sql), -1, &m->add_key, NULL);
	str_clear(&sql);
	str_addf(&sql, "SELECT id FROM key WHERE %s label = ?", str_get(&where));
	bad |= sqlite3_prepare_v2(m->s->db, str_get(&sql), -1, &m->find_key, NULL);
	str_clear(&sql);
	str_addf(&sql, "INSERT INTO price(import, key, day, per_device%s) VALUES(?, ?, ?, ?",
		str_get(&others));
	for (int c = 0; c < PRICE_COLUMNS; c++)
		if (!price_column_is_key(c))
			str_add(&sql, ", ?");
	str_add(&sql, ")");
	bad |= sqlite3_prepare_v2(m->s->db, str_get(&sql), -1, &m->add, NULL);
	if (!bad)
		sqlite3_bind_int64(m->add, 1, id);
	str_free(&keys);
	str_free(&marks);
	str_free(&where);
	str_free(&others);
	str_free(&sql);
	return bad ? price_sql_fail(m->s, err) : CM_OK;
}

static enum cm_status begin(struct importing *m, const struct price_source *src, struct cm_err *err)
{
	sqlite3_stmt *q = NULL;
	char now[32];
	enum cm_status st = price_sql_do(m->s, "BEGIN IMMEDIATE", err);

	if (st)
		return st;
	cm_iso_now(now);
	if (sqlite3_prepare_v2(m->s->db, "INSERT INTO import(source, scope, name, address, hash, begun, "
		"retrieved, "
			       "rows, current) VALUES(?, '', ?, ?, '', ?, ?, 0, 0)", -1, &q, NULL))
		return price_sql_fail(m->s, err);
	bind(q, 1, src->name);
	bind(q, 2, m->from->name);
	bind(q, 3, m->from->address);
	bind(q, 4, now);
	bind(q, 5, m->from->retrieved);
	if (sqlite3_step(q) != SQLITE_DONE)
		st = price_sql_fail(m->s, err);
	sqlite3_finalize(q);
	if (st)
		return st;
	m->report->id = sqlite3_last_insert_rowid(m->s->db);
	m->kept = cm_alloc(KEYS_KEPT * sizeof *m->kept);
	return prepare(m, m->report->id, err);
}

/* The current import of this source and scope: its hash and rows. */
static enum cm_status last(struct importing *m, const char *source, char hash[65], struct cm_err *err)
{
	sqlite3_stmt *q = NULL;

	hash[0] = '\0';
	if (sqlite3_prepare_v2(m->s->db, "SELECT hash, rows FROM import WHERE source = ? AND scope = ? "
		"AND current = 1",
			       -1, &q, NULL))
		return price_sql_fail(m->s, err);
	bind(q, 1, source);
	bind(q, 2, m->report->found_scope);
	if (sqlite3_step(q) == SQLITE_ROW) {
		snprintf(hash, 65, "%s", (const char *)sqlite3_column_text(q, 0));
		m->report->before = (uint64_t)sqlite3_column_int64(q, 1);
	}
	sqlite3_finalize(q);
	return CM_OK;
}

static enum cm_status replace(struct importing *m, const char *source, struct cm_err *err)
{
	static const char *const steps[] = {
		"UPDATE import SET current = 0 WHERE source = ?1 AND scope = ?2 AND id <> ?3",
		"UPDATE import SET scope = ?2, hash = ?4, rows = ?5, current = 1 WHERE id = ?3 AND source "
		"= ?1",
	};
	for (size_t i = 0; i < CM_COUNT(steps); i++) {
		sqlite3_stmt *q = NULL;
		if (sqlite3_prepare_v2(m->s->db, steps[i], -1, &q, NULL))
			return price_sql_fail(m->s, err);
		bind(q, 1, source);
		bind(q, 2, m->report->found_scope);
		sqlite3_bind_int64(q, 3, m->report->id);
		if (i == 1) {
			bind(q, 4, m->report->hash);
			sqlite3_bind_int64(q, 5, (int64_t)m->report->rows);
		}
		const int rc = sqlite3_step(q);
		sqlite3_finalize(q);
		if (rc != SQLITE_DONE)
			return price_sql_fail(m->s, err);
	}
	return price_sql_do(m->s, "COMMIT", err);
}

static enum cm_status finish(struct importing *m, const char *source, struct cm_err *err)
{
	struct import_report *r = m->report;
	char hash[65];
	enum cm_status st = last(m, source, hash, err);

	if (st)
		return st;
	if (r->rows == 0)
		return cm_fail(err, CM_EINPUT, "%s: no price in it that %s takes (%" PRIu64 " rows refused)",
			       m->from->name, source, r->refused_rows);
	r->same = *hash && !strcmp(hash, r->hash);
	if (r->same && !r->force)
		return price_sql_do(m->s, "ROLLBACK", err);
	if (!r->force && (double)r->rows < MOST_SHRINKAGE * (double)r->before)
		return cm_fail(err, CM_EINPUT, "%s: %" PRIu64 " prices where the last import of %s (%s) "
			"had %" PRIu64
			       ": over 15 %% fewer; the old table is kept (--force takes the new one)",
			       m->from->name,
			       r->rows, source, r->found_scope, r->before);
	r->same = false;
	return replace(m, source, err);
}

static void clean_up(struct importing *m, enum cm_status st)
{
	sqlite3_finalize(m->add);
	sqlite3_finalize(m->add_key);
	sqlite3_finalize(m->find_key);
	for (size_t i = 0; m->kept && i < KEYS_KEPT; i++)
		free(m->kept[i].text);
	free(m->kept);
	str_free(&m->key);
	if (m->s && !sqlite3_get_autocommit(m->s->db))
		sqlite3_exec(m->s->db, "ROLLBACK", NULL, NULL, NULL);
	if (st || m->report->same)
		m->report->id = 0;
}

enum cm_status price_store_import(struct price_store *s, const struct price_source *src,
				  const struct price_from *from, const struct price_resolver *resolver,
				  struct import_report *report, struct cm_err *err)
{
	struct importing m = { .s = s, .from = from, .resolver = resolver, .report = report };
	const uint64_t t0 = cm_now_ns();
	struct hasher *hash = report->dry_run ? NULL : hash_begin();
	enum cm_status st = report->dry_run ? CM_OK : begin(&m, src, err);

	stream_hash(from->in, hash);
	if (!st)
		st = read_all(&m, src, err);
	stream_hash(from->in, NULL);
	hash_end(hash, report->hash);
	if (report->scope)
		snprintf(report->found_scope, sizeof report->found_scope, "%.290s", report->scope);
	else
		snprintf(report->found_scope, sizeof report->found_scope, "%s/%s/%s", m.scope[0], m.scope[1],
			 m.scope[2]);
	if (!st && !report->dry_run)
		st = finish(&m, src->name, err);
	report->bytes = stream_taken(from->in);
	report->seconds = (double)(cm_now_ns() - t0) * 1e-9;
	clean_up(&m, st);
	return st;
}

void import_report_free(struct import_report *r)
{
	tally_free(&r->refused);
	tally_free(&r->unknown);
	tally_free(&r->unresolved);
}
