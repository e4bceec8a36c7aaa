/* Rows' energy from launches' summaries, with the arithmetic beside each; and the steady state
 * around a window. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "engine/rows_energy.h"
#include "engine/rows_events.h"
#include "engine/steady.h"
#include "scratch.h"

#define MOST 8

static struct cmj *summary(const char *text)
{
	struct cmj *j = NULL;
	struct cm_err err;

	assert_int_equal(cmj_parse(text, strlen(text), "summary", &j, &err), CM_OK);
	return j;
}

/* n launches of 100 iterations of 2 units of work each, with these joules; more: further members.
 */
static struct result_row row_of(const double *joules, size_t n, const char *more, struct pool *pool)
{
	struct result_row row = {.work = 2, .joules_scope = ""};
	struct cmj *s[MOST] = {NULL};
	char text[2000];

	for (size_t i = 0; i < n; i++) {
		snprintf(text, sizeof text,
			 "{\"joules\":%.17g,\"joules_lo\":%.17g,\"joules_hi\":%.17g,\"joules_"
			 "basis\":\"measured\","
			 "\"timed_iterations\":100,\"window_s\":10,\"scope\":\"package\",\"meter\":"
			 "\"m\"%s}",
			 joules[i], joules[i] - 1, joules[i] + 1, more);
		s[i] = summary(text);
	}
	rows_energy((const struct cmj *const *)s, n, "no meter", "element", pool, &row);
	for (size_t i = 0; i < n; i++)
		cmj_free(s[i]);
	return row;
}

static void says(const char *text, const char *want)
{
	if (!text || !strstr(text, want))
		fail_msg("expected \"%s\" in \"%s\"", want, text ? text : "(nothing)");
}

static void near(double got, double want)
{
	if (!(fabs(got - want) <= 1e-9 * fmax(1, fabs(want))))
		fail_msg("got %.12g, want %.12g", got, want);
}

/* 1000 FLOP by the formula, 100 iterations: two windows in which the events counted 98 000 and 102 000
 * are shares of 0.98 and 1.02; a window without them is not counted as 0. */
static void flop_events(void **state)
{
	static const char *const text[] = {
		"{\"timed_iterations\":100,\"counts\":{\"flops-fp64\":98000,\"flops-fp32\":7},"
		"\"counts_missing\":{}}",
		"{\"timed_iterations\":100,\"counts\":{\"flops-fp64\":102000},\"counts_missing\":{}"
		"}",
		"{\"timed_iterations\":100,\"counts\":{},\"counts_missing\":{\"flops-fp64\":"
		"\"taken\"}}",
	};
	struct result_row row = { .type = "fp64", .flops = 1000,
				  .roofline_share = cm_figure_range(0.5, 0.5, 0.5, "", 1, CM_MEASURED) };
	struct pool pool = {0};
	struct cmj *s[3], *o = cmj_object();

	(void)state;
	for (size_t i = 0; i < 3; i++)
		s[i] = summary(text[i]);
	rows_events((const struct cmj *const *)s, 3, &pool, &row);
	assert_null(row.flop_events.missing);
	near(row.flop_events.value, 1);
	near(row.flop_events.lo, 0.98);
	near(row.flop_events.hi, 1.02);
	rows_events_json(&row, o);
	near(cmj_double(cmj_get(o, "flop_events_share"), NAN), 1);
	near(cmj_double(cmj_get(o, "roofline_share_by_events"), NAN), 0.5);
	cmj_free(o);
	rows_events((const struct cmj *const *)s + 2, 1, &pool, &row);
	says(row.flop_events.missing, "flops-fp64: taken");
	row.type = "fp16";
	rows_events((const struct cmj *const *)s, 3, &pool, &row);
	says(row.flop_events.missing, "no event counts fp16");
	row.flops = 0;
	rows_events((const struct cmj *const *)s, 3, &pool, &row);
	says(row.flop_events.missing, "does no FLOP");
	for (size_t i = 0; i < 3; i++)
		cmj_free(s[i]);
	pool_free(&pool);
}

static void gross_and_net(void **state)
{
	static const double j[] = {400, 420};
	struct pool pool = {0};
	/* 10 s at (11 + 13) / 2 = 12 W of idle: 120 J of each launch are not the work's. */
	struct result_row r = row_of(j, 2,
				     ",\"idle_before_w\":11,\"idle_after_w\":13,\"net_joules\":290,"
				     "\"net_joules_lo\":270,\"net_joules_hi\":311",
				     &pool);

	(void)state;
	near(r.joules.value, 820.0 / 400);
	near(r.energy.net.value, 580.0 / 400);
	near(r.energy.net.lo, 540.0 / 400);
	near(r.energy.net.hi, 622.0 / 400);
	assert_int_equal(r.energy.net.basis, CM_DERIVED);
	near(r.energy.idle_before.value, 11);
	near(r.energy.idle_after.value, 13);
	r = row_of(j, 2, ",\"idle_before_missing\":\"the meter needs 2 s\",\"idle_after_w\":13",
		   &pool);
	assert_false(r.joules.missing != NULL);
	assert_string_equal(r.energy.net.missing, "the meter needs 2 s");
	assert_string_equal(r.energy.idle_before.missing, "the meter needs 2 s");
	r = row_of(j, 0, "", &pool);
	assert_string_equal(r.joules.missing, "no meter");
	assert_string_equal(r.energy.net.missing, "no meter");
	pool_free(&pool);
}

/* What the harness' part of a window drew is not the work's: the lower end is without it, and a window
 * that is mostly the harness' gives no figure. */
static void share_of_work(void **state)
{
	static const double j[] = {400, 420};
	struct pool pool = {0};
	struct result_row r = row_of(j, 2, ",\"work_share\":0.95", &pool);

	(void)state;
	near(r.joules.value, 820.0 / 400);
	near(r.joules.lo, (818 - 0.05 * 820) / 400);
	near(r.joules.hi, 822.0 / 400);
	near(r.energy.watts.value, 820.0 / 20); /* two windows of 10 s */
	near(r.energy.watts.lo, (818 - 0.05 * 820) / 20);
	r = row_of(j, 2, ",\"work_share\":0.89", &pool);
	says(r.joules.missing, "less than nine tenths");
	says(r.energy.watts.missing, "less than nine tenths");
	assert_int_equal(r.energy.windows, 0);
	pool_free(&pool);
}

static void stop_rule(void **state)
{
	static const double one[] = {400}, five[] = {400, 402, 398, 401, 399},
			    wide[] = {400, 500, 300, 450, 350},
			    drift[] = {400, 401, 402, 440, 441, 442};
	struct pool pool = {0};
	struct result_row r = row_of(one, 1, "", &pool);

	(void)state;
	says(r.energy.stop, "1 window, fewer than 5");
	assert_true(isnan(r.energy.half_share));
	r = row_of(five, 2, "", &pool);
	says(r.energy.stop, "2 windows, fewer than 5");
	r = row_of(five, 5, "", &pool);
	/* J per unit 2, 2.01, 1.99, 2.005, 1.995: sd sqrt(2.5e-4 / 4), t(4) 2.776: half 0.009815 =
	 * 0.4908 %. */
	assert_true(fabs(r.energy.half_share - 2.7764 * sqrt(2.5e-4 / 4 / 5) / 2) < 1e-6);
	assert_int_equal(r.energy.windows, 5);
	assert_string_equal(r.energy.stop, "5 windows, half width 0.49 % of the mean");
	r = row_of(wide, 5, "", &pool);
	says(r.energy.stop, "above 2 %");
	r = row_of(drift, 6, "", &pool);
	says(r.energy.stop, "the later windows differ from the earlier ones");
	pool_free(&pool);
}

/* Which rule stopped the launches, how warm they began, and what the meters say. */
static void stopped_and_cooled(void **state)
{
	static const double five[] = {400, 402, 398, 401, 399};
	struct pool pool = {0};
	struct result_row r =
		row_of(five, 5,
		       ",\"joules_stopped_by\":\"budget\",\"joules_stop_says\":\"stopped by the budget of "
		       "60 s\",\"meter_note\":\"without acme: it hung\",\"cooling\":{\"sensor\":\"card\","
		       "\"first_c\":40,\"start_c\":41.5,\"end_c\":70,\"waited_s\":0.5,\"says\":\"\"}",
		       &pool);

	(void)state;
	assert_string_equal(r.energy.stopped_by, "budget");
	assert_string_equal(r.energy.stop, "5 windows, half width 0.49 % of the mean; stopped by the "
					   "budget of 60 s");
	assert_string_equal(r.energy.note, "without acme: it hung");
	assert_string_equal(r.energy.cooling,
			    "card: launches began at 41.5 to 41.5 °C (40.0 before the first) and ended "
			    "at up to 70.0; 2.5 s were waited for it to cool down");
	near(r.energy.start_c, 41.5);
	near(r.energy.end_c, 70);
	near(r.energy.waited_s, 2.5); /* five times half a second */
	r = row_of(five, 5, ",\"cooling\":{\"waited_s\":0,\"says\":\"no temperature sensor here\"}", &pool);
	assert_null(r.energy.stopped_by);
	assert_string_equal(r.energy.cooling, "no temperature sensor here");
	assert_true(isnan(r.energy.start_c));
	pool_free(&pool);
}

static void limits_and_held(void **state)
{
	static const double j[] = {400, 420};
	struct pool pool = {0};
	struct result_row r = row_of(
		j, 2,
		",\"readings\":[{\"channel\":\"card\",\"limit_w\":250,\"usual_limit_w\":300}],"
		"\"held\":[{\"what\":\"power limit\",\"s\":2},{\"what\":\"thermal "
		"limit\",\"s\":0.05}]",
		&pool);

	(void)state;
	assert_string_equal(r.energy.limits, "card 250 W (usual 300 W)");
	/* 2 of 10 s, twice; 0.05 of 10 s is below a hundredth. */
	assert_string_equal(r.energy.held, "power limit for 20 % of the time");
	near(r.energy.held_share, 0.2);
	r = row_of(j, 2, ",\"held\":[{\"what\":\"power limit\",\"s\":0}]", &pool);
	assert_string_equal(r.energy.held, "by none of 1 limits for more than 1 % of the time");
	near(r.energy.held_share, 0);
	r = row_of(j, 2, "", &pool);
	says(r.energy.held, "not known");
	says(r.energy.limits, "not known");
	assert_true(isnan(r.energy.held_share));
	pool_free(&pool);
}

static void put(struct scratch *s, const char *dir, const char *name, const char *text)
{
	char path[300];
	struct cm_err err;

	snprintf(path, sizeof path, "%s/%s", s->dir, dir);
	assert_int_equal(file_mkdirs(path, &err), CM_OK);
	snprintf(path, sizeof path, "%s/%s", dir, name);
	scratch_write(s, path, text, strlen(text));
}

/* What is said of a window of ten seconds after four of warm-up, with a package sensor at these
 * temperatures. */
static struct cmj *judged(const char *c0, const char *c1, const char *c2,
			  const struct metering_result *r)
{
	static const char zone[] = "sys/class/thermal/thermal_zone0";
	static struct steady st;
	struct scratch s;
	struct cmj *j;

	scratch_begin(&s);
	put(&s, zone, "type", "x86_pkg_temp\n");
	put(&s, zone, "temp", c0);
	put(&s, "sys/class/hwmon/hwmon0", "name", "nvme\n");
	put(&s, "sys/class/hwmon/hwmon0", "temp1_input",
	    "71000\n"); /* the hottest, and always so */
	put(&s, "sys/class/hwmon/hwmon0", "temp1_label", "Composite\n");
	steady_open(s.dir, NULL, &st);
	assert_int_equal(st.n, 2);
	steady_read(&st, STEADY_BEFORE, 100);
	put(&s, zone, "temp", c1);
	steady_read(&st, STEADY_BEGIN, 104);
	put(&s, zone, "temp", c2);
	steady_read(&st, STEADY_END, 114);
	j = steady_judge(&st, r);
	scratch_end(&s);
	return j;
}

static void check(struct cmj *j, bool steady, const char *part)
{
	says(cmj_text(cmj_get(j, "says"), NULL), part);
	assert_int_equal(cmj_is_true(cmj_get(j, "steady")), steady);
	cmj_free(j);
}

static void temperatures(void **state)
{
	static const double at[] = {2.5, 5, 7.5, 10}, flat[] = {100, 100, 100, 100},
			    falls[] = {110, 110, 100, 100};
	struct metering_result r = {.joules = cm_figure_missing("J", "no meter")};
	static struct steady none;

	(void)state;
	check(judged("50000\n", "50500\n", "51000\n", &r), true, "steady: x86_pkg_temp went from");
	check(judged("40000\n", "62000\n", "62500\n", &r), false,
	      "not steady: x86_pkg_temp went from 40.0 to 62.0 °C in 4 s before the window");
	check(judged("50000\n", "50000\n", "59000\n", &r), false,
	      "from 50.0 to 59.0 °C in 10 s of the window");
	/* A sensor that fails is left out; the other still stands. */
	check(judged("50000\n", "no number\n", "59000\n", &r), true,
	      "nvme Composite went from 71.0 to 71.0");
	r = (struct metering_result){.joules = cm_figure(1000, "J", CM_MEASURED),
				     .window_s = 10,
				     .at_s = at,
				     .at_w = flat,
				     .at_n = 4};
	check(judged("50000\n", "50000\n", "50000\n", &r), true, "power changed by +0.0 %");
	r.at_w = falls; /* 110 W for 5 s, then 100 W */
	check(judged("50000\n", "50000\n", "50000\n", &r), false, "power changed by -9.1 %");
	r = (struct metering_result){.joules = cm_figure_missing("J", "no meter")};
	struct cmj *j = steady_judge(&none, &r);
	check(j, false, "not watched");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flop_events),
		cmocka_unit_test(gross_and_net),
		cmocka_unit_test(share_of_work),
		cmocka_unit_test(stop_rule),
		cmocka_unit_test(stopped_and_cooled),
		cmocka_unit_test(limits_and_held),
		cmocka_unit_test(temperatures),
	};

	return cmocka_run_group_tests_name("rows' energy", tests, NULL, NULL);
}
