/* The decision as JSON: members of `costmark tco --json` and of the report's record (DESIGN, section 6).
 * Names are append-only. It knows the decision's shape, not how it was made. */
#include <stdlib.h>
#include <string.h>

#include "engine/decision_more.h"

static void set_text(struct cmj *o, const char *key, const char *text)
{
	cmj_set(o, key, cmj_string(text ? text : ""));
}

static struct cmj *numbers(const double *v, size_t n)
{
	struct cmj *a = cmj_array();
	for (size_t i = 0; i < n; i++)
		cmj_push(a, cmj_number(v[i]));
	return a;
}

static struct cmj *line_json(const struct cost_line *l, unsigned years)
{
	struct cmj *o = cmj_object();
	set_text(o, "label", l->label);
	set_text(o, "why", l->why);
	cmj_set(o, "total", cm_figure_json(&l->total));
	cmj_set(o, "present_value", cm_figure_json(&l->pv));
	if (l->by_year)
		cmj_set(o, "by_year", numbers(l->by_year, years));
	return o;
}

static struct cmj *option_json(const struct decision *d, const struct option_result *r)
{
	const struct { const char *key; const struct figure *f; } figures[] = {
		{ "npv", &r->npv }, { "cost_per_unit", &r->cost_per_unit }, { "total", &r->total },
		{ "capex", &r->capex }, { "opex_month", &r->opex_month },
	};
	struct cmj *o = cmj_object(), *lines = cmj_object();
	set_text(o, "name", r->name);
	set_text(o, "label", r->label);
	set_text(o, "kind", r->kind);
	set_text(o, "device", r->device);
	for (size_t i = 0; i < CM_COUNT(figures); i++)
		cmj_set(o, figures[i].key, cm_figure_json(figures[i].f));
	set_text(o, "unit", d->unit_of_work);
	for (size_t i = 0; i < r->nlines; i++)
		cmj_set(lines, r->lines[i].name, line_json(&r->lines[i], d->years));
	cmj_set(o, "lines", lines);
	cmj_set(o, "cash", numbers(r->cash, r->cash ? d->months + 1 : 0));
	cmj_set(o, "utilisation", cmj_number(r->use));
	if (r->nuse) {
		struct cmj *curve = cmj_object();
		cmj_set(curve, "utilisation", numbers(r->use_level, r->nuse));
		cmj_set(curve, "npv", numbers(r->use_cost, r->nuse));
		cmj_set(o, "curve", curve);
	}
	cmj_set(o, "excluded", cmj_bool(r->excluded));
	set_text(o, "excluded_why", r->excluded_why);
	return o;
}

static struct cmj *breaks_json(const struct decision *d)
{
	struct cmj *a = cmj_array();
	for (size_t i = 0; i < d->nbreaks; i++) {
		const struct break_even *b = &d->breaks[i];
		struct cmj *o = cmj_object();
		set_text(o, "a", b->a);
		set_text(o, "b", b->b);
		set_text(o, "kind", b->kind);
		cmj_set(o, "at", cm_figure_json(&b->at));
		set_text(o, "sentence", b->sentence);
		cmj_set(o, "jump", cmj_bool(b->jump));
		cmj_push(a, o);
	}
	return a;
}

static struct cmj *tornado_json(const struct decision *d)
{
	struct cmj *a = cmj_array();
	for (size_t i = 0; i < d->ntornado; i++) {
		const struct tornado_bar *t = &d->tornado[i];
		struct cmj *o = cmj_object();
		set_text(o, "option", t->option);
		set_text(o, "input", t->input);
		set_text(o, "label", t->label);
		cmj_set(o, "low", cm_figure_json(&t->low));
		cmj_set(o, "high", cm_figure_json(&t->high));
		cmj_set(o, "npv_low", cmj_number(t->npv_low));
		cmj_set(o, "npv_high", cmj_number(t->npv_high));
		cmj_set(o, "npv_base", cmj_number(t->npv_base));
		cmj_set(o, "own_range", cmj_bool(t->own_range));
		cmj_set(o, "elasticity", cmj_number(t->elasticity));
		set_text(o, "flip", t->flip);
		cmj_push(a, o);
	}
	return a;
}

static struct cmj *cheapest_json(const struct decision *d)
{
	struct cmj *o = cmj_object();
	set_text(o, "option", d->cheapest);
	set_text(o, "sentence", d->sentence);
	for (size_t i = 0; i < d->noptions; i++)
		if (strcmp(d->options[i].name, d->cheapest) == 0) {
			cmj_set(o, "npv", cm_figure_json(&d->options[i].npv));
			cmj_set(o, "cost_per_unit", cm_figure_json(&d->options[i].cost_per_unit));
		}
	return o;
}

static struct cmj *inputs_json(const struct decision *d)
{
	struct cmj *all = cmj_object();
	for (size_t i = 0; i < d->ninputs; i++) {
		const struct report_input *x = &d->inputs[i];
		struct cmj *o = cm_figure_json(&x->fig);
		set_text(o, "name", x->name);
		set_text(o, "label", x->label);
		set_text(o, "text", x->text);
		set_text(o, "source", x->source);
		set_text(o, "option", x->option);
		set_text(o, "file", x->file);
		cmj_set(o, "line", cmj_int((int64_t)x->line));
		cmj_set(o, "column", cmj_int((int64_t)x->col));
		cmj_set(o, "is_default", cmj_bool(x->is_default));
		cmj_set(o, "rank", cmj_int(x->rank));
		char *key = cm_printf_dup("%s%s%s", x->option, *x->option ? "." : "", x->name);
		cmj_set(all, key, o);
		free(key);
	}
	return all;
}

static struct cmj *items_json(const struct decision *d)
{
	struct cmj *a = cmj_array();
	for (size_t i = 0; i < d->nitems; i++) {
		const struct price_item *p = &d->items[i];
		const struct { const char *key, *text; } texts[] = {
			{ "option", p->option }, { "sku", p->sku }, { "description", p->description },
			{ "vendor", p->vendor }, { "currency", p->currency }, { "per", p->per },
			{ "kind", p->kind }, { "source", p->source }, { "quoted_on", p->quoted_on },
			{ "valid_until", p->valid_until }, { "file", p->file },
		};
		struct cmj *o = cmj_object();
		for (size_t k = 0; k < CM_COUNT(texts); k++)
			set_text(o, texts[k].key, texts[k].text);
		cmj_set(o, "line", cmj_int((int64_t)p->line));
		cmj_set(o, "quantity", cmj_number(p->quantity));
		cmj_set(o, "unit_price", cm_figure_json(&p->unit_price));
		cmj_set(o, "discount", cm_figure_json(&p->discount));
		cmj_set(o, "extended", cm_figure_json(&p->extended));
		cmj_push(a, o);
	}
	return a;
}

static struct cmj *decisions_json(const struct decision *d)
{
	struct cmj *o = cmj_object();
	cmj_set(o, "break_even", breaks_json(d));
	cmj_set(o, "indifference", cmj_array());
	cmj_set(o, "cheapest", cheapest_json(d));
	cmj_set(o, "tornado", tornado_json(d));
	cm_decision_more_json(d, o);
	if (d->more)
		for (void *it = cmj_iter(d->more); it; it = cmj_iter_next(d->more, it))
			cmj_set(o, cmj_iter_key(it), cmj_ref(cmj_iter_value(it)));
	return o;
}

struct cmj *cm_decision_json(const struct decision *d)
{
	struct cmj *doc = cmj_document("tco"), *options = cmj_array(), *why = cmj_array();
	set_text(doc, "title", d->title);
	set_text(doc, "question", d->question);
	set_text(doc, "unit_of_work", d->unit_of_work);
	set_text(doc, "currency", d->currency);
	cmj_set(doc, "months", cmj_int(d->months));
	set_text(doc, "verdict", d->sentence);
	set_text(doc, "stamp", cm_stamp_word(d->stamp));
	for (size_t i = 0; i < d->nstamp_why; i++)
		cmj_push(why, cmj_string(d->stamp_why[i]));
	cmj_set(doc, "stamp_why", why);
	for (size_t i = 0; i < d->noptions; i++)
		cmj_push(options, option_json(d, &d->options[i]));
	cmj_set(doc, "options", options);
	cmj_set(doc, "decisions", decisions_json(d));
	cmj_set(doc, "inputs", inputs_json(d));
	cmj_set(doc, "items", items_json(d));
	return doc;
}
