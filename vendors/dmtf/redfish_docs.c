/*
 * The resources of one round of reading, each asked for once, and where in them a value stands.
 *
 * Must not know what a reading means.
 */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redfish_walk.h"

double redfish_now_s(const struct meter_ctx *c)
{
	return (double)c->now_ns() * 1e-9;
}

bool redfish_has(const struct meter_ctx *c, const char *path)
{
	for (size_t i = 0; i < c->docs; i++)
		if (!strcmp(c->doc[i]->path, path))
			return true;
	return false;
}

/* Each resource once in a round of reading. The path outlives the round. */
const struct doc *redfish_doc(struct meter_ctx *c, const char *path)
{
	struct cm_err err = { 0 };
	struct doc *d;
	double t0;

	for (size_t i = 0; i < c->docs; i++)
		if (!strcmp(c->doc[i]->path, path))
			return c->doc[i];
	CM_PUSH(c->doc, c->docs, c->dcap);
	d = c->doc[c->docs++] = cm_alloc(sizeof *d);
	d->path = path;
	t0 = redfish_now_s(c);
	d->st = redfish_get(c->tree, path, &d->json, &d->at_ns, &err);
	d->mid_s = d->at_ns ? (double)d->at_ns * 1e-9 : (t0 + redfish_now_s(c)) / 2;
	if (d->st)
		snprintf(d->why, sizeof d->why, "%.190s", err.why);
	return d;
}

void redfish_forget(struct meter_ctx *c)
{
	for (size_t i = 0; i < c->docs; i++) {
		cmj_free(c->doc[i]->json);
		free(c->doc[i]);
	}
	c->docs = 0;
}

const char *redfish_link(const struct cmj *o, const char *key)
{
	return cmj_text(cmj_get(cmj_get(o, key), "@odata.id"), NULL);
}

/* Where a resource of a chassis is: by its link, or by its usual name where the chassis is not recorded. */
const char *redfish_below(struct meter_ctx *c, const struct cmj *o, const char *path, const char *key)
{
	const char *link = redfish_link(o, key);

	if (link)
		return pool_dup(&c->pool, link);
	return o ? NULL : pool_printf(&c->pool, "%s/%s", path, key);
}

const struct cmj *redfish_object_at(const struct cmj *o, const char *key)
{
	char part[64];

	while (o && *key) {
		const size_t n = strcspn(key, "/");

		snprintf(part, sizeof part, "%.*s", (int)n, key);
		o = isdigit((unsigned char)part[0]) ? cmj_at(o, strtoul(part, NULL, 10)) : cmj_get(o, part);
		key += n + (key[n] == '/');
	}
	return o;
}

/* A number, or the reading of an excerpt. */
const struct cmj *redfish_reading(const struct cmj *o, const char *key)
{
	const struct cmj *at = redfish_object_at(o, key);

	return cmj_is_object(at) ? cmj_get(at, "Reading") : at;
}

/* NULL and the value, or why there is none. */
const char *redfish_value(const struct cmj *v, double *out, enum cm_status *st)
{
	*st = CM_ABSENT;
	if (!v || cmj_is_null(v))
		return v ? "the controller gives null" : "the controller gives no reading";
	*st = CM_EDRIVER;
	*out = cmj_double(v, NAN);
	if (!cmj_is_number(v) || !isfinite(*out))
		return "the controller gives something that is no number";
	if (*out < 0)
		return "the controller gives a negative reading";
	*st = CM_OK;
	return NULL;
}

const char *redfish_last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool redfish_is_there(const struct cmj *o)
{
	return strcmp(cmj_text(cmj_get(cmj_get(o, "Status"), "State"), ""), "Absent") != 0;
}
