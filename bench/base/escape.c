/* Text from outside, made safe for where it goes: one table of replacements a target. */
#include "base/escape.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

static const char bad[] = "\xef\xbf\xbd"; /* U+FFFD */

/* Adds what utf8_next() read: the character itself, or U+FFFD where it was not one. */
static void put(struct str *out, const char *s, size_t n, uint32_t c)
{
	if (c == UTF8_BAD)
		str_add(out, bad);
	else
		str_addn(out, s, n);
}

static const char *entity(uint32_t c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&#39;";
	default: return NULL;
	}
}

/* XML 1.0 section 2.2: of the controls only tab, LF and CR are characters; U+FFFE, U+FFFF never. */
static int xml_forbids(uint32_t c)
{
	return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || (c & 0xfffe) == 0xfffe;
}

static void markup(struct str *out, const char *text, int drop)
{
	for (size_t n; *text; text += n) {
		uint32_t c;
		n = utf8_next(text, &c);
		const char *e = entity(c);
		if (e)
			str_add(out, e);
		else if (!xml_forbids(c) &&
			 (drop || !utf8_is_control(c) || c < 0x20)) /* HTML: no DEL, no C1 */
			put(out, text, n, c);
		else if (!drop)
			str_add(out, bad);
	}
}

void esc_html(struct str *out, const char *text)
{
	markup(out, text, 0);
}

void esc_xml(struct str *out, const char *text)
{
	markup(out, text, 1);
}

/* What would start a list, a heading or a rule at the beginning of a line ("- ", "## ", "---",
 * "1. "): the character to be hidden by a backslash, or NULL. */
static const char *line_start(const char *s)
{
	const size_t digits = strspn(s, "0123456789");
	size_t same = 0;

	if (digits)
		return (s[digits] == '.' || s[digits] == ')') &&
				       (!s[digits + 1] || s[digits + 1] == ' ')
			       ? s + digits
			       : NULL;
	while (*s && strchr("#+-=", *s) && s[same] == *s)
		same++;
	return same && (!s[same] || s[same] == ' ') ? s : NULL;
}

/* GitHub turns @name into a mention, which notifies, and #12 into a reference; a comment between
 * parts them. */
static int is_reference(const char *s)
{
	return (*s == '@' &&
		(((s[1] | 32) >= 'a' && (s[1] | 32) <= 'z') || (s[1] >= '0' && s[1] <= '9'))) ||
	       (*s == '#' && s[1] >= '0' && s[1] <= '9');
}

void esc_markdown(struct str *out, const char *text)
{
	text += strspn(text, " \t\r\n"); /* four blanks would start a block of code */
	const char *hidden = line_start(text);

	for (size_t n; *text; text += n) {
		uint32_t c;
		n = utf8_next(text, &c);
		if (text == hidden)
			str_addc(out, '\\');
		if (c == '<' || c == '>' || c == '&')
			str_add(out, entity(c));
		else if (c == '\n' || c == '\r')
			str_addc(out, ' ');
		else if (is_reference(text))
			str_addf(out, "%c<!-- -->", (char)c);
		else if (c < 0x80 && strchr("|*_`[]\\~$", (int)c)) {
			str_addc(out, '\\');
			str_addc(out, (char)c);
		} else if (utf8_is_control(c) && c != '\t')
			str_add(out, bad);
		else
			put(out, text, n, c);
	}
}

void esc_terminal(struct str *out, const char *text)
{
	for (size_t n; *text; text += n) {
		uint32_t c;
		n = utf8_next(text, &c);
		if (c == UTF8_BAD && n == 1)
			str_add(out, bad);
		else if (utf8_is_control(c))
			str_addf(out, "\\x%02x", (unsigned)c);
		else if (utf8_is_bidi(c))
			str_addf(out, "\\u%04x", (unsigned)c);
		else
			str_addn(out, text, n);
	}
}

void esc_plain(struct str *out, const char *text)
{
	for (size_t n; *text; text += n) {
		uint32_t c;
		n = utf8_next(text, &c);
		if (utf8_is_control(c) && c != '\t' && c != '\n' && c != '\r')
			str_add(out, bad);
		else
			put(out, text, n, c);
	}
}

void esc_script(struct str *out, const char *text)
{
	for (size_t n; *text; text += n) {
		uint32_t c;
		n = utf8_next(text, &c);
		if (c == '"' || c == '\\') {
			str_addc(out, '\\');
			str_addc(out, (char)c);
		} else if (c < 0x20 || c == 0x7f || c == '<' || c == '>' || c == '&' ||
			   c == 0x2028 || c == 0x2029)
			str_addf(out, "\\u%04x", (unsigned)c); /* "</script>", "<!--", line ends */
		else
			put(out, text, n, c);
	}
}
