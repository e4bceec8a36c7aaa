/* One progress line, redrawn at most 4 times a second, only on a terminal; never inside a timed region. */
#ifndef CM_CLI_PROGRESS_H
#define CM_CLI_PROGRESS_H

#include <stdbool.h>

void progress_begin(const char *mode);      /* "auto", "always", "never", "lines" */
void progress_update(double done, double of, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void progress_end(void);                    /* clears the line */

#endif
