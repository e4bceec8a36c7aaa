/* Published results on standard output, for `results --published`. */
#ifndef CM_CLI_PUBLISHED_OUT_H
#define CM_CLI_PUBLISHED_OUT_H

#include "api/published.h"
#include "cli/opt.h"

struct cmj *published_json(const struct published_row *r);
/* `results --published [WORD…]`: the whole command. */
int published_list_command(const struct args *a);

#endif
