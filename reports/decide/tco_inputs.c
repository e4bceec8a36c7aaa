/* The list of assumptions and of priced items, as the report shows them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decide/tco.h"

static unsigned rank_of(const struct tco *t, const char *name)
{
	for (size_t i = 0; i < t->d->ntornado; i++)
		if (strcmp(t->d->tornado[i].option, t->d->tornado[0].option) == 0 &&
		    strcmp(t->d->tornado[i].input, name) == 0)
			return (unsigned)i + 1;
	return 0;
}

static void inputs(struct tco *t)
{
	const uint32_t *input;
	const struct model_line *line;
	const struct model_scope *scope;
	const size_t n = model_inputs(t->s->model, &input);
	model_lines(t->s->model, &line);
	model_scopes(t->s->model, &scope);
	struct report_input *out = pool_alloc(tco_pool(t), (n + 1) * sizeof *out);
	for (size_t i = 0; i < n; i++) {
		const struct model_line *l = &line[input[i]];
		const struct model_def *d = l->def;
		struct report_input *r = &out[i];
		double v, lo, hi;
		spread_ends(&d->spread, &v, &lo, &hi);
		*r = (struct report_input){
			.name = d->name, .label = d->label, .text = d->text,
			.source = d->why && *d->why ? d->why : d->origin && d->origin->text
				? d->origin->text : "",
			.file = d->pos.file, .line = d->pos.line, .col = d->pos.col,
			.option = scope[l->scope].name, .is_default = d->ours,
			.rank = rank_of(t, d->name),
		};
		r->fig = cm_figure_range(v, lo, hi, unit_text(l->unit), d->n, d->basis);
	}
	t->d->inputs = out;
	t->d->ninputs = n;
}

/* A line's value, summed over the months where it is a series; a number; NaN. */
static double quantity_of(const struct tco *t, const struct input_spec *x)
{
	const struct scenario *s = t->s;
	if (!x->quantity)
		return 1;
	uint32_t scope = 0;
	for (size_t i = 0; i < s->options; i++)
		if (strcmp(s->option[i].name, x->option) == 0)
			scope = s->option[i].scope;
	const uint32_t id = model_find(s->model, scope, x->quantity);
	const struct model_line *line;
	model_lines(s->model, &line);
	if (id == MODEL_NONE) {
		char *end;
		const double v = strtod(x->quantity, &end);
		return *end ? NAN : v;
	}
	double sum = 0;
	for (unsigned m = 0; m <= (line[id].series ? s->months : 0); m++)
		sum += eval_value(s->base, id, m);
	return sum;
}

static void items(struct tco *t)
{
	const struct scenario *s = t->s;
	struct price_item *out = pool_alloc(tco_pool(t), (s->specs + 1) * sizeof *out);
	size_t n = 0;
	for (size_t i = 0; i < s->specs; i++) {
		const struct input_spec *x = &s->spec[i];
		const struct offer_row *o = x->offer;
		if (!o && !x->quantity)
			continue;
		struct price_item *p = &out[n++];
		const double quantity = quantity_of(t, x), unit = x->def->spread.kind == SPREAD_RANGE
			? (x->def->spread.a + x->def->spread.b) / 2 : x->def->spread.a;
		*p = (struct price_item){
			.option = x->option, .sku = o ? o->offer : x->def->name,
			.description = o && o->description && *o->description ? o->description
									      : x->def->label,
			.vendor = o ? o->vendor : "", .quantity = quantity,
			.unit_price = cm_figure(unit, cm_starts(x->def->unit, "money")
				? pool_printf(tco_pool(t), "%s%s", s->currency, x->def->unit + 5)
				: x->def->unit, x->def->basis),
			.discount = o ? x->discount : cm_figure(0, "%", x->def->basis),
			.currency = s->currency, .per = o ? o->per : "",
			.kind = o && *o->per && strcmp(o->per, "once") != 0 ? "recurring" : "once",
			.source = o ? o->source : x->def->why, .quoted_on = o ? o->effective : "",
			.valid_until = o ? o->valid_until : "",
			.file = o ? o->file : x->def->pos.file,
			.line = o ? o->line : x->def->pos.line,
		};
		p->extended = isfinite(quantity)
			? tco_money(t, unit * quantity, x->def->basis)
			: cm_figure_missing(s->currency, "the quantity is no line of the option");
	}
	t->d->items = out;
	t->d->nitems = n;
}

void tco_inputs(struct tco *t)
{
	inputs(t);
	items(t);
}
