/* The error sentence: written once by whoever decides it, safe to print anywhere. */
#include "api/status.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/utf8.h"

static const struct {
	const char *word;
	int code;
} statuses[] = {
#define X(sym, word, code, says) [sym] = { word, code },
	CM_STATUSES(X)
#undef X
};

const char *cm_status_word(enum cm_status st)
{
	return (unsigned)st < CM_STATUS_NR ? statuses[st].word : "?";
}

int cm_status_exit(enum cm_status st)
{
	return (unsigned)st < CM_STATUS_NR ? statuses[st].code : CM_EXIT_INTERNAL;
}

/* Whole characters only; a line end becomes a blank, what a terminal would obey becomes '?'. */
static void set_sentence(struct cm_err *err, enum cm_status st, const char *text)
{
	size_t at = 0;

	while (*text) {
		uint32_t c;
		const size_t n = utf8_next(text, &c);
		if (at + n >= sizeof err->why)
			break;
		if (c == '\n' || c == '\t')
			err->why[at++] = ' ';
		else if (utf8_is_control(c) || utf8_is_bidi(c) || (c == UTF8_BAD && n == 1))
			err->why[at++] = '?';
		else {
			memcpy(err->why + at, text, n);
			at += n;
		}
		text += n;
	}
	while (at && err->why[at - 1] == ' ')
		at--;
	err->why[at] = '\0';
	err->st = st;
}

enum cm_status cm_fail(struct cm_err *err, enum cm_status st, const char *fmt, ...)
{
	if (!err)
		return st;
	struct str s = { 0 };
	va_list ap;
	va_start(ap, fmt);
	str_vaddf(&s, fmt, ap);
	va_end(ap);
	set_sentence(err, st, str_get(&s));
	str_free(&s);
	return st;
}

enum cm_status cm_fail_at(struct cm_err *err, enum cm_status st, const char *file, size_t line,
			  size_t col, const char *fmt, ...)
{
	if (!err)
		return st;
	struct str s = { 0 };
	va_list ap;
	str_add(&s, file);
	if (line)
		str_addf(&s, ":%zu", line);
	if (line && col)
		str_addf(&s, ":%zu", col);
	str_add(&s, ": ");
	va_start(ap, fmt);
	str_vaddf(&s, fmt, ap);
	va_end(ap);
	set_sentence(err, st, str_get(&s));
	str_free(&s);
	return st;
}
