/*
 * Which chassis and computer systems a controller has, which chassis is the machine, and what is in what.
 *
 * ChassisType alone does not tell: some makers call a server a Rack, some a module a machine. The links
 * between chassis and systems are followed from either end. Must not know any reading.
 */
#include <stdio.h>
#include <string.h>

#include "redfish_walk.h"

#define SYSTEMS "/redfish/v1/Systems"

size_t redfish_links(struct meter_ctx *c, const struct cmj *list, const char *const **out)
{
	const size_t all = cmj_is_array(list) ? cmj_len(list) : cmj_is_object(list) ? 1 : 0;
	const char **path = pool_alloc(&c->pool, (all + 1) * sizeof *path);
	size_t n = 0;

	for (size_t i = 0; i < all; i++) {
		const struct cmj *o = cmj_is_array(list) ? cmj_at(list, i) : list;
		const char *id = cmj_text(cmj_get(o, "@odata.id"), "");

		if (*id == '/')
			path[n++] = pool_dup(&c->pool, id);
	}
	*out = path;
	return n;
}

const struct chassis *redfish_chassis_of(const struct meter_ctx *c, const char *path)
{
	for (size_t i = 0; path && i < c->nchassis; i++)
		if (redfish_same(c->chassis[i]->path, path))
			return c->chassis[i];
	return NULL;
}

static void add_system(struct meter_ctx *c, const char *path)
{
	for (size_t i = 0; i < c->systems; i++)
		if (redfish_same(c->system[i], path))
			return;
	CM_PUSH(c->system, c->systems, c->scap);
	c->system[c->systems++] = path;
}

static void add_chassis(struct meter_ctx *c, const char *path)
{
	struct chassis *h;

	if (redfish_chassis_of(c, path))
		return;
	CM_PUSH(c->chassis, c->nchassis, c->ccap);
	h = c->chassis[c->nchassis++] = pool_alloc(&c->pool, sizeof *h);
	*h = (struct chassis){ .id = redfish_last_part(c, path), .path = path, .type = "" };
}

static const struct cmj *links_of(struct meter_ctx *c, const char *path, const char *key)
{
	const struct doc *d = redfish_doc(c, path);

	return d->st ? NULL : cmj_get(cmj_get(d->json, "Links"), key);
}

/* ---- finding ------------------------------------------------------------------------------------- */

static void add_all(struct meter_ctx *c, void (*add)(struct meter_ctx *c, const char *path),
		    const char *const *path, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		add(c, path[i]);
		redfish_want(c, path[i]);
	}
}

static void find_listed(struct meter_ctx *c, const struct doc *root)
{
	const char *chassis = root->st ? NULL : redfish_link(root->json, "Chassis");
	const char *systems = root->st ? NULL : redfish_link(root->json, "Systems");
	const char *const *member;
	size_t n;

	chassis = chassis ? pool_dup(&c->pool, chassis) : "/redfish/v1/Chassis";
	systems = systems ? pool_dup(&c->pool, systems) : root->st ? SYSTEMS : NULL;
	redfish_want(c, redfish_collection(c, chassis));
	redfish_want(c, redfish_collection(c, systems));
	redfish_fetch(c);
	n = redfish_members(c, chassis, &member);
	add_all(c, add_chassis, member, n);
	n = systems ? redfish_members(c, systems, &member) : 0;
	add_all(c, add_system, member, n);
	redfish_fetch(c);
}

/* What is named by a link only, of what was found or asked for. */
static void find_linked(struct meter_ctx *c, bool all)
{
	const char *const *path;
	size_t n;

	for (size_t i = 0; i < c->nchassis; i++) {
		n = redfish_links(c, links_of(c, c->chassis[i]->path, "ComputerSystems"), &path);
		add_all(c, add_system, path, n);
		n = all ? 0 : redfish_links(c, links_of(c, c->chassis[i]->path, "Contains"), &path);
		add_all(c, add_chassis, path, n);
		redfish_fetch(c);
	}
	for (size_t i = 0; all && i < c->systems; i++) {
		n = redfish_links(c, links_of(c, c->system[i], "Chassis"), &path);
		add_all(c, add_chassis, path, n);
		redfish_fetch(c);
	}
}

/* ---- what they are ------------------------------------------------------------------------------- */

static bool is_one_of(const char *word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(word, list[i]))
			return true;
	return false;
}

/* Systems of a chassis: those that it names and those that name it. */
static void set_systems(struct meter_ctx *c, struct chassis *h)
{
	const char *const *named, *const *back;
	const size_t n = redfish_links(c, links_of(c, h->path, "ComputerSystems"), &named);
	const char **all = pool_alloc(&c->pool, (n + c->systems + 1) * sizeof *all);

	for (size_t i = 0; i < n; i++)
		all[h->systems++] = named[i];
	for (size_t i = 0; i < c->systems; i++) {
		const size_t k = redfish_links(c, links_of(c, c->system[i], "Chassis"), &back);
		bool mine = false, there = false;

		for (size_t j = 0; j < k; j++)
			mine |= redfish_same(back[j], h->path);
		for (size_t j = 0; j < h->systems; j++)
			there |= redfish_same(all[j], c->system[i]);
		if (mine && !there)
			all[h->systems++] = c->system[i];
	}
	h->system = all;
}

static void set_extent(struct meter_ctx *c, struct chassis *h)
{
	static const char *const parts[] = { "Card", "Module", "Component", "Expansion", "IPBasedDrive",
					     "StorageEnclosure" };
	static const char *const more[] = { "Rack", "Enclosure", "Row", "Pod", "Zone", "RackGroup",
					    "Sidecar", "PowerStrip", "HeatExchanger", "ImmersionTank" };
	const struct doc *d = redfish_doc(c, h->path);
	const char *in = redfish_link(cmj_get(d->json, "Links"), "ContainedBy");

	h->type = pool_dup(&c->pool, cmj_text(cmj_get(d->json, "ChassisType"), ""));
	h->in = in ? redfish_chassis_of(c, in) : NULL;
	h->contains |= cmj_len(links_of(c, h->path, "Contains")) > 0;
	set_systems(c, h);
	if (is_one_of(h->type, parts, CM_COUNT(parts)))
		h->extent = A_PART;
	if (is_one_of(h->type, more, CM_COUNT(more)))
		h->extent = MORE;
	h->why = pool_printf(&c->pool, !strcmp(h->type, "Zone") ?
			     "a chassis of type %s is a part of a machine or of "
			     "several: which is not stated" :
			     "a chassis of type %s holds more than one machine",
			     h->type);
}

/* Containment that is said by the outer chassis only. */
static void set_inside(struct meter_ctx *c)
{
	const char *const *path;

	for (size_t i = 0; i < c->nchassis; i++) {
		const size_t n = redfish_links(c, links_of(c, c->chassis[i]->path, "Contains"), &path);

		for (size_t k = 0; k < n; k++)
			for (size_t j = 0; j < c->nchassis; j++)
				if (j != i && !c->chassis[j]->in &&
				    redfish_same(c->chassis[j]->path, path[k]))
					c->chassis[j]->in = c->chassis[i];
	}
	for (size_t i = 0; i < c->nchassis; i++)
		for (size_t j = 0; j < c->nchassis; j++)
			if (c->chassis[j]->in == c->chassis[i])
				c->chassis[i]->contains = true;
}

/* A machine around it, as far as links go; they may go round. */
static const struct chassis *machine_around(const struct chassis *h)
{
	for (int i = 0; i < 16 && (h = h->in); i++)
		if (h->extent == THE_MACHINE)
			return h;
	return NULL;
}

static void set_covers(struct meter_ctx *c, struct chassis *h)
{
	const char *words = h->id;
	const struct chassis *o = h->in;

	for (int i = 0; i < 4 && o && o->extent == A_PART; i++, o = o->in)
		words = pool_printf(&c->pool, "%s %s", o->id, words);
	h->covers = pool_printf(&c->pool, "part %s", words);
}

static void judge(struct meter_ctx *c, const struct doc *root)
{
	/* A service with a root that knows no computer: of power shelves, of distribution units. */
	const bool no_computer = !root->st && !c->systems && !cmj_get(root->json, "Systems") &&
				 cmj_is_string(cmj_get(root->json, "@odata.type"));
	bool linked = false;

	for (size_t i = 0; i < c->nchassis; i++) {
		struct chassis *h = c->chassis[i];

		if (h->extent == MORE && h->systems == 1 && !h->contains)
			h->extent = THE_MACHINE;
		linked |= h->systems > 0 && h->extent == THE_MACHINE;
	}
	for (size_t i = 0; i < c->nchassis; i++) {
		struct chassis *h = c->chassis[i];

		if (h->extent != THE_MACHINE)
			continue;
		if (machine_around(h)) {
			h->extent = A_PART;
		} else if (no_computer || (linked && !h->systems)) {
			h->extent = MORE;
			h->why = no_computer ?
				 "this controller knows no computer system: what it feeds is not stated" :
				 "no computer system is said to be in this chassis, but in another";
		}
	}
	for (size_t i = 0; i < c->nchassis; i++)
		set_covers(c, c->chassis[i]);
}

void redfish_find_chassis(struct meter_ctx *c)
{
	const char *asked = redfish_asked(c->tree);
	const struct doc *root = redfish_doc(c, "/redfish/v1");

	if (*asked) {
		add_chassis(c, asked);
		redfish_want(c, asked);
		redfish_fetch(c);
	} else {
		find_listed(c, root);
	}
	find_linked(c, !*asked);
	for (size_t i = 0; i < c->nchassis; i++)
		set_extent(c, c->chassis[i]);
	set_inside(c);
	judge(c, root);
}

size_t redfish_machines(const struct meter_ctx *c)
{
	const char *seen[64];
	size_t n = 0;

	for (size_t i = 0; i < c->nchassis; i++) {
		const struct chassis *h = c->chassis[i];

		for (size_t k = 0; h->extent == THE_MACHINE && k < h->systems && n < CM_COUNT(seen); k++) {
			bool there = false;

			for (size_t j = 0; j < n; j++)
				there |= redfish_same(seen[j], h->system[k]);
			if (!there)
				seen[n++] = h->system[k];
		}
	}
	return n;
}
