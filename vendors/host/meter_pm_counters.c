/*
 * Energy of a Cray EX node as its controller puts it into /sys/cray/pm_counters: node, processors, memory and
 * accelerators, each "VALUE J TIME us", renewed ten times a second.
 *
 * `freshness` counts renewals: read before and after, so that a set of values is of one moment. `startup`
 * changes when the counters begin anew, `generation` when a power limit of the node does: what was counted
 * across either is void. Any file may have its own time behind the value. The parts are of the node, and
 * meters of their own may see them too, so they stand beside the sum. By Cray's "User Access to Compute Node
 * Power Data"; one accel_energy, which is 0 without an accelerator, is of older nodes.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/meter.h"
#include "base/str.h"
#include "base/sysfs.h"

#define ACCELERATORS 16
#define PROCESSORS 8
#define MOST (4 + ACCELERATORS + PROCESSORS)
#define TRIES 3

struct meter_ctx {
	char *folder;
	struct meter_channel channel[MOST];
	char file[MOST][24];
	size_t n;
	char generation[64], startup[64]; /* when it was opened */
};

/* "3", or "3 1646860599877366 us" → "3"; "" where there is no such file. */
static void counter(const struct meter_ctx *c, const char *file, char *out, size_t cap)
{
	out[0] = '\0';
	if (sysfs_line(c->folder, file, out, cap))
		out[0] = '\0';
	out[strcspn(out, " \t")] = '\0';
}

/* "1222273783 J 1646860599877366 us" → 1222273783; EINVAL for another unit or no number. */
static int joules_of(const char *folder, const char *file, double *out)
{
	char text[96], *end = NULL;
	const int e = sysfs_line(folder, file, text, sizeof text);

	if (e)
		return e;
	if (!isdigit((unsigned char)text[0]))
		return EINVAL;
	errno = 0;
	*out = (double)strtoull(text, &end, 10);
	return errno || !cm_starts(end, " J") || (end[2] && end[2] != ' ') ? EINVAL : 0;
}

static void set_state(struct meter_channel *ch, const char *file, int e)
{
	ch->st = sysfs_status(e);
	if (ch->st == CM_DENIED)
		snprintf(ch->reason, sizeof ch->reason,
			 "this user may not read it; until the next boot: sudo "
			 "chmod o+r /sys/cray/pm_counters/%s",
			 file);
	else if (e)
		snprintf(ch->reason, sizeof ch->reason, "%s holds no joules (%s)", file, strerror(e));
}

static void add(struct meter_ctx *c, const char *file, enum cm_scope scope, const char *covers)
{
	struct meter_channel *ch = &c->channel[c->n];
	char *path = cm_printf_dup("%s/%s", c->folder, file);
	double now = 0;

	if (access(path, F_OK) == 0) {
		*ch = (struct meter_channel){
			.scope = scope, .kind = CM_ENERGY_COUNTER, .unit = "J", .step = 1,
			.refresh_ns = 100000000, .basis = CM_MEASURED, .err_lo = -0.05, .err_hi = 0.05,
			.err_source = "assumed for a node's controller", .aside = scope != CM_SCOPE_NODE,
		};
		snprintf(ch->name, sizeof ch->name, "%s", file);
		snprintf(ch->source, sizeof ch->source, "%s", path);
		snprintf(ch->covers, sizeof ch->covers, "%s", covers);
		snprintf(c->file[c->n++], sizeof c->file[0], "%s", file);
		set_state(ch, file, joules_of(c->folder, file, &now));
		if (!ch->st && now <= 0 && cm_starts(file, "accel")) {
			ch->st = CM_ABSENT;
			snprintf(ch->reason, sizeof ch->reason, "%s is 0 J: no accelerator is counted",
				 file);
		}
	}
	free(path);
}

/* "cpu2_energy", "accel0_energy": one each. */
static void add_each(struct meter_ctx *c, const char *what, int n, enum cm_scope scope, const char *word)
{
	for (int i = 0; i < n; i++) {
		char file[24], covers[32];

		snprintf(file, sizeof file, "%s%d_energy", what, i);
		snprintf(covers, sizeof covers, "%s %d", word, i);
		add(c, file, scope, covers);
	}
}

static void pm_counters_close(struct meter_ctx *c)
{
	free(c->folder);
	free(c);
}

static enum cm_status pm_counters_open(const struct meter_from *from, struct meter_ctx **out,
				       struct cm_err *err)
{
	struct meter_ctx *c = cm_alloc(sizeof *c);
	bool all_processors;
	size_t before;

	c->folder = cm_printf_dup("%s/sys/cray/pm_counters",
				  from && from->sysfs_root ? from->sysfs_root : "");
	add(c, "energy", CM_SCOPE_NODE, CM_COVERS_MACHINE);
	before = c->n;
	add(c, "cpu_energy", CM_SCOPE_PACKAGE, "processors");
	all_processors = c->n > before;
	add(c, "memory_energy", CM_SCOPE_DRAM, "memory");
	add(c, "accel_energy", CM_SCOPE_DEVICE, "accelerators");
	/* Nodes of superchips count each processor, others all of them. */
	if (!all_processors)
		add_each(c, "cpu", PROCESSORS, CM_SCOPE_PACKAGE, "processor");
	add_each(c, "accel", ACCELERATORS, CM_SCOPE_DEVICE, "accelerator");
	if (!c->n) {
		pm_counters_close(c);
		return cm_fail(err, CM_ABSENT, "no /sys/cray/pm_counters: not a Cray EX node");
	}
	counter(c, "generation", c->generation, sizeof c->generation);
	counter(c, "startup", c->startup, sizeof c->startup);
	*out = c;
	return CM_OK;
}

static size_t pm_counters_channels(struct meter_ctx *c, const struct meter_channel **out)
{
	*out = c->channel;
	return c->n;
}

static void read_once(struct meter_ctx *c, struct meter_value *values)
{
	for (size_t i = 0; i < c->n; i++) {
		values[i] = (struct meter_value){ 0, c->channel[i].st };
		if (!c->channel[i].st)
			values[i].st = sysfs_status(joules_of(c->folder, c->file[i], &values[i].value));
	}
}

static enum cm_status pm_counters_read(struct meter_ctx *c, struct meter_value *values,
				       struct cm_err *err)
{
	char before[64], after[64], generation[64], startup[64];

	/* A value that fails is its channel's state. */
	for (int i = 0; i < TRIES; i++) {
		counter(c, "freshness", before, sizeof before);
		read_once(c, values);
		counter(c, "freshness", after, sizeof after);
		if (!strcmp(before, after))
			break;
	}
	counter(c, "generation", generation, sizeof generation);
	counter(c, "startup", startup, sizeof startup);
	if (strcmp(startup, c->startup) != 0) {
		memcpy(c->startup, startup, sizeof startup);
		memcpy(c->generation, generation, sizeof generation);
		return cm_fail(err, CM_EDRIVER, "the counters began anew: their startup changed");
	}
	if (strcmp(generation, c->generation) != 0) {
		memcpy(c->generation, generation, sizeof generation);
		return cm_fail(err, CM_EDRIVER, "a power limit of the node was changed: the counters' "
			       "generation changed");
	}
	return CM_OK;
}

const struct meter meter_pm_counters = {
	.abi = CM_METER_ABI,
	.name = "pm_counters",
	.desc = "energy of a Cray EX node and its parts, by its controller",
	.open = pm_counters_open,
	.close = pm_counters_close,
	.channels = pm_counters_channels,
	.read = pm_counters_read,
};
