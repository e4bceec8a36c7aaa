/*
 * The progress line (see progress.h). It is drawn by the parent while the worker waits for its
 * acknowledgement or prepares: never beside a timed region.
 */
#include "cli/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"

#define REDRAW_NS UINT64_C(250000000)

static struct {
	enum { NEVER, REDRAW, LINES } how;
	uint64_t drawn_ns;
	bool visible;
} line;

void progress_begin(const char *mode)
{
	const char *term = getenv("TERM");
	const bool terminal = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;

	memset(&line, 0, sizeof line);
	if (!strcmp(mode, "lines"))
		line.how = LINES;
	else if (!strcmp(mode, "always") || (!strcmp(mode, "auto") && terminal))
		line.how = REDRAW;
}

void progress_update(double done, double of, const char *fmt, ...)
{
	const uint64_t now = cm_now_ns();
	struct str text = { 0 }, safe = { 0 };
	va_list ap;

	if (line.how == NEVER || (line.drawn_ns && now - line.drawn_ns < REDRAW_NS))
		return;
	line.drawn_ns = now;
	line.visible = line.how == REDRAW;
	va_start(ap, fmt);
	str_vaddf(&text, fmt, ap);
	va_end(ap);
	esc_terminal(&safe, str_get(&text));
	fprintf(stderr, "%s%3.0f %%  %.90s%s", line.how == REDRAW ? "\r\033[K" : "",
		of > 0 ? 100 * done / of : 0, str_get(&safe), line.how == REDRAW ? "" : "\n");
	fflush(stderr);
	str_free(&text);
	str_free(&safe);
}

void progress_end(void)
{
	if (line.visible)
		fputs("\r\033[K", stderr);
	line.visible = false;
}
