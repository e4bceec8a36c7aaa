/*
 * Times and numbers of logs: ISO 8601 and what meters' makers write in its place, zones with summer time,
 * decimal commas.
 *
 * Exists because logs of one hour of summer time's end, and dates with the month first, were misread by
 * every reader that guesses. What may mean two things is refused and not guessed. Must not know of columns.
 */
#include "wall_time.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

#define DAY 86400

/* ---- zones --------------------------------------------------------------------------------------- */

/* "+01:00", "-0530", "+02", "Z"; NaN for anything else. */
static double offset_of(const char *p)
{
	const double sign = *p == '-' ? -1 : 1;
	int digit[4] = { 0 };
	size_t n = 0;

	if (!strcmp(p, "Z") || !strcmp(p, "z") || !strcmp(p, "UTC") || !strcmp(p, "GMT"))
		return 0;
	if (*p != '+' && *p != '-')
		return NAN;
	for (p++; *p; p++) {
		if (*p == ':' && n == 2)
			continue;
		if (!isdigit((unsigned char)*p) || n == 4)
			return NAN;
		digit[n++] = *p - '0';
	}
	if ((n != 2 && n != 4) || digit[0] * 10 + digit[1] > 14 || digit[2] > 5)
		return NAN;
	return sign * ((digit[0] * 10 + digit[1]) * 3600 + (digit[2] * 10 + digit[3]) * 60);
}

static double local_offset(time_t at)
{
	struct tm t;

	return localtime_r(&at, &t) ? (double)t.tm_gmtoff : 0;
}

static void add_shift(struct wall_clock *c, double at, double offset_s)
{
	if (c->shifts < CM_COUNT(c->shift))
		c->shift[c->shifts++] = (struct wall_shift){ at, offset_s };
}

/* Every change of the offset from two years ago on, to the second. The C library knows one zone at a time, by
 * the environment: it is asked once, before threads start. */
static void find_shifts(const char *name, time_t now, struct wall_clock *c)
{
	const char *env = getenv("TZ");
	char *before = env ? cm_strdup(env) : NULL;
	time_t at = now - 730 * (time_t)DAY;

	setenv("TZ", name, 1);
	tzset();
	c->shifts = 0;
	add_shift(c, -INFINITY, local_offset(at));
	for (; at < now + 60 * (time_t)DAY; at += DAY) {
		time_t low = at, high = at + DAY;

		if (local_offset(low) == local_offset(high))
			continue;
		while (high - low > 1) {
			const time_t mid = low + (high - low) / 2;

			if (local_offset(mid) == local_offset(low))
				low = mid;
			else
				high = mid;
		}
		add_shift(c, (double)high, local_offset(high));
	}
	if (before)
		setenv("TZ", before, 1);
	else
		unsetenv("TZ");
	tzset();
	free(before);
}

bool wall_zone(const char *text, time_t now, struct wall_clock *c)
{
	const double fixed = offset_of(text);
	char *path;
	bool there;

	if (!isnan(fixed)) {
		c->shifts = 0;
		add_shift(c, -INFINITY, fixed);
		return true;
	}
	/* An unknown name would silently be UTC. */
	if (!isalpha((unsigned char)text[0]) || strstr(text, ".."))
		return false;
	path = cm_printf_dup("/usr/share/zoneinfo/%s", text);
	there = strchr(text, '/') && access(path, R_OK) == 0;
	free(path);
	if (there)
		find_shifts(text, now, c);
	return there;
}

static double offset_at(const struct wall_clock *c, double t)
{
	double offset = 0;

	for (size_t i = 0; i < c->shifts && t >= c->shift[i].at; i++)
		offset = c->shift[i].offset_s;
	return offset;
}

/* A time on the meter's wall → seconds since 1970. The hour that comes twice has two: the first that is not
 * before `after`. */
static double from_local(const struct wall_clock *c, double local, double after)
{
	double found = NAN;

	for (size_t i = 0; i < c->shifts; i++) {
		const double t = local - c->shift[i].offset_s;

		if (offset_at(c, t) != c->shift[i].offset_s)
			continue;
		if (isnan(found) || (found < after ? t > found : t >= after && t < found))
			found = t;
	}
	if (!isnan(found))
		return found;
	/* No zone: UTC. In the hour that summer time skips: a clock that was not set yet. */
	return local - (c->shifts ? offset_at(c, local - DAY) : 0);
}

/* ---- times --------------------------------------------------------------------------------------- */

/* Up to `most` digits; -1 where there are none. */
static int digits(const char **p, int most)
{
	int v = 0, n = 0;

	for (; n < most && isdigit((unsigned char)**p); n++, (*p)++)
		v = v * 10 + (**p - '0');
	return n ? v : -1;
}

/* Three numbers with one mark between them. Dots are of countries that write the day first. */
static bool read_date(const char **p, enum wall_dates dates, struct tm *t, bool *unsure)
{
	const char *begin = *p;
	const int a = digits(p, 4);
	const bool year_first = *p - begin == 4;
	const char mark = **p;
	int b, c;

	if (a < 0 || !mark || !strchr("-/.", mark))
		return false;
	(*p)++;
	b = digits(p, 2);
	if (b < 0 || **p != mark)
		return false;
	(*p)++;
	c = digits(p, 4);
	if (c < 0 || (!year_first && c < 1000))
		return false;
	if (!year_first && mark == '.')
		dates = WALL_DAY_FIRST;
	if (!year_first && dates == WALL_DATES_UNKNOWN) {
		*unsure |= a <= 12 && b <= 12 && a != b;
		dates = a > 12 ? WALL_DAY_FIRST : WALL_MONTH_FIRST;
	}
	t->tm_year = (year_first ? a : c) - 1900;
	t->tm_mon = (year_first ? b : dates == WALL_DAY_FIRST ? b : a) - 1;
	t->tm_mday = year_first ? c : dates == WALL_DAY_FIRST ? a : b;
	return t->tm_mon >= 0 && t->tm_mon < 12 && t->tm_mday >= 1 && t->tm_mday <= 31;
}

/* HH:MM[:SS[.fff]] [AM|PM] */
static bool read_clock(const char **p, struct tm *t, double *part)
{
	double scale = 0.1;

	t->tm_hour = digits(p, 2);
	if (t->tm_hour < 0 || *(*p)++ != ':')
		return false;
	t->tm_min = digits(p, 2);
	if (t->tm_min < 0)
		return false;
	if (**p == ':') {
		(*p)++;
		t->tm_sec = digits(p, 2);
	}
	if (**p == '.' || **p == ',' || **p == ':')
		for ((*p)++; isdigit((unsigned char)**p); (*p)++, scale /= 10)
			*part += (**p - '0') * scale;
	while (**p == ' ')
		(*p)++;
	if (**p && strchr("AaPp", **p) && ((*p)[1] == 'M' || (*p)[1] == 'm')) {
		const bool noon = **p == 'P' || **p == 'p';

		if (t->tm_hour < 1 || t->tm_hour > 12)
			return false;
		t->tm_hour = t->tm_hour % 12 + (noon ? 12 : 0);
		*p += 2;
	}
	return t->tm_hour < 24 && t->tm_min < 60 && t->tm_sec >= 0 && t->tm_sec <= 60;
}

static double since_1970(const char *text)
{
	char *end = NULL;
	const double v = strtod(text, &end);

	if (end == text || end[strspn(end, " \t")] || !isfinite(v))
		return NAN;
	/* Seconds of the year 5000 and later are thousandths, millionths, or billionths. */
	return v >= 1e17 ? v / 1e9 : v >= 1e14 ? v / 1e6 : v >= 1e11 ? v / 1e3 : v >= 1e8 ? v : NAN;
}

double wall_time(const char *text, const struct wall_clock *c, double after, bool *unsure)
{
	struct tm t = { 0 };
	const double plain = since_1970(text);
	const char *p = text;
	double part = 0, offset;

	if (!isnan(plain))
		return plain - c->ahead_s;
	while (*p == ' ')
		p++;
	if (!read_date(&p, c->dates, &t, unsure) || !*p || !strchr("T ,_", *p))
		return NAN;
	while (*p && strchr("T ,_", *p))
		p++;
	if (!read_clock(&p, &t, &part))
		return NAN;
	while (*p == ' ')
		p++;
	offset = *p ? offset_of(p) : 0;
	if (*p)
		return (double)timegm(&t) + part - offset - c->ahead_s;
	return from_local(c, (double)timegm(&t) + part, after + c->ahead_s) - c->ahead_s;
}

/* ---- numbers ------------------------------------------------------------------------------------- */

double wall_number(const char *text, bool decimal_comma, const char **unit)
{
	const size_t n = strspn(text, "+-0123456789.,eE");
	const char *comma = memchr(text, ',', n), *dot = memchr(text, '.', n);
	char plain[64], *end = NULL;
	size_t k = 0;
	char point = '.';
	double v;

	if (!n || n >= sizeof plain)
		return NAN;
	if (comma && dot) /* whichever is last */
		point = strrchr(text, ',') > strrchr(text, '.') ? ',' : '.';
	else if (comma) {
		if (!decimal_comma && strspn(comma + 1, "0123456789") == 3)
			return NAN; /* a thousand, or one and a bit */
		point = ',';
	}
	for (size_t i = 0; i < n; i++)
		if (text[i] == point)
			plain[k++] = '.';
		else if (text[i] != ',' && text[i] != '.')
			plain[k++] = text[i];
	plain[k] = '\0';
	v = strtod(plain, &end);
	if (end == plain || *end || !isfinite(v))
		return NAN;
	*unit = text + n + strspn(text + n, " \t");
	return v;
}
