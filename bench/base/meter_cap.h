/* What meters say alike of limits of power: who may set one, and what became of setting it. */
#ifndef CM_BASE_METER_CAP_H
#define CM_BASE_METER_CAP_H

#include "api/meter.h"

/* Only root may set this limit: its state and reason. */
void meter_cap_needs_root(struct meter_cap *l);
/* CM_DENIED: the driver refused, and nothing has changed. */
enum cm_status meter_cap_denied(const struct meter_cap *l, struct cm_err *err);
/* CM_EDRIVER: another limit stands than the one that was asked for. */
enum cm_status meter_cap_clipped(const struct meter_cap *l, double watts, double holds_w, struct cm_err *err);

#endif
