/* What amdgpu's file gpu_metrics says of energy and throttling: a binary table of the card's
 * firmware, whose header tells its version. Knows no channel. */
#ifndef CM_GPU_METRICS_H
#define CM_GPU_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "api/status.h"

#define GM_NONE UINT64_MAX   /* all ones, of whichever width: the card does not give it */
#define GM_MOST_BYTES 16384u /* no known table is a quarter of it */
#define GM_J (1.0 / 65536)   /* a count of energy, J */

enum gm_held { GM_POWER, GM_THERMAL, GM_VR, GM_MEMORY, GM_PROCHOT, GM_HELD };

struct gpu_metrics {
	unsigned format, content; /* "1.6" */
	uint64_t energy;          /* counts of GM_J */
	uint64_t system_ns;       /* when the driver took the table */
	uint64_t firmware;        /* when the firmware filled it, in 10 ns */
	uint64_t cycles;          /* of the firmware's control loop … */
	uint64_t held[GM_HELD];   /* … and those of them in which a limit held the clocks back */
	uint64_t reasons;         /* where it counts none: bits of what holds the clocks back now */
	unsigned counter_bits;    /* width of cycles and held; 0: none */
};

/* Bits of `reasons`, the same on every card. */
extern const uint64_t gm_reason[GM_HELD];

/* CM_UNSUPPORTED: a version that is not known here, so nothing of it was read. CM_EDRIVER: it is
 * cut, or is not what its header says. */
enum cm_status gpu_metrics_parse(const unsigned char *bytes, size_t n, struct gpu_metrics *out,
				 struct cm_err *err);

#endif
