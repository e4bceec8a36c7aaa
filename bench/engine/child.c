/*
 * Starting and hearing a child process (see child.h). Messages are JSON lines on a pipe of their own, so
 * that a driver that prints cannot garble them; acknowledgements are single bytes the other way.
 */
#include "engine/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define JOB_FD 3   /* the child reads its job and the acks here */
#define SAY_FD 4   /* and answers here */
#define LINE_LIMIT (16u << 20)

struct child {
	pid_t pid;
	int to, from, printed; /* printed: memory file with its stdout and stderr */
	struct str in;
	size_t taken;          /* bytes of `in` already handed out */
	bool gone, hung;
	int status;
};

/* Waiting threads of the host must spin, not sleep: a sleep and a wake-up are system calls, and cost
 * more than many kernels. Set before exec, since the run-time library reads them at load. */
static const char *const worker_env[][2] = {
	{ "OMP_WAIT_POLICY", "active" }, { "OMP_DYNAMIC", "false" }, { "OMP_PROC_BIND", "false" },
};

static bool write_all(int fd, const char *p, size_t n)
{
	while (n) {
		const ssize_t k = write(fd, p, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		p += k;
		n -= (size_t)k;
	}
	return true;
}

/* Between fork and exec: only async-signal-safe calls, but for setenv before the fork's copy is used. */
static _Noreturn void become_worker(int job, int say, int printed)
{
	static char self[] = "costmark", command[] = "worker";
	static char *const argv[] = { self, command, NULL };
	const int null = open("/dev/null", O_RDONLY);

	/* The parent decides when to stop, and its death is ours; both may go to the whole group. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(null, 0);
	dup2(printed, 1);
	dup2(printed, 2);
	/* Both ends may lie on 3 or 4 already: move them out of the way first. */
	job = fcntl(job, F_DUPFD, 10);
	say = fcntl(say, F_DUPFD, 10);
	dup2(job, JOB_FD);
	dup2(say, SAY_FD);
	for (int fd = 5; fd < 64; fd++)
		close(fd);
	for (size_t i = 0; i < sizeof worker_env / sizeof *worker_env; i++)
		setenv(worker_env[i][0], worker_env[i][1], 1);
	unsetenv("OMP_THREAD_LIMIT"); /* a team smaller than the cores is not what was asked for */
	execv("/proc/self/exe", argv);
	_exit(127);
}

enum cm_status child_start(const struct cmj *job, struct child **out, struct cm_err *err)
{
	struct child *c;
	struct str line = { 0 };
	int to[2] = { -1, -1 }, from[2] = { -1, -1 }, printed;

	printed = memfd_create("costmark-worker", MFD_CLOEXEC);
	if (printed < 0 || pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC)) {
		cm_fail(err, CM_EIO, "a child process could not be prepared: %s", strerror(errno));
		for (size_t i = 0; i < 2; i++) {
			close(to[i]);
			close(from[i]);
		}
		close(printed);
		return err->st;
	}
	c = cm_alloc(sizeof *c);
	c->pid = fork();
	if (c->pid == 0)
		become_worker(to[0], from[1], printed);
	close(to[0]);
	close(from[1]);
	c->to = to[1];
	c->from = from[0];
	c->printed = printed;
	if (c->pid < 0) {
		c->gone = true;
		child_free(c);
		return cm_fail(err, CM_EIO, "a child process could not be started: %s", strerror(errno));
	}
	cmj_print(job, false, &line);
	str_addc(&line, '\n');
	/* A child that died at once shows in child_next(); SIGPIPE must not end the parent. */
	signal(SIGPIPE, SIG_IGN);
	write_all(c->to, str_get(&line), line.len);
	str_free(&line);
	*out = c;
	return CM_OK;
}

/* The last line that the child or its driver printed: often the only trace of an abort. */
static void last_printed(const struct child *c, char *out, size_t cap)
{
	char buf[2048];
	const off_t end = lseek(c->printed, 0, SEEK_END);
	const off_t from = end > (off_t)sizeof buf - 1 ? end - (off_t)sizeof buf + 1 : 0;
	ssize_t n = end > 0 ? pread(c->printed, buf, sizeof buf - 1, from) : 0;
	ssize_t start;

	while (n > 0 && (buf[n - 1] == '\n' || buf[n - 1] == ' '))
		n--;
	for (start = n > 0 ? n : 0; start > 0 && buf[start - 1] != '\n';)
		start--;
	if (n < 0)
		n = 0;
	snprintf(out, cap, "%.*s", (int)(n - start), buf + start);
}

static void reap(struct child *c, bool hard)
{
	if (c->gone)
		return;
	if (hard)
		kill(c->pid, SIGKILL);
	while (waitpid(c->pid, &c->status, 0) < 0 && errno == EINTR)
		;
	c->gone = true;
}

static enum cm_status ended(struct child *c, struct cm_err *err)
{
	char last[300];

	reap(c, false);
	if (WIFEXITED(c->status) && WEXITSTATUS(c->status) == 0)
		return CM_END;
	last_printed(c, last, sizeof last);
	if (WIFSIGNALED(c->status))
		return cm_fail(err, CM_EDRIVER, "the worker was ended by signal %d (%s)%s%s",
			       WTERMSIG(c->status), strsignal(WTERMSIG(c->status)),
			       *last ? "; it last printed: " : "", last);
	return cm_fail(err, CM_EDRIVER, "the worker ended with status %d%s%s",
		       WEXITSTATUS(c->status), *last ? "; it last printed: " : "", last);
}

static bool take_line(struct child *c, struct cmj **msg, struct cm_err *err, enum cm_status *st)
{
	char *start = c->in.p ? c->in.p + c->taken : NULL;
	char *nl = start ? memchr(start, '\n', c->in.len - c->taken) : NULL;

	if (!nl)
		return false;
	*st = cmj_parse(start, (size_t)(nl - start), "worker", msg, err);
	c->taken += (size_t)(nl - start) + 1;
	if (c->taken == c->in.len) {
		str_clear(&c->in);
		c->taken = 0;
	}
	return true;
}

enum cm_status child_silent(struct child *c, double after_s, struct cm_err *err)
{
	char last[300];

	reap(c, true);
	c->hung = true;
	last_printed(c, last, sizeof last);
	return cm_fail(err, CM_EDRIVER, "the worker said nothing for %.3g s and was ended%s%s", after_s,
		       *last ? "; it last printed: " : "", last);
}

enum cm_status child_next(struct child *c, double timeout_s, struct cmj **msg, struct cm_err *err)
{
	const uint64_t deadline = cm_now_ns() + (uint64_t)(timeout_s * 1e9);
	char buf[16384];
	enum cm_status st;

	while (!take_line(c, msg, err, &st)) {
		struct pollfd p = { .fd = c->from, .events = POLLIN };
		const uint64_t now = cm_now_ns();
		ssize_t n;

		if (now >= deadline || c->in.len > LINE_LIMIT)
			return child_silent(c, timeout_s, err);
		if (poll(&p, 1, (int)((deadline - now) / 1000000) + 1) <= 0)
			continue;
		n = read(c->from, buf, sizeof buf);
		if (n == 0)
			return ended(c, err);
		if (n > 0)
			str_addn(&c->in, buf, (size_t)n);
	}
	return st;
}

bool child_ready(struct child *c, double timeout_s)
{
	struct pollfd p = { .fd = c->from, .events = POLLIN };

	if (c->in.p && memchr(c->in.p + c->taken, '\n', c->in.len - c->taken))
		return true;
	return poll(&p, 1, (int)(timeout_s * 1000)) > 0;
}

bool child_hung(const struct child *c)
{
	return c->hung;
}

void child_ack(struct child *c, bool stop)
{
	write_all(c->to, stop ? "s" : "g", 1);
}

void child_free(struct child *c)
{
	if (!c)
		return;
	close(c->to);
	close(c->from);
	reap(c, true);
	close(c->printed);
	str_free(&c->in);
	free(c);
}

enum cm_status worker_job(struct cmj **job, struct cm_err *err)
{
	struct str line = { 0 };
	enum cm_status st;
	char ch;

	for (;;) {
		const ssize_t n = read(JOB_FD, &ch, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || line.len > LINE_LIMIT) {
			str_free(&line);
			return cm_fail(err, CM_EINPUT,
				       "'worker' is for costmark itself: no job on file descriptor 3");
		}
		if (ch == '\n')
			break;
		str_addc(&line, ch);
	}
	st = cmj_parse(str_get(&line), line.len, "job", job, err);
	str_free(&line);
	return st;
}

void worker_say(struct cmj *msg)
{
	struct str line = { 0 };

	cmj_print(msg, false, &line);
	str_addc(&line, '\n');
	write_all(SAY_FD, str_get(&line), line.len);
	str_free(&line);
	cmj_free(msg);
}

bool worker_wait(void)
{
	char ch;
	ssize_t n;

	do
		n = read(JOB_FD, &ch, 1);
	while (n < 0 && errno == EINTR);
	return n == 1 && ch == 'g';
}
