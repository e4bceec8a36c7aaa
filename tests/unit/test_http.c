/* HTTP against a server on loopback that misbehaves (tests/server/http_server.py): whole or an error. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/http.h"
#include "base/stream.h"

#define LINES 3000

static struct {
	char dir[64], base[64], data[80], to[80];
	pid_t pid;
	int in;           /* the server ends when this is closed */
	struct str whole; /* what data.csv holds */
} here;

static int start(void **state)
{
	int in[2], out[2], port = 0;
	FILE *f;

	(void)state;
	snprintf(here.dir, sizeof here.dir, "/tmp/test_http.XXXXXX");
	if (!mkdtemp(here.dir) || pipe(in) || pipe(out))
		return -1;
	snprintf(here.data, sizeof here.data, "%s/run", here.dir);
	if (mkdir(here.data, 0700))
		return -1;
	snprintf(here.data, sizeof here.data, "%s/run/data.csv", here.dir);
	snprintf(here.to, sizeof here.to, "%s/to", here.dir);
	for (int i = 0; i < LINES; i++)
		str_addf(&here.whole, "%d,%u,p5.48xlarge,\"55.0400000000\"\n", i, (unsigned)i * 2654435761u);
	if (!(f = fopen(here.data, "w")))
		return -1;
	fwrite(here.whole.p, 1, here.whole.len, f);
	fclose(f);
	if (!(here.pid = fork())) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		for (int fd = 3; fd < 32; fd++)
			close(fd);
		execlp("python3", "python3", CM_SOURCE_DIR "/tests/server/http_server.py", here.dir, NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	here.in = in[1];
	f = fdopen(out[0], "r");
	const int got = fscanf(f, "%d", &port);
	fclose(f);
	snprintf(here.base, sizeof here.base, "http://127.0.0.1:%d", port);
	return got == 1 ? 0 : -1;
}

static int stop(void **state)
{
	(void)state;
	close(here.in);
	waitpid(here.pid, NULL, 0);
	unlink(here.data);
	unlink(here.to);
	snprintf(here.data, sizeof here.data, "%s/run", here.dir);
	rmdir(here.data);
	rmdir(here.dir);
	str_free(&here.whole);
	return 0;
}

static struct http *session(struct http_limits l)
{
	struct http *h = NULL;
	struct cm_err err;

	l.pause_s = 0.01;
	if (http_open(&l, &h, &err))
		fail_msg("%s", err.why);
	return h;
}

static enum cm_status get(struct http *h, const char *mode, const char *path, struct http_answer *a,
			  struct cm_err *err)
{
	char url[256];

	snprintf(url, sizeof url, "%s/%s/run/data.csv?%s", here.base, mode, path ? "file" : "text");
	return http_do(h, &(struct http_request){ .url = url, .path = path }, a, err);
}

/* The file as base/stream.h gives it. */
static void assert_file_whole(const char *mode)
{
	struct stream *s;
	struct str got = { 0 };
	struct cm_err err;

	if (stream_open(here.to, 0, &s, &err) || stream_rest(s, 0, &got, &err))
		fail_msg("%s: %s", mode, err.why);
	if (got.len != here.whole.len || memcmp(got.p, here.whole.p, got.len))
		fail_msg("%s: %zu bytes, not the %zu of the source", mode, got.len, here.whole.len);
	str_free(&got);
	stream_close(s);
}

/* What ends well, in how many tries, as text and as a file. */
static void well(void **state)
{
	static const struct { const char *mode; int tries, file_tries; } table[] = {
		{ "ok", 1, 1 }, { "raw", 1, 1 }, { "moved", 1, 1 }, { "429s", 2, 2 }, { "429d", 2, 2 },
		{ "500", 2, 2 }, { "cut", 3, 3 }, { "elsewhere", 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(table); i++)
		for (int file = 0; file < 2; file++) {
			struct http *h = session((struct http_limits){ 0 });
			struct http_answer a;
			struct cm_err err;
			if (get(h, table[i].mode, file ? here.to : NULL, &a, &err))
				fail_msg("%s: %s", table[i].mode, err.why);
			assert_int_equal(a.status, table[i].mode[0] == 'c' && file ? 206 : 200);
			assert_int_equal(a.tries, file ? table[i].file_tries : table[i].tries);
			assert_int_equal(a.bytes, here.whole.len);
			if (file)
				assert_file_whole(table[i].mode);
			else
				assert_string_equal(str_get(&a.body), here.whole.p);
			http_answer_free(&a);
			http_close(h);
		}
}

/* What must end in a sentence, and which. */
static void badly(void **state)
{
	static const struct { const char *mode; enum cm_status st; const char *says; } table[] = {
		{ "cutx", CM_EINPUT, "ends early" },
		{ "wrong", CM_EINPUT, "ends early" },
		{ "badgzip", CM_EINPUT, "is damaged" },
		{ "gzipcut", CM_EINPUT, "ends early" },
		{ "short", CM_EINPUT, "ends early" }, /* the promise cuts the packed body */
		{ "loop", CM_EINPUT, "redirects go on after 8 of them" },
		{ "huge", CM_EINPUT, "has 10000000000 bytes; at most 1000000 are taken" },
		{ "endless", CM_EINPUT, "at most 1000000 are taken" },
		{ "bomb", CM_EINPUT, "more than 1000000 bytes" },
		{ "500x", CM_EIO, "answers 500: the server failed, in 3 tries" },
		{ "429far", CM_EIO, "it asks to wait 86400 s" },
		{ "401", CM_DENIED, "a key or password is needed" },
		{ "drip", CM_EIO, "too slow" },
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(table); i++)
		for (int file = 0; file < 2; file++) {
			struct http *h = session((struct http_limits){ .retries = 2, .most_bytes = 1000000 });
			struct http_answer a;
			struct cm_err err = { 0 };
			if (!strcmp(table[i].mode, "drip")) {
				http_close(h);
				h = session((struct http_limits){ .retries = -1, .slow_s = 1 });
			}
			const enum cm_status st = get(h, table[i].mode, file ? here.to : NULL, &a, &err);
			if (st != table[i].st || !strstr(err.why, table[i].says))
				fail_msg("%s: %s: '%s'", table[i].mode, cm_status_word(st), err.why);
			http_answer_free(&a);
			http_close(h);
		}
}

static void unchanged(void **state)
{
	struct http *h = session((struct http_limits){ 0 });
	struct http_answer a, b;
	struct cm_err err;
	char url[128];

	(void)state;
	assert_int_equal(get(h, "ok", NULL, &a, &err), CM_OK);
	assert_true(*a.etag && *a.modified);
	snprintf(url, sizeof url, "%s/ok/run/data.csv?text", here.base);
	assert_int_equal(http_do(h, &(struct http_request){ .url = url, .etag = a.etag }, &b, &err), CM_OK);
	assert_int_equal(b.status, 304);
	assert_int_equal(b.body.len, 0);
	http_answer_free(&a);
	http_answer_free(&b);
	http_close(h);
}

static void posted(void **state)
{
	static const struct http_header headers[] = { { "X-Auth-Token", "t-1" }, { NULL, NULL } };
	struct http *h = session((struct http_limits){ .retries = -1 });
	struct http_answer a;
	struct cm_err err;
	char url[128];

	(void)state;
	snprintf(url, sizeof url, "%s/ok/a/echo/x", here.base);
	assert_int_equal(http_do(h,
				 &(struct http_request){ .url = url,
							 .method = "POST",
							 .body = "{\"a\": 1}",
							 .user = "root",
							 .password = "calvin",
							 .headers = headers },
				 &a, &err),
			 CM_OK);
	assert_non_null(strstr(str_get(&a.body), "\"posted\": \"{\\\"a\\\": 1}\""));
	assert_non_null(strstr(str_get(&a.body), "Basic cm9vdDpjYWx2aW4="));
	assert_non_null(strstr(str_get(&a.body), "\"X-Auth-Token\": \"t-1\""));
	assert_string_equal(a.token, "t-0815");
	assert_string_equal(a.location, "/ok/a/echo/session/1");
	http_answer_free(&a);
	/* a token is for the host that it was given for */
	snprintf(url, sizeof url, "%s/elsewhere/a/echo/x", here.base);
	assert_int_equal(http_do(h, &(struct http_request){ .url = url, .headers = headers }, &a, &err),
			 CM_EINPUT);
	assert_non_null(strstr(err.why, "not given our credentials"));
	http_answer_free(&a);
	http_close(h);
}

struct many { struct http *h; int done, ok, more; struct http_request req; };

static void many_done(void *arg, enum cm_status st, struct http_answer *a, const struct cm_err *err)
{
	struct many *m = arg;

	(void)err;
	m->done++;
	m->ok += !st && a->bytes == here.whole.len;
	if (m->more-- > 0)
		http_add(m->h, &m->req, many_done, m);
}

static void several(void **state)
{
	struct many m = { .h = session((struct http_limits){ 0 }), .more = 30 };
	struct cm_err err;
	char url[128];

	(void)state;
	snprintf(url, sizeof url, "%s/ok/run/data.csv", here.base);
	m.req.url = url;
	for (int i = 0; i < 10; i++)
		http_add(m.h, &m.req, many_done, &m);
	assert_int_equal(http_run(m.h, &err), CM_OK);
	assert_int_equal(m.done, 40);
	assert_int_equal(m.ok, 40);
	http_close(m.h);
}

static uint64_t stop_at;
static bool stopped(void) { return cm_now_ns() > stop_at; }

static void interrupted(void **state)
{
	struct many m = { .h = session((struct http_limits){ .stopped = stopped }) };
	struct cm_err err;
	char url[128];

	(void)state;
	stop_at = cm_now_ns() + 300000000;
	snprintf(url, sizeof url, "%s/drip/run/data.csv", here.base);
	m.req.url = url;
	for (int i = 0; i < 10; i++)
		http_add(m.h, &m.req, many_done, &m);
	assert_int_equal(http_run(m.h, &err), CM_EINTR);
	assert_int_equal(m.done, 10);
	assert_int_equal(m.ok, 0);
	http_close(m.h);
}

static void shown(void **state)
{
	static const char *const table[][2] = {
		{ "https://h/p?a=1&b=2", "https://h/p?a=1&b=2" },
		{ "https://me:pw@h/p", "https://h/p" },
		{ "https://h/p?key=SECRET&pageToken=x&c", "https://h/p?key=***&pageToken=***&c" },
		{ "https://h/p@q?api_key=S", "https://h/p@q?api_key=***" },
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(table); i++) {
		char *s = http_shown_dup(table[i][0]);
		assert_string_equal(s, table[i][1]);
		free(s);
	}
}

static void nobody(void **state)
{
	struct http *h = session((struct http_limits){ 0 });
	struct http_answer a;
	struct cm_err err;

	(void)state;
	assert_int_equal(http_do(h, &(struct http_request){ .url = "http://127.0.0.1:9/x?key=SECRET" },
				 &a, &err),
			 CM_EIO);
	assert_null(strstr(err.why, "SECRET"));
	http_answer_free(&a);
	assert_int_equal(http_do(h, &(struct http_request){ .url = "file:///etc/passwd" }, &a, &err),
			 CM_EINPUT);
	http_answer_free(&a);
	http_close(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(well), cmocka_unit_test(badly), cmocka_unit_test(unchanged),
		cmocka_unit_test(posted), cmocka_unit_test(several), cmocka_unit_test(interrupted),
		cmocka_unit_test(shown), cmocka_unit_test(nobody),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, start, stop);
}
