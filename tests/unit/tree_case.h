/* A machine's sensors as a tree made by a test, two states of it, and the joules between them. */
#ifndef TEST_TREE_CASE_H
#define TEST_TREE_CASE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/meter.h"
#include "base/str.h"
#include "engine/metering.h"
#include "scratch.h"

extern const struct meter meter_hwmon, meter_powercap;

static struct scratch dir;
static uint64_t clock_ns;
static struct metering *m;
static struct metering_result r;

static uint64_t test_clock(void)
{
	return clock_ns;
}

static void says(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("expected \"%s\" in \"%s\"", part, text ? text : "(nothing)");
}

static void near(double got, double want)
{
	if (!(fabs(got - want) <= 1e-9 * fmax(1, fabs(want))))
		fail_msg("got %.12g, want %.12g", got, want);
}

struct file { const char *name, *text; };

static void put(const struct file *f, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *path = cm_printf_dup("sys/class/%s", f[i].name);

		scratch_put(&dir, path, f[i].text);
		free(path);
	}
}

/* Counters that `then` ends are half way there: they do not stand still and jump. */
static void put_half(const struct file *at_first, size_t n, const struct file *then, size_t k)
{
	for (size_t i = 0; i < k; i++) {
		for (size_t j = 0; j < n; j++) {
			char text[32];

			if (!strstr(then[i].name, "/energy") || strcmp(then[i].name, at_first[j].name) != 0)
				continue;
			snprintf(text, sizeof text, "%llu\n", (strtoull(at_first[j].text, NULL, 10) +
				 strtoull(then[i].text, NULL, 10)) / 2);
			put(&(struct file){ then[i].name, text }, 1);
		}
	}
}

/* A window of 10 s, read at both ends and in the middle; powers of `then` are written after that. */
static void window(const struct file *at_first, size_t n, const struct file *then, size_t k)
{
	static const struct meter *const meters[] = { &meter_hwmon, &meter_powercap, NULL };
	const struct metering_options o = { .sysfs_root = dir.dir, .meters = meters,
					    .now_ns = test_clock };

	put(at_first, n);
	assert_int_equal(metering_open(&o, &m, NULL), CM_OK);
	assert_int_equal(metering_begin(m, NULL), CM_OK);
	clock_ns += 5000000000;
	put_half(at_first, n, then, k);
	assert_int_equal(metering_poll(m, NULL), CM_OK);
	put(then, k);
	clock_ns += 5000000000;
	assert_int_equal(metering_end(m, &r, NULL), CM_OK);
}

#define WINDOW(first, then) window(first, CM_COUNT(first), then, CM_COUNT(then))
#define STEADY(first) window(first, CM_COUNT(first), NULL, 0)

static const struct metering_part *part(const char *channel)
{
	for (size_t i = 0; i < r.parts; i++)
		if (strcmp(r.part[i].channel, channel) == 0)
			return &r.part[i];
	fail_msg("no channel \"%s\"", channel);
	return NULL;
}

static void counted(double joules, const char *scope, const char *covers)
{
	if (r.joules.missing)
		fail_msg("no joules: %s", r.joules.missing);
	near(r.joules.value, joules);
	assert_string_equal(r.scope, scope);
	assert_string_equal(r.covers, covers);
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
	metering_close(m);
	m = NULL;
	scratch_end(&dir);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, clear)

#endif
