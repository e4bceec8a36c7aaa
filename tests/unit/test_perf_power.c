/* The perf power PMU: its folder read from made trees; its counters, where this machine has them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/meter.h"
#include "base/str.h"
#include "scratch.h"

extern const struct meter meter_perf_power;

#define TREES CM_SOURCE_DIR "/tests/data/sysfs/"

struct want { const char *name, *covers, *source; enum cm_scope scope; enum cm_status st; };

static void compare(const char *tree, const struct want *want, size_t n)
{
	const struct meter_from from = { .sysfs_root = tree };
	struct meter_ctx *c = NULL;
	const struct meter_channel *ch;
	struct meter_value v[16];

	assert_int_equal(meter_perf_power.open(&from, &c, NULL), CM_OK);
	assert_int_equal(meter_perf_power.channels(c, &ch), n);
	assert_int_equal(meter_perf_power.read(c, v, NULL), CM_OK);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(ch[i].name, want[i].name);
		assert_string_equal(ch[i].covers, want[i].covers);
		assert_string_equal(ch[i].source, want[i].source);
		assert_int_equal(ch[i].scope, want[i].scope);
		assert_int_equal(ch[i].st, want[i].st);
		assert_int_equal(v[i].st, want[i].st); /* never a value of this machine */
		assert_true(ch[i].reason[0]);
		if (ch[i].st == CM_ABSENT)
			assert_true(fabs(ch[i].step - 1 / 4294967296.0) < 1e-24); /* 2^-32 J */
	}
	meter_perf_power.close(c);
}

static void sockets(void **state)
{
	static const struct want want[] = {
		{ "energy-pkg socket 0", "socket 0", "perf power/energy-pkg/ on CPU 0", CM_SCOPE_PACKAGE,
		  CM_ABSENT },
		{ "energy-pkg socket 1", "socket 1", "perf power/energy-pkg/ on CPU 4", CM_SCOPE_PACKAGE,
		  CM_ABSENT },
		{ "energy-ram socket 0", "socket 0", "perf power/energy-ram/ on CPU 0", CM_SCOPE_DRAM,
		  CM_ABSENT },
		{ "energy-ram socket 1", "socket 1", "perf power/energy-ram/ on CPU 4", CM_SCOPE_DRAM,
		  CM_ABSENT },
		{ "energy-psys CPU 0", "platform (psys)", "perf power/energy-psys/ on CPU 0",
		  CM_SCOPE_NODE, CM_ABSENT },
		{ "energy-psys CPU 4", "platform (psys)", "perf power/energy-psys/ on CPU 4",
		  CM_SCOPE_NODE, CM_ABSENT },
	};

	(void)state;
	compare(TREES "perf-intel", want, CM_COUNT(want));
}

/* Two CPUs of one package in the mask: the counter is the die's. A lost scale is no joule. */
static void dies(void **state)
{
	static const char *const die[] = { "socket 0 die 0", "socket 0 die 1", "socket 1 die 0",
					   "socket 1 die 1" };
	struct want want[12];
	char name[12][64], source[12][64];
	static const char *const event[] = { "energy-pkg", "energy-ram", "energy-psys" };

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		const char *covers = i < 8 ? die[i % 4] : "platform (psys)";

		if (i < 8)
			snprintf(name[i], sizeof name[i], "%s %s", event[i / 4], covers);
		else
			snprintf(name[i], sizeof name[i], "%s CPU %zu", event[i / 4], 2 * (i % 4));
		snprintf(source[i], sizeof source[i], "perf power/%s/ on CPU %zu", event[i / 4],
			 2 * (i % 4));
		want[i] = (struct want){ name[i], covers, source[i],
					 i < 4 ? CM_SCOPE_PACKAGE : i < 8 ? CM_SCOPE_DRAM : CM_SCOPE_NODE,
					 i / 4 == 1 ? CM_UNSUPPORTED : CM_ABSENT };
	}
	compare(TREES "perf-dies", want, CM_COUNT(want));
}

/* CPUs that go to and fro between packages: 0 and 2 are dies of socket 0, 1 and 3 of socket 1. */
static void interleaved(void **state)
{
	static const char *const covers[] = { "socket 0 die 0", "socket 1 die 0", "socket 0 die 1",
					      "socket 1 die 1" };
	struct scratch s;
	struct meter_from from = { .sysfs_root = s.dir };
	struct meter_ctx *c = NULL;
	const struct meter_channel *ch;

	(void)state;
	scratch_begin(&s);
	scratch_put(&s, "sys/bus/event_source/devices/power/type", "9\n");
	scratch_put(&s, "sys/bus/event_source/devices/power/cpumask", "0-3\n");
	scratch_put(&s, "sys/bus/event_source/devices/power/events/energy-pkg", "event=0x02\n");
	scratch_put(&s, "sys/bus/event_source/devices/power/events/energy-pkg.scale",
		    "2.3283064365386962890625e-10\n");
	for (int i = 0; i < 4; i++) {
		char file[96], text[16];

		snprintf(file, sizeof file, "sys/devices/system/cpu/cpu%d/topology/physical_package_id", i);
		snprintf(text, sizeof text, "%d\n", i % 2);
		scratch_put(&s, file, text);
		snprintf(file, sizeof file, "sys/devices/system/cpu/cpu%d/topology/die_id", i);
		snprintf(text, sizeof text, "%d\n", i / 2);
		scratch_put(&s, file, text);
	}
	assert_int_equal(meter_perf_power.open(&from, &c, NULL), CM_OK);
	assert_int_equal(meter_perf_power.channels(c, &ch), 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(ch[i].covers, covers[i]);
	meter_perf_power.close(c);
	scratch_end(&s);
}

static void absent(void **state)
{
	const struct meter_from from = { .sysfs_root = TREES "intel-2s" };
	struct meter_ctx *c = NULL;
	struct cm_err err = { CM_OK, "" };

	(void)state;
	assert_int_equal(meter_perf_power.open(&from, &c, &err), CM_ABSENT);
	assert_non_null(strstr(err.why, "no perf PMU \"power\""));
}

static void here(void **state)
{
	struct meter_ctx *c = NULL;
	struct cm_err err = { CM_OK, "" };
	const struct meter_channel *ch;
	struct meter_value *a, *b;
	size_t n;

	(void)state;
	if (meter_perf_power.open(NULL, &c, &err) != CM_OK) {
		assert_int_equal(err.st, CM_ABSENT);
		print_message("# skip: %s\n", err.why);
		skip();
	}
	n = meter_perf_power.channels(c, &ch);
	a = cm_alloc(n * sizeof *a);
	b = cm_alloc(n * sizeof *b);
	assert_int_equal(meter_perf_power.read(c, a, NULL), CM_OK);
	assert_int_equal(meter_perf_power.read(c, b, NULL), CM_OK);
	for (size_t i = 0; i < n; i++) {
		assert_true((ch[i].st == CM_OK) == !ch[i].reason[0]);
		if (ch[i].st == CM_OK)
			assert_true(a[i].st == CM_OK && b[i].value >= a[i].value);
	}
	free(a);
	free(b);
	meter_perf_power.close(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sockets),
		cmocka_unit_test(dies),
		cmocka_unit_test(interleaved),
		cmocka_unit_test(absent),
		cmocka_unit_test(here),
	};

	return cmocka_run_group_tests_name("perf_power", tests, NULL, NULL);
}
