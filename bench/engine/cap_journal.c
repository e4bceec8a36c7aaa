/* See cap_journal.h. Lines of text, tabs between; "end" shows that it is whole. Knows no meter. */
#include "engine/cap_journal.h"

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

/* A reboot sets every limit anew, and a home folder may be shared by hosts. */
struct place { char host[128], boot[64]; };

static void here(struct place *p)
{
	*p = (struct place){ .host = "" };
	gethostname(p->host, sizeof p->host - 1);
	sysfs_line("/proc/sys/kernel/random", "boot_id", p->boot, sizeof p->boot);
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
	*j = (struct cap_journal){ .n = 0 };
}

static bool same_file(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

/* Opens and locks; -1 with errno (EWOULDBLOCK: held by another). The holder before may have removed the
 * file between our two calls: then once more. */
static int open_locked(const char *path, int flags)
{
	for (;;) {
		const int fd = open(path, flags | O_RDWR | O_CLOEXEC, 0600);

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
	struct place p;

	here(&p);
	str_addf(s, HEAD "\nhost\t%s\nboot\t%s\nroot\t%s\n", p.host, p.boot, j->root);
	for (size_t i = 0; i < j->n; i++)
		str_addf(s, "cap\t%s\t%.17g\t%s\n", j->entry[i].meter, j->entry[i].watts,
			 j->entry[i].name);
	str_add(s, "end\n");
}

static bool put(int fd, const struct str *s)
{
	return ftruncate(fd, 0) == 0 && pwrite(fd, str_get(s), s->len, 0) == (ssize_t)s->len &&
	       fsync(fd) == 0;
}

enum cm_status cap_journal_write(const struct cap_journal *j, int *fd, struct cm_err *err)
{
	char *path = cap_journal_path_dup();
	char *folder = cm_strndup(path, (size_t)(strrchr(path, '/') - path));
	struct str text = { 0 };
	struct stat at;
	enum cm_status st = file_mkdirs(folder, err);
	int f = -1;

	if (!st && (f = open_locked(path, O_CREAT)) < 0)
		st = errno == EWOULDBLOCK ?
			cm_fail(err, CM_EINPUT, "another power-cap sweep is at work (%s)", path) :
			cm_fail(err, CM_EIO, "cannot write %s: %s", path, strerror(errno));
	if (!st && fstat(f, &at) == 0 && at.st_size > 0)
		st = cm_fail(err, CM_EINPUT, "%s holds limits that are not restored yet: "
			     "'costmark meters' on their host restores them", path);
	if (!st) {
		journal_text(j, &text);
		if (!put(f, &text) || !sync_folder(path)) {
			st = cm_fail(err, CM_EIO, "cannot write %s: %s", path, strerror(errno));
			unlink(path);
		}
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

/* One line after its word; false: not as we write it. */
static bool read_line(char *line, struct cap_journal *j, struct place *p)
{
	char *word = strsep(&line, "\t"), *a = strsep(&line, "\t"), *b = strsep(&line, "\t"),
	     *name = strsep(&line, "\t"), *end = NULL;
	struct cap_entry e = { .watts = 0 };

	if (!word || !a)
		return false;
	if (!strcmp(word, "host"))
		snprintf(p->host, sizeof p->host, "%s", a);
	else if (!strcmp(word, "boot"))
		snprintf(p->boot, sizeof p->boot, "%s", a);
	else if (!strcmp(word, "root"))
		snprintf(j->root, sizeof j->root, "%s", a);
	else if (!strcmp(word, "cap") && b && name) {
		snprintf(e.meter, sizeof e.meter, "%s", a);
		snprintf(e.name, sizeof e.name, "%s", name);
		e.watts = strtod(b, &end);
		if (*end || !(e.watts > 0) || !isfinite(e.watts))
			return false;
		CM_PUSH(j->entry, j->n, j->room);
		j->entry[j->n++] = e;
	} else {
		return false;
	}
	return true;
}

/* false: cut short or not ours, so nothing was set by it. */
static bool read_journal(int fd, struct cap_journal *j, struct place *p)
{
	char *text = cm_alloc(LARGEST + 1), *at = text, *line;
	const ssize_t got = pread(fd, text, LARGEST, 0);
	bool head = false, whole = false, good = got > 0;

	while (good && !whole && (line = strsep(&at, "\n"))) {
		if (!head)
			good = head = !strcmp(line, HEAD);
		else if (!strcmp(line, "end"))
			whole = true;
		else
			good = read_line(line, j, p);
	}
	free(text);
	return good && whole;
}

enum cm_status cap_journal_take(struct cap_journal *out, int *fd, struct cm_err *err)
{
	char *path = cap_journal_path_dup();
	struct cap_journal j = { .n = 0 };
	struct place was = { .host = "" }, now;
	enum cm_status st = CM_OK;
	const int f = open_locked(path, 0);

	if (f < 0) {
		st = errno == EWOULDBLOCK ?
			cm_fail(err, CM_EINPUT, "a power-cap sweep of another process is at work: what "
				"is measured now is under its cap") :
			cm_fail(err, CM_ABSENT, "no journal of power limits");
		free(path);
		return st;
	}
	here(&now);
	if (!read_journal(f, &j, &was) || (!strcmp(was.host, now.host) && !*j.root &&
					   strcmp(was.boot, now.boot) != 0)) {
		unlink(path);
		st = cm_fail(err, CM_ABSENT, "nothing to restore");
	} else if (strcmp(was.host, now.host) != 0) {
		st = cm_fail(err, CM_EINPUT, "%s holds power limits of the host %s: 'costmark meters' there "
			     "restores them", path, was.host);
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
