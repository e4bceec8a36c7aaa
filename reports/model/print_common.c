/* What the printers of formulas and scripts share. Knows no language. */
#include "model/print_common.h"

#include <stdio.h>
#include <stdlib.h>

static void need(const struct model_node *node, uint32_t root, struct print_uses *u, uint32_t *stack)
{
	size_t depth = 0;
	if (u->needed[root])
		return;
	u->needed[root] = true;
	stack[depth++] = root;
	while (depth) {
		const struct model_node *n = &node[stack[--depth]];
		for (unsigned i = 0; i < model_op_args((enum model_op)n->op); i++) {
			u->count[n->arg[i]]++;
			if (u->needed[n->arg[i]])
				continue;
			u->needed[n->arg[i]] = true;
			stack[depth++] = n->arg[i];
		}
	}
}

void print_uses_make(const struct model *m, const uint32_t *line, size_t lines,
		     struct print_uses *out)
{
	const struct model_node *node;
	const struct model_line *all;
	const size_t nodes = model_nodes(m, &node), known = model_lines(m, &all);
	out->needed = cm_alloc((nodes + 1) * sizeof *out->needed);
	out->count = cm_alloc((nodes + 1) * sizeof *out->count);
	uint32_t *stack = cm_alloc((nodes + 1) * sizeof *stack);
	for (size_t i = 0; i < (line ? lines : known); i++)
		need(node, all[line ? line[i] : i].node, out, stack);
	free(stack);
}

void print_uses_free(struct print_uses *u)
{
	free(u->needed);
	free(u->count);
	*u = (struct print_uses){ .needed = NULL };
}

void print_number(struct str *out, double v)
{
	char text[40];
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	str_add(out, text);
}
