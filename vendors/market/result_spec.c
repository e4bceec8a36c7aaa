/*
 * SPEC CPU: the search page's export (a result a line), a result's own CSV (its metrics), and tables of
 * benchmark, time and ratio that somebody made without review: those are estimates and say so. Base and peak,
 * rate and speed are never one metric.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/published.h"
#include "base/grid.h"

static const char terms[] =
	"SPEC and the names of its benchmarks are trade marks of the Standard Performance "
	"Evaluation Corporation (spec.org); only compliant results may be quoted as results";

static struct published_row *row(const struct published_from *from, struct published_list *l,
				 const struct grid *g, size_t r, double v)
{
	struct published_row *x = published_add(l, from);

	x->suite = "SPEC CPU 2017";
	x->terms = terms;
	x->line = pool_printf(&l->pool, "%zu", g->row[r].line);
	x->metric = "ratio";
	published_value(l, x, v, "1", "higher");
	return x;
}

static const char *cell(struct published_list *l, const struct grid *g, size_t r, size_t c)
{
	const char *t = grid_cell(g, r, c);
	char *copy;
	size_t n;
	const char *out;

	t += strspn(t, " \t");
	copy = cm_strdup(t);
	for (n = strlen(copy); n && (copy[n - 1] == ' ' || copy[n - 1] == '\t'); n--)
		copy[n - 1] = '\0';
	out = published_keep(l, copy);
	free(copy);
	return out;
}

/* The export: base and peak are columns. */
static void read_export(const struct published_from *from, struct published_list *l, const struct grid *g)
{
	const size_t bench = grid_column(g, 0, "Benchmark"), maker = grid_column(g, 0, "Hardware Vendor"),
		     system = grid_column(g, 0, "System"), chips = grid_column(g, 0, "# Chips"),
		     cores = grid_column(g, 0, "# Cores"), cpu = grid_column(g, 0, "Processor"),
		     date = grid_column(g, 0, "Published");
	const struct { const char *name; size_t column;
	} kinds[] = {
		{"base", grid_column(g, 0, "Base Result|Baseline")},
		{"peak", grid_column(g, 0, "Peak Result|Result")},
	};

	for (size_t r = 1; r < g->rows; r++)
		for (size_t k = 0; k < CM_COUNT(kinds); k++) {
			const double v = strtod(grid_cell(g, r, kinds[k].column), NULL);
			struct published_row *x;

			if (!(v > 0)) {
				published_refuse(l, from->path, pool_printf(&l->pool, "%zu", g->row[r].line),
						 k ? "peak is 0 or empty: it was not run" : "no base result");
				continue;
			}
			x = row(from, l, g, r, v);
			x->benchmark = cell(l, g, r, bench);
			x->scenario = kinds[k].name;
			x->submitter = cell(l, g, r, maker);
			x->system = cell(l, g, r, system);
			x->device_text = cell(l, g, r, cpu);
			x->accelerators = cell(l, g, r, chips);
			x->load = pool_printf(&l->pool, "%s cores", cell(l, g, r, cores));
			x->date = cell(l, g, r, date);
			x->quality = "reviewed";
		}
}

static void read_made(const struct published_from *from, struct published_list *l, const struct grid *g)
{
	const size_t time = grid_column(g, 0, "time"), ratio = grid_column(g, 0, "ratio");

	for (size_t r = 1; r < g->rows; r++) {
		const double v = strtod(grid_cell(g, r, ratio), NULL);
		struct published_row *x;

		if (!(v > 0)) {
			published_refuse(l, from->path,
					 pool_printf(&l->pool, "%zu", g->row[r].line), "no ratio");
			continue;
		}
		x = row(from, l, g, r, v);
		x->benchmark = cell(l, g, r, 0);
		x->quality = "estimate, not reviewed";
		x->metric = strchr(x->benchmark, '.') ? "ratio" : "ratio, geometric mean";
		x->load = pool_printf(&l->pool, "%s s", cell(l, g, r, time));
	}
}

/* SPECrate2017_int_base and its like: the metrics of a result's own CSV. */
static bool is_metric(const char *name)
{
	return (cm_starts(name, "SPECrate") || cm_starts(name, "SPECspeed")) &&
	       (strstr(name, "_base") || strstr(name, "_peak"));
}

static const char *fact(const struct grid *g, const char *name)
{
	for (size_t r = 0; r < g->rows; r++)
		for (size_t c = 0; c + 1 < g->row[r].cells; c++)
			if (!strncasecmp(grid_cell(g, r, c), name, strlen(name)) &&
			    strlen(grid_cell(g, r, c)) <= strlen(name) + 1)
				return grid_cell(g, r, c + 1);
	return "";
}

static void read_result(const struct published_from *from, struct published_list *l, const struct grid *g)
{
	const bool invalid = !strcmp(fact(g, "valid"), "0");

	for (size_t r = 0; r < g->rows; r++) {
		const char *name = grid_cell(g, r, 0);
		double v = NAN;
		struct published_row *x;

		if (!is_metric(name))
			continue;
		for (size_t c = 1; c < g->row[r].cells && !(v > 0); c++)
			v = strtod(grid_cell(g, r, c), NULL);
		if (!(v > 0)) {
			published_refuse(l, from->path, pool_printf(&l->pool, "%zu", g->row[r].line),
					 "a metric without a value: it was not run");
			continue;
		}
		x = row(from, l, g, r, v);
		x->benchmark = published_keep(l, name);
		x->scenario = strstr(name, "_peak") ? "peak" : "base";
		x->submitter = published_keep(l, fact(g, "Test Sponsor"));
		x->system = published_keep(l, fact(g, "System"));
		x->device_text = published_keep(l, fact(g, "CPU Name"));
		x->date = published_keep(l, fact(g, "Test Date"));
		x->quality = invalid ? "not compliant" : "reviewed";
	}
}

static enum cm_status read(const struct published_from *from, struct published_list *l,
			   struct cm_err *err)
{
	struct grid g;
	enum cm_status st = grid_read(from->bytes, from->len, from->path, &g, err);

	if (st)
		return st;
	if (grid_column(&g, 0, "Base Result|Baseline") != SIZE_MAX &&
	    grid_column(&g, 0, "Benchmark") != SIZE_MAX)
		read_export(from, l, &g);
	else if (grid_column(&g, 0, "ratio") != SIZE_MAX && grid_column(&g, 0, "benchmark") == 0)
		read_made(from, l, &g);
	else
		read_result(from, l, &g);
	grid_free(&g);
	return l->n || l->nrefused ? CM_OK
				   : cm_fail(err, CM_EINPUT,
					     "%s: neither an export of results, a result's own "
					     "CSV nor a table of benchmark, time and ratio",
					     from->path);
}

static bool knows(const struct published_from *from)
{
	return strstr(from->bytes, "Base Result") || strstr(from->bytes, "SPECrate") ||
	       strstr(from->bytes, "SPECspeed") || cm_starts(from->bytes, "benchmark,time,ratio");
}

const struct result_format result_spec = {
	.abi = CM_PUBLISHED_ABI,
	.name = "spec",
	.desc = "SPEC CPU: the search page's export, or a result's CSV",
	.family = "",
	.knows = knows,
	.read = read,
};
