/* The cursor over model text: blanks, comments, names and numbers. It knows no grammar. */
#include "model/scan.h"

#include <stdlib.h>
#include <string.h>

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

struct model_pos scan_pos(const struct scan *s)
{
	struct model_pos pos = s->at;
	for (const char *p = s->line_start; p < s->p; p++)
		pos.col += ((unsigned char)*p & 0xc0) != 0x80; /* characters, not bytes */
	pos.col++;
	return pos;
}

static void scan_comment(struct scan *s)
{
	const char *from = ++s->p;
	while (s->p < s->end && *s->p != '\n')
		s->p++;
	while (from < s->p && (*from == ' ' || *from == '#'))
		from++;
	size_t n = (size_t)(s->p - from);
	while (n && (from[n - 1] == '\r' || from[n - 1] == ' '))
		n--;
	if (n && s->why.len)
		str_addc(&s->why, ' ');
	str_addn(&s->why, from, n);
}

void scan_blank(struct scan *s)
{
	while (s->p < s->end) {
		if (*s->p == '\n') {
			s->p++;
			s->line_start = s->p;
			s->at.line++;
		} else if (*s->p == ' ' || *s->p == '\t' || *s->p == '\r') {
			s->p++;
		} else if (*s->p == '#') {
			scan_comment(s);
		} else {
			return;
		}
	}
}

const char *scan_name(struct scan *s, bool dotted)
{
	const char *p = s->p;
	if (p == s->end || !is_letter(*p))
		return NULL;
	while (p < s->end && (is_letter(*p) || is_digit(*p) ||
			      (dotted && *p == '.' && p + 1 < s->end && is_letter(p[1]))))
		p++;
	char *copy = cm_strndup(s->p, (size_t)(p - s->p));
	const char *name = pool_dup(s->pool, copy);
	free(copy);
	s->p = p;
	return name;
}

bool scan_number(struct scan *s, double *v)
{
	const char *p = s->p, *end = s->end;
	size_t digits = 0;
	for (; p < end && is_digit(*p); p++)
		digits++;
	/* "0.07..0.12": two dots are a range, not a decimal point */
	if (p < end && *p == '.' && !(p + 1 < end && p[1] == '.'))
		for (p++; p < end && is_digit(*p); p++)
			digits++;
	if (digits == 0)
		return false;
	if (p < end && (*p == 'e' || *p == 'E')) {
		const char *q = p + 1;
		if (q < end && (*q == '+' || *q == '-'))
			q++;
		if (q < end && is_digit(*q)) {
			while (q < end && is_digit(*q))
				q++;
			p = q;
		}
	}
	char text[64];
	const size_t n = (size_t)(p - s->p);
	if (n >= sizeof text)
		return false;
	memcpy(text, s->p, n);
	text[n] = 0;
	*v = strtod(text, NULL);
	s->p = p;
	return true;
}

bool scan_word(struct scan *s, const char *symbol)
{
	scan_blank(s);
	const size_t n = strlen(symbol);
	if ((size_t)(s->end - s->p) < n || memcmp(s->p, symbol, n) != 0)
		return false;
	if (is_letter(*symbol) && s->p + n < s->end && (is_letter(s->p[n]) || is_digit(s->p[n])))
		return false;
	s->p += n;
	return true;
}

enum cm_status scan_fail(const struct scan *s, struct cm_err *err, const char *what)
{
	const struct model_pos pos = scan_pos(s);
	if (s->p == s->end)
		return cm_fail_at(err, CM_EINPUT, pos.file, pos.line, pos.col,
				  "expected %s, found the end of the line", what);
	size_t n = 1;
	if (is_letter(*s->p)) /* a whole word */
		while (s->p + n < s->end && n < 40 && (is_letter(s->p[n]) || is_digit(s->p[n])))
			n++;
	while (s->p + n < s->end && ((unsigned char)s->p[n] & 0xc0) == 0x80)
		n++; /* a whole character */
	return cm_fail_at(err, CM_EINPUT, pos.file, pos.line, pos.col, "expected %s, found '%.*s'",
			  what, (int)n, s->p);
}
