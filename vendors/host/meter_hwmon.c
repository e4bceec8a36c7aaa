/*
 * Power and energy from the kernel's hardware monitors: ACPI power meters, processor modules, graphics
 * cards, server boards, power supplies.
 *
 * What a sensor covers is known from its driver and label only; a sensor on a rail of unknown extent is
 * shown as such and never read into a sum. Attributes by Documentation/hwmon/sysfs-interface.rst, labels
 * by each driver's page there. Must not know who sums the channels.
 */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/meter.h"
#include "base/str.h"
#include "base/sysfs.h"

/* Who is what. driver: its name, or its beginning and *. label: a part of it, NULL = any. covers: '#'
 * is the number that ends the label, '@' the PCI address or the number of the monitor. The first line
 * that fits is taken. */
static const struct rule {
	const char *driver, *label;
	enum cm_scope scope;
	const char *covers;
} rules[] = {
	/* power1_oem_info of Nvidia's modules: a module holds a Grace, a Grace its CPU and SysIO. */
	{ "power_meter", "Module Power Socket", CM_SCOPE_NODE, "module #" },
	{ "power_meter", "Grace Power Socket", CM_SCOPE_PACKAGE, "socket #" },
	{ "power_meter", "CPU Power Socket", CM_SCOPE_CORE, "socket #" },
	{ "power_meter", "SysIO Power Socket", CM_SCOPE_CORE, "socket # SysIO" },
	{ "power_meter", NULL, CM_SCOPE_NODE, "this machine" },
	{ "amdgpu", NULL, CM_SCOPE_DEVICE, "@" },
	{ "xe", NULL, CM_SCOPE_DEVICE, "@" }, /* energy1 card, energy2 package: of one device */
	{ "i915", NULL, CM_SCOPE_DEVICE, "@" },
	{ "i915_gt*", NULL, CM_SCOPE_CORE, "@ tile" },
	{ "nouveau", NULL, CM_SCOPE_DEVICE, "@" },
	{ "amd_energy", "Esocket", CM_SCOPE_PACKAGE, "socket #" },
	{ "amd_energy", "Ecore", CM_SCOPE_CORE, "core #" },
	{ "fam15h_power", NULL, CM_SCOPE_PACKAGE, "processor @" },
	{ "smpro*", "DIMM", CM_SCOPE_DRAM, "memory @" },
	{ "smpro*", NULL, CM_SCOPE_PACKAGE, "processor @" },
	{ "ibmpowernv", "System", CM_SCOPE_NODE, "this machine" },
	/* Supplies only: "pin" of any other PMBus part is the board's 12 V side. */
	{ "dps*", "pin", CM_SCOPE_WALL, "power supply @" },
	{ "ibm-cffps", "pin", CM_SCOPE_WALL, "power supply @" },
	{ "fsp-3y*", "pin", CM_SCOPE_WALL, "power supply @" },
	{ "pfe*", "pin", CM_SCOPE_WALL, "power supply @" },
	{ "ipsps*", "pin", CM_SCOPE_WALL, "power supply @" },
	{ "corsairpsu", "power total", CM_SCOPE_NODE, "power supply @" },
};

struct sensor {
	char *folder;
	char file[40];        /* "power1_average" */
};

struct meter_ctx {
	struct sensor *sensor;
	struct meter_channel *channel;
	size_t n, cap;
};

struct monitor { /* one hwmon folder */
	char *folder;
	unsigned long number;
	char driver[48], at[64];
};

/* ---- what a sensor is ---------------------------------------------------------------------------- */

/* "smpro*" fits "smpro_hwmon"; without the star the whole name must be the same. */
static bool driver_fits(const char *rule, const char *driver)
{
	size_t n = strlen(rule);

	return rule[n - 1] == '*' ? strncmp(rule, driver, n - 1) == 0 : strcmp(rule, driver) == 0;
}

static const struct rule *rule_of(const char *driver, const char *label)
{
	for (size_t i = 0; i < CM_COUNT(rules); i++) {
		const struct rule *r = &rules[i];

		if (driver_fits(r->driver, driver) && (!r->label || strstr(label, r->label)))
			return r;
	}
	return NULL;
}

/* Number at the end of the label without leading zeros: "Ecore007" → "7". */
static const char *last_number(const char *label)
{
	const char *p = label + strlen(label);

	while (p > label && p[-1] >= '0' && p[-1] <= '9')
		p--;
	while (p[0] == '0' && p[1])
		p++;
	return p;
}

static void fill_covers(const struct rule *r, const struct monitor *m, const char *label, char *out,
			size_t cap)
{
	struct str s = { 0 };

	for (const char *p = r->covers; *p; p++) {
		if (*p == '#')
			str_add(&s, last_number(label));
		else if (*p == '@')
			str_add(&s, m->at);
		else
			str_addc(&s, *p);
	}
	/* Rails that add up to one part must not look like mirrors of each other. */
	if (cm_starts(m->driver, "smpro"))
		str_addf(&s, " %s", label);
	snprintf(out, cap, "%s", str_get(&s));
	str_free(&s);
}

/* ---- attributes ---------------------------------------------------------------------------------- */

static uint64_t refresh_of(const struct monitor *m, unsigned k, bool average)
{
	char file[48];
	double s = 0;

	snprintf(file, sizeof file, "power%u_average_interval", k);
	if (average && sysfs_number(m->folder, file, 1e3, false, &s) == 0 && s > 0)
		return (uint64_t)(s * 1e9);
	if (sysfs_number(m->folder, "update_interval", 1e3, false, &s) == 0 && s > 0)
		return (uint64_t)(s * 1e9);
	return average ? 1000000000 : 0; /* an average over a time that nobody states: 1 s */
}

/* "95.00%": the share that the reading is right to. */
static void set_band(const struct monitor *m, unsigned k, struct meter_channel *ch)
{
	char file[48], text[32], *end = NULL;
	double right = 0;

	snprintf(file, sizeof file, "power%u_accuracy", k);
	if (sysfs_line(m->folder, file, text, sizeof text) == 0)
		right = strtod(text, &end);
	if (right >= 50 && right <= 100) {
		ch->err_lo = -(100 - right) / 100;
		ch->err_hi = (100 - right) / 100;
		snprintf(ch->err_source, sizeof ch->err_source, "stated by the sensor: %s", file);
	} else {
		ch->err_lo = -0.05;
		ch->err_hi = 0.05;
		snprintf(ch->err_source, sizeof ch->err_source, "assumed for a %s sensor", m->driver);
	}
}

static void label_of(const struct monitor *m, const char *kind, unsigned k, char *out, size_t cap)
{
	char file[48], device[512];

	snprintf(file, sizeof file, "%s%u_label", kind, k);
	if (sysfs_line(m->folder, file, out, cap) == 0)
		return;
	/* ACPI meters keep the maker's words beside the device, not in a label. */
	snprintf(file, sizeof file, "%s%u_oem_info", kind, k);
	if (sysfs_line(m->folder, file, out, cap) == 0)
		return;
	snprintf(device, sizeof device, "%s/device", m->folder);
	if (sysfs_line(device, file, out, cap) != 0)
		out[0] = '\0';
}

static void set_state(struct meter_channel *ch, const struct monitor *m, const char *file, int e)
{
	ch->st = sysfs_status(e);
	if (ch->st == CM_DENIED)
		snprintf(ch->reason, sizeof ch->reason, "this user may not read it; until the next "
			 "boot: sudo chmod o+r /sys/class/hwmon/hwmon%lu/%s", m->number, file);
	else if (e == EINVAL)
		snprintf(ch->reason, sizeof ch->reason, "%s holds no number", file);
	else if (e)
		snprintf(ch->reason, sizeof ch->reason, "%s gives no value: %s", file, strerror(e));
}

/* The cap in force and the one at start, of a power sensor; an energy counter has that of its number too. */
static void set_limit(const struct monitor *m, unsigned k, struct meter_channel *ch)
{
	char file[48];

	snprintf(file, sizeof file, "power%u_cap", k);
	if (sysfs_number(m->folder, file, 1e6, false, &ch->limit_w))
		ch->limit_w = 0;
	snprintf(file, sizeof file, "power%u_cap_default", k);
	if (sysfs_number(m->folder, file, 1e6, false, &ch->usual_w))
		ch->usual_w = 0;
}

static void add(struct meter_ctx *c, const struct monitor *m, const char *kind, unsigned k,
		const char *what)
{
	bool power = kind[0] == 'p';
	struct meter_channel *ch;
	const struct rule *r;
	struct sensor *s;
	char label[64], *name;
	double now = 0;

	CM_PUSH(c->sensor, c->n, c->cap);
	c->channel = cm_realloc(c->channel, c->cap * sizeof *c->channel);
	s = &c->sensor[c->n];
	ch = &c->channel[c->n++];
	*s = (struct sensor){ .folder = cm_strdup(m->folder) };
	*ch = (struct meter_channel){ .kind = power ? CM_POWER_SAMPLE : CM_ENERGY_COUNTER,
				      .unit = power ? "W" : "J", .step = 1e-6,
				      .basis = CM_MEASURED };
	snprintf(s->file, sizeof s->file, "%s%u_%s", kind, k, what);
	label_of(m, kind, k, label, sizeof label);
	name = cm_printf_dup("%s.%lu %s%u %s", m->driver, m->number, kind, k,
			     label[0] ? label : what);
	snprintf(ch->name, sizeof ch->name, "%s", name); /* a long label is cut */
	free(name);
	snprintf(ch->source, sizeof ch->source, "%s/%s", m->folder, s->file);
	r = rule_of(m->driver, label);
	if (!r) {
		ch->st = CM_UNSUPPORTED;
		snprintf(ch->reason, sizeof ch->reason,
			 "what this sensor of %s feeds is not known, so it is in no sum", m->driver);
		return;
	}
	ch->scope = r->scope;
	fill_covers(r, m, label, ch->covers, sizeof ch->covers);
	/* A card's monitor has the name of its module; a cap is in watts beside the reading. */
	if (r->scope == CM_SCOPE_DEVICE)
		snprintf(ch->driver, sizeof ch->driver, "%.31s", m->driver);
	set_limit(m, k, ch);
	ch->refresh_ns = power ? refresh_of(m, k, strcmp(what, "average") == 0) : 1000000;
	set_band(m, k, ch);
	set_state(ch, m, s->file, sysfs_number(m->folder, s->file, 1e6, true, &now));
}

/* ---- the folders --------------------------------------------------------------------------------- */

/* PCI address of the monitored device: the link's end, or uevent's word where a copy lost the link. */
static void place(struct monitor *m)
{
	char device[512], text[512];
	ssize_t n;
	FILE *f;

	snprintf(m->at, sizeof m->at, "%lu", m->number);
	snprintf(device, sizeof device, "%s/device", m->folder);
	n = readlink(device, text, sizeof text - 1);
	if (n > 0) {
		const char *base;

		text[n] = '\0';
		base = strrchr(text, '/');
		base = base ? base + 1 : text;
		if (strchr(base, ':') && strchr(base, '.'))
			snprintf(m->at, sizeof m->at, "%.60s", base);
	}
	snprintf(device, sizeof device, "%s/device/uevent", m->folder);
	f = fopen(device, "re");
	while (f && fgets(text, sizeof text, f)) {
		text[strcspn(text, "\r\n")] = '\0';
		if (cm_starts(text, "PCI_SLOT_NAME="))
			snprintf(m->at, sizeof m->at, "%.60s", text + strlen("PCI_SLOT_NAME="));
	}
	if (f)
		fclose(f);
}

static bool has(const struct monitor *m, const char *kind, unsigned k, const char *what)
{
	char *path = cm_printf_dup("%s/%s%u_%s", m->folder, kind, k, what);
	bool there = access(path, F_OK) == 0;

	free(path);
	return there;
}

/* Numbers are from 1 and may have gaps. */
#define MOST 256

static void add_monitor(struct meter_ctx *c, struct monitor *m)
{
	if (sysfs_line(m->folder, "name", m->driver, sizeof m->driver) != 0)
		return;
	place(m);
	for (unsigned k = 1; k <= MOST; k++) {
		if (has(m, "energy", k, "input"))
			add(c, m, "energy", k, "input");
		if (has(m, "power", k, "input"))
			add(c, m, "power", k, "input");
		if (has(m, "power", k, "average"))
			add(c, m, "power", k, "average");
	}
}

static int by_number(const void *a, const void *b)
{
	const struct monitor *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static struct monitor *list(const char *folder, size_t *n)
{
	struct monitor *m = NULL;
	size_t cap = 0;
	DIR *d = opendir(folder);
	struct dirent *e;

	*n = 0;
	while (d && (e = readdir(d))) {
		char *end = NULL;
		unsigned long k;

		if (!cm_starts(e->d_name, "hwmon"))
			continue;
		k = strtoul(e->d_name + 5, &end, 10);
		if (end == e->d_name + 5 || *end)
			continue;
		CM_PUSH(m, *n, cap);
		m[(*n)++] = (struct monitor){ .folder = cm_printf_dup("%s/%s", folder, e->d_name),
					      .number = k };
	}
	if (d)
		closedir(d);
	if (*n)
		qsort(m, *n, sizeof *m, by_number);
	return m;
}

/* ---- the meter ----------------------------------------------------------------------------------- */

static void hwmon_close(struct meter_ctx *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->sensor[i].folder);
	free(c->sensor);
	free(c->channel);
	free(c);
}

static enum cm_status hwmon_open(const struct meter_from *from, struct meter_ctx **out,
				 struct cm_err *err)
{
	const char *root = from && from->sysfs_root ? from->sysfs_root : "";
	char *folder = cm_printf_dup("%s/sys/class/hwmon", root);
	struct meter_ctx *c = cm_alloc(sizeof *c);
	size_t n = 0;
	struct monitor *m = list(folder, &n);

	free(folder);
	for (size_t i = 0; i < n; i++) {
		add_monitor(c, &m[i]);
		free(m[i].folder);
	}
	free(m);
	if (!c->n) {
		hwmon_close(c);
		return cm_fail(err, CM_ABSENT, n ? "no hardware monitor here measures power or energy" :
						   "no hardware monitors in /sys/class/hwmon");
	}
	*out = c;
	return CM_OK;
}

static size_t hwmon_channels(struct meter_ctx *c, const struct meter_channel **out)
{
	*out = c->channel;
	return c->n;
}

static enum cm_status hwmon_read(struct meter_ctx *c, struct meter_value *values,
				 struct cm_err *err)
{
	(void)err; /* a sensor that fails is that sensor's state */
	for (size_t i = 0; i < c->n; i++) {
		values[i] = (struct meter_value){ 0, c->channel[i].st };
		if (c->channel[i].st == CM_OK)
			values[i].st = sysfs_status(sysfs_number(c->sensor[i].folder,
								 c->sensor[i].file, 1e6, true,
								 &values[i].value));
	}
	return CM_OK;
}

const struct meter meter_hwmon = {
	.abi = CM_METER_ABI,
	.name = "hwmon",
	.desc = "power and energy sensors of board, processor modules, cards and supplies",
	.open = hwmon_open,
	.close = hwmon_close,
	.channels = hwmon_channels,
	.read = hwmon_read,
};
