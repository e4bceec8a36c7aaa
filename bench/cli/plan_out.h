/* A plan on standard output: what `run --dry-run` shows. */
#ifndef CM_CLI_PLAN_OUT_H
#define CM_CLI_PLAN_OUT_H

#include "cli/opt.h"
#include "engine/plan.h"

void plan_print(const struct plan *p, const struct args *a);

#endif
