/* "The ranking changes if X passes Y": every value of every input, within its range and beyond it, at
 * which the cheapest option stops being the cheapest, or is it again. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decide/tco.h"
#include "decide/tco_cross.h"

#define RIVALS 10   /* with many options, the cheapest ones are looked at */
#define CROSSINGS 8 /* of one input */

struct list { struct ranking_change *x; size_t *swing; size_t n, cap; };

struct race { /* the cheapest option against its rivals while one input moves */
	struct tco *t;
	struct probe p;
	const size_t *moved; size_t nmoved; /* of the rivals and the first: those that move */
	double first, rest;                 /* cost of the first; least of the rivals that stand still */
	size_t rest_option;
	bool first_moves;
};

static double cost_of(const struct answers *a)
{
	return a->feasible && isfinite(a->npv) ? a->npv : INFINITY;
}

/* The least cost among the rivals at the probe's setting, and whose it is. */
static double least(const struct race *r, size_t *option)
{
	double best = r->rest;
	*option = r->rest_option;
	for (size_t i = 0; i < r->nmoved; i++) {
		if (r->moved[i] == r->t->rank[0])
			continue;
		const struct answers a = probe_get(&r->p, r->moved[i]);
		if (cost_of(&a) < best) {
			best = cost_of(&a);
			*option = r->moved[i];
		}
	}
	return best;
}

/* By how much the first option is cheaper than the best of the others. */
static double margin(void *state, double x)
{
	struct race *r = state;
	size_t who;
	double first = r->first;
	probe_set(&r->p, x);
	if (r->first_moves) {
		const struct answers a = probe_get(&r->p, r->t->rank[0]);
		first = cost_of(&a);
	}
	const double rival = least(r, &who);
	return isinf(first) && isinf(rival) ? NAN : rival - first;
}

static void begin(struct race *r, struct tco *t, const struct swing *s, size_t *moved)
{
	const size_t rivals = t->ranked < RIVALS ? t->ranked : RIVALS;
	const size_t looked = t->s->options <= RIVALS ? t->s->options : rivals;
	*r = (struct race){ .t = t, .moved = moved, .first = t->base[t->rank[0]].npv,
			    .rest = INFINITY, .rest_option = SIZE_MAX };
	for (size_t i = 0; i < looked; i++) { /* excluded ones too: they may come to meet their needs */
		const size_t o = t->rank[i];
		bool moves = false;
		for (size_t k = 0; k < s->options && !moves; k++)
			moves = s->option[k] == o;
		if (moves) {
			moved[r->nmoved++] = o;
			r->first_moves |= i == 0;
		} else if (i && cost_of(&t->base[o]) < r->rest) {
			r->rest = cost_of(&t->base[o]);
			r->rest_option = o;
		}
	}
	probe_begin(t, &r->p, &s->line, 1, moved, r->nmoved);
}

static const char *sentence(struct tco *t, const struct ranking_change *c, bool up)
{
	const char *unit = strcmp(c->at.unit, "1") == 0 ? "" : c->at.unit, *gap = *unit ? " " : "";
	const char *first = tco_label(t, t->rank[0]);
	const char *owner = *c->option ? " of " : "", *whose = "";
	for (size_t i = 0; i < t->s->options; i++)
		if (*c->option && strcmp(t->s->option[i].name, c->option) == 0)
			whose = tco_label(t, i);
	const char *then = *c->then
		? pool_printf(tco_pool(t), strcmp(c->then_label, first) == 0
			      ? "then %s costs least again" : "then %s costs least", c->then_label)
		: "then no option can do the work";
	return pool_printf(tco_pool(t), "the ranking changes if %s%s%s %s %s%s%s, now %s (%s)%s",
			   c->label, owner, whose, up ? "rises above" : "falls below",
			   tco_number(t, c->at.value), gap, unit, tco_number(t, c->now.value), then,
			   c->jump ? ", in a jump" : "");
}

static void put(struct race *r, size_t swing, const struct crossing *x, struct list *out)
{
	struct tco *t = r->t;
	const struct swing *s = &t->swing[swing];
	const struct model_line *line;
	const struct model_scope *scope;
	model_lines(t->s->model, &line);
	model_scopes(t->s->model, &scope);
	const struct model_line *l = &line[s->line];
	const bool up = x->at > s->at, lost = up == x->falls;
	const double step = 1e-9 * (fabs(x->at) + fabs(s->at));
	size_t then = t->rank[0];
	if (lost) {
		(void)margin(r, up ? x->at + step : x->at - step);
		(void)least(r, &then);
	}
	if (out->n == out->cap) {
		out->cap = out->cap ? 2 * out->cap : 16;
		out->x = cm_realloc(out->x, out->cap * sizeof *out->x);
		out->swing = cm_realloc(out->swing, out->cap * sizeof *out->swing);
	}
	out->swing[out->n] = swing;
	struct ranking_change *c = &out->x[out->n++];
	*c = (struct ranking_change){
		.option = scope[l->scope].name, .input = l->def->name, .label = l->def->label,
		.at = cm_figure(x->at, unit_text(l->unit),
				cm_basis_weakest(l->basis, line[t->view[t->rank[0]].npv].basis)),
		.now = cm_figure(s->at, unit_text(l->unit), l->basis),
		.then = then == SIZE_MAX ? "" : t->s->option[then].name,
		.then_label = then == SIZE_MAX ? "" : tco_label(t, then),
		.within = s->own_range && x->at >= s->lo && x->at <= s->hi, .jump = x->jump,
	};
	c->sentence = sentence(t, c, up);
}

static void changes_of(struct tco *t, size_t swing, struct list *out, size_t *moved)
{
	const struct swing *s = &t->swing[swing];
	struct race r;
	begin(&r, t, s, moved);
	if (r.nmoved) {
		double x[GRID_MOST], fx[GRID_MOST], down, up;
		struct crossing c[CROSSINGS];
		swing_reach(t, s, &down, &up);
		const size_t n = swing_grid(s, down, up, x);
		for (size_t i = 0; i < n; i++)
			fx[i] = margin(&r, x[i]);
		const size_t found = cross_all(margin, &r, x, fx, n, c, CROSSINGS);
		for (size_t i = 0; i < found; i++)
			put(&r, swing, &c[i], out);
	}
	probe_end(&r.p);
}

void tco_changes(struct tco *t)
{
	struct list out = { 0 };
	size_t moved[RIVALS];
	for (size_t i = 0; t->ranked > 1 && i < t->swings; i++)
		changes_of(t, i, &out, moved);
	struct ranking_change *kept = pool_alloc(tco_pool(t), (out.n + 1) * sizeof *kept);
	t->change_swing = pool_alloc(tco_pool(t), (out.n + 1) * sizeof *t->change_swing);
	if (out.n) {
		memcpy(kept, out.x, out.n * sizeof *kept);
		memcpy(t->change_swing, out.swing, out.n * sizeof *out.swing);
	}
	free(out.x);
	free(out.swing);
	t->d->changes = kept;
	t->d->nchanges = out.n;
}
