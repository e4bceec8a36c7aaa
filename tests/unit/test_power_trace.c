/* Power over time within a window, and load levels: with a meter and a clock that do as they are told. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "engine/load_levels.h"
#include "engine/metering.h"

/* Socket 0 draws 100 W until 5 s and 200 W after; socket 1 draws 50 W; a zone within socket 0 draws 40 W. */
static double now_s;

static uint64_t test_clock(void)
{
	return (uint64_t)llround(now_s * 1e9);
}

struct meter_ctx { struct meter_channel ch[3]; };

static enum cm_status open_three(const struct meter_from *from, struct meter_ctx **out, struct cm_err *err)
{
	static const struct { const char *name, *covers; enum cm_scope scope; } ch[] = {
		{ "package-0", "socket 0", CM_SCOPE_PACKAGE }, { "package-1", "socket 1", CM_SCOPE_PACKAGE },
		{ "core", "socket 0", CM_SCOPE_CORE },
	};

	(void)from, (void)err;
	*out = cm_alloc(sizeof **out);
	for (size_t i = 0; i < CM_COUNT(ch); i++) {
		struct meter_channel *c = &(*out)->ch[i];

		strcpy(c->name, ch[i].name);
		strcpy(c->covers, ch[i].covers);
		c->scope = ch[i].scope;
		c->unit = "J";
		c->step = 1e-4;
		c->refresh_ns = 1000000;
	}
	return CM_OK;
}

static size_t channels(struct meter_ctx *c, const struct meter_channel **out)
{
	*out = c->ch;
	return 3;
}

static enum cm_status read_three(struct meter_ctx *c, struct meter_value *v, struct cm_err *err)
{
	(void)c, (void)err;
	v[0] = (struct meter_value){ 7000 + 100 * now_s + 100 * fmax(0, now_s - 5), CM_OK };
	v[1] = (struct meter_value){ 300 + 50 * now_s, CM_OK };
	v[2] = (struct meter_value){ 90 + 40 * now_s, CM_OK };
	return CM_OK;
}

static void close_three(struct meter_ctx *c)
{
	free(c);
}

static const struct meter three = {
	.abi = CM_METER_ABI, .name = "three", .desc = "", .open = open_three, .close = close_three,
	.channels = channels, .read = read_three,
};
static const struct meter *const meters[] = { &three, NULL };

static struct metering *open_meter(void)
{
	const struct metering_options o = { .meters = meters, .now_ns = test_clock };
	struct metering *m = NULL;

	now_s = 100;
	assert_int_equal(metering_open(&o, &m, NULL), CM_OK);
	now_s = 0;
	return m;
}

/* 10 s with a poll each step; what it drew over time. */
static struct metering_result ten_seconds(struct metering *m, double step)
{
	struct metering_result r;

	assert_int_equal(metering_begin(m, NULL), CM_OK);
	for (now_s = step; now_s < 10 - step / 2; now_s += step)
		assert_int_equal(metering_poll(m, NULL), CM_OK);
	now_s = 10;
	assert_int_equal(metering_end(m, &r, NULL), CM_OK);
	return r;
}

static void the_counted_channels_over_time(void **state)
{
	struct metering *m = open_meter();
	const struct metering_result r = ten_seconds(m, 1);

	(void)state;
	assert_int_equal(r.at_n, 10);
	for (size_t i = 0; i < r.at_n; i++) {
		const double want = i < 5 ? 150 : 250; /* the core zone lies within socket 0 */

		if (fabs(r.at_w[i] - want) > 1e-6 || fabs(r.at_s[i] - (double)(i + 1)) > 1e-6)
			fail_msg("%zu: %.9g W at %.9g s, not %g", i, r.at_w[i], r.at_s[i], want);
	}
	metering_close(m);
}

/* However many polls, few points, and their watts times their lengths are the window's joules. */
static void few_points_hold_all_joules(void **state)
{
	static const double steps[] = { 2, 0.5, 0.11, 0.07, 0.01, 0.001 };

	(void)state;
	for (size_t k = 0; k < CM_COUNT(steps); k++) {
		struct metering *m = open_meter();
		const struct metering_result r = ten_seconds(m, steps[k]);
		double j = 0, from = 0;

		for (size_t i = 0; i < r.at_n; i++) {
			j += r.at_w[i] * (r.at_s[i] - from);
			from = r.at_s[i];
		}
		const double missed = (10 - from) * 250; /* after the last kept reading */
		if (r.at_n > 128 || r.at_n < 5 || fabs(j + missed - r.joules.value) > 1e-6 * r.joules.value)
			fail_msg("step %g: %zu points, %.9g + %.9g of %.9g J", steps[k], r.at_n, j, missed,
				 r.joules.value);
		metering_close(m);
	}
}

/* ---- load levels ------------------------------------------------------------------------------ */

struct work { uint64_t iterations; unsigned asked, stop_after; enum cm_status fails; };

static enum cm_status go(void *state, uint64_t iterations, uint64_t *ns, struct cm_err *err)
{
	struct work *w = state;

	w->iterations += iterations;
	*ns = 1000;
	return w->fails ? cm_fail(err, w->fails, "the device is gone") : CM_OK;
}

static bool stopped(void *state)
{
	struct work *w = state;

	return ++w->asked > w->stop_after;
}

static struct cmj *held(struct work *w, enum cm_status want)
{
	const struct load_source src = { .go = go,
					 .stopped = stopped,
					 .state = w,
					 .batch = 4,
					 .batch_ns = 1e5,
					 .work = 2,
					 .seed = 7 };
	struct cmj *list = NULL;
	struct cm_err err;

	assert_int_equal(load_levels(&src, NULL, 0.005, &list, &err), want);
	return list;
}

static void levels_from_full_load_to_idle(void **state)
{
	struct work w = { .stop_after = 100 };
	struct cmj *list = held(&w, CM_OK);

	(void)state;
	assert_int_equal(cmj_len(list), 11);
	assert_true(w.iterations > 0);
	for (size_t i = 0; i < 11; i++) {
		const struct cmj *l = cmj_at(list, i);
		const double load = 1 - (double)i / 10, rate = cmj_double(cmj_get(l, "rate"), -1);

		assert_true(fabs(cmj_double(cmj_get(l, "load"), -1) - load) < 1e-12);
		/* Active idle does nothing; watts that no meter saw are missing with a reason, never 0. */
		assert_true(i < 10 ? rate >= 0 : rate == 0);
		assert_true(cmj_is_null(cmj_get(l, "watts")));
		assert_string_equal(cmj_text(cmj_get(l, "missing"), ""), "no meter could be opened");
	}
	cmj_free(list);
}

static void stopped_and_failing(void **state)
{
	struct work stop = { .stop_after = 3 }, fail = { .stop_after = 100, .fails = CM_EDRIVER };
	struct cmj *list = held(&stop, CM_OK);

	(void)state;
	assert_int_equal(cmj_len(list), 3);
	cmj_free(list);
	assert_null(held(&fail, CM_EDRIVER));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_counted_channels_over_time),
		cmocka_unit_test(few_points_hold_all_joules),
		cmocka_unit_test(levels_from_full_load_to_idle),
		cmocka_unit_test(stopped_and_failing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
