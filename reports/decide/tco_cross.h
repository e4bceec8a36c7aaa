/* Where a function of one number changes its sign: every place, jumps too. Knows no money. */
#ifndef CM_DECIDE_TCO_CROSS_H
#define CM_DECIDE_TCO_CROSS_H

#include <stdbool.h>
#include <stddef.h>

struct crossing {
	double at;
	bool falls;  /* negative beyond it */
	bool jump;   /* the function passes 0 without being near it: a whole server, a limit */
};

typedef double (*cross_fn)(void *state, double x);

/* x rises, fx[i] = f(x[i]); NaN: no value there, infinities have a sign. Between two neighbours the
 * function may turn: where it comes nearest to 0, it is looked at more closely. */
size_t cross_all(cross_fn f, void *state, const double *x, const double *fx, size_t n,
		 struct crossing *out, size_t cap);

#endif
