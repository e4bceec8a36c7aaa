/* What rocm-smi and amd-smi wrote of GPUs, in any of their formats: a few texts a GPU, each with
 * its unit. The reader of the formats fills it, meter_rocm_dump.c makes channels of it. */
#ifndef CM_ROCM_DUMP_H
#define CM_ROCM_DUMP_H

#include "api/status.h"
#include "base/str.h"

enum rocm_field {
	ROCM_NAME,
	ROCM_BUS,
	ROCM_MEAN,
	ROCM_NOW,
	ROCM_ENERGY,
	ROCM_COUNT,
	ROCM_LIMIT,
	ROCM_FIELDS
};

struct rocm_gpu {
	char label[32];                    /* "card0" */
	const char *field[ROCM_FIELDS];    /* NULL: not in the dump */
	const char *unit[ROCM_FIELDS];     /* "W", "uJ" … or "" */
};

struct rocm_dump {
	struct rocm_gpu *gpu;
	size_t n, cap;
	struct pool texts;
};

/* The file in whichever format it is; CM_ABSENT: in none of them. */
enum cm_status rocm_read(const char *path, struct rocm_dump *d, struct cm_err *err);
void rocm_free(struct rocm_dump *d);

#endif
