/*
 * Sums over months told apart. In a sum of many terms one atom runs through the months by its powers (a
 * discount, a growth). Atoms that occur beside one or two of its powers belong to a month; those with many
 * powers of their own run too; the others are factors (a price, a share, a rate of tax). Terms with
 * the same factors make one sum, which becomes a value of its own; sums that differ by a constant only
 * are the same value.
 */
#include <math.h>
#include <stdlib.h>

#include "model/tape_inner.h"

#define MANY 4 /* different powers that make an atom run */

struct pair { uint32_t atom, e; };

static int by_pair(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	if (x->atom != y->atom)
		return x->atom < y->atom ? -1 : 1;
	return x->e < y->e ? -1 : x->e > y->e;
}

static uint32_t exponent(const struct polys *p, uint32_t mono, uint32_t atom)
{
	const struct span f = p->mono[mono];
	for (uint32_t i = 0; i < f.n; i++)
		if (p->power[f.at + i].atom == atom)
			return p->power[f.at + i].e;
	return 0;
}

/* Every atom of the terms, with its exponent, or with that of `beside` in the same term; sorted, each pair
 * once. The array is the caller's. */
static struct pair *pairs_of(const struct polys *p, const struct term *t, size_t n, uint32_t beside,
			     size_t *out)
{
	struct pair *pair = NULL;
	size_t pairs = 0, cap = 0, kept = 0;
	for (size_t i = 0; i < n; i++) {
		const struct span f = p->mono[t[i].mono];
		const uint32_t e = beside == NOWHERE ? 0 : exponent(p, t[i].mono, beside);
		for (uint32_t j = 0; j < f.n; j++) {
			const struct power x = p->power[f.at + j];
			CM_PUSH(pair, pairs, cap);
			pair[pairs++] = (struct pair){ x.atom, beside == NOWHERE ? x.e : e };
		}
	}
	if (pairs)
		qsort(pair, pairs, sizeof *pair, by_pair);
	for (size_t i = 0; i < pairs; i++)
		if (!kept || by_pair(&pair[kept - 1], &pair[i]) != 0)
			pair[kept++] = pair[i];
	*out = kept;
	return pair;
}

uint32_t terms_running(const struct polys *p, const struct term *t, size_t n, size_t least)
{
	size_t pairs, most = least - 1;
	uint32_t best = NOWHERE;
	struct pair *pair = pairs_of(p, t, n, NOWHERE, &pairs);
	for (size_t i = 0, j; i < pairs; i = j) {
		for (j = i; j < pairs && pair[j].atom == pair[i].atom; j++)
			;
		if (j - i > most) {
			most = j - i;
			best = pair[i].atom;
		}
	}
	free(pair);
	return best;
}

/* Marks the atoms that are factors: beside more than two powers of the running atom, few of their own. */
static bool *factors_of(const struct polys *p, const struct term *t, size_t n, uint32_t running)
{
	bool *factor = cm_alloc(p->atoms * sizeof *factor);
	size_t pairs;
	struct pair *pair = pairs_of(p, t, n, running, &pairs);
	for (size_t i = 0, j; i < pairs; i = j) {
		for (j = i; j < pairs && pair[j].atom == pair[i].atom; j++)
			;
		factor[pair[i].atom] = j - i > 2 && pair[i].atom != running;
	}
	free(pair);
	pair = pairs_of(p, t, n, NOWHERE, &pairs);
	for (size_t i = 0, j; i < pairs; i = j) {
		for (j = i; j < pairs && pair[j].atom == pair[i].atom; j++)
			;
		if (j - i >= MANY)
			factor[pair[i].atom] = false;
	}
	free(pair);
	return factor;
}

struct part { uint32_t factors; struct term rest; };

static int by_factors(const void *a, const void *b)
{
	const struct part *x = a, *y = b;
	if (x->factors != y->factors)
		return x->factors < y->factors ? -1 : 1;
	return x->rest.mono < y->rest.mono ? -1 : x->rest.mono > y->rest.mono;
}

static struct part split(struct polys *p, struct term t, const bool *factor)
{
	uint32_t factors = 0;
	for (uint32_t i = 0; i < p->mono[t.mono].n; i++) {
		const struct power x = p->power[p->mono[t.mono].at + i];
		if (factor[x.atom])
			factors = mono_mul(p, factors, mono_power(p, x.atom, x.e));
	}
	return (struct part){ factors, { mono_div(p, t.mono, factors), t.k } };
}

/* To 46 bits, so that sums that are the same but for a factor are equal: 1e-14 relative. */
static double rounded(double k)
{
	int e;
	const double m = frexp(k, &e);
	return ldexp(rint(m * 0x1p46), e - 46);
}

/* k·factors·(a sum as one value), or the one term as it is. */
static struct term group_term(struct polys *p, const struct part *part, size_t n)
{
	const double k = part[0].rest.k;
	if (n == 1)
		return (struct term){ mono_mul(p, part[0].factors, part[0].rest.mono), k };
	struct term *t = cm_alloc(n * sizeof *t);
	for (size_t i = 0; i < n; i++)
		t[i] = (struct term){ part[i].rest.mono, i ? rounded(part[i].rest.k / k) : 1 };
	const uint32_t sum = poly_single(p, poly_of_terms(p, t, n));
	free(t);
	const struct term one = p->term[p->poly[sum].at];
	return (struct term){ mono_mul(p, part[0].factors, one.mono), k * one.k };
}

uint32_t poly_grouped(struct polys *p, uint32_t poly)
{
	const struct span x = p->poly[poly];
	const uint32_t running = terms_running(p, p->term + x.at, x.n, MANY);
	if (running == NOWHERE)
		return poly;
	bool *factor = factors_of(p, p->term + x.at, x.n, running);
	struct part *part = cm_alloc(x.n * sizeof *part);
	for (uint32_t i = 0; i < x.n; i++)
		part[i] = split(p, p->term[x.at + i], factor);
	free(factor);
	qsort(part, x.n, sizeof *part, by_factors);
	uint32_t out = poly;
	if (part[0].factors != part[x.n - 1].factors || part[0].factors != 0) {
		struct term *t = cm_alloc(x.n * sizeof *t);
		size_t n = 0;
		for (size_t i = 0, j; i < x.n; i = j) {
			for (j = i; j < x.n && part[j].factors == part[i].factors; j++)
				;
			t[n++] = group_term(p, part + i, j - i);
		}
		out = n < x.n ? poly_of_terms(p, t, n) : poly;
		free(t);
	}
	free(part);
	return out;
}
