/* The files below a folder, in the order of their names. */
#ifndef CM_BASE_DIRTREE_H
#define CM_BASE_DIRTREE_H

#include "api/status.h"
#include "base/str.h"

struct dirtree { struct pool pool; const char **file; size_t n, cap; };

bool dirtree_is_folder(const char *path);
/* Every plain file; links to folders are not followed. More than a million, or 64 levels, is CM_EINPUT. */
enum cm_status dirtree_read(const char *folder, struct dirtree *out, struct cm_err *err);
void dirtree_free(struct dirtree *t);

#endif
