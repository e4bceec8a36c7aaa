/*
 * The script of a fake driver: an environment variable of KEY=VALUE;KEY=VALUE…, read at every call.
 *
 * A value is a list of items by comma; each call takes the next, the last stays. An item is a
 * number, a word that the library turns into its own status (NS, DENIED, LOST …), "hang" (says
 * nothing for 5 s), "stuck" (says nothing ever), "die" (SIGSEGV), or "@WATTS": an energy that
 * grows by that power since the start, in steps of 20 ms.
 */
#ifndef FAKE_SCRIPT_H
#define FAKE_SCRIPT_H

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct { char key[48]; unsigned taken; } fake_place[256];

static double fake_now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Copies the value of KEY; 0: the script does not name it. */
static inline int fake_text(const char *var, const char *key, char *out, size_t cap)
{
	const char *s = getenv(var);
	const size_t n = strlen(key);

	while (s && *s) {
		const size_t len = strcspn(s, ";");

		if (!strncmp(s, key, n) && s[n] == '=') {
			snprintf(out, cap, "%.*s", (int)(len - n - 1), s + n + 1);
			return 1;
		}
		s += len + (s[len] == ';');
	}
	return 0;
}

/* The item of KEY whose turn it is; 0: the script does not name it. */
static inline int fake_item(const char *var, const char *key, char *out, size_t cap)
{
	char all[512], *item = all;
	unsigned *taken = NULL;

	if (!fake_text(var, key, all, sizeof all))
		return 0;
	for (size_t i = 0; i < sizeof fake_place / sizeof *fake_place && !taken; i++) {
		if (!fake_place[i].key[0])
			snprintf(fake_place[i].key, sizeof fake_place[i].key, "%s", key);
		if (!strcmp(fake_place[i].key, key))
			taken = &fake_place[i].taken;
	}
	for (unsigned k = 0; taken && k < *taken && strchr(item, ','); k++)
		item = strchr(item, ',') + 1;
	if (taken)
		++*taken;
	snprintf(out, cap, "%.*s", (int)strcspn(item, ","), item);
	if (!strcmp(out, "hang"))
		sleep(5);
	while (!strcmp(out, "stuck"))
		pause();
	if (!strcmp(out, "die"))
		raise(SIGSEGV);
	return 1;
}

/* Joules of "@WATTS" since `start_s`. */
static inline double fake_joules(const char *item, double start_s)
{
	return strtod(item + 1, NULL) * floor((fake_now_s() - start_s) / 0.02) * 0.02;
}

#endif
