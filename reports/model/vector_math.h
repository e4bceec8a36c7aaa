/*
 * Elementary functions on vectors of doubles, included once for each instruction set: VBYTES is the
 * vector's size, V(name) adds the set's suffix. Errors are below 4 units in the last place (4e-16), tried
 * against long double in the tests. Arguments outside the normal range become NaN, which the caller
 * leaves to the evaluator.
 */
typedef double V(vec) __attribute__((vector_size(VBYTES), may_alias));
typedef int64_t V(ivec) __attribute__((vector_size(VBYTES), may_alias));
typedef uint64_t V(uvec) __attribute__((vector_size(VBYTES), may_alias));
#define VEC V(vec)
#define IVEC V(ivec)
#define UVEC V(uvec)
#define LANES (VBYTES / 8)
#define ALL(k) ((k) - (VEC){ 0 }) /* in every lane; x - 0 is x, and costs nothing */

static inline __attribute__((always_inline)) VEC V(choose)(IVEC yes, VEC a, VEC b)
{
	return (VEC)(((IVEC)a & yes) | ((IVEC)b & ~yes));
}

static inline __attribute__((always_inline)) VEC V(magnitude)(VEC x)
{
	return (VEC)((IVEC)x & INT64_MAX);
}

/* sqrt is one instruction; GCC turns this loop into it (-fno-math-errno). */
static inline __attribute__((always_inline)) VEC V(root)(VEC x)
{
	VEC y = { 0 };
	for (int i = 0; i < LANES; i++)
		y[i] = sqrt(x[i]);
	return y;
}

/* c[n-1] x^(n-1) + … + c[0] */
#define POLY(y, x, c)                                                                              \
	do {                                                                                       \
		(y) = ALL((c)[CM_COUNT(c) - 1]);                                                   \
		for (size_t i_ = CM_COUNT(c) - 1; i_-- > 0;)                                       \
			(y) = (y) * (x) + (c)[i_];                                                 \
	} while (0)

/* Adding 1.5·2^52 rounds to a whole number and leaves it in the low bits. */
#define WHOLE 0x1.8p52

/* x = k log 2 + r, |r| <= log 2 / 2; exp r by its series; 2^k in two factors, for results near the
 * ends of the range. */
static inline __attribute__((always_inline)) VEC V(exp)(VEC x)
{
	static const double c[] = { 1, 1, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040,
		1.0 / 40320, 1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600,
		1.0 / 6227020800.0 };
	VEC y;
	x = V(choose)(x > 1400, ALL(1400.0), x);
	x = V(choose)(x < -1400, ALL(-1400.0), x);
	const VEC k = (x * 0x1.71547652b82fep0 + WHOLE) - WHOLE;
	const VEC r = (x - k * 0x1.62e42fefa38p-1) - k * 0x1.ef35793c7673p-45;
	POLY(y, r, c);
	const VEC half = k * 0.5 + WHOLE;
	const VEC a = half - WHOLE, rest = (k - a) + WHOLE;
	const VEC up = (VEC)(((IVEC)half + 1023) << 52), up2 = (VEC)(((IVEC)rest + 1023) << 52);
	return y * up * up2;
}

/* x = 2^e m, m within a factor of sqrt 2 of 1; log m = 2 atanh s, s = (m - 1)/(m + 1), by its series. */
static inline __attribute__((always_inline)) VEC V(log)(VEC x)
{
	static const double c[] = { 2.0 / 3, 2.0 / 5, 2.0 / 7, 2.0 / 9, 2.0 / 11, 2.0 / 13, 2.0 / 15,
		2.0 / 17, 2.0 / 19, 2.0 / 21 };
	const UVEC bits = (UVEC)x;
	VEC m = (VEC)((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
	VEC e = (VEC)((bits >> 52) | 0x4330000000000000) - (0x1p52 + 1023);
	const IVEC big = m > 0x1.6a09e667f3bcdp0;
	m = V(choose)(big, m * 0.5, m);
	e = V(choose)(big, e + 1, e);
	const VEC f = m - 1, s = f / (m + 1), z = s * s;
	VEC y;
	POLY(y, z, c);
	/* log m = f - f²/2 + s (f²/2 + z y): the sum of the greatest term and its small correction */
	const VEC h = 0.5 * f * f;
	y = e * 0x1.62e42fefa38p-1 - ((h - (s * (h + z * y) + e * 0x1.ef35793c7673p-45)) - f);
	return V(choose)((x >= 0x1p-1022) & (x <= 0x1.fffffffffffffp1023), y, ALL(NAN));
}
