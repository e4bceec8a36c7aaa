/*
 * What the chosen channels of a window are worth: each one's joules with their band, or why it has
 * none, and their sum. Knows no meter and no channel by name.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/metering_inner.h"

/* Of joules, or of the window, in doubt by stand-stills: above this there is no figure. */
#define STILL_SHARE 0.25

/* Work at the largest mean power that was seen may have gone on for all the time at the edges for which
 * the readings do not speak: an update period, half of each read, and what lies between the readings and
 * the window's ends. */
double metering_edge_j(const struct track *t, double window_s)
{
	const bool power = t->ch->kind == CM_POWER_SAMPLE;
	const double near_s = t->refresh_s + t->half + t->half_first + fabs(t->span - window_s);
	/* A source that lags as much at both ends covers a window's length, but not the window. */
	const double lag_s = fmax(fabs(t->off_first), fabs(t->off_last));
	double edge = metering_peak_w(t) * (t->stamped ? fmax(near_s, lag_s) : near_s) +
		      t->ch->step * (power ? t->span / 2 : 1) + metering_still_j(t);

	/* What lay between two samples was not seen: at most half their range beside the mean of each gap,
	 * which falls either way. Twice the standard deviation of that. */
	if (power)
		edge += (t->w_max - t->w_min) * sqrt(t->gaps2);
	return edge;
}

/* A coarse counter shows the same while it gathers a step; three times as long is a fault. */
static bool stood_too_long(const struct track *t)
{
	const double stood_s = metering_stood_s(t), hidden_j = metering_still_j(t);

	if (t->joules <= 0 || t->ch->kind != CM_ENERGY_COUNTER)
		return false;
	return (hidden_j > STILL_SHARE * t->joules && hidden_j > 4 * t->ch->step) ||
	       (stood_s > STILL_SHARE * t->span && stood_s * t->joules > 3 * t->ch->step * t->span);
}

/* NULL, or why this channel has no figure for the window. */
static const char *no_figure(struct metering *m, const struct track *t, double window_s)
{
	double edge = metering_edge_j(t, window_s);

	if (t->ch->st != CM_OK)
		return t->ch->reason;
	if (t->why[0])
		return pool_dup(&m->text, t->why);
	if (t->ch->kind == CM_POWER_SAMPLE && t->reads < 3)
		return pool_printf(&m->text, "%u power readings in the window, at least 3 are needed",
				   t->reads);
	if (t->refresh_s > 0 && (window_s < t->refresh_s || (t->joules > 0 && edge >= t->joules)))
		return pool_printf(&m->text, "the window of %.3g s is too short for an update period "
				   "of %.3g s; it needs %.3g s", window_s, t->refresh_s,
				   t->refresh_s / m->edge_error);
	if (stood_too_long(t))
		return pool_printf(&m->text, "the counter stood still for %.3g s of the window's %.3g s, "
				   "which may hide %.3g J", metering_stood_s(t), window_s,
				   metering_still_j(t));
	if (t->ch->kind == CM_ENERGY_COUNTER && t->joules <= 0)
		return pool_printf(&m->text, "the counter did not change in %.3g s", window_s);
	return NULL;
}

static struct figure part_figure(struct metering *m, const struct track *t, double window_s)
{
	const char *why = metering_draws(t->ch) ? no_figure(m, t, window_s) :
						  "tells of events or conditions, not of joules";
	const double edge = metering_edge_j(t, window_s);

	if (why)
		return cm_figure_missing("J", why);
	return cm_figure_range(t->joules, fmax(0, t->joules * (1 + t->ch->err_lo) - edge),
			       t->joules * (1 + t->ch->err_hi) + edge, "J", 1, t->ch->basis);
}

static void fill_parts(struct metering *m, double window_s)
{
	for (size_t i = 0; i < m->tracks; i++) {
		struct track *t = &m->track[i];

		m->part[i] = (struct metering_part){
			.meter = t->meter->name, .channel = t->ch->name, .covers = t->ch->covers,
			.scope = t->ch->scope, .joules = part_figure(m, t, window_s),
			.first = t->first, .last = t->value, .wraps = t->wraps,
			.unit = t->ch->unit ? t->ch->unit : "", .kind = t->ch->kind,
			.wraps_at = t->ch->wraps_at, .t_first_s = t->t_first - m->t_begin,
			.t_last_s = t->t - m->t_begin, .stamped = t->stamped,
			.reads = t->reads, .limit_w = t->ch->limit_w, .usual_w = t->ch->usual_w,
			.driver_version = pool_dup(&m->text, t->driver.version),
		};
		/* A memory counter that never moves is one that the board does not feed. */
		if (metering_live(t) && t->ch->scope == CM_SCOPE_DRAM && !t->why[0] && t->joules <= 0)
			t->role = "did not change in the window";
		m->part[i].counted = metering_live(t);
		m->part[i].role = t->role ? t->role : "counted";
	}
}

/* Joins words with `sep`, each once. */
void metering_join(struct str *s, const char *sep, const char *word)
{
	char *at = s->len ? strstr(s->p, word) : NULL;
	size_t n = strlen(word), k = strlen(sep);

	for (; at; at = strstr(at + 1, word)) {
		bool begins = at == s->p || (at >= s->p + k && strncmp(at - k, sep, k) == 0);

		if (begins && (at[n] == '\0' || strncmp(at + n, sep, k) == 0))
			return;
	}
	if (s->len)
		str_add(s, sep);
	str_add(s, word);
}

const char *metering_keep(struct metering *m, struct str *s)
{
	const char *kept = pool_dup(&m->text, str_get(s));

	str_free(s);
	return kept;
}

static void describe(struct metering *m, struct metering_result *r)
{
	struct str scope = { 0 }, covers = { 0 }, meter = { 0 }, channels = { 0 };

	for (enum cm_scope s = 0; s < CM_SCOPE_NR; s++) {
		for (size_t i = 0; i < m->tracks; i++) {
			const struct metering_part *p = &m->part[i];

			if (!p->counted || p->scope != s)
				continue;
			metering_join(&scope, " + ", cm_scope_word(s));
			metering_join(&covers, ", ", p->covers);
			metering_join(&meter, ", ", p->meter);
			metering_join(&channels, ", ", p->channel);
		}
	}
	r->scope = metering_keep(m, &scope);
	r->covers = metering_keep(m, &covers);
	r->meter = metering_keep(m, &meter);
	r->channels = metering_keep(m, &channels);
}

bool metering_measures(const struct metering *m)
{
	for (size_t i = 0; i < m->tracks; i++)
		if (!m->track[i].role && m->track[i].ch->st == CM_OK &&
		    m->track[i].ch->basis == CM_MEASURED)
			return true;
	return false;
}

/* What keeps a meter that is here from being read; a model is used where there is neither. */
const char *metering_lacks(struct metering *m)
{
	static const enum cm_status first[] = { CM_DENIED, CM_EDRIVER };

	for (size_t k = 0; k < CM_COUNT(first); k++)
		for (size_t i = 0; i < m->channels; i++) {
			const struct metering_channel *c = &m->channel[i];

			if (c->st == first[k] && (!c->channel || metering_draws(c->channel)))
				return c->st == CM_DENIED || c->channel ? c->reason :
				       pool_printf(&m->text, "%s: %s", c->meter->name, c->reason);
		}
	for (size_t i = 0; i < m->tracks; i++)
		if (!m->track[i].role && m->track[i].ch->st == CM_OK)
			return pool_printf(&m->text, "no meter on this machine: its power is modelled (%s)",
					   m->track[i].ch->name);
	for (size_t i = 0; i < m->tracks; i++)
		if (m->track[i].ch->st == CM_OK && m->track[i].ch->aside)
			return pool_printf(&m->text, "no meter of this machine or of its processors: %s is "
					   "a part that is shown beside a sum", m->track[i].ch->name);
	return "no energy meter on this machine";
}

void metering_sum(struct metering *m, double window_s, struct metering_result *r)
{
	const char *why = NULL;
	double j = 0, lo = 0, hi = 0;
	enum cm_basis basis = CM_MEASURED;
	bool any = false;

	fill_parts(m, window_s);
	for (size_t i = 0; i < m->tracks; i++) {
		const struct metering_part *p = &m->part[i];

		if (!p->counted)
			continue;
		any = true;
		if (p->joules.missing) {
			if (!why)
				why = pool_printf(&m->text, "%s: %s", p->channel, p->joules.missing);
			continue;
		}
		j += p->joules.value;
		lo += p->joules.lo;
		hi += p->joules.hi;
		r->edge_j += metering_edge_j(&m->track[i], window_s);
		basis = cm_basis_weakest(basis, p->joules.basis);
	}
	if (!any)
		why = metering_lacks(m);
	r->part = m->part;
	r->parts = m->tracks;
	r->joules = why ? cm_figure_missing("J", why) : cm_figure_range(j, lo, hi, "J", 1, basis);
	r->watts = why || window_s <= 0 ? cm_figure_missing("W", why ? why : "an empty window") :
		   cm_figure_range(j / window_s, lo / window_s, hi / window_s, "W", 1, basis);
	r->within_target = !why && r->edge_j <= m->edge_error * j;
	if (!why)
		describe(m, r);
	metering_note(m, r);
}
