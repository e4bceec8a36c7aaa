/* Code from atoms, and slots for the values. What becomes of polynomials is tape_terms.c's. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/tape_inner.h"

void *tape_aligned(void *p)
{
	return (char *)p + (-(uintptr_t)p & 63);
}

uint32_t *coder_place(uint32_t **at, size_t *cap, size_t id)
{
	if (id >= *cap) {
		const size_t more = 2 * id + 64;
		*at = cm_realloc(*at, more * sizeof **at);
		memset(*at + *cap, 0, (more - *cap) * sizeof **at);
		*cap = more;
	}
	return *at + id;
}

struct tape_call *coder_call(struct coder *c, unsigned op)
{
	struct tape *t = c->t;
	CM_PUSH(t->call, t->calls, t->calls_cap);
	t->call[t->calls] = (struct tape_call){ .op = (uint8_t)op, .out = c->regs };
	return &t->call[t->calls++];
}

uint32_t code_constant(struct coder *c, double k)
{
	uint64_t bits;
	memcpy(&bits, &k, sizeof bits);
	bool fresh;
	struct memo_slot *s = memo_at(&c->konst_at, (uintptr_t)bits, (uintptr_t)(bits >> 32), 0, &fresh);
	if (fresh) {
		CM_PUSH(c->konst, c->konsts, c->konsts_cap);
		c->konst[c->konsts] = k;
		s->u = (uint32_t)c->konsts++;
	}
	return s->u | TAPE_CONST;
}

/* ---- atoms ------------------------------------------------------------------------------------- */

static unsigned atom_args(const struct atom *a)
{
	return a->op == ATOM_DRAW ? 0 : a->op == ATOM_RECIP ? 1 : a->n ? 0
		: model_op_args((enum model_op)a->op);
}

static uint32_t atom_new(struct coder *c, uint32_t id)
{
	const struct atom a = c->p->atom[id];
	double k;
	if (a.op == ATOM_POLY)
		return code_poly(c, a.arg[0]);
	for (unsigned i = 0; i < 2 && (a.op == OP_MIN || a.op == OP_MAX); i++)
		if (poly_is_const(c->p, a.arg[i], &k) && !isnan(k))
			return code_bounded(c, a.op, a.arg[1 - i], k);
	uint32_t arg[3] = { TAPE_CONST, TAPE_CONST, TAPE_CONST };
	uint32_t *item = cm_alloc((a.n + 1) * sizeof *item);
	for (unsigned i = 0; i < atom_args(&a); i++)
		arg[i] = code_poly(c, a.arg[i]);
	for (uint32_t i = 0; i < a.n; i++)
		item[i] = code_poly(c, c->p->list[a.list + i]);
	if (a.op == OP_PICK)
		arg[1] = code_poly(c, a.arg[1]);
	struct tape *t = c->t;
	struct tape_call *call = coder_call(c, a.op);
	memcpy(call->arg, arg, sizeof arg);
	if (a.op == ATOM_DRAW)
		call->first = a.arg[0];
	if (a.n) {
		call->first = (uint32_t)t->lists;
		call->n = a.n;
	}
	for (uint32_t i = 0; i < a.n; i++) {
		CM_PUSH(t->list, t->lists, t->lists_cap);
		t->list[t->lists++] = item[i];
	}
	free(item);
	return c->regs++;
}

uint32_t code_atom(struct coder *c, uint32_t atom)
{
	if (*coder_place(&c->atom_at, &c->atoms, atom) == 0) {
		const uint32_t r = atom_new(c, atom);
		*coder_place(&c->atom_at, &c->atoms, atom) = r + 1;
	}
	return *coder_place(&c->atom_at, &c->atoms, atom) - 1;
}

/* ---- registers into slots -------------------------------------------------------------------------- */

/* Which fields of a step hold registers. */
static const struct { bool r, s; unsigned flops; } step_facts[] = {
	[CHAIN_K] = { false, false, 0 },     [CHAIN_KR] = { true, false, 1 },
	[CHAIN_KRS] = { true, true, 2 },     [CHAIN_ADD_K] = { false, false, 1 },
	[CHAIN_ADD_R] = { true, false, 1 },  [CHAIN_ADD_KR] = { true, false, 2 },
	[CHAIN_ADD_KRS] = { true, true, 3 }, [CHAIN_MUL] = { true, false, 1 },
	[CHAIN_SCALE] = { false, false, 1 },
	[CHAIN_MUL_K] = { true, false, 2 },  [CHAIN_MUL_S] = { true, true, 2 },
	[CHAIN_MUL_KS] = { true, true, 3 },  [CHAIN_MIN_K] = { false, false, 1 },
	[CHAIN_MAX_K] = { false, false, 1 }, [CHAIN_STORE] = { false, false, 0 },
};

typedef void each_fn(uint32_t *reg, void *user);

static void each_use(struct tape *t, struct tape_call *call, each_fn *fn, void *user)
{
	for (unsigned i = 0; i < 3; i++)
		if (!(call->arg[i] & TAPE_CONST) && !(call->op == TAPE_OUT && i > 0) &&
		    call->op != TAPE_CHAIN && call->op != ATOM_DRAW)
			fn(&call->arg[i], user);
	for (uint32_t i = 0; i < call->n; i++) {
		if (call->op == TAPE_CHAIN) {
			struct chain_step *s = &t->step[call->first + i];
			if (step_facts[s->op].r)
				fn(&s->r, user);
			if (step_facts[s->op].s)
				fn(&s->s, user);
		} else if (!(t->list[call->first + i] & TAPE_CONST)) {
			fn(&t->list[call->first + i], user);
		}
	}
}

struct room { uint32_t *free; size_t frees; uint32_t used; };

struct slots {
	uint32_t *last;          /* [regs] the call that reads it last */
	uint32_t *slot;          /* [regs] */
	uint32_t *run;           /* [calls] where the row of chains ends that the call is in */
	struct room room[2];     /* blocks, scratch */
	uint32_t now;
};

static void note_last(uint32_t *reg, void *user)
{
	struct slots *s = user;
	s->last[*reg] = s->now;
}

static void leave(struct slots *s, uint32_t slot)
{
	struct room *r = &s->room[(slot & TAPE_SCRATCH) != 0];
	r->free[r->frees++] = slot;
}

static void to_slot(uint32_t *reg, void *user)
{
	struct slots *s = user;
	const uint32_t r = *reg;
	*reg = s->slot[r];
	if (s->last[r] == s->now) {
		s->last[r] = NOWHERE; /* once, though it be read twice here */
		leave(s, s->slot[r]);
	}
}

/* What only chains in a row read lives in the scratch, which stays in the nearest cache. */
static uint32_t enter(struct slots *s, const struct tape_call *call, uint32_t reg)
{
	const bool scratch = call->op == TAPE_CHAIN && s->last[reg] < s->run[s->now];
	struct room *r = &s->room[scratch];
	return r->frees ? r->free[--r->frees] : r->used++ | (scratch ? TAPE_SCRATCH : 0);
}

/* Linear scan. The result may take the slot of an argument that ends here: every call reads all it needs
 * of some samples before it writes their result. */
static void give_slots(struct coder *c)
{
	struct tape *t = c->t;
	const size_t regs = (size_t)c->regs + 1;
	uint32_t *words = cm_alloc((4 * regs + t->calls + 1) * sizeof *words);
	struct slots s = { .last = words, .slot = words + regs, .run = words + 4 * regs,
			   .room = { { .free = words + 2 * regs }, { .free = words + 3 * regs } } };
	for (s.now = 0; s.now < t->calls; s.now++) {
		if (t->call[s.now].op != TAPE_OUT)
			s.last[t->call[s.now].out] = s.now;
		each_use(t, &t->call[s.now], note_last, &s);
	}
	for (size_t i = t->calls; i-- > 0;)
		s.run[i] = t->call[i].op != TAPE_CHAIN ? (uint32_t)i
			 : i + 1 < t->calls && t->call[i + 1].op == TAPE_CHAIN ? s.run[i + 1]
			 : (uint32_t)i + 1;
	for (s.now = 0; s.now < t->calls; s.now++) {
		struct tape_call *call = &t->call[s.now];
		const uint32_t out = call->out;
		each_use(t, call, to_slot, &s);
		if (call->op == TAPE_OUT)
			continue;
		call->out = s.slot[out] = enter(&s, call, out);
		if (call->op == TAPE_CHAIN)
			t->step[call->first + call->n - 1].r = call->out;
		if (s.last[out] == s.now) /* nobody reads it */
			leave(&s, call->out);
	}
	t->slots = s.room[0].used;
	t->scratch = s.room[1].used;
	free(words);
}

static uint32_t offset(uint32_t slot, size_t size)
{
	const size_t samples = slot & TAPE_SCRATCH ? TAPE_UNIT : TAPE_STRIDE(size);
	return (uint32_t)((slot & ~TAPE_SCRATCH) * samples) | (slot & TAPE_SCRATCH ? 1 : 0);
}

void tape_place(struct tape *t, size_t size)
{
	for (size_t i = 0; i < t->steps; i++) {
		struct chain_step *s = &t->step[i];
		s->r = step_facts[s->op].r || s->op == CHAIN_STORE ? offset(s->r, size) : 0;
		s->s = step_facts[s->op].s ? offset(s->s, size) : 0;
	}
}

/* Operations in double precision of a call, as vector_math.h and tape_simd.h have them. */
static double call_flops(const struct tape *t, const struct tape_call *call)
{
	static const unsigned draws[] = { [SPREAD_POINT] = 0, [SPREAD_RANGE] = 3, [SPREAD_NORMAL] = 46,
					  [SPREAD_TRIANGULAR] = 9, [SPREAD_LOGNORMAL] = 86 };
	switch (call->op) {
	case TAPE_CHAIN:
	case TAPE_OUT: return 0;
	case ATOM_DRAW: return draws[t->draw[call->first].kind];
	case OP_EXP: return 40;
	case OP_LOG: return 34;
	default: return 1;
	}
}

static void count_flops(struct tape *t)
{
	for (size_t i = 0; i < t->steps; i++)
		t->flops += step_facts[t->step[i].op].flops;
	for (size_t i = 0; i < t->calls; i++)
		t->flops += call_flops(t, &t->call[i]);
}

void tape_make(struct polys *p, const struct draw *draw, const uint32_t *out, size_t lines, struct tape *t)
{
	*t = (struct tape){ .draw = draw };
	struct coder c = { .p = p, .t = t };
	for (uint32_t k = 0; k < lines; k++) {
		const uint32_t r = code_poly(&c, out[k]);
		struct tape_call *call = coder_call(&c, TAPE_OUT);
		call->arg[0] = r;
		call->arg[1] = k;
	}
	give_slots(&c);
	count_flops(t);
	t->konsts = c.konsts;
	t->memory = cm_alloc((c.konsts + 2) * sizeof *t->konst);
	t->konst = tape_aligned(t->memory);
	for (size_t i = 0; i < c.konsts; i++)
		for (size_t j = 0; j < 8; j++)
			t->konst[i][j] = c.konst[i];
	memo_free(&c.konst_at);
	free(c.konst);
	free(c.atom_at);
	free(c.mono_at);
	free(c.poly_at);
}

void tape_free(struct tape *t)
{
	free(t->call);
	free(t->step);
	free(t->list);
	free(t->memory);
}
