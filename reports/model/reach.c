/* Dependents of inputs: edges turned round once, then a walk from the input, each walk kept. */
#include "model/reach.h"

#include <stdlib.h>
#include <string.h>

#include "model/graph.h"

struct walk { uint32_t *step; size_t n; bool done; };

struct reach {
	const struct model *m;
	uint32_t *head;          /* [nodes + 1] where a node's users begin in user[] */
	uint32_t *user;
	uint32_t *block;         /* [nodes] first node of its recurrence, else itself */
	uint32_t *seen, mark;    /* [nodes] */
	uint32_t *need, need_mark;
	uint32_t *in, in_mark;   /* steps of the inputs that a plan was last made for */
	uint32_t *last; size_t lasts;
	uint32_t *stack;
	struct walk *walk;       /* [lines] */
};

static void find_blocks(struct reach *r)
{
	const struct model *m = r->m;
	for (uint32_t i = 0; i < m->nodes; i++)
		r->block[i] = i && m->node[i].loop && m->node[i - 1].loop ? r->block[i - 1] : i;
}

static void turn_edges(struct reach *r)
{
	const struct model *m = r->m;
	for (size_t i = 0; i < m->nodes; i++)
		for (unsigned a = 0; a < model_op_args(m->node[i].op); a++)
			r->head[m->node[i].arg[a] + 1]++;
	for (size_t i = 0; i < m->nodes; i++)
		r->head[i + 1] += r->head[i];
	uint32_t *next = cm_alloc((m->nodes + 1) * sizeof *next);
	memcpy(next, r->head, (m->nodes + 1) * sizeof *next);
	for (uint32_t i = 0; i < m->nodes; i++)
		for (unsigned a = 0; a < model_op_args(m->node[i].op); a++)
			r->user[next[m->node[i].arg[a]]++] = i;
	free(next);
}

struct reach *reach_new(const struct model *m)
{
	struct reach *r = cm_alloc(sizeof *r);
	size_t edges = 0;
	for (size_t i = 0; i < m->nodes; i++)
		edges += model_op_args(m->node[i].op);
	r->m = m;
	r->head = cm_alloc((m->nodes + 1) * sizeof *r->head);
	r->user = cm_alloc((edges + 1) * sizeof *r->user);
	r->block = cm_alloc((m->nodes + 1) * sizeof *r->block);
	r->seen = cm_alloc((m->nodes + 1) * sizeof *r->seen);
	r->need = cm_alloc((m->nodes + 1) * sizeof *r->need);
	r->in = cm_alloc((m->nodes + 1) * sizeof *r->in);
	r->stack = cm_alloc((m->nodes + 1) * sizeof *r->stack);
	r->walk = cm_alloc((m->lines + 1) * sizeof *r->walk);
	find_blocks(r);
	turn_edges(r);
	return r;
}

void reach_free(struct reach *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->m->lines; i++)
		free(r->walk[i].step);
	free(r->walk);
	free(r->stack);
	free(r->need);
	free(r->in);
	free(r->last);
	free(r->seen);
	free(r->block);
	free(r->user);
	free(r->head);
	free(r);
}

static int upwards(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

/* Puts a node, or the recurrence it is in, on the stack, once. */
static void put(struct reach *r, uint32_t *seen, uint32_t mark, size_t *top, uint32_t node)
{
	const uint32_t first = r->block[node];
	if (seen[first] == mark)
		return;
	seen[first] = mark;
	r->stack[(*top)++] = first;
}

static uint32_t block_end(const struct reach *r, uint32_t first)
{
	uint32_t end = first + 1;
	while (end < r->m->nodes && r->block[end] == first)
		end++;
	return end;
}

static void make_walk(struct reach *r, uint32_t line, struct walk *w)
{
	const uint32_t input = r->m->line[line].node;
	size_t top = 0, cap = 0;
	r->mark++;
	put(r, r->seen, r->mark, &top, input);
	while (top) {
		const uint32_t v = r->stack[--top], end = block_end(r, v);
		if (v != input) {
			CM_PUSH(w->step, w->n, cap);
			w->step[w->n++] = v;
		}
		for (uint32_t i = v; i < end; i++)
			for (uint32_t u = r->head[i]; u < r->head[i + 1]; u++)
				put(r, r->seen, r->mark, &top, r->user[u]);
	}
	if (w->n)
		qsort(w->step, w->n, sizeof *w->step, upwards);
	w->done = true;
}

const uint32_t *reach_steps(struct reach *r, uint32_t line, size_t *n)
{
	struct walk *w = &r->walk[line];
	if (!w->done)
		make_walk(r, line, w);
	*n = w->n;
	return w->step;
}

/* Marks every step of the inputs, unless they are those of the last call. */
static void mark_inputs(struct reach *r, const uint32_t *input, size_t inputs)
{
	if (r->in_mark && r->lasts == inputs &&
	    (!inputs || memcmp(r->last, input, inputs * sizeof *input) == 0))
		return;
	r->in_mark++;
	r->last = cm_realloc(r->last, (inputs + 1) * sizeof *r->last);
	r->lasts = inputs;
	for (size_t i = 0; i < inputs; i++) {
		size_t n;
		const uint32_t *step = reach_steps(r, input[i], &n);
		r->last[i] = input[i];
		for (size_t j = 0; j < n; j++)
			r->in[step[j]] = r->in_mark;
	}
}

size_t reach_plan(struct reach *r, const uint32_t *input, size_t inputs, const uint32_t *line,
		  size_t lines, uint32_t **steps)
{
	const struct model *m = r->m;
	size_t n = 0, cap = 0, top = 0;
	uint32_t *out = NULL;
	mark_inputs(r, input, inputs);
	r->need_mark++;
	for (size_t i = 0; i < lines; i++)
		put(r, r->need, r->need_mark, &top, m->line[line[i]].node);
	while (top) {
		const uint32_t v = r->stack[--top], end = block_end(r, v);
		if (r->in[v] != r->in_mark)
			continue; /* what it needs does not depend on the inputs either */
		CM_PUSH(out, n, cap);
		out[n++] = v;
		for (uint32_t i = v; i < end; i++)
			for (unsigned a = 0; a < model_op_args(m->node[i].op); a++)
				put(r, r->need, r->need_mark, &top, m->node[i].arg[a]);
	}
	if (n)
		qsort(out, n, sizeof *out, upwards);
	*steps = out;
	return n;
}
