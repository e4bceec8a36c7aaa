/*
 * What we use of FFTW 3 in single precision, declared by ourselves from its manual (fftw.org/fftw3_doc,
 * sections 4.2 to 4.4 and 5.2): nothing of its header is here. tests/unit/test_tuned.c holds it against the
 * real header where that is installed.
 */
#ifndef CM_FFTW_ABI_H
#define CM_FFTW_ABI_H

#include "base/dl.h"

#define FW_FORWARD (-1)
#define FW_MEASURE 0u

typedef float fw_complex[2];
struct fftwf_plan_s; /* the name that the library's own header gives it */

typedef int fw_init_threads(void);
typedef void fw_plan_with_nthreads(int n);
typedef void fw_set_timelimit(double seconds);
typedef struct fftwf_plan_s *fw_plan_many(int rank, const int *n, int howmany, fw_complex *in,
					  const int *inembed, int istride, int idist, fw_complex *out,
					  const int *onembed, int ostride, int odist, int sign,
					  unsigned flags);
typedef void fw_execute(struct fftwf_plan_s *plan);
typedef void fw_destroy(struct fftwf_plan_s *plan);

struct fftw {
	fw_init_threads *init_threads;
	fw_plan_with_nthreads *plan_with_nthreads;
	fw_set_timelimit *set_timelimit;
	fw_plan_many *plan_many;
	fw_execute *execute;
	fw_destroy *destroy;
	const char *version; /* "fftw-3.3.10-sse2-avx" */
};

#endif
