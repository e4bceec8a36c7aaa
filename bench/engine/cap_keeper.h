/*
 * The keeper of power limits: a process of its own that alone sets them and puts them back.
 *
 * It restores when it is told to, and when its parent is gone in whatever way (its socket ends). It
 * heeds no Ctrl-C. If it dies itself, the parent restores from the journal; if both die, the next
 * start of `costmark run` or `costmark meters` does.
 */
#ifndef CM_ENGINE_CAP_KEEPER_H
#define CM_ENGINE_CAP_KEEPER_H

#include "engine/cap_steps.h"

struct cap_keeper;

/* Finds the limits that s means, and checks that each cap can be set: CM_ABSENT, CM_DENIED or CM_EINPUT
 * (outside the limits) with the sentence. Nothing is changed yet.
 * Call it while the process has one thread. */
enum cm_status cap_keeper_open(const char *sysfs_root, const struct cap_steps *s,
			       struct cap_keeper **out, struct cm_err *err);
/* "package-0, package-1" */
const char *cap_keeper_what(const struct cap_keeper *k);
/* The longest averaging time of these limits; 0 = none is known. */
double cap_keeper_window_s(const struct cap_keeper *k);
/* CM_OK: the driver has taken it and says that it stands. */
enum cm_status cap_keeper_set(struct cap_keeper *k, double watts, struct cm_err *err);
/* Restores and frees; NULL is fine. An error says what still stands and what restores it. */
enum cm_status cap_keeper_close(struct cap_keeper *k, struct cm_err *err);

/* At the start of a command: puts back what a killed sweep left. restored: what was put back, "" when
 * there was nothing. CM_EINPUT: a sweep is at work. */
enum cm_status cap_keeper_replay(char *restored, size_t cap, struct cm_err *err);

#endif
