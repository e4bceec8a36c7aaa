/*
 * The registry: every plug-in of the program, as `make` found them by file name (build/registry.c).
 * Each list is NULL-ended. bench/ links and runs with all of them empty.
 */
#ifndef CM_ENGINE_REGISTRY_H
#define CM_ENGINE_REGISTRY_H

#include "api/backend.h"
#include "api/kernel.h"
#include "api/meter.h"
#include "api/price.h"
#include "api/published.h"
#include "api/report.h"

struct command;
struct kernel_text { const char *name, *text; };

extern const struct kernel *const registry_kernels[];
extern const struct kernel_text registry_kernel_texts[]; /* ended by .name = NULL */
extern const char registry_prelude[];                    /* text of bench/api/prelude.h */
extern const struct backend *const registry_backends[];
extern const struct tuned *const registry_tuned[];
extern const struct meter *const registry_meters[];
extern const struct price_source *const registry_price_sources[];
extern const struct result_format *const registry_result_formats[];
extern const struct price_fetch *const registry_price_fetches[];
extern const struct section *const registry_sections[];
extern const struct format *const registry_formats[];
extern const struct decider *const registry_deciders[];
extern const struct command *const registry_commands[];

/* Files of reports/web/ (page style, script); ended by .name = NULL. */
extern const struct embedded_file registry_files[];

const struct kernel *registry_kernel(const char *name);   /* NULL: none of that name */
const struct backend *registry_backend(const char *name);
const struct tuned *registry_tuned_by(const char *name);
const struct format *registry_format(const char *suffix_or_name);
/* Text for a device compiler: prelude, "#line 1", the kernel's own file. The caller frees. */
char *registry_device_text_dup(const struct kernel *k);
/* Every descriptor's ABI number and required entries; CM_EINTERNAL names the first that is off. */
enum cm_status registry_check(struct cm_err *err);

#endif
