/* Any bytes through the fast scanner: each of its ways gives the same rows and the same refusal, every
 * cell lies in the text, and where base/csv.h takes the text too the rows are the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/csv.h"
#include "base/csv_scan.h"
#include "base/str.h"
#include "base/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(int ok)
{
	if (!ok)
		abort();
}

/* Cells with their lengths, so that no byte in them can pass for a border. */
static enum cm_status by_scan(const uint8_t *data, size_t n, struct str *out, struct cm_err *err)
{
	struct stream *in;
	struct csv_view row;
	enum cm_status st;
	char *cell = cm_alloc(n + 2);
	uint64_t line = 0;

	must(stream_memory(data, n, "fuzz", &in, err) == CM_OK);
	struct csv_scan *s = csv_scan_open(in);
	while (!(st = csv_scan_next(s, &row, err))) {
		must(row.line > line && row.cells > 0);
		line = row.line;
		str_addf(out, "%zu;", (size_t)row.line);
		for (size_t i = 0; i < row.cells; i++) {
			must(csv_view_text(&row, i, cell, n + 2));
			str_addf(out, "%zu:%s,", strlen(cell), cell);
		}
	}
	must(st == CM_END || (st == CM_EINPUT && cm_starts(err->why, "fuzz:")));
	csv_scan_close(s);
	stream_close(in);
	free(cell);
	return st;
}

static enum cm_status by_libcsv(const uint8_t *data, size_t n, struct str *out)
{
	char path[64];
	struct csv *c;
	struct csv_row row;
	struct cm_err err;
	enum cm_status st;
	const int fd = memfd_create("csv", 0);

	must(fd >= 0 && write(fd, data, n) == (ssize_t)n);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	must(csv_open(path, &c, &err) == CM_OK);
	while (!(st = csv_next(c, &row, &err))) {
		str_addf(out, "%zu;", row.line);
		for (size_t i = 0; i < row.cells; i++)
			str_addf(out, "%zu:%s,", strlen(row.cell[i]), row.cell[i]);
	}
	csv_close(c);
	close(fd);
	return st;
}

/* Where the two may differ: a carriage return alone, and "sep=,". */
static int comparable(const uint8_t *data, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (data[i] == '\r' && (i + 1 == n || data[i + 1] != '\n'))
			return 0;
	return !memmem(data, n < 16 ? n : 16, "sep=,", 5);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const ways[] = { "AVX-512", "AVX2", "portable" };
	struct str first = { 0 };
	struct cm_err err = { 0 }, other = { 0 };
	enum cm_status st = CM_OK;
	int have = 0;

	if (n >= 2 && data[0] == 0x1f && data[1] == 0x8b) /* unpacking is another target's */
		return 0;
	if (n >= 4 && !memcmp(data, "PK\3\4", 4))
		return 0;
	for (size_t w = 0; w < CM_COUNT(ways); w++) {
		struct str rows = { 0 };
		if (!csv_scan_force(ways[w]))
			continue;
		const enum cm_status now = by_scan(data, n, have ? &rows : &first, have ? &other : &err);
		if (have)
			must(now == st && !strcmp(str_get(&rows), str_get(&first)) && (!st || st == CM_END
				|| !strcmp(err.why, other.why)));
		st = now;
		have = 1;
		str_free(&rows);
	}
	if (comparable(data, n)) {
		struct str rows = { 0 };
		const enum cm_status now = by_libcsv(data, n, &rows);
		must(now == st && (st != CM_END || !strcmp(str_get(&rows), str_get(&first))));
		str_free(&rows);
	}
	str_free(&first);
	return 0;
}
