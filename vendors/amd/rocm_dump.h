/* What rocm-smi and amd-smi wrote of GPUs, in any of their formats: a few texts of each GPU at each
 * moment, each with its unit. The readers of the formats fill it, meter_rocm_dump.c makes channels of it. */
#ifndef CM_ROCM_DUMP_H
#define CM_ROCM_DUMP_H

#include "api/status.h"
#include "base/str.h"

enum rocm_field {
	ROCM_NAME,
	ROCM_BUS,
	ROCM_TIME,
	ROCM_PARTITION, /* of a GPU that is cut into several */
	ROCM_MEAN,
	ROCM_NOW,
	ROCM_ENERGY,
	ROCM_COUNT,
	ROCM_LIMIT,
	ROCM_MOST,
	ROCM_HOTSPOT,
	ROCM_EDGE,
	ROCM_MEMORY_TEMP,
	ROCM_REASONS,   /* what holds it back, by comma */
	ROCM_FIELDS
};

struct rocm_gpu {
	char label[32];                    /* "card0" */
	const char *field[ROCM_FIELDS];    /* NULL: not in the dump */
	const char *unit[ROCM_FIELDS];     /* "W", "uJ" … or "" */
};

struct rocm_dump {
	struct rocm_gpu *gpu; /* in the file's order: a GPU comes again in a log */
	size_t n, cap;
	struct pool texts;
};

struct rocm_gpu *rocm_add_gpu(struct rocm_dump *d, const char *label);
/* The last one of that number, or a new one. */
struct rocm_gpu *rocm_card(struct rocm_dump *d, unsigned n);
/* A name in the tool's words below a section's ("limit"; "" = none), with its value; unit NULL: it
 * stands in the name, "Average Graphics Package Power (W)". What is of no use here is passed over.
 */
void rocm_item(struct rocm_dump *d, struct rocm_gpu *g, const char *section, const char *key,
	       const char *value, const char *unit);

/* From plain text (base/dump_text.h): lines of names and values, and tables. */
void rocm_read_text(const char *text, struct rocm_dump *d);
/* The file in whichever format it is; CM_ABSENT: in none of them. */
enum cm_status rocm_read(const char *path, struct rocm_dump *d, struct cm_err *err);
void rocm_free(struct rocm_dump *d);

#endif
