/* JSON from a stream: digits stay, places are right, and what is no JSON is refused where it is wrong. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonpull.h"
#include "base/str.h"

/* Every token as "LINE:COL KIND text;", then the error's sentence after the file's name. */
static char *tokens(const char *text, size_t n, bool several)
{
	static const char kind[] = "{}[]ksntf0";
	struct stream *in;
	struct jsonpull *j = NULL;
	struct jp_token t;
	struct cm_err err = { 0 };
	struct str s = { 0 };
	assert_int_equal(stream_memory(text, n, "t.json", &in, &err), CM_OK);
	enum cm_status st = jsonpull_open(in, "t.json", several, &j, &err);
	while (st == CM_OK && (st = jsonpull_next(j, &t, &err)) == CM_OK)
		str_addf(&s, "%zu:%zu%c%s;", t.line, t.col, kind[t.event], t.text);
	if (st == CM_EINPUT)
		str_add(&s, err.why + strlen("t.json"));
	else
		assert_int_equal(st, CM_END);
	jsonpull_close(j);
	stream_close(in);
	return str_take(&s);
}

static void reads(void **state)
{
	static const struct { const char *text, *want, *why; } rows[] = {
		{ "1.50", "1:1n1.50;", "a zero at the end stays" },
		{ "[3e-06, -0.0, 0.1480000000]", "1:1[;1:2n3e-06;1:9n-0.0;1:15n0.1480000000;1:27];",
			"digits" },
		{ "12345678901234567890.12345678901234567890",
			"1:1n12345678901234567890.12345678901234567890;",
		  "more digits than any double" },
		{ "{\"a\":\n {\"b\": [true,false,null]}}",
		  "1:1{;1:2ka;2:2{;2:3kb;2:8[;2:9ttrue;2:14ffalse;2:200null;2:24];2:25};2:26};", "nested" },
		{ "{}", "1:1{;1:2};", "an empty object" },
		{ " [ ] ", "1:2[;1:4];", "blanks" },
		{ "\xef\xbb\xbf[1]", "1:1[;1:2n1;1:3];", "the mark at the start" },
		{ "\"a\\n\\u00e9\\ud83d\\ude00\\/\"", "1:1sa\n\xc3\xa9\xf0\x9f\x98\x80/;",
			"escapes and a pair" },
		{ "\"\\ud83d\"", "1:1s\xef\xbf\xbd;", "half of a pair" },
		{ "\"\\ud83dx\\u0000\"", "1:1s\xef\xbf\xbdx\xef\xbf\xbd;", "half of a pair, and NUL" },
		{ "\"a\xff\xc3(\"", "1:1sa\xef\xbf\xbd\xef\xbf\xbd(;", "bytes that are not UTF-8" },
		{ "[1,2,]", "1:1[;1:2n1;1:4n2;:1:5: a comma before the end of the object or list: "
			"take it out",
		  "a trailing comma" },
		{ "{\"a\":1,}",
			"1:1{;1:2ka;1:6n1;:1:7: a comma before the end of the object or list: "
			"take it out",
		  "and in an object" },
		{ "[1 2]", "1:1[;1:2n1;:1:4: expected a comma or ] after the value", "no comma" },
		{ "{\"a\" 1}", "1:1{;:1:6: expected a colon after the key", "no colon" },
		{ "{a:1}", "1:1{;:1:2: expected a key in quotes", "no quotes" },
		{ "[01]", "1:1[;:1:2: '01' is no JSON value: expected a text in quotes, a number, "
			"true, false, "
		  "null, [ or {", "a leading zero" },
		{ "[NaN]", "1:1[;:1:2: 'NaN' is no JSON value: expected a text in quotes, a "
			"number, true, false, "
		  "null, [ or {", "not in JSON" },
		{ "[1.]", "1:1[;:1:2: '1.' is no JSON value: expected a text in quotes, a number, "
			"true, false, "
		  "null, [ or {", "no digit after the point" },
		{ "[+1]", "1:1[;:1:2: '+1' is no JSON value: expected a text in quotes, a number, "
			"true, false, "
		  "null, [ or {", "a plus" },
		{ "{\"a\":[1,",
			"1:1{;1:2ka;1:6[;1:7n1;:1:9: the file ends before the list of line 1 is "
			"closed",
		  "cut" },
		{ "\"abc", ":1:1: the text that begins here is never closed", "cut in a text" },
		{ "\"a\nb\"", ":1:3: a control character in a text: write it as an escape", "a line end" },
		{ "\"\\x\"", ":1:3: no such escape: a backslash takes one of \" \\ / b f n r t u",
			"no escape" },
		{ "\"\\u12g4\"", ":1:3: \\u takes four hexadecimal digits", "bad digits" },
		{ "", ":1:1: the file is empty: expected JSON", "nothing" },
		{ "[}", "1:1[;:1:2: a } that closes nothing here", "the wrong end" },
		{ "]", ":1:1: a ] that closes nothing here", "an end alone" },
		{ "{\"a\":}", "1:1{;1:2ka;:1:6: a } that closes nothing here", "no value" },
		{ "1 2", "1:1n1;:1:3: text after the end of the document", "two documents" },
		{ "<html>", ":1:1: '<html>' is no JSON value: expected a text in quotes, a number,"
			" true, false, "
		  "null, [ or {", "a page instead" },
	};
	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		char *got = tokens(rows[i].text, strlen(rows[i].text), false);
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("%s: got '%s', expected '%s'", rows[i].why, got, rows[i].want);
		free(got);
	}
	char *two = tokens("[1]\n{}", 6, true);
	assert_string_equal(two, "1:1[;1:2n1;1:3];2:1{;2:2};");
	free(two);
}

static void limits(void **state)
{
	struct str s = { 0 };
	(void)state;
	for (int i = 0; i < 65; i++)
		str_addc(&s, '[');
	char *deep = tokens(s.p, s.len, false);
	assert_non_null(strstr(deep, ":1:65: nested more than 64 deep"));
	free(deep);
	str_clear(&s);
	str_addc(&s, '"');
	for (size_t i = 0; i < JSONPULL_FIELD / 16 + 1; i++)
		str_add(&s, "0123456789abcdef");
	char *wide = tokens(s.p, s.len, false);
	assert_string_equal(wide, ":1:1: a field of more than 10 MiB: is a quote missing?");
	free(wide);
	s.p[0] = '1';
	for (size_t i = 1; i < s.len; i++)
		s.p[i] = '0';
	wide = tokens(s.p, s.len, false);
	assert_string_equal(wide, ":1:1: a field of more than 10 MiB: is a quote missing?");
	free(wide);
	str_free(&s);
}

/* Tokens across blocks of the reader: places and texts stay right. */
static void across_blocks(void **state)
{
	struct str s = { 0 };
	struct stream *in;
	struct jsonpull *j;
	struct jp_token t;
	(void)state;
	str_add(&s, "[\n");
	for (int i = 0; i < 20000; i++)
		str_addf(&s, "%s\"\\u00e9%d\"\r\n", i ? "," : "", i);
	str_add(&s, "]");
	assert_int_equal(stream_memory(s.p, s.len, "b", &in, NULL), CM_OK);
	assert_int_equal(jsonpull_open(in, "b", false, &j, NULL), CM_OK);
	assert_int_equal(jsonpull_next(j, &t, NULL), CM_OK);
	for (int i = 0; i < 20000; i++) {
		char want[32];
		snprintf(want, sizeof want, "\xc3\xa9%d", i);
		assert_int_equal(jsonpull_next(j, &t, NULL), CM_OK);
		assert_string_equal(t.text, want);
		assert_int_equal(t.line, i + 2);
		assert_int_equal(t.col, i ? 2 : 1);
	}
	assert_int_equal(jsonpull_next(j, &t, NULL), CM_OK);
	assert_int_equal(t.event, JP_ARRAY_END);
	assert_int_equal(jsonpull_next(j, &t, NULL), CM_END);
	assert_int_equal(jsonpull_next(j, &t, NULL), CM_END);
	jsonpull_close(j);
	stream_close(in);
	str_free(&s);
}

static void trees(void **state)
{
	static const char text[] = "{\"skip\": {\"a\": [1, {\"b\": 2}]}, \"v\": {\"n\": 2.50, "
		"\"t\": \"x\", \"z\": null, "
				   "\"l\": [1, [2, 3], {}]}, \"w\": {\"k\": 1, \"k\": 2}}";
	struct stream *in;
	struct jsonpull *j;
	struct jp_token t;
	struct arena a = { 0 };
	struct cm_err err = { 0 };
	const struct jp_node *n;
	(void)state;
	assert_int_equal(stream_memory(text, strlen(text), "t", &in, NULL), CM_OK);
	assert_int_equal(jsonpull_open(in, "t", false, &j, NULL), CM_OK);
	for (int i = 0; i < 3; i++) /* { "skip" { */
		assert_int_equal(jsonpull_next(j, &t, NULL), CM_OK);
	assert_int_equal(jsonpull_skip(j, &t, NULL), CM_OK);
	assert_int_equal(jsonpull_next(j, &t, NULL), CM_OK);
	assert_string_equal(t.text, "v");
	assert_int_equal(jsonpull_next(j, &t, NULL), CM_OK);
	assert_int_equal(jsonpull_tree(j, &t, &a, 0, &n, &err), CM_OK);
	assert_int_equal(n->children, 4);
	assert_string_equal(jp_member(n, "n"), "2.50");
	assert_string_equal(jp_member(n, "t"), "x");
	assert_string_equal(jp_member(n, "z"), "");
	assert_true(jp_is(jp_get(n, "z"), JP_NULL));
	assert_string_equal(jp_member(n, "none"), "");
	assert_int_equal(jp_get(n, "l")->children, 3);
	assert_string_equal(jp_get(n, "l")->first->next->first->next->text, "3");
	assert_null(jp_get(NULL, "x"));
	assert_int_equal(jsonpull_next(j, &t, NULL), CM_OK);
	assert_int_equal(jsonpull_next(j, &t, NULL), CM_OK);
	assert_int_equal(jsonpull_tree(j, &t, &a, 0, &n, &err), CM_EINPUT);
	assert_non_null(strstr(err.why, "the key 'k' is given twice"));
	arena_free(&a);
	jsonpull_close(j);
	stream_close(in);
	/* one record may not fill memory */
	assert_int_equal(stream_memory("[1,2,3,4]", 9, "t", &in, NULL), CM_OK);
	assert_int_equal(jsonpull_open(in, "t", false, &j, NULL), CM_OK);
	assert_int_equal(jsonpull_next(j, &t, NULL), CM_OK);
	assert_int_equal(jsonpull_tree(j, &t, &a, 100, &n, &err), CM_EINPUT);
	arena_free(&a);
	jsonpull_close(j);
	stream_close(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads), cmocka_unit_test(limits), cmocka_unit_test(across_blocks),
		cmocka_unit_test(trees),
	};
	return cmocka_run_group_tests_name("jsonpull", tests, NULL, NULL);
}
