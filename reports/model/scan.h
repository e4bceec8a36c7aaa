/* Reading model text: a cursor with line and column, and the tokens of expressions. */
#ifndef CM_MODEL_SCAN_H
#define CM_MODEL_SCAN_H

#include "model/model.h"

struct scan {
	const char *p, *end, *line_start;
	struct model_pos at;    /* of line_start; col: columns that the text is indented by */
	struct pool *pool;
	struct str why;         /* comments met on the way */
	unsigned depth;
};

struct model_pos scan_pos(const struct scan *s);
void scan_blank(struct scan *s);          /* over blanks, line ends and comments */
/* A name, or NULL; dotted: OPTION.LINE is one name. */
const char *scan_name(struct scan *s, bool dotted);
bool scan_number(struct scan *s, double *v); /* without a sign */
bool scan_word(struct scan *s, const char *symbol); /* skips blanks, then the symbol if it is there */
/* "WHAT, found 'X'": the sentence for an unexpected character. */
enum cm_status scan_fail(const struct scan *s, struct cm_err *err, const char *what);
enum cm_status scan_expr(struct scan *s, const struct expr **out, struct cm_err *err);

#endif
