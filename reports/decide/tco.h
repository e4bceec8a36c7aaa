/* The decision while it is made: values of all options at one setting of the inputs, and who fills
 * which part of struct decision. */
#ifndef CM_DECIDE_TCO_H
#define CM_DECIDE_TCO_H

#include "decide/scenario.h"

struct option_view { /* where an option's answers stand in the model; MODEL_NONE: it has no such line */
	uint32_t npv, cost_per_unit, total, capex, opex_month, cash, work_month, discount_factor, use;
	uint32_t *need;
	size_t needs;
};

struct answers { double npv, cost_per_unit; bool feasible; };

struct swing { /* what one input does to every option */
	uint32_t line;
	double at, lo, hi;
	bool own_range;
	struct answers *low, *high; /* [options] */
};

struct tco {
	struct scenario *s;
	struct decision *d;
	struct option_view *view;      /* [options], in the scenario's order */
	struct answers *base;
	struct eval *e;                /* for what-if; at the base between calls */
	uint32_t *use; size_t uses;    /* lines called `use` */
	struct swing *swing; size_t swings;
	size_t *rank;                  /* options, cheapest first; excluded ones last */
	size_t ranked;                 /* of them neither excluded nor without NPV */
	double **curve;                /* [options][levels] NPV over utilisation; NaN: cannot */
	double *level; size_t levels;
};

struct pool *tco_pool(struct tco *t);
double *tco_doubles(struct tco *t, size_t n);
void tco_answers(const struct tco *t, const struct eval *e, struct answers *out);
/* All options at a utilisation; the base again afterwards. */
void tco_at_use(struct tco *t, double use, struct answers *out);
bool tco_has_npv(const struct tco *t, size_t option);
const char *tco_label(const struct tco *t, size_t option);
struct figure tco_money(const struct tco *t, double v, enum cm_basis basis);
/* Text of money for a sentence: "1.92 million USD". */
const char *tco_money_text(struct tco *t, double v);

void tco_begin(struct tco *t);       /* views, base answers, ranking */
void tco_swings(struct tco *t);      /* every uncertain input at both ends */
void tco_curves(struct tco *t);
void tco_options(struct tco *t);     /* decision.options */
void tco_inputs(struct tco *t);      /* decision.inputs, items */
void tco_breaks(struct tco *t);      /* decision.breaks */
void tco_tornado(struct tco *t);     /* decision.tornado */
struct cmj *tco_indifference(struct tco *t); /* decisions.indifference of the document */
enum cm_status tco_verdict(struct tco *t, struct cm_err *err); /* sentence, stamp, expectations */
void tco_end(struct tco *t);

#endif
