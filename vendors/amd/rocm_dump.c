/*
 * What the names in the outputs of rocm-smi and amd-smi mean, and their JSON and CSV (see rocm_dump.h).
 *
 * Names changed with the release: old and new are rows of one table. In rocm-smi the unit stands in
 * brackets in the name, in amd-smi beside the value. Keys that are no card ("system") are passed
 * over. Sources: rocm_smi.py of ROCm 4 to 7, amdsmi_cli of 24 to 26.
 */
#include "rocm_dump.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dump_text.h"
#include "base/json.h"

/* section NULL: in any. The first row that fits is taken. */
static const struct { const char *section, *key; enum rocm_field field; } rows[] = {
	{ NULL, "card series", ROCM_NAME },
	{ NULL, "market_name", ROCM_NAME },
	{ NULL, "pci bus", ROCM_BUS },
	{ NULL, "bdf", ROCM_BUS },
	{ NULL, "timestamp", ROCM_TIME },
	{ NULL, "xcp", ROCM_PARTITION },
	/* `amd-smi static`: its section of limits has the name of the reading. */
	{ "limit", "socket_power", ROCM_LIMIT },
	{ NULL, "average graphics package power", ROCM_MEAN },
	{ NULL, "average socket power", ROCM_MEAN },
	{ NULL, "average_socket_power", ROCM_MEAN },
	{ NULL, "current socket graphics package power", ROCM_NOW },
	{ NULL, "current socket power", ROCM_NOW },
	{ NULL, "get_power_avg", ROCM_MEAN }, /* what rocm-smi calls it where there is none */
	{ NULL, "socket_power", ROCM_NOW },
	{ NULL, "current_socket_power", ROCM_NOW },
	{ NULL, "power_usage", ROCM_NOW },
	{ NULL, "accumulated energy", ROCM_ENERGY },
	{ NULL, "total_energy_consumption", ROCM_ENERGY },
	{ NULL, "energy counter", ROCM_COUNT },
	{ NULL, "max graphics package power", ROCM_LIMIT },
	{ NULL, "power_cap", ROCM_LIMIT },
	{ NULL, "current_power_cap", ROCM_LIMIT },
	{ NULL, "socket_power_limit", ROCM_LIMIT },
	{ NULL, "power_limit", ROCM_LIMIT },
	{ NULL, "max_power", ROCM_MOST },
	{ NULL, "max_power_limit", ROCM_MOST },
	{ NULL, "temperature (sensor junction)", ROCM_HOTSPOT },
	{ NULL, "temperature (sensor edge)", ROCM_EDGE },
	{ NULL, "temperature (sensor memory)", ROCM_MEMORY_TEMP },
	{ NULL, "hotspot_temperature", ROCM_HOTSPOT },
	{ NULL, "memory_temperature", ROCM_MEMORY_TEMP },
	{ "temperature", "hotspot", ROCM_HOTSPOT },
	{ "temperature", "edge", ROCM_EDGE },
	{ "temperature", "mem", ROCM_MEMORY_TEMP },
};

struct rocm_gpu *rocm_add_gpu(struct rocm_dump *d, const char *label)
{
	CM_PUSH(d->gpu, d->n, d->cap);
	d->gpu[d->n] = (struct rocm_gpu){ .field = { NULL } };
	snprintf(d->gpu[d->n].label, sizeof d->gpu[0].label, "%.31s", label);
	return &d->gpu[d->n++];
}

struct rocm_gpu *rocm_card(struct rocm_dump *d, unsigned n)
{
	char label[32];

	snprintf(label, sizeof label, "card%u", n);
	for (size_t i = d->n; i-- > 0;)
		if (strcmp(d->gpu[i].label, label) == 0)
			return &d->gpu[i];
	return rocm_add_gpu(d, label);
}

/* "ppt_violation_status: ACTIVE", "throttle_status: THROTTLED". */
static void add_reason(struct rocm_dump *d, struct rocm_gpu *g, const char *name, const char *value)
{
	const char *had = g->field[ROCM_REASONS];
	const size_t n = strlen(name);
	const bool named = had && !cm_starts(had, "a limit");

	if (strcmp(value, "THROTTLED") == 0 && strcmp(name, "throttle_status") == 0 && !had)
		g->field[ROCM_REASONS] = "a limit that the tool does not name";
	else if (strcmp(value, "ACTIVE") == 0 && cm_ends(name, "_violation_status"))
		g->field[ROCM_REASONS] = pool_printf(
			&d->texts, "%s%s%.*s", named ? had : "", named ? ", " : "",
			(int)(n - strlen("_violation_status")), name);
	g->unit[ROCM_REASONS] = g->field[ROCM_REASONS] ? "" : NULL;
}

void rocm_item(struct rocm_dump *d, struct rocm_gpu *g, const char *section, const char *key,
	       const char *value, const char *unit)
{
	char name[96], in_name[16] = "";
	size_t n = 0;
	const char *open = strrchr(key, '(');

	for (const char *p = key; *p && n + 1 < sizeof name && p != open; p++)
		name[n++] = (char)tolower((unsigned char)*p);
	while (n && (isspace((unsigned char)name[n - 1]) || name[n - 1] == ':'))
		n--;
	name[n] = '\0';
	if (open)
		snprintf(in_name, sizeof in_name, "%.*s", (int)strcspn(open + 1, ")"), open + 1);
	add_reason(d, g, name, pool_trimmed(&d->texts, value));
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		const enum rocm_field f = rows[i].field;

		if (strcmp(rows[i].key, name) != 0 ||
		    (rows[i].section && !cm_ieq(rows[i].section, section)))
			continue;
		if (!g->field[f] && !(f == ROCM_NAME && strcmp(value, "N/A") == 0)) {
			g->field[f] = pool_trimmed(&d->texts, value);
			g->unit[f] = pool_dup(&d->texts, unit ? unit : in_name);
		}
		return;
	}
}

/* ---- JSON --------------------------------------------------------------------------------------
 */

static bool is_card(const char *key)
{
	return cm_starts(key, "card") && isdigit((unsigned char)key[4]);
}

static void scalar(struct rocm_dump *d, struct rocm_gpu *g, const char *section, const char *key,
		   struct cmj *v)
{
	struct cmj *value = cmj_is_object(v) ? cmj_get(v, "value") : v;
	const char *unit = cmj_is_object(v) ? cmj_text(cmj_get(v, "unit"), "") : NULL;
	char number[40];

	if (cmj_is_string(value)) {
		rocm_item(d, g, section, key, cmj_text(value, ""), unit);
	} else if (cmj_is_number(value)) {
		snprintf(number, sizeof number, "%.17g", cmj_double(value, 0));
		rocm_item(d, g, section, key, number, unit);
	}
}

/* amd-smi nests sections: power, energy, bus, asic, limit. Names as they come; the outermost is the
 * section. */
static void walk(struct rocm_dump *d, struct rocm_gpu *g, const char *section, struct cmj *object,
		 int depth)
{
	for (void *it = cmj_iter(object); it; it = cmj_iter_next(object, it)) {
		struct cmj *v = cmj_iter_value(it);

		if (cmj_is_object(v) && !cmj_get(v, "value") && depth < 3)
			walk(d, g, depth ? section : cmj_iter_key(it), v, depth + 1);
		else
			scalar(d, g, section, cmj_iter_key(it), v);
	}
}

static void read_list(struct rocm_dump *d, struct cmj *list)
{
	for (size_t i = 0; i < cmj_len(list); i++) {
		struct cmj *o = cmj_at(list, i);
		char label[32];

		if (cmj_is_array(o)) { /* --watch: a list of looks, each a list of GPUs */
			if (cmj_is_object(cmj_at(o, 0)))
				read_list(d, o);
			continue;
		}
		if (!cmj_is_object(o) || !cmj_is_number(cmj_get(o, "gpu")))
			continue;
		snprintf(label, sizeof label, "card%.0f", cmj_double(cmj_get(o, "gpu"), 0));
		walk(d, rocm_add_gpu(d, label), "", o, 0);
	}
}

static void read_document(struct rocm_dump *d, struct cmj *doc)
{
	struct cmj *list = cmj_is_array(doc) ? doc : cmj_get(doc, "gpu_data");

	if (cmj_is_array(list))
		read_list(d, list);
	if (cmj_is_object(doc) && cmj_is_number(cmj_get(doc, "gpu"))) { /* one GPU, looked at alone */
		char label[32];

		snprintf(label, sizeof label, "card%.0f", cmj_double(cmj_get(doc, "gpu"), 0));
		walk(d, rocm_add_gpu(d, label), "", doc, 0);
	}
	for (void *it = cmj_is_object(doc) ? cmj_iter(doc) : NULL; it;
	     it = cmj_iter_next(doc, it)) {
		struct cmj *o = cmj_iter_value(it);

		if (is_card(cmj_iter_key(it)) && cmj_is_object(o))
			walk(d, rocm_add_gpu(d, cmj_iter_key(it)), "", o, 3);
	}
}

/* Length of the document at p, by its brackets; to the end of the text where they do not close. */
static size_t document_length(const char *p)
{
	size_t depth = 0;
	bool text = false;

	for (size_t i = 0; p[i]; i++) {
		if (text) {
			i += p[i] == '\\' && p[i + 1];
			text = p[i] != '"';
		} else if (p[i] == '"') {
			text = true;
		} else if (p[i] == '{' || p[i] == '[') {
			depth++;
		} else if ((p[i] == '}' || p[i] == ']') && depth && --depth == 0) {
			return i + 1;
		}
	}
	return strlen(p);
}

/* A log is documents one after the other; the last of one that was stopped may be cut. */
static enum cm_status read_json(const char *path, const char *text, struct rocm_dump *d,
				struct cm_err *err)
{
	enum cm_status st = CM_OK;

	for (const char *p = text; !st && *(p += strcspn(p, "{["));) {
		const size_t n = document_length(p), had = d->n;
		struct cmj *doc = NULL;

		st = cmj_parse(p, n, path, &doc, err);
		if (!st)
			read_document(d, doc);
		else if (had && !p[n])
			st = CM_OK;
		cmj_free(doc);
		p += n;
	}
	return st;
}

/* ---- CSV ---------------------------------------------------------------------------------------
 */

/* amd-smi --csv leaves off the units that its text and JSON give to the same names. */
static const char *unit_in_csv(const char *name)
{
	static const struct { const char *name, *unit; } units[] = {
		{ "total_energy_consumption", "J" }, { "socket_power", "W" },
		{ "average_socket_power", "W" },     { "current_socket_power", "W" },
		{ "power_usage", "W" },		     { "max_power", "W" },
		{ "socket_power_limit", "W" },	     { "max_power_limit", "W" },
		{ "power_cap", "W" },		     { "hotspot", "C" },
		{ "edge", "C" },		     { "mem", "C" },
		{ "hotspot_temperature", "C" },	     { "memory_temperature", "C" },
	};

	for (size_t i = 0; i < CM_COUNT(units); i++)
		if (strcmp(name, units[i].name) == 0)
			return units[i].unit;
	return NULL;
}

enum { COLUMNS = 1024 };

static size_t find_column(char *const *name, size_t n, const char *want)
{
	size_t i = 0;

	while (i < n && strcmp(name[i], want) != 0)
		i++;
	return i;
}

static void csv_row(struct rocm_dump *d, char *const *name, size_t columns, char *const *cell, size_t n)
{
	const size_t gpu = find_column(name, columns, "gpu");
	/* Only `amd-smi static` has the least limit, and its socket_power is the limit. */
	const char *section = find_column(name, columns, "min_power") < columns ? "limit" : "temperature";
	struct rocm_gpu *g;
	char label[32];

	if (gpu < n && gpu < columns && isdigit((unsigned char)*cell[gpu]))
		snprintf(label, sizeof label, "card%.20s", cell[gpu]);
	else if (is_card(cell[0]))
		snprintf(label, sizeof label, "%.31s", cell[0]);
	else
		return;  /* rocm-smi's "system" */
	g = rocm_add_gpu(d, label);
	for (size_t i = 0; i < columns && i < n; i++)
		if (i != gpu)
			rocm_item(d, g, section, name[i], cell[i], unit_in_csv(name[i]));
}

static bool is_csv_header(const char *line)
{
	return cm_starts(line, "device,") || cm_starts(line, "gpu,") || cm_starts(line, "timestamp,gpu,") ||
	       cm_starts(line, "device;") || cm_starts(line, "gpu;");
}

static void read_csv(const char *text, struct rocm_dump *d)
{
	const char sep = dump_separator(text);
	char **name = cm_alloc(COLUMNS * sizeof *name), **cell = cm_alloc(COLUMNS * sizeof *cell);
	size_t columns = 0;
	struct str head = { 0 }, line = { 0 };

	for (const char *p = text; *p;) {
		const size_t len = strcspn(p, "\n");
		struct str *to = is_csv_header(p) ? &head : &line; /* --watch may repeat the header */

		str_clear(to);
		str_addn(to, p, len);
		p += len + (p[len] == '\n');
		if (!len)
			continue;
		if (to == &head)
			columns = dump_cells(head.p, sep, name, COLUMNS);
		else if (columns)
			csv_row(d, name, columns, cell, dump_cells(line.p, sep, cell, COLUMNS));
	}
	str_free(&head);
	str_free(&line);
	free(name);
	free(cell);
}

/* ---- any of them -------------------------------------------------------------------------------
 */

static enum cm_status read_plain(const char *path, const char *text, struct rocm_dump *d,
				 struct cm_err *err)
{
	const char *begin = text + strspn(text, " \t\n");

	/* Warnings of the tool may stand before its output, a line each. */
	while (cm_starts(begin, "WARNING") || cm_starts(begin, "ERROR")) {
		begin += strcspn(begin, "\n");
		begin += strspn(begin, " \t\n");
	}
	if ((*begin == '{' || *begin == '[') && (strstr(begin, "\"card") || strstr(begin, "\"gpu\"")))
		return read_json(path, begin, d, err);
	if (is_csv_header(begin)) {
		read_csv(begin, d);
		return CM_OK;
	}
	if (strstr(text, "GPU[") || strstr(text, "ROCm System Management") || strstr(text, "AMD-SMI ") ||
	    (cm_starts(begin, "GPU: ") && isdigit((unsigned char)begin[5])) ||
	    ((cm_starts(begin, "GPU ") || cm_starts(begin, "TIMESTAMP")) && strstr(begin, "POWER"))) {
		rocm_read_text(begin, d);
		return CM_OK;
	}
	return cm_fail(err, CM_ABSENT, "it is no output of rocm-smi or amd-smi (--json, --csv, text)");
}

enum cm_status rocm_read(const char *path, struct rocm_dump *d, struct cm_err *err)
{
	struct str s = { 0 };
	enum cm_status st = dump_text(path, &s, err);

	if (!st)
		st = read_plain(path, str_get(&s), d, err);
	str_free(&s);
	if (!st && !d->n)
		return cm_fail(err, CM_EINPUT,
			       "%s: no GPU is in it: rocm-smi's keys are card0, card1 …, "
			       "amd-smi's entries have \"gpu\"",
			       path);
	return st;
}

void rocm_free(struct rocm_dump *d)
{
	free(d->gpu);
	pool_free(&d->texts);
	*d = (struct rocm_dump){ 0 };
}
