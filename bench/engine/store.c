/*
 * The result store in SQLite (see store.h). Write-ahead log with synchronous=NORMAL: what was stored
 * survives the death of the program, by whatever signal; only a power cut may lose the last moments.
 * It knows cells, launches and samples, and nothing of kernels or statistics (those are in rows.c).
 */
#include "engine/store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "engine/alive.h"
#include "engine/sqlite_door.h"
#include "engine/store_read.h"

struct store {
	sqlite3 *db;
	char *path;
};

static const char schema[] =
	"PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
	"BEGIN IMMEDIATE;"
	"CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT);"
	"INSERT OR IGNORE INTO meta VALUES('schema', '1');"
	"CREATE TABLE IF NOT EXISTS runs(id TEXT PRIMARY KEY, tag TEXT, seed TEXT, command_line TEXT,"
	" plan_hash TEXT, facts TEXT, state TEXT, begun TEXT, ended TEXT, version TEXT);"
	"CREATE TABLE IF NOT EXISTS cells(id INTEGER PRIMARY KEY, run TEXT REFERENCES runs(id),"
	" kernel TEXT, op TEXT, grp TEXT, variant TEXT, tuned_by TEXT, type TEXT, size INTEGER,"
	" size_unit TEXT, backend TEXT, device TEXT, tunables TEXT,"
	" UNIQUE(run, kernel, op, variant, tuned_by, type, size, backend, device));"
	"CREATE TABLE IF NOT EXISTS launches(id INTEGER PRIMARY KEY, cell INTEGER REFERENCES cells(id),"
	" number INTEGER, status TEXT, reason TEXT, summary TEXT, begun TEXT, UNIQUE(cell, number));"
	"CREATE TABLE IF NOT EXISTS samples(launch INTEGER REFERENCES launches(id), i INTEGER, ns REAL,"
	" PRIMARY KEY(launch, i)) WITHOUT ROWID;"
	"CREATE INDEX IF NOT EXISTS cells_alike ON cells(kernel, op, variant, type, size, backend, device,"
	" run);"
	"COMMIT;";

/* A column as text; NULL reads as empty. */
static const char *text(sqlite3_stmt *q, int i)
{
	const unsigned char *t = sqlite3_column_text(q, i);

	return t ? (const char *)t : "";
}

/* Why SQLite refused: the user's own mistake where the file is no store or may not be written. */
static enum cm_status sql_fail(struct store *s, struct cm_err *err)
{
	const int code = sqlite3_errcode(s->db);
	const char *why = sqlite3_errmsg(s->db);

	switch (code & 0xff) {
	case SQLITE_NOTADB:
		return cm_fail(err, CM_EINPUT, "result store %s: this is no store of results (%s); name "
					       "another file by --store", s->path, why);
	case SQLITE_CORRUPT:
		return cm_fail(err, CM_EINPUT, "result store %s is damaged (%s); 'sqlite3 FILE .recover' may "
					       "save what is whole", s->path, why);
	case SQLITE_CANTOPEN:
		return cm_fail(err, CM_EINPUT, "result store %s cannot be opened: no such folder, or it may "
					       "not be read", s->path);
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return cm_fail(err, CM_EINPUT, "result store %s may not be written; name another file by "
					       "--store", s->path);
	case SQLITE_FULL:
		return cm_fail(err, CM_EIO, "result store %s: no room is left on its disk", s->path);
	default:
		return cm_fail(err, CM_EIO, "result store %s: %s", s->path, why);
	}
}

void store_close(struct store *s)
{
	if (!s)
		return;
	sqlite3_close(s->db);
	free(s->path);
	free(s);
}

static enum cm_status check_schema(struct store *s, struct cm_err *err)
{
	sqlite3_stmt *q = NULL;
	char found[40] = "none";
	bool ok = false;

	if (sqlite3_prepare_v2(s->db, "SELECT value FROM meta WHERE key='schema'", -1, &q, NULL))
		return sql_fail(s, err);
	if (sqlite3_step(q) == SQLITE_ROW) {
		snprintf(found, sizeof found, "%s", text(q, 0));
		ok = !strcmp(found, "1");
	}
	sqlite3_finalize(q);
	return ok ? CM_OK
		  : cm_fail(err, CM_EINPUT,
			    "result store %s was made by another version of costmark: it is of schema '%s', "
			    "this program (%s) reads schema '1'; use the other version, or another --store",
			    s->path, found, CM_VERSION);
}

/* Switching to the write-ahead log needs the file for a moment alone, and does not wait for it by itself. */
static int write_ahead(sqlite3 *db)
{
	int rc = SQLITE_BUSY;

	for (int i = 0; i < 100 && rc == SQLITE_BUSY; i++) {
		if (i)
			sqlite3_sleep(50);
		rc = sqlite3_exec(db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL);
	}
	return rc;
}

static enum cm_status refuse_server(const char *path, struct cm_err *err)
{
	if (path && (cm_starts(path, "postgresql://") || cm_starts(path, "postgres://")))
		return cm_fail(err, CM_UNSUPPORTED,
			       "this build stores results in SQLite files only, not in '%s'", path);
	return CM_OK;
}

enum cm_status store_open(const char *path, struct store **out, struct cm_err *err)
{
	struct store *s;
	char *slash;
	enum cm_status st = refuse_server(path, err);

	if (st)
		return st;
	s = cm_alloc(sizeof *s);
	s->path = path ? cm_strdup(path) : file_xdg_data_dup("results.db");
	slash = strrchr(s->path, '/');
	if (slash && slash != s->path && !path) {
		*slash = '\0';
		st = file_mkdirs(s->path, err);
		*slash = '/';
		if (st) {
			store_close(s);
			return st;
		}
	}
	if (sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) ||
	    sqlite3_busy_timeout(s->db, 30000) || write_ahead(s->db) ||
	    sqlite3_exec(s->db, schema, NULL, NULL, NULL))
		st = sql_fail(s, err);
	else
		st = check_schema(s, err);
	if (st)
		store_close(s);
	else
		*out = s;
	return st;
}

/* By a URI with immutable=1 SQLite needs no files beside the store: right where nobody can write there,
 * because then no write-ahead log can be in use. */
static bool open_unwritable(struct store *s)
{
	struct str uri = { 0 };
	bool ok;

	str_add(&uri, "file:");
	for (const char *p = s->path; *p; p++)
		if (strchr("%?#", *p))
			str_addf(&uri, "%%%02X", (unsigned char)*p);
		else
			str_addc(&uri, *p);
	str_add(&uri, "?immutable=1");
	sqlite3_close(s->db);
	s->db = NULL;
	ok = !sqlite3_open_v2(str_get(&uri), &s->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) &&
	     !sqlite3_exec(s->db, "SELECT count(*) FROM meta", NULL, NULL, NULL);
	str_free(&uri);
	return ok;
}

enum cm_status store_open_read(const char *path, struct store **out, struct cm_err *err)
{
	struct store *s;
	enum cm_status st = refuse_server(path, err);

	if (st)
		return st;
	s = cm_alloc(sizeof *s);
	s->path = path ? cm_strdup(path) : file_xdg_data_dup("results.db");
	if (!file_exists(s->path)) {
		st = cm_fail(err, CM_ABSENT, "there is no result store %s; 'costmark run' makes one by "
					     "measuring this machine", s->path);
	} else if (sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READONLY, NULL) ||
		   sqlite3_busy_timeout(s->db, 30000) ||
		   sqlite3_exec(s->db, "SELECT count(*) FROM meta", NULL, NULL, NULL)) {
		const int code = sqlite3_errcode(s->db) & 0xff;
		const bool closed = code == SQLITE_CANTOPEN || code == SQLITE_READONLY;

		if (code == SQLITE_ERROR)
			st = cm_fail(err, CM_EINPUT, "result store %s: this is no store of results (%s)",
				     s->path, sqlite3_errmsg(s->db));
		else if (!closed || !open_unwritable(s))
			st = sql_fail(s, err);
	}
	if (!st)
		st = check_schema(s, err);
	if (st)
		store_close(s);
	else
		*out = s;
	return st;
}

/* Binds text arguments ('t') and integers ('i') by the letters of kinds. */
static enum cm_status prepare(struct store *s, sqlite3_stmt **q, struct cm_err *err,
			      const char *sql, const char *kinds, ...)
{
	va_list ap;

	if (sqlite3_prepare_v2(s->db, sql, -1, q, NULL))
		return sql_fail(s, err);
	va_start(ap, kinds);
	for (int i = 1; *kinds; kinds++, i++) {
		if (*kinds == 't') {
			const char *t = va_arg(ap, const char *);
			sqlite3_bind_text(*q, i, t ? t : "", -1, SQLITE_TRANSIENT);
		} else {
			sqlite3_bind_int64(*q, i, va_arg(ap, int64_t));
		}
	}
	va_end(ap);
	return CM_OK;
}

static enum cm_status finish(struct store *s, sqlite3_stmt *q, struct cm_err *err)
{
	const int rc = sqlite3_step(q);

	if (rc != SQLITE_DONE && rc != SQLITE_ROW) {
		sqlite3_finalize(q);
		return sql_fail(s, err);
	}
	sqlite3_finalize(q);
	return CM_OK;
}

/* Writes down which process measures a run. */
static enum cm_status own(struct store *s, const char *run_id, struct cm_err *err)
{
	sqlite3_stmt *q;
	char mark[96];
	enum cm_status st;

	alive_mark(mark);
	st = prepare(s, &q, err, "INSERT OR REPLACE INTO meta VALUES('owner '||?, ?)", "tt", run_id, mark);
	return st ? st : finish(s, q, err);
}

enum cm_status store_run_begin(struct store *s, const char *tag, uint64_t seed,
			       const char *command_line, const char *plan_hash,
			       const char *facts_json, char run_id[40], struct cm_err *err)
{
	char seed_text[24], now[32], id[40];
	struct timespec t;
	sqlite3_stmt *q;
	uint32_t r = 0;
	enum cm_status st;

	clock_gettime(CLOCK_REALTIME, &t);
	sqlite3_randomness(sizeof r, &r);
	snprintf(id, sizeof id, "%010lld-%08x", (long long)t.tv_sec, r);
	snprintf(seed_text, sizeof seed_text, "%llu", (unsigned long long)seed);
	cm_iso_now(now);
	st = prepare(s, &q, err,
		     "INSERT INTO runs VALUES(?,?,?,?,?,?,'running',?,'',?)", "tttttttt", id, tag,
		     seed_text, command_line, plan_hash, facts_json, now, CM_VERSION);
	if (!st && !(st = finish(s, q, err)) && !(st = own(s, id, err)))
		memcpy(run_id, id, sizeof id);
	return st;
}

/* Another process that measures this run right now must be left to it. */
static enum cm_status check_owner(struct store *s, const char *run_id, struct cm_err *err)
{
	sqlite3_stmt *q;
	long pid = 0;
	enum cm_status st = prepare(s, &q, err, "SELECT value FROM meta WHERE key='owner '||?", "t", run_id);

	if (st)
		return st;
	if (sqlite3_step(q) == SQLITE_ROW && alive_elsewhere(text(q, 0), &pid))
		st = cm_fail(err, CM_EINPUT,
			     "run %s is being measured right now by process %ld: wait for it, or leave "
			     "--resume out to begin another", run_id, pid);
	sqlite3_finalize(q);
	return st;
}

enum cm_status store_run_unfinished(struct store *s, const char *tag, const char *plan_hash,
				    char run_id[40], uint64_t *seed, struct cm_err *err)
{
	sqlite3_stmt *q;
	enum cm_status st =
		prepare(s, &q, err, "SELECT id, seed FROM runs WHERE tag=? AND plan_hash=? AND state<>'done'"
				    " ORDER BY id DESC LIMIT 1", "tt", tag, plan_hash);

	if (st)
		return st;
	if (sqlite3_step(q) == SQLITE_ROW) {
		snprintf(run_id, 40, "%s", text(q, 0));
		*seed = strtoull(text(q, 1), NULL, 10);
	} else {
		st = cm_fail(err, CM_ABSENT, "no unfinished run of this plan is in %s", s->path);
	}
	sqlite3_finalize(q);
	if (!st && !(st = check_owner(s, run_id, err)))
		st = own(s, run_id, err);
	return st;
}

enum cm_status store_run_end(struct store *s, const char *run_id, const char *state,
			     struct cm_err *err)
{
	sqlite3_stmt *q;
	char now[32];
	enum cm_status st;

	cm_iso_now(now);
	st = prepare(s, &q, err, "UPDATE runs SET state=?, ended=? WHERE id=?", "ttt", state, now,
		     run_id);
	if (st || (st = finish(s, q, err)))
		return st;
	st = prepare(s, &q, err, "DELETE FROM meta WHERE key='owner '||?", "t", run_id);
	return st ? st : finish(s, q, err);
}

enum cm_status store_cell_id(struct store *s, const char *run_id, const struct store_cell *c,
			     int64_t *id, struct cm_err *err)
{
	sqlite3_stmt *q;
	enum cm_status st = prepare(
		s, &q, err, "INSERT OR IGNORE INTO cells(run,kernel,op,grp,variant,tuned_by,type,size,"
			    "size_unit,backend,device,tunables) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
		"tttttttitttt", run_id, c->kernel, c->op, c->group, c->variant, c->tuned_by, c->type,
		(int64_t)c->size, c->size_unit, c->backend, c->device, c->tunables);

	if (st || (st = finish(s, q, err)))
		return st;
	st = prepare(s, &q, err, "SELECT id FROM cells WHERE run=? AND kernel=? AND op=? AND variant=?"
				 " AND tuned_by=? AND type=? AND size=? AND backend=? AND device=?",
		     "ttttttitt", run_id, c->kernel, c->op, c->variant, c->tuned_by, c->type,
		     (int64_t)c->size, c->backend, c->device);
	if (st)
		return st;
	if (sqlite3_step(q) == SQLITE_ROW)
		*id = sqlite3_column_int64(q, 0);
	else
		st = sql_fail(s, err);
	sqlite3_finalize(q);
	return st;
}

/* A launch that was begun and not ended is set aside: its number becomes free, its samples stay. */
static enum cm_status set_aside(struct store *s, int64_t launch, struct cm_err *err)
{
	sqlite3_stmt *q;
	enum cm_status st = prepare(s, &q, err, "UPDATE launches SET number=-id, status='superseded',"
						" reason='taken again by a resumed run' WHERE id=?",
				    "i", launch);

	return st ? st : finish(s, q, err);
}

enum cm_status store_launch_begin(struct store *s, int64_t cell, unsigned number, bool *fresh,
				  int64_t *launch, struct cm_err *err)
{
	sqlite3_stmt *q;
	char now[32];
	enum cm_status st = prepare(s, &q, err, "SELECT id, status FROM launches WHERE cell=? AND number=?",
				    "ii", cell, (int64_t)number);

	if (st)
		return st;
	*fresh = true;
	if (sqlite3_step(q) == SQLITE_ROW) {
		*launch = sqlite3_column_int64(q, 0);
		*fresh = !strcmp(text(q, 1), "partial");
		sqlite3_finalize(q);
		if (!*fresh)
			return CM_OK;
		st = set_aside(s, *launch, err);
		if (st)
			return st;
	} else {
		sqlite3_finalize(q);
	}
	cm_iso_now(now);
	st = prepare(s, &q, err,
		     "INSERT INTO launches(cell,number,status,reason,summary,begun)"
		     " VALUES(?,?,'partial','','{}',?)", "iit", cell, (int64_t)number, now);
	if (!st && !(st = finish(s, q, err)))
		*launch = sqlite3_last_insert_rowid(s->db);
	return st;
}

enum cm_status store_samples(struct store *s, int64_t launch, const double *ns, size_t n,
			     struct cm_err *err)
{
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	if (!rc)
		rc = sqlite3_prepare_v2(s->db, "INSERT INTO samples VALUES(?1,(SELECT COALESCE(MAX(i),-1)+1"
					       " FROM samples WHERE launch=?1),?2)", -1, &q, NULL);
	for (size_t i = 0; i < n && !rc; i++) {
		sqlite3_bind_int64(q, 1, launch);
		sqlite3_bind_double(q, 2, ns[i]);
		rc = sqlite3_step(q) == SQLITE_DONE ? 0 : 1;
		sqlite3_reset(q);
	}
	sqlite3_finalize(q);
	if (!rc)
		rc = sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
	if (rc) {
		const enum cm_status st = sql_fail(s, err);

		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
		return st;
	}
	return CM_OK;
}

enum cm_status store_launch_end(struct store *s, int64_t launch, const char *status,
				const char *reason, const struct cmj *summary, struct cm_err *err)
{
	struct str text = { 0 };
	sqlite3_stmt *q;
	enum cm_status st;

	cmj_print(summary, false, &text);
	st = prepare(s, &q, err, "UPDATE launches SET status=?, reason=?, summary=? WHERE id=?", "ttti",
		     status, reason, str_get(&text), launch);
	str_free(&text);
	return st ? st : finish(s, q, err);
}

/* ---- reading ----------------------------------------------------------------------------------- */

/* The end of a reading loop: an error of the file must not look like fewer rows. */
static enum cm_status read_end(struct store *s, sqlite3_stmt *q, int rc, enum cm_status st,
			       struct cm_err *err)
{
	if (!st && rc != SQLITE_DONE)
		st = sql_fail(s, err);
	sqlite3_finalize(q);
	return st;
}

static enum cm_status read_samples(struct store *s, struct stored_launch *l, struct cm_err *err)
{
	sqlite3_stmt *q;
	size_t cap = 0;
	int rc;
	enum cm_status st = prepare(s, &q, err, "SELECT ns FROM samples WHERE launch=? ORDER BY i", "i",
				    l->id);

	if (st)
		return st;
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		CM_PUSH(l->ns, l->n, cap);
		l->ns[l->n++] = sqlite3_column_double(q, 0);
	}
	return read_end(s, q, rc, CM_OK, err);
}

static enum cm_status read_launches(struct store *s, struct stored_cell *c, struct cm_err *err)
{
	sqlite3_stmt *q;
	size_t cap = 0;
	enum cm_status st = prepare(s, &q, err, "SELECT id,status,reason,summary,begun FROM launches"
						" WHERE cell=? AND number>=0 ORDER BY number", "i", c->id);
	int rc = SQLITE_DONE;

	if (st)
		return st;
	while (!st && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		struct stored_launch *l;
		const char *sum = text(q, 3);

		CM_PUSH(c->launch, c->launches, cap);
		l = &c->launch[c->launches++];
		*l = (struct stored_launch){ .id = sqlite3_column_int64(q, 0),
					     .status = cm_strdup(text(q, 1)),
					     .reason = cm_strdup(text(q, 2)),
					     .begun = cm_strdup(text(q, 4)) };
		st = cmj_parse(sum, strlen(sum), "summary", &l->summary, err);
		if (!st)
			st = read_samples(s, l, err);
	}
	return read_end(s, q, rc, st, err);
}

static void read_cell(sqlite3_stmt *q, struct stored_cell *c)
{
	char **const field[] = { &c->run, &c->tag, &c->kernel, &c->op, &c->group, &c->variant,
				 &c->tuned_by, &c->type, &c->size_unit, &c->backend, &c->device,
				 &c->tunables };

	*c = (struct stored_cell){ .id = sqlite3_column_int64(q, 0),
				   .size = (size_t)sqlite3_column_int64(q, 1) };
	for (size_t i = 0; i < CM_COUNT(field); i++)
		*field[i] = cm_strdup(text(q, (int)i + 2));
}

#define CELL_COLUMNS "c.id, c.size, c.run, r.tag, c.kernel, c.op, c.grp, c.variant, c.tuned_by, c.type," \
		     " c.size_unit, c.backend, c.device, c.tunables"

/* Not that of running, which the seed drew. */
#define IN_ORDER " ORDER BY c.kernel, c.op, c.type, c.size, c.backend, c.device, c.variant, c.tuned_by"

enum cm_status store_read(struct store *s, const char *run_id, const char *tag,
			  struct stored_cell **out, size_t *n, struct cm_err *err)
{
	/* One run; or of each cell the newest run's, so that a later partial run hides no older cell. */
	static const char one[] = "SELECT " CELL_COLUMNS " FROM cells c JOIN runs r ON r.id=c.run"
				  " WHERE c.run=?1" IN_ORDER;
	static const char newest[] =
		"SELECT " CELL_COLUMNS " FROM cells c JOIN runs r ON r.id=c.run WHERE"
		" (?1='' OR r.tag=?1) AND c.run=(SELECT MAX(d.run) FROM cells d JOIN runs e ON e.id=d.run"
		" WHERE (?1='' OR e.tag=?1) AND d.kernel=c.kernel AND d.op=c.op AND d.variant=c.variant"
		" AND d.type=c.type AND d.size=c.size AND d.backend=c.backend AND d.device=c.device)"
		IN_ORDER;
	struct stored_cell *cell = NULL;
	size_t cells = 0, cap = 0;
	sqlite3_stmt *q;
	int rc = SQLITE_DONE;
	enum cm_status st = prepare(s, &q, err, run_id ? one : newest, "t", run_id ? run_id : tag);

	if (st)
		return st;
	while (!st && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		CM_PUSH(cell, cells, cap);
		read_cell(q, &cell[cells]);
		st = read_launches(s, &cell[cells++], err);
	}
	st = read_end(s, q, rc, st, err);
	if (st) {
		stored_free(cell, cells);
	} else {
		*out = cell;
		*n = cells;
	}
	return st;
}

void stored_free(struct stored_cell *cell, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct stored_cell *c = &cell[i];
		char *const field[] = { c->run, c->tag, c->kernel, c->op, c->group, c->variant, c->tuned_by,
					c->type, c->size_unit, c->backend, c->device, c->tunables };

		for (size_t k = 0; k < CM_COUNT(field); k++)
			free(field[k]);
		for (size_t k = 0; k < c->launches; k++) {
			free(c->launch[k].status);
			free(c->launch[k].reason);
			free(c->launch[k].begun);
			free(c->launch[k].ns);
			cmj_free(c->launch[k].summary);
		}
		free(c->launch);
	}
	free(cell);
}

/* ---- runs -------------------------------------------------------------------------------------- */

enum cm_status store_run_read(struct store *s, const char *run_id, struct stored_run *out,
			      struct cm_err *err)
{
	struct stored_run r = { .id = NULL };
	char **const field[] = { &r.id, &r.tag, &r.seed, &r.command_line, &r.facts, &r.state, &r.begun,
				 &r.ended, &r.version };
	sqlite3_stmt *q;
	enum cm_status st = prepare(s, &q, err, "SELECT id, tag, seed, command_line, facts, state, begun,"
				    " ended, version FROM runs WHERE id=?", "t", run_id);

	if (st)
		return st;
	if (sqlite3_step(q) != SQLITE_ROW) {
		sqlite3_finalize(q);
		return cm_fail(err, CM_ABSENT, "result store %s holds no run '%s'", s->path, run_id);
	}
	for (size_t i = 0; i < CM_COUNT(field); i++)
		*field[i] = cm_strdup(text(q, (int)i));
	sqlite3_finalize(q);
	*out = r;
	return CM_OK;
}

void stored_run_free(struct stored_run *r)
{
	char *const field[] = { r->id, r->tag, r->seed, r->command_line, r->facts, r->state, r->begun,
				r->ended, r->version };

	for (size_t i = 0; i < CM_COUNT(field); i++)
		free(field[i]);
	*r = (struct stored_run){ .id = NULL };
}

/* ---- statements of other files ----------------------------------------------------------------- */

struct store_query {
	struct store *store;
	sqlite3_stmt *q;
};

enum cm_status store_query(struct store *s, const char *sql, const char *const *arg, size_t n,
			   struct store_query **out, struct cm_err *err)
{
	sqlite3_stmt *q = NULL;

	if (sqlite3_prepare_v2(s->db, sql, -1, &q, NULL))
		return sql_fail(s, err);
	for (size_t i = 0; i < n; i++)
		sqlite3_bind_text(q, (int)i + 1, arg[i], -1, SQLITE_TRANSIENT);
	*out = cm_alloc(sizeof **out);
	**out = (struct store_query){ s, q };
	return CM_OK;
}

enum cm_status store_query_next(struct store_query *q, struct cm_err *err)
{
	const int rc = q ? sqlite3_step(q->q) : SQLITE_DONE;

	return rc == SQLITE_ROW ? CM_OK : rc == SQLITE_DONE ? CM_END : sql_fail(q->store, err);
}

const char *store_query_text(struct store_query *q, int column)
{
	return text(q->q, column);
}

void store_query_close(struct store_query *q)
{
	if (!q)
		return;
	sqlite3_finalize(q->q);
	free(q);
}

enum cm_status store_do(struct store *s, const char *sql, const char *const *arg, size_t n,
			size_t *changed, struct cm_err *err)
{
	struct store_query *q = NULL;
	enum cm_status st = store_query(s, sql, arg, n, &q, err);

	if (st)
		return st;
	while (!(st = store_query_next(q, err)))
		;
	store_query_close(q);
	if (st != CM_END)
		return st;
	if (changed)
		*changed = (size_t)sqlite3_changes(s->db);
	return CM_OK;
}
