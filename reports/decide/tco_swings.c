/* Each uncertain input at both ends, one at a time: what it does to the options that depend on it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decide/tco.h"
#include "model/reach.h"

#define WITHOUT 0.1    /* inputs without a range of their own: ±10 % */
#define REACH 4.0      /* a change of the ranking is looked for from a quarter to four times the value */
#define GRID 32

/* A part of something: more than all of it makes no sense. */
static bool is_share(const struct model_def *d, const struct swing *s)
{
	return strcmp(d->unit, "%") == 0 && s->at >= 0 && s->at <= 100 && s->hi <= 100;
}

/* ---- which options an input moves ----------------------------------------------------------------- */

struct owners { uint32_t *head, *next; size_t *option; size_t n; }; /* node to options, as chains */

static void own(struct owners *o, const struct tco *t, uint32_t line, size_t option)
{
	const struct model_line *l;
	if (line == MODEL_NONE)
		return;
	model_lines(t->s->model, &l);
	o->n++;
	o->option[o->n] = option;
	o->next[o->n] = o->head[l[line].node];
	o->head[l[line].node] = (uint32_t)o->n;
}

static struct owners owners_new(const struct tco *t)
{
	const struct model_node *node;
	const size_t nodes = model_nodes(t->s->model, &node);
	size_t room = 1;
	for (size_t i = 0; i < t->s->options; i++)
		room += t->view[i].needs + 2;
	struct owners o = { .head = cm_alloc((nodes + 1) * sizeof *o.head),
			    .next = cm_alloc(room * sizeof *o.next),
			    .option = cm_alloc(room * sizeof *o.option) };
	for (size_t i = 0; i < t->s->options; i++) {
		own(&o, t, t->view[i].npv, i);
		own(&o, t, t->view[i].cost_per_unit, i);
		for (size_t k = 0; k < t->view[i].needs; k++)
			own(&o, t, t->view[i].need[k], i);
	}
	return o;
}

static void owners_free(struct owners *o)
{
	free(o->head);
	free(o->next);
	free(o->option);
}

/* Fills s->option. `seen` is all false before and after. */
static void moved_options(struct tco *t, const struct owners *o, struct swing *s, bool *seen)
{
	size_t steps, n = 0;
	const uint32_t *step = reach_steps(eval_reach(t->e), s->line, &steps);
	for (size_t i = 0; i < steps; i++)
		for (uint32_t k = o->head[step[i]]; k; k = o->next[k])
			if (!seen[o->option[k]]) {
				seen[o->option[k]] = true;
				n++;
			}
	s->option = pool_alloc(tco_pool(t), (n + 1) * sizeof *s->option);
	for (size_t i = 0; s->options < n; i++)
		if (seen[i]) {
			s->option[s->options++] = i;
			seen[i] = false;
		}
}

/* ---- both ends --------------------------------------------------------------------------------- */

static void ends(const struct model_def *d, struct swing *s)
{
	spread_ends(&d->spread, &s->at, &s->lo, &s->hi);
	s->own_range = s->lo < s->hi;
	if (s->own_range)
		return;
	s->lo = s->at - WITHOUT * fabs(s->at);
	s->hi = is_share(d, s) ? fmin(100, s->at * (1 + WITHOUT)) : s->at + WITHOUT * fabs(s->at);
}

static struct answers *answers_at(struct tco *t, const struct swing *s, double value)
{
	struct answers *out = pool_alloc(tco_pool(t), (s->options + 1) * sizeof *out);
	eval_change(t->e, s->line, value);
	for (size_t i = 0; i < s->options; i++)
		out[i] = tco_answer(t, t->e, s->option[i]);
	return out;
}

static void touches(struct tco *t)
{
	const size_t n = t->s->options;
	t->touch = pool_alloc(tco_pool(t), (n + 1) * sizeof *t->touch);
	t->touches = pool_alloc(tco_pool(t), (n + 1) * sizeof *t->touches);
	for (size_t i = 0; i < t->swings; i++)
		for (size_t k = 0; k < t->swing[i].options; k++)
			t->touches[t->swing[i].option[k]]++;
	for (size_t i = 0; i < n; i++) {
		t->touch[i] = pool_alloc(tco_pool(t), (t->touches[i] + 1) * sizeof *t->touch[i]);
		t->touches[i] = 0;
	}
	for (size_t i = 0; i < t->swings; i++)
		for (size_t k = 0; k < t->swing[i].options; k++) {
			const size_t o = t->swing[i].option[k];
			t->touch[o][t->touches[o]++] = (struct touch){ i, k };
		}
}

void tco_swings(struct tco *t)
{
	const uint32_t *input;
	const struct model_line *line;
	const size_t inputs = model_inputs(t->s->model, &input);
	model_lines(t->s->model, &line);
	t->swing = pool_alloc(tco_pool(t), (inputs + 1) * sizeof *t->swing);
	bool *seen = cm_alloc(t->s->options + 1);
	struct owners o = owners_new(t);
	for (size_t i = 0; i < inputs; i++) {
		const struct model_def *d = line[input[i]].def;
		struct swing s = { .line = input[i] };
		ends(d, &s);
		if (!s.own_range && (d->role == ROLE_FIXED || s.at == 0))
			continue;
		moved_options(t, &o, &s, seen);
		if (s.options) {
			s.low = answers_at(t, &s, s.lo);
			s.high = answers_at(t, &s, s.hi);
			eval_change(t->e, s.line, s.at);
		}
		t->swing[t->swings++] = s;
	}
	owners_free(&o);
	free(seen);
	touches(t);
}

struct swing swing_of(const struct tco *t, uint32_t line)
{
	const struct model_line *l;
	model_lines(t->s->model, &l);
	struct swing s = { .line = line };
	ends(l[line].def, &s);
	return s;
}

/* ---- beyond its ends -------------------------------------------------------------------------------- */

void swing_reach(const struct tco *t, const struct swing *s, double *down, double *up)
{
	const struct model_line *line;
	model_lines(t->s->model, &line);
	*down = s->at > 0 ? fmin(s->lo, s->at / REACH) : s->lo;
	*up = s->at > 0 ? fmax(s->hi, s->at * REACH) : s->hi;
	if (is_share(line[s->line].def, s))
		*up = fmin(*up, 100);
}

static int rising(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

size_t swing_grid(const struct swing *s, double down, double up, double *x)
{
	size_t n = 0;
	for (int i = 0; i <= GRID; i++)
		x[n++] = down > 0 ? down * pow(up / down, (double)i / GRID)
				  : down + (up - down) * i / GRID;
	x[GRID] = up;
	const double own_values[] = { s->lo, s->at, s->hi };
	for (size_t i = 0; i < CM_COUNT(own_values); i++)
		if (own_values[i] > down && own_values[i] < up)
			x[n++] = own_values[i];
	qsort(x, n, sizeof *x, rising);
	size_t kept = 1;
	for (size_t i = 1; i < n; i++)
		if (x[i] > x[kept - 1])
			x[kept++] = x[i];
	return kept;
}
