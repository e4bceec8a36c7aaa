/*
 * How often each energy channel is updated, measured by watching it, and what follows from that:
 * the shortest window and the longest wait between two reads; and which channels move as one, which a
 * short window has too few readings to tell. Knows no meter by name.
 */
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "engine/metering_inner.h"

#define CHANGES 20       /* of a counter, to call its update period known */
#define CHANGES_LEAST 5

struct ticks { double last_value, last_t, gap[CHANGES]; size_t n; bool wanted, seen; };

static void tick(struct ticks *k, const struct track *t)
{
	if (t->st != CM_OK || k->n == CHANGES)
		return;
	if (isnan(k->last_value)) {
		k->last_value = t->value;
		return;
	}
	if (t->value == k->last_value)
		return;
	if (k->seen) /* the first change began at an unknown moment */
		k->gap[k->n++] = t->t - k->last_t;
	k->seen = true;
	k->last_t = t->t;
	k->last_value = t->value;
}

static bool ticks_done(const struct ticks *k, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (k[i].wanted && k[i].n < CHANGES)
			return false;
	}
	return true;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void keep_periods(struct metering *m, struct ticks *k)
{
	for (size_t i = 0; i < m->tracks; i++) {
		if (!k[i].wanted || k[i].n < CHANGES_LEAST)
			continue;
		/* The 90 % point: jitter counts, a reading delayed by the scheduler does not. */
		qsort(k[i].gap, k[i].n, sizeof *k[i].gap, by_value);
		m->track[i].refresh_s = k[i].gap[k[i].n * 9 / 10];
		m->track[i].refresh_measured = true;
	}
	for (size_t c = 0, i = 0; c < m->channels; c++) {
		if (!m->channel[c].channel)
			continue;
		m->channel[c].refresh_ns = (uint64_t)(m->track[i].refresh_s * 1e9);
		m->channel[c].refresh_measured = m->track[i].refresh_measured;
		i++;
	}
}

/* Joules since the reading before, and which channels gained the same. */
static void watch_twins(struct metering *m)
{
	for (size_t i = 0; i < m->tracks; i++) {
		struct track *t = &m->track[i];

		t->gained = t->st == CM_OK && !isnan(t->before) ? t->value - t->before : 0;
		t->before = t->value;
	}
	metering_compare_twins(m);
}

static void keep_twins(struct metering *m)
{
	for (size_t i = 0; i < m->tracks * m->tracks; i++)
		m->twin[i].one |= metering_one_counter(&m->twin[i]);
}

void metering_calibrate(struct metering *m, double budget_s)
{
	struct ticks *k = cm_alloc((m->tracks + 1) * sizeof *k);
	double end = metering_now_s(m) + budget_s, nap_s = 2e-3;

	for (size_t i = 0; i < m->tracks; i++) {
		const struct meter_channel *ch = m->track[i].ch;

		k[i].last_value = m->track[i].before = NAN;
		k[i].wanted = ch->st == CM_OK && ch->refresh_ns > 0 && metering_draws(ch);
		if (k[i].wanted)
			nap_s = fmin(nap_s, (double)ch->refresh_ns * 1e-9 / 20);
	}
	while (!m->running && !ticks_done(k, m->tracks) && metering_now_s(m) < end) {
		struct timespec nap = { .tv_nsec = (long)(nap_s * 1e9) };

		metering_read_all(m, READ_POLL);
		for (size_t i = 0; i < m->tracks; i++) {
			if (k[i].wanted)
				tick(&k[i], &m->track[i]);
		}
		watch_twins(m);
		nanosleep(&nap, NULL);
	}
	keep_periods(m, k);
	keep_twins(m);
	free(k);
}

double metering_window_s(const struct metering *m)
{
	double longest = 0;

	for (size_t i = 0; i < m->tracks; i++) {
		if (!m->track[i].role)
			longest = fmax(longest, m->track[i].refresh_s / m->edge_error);
	}
	return longest;
}

double metering_period_s(const struct metering *m)
{
	double longest = 0;

	for (size_t i = 0; i < m->tracks; i++) {
		if (!m->track[i].role)
			longest = fmax(longest, m->track[i].refresh_s);
	}
	return longest;
}

double metering_poll_s(const struct metering *m)
{
	double shortest = INFINITY;

	for (size_t i = 0; i < m->tracks; i++) {
		const struct meter_channel *ch = m->track[i].ch;

		if (ch->st != CM_OK)
			continue;
		if (ch->kind == CM_ENERGY_COUNTER && ch->wraps_at > 0)
			shortest = fmin(shortest, ch->wraps_at / metering_max_w(ch) / 2);
		if (ch->kind == CM_POWER_SAMPLE && !m->track[i].role)
			shortest = fmin(shortest, fmax(fmax(m->track[i].refresh_s, 1e-3),
						       METERING_READ_SHARE * m->read_s));
	}
	return shortest;
}
