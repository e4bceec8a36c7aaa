/*
 * Power over time within a window: what each channel had given at each reading, cut into watts of the
 * channels that were counted. Kept small by dropping every other reading when it is full, so that a
 * long window is seen as coarsely as a short one. Knows no meter.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/metering_inner.h"

#define MOST_POINTS 128
#define LEAST_STEP_S 0.1
#define PERIODS 2.0      /* watts are means over at least so many update periods of each channel */

struct trace {
	size_t n;
	double step_s;           /* no reading nearer to the last one is kept */
	double at_s[MOST_POINTS];
	double *t, *joules;      /* [MOST_POINTS * tracks] */
	double w_s[MOST_POINTS], w[MOST_POINTS];
};

static struct trace *trace_of(struct metering *m)
{
	if (!m->trace) {
		m->trace = cm_alloc(sizeof *m->trace);
		m->trace->t = cm_alloc((MOST_POINTS * m->tracks + 1) * sizeof(double));
		m->trace->joules = cm_alloc((MOST_POINTS * m->tracks + 1) * sizeof(double));
	}
	return m->trace;
}

static void halve(struct trace *tr, size_t tracks)
{
	for (size_t k = 1; k < tr->n; k += 2) { /* the first stays */
		const size_t to = (k + 1) / 2, from = k + 1;

		if (from >= tr->n)
			break;
		tr->at_s[to] = tr->at_s[from];
		memcpy(tr->t + to * tracks, tr->t + from * tracks, tracks * sizeof *tr->t);
		memcpy(tr->joules + to * tracks, tr->joules + from * tracks, tracks * sizeof *tr->joules);
	}
	tr->n = (tr->n + 1) / 2;
	tr->step_s *= 2;
}

void trace_begin(struct metering *m)
{
	struct trace *tr = trace_of(m);

	tr->n = 0;
	tr->step_s = LEAST_STEP_S / 2;
	trace_add(m);
}

void trace_add(struct metering *m)
{
	struct trace *tr = trace_of(m);
	const double now = metering_now_s(m);

	if (tr->n && now - tr->at_s[tr->n - 1] < tr->step_s)
		return;
	if (tr->n == MOST_POINTS)
		halve(tr, m->tracks);
	tr->at_s[tr->n] = now;
	for (size_t i = 0; i < m->tracks; i++) {
		tr->t[tr->n * m->tracks + i] = m->track[i].t;
		tr->joules[tr->n * m->tracks + i] = m->track[i].joules;
	}
	tr->n++;
}

double metering_trace_s(const struct metering *m)
{
	return fmax(LEAST_STEP_S, METERING_READ_SHARE * m->read_s);
}

/* Watts of the counted channels between two kept readings; false: one of them has not gone on. */
static bool watts_between(const struct metering *m, size_t a, size_t b, double *w)
{
	const struct trace *tr = m->trace;

	*w = 0;
	for (size_t i = 0; i < m->tracks; i++) {
		const size_t x = a * m->tracks + i, y = b * m->tracks + i;
		const double dt = tr->t[y] - tr->t[x];

		if (!m->part[i].counted)
			continue;
		if (dt <= 0 || dt < PERIODS * m->track[i].refresh_s)
			return false;
		*w += (tr->joules[y] - tr->joules[x]) / dt;
	}
	return true;
}

/* After metering_sum(): a window without a figure has no watts over time either. */
void trace_cut(struct metering *m, struct metering_result *r)
{
	struct trace *tr = trace_of(m);
	size_t from = 0, n = 0;

	for (size_t k = 1; k < tr->n && !r->joules.missing; k++)
		if (watts_between(m, from, k, &tr->w[n])) {
			tr->w_s[n++] = tr->at_s[k] - m->t_begin;
			from = k;
		}
	r->at_s = tr->w_s;
	r->at_w = tr->w;
	r->at_n = n;
}

void trace_free(struct trace *tr)
{
	if (!tr)
		return;
	free(tr->t);
	free(tr->joules);
	free(tr);
}
