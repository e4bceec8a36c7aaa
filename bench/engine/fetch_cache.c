/* See fetch_cache.h. */
#include "engine/fetch_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"

#define SCHEMA "costmark.prices-cache/1"
#define STAMP "fetched-"  /* begins a folder's name */
#define CURRENT "current" /* the link to the one that counts */

bool cache_name_ok(const char *name)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	return *name && *name != '.' && strlen(name) < 200 && name[strspn(name, good)] == '\0';
}

const struct cache_file *cache_find(const struct cache_set *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->files[i].name, name))
			return &s->files[i];
	return NULL;
}

char *cache_path_dup(const struct cache_set *s, const char *name)
{
	return cm_printf_dup("%s/%s", s->folder, name);
}

char *cache_lasting_dup(const struct cache_set *s)
{
	return cm_printf_dup("%.*s/" CURRENT, (int)(strrchr(s->folder, '/') - s->folder), s->folder);
}

enum cm_status cache_intact(const struct cache_set *s, const struct cache_file *f, struct cm_err *err)
{
	char *path = cache_path_dup(s, f->name), hex[65];
	struct stat is;
	enum cm_status st = CM_OK;

	if (stat(path, &is))
		st = cm_fail(err, CM_EINPUT, "%s: %s; fetch it again", path, strerror(errno));
	else if ((uint64_t)is.st_size != f->size)
		st = cm_fail(err, CM_EINPUT, "%s: was changed since it was fetched; fetch it again", path);
	else if (!(st = hash_file(path, hex, err)) && strcmp(hex, f->sha256) != 0)
		st = cm_fail(err, CM_EINPUT, "%s: was changed since it was fetched; fetch it again", path);
	free(path);
	return st;
}

struct cache_file *cache_add(struct cache_set *s, const char *name)
{
	CM_PUSH(s->files, s->n, s->cap);
	struct cache_file *f = &s->files[s->n++];

	*f = (struct cache_file){ .name = pool_dup(&s->pool, name), .tag = "", .url = "", .etag = "",
				  .modified = "", .sha256 = "", .fetched = "" };
	return f;
}

void cache_set_free(struct cache_set *s)
{
	free(s->folder);
	free(s->files);
	pool_free(&s->pool);
	*s = (struct cache_set){ 0 };
}

/* Folders of ours hold files only. */
static void remove_folder(const char *path)
{
	DIR *d = opendir(path);

	for (const struct dirent *e; d && (e = readdir(d));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	rmdir(path);
}

void cache_set_drop(struct cache_set *s)
{
	if (s->folder)
		remove_folder(s->folder);
	cache_set_free(s);
}

/* ---- the manifest ------------------------------------------------------------------------------- */

static bool read_file(struct cache_set *s, const struct cmj *v)
{
	const char *name = cmj_text(cmj_get(v, "name"), "");

	if (!cache_name_ok(name) || cache_find(s, name))
		return false;
	struct cache_file *f = cache_add(s, name);
	const struct { const char *key; const char **to; } texts[] = {
		{ "tag", &f->tag }, { "url", &f->url }, { "etag", &f->etag },
		{ "modified", &f->modified }, { "sha256", &f->sha256 }, { "fetched", &f->fetched },
	};
	const struct { const char *key; uint64_t *to; } counts[] = {
		{ "size", &f->size }, { "bytes", &f->bytes }, { "rows", &f->rows },
	};
	for (size_t i = 0; i < CM_COUNT(texts); i++)
		*texts[i].to = pool_dup(&s->pool, cmj_text(cmj_get(v, texts[i].key), ""));
	for (size_t i = 0; i < CM_COUNT(counts); i++)
		*counts[i].to = (uint64_t)cmj_double(cmj_get(v, counts[i].key), 0);
	return strlen(f->sha256) == 64;
}

static enum cm_status read_manifest(struct cache *c, struct cm_err *err)
{
	struct str text = { 0 };
	struct cmj *doc = NULL;
	enum cm_status st = file_read(c->manifest, 0, &text, err);
	bool ok = !st && !(st = cmj_parse(str_get(&text), text.len, c->manifest, &doc, err));
	const char *folder = cmj_text(cmj_get(doc, "folder"), "");
	const struct cmj *files = cmj_get(doc, "files");

	ok = ok && !strcmp(cmj_text(cmj_get(doc, "schema"), ""), SCHEMA) && cache_name_ok(folder) &&
	     cmj_is_array(files);
	if (ok) {
		c->now.folder = cm_printf_dup("%s/%s", c->dir, folder);
		c->now.fetched = pool_dup(&c->now.pool, cmj_text(cmj_get(doc, "fetched"), ""));
		for (size_t i = 0; ok && i < cmj_len(files); i++)
			ok = read_file(&c->now, cmj_at(files, i));
	}
	if (!ok && !st)
		st = cm_fail(err, CM_EINPUT, "%s: is not a manifest of this program; fetch the source again",
			     c->manifest);
	if (!ok)
		cache_set_free(&c->now);
	cmj_free(doc);
	str_free(&text);
	return st;
}

static struct cmj *file_json(const struct cache_file *f)
{
	struct cmj *v = cmj_object();

	cmj_set(v, "name", cmj_string(f->name));
	cmj_set(v, "tag", cmj_string(f->tag));
	cmj_set(v, "url", cmj_string(f->url));
	cmj_set(v, "etag", cmj_string(f->etag));
	cmj_set(v, "modified", cmj_string(f->modified));
	cmj_set(v, "sha256", cmj_string(f->sha256));
	cmj_set(v, "fetched", cmj_string(f->fetched));
	cmj_set(v, "size", cmj_int((int64_t)f->size));
	cmj_set(v, "bytes", cmj_int((int64_t)f->bytes));
	cmj_set(v, "rows", cmj_int((int64_t)f->rows));
	return v;
}

static enum cm_status write_manifest(const struct cache *c, const struct cache_set *s, struct cm_err *err)
{
	struct cmj *doc = cmj_object(), *files = cmj_array();
	struct file_out *out;
	struct str text = { 0 };
	FILE *f;

	cmj_set(doc, "schema", cmj_string(SCHEMA));
	cmj_set(doc, "source", cmj_string(c->source));
	cmj_set(doc, "folder", cmj_string(strrchr(s->folder, '/') + 1));
	cmj_set(doc, "fetched", cmj_string(s->fetched));
	for (size_t i = 0; i < s->n; i++)
		cmj_push(files, file_json(&s->files[i]));
	cmj_set(doc, "files", files);
	cmj_print(doc, true, &text);
	enum cm_status st = file_create(c->manifest, &out, &f, err);
	if (!st) {
		fputs(str_get(&text), f);
		st = file_commit(out, err);
	}
	str_free(&text);
	cmj_free(doc);
	return st;
}

/* ---- folders ------------------------------------------------------------------------------------ */

static void sync_folder(const char *path)
{
	const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

/* The link is for readers of paths only: the manifest decides. A killed fetch may leave it one behind,
 * until the next. */
static void point_at(const struct cache_set *s)
{
	const char *slash = strrchr(s->folder, '/');
	char *link = cache_lasting_dup(s), *fresh = cm_printf_dup("%s.part", link), to[256];
	const ssize_t n = readlink(link, to, sizeof to - 1);

	if (n < 0 || (size_t)n != strlen(slash + 1) || memcmp(to, slash + 1, (size_t)n) != 0) {
		unlink(fresh);
		if (!symlink(slash + 1, fresh))
			rename(fresh, link);
	}
	free(link);
	free(fresh);
}

/* Folders that no manifest names, and manifests that were never renamed. */
static void sweep(const struct cache *c, const char *keep)
{
	DIR *d = opendir(c->dir);

	for (const struct dirent *e; d && (e = readdir(d));) {
		char *path = cm_printf_dup("%s/%s", c->dir, e->d_name);
		if (cm_starts(e->d_name, STAMP) && (!keep || strcmp(path, keep) != 0))
			remove_folder(path);
		else if (cm_ends(e->d_name, ".part"))
			unlink(path);
		free(path);
	}
	if (d)
		closedir(d);
}

enum cm_status cache_open(const char *root, const char *source, struct cache **out, struct cm_err *err)
{
	struct cache *c = cm_alloc(sizeof *c);
	enum cm_status st;

	c->dir = cm_printf_dup("%s/%s", root, source);
	c->manifest = cm_printf_dup("%s/manifest.json", c->dir);
	c->source = source;
	c->lock = -1;
	if (!(st = file_mkdirs(c->dir, err))) {
		char *path = cm_printf_dup("%s/lock", c->dir);
		c->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
		if (c->lock < 0)
			st = cm_fail(err, CM_EIO, "%s: cannot be written: %s", path, strerror(errno));
		else if (flock(c->lock, LOCK_EX | LOCK_NB))
			st = cm_fail(err, CM_EIO, "%s: another fetch of '%s' is under way; wait for its end",
				     c->dir, source);
		free(path);
	}
	if (st) {
		cache_close(c);
		return st;
	}
	*out = c;
	return file_exists(c->manifest) ? read_manifest(c, err) : CM_OK;
}

void cache_close(struct cache *c)
{
	if (!c)
		return;
	cache_set_free(&c->now);
	if (c->lock >= 0)
		close(c->lock);
	free(c->dir);
	free(c->manifest);
	free(c);
}

enum cm_status cache_begin(struct cache *c, struct cache_set *fresh, struct cm_err *err)
{
	char now[32], stamp[32];
	size_t n = 0;

	cm_iso_now(now);
	for (const char *p = now; *p; p++)
		if (*p != '-' && *p != ':')
			stamp[n++] = *p;
	stamp[n] = '\0';
	if (c->now.folder)
		point_at(&c->now);
	sweep(c, c->now.folder);
	fresh->fetched = pool_dup(&fresh->pool, now);
	for (int i = 0; i < 100; i++) {
		fresh->folder = cm_printf_dup("%s/" STAMP "%s-%ld-%d", c->dir, stamp, (long)getpid(), i);
		if (!mkdir(fresh->folder, 0777))
			return CM_OK;
		const int why = errno;
		cm_fail(err, CM_EIO, "%s: cannot be made: %s", fresh->folder, strerror(why));
		free(fresh->folder);
		fresh->folder = NULL;
		if (why != EEXIST)
			break;
	}
	return CM_EIO;
}

static enum cm_status copy(const char *from, const char *to, struct cm_err *err)
{
	char block[65536];
	const int in = open(from, O_RDONLY | O_CLOEXEC);
	const int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	bool ok = in >= 0 && out >= 0;

	for (ssize_t n; ok && (n = read(in, block, sizeof block)) != 0;)
		ok = n > 0 && write(out, block, (size_t)n) == n;
	ok = ok && fsync(out) == 0;
	const int why = errno;
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return ok ? CM_OK : cm_fail(err, CM_EIO, "%s: cannot be copied to %s: %s", from, to, strerror(why));
}

enum cm_status cache_reuse(const struct cache_set *old, const struct cache_file *f,
			   struct cache_set *fresh, struct cm_err *err)
{
	char *from = cache_path_dup(old, f->name), *to = cache_path_dup(fresh, f->name);
	enum cm_status st = CM_OK;

	if (link(from, to))
		st = copy(from, to, err);
	free(from);
	free(to);
	if (st)
		return st;
	struct cache_file *g = cache_add(fresh, f->name);
	const char *name = g->name;
	*g = *f;
	g->name = name;
	const char **texts[] = { &g->tag, &g->url, &g->etag, &g->modified, &g->sha256, &g->fetched };
	for (size_t i = 0; i < CM_COUNT(texts); i++)
		*texts[i] = pool_dup(&fresh->pool, *texts[i]);
	return CM_OK;
}

enum cm_status cache_commit(struct cache *c, struct cache_set *fresh, struct cm_err *err)
{
	sync_folder(fresh->folder);
	const enum cm_status st = write_manifest(c, fresh, err);
	if (st)
		return st;
	point_at(fresh);
	sync_folder(c->dir);
	sweep(c, fresh->folder);
	return CM_OK;
}
