/* Tax schedules, queues and rates of return. Knows no graph. */
#include "model/special.h"

#include <math.h>

#define SERVERS_MAX 100000.0

double special_macrs(double life, double year)
{
	if (!(life == 3 || life == 5 || life == 7 || life == 10 || life == 15 || life == 20))
		return NAN;
	const double factor = life <= 10 ? 2.0 : 1.5;
	double left = 1, share = 0;
	for (int y = 1; y <= (int)life + 1 && y <= year; y++) {
		const double part = y == 1 ? 0.5 : 1; /* of the year it is in service */
		const double years_left = life - (y - 1) + (y == 1 ? 0 : 0.5);
		const double declining = left * factor / life * part;
		const double straight = years_left > 0 ? left / years_left * part : left;
		share = declining > straight ? declining : straight;
		if (y == (int)life + 1)
			share = left;
		left -= share;
	}
	return year >= 1 && year <= life + 1 ? share : 0;
}

/* Erlang B by its recursion in the inverse, which neither overflows nor cancels. */
static double inverse_b(double n, double a)
{
	double inverse = 1;
	for (double k = 1; k <= n && isfinite(inverse); k++)
		inverse = 1 + inverse * k / a;
	return inverse;
}

static double wait_probability(double n, double a, double inverse)
{
	const double b = 1 / inverse;
	return a < n ? n * b / (n - a * (1 - b)) : 1;
}

double special_erlang_c(double n, double a)
{
	if (!(n >= 1 && n <= SERVERS_MAX && n == rint(n) && a >= 0))
		return NAN;
	return a == 0 ? 0 : wait_probability(n, a, inverse_b(n, a));
}

/* dB/da = B (n/a - 1 + B), and C = n B/(n - a (1 - B)). */
double special_erlang_c_slope(double n, double a)
{
	if (!(n >= 1 && n <= SERVERS_MAX && n == rint(n) && a >= 0))
		return NAN;
	if (a == 0)
		return n == 1;
	if (a >= n)
		return 0;
	const double b = 1 / inverse_b(n, a), slope = b * (n / a - 1 + b), rest = n - a * (1 - b);
	return n * (slope * rest - b * (a * slope - (1 - b))) / (rest * rest);
}

double special_erlang_servers(double a, double level, double wait)
{
	if (!(a > 0 && a < SERVERS_MAX && level > 0 && level < 1 && wait >= 0))
		return NAN;
	double inverse = 1;
	for (unsigned k = 1; k <= 2 * SERVERS_MAX; k++) {
		const double n = k;
		inverse = 1 + inverse * n / a;
		if (n > a && 1 - wait_probability(n, a, inverse) * exp(-(n - a) * wait) >= level)
			return n;
	}
	return NAN;
}

double special_worth(const double *cash, size_t n, double rate)
{
	double v = 0;
	for (size_t i = n; i-- > 0;)
		v = v / (1 + rate) + cash[i];
	return v;
}

/* Between -99 % and 10,000 % a period, by bisection from the sign change nearest to 0. */
double special_irr(const double *cash, size_t n)
{
	static const double rates[] = { 0, 0.02, -0.02, 0.1, -0.1, 0.5, -0.4, 2, -0.7, 10, -0.9, 100,
					-0.99 };
	const size_t count = sizeof rates / sizeof *rates;
	for (size_t i = 1; i < count; i++) {
		double lo = rates[i < 3 ? 0 : i - 2], hi = rates[i];
		const double at = special_worth(cash, n, lo);
		if (at == 0)
			return n && isfinite(at) ? lo : NAN;
		if (!isfinite(special_worth(cash, n, hi)) || (at < 0) == (special_worth(cash, n, hi) < 0))
			continue;
		for (int k = 0; k < 200; k++) {
			const double mid = (lo + hi) / 2;
			*((special_worth(cash, n, mid) < 0) == (at < 0) ? &lo : &hi) = mid;
		}
		return (lo + hi) / 2;
	}
	return NAN;
}
