/*
 * Reads a wall meter's CSV, row by row, as times and readings.
 *
 * Which columns those are is in wall_columns.c. SPEC's PTDaemon writes no header but Time,…,Watts,… in
 * each row. Separators are ',', ';', tabs and blanks; lines before the header are passed. What may mean two
 * things is refused and not guessed. Must not judge how old a row is.
 */
#include "wall_log.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/file.h"
#include "base/str.h"
#include "base/stream.h"

#define PREAMBLE 60 /* rows in which the header may be */

struct reading { /* of one pass over the log */
	struct wall_columns is;
	bool pairs;               /* PTDaemon's rows */
	char separator;
	const char **cell;        /* of a row between blanks: those that are not empty */
	size_t *col, cells;
	double sum;               /* of intervals' energies */
	double *gap;
	size_t gaps, cap;
	char entity[128];         /* the one that is read; "" = any */
	char had[128];            /* columns of a row that names a time and no value */
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
	if (wall_wish_take(&l->wish, key, value))
		return CM_OK;
	return cm_fail(err, CM_EINPUT,
		       "--wall: there is no '%s=': FILE:time=COLUMN,watts=COLUMN,zone=+01:00; in place of "
		       "watts= also mw=, kw=, joules=, wh=, kwh=, wheach=, kwheach=; and date=, dates=, "
		       "entity=, ahead=", key);
}

/* A file's own name may hold colons: the whole is tried first. */
enum cm_status wall_log_map(struct wall_log *l, const char *wall, struct cm_err *err)
{
	const char *colon = file_exists(wall) ? NULL : wall_mapping(wall);
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

/* ---- rows ---------------------------------------------------------------------------------------- */

/* SPEC's PTDaemon: Time,MM-DD-YYYY HH:MM:SS.mmm,Watts,…,Volts,… without a header. */
static bool is_pairs(struct wall_log *l, const struct csv_row *row, struct reading *r)
{
	if (row->cells < 4 || strcmp(row->cell[0], "Time") != 0 || strcmp(row->cell[2], "Watts") != 0)
		return false;
	for (int k = 0; k < WALL_COLUMNS; k++)
		r->is.at[k] = WALL_NONE;
	r->is.at[WALL_TIME] = 1;
	r->is.at[WALL_POWER] = 3;
	r->is.scale = 1;
	r->pairs = true;
	if (!l->clock.dates)
		l->clock.dates = WALL_MONTH_FIRST;
	return true;
}

/* Time of a row, of one cell or two; NaN where there is none. A column beside one of dates may hold both. */
static double row_time(const struct wall_log *l, const struct reading *r, const struct csv_row *row,
		       bool *unsure)
{
	char text[128];
	double t, ms;
	const char *unit = NULL;

	if (r->is.at[WALL_DATE] != WALL_NONE)
		snprintf(text, sizeof text, "%.60s %.60s", row->cell[r->is.at[WALL_DATE]],
			 row->cell[r->is.at[WALL_TIME]]);
	else
		snprintf(text, sizeof text, "%.120s", row->cell[r->is.at[WALL_TIME]]);
	t = wall_time(text, &l->clock, l->rows ? l->t : -INFINITY, unsure);
	if (isnan(t) && r->is.at[WALL_DATE] != WALL_NONE)
		t = wall_time(row->cell[r->is.at[WALL_TIME]], &l->clock, l->rows ? l->t : -INFINITY, unsure);
	ms = r->is.at[WALL_MS] != WALL_NONE ? wall_number(row->cell[r->is.at[WALL_MS]], false, &unit) : 0;
	return isnan(ms) ? t : t + ms / 1e3;
}

/* "", "unavailable", "n/a": the meter had none. */
static bool is_gap(const char *text)
{
	static const char *const words[] = { "", "-", "--", "n/a", "na", "null", "none", "unavailable",
					     "unknown", "offline", "---" };

	size_t n;

	text += strspn(text, " \t");
	for (n = strlen(text); n && strchr(" \t", text[n - 1]); n--)
		;
	for (size_t i = 0; i < CM_COUNT(words); i++)
		if (strlen(words[i]) == n && strncasecmp(text, words[i], n) == 0)
			return true;
	return false;
}

/* W or J; NaN for no reading. */
static double row_value(struct wall_log *l, const struct reading *r, const char *text)
{
	const char *unit = "", *dot = NULL;
	enum wall_column of = l->kind;
	double v, scale = r->is.scale;

	text += strspn(text, " \t");
	v = wall_number(text, r->separator != ',', &unit);
	if (isnan(v) || v < 0)
		return NAN;
	if (*unit && (!wall_unit(unit, &of, &scale) || (of == WALL_POWER) != (l->kind == WALL_POWER)))
		return NAN;
	/* The digits behind the point are the meter's smallest step. */
	for (const char *p = text; *p; p++)
		if (*p == '.' || *p == ',')
			dot = p;
	l->step = fmin(l->step, scale * pow(10, dot ? -(double)strspn(dot + 1, "0123456789") : 0));
	return v * scale;
}

/* Of a log of several sensors only one: the one that was named, or the only one that there is. */
static enum cm_status check_entity(struct wall_log *l, struct reading *r, const struct csv_row *row,
				   bool *skip, struct cm_err *err)
{
	const char *is = r->is.at[WALL_ENTITY] == WALL_NONE ? "" : row->cell[r->is.at[WALL_ENTITY]];

	*skip = false;
	if (r->is.at[WALL_ENTITY] == WALL_NONE)
		return CM_OK;
	if (l->entity) {
		*skip = strcmp(l->entity, is) != 0;
		return CM_OK;
	}
	if (r->is.changes && !r->entity[0] && !l->wish.column[WALL_POWER] && !l->wish.column[WALL_ENERGY] &&
	    !strstr(is, "power"))
		return cm_fail_at(err, CM_EINPUT, l->path, row->line, row->col[r->is.at[WALL_ENTITY]],
				  "what '%.60s' counts is not known: add :watts=state, or :kwh=state", is);
	if (!r->entity[0])
		snprintf(r->entity, sizeof r->entity, "%s", is);
	if (strcmp(r->entity, is) != 0)
		return cm_fail_at(err, CM_EINPUT, l->path, row->line, row->col[r->is.at[WALL_ENTITY]],
				  "a second entity, '%.60s', beside '%.60s': say which by :entity=NAME", is,
				  r->entity);
	return CM_OK;
}

static enum cm_status bad_time(const struct wall_log *l, const struct csv_row *row, size_t at, bool unsure,
			       struct cm_err *err)
{
	const char *text = row->cell[at], *unit = "";

	if (unsure)
		return cm_fail_at(err, CM_EINPUT, l->path, row->line, row->col[at], "'%.40s' may have the "
				  "day or the month first: add :dates=dmy or :dates=mdy", text);
	if (!isnan(wall_number(text, true, &unit)) && !*unit)
		return cm_fail_at(err, CM_EINPUT, l->path, row->line, row->col[at],
				  "'%.40s' counts from a moment that the log does not say: a log with "
				  "dates, or seconds since 1970, is needed", text);
	return cm_fail_at(err, CM_EINPUT, l->path, row->line, row->col[at], "'%.40s' is no time: "
			  "expected 2026-01-31T12:00:00Z or seconds since 1970", text);
}

/* A running total that goes down by a little, and not to near nothing, is none. */
static bool no_total(const struct wall_log *l, double v)
{
	return l->rows && l->kind == WALL_ENERGY && v < 0.98 * l->value && v > 0.5 * l->value;
}

/* A reading into the log. */
static enum cm_status keep(struct wall_log *l, struct reading *r, const struct csv_row *row, double t,
			   double v, struct cm_err *err)
{
	if (l->rows && t < l->t)
		return cm_fail_at(err, CM_EINPUT, l->path, row->line, row->col[r->is.at[WALL_TIME]],
				  "the time goes back by %.6g s: a clock was set, or two logs were joined",
				  l->t - t);
	if (no_total(l, v))
		return cm_fail_at(err, CM_EINPUT, l->path, row->line, row->col[r->is.at[l->kind]],
				  "'%.40s' is less than before, so this is no running total: if each is of "
				  "its interval alone, say wheach= or kwheach=",
				  row->cell[r->is.at[l->kind]]);
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
	const size_t value = r->is.at[l->kind], time = r->is.at[WALL_TIME];
	bool unsure = false, skip = false;
	enum cm_status st;
	size_t most = 0;
	double t, v;

	if (r->pairs && strcmp(row->cell[0], "Time") != 0)
		return CM_OK; /* PTDaemon's words between its readings */
	for (int k = 0; k < WALL_COLUMNS; k++)
		if (r->is.at[k] != WALL_NONE && r->is.at[k] > most)
			most = r->is.at[k];
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

/* ';', a tab or a blank where most of the first lines have one; a blank only where they have nothing else. */
static char separator_of(const char *text)
{
	size_t lines = 0, with[4] = { 0 };
	static const char marks[] = ";\t, ";

	for (const char *p = text; *p && lines < PREAMBLE; lines++) {
		const size_t n = strcspn(p, "\n");

		for (size_t i = 0; i < CM_COUNT(with); i++)
			with[i] += memchr(p, marks[i], n) != NULL;
		p += n + (p[n] != '\0');
	}
	for (size_t i = 0; i < 3; i++)
		if (2 * with[i] > lines)
			return marks[i];
	return with[0] + with[1] + with[2] == 0 && 2 * with[3] > lines ? ' ' : ',';
}

/* The next row; of one between blanks the cells that are not empty. */
static enum cm_status next_row(struct csv *csv, struct reading *r, struct csv_row *row, struct cm_err *err)
{
	const enum cm_status st = csv_next(csv, row, err);
	size_t n = 0;

	if (st || r->separator != ' ')
		return st;
	if (row->cells > r->cells) {
		r->cells = row->cells;
		r->cell = cm_realloc(r->cell, r->cells * sizeof *r->cell);
		r->col = cm_realloc(r->col, r->cells * sizeof *r->col);
	}
	for (size_t i = 0; i < row->cells; i++)
		if (*row->cell[i]) {
			r->cell[n] = row->cell[i];
			r->col[n++] = row->col[i];
		}
	*row = (struct csv_row){ r->cell, r->col, n, row->line };
	return CM_OK;
}

/* Does the first row hold a time already? Then no name will follow. */
static bool is_data(const struct wall_log *l, const struct csv_row *row)
{
	bool unsure = false;

	for (size_t i = 0; i < row->cells; i++) {
		char *two = cm_printf_dup("%s %s", row->cell[i], i + 1 < row->cells ? row->cell[i + 1] : "");
		const bool time = !isnan(wall_time(row->cell[i], &l->clock, 0, &unsure)) ||
				  !isnan(wall_time(two, &l->clock, 0, &unsure));

		free(two);
		if (time || unsure)
			return true;
	}
	return false;
}

static void keep_names(struct reading *r, const struct csv_row *row)
{
	r->had[0] = '\0';
	for (size_t i = 0, n = 0; i < row->cells && n + 1 < sizeof r->had; i++)
		n += (size_t)snprintf(r->had + n, sizeof r->had - n, "%s%s", i ? ", " : "", row->cell[i]);
}

/* Why there is no header: the sentence that says what to name. */
static enum cm_status no_head(const struct wall_log *l, const struct reading *r, bool data,
			      struct cm_err *err)
{
	if (r->had[0])
		return cm_fail_at(err, CM_EINPUT, l->path, 1, 1, "no column of watts or energy is known here "
				  "among '%s'; name it: --wall FILE:watts=COLUMN, or kwh= of a running "
				  "total, kwheach= of each interval's", r->had);
	if (data)
		return cm_fail_at(err, CM_EINPUT, l->path, 1, 1, "the first line has a time already and no "
				  "line names the columns; number them from 1: --wall FILE:time=1,watts=2");
	return cm_fail_at(err, CM_EINPUT, l->path, 1, 1, "no column of times is known here; name it: --wall "
			  "FILE:time=COLUMN,watts=COLUMN");
}

/* The row with the columns' names, after what a meter writes above it. *data: it is a reading already. */
static enum cm_status find_head(struct wall_log *l, struct csv *csv, struct csv_row *row, struct reading *r,
				bool *data, struct cm_err *err)
{
	bool unsure = false, first = false;
	enum cm_status st = CM_OK;

	*data = false;
	for (size_t i = 0; i < PREAMBLE; i++) {
		st = next_row(csv, r, row, err);
		if (st == CM_END && i == 0)
			return cm_fail_at(err, CM_EINPUT, l->path, 1, 1, "no line that names the columns");
		if (st)
			break;
		if (is_pairs(l, row, r)) {
			*data = true;
			return CM_OK;
		}
		*data = wall_columns_find(&l->wish, row, &r->is);
		if (r->is.two[0][0] && r->is.at[WALL_TIME] != WALL_NONE)
			return cm_fail_at(err, CM_EINPUT, l->path, row->line, 1, "'%s' and '%s' could "
					  "both be the power: say which by watts=", r->is.two[0],
					  r->is.two[1]);
		if (*data) { /* columns by number, and a row that is data already */
			*data = !isnan(row_time(l, r, row, &unsure)) || unsure;
			return CM_OK;
		}
		if (r->is.at[WALL_TIME] != WALL_NONE && !r->had[0])
			keep_names(r, row);
		first |= i == 0 && is_data(l, row);
	}
	return st && st != CM_END ? st : no_head(l, r, first, err);
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static enum cm_status read_rows(struct wall_log *l, struct csv *csv, struct csv_row *row, struct reading *r,
				bool data, struct cm_err *err)
{
	enum cm_status st = data ? CM_OK : next_row(csv, r, row, err);

	while (!st) {
		st = take_row(l, r, row, err);
		if (!st)
			st = next_row(csv, r, row, err);
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
	l->kind = wall_columns_value(&r->is);
	l->changes_only = r->is.changes;
	return read_rows(l, csv, &row, r, data, err);
}

static bool is_json(const char *text)
{
	text += strspn(text, " \t\r\n");
	return *text == '{' || (*text == '[' && (text[1] == '{' || text[1] == '['));
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
	if (is_json(str_get(&text))) {
		str_free(&text);
		return cm_fail_at(err, CM_EINPUT, l->path, 1, 1, "this is JSON: --wall takes a log in CSV, a "
				  "row for each reading");
	}
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
	free(r.cell);
	free(r.col);
	return st;
}

void wall_log_free(struct wall_log *l)
{
	wall_wish_free(&l->wish);
	free(l->path);
	free(l->entity);
}
