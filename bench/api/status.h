/*
 * Status codes, the error sentence and the program's exit codes.
 *
 * A function that can fail returns enum cm_status and takes a struct cm_err * as its last argument.
 * Whoever decides the error writes its one sentence with cm_fail(); callers only pass it on.
 * ABSENT, UNSUPPORTED and DENIED are facts about a machine, not failures: they become table cells.
 */
#ifndef CM_API_STATUS_H
#define CM_API_STATUS_H

#include <stddef.h>

/*       symbol        word           exit  what it says */
#define CM_STATUSES(X)                                                                             \
	X(CM_OK,          "ok",          0, "done")                                                \
	X(CM_END,         "end",         0, "an iterator has no more rows")                        \
	X(CM_ABSENT,      "absent",      3, "not on this machine")                                 \
	X(CM_UNSUPPORTED, "unsupported", 3, "here, but it cannot do this")                         \
	X(CM_DENIED,      "denied",      3, "here, but this user may not")                         \
	X(CM_UNTRUSTED,   "untrusted",   4, "measured, but a trust check failed")                  \
	X(CM_EINPUT,      "input",       2, "the user's input is wrong")                           \
	X(CM_EIO,         "io",          6, "the operating system refused")                        \
	X(CM_EDRIVER,     "driver",      6, "a driver failed")                                     \
	X(CM_EVERIFY,     "wrong",       5, "a device computed a wrong result")                    \
	X(CM_EINTERNAL,   "internal",    6, "a rule of ours is broken: a bug")                     \
	X(CM_EINTR,       "interrupted", 130, "the user stopped it")

enum cm_status {
#define X(sym, word, code, says) sym,
	CM_STATUSES(X)
#undef X
	CM_STATUS_NR
};

/* Exit codes of the program (DESIGN section 6). */
enum cm_exit {
	CM_EXIT_OK = 0, CM_EXIT_WORSE = 1, CM_EXIT_USAGE = 2, CM_EXIT_NOTHING = 3,
	CM_EXIT_UNTRUSTED = 4, CM_EXIT_WRONG = 5, CM_EXIT_INTERNAL = 6, CM_EXIT_INTERRUPTED = 130,
};

struct cm_err {
	enum cm_status st;
	char why[600]; /* one sentence, no newline, no full stop at its end; may start "FILE:LINE:COL: " */
};

/* Writes the sentence and returns st. err may be NULL. Bytes unfit for a terminal are replaced. */
enum cm_status cm_fail(struct cm_err *err, enum cm_status st, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* As cm_fail, prefixed "FILE:LINE:COL: ". col 0 leaves the column out, line 0 both. */
enum cm_status cm_fail_at(struct cm_err *err, enum cm_status st, const char *file, size_t line,
			  size_t col, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

const char *cm_status_word(enum cm_status st); /* "ok", "absent", … */
int cm_status_exit(enum cm_status st);         /* the exit code a command ends with */

#endif
