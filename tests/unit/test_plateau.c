/* Where the caches end, from read rates by size: made curves, with and without a busy moment in them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/str.h"
#include "engine/topology.h"

static void curves(void **state)
{
	static const size_t size[] = { 4, 8, 16, 32, 64, 128, 256 };
	static const struct { double rate[7]; size_t plateau; const char *what; } table[] = {
		{ { 40, 40, 39, 38, 39, 38, 39 }, 4, "no cache as large as the smallest set" },
		{ { 200, 200, 190, 100, 40, 38, 39 }, 64, "a cache of 16, half of 32 still in it" },
		{ { 200, 200, 200, 200, 200, 200, 40 }, 256, "a cache of nearly the largest set" },
		{ { 200, 200, 200, 200, 200, 100, 40 }, 256, "no level seen: the largest set is safe" },
		{ { 200, 200, 190, 100, 40, 28, 31 }, 64, "a busy moment within the plateau" },
		{ { 200, 200, 30, 100, 40, 38, 39 }, 64, "a busy moment within the cache" },
		{ { 62, 58, 57, 57, 51, 17, 27 }, 128, "a virtual machine as it was measured" },
		{ { 64, 61, 62, 56, 51, 26, 38 }, 128, "the same, a good moment at the end" },
		{ { 64, 61, 62, 51, 26, 38, 31 }, 64, "the same, a good moment within" },
		{ { 119, 118, 60, 58, 57, 31, 30 }, 128, "second and third level, then memory" },
		{ { 30, 34, 38, 43, 48, 54, 60 }, 4, "rising: no level is below another" },
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(table); i++)
		if (plateau_of(size, table[i].rate, 7) != table[i].plateau)
			fail_msg("%s: %zu, not %zu", table[i].what, plateau_of(size, table[i].rate, 7),
				 table[i].plateau);
	assert_int_equal(plateau_of(size, table[0].rate, 1), 4);
	assert_int_equal(plateau_of(size, table[0].rate, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(curves) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
