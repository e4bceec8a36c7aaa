/* The sentence with its condition, how far it can be trusted, and the scenario's own expectations. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decide/tco.h"

struct reasons { const char **why; size_t n, cap; enum cm_stamp stamp; };

static void reason(struct reasons *r, enum cm_stamp stamp, const char *why)
{
	static const unsigned char weight[] = { [CM_VALID] = 0, [CM_ESTIMATE] = 1,
						[CM_INCOMPLETE] = 2, [CM_INVALID] = 3 };
	CM_PUSH(r->why, r->n, r->cap);
	r->why[r->n++] = why;
	if (weight[stamp] > weight[r->stamp])
		r->stamp = stamp;
}

/* ---- the sentence ------------------------------------------------------------------------------ */

/* Cheapest option at a level of the curve; SIZE_MAX: none can do the work. */
static size_t winner(const struct tco *t, size_t level)
{
	size_t best = SIZE_MAX;
	for (size_t i = 0; i < t->s->options; i++)
		if (isfinite(t->curve[i][level]) &&
		    (best == SIZE_MAX || t->curve[i][level] < t->curve[best][level]))
			best = i;
	return best;
}

/* The crossing nearest to `use` on one side, between the winner and who takes over. */
static double crossing_at(const struct tco *t, size_t a, size_t b, double near)
{
	double best = near;
	double distance = INFINITY;
	for (size_t i = 0; i < t->d->nbreaks; i++) {
		const struct break_even *x = &t->d->breaks[i];
		const char *na = t->s->option[a].name, *nb = t->s->option[b].name;
		const bool pair = (strcmp(x->a, na) == 0 && strcmp(x->b, nb) == 0) ||
				  (strcmp(x->a, nb) == 0 && strcmp(x->b, na) == 0);
		if (!pair || strcmp(x->kind, "utilisation") != 0 || x->at.missing)
			continue;
		if (fabs(x->at.value / 100 - near) < distance) {
			distance = fabs(x->at.value / 100 - near);
			best = x->at.value / 100;
		}
	}
	return best;
}

/* "; below 41 % utilisation 'Rent' costs least", both ways from where the scenario stands. */
static void condition(struct tco *t, size_t first, struct str *out)
{
	const uint32_t line = t->view[first].use;
	if (!t->levels || line == MODEL_NONE)
		return;
	const double use = eval_value(t->s->base, line, 0) / 100;
	for (int side = -1; side <= 1; side += 2) {
		for (size_t n = 0; n < t->levels; n++) {
			const size_t k = side < 0 ? t->levels - 1 - n : n;
			if ((side < 0 && t->level[k] >= use) || (side > 0 && t->level[k] <= use))
				continue;
			const size_t w = winner(t, k);
			if (w == first)
				continue;
			const double at = w == SIZE_MAX ? t->level[k]
							: crossing_at(t, first, w, t->level[k]);
			str_addf(out, w == SIZE_MAX ? "; %s %.3g %% utilisation no option can do the "
						      "work%.0s"
						    : "; %s %.3g %% utilisation %s costs least",
				 side < 0 ? "below" : "above", at * 100,
				 w == SIZE_MAX ? "" : tco_label(t, w));
			break;
		}
	}
}

static const char *fleet_sentence(struct tco *t)
{
	const struct equivalent *e = &t->d->equivalents[t->d->nequivalents - 1];
	const size_t works = t->s->fleet->works;
	return pool_printf(tco_pool(t), "The fleet of %.4g devices is worth %.3g (%.3g … %.3g) of %s, "
			   "the geometric mean over %zu workload%s", e->count, e->units.value, e->units.lo,
			   e->units.hi, t->d->equivalent_unit, works, works == 1 ? "" : "s");
}

static const char *sentence(struct tco *t)
{
	if (t->s->options == 0 && t->d->nequivalents)
		return fleet_sentence(t);
	if (t->s->options == 0)
		return "The scenario computes figures; it compares no options";
	if (t->ranked == 0)
		return "No verdict: no option has a cost and can do the work that is asked for";
	const size_t first = t->rank[0];
	struct str s = { 0 };
	str_addf(&s, "%s costs least: %s over %u months (present value)", tco_label(t, first),
		 tco_money_text(t, t->base[first].npv), t->s->months);
	if (t->view[first].use != MODEL_NONE)
		str_addf(&s, " at %.3g %% utilisation",
			 eval_value(t->s->base, t->view[first].use, 0));
	if (t->ranked > 1) {
		const size_t next = t->rank[1];
		const double less = 1 - t->base[first].npv / t->base[next].npv;
		if (isfinite(less))
			str_addf(&s, ", %.2g %% less than %s", less * 100, tco_label(t, next));
	}
	condition(t, first, &s);
	const char *out = pool_dup(tco_pool(t), str_get(&s));
	str_free(&s);
	return out;
}

/* ---- expectations ------------------------------------------------------------------------------ */

static enum cm_status expect_one(struct tco *t, const struct expect_spec *x, struct reasons *r,
				 struct cmj *list, struct cm_err *err)
{
	const struct scenario *s = t->s;
	struct cmj *row = cmj_object();
	cmj_set(row, "figure", cmj_string(x->figure));
	cmj_push(list, row);
	if (strcmp(x->figure, "cheapest") == 0) {
		const char *got = t->ranked ? s->option[t->rank[0]].name : "";
		cmj_set(row, "expected", cmj_string(x->text));
		cmj_set(row, "found", cmj_string(got));
		cmj_set(row, "holds", cmj_bool(strcmp(got, x->text) == 0));
		if (strcmp(got, x->text) != 0)
			reason(r, CM_INVALID, pool_printf(tco_pool(t), "expected '%s' to be the "
							  "cheapest, found '%s'", x->text, got));
		return CM_OK;
	}
	const uint32_t id = model_find(s->model, 0, x->figure);
	const struct model_line *line;
	model_lines(s->model, &line);
	if (id == MODEL_NONE) {
		const char *near = scenario_near(s, x->figure, tco_pool(t));
		return cm_fail_at(err, CM_EINPUT, x->pos.file, x->pos.line, x->pos.col, near
				  ? "expect: no line '%s' (did you mean '%s'?)"
				  : "expect: no line '%s': expected OPTION.LINE or a line of figures",
				  x->figure, near);
	}
	if (line[id].series)
		return cm_fail_at(err, CM_EINPUT, x->pos.file, x->pos.line, x->pos.col,
				  "expect: '%s' is a monthly series, not one value", x->figure);
	struct cm_err why;
	double factor;
	const struct unit *u = model_unit(s->model, x->unit, &why);
	if (!u || !unit_factor(u, line[id].unit, &factor))
		return cm_fail_at(err, CM_EINPUT, x->pos.file, x->pos.line, x->pos.col,
				  u ? "expect: '%s' is in '%s', not in '%s'" : "expect: '%s': %s",
				  x->figure, u ? unit_text(line[id].unit) : why.why, x->unit);
	const double got = eval_value(s->base, id, 0) / factor;
	const bool holds = fabs(got - x->value) <= x->within * (1 + 1e-12);
	cmj_set(row, "expected", cmj_number(x->value));
	cmj_set(row, "within", cmj_number(x->within));
	cmj_set(row, "found", cmj_number(got));
	cmj_set(row, "unit", cmj_string(x->unit));
	cmj_set(row, "holds", cmj_bool(holds));
	if (!holds)
		reason(r, CM_INVALID, pool_printf(tco_pool(t), "expected %s = %.10g %s within %.3g, "
						  "found %.10g", x->figure, x->value, x->unit,
						  x->within, got));
	return CM_OK;
}

/* ---- the stamp --------------------------------------------------------------------------------- */

/* Counts the assumptions that move any answer and names those that move the cheapest option most;
 * what moves nothing does not weaken the answer. */
static void assumed_inputs(struct tco *t, struct reasons *r)
{
	const struct model_line *line;
	model_lines(t->s->model, &line);
	size_t n = 0, named = 0;
	for (size_t i = 0; i < t->swings; i++) {
		const struct swing *x = &t->swing[i];
		bool moves = false;
		for (size_t k = 0; k < x->options; k++)
			moves |= x->low[k].npv != x->high[k].npv &&
				 isfinite(t->base[x->option[k]].npv);
		n += moves && line[x->line].def->basis == CM_ASSUMED;
	}
	if (!n)
		return;
	struct str names = { 0 };
	for (size_t i = 0; i < t->d->ntornado && named < 3; i++) {
		const struct tornado_bar *b = &t->d->tornado[i];
		if (strcmp(b->option, t->d->cheapest) == 0 && b->low.basis == CM_ASSUMED)
			str_addf(&names, "%s%s", named++ ? ", " : "", b->label);
	}
	reason(r, CM_ESTIMATE, pool_printf(tco_pool(t), "%zu input%s that move%s an answer %s assumed%s"
					   "%s", n, n == 1 ? "" : "s", n == 1 ? "s" : "",
					   n == 1 ? "is" : "are", named ? ", most of all: " : "",
					   str_get(&names)));
	str_free(&names);
}

static void doubtful_inputs(struct tco *t, struct reasons *r)
{
	const struct model_line *line;
	const uint32_t *input;
	const size_t inputs = model_inputs(t->s->model, &input);
	model_lines(t->s->model, &line);
	for (size_t i = 0; i < inputs; i++) {
		const struct model_origin *o = line[input[i]].def->origin;
		if (o && o->doubtful)
			reason(r, CM_ESTIMATE, o->why);
	}
}

static void assumed_rates(struct tco *t, struct reasons *r)
{
	size_t n = 0;
	for (size_t i = 0; i < t->d->nequivalents; i++)
		n += !t->d->equivalents[i].rate.missing &&
		     t->d->equivalents[i].rate.basis == CM_ASSUMED;
	if (n)
		reason(r, CM_ESTIMATE, pool_printf(tco_pool(t), "%zu rate%s of the fleet %s assumed", n,
						   n == 1 ? "" : "s", n == 1 ? "is" : "are"));
}

static void excluded_options(struct tco *t, struct reasons *r)
{
	for (size_t i = 0; i < t->d->noptions; i++) {
		const struct option_result *o = &t->d->options[i];
		if (o->excluded)
			reason(r, CM_ESTIMATE, pool_printf(tco_pool(t), "%s is left out: %s", o->label,
							   o->excluded_why));
	}
	if (t->s->options && t->ranked == 0 && !t->s->expects)
		reason(r, CM_INCOMPLETE, "no option can be ranked");
}

enum cm_status tco_verdict(struct tco *t, struct cm_err *err)
{
	struct reasons r = { .stamp = CM_VALID };
	struct decision *d = t->d;
	d->sentence = sentence(t);
	d->cheapest = t->ranked ? t->s->option[t->rank[0]].name : "";
	d->more = cmj_object();
	cmj_set(d->more, "interval_method",
		cmj_string("each input's own range at its two ends, one at a time; the effects added "
			   "as independent, root of the sum of squares"));
	cmj_set(d->more, "indifference", tco_indifference(t));
	enum cm_status st = CM_OK;
	if (t->s->expects) {
		struct cmj *list = cmj_array();
		cmj_set(d->more, "expect", list);
		for (size_t i = 0; !st && i < t->s->expects; i++)
			st = expect_one(t, &t->s->expect[i], &r, list, err);
	}
	excluded_options(t, &r);
	doubtful_inputs(t, &r);
	assumed_inputs(t, &r);
	assumed_rates(t, &r);
	const char **why = pool_alloc(tco_pool(t), (r.n + 1) * sizeof *why);
	if (r.n)
		memcpy(why, r.why, r.n * sizeof *why);
	free(r.why);
	d->stamp_why = why;
	d->nstamp_why = r.n;
	d->stamp = r.stamp;
	return st;
}
