/*
 * What the names in nvidia-smi's outputs mean, and which of its formats a file is in (see smi_dump.h).
 *
 * Names changed with the driver: both old and new are rows of one table. Sources: the tool's
 * manual and its --help-query-gpu, and outputs of drivers 515 to 610.
 */
#include "smi_dump.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dump_text.h"

/* section NULL: the GPU's own line. */
static const struct { const char *section, *key; enum smi_field field; } rows[] = {
	{ NULL, "product_name", SMI_NAME },
	{ NULL, "product_architecture", SMI_ARCH },
	{ NULL, "uuid", SMI_UUID },
	{ NULL, "gpu_uuid", SMI_UUID },
	{ "mig_mode", "current_mig", SMI_MIG },
	{ "mig_mode", "current", SMI_MIG },
	{ "power_readings", "power_draw", SMI_POWER },
	{ "power_readings", "average_power_draw", SMI_MEAN },
	{ "power_readings", "instant_power_draw", SMI_NOW },
	{ "power_readings", "instantaneous_power_draw", SMI_NOW },
	{ "power_readings", "enforced_power_limit", SMI_LIMIT },
	{ "power_readings", "current_power_limit", SMI_LIMIT },
	{ "power_readings", "power_limit", SMI_LIMIT_SET },
	{ "power_readings", "requested_power_limit", SMI_LIMIT_SET },
	{ "power_readings", "default_power_limit", SMI_USUAL },
	{ "power_readings", "max_power_limit", SMI_MOST },
	{ "gpu_memory_power_readings", "instant_power_draw", SMI_MEMORY_NOW },
	{ "gpu_memory_power_readings", "instantaneous_power_draw", SMI_MEMORY_NOW },
	{ "gpu_memory_power_readings", "power_draw", SMI_MEMORY_NOW },
	{ "gpu_memory_power_readings", "average_power_draw", SMI_MEMORY_MEAN },
	{ "module_power_readings", "instant_power_draw", SMI_MODULE_NOW },
	{ "module_power_readings", "instantaneous_power_draw", SMI_MODULE_NOW },
	{ "module_power_readings", "power_draw", SMI_MODULE_NOW },
	{ "module_power_readings", "average_power_draw", SMI_MODULE_MEAN },
	{ "event_reasons_counters", "sw_power_cap", SMI_HELD_POWER },
	{ "event_reasons_counters", "sw_power_capping", SMI_HELD_POWER },
	{ "event_reasons_counters", "sync_boost", SMI_HELD_SYNC },
	{ "event_reasons_counters", "sw_therm_slowdown", SMI_HELD_SW_THERMAL },
	{ "event_reasons_counters", "sw_thermal_slowdown", SMI_HELD_SW_THERMAL },
	{ "event_reasons_counters", "hw_therm_slowdown", SMI_HELD_HW_THERMAL },
	{ "event_reasons_counters", "hw_thermal_slowdown", SMI_HELD_HW_THERMAL },
	{ "event_reasons_counters", "hw_power_brake", SMI_HELD_BRAKE },
	{ "event_reasons_counters", "hw_power_braking", SMI_HELD_BRAKE },
	{ "temperature", "gpu_temp", SMI_TEMP },
	{ "temperature", "gpu_current_temp", SMI_TEMP },
	{ "temperature", "memory_temp", SMI_MEMORY_TEMP },
	{ "temperature", "memory_current_temp", SMI_MEMORY_TEMP },
	/* Of --query-gpu, without its unit in brackets. */
	{ "query", "timestamp", SMI_TIME },
	{ "query", "index", SMI_INDEX },
	{ "query", "name", SMI_NAME },
	{ "query", "gpu_name", SMI_NAME },
	{ "query", "compute_cap", SMI_CAPABILITY },
	{ "query", "uuid", SMI_UUID },
	{ "query", "gpu_uuid", SMI_UUID },
	{ "query", "pci.bus_id", SMI_BUS },
	{ "query", "gpu_bus_id", SMI_BUS },
	{ "query", "mig.mode.current", SMI_MIG },
	{ "query", "power.draw", SMI_POWER },
	{ "query", "power.draw.average", SMI_MEAN },
	{ "query", "power.draw.instant", SMI_NOW },
	{ "query", "enforced.power.limit", SMI_LIMIT },
	{ "query", "power.limit", SMI_LIMIT_SET },
	{ "query", "power.default_limit", SMI_USUAL },
	{ "query", "power.max_limit", SMI_MOST },
	{ "query", "module.power.draw.instant", SMI_MODULE_NOW },
	{ "query", "module.power.draw.average", SMI_MODULE_MEAN },
	{ "query", "reasons_counters.sw_power_cap", SMI_HELD_POWER },
	{ "query", "reasons_counters.sync_boost", SMI_HELD_SYNC },
	{ "query", "reasons_counters.sw_thermal_slowdown", SMI_HELD_SW_THERMAL },
	{ "query", "reasons_counters.hw_thermal_slowdown", SMI_HELD_HW_THERMAL },
	{ "query", "reasons_counters.hw_power_brake_slowdown", SMI_HELD_BRAKE },
	{ "query", "reasons.active", SMI_MASK },
	{ "query", "temperature.gpu", SMI_TEMP },
	{ "query", "temperature.memory", SMI_MEMORY_TEMP },
};

/* Bits of SMI_MASK, of the driver's library. */
static const struct { unsigned long long bit; const char *name; } bits[] = {
	{ 0x2, "applications_clocks_setting" }, { 0x4, "sw_power_cap" }, { 0x8, "hw_slowdown" },
	{ 0x10, "sync_boost" }, { 0x20, "sw_thermal_slowdown" }, { 0x40, "hw_thermal_slowdown" },
	{ 0x80, "hw_power_brake_slowdown" }, { 0x100, "display_clock_setting" },
};

/* ---- names -------------------------------------------------------------------------------------
 */

/* "GPU Power Readings " → "gpu_power_readings". */
static void plain(const char *s, char *out, size_t cap)
{
	size_t n = 0;

	for (; *s && n + 1 < cap; s++) {
		const unsigned char c = (unsigned char)*s;

		if (!isspace(c))
			out[n++] = (char)tolower(c);
		else if (n && out[n - 1] != '_')
			out[n++] = '_';
	}
	while (n && out[n - 1] == '_')
		n--;
	out[n] = '\0';
}

static const char *past(const char *s, const char *prefix)
{
	return cm_starts(s, prefix) ? s + strlen(prefix) : s;
}

struct smi_gpu *smi_add_gpu(struct smi_dump *d, const char *bus)
{
	CM_PUSH(d->gpu, d->n, d->cap);
	d->gpu[d->n] = (struct smi_gpu){ .field = { [SMI_TIME] = d->time } };
	if (*bus)
		d->gpu[d->n].field[SMI_BUS] = pool_trimmed(&d->texts, bus);
	return &d->gpu[d->n++];
}

static void name_reason(struct smi_dump *d, struct smi_gpu *g, const char *key)
{
	const char *had = g->field[SMI_REASONS];

	if (!had || !strstr(had, key))
		g->field[SMI_REASONS] =
			pool_printf(&d->texts, "%s%s%s", had ? had : "", had ? ", " : "", key);
}

static void add_reason(struct smi_dump *d, struct smi_gpu *g, const char *key, const char *value)
{
	if (strcmp(value, "Active") == 0 && strcmp(key, "gpu_idle") != 0 &&
	    strcmp(key, "idle") != 0)
		name_reason(d, g, key);
}

static void add_mask(struct smi_dump *d, struct smi_gpu *g, const char *value)
{
	const unsigned long long mask = cm_starts(value, "0x") ? strtoull(value, NULL, 16) : 0;

	for (size_t i = 0; i < CM_COUNT(bits); i++)
		if (mask & bits[i].bit)
			name_reason(d, g, bits[i].name);
}

void smi_item(struct smi_dump *d, const char *section, const char *key, const char *value)
{
	char s[64], k[64];
	const char *sec, *name;
	struct smi_gpu *g;

	if (!d->n)
		return;
	g = &d->gpu[d->n - 1];
	plain(section, s, sizeof s);
	plain(key, k, sizeof k);
	sec = past(past(s, "clocks_event_"), "clocks_throttle_");
	name = past(past(k, "clocks_event_"), "clocks_throttle_");
	name = past(past(name, "reasons_counters_"), "reason_");
	/* Driver 610 has the limits in a section of their own, within the power readings. */
	if (strcmp(s, "gpu_power_readings") == 0 || strcmp(s, "gpu_ceiling_power_limit") == 0)
		sec = "power_readings";
	else if (strcmp(s, "query") == 0 && cm_starts(name, "reasons.") &&
		 strcmp(name, "reasons.supported") != 0 && strcmp(name, "reasons.active") != 0)
		add_reason(d, g, past(name, "reasons."), pool_trimmed(&d->texts, value));
	else if (strcmp(sec, "reasons_counters") == 0)
		sec = "event_reasons_counters";
	else if (strcmp(sec, "reasons") == 0 || strcmp(sec, "hw_slowdown") == 0)
		add_reason(d, g, name, pool_trimmed(&d->texts, value));
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		const char *want = rows[i].section ? rows[i].section : "";
		const char **f = &g->field[rows[i].field];

		/* The first stands, unless it is a word and this one a number. */
		if (strcmp(want, sec) == 0 && strcmp(rows[i].key, name) == 0 &&
		    (!*f || rows[i].field == SMI_TIME ||
		     (!isdigit((unsigned char)**f) && isdigit((unsigned char)value[strspn(value, " ")]))))
			*f = pool_trimmed(&d->texts, value);
	}
	if (g->field[SMI_MASK]) {
		add_mask(d, g, g->field[SMI_MASK]);
		g->field[SMI_MASK] = NULL;
	}
}

bool smi_query_tells(const char *header)
{
	static const char *const names[] = { "power.draw", "module.power.draw", "power.limit",
					     "reasons_counters." };
	const size_t n = strcspn(header, "\n");
	const char *other =
		strstr(header, "power.draw ("); /* xpu-smi has the same names, in round brackets */

	if (*header == '{' || (other && (size_t)(other - header) < n) ||
	    cm_starts(header, "Timestamp, DeviceId"))
		return false;
	for (size_t i = 0; i < CM_COUNT(names); i++) {
		const char *at = strstr(header, names[i]);

		if (at && (size_t)(at - header) < n)
			return true;
	}
	return false;
}

/* ---- any of the formats ------------------------------------------------------------------------
 */

/* The line where a header of --query-gpu begins: warnings may stand before it. NULL: none. */
static const char *find_query(const char *text)
{
	const char *p = text;

	for (int lines = 0; *p && lines < 50; lines++) {
		if (smi_query_tells(p))
			return p;
		p += strcspn(p, "\n");
		p += *p != '\0';
	}
	return NULL;
}

static bool is_dmon(const char *text)
{
	const char *hash = *text == '#' ? text : strstr(text, "\n#");
	const size_t n = hash ? strcspn(hash + 1, "\n") : 0;
	char line[512];

	snprintf(line, sizeof line, "%.*s", (int)(n < 511 ? n : 511), hash ? hash + 1 : "");
	for (char *p = line; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return strstr(line, "gpu") && strstr(line, "pwr");
}

/* "0, pwrDraw , 1515942330734500, 114" */
static bool is_stats(const char *text)
{
	const char *at = strstr(text, "pwrDraw");

	while (at && at > text && (at[-1] == ' ' || at[-1] == '\t'))
		at--;
	return at && at > text + 1 && at[-1] == ',' && isdigit((unsigned char)at[-2]);
}

/* What the tool says where it has nothing to show. */
static enum cm_status refusal(const char *path, const char *text, struct cm_err *err)
{
	static const char *const starts[] = {
		"Unable to determine the device handle", "NVIDIA-SMI has failed",
		"Failed to initialize NVML", "No devices were found",
	};

	for (size_t i = 0; i < CM_COUNT(starts); i++) {
		const char *at = strstr(text, starts[i]);

		if (at)
			return cm_fail(err, CM_EINPUT, "%s: nvidia-smi says there: \"%.*s\"", path,
				       (int)(strcspn(at, "\n") < 200 ? strcspn(at, "\n") : 200), at);
	}
	return cm_fail(err, CM_ABSENT,
		       "it is no output of nvidia-smi (-q -x, -q, the table, dmon, stats -d pwrDraw, "
		       "or --query-gpu=… --format=csv with its header)");
}

static enum cm_status read_plain(const char *path, const char *text, struct smi_dump *d,
				 struct cm_err *err)
{
	const char *query;

	if (strstr(text, "<nvidia_smi_log"))
		return smi_read_xml(path, text, d, err);
	if (strstr(text, "NVSMI LOG"))
		return smi_read_text(path, text, d, err);
	if (strstr(text, "NVIDIA-SMI ") && strchr(text, '|'))
		return smi_read_table(path, text, d, err);
	if (is_dmon(text))
		return smi_read_dmon(path, text, d, err);
	query = find_query(text);
	if (query)
		return smi_read_csv(path, text, query, d, err);
	if (is_stats(text))
		return smi_read_stats(path, text, d, err);
	return refusal(path, text, err);
}

enum cm_status smi_read(const char *path, struct smi_dump *d, struct cm_err *err)
{
	struct str s = { 0 };
	enum cm_status st = dump_text(path, &s, err);

	if (!st)
		st = read_plain(path, str_get(&s), d, err);
	if (!st && !d->n)
		st = cm_fail(err, CM_EINPUT, "%s: nvidia-smi lists no GPU in it", path);
	str_free(&s);
	return st;
}

void smi_free(struct smi_dump *d)
{
	free(d->gpu);
	pool_free(&d->texts);
	*d = (struct smi_dump){ 0 };
}
