/*
 * Metering does not disturb what is measured: it starts no thread in the process that runs the work,
 * so none can run on a core of it; a driver's process sleeps but while a reading is asked for; and
 * all meters are read so rarely that it costs below 0.5 %, whatever a reading takes.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <ctype.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "driver_lib.h"
#include "engine/registry.h"

extern const struct meter meter_nvml;

static size_t threads(void)
{
	DIR *d = opendir("/proc/self/task");
	size_t n = 0;

	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		n += isdigit((unsigned char)e->d_name[0]) != 0;
	closedir(d);
	return n;
}

struct process { int pid; char state; unsigned long ticks; };

/* State and processor time of the process with this number; false: it is no child of ours. */
static bool child(const char *pid, struct process *out)
{
	char path[64], line[1024], *p;
	unsigned long user, system;
	int parent;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
	f = fopen(path, "r");
	if (!f)
		return false;
	p = fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
	fclose(f);
	if (!p || sscanf(p + 1, " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &out->state,
			 &parent, &user, &system) != 4)
		return false;
	out->pid = atoi(pid);
	out->ticks = user + system;
	return parent == getpid();
}

static size_t children(struct process *out, size_t most)
{
	DIR *d = opendir("/proc");
	size_t n = 0;

	assert_non_null(d);
	for (struct dirent *e; n < most && (e = readdir(d));)
		if (isdigit((unsigned char)e->d_name[0]) && child(e->d_name, &out[n]))
			n++;
	closedir(d);
	return n;
}

/* Every meter of the program, on this machine. */
static void no_thread(void **state)
{
	const size_t before = threads();
	struct metering_result r;
	struct metering *m = NULL;
	struct cm_err err;

	(void)state;
	assert_int_equal(metering_open(NULL, &m, &err), CM_OK);
	assert_int_equal(threads(), before);
	assert_int_equal(metering_begin(m, &err), CM_OK);
	assert_int_equal(threads(), before);
	assert_int_equal(metering_poll(m, &err), CM_OK);
	assert_int_equal(threads(), before);
	assert_int_equal(metering_end(m, &r, &err), CM_OK);
	assert_int_equal(threads(), before);
	metering_close(m);
	assert_int_equal(threads(), before);
}

static void drivers_sleep(void **state)
{
	static const struct meter *const only[] = { &meter_nvml, NULL };
	const struct timespec nap = { .tv_nsec = 200000000 };
	struct process a[8], b[8];
	struct scratch s;
	struct metering *m;
	struct cm_err err;

	(void)state;
	driver_lib(&s, "nvml_fake", "libnvidia-ml.so.1");
	m = open_scripted(only, "CM_FAKE_NVML", "gpus=1;energy0=1000,2000,3000,4000,5000");
	assert_int_equal(metering_begin(m, &err), CM_OK);
	assert_int_equal(metering_poll(m, &err), CM_OK);
	nanosleep(&nap, NULL); /* it may still be on its way back to sleep */
	assert_int_equal(children(a, 8), 1);
	nanosleep(&nap, NULL); /* as long as a sample */
	assert_int_equal(children(b, 8), 1);
	assert_int_equal(a[0].pid, b[0].pid);
	assert_int_equal(b[0].state, 'S');
	assert_int_equal(a[0].ticks, b[0].ticks);
	metering_close(m);
	assert_int_equal(children(b, 8), 0);
	driver_lib_end(&s);
}

/* ---- a slow meter ------------------------------------------------------------------------------ */

static uint64_t slow_ns;

static uint64_t slow_clock(void)
{
	return slow_ns;
}

struct meter_ctx { struct meter_channel ch; };

static enum cm_status slow_open(const struct meter_from *from, struct meter_ctx **out, struct cm_err *err)
{
	(void)from;
	(void)err;
	*out = cm_alloc(sizeof **out);
	(*out)->ch = (struct meter_channel){ .name = "board", .scope = CM_SCOPE_NODE, .unit = "W",
					     .covers = CM_COVERS_MACHINE, .kind = CM_POWER_SAMPLE,
					     .refresh_ns = 1000000 };
	return CM_OK;
}

static void slow_close(struct meter_ctx *c)
{
	free(c);
}

static size_t slow_channels(struct meter_ctx *c, const struct meter_channel **out)
{
	*out = &c->ch;
	return 1;
}

static enum cm_status slow_read(struct meter_ctx *c, struct meter_value *v, struct cm_err *err)
{
	(void)c;
	(void)err;
	slow_ns += 4000000;
	v[0] = (struct meter_value){ 100, CM_OK };
	return CM_OK;
}

static const struct meter slow = { .abi = CM_METER_ABI, .name = "slow", .desc = "", .open = slow_open,
				   .close = slow_close, .channels = slow_channels, .read = slow_read };
static const struct meter other = { .abi = CM_METER_ABI, .name = "other", .desc = "", .open = slow_open,
				    .close = slow_close, .channels = slow_channels, .read = slow_read };

/* Two meters of 4 ms a reading: 8 ms at most once in 1.6 s, though both would show more each ms. */
static void slow_meters_are_read_rarely(void **state)
{
	static const struct meter *const both[] = { &slow, &other, NULL };
	const struct metering_options o = { .meters = both, .now_ns = slow_clock };
	struct metering *m = NULL;
	struct cm_err err;

	(void)state;
	assert_int_equal(metering_open(&o, &m, &err), CM_OK);
	assert_int_equal(metering_begin(m, &err), CM_OK);
	near(metering_trace_s(m), 1.6);
	near(metering_poll_s(m), 1.6);
	metering_close(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_thread),
		cmocka_unit_test(drivers_sleep),
		cmocka_unit_test(slow_meters_are_read_rarely),
	};

	return cmocka_run_group_tests_name("metering is quiet", tests, NULL, NULL);
}
