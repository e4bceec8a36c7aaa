/*
 * Collections: their members over all pages, and members that came inside of them.
 *
 * A controller that offers $expand gives a collection with its members in one answer; where most of them
 * are read, each round of reading asks for the collection again. Must not know what a member is.
 */
#include <stdio.h>
#include <string.h>

#include "redfish_walk.h"

#define MOST_PAGES 200
#define MOST_MEMBERS 4096

const char *redfish_collection(struct meter_ctx *c, const char *path)
{
	if (!path || !*c->expand || strchr(path, '?'))
		return path;
	return pool_printf(&c->pool, "%s%s", path, c->expand);
}

struct paths { const char **at; size_t n, cap; };

static void list_add(struct meter_ctx *c, struct paths *list, const char *id)
{
	for (size_t i = 0; i < list->n; i++)
		if (redfish_same(list->at[i], id))
			return;
	if (list->n == list->cap) {
		const char **more = pool_alloc(&c->pool, (2 * list->cap + 8) * sizeof *more);

		if (list->n)
			memcpy(more, list->at, list->n * sizeof *more);
		list->at = more;
		list->cap = 2 * list->cap + 8;
	}
	list->at[list->n++] = pool_dup(&c->pool, id);
}

/* A member that is the resource itself, not its link. */
static bool is_whole(const struct cmj *o)
{
	return cmj_is_string(cmj_get(o, "@odata.type"));
}

static void adopt(struct meter_ctx *c, const struct doc *of, const char *path, const struct cmj *o)
{
	struct doc *d;

	if (redfish_has(c, path))
		return;
	d = redfish_new_doc(c, path);
	d->json = cmj_ref((struct cmj *)o);
	d->mid_s = of->mid_s;
	d->at_ns = of->at_ns;
}

static void page(struct meter_ctx *c, const struct doc *d, bool whole, struct paths *list)
{
	const struct cmj *members = cmj_get(d->json, "Members");

	for (size_t i = 0; i < cmj_len(members) && list->n < MOST_MEMBERS; i++) {
		const struct cmj *o = cmj_at(members, i);
		const char *id = cmj_text(cmj_get(o, "@odata.id"), "");

		if (!*id)
			continue;
		list_add(c, list, id);
		/* A recorded member has its own file before the copy in its collection. */
		if (!is_whole(o) || redfish_has(c, id) || redfish_is_recorded(c->tree, id))
			continue;
		id = pool_dup(&c->pool, id);
		adopt(c, d, id, o);
		CM_PUSH(c->from, c->froms, c->fcap);
		c->from[c->froms++] = (struct from){ .url = d->path, .path = id, .whole = whole };
	}
}

static const char *next_page(struct meter_ctx *c, const struct cmj *o)
{
	const struct cmj *next = cmj_get(o, "Members@odata.nextLink");
	const char *link = cmj_text(cmj_is_object(next) ? cmj_get(next, "@odata.id") : next, "");

	return *link == '/' ? pool_dup(&c->pool, link) : NULL;
}

static const struct doc *first_page(struct meter_ctx *c, const char *path)
{
	const char *url = redfish_collection(c, path);
	const struct doc *d = redfish_doc(c, url);

	/* What is offered may still fail: some services refuse it of some collections. */
	if (url != path && d->st && d->st != CM_DENIED && !c->unread)
		d = redfish_doc(c, path);
	return d;
}

size_t redfish_members(struct meter_ctx *c, const char *path, const char *const **out)
{
	const struct doc *d = first_page(c, path);
	const char *next = d->st ? NULL : next_page(c, d->json);
	struct paths list = { 0 };

	*out = NULL;
	if (d->st == CM_ABSENT)
		return redfish_listed(c->tree, path, &c->pool, out);
	for (size_t pages = 1; !d->st; pages++) {
		const size_t before = list.n;

		page(c, d, pages == 1 && !next, &list);
		if (!next || pages == MOST_PAGES || list.n == before || redfish_has(c, next))
			break;
		d = redfish_doc(c, next);
		next = d->st ? NULL : next_page(c, d->json);
	}
	if (d->st)
		redfish_add_failed(c, d);
	*out = list.at;
	return list.n;
}

/* ---- reading them again -------------------------------------------------------------------------- */

static bool is_read(const struct meter_ctx *c, const char *path)
{
	for (size_t i = 0; i < c->n; i++)
		if (!c->channel[i].st &&
		    (redfish_same(c->point[i].path, path) || redfish_same(c->point[i].sensor, path)))
			return true;
	return false;
}

/* A quarter of the members: controllers are asked for four at once. */
void redfish_choose_again(struct meter_ctx *c)
{
	for (size_t i = 0, n; i < c->froms; i += n) {
		size_t reads = 0;

		for (n = 0; i + n < c->froms && c->from[i + n].url == c->from[i].url; n++)
			reads += is_read(c, c->from[i + n].path);
		for (size_t k = 0; k < n; k++)
			c->from[i + k].again = c->from[i].whole && 4 * reads >= n && redfish_is_live(c->tree);
	}
}

static const struct from *from_of(const struct meter_ctx *c, const char *path)
{
	for (size_t i = 0; i < c->froms; i++)
		if (redfish_same(c->from[i].path, path))
			return &c->from[i];
	return NULL;
}

const char *redfish_ask_for(const struct meter_ctx *c, const char *path)
{
	const struct from *f = from_of(c, path);

	return f && f->again ? f->url : path;
}

static const struct cmj *member(const struct cmj *o, const char *path)
{
	const struct cmj *members = cmj_get(o, "Members");

	for (size_t i = 0; i < cmj_len(members); i++)
		if (redfish_same(cmj_text(cmj_get(cmj_at(members, i), "@odata.id"), ""), path))
			return cmj_at(members, i);
	return NULL;
}

static void take_from(struct meter_ctx *c, const struct from *f)
{
	const struct doc *of = redfish_doc(c, f->url);
	const struct cmj *o = of->st ? NULL : member(of->json, f->path);
	struct doc *d;

	if (o && is_whole(o)) {
		adopt(c, of, f->path, o);
	} else if (!redfish_has(c, f->path)) {
		d = redfish_new_doc(c, f->path);
		d->st = of->st ? of->st : CM_ABSENT;
		snprintf(d->why, sizeof d->why, "%s", of->st ? of->why : "its collection has it no more");
	}
}

void redfish_unpack(struct meter_ctx *c)
{
	for (size_t i = 0; i < c->froms; i++)
		if (c->from[i].again && is_read(c, c->from[i].path))
			take_from(c, &c->from[i]);
}

bool redfish_unpack_one(struct meter_ctx *c, const char *path)
{
	const struct from *f = redfish_is_live(c->tree) ? NULL : from_of(c, path);

	if (!f || redfish_is_recorded(c->tree, path))
		return false;
	take_from(c, f);
	return true;
}
