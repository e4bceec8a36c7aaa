/* The journal of power limits: what it says is read back, what is not ours to replay is left or
 * dropped, and why. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "base/sysfs.h"
#include "engine/cap_journal.h"
#include "scratch.h"

#define FILE_NAME "costmark/power-cap.journal"
#define HEAD "costmark power-cap journal 1\n"

static struct cap_entry two[] = {{"nvml", "gpu0", 700}, {"powercap", "package-0", 300.125}};

static int begin(void **state)
{
	static struct scratch s;

	scratch_begin(&s);
	setenv("XDG_STATE_HOME", s.dir, 1);
	*state = &s;
	return 0;
}

static int end(void **state)
{
	scratch_end(*state);
	unsetenv("XDG_STATE_HOME");
	return 0;
}

static void put(struct scratch *s, const char *text)
{
	char folder[600];

	snprintf(folder, sizeof folder, "%s/costmark", s->dir);
	mkdir(folder, 0700);
	scratch_write(s, FILE_NAME, text, strlen(text));
	assert_int_equal(chmod(s->path, 0600), 0);
}

static char *text_dup(const char *host, const char *boot, const char *root)
{
	char here[128] = "", now[64] = "";

	assert_int_equal(gethostname(here, sizeof here - 1), 0);
	sysfs_line("/proc/sys/kernel/random", "boot_id", now, sizeof now);
	return cm_printf_dup(
		HEAD "host\t%s\nboot\t%s\nkeeper\t77\nroot\t%s\ncap\tnvml\t700\tgpu0\nend\n",
		host ? host : here, boot ? boot : now, root);
}

static bool there(struct scratch *s)
{
	return access(scratch_path(s, FILE_NAME), F_OK) == 0;
}

/* Takes it; the status and, for an error, a part of the sentence. */
static void takes(enum cm_status want, const char *part)
{
	struct cap_journal j = {.n = 0};
	struct cm_err err = {CM_OK, ""};
	int fd = -1;

	assert_int_equal(cap_journal_take(&j, &fd, &err), want);
	if (!strstr(err.why, part))
		fail_msg("'%s' is not in '%s'", part, err.why);
	if (!want) {
		assert_int_equal(j.n, 1);
		close(fd);
		cap_journal_free(&j);
	}
}

static void writes_and_takes(void **state)
{
	struct scratch *s = *state;
	struct cap_journal j = {.root = "/tmp/some where", .entry = two, .n = 2}, got = {.n = 0};
	struct cm_err err;
	char kill_9[40];
	int fd, again;

	takes(CM_ABSENT, "no journal");
	assert_int_equal(cap_journal_write(&j, &fd, &err), CM_OK);
	assert_int_equal(cap_journal_write(&j, &again, &err), CM_EINPUT);
	assert_non_null(strstr(err.why, "another power-cap sweep is at work"));
	/* At work, or its driver hangs: the process is named. */
	assert_int_equal(cap_journal_take(&got, &again, &err), CM_EINPUT);
	assert_non_null(strstr(err.why, "at work"));
	snprintf(kill_9, sizeof kill_9, "kill -9 %ld", (long)getpid());
	assert_non_null(strstr(err.why, kill_9));
	close(fd); /* as a crash leaves it */
	assert_int_equal(cap_journal_write(&j, &fd, &err), CM_EINPUT);
	assert_non_null(strstr(err.why, "not restored yet"));
	assert_int_equal(cap_journal_take(&got, &fd, &err), CM_OK);
	assert_string_equal(got.root, "/tmp/some where");
	assert_int_equal(got.n, 2);
	assert_true(got.keeper == (long)getpid());
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(got.entry[i].meter, two[i].meter);
		assert_string_equal(got.entry[i].name, two[i].name);
		assert_true(got.entry[i].watts == two[i].watts);
	}
	cap_journal_remove(fd);
	cap_journal_free(&got);
	assert_false(there(s));
}

/* A name that would break a line: refused before anything is set. */
static void unwritable(void **state)
{
	struct scratch *s = *state;
	struct cap_entry odd = {"powercap", "pack\nage", 100};
	struct cap_journal j = {.entry = &odd, .n = 1};
	struct cm_err err;
	int fd;

	assert_int_equal(cap_journal_write(&j, &fd, &err), CM_EINPUT);
	assert_non_null(strstr(err.why, "cannot be kept in a journal"));
	assert_false(there(s));
}

static void places(void **state)
{
	static const struct {
		const char *host, *boot, *root;
		enum cm_status st;
		const char *part;
		bool stays;
	} cases[] = {
		{NULL, NULL, "", CM_OK, "", true},
		{NULL, "another-boot", "", CM_ABSENT, "before the last start",
		 false},                                          /* a reboot */
		{NULL, "another-boot", "/tree", CM_OK, "", true}, /* a recorded tree outlives it */
		{"another", NULL, "", CM_EINPUT, "of the host another", true},
		{"another", "another-boot", "/tree", CM_EINPUT, "of the host another", true},
	};
	struct scratch *s = *state;

	for (size_t i = 0; i < CM_COUNT(cases); i++) {
		char *text = text_dup(cases[i].host, cases[i].boot, cases[i].root);

		put(s, text);
		takes(cases[i].st, cases[i].part);
		assert_int_equal(there(s), cases[i].stays);
		free(text);
	}
}

/* Every journal that was cut is from before anything was set: dropped. A whole one is not. */
static void cut(void **state)
{
	struct scratch *s = *state;
	char *text = text_dup(NULL, NULL, "");

	for (size_t n = 0; n < strlen(text); n++) {
		char *part = cm_strndup(text, n);

		put(s, part);
		takes(CM_ABSENT, "cut short");
		assert_false(there(s));
		free(part);
	}
	free(text);
}

static void not_ours(void **state)
{
	static const struct {
		const char *text, *part;
	} cases[] = {
		{"something else\n", ".journal:1:1: not a line"},
		{"costmark power-cap journal 2\nend\n", ".journal:1:1:"},
		{HEAD "host\tx\ncolour\tblue\nend\n", ".journal:3:1:"},
		{HEAD "cap\tnvml\tnan\tgpu0\nend\n", ".journal:2:1:"},
		{HEAD "cap\tnvml\t0x10\tgpu0\nend\n", ".journal:2:1:"},
		{HEAD "cap\tnvml\t-1\tgpu0\nend\n", ".journal:2:1:"},
		{HEAD "cap\tnvml\t1e999\tgpu0\nend\n", ".journal:2:1:"},
		{HEAD "cap\tnvml\t100\nend\n", ".journal:2:1:"},
		{HEAD "cap\tnvml\t100\tgpu0\tmore\nend\n", ".journal:2:1:"},
		{HEAD "cap\tthe name of a meter of more than 31 bytes\t100\tgpu0\nend\n",
		 ".journal:2:1:"},
		{HEAD "root\trelative\nend\n", ".journal:2:1:"},
		{HEAD "keeper\t-7\nend\n", ".journal:2:1:"},
		{HEAD "end\nmore\n", ".journal:2:1:"},
	};
	struct scratch *s = *state;

	for (size_t i = 0; i < CM_COUNT(cases); i++) {
		put(s, cases[i].text);
		takes(CM_EINPUT, cases[i].part);
		assert_true(there(s));
	}
}

/* Root may run this with another's folder: what others can write is not set. */
static void hands(void **state)
{
	struct scratch *s = *state;
	char *text = text_dup(NULL, NULL, ""), other[600];
	struct cap_journal j = {.entry = two, .n = 2};
	struct cm_err err;
	int fd;

	put(s, text);
	chmod(scratch_path(s, FILE_NAME), 0666);
	takes(CM_EINPUT, "may be written by others (mode 666)");
	chmod(scratch_path(s, FILE_NAME), 0600);
	if (geteuid() == 0) {
		assert_int_equal(chown(scratch_path(s, FILE_NAME), 65534, 65534), 0);
		takes(CM_EINPUT, "of the user with number 65534");
	}
	assert_true(there(s));
	/* A symbolic link, a queue: neither read nor written through. */
	snprintf(other, sizeof other, "%s/elsewhere", s->dir);
	assert_int_equal(rename(scratch_path(s, FILE_NAME), other), 0);
	assert_int_equal(symlink(other, scratch_path(s, FILE_NAME)), 0);
	takes(CM_EINPUT, "is a symbolic link");
	assert_int_equal(cap_journal_write(&j, &fd, &err), CM_EINPUT);
	assert_int_equal(unlink(scratch_path(s, FILE_NAME)), 0);
	assert_int_equal(mkfifo(scratch_path(s, FILE_NAME), 0600), 0);
	takes(CM_EINPUT, "no plain file");
	assert_int_equal(cap_journal_write(&j, &fd, &err), CM_EINPUT);
	assert_true(there(s));
	free(text);
}

/* One that this user may not even open is not nothing. */
static void closed(void **state)
{
	struct scratch *s = *state;
	char *text = text_dup(NULL, NULL, "");
	int status;

	put(s, text);
	free(text);
	chmod(s->dir, 0755);
	snprintf(s->path, sizeof s->path, "%s/costmark", s->dir);
	chmod(s->path, 0755);
	if (geteuid() != 0)
		skip();
	const pid_t pid = fork();

	if (pid == 0) {
		struct cap_journal j = {.n = 0};
		struct cm_err err;
		int fd;

		if (setgid(65534) || setuid(65534))
			_exit(3);
		_exit(cap_journal_take(&j, &fd, &err) == CM_EINPUT &&
				      strstr(err.why, "sudo costmark meters")
			      ? 0
			      : 1);
	}
	assert_true(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(there(s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(writes_and_takes, begin, end),
		cmocka_unit_test_setup_teardown(unwritable, begin, end),
		cmocka_unit_test_setup_teardown(places, begin, end),
		cmocka_unit_test_setup_teardown(cut, begin, end),
		cmocka_unit_test_setup_teardown(not_ours, begin, end),
		cmocka_unit_test_setup_teardown(hands, begin, end),
		cmocka_unit_test_setup_teardown(closed, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
