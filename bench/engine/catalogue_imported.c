/*
 * Offers of the price store under the catalogue's key, "vendor/offer[@term][#region]", for scenarios:
 * what the shipped tables do not hold is looked up among the current imports.
 *
 * A seller lists one thing many times over: by operating system, tenancy, licence. Without further
 * words the plain one is meant: Linux or none, shared, no software on top. What is still more than one
 * is told, never picked.
 */
#include "engine/catalogue_imported.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_NAMED 4

struct imported { struct price_store *store; struct pool pool; };

struct search {
	const char *payment;     /* "none", "partial", "all" of the key's term; NULL = any */
	struct pool *pool;
	struct offer_row *row;
	struct str names;
	size_t hits;
};

static bool plain(const struct price_row *r)
{
	return (!*r->os || !strcmp(r->os, "linux")) && (!*r->tenancy || !strcmp(r->tenancy, "shared")) &&
	       (!*r->license || !strcmp(r->license, "included")) && !strstr(r->service, "convertible");
}

static const char *per_of(const struct price_row *r)
{
	return !strcmp(r->unit, "Hours") ? "hour" : !strcmp(r->unit, "Units") || !*r->unit ? "once" : r->unit;
}

static struct offer_row *offer_of(const struct stored_price *p, struct pool *pool)
{
	const struct price_row *r = &p->row;
	struct offer_row *o = pool_alloc(pool, sizeof *o);
	struct dec upfront, devices;
	const bool spread = dec_parse(r->upfront, &upfront) && upfront.m != 0;

	*o = (struct offer_row){
		.vendor = pool_dup(pool, r->provider), .offer = pool_dup(pool, r->offer),
		.device = pool_dup(pool, r->device),
		.devices = dec_parse(r->devices, &devices) && devices.m > 0 ? dec_double(devices) : 1,
		.description = spread ? pool_printf(pool, "%s an hour and %s once, spread over %s months "
			"of 730 h", r->price,
						    r->upfront, r->months) : "",
		.price_text = pool_dup(pool, spread ? r->effective : r->price), .currency = pool_dup(pool,
			r->currency),
		.per = pool_dup(pool, per_of(r)),
		.term = *r->payment ? pool_printf(pool, "%s, %s upfront", p->label, !strcmp(r->payment,
			"none") ? "no" : r->payment)
				    : pool_dup(pool, p->label),
		.region = pool_dup(pool, r->region), .basis = CM_LISTED,
		.source = *r->source ? pool_dup(pool, r->source) : pool_printf(pool, "imported by %s",
			p->source_name),
		.effective = pool_dup(pool, r->start), .retrieved = pool_dup(pool, r->retrieved),
		.valid_until = pool_dup(pool, r->end), .file = pool_dup(pool, r->file),
		.line = strtoul(r->line, NULL, 10),
	};
	if (spread)
		o->basis = CM_DERIVED;
	else if (!cm_basis_parse(r->basis, &o->basis))
		o->basis = CM_LISTED;
	return o;
}

static bool each(const struct stored_price *p, void *user)
{
	struct search *s = user;

	if (!plain(&p->row) || (s->payment && strcmp(s->payment, p->row.payment) != 0))
		return true;
	struct offer_row *o = offer_of(p, s->pool);
	if (!dec_parse(o->price_text, &o->price))
		return true;
	if (s->hits < MOST_NAMED)
		str_addf(&s->names, "%s'%s/%s@%s%s%s'", s->hits ? ", " : "", o->vendor, o->offer, o->term,
			*o->region ? "#" : "",
			 o->region);
	s->hits++;
	s->row = o;
	return true;
}

/* "reserved 3y, no upfront" → the label and the payment. */
static const char *cut_payment(char *term)
{
	static const struct { const char *words, *payment; } table[] = {
		{ "no upfront", "none" }, { "partial upfront", "partial" }, { "all upfront", "all" },
	};
	char *comma = term ? strstr(term, ", ") : NULL;

	for (size_t i = 0; comma && i < CM_COUNT(table); i++)
		if (cm_ieq(comma + 2, table[i].words)) {
			*comma = '\0';
			return table[i].payment;
		}
	return NULL;
}

enum cm_status imported_offer(struct imported *m, const char *key, const struct offer_row **out,
			      struct cm_err *err)
{
	char *copy = cm_strdup(key);
	struct price_filter f = { 0 };
	struct search s = { .pool = &m->pool };
	enum cm_status st;

	price_filter_key(copy, &f);
	if (f.term)
		s.payment = cut_payment((char *)f.term);
	st = f.vendor ? price_store_each(m->store, &f, each, &s, err) : CM_ABSENT;
	if (!st && s.hits > 1)
		st = cm_fail(err, CM_EINPUT, "'%s' names %zu imported offers: say which, one of %s%s",
			key, s.hits,
			     str_get(&s.names), s.hits > MOST_NAMED ? ", …" : "");
	else if (!st && !s.hits)
		st = CM_ABSENT;
	if (!st)
		*out = s.row;
	str_free(&s.names);
	free(copy);
	return st;
}

struct imported *imported_open(struct price_store *store)
{
	struct imported *m = cm_alloc(sizeof *m);

	m->store = store;
	return m;
}

void imported_close(struct imported *m)
{
	if (!m)
		return;
	price_store_close(m->store);
	pool_free(&m->pool);
	free(m);
}
