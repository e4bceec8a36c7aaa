/*
 * Finds powercap zones by the kernel's own naming, <control type>:<hex>[:<hex>]…, and tells from a zone's
 * name, never from its number, what it covers: with psys there, socket 1 may be intel-rapl:2.
 *
 * Sources: Documentation/ABI/testing/sysfs-class-powercap, drivers/powercap/{powercap_sys,
 * intel_rapl_common}.c. Must not know what is read in a zone.
 */
#include "powercap_zones.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/sysfs.h"

#define DEPTH 8 /* RAPL nests two deep, the thermal framework's zones deeper */

/* "intel-rapl-mmio:1f:0" → hex indices after the type; 0 for anything that is no zone. */
static size_t zone_indices(const char *dir, unsigned long index[DEPTH])
{
	const char *p = strchr(dir, ':');
	size_t n = 0;

	if (!p || p == dir)
		return 0;
	while (*p == ':' && n < DEPTH) {
		char *end = NULL;

		if (!isxdigit((unsigned char)p[1]))
			return 0;
		index[n++] = strtoul(p + 1, &end, 16);
		p = end;
	}
	return *p ? 0 : n;
}

size_t zone_type(const struct zone *z)
{
	return strcspn(z->dir, ":");
}

static int zone_order(const void *a, const void *b)
{
	const struct zone *x = a, *y = b;
	unsigned long i[DEPTH] = { 0 }, k[DEPTH] = { 0 };
	size_t n = zone_indices(x->dir, i), m = zone_indices(y->dir, k);
	size_t tx = zone_type(x), ty = zone_type(y);
	int c = strncmp(x->dir, y->dir, tx < ty ? tx : ty);

	if (c == 0)
		c = (tx > ty) - (tx < ty);
	for (size_t d = 0; c == 0 && d < n && d < m; d++)
		c = (i[d] > k[d]) - (i[d] < k[d]);
	return c ? c : (n > m) - (n < m);
}

static bool known(const struct zones *z, const char *dir)
{
	for (size_t i = 0; i < z->n; i++) {
		if (strcmp(z->zone[i].dir, dir) == 0)
			return true;
	}
	return false;
}

/* The class folder lists every zone; a copied tree may hold them only inside each other. Each is entered
 * once, so that links in a circle end. */
static bool scan(struct zones *z, const char *folder, int depth)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	if (!d)
		return false;
	while ((e = readdir(d))) {
		unsigned long index[DEPTH];
		const bool zone = zone_indices(e->d_name, index) > 0;
		size_t at = z->n;
		char *path;

		if (e->d_name[0] == '.' || depth > DEPTH || (zone && known(z, e->d_name)))
			continue;
		if (!zone && (depth > 0 || strchr(e->d_name, ':')))
			continue;
		path = cm_printf_dup("%s/%s", folder, e->d_name);
		if (zone) {
			CM_PUSH(z->zone, z->n, z->cap);
			z->zone[z->n++] = (struct zone){ .path = cm_strdup(path),
							 .dir = cm_strdup(e->d_name) };
			sysfs_line(path, "name", z->zone[at].name, sizeof z->zone[at].name);
		}
		if (!scan(z, path, depth + 1) && zone) { /* a file, or a link to nothing */
			free(z->zone[at].path);
			free(z->zone[at].dir);
			z->n--;
		}
		free(path);
	}
	closedir(d);
	return true;
}

bool zones_find(const char *root, struct zones *z)
{
	bool there;

	*z = (struct zones){ .folder = cm_printf_dup("%s/sys/class/powercap", root) };
	there = scan(z, z->folder, 0);
	if (!z->n && *root) { /* a copy that lost the class's links */
		char *devices = cm_printf_dup("%s/sys/devices/virtual/powercap", root);

		there |= scan(z, devices, 0);
		free(devices);
	}
	if (z->n)
		qsort(z->zone, z->n, sizeof *z->zone, zone_order);
	return there;
}

void zones_free(struct zones *z)
{
	for (size_t i = 0; i < z->n; i++) {
		free(z->zone[i].path);
		free(z->zone[i].dir);
	}
	free(z->zone);
	free(z->folder);
}

bool zones_new(const struct zones *z, char *name, size_t cap)
{
	DIR *d = opendir(z->folder);
	struct dirent *e;
	bool any = false;

	while (d && !any && (e = readdir(d))) {
		unsigned long index[DEPTH];

		any = zone_indices(e->d_name, index) > 0 && !known(z, e->d_name);
		if (any)
			snprintf(name, cap, "%s", e->d_name);
	}
	if (d)
		closedir(d);
	return any;
}

const struct zone *zones_parent(const struct zones *z, const struct zone *of)
{
	const size_t cut = (size_t)(strrchr(of->dir, ':') - of->dir);

	for (size_t i = 0; i < z->n; i++) {
		if (strlen(z->zone[i].dir) == cut && strncmp(z->zone[i].dir, of->dir, cut) == 0)
			return &z->zone[i];
	}
	return NULL;
}

/* ---- what a name means --------------------------------------------------------------------- */

/* "PREFIX12REST" → 12 and REST; NULL where the text is not so. */
static const char *number_after(const char *text, const char *prefix, unsigned long *out)
{
	size_t n = strlen(prefix);
	char *end = NULL;

	if (strncmp(text, prefix, n) != 0 || !isdigit((unsigned char)text[n]))
		return NULL;
	*out = strtoul(text + n, &end, 10);
	return end;
}

/* "package-10-die-1" → "socket 10 die 1". */
static bool package_covers(const char *name, char *out, size_t cap)
{
	unsigned long package, die;
	const char *rest = number_after(name, "package-", &package);

	if (!rest)
		return false;
	if (!*rest) {
		snprintf(out, cap, "socket %lu", package);
		return true;
	}
	rest = number_after(rest, "-die-", &die);
	if (!rest || *rest)
		return false;
	snprintf(out, cap, "socket %lu die %lu", package, die);
	return true;
}

/* A zone of a part that lies in no package, as some trees have "dram": which of that name it is. */
static void loose_covers(const struct zones *z, const struct zone *of, char *out, size_t cap)
{
	const size_t type = zone_type(of);
	size_t nth = 1;

	for (const struct zone *o = z->zone; o < of; o++)
		nth += !zones_parent(z, o) && zone_type(o) == type && !strncmp(o->dir, of->dir, type) &&
		       !strcmp(o->name, of->name);
	if (nth > 1)
		snprintf(out, cap, "processor %zu", nth);
}

bool zone_is(const struct zones *z, const struct zone *of, enum cm_scope *scope, char *covers,
	     size_t cap)
{
	static const struct { const char *name; enum cm_scope scope; const char *suffix; } subs[] = {
		{ "core", CM_SCOPE_CORE, "" },
		{ "uncore", CM_SCOPE_CORE, " uncore" },
		{ "dram", CM_SCOPE_DRAM, "" },
	};
	const struct zone *up = zones_parent(z, of);
	char socket[48] = "the processor";

	if (package_covers(of->name, covers, cap)) {
		*scope = CM_SCOPE_PACKAGE;
		return true;
	}
	/* "psys", and "psys-1" or "platform-1" where each package has one. */
	if (cm_starts(of->name, "psys") || cm_starts(of->name, "platform")) {
		*scope = CM_SCOPE_NODE;
		snprintf(covers, cap, "platform (%s)", of->name);
		return true;
	}
	if (up)
		package_covers(up->name, socket, sizeof socket);
	else
		loose_covers(z, of, socket, sizeof socket);
	for (size_t i = 0; i < CM_COUNT(subs); i++) {
		if (strcmp(of->name, subs[i].name) == 0) {
			*scope = subs[i].scope;
			snprintf(covers, cap, "%s%s", socket, subs[i].suffix);
			return true;
		}
	}
	return false;
}
