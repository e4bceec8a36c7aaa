/*
 * Power of a laptop from its batteries, while they alone feed it.
 *
 * On mains a battery shows what goes into it, not what the machine draws: then there is no reading. Batteries
 * of mice and pens (scope "Device") are none of the machine's. By Documentation/ABI/testing/
 * sysfs-class-power: power_now in microwatts, or current_now times voltage_now; the sign of either is left
 * to drivers, so `status` tells the direction. All batteries together are one channel, since they take turns.
 */
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/meter.h"
#include "base/str.h"
#include "base/sysfs.h"

#define MOST 16 /* supplies of either sort */

struct supplies { char *path[MOST]; size_t n; };

struct meter_ctx {
	struct supplies battery, mains;
	struct meter_channel channel;
};

static bool is(const char *folder, const char *file, const char *word)
{
	char text[32];

	return sysfs_line(folder, file, text, sizeof text) == 0 && strcmp(text, word) == 0;
}

/* In the order of their names, which readdir does not keep. */
static int by_path(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list(struct meter_ctx *c, const char *folder)
{
	DIR *d = opendir(folder);
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		char *path = cm_printf_dup("%s/%s", folder, e->d_name), type[32] = "";
		bool battery, mains;
		struct supplies *to;

		if (e->d_name[0] != '.')
			sysfs_line(path, "type", type, sizeof type);
		battery = strcmp(type, "Battery") == 0 && !is(path, "scope", "Device") &&
			  !is(path, "present", "0");
		mains = strcmp(type, "Mains") == 0 || cm_starts(type, "USB") || strcmp(type, "Wireless") == 0;
		to = mains ? &c->mains : &c->battery;
		if ((battery || mains) && to->n < MOST)
			to->path[to->n++] = path;
		else
			free(path);
	}
	if (d)
		closedir(d);
	if (c->battery.n > 1)
		qsort(c->battery.path, c->battery.n, sizeof *c->battery.path, by_path);
}

static int watts_of(const char *folder, double *out)
{
	double amperes = 0, volts = 0;
	int e = sysfs_number(folder, "power_now", 1e6, true, out);

	if (e) {
		const int e_now = sysfs_number(folder, "current_now", 1e6, true, &amperes);

		if (e_now == 0 && sysfs_number(folder, "voltage_now", 1e6, false, &volts) == 0) {
			*out = amperes * volts;
			e = 0;
		}
	}
	*out = fabs(*out);
	return e;
}

/* Watts that the batteries give; NULL, or why that is not what the machine draws. */
static const char *read_all(const struct meter_ctx *c, double *watts, enum cm_status *st)
{
	size_t giving = 0;

	*watts = 0;
	*st = CM_ABSENT;
	for (size_t i = 0; i < c->mains.n; i++) {
		double online = 0;

		if (sysfs_number(c->mains.path[i], "online", 1, false, &online) == 0 && online > 0)
			return "on mains: a battery shows what goes into it, not what the machine draws";
	}
	for (size_t i = 0; i < c->battery.n; i++) {
		double w = 0;

		if (!is(c->battery.path[i], "status", "Discharging"))
			continue;
		*st = sysfs_status(watts_of(c->battery.path[i], &w));
		if (*st)
			return "a battery that discharges does not say how many watts it gives";
		*watts += w;
		giving++;
	}
	*st = giving && *watts > 0 ? CM_OK : CM_ABSENT;
	return *st ? "no battery gives power now" : NULL;
}

static void power_supply_close(struct meter_ctx *c)
{
	for (size_t i = 0; i < c->battery.n; i++)
		free(c->battery.path[i]);
	for (size_t i = 0; i < c->mains.n; i++)
		free(c->mains.path[i]);
	free(c);
}

static enum cm_status power_supply_open(const struct meter_from *from, struct meter_ctx **out,
					struct cm_err *err)
{
	struct meter_ctx *c = cm_alloc(sizeof *c);
	char *folder = cm_printf_dup("%s/sys/class/power_supply",
				     from && from->sysfs_root ? from->sysfs_root : "");
	struct meter_channel *ch = &c->channel;
	const char *why;
	double now = 0;

	list(c, folder);
	free(folder);
	if (!c->battery.n) {
		power_supply_close(c);
		return cm_fail(err, CM_ABSENT, "no battery of this machine in /sys/class/power_supply");
	}
	*ch = (struct meter_channel){
		.name = "batteries", .scope = CM_SCOPE_NODE, .covers = CM_COVERS_MACHINE,
		.kind = CM_POWER_SAMPLE, .unit = "W", .step = 0.001, .basis = CM_MEASURED,
		.refresh_ns = 1000000000, /* ACPI's driver asks the controller at most once a second */
		.max_w = 1000, .err_lo = -0.10, .err_hi = 0.10,
		.err_source = "assumed for a battery's gauge",
		.note = "what the batteries gave: with the screen, without the adapter's loss",
	};
	snprintf(ch->source, sizeof ch->source, "%s%s", c->battery.path[0],
		 c->battery.n > 1 ? " and its like" : "");
	why = read_all(c, &now, &ch->st);
	if (why)
		snprintf(ch->reason, sizeof ch->reason, "%s", why);
	*out = c;
	return CM_OK;
}

static size_t power_supply_channels(struct meter_ctx *c, const struct meter_channel **out)
{
	*out = &c->channel;
	return 1;
}

static enum cm_status power_supply_read(struct meter_ctx *c, struct meter_value *values,
					struct cm_err *err)
{
	(void)err; /* the channel's state says it */
	values[0] = (struct meter_value){ 0, c->channel.st };
	if (c->channel.st == CM_OK)
		read_all(c, &values[0].value, &values[0].st);
	return CM_OK;
}

const struct meter meter_power_supply = {
	.abi = CM_METER_ABI,
	.name = "power_supply",
	.desc = "power of a laptop from its batteries, while it runs on them",
	.open = power_supply_open,
	.close = power_supply_close,
	.channels = power_supply_channels,
	.read = power_supply_read,
};
