/* The wall meter's log: columns by name and by mapping, times, gaps, old lines, and every broken line. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/meter.h"
#include "base/str.h"
#include "scratch.h"

extern const struct meter meter_wall_csv;

static struct scratch s;

static void says(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("expected \"%s\" in \"%s\"", part, text ? text : "(nothing)");
}

/* "{N}" in the text stands for the time N seconds before now, in this form ("" = seconds since 1970). */
static const char *write_log(const char *text, const char *form)
{
	struct str out = { 0 };

	for (const char *p = text; *p; p++) {
		char *end = NULL, when[64];
		time_t t;

		if (*p != '{') {
			str_addc(&out, *p);
			continue;
		}
		t = time(NULL) - (time_t)strtol(p + 1, &end, 10);
		snprintf(when, sizeof when, "%lld", (long long)t);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the rows below */
		if (*form)
			strftime(when, sizeof when, form, gmtime(&t));
#pragma GCC diagnostic pop
		str_add(&out, when);
		p = end;
	}
	scratch_write(&s, "log.csv", str_get(&out), out.len);
	str_free(&out);
	return scratch_path(&s, "log.csv");
}

static enum cm_status opened(const char *wall, struct meter_ctx **c, struct cm_err *err)
{
	const struct meter_from from = { .wall = wall };

	*err = (struct cm_err){ CM_OK, "" };
	return meter_wall_csv.open(&from, c, err);
}

static struct meter_value reading(const char *text, const char *form, const char *map, double step)
{
	char *wall = cm_printf_dup("%s%s", write_log(text, form), map);
	const struct meter_channel *ch;
	struct meter_ctx *c = NULL;
	struct meter_value v = { 0, CM_OK };
	struct cm_err err;

	if (opened(wall, &c, &err))
		fail_msg("%s: %s", text, err.why);
	assert_int_equal(meter_wall_csv.channels(c, &ch), 1);
	assert_int_equal(ch->scope, CM_SCOPE_WALL);
	assert_string_equal(ch->covers, CM_COVERS_MACHINE);
	assert_true(fabs(ch->step - step) < 1e-9 * step);
	assert_int_equal(meter_wall_csv.read(c, &v, NULL), CM_OK);
	meter_wall_csv.close(c);
	free(wall);
	return v;
}

static void columns(void **state)
{
	static const struct { const char *text, *form, *map; double step, value; } rows[] = {
		{ "time,watts\n{2},400\n{1},410.5\n", "", "", 0.1, 410.5 },
		{ "Timestamp,Voltage,Active Power (W)\n{1},230,777\n", "%Y-%m-%dT%H:%M:%SZ", "", 0.1, 777 },
		{ "Date,kW\n{1},0.5\n", "%Y-%m-%d %H:%M:%S", "", 0.1, 500 },
		{ "Date,kW\n{-3599},0.5\n", "%Y-%m-%d %H:%M:%S", ":zone=+01:00", 0.1, 500 },
		{ "a,b,c\n{1},7,42\n", "", ":time=a,watts=c", 0.1, 42 },
		{ "time,watts,out\n{1},7,42\n", "", ":watts=out", 0.1, 42 },
		{ "time,Energy kWh\n{1},2.5\n", "", "", 36000, 9e6 },
		{ "time,meter\n{1},3\n", "", ":wh=meter", 36, 10800 },
		{ "time,joules\n{1},12345\n", "", "", 0.01, 12345 },
		/* The last line is being written: 4 of 400 is no reading. */
		{ "time,watts\n{2},300\n{1},4", "", "", 0.1, 300 },
		{ "time,watts\n{2},300\n{1}", "", "", 0.1, 300 },
		{ "time,watts\n{3},300\n{1},\n", "", "", 0.1, 300 }, /* the meter had none */
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		struct meter_value v = reading(rows[i].text, rows[i].form, rows[i].map, rows[i].step);

		if (v.st || fabs(v.value - rows[i].value) > 1e-9 * rows[i].value)
			fail_msg("%s%s: %d, %.12g", rows[i].text, rows[i].map, v.st, v.value);
	}
}

static void no_reading_of_now(void **state)
{
	(void)state;
	assert_int_equal(reading("time,watts\n{1000},300\n", "", "", 0.1).st, CM_ABSENT);  /* old */
	assert_int_equal(reading("time,watts\n{-1000},300\n", "", "", 0.1).st, CM_ABSENT); /* of the future */
	assert_int_equal(reading("time,watts\n", "", "", 0.1).st, CM_ABSENT);
	/* One reading a second, then nothing for a minute: what lay between is not known. */
	assert_int_equal(
		reading("time,watts\n{66},300\n{65},300\n{64},300\n{63},300\n{1},300\n", "", "", 0.1)
			.st,
		CM_ABSENT);
	/* One a minute is no gap. */
	assert_int_equal(
		reading("time,watts\n{190},300\n{130},300\n{70},300\n{10},300\n", "", "", 0.1).st,
		CM_OK);
}

static void grows(void **state)
{
	const struct meter_channel *ch;
	struct meter_ctx *c = NULL;
	struct meter_value v;
	struct cm_err err;
	uint64_t first;

	(void)state;
	assert_int_equal(opened(write_log("time,watts\n{3},300\n", ""), &c, &err), CM_OK);
	meter_wall_csv.channels(c, &ch);
	meter_wall_csv.read(c, &v, &err);
	assert_true(v.st == CM_OK && v.value == 300);
	first = ch->taken_ns;
	write_log("time,watts\n{3},300\n{0},500\n", "");
	meter_wall_csv.read(c, &v, &err);
	assert_true(v.st == CM_OK && v.value == 500);
	assert_true(ch->taken_ns > first);
	remove(scratch_path(&s, "log.csv"));
	meter_wall_csv.read(c, &v, &err);
	assert_int_equal(v.st, CM_ABSENT);
	meter_wall_csv.close(c);
}

static void refused(void **state)
{
	static const struct { const char *text, *map, *says; } rows[] = {
		{ "a,b\n1,2\n", "", ":1:1: no column of times" },
		{ "time,b\n1,2\n", "", "no column of watts or energy" },
		{ "time,watts\nnoon,2\n", "", ":2:1: 'noon' is no time" },
		{ "time,watts\n{1},much\n", "", "'much' is no reading" },
		{ "time,watts\n{1},-3\n", "", "'-3' is no reading" },
		{ "time,watts\n{1},nan\n", "", "'nan' is no reading" },
		{ "time,watts\n{1}\n", "", ":2:1: 1 cells, where column 2 is wanted" },
		{ "time,watts\n{1},3\n{9},3\n", "", ":3:1: the time goes back by 8 s" },
		{ "time,watts\n{1},3\n", ":watts=out", "no column of watts" },
		{ "time,watts\n{1},3\n", ":zone=CET", "zone=CET is no offset" },
		{ "time,watts\n{1},3\n", ":time=time,volts=x", "there is no 'volts='" },
		{ "", "", ":1:1: no line that names the columns" },
	};
	struct meter_ctx *c = NULL;
	struct cm_err err;

	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		char *wall = cm_printf_dup("%s%s", write_log(rows[i].text, ""), rows[i].map);

		assert_int_equal(opened(wall, &c, &err), CM_EINPUT);
		says(err.why, rows[i].says);
		free(wall);
	}
	assert_int_equal(opened("/nowhere.csv", &c, &err), CM_EINPUT);
	says(err.why, "no such file");
	assert_int_equal(opened(NULL, &c, &err), CM_ABSENT);
}

static int begin(void **state)
{
	(void)state;
	scratch_begin(&s);
	return 0;
}

static int end(void **state)
{
	(void)state;
	scratch_end(&s);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns),
		cmocka_unit_test(no_reading_of_now),
		cmocka_unit_test(grows),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests_name("wall_csv", tests, begin, end);
}
