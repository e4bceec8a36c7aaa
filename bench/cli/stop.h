/* Ctrl-C and a polite kill, as a flag: for commands that keep what they have measured. */
#ifndef CM_CLI_STOP_H
#define CM_CLI_STOP_H

#include <signal.h>

/* From now on SIGINT and SIGTERM only set the flag that is returned. */
const volatile sig_atomic_t *stop_on_signals(void);

#endif
