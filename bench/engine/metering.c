/*
 * Reads every registered meter around a window of work and follows each counter through wraps.
 *
 * Exists so that the worker has one call for "what did this draw". What may be summed is decided in
 * metering_cut.c. Knows no meter, no vendor and no file of the system.
 */
#include "engine/metering.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "engine/metering_apart.h"
#include "engine/metering_inner.h"
#include "engine/registry.h"

double metering_now_s(const struct metering *m)
{
	return (double)m->now_ns() * 1e-9;
}

/* ---- open and close ------------------------------------------------------------------------ */

static void add_channel(struct metering *m, size_t *cap, const struct meter *meter,
			const struct meter_channel *ch, enum cm_status st, const char *reason)
{
	CM_PUSH(m->channel, m->channels, *cap);
	m->channel[m->channels++] = (struct metering_channel){
		.meter = meter, .channel = ch, .st = st,
		.reason = pool_dup(&m->kept, reason),
		.refresh_ns = ch ? ch->refresh_ns : 0, .value = NAN, .flag = "",
	};
}

static void add_tracks(struct metering *m, const struct meter_channel *ch, size_t n, size_t *tcap,
		       size_t *ccap)
{
	struct source *s = &m->source[m->sources - 1];

	s->first = m->tracks;
	s->n = n;
	s->values = cm_alloc((s->n + 1) * sizeof *s->values);
	for (size_t i = 0; i < s->n; i++) {
		CM_PUSH(m->track, m->tracks, *tcap);
		m->track[m->tracks] = (struct track){
			.source = m->sources - 1, .index = i, .meter = s->meter, .ch = &ch[i],
			.refresh_s = (double)ch[i].refresh_ns * 1e-9, .value = NAN,
			.st = ch[i].st, .same_as = m->tracks,
		};
		m->tracks++;
		add_channel(m, ccap, s->meter, &ch[i], ch[i].st, ch[i].reason);
	}
}

static void add_hung(struct metering *m, const struct source *s, const char *why)
{
	for (size_t i = 0; i < m->hungs; i++)
		if (!strcmp(m->hung[i].meter, s->meter->name))
			return;
	CM_PUSH(m->hung, m->hungs, m->hung_cap);
	m->hung[m->hungs++] = (struct metering_given_up){ s->meter->name, pool_dup(&m->kept, why) };
}

/* What open() of a meter said, here or in its process; the channels on CM_OK. */
static enum cm_status open_one(struct metering *m, const struct meter_from *from, struct source *s,
			       const struct meter_channel **ch, size_t *n, struct cm_err *err)
{
	enum cm_status st;

	if (s->apart) {
		st = apart_opened(s->apart, ch, n, err);
		if (st) {
			if (apart_hung(s->apart))
				add_hung(m, s, err->why);
			apart_end(s->apart);
			s->apart = NULL;
		}
		return st;
	}
	st = s->meter->open(from, &s->ctx, err);
	if (st == CM_OK)
		*n = s->meter->channels(s->ctx, ch);
	return st;
}

static const char *given_up(const struct metering_options *o, const struct meter *meter)
{
	for (size_t i = 0; o && i < o->given_ups; i++)
		if (!strcmp(o->given_up[i].meter, meter->name))
			return o->given_up[i].why;
	return NULL;
}

/* Broken input stops everything: the user named this file. *any: some meter knew its format; a reader of
 * another format has nothing to say of it then, and what they all said is in *unknown. */
static enum cm_status open_all(struct metering *m, const struct metering_options *o,
			       const struct meter *const *meter, const struct meter_from *from, bool *any,
			       const char **unknown, struct cm_err *err)
{
	struct source *begun = NULL;
	size_t n = 0, cap = 0, scap = 0, tcap = 0, ccap = 0;
	enum cm_status failed = CM_OK;

	/* Drivers start together, so that their waits overlap; and before any meter's own threads. */
	for (; *meter; meter++) {
		const char *why = given_up(o, *meter);

		if ((*meter)->dumps != (from->dump != NULL))
			continue;
		if (why) {
			add_channel(m, &ccap, *meter, NULL, CM_EDRIVER, why);
			continue;
		}
		CM_PUSH(begun, n, cap);
		begun[n] = (struct source){ .meter = *meter };
		if ((*meter)->driver)
			begun[n].apart = apart_start(*meter, from);
		n++;
	}
	for (size_t i = 0; i < n; i++) {
		const struct meter_channel *ch = NULL;
		struct cm_err why = { CM_OK, "" };
		size_t channels = 0;
		enum cm_status st = open_one(m, from, &begun[i], &ch, &channels, &why);

		if (st == CM_EINPUT && !failed) /* what the user named is not there */
			failed = cm_fail(err, st, "%s", why.why);
		if (st == CM_ABSENT && from->dump) {
			*unknown = pool_printf(&m->kept, "%s%s%s", *unknown, **unknown ? "; " : "", why.why);
			continue;
		}
		if (st != CM_OK) {
			add_channel(m, &ccap, begun[i].meter, NULL, st, why.why);
			continue;
		}
		*any = true;
		CM_PUSH(m->source, m->sources, scap);
		m->source[m->sources++] = begun[i];
		add_tracks(m, ch, channels, &tcap, &ccap);
	}
	free(begun);
	return failed;
}

enum cm_status metering_open(const struct metering_options *o, struct metering **out,
			     struct cm_err *err)
{
	const struct meter *const *meter = o && o->meters ? o->meters : registry_meters;
	struct metering *m = cm_alloc(sizeof *m);
	struct meter_from from = { .now_ns = o ? o->now_ns : NULL };
	const char *unknown = "";
	bool any = false;
	enum cm_status st;

	if (o) {
		from.sysfs_root = o->sysfs_root;
		from.redfish = o->redfish;
		from.redfish_ca = o->redfish_ca;
		from.wall = o->wall;
		from.dump = o->dump;
	}
	m->now_ns = o && o->now_ns ? o->now_ns : cm_now_ns;
	m->root = from.sysfs_root ? pool_dup(&m->kept, from.sysfs_root) : NULL;
	m->edge_error = o && o->edge_error > 0 ? o->edge_error : 0.05;
	st = open_all(m, o, meter, &from, &any, &unknown, err);
	if (st == CM_OK && from.dump && !any)
		st = cm_fail(err, CM_EINPUT, "%s: not in a format known here: %s", from.dump,
			     *unknown ? unknown : "no meter reads dumps");
	if (st) {
		metering_close(m);
		return st;
	}
	m->twin = cm_alloc((m->tracks * m->tracks + 1) * sizeof *m->twin);
	m->part = cm_alloc((m->tracks + 1) * sizeof *m->part);
	m->count = cm_alloc((m->tracks + 1) * sizeof *m->count);
	metering_choose(m, false);
	*out = m;
	return CM_OK;
}

void metering_close(struct metering *m)
{
	if (!m)
		return;
	trace_free(m->trace);
	for (size_t i = 0; i < m->sources; i++) {
		if (m->source[i].apart)
			apart_end(m->source[i].apart);
		else
			m->source[i].meter->close(m->source[i].ctx);
		free(m->source[i].values);
	}
	free(m->source);
	free(m->track);
	free(m->twin);
	free(m->channel);
	free(m->hung);
	free(m->part);
	free(m->count);
	free(m->gauge);
	pool_free(&m->kept);
	pool_free(&m->text);
	free(m);
}

bool metering_hung(const struct metering *m, size_t i, struct metering_given_up *out)
{
	if (i >= m->hungs)
		return false;
	*out = m->hung[i];
	return true;
}

/* ---- reading ------------------------------------------------------------------------------- */

/* A meter whose read fails as a whole loses its channels this time. What it took, s. */
static double read_source(struct metering *m, struct source *s, enum reading when)
{
	const bool polls = when == READ_POLL && s->meter->poll;
	struct cm_err why = { CM_OK, "" };
	double t0 = metering_now_s(m), t1;
	enum cm_status st;

	memset(s->values, 0, s->n * sizeof *s->values);
	st = s->apart ? apart_read(s->apart, s->values, &why)
		      : (polls ? s->meter->poll : s->meter->read)(s->ctx, s->values, &why);
	t1 = metering_now_s(m);
	if (s->apart && st == CM_EDRIVER && apart_hung(s->apart))
		add_hung(m, s, why.why);
	snprintf(s->lost, sizeof s->lost, "%.*s", (int)sizeof s->lost - 1, st != CM_OK ? why.why : "");
	for (size_t k = 0; k < s->n; k++) {
		struct track *t = &m->track[s->first + k];
		const double at = (double)t->ch->taken_ns * 1e-9;

		if (!t->refresh_measured) /* a meter may see it itself, by and by */
			t->refresh_s = (double)t->ch->refresh_ns * 1e-9;
		t->st = st != CM_OK ? st : s->values[k].st;
		t->lost = s->lost;
		t->value = t->st == CM_OK ? s->values[k].value : NAN;
		if (t->st == CM_OK && !isfinite(t->value))
			t->st = CM_EDRIVER;
		t->stamped = t->st == CM_OK && at > 0;
		t->t = t->stamped ? fmin(at, t1) : (t0 + t1) / 2;
		t->half = t->stamped ? 0 : (t1 - t0) / 2;
	}
	return t1 - t0;
}

void metering_read_all(struct metering *m, enum reading when)
{
	double took_s = 0;

	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < m->sources; i++) {
			const bool waits = m->source[i].meter->poll != NULL;

			if (waits != ((when == READ_END) == (pass == 1)))
				continue;
			const double s = read_source(m, &m->source[i], when);

			if (!waits || when == READ_POLL)
				took_s += s;
		}
	}
	m->read_s = took_s;
}

/* ---- conditions ---------------------------------------------------------------------------- */

static bool has_gauge(const struct metering *m, const struct source *s)
{
	for (size_t k = 0; k < s->n; k++)
		if (m->track[s->first + k].ch->kind == CM_GAUGE)
			return true;
	return false;
}

size_t metering_gauges(struct metering *m, bool anew, const struct metering_gauge **out)
{
	size_t n = 0;

	for (size_t i = 0; anew && !m->running && i < m->sources; i++)
		if (!m->source[i].meter->poll && has_gauge(m, &m->source[i]))
			read_source(m, &m->source[i], READ_POLL);
	if (!m->gauge)
		m->gauge = cm_alloc((m->tracks + 1) * sizeof *m->gauge);
	for (size_t i = 0; i < m->tracks; i++) {
		const struct track *t = &m->track[i];

		if (t->ch->kind == CM_GAUGE && t->ch->st == CM_OK)
			m->gauge[n++] = (struct metering_gauge){ t->ch->name, t->ch->covers, t->value };
	}
	*out = m->gauge;
	return n;
}

/* ---- the window ---------------------------------------------------------------------------- */

enum cm_status metering_begin(struct metering *m, struct cm_err *err)
{
	if (m->running)
		return cm_fail(err, CM_EINTERNAL, "metering_begin() inside a window");
	pool_free(&m->text);
	m->text = (struct pool){ 0 };
	for (size_t i = 0; i < m->tracks * m->tracks; i++)
		m->twin[i].alike = m->twin[i].unlike = 0;
	boot_mark_read(m->root, &m->boot);
	for (size_t i = 0; i < m->tracks; i++)
		if (m->track[i].ch->driver[0])
			driver_mark_read(m->root, m->track[i].ch->driver, &m->track[i].driver);
	metering_read_all(m, READ_BEGIN);
	for (size_t i = 0; i < m->tracks; i++) {
		struct track *t = &m->track[i];

		metering_follow_from_here(t);
		t->same_as = i;
		if (t->ch->st == CM_OK && t->st != CM_OK)
			metering_void(t, "the reading at the window's start failed%s%s",
				   t->lost[0] ? ": " : "", t->lost);
	}
	m->t_begin = metering_now_s(m);
	for (size_t i = 0; i < m->tracks; i++)
		m->track[i].off_first = m->t_begin - m->track[i].t;
	trace_begin(m);
	m->running = true;
	return CM_OK;
}

enum cm_status metering_poll(struct metering *m, struct cm_err *err)
{
	if (!m->running)
		return cm_fail(err, CM_EINTERNAL, "metering_poll() outside a window");
	metering_follow(m, READ_POLL);
	trace_add(m);
	return CM_OK;
}

static void gather_counts(struct metering *m, struct metering_result *out)
{
	for (size_t i = 0; i < m->tracks; i++) {
		const struct track *t = &m->track[i];
		double d = t->value - t->first;

		if (t->ch->kind != CM_EVENT_COUNTER || metering_bystander(m, t))
			continue;
		if (t->ch->wraps_at > 0 && d < 0)
			d += t->ch->wraps_at;
		m->count[out->counts++] = (struct metering_count){
			.name = t->ch->name, .unit = t->ch->unit ? t->ch->unit : "",
			.value = t->ch->st == CM_OK && !t->why[0] && d >= 0 ? d : NAN,
			.missing = t->ch->st != CM_OK ? t->ch->reason :
				   t->why[0]	      ? pool_dup(&m->text, t->why) :
				   d < 0	      ? "the counter ran backward" : NULL,
		};
	}
	out->count = m->count;
}

/* Readings with times of their own end where the source read last, so they stand for the window by their
 * rate. What that may have missed is in the edge error. */
static void fill_windows(struct metering *m, double window_s)
{
	for (size_t i = 0; i < m->tracks; i++) {
		struct track *t = &m->track[i];

		t->span = t->t - t->t_first;
		t->off_last = m->t_begin + window_s - t->t;
		if (t->stamped && t->span > 0 && metering_draws(t->ch))
			t->joules *= window_s / t->span;
	}
}

/* Another boot or another load of a driver voids what was counted across it, and is the reason before
 * any other: a counter that began anew may by chance lie above its first reading. */
static void void_by_marks(struct metering *m)
{
	struct boot_mark boot;
	char why[200];

	boot_mark_read(m->root, &boot);
	for (size_t i = 0; i < m->tracks; i++) {
		struct track *t = &m->track[i];
		struct driver_mark now;

		if (boot_changed(&m->boot, &boot, why, sizeof why)) {
			memcpy(t->why, why, sizeof t->why);
			continue;
		}
		if (!t->ch->driver[0])
			continue;
		driver_mark_read(m->root, t->ch->driver, &now);
		if (driver_changed(t->ch->driver, &t->driver, &now, why, sizeof why))
			memcpy(t->why, why, sizeof t->why);
	}
}

enum cm_status metering_end(struct metering *m, struct metering_result *out, struct cm_err *err)
{
	struct metering_result r = { .scope = "", .covers = "", .meter = "", .channels = "",
				     .note = "" };
	double t_end = metering_now_s(m);

	if (!m->running)
		return cm_fail(err, CM_EINTERNAL, "metering_end() outside a window");
	metering_follow(m, READ_END);
	trace_add(m);
	m->running = false;
	r.window_s = t_end - m->t_begin;
	fill_windows(m, r.window_s);
	void_by_marks(m);
	r.boot_id = pool_dup(&m->text, m->boot.id);
	metering_choose(m, true);
	metering_sum(m, r.window_s, &r);
	trace_cut(m, &r);
	gather_counts(m, &r);
	*out = r;
	return CM_OK;
}

/* ---- the channels, for display ------------------------------------------------------------- */

size_t metering_channels(const struct metering *m, const struct metering_channel **out)
{
	*out = m->channel;
	return m->channels;
}

static const char *looks_like(struct metering *m, size_t i)
{
	const struct track *t = &m->track[i];

	if (t->ch->kind != CM_ENERGY_COUNTER || t->st != CM_OK)
		return "";
	for (size_t k = 0; k < i; k++) {
		const struct track *o = &m->track[k];

		if (o->ch->kind == CM_ENERGY_COUNTER && o->st == CM_OK && o->value > 0 &&
		    o->ch->scope == t->ch->scope &&
		    fabs(o->value - t->value) <= 2 * fmax(o->ch->step, t->ch->step))
			return pool_printf(&m->text, "same reading as %s: counted once while it stays so",
					   o->ch->name);
	}
	return "";
}

enum cm_status metering_read(struct metering *m, struct cm_err *err)
{
	if (m->running)
		return cm_fail(err, CM_EINTERNAL, "metering_read() inside a window");
	pool_free(&m->text);
	m->text = (struct pool){ 0 };
	metering_read_all(m, READ_BEGIN);
	for (size_t c = 0, i = 0; c < m->channels; c++) {
		struct metering_channel *ch = &m->channel[c];

		if (!ch->channel)
			continue;
		ch->value = m->track[i].value;
		ch->refresh_ns = (uint64_t)(m->track[i].refresh_s * 1e9);
		ch->flag = looks_like(m, i);
		i++;
	}
	return CM_OK;
}
