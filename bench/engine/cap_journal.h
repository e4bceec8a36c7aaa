/*
 * The journal of power limits that a sweep is about to change: on disk before the first is changed, gone
 * when all are restored. Who holds its lock is at work; a journal without a holder is left from a crash.
 */
#ifndef CM_ENGINE_CAP_JOURNAL_H
#define CM_ENGINE_CAP_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "api/status.h"

struct cap_entry { char meter[32], name[96]; double watts; }; /* the limit as it was found */

struct cap_journal {
	char root[512];            /* --sysfs-root of the sweep, absolute; "" = this machine */
	struct cap_entry *entry;
	size_t n, room;
};

/* $XDG_STATE_HOME/costmark/power-cap.journal, else in $XDG_DATA_HOME/costmark. The caller frees. */
char *cap_journal_path_dup(void);

/* Writes and syncs it; *fd holds the lock. CM_EINPUT where a sweep runs or a crash left one. */
enum cm_status cap_journal_write(const struct cap_journal *j, int *fd, struct cm_err *err);
/* Takes the one that a crash left, with its lock. CM_ABSENT: none that this machine has to replay (one
 * that was cut short, before anything was set, or from before a reboot is removed). CM_EINPUT: its
 * sweep is at work, or another host's. */
enum cm_status cap_journal_take(struct cap_journal *out, int *fd, struct cm_err *err);
void cap_journal_remove(int fd);   /* all is restored: the file and the lock go */
void cap_journal_free(struct cap_journal *j);

#endif
