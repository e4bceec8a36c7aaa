/*
 * Processors and memory of the computer systems: their EnvironmentMetrics, and ProcessorMetrics of before.
 *
 * They stand beside every sum. One that sits in a chassis of its own (a GPU's module) is inside of that
 * chassis's power, by the links between them in either direction. Must not know chassis' readings.
 */
#include <string.h>

#include "redfish_walk.h"

static const struct kind {
	const char *list, *word, *link;
} kinds[] = {
	{ "Processors", "processor", "Processors" }, { "Memory", "memory", "Memory" },
};

/* Resources that tell of a processor or of memory; ProcessorMetrics holds power in old services. */
static const char *const tellers[] = { "EnvironmentMetrics", "Metrics" };

/* NULL, or what a part is: a core is inside of its processor. */
static bool scope_of(const struct kind *k, const struct cmj *o, enum cm_scope *scope)
{
	const char *type = cmj_text(cmj_get(o, "ProcessorType"), "");

	*scope = !strcmp(k->word, "memory") ? CM_SCOPE_DRAM : !strcmp(type, "CPU") ? CM_SCOPE_PACKAGE :
									      CM_SCOPE_DEVICE;
	return strcmp(type, "Core") != 0 && strcmp(type, "Thread") != 0;
}

/* The chassis that it is in, by its own link or by the chassis's. */
static const struct chassis *around(struct meter_ctx *c, const struct kind *k, const char *path,
				    const struct cmj *o)
{
	const struct chassis *h = redfish_chassis_of(c, redfish_link(cmj_get(o, "Links"), "Chassis"));
	const char *const *named;

	for (size_t i = 0; i < c->nchassis && !h; i++) {
		const struct doc *d = redfish_doc(c, c->chassis[i]->path);
		const size_t n = redfish_links(c, cmj_get(cmj_get(d->json, "Links"), k->link), &named);

		for (size_t j = 0; j < n; j++)
			if (redfish_same(named[j], path))
				h = c->chassis[i];
	}
	return h;
}

static const char *list_of(struct meter_ctx *c, const char *system, const struct kind *k)
{
	const struct doc *d = redfish_doc(c, system);

	return redfish_below(c, d->st ? NULL : d->json, system, k->list);
}

static size_t members_of(struct meter_ctx *c, const char *system, const struct kind *k,
			 const char *const **out)
{
	const char *path = list_of(c, system, k);

	return path ? redfish_members(c, path, out) : 0;
}

static void want_members(struct meter_ctx *c, bool tell)
{
	const char *const *member;

	for (size_t i = 0; i < c->systems; i++)
		for (size_t k = 0; k < CM_COUNT(kinds); k++) {
			const size_t n = members_of(c, c->system[i], &kinds[k], &member);

			for (size_t m = 0; m < n; m++) {
				const struct doc *d = tell ? redfish_doc(c, member[m]) : NULL;

				if (!tell)
					redfish_want(c, member[m]);
				for (size_t t = 0; tell && t < CM_COUNT(tellers); t++)
					redfish_want(c, redfish_below(c, d->st ? NULL : d->json, member[m],
								      tellers[t]));
			}
		}
	redfish_fetch(c);
}

void redfish_want_systems(struct meter_ctx *c)
{
	for (size_t i = 0; i < c->systems; i++)
		for (size_t k = 0; k < CM_COUNT(kinds); k++)
			redfish_want(c, redfish_collection(c, list_of(c, c->system[i], &kinds[k])));
}

static void part(struct meter_ctx *c, const char *system, const struct kind *k, const char *path)
{
	const struct doc *d = redfish_doc(c, path);
	const struct cmj *o = d->st ? NULL : d->json;
	const struct chassis *h = around(c, k, path, o);
	const char *id = redfish_last_part(c, path), *sid = redfish_last_part(c, system), *at;
	struct chassis *name = pool_alloc(&c->pool, sizeof *name);
	struct adding a = { .aside = true };

	if (!redfish_is_there(o) || !scope_of(k, o, &a.scope))
		return;
	*name = (struct chassis){ .id = sid, .path = system, .type = "" };
	if (h && h->extent == A_PART)
		a.covers = pool_printf(&c->pool, "%s %s %s", h->covers, k->word, id);
	else
		a.covers = pool_printf(&c->pool, "%s %s%s%s", k->word, c->systems > 1 ? sid : "",
				       c->systems > 1 ? "/" : "", id);
	for (size_t t = 0; t < CM_COUNT(tellers); t++)
		if ((at = redfish_below(c, o, path, tellers[t])))
			redfish_metrics(c, redfish_doc(c, at), name, a, id);
}

void redfish_systems(struct meter_ctx *c)
{
	const char *const *member;

	want_members(c, false);
	want_members(c, true);
	for (size_t i = 0; i < c->systems; i++)
		for (size_t k = 0; k < CM_COUNT(kinds); k++) {
			const size_t n = members_of(c, c->system[i], &kinds[k], &member);

			for (size_t m = 0; m < n; m++)
				part(c, c->system[i], &kinds[k], member[m]);
		}
}
