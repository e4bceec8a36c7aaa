/*
 * The cache of what was fetched of one source: folders of files, and one manifest that says which
 * folder counts.
 *
 * A fetch fills a folder of its own; the manifest is renamed into place last. Whatever is killed when,
 * the manifest names a folder that is whole: the old one or the new one. It knows nothing of HTTP or of
 * prices.
 */
#ifndef CM_ENGINE_FETCH_CACHE_H
#define CM_ENGINE_FETCH_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "api/status.h"
#include "base/str.h"

struct cache_file {
	const char *name, *tag, *url; /* url as it may be shown */
	const char *etag, *modified;  /* as the server said them, "" = not said */
	const char *sha256, *fetched; /* of the file as it lies; ISO date and time */
	uint64_t size, bytes, rows;   /* as it lies; unpacked; prices in it */
};

/* One folder and what it should hold. */
struct cache_set {
	char *folder;                 /* NULL: nothing yet */
	const char *fetched;
	struct cache_file *files;
	size_t n, cap;
	struct pool pool;
};

struct cache {
	char *dir, *manifest;         /* ROOT/SOURCE, ROOT/SOURCE/manifest.json */
	const char *source;
	int lock;
	struct cache_set now;         /* as the manifest says it */
};

/* Waits for no other fetch of the source: CM_EIO says that one is under way. A manifest that cannot be
 * read is CM_EINPUT with *out set all the same, as an empty cache. */
enum cm_status cache_open(const char *root, const char *source, struct cache **out, struct cm_err *err);
void cache_close(struct cache *c);

const struct cache_file *cache_find(const struct cache_set *s, const char *name);
char *cache_path_dup(const struct cache_set *s, const char *name);
/* ROOT/SOURCE/current: a link to the folder that counts, so that a price's file is found after later
 * fetches too. */
char *cache_lasting_dup(const struct cache_set *s);
/* Size and hash are as the manifest says. */
enum cm_status cache_intact(const struct cache_set *s, const struct cache_file *f, struct cm_err *err);
/* Names that are safe as a file's: letters, digits, dot, dash, underscore. */
bool cache_name_ok(const char *name);

/* A new folder; what interrupted fetches left is removed. */
enum cm_status cache_begin(struct cache *c, struct cache_set *fresh, struct cm_err *err);
struct cache_file *cache_add(struct cache_set *s, const char *name);
/* Another name of an old file's bytes, without copying where the file system can. */
enum cm_status cache_reuse(const struct cache_set *old, const struct cache_file *f,
			   struct cache_set *fresh, struct cm_err *err);
/* From here on the fresh folder counts, and the old one is removed. The set stays the caller's to free. */
enum cm_status cache_commit(struct cache *c, struct cache_set *fresh, struct cm_err *err);
void cache_set_drop(struct cache_set *s);   /* removes its folder, frees it */
void cache_set_free(struct cache_set *s);   /* leaves the folder */

#endif
