/*
 * Devices at equal terms: what `costmark vendors` compares and what comes of it.
 *
 * A scenario names a family (suite, round, benchmark, scenario, division, …) and devices. Two figures are
 * compared only where every field of the family agrees; else the pair says which does not. What is
 * published keeps all its rows: their spread is the interval.
 */
#ifndef CM_ENGINE_CONTEST_H
#define CM_ENGINE_CONTEST_H

#include "api/price.h"
#include "api/published.h"
#include "api/report.h"
#include "base/yaml.h"

/* Fields that make a family, in the order of asking. X(member of struct published_row, key in the file) */
#define CM_FAMILY(X)                                                                               \
	X(suite, "suite") X(round, "round") X(benchmark, "benchmark") X(scenario, "scenario")      \
	X(division, "division") X(category, "category") X(availability, "availability")            \
	X(target, "accuracy") X(precision, "precision") X(load, "load") X(metric, "metric")        \
	X(accelerators, "accelerators") X(unit, "unit")

enum { CONTEST_FIELDS = 0
#define X(member, key) + 1
	CM_FAMILY(X)
#undef X
};
extern const char *const contest_field[CONTEST_FIELDS];
const char *contest_value(const struct published_row *r, size_t field);

struct contender {
	const char *name, *label;
	const struct device_row *device;
	const char *as;                    /* the source's own name of it, or "" */
	const char *want[CONTEST_FIELDS];  /* its own terms; "" = the family's */
	const struct offer_row *offer;     /* NULL: no price was named */
	const struct result_row *measured; /* NULL: none was named, or the store has none */
	const char *measured_why;
	const struct published_row **row;  /* one an observation */
	double *each;                      /* by row: a rate of one device; a time of the whole system */
	size_t rows, rows_cap, twins;      /* twins: rows left out, being another row's run */
	/* Of one device: */
	struct figure rate, power, joules, price_hour, cost, memory, tdp;
	bool front;                        /* no other is better in one and as good in the rest */
	const char *power_note;
};

struct contest_pair {
	const struct contender *a, *b;
	const char *reason;                /* NULL: comparable */
	struct figure ratio;               /* a over b: devices of b that one of a is worth */
	double faster;                     /* share of row pairs in which a is the faster */
	bool settled;                      /* the rows do not overlap */
	struct figure pays_up_to;          /* price of a device-hour of a at which both cost the same */
	const char *same;                  /* by submitters that show both: "ASUSTeK 0.929, …"; "" */
};

struct contest {
	struct pool pool;
	const char *path, *title, *question;
	const char *family[CONTEST_FIELDS];
	bool may_differ[CONTEST_FIELDS];
	/* Less is better: latencies, times to train. They are of whole systems, never divided. */
	bool lower;
	const char *metric;                /* which: "time to train" */
	double seconds;                    /* in one of their unit; NaN: it is no time */
	bool whole_run;                    /* the system does nothing else meanwhile: a run has a cost */
	const char *work_text, *currency;
	double work;                       /* rate units' seconds in one unit of work at rate 1 */
	const char *work_unit;
	double use, life_h;
	bool tdp_as_power;                 /* the user asked for it: then modelled */
	struct contender *c;               size_t n, cap;
	const struct contender *base;
	struct contest_pair *pair;         size_t npairs, pairs_cap;
	const char **missing;              size_t nmissing, missing_cap;
	const char **note;                 size_t nnotes, notes_cap;
	const char **footnote;             size_t nfootnotes, footnotes_cap;
};

/* contest_read.c: the file, against tables and the store's rows (borrowed until contest_free). */
enum cm_status contest_read(const struct yaml *y, const char *path, const struct catalogue *cat,
			    const struct published_list *published, const struct result_source *measured,
			    struct contest *out, struct cm_err *err);
/* contest.c */
enum cm_status contest_decide(struct contest *c, struct cm_err *err);
void contest_free(struct contest *c);
void contest_say(struct contest *c, const char ***list, size_t *n, size_t *cap, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

#endif
