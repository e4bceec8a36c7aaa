/*
 * What a sensor of the kernel's hardware monitors measures: by driver and label, because nothing else in
 * sysfs says it. Used by meter_hwmon.c alone.
 */
#ifndef HOST_HWMON_RULES_H
#define HOST_HWMON_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "api/meter.h"

struct hwmon_rule {
	const char *driver, *label; /* patterns: '*' any text, '#' a number; label NULL = any, "" = none */
	enum cm_scope scope;
	/* '#' the label's number, '*' its text, '$' all of it, '@' the PCI address or the monitor's number;
	 * NULL = what it feeds is not known */
	const char *covers;
};

/* The first rule that fits; NULL: none. */
const struct hwmon_rule *hwmon_rule_of(const char *driver, const char *label);

/* `covers` of a channel. */
void hwmon_covers(const struct hwmon_rule *r, const char *at, const char *label, char *out, size_t cap);

/* Smallest change of its readings, W or J. */
double hwmon_step(const struct hwmon_rule *r);

/* Does its driver say that firmware estimates it? */
bool hwmon_estimated(const struct hwmon_rule *r);

/* Does a running machine draw something there at any time? A spare supply may draw none, a package not. */
bool hwmon_never_zero(const struct hwmon_rule *r);

#endif
