/* Keys that the serving clients of language models share, whoever wrote them. */
#ifndef VENDORS_MARKET_SERVING_JSON_H
#define VENDORS_MARKET_SERVING_JSON_H

#include "api/published.h"
#include "base/json.h"

/* Rows of one run of a serving client; latencies in seconds, whatever the file counts in. Runs that did
 * not complete what was asked of them are refused: their throughput is of another work. */
void serving_rows(const struct published_from *from, struct published_list *l, struct cmj *run,
		  const char *at, const char *suite);
/* Names the keys of o that are not in the list `known`; NULL-ended. */
void serving_unknown(struct published_list *l, struct cmj *o, const char *const *known);
/* Number or text as text. */
const char *serving_text(struct published_list *l, const struct cmj *o, const char *key);
/* Every document of a file: one, a list, or one a line (JSON Lines). */
enum cm_status serving_each(const struct published_from *from, struct published_list *l,
			    void (*take)(const struct published_from *from, struct published_list *l,
					 struct cmj *o, const char *at),
			    struct cm_err *err);

#endif
