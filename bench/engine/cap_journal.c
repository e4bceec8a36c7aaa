/* See cap_journal.h. Lines of text, tabs between; "end" shows that it is whole. Knows no meter. */
#include "engine/cap_journal.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "base/sysfs.h"

#define HEAD "costmark power-cap journal 1"
#define LARGEST 65536

static void here(struct cap_journal *p)
{
	gethostname(p->host, sizeof p->host - 1);
	sysfs_line("/proc/sys/kernel/random", "boot_id", p->boot, sizeof p->boot);
	p->keeper = (long)getpid();
}

char *cap_journal_path_dup(void)
{
	const char *state = getenv("XDG_STATE_HOME");

	if (state && *state == '/')
		return cm_printf_dup("%s/costmark/power-cap.journal", state);
	return file_xdg_data_dup("power-cap.journal");
}

void cap_journal_free(struct cap_journal *j)
{
	free(j->entry);
	*j = (struct cap_journal){.n = 0};
}

static bool same_file(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_ino == b.st_ino &&
	       a.st_dev == b.st_dev;
}

/* Opens and locks; -1 with errno (EWOULDBLOCK: held by another, ELOOP: a symbolic link). The holder
 * before may have removed the file between our two calls: then once more. */
static int open_locked(const char *path, int flags)
{
	for (;;) {
		const int fd =
			open(path, flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);

		if (fd < 0)
			return -1;
		if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
			const int e = errno;

			close(fd);
			errno = e;
			return -1;
		}
		if (same_file(fd, path))
			return fd;
		close(fd);
	}
}

/* Limits are set as it says, perhaps by root: nobody else may have had a hand in it. */
static enum cm_status check_ours(const char *path, int fd, struct cm_err *err)
{
	struct stat s;

	if (fstat(fd, &s) != 0)
		return cm_fail(err, CM_EIO, "%s: %s", path, strerror(errno));
	if (!S_ISREG(s.st_mode))
		return cm_fail(err, CM_EINPUT,
			       "%s is no plain file, so no journal of power limits: remove it",
			       path);
	if (s.st_uid != geteuid())
		return cm_fail(err, CM_EINPUT,
			       "%s holds power limits of the user with number %ld: 'costmark "
			       "meters' of that user puts them back",
			       path, (long)s.st_uid);
	if (s.st_mode & (S_IWGRP | S_IWOTH))
		return cm_fail(err, CM_EINPUT,
			       "%s may be written by others (mode %03o), so what it says is "
			       "not set: if it is right, chmod 600 it and run 'costmark meters'; "
			       "else remove it",
			       path, (unsigned)(s.st_mode & 07777));
	return CM_OK;
}

static bool sync_folder(const char *path)
{
	char *folder = cm_strndup(path, (size_t)(strrchr(path, '/') - path));
	const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const bool ok = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	free(folder);
	return ok;
}

static void journal_text(const struct cap_journal *j, struct str *s)
{
	struct cap_journal p = {.n = 0};

	here(&p);
	str_addf(s, HEAD "\nhost\t%s\nboot\t%s\nkeeper\t%ld\nroot\t%s\n", p.host, p.boot, p.keeper,
		 j->root);
	for (size_t i = 0; i < j->n; i++)
		str_addf(s, "cap\t%s\t%.17g\t%s\n", j->entry[i].meter, j->entry[i].watts,
			 j->entry[i].name);
	str_add(s, "end\n");
}

/* What could not be read again (a name with a line's end in it) must not be relied on. */
static bool reads_back(const char *path, const struct str *s)
{
	struct cap_journal j = {.n = 0};
	struct cm_err ignored;
	const bool ok = !cap_journal_parse(path, str_get(s), s->len, &j, &ignored);

	cap_journal_free(&j);
	return ok;
}

static bool put(int fd, const struct str *s)
{
	return ftruncate(fd, 0) == 0 && pwrite(fd, str_get(s), s->len, 0) == (ssize_t)s->len &&
	       fsync(fd) == 0;
}

/* Why the file could not be opened, by errno. */
static enum cm_status refused(const char *path, struct cm_err *err)
{
	if (errno == ELOOP)
		return cm_fail(err, CM_EINPUT,
			       "%s is a symbolic link, so no journal of power limits: remove "
			       "it",
			       path);
	if (errno == EACCES || errno == EPERM)
		return cm_fail(err, CM_EINPUT,
			       "%s may hold power limits that another user's sweep left: "
			       "'sudo costmark meters' with the same XDG_STATE_HOME puts them back",
			       path);
	return cm_fail(err, CM_EIO, "cannot open %s: %s", path, strerror(errno));
}

enum cm_status cap_journal_write(const struct cap_journal *j, int *fd, struct cm_err *err)
{
	char *path = cap_journal_path_dup();
	char *folder = cm_strndup(path, (size_t)(strrchr(path, '/') - path));
	struct str text = {0};
	struct stat at;
	enum cm_status st = file_mkdirs(folder, err);
	int f = -1;

	if (!st && (f = open_locked(path, O_CREAT)) < 0)
		st = errno == EWOULDBLOCK ? cm_fail(err, CM_EINPUT,
						    "another power-cap sweep is at work (%s)", path)
					  : refused(path, err);
	if (!st)
		st = check_ours(path, f, err);
	if (!st && fstat(f, &at) == 0 && at.st_size > 0)
		st = cm_fail(err, CM_EINPUT,
			     "%s holds limits that are not restored yet: "
			     "'costmark meters' on their host restores them",
			     path);
	if (!st) {
		journal_text(j, &text);
		if (text.len > LARGEST || !reads_back(path, &text))
			st = cm_fail(err, CM_EINPUT,
				     "the limits of this sweep (%zu, root '%s') cannot be kept "
				     "in a journal",
				     j->n, j->root);
		else if (!put(f, &text) || !sync_folder(path))
			st = cm_fail(err, CM_EIO, "cannot write %s: %s", path, strerror(errno));
		if (st)
			unlink(path);
	}
	str_free(&text);
	if (st && f >= 0)
		close(f);
	else if (!st)
		*fd = f;
	free(folder);
	free(path);
	return st;
}

/* ---- reading
 * ------------------------------------------------------------------------------------- */

static bool fits(char *to, size_t cap, const char *from)
{
	const size_t n = strlen(from);

	if (n >= cap)
		return false;
	memcpy(to, from, n + 1);
	return true;
}

static bool read_cap(struct cap_journal *j, const char *meter, const char *watts, const char *name)
{
	struct cap_entry e = {.watts = 0};
	char *end = NULL;

	if (!watts || !name || !isdigit((unsigned char)*watts) ||
	    watts[strspn(watts, "0123456789.e+-")])
		return false;
	e.watts = strtod(watts, &end);
	if (*end || !(e.watts > 0) || !isfinite(e.watts) || !fits(e.meter, sizeof e.meter, meter) ||
	    !fits(e.name, sizeof e.name, name))
		return false;
	CM_PUSH(j->entry, j->n, j->room);
	j->entry[j->n++] = e;
	return true;
}

/* One line; false: not as we write it. */
static bool read_line(char *line, struct cap_journal *j)
{
	char *word = strsep(&line, "\t"), *a = strsep(&line, "\t"), *b = strsep(&line, "\t"),
	     *c = strsep(&line, "\t"), *end = NULL;

	if (!a || line)
		return false;
	if (!strcmp(word, "cap"))
		return read_cap(j, a, b, c);
	if (b)
		return false;
	if (!strcmp(word, "host"))
		return fits(j->host, sizeof j->host, a);
	if (!strcmp(word, "boot"))
		return fits(j->boot, sizeof j->boot, a);
	if (!strcmp(word, "root"))
		return fits(j->root, sizeof j->root, a) && (!*a || *a == '/');
	if (strcmp(word, "keeper") != 0 || !isdigit((unsigned char)*a))
		return false;
	errno = 0;
	j->keeper = strtol(a, &end, 10);
	return !*end && !errno;
}

/* text ends in NUL and is changed. */
static enum cm_status parse(const char *path, char *text, size_t len, struct cap_journal *j,
			    struct cm_err *err)
{
	char *at = text;
	unsigned long n = 0;

	while (at < text + len) {
		char *line = at, *end = memchr(at, '\n', (size_t)(text + len - at));

		n++;
		if (!end)
			break; /* a line that was cut, or nothing */
		*end = '\0';
		at = end + 1;
		if (strlen(line) == (size_t)(end - line)) {
			if (n == 1 ? !strcmp(line, HEAD) : read_line(line, j))
				continue;
			if (n > 1 && !strcmp(line, "end") && at == text + len)
				return CM_OK;
		}
		return cm_fail_at(
			err, CM_EINPUT, path, n, 1,
			"not a line of a journal of power limits: it was "
			"changed, or is of another version. Compare the limits that 'costmark "
			"meters' lists with what they should be, then remove the file");
	}
	return cm_fail(err, CM_ABSENT, "%s is cut short", path);
}

enum cm_status cap_journal_parse(const char *path, const char *text, size_t len,
				 struct cap_journal *out, struct cm_err *err)
{
	struct cap_journal j = {.n = 0};
	char *copy = cm_alloc(len + 1);
	enum cm_status st;

	memcpy(copy, text, len);
	copy[len] = '\0';
	st = parse(path, copy, len, &j, err);
	free(copy);
	if (st)
		cap_journal_free(&j);
	else
		*out = j;
	return st;
}

static enum cm_status read_journal(const char *path, int fd, struct cap_journal *j,
				   struct cm_err *err)
{
	char *text = cm_alloc(LARGEST + 2);
	const ssize_t got = pread(fd, text, LARGEST + 1, 0);
	enum cm_status st;

	if (got < 0)
		st = cm_fail(err, CM_EIO, "cannot read %s: %s", path, strerror(errno));
	else if (got > LARGEST)
		st = cm_fail(err, CM_EINPUT,
			     "%s is too large for a journal of power limits: remove it", path);
	else
		st = cap_journal_parse(path, text, (size_t)got, j, err);
	free(text);
	return st;
}

/* A sweep at work is a matter of course; a keeper whose driver hangs after its program died is not.
 */
static enum cm_status held(const char *path, struct cm_err *err)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct cap_journal j = {.n = 0};
	struct cm_err ignored;
	enum cm_status st;

	if (fd >= 0 && !read_journal(path, fd, &j, &ignored) && j.keeper)
		st = cm_fail(err, CM_EINPUT,
			     "a power-cap sweep of another process is at work: what is "
			     "measured now is under its cap. Its process %ld sets the limits; if "
			     "no sweep runs, "
			     "its driver hangs: end it ('kill -9 %ld'), then 'costmark meters' "
			     "puts the limits "
			     "back",
			     j.keeper, j.keeper);
	else
		st = cm_fail(err, CM_EINPUT,
			     "a power-cap sweep of another process is at work: what is "
			     "measured now is under its cap");
	if (fd >= 0)
		close(fd);
	cap_journal_free(&j);
	return st;
}

/* Whether this machine has to put back what the journal says. */
static enum cm_status check_place(const char *path, const struct cap_journal *j, struct cm_err *err)
{
	struct cap_journal now = {.n = 0};

	here(&now);
	if (strcmp(j->host, now.host) != 0)
		return cm_fail(err, CM_EINPUT,
			       "%s holds power limits of the host %s: 'costmark meters' there "
			       "restores them",
			       path, j->host);
	if (!*j->root && strcmp(j->boot, now.boot) != 0)
		return cm_fail(err, CM_ABSENT, "limits of before the last start are gone with it");
	return CM_OK;
}

enum cm_status cap_journal_take(struct cap_journal *out, int *fd, struct cm_err *err)
{
	char *path = cap_journal_path_dup();
	struct cap_journal j = {.n = 0};
	const int f = open_locked(path, 0);
	enum cm_status st;

	if (f < 0) {
		st = errno == EWOULDBLOCK ? held(path, err)
		     : errno == ENOENT || errno == ENOTDIR
			     ? cm_fail(err, CM_ABSENT, "no journal of power limits")
			     : refused(path, err);
		free(path);
		return st;
	}
	st = check_ours(path, f, err);
	if (!st) {
		st = read_journal(path, f, &j, err);
		if (!st)
			st = check_place(path, &j, err);
		if (st == CM_ABSENT)
			unlink(path);
	}
	free(path);
	if (st) {
		close(f);
		cap_journal_free(&j);
		return st;
	}
	*out = j;
	*fd = f;
	return CM_OK;
}

void cap_journal_remove(int fd)
{
	char *path = cap_journal_path_dup();

	if (same_file(fd, path))
		unlink(path);
	close(fd);
	free(path);
}
