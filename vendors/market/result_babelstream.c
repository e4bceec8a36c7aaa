/*
 * BabelStream (before: GPU-STREAM): text or CSV of a run. Rate = bytes over the LEAST time; MB are
 * 10^6 bytes. The array's size decides whether memory or a cache was measured, so it is in every
 * row.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/published.h"
#include "base/grid.h"
#include "base/money.h"

static const char terms[] = "BabelStream's licence reserves the name for runs under its rules; a variant is "
			    "labelled as one";

struct head {
	char version[32], implementation[32], precision[16], size[96], device[128], times[32],
		on[32];
};

static struct published_row *row(const struct published_from *from, struct published_list *l,
				 const struct head *h, const char *function, double gbytes, const char *at)
{
	struct published_row *r = published_add(l, from);

	r->suite = "BabelStream";
	r->terms = terms;
	r->round = published_keep(l, h->version);
	r->benchmark = published_keep(l, function);
	r->software = published_keep(l, h->implementation);
	r->precision_text = published_keep(l, h->precision);
	r->precision = published_precision(l, r->precision_text);
	if (!*from->device)
		r->device_text = published_keep(l, h->device);
	if (!*from->devices)
		r->accelerators = "1"; /* it runs on one device */
	r->load = *h->size ? pool_printf(&l->pool, "arrays of %s", h->size) : "";
	r->n = published_keep(l, h->times);
	r->metric = "throughput";
	r->unit_text = "MBytes/sec";
	r->notes =
		*h->on ? pool_printf(&l->pool,
				     "best of the repeats, not their median; on device %s", h->on)
		       : "best of the repeats, not their median";
	r->quality = "unreviewed";
	r->line = at;
	published_value(l, r, gbytes, "GB/s", "higher");
	return r;
}

/* Thousands of the number at text, by its digits: a division by 1000 would add some of its own. */
static double thousands(const char *text)
{
	char number[MONEY_CAP] = "", moved[MONEY_CAP];
	const size_t blank = strspn(text, " \t"), n = strcspn(text + blank, " \t\r\n");

	if (n && n < sizeof number)
		memcpy(number, text + blank, n);
	return money_shift(number, -3, moved) ? strtod(moved, NULL) : strtod(text, NULL) / 1000;
}

static void keep(char *to, size_t cap, const char *from, size_t n)
{
	while (n && (from[n - 1] == ' ' || from[n - 1] == '\r'))
		n--;
	if (n >= cap)
		n = cap - 1;
	memcpy(to, from, n);
	to[n] = '\0';
}

static void read_head(struct head *h, const char *p, size_t n)
{
	const struct { const char *key; char *to; size_t cap; } keys[] = {
		{ "Version: ", h->version, sizeof h->version },
		{ "Implementation: ", h->implementation, sizeof h->implementation },
		{ "Precision: ", h->precision, sizeof h->precision },
		{ "Array size: ", h->size, sizeof h->size },
		{ "Using CUDA device ", h->device, sizeof h->device },
		{ "Using OpenCL device ", h->device, sizeof h->device },
		{ "Using HIP device ", h->device, sizeof h->device },
		{ "Using SYCL device ", h->device, sizeof h->device },
		{ "Running kernels ", h->times, sizeof h->times },
		{ "Running on device ", h->on, sizeof h->on },
	};

	if (n >= 11 && !strncmp(p, "BabelStream", 11)) /* another run of the same job's output */
		*h = (struct head){ .version = "", .on = "" };

	for (size_t i = 0; i < CM_COUNT(keys); i++) {
		const size_t k = strlen(keys[i].key);

		if (n > k && !strncmp(p, keys[i].key, k))
			keep(keys[i].to, keys[i].cap, p + k, n - k);
	}
	h->times[strspn(h->times, "0123456789")] = '\0';
}

/* A line of the table: a function and four numbers (old versions: and no more). */
static bool table_line(const char *p, size_t n, char name[40], double *gbytes)
{
	const size_t word = strcspn(p, " \t\r\n");
	char *end = NULL;

	if (!word || word >= n || word >= 40 || p[word - 1] == ':')
		return false;
	keep(name, 40, p, word);
	for (int i = 0; i < 4; i++) {
		const char *at = i ? end : p + word;

		(void)strtod(at, &end);
		if (end == at || end > p + n)
			return false;
		if (!i)
			*gbytes = thousands(at);
	}
	return *gbytes > 0;
}

/* One run, or several one after another: a job that ran on each device of a node. */
static void read_text(const struct published_from *from, struct published_list *l)
{
	struct head h = { .version = "" };
	bool table = false;
	char name[40], on[32];
	double v = 0;
	size_t line = 0;

	for (const char *p = from->bytes; *p;) {
		const size_t n = strcspn(p, "\n");

		line++;
		if (!strncmp(p, "Function", 8) && n > 8) {
			table = true;
		} else if (table && table_line(p, n, name, &v)) {
			row(from, l, &h, name, v, pool_printf(&l->pool, "%zu", line));
		} else {
			table = false;
			memcpy(on, h.on, sizeof on);
			read_head(&h, p, n);
			if (!*h.on) /* it stands above the name */
				memcpy(h.on, on, sizeof on);
		}
		p += n + (p[n] == '\n');
	}
}

static enum cm_status read_csv(const struct published_from *from, struct published_list *l,
			       struct cm_err *err)
{
	struct grid g;
	enum cm_status st = grid_read(from->bytes, from->len, from->path, &g, err);

	if (st)
		return st;
	for (size_t top = 0; top < g.rows; top++) {
		const size_t f = grid_column(&g, top, "function"),
			     v = grid_column(&g, top, "max_mbytes_per_sec"),
			     gb = grid_column(&g, top, "max_gbytes_per_sec"),
			     times = grid_column(&g, top, "num_times"),
			     n = grid_column(&g, top, "n_elements"),
			     size = grid_column(&g, top, "sizeof");

		for (size_t r = top + 1;
		     f != SIZE_MAX && (v != SIZE_MAX || gb != SIZE_MAX) && r < g.rows; r++) {
			struct head h = { .version = "" };
			const double rate = v != SIZE_MAX ? thousands(grid_cell(&g, r, v))
							  : strtod(grid_cell(&g, r, gb), NULL);

			keep(h.times, sizeof h.times, grid_cell(&g, r, times),
			     strlen(grid_cell(&g, r, times)));
			if (*grid_cell(&g, r, n))
				snprintf(h.size, sizeof h.size, "%.30s elements of %.20s bytes",
					 grid_cell(&g, r, n), grid_cell(&g, r, size));
			if (rate > 0)
				row(from, l, &h, grid_cell(&g, r, f), rate,
				    pool_printf(&l->pool, "%zu", g.row[r].line));
		}
	}
	grid_free(&g);
	return CM_OK;
}

static enum cm_status read(const struct published_from *from, struct published_list *l,
			   struct cm_err *err)
{
	enum cm_status st = CM_OK;

	if (strstr(from->bytes, "function,"))
		st = read_csv(from, l, err);
	else
		read_text(from, l);
	if (!st && l->n == 0)
		st = cm_fail(err, CM_EINPUT,
			     "%s: expected a table that begins 'Function    MBytes/sec'",
			     from->path);
	return st;
}

static bool knows(const struct published_from *from)
{
	return strstr(from->bytes, "MBytes/sec") != NULL || strstr(from->bytes, "max_mbytes_per_sec") != NULL;
}

const struct result_format result_babelstream = {
	.abi = CM_PUBLISHED_ABI,
	.name = "babelstream",
	.desc = "BabelStream or GPU-STREAM: text or CSV of a run",
	.family = "",
	.knows = knows,
	.read = read,
};
