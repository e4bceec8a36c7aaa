/*
 * See caps_out.h. Rows are gathered again from the caps that run.c put into their tunables. A modelled
 * joule comes from the CPU's load and rating and cannot see a cap, so it decides nothing here.
 */
#include "cli/caps_out.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cap_curve.h"
#include "base/textable.h"
#include "cli/cap_marks.h"
#include "cli/row_words.h"

bool caps_out_any(const struct store_rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		if (!isnan(cap_of_tunables(rows->row[i].tunables)))
			return true;
	return false;
}

static struct cmj *sweep_json(const struct cap_rows *s, const struct cap_prices *p)
{
	const struct cap_marks marks = cap_marks_of(&s->caps, p);
	const struct result_row *r = s->row[0];
	struct cmj *o = cmj_object(), *list = cmj_array();
	char *device = cap_device_dup(r);

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
		cmj_set(v, "reason", cmj_string(cap_row_why_not(s->row[i])));
		cmj_push(list, v);
	}
	cmj_set(o, "caps", list);
	cmj_set(o, "money", cmj_string(p->money));
	cap_marks_json(&marks, o);
	return o;
}

struct cmj *caps_out_json(const struct store_rows *rows, const struct cap_prices *p)
{
	struct cmj *list = cmj_array();
	struct cap_rows s;

	for (size_t i = 0; i < rows->n; i++) {
		if (!cap_rows_gather(rows->row, rows->n, i, &s))
			continue;
		cmj_push(list, sweep_json(&s, p));
		cap_rows_free(&s);
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

static void print_sweep(const struct cap_rows *s, const struct cap_prices *p)
{
	const struct cap_marks marks = cap_marks_of(&s->caps, p);
	const struct result_row *r = s->row[0];
	char money[64], joules[64], text[80], *name = row_name_dup(r, false);
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
		cap_marks_band(&marks, i, text, sizeof text);
		textable_cell(t, text);
		cap_marks_text(&marks, i, text, sizeof text);
		textable_cell(t, *text ? text : cap_row_why_not(s->row[i]));
	}
	printf("\n%s, against power cap; energy of %s:\n", name,
	       *r->joules_scope ? r->joules_scope : "no meter");
	free(name);
	textable_print(t, stdout, 0);
	cap_marks_print(&marks);
}

void caps_out_print(const struct store_rows *rows, const struct cap_prices *p)
{
	struct cap_rows s;
	bool any = false;

	for (size_t i = 0; i < rows->n; i++) {
		if (!cap_rows_gather(rows->row, rows->n, i, &s))
			continue;
		print_sweep(&s, p);
		cap_rows_free(&s);
		any = true;
	}
	if (any)
		cap_prices_print(p);
}
