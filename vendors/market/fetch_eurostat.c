/* How Eurostat's prices for non-household consumers are fetched, without VAT, in EUR, for
 * price_eurostat.c. */
#include "api/price.h"

static enum cm_status first(const struct price_want *want, struct price_asks *asks, struct cm_err *err)
{
	(void)want;
	return price_ask(asks, &(struct price_ask){
		.url = "/eurostat/api/dissemination/statistics/1.0/data/nrg_pc_205?format=JSON&lang=EN"
		       "&product=6000&unit=KWH&tax=X_VAT&currency=EUR",
		.name = "nrg_pc_205.json", .tag = "" }, err);
}

const struct price_fetch fetch_eurostat = {
	.abi = CM_PRICE_ABI,
	.source = "eurostat",
	.desc = "electricity prices of firms in Europe by country, band and half year",
	.base = "https://ec.europa.eu",
	.holds = "\"dimension\"",
	.first = first,
};
