/* Shared by metering.c (reads), metering_follow.c (from one reading to the next), metering_period.c (update
 * periods), metering_cut.c (what is summed, and why not), metering_sum.c (what it is worth),
 * metering_audit.c (what a reader must know) and metering_trace.c. Nobody else's. */
#ifndef CM_ENGINE_METERING_INNER_H
#define CM_ENGINE_METERING_INNER_H

#include "base/str.h"
#include "engine/metering.h"
#include "engine/metering_boot.h"

/* A counter that shows the same for longer than its update period is a fault, or slower than it says: its
 * reading is older than the read. What that may hide is charged to the figure. */
struct still {
	bool moved;              /* since the window's start */
	double t_before;         /* the reading before the present value's first … */
	double t_same, t_last;   /* … that, and its last */
	double came;             /* J by which the present value rose above the one before it */
	double head_s, head_j;   /* until the first change, where it came late: time and joules */
	double mid_s, mid_j;     /* of stand-stills within the window, from a reading before to one after */
	double longest_s;
	double t_mark, j_mark;   /* the largest mean power is sought between marks */
	double peak_w, most_w;   /* … and the same where a first reading was an update period old */
};

struct track { /* one channel, over one window */
	size_t source, index;    /* which open meter, which of its values */
	const struct meter *meter;
	const struct meter_channel *ch;
	double refresh_s;        /* measured or declared; 0 = on every read */
	bool refresh_measured;
	double value, before;    /* last reading, and the one before it */
	enum cm_status st;       /* of the last reading */
	const char *lost;        /* why the whole meter failed at it; "" */
	double t, half;          /* its time and half of how long it took, s */
	bool stamped;            /* the time is the source's own: it may lie before the window's ends */
	double span;             /* from the first to the last reading's time, s */

	double first, t_first, half_first;
	double off_first, off_last; /* from the first reading to the window's start, and at its end, s */
	struct driver_mark driver; /* at the window's start */
	double joules;           /* summed over the window */
	double gained;           /* by the last reading */
	double w_min, w_max;     /* of power samples */
	double gaps2, gap_max;   /* of power samples: squares of the times between two, the longest */
	struct still still;
	unsigned reads, wraps;
	char why[200];           /* "" or why the window is void for this channel */
	const char *role;        /* NULL: counted. Its text is gone after the next begin */
	size_t same_as;          /* mirror of that track; own index otherwise */
};

struct source { /* one open meter */
	const struct meter *meter;
	struct meter_ctx *ctx;   /* NULL where … */
	struct apart *apart;     /* … it lives in a process of its own */
	size_t first, n;         /* its tracks */
	char lost[160];          /* why its last reading failed as a whole; "" */
	struct meter_value *values;
};

struct trace; /* power over time, metering_trace.c */

struct twin {
	unsigned alike, unlike; /* increments of two channels, compared at each reading of a window */
	bool one;               /* calibration, or an earlier window, found that both show one counter */
};

struct metering {
	double edge_error;
	uint64_t (*now_ns)(void);
	struct source *source;
	size_t sources;
	struct track *track;
	size_t tracks;
	struct twin *twin;              /* [tracks * tracks], upper half used */
	struct metering_channel *channel;
	size_t channels;
	struct metering_part *part;
	struct metering_count *count;
	struct metering_gauge *gauge;
	struct pool kept, text;         /* for ever; of one window */
	bool running;
	double t_begin;
	const char *root;               /* of sysfs; NULL = this machine */
	struct boot_mark boot;          /* at the window's start */
	struct trace *trace;            /* made when first needed */
	enum { WORKS_UNTOLD, WORKS_ON_PROCESSORS, WORKS_ON_CARD } works;
	unsigned works_at[3];           /* PCI domain, bus, device */
	struct metering_given_up *hung;
	size_t hungs, hung_cap;
	double read_s;                  /* what reading all took last, but for waits at a window's ends */
};

/* Does it tell of joules? The others count events or tell of conditions. */
static inline bool metering_draws(const struct meter_channel *ch)
{
	return ch->kind == CM_ENERGY_COUNTER || ch->kind == CM_POWER_SAMPLE;
}

#define METERING_READ_SHARE 200.0 /* reading all is this many times rarer than what it takes: 0.5 % */

double metering_now_s(const struct metering *m);
/* One reading of every meter into its tracks. Those that wait for an answer come first at a window's begin,
 * last at its end, and do not wait between. */
enum reading { READ_BEGIN, READ_POLL, READ_END };
void metering_read_all(struct metering *m, enum reading when);
/* Largest plausible power of a channel, W. */
double metering_max_w(const struct meter_channel *ch);
/* A window begins: the present reading is its first. */
void metering_follow_from_here(struct track *t);
/* One more reading of the window: joules gained, wraps, voids, mirrors. */
void metering_follow(struct metering *m, enum reading when);
/* Two channels that always move by the same are one sensor shown twice: counts where `gained` of this reading
 * agree and differ. */
void metering_compare_twins(struct metering *m);
/* Is that enough to tell one counter from two that share a load? */
bool metering_one_counter(const struct twin *w);
/* No figure for this channel in this window; the first reason stands. */
void metering_void(struct track *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Sets every track's role; from the window's readings too when windowed. */
void metering_choose(struct metering *m, bool windowed);
/* Power over time: readings kept at a window's begin and at each further one, watts cut at its end. */
void trace_begin(struct metering *m);
void trace_add(struct metering *m);
void trace_cut(struct metering *m, struct metering_result *r);
void trace_free(struct trace *tr);
/* NULL, or why the channel is of a card that has no part in the work (metering_works.c). */
const char *metering_bystander(struct metering *m, const struct track *t);
bool metering_live(const struct track *t); /* in the sum, as far as is known */
bool metering_whole_machine(enum cm_scope s);
bool metering_is_machine(const struct meter_channel *ch);
/* Does `covers` of a whole name a part's, or its beginning? */
bool metering_names(const char *whole, const char *part);
bool metering_contains(const struct meter_channel *whole, const struct meter_channel *part);
/* Joules that the window's edges, and what was not seen within it, may hold. */
double metering_edge_j(const struct track *t, double window_s);
/* The part of it that stand-stills of the counter may hide; the largest mean power that was seen, W. */
double metering_still_j(const struct track *t);
double metering_peak_w(const struct track *t);
double metering_stood_s(const struct track *t); /* the longest stand-still, s */
/* Joins words with `sep`, each once; keeps a text for the window. */
void metering_join(struct str *s, const char *sep, const char *word);
const char *metering_keep(struct metering *m, struct str *s);
/* Writes r->note, after the sum. */
void metering_note(struct metering *m, struct metering_result *r);
/* Adds up the chosen tracks of a window that is over. */
void metering_sum(struct metering *m, double window_s, struct metering_result *out);

#endif
