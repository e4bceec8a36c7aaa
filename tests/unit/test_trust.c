/* Trust checks: each fires above its limit and is silent at it; counters are read from made trees. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "engine/trust.h"
#include "scratch.h"

static const struct trust_snapshot quiet = { .known = true };

/* What is said of a launch of ten seconds in which the counters grew so. NULL: trusted. Static text. */
static const char *judged(struct trust_snapshot grown, const double *samples, size_t n)
{
	static char text[300];
	struct cmj *said;

	grown.wall_s = grown.wall_s > 0 ? grown.wall_s : 10;
	grown.known = true;
	said = trust_judge(&quiet, &grown, samples, n);
	assert_true(cmj_len(said) <= 1);
	snprintf(text, sizeof text, "%s", cmj_len(said) ? cmj_text(cmj_at(said, 0), "?") : "");
	cmj_free(said);
	return *text ? text : NULL;
}

#define SAYS(part, ...)                                                                            \
	do {                                                                                       \
		const char *says = judged((struct trust_snapshot){ __VA_ARGS__ }, NULL, 0);        \
		if (!says || !strstr(says, (part)))                                                \
			fail_msg("expected '%s', got '%s'", (part), says ? says : "nothing");      \
	} while (0)
#define SILENT(...) assert_null(judged((struct trust_snapshot){ __VA_ARGS__ }, NULL, 0))

static void limits(void **state)
{
	(void)state;
	SILENT(.throttle_events = 0);
	SILENT(.steal_s = 2.5);
	SAYS("hypervisor took 30 %", .steal_s = 3);
	SILENT(.busy_cpu_s = 27.5, .own_cpu_s = 20); /* 0.75 cores of others */
	SAYS("other programs used 1.00 cores", .busy_cpu_s = 30, .own_cpu_s = 20);
	SILENT(.busy_cpu_s = 20, .own_cpu_s = 20);
	SAYS("throttled 1 times", .throttle_events = 1);
	/* Below 0.2 s the ticks of 10 ms say nothing. */
	SILENT(.wall_s = 0.19, .steal_s = 0.19, .busy_cpu_s = 1);
}

static void unknown_is_silent(void **state)
{
	struct trust_snapshot a = { .throttle_events = NAN }, b = { .wall_s = 10, .busy_cpu_s = 100,
								     .steal_s = 9, .throttle_events = NAN };
	struct cmj *said = trust_judge(&a, &b, NULL, 0);

	(void)state;
	assert_int_equal(cmj_len(said), 0);
	cmj_free(said);
}

static void drift(void **state)
{
	double up[12], flat[12], few[11];

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		up[i] = i < 6 ? 100 : 151;
		flat[i] = i < 6 ? 100 : 150;
	}
	for (size_t i = 0; i < 11; i++)
		few[i] = i < 5 ? 1 : 1000;
	assert_non_null(strstr(judged(quiet, up, 12), "differs from the first by 51 %"));
	assert_null(judged(quiet, flat, 12));
	assert_null(judged(quiet, few, 11)); /* too few to tell */
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

static void reads_a_tree(void **state)
{
	struct scratch s;
	struct trust_snapshot t;

	(void)state;
	scratch_begin(&s);
	trust_read(s.dir, &t);
	assert_true(!t.known && isnan(t.throttle_events) && t.wall_s > 0);
	/* user nice system idle iowait irq softirq steal, in ticks of 10 ms */
	put(&s, "proc", "stat", "cpu  1000 100 500 9000 7 30 20 250 0 0\ncpu0 1 2 3\n");
	put(&s, "sys/devices/system/cpu/cpu0/thermal_throttle", "core_throttle_count", "3\n");
	put(&s, "sys/devices/system/cpu/cpu1/thermal_throttle", "core_throttle_count", "4\n");
	trust_read(s.dir, &t);
	assert_true(t.known && t.throttle_events == 7 && isnan(t.throttled_s));
	/* ms; a package shows one time at each of its processors */
	put(&s, "sys/devices/system/cpu/cpu0/thermal_throttle", "package_throttle_total_time_ms", "1500\n");
	put(&s, "sys/devices/system/cpu/cpu0/thermal_throttle", "core_throttle_total_time_ms", "700\n");
	put(&s, "sys/devices/system/cpu/cpu1/thermal_throttle", "package_throttle_total_time_ms", "1500\n");
	trust_read(s.dir, &t);
	assert_true(t.throttled_s == 1.5);
	assert_true(fabs(t.busy_cpu_s - 16.5) < 1e-9 && fabs(t.steal_s - 2.5) < 1e-9);
	put(&s, "proc", "stat", "cpu  1000 100 500\n");
	trust_read(s.dir, &t);
	assert_false(t.known);
	scratch_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits),
		cmocka_unit_test(unknown_is_silent),
		cmocka_unit_test(drift),
		cmocka_unit_test(reads_a_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
