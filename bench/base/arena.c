/* A chain of blocks, filled one after the other. */
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define BLOCK ((size_t)32 << 10)

struct arena_block {
	struct arena_block *next;
	size_t cap;
	_Alignas(max_align_t) char bytes[];
};

void *arena_alloc(struct arena *a, size_t bytes)
{
	const size_t need = (bytes + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);

	if (!a->now || a->used + need > a->now->cap) {
		const size_t cap = need > BLOCK ? need : BLOCK;
		struct arena_block *b = cm_alloc(sizeof *b + cap);
		b->cap = cap;
		if (a->now)
			a->now->next = b;
		else
			a->first = b;
		a->now = b;
		a->used = 0;
	}
	void *p = a->now->bytes + a->used;
	a->used += need;
	memset(p, 0, need);
	return p;
}

const char *arena_dup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	memcpy(p, s, n);
	return p;
}

const char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	const int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return "";
	char *p = arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

static void free_from(struct arena_block *b)
{
	while (b) {
		struct arena_block *next = b->next;
		free(b);
		b = next;
	}
}

void arena_reset(struct arena *a)
{
	if (!a->first)
		return;
	free_from(a->first->next);
	a->first->next = NULL;
	a->now = a->first;
	a->used = 0;
}

void arena_free(struct arena *a)
{
	free_from(a->first);
	*a = (struct arena){ 0 };
}
