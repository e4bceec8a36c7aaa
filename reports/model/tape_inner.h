/* The tape while it is written: registers, each written once, before they get slots. */
#ifndef CM_MODEL_TAPE_INNER_H
#define CM_MODEL_TAPE_INNER_H

#include "model/tape.h"

#define NOWHERE UINT32_MAX

struct coder {
	struct polys *p;
	struct tape *t;
	uint32_t *atom_at, *mono_at, *poly_at; /* register + 1, or 0: not yet */
	size_t atoms, monos, polys;            /* their capacities */
	uint32_t regs;
	double *konst;
	size_t konsts, konsts_cap;
	struct memo konst_at;
};

/* at[id], grown as needed */
uint32_t *coder_place(uint32_t **at, size_t *cap, size_t id);
struct tape_call *coder_call(struct coder *c, unsigned op); /* into register c->regs */
/* All of these return a register; code_poly() and code_constant() an argument, which may be a constant. */
uint32_t code_constant(struct coder *c, double k);
uint32_t code_atom(struct coder *c, uint32_t atom);
uint32_t code_mono(struct coder *c, uint32_t mono);
uint32_t code_poly(struct coder *c, uint32_t poly);
/* The lesser (OP_MIN) or greater (OP_MAX) of a polynomial and a constant. */
uint32_t code_bounded(struct coder *c, unsigned op, uint32_t poly, double k);

/* poly_group.c: the polynomial with its sums over months as values of their own; else itself. */
uint32_t poly_grouped(struct polys *p, uint32_t poly);
/* The atom with most different exponents in the terms, at least `least`; NOWHERE: none. */
uint32_t terms_running(const struct polys *p, const struct term *t, size_t n, size_t least);

#endif
