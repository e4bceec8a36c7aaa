/* What `costmark report` says on standard output once the files are written: the verdict in ten lines. */
#ifndef CM_CLI_REPORT_VERDICT_H
#define CM_CLI_REPORT_VERDICT_H

#include "api/report.h"
#include "base/file.h"

struct report_file {
	const char *path;
	const struct format *format;
	struct file_out *out;
	FILE *stream;
};

void report_verdict_text(const struct report_data *d, const struct report_file *files, size_t n);
void report_verdict_json(const struct report_data *d, const struct report_file *files, size_t n);

#endif
