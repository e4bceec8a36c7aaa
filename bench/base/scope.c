/* Words of energy scopes. */
#include "api/meter.h"

static const char *const words[] = {
#define X(sym, word) [sym] = word,
	CM_SCOPES(X)
#undef X
};

const char *cm_scope_word(enum cm_scope s)
{
	return (unsigned)s < CM_SCOPE_NR ? words[s] : "?";
}
