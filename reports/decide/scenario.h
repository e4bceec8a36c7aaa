/*
 * A scenario in memory: what the buyer wrote, resolved against prices and results, and the model
 * built of it. Inside reports/decide only; bench/ sees struct decider.
 */
#ifndef CM_DECIDE_SCENARIO_H
#define CM_DECIDE_SCENARIO_H

#include "api/report.h"
#include "base/yaml.h"
#include "model/model.h"

enum metered_at { /* what a meter of watts or joules sees */
	METERED_NOT,   /* no energy, or its scope is not told */
	METERED_PARTS, /* parts of a server: packages, memory, cards */
	METERED_WHOLE, /* all of it: the node, or the wall */
};
struct input_spec { /* an input as it was resolved, beside its definition */
	struct model_def *def;
	const char *option;             /* "" = all */
	const struct offer_row *offer;  /* where it is a price */
	const struct result_row *row;   /* where it is measured */
	enum metered_at metered;
	const char *meter;              /* its scope and name, where metered is not METERED_NOT */
	const char *quantity;           /* line that says how many, for the list of priced items */
	struct figure discount;         /* of the list price */
};

struct option_spec {
	const char *name, *label, *kind, *device;
	size_t line, col;
	struct model_source *model;     /* of the kind, shared */
	struct model_source inputs, lines, checks;
	uint32_t scope;
	const char *none_fits;     /* no value of its choices meets the needs, and why; NULL */
};

struct choose_spec { /* an input whose value is searched for: the least of a line, needs met */
	size_t option;
	struct model_def *def;
	double from, to, step;     /* in the line's unit; step 0: any value between */
	const char *least;
	struct model_pos pos;
	uint32_t line, least_line; /* once built */
	double *value, *cost;      /* [n] tried with the option's other choices at their best; NaN: unmet */
	size_t n;
	double at;                 /* NaN: none fits */
};

struct expect_spec { /* a figure that the scenario says must come out */
	const char *figure, *text;      /* text: a name for `cheapest` */
	double value, within;
	const char *unit;
	struct model_pos pos;
};

struct kind_file { const char *name; struct model_source source; };

struct scenario {
	struct pool pool;
	struct str text;                /* the file */
	struct yaml *yaml;
	const char *path, *data_dir;
	const struct catalogue *cat;
	const struct result_source *results;
	const char *title, *question, *currency, *work, *work_text;
	unsigned months;
	const struct yaml_node *exchange;
	struct option_spec *option;     size_t options;
	struct kind_file *kind;         size_t kinds, kinds_cap;
	struct input_spec *spec;        size_t specs, specs_cap;
	struct expect_spec *expect;     size_t expects;
	struct choose_spec *choice;     size_t choices, choices_cap;
	const char **equal;             size_t equals; /* inputs asked for under `indifference:` */
	const struct yaml_node *equal_node;
	struct fleet *fleet;            /* `equivalents:`; NULL: none */
	size_t samples;                 /* CM_SAMPLES_DEFAULT: as many as fit */
	uint64_t seed;
	struct model_source inputs, lines, figures; /* for all options */
	struct model *model;
	struct eval *base;              /* every input at its value */
	struct decision *decision;      /* once decided; lives in the pool */
};

/* scenario_read.c */
struct scenario_world { /* where kinds, prices and results are found */
	const char *data_dir;
	const struct catalogue *cat;
	const struct result_source *results;
};
enum cm_status scenario_read(const char *path, const struct scenario_world *w,
			     struct scenario **out, struct cm_err *err);
enum cm_status scenario_parse(const char *text, size_t len, const char *name,
			      const struct scenario_world *w, struct scenario **out,
			      struct cm_err *err);
void scenario_free(struct scenario *s);
enum cm_status scenario_at(const struct scenario *s, const struct yaml_node *n,
			   struct cm_err *err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* scenario_input.c: one entry of an `inputs:` map, its value in the unit that `model` declares (NULL
 * where no shipped line has its name). */
enum cm_status scenario_input(struct scenario *s, const struct yaml_node *n,
			      const struct model_def *shipped, const char *option,
			      struct model_source *to, struct cm_err *err);

struct found;
struct spread scenario_spread(const struct found *f); /* its value with its interval */

/* scenario_wall.c: watts and joules go only into a line that counts at their scope. */
/* The level that a scope's text begins with: "package + dram, powercap", "wall, whole system". */
enum metered_at scenario_metered(const char *scope);
/* May the input or line of that name be watts metered there? CM_EINPUT with what to do where not. */
enum cm_status scenario_metered_for(const char *line, enum metered_at at, const char *meter,
				    struct model_pos pos, struct cm_err *err);
/* The same of lines that are such inputs and plain numbers alone, `power_load = 2 * result(…)`. */
enum cm_status scenario_metered_lines(const struct scenario *s, const struct model_source *src,
				      struct cm_err *err);

/* scenario_lookup.c: prices, results and device facts behind an input. */
struct found {
	double value, lo, hi;
	const struct spread *own;  /* where it is more than an interval; NULL */
	const char *unit;          /* as text, money in the scenario's currency */
	enum cm_basis basis;
	unsigned n;
	struct model_origin origin;
	const struct offer_row *offer;
	const struct result_row *row;
	enum metered_at metered;   /* and its scope and name, as in struct input_spec */
	const char *meter;
};
enum cm_status look_price(struct scenario *s, const struct yaml_node *n, struct found *out,
			  struct cm_err *err);
/* CM_ABSENT with the reason when the store has no such row. */
enum cm_status look_result(struct scenario *s, const struct yaml_node *n, const char *what,
			   struct found *out, struct cm_err *err);
enum cm_status look_device(struct scenario *s, const struct yaml_node *n, const char *field,
			   const struct yaml_node *field_at, struct found *out,
			   struct cm_err *err);

/* scenario_published.c: `published: {benchmark: …, device: …, …}`, the median of the rows that fit with
 * the lowest and the highest; of: rate, power. CM_ABSENT when the store has none. */
enum cm_status look_published(struct scenario *s, const struct yaml_node *n, const char *what,
			      struct found *out, struct cm_err *err);

/* scenario_read.c: may an input of that name be set for the option (NULL: for all)? *shipped is the
 * line that it sets, NULL for one that only the scenario's own lines use. */
enum cm_status scenario_settable(struct scenario *s, const struct option_spec *o,
				 const struct yaml_node *n, const struct model_def **shipped,
				 struct cm_err *err);

/* scenario_choose.c: `choose:` of an option, and the search once the model is built. */
enum cm_status scenario_choose_read(struct scenario *s, size_t option, const struct yaml_node *n,
				    struct cm_err *err);
enum cm_status scenario_choose(struct scenario *s, struct cm_err *err);

/* scenario_fleet.c: `equivalents:`, a fleet counted in units of one device; becomes inputs and lines. */
struct fleet_member { const char *name, *label; const char *count; };
struct fleet_work { const char *name; };
struct fleet {
	const char *unit;          /* a member's name */
	struct fleet_member *member; size_t members;
	struct fleet_work *work;     size_t works;
};
enum cm_status scenario_fleet(struct scenario *s, const struct yaml_node *n, struct cm_err *err);

/* scenario_table.c: a cell of a CSV file beside the scenario. */
enum cm_status look_table(struct scenario *s, const struct yaml_node *file,
			  const struct yaml_node *row, const struct yaml_node *column,
			  struct found *out, struct cm_err *err);

/* scenario_named.c: price(), result(), device() and table() within the expressions
 * of src become inputs of all options. */
enum cm_status scenario_named(struct scenario *s, struct model_source *src, struct cm_err *err);

/* scenario_build.c: the model of the whole scenario, evaluated. An option with needs gets a line of
 * this name that counts what is not met: one value, for samples. */
#define SCENARIO_UNMET "needs_unmet"
enum cm_status scenario_build(struct scenario *s, struct cm_err *err);
/* The name nearest to a figure's, LINE or OPTION.LINE, for "did you mean"; NULL: none is near. */
const char *scenario_near(const struct scenario *s, const char *figure, struct pool *pool);

#endif
