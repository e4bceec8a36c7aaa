/* Limits of power of AMD's GPUs (see amd_limits.h). The driver keeps whole watts. */
#include "amd_limits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/meter_cap.h"
#include "base/str.h"

void amd_add_limit(struct amd_limits *l, const struct amd_gpu *g, size_t i,
		   const struct amd_limit *of)
{
	struct meter_cap cap = {.st = CM_OK, .whole = true};

	if (!of->now_uw || !of->most_uw || of->least_uw > of->most_uw || of->most_uw == UINT64_MAX)
		return;
	snprintf(cap.name, sizeof cap.name, "card%zu", i);
	snprintf(cap.covers, sizeof cap.covers, "%s", g->at);
	cap.now_w = (double)of->now_uw * 1e-6;
	cap.default_w = (double)of->usual_uw * 1e-6;
	cap.min_w = (double)of->least_uw * 1e-6;
	cap.max_w = (double)of->most_uw * 1e-6;
	/* The libraries' own rule; what the driver says of root is known when it is set. */
	if (geteuid() != 0)
		meter_cap_needs_root(&cap);
	CM_PUSH(l->limit, l->n, l->cap);
	l->gpu = cm_realloc(l->gpu, l->cap * sizeof *l->gpu);
	l->gpu[l->n] = i;
	l->limit[l->n++] = cap;
}

enum cm_status amd_limit_set(const struct meter_cap *l, double watts, enum cm_status st,
			     const char *words, uint64_t now_uw, struct cm_err *err)
{
	const double now_w = (double)now_uw * 1e-6;

	if (st == CM_DENIED)
		return meter_cap_denied(l, err);
	/* As found: it was refused, and there is nothing to put back (a read-only /sys of a
	 * container). */
	if (st && fabs(now_w - l->now_w) < 1)
		st = st == CM_UNSUPPORTED ? st : CM_DENIED;
	if (st == CM_UNSUPPORTED)
		return cm_fail(
			err, CM_DENIED,
			"the power limit of %s cannot be set here: a virtual machine or a part "
			"of a GPU has none of its own",
			l->name);
	if (st)
		return cm_fail(err, st, "%s does not take %.6g W: %s", l->name, watts, words);
	if (!now_uw)
		return cm_fail(err, CM_EDRIVER,
			       "%s was asked for %.6g W, and what it holds cannot be read", l->name,
			       watts);
	if (fabs(now_w - watts) >= 1)
		return meter_cap_clipped(l, watts, now_w, err);
	return CM_OK;
}

void amd_free_limits(struct amd_limits *l)
{
	free(l->limit);
	free(l->gpu);
}
