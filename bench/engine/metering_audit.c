/*
 * What a reader of a sum must know: the error bands, what could not be read, how long limits held,
 * and where levels contradict each other: devices, supplies' outputs <= node <= wall. It changes no
 * figure. Knows no meter and no channel by name.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/metering_inner.h"

struct sum { double value, lo, hi; size_t n; const char *name; };

static void sum_add(struct metering *m, struct sum *s, const struct metering_part *p)
{
	s->value += p->joules.value;
	s->lo += p->joules.lo;
	s->hi += p->joules.hi;
	s->name = s->n ? pool_printf(&m->text, "%s + %s", s->name, p->channel) : p->channel;
	s->n++;
}

/* A tenth is left to the readings' different moments. */
static void compare(struct str *note, const struct sum *part, const struct sum *whole)
{
	if (part->n && whole->n && part->lo > whole->hi * 1.1)
		str_addf(note, "%s%.200s drew %.4g J, but %.100s, which contains it, saw %.4g J",
			 note->len ? "; " : "", part->name, part->value, whole->name, whole->value);
}

/* Cores, uncore and SysIO against the package or card that one meter says they are in. */
static void audit_inner(struct metering *m, struct str *note)
{
	for (size_t i = 0; i < m->tracks; i++) {
		const struct track *whole = &m->track[i];
		struct sum all = { 0 }, parts = { 0 };

		if (m->part[i].joules.missing || whole->same_as != i ||
		    (whole->ch->scope != CM_SCOPE_PACKAGE && whole->ch->scope != CM_SCOPE_DEVICE))
			continue;
		sum_add(m, &all, &m->part[i]);
		for (size_t k = 0; k < m->tracks; k++) {
			const struct track *part = &m->track[k];

			if (part->meter == whole->meter && part->ch->scope == CM_SCOPE_CORE &&
			    part->same_as == k && !m->part[k].joules.missing &&
			    metering_contains(whole->ch, part->ch))
				sum_add(m, &parts, &m->part[k]);
		}
		compare(note, &parts, &all);
	}
}

/* All of one scope by one meter: what says that it sees the machine, else the sum of its parts. */
static struct sum whole_of(struct metering *m, const struct meter *meter, enum cm_scope scope)
{
	struct sum machine = { 0 }, parts = { 0 };

	for (size_t i = 0; i < m->tracks; i++) {
		const struct track *t = &m->track[i];

		if (t->meter != meter || t->ch->scope != scope || t->ch->aside ||
		    m->part[i].joules.missing || t->same_as != i)
			continue;
		if (!metering_is_machine(t->ch))
			sum_add(m, &parts, &m->part[i]);
		else if (!machine.n)
			sum_add(m, &machine, &m->part[i]);
	}
	return machine.n ? machine : parts;
}

/* Is this part inside of another that is shown too, by what they cover; or the same again? */
static bool inside_aside(const struct metering *m, size_t i)
{
	const struct track *t = &m->track[i];

	for (size_t k = 0; k < m->tracks; k++) {
		const struct track *o = &m->track[k];
		const bool same = strcmp(o->ch->covers, t->ch->covers) == 0;

		if (k == i || o->meter != t->meter || !o->ch->aside || m->part[k].joules.missing ||
		    metering_whole_machine(o->ch->scope) != metering_whole_machine(t->ch->scope))
			continue;
		if (same ? k < i && o->ch->kind == t->ch->kind
			 : metering_names(o->ch->covers, t->ch->covers))
			return true;
		/* What is computed is of what was read: a total beside its parts. */
		if (t->ch->basis == CM_MODELLED && o->ch->basis == CM_MEASURED &&
		    o->ch->scope == t->ch->scope)
			return true;
	}
	return false;
}

/* Parts that one meter shows beside its sum: a controller's processors and cards, or supplies' outputs. */
static struct sum aside_of(struct metering *m, const struct meter *meter, bool supplies)
{
	struct sum s = { 0 };

	for (size_t i = 0; i < m->tracks; i++) {
		const struct track *t = &m->track[i];
		bool twice = false;

		if (t->meter != meter || !t->ch->aside || m->part[i].joules.missing ||
		    metering_whole_machine(t->ch->scope) != supplies || inside_aside(m, i))
			continue;
		/* A counter and its power are one sensor to the audit. */
		for (size_t k = 0; k < i; k++)
			twice |= m->track[k].meter == meter && m->track[k].ch->aside &&
				 m->track[k].ch->scope == t->ch->scope &&
				 m->track[k].ch->kind != t->ch->kind;
		if (!twice)
			sum_add(m, &s, &m->part[i]);
	}
	return s;
}

/* Does any channel say that it lies within this part of the node? */
static bool holds_some(const struct metering *m, const struct meter_channel *part)
{
	for (size_t i = 0; i < m->tracks; i++)
		if (part->covers[0] && strcmp(m->track[i].ch->within, part->covers) == 0)
			return true;
	return false;
}

/* A meter whose node is such parts shows those that it has, and other devices lie beside them: no sum of
 * them is the machine's. */
static bool is_parts(const struct metering *m, const struct meter *meter)
{
	for (size_t i = 0; i < m->tracks; i++) {
		const struct meter_channel *ch = m->track[i].ch;

		if (m->track[i].meter == meter && ch->scope == CM_SCOPE_NODE && holds_some(m, ch))
			return true;
	}
	return false;
}

/* Each of them against what was counted within it. */
static void audit_parts(struct metering *m, struct str *note)
{
	for (size_t i = 0; i < m->tracks; i++) {
		const struct track *whole = &m->track[i];
		struct sum in = { 0 }, of = { 0 };

		if (whole->ch->scope != CM_SCOPE_NODE || m->part[i].joules.missing ||
		    whole->same_as != i || !holds_some(m, whole->ch))
			continue;
		for (size_t k = 0; k < m->tracks; k++)
			if (m->part[k].counted && !m->part[k].joules.missing &&
			    strcmp(m->track[k].ch->within, whole->ch->covers) == 0)
				sum_add(m, &in, &m->part[k]);
		sum_add(m, &of, &m->part[i]);
		compare(note, &in, &of);
	}
}

static void audit(struct metering *m, const struct metering_result *r, struct str *note)
{
	const struct sum counted = { r->joules.value, r->joules.lo, r->joules.hi, !r->joules.missing,
				     r->channels };
	struct sum nodes[8], walls[8];
	size_t n = 0;

	for (size_t i = 0; i < m->sources && n < CM_COUNT(nodes); i++) {
		const struct meter *meter = m->source[i].meter;
		const struct sum parts = aside_of(m, meter, false), outputs = aside_of(m, meter, true);

		nodes[n] = whole_of(m, meter, CM_SCOPE_NODE);
		walls[n] = whole_of(m, meter, CM_SCOPE_WALL);
		compare(note, &parts, &nodes[n]);
		compare(note, &outputs, &walls[n]);
		n++;
	}
	for (size_t i = 0; i < n; i++) {
		if (!strstr(r->scope, "node") && !strstr(r->scope, "wall")) {
			if (!is_parts(m, m->source[i].meter))
				compare(note, &counted, &nodes[i]);
			compare(note, &counted, &walls[i]);
		}
		for (size_t k = 0; k < n; k++)
			compare(note, &nodes[i], &walls[k]);
	}
	audit_parts(m, note);
}

/* Is what an unreadable channel would have said in the sum by another way? */
static bool replaced(const struct metering *m, const struct track *t)
{
	for (size_t i = 0; i < m->tracks; i++) {
		const struct meter_channel *o = m->track[i].ch;

		if (m->part[i].counted &&
		    (metering_contains(o, t->ch) || metering_contains(t->ch, o) ||
		     (o->scope == t->ch->scope && strcmp(o->covers, t->ch->covers) == 0)))
			return true;
	}
	return false;
}

/* Two ways to meter one part that disagree: an energy counter beside the sum of power readings. */
static void audit_twins(const struct metering *m, struct str *note)
{
	for (size_t i = 0; i < m->tracks; i++) {
		const struct metering_part *p = &m->part[i], *kept = &m->part[m->track[i].same_as];
		const double ratio = p->joules.value / kept->joules.value;

		if (p == kept || p->joules.missing || kept->joules.missing ||
		    (ratio >= 0.9 && ratio <= 1.1))
			continue;
		str_addf(note, "%s%s saw %.4g J where %s saw %.4g J", note->len ? "; " : "",
			 p->channel, p->joules.value, kept->channel, kept->joules.value);
	}
}

/* Power readings that came much later than they were due, and a counter that stood still. */
static void add_gaps(const struct metering *m, struct str *note)
{
	const double due_s = metering_trace_s(m);

	for (size_t i = 0; i < m->tracks; i++) {
		const struct track *t = &m->track[i];
		const double stood_s = metering_stood_s(t);

		if (!m->part[i].counted || m->part[i].joules.missing)
			continue;
		if (t->ch->kind == CM_POWER_SAMPLE && t->gap_max > 3 * fmax(t->refresh_s, due_s))
			str_addf(note, "%s%s was not read for %.3g s", note->len ? "; " : "", t->ch->name,
				 t->gap_max);
		if (t->ch->kind == CM_ENERGY_COUNTER && metering_still_j(t) > t->ch->step)
			str_addf(note, "%s%s stood still for up to %.3g s: %.2g J in doubt",
				 note->len ? "; " : "", t->ch->name, stood_s, metering_still_j(t));
	}
}

/* The share of the window for which a limit held a device back. */
static void add_held(const struct metering *m, double window_s, struct str *note)
{
	for (size_t i = 0; i < m->tracks; i++) {
		const struct track *t = &m->track[i];
		const double held_s = t->value - t->first;

		if (t->ch->kind == CM_EVENT_COUNTER && t->ch->unit && !strcmp(t->ch->unit, "s") &&
		    !t->why[0] && t->ch->st == CM_OK && held_s > 0.01 * window_s)
			str_addf(note, "%s%s for %.0f %% of the window", note->len ? "; " : "",
				 t->ch->name, 100 * fmin(1, held_s / window_s));
	}
}

void metering_note(struct metering *m, struct metering_result *r)
{
	struct str s = { 0 };
	char text[400];

	for (size_t i = 0; i < m->tracks; i++) {
		const struct track *t = &m->track[i];

		if (m->part[i].counted && t->ch->note[0])
			metering_join(&s, "; ", t->ch->note);
		if (m->part[i].counted && t->ch->err_source[0]) {
			snprintf(text, sizeof text, "error band %+.0f %% to %+.0f %%: %s",
				 100 * t->ch->err_lo, 100 * t->ch->err_hi, t->ch->err_source);
			metering_join(&s, "; ", text);
		}
		if (m->part[i].counted && t->ch->refresh_source[0]) {
			snprintf(text, sizeof text, "update period %.3g s: %s", t->refresh_s,
				 t->refresh_measured ? "measured" : t->ch->refresh_source);
			metering_join(&s, "; ", text);
		}
		if ((t->ch->st == CM_DENIED || t->ch->st == CM_ABSENT || t->ch->st == CM_EDRIVER) &&
		    metering_draws(t->ch) &&
		    (r->joules.basis == CM_MODELLED || !replaced(m, t))) {
			snprintf(text, sizeof text, "without %s: %s", t->ch->name, t->ch->reason);
			metering_join(&s, "; ", text);
		}
	}
	for (size_t i = 0; i < m->channels; i++) {
		const struct metering_channel *c = &m->channel[i];

		if (!c->channel && c->st == CM_EDRIVER) {
			snprintf(text, sizeof text, "without %s: %s", c->meter->name, c->reason);
			metering_join(&s, "; ", text);
		}
	}
	if (!r->joules.missing && !r->within_target)
		str_addf(&s, "%sthe window's edges may hold %.2g J", s.len ? "; " : "", r->edge_j);
	add_gaps(m, &s);
	add_held(m, r->window_s, &s);
	audit_twins(m, &s);
	audit_inner(m, &s);
	audit(m, r, &s);
	r->note = metering_keep(m, &s);
}
