/* Any bytes as the log of a meter: it is refused at a place with a sentence, or what was read of it is finite
 * and not negative. The first line may be a mapping, as --wall has it behind the file. */
/* fuzz-sources: vendors/host/wall_log.c vendors/host/wall_columns.c vendors/host/wall_time.c */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/str.h"
#include "../../vendors/host/wall_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(int ok)
{
	if (!ok)
		abort();
}

static void read_log(const char *wall)
{
	struct wall_log l = { .path = NULL };
	struct cm_err err = { CM_OK, "" };
	enum cm_status st = wall_log_map(&l, wall, &err);

	if (!st)
		st = wall_log_read(&l, &err);
	must(st == CM_OK || (st == CM_EINPUT && strlen(err.why) > 20));
	if (!st && l.rows) {
		must(isfinite(l.value) && l.value >= 0 && isfinite(l.t) && l.gap_s >= 0 && l.period_s >= 0);
		must(l.kind == WALL_POWER || l.kind == WALL_ENERGY || l.kind == WALL_EACH);
	}
	wall_log_free(&l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const int fd = memfd_create("log", 0);
	const uint8_t *end = n && data[0] == ':' ? memchr(data, '\n', n) : NULL;
	const size_t map = end ? (size_t)(end - data) : 0;
	char *wall = cm_printf_dup("/proc/self/fd/%d%.*s", fd, (int)map, (const char *)data);

	must(fd >= 0 && write(fd, data + map, n - map) == (ssize_t)(n - map));
	read_log(wall);
	free(wall);
	close(fd);
	return 0;
}
