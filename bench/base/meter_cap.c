/* See meter_cap.h. Sets nothing and asks no driver. */
#include "base/meter_cap.h"

#include <stdio.h>

void meter_cap_needs_root(struct meter_cap *l)
{
	l->st = CM_DENIED;
	snprintf(l->reason, sizeof l->reason,
		 "the driver lets only root set it: run costmark with sudo");
}

enum cm_status meter_cap_denied(const struct meter_cap *l, struct cm_err *err)
{
	return cm_fail(err, CM_DENIED, "the driver lets this user not set the power limit of %s: run "
		       "costmark with sudo, outside of a container", l->name);
}

enum cm_status meter_cap_clipped(const struct meter_cap *l, double watts, double holds_w, struct cm_err *err)
{
	return cm_fail(err, CM_EDRIVER, "%s was asked for %.6g W and holds %.6g W: the driver clips it",
		       l->name, watts, holds_w);
}
