/* Metering: wraps and faults, edges and periods, by a scripted meter and clock. What is summed:
 * test_metering_sum.c. */
#include "metering_script.h"

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
		cmocka_unit_test(delta),
		cmocka_unit_test(wraps_in_window),
		cmocka_unit_test(faults),
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
