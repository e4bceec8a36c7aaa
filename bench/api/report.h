/*
 * What a report is made of: the data it is drawn from, the sections that say it, the formats that
 * write it, and the decider that turns a scenario into figures.
 *
 * A section (reports/section_NAME.c) reads struct report_data and emits blocks; a format
 * (reports/format_NAME.c) receives blocks in order and writes them. Neither knows the other.
 */
#ifndef CM_API_REPORT_H
#define CM_API_REPORT_H

#include <stdint.h>
#include <stdio.h>

#include "api/figure.h"
#include "api/kernel.h"
#include "api/price.h"
#include "api/published.h"
#include "api/status.h"
#include "base/json.h"
#include "base/str.h"

#define CM_REPORT_ABI 1

/* ---- measured rows ------------------------------------------------------------------------- */

/* One row of `costmark run` / `results`: a cell of the plan over all its launches. */
struct load_level {           /* SPECpower's way: the same work at a part of its rate */
	double load;          /* 1 … 0.1, and 0: active idle */
	double rate;          /* work per second that was reached */
	struct figure watts;  /* missing with a reason */
};

/* What stands beside the joules of a row. Zero where no meter was asked: units of figures are NULL. */
struct row_energy {
	struct figure net;            /* J per unit of work without what idle drew meanwhile */
	struct figure watts;          /* gross, mean over the windows */
	struct figure idle_before, idle_after; /* W, mean of the launches, with their spread */
	unsigned windows;             /* launches with joules */
	double half_share;            /* 95 % half width of their J per unit of work, of its mean */
	const char *stop;             /* whether that is enough: "5 windows, half width 1.2 % of the mean" */
	const char *limits;           /* power limits in force, beside the default; or why not known */
	const char *held;             /* for how much of the windows a limit held a device back */
	double held_share;            /* the largest such share; NaN = not known */
	const char *steady;           /* temperatures and power around the windows */
	bool not_steady;              /* in at least half of the windows */
	/* "interval", "launches", "budget", "user", "failed"; NULL = not known */
	const char *stopped_by;
	/* how warm launches began and ended, and what was waited; or why not known */
	const char *cooling;
	double start_c, end_c, waited_s; /* highest of both, and waited in all, of that; NaN = no sensor */
	const char *note;             /* what a reader of the joules must know: bands, meters left out; "" */
};

struct result_row {
	const char *kernel, *op;      /* op "" where there are none */
	const char *variant;          /* "portable" or "tuned" */
	const char *tuned_by;         /* "openblas 0.3.21", "" for portable */
	const char *type, *group;
	size_t size;
	const char *size_unit;
	const char *backend, *device, *tag, *run_id;
	unsigned launches, samples;
	struct figure rate;           /* headline: median of launch medians, interval between launches */
	bool higher_is_better;
	double time_ns;               /* of one iteration, median */
	double flops, bytes, work;    /* of one iteration, by formula */
	struct figure roofline_share; /* 0..1 of the measured roof; missing with a reason */
	const char *roof;             /* what the roof is: "triad 41.2 GB/s" */
	struct figure joules;         /* per unit of work; missing with a reason */
	const char *joules_scope;     /* "package", "device", … and the meter's name */
	bool verified, trusted;
	const char *status;           /* "ok", or absent/unsupported/driver/wrong … */
	const char *reason;           /* why not verified, not trusted or not measured; "" if all well */
	const char *stopped_by;       /* "interval" or "budget" */
	double ci_target;             /* relative half width asked for */
	const char *tunables;         /* "tile=16 vec=4", "" */
	enum cm_basis basis;
	const char *taken;            /* ISO time */
	const double *power_s, *power_w; /* power over time of one launch: mean watts up to each moment, s */
	size_t power_n;               /* 0: no meter saw it */
	const struct load_level *level; /* measured by `run --load-levels`, from full load down to idle */
	size_t levels;
	struct row_energy energy;
	/* FLOP by the processor's events, of `flops`; missing with the reason */
	struct figure flop_events;
};

/* One fact of a system: "CPU" = "AMD EPYC 9B14". Groups: hardware, firmware, software, limits. */
struct system_fact { const char *group, *name, *value; };

struct present_row { /* a backend, a meter, a tuned library: here, or why not */
	const char *kind, *name, *desc;
	bool present;
	const char *reason;
};

/* ---- the decision -------------------------------------------------------------------------- */

struct report_input { /* an input of the scenario or a model's default, resolved */
	const char *name, *label, *text; /* text: as written, "0.07..0.12 USD/kWh" */
	struct figure fig;
	const char *source;              /* why, where from; "" */
	const char *file;
	size_t line, col;
	const char *option;              /* the option it belongs to, "" = all */
	bool is_default;                 /* ours, not the scenario's */
	unsigned rank;                   /* in the sensitivity section, 1 = moves the answer most; 0 = none */
};

struct price_item { /* a line item of an option's priced configuration */
	const char *option, *sku, *description, *vendor;
	double quantity;
	struct figure unit_price, discount, extended;
	const char *currency, *per, *kind; /* kind: "once" or "recurring" */
	const char *source, *quoted_on, *valid_until, *file;
	size_t line;
};

struct cost_line { /* a named line of an option's model */
	const char *name, *label, *unit, *why;
	struct figure total;  /* over the horizon, undiscounted */
	struct figure pv;     /* present value; missing for lines that are not money */
	const double *by_year; /* [years], undiscounted; NULL for a scalar */
};

struct option_result {
	const char *name, *label, *kind; /* kind: own, colo, rent, api, local, pool */
	const char *device;              /* canonical, or "" */
	struct figure npv;               /* present value of all costs, positive = paid */
	struct figure cost_per_unit;     /* per unit of work */
	struct figure total;             /* undiscounted */
	struct figure capex, opex_month;
	const struct cost_line *lines;
	size_t nlines;
	const double *cash;              /* [months + 1], month 0 = purchase; costs positive */
	const double *use_level, *use_cost; /* curve: NPV over utilisation */
	size_t nuse;
	double use;                      /* the scenario's own utilisation, 0..1 */
	bool excluded;
	const char *excluded_why;
};

struct break_even {
	const char *a, *b;          /* options; a is cheaper above the value */
	const char *kind;           /* "utilisation", "month", "volume" */
	struct figure at;           /* missing with the reason where there is none */
	const char *sentence;
	bool jump;                  /* the costs pass each other in a jump there, as whole servers make it */
};

struct tornado_bar {
	const char *option, *input, *label;
	struct figure low, high;     /* of the input: its range, or ±10 % where it has none (said) */
	double npv_low, npv_high, npv_base;
	bool own_range;              /* false: ±10 % */
	double elasticity;           /* d ln NPV / d ln input at the base */
	const char *flip;            /* "the ranking changes if … passes …", "" */
};

/* A value of one input at which the cheapest option stops being the cheapest, or is it again. */
struct ranking_change {
	const char *option;          /* whose input it is; "" = of all */
	const char *input, *label;
	struct figure at, now;
	const char *then, *then_label; /* the option that costs least beyond it, seen from `now`; "": none */
	bool within;                 /* inside the input's own range */
	bool jump;
	const char *sentence;
};

/* An input of an option whose value the scenario leaves open: the one that costs least is taken. */
struct choice_result {
	const char *option, *input, *label;
	const char *least, *least_label; /* the line that was made least, such as npv */
	struct figure at, cost;      /* missing with the reason: no value meets the needs */
	const double *value, *cost_at; /* [n] tried, in units of `at`; NaN: a need is not met there */
	size_t n;
	double next_below, next_above; /* what the neighbouring values would cost more; NaN: none */
	bool edge;                   /* an end of the range is best: a wider range may be better */
	const char *sentence;
};

/* A fleet counted in units of one device. workload "": geometric mean over the workloads. device "":
 * the whole fleet. */
struct equivalent {
	const char *workload, *device, *label;
	double count;
	struct figure rate;          /* of one device at the workload; missing in means and totals */
	struct figure each;          /* one device, in units of the unit device */
	struct figure units;         /* all of them */
};

struct band { double p5, p50, p95, mean, mean_se, sd; };

struct uncertain_option {
	const char *option;
	double cheapest, cheapest_se; /* probability of being the cheapest, and its standard error */
	double regret, regret_se;     /* expected cost above the cheapest of each sample */
	size_t infeasible;            /* samples in which a need is not met */
	struct band npv, cost_per_unit;
};

struct sobol_index { /* shares of a variance: of the input alone, and with all its interactions */
	const char *option, *input, *label;
	double first, first_se, total, total_se;
};

struct uncertainty {
	size_t samples, lost;         /* lost: samples in which no option can do the work */
	size_t inputs;                /* that vary */
	uint64_t seed;
	const struct uncertain_option *options; size_t noptions; /* in the decision's order */
	const struct sobol_index *sobol;        size_t nsobol;   /* greatest total first */
	const char *sobol_of;         /* whose variance: a sentence's subject */
	double sobol_variance;
	size_t sobol_samples;
	const char *method, *sentence;
};

/* ---- live sheets of a workbook ---------------------------------------------------------------
 * The model as cells that a spreadsheet program computes again when an input is changed. Who makes
 * them knows the model, who writes them knows the file format, and neither the other. */

/*      symbol             the sheet's name, in formulas too: ASCII letters only */
#define SHEET_PAGES(X)                                                                             \
	X(SHEET_VERDICT,     "Verdict")                                                            \
	X(SHEET_OPTIONS,     "Options")                                                            \
	X(SHEET_ASSUMPTIONS, "Assumptions")                                                        \
	X(SHEET_MODEL,       "Model")

enum sheet_page {
#define X(sym, word) sym,
	SHEET_PAGES(X)
#undef X
	SHEET_PAGE_NR
};

enum sheet_kind {
	SHEET_TEXT,    /* plain, may come from outside: never read as a formula */
	SHEET_TITLE,   /* the same, of a page */
	SHEET_HEAD,    /* the same, of columns or of rows that follow */
	SHEET_NUMBER,
	SHEET_INPUT,   /* a number that the reader may change */
	SHEET_FORMULA, /* text is the formula without '=': made of our own words, ASCII */
};

struct sheet_cell {
	enum sheet_page page;
	unsigned row, col;     /* from 0 */
	enum sheet_kind kind;
	const char *text;      /* TEXT, TITLE, HEAD, FORMULA */
	double value;          /* NUMBER, INPUT; of a FORMULA as the model gives it, NaN: none */
	const char *shows;     /* FORMULA: its value where that is a text; else NULL */
	const char *name;      /* (optional) a name for the cell in the whole workbook: letters, digits
				  and _, no reference of a cell, at most 60 characters */
};

struct sheet_look { unsigned freeze_rows, freeze_cols, ncolumns; const unsigned char *width; };

typedef enum cm_status (*sheet_sink)(void *state, const struct sheet_cell *c, struct cm_err *err);

struct sheet_model {
	struct sheet_look look[SHEET_PAGE_NR]; /* width: of the first columns, in characters */
	/* Hands every cell over, page after page in their order, rows in order. */
	enum cm_status (*cells)(const struct sheet_model *s, sheet_sink sink, void *state,
				struct cm_err *err);
	const void *graph;     /* the maker's */
	const char *left_out;  /* a sentence where not all options are in it, else "" */
};

/* What a page needs to compute the answers again from changed inputs. */
struct what_if {
	/* Adds the panel's script (report_data.panel_script); nothing where the program holds no panel.js. */
	void (*script)(const struct what_if *w, struct str *out);
	const void *graph;     /* the maker's */
};

enum cm_stamp { CM_VALID, CM_ESTIMATE, CM_INVALID, CM_INCOMPLETE };

struct decision {
	const char *title, *question, *unit_of_work, *currency;
	unsigned months, years;
	const struct option_result *options;  size_t noptions;   /* cheapest NPV first */
	const struct report_input *inputs;    size_t ninputs;
	const struct price_item *items;       size_t nitems;
	const struct break_even *breaks;      size_t nbreaks;
	const struct tornado_bar *tornado;    size_t ntornado;
	const char *cheapest;        /* option's name, "" when refused */
	const char *sentence;        /* the verdict with its condition */
	enum cm_stamp stamp;
	const char *const *stamp_why; size_t nstamp_why; /* reasons for anything but VALID */
	struct cmj *more;            /* further members for `decisions{}` of the JSON document, or NULL */
	const struct ranking_change *changes; size_t nchanges;
	const struct choice_result *choices;  size_t nchoices;
	const struct equivalent *equivalents; size_t nequivalents;
	const char *equivalent_unit; /* the device that the fleet is counted in */
	const struct uncertainty *uncertainty; /* NULL: not sampled */
	const struct sheet_model *sheets; /* (optional) live sheets */
	const struct what_if *what_if; /* (optional) */
};

#define CM_SAMPLES_DEFAULT SIZE_MAX /* as many as the model's size allows in about a second */

/* Where a decider finds measured rows (the store stays behind it). */
struct result_source {
	const struct result_row *rows;
	size_t nrows;
	const struct published_row *published; /* what others measured, devices resolved */
	size_t npublished;
};

struct scenario;

/* reports/decide/decide_tco.c exports `const struct decider decide_tco`; bench/ sees only this. */
struct decider {
	int abi;
	const char *name;
	/* Reads and checks a scenario: every mistake is CM_EINPUT with file:line:column. */
	enum cm_status (*load)(const char *path, const char *data_dir, const struct catalogue *cat,
			       const struct result_source *results, struct scenario **out,
			       struct cm_err *err);
	enum cm_status (*decide)(struct scenario *s, const struct decision **out, struct cm_err *err);
	/* Text of one figure, down to price rows (file:line) and samples. figure: a line's name, or
	 * OPTION.LINE. CM_EINPUT with did-you-mean. */
	enum cm_status (*explain)(struct scenario *s, const char *figure, struct str *text,
				  struct cmj **json, struct cm_err *err);
	void (*free)(struct scenario *s);
	/* (optional) One figure at the inputs' values, with its unit; figure as for explain. CM_EINPUT with
	 * did-you-mean. */
	enum cm_status (*value)(struct scenario *s, const char *figure, struct figure *out,
				struct cm_err *err);
	/* (optional) Names of the options, in the scenario's order. */
	size_t (*options)(struct scenario *s, const char *const **name);
	/* (optional) Before decide(): how many samples are drawn (0 = none), and their seed. */
	void (*sampling)(struct scenario *s, size_t samples, uint64_t seed);
};

/* ---- the whole report ---------------------------------------------------------------------- */

struct hashed_file { const char *path, *sha256; };

struct report_run { /* a run of `costmark run` whose rows the report shows */
	const char *id, *tag, *begun, *ended, *state, *seed, *version, *command_line;
	bool elsewhere;       /* its machine is another one than the report's: facts are in their own group */
};

struct cap_price {
	const char *option, *money;      /* money: the currency */
	double per_joule, per_second;    /* of metered energy; of an hour of one server's work beside it */
	const char *said;                /* both as the scenario's lines have them */
};

struct report_data {
	const char *version, *command_line, *created, *seed_text;
	const struct decision *decision;
	const struct result_row *rows;   size_t nrows;
	const struct system_fact *facts; size_t nfacts;
	const char *topology;            /* hwloc drawing as text, "" */
	const struct present_row *present; size_t npresent;
	const struct hashed_file *files; size_t nfiles;
	const char *const *notes;        size_t nnotes; /* trust checks, exclusions */
	/* (optional) a script of its own for a page, run after the page's: it fills and shows the element
	 * #panel after the first section. Our text, never from outside: "</" may not be in it. */
	const char *panel_script;
	const struct report_run *runs;   size_t nruns;
	const char *data_dir;            /* files of the tables and models lie below it; NULL: not known */
	/* (optional) what a sweep of power caps is judged by, of each option with servers of its own */
	const struct cap_price *cap_prices; size_t ncap_prices;
};

/* ---- blocks -------------------------------------------------------------------------------- */

enum cell_kind { CELL_EMPTY, CELL_TEXT, CELL_FIGURE };

struct cell {
	enum cell_kind kind;
	const char *text;    /* CELL_TEXT */
	struct figure fig;   /* CELL_FIGURE: a writer shows value, interval and basis */
	bool exact;          /* print all digits of the value (counts, money of a price list) */
};

struct column {
	const char *title, *unit;
	char better;         /* 'h' higher, 'l' lower, 0 = neither */
	bool numeric;        /* right aligned */
};

struct table {
	const char *id, *title; /* id: stable, [a-z0-9-] */
	const struct column *columns;
	size_t ncolumns;
	const struct cell *cells; /* row by row */
	size_t nrows;
	bool fold;           /* long: may start folded */
};

enum chart_kind { CHART_BARS, CHART_STACK, CHART_LINES, CHART_TORNADO, CHART_SCATTER };

struct chart_series {
	const char *name;
	const double *x, *y;      /* x NULL: categories */
	const double *lo, *hi;    /* (optional) interval */
	const char *const *label; /* (optional) of each point */
	size_t n;
};

struct chart {
	const char *id, *title, *x_title, *y_title; /* bars, stacks and tornados lie: x is the value */
	enum chart_kind kind;
	bool log_x, log_y;
	const char *const *categories;
	size_t ncategories;
	const struct chart_series *series;
	size_t nseries;
	double base;              /* tornado: the base value */
	const char *mark_text;    /* (optional) a marked x, e.g. the break-even */
	double mark_x;
	const char *alt;          /* what a reader who cannot see it should know */
};

enum block_kind { BLOCK_SECTION, BLOCK_HEADING, BLOCK_TEXT, BLOCK_TABLE, BLOCK_CHART, BLOCK_FACTS,
		  BLOCK_NOTE };

struct fact { const char *name; struct cell value; };

struct block {
	enum block_kind kind;
	const char *id;           /* SECTION: the section's name; whoever runs the sections emits it */
	const char *text;         /* SECTION/HEADING: title. TEXT/NOTE: one paragraph, plain */
	const struct table *table;
	const struct chart *chart; /* its table is the block that follows */
	const struct fact *facts;
	size_t nfacts;
	enum cm_stamp stamp;      /* NOTE: VALID = plain, else a warning */
};

/* A section hands each block over; everything it points to lives until the call returns. */
typedef enum cm_status (*block_sink)(void *state, const struct block *b, struct cm_err *err);

struct section {
	int abi;
	const char *name, *title;
	int rank;                 /* order in the report, 10, 20, … */
	enum cm_status (*emit)(const struct report_data *d, block_sink sink, void *state,
			       struct cm_err *err);
};

struct format {
	int abi;
	const char *name, *suffix, *mime;
	enum cm_status (*begin)(FILE *out, const struct report_data *d, void **state,
				struct cm_err *err);
	enum cm_status (*block)(void *state, const struct block *b, struct cm_err *err);
	enum cm_status (*end)(void *state, struct cm_err *err); /* frees state, also after an error */
};

/* A file of reports/web/ as embedded into the program; NULL when there is none of that name. */
struct embedded_file { const char *name, *bytes; size_t size; };
const struct embedded_file *cm_embedded(const char *name);

const char *cm_stamp_word(enum cm_stamp s); /* "VALID", … */

/* The JSON members that `run`, `results`, `tco` and `report` share (DESIGN section 6). */
struct cmj *cm_figure_json(const struct figure *f);
struct cmj *cm_row_json(const struct result_row *r);
struct cmj *cm_decision_json(const struct decision *d);

#endif
