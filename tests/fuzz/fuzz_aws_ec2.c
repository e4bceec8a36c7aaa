/* Any bytes as an EC2 offer file: an offer has its price, currency and SKU, or the file is refused with
 * its name. */
/* fuzz-sources: vendors/aws/price_aws_ec2.c vendors/aws/aws_offer.c */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/price.h"
#include "base/str.h"
#include "base/stream.h"

extern const struct price_source price_aws_ec2;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(int ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct price_from from = { .name = "fuzz", .address = "", .retrieved = "" };
	struct price_ctx *ctx = NULL;
	struct price_row r;
	struct cm_err err = { 0 };

	if (stream_memory(data, n, "fuzz", &from.in, &err))
		return 0;
	enum cm_status st = price_aws_ec2.open(&from, &ctx, &err);
	while (!st) {
#define X(member, column) r.member = "";
		CM_PRICE_COLUMNS(X)
#undef X
		st = price_aws_ec2.next(ctx, &r, &err);
		if (st)
			break;
		struct dec price, upfront;
		must(dec_parse(r.price, &price) && dec_parse(r.upfront, &upfront) && price.m >= 0
			&& upfront.m >= 0 &&
		     (price.m > 0 || upfront.m > 0));
		must(*r.sku && *r.offer && *r.currency && *r.line);
	}
	must(st == CM_END || (st == CM_EINPUT && cm_starts(err.why, "fuzz")));
	if (ctx) {
		const struct price_refusal *list;
		const size_t refused = price_aws_ec2.refused(ctx, &list);
		for (size_t i = 0; i < refused; i++)
			must(list[i].rows > 0 && cm_starts(list[i].first, "fuzz:"));
		price_aws_ec2.close(ctx);
	}
	stream_close(from.in);
	return 0;
}
