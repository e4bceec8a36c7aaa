/* A mark that a process leaves behind, by which another can tell whether it still runs. */
#ifndef CM_ENGINE_ALIVE_H
#define CM_ENGINE_ALIVE_H

#include <stdbool.h>

/* This process: "BOOT PID START"; numbers of processes are used again, their start times are not. */
void alive_mark(char out[96]);
/* The process of that mark runs on this machine right now, and is not this one. A mark of another
 * machine, or of an earlier start of this one, is of no process here. *pid: its number. */
bool alive_elsewhere(const char *mark, long *pid);

#endif
