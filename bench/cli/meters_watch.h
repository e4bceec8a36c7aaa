/* `costmark meters --watch`: the power of each second, until it is stopped. */
#ifndef CM_CLI_METERS_WATCH_H
#define CM_CLI_METERS_WATCH_H

#include <stdbool.h>

#include "engine/metering.h"

/* count 0: no end. *stopped: by Ctrl-C or a polite kill. */
enum cm_status meters_watch(struct metering *m, bool json, unsigned long count, bool *stopped,
			    struct cm_err *err);

#endif
