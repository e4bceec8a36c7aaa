/*
 * A meter in a process of its own. Vendors' drivers hang, abort and crash; there it costs a meter
 * and not the program. Knows no meter by name.
 */
#ifndef CM_ENGINE_METERING_APART_H
#define CM_ENGINE_METERING_APART_H

#include <stdbool.h>

#include "api/meter.h"

struct apart;

/* How long a driver's start is waited for: APART_OPEN_S or $COSTMARK_DRIVER_WAIT. */
double apart_wait_s(void);

/* Starts the process, which opens the meter; never waits for it. */
struct apart *apart_start(const struct meter *meter, const struct meter_from *from);
/* Waits for what open() said, at most until APART_OPEN_S after the start (or $COSTMARK_DRIVER_WAIT
 * seconds). Channels live until apart_end(). Silence and a crash are CM_EDRIVER, and the process is
 * ended. */
enum cm_status apart_opened(struct apart *a, const struct meter_channel **channel, size_t *n,
			    struct cm_err *err);
/* One reading of every channel, at most APART_READ_S long; after a failure it stays failed. */
enum cm_status apart_read(struct apart *a, struct meter_value *values, struct cm_err *err);
/* It was given up because it did not answer: it did not fail or crash. */
bool apart_hung(const struct apart *a);
void apart_end(struct apart *a); /* NULL is fine */

#define APART_OPEN_S 4.0
#define APART_READ_S 2.0

#endif
