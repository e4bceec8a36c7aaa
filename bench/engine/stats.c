/*
 * Order statistics and intervals. Pure: no clock, no I/O, no knowledge of what is measured.
 *
 * Sources: distribution-free interval of the median by binomial ranks (Conover 1999, 3.2); Student's t
 * for two to five launches, where ranks cannot reach 95 % (n = 5: 1 - 2/32 = 93.75 %).
 */
#include "engine/stats.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double middle(const double *sorted, size_t n)
{
	return n % 2 ? sorted[n / 2] : 0.5 * (sorted[n / 2 - 1] + sorted[n / 2]);
}

double stats_median(double *x, size_t n)
{
	if (!n)
		return NAN;
	qsort(x, n, sizeof *x, ascending);
	return middle(x, n);
}

/* Largest k with P(B <= k - 1) <= 0.025 for B ~ binomial(n, 1/2): the interval is [x_(k), x_(n-k+1)],
 * ranks from 1. 0 = n is too small. */
static size_t median_rank(size_t n)
{
	double term, sum = 0;
	size_t k = 0;

	if (n > 1000) /* normal approximation, error below one rank here */
		return (size_t)floor(0.5 * ((double)n - 1.959964 * sqrt((double)n)));
	term = pow(0.5, (double)n);
	for (size_t i = 0; i < n / 2; i++) {
		sum += term;
		if (sum > 0.025)
			break;
		k = i + 1;
		term *= (double)(n - i) / (double)(i + 1);
	}
	return k;
}

struct interval stats_median_ci(double *x, size_t n)
{
	struct interval out = { NAN, NAN, NAN, false };
	size_t k;

	if (!n)
		return out;
	out.mid = out.lo = out.hi = stats_median(x, n);
	k = median_rank(n);
	if (k) {
		out.lo = x[k - 1];
		out.hi = x[n - k];
		out.known = true;
	}
	return out;
}

double stats_t975(unsigned degrees)
{
	static const double t[] = { NAN, 12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646,
				    2.3060, 2.2622, 2.2281 };

	if (degrees < sizeof t / sizeof *t)
		return t[degrees];
	/* Cornish-Fisher around the normal point; below 0.1 % off from 11 degrees on. */
	const double z = 1.959964, d = degrees;
	return z + (z * z * z + z) / (4 * d) + (5 * pow(z, 5) + 16 * z * z * z + 3 * z) / (96 * d * d);
}

struct interval stats_launch_ci(double *x, size_t n)
{
	struct interval out;
	double mean = 0, squares = 0, half;

	if (n < 2 || n > 5)
		return stats_median_ci(x, n);
	for (size_t i = 0; i < n; i++)
		mean += x[i] / (double)n;
	for (size_t i = 0; i < n; i++)
		squares += (x[i] - mean) * (x[i] - mean);
	half = stats_t975((unsigned)n - 1) * sqrt(squares / (double)(n - 1) / (double)n);
	/* Student's interval is about the mean; about the median it would hold the centre less often (93.5 %
	 * of five normal values). So it stays where it is, and is widened where the median lies outside. */
	out.mid = stats_median(x, n);
	out.lo = fmin(out.mid, mean - half);
	out.hi = fmax(out.mid, mean + half);
	out.known = true;
	return out;
}
