/* See cap_keeper.h. Limits are found by what meters say of them; no meter is known by name. */
#include "engine/cap_keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/meter.h"
#include "base/str.h"
#include "engine/cap_journal.h"
#include "engine/registry.h"

#define PATIENCE_MS 60000 /* a driver that starts up for its first limit takes seconds */
#define MOST_METERS 32

struct answer { enum cm_status st; char text[600]; }; /* text: the sentence, or what is capped */

struct cap_keeper {
	pid_t pid;
	int fd;
	char what[600];
};

/* ---- in the keeper's own process ----------------------------------------------------------------- */

struct limit {
	const struct meter *meter;
	struct meter_ctx *ctx;
	size_t at;               /* its number in the meter */
	const struct meter_cap *cap;
};

struct limits {
	struct limit *limit;
	size_t n, room;
};

/* Adds the limits of every meter here; contexts live until the process ends. */
static void find_limits(const char *root, struct limits *all)
{
	const struct meter_from from = { .sysfs_root = root && *root ? root : NULL };

	for (const struct meter *const *m = registry_meters; *m; m++) {
		struct meter_ctx *ctx = NULL;
		struct cm_err why;
		const struct meter_cap *cap;
		size_t n;

		if (!(*m)->caps || (*m)->open(&from, &ctx, &why))
			continue;
		n = (*m)->caps(ctx, &cap);
		for (size_t i = 0; i < n; i++) {
			CM_PUSH(all->limit, all->n, all->room);
			all->limit[all->n++] = (struct limit){ *m, ctx, i, &cap[i] };
		}
	}
}

static bool meant(const struct limit *l, const char *which)
{
	if (!*which)
		return l->cap->whole;
	if (!strcmp(l->meter->name, which))
		return l->cap->whole;
	return !strcmp(l->cap->name, which) || !strcmp(l->cap->covers, which);
}

static enum cm_status choose(struct limits *all, const char *which, struct cm_err *err)
{
	struct str names = { 0 };
	size_t kept = 0;
	bool several = false;
	enum cm_status st = CM_OK;

	for (size_t i = 0; i < all->n; i++) {
		const struct limit l = all->limit[i];

		str_addf(&names, "%s%s (%s)", i ? ", " : "", l.cap->name, l.meter->name);
		if (!meant(&l, which))
			continue;
		several |= kept && l.meter != all->limit[0].meter;
		all->limit[kept++] = l;
	}
	if (!all->n)
		st = cm_fail(err, CM_ABSENT, "--power-cap: no limit of power is here that could be set");
	else if (!kept)
		st = cm_fail(err, CM_EINPUT, "--power-cap: no limit is named \"%s\"; here: %.400s", which,
			     str_get(&names));
	else if (several && !*which)
		st = cm_fail(err, CM_EINPUT, "--power-cap: limits of several kinds are here, name one as in "
			     "\"NAME=200..300:50\": %.400s", str_get(&names));
	str_free(&names);
	all->n = kept;
	return st;
}

static enum cm_status check(const struct limits *all, const struct cap_steps *s, struct cm_err *err)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct meter_cap *c = all->limit[i].cap;

		if (c->st)
			return cm_fail(err, c->st, "the power limit of %s may not be set: %s", c->name,
				       c->reason);
		for (size_t k = 0; k < s->n; k++) {
			if (s->watts[k] < c->min_w || s->watts[k] > c->max_w * (1 + 1e-9))
				return cm_fail(err, CM_EINPUT, "--power-cap: %s takes %.6g to %.6g W, not "
					       "%.6g W", c->name, c->min_w, c->max_w, s->watts[k]);
		}
	}
	return CM_OK;
}

static void name_all(const struct limits *all, char *out, size_t cap)
{
	size_t at = 0;

	for (size_t i = 0; i < all->n && at < cap; i++)
		at += (size_t)snprintf(out + at, cap - at, "%s%s", i ? ", " : "", all->limit[i].cap->name);
}

static enum cm_status begin_journal(const struct limits *all, const char *root, int *fd,
				    struct cm_err *err)
{
	struct cap_journal j = { .n = 0 };
	char whole[PATH_MAX];
	enum cm_status st;

	if (root && *root) { /* the restoring process may stand elsewhere */
		if (!realpath(root, whole) || strlen(whole) >= sizeof j.root)
			return cm_fail(err, CM_EINPUT, "--sysfs-root %s: %s", root, strerror(errno));
		snprintf(j.root, sizeof j.root, "%.*s", (int)sizeof j.root - 1, whole);
	}
	for (size_t i = 0; i < all->n; i++) {
		struct cap_entry e = { .watts = all->limit[i].cap->now_w };

		snprintf(e.meter, sizeof e.meter, "%s", all->limit[i].meter->name);
		snprintf(e.name, sizeof e.name, "%s", all->limit[i].cap->name);
		CM_PUSH(j.entry, j.n, j.room);
		j.entry[j.n++] = e;
	}
	st = cap_journal_write(&j, fd, err);
	cap_journal_free(&j);
	return st;
}

static enum cm_status set_all(const struct limits *all, double watts, struct cm_err *err)
{
	enum cm_status st = CM_OK;

	for (size_t i = 0; i < all->n && !st; i++)
		st = all->limit[i].meter->set_cap(all->limit[i].ctx, all->limit[i].at, watts, err);
	return st;
}

/* Every limit is tried, also after one that failed; the first failure is told. */
static enum cm_status put_back(const struct limits *all, struct cm_err *err)
{
	enum cm_status st = CM_OK;

	for (size_t i = 0; i < all->n; i++) {
		const struct limit *l = &all->limit[i];
		struct cm_err why;

		if (l->meter->set_cap(l->ctx, l->at, l->cap->now_w, &why) && !st)
			st = cm_fail(err, CM_EDRIVER, "the power limit of %s is not back at %.6g W (%.300s); "
				     "'costmark meters' tries again", l->cap->name, l->cap->now_w, why.why);
	}
	return st;
}

static bool say(int fd, enum cm_status st, const char *text)
{
	struct answer a = { .st = st };

	snprintf(a.text, sizeof a.text, "%s", text);
	return send(fd, &a, sizeof a, MSG_NOSIGNAL) == (ssize_t)sizeof a;
}

/* Signals of the terminal and a polite kill are the parent's to answer. */
static void stand_apart(void)
{
	static const int deaf[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	for (size_t i = 0; i < CM_COUNT(deaf); i++)
		signal(deaf[i], SIG_IGN);
	if (null >= 0) { /* whoever waits for the end of the command's output does not wait for us */
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
	}
}

static void keep(int fd, const char *root, const struct cap_steps *s)
{
	struct limits all = { 0 };
	struct cm_err err = { CM_OK, "" };
	char what[600] = "";
	double watts;
	int journal = -1;
	enum cm_status st;

	stand_apart();
	find_limits(root, &all);
	st = choose(&all, s->which, &err);
	if (!st)
		st = check(&all, s, &err);
	if (!st)
		name_all(&all, what, sizeof what);
	if (!say(fd, st, st ? err.why : what) || st)
		return;
	while (recv(fd, &watts, sizeof watts, 0) == (ssize_t)sizeof watts && !isnan(watts)) {
		st = journal < 0 ? begin_journal(&all, root, &journal, &err) : CM_OK;
		if (!st)
			st = set_all(&all, watts, &err);
		if (!say(fd, st, st ? err.why : ""))
			break;
	}
	st = CM_OK;
	if (journal >= 0) {
		st = put_back(&all, &err);
		if (!st)
			cap_journal_remove(journal);
	}
	say(fd, st, st ? err.why : "");
}

/* ---- in the program's process -------------------------------------------------------------------- */

static enum cm_status hear(struct cap_keeper *k, char *text, size_t cap, struct cm_err *err)
{
	struct pollfd p = { .fd = k->fd, .events = POLLIN };
	struct answer a;
	int left_ms = PATIENCE_MS, got;

	do { /* Ctrl-C does not cut an answer short */
		got = poll(&p, 1, 500);
		left_ms -= got < 0 ? 0 : 500;
	} while ((got == 0 || (got < 0 && errno == EINTR)) && left_ms > 0);
	if (got <= 0)
		return cm_fail(err, CM_EDRIVER, "the driver did not answer within %d s about power limits",
			       PATIENCE_MS / 1000);
	if (recv(k->fd, &a, sizeof a, 0) != (ssize_t)sizeof a)
		return cm_fail(err, CM_EDRIVER, "the process that keeps the power limits is gone");
	if (text)
		snprintf(text, cap, "%s", a.text);
	return a.st ? cm_fail(err, a.st, "%s", a.text) : CM_OK;
}

static void wait_for(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

enum cm_status cap_keeper_open(const char *sysfs_root, const struct cap_steps *s,
			       struct cap_keeper **out, struct cm_err *err)
{
	struct cap_keeper *k;
	enum cm_status st;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return cm_fail(err, CM_EIO, "no socket for the keeper of power limits: %s",
			       strerror(errno));
	fflush(NULL);
	k = cm_alloc(sizeof *k);
	k->fd = pair[0];
	k->pid = fork();
	if (k->pid == 0) {
		close(pair[0]);
		keep(pair[1], sysfs_root, s);
		_exit(0);
	}
	close(pair[1]);
	if (k->pid < 0) {
		st = cm_fail(err, CM_EIO, "no process for the keeper of power limits: %s",
			     strerror(errno));
		close(k->fd);
		free(k);
		return st;
	}
	st = hear(k, k->what, sizeof k->what, err);
	if (st) {
		struct cm_err ignored;

		cap_keeper_close(k, &ignored);
		return st;
	}
	*out = k;
	return CM_OK;
}

const char *cap_keeper_what(const struct cap_keeper *k)
{
	return k->what;
}

enum cm_status cap_keeper_set(struct cap_keeper *k, double watts, struct cm_err *err)
{
	if (send(k->fd, &watts, sizeof watts, MSG_NOSIGNAL) != (ssize_t)sizeof watts)
		return cm_fail(err, CM_EDRIVER, "the process that keeps the power limits is gone");
	return hear(k, NULL, 0, err);
}

enum cm_status cap_keeper_close(struct cap_keeper *k, struct cm_err *err)
{
	const double end = NAN;
	char restored[600];
	struct cm_err why = { CM_OK, "" };
	enum cm_status st;

	if (!k)
		return CM_OK;
	send(k->fd, &end, sizeof end, MSG_NOSIGNAL);
	st = hear(k, NULL, 0, &why);
	if (st)
		kill(k->pid, SIGKILL); /* it hangs or is gone already: the journal has all */
	wait_for(k->pid);
	close(k->fd);
	free(k);
	return st ? cap_keeper_replay(restored, sizeof restored, err) : CM_OK;
}

/* ---- what a crash left --------------------------------------------------------------------------- */

static enum cm_status replay_entry(const struct limits *all, const struct cap_entry *e,
				   struct cm_err *err)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct limit *l = &all->limit[i];

		if (!strcmp(l->meter->name, e->meter) && !strcmp(l->cap->name, e->name))
			return l->meter->set_cap(l->ctx, l->at, e->watts, err);
	}
	return cm_fail(err, CM_ABSENT, "it is not here now");
}

static void replay(int fd, const struct cap_journal *j)
{
	struct limits all = { 0 };
	char done[600] = "", failed[600] = "";
	size_t at = 0;
	enum cm_status st = CM_OK;

	stand_apart();
	find_limits(j->root, &all);
	for (size_t i = 0; i < j->n; i++) {
		const struct cap_entry *e = &j->entry[i];
		struct cm_err why;

		if (replay_entry(&all, e, &why)) {
			if (!st)
				snprintf(failed, sizeof failed,
					 "a power-cap sweep that was killed has left "
					 "the limit of %s changed, and it cannot be set back to %.6g "
					 "W: %.300s",
					 e->name, e->watts, why.why);
			st = CM_EDRIVER;
		} else if (at < sizeof done) {
			at += (size_t)snprintf(done + at, sizeof done - at, "%s%s to %.6g W", i ? ", " : "",
					       e->name, e->watts);
		}
	}
	say(fd, st, st ? failed : done);
}

enum cm_status cap_keeper_replay(char *restored, size_t cap, struct cm_err *err)
{
	struct cap_journal j = { .n = 0 };
	struct cap_keeper k = { .fd = -1 };
	int journal, pair[2];
	enum cm_status st = cap_journal_take(&j, &journal, err);

	*restored = '\0';
	if (st)
		return st == CM_ABSENT ? CM_OK : st;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		st = cm_fail(err, CM_EIO, "no socket to restore power limits: %s", strerror(errno));
	} else {
		fflush(NULL);
		k.pid = fork();
		if (k.pid == 0) {
			close(pair[0]);
			replay(pair[1], &j);
			_exit(0);
		}
		close(pair[1]);
		k.fd = pair[0];
		st = hear(&k, restored, cap, err);
		if (st)
			kill(k.pid, SIGKILL);
		wait_for(k.pid);
		close(k.fd);
	}
	if (st) {
		*restored = '\0';
		close(journal); /* the file stays, for the next try */
	} else {
		cap_journal_remove(journal);
	}
	cap_journal_free(&j);
	return st;
}
