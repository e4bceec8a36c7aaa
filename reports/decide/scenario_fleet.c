/*
 * `equivalents:` a mixed fleet counted in units of one device, workload by workload. It becomes inputs
 * (counts and rates, each with its spread and source) and lines of the model, so that explain, ranges
 * and samples treat it as everything else. Rates of a workload share one unit; across workloads only
 * ratios are averaged, by the geometric mean: any other mean depends on the device that is the unit.
 */
#include <stdlib.h>
#include <string.h>

#include "decide/scenario.h"

static const char *const fleet_keys[] = { "unit", "fleet", "rates" };
static const char *const member_keys[] = { "count", "label" };

static bool is_word(const char *s)
{
	const size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
	return *s && !(*s >= '0' && *s <= '9') && !s[n];
}

static enum cm_status named(const struct scenario *s, const struct yaml_node *n, struct cm_err *err)
{
	return is_word(n->key) ? CM_OK
			       : cm_fail_at(err, CM_EINPUT, s->path, n->key_line, n->key_col,
					    "'%s': expected a name of letters, digits and _ (the label "
					    "may be any text)", n->key);
}

/* An input under a name of our own. */
static enum cm_status put(struct scenario *s, const struct yaml_node *n, const char *name,
			  const char *label, struct cm_err *err)
{
	struct yaml_node as = *n;
	as.key = name;
	if (model_source_find(&s->inputs, name))
		return scenario_at(s, n, err, "equivalents makes an input '%s', and inputs has one: "
				   "choose another name", name);
	const enum cm_status st = scenario_input(s, &as, NULL, "", &s->inputs, err);
	if (!st)
		s->inputs.def[s->inputs.defs - 1]->label = label;
	return st;
}

static enum cm_status member_read(struct scenario *s, const struct yaml_node *n,
				  struct fleet_member *m, struct cm_err *err)
{
	const struct yaml_node *count = n, *label = NULL;
	enum cm_status st = named(s, n, err);
	if (!st && n->kind == YAML_MAP) {
		st = yaml_known(n, s->path, member_keys, CM_COUNT(member_keys), err);
		count = yaml_get(n, "count");
		label = yaml_get(n, "label");
		if (!st && !count)
			st = scenario_at(s, n, err, "'%s': expected the key 'count'", n->key);
	}
	if (!st && label && label->kind != YAML_SCALAR)
		st = scenario_at(s, label, err, "'label': expected a text");
	if (st || !count)
		return st;
	*m = (struct fleet_member){ .name = n->key, .label = label ? label->text : n->key };
	m->count = pool_printf(&s->pool, "count_%s", n->key);
	st = put(s, count, m->count, pool_printf(&s->pool, "Devices: %s", m->label), err);
	if (!st) { /* a count is a choice, not an assumption */
		s->inputs.def[s->inputs.defs - 1]->role = ROLE_FIXED;
		s->inputs.def[s->inputs.defs - 1]->basis = CM_DERIVED;
	}
	return st;
}

/* The rate that was put last, against the first one of its workload. */
static enum cm_status same_kind(struct scenario *s, const struct yaml_node *rate, const struct fleet *f,
				size_t member, const struct unit **first, struct cm_err *err)
{
	struct cm_err why;
	const struct model_def *d = s->inputs.def[s->inputs.defs - 1];
	const struct unit *u = model_unit(s->model, d->unit, &why);
	if (!u)
		return scenario_at(s, rate, err, "'%s': %s", rate->key, why.why);
	if (!*first)
		*first = u;
	if (unit_same_kind(u, *first))
		return CM_OK;
	return scenario_at(s, rate, err, "'%s': its rate is in '%s', that of '%s' in '%s': the rates of a "
			   "workload share one unit", f->member[member].name, unit_text(u),
			   f->member[0].name, unit_text(*first));
}

static enum cm_status rates_read(struct scenario *s, struct fleet *f, const struct yaml_node *n,
				 struct cm_err *err)
{
	enum cm_status st = named(s, n, err);
	if (!st && n->kind != YAML_MAP)
		st = scenario_at(s, n, err, "'%s': expected a map of rates, DEVICE: RATE", n->key);
	const char **names = cm_alloc((f->members + 1) * sizeof *names);
	for (size_t i = 0; i < f->members; i++)
		names[i] = f->member[i].name;
	if (!st)
		st = yaml_known(n, s->path, names, f->members, err);
	free(names);
	const struct unit *first = NULL;
	for (size_t i = 0; !st && i < f->members; i++) {
		const struct yaml_node *rate = yaml_get(n, f->member[i].name);
		if (!rate)
			return scenario_at(s, n, err, "'%s': no rate of '%s': a fleet is counted only at "
					   "workloads that all its devices can do", n->key,
					   f->member[i].name);
		st = put(s, rate, pool_printf(&s->pool, "rate_%s_%s", n->key, f->member[i].name),
			 pool_printf(&s->pool, "Rate of one %s at %s", f->member[i].label, n->key), err);
		if (!st)
			st = same_kind(s, rate, f, i, &first, err);
	}
	return st;
}

/* NAME_DEVICE: one device in units; NAME_units: the fleet; means over the workloads by logarithms. */
static void lines_of(const struct fleet *f, struct str *out)
{
	for (size_t w = 0; w < f->works; w++) {
		const char *work = f->work[w].name;
		for (size_t i = 0; i < f->members; i++)
			str_addf(out, "each_%s_%s = rate_%s_%s / rate_%s_%s : 1\n", work,
				 f->member[i].name, work, f->member[i].name, work, f->unit);
		str_addf(out, "units_%s = ", work);
		for (size_t i = 0; i < f->members; i++)
			str_addf(out, "%scount_%s * each_%s_%s", i ? " + " : "", f->member[i].name, work,
				 f->member[i].name);
		str_add(out, " : 1\n");
	}
	for (size_t i = 0; i <= f->members; i++) {
		const char *name = i < f->members ? f->member[i].name : "";
		str_addf(out, i < f->members ? "each_%s = exp((" : "units%s = exp((", name);
		for (size_t w = 0; w < f->works; w++)
			str_addf(out, i < f->members ? "%slog(each_%s_%s)" : "%slog(units_%s%s)",
				 w ? " + " : "", f->work[w].name, name);
		str_addf(out, ") / %zu) : 1\n", f->works);
	}
}

static enum cm_status unit_read(struct scenario *s, struct fleet *f, const struct yaml_node *n,
				struct cm_err *err)
{
	if (n->kind == YAML_SCALAR)
		for (size_t i = 0; i < f->members; i++)
			if (strcmp(f->member[i].name, n->text) == 0) {
				f->unit = n->text;
				return CM_OK;
			}
	return scenario_at(s, n, err, "'unit': expected the name of a device of the fleet (count 0 if "
			   "the fleet has none)");
}

enum cm_status scenario_fleet(struct scenario *s, const struct yaml_node *n, struct cm_err *err)
{
	struct fleet *f = pool_alloc(&s->pool, sizeof *f);
	enum cm_status st = n->kind == YAML_MAP ? yaml_known(n, s->path, fleet_keys,
							      CM_COUNT(fleet_keys), err)
		: scenario_at(s, n, err, "'equivalents': expected the keys unit, fleet and rates");
	if (st)
		return st;
	const struct yaml_node *unit = yaml_get(n, "unit"), *fleet = yaml_get(n, "fleet"),
			       *rates = yaml_get(n, "rates");
	if (!unit || !fleet || !rates || fleet->kind != YAML_MAP || rates->kind != YAML_MAP ||
	    !fleet->items || !rates->items)
		return scenario_at(s, n, err, "'equivalents': expected 'unit: DEVICE', 'fleet:' with "
				   "counts and 'rates:' with workloads");
	f->member = pool_alloc(&s->pool, (fleet->items + 1) * sizeof *f->member);
	f->work = pool_alloc(&s->pool, (rates->items + 1) * sizeof *f->work);
	for (size_t i = 0; !st && i < fleet->items; i++)
		st = member_read(s, &fleet->item[i], &f->member[f->members++], err);
	if (!st)
		st = unit_read(s, f, unit, err);
	for (size_t i = 0; !st && i < rates->items; i++) {
		f->work[f->works++].name = rates->item[i].key;
		st = rates_read(s, f, &rates->item[i], err);
	}
	struct str text = { 0 };
	if (!st) {
		lines_of(f, &text);
		st = model_parse(str_get(&text), text.len,
				 (struct model_pos){ s->path, n->line, n->col - 1 }, false, &s->figures,
				 err);
	}
	str_free(&text);
	if (!st)
		s->fleet = f;
	return st;
}
