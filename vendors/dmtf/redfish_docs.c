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

#include "base/clock.h"
#include "redfish_walk.h"

double redfish_now_s(const struct meter_ctx *c)
{
	return (double)c->now_ns() * 1e-9;
}

bool redfish_same(const char *a, const char *b)
{
	size_t n = strlen(a), k = strlen(b);

	n -= n > 1 && a[n - 1] == '/';
	k -= k > 1 && b[k - 1] == '/';
	return n == k && !memcmp(a, b, n);
}

static const struct doc *find(const struct meter_ctx *c, const char *path)
{
	for (size_t i = 0; i < c->docs; i++)
		if (redfish_same(c->doc[i]->path, path))
			return c->doc[i];
	return NULL;
}

bool redfish_has(const struct meter_ctx *c, const char *path)
{
	return find(c, path) != NULL;
}

struct doc *redfish_new_doc(struct meter_ctx *c, const char *path)
{
	struct doc *d;

	CM_PUSH(c->doc, c->docs, c->dcap);
	d = c->doc[c->docs++] = cm_alloc(sizeof *d);
	d->path = path;
	return d;
}

static bool late(const struct meter_ctx *c)
{
	return c->until_ns && cm_now_ns() >= c->until_ns;
}

/* Left out, and counted, as if the service had no such part. */
static void leave_out(struct meter_ctx *c, struct doc *d)
{
	d->st = CM_ABSENT;
	c->unread++;
	snprintf(d->why, sizeof d->why, "not read within the time for opening");
}

const struct doc *redfish_doc(struct meter_ctx *c, const char *path)
{
	struct cm_err err = { 0 };
	const struct doc *have = find(c, path);
	struct doc *d;
	double t0;

	if (!have && redfish_unpack_one(c, path))
		have = find(c, path);
	if (have)
		return have;
	d = redfish_new_doc(c, path);
	if (late(c)) {
		leave_out(c, d);
		return d;
	}
	t0 = redfish_now_s(c);
	d->st = redfish_get(c->tree, path, &d->json, &d->at_ns, &err);
	d->mid_s = d->at_ns ? (double)d->at_ns * 1e-9 : (t0 + redfish_now_s(c)) / 2;
	if (d->st == CM_EDRIVER && late(c)) /* it was on its way */
		leave_out(c, d);
	else if (d->st)
		snprintf(d->why, sizeof d->why, "%.190s", err.why);
	return d;
}

void redfish_want(struct meter_ctx *c, const char *path)
{
	if (!path || redfish_has(c, path))
		return;
	for (size_t i = 0; i < c->wants; i++)
		if (redfish_same(c->want[i], path))
			return;
	CM_PUSH(c->want, c->wants, c->wcap);
	c->want[c->wants++] = path;
}

/* A few at once: what comes too late for its answer is not asked for. */
void redfish_fetch(struct meter_ctx *c)
{
	const size_t n = c->wants;

	for (size_t i = 0; i < n && redfish_is_live(c->tree) && !late(c); i += 16) {
		const size_t some = n - i < 16 ? n - i : 16;

		redfish_ask(c->tree, c->want + i, some);
		for (size_t k = 0; k < some; k++)
			redfish_doc(c, c->want[i + k]);
	}
	c->wants = 0;
}

void redfish_forget(struct meter_ctx *c)
{
	for (size_t i = 0; i < c->docs; i++) {
		cmj_free(c->doc[i]->json);
		free(c->doc[i]);
	}
	c->docs = 0;
	c->wants = 0;
}

const char *redfish_link(const struct cmj *o, const char *key)
{
	const struct cmj *at = cmj_get(o, key);

	/* Some firmware makes a list of a single link. */
	return cmj_text(cmj_get(cmj_is_array(at) ? cmj_at(at, 0) : at, "@odata.id"), NULL);
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

void redfish_excerpt(struct meter_ctx *c, const struct doc **d, const char **key)
{
	const struct cmj *at = redfish_object_at((*d)->json, *key);
	const char *path = cmj_text(cmj_get(at, "DataSourceUri"), "");
	const struct doc *source;

	if (cmj_get(at, "Reading") || *path != '/' || strchr(path, '#'))
		return;
	source = redfish_doc(c, pool_dup(&c->pool, path));
	if (source->st || !cmj_get(source->json, "Reading"))
		return;
	*d = source;
	*key = "Reading";
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

const char *redfish_last_part(struct meter_ctx *c, const char *path)
{
	size_t end = strlen(path), at;

	while (end > 1 && path[end - 1] == '/')
		end--;
	for (at = end; at && path[at - 1] != '/';)
		at--;
	return pool_printf(&c->pool, "%.*s", (int)(end - at), path + at);
}

bool redfish_is_there(const struct cmj *o)
{
	return strcmp(cmj_text(cmj_get(cmj_get(o, "Status"), "State"), ""), "Absent") != 0;
}

#define CLOCK_UNSET_S 86400.0 /* a controller without a clock begins at 1970, or says just that */

double redfish_taken_s(const struct doc *d)
{
	const double at = d && !d->st ? redfish_time_s(cmj_text(cmj_get(d->json, "ReadingTime"), "")) : NAN;

	return at > CLOCK_UNSET_S ? at : NAN;
}

bool redfish_never_read(const struct cmj *sensor)
{
	return redfish_time_s(cmj_text(cmj_get(sensor, "ReadingTime"), "")) <= CLOCK_UNSET_S;
}
