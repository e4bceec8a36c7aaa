/* Words and sizes of kernel element types, and tunables by name. Names no kernel. */
#include <string.h>

#include "api/kernel.h"

static const struct {
	const char *word;
	size_t bytes;
} types[] = {
#define X(sym, word, bytes) [sym] = { word, bytes },
	CM_TYPES(X)
#undef X
};

const char *cm_type_word(enum cm_type t)
{
	return (unsigned)t < CM_TYPE_NR ? types[t].word : "?";
}

size_t cm_type_bytes(enum cm_type t)
{
	return (unsigned)t < CM_TYPE_NR ? types[t].bytes : 0;
}

bool cm_type_parse(const char *word, enum cm_type *out)
{
	for (unsigned i = 0; i < CM_NOTYPE; i++) {
		if (strcmp(word, types[i].word) == 0) {
			*out = (enum cm_type)i;
			return true;
		}
	}
	return false;
}

int cm_tune(const struct kernel *k, const struct kernel_case *c, const char *name)
{
	for (size_t i = 0; k->tunables && i < CM_MAX_TUNABLES && k->tunables[i].name; i++)
		if (strcmp(k->tunables[i].name, name) == 0)
			return c->tune[i] ? c->tune[i] : k->tunables[i].values[0];
	return 0;
}
