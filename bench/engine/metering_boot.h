/* What must be the same at both ends of a window: the boot of the machine, and the load of each
 * driver whose counters were read. After another boot or load counters begin anew, also where they
 * seem to go on. */
#ifndef CM_ENGINE_METERING_BOOT_H
#define CM_ENGINE_METERING_BOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct boot_mark {
	char id[64];    /* boot_id of the kernel; "" = not readable */
	double slept_s; /* of this boot, in suspend; NaN = not known */
};

struct driver_mark {
	char version[64]; /* "" = the module states none */
	uint64_t load; /* number of its folder in sysfs, a new one at each load; 0 = it is not here
			*/
};

/* root: NULL = this machine. A recorded tree has no sleep of its own. */
void boot_mark_read(const char *root, struct boot_mark *out);
void driver_mark_read(const char *root, const char *module, struct driver_mark *out);

/* True, and the sentence, when a window between the two is void. What is not known at both ends is
 * silent. */
bool boot_changed(const struct boot_mark *before, const struct boot_mark *after, char *why,
		  size_t cap);
bool driver_changed(const char *module, const struct driver_mark *before,
		    const struct driver_mark *after, char *why, size_t cap);

#endif
