/* Batteries as a meter: watts while they feed the machine, and nothing on mains or of other things' cells. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "api/meter.h"
#include "base/str.h"
#include "engine/metering.h"
#include "scratch.h"

extern const struct meter meter_power_supply;

static struct scratch dir;
static uint64_t clock_ns;

static uint64_t test_clock(void)
{
	return clock_ns;
}

static void says(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("expected \"%s\" in \"%s\"", part, text ? text : "(nothing)");
}

static void put(const char *file, const char *text)
{
	char *path = cm_printf_dup("sys/class/power_supply/%s", file);

	scratch_put(&dir, path, text);
	free(path);
}

static void battery(const char *name, const char *status, const char *power)
{
	static const char *const files[] = { "type", "present", "status", "power_now" };
	const char *const texts[] = { "Battery\n", "1\n", status, power };

	for (size_t i = 0; i < CM_COUNT(files); i++) {
		char *path = cm_printf_dup("%s/%s", name, files[i]);

		if (texts[i])
			put(path, texts[i]);
		free(path);
	}
}

static struct metering *opened(void)
{
	static const struct meter *const meters[] = { &meter_power_supply, NULL };
	const struct metering_options o = { .sysfs_root = dir.dir, .meters = meters, .now_ns = test_clock };
	struct metering *m = NULL;

	assert_int_equal(metering_open(&o, &m, NULL), CM_OK);
	return m;
}

/* Read at 0 s and 10 s of 20 s, then `path` is changed, and at the end. */
static struct metering_result window(struct metering *m, const char *path, const char *text)
{
	struct metering_result r;

	assert_int_equal(metering_begin(m, NULL), CM_OK);
	clock_ns += 10000000000;
	assert_int_equal(metering_poll(m, NULL), CM_OK);
	put(path, text);
	clock_ns += 10000000000;
	assert_int_equal(metering_end(m, &r, NULL), CM_OK);
	return r;
}

/* One battery gives 12 W, then 18 W; the other rests; the mouse's is not the machine's.
 * 10 s x 12 W + 10 s x (12 + 18) / 2 W = 270 J */
static void discharging(void **state)
{
	struct metering *m;
	struct metering_result r;

	(void)state;
	battery("BAT0", "Discharging\n", "12000000\n");
	battery("BAT1", "Not charging\n", "0\n");
	battery("hidpp_battery_0", "Discharging\n", "900000\n");
	put("hidpp_battery_0/scope", "Device\n");
	put("AC/type", "Mains\n");
	put("AC/online", "0\n");
	m = opened();
	r = window(m, "BAT0/power_now", "18000000\n");
	assert_null(r.joules.missing);
	assert_true(fabs(r.joules.value - 270) < 1e-6);
	assert_string_equal(r.scope, "node");
	assert_string_equal(r.covers, "this machine");
	says(r.note, "with the screen");
	metering_close(m);
}

/* Microamperes (negative while discharging, in some drivers) by microvolts: 1.5 A x 11.4 V = 17.1 W,
 * and the second battery's 2.9 W beside them. */
static void current_and_voltage(void **state)
{
	struct metering *m;
	struct metering_result r;

	(void)state;
	battery("BAT0", "Discharging\n", NULL);
	put("BAT0/current_now", "-1500000\n");
	put("BAT0/voltage_now", "11400000\n");
	battery("BAT1", "Discharging\n", "-2900000\n");
	m = opened();
	r = window(m, "BAT0/status", "Discharging\n");
	assert_null(r.joules.missing);
	assert_true(fabs(r.joules.value - 400) < 1e-6); /* 20 W x 20 s */
	metering_close(m);
}

static void mains(void **state)
{
	struct metering *m;
	struct metering_result r;
	const struct metering_channel *ch;

	(void)state;
	battery("BAT0", "Discharging\n", "12000000\n");
	put("ucsi-source-psy-USBC000:001/type", "USB\n");
	put("ucsi-source-psy-USBC000:001/online", "0\n");
	m = opened();
	r = window(m, "ucsi-source-psy-USBC000:001/online", "1\n"); /* plugged in within the window */
	says(r.joules.missing, "a reading failed in the window");
	metering_close(m);

	m = opened(); /* and before it */
	assert_int_equal(metering_channels(m, &ch), 1);
	assert_int_equal(ch[0].st, CM_ABSENT);
	says(ch[0].reason, "on mains");
	metering_close(m);
}

static void silent(void **state)
{
	struct metering *m;
	const struct metering_channel *ch;

	(void)state;
	battery("BAT0", "Discharging\n", NULL);
	m = opened();
	metering_channels(m, &ch);
	assert_int_equal(ch[0].st, CM_ABSENT);
	says(ch[0].reason, "does not say how many watts");
	metering_close(m);
	battery("BAT0", "Full\n", "0\n");
	m = opened();
	metering_channels(m, &ch);
	says(ch[0].reason, "no battery gives power now"); /* and not 0 W */
	metering_close(m);
}

static void absent(void **state)
{
	const struct meter_from from = { .sysfs_root = dir.dir };
	struct meter_ctx *c = NULL;
	struct cm_err err = { CM_OK, "" };

	(void)state;
	battery("BAT0", "Discharging\n", "1\n");
	put("BAT0/present", "0\n");
	assert_int_equal(meter_power_supply.open(&from, &c, &err), CM_ABSENT);
	says(err.why, "no battery of this machine");
}

static int fresh(void **state)
{
	(void)state;
	scratch_begin(&dir);
	return 0;
}

static int clear(void **state)
{
	(void)state;
	scratch_end(&dir);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(discharging), TEST(current_and_voltage), TEST(mains), TEST(silent), TEST(absent),
	};

	return cmocka_run_group_tests_name("power_supply", tests, NULL, NULL);
}
