/*
 * The formats of nvidia-smi for human readers: `-q`, and the table that it prints. Each may come again and
 * again in one file (--loop), with its moment before it. Knows layout, no meaning of names.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/dump_text.h"
#include "smi_dump.h"

/* ---- `nvidia-smi -q` ---------------------------------------------------------------------------
 */

#define LEVELS 8

struct log {
	struct { size_t indent; char name[64]; } level[LEVELS];
	size_t levels;
	bool flat; /* the file lost its indentation: a line without a value begins a section */
};

static void enter(struct log *l, size_t indent, const char *name)
{
	if (l->levels == LEVELS)
		return;
	l->level[l->levels].indent = indent;
	snprintf(l->level[l->levels++].name, sizeof l->level[0].name, "%.63s", name);
}

/* Indentation nests, " : " parts a name from its value. */
static void log_line(struct log *l, struct smi_dump *d, char *line)
{
	const size_t indent = strspn(line, " \t");
	char *name = line + indent, *colon = strstr(name, " : ");

	if (!*name || *name == '=')
		return;
	if (indent == 0 && cm_starts(line, "Timestamp ") && colon) {
		d->time = pool_trimmed(&d->texts, colon + 3);
		return;
	}
	if (indent == 0 && cm_starts(line, "GPU ") && strchr(line, ':') && !colon) {
		smi_add_gpu(d, line + 4);
		l->levels = 0;
		return;
	}
	while (l->levels && (!l->flat || !colon) && l->level[l->levels - 1].indent >= indent)
		l->levels--;
	if (colon) {
		*colon = '\0';
		smi_item(d, l->levels ? l->level[l->levels - 1].name : "", name, colon + 3);
	}
	if (indent || (l->flat && !colon))
		enter(l, indent, name);
}

enum cm_status smi_read_text(const char *path, const char *text, struct smi_dump *d,
			     struct cm_err *err)
{
	struct log l = { .flat = !strstr(text, "\n ") && !strstr(text, "\n\t") };
	char line[512];

	for (const char *p = text; dump_line(&p, line, sizeof line);)
		log_line(&l, d, line);
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
	char bus[32], name[96], index[16];
	const char *at = find_bus(line, bus, sizeof bus), *p = line + 1;
	size_t n;

	p += strspn(p, " ");
	if (!at || !isdigit((unsigned char)*p))
		return false;
	n = strspn(p, "0123456789");
	snprintf(index, sizeof index, "%.*s", (int)(n < 6 ? n : 6), p);
	p += n;
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
	smi_item(d, "query", "index", index);
	return true;
}

/* "30C" in front of the performance state. */
static void table_temperature(struct smi_dump *d, const char *cell)
{
	for (const char *p = cell; *p; p++) {
		const size_t n = strspn(p, "0123456789");

		if (n && p[n] == 'C' && (p[n + 1] == ' ' || !p[n + 1]) && (p == cell || p[-1] == ' ')) {
			char text[16];

			snprintf(text, sizeof text, "%.*s C", (int)(n < 6 ? n : 6), p);
			smi_item(d, "temperature", "gpu_temp", text);
			return;
		}
		p += n ? n - 1 : 0;
	}
}

/* "| N/A   30C    P0            100W /  700W |": what stands around the slash; the first may be "N/A". */
static bool table_power(struct smi_dump *d, const char *line)
{
	char cell[256];
	char *slash, *from, *limit;

	snprintf(cell, sizeof cell, "%.*s", (int)strcspn(line + 1, "|"), line + 1);
	slash = strstr(cell, " / ");
	if (!slash)
		return false;
	limit = slash + 3;
	*slash = '\0';
	table_temperature(d, cell);
	while (slash > cell && isspace((unsigned char)slash[-1]))
		*--slash = '\0';
	from = strrchr(cell, ' ');
	smi_item(d, "power_readings", "power_draw", from ? from + 1 : cell);
	smi_item(d, "power_readings", "power_limit", limit);
	return true;
}

enum cm_status smi_read_table(const char *path, const char *text, struct smi_dump *d,
			      struct cm_err *err)
{
	bool open = false; /* the GPU's second line is to come */
	char line[512];

	for (const char *p = text; dump_line(&p, line, sizeof line);) {
		if (dump_time(line) > 1e8)
			d->time = pool_trimmed(&d->texts, line);
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
