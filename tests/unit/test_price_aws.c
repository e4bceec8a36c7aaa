/*
 * AWS's readers over the real files of ../shared/data/prices/aws (skipped where they are not there) and
 * over made ones with each trap: what comes out, row by row, and under which reason each other row was
 * refused.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stream.h"
#include "engine/registry.h"

#define DATA CM_SOURCE_DIR "/../shared/data/prices/aws/"

struct read {
	/* "offer|region|term months payment|os|tenancy|license|price|upfront|unit|currency|devices|
	 * start|line" */
	struct str rows;
	size_t n;
	struct str refused;   /* "N reason @ file:line;" */
	struct str unknown;
	struct cm_err err;
	enum cm_status st;
};

static const struct price_source *source(const char *name)
{
	for (size_t i = 0; registry_price_sources[i]; i++)
		if (!strcmp(registry_price_sources[i]->name, name))
			return registry_price_sources[i];
	fail_msg("no source %s", name);
	return NULL;
}

static void read_stream(const char *name, struct stream *in, struct read *out)
{
	const struct price_source *src = source(name);
	const struct price_from from = { in, "f", "https://example.org/f", "2026-08-01" };
	struct price_ctx *ctx = NULL;
	struct price_row r;

	*out = (struct read){ .n = 0 };
	out->st = src->open(&from, &ctx, &out->err);
	while (!out->st) {
#define X(member, column) r.member = "";
		CM_PRICE_COLUMNS(X)
#undef X
		out->st = src->next(ctx, &r, &out->err);
		if (out->st)
			break;
		out->n++;
		str_addf(&out->rows, "%s|%s|%s %s %s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s\n", r.offer, r.region,
			r.term, r.months,
			 r.payment, r.os, r.tenancy, r.license, r.price, r.upfront, r.unit, r.currency,
			 r.devices, r.start,
			 r.line);
		assert_string_equal(r.provider, "aws");
		assert_string_equal(r.source, "https://example.org/f");
		assert_string_equal(r.retrieved, "2026-08-01");
		assert_string_equal(r.file, "f");
		assert_true(*r.sku && *r.sku_price);
	}
	if (ctx) {
		const struct price_refusal *list;
		const char *const *unknown = NULL;
		size_t n = src->refused(ctx, &list);
		for (size_t i = 0; i < n; i++)
			str_addf(&out->refused, "%d %s @ %s;", (int)list[i].rows, list[i].reason,
				list[i].first);
		n = src->unknown ? src->unknown(ctx, &unknown) : 0;
		for (size_t i = 0; i < n; i++)
			str_addf(&out->unknown, "%s;", unknown[i]);
		src->close(ctx);
	}
}

/* Skips the test where the file is not there. */
static void read_shared(const char *name, const char *file, struct read *out)
{
	char path[512];
	struct stream *in;
	struct cm_err err;

	snprintf(path, sizeof path, "%s%s", DATA, file);
	if (!stream_open(path, 0, &in, &err)) {
		read_stream(name, in, out);
		stream_close(in);
		return;
	}
	print_message("# skipped: %s is not in ../shared/data/prices/aws\n", file);
	skip();
}

static void read_text(const char *name, const char *text, struct read *out)
{
	struct stream *in;
	struct cm_err err;

	assert_int_equal(stream_memory(text, strlen(text), "f", &in, &err), CM_OK);
	read_stream(name, in, out);
	stream_close(in);
}

static void done(struct read *r)
{
	str_free(&r->rows);
	str_free(&r->refused);
	str_free(&r->unknown);
}

static void has_rows(const struct read *r, const char *const *want, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strstr(str_get(&r->rows), want[i]))
			fail_msg("no row '%s' in:\n%s", want[i], str_get(&r->rows));
}

static size_t count_of(const struct str *s, const char *part)
{
	size_t n = 0;

	for (const char *p = str_get(s); (p = strstr(p, part)); p++)
		n++;
	return n;
}

static void regional(void **state)
{
	/* By hand from the file's lines. */
	static const char *const want[] = {
		"p2.xlarge|eu-west-1|on_demand 0 "
		"|linux|shared|included|0.9720000000|0|Hours|USD||2017-05-01|81\n",
		"p2.8xlarge|eu-west-1|on_demand 0 "
		"|linux|shared|included|7.7760000000|0|Hours|USD||2017-05-01|80\n",
		"p2.16xlarge|eu-west-1|on_demand 0 "
		"|linux|shared|included|15.5520000000|0|Hours|USD|16|2017-05-01|79\n",
		"g2.8xlarge|eu-west-1|on_demand 0 |linux|shared|included|2.8080000000|0|Hours|USD|4|",
		"g2.2xlarge|eu-west-1|on_demand 0 |linux|shared|included|0.7020000000|0|Hours|USD|1|",
		"c1.medium|eu-west-1|reserved 36 all|rhel|shared|included|0|3162|Hours|USD||2015-04-30|12\n",
		"c1.medium|eu-west-1|reserved 36 all|linux|shared|included|0|1680|Hours|USD||2015-04-30|17\n",
		"c1.medium|eu-west-1|reserved 36 "
		"all|linux|dedicated|included|0|1848|Hours|USD||2016-09-30|20\n",
		"c1.medium|eu-west-1|on_demand 0 "
		"|windows|dedicated|byol|0.1630000000|0|Hours|USD||2017-05-01|18\n",
		"c1.medium|eu-west-1|on_demand 0 "
		"|suse|shared|included|0.2480000000|0|Hours|USD||2017-05-01|13\n",
		"c1.medium|eu-west-1|on_demand 0 |windows|shared|included, SQL "
		"Web|0.3100000000|0|Hours|USD||2017-05-01|19\n",
	};
	struct read r;

	(void)state;
	read_shared("aws_ec2", "ec2_offer_eu-west-1.csv", &r);
	assert_int_equal(r.st, CM_END);
	assert_int_equal(r.n, 86);
	assert_int_equal(count_of(&r.rows, "|on_demand 0 |linux|shared|included|"), 75);
	has_rows(&r, want, CM_COUNT(want));
	assert_string_equal(str_get(&r.unknown), "");
	assert_non_null(strstr(str_get(&r.refused), "1 broken line: its cells do not fit the header @ f:7;"));
	assert_non_null(strstr(str_get(&r.refused), "3 not sold in an AWS region (local zone, wavelength "
		"zone, outpost) @ f:8;"));
	assert_non_null(strstr(str_get(&r.refused), "1 capacity status is not Used @ f:10;"));
	done(&r);
}

static void global(void **state)
{
	static const char *const want[] = {
		"c6i.large|ap-northeast-1|reserved 36 partial|windows|dedicated|included, SQL "
		"Web|0.1046300000|2750|Hours|USD||2025-09-",
		"c6i.large|ap-northeast-1|reserved 12 none|windows|dedicated|included, SQL "
		"Web|0.2372200000|0|Hours|USD|",
		"c6i.large|ap-northeast-1|reserved 12 all|windows|dedicated|included, SQL "
		"Web|0|2033|Hours|USD|",
		"c6i.large|ap-northeast-1|reserved 12 partial|windows|dedicated|included, SQL "
		"Web|0.1223500000|1072|Hours|USD|",
		"c6i.large|ap-northeast-1|reserved 36 all|windows|dedicated|included, SQL "
		"Web|0|5655|Hours|USD|",
		"c6i.large|ap-northeast-1|on_demand 0 |windows|dedicated|included, SQL "
		"Web|0.2773000000|0|Hours|USD|",
		"c5d.2xlarge|us-east-1|on_demand 0 |rhel|shared|included, SQL Web|0.6340000000|0|Hours|USD|",
		"r7i.2xlarge|eu-central-1|on_demand 0 |windows|dedicated|byol|0.7022400000|0|Hours|USD|",
		"m6id.2xlarge|ca-central-1|reserved 36 partial|windows|shared|included, SQL "
		"Std|0.7698400000|20231|Hours|USD|",
		"m6id.2xlarge|ca-central-1|reserved 12 partial|windows|shared|included, SQL "
		"Std|0.8496000000|7443|Hours|USD|",
	};
	struct read r;

	(void)state;
	read_shared("aws_ec2", "ec2_offer_global_sample_2025-09-12.csv", &r);
	assert_int_equal(r.st, CM_END);
	assert_int_equal(r.n, 21);
	assert_int_equal(count_of(&r.rows, "|on_demand 0 |linux|shared|"), 0);
	has_rows(&r, want, CM_COUNT(want));
	/* 21 + 23 = 44 rows: each is an offer or counted once. */
	assert_string_equal(str_get(&r.refused),
		"7 UnusedCapacityReservation: what a reservation left idle costs, not a second offer @ f:30;"
		"6 reserved, partial upfront: the second half, told in the offer's row @ f:7;"
		"5 reserved, all upfront: the $0 hourly half, told in the offer's row @ f:10;"
		"2 host tenancy: the dedicated host is what is paid @ f:37;"
		"1 AllocatedCapacityReservation: 0 here, paid with the reservation @ f:34;"
		"1 not sold in an AWS region (local zone, wavelength zone, outpost) @ f:29;"
		"1 reserved, partial upfront: its other half is not in the file @ f:50;");
	done(&r);
}

static void savings_plan(void **state)
{
	static const char *const want[] = {
		"r7g.medium|ap-east-2|savings_plan 36 "
		"partial|rhel|dedicated|included|0.0425|0|Hours|USD||2025-06-05T18:51:13Z|7\n",
		"r7g.xlarge|ap-east-2|savings_plan 36 partial|rhel with "
		"ha|dedicated|included|0.2399|0|Hours|USD||2025-06-05T18:51:13Z|8\n",
		"r7g.16xlarge|ap-east-2|savings_plan 36 partial|ubuntu "
		"pro|dedicated|included|1.6358|0|Hours|USD||2025-06-05T18:51:13Z|9\n",
	};
	struct read r;

	(void)state;
	read_shared("aws_savings_plan", "savings_plan_ap-east-2_2025-09-11.csv", &r);
	assert_int_equal(r.st, CM_END);
	assert_int_equal(r.n, 22);
	has_rows(&r, want, CM_COUNT(want));
	assert_non_null(strstr(str_get(&r.refused), "21 savings plan rate of an idle reservation @ f:10;"));
	done(&r);
}

static void json(void **state)
{
	struct read r;

	(void)state;
	read_shared("aws_ec2_json", "ec2_offer_us-east-2.json", &r);
	assert_int_equal(r.st, CM_END);
	assert_string_equal(str_get(&r.rows),
		"p3.8xlarge|us-east-2|on_demand 0 "
		"|windows|shared|byol|12.2400000000|0|Hours|USD|4|2023-03-01T00:00:00Z|"
		"/terms/OnDemand/9ZEEN7WWWQKAG292/9ZEEN7WWWQKAG292.JRTCKXETXF\n"
		"m5.large|us-east-2|reserved 36 "
		"all|linux|shared|included|0|1161|Hours|USD||2019-01-01T00:00:00Z|"
		"/terms/OnDemand/8D49XP354UEYTHGM/8D49XP354UEYTHGM.MZU6U2429S\n");
	assert_string_equal(str_get(&r.refused), "1 not a compute instance (storage, snapshot, transfer, "
		"dedicated host, …) @ f:114;");
	done(&r);
	read_shared("aws_ec2_json", "ec2_offer_us-east-2_trailing_comma.json", &r);
	assert_int_equal(r.st, CM_EINPUT);
	assert_true(cm_starts(r.err.why, "f:169:7: a comma before the end"));
	done(&r);
}

static void plans_json(void **state)
{
	static const char made[] =
		"{\"publicationDate\": \"2026-07-28T00:00:00Z\", \"products\": [{\"sku\": \"P\", "
		"\"productFamily\": "
		"\"ComputeSavingsPlans\", \"attributes\": {\"purchaseOption\": \"No Upfront\", "
		"\"purchaseTerm\": \"3yr\", "
		"\"location\": \"Any\"}}],\"terms\": {\"savingsPlan\": [{\"sku\": \"P\", \"effectiveDate\": "
		"\"2026-07-01T00:00:00Z\", \"leaseContractLength\": {\"duration\": 3, \"unit\": "
		"\"year\"}, \"rates\": ["
		"{\"discountedSku\": \"S\", \"discountedUsageType\": \"USE2-BoxUsage:p5.48xlarge\", "
		"\"discountedOperation\": "
		"\"RunInstances:0002\", \"discountedServiceCode\": \"AmazonEC2\", \"rateCode\": \"P.S\", "
		"\"unit\": \"Hrs\", "
		"\"discountedRate\": {\"price\": \"24.10\", \"currency\": \"USD\"}, "
		"\"discountedRegionCode\": "
		"\"us-east-2\", \"discountedInstanceType\": \"p5.48xlarge\"}, {\"discountedSku\": \"S\", "
		"\"discountedUsageType\": \"BoxUsage:p5.48xlarge\", \"discountedServiceCode\": "
		"\"AmazonEC2\", \"discountedRate\": "
		"{\"price\": \"1\", \"currency\": \"\"}}]}]}}";
	struct read r;

	(void)state;
	read_text("aws_savings_plan_json", made, &r);
	assert_int_equal(r.st, CM_END);
	assert_string_equal(str_get(&r.rows), "p5.48xlarge|us-east-2|savings_plan 36 "
		"none|windows|shared|included|24.10|0|"
			    "Hours|USD||2026-07-01T00:00:00Z|/terms/savingsPlan/0/rates/0\n");
	assert_string_equal(str_get(&r.refused), "1 no currency is stated @ f:1;");
	done(&r);
	read_shared("aws_savings_plan_json", "ec2_savings_plan_eu-west-1.json", &r);
	assert_string_equal(str_get(&r.rows),
		"c1.medium|eu-west-1|savings_plan 12 "
		"none||dedicated||0.087|0|Hours|USD|||/terms/savingsPlan/0/rates/0\n"
		"c1.medium||savings_plan 12 all||shared||0.098|0|Hours|USD|||/terms/savingsPlan/1/rates/0\n");
	assert_non_null(strstr(str_get(&r.refused), "11 savings plan for another service than EC2 @ f:93;"));
	done(&r);
}

#define PRODUCT "\"publicationDate\": \"2026-07-28T00:00:00Z\", \"products\": {\"A\": " \
	"{\"productFamily\": \"Compute Instance\", " \
		"\"attributes\": {\"instanceType\": \"p5.48xlarge\", \"operatingSystem\": \"Linux\", " \
		"\"regionCode\": \"us-east-1\"}}}"
#define TERM(type, dimensions, attributes) "\"terms\": {\"" type "\": {\"A\": {\"A.T\": " \
	"{\"effectiveDate\": \"2026-07-01T00:00:00Z\", " \
		"\"priceDimensions\": {" dimensions "}, \"termAttributes\": {" attributes "}}}}}"
#define HOURLY(price) "\"A.T.H\": {\"unit\": \"Hrs\", \"pricePerUnit\": {\"USD\": \"" price "\"}}"
#define ONCE(price) "\"A.T.Q\": {\"unit\": \"Quantity\", \"pricePerUnit\": {\"USD\": \"" price "\"}}"
#define LEASE(payment) "\"LeaseContractLength\": \"1 yr\", \"PurchaseOption\": \"" payment "\", " \
	"\"OfferingClass\": \"standard\""

static void json_traps(void **state)
{
	static const struct { const char *text, *want, *refused; } table[] = {
		{ "{" PRODUCT ", " TERM("OnDemand", HOURLY("55.0400"), "") "}",
			"on_demand 0 |linux|||55.0400|0|", "" },
		{ "{" PRODUCT ", " TERM("OnDemand", HOURLY("0.0"), "") "}", "", "1 $0" },
		{ "{" PRODUCT ", " TERM("Reserved", HOURLY("2.5") ", " ONCE("900"),
			LEASE("Partial Upfront")) "}",
		  "reserved 12 partial|linux|||2.5|900|", "" },
		{ "{" PRODUCT ", " TERM("Reserved", ONCE("900"), LEASE("Partial Upfront")) "}", "",
			"1 reserved, partial upfront: its" },
		{ "{" PRODUCT ", " TERM("Reserved", HOURLY("0.0") ", " ONCE("900"), LEASE("All Upfront")) "}",
		  "reserved 12 all|linux|||0|900|", "" },
		{ "{" PRODUCT ", " TERM("Reserved", HOURLY("3") ", " ONCE("9"), LEASE("All Upfront")) "}",
			"", "1 reserved, all upfront, yet" },
		{ "{" PRODUCT ", " TERM("Later", HOURLY("1"), "") "}", "", "1 neither on demand" },
		{ "{\"products\": {}, " TERM("OnDemand", HOURLY("1"), "") "}", "",
			"1 a term whose product is not in the file" },
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(table); i++) {
		struct read r;
		read_text("aws_ec2_json", table[i].text, &r);
		if (r.st != CM_END || r.n != (*table[i].want != 0) || !strstr(str_get(&r.rows),
			table[i].want) ||
		    !strstr(str_get(&r.refused), table[i].refused) || (!*table[i].refused && r.refused.len))
			fail_msg("%s: %s %s; %s", table[i].text, str_get(&r.rows), str_get(&r.refused),
				r.err.why);
		done(&r);
	}
}

/* ---- traps, made ------------------------------------------------------------------------------- */

#define HEAD "FormatVersion,v1.0\nPublication Date,2026-07-28T00:00:00Z\n"
#define COLUMNS "SKU,OfferTermCode,RateCode,TermType,EffectiveDate,Unit,PricePerUnit,Currency,"   \
	"LeaseContractLength,PurchaseOption," \
		"OfferingClass,Product Family,Location Type,Instance Type,Tenancy,Operating " \
		"System,License Model,CapacityStatus," \
		"MarketOption,Pre Installed S/W,Region Code,GPU"
#define ROW(sku, term, unit, price, length, pay, rest) \
	sku ",T," sku ".T.R," term ",2026-07-01," unit "," price ",USD," length "," pay \
		",standard,Compute Instance,AWS Region," rest "\n"
#define P5 "p5.48xlarge,Shared,Linux,No License required,Used,OnDemand,NA,us-east-1,8"

static void traps(void **state)
{
	static const struct { const char *row, *refused; size_t n; } table[] = {
		{ ROW("A", "OnDemand", "Hrs", "55.0400000000", "", "", P5), "", 1 },
		{ ROW("A", "OnDemand", "Hrs", "0.0000000000", "", "", P5), "1 $0", 0 },
		{ ROW("A", "OnDemand", "Hrs", "0.0", "", "", "p5e.48xlarge,Shared,Linux,No License "
			"required,Used,CapacityBlock,NA,us-east-1,8"),
		  "1 capacity block", 0 },
		{ ROW("A", "OnDemand", "Hrs", "0.336", "", "", "p5e.48xlarge,Shared,Ubuntu Pro,No License "
			"required,Used,CapacityBlock,NA,x,8"),
		  "1 capacity block", 0 },
		{ ROW("A", "OnDemand", "Hrs", "55.04", "", "", "p5.48xlarge,Shared,Linux,No License "
			"required,UnusedCapacityReservation,OnDemand,NA,x,8"),
		  "1 UnusedCapacityReservation", 0 },
		{ ROW("A", "OnDemand", "Hrs", "55.04x", "", "", P5), "1 the price is no decimal number", 0 },
		{ ROW("A", "OnDemand", "Hrs", "-1", "", "", P5), "1 the price is no decimal number", 0 },
		{ ROW("A", "OnDemand", "Quantity", "1", "", "", P5), "1 not priced by the hour", 0 },
		{ ROW("A", "Spot", "Hrs", "1", "", "", P5), "1 neither on demand nor reserved", 0 },
		{ ROW("A", "OnDemand", "Hrs", "1", "", "", "p5.48xlarge,Shared,NA,No License "
			"required,Used,OnDemand,NA,x,8"),
		  "1 no operating system", 0 },
		{ ROW("A", "Reserved", "Hrs", "2.5", "1 yr", "No Upfront", P5), "", 1 },
		{ ROW("A", "Reserved", "Hrs", "2.5", "soon", "No Upfront", P5),
			"1 reserved, but its length", 0 },
		{ ROW("A", "Reserved", "Hrs", "2.5", "3yr", "All Upfront", P5), "1 reserved, all upfront, "
			"yet with an hourly price", 0 },
		{ ROW("A", "Reserved", "Hrs", "2.5", "3yr", "Partial Upfront", P5),
			"1 reserved, partial upfront: its other half", 0 },
		{ ROW("A", "Reserved", "Quantity", "9", "3yr", "Partial Upfront", P5) ROW("B", "OnDemand",
			"Hrs", "1", "", "", P5)
		  ROW("A", "Reserved", "Hrs", "2.5", "3yr", "Partial Upfront", P5),
		  "1 reserved, partial upfront: the second half", 2 },
		{ ROW("A", "OnDemand", "Hrs", "1", "", "", P5 ",surplus"), "1 broken line", 0 },
		{ "A,T\n", "1 broken line", 0 },
		{ ROW("A", "OnDemand", "Hrs", "1", "", "", "\" p5.48xlarge \",Shared , Linux,No License "
			"required,Used,OnDemand,NA ,US-EAST-1,8"),
		  "", 1 },
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(table); i++) {
		struct read r;
		char *text = cm_printf_dup("%s%s\n%s", HEAD, COLUMNS, table[i].row);
		read_text("aws_ec2", text, &r);
		if (r.st != CM_END || r.n != table[i].n || !strstr(str_get(&r.refused), table[i].refused) ||
		    (!*table[i].refused && r.refused.len))
			fail_msg("%s: %zu rows:\n%s refused: %s", table[i].row, r.n, str_get(&r.rows),
				str_get(&r.refused));
		done(&r);
		free(text);
	}
}

/* Columns in another order, more of them, fewer of them: none shifts another, the new one is named. */
static void other_columns(void **state)
{
	static const char text[] =
		"\xef\xbb\xbf" HEAD "GPU,Brand New,PricePerUnit,SKU,RateCode,Region "
		"Code,TermType,Unit,Instance Type\n"
		"8,\"hello, world\",12.5,A,A.T.R,eu-west-1,OnDemand,Hrs,x1.big\n";
	struct read r;

	(void)state;
	read_text("aws_ec2", text, &r);
	assert_string_equal(str_get(&r.rows), "x1.big|eu-west-1|on_demand 0 ||||12.5|0|Hours|USD|8||4\n");
	assert_string_equal(str_get(&r.unknown), "Brand New;");
	done(&r);
}

static void refused_files(void **state)
{
	static const struct { const char *source, *text, *want; } table[] = {
		{ "aws_ec2", "", "f: no header with SKU and PricePerUnit" },
		{ "aws_ec2", "{\n\"products\" : {}\n}\n", "f:2:11: text after a closing quote" },
		{ "aws_ec2", HEAD "SKU,PricePerUnit,TermType,Unit\n", "f:3: the header has no column "
			"'Instance Type'" },
		{ "aws_ec2", HEAD COLUMNS "\n\"A,T\n", "f:4: a quote that opens in this row is never "
			"closed" },
		{ "aws_ec2_json", "", "f:1:1: the file is empty" },
		{ "aws_ec2_json", "[1]", "f:1:1: expected an object" },
		{ "aws_ec2_json", "{\"products\": []}", "f:1:14: expected an object" },
		{ "aws_ec2_json", "{\"products\": {\"A\": 1}}", "f:1:20: expected an object" },
		{ "aws_ec2_json", "{\"terms\": {}, \"products\": {}}", "f:1:27: the products come after "
			"the terms" },
		{ "aws_ec2_json", "{\"a\": {\"b\": [1, 2, {}]}}", "f: no 'terms' in it" },
		{ "aws_ec2_json", "{" PRODUCT ", \"terms\": {\"OnDemand\": {", "f:1:" },
		{ "aws_savings_plan_json", "{\"products\": {}}", "f:1:14: expected a list" },
		{ "aws_savings_plan_json", "{\"terms\": {\"savingsPlan\": [1]}}",
			"f:1:28: expected an object" },
		{ "aws_savings_plan_json", "{}", "f: no 'terms' in it" },
		{ "aws_savings_plan", HEAD COLUMNS "\n", "f: no header with DiscountedRate" },
		{ "aws_savings_plan", HEAD "DiscountedRate,SKU\n", "f:3: the header has no column "
			"'DiscountedSKU'" },
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(table); i++) {
		struct read r;
		read_text(table[i].source, table[i].text, &r);
		if (r.st != CM_EINPUT || !strstr(r.err.why, table[i].want))
			fail_msg("%s: '%s', expected '%s'", table[i].text, r.err.why, table[i].want);
		done(&r);
	}
}

/* Control characters, formula signs, invalid UTF-8 and a field of 9 MB: carried as they are or counted,
 * never a crash. */
static void hostile(void **state)
{
	struct str text = { 0 };
	struct read r;

	(void)state;
	str_add(&text, HEAD COLUMNS "\n");
	str_add(&text, ROW("=1+1", "OnDemand", "Hrs", "1", "", "",
		"\"\x1b[31m\xff\",Shared,Linux,x,Used,OnDemand,NA,r,8"));
	str_add(&text, "LONG,");
	for (int i = 0; i < 9 << 10; i++)
		str_addf(&text, "%01024d", i);
	str_add(&text, ",A.T.R,OnDemand,2026-07-01,Hrs,1,USD,,,standard,Compute Instance,AWS "
		"Region," P5 "\n");
	read_text("aws_ec2", str_get(&text), &r);
	assert_int_equal(r.st, CM_END);
	assert_int_equal(r.n, 1);
	assert_non_null(strstr(str_get(&r.rows), "\x1b[31m\xff|r|"));
	assert_non_null(strstr(str_get(&r.refused), "1 a cell of more than 1,000 bytes"));
	done(&r);
	str_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(regional), cmocka_unit_test(global),        cmocka_unit_test(savings_plan),
		cmocka_unit_test(traps),    cmocka_unit_test(other_columns), cmocka_unit_test(refused_files),
		cmocka_unit_test(hostile),  cmocka_unit_test(json),          cmocka_unit_test(json_traps),
		cmocka_unit_test(plans_json),
	};
	return cmocka_run_group_tests_name("price_aws", tests, NULL, NULL);
}
