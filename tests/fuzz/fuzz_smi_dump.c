/* Any bytes as an output of nvidia-smi: refused with a sentence, or a list of GPUs whose texts are whole. */
/* fuzz-sources: vendors/nvidia/smi_dump.c vendors/nvidia/smi_text.c vendors/nvidia/smi_columns.c
 * vendors/nvidia/smi_xml.c */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../vendors/nvidia/smi_dump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(int ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char path[64];
	const int fd = memfd_create("smi", 0);
	struct smi_dump d = { 0 };
	struct cm_err err = { 0 };
	enum cm_status st;

	must(fd >= 0 && write(fd, data, n) == (ssize_t)n);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	st = smi_read(path, &d, &err);
	must(st == CM_OK || ((st == CM_ABSENT || st == CM_EINPUT) && strlen(err.why) > 10));
	must(st != CM_OK || d.n > 0);
	for (size_t i = 0; st == CM_OK && i < d.n; i++) {
		for (int f = 0; f < SMI_FIELDS; f++)
			must(!d.gpu[i].field[f] || strlen(d.gpu[i].field[f]) <= n + 64);
	}
	smi_free(&d);
	close(fd);
	return 0;
}
