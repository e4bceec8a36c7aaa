/*
 * Runs a meter in a forked process and asks it for readings over a socket (see metering_apart.h).
 *
 * Fork without exec: the program is the same, so descriptors of channels travel as they lie in
 * memory. The process sleeps but while a reading is asked for, and those are never inside a timed
 * region.
 */
#include "engine/metering_apart.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"

#define FD 3 /* the process's end of the socket */
#define MOST_FDS 1024

struct apart {
	const struct meter *meter;
	pid_t pid;
	int fd;
	uint64_t started_ns;
	double open_s;              /* how long open() may take */
	struct meter_channel *channel;
	uint64_t *taken_ns;         /* of the last reading's channels */
	size_t n;
	struct cm_err gone;         /* st CM_OK while the process answers */
	bool hung;
};

struct answer { enum cm_status st; size_t n; char why[600]; };

/* ---- the process -------------------------------------------------------------------------------
 */

static bool put(int fd, const void *bytes, size_t n)
{
	const char *p = bytes;

	while (n) {
		const ssize_t k = send(fd, p, n, MSG_NOSIGNAL);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		p += k;
		n -= (size_t)k;
	}
	return true;
}

/* When each was taken goes along: the clock is the machine's. A clock of the caller's own (replays, tests)
 * stands still in here. */
static void serve(const struct meter *m, struct meter_ctx *ctx, size_t n, bool own_clock)
{
	struct meter_value *v = cm_alloc((n + 1) * sizeof *v);
	uint64_t *taken_ns = cm_alloc((n + 1) * sizeof *taken_ns);
	const struct meter_channel *ch = NULL;
	char ask;

	while (recv(FD, &ask, 1, 0) == 1) {
		struct answer a = { .n = n };
		struct cm_err err = { CM_OK, "" };

		a.st = m->read(ctx, v, &err);
		snprintf(a.why, sizeof a.why, "%s", err.why);
		m->channels(ctx, &ch);
		for (size_t i = 0; i < n && !own_clock; i++)
			taken_ns[i] = ch[i].taken_ns;
		if (!put(FD, &a, sizeof a) || !put(FD, v, n * sizeof *v) ||
		    !put(FD, taken_ns, n * sizeof *taken_ns))
			break;
	}
	free(v);
	free(taken_ns);
}

static _Noreturn void live(const struct meter *m, const struct meter_from *from, int fd)
{
	const int null = open("/dev/null", O_RDWR);
	const struct meter_channel *ch = NULL;
	struct meter_ctx *ctx = NULL;
	struct cm_err err = { CM_OK, "" };
	struct answer a = { .st = CM_OK };
	static const int fatal[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };

	/* The parent decides when to stop, and its death is ours; its handlers are not. Only the
	 * socket is kept: a driver that never returns must not hold anybody's pipe open. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	for (size_t i = 0; i < CM_COUNT(fatal); i++)
		signal(fatal[i], SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = fcntl(fd, F_DUPFD, 10);
	for (int i = 0; i < 3; i++)
		dup2(null, i);
	dup2(fd, FD);
	for (int i = FD + 1; i < MOST_FDS; i++)
		close(i);
	a.st = m->open(from, &ctx, &err);
	snprintf(a.why, sizeof a.why, "%s", err.why);
	if (a.st == CM_OK)
		a.n = m->channels(ctx, &ch);
	if (put(FD, &a, sizeof a) && put(FD, ch, a.n * sizeof *ch) && a.st == CM_OK)
		serve(m, ctx, a.n, from && from->now_ns);
	if (a.st == CM_OK)
		m->close(ctx);
	_exit(0);
}

/* ---- the program's side ------------------------------------------------------------------------
 */

static double since_s(uint64_t ns)
{
	return (double)(cm_now_ns() - ns) * 1e-9;
}

/* Reaps the process; one that is stuck in the kernel is left behind, killed. Its wait status or -1.
 */
static int reap(struct apart *a, double wait_s)
{
	const uint64_t t = cm_now_ns();
	int status = -1;

	while (a->pid > 0) {
		const pid_t k = waitpid(a->pid, &status, WNOHANG);
		const struct timespec nap = { .tv_nsec = 1000000 };

		if (k != 0 && !(k < 0 && errno == EINTR)) {
			a->pid = 0;
			return k > 0 ? status : -1;
		}
		if (since_s(t) > wait_s)
			return -1;
		nanosleep(&nap, NULL);
	}
	return -1;
}

static enum cm_status lose(struct apart *a, struct cm_err *err, const char *why)
{
	if (a->pid > 0)
		kill(a->pid, SIGKILL);
	reap(a, 0.1);
	close(a->fd);
	a->fd = -1;
	cm_fail(&a->gone, CM_EDRIVER, "%s", why);
	return cm_fail(err, CM_EDRIVER, "%s", why);
}

static enum cm_status died(struct apart *a, struct cm_err *err)
{
	const int status = reap(a, 1);
	char why[200];

	if (status >= 0 && WIFSIGNALED(status))
		snprintf(why, sizeof why, "the driver died of signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(why, sizeof why, "the driver ended its process");
	return lose(a, err, why);
}

/* Whole bytes within the time left, or the sentence. */
static enum cm_status get(struct apart *a, void *bytes, size_t n, uint64_t from_ns, double limit_s,
			  struct cm_err *err)
{
	char *p = bytes;

	while (n) {
		struct pollfd f = { .fd = a->fd, .events = POLLIN };
		const double left_s = limit_s - since_s(from_ns);
		const int k = poll(&f, 1, left_s > 0 ? (int)(left_s * 1e3) + 1 : 0);
		ssize_t got;

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0) {
			char why[200];

			snprintf(why, sizeof why,
				 "the driver did not answer within %.3g s and was given "
				 "up; COSTMARK_DRIVER_WAIT=30 waits 30 s for its start",
				 limit_s);
			a->hung = true;
			return lose(a, err, why);
		}
		got = recv(a->fd, p, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return died(a, err);
		p += got;
		n -= (size_t)got;
	}
	return CM_OK;
}

double apart_wait_s(void)
{
	const char *text = getenv("COSTMARK_DRIVER_WAIT");
	const double wait = text ? strtod(text, NULL) : 0;

	return wait > 0 && wait < 3600 ? wait : APART_OPEN_S;
}

struct apart *apart_start(const struct meter *meter, const struct meter_from *from)
{
	struct apart *a = cm_alloc(sizeof *a);
	int pair[2];

	a->meter = meter;
	a->fd = -1;
	a->open_s = apart_wait_s();
	a->started_ns = cm_now_ns();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
		cm_fail(&a->gone, CM_EIO, "no process for the driver: %s", strerror(errno));
		return a;
	}
	a->pid = fork();
	if (a->pid == 0)
		live(meter, from, pair[1]);
	close(pair[1]);
	a->fd = pair[0];
	if (a->pid < 0) {
		cm_fail(&a->gone, CM_EIO, "no process for the driver: %s", strerror(errno));
		close(a->fd);
		a->fd = -1;
	}
	return a;
}

static enum cm_status still_gone(const struct apart *a, struct cm_err *err)
{
	return cm_fail(err, a->gone.st, "%s", a->gone.why);
}

enum cm_status apart_opened(struct apart *a, const struct meter_channel **channel, size_t *n,
			    struct cm_err *err)
{
	struct answer said = { .st = CM_OK };
	enum cm_status st;

	if (a->gone.st)
		return still_gone(a, err);
	st = get(a, &said, sizeof said, a->started_ns, a->open_s, err);
	if (st)
		return st;
	if (said.st)
		return cm_fail(err, said.st, "%s", said.why);
	a->channel = cm_alloc((said.n + 1) * sizeof *a->channel);
	st = get(a, a->channel, said.n * sizeof *a->channel, a->started_ns, a->open_s, err);
	if (st)
		return st;
	a->taken_ns = cm_alloc((said.n + 1) * sizeof *a->taken_ns);
	*channel = a->channel;
	*n = a->n = said.n;
	return CM_OK;
}

enum cm_status apart_read(struct apart *a, struct meter_value *values, struct cm_err *err)
{
	const uint64_t t = cm_now_ns();
	struct answer said = { .st = CM_OK };
	enum cm_status st;

	if (a->gone.st)
		return still_gone(a, err);
	if (!put(a->fd, "r", 1))
		return died(a, err);
	st = get(a, &said, sizeof said, t, APART_READ_S, err);
	if (!st)
		st = get(a, values, a->n * sizeof *values, t, APART_READ_S, err);
	if (!st)
		st = get(a, a->taken_ns, a->n * sizeof *a->taken_ns, t, APART_READ_S, err);
	if (st)
		return st;
	for (size_t i = 0; i < a->n; i++)
		a->channel[i].taken_ns = a->taken_ns[i];
	return said.st ? cm_fail(err, said.st, "%s", said.why) : CM_OK;
}

bool apart_hung(const struct apart *a)
{
	return a->hung;
}

void apart_end(struct apart *a)
{
	if (!a)
		return;
	if (a->fd >= 0)
		shutdown(a->fd, SHUT_RDWR); /* it closes its meter and leaves */
	if (a->pid > 0 && a->fd >= 0)
		reap(a, 1);
	if (a->pid > 0) {
		kill(a->pid, SIGKILL);
		reap(a, 0.1);
	}
	if (a->fd >= 0)
		close(a->fd);
	free(a->channel);
	free(a->taken_ns);
	free(a);
}
