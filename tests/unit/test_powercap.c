/* The powercap meter on recorded and made trees: zones, names, wraps, mirrors, faults, permissions. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/meter.h"
#include "base/file.h"
#include "base/str.h"
#include "engine/metering.h"
#include "scratch.h"

extern const struct meter meter_powercap;

#define TREES CM_SOURCE_DIR "/tests/data/sysfs/"
#define UNITS 4294967295.0 /* a 32-bit counter: the kernel prints this many units as its range */

static struct meter_ctx *open_tree(const char *root)
{
	const struct meter_from from = { .sysfs_root = root };
	struct meter_ctx *c = NULL;
	struct cm_err err = { CM_OK, "" };

	if (meter_powercap.open(&from, &c, &err) != CM_OK)
		fail_msg("%s: %s", root, err.why);
	return c;
}

static void near(double got, double want)
{
	if (!(fabs(got - want) <= 1e-9 * fmax(1, fabs(want))))
		fail_msg("got %.12g, want %.12g", got, want);
}

static void says(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("expected \"%s\" in \"%s\"", part, text ? text : "(nothing)");
}

/* ---- what is in a tree ----------------------------------------------------------------------- */

struct want {
	const char *name, *covers;
	enum cm_scope scope;
	double value, range_j, max_w;
};

static void compare(const char *root, const struct want *want, size_t n)
{
	struct meter_ctx *c = open_tree(root);
	struct meter_value v[32];
	const struct meter_channel *ch;

	assert_int_equal(meter_powercap.channels(c, &ch), n);
	assert_int_equal(meter_powercap.read(c, v, NULL), CM_OK);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(ch[i].name, want[i].name);
		assert_string_equal(ch[i].covers, want[i].covers);
		assert_int_equal(ch[i].scope, want[i].scope);
		assert_int_equal(ch[i].kind, CM_ENERGY_COUNTER);
		assert_int_equal(ch[i].basis, CM_MEASURED);
		assert_string_equal(ch[i].unit, "J");
		assert_int_equal(ch[i].st, CM_OK);
		assert_int_equal(v[i].st, CM_OK);
		near(v[i].value, want[i].value);
		near(ch[i].step, want[i].range_j / UNITS);
		near(ch[i].wraps_at, want[i].range_j + want[i].range_j / UNITS);
		near(ch[i].max_w, want[i].max_w);
		assert_true(ch[i].refresh_ns > 0 && ch[i].err_hi > 0 && ch[i].err_source[0]);
	}
	meter_powercap.close(c);
}

/* Zone "intel-rapl:a" is package-10; a rated power of 95 W bounds it at 5 x 95 W. */
static void recorded(void **state)
{
	static const struct want want[] = {
		{ "package-0", "socket 0", CM_SCOPE_PACKAGE, 240422.366267, 262143.328850, 475 },
		{ "package-0/core", "socket 0", CM_SCOPE_CORE, 118821.284256, 262143.328850, 475 },
		{ "package-10", "socket 10", CM_SCOPE_PACKAGE, 240422.366267, 262143.328850, 475 },
	};
	const char *shared = getenv("COSTMARK_SHARED");
	char *root = cm_printf_dup("%s/data/energy/sysfs/powercap-procfs",
				   shared ? shared : CM_SOURCE_DIR "/../shared");

	(void)state;
	if (!file_exists(root)) {
		print_message("# skip: ../shared/data/energy/sysfs is not here\n");
		free(root);
		skip();
	}
	compare(root, want, CM_COUNT(want));
	free(root);
}

static void two_sockets(void **state)
{
	static const struct want want[] = {
		{ "package-0", "socket 0", CM_SCOPE_PACKAGE, 120000, 262143.328850, 1000 },
		{ "package-0/dram", "socket 0", CM_SCOPE_DRAM, 30000, 262143.328850, 0 },
		{ "psys", "platform (psys)", CM_SCOPE_NODE, 400000, 4294967295.0, 0 },
		{ "package-1", "socket 1", CM_SCOPE_PACKAGE, 90000, 262143.328850, 1000 },
		{ "package-1/dram", "socket 1", CM_SCOPE_DRAM, 20000, 262143.328850, 0 },
		{ "package-0 by intel-rapl-mmio", "socket 0", CM_SCOPE_PACKAGE, 119999.99,
		  262143.328850, 1000 },
	};

	(void)state;
	compare(TREES "intel-2s", want, CM_COUNT(want));
}

static void client(void **state)
{
	static const struct want want[] = {
		{ "package-0", "socket 0", CM_SCOPE_PACKAGE, 5000, 262143.328850, 140 },
		{ "package-0/core", "socket 0", CM_SCOPE_CORE, 3000, 262143.328850, 140 },
		{ "package-0/uncore", "socket 0 uncore", CM_SCOPE_CORE, 200, 262143.328850, 140 },
		{ "psys", "platform (psys)", CM_SCOPE_NODE, 9000, 262143.328850, 0 },
	};

	(void)state;
	compare(TREES "intel-client", want, CM_COUNT(want));
}

static void hexadecimal(void **state)
{
	struct meter_ctx *c = open_tree(TREES "many");
	const struct meter_channel *ch;
	struct meter_value v[18];

	(void)state;
	assert_int_equal(meter_powercap.channels(c, &ch), 18);
	assert_int_equal(meter_powercap.read(c, v, NULL), CM_OK);
	for (unsigned i = 0; i < 18; i++) { /* in order, 0x10 after 0xf */
		char covers[32];

		snprintf(covers, sizeof covers, "socket %u", i);
		assert_string_equal(ch[i].covers, covers);
		near(v[i].value, 1000 + i);
	}
	meter_powercap.close(c);
}

static void odd_zones(void **state)
{
	static const struct { const char *name; enum cm_status st; const char *why; } want[] = {
		{ "package-0", CM_OK, "" },
		{ "package-1", CM_ABSENT, "no energy_uj" },
		{ "package-2", CM_ABSENT, "gives no value" },
		{ "package-3", CM_EDRIVER, "no number" },
		{ "package-4", CM_EDRIVER, "no number" },
		{ "package-5", CM_OK, "" },
		{ "mystery", CM_UNSUPPORTED, "mystery" },
		{ "package-x", CM_UNSUPPORTED, "package-x" },
	};
	struct meter_ctx *c = open_tree(TREES "odd");
	const struct meter_channel *ch;
	struct meter_value v[8];

	(void)state;
	assert_int_equal(meter_powercap.channels(c, &ch), CM_COUNT(want)); /* ":zz" is no zone */
	assert_int_equal(meter_powercap.read(c, v, NULL), CM_OK);
	for (size_t i = 0; i < CM_COUNT(want); i++) {
		assert_string_equal(ch[i].name, want[i].name);
		assert_int_equal(ch[i].st, want[i].st);
		assert_int_equal(v[i].st, want[i].st);
		says(ch[i].reason, want[i].why);
	}
	near(ch[5].wraps_at, 0); /* its range file is empty: not known, so no fall is a wrap */
	meter_powercap.close(c);
}

/* ---- trees that change ----------------------------------------------------------------------- */

static struct scratch dir;
static uint64_t clock_ns;

static uint64_t test_clock(void)
{
	return clock_ns;
}

static int fresh(void **state)
{
	(void)state;
	scratch_begin(&dir);
	return chmod(dir.dir, 0755);
}

static int clear(void **state)
{
	(void)state;
	scratch_end(&dir);
	return 0;
}

static void put(const char *zone, const char *file, const char *text)
{
	char *folder = cm_printf_dup("%s/sys/class/powercap/%s", dir.dir, zone);
	char *name = cm_printf_dup("sys/class/powercap/%s/%s", zone, file);

	assert_int_equal(file_mkdirs(folder, NULL), CM_OK);
	scratch_write(&dir, name, text, strlen(text));
	free(folder);
	free(name);
}

static void zone(const char *name_of, const char *name, const char *energy, const char *range)
{
	put(name_of, "name", name);
	put(name_of, "energy_uj", energy);
	put(name_of, "max_energy_range_uj", range);
}

static struct metering *meter_dir(void)
{
	static const struct meter *const meters[] = { &meter_powercap, NULL };
	const struct metering_options o = { .sysfs_root = dir.dir, .meters = meters,
					    .now_ns = test_clock };
	struct metering *m = NULL;

	assert_int_equal(metering_open(&o, &m, NULL), CM_OK);
	return m;
}

static struct metering_result end_after(struct metering *m, uint64_t seconds)
{
	struct metering_result r;

	clock_ns += seconds * 1000000000u;
	assert_int_equal(metering_end(m, &r, NULL), CM_OK);
	return r;
}

#define INTEL "262143328850\n"
#define AMD "65532610987\n"

static void nothing_twice(void **state)
{
	struct metering *m;
	struct metering_result r;

	(void)state;
	zone("intel-rapl:0", "psys\n", "1000000000\n", INTEL);
	zone("intel-rapl:1", "package-0\n", "262143000000\n", INTEL);
	zone("intel-rapl:1:0", "core\n", "5000000\n", INTEL);
	zone("intel-rapl:1:1", "dram\n", "65532000000\n", AMD);
	zone("intel-rapl-mmio:0", "package-0\n", "262142000000\n", INTEL);
	m = meter_dir();
	assert_int_equal(metering_begin(m, NULL), CM_OK);
	put("intel-rapl:0", "energy_uj", "4000000000\n");
	put("intel-rapl:1", "energy_uj", "1200000000\n"); /* wrapped */
	put("intel-rapl:1:0", "energy_uj", "905000000\n");
	put("intel-rapl:1:1", "energy_uj", "100000000\n"); /* wrapped, another range */
	put("intel-rapl-mmio:0", "energy_uj", "200000000\n");
	r = end_after(m, 10);
	/* package: 262143.328850 + 0.000061035 - 262143 + 1200 = 1200.328911 J;
	 * dram:     65532.610987 + 0.000015258 -  65532 +  100 =  100.611002 J */
	assert_true(fabs(r.joules.value - (1200.328911035 + 100.611002258)) < 1e-6);
	assert_string_equal(r.scope, "package + dram");
	assert_string_equal(r.channels, "package-0, package-0/dram");
	near(r.watts.value, r.joules.value / 10);
	metering_close(m);
}

static void dies_that_mirror(void **state)
{
	static const char *const dies[] = { "intel-rapl:0", "intel-rapl:1", "intel-rapl:2",
					    "intel-rapl:3" };
	struct metering *m;
	struct metering_result r;

	(void)state;
	for (size_t i = 0; i < CM_COUNT(dies); i++) {
		char name[32];

		snprintf(name, sizeof name, "package-0-die-%zu\n", i);
		zone(dies[i], name, "41234567890\n", AMD);
	}
	m = meter_dir();
	assert_int_equal(metering_begin(m, NULL), CM_OK);
	for (size_t i = 0; i < CM_COUNT(dies); i++)
		put(dies[i], "energy_uj", "42434567890\n");
	r = end_after(m, 10);
	near(r.joules.value, 1200); /* 42434.56789 - 41234.56789, once and not four times */
	assert_string_equal(r.covers, "socket 0 die 0");
	metering_close(m);
}

static void resets_and_gaps(void **state)
{
	struct metering *m;
	struct metering_result r;

	(void)state;
	zone("intel-rapl:0", "package-0\n", "100000000000\n", INTEL);
	put("intel-rapl:0", "constraint_0_max_power_uw", "95000000\n");
	m = meter_dir();

	assert_int_equal(metering_begin(m, NULL), CM_OK);
	put("intel-rapl:0", "energy_uj", "5000000\n"); /* a wrap would be 162 kJ in 10 s */
	r = end_after(m, 10);
	says(r.joules.missing, "package-0: the counter fell from 100000 to 5 J");

	assert_int_equal(metering_begin(m, NULL), CM_OK);
	put("intel-rapl:0", "energy_uj", "905000000\n");
	r = end_after(m, 10);
	near(r.joules.value, 900); /* the next window is sound again */

	assert_int_equal(metering_begin(m, NULL), CM_OK);
	put("intel-rapl:0", "energy_uj", "100905000000\n");
	r = end_after(m, 1000); /* 1000 s x 475 W could hold one range more: 362 kJ < 475 kJ */
	says(r.joules.missing, "unseen wrap");

	assert_int_equal(metering_begin(m, NULL), CM_OK);
	assert_int_equal(unlink(scratch_path(&dir, "sys/class/powercap/intel-rapl:0/energy_uj")), 0);
	r = end_after(m, 10);
	says(r.joules.missing, "a reading failed");
	metering_close(m);
}

/* ---- machines of other shapes ---------------------------------------------------------------- */

/* Two sockets of eight dies, each a counter of its own, and one die's dram: 16 x 500 J + 40 J. */
static void many_dies(void **state)
{
	struct metering *m;
	struct metering_result r;
	char dir_of[40], name[40], energy[40];

	(void)state;
	for (unsigned i = 0; i < 16; i++) {
		snprintf(dir_of, sizeof dir_of, "intel-rapl:%x", i);
		snprintf(name, sizeof name, "package-%u-die-%u\n", i / 8, i % 8);
		snprintf(energy, sizeof energy, "%u000000\n", 1000 + 37 * i);
		zone(dir_of, name, energy, INTEL);
	}
	zone("intel-rapl:f:0", "dram\n", "5000000\n", AMD);
	m = meter_dir();
	assert_int_equal(metering_begin(m, NULL), CM_OK);
	for (unsigned i = 0; i < 16; i++) {
		snprintf(dir_of, sizeof dir_of, "intel-rapl:%x", i);
		snprintf(energy, sizeof energy, "%u000000\n", 1000 + 37 * i + 492 + i); /* no two alike */
		put(dir_of, "energy_uj", energy);
	}
	put("intel-rapl:f:0", "energy_uj", "45000000\n");
	r = end_after(m, 10);
	near(r.joules.value, 16 * 492 + 120 + 40); /* 0 + 1 + ... + 15 = 120 */
	says(r.covers, "socket 1 die 7");
	assert_string_equal(r.scope, "package + dram");
	metering_close(m);
}

/* Four packages beside a psys that is garbage, one per platform controller: 100 + 200 + 300 + 400 J. */
static void four_packages(void **state)
{
	static const char *const energy[] = { "1100000000\n", "2200000000\n", "3300000000\n",
					      "4400000000\n" };
	struct metering *m;
	struct metering_result r;
	char dir_of[40], text[40];

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		snprintf(dir_of, sizeof dir_of, "intel-rapl:%u", i);
		snprintf(text, sizeof text, "package-%u\n", i);
		zone(dir_of, text, "", INTEL);
		snprintf(text, sizeof text, "%u000000000\n", i + 1);
		put(dir_of, "energy_uj", text);
	}
	zone("intel-rapl:4", "psys\n", "18446744073709551616\n", INTEL); /* 2^64 */
	zone("intel-rapl:5", "psys-1\n", "7000000\n", INTEL);
	m = meter_dir();
	assert_int_equal(metering_begin(m, NULL), CM_OK);
	for (unsigned i = 0; i < 4; i++) {
		snprintf(dir_of, sizeof dir_of, "intel-rapl:%u", i);
		put(dir_of, "energy_uj", energy[i]);
	}
	put("intel-rapl:5", "energy_uj", "27000000\n");
	r = end_after(m, 10);
	near(r.joules.value, 1000);
	assert_string_equal(r.covers, "socket 0, socket 1, socket 2, socket 3");
	says(r.part[4].joules.missing, "holds no number");
	says(r.note, "package-0, package-1, package-2, package-3 drew 1000 J, but psys-1, which contains "
	     "it, saw 20 J");
	metering_close(m);
}

/* Of two ways to one package the one that moves is counted, whichever was listed first. */
static void twin_that_stands_still(void **state)
{
	struct metering *m;
	struct metering_result r;

	(void)state;
	zone("intel-rapl:0", "package-0\n", "262143000000\n", INTEL);
	zone("intel-rapl-mmio:0", "package-0\n", "5000000\n", INTEL);
	m = meter_dir();
	assert_int_equal(metering_begin(m, NULL), CM_OK);
	put("intel-rapl-mmio:0", "energy_uj", "305000000\n");
	r = end_after(m, 10);
	near(r.joules.value, 300);
	assert_string_equal(r.channels, "package-0 by intel-rapl-mmio");
	assert_int_equal(metering_begin(m, NULL), CM_OK);
	put("intel-rapl:0", "energy_uj", "262143200000\n");
	r = end_after(m, 10);
	assert_true(fabs(r.joules.value - 0.2) < 1e-6);
	assert_string_equal(r.channels, "package-0");
	metering_close(m);
}

/* A core zone that counts more than its package: the package is the figure, and the note has both. */
static void child_above_parent(void **state)
{
	struct metering *m;
	struct metering_result r;

	(void)state;
	zone("intel-rapl:0", "package-0\n", "1000000000\n", INTEL);
	zone("intel-rapl:0:0", "core\n", "9000000000\n", INTEL); /* above it, which says nothing */
	m = meter_dir();
	assert_int_equal(metering_begin(m, NULL), CM_OK);
	put("intel-rapl:0", "energy_uj", "1300000000\n");
	put("intel-rapl:0:0", "energy_uj", "9200000000\n");
	r = end_after(m, 10);
	near(r.joules.value, 300);
	assert_null(strstr(r.note, "which contains it"));
	assert_int_equal(metering_begin(m, NULL), CM_OK);
	put("intel-rapl:0", "energy_uj", "1600000000\n");
	put("intel-rapl:0:0", "energy_uj", "9800000000\n");
	r = end_after(m, 10);
	near(r.joules.value, 300);
	says(r.note, "package-0/core drew 600 J, but package-0, which contains it, saw 300 J");
	metering_close(m);
}

/* ---- zones that come and go, and odd files --------------------------------------------------- */

static void take_away(const char *zone_of)
{
	static const char *const files[] = { "name", "energy_uj", "max_energy_range_uj" };

	for (size_t i = 0; i <= CM_COUNT(files); i++) {
		char *path = cm_printf_dup("%s/sys/class/powercap/%s/%s", dir.dir, zone_of,
					   i < CM_COUNT(files) ? files[i] : "");

		assert_int_equal(remove(path), 0);
		free(path);
	}
}

static void hotplug(void **state)
{
	struct metering *m;
	struct metering_result r;

	(void)state;
	zone("intel-rapl:0", "package-0\n", "1000000\n", INTEL);
	zone("intel-rapl:1", "package-1\n", "1000000\n", INTEL);
	m = meter_dir();
	assert_int_equal(metering_begin(m, NULL), CM_OK);
	put("intel-rapl:0", "energy_uj", "101000000\n");
	put("intel-rapl:1", "energy_uj", "101000000\n");
	zone("intel-rapl:2", "package-2\n", "0\n", INTEL); /* what it draws is in no channel */
	r = end_after(m, 10);
	says(r.joules.missing, "the zone intel-rapl:2 has appeared since this meter was opened");
	metering_close(m);

	m = meter_dir();
	assert_int_equal(metering_begin(m, NULL), CM_OK);
	put("intel-rapl:0", "energy_uj", "201000000\n");
	put("intel-rapl:2", "energy_uj", "100000000\n");
	take_away("intel-rapl:1");
	r = end_after(m, 10);
	says(r.joules.missing, "package-1: a reading failed in the window");
	near(r.part[0].joules.value, 100); /* the others stand, for who asks for them */
	metering_close(m);
}

static void ranges(void **state)
{
	struct metering *m;
	struct metering_result r;

	(void)state;
	zone("intel-rapl:0", "package-0\n", "5000000000\n", "1000000\n"); /* 1 J, and reads 5000 J */
	m = meter_dir();
	assert_int_equal(metering_begin(m, NULL), CM_OK);
	put("intel-rapl:0", "energy_uj", "5400000000\n");
	r = end_after(m, 10);
	near(r.joules.value, 400);
	says(r.note, "max_energy_range_uj is 1 J and the reading 5000 J, so a wrap of it cannot be undone");
	assert_int_equal(metering_begin(m, NULL), CM_OK);
	put("intel-rapl:0", "energy_uj", "100000000\n");
	r = end_after(m, 10);
	says(r.joules.missing, "which no wrap explains");
	metering_close(m);
}

static void odd_files(void **state)
{
	struct meter_ctx *c;
	const struct meter_channel *ch;
	char *fifo;

	(void)state;
	zone("intel-rapl:0", "package-0\n", "1000000\n", INTEL);
	zone("intel-rapl:1", "package-1\n", "-5\n", INTEL);
	put("intel-rapl:2", "name", "package-2\n");
	put("intel-rapl:2/energy_uj", "x", "");           /* a folder in the file's place */
	put("intel-rapl:3", "name", "package-3\n");
	zone("intel-rapl:4", "pack\033[31mage-4\n", "1\n", INTEL);
	put("intel-rapl:5", "name", "package-5\n");       /* power in place of energy, as the ABI allows */
	put("intel-rapl:5", "power_uw", "42000000\n");
	zone("dtpm:0:1:2:3:4", "package-6\n", "1\n", INTEL);
	put("", "intel-rapl:6", "a file, no folder");
	fifo = cm_strdup(scratch_path(&dir, "sys/class/powercap/intel-rapl:3/energy_uj"));
	assert_int_equal(mkfifo(fifo, 0644), 0);
	assert_int_equal(
		symlink("..", scratch_path(&dir, "sys/class/powercap/intel-rapl:0/intel-rapl:0:0")),
		0);
	assert_int_equal(symlink("intel-rapl:7", scratch_path(&dir, "sys/class/powercap/intel-rapl:7")), 0);
	c = open_tree(dir.dir);
	assert_int_equal(meter_powercap.channels(c, &ch), 8);
	assert_string_equal(ch[0].name, "package-6 by dtpm");
	says(ch[0].reason, "energy model");
	assert_int_equal(ch[1].st, CM_OK);
	assert_int_equal(ch[2].st, CM_UNSUPPORTED); /* the circle: a zone without a name */
	says(ch[3].reason, "holds no number");
	says(ch[4].reason, "Is a directory");
	says(ch[5].reason, "gives no value");
	says(ch[6].reason, "a zone named \"pack?[31mage-4\"");
	assert_int_equal(ch[7].kind, CM_POWER_SAMPLE);
	assert_int_equal(ch[7].scope, CM_SCOPE_PACKAGE);
	meter_powercap.close(c);
	free(fifo);
}

/* A copy without the class folder's links, only with what they point to. */
static void devices_only(void **state)
{
	struct meter_ctx *c;
	const struct meter_channel *ch;

	(void)state;
	zone("../../devices/virtual/powercap/intel-rapl/intel-rapl:0", "package-0\n", "1000000\n", INTEL);
	zone("../../devices/virtual/powercap/intel-rapl/intel-rapl:0/intel-rapl:0:0", "dram\n", "5\n", AMD);
	c = open_tree(dir.dir);
	assert_int_equal(meter_powercap.channels(c, &ch), 2);
	assert_string_equal(ch[1].name, "package-0/dram");
	meter_powercap.close(c);
}

/* A copied tree may hold the zones only inside each other. */
static void nested(void **state)
{
	struct meter_ctx *c;
	const struct meter_channel *ch;

	(void)state;
	zone("intel-rapl/intel-rapl:0", "package-0\n", "1000000\n", INTEL);
	zone("intel-rapl/intel-rapl:0/intel-rapl:0:0", "dram\n", "2000000\n", INTEL);
	c = open_tree(dir.dir);
	assert_int_equal(meter_powercap.channels(c, &ch), 2);
	assert_string_equal(ch[0].covers, "socket 0");
	assert_string_equal(ch[1].name, "package-0/dram");
	assert_string_equal(ch[1].covers, "socket 0");
	meter_powercap.close(c);
}

/* Memory of two sockets beside the packages and in none of them: each is counted, its twin not. */
static void memory_in_no_package(void **state)
{
	struct metering *m;
	struct metering_result r;

	(void)state;
	zone("intel-rapl:0", "package-0\n", "1000000000\n", INTEL);
	zone("intel-rapl:1", "dram\n", "2000000000\n", AMD);
	zone("intel-rapl:2", "package-1\n", "3000000000\n", INTEL);
	zone("intel-rapl:3", "dram\n", "4000000000\n", AMD);
	zone("intel-rapl-mmio:0", "dram\n", "100000000\n", AMD);
	m = meter_dir();
	assert_int_equal(metering_begin(m, NULL), CM_OK);
	put("intel-rapl:0", "energy_uj", "1500000000\n");
	put("intel-rapl:1", "energy_uj", "2070000000\n");
	put("intel-rapl:2", "energy_uj", "3600000000\n");
	put("intel-rapl:3", "energy_uj", "4090000000\n");
	put("intel-rapl-mmio:0", "energy_uj", "170000000\n");
	r = end_after(m, 10);
	near(r.joules.value, 500 + 70 + 600 + 90);
	assert_string_equal(r.covers, "socket 0, socket 1, the processor, processor 2");
	metering_close(m);
}

static void absent(void **state)
{
	const struct meter_from from = { .sysfs_root = dir.dir };
	struct meter_ctx *c = NULL;
	struct cm_err err = { CM_OK, "" };
	char *proc = cm_printf_dup("%s/proc", dir.dir);
	static const char guest[] = "processor : 0\nflags : fpu hypervisor sse\n";

	(void)state;
	assert_int_equal(meter_powercap.open(&from, &c, &err), CM_ABSENT);
	says(err.why, "no /sys/class/powercap: no driver");
	assert_int_equal(file_mkdirs(proc, NULL), CM_OK);
	scratch_write(&dir, "proc/cpuinfo", guest, sizeof guest - 1);
	assert_int_equal(meter_powercap.open(&from, &c, &err), CM_ABSENT);
	says(err.why, "virtual machine");
	assert_null(c);
	free(proc);
}

/* 0 when a user who may not read energy_uj is told so, with the command that helps. */
static int as_stranger(void)
{
	const struct meter_from from = { .sysfs_root = dir.dir };
	struct meter_ctx *c = NULL;
	const struct meter_channel *ch;
	struct meter_value v[1] = { { 1, CM_OK } };
	int bad;

	if (geteuid() == 0 && setuid(65534) != 0)
		return 2;
	if (meter_powercap.open(&from, &c, NULL) != CM_OK)
		return 3;
	bad = meter_powercap.channels(c, &ch) != 1 || ch[0].st != CM_DENIED ||
	      !strstr(ch[0].reason, "sudo chmod") || strcmp(ch[0].covers, "socket 0") != 0 ||
	      meter_powercap.read(c, v, NULL) != CM_OK || v[0].st != CM_DENIED;
	meter_powercap.close(c);
	return bad;
}

static void denied(void **state)
{
	pid_t child;
	int status = -1;

	(void)state;
	zone("intel-rapl:0", "package-0\n", "1000000\n", INTEL);
	assert_int_equal(chmod(scratch_path(&dir, "sys/class/powercap/intel-rapl:0/energy_uj"), 0), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(as_stranger());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorded),
		cmocka_unit_test(two_sockets),
		cmocka_unit_test(client),
		cmocka_unit_test(hexadecimal),
		cmocka_unit_test(odd_zones),
		cmocka_unit_test_setup_teardown(nothing_twice, fresh, clear),
		cmocka_unit_test_setup_teardown(dies_that_mirror, fresh, clear),
		cmocka_unit_test_setup_teardown(resets_and_gaps, fresh, clear),
		cmocka_unit_test_setup_teardown(many_dies, fresh, clear),
		cmocka_unit_test_setup_teardown(four_packages, fresh, clear),
		cmocka_unit_test_setup_teardown(twin_that_stands_still, fresh, clear),
		cmocka_unit_test_setup_teardown(child_above_parent, fresh, clear),
		cmocka_unit_test_setup_teardown(hotplug, fresh, clear),
		cmocka_unit_test_setup_teardown(ranges, fresh, clear),
		cmocka_unit_test_setup_teardown(odd_files, fresh, clear),
		cmocka_unit_test_setup_teardown(devices_only, fresh, clear),
		cmocka_unit_test_setup_teardown(nested, fresh, clear),
		cmocka_unit_test_setup_teardown(memory_in_no_package, fresh, clear),
		cmocka_unit_test_setup_teardown(absent, fresh, clear),
		cmocka_unit_test_setup_teardown(denied, fresh, clear),
	};

	return cmocka_run_group_tests_name("powercap", tests, NULL, NULL);
}
