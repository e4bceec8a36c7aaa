/* Roots between tabulated values: secant steps kept honest by bisection, and a closer look at turning
 * points that stay on one side in the table. */
#include "decide/tco_cross.h"

#include <math.h>

#define STEPS 200
#define TURN_STEPS 40
#define GOLDEN 0.6180339887498949 /* (sqrt(5) - 1)/2 */

/* One root in [a, b], whose ends have opposite signs. Every third step is a bisection, so that a jump
 * is closed in too; the others are the Illinois variant of regula falsi (Dowell, Jarratt 1971). */
static struct crossing close_in(cross_fn f, void *state, double a, double fa, double b, double fb)
{
	const double size = fabs(fa) + fabs(fb), none = isfinite(size) ? 1e-14 * size : 0;
	const bool falls = fb < fa;
	double wa = fa, wb = fb; /* weights of the secant: a value that stays is halved */
	for (int i = 0, side = 0; i < STEPS && b - a > 1e-14 * (fabs(a) + fabs(b)); i++) {
		double x = (a * wb - b * wa) / (wb - wa);
		if (i % 3 == 2 || !isfinite(x) || !(x > a && x < b))
			x = a + (b - a) / 2;
		const double fx = f(state, x);
		if (isnan(fx))
			return (struct crossing){ x, falls, true };
		if (fabs(fx) <= none)
			return (struct crossing){ x, falls, false };
		if ((fx < 0) == (fa < 0)) {
			a = x;
			fa = wa = fx;
			wb = side == 1 ? wb / 2 : fb;
			side = 1;
		} else {
			b = x;
			fb = wb = fx;
			wa = side == 2 ? wa / 2 : fa;
			side = 2;
		}
	}
	const double small = isfinite(size) ? 1e-6 * size : 0;
	const bool jump = !(fabs(fa) <= small) && !(fabs(fb) <= small);
	return (struct crossing){ jump ? b : fabs(fa) < fabs(fb) ? a : b, falls, jump };
}

/* The function keeps its sign at a, m and b but is nearest to 0 at m: does it pass 0 near m? Golden
 * section of its distance; *x is then a place on the other side. */
static bool turns(cross_fn f, void *state, double a, double b, bool negative, double *x)
{
	double c = b - GOLDEN * (b - a), d = a + GOLDEN * (b - a);
	double fc = f(state, c), fd = f(state, d);
	for (int i = 0; i < TURN_STEPS; i++) {
		if (isnan(fc) || isnan(fd))
			return false;
		if (fc != 0 && (fc < 0) != negative) {
			*x = c;
			return true;
		}
		if (fd != 0 && (fd < 0) != negative) {
			*x = d;
			return true;
		}
		if (fabs(fc) < fabs(fd)) {
			b = d;
			d = c;
			fd = fc;
			c = b - GOLDEN * (b - a);
			fc = f(state, c);
		} else {
			a = c;
			c = d;
			fc = fd;
			d = a + GOLDEN * (b - a);
			fd = f(state, d);
		}
	}
	return false;
}

static void add(struct crossing c, struct crossing *out, size_t *n, size_t cap)
{
	if (*n < cap)
		out[(*n)++] = c;
}

size_t cross_all(cross_fn f, void *state, const double *x, const double *fx, size_t n,
		 struct crossing *out, size_t cap)
{
	size_t found = 0;
	for (size_t i = 1; i < n; i++) {
		double t;
		if (isnan(fx[i]) || isnan(fx[i - 1]))
			continue;
		const bool neg = fx[i - 1] < 0;
		if (neg != (fx[i] < 0)) {
			add(close_in(f, state, x[i - 1], fx[i - 1], x[i], fx[i]), out, &found, cap);
			continue;
		}
		/* nearest to 0 in the middle of three of one sign */
		if (i + 1 >= n || isnan(fx[i + 1]) || (fx[i + 1] < 0) != neg ||
		    !(fabs(fx[i]) < fabs(fx[i - 1]) && fabs(fx[i]) <= fabs(fx[i + 1])) ||
		    !turns(f, state, x[i - 1], x[i + 1], neg, &t))
			continue;
		const double ft = f(state, t);
		add(close_in(f, state, x[i - 1], fx[i - 1], t, ft), out, &found, cap);
		add(close_in(f, state, t, ft, x[i + 1], fx[i + 1]), out, &found, cap);
	}
	return found;
}
