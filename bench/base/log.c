/* Warnings, notes and the last sentence of a failed command, all on stderr. */
#include "base/log.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/str.h"

static bool notes_off;

void log_quiet(bool quiet)
{
	notes_off = quiet;
}

bool log_colour(FILE *f)
{
	const char *no = getenv("NO_COLOR"), *force = getenv("CLICOLOR_FORCE");
	const char *term = getenv("TERM");

	if (no && *no)
		return false;
	if (force && *force && strcmp(force, "0") != 0)
		return true;
	return isatty(fileno(f)) && (!term || strcmp(term, "dumb") != 0);
}

static void say(const char *colour, const char *what, const char *text)
{
	const bool c = log_colour(stderr);
	struct str safe = { 0 };

	esc_terminal(&safe, text);
	fflush(stdout);
	fprintf(stderr, "%scostmark: %s%s%s\n", c ? colour : "", what, c ? "\033[0m" : "",
		str_get(&safe));
	str_free(&safe);
}

void log_warn(const char *fmt, ...)
{
	struct str s = { 0 };
	va_list ap;
	va_start(ap, fmt);
	str_vaddf(&s, fmt, ap);
	va_end(ap);
	say("\033[33m", "warning: ", str_get(&s));
	str_free(&s);
}

void log_note(const char *fmt, ...)
{
	if (notes_off)
		return;
	struct str s = { 0 };
	va_list ap;
	va_start(ap, fmt);
	str_vaddf(&s, fmt, ap);
	va_end(ap);
	say("\033[2m", "", str_get(&s));
	str_free(&s);
}

void log_error(const struct cm_err *err)
{
	const size_t n = strlen(err->why);
	const bool ended = n && strchr(".?!", err->why[n - 1]);
	char *text = cm_printf_dup("%s%s", err->why, ended ? "" : ".");
	say("\033[31m", "", text);
	free(text);
}
