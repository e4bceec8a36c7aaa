/* Bytes from a file or a pipe, plain, gzip or zip: what price sources and readers of results read from. */
#ifndef CM_BASE_STREAM_H
#define CM_BASE_STREAM_H

#include <stdint.h>

#include "api/status.h"
#include "base/str.h"

struct stream;

/* "-" is standard input. gzip (also several members) and a zip's first entry are found by their first
 * bytes and unpacked. limit: most unpacked bytes, 0 = none; beyond it a read is CM_EINPUT. */
enum cm_status stream_open(const char *path, uint64_t limit, struct stream **out,
			   struct cm_err *err);
/* Borrowed memory that outlives the stream; `name` stands in messages. For tests and fuzzing. */
enum cm_status stream_memory(const void *bytes, size_t n, const char *name, struct stream **out,
			     struct cm_err *err);
/* Those streams one after the other, as one; it takes them over. */
struct stream *stream_joined(struct stream **part, size_t n, const char *name);
/* Up to cap bytes (more than 0 unless it is the end); *got = 0 at the end. A packed input that ends early or
 * fails its checksum is CM_EINPUT, never a short text that looks whole. */
enum cm_status stream_read(struct stream *s, void *buf, size_t cap, size_t *got,
			   struct cm_err *err);
/* The first bytes, unpacked, up to STREAM_HEAD of them, before any is read: they stay to be read. NUL-ended,
 * borrowed until the first read. */
#define STREAM_HEAD ((size_t)64 << 10)
enum cm_status stream_head(struct stream *s, const char **out, size_t *n, struct cm_err *err);
/* The whole rest, appended; more than limit bytes (0 = 1 GiB) is CM_EINPUT. */
enum cm_status stream_rest(struct stream *s, size_t limit, struct str *out, struct cm_err *err);
/* From now on every unpacked byte that is read goes into the hash too; NULL = no more. Not owned. */
struct hasher;
void stream_hash(struct stream *s, struct hasher *h);
const char *stream_name(const struct stream *s); /* "standard input" for "-" */
uint64_t stream_taken(const struct stream *s);   /* unpacked bytes read so far */
void stream_close(struct stream *s);             /* NULL is fine */

#endif
