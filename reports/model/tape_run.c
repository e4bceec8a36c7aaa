/* Runs a tape over a block of samples: its calls, compiled for every instruction set (tape_simd.h). */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/host_simd.h"
#include "model/normal_quantile.h"
#include "model/special.h"
#include "model/tape.h"

/* Clang, which builds for fuzzing only, has no such pragmas: one set. */
#if defined(__x86_64__) && !defined(__clang__)
#define SETS 1
#endif

#define NEARLY 1e-11 /* far above the rounding of a chain, far below what a sample meets by chance */

static inline const double *tape_arg(const struct tape *t, const struct tape_block *b, uint32_t arg)
{
	return arg & TAPE_CONST ? t->konst[arg & ~TAPE_CONST] : b->slot + arg * TAPE_STRIDE(b->size);
}

#define V(name) name##_base
#define VBYTES 16
#include "model/vector_math.h"
#include "model/tape_simd.h"
#undef V
#undef VBYTES

#if defined(SETS)
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#define V(name) name##_avx2
#define VBYTES 32
#include "model/vector_math.h"
#include "model/tape_simd.h"
#undef V
#undef VBYTES
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512vl,avx512bw,fma,prefer-vector-width=512")
#define V(name) name##_avx512
#define VBYTES 64
#include "model/vector_math.h"
#include "model/tape_simd.h"
#undef V
#undef VBYTES
#pragma GCC pop_options
#endif

/* The best set that this machine has, or one below it. */
#if defined(SETS)
#define CALL(name, b, args)                                                                        \
	do {                                                                                       \
		const int set = (int)cm_simd_level() - (b)->narrow;                                \
		if (set >= CM_SIMD_AVX512)                                                         \
			name##_avx512 args;                                                        \
		else if (set == CM_SIMD_AVX2)                                                      \
			name##_avx2 args;                                                          \
		else                                                                               \
			name##_base args;                                                          \
	} while (0)
#else
#define CALL(name, b, args) name##_base args
#endif

void tape_run(const struct tape *t, const struct tape_block *b)
{
	memset(b->suspect, 0, b->size * sizeof *b->suspect);
	CALL(tape, b, (t, b));
}

void tape_draw(const struct draw *d, const struct tape_block *b)
{
	CALL(draw, b, (d, b, b->slot));
}
