/* The option --sysfs-root: a recorded machine in place of this one. */
#ifndef CM_CLI_SYSFS_ROOT_H
#define CM_CLI_SYSFS_ROOT_H

#include "cli/opt.h"

/* NULL where the option was not given. CM_EINPUT where the folder is not there, or is a sys/
 * itself: every meter would be absent of it, which reads as if the machine had none. An empty
 * folder is a machine without sensors. */
enum cm_status sysfs_root_of(const struct args *a, const char **root, struct cm_err *err);

#endif
