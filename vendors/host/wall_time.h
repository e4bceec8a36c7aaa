/*
 * Times and numbers as meters write them into logs. Used by wall_log.c alone.
 */
#ifndef HOST_WALL_TIME_H
#define HOST_WALL_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

enum wall_dates { WALL_DATES_UNKNOWN, WALL_DAY_FIRST, WALL_MONTH_FIRST };

struct wall_shift { double at; double offset_s; }; /* from then on, s since 1970 */

struct wall_clock {
	enum wall_dates dates;    /* of dates such as 03/04/2026 */
	struct wall_shift shift[16]; /* of times without an offset of their own; none: UTC */
	size_t shifts;
	double ahead_s;           /* how far the meter's clock is ahead of this machine's */
};

/* "+01:00", "-0530", "Z", "UTC", or a name of the time zone data such as Europe/Berlin, with its
 * changes to and from summer time from two years before `now`. false: no such zone here. */
bool wall_zone(const char *text, time_t now, struct wall_clock *c);

/* Seconds since 1970 by this machine's clock; NaN for what is no time. An hour that summer time's end repeats
 * is the first of the two that is not before `after`. *unsure: day and month could be either. */
double wall_time(const char *text, const struct wall_clock *c, double after, bool *unsure);

/* 412.5, 412,5, 1.234,5, 1,234.5, each with a unit behind it or not (*unit points at it). NaN for anything
 * else; a lone comma is a decimal one where `decimal_comma`, else unsure where three digits follow: NaN. */
double wall_number(const char *text, bool decimal_comma, const char **unit);

#endif
