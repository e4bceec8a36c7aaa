/*
 * Power and energy from the kernel's hardware monitors: ACPI power meters, processor modules, graphics
 * cards, server boards, power supplies.
 *
 * What a sensor covers is in hwmon_rules.c; one on a rail of unknown extent is shown as such and never read
 * into a sum. Attributes by Documentation/hwmon/sysfs-interface.rst. They lie in the monitor's folder, or, of
 * drivers that register the old way (the ACPI power meter, so every Grace), in its device's. Must not know
 * who sums the channels.
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
#include "hwmon_rules.h"

#define FOLDERS 2             /* where attributes lie */
#define MOST 256              /* numbers are from 1 and may have gaps */
#define UNKNOWN_W 4294967.0   /* 0xffffffff mW: ACPI's word for "not known" */
#define LONGEST_S 3600.0      /* an averaging interval above it is 0xffffffff ms, or made up */

struct sensor {
	char *folder;
	char file[40];        /* "power1_average" */
	char times[40];       /* "curr1_input" of a rail without power: volts by amperes; "" */
	bool never_zero;
};

struct meter_ctx {
	struct sensor *sensor;
	struct meter_channel *channel;
	size_t n, cap;
};

struct monitor { /* one hwmon folder */
	char *folder[FOLDERS];
	unsigned long number;
	char driver[48], at[64];
	bool apu;             /* an amdgpu that is a part of its processor */
	unsigned long socket; /* of it */
};

/* ---- attributes ---------------------------------------------------------------------------------- */

/* The folder that has the attribute; the monitor's own where none has. */
static const char *home_of(const struct monitor *m, const char *file)
{
	for (size_t i = 0; i < FOLDERS; i++) {
		char *path = cm_printf_dup("%s/%s", m->folder[i], file);
		const bool there = access(path, F_OK) == 0;

		free(path);
		if (there)
			return m->folder[i];
	}
	return m->folder[0];
}

static bool has(const struct monitor *m, const char *kind, unsigned k, const char *what)
{
	char file[48], *path;
	bool there;

	snprintf(file, sizeof file, "%s%u_%s", kind, k, what);
	path = cm_printf_dup("%s/%s", home_of(m, file), file);
	there = access(path, F_OK) == 0;
	free(path);
	return there;
}

/* A sensor that is switched off has no value; a recorded tree may still hold its last one. */
static bool switched_off(const struct monitor *m, const char *kind, unsigned k)
{
	char file[48];
	double on = 1;

	snprintf(file, sizeof file, "%s%u_enable", kind, k);
	return sysfs_number(home_of(m, file), file, 1, false, &on) == 0 && on == 0;
}

static int number(const struct monitor *m, unsigned k, const char *what, double scale, double *out)
{
	char file[48];

	snprintf(file, sizeof file, "power%u_%s", k, what);
	return sysfs_number(home_of(m, file), file, scale, false, out);
}

static uint64_t refresh_of(const struct monitor *m, unsigned k, bool average)
{
	/* The OCC's driver alone writes its interval in microseconds (Documentation/hwmon/occ.rst). */
	const double unit = strcmp(m->driver, "occ") == 0 ? 1e6 : 1e3;
	double s = 0;

	if (average && number(m, k, "average_interval", unit, &s) == 0 && s > 0 && s <= LONGEST_S)
		return (uint64_t)(s * 1e9);
	if (sysfs_number(m->folder[0], "update_interval", 1e3, false, &s) == 0 && s > 0 && s <= LONGEST_S)
		return (uint64_t)(s * 1e9);
	return average ? 1000000000 : 0; /* an average over a time that nobody states: 1 s */
}

/* "95.00%": the share that the reading is right to. */
static void set_band(const struct monitor *m, const struct hwmon_rule *r, unsigned k,
		     struct meter_channel *ch)
{
	char file[48], text[32], *end = NULL;
	double right = 0;

	snprintf(file, sizeof file, "power%u_accuracy", k);
	if (sysfs_line(home_of(m, file), file, text, sizeof text) == 0)
		right = strtod(text, &end);
	if (right >= 50 && right <= 100) {
		ch->err_lo = -(100 - right) / 100;
		ch->err_hi = (100 - right) / 100;
		snprintf(ch->err_source, sizeof ch->err_source, "stated by the sensor: %s", file);
		return;
	}
	ch->err_hi = hwmon_estimated(r) ? 0.30 : ch->kind == CM_POWER_SAMPLE || ch->driver[0] ? 0.05 : 0.10;
	ch->err_lo = -ch->err_hi;
	snprintf(ch->err_source, sizeof ch->err_source, "assumed for a %s sensor%s", m->driver,
		 hwmon_estimated(r) ? ", which its driver calls an estimate" : "");
}

static void label_of(const struct monitor *m, const char *kind, unsigned k, char *out, size_t cap)
{
	/* ACPI meters keep the maker's words in place of a label. */
	static const char *const words[] = { "label", "oem_info" };

	for (size_t i = 0; i < CM_COUNT(words); i++) {
		char file[48];
		size_t n;

		snprintf(file, sizeof file, "%s%u_%s", kind, k, words[i]);
		if (sysfs_line(home_of(m, file), file, out, cap) != 0)
			continue;
		for (n = strlen(out); n && out[n - 1] == ' '; n--) /* "Chip 0 " */
			out[n - 1] = '\0';
		if (n)
			return;
	}
	/* Intel's cards before their driver had labels: 1 is the card, 2 the package on it. */
	snprintf(out, cap, "%s", strcmp(m->driver, "xe") == 0 && k == 2 ? "pkg" : "");
}

/* A reading of now, and whether it can be one. */
static int read_sensor(const struct sensor *s, double *out)
{
	double amperes = 0;
	int e;

	if (!s->times[0]) {
		e = sysfs_number(s->folder, s->file, 1e6, true, out);
	} else {
		e = sysfs_number(s->folder, s->file, 1e3, true, out);
		if (!e)
			e = sysfs_number(s->folder, s->times, 1e3, true, &amperes);
		*out *= amperes;
	}
	return e;
}

/* NULL, or why such a reading is none: firmware's 0 and 0xffffffff stand for "not known". */
static const char *impossible(const struct sensor *s, double value)
{
	if (s->file[0] == 'e')
		return NULL;
	if (s->never_zero && value <= 0)
		return "reads 0 W while the machine runs: its firmware does not fill it";
	return value >= UNKNOWN_W ? "reads 4294967295 mW, firmware's word for \"not known\"" : NULL;
}

static void set_state(struct meter_channel *ch, const struct monitor *m, const struct sensor *s)
{
	double now = 0;
	const int e = read_sensor(s, &now);
	const char *why = e ? NULL : impossible(s, now);

	ch->st = why ? CM_ABSENT : sysfs_status(e);
	if (why)
		snprintf(ch->reason, sizeof ch->reason, "%s %s", s->file, why);
	else if (ch->st == CM_DENIED)
		snprintf(ch->reason, sizeof ch->reason, "this user may not read it; until the next "
			 "boot: sudo chmod o+r /sys/class/hwmon/hwmon%lu/%s%s", m->number,
			 s->folder[0] && strcmp(s->folder, m->folder[0]) != 0 ? "device/" : "", s->file);
	else if (e == EINVAL)
		snprintf(ch->reason, sizeof ch->reason, "%s holds no number", s->file);
	else if (e)
		snprintf(ch->reason, sizeof ch->reason, "%s gives no value: %s", s->file, strerror(e));
}

/* The cap in force and the one at start, of a power sensor; an energy counter has that of its number too.
 * Intel's cards call the sustained limit "max" and a burst of milliseconds "cap". */
static void set_limit(const struct monitor *m, unsigned k, struct meter_channel *ch)
{
	const bool intel = strcmp(m->driver, "xe") == 0 || strcmp(m->driver, "i915") == 0;

	if (number(m, k, intel ? "max" : "cap", 1e6, &ch->limit_w))
		ch->limit_w = 0;
	if (number(m, k, intel ? "rated_max" : "cap_default", 1e6, &ch->usual_w))
		ch->usual_w = 0;
}

/* What is known of the whole channel from its rule. */
static void describe(const struct monitor *m, const struct hwmon_rule *r, const char *label, unsigned k,
		     struct meter_channel *ch)
{
	ch->scope = r->scope;
	hwmon_covers(r, m->at, label, ch->covers, sizeof ch->covers);
	ch->step = hwmon_step(r);
	if (hwmon_estimated(r))
		ch->basis = CM_MODELLED;
	if (m->apu) { /* its watts are those of the whole processor, which has other meters too */
		ch->scope = CM_SCOPE_PACKAGE;
		snprintf(ch->covers, sizeof ch->covers, "socket %lu", m->socket);
	}
	/* A card that shows its package only. */
	if (r->scope == CM_SCOPE_CORE && strcmp(m->driver, "xe") == 0 && !has(m, "energy", 1, "input")) {
		ch->scope = CM_SCOPE_DEVICE;
		snprintf(ch->covers, sizeof ch->covers, "%s", m->at);
		snprintf(ch->note, sizeof ch->note, "%s is the package alone, without the card's memory and "
			 "regulators", ch->name);
	}
	/* A card's monitor has the name of its module; a cap is in watts beside the reading. */
	if (r->scope == CM_SCOPE_DEVICE)
		snprintf(ch->driver, sizeof ch->driver, "%.31s", m->driver);
	set_limit(m, k, ch);
	set_band(m, r, k, ch);
}

static void add(struct meter_ctx *c, const struct monitor *m, const char *kind, unsigned k,
		const char *what)
{
	const bool rail = strcmp(kind, "in") == 0, power = kind[0] == 'p' || rail;
	const struct hwmon_rule *r;
	struct meter_channel *ch;
	struct sensor *s;
	char label[64], *name;

	label_of(m, kind, k, label, sizeof label);
	r = hwmon_rule_of(m->driver, label);
	if (rail && !r)
		return; /* a voltage beside a current: of one rail only where the driver's page says so */
	CM_PUSH(c->sensor, c->n, c->cap);
	c->channel = cm_realloc(c->channel, c->cap * sizeof *c->channel);
	s = &c->sensor[c->n];
	ch = &c->channel[c->n++];
	*s = (struct sensor){ .never_zero = r && r->covers && hwmon_never_zero(r) };
	*ch = (struct meter_channel){ .kind = power ? CM_POWER_SAMPLE : CM_ENERGY_COUNTER,
				      .unit = power ? "W" : "J", .step = 1e-6,
				      .basis = CM_MEASURED };
	snprintf(s->file, sizeof s->file, "%s%u_%s", kind, k, what);
	if (rail)
		snprintf(s->times, sizeof s->times, "curr%u_%s", k, what);
	s->folder = cm_strdup(home_of(m, s->file));
	/* A label is of both of a sensor's readings. */
	name = cm_printf_dup("%s.%lu %s%u %s%s", m->driver, m->number, rail ? "rail" : kind, k,
			     label[0] ? label : what,
			     label[0] && strcmp(what, "average") == 0 && has(m, "power", k, "input") ?
			     " average" : "");
	snprintf(ch->name, sizeof ch->name, "%s", name); /* a long label is cut */
	free(name);
	snprintf(ch->source, sizeof ch->source, "%s/%s%s%s", s->folder, s->file, rail ? " x " : "", s->times);
	if (!r || !r->covers) {
		ch->st = CM_UNSUPPORTED;
		snprintf(ch->reason, sizeof ch->reason,
			 "what this sensor of %s feeds is not known, so it is in no sum", m->driver);
		return;
	}
	describe(m, r, label, k, ch);
	ch->refresh_ns = power ? refresh_of(m, k, strcmp(what, "average") == 0) : 1000000;
	set_state(ch, m, s);
	if (switched_off(m, kind, k)) {
		ch->st = CM_ABSENT;
		snprintf(ch->reason, sizeof ch->reason, "the sensor is switched off (%s%u_enable is 0)", kind, k);
	}
}

/* ---- the folders --------------------------------------------------------------------------------- */

/* PCI address of the monitored device: the link's end, or uevent's word where a copy lost the link. */
static void place(struct monitor *m)
{
	char text[512];
	ssize_t n;
	FILE *f;
	char *path;

	snprintf(m->at, sizeof m->at, "%lu", m->number);
	n = readlink(m->folder[1], text, sizeof text - 1);
	if (n > 0) {
		const char *base;

		text[n] = '\0';
		base = strrchr(text, '/');
		base = base ? base + 1 : text;
		if (strchr(base, ':') && strchr(base, '.'))
			snprintf(m->at, sizeof m->at, "%.60s", base);
	}
	path = cm_printf_dup("%s/uevent", m->folder[1]);
	f = fopen(path, "re");
	free(path);
	while (f && fgets(text, sizeof text, f)) {
		text[strcspn(text, "\r\n")] = '\0';
		if (cm_starts(text, "PCI_SLOT_NAME="))
			snprintf(m->at, sizeof m->at, "%.60s", text + strlen("PCI_SLOT_NAME="));
	}
	if (f)
		fclose(f);
}

/* Only an APU has the rail "vddnb", and only one kind of them two averages (amdgpu_pm.c). */
static bool is_apu(const struct monitor *m)
{
	char rail[32], label[32];

	if (strcmp(m->driver, "amdgpu") != 0)
		return false;
	sysfs_line(m->folder[0], "in1_label", rail, sizeof rail);
	sysfs_line(m->folder[0], "power1_label", label, sizeof label);
	return strcmp(rail, "vddnb") == 0 || strcmp(label, "slowPPT") == 0;
}

/* The name is the monitor's, or in old drivers its device's. */
static void identify(struct monitor *m)
{

	if (sysfs_line(m->folder[0], "name", m->driver, sizeof m->driver) != 0 &&
	    sysfs_line(m->folder[1], "name", m->driver, sizeof m->driver) != 0)
		return;
	place(m);
	m->apu = is_apu(m);
}

/* APUs are counted as sockets are, in the order of their addresses. */
static void number_apus(struct monitor *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			m[i].socket += m[k].apu && strcmp(m[k].at, m[i].at) < 0;
}

/* An ACPI meter lists what it meters; a list without the system's own node is of some devices only. */
static bool meters_parts(const struct monitor *m)
{
	char *path = cm_printf_dup("%s/measures", m->folder[1]);
	DIR *d = opendir(path);
	struct dirent *e;
	bool any = false, whole = false;

	free(path);
	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		any = true;
		whole |= cm_starts(e->d_name, "LNXSYBUS") || cm_starts(e->d_name, "LNXSYSTM");
	}
	if (d)
		closedir(d);
	return any && !whole;
}

static void add_monitor(struct meter_ctx *c, const struct monitor *m)
{
	const size_t before = c->n;

	for (unsigned k = 1; m->driver[0] && k <= MOST; k++) {
		if (has(m, "energy", k, "input"))
			add(c, m, "energy", k, "input");
		if (has(m, "power", k, "input"))
			add(c, m, "power", k, "input");
		if (has(m, "power", k, "average"))
			add(c, m, "power", k, "average");
		if (!has(m, "power", k, "input") && has(m, "in", k, "label") && has(m, "curr", k, "input"))
			add(c, m, "in", k, "input");
	}
	for (size_t i = before; i < c->n && meters_parts(m); i++) {
		struct meter_channel *ch = &c->channel[i];

		if (strcmp(ch->covers, CM_COVERS_MACHINE) != 0)
			continue;
		ch->st = CM_UNSUPPORTED;
		snprintf(ch->reason, sizeof ch->reason, "it meters the devices of "
			 "/sys/class/hwmon/hwmon%lu/device/measures, not the machine", m->number);
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
		m[*n] = (struct monitor){ .folder = { cm_printf_dup("%s/%s", folder, e->d_name),
						      cm_printf_dup("%s/%s/device", folder, e->d_name) },
					  .number = k };
		identify(&m[(*n)++]);
	}
	if (d)
		closedir(d);
	if (*n)
		qsort(m, *n, sizeof *m, by_number);
	number_apus(m, *n);
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
		for (size_t k = 0; k < FOLDERS; k++)
			free(m[i].folder[k]);
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
		if (c->channel[i].st != CM_OK)
			continue;
		values[i].st = sysfs_status(read_sensor(&c->sensor[i], &values[i].value));
		if (!values[i].st && impossible(&c->sensor[i], values[i].value))
			values[i].st = CM_ABSENT;
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
