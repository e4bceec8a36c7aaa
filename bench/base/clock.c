/* What a reading of the clock costs, and dates as text. */
#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

void cm_clock_cost(double *cost_ns, double *step_ns)
{
	enum { BATCHES = 101, READS = 64 };
	double cost[BATCHES];
	uint64_t step = UINT64_MAX;

	for (int i = 0; i < BATCHES; i++) {
		const uint64_t first = cm_now_ns();
		uint64_t last = first;
		for (int k = 0; k < READS; k++) {
			const uint64_t t = cm_now_ns();
			if (t > last && t - last < step)
				step = t - last;
			last = t;
		}
		cost[i] = (double)(last - first) / READS;
	}
	qsort(cost, BATCHES, sizeof *cost, by_value);
	*cost_ns = cost[BATCHES / 2];
	*step_ns = step == UINT64_MAX ? 0.0 : (double)step;
}

void cm_iso_now(char out[32])
{
	const char *fixed = getenv("SOURCE_DATE_EPOCH");
	time_t t = time(NULL);
	struct tm tm;

	if (fixed && *fixed) {
		char *end;
		errno = 0;
		const long long v = strtoll(fixed, &end, 10);
		if (*end == '\0' && errno == 0 && v >= 0 && v < 253402300800ll) /* year 9999 */
			t = (time_t)v;
	}
	gmtime_r(&t, &tm);
	strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

/* Days since 1970-01-01 of a date of the Gregorian calendar (Howard Hinnant, days_from_civil). */
static long days_from_civil(long y, long m, long d)
{
	y -= m <= 2;
	const long era = y / 400, yoe = y - era * 400;
	const long doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static int number(const char **s, int digits, long *out)
{
	*out = 0;
	for (; digits > 0; digits--, (*s)++) {
		if (**s < '0' || **s > '9')
			return 0;
		*out = *out * 10 + (**s - '0');
	}
	return 1;
}

static int iso_day(const char *s, long *day)
{
	static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	long y, m = 1, d = 1;

	if (!number(&s, 4, &y))
		return 0;
	if (*s == '-' && (s++, !number(&s, 2, &m)))
		return 0;
	if (*s == '-' && (s++, !number(&s, 2, &d)))
		return 0;
	if (*s != '\0' || y < 1 || m < 1 || m > 12 || d < 1)
		return 0;
	const int leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
	if (d > length[m - 1] + (m == 2 && leap))
		return 0;
	*day = days_from_civil(y, m, d);
	return 1;
}

int cm_iso_days(const char *from, const char *to, long *days)
{
	long a, b;
	if (!iso_day(from, &a) || !iso_day(to, &b))
		return 0;
	*days = b - a;
	return 1;
}
