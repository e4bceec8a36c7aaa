/* See limits_out.h. Knows no meter by name; sets nothing. */
#include "cli/limits_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/textable.h"

static void push(struct limit_rows *l, const struct meter_cap *cap, const char *meter)
{
	CM_PUSH(l->row, l->n, l->room);
	l->row[l->n++] = (struct limit_row){ *cap, meter };
}

static bool has(const struct limit_rows *l, const char *meter, const char *covers)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->row[i].meter, meter) && !strcmp(l->row[i].cap.covers, covers))
			return true;
	return false;
}

/* Several channels of a device may tell of its one limit. */
static void add_told(const struct metering_channel *c, struct limit_rows *l)
{
	struct meter_cap cap = { .st = CM_UNSUPPORTED };

	if (!c->channel || !(c->channel->limit_w > 0) || has(l, c->meter->name, c->channel->covers))
		return;
	cap.now_w = c->channel->limit_w;
	cap.default_w = c->channel->usual_w;
	snprintf(cap.name, sizeof cap.name, "%s", c->channel->name);
	snprintf(cap.covers, sizeof cap.covers, "%s", c->channel->covers);
	snprintf(cap.reason, sizeof cap.reason, "%s", c->meter->set_cap ? "its meter lists no way to set it" :
		 "shown only: this program sets none by this meter");
	push(l, &cap, c->meter->name);
}

void limits_gather(const struct cap_listed *listed, size_t n, const struct metering *m,
		   struct limit_rows *out)
{
	const struct metering_channel *c;
	const size_t channels = metering_channels(m, &c);

	*out = (struct limit_rows){ .n = 0 };
	for (size_t i = 0; i < n; i++)
		push(out, &listed[i].cap, listed[i].meter->name);
	for (size_t i = 0; i < channels; i++)
		add_told(&c[i], out);
}

void limits_free(struct limit_rows *l)
{
	free(l->row);
	*l = (struct limit_rows){ .n = 0 };
}

static struct cmj *known(double v)
{
	return v > 0 ? cmj_number(v) : cmj_null();
}

struct cmj *limits_json(const struct limit_rows *l)
{
	struct cmj *list = cmj_array();

	for (size_t i = 0; i < l->n; i++) {
		const struct meter_cap *c = &l->row[i].cap;
		struct cmj *o = cmj_object();

		cmj_set(o, "name", cmj_string(c->name));
		cmj_set(o, "meter", cmj_string(l->row[i].meter));
		cmj_set(o, "covers", cmj_string(c->covers));
		cmj_set(o, "watts", cmj_number(c->now_w));
		cmj_set(o, "default_w", known(c->default_w));
		cmj_set(o, "min_w", known(c->min_w));
		cmj_set(o, "max_w", known(c->max_w));
		cmj_set(o, "window_s", known(c->window_s));
		cmj_set(o, "settable", cmj_bool(c->st == CM_OK));
		cmj_set(o, "status", cmj_string(cm_status_word(c->st)));
		cmj_set(o, "reason", cmj_string(c->reason));
		cmj_push(list, o);
	}
	return list;
}

static void watts_cell(struct textable *t, double w)
{
	if (w > 0)
		textable_cellf(t, "%.6g W", w);
	else
		textable_cell(t, "not known");
}

static void range_cell(struct textable *t, const struct meter_cap *c)
{
	if (!(c->max_w > 0))
		textable_cell(t, "not known");
	else if (c->min_w > 0)
		textable_cellf(t, "%.6g to %.6g W", c->min_w, c->max_w);
	else
		textable_cellf(t, "up to %.6g W", c->max_w);
}

void limits_print(const struct limit_rows *l, unsigned width)
{
	static const char *const titles[] = { "power limit", "meter", "covers", "in force", "default",
					      "range", "averaged", "may be set" };
	struct textable *t;

	if (!l->n)
		return;
	t = textable_new("lllrrlrl", titles);
	for (size_t i = 0; i < l->n; i++) {
		const struct meter_cap *c = &l->row[i].cap;

		textable_cell(t, c->name);
		textable_cell(t, l->row[i].meter);
		textable_cell(t, c->covers);
		watts_cell(t, c->now_w);
		watts_cell(t, c->default_w);
		range_cell(t, c);
		if (c->window_s > 0)
			textable_cellf(t, "over %.3g s", c->window_s);
		else
			textable_cell(t, "not known");
		if (c->st == CM_OK)
			textable_cell(t, "yes, by --power-cap");
		else
			textable_cellf(t, "no: %s", c->reason);
	}
	putchar('\n');
	textable_print(t, stdout, width);
}
