/* Files: read whole, written to a temporary name and renamed, and where our own data lies. */
#ifndef CM_BASE_FILE_H
#define CM_BASE_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "api/status.h"
#include "base/str.h"

/* Whole file; limit 0 = 64 MiB. CM_EINPUT when it is not there or too large. */
enum cm_status file_read(const char *path, size_t limit, struct str *out, struct cm_err *err);
/* First line without its end; small files of /sys and /proc. false: not readable. */
bool file_line(const char *path, char *out, size_t cap);

/* An output file that appears whole or not at all. */
struct file_out;
enum cm_status file_create(const char *path, struct file_out **out, FILE **stream,
			   struct cm_err *err);
enum cm_status file_commit(struct file_out *f, struct cm_err *err); /* flush, sync, rename, free */
void file_abandon(struct file_out *f);                              /* NULL is fine */

bool file_exists(const char *path);
enum cm_status file_mkdirs(const char *path, struct cm_err *err);  /* parents too, 0777 & ~umask */

/* The folder that holds vendors/ and reports/model/: $COSTMARK_DATA, the source tree that the
 * program was built in if it runs from there, or PREFIX/share/costmark. NULL: nowhere. */
const char *file_data_dir(void);
/* $XDG_DATA_HOME/costmark, $XDG_CACHE_HOME/costmark; relative values are ignored. */
char *file_xdg_data_dup(const char *name);
char *file_xdg_cache_dup(const char *name);

#endif
