/*
 * Channels that were read from a file: what the meters of vendors' dumps have in common.
 *
 * A reader of a format gives each value as the tool wrote it, with its unit and its moment; here it
 * becomes a reading or a state with the tool's word, never a guess. Several readings of one channel are
 * a log: the last stands, and beside power the joules of the log, by trapezoids on its own times.
 */
#ifndef CM_BASE_DUMP_METER_H
#define CM_BASE_DUMP_METER_H

#include "api/meter.h"

struct dump_log;

struct meter_ctx { /* of every meter whose `dumps` is set */
	struct meter_channel *channel;
	double *value;
	struct dump_log *log;
	size_t n, cap;
};

/*
 * "67.03 W", "900 mW", "43,21 W" → 67.03, 0.9, 43.21: watts, joules, seconds or degrees by `want`
 * ("W", "J", "s", "C"). unit: said elsewhere, in a header; "" or NULL: nowhere. False where it is
 * no number of 0 or more (degrees may be below), its unit is not said, or is another, or a comma
 * may part thousands.
 */
bool dump_quantity(const char *text, const char *unit, const char *want, double *out);
/* The same, or 0. */
double dump_quantity_or_0(const char *text, const char *unit, const char *want);

/* One value. like: all but state and value, its `unit` being what is wanted; a name that is there already
 * is the next reading of that channel. text NULL: the dump has no such line. t_s: of dump_time(), NaN = not
 * said. */
void dump_add(struct meter_ctx *c, const struct meter_channel *like, const char *text, const char *unit,
	      double t_s);
/* After the last: adds what logs hold, and says of each how long it is. */
void dump_close_logs(struct meter_ctx *c);

/* Of struct meter. */
void dump_close(struct meter_ctx *c);
size_t dump_channels(struct meter_ctx *c, const struct meter_channel **out);
enum cm_status dump_read(struct meter_ctx *c, struct meter_value *values, struct cm_err *err);

#endif
