/* The graph while it is made: symbols, memo tables, nodes and the functions that make them. */
#ifndef CM_MODEL_GRAPH_H
#define CM_MODEL_GRAPH_H

#include "model/model.h"

/* A map from (a, b, k) to a pointer or a number; grows, never forgets. */
struct memo_slot { uintptr_t a, b; uint32_t k; bool used; union { const void *p; double d; uint32_t u; }; };
struct memo { struct memo_slot *slot; size_t n, cap; };
struct memo_slot *memo_at(struct memo *m, uintptr_t a, uintptr_t b, uint32_t k, bool *fresh);
const struct memo_slot *memo_find(const struct memo *m, uintptr_t a, uintptr_t b, uint32_t k);
void memo_free(struct memo *m);

struct later { uint32_t node, line; }; /* prev() whose line is made afterwards */

struct model {
	struct model_settings set;
	struct pool pool;
	struct model_scope *scope;   size_t scopes, scopes_cap;
	struct model_line *line;     size_t lines, lines_cap;
	struct model_node *node;     size_t nodes, nodes_cap;
	uint32_t *input;             size_t inputs, inputs_cap;
	struct later *later;         size_t laters, laters_cap;
	size_t values;
	struct { const char **name; size_t n, cap; uint32_t *slot; size_t slots; } sym;
	struct memo names;           /* (scope, symbol) to line */
	struct memo shared;          /* an input's definition to its line */
	struct memo units, products, factors;
	const struct model_func **func; size_t funcs, funcs_cap; /* written in the language */
	struct model_source shipped; /* those of func_written.c, once one is asked for */
	uint32_t path[512];          /* lines being made */
	unsigned depth, expr_depth;
	bool built;
};

uint32_t model_symbol(struct model *m, const char *name, bool make); /* MODEL_NONE: not known */

/* ---- making nodes; all of them fail with a sentence at a position ------------------------------ */

struct bound { /* names that stand for values: the parameters of a function that is written in the language */
	const struct model_func *f;
	const uint32_t *node;
	struct model_pos pos;   /* of the call: where sentences about a value point */
};

struct making {
	struct model *m;
	uint32_t line, scope;
	struct cm_err *err;
	const struct bound *bound; /* NULL outside such a function */
};

uint32_t node_new(struct making *k, enum model_op op, uint32_t a, uint32_t b, uint32_t c,
		  const struct unit *unit, struct model_pos pos);
uint32_t node_const(struct making *k, double v, const struct unit *unit, struct model_pos pos);
const struct unit *node_unit(const struct making *k, uint32_t n);
bool node_is_zero(const struct making *k, uint32_t n); /* a bare 0: of any unit */
/* n in units of `to`; MODEL_NONE when it is of another kind. */
uint32_t node_in(struct making *k, uint32_t n, const struct unit *to);
/* n as a plain number, or the sentence "WHAT must be a plain number, not USD". */
enum cm_status node_plain(struct making *k, uint32_t n, const char *what, struct model_pos pos,
			  uint32_t *out);
const struct unit *unit_product(struct model *m, enum model_op op, const struct unit *a,
				const struct unit *b);

/* An operator or function by name; did-you-mean for unknown ones. */
struct func {
	const char *name;
	unsigned min, max;  /* arguments */
	enum cm_status (*make)(struct making *k, const struct func *f, const struct expr *e,
			       const uint32_t *arg, uint32_t *out);
	enum model_op op;
	const char *verb;   /* in the sentence: "cannot add A to B" */
	bool special;       /* arguments are not made beforehand */
	const char *help;
};
enum cm_status func_find(const struct model *m, const struct expr *e, const struct func **out,
			 struct cm_err *err);
bool func_is_built_in(const char *name);

/* Functions that are written in the language: the scenario's own, else the shipped ones. NULL: none. */
void func_shipped(struct model *m); /* reads the shipped ones, once */
const struct model_func *func_written(const struct model *m, const char *name);
enum cm_status func_expand(struct making *k, const struct model_func *f, const struct expr *e,
			   uint32_t *out);
/* Names of all functions, for "did you mean"; returns how many there are, at most n are set. */
size_t func_names(const struct model *m, const char **name, size_t n);

enum cm_status make_expr(struct making *k, const struct expr *e, uint32_t *out);
/* The line that a name in an expression means, or the sentence with did-you-mean. */
enum cm_status make_find(struct making *k, const char *name, struct model_pos pos, uint32_t *line);
enum cm_status make_line(struct making *k, uint32_t line);
enum cm_status make_costs(struct making *k, struct model_pos pos, uint32_t *out);

/* An operator of single values; NaN in, NaN out. */
double eval_apply(enum model_op op, double a, double b, double c);

enum cm_status order_nodes(struct model *m, struct cm_err *err);

#endif
