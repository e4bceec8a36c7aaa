/*
 * Channels of files that vendors' tools wrote (see dump_meter.h).
 *
 * A gap of more than three periods is marked, not filled in silence; a moment before the last one is a
 * clock that was set, and nothing is integrated across it. Must not know vendors or formats.
 */
#include "base/dump_meter.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define GAP 3            /* periods */
#define DAY_S 86400.0

struct dump_log {
	size_t readings, words;  /* that are numbers; that are none */
	double sum;              /* of them */
	double first, last;      /* of them */
	double t_first, t_last;  /* NaN: no moment was said */
	double joules;           /* power: by trapezoids */
	double gained;           /* counters: since the first */
	double *gap;             /* seconds between readings that follow each other */
	size_t gaps, cap;
	bool backward, fell;     /* the clock; a counter */
};

/* ---- quantities ---------------------------------------------------------------------------- */

/* A number whose point may be a comma. "1,234" may be either: false. */
static const char *number(const char *text, double *out)
{
	char plain[40];
	size_t n = strspn(text, "+-.0123456789eE,");
	char *comma, *end;

	if (n >= sizeof plain)
		return NULL;
	memcpy(plain, text, n);
	plain[n] = '\0';
	comma = strchr(plain, ',');
	if (comma) {
		const size_t digits = strspn(comma + 1, "0123456789");

		if (digits == 0 || digits == 3 || strchr(comma + 1, ',') || strchr(plain, '.'))
			return NULL;
		*comma = '.';
	}
	*out = strtod(plain, &end);
	return end == plain || !isfinite(*out) ? NULL : text + (end - plain);
}

bool dump_quantity(const char *text, const char *unit, const char *want, double *out)
{
	static const struct { const char *unit, *want; double scale; } units[] = {
		{ "W", "W", 1 },     { "mW", "W", 1e-3 }, { "uW", "W", 1e-6 }, { "kW", "W", 1e3 },
		{ "Watts", "W", 1 }, { "J", "J", 1 },     { "mJ", "J", 1e-3 }, { "uJ", "J", 1e-6 },
		{ "kJ", "J", 1e3 },  { "MJ", "J", 1e6 },  { "Wh", "J", 3600 }, { "kWh", "J", 3.6e6 },
		{ "s", "s", 1 },     { "ms", "s", 1e-3 }, { "us", "s", 1e-6 }, { "ns", "s", 1e-9 },
		{ "C", "C", 1 },     { "c", "C", 1 },     { "\xC2\xB0" "C", "C", 1 }, { "mC", "C", 1e-3 },
		{ "Celsius", "C", 1 },
	};
	const bool below = want[0] == 'C';
	const char *end;
	double v;

	if (!text || !(isdigit((unsigned char)*text) || (below && *text == '-')))
		return false;
	end = number(text, &v);
	if (!end)
		return false;
	end += strspn(end, " \t");
	if (*end && unit && *unit && strcmp(end, unit) != 0)
		return false;
	unit = *end ? end : unit ? unit : "";
	for (size_t i = 0; i < CM_COUNT(units); i++) {
		if (strcmp(units[i].want, want) == 0 && strcmp(units[i].unit, unit) == 0) {
			*out = v * units[i].scale;
			return true;
		}
	}
	return false;
}

double dump_quantity_or_0(const char *text, const char *unit, const char *want)
{
	double v = 0;

	return dump_quantity(text, unit, want, &v) ? v : 0;
}

static void say_why(struct meter_channel *ch, const char *text, const char *unit)
{
	double v;

	ch->st = CM_ABSENT;
	if (!text)
		snprintf(ch->reason, sizeof ch->reason, "the dump has no such line for this GPU");
	else if (isdigit((unsigned char)*text) && number(text, &v) && unit && *unit)
		snprintf(ch->reason, sizeof ch->reason, "the dump says \"%.40s\" in \"%.20s\", which is "
			 "no unit of this here", text, unit);
	else if (isdigit((unsigned char)*text) && number(text, &v))
		snprintf(ch->reason, sizeof ch->reason,
			 "the dump says \"%.40s\" without a unit that is known here", text);
	else if (isdigit((unsigned char)*text) && strchr(text, ','))
		snprintf(ch->reason, sizeof ch->reason, "the dump says \"%.40s\", whose comma may be a "
			 "point or part thousands", text);
	else
		snprintf(ch->reason, sizeof ch->reason, "the dump says \"%.60s\" of it", text);
}

/* ---- readings ------------------------------------------------------------------------------ */

static size_t place_of(struct meter_ctx *c, const struct meter_channel *like)
{
	for (size_t i = c->n; i-- > 0;) { /* logs come GPU by GPU: the last are near */
		if (strcmp(c->channel[i].name, like->name) == 0)
			return i;
	}
	CM_PUSH(c->channel, c->n, c->cap);
	c->value = cm_realloc(c->value, c->cap * sizeof *c->value);
	c->log = cm_realloc(c->log, c->cap * sizeof *c->log);
	c->log[c->n] = (struct dump_log){ .t_first = NAN, .t_last = NAN };
	return c->n++;
}

/* Seconds from the last moment to t_s; a time of day that starts again is the next day. NaN: no such. */
static double passed(struct dump_log *g, double *t_s)
{
	if (g->t_first < DAY_S && *t_s < DAY_S) {
		while (*t_s < g->t_last - DAY_S / 2)
			*t_s += DAY_S;
	}
	return round((*t_s - g->t_last) * 1e6) * 1e-6; /* no tool writes finer ones */
}

static void follow(struct dump_log *g, const struct meter_channel *ch, double v, double t_s)
{
	const double dt = passed(g, &t_s);

	if (g->readings && dt > 0) {
		g->joules += (g->last + v) / 2 * dt;
		CM_PUSH(g->gap, g->gaps, g->cap);
		g->gap[g->gaps++] = dt;
	}
	g->backward |= g->readings && dt < 0;
	g->fell |= g->readings && ch->kind != CM_POWER_SAMPLE && v < g->last;
	if (g->readings)
		g->gained += v - g->last;
	if (!g->readings) {
		g->first = v;
		g->t_first = t_s;
	}
	g->sum += v;
	g->last = v;
	g->t_last = isnan(t_s) ? g->t_last : t_s;
	g->readings++;
}

void dump_add(struct meter_ctx *c, const struct meter_channel *like, const char *text, const char *unit,
	      double t_s)
{
	const size_t i = place_of(c, like);
	struct meter_channel *ch = &c->channel[i];
	const char *dot = text ? strpbrk(text, ".,") : NULL;
	double v = NAN;

	*ch = *like;
	if (!dump_quantity(text, unit, like->unit, &v)) {
		say_why(ch, text, unit);
		c->log[i].words++;
	} else if (c->log[i].readings < 1000000) {
		follow(&c->log[i], ch, v, t_s);
	}
	/* Tools print "39.0" of whole watts: one digit behind the point is none. */
	if (ch->step == 0 && strcmp(ch->unit, "W") == 0)
		ch->step = dot && strspn(dot + 1, "0123456789") > 1 ? 0.01 : 1;
	c->value[i] = v;
}

/* ---- logs ---------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void append(char *to, size_t cap, const char *text)
{
	const size_t n = strlen(to);

	snprintf(to + n, cap - n, "%s%s", n ? ", " : "", text);
}

/* What is to be said of a log's times. */
static void say_times(const struct dump_log *g, char *note, size_t cap)
{
	char text[120];

	if (g->words) {
		snprintf(text, sizeof text, "%zu rows without a number", g->words);
		append(note, cap, text);
	}
	if (g->backward)
		append(note, cap, "its clock was set back, and that time is left out");
	if (g->gaps > 2) {
		const double period = g->gap[g->gaps / 2], most = g->gap[g->gaps - 1];

		if (most > GAP * period) {
			snprintf(text, sizeof text, "a gap of %.4g s where readings are %.4g s apart", most,
				 period);
			append(note, cap, text);
		}
	}
}

static double length(const struct dump_log *g)
{
	double s = 0;

	for (size_t i = 0; i < g->gaps; i++)
		s += g->gap[i];
	return s;
}

/* A channel beside the log's own, of the joules or seconds that it holds. */
static void add_total(struct meter_ctx *c, size_t of)
{
	const bool power = c->channel[of].kind == CM_POWER_SAMPLE;
	const double s = length(&c->log[of]);
	struct meter_channel total = c->channel[of];
	char text[200];
	size_t i;

	snprintf(total.name, sizeof total.name, "%.70s, over the log", c->channel[of].name);
	total.st = CM_OK;
	total.reason[0] = '\0';
	if (power) {
		total.kind = CM_ENERGY_COUNTER;
		total.unit = "J";
		total.step = 0;
	}
	i = place_of(c, &total);
	c->channel[i] = total;
	c->log[i].t_first = NAN;
	c->value[i] = power ? c->log[of].joules : c->log[of].gained;
	if (power)
		snprintf(text, sizeof text, "trapezoids of %zu readings over %.6g s, mean %.4g W",
			 c->log[of].readings, s, c->log[of].joules / s);
	else
		snprintf(text, sizeof text, "last of %zu readings less the first%s", c->log[of].readings,
			 c->log[of].fell ? "" : ", no reading below the one before");
	snprintf(c->channel[i].note, sizeof c->channel[i].note, "%s", text);
	say_times(&c->log[of], c->channel[i].note, sizeof c->channel[i].note);
	if (!power && c->log[of].fell) {
		c->channel[i].st = CM_EDRIVER;
		c->value[i] = NAN;
		snprintf(c->channel[i].reason, sizeof c->channel[i].reason,
			 "the counter fell within the log, "
			 "from a reset or a wrap that the log does not tell apart");
	}
}

void dump_close_logs(struct meter_ctx *c)
{
	const size_t n = c->n;

	for (size_t i = 0; i < n; i++) {
		struct dump_log *g = &c->log[i];
		const bool power = c->channel[i].kind == CM_POWER_SAMPLE;
		char text[120];

		if (g->readings < 2)
			continue;
		if (g->gaps)
			qsort(g->gap, g->gaps, sizeof *g->gap, by_size);
		if (power && !g->gaps)
			snprintf(text, sizeof text, "last of %zu readings without a time each, whose mean is "
				 "%.4g W", g->readings, g->sum / (double)g->readings);
		else
			snprintf(text, sizeof text, "last of %zu readings", g->readings);
		append(c->channel[i].note, sizeof c->channel[i].note, text);
		if (c->channel[i].kind != CM_GAUGE && (!power || g->gaps))
			add_total(c, i);
	}
}

/* ---- of struct meter ----------------------------------------------------------------------- */

void dump_close(struct meter_ctx *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->log[i].gap);
	free(c->channel);
	free(c->value);
	free(c->log);
	free(c);
}

size_t dump_channels(struct meter_ctx *c, const struct meter_channel **out)
{
	*out = c->channel;
	return c->n;
}

enum cm_status dump_read(struct meter_ctx *c, struct meter_value *values, struct cm_err *err)
{
	(void)err;
	for (size_t i = 0; i < c->n; i++)
		values[i] = (struct meter_value){ c->channel[i].st ? 0 : c->value[i], c->channel[i].st };
	return CM_OK;
}
