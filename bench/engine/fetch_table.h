/* Fetched files into the store of prices: the files of one part (a region, a cloud; pages too) are one
 * import. */
#ifndef CM_ENGINE_FETCH_TABLE_H
#define CM_ENGINE_FETCH_TABLE_H

#include "engine/fetch_cache.h"
#include "engine/price_store.h"

struct fetch_table {
	struct price_store *store;
	const struct price_resolver *resolver; /* NULL: devices stay as the source names them */
	bool force;
	bool (*stopped)(void);
	size_t imports,
		same; /* what came of it: parts imported, parts whose bytes are the current import */
	uint64_t rows, refused;
};

/* A fetch_take of engine/fetch.h; arg is a struct fetch_table. Each part is one transaction. */
enum cm_status fetch_into_table(void *arg, const struct price_source *reader, const struct cache_set *set,
				struct cm_err *err);

#endif
