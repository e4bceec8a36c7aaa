/* Made inputs for the price sources: the traps that real files hold, and what must not pass. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

#include "base/csv.h"
#include "price_rows.h"

/* want: a spec that exactly one row matches, or "N rows", or a part of the error, or "refused N PART", or
 * "unknown NAME". */
struct trap { const char *source, *text, *want, *why; };

#define SKY "InstanceType,vCPUs,MemoryGiB,AcceleratorName,AcceleratorCount,GpuInfo,Region," \
	"AvailabilityZone,Price,SpotPrice\n"
#define AZ(members) "{\"currencyCode\":\"USD\",\"retailPrice\":1.50,\"armRegionName\":\"WestUS3\"," \
	"\"armSkuName\":\"S\"," \
	"\"skuName\":\"a\",\"productName\":\"P\",\"serviceName\":\"Virtual Machines\"," \
		"\"serviceFamily\":\"Compute\"," \
	"\"unitOfMeasure\":\"1 Hour\",\"type\":\"Consumption\"" members "}"
#define GCP(description, usage, group, money)                                                     \
	"{\"skuId\":\"" description "\",\"description\":\"" description "\",\"category\":" \
		"{\"resourceFamily\":\"Compute\"," \
	"\"resourceGroup\":\"" group "\",\"usageType\":\"" usage "\"},\"serviceRegions\":" \
		"[\"us-x1\"],\"pricingInfo\":[{" \
	"\"pricingExpression\":{\"usageUnit\":\"h\",\"tieredRates\":[{\"startUsageAmount\":0," \
		"\"unitPrice\":{" money "}}]}," \
	"\"currencyConversionRate\":1,\"effectiveTime\":\"2026-01-01T00:00:00Z\"}]}"
#define USD(units, nanos) "\"currencyCode\":\"USD\",\"units\":\"" units "\",\"nanos\":" nanos
#define GSKUS(list) "{\"skus\":[" list "]}"
#define GSKU(id, text, category) \
	"{\"name\":\"skus/" id "\",\"skuId\":\"" id "\",\"displayName\":\"" \
	text "\",\"service\":" \
	"\"services/" \
	"6F81-5844-456A\",\"productTaxonomy\":{\"taxonomyCategories\":[{\"category\":\"GCP\"}," \
	"{\"category\":\"" \
	category "\"}]},\"geoTaxonomy\":{\"type\":\"TYPE_REGIONAL\",\"regionalMetadata\":" \
	"{\"region\":{\"region\":\"us-x1\"}}}}"
#define GRATE(currency, units, nanos) \
	"\"valueType\":\"rate\",\"rate\":{\"tiers\":[{\"startAmount\":{\"value\":\"0\"},\"listPrice\":" \
	"{\"currencyCode\":\"" currency "\",\"units\":\"" units "\",\"nanos\":" \
	nanos "}}],\"unitInfo\":" \
	"{\"unit\":\"h\",\"unitDescription\":\"hour\",\"unitQuantity\":{\"value\":\"1\"}}}"
#define GPRICE(id, units, nanos) \
	"{\"name\":\"skus/" id "/price\",\"currencyCode\":\"USD\"," GRATE("USD", units, nanos) "}"
#define A2 GCP("A2 Instance Core running in X", "OnDemand", "CPU", USD("0", "31611000")) "," \
	GCP("A2 Instance Ram running in X", "OnDemand", "RAM", USD("0", "4237000"))
#define STAT(values) "{\"version\":\"2.0\",\"id\":[\"product\",\"nrg_cons\",\"unit\",\"tax\"," \
	"\"currency\",\"geo\",\"time\"]," \
	"\"size\":[1,1,1,2,2,1,2],\"dimension\":{\"product\":{\"category\":{\"index\":{\"6000\":0}}}," \
	"\"nrg_cons\":{\"category\":{\"index\":[\"MWH500-1999\"]}},\"unit\":{\"category\":" \
		"{\"index\":{\"KWH\":0}}}," \
	"\"tax\":{\"category\":{\"index\":{\"X_TAX\":0,\"X_VAT\":1}}},\"currency\":{\"category\":" \
		"{\"index\":{\"EUR\":0,\"PPS\":1}}}," \
	"\"geo\":{\"category\":{\"index\":{\"EL\":0}}},\"time\":{\"category\":{\"index\":" \
		"{\"2024-S1\":0,\"2024-S2\":1}}}}," \
	"\"extension\":{\"id\":\"NRG_PC_205\"}," values "}"

static const struct trap traps[] = {
	/* SkyPilot */
	{ "skypilot", SKY "a,8,32,H100,8.0,,US-X,z,10.5,\n",
	  "offer=a;devices=8;price=10.5;term=on_demand;region=us-x",
	  "empty spot price gives no row" },
	{ "skypilot", SKY "a,8,32,H100,8.0,,US-X,z,10.5,\n", "1 rows", "and no 0" },
	{ "skypilot", SKY "a,8,32,H100,8.0,,r,z,10.5,0.00\n", "refused 1 spot price 0.00",
	  "0.00 is unknown" },
	{ "skypilot", SKY "a,8,32,A10,0.167,,r,z,0.5,\n", "devices=0.167;price=0.5", "a part of a card" },
	{ "skypilot", SKY "a,8,32,H100,8,,r,z,,\n", "refused 1 no on-demand price", "neither price" },
	{ "skypilot", SKY "a,8,32,H100,8,,r,z,nan,\n", "refused 1 no number", "nan is no price" },
	{ "skypilot", SKY "a,8,32,H100,8,,r,z,0,\n", "refused 1 price 0", "a device for nothing" },
	{ "skypilot", SKY ",,,A100,8,,us-central1,z,23.47126,\n",
	  "scope=device;devices=8;offer=A100;price=23.47126",
	  "GCP's device rows have no type" },
	{ "skypilot", "New,Region,SpotPrice,Price,InstanceType,AcceleratorCount,AcceleratorName,"
	  "MemoryGiB,vCPUs\n"
	  "x,r,1,2,t,4,L4,64,16\n",
	  "offer=t;price=2;devices=4;vcpus=16;host_memory=64;device_text=L4;term=on_demand",
	  "columns in another order, one new" },
	{ "skypilot", "New,Region,SpotPrice,Price,InstanceType,AcceleratorCount,AcceleratorName,"
	  "MemoryGiB,vCPUs\n"
	  "x,r,1,2,t,4,L4,64,16\n", "unknown New", "is named" },
	{ "skypilot", "InstanceType,Price\na,1\n", "t:1:1: column 'vCPUs' is missing", "another format" },
	{ "skypilot", SKY "a,8,32\n", "refused 1 not as many cells", "a short row" },
	{ "skypilot", "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,"
	  "Price,SpotPrice,Region,Generation\n"
	  "Standard_B1,,,1,1,,0.1,0.01,eastus,V1,V2\n", "offer=Standard_B1;price=0.1;region=eastus",
	  "Azure's generations without quotes shift nothing" },
	{ "skypilot", SKY "\"=cmd|'x'\x1b[31m<b>\",8,32,,,,r,z,1,\n", "offer==cmd|'x'\x1b[31m<b>;price=1",
	  "hostile text is carried as it is" },
	/* Azure */
	{ "azure_retail", "[" AZ("") "]",
	  "line=/0;price=1.50;region=westus3;term=on_demand;os=linux", "a bare list" },
	{ "azure_retail", "{\"items\":[" AZ("") "]}", "line=/items/0;price=1.50", "items in lower case" },
	{ "azure_retail",
	  "{\"Items\":[" AZ("") "],\"NextPageLink\":null,\"Count\":1}\n{\"Items\":[" AZ("") "]}",
	  "line=page 2 /Items/0;price=1.50", "pages one after another" },
	{ "azure_retail", "{\"Rows\":[" AZ("") "]}", "expected a list under 'Items'", "another document" },
	{ "azure_retail", "{\"Items\":{}}", "expected a list under 'Items'", "not a list" },
	{ "azure_retail", "{\"Items\":[1]}", "t:1:11: expected an object of a price", "not a row" },
	{ "azure_retail", "{\"Items\":[" AZ("") ",",
	  "the file ends before the list of line 1 is closed", "cut short" },
	{ "azure_retail", "<html>", "t:1:1: '<html>' is no JSON value", "an error page" },
	{ "azure_retail", "[" AZ(",\"newThing\":1") "]", "unknown newThing", "a new member is named" },
	{ "azure_retail", "[" AZ(",\"reservationTerm\":\"x\"") "]", "price=1.50",
	  "a term of a consumption row says nothing" },
	{ "azure_retail",
	  "[{\"currencyCode\":\"USD\",\"retailPrice\":79912,\"armSkuName\":\"S\","
	  "\"unitOfMeasure\":\"1 Hour\","
	  "\"serviceName\":\"Virtual Machines\",\"type\":\"Reservation\",\"reservationTerm\":\"1 Year\"}]",
	  "price=0;upfront=79912;months=12;effective=9.122374429224;term=reserved",
	  "the price of the term, not the hour" },
	{ "azure_retail",
	  "[{\"currencyCode\":\"USD\",\"retailPrice\":79912,\"armSkuName\":\"S\","
	  "\"unitOfMeasure\":\"1 Hour\","
	  "\"type\":\"Reservation\",\"reservationTerm\":\"Two Years\"}]",
	  "refused 1 without a known term", "no guess" },
	{ "azure_retail",
	  "[{\"retailPrice\":1,\"type\":\"Consumption\",\"unitOfMeasure\":\"1 Hour\"}]",
	  "refused 1 no currency",
	  "money without a currency" },
	{ "azure_retail",
	  "[{\"currencyCode\":\"USD\",\"retailPrice\":1,\"type\":\"Consumption\","
	  "\"unitOfMeasure\":\"1 Fortnight\"}]",
	  "refused 1 '1 Fortnight' is not in the table", "an unlisted unit is never taken as 1" },
	{ "azure_retail",
	  "[{\"currencyCode\":\"USD\",\"retailPrice\":1,\"type\":\"Consumption\",\"productName\":"
	  "\"X Promo\"}]",
	  "refused 1 promotion", "not for everybody" },
	/* Google */
	{ "gcp_skus", "{\"skus\":[" A2 "," GCP("Nvidia Tesla A100 GPU running in X", "OnDemand",
	  "GPU", USD("2", "933908000")) "]}",
	  "offer=a2-highgpu-1g;price=3.673385000;basis=derived;devices=1;region=us-x1",
	  "a machine is a sum" },
	{ "gcp_skus", "{\"skus\":[" A2 "," GCP("NVIDIA Tesla A100 GPU running in Y", "OnDemand",
	  "GPU", USD("2", "933908000")) "]}",
	  "offer=a2-highgpu-1g;price=3.673385000", "the case of a name varies" },
	{ "gcp_skus", "{\"skus\":[" GCP("Nvidia Tesla A100 GPU running in X", "OnDemand", "GPU",
	  USD("2", "933908000")) "]}",
	  "refused 5 not all parts", "no core SKU, no machine" },
	{ "gcp_skus", "{\"skus\":[" A2 "," GCP("Nvidia Tesla A100 GPU running in X", "OnDemand", "GPU",
	  "\"currencyCode\":\"IDR\",\"units\":\"2\",\"nanos\":5") "]}", "refused 5 not all parts",
	  "IDR is not added to USD" },
	{ "gcp_skus", "{\"skus\":[" A2 "," GCP("Sole Tenancy Premium for A2 Instance Core running "
	  "in X", "OnDemand", "CPU", USD("9", "0"))
	  "," GCP("Nvidia Tesla A100 GPU running in X", "OnDemand", "GPU", USD("2", "933908000")) "]}",
	  "offer=a2-highgpu-1g;price=3.673385000", "a premium does not replace the price" },
	{ "gcp_skus", "{\"skus\":[" GCP("Reserved A2 Instance Core", "OnDemand", "CPU", USD("1", "0")) ","
	  GCP("A2 Custom Instance Core", "OnDemand", "CPU", USD("1", "0")) ","
	  GCP("N1 suspended Instance", "OnDemand", "CPU", USD("1", "0")) "]}", "0 rows",
		"none of them is on demand" },
	{ "gcp_skus", "{\"skus\":[" GCP("DWS Calendar Mode Nvidia H100 80GB GPU running in X",
	  "OnDemand", "GPU", USD("1", "0")) "]}",
	  "term=calendar;price=1.000000000", "booked ahead is a term of its own" },
	{ "gcp_skus", "{\"skus\":[" GCP("Nvidia L4 GPU Virtual Workstation running in X",
	  "OnDemand", "GPU", USD("1", "0")) "]}",
	  "refused 1 display licence", "another price than the L4" },
	{ "gcp_skus", "{\"skus\":[" GCP("Commitment v1: A2 Cpu in X for 1 Year", "Commit1Yr", "CPU",
	  USD("0", "5")) "]}",
	  "term=committed_use;months=12;price=0.000000005", "nanos are padded to nine digits" },
	{ "gcp_skus", "{\"skus\":[" GCP("N1 Core", "OnDemand", "CPU", USD("1", "-5")) "]}",
	  "refused 1 no price", "mixed signs" },
	{ "gcp_skus", "{\"skus\":[" GCP("N1 Core", "OnDemand", "CPU",
	  "\"currencyCode\":\"USD\",\"nanos\":5") "]}",
	  "price=0.000000005", "units may be missing" },
	{ "gcp_skus", "{\"skus\":[" GCP("N1 Core", "OnDemand", "CPU", USD("0", "0")) "]}",
	  "refused 1 price 0", "a free tier" },
	{ "gcp_skus", "{\"skus\":[{\"skuId\":\"a\",\"description\":\"b\",\"category\":"
	  "{\"usageType\":\"OnDemand\"},\"pricingInfo\":[]}]}",
	  "refused 1 without a price", "an empty timeline" },
	/* Google's Pricing API: 12 × 0.031611 + 85 × 0.004237 + 2.933908 = 3.673385 */
	{ "gcp_prices", GSKUS(GSKU("c", "A2 Instance Core running in X", "CPU") "," GSKU("r",
	  "A2 Instance Ram running "
	  "in X", "RAM") "," GSKU("g", "Nvidia Tesla A100 GPU running in X", "GPUs"))
	  "{\"prices\":[" GPRICE("c", "0", "31611000") "," GPRICE("r", "0", "4237000") "]}"
	  "{\"prices\":[" GPRICE("g", "2", "933908000") "],\"nextPageToken\":\"x\"}",
	  "offer=a2-highgpu-1g;price=3.673385000;basis=derived;devices=1;region=us-x1;term=on_demand",
	  "a machine is a sum" },
	{ "gcp_prices", GSKUS(GSKU("g", "Nvidia Tesla A100 GPU attached to Spot Preemptible VMs "
	  "running in X", "GPUs"))
	  "{\"prices\":[" GPRICE("g", "1", "0") "]}",
	  "offer=Nvidia Tesla A100 GPU;term=spot;pricing=Dynamic;scope=device;sku=g;line=page 2 /"
	  "prices/0/rate/tiers/0;"
	  "device_text=Nvidia Tesla A100 GPU;unit=Hours;tier_start=0;start=", "spot by its words" },
	{ "gcp_prices", GSKUS(GSKU("g", "Commitment v1: Nvidia A100 GPU running in X for 3 Years", "GPUs"))
	  "{\"prices\":[" GPRICE("g", "1", "0") "]}",
	  "term=committed_use;months=36;discount=Usage;devices=", "a commitment by its words" },
	{ "gcp_prices", GSKUS(GSKU("g", "N2 Core running in X",
	  "CPU")) "{\"prices\":[{\"name\":\"skus/g/price\","
	  "\"currencyCode\":\"EUR\",\"skuPrices\":[{\"consumptionModelDescription\":\"Default\","
	  GRATE("EUR", "0", "30000000") "},{\"consumptionModelDescription\":\"Compute Flexible CUD "
	  "- 1 Year\","
	  GRATE("EUR", "0", "21600000") "}]}]}",
	  "term=committed_use;months=12;discount=Spend;price=0.021600000;currency=EUR;"
	  "line=page 2 /prices/0/skuPrices/1/rate/tiers/0", "a price of each consumption model" },
	{ "gcp_prices", GSKUS(GSKU("g", "N2 Core running in X",
	  "CPU")) "{\"prices\":[{\"name\":\"skus/g/price\","
	  "\"rate\":{\"tiers\":[{\"startAmount\":{\"value\":\"0\"},\"listPrice\":{\"currencyCode\":\"USD\"}},"
	  "{\"startAmount\":{\"value\":\"100\"},\"listPrice\":{\"currencyCode\":\"USD\",\"units\":\"2\"},"
	  "\"contractPrice\":{\"currencyCode\":\"USD\",\"units\":\"1\",\"nanos\":500000000}}],"
	  "\"unitInfo\":{\"unit\":\"count\",\"unitQuantity\":{\"value\":\"1000\"}}}}]}",
	  "price=1.500000000;list_price=2.000000000;contracted=1.500000000;basis=quoted;"
	  "tier_start=100;unit=1000 Units",
	  "a contract's price beside the list's, a free tier, a unit of a thousand" },
	{ "gcp_prices", GSKUS(GSKU("g", "N2 Core running in X", "CPU")) "{\"prices\":["
	  GPRICE("other", "1", "0") "]}",
	  "refused 1 whose SKU was not read", "nothing is guessed" },
	{ "gcp_prices", "{\"prices\":[" GPRICE("g", "1", "0") "]}" GSKUS(GSKU("g",
	  "N2 Core running in X", "CPU")),
	  "refused 1 whose SKU was not read", "the other way round" },
	{ "gcp_prices", GSKUS(GSKU("g", "N2 Custom Instance Core running in X", "CPU"))
	  "{\"prices\":[" GPRICE("g", "1", "0") "]}", "refused 1 custom machine", "another thing" },
	{ "gcp_prices", "{\"prices\":[{\"name\":\"x\"}]}", "expected a price named skus/ID/price",
	  "another list" },
	/* token prices */
	{ "litellm", "{\"m\":{\"litellm_provider\":\"p\",\"input_cost_per_token\":3e-06}}",
	  "offer=m input;price=3;unit=1000000 Tokens",
	  "exact" },
	{ "litellm", "{\"m\":{\"cache_read_input_token_cost\":8e-08}}",
	  "offer=m cached input;price=0.08", "not ten times as much" },
	{ "litellm", "{\"m\":{\"input_cost_per_token_above_272k_tokens_priority\":1e-5}}",
	  "offer=m input above 272k priority;tier_start=272000;price=10", "two ends" },
	{ "litellm", "{\"m\":{\"input_cost_per_token\":0}}", "refused 1 input price 0", "not an offer" },
	{ "litellm", "{\"m\":{\"input_cost_per_moonbeam\":1}}", "unknown input_cost_per_moonbeam",
	  "a new meter" },
	{ "litellm", "{\"sample_spec\":{\"input_cost_per_token\":1}}", "refused 1 documentation",
	  "an example" },
	{ "litellm", "{\"a/b~c\":{\"input_cost_per_token\":1e-6}}",
	  "line=/a~1b~0c/input_cost_per_token;price=1", "a pointer's escapes" },
	{ "litellm", "[]", "expected an object of records", "another shape" },
	{ "litellm", "{\"m\":{\"input_cost_per_token\":\"free\"}}", "refused 1 no number", "a word" },
	{ "llm_prices",
	  "{\"vendor\":\"v\",\"models\":[{\"id\":\"m\",\"price_history\":[{\"input\":1.50,"
	  "\"output\":null,"
	  "\"input_cached\":null,\"from_date\":null,\"to_date\":\"2026-01-01\"}]}]}",
	  "provider=v;offer=m input;price=1.50;start=;end=2026-01-01", "null is open" },
	{ "llm_prices",
	  "{\"vendor\":\"v\",\"models\":[{\"id\":\"m\",\"price_history\":[{\"input\":1.50,"
	  "\"output\":null}]}]}",
	  "1 rows", "and unknown, not 0" },
	{ "llm_prices",
	  "{\"updated_at\":\"x\",\"prices\":[{\"id\":\"m\",\"vendor\":\"w\",\"input\":2,"
	  "\"output\":8,\"input_cached\":0.5}]}",
	  "provider=w;offer=m cached input;price=0.5", "the built file" },
	{ "genai_prices",
	  "[{\"id\":\"p\",\"models\":[{\"id\":\"m\",\"prices\":[{\"prices\":{\"input_mtok\":4}},"
	  "{\"constraint\":"
	  "{\"start_date\":\"2026-01-01\"},\"prices\":{\"input_mtok\":3}}]}]}]",
	  "price=4;start=;end=2026-01-01",
	  "the first ends where the second begins" },
	{ "genai_prices",
	  "[{\"id\":\"p\",\"models\":[{\"id\":\"m\",\"prices\":{\"cache_write_1h_mtok\":1.6}}]}]",
	  "offer=m cache write kept 1 h;price=1.6;unit=1000000 Tokens", "a meter of the second layout" },
	{ "genai_prices", "[{\"id\":\"p\"}]", "expected a provider with an id and models", "another shape" },
	/* rates */
	{ "ecb", "Date,USD,JPY,\n2026-04-13,1.1684,N/A,\n", "1 rows", "N/A and the last comma give no row" },
	{ "ecb", "Date,USD,JPY,\n2026-04-13,1.1684\n", "t:2:1: 2 cells, expected 4", "a short row" },
	{ "ecb", "Date,USD\n2026-04-13,1;2\n", "t:2:12: '1;2' is no rate", "no number" },
	{ "ecb", "Day,USD\n", "expected the column 'Date' first", "another table" },
	{ "ecb", "<gesmes:Envelope><Cube><Cube time='2026-04-13'><Cube currency='USD' "
	  "rate='1.1684'/>", "cut short", "cut XML" },
	{ "ecb", "<Envelope><Cube><Cube time=\"2026-04-13\"><Cube currency=\"USD\" "
	  "rate=\"1.1684\"/></Cube></Cube></Envelope>",
	  "currency=USD;price=1.1684;start=2026-04-13", "double quotes" },
	{ "ecb", "<Envelope><Cube time='2026-04-13'><Cube currency='USD' "
	  "rate='-1'/></Cube></Envelope>", "expected a currency and a rate",
	  "a negative rate" },
	/* electricity */
	{ "eia", "description,units,cost\nTX,cents per kilowatthour,8.25\n",
	  "region=us-tx;price=0.0825;unit=kWh", "cents" },
	{ "eia", "description,units,cost\nTX,dollars per MWh,8.25\n", "refused 1 not cents", "another unit" },
	{ "eia", "{\"response\":{\"total\":\"1\",\"data\":[{\"period\":\"2026-05\",\"stateid\":"
	  "\"TX\",\"sectorid\":\"COM\","
	  "\"price\":\"8.25\",\"price-units\":\"cents per kilowatt-hour\"}]},\"request\":{}}",
	  "region=us-tx;price=0.0825;start=2026-05-01;end=2026-06-01;offer=electricity commercial",
	  "the API, numbers as text" },
	{ "eurostat", STAT("\"value\":{\"1\":0.2,\"4\":0.21,\"2\":0.3},\"status\":{\"4\":\"p\"}"),
	  "region=el;price=0.21;start=2024-01-01;end=2024-07-01;note=flag p;"
	  "offer=electricity non-household, band MWH500-1999, tax X_VAT", "position, flag, half year" },
	{ "eurostat", STAT("\"value\":{\"1\":0.2,\"4\":0.21,\"2\":0.3}"),
	  "refused 1 purchasing power", "PPS is no money" },
	{ "eurostat", STAT("\"value\":[0.1,null,null,null,null,null,null,null]"), "1 rows",
	  "values as a list" },
	{ "eurostat", STAT("\"value\":{\"8\":0.2}"), "a value beyond the cube", "past the end" },
	{ "eurostat", "{\"id\":[\"a\"],\"size\":[2],\"dimension\":{\"a\":{\"category\":{\"index\":"
	  "[\"x\"]}}},\"value\":[]}",
	  "not as many codes", "sizes disagree" },
	{ "eurostat", "Geopolitical entity (reporting),2024 December\nX,0.1234 p\nY,: c\n",
	  "region=x;price=0.1234;note=flag p",
	  "flags behind numbers" },
	{ "eurostat", "Geopolitical entity (reporting),2024 December\nX,0.1234 p\nY,: c\n",
	  "refused 1 confidential", "kept secret" },
	{ "spot_power",
	  "time_start,time_end,EUR_per_kWh\n2024-01-01T00:00:00+01:00,2024-01-01T01:00:00+01:00,"
	  "-0.05\n",
	  "price=-0.05;start=2023-12-31T23:00:00Z", "a negative price" },
	{ "spot_power", "time_start,time_end,EUR_per_MWh\n2024-01-01T00:00:00Z,2024-01-01T00:15:00Z,50.5\n",
	  "price=0.0505;end=2024-01-01T00:15:00Z", "MWh and quarters" },
	{ "spot_power",
	  "time_start,time_end,EUR_per_kWh\n2024-10-27T02:00:00+02:00,2024-10-27T02:00:00+01:00,1\n"
	  "2024-10-27T02:00:00+01:00,2024-10-27T03:00:00+01:00,2\n", "price=2;note=",
	  "the hour that comes twice is no gap" },
	{ "spot_power", "time_start,time_end,EUR_per_kWh\n2024-01-01 00:00,x,1\n",
	  "t:2:1: expected times with an offset",
	  "no offset, no time" },
	{ "grid_carbon",
	  "Region,Country,NERC Region,CO2e (metric ton/kWh),Source\nus-east-1,United States,SERC,"
	  "0.000415755,EPA\n",
	  "region=us-east-1;price=415.755;unit=g/kWh", "tons are a million grams" },
	{ "grid_carbon", "Region,CO2e (metric ton/kWh)\nx,0.415755\n",
	  "price=415755;note=x (outside of 1 to 1500 g/kWh: is the unit right?)",
	  "a slip of a thousand is flagged" },
	{ "grid_carbon", "\xef\xbb\xbfprovider,region,impact,new\ngcp,r1,646,1\n",
	  "region=gcp-r1;price=646", "a byte order mark" },
	{ "grid_carbon", "\xef\xbb\xbfprovider,region,impact,new\ngcp,r1,646,1\n", "unknown new",
	  "a new column" },
	{ "grid_carbon",
	  "{\"DE\":{\"zone\":{\"zoneName\":\"Germany\"},\"carbonIntensity\":{\"value\":341,"
	  "\"unit\":\"lb/MWh\"}}}",
	  "refused 1 another unit", "pounds" },
	{ "grid_carbon", "a,b\n1,2\n", "none of the tables of grid carbon", "another table" },
	/* offers and cards */
	{ "gpu_offers",
	  "[{\"provider_id\":\"p\",\"gpu_model\":\"RTX 4090 (48 GB mod)\",\"vram_gb\":48,"
	  "\"price_usd_hour\":0.5,"
	  "\"is_spot\":true}]", "device_text=RTX 4090 (48 GB mod);device_memory=48;term=spot",
	  "an altered card keeps its words" },
	{ "gpu_offers", "[{\"provider_id\":\"p\",\"gpu_model\":\"A\",\"price_usd_hour\":null}]",
	  "refused 1 no price", "null" },
	{ "street", "{}", "no points in the file: newer copies are empty",
	  "an empty copy does not replace a full one" },
	{ "street", "{\"gpu_name\":\"X\",\"prices\":{}}", "no points in the file", "nor this" },
	{ "street", "{\"gpu_name\":\"X\",\"prices\":{\"2025-02-01T00:00:00\":5,\"2025-01-01T00:00:"
	  "00\":4}}", "not in the order of time",
	  "order" },
	{ "street", "{\"gpu_name\":\"X\",\"prices\":{\"2025-01-01T00:00:00\":5.00}} x",
	  "text after the end of the document", "text behind it" },
	{ "oracle", "{\"items\":[{\"partNumber\":\"B98415\",\"metricName\":\"GPU Per Hour\","
	  "\"displayName\":\"Compute - GPU - H100\","
	  "\"currencyCodeLocalizations\":[{\"currencyCode\":\"USD\",\"prices\":[{\"model\":"
	  "\"PAY_AS_YOU_GO\",\"value\":10}]}]}]}",
	  "offer=BM.GPU.H100.8;price=80;devices=8;basis=derived", "a shape" },
	{ "oracle", "{\"items\":[{\"partNumber\":\"B1\",\"metricName\":\"1,000 Calls\","
	  "\"currencyCodeLocalizations\":[{\"currencyCode\":"
	  "\"USD\",\"prices\":[{\"model\":\"PAY_AS_YOU_GO\",\"value\":2,\"rangeMin\":10,"
	  "\"rangeMax\":999999999999999},"
	  "{\"model\":\"PAY_AS_YOU_GO\",\"value\":0,\"rangeMin\":0,\"rangeMax\":10}]}]}]}",
	  "unit=1000 Calls;tier_start=10;tier_end=;price=2", "tiers in any order" },
	{ "ec2instances",
	  "[{\"instance_type\":\"g6f.large\",\"GPU\":0.125,\"GPU_memory\":2.8,\"GPU_model\":"
	  "\"L4\",\"pricing\":{\"us-x\":"
	  "{\"linux\":{\"ondemand\":\"0.20200\",\"spot_avg\":\"N/A\",\"reserved\":{}}}}}]",
	  "offer=g6f.large;devices=0.125;device_memory=22.4;price=0.20200;"
	  "line=/0/pricing/us-x/linux/ondemand", "a part of a card" },
	{ "focus", "ProviderName,SkuId,SkuPriceId,ListUnitPrice,ContractedUnitPrice,PricingUnit,"
	  "BillingCurrency,ChargeCategory,"
	  "ChargePeriodStart\nAWS,s,s.t,2.0,\"1.80\",Hours,USD,Usage,2024-09-18 22:00:00\n",
	  "provider=aws;price=1.80;basis=quoted;list_price=2.0;start=2024-09-18T22:00:00Z",
	  "what the buyer really pays" },
	{ "focus", "ProviderName,SkuId,SkuPriceId,ListUnitPrice,ContractedUnitPrice,PricingUnit,"
	  "BillingCurrency,"
	  "ChargeCategory,ChargePeriodStart,PricingCategory,CommitmentDiscountCategory,"
	  "CommitmentProgramEligibilityDetails,InvoiceDetailId,PricingCurrencyListUnitPrice\n"
	  "AWS,s,p,2.7,2.1,Hours,USD,Usage,2024-09-10T12:00:00Z,Other,Spend,NULL,NULL,9\n",
	  "price=2.1;list_price=2.7;term=savings_plan;pricing=Other;currency=USD",
	  "1.4: a commitment under the category Other" },
	{ "focus", "ProviderName,SkuId,SkuPriceId,ListUnitPrice,ContractedUnitPrice,PricingUnit,"
	  "BillingCurrency,"
	  "ChargeCategory,ChargePeriodStart,InvoiceDetailId,Mood\nAWS,s,p,2.7,,Hours,USD,Usage,"
	  "2024-09-10,i,good\n",
	  "unknown Mood", "1.4's own columns need no mention" },
	{ "focus", "ServiceProviderName,SkuId,SkuPriceId,ListUnitPrice,ContractedUnitPrice,"
	  "PricingUnit,BillingCurrency,ChargeCategory,"
	  "ChargePeriodStart\nAWS,s,s.t,2.0,\"1.80\",Hours,USD,Usage,2024-09-18 22:00:00\n",
	  "provider=aws;price=1.80;basis=quoted;list_price=2.0;start=2024-09-18T22:00:00Z",
	  "the same bill in 1.3's names" },
	{ "focus", "ProviderName,SkuId,SkuPriceId,ListUnitPrice,ContractedUnitPrice,PricingUnit,"
	  "BillingCurrency,ChargeCategory,"
	  "ChargePeriodStart\nAWS,s,NULL,NULL,NULL,Hours,USD,Usage,x\n", "refused 1 no unit price",
	  "NULL is nothing" },
	{ "focus", "ProviderName,SkuId,SkuPriceId,ListUnitPrice,ContractedUnitPrice,PricingUnit,"
	  "BillingCurrency,ChargeCategory,"
	  "ChargePeriodStart,x_mine,Other\nAWS,s,a,1,,Hours,USD,Tax,x,1,2\n", "unknown Other",
	  "x_ columns are the provider's own" },
	{ "opencost", "InstanceID,AssetClass,MarketPriceHourly\nA,lb,1\n",
	  "refused 1 class of asset", "a load balancer" },
};

static bool holds(const struct price_rows *p, const char *want)
{
	unsigned long n;
	int used = 0;

	if (sscanf(want, "refused %lu %n", &n, &used) == 1 && used)
		return p->st == CM_END && price_rows_refused(p, want + used) == n;
	if (strncmp(want, "unknown ", 8) == 0) {
		for (size_t i = 0; i < p->unknowns; i++)
			if (strcmp(p->unknown[i], want + 8) == 0)
				return true;
		return false;
	}
	if (sscanf(want, "%lu rows%n", &n, &used) == 1 && used && !want[used])
		return p->st == CM_END && p->n == n;
	if (p->st == CM_EINPUT)
		return strstr(p->err.why, want) != NULL;
	return strchr(want, '=') && p->st == CM_END && price_rows_matching(p, want) == 1;
}

static void made(void **state)
{
	(void)state;
	for (size_t i = 0; i < CM_COUNT(traps); i++) {
		struct price_rows p;
		price_rows_text(traps[i].source, traps[i].text, strlen(traps[i].text), &p);
		if (!holds(&p, traps[i].want))
			fail_msg("%s, %s: not '%s' (%zu rows, first refusal '%s', %s)",
				traps[i].source, traps[i].why,
				 traps[i].want, p.n, p.refusals ? p.refusal[0].reason : "none", p.err.why);
		price_rows_free(&p);
	}
}

/* Every made input cut at every byte: rows, or a sentence, and never a crash or an endless reading. */
static void cut_anywhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < CM_COUNT(traps); i += 3)
		for (size_t n = 0; n < strlen(traps[i].text); n += 1 + n / 64) {
			struct price_rows p;
			price_rows_text(traps[i].source, traps[i].text, n, &p);
			if (p.st != CM_END && (p.st != CM_EINPUT || strlen(p.err.why) < 10))
				fail_msg("%s cut at %zu: status %d, '%s'", traps[i].source, n,
					(int)p.st, p.err.why);
			/* between two pages, the first is whole */
			const bool page = n && traps[i].text[n - 1] == '}' && traps[i].text[n] == '{';
			if (p.st == CM_END && *traps[i].text == '{' && !page)
				fail_msg("%s cut at %zu passes for whole", traps[i].source, n);
			price_rows_free(&p);
		}
}

/* Every spelling of Azure's units is read with its block; one that is not in the table is refused. */
static void azure_units(void **state)
{
	struct csv *csv;
	struct csv_row row;
	size_t n = 0;
	(void)state;
	assert_int_equal(csv_open(CM_SOURCE_DIR "/vendors/azure/pricing_units.csv", &csv, NULL), CM_OK);
	assert_int_equal(csv_next(csv, &row, NULL), CM_OK);
	while (csv_next(csv, &row, NULL) == CM_OK) {
		struct price_rows p;
		char unit[128];
		char *text = cm_printf_dup("[{\"currencyCode\":\"USD\",\"retailPrice\":1.5,"
			"\"type\":\"Consumption\",\"armSkuName\":\"s\","
					   "\"unitOfMeasure\":\"%s\"}]", row.cell[0]);
		snprintf(unit, sizeof unit, "%s%s%s", strcmp(row.cell[1], "1") ? row.cell[1] : "",
			 strcmp(row.cell[1], "1") ? " " : "", row.cell[2]);
		price_rows_text("azure_retail", text, strlen(text), &p);
		if (p.n != 1 || strcmp(p.row[0].unit, unit) != 0)
			fail_msg("'%s': %zu rows, unit '%s', expected '%s'", row.cell[0], p.n, p.n
				? p.row[0].unit : "", unit);
		if (strcmp(row.cell[0], "10K") == 0)
			assert_string_equal(p.row[0].note, "0.00015 for one");
		price_rows_free(&p);
		free(text);
		n++;
	}
	csv_close(csv);
	assert_int_equal(n, 383);
}

/* A field of 10 MB, bytes that are no UTF-8, and terminal controls. */
static void hostile(void **state)
{
	struct price_rows p;
	struct str s = { 0 };
	static const char bad[] = "[{\"provider_id\":\"p\",\"gpu_model\":"
		"\"\xff\xfe\\u001b[31m<script>\",\"price_usd_hour\":1}]";
	(void)state;
	price_rows_text("gpu_offers", bad, strlen(bad), &p);
	assert_int_equal(p.n, 1);
	assert_string_equal(p.row[0].offer, "\xef\xbf\xbd\xef\xbf\xbd\x1b[31m<script>");
	price_rows_free(&p);
	str_add(&s, "[{\"provider_id\":\"p\",\"gpu_model\":\"");
	for (int i = 0; i < 700000; i++)
		str_add(&s, "0123456789abcdef");
	str_add(&s, "\",\"price_usd_hour\":1}]");
	price_rows_text("gpu_offers", s.p, s.len, &p);
	assert_int_equal(p.st, CM_EINPUT);
	assert_non_null(strstr(p.err.why, "a field of more than 10 MiB"));
	price_rows_free(&p);
	str_clear(&s);
	str_add(&s, "{\"m\":{\"input_cost_per_token\":1");
	for (int i = 0; i < 500; i++)
		str_addc(&s, '0');
	str_add(&s, "}}");
	price_rows_text("litellm", s.p, s.len, &p);
	assert_int_equal(p.n, 0);
	assert_int_equal(price_rows_refused(&p, "more digits"), 1);
	price_rows_free(&p);
	str_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(made), cmocka_unit_test(cut_anywhere), cmocka_unit_test(azure_units),
		cmocka_unit_test(hostile),
	};
	setenv("COSTMARK_DATA", CM_SOURCE_DIR, 1);
	return cmocka_run_group_tests_name("price traps", tests, NULL, NULL);
}
