/* fuzz-sources: vendors/market/price_genai_prices.c vendors/market/price_litellm.c */
/* fuzz-sources: vendors/market/price_eurostat.c vendors/gcp/price_gcp_prices.c vendors/gcp/gcp_parts.c */
/* fuzz-sources: vendors/aws/price_aws_ec2_json.c vendors/aws/price_aws_savings_plan_json.c */
/* fuzz-sources: vendors/aws/aws_json.c vendors/aws/aws_offer.c */
/* Any bytes as a price list in JSON: rows whose price is a number, or one sentence. The first byte
 * picks the source. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/price.h"
#include "base/money.h"
#include "base/stream.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

extern const struct price_source price_genai_prices, price_litellm, price_eurostat, price_gcp_prices,
	price_aws_ec2_json, price_aws_savings_plan_json;

static void must(int ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct price_source *const sources[] = { &price_genai_prices, &price_litellm,
		&price_eurostat, &price_gcp_prices, &price_aws_ec2_json, &price_aws_savings_plan_json };
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
		must(money_is(r.price) && !money_is_negative(r.price));
		must(!money_is_zero(r.price) || (money_is(r.upfront) && !money_is_zero(r.upfront)));
		must(*r.line && *r.unit && *r.currency);
#define X(member, column) must(r.member != NULL);
		CM_PRICE_COLUMNS(X)
#undef X
	}
	must(st == CM_END || (st == CM_EINPUT && strlen(err.why) > 5));
	if (ctx) {
		must(s->refused(ctx, &refusal) < 100 && (!s->unknown || s->unknown(ctx, &unknown) <= 200));
		s->close(ctx);
	}
	stream_close(in);
	return 0;
}
