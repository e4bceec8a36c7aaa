/* A plan's buffers for a library that brings its own threads: placed near the cores, no team left behind. */
#ifndef CM_HOST_BUFFERS_H
#define CM_HOST_BUFFERS_H

#include "api/backend.h"

struct host_buffers {
	void *at[CM_MAX_BUFS];     /* scratch is left NULL: the library has its own */
	size_t bytes[CM_MAX_BUFS];
};

/* CM_UNSUPPORTED when there is no memory for them; then nothing is held. */
enum cm_status host_buffers_take(struct host_buffers *b, const struct kernel_plan *plan,
				 struct cm_err *err);
void host_buffers_give(struct host_buffers *b);
/* The buffer of this name; NULL where the plan has none. */
void *host_buffers_named(const struct host_buffers *b, const struct kernel_plan *plan, const char *name);

#endif
