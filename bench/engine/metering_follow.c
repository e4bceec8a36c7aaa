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

void metering_follow_from_here(struct track *t)
{
	t->first = t->w_min = t->w_max = t->value;
	t->t_first = t->t;
	t->half_first = t->half;
	t->joules = t->gained = t->gaps2 = t->gap_max = 0;
	t->wraps = 0;
	t->reads = 1;
	t->why[0] = '\0';
	t->still = (struct still){ .t_before = t->t, .t_same = t->t, .t_last = t->t, .t_mark = t->t };
}

/* How long the present value has been shown beyond what an update explains. */
static double stood_s(const struct track *t)
{
	const double s = t->still.t_last - t->still.t_same;

	return s > 2 * t->refresh_s ? s : 0;
}

/* The value changed by j at this reading. */
static void note_change(struct track *t, double j)
{
	struct still *s = &t->still;
	const double stood = stood_s(t);

	s->longest_s = fmax(s->longest_s, stood);
	if (stood > 0 && !s->moved) {
		s->head_s = t->t - t->t_first;
		s->head_j = j;
	} else if (stood > 0) {
		s->mid_s += t->t - s->t_before;
		s->mid_j += s->came + j;
	}
	const double dt = t->t - s->t_mark, gained = t->joules - s->j_mark;
	const bool old = stood > 0 && !s->moved; /* what came late may be of before the window */

	if (dt > 4 * t->refresh_s && !old) {
		s->peak_w = fmax(s->peak_w, gained / dt);
		s->most_w = fmax(s->most_w, (gained + t->ch->step) / (dt - t->refresh_s));
	}
	if (dt > 4 * t->refresh_s || old) {
		s->t_mark = t->t;
		s->j_mark = t->joules;
	}
	s->moved = true;
	s->came = j;
	s->t_before = s->t_last;
	s->t_same = t->t;
}

static void follow_counter(struct track *t, double dt, double half_before)
{
	/* A reading may be an update period old, and the next late; one with a time of its own is not. What
	 * a counter that stood still catches up is of all that time, but it does not wrap meanwhile. */
	const double own_s = (t->stamped ? 1 : 2) * t->refresh_s + t->half + half_before;
	const double since_s = t->value > t->before && stood_s(t) > 0 ? t->t - t->still.t_same : dt;
	const double max_j = metering_max_w(t->ch) * (since_s + own_s) + 2 * t->ch->step;
	double j = 0;

	if (t->value < 0 || t->before < 0)
		metering_void(t, "the counter reads %.6g J, below zero", fmin(t->value, t->before));
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
			   since_s, t->ch->wraps_at);
		break;
	case METERING_OK:
		break;
	}
	t->gained = j;
	t->joules += j;
	if (t->value != t->before)
		note_change(t, j);
	t->still.t_last = t->t;
}

static void follow_power(struct track *t, double dt)
{
	t->gained = (t->before + t->value) / 2 * dt;
	t->joules += t->gained;
	t->w_min = fmin(t->w_min, t->value);
	t->w_max = fmax(t->w_max, t->value);
	t->gaps2 += dt * dt;
	t->gap_max = fmax(t->gap_max, dt);
	if (t->value < 0 || t->value > metering_max_w(t->ch))
		metering_void(t, "a reading of %.6g W is outside 0 to %.6g W", t->value,
			   metering_max_w(t->ch));
}

double metering_peak_w(const struct track *t)
{
	/* Joules by the source's own times stand for the whole window. */
	const double over_s = t->stamped ? t->span + t->off_last - t->off_first : t->span;
	const double mean = over_s > 0 ? t->joules / over_s : 0;

	return t->ch->kind == CM_POWER_SAMPLE ? fmax(mean, t->w_max) : fmax(mean, t->still.peak_w);
}

double metering_stood_s(const struct track *t)
{
	return fmax(t->still.longest_s, stood_s(t));
}

/* In the middle a counter either caught up, then the power over a stand-still is that of the rest, or lost
 * what came meanwhile. At the start all that came at once may be of before the window. */
double metering_still_j(const struct track *t)
{
	const struct still *s = &t->still;
	const double tail = stood_s(t), rest_s = t->span - tail - t->refresh_s;
	double peak, j = 0;

	if (t->ch->kind != CM_ENERGY_COUNTER)
		return 0;
	peak = fmax(s->most_w, rest_s > 0 ? (t->joules + t->ch->step) / rest_s : 0);
	if (s->head_s > 0)
		j += fmax(s->head_j, peak * s->head_s - s->head_j);
	if (s->mid_s > 0)
		j += fabs(peak * s->mid_s - s->mid_j);
	if (tail > 0)
		j += fabs(peak * (s->t_last - s->t_before) - s->came);
	return j;
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

void metering_compare_twins(struct metering *m)
{
	for (size_t a = 0; a < m->tracks; a++) {
		const struct track *x = &m->track[a];

		if (!metering_draws(x->ch) || x->st != CM_OK)
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
	struct { double t, half; } *before = cm_alloc((m->tracks + 1) * sizeof *before);

	for (size_t i = 0; i < m->tracks; i++) {
		m->track[i].before = m->track[i].value;
		before[i].t = m->track[i].t;
		before[i].half = m->track[i].half;
	}
	metering_read_all(m, when);
	for (size_t i = 0; i < m->tracks; i++) {
		struct track *t = &m->track[i];
		const double dt = t->t - before[i].t;

		t->gained = 0;
		if (t->st == CM_OK && t->stamped && dt <= 0 && !isnan(t->before)) {
			t->value = t->before; /* the reading that was there before, or an older one */
			t->t = before[i].t;
			continue;
		}
		t->reads++;
		if (t->st != CM_OK || isnan(t->before))
			metering_void(t, "a reading failed in the window%s%s",
				      t->lost[0] ? ": " : "", t->lost);
		else if (t->ch->kind == CM_ENERGY_COUNTER)
			follow_counter(t, dt, before[i].half);
		else if (t->ch->kind == CM_POWER_SAMPLE)
			follow_power(t, dt);
	}
	free(before);
	metering_compare_twins(m);
}
