/* How AWS's price list is fetched for price_aws_savings_plan.c: the newest version's CSV of each region. */
#include "aws_index.h"

static enum cm_status more(const struct price_want *want, struct price_answer *answer,
			   struct price_asks *asks, struct cm_err *err)
{
	return aws_index_more("AmazonEC2", "currentSavingsPlanIndexUrl", want, answer, asks, err);
}

const struct price_fetch fetch_aws_savings_plan = {
	.abi = CM_PRICE_ABI,
	.source = "aws_savings_plan",
	.desc = "compute savings plans, a file a region",
	.base = "https://pricing.us-east-1.amazonaws.com",
	.part = "region",
	.parts = "us-east-1",
	.holds = "DiscountedRate",
	.most_bytes = (uint64_t)8 << 30, /* the file of all regions is several GB */
	.first = aws_index_first,
	.more = more,
};
