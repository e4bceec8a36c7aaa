/* Random numbers by seed: SplitMix64 to spread a seed, xoshiro256** to draw (Blackman, Vigna 2021).
 * The same seed gives the same data on every machine. */
#ifndef CM_BASE_RNG_H
#define CM_BASE_RNG_H

#include <stdint.h>

__extension__ typedef unsigned __int128 cm_u128;

struct rng { uint64_t s[4]; };

static inline uint64_t rng_split(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static inline void rng_seed(struct rng *r, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		r->s[i] = rng_split(&seed);
}

static inline uint64_t rng_rotl(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

static inline uint64_t rng_next(struct rng *r)
{
	const uint64_t out = rng_rotl(r->s[1] * 5, 7) * 9, t = r->s[1] << 17;
	r->s[2] ^= r->s[0];
	r->s[3] ^= r->s[1];
	r->s[1] ^= r->s[2];
	r->s[0] ^= r->s[3];
	r->s[2] ^= t;
	r->s[3] = rng_rotl(r->s[3], 45);
	return out;
}

/* Uniform in [0, 1), 53 bits. */
static inline double rng_unit(struct rng *r)
{
	return (double)(rng_next(r) >> 11) * 0x1p-53;
}

/* Uniform in [-1, 1). */
static inline double rng_sym(struct rng *r)
{
	return 2.0 * rng_unit(r) - 1.0;
}

/* Uniform in [0, n), n > 0, without bias (Lemire 2019). */
static inline uint64_t rng_below(struct rng *r, uint64_t n)
{
	for (;;) {
		const cm_u128 m = (cm_u128)rng_next(r) * n;
		if ((uint64_t)m >= (-n) % n)
			return (uint64_t)(m >> 64);
	}
}

#endif
