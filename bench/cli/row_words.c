/* See row_words.h. */
#include "cli/row_words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cap_curve.h"
#include "base/str.h"

char *row_variant_dup(const struct result_row *r, bool with_cap)
{
	const double cap_w = cap_of_tunables(r->tunables);
	struct str s = { 0 };

	if (*r->tuned_by) /* the library's name; its version stands in --json */
		str_addf(&s, "tuned by %.*s", (int)strcspn(r->tuned_by, " "), r->tuned_by);
	else
		str_add(&s, r->variant);
	if (with_cap && !isnan(cap_w))
		str_addf(&s, ", %.6g W", cap_w);
	return str_take(&s);
}

char *row_name_dup(const struct result_row *r, bool with_cap)
{
	char *variant = row_variant_dup(r, with_cap);
	struct str s = { 0 };

	str_addf(&s, "%s%s%s %s %zu on %s, %s", r->kernel, *r->op ? " " : "", r->op, r->type, r->size,
		 r->backend, variant);
	free(variant);
	return str_take(&s);
}
