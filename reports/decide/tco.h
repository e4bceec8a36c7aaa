/* The decision while it is made: values of all options at one setting of the inputs, and who fills
 * which part of struct decision. */
#ifndef CM_DECIDE_TCO_H
#define CM_DECIDE_TCO_H

#include "decide/scenario.h"

struct option_view { /* where an option's answers stand in the model; MODEL_NONE: it has no such line */
	uint32_t npv, cost_per_unit, total, capex, opex_month, cash, work_month, discount_factor, use;
	uint32_t unmet;              /* months and needs that are not met, counted */
	uint32_t *need;
	size_t needs;
};

struct answers { double npv, cost_per_unit; bool feasible; };

struct swing { /* what one input does to the options that depend on it */
	uint32_t line;
	double at, lo, hi;
	bool own_range;
	size_t *option, options;     /* that depend on it, in the scenario's order */
	struct answers *low, *high;  /* [options] */
};

struct touch { size_t swing, at; }; /* a swing that moves an option, and its place there */

struct tco {
	struct scenario *s;
	struct decision *d;
	struct option_view *view;      /* [options], in the scenario's order */
	struct answers *base;
	struct eval *e;                /* for what-if; at the base between calls */
	uint32_t *use; size_t uses;    /* lines called `use` */
	struct swing *swing; size_t swings;
	struct touch **touch; size_t *touches; /* [options] */
	size_t *rank;                  /* options, cheapest first; excluded ones last */
	size_t ranked;                 /* of them neither excluded nor without NPV */
	double **curve;                /* [options][levels] NPV over utilisation; NaN: cannot */
	double *level; size_t levels;
	size_t *change_swing;          /* [d->nchanges] */
};

struct pool *tco_pool(struct tco *t);
double *tco_doubles(struct tco *t, size_t n);
bool tco_has_npv(const struct tco *t, size_t option);
const char *tco_label(const struct tco *t, size_t option);
struct figure tco_money(const struct tco *t, double v, enum cm_basis basis);
/* Text of money for a sentence: "1.92 million USD". */
const char *tco_money_text(struct tco *t, double v);
const char *tco_number(struct tco *t, double v); /* four digits, "114,300" */
/* A unit as it stands after a number: "" for a plain one. */
const char *tco_unit_text(const struct unit *u);
/* An input's label, with its option's where it is one option's own. */
const char *tco_input_text(struct tco *t, uint32_t line);

/* tco_probe.c */
struct answers tco_answer(const struct tco *t, const struct eval *e, size_t option);
/* The label of the first need that the option does not meet; NULL: it meets all. */
const char *tco_unmet(const struct tco *t, const struct eval *e, size_t option);
struct probe { struct tco *t; uint32_t *input; size_t inputs; double *before; uint32_t *steps;
	       size_t nsteps; };
void probe_begin(struct tco *t, struct probe *p, const uint32_t *input, size_t inputs,
		 const size_t *option, size_t options);
void probe_set(struct probe *p, double value); /* all its inputs to one value */
struct answers probe_get(const struct probe *p, size_t option);
void probe_end(struct probe *p);               /* the base again */

/* An input's value and ends, without what it does; for an input that is not varied too. */
struct swing swing_of(const struct tco *t, uint32_t line);
/* A range of the input in which it is worth looking, wider than its own. */
void swing_reach(const struct tco *t, const struct swing *s, double *down, double *up);
/* Rising values from `down` to `up`, those of `s` among them; returns how many. */
#define GRID_MOST 40
size_t swing_grid(const struct swing *s, double down, double up, double *x);

void tco_begin(struct tco *t);       /* views, base answers, ranking */
void tco_swings(struct tco *t);      /* every uncertain input at both ends */
void tco_curves(struct tco *t);
void tco_options(struct tco *t);     /* decision.options */
void tco_inputs(struct tco *t);      /* decision.inputs, items */
void tco_breaks(struct tco *t);      /* decision.breaks */
void tco_changes(struct tco *t);     /* decision.changes */
void tco_tornado(struct tco *t);     /* decision.tornado */
void tco_choices(struct tco *t);     /* decision.choices */
void tco_equivalents(struct tco *t); /* decision.equivalents */
struct cmj *tco_indifference(struct tco *t); /* decisions.indifference of the document */
enum cm_status tco_uncertainty(struct tco *t, struct cm_err *err); /* decision.uncertainty */
enum cm_status tco_verdict(struct tco *t, struct cm_err *err); /* sentence, stamp, expectations */
void tco_sheet(struct tco *t);       /* decision.sheets */
void tco_panel(struct tco *t);       /* decision.what_if */
void tco_end(struct tco *t);

#endif
