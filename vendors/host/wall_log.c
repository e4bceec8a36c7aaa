/*
 * Reads a wall meter's CSV: which columns are the time and the value, in which unit, row by row.
 *
 * Known by their header: plugs (Shelly, Tasmota, Kasa, Tapo), analysers, PDUs, exports of Home Assistant
 * (entity_id,state,last_changed: a row where a state changed), and SPEC's PTDaemon, which writes no header but
 * Time,…,Watts,… in each row. Separators ',', ';' and tab; lines before the header are passed. Anything else is
 * mapped by the user. Must not judge how old a row is.
 */
#include "wall_log.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/file.h"
#include "base/str.h"
#include "base/stream.h"

#define PREAMBLE 60 /* rows in which the header may be */

/* Names folded to letters and digits. The scale is that of the unit which the name has. */
static const struct { enum wall_column is; const char *name; double scale; } names[] = {
	{ WALL_TIME, "time", 1 }, { WALL_TIME, "timestamp", 1 }, { WALL_TIME, "datetime", 1 },
	{ WALL_TIME, "unixtime", 1 }, { WALL_TIME, "epoch", 1 }, { WALL_TIME, "timestampms", 1 },
	{ WALL_TIME, "times", 1 }, { WALL_TIME, "ts", 1 }, { WALL_TIME, "lastchanged", 1 },
	{ WALL_TIME, "lastupdated", 1 }, { WALL_TIME, "datetimeutc", 1 }, { WALL_TIME, "timeutc", 1 },
	{ WALL_TIME, "timestamputc", 1 }, { WALL_TIME, "localtime", 1 }, { WALL_TIME, "createdat", 1 },
	{ WALL_DATE, "date", 1 }, { WALL_DATE, "storedate", 1 },
	{ WALL_MS, "millisecond", 1 }, { WALL_MS, "milliseconds", 1 },
	{ WALL_ENTITY, "entityid", 1 },
	{ WALL_POWER, "watts", 1 }, { WALL_POWER, "w", 1 }, { WALL_POWER, "watt", 1 },
	{ WALL_POWER, "power", 1 }, { WALL_POWER, "powerw", 1 }, { WALL_POWER, "powerwatts", 1 },
	{ WALL_POWER, "activepower", 1 }, { WALL_POWER, "activepowerw", 1 }, { WALL_POWER, "apower", 1 },
	{ WALL_POWER, "realpower", 1 }, { WALL_POWER, "realpowerw", 1 }, { WALL_POWER, "pw", 1 },
	{ WALL_POWER, "p1", 1 }, { WALL_POWER, "p1w", 1 }, { WALL_POWER, "psigma", 1 },
	{ WALL_POWER, "totalactpower", 1 }, { WALL_POWER, "totalpower", 1 },
	{ WALL_POWER, "totalpowerw", 1 }, { WALL_POWER, "totalactivepower", 1 },
	{ WALL_POWER, "totalactivepowerw", 1 }, { WALL_POWER, "inputpower", 1 },
	{ WALL_POWER, "inputpowerw", 1 }, { WALL_POWER, "currentpower", 1 },
	{ WALL_POWER, "currentpowerw", 1 }, { WALL_POWER, "energypower", 1 },
	{ WALL_POWER, "powerreading", 1 }, { WALL_POWER, "instantaneouspowerreading", 1 },
	{ WALL_POWER, "powermw", 1e-3 }, { WALL_POWER, "mw", 1e-3 },
	{ WALL_POWER, "powerkw", 1e3 }, { WALL_POWER, "kw", 1e3 }, { WALL_POWER, "pwrkw", 1e3 },
	{ WALL_POWER, "activepowerkw", 1e3 }, { WALL_POWER, "totalpowerkw", 1e3 },
	{ WALL_ENERGY, "joules", 1 }, { WALL_ENERGY, "energyj", 1 },
	{ WALL_ENERGY, "wh", 3600 }, { WALL_ENERGY, "energywh", 3600 }, { WALL_ENERGY, "totalwh", 3600 },
	{ WALL_ENERGY, "totalenergywh", 3600 }, { WALL_ENERGY, "aenergytotal", 3600 },
	{ WALL_ENERGY, "kwh", 3.6e6 }, { WALL_ENERGY, "energykwh", 3.6e6 },
	{ WALL_ENERGY, "totalkwh", 3.6e6 }, { WALL_ENERGY, "totalenergykwh", 3.6e6 },
	{ WALL_ENERGY, "energytotal", 3.6e6 }, /* Tasmota's ENERGY.Total */
};

/* What the user may map. */
static const struct { const char *key; enum wall_column is; double scale; } keys[] = {
	{ "time", WALL_TIME, 0 }, { "date", WALL_DATE, 0 }, { "watts", WALL_POWER, 1 },
	{ "mw", WALL_POWER, 1e-3 }, { "kw", WALL_POWER, 1e3 }, { "joules", WALL_ENERGY, 1 },
	{ "wh", WALL_ENERGY, 3600 }, { "kwh", WALL_ENERGY, 3.6e6 }, { "wheach", WALL_EACH, 3600 },
	{ "kwheach", WALL_EACH, 3.6e6 },
};

static const struct { const char *unit; enum wall_column is; double scale; } units[] = {
	{ "mW", WALL_POWER, 1e-3 }, { "W", WALL_POWER, 1 }, { "Watts", WALL_POWER, 1 },
	{ "kW", WALL_POWER, 1e3 }, { "MW", WALL_POWER, 1e6 }, { "J", WALL_ENERGY, 1 },
	{ "kJ", WALL_ENERGY, 1e3 }, { "Wh", WALL_ENERGY, 3600 }, { "kWh", WALL_ENERGY, 3.6e6 },
	{ "MWh", WALL_ENERGY, 3.6e9 },
};

#define NONE ((size_t)-1)

struct reading { /* of one pass over the log */
	size_t at[WALL_COLUMNS];  /* columns, NONE = not there */
	double scale;
	bool pairs;               /* PTDaemon's rows */
	char separator;
	double sum;               /* of intervals' energies */
	double *gap;
	size_t gaps, cap;
	char entity[128];         /* the one that is read; "" = any */
};

/* ---- what the user names -------------------------------------------------------------------------- */

static enum cm_status map_one(struct wall_log *l, const char *key, const char *value, struct cm_err *err)
{
	char *end = NULL;

	if (!strcmp(key, "zone"))
		return wall_zone(value, time(NULL), &l->clock) ? CM_OK :
		       cm_fail(err, CM_EINPUT, "--wall: zone=%s is no offset like +01:00 and no zone like "
			       "Europe/Berlin known here", value);
	if (!strcmp(key, "dates")) {
		l->clock.dates = !strcmp(value, "dmy") ? WALL_DAY_FIRST :
				 !strcmp(value, "mdy") ? WALL_MONTH_FIRST : WALL_DATES_UNKNOWN;
		return l->clock.dates ? CM_OK : cm_fail(err, CM_EINPUT, "--wall: dates=%s is neither dmy nor "
							"mdy", value);
	}
	if (!strcmp(key, "ahead")) {
		l->clock.ahead_s = strtod(value, &end);
		return end != value && !*end && fabs(l->clock.ahead_s) < 1e6 ? CM_OK :
		       cm_fail(err, CM_EINPUT, "--wall: ahead=%s is no number of seconds", value);
	}
	if (!strcmp(key, "entity")) {
		free(l->entity);
		l->entity = cm_strdup(value);
		return CM_OK;
	}
	for (size_t i = 0; i < CM_COUNT(keys); i++) {
		if (strcmp(keys[i].key, key) != 0)
			continue;
		free(l->mapped[keys[i].is]);
		l->mapped[keys[i].is] = cm_strdup(value);
		if (keys[i].scale > 0)
			l->scale = keys[i].scale;
		return CM_OK;
	}
	return cm_fail(err, CM_EINPUT,
		       "--wall: there is no '%s=': FILE:time=COLUMN,watts=COLUMN,zone=+01:00; in place of watts= "
		       "also mw=, kw=, joules=, wh=, kwh=, wheach=, kwheach=; and date=, dates=, entity=, ahead=",
		       key);
}

/* Where the mapping begins in FILE:key=…; NULL: nowhere. */
static const char *mapping_of(const char *wall)
{
	static const char *const others[] = { "zone", "dates", "ahead", "entity" };
	const char *first = NULL;

	for (size_t i = 0; i < CM_COUNT(keys) + CM_COUNT(others); i++) {
		char *key = cm_printf_dup(":%s=", i < CM_COUNT(keys) ? keys[i].key :
					  others[i - CM_COUNT(keys)]);
		const char *at = strstr(wall, key);

		if (at && (!first || at < first))
			first = at;
		free(key);
	}
	return first;
}

/* A file's own name may hold colons: the whole is tried first. */
enum cm_status wall_log_map(struct wall_log *l, const char *wall, struct cm_err *err)
{
	const char *colon = file_exists(wall) ? NULL : mapping_of(wall);
	enum cm_status st = CM_OK;
	char *map, *save = NULL;

	l->path = colon ? cm_strndup(wall, (size_t)(colon - wall)) : cm_strdup(wall);
	if (!file_exists(l->path))
		return cm_fail(err, CM_EINPUT, "%s: no such file; --wall takes the CSV log of a meter",
			       l->path);
	map = cm_strdup(colon ? colon + 1 : "");
	for (char *word = strtok_r(map, ",", &save); word && !st; word = strtok_r(NULL, ",", &save)) {
		char *is = strchr(word, '=');

		if (is)
			*is = '\0';
		st = map_one(l, word, is ? is + 1 : "", err);
	}
	free(map);
	return st;
}

/* ---- columns ------------------------------------------------------------------------------------- */

static void fold(const char *text, char *out, size_t cap)
{
	size_t n = 0;

	for (; *text && n + 1 < cap; text++)
		if (isalnum((unsigned char)*text))
			out[n++] = (char)tolower((unsigned char)*text);
	out[n] = '\0';
}

/* The columns that the user named, by name or by number from 1. */
static bool find_mapped(const struct wall_log *l, const struct csv_row *head, struct reading *r)
{
	bool all = true;

	for (int k = 0; k < WALL_COLUMNS; k++) {
		const char *name = l->mapped[k];
		char *end = NULL;
		const unsigned long n = name ? strtoul(name, &end, 10) : 0;

		for (size_t i = 0; name && i < head->cells; i++) {
			if (strcmp(name, head->cell[i]) != 0 && !(end != name && !*end && n == i + 1))
				continue;
			r->at[k] = i;
			break;
		}
		all &= !name || r->at[k] != NONE;
	}
	return all;
}

/* The first column of each sort by its name; a power before an energy, whose counts are coarse. */
static void find_known(const struct wall_log *l, const struct csv_row *head, struct reading *r)
{
	const bool value = l->mapped[WALL_POWER] || l->mapped[WALL_ENERGY] || l->mapped[WALL_EACH];

	for (size_t i = 0; i < head->cells; i++) {
		char folded[64];

		fold(head->cell[i], folded, sizeof folded);
		for (size_t k = 0; k < CM_COUNT(names); k++) {
			const enum wall_column is = names[k].is;

			if (strcmp(names[k].name, folded) != 0 || r->at[is] != NONE || l->mapped[is] ||
			    (is >= WALL_POWER && value) ||
			    (is == WALL_ENERGY && r->at[WALL_POWER] != NONE))
				continue;
			/* "MW" folds as "mW" does, and a column of dates and times may be called by either. */
			if (strstr(head->cell[i], "MW") || (is == WALL_DATE && l->mapped[WALL_TIME]))
				continue;
			if (is == WALL_POWER)
				r->at[WALL_ENERGY] = NONE;
			r->at[is] = i;
			if (is >= WALL_POWER)
				r->scale = names[k].scale;
		}
	}
}

/* Home Assistant's export has one column of states; what they are is in the entity's name. */
static void find_states(const struct csv_row *head, struct reading *r)
{
	if (r->at[WALL_ENTITY] == NONE || r->at[WALL_POWER] != NONE || r->at[WALL_ENERGY] != NONE)
		return;
	for (size_t i = 0; i < head->cells; i++)
		if (strcmp(head->cell[i], "state") == 0) {
			r->at[WALL_POWER] = i;
			r->scale = 1;
		}
}

static bool has_value(const struct reading *r)
{
	return r->at[WALL_POWER] != NONE || r->at[WALL_ENERGY] != NONE || r->at[WALL_EACH] != NONE;
}

static bool is_head(const struct wall_log *l, const struct csv_row *head, struct reading *r)
{
	bool all;

	for (int k = 0; k < WALL_COLUMNS; k++)
		r->at[k] = NONE;
	r->scale = l->scale;
	all = find_mapped(l, head, r);
	find_known(l, head, r);
	find_states(head, r);
	if (r->at[WALL_TIME] == NONE && r->at[WALL_DATE] != NONE) { /* "Date" that holds both */
		r->at[WALL_TIME] = r->at[WALL_DATE];
		r->at[WALL_DATE] = NONE;
	}
	return all && r->at[WALL_TIME] != NONE && has_value(r);
}

/* SPEC's PTDaemon: Time,MM-DD-YYYY HH:MM:SS.mmm,Watts,…,Volts,… without a header. */
static bool is_pairs(struct wall_log *l, const struct csv_row *row, struct reading *r)
{
	if (row->cells < 4 || strcmp(row->cell[0], "Time") != 0 || strcmp(row->cell[2], "Watts") != 0)
		return false;
	for (int k = 0; k < WALL_COLUMNS; k++)
		r->at[k] = NONE;
	r->at[WALL_TIME] = 1;
	r->at[WALL_POWER] = 3;
	r->scale = 1;
	r->pairs = true;
	if (!l->clock.dates)
		l->clock.dates = WALL_MONTH_FIRST;
	return true;
}

/* ---- rows ---------------------------------------------------------------------------------------- */

/* Time of a row, of one cell or two; NaN where there is none. */
static double row_time(const struct wall_log *l, const struct reading *r, const struct csv_row *row,
		       bool *unsure)
{
	char text[128];
	double t, ms;
	const char *unit = NULL;

	if (r->at[WALL_DATE] != NONE)
		snprintf(text, sizeof text, "%.60s %.60s", row->cell[r->at[WALL_DATE]],
			 row->cell[r->at[WALL_TIME]]);
	else
		snprintf(text, sizeof text, "%.120s", row->cell[r->at[WALL_TIME]]);
	t = wall_time(text, &l->clock, l->rows ? l->t : -INFINITY, unsure);
	ms = r->at[WALL_MS] != NONE ? wall_number(row->cell[r->at[WALL_MS]], false, &unit) : 0;
	return isnan(ms) ? t : t + ms / 1e3;
}

/* "", "unavailable", "n/a": the meter had none. */
static bool is_gap(const char *text)
{
	static const char *const words[] = { "", "-", "--", "n/a", "na", "null", "none", "unavailable",
					     "unknown", "offline", "---" };

	for (size_t i = 0; i < CM_COUNT(words); i++)
		if (strcasecmp(text, words[i]) == 0)
			return true;
	return false;
}

/* W or J; NaN for no reading. */
static double row_value(struct wall_log *l, const struct reading *r, const char *text)
{
	const char *unit = "", *dot = NULL;
	double v = wall_number(text, r->separator != ',', &unit), scale = r->scale;

	if (isnan(v) || v < 0)
		return NAN;
	for (size_t i = 0; *unit && i < CM_COUNT(units); i++)
		if (strcmp(units[i].unit, unit) == 0 &&
		    (units[i].is == WALL_POWER) == (l->kind == WALL_POWER)) {
			scale = units[i].scale;
			unit = "";
		}
	/* The digits behind the point are the meter's smallest step. */
	for (const char *p = text; *p; p++)
		if (*p == '.' || *p == ',')
			dot = p;
	l->step = fmin(l->step, scale * pow(10, dot ? -(double)strspn(dot + 1, "0123456789") : 0));
	return *unit ? NAN : v * scale;
}

/* Of a log of several sensors only one: the one that was named, or the only one that there is. */
static enum cm_status check_entity(struct wall_log *l, struct reading *r, const struct csv_row *row,
				   bool *skip, struct cm_err *err)
{
	const char *is = r->at[WALL_ENTITY] == NONE ? "" : row->cell[r->at[WALL_ENTITY]];

	*skip = false;
	if (r->at[WALL_ENTITY] == NONE)
		return CM_OK;
	if (l->entity) {
		*skip = strcmp(l->entity, is) != 0;
		return CM_OK;
	}
	if (!r->entity[0] && !l->mapped[WALL_POWER] && !l->mapped[WALL_ENERGY] && !strstr(is, "power"))
		return cm_fail_at(err, CM_EINPUT, l->path, row->line, row->col[r->at[WALL_ENTITY]],
				  "what '%.60s' counts is not known: add :watts=state, or :kwh=state", is);
	if (!r->entity[0])
		snprintf(r->entity, sizeof r->entity, "%s", is);
	if (strcmp(r->entity, is) != 0)
		return cm_fail_at(err, CM_EINPUT, l->path, row->line, row->col[r->at[WALL_ENTITY]],
				  "a second entity, '%.60s', beside '%.60s': say which by :entity=NAME", is,
				  r->entity);
	return CM_OK;
}

static enum cm_status bad_time(const struct wall_log *l, const struct csv_row *row, size_t at, bool unsure,
			       struct cm_err *err)
{
	return unsure ? cm_fail_at(err, CM_EINPUT, l->path, row->line, row->col[at], "'%.40s' may have the "
				   "day or the month first: add :dates=dmy or :dates=mdy", row->cell[at]) :
			cm_fail_at(err, CM_EINPUT, l->path, row->line, row->col[at], "'%.40s' is no time: "
				   "expected 2026-01-31T12:00:00Z or seconds since 1970", row->cell[at]);
}

/* A reading into the log. */
static enum cm_status keep(struct wall_log *l, struct reading *r, const struct csv_row *row, double t,
			   double v, struct cm_err *err)
{
	if (l->rows && t < l->t)
		return cm_fail_at(err, CM_EINPUT, l->path, row->line, row->col[r->at[WALL_TIME]],
				  "the time goes back by %.6g s: a clock was set, or two logs were joined",
				  l->t - t);
	if (l->rows) {
		CM_PUSH(r->gap, r->gaps, r->cap);
		r->gap[r->gaps++] = l->gap_s = t - l->t;
		r->sum += v; /* the first row's interval began at a time that is not in the log */
	}
	l->t = t;
	l->value = l->kind == WALL_EACH ? r->sum : v;
	l->rows++;
	l->silent = false;
	return CM_OK;
}

static enum cm_status take_row(struct wall_log *l, struct reading *r, const struct csv_row *row,
			       struct cm_err *err)
{
	const size_t value = r->at[l->kind], time = r->at[WALL_TIME];
	bool unsure = false, skip = false;
	enum cm_status st;
	size_t most = 0;
	double t, v;

	if (r->pairs && strcmp(row->cell[0], "Time") != 0)
		return CM_OK; /* PTDaemon's words between its readings */
	for (int k = 0; k < WALL_COLUMNS; k++)
		if (r->at[k] != NONE && r->at[k] > most)
			most = r->at[k];
	if (row->cells <= most)
		return cm_fail_at(err, CM_EINPUT, l->path, row->line, 1,
				  "%zu cells, where column %zu is wanted", row->cells, most + 1);
	if (!*row->cell[time]) /* a line of units, a total */
		return CM_OK;
	if ((st = check_entity(l, r, row, &skip, err)) || skip)
		return st;
	t = row_time(l, r, row, &unsure);
	if (isnan(t) || unsure)
		return bad_time(l, row, time, unsure, err);
	if (is_gap(row->cell[value]) || (r->pairs && row->cell[value][0] == '-')) { /* PTDaemon's -1 */
		l->silent = true;
		return CM_OK;
	}
	v = row_value(l, r, row->cell[value]);
	if (isnan(v))
		return cm_fail_at(err, CM_EINPUT, l->path, row->line, row->col[value],
				  "'%.40s' is no reading: expected a number from 0", row->cell[value]);
	return keep(l, r, row, t, v, err);
}

/* ---- the log ------------------------------------------------------------------------------------- */

/* ';' or a tab where most of the first lines have one. */
static char separator_of(const char *text)
{
	size_t lines = 0, with_semicolon = 0, with_tab = 0;

	for (const char *p = text; *p && lines < PREAMBLE; lines++) {
		const size_t n = strcspn(p, "\n");

		with_semicolon += memchr(p, ';', n) != NULL;
		with_tab += memchr(p, '\t', n) != NULL;
		p += n + (p[n] != '\0');
	}
	return lines && 2 * with_semicolon > lines ? ';' : lines && 2 * with_tab > lines ? '\t' : ',';
}

/* The row with the columns' names, after what a meter writes above it. *data: it has none, this row is one. */
static enum cm_status find_head(struct wall_log *l, struct csv *csv, struct csv_row *row, struct reading *r,
				bool *data, struct cm_err *err)
{
	bool time = false, unsure = false;
	enum cm_status st = CM_OK;

	*data = false;
	for (size_t i = 0; i < PREAMBLE; i++) {
		st = csv_next(csv, row, err);
		if (st == CM_END && i == 0)
			return cm_fail_at(err, CM_EINPUT, l->path, 1, 1, "no line that names the columns");
		if (st)
			break;
		if (is_pairs(l, row, r)) {
			*data = true;
			return CM_OK;
		}
		if (is_head(l, row, r)) { /* columns by number, and a row that is data already */
			*data = !isnan(row_time(l, r, row, &unsure)) || unsure;
			return CM_OK;
		}
		time |= r->at[WALL_TIME] != NONE;
	}
	return st && st != CM_END ? st :
	       cm_fail_at(err, CM_EINPUT, l->path, 1, 1, "no column of %s is known here; name it: --wall "
			  "FILE:time=COLUMN,watts=COLUMN", time ? "watts or energy" : "times");
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static enum cm_status read_rows(struct wall_log *l, struct csv *csv, struct csv_row *row, struct reading *r,
				bool data, struct cm_err *err)
{
	enum cm_status st = data ? CM_OK : csv_next(csv, row, err);

	while (!st) {
		st = take_row(l, r, row, err);
		if (!st)
			st = csv_next(csv, row, err);
	}
	return st == CM_END ? CM_OK : st;
}

static enum cm_status read_all(struct wall_log *l, struct csv *csv, struct reading *r, struct cm_err *err)
{
	struct csv_row row;
	bool data = false;
	enum cm_status st;

	csv_separate(csv, r->separator);
	st = find_head(l, csv, &row, r, &data, err);
	if (st)
		return st;
	l->kind = r->at[WALL_POWER] != NONE ? WALL_POWER : r->at[WALL_EACH] != NONE ? WALL_EACH : WALL_ENERGY;
	l->changes_only = r->at[WALL_ENTITY] != NONE;
	return read_rows(l, csv, &row, r, data, err);
}

enum cm_status wall_log_read(struct wall_log *l, struct cm_err *err)
{
	struct reading r = { .gap = NULL };
	struct stream *in = NULL;
	struct csv *csv = NULL;
	struct str text = { 0 };
	size_t whole;
	enum cm_status st;

	l->rows = 0;
	l->gap_s = 0;
	l->step = INFINITY;
	l->silent = false;
	if ((st = file_read(l->path, 0, &text, err)))
		return st;
	/* The last line of a log that is being written may lack its last digits: it counts with its end. */
	for (whole = text.len; whole && text.p[whole - 1] != '\n'; whole--)
		;
	r.separator = separator_of(str_get(&text));
	st = stream_memory(str_get(&text), whole, l->path, &in, err);
	if (!st)
		st = csv_open_stream(in, &csv, err);
	if (!st)
		st = read_all(l, csv, &r, err);
	csv_close(csv);
	stream_close(in);
	str_free(&text);
	if (!st && r.gaps) {
		qsort(r.gap, r.gaps, sizeof *r.gap, by_value);
		l->period_s = r.gap[r.gaps / 2];
	}
	free(r.gap);
	return st;
}

void wall_log_free(struct wall_log *l)
{
	for (int k = 0; k < WALL_COLUMNS; k++)
		free(l->mapped[k]);
	free(l->path);
	free(l->entity);
}
