/* Any bytes as an output of xpu-smi: refused with a sentence, or values whose texts are whole. */
/* fuzz-sources: vendors/intel/xpu_dump.c */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../vendors/intel/xpu_dump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(int ok)
{
	if (!ok)
		abort();
}

static void take(void *to, const struct xpu_value *v)
{
	must(v->what && v->text && v->unit && *v->text);
	*(size_t *)to += strlen(v->text) + strlen(v->unit) + (v->bus ? strlen(v->bus) : 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char path[64];
	const int fd = memfd_create("xpu", 0);
	struct cm_err err = { 0 };
	size_t bytes = 0;
	enum cm_status st;

	must(fd >= 0 && write(fd, data, n) == (ssize_t)n);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	st = xpu_read(path, take, &bytes, &err);
	must(st == CM_OK || ((st == CM_ABSENT || st == CM_EINPUT) && strlen(err.why) > 10));
	must(st != CM_OK || bytes > 0);
	close(fd);
	return 0;
}
