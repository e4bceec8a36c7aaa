/* What the files that read a controller's resources share. For vendors/dmtf/ only. */
#ifndef CM_VENDORS_REDFISH_WALK_H
#define CM_VENDORS_REDFISH_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/meter.h"
#include "redfish_tree.h"

struct point { /* where a channel's value stands */
	const char *path;     /* of its resource */
	const char *key;      /* "PowerControl/0/PowerConsumedWatts" */
	const char *sensor;   /* of the resource that says when and how; "" = none */
	double scale, stale_s;
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
	const char *type;
};

struct meter_ctx {
	struct redfish_tree *tree;
	struct point *point;
	struct meter_channel *channel;
	size_t n, cap;
	struct doc **doc;
	size_t docs, dcap;
	double offset_s;      /* this clock minus the controller's: the smallest seen; NaN = none yet */
	uint64_t (*now_ns)(void);
	struct meter_value *last; /* of the last round */
	bool asking;              /* a round is on its way */
	uint64_t asked_ns;
	struct pool pool;
};

/* ---- resources of one round: redfish_docs.c ------------------------------------------------------ */

double redfish_now_s(const struct meter_ctx *c);
/* Each resource once in a round of reading. The path outlives the round. */
const struct doc *redfish_doc(struct meter_ctx *c, const char *path);
bool redfish_has(const struct meter_ctx *c, const char *path);
void redfish_forget(struct meter_ctx *c);
const char *redfish_link(const struct cmj *o, const char *key);
/* Where a resource of a chassis is: by its link, or by its usual name where the chassis is not recorded. */
const char *redfish_below(struct meter_ctx *c, const struct cmj *o, const char *path, const char *key);
const char *redfish_last_part(const char *path);
const struct cmj *redfish_object_at(const struct cmj *o, const char *key);
/* A number, or the reading of an excerpt. */
const struct cmj *redfish_reading(const struct cmj *o, const char *key);
/* NULL and the value, or why there is none. */
const char *redfish_value(const struct cmj *v, double *out, enum cm_status *st);
bool redfish_is_there(const struct cmj *o);

/* ---- channels: redfish_channel.c ----------------------------------------------------------------- */

struct adding {
	const char *name, *key, *covers; /* covers NULL: not known, with why */
	enum cm_scope scope;
	double joules;        /* of one unit of a counter; 0 = watts */
	bool aside;
	const char *why;
};

struct meter_channel *redfish_add(struct meter_ctx *c, const struct doc *d, const struct chassis *h,
				  const struct adding *a);
void redfish_add_failed(struct meter_ctx *c, const struct doc *d);
struct adding redfish_of_chassis(const struct chassis *h, struct pool *pool);
/* PhysicalContext of a part. false: what it feeds is not stated. */
bool redfish_of_context(const char *context, const char *name, struct adding *a, struct pool *pool);
void redfish_note_limit(struct meter_channel *ch, double watts, double limit);

/* ---- kinds of resources -------------------------------------------------------------------------- */

void redfish_environment(struct meter_ctx *c, const struct doc *d, const struct chassis *h);
void redfish_supply(struct meter_ctx *c, const struct doc *d, const struct chassis *h, const char *id,
		    const char *prefix, const char *in_key, const char *out_key, double capacity);
void redfish_supply_metrics(struct meter_ctx *c, const struct doc *m, const struct chassis *h,
			    const char *id, double capacity);
void redfish_subsystem(struct meter_ctx *c, const struct cmj *o, const struct chassis *h);
void redfish_power(struct meter_ctx *c, const struct doc *d, const struct chassis *h);
void redfish_sensor(struct meter_ctx *c, const struct doc *d, const struct chassis *h);
void redfish_sensors(struct meter_ctx *c, const struct cmj *o, const struct chassis *h);

/* ---- the whole ----------------------------------------------------------------------------------- */

void redfish_walk(struct meter_ctx *c);         /* redfish_walk.c */
void redfish_drop_repeats(struct meter_ctx *c); /* redfish_repeats.c */

#endif
