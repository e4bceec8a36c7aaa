/*
 * A file or pipe as bytes, unpacked where it is gzip or zip. zlib is named here only.
 *
 * Whole or an error: a packed text that was cut or damaged never ends like a whole one, since a price
 * table that lost its tail would be believed.
 */
#include "base/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/hash.h"

#define RAW_BYTES ((size_t)256 << 10)
#define ZIP_HEAD 30 /* bytes of a local file header (APPNOTE 4.3.7) */

enum packing { PLAIN, GZIP, ZIP };

struct stream {
	int fd;                  /* -1: memory */
	const uint8_t *memory;   /* what is left of it */
	size_t memory_left;
	char *name;
	enum packing packing;
	uint8_t *raw;            /* bytes read ahead */
	size_t at, have;
	bool raw_end, member_end;
	z_stream z;
	uint64_t limit, taken;
	uint32_t crc, crc_stated; /* of a zip's entry; gzip's is checked by zlib */
	bool crc_known;
	struct hasher *hash;
	char *head;              /* unpacked bytes that were looked at and not read yet */
	size_t head_at, head_n;
	struct stream **part;    /* joined: read in turn; NULL else */
	size_t parts, part_at;
};

/* More raw bytes behind those that are left; false in *ok only at the end. */
static enum cm_status fill(struct stream *s, struct cm_err *err)
{
	ssize_t n;

	if (s->at) {
		memmove(s->raw, s->raw + s->at, s->have - s->at);
		s->have -= s->at;
		s->at = 0;
	}
	if (s->fd < 0) {
		n = (ssize_t)(s->memory_left < RAW_BYTES - s->have ? s->memory_left : RAW_BYTES - s->have);
		if (n)
			memcpy(s->raw + s->have, s->memory, (size_t)n);
		s->memory += n;
		s->memory_left -= (size_t)n;
	} else {
		do
			n = read(s->fd, s->raw + s->have, RAW_BYTES - s->have);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return cm_fail(err, CM_EIO, "%s: %s", s->name, strerror(errno));
	}
	s->raw_end = n == 0;
	s->have += (size_t)n;
	return CM_OK;
}

static uint32_t le16(const uint8_t *p) { return p[0] | (uint32_t)p[1] << 8; }

/* At least n raw bytes ahead, or the end. */
static enum cm_status ahead(struct stream *s, size_t n, struct cm_err *err)
{
	enum cm_status st = CM_OK;

	while (!st && s->have - s->at < n && !s->raw_end)
		st = fill(s, err);
	return st;
}

/* Past a zip's local header, to the packed bytes of its first entry. */
static enum cm_status zip_head(struct stream *s, struct cm_err *err)
{
	const uint8_t *h = s->raw + s->at;
	const uint32_t method = le16(h + 8);
	const size_t skip = ZIP_HEAD + (size_t)le16(h + 26) + le16(h + 28);

	s->crc_known = !(le16(h + 6) & 8); /* else it follows the data */
	s->crc_stated = le16(h + 14) | le16(h + 16) << 16;
	const enum cm_status st = ahead(s, skip, err);
	if (st)
		return st;
	if (method != 8)
		return cm_fail(err, CM_EINPUT, "%s: its first entry is packed by method %u; only "
			       "deflate is read: unpack it and give the file inside", s->name, method);
	if (s->have - s->at < skip)
		return cm_fail(err, CM_EINPUT, "%s: the zip ends within its header", s->name);
	s->at += skip;
	return CM_OK;
}

static enum cm_status begin(struct stream *s, struct cm_err *err)
{
	int window = 15 + 16; /* zlib.h, inflateInit2: 16 = a gzip header and its checksum */
	enum cm_status st = ahead(s, ZIP_HEAD, err);

	if (st)
		return st;
	if (s->have >= 2 && s->raw[0] == 0x1f && s->raw[1] == 0x8b)
		s->packing = GZIP;
	else if (s->have >= ZIP_HEAD && !memcmp(s->raw, "PK\3\4", 4))
		s->packing = ZIP;
	if (s->packing == PLAIN)
		return CM_OK;
	if (s->packing == ZIP) {
		window = -15;
		if ((st = zip_head(s, err)))
			return st;
	}
	if (inflateInit2(&s->z, window) != Z_OK)
		return cm_fail(err, CM_EINTERNAL, "%s: zlib does not start", s->name);
	return CM_OK;
}

static enum cm_status start(struct stream *s, struct stream **out, struct cm_err *err)
{
	s->raw = cm_alloc(RAW_BYTES);
	const enum cm_status st = begin(s, err);

	if (st)
		stream_close(s);
	else
		*out = s;
	return st;
}

enum cm_status stream_open(const char *path, uint64_t limit, struct stream **out,
			   struct cm_err *err)
{
	const bool in = !strcmp(path, "-");
	struct stat about;
	const int fd = in ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return cm_fail(err, CM_EINPUT, "%s: %s", path, strerror(errno));
	if (!fstat(fd, &about) && S_ISDIR(about.st_mode)) {
		close(fd);
		return cm_fail(err, CM_EINPUT, "%s: is a folder; give a file, or - for standard input", path);
	}
	struct stream *s = cm_alloc(sizeof *s);
	s->fd = fd;
	s->limit = limit;
	s->name = cm_strdup(in ? "standard input" : path);
	return start(s, out, err);
}

enum cm_status stream_memory(const void *bytes, size_t n, const char *name, struct stream **out,
			     struct cm_err *err)
{
	struct stream *s = cm_alloc(sizeof *s);

	s->fd = -1;
	s->memory = bytes;
	s->memory_left = n;
	s->name = cm_strdup(name);
	return start(s, out, err);
}

struct stream *stream_joined(struct stream **part, size_t n, const char *name)
{
	struct stream *s = cm_alloc(sizeof *s);

	s->fd = -1;
	s->name = cm_strdup(name);
	s->parts = n;
	s->part = cm_alloc((n + 1) * sizeof(struct stream *));
	memcpy(s->part, part, n * sizeof(struct stream *));
	return s;
}

static enum cm_status read_joined(struct stream *s, uint8_t *buf, size_t cap, size_t *got,
				  struct cm_err *err)
{
	enum cm_status st = CM_OK;

	for (*got = 0; s->part_at < s->parts; s->part_at++)
		if ((st = stream_read(s->part[s->part_at], buf, cap, got, err)) || *got)
			break;
	return st;
}

/* The bytes read ahead first, then straight into the caller's memory. */
static enum cm_status read_plain(struct stream *s, uint8_t *buf, size_t cap, size_t *got, struct cm_err *err)
{
	enum cm_status st = CM_OK;

	if (s->at == s->have && s->fd >= 0 && cap >= RAW_BYTES) {
		ssize_t n;
		do
			n = read(s->fd, buf, cap);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return cm_fail(err, CM_EIO, "%s: %s", s->name, strerror(errno));
		*got = (size_t)n;
		return CM_OK;
	}
	if (s->at == s->have)
		st = fill(s, err);
	*got = s->have - s->at < cap ? s->have - s->at : cap;
	memcpy(buf, s->raw + s->at, *got);
	s->at += *got;
	return st;
}

static enum cm_status damaged(const struct stream *s, const char *what, struct cm_err *err)
{
	return cm_fail(err, CM_EINPUT, "%s: the packed data %s after %" PRIu64 " unpacked bytes; fetch "
		       "it again", s->name, what, s->taken);
}

/* After a member's end: another gzip member, or the end; blanks that some writers pad with are passed. */
static enum cm_status next_member(struct stream *s, bool *more, struct cm_err *err)
{
	*more = false;
	if (s->packing == ZIP)
		return CM_OK;
	const enum cm_status st = ahead(s, 2, err);
	if (st || s->at == s->have || (s->raw[s->at] == 0 && s->raw_end))
		return st;
	if (s->have - s->at < 2 || s->raw[s->at] != 0x1f || s->raw[s->at + 1] != 0x8b)
		return damaged(s, "is followed by other bytes", err);
	*more = inflateReset(&s->z) == Z_OK;
	return CM_OK;
}

static enum cm_status read_packed(struct stream *s, uint8_t *buf, size_t cap, size_t *got, struct cm_err *err)
{
	const uInt room = cap > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uInt)cap;
	enum cm_status st = CM_OK;

	s->z.next_out = buf;
	s->z.avail_out = room;
	while (s->z.avail_out == room) {
		if (s->member_end) {
			bool more;
			if ((st = next_member(s, &more, err)) || !more)
				break;
			s->member_end = false;
		}
		if (s->at == s->have && !s->raw_end && (st = fill(s, err)))
			break;
		if (s->at == s->have)
			return damaged(s, "ends early", err);
		s->z.next_in = s->raw + s->at;
		s->z.avail_in = (uInt)(s->have - s->at);
		const int rc = inflate(&s->z, Z_NO_FLUSH);
		s->at = s->have - s->z.avail_in;
		if (s->packing == ZIP)
			s->crc = (uint32_t)crc32(s->crc, buf, room - s->z.avail_out);
		if (rc == Z_STREAM_END && s->packing == ZIP && s->crc_known && s->crc != s->crc_stated)
			return damaged(s, "fails its checksum", err);
		if (rc == Z_STREAM_END)
			s->member_end = true;
		else if (rc != Z_OK && rc != Z_BUF_ERROR)
			return damaged(s, "is damaged", err);
	}
	*got = room - s->z.avail_out;
	return st;
}

static enum cm_status unpack(struct stream *s, void *buf, size_t cap, size_t *got, struct cm_err *err)
{
	return s->part ? read_joined(s, buf, cap, got, err)
	       : s->packing == PLAIN ? read_plain(s, buf, cap, got, err) : read_packed(s, buf, cap, got, err);
}

enum cm_status stream_head(struct stream *s, const char **out, size_t *n, struct cm_err *err)
{
	enum cm_status st = CM_OK;
	size_t got = 1;

	if (!s->head && !s->taken) {
		s->head = cm_alloc(STREAM_HEAD + 1);
		while (!st && got && s->head_n < STREAM_HEAD) {
			got = 0;
			st = unpack(s, s->head + s->head_n, STREAM_HEAD - s->head_n, &got, err);
			s->head_n += got;
		}
		s->head[s->head_n] = '\0';
	}
	*out = s->head ? s->head + s->head_at : "";
	*n = s->head_n - s->head_at;
	return st;
}

enum cm_status stream_read(struct stream *s, void *buf, size_t cap, size_t *got,
			   struct cm_err *err)
{
	size_t n = s->head_n - s->head_at;
	enum cm_status st = CM_OK;

	if (n) {
		n = n < cap ? n : cap;
		memcpy(buf, s->head + s->head_at, n);
		s->head_at += n;
	} else {
		st = unpack(s, buf, cap, &n, err);
	}

	if (st)
		return st;
	s->taken += n;
	if (s->limit && s->taken > s->limit)
		return cm_fail(err, CM_EINPUT, "%s: more than %" PRIu64 " bytes unpacked; that is not such "
			       "a file", s->name, s->limit);
	if (s->hash)
		hash_add(s->hash, buf, n);
	*got = n;
	return CM_OK;
}

void stream_hash(struct stream *s, struct hasher *h)
{
	s->hash = h;
}

enum cm_status stream_rest(struct stream *s, size_t limit, struct str *out, struct cm_err *err)
{
	const size_t most = limit ? limit : (size_t)1 << 30;
	char *block = cm_alloc(RAW_BYTES);
	enum cm_status st;
	size_t got = 0;

	while (!(st = stream_read(s, block, RAW_BYTES, &got, err)) && got) {
		if (out->len + got > most) {
			st = cm_fail(err, CM_EINPUT, "%s: more than %zu bytes; that is not such a file",
				     s->name, most);
			break;
		}
		str_addn(out, block, got);
	}
	free(block);
	return st;
}

const char *stream_name(const struct stream *s)
{
	return s->name;
}

uint64_t stream_taken(const struct stream *s)
{
	return s->taken;
}

void stream_close(struct stream *s)
{
	if (!s)
		return;
	if (s->packing != PLAIN)
		inflateEnd(&s->z);
	if (s->fd >= 0)
		close(s->fd);
	free(s->head);
	for (size_t i = 0; i < s->parts; i++)
		stream_close(s->part[i]);
	free(s->part);
	free(s->raw);
	free(s->name);
	free(s);
}
