/*
 * The cost model as data: its language, the graph it becomes, and its evaluation.
 *
 * A model file holds named lines:
 *	[cost|fixed|need] name = expression : unit  "label"  # why, source
 *	name(a, b) = expression  # a function of one's own
 * Definitions (struct model_def) are parsed once and shared. A model (struct model) instantiates them
 * in scopes, one for each option of a scenario and one, scope 0, for what all options share, into ONE
 * graph of pure, unit-checked nodes. Evaluation, sampling, derivatives, spreadsheet formulas and
 * script text are printers of that graph. This folder knows no scenario, no price list and no store.
 */
#ifndef CM_MODEL_MODEL_H
#define CM_MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/figure.h"
#include "api/status.h"
#include "base/str.h"
#include "base/units.h"

struct model_pos { const char *file; size_t line, col; };

/* ---- an input's value: a number, a range or a distribution ---------------------------------- */

enum spread_kind { SPREAD_POINT, SPREAD_RANGE, SPREAD_NORMAL, SPREAD_TRIANGULAR, SPREAD_LOGNORMAL };

/* POINT a; RANGE a..b, uniform; NORMAL mean a, sd b; TRIANGULAR least a, likeliest b, most c;
 * LOGNORMAL mean a and sd b of the quantity itself (not of its logarithm). */
struct spread { enum spread_kind kind; double a, b, c; };

/* "0.09 USD/kWh", "0.07..0.12 USD/kWh", "normal(0.09, 0.01) USD/kWh". *unit points at the rest. `at`
 * is where text begins; its column counts from 0 here. */
enum cm_status spread_parse(const char *text, struct model_pos at, struct spread *out,
			    const char **unit, struct cm_err *err);
/* The value a single evaluation uses, and the ends that sensitivity and intervals use: the ends of
 * a range, else the central 95 %. */
void spread_ends(const struct spread *s, double *value, double *lo, double *hi);
struct spread spread_scale(struct spread s, double factor);

/* ---- definitions ----------------------------------------------------------------------------- */

enum model_role {
	ROLE_PLAIN,
	ROLE_COST,  /* a monthly series of money that counts in the option's total */
	ROLE_FIXED, /* a convention or a count: not varied unless the scenario gives a range */
	ROLE_NEED,  /* must not be 0 in any month, else the option is excluded, its label says why */
};

enum expr_kind { EXPR_NUMBER, EXPR_NAME, EXPR_TEXT, EXPR_CALL };

struct expr {
	enum expr_kind kind;
	double number;          /* EXPR_NUMBER */
	const char *unit;       /* EXPR_NUMBER: text in [ ], or NULL */
	const char *name;       /* NAME, TEXT; CALL: function, or an operator such as "+" */
	struct expr *const *arg;
	size_t args;
	struct model_pos pos;
};

struct model_origin { /* where an input's value was looked up, for explain and the stamp */
	const char *kind;       /* "price", "result", "device" */
	const char *text;       /* a line to print, with file:line or launches and samples */
	bool doubtful;          /* the row is not trusted, assumed or no longer valid */
	const char *why;        /* why doubtful */
};

struct model_def {
	const char *name, *label, *why, *unit, *text; /* text: the right-hand side as written */
	enum model_role role;
	const struct expr *expr;  /* NULL: an input */
	bool required;            /* an input without a default */
	struct spread spread;     /* an input's value, in units of `unit` */
	struct model_pos pos, unit_pos;
	bool ours;                /* a default of a shipped model */
	enum cm_basis basis;
	unsigned n;               /* launches behind a measured value */
	const struct model_origin *origin;
};

/* A function written in the language, NAME(A, B) = EXPRESSION: its units follow from its values. */
struct model_func {
	const char *name, *text, *why; /* text: the right-hand side as written */
	const char *param[16];
	size_t params;
	const struct expr *body;
	struct model_pos pos;
	bool shipped;
};

struct model_source { /* the definitions of one file or text, in order */
	struct pool pool;
	struct model_def **def;
	size_t defs, cap;
	struct model_func **func;
	size_t funcs, funcs_cap;
};

/* Reads FILE.model and what it includes. `ours` marks defaults. */
enum cm_status model_read(const char *path, bool ours, struct model_source *out,
			  struct cm_err *err);
/* Parses text that stands in another file: its first line is at line, each line col columns in. */
enum cm_status model_parse(const char *text, size_t len, struct model_pos at, bool ours,
			   struct model_source *out, struct cm_err *err);
void model_source_free(struct model_source *s);
struct model_def *model_source_find(const struct model_source *s, const char *name);
bool expr_mentions(const struct expr *e, const char *name);

/* ---- the graph --------------------------------------------------------------------------------- */

/*      symbol   text    children */
#define MODEL_OPS(X)                                                                               \
	X(OP_CONST, "const", 0)                                                                    \
	X(OP_INPUT, "input", 0)                                                                    \
	X(OP_MONTH, "month", 0)                                                                    \
	X(OP_ADD, "+", 2)                                                                          \
	X(OP_SUB, "-", 2)                                                                          \
	X(OP_MUL, "*", 2)                                                                          \
	X(OP_DIV, "/", 2)                                                                          \
	X(OP_POW, "^", 2)                                                                          \
	X(OP_NEG, "neg", 1)                                                                        \
	X(OP_LT, "<", 2)                                                                           \
	X(OP_LE, "<=", 2)                                                                          \
	X(OP_EQ, "==", 2)                                                                          \
	X(OP_NE, "!=", 2)                                                                          \
	X(OP_AND, "and", 2)                                                                        \
	X(OP_OR, "or", 2)                                                                          \
	X(OP_NOT, "not", 1)                                                                        \
	X(OP_MIN, "min", 2)                                                                        \
	X(OP_MAX, "max", 2)                                                                        \
	X(OP_IF, "if", 3)                                                                          \
	X(OP_ABS, "abs", 1)                                                                        \
	X(OP_EXP, "exp", 1)                                                                        \
	X(OP_LOG, "log", 1)                                                                        \
	X(OP_SQRT, "sqrt", 1)                                                                      \
	X(OP_FLOOR, "floor", 1)                                                                    \
	X(OP_CEIL, "ceil", 1)                                                                      \
	X(OP_SUM, "sum", 1)                                                                        \
	X(OP_CUM, "cumulative", 1)                                                                 \
	X(OP_PICK, "value", 2)                                                                     \
	X(OP_PREV, "prev", 2)                                                                      \
	X(OP_IRR, "irr", 1)                                                                        \
	X(OP_MACRS, "macrs", 2)                                                                    \
	X(OP_ERLANG_C, "erlang_c", 2)                                                              \
	X(OP_ERLANG_N, "erlang_servers", 3)

enum model_op {
#define X(sym, text, nargs) sym,
	MODEL_OPS(X)
#undef X
	MODEL_OP_NR
};

const char *model_op_text(enum model_op op);
unsigned model_op_args(enum model_op op);

#define MODEL_NONE UINT32_MAX

struct model_node {
	uint8_t op;
	bool series;            /* a value for each of the months 0 … N, else one */
	bool loop;              /* part of a recurrence: evaluated month by month with its block */
	uint32_t arg[3];        /* all smaller than the node's own index, but for prev() in a loop */
	uint32_t line;          /* the line it was written in */
	double number;          /* OP_CONST */
	size_t at;              /* its first value in the evaluation's array */
	const struct unit *unit;
	struct model_pos pos;
};

struct model_line {
	const struct model_def *def;
	uint32_t scope;         /* 0 for an input that several options share */
	uint32_t node;
	const struct unit *unit;
	bool series;
	enum cm_basis basis;    /* the weakest of all that it rests on */
	uint8_t state;          /* while building */
};

struct model_scope {
	const char *name;       /* "" for scope 0 */
	uint32_t *line;         /* its own lines, in order */
	size_t lines, cap;
};

struct model; /* one graph */

struct model_settings {
	unsigned months;          /* the horizon: months 1 … months, month 0 is the day of purchase */
	const char *currency;     /* stands for `money` in units */
	const char *work;         /* stands for `work` in units; NULL where the scenario has none */
};

struct model *model_new(const struct model_settings *settings);
void model_free(struct model *m);
/* A new scope; 0 is there from the start. The name must be an identifier. */
uint32_t model_scope_add(struct model *m, const char *name);
/* The scope of that name, of len bytes. MODEL_NONE: none. */
uint32_t model_scope_find(const struct model *m, const char *name, size_t len);
/* Adds a definition to a scope. A second one of the same name is ignored: add what replaces first.
 * An input's definition that several scopes add is one line: they share it. */
void model_add(struct model *m, uint32_t scope, const struct model_def *def);
/* Adds a function that every line of the model may call. Of two with one name the first counts. */
void model_add_func(struct model *m, const struct model_func *f);
/* A unit as models write it: `money` and `work` stand for the settings' currency and unit of work. */
const struct unit *model_unit(struct model *m, const char *text, struct cm_err *err);
/* Instantiates every line, checks units, finds cycles, orders recurrences. */
enum cm_status model_build(struct model *m, struct cm_err *err);
/* After model_build(): the value that an input has from now on (one that was searched for). Its
 * definition's spread is the caller's to set. */
void model_input_set(struct model *m, uint32_t line, double value);

/* After model_build(). */
unsigned model_months(const struct model *m);
size_t model_lines(const struct model *m, const struct model_line **out);
size_t model_scopes(const struct model *m, const struct model_scope **out);
size_t model_nodes(const struct model *m, const struct model_node **out);
size_t model_values(const struct model *m);       /* doubles of one evaluation */
/* The line that `name` means in a scope: its own, else one of scope 0. MODEL_NONE: none. Before
 * model_build() too. */
uint32_t model_find(const struct model *m, uint32_t scope, const char *name);
/* Names that can be used in a scope, for "did you mean"; the array is the caller's. */
size_t model_names(const struct model *m, uint32_t scope, const char ***out);
/* Lines that hold an input, in order. */
size_t model_inputs(const struct model *m, const uint32_t **out);

/* ---- evaluation -------------------------------------------------------------------------------- */

struct eval {
	const struct model *model;
	double *v;
	struct reach *reach;     /* what depends on which input, once eval_change() was asked */
};

struct eval *eval_new(const struct model *m);  /* every input at its value; nothing computed yet */
struct eval *eval_dup(const struct eval *from);
void eval_free(struct eval *e);
void eval_input(struct eval *e, uint32_t line, double value);
void eval_all(struct eval *e);
/* Sets one input and recomputes what depends on it. */
void eval_change(struct eval *e, uint32_t line, double value);
/* Parts of eval_change(), for many changes in a row: recompute only these steps (model/reach.h). */
struct reach *eval_reach(struct eval *e);
void eval_steps(struct eval *e, const uint32_t *steps, size_t n);
double eval_value(const struct eval *e, uint32_t line, unsigned month); /* scalar: any month */
/* CM_EINPUT naming the line, its month and why, where a line has no finite value. */
enum cm_status eval_check(const struct eval *e, struct cm_err *err);

/* ---- derivation text --------------------------------------------------------------------------- */

/* The tree behind a line, down to inputs with their sources. */
void model_explain(const struct eval *e, uint32_t line, struct str *out);

#endif
