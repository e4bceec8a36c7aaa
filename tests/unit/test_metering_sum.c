/* Metering: which channels are summed, which mirror or hold each other, and which are left out. */
#include "metering_script.h"

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
	static const double cpu[] = {0, 1000}, one[] = {0, 6000}, two[] = {0, 700},
			    inner[] = {0, 100};
	static const struct script s[] = { { { CH("package-0", PACKAGE, "socket 0") }, cpu },
					   { { CH("gpu0", DEVICE, "0000:41:00.0") }, one },
					   { { CH("gpu1", DEVICE, "0000:c1:00.0") }, two },
					   { { CH("gpu1 memory", CORE, "0000:c1:00.0 memory") }, inner } };
	static const struct {
		enum cm_device_class cls;
		const char *at;
		double j;
		const char *why;
	} rows[] = {
		{CM_CPU, "", 1000, "took no part: the work ran on the processors"},
		{CM_GPU, "0000:41:00.0", 7000, "took no part: the work ran on 0000:41:00"},
		{CM_GPU, "0000:41:00.3", 7000, "took no part"}, /* a partition of that card */
		{CM_GPU, "", 7700, NULL},                       /* not told: all are counted */
		{CM_NODEVICE, "", 7700, NULL},
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

/* Both names of one counter of 1 kJ a second; at readings 5 and 9 an update of 0.4 J fell between
 * the two. Its sums meet again at the next reading. Of the third, each increment differs a little:
 * 0.3 % of power is another device. */
static void an_update_between(void **state)
{
	static double a[20], b[20], c[20];
	static uint64_t t[20];
	static const struct script s[] = { { { CH("gpu-0", DEVICE, "0000:01:00.0") }, a },
					   { { CH("gpu-1", DEVICE, "0000:02:00.0") }, b },
					   { { CH("gpu-2", DEVICE, "0000:03:00.0") }, c } };
	struct metering *m;
	struct metering_result r;

	(void)state;
	for (size_t i = 0; i < 20; i++) {
		t[i] = i * 1000000000u;
		a[i] = 5000 + 1000.0 * (double)i;
		b[i] = 300 + 1000.0 * (double)i + (i == 5 || i == 9 ? 0.4 : 0);
		c[i] = 10 + 1003.0 * (double)i;
	}
	m = open_script(s, 3, t);
	r = window(m, 20);
	assert_true(part(&r, "gpu-0")->counted != part(&r, "gpu-1")->counted);
	assert_true(part(&r, "gpu-2")->counted);
	near(r.joules.value, 19000 + 19057);
	metering_close(m);
}

/* A window of two readings, and an update between the second pair of reads: only what calibration
 * saw can tell. */
static void one_counter_in_a_short_window(void **state)
{
	static double a[60], b[60];
	static const struct script s[] = { { { CH("gpu-0", DEVICE, "0000:01:00.0") }, a },
					   { { CH("gpu-1", DEVICE, "0000:02:00.0") }, b } };
	struct metering *m;
	struct metering_result r;

	(void)state;
	for (size_t i = 0; i < 60; i++) {
		a[i] = 5000 + (double)i;
		b[i] = 300 + (double)i + (i % 10 == 9 ? 0.9 : 0);
	}
	m = open_script(s, 2, NULL);
	tick_ns = 1e6; /* 1 ms, 1 J */
	metering_calibrate(m, 0.028);
	while (reads % 10 != 8)
		metering_calibrate(m, 0.001);
	assert_int_equal(metering_begin(m, NULL), CM_OK);
	assert_int_equal(metering_end(m, &r, NULL), CM_OK);
	near(r.joules.value, part(&r, "gpu-0")->counted ? 1 : 1.9);
	assert_true(part(&r, "gpu-0")->counted != part(&r, "gpu-1")->counted);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bystanders),
		cmocka_unit_test(mirror_stands_in),
		cmocka_unit_test(containment),
		cmocka_unit_test(dies),
		cmocka_unit_test(one_counter_at_offsets),
		cmocka_unit_test(supplies_that_repeat),
		cmocka_unit_test(equal_load_is_no_mirror),
		cmocka_unit_test(an_update_between),
		cmocka_unit_test(one_counter_in_a_short_window),
		cmocka_unit_test(dead_memory_counter),
		cmocka_unit_test(parts_above_whole),
		cmocka_unit_test(levels_break),
		cmocka_unit_test(two_meters_of_one_node),
		cmocka_unit_test(the_machine_and_a_part),
		cmocka_unit_test(measured_beats_modelled),
		cmocka_unit_test(denied_falls_to_model),
		cmocka_unit_test(a_void_is_not_modelled),
		cmocka_unit_test(nothing_at_all),
	};

	return cmocka_run_group_tests_name("metering_sum", tests, NULL, NULL);
}
