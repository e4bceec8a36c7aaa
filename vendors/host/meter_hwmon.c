/*
 * Power and energy from the kernel's hardware monitors: ACPI power meters, processor modules, graphics
 * cards, server boards, power supplies.
 *
 * Which monitors there are is in hwmon_monitor.c, what a sensor covers in hwmon_rules.c; one on a rail of
 * unknown extent is shown as such and never read into a sum. Attributes by Documentation/hwmon/
 * sysfs-interface.rst. Must not know who sums the channels.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/meter.h"
#include "base/str.h"
#include "base/sysfs.h"
#include "hwmon_limits.h"
#include "hwmon_monitor.h"
#include "hwmon_rules.h"

#define MOST 256              /* numbers are from 1 and may have gaps */
#define UNKNOWN_W 4294967.0   /* 0xffffffff mW: ACPI's word for "not known" */
#define UNKNOWN_S 4294967.0   /* 0xffffffff ms, the same of an interval */

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
	struct hwmon_limits limits;
};

/* ---- a sensor ------------------------------------------------------------------------------------ */

static int number(const struct monitor *m, unsigned k, const char *what, double scale, double *out)
{
	char file[48];

	snprintf(file, sizeof file, "power%u_%s", k, what);
	return sysfs_number(hwmon_home(m, file), file, scale, false, out);
}

static uint64_t refresh_of(const struct monitor *m, unsigned k, bool average)
{
	/* The OCC's driver alone writes its interval in microseconds (Documentation/hwmon/occ.rst). */
	const double unit = strcmp(m->driver, "occ") == 0 ? 1e6 : 1e3;
	double s = 0;

	/* As long as it is said to be: the OCC's average is over all the time since its start, and no
	 * window is long enough for it. */
	if (average && number(m, k, "average_interval", unit, &s) == 0 && s > 0 &&
	    (unit > 1e3 || s < UNKNOWN_S))
		return (uint64_t)(s * 1e9);
	if (sysfs_number(m->folder[0], "update_interval", 1e3, false, &s) == 0 && s > 0 && s < UNKNOWN_S)
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
	if (sysfs_line(hwmon_home(m, file), file, text, sizeof text) == 0)
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
	const struct hwmon_place at = { m->at, label, m->nth };

	ch->scope = r->scope;
	ch->aside = r->aside;
	hwmon_words(r, r->covers, &at, ch->covers, sizeof ch->covers);
	hwmon_words(r, r->within, &at, ch->within, sizeof ch->within);
	ch->step = hwmon_step(r);
	if (hwmon_estimated(r))
		ch->basis = CM_MODELLED;
	if (m->apu) { /* its watts are those of the whole processor, which has other meters too */
		ch->scope = CM_SCOPE_PACKAGE;
		snprintf(ch->covers, sizeof ch->covers, "socket %lu", m->nth);
	}
	/* A card that shows its package only. */
	if (r->scope == CM_SCOPE_CORE && strcmp(m->driver, "xe") == 0 &&
	    !hwmon_has(m, "energy", 1, "input")) {
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
	char label[64], file[40], *name;

	hwmon_label(m, kind, k, label, sizeof label);
	snprintf(file, sizeof file, "%s%u_%s", kind, k, what);
	r = hwmon_rule_of(m->driver, label, file);
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
	memcpy(s->file, file, sizeof file);
	if (rail)
		snprintf(s->times, sizeof s->times, "curr%u_%s", k, what);
	s->folder = cm_strdup(hwmon_home(m, s->file));
	/* A label is of both of a sensor's readings. */
	name = cm_printf_dup("%s.%lu %s%u %s%s", m->driver, m->number, rail ? "rail" : kind, k,
			     label[0] ? label : what,
			     label[0] && strcmp(what, "average") == 0 && hwmon_has(m, "power", k, "input") ?
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
	if (hwmon_switched_off(m, kind, k)) {
		ch->st = CM_ABSENT;
		snprintf(ch->reason, sizeof ch->reason, "the sensor is switched off (%s%u_enable is 0)",
			 kind, k);
	}
}

static void add_monitor(struct meter_ctx *c, const struct monitor *m)
{
	const size_t before = c->n;

	for (unsigned k = 1; k <= MOST; k++) {
		if (hwmon_has(m, "energy", k, "input"))
			add(c, m, "energy", k, "input");
		if (hwmon_has(m, "power", k, "input"))
			add(c, m, "power", k, "input");
		if (hwmon_has(m, "power", k, "average"))
			add(c, m, "power", k, "average");
		if (!hwmon_has(m, "power", k, "input") && hwmon_has(m, "in", k, "label") &&
		    hwmon_has(m, "curr", k, "input"))
			add(c, m, "in", k, "input");
	}
	if (strcmp(m->driver, "amdgpu") == 0 && !m->apu)
		hwmon_add_limit(&c->limits, m->folder[0], m->number, m->at);
	for (size_t i = before; i < c->n && hwmon_meters_parts(m); i++) {
		struct meter_channel *ch = &c->channel[i];

		if (strcmp(ch->covers, CM_COVERS_MACHINE) != 0)
			continue;
		ch->st = CM_UNSUPPORTED;
		snprintf(ch->reason, sizeof ch->reason, "it meters the devices of "
			 "/sys/class/hwmon/hwmon%lu/device/measures, not the machine", m->number);
	}
}

/* ---- the meter ----------------------------------------------------------------------------------- */

static void hwmon_close(struct meter_ctx *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->sensor[i].folder);
	free(c->sensor);
	free(c->channel);
	hwmon_free_limits(&c->limits);
	free(c);
}

static enum cm_status hwmon_open(const struct meter_from *from, struct meter_ctx **out,
				 struct cm_err *err)
{
	const char *root = from && from->sysfs_root ? from->sysfs_root : "";
	struct meter_ctx *c = cm_alloc(sizeof *c);
	size_t n = 0;
	struct monitor *m = hwmon_monitors(root, &n);

	for (size_t i = 0; i < n; i++)
		add_monitor(c, &m[i]);
	hwmon_monitors_free(m, n);
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

static size_t hwmon_caps(struct meter_ctx *c, const struct meter_cap **out)
{
	*out = c->limits.limit;
	return c->limits.n;
}

static enum cm_status hwmon_set_cap(struct meter_ctx *c, size_t i, double watts, struct cm_err *err)
{
	return hwmon_set_limit(&c->limits, i, watts, err);
}

const struct meter meter_hwmon = {
	.abi = CM_METER_ABI,
	.name = "hwmon",
	.desc = "power and energy sensors of board, processor modules, cards and supplies",
	.open = hwmon_open,
	.close = hwmon_close,
	.channels = hwmon_channels,
	.read = hwmon_read,
	.caps = hwmon_caps,
	.set_cap = hwmon_set_cap,
};
