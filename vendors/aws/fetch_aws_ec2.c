/* How AWS's price list is fetched for price_aws_ec2.c: index of services, index of regions, the
 * regions' CSV. */
#include "aws_index.h"

static enum cm_status more(const struct price_want *want, struct price_answer *answer,
			   struct price_asks *asks, struct cm_err *err)
{
	return aws_index_more("AmazonEC2", "currentRegionIndexUrl", want, answer, asks, err);
}

const struct price_fetch fetch_aws_ec2 = {
	.abi = CM_PRICE_ABI,
	.source = "aws_ec2",
	.desc = "AmazonEC2 on demand and reserved, a file a region (some 300 MB)",
	.base = "https://pricing.us-east-1.amazonaws.com",
	.part = "region",
	.parts = "us-east-1",
	.holds = "OfferTermCode",
	.most_bytes = (uint64_t)8 << 30, /* the file of all regions is several GB */
	.first = aws_index_first,
	.more = more,
};
