/*
 * Text buffers, the allocation rule, and the small questions about words that every file asks.
 *
 * Memory that runs out ends the program here, so that no caller carries a check that no test can
 * reach. It knows nothing of files or of the terminal's rules.
 */
#include "base/str.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/status.h"

static void __attribute__((noreturn)) out_of_memory(size_t bytes)
{
	fprintf(stderr, "costmark: no memory for %zu bytes.\n", bytes);
	exit(CM_EXIT_INTERNAL);
}

void *cm_alloc(size_t bytes)
{
	void *p = calloc(1, bytes ? bytes : 1);
	if (!p)
		out_of_memory(bytes);
	return p;
}

void *cm_realloc(void *p, size_t bytes)
{
	void *q = realloc(p, bytes ? bytes : 1);
	if (!q)
		out_of_memory(bytes);
	return q;
}

char *cm_strndup(const char *s, size_t n)
{
	char *p = cm_alloc(n + 1);
	memcpy(p, s, n);
	return p;
}

char *cm_strdup(const char *s)
{
	return cm_strndup(s, strlen(s));
}

char *cm_printf_dup(const char *fmt, ...)
{
	struct str s = { 0 };
	va_list ap;
	va_start(ap, fmt);
	str_vaddf(&s, fmt, ap);
	va_end(ap);
	return str_take(&s);
}

static void make_room(struct str *s, size_t more)
{
	if (s->len + more + 1 <= s->cap)
		return;
	size_t cap = s->cap ? s->cap : 64;
	while (cap < s->len + more + 1)
		cap *= 2;
	s->p = cm_realloc(s->p, cap);
	s->cap = cap;
}

void str_addn(struct str *s, const char *bytes, size_t n)
{
	make_room(s, n);
	if (n)
		memcpy(s->p + s->len, bytes, n);
	s->len += n;
	s->p[s->len] = '\0';
}

void str_add(struct str *s, const char *text)
{
	str_addn(s, text, strlen(text));
}

void str_addc(struct str *s, char c)
{
	str_addn(s, &c, 1);
}

void str_vaddf(struct str *s, const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	const int n = vsnprintf(NULL, 0, fmt, ap);
	if (n > 0) {
		make_room(s, (size_t)n);
		vsnprintf(s->p + s->len, (size_t)n + 1, fmt, again);
		s->len += (size_t)n;
	}
	va_end(again);
}

void str_addf(struct str *s, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	str_vaddf(s, fmt, ap);
	va_end(ap);
}

void str_clear(struct str *s)
{
	s->len = 0;
	if (s->p)
		s->p[0] = '\0';
}

void str_free(struct str *s)
{
	free(s->p);
	*s = (struct str){ 0 };
}

char *str_take(struct str *s)
{
	char *p = s->p ? s->p : cm_alloc(1);
	*s = (struct str){ 0 };
	return p;
}

const char *str_get(const struct str *s)
{
	return s->p ? s->p : "";
}

bool cm_ieq(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

bool cm_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool cm_ends(const char *s, const char *suffix)
{
	const size_t n = strlen(s), k = strlen(suffix);
	return n >= k && strcmp(s + n - k, suffix) == 0;
}

#define LONGEST_WORD 64

static char fold(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c == '_' || c == ' ' ? '-' : c;
}

/* Edits (insert, drop, replace, swap of neighbours) between two words of at most LONGEST_WORD. */
static size_t distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t row[3][LONGEST_WORD + 1];
	size_t *before = row[0], *prev = row[1], *cur = row[2];

	for (size_t j = 0; j <= nb; j++)
		prev[j] = j;
	for (size_t i = 1; i <= na; i++) {
		cur[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			const char x = fold(a[i - 1]), y = fold(b[j - 1]);
			size_t d = prev[j - 1] + (x != y);
			d = prev[j] + 1 < d ? prev[j] + 1 : d;
			d = cur[j - 1] + 1 < d ? cur[j - 1] + 1 : d;
			if (i > 1 && j > 1 && x == fold(b[j - 2]) && fold(a[i - 2]) == y &&
			    before[j - 2] + 1 < d)
				d = before[j - 2] + 1;
			cur[j] = d;
		}
		size_t *const t = before;
		before = prev;
		prev = cur;
		cur = t;
	}
	return prev[nb];
}

const char *cm_nearest(const char *word, const char *const *candidates, size_t n)
{
	const size_t nw = strlen(word);
	const char *best = NULL;
	size_t least = nw / 3 + 1; /* a third of the word may be wrong, one letter always */

	if (nw == 0 || nw > LONGEST_WORD)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const size_t nc = candidates[i] ? strlen(candidates[i]) : 0;
		if (nc == 0 || nc > LONGEST_WORD)
			continue;
		const size_t d = distance(word, nw, candidates[i], nc);
		if (d < nc && (d < least || (d == least && !best))) {
			least = d;
			best = candidates[i];
		}
	}
	return best;
}

void *pool_alloc(struct pool *pool, size_t bytes)
{
	CM_PUSH(pool->p, pool->n, pool->cap);
	void *p = cm_alloc(bytes);
	pool->p[pool->n++] = p;
	return p;
}

const char *pool_dup(struct pool *pool, const char *s)
{
	const size_t n = strlen(s) + 1;
	return memcpy(pool_alloc(pool, n), s, n);
}

const char *pool_trimmed(struct pool *pool, const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	size_t n = strlen(s);
	while (n && isspace((unsigned char)s[n - 1]))
		n--;
	CM_PUSH(pool->p, pool->n, pool->cap);
	return pool->p[pool->n++] = cm_strndup(s, n);
}

const char *pool_printf(struct pool *pool, const char *fmt, ...)
{
	struct str s = { 0 };
	va_list ap;
	va_start(ap, fmt);
	str_vaddf(&s, fmt, ap);
	va_end(ap);
	CM_PUSH(pool->p, pool->n, pool->cap);
	return pool->p[pool->n++] = str_take(&s);
}

void pool_free(struct pool *pool)
{
	for (size_t i = 0; i < pool->n; i++)
		free(pool->p[i]);
	free(pool->p);
	*pool = (struct pool){ 0 };
}
