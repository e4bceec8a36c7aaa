/* Monte Carlo: blocks of samples over the cores, each run through the tape; the few samples in which rounding
 * could decide, or a line has no value, are left to the evaluator. */
#include "model/sample.h"

#ifdef _OPENMP
#include <omp.h>
#endif
#include <stdlib.h>

#include "model/reach.h"
#include "model/tape.h"
#include "model/unroll.h"

#define CACHE 262144     /* bytes: what the slots of a block should fit into, half a second cache */

struct sampling {
	const struct model *m;
	const uint32_t *line;
	size_t lines;
	const struct sample_spec *spec;
	double *const *out;
	struct draw *draw;
	size_t draws;
	uint32_t *step;
	size_t steps;
	struct eval *base;
	struct tape tape;
	size_t block;
	size_t evaluated;
};

struct worker {
	const struct sampling *s;
	struct tape_block b;
	void *memory;
	struct eval *e;          /* once a sample needs it */
	size_t evaluated;
};

/* A sample at the evaluator. */
static void evaluate(struct worker *w, size_t i)
{
	const struct sampling *s = w->s;
	if (!w->e)
		w->e = eval_dup(s->base);
	for (size_t d = 0; d < s->draws; d++) {
		struct tape_block one = w->b;
		one.size = TAPE_UNIT;
		one.first += i;
		tape_draw(&s->draw[d], &one);
		eval_input(w->e, s->draw[d].line, one.slot[0]);
	}
	eval_steps(w->e, s->step, s->steps);
	w->evaluated++;
	for (size_t k = 0; k < s->lines; k++)
		s->out[k][w->b.from + i] = eval_value(w->e, s->line[k], 0);
}

static void block(struct worker *w, size_t at)
{
	const struct sampling *s = w->s;
	const size_t from = at * s->block, left = s->spec->n - from;
	w->b.first = s->spec->first + from;
	w->b.from = from;
	w->b.n = left < s->block ? left : s->block;
	tape_run(&s->tape, &w->b);
	for (size_t i = 0; i < w->b.n; i++)
		if (w->b.suspect[i])
			evaluate(w, i);
}

static int threads_for(const struct sampling *s, size_t blocks)
{
	size_t most = s->spec->threads;
#ifdef _OPENMP
	if (most == 0)
		most = (size_t)omp_get_max_threads();
#endif
	return (int)(most < blocks ? most : blocks) + (blocks == 0);
}

static void all_blocks(struct sampling *s)
{
	size_t evaluated = 0;
	const size_t blocks = (s->spec->n + s->block - 1) / s->block;
#pragma omp parallel num_threads(threads_for(s, blocks)) reduction(+ : evaluated)
	{
		struct worker w = { .s = s };
		w.b = (struct tape_block){ .size = s->block, .out = s->out,
					   .narrow = (int)s->spec->narrow };
		const size_t stride = TAPE_STRIDE(s->block), slots = (s->tape.slots + 1) * stride;
		w.memory = cm_alloc((slots + stride + s->tape.scratch * TAPE_UNIT) * sizeof(double) + 64);
		w.b.slot = tape_aligned(w.memory);
		w.b.suspect = (uint64_t *)(void *)(w.b.slot + slots);
		w.b.scratch = w.b.slot + slots + stride;
#pragma omp for schedule(dynamic)
		for (size_t at = 0; at < blocks; at++)
			block(&w, at);
		evaluated += w.evaluated;
		eval_free(w.e);
		free(w.memory);
	}
	s->evaluated = evaluated;
}

static void compile(struct sampling *s)
{
	struct polys p;
	uint32_t *root = cm_alloc((s->lines + 1) * sizeof *root);
	const struct unroll u = { s->base, s->draw, s->draws, s->step, s->steps };
	polys_begin(&p);
	unroll_lines(&u, &p, s->line, s->lines, root);
	tape_make(&p, s->draw, root, s->lines, &s->tape);
	polys_free(&p);
	free(root);
	const size_t fits = CACHE / sizeof(double) / (s->tape.slots + 1) / TAPE_UNIT * TAPE_UNIT;
	s->block = fits < TAPE_UNIT ? TAPE_UNIT : fits < TAPE_BLOCK_MOST ? fits : TAPE_BLOCK_MOST;
	tape_place(&s->tape, s->block);
}

enum cm_status model_sample(const struct model *m, const uint32_t *line, size_t lines,
			    const struct sample_spec *spec, double *const out[], struct cm_err *err)
{
	for (size_t k = 0; k < lines; k++)
		if (m->line[line[k]].series)
			return cm_fail(err, CM_EINTERNAL, "'%s' is a monthly series: only single values "
				       "are sampled", m->line[line[k]].def->name);
	struct sampling s = { .m = m, .line = line, .lines = lines, .spec = spec, .out = out };
	s.draws = draws_of(m, spec->seed, spec->stream, &s.draw);
	s.base = eval_new(m);
	eval_all(s.base);
	uint32_t *input = cm_alloc((s.draws + 1) * sizeof *input);
	for (size_t i = 0; i < s.draws; i++)
		input[i] = s.draw[i].line;
	s.steps = reach_plan(eval_reach(s.base), input, s.draws, line, lines, &s.step);
	compile(&s);
	all_blocks(&s);
	if (spec->stats)
		*spec->stats = (struct sample_stats){ s.tape.flops, s.evaluated, s.tape.calls,
						      s.tape.slots + s.tape.scratch };
	tape_free(&s.tape);
	free(input);
	free(s.step);
	free(s.draw);
	eval_free(s.base);
	return CM_OK;
}
