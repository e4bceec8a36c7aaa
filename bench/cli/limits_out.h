/* Limits of power in `costmark meters`: in force, default, range, and whether this user may set them. */
#ifndef CM_CLI_LIMITS_OUT_H
#define CM_CLI_LIMITS_OUT_H

#include "base/json.h"
#include "engine/cap_limits.h"
#include "engine/metering.h"

struct limit_row {
	struct meter_cap cap;
	const char *meter;
};

struct limit_rows { struct limit_row *row; size_t n, room; };

/* Those that could be set, as listed, and those that channels only tell of. */
void limits_gather(const struct cap_listed *listed, size_t n, const struct metering *m,
		   struct limit_rows *out);
void limits_free(struct limit_rows *l);
struct cmj *limits_json(const struct limit_rows *l);
void limits_print(const struct limit_rows *l, unsigned width); /* nothing where there is none */

#endif
