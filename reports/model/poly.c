/* Polynomials over atoms, each kept once (hash consing). */
#include "model/poly.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9fb21c651e98df25u;
	return h ^ (h >> 32);
}

static uint64_t bits(double k)
{
	uint64_t b;
	memcpy(&b, &k, sizeof b);
	return b;
}

/* ---- interning: what was just put at the end of an array, or the equal one that was there ---------- */

typedef bool same_fn(const struct polys *p, uint32_t a, uint32_t b);

static void intern_grow(struct intern *t)
{
	const size_t cap = t->cap ? 2 * t->cap : 1024;
	uint32_t *id = cm_alloc(cap * sizeof *id);
	uint64_t *hash = cm_alloc(cap * sizeof *hash);
	for (size_t i = 0; i < t->cap; i++) {
		if (!t->id[i])
			continue;
		size_t at = t->hash[i] & (cap - 1);
		while (id[at])
			at = (at + 1) & (cap - 1);
		id[at] = t->id[i];
		hash[at] = t->hash[i];
	}
	free(t->id);
	free(t->hash);
	t->id = id;
	t->hash = hash;
	t->cap = cap;
}

static uint32_t intern(struct polys *p, struct intern *t, uint32_t fresh, uint64_t hash, same_fn *same)
{
	if (2 * (t->n + 1) > t->cap)
		intern_grow(t);
	size_t at = hash & (t->cap - 1);
	for (; t->id[at]; at = (at + 1) & (t->cap - 1))
		if (t->hash[at] == hash && same(p, t->id[at] - 1, fresh))
			return t->id[at] - 1;
	t->id[at] = fresh + 1;
	t->hash[at] = hash;
	t->n++;
	return fresh;
}

static bool same_atom(const struct polys *p, uint32_t a, uint32_t b)
{
	const struct atom *x = &p->atom[a], *y = &p->atom[b];
	return x->op == y->op && memcmp(x->arg, y->arg, sizeof x->arg) == 0 && x->n == y->n &&
	       (!x->n || memcmp(p->list + x->list, p->list + y->list, x->n * sizeof *p->list) == 0);
}

static bool same_mono(const struct polys *p, uint32_t a, uint32_t b)
{
	const struct span x = p->mono[a], y = p->mono[b];
	return x.n == y.n && (!x.n || memcmp(p->power + x.at, p->power + y.at,
					     x.n * sizeof *p->power) == 0);
}

static bool same_poly(const struct polys *p, uint32_t a, uint32_t b)
{
	const struct span x = p->poly[a], y = p->poly[b];
	if (x.n != y.n)
		return false;
	for (uint32_t i = 0; i < x.n; i++)
		if (p->term[x.at + i].mono != p->term[y.at + i].mono ||
		    bits(p->term[x.at + i].k) != bits(p->term[y.at + i].k))
			return false;
	return true;
}

static void push_power(struct polys *p, uint32_t atom, uint32_t e)
{
	CM_PUSH(p->power, p->powers, p->powers_cap);
	p->power[p->powers++] = (struct power){ atom, e };
}

/* The monomial of power[at …]. */
static uint32_t mono_end(struct polys *p, size_t at)
{
	uint64_t h = 1;
	for (size_t i = at; i < p->powers; i++)
		h = mix(mix(h, p->power[i].atom), p->power[i].e);
	CM_PUSH(p->mono, p->monos, p->monos_cap);
	p->mono[p->monos] = (struct span){ (uint32_t)at, (uint32_t)(p->powers - at) };
	const uint32_t id = intern(p, &p->mono_of, (uint32_t)p->monos, h, same_mono);
	if (id == p->monos)
		p->monos++;
	else
		p->powers = at;
	return id;
}

static void push_term(struct polys *p, uint32_t mono, double k)
{
	if (k == 0)
		return;
	CM_PUSH(p->term, p->terms, p->terms_cap);
	p->term[p->terms++] = (struct term){ mono, k };
}

/* The polynomial of term[at …]; one coefficient without a value takes all of it with it. */
static uint32_t poly_end(struct polys *p, size_t at)
{
	uint64_t h = 2;
	for (size_t i = at; i < p->terms; i++)
		if (isnan(p->term[i].k)) {
			p->term[at] = (struct term){ 0, NAN };
			p->terms = at + 1;
			break;
		}
	for (size_t i = at; i < p->terms; i++)
		h = mix(mix(h, p->term[i].mono), bits(p->term[i].k));
	CM_PUSH(p->poly, p->polys, p->polys_cap);
	p->poly[p->polys] = (struct span){ (uint32_t)at, (uint32_t)(p->terms - at) };
	const uint32_t id = intern(p, &p->poly_of, (uint32_t)p->polys, h, same_poly);
	if (id == p->polys)
		p->polys++;
	else
		p->terms = at;
	return id;
}

void polys_begin(struct polys *p)
{
	*p = (struct polys){ .atoms = 0 };
	(void)mono_end(p, 0); /* 0 is 1 */
}

void polys_free(struct polys *p)
{
	void *const mine[] = { p->atom, p->list, p->power, p->mono, p->term, p->poly, p->atom_of.id,
			       p->atom_of.hash, p->mono_of.id, p->mono_of.hash, p->poly_of.id,
			       p->poly_of.hash };
	for (size_t i = 0; i < CM_COUNT(mine); i++)
		free(mine[i]);
	memo_free(&p->done);
}

/* ---- monomials ----------------------------------------------------------------------------------- */

/* Factors of a and b merged by atom: e = f(exponent in a, in b). */
static uint32_t mono_merge(struct polys *p, uint32_t a, uint32_t b, uint32_t (*f)(uint32_t, uint32_t))
{
	const struct span x = p->mono[a], y = p->mono[b];
	const size_t at = p->powers;
	for (uint32_t i = 0, j = 0; i < x.n || j < y.n;) {
		const uint32_t xa = i < x.n ? p->power[x.at + i].atom : MODEL_NONE;
		const uint32_t ya = j < y.n ? p->power[y.at + j].atom : MODEL_NONE;
		const uint32_t atom = xa < ya ? xa : ya;
		const uint32_t e = f(xa == atom ? p->power[x.at + i].e : 0,
				     ya == atom ? p->power[y.at + j].e : 0);
		i += xa == atom;
		j += ya == atom;
		if (e)
			push_power(p, atom, e);
	}
	return mono_end(p, at);
}

static uint32_t plus(uint32_t a, uint32_t b) { return a + b; }
static uint32_t minus(uint32_t a, uint32_t b) { return a - b; }
static uint32_t lesser(uint32_t a, uint32_t b) { return a < b ? a : b; }

uint32_t mono_mul(struct polys *p, uint32_t a, uint32_t b) { return mono_merge(p, a, b, plus); }
uint32_t mono_div(struct polys *p, uint32_t a, uint32_t b) { return mono_merge(p, a, b, minus); }
uint32_t mono_gcd(struct polys *p, uint32_t a, uint32_t b) { return mono_merge(p, a, b, lesser); }

uint32_t mono_power(struct polys *p, uint32_t atom, uint32_t e)
{
	const size_t at = p->powers;
	if (e)
		push_power(p, atom, e);
	return mono_end(p, at);
}

uint32_t mono_degree(const struct polys *p, uint32_t m)
{
	uint32_t d = 0;
	for (uint32_t i = 0; i < p->mono[m].n; i++)
		d += p->power[p->mono[m].at + i].e;
	return d;
}

/* ---- polynomials --------------------------------------------------------------------------------- */

uint32_t poly_const(struct polys *p, double k)
{
	const size_t at = p->terms;
	push_term(p, 0, k);
	return poly_end(p, at);
}

bool poly_is_const(const struct polys *p, uint32_t a, double *k)
{
	const struct span x = p->poly[a];
	if (x.n > 1 || (x.n == 1 && p->term[x.at].mono != 0))
		return false;
	*k = x.n ? p->term[x.at].k : 0;
	return true;
}

uint32_t poly_atom(struct polys *p, const struct atom *a)
{
	uint64_t h = mix(mix(mix(mix(3, a->op), a->arg[0]), a->arg[1]), a->arg[2]);
	for (uint32_t i = 0; i < a->n; i++)
		h = mix(h, p->list[a->list + i]);
	CM_PUSH(p->atom, p->atoms, p->atoms_cap);
	p->atom[p->atoms] = *a;
	const uint32_t id = intern(p, &p->atom_of, (uint32_t)p->atoms, h, same_atom);
	p->atoms += id == p->atoms;
	const uint32_t mono = mono_power(p, id, 1);
	const size_t at = p->terms;
	push_term(p, mono, 1);
	return poly_end(p, at);
}

uint32_t poly_call(struct polys *p, unsigned op, uint32_t a, uint32_t b, uint32_t c)
{
	const struct atom x = { .op = (uint8_t)op, .arg = { a, b, c } };
	return poly_atom(p, &x);
}

uint32_t poly_call_list(struct polys *p, unsigned op, const uint32_t *item, size_t n, uint32_t b)
{
	const struct atom x = { .op = (uint8_t)op, .arg = { 0, b, 0 }, .list = (uint32_t)p->lists,
				.n = (uint32_t)n };
	for (size_t i = 0; i < n; i++) {
		CM_PUSH(p->list, p->lists, p->lists_cap);
		p->list[p->lists++] = item[i];
	}
	return poly_atom(p, &x);
}

uint32_t poly_single(struct polys *p, uint32_t a)
{
	return p->poly[a].n <= 1 ? a : poly_call(p, ATOM_POLY, a, 0, 0);
}

uint32_t poly_add(struct polys *p, uint32_t a, uint32_t b, double kb)
{
	const struct span x = p->poly[a], y = p->poly[b];
	const size_t at = p->terms;
	for (uint32_t i = 0, j = 0; i < x.n || j < y.n;) {
		const uint32_t xm = i < x.n ? p->term[x.at + i].mono : MODEL_NONE;
		const uint32_t ym = j < y.n ? p->term[y.at + j].mono : MODEL_NONE;
		const uint32_t mono = xm < ym ? xm : ym;
		const double k = (xm == mono ? p->term[x.at + i].k : 0) +
				 (ym == mono ? kb * p->term[y.at + j].k : 0);
		i += xm == mono;
		j += ym == mono;
		push_term(p, mono, k);
	}
	return poly_end(p, at);
}

uint32_t poly_scale(struct polys *p, uint32_t a, double k, bool divide)
{
	const struct span x = p->poly[a];
	const size_t at = p->terms;
	for (uint32_t i = 0; i < x.n; i++) {
		const struct term t = p->term[x.at + i];
		push_term(p, t.mono, divide ? t.k / k : t.k * k);
	}
	return poly_end(p, at);
}

static int by_mono(const void *a, const void *b)
{
	const struct term *x = a, *y = b;
	return x->mono < y->mono ? -1 : x->mono > y->mono;
}

uint32_t poly_of_terms(struct polys *p, struct term *t, size_t n)
{
	const size_t at = p->terms;
	if (n)
		qsort(t, n, sizeof *t, by_mono);
	for (size_t i = 0, j; i < n; i = j) {
		double k = 0;
		for (j = i; j < n && t[j].mono == t[i].mono; j++)
			k += t[j].k;
		push_term(p, t[i].mono, k);
	}
	return poly_end(p, at);
}

uint32_t poly_mul(struct polys *p, uint32_t a, uint32_t b)
{
	if (p->poly[a].n > 1) {
		const uint32_t swap = a;
		a = b;
		b = swap;
	}
	const struct span x = p->poly[a], y = p->poly[b];
	if (x.n == 0)
		return a;
	const struct term one = p->term[x.at];
	if (one.mono == 0)
		return poly_scale(p, b, one.k, false);
	struct term *t = cm_alloc((y.n + 1) * sizeof *t);
	for (uint32_t i = 0; i < y.n; i++) {
		t[i].mono = mono_mul(p, one.mono, p->term[y.at + i].mono);
		t[i].k = one.k * p->term[y.at + i].k;
	}
	const uint32_t out = poly_of_terms(p, t, y.n);
	free(t);
	return out;
}

uint32_t poly_sum(struct polys *p, const uint32_t *item, size_t n)
{
	size_t all = 0, done = 0;
	for (size_t i = 0; i < n; i++)
		all += p->poly[item[i]].n;
	struct term *t = cm_alloc((all + 1) * sizeof *t);
	for (size_t i = 0; i < n; i++) {
		const struct span x = p->poly[item[i]];
		if (x.n)
			memcpy(t + done, p->term + x.at, x.n * sizeof *t);
		done += x.n;
	}
	const uint32_t out = poly_of_terms(p, t, all);
	free(t);
	return out;
}

uint32_t poly_power(struct polys *p, uint32_t a, uint32_t e)
{
	const struct span x = p->poly[a];
	if (e == 0)
		return poly_const(p, 1);
	if (x.n == 0)
		return a;
	const struct term one = p->term[x.at];
	const size_t at = p->powers;
	for (uint32_t i = 0; i < p->mono[one.mono].n; i++) {
		const struct power f = p->power[p->mono[one.mono].at + i];
		push_power(p, f.atom, f.e * e);
	}
	const uint32_t mono = mono_end(p, at);
	const size_t term = p->terms;
	push_term(p, mono, pow(one.k, e));
	return poly_end(p, term);
}

/* Of one term factor by factor, so that a power of a reciprocal stays a power. */
uint32_t poly_inverse(struct polys *p, uint32_t a)
{
	const struct span x = p->poly[a];
	if (x.n == 0)
		return poly_const(p, NAN);
	if (x.n > 1)
		return poly_call(p, ATOM_RECIP, a, 0, 0);
	const struct term one = p->term[x.at];
	uint32_t out = poly_const(p, 1 / one.k);
	for (uint32_t i = 0; i < p->mono[one.mono].n; i++) {
		const struct power f = p->power[p->mono[one.mono].at + i];
		const struct atom *of = &p->atom[f.atom];
		uint32_t inverse;
		if (of->op == ATOM_RECIP) {
			inverse = poly_single(p, of->arg[0]);
		} else {
			const size_t at = p->terms;
			push_term(p, mono_power(p, f.atom, 1), 1);
			inverse = poly_call(p, ATOM_RECIP, poly_end(p, at), 0, 0);
		}
		out = poly_mul(p, out, poly_power(p, inverse, f.e));
	}
	return out;
}
