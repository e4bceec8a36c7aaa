/*
 * Discovery of backends, devices and tuned libraries (see discover.h). One child per backend: the first
 * fault of a driver must not hide the next driver.
 */
#include "engine/discover.h"

#include <stdlib.h>
#include <string.h>

#include "engine/child.h"
#include "engine/registry.h"

#define DISCOVERY_TIMEOUT_S 30.0

/* ---- worker ------------------------------------------------------------------------------------ */

static void say_state(struct cmj *msg, enum cm_status st, const struct cm_err *err)
{
	cmj_set(msg, "status", cmj_int(st));
	cmj_set(msg, "reason", cmj_string(st ? err->why : ""));
}

static void say_device(const struct backend *b, struct backend_ctx *ctx, size_t i)
{
	struct device_info info = { .cls = CM_NODEVICE };
	struct cm_err err = { 0 };
	struct cmj *m = cmj_object();
	const enum cm_status st = b->describe(ctx, i, &info, &err);

	say_state(m, st, &err);
	cmj_set(m, "index", cmj_int((int64_t)i));
	cmj_set(m, "name", cmj_string(info.name));
	cmj_set(m, "vendor", cmj_string(info.vendor));
	cmj_set(m, "driver", cmj_string(info.driver));
	cmj_set(m, "compiler", cmj_string(info.compiler));
	cmj_set(m, "location", cmj_string(info.location));
	cmj_set(m, "class", cmj_int(info.cls));
	cmj_set(m, "memory_bytes", cmj_int((int64_t)info.memory_bytes));
	cmj_set(m, "max_alloc_bytes", cmj_int((int64_t)info.max_alloc_bytes));
	cmj_set(m, "compute_units", cmj_int(info.compute_units));
	cmj_set(m, "clock_mhz", cmj_int(info.clock_mhz));
	cmj_set(m, "fp64", cmj_bool(info.fp64));
	cmj_set(m, "local_bytes", cmj_int((int64_t)info.local_bytes));
	cmj_set(m, "max_group", cmj_int((int64_t)info.max_group));
	worker_say(m);
}

static void answer_backend(const struct backend *b)
{
	struct backend_ctx *ctx = NULL;
	struct cm_err err = { 0 };
	struct cmj *head = cmj_object();
	const enum cm_status st = b->open(&ctx, &err);
	const size_t n = st ? 0 : b->count(ctx);

	say_state(head, st, &err);
	cmj_set(head, "devices", cmj_int((int64_t)n));
	worker_say(head);
	for (size_t i = 0; i < n; i++)
		say_device(b, ctx, i);
	if (!st)
		b->close(ctx);
}

static void answer_tuned(const struct tuned *t)
{
	struct backend_ctx *ctx = NULL;
	struct cm_err err = { 0 };
	struct cmj *head = cmj_object();
	char version[128] = "";
	const enum cm_status st = t->open(&ctx, version, &err);

	say_state(head, st, &err);
	cmj_set(head, "version", cmj_string(version));
	worker_say(head);
	if (!st)
		t->close(ctx);
}

void discover_worker(const struct cmj *job)
{
	const char *backend = cmj_text(cmj_get(job, "backend"), NULL);
	const char *tuned = cmj_text(cmj_get(job, "tuned"), NULL);

	if (backend && registry_backend(backend))
		answer_backend(registry_backend(backend));
	else if (tuned && registry_tuned_by(tuned))
		answer_tuned(registry_tuned_by(tuned));
}

/* ---- parent ------------------------------------------------------------------------------------ */

static void copy_text(char *to, size_t cap, const struct cmj *m, const char *key)
{
	snprintf(to, cap, "%s", cmj_text(cmj_get(m, key), ""));
}

static size_t size_of(const struct cmj *m, const char *key)
{
	return (size_t)cmj_double(cmj_get(m, key), 0);
}

static void read_device(struct discovery *d, const struct backend *b, const struct cmj *m,
			size_t *cap)
{
	struct seen_device *s;
	struct device_info *i;

	CM_PUSH(d->device, d->devices, *cap);
	s = &d->device[d->devices++];
	*s = (struct seen_device){ .backend = b, .index = size_of(m, "index"),
				   .st = (enum cm_status)size_of(m, "status") };
	s->reason = pool_dup(&d->pool, cmj_text(cmj_get(m, "reason"), ""));
	i = &s->info;
	copy_text(i->name, sizeof i->name, m, "name");
	copy_text(i->vendor, sizeof i->vendor, m, "vendor");
	copy_text(i->driver, sizeof i->driver, m, "driver");
	copy_text(i->compiler, sizeof i->compiler, m, "compiler");
	copy_text(i->location, sizeof i->location, m, "location");
	i->cls = (enum cm_device_class)size_of(m, "class");
	i->memory_bytes = size_of(m, "memory_bytes");
	i->max_alloc_bytes = size_of(m, "max_alloc_bytes");
	i->compute_units = (unsigned)size_of(m, "compute_units");
	i->clock_mhz = (unsigned)size_of(m, "clock_mhz");
	i->fp64 = cmj_is_true(cmj_get(m, "fp64"));
	i->local_bytes = size_of(m, "local_bytes");
	i->max_group = size_of(m, "max_group");
	if (!*i->name)
		snprintf(i->name, sizeof i->name, "%s device %zu", b->name, s->index);
}

static struct child *ask(const char *role, const char *name, struct cm_err *err)
{
	struct cmj *job = cmj_object();
	struct child *c = NULL;

	cmj_set(job, "do", cmj_string("discover"));
	cmj_set(job, role, cmj_string(name));
	child_start(job, &c, err);
	cmj_free(job);
	return c;
}

/* A driver that failed is a device with its reason, so that a run's rows show it. */
static void add_failed(struct discovery *d, const struct seen_backend *s, size_t *cap)
{
	struct seen_device *dev;

	CM_PUSH(d->device, d->devices, *cap);
	dev = &d->device[d->devices++];
	*dev = (struct seen_device){ .backend = s->backend, .st = s->st, .reason = s->reason };
	dev->info.cls = CM_NODEVICE;
	snprintf(dev->info.name, sizeof dev->info.name, "%s driver", s->backend->name);
}

/* Rows are told apart by the device's name: twins get their place, or their number, behind it. */
static void tell_twins_apart(struct discovery *d, size_t first)
{
	for (size_t i = first; i < d->devices; i++) {
		const char *name = d->device[i].info.name;
		bool twin = false;

		for (size_t k = first; k < d->devices; k++)
			twin |= k != i && !strcmp(d->device[k].info.name, name);
		if (!twin)
			continue;
		for (size_t k = d->devices; k-- > i;) {
			struct device_info *info = &d->device[k].info;
			char mark[48];

			if (strcmp(info->name, name) != 0)
				continue;
			snprintf(mark, sizeof mark, " #%zu", d->device[k].index);
			if (*info->location)
				snprintf(mark, sizeof mark, " (%s)", info->location);
			if (strlen(info->name) + strlen(mark) >= sizeof info->name)
				info->name[sizeof info->name - strlen(mark) - 1] = '\0';
			memcpy(info->name + strlen(info->name), mark, strlen(mark) + 1);
		}
	}
}

static void find_backend(struct discovery *d, struct seen_backend *s, size_t *cap)
{
	struct cm_err err = { 0 };
	struct child *c = ask("backend", s->backend->name, &err);
	enum cm_status st = c ? CM_OK : err.st;
	struct cmj *m;
	const size_t before = d->devices;
	bool first = true;

	while (!st && !(st = child_next(c, DISCOVERY_TIMEOUT_S, &m, &err))) {
		if (first) {
			s->st = (enum cm_status)size_of(m, "status");
			s->reason = pool_dup(&d->pool, cmj_text(cmj_get(m, "reason"), ""));
			s->devices = size_of(m, "devices");
			first = false;
		} else {
			read_device(d, s->backend, m, cap);
		}
		cmj_free(m);
	}
	if (st == CM_END && first)
		st = cm_fail(&err, CM_EDRIVER, "the worker ended without a word");
	if (st != CM_END) { /* it died on the way: what it had said stays */
		s->st = st;
		s->reason = pool_dup(&d->pool, err.why);
	}
	if (s->st == CM_EDRIVER || s->st == CM_EIO || s->st == CM_EINTERNAL)
		add_failed(d, s, cap);
	tell_twins_apart(d, before);
	child_free(c);
}

static void find_tuned(struct discovery *d, struct seen_tuned *s)
{
	struct cm_err err = { 0 };
	struct child *c = ask("tuned", s->tuned->name, &err);
	struct cmj *m = NULL;
	enum cm_status st = c ? child_next(c, DISCOVERY_TIMEOUT_S, &m, &err) : err.st;

	s->st = st ? st : (enum cm_status)size_of(m, "status");
	s->reason = pool_dup(&d->pool, st ? err.why : cmj_text(cmj_get(m, "reason"), ""));
	s->version = pool_dup(&d->pool, st ? "" : cmj_text(cmj_get(m, "version"), ""));
	cmj_free(m);
	child_free(c);
}

struct discovery *discover(void)
{
	struct discovery *d = cm_alloc(sizeof *d);
	size_t nb = 0, nt = 0, cap = 0;

	while (registry_backends[nb])
		nb++;
	while (registry_tuned[nt])
		nt++;
	d->backend = cm_alloc((nb + 1) * sizeof *d->backend);
	d->tuned = cm_alloc((nt + 1) * sizeof *d->tuned);
	for (size_t i = 0; i < nb; i++) {
		d->backend[i].backend = registry_backends[i];
		find_backend(d, &d->backend[i], &cap);
		d->backends++;
	}
	for (size_t i = 0; i < nt; i++) {
		d->tuned[i].tuned = registry_tuned[i];
		find_tuned(d, &d->tuned[i]);
		d->tuneds++;
	}
	return d;
}

void discovery_free(struct discovery *d)
{
	if (!d)
		return;
	free(d->backend);
	free(d->device);
	free(d->tuned);
	pool_free(&d->pool);
	free(d);
}
