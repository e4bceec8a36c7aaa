/* JSON documents written and read. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

static char *print(const struct cmj *v, bool indent)
{
	struct str s = { 0 };
	cmj_print(v, indent, &s);
	return str_take(&s);
}

static void is_printed(struct cmj *v, const char *want)
{
	char *got = print(v, false);
	assert_string_equal(got, want);
	free(got);
	cmj_free(v);
}

static void values(void **state)
{
	(void)state;
	is_printed(cmj_number(0.1), "0.1"); /* the fewest digits that read back the same */
	is_printed(cmj_number(1.0 / 3.0), "0.3333333333333333");
	is_printed(cmj_number(5), "5");
	is_printed(cmj_number(1e300), "1e+300");
	is_printed(cmj_number(-0.0), "-0.0");
	is_printed(cmj_number(NAN), "null");
	is_printed(cmj_number(INFINITY), "null");
	is_printed(cmj_int(INT64_MIN), "-9223372036854775808");
	is_printed(cmj_bool(true), "true");
	is_printed(cmj_string(NULL), "null");
	is_printed(cmj_string("a\"\\\n\t\001\x7f/"), "\"a\\\"\\\\\\n\\t\\u0001\\u007f/\"");
	is_printed(cmj_string("\xc3\xa4\xff\xc3"), "\"\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd\"");
	is_printed(cmj_object(), "{}");
	is_printed(cmj_array(), "[]");
}

static void documents(void **state)
{
	struct cmj *d = cmj_document("prices"), *list = cmj_array();
	(void)state;
	cmj_push(list, cmj_int(1));
	cmj_push(list, cmj_string("x"));
	cmj_set(d, "offers", list);
	cmj_set(d, "bad\xff", cmj_null());
	char *flat = print(d, false), *wide = print(d, true);
	assert_string_equal(flat, "{\"schema\":\"costmark.prices/1\",\"offers\":[1,\"x\"],"
				  "\"bad\xef\xbf\xbd\":null}");
	assert_string_equal(wide, "{\n  \"schema\": \"costmark.prices/1\",\n  \"offers\": [\n    1,\n"
				  "    \"x\"\n  ],\n  \"bad\xef\xbf\xbd\": null\n}\n");
	struct cmj *back = NULL;
	assert_int_equal(cmj_parse(wide, strlen(wide), "w", &back, NULL), CM_OK);
	char *again = print(back, true);
	assert_string_equal(again, wide);
	free(again);
	cmj_free(back);
	free(flat);
	free(wide);
	cmj_free(d);
}

static void reading(void **state)
{
	static const char text[] = "{\"a\":[1,2.5,\"x\",null,true],\"o\":{\"k\":7,\"l\":8}}";
	struct cmj *v = NULL;
	(void)state;
	assert_int_equal(cmj_parse(text, sizeof text - 1, "t", &v, NULL), CM_OK);
	const struct cmj *a = cmj_get(v, "a");
	assert_int_equal(cmj_len(a), 5);
	assert_true(cmj_double(cmj_at(a, 1), 0) == 2.5);
	assert_true(cmj_double(cmj_at(a, 2), -1) == -1);
	assert_string_equal(cmj_text(cmj_at(a, 2), "-"), "x");
	assert_string_equal(cmj_text(cmj_at(a, 0), "-"), "-");
	assert_true(cmj_is_null(cmj_at(a, 3)) && cmj_is_true(cmj_at(a, 4)));
	assert_null(cmj_at(a, 5));
	assert_null(cmj_get(v, "z"));
	assert_null(cmj_get(NULL, "z"));
	assert_int_equal(cmj_len(NULL), 0);
	assert_false(cmj_is_object(NULL) || cmj_is_true(NULL));
	struct cmj *o = cmj_get(v, "o");
	struct str keys = { 0 };
	for (void *it = cmj_iter(o); it; it = cmj_iter_next(o, it))
		str_addf(&keys, "%s=%g ", cmj_iter_key(it), cmj_double(cmj_iter_value(it), 0));
	assert_string_equal(str_get(&keys), "k=7 l=8 ");
	str_free(&keys);
	struct cmj *kept = cmj_ref(o);
	cmj_free(v);
	assert_int_equal(cmj_len(kept), 2); /* outlives the document that it came from */
	cmj_free(kept);
}

static void refused(void **state)
{
	static const struct { const char *text, *at, *why; } rows[] = {
		{ "{\"a\":1,\n \"a\":2}", "f.json:2:", "a double key" },
		{ "[1,\n2,\n]", "f.json:3:", "a stray comma" },
		{ "[1", "f.json:1:", "cut short" },
		{ "", "f.json:1:", "nothing" },
		{ "[1] x", "f.json:1:", "text behind the end" },
		{ "\"\xff\"", "f.json:1:", "not UTF-8" },
		{ "\"a\\u0000b\"", "f.json:1:", "a NUL inside a text" },
		{ "NaN", "f.json:1:", "no number of JSON" },
	};
	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		struct cm_err err = { 0 };
		struct cmj *v = NULL;
		if (cmj_parse(rows[i].text, strlen(rows[i].text), "f.json", &v, &err) != CM_EINPUT || v)
			fail_msg("%s was taken", rows[i].why);
		if (strncmp(err.why, rows[i].at, strlen(rows[i].at)) != 0)
			fail_msg("%s: %s", rows[i].why, err.why);
	}
	struct str deep = { 0 };
	for (int i = 0; i < 100000; i++)
		str_addc(&deep, '[');
	struct cmj *v = NULL;
	assert_int_equal(cmj_parse(deep.p, deep.len, "f", &v, NULL), CM_EINPUT);
	str_free(&deep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values), cmocka_unit_test(documents), cmocka_unit_test(reading),
		cmocka_unit_test(refused),
	};
	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
