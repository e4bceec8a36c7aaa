/* Any text as a quantity and as a price: a finite number with a unit that reads back, or a sentence. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/dec.h"
#include "base/str.h"
#include "base/units.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(int ok)
{
	if (!ok)
		abort();
}

static void price(const char *text)
{
	struct dec d, back;
	char printed[64];

	if (!dec_parse(text, &d))
		return;
	must(dec_print(d, printed, sizeof printed) < sizeof printed);
	must(dec_parse(printed, &back) && dec_cmp(d, back) == 0);
	must(isfinite(dec_double(d)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static unsigned runs;
	char *text = cm_strndup((const char *)data, n);
	const struct unit *unit = NULL;
	struct cm_err err = { 0 };
	double v, f;

	price(text);
	if (quantity_parse(text, &v, &unit, &err) == CM_OK) {
		must(isfinite(v) && unit && unit_text(unit));
		must(unit_factor(unit, unit, &f) && fabs(f - 1.0) < 1e-9);
		const struct unit *square = unit_mul(unit, unit);
		must(!square || unit_same_kind(unit_div(square, unit), unit));
	} else {
		must(err.st == CM_EINPUT && err.why[0] != '\0');
	}
	free(text);
	if (++runs % 500 == 0)
		units_close(); /* units are kept until then: millions of them would be our leak */
	return 0;
}
