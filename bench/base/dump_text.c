/* Plain text and moments of what vendors' tools write (see dump_text.h). Knows no vendor. */
#include "base/dump_text.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

/* ---- plain text ---------------------------------------------------------------------------- */

static void add_rune(struct str *s, uint32_t c)
{
	if (c < 0x80) {
		str_addc(s, (char)c);
	} else if (c < 0x800) {
		str_addc(s, (char)(0xC0 | c >> 6));
		str_addc(s, (char)(0x80 | (c & 0x3F)));
	} else if (c < 0x10000) {
		str_addc(s, (char)(0xE0 | c >> 12));
		str_addc(s, (char)(0x80 | (c >> 6 & 0x3F)));
		str_addc(s, (char)(0x80 | (c & 0x3F)));
	} else {
		str_addc(s, (char)(0xF0 | c >> 18));
		str_addc(s, (char)(0x80 | (c >> 12 & 0x3F)));
		str_addc(s, (char)(0x80 | (c >> 6 & 0x3F)));
		str_addc(s, (char)(0x80 | (c & 0x3F)));
	}
}

/* 0: no UTF-16; else 'l' or 'b' for which byte comes first. Without a mark it is known by its first two
 * letters, which are ASCII in every format here. */
static char utf16_order(const unsigned char *p, size_t n)
{
	if (n < 4)
		return 0;
	if (p[0] == 0xFF && p[1] == 0xFE)
		return 'l';
	if (p[0] == 0xFE && p[1] == 0xFF)
		return 'b';
	return p[0] && !p[1] && p[2] && !p[3] ? 'l' : !p[0] && p[1] && !p[2] && p[3] ? 'b' : 0;
}

static void from_utf16(const unsigned char *p, size_t n, bool big, struct str *out)
{
	uint32_t high = 0;

	for (size_t i = 0; i + 1 < n; i += 2) {
		const uint32_t c = big ? (uint32_t)p[i] << 8 | p[i + 1] : (uint32_t)p[i + 1] << 8 | p[i];

		if (c >= 0xD800 && c < 0xDC00)
			high = c;
		else if (c >= 0xDC00 && c < 0xE000)
			add_rune(out, high ? 0x10000 + ((high - 0xD800) << 10) + (c - 0xDC00) : 0xFFFD);
		else if (c != 0xFEFF)
			add_rune(out, c);
		if (c < 0xD800 || c >= 0xDC00)
			high = 0;
	}
}

/* Length of the escape sequence at p: "ESC [ … letter" (colours, cursor), or ESC and one more byte. */
static size_t escape_length(const char *p, size_t n)
{
	size_t i = 2;

	if (n < 2 || p[1] != '[')
		return n < 2 ? 1 : 2;
	while (i < n && (unsigned char)p[i] >= 0x20 && (unsigned char)p[i] < 0x40)
		i++;
	return i < n ? i + 1 : i;
}

static void make_plain(const char *p, size_t n, struct str *out)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\033')
			i += escape_length(p + i, n - i) - 1;
		else if (p[i] == '\r')
			str_addn(out, "\n", i + 1 < n && p[i + 1] == '\n' ? 0 : 1);
		else
			str_addc(out, p[i] ? p[i] : ' ');
	}
}

enum cm_status dump_text(const char *path, struct str *out, struct cm_err *err)
{
	struct str raw = { 0 }, wide = { 0 };
	const enum cm_status st = file_read(path, 0, &raw, err);
	const char *p = str_get(&raw);
	size_t n = raw.len;
	char order;

	if (st) {
		str_free(&raw);
		return st;
	}
	order = utf16_order((const unsigned char *)p, n);
	if (order) {
		from_utf16((const unsigned char *)p, n, order == 'b', &wide);
		p = str_get(&wide);
		n = wide.len;
	} else if (n >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0) {
		p += 3;
		n -= 3;
	}
	make_plain(p, n, out);
	str_free(&raw);
	str_free(&wide);
	return CM_OK;
}

/* ---- lines and cells ----------------------------------------------------------------------- */

bool dump_line(const char **text, char *line, size_t cap)
{
	const size_t len = strcspn(*text, "\n");

	if (!**text)
		return false;
	snprintf(line, cap, "%.*s", (int)(len < cap - 1 ? len : cap - 1), *text);
	*text += len;
	*text += **text != '\0';
	return true;
}

char dump_separator(const char *header)
{
	const size_t n = strcspn(header, "\n");

	return memchr(header, ';', n) ? ';' : memchr(header, '\t', n) && !memchr(header, ',', n) ? '\t' : ',';
}

/* Cuts white space, then one pair of quotes, off both ends. */
static char *bare(char *s)
{
	char *end = s + strlen(s);

	for (int pass = 0; pass < 2; pass++) {
		while (isspace((unsigned char)*s))
			s++;
		while (end > s && isspace((unsigned char)end[-1]))
			*--end = '\0';
		if (pass || *s != '"' || end < s + 2 || end[-1] != '"')
			continue;
		*--end = '\0';
		s++;
	}
	return s;
}

size_t dump_cells(char *line, char sep, char **cell, size_t n)
{
	size_t found = 0;
	char *p = line;

	while (found < n) {
		bool quoted = false;
		char *from, *end;

		while (sep == ' ' && isspace((unsigned char)*p))
			p++;
		if (sep == ' ' && !*p)
			break;
		from = p;
		for (; *p && (quoted || (sep == ' ' ? !isspace((unsigned char)*p) : *p != sep)); p++)
			quoted ^= *p == '"';
		end = p;
		p += *p != '\0';
		if (!*end) {
			cell[found++] = bare(from);
			break;
		}
		*end = '\0';
		cell[found++] = bare(from);
	}
	return found;
}

/* ---- moments ------------------------------------------------------------------------------- */

/* Days since 1970 of a date in the Gregorian calendar. */
static double days(int y, int m, int d)
{
	const int y2 = m <= 2 ? y - 1 : y, era = y2 / 400, yoe = y2 - era * 400;
	const int doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	const int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097.0 + doe - 719468;
}

/* "09:00:43.120" at p: seconds of the day; NaN: no such. */
static double day_seconds(const char *p)
{
	unsigned h, m;
	double s;
	int n = 0;

	/* NOLINTNEXTLINE(cert-err34-c): so few digits do not overflow */
	if (sscanf(p, "%2u:%2u:%n", &h, &m, &n) != 2 || !n || !isdigit((unsigned char)p[n]))
		return NAN;
	s = strtod(p + n, NULL);
	return h < 24 && m < 60 && s < 61 ? h * 3600.0 + m * 60.0 + s : NAN;
}

static double of_date(int y, int m, int d, const char *rest)
{
	const double s = day_seconds(rest + strspn(rest, " T"));

	return y >= 1970 && y < 10000 && m >= 1 && m <= 12 && d >= 1 && d <= 31 ? days(y, m, d) * 86400 + s
									     : NAN;
}

double dump_time(const char *text)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int y = 0, m = 0, d = 0, n = 0;
	char word[4] = "", *end;
	const char *at;
	double v;

	text += strspn(text, " \t");
	/* NOLINTBEGIN(cert-err34-c): so few digits do not overflow */
	if (sscanf(text, "%4d/%2d/%2d%n", &y, &m, &d, &n) == 3 ||
	    sscanf(text, "%4d-%2d-%2d%n", &y, &m, &d, &n) == 3 ||
	    (strspn(text, "0123456789") == 8 && sscanf(text, "%4d%2d%2d%n", &y, &m, &d, &n) == 3))
		return of_date(y, m, d, text + n);
	if (sscanf(text, "%*3[A-Za-z] %3[A-Za-z] %2d%n", word, &d, &n) == 2) {
		at = strstr(months, word);
		if (strlen(word) != 3 || !at || (at - months) % 3 ||
		    sscanf(text + n, " %*8[0-9:.] %4d", &y) != 1)
			return NAN;
		return of_date(y, (int)(at - months) / 3 + 1, d, text + n);
	}
	/* NOLINTEND(cert-err34-c) */
	if (!isdigit((unsigned char)*text))
		return NAN;
	if (text[strspn(text, "0123456789")] == ':')
		return day_seconds(text);
	v = strtod(text, &end);
	if (end[strspn(end, " \t")] || v < 1e8)
		return NAN;
	return v > 1e14 ? v * 1e-6 : v > 1e11 ? v * 1e-3 : v;
}
