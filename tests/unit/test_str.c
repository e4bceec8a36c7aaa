/* Text buffers, words and what "did you mean" suggests. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static void buffer_grows(void **state)
{
	(void)state;
	struct str s = { 0 };
	assert_string_equal(str_get(&s), "");
	for (int i = 0; i < 1000; i++)
		str_addf(&s, "%d,", i);
	assert_int_equal(s.len, 3890);
	assert_int_equal(strlen(s.p), s.len);
	str_clear(&s);
	assert_string_equal(str_get(&s), "");
	str_addn(&s, "a\0b", 3);
	assert_int_equal(s.len, 3);
	char *taken = str_take(&s);
	assert_memory_equal(taken, "a\0b", 4);
	free(taken);
	taken = str_take(&s); /* of an empty buffer: still a text */
	assert_string_equal(taken, "");
	free(taken);
}

static void nearest(void **state)
{
	static const char *const words[] = { "price", "prices", "region", "energy", "pue" };
	static const struct { const char *word, *near, *why; } rows[] = {
		{ "pice", "price", "a letter lost" },
		{ "reigon", "region", "two letters swapped" },
		{ "PRICE", "price", "another case" },
		{ "enregy", "energy", "swapped in the middle" },
		{ "zzz", NULL, "nothing is near" },
		{ "", NULL, "nothing was typed" },
		{ "x", NULL, "every word is as far as it is long" },
		{ "pu", "pue", "one letter may always be wrong" },
	};
	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		const char *near = cm_nearest(rows[i].word, words, CM_COUNT(words));
		if (rows[i].near ? !near || strcmp(near, rows[i].near) != 0 : near != NULL)
			fail_msg("%s: '%s' gave '%s'", rows[i].why, rows[i].word, near ? near : "-");
	}
}

static void starts_ends(void **state)
{
	(void)state;
	assert_true(cm_starts("backend_x", "backend_"));
	assert_false(cm_starts("back", "backend"));
	assert_true(cm_ends("a.csv", ".csv"));
	assert_false(cm_ends("csv", "a.csv"));
	assert_true(cm_ieq("GeForce", "geforce"));
	assert_false(cm_ieq("A10", "A100"));
}

static void pools_keep_all(void **state)
{
	struct pool p = { 0 };
	const char *kept[100];
	(void)state;
	for (int i = 0; i < 100; i++)
		kept[i] = pool_printf(&p, "text %d", i);
	assert_string_equal(kept[0], "text 0");
	assert_string_equal(kept[99], "text 99");
	assert_string_equal(pool_dup(&p, "x"), "x");
	const char *zero = pool_alloc(&p, 16);
	for (int i = 0; i < 16; i++)
		assert_int_equal(zero[i], 0);
	pool_free(&p);
	assert_int_equal(p.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buffer_grows), cmocka_unit_test(nearest),
		cmocka_unit_test(starts_ends), cmocka_unit_test(pools_keep_all),
	};
	return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
