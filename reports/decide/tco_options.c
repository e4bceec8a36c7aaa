/* Options: their answers at one setting, their ranking, their cost lines and their curves. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decide/tco.h"

struct pool *tco_pool(struct tco *t) { return &t->s->pool; }

double *tco_doubles(struct tco *t, size_t n)
{
	return pool_alloc(tco_pool(t), (n ? n : 1) * sizeof(double));
}

bool tco_has_npv(const struct tco *t, size_t option)
{
	return t->view[option].npv != MODEL_NONE;
}

const char *tco_label(const struct tco *t, size_t option)
{
	return t->s->option[option].label;
}

struct figure tco_money(const struct tco *t, double v, enum cm_basis basis)
{
	return cm_figure(v, t->s->currency, basis);
}

const char *tco_money_text(struct tco *t, double v)
{
	const double a = fabs(v);
	const char *cur = t->s->currency;
	if (a >= 1e9)
		return pool_printf(tco_pool(t), "%.3g billion %s", v / 1e9, cur);
	if (a >= 1e6)
		return pool_printf(tco_pool(t), "%.3g million %s", v / 1e6, cur);
	if (a >= 1e3)
		return pool_printf(tco_pool(t), "%.3g thousand %s", v / 1e3, cur);
	return pool_printf(tco_pool(t), "%.3g %s", v, cur);
}

const char *tco_number(struct tco *t, double v)
{
	char text[64];

	cm_number_print(v, 4, text, sizeof text);
	return pool_printf(tco_pool(t), "%s", text);
}

const char *tco_unit_text(const struct unit *u)
{
	return u == unit_one() ? "" : unit_text(u);
}

const char *tco_input_text(struct tco *t, uint32_t id)
{
	const struct model_line *line;
	model_lines(t->s->model, &line);
	for (size_t i = 0; i < t->s->options; i++)
		if (line[id].scope == t->s->option[i].scope)
			return pool_printf(tco_pool(t), "%s of %s", line[id].def->label,
					   tco_label(t, i));
	return line[id].def->label;
}

static uint32_t scalar_line(const struct tco *t, uint32_t scope, const char *name)
{
	const struct model_line *line;
	model_lines(t->s->model, &line);
	const uint32_t l = model_find(t->s->model, scope, name);
	return l != MODEL_NONE && !line[l].series ? l : MODEL_NONE;
}

static uint32_t series_line(const struct tco *t, uint32_t scope, const char *name)
{
	const struct model_line *line;
	model_lines(t->s->model, &line);
	const uint32_t l = model_find(t->s->model, scope, name);
	return l != MODEL_NONE && line[l].series ? l : MODEL_NONE;
}

static void add_use(struct tco *t, uint32_t line)
{
	const struct model_line *l;
	model_lines(t->s->model, &l);
	const struct unit *percent = unit_parse("%", NULL);
	if (line == MODEL_NONE || l[line].def->expr || l[line].unit != percent)
		return;
	for (size_t i = 0; i < t->uses; i++)
		if (t->use[i] == line)
			return;
	t->use[t->uses++] = line;
}

static void view_of(struct tco *t, size_t option)
{
	const uint32_t scope = t->s->option[option].scope;
	struct option_view *v = &t->view[option];
	const struct model_scope *scopes;
	const struct model_line *line;
	model_scopes(t->s->model, &scopes);
	model_lines(t->s->model, &line);
	*v = (struct option_view){
		.npv = scalar_line(t, scope, "npv"),
		.cost_per_unit = scalar_line(t, scope, "cost_per_unit"),
		.total = scalar_line(t, scope, "total"),
		.capex = scalar_line(t, scope, "capex"),
		.opex_month = scalar_line(t, scope, "opex_month"),
		.cash = series_line(t, scope, "cash"),
		.work_month = series_line(t, scope, "work_month"),
		.discount_factor = series_line(t, scope, "discount_factor"),
		.use = scalar_line(t, scope, "use"),
		.unmet = scalar_line(t, scope, SCENARIO_UNMET),
	};
	v->need = pool_alloc(tco_pool(t), (scopes[scope].lines + 1) * sizeof *v->need);
	for (size_t i = 0; i < scopes[scope].lines; i++)
		if (line[scopes[scope].line[i]].def->role == ROLE_NEED)
			v->need[v->needs++] = scopes[scope].line[i];
	add_use(t, v->use);
}

static bool usable(const struct answers *a)
{
	return a->feasible && isfinite(a->npv);
}

static void sort_options(struct tco *t)
{
	const size_t n = t->s->options;
	for (size_t i = 0; i < n; i++) {
		t->ranked += usable(&t->base[i]);
		size_t j = i;
		const struct answers *x = &t->base[i];
		for (; j > 0; j--) { /* insertion: equal options keep the scenario's order */
			const struct answers *y = &t->base[t->rank[j - 1]];
			const bool before = usable(x) ? !usable(y) || x->npv < y->npv : false;
			if (!before)
				break;
			t->rank[j] = t->rank[j - 1];
		}
		t->rank[j] = i;
	}
}

void tco_begin(struct tco *t)
{
	const size_t n = t->s->options;
	struct pool *pool = tco_pool(t);
	t->view = pool_alloc(pool, (n + 1) * sizeof *t->view);
	t->base = pool_alloc(pool, (n + 1) * sizeof *t->base);
	t->rank = pool_alloc(pool, (n + 1) * sizeof *t->rank);
	t->use = pool_alloc(pool, (n + 1) * sizeof *t->use);
	for (size_t i = 0; i < n; i++)
		view_of(t, i);
	t->e = eval_dup(t->s->base);
	for (size_t i = 0; i < n; i++)
		t->base[i] = tco_answer(t, t->e, i);
	sort_options(t);
}

void tco_end(struct tco *t)
{
	eval_free(t->e);
	t->e = NULL;
}

/* ---- the curve over utilisation ---------------------------------------------------------------- */

void tco_curves(struct tco *t)
{
	const size_t n = t->s->options;
	if (!t->uses)
		return;
	t->levels = n <= 20 ? 50 : 10;
	t->level = tco_doubles(t, t->levels);
	t->curve = pool_alloc(tco_pool(t), (n + 1) * sizeof *t->curve);
	for (size_t i = 0; i < n; i++)
		t->curve[i] = tco_doubles(t, t->levels);
	size_t *all = cm_alloc((n + 1) * sizeof *all);
	for (size_t i = 0; i < n; i++)
		all[i] = i;
	struct probe p;
	probe_begin(t, &p, t->use, t->uses, all, n);
	for (size_t k = 0; k < t->levels; k++) {
		t->level[k] = (double)(k + 1) / (double)t->levels;
		probe_set(&p, 100 * t->level[k]); /* `use` is declared in % */
		for (size_t i = 0; i < n; i++) {
			const struct answers a = probe_get(&p, i);
			t->curve[i][k] = usable(&a) ? a.npv : NAN;
		}
	}
	probe_end(&p);
	free(all);
}

/* ---- decision.options --------------------------------------------------------------------------- */

static struct figure line_figure(struct tco *t, uint32_t line, const char *what)
{
	const struct model_line *l;
	model_lines(t->s->model, &l);
	if (line == MODEL_NONE)
		return cm_figure_missing("", pool_printf(tco_pool(t), "the option has no line '%s'",
							 what));
	return cm_figure(eval_value(t->s->base, line, 0), unit_text(l[line].unit), l[line].basis);
}

/* Effects of the inputs' own ranges, one at a time, added as independent: root of sum of squares. */
static void interval(const struct tco *t, size_t option, bool per_unit, struct figure *f)
{
	double down = 0, up = 0;
	for (size_t i = 0; i < t->touches[option]; i++) {
		const struct touch x = t->touch[option][i];
		const struct swing *s = &t->swing[x.swing];
		if (!s->own_range)
			continue;
		const double a = per_unit ? s->low[x.at].cost_per_unit : s->low[x.at].npv;
		const double b = per_unit ? s->high[x.at].cost_per_unit : s->high[x.at].npv;
		if (!isfinite(a) || !isfinite(b))
			continue;
		const double least = fmin(fmin(a, b), f->value), most = fmax(fmax(a, b), f->value);
		down += (f->value - least) * (f->value - least);
		up += (most - f->value) * (most - f->value);
	}
	if (f->missing)
		return;
	f->lo = f->value - sqrt(down);
	f->hi = f->value + sqrt(up);
}

static void cost_lines(struct tco *t, size_t option, struct option_result *r)
{
	const struct scenario *s = t->s;
	const struct model_scope *scopes;
	const struct model_line *line;
	model_scopes(s->model, &scopes);
	model_lines(s->model, &line);
	const struct model_scope *scope = &scopes[s->option[option].scope];
	struct cost_line *out = pool_alloc(tco_pool(t), (scope->lines + 1) * sizeof *out);
	const uint32_t df = t->view[option].discount_factor;
	for (size_t i = 0; i < scope->lines; i++) {
		const uint32_t id = scope->line[i];
		const struct model_line *l = &line[id];
		if (l->def->role != ROLE_COST)
			continue;
		double *by_year = tco_doubles(t, t->d->years), total = 0, pv = 0;
		bool moved = false;
		for (unsigned m = 0; m <= s->months; m++) {
			const double v = eval_value(s->base, id, m);
			by_year[m ? (m - 1) / 12 : 0] += v;
			moved |= v != 0;
			total += v;
			pv += df == MODEL_NONE ? 0 : v * eval_value(s->base, df, m);
		}
		if (!moved)
			continue; /* a default that is not counted: the assumptions show it */
		struct cost_line *c = &out[r->nlines++];
		*c = (struct cost_line){ .name = l->def->name, .label = l->def->label,
					 .unit = s->currency, .why = l->def->why,
					 .by_year = by_year };
		c->total = tco_money(t, total, l->basis);
		c->pv = df == MODEL_NONE ? cm_figure_missing(s->currency, "no discount factor")
					 : tco_money(t, pv, l->basis);
	}
	r->lines = out;
}

static void option_result(struct tco *t, size_t option, struct option_result *r)
{
	const struct option_spec *o = &t->s->option[option];
	const struct option_view *v = &t->view[option];
	*r = (struct option_result){ .name = o->name, .label = o->label, .kind = o->kind,
				     .device = o->device };
	r->npv = line_figure(t, v->npv, "npv");
	r->cost_per_unit = line_figure(t, v->cost_per_unit, "cost_per_unit");
	r->total = line_figure(t, v->total, "total");
	r->capex = line_figure(t, v->capex, "capex");
	r->opex_month = line_figure(t, v->opex_month, "opex_month");
	interval(t, option, false, &r->npv);
	interval(t, option, true, &r->cost_per_unit);
	cost_lines(t, option, r);
	double *cash = tco_doubles(t, t->s->months + 1);
	for (unsigned m = 0; m <= t->s->months; m++)
		cash[m] = v->cash == MODEL_NONE ? 0 : eval_value(t->s->base, v->cash, m);
	r->cash = cash;
	r->use = v->use == MODEL_NONE ? NAN : eval_value(t->s->base, v->use, 0) / 100;
	const char *unmet = tco_unmet(t, t->s->base, option);
	r->excluded = unmet != NULL;
	r->excluded_why = !unmet ? "" : o->none_fits ? o->none_fits : unmet;
	if (t->curve) {
		r->use_level = t->level;
		r->use_cost = t->curve[option];
		r->nuse = t->levels;
	}
}

void tco_options(struct tco *t)
{
	const size_t n = t->s->options;
	struct option_result *out = pool_alloc(tco_pool(t), (n + 1) * sizeof *out);
	for (size_t i = 0; i < n; i++)
		option_result(t, t->rank[i], &out[i]);
	t->d->options = out;
	t->d->noptions = n;
}
