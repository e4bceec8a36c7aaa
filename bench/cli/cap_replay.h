/* Power limits that a killed sweep left: put back at the start of a command, and said. */
#ifndef CM_CLI_CAP_REPLAY_H
#define CM_CLI_CAP_REPLAY_H

void cap_replay(void);

#endif
