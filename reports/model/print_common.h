/* What the printers of formulas and scripts share: which nodes a set of lines needs, how often each is
 * used, and numbers that read back as the same double. */
#ifndef CM_MODEL_PRINT_COMMON_H
#define CM_MODEL_PRINT_COMMON_H

#include "model/model.h"

struct print_uses {
	bool *needed;     /* [nodes] */
	uint32_t *count;  /* [nodes] arguments of needed nodes that are this node */
};

/* lines: a NULL list is every line. Free with print_uses_free(). */
void print_uses_make(const struct model *m, const uint32_t *line, size_t lines,
		     struct print_uses *out);
void print_uses_free(struct print_uses *u);
/* The shortest decimal text of a finite number that reads back as it. */
void print_number(struct str *out, double v);

#endif
