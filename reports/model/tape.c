/*
 * Code from polynomials. Horner's scheme in many variables, greedily: the atom that most terms share is
 * taken out, what remains is treated alike (Ceberio, Kreinovich, "Greedy algorithms for optimizing
 * multivariate Horner schemes", 2004). A discounted sum of 60 months so becomes 60 multiply-adds.
 */
#include "model/tape.h"

#include <stdlib.h>
#include <string.h>

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

struct chain { struct chain_step *step; size_t n, cap; };

void *tape_aligned(void *p)
{
	return (char *)p + (-(uintptr_t)p & 63);
}

static uint32_t *place(uint32_t **at, size_t *cap, size_t id)
{
	if (id >= *cap) {
		const size_t more = 2 * id + 64;
		*at = cm_realloc(*at, more * sizeof **at);
		memset(*at + *cap, 0, (more - *cap) * sizeof **at);
		*cap = more;
	}
	return *at + id;
}

static struct tape_call *call_new(struct coder *c, unsigned op)
{
	struct tape *t = c->t;
	CM_PUSH(t->call, t->calls, t->calls_cap);
	t->call[t->calls] = (struct tape_call){ .op = (uint8_t)op, .out = c->regs };
	return &t->call[t->calls++];
}

static uint32_t constant(struct coder *c, double k)
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

static uint32_t code_atom(struct coder *c, uint32_t atom);
static uint32_t code_mono(struct coder *c, uint32_t mono);
static uint32_t code_poly(struct coder *c, uint32_t poly);

/* ---- chains ---------------------------------------------------------------------------------------- */

static void chain_add(struct chain *ch, unsigned op, uint32_t r, uint32_t s, double k)
{
	CM_PUSH(ch->step, ch->n, ch->cap);
	ch->step[ch->n++] = (struct chain_step){ (uint8_t)op, r, s, k };
}

static uint32_t chain_end(struct coder *c, struct chain *ch)
{
	struct tape *t = c->t;
	struct tape_call *call = call_new(c, TAPE_CHAIN);
	call->first = (uint32_t)t->steps;
	call->n = (uint32_t)ch->n;
	for (size_t i = 0; i < ch->n; i++) {
		CM_PUSH(t->step, t->steps, t->steps_cap);
		t->step[t->steps++] = ch->step[i];
	}
	free(ch->step);
	return c->regs++;
}

/* acc += k·value(r), fused into a multiplication just before. */
static void chain_term(struct chain *ch, uint32_t r, double k)
{
	struct chain_step *last = ch->n ? &ch->step[ch->n - 1] : NULL;
	if (last && last->op == CHAIN_MUL) {
		last->op = r == NOWHERE ? CHAIN_MUL_K : k == 1 ? CHAIN_MUL_S : CHAIN_MUL_KS;
		last->s = r;
		last->k = k;
	} else if (r == NOWHERE) {
		chain_add(ch, last ? CHAIN_ADD_K : CHAIN_K, 0, 0, k);
	} else {
		chain_add(ch, last ? (k == 1 ? CHAIN_ADD_R : CHAIN_ADD_KR) : CHAIN_KR, r, 0, k);
	}
}

static uint32_t product(struct coder *c, uint32_t r, uint32_t s)
{
	struct chain ch = { .n = 0 };
	chain_add(&ch, CHAIN_KR, r, 0, 1);
	chain_add(&ch, CHAIN_MUL, s, 0, 0);
	return chain_end(c, &ch);
}

/* ---- monomials --------------------------------------------------------------------------------- */

static uint32_t mono_new(struct coder *c, uint32_t mono)
{
	struct polys *p = c->p;
	const struct span f = p->mono[mono];
	const struct power x = p->power[f.at];
	if (f.n == 1 && x.e == 1)
		return code_atom(c, x.atom);
	for (uint32_t i = 0; i < f.n; i++) { /* one factor more than what is there already */
		const uint32_t atom = p->power[f.at + i].atom;
		const uint32_t rest = mono_div(p, mono, mono_power(p, atom, 1));
		const uint32_t at = *place(&c->mono_at, &c->monos, rest);
		if (at)
			return product(c, at - 1, code_atom(c, atom));
	}
	const uint32_t half = mono_power(p, x.atom, f.n == 1 ? x.e / 2 : x.e);
	const uint32_t rest = mono_div(p, mono, half);
	const uint32_t r = code_mono(c, half);
	return product(c, r, code_mono(c, rest));
}

static uint32_t code_mono(struct coder *c, uint32_t mono)
{
	if (*place(&c->mono_at, &c->monos, mono) == 0) {
		const uint32_t r = mono_new(c, mono);
		*place(&c->mono_at, &c->monos, mono) = r + 1;
	}
	return *place(&c->mono_at, &c->monos, mono) - 1;
}

/* ---- polynomials ------------------------------------------------------------------------------- */

struct terms { struct term *t; size_t n; };

static bool has(const struct polys *p, uint32_t mono, uint32_t atom)
{
	const struct span f = p->mono[mono];
	for (uint32_t i = 0; i < f.n; i++)
		if (p->power[f.at + i].atom == atom)
			return true;
	return false;
}

/* The atom in most of the terms; NOWHERE when none is in two. */
static uint32_t shared_atom(const struct polys *p, const struct terms *x)
{
	size_t n = 0, most = 1;
	for (size_t i = 0; i < x->n; i++)
		n += p->mono[x->t[i].mono].n;
	uint32_t *atom = cm_alloc((n + 1) * sizeof *atom), best = NOWHERE;
	n = 0;
	for (size_t i = 0; i < x->n; i++) {
		const struct span f = p->mono[x->t[i].mono];
		for (uint32_t j = 0; j < f.n; j++)
			atom[n++] = p->power[f.at + j].atom;
	}
	struct memo count = { 0 };
	for (size_t i = 0; i < n; i++) {
		bool fresh;
		struct memo_slot *s = memo_at(&count, atom[i], 0, 0, &fresh);
		if (++s->u > most || (s->u == most && most > 1 && atom[i] < best)) {
			most = s->u;
			best = atom[i];
		}
	}
	memo_free(&count);
	free(atom);
	return best;
}

static void chain_terms(struct coder *c, struct chain *ch, struct terms x);

/* k·monomial, the last two factors multiplied in the chain. */
static void chain_mono(struct coder *c, struct chain *ch, struct term t)
{
	struct polys *p = c->p;
	const struct span f = p->mono[t.mono];
	const bool there = *place(&c->mono_at, &c->monos, t.mono) != 0;
	if (t.mono == 0) {
		chain_term(ch, NOWHERE, t.k);
	} else if (there || mono_degree(p, t.mono) == 1 || !ch->n) {
		chain_term(ch, code_mono(c, t.mono), t.k);
	} else {
		const uint32_t one = mono_power(p, p->power[f.at].atom, 1);
		const uint32_t r = code_mono(c, mono_div(p, t.mono, one)), s = code_mono(c, one);
		chain_add(ch, CHAIN_ADD_KRS, r, s, t.k);
	}
}

/* The rest of a sum once a factor is out: added, by a value of its own where it can be factored too. */
static void chain_rest(struct coder *c, struct chain *ch, struct terms rest)
{
	if (rest.n > 1 && shared_atom(c->p, &rest) != NOWHERE) {
		const uint32_t poly = poly_of_terms(c->p, rest.t, rest.n);
		chain_term(ch, code_poly(c, poly), 1);
		return;
	}
	for (size_t i = 0; i < rest.n; i++)
		chain_mono(c, ch, rest.t[i]);
}

static void chain_terms(struct coder *c, struct chain *ch, struct terms x)
{
	struct polys *p = c->p;
	struct term *t = x.t;
	const uint32_t atom = shared_atom(p, &x);
	if (atom == NOWHERE) {
		chain_rest(c, ch, x);
		return;
	}
	struct terms in = { cm_alloc((x.n + 1) * sizeof *t), 0 }, rest = { cm_alloc((x.n + 1) * sizeof *t), 0 };
	uint32_t common = NOWHERE;
	for (size_t i = 0; i < x.n; i++) {
		if (!has(p, t[i].mono, atom)) {
			rest.t[rest.n++] = t[i];
			continue;
		}
		in.t[in.n++] = t[i];
		common = common == NOWHERE ? t[i].mono : mono_gcd(p, common, t[i].mono);
	}
	for (size_t i = 0; i < in.n; i++)
		in.t[i].mono = mono_div(p, in.t[i].mono, common);
	chain_terms(c, ch, in);
	chain_add(ch, CHAIN_MUL, code_mono(c, common), 0, 0);
	chain_rest(c, ch, rest);
	free(in.t);
	free(rest.t);
}

static int upwards(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

/* Atoms first, in the order they were made: months upwards, so that a power follows from the last one. */
static void code_atoms_of(struct coder *c, uint32_t poly)
{
	const struct polys *p = c->p;
	size_t n = 0, cap = 0;
	uint32_t *atom = NULL;
	for (uint32_t i = 0; i < p->poly[poly].n; i++) {
		const struct span f = p->mono[p->term[p->poly[poly].at + i].mono];
		for (uint32_t j = 0; j < f.n; j++) {
			CM_PUSH(atom, n, cap);
			atom[n++] = p->power[f.at + j].atom;
		}
	}
	if (n)
		qsort(atom, n, sizeof *atom, upwards);
	for (size_t i = 0; i < n; i++)
		(void)code_atom(c, atom[i]);
	free(atom);
}

static uint32_t poly_new(struct coder *c, uint32_t poly)
{
	struct polys *p = c->p;
	code_atoms_of(c, poly);
	const struct span x = p->poly[poly];
	if (x.n == 1 && p->term[x.at].k == 1)
		return code_mono(c, p->term[x.at].mono);
	struct term *t = cm_alloc((x.n + 1) * sizeof *t);
	memcpy(t, p->term + x.at, x.n * sizeof *t);
	struct chain ch = { .n = 0 };
	chain_terms(c, &ch, (struct terms){ t, x.n });
	free(t);
	return chain_end(c, &ch);
}

/* A register, or a constant. */
static uint32_t code_poly(struct coder *c, uint32_t poly)
{
	double k;
	if (poly_is_const(c->p, poly, &k))
		return constant(c, k);
	if (*place(&c->poly_at, &c->polys, poly) == 0) {
		const uint32_t r = poly_new(c, poly);
		*place(&c->poly_at, &c->polys, poly) = r + 1;
	}
	return *place(&c->poly_at, &c->polys, poly) - 1;
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
	if (a.op == ATOM_POLY)
		return code_poly(c, a.arg[0]);
	uint32_t arg[3] = { TAPE_CONST, TAPE_CONST, TAPE_CONST };
	uint32_t *item = cm_alloc((a.n + 1) * sizeof *item);
	for (unsigned i = 0; i < atom_args(&a); i++)
		arg[i] = code_poly(c, a.arg[i]);
	for (uint32_t i = 0; i < a.n; i++)
		item[i] = code_poly(c, c->p->list[a.list + i]);
	if (a.op == OP_PICK)
		arg[1] = code_poly(c, a.arg[1]);
	struct tape *t = c->t;
	struct tape_call *call = call_new(c, a.op);
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

static uint32_t code_atom(struct coder *c, uint32_t atom)
{
	if (*place(&c->atom_at, &c->atoms, atom) == 0) {
		const uint32_t r = atom_new(c, atom);
		*place(&c->atom_at, &c->atoms, atom) = r + 1;
	}
	return *place(&c->atom_at, &c->atoms, atom) - 1;
}

/* ---- registers into slots -------------------------------------------------------------------------- */

/* Which fields of a step hold registers. */
static bool uses_r(unsigned op) { return op != CHAIN_K && op != CHAIN_ADD_K; }
static bool uses_s(unsigned op)
{
	return op == CHAIN_ADD_KRS || op == CHAIN_MUL_S || op == CHAIN_MUL_KS;
}

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
			if (uses_r(s->op))
				fn(&s->r, user);
			if (uses_s(s->op))
				fn(&s->s, user);
		} else if (!(t->list[call->first + i] & TAPE_CONST)) {
			fn(&t->list[call->first + i], user);
		}
	}
}

struct slots {
	uint32_t *last;          /* [regs] the call that reads it last */
	uint32_t *slot;          /* [regs] */
	uint32_t *free; size_t frees;
	uint32_t now, used;
};

static void note_last(uint32_t *reg, void *user)
{
	struct slots *s = user;
	s->last[*reg] = s->now;
}

static void to_slot(uint32_t *reg, void *user)
{
	struct slots *s = user;
	const uint32_t r = *reg;
	*reg = s->slot[r];
	if (s->last[r] == s->now) {
		s->last[r] = NOWHERE; /* once, though it be read twice here */
		s->free[s->frees++] = s->slot[r];
	}
}

/* Linear scan. The result may take the slot of an argument that ends here: every call reads all it needs
 * of some samples before it writes their result. */
static void give_slots(struct coder *c)
{
	struct tape *t = c->t;
	uint32_t *words = cm_alloc((3 * (size_t)c->regs + 3) * sizeof *words);
	struct slots s = { .last = words, .slot = words + c->regs + 1, .free = words + 2 * c->regs + 2 };
	for (s.now = 0; s.now < t->calls; s.now++) {
		if (t->call[s.now].op != TAPE_OUT)
			s.last[t->call[s.now].out] = s.now;
		each_use(t, &t->call[s.now], note_last, &s);
	}
	for (s.now = 0; s.now < t->calls; s.now++) {
		struct tape_call *call = &t->call[s.now];
		const uint32_t out = call->out;
		each_use(t, call, to_slot, &s);
		if (call->op == TAPE_OUT)
			continue;
		call->out = s.slot[out] = s.frees ? s.free[--s.frees] : s.used++;
		if (s.last[out] == s.now) /* nobody reads it */
			s.free[s.frees++] = call->out;
	}
	t->slots = s.used;
	free(words);
}

static double step_flops(unsigned op)
{
	static const double flops[] = { [CHAIN_K] = 0, [CHAIN_KR] = 1, [CHAIN_ADD_K] = 1, [CHAIN_ADD_R] = 1,
		[CHAIN_ADD_KR] = 2, [CHAIN_ADD_KRS] = 3, [CHAIN_MUL] = 1, [CHAIN_MUL_K] = 2,
		[CHAIN_MUL_S] = 2, [CHAIN_MUL_KS] = 3 };
	return flops[op];
}

static void count_flops(struct tape *t)
{
	for (size_t i = 0; i < t->steps; i++)
		t->flops += step_flops(t->step[i].op);
	for (size_t i = 0; i < t->calls; i++)
		t->flops += t->call[i].op != TAPE_CHAIN && t->call[i].op != TAPE_OUT;
}

void tape_make(struct polys *p, const struct draw *draw, const uint32_t *out, size_t lines, struct tape *t)
{
	*t = (struct tape){ .draw = draw };
	struct coder c = { .p = p, .t = t };
	for (uint32_t k = 0; k < lines; k++) {
		const uint32_t r = code_poly(&c, out[k]);
		struct tape_call *call = call_new(&c, TAPE_OUT);
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
