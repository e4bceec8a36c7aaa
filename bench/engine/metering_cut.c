/*
 * Which channels may be added up, and what their sum is worth.
 *
 * Exists so that no watt is counted twice: mirrors are counted once, a part never beside its
 * whole, and a model only where no meter looks. Knows scopes, `covers` and readings; no meter
 * and no channel by name.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/metering_inner.h"

#define BIT(scope) (1u << (scope))

/* A cut: scopes that lie beside each other. The first that has a live channel of `needs` is taken:
 * the parts that do the work before the whole node, which shares its watts with everything else. */
static const struct cut { unsigned needs, takes; } cuts[] = {
	{ BIT(CM_SCOPE_PACKAGE) | BIT(CM_SCOPE_DEVICE),
	  BIT(CM_SCOPE_PACKAGE) | BIT(CM_SCOPE_DEVICE) | BIT(CM_SCOPE_DRAM) },
	{ BIT(CM_SCOPE_NODE), BIT(CM_SCOPE_NODE) },
	{ BIT(CM_SCOPE_WALL), BIT(CM_SCOPE_WALL) },
	{ BIT(CM_SCOPE_CORE), BIT(CM_SCOPE_CORE) },
	{ BIT(CM_SCOPE_PROCESS), BIT(CM_SCOPE_PROCESS) },
};

static bool live(const struct track *t)
{
	return !t->role && t->ch->st == CM_OK;
}

/* Update period of power samples and counters alike, as watts times seconds at one edge. */
static double edge_j(const struct track *t, double window_s)
{
	double span = t->span;
	double watts = span > 0 ? t->joules / (t->stamped ? window_s : span) : 0;
	double edge = watts * (t->refresh_s + t->half + t->half_first + fabs(span - window_s)) +
		      t->ch->step;

	if (t->ch->kind == CM_POWER_SAMPLE) /* what lay between the samples was not seen */
		edge += (t->w_max - t->w_min) / 2 * span / sqrt(t->reads);
	return edge;
}

/* ---- mirrors ------------------------------------------------------------------------------- */

static bool better(const struct track *a, const struct track *b)
{
	if (!a->why[0] != !b->why[0])
		return !a->why[0];
	if (a->ch->basis != b->ch->basis)
		return a->ch->basis < b->ch->basis;
	if (a->ch->kind != b->ch->kind)
		return a->ch->kind == CM_ENERGY_COUNTER;
	return a->refresh_s < b->refresh_s;
}

static void mirror(struct metering *m, size_t a, size_t b, const char *how)
{
	size_t keep = better(&m->track[b], &m->track[a]) ? b : a, drop = keep == a ? b : a;

	m->track[drop].same_as = keep;
	m->track[drop].role = pool_printf(&m->text, "%s %s", how, m->track[keep].ch->name);
}

/* One counter shown twice: equal readings at both ends, or increments that never differed. */
static bool repeats(const struct metering *m, size_t a, size_t b)
{
	const struct track *x = &m->track[a], *y = &m->track[b];
	const struct twin *w = &m->twin[a * m->tracks + b];
	double span = x->span;
	double tick = span > 0 ? x->joules / span * (x->refresh_s + x->half) : 0;
	double near = 2 * fmax(x->ch->step, y->ch->step) + tick;

	if (x->ch->kind != y->ch->kind || x->ch->kind == CM_EVENT_COUNTER)
		return false;
	if (x->why[0] || y->why[0] || x->joules <= 0 || y->joules <= 0)
		return false;
	/* Watts come in coarse steps: two supplies that share a load may agree for a while. */
	if (w->unlike == 0 && w->alike >= (x->ch->kind == CM_POWER_SAMPLE ? 10 : 3))
		return true;
	if (x->ch->kind == CM_POWER_SAMPLE)
		return false;
	/* A counter that began at zero with its neighbour is near it for a while. */
	return x->first > 1000 * near && fabs(x->first - y->first) <= near &&
	       fabs(x->value - y->value) <= near;
}

static void find_mirrors(struct metering *m, bool windowed)
{
	for (size_t a = 0; a < m->tracks; a++) {
		for (size_t b = a + 1; b < m->tracks; b++) {
			const struct track *x = &m->track[a], *y = &m->track[b];

			if (!live(x))
				break;
			if (!live(y) || x->ch->scope != y->ch->scope)
				continue;
			if (strcmp(x->ch->covers, y->ch->covers) == 0)
				mirror(m, a, b, "mirror of");
			else if (windowed && repeats(m, a, b))
				mirror(m, a, b, "repeats the readings of");
		}
	}
}

/* ---- containment --------------------------------------------------------------------------- */

static bool whole_machine(enum cm_scope s)
{
	return s == CM_SCOPE_NODE || s == CM_SCOPE_WALL;
}

/* Does `covers` of the whole name the part's, or its beginning: "socket 0" and "socket 0 die 1"? */
static bool names(const char *whole, const char *part)
{
	size_t n = strlen(whole);

	return strncmp(whole, part, n) == 0 && (part[n] == '\0' || part[n] == ' ');
}

static bool is_machine(const struct meter_channel *ch)
{
	return whole_machine(ch->scope) && strcmp(ch->covers, CM_COVERS_MACHINE) == 0;
}

static bool contains(const struct meter_channel *whole, const struct meter_channel *part)
{
	if (is_machine(whole) && whole->scope == part->scope && !is_machine(part))
		return true;
	if (whole_machine(whole->scope))
		return part->scope != CM_SCOPE_WALL && part->scope != whole->scope;
	if (whole->scope == CM_SCOPE_PACKAGE)
		return part->scope == CM_SCOPE_PROCESS ||
		       (part->scope == CM_SCOPE_CORE && names(whole->covers, part->covers));
	if (whole->scope == CM_SCOPE_DEVICE)
		return part->scope == CM_SCOPE_CORE && names(whole->covers, part->covers);
	return whole->scope == CM_SCOPE_CORE && part->scope == CM_SCOPE_PROCESS;
}

static const char *why_not(struct metering *m, const struct track *t)
{
	for (size_t i = 0; i < m->tracks; i++) {
		const struct track *o = &m->track[i];

		if (!live(o) || o->ch->kind == CM_EVENT_COUNTER)
			continue;
		if (contains(o->ch, t->ch))
			return pool_printf(&m->text, "inside %s", o->ch->name);
		if (contains(t->ch, o->ch))
			return pool_printf(&m->text, "contains %s", o->ch->name);
	}
	return t->ch->basis == CM_MODELLED ? "a meter covers it" : "not of the chosen cut";
}

static const struct cut *find_cut(const struct metering *m, enum cm_basis basis)
{
	for (size_t c = 0; c < CM_COUNT(cuts); c++) {
		for (size_t i = 0; i < m->tracks; i++) {
			const struct track *t = &m->track[i];

			if (live(t) && t->ch->basis == basis && (cuts[c].needs & BIT(t->ch->scope)))
				return &cuts[c];
		}
	}
	return NULL;
}

/* Does a stand for the whole machine rather than b? One that says so before a sum of parts of unknown
 * completeness, a meter before a model, a counter before samples. */
static bool stands_better(const struct track *a, const struct track *b)
{
	if (is_machine(a->ch) != is_machine(b->ch))
		return is_machine(a->ch);
	return better(a, b);
}

/* There is one machine: what two meters call the node, or the wall, is the same watts again. */
static void keep_one_meter(struct metering *m, enum cm_scope scope)
{
	const struct track *best = NULL;

	for (size_t i = 0; i < m->tracks; i++) {
		const struct track *t = &m->track[i];

		if (live(t) && t->ch->scope == scope && (!best || stands_better(t, best)))
			best = t;
	}
	for (size_t i = 0; best && i < m->tracks; i++) {
		struct track *t = &m->track[i];

		if (live(t) && t->ch->scope == scope && t->meter != best->meter)
			t->role = pool_printf(&m->text, "the same machine as %s", best->ch->name);
	}
}

/* Parts of the node or wall beside the one channel that sees all of it. */
static void drop_inner(struct metering *m)
{
	for (size_t i = 0; i < m->tracks; i++) {
		for (size_t k = 0; k < m->tracks; k++) {
			const struct track *whole = &m->track[i], *part = &m->track[k];

			if (live(whole) && live(part) && is_machine(whole->ch) &&
			    whole->ch->scope == part->ch->scope && !is_machine(part->ch))
				m->track[k].role = pool_printf(&m->text, "inside %s", whole->ch->name);
		}
	}
}

void metering_choose(struct metering *m, bool windowed)
{
	enum cm_basis basis = CM_MEASURED;
	const struct cut *cut;
	bool *out = cm_alloc((m->tracks + 1) * sizeof *out);

	for (size_t i = 0; i < m->tracks; i++) {
		struct track *t = &m->track[i];

		t->role = t->ch->kind == CM_EVENT_COUNTER ? "counts events" :
			  t->ch->st != CM_OK		  ? t->ch->reason :
			  t->ch->aside ? "shown beside the sum: another meter may count it too" : NULL;
	}
	keep_one_meter(m, CM_SCOPE_NODE);
	keep_one_meter(m, CM_SCOPE_WALL);
	find_mirrors(m, windowed);
	drop_inner(m);
	cut = find_cut(m, basis);
	if (!cut) {
		basis = CM_MODELLED;
		cut = find_cut(m, basis);
	}
	for (size_t i = 0; i < m->tracks; i++) {
		const struct track *t = &m->track[i];

		out[i] = live(t) && !(cut && t->ch->basis == basis &&
				      (cut->takes & BIT(t->ch->scope)));
	}
	/* Two passes: the sentences name channels that stay. */
	for (size_t i = 0; i < m->tracks; i++) {
		if (out[i])
			m->track[i].role = "";
	}
	for (size_t i = 0; i < m->tracks; i++) {
		if (out[i])
			m->track[i].role = why_not(m, &m->track[i]);
	}
	free(out);
}

/* ---- the sum ------------------------------------------------------------------------------- */

/* NULL, or why this channel has no figure for the window. */
static const char *no_figure(struct metering *m, const struct track *t, double window_s)
{
	double edge = edge_j(t, window_s);

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
	if (t->ch->kind == CM_ENERGY_COUNTER && t->joules <= 0)
		return pool_printf(&m->text, "the counter did not change in %.3g s", window_s);
	return NULL;
}

static struct figure part_figure(struct metering *m, const struct track *t, double window_s)
{
	const char *why = t->ch->kind == CM_EVENT_COUNTER ? "counts events, not joules" :
							    no_figure(m, t, window_s);
	double edge = edge_j(t, window_s);

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
		if (live(t) && t->ch->scope == CM_SCOPE_DRAM && !t->why[0] && t->joules <= 0)
			t->role = "did not change in the window";
		m->part[i].counted = live(t);
		m->part[i].role = t->role ? t->role : "counted";
	}
}

/* Joins words with `sep`, each once. */
static void join(struct str *s, const char *sep, const char *word)
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

static const char *keep(struct metering *m, struct str *s)
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
			join(&scope, " + ", cm_scope_word(s));
			join(&covers, ", ", p->covers);
			join(&meter, ", ", p->meter);
			join(&channels, ", ", p->channel);
		}
	}
	r->scope = keep(m, &scope);
	r->covers = keep(m, &covers);
	r->meter = keep(m, &meter);
	r->channels = keep(m, &channels);
}

/* ---- the audit: devices, supplies' outputs <= node <= wall ---------------------------------- */

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

/* All of one scope by one meter: what says that it sees the machine, else the sum of its parts. */
static struct sum whole_of(struct metering *m, const struct meter *meter, enum cm_scope scope)
{
	struct sum machine = { 0 }, parts = { 0 };

	for (size_t i = 0; i < m->tracks; i++) {
		const struct track *t = &m->track[i];

		if (t->meter != meter || t->ch->scope != scope || t->ch->aside ||
		    m->part[i].joules.missing || t->same_as != i)
			continue;
		if (!is_machine(t->ch))
			sum_add(m, &parts, &m->part[i]);
		else if (!machine.n)
			sum_add(m, &machine, &m->part[i]);
	}
	return machine.n ? machine : parts;
}

/* Parts that one meter shows beside its sum: a controller's processors and cards, or supplies' outputs. */
static struct sum aside_of(struct metering *m, const struct meter *meter, bool supplies)
{
	struct sum s = { 0 };

	for (size_t i = 0; i < m->tracks; i++) {
		const struct track *t = &m->track[i];
		bool twice = false;

		if (t->meter != meter || !t->ch->aside || m->part[i].joules.missing ||
		    whole_machine(t->ch->scope) != supplies)
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
			compare(note, &counted, &nodes[i]);
			compare(note, &counted, &walls[i]);
		}
		for (size_t k = 0; k < n; k++)
			compare(note, &nodes[i], &walls[k]);
	}
}

/* Is what an unreadable channel would have said in the sum by another way? */
static bool replaced(const struct metering *m, const struct track *t)
{
	for (size_t i = 0; i < m->tracks; i++) {
		const struct meter_channel *o = m->track[i].ch;

		if (m->part[i].counted &&
		    (contains(o, t->ch) || contains(t->ch, o) ||
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

/* The share of the window for which a limit held a device back. */
static void add_held(const struct metering *m, double window_s, struct str *note)
{
	for (size_t i = 0; i < m->tracks; i++) {
		const struct track *t = &m->track[i];
		const double held_s = t->value - t->first;

		if (t->ch->kind == CM_EVENT_COUNTER && !strcmp(t->ch->unit, "s") && !t->why[0] &&
		    t->ch->st == CM_OK && held_s > 0.01 * window_s)
			str_addf(note, "%s%s for %.0f %% of the window", note->len ? "; " : "",
				 t->ch->name, 100 * fmin(1, held_s / window_s));
	}
}

static void write_note(struct metering *m, struct metering_result *r)
{
	struct str s = { 0 };
	char text[400];

	for (size_t i = 0; i < m->tracks; i++) {
		const struct track *t = &m->track[i];

		if (m->part[i].counted && t->ch->note[0])
			join(&s, "; ", t->ch->note);
		if (m->part[i].counted && t->ch->err_source[0]) {
			snprintf(text, sizeof text, "error band %+.0f %% to %+.0f %%: %s",
				 100 * t->ch->err_lo, 100 * t->ch->err_hi, t->ch->err_source);
			join(&s, "; ", text);
		}
		if ((t->ch->st == CM_DENIED || t->ch->st == CM_ABSENT || t->ch->st == CM_EDRIVER) &&
		    t->ch->kind != CM_EVENT_COUNTER &&
		    (r->joules.basis == CM_MODELLED || !replaced(m, t))) {
			snprintf(text, sizeof text, "without %s: %s", t->ch->name, t->ch->reason);
			join(&s, "; ", text);
		}
	}
	if (!r->joules.missing && !r->within_target)
		str_addf(&s, "%sthe window's edges may hold %.2g J", s.len ? "; " : "", r->edge_j);
	add_held(m, r->window_s, &s);
	audit_twins(m, &s);
	audit(m, r, &s);
	r->note = keep(m, &s);
}

/* The reason for no figure at all: the first channel that is here but has none, or the first denial. */
static const char *nothing(const struct metering *m)
{
	for (size_t i = 0; i < m->channels; i++) {
		const struct metering_channel *c = &m->channel[i];

		if (c->st == CM_DENIED && (!c->channel || c->channel->kind != CM_EVENT_COUNTER))
			return c->reason;
	}
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
		r->edge_j += edge_j(&m->track[i], window_s);
		basis = cm_basis_weakest(basis, p->joules.basis);
	}
	if (!any)
		why = nothing(m);
	r->part = m->part;
	r->parts = m->tracks;
	r->joules = why ? cm_figure_missing("J", why) : cm_figure_range(j, lo, hi, "J", 1, basis);
	r->watts = why || window_s <= 0 ? cm_figure_missing("W", why ? why : "an empty window") :
		   cm_figure_range(j / window_s, lo / window_s, hi / window_s, "W", 1, basis);
	r->within_target = !why && r->edge_j <= m->edge_error * j;
	if (!why)
		describe(m, r);
	write_note(m, r);
}
