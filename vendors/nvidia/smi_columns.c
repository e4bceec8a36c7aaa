/*
 * The formats of nvidia-smi for programs that are columns: --query-gpu=… --format=csv, dmon, and
 * stats. Their headers say what each column is and its unit; the order is the user's. Sources: the
 * tool's manual,
 * --help-query-gpu of driver 610.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dump_text.h"
#include "smi_dump.h"

enum { COLUMNS = 1024 }; /* a driver of 2026 has 239 fields */

struct columns {
	char name[COLUMNS][64], unit[COLUMNS][8];
	size_t n;
};

/* The whole next line, however long, into `line`; false at the end. */
static bool next_line(const char **p, struct str *line)
{
	const size_t n = strcspn(*p, "\n");

	if (!**p)
		return false;
	str_clear(line);
	str_addn(line, *p, n);
	str_addn(line, "", 0);
	*p += n;
	*p += **p != '\0';
	return true;
}

static char *text_of(struct str *line)
{
	if (!line->p)
		str_add(line, " ");
	return line->p;
}

/* ---- --query-gpu=… --format=csv ----------------------------------------------------------------
 */

/* "power.draw [W]" → name and unit. */
static void split_unit(const char *cell, char *name, size_t cap, char *unit, size_t ucap)
{
	size_t n = strcspn(cell, "[");
	const char *open = cell + n;

	while (n && isspace((unsigned char)cell[n - 1]))
		n--;
	snprintf(name, cap, "%.*s", (int)(n < cap ? n : cap - 1), cell);
	unit[0] = '\0';
	if (*open)
		snprintf(unit, ucap, "%.*s", (int)strcspn(open + 1, "]"), open + 1);
}

static void query_header(struct columns *c, char *const *cell, size_t n)
{
	for (c->n = 0; c->n < n; c->n++)
		split_unit(cell[c->n], c->name[c->n], sizeof c->name[0], c->unit[c->n],
			   sizeof c->unit[0]);
}

static void query_row(struct smi_dump *d, const struct columns *c, char *const *cell)
{
	smi_add_gpu(d, "");
	for (size_t i = 0; i < c->n; i++) {
		const size_t n = strlen(cell[i]);
		const bool is_bare = n && isdigit((unsigned char)cell[i][n - 1]) && c->unit[i][0];

		smi_item(d, "query", c->name[i],
			 is_bare ? pool_printf(&d->texts, "%s %s", cell[i], c->unit[i]) : cell[i]);
	}
}

enum cm_status smi_read_csv(const char *path, const char *text, const char *from, struct smi_dump *d,
			    struct cm_err *err)
{
	const char sep = dump_separator(from);
	struct columns *c = cm_alloc(sizeof *c);
	char **cell = cm_alloc(COLUMNS * sizeof *cell);
	struct str line = { 0 };
	size_t at = 0;
	enum cm_status st = CM_OK;

	for (const char *p = text; p < from; p++)
		at += *p == '\n';
	for (const char *p = from; !st && next_line(&p, &line);) {
		const bool header = !c->n || smi_query_tells(text_of(&line));
		const size_t n = dump_cells(text_of(&line), sep, cell, COLUMNS);

		at++;
		if (n == 1 && !*cell[0])
			continue;
		if (header) /* of a log, the next run's too */
			query_header(c, cell, n);
		else if (n == c->n)
			query_row(d, c, cell);
		else if (*p || !d->n) /* the last line of a log that was stopped may be short */
			st = cm_fail_at(err, CM_EINPUT, path, at, 1, "%zu cells, the header has %zu", n,
					c->n);
	}
	str_free(&line);
	free(cell);
	free(c);
	if (!st && !d->n)
		st = cm_fail(err, CM_EINPUT, "%s: a header of nvidia-smi and no row", path);
	return st;
}

/* ---- nvidia-smi dmon ---------------------------------------------------------------------------
 */

/* Of dmon's columns those that are of use. */
static const struct { const char *column, *section, *key, *unit; } dmon[] = {
	{ "gpu", "query", "index", "" },
	{ "pwr", "query", "power.draw", "W" },
	{ "gtemp", "query", "temperature.gpu", "C" },
	{ "mtemp", "query", "temperature.memory", "C" },
};

static void dmon_header(struct columns *c, char *const *cell, size_t n)
{
	bool names = false;

	for (size_t i = 0; i < n; i++)
		names |= cm_ieq(cell[i], "gpu");
	if (names)
		c->n = n;
	for (size_t i = 0; i < n && i < c->n; i++) {
		if (names) {
			snprintf(c->name[i], sizeof c->name[0], "%.63s", cell[i]);
			c->unit[i][0] = '\0';
		} else {
			snprintf(c->unit[i], sizeof c->unit[0], "%.7s", cell[i]);
		}
	}
}

static const char *column(const struct columns *c, char *const *cell, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (cm_ieq(c->name[i], name))
			return cell[i];
	return NULL;
}

static void dmon_row(struct smi_dump *d, const struct columns *c, char *const *cell)
{
	const char *date = column(c, cell, "date"), *time = column(c, cell, "time");

	d->time = time ? pool_printf(&d->texts, "%s%s%s", date ? date : "", date ? " " : "", time) : NULL;
	smi_add_gpu(d, "");
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < CM_COUNT(dmon); k++) {
			const char *unit = c->unit[i][0] ? c->unit[i] : dmon[k].unit;

			if (cm_ieq(c->name[i], dmon[k].column))
				smi_item(d, dmon[k].section, dmon[k].key,
					 dmon[k].unit[0] && isdigit((unsigned char)*cell[i]) ?
						 pool_printf(&d->texts, "%s %s", cell[i], unit) :
						 cell[i]);
		}
}

enum cm_status smi_read_dmon(const char *path, const char *text, struct smi_dump *d, struct cm_err *err)
{
	struct columns *c = cm_alloc(sizeof *c);
	char **cell = cm_alloc(COLUMNS * sizeof *cell);
	struct str line = { 0 };

	for (const char *p = text; next_line(&p, &line);) {
		char *t = text_of(&line);
		const bool header = *t == '#';
		const char sep = strchr(t, ',') ? ',' : ' ';
		const size_t n = dump_cells(t + header, sep, cell, COLUMNS);

		if (header)
			dmon_header(c, cell, n);
		else if (n == c->n && n && column(c, cell, "gpu") &&
			 isdigit((unsigned char)*column(c, cell, "gpu")))
			dmon_row(d, c, cell);
	}
	str_free(&line);
	free(cell);
	free(c);
	return d->n ? CM_OK : cm_fail(err, CM_EINPUT, "%s: a header of nvidia-smi dmon and no row", path);
}

/* ---- nvidia-smi stats --------------------------------------------------------------------------
 */

/* "0, pwrDraw , 1515942330734500, 114": device, what, microseconds since 1970, value. */
enum cm_status smi_read_stats(const char *path, const char *text, struct smi_dump *d, struct cm_err *err)
{
	static const struct { const char *what, *key, *unit; } kinds[] = {
		{ "pwrDraw", "power.draw", "W" }, { "temp", "temperature.gpu", "C" },
	};
	char line[256], *cell[5];

	for (const char *p = text; dump_line(&p, line, sizeof line);) {
		if (dump_cells(line, ',', cell, 5) != 4)
			continue;
		for (size_t i = 0; i < CM_COUNT(kinds); i++) {
			if (strcmp(cell[1], kinds[i].what) != 0)
				continue;
			d->time = pool_dup(&d->texts, cell[2]);
			smi_add_gpu(d, "");
			smi_item(d, "query", "index", cell[0]);
			smi_item(d, "query", kinds[i].key,
				 isdigit((unsigned char)*cell[3]) ?
					 pool_printf(&d->texts, "%s %s", cell[3], kinds[i].unit) :
					 cell[3]);
		}
	}
	return d->n ? CM_OK : cm_fail(err, CM_EINPUT, "%s: nvidia-smi stats without a reading", path);
}
