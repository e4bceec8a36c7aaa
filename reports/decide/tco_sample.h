/* Draws of the uncertain inputs, and whose variance is whose: shared by the two files that sample. */
#ifndef CM_DECIDE_TCO_SAMPLE_H
#define CM_DECIDE_TCO_SAMPLE_H

#include "decide/tco.h"

/* Inputs with a range of their own that move an option. */
size_t tco_varying(const struct tco *t);
/* Fills the Sobol part of *u. */
enum cm_status tco_sobol(struct tco *t, struct uncertainty *u, struct cm_err *err);

#endif
