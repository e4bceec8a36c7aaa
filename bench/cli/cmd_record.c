/*
 * record: copies what meters and topology read of this machine into a folder, for a report of a bug or a
 * test: `costmark meters --sysfs-root DIR` then gives the same channels. One table says which files; nothing
 * else is read, and numbers that identify a machine (serial numbers, UUIDs, MAC addresses) are masked.
 */
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/sysfs.h"
#include "cli/opt.h"
#include "cli/sysfs_root.h"
#include "engine/topology.h"

#define MOST_BYTES (1u << 20) /* of one file; /proc/cpuinfo of a large server is some 500 kB */

/* Patterns of files, by who reads them. */
static const char *const patterns[] = {
	/* powercap */
	"/sys/class/powercap/*/name", "/sys/class/powercap/*/enabled", "/sys/class/powercap/*/*_uj",
	"/sys/class/powercap/*/power_uw", "/sys/class/powercap/*/constraint_*",
	/* hwmon; rails have volts and amperes */
	"/sys/class/hwmon/hwmon*/name", "/sys/class/hwmon/hwmon*/power*_*",
	"/sys/class/hwmon/hwmon*/energy*_*",
	"/sys/class/hwmon/hwmon*/update_interval", "/sys/class/hwmon/hwmon*/device/uevent",
	"/sys/class/hwmon/hwmon*/device/name", "/sys/class/hwmon/hwmon*/device/power*_*",
	"/sys/class/hwmon/hwmon*/device/measures/*/hid", "/sys/class/hwmon/hwmon*/device/measures/*/path",
	"/sys/class/hwmon/hwmon*/in[0-9]*_label", "/sys/class/hwmon/hwmon*/in[0-9]*_input",
	"/sys/class/hwmon/hwmon*/in[0-9]*_enable", "/sys/class/hwmon/hwmon*/curr[0-9]*_input",
	/* graphics cards: amdgpu's table, which is no text */
	"/sys/class/drm/card[0-9]*/device/gpu_metrics", "/sys/class/drm/card[0-9]*/device/uevent",
	"/sys/class/drm/card[0-9]*/device/product_name",
	"/sys/class/drm/card[0-9]*/device/hwmon/hwmon*/power1_cap*",
	/* temperatures */
	"/sys/class/hwmon/hwmon*/temp[0-9]*_*", "/sys/class/thermal/thermal_zone*/type",
	"/sys/class/thermal/thermal_zone*/temp",
	/* batteries */
	"/sys/class/power_supply/*/type", "/sys/class/power_supply/*/scope",
	"/sys/class/power_supply/*/present", "/sys/class/power_supply/*/online",
	"/sys/class/power_supply/*/status", "/sys/class/power_supply/*/*_now",
	/* perf, Cray */
	"/sys/bus/event_source/devices/power*/type", "/sys/bus/event_source/devices/power*/cpumask",
	"/sys/bus/event_source/devices/power*/events/*", "/sys/cray/pm_counters/*",
	/* topology, trust */
	"/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/version", "/proc/sys/kernel/numa_balancing",
	"/proc/sys/kernel/perf_event_paranoid", "/sys/class/dmi/id/sys_vendor",
	"/sys/class/dmi/id/product_name", "/sys/class/dmi/id/bios_version", "/sys/devices/system/cpu/online",
	"/sys/devices/system/cpu/possible", "/sys/devices/system/cpu/present",
	"/sys/devices/system/cpu/smt/control", "/sys/devices/system/cpu/cpu[0-9]*/online",
	"/sys/devices/system/cpu/cpu[0-9]*/topology/*", "/sys/devices/system/cpu/cpu[0-9]*/cache/index*/*",
	"/sys/devices/system/cpu/cpu[0-9]*/thermal_throttle/*",
	"/sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor",
	"/sys/devices/system/cpu/cpu[0-9]*/cpufreq/*_freq", "/sys/devices/system/node/online",
	"/sys/devices/system/node/possible", "/sys/devices/system/node/node[0-9]*/cpumap",
	"/sys/devices/system/node/node[0-9]*/meminfo", "/sys/devices/system/node/node[0-9]*/distance",
	"/sys/kernel/mm/transparent_hugepage/enabled",
};

/* What starts a line whose value names this very machine. */
static const char *const secrets[] = { "Serial", "SERIAL", "UUID", "uuid", "MAC", "ID_SERIAL", "HID_UNIQ" };

struct record {
	const char *from, *to; /* "" = this machine; the folder that is written */
	size_t files, denied, failed, masked;
	struct str notes;
};

/* The text with the values of lines that name this machine struck out. */
static char *masked_dup(struct record *r, const char *path, const char *text)
{
	struct str out = { 0 };

	if (*text && strstr(path, "serial_number")) { /* power1_serial_number of an ACPI meter */
		str_addf(&r->notes, "masked\t%s\tthe whole file\n", path);
		r->masked++;
		return cm_strdup("masked\n");
	}
	while (*text) {
		const size_t n = strcspn(text, "\n"), key = strcspn(text, ":=\n");
		bool secret = false;

		for (size_t i = 0; i < CM_COUNT(secrets); i++)
			secret |= key < n && strncmp(text, secrets[i], strlen(secrets[i])) == 0;
		str_addn(&out, text, secret ? key + 1 : n);
		if (secret) {
			str_add(&out, " masked");
			str_addf(&r->notes, "masked\t%s\t%.*s\n", path, (int)key, text);
			r->masked++;
		}
		text += n;
		if (*text == '\n') {
			str_addc(&out, '\n');
			text++;
		}
	}
	return str_take(&out);
}

/* "Linux version 6.1.0 (user@host) (gcc …": who built the kernel, which may be the machine itself. */
static char *without_builder_dup(struct record *r, const char *path, char *text)
{
	char *open = strcmp(path, "/proc/version") ? NULL : strchr(text, '('),
	     *close = open ? strchr(open, ')') : NULL, *at = open ? strchr(open, '@') : NULL, *out;

	if (!close || !at || at > close)
		return text;
	out = cm_printf_dup("%.*smasked%s", (int)(open + 1 - text), text, close);
	str_addf(&r->notes, "masked\t%s\twho built it\n", path);
	r->masked++;
	free(text);
	return out;
}

static enum cm_status write_copy(struct record *r, const char *path, const char *text, size_t n, mode_t mode,
				 struct cm_err *err)
{
	char *full = cm_printf_dup("%s%s", r->to, path), *slash = strrchr(full, '/');
	enum cm_status st;
	FILE *f = NULL;

	*slash = '\0';
	st = file_mkdirs(full, err);
	*slash = '/';
	if (!st && !(f = fopen(full, "we")))
		st = cm_fail(err, CM_EIO, "%s: %s", full, strerror(errno));
	if (f) {
		const bool bad = fwrite(text, 1, n, f) != n;

		if (fclose(f) || bad || chmod(full, mode))
			st = cm_fail(err, CM_EIO, "%s: %s", full, strerror(errno));
	}
	free(full);
	return st;
}

/* One file. What may not be read is kept as that: an empty file that nobody may read. */
static enum cm_status copy(struct record *r, const char *full, struct cm_err *err)
{
	const char *path = full + strlen(r->from);
	struct str text = { 0 };
	struct stat s;
	enum cm_status st = CM_OK;
	int e;

	if (stat(full, &s) || !S_ISREG(s.st_mode))
		return CM_OK;
	e = sysfs_bytes(full, MOST_BYTES, &text);
	if (e == EACCES || e == EPERM) {
		str_addf(&r->notes, "denied\t%s\t%s\n", path, strerror(e));
		r->denied++;
		st = write_copy(r, path, "", 0, 0, err);
	} else if (e) { /* a file that is here and gives nothing: kept empty */
		str_addf(&r->notes, "no value\t%s\t%s\n", path, strerror(e));
		r->failed++;
		st = write_copy(r, path, "", 0, 0644, err);
	} else if (cm_ends(path, "/gpu_metrics")) { /* numbers of a fixed layout, without names */
		r->files++;
		st = write_copy(r, path, str_get(&text), text.len, 0644, err);
	} else {
		char *clean = without_builder_dup(r, path, masked_dup(r, path, str_get(&text)));

		r->files++;
		st = write_copy(r, path, clean, strlen(clean), 0644, err);
		free(clean);
	}
	str_free(&text);
	return st;
}

static enum cm_status copy_all(struct record *r, struct cm_err *err)
{
	enum cm_status st = CM_OK;

	for (size_t i = 0; i < CM_COUNT(patterns) && !st; i++) {
		char *full = cm_printf_dup("%s%s", r->from, patterns[i]);
		glob_t g;

		if (!glob(full, 0, NULL, &g)) {
			for (size_t k = 0; k < g.gl_pathc && !st; k++)
				st = copy(r, g.gl_pathv[k], err);
			globfree(&g);
		}
		free(full);
	}
	return st;
}

/* RECORD.txt: when, by which version, and what is not as it was. */
static enum cm_status write_notes(struct record *r, struct cm_err *err)
{
	struct str s = { 0 };
	char iso[32];
	enum cm_status st;

	cm_iso_now(iso);
	str_addf(&s, "costmark %s, recorded %s: %zu files, %zu not permitted, %zu without a value, "
		 "%zu lines masked.\nReplay: costmark meters --sysfs-root DIR\n\n%s", CM_VERSION, iso,
		 r->files, r->denied, r->failed, r->masked, str_get(&r->notes));
	st = write_copy(r, "/RECORD.txt", str_get(&s), s.len, 0644, err);
	str_free(&s);
	return st;
}

/* An empty folder is fine: the finished one takes its place. */
static enum cm_status check_target(const char *dir, struct cm_err *err)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	bool holds = false;

	if (!d && errno == ENOENT)
		return CM_OK;
	if (!d)
		return cm_fail(err, CM_EINPUT, "%s: %s; record into a folder that is not there yet", dir,
			       errno == ENOTDIR ? "is a file" : strerror(errno));
	while ((e = readdir(d)))
		holds |= strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	closedir(d);
	return holds ? cm_fail(err, CM_EINPUT,
			       "%s: holds something; record into a folder that is not there yet", dir)
		     : CM_OK;
}

static enum cm_status record_into(struct record *r, const char *dir, struct cm_err *err)
{
	enum cm_status st = check_target(dir, err);
	char *xml = cm_printf_dup("%s/topology.xml", r->to);

	if (!st)
		st = copy_all(r, err);
	if (!st && !r->files)
		st = cm_fail(err, CM_EINPUT, "%s holds no file that meters or topology read", r->from);
	if (!st && !*r->from)
		st = topology_export(xml, err);
	if (!st)
		st = write_notes(r, err);
	if (!st && rename(r->to, dir))
		st = cm_fail(err, CM_EIO, "%s: %s", dir, strerror(errno));
	free(xml);
	return st;
}

static int record(const struct args *a)
{
	struct cm_err err;
	const char *root;

	if (sysfs_root_of(a, &root, &err))
		return cmd_fail(a, &err);
	char *dir = cm_strdup(a->argv[0]);

	for (size_t n = strlen(dir); n > 1 && dir[n - 1] == '/';)
		dir[--n] = '\0';
	char *temporary = cm_printf_dup("%s.%ld.new", dir, (long)getpid());
	struct record r = { .from = root ? root : "", .to = temporary };
	const enum cm_status st = record_into(&r, dir, &err);

	if (!st && args_has(a, "json")) {
		struct cmj *doc = cmj_document("record");
		struct str text = { 0 };

		cmj_set(doc, "folder", cmj_string(dir));
		cmj_set(doc, "files", cmj_int((int64_t)r.files));
		cmj_set(doc, "denied", cmj_int((int64_t)r.denied));
		cmj_set(doc, "without_value", cmj_int((int64_t)r.failed));
		cmj_set(doc, "masked", cmj_int((int64_t)r.masked));
		cmj_print(doc, true, &text);
		fputs(str_get(&text), stdout);
		str_free(&text);
		cmj_free(doc);
	} else if (!st) {
		printf("%s: %zu files, %zu not permitted, %zu without a value, %zu lines masked (see "
		       "RECORD.txt)\n",
		       dir, r.files, r.denied, r.failed, r.masked);
	} else if (file_exists(temporary)) {
		log_note("what was copied so far is in %s", temporary);
	}
	str_free(&r.notes);
	free(temporary);
	free(dir);
	return st ? cmd_fail(a, &err) : CM_EXIT_OK;
}

const struct command cmd_record = {
	.name = "record",
	.usage = "costmark record DIR [--sysfs-root FROM] [--json]",
	.summary = "this machine's sensors and topology, for a report of a bug or a test",
	.examples = "  costmark record my-machine\n  costmark meters --sysfs-root my-machine\n",
	.min_words = 1,
	.max_words = 1,
	.run = record,
};
