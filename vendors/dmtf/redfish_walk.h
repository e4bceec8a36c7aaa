/* What the files that read a controller's resources share. For vendors/dmtf/ only. */
#ifndef CM_VENDORS_REDFISH_WALK_H
#define CM_VENDORS_REDFISH_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/meter.h"
#include "redfish_tree.h"

#define REDFISH_PERIOD_S 60.0 /* update period that nobody states: up to a minute was seen */

struct point { /* where a channel's value stands */
	const char *path;     /* of its resource */
	const char *key;      /* "PowerControl/0/PowerConsumedWatts" */
	const char *sensor;   /* of the resource that says when and how; "" = none */
	double scale, stale_s;
	bool stated;          /* its period is stated by the sensor */
	const struct chassis *of;
	const char *supply;   /* id of the supply that it reads; NULL = none */
	bool off;             /* … which gives nothing */
	bool machine;         /* watts of the whole machine, which runs: 0 is none */
	struct redfish_ticks {
		double at, value; /* of the last reading; NaN = none yet */
		double gap[32];   /* between changes, s, the newest */
		size_t changes;
	} ticks;
};

struct doc {
	const char *path;
	struct cmj *json;
	enum cm_status st;
	double mid_s;    /* when it was taken, on this clock */
	uint64_t at_ns;  /* the same, 0 for a recording, which is of any time */
	char why[192];
};

struct chassis {
	const char *id, *path;
	enum { THE_MACHINE, A_PART, MORE } extent;
	const char *type, *covers, *why; /* covers of a part, why a chassis is MORE */
	const char *const *system;       /* paths of the computer systems in it */
	size_t systems;
	const struct chassis *in;        /* the one that contains it, as far as it is known */
	bool contains;                   /* other chassis */
};

struct from { /* a resource that came inside its collection */
	const char *url, *path;
	bool whole;  /* the collection came in one answer */
	bool again;  /* … and is asked for again in place of its members */
};

struct meter_ctx {
	struct redfish_tree *tree;
	struct point *point;
	struct meter_channel *channel;
	size_t n, cap;
	struct doc **doc;
	size_t docs, dcap;
	const char **want;    /* resources to be asked for at once */
	size_t wants, wcap;
	struct from *from;
	size_t froms, fcap;
	const char *expand;   /* query that gives a collection with its members; "" = not offered */
	struct chassis **chassis;
	size_t nchassis, ccap;
	const char **system;
	size_t systems, scap;
	uint64_t until_ns;    /* of the real clock: what is opened later is left out; 0 = no limit */
	size_t unread;
	double offset_s;      /* this clock minus the controller's: the smallest seen; NaN = none yet */
	uint64_t (*now_ns)(void);
	struct meter_value *last; /* of the last round */
	bool asking;              /* a round is on its way */
	uint64_t asked_ns;
	struct pool pool;
};

/* ---- resources of one round: redfish_docs.c ------------------------------------------------------ */

double redfish_now_s(const struct meter_ctx *c);
/* Paths are of one resource, with or without a slash at their end. */
bool redfish_same(const char *a, const char *b);
/* Each resource once in a round of reading. The path outlives the round. */
const struct doc *redfish_doc(struct meter_ctx *c, const char *path);
bool redfish_has(const struct meter_ctx *c, const char *path);
/* Resources that will be looked at: asked for side by side, by priority in their order. NULL is none. */
void redfish_want(struct meter_ctx *c, const char *path);
void redfish_fetch(struct meter_ctx *c);
void redfish_forget(struct meter_ctx *c);
const char *redfish_link(const struct cmj *o, const char *key);
/* Where a resource of another is: by its link, or by its usual name where the other is not recorded. */
const char *redfish_below(struct meter_ctx *c, const struct cmj *o, const char *path, const char *key);
const char *redfish_last_part(struct meter_ctx *c, const char *path);
const struct cmj *redfish_object_at(const struct cmj *o, const char *key);
/* A number, or the reading of an excerpt. */
const struct cmj *redfish_reading(const struct cmj *o, const char *key);
/* An excerpt that names its sensor and does not repeat its reading: the sensor in its place. */
void redfish_excerpt(struct meter_ctx *c, const struct doc **d, const char **key);
/* NULL and the value, or why there is none. */
const char *redfish_value(const struct cmj *v, double *out, enum cm_status *st);
bool redfish_is_there(const struct cmj *o);
/* ReadingTime, s since 1970; NaN where it is not stated, or is the beginning of a clock that nobody set. */
double redfish_taken_s(const struct doc *d);
/* … which a sensor states that was never read, where its reading is 0. */
bool redfish_never_read(const struct cmj *sensor);

/* ---- collections: redfish_members.c -------------------------------------------------------------- */

/* What to ask for to get a collection. */
const char *redfish_collection(struct meter_ctx *c, const char *path);
/* Paths of the members over all pages; those that came inside are resources at hand. Of a recording
 * without the collection's own document: what lies in its folder. */
size_t redfish_members(struct meter_ctx *c, const char *path, const char *const **out);
/* Before the first round: which collections are asked for in place of their members. */
void redfish_choose_again(struct meter_ctx *c);
const char *redfish_ask_for(const struct meter_ctx *c, const char *path);
/* Takes the members again out of the collections that were asked for. */
void redfish_unpack(struct meter_ctx *c);
/* The collection of a recording that holds this resource; false: none. */
bool redfish_unpack_one(struct meter_ctx *c, const char *path);
struct doc *redfish_new_doc(struct meter_ctx *c, const char *path);

/* ---- channels: redfish_channel.c ----------------------------------------------------------------- */

struct adding {
	const char *name, *key, *covers; /* covers NULL: not known, with why */
	enum cm_scope scope;
	double joules;        /* of one unit of a counter; 0 = watts … */
	double watts;         /* … of one unit; 0 = 1 */
	bool aside;
	const char *why;
	const char *supply;   /* as in point */
	bool off;
};

#define REDFISH_ZERO "the controller gives 0 W of a machine that runs: no reading"

/* The channel; another's that shows the same sensor, where there is one. */
struct meter_channel *redfish_add(struct meter_ctx *c, const struct doc *d, const struct chassis *h,
				  const struct adding *a);
void redfish_add_failed(struct meter_ctx *c, const struct doc *d);
void redfish_add_state(struct meter_ctx *c, const char *name, enum cm_status st, const char *why);
/* Has a supply of this chassis a reading of its input (wall) or output (node) already? The same supplies
 * stand in PowerSubsystem, in the deprecated Power and among the Sensors. */
bool redfish_shows_supplies(const struct meter_ctx *c, const struct chassis *h, enum cm_scope scope);
void redfish_refuse(struct meter_channel *ch, const char *why);
struct adding redfish_of_chassis(const struct chassis *h, struct pool *pool);
/* PhysicalContext of a part. false: what it feeds is not stated. */
bool redfish_of_context(const struct chassis *h, const char *context, const char *name, struct adding *a,
			struct pool *pool);
void redfish_note_limit(struct meter_channel *ch, double watts, double limit);

/* ---- kinds of resources -------------------------------------------------------------------------- */

/* PowerWatts, EnergyJoules, EnergykWh of EnvironmentMetrics, an outlet, a supply's Metrics: what a covers. */
void redfish_metrics(struct meter_ctx *c, const struct doc *d, const struct chassis *h, struct adding a,
		     const char *name);
void redfish_environment(struct meter_ctx *c, const struct doc *d, const struct chassis *h);
void redfish_supply(struct meter_ctx *c, const struct doc *d, const struct chassis *h, const char *id,
		    const char *prefix, const struct cmj *about);
void redfish_supply_metrics(struct meter_ctx *c, const struct doc *m, const struct chassis *h,
			    const char *id, const struct cmj *about);
void redfish_subsystem(struct meter_ctx *c, const struct cmj *o, const struct chassis *h);
void redfish_power(struct meter_ctx *c, const struct doc *d, const struct chassis *h);
void redfish_sensor(struct meter_ctx *c, const struct doc *d, const struct chassis *h);
void redfish_sensors(struct meter_ctx *c, const struct cmj *o, const struct chassis *h);
void redfish_want_sensors(struct meter_ctx *c, const struct cmj *o, const struct chassis *h);
/* Processors and memory of the systems: redfish_systems.c. */
void redfish_want_systems(struct meter_ctx *c);
void redfish_systems(struct meter_ctx *c);
/* An outlet, a circuit or a whole distribution unit, by its type. false: none of them. */
bool redfish_distribution(struct meter_ctx *c, const struct doc *d);

/* ---- the whole ----------------------------------------------------------------------------------- */

/* Which chassis there are, what they are and what is in what: redfish_chassis.c. */
void redfish_find_chassis(struct meter_ctx *c);
const struct chassis *redfish_chassis_of(const struct meter_ctx *c, const char *path);
size_t redfish_machines(const struct meter_ctx *c);
/* Paths of a list of links; NULL: none. */
size_t redfish_links(struct meter_ctx *c, const struct cmj *list, const char *const **out);

void redfish_walk(struct meter_ctx *c); /* redfish_walk.c */
/* What a sum of channels would get wrong: redfish_repeats.c. */
void redfish_drop_repeats(struct meter_ctx *c);

/* Update periods as they are seen: redfish_period.c. */
void redfish_ticks_begin(struct point *p);
void redfish_tick(struct point *p, struct meter_channel *ch, bool taken, double at, double value);

#endif
