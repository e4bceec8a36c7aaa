/*
 * For host halves: one body compiled for several instruction sets, the best chosen at run time, and
 * vectors with non-temporal stores. GCC's vector extensions carry the arithmetic; only the streaming store
 * is named by instruction. Never target_clones: its resolvers run before a sanitizer is ready.
 *
 * Use: put the body into a macro BODY(SUFFIX, TARGET, BYTES), then
 *   CM_SIMD_VARIANTS(BODY)            - instantiates it for every set this compiler targets
 *   CM_SIMD_CALL(name, (args))        - calls name_avx512, name_avx2 or name_base by cm_simd_level()
 */
#ifndef CM_API_HOST_SIMD_H
#define CM_API_HOST_SIMD_H

#if defined(__x86_64__)
#include <immintrin.h>
#endif
#include <stdint.h>

enum cm_simd { CM_SIMD_BASE, CM_SIMD_AVX2, CM_SIMD_AVX512 };

static inline enum cm_simd cm_simd_level(void)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
	    __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
		return CM_SIMD_AVX512;
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
		return CM_SIMD_AVX2;
#endif
	return CM_SIMD_BASE;
}

static inline const char *cm_simd_name(enum cm_simd s)
{
	static const char *const name[] = { "baseline", "AVX2 and FMA", "AVX-512" };

	return name[s];
}

/* Non-temporal stores, one vector; p aligned to the vector. They are weakly ordered: cm_stream_end()
 * before others may read. */
#if defined(__x86_64__)
static inline void cm_stream_base_pd(double *p, __m128d v)
{
	_mm_stream_pd(p, v);
}

static inline void cm_stream_base_ps(float *p, __m128 v)
{
	_mm_stream_ps(p, v);
}

__attribute__((target("avx2,fma"))) static inline void cm_stream_avx2_pd(double *p, __m256d v)
{
	_mm256_stream_pd(p, v);
}

__attribute__((target("avx2,fma"))) static inline void cm_stream_avx2_ps(float *p, __m256 v)
{
	_mm256_stream_ps(p, v);
}

__attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,prefer-vector-width=512"))) static inline void
cm_stream_avx512_pd(double *p, __m512d v)
{
	_mm512_stream_pd(p, v);
}

__attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,prefer-vector-width=512"))) static inline void
cm_stream_avx512_ps(float *p, __m512 v)
{
	_mm512_stream_ps(p, v);
}

static inline void cm_stream_end(void)
{
	_mm_sfence();
}

#define CM_SIMD_VARIANTS(BODY)                                                                     \
	BODY(base, , 16)                                                                           \
	BODY(avx2, __attribute__((target("avx2,fma"))), 32)                                        \
	BODY(avx512,                                                                               \
	     __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,prefer-vector-width=512"))), 64)

#define CM_SIMD_CALL(name, args)                                                                   \
	do {                                                                                       \
		switch (cm_simd_level()) {                                                         \
		case CM_SIMD_AVX512: name##_avx512 args; break;                                    \
		case CM_SIMD_AVX2: name##_avx2 args; break;                                        \
		case CM_SIMD_BASE: name##_base args; break;                                        \
		}                                                                                  \
	} while (0)

#else /* one set: what the compiler targets by default */

typedef double cm_base_pd __attribute__((vector_size(16)));
typedef float cm_base_ps __attribute__((vector_size(16)));

static inline void cm_stream_base_pd(double *p, cm_base_pd v)
{
	*(cm_base_pd *)(void *)p = v;
}

static inline void cm_stream_base_ps(float *p, cm_base_ps v)
{
	*(cm_base_ps *)(void *)p = v;
}

static inline void cm_stream_end(void)
{
}

#define CM_SIMD_VARIANTS(BODY) BODY(base, , 16)
#define CM_SIMD_CALL(name, args) do { name##_base args; } while (0)

#endif

/*
 * The four stream kernels differ in one expression of b, c and s; everything else is here once.
 * `expression` may use the vectors B and C and the scalar s, and must not care for their width.
 * out is written past the caches when `streaming`, else through them.
 */
#define CM_STREAM_BODY_(SUFFIX, TARGET, BYTES, NAME, EXPRESSION)                                   \
	TARGET static void NAME##_##SUFFIX(double *restrict out, const double *restrict b,         \
					   const double *restrict c, double s, size_t lo, size_t hi, \
					   int streaming)                                          \
	{                                                                                          \
		typedef double vec __attribute__((vector_size(BYTES), aligned(8), may_alias));     \
		enum { W = BYTES / 8 };                                                            \
		size_t i = lo;                                                                     \
                                                                                                   \
		for (; i < hi && ((uintptr_t)(out + i) & (BYTES - 1)); i++) {                      \
			const double B = b[i], C = c[i];                                           \
			(void)B, (void)C, (void)s;                                                 \
			out[i] = (EXPRESSION);                                                     \
		}                                                                                  \
		if (streaming) {                                                                   \
			for (; i + W <= hi; i += W) {                                              \
				const vec B = *(const vec *)(b + i), C = *(const vec *)(c + i);    \
				(void)B, (void)C, (void)s;                                         \
				cm_stream_##SUFFIX##_pd(out + i, (EXPRESSION));                    \
			}                                                                          \
			cm_stream_end();                                                           \
		} else {                                                                           \
			for (; i + W <= hi; i += W) {                                              \
				const vec B = *(const vec *)(b + i), C = *(const vec *)(c + i);    \
				(void)B, (void)C, (void)s;                                         \
				*(vec *)(out + i) = (EXPRESSION);                                  \
			}                                                                          \
		}                                                                                  \
		for (; i < hi; i++) {                                                              \
			const double B = b[i], C = c[i];                                           \
			(void)B, (void)C, (void)s;                                                 \
			out[i] = (EXPRESSION);                                                     \
		}                                                                                  \
	}

#endif
