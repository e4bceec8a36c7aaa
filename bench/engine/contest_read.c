/* The file of `costmark vendors` (see contest.h): what is compared, at which terms, between which devices. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "engine/contest.h"

const char *const contest_field[CONTEST_FIELDS] = {
#define X(member, key) key,
	CM_FAMILY(X)
#undef X
};

const char *contest_value(const struct published_row *r, size_t field)
{
	static const size_t at[] = {
#define X(member, key) offsetof(struct published_row, member),
		CM_FAMILY(X)
#undef X
	};

	return *(const char *const *)(const void *)((const char *)r + at[field]);
}

struct reading {
	struct contest *c;
	const struct catalogue *cat;
	const struct published_list *published;
	const struct result_source *measured;
	struct cm_err *err;
};

static enum cm_status at(const struct reading *r, const struct yaml_node *n, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static enum cm_status at(const struct reading *r, const struct yaml_node *n, const char *fmt, ...)
{
	struct str s = { 0 };
	va_list ap;
	enum cm_status st;

	va_start(ap, fmt);
	str_vaddf(&s, fmt, ap);
	va_end(ap);
	st = cm_fail_at(r->err, CM_EINPUT, r->c->path, n->line, n->col, "%s", str_get(&s));
	str_free(&s);
	return st;
}

static enum cm_status text_of(const struct reading *r, const struct yaml_node *map, const char *key,
			      const char **to)
{
	const struct yaml_node *n = yaml_get(map, key);

	if (!n)
		return CM_OK;
	if (n->kind != YAML_SCALAR || !*n->text)
		return at(r, n, "'%s': expected a text", key);
	*to = pool_dup(&r->c->pool, n->text);
	return CM_OK;
}

/* A quantity in `unit`; unchanged where the key is not there. */
static enum cm_status amount_of(const struct reading *r, const struct yaml_node *map, const char *key,
				const char *unit, double *to)
{
	const struct yaml_node *n = yaml_get(map, key);
	const struct unit *u, *want = unit_parse(unit, NULL);
	struct cm_err why;
	double v, factor;

	if (!n)
		return CM_OK;
	if (n->kind != YAML_SCALAR || quantity_parse(n->text, &v, &u, &why) ||
	    !unit_factor(u, want, &factor) || !(v > 0))
		return at(r, n, "'%s': expected more than 0 in '%s'", key, unit);
	*to = v * factor;
	return CM_OK;
}

static enum cm_status family_of(const struct reading *r, const struct yaml_node *map, const char **to,
				const char *const *more, size_t nmore)
{
	const char *keys[CONTEST_FIELDS + 8];
	size_t n = 0;
	enum cm_status st;

	for (size_t i = 0; i < CONTEST_FIELDS; i++)
		keys[n++] = contest_field[i];
	for (size_t i = 0; i < nmore; i++)
		keys[n++] = more[i];
	st = yaml_known(map, r->c->path, keys, n, r->err);
	for (size_t i = 0; i < CONTEST_FIELDS && !st; i++)
		st = text_of(r, map, contest_field[i], &to[i]);
	return st;
}

static enum cm_status differences(const struct reading *r, const struct yaml_node *list)
{
	if (!list)
		return CM_OK;
	if (list->kind != YAML_LIST)
		return at(r, list, "'may_differ': expected a list such as [precision]");
	for (size_t k = 0; k < list->items; k++) {
		const struct yaml_node *n = &list->item[k];
		size_t i = 0;

		while (n->kind == YAML_SCALAR && i < CONTEST_FIELDS && strcmp(n->text, contest_field[i]) != 0)
			i++;
		if (n->kind != YAML_SCALAR || i == CONTEST_FIELDS)
			return at(r, n,
				  "'may_differ': expected one of the family's fields, such as "
				  "precision");
		if (!strcmp(n->text, "suite") || !strcmp(n->text, "benchmark") || !strcmp(n->text, "unit") ||
		    !strcmp(n->text, "metric") || !strcmp(n->text, "scenario"))
			return at(r, n, "figures of another %s are never compared", n->text);
		r->c->may_differ[i] = true;
	}
	return CM_OK;
}

/* ---- one device -------------------------------------------------------------------------------- */

static enum cm_status find_device(const struct reading *r, const struct yaml_node *map,
				  struct contender *c)
{
	const struct yaml_node *n = yaml_get(map, "device");
	const struct device_row *all = NULL;
	const char **names, *near;
	size_t count;

	if (!n || n->kind != YAML_SCALAR)
		return at(r, n ? n : map, "'%s': expected 'device: NAME'", c->name);
	c->device = catalogue_device(r->cat, n->text);
	if (c->device)
		return CM_OK;
	count = catalogue_devices(r->cat, &all);
	names = cm_alloc((count + 1) * sizeof *names);
	for (size_t i = 0; i < count; i++)
		names[i] = all[i].device;
	near = cm_nearest(n->text, names, count);
	free(names);
	return near ? at(r, n, "unknown device '%s' (did you mean '%s'?)", n->text, near)
		    : at(r, n, "unknown device '%s'", n->text);
}

static enum cm_status find_offer(const struct reading *r, const struct yaml_node *map,
				 struct contender *c)
{
	const struct yaml_node *n = yaml_get(map, "price");
	struct cm_err why;

	if (!n)
		return CM_OK;
	if (n->kind != YAML_SCALAR)
		return at(r, n, "'price': expected 'vendor/offer@term'");
	if (catalogue_offer(r->cat, n->text, &c->offer, &why))
		return at(r, n, "%s", why.why);
	/* A price of another device is the likeliest slip, and the costliest. */
	if (catalogue_device(r->cat, c->offer->device) != c->device)
		return at(r, n, "'%s' is a price of %s, not of %s", n->text,
			  *c->offer->device ? c->offer->device : "no device", c->device->device);
	return CM_OK;
}

/* KERNEL[/TYPE|OP|VARIANT]…@BACKEND, as in scenarios. */
static bool row_is(const struct result_row *row, const char *key)
{
	const char *sign = strchr(key, '@');
	char *head = cm_strndup(key, sign ? (size_t)(sign - key) : strlen(key)), *save = NULL;
	bool first = true, same = !sign || cm_ieq(row->backend, sign + 1);

	for (char *w = strtok_r(head, "/", &save); w && same; w = strtok_r(NULL, "/", &save)) {
		same = first ? cm_ieq(w, row->kernel)
			     : cm_ieq(w, row->op) || cm_ieq(w, row->type) || cm_ieq(w, row->variant);
		first = false;
	}
	free(head);
	return same && !first;
}

static enum cm_status find_measured(const struct reading *r, const struct yaml_node *map,
				    struct contender *c)
{
	const char *key = NULL;
	enum cm_status st = text_of(r, map, "result", &key);

	for (size_t i = 0; key && r->measured && i < r->measured->nrows; i++) {
		const struct result_row *row = &r->measured->rows[i];

		if (row_is(row, key) && !row->rate.missing && (!c->measured || row->size > c->measured->size))
			c->measured = row;
	}
	if (key && !c->measured)
		c->measured_why = pool_printf(&r->c->pool, "the store has no result '%s'", key);
	return st;
}

static bool fits(const struct contest *s, const struct contender *c, const struct published_row *r)
{
	if (*c->as ? strcmp(r->device_text, c->as) != 0
		   : !*r->device || strcmp(r->device, c->device->device) != 0)
		return false;
	for (size_t i = 0; i < CONTEST_FIELDS; i++) {
		const char *want = *c->want[i] ? c->want[i] : s->family[i];

		if (*want && !cm_ieq(want, contest_value(r, i)))
			return false;
	}
	return true;
}

/* One row an observation: two rows of one run are one. */
static void take_rows(const struct reading *r, struct contender *c)
{
	for (size_t i = 0; i < r->published->n; i++) {
		const struct published_row *row = &r->published->row[i];
		bool twin = false;

		if (!fits(r->c, c, row))
			continue;
		for (size_t k = 0; k < c->rows && *row->same_run && !twin; k++)
			twin = !strcmp(c->row[k]->same_run, row->same_run) &&
			       !strcmp(c->row[k]->metric, row->metric) && !strcmp(c->row[k]->unit, row->unit);
		if (twin) {
			c->twins++;
			continue;
		}
		CM_PUSH(c->row, c->rows, c->rows_cap);
		c->row[c->rows++] = row;
	}
}

static enum cm_status read_device(const struct reading *r, const struct yaml_node *map)
{
	static const char *const more[] = { "device", "label", "as", "price", "result" };
	struct contender *c;
	enum cm_status st;

	CM_PUSH(r->c->c, r->c->n, r->c->cap);
	c = &r->c->c[r->c->n++];
	*c = (struct contender){ .name = pool_dup(&r->c->pool, map->key), .as = "", .power_note = "" };
	for (size_t i = 0; i < CONTEST_FIELDS; i++)
		c->want[i] = "";
	if (map->kind != YAML_MAP)
		return at(r, map, "'%s': expected keys such as device and price", map->key);
	st = family_of(r, map, c->want, more, CM_COUNT(more));
	if (!st)
		st = find_device(r, map, c);
	if (st)
		return st;
	c->label = c->device->device;
	st = text_of(r, map, "label", &c->label);
	if (!st)
		st = text_of(r, map, "as", &c->as);
	if (!st)
		st = find_offer(r, map, c);
	if (!st)
		st = find_measured(r, map, c);
	if (!st)
		take_rows(r, c);
	return st;
}

/* ---- the file ---------------------------------------------------------------------------------- */

static enum cm_status read_terms(const struct reading *r, const struct yaml_node *root)
{
	static const char *const more[] = { "may_differ" };
	const struct yaml_node *map = yaml_get(root, "compare"), *power = yaml_get(root, "power");
	struct contest *c = r->c;
	enum cm_status st;

	if (!map || map->kind != YAML_MAP)
		return at(r, map ? map : root,
			  "expected 'compare:' with the family of figures: suite, benchmark, "
			  "scenario, division, …");
	st = family_of(r, map, c->family, more, CM_COUNT(more));
	if (!st)
		st = differences(r, yaml_get(map, "may_differ"));
	if (!st && (!*c->family[0] || !*c->family[2]))
		st = at(r, map,
			"'compare': expected at least suite and benchmark: figures of two of them "
			"are "
			"never compared");
	if (!st)
		st = text_of(r, root, "title", &c->title);
	if (!st)
		st = text_of(r, root, "question", &c->question);
	if (!st)
		st = text_of(r, root, "work", &c->work_text);
	if (!st)
		st = text_of(r, root, "currency", &c->currency);
	if (!st)
		st = amount_of(r, root, "use", "1", &c->use);
	if (!st && c->use > 1)
		st = at(r, yaml_get(root, "use"), "'use': expected a share up to 100 %%");
	if (!st)
		st = amount_of(r, root, "life", "hour", &c->life_h);
	if (!st && power) {
		c->tdp_as_power = power->kind == YAML_SCALAR && !strcmp(power->text, "tdp");
		if (!c->tdp_as_power)
			st = at(r, power,
				"'power': expected tdp, which stands in, as modelled, where "
				"nothing was "
				"published");
	}
	return st;
}

enum cm_status contest_read(const struct yaml *y, const char *path, const struct catalogue *cat,
			    const struct published_list *published, const struct result_source *measured,
			    struct contest *out, struct cm_err *err)
{
	static const char *const keys[] = { "title", "question", "compare", "work", "currency", "use", "life",
					    "power", "devices", "baseline" };
	const struct reading r = { out, cat, published, measured, err };
	const struct yaml_node *root = yaml_root(y), *devices, *base;
	enum cm_status st;

	*out = (struct contest){.path = path,
				.title = "",
				.question = "",
				.work_text = "",
				.currency = "USD",
				.use = 1,
				.life_h = NAN};
	for (size_t i = 0; i < CONTEST_FIELDS; i++)
		out->family[i] = "";
	if (!root || root->kind != YAML_MAP)
		return cm_fail(err, CM_EINPUT, "%s: expected keys such as compare and devices", path);
	st = yaml_known(root, path, keys, CM_COUNT(keys), err);
	if (!st)
		st = read_terms(&r, root);
	devices = yaml_get(root, "devices");
	if (!st && (!devices || devices->kind != YAML_MAP || devices->items < 2))
		st = at(&r, devices ? devices : root, "expected 'devices:' with two or more of them");
	for (size_t i = 0; !st && i < devices->items; i++)
		st = read_device(&r, &devices->item[i]);
	base = yaml_get(root, "baseline");
	for (size_t i = 0; !st && i < out->n; i++)
		if (!base ? i == 0 : base->kind == YAML_SCALAR && !strcmp(out->c[i].name, base->text))
			out->base = &out->c[i];
	if (!st && !out->base)
		st = at(&r, base, "'baseline': expected the name of one of the devices");
	if (st)
		contest_free(out);
	return st;
}
