/* A device that warms up in a window, by any driver's library (see driver_lib.h). */
#ifndef TEST_HEAT_CASE_H
#define TEST_HEAT_CASE_H

#include "base/json.h"
#include "driver_lib.h"
#include "engine/steady.h"

/* The first of so many sensors reads 40 °C before the window, 41 at its start and 58 at its end: more than
 * 1 °C a minute and a step of 1 °C. The window has 1000 J; st keeps what was read. */
static inline void warms_up(struct metering *m, const struct scratch *s, unsigned sensors, const char *name,
			    struct steady *st)
{
	char *want = cm_printf_dup("not steady: %s went from 41.0 to 58.0 °C in 10 s of the window", name);
	struct metering_result r;
	struct cmj *j;

	steady_open(s->dir, m, st);
	assert_int_equal(st->n, sensors);
	steady_read(st, STEADY_BEFORE, 100);
	steady_read(st, STEADY_BEGIN, 104);
	window(m, 10, 0, &r);
	steady_read(st, STEADY_END, 114);
	assert_true(st->sensor[0].c[0] == 40 && st->sensor[0].c[1] == 41 && st->sensor[0].c[2] == 58);
	j = steady_judge(st, &r);
	says(cmj_text(cmj_get(j, "says"), ""), want);
	cmj_free(j);
	near(r.joules.value, 1000); /* degrees are in no sum */
	free(want);
}

#endif
