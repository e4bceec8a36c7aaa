/* A growable text buffer, and the allocation rule: memory that runs out ends the program (exit 6). */
#ifndef CM_BASE_STR_H
#define CM_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct str { char *p; size_t len, cap; }; /* p is NUL-ended once anything was added; {0} is empty */

void str_add(struct str *s, const char *text);
void str_addn(struct str *s, const char *bytes, size_t n);
void str_addc(struct str *s, char c);
void str_addf(struct str *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void str_vaddf(struct str *s, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
void str_clear(struct str *s);       /* keeps the memory */
void str_free(struct str *s);
char *str_take(struct str *s);       /* the caller's, free(); never NULL */
const char *str_get(const struct str *s); /* never NULL */

void *cm_alloc(size_t bytes);        /* zeroed */
void *cm_realloc(void *p, size_t bytes);
char *cm_strdup(const char *s);
char *cm_strndup(const char *s, size_t n);
char *cm_printf_dup(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Growing an array by one: CM_PUSH(array, count, capacity) makes room for array[count]. */
#define CM_PUSH(array, count, cap)                                                                 \
	do {                                                                                       \
		if ((count) == (cap)) {                                                            \
			(cap) = (cap) ? 2 * (cap) : 8;                                             \
			(array) = cm_realloc((array), (cap) * sizeof *(array));                    \
		}                                                                                  \
	} while (0)

bool cm_ieq(const char *a, const char *b);            /* equal, ASCII case folded */
bool cm_starts(const char *s, const char *prefix);
bool cm_ends(const char *s, const char *suffix);

/* Nearest candidate by edit distance, or NULL when none is near enough to suggest. */
const char *cm_nearest(const char *word, const char *const *candidates, size_t n);

#define CM_COUNT(a) (sizeof(a) / sizeof *(a))

/* Strings that live as long as their owner: freed all at once. {0} is empty. */
struct pool { char **p; size_t n, cap; };
const char *pool_dup(struct pool *pool, const char *s);
const char *pool_trimmed(struct pool *pool, const char *s); /* without white space at its ends */
const char *pool_printf(struct pool *pool, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void *pool_alloc(struct pool *pool, size_t bytes); /* zeroed */
void pool_free(struct pool *pool);

#endif
