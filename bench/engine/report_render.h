/* Running the sections of a report, in the order of their ranks, into one format. */
#ifndef CM_ENGINE_REPORT_RENDER_H
#define CM_ENGINE_REPORT_RENDER_H

#include "api/report.h"

/* Every registered section by rank, then name; the caller frees the NULL-ended list. */
const struct section **report_sections_dup(void);

/* Each section is announced by its BLOCK_SECTION block; a section emits what comes below it. stop, where
 * given, is asked between sections: CM_EINTR. */
enum cm_status report_render(const struct format *f, FILE *out, const struct report_data *d,
			     bool (*stop)(void), struct cm_err *err);

#endif
