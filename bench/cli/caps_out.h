/* What a sweep of power caps says: energy, time and money per unit of work at each cap. */
#ifndef CM_CLI_CAPS_OUT_H
#define CM_CLI_CAPS_OUT_H

#include "base/json.h"
#include "cli/cap_prices.h"
#include "engine/store.h"

bool caps_out_any(const struct store_rows *rows);
/* One object for each row that differs in nothing but its cap. */
struct cmj *caps_out_json(const struct store_rows *rows, const struct cap_prices *p);
void caps_out_print(const struct store_rows *rows, const struct cap_prices *p);

#endif
