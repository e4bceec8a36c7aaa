/*
 * Limits of power of amdgpu's cards by their hardware monitor (see hwmon_limits.h): power1_cap in
 * microwatts, of which the driver keeps whole watts. Documentation/gpu/amdgpu/thermal.rst. Writes
 * to a device only when a meter's set_cap is called (R23).
 */
#include "hwmon_limits.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/meter_cap.h"
#include "base/str.h"
#include "base/sysfs.h"

#define CAP "power1_cap"

static void set_state(const char *folder, struct meter_cap *cap)
{
	char *path = cm_printf_dup("%s/" CAP, folder);

	if (access(path, W_OK) != 0) {
		const int e = errno;

		meter_cap_needs_root(cap);
		if (e == EROFS)
			snprintf(cap->reason, sizeof cap->reason,
				 "/sys is read-only, as in a container: run costmark outside of it");
	}
	free(path);
}

void hwmon_add_limit(struct hwmon_limits *l, const char *folder, unsigned long number,
		     const char *at)
{
	struct meter_cap cap = {.st = CM_OK, .whole = true};

	/* The second die of a card tells 0: the first one's limit is of both. */
	if (sysfs_number(folder, CAP, 1e6, false, &cap.now_w) ||
	    sysfs_number(folder, CAP "_max", 1e6, false, &cap.max_w) || !(cap.now_w > 0) ||
	    !(cap.max_w > 0))
		return;
	if (sysfs_number(folder, CAP "_min", 1e6, false, &cap.min_w))
		cap.min_w = 0;
	if (sysfs_number(folder, CAP "_default", 1e6, false, &cap.default_w))
		cap.default_w = 0;
	snprintf(cap.name, sizeof cap.name, "amdgpu.%lu", number);
	snprintf(cap.covers, sizeof cap.covers, "%s", at);
	set_state(folder, &cap);
	CM_PUSH(l->limit, l->n, l->cap);
	l->folder = cm_realloc(l->folder, l->cap * sizeof *l->folder);
	l->folder[l->n] = cm_strdup(folder);
	l->limit[l->n++] = cap;
}

/* 0, or errno; the kernel's answer to a write may come when the file is closed. */
static int write_watts(const char *path, double watts)
{
	FILE *f = fopen(path, "we");
	int e = f ? 0 : errno;

	if (f && fprintf(f, "%.0f\n", watts * 1e6) <= 0)
		e = errno;
	if (f && fclose(f) != 0)
		e = errno;
	return e;
}

enum cm_status hwmon_set_limit(const struct hwmon_limits *l, size_t i, double watts,
			       struct cm_err *err)
{
	char *path = cm_printf_dup("%s/" CAP, l->folder[i]);
	const int e = write_watts(path, watts);
	double now_w = 0;
	enum cm_status st = CM_OK;

	if (sysfs_number(l->folder[i], CAP, 1e6, false, &now_w))
		now_w = 0;
	if (e) /* as found: nothing to put back */
		st = cm_fail(err, fabs(now_w - l->limit[i].now_w) < 1 ? CM_DENIED : CM_EIO,
			     "%s does not take %.6g W: %s", path, watts, strerror(e));
	else if (fabs(now_w - watts) >= 1)
		st = meter_cap_clipped(&l->limit[i], watts, now_w, err);
	free(path);
	return st;
}

void hwmon_free_limits(struct hwmon_limits *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->folder[i]);
	free(l->folder);
	free(l->limit);
}
