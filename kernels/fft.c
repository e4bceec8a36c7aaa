/*
 * fft: many complex transforms of one length (a power of two) over fp32, forward, out of place: what
 * signal and convolution work asks of a machine. Counted as is customary, 5·n·log2(n) FLOP a transform,
 * whatever is really done. Stockham's self-sorting passes, so that no step reorders (Van Loan 1992, 1.7):
 *   y[q + s(rp + k)] = w^(spk) · sum over j of x[q + s(p + mj)]·w_r^(jk),  m = n/(sr), s = 1, r, …
 * Host: passes of 4 and 8 over split real and imaginary parts in the thread's own scratch. Devices: one
 * group a transform in local memory up to 4096 points, passes through global memory beyond.
 */
#ifndef CM_DEVICE
#include "api/host_simd.h"
#include "api/kernel.h"
#endif

#define FFT_LOCAL_MOST 4096 /* points: 32 KiB, what every device has */

#ifdef CM_DEVICE
/* POINTS a transform, RADIX of the passes, FIRST of the first one, EACH points an item, LX items a group. */
DEVICE_FN int reversed(const int i, const int r)
{
	int k = 0;

	for (int b = 1; b < r; b *= 2)
		k = 2 * k + (i & b ? 1 : 0);
	return k;
}

/* r values in place, in halves; the order of the results is the reversed one. */
DEVICE_FN void dft(float *re, float *im, const int r)
{
	const float c[8] = { 1, 0.9238795325f, 0.7071067812f, 0.3826834324f,
			     0, -0.3826834324f, -0.7071067812f, -0.9238795325f };
	const float s[8] = { 0, -0.3826834324f, -0.7071067812f, -0.9238795325f,
			     -1, -0.9238795325f, -0.7071067812f, -0.3826834324f };

	for (int span = r / 2; span >= 1; span /= 2)
		for (int g = 0; g < r; g += 2 * span)
			for (int j = 0; j < span; j++) {
				const int a = g + j, b = a + span, w = j * (8 / span);
				const float dr = re[a] - re[b], di = im[a] - im[b];

				re[a] += re[b];
				im[a] += im[b];
				re[b] = dr * c[w] - di * s[w];
				im[b] = dr * s[w] + di * c[w];
			}
}

#if POINTS <= FFT_LOCAL_MOST
KERNEL(fft_local, GLOBAL float *RESTRICT out, const GLOBAL float *RESTRICT in,
       const GLOBAL float *RESTRICT w)
{
	LOCAL float lr[POINTS];
	LOCAL float li[POINTS];
	const cm_u32 item = LID;
	const cm_u64 base = (cm_u64)GRP * POINTS;
	float re[EACH], im[EACH];

	for (int i = 0; i < EACH / FIRST; i++) {
		const cm_u32 p = item + i * LX;

		for (int j = 0; j < FIRST; j++) {
			const cm_u64 at = base + p + j * (POINTS / FIRST);

			re[i * FIRST + j] = in[2 * at];
			im[i * FIRST + j] = in[2 * at + 1];
		}
		dft(re + i * FIRST, im + i * FIRST, FIRST);
		for (int j = 0; j < FIRST; j++) {
			const cm_u32 k = reversed(j, FIRST), to = FIRST * p + k;
			const float r = re[i * FIRST + j], m = im[i * FIRST + j];

			lr[to] = r * w[2 * p * k] - m * w[2 * p * k + 1];
			li[to] = r * w[2 * p * k + 1] + m * w[2 * p * k];
		}
	}
	for (cm_u32 s = FIRST; s < POINTS; s *= RADIX) {
		BARRIER;
		for (int i = 0; i < EACH / RADIX; i++) {
			for (int j = 0; j < RADIX; j++) {
				const cm_u32 at = item + i * LX + j * (POINTS / RADIX);

				re[i * RADIX + j] = lr[at];
				im[i * RADIX + j] = li[at];
			}
			dft(re + i * RADIX, im + i * RADIX, RADIX);
		}
		BARRIER;
		for (int i = 0; i < EACH / RADIX; i++) {
			const cm_u32 t = item + i * LX, q = t % s, p = t / s;

			for (int j = 0; j < RADIX; j++) {
				const cm_u32 k = reversed(j, RADIX), to = q + s * (RADIX * p + k);
				const float wr = w[2 * s * p * k], wi = w[2 * s * p * k + 1];
				const float r = re[i * RADIX + j] * wr - im[i * RADIX + j] * wi;
				const float m = re[i * RADIX + j] * wi + im[i * RADIX + j] * wr;

				if (s * RADIX == POINTS) {
					out[2 * (base + to)] = r;
					out[2 * (base + to) + 1] = m;
				} else {
					lr[to] = r;
					li[to] = m;
				}
			}
		}
	}
}
#else
#define FFT_PASS(NAME, R)                                                                          \
	KERNEL(NAME, GLOBAL float *RESTRICT out, const GLOBAL float *RESTRICT in,                  \
	       const GLOBAL float *RESTRICT w, const cm_u32 s, const cm_u64 all)                   \
	{                                                                                          \
		const cm_u64 i = GID;                                                              \
		const cm_u32 t = i % (POINTS / R), q = t % s, p = t / s;                           \
		const cm_u64 base = i / (POINTS / R) * POINTS;                                     \
		float re[R], im[R];                                                                \
                                                                                                   \
		GUARD(i, all);                                                                     \
		for (int j = 0; j < R; j++) {                                                      \
			re[j] = in[2 * (base + t + j * (POINTS / R))];                             \
			im[j] = in[2 * (base + t + j * (POINTS / R)) + 1];                         \
		}                                                                                  \
		dft(re, im, R);                                                                    \
		for (int j = 0; j < R; j++) {                                                      \
			const cm_u32 k = reversed(j, R);                                           \
			const cm_u64 to = base + q + (cm_u64)s * (R * p + k);                      \
			const float wr = w[2 * s * p * k], wi = w[2 * s * p * k + 1];              \
                                                                                                   \
			out[2 * to] = re[j] * wr - im[j] * wi;                                     \
			out[2 * to + 1] = re[j] * wi + im[j] * wr;                                 \
		}                                                                                  \
	}
FFT_PASS(fft_first, FIRST)
FFT_PASS(fft_pass, RADIX)
#endif
#else
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

enum { OUT, IN, TWIDDLE, HOST_TWIDDLE, WORK };
enum { TUNE_RADIX, TUNE_EACH };
enum { SHORTEST = 64, LONGEST = 1 << 22, GROUP_MOST = 256, PAD = 48 };

static unsigned log2_of(size_t n)
{
	unsigned bits = 0;

	while (n >> (bits + 1))
		bits++;
	return bits;
}

/* In and out together fill the measured plateau, up to 256 MiB. */
static size_t batch_of(const struct kernel_env *env, size_t n)
{
	size_t points = env->plateau_bytes ? env->plateau_bytes / 16 : (size_t)4 << 20;

	if (points > (size_t)16 << 20)
		points = (size_t)16 << 20;
	if (env->memory_bytes && points > env->memory_bytes / 64)
		points = env->memory_bytes / 64;
	if (env->max_alloc_bytes && points > env->max_alloc_bytes / 8)
		points = env->max_alloc_bytes / 8;
	return points > n ? points / n : 1;
}

static size_t fft_sizes(const struct kernel_env *env, enum cm_suite suite, enum cm_type type,
			size_t out[CM_MAX_SIZES])
{
	static const struct {
		size_t n;
		enum cm_suite from;
	} all[] = { { 64, CM_FULL }, { 256, CM_FULL }, { 1024, CM_QUICK }, { 4096, CM_STANDARD },
		    { 16384, CM_FULL }, { 65536, CM_STANDARD }, { 1 << 20, CM_FULL } };
	size_t n = 0;

	(void)type;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (suite >= all[i].from && (!env->memory_bytes || all[i].n * 64 <= env->memory_bytes) &&
		    (!env->max_alloc_bytes || all[i].n * 16 <= env->max_alloc_bytes))
			out[n++] = all[i].n;
	return n;
}

static void local_step(struct kernel_plan *p, size_t batch, size_t group)
{
	p->step[0] = (struct kernel_step){
		.entry = "fft_local", .dims = 1, .local = { group, 1, 1 }, .global = { batch * group, 1, 1 },
		.arg = { { .kind = CM_ARG_BUF, .buf = OUT }, { .kind = CM_ARG_BUF, .buf = IN },
			 { .kind = CM_ARG_BUF, .buf = TWIDDLE } },
		.args = 3, .items = batch, .grain = 1,
	};
	p->steps = 1;
}

/* From in to out by way of both; the host does all its work in the first. */
static void global_steps(struct kernel_plan *p, size_t batch, size_t radix, size_t first, size_t passes)
{
	size_t s = 1;

	for (size_t i = 0; i < passes; i++) {
		const size_t r = i ? radix : first, all = batch * p->c.n / r, group = 64;
		const unsigned to = (passes - i) % 2 ? OUT : WORK, from = to == OUT ? WORK : OUT;

		p->step[i] = (struct kernel_step){
			.entry = i ? "fft_pass" : "fft_first", .dims = 1, .local = { group, 1, 1 },
			.global = { (all + group - 1) / group * group, 1, 1 },
			.arg = { { .kind = CM_ARG_BUF, .buf = to },
				 { .kind = CM_ARG_BUF, .buf = i ? from : IN },
				 { .kind = CM_ARG_BUF, .buf = TWIDDLE },
				 { .kind = CM_ARG_U32, .u32 = (uint32_t)s },
				 { .kind = CM_ARG_U64, .u64 = all } },
			.args = 5, .items = i ? 1 : batch, .grain = 1,
		};
		s *= r;
	}
	p->steps = passes;
}

static enum cm_status fft_plan(const struct kernel_env *env, struct kernel_plan *p, struct cm_err *err)
{
	const size_t n = p->c.n, radix = (size_t)p->c.tune[TUNE_RADIX], each = (size_t)p->c.tune[TUNE_EACH];
	size_t batch, first, passes;
	unsigned bits, step_bits;

	if (n < SHORTEST || n > LONGEST || n & (n - 1))
		return cm_fail(err, CM_EINPUT, "fft takes a power of two from %d to %d points, not %zu",
			       SHORTEST, LONGEST, n);
	bits = log2_of(n);
	step_bits = log2_of(radix);
	first = bits % step_bits ? (size_t)1 << bits % step_bits : radix;
	passes = (bits + step_bits - 1) / step_bits;
	batch = batch_of(env, n);
	p->buf[OUT] = (struct kernel_buf){ "out", batch * n * 8, CM_OUT };
	p->buf[IN] = (struct kernel_buf){ "in", batch * n * 8, CM_IN };
	p->buf[TWIDDLE] = (struct kernel_buf){ "twiddle factors", n * 8, CM_IN };
	p->buf[HOST_TWIDDLE] = (struct kernel_buf){ "the same by pass", n * 13, CM_IN };
	p->bufs = 4;
	if (n <= FFT_LOCAL_MOST) {
		if (each < radix || n / each > GROUP_MOST)
			return cm_fail(err, CM_UNSUPPORTED, "%zu points an item do not make up a group here",
				       each);
		local_step(p, batch, n / each);
	} else {
		if (passes > CM_MAX_STEPS)
			return cm_fail(err, CM_UNSUPPORTED, "passes of %zu are too many for %zu points",
				       radix, n);
		p->buf[p->bufs++] = (struct kernel_buf){ "work", batch * n * 8, CM_SCRATCH };
		global_steps(p, batch, radix, first, passes);
	}
	p->scratch_bytes = 4 * (n + PAD) * sizeof(float);
	snprintf(p->defines, sizeof p->defines,
		 "-DPOINTS=%zu -DRADIX=%zu -DFIRST=%zu -DEACH=%zu -DLX=%zu", n, radix, first, each, n / each);
	p->flops = 5.0 * (double)n * bits * (double)batch;
	p->bytes = 16.0 * (double)(n * batch);
	p->work = (double)(n * batch);
	return CM_OK;
}

/* The radix of the host's pass that finds s: 4 and 4, then what leaves passes of 8 for the end. */
static size_t radix_at(size_t n, size_t s)
{
	return s < 16 || log2_of(n / s) % 3 ? 4 : 8;
}

/* exp(-2·pi·i·at/n): which 0 is its real part, 1 the imaginary one. */
static float factor(size_t at, size_t n, int which)
{
	const double x = 2 * acos(-1.0) * (double)(at % n) / (double)n;

	return (float)(which ? -sin(x) : cos(x));
}

/* First two passes: each factor's parts by the index that their vectors run along; the later ones: factors of
 * each p, one after the other. */
static void host_factors(float *to, size_t n)
{
	for (size_t s = 1; s <= 4; s *= 4)
		for (size_t k = 1; k < 4; k++)
			for (int which = 0; which < 2; which++)
				for (size_t t = 0; t < n / 4; t++)
					*to++ = factor(t / s * s * k, n, which);
	for (size_t s = 16, r; s < n; s *= r) {
		r = radix_at(n, s);
		for (size_t p = 0; s * r < n && p < n / (s * r); p++)
			for (size_t k = 1; k < r; k++)
				for (int which = 0; which < 2; which++)
					*to++ = factor(s * p * k, n, which);
	}
}

static void fft_fill(const struct kernel_plan *p, void *const buf[])
{
	const size_t n = p->c.n, floats = p->buf[IN].bytes / sizeof(float);
	float *in = buf[IN], *w = buf[TWIDDLE];
	struct rng r;

	rng_seed(&r, p->c.seed);
	for (size_t i = 0; i < floats; i++)
		in[i] = (float)rng_sym(&r);
	memset(buf[OUT], 0xff, p->buf[OUT].bytes); /* not a number */
	for (size_t i = 0; i < 2 * n; i++)
		w[i] = factor(i / 2, n, (int)(i % 2));
	memset(buf[HOST_TWIDDLE], 0, p->buf[HOST_TWIDDLE].bytes);
	host_factors(buf[HOST_TWIDDLE], n);
}

/* ---- host -------------------------------------------------------------------------------------- */

/* Indices of a shuffle of two vectors of W, as constants. */
#define LIST_16(F) F(0, 4), F(1, 4), F(2, 4), F(3, 4)
#define LIST_32(F) F(0, 8), F(1, 8), F(2, 8), F(3, 8), F(4, 8), F(5, 8), F(6, 8), F(7, 8)
#define LIST_64(F)                                                                                 \
	F(0, 16), F(1, 16), F(2, 16), F(3, 16), F(4, 16), F(5, 16), F(6, 16), F(7, 16), F(8, 16), \
		F(9, 16), F(10, 16), F(11, 16), F(12, 16), F(13, 16), F(14, 16), F(15, 16)
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#define EVEN(i, w) 2 * (i)
#define ODD(i, w) 2 * (i) + 1
#define ZIP1_LO(i, w) (i) / 2 + (i) % 2 * (w)
#define ZIP1_HI(i, w) (w) / 2 + (i) / 2 + (i) % 2 * (w)
#define ZIP4_LO(i, w) (i) / 8 * 4 + (i) % 4 + (i) / 4 % 2 * (w)
#define ZIP4_HI(i, w) (w) / 2 + (i) / 8 * 4 + (i) % 4 + (i) / 4 % 2 * (w)

/*
 * One instruction set. Vectors run along q where s >= W; in the first two passes (s = 1, 4) along
 * q + s·p, which is as contiguous, and their four results are woven together by blocks of s.
 */
#define FFT_BODY(SUFFIX, TARGET, BYTES)                                                            \
	typedef float vec_##SUFFIX __attribute__((vector_size(BYTES), aligned(4), may_alias));     \
                                                                                                   \
	TARGET static inline __attribute__((always_inline)) void dft4_##SUFFIX(                    \
		vec_##SUFFIX *r, vec_##SUFFIX *m, const int step)                                  \
	{                                                                                          \
		const vec_##SUFFIX ar = r[0] + r[2 * step], am = m[0] + m[2 * step],               \
				   br = r[0] - r[2 * step], bm = m[0] - m[2 * step],               \
				   cr = r[step] + r[3 * step], cm = m[step] + m[3 * step],         \
				   dr = m[step] - m[3 * step], dm = r[3 * step] - r[step];         \
                                                                                                   \
		r[0] = ar + cr, m[0] = am + cm;                                                    \
		r[step] = br + dr, m[step] = bm + dm;                                              \
		r[2 * step] = ar - cr, m[2 * step] = am - cm;                                      \
		r[3 * step] = br - dr, m[3 * step] = bm - dm;                                      \
	}                                                                                          \
                                                                                                   \
	/* Results k = 0, 4, 1, 5, 2, 6, 3, 7 at 0 to 7 would need moves: even ones are left at    \
	 * 0 to 3, odd ones at 4 to 7. */                                                          \
	TARGET static inline __attribute__((always_inline)) void dft8_##SUFFIX(vec_##SUFFIX *r,    \
									       vec_##SUFFIX *m)    \
	{                                                                                          \
		const float h = 0.70710678118654752f;                                              \
		vec_##SUFFIX dr[4], dm[4];                                                         \
                                                                                                   \
		for (int j = 0; j < 4; j++) {                                                      \
			dr[j] = r[j] - r[j + 4], dm[j] = m[j] - m[j + 4];                          \
			r[j] += r[j + 4], m[j] += m[j + 4];                                        \
		}                                                                                  \
		r[4] = dr[0], m[4] = dm[0];                                                        \
		r[5] = (dr[1] + dm[1]) * h, m[5] = (dm[1] - dr[1]) * h;                            \
		r[6] = dm[2], m[6] = -dr[2];                                                       \
		r[7] = (dm[3] - dr[3]) * h, m[7] = (dr[3] + dm[3]) * -h;                           \
		dft4_##SUFFIX(r, m, 1);                                                            \
		dft4_##SUFFIX(r + 4, m + 4, 1);                                                    \
	}                                                                                          \
                                                                                                   \
	TARGET static inline __attribute__((always_inline)) void weave_##SUFFIX(                   \
		float *to, const vec_##SUFFIX *x, const int s)                                     \
	{                                                                                          \
		vec_##SUFFIX *v = (vec_##SUFFIX *)to;                                              \
                                                                                                   \
		if (s >= BYTES / 4) {                                                              \
			for (int k = 0; k < 4; k++)                                                \
				v[k] = x[k];                                                       \
		} else if (s == 1) {                                                               \
			const vec_##SUFFIX a = SHUFFLE(x[0], x[2], LIST_##BYTES(ZIP1_LO)),         \
					   b = SHUFFLE(x[1], x[3], LIST_##BYTES(ZIP1_LO)),         \
					   c = SHUFFLE(x[0], x[2], LIST_##BYTES(ZIP1_HI)),         \
					   d = SHUFFLE(x[1], x[3], LIST_##BYTES(ZIP1_HI));         \
                                                                                                   \
			v[0] = SHUFFLE(a, b, LIST_##BYTES(ZIP1_LO));                               \
			v[1] = SHUFFLE(a, b, LIST_##BYTES(ZIP1_HI));                               \
			v[2] = SHUFFLE(c, d, LIST_##BYTES(ZIP1_LO));                               \
			v[3] = SHUFFLE(c, d, LIST_##BYTES(ZIP1_HI));                               \
		} else {                                                                           \
			const vec_##SUFFIX a = SHUFFLE(x[0], x[2], LIST_##BYTES(ZIP4_LO)),         \
					   b = SHUFFLE(x[1], x[3], LIST_##BYTES(ZIP4_LO)),         \
					   c = SHUFFLE(x[0], x[2], LIST_##BYTES(ZIP4_HI)),         \
					   d = SHUFFLE(x[1], x[3], LIST_##BYTES(ZIP4_HI));         \
                                                                                                   \
			v[0] = SHUFFLE(a, b, LIST_##BYTES(ZIP4_LO));                               \
			v[1] = SHUFFLE(a, b, LIST_##BYTES(ZIP4_HI));                               \
			v[2] = SHUFFLE(c, d, LIST_##BYTES(ZIP4_LO));                               \
			v[3] = SHUFFLE(c, d, LIST_##BYTES(ZIP4_HI));                               \
		}                                                                                  \
	}                                                                                          \
                                                                                                   \
	/* s 1: from pairs in `in`; s 4: from split parts. next: to be fetched meanwhile. */       \
	TARGET static inline __attribute__((always_inline)) void early_##SUFFIX(                   \
		float *to, const float *in, const float *next, const float *w, size_t n,           \
		const int s)                                                                       \
	{                                                                                          \
		enum { W = BYTES / 4 };                                                            \
		const size_t m = n / 4;                                                            \
                                                                                                   \
		for (size_t t = 0; t < m; t += W) {                                                \
			vec_##SUFFIX r[4], i[4];                                                   \
                                                                                                   \
			for (int j = 0; j < 4; j++) {                                              \
				const size_t at = t + (size_t)j * m;                               \
                                                                                                   \
				if (s == 1) {                                                      \
					const vec_##SUFFIX *x = (const vec_##SUFFIX *)(in + 2 * at); \
                                                                                                   \
					r[j] = SHUFFLE(x[0], x[1], LIST_##BYTES(EVEN));            \
					i[j] = SHUFFLE(x[0], x[1], LIST_##BYTES(ODD));             \
					__builtin_prefetch(next + 2 * at);                         \
					if (W == 16)                                               \
						__builtin_prefetch(next + 2 * at + 16);            \
				} else {                                                           \
					r[j] = *(const vec_##SUFFIX *)(in + at);                   \
					i[j] = *(const vec_##SUFFIX *)(in + n + PAD + at);         \
				}                                                                  \
			}                                                                          \
			dft4_##SUFFIX(r, i, 1);                                                    \
			for (int k = 1; k < 4; k++) {                                              \
				const float *f = w + (size_t)(2 * k - 2) * m + t;                  \
				const vec_##SUFFIX c = *(const vec_##SUFFIX *)f,                   \
						   d = *(const vec_##SUFFIX *)(f + m), x = r[k];   \
                                                                                                   \
				r[k] = x * c - i[k] * d;                                           \
				i[k] = x * d + i[k] * c;                                           \
			}                                                                          \
			weave_##SUFFIX(to + 4 * t, r, s);                                          \
			weave_##SUFFIX(to + n + PAD + 4 * t, i, s);                                \
		}                                                                                  \
	}                                                                                          \
                                                                                                   \
	TARGET static inline __attribute__((always_inline)) void pair_##SUFFIX(                    \
		float *to, vec_##SUFFIX r, vec_##SUFFIX m, int streaming)                          \
	{                                                                                          \
		enum { W = BYTES / 4 };                                                            \
		const vec_##SUFFIX a = SHUFFLE(r, m, LIST_##BYTES(ZIP1_LO)),                       \
				   b = SHUFFLE(r, m, LIST_##BYTES(ZIP1_HI));                       \
                                                                                                   \
		if (streaming) {                                                                   \
			cm_stream_##SUFFIX##_ps(to, a);                                            \
			cm_stream_##SUFFIX##_ps(to + W, b);                                        \
		} else {                                                                           \
			*(vec_##SUFFIX *)to = a;                                                   \
			*(vec_##SUFFIX *)(to + W) = b;                                             \
		}                                                                                  \
	}                                                                                          \
                                                                                                   \
	/* s >= 16. The last pass has no factors, and writes pairs. */                             \
	TARGET static inline __attribute__((always_inline)) void pass_##SUFFIX(                    \
		float *to, const float *in, const float *w, size_t n, size_t s, const int radix,   \
		const int last, int streaming)                                                     \
	{                                                                                          \
		enum { W = BYTES / 4 };                                                            \
		const size_t m = n / s / (size_t)radix;                                            \
                                                                                                   \
		for (size_t p = 0; p < m; p++, w += 2 * radix - 2)                                 \
			for (size_t q = 0; q < s; q += W) {                                        \
				vec_##SUFFIX r[8] = { { 0 } }, i[8] = { { 0 } };                   \
                                                                                                   \
				for (int j = 0; j < radix; j++) {                                  \
					const float *x = in + q + s * (p + m * (size_t)j);         \
                                                                                                   \
					r[j] = *(const vec_##SUFFIX *)x;                           \
					i[j] = *(const vec_##SUFFIX *)(x + n + PAD);               \
				}                                                                  \
				if (radix == 4)                                                    \
					dft4_##SUFFIX(r, i, 1);                                    \
				else                                                               \
					dft8_##SUFFIX(r, i);                                       \
				for (int k = 0; k < radix; k++) {                                  \
					const int at = radix == 4 ? k : k / 2 + k % 2 * 4;         \
					const size_t y = q + s * ((size_t)radix * p + (size_t)k);  \
					vec_##SUFFIX a = r[at], b = i[at];                         \
                                                                                                   \
					if (last) {                                                \
						pair_##SUFFIX(to + 2 * y, a, b, streaming);        \
						continue;                                          \
					}                                                          \
					if (k) {                                                   \
						const float c = w[2 * k - 2], d = w[2 * k - 1];    \
                                                                                                   \
						a = r[at] * c - i[at] * d;                         \
						b = r[at] * d + i[at] * c;                         \
					}                                                          \
					*(vec_##SUFFIX *)(to + y) = a;                             \
					*(vec_##SUFFIX *)(to + n + PAD + y) = b;                   \
				}                                                                  \
			}                                                                          \
	}                                                                                          \
                                                                                                   \
	TARGET static void fft_##SUFFIX(float *out, const float *in, const float *next,            \
					const float *w, float *scratch, size_t n, int streaming)   \
	{                                                                                          \
		float *a = scratch + 2 * (n + PAD), *b = scratch, *t;                              \
		size_t s = 16;                                                                     \
                                                                                                   \
		early_##SUFFIX(b, in, next, w, n, 1);                                              \
		early_##SUFFIX(a, b, NULL, w + n / 4 * 6, n, 4);                                   \
		w += 3 * n;                                                                        \
		for (size_t r; (r = radix_at(n, s)) * s < n; s *= r) {                             \
			if (r == 4)                                                                \
				pass_##SUFFIX(b, a, w, n, s, 4, 0, 0);                             \
			else                                                                       \
				pass_##SUFFIX(b, a, w, n, s, 8, 0, 0);                             \
			w += 2 * (r - 1) * (n / (s * r));                                          \
			t = a, a = b, b = t;                                                       \
		}                                                                                  \
		if (radix_at(n, s) == 4)                                                           \
			pass_##SUFFIX(out, a, w, n, s, 4, 1, streaming);                           \
		else                                                                               \
			pass_##SUFFIX(out, a, w, n, s, 8, 1, streaming);                           \
	}
CM_SIMD_VARIANTS(FFT_BODY)

static void fft_host(const struct kernel_span *s)
{
	const size_t n = s->plan->c.n;
	const int streaming = s->plan->bytes > 32e6; /* as the streams do */
	const float *in = (const float *)s->buf[IN], *w = s->buf[HOST_TWIDDLE];
	float *out = s->buf[OUT];

	if (s->step)
		return;
	for (size_t i = s->lo; i < s->hi; i++) {
		const float *next = in + 2 * n * (i + 1 < s->hi ? i + 1 : i);

		CM_SIMD_CALL(fft, (out + 2 * n * i, in + 2 * n * i, next, w, s->scratch, n, streaming));
	}
	cm_stream_end();
}

/* ---- check ------------------------------------------------------------------------------------- */

/* The reference: halves in place after reordering, in double; factors: n of them, parts in turn. */
static void fft_double(double *x, const double *w, size_t n)
{
	for (size_t i = 0, j = 0; i < n; i++) {
		size_t bit = n / 2;

		if (i < j)
			for (int c = 0; c < 2; c++) {
				const double t = x[2 * i + (size_t)c];

				x[2 * i + (size_t)c] = x[2 * j + (size_t)c];
				x[2 * j + (size_t)c] = t;
			}
		for (; j & bit; bit /= 2)
			j ^= bit;
		j ^= bit;
	}
	for (size_t half = 1; half < n; half *= 2)
		for (size_t g = 0; g < n; g += 2 * half)
			for (size_t k = 0; k < half; k++) {
				double *a = x + 2 * (g + k), *b = a + 2 * half;
				const double *f = w + 2 * (k * (n / 2 / half));
				const double r = b[0] * f[0] - b[1] * f[1], m = b[0] * f[1] + b[1] * f[0];

				b[0] = a[0] - r, b[1] = a[1] - m;
				a[0] += r, a[1] += m;
			}
}

/* The reference itself, against the definition in long double, at a few places of one transform. */
static enum cm_status check_reference(const float *in, const double *x, size_t n, struct rng *r,
				      struct cm_err *err)
{
	const long double turn = 2 * acosl(-1.0L) / (long double)n;
	const size_t places = n <= 65536 ? 8 : 1;

	for (size_t i = 0; i < places; i++) {
		const size_t k = rng_below(r, n);
		long double re = 0, im = 0, size = 0;

		for (size_t j = 0; j < n; j++) {
			const long double angle = turn * (long double)(j * k % n);
			const long double c = cosl(angle), s = -sinl(angle), a = in[2 * j], b = in[2 * j + 1];

			re += a * c - b * s;
			im += a * s + b * c;
			size += fabsl(a) + fabsl(b);
		}
		if (!(fabsl(re - x[2 * k]) + fabsl(im - x[2 * k + 1]) <= 64 * 0x1p-53L * size))
			return cm_fail(err, CM_EVERIFY,
				       "point %zu by definition is %.17g %+.17gi, reference %.17g %+.17gi",
				       k, (double)re, (double)im, x[2 * k], x[2 * k + 1]);
	}
	return CM_OK;
}

/* Errors of a transform are as good as random: their rms is below u·sqrt(log2 n) of the results' rms,
 * which is the input's norm (Parseval). Allowed: 5 times that as rms, 30 times for any one part. */
static enum cm_status check_one(const float *out, const double *x, size_t n, double norm, size_t which,
				struct cm_err *err)
{
	const double unit = 0x1p-24 * sqrt(log2_of(n)) * norm;
	double sum = 0;

	for (size_t i = 0; i < 2 * n; i++) {
		const double off = out[i] - x[i];

		if (!(fabs(off) <= 30 * unit))
			return cm_fail(err, CM_EVERIFY,
				       "the %s part of point %zu of transform %zu is %.9g, expected %.9g",
				       i % 2 ? "imaginary" : "real", i / 2, which, (double)out[i], x[i]);
		sum += off * off;
	}
	if (sqrt(sum / (double)n) > 5 * unit)
		return cm_fail(err, CM_EVERIFY,
			       "the rms error of transform %zu is %.3g, more than the %.3g allowed", which,
			       sqrt(sum / (double)n), 5 * unit);
	return CM_OK;
}

static enum cm_status fft_verify(const struct kernel_plan *p, void *const buf[], uint64_t iterations,
				 struct cm_err *err)
{
	const size_t n = p->c.n, batch = p->buf[IN].bytes / 8 / n;
	double *x = malloc(4 * n * sizeof *x), *w;
	enum cm_status st = CM_OK;
	struct rng r;

	(void)iterations;
	if (!x)
		return cm_fail(err, CM_EIO, "no memory to check the transforms");
	w = x + 2 * n;
	for (size_t k = 0; k < n; k++) {
		const double angle = 2 * acos(-1.0) * (double)k / (double)n;

		w[2 * k] = cos(angle);
		w[2 * k + 1] = -sin(angle);
	}
	rng_seed(&r, p->c.seed ^ 0xff7);
	for (size_t i = 0; i < batch && !st; i++) {
		const float *in = (const float *)buf[IN] + 2 * n * i;
		const float *out = (const float *)buf[OUT] + 2 * n * i;
		double norm = 0;

		for (size_t k = 0; k < 2 * n; k++) {
			x[k] = in[k];
			norm += x[k] * x[k];
		}
		fft_double(x, w, n);
		if (!i)
			st = check_reference(in, x, n, &r, err);
		if (!st)
			st = check_one(out, x, n, sqrt(norm), i, err);
	}
	free(x);
	return st;
}

static const enum cm_type fft_types[] = { CM_F32, CM_NOTYPE };

static const struct kernel_tunable fft_tunables[] = {
	[TUNE_RADIX] = { "radix", { 8, 4, 16, 2 }, "values that an item combines in one pass" },
	[TUNE_EACH] = { "each", { 16, 8, 32, 64 }, "points an item holds, where local memory is used" },
	{ .name = NULL },
};

const struct kernel kernel_fft = {
	.abi = CM_KERNEL_ABI,
	.name = "fft",
	.group = "fft",
	.desc = "complex transforms of one length, many at a time",
	.size_unit = "points",
	.work_unit = "point",
	.metric = CM_FLOPS_PER_S,
	.types = fft_types,
	.tunables = fft_tunables,
	.peer = "FFTW on the same cores",
	.sizes = fft_sizes,
	.plan = fft_plan,
	.fill = fft_fill,
	.run_host = fft_host,
	.verify = fft_verify,
};
#endif
