/* How the ECB's reference rates are fetched: one CSV of all days, in a zip, for price_ecb.c. */
#include "api/price.h"

static enum cm_status first(const struct price_want *want, struct price_asks *asks, struct cm_err *err)
{
	(void)want;
	return price_ask(asks, &(struct price_ask){
		.url = "/stats/eurofxref/eurofxref-hist.zip",
		.name = "eurofxref-hist.zip", .tag = "" }, err);
}

const struct price_fetch fetch_ecb = {
	.abi = CM_PRICE_ABI,
	.source = "ecb",
	.desc = "reference rates of the European Central Bank, every day since 1999",
	.base = "https://www.ecb.europa.eu",
	.holds = "Date,",
	.first = first,
};
