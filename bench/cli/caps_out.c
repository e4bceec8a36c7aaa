/*
 * See caps_out.h. Rows are gathered again from the caps that run.c put into their tunables. A modelled
 * joule comes from the CPU's load and rating and cannot see a cap, so it decides nothing here.
 */
#include "cli/caps_out.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/textable.h"
#include "cli/cap_marks.h"
#include "engine/cap_steps.h"
#include "engine/power_caps.h"

struct sweep {
	const struct result_row **row;  /* of each cap, as power_caps has them … */
	struct power_caps caps;         /* … per unit of work; joules NaN: not measured */
	struct cap_marks marks;
};

bool caps_out_any(const struct store_rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		if (!isnan(cap_of_tunables(rows->row[i].tunables)))
			return true;
	return false;
}

/* Its name without the cap. The caller frees. */
static char *device_dup(const struct result_row *r)
{
	char end[48];
	const int n = snprintf(end, sizeof end, CM_CAP_DEVICE, cap_of_tunables(r->tunables));

	return cm_ends(r->device, end) ? cm_strndup(r->device, strlen(r->device) - (size_t)n)
				       : cm_strdup(r->device);
}

static bool same_device(const struct result_row *a, const struct result_row *b)
{
	char *x = device_dup(a), *y = device_dup(b);
	const bool same = !strcmp(x, y);

	free(x);
	free(y);
	return same;
}

/* Length of the tunables before the cap. */
static size_t own_part(const char *tunables)
{
	return (size_t)(strstr(tunables, CM_CAP_TUNABLE) - tunables);
}

static bool same_but_cap(const struct result_row *a, const struct result_row *b)
{
	const struct { const char *a, *b; } text[] = {
		{ a->kernel, b->kernel }, { a->op, b->op }, { a->variant, b->variant },
		{ a->tuned_by, b->tuned_by }, { a->type, b->type }, { a->backend, b->backend },
		{ a->run_id, b->run_id },
	};

	for (size_t i = 0; i < CM_COUNT(text); i++)
		if (strcmp(text[i].a, text[i].b) != 0)
			return false;
	return a->size == b->size && !isnan(cap_of_tunables(b->tunables)) && same_device(a, b) &&
	       own_part(a->tunables) == own_part(b->tunables) &&
	       strncmp(a->tunables, b->tunables, own_part(a->tunables)) == 0;
}

static struct power_cap cap_of(const struct result_row *r)
{
	const bool measured = !r->joules.missing && r->joules.basis == CM_MEASURED;
	const double seconds = r->launches && r->work > 0 ? r->time_ns * 1e-9 / r->work : NAN;
	const double time_share = r->launches > 1 ? (r->rate.hi - r->rate.lo) / 2 / fabs(r->rate.value) : NAN;

	/* Between launches; a meter's own error is the same at every cap and tells none apart. */
	return (struct power_cap){
		.watts = cap_of_tunables(r->tunables),
		.seconds = seconds,
		.half_seconds = seconds * time_share,
		.joules = measured ? r->joules.value : NAN,
		.half_joules = measured ? r->joules.value * r->energy.half_share : NAN,
		.tries = r->launches,
	};
}

static const char *why_not(const struct result_row *r)
{
	if (r->joules.missing)
		return r->joules.missing;
	return r->joules.basis == CM_MEASURED ? "" : "not measured: a modelled joule cannot see a cap";
}

static void insert(struct sweep *s, const struct result_row *r)
{
	const struct power_cap c = cap_of(r);
	size_t at = s->caps.n++;

	for (; at && s->caps.cap[at - 1].watts < c.watts; at--) {
		s->caps.cap[at] = s->caps.cap[at - 1];
		s->row[at] = s->row[at - 1];
	}
	s->caps.cap[at] = c;
	s->row[at] = r;
}

/* The sweep that begins with row i, by falling watts; false: an earlier one holds that row. */
static bool gather(const struct store_rows *rows, size_t i, const struct cap_prices *p, struct sweep *s)
{
	const struct result_row *first = &rows->row[i];

	if (isnan(cap_of_tunables(first->tunables)))
		return false;
	for (size_t k = 0; k < i; k++)
		if (!isnan(cap_of_tunables(rows->row[k].tunables)) && same_but_cap(first, &rows->row[k]))
			return false;
	*s = (struct sweep){ .row = cm_alloc(rows->n * sizeof *s->row) };
	s->caps.cap = cm_alloc(rows->n * sizeof *s->caps.cap);
	for (size_t k = i; k < rows->n; k++)
		if (same_but_cap(first, &rows->row[k]))
			insert(s, &rows->row[k]);
	s->marks = cap_marks_of(&s->caps, p);
	return true;
}

static void sweep_free(struct sweep *s)
{
	free(s->row);
	power_caps_free(&s->caps);
}

static struct cmj *sweep_json(const struct sweep *s, const struct cap_prices *p)
{
	const struct result_row *r = s->row[0];
	struct cmj *o = cmj_object(), *list = cmj_array();
	char *device = device_dup(r);

	cmj_set(o, "kernel", cmj_string(r->kernel));
	cmj_set(o, "op", cmj_string(r->op));
	cmj_set(o, "type", cmj_string(r->type));
	cmj_set(o, "size", cmj_number((double)r->size));
	cmj_set(o, "variant", cmj_string(r->variant));
	cmj_set(o, "backend", cmj_string(r->backend));
	cmj_set(o, "device", cmj_string(device));
	free(device);
	cmj_set(o, "unit", cmj_string(r->joules.unit));
	for (size_t i = 0; i < s->caps.n; i++) {
		const struct power_cap *c = &s->caps.cap[i];
		struct cmj *v = cmj_object();

		cmj_set(v, "cap_w", cmj_number(c->watts));
		cmj_set(v, "launches", cmj_int(c->tries));
		cmj_set(v, "seconds_per_unit", cmj_number(c->seconds));
		cmj_set(v, "joules_per_unit", cmj_number(c->joules));
		cmj_set(v, "joules_scope", cmj_string(s->row[i]->joules_scope));
		cmj_set(v, "cost_per_unit", p->money
			? cmj_number(power_cap_cost(c, p->per_joule, p->per_second)) : cmj_null());
		cmj_set(v, "seconds_half", cmj_number(c->half_seconds));
		cmj_set(v, "joules_half", cmj_number(c->half_joules));
		cmj_set(v, "cost_per_unit_half", p->money
			? cmj_number(power_cap_half(c, p->per_joule, p->per_second)) : cmj_null());
		cmj_set(v, "reason", cmj_string(why_not(s->row[i])));
		cmj_push(list, v);
	}
	cmj_set(o, "caps", list);
	cmj_set(o, "money", cmj_string(p->money));
	cap_marks_json(&s->marks, o);
	return o;
}

struct cmj *caps_out_json(const struct store_rows *rows, const struct cap_prices *p)
{
	struct cmj *list = cmj_array();
	struct sweep s;

	for (size_t i = 0; i < rows->n; i++) {
		if (!gather(rows, i, p, &s))
			continue;
		cmj_push(list, sweep_json(&s, p));
		sweep_free(&s);
	}
	return list;
}

static void number_cell(struct textable *t, double v)
{
	if (isfinite(v))
		textable_cellf(t, "%.4g", v);
	else
		textable_cell(t, "-");
}

static void print_sweep(const struct sweep *s, const struct cap_prices *p)
{
	const struct result_row *r = s->row[0];
	char money[64], joules[64], text[80];
	const char *const titles[] = { "cap W", "launches", "s per unit", joules, money, "±", "" };
	struct textable *t;

	snprintf(joules, sizeof joules, "%s", r->joules.unit ? r->joules.unit : "J");
	snprintf(money, sizeof money, "%s per unit", p->money ? p->money : "price");
	t = textable_new("rrrrrrl", titles);
	for (size_t i = 0; i < s->caps.n; i++) {
		const struct power_cap *c = &s->caps.cap[i];

		textable_cellf(t, "%.6g", c->watts);
		textable_cellf(t, "%u", c->tries);
		number_cell(t, c->seconds);
		number_cell(t, c->joules);
		if (p->money)
			number_cell(t, power_cap_cost(c, p->per_joule, p->per_second));
		else
			textable_cell(t, "not given");
		cap_marks_band(&s->marks, i, text, sizeof text);
		textable_cell(t, text);
		cap_marks_text(&s->marks, i, text, sizeof text);
		textable_cell(t, *text ? text : why_not(s->row[i]));
	}
	printf("\n%s%s%s %s on %s against power cap; energy of %s:\n", r->kernel, *r->op ? " " : "", r->op,
	       r->type, r->backend, *r->joules_scope ? r->joules_scope : "no meter");
	textable_print(t, stdout, 0);
	cap_marks_print(&s->marks);
}

void caps_out_print(const struct store_rows *rows, const struct cap_prices *p)
{
	struct sweep s;
	bool any = false;

	for (size_t i = 0; i < rows->n; i++) {
		if (!gather(rows, i, p, &s))
			continue;
		print_sweep(&s, p);
		sweep_free(&s);
		any = true;
	}
	if (any)
		cap_prices_print(p);
}
