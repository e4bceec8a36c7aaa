/*
 * The kernel's powercap zones: where they are, what they are called, which lies in which, and what part of
 * the machine a name means. Used by meter_powercap.c alone.
 */
#ifndef HOST_POWERCAP_ZONES_H
#define HOST_POWERCAP_ZONES_H

#include <stdbool.h>
#include <stddef.h>

#include "api/meter.h"

struct zone {
	char *path;          /* its folder */
	char *dir;           /* "intel-rapl:a:0" */
	char name[32];       /* "package-10" */
};

struct zones {
	struct zone *zone;   /* in the order of their numbers, a zone before what lies in it */
	size_t n, cap;
	char *folder;        /* /sys/class/powercap below the root */
};

/* Zones below ROOT; false: it has no such class. */
bool zones_find(const char *root, struct zones *z);
void zones_free(struct zones *z);

/* The zone around it, NULL for the outermost. */
const struct zone *zones_parent(const struct zones *z, const struct zone *of);
/* The name of a zone that is there now and was not when they were looked for; false: none. */
bool zones_new(const struct zones *z, char *name, size_t cap);

/* Length of the control type in a zone's folder name: "intel-rapl" of "intel-rapl:0". */
size_t zone_type(const struct zone *z);
/* Scope and `covers` by name; a sub-zone takes its socket from the zone around it. */
bool zone_is(const struct zones *z, const struct zone *of, enum cm_scope *scope, char *covers,
	     size_t cap);

#endif
