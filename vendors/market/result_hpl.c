/* HPL: the output of a run. A line that begins with W is a result: T/V N NB P Q Time Gflops; the residual's
 * line after it must say PASSED, else the row is no figure. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/published.h"

static enum cm_status read(const struct published_from *from, struct published_list *l,
			   struct cm_err *err)
{
	size_t line = 0, results = 0;

	for (const char *p = from->bytes; *p;) {
		const size_t n = strcspn(p, "\n");
		char text[256], kind[32];
		double size, block, rows, columns, seconds, gflops;

		line++;
		snprintf(text, sizeof text, "%.*s", (int)(n < sizeof text ? n : sizeof text - 1), p);
		p += n + (p[n] == '\n');
		/* NOLINTNEXTLINE(cert-err34-c) */
		if (text[0] != 'W' || sscanf(text, "%31s %lf %lf %lf %lf %lf %lf", kind, &size,
					     &block, &rows, &columns, &seconds, &gflops) != 7)
			continue;
		results++;
		/* Up to the next result. */
		const char *next = strstr(p, "\nW"), *ok = strstr(p, "PASSED");
		const char *at = pool_printf(&l->pool, "%zu", line);
		if (!ok || (next && ok > next)) {
			published_refuse(l, from->path, at, "its residual is not PASSED");
			continue;
		}
		struct published_row *r = published_add(l, from);
		r->suite = r->benchmark = "HPL";
		r->line = at;
		r->id = published_keep(l, kind);
		r->metric = "throughput";
		r->precision = "fp64";
		r->load = pool_printf(&l->pool, "N %.0f, NB %.0f, P %.0f, Q %.0f, %g s", size,
				      block, rows, columns, seconds);
		r->quality = "PASSED";
		r->notes = "several lines of one file are tries of one machine: its best is what lists quote";
		r->same_run = "";
		published_value(l, r, gflops, "GFLOP/s", "higher");
	}
	return results ? CM_OK
		       : cm_fail(err, CM_EINPUT,
				 "%s: expected the output of HPL, with a line such as 'WR11C2R4 "
				 "29184 192 2 2 19.6 8.4e+02'",
				 from->path);
}

static bool knows(const struct published_from *from)
{
	return strstr(from->bytes, "HPLinpack") != NULL;
}

const struct result_format result_hpl = {
	.abi = CM_PUBLISHED_ABI,
	.name = "hpl",
	.desc = "HPL: the output of a run",
	.family = "",
	.knows = knows,
	.read = read,
};
