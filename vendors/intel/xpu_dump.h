/* What xpu-smi wrote of GPUs, in any of its formats: the values that tell of power at each moment, of a
 * device or of one of its tiles. The reader of the formats hands them over one by one. */
#ifndef CM_XPU_DUMP_H
#define CM_XPU_DUMP_H

#include "api/status.h"

struct xpu_value {
	long device, tile;   /* tile -1: the whole device */
	const char *bus;     /* NULL: not said */
	const char *what;    /* "power", "energy", "temperature", "memory temperature" */
	const char *text, *unit; /* as the tool wrote it; unit "" where it is not said */
	double t_s;          /* of dump_time(); NaN: not said */
};

/* Calls `take` for each value of the file; CM_ABSENT: in none of the formats. The texts live for the call. */
enum cm_status xpu_read(const char *path, void (*take)(void *to, const struct xpu_value *v), void *to,
			struct cm_err *err);

#endif
