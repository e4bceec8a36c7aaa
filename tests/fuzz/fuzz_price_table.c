/* fuzz-sources: vendors/market/price_skypilot.c vendors/market/price_ecb.c */
/* fuzz-sources: vendors/market/price_spot_power.c */
/* Any bytes as a price table, CSV or XML: rows whose price is a number, or one sentence. The first
 * byte picks the source. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/price.h"
#include "base/money.h"
#include "base/stream.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

extern const struct price_source price_skypilot, price_ecb, price_spot_power;

static void must(int ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct price_source *const sources[] = { &price_skypilot, &price_ecb,
		&price_spot_power };
	struct stream *in;
	struct price_ctx *ctx = NULL;
	struct price_row r;
	struct cm_err err = { 0 };
	const struct price_refusal *refusal;
	const char *const *unknown;

	if (!n)
		return 0;
	const struct price_source *s = sources[data[0] % CM_COUNT(sources)];
	if (stream_memory(data + 1, n - 1, "f", &in, &err) != CM_OK)
		return 0;
	const struct price_from from = { in, "f", "", "" };
	enum cm_status st = s->open(&from, &ctx, &err);
	while (st == CM_OK && (st = s->next(ctx, &r, &err)) == CM_OK) {
		must(money_is(r.price)); /* power may cost less than nothing, a host nothing */
		must(*r.line && *r.unit && *r.currency);
#define X(member, column) must(r.member != NULL);
		CM_PRICE_COLUMNS(X)
#undef X
	}
	must(st == CM_END || (st == CM_EINPUT && strlen(err.why) > 5));
	if (ctx) {
		must(s->refused(ctx, &refusal) < 100 && s->unknown(ctx, &unknown) <= 200);
		s->close(ctx);
	}
	stream_close(in);
	return 0;
}
