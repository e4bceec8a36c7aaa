/*
 * What is here to run on: every backend's devices and every tuned library, asked in a child process
 * each, so that a driver that aborts or hangs is a row with its reason.
 */
#ifndef CM_ENGINE_DISCOVER_H
#define CM_ENGINE_DISCOVER_H

#include "api/backend.h"
#include "base/json.h"
#include "base/str.h"

struct seen_device {
	const struct backend *backend;
	size_t index;               /* in its backend */
	struct device_info info;    /* name only, where st is not CM_OK */
	enum cm_status st;
	const char *reason;         /* "" when CM_OK */
};

struct seen_backend {
	const struct backend *backend;
	enum cm_status st;
	const char *reason;
	size_t devices;
};

struct seen_tuned {
	const struct tuned *tuned;
	enum cm_status st;
	const char *reason, *version;
};

struct discovery {
	struct seen_backend *backend; size_t backends;
	struct seen_device *device;   size_t devices;
	struct seen_tuned *tuned;     size_t tuneds;
	struct pool pool;
};

struct discovery *discover(void);
void discovery_free(struct discovery *d);

/* The worker's half: answers a job {"do": "discover", …}. */
void discover_worker(const struct cmj *job);

#endif
