/*
 * Which channels may be added up, and why the others not.
 *
 * Exists so that no watt is counted twice: mirrors are counted once, a part never beside its
 * whole, and a model only where no meter looks. Knows scopes, `covers` and readings; no meter
 * and no channel by name.
 */
#include <math.h>
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

bool metering_live(const struct track *t)
{
	return !t->role && t->ch->st == CM_OK;
}

/* ---- mirrors ------------------------------------------------------------------------------- */

/* A counter that stood still for the whole window, beside another of the same part that moved, is dead. */
static bool stood_still(const struct track *t)
{
	return t->ch->kind == CM_ENERGY_COUNTER && t->joules <= 0;
}

static bool better(const struct track *a, const struct track *b)
{
	if (!a->why[0] != !b->why[0])
		return !a->why[0];
	if (stood_still(a) != stood_still(b))
		return stood_still(b);
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

/*
 * An update of the counter may fall between the readings of its two names: increments then differ once, and
 * by the opposite at the next reading, so that the sums stay within one update of each other. Two sockets
 * under one cap stay near each other too, but their increments are not equal to a few steps.
 */
bool metering_one_counter(const struct twin *w)
{
	return w->alike >= 10 && w->alike >= 3 * w->unlike;
}

/* One counter shown twice: equal readings at both ends, or increments that never differed for long. */
static bool repeats(const struct metering *m, size_t a, size_t b)
{
	const struct track *x = &m->track[a], *y = &m->track[b];
	struct twin *w = &m->twin[a * m->tracks + b];
	const double tick = x->span > 0 ? x->joules / x->span * (x->refresh_s + x->half) : 0;
	const double near = 2 * fmax(x->ch->step, y->ch->step) + tick;

	if (x->ch->kind != y->ch->kind || !metering_draws(x->ch))
		return false;
	if (x->why[0] || y->why[0] || x->joules <= 0 || y->joules <= 0)
		return false;
	/* Watts come in coarse steps: two supplies that share a load may agree for a while. */
	if (x->ch->kind == CM_POWER_SAMPLE)
		return w->unlike == 0 && w->alike >= 10;
	if ((w->unlike == 0 && w->alike >= 3) ||
	    ((w->one || metering_one_counter(w)) && fabs(x->joules - y->joules) <= near))
		return w->one = true;
	/* A counter that began at zero with its neighbour is near it for a while. */
	return x->first > 1000 * near && fabs(x->first - y->first) <= near &&
	       fabs(x->value - y->value) <= near;
}

static void find_mirrors(struct metering *m, bool windowed)
{
	for (size_t a = 0; a < m->tracks; a++) {
		for (size_t b = a + 1; b < m->tracks; b++) {
			const struct track *x = &m->track[a], *y = &m->track[b];

			if (!metering_live(x))
				break;
			if (!metering_live(y) || x->ch->scope != y->ch->scope)
				continue;
			if (strcmp(x->ch->covers, y->ch->covers) == 0)
				mirror(m, a, b, "mirror of");
			else if (windowed && repeats(m, a, b))
				mirror(m, a, b, "repeats the readings of");
		}
	}
}

/* ---- containment --------------------------------------------------------------------------- */

bool metering_whole_machine(enum cm_scope s)
{
	return s == CM_SCOPE_NODE || s == CM_SCOPE_WALL;
}

/* Does `covers` of the whole name the part's, or its beginning: "socket 0" and "socket 0 die 1"? */
bool metering_names(const char *whole, const char *part)
{
	size_t n = strlen(whole);

	return strncmp(whole, part, n) == 0 && (part[n] == '\0' || part[n] == ' ');
}

bool metering_is_machine(const struct meter_channel *ch)
{
	return metering_whole_machine(ch->scope) && strcmp(ch->covers, CM_COVERS_MACHINE) == 0;
}

bool metering_contains(const struct meter_channel *whole, const struct meter_channel *part)
{
	if (metering_is_machine(whole) && whole->scope == part->scope && !metering_is_machine(part))
		return true;
	if (metering_whole_machine(whole->scope))
		return part->scope != CM_SCOPE_WALL && part->scope != whole->scope;
	if (whole->scope == CM_SCOPE_PACKAGE)
		return part->scope == CM_SCOPE_PROCESS ||
		       (part->scope == CM_SCOPE_CORE && metering_names(whole->covers, part->covers));
	if (whole->scope == CM_SCOPE_DEVICE)
		return part->scope == CM_SCOPE_CORE && metering_names(whole->covers, part->covers);
	return whole->scope == CM_SCOPE_CORE && part->scope == CM_SCOPE_PROCESS;
}

static const char *why_not(struct metering *m, const struct track *t)
{
	for (size_t i = 0; i < m->tracks; i++) {
		const struct track *o = &m->track[i];

		if (!metering_live(o) || !metering_draws(o->ch))
			continue;
		if (metering_contains(o->ch, t->ch))
			return pool_printf(&m->text, "inside %s", o->ch->name);
		if (metering_contains(t->ch, o->ch))
			return pool_printf(&m->text, "contains %s", o->ch->name);
	}
	return t->ch->basis == CM_MODELLED ? "a meter covers it" : "not of the chosen cut";
}

static const struct cut *find_cut(const struct metering *m, enum cm_basis basis)
{
	for (size_t c = 0; c < CM_COUNT(cuts); c++) {
		for (size_t i = 0; i < m->tracks; i++) {
			const struct track *t = &m->track[i];

			if (metering_live(t) && t->ch->basis == basis && (cuts[c].needs & BIT(t->ch->scope)))
				return &cuts[c];
		}
	}
	return NULL;
}

/* Does a stand for the whole machine rather than b? One that says so before a sum of parts of unknown
 * completeness, a meter before a model, a counter before samples. */
static bool stands_better(const struct track *a, const struct track *b)
{
	if (metering_is_machine(a->ch) != metering_is_machine(b->ch))
		return metering_is_machine(a->ch);
	return better(a, b);
}

/* There is one machine: what two meters call the node, or the wall, is the same watts again. */
static void keep_one_meter(struct metering *m, enum cm_scope scope)
{
	const struct track *best = NULL;

	for (size_t i = 0; i < m->tracks; i++) {
		const struct track *t = &m->track[i];

		if (metering_live(t) && t->ch->scope == scope && (!best || stands_better(t, best)))
			best = t;
	}
	for (size_t i = 0; best && i < m->tracks; i++) {
		struct track *t = &m->track[i];

		if (metering_live(t) && t->ch->scope == scope && t->meter != best->meter)
			t->role = pool_printf(&m->text, "the same machine as %s", best->ch->name);
	}
}

/* Parts of the node or wall beside the one channel that sees all of it. */
static void drop_inner(struct metering *m)
{
	for (size_t i = 0; i < m->tracks; i++) {
		for (size_t k = 0; k < m->tracks; k++) {
			const struct track *whole = &m->track[i], *part = &m->track[k];

			if (metering_live(whole) && metering_live(part) && metering_is_machine(whole->ch) &&
			    whole->ch->scope == part->ch->scope && !metering_is_machine(part->ch))
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
			  t->ch->kind == CM_GAUGE	  ? "tells of a condition" :
			  t->ch->st != CM_OK		  ? t->ch->reason :
			  t->ch->aside ? "shown beside the sum: another meter may count it too" :
			  metering_bystander(m, t);
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

		out[i] = metering_live(t) && !(cut && t->ch->basis == basis &&
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
