/*
 * What rocm-smi and amd-smi print for human readers: lines of names and values, and their tables.
 *
 *   rocm-smi   "GPU[0]\t\t: Average Graphics Package Power (W): 39.0", or its table
 *   amd-smi    "GPU: 0", then lines "    SOCKET_POWER: 142 W" under it; `monitor` and the box of release
 *              26 are tables
 *
 * Knows layout, no meaning of names but for the columns of tables.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dump_text.h"
#include "rocm_dump.h"

/* ---- columns, counted in characters: "39.0°C" has one that is two bytes ------------------------- */

static const char *at_column(const char *line, size_t column)
{
	for (size_t at = 0; *line && at < column; at++)
		do {
			line++;
		} while (((unsigned char)*line & 0xC0) == 0x80);
	return line;
}

/* The word that stands at a column. */
static bool word_at(const char *line, size_t column, char *out, size_t cap)
{
	const char *p = at_column(line, column);

	while (p > line && !isspace((unsigned char)p[-1]))
		p--;
	snprintf(out, cap, "%.*s", (int)strcspn(p, " \t"), p);
	return *out != '\0';
}

/* ---- rocm-smi's table --------------------------------------------------------------------------
 */

struct concise { /* where rocm-smi's table has power and its cap; 0 = no table was seen */
	size_t power, cap;
	bool now;
};

/* "GPU  Temp  AvgPwr …  PwrCap", or "Device … Power … PwrCap" over a line with "(Socket)". */
static void concise_line(struct rocm_dump *d, struct concise *t, const char *line)
{
	const char *power = strstr(line, "AvgPwr"), *cap = strstr(line, "PwrCap");
	char word[32];
	unsigned n;

	power = power ? power : strstr(line, "Power ");
	if (power && cap && power < cap && !isspace((unsigned char)*line)) {
		*t = (struct concise){ (size_t)(power - line), (size_t)(cap - line), false };
	} else if (t->power && isspace((unsigned char)*line)) {
		t->now |= word_at(line, t->power, word, sizeof word) && !strcmp(word, "(Socket)");
	} else if (t->power && isdigit((unsigned char)*line) &&
		   sscanf(line, "%4u", &n) == 1) { /* NOLINT(cert-err34-c) */
		struct rocm_gpu *g = rocm_card(d, n);

		if (word_at(line, t->power, word, sizeof word))
			rocm_item(d, g, "", t->now ? "current socket power" : "average socket power",
				  word, "");
		if (word_at(line, t->cap, word, sizeof word))
			rocm_item(d, g, "", "power_cap", word, "");
	}
}

/* ---- amd-smi monitor --------------------------------------------------------------------------- */

static const struct { const char *title, *key; } monitor_columns[] = {
	{ "TIMESTAMP", "timestamp" },	      { "XCP", "xcp" },
	{ "POWER", "power_usage" },	      { "PWR_CAP", "power_cap" },
	{ "GPU_T", "hotspot_temperature" },   { "GPU_TEMP", "hotspot_temperature" },
	{ "MEM_T", "memory_temperature" },    { "MEM_TEMP", "memory_temperature" },
};

enum { MONITOR_COLUMNS = 64 };

static bool is_monitor_title(const char *line)
{
	const char *at = line + strspn(line, " ");

	return (cm_starts(at, "GPU ") || cm_starts(at, "TIMESTAMP ")) && strstr(at, " POWER");
}

/* "1786038263    0    0  123 W    N/A   37 °C": a word that is no number and not "N/A" is the unit of the
 * one before. Cells are joined in `line`. */
static size_t monitor_cells(char *line, char **cell, size_t n)
{
	char *word[MONITOR_COLUMNS];
	const size_t words = dump_cells(line, ' ', word, MONITOR_COLUMNS);
	size_t cells = 0;

	for (size_t i = 0; i < words && cells < n; i++) {
		if (cells && !isdigit((unsigned char)*word[i]) && strcmp(word[i], "N/A") != 0)
			memset(cell[cells - 1] + strlen(cell[cells - 1]), ' ', 1);
		else
			cell[cells++] = word[i];
	}
	return cells;
}

static void monitor_line(struct rocm_dump *d, const char *titles, char *line)
{
	char head[512], *title[MONITOR_COLUMNS], *cell[MONITOR_COLUMNS], label[32];
	struct rocm_gpu *g = NULL;
	size_t n;

	snprintf(head, sizeof head, "%s", titles);
	n = dump_cells(head, ' ', title, MONITOR_COLUMNS);
	n = monitor_cells(line, cell, n);
	for (size_t i = 0; i < n && !g; i++)
		if (strcmp(title[i], "GPU") == 0 && isdigit((unsigned char)*cell[i])) {
			snprintf(label, sizeof label, "card%.20s", cell[i]);
			g = rocm_add_gpu(d, label);
		}
	for (size_t i = 0; i < n && g; i++)
		for (size_t k = 0; k < CM_COUNT(monitor_columns); k++)
			if (strcmp(title[i], monitor_columns[k].title) == 0)
				rocm_item(d, g, "", monitor_columns[k].key, cell[i], "");
}

/* ---- the box of amd-smi without arguments ------------------------------------------------------- */

/* "… 138/1000 W |", or "49 W |": the word before the last W. */
static void box_power(struct rocm_dump *d, struct rocm_gpu *g, const char *line)
{
	const char *w = strstr(line, " W |"), *from = w;
	char text[48], *slash;

	while (from && from > line && from[-1] != ' ')
		from--;
	if (!from)
		return;
	snprintf(text, sizeof text, "%.*s", (int)(w - from < 47 ? w - from : 47), from);
	slash = strrchr(text, '/');
	if (slash && slash > text && strcmp(text, "N/A") != 0) {
		*slash = '\0';
		rocm_item(d, g, "", "power_cap", slash + 1, "W");
	}
	rocm_item(d, g, "", "socket_power", text, "W");
}

static void box_heat(struct rocm_dump *d, struct rocm_gpu *g, const char *line)
{
	const char *unit = strstr(line, " \xC2\xB0" "C"), *from = unit;

	while (from && from > line && isdigit((unsigned char)from[-1]))
		from--;
	if (from)
		rocm_item(d, g, "", "hotspot_temperature",
			  pool_printf(&d->texts, "%.*s", (int)(unit - from), from), "C");
}

/* "| 0000:05:00.0    AMD Instinct MI300X | 0 %      42 °C   0          138/1000 W |", and under it
 * a line that begins with its number. */
static void box_line(struct rocm_dump *d, struct rocm_gpu *held, bool *open, const char *line)
{
	unsigned a, b, c, f, n;
	int len = 0;

	/* NOLINTBEGIN(cert-err34-c): so few digits do not overflow */
	if (sscanf(line, "| %4x:%2x:%2x.%1x%n", &a, &b, &c, &f, &len) == 4 && len) {
		*held = (struct rocm_gpu){ .field = { NULL } };
		rocm_item(d, held, "", "bdf",
			  pool_printf(&d->texts, "%04x:%02x:%02x.%x", a, b, c, f), "");
		rocm_item(d, held, "", "market_name",
			  pool_printf(&d->texts, "%.*s", (int)strcspn(line + len, "|"), line + len), "");
		box_power(d, held, line);
		box_heat(d, held, line);
		*open = true;
	} else if (*open && sscanf(line, "| %4u ", &n) == 1) {
		char label[32];
		struct rocm_gpu *g;

		snprintf(label, sizeof label, "card%u", n);
		g = rocm_add_gpu(d, label);
		memcpy(g->field, held->field, sizeof g->field);
		memcpy(g->unit, held->unit, sizeof g->unit);
		*open = false;
	}
	/* NOLINTEND(cert-err34-c) */
}

/* ---- names and values -------------------------------------------------------------------------- */

struct under { /* a line "GPU: N" of amd-smi, and the section below it */
	size_t gpu;
	bool any;
	char section[64];
	size_t indent;
};

static void under_line(struct rocm_dump *d, struct under *u, char *line)
{
	const size_t indent = strspn(line, " \t");
	char *key = line + indent, *colon = strchr(key, ':');

	if (!colon)
		return;
	*colon = '\0';
	if (!u->section[0] || indent <= u->indent) {
		u->indent = indent;
		snprintf(u->section, sizeof u->section, "%.63s", colon[1] ? "" : key);
	}
	if (colon[1])
		rocm_item(d, &d->gpu[u->gpu], u->section, key, colon + 1, NULL);
}

/* "GPU[0]\t\t: NAME: VALUE", or "GPU[0] : get_power_avg, Not supported on the given system" */
static bool named_line(struct rocm_dump *d, char *line)
{
	unsigned n = 0;
	char *key, *value;

	if (sscanf(line, "GPU[%4u]", &n) != 1) /* NOLINT(cert-err34-c) */
		return false;
	key = strchr(line, ':');
	if (!key)
		return true;
	key += 1 + strspn(key + 1, " \t");
	value = strstr(key, ": ");
	value = value ? value : strstr(key, ", Not supported");
	if (value) {
		*value = '\0';
		rocm_item(d, rocm_card(d, n), "", key, value + 2, NULL);
	}
	return true;
}

void rocm_read_text(const char *text, struct rocm_dump *d)
{
	struct concise table = { 0 };
	char monitor[512] = "";
	struct under under = { 0 };
	struct rocm_gpu held = { .field = { NULL } };
	bool open = false;
	char line[512];
	unsigned n;

	for (const char *p = text; dump_line(&p, line, sizeof line);) {
		if (sscanf(line, "GPU: %4u", &n) == 1) { /* NOLINT(cert-err34-c) */
			char label[32];

			snprintf(label, sizeof label, "card%u", n);
			rocm_add_gpu(d, label);
			under = (struct under){ .gpu = d->n - 1, .any = true };
		} else if (named_line(d, line)) {
			continue;
		} else if (is_monitor_title(line)) {
			memcpy(monitor, line, sizeof monitor);
		} else if (line[strspn(line, " ")] == '|') {
			box_line(d, &held, &open, line + strspn(line, " "));
		} else if (monitor[0] && isdigit((unsigned char)line[strspn(line, " ")])) {
			monitor_line(d, monitor, line);
		} else if (under.any) {
			under_line(d, &under, line);
		} else {
			concise_line(d, &table, line);
		}
	}
}
