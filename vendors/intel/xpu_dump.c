/*
 * The formats of xpu-smi: dump (CSV, and a JSON object a line), stats (JSON of 1.x and 2.x, and its
 * table). See xpu_dump.h.
 *
 * Each name has its unit in the tool's list of metrics, which --format=nounits leaves out. Energy is of
 * the time since the tool's session began. Sources: the guide of xpu-smi 1.3 and the documents of 2.0.
 */
#include "xpu_dump.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dump_text.h"
#include "base/json.h"

#define COLUMNS 128

/* Names as they stand in headers, keys and rows, without the unit behind them. */
static const struct { const char *name, *what, *unit; } metrics[] = {
	{ "GPU Power", "power", "W" },
	{ "power.draw", "power", "W" },
	{ "power.draw.gpu", "power", "W" },
	{ "XPUM_STATS_POWER", "power", "W" },
	{ "gpu_power_w", "power", "W" },
	{ "GPU Energy Consumed", "energy", "J" },
	{ "Energy Consumed", "energy", "J" },
	{ "energy.consumed", "energy", "J" },
	{ "energy_consumed_j", "energy", "J" },
	{ "XPUM_STATS_ENERGY", "energy", "J" },
	{ "GPU Core Temperature", "temperature", "C" },
	{ "temperature.gpu", "temperature", "C" },
	{ "XPUM_STATS_GPU_CORE_TEMPERATURE", "temperature", "C" },
	{ "gpu_core_celsius", "temperature", "C" },
	{ "GPU Memory Temperature", "memory temperature", "C" },
	{ "temperature.memory", "memory temperature", "C" },
	{ "XPUM_STATS_MEMORY_TEMPERATURE", "memory temperature", "C" },
	{ "memory_celsius", "memory temperature", "C" },
};

struct reader {
	void (*take)(void *to, const struct xpu_value *v);
	void *to;
	struct xpu_value at; /* device, tile, bus, moment of what comes next */
	size_t n;            /* taken */
};

/* Hands over "GPU Power (W)" = "14.61"; names of no use are passed over. */
static void take(struct reader *r, const char *name, const char *text)
{
	const char *open = strstr(name, " (");
	const size_t n = open ? (size_t)(open - name) : strlen(name);

	for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
		char unit[24] = "";

		if (strlen(metrics[i].name) != n || strncmp(metrics[i].name, name, n) != 0 || !*text)
			continue;
		if (open) /* "(W)", "(Celsius Degree)" */
			snprintf(unit, sizeof unit, "%.*s", (int)strcspn(open + 2, " )"), open + 2);
		r->at.what = metrics[i].what;
		r->at.text = text;
		r->at.unit = open ? unit : metrics[i].unit;
		r->take(r->to, &r->at);
		r->n++;
	}
}

/* ---- dump: CSV --------------------------------------------------------------------------------- */

static void csv_row(struct reader *r, char *const *name, char *const *cell, size_t n)
{
	r->at = (struct xpu_value){ .tile = -1, .t_s = NAN };
	for (size_t i = 0; i < n; i++) {
		if (strcmp(name[i], "Timestamp") == 0)
			r->at.t_s = dump_time(cell[i]);
		else if (strcmp(name[i], "DeviceId") == 0 || strcmp(name[i], "index") == 0)
			r->at.device = strtol(cell[i], NULL, 10);
		else if (strcmp(name[i], "TileId") == 0 && isdigit((unsigned char)*cell[i]))
			r->at.tile = strtol(cell[i], NULL, 10);
	}
	for (size_t i = 0; i < n; i++)
		take(r, name[i], cell[i]);
}

static bool is_header(const char *line)
{
	const size_t n = strcspn(line, "\n");
	const char *id = strstr(line, "DeviceId"), *draw = strstr(line, "power.draw ("); /* --query-gpu */

	return (id && (size_t)(id - line) < n) || (draw && (size_t)(draw - line) < n);
}

static enum cm_status read_csv(const char *path, const char *text, struct reader *r, struct cm_err *err)
{
	char head[4096] = "", line[4096], *name[COLUMNS], *cell[COLUMNS];
	size_t columns = 0, at = 0;

	for (const char *p = text; dump_line(&p, line, sizeof line);) {
		size_t n;

		at++;
		if (is_header(line)) {
			memcpy(head, line, sizeof head);
			columns = dump_cells(head, ',', name, COLUMNS);
			continue;
		}
		n = columns ? dump_cells(line, ',', cell, COLUMNS) : 0;
		if (!n || (n < 2 && columns > 1)) /* what the tool says before and after */
			continue;
		if (n != columns && !*p && r->n) /* a log that was stopped */
			break;
		if (n != columns)
			return cm_fail_at(err, CM_EINPUT, path, at, 1, "%zu cells, the header has %zu", n,
					  columns);
		csv_row(r, name, cell, n);
	}
	return CM_OK;
}

/* ---- JSON -------------------------------------------------------------------------------------- */

static void take_json(struct reader *r, const char *name, struct cmj *v)
{
	char number[40];

	if (cmj_is_string(v)) {
		take(r, name, cmj_text(v, ""));
	} else if (cmj_is_number(v)) {
		snprintf(number, sizeof number, "%.17g", cmj_double(v, 0));
		take(r, name, number);
	}
}

/* stats of 1.x: [{"metrics_type": "XPUM_STATS_POWER", "value": 15.2, "avg": …}, …] */
static void read_data_list(struct reader *r, struct cmj *list)
{
	for (size_t i = 0; cmj_is_array(list) && i < cmj_len(list); i++)
		take_json(r, cmj_text(cmj_get(cmj_at(list, i), "metrics_type"), ""),
			  cmj_get(cmj_at(list, i), "value"));
}

/* stats of 2.x: {"gpu_power_w": {"tile_0": {"avg": …, "current": 15.2}}, "energy_consumed_j": 3.5} */
static void read_section(struct reader *r, struct cmj *section)
{
	for (void *it = cmj_is_object(section) ? cmj_iter(section) : NULL; it;
	     it = cmj_iter_next(section, it)) {
		struct cmj *tiles = cmj_iter_value(it);

		r->at.tile = -1;
		take_json(r, cmj_iter_key(it), tiles);
		for (void *t = cmj_is_object(tiles) ? cmj_iter(tiles) : NULL; t;
		     t = cmj_iter_next(tiles, t)) {
			const char *key = cmj_iter_key(t);

			if (strncmp(key, "tile_", 5) != 0 || !isdigit((unsigned char)key[5]))
				continue;
			r->at.tile = strtol(key + 5, NULL, 10);
			take_json(r, cmj_iter_key(it), cmj_get(cmj_iter_value(t), "current"));
		}
	}
}

static long number_of(const struct cmj *v)
{
	const double n = cmj_double(v, 0);

	return n >= 0 && n < 1e6 ? (long)n : 0;
}

static void read_object(struct reader *r, struct cmj *o)
{
	struct cmj *metrics_of = cmj_get(o, "metrics"), *tiles = cmj_get(o, "tile_level"), *id;
	const char *time = cmj_text(cmj_get(o, "timestamp"), NULL);

	time = time ? time : cmj_text(cmj_get(cmj_get(o, "timestamps"), "end"), NULL);
	r->at = (struct xpu_value){ .tile = -1, .t_s = time ? dump_time(time) : NAN,
				    .bus = cmj_text(cmj_get(o, "pci_bdf"), NULL) };
	id = cmj_get(o, "device_id");
	id = id ? id : cmj_get(o, "device_index");
	id = id ? id : cmj_get(o, "device");
	r->at.device = number_of(id);
	for (void *it = cmj_is_object(metrics_of) ? cmj_iter(metrics_of) : NULL; it;
	     it = cmj_iter_next(metrics_of, it))
		take_json(r, cmj_iter_key(it), cmj_iter_value(it));
	read_data_list(r, cmj_get(o, "device_level"));
	for (size_t i = 0; cmj_is_array(tiles) && i < cmj_len(tiles); i++) {
		r->at.tile = number_of(cmj_get(cmj_at(tiles, i), "tile_id"));
		read_data_list(r, cmj_get(cmj_at(tiles, i), "data_list"));
	}
	read_section(r, cmj_get(o, "power"));
	read_section(r, cmj_get(o, "temperature"));
}

/* A document, or one a line. */
static enum cm_status read_json(const char *path, const char *text, struct reader *r, struct cm_err *err)
{
	struct cmj *doc = NULL;
	struct cm_err whole = { CM_OK, "" };
	char line[16384];
	enum cm_status st = cmj_parse(text, strlen(text), path, &doc, &whole);

	for (size_t i = 0; !st && cmj_is_array(doc) && i < cmj_len(doc); i++)
		read_object(r, cmj_at(doc, i));
	if (!st && cmj_is_object(doc))
		read_object(r, doc);
	cmj_free(doc);
	if (!st)
		return CM_OK;
	for (const char *p = text; dump_line(&p, line, sizeof line);) {
		doc = NULL;
		if (line[0] != '{' || cmj_parse(line, strlen(line), path, &doc, NULL))
			break;
		read_object(r, doc);
		cmj_free(doc);
	}
	return r->n ? CM_OK : cm_fail(err, st, "%s", whole.why);
}

/* ---- the table of stats ------------------------------------------------------------------------ */

/* "15", or "Tile 0: 95; Tile 1: 92", or "avg: 15, min: 14, max: 16, current: 15" behind a tile or without. */
static void table_value(struct reader *r, const char *name, char *value)
{
	char *tile = strstr(value, "Tile ");

	r->at.tile = -1;
	if (!tile) {
		char *current = strstr(value, "current:");

		value = current ? current + 8 + strspn(current + 8, " ") : value;
		value[strcspn(value, " ,;")] = '\0';
		take(r, name, value);
		return;
	}
	while (tile) {
		char *colon = strchr(tile, ':'), *next = strstr(tile + 1, "Tile "), *current;

		if (!colon)
			return;
		if (next)
			next[-1] = '\0';
		current = strstr(colon, "current:");
		current = current ? current + 8 : colon + 1;
		current += strspn(current, " ");
		current[strcspn(current, " ,;")] = '\0';
		r->at.tile = strtol(tile + 5, NULL, 10);
		take(r, name, current);
		tile = next;
	}
}

static void read_table(const char *text, struct reader *r)
{
	char line[512], *cell[3], bus[32] = "", name[96] = "";

	for (const char *p = text; dump_line(&p, line, sizeof line);) {
		char *bar = strrchr(line, '|');

		if (line[0] != '|' || !bar || bar == line)
			continue;
		*bar = '\0';
		if (dump_cells(line + 1, '|', cell, 3) != 2)
			continue;
		if (strcmp(cell[0], "Device ID") == 0) {
			r->at = (struct xpu_value){ .tile = -1, .t_s = NAN,
						    .device = strtol(cell[1], NULL, 10) };
		} else if (strcmp(cell[0], "PCI BDF") == 0) {
			snprintf(bus, sizeof bus, "%.31s", cell[1]);
			r->at.bus = bus;
		} else {
			if (*cell[0]) /* else a further tile of the row above */
				snprintf(name, sizeof name, "%.95s", cell[0]);
			table_value(r, name, cell[1]);
		}
	}
	r->at.bus = NULL; /* it was of this function */
}

/* ---- any of them ------------------------------------------------------------------------------- */

enum cm_status xpu_read(const char *path, void (*taker)(void *to, const struct xpu_value *v), void *to,
			struct cm_err *err)
{
	struct reader r = { .take = taker, .to = to };
	struct str s = { 0 };
	enum cm_status st = dump_text(path, &s, err);
	const char *text = str_get(&s), *begin = text + strspn(text, " \n\t");

	if (!st && is_header(begin))
		st = read_csv(path, begin, &r, err);
	else if (!st && (*begin == '{' || *begin == '[') &&
		 (strstr(begin, "XPUM_STATS_") || strstr(begin, "\"gpu_power_w\"") ||
		  (strstr(begin, "\"metrics\"") && strstr(begin, "\"device\""))))
		st = read_json(path, begin, &r, err);
	else if (!st && *begin == '+' && strstr(begin, "| Device ID ") && strstr(begin, "GPU Power (W)"))
		read_table(begin, &r);
	else if (!st)
		st = cm_fail(err, CM_ABSENT, "it is no output of xpu-smi (dump, stats, with -j or without)");
	if (!st && !r.n)
		st = cm_fail(err, CM_EINPUT, "%s: xpu-smi tells neither of power nor of energy in it: "
			     "ask for -m 1,8", path);
	str_free(&s);
	return st;
}
