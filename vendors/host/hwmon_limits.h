/* Limits of power that the kernel's hardware monitors let be set: those of amdgpu's cards. Used by
 * meter_hwmon.c. */
#ifndef HOST_HWMON_LIMITS_H
#define HOST_HWMON_LIMITS_H

#include "api/meter.h"

struct hwmon_limits {
	struct meter_cap *limit;
	char **folder; /* whose power1_cap each is */
	size_t n, cap;
};

/* folder: the monitor's, number: its own; at: the PCI address of its card. Nothing where it has no
 * such limit. */
void hwmon_add_limit(struct hwmon_limits *l, const char *folder, unsigned long number,
		     const char *at);
enum cm_status hwmon_set_limit(const struct hwmon_limits *l, size_t i, double watts,
			       struct cm_err *err);
void hwmon_free_limits(struct hwmon_limits *l);

#endif
