/* The scenario file: its keys, its options and their texts. What an input's value means is
 * scenario_input.c's, what the lines mean is the model's. */
#include "decide/scenario.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

enum cm_status scenario_at(const struct scenario *s, const struct yaml_node *n,
			   struct cm_err *err, const char *fmt, ...)
{
	char why[600];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	return cm_fail_at(err, CM_EINPUT, s->path, n->line, n->col, "%s", why);
}

static const char *const top_keys[] = {
	"title", "question", "currency", "work", "horizon", "exchange", "inputs", "lines", "options",
	"figures", "expect", "requirement", "equivalents", "indifference",
};
static const char *const option_keys[] = { "kind", "label", "device", "inputs", "lines", "choose" };

/* A scalar with text, or the sentence. */
static enum cm_status text_of(const struct scenario *s, const struct yaml_node *n,
			      const char *expected, const char **out, struct cm_err *err)
{
	if (n->kind != YAML_SCALAR || !*n->text)
		return scenario_at(s, n, err, "'%s': expected %s", n->key, expected);
	*out = n->text;
	return CM_OK;
}

static enum cm_status map_of(const struct scenario *s, const struct yaml_node *n,
			     const char *expected, struct cm_err *err)
{
	return n->kind == YAML_MAP ? CM_OK
				   : scenario_at(s, n, err, "'%s': expected %s", n->key, expected);
}

static bool is_name(const char *s)
{
	const char *letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	if (!*s || !strchr(letters, *s))
		return false;
	for (; *s; s++)
		if (!strchr(letters, *s) && !(*s >= '0' && *s <= '9'))
			return false;
	return true;
}

/* Columns that a block of text is indented by: YAML took them away. */
static struct model_pos block_pos(const struct scenario *s, const struct yaml_node *n)
{
	struct model_pos pos = { s->path, n->line, n->col - 1 };
	if (n->col != 1)
		return pos;
	const char *p = str_get(&s->text), *end = p + s->text.len;
	for (size_t line = 1; line < n->line && p < end; p++)
		line += *p == '\n';
	while (p < end && *p == ' ') {
		p++;
		pos.col++;
	}
	return pos;
}

static enum cm_status lines_of(struct scenario *s, const struct yaml_node *n,
			       struct model_source *out, struct cm_err *err)
{
	const char *text = "";
	const enum cm_status st = text_of(s, n, "lines of the model language ('lines: |' and then "
					  "NAME = EXPRESSION : UNIT)", &text, err);
	return st ? st : model_parse(text, strlen(text), block_pos(s, n), false, out, err);
}

/* ---- kinds: files reports/model/KIND.model ---------------------------------------------------- */

static const char *const shipped_kinds[] = { "own", "colo", "rent", "api", "service",
					    "local", "pool", "plain", "own_metered", "colo_metered" };

static enum cm_status kind_of(struct scenario *s, const struct yaml_node *n,
			      struct model_source **out, struct cm_err *err)
{
	for (size_t i = 0; i < s->kinds; i++)
		if (strcmp(s->kind[i].name, n->text) == 0) {
			*out = &s->kind[i].source;
			return CM_OK;
		}
	const char *path = pool_printf(&s->pool, "%s/reports/model/%s.model", s->data_dir, n->text);
	if (!is_name(n->text) || !file_exists(path)) {
		const char *near = cm_nearest(n->text, shipped_kinds, CM_COUNT(shipped_kinds));
		return scenario_at(s, n, err, near
				   ? "unknown kind '%s' (did you mean '%s'?)"
				   : "unknown kind '%s': expected the name of a file reports/model/"
				     "KIND.model, such as own or rent", n->text, near);
	}
	CM_PUSH(s->kind, s->kinds, s->kinds_cap);
	struct kind_file *k = &s->kind[s->kinds++];
	*k = (struct kind_file){ .name = n->text };
	*out = &k->source;
	return model_read(path, true, &k->source, err);
}

/* ---- options ----------------------------------------------------------------------------------- */

static enum cm_status option_read(struct scenario *s, const struct yaml_node *n,
				  struct option_spec *o, struct cm_err *err)
{
	enum cm_status st = map_of(s, n, "the option's keys: kind, inputs, …", err);
	if (!st)
		st = yaml_known(n, s->path, option_keys, CM_COUNT(option_keys), err);
	if (st)
		return st;
	*o = (struct option_spec){ .name = n->key, .label = n->key, .device = "",
				   .line = n->key_line, .col = n->key_col };
	if (!is_name(n->key))
		return cm_fail_at(err, CM_EINPUT, s->path, n->key_line, n->key_col,
				  "option name '%s': expected letters, digits and _ (its label may be "
				  "any text)", n->key);
	const struct yaml_node *kind = yaml_get(n, "kind"), *label = yaml_get(n, "label"),
			       *device = yaml_get(n, "device");
	if (!kind)
		return cm_fail_at(err, CM_EINPUT, s->path, n->key_line, n->key_col,
				  "option '%s' has no kind: expected 'kind: own', 'kind: rent', …",
				  n->key);
	st = text_of(s, kind, "the name of a kind", &o->kind, err);
	if (!st && label)
		st = text_of(s, label, "a text", &o->label, err);
	if (!st && device)
		st = text_of(s, device, "a device's name", &o->device, err);
	return st;
}

static enum cm_status kinds_read(struct scenario *s, const struct yaml_node *options,
				 struct cm_err *err)
{
	/* every kind first: pointers into s->kind[] are taken afterwards */
	for (size_t i = 0; i < options->items; i++) {
		struct model_source *unused;
		const enum cm_status st = kind_of(s, yaml_get(&options->item[i], "kind"), &unused, err);
		if (st)
			return st;
	}
	for (size_t i = 0; i < options->items; i++) {
		const enum cm_status st = kind_of(s, yaml_get(&options->item[i], "kind"),
						  &s->option[i].model, err);
		if (st)
			return st;
	}
	return CM_OK;
}

static enum cm_status options_read(struct scenario *s, const struct yaml_node *n, struct cm_err *err)
{
	enum cm_status st = map_of(s, n, "a map of options, each with a kind", err);
	if (st)
		return st;
	s->option = cm_alloc((n->items + 1) * sizeof *s->option);
	for (size_t i = 0; !st && i < n->items; i++, s->options++)
		st = option_read(s, &n->item[i], &s->option[i], err);
	if (!st)
		st = kinds_read(s, n, err);
	for (size_t i = 0; !st && i < n->items; i++) {
		const struct yaml_node *lines = yaml_get(&n->item[i], "lines");
		if (lines)
			st = lines_of(s, lines, &s->option[i].lines, err);
	}
	return st;
}

/* ---- inputs ------------------------------------------------------------------------------------ */

static bool mentioned_in(const struct model_source *src, const char *name)
{
	for (size_t i = 0; i < src->defs; i++)
		if (src->def[i]->expr && expr_mentions(src->def[i]->expr, name))
			return true;
	for (size_t i = 0; i < src->funcs; i++)
		if (expr_mentions(src->func[i]->body, name))
			return true;
	return false;
}

/* The shipped line that an input sets, in one option's model or in any (o NULL). */
static const struct model_def *shipped_line(const struct scenario *s, const struct option_spec *o,
					    const char *name)
{
	for (size_t i = 0; i < s->options; i++) {
		const struct model_def *d = NULL;
		if (!o || o == &s->option[i])
			d = model_source_find(s->option[i].model, name);
		if (d)
			return d;
	}
	return NULL;
}

static enum cm_status unknown_input(const struct scenario *s, const struct option_spec *o,
				    const struct yaml_node *n, struct cm_err *err)
{
	const char **names = NULL;
	size_t count = 0, cap = 0;
	for (size_t i = 0; i < s->options; i++) {
		if (o && o != &s->option[i])
			continue;
		for (size_t j = 0; j < s->option[i].model->defs; j++) {
			const struct model_def *d = s->option[i].model->def[j];
			if (d->role == ROLE_COST || d->role == ROLE_NEED)
				continue;
			CM_PUSH(names, count, cap);
			names[count++] = d->name;
		}
	}
	const char *near = cm_nearest(n->key, names, count);
	free(names);
	return cm_fail_at(err, CM_EINPUT, s->path, n->key_line, n->key_col, near
			  ? "unknown input '%s' (did you mean '%s'?)"
			  : "unknown input '%s': no line of the model%s uses it", n->key,
			  near ? near : o ? "" : "s");
}

enum cm_status scenario_settable(struct scenario *s, const struct option_spec *o,
				 const struct yaml_node *n, const struct model_def **shipped,
				 struct cm_err *err)
{
	const struct model_def *d = shipped_line(s, o, n->key);
	const bool used = mentioned_in(&s->lines, n->key) || mentioned_in(&s->figures, n->key) ||
			  mentioned_in(o ? &o->lines : &s->lines, n->key);
	bool anywhere = used;
	for (size_t i = 0; !o && !anywhere && i < s->options; i++)
		anywhere = mentioned_in(&s->option[i].lines, n->key);
	if (!d && !anywhere)
		return unknown_input(s, o, n, err);
	if (d && (d->role == ROLE_COST || d->role == ROLE_NEED))
		return cm_fail_at(err, CM_EINPUT, s->path, n->key_line, n->key_col,
				  "'%s' is computed (%s:%zu): replace it under lines, not inputs",
				  n->key, d->pos.file, d->pos.line);
	*shipped = d;
	return CM_OK;
}

static enum cm_status input_read(struct scenario *s, const struct option_spec *o,
				 const struct yaml_node *n, struct model_source *to,
				 struct cm_err *err)
{
	const struct model_def *d;
	const enum cm_status st = scenario_settable(s, o, n, &d, err);
	if (!st && model_source_find(to, n->key))
		return cm_fail_at(err, CM_EINPUT, s->path, n->key_line, n->key_col,
				  "'%s' is an input that equivalents makes: choose another name",
				  n->key);
	return st ? st : scenario_input(s, n, d, o ? o->name : "", to, err);
}

static enum cm_status inputs_read(struct scenario *s, const struct option_spec *o,
				  const struct yaml_node *n, struct model_source *to,
				  struct cm_err *err)
{
	enum cm_status st = n ? map_of(s, n, "a map of inputs, NAME: VALUE UNIT", err) : CM_OK;
	for (size_t i = 0; n && !st && i < n->items; i++)
		st = input_read(s, o, &n->item[i], to, err);
	return st;
}

/* ---- what is asked for beyond costs ----------------------------------------------------------- */

/* `requirement:` in the buyer's words, and the inputs that it sets for every option. */
static const struct { const char *key, *input; } requirements[] = {
	{ "rate", "peak_rate" },        { "headroom", "headroom" },
	{ "latency", "latency_most" },  { "memory", "memory_needed" },
	{ "power", "power_most" },      { "quality", "quality_needed" },
};

static enum cm_status requirement_read(struct scenario *s, const struct yaml_node *n,
				       struct cm_err *err)
{
	const char *names[CM_COUNT(requirements)];
	for (size_t i = 0; i < CM_COUNT(requirements); i++)
		names[i] = requirements[i].key;
	enum cm_status st = map_of(s, n, "a map such as 'rate: 5000 token/s' and 'headroom: 20 %'", err);
	if (!st)
		st = yaml_known(n, s->path, names, CM_COUNT(names), err);
	for (size_t i = 0; !st && i < CM_COUNT(requirements); i++) {
		const struct yaml_node *x = yaml_get(n, requirements[i].key);
		if (!x)
			continue;
		struct yaml_node as = *x;
		as.key = requirements[i].input;
		if (model_source_find(&s->inputs, as.key))
			return cm_fail_at(err, CM_EINPUT, s->path, x->key_line, x->key_col,
					  "requirement '%s' is the input '%s', which inputs sets too: "
					  "leave one away", x->key, as.key);
		st = input_read(s, NULL, &as, &s->inputs, err);
	}
	return st;
}

/* `indifference: [NAME, OPTION.NAME]`: inputs for which the values of equal cost are asked. */
static enum cm_status equals_read(struct scenario *s, const struct yaml_node *n, struct cm_err *err)
{
	if (n->kind != YAML_LIST)
		return scenario_at(s, n, err, "'indifference': expected a list of inputs, such as "
				   "[power_price, own.server_price]");
	s->equal = pool_alloc(&s->pool, (n->items + 1) * sizeof *s->equal);
	for (size_t i = 0; i < n->items; i++) {
		if (n->item[i].kind != YAML_SCALAR || !*n->item[i].text)
			return scenario_at(s, &n->item[i], err, "'indifference': expected the name of an "
					   "input, NAME or OPTION.NAME");
		s->equal[s->equals++] = n->item[i].text;
	}
	s->equal_node = n;
	return CM_OK;
}

/* ---- expectations ------------------------------------------------------------------------------ */

/* "2720 h within 1" or "0.11 USD/token within 2 %": a figure that must come out. */
static enum cm_status expect_read(struct scenario *s, const struct yaml_node *n,
				  struct expect_spec *x, struct cm_err *err)
{
	const char *shape = "VALUE UNIT within DISTANCE, such as '2720 h within 1' or "
			    "'0.11 USD/token within 2 %'";
	const char *text = "";
	enum cm_status st = text_of(s, n, shape, &text, err);
	if (st)
		return st;
	*x = (struct expect_spec){ .figure = n->key, .text = text,
				   .pos = { s->path, n->line, n->col } };
	if (strcmp(n->key, "cheapest") == 0)
		return CM_OK;
	const char *within = strstr(text, " within ");
	struct spread v = { 0 }, w = { 0 };
	const char *rest = "";
	char *head = cm_strndup(text, within ? (size_t)(within - text) : strlen(text));
	if (!within)
		st = scenario_at(s, n, err, "'%s': expected %s", n->key, shape);
	struct model_pos at = { s->path, n->line, n->col - 1 };
	if (!st)
		st = spread_parse(head, at, &v, &rest, err);
	if (!st) {
		x->unit = pool_dup(&s->pool, rest);
		at.col += (size_t)(within + 8 - text);
		st = spread_parse(within + 8, at, &w, &rest, err);
	}
	if (!st && (v.kind != SPREAD_POINT || w.kind != SPREAD_POINT || w.a < 0 ||
		    (*rest && strcmp(rest, "%") != 0)))
		st = scenario_at(s, n, err, "'%s': expected %s", n->key, shape);
	free(head);
	if (st)
		return st;
	x->value = v.a;
	x->within = *rest ? w.a / 100 * fabs(v.a) : w.a;
	return CM_OK;
}

static enum cm_status expects_read(struct scenario *s, const struct yaml_node *n, struct cm_err *err)
{
	enum cm_status st = map_of(s, n, "a map of figures, OPTION.LINE: VALUE UNIT within …", err);
	if (st)
		return st;
	s->expect = cm_alloc((n->items + 1) * sizeof *s->expect);
	for (size_t i = 0; !st && i < n->items; i++, s->expects++)
		st = expect_read(s, &n->item[i], &s->expect[i], err);
	return st;
}

/* ---- the head ---------------------------------------------------------------------------------- */

static enum cm_status horizon_read(struct scenario *s, const struct yaml_node *n, struct cm_err *err)
{
	s->months = 60;
	if (!n)
		return CM_OK;
	const char *text = "";
	enum cm_status st = text_of(s, n, "a time such as '48 month' or '5 year'", &text, err);
	double v = 0, factor = 0;
	const struct unit *u = NULL, *month = unit_parse("month", NULL);
	struct cm_err why;
	if (!st && (quantity_parse(text, &v, &u, &why) || !unit_factor(u, month, &factor)))
		return scenario_at(s, n, err, "'horizon': expected a time such as '48 month' or "
				   "'5 year', found '%s'", text);
	v *= factor;
	if (!st && !(v >= 0.5 && v <= 600))
		return scenario_at(s, n, err, "'horizon': expected 1 to 600 months, found '%s'", text);
	if (!st && fabs(v - rint(v)) > 0.01)
		return scenario_at(s, n, err, "'horizon': expected whole months, found %g", v);
	s->months = (unsigned)rint(v);
	return st;
}

static enum cm_status head_read(struct scenario *s, const struct yaml_node *root, struct cm_err *err)
{
	const struct { const char *key, *expected, **to, *fallback; } texts[] = {
		{ "title", "a text", &s->title, s->path },
		{ "question", "a text", &s->question, "Which option costs least?" },
		{ "currency", "an ISO 4217 code such as USD", &s->currency, "USD" },
		{ "work", "a unit of work such as token", &s->work, NULL },
	};
	for (size_t i = 0; i < CM_COUNT(texts); i++) {
		const struct yaml_node *n = yaml_get(root, texts[i].key);
		*texts[i].to = texts[i].fallback;
		const enum cm_status st = n ? text_of(s, n, texts[i].expected, texts[i].to, err)
					    : CM_OK;
		if (st)
			return st;
	}
	const struct yaml_node *currency = yaml_get(root, "currency"), *work = yaml_get(root, "work");
	struct cm_err why;
	const struct unit *u = unit_parse(s->currency, &why);
	if (currency && (!u || !unit_is_money(u)))
		return scenario_at(s, currency, err, "'currency': expected an ISO 4217 code such as "
				   "USD, found '%s'", s->currency);
	if (work && !unit_parse(s->work, &why))
		return scenario_at(s, work, err, "'work': %s", why.why);
	s->exchange = yaml_get(root, "exchange");
	return horizon_read(s, yaml_get(root, "horizon"), err);
}

static enum cm_status body_read(struct scenario *s, const struct yaml_node *root, struct cm_err *err)
{
	const struct yaml_node *n;
	enum cm_status st = root->kind == YAML_MAP ? CM_OK
		: scenario_at(s, root, err, "expected a map of keys: title, options, …");
	if (!st)
		st = yaml_known(root, s->path, top_keys, CM_COUNT(top_keys), err);
	if (!st)
		st = head_read(s, root, err);
	if (!st)
		s->model = model_new(&(struct model_settings){ s->months, s->currency, s->work });
	if (!st && (n = yaml_get(root, "lines")))
		st = lines_of(s, n, &s->lines, err);
	if (!st && (n = yaml_get(root, "figures")))
		st = lines_of(s, n, &s->figures, err);
	if (!st && (n = yaml_get(root, "equivalents")))
		st = scenario_fleet(s, n, err);
	if (!st && !yaml_get(root, "options") && !s->figures.defs)
		st = cm_fail_at(err, CM_EINPUT, s->path, 1, 1, "no options: expected 'options:' with "
				"at least one named option");
	if (!st && (n = yaml_get(root, "options")))
		st = options_read(s, n, err);
	if (!st)
		st = inputs_read(s, NULL, yaml_get(root, "inputs"), &s->inputs, err);
	const struct yaml_node *options = yaml_get(root, "options");
	if (!st && (n = yaml_get(root, "requirement")))
		st = requirement_read(s, n, err);
	for (size_t i = 0; !st && i < s->options; i++) {
		st = inputs_read(s, &s->option[i], yaml_get(&options->item[i], "inputs"),
				 &s->option[i].inputs, err);
		if (!st && (n = yaml_get(&options->item[i], "choose")))
			st = scenario_choose_read(s, i, n, err);
	}
	if (!st && (n = yaml_get(root, "indifference")))
		st = equals_read(s, n, err);
	if (!st && (n = yaml_get(root, "expect")))
		st = expects_read(s, n, err);
	return st;
}

void scenario_free(struct scenario *s)
{
	if (!s)
		return;
	eval_free(s->base);
	model_free(s->model);
	for (size_t i = 0; i < s->options; i++) {
		model_source_free(&s->option[i].inputs);
		model_source_free(&s->option[i].lines);
		model_source_free(&s->option[i].checks);
	}
	for (size_t i = 0; i < s->kinds; i++)
		model_source_free(&s->kind[i].source);
	model_source_free(&s->inputs);
	model_source_free(&s->lines);
	model_source_free(&s->figures);
	free(s->option);
	free(s->kind);
	free(s->spec);
	free(s->expect);
	free(s->choice);
	yaml_free(s->yaml);
	str_free(&s->text);
	pool_free(&s->pool);
	free(s);
}

enum cm_status scenario_parse(const char *text, size_t len, const char *name,
			      const struct scenario_world *w, struct scenario **out,
			      struct cm_err *err)
{
	struct scenario *s = cm_alloc(sizeof *s);
	s->path = pool_dup(&s->pool, name);
	s->data_dir = pool_dup(&s->pool, w->data_dir ? w->data_dir : ".");
	s->cat = w->cat;
	s->results = w->results;
	s->samples = CM_SAMPLES_DEFAULT;
	s->seed = 1;
	str_addn(&s->text, text, len);
	enum cm_status st = yaml_parse(text, len, s->path, &s->yaml, err);
	if (!st)
		st = body_read(s, yaml_root(s->yaml), err);
	if (!st)
		st = scenario_build(s, err);
	if (st) {
		scenario_free(s);
		return st;
	}
	*out = s;
	return CM_OK;
}

enum cm_status scenario_read(const char *path, const struct scenario_world *w,
			     struct scenario **out, struct cm_err *err)
{
	struct str text = { 0 };
	enum cm_status st = file_read(path, 0, &text, err);
	if (!st)
		st = scenario_parse(str_get(&text), text.len, path, w, out, err);
	str_free(&text);
	return st;
}
