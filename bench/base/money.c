/* Decimal text in 127 bits: a mantissa and a scale, as base/dec.h in 64 bits, with products and quotients. */
#include "base/money.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 uwide;

#define MOST_DIGITS 36
#define MOST_SCALE 60

struct number { wide m; int scale; }; /* m / 10^scale, scale >= 0 */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits without leading zeros, the place of the point and the exponent. */
static bool scan(const char *text, char digit[MOST_DIGITS + 1], int *scale, bool *minus)
{
	const char *s = text;
	int n = 0, point = -1, after = 0, e = 0;
	bool any = false;

	*minus = *s == '-';
	s += *s == '-' || *s == '+';
	for (; is_digit(*s) || (*s == '.' && point < 0); s++) {
		if (*s == '.') {
			point = 0;
			continue;
		}
		any = true;
		after += point >= 0;
		if (n == 0 && *s == '0')
			continue;
		if (n == MOST_DIGITS)
			return false;
		digit[n++] = *s;
	}
	digit[n] = '\0';
	if (!any)
		return false;
	if (*s == 'e' || *s == 'E') {
		int used = 0;
		s++;
		const bool neg = *s == '-';
		s += *s == '-' || *s == '+';
		for (; is_digit(*s); s++)
			if (++used > 3)
				return false;
			else
				e = 10 * e + (*s - '0');
		if (!used)
			return false;
		e = neg ? -e : e;
	}
	*scale = after - e;
	return *s == '\0' && *scale <= MOST_SCALE && *scale >= -MOST_DIGITS;
}

static wide power(int n)
{
	wide p = 1;

	while (n-- > 0)
		p *= 10;
	return p;
}

static bool parse(const char *text, struct number *out)
{
	char digit[MOST_DIGITS + 1];
	bool minus;
	wide m = 0;

	if (!scan(text, digit, &out->scale, &minus))
		return false;
	for (const char *d = digit; *d; d++)
		m = 10 * m + (*d - '0');
	if (out->scale < 0) {
		if (m && (int)strlen(digit) - out->scale > MOST_DIGITS)
			return false;
		m *= m ? power(-out->scale) : 1;
		out->scale = 0;
	}
	out->m = minus ? -m : m;
	return true;
}

static bool print(struct number v, char out[MONEY_CAP])
{
	char digit[48];
	int n = 0;
	uwide m = v.m < 0 ? -(uwide)v.m : (uwide)v.m;
	size_t len = 0;

	do
		digit[n++] = (char)('0' + (int)(m % 10));
	while (m /= 10);
	const int whole = n > v.scale ? n : v.scale + 1;
	if (whole + 3 > MONEY_CAP)
		return false;
	if (v.m < 0)
		out[len++] = '-';
	for (int i = whole - 1; i >= 0; i--) {
		out[len++] = i < n ? digit[i] : '0';
		if (i == v.scale && i > 0)
			out[len++] = '.';
	}
	out[len] = '\0';
	return true;
}

bool money_is(const char *text)
{
	struct number v;
	return parse(text, &v);
}

bool money_is_zero(const char *text)
{
	struct number v;
	return parse(text, &v) && v.m == 0;
}

bool money_is_negative(const char *text)
{
	struct number v;
	return parse(text, &v) && v.m < 0;
}

bool money_shift(const char *text, int by, char out[MONEY_CAP])
{
	char digit[MOST_DIGITS + 1];
	struct number v = { 0 };
	bool minus;

	if (!scan(text, digit, &v.scale, &minus))
		return false;
	for (const char *d = digit; *d; d++)
		v.m = 10 * v.m + (*d - '0');
	v.scale -= by;
	if (v.scale < 0) {
		if ((int)strlen(digit) - v.scale > MOST_DIGITS)
			return false;
		v.m *= power(-v.scale);
		v.scale = 0;
	}
	v.m = minus ? -v.m : v.m;
	return v.scale <= MOST_SCALE && print(v, out);
}

static bool raise(struct number *v, int scale)
{
	while (v->scale < scale) {
		if (__builtin_mul_overflow(v->m, (wide)10, &v->m))
			return false;
		v->scale++;
	}
	return true;
}

bool money_add_product(char sum[MONEY_CAP], const char *a, const char *b)
{
	struct number s = { 0 }, x, y;

	if ((*sum && !parse(sum, &s)) || !parse(a, &x) || !parse(b, &y))
		return false;
	if (__builtin_mul_overflow(x.m, y.m, &x.m))
		return false;
	x.scale += y.scale;
	if (x.scale > MOST_SCALE || !raise(&s, x.scale) || !raise(&x, s.scale) ||
	    __builtin_add_overflow(s.m, x.m, &s.m))
		return false;
	return print(s, sum);
}

static void drop_zeros(struct number *v)
{
	while (v->scale > 0 && v->m % 10 == 0) {
		v->m /= 10;
		v->scale--;
	}
}

bool money_divide(const char *a, const char *b, int digits, char out[MONEY_CAP])
{
	struct number x, y;

	if (!parse(a, &x) || !parse(b, &y) || y.m == 0)
		return false;
	drop_zeros(&y);
	drop_zeros(&x);
	/* x.m / 10^xs ÷ (y.m / 10^ys): scaled so that the quotient has `digits` places. */
	if (!raise(&x, digits + y.scale)) /* the wanted scale of the dividend */
		return false;
	while (x.scale > digits + y.scale)
		if (__builtin_mul_overflow(y.m, (wide)10, &y.m))
			return false;
		else
			y.scale++;
	const bool minus = (x.m < 0) != (y.m < 0);
	const uwide n = x.m < 0 ? -(uwide)x.m : (uwide)x.m, d = y.m < 0 ? -(uwide)y.m : (uwide)y.m;
	uwide q = n / d;
	const uwide rest = n % d;
	if (rest > d - rest || (rest == d - rest && (q & 1)))
		q++;
	struct number v = { minus ? -(wide)q : (wide)q, digits };
	drop_zeros(&v);
	return print(v, out);
}

bool money_effective(const char *price, const char *upfront, unsigned months, char out[MONEY_CAP])
{
	char hours[16], share[MONEY_CAP];

	if (!money_is(price) || strlen(price) >= MONEY_CAP)
		return false;
	if (!months || !*upfront || money_is_zero(upfront)) {
		memcpy(out, price, strlen(price) + 1);
		return true;
	}
	snprintf(hours, sizeof hours, "%lu", 730ul * months);
	if (!money_divide(upfront, hours, 12, share))
		return false;
	memcpy(out, share, sizeof share);
	return money_add_product(out, price, "1");
}

int money_compare(const char *a, const char *b)
{
	struct number x = { 0 }, y = { 0 };

	if (!parse(a, &x))
		x = (struct number){ 0 };
	if (!parse(b, &y))
		y = (struct number){ 0 };
	if (!raise(&x, y.scale) || !raise(&y, x.scale)) /* so far apart that the sign or size is plain */
		return (x.m > y.m) - (x.m < y.m);
	return (x.m > y.m) - (x.m < y.m);
}
