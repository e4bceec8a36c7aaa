/*
 * What we use of OpenBLAS, declared by ourselves, so that the program builds without it and picks up what a
 * machine has. tests/unit/test_tuned.c holds it against the real header where that is installed.
 * Source: cblas.h of OpenBLAS 0.3.21 (BSD licence), with 32-bit indices as Debian's libopenblas.so.0 has.
 */
#ifndef CM_OPENBLAS_ABI_H
#define CM_OPENBLAS_ABI_H

#include "base/dl.h"

#define OB_ROW_MAJOR 101u
#define OB_NO_TRANS 111u

typedef void ob_dgemm(unsigned order, unsigned ta, unsigned tb, int m, int n, int k, double alpha,
		      const double *a, int lda, const double *b, int ldb, double beta, double *c, int ldc);
typedef void ob_sgemm(unsigned order, unsigned ta, unsigned tb, int m, int n, int k, float alpha,
		      const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);
typedef void ob_set_num_threads(int n);
typedef int ob_get_num_threads(void);
typedef char *ob_get_text(void); /* openblas_get_config, openblas_get_corename */

struct openblas {
	ob_dgemm *dgemm;
	ob_sgemm *sgemm;
	ob_set_num_threads *set_num_threads;
	ob_get_num_threads *get_num_threads;
	ob_get_text *get_config, *get_corename;
};

#endif
