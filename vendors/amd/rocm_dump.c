/*
 * The formats of rocm-smi (--json, --csv, text, its table) and amd-smi (--json, --csv, text), and
 * what their names mean (see rocm_dump.h).
 *
 * Names changed with the release: old and new are rows of one table. In rocm-smi the unit stands in
 * brackets in the name, in amd-smi beside the value. Keys that are no card ("system") are passed
 * over. Sources: rocm_smi.py of ROCm 4 to 6, amdsmi_cli of 24 to 26.
 */
#include "rocm_dump.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/file.h"
#include "base/json.h"

static const struct { const char *key; enum rocm_field field; } rows[] = {
	{ "card series", ROCM_NAME },
	{ "market_name", ROCM_NAME },
	{ "pci bus", ROCM_BUS },
	{ "bdf", ROCM_BUS },
	{ "average graphics package power", ROCM_MEAN },
	{ "average socket power", ROCM_MEAN },
	{ "average_socket_power", ROCM_MEAN },
	{ "current socket graphics package power", ROCM_NOW },
	{ "current socket power", ROCM_NOW },
	{ "get_power_avg", ROCM_MEAN }, /* what rocm-smi calls it where there is none */
	{ "socket_power", ROCM_NOW },
	{ "current_socket_power", ROCM_NOW },
	{ "power_usage", ROCM_NOW },
	{ "accumulated energy", ROCM_ENERGY },
	{ "total_energy_consumption", ROCM_ENERGY },
	{ "energy counter", ROCM_COUNT },
	{ "max graphics package power", ROCM_LIMIT },
	{ "power_cap", ROCM_LIMIT },
	{ "current_power_cap", ROCM_LIMIT },
	{ "power_limit", ROCM_LIMIT },
};

static struct rocm_gpu *add_gpu(struct rocm_dump *d, const char *label)
{
	CM_PUSH(d->gpu, d->n, d->cap);
	d->gpu[d->n] = (struct rocm_gpu){ .field = { NULL } };
	snprintf(d->gpu[d->n].label, sizeof d->gpu[0].label, "%.31s", label);
	return &d->gpu[d->n++];
}

/* "Average Graphics Package Power (W)" with unit NULL: the unit is in the name. */
static void item(struct rocm_dump *d, struct rocm_gpu *g, const char *key, const char *value,
		 const char *unit)
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
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		const enum rocm_field f = rows[i].field;

		if (strcmp(rows[i].key, name) != 0 || g->field[f] ||
		    (f == ROCM_NAME && strcmp(value, "N/A") == 0))
			continue;
		g->field[f] = pool_trimmed(&d->texts, value);
		g->unit[f] = pool_dup(&d->texts, unit ? unit : in_name);
	}
}

/* ---- JSON --------------------------------------------------------------------------------------
 */

static bool is_card(const char *key)
{
	return cm_starts(key, "card") && isdigit((unsigned char)key[4]);
}

static void scalar(struct rocm_dump *d, struct rocm_gpu *g, const char *key, struct cmj *v)
{
	struct cmj *value = cmj_is_object(v) ? cmj_get(v, "value") : v;
	const char *unit = cmj_is_object(v) ? cmj_text(cmj_get(v, "unit"), "") : NULL;
	char number[40];

	if (cmj_is_string(value)) {
		item(d, g, key, cmj_text(value, ""), unit);
	} else if (cmj_is_number(value)) {
		snprintf(number, sizeof number, "%.17g", cmj_double(value, 0));
		item(d, g, key, number, unit);
	}
}

/* amd-smi nests sections: power, energy, bus, asic, limit. Two levels, names as they come. */
static void walk(struct rocm_dump *d, struct rocm_gpu *g, struct cmj *object, int depth)
{
	for (void *it = cmj_iter(object); it; it = cmj_iter_next(object, it)) {
		struct cmj *v = cmj_iter_value(it);

		if (cmj_is_object(v) && !cmj_get(v, "value") && depth < 3)
			walk(d, g, v, depth + 1);
		else
			scalar(d, g, cmj_iter_key(it), v);
	}
}

static enum cm_status read_json(const char *path, const char *text, size_t len, struct rocm_dump *d,
				struct cm_err *err)
{
	struct cmj *doc = NULL, *list;
	enum cm_status st = cmj_parse(text, len, path, &doc, err);

	if (st)
		return st;
	list = cmj_is_array(doc) ? doc : cmj_get(doc, "gpu_data");
	for (size_t i = 0; cmj_is_array(list) && i < cmj_len(list); i++) {
		struct cmj *o = cmj_at(list, i);
		char label[32];

		if (!cmj_is_object(o) || !cmj_is_number(cmj_get(o, "gpu")))
			continue;
		snprintf(label, sizeof label, "card%.0f", cmj_double(cmj_get(o, "gpu"), 0));
		walk(d, add_gpu(d, label), o, 0);
	}
	for (void *it = cmj_is_object(doc) ? cmj_iter(doc) : NULL; it;
	     it = cmj_iter_next(doc, it)) {
		struct cmj *o = cmj_iter_value(it);

		if (is_card(cmj_iter_key(it)) && cmj_is_object(o))
			walk(d, add_gpu(d, cmj_iter_key(it)), o, 3);
	}
	cmj_free(doc);
	return CM_OK;
}

/* ---- CSV and text ------------------------------------------------------------------------------
 */

/* amd-smi --csv leaves off the units that its text and JSON give to the same names: W and J. */
static const char *unit_in_csv(const char *name)
{
	if (strcmp(name, "total_energy_consumption") == 0)
		return "J";
	return strcmp(name, "socket_power") == 0 || strcmp(name, "average_socket_power") == 0 ||
			       strcmp(name, "current_socket_power") == 0 ||
			       strcmp(name, "power_usage") == 0
		       ? "W"
		       : NULL;
}

static enum cm_status read_csv(const char *path, struct rocm_dump *d, struct cm_err *err)
{
	enum { COLUMNS = 256 };
	char *name[COLUMNS];
	size_t columns = 0;
	struct csv *c = NULL;
	struct csv_row row;
	enum cm_status st = csv_open(path, &c, err);

	while (!st && !(st = csv_next(c, &row, err))) {
		if (!columns) {
			columns = row.cells < COLUMNS ? row.cells : COLUMNS;
			for (size_t i = 0; i < columns; i++)
				name[i] = cm_strdup(row.cell[i]);
		} else if (is_card(row.cell[0]) || strcmp(name[0], "gpu") == 0) {
			struct rocm_gpu *g; /* rocm-smi's "system" has fewer cells */
			char label[32];

			snprintf(label, sizeof label, "%s%.20s",
				 is_card(row.cell[0]) ? "" : "card", row.cell[0]);
			g = add_gpu(d, label);
			for (size_t i = 1; i < columns && i < row.cells; i++)
				item(d, g, name[i], row.cell[i], unit_in_csv(name[i]));
		}
	}
	for (size_t i = 0; i < columns; i++)
		free(name[i]);
	csv_close(c);
	return st == CM_END ? CM_OK : st;
}

static struct rocm_gpu *card(struct rocm_dump *d, unsigned n)
{
	char label[32];

	snprintf(label, sizeof label, "card%u", n);
	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->gpu[i].label, label) == 0)
			return &d->gpu[i];
	return add_gpu(d, label);
}

/* The word that stands at a column, counted in characters ("39.0°C" has one that is two bytes). */
static bool word_at(const char *line, size_t column, char *out, size_t cap)
{
	const char *p = line;

	for (size_t at = 0; *p && at < column; at++)
		do {
			p++;
		} while (((unsigned char)*p & 0xC0) == 0x80);
	while (p > line && !isspace((unsigned char)p[-1]))
		p--;
	snprintf(out, cap, "%.*s", (int)strcspn(p, " \t"), p);
	return *out != '\0';
}

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
		struct rocm_gpu *g = card(d, n);

		if (word_at(line, t->power, word, sizeof word))
			item(d, g, t->now ? "current socket power" : "average socket power", word,
			     "");
		if (word_at(line, t->cap, word, sizeof word))
			item(d, g, "power_cap", word, "");
	}
}

/*
 * rocm-smi:  "GPU[0]\t\t: Average Graphics Package Power (W): 39.0", or its table
 * amd-smi:   "GPU: 0", then lines "    SOCKET_POWER: 142 W" under it
 */
static void read_text(const char *text, struct rocm_dump *d)
{
	struct concise table = { 0 };
	bool under = false; /* a line "GPU: N" of amd-smi */
	unsigned n = 0;

	for (const char *p = text; *p;) {
		const size_t len = strcspn(p, "\r\n");
		char line[512], *key, *value;

		snprintf(line, sizeof line, "%.*s", (int)(len < 511 ? len : 511), p);
		p += len;
		p += *p != '\0';
		if (sscanf(line, "GPU: %4u", &n) == 1) { /* NOLINT(cert-err34-c) */
			card(d, n);
			under = true;
			continue;
		}
		key = line + strspn(line, " \t");
		if (sscanf(line, "GPU[%4u]", &n) == 1 && (key = strchr(line, ':'))) /* NOLINT(cert-err34-c) */
			key += 1 + strspn(key + 1, " \t");
		else if (!under) {
			concise_line(d, &table, line);
			continue;
		}
		value = key ? strstr(key, ": ") : NULL;
		value = value || !key || under ? value : strstr(key, ", Not supported");
		if (value) {
			*value = '\0';
			item(d, card(d, n), key, value + 2, NULL);
		}
	}
}

enum cm_status rocm_read(const char *path, struct rocm_dump *d, struct cm_err *err)
{
	struct str s = { 0 };
	enum cm_status st = file_read(path, 0, &s, err);
	const char *text = str_get(&s), *begin = text + strspn(text, " \t\r\n");
	bool json, known = false;

	/* Warnings of the tool may stand before its JSON, a line each. */
	while (cm_starts(begin, "WARNING")) {
		begin += strcspn(begin, "\r\n");
		begin += strspn(begin, " \t\r\n");
	}
	json = *begin == '{' || *begin == '[';
	if (!st && json && (strstr(text, "\"card") || strstr(text, "\"gpu\""))) {
		known = true;
		st = read_json(path, begin, s.len - (size_t)(begin - text), d, err);
	} else if (!st && (cm_starts(begin, "device,") || cm_starts(begin, "gpu,"))) {
		known = true;
		st = read_csv(path, d, err);
	} else if (!st && (strstr(text, "GPU[") || strstr(text, "ROCm System Management") ||
			   (cm_starts(begin, "GPU: ") && isdigit((unsigned char)begin[5])))) {
		known = true;
		read_text(text, d);
	}
	str_free(&s);
	if (!st && !known)
		return cm_fail(err, CM_ABSENT,
			       "it is no output of rocm-smi or amd-smi (--json, --csv, text)");
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
