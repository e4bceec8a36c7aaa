/* Warnings and notes: on stderr, with the colour rules of NO_COLOR and CLICOLOR_FORCE. */
#ifndef CM_BASE_LOG_H
#define CM_BASE_LOG_H

#include <stdbool.h>
#include <stdio.h>

#include "api/status.h"

void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "costmark: SENTENCE." */
void log_error(const struct cm_err *err);
void log_quiet(bool quiet);   /* notes off */
bool log_colour(FILE *f);     /* may escape codes be written to it? */

#endif
