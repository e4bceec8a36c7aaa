/* Any bytes as an output of rocm-smi or amd-smi: refused with a sentence, or GPUs whose texts have a unit. */
/* fuzz-sources: vendors/amd/rocm_dump.c vendors/amd/rocm_text.c */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../vendors/amd/rocm_dump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(int ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char path[64];
	const int fd = memfd_create("rocm", 0);
	struct rocm_dump d = { 0 };
	struct cm_err err = { 0 };
	enum cm_status st;

	must(fd >= 0 && write(fd, data, n) == (ssize_t)n);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	st = rocm_read(path, &d, &err);
	must(st == CM_OK || ((st == CM_ABSENT || st == CM_EINPUT) && strlen(err.why) > 10));
	must(st != CM_OK || d.n > 0);
	for (size_t i = 0; st == CM_OK && i < d.n; i++) {
		must(cm_starts(d.gpu[i].label, "card"));
		for (int f = 0; f < ROCM_FIELDS; f++)
			must(!d.gpu[i].field[f] == !d.gpu[i].unit[f]);
	}
	rocm_free(&d);
	close(fd);
	return 0;
}
