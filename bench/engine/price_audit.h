/*
 * What is wrong with prices, of the shipped tables and of the store alike: each finding with its place,
 * problems apart from warnings. None repairs or hides a row.
 */
#ifndef CM_ENGINE_PRICE_AUDIT_H
#define CM_ENGINE_PRICE_AUDIT_H

#include "api/price.h"
#include "engine/price_store.h"

struct price_finding {
	const char *kind;  /* "zero", "stale", "outlier", … */
	bool problem;      /* false: a warning, which fails nothing */
	const char *file, *line, *says; /* line: its number, or a JSON pointer */
};
typedef void price_found(const struct price_finding *f, void *user);

struct price_audit {
	const struct catalogue *catalogue; /* names of devices, and the shipped offers */
	const char *today;                 /* "2026-11-24…" */
	unsigned most; /* of each kind so many are handed out, then one that counts the rest */
	price_found *found;
	void *user;
	uint64_t rows;                     /* set: how many prices were looked at */
};

void price_audit_offers(struct price_audit *a);
/* The store's current imports. */
enum cm_status price_audit_store(struct price_audit *a, struct price_store *s, struct cm_err *err);

#endif
