/*
 * Fetches one source by its plan: requests side by side, every answer checked, all or nothing into the cache.
 * It knows HTTP and the cache; what lies where only the plan knows, what a price is only the reader.
 */
#ifndef CM_ENGINE_FETCH_H
#define CM_ENGINE_FETCH_H

#include "api/price.h"
#include "engine/fetch_cache.h"

struct fetch_options {
	const char *root;              /* of the cache */
	const char *base, *key;        /* NULL = the plan's; NULL = none */
	const char *currency;          /* NULL = USD */
	const char *const *parts;      /* parts_n 0 = the plan's own */
	size_t parts_n;
	bool offline, force;
	int retries;                   /* as http_limits has it */
	double total_s;                /* of one request; 0 = an hour */
	bool (*stopped)(void);
};

/* What became of it. */
struct fetch_result {
	size_t files, reused, requests; /* in the table now; of those, not transferred again; asked */
	uint64_t bytes, rows;           /* unpacked; rows 0 where no reader counted them */
	uint64_t transferred;           /* unpacked bytes of this fetch's answers */
	char fetched[32];               /* when the newest of it was */
};

/* Puts the files into the table of prices, all or nothing, before the cache changes over to them; NULL:
 * into none. */
typedef enum cm_status fetch_take(void *arg, const struct price_source *reader, const struct cache_set *set,
				  struct cm_err *err);

/* reader NULL: rows are not counted. On any error the cache holds what it held before. */
enum cm_status fetch_source(const struct price_fetch *plan, const struct price_source *reader,
			    const struct fetch_options *o, fetch_take *take, void *arg,
			    struct fetch_result *out, struct cm_err *err);

#endif
