/*
 * The marks of a boot and of a driver's load (see metering_boot.h). Reads /proc and /sys/module
 * below a root; knows no driver by name: a channel says which module keeps its counter.
 */
#include "engine/metering_boot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"

#define SLEPT_S 0.1 /* the two clocks are read one after the other */

static double clock_s(clockid_t clock)
{
	struct timespec t;

	return clock_gettime(clock, &t) ? NAN : (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void boot_mark_read(const char *root, struct boot_mark *out)
{
	char path[512];

	*out = (struct boot_mark){
		.slept_s = root ? NAN : clock_s(CLOCK_BOOTTIME) - clock_s(CLOCK_MONOTONIC)};
	snprintf(path, sizeof path, "%s/proc/sys/kernel/random/boot_id", root ? root : "");
	if (!file_line(path, out->id, sizeof out->id))
		out->id[0] = '\0';
}

void driver_mark_read(const char *root, const char *module, struct driver_mark *out)
{
	char path[512];
	struct stat s;

	*out = (struct driver_mark){.load = 0};
	snprintf(path, sizeof path, "%s/sys/module/%s", root ? root : "", module);
	if (stat(path, &s))
		return;
	out->load = (uint64_t)s.st_ino;
	snprintf(path, sizeof path, "%s/sys/module/%s/version", root ? root : "", module);
	if (!file_line(path, out->version, sizeof out->version))
		out->version[0] = '\0';
}

bool boot_changed(const struct boot_mark *before, const struct boot_mark *after, char *why,
		  size_t cap)
{
	if (before->id[0] && after->id[0] && strcmp(before->id, after->id) != 0) {
		snprintf(why, cap,
			 "the machine was started anew in the window: boot %.36s, then %.36s",
			 before->id, after->id);
		return true;
	}
	if (after->slept_s - before->slept_s > SLEPT_S) {
		snprintf(why, cap, "the machine slept for %.3g s in the window",
			 after->slept_s - before->slept_s);
		return true;
	}
	return false;
}

bool driver_changed(const char *module, const struct driver_mark *before,
		    const struct driver_mark *after, char *why, size_t cap)
{
	if (before->load == after->load && !strcmp(before->version, after->version))
		return false;
	if (!before->load || !after->load)
		snprintf(why, cap, "the driver %.32s was %s in the window", module,
			 after->load ? "loaded" : "unloaded");
	else if (strcmp(before->version, after->version) != 0)
		snprintf(why, cap, "the driver %.32s changed from %.40s to %.40s in the window",
			 module, before->version[0] ? before->version : "no version",
			 after->version[0] ? after->version : "no version");
	else
		snprintf(why, cap, "the driver %.32s was loaded anew in the window", module);
	return true;
}
