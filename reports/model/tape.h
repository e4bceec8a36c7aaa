/*
 * The straight-line program that a block of samples runs: polynomials written as chains of
 * multiply-adds on an accumulator (multivariate Horner), atoms as calls over a block, their values in slots
 * that are used again once the last reader is past.
 */
#ifndef CM_MODEL_TAPE_H
#define CM_MODEL_TAPE_H

#include "model/poly.h"
#include "model/sample_draw.h"

enum tape_op { /* beside enum model_op and the atoms of poly.h */
	TAPE_CHAIN = ATOM_RECIP + 1, /* its steps leave out; those of calls in a row are in a row */
	TAPE_OUT,                    /* a line's value is ready: arg 0, for line number arg 1 */
};

enum chain_op {
	CHAIN_K,       /* acc = k */
	CHAIN_KR,      /* acc = k r */
	CHAIN_KRS,     /* acc = k r s */
	CHAIN_ADD_K,   /* acc += k */
	CHAIN_ADD_R,   /* acc += r */
	CHAIN_ADD_KR,  /* acc += k r */
	CHAIN_ADD_KRS, /* acc += k r s */
	CHAIN_SCALE,   /* acc *= k */
	CHAIN_MUL,     /* acc *= r */
	CHAIN_MUL_K,   /* acc = acc r + k */
	CHAIN_MUL_S,   /* acc = acc r + s */
	CHAIN_MUL_KS,  /* acc = acc r + k s */
	CHAIN_MIN_K,   /* acc = the lesser of acc and k */
	CHAIN_MAX_K,
	CHAIN_STORE,   /* r = acc: ends a chain, and the next may follow without a call */
};

/* r, s: slots; once the tape is placed, doubles from slot 0, or from the scratch where bit 0 is set (slots
 * are multiples of 8). */
struct chain_step { uint32_t op, r, s; double k; };

#define TAPE_SCRATCH 0x80000000u /* of a slot: in the scratch of chains, which holds TAPE_UNIT samples */

#define TAPE_CONST 0x80000000u /* of an argument: a constant's number, else a slot */

struct tape_call {
	uint8_t op;
	uint32_t out;
	uint32_t arg[3];
	uint32_t first, n;      /* CHAIN: steps; IRR, PICK: arguments in tape.list */
};

struct tape {
	struct tape_call *call;  size_t calls, calls_cap;
	struct chain_step *step; size_t steps, steps_cap;
	uint32_t *list;          size_t lists, lists_cap;
	double (*konst)[8];      size_t konsts; /* each eight times over: the widest vector; aligned to 64 */
	void *memory;            /* that konst lies in */
	const struct draw *draw;
	size_t slots, scratch;   /* how many of either */
	double flops;            /* of one sample */
};

/* The program for these polynomials, line k being out[k]. */
void tape_make(struct polys *p, const struct draw *draw, const uint32_t *out, size_t lines, struct tape *t);
/* Block size and addresses: samples of a block, a multiple of TAPE_UNIT. */
void tape_place(struct tape *t, size_t size);
void tape_free(struct tape *t);
void *tape_aligned(void *p); /* the next multiple of 64: a cache line, and the widest vector */

/* ---- running it: tape_run.c --------------------------------------------------------------------- */

struct tape_block {
	uint64_t first;          /* index of the block's first sample */
	size_t size;             /* samples, a multiple of TAPE_UNIT */
	size_t n;                /* of them asked for */
	double *slot;            /* [slots][TAPE_STRIDE(size)], aligned to 64 */
	double *scratch;         /* [scratch][TAPE_UNIT], aligned to 64 */
	double *const *out;      /* [lines] where the block's part begins at `from` */
	size_t from;
	int narrow;              /* instruction sets below the best, for tests */
	uint64_t *suspect;       /* [size] not 0: leave this sample to the evaluator; aligned to 64 */
};

#define TAPE_UNIT 64
#define TAPE_BLOCK_MOST 256 /* the size is at most this */
#define TAPE_STRIDE(size) ((size) + 8) /* a line more, so that slots lie in different sets of a cache */

void tape_run(const struct tape *t, const struct tape_block *b);
/* The block's values of one draw, into slot 0 of it. */
void tape_draw(const struct draw *d, const struct tape_block *b);

#endif
