/*
 * devices: what is here. The machine's facts, every backend with its devices, every tuned library and
 * every meter, each present or absent with the reason: the first thing to look at in any report of a bug.
 */
#include <stdio.h>

#include "base/textable.h"
#include "cli/opt.h"
#include "cli/sysfs_root.h"
#include "engine/discover.h"
#include "engine/metering.h"
#include "engine/topology.h"

static const char *class_word(enum cm_device_class c)
{
	static const char *const word[] = { [CM_CPU] = "cpu", [CM_GPU] = "gpu",
					    [CM_ACCELERATOR] = "accelerator", [CM_NODEVICE] = "none" };

	return word[c];
}

/* ---- JSON -------------------------------------------------------------------------------------- */

static struct cmj *presence(const char *name, enum cm_status st, const char *reason)
{
	struct cmj *o = cmj_object();

	cmj_set(o, "name", cmj_string(name));
	cmj_set(o, "present", cmj_bool(st == CM_OK));
	cmj_set(o, "status", cmj_string(cm_status_word(st)));
	cmj_set(o, "reason", cmj_string(reason));
	return o;
}

static struct cmj *device_json(const struct seen_device *d)
{
	const struct device_info *i = &d->info;
	struct cmj *o = presence(i->name, d->st, d->reason);

	cmj_set(o, "backend", cmj_string(d->backend->name));
	cmj_set(o, "index", cmj_int((int64_t)d->index));
	cmj_set(o, "class", cmj_string(class_word(i->cls)));
	cmj_set(o, "vendor", cmj_string(i->vendor));
	cmj_set(o, "driver", cmj_string(i->driver));
	cmj_set(o, "compiler", cmj_string(i->compiler));
	cmj_set(o, "location", cmj_string(i->location));
	cmj_set(o, "memory_bytes", cmj_int((int64_t)i->memory_bytes));
	cmj_set(o, "compute_units", cmj_int(i->compute_units));
	cmj_set(o, "clock_mhz", cmj_int(i->clock_mhz));
	cmj_set(o, "fp64", cmj_bool(i->fp64));
	return o;
}

static struct cmj *meters_json(const struct metering *m)
{
	const struct metering_channel *c;
	const size_t n = metering_channels(m, &c);
	struct cmj *a = cmj_array();

	for (size_t i = 0; i < n; i++) {
		struct cmj *o = presence(c[i].channel ? c[i].channel->name : c[i].meter->name, c[i].st,
					 c[i].reason);
		cmj_set(o, "meter", cmj_string(c[i].meter->name));
		cmj_push(a, o);
	}
	return a;
}

static struct cmj *facts_json(const struct machine *m)
{
	struct cmj *groups = cmj_object();

	for (size_t i = 0; i < m->facts; i++) {
		struct cmj *g = cmj_get(groups, m->fact[i].group);

		if (!g) {
			g = cmj_object();
			cmj_set(groups, m->fact[i].group, g);
		}
		cmj_set(g, m->fact[i].name, cmj_string(m->fact[i].value));
	}
	return groups;
}

static void print_json(const struct machine *m, const struct discovery *d, const struct metering *mt)
{
	struct cmj *doc = cmj_document("devices"), *devices = cmj_array(), *backends = cmj_array(),
		   *tuned = cmj_array();

	for (size_t i = 0; i < d->devices; i++)
		cmj_push(devices, device_json(&d->device[i]));
	for (size_t i = 0; i < d->backends; i++) {
		struct cmj *o = presence(d->backend[i].backend->name, d->backend[i].st,
					 d->backend[i].reason);
		cmj_set(o, "desc", cmj_string(d->backend[i].backend->desc));
		cmj_set(o, "devices", cmj_int((int64_t)d->backend[i].devices));
		cmj_push(backends, o);
	}
	for (size_t i = 0; i < d->tuneds; i++) {
		struct cmj *o = presence(d->tuned[i].tuned->name, d->tuned[i].st, d->tuned[i].reason);
		cmj_set(o, "version", cmj_string(d->tuned[i].version));
		cmj_set(o, "backend", cmj_string(d->tuned[i].tuned->backend));
		cmj_push(tuned, o);
	}
	cmj_set(doc, "machine", cmj_ref(m->json));
	cmj_set(doc, "facts", facts_json(m));
	cmj_set(doc, "devices", devices);
	cmj_set(doc, "backends", backends);
	cmj_set(doc, "tuned", tuned);
	cmj_set(doc, "meters", mt ? meters_json(mt) : cmj_array());
	cmd_print_json(doc);
}

/* ---- text -------------------------------------------------------------------------------------- */

static void row(struct textable *t, const char *kind, const char *name, enum cm_status st,
		const char *says)
{
	textable_cell(t, kind);
	textable_cell(t, name);
	textable_cell(t, st ? cm_status_word(st) : "present");
	textable_cell(t, says);
}

static void print_presence(const struct discovery *d, const struct metering *mt)
{
	static const char *const titles[] = { "", "name", "state", "what, or why not" };
	struct textable *t = textable_new("llll", titles);
	const struct metering_channel *c = NULL;
	const size_t n = mt ? metering_channels(mt, &c) : 0;

	for (size_t i = 0; i < d->backends; i++)
		row(t, "backend", d->backend[i].backend->name, d->backend[i].st,
		    d->backend[i].st ? d->backend[i].reason : d->backend[i].backend->desc);
	for (size_t i = 0; i < d->devices; i++)
		row(t, "device", d->device[i].info.name, d->device[i].st,
		    d->device[i].st ? d->device[i].reason : d->device[i].info.driver);
	for (size_t i = 0; i < d->tuneds; i++)
		row(t, "tuned", d->tuned[i].tuned->name, d->tuned[i].st,
		    d->tuned[i].st ? d->tuned[i].reason : d->tuned[i].version);
	for (size_t i = 0; i < n; i++)
		row(t, "meter", c[i].channel ? c[i].channel->name : c[i].meter->name, c[i].st,
		    c[i].st ? c[i].reason : c[i].channel->covers);
	textable_print(t, stdout, 100);
}

static void print_text(const struct machine *m, const struct discovery *d, const struct metering *mt)
{
	static const char *const titles[] = { "", "fact", "value" };
	struct textable *t = textable_new("lll", titles);

	for (size_t i = 0; i < m->facts; i++) {
		textable_cell(t, m->fact[i].group);
		textable_cell(t, m->fact[i].name);
		textable_cell(t, m->fact[i].value);
	}
	textable_print(t, stdout, 100);
	printf("\n%s\n", m->drawing);
	print_presence(d, mt);
}

static int devices(const struct args *a)
{
	struct metering_options from = { .sysfs_root = NULL };
	struct machine *m = NULL;
	struct discovery *d;
	struct metering *mt = NULL;
	struct cm_err err;

	if (sysfs_root_of(a, &from.sysfs_root, &err) || topology_read(from.sysfs_root, &m, &err))
		return cmd_fail(a, &err);
	d = discover();
	if (metering_open(&from, &mt, &err))
		mt = NULL;
	if (args_has(a, "json"))
		print_json(m, d, mt);
	else
		print_text(m, d, mt);
	metering_close(mt);
	discovery_free(d);
	topology_free(m);
	return CM_EXIT_OK;
}

const struct command cmd_devices = {
	.name = "devices",
	.usage = "costmark devices [--json] [--sysfs-root DIR]",
	.summary = "what is here: devices, backends, meters, each present or absent with the reason",
	.examples = "  costmark devices\n  costmark devices --json\n",
	.min_words = 0,
	.max_words = 0,
	.run = devices,
};
