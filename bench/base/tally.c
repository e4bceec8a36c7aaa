/* Counts by text in an open hash table; it knows nothing of what is counted. */
#include "base/tally.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static uint64_t hash_of(const char *s)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3u;
	return h ^ h >> 29;
}

/* The slot of text, or the free one where it belongs. */
static size_t find(const struct tally *t, const char *text)
{
	size_t i = hash_of(text) & (t->slots - 1);

	while (t->slot[i] && strcmp(t->item[t->slot[i] - 1].text, text) != 0)
		i = (i + 1) & (t->slots - 1);
	return i;
}

static void rehash(struct tally *t, size_t slots)
{
	free(t->slot);
	t->slots = slots;
	t->slot = cm_alloc(slots * sizeof *t->slot);
	for (size_t i = 0; i < t->n; i++)
		t->slot[find(t, t->item[i].text)] = (uint32_t)i + 1;
}

/* NULL where it is new. */
static struct tally_item *counted(struct tally *t, const char *text, uint64_t rows)
{
	if (2 * (t->n + 1) > t->slots)
		rehash(t, t->slots ? 2 * t->slots : 32);
	const size_t at = find(t, text);
	if (t->slot[at]) {
		t->item[t->slot[at] - 1].rows += rows;
		return &t->item[t->slot[at] - 1];
	}
	if (t->n >= TALLY_MOST) {
		t->more += rows;
		return &t->item[0];
	}
	CM_PUSH(t->item, t->n, t->cap);
	t->item[t->n++] = (struct tally_item){ cm_strdup(text), rows, NULL };
	t->slot[at] = (uint32_t)t->n;
	return NULL;
}

void tally_add(struct tally *t, const char *text, const char *place)
{
	if (!counted(t, text, 1))
		t->item[t->n - 1].first = cm_strdup(place ? place : "");
}

void tally_rows(struct tally *t, const char *text, uint64_t rows, const char *file, uint64_t line)
{
	if (!counted(t, text, rows))
		t->item[t->n - 1].first = cm_printf_dup("%s:%" PRIu64, file, line);
}

static int by_rows(const void *x, const void *y)
{
	const struct tally_item *a = x, *b = y;

	return a->rows != b->rows ? (a->rows < b->rows ? 1 : -1) : strcmp(a->text, b->text);
}

void tally_sort(struct tally *t)
{
	if (!t->n)
		return;
	qsort(t->item, t->n, sizeof *t->item, by_rows);
	rehash(t, t->slots);
}

void tally_free(struct tally *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->item[i].text);
		free(t->item[i].first);
	}
	free(t->item);
	free(t->slot);
	*t = (struct tally){ 0 };
}
