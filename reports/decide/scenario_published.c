/*
 * A published result as the value of an input (see scenario.h). Rows of different terms never make
 * one figure: the file must say which is meant. A figure of one device is derived from a system's;
 * its rows' spread is its range.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decide/scenario.h"
#include "model/spread.h"

#define FIELD(member, name) { name, offsetof(struct published_row, member) }
/* What may be asked for; rows that differ in one of them are of different terms. */
static const struct { const char *key; size_t at;
} fields[] = {
	FIELD(suite, "suite"),
	FIELD(round, "round"),
	FIELD(benchmark, "benchmark"),
	FIELD(scenario, "scenario"),
	FIELD(division, "division"),
	FIELD(category, "category"),
	FIELD(availability, "availability"),
	FIELD(precision, "precision"),
	FIELD(target, "accuracy"),
	FIELD(load, "load"),
	FIELD(metric, "metric"),
	FIELD(unit, "unit"),
	FIELD(accelerators, "accelerators"),
	FIELD(power_scope, "power_scope"), /* the last: of watts alone */
};
/* May be asked for, and may differ: repeats of one figure. */
static const struct { const char *key; size_t at; } free_fields[] = {
	FIELD(submitter, "submitter"), FIELD(id, "id"),
};
static const char *const other_keys[] = { "device", "per" };

static const char *member(const struct published_row *r, size_t at)
{
	return *(const char *const *)(const void *)((const char *)r + at);
}

struct asking {
	struct scenario *s;
	const struct yaml_node *n;
	const char *device;    /* canonical; NULL: any */
	bool each, power;      /* of one device; watts in place of the rate */
	const struct published_row **row;
	size_t rows, cap;
	size_t twins;          /* rows that are another row's run, and were left out */
};

static enum cm_status check_keys(const struct asking *q, struct cm_err *err)
{
	const char *keys[CM_COUNT(fields) + CM_COUNT(free_fields) + CM_COUNT(other_keys)];
	size_t n = 0;
	enum cm_status st;

	for (size_t i = 0; i < CM_COUNT(fields); i++)
		keys[n++] = fields[i].key;
	for (size_t i = 0; i < CM_COUNT(free_fields); i++)
		keys[n++] = free_fields[i].key;
	for (size_t i = 0; i < CM_COUNT(other_keys); i++)
		keys[n++] = other_keys[i];
	st = yaml_known(q->n, q->s->path, keys, n, err);
	for (size_t i = 0; i < q->n->items && !st; i++)
		if (q->n->item[i].kind != YAML_SCALAR)
			st = scenario_at(q->s, &q->n->item[i], err, "'%s': expected a text",
					 q->n->item[i].key);
	if (!st && !yaml_get(q->n, "benchmark"))
		st = scenario_at(q->s, q->n, err, "'published': expected at least a benchmark");
	return st;
}

static enum cm_status check_device(struct asking *q, struct cm_err *err)
{
	const struct yaml_node *n = yaml_get(q->n, "device"), *per = yaml_get(q->n, "per");
	struct found none;

	q->each = n != NULL;
	if (per && strcmp(per->text, "device") != 0 && strcmp(per->text, "system") != 0)
		return scenario_at(q->s, per, err, "'per': expected device or system, found '%s'", per->text);
	if (per)
		q->each = !strcmp(per->text, "device");
	if (!n)
		return CM_OK;
	const struct device_row *d = q->s->cat ? catalogue_device(q->s->cat, n->text) : NULL;
	if (d)
		q->device = d->device;
	/* Its sentence names the nearest device. */
	return d ? CM_OK : look_device(q->s, n, "tdp_w", n, &none, err);
}

static bool fits(const struct asking *q, const struct published_row *r)
{
	if (q->device && strcmp(r->device, q->device) != 0)
		return false;
	if (q->power ? !*r->power_w : isnan(r->number))
		return false;
	for (size_t i = 0; i < CM_COUNT(fields); i++) {
		const struct yaml_node *want = yaml_get(q->n, fields[i].key);
		if (want && !cm_ieq(want->text, member(r, fields[i].at)))
			return false;
	}
	for (size_t i = 0; i < CM_COUNT(free_fields); i++) {
		const struct yaml_node *want = yaml_get(q->n, free_fields[i].key);
		if (want && !cm_ieq(want->text, member(r, free_fields[i].at)))
			return false;
	}
	return true;
}

static void take(struct asking *q, const struct published_row *r)
{
	for (size_t i = 0; i < q->rows && *r->same_run; i++)
		if (!strcmp(q->row[i]->same_run, r->same_run) && !strcmp(q->row[i]->metric, r->metric) &&
		    !strcmp(q->row[i]->scenario, r->scenario)) {
			q->twins++;
			return;
		}
	CM_PUSH(q->row, q->rows, q->cap);
	q->row[q->rows++] = r;
}

/* Rows of several terms: which, and how to say what is meant. */
static enum cm_status one_family(const struct asking *q, struct cm_err *err)
{
	const size_t terms = CM_COUNT(fields) - !q->power; /* the last is of watts alone */

	for (size_t f = 0; f < terms; f++)
		for (size_t i = 1; i < q->rows; i++) {
			const char *a = member(q->row[0], fields[f].at), *b = member(q->row[i], fields[f].at);
			if (!cm_ieq(a, b))
				return scenario_at(
					q->s, q->n, err,
					"the store has %zu published results that fit, of "
					"different %s: '%s' and '%s'; add '%s: …'",
					q->rows, fields[f].key, a, b, fields[f].key);
		}
	return CM_OK;
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double value_of(const struct asking *q, const struct published_row *r)
{
	const double v = q->power ? strtod(r->power_w, NULL) : r->number;
	const bool already = !q->power && !strcmp(r->scope, "device");

	if (!q->each || already)
		return v;
	return *r->devices ? v / strtod(r->devices, NULL) : NAN;
}

static void tell(const struct asking *q, struct found *out, const double *v)
{
	if (!q->row)
		return;
	const struct published_row *r = q->row[0];
	struct model_origin *o = &out->origin;
	struct str ids = { 0 };

	for (size_t i = 0; i < q->rows && i < 4; i++)
		str_addf(&ids, "%s%s %s", i ? ", " : "", q->row[i]->id, q->row[i]->submitter);
	if (q->rows > 4)
		str_add(&ids, ", …");
	o->kind = "published";
	o->text = pool_printf(
		&q->s->pool,
		"%s %s, %s %s %s %s%s%s%s: %zu row%s (%s), %.6g to %.6g %s, retrieved %s, %s:%s; %s",
		r->suite, r->round, r->division, r->benchmark, r->scenario, r->precision,
		q->each ? ", of one device (derived)" : ", of the whole system",
		q->power && *r->power_scope ? ", metered: " : "", q->power ? r->power_scope : "", q->rows,
		q->rows == 1 ? "" : "s", str_get(&ids), v[0], v[q->rows - 1], out->unit,
		r->retrieved, r->file, r->line, r->terms);
	str_free(&ids);
}

enum cm_status look_published(struct scenario *s, const struct yaml_node *n, const char *what,
			      struct found *out, struct cm_err *err)
{
	struct asking q = { .s = s, .n = n, .power = !strcmp(what, "power") };
	double *v = NULL;
	enum cm_status st = check_keys(&q, err);

	if (!st && !q.power && strcmp(what, "rate") != 0)
		st = scenario_at(s, n, err,
				 "'of': expected rate or power beside published, found '%s'", what);
	if (!st)
		st = check_device(&q, err);
	for (size_t i = 0; !st && s->results && i < s->results->npublished; i++)
		if (fits(&q, &s->results->published[i]))
			take(&q, &s->results->published[i]);
	if (!st && q.rows == 0)
		st = cm_fail(
			err, CM_ABSENT,
			"the store has no published result of that kind; 'costmark import' takes "
			"some in");
	if (!st)
		st = one_family(&q, err);
	if (!st) {
		v = pool_alloc(&s->pool, q.rows * sizeof *v);
		for (size_t i = 0; i < q.rows; i++)
			v[i] = value_of(&q, q.row[i]);
		qsort(v, q.rows, sizeof *v, by_value);
		for (size_t i = 0; i < q.rows && !st; i++)
			if (!isfinite(v[i]))
				st = scenario_at(
					s, n, err,
					"a published result that fits tells no number of devices: "
					"ask for 'per: system'");
	}
	if (!st && q.rows) {
		struct spread *own = pool_alloc(&s->pool, sizeof *own);
		const size_t half = q.rows / 2;

		*out = (struct found){.value = q.rows % 2 ? v[half] : (v[half - 1] + v[half]) / 2,
				      .lo = v[0],
				      .hi = v[q.rows - 1],
				      .unit = q.power ? "W" : q.row[0]->unit,
				      .basis = CM_PUBLISHED,
				      .n = (unsigned)q.rows,
				      .metered = q.power ? scenario_metered(q.row[0]->power_scope)
							 : METERED_NOT,
				      .meter = q.row[0]->power_scope};
		*own = out->lo < out->hi ? (struct spread){ SPREAD_TRIANGULAR, out->lo, out->value, out->hi }
					 : (struct spread){ .kind = SPREAD_POINT, .a = out->value };
		out->own = own;
		tell(&q, out, v);
	}
	free(q.row);
	return st;
}
