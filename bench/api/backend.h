/*
 * What a backend is: a way to run kernels on the devices of one interface (host threads, OpenCL, …).
 *
 * vendors/V/backend_NAME.c exports `const struct backend backend_NAME`; vendors/V/tuned_NAME.c
 * exports `const struct tuned tuned_NAME`, a vendor's own library that does a kernel's work on that
 * backend's devices. The descriptor is const; everything that lives is behind an opaque instance.
 * Drivers and libraries are found by base/dl.h at run time and never unloaded.
 */
#ifndef CM_API_BACKEND_H
#define CM_API_BACKEND_H

#include "api/kernel.h"

#define CM_BACKEND_ABI 1

enum cm_device_class { CM_CPU, CM_GPU, CM_ACCELERATOR, CM_NODEVICE };

enum cm_backend_cap {
	CM_CAP_DEVICE_TIMER = 1, /* launch times come from the device's own events */
	CM_CAP_SHARED_MEMORY = 2, /* no transfers: host and device are one memory */
	CM_CAP_SOURCE = 4,       /* compiles the kernel's text at run time */
	CM_CAP_NO_WORK = 8,      /* does nothing (null): results are not verified, rows are not results */
};

struct device_info {
	char name[128];      /* as the driver prints it */
	char vendor[64];
	char driver[128];    /* driver or runtime version */
	char compiler[128];  /* compiler that builds the kernels; "" = none */
	char location[32];   /* PCI address "0000:41:00.0", or "" */
	enum cm_device_class cls;
	size_t memory_bytes, max_alloc_bytes;
	unsigned compute_units, clock_mhz; /* 0 = unknown */
	bool fp64;
	size_t local_bytes, max_group; /* work-group limits; 0 = none */
};

struct backend_ctx;
struct program;

struct backend {
	int abi;
	const char *name, *desc;
	unsigned caps; /* enum cm_backend_cap */

	/* CM_ABSENT with the reason when this machine has none; called in a child process first. */
	enum cm_status (*open)(struct backend_ctx **ctx, struct cm_err *err);
	void (*close)(struct backend_ctx *ctx);
	size_t (*count)(const struct backend_ctx *ctx);
	/* CM_EDRIVER: the device becomes a row with that reason. */
	enum cm_status (*describe)(struct backend_ctx *ctx, size_t dev, struct device_info *info,
				   struct cm_err *err);
	/* Compiles (text = prelude + kernel, as embedded), allocates device and host memory. */
	enum cm_status (*build)(struct backend_ctx *ctx, size_t dev, const struct kernel *k,
				const struct kernel_plan *plan, const char *text,
				struct program **out, struct cm_err *err);
	/* The host side of plan->buf[], valid until release. */
	void *const *(*host)(struct program *p);
	/* All buffers, outputs too (they are poisoned). A CM_UPLOAD plan's buf[0] is left to launch(); a
	 * CM_DOWNLOAD plan's host copy of it is overwritten after, so that only launch() can bring it
	 * back. */
	enum cm_status (*upload)(struct program *p, struct cm_err *err);
	/* Runs `iterations` iterations of the plan and waits. *ns: the region's time by the device's
	 * events where CM_CAP_DEVICE_TIMER, else by the monotonic clock around the region. The clock
	 * is read inside, next to the work. CM_UPLOAD and CM_DOWNLOAD plans time that copy. */
	enum cm_status (*launch)(struct program *p, uint64_t iterations, uint64_t *ns,
				 struct cm_err *err);
	enum cm_status (*download)(struct program *p, struct cm_err *err);
	void (*release)(struct program *p);
};

/* A vendor's library. Same life cycle; fills, verification and counting stay the kernel's own. */
struct tuned {
	int abi;
	const char *name, *desc;      /* "openblas" */
	const char *backend;          /* whose devices it runs on: "host" */
	const char *const *kernels;   /* NULL-ended names of kernels it can stand in for */
	/* CM_ABSENT with the reason when the library is not installed. version: "0.3.21 SkylakeX". */
	enum cm_status (*open)(struct backend_ctx **ctx, char version[128], struct cm_err *err);
	void (*close)(struct backend_ctx *ctx);
	enum cm_status (*build)(struct backend_ctx *ctx, size_t dev, const struct kernel *k,
				const struct kernel_plan *plan, struct program **out,
				struct cm_err *err);
	void *const *(*host)(struct program *p);
	enum cm_status (*upload)(struct program *p, struct cm_err *err);
	enum cm_status (*launch)(struct program *p, uint64_t iterations, uint64_t *ns,
				 struct cm_err *err);
	enum cm_status (*download)(struct program *p, struct cm_err *err);
	void (*release)(struct program *p);
};

/* Services of the program to backends (bench/engine/topology.c). */
unsigned cm_host_threads(void);                /* physical cores this process may use, >= 1 */
void cm_host_bind(unsigned thread);            /* binds the calling thread to the core of that index */
void *cm_huge_alloc(size_t bytes);             /* huge pages asked for, 2 MiB aligned, not touched;
                                                * NULL when the machine has no more */
void cm_huge_free(void *p, size_t bytes);

#endif
