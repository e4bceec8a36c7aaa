/* The store: what went in comes out, a launch is taken again only when it did not end, writers do not
 * lose each other's rows, and a file of another version is named as that. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/alive.h"
#include "engine/store_read.h"
#include "scratch.h"

static struct scratch tmp;

static int begin(void **state)
{
	(void)state;
	scratch_begin(&tmp);
	return 0;
}

static int end(void **state)
{
	(void)state;
	scratch_end(&tmp);
	return 0;
}

static const struct store_cell cell = { .kernel = "triad", .op = "", .group = "stream", .variant = "portable",
					.tuned_by = "", .type = "fp64", .size_unit = "elements",
					.backend = "host", .device = "CPU \"x\" ü", .tunables = "a=1",
					.size = 4096 };

#define OK(call) do { struct cm_err *e_ = &err; if (call) fail_msg("%s: %s", #call, e_->why); } while (0)

static struct store *opened(const char *name)
{
	struct store *s = NULL;
	struct cm_err err = { 0 };

	OK(store_open(scratch_path(&tmp, name), &s, &err));
	return s;
}

static int64_t launch_of(struct store *s, int64_t c, unsigned number, bool *fresh)
{
	struct cm_err err = { 0 };
	int64_t id = 0;

	OK(store_launch_begin(s, c, number, fresh, &id, &err));
	return id;
}

static struct cmj *summary(void)
{
	static const char text[] = "{\"metric\": \"bytes\", \"unit\": \"GB/s\", \"work_unit\": \"element\","
				   "\"flops\": 8192, \"bytes\": 98304, \"work\": 4096, \"verified\": true,"
				   "\"stopped_by\": \"interval\", \"ci_target\": 0.01}";
	struct cmj *o = NULL;
	struct cm_err err = { 0 };

	OK(cmj_parse(text, sizeof text - 1, "summary", &o, &err));
	return o;
}

static void round_trip(void **state)
{
	static const double a[] = { 1000, 1200, 1100 }, b[] = { 900.0000001, 0.1, 1e15, 5e-324 };
	struct store *s = opened("a.db");
	struct cmj *sum = summary();
	struct cm_err err = { 0 };
	struct stored_cell *c = NULL;
	struct store_rows rows = { 0 };
	char run[40] = "";
	int64_t id, again;
	size_t n = 0;
	bool fresh;

	(void)state;
	OK(store_run_begin(s, "tag", 42, "costmark run", "hash", "{}", run, &err));
	OK(store_cell_id(s, run, &cell, &id, &err));
	OK(store_cell_id(s, run, &cell, &again, &err));
	assert_int_equal(id, again);
	for (unsigned k = 0; k < 2; k++) {
		const int64_t l = launch_of(s, id, k, &fresh);

		assert_true(fresh);
		OK(k ? store_samples(s, l, b, 2, &err) : store_samples(s, l, a, 3, &err));
		if (k) /* handed over in parts: they keep their order */
			OK(store_samples(s, l, b + 2, 2, &err));
		OK(store_launch_end(s, l, "ok", "", sum, &err));
	}
	store_close(s);

	OK(store_open_read(scratch_path(&tmp, "a.db"), &s, &err));
	OK(store_read(s, run, NULL, &c, &n, &err));
	assert_int_equal(n, 1);
	assert_string_equal(c->device, cell.device);
	assert_string_equal(c->tag, "tag");
	assert_int_equal(c->size, 4096);
	assert_int_equal(c->launches, 2);
	assert_int_equal(c->launch[1].n, 4);
	assert_memory_equal(c->launch[0].ns, a, sizeof a);
	assert_memory_equal(c->launch[1].ns, b, sizeof b);
	stored_free(c, n);
	OK(store_rows(s, NULL, "tag", &rows, &err));
	assert_int_equal(rows.n, 1);
	assert_true(rows.row[0].verified && rows.row[0].launches == 2 && rows.row[0].samples == 7);
	store_rows_free(&rows);
	OK(store_rows(s, NULL, "other", &rows, &err));
	assert_int_equal(rows.n, 0);
	store_rows_free(&rows);
	store_close(s);
	cmj_free(sum);
}

static void resuming(void **state)
{
	static const double ns[] = { 5, 6, 7 };
	struct store *s = opened("r.db");
	struct cmj *sum = summary();
	struct cm_err err = { 0 };
	struct store_rows rows = { 0 };
	char run[40] = "", found[40] = "", mark[96];
	int64_t id, l, retaken;
	uint64_t seed = 0;
	bool fresh;

	(void)state;
	OK(store_run_begin(s, "t", UINT64_MAX, "costmark run", "plan", "{}", run, &err));
	OK(store_cell_id(s, run, &cell, &id, &err));
	l = launch_of(s, id, 0, &fresh);
	OK(store_samples(s, l, ns, 3, &err));
	OK(store_launch_end(s, l, "ok", "", sum, &err));
	l = launch_of(s, id, 1, &fresh); /* and here the process was killed */
	OK(store_samples(s, l, ns, 2, &err));

	assert_int_equal(store_run_unfinished(s, "t", "other plan", found, &seed, &err), CM_ABSENT);
	assert_int_equal(store_run_unfinished(s, "u", "plan", found, &seed, &err), CM_ABSENT);
	OK(store_run_unfinished(s, "t", "plan", found, &seed, &err)); /* it was this process's own */
	assert_string_equal(found, run);
	assert_true(seed == UINT64_MAX);
	launch_of(s, id, 0, &fresh);
	assert_false(fresh);
	retaken = launch_of(s, id, 1, &fresh);
	assert_true(fresh && retaken != l);
	OK(store_launch_end(s, retaken, "ok", "", sum, &err)); /* it ended without samples: no figure */
	OK(store_rows(s, run, NULL, &rows, &err));
	assert_int_equal(rows.row[0].launches, 1);
	assert_int_equal(rows.row[0].samples, 3); /* those of the killed launch are set aside, not counted */
	store_rows_free(&rows);
	OK(store_run_end(s, run, "done", &err));
	assert_int_equal(store_run_unfinished(s, "t", "plan", found, &seed, &err), CM_ABSENT);
	store_close(s);
	cmj_free(sum);
	alive_mark(mark);
	assert_false(alive_elsewhere(mark, &(long){ 0 }));
}

static void another_process_measures(void **state)
{
	struct store *s = opened("o.db");
	struct cm_err err = { 0 };
	char found[40] = "";
	uint64_t seed;
	int go[2], say[2];
	char ch = 0;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(go), 0);
	assert_int_equal(pipe(say), 0);
	pid = fork();
	if (!pid) {
		char run[40];
		struct store *mine = NULL;
		const bool ok = !store_open(scratch_path(&tmp, "o.db"), &mine, &err) &&
				!store_run_begin(mine, "t", 1, "", "plan", "{}", run, &err);

		if (write(say[1], ok ? "y" : "n", 1) == 1 && read(go[0], &ch, 1) == 1)
			_exit(0);
		_exit(1);
	}
	assert_int_equal(read(say[0], &ch, 1), 1);
	assert_int_equal(ch, 'y');
	assert_int_equal(store_run_unfinished(s, "t", "plan", found, &seed, &err), CM_EINPUT);
	assert_non_null(strstr(err.why, "measured right now by process"));
	assert_int_equal(write(go[1], "g", 1), 1);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	/* It is gone: the run may be taken over. */
	OK(store_run_unfinished(s, "t", "plan", found, &seed, &err));
	store_close(s);
}

enum { WRITERS = 4, BATCHES = 40 };

static void write_much(unsigned who)
{
	struct store *s = NULL;
	struct cm_err err = { 0 };
	struct store_cell c = cell;
	char run[40];
	int64_t id, l;
	bool fresh, ok;

	c.size = who + 1;
	ok = !store_open(scratch_path(&tmp, "w.db"), &s, &err) &&
	     !store_run_begin(s, "w", who, "", "plan", "{}", run, &err) &&
	     !store_cell_id(s, run, &c, &id, &err) && !store_launch_begin(s, id, 0, &fresh, &l, &err);
	for (int i = 0; ok && i < BATCHES; i++) {
		const double ns[] = { who + 1, i };

		ok = !store_samples(s, l, ns, 2, &err);
	}
	if (ok) {
		struct cmj *sum = summary();

		ok = !store_launch_end(s, l, "ok", "", sum, &err) && !store_run_end(s, run, "done", &err);
		cmj_free(sum);
	}
	store_close(s);
	if (!ok)
		fprintf(stderr, "writer %u: %s\n", who, err.why);
	_exit(!ok);
}

static void writers_at_once(void **state)
{
	struct store *s = NULL;
	struct stored_cell *c = NULL;
	struct cm_err err = { 0 };
	pid_t pid[WRITERS];
	size_t n = 0;

	(void)state;
	for (unsigned i = 0; i < WRITERS; i++)
		if (!(pid[i] = fork()))
			write_much(i);
	for (unsigned i = 0; i < WRITERS; i++) {
		int status = -1;

		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_int_equal(status, 0);
	}
	OK(store_open_read(scratch_path(&tmp, "w.db"), &s, &err));
	OK(store_read(s, NULL, "w", &c, &n, &err));
	assert_int_equal(n, WRITERS);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(c[i].launch[0].n, 2 * BATCHES);
		for (int k = 0; k < BATCHES; k++) {
			assert_true(c[i].launch[0].ns[2 * k] == (double)c[i].size);
			assert_true(c[i].launch[0].ns[2 * k + 1] == k);
		}
	}
	stored_free(c, n);
	store_close(s);
}

static void other_versions(void **state)
{
	static const char *const change[] = { "UPDATE meta SET value='2'", "UPDATE meta SET value=NULL",
					      "DELETE FROM meta" };
	struct cm_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct store *s = opened("v.db");
		sqlite3 *db = NULL;
		char path[512];

		store_close(s);
		s = NULL;
		snprintf(path, sizeof path, "%s", scratch_path(&tmp, "v.db"));
		assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
		assert_int_equal(sqlite3_exec(db, change[i], NULL, NULL, NULL), SQLITE_OK);
		sqlite3_close(db);
		assert_int_equal(store_open_read(path, &s, &err), CM_EINPUT);
		assert_non_null(strstr(err.why, "another version of costmark"));
		assert_null(s);
		/* A store that lost its mark is not given a new one over its rows. */
		if (i < 2)
			assert_int_equal(store_open(path, &s, &err), CM_EINPUT);
		remove(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(round_trip, begin, end),
		cmocka_unit_test_setup_teardown(resuming, begin, end),
		cmocka_unit_test_setup_teardown(another_process_measures, begin, end),
		cmocka_unit_test_setup_teardown(writers_at_once, begin, end),
		cmocka_unit_test_setup_teardown(other_versions, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
