/* Sections into a format (see report_render.h). Knows neither by name. */
#include "engine/report_render.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "engine/registry.h"

static int by_rank(const void *a, const void *b)
{
	const struct section *x = *(const struct section *const *)a,
			     *y = *(const struct section *const *)b;

	return x->rank != y->rank ? (x->rank < y->rank ? -1 : 1) : strcmp(x->name, y->name);
}

const struct section **report_sections_dup(void)
{
	const struct section **list;
	size_t n = 0;

	while (registry_sections[n])
		n++;
	list = cm_alloc((n + 1) * sizeof(void *));
	for (size_t i = 0; i < n; i++)
		list[i] = registry_sections[i];
	qsort(list, n, sizeof(void *), by_rank);
	return list;
}

enum cm_status report_render(const struct format *f, FILE *out, const struct report_data *d,
			     bool (*stop)(void), struct cm_err *err)
{
	const struct section **list = report_sections_dup();
	void *state = NULL;
	enum cm_status st = f->begin(out, d, &state, err);
	const bool begun = !st;

	for (size_t i = 0; !st && list[i]; i++) {
		const struct block head = { .kind = BLOCK_SECTION, .id = list[i]->name,
					    .text = list[i]->title };

		if (stop && stop())
			st = cm_fail(err, CM_EINTR, "interrupted: no report was written");
		if (!st)
			st = f->block(state, &head, err);
		if (!st)
			st = list[i]->emit(d, f->block, state, err);
	}
	if (begun) { /* frees the state, and must not hide the first error */
		struct cm_err late;
		const enum cm_status end = f->end(state, st ? &late : err);
		st = st ? st : end;
	}
	free(list);
	return st;
}
