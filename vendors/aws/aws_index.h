/* AWS's price list as a walk: index of services, index of regions, one file a region. It knows no price. */
#ifndef CM_AWS_INDEX_H
#define CM_AWS_INDEX_H

#include "api/price.h"

/* The first requests: the index of services, of China's partition too where a region of it is wanted. */
enum cm_status aws_index_first(const struct price_want *want, struct price_asks *asks, struct cm_err *err);
/* From an index to the next: `key` is the service's entry that names its index of regions; the regions'
 * files are asked for as CSV. */
enum cm_status aws_index_more(const char *service, const char *key, const struct price_want *want,
			      struct price_answer *answer, struct price_asks *asks, struct cm_err *err);

#endif
