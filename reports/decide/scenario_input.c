/* One input of a scenario: a text with its unit, or a reference to a price, a result or a device. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "decide/scenario.h"

#define EVEN 1.5               /* sides of an interval that differ by more are not even */
#define Z975 1.959963984540054 /* 97.5 % point of the normal distribution */

static const char *const value_keys[] = {
	"value", "price", "result", "device", "table", "row", "column", "field", "of", "times", "within",
	"discount",
	"published", "quantity", "otherwise", "source", "basis", "label", "valid_until",
};

/* The line that an input gets, while its value is being found. */
struct entry {
	struct scenario *s;
	const struct yaml_node *at;       /* what the sentences point at */
	const char *name;
	struct model_def *def;
	struct input_spec spec;
	const struct unit *declared;      /* NULL: as written */
};

static enum cm_status declared_unit(struct entry *e, const struct model_def *shipped,
				    struct cm_err *err)
{
	struct cm_err why;
	e->declared = NULL;
	if (!shipped)
		return CM_OK;
	e->declared = model_unit(e->s->model, shipped->unit, &why);
	if (!e->declared)
		return cm_fail_at(err, CM_EINPUT, shipped->unit_pos.file, shipped->unit_pos.line,
				  shipped->unit_pos.col, "%s", why.why);
	e->def->unit = shipped->unit;
	e->def->unit_pos = shipped->unit_pos;
	e->def->role = shipped->role == ROLE_FIXED ? ROLE_FIXED : ROLE_PLAIN;
	e->def->label = shipped->label;
	if (shipped->role == ROLE_FIXED)
		e->def->basis = CM_DERIVED; /* a convention or a choice is exact */
	return CM_OK;
}

/* Sets the value, in `unit`, as the line's value in its declared unit. */
static enum cm_status set_value(struct entry *e, struct spread v, const char *unit,
				struct cm_err *err)
{
	struct cm_err why;
	const struct unit *u = model_unit(e->s->model, unit, &why);
	if (!u)
		return scenario_at(e->s, e->at, err, "'%s': %s", e->name, why.why);
	double factor = 1;
	if (!e->declared) {
		e->def->unit = *unit ? pool_dup(&e->s->pool, unit) : "1";
	} else if (!unit_factor(u, e->declared, &factor)) {
		const char *want = unit_text(e->declared);
		if (*unit)
			return scenario_at(e->s, e->at, err, "'%s': expected a value in '%s', found "
					   "one in '%s'", e->name, want, unit);
		return scenario_at(e->s, e->at, err, "'%s': expected a value in '%s', found a number "
				   "without a unit", e->name, want);
	}
	e->def->spread = spread_scale(v, factor);
	return CM_OK;
}

static enum cm_status set_text(struct entry *e, const struct yaml_node *n, struct cm_err *err)
{
	if (n->kind != YAML_SCALAR || !*n->text)
		return scenario_at(e->s, n, err, "'%s': expected a value such as '0.09 USD/kWh', "
				   "'0.07..0.12 USD/kWh' or 'normal(0.09, 0.01) USD/kWh'", e->name);
	struct spread v;
	const char *unit;
	e->at = n;
	const struct model_pos at = { e->s->path, n->line, n->col - 1 };
	const enum cm_status st = spread_parse(n->text, at, &v, &unit, err);
	if (st)
		return st;
	e->def->text = n->text;
	e->def->pos = (struct model_pos){ e->s->path, n->line, n->col };
	return set_value(e, v, unit, err);
}

static enum cm_status plain_of(const struct entry *e, const struct yaml_node *n, double *out,
			       struct cm_err *err)
{
	struct cm_err why;
	const struct unit *u;
	double factor;
	if (n->kind != YAML_SCALAR || quantity_parse(n->text, out, &u, &why) ||
	    !unit_factor(u, unit_one(), &factor))
		return scenario_at(e->s, n, err, "'%s': expected a plain number such as '12 %%'",
				   n->key);
	*out *= factor;
	return CM_OK;
}

struct spread scenario_spread(const struct found *f)
{
	if (f->own)
		return *f->own;
	const double below = f->value - f->lo, above = f->hi - f->value;
	/* A band such as -64/+170 % as a normal distribution would reach below 0. */
	if (below > 0 && above > 0 && (above > EVEN * below || below > EVEN * above))
		return (struct spread){ SPREAD_TRIANGULAR, f->lo, f->value, f->hi };
	if (below > 0 && above > 0)
		return (struct spread){ SPREAD_NORMAL, f->value, (f->hi - f->lo) / (2 * Z975), 0 };
	return (struct spread){ .kind = SPREAD_POINT, .a = f->value };
}

static enum cm_status set_found(struct entry *e, const struct yaml_node *map,
				const struct found *f, struct cm_err *err)
{
	struct spread v = scenario_spread(f);
	const struct yaml_node *times = yaml_get(map, "times"), *within = yaml_get(map, "within"),
			       *discount = yaml_get(map, "discount");
	double k = 1, w = 0, d = 0;
	struct str unit = { 0 };
	enum cm_status st = scenario_metered_for(
		e->name, f->metered, f->meter,
		(struct model_pos){ e->s->path, e->at->line, e->at->col }, err);
	str_addf(&unit, "%s", f->unit);
	if (!st && within && !(st = plain_of(e, within, &w, err)))
		v = (struct spread){ SPREAD_RANGE, f->value * (1 - w), f->value * (1 + w), 0 };
	if (!st && within && !(w > 0 && w < 1))
		st = scenario_at(e->s, within, err, "'within': expected more than 0 and less than "
				 "100 %%");
	if (!st && discount)
		st = plain_of(e, discount, &d, err);
	if (!st && times) {
		struct cm_err why;
		const struct unit *u;
		if (times->kind != YAML_SCALAR || quantity_parse(times->text, &k, &u, &why))
			st = scenario_at(e->s, times, err, "'times': expected a number, with a unit "
					 "where it has one, such as '8' or '8 device'");
		else if (u != unit_one())
			str_addf(&unit, ".(%s)", unit_text(u));
	}
	if (!st)
		st = set_value(e, spread_scale(v, k * (1 - d)), str_get(&unit), err);
	str_free(&unit);
	if (st)
		return st;
	e->spec.discount = discount ? cm_figure(100 * d, "%", CM_QUOTED)
				    : cm_figure(0, "%", f->basis);
	e->def->basis = f->basis;
	e->def->n = f->n;
	struct model_origin *o = pool_alloc(&e->s->pool, sizeof *o);
	*o = f->origin;
	e->def->origin = o;
	e->spec.offer = f->offer;
	e->spec.row = f->row;
	e->spec.metered = f->metered;
	e->spec.meter = f->meter;
	return CM_OK;
}

/* The value of {result: …} or {published: …}: where the store has no such row, `otherwise` stands in. */
static enum cm_status set_result(struct entry *e, const struct yaml_node *map,
				 const struct yaml_node *result, struct cm_err *err)
{
	const struct yaml_node *of = yaml_get(map, "of"), *other = yaml_get(map, "otherwise");
	struct found f = { 0 };
	struct cm_err why;
	const enum cm_status st = result->kind == YAML_MAP
		? look_published(e->s, result, of ? of->text : "rate", &f, &why)
		: look_result(e->s, result, of ? of->text : "rate", &f, &why);
	if (st == CM_OK)
		return set_found(e, map, &f, err);
	if (st != CM_ABSENT) {
		if (err)
			*err = why;
		return st;
	}
	if (!other)
		return scenario_at(e->s, result, err, "'%s': %s (give 'otherwise: VALUE' to stand in)",
				   e->name, why.why);
	struct model_origin *o = pool_alloc(&e->s->pool, sizeof *o);
	const bool published = result->kind == YAML_MAP;
	*o = (struct model_origin){ "result", why.why, true, NULL };
	o->text = pool_printf(&e->s->pool, "%s: %s", published ? "published" : result->text, why.why);
	o->why = pool_printf(&e->s->pool, "'%s' is not %s (%s), '%s' stands in", e->name,
			     published ? "published" : "measured", why.why, other->text);
	e->def->origin = o;
	return set_text(e, other, err);
}

/* Keys that mean something only beside others: left standing they would be a mistake nobody sees. */
static enum cm_status lonely_keys(const struct entry *e, const struct yaml_node *map, struct cm_err *err)
{
	static const struct { const char *key, *beside[4], *said;
	} keys[] = {
		{ "times",
		  { "price", "result", "device", "published" },
		  "price, result, published or device" },
		{ "within",
		  { "price", "result", "device", "published" },
		  "price, result, published or device" },
		{ "discount", { "price" }, "price" },
		{ "of", { "result", "published" }, "result or published" },
		{ "otherwise", { "result", "published" }, "result or published" },
		{ "field", { "device" }, "device" },
	};
	for (size_t i = 0; i < CM_COUNT(keys); i++) {
		const struct yaml_node *n = yaml_get(map, keys[i].key);
		bool beside = !n;
		for (size_t k = 0; k < 4 && keys[i].beside[k]; k++)
			beside |= yaml_get(map, keys[i].beside[k]) != NULL;
		if (!beside)
			return cm_fail_at(err, CM_EINPUT, e->s->path, n->key_line, n->key_col,
					  "'%s' goes with %s, which '%s' has not", keys[i].key,
					  keys[i].said, e->name);
	}
	return CM_OK;
}

static enum cm_status set_reference(struct entry *e, const struct yaml_node *map, struct cm_err *err)
{
	const struct yaml_node *value = yaml_get(map, "value"), *price = yaml_get(map, "price"),
			       *result = yaml_get(map, "result"), *device = yaml_get(map, "device"),
			       *field = yaml_get(map, "field"), *table = yaml_get(map, "table"),
			       *row = yaml_get(map, "row"), *column = yaml_get(map, "column"),
			       *published = yaml_get(map, "published");
	if (!!value + !!price + !!result + !!device + !!table + !!published != 1)
		return scenario_at(e->s, map, err, "'%s': expected one of the keys value, price, "
				   "result, published, device or table", e->name);
	struct found f = { 0 };
	enum cm_status st = lonely_keys(e, map, err);
	if (st)
		return st;
	if (value)
		return set_text(e, value, err);
	if (published) {
		if (published->kind != YAML_MAP)
			return scenario_at(e->s, published, err, "'published': expected a map such as "
					   "{suite: …, benchmark: …, device: …}");
		e->at = published;
		e->def->text = "a published result";
		e->def->pos = (struct model_pos){ e->s->path, published->line, published->col };
		return set_result(e, map, published, err);
	}
	const struct yaml_node *ref = price ? price : result ? result : device ? device : table;
	if (ref->kind != YAML_SCALAR || !*ref->text)
		return scenario_at(e->s, ref, err, "'%s': expected a text", ref->key);
	e->at = ref;
	e->def->text = ref->text;
	e->def->pos = (struct model_pos){ e->s->path, ref->line, ref->col };
	if (result)
		return set_result(e, map, result, err);
	if (device && (!field || field->kind != YAML_SCALAR))
		return scenario_at(e->s, device, err, "'%s': expected 'field: NAME' beside device, "
				   "such as 'field: tdp_w'", e->name);
	if (ref == table && (!row || row->kind != YAML_SCALAR || !column || column->kind != YAML_SCALAR))
		return scenario_at(e->s, table, err, "'%s': expected 'row: NAME' and 'column: NAME' "
				   "beside table", e->name);
	st = price ? look_price(e->s, price, &f, err)
	   : table ? look_table(e->s, table, row, column, &f, err)
		   : look_device(e->s, device, field->text, field, &f, err);
	return st ? st : set_found(e, map, &f, err);
}

static enum cm_status text_key(const struct entry *e, const struct yaml_node *map, const char *key,
			       const char **to, struct cm_err *err)
{
	const struct yaml_node *n = yaml_get(map, key);
	if (!n)
		return CM_OK;
	if (n->kind != YAML_SCALAR)
		return scenario_at(e->s, n, err, "'%s': expected a text", key);
	*to = n->text;
	return CM_OK;
}

/* What a buyer says of the value: source, basis, label, until when it holds. */
static enum cm_status set_notes(struct entry *e, const struct yaml_node *map, struct cm_err *err)
{
	const char *basis = NULL, *until = NULL;
	enum cm_status st = text_key(e, map, "source", &e->def->why, err);
	if (!st)
		st = text_key(e, map, "label", &e->def->label, err);
	if (!st)
		st = text_key(e, map, "quantity", &e->spec.quantity, err);
	if (!st)
		st = text_key(e, map, "basis", &basis, err);
	if (!st)
		st = text_key(e, map, "valid_until", &until, err);
	if (!st && basis && (!cm_basis_parse(basis, &e->def->basis) ||
			     e->def->basis == CM_MEASURED || e->def->basis == CM_DERIVED))
		st = scenario_at(e->s, yaml_get(map, "basis"), err, "'basis': expected published, "
				 "quoted, listed, modelled or assumed, found '%s'", basis);
	long days;
	char now[32];
	cm_iso_now(now);
	now[10] = 0; /* the date alone */
	if (!st && until && !cm_iso_days(until, now, &days))
		st = scenario_at(e->s, yaml_get(map, "valid_until"), err, "'valid_until': expected a "
				 "date YYYY-MM-DD, found '%s'", until);
	if (!st && until && days > 0) {
		struct model_origin *o = pool_alloc(&e->s->pool, sizeof *o);
		*o = (struct model_origin){ .kind = "quote", .text = e->def->why, .doubtful = true };
		o->why = pool_printf(&e->s->pool, "'%s' was valid until %s", e->name, until);
		e->def->origin = o;
	}
	return st;
}

enum cm_status scenario_input(struct scenario *s, const struct yaml_node *n,
			      const struct model_def *shipped, const char *option,
			      struct model_source *to, struct cm_err *err)
{
	struct entry e = { .s = s, .at = n, .name = n->key };
	e.def = pool_alloc(&to->pool, sizeof *e.def);
	*e.def = (struct model_def){ .name = n->key, .label = n->key, .why = "", .basis = CM_ASSUMED,
				     .pos = { s->path, n->line, n->col } };
	e.def->unit_pos = e.def->pos;
	e.spec = (struct input_spec){ .def = e.def, .option = option };
	enum cm_status st = declared_unit(&e, shipped, err);
	if (!st && n->kind == YAML_MAP) {
		st = yaml_known(n, s->path, value_keys, CM_COUNT(value_keys), err);
		if (!st)
			st = set_reference(&e, n, err);
		if (!st)
			st = set_notes(&e, n, err);
	} else if (!st) {
		st = set_text(&e, n, err);
	}
	if (st)
		return st;
	CM_PUSH(to->def, to->defs, to->cap);
	to->def[to->defs++] = e.def;
	CM_PUSH(s->spec, s->specs, s->specs_cap);
	s->spec[s->specs++] = e.spec;
	return CM_OK;
}
