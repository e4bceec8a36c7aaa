/* Text from outside on its way into pages, tables, terminals and scripts. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/utf8.h"

#define BAD "\xef\xbf\xbd"

typedef void (*escaper)(struct str *out, const char *text);

static void rows_of_all(void **state)
{
	static const struct { escaper f; const char *text, *want, *why; } rows[] = {
		{ esc_html, "<a href=\"x\" o='y'>&</a>",
		  "&lt;a href=&quot;x&quot; o=&#39;y&#39;&gt;&amp;&lt;/a&gt;", "markup and both quotes" },
		{ esc_html, "a\001\xff" "b", "a" BAD BAD "b", "what HTML may not hold is seen" },
		{ esc_html, "\xc3\xa4\n\t", "\xc3\xa4\n\t", "letters and blanks stay" },
		{ esc_xml, "a\001\x1b" "b<", "ab&lt;", "what XML cannot carry is dropped" },
		{ esc_xml, "\xef\xbf\xbe", "", "U+FFFE is no character of XML" },
		{ esc_xml, "\xff", BAD, "bytes that are no UTF-8 are seen" },
		{ esc_markdown, "a|b<c>*d*_e_`f`[g]\\h&", "a\\|b&lt;c&gt;\\*d\\*\\_e\\_\\`f\\`\\[g\\]\\\\h"
		  "&amp;", "a cell of a table stays one cell" },
		{ esc_markdown, "a\nb\r", "a b ", "and one line" },
		{ esc_markdown, "- a", "\\- a", "no list" },
		{ esc_markdown, "  12. a", "12\\. a", "no numbered list, no block of code" },
		{ esc_markdown, "## a", "\\## a", "no heading" },
		{ esc_markdown, "---", "\\---", "no rule" },
		{ esc_markdown, "-5 %, 1.5 W", "-5 %, 1.5 W", "numbers stay as they are" },
		{ esc_markdown, "@all a@b #12 #x", "@<!-- -->all a@<!-- -->b #<!-- -->12 #x",
		  "nobody is notified, nothing is referred to" },
		{ esc_markdown, "~~a~~ $b$", "\\~\\~a\\~\\~ \\$b\\$", "no stroke, no formula" },
		{ esc_plain, "a\001\x1b[\xff\t\r\n<", "a" BAD BAD "[" BAD "\t\r\n<", "only text is left" },
		{ esc_terminal, "\033[2Jx\a\r\n", "\\x1b[2Jx\\x07\\x0d\\x0a",
		  "escapes are shown, not obeyed" },
		{ esc_terminal, "\xc2\x9b" "31m", "\\x9b31m", "an 8-bit escape too" },
		{ esc_terminal, "a\xe2\x80\xae" "b", "a\\u202eb", "text that turns its line around" },
		{ esc_terminal, "\xe2\x82\xac 5\xfe", "\xe2\x82\xac 5" BAD, "a euro stays" },
		{ esc_script, "</script><!--\"\\\n", "\\u003c/script\\u003e\\u003c!--\\\"\\\\\\u000a",
		  "a script element cannot be closed from inside" },
		{ esc_script, "\xe2\x80\xa8", "\\u2028", "a line end of JavaScript" },
	};
	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		struct str s = { 0 };
		rows[i].f(&s, rows[i].text);
		if (strcmp(str_get(&s), rows[i].want) != 0)
			fail_msg("%s: got '%s'", rows[i].why, str_get(&s));
		str_free(&s);
	}
}

static void utf8(void **state)
{
	static const struct { const char *text; size_t n; uint32_t c; const char *why; } rows[] = {
		{ "a", 1, 'a', "ASCII" },
		{ "\xc3\xa4", 2, 0xe4, "two bytes" },
		{ "\xe2\x82\xac", 3, 0x20ac, "three" },
		{ "\xf0\x9f\x98\x80", 4, 0x1f600, "four" },
		{ "\xf4\x8f\xbf\xbf", 4, 0x10ffff, "the last" },
		{ "\xf4\x90\x80\x80", 1, UTF8_BAD, "past the last" },
		{ "\xc0\xaf", 1, UTF8_BAD, "a slash in two bytes" },
		{ "\xe0\x80\xaf", 1, UTF8_BAD, "a slash in three" },
		{ "\xed\xa0\x80", 1, UTF8_BAD, "half of a pair" },
		{ "\xe2\x82", 1, UTF8_BAD, "cut short" },
		{ "\x80", 1, UTF8_BAD, "a second byte alone" },
		{ "\xff", 1, UTF8_BAD, "no byte of UTF-8" },
	};
	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		uint32_t c = 0;
		const size_t n = utf8_next(rows[i].text, &c);
		if (n != rows[i].n || c != rows[i].c)
			fail_msg("%s: %zu bytes, U+%04X", rows[i].why, n, (unsigned)c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(rows_of_all), cmocka_unit_test(utf8) };
	return cmocka_run_group_tests_name("escape", tests, NULL, NULL);
}
