/*
 * Metering: what a window of work drew, from every registered meter, with no watt counted twice.
 *
 * Channels are told apart only by scope, `covers`, kind and their readings; no meter is known by
 * name. Used inside the worker process: open before threads start (event counters are
 * inherited), begin and end around a window that is never inside a timed region, poll between
 * samples of a long one.
 */
#ifndef CM_ENGINE_METERING_H
#define CM_ENGINE_METERING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/backend.h"
#include "api/figure.h"
#include "api/meter.h"
#include "api/status.h"

struct metering;

/* A meter that is not opened again, for the reason that was learnt before. */
struct metering_given_up { const char *meter, *why; };

struct metering_options {
	const char *sysfs_root;            /* NULL = this machine */
	const char *redfish, *redfish_ca, *wall; /* as in meter_from; NULL = none asked for */
	const struct meter *const *meters; /* NULL-ended; NULL = every registered one */
	double edge_error;                 /* target, a share of the joules; 0 = 0.05 */
	uint64_t (*now_ns)(void);          /* NULL = the monotonic clock; tests bring their own */
	const char *dump;                  /* NULL, or a file of a vendor's tool, in place of meters */
	const struct metering_given_up *given_up;
	size_t given_ups;
};

/* What became of one channel in a window: in the sum, or why not. */
struct metering_part {
	const char *meter, *channel, *covers;
	enum cm_scope scope;
	struct figure joules;
	double first, last;     /* raw readings at the window's ends, in the channel's unit */
	unsigned wraps;         /* undone */
	bool counted;
	const char *role;       /* "counted", "inside socket 0", "mirror of package-0", … */
	/* What joules are computed again from: a counter's are last - first + wraps * wraps_at, by the
	 * window's length over (t_last_s - t_first_s) where the times are the source's own. */
	const char *unit;
	enum cm_channel_kind kind;
	double wraps_at;        /* 0 = does not wrap */
	double t_first_s, t_last_s; /* of the two readings, after the window's start; may lie outside it */
	bool stamped;           /* the times are the source's own */
	unsigned reads;
	double limit_w, usual_w; /* power limit in force and its default; 0 = not known */
	const char *driver_version; /* of the module that keeps the counter; "" */
};

struct metering_count {         /* an event counter over the window: "cycles" */
	const char *name;
	double value;
	const char *missing;    /* NULL, or why there is no value */
	const char *unit;       /* "s": time that a limit held a device back */
};

/* Texts live until the next metering_begin() or metering_close(). */
struct metering_result {
	double window_s;
	struct figure joules;   /* J of the chosen channels; lo, hi: edges, step and the source's error */
	struct figure watts;    /* their average over the window */
	double edge_j;          /* the part of hi - value that shrinks with a longer window */
	bool within_target;     /* edge_j <= edge_error * joules */
	const char *scope;      /* "package", "package + dram", "" when missing */
	const char *covers;     /* "socket 0, socket 1" */
	const char *meter;      /* "powercap" */
	const char *channels;   /* "package-0, package-1, dram" */
	const char *note;       /* what a reader of the figure must know: assumed errors, flags; "" */
	const struct metering_part *part;
	size_t parts;
	const struct metering_count *count;
	size_t counts;
	/* Power over time: mean watts from the point before (or the start) to at_s seconds after it. */
	const double *at_s, *at_w;
	size_t at_n;
	const char *boot_id;    /* of the machine in the window; "" = not readable */
};

/* Opens every meter that is here; one that is absent is no error, one that was named wrongly is CM_EINPUT,
 * and so is a dump that no meter can read. o NULL = the defaults. */
enum cm_status metering_open(const struct metering_options *o, struct metering **out,
			     struct cm_err *err);
void metering_close(struct metering *m);

/* Watches the energy counters until their update periods are known, for at most budget_s seconds;
 * without it the periods that the channels declare are used. */
void metering_calibrate(struct metering *m, double budget_s);

/* The i-th meter whose driver did not answer, when it was opened or read; false: no more. */
bool metering_hung(const struct metering *m, size_t i, struct metering_given_up *out);
/* Is a meter among what would be summed, rather than a model or nothing? */
bool metering_measures(const struct metering *m);
/* If not: what is here instead, or why nothing is. Until the next begin or close. */
const char *metering_lacks(struct metering *m);

/* Shortest window that meets the edge target with the channels at hand; 0 = any, or no meter. */
double metering_window_s(const struct metering *m);
/* Longest update period of the channels that are counted; 0 = none, or on every read. */
double metering_period_s(const struct metering *m);
/* Longest time between two reads that leaves no wrap in doubt (half a range at the largest power);
 * infinite when nothing wraps. Power samples want a poll once per update period, as far as reading all
 * meters costs below 0.5 % of the time between. */
double metering_poll_s(const struct metering *m);
/* How often a poll adds to the power over time and still costs below 0.5 % of the window. */
double metering_trace_s(const struct metering *m);

/* What the work of the following windows runs on: the processors, or the card at that PCI address ("" = not
 * told). Other cards' watts are then in no sum. Not asked: every card is counted. */
void metering_works_on(struct metering *m, enum cm_device_class cls, const char *location);

/* Conditions of devices (CM_GAUGE: temperatures), which tell whether a window was steady. Outside a window
 * the meters that have some are read anew, without waiting for an answer; within it and after, what the last
 * reading gave. */
struct metering_gauge { const char *name, *covers; double value; }; /* NaN: no reading */
size_t metering_gauges(struct metering *m, bool anew, const struct metering_gauge **out);

enum cm_status metering_begin(struct metering *m, struct cm_err *err);
enum cm_status metering_poll(struct metering *m, struct cm_err *err);
/* out->joules is missing, with the reason, where no honest figure can be given; that is CM_OK. */
enum cm_status metering_end(struct metering *m, struct metering_result *out, struct cm_err *err);

/* ---- every channel, for `costmark meters` and `costmark devices` --------------------------- */

struct metering_channel {
	const struct meter *meter;
	const struct meter_channel *channel; /* NULL: the meter itself is absent … */
	enum cm_status st;                   /* … with this state and reason */
	const char *reason;
	uint64_t refresh_ns;                 /* measured by metering_calibrate(), or declared */
	bool refresh_measured;
	double value;                        /* last reading; NaN: none */
	const char *flag;                    /* "same reading as package-0: …", "" */
};

size_t metering_channels(const struct metering *m, const struct metering_channel **out);
/* Reads all once, outside any window; values appear in metering_channels(). */
enum cm_status metering_read(struct metering *m, struct cm_err *err);

/* ---- arithmetic, pure ---------------------------------------------------------------------- */

enum metering_step { METERING_OK, METERING_WRAPPED, METERING_BACKWARD, METERING_JUMP, METERING_DOUBT };

/* Joules between two raw readings. max_j: the most that the interval can have held (largest power
 * times its length). A fall is one wrap only when what it implies is at most max_j, a rise above
 * max_j is a jump; where one more range would fit below max_j too, the number of wraps is in doubt.
 * *joules is set for OK and WRAPPED only. */
enum metering_step metering_delta(double before, double after, double wraps_at, double max_j,
				  double *joules);

#endif
