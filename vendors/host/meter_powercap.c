/*
 * Energy of CPU packages, memory and platform from the kernel's powercap zones (RAPL, Intel and
 * AMD).
 *
 * Zones are found by the kernel's own naming: <control type>:<hex>[:<hex>]. What a zone covers
 * comes from its name (the physical package), never from its index. Sources:
 * Documentation/power/powercap, drivers/powercap/{powercap_sys,intel_rapl_common}.c. Must not
 * know who sums the channels.
 */
#include <ctype.h>
#include <dirent.h>
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

#define DEPTH 4 /* deepest zone is <type>:p:s, recorded trees may nest them in their type's folder */

struct zone {
	char *path;          /* its folder */
	char *dir;           /* "intel-rapl:a:0" */
	char name[28];       /* "package-10" */
};

struct meter_ctx {
	struct zone *zone;
	struct meter_channel *channel;
	size_t n, cap;
	struct meter_cap *limit;
	size_t *limit_zone;  /* which zone each limit is of */
	size_t limits;
	struct cpuinfo cpu;
};

/* ---- zones --------------------------------------------------------------------------------- */

/* "intel-rapl-mmio:1f:0" → hex indices after the type; 0 for anything that is no zone. */
static size_t zone_indices(const char *dir, unsigned long index[DEPTH])
{
	const char *p = strchr(dir, ':');
	size_t n = 0;

	if (!p || p == dir)
		return 0;
	while (*p == ':' && n < DEPTH) {
		char *end = NULL;

		if (!isxdigit((unsigned char)p[1]))
			return 0;
		index[n++] = strtoul(p + 1, &end, 16);
		p = end;
	}
	return *p ? 0 : n;
}

static int zone_order(const void *a, const void *b)
{
	const struct zone *x = a, *y = b;
	unsigned long i[DEPTH] = { 0 }, k[DEPTH] = { 0 };
	size_t n = zone_indices(x->dir, i), m = zone_indices(y->dir, k);
	size_t tx = strcspn(x->dir, ":"), ty = strcspn(y->dir, ":");
	int c = strncmp(x->dir, y->dir, tx < ty ? tx : ty);

	if (c == 0)
		c = (tx > ty) - (tx < ty);
	for (size_t d = 0; c == 0 && d < n && d < m; d++)
		c = (i[d] > k[d]) - (i[d] < k[d]);
	return c ? c : (n > m) - (n < m);
}

static bool known(const struct meter_ctx *c, const char *dir)
{
	for (size_t i = 0; i < c->n; i++) {
		if (strcmp(c->zone[i].dir, dir) == 0)
			return true;
	}
	return false;
}

/* The class folder lists every zone; a copied tree may hold them only inside each other. */
static bool scan(struct meter_ctx *c, const char *folder, int depth)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	if (!d)
		return false;
	while ((e = readdir(d))) {
		unsigned long index[DEPTH];
		bool zone = zone_indices(e->d_name, index) > 0;
		char *path;

		if (e->d_name[0] == '.' || depth >= DEPTH)
			continue;
		if (!zone && (depth > 0 || strchr(e->d_name, ':')))
			continue;
		path = cm_printf_dup("%s/%s", folder, e->d_name);
		if (zone && !known(c, e->d_name)) {
			CM_PUSH(c->zone, c->n, c->cap);
			c->zone[c->n] = (struct zone){ .path = cm_strdup(path),
						       .dir = cm_strdup(e->d_name) };
			sysfs_line(path, "name", c->zone[c->n].name, sizeof c->zone[c->n].name);
			c->n++;
		}
		scan(c, path, depth + 1);
		free(path);
	}
	closedir(d);
	return true;
}

static const struct zone *parent_of(const struct meter_ctx *c, const struct zone *z)
{
	size_t cut = (size_t)(strrchr(z->dir, ':') - z->dir);

	for (size_t i = 0; i < c->n; i++) {
		if (strlen(c->zone[i].dir) == cut && strncmp(c->zone[i].dir, z->dir, cut) == 0)
			return &c->zone[i];
	}
	return NULL;
}

/* ---- what a zone is ------------------------------------------------------------------------ */

/* "PREFIX12REST" → 12 and REST; NULL where the text is not so. */
static const char *number_after(const char *text, const char *prefix, unsigned long *out)
{
	size_t n = strlen(prefix);
	char *end = NULL;

	if (strncmp(text, prefix, n) != 0 || !isdigit((unsigned char)text[n]))
		return NULL;
	*out = strtoul(text + n, &end, 10);
	return end;
}

/* "package-10-die-1" → "socket 10 die 1". */
static bool package_covers(const char *name, char *out, size_t cap)
{
	unsigned long package, die;
	const char *rest = number_after(name, "package-", &package);

	if (!rest)
		return false;
	if (!*rest) {
		snprintf(out, cap, "socket %lu", package);
		return true;
	}
	rest = number_after(rest, "-die-", &die);
	if (!rest || *rest)
		return false;
	snprintf(out, cap, "socket %lu die %lu", package, die);
	return true;
}

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

/* Scope and `covers` by name; a sub-zone takes its socket from the zone around it. */
static bool classify(const struct meter_ctx *c, const struct zone *z, struct meter_channel *ch)
{
	static const struct { const char *name; enum cm_scope scope; const char *suffix; } subs[] = {
		{ "core", CM_SCOPE_CORE, "" },
		{ "uncore", CM_SCOPE_CORE, " uncore" },
		{ "dram", CM_SCOPE_DRAM, "" },
	};
	const struct zone *up = parent_of(c, z);
	char socket[48] = "the processor";

	if (package_covers(z->name, ch->covers, sizeof ch->covers)) {
		ch->scope = CM_SCOPE_PACKAGE;
		return true;
	}
	/* "psys", and "psys-1" or "platform-1" where each package has one. */
	if (cm_starts(z->name, "psys") || cm_starts(z->name, "platform")) {
		ch->scope = CM_SCOPE_NODE;
		snprintf(ch->covers, sizeof ch->covers, "platform (%s)", z->name);
		return true;
	}
	if (up)
		package_covers(up->name, socket, sizeof socket);
	for (size_t i = 0; i < CM_COUNT(subs); i++) {
		if (strcmp(z->name, subs[i].name) == 0) {
			ch->scope = subs[i].scope;
			snprintf(ch->covers, sizeof ch->covers, "%s%s", socket, subs[i].suffix);
			return true;
		}
	}
	return false;
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
	size_t type = strcspn(z->dir, ":");
	const struct zone *up = parent_of(c, z);
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

static void set_reason(struct meter_channel *ch, int e)
{
	ch->st = sysfs_status(e);
	if (ch->st == CM_DENIED)
		snprintf(ch->reason, sizeof ch->reason, "energy_uj may be read by root only; until "
			 "the next boot: sudo chmod o+r /sys/class/powercap/*/energy_uj");
	else if (e == ENOENT)
		snprintf(ch->reason, sizeof ch->reason, "this zone has no energy_uj");
	else if (e == EINVAL)
		snprintf(ch->reason, sizeof ch->reason, "energy_uj holds no number");
	else if (e)
		snprintf(ch->reason, sizeof ch->reason, "energy_uj gives no value (%s): the CPU is "
			 "off line or firmware locked the zone", strerror(e));
}

static void describe(const struct meter_ctx *c, const struct zone *z, struct meter_channel *ch)
{
	const struct zone *up = parent_of(c, z);
	double range_j = 0, now_j = 0;

	ch->kind = CM_ENERGY_COUNTER;
	ch->unit = "J";
	ch->basis = CM_MEASURED;
	ch->refresh_ns = 1000000; /* about 1 ms, with jitter */
	snprintf(ch->source, sizeof ch->source, "%s/energy_uj", z->path);
	name_channel(c, z, ch);
	if (!classify(c, z, ch)) {
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
	/* The kernel prints (2^32 - 1) units; the counter wraps one unit later. */
	if (sysfs_number(z->path, "max_energy_range_uj", 1e6, false, &range_j) == 0 && range_j > 0) {
		ch->step = range_j / 4294967295.0;
		ch->wraps_at = range_j + ch->step;
	}
	set_reason(ch, sysfs_number(z->path, "energy_uj", 1e6, false, &now_j));
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
	const struct zone *z = &c->zone[i];
	const struct meter_channel *ch = &c->channel[i];

	*l = (struct meter_cap){ .st = CM_OK };
	if (sysfs_number(z->path, LIMIT, 1e6, false, &l->now_w) || !(l->now_w > 0))
		return false;
	snprintf(l->name, sizeof l->name, "%s", ch->name);
	snprintf(l->covers, sizeof l->covers, "%s", ch->covers);
	sysfs_number(z->path, "constraint_0_min_power_uw", 1e6, false, &l->min_w);
	sysfs_number(z->path, "constraint_0_max_power_uw", 1e6, false, &l->max_w);
	/* What stands already is allowed; where no maximum is stated, nothing above it. */
	l->max_w = fmax(l->max_w, l->now_w);
	/* The same package by its memory-mapped twin is the same silicon: only where it is named. */
	l->whole = ch->scope == CM_SCOPE_PACKAGE && !strstr(ch->name, " by ");
	set_limit_state(z, l);
	return true;
}

static void find_limits(struct meter_ctx *c)
{
	c->limit = cm_alloc(c->n * sizeof *c->limit);
	c->limit_zone = cm_alloc(c->n * sizeof *c->limit_zone);
	for (size_t i = 0; i < c->n; i++) {
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
	const struct zone *z = &c->zone[c->limit_zone[i]];
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
	for (size_t i = 0; i < c->n; i++) {
		free(c->zone[i].path);
		free(c->zone[i].dir);
	}
	free(c->zone);
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
	char *folder = cm_printf_dup("%s/sys/class/powercap", root);
	bool there;

	cpuinfo_read(*root ? root : NULL, &c->cpu);
	there = scan(c, folder, 0);
	free(folder);
	if (!c->n) {
		bool guest = c->cpu.hypervisor;

		powercap_close(c);
		return cm_fail(err, CM_ABSENT, "%s%s", there ? "/sys/class/powercap has no zone" :
			       "no /sys/class/powercap", guest ?
			       ": a virtual machine, the host keeps the energy counters" :
			       ": no driver of energy counters for this CPU is loaded");
	}
	qsort(c->zone, c->n, sizeof *c->zone, zone_order);
	c->channel = cm_alloc(c->n * sizeof *c->channel);
	for (size_t i = 0; i < c->n; i++)
		describe(c, &c->zone[i], &c->channel[i]);
	find_limits(c);
	*out = c;
	return CM_OK;
}

static size_t powercap_channels(struct meter_ctx *c, const struct meter_channel **out)
{
	*out = c->channel;
	return c->n;
}

static enum cm_status powercap_read(struct meter_ctx *c, struct meter_value *values,
				    struct cm_err *err)
{
	(void)err; /* a zone that fails is that zone's state */
	for (size_t i = 0; i < c->n; i++) {
		values[i] = (struct meter_value){ 0, c->channel[i].st };
		if (c->channel[i].st == CM_OK)
			values[i].st = sysfs_status(sysfs_number(c->zone[i].path, "energy_uj", 1e6,
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
