/* YAML as text with places; what is refused, and where. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/yaml.h"

static void dump(const struct yaml_node *n, struct str *s)
{
	if (n->key)
		str_addf(s, "%s@%zu:%zu=", n->key, n->key_line, n->key_col);
	if (n->kind == YAML_SCALAR) {
		str_addf(s, "'%s'@%zu:%zu", n->text, n->line, n->col);
		return;
	}
	str_addc(s, n->kind == YAML_LIST ? '[' : '{');
	for (size_t i = 0; i < n->items; i++) {
		str_add(s, i ? " " : "");
		dump(&n->item[i], s);
	}
	str_addc(s, n->kind == YAML_LIST ? ']' : '}');
}

static char *parse(const char *text)
{
	struct yaml *y = NULL;
	struct cm_err err = { 0 };
	struct str s = { 0 };
	if (yaml_parse(text, strlen(text), "f", &y, &err) == CM_OK)
		dump(yaml_root(y), &s);
	else
		str_add(&s, err.why);
	yaml_free(y);
	return str_take(&s);
}

static void texts(void **state)
{
	static const struct { const char *text, *want, *why; } rows[] = {
		{ "a: 1\n", "{a@1:1='1'@1:4}", "a map" },
		{ "a: no\nb: 1e3\nc: ~\n", "{a@1:1='no'@1:4 b@2:1='1e3'@2:4 c@3:1='~'@3:4}",
		  "no type is guessed" },
		{ "a: 'no # x'  # y\n", "{a@1:1='no # x'@1:4}", "quotes and a comment" },
		{ "- 0.07..0.12 USD/kWh\n- x\n", "['0.07..0.12 USD/kWh'@1:3 'x'@2:3]", "a list" },
		{ "a:\n  b: {c: 1, d: [2]}\n", "{a@1:1={b@2:3={c@2:7='1'@2:10 d@2:13=['2'@2:17]}}}",
		  "nested, block and flow" },
		{ "a:\nb: 1\n", "{a@1:1=''@1:1 b@2:1='1'@2:4}", "an empty value stands at its key" },
		{ "x: &q {p: 1}\ny: *q\n", "{x@1:1={p@1:8='1'@1:11} y@2:1={p@1:8='1'@1:11}}",
		  "an alias is what its anchor was" },
		{ "", "{}", "an empty file is an empty map" },
		{ "# only a comment\n", "{}", "and so is a comment" },
		{ "--- \na: 1\n...\n", "{a@2:1='1'@2:4}", "document marks" },
		{ "a: |\n  two\n  lines\n", "{a@1:1='two\nlines\n'@2:1}", "a block text" },
		{ "a: 1\nb: 2\na: 3\n", "f:3:1: key 'a' is given twice, first on line 1", "a double key" },
		{ "a: !!int 3\n", "f:1:10: a tag (!…): every value is text here, leave it out", "a tag" },
		{ "a: 1\n---\nb: 1\n", "f:2:1: a second document: one file holds one", "two documents" },
		{ "a: *x\n", "f:1:5: an alias to an anchor that is not defined above it", "no anchor" },
		{ "a: &x [*x]\n", "f:1:9: an alias inside of its own anchor", "a loop" },
		{ "? [a]\n: b\n", "f:1:3: a key must be a plain text", "a list as key" },
		{ "a: 1\n%\xb5", "f:2:2: a byte that is not UTF-8", "the library would hang on this" },
		{ "a: \"x\\0y\"\n", "f:1:4: a NUL character inside a text", "a hidden end" },
	};
	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		char *got = parse(rows[i].text);
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("%s: got %s, expected %s", rows[i].why, got, rows[i].want);
		free(got);
	}
}

/* The library words these; the place is what we promise. */
static void syntax_has_a_place(void **state)
{
	static const struct { const char *text, *at, *why; } rows[] = {
		{ "a: [1, 2\nb: 3\n", "f:3:1: ", "a bracket left open" },
		{ "a: b: c\n", "f:1:5: ", "two colons" },
		{ "a: 1\n\tb: 2\n", "f:1:4: ", "a tab: told where the value begins" },
		{ "{a: 1,, b: 2}", "f:1:7: ", "two commas" },
	};
	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		char *got = parse(rows[i].text);
		if (strncmp(got, rows[i].at, strlen(rows[i].at)) != 0)
			fail_msg("%s: got %s, expected %s…", rows[i].why, got, rows[i].at);
		free(got);
	}
}

/* Ten anchors, each ten times the one before: a few lines that stand for 10^10 values. */
static void aliases_do_not_explode(void **state)
{
	struct str s = { 0 };
	(void)state;
	str_add(&s, "a0: &a0 x\n");
	for (int i = 1; i <= 10; i++) {
		str_addf(&s, "a%d: &a%d [", i, i);
		for (int k = 0; k < 10; k++)
			str_addf(&s, "%s*a%d", k ? "," : "", i - 1);
		str_add(&s, "]\n");
	}
	char *got = parse(s.p);
	assert_non_null(strstr(got, "more than 200000 values"));
	free(got);
	str_clear(&s);
	for (int i = 0; i < 100; i++)
		str_add(&s, "[");
	got = parse(s.p);
	assert_non_null(strstr(got, "nested deeper than 64 levels"));
	free(got);
	str_free(&s);
}

static void keys(void **state)
{
	static const char *const allowed[] = { "price", "region" };
	struct yaml *y = NULL;
	struct cm_err err = { 0 };
	const char *text = "price: 1\npice: 2\n";
	(void)state;
	assert_int_equal(yaml_parse(text, strlen(text), "f", &y, &err), CM_OK);
	assert_string_equal(yaml_get(yaml_root(y), "price")->text, "1");
	assert_null(yaml_get(yaml_root(y), "region"));
	assert_null(yaml_get(NULL, "region"));
	assert_int_equal(yaml_known(yaml_root(y), "f", allowed, 2, &err), CM_EINPUT);
	assert_string_equal(err.why, "f:2:1: unknown key 'pice' (did you mean 'price'?)");
	assert_int_equal(yaml_known(&yaml_root(y)->item[0], "f", allowed, 2, &err), CM_OK);
	yaml_free(y);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts), cmocka_unit_test(syntax_has_a_place),
		cmocka_unit_test(aliases_do_not_explode), cmocka_unit_test(keys),
	};
	return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
