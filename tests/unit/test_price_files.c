/*
 * Every price file of the shared data: how many rows, how many left out and why, and rows that were
 * looked up in the file by hand or by another program (tests/data/prices/checked_rows.tsv). Skipped
 * where ../shared is not there.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

#include "base/file.h"
#include "price_rows.h"

#define SHARED CM_SOURCE_DIR "/../shared/data/prices/"

static bool have_data(void)
{
	if (file_exists(SHARED "SOURCE.txt"))
		return true;
	print_message("skipped: %s is not there\n", SHARED);
	return false;
}

static struct price_rows read_file(const char *source, const char *file)
{
	struct price_rows p = { .st = CM_EINTERNAL };
	struct stream *in = NULL;
	char path[1024];
	snprintf(path, sizeof path, SHARED "%s", file);
	if (stream_open(path, 0, &in, &p.err) == CM_OK)
		price_rows_of(source, in, file, &p);
	stream_close(in);
	if (p.st != CM_END)
		fail_msg("%s %s: %s", source, file, p.err.why);
	return p;
}

static uint64_t all_refused(const struct price_rows *p)
{
	return price_rows_refused(p, "");
}

static void counts(void **state)
{
	static const struct { const char *source,
		*file; size_t rows; uint64_t refused; size_t unknown; } files[] = {
		{ "skypilot", "skypilot/gcp_vms.csv", 62552, 11, 0 },
		{ "skypilot", "skypilot/lambda_vms.csv", 425, 0, 0 },
		{ "skypilot", "skypilot/nebius_vms.csv", 69, 0, 0 },
		{ "skypilot", "skypilot/mithril_vms.csv", 16, 0, 0 },
		{ "azure_retail", "azure/retail_prices_francecentral.json", 3160, 1276, 0 },
		{ "azure_retail", "azure/retail_prices_savings_plan_rows.json", 4, 0, 0 },
		{ "gcp_skus", "gcp/compute_skus.json", 32, 0, 2 },
		{ "litellm", "llm/litellm_2025-09-05.json", 3879, 692, 0 },
		{ "llm_prices", "llm/llm-prices_openai.json", 140, 0, 0 },
		{ "llm_prices", "llm/llm-prices_anthropic.json", 36, 0, 0 },
		{ "llm_prices", "llm/llm-prices_google.json", 57, 0, 0 },
		{ "genai_prices", "llm/genai-prices_2026-08-21.json", 3145, 157, 0 },
		{ "ecb", "fx/eurofxref-hist.zip", 217555, 0, 0 },
		{ "ecb", "fx/eurofxref-daily_2017-03-08.xml", 31, 0, 0 },
		{ "eia", "energy/eia_state_commercial_2017.csv", 52, 0, 0 },
		{ "eurostat", "energy/eurostat_nonhousehold_groups.csv", 276, 4, 0 },
		{ "eurostat", "energy/eurostat_nonhousehold_time.csv", 1336, 0, 0 },
		{ "spot_power", "energy/spot_SE3_2021.csv", 2926, 0, 0 },
		{ "gpu_offers", "market/gpu_offerings_2026-05-24.json", 310, 0, 0 },
		{ "gpu_offers", "market/gpuhunt_gpu_prices_2024-09-24.json", 0, 1295, 0 },
		{ "street", "market/street/NVIDIA_A100_40GB_PCle.json", 155, 0, 0 },
		{ "street", "market/street/NVIDIA_GeForce_RTX_3090.json", 2501, 0, 0 },
		{ "street", "market/street/NVIDIA_H100_PCIe_80_GB.json", 11, 0, 0 },
		{ "street", "market/street/NVIDIA_Tesla_T4.json", 306, 0, 0 },
		{ "oracle", "oracle/prices_usd.json", 463, 69, 0 },
		{ "ec2instances", "ec2instances/x2iedn.32xlarge.json", 3522, 17, 0 },
		{ "focus", "focus/focus_sample_1.0.csv", 204, 796, 1 },
		{ "opencost", "opencost/pricing_schema.csv", 3, 0, 0 },
		{ "grid_carbon", "energy/owid_carbon_intensity_electricity.csv", 5737, 0, 0 },
		{ "grid_carbon", "energy/eu-carbon-intensity-electricity.csv", 630, 0, 0 },
		{ "grid_carbon", "energy/grid-emissions-factors-aws.csv", 25, 0, 0 },
		{ "grid_carbon", "energy/cloud_region_impact.csv", 40, 0, 0 },
		{ "grid_carbon", "energy/codecarbon_global_energy_mix.json", 213, 0, 0 },
		{ "grid_carbon", "energy/electricity_maps_yearly_2024.json", 352, 0, 0 },
	};
	(void)state;
	if (!have_data())
		skip();
	for (size_t i = 0; i < CM_COUNT(files); i++) {
		struct price_rows p = read_file(files[i].source, files[i].file);
		if (p.n != files[i].rows || all_refused(&p) != files[i].refused ||
				p.unknowns != files[i].unknown)
			fail_msg("%s: %zu rows, %lu refused, %zu unknown; expected %zu, %lu, %zu",
				files[i].file, p.n,
				 (unsigned long)all_refused(&p), p.unknowns, files[i].rows,
				 (unsigned long)files[i].refused, files[i].unknown);
		for (size_t k = 0; k < p.n; k++) {
			const struct price_row *r = &p.row[k];
			const size_t letters = strcmp(r->scope, "carbon") == 0 ? 0 : 3; /* of the currency */
			if (!money_is(r->price) || !*r->unit || strlen(r->currency) != letters ||
					!*r->line || !*r->offer ||
			    !*r->provider || !*r->scope || !*r->term || !*r->effective || !*r->sku_price)
				fail_msg("%s %s: a row that lacks what every row has",
					files[i].file, r->line);
		}
		price_rows_free(&p);
	}
}

/* Each line: source, file, and what exactly one row must hold. */
static void checked_rows(void **state)
{
	struct str text = { 0 };
	struct price_rows p = { .n = 0 };
	char open[512] = "";
	size_t checked = 0;
	(void)state;
	if (!have_data())
		skip();
	assert_int_equal(file_read(CM_SOURCE_DIR "/tests/data/prices/checked_rows.tsv", 0, &text,
		NULL), CM_OK);
	for (char *line = text.p, *next; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (*line == '#')
			continue;
		char *file = strchr(line, '\t'), *spec = strchr(file + 1, '\t');
		*file++ = *spec++ = '\0';
		char key[512];
		snprintf(key, sizeof key, "%s %s", line, file);
		if (strcmp(key, open) != 0) {
			price_rows_free(&p);
			p = read_file(line, file);
			strcpy(open, key);
		}
		const size_t n = price_rows_matching(&p, spec);
		if (n != 1)
			fail_msg("%s: %zu rows are %s", key, n, spec);
		checked++;
	}
	assert_true(checked >= 300);
	price_rows_free(&p);
	str_free(&text);
}

/* Sums over the tables that the notes state (prices.md 7). */
static void stated_facts(void **state)
{
	(void)state;
	if (!have_data())
		skip();
	struct price_rows p = read_file("azure_retail", "azure/retail_prices_francecentral.json");
	assert_int_equal(price_rows_matching(&p, "term=on_demand"), 814);
	assert_int_equal(price_rows_matching(&p, "term=spot"), 1584);
	/* of 810: 48 are of dedicated hosts */
	assert_int_equal(price_rows_matching(&p, "term=reserved"), 762);
	assert_int_equal(price_rows_refused(&p, "dedicated host"), 74);
	assert_int_equal(price_rows_refused(&p, "price 0"), 4);
	assert_int_equal(price_rows_refused(&p, "dev/test"), 1198); /* of 1,200: two more are 0 */
	assert_int_equal(price_rows_matching(&p, "offer=Standard_NC24s_v3;os=linux;months=12;upfront=79912;"
						 "effective=9.122374429224"), 1);
	assert_int_equal(price_rows_matching(&p, "offer=Standard_NC24s_v3;os=linux;months=36;upfront=120432;"
						 "effective=4.582648401826"), 1);
	assert_int_equal(price_rows_matching(&p,
		"offer=Standard_NC24s_v3;os=linux;term=on_demand;price=14.321"), 1);
	assert_int_equal(price_rows_matching(&p,
		"offer=Standard_NC24s_v3;os=linux;term=spot;price=3.044645"), 1);
	price_rows_free(&p);

	p = read_file("skypilot", "skypilot/gcp_vms.csv"); /* host and device rows that add up */
	assert_true(price_rows_matching(&p,
		"offer=a2-highgpu-8g;region=us-central1;term=on_demand;price=5.91582;"
					    "scope=node") > 0);
	assert_true(price_rows_matching(&p,
		"offer=A100;devices=8;region=us-central1;term=on_demand;price=23.47126;"
					    "scope=device") > 0);
	assert_int_equal(price_rows_matching(&p, "offer=a4-highgpu-8g;price=0.0;term=on_demand"), 11);
	price_rows_free(&p);

	p = read_file("litellm", "llm/litellm_2025-09-05.json");
	assert_int_equal(price_rows_refused(&p, "input price 0"), 89);
	assert_int_equal(price_rows_matching(&p, "offer=gpt-4o input;price=2.5"), 1);
	assert_int_equal(price_rows_matching(&p, "offer=gpt-4o output;price=10"), 1);
	assert_int_equal(price_rows_matching(&p, "offer=gpt-4o cached input;price=1.25"), 1);
	price_rows_free(&p);

	p = read_file("llm_prices", "llm/llm-prices_openai.json"); /* a price change and its day */
	assert_int_equal(price_rows_matching(&p, "offer=gpt-5.6-terra input;price=2.5;end=2026-07-30"), 1);
	assert_int_equal(price_rows_matching(&p, "offer=gpt-5.6-terra input;price=2;start=2026-07-30"), 1);
	price_rows_free(&p);

	p = read_file("genai_prices", "llm/genai-prices_2026-08-21.json");
	assert_int_equal(price_rows_matching(&p, "provider=anthropic;offer=claude-opus-4-6 input;price=10;"
						 "tier_start=200000;end=2026-03-13"), 1);
	assert_int_equal(price_rows_matching(&p, "provider=anthropic;offer=claude-opus-4-6 input;price=5;"
						 "start=2026-03-13;tier_end="), 1);
	assert_int_equal(price_rows_matching(&p,
		"provider=deepseek;offer=deepseek-chat input 00:30:00Z to 16:30:00Z;"
						 "price=0.27"), 1);
	assert_int_equal(price_rows_matching(&p,
		"provider=deepseek;offer=deepseek-chat input;price=0.135"), 1);
	price_rows_free(&p);

	p = read_file("gpu_offers", "market/gpu_offerings_2026-05-24.json");
	assert_int_equal(price_rows_matching(&p, "term=spot"), 119);
	price_rows_free(&p);

	p = read_file("skypilot", "skypilot/nebius_vms.csv");
	size_t with_device = 0;
	for (size_t i = 0; i < p.n; i++)
		with_device += *p.row[i].device_text && strcmp(p.row[i].term, "on_demand") == 0;
	assert_int_equal(with_device, 21);
	price_rows_free(&p);

	p = read_file("spot_power", "energy/spot_SE3_2021.csv");
	assert_int_equal(price_rows_matching(&p, "currency=EUR;note=hours are missing before this one"), 1);
	price_rows_free(&p);

	p = read_file("grid_carbon", "energy/owid_carbon_intensity_electricity.csv");
	assert_int_equal(price_rows_matching(&p, "region=deu;start=2024-01-01;price=344.13992"), 1);
	assert_int_equal(price_rows_matching(&p, "region=pol;start=2024-01-01;price=614.98236"), 1);
	assert_true(price_rows_matching(&p, "region=asean (ember);unit=g/kWh") > 0);
	price_rows_free(&p);

	p = read_file("ecb", "fx/eurofxref-hist.zip"); /* all days, and none at weekends */
	assert_int_equal(price_rows_matching(&p, "currency=USD"), 6983);
	assert_int_equal(price_rows_matching(&p, "currency=USD;start=2026-04-12"), 0);
	price_rows_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts), cmocka_unit_test(checked_rows), cmocka_unit_test(stated_facts),
	};
	return cmocka_run_group_tests_name("price files", tests, NULL, NULL);
}
