/* See sysfs_root.h. */
#include "cli/sysfs_root.h"

#include <stdlib.h>

#include "base/dirtree.h"
#include "base/str.h"

static bool folder_in(const char *dir, const char *name)
{
	char *path = cm_printf_dup("%s/%s", dir, name);
	const bool is = dirtree_is_folder(path);

	free(path);
	return is;
}

enum cm_status sysfs_root_of(const struct args *a, const char **root, struct cm_err *err)
{
	const char *dir = args_get(a, "sysfs-root");

	*root = dir;
	if (!dir || folder_in(dir, "sys") || folder_in(dir, "proc"))
		return CM_OK;
	if (!dirtree_is_folder(dir))
		return cm_fail(err, CM_EINPUT, "%s: no such folder; --sysfs-root takes the folder that holds "
			       "sys/ and proc/", dir);
	if (folder_in(dir, "class"))
		return cm_fail(err, CM_EINPUT,
			       "%s: this is a sys/ itself; --sysfs-root takes the folder that "
			       "holds it",
			       dir);
	return CM_OK;
}
