/* The machine: what hwloc and the system's files say of it. The only file that names hwloc is topology.c. */
#ifndef CM_ENGINE_TOPOLOGY_H
#define CM_ENGINE_TOPOLOGY_H

#include "api/report.h"

struct machine {
	struct pool pool;
	struct system_fact *fact;   /* groups: hardware, firmware, software, limits */
	size_t facts;
	char *drawing;              /* text tree of packages, caches, cores, PCI devices */
	struct cmj *json;           /* sockets, caches, NUMA nodes, PCI devices, as an object */
	char cpu[128];
	bool is_virtual;
	size_t l1_bytes, l2_bytes, l3_bytes, memory_bytes;
	unsigned sockets, cores, threads;
};

/* sysfs_root NULL = this machine. */
enum cm_status topology_read(const char *sysfs_root, struct machine **out, struct cm_err *err);
void topology_free(struct machine *m);
/* This machine's topology as hwloc's XML, without the names and numbers that identify it. */
enum cm_status topology_export(const char *path, struct cm_err *err);

/* Working set beyond which reads no longer hit a cache: measured by a read sweep on every core (about
 * a second), kept in the cache folder by CPU model. fresh: measure again. */
enum cm_status topology_plateau(const struct machine *m, bool fresh, size_t *bytes,
				struct cm_err *err);

/* Of read rates by ascending size: the smallest from which on none is well
 * above those beyond it. Pure. */
size_t plateau_of(const size_t *size, const double *rate, size_t n);

#endif
