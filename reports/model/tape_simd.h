/* The calls of a tape over one block, included once for each instruction set after vector_math.h. */

/* ---- draws --------------------------------------------------------------------------------------- */

#define GAMMA 0x9e3779b97f4a7c15u

/* The hash of sample_draw.c, and its number on (0, 1). */
static inline __attribute__((always_inline)) VEC V(draw_unit)(UVEC z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	z ^= z >> 31;
	return (VEC)((z >> 12) | 0x3ff0000000000000) - (1 - 0x1p-53);
}

/* Normal numbers by AS 241, in two passes: the middle 85 % of a block, then the tails, put side by side so
 * that no lane computes both. The far end of the tails, one number in 10^10, is draw_value()'s. */
static inline __attribute__((always_inline)) VEC V(middle)(VEC q)
{
	VEC up, down;
	const VEC r = 0.180625 - q * q;
	POLY(up, r, normal_near_up);
	POLY(down, r, normal_near_down);
	return q * up / down;
}

static inline __attribute__((always_inline)) VEC V(tail)(VEC u)
{
	VEC up, down;
	const VEC p = V(choose)(u < 0.5, u, 1 - u), r = V(root)(-V(log)(p)) - 1.6;
	POLY(up, r, normal_far_up);
	POLY(down, r, normal_far_down);
	const VEC z = up / down;
	return V(choose)(u < 0.5, -z, z);
}

static void V(normals)(const struct draw *d, const struct tape_block *b, UVEC z, double *out)
{
	double tail[TAPE_BLOCK_MOST + LANES];
	uint32_t at[TAPE_BLOCK_MOST + LANES];
	size_t n = 0;
	for (size_t i = 0; i < b->size; i += LANES, z += LANES * GAMMA) {
		const VEC u = V(draw_unit)(z), q = u - 0.5;
		const IVEC yes = V(magnitude)(q) > 0.425;
		*(VEC *)(out + i) = V(middle)(q);
		for (uint32_t j = 0; j < LANES; j++) {
			tail[n] = u[j];
			at[n] = (uint32_t)i + j;
			n -= (size_t)yes[j]; /* true is -1 */
		}
	}
	bool far = false;
	for (size_t i = 0; i < LANES; i++)
		tail[n + i] = 0.01; /* full vectors */
	for (size_t i = 0; i < n; i += LANES) {
		VEC u;
		memcpy(&u, tail + i, sizeof u);
		const VEC t = V(tail)(u);
		for (size_t j = 0; j < LANES && i + j < n; j++) {
			out[at[i + j]] = t[j];
			far |= u[j] < DRAW_FAR || 1 - u[j] < DRAW_FAR;
		}
	}
	const double p0 = d->p[0], p1 = d->p[1];
	for (size_t i = 0; i < b->size; i += LANES) {
		const VEC x = p0 + p1 * *(const VEC *)(out + i);
		*(VEC *)(out + i) = d->kind == SPREAD_LOGNORMAL ? V(exp)(x) : x;
	}
	for (size_t i = 0; far && i < b->size; i++)
		if (draw_is_far(d, b->first + i))
			out[i] = draw_value(d, b->first + i);
}

static void V(draw)(const struct draw *d, const struct tape_block *b, double *out)
{
	UVEC z = { 0 };
	for (int i = 0; i < LANES; i++)
		z[i] = d->key + (b->first + (uint64_t)i + 1) * GAMMA;
	const double p0 = d->p[0], p1 = d->p[1], p2 = d->p[2], p3 = d->p[3], p4 = d->p[4];
	const uint64_t next = LANES * GAMMA;
#define EACH(value)                                                                                \
	for (size_t i = 0; i < b->size; i += LANES, z += next) {                                   \
		const VEC u = V(draw_unit)(z);                                                     \
		*(VEC *)(out + i) = (value);                                                       \
	}                                                                                          \
	break
	switch (d->kind) {
	case SPREAD_RANGE: EACH(p0 + p1 * u);
	case SPREAD_NORMAL:
	case SPREAD_LOGNORMAL: V(normals)(d, b, z, out); break;
	case SPREAD_TRIANGULAR:
		EACH(V(choose)(u < p4, p0 + V(root)(p2 * u), p1 - V(root)(p3 * (1 - u))));
	case SPREAD_POINT: EACH(p0 + 0 * u);
	}
#undef EACH
}

/* ---- chains of multiply-adds ---------------------------------------------------------------------- */

#define ACCS 8 /* two multiply-adds a cycle of four cycles each; they stay in registers */

#define ALL_ACCS(statement)                                                                        \
	do {                                                                                       \
		_Pragma("GCC unroll 8")                                                           \
		for (int j = 0; j < ACCS; j++) {                                                   \
			statement;                                                                 \
		}                                                                                  \
	} while (0)

/* A step after another of its kind, as in Horner's scheme, is not chosen again. */
#define STEP(kind, statement)                                                                      \
	case kind:                                                                                 \
		do {                                                                               \
			VEC *r = (VEC *)(base[x->r & 1] + (x->r & ~1u));                           \
			const VEC *s = (const VEC *)(base[x->s & 1] + (x->s & ~1u));               \
			const VEC k = ALL(x->k);                                                   \
			(void)r, (void)s, (void)k;                                                 \
			ALL_ACCS(statement);                                                       \
		} while (++x < end && x->op == (kind));                                            \
		break

/* Horner's steps by the same factor, which stays in registers: half the reads, and reads are the limit. */
#if VBYTES == 64
#define POWERS(kind, statement)                                                                    \
	case kind: {                                                                               \
		const uint32_t same = x->r;                                                        \
		VEC r[ACCS];                                                                       \
		ALL_ACCS(r[j] = ((const VEC *)(base[same & 1] + (same & ~1u)))[j]);                \
		do {                                                                               \
			const VEC *s = (const VEC *)(base[x->s & 1] + (x->s & ~1u));               \
			const VEC k = ALL(x->k);                                                   \
			(void)s, (void)k;                                                          \
			ALL_ACCS(statement);                                                       \
		} while (++x < end && x->op == (kind) && x->r == same);                            \
		break;                                                                             \
	}
#else
#define POWERS STEP
#endif

static void V(chain)(const struct chain_step *step, const struct chain_step *end, const struct tape_block *b)
{
	for (size_t i = 0; i < b->size; i += ACCS * LANES) {
		double *const base[2] = { b->slot + i, b->scratch + i % TAPE_UNIT };
		VEC a[ACCS];
		ALL_ACCS(a[j] = ALL(0.0));
		for (const struct chain_step *x = step; x < end;)
			switch (x->op) {
			STEP(CHAIN_K, a[j] = k);
			STEP(CHAIN_KR, a[j] = k * r[j]);
			STEP(CHAIN_KRS, a[j] = k * r[j] * s[j]);
			STEP(CHAIN_ADD_K, a[j] += k);
			STEP(CHAIN_ADD_R, a[j] += r[j]);
			STEP(CHAIN_ADD_KR, a[j] += k * r[j]);
			STEP(CHAIN_ADD_KRS, a[j] += k * r[j] * s[j]);
			STEP(CHAIN_SCALE, a[j] *= k);
			STEP(CHAIN_MUL, a[j] *= r[j]);
			POWERS(CHAIN_MUL_K, a[j] = a[j] * r[j] + k);
			POWERS(CHAIN_MUL_S, a[j] = a[j] * r[j] + s[j]);
			POWERS(CHAIN_MUL_KS, a[j] = a[j] * r[j] + k * s[j]);
			STEP(CHAIN_MIN_K, a[j] = V(choose)(k < a[j], k, a[j]));
			STEP(CHAIN_MAX_K, a[j] = V(choose)(k > a[j], k, a[j]));
			STEP(CHAIN_STORE, r[j] = a[j]);
			default: __builtin_unreachable();
			}
	}
}

/* ---- functions ------------------------------------------------------------------------------------- */

/* What rounding may decide: equal but for it. Equal to the last bit is a tie in the model itself. */
static inline __attribute__((always_inline)) IVEC V(nearly)(VEC a, VEC b)
{
	const VEC d = V(magnitude)(a - b);
	return (d > 0) & (d <= NEARLY * (V(magnitude)(a) + V(magnitude)(b)));
}

static inline __attribute__((always_inline)) IVEC V(exists)(VEC x)
{
	return V(magnitude)(x) <= INFINITY;
}

static inline __attribute__((always_inline)) VEC V(truth)(VEC a, VEC b, IVEC yes)
{
	return V(choose)(V(exists)(a) & V(exists)(b), V(choose)(yes, ALL(1.0), ALL(0.0)), ALL(NAN));
}

static inline __attribute__((always_inline)) VEC V(floor)(VEC x)
{
	const VEC whole = (x + WHOLE) - WHOLE, down = V(choose)(whole > x, whole - 1, whole);
	return V(choose)(V(magnitude)(x) < 0x1p51, down, x);
}

static inline __attribute__((always_inline)) IVEC V(nearly_whole)(VEC x)
{
	const VEC d = V(magnitude)(x - ((x + WHOLE) - WHOLE));
	return (d > 0) & (d <= NEARLY * (1 + V(magnitude)(x)));
}

/* Functions of one sample's values, lane by lane. */
static void V(lanes)(const struct tape *t, const struct tape_call *c, const struct tape_block *b, double *out)
{
	const double *a[3];
	size_t step[3];
	for (int k = 0; k < 3; k++) {
		a[k] = tape_arg(t, b, c->arg[k]);
		step[k] = c->arg[k] & TAPE_CONST ? 0 : 1;
	}
	double *item = cm_alloc((c->n + 1) * sizeof *item);
	for (size_t i = 0; i < b->size; i++) {
		for (uint32_t k = 0; k < c->n; k++) {
			const uint32_t arg = t->list[c->first + k];
			item[k] = tape_arg(t, b, arg)[arg & TAPE_CONST ? 0 : i];
		}
		if (c->op == OP_IRR) {
			out[i] = special_irr(item, c->n);
		} else if (c->op == OP_PICK) {
			const double at = rint(a[1][step[1] * i]);
			out[i] = at >= 0 && at < c->n ? item[(size_t)at] : NAN;
		} else {
			out[i] = eval_apply((enum model_op)c->op, a[0][step[0] * i], a[1][step[1] * i],
					    a[2][step[2] * i]);
		}
	}
	free(item);
}

static void V(call)(const struct tape *t, const struct tape_call *c, const struct tape_block *b, double *out)
{
	const double *pa = tape_arg(t, b, c->arg[0]), *pb = tape_arg(t, b, c->arg[1]);
	const double *pc = tape_arg(t, b, c->arg[2]);
	const size_t na = c->arg[0] & TAPE_CONST ? 0 : LANES, nb = c->arg[1] & TAPE_CONST ? 0 : LANES;
	const size_t nc = c->arg[2] & TAPE_CONST ? 0 : LANES;
#define EACH(value, doubt)                                                                         \
	for (size_t i = 0; i < b->size; i += LANES, pa += na, pb += nb, pc += nc) {                \
		const VEC A = *(const VEC *)pa, B = *(const VEC *)pb, C = *(const VEC *)pc;        \
		(void)A, (void)B, (void)C;                                                         \
		doubt;                                                                             \
		*(VEC *)(out + i) = (value);                                                       \
	}                                                                                          \
	break
#define SURE (void)0
#define DOUBT(lanes) *(IVEC *)(b->suspect + i) |= (lanes)
	switch (c->op) {
	case ATOM_RECIP: EACH(V(choose)(A == 0, ALL(NAN), 1 / A), SURE);
	case OP_LT: EACH(V(truth)(A, B, A < B), DOUBT(V(nearly)(A, B)));
	case OP_LE: EACH(V(truth)(A, B, A <= B), DOUBT(V(nearly)(A, B)));
	case OP_EQ: EACH(V(truth)(A, B, A == B), DOUBT(V(nearly)(A, B)));
	case OP_NE: EACH(V(truth)(A, B, A != B), DOUBT(V(nearly)(A, B)));
	case OP_AND: EACH(V(truth)(A, B, (A != 0) & (B != 0)), SURE);
	case OP_OR: EACH(V(truth)(A, B, (A != 0) | (B != 0)), SURE);
	case OP_NOT: EACH(V(truth)(A, A, A == 0), SURE);
	case OP_MIN: EACH(V(choose)(V(exists)(A), V(choose)(A < B, A, B), A), SURE);
	case OP_MAX: EACH(V(choose)(V(exists)(A), V(choose)(A > B, A, B), A), SURE);
	case OP_IF: EACH(V(choose)(V(exists)(A), V(choose)(A != 0, B, C), A), SURE);
	case OP_ABS: EACH(V(magnitude)(A), SURE);
	case OP_EXP: EACH(V(exp)(A), SURE);
	case OP_LOG: EACH(V(log)(A), SURE);
	case OP_SQRT: EACH(V(root)(A), SURE);
	case OP_FLOOR: EACH(V(floor)(A), DOUBT(V(nearly_whole)(A)));
	case OP_CEIL: EACH(-V(floor)(-A), DOUBT(V(nearly_whole)(A)));
	default: V(lanes)(t, c, b, out);
	}
#undef EACH
#undef SURE
#undef DOUBT
}

static void V(ready)(const struct tape *t, const struct tape_call *c, const struct tape_block *b)
{
	const double *p = tape_arg(t, b, c->arg[0]);
	const size_t next = c->arg[0] & TAPE_CONST ? 0 : LANES;
	double *out = b->out[c->arg[1]] + b->from;
	for (size_t i = 0; i < b->size; i += LANES, p += next) {
		const VEC x = *(const VEC *)p;
		*(IVEC *)(b->suspect + i) |= ~(V(magnitude)(x) <= DBL_MAX);
		if (i + LANES <= b->n)
			memcpy(out + i, &x, sizeof x);
		else
			for (size_t j = i; j < b->n; j++)
				out[j] = x[j - i];
	}
}

/* Calls of chains that follow each other are one chain. */
static size_t V(chains)(const struct tape *t, size_t i, const struct tape_block *b)
{
	const struct chain_step *first = t->step + t->call[i].first, *end = first;
	for (; i < t->calls && t->call[i].op == TAPE_CHAIN; i++)
		end += t->call[i].n;
	V(chain)(first, end, b);
	return i - 1;
}

static void V(tape)(const struct tape *t, const struct tape_block *b)
{
	for (size_t i = 0; i < t->calls; i++) {
		const struct tape_call *c = &t->call[i];
		double *out = b->slot + (c->out & ~TAPE_SCRATCH) * TAPE_STRIDE(b->size);
		switch (c->op) {
		case TAPE_CHAIN: i = V(chains)(t, i, b); break;
		case TAPE_OUT: V(ready)(t, c, b); break;
		case ATOM_DRAW: V(draw)(&t->draw[c->first], b, out); break;
		default: V(call)(t, c, b, out);
		}
	}
}

#undef ACCS
#undef STEP
#undef POWERS
#undef ALL_ACCS
#undef GAMMA
#undef LANES
