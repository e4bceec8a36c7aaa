/* How LiteLLM's list of model prices is fetched for price_litellm.c. */
#include "api/price.h"

static enum cm_status first(const struct price_want *want, struct price_asks *asks, struct cm_err *err)
{
	(void)want;
	return price_ask(asks, &(struct price_ask){
		.url = "/BerriAI/litellm/main/model_prices_and_context_window.json",
		.name = "models.json", .tag = "" }, err);
}

const struct price_fetch fetch_litellm = {
	.abi = CM_PRICE_ABI,
	.source = "litellm",
	.desc = "LiteLLM's list of API prices per token",
	.base = "https://raw.githubusercontent.com",
	.holds = "litellm_provider",
	.first = first,
};
