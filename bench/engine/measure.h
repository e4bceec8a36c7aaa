/* One launch: what the worker process does with a job, from compiling to the last sample. */
#ifndef CM_ENGINE_MEASURE_H
#define CM_ENGINE_MEASURE_H

#include "base/json.h"

/* Answers {"do": "launch", …}: messages {"samples": [ns, …]} (each waits for its ack), then one
 * {"end": true, "status", "reason", "summary"}. */
void measure_worker(const struct cmj *job);

/* The job's parts that both sides write and read. */
struct kernel_env;
struct cmj *measure_env_json(const struct kernel_env *env);

#endif
