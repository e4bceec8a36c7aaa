/* Prices as the audit's checks see them, wherever they come from, and one of them again by its id. */
#ifndef CM_ENGINE_PRICE_AUDIT_ROWS_H
#define CM_ENGINE_PRICE_AUDIT_ROWS_H

#include "api/price.h"
#include "base/str.h"
#include "engine/price_store.h"

/* X(member): texts, "" = not told; they live until the next row. label: the term in words; written:
 * the source's own name of the device; taken: the day that its age is counted from. */
#define AUDIT_TEXTS(X)                                                                             \
	X(who) X(offer) X(device) X(region) X(label) X(price) X(upfront) X(currency) X(unit)       \
	X(payment) X(os) X(tenancy) X(license) X(tier) X(zone) X(service) X(scope) X(capacity)     \
	X(sku) X(devices) X(written) X(note) X(start) X(end) X(taken)

struct audit_facts {
#define X(member) const char *member;
	AUDIT_TEXTS(X)
#undef X
	const char *file, *line; /* set by again() alone */
	int64_t id;
	size_t table;            /* its file or import, from 0 on, ascending */
	double each;             /* price of one device; NaN */
};

typedef void audit_take(const struct audit_facts *f, void *user);

struct audit_source {
	bool ours;               /* the shipped tables, which are ours to mend */
	const char *path;        /* of all, for what has no place of its own */
	const struct catalogue *catalogue;
	struct price_store *store;
	enum cm_status (*each)(const struct audit_source *s, audit_take *take, void *user,
			       struct cm_err *err);
	/* The row of that id, its texts in the pool. */
	void (*again)(const struct audit_source *s, int64_t id, struct pool *pool, struct audit_facts *out);
};

extern const struct audit_source audit_of_offers, audit_of_store;

#endif
