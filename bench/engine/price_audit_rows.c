/*
 * Where the audit's rows come from: the shipped offers, and the store's current imports. The store is read in
 * one pass, an import's rows as they lie one after another, beside the few keys that are read before; what
 * a sentence needs of a row is asked for again.
 */
#include "engine/price_audit_rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/price_store_inner.h"

static const struct audit_facts blank = {
#define X(member) .member = "",
	AUDIT_TEXTS(X)
#undef X
	.file = "", .line = "", .each = NAN,
};

/* ---- shipped offers ------------------------------------------------------------------------------ */

static struct audit_facts facts_of_offer(const struct audit_source *s, const struct offer_row *o,
					 char devices[32])
{
	const struct device_row *known = *o->device ? catalogue_device(s->catalogue, o->device) : NULL;
	struct audit_facts f = blank;

	snprintf(devices, 32, "%g", o->devices);
	f.who = o->vendor;
	f.offer = o->offer;
	f.device = known ? known->device : "";
	f.written = o->device;
	f.region = o->region;
	f.label = o->term;
	f.price = o->price_text;
	f.currency = o->currency;
	f.unit = o->per;
	f.scope = "device";
	f.devices = devices;
	f.start = o->effective;
	f.end = o->valid_until;
	f.taken = o->retrieved;
	f.file = o->file;
	f.each = o->devices > 0 ? dec_double(o->price) / o->devices : NAN;
	return f;
}

static enum cm_status each_offer(const struct audit_source *s, audit_take *take, void *user,
				 struct cm_err *err)
{
	const struct offer_row *o;
	const size_t n = catalogue_offers(s->catalogue, &o);
	size_t table = 0;

	(void)err;
	for (size_t i = 0; i < n; i++) {
		char devices[32];
		struct audit_facts f = facts_of_offer(s, &o[i], devices);

		table += i && strcmp(o[i].file, o[i - 1].file) != 0;
		f.id = (int64_t)i;
		f.table = table;
		take(&f, user);
	}
	return CM_OK;
}

static void offer_again(const struct audit_source *s, int64_t id, struct pool *pool, struct audit_facts *out)
{
	const struct offer_row *o;

	catalogue_offers(s->catalogue, &o);
	*out = facts_of_offer(s, &o[id], pool_alloc(pool, 32));
	out->id = id;
	out->line = pool_printf(pool, "%zu", o[id].line);
}

const struct audit_source audit_of_offers = { .ours = true, .each = each_offer, .again = offer_again };

/* ---- the store ----------------------------------------------------------------------------------- */

/* X(member, expression over price p and import i); in the order of reading. */
#define PRICE_TEXTS(X)                                                                             \
	X(price, "p.price") X(upfront, "p.upfront_price") X(currency, "p.\"PricingCurrency\"")     \
	X(unit, "p.\"PricingUnit\"") X(payment, "p.payment_option") X(os, "p.operating_system")    \
	X(tenancy, "p.tenancy") X(license, "p.license") X(tier, "p.tier_start")                    \
	X(zone, "p.\"AvailabilityZone\"") X(service, "p.\"ServiceName\"")                          \
	X(scope, "p.price_scope") X(capacity, "p.capacity_status") X(sku, "p.\"SkuId\"")           \
	X(devices, "p.devices") X(written, "p.device_as_written") X(note, "p.note")                \
	X(start, "p.effective_start") X(end, "p.effective_end")                                    \
	X(taken, "CASE WHEN p.day = '' THEN '' WHEN i.retrieved <> '' THEN i.retrieved "           \
		 "WHEN p.retrieved <> '' THEN p.retrieved WHEN p.published <> '' THEN p.published " \
		 "ELSE p.day END")
#define KEY_TEXTS(X)                                                                               \
	X(who, "k.\"ServiceProviderName\"") X(offer, "k.offer") X(device, "k.device")              \
	X(region, "k.\"RegionId\"") X(label, "k.label")
#define X(member, sql) sql ", "
static const char price_texts[] = PRICE_TEXTS(X), key_texts[] = KEY_TEXTS(X);
#undef X

struct keys { struct audit_facts *key; size_t n; struct pool pool; };

static const char *text_at(sqlite3_stmt *q, int i)
{
	const unsigned char *t = sqlite3_column_text(q, i);

	return t ? (const char *)t : "";
}

static void key_at(sqlite3_stmt *q, int at, struct audit_facts *f)
{
#define X(member, sql) f->member = text_at(q, at++);
	KEY_TEXTS(X)
#undef X
}

static int price_at(sqlite3_stmt *q, int at, struct audit_facts *f)
{
#define X(member, sql) f->member = text_at(q, at++);
	PRICE_TEXTS(X)
#undef X
	f->each = sqlite3_column_type(q, at) == SQLITE_NULL ? NAN : sqlite3_column_double(q, at);
	return at + 1;
}

static bool ask(sqlite3 *db, const char *sql, sqlite3_stmt **q)
{
	return sqlite3_prepare_v2(db, sql, -1, q, NULL) == SQLITE_OK;
}

/* Keys by their number, which counts from 1 on without large gaps. */
static bool read_keys(sqlite3 *db, struct keys *k)
{
	sqlite3_stmt *q = NULL;
	char *sql = cm_printf_dup("SELECT %sk.id, (SELECT max(id) FROM key) FROM key k", key_texts);
	const bool ok = ask(db, sql, &q);

	free(sql);
	while (ok && sqlite3_step(q) == SQLITE_ROW) {
		const int64_t id = sqlite3_column_int64(q, 5), last = sqlite3_column_int64(q, 6);
		struct audit_facts f = blank;

		if (!k->key) {
			k->n = (size_t)last + 1;
			k->key = cm_alloc(k->n * sizeof *k->key);
		}
		key_at(q, 0, &f);
		f.who = pool_dup(&k->pool, f.who);
		f.offer = pool_dup(&k->pool, f.offer);
		f.device = pool_dup(&k->pool, f.device);
		f.region = pool_dup(&k->pool, f.region);
		f.label = pool_dup(&k->pool, f.label);
		k->key[id] = f;
	}
	sqlite3_finalize(q);
	return ok;
}

static int read_import(sqlite3_stmt *q, const struct keys *k, size_t table, audit_take *take, void *user)
{
	int rc;

	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		const size_t key = (size_t)sqlite3_column_int64(q, 1);
		struct audit_facts f = key < k->n && k->key[key].who ? k->key[key] : blank;

		f.id = sqlite3_column_int64(q, 0);
		f.table = table;
		price_at(q, 2, &f);
		take(&f, user);
	}
	return rc;
}

static enum cm_status each_stored(const struct audit_source *s, audit_take *take, void *user,
				  struct cm_err *err)
{
	/* One import was written in one transaction: its rows' numbers have no others between them. */
	static const char imports[] = "SELECT id, (SELECT id FROM price WHERE import = i.id ORDER "
				      "BY id LIMIT 1), (SELECT id FROM "
				      "price WHERE import = i.id ORDER BY id DESC LIMIT 1) FROM "
				      "import i WHERE current = 1 ORDER BY id";
	char *sql = cm_printf_dup("SELECT p.id, p.key, %sp.per_device FROM price p NOT INDEXED CROSS JOIN "
				  "import i ON i.id = ?1 WHERE p.id BETWEEN ?2 AND ?3 AND p.import = ?1",
				  price_texts);
	sqlite3_stmt *list = NULL, *q = NULL;
	struct keys k = { 0 };
	size_t table = 0;
	int rc = SQLITE_DONE;
	bool ok = ask(s->store->db, imports, &list) && ask(s->store->db, sql, &q) &&
		  read_keys(s->store->db, &k);

	while (ok && (rc = sqlite3_step(list)) == SQLITE_ROW) {
		for (int i = 0; i < 3; i++)
			sqlite3_bind_int64(q, i + 1, sqlite3_column_int64(list, i));
		ok = read_import(q, &k, table++, take, user) == SQLITE_DONE;
		sqlite3_reset(q);
	}
	const enum cm_status st = ok && rc == SQLITE_DONE ? CM_OK : price_sql_fail(s->store, err);
	sqlite3_finalize(list);
	sqlite3_finalize(q);
	free(k.key);
	pool_free(&k.pool);
	free(sql);
	return st;
}

static void stored_again(const struct audit_source *s, int64_t id, struct pool *pool, struct audit_facts *out)
{
	char *sql = cm_printf_dup("SELECT %s%sp.per_device, CASE p.file WHEN '' THEN i.name ELSE p.file END, "
				  "p.line FROM price p JOIN key k ON k.id = p.key JOIN import i ON "
				  "i.id = p.import WHERE p.id = ?1", key_texts, price_texts);
	sqlite3_stmt *q = NULL;

	*out = blank;
	out->id = id;
	if (ask(s->store->db, sql, &q) && !sqlite3_bind_int64(q, 1, id) && sqlite3_step(q) == SQLITE_ROW) {
		key_at(q, 0, out);
		const int at = price_at(q, 5, out);

		out->file = pool_dup(pool, text_at(q, at));
		out->line = pool_dup(pool, text_at(q, at + 1));
	}
#define X(member) out->member = pool_dup(pool, out->member);
	AUDIT_TEXTS(X)
#undef X
	sqlite3_finalize(q);
	free(sql);
}

const struct audit_source audit_of_store = { .each = each_stored, .again = stored_again };
