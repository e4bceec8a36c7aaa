/* Exact decimal money. Binary fractions appear only in dec_double(), at the border of the model. */
#include "base/dec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DIGITS 18
#define MAX_SCALE 18

__extension__ typedef __int128 dec_wide;

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static dec_wide pow10_of(int n)
{
	dec_wide p = 1;
	while (n-- > 0)
		p *= 10;
	return p;
}

/* "e-7" after the digits; true with *e = 0 where there is none. */
static bool exponent_of(const char *s, int *e)
{
	*e = 0;
	if (*s == '\0')
		return true;
	if (*s != 'e' && *s != 'E')
		return false;
	s++;
	const bool minus = *s == '-';
	if (*s == '-' || *s == '+')
		s++;
	if (!is_digit(*s))
		return false;
	for (; is_digit(*s); s++)
		if ((*e = *e * 10 + (*s - '0')) > 99)
			return false;
	if (minus)
		*e = -*e;
	return *s == '\0';
}

bool dec_parse(const char *text, struct dec *out)
{
	const bool minus = *text == '-';
	const char *s = text + minus;
	char digit[64];
	int n = 0, scale = 0, e;
	bool point = false, any = false;

	for (; is_digit(*s) || (*s == '.' && !point); s++) {
		if (*s == '.') {
			point = true;
			continue;
		}
		any = true;
		scale += point;
		if (n == 0 && *s == '0')
			continue; /* leading zeros are not digits of the number */
		if (n == (int)sizeof digit)
			return false;
		digit[n++] = *s;
	}
	if (!any || !exponent_of(s, &e))
		return false;
	scale -= e;
	for (; n > 0 && digit[n - 1] == '0' && (n > MAX_DIGITS || scale > MAX_SCALE); n--)
		scale--;
	if (n == 0)
		scale = scale > MAX_SCALE ? MAX_SCALE : scale < 0 ? 0 : scale;
	for (; scale < 0 && n < MAX_DIGITS; scale++)
		digit[n++] = '0';
	if (n > MAX_DIGITS || scale < 0 || scale > MAX_SCALE)
		return false;
	int64_t m = 0;
	for (int i = 0; i < n; i++)
		m = m * 10 + (digit[i] - '0');
	*out = (struct dec){ .m = minus ? -m : m, .scale = scale };
	return true;
}

size_t dec_print(struct dec d, char *out, size_t cap)
{
	const uint64_t abs = d.m < 0 ? 0 - (uint64_t)d.m : (uint64_t)d.m;
	const uint64_t one = (uint64_t)pow10_of(d.scale);
	const char *sign = d.m < 0 ? "-" : "";

	if (d.scale == 0)
		return (size_t)snprintf(out, cap, "%s%llu", sign, (unsigned long long)abs);
	return (size_t)snprintf(out, cap, "%s%llu.%0*llu", sign, (unsigned long long)(abs / one),
				d.scale, (unsigned long long)(abs % one));
}

double dec_double(struct dec d)
{
	char text[48];
	dec_print(d, text, sizeof text);
	return strtod(text, NULL); /* the nearest double; m / 10^scale may be one off */
}

bool dec_add(struct dec a, struct dec b, struct dec *out)
{
	const int scale = a.scale > b.scale ? a.scale : b.scale;
	const dec_wide m = a.m * pow10_of(scale - a.scale) + b.m * pow10_of(scale - b.scale);

	if (m > INT64_MAX || m < INT64_MIN)
		return false;
	*out = (struct dec){ .m = (int64_t)m, .scale = scale };
	return true;
}

bool dec_mul_int(struct dec a, int64_t k, struct dec *out)
{
	int64_t m;
	if (__builtin_mul_overflow(a.m, k, &m))
		return false;
	*out = (struct dec){ .m = m, .scale = a.scale };
	return true;
}

bool dec_spread(struct dec price, struct dec upfront, int64_t hours, char *out, size_t cap)
{
	dec_wide a, b, top, bottom;
	struct dec sum = { .scale = 12 };

	/* (price·hours + upfront) / hours over one power of ten */
	if (hours <= 0 || __builtin_mul_overflow((dec_wide)price.m * hours, pow10_of(upfront.scale), &a) ||
	    __builtin_mul_overflow((dec_wide)upfront.m, pow10_of(price.scale), &b) ||
	    __builtin_add_overflow(a, b, &top) || __builtin_mul_overflow(top, pow10_of(sum.scale), &top) ||
	    __builtin_mul_overflow((dec_wide)hours * pow10_of(price.scale), pow10_of(upfront.scale), &bottom))
		return false;
	dec_wide whole = top / bottom, rest = top % bottom;
	if (rest < 0)
		rest = -rest;
	if (rest > bottom - rest || (rest == bottom - rest && (whole & 1)))
		whole += top < 0 ? -1 : 1;
	if (whole > INT64_MAX || whole < INT64_MIN)
		return false;
	sum.m = (int64_t)whole;
	dec_print(sum, out, cap);
	return true;
}

int dec_cmp(struct dec a, struct dec b)
{
	const dec_wide x = a.m * pow10_of(b.scale), y = b.m * pow10_of(a.scale);
	return (x > y) - (x < y);
}
