/* How Simon Willison's list of model prices is fetched for price_llm_prices.c: one file a vendor. */
#include <stdio.h>

#include "api/price.h"

static enum cm_status first(const struct price_want *want, struct price_asks *asks, struct cm_err *err)
{
	enum cm_status st = CM_OK;
	char url[256], name[128];

	for (size_t i = 0; !st && i < want->parts_n; i++) {
		snprintf(url, sizeof url, "/simonw/llm-prices/main/data/%.100s.json", want->parts[i]);
		snprintf(name, sizeof name, "%.100s.json", want->parts[i]);
		st = price_ask(asks,
			       &(struct price_ask){ .url = url, .name = name, .tag = want->parts[i] },
			       err);
	}
	return st;
}

const struct price_fetch fetch_llm_prices = {
	.abi = CM_PRICE_ABI,
	.source = "llm_prices",
	.desc = "llm-prices' list of API prices per token, a file a vendor",
	.base = "https://raw.githubusercontent.com",
	.part = "vendor",
	.parts = "amazon anthropic deepseek google meta-ai minimax mistral moonshot-ai openai qwen xai",
	.holds = "\"price_history\"",
	.first = first,
};
