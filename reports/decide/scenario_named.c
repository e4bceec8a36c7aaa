/*
 * Prices, results, device facts and cells of tables that an expression names:
 *	price("vendor/offer@term")  result("kernel/type@backend")  result("…", "joules" or "watts")
 *	device("H100 SXM5 80GB", "tdp_w")  table("file.csv", "row", "column")
 * Each becomes an input that all options share, with its unit, interval, basis and origin; the call
 * becomes that input's name. So a price in a formula is varied, explained and listed as any other.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decide/scenario.h"

static enum cm_status named_price(struct scenario *s, const struct yaml_node *arg, size_t n,
				  struct found *out, struct cm_err *err)
{
	(void)n;
	return look_price(s, &arg[0], out, err);
}

static enum cm_status named_result(struct scenario *s, const struct yaml_node *arg, size_t n,
				   struct found *out, struct cm_err *err)
{
	struct cm_err why;
	const enum cm_status st = look_result(s, &arg[0], n > 1 ? arg[1].text : "rate", out, &why);
	if (st == CM_ABSENT)
		return scenario_at(s, &arg[0], err, "%s (an input with {result: %s, otherwise: VALUE} "
				   "has a value to stand in)", why.why, arg[0].text);
	if (st && err)
		*err = why;
	return st;
}

static enum cm_status named_device(struct scenario *s, const struct yaml_node *arg, size_t n,
				   struct found *out, struct cm_err *err)
{
	(void)n;
	return look_device(s, &arg[0], arg[1].text, &arg[1], out, err);
}

static enum cm_status named_table(struct scenario *s, const struct yaml_node *arg, size_t n,
				  struct found *out, struct cm_err *err)
{
	(void)n;
	return look_table(s, &arg[0], &arg[1], &arg[2], out, err);
}

static const struct named {
	const char *name, *help;
	size_t min, max;
	enum cm_status (*look)(struct scenario *s, const struct yaml_node *arg, size_t n,
			       struct found *out, struct cm_err *err);
} named[] = {
	{"price", "price(\"VENDOR/OFFER@TERM\")", 1, 1, named_price},
	{"result", "result(\"KERNEL/TYPE@BACKEND\") or result(\"…\", \"joules\" or \"watts\")", 1,
	 2, named_result},
	{"device", "device(\"NAME\", \"FIELD\")", 2, 2, named_device},
	{"table", "table(\"FILE.csv\", \"ROW\", \"COLUMN\")", 3, 3, named_table},
};

/* A name that no line has: price_aws_p5_48xlarge_on_demand. */
static const char *input_name(struct scenario *s, const struct expr *e)
{
	struct str t = { 0 };
	str_add(&t, e->name);
	for (size_t i = 0; i < e->args; i++) {
		str_addc(&t, '_');
		for (const char *p = e->arg[i]->name; *p && t.len < 80; p++) {
			const bool word = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
					  (*p >= '0' && *p <= '9');
			if (word || t.p[t.len - 1] != '_')
				str_addc(&t, word ? *p : '_');
		}
	}
	const char *name = pool_dup(&s->pool, str_get(&t));
	for (int k = 2; model_source_find(&s->inputs, name); k++)
		name = pool_printf(&s->pool, "%s_%d", str_get(&t), k);
	str_free(&t);
	return name;
}

static const char *call_text(struct scenario *s, const struct expr *e)
{
	struct str t = { 0 };
	str_addf(&t, "%s(", e->name);
	for (size_t i = 0; i < e->args; i++)
		str_addf(&t, "%s\"%s\"", i ? ", " : "", e->arg[i]->name);
	str_addc(&t, ')');
	const char *out = pool_dup(&s->pool, str_get(&t));
	str_free(&t);
	return out;
}

static enum cm_status make_input(struct scenario *s, const struct named *k, const struct expr *e,
				 const char *text, const char **name, struct cm_err *err)
{
	struct yaml_node arg[3];
	struct found f = { 0 };
	for (size_t i = 0; i < e->args; i++)
		arg[i] = (struct yaml_node){ .kind = YAML_SCALAR, .text = e->arg[i]->name,
					     .key = e->name, .line = e->arg[i]->pos.line,
					     .col = e->arg[i]->pos.col };
	const enum cm_status st = k->look(s, arg, e->args, &f, err);
	if (st)
		return st;
	struct model_def *d = pool_alloc(&s->pool, sizeof *d);
	struct model_origin *o = pool_alloc(&s->pool, sizeof *o);
	*o = f.origin;
	*d = (struct model_def){ .name = input_name(s, e), .label = text, .text = text, .why = "",
				 .unit = f.unit, .pos = e->pos, .unit_pos = e->pos,
				 .basis = f.basis, .n = f.n, .origin = o,
				 .spread = scenario_spread(&f) };
	CM_PUSH(s->inputs.def, s->inputs.defs, s->inputs.cap);
	s->inputs.def[s->inputs.defs++] = d;
	CM_PUSH(s->spec, s->specs, s->specs_cap);
	s->spec[s->specs++] = (struct input_spec){ .def = d, .option = "", .offer = f.offer,
						   .row = f.row, .metered = f.metered,
						   .meter = f.meter, .quantity = "a formula's",
						   .discount = cm_figure(0, "%", f.basis) };
	*name = d->name;
	return CM_OK;
}

static const struct named *named_call(const struct expr *e)
{
	for (size_t i = 0; i < CM_COUNT(named) && e->kind == EXPR_CALL; i++)
		if (strcmp(named[i].name, e->name) == 0)
			return &named[i];
	return NULL;
}

/* The name that stands for a call; one input for all calls of the same text. */
static enum cm_status resolve_call(struct scenario *s, const struct named *k, const struct expr *e,
				   struct expr *out, struct cm_err *err)
{
	bool texts = e->args >= k->min && e->args <= k->max;
	for (size_t i = 0; texts && i < e->args; i++)
		texts = e->arg[i]->kind == EXPR_TEXT;
	if (!texts)
		return cm_fail_at(err, CM_EINPUT, e->pos.file, e->pos.line, e->pos.col,
				  "expected %s, the texts in double quotes", k->help);
	const char *text = call_text(s, e), *name = NULL;
	for (size_t i = 0; i < s->inputs.defs && !name; i++)
		if (s->inputs.def[i]->text && strcmp(s->inputs.def[i]->text, text) == 0)
			name = s->inputs.def[i]->name;
	const enum cm_status st = name ? CM_OK : make_input(s, k, e, text, &name, err);
	if (!st)
		*out = (struct expr){ .kind = EXPR_NAME, .name = name, .pos = e->pos };
	return st;
}

static enum cm_status resolve_args(struct scenario *s, const struct expr *e, struct cm_err *err)
{
	enum cm_status st = CM_OK;
	for (size_t i = 0; !st && i < e->args; i++) {
		const struct named *k = named_call(e->arg[i]);
		st = k ? resolve_call(s, k, e->arg[i], e->arg[i], err)
		       : resolve_args(s, e->arg[i], err);
	}
	return st;
}

static enum cm_status resolve(struct scenario *s, const struct expr **top, struct cm_err *err)
{
	const struct named *k = named_call(*top);
	if (!k)
		return resolve_args(s, *top, err);
	struct expr *name = pool_alloc(&s->pool, sizeof *name);
	const enum cm_status st = resolve_call(s, k, *top, name, err);
	*top = name;
	return st;
}

enum cm_status scenario_named(struct scenario *s, struct model_source *src, struct cm_err *err)
{
	enum cm_status st = CM_OK;
	for (size_t i = 0; !st && i < src->defs; i++)
		if (src->def[i]->expr)
			st = resolve(s, &src->def[i]->expr, err);
	for (size_t i = 0; !st && i < src->funcs; i++)
		st = resolve(s, &src->func[i]->body, err);
	return st ? st : scenario_metered_lines(s, src, err);
}
