/* Indifference: the price at which an option costs as much as the cheapest, the premium that the
 * cheapest may charge, and the cost of capital at which two of them are equal. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decide/tco.h"
#include "decide/tco_cross.h"

#define CROSSINGS 8
#define RATE_MOST 100.0 /* %, a year */

/* The option's own price input that most of its cost comes from; NULL: it has none. */
static const struct swing *main_price(const struct tco *t, size_t option)
{
	const struct model_line *line;
	const struct swing *best = NULL;
	double widest = 0;
	model_lines(t->s->model, &line);
	for (size_t i = 0; i < t->touches[option]; i++) {
		const struct touch x = t->touch[option][i];
		const struct swing *s = &t->swing[x.swing];
		const struct model_line *l = &line[s->line];
		const double w = fabs((s->high[x.at].npv - s->low[x.at].npv) / (s->hi - s->lo) *
				      s->at); /* its part of the cost */
		if (l->scope == t->s->option[option].scope && w > widest &&
		    cm_starts(unit_text(l->unit), t->s->currency)) {
			widest = w;
			best = s;
		}
	}
	return best;
}

struct pair { struct probe p; size_t a, b; };

static double gap(void *state, double x)
{
	struct pair *k = state;
	probe_set(&k->p, x);
	return probe_get(&k->p, k->a).npv - probe_get(&k->p, k->b).npv;
}

/* Value of an input at which a and b cost the same, near `from`; NaN: there is none. Secant steps: exact
 * at once where the costs are straight lines of the input, as they are of a price. */
static double equal_at(struct tco *t, const struct swing *s, size_t a, size_t b, double from,
		       double step)
{
	struct pair k = { .a = a, .b = b };
	const size_t both[] = { a, b };
	const double scale = fabs(t->base[a].npv) + fabs(t->base[b].npv);
	double x0 = from, x1 = from + step, f0 = t->base[a].npv - t->base[b].npv, found = NAN;
	probe_begin(t, &k.p, &s->line, 1, both, 2);
	for (int i = 0; i < 60 && isnan(found) && isfinite(x1); i++) {
		const double f1 = gap(&k, x1);
		if (!isfinite(f1) || f1 == f0)
			break;
		if (fabs(f1) <= 1e-12 * scale)
			found = x1;
		const double x2 = x1 - f1 * (x1 - x0) / (f1 - f0);
		x0 = x1;
		f0 = f1;
		x1 = x2;
	}
	probe_end(&k.p);
	return found;
}

static struct cmj *entry(struct tco *t, size_t a, size_t b, const struct swing *s, double at,
			 const char *kind, const char *sentence)
{
	const struct model_line *line;
	model_lines(t->s->model, &line);
	const struct model_line *l = &line[s->line];
	const char *unit = unit_text(l->unit);
	struct figure now = cm_figure(s->at, unit, l->basis);
	struct figure then = isnan(at)
		? cm_figure_missing(unit, sentence)
		: cm_figure(at, unit, cm_basis_weakest(line[t->view[a].npv].basis,
						  line[t->view[b].npv].basis));
	struct cmj *o = cmj_object();
	cmj_set(o, "option", cmj_string(t->s->option[a].name));
	cmj_set(o, "against", cmj_string(t->s->option[b].name));
	cmj_set(o, "kind", cmj_string(kind));
	cmj_set(o, "input", cmj_string(l->def->name));
	cmj_set(o, "at", cm_figure_json(&then));
	cmj_set(o, "now", cm_figure_json(&now));
	cmj_set(o, "change", cmj_number(s->at != 0 ? at / s->at - 1 : NAN));
	cmj_set(o, "sentence", cmj_string(sentence));
	return o;
}

/* What `a` must charge, or may charge, to cost as much as `b`. */
static void price(struct tco *t, size_t a, size_t b, struct cmj *list)
{
	const struct swing *s = main_price(t, a);
	if (!s || s->at == 0)
		return;
	const struct model_line *line;
	model_lines(t->s->model, &line);
	const struct model_line *l = &line[s->line];
	const double at = equal_at(t, s, a, b, s->at, 0.1 * s->at);
	const char *la = tco_label(t, a), *lb = tco_label(t, b), *unit = unit_text(l->unit);
	const bool cheaper = t->base[a].npv <= t->base[b].npv;
	const char *kind = cheaper ? "premium" : "price";
	const char *text;
	if (isnan(at))
		return;
	if (at < 0)
		text = pool_printf(tco_pool(t), "%s costs more than %s even if '%s' were 0", la, lb,
				   l->def->label);
	else if (cheaper)
		text = pool_printf(tco_pool(t), "%s stays cheaper than %s up to %s %s of '%s', a premium "
				   "of %.3g %%", la, lb, tco_number(t, at), unit,
				   l->def->label, 100 * (at / s->at - 1));
	else
		text = pool_printf(tco_pool(t), "%s equals %s at %s %s of '%s', a discount of %.3g %%",
				   la, lb, tco_number(t, at), unit, l->def->label, 100 * (1 - at / s->at));
	cmj_push(list, entry(t, a, b, s, at, kind, text));
}

static void rate(struct tco *t, size_t a, size_t b, struct cmj *list)
{
	const uint32_t id = model_find(t->s->model, t->s->option[a].scope, "discount_rate");
	const struct model_line *line;
	model_lines(t->s->model, &line);
	if (id == MODEL_NONE || line[id].def->expr ||
	    model_find(t->s->model, t->s->option[b].scope, "discount_rate") != id)
		return;
	const struct swing s = { .line = id, .at = eval_value(t->s->base, id, 0) };
	const double at = equal_at(t, &s, a, b, s.at, 1);
	if (!(at >= 0 && at <= RATE_MOST))
		return;
	cmj_push(list, entry(t, a, b, &s, at, "rate",
			     pool_printf(tco_pool(t), "%s and %s cost the same at a cost of capital "
					 "of %.3g %% a year", tco_label(t, a), tco_label(t, b),
					 at)));
}

/* Every value, from a quarter to four times the present one, at which `a` costs as much as `b`. */
static void asked_pair(struct tco *t, const struct swing *s, size_t a, size_t b, struct cmj *list)
{
	struct pair k = { .a = a, .b = b };
	const size_t both[] = { a, b };
	struct crossing c[CROSSINGS];
	double x[GRID_MOST], fx[GRID_MOST], down, up;
	const struct model_line *line;
	model_lines(t->s->model, &line);
	swing_reach(t, s, &down, &up);
	const size_t n = swing_grid(s, down, up, x);
	probe_begin(t, &k.p, &s->line, 1, both, 2);
	for (size_t i = 0; i < n; i++)
		fx[i] = gap(&k, x[i]);
	const size_t found = cross_all(gap, &k, x, fx, n, c, CROSSINGS);
	probe_end(&k.p);
	const char *unit = tco_unit_text(line[s->line].unit), *name = tco_input_text(t, s->line);
	if (!found)
		cmj_push(list, entry(t, a, b, s, NAN, "input",
				     pool_printf(tco_pool(t), "%s and %s cost the same at no value of '%s' "
						 "from %s to %s %s", tco_label(t, a), tco_label(t, b),
						 name, tco_number(t, down), tco_number(t, up), unit)));
	for (size_t i = 0; i < found; i++)
		cmj_push(list, entry(t, a, b, s, c[i].at, "input",
				     pool_printf(tco_pool(t), "%s and %s cost the same at %s %s of "
						 "'%s', now %s", tco_label(t, a), tco_label(t, b),
						 tco_number(t, c[i].at), unit, name,
						 tco_number(t, s->at))));
}

static void asked_line(struct tco *t, uint32_t line, struct cmj *list)
{
	const struct swing s = swing_of(t, line);
	for (size_t k = 1; k < t->ranked && k < 20; k++)
		asked_pair(t, &s, t->rank[k], t->rank[0], list);
}

/* An input that the scenario asks for: NAME, of all or of each option that has it, or OPTION.NAME. */
static void asked(struct tco *t, const char *name, struct cmj *list)
{
	const uint32_t id = model_find(t->s->model, 0, name);
	if (id != MODEL_NONE) {
		asked_line(t, id, list);
		return;
	}
	for (size_t k = 0; k < t->s->options; k++) {
		const uint32_t own = model_find(t->s->model, t->s->option[k].scope, name);
		bool told = own == MODEL_NONE;
		for (size_t i = 0; i < k && !told; i++) /* a shared default is one line */
			told = model_find(t->s->model, t->s->option[i].scope, name) == own;
		if (!told)
			asked_line(t, own, list);
	}
}

struct cmj *tco_indifference(struct tco *t)
{
	struct cmj *list = cmj_array();
	if (t->ranked < 2)
		return list;
	const size_t first = t->rank[0];
	price(t, first, t->rank[1], list);
	for (size_t i = 1; i < t->ranked && i < 20; i++) {
		price(t, t->rank[i], first, list);
		rate(t, t->rank[i], first, list);
	}
	for (size_t i = 0; i < t->s->equals; i++)
		asked(t, t->s->equal[i], list);
	return list;
}
