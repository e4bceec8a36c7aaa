/* The plan of a power-cap sweep: "200..700:50", "300,250,200", "nvml=300,250". Pure text and numbers. */
#ifndef CM_ENGINE_CAP_STEPS_H
#define CM_ENGINE_CAP_STEPS_H

#include <stddef.h>

#include "base/cap_curve.h"

#define CM_MAX_CAPS 64

struct cap_steps {
	char which[64];           /* a meter or a part of a limit's name; "" = the only ones here */
	double watts[CM_MAX_CAPS]; /* in the order of running */
	size_t n;
};

enum cm_status cap_steps_parse(const char *text, struct cap_steps *out, struct cm_err *err);

#endif
