/*
 * A meter outside the machine (plug, PDU, power analyser) by the log that it writes: CSV with a time
 * and watts or energy, aligned with this machine's clock. The log may still be growing: each read takes
 * what is new.
 *
 * FILE, or FILE:time=COLUMN,watts=COLUMN,zone=+01:00. Columns are found by their usual names, else by
 * this mapping. Times: ISO 8601, "2026-01-31 12:00:00", or seconds (milliseconds) since 1970; without
 * an offset of their own they are of `zone`, UTC where none is given. Both clocks must agree: by NTP,
 * as MLPerf Power asks.
 */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "api/meter.h"
#include "base/clock.h"
#include "base/csv.h"
#include "base/file.h"
#include "base/str.h"

#define GAP_PERIODS 3.0
#define OLD_S 5.0 /* a log is written with some delay, whatever its rate */

enum column { TIME, WATTS, KILOWATTS, JOULES, WATT_HOURS, KILOWATT_HOURS, COLUMNS };

/* Usual names, folded: letters and digits only. */
static const struct { enum column is; const char *key, *name; } names[] = {
	{ TIME, "time", "time" }, { TIME, "", "timestamp" }, { TIME, "", "datetime" }, { TIME, "", "date" },
	{ TIME, "", "unixtime" }, { TIME, "", "epoch" }, { TIME, "", "timestampms" }, { TIME, "", "times" },
	{ WATTS, "watts", "watts" }, { WATTS, "", "w" }, { WATTS, "", "power" }, { WATTS, "", "powerw" },
	{ WATTS, "", "activepower" }, { WATTS, "", "activepowerw" }, { WATTS, "", "watt" },
	{ KILOWATTS, "kw", "powerkw" }, { KILOWATTS, "", "kw" },
	{ JOULES, "joules", "joules" }, { JOULES, "", "energyj" },
	{ WATT_HOURS, "wh", "wh" }, { WATT_HOURS, "", "energywh" },
	{ KILOWATT_HOURS, "kwh", "kwh" }, { KILOWATT_HOURS, "", "energykwh" },
};

static const double scale_of[COLUMNS] = {
	[WATTS] = 1, [KILOWATTS] = 1e3, [JOULES] = 1, [WATT_HOURS] = 3600, [KILOWATT_HOURS] = 3.6e6,
};

struct meter_ctx {
	char *path;
	char *mapped[COLUMNS];    /* by the user, or NULL */
	double zone_s;
	struct meter_channel channel;
	enum column kind;         /* of the value */
	double t, value, gap_s;   /* of the last row, s since 1970; seconds before it */
	double period_s;          /* median distance of rows */
	off_t seen_bytes;
	size_t rows;
};

/* ---- text ------------------------------------------------------------------------------------------ */

static void fold(const char *text, char *out, size_t cap)
{
	size_t n = 0;

	for (; *text && n + 1 < cap; text++)
		if (isalnum((unsigned char)*text))
			out[n++] = (char)tolower((unsigned char)*text);
	out[n] = '\0';
}

/* "+01:00", "-0530", "Z"; NaN for anything else. */
static double zone_of(const char *p)
{
	const double sign = *p == '-' ? -1 : 1;
	int h = 0, m = 0, used = 0;

	if ((p[0] == 'Z' || p[0] == 'z') && !p[1])
		return 0;
	if (*p != '+' && *p != '-')
		return NAN;
	if ((sscanf(p + 1, "%2d:%2d%n", &h, &m, &used) != 2 && /* NOLINT(cert-err34-c) */
	     sscanf(p + 1, "%2d%2d%n", &h, &m, &used) != 2) || /* NOLINT(cert-err34-c) */
	    p[1 + used] || h < 0 || h > 14 || m < 0 || m > 59)
		return NAN;
	return sign * (h * 3600 + m * 60);
}

static double number_of(const char *text)
{
	char *end = NULL;
	const double v = strtod(text, &end);

	return end == text || end[strspn(end, " \t")] || !isfinite(v) ? NAN : v;
}

/* Seconds since 1970; NaN for what is no time. */
static double time_of(const char *text, double zone_s)
{
	struct tm t = { 0 };
	const double plain = number_of(text);
	const char *p;
	double part = 0, zone;

	/* Thousandths where seconds would be of the year 5000 and later. */
	if (!isnan(plain))
		return plain >= 1e11 ? plain / 1e3 : plain >= 1e8 ? plain : NAN;
	p = strptime(text, "%Y-%m-%d", &t);
	if (!p || (*p != 'T' && *p != ' ') || !(p = strptime(p + 1, "%H:%M:%S", &t)))
		return NAN;
	if (*p == '.' || *p == ',') {
		double scale = 0.1;

		for (p++; isdigit((unsigned char)*p); p++, scale /= 10)
			part += (*p - '0') * scale;
	}
	while (*p == ' ')
		p++;
	zone = *p ? zone_of(p) : zone_s;
	return (double)timegm(&t) + part - zone;
}

/* ---- what the user names ---------------------------------------------------------------------------- */

static enum cm_status map_one(struct meter_ctx *c, const char *key, const char *value, struct cm_err *err)
{
	if (!strcmp(key, "zone")) {
		c->zone_s = zone_of(value);
		return isnan(c->zone_s) ? cm_fail(err, CM_EINPUT, "--wall: zone=%s is no offset like +01:00",
						  value) : CM_OK;
	}
	for (size_t i = 0; i < CM_COUNT(names); i++) {
		if (strcmp(names[i].key, key) != 0 || !*key)
			continue;
		free(c->mapped[names[i].is]);
		c->mapped[names[i].is] = cm_strdup(value);
		return CM_OK;
	}
	return cm_fail(err, CM_EINPUT,
		       "--wall: there is no '%s=': FILE:time=COLUMN,watts=COLUMN,zone=+01:00, or "
		       "kw=, joules=, wh=, kwh= in place of watts=",
		       key);
}

static bool is_file(const char *path)
{
	struct stat s;

	return stat(path, &s) == 0 && S_ISREG(s.st_mode);
}

/* A file's own name may hold colons: the whole is tried first. */
static enum cm_status read_name(struct meter_ctx *c, const char *wall, struct cm_err *err)
{
	const char *colon = is_file(wall) ? NULL : strstr(wall, ":time=");
	enum cm_status st = CM_OK;
	char *map, *save = NULL;

	for (size_t i = 0; !colon && !is_file(wall) && i < CM_COUNT(names); i++) {
		char *key = cm_printf_dup(":%s=", *names[i].key ? names[i].key : "zone");

		colon = strstr(wall, key);
		free(key);
	}
	c->path = colon ? cm_strndup(wall, (size_t)(colon - wall)) : cm_strdup(wall);
	if (!is_file(c->path))
		return cm_fail(err, CM_EINPUT, "%s: no such file; --wall takes the CSV log of a meter",
			       c->path);
	map = cm_strdup(colon ? colon + 1 : "");
	for (char *word = strtok_r(map, ",", &save); word && !st; word = strtok_r(NULL, ",", &save)) {
		char *is = strchr(word, '=');

		if (is)
			*is = '\0';
		st = map_one(c, word, is ? is + 1 : "", err);
	}
	free(map);
	return st;
}

/* ---- the log --------------------------------------------------------------------------------------- */

static bool is_column(const struct meter_ctx *c, enum column k, const char *cell)
{
	char folded[64];

	if (c->mapped[k])
		return strcmp(c->mapped[k], cell) == 0;
	fold(cell, folded, sizeof folded);
	for (size_t i = 0; i < CM_COUNT(names); i++)
		if (names[i].is == k && !strcmp(names[i].name, folded))
			return true;
	return false;
}

/* Columns of the time and of the value; a mapped value before one found by name. */
static enum cm_status find_columns(struct meter_ctx *c, const struct csv_row *head, size_t at[2],
				   struct cm_err *err)
{
	bool mapped = false, time = false, value = false;

	for (int k = WATTS; k < COLUMNS; k++)
		mapped |= c->mapped[k] != NULL;
	for (size_t i = 0; i < head->cells; i++) {
		if (!time && is_column(c, TIME, head->cell[i])) {
			time = true;
			at[0] = i;
		}
		for (int k = WATTS; k < COLUMNS && !value; k++) {
			if ((mapped && !c->mapped[k]) || !is_column(c, (enum column)k, head->cell[i]))
				continue;
			value = true;
			c->kind = (enum column)k;
			at[1] = i;
		}
	}
	if (time && value)
		return CM_OK;
	return cm_fail_at(err, CM_EINPUT, c->path, head->line, 1,
			  "no column of %s is known here; name it: --wall "
			  "FILE:time=COLUMN,watts=COLUMN",
			  time ? "watts or energy" : "times");
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct log { double *gap; size_t n, cap; };

static enum cm_status take_row(struct meter_ctx *c, const struct csv_row *row, const size_t at[2],
			       struct log *l, struct cm_err *err)
{
	const size_t most = at[0] > at[1] ? at[0] : at[1];
	double t, v;

	if (row->cells <= most)
		return cm_fail_at(err, CM_EINPUT, c->path, row->line, 1,
				  "%zu cells, where column %zu is wanted", row->cells, most + 1);
	t = time_of(row->cell[at[0]], c->zone_s);
	if (isnan(t))
		return cm_fail_at(err, CM_EINPUT, c->path, row->line, row->col[at[0]], "'%.40s' is no time: "
				  "expected 2026-01-31T12:00:00Z or seconds since 1970", row->cell[at[0]]);
	v = number_of(row->cell[at[1]]);
	if (!*row->cell[at[1]]) /* the meter had none: a gap, not 0 */
		return CM_OK;
	if (isnan(v) || v < 0)
		return cm_fail_at(err, CM_EINPUT, c->path, row->line, row->col[at[1]],
				  "'%.40s' is no reading: "
				  "expected a number from 0",
				  row->cell[at[1]]);
	if (c->rows && t < c->t)
		return cm_fail_at(err, CM_EINPUT, c->path, row->line, row->col[at[0]],
				  "the time goes back by %.6g "
				  "s: a clock was set, or two logs were joined",
				  c->t - t);
	if (c->rows) {
		CM_PUSH(l->gap, l->n, l->cap);
		l->gap[l->n++] = c->gap_s = t - c->t;
	}
	c->t = t;
	c->value = v * scale_of[c->kind];
	c->rows++;
	return CM_OK;
}

/* Reads the whole log again where it has grown: they are small, and a meter may rewrite its last line. */
static enum cm_status read_log(struct meter_ctx *c, struct cm_err *err)
{
	struct csv *csv = NULL;
	struct csv_row row;
	struct log l = { 0 };
	struct str text = { 0 };
	struct stat s;
	struct meter_ctx before;
	size_t at[2] = { 0, 0 }, lines = 0;
	enum cm_status st;
	bool whole;

	if (stat(c->path, &s) != 0)
		return cm_fail(err, CM_ABSENT, "%s is gone", c->path);
	if (s.st_size == c->seen_bytes)
		return CM_OK;
	c->rows = 0;
	c->gap_s = 0;
	if ((st = file_read(c->path, 0, &text, err)))
		return st;
	whole = text.len && text.p[text.len - 1] == '\n';
	for (size_t i = 0; i < text.len; i++)
		lines += text.p[i] == '\n';
	lines += !whole;
	str_free(&text);
	if ((st = csv_open(c->path, &csv, err)))
		return st;
	st = csv_next(csv, &row, err);
	if (st == CM_END)
		st = cm_fail_at(err, CM_EINPUT, c->path, 1, 1, "no line that names the columns");
	if (!st)
		st = find_columns(c, &row, at, err);
	while (!st && !(st = csv_next(csv, &row, err))) {
		before = *c;
		st = take_row(c, &row, at, &l, err);
		/* A line that is still being written may lack its last digits. */
		if (!whole && (st || row.line >= lines)) {
			struct cm_err no;

			if (csv_next(csv, &row, &no) == CM_END) {
				*c = before;
				st = CM_END;
			}
		}
	}
	csv_close(csv);
	if (st == CM_END && l.n) {
		qsort(l.gap, l.n, sizeof *l.gap, by_value);
		c->period_s = l.gap[l.n / 2];
	}
	free(l.gap);
	if (st != CM_END)
		return st;
	c->seen_bytes = s.st_size;
	return CM_OK;
}

/* ---- the meter ------------------------------------------------------------------------------------- */

static void wall_csv_close(struct meter_ctx *c)
{
	for (int k = 0; k < COLUMNS; k++)
		free(c->mapped[k]);
	free(c->path);
	free(c);
}

static void describe(struct meter_ctx *c)
{
	struct meter_channel *ch = &c->channel;
	const bool power = c->kind == WATTS || c->kind == KILOWATTS;

	*ch = (struct meter_channel){ .scope = CM_SCOPE_WALL,
				      .covers = CM_COVERS_MACHINE,
				      .name = "wall",
				      .kind = power ? CM_POWER_SAMPLE : CM_ENERGY_COUNTER,
				      .unit = power ? "W" : "J",
				      .basis = CM_MEASURED,
				      .err_lo = -0.05,
				      .err_hi = 0.05,
				      .err_source = "assumed: the meter's class is not known" };
	snprintf(ch->source, sizeof ch->source, "%.190s", c->path);
	ch->refresh_ns = (uint64_t)((c->period_s > 0 ? c->period_s : 1) * 1e9);
	/* One count of the energy columns' usual digits: 0.01. */
	ch->step = power ? 0.1 : 0.01 * scale_of[c->kind];
}

static enum cm_status wall_csv_open(const struct meter_from *from, struct meter_ctx **out,
				    struct cm_err *err)
{
	struct meter_ctx *c;
	enum cm_status st;

	if (!from || !from->wall)
		return cm_fail(err, CM_ABSENT,
			       "no log of a meter outside the machine was named: --wall FILE");
	c = cm_alloc(sizeof *c);
	c->kind = WATTS;
	c->seen_bytes = -1;
	st = read_name(c, from->wall, err);
	if (!st)
		st = read_log(c, err);
	describe(c);
	if (st)
		wall_csv_close(c);
	else
		*out = c;
	return st;
}

static size_t wall_csv_channels(struct meter_ctx *c, const struct meter_channel **out)
{
	*out = &c->channel;
	return 1;
}

static double wall_clock_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static enum cm_status wall_csv_read(struct meter_ctx *c, struct meter_value *values, struct cm_err *err)
{
	const enum cm_status st = read_log(c, err);
	const double limit = fmax(GAP_PERIODS * c->period_s, OLD_S);
	const double age = wall_clock_s() - c->t, now = (double)cm_now_ns() * 1e-9;

	values[0] = (struct meter_value){ 0, st };
	if (st) /* its channel's state, with the sentence for who asks */
		return CM_OK;
	/* Old, of the future, or behind a hole in the log: no reading of now. */
	if (!c->rows || age > limit || age < -limit || (c->rows > 2 && c->gap_s > limit)) {
		values[0].st = CM_ABSENT;
		return CM_OK;
	}
	values[0].value = c->value;
	c->channel.taken_ns = (uint64_t)(fmax(now - fmax(age, 0), 1e-9) * 1e9);
	return CM_OK;
}

const struct meter meter_wall_csv = {
	.abi = CM_METER_ABI,
	.name = "wall_csv",
	.desc = "a meter outside the machine, by the CSV log that it writes",
	.open = wall_csv_open,
	.close = wall_csv_close,
	.channels = wall_csv_channels,
	.read = wall_csv_read,
};
