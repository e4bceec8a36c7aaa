/* Values with their spread, inside the folder: from a cursor, and the logarithm's parameters. */
#ifndef CM_MODEL_SPREAD_H
#define CM_MODEL_SPREAD_H

#include "model/scan.h"

/* *found false and the cursor where it was when no number, range or distribution stands here. */
enum cm_status spread_scan(struct scan *s, struct spread *out, bool *found, struct cm_err *err);
void spread_log(const struct spread *s, double *mu, double *sigma);

#endif
