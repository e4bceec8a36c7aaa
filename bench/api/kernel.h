/*
 * What a kernel is: one workload in one file, read by the C compiler and by every device compiler.
 *
 * kernels/NAME.c exports `const struct kernel kernel_NAME`. Its text is also embedded into the
 * program and handed to device compilers behind bench/api/prelude.h, which defines CM_DEVICE: what
 * lies between #ifndef CM_DEVICE and #endif is for the host alone (this header, the descriptor, the
 * host half where it differs), the rest is the shared device code. A kernel knows no vendor, no
 * backend and no price.
 */
#ifndef CM_API_KERNEL_H
#define CM_API_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/prelude.h"
#include "api/status.h"

#define CM_KERNEL_ABI 1
#define CM_MAX_BUFS 12
#define CM_MAX_ARGS 16
#define CM_MAX_STEPS 8
#define CM_MAX_TUNABLES 8
#define CM_MAX_SIZES 16

/*       symbol   word   bytes */
#define CM_TYPES(X)                                                                                \
	X(CM_F64, "fp64", 8)                                                                       \
	X(CM_F32, "fp32", 4)                                                                       \
	X(CM_U32, "u32", 4)                                                                        \
	X(CM_U64, "u64", 8)                                                                        \
	X(CM_NOTYPE, "-", 1)

enum cm_type {
#define X(sym, word, bytes) sym,
	CM_TYPES(X)
#undef X
	CM_TYPE_NR
};

const char *cm_type_word(enum cm_type t);
size_t cm_type_bytes(enum cm_type t);
bool cm_type_parse(const char *word, enum cm_type *out);

enum cm_suite { CM_QUICK, CM_STANDARD, CM_FULL, CM_SUITE_NR };

/* What a kernel needs to know of the device to choose its sizes. All measured or reported, never
 * guessed by the kernel. */
struct kernel_env {
	size_t l1_bytes, l2_bytes, l3_bytes; /* as the machine reports them; 0 = unknown */
	size_t plateau_bytes;  /* working set beyond which a read no longer hits any cache, measured */
	size_t memory_bytes;   /* that one run may use; already a fair share */
	size_t max_alloc_bytes; /* largest single buffer; 0 = no limit known */
	unsigned compute_units;
};

/* One cell of the plan: what exactly is run. */
struct kernel_case {
	enum cm_type type;
	unsigned op;         /* index into kernel.ops; 0 where there are none */
	size_t n;            /* the kernel's own size, in kernel.size_unit */
	uint64_t seed;       /* of the input data; differs from launch to launch */
	int tune[CM_MAX_TUNABLES]; /* values, in the order of kernel.tunables */
};

enum cm_access { CM_SCRATCH = 0, CM_IN = 1, CM_OUT = 2, CM_INOUT = 3 };

struct kernel_buf {
	const char *name;
	size_t bytes;
	enum cm_access access; /* CM_IN is uploaded before, CM_OUT downloaded after */
};

enum cm_arg_kind { CM_ARG_BUF, CM_ARG_U32, CM_ARG_U64, CM_ARG_F32, CM_ARG_F64, CM_ARG_LOCAL };

struct kernel_arg {
	enum cm_arg_kind kind;
	union {
		unsigned buf;       /* index into plan.buf */
		uint32_t u32;
		uint64_t u64;
		float f32;
		double f64;
		size_t local_bytes; /* of LOCAL memory handed in as an argument */
	};
};

/* One device function of an iteration. Steps run in order, each after the one before has ended. */
struct kernel_step {
	const char *entry;        /* KERNEL name in the shared text; NULL: a step of the host half only */
	unsigned dims;            /* 1 to 3 */
	size_t global[3];         /* work items, a multiple of local where local is given */
	size_t local[3];          /* work group; 0 = the backend chooses */
	struct kernel_arg arg[CM_MAX_ARGS];
	size_t args;
	size_t items;             /* host: the range [0, items) that run_host is split over */
	size_t grain;             /* host: shares are cut at multiples of it; 0 = 64 */
};

/* What one sample times. */
enum cm_kind {
	CM_COMPUTE,  /* iterations of all steps */
	CM_UPLOAD,   /* plan.buf[0] from host to device */
	CM_DOWNLOAD, /* plan.buf[0] from device to host */
};

struct kernel_plan {
	struct kernel_case c;
	enum cm_kind kind;
	struct kernel_buf buf[CM_MAX_BUFS];
	size_t bufs;
	struct kernel_step step[CM_MAX_STEPS];
	size_t steps;
	double flops, bytes, work; /* of one iteration, by formula; compulsory bytes */
	char defines[256];         /* for the device compiler: "-DTILE=16 -DVEC=4" */
	size_t scratch_bytes;      /* host: private memory of each thread */
	bool wait_each;            /* every iteration is launched and waited for by itself (latency) */
};

/* A part of a step, for one host thread. */
struct kernel_span {
	const struct kernel_plan *plan;
	void *const *buf;
	void *scratch;             /* plan.scratch_bytes, 64-byte aligned, this thread's own */
	unsigned step;
	size_t lo, hi;             /* its share of [0, items) */
	unsigned thread, threads;
};

/* A tunable: the same values on every device; the plan may refuse a combination (CM_UNSUPPORTED). */
struct kernel_tunable {
	const char *name;
	int values[12];            /* ended by 0; the first is the default */
	const char *help;
};

/* What the headline figure of a row is. */
enum cm_metric {
	CM_BYTES_PER_S, /* GB/s = bytes / ns */
	CM_FLOPS_PER_S, /* GFLOP/s = flops / ns */
	CM_WORK_PER_S,  /* plan.work / s */
	CM_NS_PER_WORK, /* ns, lower is better */
};

/* Does this kernel's best rate serve as a roof of the device's roofline? */
enum cm_roof { CM_ROOF_NONE, CM_ROOF_COMPUTE, CM_ROOF_MEMORY };

struct kernel {
	int abi;
	const char *name;          /* = file stem */
	const char *group;         /* --kernel GROUP selects all of it: "stream"; may equal name */
	const char *desc;          /* one line */
	const char *size_unit;     /* "elements", "order", "points a side" */
	const char *work_unit;     /* what one unit of work is: "element", "site update", "load" */
	enum cm_metric metric;
	enum cm_roof roof;         /* of the same type (compute) or beyond the caches (memory) */
	const enum cm_type *types; /* ended by CM_NOTYPE; the first is the default */
	const char *const *ops;    /* (optional) NULL-ended; each is a row of its own */
	const struct kernel_tunable *tunables; /* (optional) ended by .name = NULL */
	const char *peer;          /* what `make bench` compares it with, one phrase */

	/* Sizes of a suite for this type, ascending; returns how many (<= CM_MAX_SIZES). Pure. */
	size_t (*sizes)(const struct kernel_env *env, enum cm_suite suite, enum cm_type type,
			size_t out[CM_MAX_SIZES]);
	/* Buffers, steps, counts. Pure. CM_UNSUPPORTED with a reason where the case makes no sense;
	 * CM_EINPUT where the size is out of range. plan->c is set by the caller. */
	enum cm_status (*plan)(const struct kernel_env *env, struct kernel_plan *plan,
			       struct cm_err *err);
	/* Fills every CM_IN buffer from plan->c.seed; poisons CM_OUT. Random data, never zeros. */
	void (*fill)(const struct kernel_plan *plan, void *const buf[]);
	/* Host half of one step. Called by every thread at once; iterations are separated by a barrier.
	 * No allocation, lock or system call. NULL: this kernel has no host half (transfers). */
	void (*run_host)(const struct kernel_span *span);
	/* After `iterations` iterations: closed form or higher-precision reference over all elements
	 * where that is affordable. CM_EVERIFY with index, expected and found. */
	enum cm_status (*verify)(const struct kernel_plan *plan, void *const buf[],
				 uint64_t iterations, struct cm_err *err);
};

/* Tunable value by name, for plan() and friends. */
int cm_tune(const struct kernel *k, const struct kernel_case *c, const char *name);

#endif
