/*
 * Limits of power of NVIDIA's GPUs: which could be set, and setting one. The one file here that writes to a
 * device, and only when a meter's set_cap is called (R23).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/meter_cap.h"
#include "base/str.h"
#include "nvml_gpu.h"

/* The limit that was asked for, which a restore must bring back; the one enforced may be lower. */
static bool describe_limit(const struct nvml *n, unsigned i, struct meter_cap *l)
{
	const struct nvml_gpu *g = &n->gpu[i];
	unsigned now = 0, least = 0, most = 0;

	*l = (struct meter_cap){ .st = CM_OK, .whole = true, .default_w = g->usual_w };
	if (!g->dev || !n->api.limit_asked || !n->api.set_limit || !n->api.limits ||
	    n->api.limit_asked(g->dev, &now) || n->api.limits(g->dev, &least, &most))
		return false;
	snprintf(l->name, sizeof l->name, "gpu%u", i);
	snprintf(l->covers, sizeof l->covers, "%s", g->at);
	l->now_w = now * 1e-3;
	l->min_w = least * 1e-3;
	l->max_w = most * 1e-3;
	if (geteuid() != 0) /* the driver's own rule; what it says of root is known when it is set */
		meter_cap_needs_root(l);
	return true;
}

#define FORCE_S 2.0 /* the driver takes so long at most until a limit is in force */

/* What is in force: the least of several limits, of which ours is one. It may follow a moment later. */
static enum cm_status check_force(const struct nvml *n, const struct nvml_limits *l, size_t i, double watts,
				  struct cm_err *err)
{
	const cmnv_dev dev = n->gpu[l->gpu[i]].dev;
	const struct timespec nap = { .tv_nsec = 10000000 };
	const uint64_t begun = cm_now_ns();
	unsigned mw = 0;

	do {
		if (!n->api.limit || n->api.limit(dev, &mw)) /* it does not tell */
			return CM_OK;
		if (fabs(mw * 1e-3 - watts) <= 1)
			return CM_OK;
		nanosleep(&nap, NULL);
	} while ((double)(cm_now_ns() - begun) * 1e-9 < FORCE_S);
	/* What was found stood under that lower limit already. */
	if (mw * 1e-3 < watts && watts == l->limit[i].now_w)
		return CM_OK;
	return cm_fail(err, CM_EDRIVER, "%s was asked for %.6g W, and %.6g W are in force%s",
		       l->limit[i].name, watts, mw * 1e-3,
		       mw * 1e-3 < watts ? ": another limit is lower" : "");
}

void nvml_find_limits(const struct nvml *n, struct nvml_limits *out)
{
	out->limit = cm_alloc(n->gpus * sizeof *out->limit);
	out->gpu = cm_alloc(n->gpus * sizeof *out->gpu);
	for (unsigned i = 0; i < n->gpus; i++) {
		if (describe_limit(n, i, &out->limit[out->n]))
			out->gpu[out->n++] = i;
	}
}

enum cm_status nvml_set_limit(const struct nvml *n, const struct nvml_limits *l, size_t i, double watts,
			      struct cm_err *err)
{
	const cmnv_dev dev = n->gpu[l->gpu[i]].dev;
	const cmnv_ret r = n->api.set_limit(dev, (unsigned)lround(watts * 1e3));
	unsigned now = 0;

	if (r == CMNV_NO_PERMISSION || r == CMNV_BLOCKED)
		return meter_cap_denied(&l->limit[i], err);
	if (r)
		return cm_fail(err, nvml_status(r), "nvmlDeviceSetPowerManagementLimit of %s failed "
			       "with NVML error %d: %s", l->limit[i].name, r, nvml_words(n, r));
	if (n->api.limit_asked(dev, &now) || fabs(now * 1e-3 - watts) > 1)
		return meter_cap_clipped(&l->limit[i], watts, now * 1e-3, err);
	return check_force(n, l, i, watts, err);
}

void nvml_free_limits(struct nvml_limits *l)
{
	free(l->limit);
	free(l->gpu);
}
