/* What nvidia-smi wrote of GPUs, in whichever of its formats: named texts of each GPU at each moment.
 * The readers of the formats fill it, meter_smi_dump.c makes channels of it. */
#ifndef CM_SMI_DUMP_H
#define CM_SMI_DUMP_H

#include "api/status.h"
#include "base/str.h"

enum smi_field {
	SMI_NAME, SMI_ARCH, SMI_CAPABILITY, SMI_UUID, SMI_BUS, SMI_INDEX, SMI_MIG, SMI_TIME,
	SMI_POWER,    /* "power draw", of this moment or a mean */
	SMI_NOW, SMI_MEAN, SMI_MEMORY_NOW, SMI_MEMORY_MEAN, SMI_MODULE_NOW, SMI_MODULE_MEAN,
	SMI_LIMIT, SMI_LIMIT_SET, SMI_USUAL, SMI_MOST,
	SMI_HELD_POWER, SMI_HELD_SYNC, SMI_HELD_SW_THERMAL, SMI_HELD_HW_THERMAL, SMI_HELD_BRAKE,
	SMI_TEMP, SMI_MEMORY_TEMP,
	SMI_MASK,     /* reasons as bits, "0x0000000000000004" */
	SMI_REASONS,  /* those that are active, by comma */
	SMI_FIELDS
};

struct smi_gpu { const char *field[SMI_FIELDS]; }; /* NULL: not in the dump */

struct smi_dump {
	struct smi_gpu *gpu; /* in the file's order: a GPU comes again in a log */
	size_t n, cap;
	const char *time;    /* of what follows, where it stands before the GPUs */
	struct pool texts;
};

struct smi_gpu *smi_add_gpu(struct smi_dump *d, const char *bus); /* bus may be "" */
/* One line of the last GPU: names in the tool's own words, "GPU Power Readings" or
 * gpu_power_readings. What is of no use here is passed over. */
void smi_item(struct smi_dump *d, const char *section, const char *key, const char *value);
/* Does --query-gpu have a field of this name that tells of power? */
bool smi_query_tells(const char *header);

/* Each fills d from plain text (base/dump_text.h), or says where the file is broken. */
enum cm_status smi_read_xml(const char *path, const char *text, struct smi_dump *d,
			    struct cm_err *err);
enum cm_status smi_read_text(const char *path, const char *text, struct smi_dump *d,
			     struct cm_err *err);
enum cm_status smi_read_table(const char *path, const char *text, struct smi_dump *d,
			      struct cm_err *err);
/* from: where the header begins. */
enum cm_status smi_read_csv(const char *path, const char *text, const char *from,
			    struct smi_dump *d, struct cm_err *err);
enum cm_status smi_read_dmon(const char *path, const char *text, struct smi_dump *d,
			     struct cm_err *err);
enum cm_status smi_read_stats(const char *path, const char *text, struct smi_dump *d,
			      struct cm_err *err);

/* The file in whichever format it is; CM_ABSENT: in none of them. */
enum cm_status smi_read(const char *path, struct smi_dump *d, struct cm_err *err);
void smi_free(struct smi_dump *d);

#endif
