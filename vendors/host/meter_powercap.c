/*
 * Energy of CPU packages, memory and platform from the kernel's powercap zones (RAPL, Intel and AMD), and
 * the limits of power that those zones have.
 *
 * Which zones there are and what each covers is in powercap_zones.c. Sources: Documentation/power/powercap,
 * Documentation/ABI/testing/sysfs-class-powercap. Must not know who sums the channels.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/meter.h"
#include "base/cpuinfo.h"
#include "base/str.h"
#include "base/sysfs.h"
#include "powercap_zones.h"

#define ENERGY "energy_uj"
#define POWER "power_uw" /* a zone may have it in place of energy; RAPL never does */

struct meter_ctx {
	struct zones zones;
	struct meter_channel *channel; /* one a zone */
	struct meter_cap *limit;
	size_t *limit_zone;  /* which zone each limit is of */
	size_t limits;
	struct cpuinfo cpu;
};

/* ---- what a zone is worth -------------------------------------------------------------------- */

static void set_band(struct meter_channel *ch, const struct cpuinfo *cpu)
{
	/* Class defaults: no data sheet states them. psys is not defined across boards. */
	bool intel = strcmp(cpu->vendor, "GenuineIntel") == 0;
	double band = intel && (ch->scope == CM_SCOPE_PACKAGE || ch->scope == CM_SCOPE_CORE) ?
		      0.03 : 0.10;

	ch->err_lo = -band;
	ch->err_hi = band;
	snprintf(ch->err_source, sizeof ch->err_source, "assumed for RAPL %s%s",
		 ch->scope == CM_SCOPE_NODE ? "psys" : ch->scope == CM_SCOPE_DRAM ? "memory" :
		 intel ? "on Intel" : cpu->vendor[0] ? "where firmware models power from activity" :
		 "of an unknown CPU",
		 intel && cpu->sgx ? "; SGX is on, readings over short times are blurred" : "");
}

/* Largest power that a package can draw: five times its rated power covers boost without limits on
 * the smallest parts (15 W rated, 64 W drawn); 1 kW is above any package sold. */
static double package_max_w(const struct zone *z)
{
	double rated = 0, w = 0;

	for (int i = 0; i < 3; i++) {
		char file[40];

		snprintf(file, sizeof file, "constraint_%d_max_power_uw", i);
		if (sysfs_number(z->path, file, 1e6, false, &w) == 0)
			rated = fmax(rated, w);
	}
	return rated < 1 ? 1000 : fmin(1000, fmax(100, 5 * rated));
}

/* The long-term limit in force; the default is the rating, which is what it is set to at start. */
static void set_limit(const struct zone *z, struct meter_channel *ch)
{
	for (int i = 0; i < 3; i++) {
		char file[40], name[32] = "";

		snprintf(file, sizeof file, "constraint_%d_name", i);
		if (sysfs_line(z->path, file, name, sizeof name) || strcmp(name, "long_term") != 0)
			continue;
		snprintf(file, sizeof file, "constraint_%d_power_limit_uw", i);
		if (sysfs_number(z->path, file, 1e6, false, &ch->limit_w))
			ch->limit_w = 0;
		snprintf(file, sizeof file, "constraint_%d_max_power_uw", i);
		if (sysfs_number(z->path, file, 1e6, false, &ch->usual_w))
			ch->usual_w = 0;
		return;
	}
}

static void name_channel(const struct meter_ctx *c, const struct zone *z, struct meter_channel *ch)
{
	size_t type = zone_type(z);
	const struct zone *up = zones_parent(&c->zones, z);
	const char *plain = "intel-rapl"; /* the kernel's word on AMD too */
	bool usual = type == strlen(plain) && strncmp(z->dir, plain, type) == 0;

	snprintf(ch->name, sizeof ch->name, "%s%s%s%s%.*s", up ? up->name : "", up ? "/" : "",
		 z->name[0] ? z->name : z->dir, usual ? "" : " by ", usual ? 0 : (int)type, z->dir);
	for (const struct meter_channel *o = c->channel; o < ch; o++) {
		if (strcmp(o->name, ch->name) == 0) { /* two zones of one name: the folder tells */
			snprintf(ch->name, sizeof ch->name, "%s [%s]", z->name, z->dir);
			break;
		}
	}
}

static const char *file_of(const struct meter_channel *ch)
{
	return ch->kind == CM_POWER_SAMPLE ? POWER : ENERGY;
}

static void set_reason(struct meter_channel *ch, int e)
{
	const char *file = file_of(ch);

	ch->st = sysfs_status(e);
	if (ch->st == CM_DENIED)
		snprintf(ch->reason, sizeof ch->reason, "%s may be read by root only; until "
			 "the next boot: sudo chmod o+r /sys/class/powercap/*/%s", file, file);
	else if (e == ENOENT)
		snprintf(ch->reason, sizeof ch->reason, "this zone has no %s", file);
	else if (e == EINVAL)
		snprintf(ch->reason, sizeof ch->reason, "%s holds no number", file);
	else if (e)
		snprintf(ch->reason, sizeof ch->reason, "%s gives no value (%s): the CPU is "
			 "off line or firmware locked the zone", file, strerror(e));
}

/* The kernel prints (2^32 - 1) units; the counter wraps one unit later. A range below the reading is of
 * something else: then no fall can be told from a reset. */
static void set_range(const struct zone *z, double now_j, struct meter_channel *ch)
{
	double range_j = 0;

	if (sysfs_number(z->path, "max_energy_range_uj", 1e6, false, &range_j) || range_j <= 0)
		return;
	if (now_j > range_j) {
		snprintf(ch->note, sizeof ch->note, "%s: max_energy_range_uj is %.6g J and the reading "
			 "%.6g J, so a wrap of it cannot be undone", ch->name, range_j, now_j);
		return;
	}
	ch->step = range_j / 4294967295.0;
	ch->wraps_at = range_j + ch->step;
}

/* A zone without an energy counter may have its power. */
static void set_kind(const struct zone *z, struct meter_channel *ch)
{
	char *energy = cm_printf_dup("%s/" ENERGY, z->path), *power = cm_printf_dup("%s/" POWER, z->path);
	const bool only_power = access(energy, F_OK) != 0 && access(power, F_OK) == 0;

	ch->kind = only_power ? CM_POWER_SAMPLE : CM_ENERGY_COUNTER;
	ch->unit = only_power ? "W" : "J";
	ch->refresh_ns = only_power ? 0 : 1000000; /* about 1 ms, with jitter */
	ch->step = only_power ? 1e-6 : 0;
	ch->basis = CM_MEASURED;
	snprintf(ch->source, sizeof ch->source, "%s/%s", z->path, file_of(ch));
	free(energy);
	free(power);
}

static void describe(const struct meter_ctx *c, const struct zone *z, struct meter_channel *ch)
{
	const struct zone *up = zones_parent(&c->zones, z);
	double now = 0;

	set_kind(z, ch);
	name_channel(c, z, ch);
	if (cm_starts(z->dir, "dtpm:")) { /* dtpm.c: watts of the energy model at the present clock */
		ch->st = CM_UNSUPPORTED;
		snprintf(ch->reason, sizeof ch->reason, "the thermal framework's watts are the kernel's "
			 "energy model, not a meter's");
		return;
	}
	if (!zone_is(&c->zones, z, &ch->scope, ch->covers, sizeof ch->covers)) {
		ch->st = CM_UNSUPPORTED;
		snprintf(ch->reason, sizeof ch->reason,
			 "a zone named \"%s\" is not one whose extent is known", z->name);
		return;
	}
	set_band(ch, &c->cpu);
	if (ch->scope == CM_SCOPE_PACKAGE)
		ch->max_w = package_max_w(z);
	else if (ch->scope == CM_SCOPE_CORE && up)
		ch->max_w = package_max_w(up);
	if (ch->scope == CM_SCOPE_PACKAGE)
		set_limit(z, ch);
	set_reason(ch, sysfs_number(z->path, file_of(ch), 1e6, false, &now));
	if (ch->kind == CM_ENERGY_COUNTER)
		set_range(z, now, ch);
}

/* ---- limits --------------------------------------------------------------------------------- */

#define LIMIT "constraint_0_power_limit_uw" /* the long-term limit: the one of the average */

static void set_limit_state(const struct zone *z, struct meter_cap *l)
{
	char *path = cm_printf_dup("%s/" LIMIT, z->path);
	double enabled = 1;

	if (sysfs_number(z->path, "enabled", 1, false, &enabled) == 0 && enabled == 0) {
		l->st = CM_UNSUPPORTED;
		snprintf(l->reason, sizeof l->reason, "the zone's limits are switched off (enabled is 0)");
	} else if (euidaccess(path, W_OK) != 0) {
		l->st = CM_DENIED;
		snprintf(l->reason, sizeof l->reason, "only root may set it; until the next boot: sudo "
			 "chmod o+w /sys/class/powercap/%.40s/" LIMIT, z->dir);
	}
	free(path);
}

/* A zone without a limit, or with one of 0 W (not set by firmware), has none to sweep. */
static bool describe_limit(const struct meter_ctx *c, size_t i, struct meter_cap *l)
{
	const struct zone *z = &c->zones.zone[i];
	const struct meter_channel *ch = &c->channel[i];

	*l = (struct meter_cap){ .st = CM_OK };
	if (sysfs_number(z->path, LIMIT, 1e6, false, &l->now_w) || !(l->now_w > 0))
		return false;
	snprintf(l->name, sizeof l->name, "%s", ch->name);
	snprintf(l->covers, sizeof l->covers, "%s", ch->covers);
	sysfs_number(z->path, "constraint_0_min_power_uw", 1e6, false, &l->min_w);
	sysfs_number(z->path, "constraint_0_max_power_uw", 1e6, false, &l->max_w);
	sysfs_number(z->path, "constraint_0_time_window_us", 1e6, false, &l->window_s);
	/* What stands already is allowed; where no maximum is stated, nothing above it. */
	l->max_w = fmax(l->max_w, l->now_w);
	/* The same package by its memory-mapped twin is the same silicon: only where it is named. */
	l->whole = ch->scope == CM_SCOPE_PACKAGE && !strstr(ch->name, " by ");
	set_limit_state(z, l);
	return true;
}

static void find_limits(struct meter_ctx *c)
{
	c->limit = cm_alloc(c->zones.n * sizeof *c->limit);
	c->limit_zone = cm_alloc(c->zones.n * sizeof *c->limit_zone);
	for (size_t i = 0; i < c->zones.n; i++) {
		if (!describe_limit(c, i, &c->limit[c->limits]))
			continue;
		c->limit_zone[c->limits++] = i;
	}
}

static size_t powercap_caps(struct meter_ctx *c, const struct meter_cap **out)
{
	*out = c->limit;
	return c->limits;
}

static enum cm_status powercap_set_cap(struct meter_ctx *c, size_t i, double watts,
				       struct cm_err *err)
{
	const struct zone *z = &c->zones.zone[c->limit_zone[i]];
	char *path = cm_printf_dup("%s/" LIMIT, z->path);
	FILE *f = fopen(path, "we");
	bool ok = f && fprintf(f, "%.0f\n", watts * 1e6) > 0;
	double now_w = 0;
	int e = errno;

	if (f && fclose(f) != 0) { /* the kernel's answer to a write comes here */
		e = errno;
		ok = false;
	}
	free(path);
	if (!ok)
		return cm_fail(err, e == EACCES || e == EPERM ? CM_DENIED : CM_EIO,
			       "%s/" LIMIT " does not take %.6g W: %s", z->path, watts, strerror(e));
	e = sysfs_number(z->path, LIMIT, 1e6, false, &now_w);
	/* Hardware keeps steps of 1/8 W. */
	if (e || fabs(now_w - watts) > 0.25)
		return cm_fail(err, CM_EDRIVER, "%s was asked for %.6g W and holds %.6g W: firmware "
			       "clamps it", c->limit[i].name, watts, now_w);
	return CM_OK;
}

/* ---- the meter ----------------------------------------------------------------------------- */

static void powercap_close(struct meter_ctx *c)
{
	zones_free(&c->zones);
	free(c->channel);
	free(c->limit);
	free(c->limit_zone);
	free(c);
}

static enum cm_status powercap_open(const struct meter_from *from, struct meter_ctx **out,
				    struct cm_err *err)
{
	const char *root = from && from->sysfs_root ? from->sysfs_root : "";
	struct meter_ctx *c = cm_alloc(sizeof *c);
	bool there;

	cpuinfo_read(*root ? root : NULL, &c->cpu);
	there = zones_find(root, &c->zones);
	if (!c->zones.n) {
		bool guest = c->cpu.hypervisor;

		powercap_close(c);
		return cm_fail(err, CM_ABSENT, "%s%s", there ? "/sys/class/powercap has no zone" :
			       "no /sys/class/powercap", guest ?
			       ": a virtual machine, the host keeps the energy counters" :
			       ": no driver of energy counters for this CPU is loaded");
	}
	c->channel = cm_alloc(c->zones.n * sizeof *c->channel);
	for (size_t i = 0; i < c->zones.n; i++)
		describe(c, &c->zones.zone[i], &c->channel[i]);
	find_limits(c);
	*out = c;
	return CM_OK;
}

static size_t powercap_channels(struct meter_ctx *c, const struct meter_channel **out)
{
	*out = c->channel;
	return c->zones.n;
}

static enum cm_status powercap_read(struct meter_ctx *c, struct meter_value *values,
				    struct cm_err *err)
{
	char name[64];

	/* What it draws is in no channel, so no sum of packages is whole from here on. */
	if (zones_new(&c->zones, name, sizeof name))
		return cm_fail(err, CM_EDRIVER, "the zone %s has appeared since this meter was opened: a "
			       "CPU came on line or a driver was loaded", name);
	for (size_t i = 0; i < c->zones.n; i++) { /* a zone that fails is that zone's state */
		const struct meter_channel *ch = &c->channel[i];

		values[i] = (struct meter_value){ 0, ch->st };
		if (ch->st == CM_OK)
			values[i].st = sysfs_status(sysfs_number(c->zones.zone[i].path, file_of(ch), 1e6,
								 false, &values[i].value));
	}
	return CM_OK;
}

const struct meter meter_powercap = {
	.abi = CM_METER_ABI,
	.name = "powercap",
	.desc = "RAPL energy of packages, memory and platform, by the kernel's powercap zones",
	.open = powercap_open,
	.close = powercap_close,
	.channels = powercap_channels,
	.read = powercap_read,
	.caps = powercap_caps,
	.set_cap = powercap_set_cap,
};
