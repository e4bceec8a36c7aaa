/* Level Zero Sysman as it was loaded, and the GPUs that it knows: what channels and limits of power are
 * made of. Handles are the driver's and never freed. */
#ifndef CM_SYSMAN_GPU_H
#define CM_SYSMAN_GPU_H

#include <stdbool.h>
#include <stddef.h>

#include "api/meter.h"
#include "sysman_abi.h"

struct sysman_domain { /* of power */
	cmzs_handle h;
	struct cmzs_power about;
	int domain;              /* CMZS_DOMAIN_CARD …; 0: the driver does not say */
};

struct sysman_clock { cmzs_handle h; bool on_part; uint32_t part; };

struct sysman_gpu {
	cmzs_handle dev;
	char at[48];             /* its PCI address */
	char model[64];          /* "" = not told */
	char driver[32];         /* the kernel's: "xe", "i915" */
	uint32_t parts;          /* tiles; 0: it is not divided, or the driver does not tell */
	struct sysman_domain *domain;
	size_t domains;
	struct sysman_clock *clock; /* those of the GPU itself, one a tile */
	size_t clocks;
};

struct sysman {
	struct sysman_api api;
	bool old;                /* devices are found through the core interface */
	struct sysman_gpu *gpu;
	size_t gpus, cap;
};

/* Loads and starts the library and asks it for its GPUs. */
enum cm_status sysman_start(struct sysman *z, struct cm_err *err);
void sysman_stop(struct sysman *z);

enum cm_status sysman_status(cmzs_ret r);
/* A list of handles by the usual two calls, to be freed; NULL and *n = 0 where there is none. */
cmzs_handle *sysman_list(cmzs_ret (*get)(cmzs_handle, uint32_t *, cmzs_handle *), cmzs_handle of,
			 uint32_t *n);
/* "card", "package", … */
const char *sysman_domain_word(int domain);

/* The limits of power that the GPUs tell of. */
struct sysman_limits {
	struct meter_cap *limit;
	cmzs_handle *domain;     /* which domain of power each is of */
	size_t n;
};

void sysman_find_limits(const struct sysman *z, struct sysman_limits *out);
enum cm_status sysman_set_limit(const struct sysman *z, const struct sysman_limits *l, size_t i, double watts,
				struct cm_err *err);
/* The one that covers it, or NULL. */
const struct meter_cap *sysman_limit_of(const struct sysman_limits *l, const char *covers);
void sysman_free_limits(struct sysman_limits *l);

/* The smaller the wider is what it covers; SYSMAN_PART and above are of a tile alone. */
int sysman_width(const struct sysman_domain *d);
#define SYSMAN_PART 9

#endif
