/*
 * RAPL energy by the kernel's perf PMU "power": the same counters as the powercap zones, for
 * users who may use perf and may not read energy_uj, and for CPUs that one of the two does not
 * know yet.
 *
 * Events, scale and unit are read from the PMU's own folder (drivers: arch/x86/events/rapl.c).
 * The kernel extends the counters to 64 bits itself. AMD's PMU "power_core" is left out: a
 * counter a core, an interrupt of every core at each read, and nothing that the package does not
 * hold. Must not know who sums the channels.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "api/meter.h"
#include "base/str.h"
#include "base/sysfs.h"

static const struct kind {
	const char *event, *suffix;
	enum cm_scope scope;
} kinds[] = {
	{ "energy-pkg", "", CM_SCOPE_PACKAGE },
	{ "energy-cores", "", CM_SCOPE_CORE },
	{ "energy-gpu", " uncore", CM_SCOPE_CORE },
	{ "energy-ram", "", CM_SCOPE_DRAM },
	{ "energy-psys", "", CM_SCOPE_NODE },
};

struct meter_ctx {
	struct meter_channel *channel;
	int *fd;              /* one a channel; -1: not open */
	size_t n, cap;
	const char *root;
	bool replay;
};

/* ---- the PMU's folder ---------------------------------------------------------------------- */

/* "0,2-3" → 0, 2, 3. false: not a list of CPUs. */
static bool cpu_list(const char *text, size_t *n, unsigned long *out, size_t cap)
{
	const char *p = text;

	*n = 0;
	while (*p) {
		char *end = NULL;
		unsigned long a = strtoul(p, &end, 10), b = a;

		if (end == p)
			return false;
		if (*end == '-') {
			p = end + 1;
			b = strtoul(p, &end, 10);
			if (end == p || b < a)
				return false;
		}
		for (; a <= b && *n < cap; a++)
			out[(*n)++] = a;
		if (*end && *end != ',')
			return false;
		p = *end ? end + 1 : end;
	}
	return *n > 0;
}

/* "event=0x02" → 2. */
static bool event_code(const char *text, unsigned long long *out)
{
	const char *p = strstr(text, "event=");
	char *end = NULL;

	if (!p)
		return false;
	*out = strtoull(p + 6, &end, 0);
	return end != p + 6;
}

static long topology_of(const struct meter_ctx *c, unsigned long cpu, const char *file)
{
	char *folder = cm_printf_dup("%s/sys/devices/system/cpu/cpu%lu/topology", c->root, cpu);
	double v = -1;
	int e = sysfs_number(folder, file, 1, true, &v);

	free(folder);
	return e ? -1 : (long)v;
}

/* ---- a channel ----------------------------------------------------------------------------- */

static void fill_covers(const struct meter_ctx *c, const struct kind *k, unsigned long cpu, bool dies,
			struct meter_channel *ch)
{
	long package = topology_of(c, cpu, "physical_package_id");
	long die = topology_of(c, cpu, "die_id");

	if (k->scope == CM_SCOPE_NODE)
		snprintf(ch->covers, sizeof ch->covers, "platform (psys)");
	else if (dies && die >= 0)
		snprintf(ch->covers, sizeof ch->covers, "socket %ld die %ld%s", package, die, k->suffix);
	else
		snprintf(ch->covers, sizeof ch->covers, "socket %ld%s", package, k->suffix);
	if (k->scope == CM_SCOPE_NODE) /* one a package, all of one platform */
		snprintf(ch->name, sizeof ch->name, "%s CPU %lu", k->event, cpu);
	else
		snprintf(ch->name, sizeof ch->name, "%s %s", k->event, ch->covers);
}

static int open_event(unsigned type, unsigned long long config, unsigned long cpu)
{
	struct perf_event_attr a;

	memset(&a, 0, sizeof a);
	a.size = sizeof a;
	a.type = type;
	a.config = config;
	return (int)syscall(SYS_perf_event_open, &a, -1, (int)cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

static int open_channel(const struct meter_ctx *c, struct meter_channel *ch, unsigned type,
			unsigned long long config, unsigned long cpu)
{
	int fd;

	if (c->replay) {
		ch->st = CM_ABSENT;
		snprintf(ch->reason, sizeof ch->reason, "a recorded machine has no perf counters");
		return -1;
	}
	fd = open_event(type, config, cpu);
	if (fd >= 0)
		return fd;
	if (errno == EACCES || errno == EPERM) {
		ch->st = CM_DENIED;
		snprintf(ch->reason, sizeof ch->reason, "energy of the whole machine is for those who "
			 "may: sudo sysctl kernel.perf_event_paranoid=0");
	} else {
		ch->st = CM_ABSENT;
		snprintf(ch->reason, sizeof ch->reason, "the kernel opens no such counter: %s",
			 strerror(errno));
	}
	return -1;
}

#define CPUS 1024

/* Two CPUs of one package in the mask: the counters are its dies'. The mask is in the order of CPUs, which
 * may go to and fro between packages. */
static bool share_a_package(const struct meter_ctx *c, const unsigned long *cpu, size_t cpus)
{
	long package[CPUS];

	for (size_t i = 0; i < cpus; i++) {
		package[i] = topology_of(c, cpu[i], "physical_package_id");
		for (size_t k = 0; k < i; k++)
			if (package[k] == package[i])
				return true;
	}
	return false;
}

static void add_event(struct meter_ctx *c, const char *folder, const struct kind *k, unsigned type,
		      const unsigned long *cpu, size_t cpus)
{
	char file[64], text[128], *end = NULL;
	unsigned long long config = 0;
	double scale = 0;
	bool dies = false;

	snprintf(file, sizeof file, "events/%s", k->event);
	if (sysfs_line(folder, file, text, sizeof text) || !event_code(text, &config))
		return;
	snprintf(file, sizeof file, "events/%s.scale", k->event);
	if (sysfs_line(folder, file, text, sizeof text) == 0)
		scale = strtod(text, &end);
	dies = share_a_package(c, cpu, cpus);
	for (size_t i = 0; i < cpus; i++) {
		struct meter_channel *ch;

		CM_PUSH(c->channel, c->n, c->cap);
		c->fd = cm_realloc(c->fd, c->cap * sizeof *c->fd);
		ch = &c->channel[c->n];
		*ch = (struct meter_channel){
			.scope = k->scope, .kind = CM_ENERGY_COUNTER, .unit = "J", .step = scale,
			.refresh_ns = 1000000, .basis = CM_MEASURED, .err_lo = -0.10, .err_hi = 0.10,
			.err_source = "assumed for RAPL",
		};
		fill_covers(c, k, cpu[i], dies, ch);
		snprintf(ch->source, sizeof ch->source, "perf power/%s/ on CPU %lu", k->event,
			 cpu[i]);
		if (scale > 0 && scale < 1) {
			c->fd[c->n++] = open_channel(c, ch, type, config, cpu[i]);
			continue;
		}
		ch->st = CM_UNSUPPORTED;
		snprintf(ch->reason, sizeof ch->reason, "the PMU states no scale for %s", k->event);
		c->fd[c->n++] = -1;
	}
}

/* false: there is no such PMU. */
static bool add_events(struct meter_ctx *c)
{
	char *folder = cm_printf_dup("%s/sys/bus/event_source/devices/power", c->root);
	char text[4096];
	unsigned long cpu[CPUS];
	size_t cpus = 0;
	double type = 0;
	bool there = sysfs_number(folder, "type", 1, false, &type) == 0;
	bool usable = there && sysfs_line(folder, "cpumask", text, sizeof text) == 0 &&
		      cpu_list(text, &cpus, cpu, CPUS);

	for (size_t i = 0; usable && i < CM_COUNT(kinds); i++)
		add_event(c, folder, &kinds[i], (unsigned)type, cpu, cpus);
	free(folder);
	return there;
}

/* ---- the meter ----------------------------------------------------------------------------- */

static void perf_power_close(struct meter_ctx *c)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->fd[i] >= 0)
			close(c->fd[i]);
	}
	free(c->fd);
	free(c->channel);
	free(c);
}

static enum cm_status perf_power_open(const struct meter_from *from, struct meter_ctx **out,
				      struct cm_err *err)
{
	struct meter_ctx *c = cm_alloc(sizeof *c);
	bool there;

	c->replay = from && from->sysfs_root;
	c->root = c->replay ? from->sysfs_root : "";
	there = add_events(c);
	if (!c->n) {
		perf_power_close(c);
		return cm_fail(err, CM_ABSENT, there ? "the perf PMU \"power\" has no energy event, or no "
						       "cpumask of the CPUs that count them" :
						       "the kernel has no perf PMU \"power\" here");
	}
	c->root = NULL; /* the caller's, and needed no more */
	*out = c;
	return CM_OK;
}

static size_t perf_power_channels(struct meter_ctx *c, const struct meter_channel **out)
{
	*out = c->channel;
	return c->n;
}

static enum cm_status perf_power_read(struct meter_ctx *c, struct meter_value *values,
				      struct cm_err *err)
{
	(void)err; /* a counter that fails is that counter's state */
	for (size_t i = 0; i < c->n; i++) {
		uint64_t count = 0;

		values[i] = (struct meter_value){ 0, c->channel[i].st };
		if (c->fd[i] < 0)
			continue;
		if (read(c->fd[i], &count, sizeof count) == sizeof count)
			values[i].value = (double)count * c->channel[i].step;
		else
			values[i].st = CM_EDRIVER;
	}
	return CM_OK;
}

const struct meter meter_perf_power = {
	.abi = CM_METER_ABI,
	.name = "perf_power",
	.desc = "RAPL energy of packages, memory and platform, by the perf PMU \"power\"",
	.open = perf_power_open,
	.close = perf_power_close,
	.channels = perf_power_channels,
	.read = perf_power_read,
};
