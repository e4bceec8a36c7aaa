/* NVIDIA's management library as it was loaded, and the GPUs that it knows: what channels and limits of
 * power are made of. */
#ifndef CM_NVML_GPU_H
#define CM_NVML_GPU_H

#include <stdbool.h>

#include "api/meter.h"
#include "nvml_abi.h"

struct nvml_gpu {
	cmnv_dev dev;            /* NULL: the driver gave no handle … */
	cmnv_ret lost;           /* … for this reason */
	char name[96], uuid[96], at[32];
	unsigned arch, device_id;
	double limit_w, usual_w, most_w; /* 0 = not known */
	bool mig;
	/* "module 0": shared with its processor (Grace Hopper, Grace Blackwell); "" */
	char module[32];
	bool counts_module;      /* its energy counter is that of the module */
	bool counts_unsaid;      /* nobody states which it is */
};

struct nvml {
	struct nvml_api api;
	struct nvml_gpu *gpu;
	unsigned gpus;
};

/* Loads and starts the library and asks it for its GPUs. */
enum cm_status nvml_start(struct nvml *n, struct cm_err *err);
void nvml_stop(struct nvml *n);

enum cm_status nvml_status(cmnv_ret r);
const char *nvml_words(const struct nvml *n, cmnv_ret r);
/* Does nvmlDeviceGetPowerUsage give the mean of a second (GA10x and later) or this moment (GA100 and
 * older)? -1: not known. */
int nvml_averages(const struct nvml_gpu *g);

/* The limits of power that could be set. */
struct nvml_limits {
	struct meter_cap *limit;
	unsigned *gpu;           /* which GPU each is of */
	size_t n;
};

void nvml_find_limits(const struct nvml *n, struct nvml_limits *out);
enum cm_status nvml_set_limit(const struct nvml *n, const struct nvml_limits *l, size_t i, double watts,
			      struct cm_err *err);
void nvml_free_limits(struct nvml_limits *l);

#endif
