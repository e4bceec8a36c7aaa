/*
 * The order of nodes: each after what it needs. Without recurrences the order of making is right.
 * A prev() that reaches back to a later node makes a loop: its strongly connected component (Tarjan
 * 1972) becomes one block of nodes that are evaluated together, month by month.
 */
#include <stdlib.h>

#include "model/graph.h"

static const char *const op_text[] = {
#define X(sym, text, nargs) [sym] = text,
	MODEL_OPS(X)
#undef X
};

static const unsigned char op_args[] = {
#define X(sym, text, nargs) [sym] = nargs,
	MODEL_OPS(X)
#undef X
};

const char *model_op_text(enum model_op op) { return op_text[op]; }
unsigned model_op_args(enum model_op op) { return op_args[op]; }

struct tarjan {
	const struct model *m;
	uint32_t *index, *low, *stack, *work, *order; /* order: new to old */
	uint8_t *on, *next;
	bool *loop;
	size_t stacked, depth, ordered;
	uint32_t count;
};

static int by_index(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

/* One component is complete: its nodes go to the order, oldest first. */
static void component(struct tarjan *t, uint32_t root)
{
	const size_t from = t->ordered;
	uint32_t v;
	do {
		v = t->stack[--t->stacked];
		t->on[v] = 0;
		t->order[t->ordered++] = v;
	} while (v != root);
	const bool self = t->m->node[root].op == OP_PREV && t->m->node[root].arg[0] == root;
	if (t->ordered - from > 1 || self) {
		qsort(&t->order[from], t->ordered - from, sizeof *t->order, by_index);
		for (size_t i = from; i < t->ordered; i++)
			t->loop[t->order[i]] = true;
	}
}

static void visit(struct tarjan *t, uint32_t root)
{
	t->work[t->depth++] = root;
	while (t->depth) {
		const uint32_t v = t->work[t->depth - 1];
		if (t->index[v] == 0) {
			t->index[v] = t->low[v] = ++t->count;
			t->stack[t->stacked++] = v;
			t->on[v] = 1;
		}
		const struct model_node *n = &t->m->node[v];
		if (t->next[v] < op_args[n->op]) {
			const uint32_t w = n->arg[t->next[v]++];
			if (t->index[w] == 0)
				t->work[t->depth++] = w;
			else if (t->on[w] && t->index[w] < t->low[v])
				t->low[v] = t->index[w];
			continue;
		}
		t->depth--;
		for (unsigned i = 0; i < op_args[n->op]; i++)
			if (t->on[n->arg[i]] && t->low[n->arg[i]] < t->low[v])
				t->low[v] = t->low[n->arg[i]];
		if (t->low[v] == t->index[v])
			component(t, v);
	}
}

static void renumber(struct model *m, const struct tarjan *t)
{
	struct model_node *node = cm_alloc(m->nodes * sizeof *node);
	uint32_t *to = cm_alloc(m->nodes * sizeof *to);
	for (size_t i = 0; i < m->nodes; i++)
		to[t->order[i]] = (uint32_t)i;
	for (size_t i = 0; i < m->nodes; i++) {
		node[i] = m->node[t->order[i]];
		node[i].loop = t->loop[t->order[i]];
		for (unsigned j = 0; j < op_args[node[i].op]; j++)
			node[i].arg[j] = to[node[i].arg[j]];
	}
	for (size_t i = 0; i < m->lines; i++)
		m->line[i].node = to[m->line[i].node];
	free(m->node);
	free(to);
	m->node = node;
	m->nodes_cap = m->nodes;
}

enum cm_status order_nodes(struct model *m, struct cm_err *err)
{
	bool back = false;
	for (size_t i = 0; i < m->nodes && !back; i++)
		back = m->node[i].op == OP_PREV && m->node[i].arg[0] >= i;
	if (!back)
		return CM_OK;
	const size_t n = m->nodes;
	uint32_t *words = cm_alloc(5 * n * sizeof *words);
	uint8_t *bytes = cm_alloc(2 * n);
	bool *loop = cm_alloc(n * sizeof *loop);
	struct tarjan t = { .m = m, .index = words, .low = words + n, .stack = words + 2 * n,
			    .work = words + 3 * n, .order = words + 4 * n, .on = bytes,
			    .next = bytes + n, .loop = loop };
	for (size_t i = 0; i < n; i++)
		if (t.index[i] == 0)
			visit(&t, (uint32_t)i);
	renumber(m, &t);
	free(words);
	free(bytes);
	free(loop);
	for (size_t i = 0; i < n; i++) {
		const struct model_node *x = &m->node[i];
		if (x->loop && (x->op == OP_SUM || x->op == OP_PICK || x->op == OP_IRR))
			return cm_fail_at(err, CM_EINPUT, x->pos.file, x->pos.line, x->pos.col,
					  "'%s' depends on itself through %s(), which needs all months "
					  "at once", m->line[x->line].def->name, op_text[x->op]);
	}
	return CM_OK;
}
