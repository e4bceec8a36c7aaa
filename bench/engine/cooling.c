/* Cooling down between launches (see cooling.h). Knows no sensor by name: steady.h finds them. */
#include "engine/cooling.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/str.h"
#include "engine/steady.h"

#define SLICE_S 0.1
#define FLAT_S 2.0   /* no fall over so long … */
#define FLAT_C 0.5   /* … by more than half the step of the usual sensor: it will not get cooler */
#define AT_ONCE 4.0  /* one launch may wait as long as the shares of so many */

/* Marks of the sensors: before the first launch, before this one, after it. */
enum { FIRST = STEADY_BEFORE, START = STEADY_BEGIN, END = STEADY_END };

struct cooling {
	struct steady now;
	double left_s;    /* that may still be waited for */
	double waited_s;  /* before this launch */
	const char *ended;
};

static double now_s(void)
{
	return (double)cm_now_ns() * 1e-9;
}

struct cooling *cooling_begin(const char *root, double budget_s)
{
	struct cooling *c = cm_alloc(sizeof *c);

	/* Sensors of the kernel alone: a driver is opened by launches, not by who starts them. */
	steady_open(root, NULL, &c->now);
	steady_read(&c->now, STEADY_BEFORE, now_s());
	c->left_s = COOLING_SHARE * budget_s;
	return c;
}

/* The most that a sensor stands above its first reading, K; 0 where none can be read. */
static double excess_c(const struct cooling *c)
{
	double most = 0;

	for (size_t i = 0; i < c->now.n; i++)
		most = fmax(most, c->now.sensor[i].c[START] - c->now.sensor[i].c[FIRST]);
	return most;
}

void cooling_wait(struct cooling *c, size_t to_come, const volatile sig_atomic_t *stop)
{
	const double begun = now_s();
	const double most_s = fmin(c->left_s, AT_ONCE * c->left_s / (double)(to_come ? to_come : 1));
	const struct timespec slice = { .tv_nsec = (long)(SLICE_S * 1e9) };
	double excess, marked_s = 0, marked_c = NAN;

	for (c->ended = "";;) {
		steady_read(&c->now, STEADY_BEGIN, now_s());
		c->waited_s = now_s() - begun;
		excess = excess_c(c);
		if (excess <= COOLING_NEAR_C || *stop)
			break;
		if (c->waited_s + SLICE_S > most_s) {
			c->ended = "its share of the budget ended";
			break;
		}
		if (isnan(marked_c))
			marked_c = excess;
		if (c->waited_s - marked_s >= FLAT_S) {
			if (marked_c - excess < FLAT_C) {
				c->ended = "it fell no more";
				break;
			}
			marked_s = c->waited_s;
			marked_c = excess;
		}
		nanosleep(&slice, NULL);
	}
	c->left_s -= c->waited_s;
}

/* The sensor that the launch moved most stands for it. */
void cooling_describe(struct cooling *c, struct cmj *summary)
{
	const struct steady_sensor *most = NULL;
	struct cmj *o = cmj_object();
	struct str says = { 0 };

	steady_read(&c->now, STEADY_END, now_s());
	for (size_t i = 0; i < c->now.n; i++) {
		const struct steady_sensor *x = &c->now.sensor[i];

		if (!most || x->c[END] - x->c[FIRST] > most->c[END] - most->c[FIRST])
			most = x;
	}
	if (most) {
		cmj_set(o, "sensor", cmj_string(most->name));
		cmj_set(o, "first_c", cmj_number(most->c[FIRST]));
		cmj_set(o, "start_c", cmj_number(most->c[START]));
		cmj_set(o, "end_c", cmj_number(most->c[END]));
		str_addf(&says,
			 "%s: %.1f °C before the first launch, %.1f at the start of this, %.1f at "
			 "its end",
			 most->name, most->c[FIRST], most->c[START], most->c[END]);
		if (c->waited_s >= SLICE_S)
			str_addf(&says, "; waited %.1f s for it to cool down%s%s", c->waited_s,
				 *c->ended ? " until " : "", c->ended);
		else if (*c->ended)
			str_addf(&says, "; no time to cool down: %s", c->ended);
	} else {
		str_add(&says, "no temperature sensor here: launches follow each other at once");
	}
	cmj_set(o, "waited_s", cmj_number(c->waited_s));
	cmj_set(o, "says", cmj_string(str_get(&says)));
	cmj_set(summary, "cooling", o);
	str_free(&says);
}

void cooling_end(struct cooling *c)
{
	free(c);
}
