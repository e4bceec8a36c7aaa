/*
 * spmv: y = A·x, A sparse in rows (CSR): HPCG's matrix, a 27-point stencil on a cube, 26 on the diagonal
 * and -1 beside it. Bound by memory: 12 bytes a nonzero (value and 32-bit column), counted as compulsory.
 */
#ifndef CM_DEVICE
#include "api/host_simd.h"
#include "api/kernel.h"
#endif

KERNEL(spmv, GLOBAL double *RESTRICT y, const GLOBAL double *RESTRICT x,
       const GLOBAL double *RESTRICT value, const GLOBAL cm_u32 *RESTRICT column,
       const GLOBAL cm_u32 *RESTRICT start, const cm_u64 rows)
{
	const cm_u64 i = GID;
	double sum = 0;

	GUARD(i, rows);
	for (cm_u32 k = start[i]; k < start[i + 1]; k++)
		sum += value[k] * x[column[k]];
	y[i] = sum;
}

#ifndef CM_DEVICE
#include <math.h>

#include "base/rng.h"

enum { Y, X, VALUE, COLUMN, START };

static size_t nonzeros(size_t side)
{
	const size_t line = 3 * side - 2; /* neighbours along one axis, summed over the axis */

	return line * line * line;
}

static size_t spmv_sizes(const struct kernel_env *env, enum cm_suite suite, enum cm_type type,
			 size_t out[CM_MAX_SIZES])
{
	const size_t beyond = (suite == CM_QUICK ? 1 : 2) * env->plateau_bytes;
	size_t side = 16, n = 0;

	(void)type;
	/* Up to HPCG's usual 104 a side, and until the matrix is twice the plateau (quick: once). */
	while ((side < 104 || nonzeros(side) * 12 < beyond) && side < 256 &&
	       (!env->memory_bytes || nonzeros(side + 8) * 12 < env->memory_bytes / 2) &&
	       (!env->max_alloc_bytes || nonzeros(side + 8) * 8 <= env->max_alloc_bytes))
		side += 8;
	if (suite == CM_FULL && side > 32)
		out[n++] = 32;
	out[n++] = side;
	return n;
}

static enum cm_status spmv_plan(const struct kernel_env *env, struct kernel_plan *p, struct cm_err *err)
{
	const size_t side = p->c.n, rows = side * side * side, group = 64;
	struct kernel_step *s = &p->step[0];
	size_t nnz;

	(void)env;
	if (side < 2 || side > 512)
		return cm_fail(err, CM_EINPUT, "spmv takes 2 to 512 points a side, not %zu", side);
	nnz = nonzeros(side);
	p->buf[Y] = (struct kernel_buf){ "y", rows * 8, CM_OUT };
	p->buf[X] = (struct kernel_buf){ "x", rows * 8, CM_IN };
	p->buf[VALUE] = (struct kernel_buf){ "value", nnz * 8, CM_IN };
	p->buf[COLUMN] = (struct kernel_buf){ "column", nnz * 4, CM_IN };
	p->buf[START] = (struct kernel_buf){ "start", (rows + 1) * 4, CM_IN };
	p->bufs = 5;
	*s = (struct kernel_step){ .entry = "spmv", .dims = 1, .local = { group, 1, 1 },
				   .global = { (rows + group - 1) / group * group, 1, 1 }, .items = rows };
	for (unsigned b = 0; b < p->bufs; b++)
		s->arg[s->args++] = (struct kernel_arg){ .kind = CM_ARG_BUF, .buf = b };
	s->arg[s->args++] = (struct kernel_arg){ .kind = CM_ARG_U64, .u64 = rows };
	p->steps = 1;
	p->flops = 2.0 * (double)nnz;
	p->bytes = 12.0 * (double)nnz + 20.0 * (double)rows;
	p->work = (double)nnz;
	return CM_OK;
}

/* Neighbours of (x, y, z) in the cube, in ascending order of column. */
static size_t row_columns(size_t side, size_t row, cm_u32 out[27])
{
	const long n = (long)side, x = (long)(row % side), y = (long)(row / side % side),
		   z = (long)(row / side / side);
	size_t k = 0;

	for (long dz = -1; dz <= 1; dz++)
		for (long dy = -1; dy <= 1; dy++)
			for (long dx = -1; dx <= 1; dx++)
				if (x + dx >= 0 && x + dx < n && y + dy >= 0 && y + dy < n &&
				    z + dz >= 0 && z + dz < n)
					out[k++] = (cm_u32)((z + dz) * n * n + (y + dy) * n + x + dx);
	return k;
}

static void spmv_fill(const struct kernel_plan *p, void *const buf[])
{
	const size_t side = p->c.n, rows = side * side * side;
	cm_u32 *start = buf[START], *column = buf[COLUMN];
	double *value = buf[VALUE];
	size_t k = 0;
	struct rng r;

	rng_seed(&r, p->c.seed);
	for (size_t i = 0; i < rows; i++) {
		const size_t n = row_columns(side, i, column + k);

		start[i] = (cm_u32)k;
		for (size_t e = k + n; k < e; k++)
			value[k] = column[k] == i ? 26 : -1;
		((double *)buf[X])[i] = rng_sym(&r);
		((double *)buf[Y])[i] = NAN;
	}
	start[rows] = (cm_u32)k;
}

/* Inner rows have 27 entries: their length is known to the compiler, short ones take the plain loop. */
#define SPMV_BODY(SUFFIX, TARGET, BYTES)                                                           \
	TARGET static void spmv_##SUFFIX(double *restrict y, const double *restrict x,             \
					 const double *restrict value,                             \
					 const cm_u32 *restrict column,                            \
					 const cm_u32 *restrict start, size_t lo, size_t hi)       \
	{                                                                                          \
		for (size_t i = lo; i < hi; i++) {                                                 \
			const cm_u32 from = start[i], n = start[i + 1] - from;                     \
			const double *restrict v = value + from;                                   \
			const cm_u32 *restrict c = column + from;                                  \
			double s0 = 0, s1 = 0, s2 = 0;                                             \
                                                                                                   \
			__builtin_prefetch(v + 512);                                               \
			__builtin_prefetch(c + 1024);                                              \
			if (n == 27) {                                                             \
				for (int k = 0; k < 9; k++) {                                      \
					s0 += v[k] * x[c[k]];                                      \
					s1 += v[k + 9] * x[c[k + 9]];                              \
					s2 += v[k + 18] * x[c[k + 18]];                            \
				}                                                                  \
			} else {                                                                   \
				for (cm_u32 k = 0; k < n; k++)                                     \
					s0 += v[k] * x[c[k]];                                      \
			}                                                                          \
			y[i] = s0 + s1 + s2;                                                       \
		}                                                                                  \
	}
CM_SIMD_VARIANTS(SPMV_BODY)

static void spmv_host(const struct kernel_span *s)
{
	CM_SIMD_CALL(spmv, (s->buf[Y], s->buf[X], s->buf[VALUE], s->buf[COLUMN], s->buf[START], s->lo,
			    s->hi));
}

/* Every row again from the cube's geometry, not from the arrays: 26·x_i minus the neighbours. */
static enum cm_status spmv_verify(const struct kernel_plan *p, void *const buf[], uint64_t iterations,
				  struct cm_err *err)
{
	const size_t side = p->c.n, rows = side * side * side;
	const double *x = buf[X], *y = buf[Y];
	cm_u32 column[27];

	(void)iterations;
	for (size_t i = 0; i < rows; i++) {
		const size_t n = row_columns(side, i, column);
		double want = 27 * x[i], size = 27 * fabs(x[i]);

		for (size_t k = 0; k < n; k++) {
			want -= x[column[k]];
			size += fabs(x[column[k]]);
		}
		if (!(fabs(y[i] - want) <= 64 * 0x1p-53 * size))
			return cm_fail(err, CM_EVERIFY, "row %zu of %zu is %.17g, expected %.17g", i, rows,
				       y[i], want);
	}
	return CM_OK;
}

static const enum cm_type spmv_types[] = { CM_F64, CM_NOTYPE };

const struct kernel kernel_spmv = {
	.abi = CM_KERNEL_ABI,
	.name = "spmv",
	.group = "spmv",
	.desc = "sparse matrix times vector, 27-point, in rows",
	.size_unit = "points a side",
	.work_unit = "nonzero",
	.metric = CM_FLOPS_PER_S,
	.types = spmv_types,
	.peer = "compulsory bytes over measured read bandwidth",
	.sizes = spmv_sizes,
	.plan = spmv_plan,
	.fill = spmv_fill,
	.run_host = spmv_host,
	.verify = spmv_verify,
};
#endif
