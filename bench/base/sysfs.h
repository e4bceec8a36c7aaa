/* The kernel's small files, one value each: read with the error kept, so that "denied", "not here" and
 * "no value now" stay apart. Any folder will do, so a copied tree replays. */
#ifndef CM_BASE_SYSFS_H
#define CM_BASE_SYSFS_H

#include <stdbool.h>
#include <stddef.h>

#include "api/status.h"
#include "base/str.h"

/* First line of FOLDER/FILE without its end, control characters and broken UTF-8 as '?'; 0, or errno
 * (ENODATA for an empty file). */
int sysfs_line(const char *folder, const char *file, char *out, size_t cap);

/* A whole decimal number divided by `scale` (1e6 for micro-units). EINVAL for anything else in the
 * file, so that garbage is never 0; -5 is EINVAL too unless negative. */
int sysfs_number(const char *folder, const char *file, double scale, bool negative, double *out);

/* What the file gives in one reading, of at most about `most` bytes, added to out; 0, or errno. */
int sysfs_bytes(const char *path, size_t most, struct str *out);

/* errno of the three above as a state: CM_OK, CM_DENIED, CM_ABSENT (not here, or no value now) or
 * CM_EDRIVER. */
enum cm_status sysfs_status(int error);

#endif
