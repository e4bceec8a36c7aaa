/*
 * Finds hardware monitors and tells one from another: by the driver's name, the device's PCI address, and how
 * many of one driver came before it.
 *
 * Attributes by Documentation/hwmon/sysfs-interface.rst. They lie in the monitor's folder, or, of drivers
 * that register the old way (the ACPI power meter, so every Grace), in its device's. Must not know what a
 * sensor measures.
 */
#include "hwmon_monitor.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "base/sysfs.h"

/* ---- attributes ---------------------------------------------------------------------------------- */

const char *hwmon_home(const struct monitor *m, const char *file)
{
	for (size_t i = 0; i < HWMON_FOLDERS; i++) {
		char *path = cm_printf_dup("%s/%s", m->folder[i], file);
		const bool there = access(path, F_OK) == 0;

		free(path);
		if (there)
			return m->folder[i];
	}
	return m->folder[0];
}

bool hwmon_has(const struct monitor *m, const char *kind, unsigned k, const char *what)
{
	char file[48], *path;
	bool there;

	snprintf(file, sizeof file, "%s%u_%s", kind, k, what);
	path = cm_printf_dup("%s/%s", hwmon_home(m, file), file);
	there = access(path, F_OK) == 0;
	free(path);
	return there;
}

bool hwmon_switched_off(const struct monitor *m, const char *kind, unsigned k)
{
	char file[48];
	double on = 1;

	snprintf(file, sizeof file, "%s%u_enable", kind, k);
	return sysfs_number(hwmon_home(m, file), file, 1, false, &on) == 0 && on == 0;
}

void hwmon_label(const struct monitor *m, const char *kind, unsigned k, char *out, size_t cap)
{
	/* ACPI meters keep the maker's words in place of a label. */
	static const char *const words[] = { "label", "oem_info" };

	for (size_t i = 0; i < CM_COUNT(words); i++) {
		char file[48];
		size_t n;

		snprintf(file, sizeof file, "%s%u_%s", kind, k, words[i]);
		if (sysfs_line(hwmon_home(m, file), file, out, cap) != 0)
			continue;
		for (n = strlen(out); n && out[n - 1] == ' '; n--) /* "Chip 0 " */
			out[n - 1] = '\0';
		if (n)
			return;
	}
	/* Intel's cards before their driver had labels: 1 is the card, 2 the package on it. */
	snprintf(out, cap, "%s", strcmp(m->driver, "xe") == 0 && k == 2 ? "pkg" : "");
}

/* ---- which they are ------------------------------------------------------------------------------ */

/* PCI address of the monitored device: the link's end, or uevent's word where a copy lost the link. */
static void place(struct monitor *m)
{
	char text[512];
	ssize_t n;
	FILE *f;
	char *path;

	snprintf(m->at, sizeof m->at, "%lu", m->number);
	n = readlink(m->folder[1], text, sizeof text - 1);
	if (n > 0) {
		const char *base;

		text[n] = '\0';
		base = strrchr(text, '/');
		base = base ? base + 1 : text;
		if (strchr(base, ':') && strchr(base, '.'))
			snprintf(m->at, sizeof m->at, "%.60s", base);
	}
	path = cm_printf_dup("%s/uevent", m->folder[1]);
	f = fopen(path, "re");
	free(path);
	while (f && fgets(text, sizeof text, f)) {
		text[strcspn(text, "\r\n")] = '\0';
		if (cm_starts(text, "PCI_SLOT_NAME="))
			snprintf(m->at, sizeof m->at, "%.60s", text + strlen("PCI_SLOT_NAME="));
	}
	if (f)
		fclose(f);
}

/* Only an APU has the rail "vddnb", and only one kind of them two averages (amdgpu_pm.c). */
static bool is_apu(const struct monitor *m)
{
	char rail[32], label[32];

	if (strcmp(m->driver, "amdgpu") != 0)
		return false;
	sysfs_line(m->folder[0], "in1_label", rail, sizeof rail);
	sysfs_line(m->folder[0], "power1_label", label, sizeof label);
	return strcmp(rail, "vddnb") == 0 || strcmp(label, "slowPPT") == 0;
}

/* The name is the monitor's, or in old drivers its device's. A copy may have lost it: only the ACPI meter's
 * driver keeps the maker's words (acpi_power_meter.rst). */
static void identify(struct monitor *m)
{
	size_t n;

	if (sysfs_line(m->folder[0], "name", m->driver, sizeof m->driver) != 0 &&
	    sysfs_line(m->folder[1], "name", m->driver, sizeof m->driver) != 0)
		snprintf(m->driver, sizeof m->driver, "%s",
			 hwmon_has(m, "power", 1, "oem_info") ? "power_meter" : "unnamed");
	for (n = strlen(m->driver); n && m->driver[n - 1] == ' '; n--)
		m->driver[n - 1] = '\0';
	place(m);
	m->apu = is_apu(m);
}

/* Is a before b? By address where both have one: the numbers are those of a race at start. */
static bool before(const struct monitor *a, const struct monitor *b)
{
	return strchr(a->at, ':') && strchr(b->at, ':') ? strcmp(a->at, b->at) < 0 : a->number < b->number;
}

static void count(struct monitor *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			m[i].nth += strcmp(m[k].driver, m[i].driver) == 0 && m[k].apu == m[i].apu &&
				    before(&m[k], &m[i]);
}

bool hwmon_meters_parts(const struct monitor *m)
{
	char *path = cm_printf_dup("%s/measures", m->folder[1]);
	DIR *d = opendir(path);
	struct dirent *e;
	bool any = false, whole = false;

	free(path);
	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		any = true;
		whole |= cm_starts(e->d_name, "LNXSYBUS") || cm_starts(e->d_name, "LNXSYSTM");
	}
	if (d)
		closedir(d);
	return any && !whole;
}

static int by_number(const void *a, const void *b)
{
	const struct monitor *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

struct monitor *hwmon_monitors(const char *root, size_t *n)
{
	char *folder = cm_printf_dup("%s/sys/class/hwmon", root);
	struct monitor *m = NULL;
	size_t cap = 0;
	DIR *d = opendir(folder);
	struct dirent *e;

	*n = 0;
	while (d && (e = readdir(d))) {
		char *end = NULL;
		unsigned long k;

		if (!cm_starts(e->d_name, "hwmon"))
			continue;
		k = strtoul(e->d_name + 5, &end, 10);
		if (end == e->d_name + 5 || *end)
			continue;
		CM_PUSH(m, *n, cap);
		m[*n] = (struct monitor){ .folder = { cm_printf_dup("%s/%s", folder, e->d_name),
						      cm_printf_dup("%s/%s/device", folder, e->d_name) },
					  .number = k };
		identify(&m[(*n)++]);
	}
	if (d)
		closedir(d);
	if (*n)
		qsort(m, *n, sizeof *m, by_number);
	free(folder);
	count(m, *n);
	return m;
}

void hwmon_monitors_free(struct monitor *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < HWMON_FOLDERS; k++)
			free(m[i].folder[k]);
	free(m);
}
