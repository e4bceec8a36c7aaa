/* Marks of processes (see alive.h), from /proc: the boot's id, the number and the start time in ticks. */
#include "engine/alive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

static void mark_of(long pid, char out[96])
{
	char boot[40] = "?", path[64], stat[1024], *p;
	unsigned long long start;

	file_line("/proc/sys/kernel/random/boot_id", boot, sizeof boot);
	snprintf(path, sizeof path, "/proc/%ld/stat", pid);
	out[0] = '\0';
	if (!file_line(path, stat, sizeof stat))
		return;
	/* The name, in brackets, may hold blanks; the start time is the 20th word behind it. */
	p = strrchr(stat, ')');
	for (int word = 0; p && word < 20; word++)
		p = strchr(p + 1, ' ');
	if (!p)
		return;
	start = strtoull(p, NULL, 10);
	snprintf(out, 96, "%s %ld %llu", boot, pid, start);
}

void alive_mark(char out[96])
{
	mark_of((long)getpid(), out);
}

bool alive_elsewhere(const char *mark, long *pid)
{
	const char *whole = mark;
	char now[96];

	mark = strchr(mark, ' ');
	*pid = mark ? strtol(mark, NULL, 10) : 0;
	if (*pid <= 0 || *pid == (long)getpid())
		return false;
	mark_of(*pid, now);
	return !strcmp(now, whole);
}
