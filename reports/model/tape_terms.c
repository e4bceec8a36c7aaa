/*
 * Polynomials as chains of multiply-adds. Three schemes, in this order:
 * - Sums over months that differ by single factors (a price, a rate of tax) are told apart: each sum is
 *   computed once, as a value of its own, and multiplied by its factors (poly_group.c).
 * - A sum over powers of one product is Horner's scheme: a discounted sum of 60 months is 60 multiply-adds.
 * - Else Horner's scheme in many variables, greedily: the atom that most terms share is taken out, what
 *   remains is treated alike (Ceberio, Kreinovich, "Greedy algorithms for optimizing multivariate Horner
 *   schemes", ACM SIGSAM Bulletin 38, 2004).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/tape_inner.h"

struct chain { struct chain_step *step; size_t n, cap; };

/* ---- chains ---------------------------------------------------------------------------------------- */

static void chain_add(struct chain *ch, unsigned op, uint32_t r, uint32_t s, double k)
{
	CM_PUSH(ch->step, ch->n, ch->cap);
	ch->step[ch->n++] = (struct chain_step){ op, r, s, k };
}

/* What the chain just before has left in the accumulator need not be read again. */
static void chain_follow(const struct coder *c, struct chain *ch)
{
	const struct tape_call *last = c->t->calls ? &c->t->call[c->t->calls - 1] : NULL;
	struct chain_step *s = &ch->step[0];
	if (!ch->n || !last || last->op != TAPE_CHAIN)
		return;
	if (s->op == CHAIN_KR && s->r == last->out)
		*s = (struct chain_step){ .op = CHAIN_SCALE, .k = s->k };
	else if (s->op == CHAIN_KRS && s->k == 1 && (s->r == last->out || s->s == last->out))
		*s = (struct chain_step){ .op = CHAIN_MUL, .r = s->r == last->out ? s->s : s->r };
}

static uint32_t chain_end(struct coder *c, struct chain *ch)
{
	struct tape *t = c->t;
	chain_follow(c, ch);
	chain_add(ch, CHAIN_STORE, c->regs, 0, 0);
	struct tape_call *call = coder_call(c, TAPE_CHAIN);
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
	chain_add(&ch, CHAIN_KRS, r, s, 1);
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
		const uint32_t at = *coder_place(&c->mono_at, &c->monos, rest);
		if (at)
			return product(c, at - 1, code_atom(c, atom));
	}
	const uint32_t half = mono_power(p, x.atom, f.n == 1 ? x.e / 2 : x.e);
	const uint32_t rest = mono_div(p, mono, half);
	const uint32_t r = code_mono(c, half);
	return product(c, r, code_mono(c, rest));
}

uint32_t code_mono(struct coder *c, uint32_t mono)
{
	if (*coder_place(&c->mono_at, &c->monos, mono) == 0) {
		const uint32_t r = mono_new(c, mono);
		*coder_place(&c->mono_at, &c->monos, mono) = r + 1;
	}
	return *coder_place(&c->mono_at, &c->monos, mono) - 1;
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
	const bool there = *coder_place(&c->mono_at, &c->monos, t.mono) != 0;
	if (t.mono == 0) {
		chain_term(ch, NOWHERE, t.k);
	} else if (there || mono_degree(p, t.mono) == 1) {
		chain_term(ch, code_mono(c, t.mono), t.k);
	} else {
		const uint32_t one = mono_power(p, p->power[f.at].atom, 1);
		const uint32_t r = code_mono(c, mono_div(p, t.mono, one)), s = code_mono(c, one);
		chain_add(ch, ch->n ? CHAIN_ADD_KRS : CHAIN_KRS, r, s, t.k);
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

/* ---- powers of one product ----------------------------------------------------------------------- */

struct raised { uint32_t e; struct term rest; }; /* product^e · rest */

static int falling(const void *a, const void *b)
{
	const struct raised *x = a, *y = b;
	if (x->e != y->e)
		return x->e > y->e ? -1 : 1;
	return x->rest.mono < y->rest.mono ? -1 : x->rest.mono > y->rest.mono;
}

static uint32_t exponent(const struct polys *p, uint32_t mono, uint32_t atom)
{
	const struct span f = p->mono[mono];
	for (uint32_t i = 0; i < f.n; i++)
		if (p->power[f.at + i].atom == atom)
			return p->power[f.at + i].e;
	return 0;
}

static uint32_t mono_raised(struct polys *p, uint32_t mono, uint32_t e)
{
	uint32_t out = 0;
	const struct span f = p->mono[mono];
	for (uint32_t i = 0; i < f.n; i++) {
		const struct power x = p->power[f.at + i];
		out = mono_mul(p, out, mono_power(p, x.atom, x.e * e));
	}
	return out;
}

/* The running atom with all that rises in step with it: x y² where every x^e comes with y^2e. */
static uint32_t in_step(struct polys *p, const struct terms *x, uint32_t atom)
{
	uint32_t product = NOWHERE;
	for (size_t i = 0; i < x->n; i++) {
		const uint32_t mono = x->t[i].mono, e = exponent(p, mono, atom);
		if (e == 0)
			continue;
		uint32_t here = 0;
		for (uint32_t j = 0; j < p->mono[mono].n; j++) {
			const struct power f = p->power[p->mono[mono].at + j];
			if (f.e % e)
				continue;
			if (product == NOWHERE || exponent(p, product, f.atom) == f.e / e)
				here = mono_mul(p, here, mono_power(p, f.atom, f.e / e));
		}
		product = here;
	}
	return product;
}

/* Horner's scheme at once where few of the terms keep more than one factor; false: it is no such sum. */
static bool chain_powers(struct coder *c, struct chain *ch, struct terms x)
{
	struct polys *p = c->p;
	const uint32_t atom = terms_running(p, x.t, x.n, 3);
	if (atom == NOWHERE)
		return false;
	const uint32_t product = in_step(p, &x, atom);
	struct raised *r = cm_alloc(x.n * sizeof *r);
	size_t more = 0;
	for (size_t i = 0; i < x.n; i++) {
		r[i].e = exponent(p, x.t[i].mono, atom);
		r[i].rest = (struct term){ mono_div(p, x.t[i].mono, mono_raised(p, product, r[i].e)),
					   x.t[i].k };
		more += mono_degree(p, r[i].rest.mono) > 1;
	}
	if (4 * more <= x.n) {
		qsort(r, x.n, sizeof *r, falling);
		for (size_t i = 0; i < x.n; i++) {
			chain_mono(c, ch, r[i].rest);
			const uint32_t next = i + 1 < x.n ? r[i + 1].e : 0;
			if (r[i].e > next) {
				const uint32_t by = mono_raised(p, product, r[i].e - next);
				chain_add(ch, CHAIN_MUL, code_mono(c, by), 0, 0);
			}
		}
	}
	free(r);
	return 4 * more <= x.n;
}

static void chain_terms(struct coder *c, struct chain *ch, struct terms x)
{
	struct polys *p = c->p;
	struct term *t = x.t;
	if (chain_powers(c, ch, x))
		return;
	const uint32_t atom = shared_atom(p, &x);
	if (atom == NOWHERE) {
		chain_rest(c, ch, x);
		return;
	}
	struct terms in = { cm_alloc((x.n + 1) * sizeof *t), 0 };
	struct terms rest = { cm_alloc((x.n + 1) * sizeof *t), 0 };
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

static void chain_poly(struct coder *c, struct chain *ch, uint32_t poly)
{
	const struct span x = c->p->poly[poly];
	struct term *t = cm_alloc((x.n + 1) * sizeof *t);
	memcpy(t, c->p->term + x.at, x.n * sizeof *t);
	chain_terms(c, ch, (struct terms){ t, x.n });
	free(t);
}

static uint32_t poly_new(struct coder *c, uint32_t poly)
{
	struct polys *p = c->p;
	const uint32_t grouped = poly_grouped(p, poly);
	if (grouped != poly)
		return code_poly(c, grouped);
	code_atoms_of(c, poly);
	const struct span x = p->poly[poly];
	if (x.n == 1 && p->term[x.at].k == 1)
		return code_mono(c, p->term[x.at].mono);
	struct chain ch = { .n = 0 };
	chain_poly(c, &ch, poly);
	return chain_end(c, &ch);
}

/* A register, or a constant. */
uint32_t code_poly(struct coder *c, uint32_t poly)
{
	double k;
	if (poly_is_const(c->p, poly, &k))
		return code_constant(c, k);
	if (*coder_place(&c->poly_at, &c->polys, poly) == 0) {
		const uint32_t r = poly_new(c, poly);
		*coder_place(&c->poly_at, &c->polys, poly) = r + 1;
	}
	return *coder_place(&c->poly_at, &c->polys, poly) - 1;
}

/* In the chain that computes the polynomial, unless it is there already. */
uint32_t code_bounded(struct coder *c, unsigned op, uint32_t poly, double k)
{
	struct chain ch = { .n = 0 };
	code_atoms_of(c, poly);
	if (poly_grouped(c->p, poly) != poly || *coder_place(&c->poly_at, &c->polys, poly))
		chain_add(&ch, CHAIN_KR, code_poly(c, poly), 0, 1);
	else
		chain_poly(c, &ch, poly);
	chain_add(&ch, op == OP_MIN ? CHAIN_MIN_K : CHAIN_MAX_K, 0, 0, k);
	return chain_end(c, &ch);
}
