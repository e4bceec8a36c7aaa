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
	/* '#' the label's number, '*' its text, '$' all of it, '@' the PCI address or the monitor's number,
	 * '%' which of the driver's monitors it is, from 0; NULL = what it feeds is not known */
	const char *covers;
	const char *within;         /* in the same words, what holds it; NULL = nothing that has a name */
	const char *file;           /* pattern of the attribute, "power#_average"; NULL = any */
	bool aside;                 /* in no sum: another meter counts what it feeds */
};

struct hwmon_place { const char *at, *label; unsigned long nth; };

/* The first rule that fits; NULL: none. */
const struct hwmon_rule *hwmon_rule_of(const char *driver, const char *label, const char *file);

/* `covers` or `within` of a channel, from the rule's pattern; "" for NULL. */
void hwmon_words(const struct hwmon_rule *r, const char *pattern, const struct hwmon_place *at, char *out,
		 size_t cap);

/* Smallest change of its readings, W or J. */
double hwmon_step(const struct hwmon_rule *r);

/* Does its driver say that firmware estimates it? */
bool hwmon_estimated(const struct hwmon_rule *r);

/* Does a running machine draw something there at any time? A spare supply may draw none, a package not. */
bool hwmon_never_zero(const struct hwmon_rule *r);

#endif
