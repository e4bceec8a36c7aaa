/* Was the machine warm before a window, and did it stay so? Temperatures of every sensor of the
 * kernel and of the devices' drivers, and the power over the window: joules taken while a machine
 * warms up are not those of long work. */
#ifndef CM_ENGINE_STEADY_H
#define CM_ENGINE_STEADY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"
#include "engine/metering.h"

#define STEADY_SENSORS 64

struct steady_sensor {
	char name[160], folder[400], file[48]; /* folder "": a driver's, of metering_gauges() */
	double c[3]; /* at each mark; NaN = no reading */
};

/* Marks: some time before the window, at its start, at its end. */
enum steady_mark { STEADY_BEFORE, STEADY_BEGIN, STEADY_END };

struct steady {
	struct steady_sensor sensor[STEADY_SENSORS];
	size_t n;
	double at_s[3];
	struct metering *meter; /* whose gauges the first sensors are; NULL = none */
};

/* Finds the sensors: gauges of the meters (meter NULL: none), and below a root (NULL = this machine)
 * thermal zones and those of hwmon. */
void steady_open(const char *root, struct metering *meter, struct steady *s);
void steady_read(struct steady *s, enum steady_mark mark, double now_s);

/* {"steady": true | false | null, "says": …, "sensor", "from_c", "to_c", "watched_s",
 * "power_change"}: by the sensor whose temperature moved most, before the window or in it, and by
 * the two halves of its power. */
struct cmj *steady_judge(const struct steady *s, const struct metering_result *r);

#endif
