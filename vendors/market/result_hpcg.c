/*
 * HPCG: the text of a run, "Section::Key=Value". VALID also stands on runs that are too short to be
 * official, and a second, higher number is there for historical reasons: neither is taken for the
 * figure.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/published.h"

#define OFFICIAL_S 1800 /* seconds a run must take; before 2015's version 3.0: 3600 */

/* The value of a line that begins with key; n: its length. NULL: there is none. */
static const char *value_of(const char *text, const char *key, size_t *n)
{
	for (const char *p = text; (p = strstr(p, key)); p++)
		if (p == text || p[-1] == '\n') {
			p += strlen(key);
			*n = strcspn(p, "\r\n");
			return p;
		}
	return NULL;
}

static double number_of(const char *text, const char *key)
{
	size_t n;
	const char *v = value_of(text, key, &n);

	return v ? strtod(v, NULL) : NAN;
}

static enum cm_status read(const struct published_from *from, struct published_list *l,
			   struct cm_err *err)
{
	const char *t = from->bytes, *version;
	const double gflops = number_of(t, "Final Summary::HPCG result is VALID with a GFLOP/s rating of=");
	const double took = number_of(t, "Final Summary::Results are valid but execution time (sec) is=");
	const double total = number_of(t, "Benchmark Time Summary::Total=");
	struct published_row *r;
	size_t n = 0;

	if (!strstr(t, "Final Summary"))
		return cm_fail(err, CM_EINPUT,
			       "%s: expected the text of an HPCG run with its 'Final Summary'",
			       from->path);
	if (!(gflops > 0)) {
		published_refuse(l, from->path, "", "the run does not say that its result is VALID");
		return CM_OK;
	}
	r = published_add(l, from);
	r->suite = r->benchmark = "HPCG";
	version = value_of(t, "version=", &n);
	r->round = version ? pool_printf(&l->pool, "%.*s", (int)n, version) : "";
	r->metric = "throughput";
	r->precision = "fp64";
	r->load = pool_printf(&l->pool, "%.0f processes of %.0f threads, %.0f equations",
			      number_of(t, "Machine Summary::Distributed Processes="),
			      number_of(t, "Machine Summary::Threads per processes="),
			      number_of(t, "Linear System Information::Number of Equations="));
	const double s = isnan(took) ? total : took;
	r->quality =
		isnan(s) ? "VALID, of untold length"
		: s >= OFFICIAL_S
			? "VALID"
			: pool_printf(
				  &l->pool,
				  "VALID but short: %g s of the %d s that an official run takes", s,
				  OFFICIAL_S);
	published_value(l, r, gflops, "GFLOP/s", "higher");
	return CM_OK;
}

static bool knows(const struct published_from *from)
{
	return strstr(from->bytes, "HPCG-Benchmark") != NULL;
}

const struct result_format result_hpcg = {
	.abi = CM_PUBLISHED_ABI,
	.name = "hpcg",
	.desc = "HPCG: the text of a run",
	.family = "",
	.knows = knows,
	.read = read,
};
