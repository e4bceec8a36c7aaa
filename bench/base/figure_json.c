/* A figure as JSON, and the stamps' words: what all documents write alike (DESIGN, section 6). */
#include "api/report.h"

const char *cm_stamp_word(enum cm_stamp s)
{
	static const char *const words[] = {
		[CM_VALID] = "VALID", [CM_ESTIMATE] = "ESTIMATE", [CM_INVALID] = "INVALID",
		[CM_INCOMPLETE] = "INCOMPLETE",
	};
	return (unsigned)s < CM_COUNT(words) ? words[s] : "?";
}

struct cmj *cm_figure_json(const struct figure *f)
{
	struct cmj *o = cmj_object();
	if (f->missing) {
		cmj_set(o, "value", cmj_null());
		cmj_set(o, "missing", cmj_string(f->missing));
	} else {
		cmj_set(o, "value", cmj_number(f->value));
		cmj_set(o, "lo", cmj_number(f->lo));
		cmj_set(o, "hi", cmj_number(f->hi));
	}
	cmj_set(o, "unit", cmj_string(f->unit));
	if (f->n)
		cmj_set(o, "n", cmj_int(f->n));
	cmj_set(o, "basis", cmj_string(cm_basis_word(f->basis)));
	return o;
}
