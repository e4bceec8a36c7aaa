/* When a row has enough metered windows, and how a run lets a machine cool down between launches: on a made
 * tree of sensors. Nothing is timed: what ended a wait is asserted, not how long it took. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "engine/cooling.h"
#include "engine/energy_stop.h"
#include "scratch.h"

static void says(const char *text, const char *want)
{
	if (!text || !strstr(text, want))
		fail_msg("expected \"%s\" in \"%s\"", want, text ? text : "(nothing)");
}

/* A window of these joules over 100 iterations, by this basis. */
static void add(struct energy_windows *w, double joules, const char *basis, double work_share)
{
	struct cmj *s = cmj_object();

	cmj_set(s, "joules", cmj_number(joules));
	cmj_set(s, "joules_basis", cmj_string(basis));
	cmj_set(s, "timed_iterations", cmj_number(100));
	cmj_set(s, "work_share", cmj_number(work_share));
	cmj_set(s, "window_need_s", cmj_number(2));
	energy_windows_add(w, s);
	cmj_free(s);
}

static void enough(void **state)
{
	static const double alike[] = { 400, 402, 398, 401, 399 };
	struct energy_windows w = { .n = 0 };

	(void)state;
	assert_int_equal(energy_windows_lack(&w, 0), 0); /* no meter looks: nothing is lacking */
	add(&w, 400, "measured", 1);
	assert_int_equal(energy_windows_lack(&w, 0), 4);
	assert_int_equal(energy_windows_lack(&w, 2), 2); /* two of the plan are to come */
	assert_int_equal(energy_windows_lack(&w, 4), 0);
	assert_true(w.need_s == 2);
	for (size_t i = 1; i < 5; i++)
		add(&w, alike[i], "measured", 1);
	/* 4, 4.02, 3.98, 4.01, 3.99 J: sd sqrt(0.001 / 4), t(4) 2.7764: half width 0.49 % of 4. */
	assert_true(fabs(energy_half_share(w.per, w.n) - 2.7764 * sqrt(0.001 / 4 / 5) / 4) < 1e-6);
	assert_true(energy_windows_met(&w));
	assert_int_equal(energy_windows_lack(&w, 0), 0);
	energy_windows_free(&w);
}

static void apart(void **state)
{
	struct energy_windows w = { .n = 0 };

	(void)state;
	for (size_t i = 0; i < 7; i++)
		add(&w, i % 2 ? 500 : 300, "measured", 1);
	assert_false(energy_windows_met(&w));
	assert_int_equal(energy_windows_lack(&w, 0), 1); /* one more, and asked again after it */
	assert_int_equal(energy_windows_lack(&w, 1), 0); /* which the plan has */
	energy_windows_free(&w);
}

/* Neither a model, nor a window of the harness, nor one that is void. */
static void what_does_not_count(void **state)
{
	struct energy_windows w = { .n = 0 };

	(void)state;
	add(&w, 400, "modelled", 1);
	assert_false(w.measured);
	add(&w, 400, "measured", 0.5);
	assert_false(w.measured);
	add(&w, NAN, "measured", 1);
	assert_int_equal(w.n, 0);
	assert_int_equal(energy_windows_lack(&w, 0), 0);
	energy_windows_free(&w);
}

static const char zone[] = "sys/class/thermal/thermal_zone0";

static void degrees(struct scratch *s, int c)
{
	char path[300], is[300], text[32];
	struct cm_err err;

	snprintf(path, sizeof path, "%s/%s", s->dir, zone);
	assert_int_equal(file_mkdirs(path, &err), CM_OK);
	snprintf(path, sizeof path, "%s/type", zone);
	scratch_write(s, path, "x86_pkg_temp\n", 13);
	snprintf(text, sizeof text, "%d\n", c * 1000);
	scratch_write(s, "temp.new", text, strlen(text));
	snprintf(path, sizeof path, "%s/temp.new", s->dir);
	snprintf(is, sizeof is, "%s/%s/temp", s->dir, zone);
	assert_int_equal(rename(path, is), 0); /* whoever reads it meanwhile reads a number */
}

/* The summary's sentence of one launch, after a wait. */
static struct cmj *waited(struct cooling *c, size_t to_come, const char *want)
{
	const volatile sig_atomic_t stop = 0;
	struct cmj *s = cmj_object();

	cooling_wait(c, to_come, &stop);
	cooling_describe(c, s);
	says(cmj_text(cmj_get(cmj_get(s, "cooling"), "says"), NULL), want);
	return s;
}

static void cool_and_hot(void **state)
{
	struct scratch s;
	struct cooling *c;
	struct cmj *j;

	(void)state;
	scratch_begin(&s);
	degrees(&s, 50);
	c = cooling_begin(s.dir, 1000);
	degrees(&s, 52);
	j = waited(c, 1, "50.0 °C before the first launch, 52.0 at the start of this, 52.0 at its end");
	assert_true(cmj_double(cmj_get(cmj_get(j, "cooling"), "start_c"), 0) == 52);
	assert_null(strstr(cmj_text(cmj_get(cmj_get(j, "cooling"), "says"), ""), "waited"));
	cmj_free(j);
	degrees(&s, 60); /* and stays there: a fan is broken, or the room is warm by now */
	cmj_free(waited(c, 1, "for it to cool down until it fell no more"));
	cooling_end(c);
	degrees(&s, 50);
	c = cooling_begin(s.dir, 10); /* half a second in all, for 100 launches */
	degrees(&s, 60);
	cmj_free(waited(c, 100, "no time to cool down: its share of the budget ended"));
	cooling_end(c);
	scratch_end(&s);
}

/* It falls while it is waited for. */
static void cools_down(void **state)
{
	const struct timespec nap = { .tv_nsec = 200000000 };
	struct scratch s;
	struct cooling *c;
	struct cmj *j;
	pid_t pid;

	(void)state;
	scratch_begin(&s);
	degrees(&s, 50);
	c = cooling_begin(s.dir, 1000);
	degrees(&s, 60);
	pid = fork();
	if (pid == 0) {
		for (int at = 58; at >= 52; at -= 2) {
			nanosleep(&nap, NULL);
			degrees(&s, at);
		}
		_exit(0);
	}
	assert_true(pid > 0);
	j = waited(c, 1, "for it to cool down");
	assert_null(strstr(cmj_text(cmj_get(cmj_get(j, "cooling"), "says"), ""), "until"));
	assert_true(cmj_double(cmj_get(cmj_get(j, "cooling"), "start_c"), 99) <= 52);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	cmj_free(j);
	cooling_end(c);
	scratch_end(&s);
}

static void no_sensor(void **state)
{
	struct scratch s;
	struct cooling *c;

	(void)state;
	scratch_begin(&s);
	c = cooling_begin(s.dir, 1000);
	cmj_free(waited(c, 1, "no temperature sensor here"));
	cooling_end(c);
	scratch_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enough),
		cmocka_unit_test(apart),
		cmocka_unit_test(what_does_not_count),
		cmocka_unit_test(cool_and_hot),
		cmocka_unit_test(cools_down),
		cmocka_unit_test(no_sensor),
	};

	return cmocka_run_group_tests_name("windows and cooling", tests, NULL, NULL);
}
