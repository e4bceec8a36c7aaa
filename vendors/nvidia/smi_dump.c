/*
 * The formats of nvidia-smi other than XML, and what its names mean (see smi_dump.h).
 *
 * Names changed with the driver: both old and new are rows of one table. Sources: the tool's
 * manual, and outputs of drivers 515 to 595.
 */
#include "smi_dump.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/file.h"

/* section NULL: the GPU's own line. A later row for a field does not replace an earlier one's
 * value. */
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
	{ "gpu_memory_power_readings", "instant_power_draw", SMI_MEMORY },
	{ "gpu_memory_power_readings", "instantaneous_power_draw", SMI_MEMORY },
	{ "gpu_memory_power_readings", "power_draw", SMI_MEMORY },
	{ "gpu_memory_power_readings", "average_power_draw", SMI_MEMORY },
	{ "module_power_readings", "instant_power_draw", SMI_MODULE },
	{ "module_power_readings", "instantaneous_power_draw", SMI_MODULE },
	{ "module_power_readings", "power_draw", SMI_MODULE },
	{ "module_power_readings", "average_power_draw", SMI_MODULE },
	{ "event_reasons_counters", "sw_power_cap", SMI_HELD_POWER },
	{ "event_reasons_counters", "sw_power_capping", SMI_HELD_POWER },
	{ "event_reasons_counters", "sync_boost", SMI_HELD_SYNC },
	{ "event_reasons_counters", "sw_therm_slowdown", SMI_HELD_SW_THERMAL },
	{ "event_reasons_counters", "sw_thermal_slowdown", SMI_HELD_SW_THERMAL },
	{ "event_reasons_counters", "hw_therm_slowdown", SMI_HELD_HW_THERMAL },
	{ "event_reasons_counters", "hw_thermal_slowdown", SMI_HELD_HW_THERMAL },
	{ "event_reasons_counters", "hw_power_brake", SMI_HELD_BRAKE },
	{ "event_reasons_counters", "hw_power_braking", SMI_HELD_BRAKE },
	/* Of --query-gpu, without its unit in brackets. */
	{ "query", "name", SMI_NAME },
	{ "query", "gpu_name", SMI_NAME },
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
	{ "query", "module.power.draw.instant", SMI_MODULE },
	{ "query", "module.power.draw.average", SMI_MODULE },
	{ "query", "reasons_counters.sw_power_cap", SMI_HELD_POWER },
	{ "query", "reasons_counters.sync_boost", SMI_HELD_SYNC },
	{ "query", "reasons_counters.sw_thermal_slowdown", SMI_HELD_SW_THERMAL },
	{ "query", "reasons_counters.hw_thermal_slowdown", SMI_HELD_HW_THERMAL },
	{ "query", "reasons_counters.hw_power_brake_slowdown", SMI_HELD_BRAKE },
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
	d->gpu[d->n] = (struct smi_gpu){ .field = { NULL } };
	if (*bus)
		d->gpu[d->n].field[SMI_BUS] = pool_trimmed(&d->texts, bus);
	return &d->gpu[d->n++];
}

static void add_reason(struct smi_dump *d, struct smi_gpu *g, const char *key, const char *value)
{
	const char *had = g->field[SMI_REASONS];

	if (strcmp(value, "Active") == 0 && strcmp(key, "gpu_idle") != 0 &&
	    strcmp(key, "idle") != 0)
		g->field[SMI_REASONS] =
			pool_printf(&d->texts, "%s%s%s", had ? had : "", had ? ", " : "", key);
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

		if (strcmp(want, sec) == 0 && strcmp(rows[i].key, name) == 0 &&
		    !g->field[rows[i].field])
			g->field[rows[i].field] = pool_trimmed(&d->texts, value);
	}
}

/* ---- `nvidia-smi -q` ---------------------------------------------------------------------------
 */

#define LEVELS 8

/* One line at a time: indentation nests, " : " parts a name from its value. */
enum cm_status smi_read_text(const char *path, const char *text, struct smi_dump *d,
			     struct cm_err *err)
{
	struct { size_t indent; char name[64]; } level[LEVELS];
	size_t levels = 0;
	char line[512];

	for (const char *p = text; *p;) {
		const size_t len = strcspn(p, "\r\n"),
			     n = len < sizeof line - 1 ? len : sizeof line - 1;
		size_t indent;
		char *colon;

		memcpy(line, p, n);
		line[n] = '\0';
		p += len;
		p += *p != '\0';
		indent = strspn(line, " \t");
		if (!line[indent])
			continue;
		if (indent == 0 && cm_starts(line, "GPU ") && strchr(line, ':') &&
		    !strstr(line, " : ")) {
			smi_add_gpu(d, line + 4);
			levels = 0;
			continue;
		}
		while (levels && level[levels - 1].indent >= indent)
			levels--;
		colon = strstr(line + indent, " : ");
		if (colon) {
			*colon = '\0';
			smi_item(d, levels ? level[levels - 1].name : "", line + indent, colon + 3);
		}
		if (levels < LEVELS && indent) {
			level[levels].indent = indent;
			snprintf(level[levels++].name, sizeof level[0].name, "%.63s",
				 line + indent);
		}
	}
	return d->n ? CM_OK
		    : cm_fail(err, CM_EINPUT,
			      "%s: an NVSMI LOG without a line \"GPU …:…:….…\": cut "
			      "short, or no GPU was attached",
			      path);
}

/* ---- the table that nvidia-smi prints ----------------------------------------------------------
 */

/* The bus address in a line, "00000000:18:00.0"; NULL: none. */
static const char *find_bus(const char *line, char *out, size_t cap)
{
	for (const char *p = line; *p; p++) {
		unsigned domain, bus, dev, fn;
		int n = 0;

		if ((p == line || p[-1] == ' ') && isxdigit((unsigned char)*p) &&
		    /* NOLINTNEXTLINE(cert-err34-c): so few digits do not overflow */
		    sscanf(p, "%8x:%2x:%2x.%1x%n", &domain, &bus, &dev, &fn, &n) == 4 && n >= 12) {
			snprintf(out, cap, "%.*s", n, p);
			return p;
		}
	}
	return NULL;
}

/* "|   0  NVIDIA H100 80GB HBM3          On  |   00000000:18:00.0 Off |" */
static bool table_gpu(struct smi_dump *d, const char *line)
{
	char bus[32], name[96];
	const char *at = find_bus(line, bus, sizeof bus), *p = line + 1;
	size_t n;

	if (!at || !isdigit((unsigned char)p[strspn(p, " ")]))
		return false;
	p += strspn(p, " ");
	p += strspn(p, "0123456789");
	p += strspn(p, " ");
	n = strcspn(p, "|");
	for (size_t i = 0; i + 1 < n;
	     i++) { /* two blanks end the name; then persistence or driver model */
		if (p[i] == ' ' && p[i + 1] == ' ') {
			n = i;
			break;
		}
	}
	snprintf(name, sizeof name, "%.*s", (int)(n < 95 ? n : 95), p);
	smi_add_gpu(d, bus);
	smi_item(d, "", "product_name", name);
	return true;
}

/* "| N/A   30C    P0            100W /  700W |": what stands around the slash. */
static bool table_power(struct smi_dump *d, const char *line)
{
	char cell[256];
	char *slash, *from;

	snprintf(cell, sizeof cell, "%.*s", (int)strcspn(line + 1, "|"), line + 1);
	slash = strstr(cell, " / ");
	if (!slash)
		return false;
	*slash = '\0';
	while (slash > cell && isspace((unsigned char)slash[-1]))
		*--slash = '\0';
	from = strrchr(cell, ' ');
	smi_item(d, "power_readings", "power_draw", from ? from + 1 : cell);
	smi_item(d, "power_readings", "power_limit",
		 cell + strlen(cell) + 1 + strspn(slash + 1, " /"));
	return true;
}

enum cm_status smi_read_table(const char *path, const char *text, struct smi_dump *d,
			      struct cm_err *err)
{
	bool open = false; /* the GPU's second line is to come */
	char line[512];

	for (const char *p = text; *p;) {
		const size_t len = strcspn(p, "\r\n");

		snprintf(line, sizeof line, "%.*s", (int)(len < 511 ? len : 511), p);
		p += len;
		p += *p != '\0';
		if (strstr(line, "Processes:"))
			break;
		if (line[0] != '|')
			continue;
		if (table_gpu(d, line))
			open = true;
		else if (open && table_power(d, line))
			open = false;
	}
	return d->n ? CM_OK
		    : cm_fail(err, CM_EINPUT, "%s: a table of nvidia-smi without a GPU: cut short?",
			      path);
}

/* ---- nvidia-smi --query-gpu=… --format=csv
 * ------------------------------------------------------- */

/* "power.draw [W]" → name and unit. */
static void split_unit(const char *cell, char *name, size_t cap, char *unit, size_t ucap)
{
	const char *open = strchr(cell, '[');

	plain(cell, name, cap);
	unit[0] = '\0';
	if (open) {
		name[strcspn(name, "[")] = '\0';
		if (name[0] && name[strlen(name) - 1] == '_')
			name[strlen(name) - 1] = '\0';
		snprintf(unit, ucap, "%.*s", (int)strcspn(open + 1, "]"), open + 1);
	}
}

/* A later row of one GPU stands in place of the earlier: the readings of --loop. */
static void keep_last(struct smi_dump *d)
{
	const struct smi_gpu *g = &d->gpu[d->n - 1];
	static const enum smi_field keys[] = { SMI_BUS, SMI_UUID };

	for (size_t k = 0; k < CM_COUNT(keys); k++) {
		for (size_t i = 0; g->field[keys[k]] && i + 1 < d->n; i++) {
			if (d->gpu[i].field[keys[k]] &&
			    !strcmp(d->gpu[i].field[keys[k]], g->field[keys[k]])) {
				d->gpu[i] = *g;
				d->n--;
				return;
			}
		}
	}
}

enum cm_status smi_read_csv(const char *path, struct smi_dump *d, struct cm_err *err)
{
	enum { COLUMNS = 1024 }; /* a driver of 2026 has 239 fields */
	char name[COLUMNS][64], unit[COLUMNS][8];
	size_t columns = 0;
	struct csv *c = NULL;
	struct csv_row row;
	enum cm_status st = csv_open(path, &c, err);

	while (!st && !(st = csv_next(c, &row, err))) {
		if (!columns) {
			columns = row.cells < COLUMNS ? row.cells : COLUMNS;
			for (size_t i = 0; i < columns; i++)
				split_unit(row.cell[i], name[i], sizeof name[0], unit[i],
					   sizeof unit[0]);
			continue;
		}
		if (row.cells != columns) {
			st = cm_fail_at(err, CM_EINPUT, path, row.line, 1,
					"%zu cells, the header has %zu", row.cells, columns);
			break;
		}
		smi_add_gpu(d, "");
		for (size_t i = 0; i < columns; i++) {
			const char *t = pool_trimmed(&d->texts, row.cell[i]);
			const size_t n = strlen(t);
			const bool bare = n && isdigit((unsigned char)t[n - 1]) && unit[i][0];
			const char *whole = bare ? pool_printf(&d->texts, "%s %s", t, unit[i]) : t;

			smi_item(d, "query", name[i], whole);
		}
		keep_last(d);
	}
	csv_close(c);
	if (st != CM_END)
		return st;
	return d->n ? CM_OK
		    : cm_fail(err, CM_EINPUT, "%s: a header of nvidia-smi and no row", path);
}

/* ---- any of them -------------------------------------------------------------------------------
 */

enum cm_status smi_read(const char *path, struct smi_dump *d, struct cm_err *err)
{
	struct str s = { 0 };
	enum cm_status st = file_read(path, 0, &s, err);
	const char *text = str_get(&s), *first_line_end = text + strcspn(text, "\r\n");
	const char *draw = strstr(text, "power.draw");

	if (!st && strstr(text, "<nvidia_smi_log"))
		st = smi_read_xml(path, text, s.len, d, err);
	else if (!st && strstr(text, "NVSMI LOG"))
		st = smi_read_text(path, text, d, err);
	else if (!st && strstr(text, "NVIDIA-SMI") && strchr(text, '|'))
		st = smi_read_table(path, text, d, err);
	else if (!st && draw && draw < first_line_end)
		st = smi_read_csv(path, d, err);
	else if (!st)
		st = cm_fail(err, CM_ABSENT,
			     "it is no output of nvidia-smi (-q -x, -q, the table, or "
			     "--query-gpu=… --format=csv)");
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
