/* How SkyPilot's catalogue is fetched for price_skypilot.c: one file a cloud. */
#include <stdio.h>

#include "api/price.h"

static enum cm_status first(const struct price_want *want, struct price_asks *asks, struct cm_err *err)
{
	enum cm_status st = CM_OK;
	char url[256], name[128];

	for (size_t i = 0; !st && i < want->parts_n; i++) {
		snprintf(url, sizeof url,
			 "/skypilot-org/skypilot-catalog/master/catalogs/v8/%.100s/vms.csv",
			 want->parts[i]);
		snprintf(name, sizeof name, "%.100s.csv", want->parts[i]);
		st = price_ask(asks,
			       &(struct price_ask){ .url = url, .name = name, .tag = want->parts[i] },
			       err);
	}
	return st;
}

const struct price_fetch fetch_skypilot = {
	.abi = CM_PRICE_ABI,
	.source = "skypilot",
	.desc = "SkyPilot's catalogue of machines, a file a cloud",
	.base = "https://raw.githubusercontent.com",
	.part = "cloud",
	.parts = "aws gcp lambda nebius oci runpod",
	.holds = "InstanceType",
	.first = first,
};
