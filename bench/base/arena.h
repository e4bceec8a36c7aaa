/* Memory that is given back all at once: the texts and trees of one record of a stream. */
#ifndef CM_BASE_ARENA_H
#define CM_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_block;
struct arena { struct arena_block *first, *now; size_t used; }; /* {0} is empty */

void *arena_alloc(struct arena *a, size_t bytes);     /* zeroed, aligned for anything */
const char *arena_dup(struct arena *a, const char *s, size_t n); /* NUL-ended */
const char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void arena_reset(struct arena *a);                    /* keeps the first block */
void arena_free(struct arena *a);

#endif
