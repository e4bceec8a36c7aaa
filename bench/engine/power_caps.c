/* Reads and prices a table of power caps (see power_caps.h). Knows no device and no currency. */
#include "engine/power_caps.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/str.h"
#include "engine/stats.h"

#define NONE ((size_t)-1)
#define DEVICES 256

struct columns {
	size_t cap, window, seconds, joules, energy[DEVICES];
	unsigned devices;
};

/* "gpu12_energy" */
static bool is_device(const char *name)
{
	const char *p = name + 3;

	if (!cm_starts(name, "gpu") || !isdigit((unsigned char)*p))
		return false;
	p += strspn(p, "0123456789");
	return strcmp(p, "_energy") == 0;
}

static enum cm_status find_columns(const char *path, const struct csv_row *row, struct columns *c,
				   struct cm_err *err)
{
	*c = (struct columns){ .cap = NONE, .window = NONE, .seconds = NONE, .joules = NONE };
	for (size_t i = 0; i < row->cells; i++) {
		const char *s = row->cell[i];

		if (!strcmp(s, "cap_w"))
			c->cap = i;
		else if (!strcmp(s, "window_name"))
			c->window = i;
		else if (!strcmp(s, "seconds") || !strcmp(s, "elapsed_time"))
			c->seconds = i;
		else if (!strcmp(s, "joules"))
			c->joules = i;
		else if (is_device(s) && c->devices < DEVICES)
			c->energy[c->devices++] = i;
	}
	if ((c->cap == NONE && c->window == NONE) || c->seconds == NONE ||
	    (c->joules == NONE && !c->devices))
		return cm_fail_at(err, CM_EINPUT, path, row->line, 1,
				  "a table of power caps needs the columns "
				  "cap_w (or window_name), seconds (or elapsed_time) and joules "
				  "(or gpu0_energy "
				  "…)");
	if (c->joules != NONE && c->devices)
		return cm_fail_at(
			err, CM_EINPUT, path, row->line, row->col[c->joules],
			"joules beside "
			"gpu0_energy: the energy would be counted twice; leave one of them out");
	return CM_OK;
}

static enum cm_status number(const char *path, const struct csv_row *row, size_t i,
			     const char *text, double *out, struct cm_err *err)
{
	char *end = NULL;

	*out = isdigit((unsigned char)*text) ? strtod(text, &end) : -1;
	if (*out > 0 && isfinite(*out) && end && !*end)
		return CM_OK;
	return cm_fail_at(err, CM_EINPUT, path, row->line, row->col[i],
			  "\"%.40s\" where a number above 0 is "
			  "expected",
			  row->cell[i]);
}

static enum cm_status read_row(const char *path, const struct csv_row *row, const struct columns *c,
			       struct power_cap *out, struct cm_err *err)
{
	enum cm_status st;
	double j;

	*out = (struct power_cap){ .tries = 1, .half_seconds = NAN, .half_joules = NAN };
	if (c->cap != NONE) {
		st = number(path, row, c->cap, row->cell[c->cap], &out->watts, err);
	} else { /* the number that ends the window's name */
		const char *name = row->cell[c->window], *p = name + strlen(name);

		while (p > name && (isdigit((unsigned char)p[-1]) || p[-1] == '.'))
			p--;
		st = number(path, row, c->window, p, &out->watts, err);
	}
	if (!st)
		st = number(path, row, c->seconds, row->cell[c->seconds], &out->seconds, err);
	if (!st && c->joules != NONE)
		st = number(path, row, c->joules, row->cell[c->joules], &out->joules, err);
	for (unsigned i = 0; !st && i < c->devices; i++) {
		st = number(path, row, c->energy[i], row->cell[c->energy[i]], &j, err);
		out->joules += st ? 0 : j;
	}
	return st;
}

/* Means and sums of squares about them, one try at a time (Welford). */
static void add_try(struct power_cap *p, const struct power_cap *row)
{
	const double ds = row->seconds - p->seconds, dj = row->joules - p->joules;

	p->tries++;
	p->seconds += ds / p->tries;
	p->joules += dj / p->tries;
	p->spread[0] += ds * (row->seconds - p->seconds);
	p->spread[1] += dj * (row->joules - p->joules);
}

static void keep(struct power_caps *c, const struct power_cap *row)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->cap[i].watts == row->watts) {
			add_try(&c->cap[i], row);
			return;
		}
	}
	CM_PUSH(c->cap, c->n, c->room);
	c->cap[c->n++] = *row;
}

static double half_width(double spread, unsigned n)
{
	return n < 2 ? NAN : stats_t975(n - 1) * sqrt(spread / (n - 1) / n);
}

static int by_watts(const void *a, const void *b)
{
	const struct power_cap *x = a, *y = b;

	return (x->watts < y->watts) - (x->watts > y->watts);
}

enum cm_status power_caps_read(const char *path, struct power_caps *out, struct cm_err *err)
{
	struct power_caps caps = { 0 };
	struct columns columns = { 0 };
	struct csv *c = NULL;
	struct csv_row row;
	struct power_cap one;
	bool header = false;
	size_t cells = 0;
	enum cm_status st = csv_open(path, &c, err);

	while (!st && !(st = csv_next(c, &row, err))) {
		if (!header) {
			st = find_columns(path, &row, &columns, err);
			cells = row.cells;
			header = true;
			continue;
		}
		if (row.cells != cells) {
			st = cm_fail_at(err, CM_EINPUT, path, row.line, 1,
					"%zu cells, the header has %zu", row.cells, cells);
			break;
		}
		st = read_row(path, &row, &columns, &one, err);
		if (!st)
			keep(&caps, &one);
	}
	csv_close(c);
	if (st == CM_END)
		st = caps.n ? CM_OK : cm_fail(err, CM_EINPUT, "%s: no row with a power cap", path);
	if (st || !caps.n) {
		power_caps_free(&caps);
		return st;
	}
	caps.devices = columns.devices ? columns.devices : 1;
	for (size_t i = 0; i < caps.n; i++) {
		struct power_cap *p = &caps.cap[i];

		p->half_seconds = half_width(p->spread[0], p->tries);
		p->half_joules = half_width(p->spread[1], p->tries);
	}
	qsort(caps.cap, caps.n, sizeof *caps.cap, by_watts);
	*out = caps;
	return CM_OK;
}
