/* Monte Carlo: blocks of samples over the cores, each block drawn and evaluated. */
#include "model/sample.h"

#include <omp.h>
#include <stdlib.h>

#include "model/graph.h"
#include "model/reach.h"
#include "model/sample_draw.h"

#define BLOCK 256 /* samples that a thread takes at once */

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
};

static void block(const struct sampling *s, struct eval *e, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		for (size_t d = 0; d < s->draws; d++)
			eval_input(e, s->draw[d].line, draw_value(&s->draw[d], s->spec->first + i));
		eval_steps(e, s->step, s->steps);
		for (size_t k = 0; k < s->lines; k++)
			s->out[k][i] = eval_value(e, s->line[k], 0);
	}
}

static void all_blocks(const struct sampling *s)
{
	const size_t blocks = (s->spec->n + BLOCK - 1) / BLOCK;
	const int threads = s->spec->threads ? (int)s->spec->threads : omp_get_max_threads();
#pragma omp parallel num_threads(threads)
	{
		struct eval *e = eval_dup(s->base);
#pragma omp for schedule(dynamic)
		for (size_t b = 0; b < blocks; b++)
			block(s, e, b * BLOCK, (b + 1) * BLOCK < s->spec->n ? (b + 1) * BLOCK : s->spec->n);
		eval_free(e);
	}
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
	all_blocks(&s);
	free(input);
	free(s.step);
	free(s.draw);
	eval_free(s.base);
	return CM_OK;
}
