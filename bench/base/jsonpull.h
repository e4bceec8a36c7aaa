/*
 * JSON from a stream, token by token, in constant memory; numbers stay the text that the source
 * printed.
 *
 * Beside base/json.h, whose numbers are doubles: a price must keep its digits, and a file may be
 * larger than memory. Small values become trees.
 */
#ifndef CM_BASE_JSONPULL_H
#define CM_BASE_JSONPULL_H

#include <stdbool.h>
#include <stddef.h>

#include "api/status.h"
#include "base/arena.h"
#include "base/stream.h"

#define JSONPULL_DEPTH 64
#define JSONPULL_FIELD ((size_t)10 << 20) /* bytes of one string, key or number */

enum jp_event {
	JP_OBJECT, JP_OBJECT_END, JP_ARRAY, JP_ARRAY_END, JP_KEY, JP_STRING, JP_NUMBER, JP_TRUE,
	JP_FALSE, JP_NULL,
};

struct jp_token {
	enum jp_event event;
	const char *text;   /* of KEY, STRING, NUMBER and words; valid UTF-8, until the next call */
	size_t len;
	size_t line, col;   /* of its first byte, from 1 */
	size_t depth;       /* containers around it: 0 for the document itself and its end */
};

struct jsonpull;

/* The stream is borrowed; name stands in messages. several: documents may follow one another. */
enum cm_status jsonpull_open(struct stream *in, const char *name, bool several,
			     struct jsonpull **out, struct cm_err *err);
/* CM_END after the document. What is not JSON (trailing commas, NaN, comments, a cut file), a control
 * character in a string, depth over JSONPULL_DEPTH and fields over JSONPULL_FIELD are CM_EINPUT at
 * file:line:column.
 * Bytes that are not UTF-8, lone surrogates and \u0000 become U+FFFD. */
enum cm_status jsonpull_next(struct jsonpull *j, struct jp_token *t, struct cm_err *err);
/* Passes the rest of the value that began with t. */
enum cm_status jsonpull_skip(struct jsonpull *j, const struct jp_token *t, struct cm_err *err);
void jsonpull_close(struct jsonpull *j); /* NULL is fine */

/* A value as a tree. */
struct jp_node {
	enum jp_event kind;       /* JP_OBJECT, JP_ARRAY or a scalar */
	const char *key;          /* "" in an array */
	const char *text;         /* of strings, numbers, true and false; "" of null and containers */
	size_t line, col;
	const struct jp_node *first, *next; /* children, in order; the next one of its parent */
	size_t children;
};

/* The value that began with t, in the arena; more than limit bytes of text (0 = 64 MiB) is CM_EINPUT, and
 * so is a key given twice. */
enum cm_status jsonpull_tree(struct jsonpull *j, const struct jp_token *t, struct arena *a, size_t limit,
			     const struct jp_node **out, struct cm_err *err);
/* NULL where it is not there; n may be NULL. */
const struct jp_node *jp_get(const struct jp_node *n, const char *key);
const char *jp_text(const struct jp_node *n);                  /* "" of NULL, null and containers */
const char *jp_member(const struct jp_node *n, const char *key); /* text of a member, "" if none */
static inline bool jp_is(const struct jp_node *n, enum jp_event kind)
{
	return n && n->kind == kind;
}

#endif
