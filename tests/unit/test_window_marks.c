/* What voids a window from outside (another boot, another load of a driver), and whether the raw
 * readings that are kept give the joules again: with a scripted meter over a made tree. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "engine/launch_energy.h"
#include "engine/metering.h"
#include "engine/metering_boot.h"
#include "scratch.h"

struct meter_ctx {
	struct meter_channel ch[2];
};

static const double *values; /* of channel 0, one a read; channel 1 reads the same from 1000 J on */
static size_t reads;
static uint64_t clock_ns;
static uint64_t read_ns[16]; /* of the source, where the channel states times; 0 = none */

static uint64_t test_clock(void)
{
	return clock_ns;
}

static enum cm_status open_two(const struct meter_from *from, struct meter_ctx **out,
			       struct cm_err *err)
{
	(void)from;
	(void)err;
	*out = cm_alloc(sizeof **out);
	(*out)->ch[0] = (struct meter_channel){.name = "card",
					       .scope = CM_SCOPE_DEVICE,
					       .covers = "0000:01:00.0",
					       .unit = "J",
					       .refresh_ns = 1000000,
					       .step = 1e-3,
					       .wraps_at = 1000,
					       .max_w = 90,
					       .driver = "acme_gpu",
					       .limit_w = 250,
					       .usual_w = 300};
	(*out)->ch[1] = (struct meter_channel){.name = "package-0",
					       .scope = CM_SCOPE_PACKAGE,
					       .covers = "socket 0",
					       .unit = "J",
					       .refresh_ns = 1000000,
					       .step = 1e-3};
	return CM_OK;
}

static void close_two(struct meter_ctx *c)
{
	free(c);
}

static size_t channels_two(struct meter_ctx *c, const struct meter_channel **out)
{
	*out = c->ch;
	return 2;
}

static enum cm_status read_two(struct meter_ctx *c, struct meter_value *v, struct cm_err *err)
{
	(void)err;
	v[0] = (struct meter_value){values[reads], CM_OK};
	v[1] = (struct meter_value){1000 + 10 * (double)reads, CM_OK};
	c->ch[0].taken_ns = read_ns[reads];
	reads++;
	return CM_OK;
}

static const struct meter two = {.abi = CM_METER_ABI,
				 .name = "two",
				 .desc = "",
				 .open = open_two,
				 .close = close_two,
				 .channels = channels_two,
				 .read = read_two};
static const struct meter *const meters[] = {&two, NULL};

static void put(struct scratch *s, const char *dir, const char *name, const char *text)
{
	char path[300];
	struct cm_err err;

	snprintf(path, sizeof path, "%s/%s", s->dir, dir);
	assert_int_equal(file_mkdirs(path, &err), CM_OK);
	snprintf(path, sizeof path, "%s/%s", dir, name);
	scratch_write(s, path, text, strlen(text));
}

static void machine(struct scratch *s)
{
	scratch_begin(s);
	put(s, "proc/sys/kernel/random", "boot_id", "11111111-2222-3333-4444-555555555555\n");
	put(s, "sys/module/acme_gpu", "version", "550.1\n");
}

static struct metering *begin(struct scratch *s, const double *v)
{
	const struct metering_options o = {
		.meters = meters, .now_ns = test_clock, .sysfs_root = s->dir};
	struct metering *m = NULL;

	values = v;
	reads = 0;
	clock_ns = 1000000000;
	assert_int_equal(metering_open(&o, &m, NULL), CM_OK);
	assert_int_equal(metering_begin(m, NULL), CM_OK);
	return m;
}

static struct metering_result end(struct metering *m, double after_s)
{
	struct metering_result r;

	clock_ns = 1000000000 + (uint64_t)(after_s * 1e9);
	assert_int_equal(metering_end(m, &r, NULL), CM_OK);
	return r;
}

static const struct metering_part *part(const struct metering_result *r, const char *name)
{
	for (size_t i = 0; i < r->parts; i++)
		if (!strcmp(r->part[i].channel, name))
			return &r->part[i];
	fail_msg("no part %s", name);
	return NULL;
}

static void says(const char *text, const char *want)
{
	if (!text || !strstr(text, want))
		fail_msg("expected \"%s\" in \"%s\"", want, text ? text : "(nothing)");
}

static const double rises[] = {100, 400, 700, 1000};

/* The same machine and the same driver: both channels count. */
static void nothing_happened(void **state)
{
	struct scratch s;
	struct metering *m;

	(void)state;
	machine(&s);
	m = begin(&s, rises);
	const struct metering_result r = end(m, 10);
	assert_null(r.joules.missing);
	assert_true(fabs(r.joules.value - 310) < 1e-9); /* 400 - 100 and 10 */
	assert_string_equal(r.boot_id, "11111111-2222-3333-4444-555555555555");
	assert_string_equal(part(&r, "card")->driver_version, "550.1");
	assert_true(part(&r, "card")->limit_w == 250 && part(&r, "card")->usual_w == 300);
	metering_close(m);
	scratch_end(&s);
}

/* The counters rose as after any window, and yet no joule is given. */
static void another_boot(void **state)
{
	struct scratch s;
	struct metering *m;

	(void)state;
	machine(&s);
	m = begin(&s, rises);
	put(&s, "proc/sys/kernel/random", "boot_id", "99999999-2222-3333-4444-555555555555\n");
	const struct metering_result r = end(m, 10);
	assert_true(isnan(r.joules.value));
	says(r.joules.missing,
	     "started anew in the window: boot 11111111-2222-3333-4444-555555555555, then 9999");
	says(part(&r, "package-0")->joules.missing, "started anew");
	metering_close(m);
	scratch_end(&s);
}

/* Only what the driver keeps is void; the package's counter goes on. */
static void another_driver(void **state)
{
	struct scratch s;
	struct metering *m;

	(void)state;
	machine(&s);
	m = begin(&s, rises);
	put(&s, "sys/module/acme_gpu", "version", "560.2\n");
	const struct metering_result r = end(m, 10);
	says(r.joules.missing, "the driver acme_gpu changed from 550.1 to 560.2");
	assert_null(part(&r, "package-0")->joules.missing);
	metering_close(m);
	scratch_end(&s);
}

static void loaded_anew(void **state)
{
	struct scratch s;
	char was[200], is[200];
	struct metering *m;

	(void)state;
	machine(&s);
	m = begin(&s, rises);
	/* A new folder of the same version, as sysfs makes at a load; the old one keeps its number
	 * until then. */
	snprintf(was, sizeof was, "%s/sys/module/acme_gpu", s.dir);
	snprintf(is, sizeof is, "%s/sys/module/old", s.dir);
	assert_int_equal(rename(was, is), 0);
	put(&s, "sys/module/acme_gpu", "version", "550.1\n");
	struct metering_result r = end(m, 10);
	says(r.joules.missing, "the driver acme_gpu was loaded anew in the window");

	assert_int_equal(metering_begin(m, NULL), CM_OK); /* a window after it is a good one */
	clock_ns += 10000000000u;
	assert_int_equal(metering_end(m, &r, NULL), CM_OK);
	assert_null(r.joules.missing);
	metering_close(m);

	m = begin(&s, rises);
	snprintf(is, sizeof is, "%s/sys/module/gone", s.dir);
	assert_int_equal(rename(was, is), 0);
	r = end(m, 10);
	says(r.joules.missing, "the driver acme_gpu was unloaded");
	metering_close(m);
	scratch_end(&s);
}

static void slept(void **state)
{
	const struct boot_mark a = {.slept_s = 5}, b = {.slept_s = 65}, unknown = {.slept_s = NAN};
	char why[200];

	(void)state;
	assert_true(boot_changed(&a, &b, why, sizeof why));
	assert_string_equal(why, "the machine slept for 60 s in the window");
	assert_false(boot_changed(&a, &a, why, sizeof why));
	assert_false(boot_changed(&unknown, &b, why, sizeof why));
}

static void no_marks_are_silent(void **state)
{
	struct scratch s;
	struct metering *m;

	(void)state;
	scratch_begin(&s);
	m = begin(&s, rises);
	const struct metering_result r = end(m, 10);
	assert_null(r.joules.missing);
	assert_string_equal(r.boot_id, "");
	metering_close(m);
	scratch_end(&s);
}

/* Joules from what the summary keeps, by the arithmetic that docs/energy.md states. */
static double again(const struct cmj *summary)
{
	const struct cmj *list = cmj_get(summary, "readings");
	double sum = 0;

	for (size_t i = 0; i < cmj_len(list); i++) {
		const struct cmj *r = cmj_at(list, i);
		const double span = cmj_double(cmj_get(r, "last_s"), NAN) -
				    cmj_double(cmj_get(r, "first_s"), NAN);
		double j = cmj_double(cmj_get(r, "last"), NAN) -
			   cmj_double(cmj_get(r, "first"), NAN) +
			   cmj_double(cmj_get(r, "wraps"), NAN) *
				   cmj_double(cmj_get(r, "wraps_at"), 0);

		assert_string_equal(cmj_text(cmj_get(r, "unit"), ""), "J");
		if (cmj_is_true(cmj_get(r, "own_times")))
			j *= cmj_double(cmj_get(summary, "window_s"), NAN) / span;
		sum += j;
	}
	return sum;
}

/* Modulus 1000 J: 900 → 400 → 950 → 450 is 500 + 550 + 500 = 1550 J with two wraps; the package
 * adds 30 J. */
static void readings_give_joules(void **state)
{
	static const double v[] = {900, 400, 950, 450};
	struct cmj *summary = cmj_object();
	struct metering_result r;
	struct scratch s;
	struct metering *m;

	(void)state;
	machine(&s);
	for (int own = 0; own < 2; own++) {
		for (size_t i = 0; i < 4;
		     i++) /* the source's times: 0.5 s before each read, 19.5 s apart at the end */
			read_ns[i] = own ? UINT64_C(500000000) + i * UINT64_C(6500000000) : 0;
		m = begin(&s, v);
		for (uint64_t k = 1; k < 3; k++) {
			clock_ns = 1000000000 + k * UINT64_C(6700000000);
			assert_int_equal(metering_poll(m, NULL), CM_OK);
		}
		r = end(m, 20);
		assert_null(r.joules.missing);
		energy_describe(summary, &r, CM_OK, NULL);
		assert_int_equal(cmj_len(cmj_get(summary, "readings")), 2);
		assert_true(fabs(again(summary) - r.joules.value) < 1e-9 * r.joules.value);
		assert_true(fabs(r.joules.value - (own ? 1550 * 20 / 19.5 + 30 : 1580)) < 1e-6);
		metering_close(m);
	}
	memset(read_ns, 0, sizeof read_ns);
	cmj_free(summary);
	scratch_end(&s);
}

/* One reading of 60 W each second, but for a stand-still: the card's joules. */
static struct metering_result each_second(const double *v, struct metering **m, struct scratch *s)
{
	machine(s);
	*m = begin(s, v);
	for (uint64_t k = 1; k < 10; k++) {
		clock_ns = 1000000000 + k * UINT64_C(1000000000);
		assert_int_equal(metering_poll(*m, NULL), CM_OK);
	}
	return end(*m, 10);
}

/* A counter that repeats a reading for a while and then goes on has lost nothing: it is read at its
 * ends. What it did not catch up it lost, and what its last or first readings are worth nobody knows. */
static void repeats_then_goes_on(void **state)
{
	static const double catches_up[] = {100, 160, 220, 220, 220, 400, 460, 520, 580, 640, 700},
			    loses[] = {100, 160, 220, 220, 220, 220, 280, 340, 400, 460, 520},
			    stops[] = {100, 160, 220, 280, 340, 400, 460, 460, 460, 460, 460},
			    starts_old[] = {100, 100, 100, 100, 340, 400, 460, 520, 580, 640, 700};
	static const double *const fault[] = {loses, stops, starts_old};
	struct scratch s;
	struct metering *m;
	struct metering_result r = each_second(catches_up, &m, &s);

	(void)state;
	assert_true(fabs(part(&r, "card")->joules.value - 600) < 1e-9);
	/* 60 W at the edges for 1 ms, a step, and nothing hidden but a step's and an update's rounding. */
	assert_true(part(&r, "card")->joules.hi < 601);
	metering_close(m);
	scratch_end(&s);
	for (size_t i = 0; i < CM_COUNT(fault); i++) {
		r = each_second(fault[i], &m, &s);
		says(part(&r, "card")->joules.missing, "stood still for");
		metering_close(m);
		scratch_end(&s);
	}
}

/* A void window keeps its readings: they show why. */
static void void_keeps_readings(void **state)
{
	static const double v[] = {700, 650};
	struct cmj *summary = cmj_object();
	struct scratch s;
	struct metering *m;

	(void)state;
	machine(&s);
	m = begin(&s, v);
	const struct metering_result r = end(m, 10);
	energy_describe(summary, &r, CM_OK, NULL);
	assert_null(cmj_get(summary, "joules"));
	says(cmj_text(cmj_get(summary, "joules_missing"), ""), "a reset or a fault");
	const struct cmj *card = cmj_at(cmj_get(summary, "readings"), 0);
	if (strcmp(cmj_text(cmj_get(card, "channel"), ""), "card") != 0)
		card = cmj_at(cmj_get(summary, "readings"), 1);
	assert_true(cmj_double(cmj_get(card, "first"), 0) == 700 &&
		    cmj_double(cmj_get(card, "last"), 0) == 650);
	cmj_free(summary);
	metering_close(m);
	scratch_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_happened),
		cmocka_unit_test(another_boot),
		cmocka_unit_test(another_driver),
		cmocka_unit_test(loaded_anew),
		cmocka_unit_test(slept),
		cmocka_unit_test(no_marks_are_silent),
		cmocka_unit_test(readings_give_joules),
		cmocka_unit_test(repeats_then_goes_on),
		cmocka_unit_test(void_keeps_readings),
	};

	return cmocka_run_group_tests_name("window marks", tests, NULL, NULL);
}
