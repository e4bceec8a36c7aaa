/* Any bytes as a CSV file: every row either arrives with its cells inside of the file, or the file is
 * refused with a place. What was read is written again and read back the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/csv.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(int ok)
{
	if (!ok)
		abort();
}

/* Cells of a file, each followed by byte 1, each row by byte 2; NULL when it was refused. */
static char *cells_of(const void *data, size_t n)
{
	char path[64];
	const int fd = memfd_create("csv", 0);
	must(fd >= 0 && write(fd, data, n) == (ssize_t)n);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	struct csv *c = NULL;
	struct csv_row row;
	struct cm_err err = { 0 };
	struct str s = { 0 };
	must(csv_open(path, &c, &err) == CM_OK);
	enum cm_status st;
	size_t line = 0;
	while ((st = csv_next(c, &row, &err)) == CM_OK) {
		must(row.line > line && row.cells > 0);
		line = row.line;
		for (size_t i = 0; i < row.cells; i++) {
			must(row.col[i] >= 1 && row.col[i] <= n + 1 && strlen(row.cell[i]) <= n);
			str_add(&s, row.cell[i]);
			str_addc(&s, '\1');
		}
		str_addc(&s, '\2');
	}
	must(st == CM_END || (st == CM_EINPUT && cm_starts(err.why, path) && strlen(err.why) > 20));
	csv_close(c);
	close(fd);
	if (st == CM_END)
		return str_take(&s);
	str_free(&s);
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *once = cells_of(data, n);
	if (!once)
		return 0;
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);
	bool first = true, same = true;
	for (char *s = once; *s;) {
		if (*s == '\2') {
			fputc('\n', f);
			first = true;
			s++;
			continue;
		}
		char *end = strchr(s, '\1');
		if (!end)
			break;
		*end = '\0';
		/* An apostrophe is put before a formula, and a lone empty cell is a blank line. */
		same = same && !strchr("=+-@\t\r", *s) && *s && !strchr(s, '\2');
		csv_put(f, s, first);
		first = false;
		*end = '\1';
		s = end + 1;
	}
	fclose(f);
	if (same && !memchr(data, 1, n) && !memchr(data, 2, n)) {
		char *twice = cells_of(out, len);
		must(twice && strcmp(once, twice) == 0);
		free(twice);
	}
	free(out);
	free(once);
	return 0;
}
