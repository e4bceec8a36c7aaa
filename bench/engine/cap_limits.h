/*
 * The limits of power of this machine, by what meters say of them, and which of them a sweep means.
 * No meter is known by name.
 */
#ifndef CM_ENGINE_CAP_LIMITS_H
#define CM_ENGINE_CAP_LIMITS_H

#include "api/meter.h"
#include "engine/cap_steps.h"

struct cap_limit {
	const struct meter *meter;
	struct meter_ctx *ctx; /* lives until the process ends */
	size_t at;             /* its number in the meter */
	const struct meter_cap *cap;
	bool touched; /* it may be another than the one found */
};

struct cap_limits {
	struct cap_limit *limit;
	size_t n, room;
};

/* Opens the meters that may hold `which` ("" = all), drivers too: for a process of its own. */
void cap_limits_find(const char *sysfs_root, const char *which, struct cap_limits *all);
/* Keeps those that `which` means: CM_ABSENT, CM_EINPUT with the sentence. */
enum cm_status cap_limits_choose(struct cap_limits *all, const char *which, struct cm_err *err);
/* Each may be set, to each of the caps: CM_DENIED, CM_UNSUPPORTED, CM_EINPUT (outside the range).
 */
enum cm_status cap_limits_check(const struct cap_limits *all, const struct cap_steps *s,
				struct cm_err *err);
/* "package-0, package-1" */
void cap_limits_name(const struct cap_limits *all, char *out, size_t cap);

/* For showing: every limit here. A meter that calls a driver is asked in a process of its own and
 * given up after a few seconds; then its limits are not in the list. Call it while the process has
 * one thread. The caller frees. */
struct cap_listed {
	const struct meter *meter;
	struct meter_cap cap;
};
size_t cap_limits_list(const char *sysfs_root, struct cap_listed **out);

#endif
