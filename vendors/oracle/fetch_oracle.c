/* How Oracle's list is fetched for price_oracle.c: one answer for the currency. */
#include <stdio.h>

#include "api/price.h"

static enum cm_status first(const struct price_want *want, struct price_asks *asks, struct cm_err *err)
{
	char url[96], name[32];

	snprintf(url, sizeof url, "/pls/apex/cetools/api/v1/products/?currencyCode=%s", want->currency);
	snprintf(name, sizeof name, "products-%s.json", want->currency);
	return price_ask(asks, &(struct price_ask){ .url = url, .name = name, .tag = want->currency }, err);
}

const struct price_fetch fetch_oracle = {
	.abi = CM_PRICE_ABI,
	.source = "oracle",
	.desc = "Oracle Cloud's list prices by part",
	.base = "https://apexapps.oracle.com",
	.holds = "partNumber",
	.first = first,
};
