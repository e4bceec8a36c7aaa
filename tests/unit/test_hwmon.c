/* The hwmon meter on made trees: what a sensor covers by driver and label, and what is summed. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "api/meter.h"
#include "base/str.h"
#include "engine/metering.h"

extern const struct meter meter_hwmon;

#define TREES CM_SOURCE_DIR "/tests/data/sysfs/"

struct want {
	const char *name, *covers;
	enum cm_scope scope;
	enum cm_channel_kind kind;
	double value;
	enum cm_status st;
};

static void compare(const char *tree, const struct want *want, size_t n)
{
	const struct meter_from from = { .sysfs_root = tree };
	struct meter_ctx *c = NULL;
	const struct meter_channel *ch;
	struct meter_value v[32];

	assert_int_equal(meter_hwmon.open(&from, &c, NULL), CM_OK);
	assert_int_equal(meter_hwmon.channels(c, &ch), n);
	assert_int_equal(meter_hwmon.read(c, v, NULL), CM_OK);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(ch[i].name, want[i].name);
		assert_int_equal(ch[i].kind, want[i].kind);
		assert_int_equal(ch[i].st, want[i].st);
		assert_int_equal(v[i].st, want[i].st);
		assert_true((ch[i].st == CM_OK) == !ch[i].reason[0]);
		assert_string_equal(ch[i].unit, ch[i].kind == CM_POWER_SAMPLE ? "W" : "J");
		if (ch[i].st == CM_UNSUPPORTED)
			continue;
		assert_string_equal(ch[i].covers, want[i].covers);
		assert_int_equal(ch[i].scope, want[i].scope);
		if (ch[i].st == CM_OK && fabs(v[i].value - want[i].value) > 1e-9)
			fail_msg("%s: %.12g, want %.12g", ch[i].name, v[i].value, want[i].value);
	}
	meter_hwmon.close(c);
}

#define P CM_POWER_SAMPLE
#define E CM_ENERGY_COUNTER

static void grace(void **state)
{
	static const struct want want[] = {
		{ "power_meter.0 power1 Module Power Socket 0", "module 0", CM_SCOPE_NODE, P, 620, CM_OK },
		{ "power_meter.1 power1 Grace Power Socket 0", "socket 0", CM_SCOPE_PACKAGE, P, 310, CM_OK },
		{ "power_meter.2 power1 CPU Power Socket 0", "socket 0", CM_SCOPE_CORE, P, 205, CM_OK },
		{ "power_meter.3 power1 SysIO Power Socket 0", "socket 0 SysIO", CM_SCOPE_CORE, P, 42,
		  CM_OK },
		{ "power_meter.4 power1 Module Power Socket 1", "module 1", CM_SCOPE_NODE, P, 620, CM_OK },
		{ "power_meter.5 power1 Grace Power Socket 1", "socket 1", CM_SCOPE_PACKAGE, P, 310, CM_OK },
		{ "power_meter.6 power1 CPU Power Socket 1", "socket 1", CM_SCOPE_CORE, P, 205, CM_OK },
		{ "power_meter.7 power1 SysIO Power Socket 1", "socket 1 SysIO", CM_SCOPE_CORE, P, 42,
		  CM_OK },
	};

	(void)state;
	compare(TREES "grace", want, CM_COUNT(want));
}

/* hwmon10 is after hwmon9, and a card is known by its PCI address, not by its number. */
static void cards(void **state)
{
	static const struct want want[] = {
		{ "xe.2 energy1 card", "0000:83:00.0", CM_SCOPE_DEVICE, E, 5000, CM_OK },
		{ "xe.2 energy2 pkg", "0000:83:00.0 package", CM_SCOPE_CORE, E, 4000, CM_OK },
		{ "amdgpu.9 power1 PPT", "0000:c3:00.0", CM_SCOPE_DEVICE, P, 136, CM_OK },
		{ "amdgpu.10 power1 slowPPT", "socket 0", CM_SCOPE_PACKAGE, P, 41, CM_OK },
	};

	(void)state;
	compare(TREES "cards", want, CM_COUNT(want));
}

static void board(void **state)
{
	static const struct want want[] = {
		{ "ibm-cffps.0 power1 pin", "power supply 0", CM_SCOPE_WALL, P, 250, CM_OK },
		{ "ibm-cffps.0 power2 pout1", "", 0, P, 0, CM_UNSUPPORTED },
		{ "ibm-cffps.1 power1 pin", "power supply 1", CM_SCOPE_WALL, P, 260, CM_OK },
		{ "ibm-cffps.1 power2 pout1", "", 0, P, 0, CM_UNSUPPORTED },
		{ "ina226.2 power1 input", "", 0, P, 0, CM_UNSUPPORTED },
		{ "smpro_hwmon.3 power1 CPU power", "processor 3 CPU power", CM_SCOPE_PACKAGE, P, 90,
		  CM_OK },
		{ "smpro_hwmon.3 power2 SOC power", "processor 3 SOC power", CM_SCOPE_PACKAGE, P, 30,
		  CM_OK },
		{ "smpro_hwmon.3 power3 DIMM VRD1 power", "memory 3 DIMM VRD1 power", CM_SCOPE_DRAM, P,
		  8, CM_OK },
		{ "smpro_hwmon.3 power4 DIMM VRD2 power", "memory 3 DIMM VRD2 power", CM_SCOPE_DRAM, P,
		  9, CM_OK },
		{ "power_meter.4 power1 average", "this machine", CM_SCOPE_NODE, P, 0, CM_ABSENT },
		{ "BAT0.5 power1 input", "", 0, P, 0, CM_UNSUPPORTED },
		{ "pmbus.6 power1 pin", "", 0, P, 0, CM_UNSUPPORTED },
	};

	(void)state;
	compare(TREES "board", want, CM_COUNT(want));
}

static void periods_and_bands(void **state)
{
	const struct meter_from from = { .sysfs_root = TREES "grace" };
	struct meter_ctx *c = NULL;
	const struct meter_channel *ch;

	(void)state;
	assert_int_equal(meter_hwmon.open(&from, &c, NULL), CM_OK);
	meter_hwmon.channels(c, &ch);
	assert_int_equal(ch[0].refresh_ns, 50000000);
	assert_true(fabs(ch[0].err_hi - 0.025) < 1e-12); /* stated right to 97.50 % */
	assert_non_null(strstr(ch[0].err_source, "power1_accuracy"));
	meter_hwmon.close(c);
}

static uint64_t clock_ns;

static uint64_t test_clock(void)
{
	return clock_ns;
}

static struct metering_result window(const char *tree, struct metering **m)
{
	static const struct meter *const meters[] = { &meter_hwmon, NULL };
	const struct metering_options o = { .sysfs_root = tree, .meters = meters,
					    .now_ns = test_clock };
	struct metering_result r;

	assert_int_equal(metering_open(&o, m, NULL), CM_OK);
	assert_int_equal(metering_begin(*m, NULL), CM_OK);
	for (int i = 0; i < 9; i++) {
		clock_ns += 1000000000;
		assert_int_equal(metering_poll(*m, NULL), CM_OK);
	}
	clock_ns += 1000000000;
	assert_int_equal(metering_end(*m, &r, NULL), CM_OK);
	return r;
}

/* 10 s of a steady machine. Grace sockets: 2 x 310 W, not the modules and not their parts.
 * Ampere: processor rails 90 + 30 W and memory 8 + 9 W, not the supplies' 510 W around them. */
static void sums(void **state)
{
	struct metering *m = NULL;
	struct metering_result r = window(TREES "grace", &m);

	(void)state;
	assert_true(fabs(r.joules.value - 6200) < 1e-6);
	assert_string_equal(r.scope, "package");
	assert_string_equal(r.covers, "socket 0, socket 1");
	metering_close(m);
	r = window(TREES "board", &m);
	assert_true(fabs(r.joules.value - 1370) < 1e-6);
	assert_string_equal(r.scope, "package + dram");
	metering_close(m);
}

static void absent(void **state)
{
	const struct meter_from from = { .sysfs_root = TREES "intel-2s" };
	struct meter_ctx *c = NULL;
	struct cm_err err = { CM_OK, "" };

	(void)state;
	assert_int_equal(meter_hwmon.open(&from, &c, &err), CM_ABSENT);
	assert_non_null(strstr(err.why, "no hardware monitors"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grace),
		cmocka_unit_test(cards),
		cmocka_unit_test(board),
		cmocka_unit_test(periods_and_bands),
		cmocka_unit_test(sums),
		cmocka_unit_test(absent),
	};

	return cmocka_run_group_tests_name("hwmon", tests, NULL, NULL);
}
