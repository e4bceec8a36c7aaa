/*
 * The kernel's hardware monitors as folders: which there are, of which driver and device, and where each
 * keeps an attribute. Used by meter_hwmon.c alone.
 */
#ifndef HOST_HWMON_MONITOR_H
#define HOST_HWMON_MONITOR_H

#include <stdbool.h>
#include <stddef.h>

#define HWMON_FOLDERS 2 /* where attributes lie: the monitor's own folder, its device's */

struct monitor { /* one hwmon folder */
	char *folder[HWMON_FOLDERS];
	unsigned long number;
	char driver[48];      /* "unnamed" in a copy that lost it */
	char at[64];          /* PCI address of its device, else its number */
	bool apu;             /* an amdgpu that is a part of its processor */
	unsigned long nth;    /* of its driver's (an APU: of the APUs), in the order of addresses, from 0 */
};

/* In the order of their numbers, below ROOT. */
struct monitor *hwmon_monitors(const char *root, size_t *n);
void hwmon_monitors_free(struct monitor *m, size_t n);

/* The folder that has the attribute; the monitor's own where none has. */
const char *hwmon_home(const struct monitor *m, const char *file);
/* "power", 1, "input" */
bool hwmon_has(const struct monitor *m, const char *kind, unsigned k, const char *what);
void hwmon_label(const struct monitor *m, const char *kind, unsigned k, char *out, size_t cap);
/* A sensor that is switched off has no value; a recorded tree may still hold its last one. */
bool hwmon_switched_off(const struct monitor *m, const char *kind, unsigned k);
/* An ACPI meter lists what it meters; a list without the system's own node is of some devices only. */
bool hwmon_meters_parts(const struct monitor *m);

#endif
