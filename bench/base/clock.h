/* Clocks: monotonic nanoseconds, what reading them costs, and wall time as ISO text. */
#ifndef CM_BASE_CLOCK_H
#define CM_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

static inline uint64_t cm_now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Median cost of one cm_now_ns() and the smallest step the clock shows, measured now. */
void cm_clock_cost(double *cost_ns, double *step_ns);

/* "2026-11-24T05:12:00Z"; SOURCE_DATE_EPOCH is honoured. */
void cm_iso_now(char out[32]);
/* Days from one ISO date to another; false when either is not YYYY-MM-DD, YYYY-MM or YYYY. */
int cm_iso_days(const char *from, const char *to, long *days);

#endif
