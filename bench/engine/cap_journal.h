/*
 * The journal of power limits that a sweep is about to change: on disk before the first is changed,
 * gone when all are restored. Who holds its lock is at work; a journal without a holder is left
 * from a crash.
 */
#ifndef CM_ENGINE_CAP_JOURNAL_H
#define CM_ENGINE_CAP_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "api/status.h"

struct cap_entry {
	char meter[32], name[96];
	double watts;
}; /* the limit as it was found */

struct cap_journal {
	char root[512];           /* --sysfs-root of the sweep, absolute; "" = this machine */
	char host[128], boot[64]; /* where and since when it counts: a reboot sets limits anew */
	long keeper;              /* process that sets the limits; 0 = not said */
	struct cap_entry *entry;
	size_t n, room;
};

/* $XDG_STATE_HOME/costmark/power-cap.journal, else in $XDG_DATA_HOME/costmark. The caller frees. */
char *cap_journal_path_dup(void);

/* The text of a journal; path names it in sentences. CM_ABSENT: cut short, so it is from before
 * anything was set. CM_EINPUT: another text than we write. */
enum cm_status cap_journal_parse(const char *path, const char *text, size_t len,
				 struct cap_journal *out, struct cm_err *err);

/* Writes and syncs it; host, boot and keeper are this process's. *fd holds the lock. CM_EINPUT
 * where a sweep runs, a crash left one, or the file is not a plain one of this user's own. */
enum cm_status cap_journal_write(const struct cap_journal *j, int *fd, struct cm_err *err);
/* Takes the one that a crash left, with its lock. CM_ABSENT: none that this machine has to replay
 * (one that was cut short, before anything was set, or from before a reboot is removed). CM_EINPUT:
 * its sweep is at work, it is another host's or another user's, or no journal of ours: it is left
 * as it is. */
enum cm_status cap_journal_take(struct cap_journal *out, int *fd, struct cm_err *err);
void cap_journal_remove(int fd); /* all is restored: the file and the lock go */
void cap_journal_free(struct cap_journal *j);

#endif
