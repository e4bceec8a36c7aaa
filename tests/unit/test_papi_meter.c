/* The PAPI meter on whatever this machine is: what counts, counts; what does not has its reason. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "api/meter.h"
#include "base/cpuinfo.h"
#include "base/str.h"

extern const struct meter meter_papi;

#define MOST 64

static struct meter_ctx *open_or_skip(void)
{
	struct meter_ctx *c = NULL;
	struct cm_err err = { CM_OK, "" };
	enum cm_status st = meter_papi.open(NULL, &c, &err);

	if (st == CM_OK)
		return c;
	assert_true(st == CM_ABSENT || st == CM_DENIED);
	assert_true(err.why[0]);
	print_message("# skip: PAPI counts nothing here: %s\n", err.why);
	skip();
	return NULL;
}

static size_t find(const struct meter_channel *ch, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(ch[i].name, name) == 0)
			return i;
	}
	fail_msg("no channel %s", name);
	return 0;
}

/* 64 fresh pages are 64 faults; sleeping is a context switch. */
static void work(void)
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	volatile char *p = mmap(NULL, 64 * 4096, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal((const void *)p, MAP_FAILED);
	for (size_t i = 0; i < 64; i++)
		p[i * 4096] = 1;
	nanosleep(&nap, NULL);
	assert_int_equal(munmap((void *)(uintptr_t)p, 64 * 4096), 0);
}

static void counts(void **state)
{
	struct meter_ctx *c = open_or_skip();
	const struct meter_channel *ch;
	size_t n = meter_papi.channels(c, &ch);
	struct meter_value a[MOST], b[MOST];
	static const struct { const char *name; double least; } known[] = {
		{ "page-faults", 1 }, /* huge pages may make 64 faults one */
		{ "context-switches", 1 },
		{ "task-clock", 1 },
		{ "cycles", 1000 },
		{ "instructions", 1000 },
	};

	(void)state;
	assert_true(n > 0 && n <= MOST);
	assert_int_equal(meter_papi.read(c, a, NULL), CM_OK);
	work();
	assert_int_equal(meter_papi.read(c, b, NULL), CM_OK);
	for (size_t i = 0; i < CM_COUNT(known); i++) {
		size_t k = find(ch, n, known[i].name);

		assert_int_equal(a[k].st, ch[k].st);
		if (i < 3) /* the kernel accounts these on any machine */
			assert_int_equal(ch[k].st, CM_OK);
		if (ch[k].st == CM_OK && b[k].value - a[k].value < known[i].least)
			fail_msg("%s rose by %g", ch[k].name, b[k].value - a[k].value);
	}
	meter_papi.close(c);
}

static void each_has_a_reason(void **state)
{
	struct meter_ctx *c = open_or_skip();
	struct cpuinfo cpu = { .hypervisor = false };
	const struct meter_channel *ch;
	size_t n = meter_papi.channels(c, &ch), cycles = find(ch, n, "cycles");

	(void)state;
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(ch[i].kind, CM_EVENT_COUNTER);
		assert_true(ch[i].covers[0]);
		assert_true((ch[i].st == CM_OK) == !ch[i].reason[0]);
		if (ch[i].st == CM_DENIED)
			assert_non_null(strstr(ch[i].reason, "sudo sysctl"));
	}
	if (cpuinfo_read(NULL, &cpu) && cpu.hypervisor && ch[cycles].st == CM_ABSENT)
		assert_string_equal(ch[cycles].reason,
				    "no hardware counters in this virtual machine");
	meter_papi.close(c);
}

/* A second meter of the same thread is refused in words; after close() it may be opened again. */
static void opened_twice(void **state)
{
	struct meter_ctx *c = open_or_skip(), *d = NULL;
	struct cm_err err = { CM_OK, "" };
	enum cm_status st = meter_papi.open(NULL, &d, &err);

	(void)state;
	if (st == CM_OK) /* nothing can be counted here: nothing collides */
		meter_papi.close(d);
	else
		assert_non_null(strstr(err.why, "counted already"));
	meter_papi.close(c);
	assert_int_equal(meter_papi.open(NULL, &d, &err), CM_OK);
	meter_papi.close(d);
}

static void not_replayed(void **state)
{
	const struct meter_from from = { .sysfs_root = "/nowhere" };
	struct meter_ctx *c = NULL;
	struct cm_err err = { CM_OK, "" };

	(void)state;
	assert_int_equal(meter_papi.open(&from, &c, &err), CM_ABSENT);
	assert_non_null(strstr(err.why, "recorded"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts),
		cmocka_unit_test(each_has_a_reason),
		cmocka_unit_test(opened_twice),
		cmocka_unit_test(not_replayed),
	};

	return cmocka_run_group_tests_name("papi_meter", tests, NULL, NULL);
}
