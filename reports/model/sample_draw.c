/*
 * Draws by counter: number i of a stream is a hash of (key, i), the key a hash of (seed, stream, input).
 * The hash is SplitMix64's (Steele, Lea, Flood, "Fast splittable pseudorandom number generators",
 * OOPSLA 2014), which is counter-based already: state i is key + i·γ. An input is known by its scope's and
 * its own name, so that another option in the scenario leaves its draws as they are.
 * Values are exact transforms of one uniform number (inverse distribution functions): monotone, so
 * that common random numbers stay common through them.
 */
#include "model/sample_draw.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "model/graph.h"
#include "model/normal_quantile.h"
#include "model/spread.h"

static uint64_t mix(uint64_t z)
{
	return rng_split(&z);
}

static uint64_t text_key(uint64_t h, const char *s)
{
	for (; *s; s++)
		h = mix(h ^ (unsigned char)*s);
	return mix(h ^ 0x100);
}

static void set_parameters(struct draw *d, const struct spread *s)
{
	d->kind = s->kind;
	switch (s->kind) {
	case SPREAD_POINT:
		break;
	case SPREAD_RANGE: /* p0 + p1 u */
		d->p[0] = s->a;
		d->p[1] = s->b - s->a;
		break;
	case SPREAD_NORMAL: /* p0 + p1 z */
		d->p[0] = s->a;
		d->p[1] = s->b;
		break;
	case SPREAD_LOGNORMAL: /* exp(p0 + p1 z) */
		spread_log(s, &d->p[0], &d->p[1]);
		break;
	case SPREAD_TRIANGULAR: /* up to the knee a rising root, then a falling one */
		d->p[0] = s->a;
		d->p[1] = s->c;
		d->p[2] = (s->c - s->a) * (s->b - s->a);
		d->p[3] = (s->c - s->a) * (s->c - s->b);
		d->p[4] = (s->b - s->a) / (s->c - s->a);
		break;
	}
}

/* Two kinds of option may each bring a `pue` of their own: the second of a name gets another key. */
size_t draws_of(const struct model *m, uint64_t seed, const uint8_t *stream, struct draw **out)
{
	struct draw *d = cm_alloc((m->inputs + 1) * sizeof *d);
	struct memo seen = { 0 };
	size_t n = 0;
	for (size_t i = 0; i < m->inputs; i++) {
		const struct model_line *l = &m->line[m->input[i]];
		const uint64_t name = text_key(text_key(0, m->scope[l->scope].name), l->def->name);
		bool fresh;
		struct memo_slot *same = memo_at(&seen, (uintptr_t)name, (uintptr_t)(name >> 32), 0, &fresh);
		const uint64_t nth = same->u++;
		if (l->def->spread.kind == SPREAD_POINT)
			continue;
		d[n] = (struct draw){ .input = (uint32_t)i, .line = m->input[i] };
		d[n].key = mix(mix(mix(mix(seed) + (stream && stream[i])) + name) + nth);
		set_parameters(&d[n++], &l->def->spread);
	}
	memo_free(&seen);
	*out = d;
	return n;
}

/* Uniform on (0, 1), both ends out, symmetric: odd multiples of 2^-53. */
static double unit_open(uint64_t z) /* as V(draw_unit)() of tape_simd.h has it */
{
	return ((double)(z >> 12) + 0.5) * 0x1p-52;
}

static double poly8(const double c[8], double x)
{
	double y = c[7];
	for (int i = 6; i >= 0; i--)
		y = y * x + c[i];
	return y;
}

/* Inverse of the normal distribution function: Wichura 1988, AS 241 (PPND16), 1e-16 relative. */
static double normal_quantile(double p)
{
	const double q = p - 0.5;
	if (fabs(q) <= 0.425) {
		const double r = 0.180625 - q * q;
		return q * poly8(normal_near_up, r) / poly8(normal_near_down, r);
	}
	const double r = sqrt(-log(q < 0 ? p : 1 - p));
	const double z = r <= 5 ? poly8(normal_far_up, r - 1.6) / poly8(normal_far_down, r - 1.6)
				: poly8(normal_last_up, r - 5) / poly8(normal_last_down, r - 5);
	return q < 0 ? -z : z;
}

static double unit_of(const struct draw *d, uint64_t sample)
{
	return unit_open(mix(d->key + sample * 0x9e3779b97f4a7c15u));
}

bool draw_is_far(const struct draw *d, uint64_t sample)
{
	const double u = unit_of(d, sample);
	return (d->kind == SPREAD_NORMAL || d->kind == SPREAD_LOGNORMAL) &&
	       (u < 0.5 ? u : 1 - u) < DRAW_FAR;
}

double draw_value(const struct draw *d, uint64_t sample)
{
	const double u = unit_of(d, sample);
	switch (d->kind) {
	case SPREAD_RANGE: return d->p[0] + d->p[1] * u;
	case SPREAD_NORMAL: return d->p[0] + d->p[1] * normal_quantile(u);
	case SPREAD_LOGNORMAL: return exp(d->p[0] + d->p[1] * normal_quantile(u));
	case SPREAD_TRIANGULAR:
		return u < d->p[4] ? d->p[0] + sqrt(d->p[2] * u) : d->p[1] - sqrt(d->p[3] * (1 - u));
	default: return d->p[0];
	}
}
