/* Members of `decisions{}` that come after the first ones: changes of the ranking, choices, device
 * equivalents, uncertainty. */
#ifndef CM_ENGINE_DECISION_MORE_H
#define CM_ENGINE_DECISION_MORE_H

#include "api/report.h"

void cm_decision_more_json(const struct decision *d, struct cmj *decisions);

#endif
