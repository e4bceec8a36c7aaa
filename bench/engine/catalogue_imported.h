/* The price store as a second place where the catalogue looks for offers. */
#ifndef CM_ENGINE_CATALOGUE_IMPORTED_H
#define CM_ENGINE_CATALOGUE_IMPORTED_H

#include "engine/price_store.h"

struct imported;

struct imported *imported_open(struct price_store *store); /* takes the store over */
void imported_close(struct imported *m);                   /* NULL is fine */
/* CM_ABSENT, without a sentence: no such offer. CM_EINPUT: several. The row lives as long as m. */
enum cm_status imported_offer(struct imported *m, const char *key, const struct offer_row **out,
			      struct cm_err *err);
/* From now on catalogue_offer() looks into it where the tables hold nothing of that key; owned by c. */
void catalogue_add_imported(struct catalogue *c, struct imported *m);

#endif
