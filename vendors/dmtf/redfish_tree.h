/* Redfish resources by their path, from a recorded tree of files or a controller. For meter_redfish.c. */
#ifndef CM_VENDORS_REDFISH_TREE_H
#define CM_VENDORS_REDFISH_TREE_H

#include <stdint.h>

#include "base/json.h"
#include "base/str.h"

struct redfish_tree;

/* `where`: an address, "https://HOST"; a folder that holds redfish/v1 (or is it), one file with one
 * resource, or either with the path of one chassis or outlet behind: DIR/redfish/v1/Chassis/ID. CM_EINPUT
 * where there is nothing such. ca_file and until_ns are of an address (redfish_http.h). */
enum cm_status redfish_open(const char *where, const char *ca_file, uint64_t until_ns,
			    struct redfish_tree **out, struct cm_err *err);
void redfish_until(struct redfish_tree *t, uint64_t until_ns);
void redfish_close(struct redfish_tree *t);

/* Path of the resource that was asked for: "/redfish/v1/Chassis/ID"; "" for all. */
const char *redfish_asked(const struct redfish_tree *t);
/* Paths of resources that lie there by themselves, without a tree around: "Power.json". */
size_t redfish_loose(const struct redfish_tree *t, const char *const **out);

/* One resource. CM_ABSENT, CM_DENIED, CM_EDRIVER (cut short, no JSON, an error of the server). *at_ns:
 * when it was taken, 0 = now. */
enum cm_status redfish_get(struct redfish_tree *t, const char *path, struct cmj **out, uint64_t *at_ns,
			   struct cm_err *err);
/* Asks a controller for several at once; they are got later. Of a recording: nothing to do. */
void redfish_ask(struct redfish_tree *t, const char *const *path, size_t n);
bool redfish_ready(struct redfish_tree *t, bool wait); /* is all that was asked for here? */
void redfish_drop(struct redfish_tree *t);             /* answers that nobody got */
bool redfish_is_live(const struct redfish_tree *t);
/* Has a recording a document of its own for this path? */
bool redfish_is_recorded(const struct redfish_tree *t, const char *path);
/* What lies in a recording below a collection that has no document; 0 for a controller. */
size_t redfish_listed(const struct redfish_tree *t, const char *path, struct pool *pool,
		      const char *const **out);

/* "2022-03-09T21:16:39.877366854Z" → seconds since 1970; NaN for anything else. */
double redfish_time_s(const char *text);
/* "PT0.25S", "PT1M30S", "P1DT2H" → seconds; 0 for anything else. */
double redfish_duration_s(const char *text);

#endif
