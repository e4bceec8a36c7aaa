/*
 * Following each channel from one reading to the next: joules through wraps, and a void where what
 * was read cannot be true. Knows no meter and no channel by name.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/metering_inner.h"

enum metering_step metering_delta(double before, double after, double wraps_at, double max_j,
				  double *joules)
{
	double d = after - before;
	bool wrapped = d < 0;

	if (wrapped) {
		if (wraps_at <= 0 || before >= wraps_at)
			return METERING_BACKWARD;
		d += wraps_at;
		if (d > max_j)
			return METERING_BACKWARD;
	} else if (d > max_j) {
		return METERING_JUMP;
	}
	if (wraps_at > 0 && d + wraps_at <= max_j)
		return METERING_DOUBT;
	*joules = d;
	return wrapped ? METERING_WRAPPED : METERING_OK;
}

double metering_max_w(const struct meter_channel *ch)
{
	/* Above any product sold; a channel that knows better says so in max_w. */
	static const double by_scope[CM_SCOPE_NR] = {
		[CM_SCOPE_CORE] = 1000, [CM_SCOPE_PACKAGE] = 1000, [CM_SCOPE_DRAM] = 500,
		[CM_SCOPE_DEVICE] = 2000, [CM_SCOPE_NODE] = 20000, [CM_SCOPE_WALL] = 20000,
		[CM_SCOPE_PROCESS] = 20000,
	};

	return ch->max_w > 0 ? ch->max_w : by_scope[ch->scope];
}

void metering_void(struct track *t, const char *fmt, ...)
{
	va_list ap;

	if (t->why[0])
		return;
	va_start(ap, fmt);
	vsnprintf(t->why, sizeof t->why, fmt, ap);
	va_end(ap);
}

static void follow_counter(struct track *t, double dt)
{
	/* Up to an update period of energy may arrive at either end of the interval at once. */
	double max_j = metering_max_w(t->ch) * (dt + 2 * t->half + 2 * t->refresh_s) +
		       2 * t->ch->step;
	double j = 0;

	switch (metering_delta(t->before, t->value, t->ch->wraps_at, max_j, &j)) {
	case METERING_WRAPPED:
		t->wraps++;
		break;
	case METERING_BACKWARD:
		metering_void(t, "the counter fell from %.6g to %.6g J, which no wrap explains: a reset "
			   "or a fault", t->before, t->value);
		break;
	case METERING_JUMP:
		metering_void(t, "the counter rose by %.6g J in %.3g s, more than the source can draw",
			   t->value - t->before, dt);
		break;
	case METERING_DOUBT:
		metering_void(t, "%.3g s between two reads, long enough for an unseen wrap of %.6g J",
			   dt, t->ch->wraps_at);
		break;
	case METERING_OK:
		break;
	}
	t->gained = j;
	t->joules += j;
}

static void follow_power(struct track *t, double dt)
{
	t->gained = (t->before + t->value) / 2 * dt;
	t->joules += t->gained;
	t->w_min = fmin(t->w_min, t->value);
	t->w_max = fmax(t->w_max, t->value);
	if (t->value < 0 || t->value > metering_max_w(t->ch))
		metering_void(t, "a reading of %.6g W is outside 0 to %.6g W", t->value,
			   metering_max_w(t->ch));
}

/* Counts readings at which both moved by the same, and those at which they differed. */
static void compare_pair(struct twin *w, const struct track *x, const struct track *y)
{
	double near = 2 * fmax(x->ch->step, y->ch->step);

	if (x->ch->kind == CM_POWER_SAMPLE) {
		if (fabs(x->value - y->value) > near)
			w->unlike++;
		else if (x->value != x->before)
			w->alike++;
	} else if (fabs(x->gained - y->gained) > near) {
		w->unlike++;
	} else if (x->gained > 500 * near) {
		w->alike++;
	}
}

/* Two channels that always move by the same are one sensor shown twice. */
static void compare_twins(struct metering *m)
{
	for (size_t a = 0; a < m->tracks; a++) {
		const struct track *x = &m->track[a];

		if (x->ch->kind == CM_EVENT_COUNTER || x->st != CM_OK)
			continue;
		for (size_t b = a + 1; b < m->tracks; b++) {
			const struct track *y = &m->track[b];

			if (y->ch->kind == x->ch->kind && y->st == CM_OK &&
			    y->ch->scope == x->ch->scope)
				compare_pair(&m->twin[a * m->tracks + b], x, y);
		}
	}
}

void metering_follow(struct metering *m, enum reading when)
{
	double *t_before = cm_alloc((m->tracks + 1) * sizeof *t_before);

	for (size_t i = 0; i < m->tracks; i++) {
		m->track[i].before = m->track[i].value;
		t_before[i] = m->track[i].t;
	}
	metering_read_all(m, when);
	for (size_t i = 0; i < m->tracks; i++) {
		struct track *t = &m->track[i];
		double dt = t->t - t_before[i];

		t->gained = 0;
		if (t->st == CM_OK && t->stamped && dt <= 0)
			continue; /* the reading that was there before */
		t->reads++;
		if (t->st != CM_OK || isnan(t->before))
			metering_void(t, "a reading failed in the window%s%s", t->lost[0] ? ": " : "", t->lost);
		else if (t->ch->kind == CM_ENERGY_COUNTER)
			follow_counter(t, dt);
		else if (t->ch->kind == CM_POWER_SAMPLE)
			follow_power(t, dt);
	}
	free(t_before);
	compare_twins(m);
}
