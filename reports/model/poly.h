/*
 * Normal forms of values that change from sample to sample: polynomials with constant coefficients over
 * atoms. An atom is a draw, or a function that algebra does not see through (the lesser of two, a
 * logarithm, a reciprocal, a whole polynomial that is computed once). Everything is kept once: equal
 * values have equal numbers, so months that do the same become one, and what cancels is gone.
 *
 * A coefficient of exactly 0 takes away what it multiplies, even a value that does not exist.
 */
#ifndef CM_MODEL_POLY_H
#define CM_MODEL_POLY_H

#include "model/graph.h"

enum { ATOM_DRAW = MODEL_OP_NR, ATOM_POLY, ATOM_RECIP }; /* beside enum model_op */

struct atom {
	uint8_t op;
	uint32_t arg[3];        /* polynomials; DRAW: which draw */
	uint32_t list, n;       /* IRR, PICK: polynomials of all months in polys.list */
};

struct power { uint32_t atom, e; };           /* atom^e, e >= 1 */
struct term { uint32_t mono; double k; };     /* mono 0 is 1 */
struct span { uint32_t at, n; };

struct intern { uint32_t *id; uint64_t *hash; size_t n, cap; };

struct polys {
	struct atom *atom;   size_t atoms, atoms_cap;
	uint32_t *list;      size_t lists, lists_cap;
	struct power *power; size_t powers, powers_cap;
	struct span *mono;   size_t monos, monos_cap;   /* into power[], by atom */
	struct term *term;   size_t terms, terms_cap;
	struct span *poly;   size_t polys, polys_cap;   /* into term[], by mono */
	struct intern atom_of, mono_of, poly_of;
	struct memo done;       /* operations made before */
};

void polys_begin(struct polys *p);
void polys_free(struct polys *p);

uint32_t poly_const(struct polys *p, double k);
bool poly_is_const(const struct polys *p, uint32_t a, double *k);
uint32_t poly_atom(struct polys *p, const struct atom *a); /* the polynomial that is this atom */
uint32_t poly_call(struct polys *p, unsigned op, uint32_t a, uint32_t b, uint32_t c);
/* An atom over the polynomials of all months; b: the month of PICK. */
uint32_t poly_call_list(struct polys *p, unsigned op, const uint32_t *item, size_t n, uint32_t b);
/* At most one term: a itself, else an atom that stands for it. */
uint32_t poly_single(struct polys *p, uint32_t a);

uint32_t poly_add(struct polys *p, uint32_t a, uint32_t b, double kb); /* a + kb b */
uint32_t poly_scale(struct polys *p, uint32_t a, double k, bool divide); /* k a, or a/k */
uint32_t poly_mul(struct polys *p, uint32_t a, uint32_t b); /* one of them has at most one term */
uint32_t poly_sum(struct polys *p, const uint32_t *item, size_t n);
uint32_t poly_power(struct polys *p, uint32_t a, uint32_t e); /* of at most one term */
uint32_t poly_inverse(struct polys *p, uint32_t a);

uint32_t mono_mul(struct polys *p, uint32_t a, uint32_t b);
uint32_t mono_div(struct polys *p, uint32_t a, uint32_t b); /* b divides a */
uint32_t mono_gcd(struct polys *p, uint32_t a, uint32_t b);
uint32_t mono_power(struct polys *p, uint32_t atom, uint32_t e);
uint32_t mono_degree(const struct polys *p, uint32_t m);
/* Terms sorted by mono, each once, into one polynomial. */
uint32_t poly_of_terms(struct polys *p, struct term *t, size_t n);

#endif
