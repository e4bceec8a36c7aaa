/*
 * Power and energy as a machine's management controller tells them, by DMTF's Redfish: EnvironmentMetrics,
 * PowerSubsystem, Sensors, and the deprecated Power.
 *
 * Parsed by the schema (DSP8010), not by maker: what a reading covers comes from the kind of chassis, the
 * kind of resource and PhysicalContext; a name is no scope, and what a sensor feeds without saying so is in
 * no sum. A reading's own time (ReadingTime) is used, an old one is refused, a value that the controller
 * computes (Implementation: Synthesized) is modelled. Must not know who sums the channels.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "redfish_walk.h"

#define OPENING_S 20.0

static void redfish_meter_close(struct meter_ctx *c)
{
	redfish_forget(c);
	free(c->doc);
	free(c->point);
	free(c->last);
	free(c->channel);
	free(c->want);
	free(c->from);
	free(c->chassis);
	free(c->system);
	if (c->tree)
		redfish_close(c->tree);
	pool_free(&c->pool);
	free(c);
}

/* All of the walk at the start; what was found by then is used. */
static double opening_s(void)
{
	const char *text = getenv("COSTMARK_REDFISH_WAIT");
	const double s = text ? strtod(text, NULL) : 0;

	return s > 0 && s < 3600 ? s : OPENING_S;
}

/* Also a server that is no controller: it answers, but has no such path. */
static enum cm_status nothing_found(struct meter_ctx *c, const char *of, struct cm_err *err)
{
	const struct doc *root = redfish_doc(c, "/redfish/v1");

	if (root->st == CM_ABSENT && strstr(of, "://"))
		return cm_fail(err, CM_ABSENT, "no Redfish service answers there: %s", root->why);
	return cm_fail(err, CM_ABSENT, "%s tells no power and no energy", of);
}

static enum cm_status redfish_meter_open(const struct meter_from *from, struct meter_ctx **out,
					 struct cm_err *err)
{
	struct meter_ctx *c;
	double limit_s;
	enum cm_status st;

	if (!from || !from->redfish)
		return cm_fail(err, CM_ABSENT, "no management controller was named: --redfish "
			       "https://ADDRESS, or a recorded tree");
	c = cm_alloc(sizeof *c);
	c->offset_s = NAN;
	c->now_ns = from->now_ns ? from->now_ns : cm_now_ns;
	c->expand = "";
	limit_s = opening_s();
	c->until_ns = cm_now_ns() + (uint64_t)(limit_s * 1e9);
	st = redfish_open(from->redfish, from->redfish_ca, c->until_ns, &c->tree, err);
	if (!st) {
		redfish_walk(c);
		redfish_drop_repeats(c);
		if (c->unread)
			redfish_add_state(c, "the rest of the controller", CM_EDRIVER, pool_printf(&c->pool,
				"opening took %.3g s, and %zu resources were left out; "
				"COSTMARK_REDFISH_WAIT=60 waits 60 s", limit_s, c->unread));
		if (!c->n)
			st = nothing_found(c, from->redfish, err);
		redfish_choose_again(c);
		redfish_until(c->tree, 0);
	}
	c->until_ns = 0;
	redfish_forget(c);
	c->last = cm_alloc((c->n + 1) * sizeof *c->last);
	for (size_t i = 0; i < c->n; i++)
		c->last[i].st = c->channel[i].st ? c->channel[i].st : CM_ABSENT;
	if (st)
		redfish_meter_close(c);
	else
		*out = c;
	return st;
}

static size_t redfish_channels(struct meter_ctx *c, const struct meter_channel **out)
{
	*out = c->channel;
	return c->n;
}

/* The newest reading of all is of now at the earliest: what is left is the clocks' difference. */
static void learn_offset(struct meter_ctx *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct doc *d = *c->point[i].sensor ? redfish_doc(c, c->point[i].sensor) : NULL;
		const double at = redfish_taken_s(d);

		if (d && !isnan(at) && !(d->mid_s - at >= c->offset_s))
			c->offset_s = d->mid_s - at;
	}
}

/* ReadingTime on this clock: behind the newest by as much as the controller says. Without it a recording
 * is of now, an answer of when it was asked for. */
static enum cm_status set_time(struct meter_ctx *c, size_t i)
{
	const struct point *p = &c->point[i];
	const struct doc *d = *p->sensor ? redfish_doc(c, p->sensor) : NULL;
	const double at = redfish_taken_s(d);
	const uint64_t asked_ns = redfish_doc(c, p->path)->at_ns;

	redfish_tick(&c->point[i], &c->channel[i], !isnan(at), !isnan(at) ? at : asked_ns ?
		     (double)asked_ns * 1e-9 : redfish_now_s(c), c->last[i].value);
	c->channel[i].taken_ns = asked_ns;
	if (isnan(at))
		return CM_OK;
	if (redfish_now_s(c) - (at + c->offset_s) > p->stale_s)
		return CM_ABSENT; /* old: it says nothing of now */
	c->channel[i].taken_ns = (uint64_t)(fmax(at + c->offset_s, 1e-9) * 1e9);
	return CM_OK;
}

static void ask(struct meter_ctx *c)
{
	const char **path = cm_alloc((2 * c->n + 1) * sizeof *path);
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		const char *const both[] = { redfish_ask_for(c, c->point[i].path),
					     redfish_ask_for(c, c->point[i].sensor) };

		for (size_t k = 0; k < 2 && !c->channel[i].st; k++) {
			bool there = !*both[k];

			for (size_t j = 0; j < n && !there; j++)
				there = !strcmp(path[j], both[k]);
			if (!there)
				path[n++] = both[k];
		}
	}
	redfish_ask(c->tree, path, n);
	free(path);
	c->asking = true;
	c->asked_ns = c->now_ns();
}

/* What was asked for, waiting where it is not here yet. */
static void take(struct meter_ctx *c)
{
	struct meter_value *v = c->last;

	redfish_unpack(c);
	for (size_t i = 0; i < c->n; i++) {
		const struct doc *d;

		v[i] = (struct meter_value){ 0, c->channel[i].st };
		c->channel[i].taken_ns = 0;
		if (c->channel[i].st)
			continue;
		d = redfish_doc(c, c->point[i].path);
		v[i].st = d->st;
		if (!d->st)
			redfish_value(redfish_reading(d->json, c->point[i].key), &v[i].value, &v[i].st);
		v[i].value *= c->point[i].scale;
		if (!v[i].st && c->point[i].machine && v[i].value == 0) /* it runs: see REDFISH_ZERO */
			v[i].st = CM_ABSENT;
	}
	learn_offset(c);
	for (size_t i = 0; i < c->n; i++)
		if (!v[i].st)
			v[i].st = set_time(c, i);
	redfish_forget(c);
	redfish_drop(c->tree);
	c->asking = false;
}

static enum cm_status redfish_read(struct meter_ctx *c, struct meter_value *values, struct cm_err *err)
{
	(void)err; /* a resource that fails is its channels' state */
	redfish_drop(c->tree);
	ask(c);
	take(c);
	memcpy(values, c->last, c->n * sizeof *values);
	return CM_OK;
}

#define ROUND_NS 1000000000u /* a controller is not asked more often */

/* Between samples: what has come is taken, the next is asked for, nothing is waited for. */
static enum cm_status redfish_poll(struct meter_ctx *c, struct meter_value *values, struct cm_err *err)
{
	if (!redfish_is_live(c->tree))
		return redfish_read(c, values, err);
	if (c->asking && redfish_ready(c->tree, false))
		take(c);
	if (!c->asking && c->now_ns() - c->asked_ns >= ROUND_NS)
		ask(c);
	memcpy(values, c->last, c->n * sizeof *values);
	return CM_OK;
}

const struct meter meter_redfish = {
	.abi = CM_METER_ABI,
	.name = "redfish",
	.desc = "power and energy of the machine and its supplies, by its management controller",
	.open = redfish_meter_open,
	.close = redfish_meter_close,
	.channels = redfish_channels,
	.read = redfish_read,
	.poll = redfish_poll,
};
