/* How pydantic's list of model prices is fetched for price_genai_prices.c. */
#include "api/price.h"

static enum cm_status first(const struct price_want *want, struct price_asks *asks, struct cm_err *err)
{
	(void)want;
	return price_ask(asks, &(struct price_ask){
		.url = "/pydantic/genai-prices/main/prices/data.json",
		.name = "data.json", .tag = "" }, err);
}

const struct price_fetch fetch_genai_prices = {
	.abi = CM_PRICE_ABI,
	.source = "genai_prices",
	.desc = "genai-prices' list of API prices per token",
	.base = "https://raw.githubusercontent.com",
	.holds = "\"prices\"",
	.first = first,
};
