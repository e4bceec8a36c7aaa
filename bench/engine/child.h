/*
 * A child of the program: one process that does one job (a launch, a discovery) and answers in JSON
 * lines. Compilers and drivers run only there: some abort on what they do not know, some hang.
 */
#ifndef CM_ENGINE_CHILD_H
#define CM_ENGINE_CHILD_H

#include <stdbool.h>

#include "api/status.h"
#include "base/json.h"

struct child;

/* Starts `costmark worker` with this job. What it prints itself is kept aside, for the reason. */
enum cm_status child_start(const struct cmj *job, struct child **out, struct cm_err *err);
/* Its next message. CM_END when it ended well; CM_EDRIVER when it crashed, was killed or said nothing for
 * timeout_s (it is killed then); the sentence names the signal and its last printed line. */
enum cm_status child_next(struct child *c, double timeout_s, struct cmj **msg, struct cm_err *err);
/* Waits up to timeout_s for something to read; false: nothing came. Returns early on a signal. */
bool child_ready(struct child *c, double timeout_s);
/* Ends it as one that hung: the sentence says that it was silent for after_s. CM_EDRIVER. */
enum cm_status child_silent(struct child *c, double after_s, struct cm_err *err);
/* It was ended because it said nothing: a hang, not a crash. */
bool child_hung(const struct child *c);
/* Lets it go on; stop: asks it to end after this. */
void child_ack(struct child *c, bool stop);
void child_free(struct child *c); /* kills it if it still runs */

/* The child's own side. Messages are taken over. */
enum cm_status worker_job(struct cmj **job, struct cm_err *err);
void worker_say(struct cmj *msg);
bool worker_wait(void); /* for the ack; false: stop, also when the parent is gone */

#endif
