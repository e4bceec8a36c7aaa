/* What moves the answer: the widest swings of the cheapest option and of the next, with elasticities. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decide/tco.h"
#include "model/gradient.h"

#define BARS 12        /* shown for an option */

/* The nearest change of the ranking that this input makes. */
static const char *flip_text(const struct tco *t, size_t swing, size_t option)
{
	const struct ranking_change *near = NULL;
	for (size_t i = 0; option == t->rank[0] && i < t->d->nchanges; i++) {
		const struct ranking_change *c = &t->d->changes[i];
		if (t->change_swing[i] == swing &&
		    (!near || fabs(c->at.value - c->now.value) < fabs(near->at.value - near->now.value)))
			near = c;
	}
	return near ? near->sentence : "";
}

#define WIDE 0.05  /* where whole servers make stairs the derivative is 0: then ±5 % of the input */

/* d ln NPV / d ln input; slope: the derivative. */
static double elasticity(struct tco *t, const struct swing *s, size_t option, double slope)
{
	const double npv = t->base[option].npv;
	if (s->at == 0 || npv == 0)
		return 0;
	if (slope != 0 && isfinite(slope))
		return slope * s->at / npv;
	struct probe p;
	probe_begin(t, &p, &s->line, 1, &option, 1);
	probe_set(&p, s->at * (1 - WIDE));
	const double below = probe_get(&p, option).npv;
	probe_set(&p, s->at * (1 + WIDE));
	const double above = probe_get(&p, option).npv;
	probe_end(&p);
	return (above - below) / (2 * WIDE) / npv;
}

/* Derivatives of the option's NPV by line, one backward sweep; 0 where there is none. */
static double *slopes(const struct tco *t, size_t option)
{
	const struct model_line *line;
	const uint32_t *input;
	const size_t lines = model_lines(t->s->model, &line), n = model_inputs(t->s->model, &input);
	double *by_line = cm_alloc((lines + 1) * sizeof *by_line);
	double *d = cm_alloc((n + 1) * sizeof *d);
	struct cm_err unused;
	if (!model_gradient(t->s->base, t->view[option].npv, d, &unused))
		for (size_t i = 0; i < n; i++)
			by_line[input[i]] = d[i];
	free(d);
	return by_line;
}

struct order { struct touch x; double width; };

static int widest_first(const void *a, const void *b)
{
	const struct order *x = a, *y = b;
	if (x->width != y->width)
		return x->width > y->width ? -1 : 1;
	return x->x.swing < y->x.swing ? -1 : x->x.swing > y->x.swing;
}

static size_t bars_of(struct tco *t, size_t option, struct tornado_bar *out)
{
	struct order *order = cm_alloc((t->touches[option] + 1) * sizeof *order);
	size_t n = 0;
	const struct model_line *line;
	model_lines(t->s->model, &line);
	for (size_t i = 0; i < t->touches[option]; i++) {
		const struct touch x = t->touch[option][i];
		const struct swing *s = &t->swing[x.swing];
		const double w = fabs(s->high[x.at].npv - s->low[x.at].npv);
		if (isfinite(w) && w > 1e-9 * fabs(t->base[option].npv))
			order[n++] = (struct order){ x, w };
	}
	qsort(order, n, sizeof *order, widest_first);
	if (n > BARS)
		n = BARS;
	double *slope = slopes(t, option);
	for (size_t i = 0; i < n; i++) {
		const struct touch x = order[i].x;
		const struct swing *s = &t->swing[x.swing];
		const struct model_line *l = &line[s->line];
		const char *unit = unit_text(l->unit);
		out[i] = (struct tornado_bar){
			.option = t->s->option[option].name, .input = l->def->name,
			.label = l->def->label, .own_range = s->own_range,
			.low = cm_figure(s->lo, unit, l->basis),
			.high = cm_figure(s->hi, unit, l->basis),
			.npv_low = s->low[x.at].npv, .npv_high = s->high[x.at].npv,
			.npv_base = t->base[option].npv,
			.elasticity = elasticity(t, s, option, slope[s->line]),
			.flip = flip_text(t, x.swing, option),
		};
	}
	free(order);
	free(slope);
	return n;
}

/* Bars of the cheapest option and of the next. */
void tco_tornado(struct tco *t)
{
	struct tornado_bar *bars = pool_alloc(tco_pool(t), (2 * BARS + 1) * sizeof *bars);
	size_t n = 0;
	for (size_t i = 0; i < 2 && i < t->ranked; i++)
		n += bars_of(t, t->rank[i], bars + n);
	t->d->tornado = bars;
	t->d->ntornado = n;
}
