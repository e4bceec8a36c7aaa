/* Metering: what is summed and what is not, wraps and faults, edges; with scripted meters and clock. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "engine/metering.h"

/* ---- a clock and a meter that do as they are told ------------------------------------------ */

#define MAX 8
#define FAILS (-1e300) /* in a script: this reading fails */

static uint64_t clock_ns;
static double tick_ns; /* the clock's advance at each meter read */

static uint64_t test_clock(void)
{
	return clock_ns;
}

struct script { /* one channel: its description, and its reading at each read */
	struct meter_channel ch;
	const double *value;
};

struct meter_ctx { struct meter_channel ch[MAX]; };

static const struct script *script;
static size_t scripts, reads;
static const uint64_t *times_ns; /* the clock at each read; NULL: each read takes tick_ns */

static enum cm_status fake_open(const struct meter_from *from, struct meter_ctx **out,
				struct cm_err *err)
{
	(void)from;
	(void)err;
	*out = cm_alloc(sizeof **out);
	for (size_t i = 0; i < scripts; i++) {
		(*out)->ch[i] = script[i].ch;
		(*out)->ch[i].unit = "J";
	}
	return CM_OK;
}

static size_t fake_channels(struct meter_ctx *c, const struct meter_channel **out)
{
	*out = c->ch;
	return scripts;
}

static enum cm_status fake_read(struct meter_ctx *c, struct meter_value *v, struct cm_err *err)
{
	(void)c;
	(void)err;
	if (!times_ns)
		clock_ns += (uint64_t)tick_ns;
	for (size_t i = 0; i < scripts; i++) {
		double x = script[i].value ? script[i].value[reads] : 0;

		v[i].st = x <= FAILS ? CM_ABSENT : script[i].ch.st;
		v[i].value = x;
	}
	reads++;
	return CM_OK;
}

static void fake_close(struct meter_ctx *c)
{
	free(c);
}

static enum cm_status gone_open(const struct meter_from *from, struct meter_ctx **out,
				struct cm_err *err)
{
	(void)from;
	(void)out;
	return cm_fail(err, CM_ABSENT, "no such thing here");
}

static const struct meter fake = { .abi = CM_METER_ABI, .name = "fake", .desc = "", .open = fake_open,
				   .close = fake_close, .channels = fake_channels,
				   .read = fake_read };
static const struct meter gone = { .abi = CM_METER_ABI, .name = "gone", .desc = "", .open = gone_open,
				   .close = fake_close, .channels = fake_channels,
				   .read = fake_read };
static const struct meter *const meters[] = { &gone, &fake, NULL };

static struct metering *open_script(const struct script *s, size_t n, const uint64_t *times)
{
	const struct metering_options o = { .meters = meters, .now_ns = test_clock };
	struct metering *m = NULL;

	script = s;
	scripts = n;
	reads = 0;
	times_ns = times;
	clock_ns = times ? times[0] : 0;
	assert_int_equal(metering_open(&o, &m, NULL), CM_OK);
	return m;
}

static const uint64_t ten_seconds[] = { 0, 10000000000 };

/* One window over `n` readings at times[]. */
static struct metering_result window(struct metering *m, size_t n)
{
	struct metering_result r;

	assert_int_equal(metering_begin(m, NULL), CM_OK);
	for (size_t i = 1; i + 1 < n; i++) {
		clock_ns = times_ns[i];
		assert_int_equal(metering_poll(m, NULL), CM_OK);
	}
	clock_ns = times_ns[n - 1];
	assert_int_equal(metering_end(m, &r, NULL), CM_OK);
	return r;
}

/* A counter updated each 1 ms in steps of 0.1 mJ; BARE: neither is set yet. */
#define BARE(nm, sc, cov) .name = nm, .scope = CM_SCOPE_##sc, .covers = cov
#define CH(nm, sc, cov) BARE(nm, sc, cov), .refresh_ns = 1000000, .step = 1e-4

static void near(double got, double want)
{
	if (fabs(got - want) > 1e-9 * fmax(1, fabs(want)))
		fail_msg("got %.12g, want %.12g", got, want);
}

static void says(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("expected \"%s\" in \"%s\"", part, text ? text : "(nothing)");
}

static const struct metering_part *part(const struct metering_result *r, const char *channel)
{
	for (size_t i = 0; i < r->parts; i++) {
		if (strcmp(r->part[i].channel, channel) == 0)
			return &r->part[i];
	}
	fail_msg("no part %s", channel);
	return NULL;
}

/* ---- whose work ---------------------------------------------------------------------------- */

static void bystanders(void **state)
{
	static const double cpu[] = { 0, 1000 }, one[] = { 0, 6000 }, two[] = { 0, 700 }, inner[] = { 0, 100 };
	static const struct script s[] = { { { CH("package-0", PACKAGE, "socket 0") }, cpu },
					   { { CH("gpu0", DEVICE, "0000:41:00.0") }, one },
					   { { CH("gpu1", DEVICE, "0000:c1:00.0") }, two },
					   { { CH("gpu1 memory", CORE, "0000:c1:00.0 memory") }, inner } };
	static const struct { enum cm_device_class cls; const char *at; double j; const char *why; } rows[] = {
		{ CM_CPU, "", 1000, "took no part: the work ran on the processors" },
		{ CM_GPU, "0000:41:00.0", 7000, "took no part: the work ran on 0000:41:00" },
		{ CM_GPU, "0000:41:00.3", 7000, "took no part" }, /* a partition of that card */
		{ CM_GPU, "", 7700, NULL },                       /* not told: all are counted */
		{ CM_NODEVICE, "", 7700, NULL },
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		struct metering *m = open_script(s, CM_COUNT(s), ten_seconds);

		metering_works_on(m, rows[i].cls, rows[i].at);
		const struct metering_result r = window(m, 2);

		near(r.joules.value, rows[i].j);
		if (rows[i].why)
			says(part(&r, "gpu1")->role, rows[i].why);
		else
			says(part(&r, "gpu1")->role, "counted");
		metering_close(m);
	}
	/* A machine whose processors have no meter: its idle cards are no figure of theirs. */
	struct metering *m = open_script(s + 1, 2, ten_seconds);

	metering_works_on(m, CM_CPU, "");
	const struct metering_result r = window(m, 2);

	assert_non_null(r.joules.missing);
	metering_close(m);
}

/* ---- wraps --------------------------------------------------------------------------------- */

static void delta(void **state)
{
	/* Ranges: Intel 61 uJ, AMD 15 uJ (energy.md 1.1), modulus = range + one unit. */
	const double intel = 262143.328850 + 262143.328850 / 4294967295.0;
	const double amd = 65532.610987 + 65532.610987 / 4294967295.0;
	const struct { double before, after, wraps, max_j; enum metering_step st; double j; } rows[] = {
		{ 10, 15, 100, 50, METERING_OK, 5 },
		{ 95, 3, 100, 50, METERING_WRAPPED, 8 },        /* 100 - 95 + 3 */
		{ 95, 3, 0, 50, METERING_BACKWARD, 0 },         /* does not wrap */
		{ 95, 60, 100, 50, METERING_BACKWARD, 0 },      /* a wrap would be 65 J */
		{ 105, 3, 100, 50, METERING_BACKWARD, 0 },      /* above its own range */
		{ 10, 70, 100, 50, METERING_JUMP, 0 },
		{ 10, 20, 100, 120, METERING_DOUBT, 0 },        /* 10 or 110 J */
		{ 10, 80, 100, 120, METERING_OK, 70 },          /* 170 J is too much */
		{ 7, 7, 100, 50, METERING_OK, 0 },
		/* The recorded zone, 100 s on, at most 475 W: 262143.328911 - 240422.366267 + 100. */
		{ 240422.366267, 100, intel, 47500, METERING_WRAPPED, 21820.962644035156 },
		/* 5 minutes of a 240 W part on a 65.5 kJ counter: 72 kJ show as 6467 J. */
		{ 0, 72000 - 65532.611002258, amd, 300 * 1000.0, METERING_DOUBT, 0 },
		/* 22 MJ to 200 J in a second: the glitch of a card, not a wrap. */
		{ 22e6, 200, 4294967.296, 2000, METERING_BACKWARD, 0 },
		/* 702 W, then 64 826 W within one second: a tool that added one range. */
		{ 702, 702 + 64826, amd, 1000, METERING_JUMP, 0 },
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		double j = 0;

		assert_int_equal(metering_delta(rows[i].before, rows[i].after, rows[i].wraps,
						rows[i].max_j, &j), rows[i].st);
		assert_true(fabs(j - rows[i].j) < 1e-6);
	}
}

static void wraps_in_window(void **state)
{
	/* Modulus 1000 J, 10 readings a minute: 900 → 400 (+500) → 950 (+550) → 450 (+500): 1550 J. */
	static const double v[] = { 900, 400, 950, 450 };
	static const uint64_t t[] = { 0, 6000000000, 12000000000, 18000000000 };
	static const struct script s[] = {
		{ { CH("package-0", PACKAGE, "socket 0"), .wraps_at = 1000, .max_w = 150 }, v } };
	struct metering *m = open_script(s, 1, t);
	struct metering_result r;

	(void)state;
	near(metering_poll_s(m), 1000 / 150.0 / 2);
	r = window(m, 4);
	near(r.joules.value, 1550);
	near(r.watts.value, 1550 / 18.0);
	assert_int_equal(r.part[0].wraps, 2);
	near(r.part[0].first, 900);
	near(r.part[0].last, 450);
	metering_close(m);
}

static void faults(void **state)
{
	static const struct { double v[3]; uint64_t t[3]; size_t n; const char *why; } rows[] = {
		{ { 100, 300, 50 }, { 0, 2000000000, 4000000000 }, 3, "a reset or a fault" },
		{ { 100, 99, 300 }, { 0, 2000000000, 4000000000 }, 3, "a reset or a fault" },
		{ { 100, 90000, 90100 }, { 0, 2000000000, 4000000000 }, 3, "more than the source" },
		{ { 100, FAILS, 300 }, { 0, 2000000000, 4000000000 }, 3, "a reading failed" },
		{ { FAILS, 100, 300 }, { 0, 2000000000, 4000000000 }, 3, "window's start failed" },
		{ { 100, NAN, 300 }, { 0, 2000000000, 4000000000 }, 3, "a reading failed" },
		{ { 100, 100, 100 }, { 0, 2000000000, 4000000000 }, 3, "did not change" },
		{ { 100, 900, 0 }, { 0, 3000000000000, 0 }, 2, "unseen wrap" },
		{ { 100, 100.1, 0 }, { 0, 500000, 0 }, 2, "too short" },
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		const struct script s[] = {
			{ { CH("package-0", PACKAGE, "socket 0"), .wraps_at = 262143, .max_w = 475 },
			  rows[i].v } };
		struct metering *m = open_script(s, 1, rows[i].t);
		struct metering_result r = window(m, rows[i].n);

		assert_true(isnan(r.joules.value) && isnan(r.watts.value));
		says(r.joules.missing, rows[i].why);
		says(r.joules.missing, "package-0: ");
		assert_false(r.within_target);
		metering_close(m);
	}
}

/* A mirror that still reads stands in for a channel that failed. */
static void mirror_stands_in(void **state)
{
	static const double a[] = { 100, FAILS }, b[] = { 7, 107 };
	static const struct script s[] = {
		{ { CH("package-0", PACKAGE, "socket 0") }, a },
		{ { CH("package-0 by mmio", PACKAGE, "socket 0") }, b } };
	struct metering *m = open_script(s, 2, ten_seconds);
	struct metering_result r = window(m, 2);

	(void)state;
	near(r.joules.value, 100);
	assert_string_equal(r.channels, "package-0 by mmio");
	metering_close(m);
}

/* ---- what is summed ------------------------------------------------------------------------ */

static void containment(void **state)
{
	static const double psys[] = { 0, 2000 }, p0[] = { 50, 650 }, p1[] = { 10, 410 },
		core[] = { 5, 305 }, d0[] = { 1, 101 }, d1[] = { 2, 52 }, mmio[] = { 49, 649 };
	static const struct script s[] = {
		{ { CH("psys", NODE, "platform (psys)") }, psys },
		{ { CH("package-0", PACKAGE, "socket 0") }, p0 },
		{ { CH("package-0/core", CORE, "socket 0") }, core },
		{ { CH("package-0/dram", DRAM, "socket 0") }, d0 },
		{ { CH("package-1", PACKAGE, "socket 1") }, p1 },
		{ { CH("package-1/dram", DRAM, "socket 1") }, d1 },
		{ { CH("package-0 by intel-rapl-mmio", PACKAGE, "socket 0") }, mmio },
	};
	struct metering *m = open_script(s, CM_COUNT(s), ten_seconds);
	struct metering_result r = window(m, 2);

	(void)state;
	/* 600 + 400 of packages, 100 + 50 of memory; psys, core and mmio hold the same joules again. */
	near(r.joules.value, 600 + 400 + 100 + 50);
	near(r.watts.value, 115);
	near(r.window_s, 10);
	assert_string_equal(r.scope, "package + dram");
	assert_string_equal(r.covers, "socket 0, socket 1");
	assert_string_equal(r.meter, "fake");
	assert_string_equal(r.channels, "package-0, package-1, package-0/dram, package-1/dram");
	assert_string_equal(part(&r, "package-0/core")->role, "inside package-0");
	assert_string_equal(part(&r, "psys")->role, "contains package-0");
	assert_string_equal(part(&r, "package-0 by intel-rapl-mmio")->role, "mirror of package-0");
	assert_int_equal(r.joules.basis, CM_MEASURED);
	assert_int_equal(r.joules.n, 1);
	/* Edges: each counter by watts x 1 ms and one step: 115 W x 1 ms + 4 x 1e-4 J. */
	near(r.edge_j, 0.115 + 4e-4);
	near(r.joules.hi, 1150 + 0.1154);
	near(r.joules.lo, 1150 - 0.1154);
	assert_true(r.within_target);
	assert_string_equal(r.note, "");
	metering_close(m);
}

static void dies(void **state)
{
	/* Two dies that show one counter; a third socket of its own. Ticks may fall between reads. */
	static const double a[] = { 40000, 40500 }, b[] = { 40000.0001, 40500.04 }, c[] = { 9, 309 };
	static const struct script s[] = {
		{ { CH("package-0-die-0", PACKAGE, "socket 0 die 0") }, a },
		{ { CH("package-0-die-1", PACKAGE, "socket 0 die 1") }, b },
		{ { CH("package-1-die-0", PACKAGE, "socket 1 die 0") }, c },
	};
	struct metering *m = open_script(s, CM_COUNT(s), ten_seconds);
	struct metering_result r = window(m, 2);

	(void)state;
	near(r.joules.value, 500 + 300);
	assert_string_equal(part(&r, "package-0-die-1")->role,
			    "repeats the readings of package-0-die-0");
	metering_close(m);
}

static void one_counter_at_offsets(void **state)
{
	/* Four devices, each rising by the same to a step at every reading: one shared counter. */
	static const double a[] = { 100, 900, 1500, 2600 }, b[] = { 300, 1100, 1700, 2800 },
		c[] = { 0, 800, 1400, 2500 }, d[] = { 7, 807, 1407, 2508 };
	static const uint64_t t[] = { 0, 4000000000, 7000000000, 12000000000 };
	static const struct script s[] = {
		{ { CH("gpu-0", DEVICE, "0000:01:00.0") }, a },
		{ { CH("gpu-1", DEVICE, "0000:02:00.0") }, b },
		{ { CH("gpu-2", DEVICE, "0000:03:00.0") }, c },
		{ { CH("gpu-3", DEVICE, "0000:04:00.0") }, d },
	};
	struct metering *m = open_script(s, CM_COUNT(s), t);
	struct metering_result r = window(m, 4);

	(void)state;
	near(r.joules.value, 2500 + 2501); /* the last differs by 1 J once: a device of its own */
	assert_true(part(&r, "gpu-3")->counted);
	assert_false(part(&r, "gpu-1")->counted);
	metering_close(m);
}

/* Four supplies that each repeat the node's total are one reading; equal shares are not. */
static void supplies_that_repeat(void **state)
{
	static double a[12], b[12], c[12];
	static uint64_t t[12];
	static const struct script s[] = {
		{ { CH("psu-0", WALL, "power supply 0"), .kind = CM_POWER_SAMPLE }, a },
		{ { CH("psu-1", WALL, "power supply 1"), .kind = CM_POWER_SAMPLE }, b },
		{ { CH("psu-2", WALL, "power supply 2"), .kind = CM_POWER_SAMPLE }, c } };
	struct metering *m;
	struct metering_result r;

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		a[i] = b[i] = i % 2 ? 500 : 400;
		c[i] = i == 7 ? 450 : a[i];
		t[i] = i * 1000000000u;
	}
	m = open_script(s, 3, t);
	r = window(m, 12);
	/* 11 s from 400 to 500 W and back: 450 W x 11 s; supply 2 differs once: 50 W less for 1 s. */
	near(r.joules.value, 4950 + 4950 - 50);
	assert_string_equal(part(&r, "psu-1")->role, "repeats the readings of psu-0");
	assert_true(part(&r, "psu-2")->counted);
	metering_close(m);
}

static void equal_load_is_no_mirror(void **state)
{
	static const double a[] = { 100, 600 }, b[] = { 250, 750 };
	static const struct script s[] = { { { CH("package-0", PACKAGE, "socket 0") }, a },
					   { { CH("package-1", PACKAGE, "socket 1") }, b } };
	struct metering *m = open_script(s, 2, ten_seconds);
	struct metering_result r = window(m, 2);

	(void)state;
	near(r.joules.value, 1000);
	metering_close(m);
}

static void dead_memory_counter(void **state)
{
	static const double p[] = { 0, 500 }, d[] = { 0, 0 };
	static const struct script s[] = { { { CH("package-0", PACKAGE, "socket 0") }, p },
					   { { CH("package-0/dram", DRAM, "socket 0") }, d } };
	struct metering *m = open_script(s, 2, ten_seconds);
	struct metering_result r = window(m, 2);

	(void)state;
	near(r.joules.value, 500);
	assert_string_equal(r.scope, "package");
	says(part(&r, "package-0/dram")->role, "did not change");
	metering_close(m);
}

static void parts_above_whole(void **state)
{
	static const double p[] = { 0, 500 }, n[] = { 0, 300 };
	static const struct script s[] = { { { CH("package-0", PACKAGE, "socket 0") }, p },
					   { { CH("psys", NODE, "platform (psys)") }, n } };
	struct metering *m = open_script(s, 2, ten_seconds);
	struct metering_result r = window(m, 2);

	(void)state;
	near(r.joules.value, 500);
	says(r.note, "package-0 drew 500 J, but psys, which contains it, saw 300 J");
	metering_close(m);
}

/* Cards of 1058 W in a node of 894 W at a plug of 640 W: each step that breaks is named. */
static void levels_break(void **state)
{
	static const double card[] = { 0, 5290 }, node[] = { 0, 8940 }, wall[] = { 0, 6400 };
	static const struct script s[] = {
		{ { CH("gpu-0", DEVICE, "part 0"), .aside = true }, card },
		{ { CH("gpu-1", DEVICE, "part 1"), .aside = true }, card },
		{ { CH("node", NODE, CM_COVERS_MACHINE) }, node },
		{ { CH("plug", WALL, CM_COVERS_MACHINE) }, wall },
	};
	struct metering *m = open_script(s, CM_COUNT(s), ten_seconds);
	struct metering_result r = window(m, 2);

	(void)state;
	near(r.joules.value, 8940); /* what stands aside is in no sum */
	assert_string_equal(r.scope, "node");
	says(part(&r, "gpu-0")->role, "beside the sum");
	says(r.note, "gpu-0 + gpu-1 drew 1.058e+04 J, but node, which contains it, saw 8940 J");
	says(r.note, "node drew 8940 J, but plug, which contains it, saw 6400 J");
	metering_close(m);
}

/* Two meters that both see the node see the same watts. */
static void two_meters_of_one_node(void **state)
{
	static const struct meter other = { .abi = CM_METER_ABI,
					    .name = "other",
					    .desc = "",
					    .open = fake_open,
					    .close = fake_close,
					    .channels = fake_channels,
					    .read = fake_read };
	static const struct meter *const both[] = { &fake, &other, NULL };
	static const double v[] = { 0, 0, 0, 0, 0, 0, 0, 0 };
	static const double w[] = { 0, 0, 3000, 3000, 3000, 3000 };
	static const struct script s[] = { { { CH("node", NODE, CM_COVERS_MACHINE) }, w },
					   { { CH("still", DRAM, "socket 0") }, v } };
	const struct metering_options o = { .meters = both, .now_ns = test_clock };
	struct metering_result r;
	struct metering *m = NULL;

	(void)state;
	script = s;
	scripts = CM_COUNT(s);
	reads = 0;
	times_ns = ten_seconds;
	clock_ns = 0;
	assert_int_equal(metering_open(&o, &m, NULL), CM_OK);
	r = window(m, 2);
	near(r.joules.value, 3000);
	assert_string_equal(r.part[2].role, "the same machine as node");
	metering_close(m);
}

/* The machine by itself, and a supply's part of it, by one meter; its watts are counted once. */
static void the_machine_and_a_part(void **state)
{
	static const double all[] = { 0, 4000 }, one[] = { 0, 1900 };
	static const struct script s[] = {
		{ { CH("supply", WALL, "power supply 1") }, one },
		{ { CH("plug", WALL, CM_COVERS_MACHINE) }, all },
	};
	struct metering *m = open_script(s, CM_COUNT(s), ten_seconds);
	struct metering_result r = window(m, 2);

	(void)state;
	near(r.joules.value, 4000);
	assert_string_equal(part(&r, "supply")->role, "inside plug");
	assert_string_equal(r.note, "");
	metering_close(m);
}

/* ---- modelled, denied, nothing ------------------------------------------------------------- */

#define MODEL                                                                                      \
	{ BARE("cpu-model", PROCESS, "this process"), .basis = CM_MODELLED, .err_lo = -0.5,        \
	  .err_hi = 1, .err_source = "a paper" }

static void measured_beats_modelled(void **state)
{
	static const double p[] = { 0, 500 }, x[] = { 0, 90 };
	static const struct script s[] = { { MODEL, x },
					   { { CH("package-0", PACKAGE, "socket 0") }, p } };
	struct metering *m = open_script(s, 2, ten_seconds);
	struct metering_result r = window(m, 2);

	(void)state;
	near(r.joules.value, 500);
	assert_int_equal(r.joules.basis, CM_MEASURED);
	assert_string_equal(part(&r, "cpu-model")->role, "inside package-0");
	metering_close(m);
}

static void denied_falls_to_model(void **state)
{
	static const double x[] = { 0, 90 };
	static const struct script s[] = {
		{ { CH("package-0", PACKAGE, "socket 0"), .st = CM_DENIED,
		    .reason = "sudo chmod" }, NULL },
		{ MODEL, x } };
	struct metering *m = open_script(s, 2, ten_seconds);
	struct metering_result r = window(m, 2);

	(void)state;
	near(r.joules.value, 90);
	near(r.joules.lo, 45);
	near(r.joules.hi, 180);
	assert_int_equal(r.joules.basis, CM_MODELLED);
	assert_int_equal(r.watts.basis, CM_MODELLED);
	assert_string_equal(r.scope, "process");
	says(r.note, "error band -50 % to +100 %: a paper");
	says(r.note, "sudo chmod");
	metering_close(m);
}

static void a_void_is_not_modelled(void **state)
{
	static const double p[] = { 500, 20 }, x[] = { 0, 90 };
	static const struct script s[] = { { { CH("package-0", PACKAGE, "socket 0") }, p },
					   { MODEL, x } };
	struct metering *m = open_script(s, 2, ten_seconds);
	struct metering_result r = window(m, 2);

	(void)state;
	says(r.joules.missing, "package-0: the counter fell");
	metering_close(m);
}

static void nothing_at_all(void **state)
{
	static const struct meter *const none[] = { NULL };
	const struct metering_options o = { .meters = none };
	static const struct script s[] = {
		{ { CH("package-0", PACKAGE, "socket 0"), .st = CM_DENIED,
		    .reason = "sudo chmod" }, NULL } };
	struct metering *m = NULL;
	struct metering_result r;

	(void)state;
	assert_int_equal(metering_open(&o, &m, NULL), CM_OK);
	assert_int_equal(metering_begin(m, NULL), CM_OK);
	assert_int_equal(metering_end(m, &r, NULL), CM_OK);
	assert_string_equal(r.joules.missing, "no energy meter on this machine");
	near(metering_window_s(m), 0);
	assert_true(isinf(metering_poll_s(m)));
	metering_close(m);

	m = open_script(s, 1, ten_seconds);
	r = window(m, 2);
	assert_string_equal(r.joules.missing, "sudo chmod");
	metering_close(m);
}

/* ---- edges, periods, power samples --------------------------------------------------------- */

static void edges(void **state)
{
	/* 100 ms counter, 1 s at 200 W: 200 J within 20 J and a step; 5 % would need 2 s. */
	static const double v[] = { 0, 200 };
	static const uint64_t t[] = { 0, 1000000000 };
	static const struct script s[] = {
		{ { BARE("gpu-0", DEVICE, "0000:01:00.0"), .refresh_ns = 100000000, .step = 1e-3 }, v } };
	struct metering *m = open_script(s, 1, t);
	struct metering_result r;

	(void)state;
	near(metering_window_s(m), 2);
	r = window(m, 2);
	near(r.joules.value, 200);
	near(r.edge_j, 20.001);
	near(r.joules.lo, 179.999);
	near(r.joules.hi, 220.001);
	assert_false(r.within_target);
	says(r.note, "edges may hold 20 J");
	metering_close(m);
}

static void calibration(void **state)
{
	/* Read every 1 ms of the test's clock; the counter moves every 8 ms, is said to move at 1 ms. */
	static double v[400];
	static struct script s[] = { { { CH("package-0", PACKAGE, "socket 0") }, v } };
	const struct metering_channel *c;
	struct metering *m;

	(void)state;
	for (size_t i = 0; i < CM_COUNT(v); i++)
		v[i] = 5 + (double)(i / 8);
	m = open_script(s, 1, NULL);
	tick_ns = 1e6;
	metering_calibrate(m, 0.390);
	assert_int_equal(metering_channels(m, &c), 2);
	assert_null(c[0].channel); /* the meter that is not here */
	assert_string_equal(c[0].reason, "no such thing here");
	assert_int_equal(c[0].st, CM_ABSENT);
	assert_true(c[1].refresh_measured);
	assert_true(c[1].refresh_ns > 7990000 && c[1].refresh_ns < 8010000);
	near(metering_window_s(m), (double)c[1].refresh_ns * 1e-9 / 0.05);
	metering_close(m);
}

static void still_counter_keeps_its_stated_period(void **state)
{
	static double v[400];
	static struct script s[] = { { { CH("package-0", PACKAGE, "socket 0") }, v } };
	const struct metering_channel *c;
	struct metering *m = open_script(s, 1, NULL);

	(void)state;
	tick_ns = 1e6;
	metering_calibrate(m, 0.1);
	metering_channels(m, &c);
	assert_false(c[1].refresh_measured);
	assert_int_equal(c[1].refresh_ns, 1000000);
	metering_close(m);
}

static void power_samples(void **state)
{
	/* Trapezoids: (100 + 200) / 2 x 1 s + (200 + 200) / 2 x 2 s = 550 J. */
	static const double w[] = { 100, 200, 200 };
	static const uint64_t t[] = { 0, 1000000000, 3000000000 };
	static const struct script s[] = {
		{ { BARE("board", NODE, "this machine"), .kind = CM_POWER_SAMPLE,
		    .refresh_ns = 1000000 }, w } };
	struct metering *m = open_script(s, 1, t);
	struct metering_result r = window(m, 3);

	(void)state;
	near(r.joules.value, 550);
	/* 200 W x 1 ms at the edges; between the samples up to (200 - 100) / 2 W beside the mean of each
	 * gap, twice the deviation of gaps of 1 and 2 s: 100 W x sqrt(1 + 4) s. */
	near(r.edge_j, 0.2 + 100 * sqrt(5));
	metering_close(m);

	m = open_script(s, 1, ten_seconds);
	r = window(m, 2);
	says(r.joules.missing, "2 power readings");
	metering_close(m);
}

static void negative_watts(void **state)
{
	static const double w[] = { 100, -3, 100 };
	static const uint64_t t[] = { 0, 1000000000, 3000000000 };
	static const struct script s[] = {
		{ { CH("board", NODE, "this machine"), .kind = CM_POWER_SAMPLE }, w } };
	struct metering *m = open_script(s, 1, t);
	struct metering_result r = window(m, 3);

	(void)state;
	says(r.joules.missing, "a reading of -3 W");
	metering_close(m);
}

static void events(void **state)
{
	static const double a[] = { 100, 350 }, b[] = { 0, 0 }, c[] = { 50, 20 };
	static const struct script s[] = {
		{ { BARE("cycles", PROCESS, ""), .kind = CM_EVENT_COUNTER }, a },
		{ { BARE("switches", PROCESS, ""), .kind = CM_EVENT_COUNTER }, b },
		{ { BARE("odd", PROCESS, ""), .kind = CM_EVENT_COUNTER }, c },
		{ { BARE("misses", PROCESS, ""), .kind = CM_EVENT_COUNTER, .st = CM_ABSENT,
		    .reason = "no hardware counters" }, NULL } };
	struct metering *m = open_script(s, CM_COUNT(s), ten_seconds);
	struct metering_result r = window(m, 2);

	(void)state;
	assert_int_equal(r.counts, 4);
	assert_string_equal(r.count[0].name, "cycles");
	near(r.count[0].value, 250);
	near(r.count[1].value, 0);
	assert_null(r.count[1].missing);
	says(r.count[2].missing, "backward");
	assert_true(isnan(r.count[2].value));
	assert_string_equal(r.count[3].missing, "no hardware counters");
	assert_string_equal(r.joules.missing, "no energy meter on this machine");
	metering_close(m);
}

static void misuse(void **state)
{
	static const double v[] = { 0, 200, 300, 400 };
	static const struct script s[] = { { { CH("gpu-0", DEVICE, "x") }, v } };
	static const uint64_t t[] = { 0, 1000000000, 2000000000, 3000000000 };
	struct metering *m = open_script(s, 1, t);
	struct metering_result r;

	(void)state;
	assert_int_equal(metering_poll(m, NULL), CM_EINTERNAL);
	assert_int_equal(metering_end(m, &r, NULL), CM_EINTERNAL);
	assert_int_equal(metering_begin(m, NULL), CM_OK);
	assert_int_equal(metering_begin(m, NULL), CM_EINTERNAL);
	assert_int_equal(metering_read(m, NULL), CM_EINTERNAL);
	metering_close(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bystanders), cmocka_unit_test(delta),
		cmocka_unit_test(wraps_in_window),
		cmocka_unit_test(faults),
		cmocka_unit_test(mirror_stands_in),
		cmocka_unit_test(containment),
		cmocka_unit_test(dies),
		cmocka_unit_test(one_counter_at_offsets),
		cmocka_unit_test(supplies_that_repeat),
		cmocka_unit_test(equal_load_is_no_mirror),
		cmocka_unit_test(dead_memory_counter),
		cmocka_unit_test(parts_above_whole),
		cmocka_unit_test(levels_break),
		cmocka_unit_test(two_meters_of_one_node),
		cmocka_unit_test(the_machine_and_a_part),
		cmocka_unit_test(measured_beats_modelled),
		cmocka_unit_test(denied_falls_to_model),
		cmocka_unit_test(a_void_is_not_modelled),
		cmocka_unit_test(nothing_at_all),
		cmocka_unit_test(edges),
		cmocka_unit_test(calibration),
		cmocka_unit_test(still_counter_keeps_its_stated_period),
		cmocka_unit_test(power_samples),
		cmocka_unit_test(negative_watts),
		cmocka_unit_test(events),
		cmocka_unit_test(misuse),
	};

	return cmocka_run_group_tests_name("metering", tests, NULL, NULL);
}
