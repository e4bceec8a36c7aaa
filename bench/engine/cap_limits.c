/* See cap_limits.h. Sets nothing. */
#include "engine/cap_limits.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "engine/metering_apart.h"
#include "engine/registry.h"

static void add_limits(const char *root, const struct meter *m, struct cap_limits *all)
{
	const struct meter_from from = {.sysfs_root = root && *root ? root : NULL};
	struct meter_ctx *ctx = NULL;
	const struct meter_cap *cap;
	struct cm_err why;
	size_t n;

	if (!m->caps || m->open(&from, &ctx, &why))
		return;
	n = m->caps(ctx, &cap);
	if (!n)
		m->close(ctx);
	for (size_t i = 0; i < n; i++) {
		CM_PUSH(all->limit, all->n, all->room);
		all->limit[all->n++] = (struct cap_limit){m, ctx, i, &cap[i], false};
	}
}

void cap_limits_find(const char *root, const char *which, struct cap_limits *all)
{
	bool one = false; /* a meter's own name: the others' drivers are left alone */

	for (const struct meter *const *m = registry_meters; *m; m++)
		one |= (*m)->caps && !strcmp((*m)->name, which);
	for (const struct meter *const *m = registry_meters; *m; m++) {
		if (!one || !strcmp((*m)->name, which))
			add_limits(root, *m, all);
	}
}

static bool meant(const struct cap_limit *l, const char *which)
{
	if (!*which || !strcmp(l->meter->name, which))
		return l->cap->whole;
	return !strcmp(l->cap->name, which) || !strcmp(l->cap->covers, which);
}

/* Two libraries of one vendor, and the kernel, may reach one limit of one device: the first that
 * this user may set is taken. */
static bool by_another_meter(struct cap_limits *all, size_t kept, const struct cap_limit *l)
{
	for (size_t i = 0; i < kept; i++) {
		struct cap_limit *k = &all->limit[i];

		if (k->meter == l->meter || !k->cap->whole || !l->cap->whole ||
		    strcmp(k->cap->covers, l->cap->covers) != 0)
			continue;
		if (k->cap->st && !l->cap->st)
			*k = *l;
		return true;
	}
	return false;
}

enum cm_status cap_limits_choose(struct cap_limits *all, const char *which, struct cm_err *err)
{
	struct str names = {0};
	size_t kept = 0;
	bool several = false;
	enum cm_status st = CM_OK;

	for (size_t i = 0; i < all->n; i++) {
		const struct cap_limit l = all->limit[i];

		str_addf(&names, "%s%s (%s)", i ? ", " : "", l.cap->name, l.meter->name);
		if (!meant(&l, which) || by_another_meter(all, kept, &l))
			continue;
		several |= kept && l.meter != all->limit[0].meter;
		all->limit[kept++] = l;
	}
	if (!all->n)
		st = cm_fail(err, CM_ABSENT,
			     "--power-cap: no limit of power is here that could be set");
	else if (!kept)
		st = cm_fail(err, CM_EINPUT, "--power-cap: no limit is named \"%s\"; here: %.400s",
			     which, str_get(&names));
	else if (several && !*which)
		st = cm_fail(err, CM_EINPUT,
			     "--power-cap: limits of several kinds are here, name one as in "
			     "\"NAME=200..300:50\": %.400s",
			     str_get(&names));
	str_free(&names);
	all->n = kept;
	return st;
}

enum cm_status cap_limits_check(const struct cap_limits *all, const struct cap_steps *s,
				struct cm_err *err)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct meter_cap *c = all->limit[i].cap;

		if (c->st)
			return cm_fail(err, c->st, "the power limit of %s may not be set: %s",
				       c->name, c->reason);
		for (size_t k = 0; k < s->n; k++) {
			if (s->watts[k] < c->min_w || s->watts[k] > c->max_w * (1 + 1e-9))
				return cm_fail(err, CM_EINPUT,
					       "--power-cap: %s takes %.6g to %.6g W, not "
					       "%.6g W",
					       c->name, c->min_w, c->max_w, s->watts[k]);
		}
	}
	return CM_OK;
}

void cap_limits_name(const struct cap_limits *all, char *out, size_t cap)
{
	size_t at = 0;

	*out = '\0';
	for (size_t i = 0; i < all->n && at < cap; i++)
		at += (size_t)snprintf(out + at, cap - at, "%s%s", i ? ", " : "",
				       all->limit[i].cap->name);
}

/* ---- for showing
 * --------------------------------------------------------------------------------- */

struct listing {
	struct cap_listed *row;
	size_t n, room;
};

static void push(struct listing *l, const struct meter *m, const struct meter_cap *cap)
{
	CM_PUSH(l->row, l->n, l->room);
	l->row[l->n++] = (struct cap_listed){m, *cap};
}

/* In the driver's own process: one message a limit, then it ends. */
static void tell(int fd, const struct meter *m)
{
	struct cap_limits all = {0};
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = 0; null >= 0 && i < 3; i++) /* drivers print what they like */
		dup2(null, i);
	add_limits(NULL, m, &all);
	for (size_t i = 0; i < all.n; i++)
		send(fd, all.limit[i].cap, sizeof *all.limit[i].cap, MSG_NOSIGNAL);
}

static void hear(int fd, const struct meter *m, struct listing *l)
{
	const uint64_t begun = cm_now_ns();
	const double wait_s = apart_wait_s(); /* as for its channels */
	struct pollfd p = {.fd = fd, .events = POLLIN};
	struct meter_cap cap;
	double left_s;

	while ((left_s = wait_s - (double)(cm_now_ns() - begun) * 1e-9) > 0) {
		const int got = poll(&p, 1, (int)(left_s * 1e3) + 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || recv(fd, &cap, sizeof cap, 0) != (ssize_t)sizeof cap)
			return;
		push(l, m, &cap);
	}
}

static void ask_apart(const struct meter *m, struct listing *l)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		tell(pair[1], m);
		_exit(0);
	}
	close(pair[1]);
	if (pid > 0) {
		hear(pair[0], m, l);
		kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close(pair[0]);
}

size_t cap_limits_list(const char *root, struct cap_listed **out)
{
	struct listing l = {0};

	for (const struct meter *const *m = registry_meters; *m; m++) {
		struct cap_limits all = {0};

		if (!(*m)->caps)
			continue;
		if ((*m)->driver) {
			if (!root) /* a recorded machine has no driver to ask */
				ask_apart(*m, &l);
			continue;
		}
		add_limits(root, *m, &all);
		for (size_t i = 0; i < all.n; i++)
			push(&l, *m, all.limit[i].cap);
		if (all.n)
			(*m)->close(all.limit[0].ctx);
		free(all.limit);
	}
	*out = l.row;
	return l.n;
}
