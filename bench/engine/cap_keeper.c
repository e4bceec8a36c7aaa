/* See cap_keeper.h. Which limits there are and are meant: cap_limits.h. */
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

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "engine/cap_journal.h"
#include "engine/cap_limits.h"

#define OPEN_S 60 /* a driver that starts up for its first limit takes seconds … */
#define SET_S 10  /* … one that has started answers at once, or hangs */
#define BACK_S 20 /* starts and sets */

/* What stands where no limit could be put back, and what does it. */
#define LEFT "power limits are not back ('costmark meters' tries again, as the same user): "

/* text: the sentence, or what is capped */
struct answer { enum cm_status st; double window_s; char text[600]; };

struct cap_keeper {
	pid_t pid;
	int fd;
	double window_s, asked_w; /* asked_w: set last, or tried to; 0 = nothing was */
	bool lost;                /* it did not answer: it hangs, or is gone */
	char what[600];
};

/* ---- in the keeper's own process ----------------------------------------------------------------- */

static enum cm_status begin_journal(const struct cap_limits *all, const char *root, int *fd,
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

static enum cm_status set_all(struct cap_limits *all, double watts, struct cm_err *err)
{
	enum cm_status st = CM_OK;

	for (size_t i = 0; i < all->n && !st; i++) {
		struct cap_limit *l = &all->limit[i];

		st = l->meter->set_cap(l->ctx, l->at, watts, err);
		l->touched |= st != CM_DENIED;
	}
	return st;
}

/* Every limit that was touched is tried, also after one that failed; those that failed are named. */
static enum cm_status put_back(const struct cap_limits *all, struct cm_err *err)
{
	struct str left = { 0 };
	enum cm_status st = CM_OK;
	struct cm_err why, first = { CM_OK, "" };

	for (size_t i = 0; i < all->n; i++) {
		const struct cap_limit *l = &all->limit[i];

		if (!l->touched || !l->meter->set_cap(l->ctx, l->at, l->cap->now_w, &why))
			continue;
		str_addf(&left, "%s%s (was %.6g W)", left.len ? ", " : "", l->cap->name, l->cap->now_w);
		if (!first.st)
			first = why;
	}
	if (left.len)
		st = cm_fail(err, CM_EDRIVER, LEFT "%.250s: %.200s", str_get(&left), first.why);
	str_free(&left);
	return st;
}

static bool say(int fd, enum cm_status st, double window_s, const char *text)
{
	struct answer a = { .st = st, .window_s = window_s };

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

static double longest_window_s(const struct cap_limits *all)
{
	double s = 0;

	for (size_t i = 0; i < all->n; i++)
		s = fmax(s, all->limit[i].cap->window_s);
	return s;
}

static void keep(int fd, const char *root, const struct cap_steps *s)
{
	struct cap_limits all = { 0 };
	struct cm_err err = { CM_OK, "" };
	char what[600] = "";
	double watts;
	int journal = -1;
	enum cm_status st;

	stand_apart();
	cap_limits_find(root, s->which, &all);
	st = cap_limits_choose(&all, s->which, &err);
	if (!st)
		st = cap_limits_check(&all, s, &err);
	if (!st)
		cap_limits_name(&all, what, sizeof what);
	if (!say(fd, st, longest_window_s(&all), st ? err.why : what) || st)
		return;
	while (recv(fd, &watts, sizeof watts, 0) == (ssize_t)sizeof watts && !isnan(watts)) {
		st = journal < 0 ? begin_journal(&all, root, &journal, &err) : CM_OK;
		if (!st)
			st = set_all(&all, watts, &err);
		if (!say(fd, st, 0, st ? err.why : ""))
			break;
	}
	st = CM_OK;
	if (journal >= 0) {
		st = put_back(&all, &err);
		if (!st)
			cap_journal_remove(journal);
	}
	say(fd, st, 0, st ? err.why : "");
}

/* ---- in the program's process -------------------------------------------------------------------- */

static enum cm_status hear(struct cap_keeper *k, int patience_s, struct answer *a, struct cm_err *err)
{
	const uint64_t begun = cm_now_ns();
	struct pollfd p = { .fd = k->fd, .events = POLLIN };
	int got;

	if (k->lost)
		return cm_fail(err, CM_EDRIVER, "the process that keeps the power limits is gone");
	do { /* Ctrl-C does not cut an answer short */
		got = poll(&p, 1, 200);
	} while (got <= 0 && (got == 0 || errno == EINTR) &&
		 (double)(cm_now_ns() - begun) * 1e-9 < patience_s);
	k->lost = got <= 0 || recv(k->fd, a, sizeof *a, 0) != (ssize_t)sizeof *a;
	if (got <= 0)
		return cm_fail(err, CM_EDRIVER, "the driver did not answer within %d s about power limits",
			       patience_s);
	if (k->lost)
		return cm_fail(err, CM_EDRIVER, "the process that keeps the power limits is gone: it was "
			       "killed, or the driver crashed in it");
	return a->st ? cm_fail(err, a->st, "%s", a->text) : CM_OK;
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
	struct answer a;
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
	st = hear(k, OPEN_S, &a, err);
	if (st) {
		struct cm_err ignored;

		cap_keeper_close(k, &ignored);
		return st;
	}
	snprintf(k->what, sizeof k->what, "%s", a.text);
	k->window_s = a.window_s;
	*out = k;
	return CM_OK;
}

const char *cap_keeper_what(const struct cap_keeper *k)
{
	return k->what;
}

double cap_keeper_window_s(const struct cap_keeper *k)
{
	return k->window_s;
}

enum cm_status cap_keeper_set(struct cap_keeper *k, double watts, struct cm_err *err)
{
	struct answer a;

	if (send(k->fd, &watts, sizeof watts, MSG_NOSIGNAL) != (ssize_t)sizeof watts) {
		k->lost = true;
		return cm_fail(err, CM_EDRIVER, "the process that keeps the power limits is gone: it was "
			       "killed, or the driver crashed in it");
	}
	k->asked_w = watts;
	return hear(k, SET_S, &a, err);
}

enum cm_status cap_keeper_close(struct cap_keeper *k, struct cm_err *err)
{
	const double end = NAN;
	char restored[600];
	struct cm_err why = { CM_OK, "" };
	struct answer a;
	enum cm_status st;

	if (!k)
		return CM_OK;
	if (!k->lost)
		k->lost = send(k->fd, &end, sizeof end, MSG_NOSIGNAL) != (ssize_t)sizeof end;
	st = hear(k, BACK_S, &a, &why);
	if (st)
		kill(k->pid, SIGKILL); /* it hangs or is gone already: the journal has all */
	wait_for(k->pid);
	close(k->fd);
	if (st && k->asked_w > 0) {
		st = cap_keeper_replay(restored, sizeof restored, err);
		if (!st && *restored)
			log_note("put back by another process: the power limits %s", restored);
	} else {
		st = CM_OK;
	}
	free(k);
	return st;
}

/* ---- what a crash left --------------------------------------------------------------------------- */

static enum cm_status replay_entry(const struct cap_limits *all, const struct cap_entry *e,
				   struct cm_err *err)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct cap_limit *l = &all->limit[i];

		if (!strcmp(l->meter->name, e->meter) && !strcmp(l->cap->name, e->name))
			return l->meter->set_cap(l->ctx, l->at, e->watts, err);
	}
	return cm_fail(err, CM_ABSENT, "it is not here now");
}

static void replay(int fd, const struct cap_journal *j)
{
	struct cap_limits all = { 0 };
	struct str done = { 0 }, left = { 0 };
	struct cm_err err = { CM_OK, "" }, why, first = { CM_OK, "" };

	stand_apart();
	for (size_t i = 0; i < j->n; i++) /* only the meters it names: another's driver may hang */
		if (!i || strcmp(j->entry[i].meter, j->entry[i - 1].meter) != 0)
			cap_limits_find(j->root, j->entry[i].meter, &all);
	for (size_t i = 0; i < j->n; i++) {
		const struct cap_entry *e = &j->entry[i];

		if (!replay_entry(&all, e, &why)) {
			str_addf(&done, "%s%s to %.6g W", done.len ? ", " : "", e->name, e->watts);
			continue;
		}
		str_addf(&left, "%s%s (was %.6g W)", left.len ? ", " : "", e->name, e->watts);
		if (!first.st)
			first = why;
	}
	if (left.len)
		cm_fail(&err, CM_EDRIVER, LEFT "%.250s: %.200s", str_get(&left), first.why);
	say(fd, err.st, 0, err.st ? err.why : str_get(&done));
	str_free(&done);
	str_free(&left);
}

/* Without an answer: what the journal holds is what may still stand. */
static enum cm_status unanswered(const struct cap_journal *j, const char *why, struct cm_err *err)
{
	struct str left = { 0 };
	enum cm_status st;

	for (size_t i = 0; i < j->n; i++)
		str_addf(&left, "%s%s (was %.6g W)", i ? ", " : "", j->entry[i].name, j->entry[i].watts);
	st = cm_fail(err, CM_EDRIVER, LEFT "%.250s: %.200s", str_get(&left), why);
	str_free(&left);
	return st;
}

static enum cm_status replay_apart(const struct cap_journal *j, char *restored, size_t cap,
				   struct cm_err *err)
{
	struct cap_keeper k = { .fd = -1 };
	struct cm_err why = { CM_OK, "" };
	struct answer a;
	enum cm_status st;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return cm_fail(err, CM_EIO, "no socket to restore power limits: %s", strerror(errno));
	fflush(NULL);
	k.pid = fork();
	if (k.pid == 0) {
		close(pair[0]);
		replay(pair[1], j);
		_exit(0);
	}
	close(pair[1]);
	k.fd = pair[0];
	st = k.pid < 0 ? cm_fail(&why, CM_EIO, "no process to restore them: %s", strerror(errno)) :
			 hear(&k, BACK_S, &a, &why);
	if (st && k.pid > 0)
		kill(k.pid, SIGKILL);
	if (k.pid > 0)
		wait_for(k.pid);
	close(k.fd);
	if (!st)
		snprintf(restored, cap, "%s", a.text);
	else if (k.pid < 0 || k.lost)
		st = unanswered(j, why.why, err);
	else
		*err = why;
	return st;
}

enum cm_status cap_keeper_replay(char *restored, size_t cap, struct cm_err *err)
{
	struct cap_journal j = { .n = 0 };
	int journal;
	enum cm_status st = cap_journal_take(&j, &journal, err);

	*restored = '\0';
	if (st)
		return st == CM_ABSENT ? CM_OK : st;
	st = replay_apart(&j, restored, cap, err);
	if (st)
		close(journal); /* the file stays, for the next try */
	else
		cap_journal_remove(journal);
	cap_journal_free(&j);
	return st;
}
