/* Files whole or not at all, and the folders that are ours. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_LIMIT ((size_t)64 << 20)

enum cm_status file_read(const char *path, size_t limit, struct str *out, struct cm_err *err)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return cm_fail(err, CM_EINPUT, "%s: %s", path, strerror(errno));
	struct str s = { 0 };
	char block[16384];
	enum cm_status st = CM_OK;

	limit = limit ? limit : DEFAULT_LIMIT;
	for (size_t n; st == CM_OK && (n = fread(block, 1, sizeof block, f)) > 0;) {
		str_addn(&s, block, n);
		if (s.len > limit)
			st = cm_fail(err, CM_EINPUT, "%s: larger than %zu bytes", path, limit);
	}
	if (st == CM_OK && ferror(f))
		st = cm_fail(err, CM_EINPUT, "%s: %s", path, strerror(errno));
	fclose(f);
	if (st != CM_OK) {
		str_free(&s);
		return st;
	}
	if (!s.p)
		str_add(&s, "");
	*out = s;
	return CM_OK;
}

bool file_line(const char *path, char *out, size_t cap)
{
	FILE *f = fopen(path, "re");
	if (!f)
		return false;
	const bool ok = fgets(out, (int)cap, f) != NULL;
	fclose(f);
	if (ok)
		out[strcspn(out, "\r\n")] = '\0';
	return ok;
}

struct file_out {
	char *path, *temporary; /* temporary NULL: a pipe or device, written in place */
	FILE *stream;
};

/* Where the bytes finally go: through a link, to the file that it names. */
static char *target_dup(const char *path)
{
	char *real = realpath(path, NULL);
	return real ? real : cm_strdup(path);
}

/* A fresh file beside the target, so that the rename stays within one file system. */
static int open_temporary(struct file_out *f)
{
	for (int i = 0; i < 100; i++) {
		char *name = cm_printf_dup("%s.%ld-%d.part", f->path, (long)getpid(), i);
		const int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd >= 0) {
			f->temporary = name;
			return fd;
		}
		free(name);
		if (errno != EEXIST)
			break;
	}
	return -1;
}

enum cm_status file_create(const char *path, struct file_out **out, FILE **stream,
			   struct cm_err *err)
{
	struct file_out *f = cm_alloc(sizeof *f);
	struct stat st;
	const bool there = stat(path, &st) == 0;
	const bool special = there && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);

	if (there && S_ISDIR(st.st_mode)) { /* the rename would fail, after all the work */
		free(f);
		return cm_fail(err, CM_EINPUT, "%s: is a folder", path);
	}
	f->path = target_dup(path);
	const int fd = special ? open(f->path, O_WRONLY | O_CLOEXEC) : open_temporary(f);
	f->stream = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (!f->stream) {
		cm_fail(err, CM_EINPUT, "%s: cannot be written: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		file_abandon(f);
		return CM_EINPUT;
	}
	*out = f;
	*stream = f->stream;
	return CM_OK;
}

enum cm_status file_commit(struct file_out *f, struct cm_err *err)
{
	bool ok = fflush(f->stream) == 0 && !ferror(f->stream);

	if (ok && f->temporary)
		ok = fsync(fileno(f->stream)) == 0;
	if (ok) {
		ok = fclose(f->stream) == 0;
		f->stream = NULL;
	}
	if (ok && f->temporary) {
		ok = rename(f->temporary, f->path) == 0;
		if (ok) {
			free(f->temporary);
			f->temporary = NULL;
		}
	}
	const enum cm_status st = ok ? CM_OK : cm_fail(err, CM_EIO, "%s: cannot be written: %s",
						       f->path, strerror(errno));
	file_abandon(f);
	return st;
}

void file_abandon(struct file_out *f)
{
	if (!f)
		return;
	if (f->stream)
		fclose(f->stream);
	if (f->temporary)
		unlink(f->temporary);
	free(f->temporary);
	free(f->path);
	free(f);
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

enum cm_status file_mkdirs(const char *path, struct cm_err *err)
{
	char *part = cm_strdup(path);
	enum cm_status st = CM_OK;

	for (char *s = part; st == CM_OK && *s; s++) {
		const bool last = s[1] == '\0';
		if ((*s != '/' && !last) || s == part)
			continue;
		const char kept = *s;
		if (!last)
			*s = '\0';
		if (mkdir(part, 0777) != 0 && errno != EEXIST)
			st = cm_fail(err, CM_EIO, "%s: cannot be made: %s", part, strerror(errno));
		*s = kept;
	}
	struct stat is;
	if (st == CM_OK && (stat(path, &is) != 0 || !S_ISDIR(is.st_mode)))
		st = cm_fail(err, CM_EIO, "%s: is not a folder", path);
	free(part);
	return st;
}

/* "DIR/vendors" is there. */
static bool holds_data(const char *dir)
{
	char *path = cm_printf_dup("%s/vendors", dir);
	const bool there = file_exists(path);
	free(path);
	return there;
}

/* Writes the folder two levels above our own program ("PREFIX" of PREFIX/bin/costmark). */
static bool own_prefix(char *out, size_t cap, bool *in_source)
{
	char self[PATH_MAX];
	const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n <= 0)
		return false;
	self[n] = '\0';
	*in_source = cm_starts(self, CM_SOURCE_DIR "/");
	for (int up = 0; up < 2; up++) {
		char *slash = strrchr(self, '/');
		if (!slash)
			return false;
		*slash = '\0';
	}
	return (size_t)snprintf(out, cap, "%s", self) < cap;
}

const char *file_data_dir(void)
{
	static char dir[PATH_MAX + 32];
	const char *given = getenv("COSTMARK_DATA");
	char prefix[PATH_MAX];
	bool in_source = false;

	if (given && *given)
		return given;
	const bool known = own_prefix(prefix, sizeof prefix, &in_source);
	if (in_source && holds_data(CM_SOURCE_DIR))
		return CM_SOURCE_DIR;
	if (known) {
		snprintf(dir, sizeof dir, "%s/share/costmark", prefix);
		if (holds_data(dir))
			return dir;
	}
	snprintf(dir, sizeof dir, "%s/share/costmark", CM_PREFIX);
	return holds_data(dir) ? dir : NULL;
}

static char *xdg_dup(const char *variable, const char *below_home, const char *name)
{
	const char *dir = getenv(variable), *home = getenv("HOME");

	if (dir && dir[0] == '/')
		return cm_printf_dup("%s/costmark/%s", dir, name);
	if (!home || home[0] != '/')
		home = "/tmp";
	return cm_printf_dup("%s/%s/costmark/%s", home, below_home, name);
}

char *file_xdg_data_dup(const char *name)
{
	return xdg_dup("XDG_DATA_HOME", ".local/share", name);
}

char *file_xdg_cache_dup(const char *name)
{
	return xdg_dup("XDG_CACHE_HOME", ".cache", name);
}
