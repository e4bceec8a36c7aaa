/* Moments and durations as Redfish writes them (ISO 8601 with offset; ISO 8601 durations). Pure. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "redfish_tree.h"

/* Exactly n digits at *p, which moves behind them; -1 otherwise. */
static int digits(const char **p, size_t n)
{
	int v = 0;

	for (size_t i = 0; i < n; i++) {
		if (!isdigit((unsigned char)(*p)[i]))
			return -1;
		v = 10 * v + ((*p)[i] - '0');
	}
	*p += n;
	return v;
}

static bool one(const char **p, char c)
{
	return **p == c && (*p)++;
}

/* "Z", "+06:00"; false for a time without offset: it says no moment. */
static bool offset_s(const char *p, double *out)
{
	const int sign = *p == '-' ? -1 : 1;
	int h, m;

	*out = 0;
	if (*p == 'Z' || *p == 'z')
		return p[1] == '\0';
	if (*p != '+' && *p != '-')
		return false;
	p++;
	if ((h = digits(&p, 2)) < 0 || !one(&p, ':') || (m = digits(&p, 2)) < 0 || *p)
		return false;
	*out = sign * (h * 3600.0 + m * 60.0);
	return h < 24 && m < 60;
}

double redfish_time_s(const char *text)
{
	const char *p = text ? text : "";
	struct tm t = { 0 };
	double part = 0, scale = 0.1, offset;

	t.tm_year = digits(&p, 4) - 1900;
	if (t.tm_year < 0 || !one(&p, '-') || (t.tm_mon = digits(&p, 2) - 1) < 0 || t.tm_mon > 11 ||
	    !one(&p, '-') || (t.tm_mday = digits(&p, 2)) < 1 || t.tm_mday > 31 ||
	    !(one(&p, 'T') || one(&p, 't')) || (t.tm_hour = digits(&p, 2)) < 0 || t.tm_hour > 24 ||
	    !one(&p, ':') || (t.tm_min = digits(&p, 2)) < 0 || t.tm_min > 59 || !one(&p, ':') ||
	    (t.tm_sec = digits(&p, 2)) < 0 || t.tm_sec > 60)
		return NAN;
	if (one(&p, '.'))
		for (; isdigit((unsigned char)*p); p++, scale /= 10)
			part += (*p - '0') * scale;
	if (!offset_s(p, &offset))
		return NAN;
	return (double)timegm(&t) + part - offset;
}

double redfish_duration_s(const char *text)
{
	static const struct { char letter; bool time; double s; } units[] = {
		{ 'W', false, 604800 }, { 'D', false, 86400 }, { 'H', true, 3600 },
		{ 'M', true, 60 }, { 'S', true, 1 },
	};
	const char *p = text ? text : "";
	bool time = false;
	double sum = 0;

	if (!one(&p, 'P'))
		return 0;
	while (*p) {
		char *end;
		double v;
		size_t i;

		if (!time && one(&p, 'T'))
			time = true;
		if (!isdigit((unsigned char)*p))
			return 0;
		v = strtod(p, &end);
		for (i = 0; i < CM_COUNT(units); i++)
			if (units[i].letter == *end && units[i].time == time)
				break;
		if (i == CM_COUNT(units)) /* months and years are no fixed time */
			return 0;
		sum += v * units[i].s;
		p = end + 1;
	}
	return isfinite(sum) ? sum : 0;
}
