/* What moves the answer: each input at both ends, elasticities, and where the ranking changes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decide/tco.h"

#define BARS 12        /* shown for an option */
#define WITHOUT 0.1    /* inputs without a range of their own: ±10 % */
#define REACH 4.0      /* the ranking's change is looked for from a quarter to four times the value */

/* A part of something: more than all of it makes no sense. */
static bool is_share(const struct model_def *d, const struct swing *s)
{
	return strcmp(d->unit, "%") == 0 && s->at >= 0 && s->at <= 100 && s->hi <= 100;
}

static void swing_at(struct tco *t, struct swing *s, double value, struct answers *out)
{
	eval_change(t->e, s->line, value);
	tco_answers(t, t->e, out);
}

void tco_swings(struct tco *t)
{
	const uint32_t *input;
	const struct model_line *line;
	const size_t inputs = model_inputs(t->s->model, &input), n = t->s->options;
	model_lines(t->s->model, &line);
	t->swing = pool_alloc(tco_pool(t), (inputs + 1) * sizeof *t->swing);
	for (size_t i = 0; i < inputs; i++) {
		const struct model_def *d = line[input[i]].def;
		struct swing s = { .line = input[i] };
		spread_ends(&d->spread, &s.at, &s.lo, &s.hi);
		s.own_range = s.lo < s.hi;
		if (!s.own_range && (d->role == ROLE_FIXED || s.at == 0))
			continue;
		if (!s.own_range) {
			s.lo = s.at - WITHOUT * fabs(s.at);
			s.hi = is_share(d, &s) ? fmin(100, s.at * (1 + WITHOUT))
					       : s.at + WITHOUT * fabs(s.at);
		}
		s.low = pool_alloc(tco_pool(t), (n + 1) * sizeof *s.low);
		s.high = pool_alloc(tco_pool(t), (n + 1) * sizeof *s.high);
		swing_at(t, &s, s.lo, s.low);
		swing_at(t, &s, s.hi, s.high);
		eval_change(t->e, s.line, s.at);
		t->swing[t->swings++] = s;
	}
}

/* By how much the option is cheaper than the best of the others. */
static double margin(const struct tco *t, const struct answers *a, size_t option)
{
	double least = INFINITY;
	for (size_t i = 0; i < t->s->options; i++)
		if (i != option && a[i].feasible && isfinite(a[i].npv) && a[i].npv < least)
			least = a[i].npv;
	return a[option].feasible ? least - a[option].npv : -INFINITY;
}

static size_t best_of(const struct tco *t, const struct answers *a)
{
	size_t best = t->rank[0];
	double least = INFINITY;
	for (size_t i = 0; i < t->s->options; i++)
		if (a[i].feasible && isfinite(a[i].npv) && a[i].npv < least) {
			least = a[i].npv;
			best = i;
		}
	return best;
}

/* Value between `from` and `to` at which the option stops being the cheapest; NaN: nowhere. */
static double flip_at(struct tco *t, struct swing *s, size_t option, double from, double to,
		      struct answers *a)
{
	swing_at(t, s, to, a);
	if (!(margin(t, a, option) < 0))
		return NAN;
	double in = from, out = to; /* cheapest at `in`, not at `out` */
	for (int i = 0; i < 50; i++) {
		const double mid = in + (out - in) / 2;
		swing_at(t, s, mid, a);
		*(margin(t, a, option) < 0 ? &out : &in) = mid;
	}
	swing_at(t, s, out, a);
	return out;
}

static const char *flip_text(struct tco *t, struct swing *s, size_t option)
{
	if (option != t->rank[0] || t->ranked < 2)
		return "";
	const struct model_line *line;
	model_lines(t->s->model, &line);
	const struct model_def *d = line[s->line].def;
	struct answers *a = cm_alloc((t->s->options + 1) * sizeof *a);
	const double down = s->at > 0 ? fmin(s->lo, s->at / REACH) : s->lo;
	double up = s->at > 0 ? fmax(s->hi, s->at * REACH) : s->hi;
	if (is_share(d, s))
		up = fmin(up, 100);
	double at = flip_at(t, s, option, s->at, up, a);
	if (isnan(at))
		at = flip_at(t, s, option, s->at, down, a);
	const char *text = "";
	if (!isnan(at))
		text = pool_printf(tco_pool(t), "the ranking changes if %s passes %.4g %s (then %s "
				   "costs least)", d->label, at, unit_text(line[s->line].unit),
				   tco_label(t, best_of(t, a)));
	eval_change(t->e, s->line, s->at);
	free(a);
	return text;
}

static double elasticity(struct tco *t, struct swing *s, size_t option)
{
	struct answers *a = cm_alloc(2 * (t->s->options + 1) * sizeof *a);
	struct answers *b = a + t->s->options + 1;
	const double h = 1e-4 * s->at, npv = t->base[option].npv;
	swing_at(t, s, s->at - h, a);
	swing_at(t, s, s->at + h, b);
	eval_change(t->e, s->line, s->at);
	const double slope = h != 0 ? (b[option].npv - a[option].npv) / (2 * h) : 0;
	free(a);
	return npv != 0 ? slope * s->at / npv : 0;
}

struct order { size_t swing; double width; };

static int widest_first(const void *a, const void *b)
{
	const struct order *x = a, *y = b;
	if (x->width != y->width)
		return x->width > y->width ? -1 : 1;
	return x->swing < y->swing ? -1 : x->swing > y->swing;
}

static size_t bars_of(struct tco *t, size_t option, struct tornado_bar *out)
{
	struct order *order = cm_alloc((t->swings + 1) * sizeof *order);
	size_t n = 0;
	const struct model_line *line;
	model_lines(t->s->model, &line);
	for (size_t i = 0; i < t->swings; i++) {
		const double w = fabs(t->swing[i].high[option].npv - t->swing[i].low[option].npv);
		if (isfinite(w) && w > 1e-9 * fabs(t->base[option].npv))
			order[n++] = (struct order){ i, w };
	}
	qsort(order, n, sizeof *order, widest_first);
	if (n > BARS)
		n = BARS;
	for (size_t i = 0; i < n; i++) {
		struct swing *s = &t->swing[order[i].swing];
		const struct model_line *l = &line[s->line];
		const char *unit = unit_text(l->unit);
		out[i] = (struct tornado_bar){
			.option = t->s->option[option].name, .input = l->def->name,
			.label = l->def->label, .own_range = s->own_range,
			.low = cm_figure(s->lo, unit, l->basis),
			.high = cm_figure(s->hi, unit, l->basis),
			.npv_low = s->low[option].npv, .npv_high = s->high[option].npv,
			.npv_base = t->base[option].npv,
			.elasticity = elasticity(t, s, option),
			.flip = flip_text(t, s, option),
		};
	}
	free(order);
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
