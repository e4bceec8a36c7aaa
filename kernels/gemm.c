/*
 * gemm: C = A·B, dense, square, row-major, fp64 and fp32. The kernel that buyers quote. Host: blocked and
 * packed (Goto and van de Geijn 2008; BLIS), a register tile of 3 vectors by 8 or 4 rows. Devices: tiles in
 * local memory, a register tile an item; the same tunables everywhere.
 */
#ifndef CM_DEVICE
#include "api/host_simd.h"
#include "api/kernel.h"
#endif

#ifdef CM_DEVICE
/* TM rows and TN columns an item, LX by LY items a group, KT deep; REAL. */
#define TILE_M (LY * TM)
#define TILE_N (LX * TN)
KERNEL(gemm, GLOBAL REAL *RESTRICT c, const GLOBAL REAL *RESTRICT a, const GLOBAL REAL *RESTRICT b,
       const cm_u32 n)
{
	LOCAL REAL at[KT * TILE_M];
	LOCAL REAL bt[KT * TILE_N];
	const cm_u32 lx = LID, ly = LID1, id = ly * LX + lx;
	const cm_u32 row0 = GRP1 * TILE_M, col0 = GRP * TILE_N;
	REAL acc[TM][TN];

	for (int i = 0; i < TM; i++)
		for (int j = 0; j < TN; j++)
			acc[i][j] = 0;
	for (cm_u32 k0 = 0; k0 < n; k0 += KT) {
		for (cm_u32 e = id; e < KT * TILE_M; e += LX * LY) {
			const cm_u32 r = row0 + e / KT, k = k0 + e % KT;

			at[e % KT * TILE_M + e / KT] = r < n && k < n ? a[(cm_u64)r * n + k] : 0;
		}
		for (cm_u32 e = id; e < KT * TILE_N; e += LX * LY) {
			const cm_u32 k = k0 + e / TILE_N, s = col0 + e % TILE_N;

			bt[e] = s < n && k < n ? b[(cm_u64)k * n + s] : 0;
		}
		BARRIER;
		for (int k = 0; k < KT; k++)
			for (int i = 0; i < TM; i++)
				for (int j = 0; j < TN; j++)
					acc[i][j] += at[k * TILE_M + ly * TM + i] *
						     bt[k * TILE_N + lx * TN + j];
		BARRIER;
	}
	for (int i = 0; i < TM; i++)
		for (int j = 0; j < TN; j++) {
			const cm_u32 r = row0 + ly * TM + i, s = col0 + lx * TN + j;

			if (r < n && s < n)
				c[(cm_u64)r * n + s] = acc[i][j];
		}
}
#else
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

enum { C, A, B, PACKED };

/* Blocks: MC x KC of A (384 KiB at most) stay in the second cache, KC x NR of B come from it. */
enum { MC = 192, PANEL_MAX = 48, ROWS_MAX = 8 };
#define KC_OF(bytes) ((size_t)((bytes) == 8 ? 256 : 384))

enum { TUNE_M, TUNE_N, TUNE_K, TUNE_X, TUNE_Y };

static size_t gemm_sizes(const struct kernel_env *env, enum cm_suite suite, enum cm_type type,
			 size_t out[CM_MAX_SIZES])
{
	static const size_t all[] = { 512, 1024, 2048, 4096 };
	size_t n = 0;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		const bool wanted = suite == CM_QUICK ? all[i] == 1024 : suite == CM_FULL || all[i] < 4096;

		if (wanted && (!env->memory_bytes ||
			       4 * all[i] * all[i] * cm_type_bytes(type) < env->memory_bytes / 2))
			out[n++] = all[i];
	}
	return n;
}

static enum cm_status gemm_plan(const struct kernel_env *env, struct kernel_plan *p,
				struct cm_err *err)
{
	const size_t n = p->c.n, bytes = cm_type_bytes(p->c.type);
	const int *t = p->c.tune;
	const size_t tile_m = (size_t)t[TUNE_Y] * (size_t)t[TUNE_M];
	const size_t tile_n = (size_t)t[TUNE_X] * (size_t)t[TUNE_N];
	const size_t padded = (n + PANEL_MAX - 1) / PANEL_MAX * PANEL_MAX;

	(void)env;
	if (n < 1 || n > 32768)
		return cm_fail(err, CM_EINPUT, "gemm takes orders of 1 to 32768, not %zu", n);
	if ((tile_m + tile_n) * (size_t)t[TUNE_K] * bytes > 48 << 10)
		return cm_fail(err, CM_UNSUPPORTED, "these tiles need more than 48 KiB of local memory");
	p->buf[C] = (struct kernel_buf){ "c", n * n * bytes, CM_OUT };
	p->buf[A] = (struct kernel_buf){ "a", n * n * bytes, CM_IN };
	p->buf[B] = (struct kernel_buf){ "b", n * n * bytes, CM_IN };
	p->buf[PACKED] = (struct kernel_buf){ "packed b", n * padded * bytes, CM_SCRATCH };
	p->bufs = 4;
	/* Host: pack B by panels, all threads; then every thread its rows. */
	p->step[0] = (struct kernel_step){ .items = n, .grain = PANEL_MAX };
	p->step[1] = (struct kernel_step){
		.entry = "gemm", .dims = 2,
		.local = { (size_t)t[TUNE_X], (size_t)t[TUNE_Y], 1 },
		.global = { (n + tile_n - 1) / tile_n * (size_t)t[TUNE_X],
			    (n + tile_m - 1) / tile_m * (size_t)t[TUNE_Y], 1 },
		.arg = { { .kind = CM_ARG_BUF, .buf = C }, { .kind = CM_ARG_BUF, .buf = A },
			 { .kind = CM_ARG_BUF, .buf = B }, { .kind = CM_ARG_U32, .u32 = (uint32_t)n } },
		.args = 4, .items = (n + ROWS_MAX - 1) / ROWS_MAX, .grain = 1,
	};
	p->steps = 2;
	p->scratch_bytes = MC * KC_OF(bytes) * bytes + 64;
	snprintf(p->defines, sizeof p->defines, "-DREAL=%s -DTM=%d -DTN=%d -DKT=%d -DLX=%d -DLY=%d",
		 p->c.type == CM_F64 ? "double" : "float", t[TUNE_M], t[TUNE_N], t[TUNE_K], t[TUNE_X],
		 t[TUNE_Y]);
	p->flops = 2.0 * (double)n * (double)n * (double)n;
	p->bytes = 3.0 * (double)(n * n * bytes);
	p->work = p->flops / 2;
	return CM_OK;
}

static void gemm_fill(const struct kernel_plan *p, void *const buf[])
{
	const size_t cells = p->c.n * p->c.n;
	struct rng r;

	rng_seed(&r, p->c.seed);
	for (unsigned b = A; b <= B; b++)
		for (size_t i = 0; i < cells; i++)
			if (p->c.type == CM_F64)
				((double *)buf[b])[i] = rng_sym(&r);
			else
				((float *)buf[b])[i] = (float)rng_sym(&r);
	memset(buf[C], 0xff, cells * cm_type_bytes(p->c.type)); /* NaN in both types */
}

/*
 * One instruction set and type. Packed B: panels of NR columns, each n deep; packed A: strips of MR rows,
 * KC deep. Edges are padded with zeros, and an edge tile is computed whole, then copied in part.
 */
#define GEMM_BODY(SUFFIX, TARGET, BYTES, REAL, P)                                                  \
	TARGET static void P##_pack_b_##SUFFIX(REAL *packed, const REAL *b, size_t n, size_t lo,   \
					       size_t hi)                                          \
	{                                                                                          \
		enum { NR = 3 * BYTES / sizeof(REAL) };                                            \
                                                                                                   \
		/* Along the rows, as they lie: every panel's part of a row, then the next row. */ \
		for (size_t k = 0; k < n; k++)                                                     \
			for (size_t panel = lo / NR; panel * NR < hi; panel++) {                   \
				REAL *to = packed + (panel * n + k) * NR;                          \
				const REAL *from = b + k * n + panel * NR;                         \
				const size_t have = n - panel * NR < NR ? n - panel * NR : NR;     \
                                                                                                   \
				if (have == NR) {                                                  \
					memcpy(to, from, NR * sizeof *to);                         \
					continue;                                                  \
				}                                                                  \
				for (size_t j = 0; j < NR; j++)                                    \
					to[j] = j < have ? from[j] : 0;                            \
			}                                                                          \
	}                                                                                          \
                                                                                                   \
	TARGET static void P##_pack_a_##SUFFIX(REAL *packed, const REAL *a, size_t n, size_t rows, \
					       size_t depth)                                       \
	{                                                                                          \
		enum { MR = BYTES == 64 ? 8 : 4 };                                                 \
                                                                                                   \
		for (size_t i = 0; i < rows; i += MR, packed += MR * depth) {                      \
			if (rows - i >= MR) {                                                      \
				for (size_t k = 0; k < depth; k++)                                 \
					for (size_t r = 0; r < MR; r++)                            \
						packed[k * MR + r] = a[(i + r) * n + k];           \
				continue;                                                          \
			}                                                                          \
			for (size_t k = 0; k < depth; k++)                                         \
				for (size_t r = 0; r < MR; r++)                                    \
					packed[k * MR + r] = i + r < rows ? a[(i + r) * n + k] : 0; \
		}                                                                                  \
	}                                                                                          \
                                                                                                   \
	TARGET static inline __attribute__((always_inline)) void P##_tile_##SUFFIX(                \
		size_t depth, const REAL *restrict a, const REAL *restrict b, REAL *restrict c,    \
		size_t stride, int first)                                                          \
	{                                                                                          \
		typedef REAL vec __attribute__((vector_size(BYTES), aligned(4), may_alias));       \
		enum { W = BYTES / sizeof(REAL), NR = 3 * W, MR = BYTES == 64 ? 8 : 4 };           \
		vec x[MR][3];                                                                      \
                                                                                                   \
		for (int i = 0; i < MR; i++)                                                       \
			for (int v = 0; v < 3; v++)                                                \
				x[i][v] = (vec){ 0 };                                              \
		for (int i = 0; i < MR; i++)                                                       \
			for (int v = 0; v < 3; v++)                                                \
				__builtin_prefetch(c + (size_t)i * stride + (size_t)(v * W), 1);   \
		for (size_t k = 0; k < depth; k++, a += MR, b += NR) {                             \
			const vec b0 = *(const vec *)b, b1 = *(const vec *)(b + W),                \
				  b2 = *(const vec *)(b + 2 * W);                                  \
                                                                                                   \
			__builtin_prefetch(b + 8 * NR);                                            \
			for (int i = 0; i < MR; i++) {                                             \
				x[i][0] += a[i] * b0;                                              \
				x[i][1] += a[i] * b1;                                              \
				x[i][2] += a[i] * b2;                                              \
			}                                                                          \
		}                                                                                  \
		for (int i = 0; i < MR; i++, c += stride)                                          \
			for (int v = 0; v < 3; v++) {                                              \
				if (!first)                                                        \
					x[i][v] += *(vec *)(c + v * W);                            \
				*(vec *)(c + v * W) = x[i][v];                                     \
			}                                                                          \
	}                                                                                          \
                                                                                                   \
	TARGET static void P##_edge_##SUFFIX(size_t depth, const REAL *a, const REAL *b, REAL *c,  \
					     size_t n, size_t rows, size_t cols, int first)        \
	{                                                                                          \
		enum { NR = 3 * BYTES / sizeof(REAL), MR = BYTES == 64 ? 8 : 4 };                  \
		REAL t[MR * NR];                                                                   \
                                                                                                   \
		P##_tile_##SUFFIX(depth, a, b, t, NR, 1);                                          \
		for (size_t i = 0; i < rows; i++)                                                  \
			for (size_t j = 0; j < cols; j++)                                          \
				c[i * n + j] = first ? t[i * NR + j] : c[i * n + j] + t[i * NR + j]; \
	}                                                                                          \
                                                                                                   \
	TARGET static void P##_rows_##SUFFIX(REAL *c, const REAL *a, const REAL *packed_b,         \
					     REAL *packed_a, size_t n, size_t lo, size_t hi)       \
	{                                                                                          \
		enum { NR = 3 * BYTES / sizeof(REAL), MR = BYTES == 64 ? 8 : 4 };                  \
		const size_t KC = KC_OF(sizeof(REAL));                                             \
                                                                                                   \
		for (size_t k0 = 0; k0 < n; k0 += KC)                                              \
			for (size_t i0 = lo; i0 < hi; i0 += MC) {                                  \
				const size_t depth = n - k0 < KC ? n - k0 : KC;                    \
				const size_t rows = hi - i0 < MC ? hi - i0 : MC;                   \
                                                                                                   \
				P##_pack_a_##SUFFIX(packed_a, a + i0 * n + k0, n, rows, depth);    \
				for (size_t j = 0; j < n; j += NR)                                 \
					for (size_t i = 0; i < rows; i += MR) {                    \
						const REAL *pa = packed_a + i * depth;             \
						const REAL *pb = packed_b + (j / NR * n + k0) * NR; \
						REAL *to = c + (i0 + i) * n + j;                   \
                                                                                                   \
						if (rows - i >= MR && n - j >= NR)                 \
							P##_tile_##SUFFIX(depth, pa, pb, to, n, !k0); \
						else                                               \
							P##_edge_##SUFFIX(                         \
								depth, pa, pb, to, n,              \
								rows - i < MR ? rows - i : MR,     \
								n - j < NR ? n - j : NR, !k0);     \
					}                                                          \
			}                                                                          \
	}
#define GEMM_F64(SUFFIX, TARGET, BYTES) GEMM_BODY(SUFFIX, TARGET, BYTES, double, d)
#define GEMM_F32(SUFFIX, TARGET, BYTES) GEMM_BODY(SUFFIX, TARGET, BYTES, float, f)
CM_SIMD_VARIANTS(GEMM_F64)
CM_SIMD_VARIANTS(GEMM_F32)

static void gemm_host(const struct kernel_span *s)
{
	const size_t n = s->plan->c.n, lo = s->lo * ROWS_MAX,
		     hi = s->hi * ROWS_MAX < n ? s->hi * ROWS_MAX : n;
	void *const *b = s->buf;
	const bool f64 = s->plan->c.type == CM_F64;

	if (s->step == 0 && f64)
		CM_SIMD_CALL(d_pack_b, (b[PACKED], b[B], n, s->lo, s->hi));
	else if (s->step == 0)
		CM_SIMD_CALL(f_pack_b, (b[PACKED], b[B], n, s->lo, s->hi));
	else if (f64 && lo < hi)
		CM_SIMD_CALL(d_rows, (b[C], b[A], b[PACKED], s->scratch, n, lo, hi));
	else if (lo < hi)
		CM_SIMD_CALL(f_rows, (b[C], b[A], b[PACKED], s->scratch, n, lo, hi));
}

/* ---- check ------------------------------------------------------------------------------------- */

static double cell_of(const struct kernel_plan *p, const void *buf, size_t i)
{
	return p->c.type == CM_F64 ? ((const double *)buf)[i] : (double)((const float *)buf)[i];
}

/* Freivalds (1979): C·x against A·(B·x) for a random x of ±1. Rounding errors are as good as random
 * here: a row's add up to about u·n^1.5/4 (terms within ±1); the bound is 30 times that, or the worst case
 * where that is less. The worst case alone, of order u·n^3, would let one wrong entry in fp32 pass. */
static enum cm_status check_product(const struct kernel_plan *p, void *const buf[], struct rng *r,
				    struct cm_err *err)
{
	const size_t n = p->c.n;
	const double u = p->c.type == CM_F64 ? 0x1p-53 : 0x1p-24;
	const double usual = 8 * pow((double)n, 1.5);
	double *v = malloc(3 * n * sizeof *v);
	double *bx, *abs_bx;
	enum cm_status st = CM_OK;

	if (!v)
		return cm_fail(err, CM_EIO, "no memory to check the product");
	bx = v + n;
	abs_bx = v + 2 * n;
	for (size_t i = 0; i < n; i++)
		v[i] = rng_next(r) >> 63 ? 1 : -1;
	for (size_t k = 0; k < n; k++) {
		bx[k] = abs_bx[k] = 0;
		for (size_t j = 0; j < n; j++) {
			const double b = cell_of(p, buf[B], k * n + j);

			bx[k] += b * v[j];
			abs_bx[k] += fabs(b);
		}
	}
	for (size_t i = 0; i < n && !st; i++) {
		double want = 0, found = 0, size = 0;

		for (size_t k = 0; k < n; k++) {
			const double a = cell_of(p, buf[A], i * n + k);

			want += a * bx[k];
			size += fabs(a) * abs_bx[k];
			found += cell_of(p, buf[C], i * n + k) * v[k];
		}
		if (!(fabs(found - want) <= fmin((double)(2 * n + 2) * size, usual) * u))
			st = cm_fail(err, CM_EVERIFY,
				     "row %zu of the product times a random vector is %.17g, expected %.17g",
				     i, found, want);
	}
	free(v);
	return st;
}

/* 64 entries in long double: corners, beside the tiles' edges, and random ones. */
static enum cm_status check_entries(const struct kernel_plan *p, void *const buf[], struct rng *r,
				    struct cm_err *err)
{
	const size_t n = p->c.n;
	const size_t edge[] = { 0, n - 1, n / 2, 7 % n, 8 % n, 47 % n, 48 % n, 191 % n };
	const double u = p->c.type == CM_F64 ? 0x1p-53 : 0x1p-24;

	for (unsigned t = 0; t < 64; t++) {
		const size_t i = t < 32 ? edge[t % 8] : rng_below(r, n);
		const size_t j = t < 32 ? edge[t / 4] : rng_below(r, n);
		long double want = 0, size = 0;
		const double found = cell_of(p, buf[C], i * n + j);

		for (size_t k = 0; k < n; k++) {
			const long double x = (long double)cell_of(p, buf[A], i * n + k) *
					      cell_of(p, buf[B], k * n + j);
			want += x;
			size += fabsl(x);
		}
		if (!(fabsl(found - want) <= (long double)(n + 2) * u * size))
			return cm_fail(err, CM_EVERIFY, "entry %zu, %zu is %.17g, expected %.17g", i, j,
				       found, (double)want);
	}
	return CM_OK;
}

static enum cm_status gemm_verify(const struct kernel_plan *p, void *const buf[], uint64_t iterations,
				  struct cm_err *err)
{
	enum cm_status st = CM_OK;
	struct rng r;

	(void)iterations;
	rng_seed(&r, p->c.seed ^ 0x9e3779b9);
	for (int i = 0; i < 3 && !st; i++)
		st = check_product(p, buf, &r, err);
	return st ? st : check_entries(p, buf, &r, err);
}

static const enum cm_type gemm_types[] = { CM_F64, CM_F32, CM_NOTYPE };

static const struct kernel_tunable gemm_tunables[] = {
	[TUNE_M] = { "rows", { 4, 8, 2, 1 }, "rows of C an item" },
	[TUNE_N] = { "cols", { 16, 8, 4, 32 }, "columns of C an item" },
	[TUNE_K] = { "deep", { 32, 16, 64, 8 }, "depth of a tile in local memory" },
	[TUNE_X] = { "group_x", { 4, 8, 16, 2 }, "items of a group along the columns" },
	[TUNE_Y] = { "group_y", { 8, 16, 4, 2 }, "items of a group along the rows" },
	{ .name = NULL },
};

const struct kernel kernel_gemm = {
	.abi = CM_KERNEL_ABI,
	.name = "gemm",
	.group = "gemm",
	.desc = "dense matrix product",
	.size_unit = "order",
	.work_unit = "multiply-add",
	.metric = CM_FLOPS_PER_S,
	.types = gemm_types,
	.tunables = gemm_tunables,
	.peer = "OpenBLAS and BLIS on the same cores",
	.sizes = gemm_sizes,
	.plan = gemm_plan,
	.fill = gemm_fill,
	.run_host = gemm_host,
	.verify = gemm_verify,
};
#endif
