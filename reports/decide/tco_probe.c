/* A few options at other values of a few inputs: recomputes what both have in common and no more. */
#include <math.h>
#include <stdlib.h>

#include "decide/tco.h"
#include "model/reach.h"

struct answers tco_answer(const struct tco *t, const struct eval *e, size_t option)
{
	const struct option_view *v = &t->view[option];
	return (struct answers){
		.npv = v->npv == MODEL_NONE ? NAN : eval_value(e, v->npv, 0),
		.cost_per_unit = v->cost_per_unit == MODEL_NONE
			? NAN : eval_value(e, v->cost_per_unit, 0),
		.feasible = tco_unmet(t, e, option) == NULL,
	};
}

const char *tco_unmet(const struct tco *t, const struct eval *e, size_t option)
{
	const struct option_view *v = &t->view[option];
	const struct model_line *line;
	model_lines(t->s->model, &line);
	for (size_t i = 0; i < v->needs; i++)
		for (unsigned m = 0; m <= (line[v->need[i]].series ? t->s->months : 0); m++)
			if (eval_value(e, v->need[i], m) == 0)
				return line[v->need[i]].def->label;
	return NULL;
}

void probe_begin(struct tco *t, struct probe *p, const uint32_t *input, size_t inputs,
		 const size_t *option, size_t options)
{
	size_t lines = 0, room = 0;
	for (size_t i = 0; i < options; i++)
		room += t->view[option[i]].needs + 2;
	uint32_t *line = cm_alloc((room + 1) * sizeof *line);
	for (size_t i = 0; i < options; i++) {
		const struct option_view *v = &t->view[option[i]];
		if (v->npv != MODEL_NONE)
			line[lines++] = v->npv;
		if (v->cost_per_unit != MODEL_NONE)
			line[lines++] = v->cost_per_unit;
		for (size_t k = 0; k < v->needs; k++)
			line[lines++] = v->need[k];
	}
	*p = (struct probe){ .t = t, .inputs = inputs };
	p->input = cm_alloc((inputs + 1) * sizeof *p->input);
	p->before = cm_alloc((inputs + 1) * sizeof *p->before);
	for (size_t i = 0; i < inputs; i++) {
		p->input[i] = input[i];
		p->before[i] = eval_value(t->e, input[i], 0);
	}
	p->nsteps = reach_plan(eval_reach(t->e), input, inputs, line, lines, &p->steps);
	free(line);
}

void probe_set(struct probe *p, double value)
{
	for (size_t i = 0; i < p->inputs; i++)
		eval_input(p->t->e, p->input[i], value);
	eval_steps(p->t->e, p->steps, p->nsteps);
}

struct answers probe_get(const struct probe *p, size_t option)
{
	return tco_answer(p->t, p->t->e, option);
}

void probe_end(struct probe *p)
{
	for (size_t i = 0; i < p->inputs; i++)
		eval_input(p->t->e, p->input[i], p->before[i]);
	eval_steps(p->t->e, p->steps, p->nsteps);
	free(p->steps);
	free(p->before);
	free(p->input);
	*p = (struct probe){ .t = NULL };
}
