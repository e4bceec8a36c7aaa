/* Every scenario under examples/, and tests/printers/ with every operator of the language, loaded: what
 * the model's printers are tried on. And models from a text. */
#ifndef TEST_SHIPPED_H
#define TEST_SHIPPED_H

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/rng.h"
#include "base/units.h"
#include "decide/scenario.h"
#include "model/spread.h"

struct built { struct model_source src; struct model *m; struct eval *e; };

static inline struct built built_of(const char *text, unsigned months)
{
	struct built b = { .e = NULL };
	struct cm_err err = { .why = "" };
	enum cm_status st = model_parse(text, strlen(text), (struct model_pos){ "t.model", 1, 0 }, false,
					&b.src, &err);
	if (!st) {
		b.m = model_new(&(struct model_settings){ months, "USD", "token" });
		const uint32_t scope = model_scope_add(b.m, "own");
		for (size_t i = 0; i < b.src.defs; i++)
			model_add(b.m, scope, b.src.def[i]);
		st = model_build(b.m, &err);
	}
	if (st)
		fail_msg("%s", err.why);
	b.e = eval_new(b.m);
	eval_all(b.e);
	return b;
}

static inline void built_free(struct built *b)
{
	eval_free(b->e);
	model_free(b->m);
	model_source_free(&b->src);
}

static inline uint32_t built_line(const struct built *b, const char *name)
{
	const uint32_t line = model_find(b->m, 1, name);
	if (line == MODEL_NONE)
		fail_msg("no line %s", name);
	return line;
}

typedef void shipped_fn(struct scenario *s, const char *name, void *user);

/* Calls fn for each scenario; returns how many there were. */
static inline unsigned shipped_each(shipped_fn *fn, void *user)
{
	static const char *const dirs[] = { "examples", "examples/published", "tests/printers" };
	const char *data = file_data_dir();
	struct cm_err err = { .why = "" };
	struct catalogue *cat = NULL;
	unsigned n = 0;
	if (!data || catalogue_load(data, &cat, &err))
		fail_msg("no tables: %s", err.why);
	const struct scenario_world w = { .data_dir = data, .cat = cat };
	for (size_t d = 0; d < CM_COUNT(dirs); d++) {
		char path[1024];
		snprintf(path, sizeof path, "%s/%s", data, dirs[d]);
		struct dirent **entry;
		const int files = scandir(path, &entry, NULL, alphasort);
		for (int i = 0; i < files; i++) {
			if (cm_ends(entry[i]->d_name, ".yaml")) {
				snprintf(path, sizeof path, "%s/%s/%s", data, dirs[d], entry[i]->d_name);
				struct scenario *s;
				if (scenario_read(path, &w, &s, &err))
					fail_msg("%s", err.why);
				fn(s, entry[i]->d_name, user);
				scenario_free(s);
				n++;
			}
			free(entry[i]);
		}
		if (files >= 0)
			free(entry);
	}
	catalogue_free(cat);
	units_close();
	return n;
}

/* Gives every input a spread of its own, of each kind in turn; inputs at 0 only when `zeros` is set, so
 * that what is switched off is tried too. Counts and conventions (fixed) stay what they are. */
static inline void shipped_spread(const struct model *m, bool zeros)
{
	const uint32_t *input;
	const struct model_line *line;
	const size_t n = model_inputs(m, &input);
	model_lines(m, &line);
	for (size_t i = 0; i < n; i++) {
		struct model_def *d = (struct model_def *)(uintptr_t)line[input[i]].def;
		double v, lo, hi;
		spread_ends(&d->spread, &v, &lo, &hi);
		if (d->role == ROLE_FIXED || d->spread.kind != SPREAD_POINT || (v == 0 && !zeros))
			continue;
		const double w = 0.05 * fabs(v);
		d->spread = v == 0 ? (struct spread){ SPREAD_RANGE, 0, 3, 0 }
			: i % 4 == 0 ? (struct spread){ SPREAD_RANGE, v - w, v + w, 0 }
			: i % 4 == 1 ? (struct spread){ SPREAD_NORMAL, v, w, 0 }
			: i % 4 == 2 ? (struct spread){ SPREAD_TRIANGULAR, v - w, v, v + 2 * w }
			: (struct spread){ v > 0 ? SPREAD_LOGNORMAL : SPREAD_NORMAL, v, w, 0 };
	}
}

#endif
