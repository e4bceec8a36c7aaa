/* Drivers and vendors' libraries, found at run time and never unloaded. */
#ifndef CM_BASE_DL_H
#define CM_BASE_DL_H

#include <stdbool.h>

#include "api/status.h"

struct dl_symbol {
	const char *name;
	void (**to)(void); /* where the address goes */
	bool optional;     /* absent: *to stays NULL */
};

/* Opens the first of names[] (NULL-ended) that loads and resolves every symbol (ended by .name =
 * NULL). CM_ABSENT "libOpenCL.so.1: not found", or "… lacks clFoo". $CM_DL_PATH, where set, is a
 * folder searched first (tests put fake drivers there). *path (optional) gets the name that loaded. */
enum cm_status dl_open(const char *const *names, const struct dl_symbol *symbols,
		       const char **path, struct cm_err *err);

#endif
