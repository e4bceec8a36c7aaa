/* What is wrong with the store's current prices: each finding with its place, problems apart from
 * warnings. */
#ifndef CM_ENGINE_PRICE_AUDIT_H
#define CM_ENGINE_PRICE_AUDIT_H

#include "engine/price_store.h"

struct price_finding {
	const char *kind;  /* "zero", "stale", "outlier", … */
	bool problem;      /* false: a warning */
	const char *file, *line, *says;
};

/* today: "2026-11-24…". Of each kind the first `most` are handed out, then one that counts the rest. */
typedef void price_found(const struct price_finding *f, void *user);
enum cm_status price_audit(struct price_store *s, const char *today, unsigned most, price_found *found,
			   void *user, uint64_t *rows, struct cm_err *err);

#endif
