/* Files that appear whole or not at all, hashes, libraries at run time, and our own folders. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/dl.h"
#include "base/file.h"
#include "base/hash.h"
#include "scratch.h"

static struct scratch dir;

static int entries(void)
{
	DIR *d = opendir(dir.dir);
	int n = 0;
	for (const struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static void committed_or_not(void **state)
{
	struct file_out *f;
	FILE *out;
	struct str text = { 0 };
	(void)state;
	scratch_write(&dir, "a.txt", "old", 3);
	assert_int_equal(file_create(scratch_path(&dir, "a.txt"), &f, &out, NULL), CM_OK);
	fputs("new text", out);
	fflush(out);
	assert_int_equal(file_read(scratch_path(&dir, "a.txt"), 0, &text, NULL), CM_OK);
	assert_string_equal(text.p, "old"); /* not yet */
	str_free(&text);
	file_abandon(f);
	assert_int_equal(entries(), 1); /* and nothing left behind */
	assert_int_equal(file_create(scratch_path(&dir, "a.txt"), &f, &out, NULL), CM_OK);
	fputs("new text", out);
	assert_int_equal(file_commit(f, NULL), CM_OK);
	assert_int_equal(file_read(scratch_path(&dir, "a.txt"), 0, &text, NULL), CM_OK);
	assert_string_equal(text.p, "new text");
	assert_int_equal(entries(), 1);
	str_free(&text);
	file_abandon(NULL);
}

static void through_a_link(void **state)
{
	struct file_out *f;
	FILE *out;
	char line[32];
	(void)state;
	char target[512];
	snprintf(target, sizeof target, "%s", scratch_write(&dir, "real.txt", "x", 1));
	assert_int_equal(symlink(target, scratch_path(&dir, "link.txt")), 0);
	assert_int_equal(file_create(scratch_path(&dir, "link.txt"), &f, &out, NULL), CM_OK);
	fputs("through\n", out);
	assert_int_equal(file_commit(f, NULL), CM_OK);
	assert_true(file_line(target, line, sizeof line));
	assert_string_equal(line, "through");
}

static void full_disk_is_said(void **state)
{
	struct file_out *f;
	FILE *out;
	struct cm_err err = { 0 };
	(void)state;
	if (!file_exists("/dev/full")) {
		print_message("# skip: no /dev/full here\n");
		skip();
	}
	assert_int_equal(file_create("/dev/full", &f, &out, &err), CM_OK);
	fputs("x", out);
	assert_int_equal(file_commit(f, &err), CM_EIO);
	assert_non_null(strstr(err.why, "cannot be written: No space"));
}

static void refusals(void **state)
{
	struct file_out *f = NULL;
	FILE *out = NULL;
	struct str text = { 0 };
	struct cm_err err = { 0 };
	char line[8];
	(void)state;
	assert_int_equal(file_create("/nowhere/a.txt", &f, &out, &err), CM_EINPUT);
	assert_null(f);
	assert_non_null(strstr(err.why, "/nowhere/a.txt: cannot be written"));
	assert_int_equal(file_read("/nowhere/a.txt", 0, &text, &err), CM_EINPUT);
	const char *path = scratch_write(&dir, "big", "0123456789", 10);
	assert_int_equal(file_read(path, 9, &text, &err), CM_EINPUT);
	assert_non_null(strstr(err.why, "larger than 9 bytes"));
	assert_null(text.p);
	assert_int_equal(file_read(path, 10, &text, &err), CM_OK);
	str_free(&text);
	assert_int_equal(file_read(scratch_write(&dir, "empty", "", 0), 0, &text, &err), CM_OK);
	assert_string_equal(text.p, ""); /* an empty file is a text */
	str_free(&text);
	assert_false(file_line("/nowhere/x", line, sizeof line));
}

static void folders(void **state)
{
	struct cm_err err = { 0 };
	(void)state;
	char deep[600];
	snprintf(deep, sizeof deep, "%s/a/b/c", dir.dir);
	assert_int_equal(file_mkdirs(deep, &err), CM_OK);
	assert_int_equal(file_mkdirs(deep, &err), CM_OK);
	assert_true(file_exists(deep));
	snprintf(deep, sizeof deep, "%s", scratch_write(&dir, "plain", "x", 1));
	assert_int_equal(file_mkdirs(deep, &err), CM_EIO);
	strcat(deep, "/below");
	assert_int_equal(file_mkdirs(deep, &err), CM_EIO);
}

static void own_folders(void **state)
{
	(void)state;
	setenv("XDG_DATA_HOME", "/data", 1);
	char *p = file_xdg_data_dup("results.db");
	assert_string_equal(p, "/data/costmark/results.db");
	free(p);
	setenv("XDG_CACHE_HOME", "relative/is/ignored", 1);
	setenv("HOME", "/home/x", 1);
	p = file_xdg_cache_dup("plateau");
	assert_string_equal(p, "/home/x/.cache/costmark/plateau");
	free(p);
	setenv("COSTMARK_DATA", "/chosen", 1);
	assert_string_equal(file_data_dir(), "/chosen");
	unsetenv("COSTMARK_DATA");
	const char *found = file_data_dir(); /* this test runs from the source tree */
	assert_non_null(found);
	assert_string_equal(found, CM_SOURCE_DIR);
}

static void hashes(void **state)
{
	char hex[65];
	struct cm_err err = { 0 };
	(void)state;
	hash_bytes("abc", 3, hex); /* FIPS 180-4, example 1 */
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	hash_bytes("", 0, hex);
	assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_int_equal(hash_file(scratch_write(&dir, "abc", "abc", 3), hex, &err), CM_OK);
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(hash_file("/nowhere/x", hex, &err), CM_EINPUT);
	assert_int_equal(hash_file(dir.dir, hex, &err), CM_EIO); /* a folder cannot be read */
}

static void libraries(void **state)
{
	static void (*found)(void), (*maybe)(void);
	static const struct dl_symbol good[] = {
		{ "cos", &found, false }, { "no_such_function", &maybe, true }, { NULL, NULL, false },
	};
	static const struct dl_symbol lacking[] = {
		{ "cos", &found, false }, { "no_such_function", &maybe, false }, { NULL, NULL, false },
	};
	static const char *const names[] = { "libno-such.so.1", "libm.so.6", NULL };
	static const char *const none[] = { "libno-such.so.1", NULL };
	const char *path = NULL;
	struct cm_err err = { 0 };
	(void)state;
	assert_int_equal(dl_open(none, good, &path, &err), CM_ABSENT);
	assert_string_equal(err.why, "libno-such.so.1: not found");
	assert_int_equal(dl_open(names, lacking, &path, &err), CM_ABSENT);
	assert_string_equal(err.why, "libno-such.so.1: not found; libm.so.6 lacks no_such_function");
	assert_true(found == NULL && path == NULL); /* nothing is set on failure */
	assert_int_equal(dl_open(names, good, &path, &err), CM_OK);
	assert_string_equal(path, "libm.so.6");
	assert_true(found != NULL && maybe == NULL);
}

static int begin(void **state)
{
	(void)state;
	scratch_begin(&dir);
	return 0;
}

static int end(void **state)
{
	(void)state;
	scratch_end(&dir);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(committed_or_not), cmocka_unit_test(through_a_link),
		cmocka_unit_test(full_disk_is_said), cmocka_unit_test(refusals),
		cmocka_unit_test(folders), cmocka_unit_test(own_folders), cmocka_unit_test(hashes),
		cmocka_unit_test(libraries),
	};
	return cmocka_run_group_tests_name("file", tests, begin, end);
}
