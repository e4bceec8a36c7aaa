/* The readers' shared tables and small parsers (see aws_offer.h). They know no file format. */
#include "aws_offer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const reason_text[AWS_REFUSAL_NR] = {
#define X(symbol, text) text,
	AWS_REFUSALS(X)
#undef X
};

enum cm_status aws_must_have(const unsigned *must, size_t n, const int *at, const char *const *header,
			     size_t *needed, const char *name, uint64_t line, struct cm_err *err)
{
	for (size_t i = 0; i < n; i++) {
		const int place = at[must[i]];

		if (place < 0)
			return cm_fail_at(err, CM_EINPUT, name, line, 0, "the header has no column '%s'",
					  header[must[i]]);
		if ((size_t)place >= *needed)
			*needed = (size_t)place + 1;
	}
	return CM_OK;
}

void aws_refuse(struct aws_refused *r, enum aws_refusal why, uint64_t line)
{
	if (!r->rows[why]++)
		r->first[why] = line;
}

static int by_rows(const void *x, const void *y)
{
	const struct price_refusal *a = x, *b = y;

	return a->rows != b->rows ? (a->rows < b->rows ? 1 : -1) : strcmp(a->reason, b->reason);
}

size_t aws_refusals(struct aws_refused *r, const char *file, const struct price_refusal **out)
{
	size_t n = 0;

	pool_free(&r->pool);
	for (size_t i = 0; i < AWS_REFUSAL_NR; i++) {
		if (!r->rows[i])
			continue;
		r->list[n++] = (struct price_refusal){
			reason_text[i], r->rows[i],
			*r->first_text[i] ? pool_printf(&r->pool, "%s:%s", file, r->first_text[i])
					  : pool_printf(&r->pool, "%s:%" PRIu64, file, r->first[i]) };
	}
	qsort(r->list, n, sizeof *r->list, by_rows);
	*out = r->list;
	return n;
}

void aws_refused_free(struct aws_refused *r)
{
	pool_free(&r->pool);
}

/* ---- places ------------------------------------------------------------------------------------- */

/* "Location" of price files against region codes (docs.aws.amazon.com, "Regions and Zones", 2026);
 * older files have no column Region Code. "EU" and "Europe" are both in use. */
static const char *const regions[][2] = {
	{ "Africa (Cape Town)", "af-south-1" },       { "Asia Pacific (Hong Kong)", "ap-east-1" },
	{ "Asia Pacific (Taipei)", "ap-east-2" },     { "Asia Pacific (Tokyo)", "ap-northeast-1" },
	{ "Asia Pacific (Seoul)", "ap-northeast-2" }, { "Asia Pacific (Osaka)", "ap-northeast-3" },
	{ "Asia Pacific (Osaka-Local)", "ap-northeast-3" }, { "Asia Pacific (Mumbai)", "ap-south-1" },
	{ "Asia Pacific (Hyderabad)", "ap-south-2" }, { "Asia Pacific (Singapore)", "ap-southeast-1" },
	{ "Asia Pacific (Sydney)", "ap-southeast-2" }, { "Asia Pacific (Jakarta)", "ap-southeast-3" },
	{ "Asia Pacific (Melbourne)", "ap-southeast-4" }, { "Asia Pacific (Malaysia)", "ap-southeast-5" },
	{ "Asia Pacific (New Zealand)", "ap-southeast-6" }, { "Asia Pacific (Thailand)", "ap-southeast-7" },
	{ "Canada (Central)", "ca-central-1" },       { "Canada West (Calgary)", "ca-west-1" },
	{ "China (Beijing)", "cn-north-1" },          { "China (Ningxia)", "cn-northwest-1" },
	{ "EU (Frankfurt)", "eu-central-1" },         { "Europe (Frankfurt)", "eu-central-1" },
	{ "EU (Zurich)", "eu-central-2" },            { "Europe (Zurich)", "eu-central-2" },
	{ "EU (Stockholm)", "eu-north-1" },           { "Europe (Stockholm)", "eu-north-1" },
	{ "EU (Milan)", "eu-south-1" },               { "Europe (Milan)", "eu-south-1" },
	{ "EU (Spain)", "eu-south-2" },               { "Europe (Spain)", "eu-south-2" },
	{ "EU (Ireland)", "eu-west-1" },              { "Europe (Ireland)", "eu-west-1" },
	{ "EU (London)", "eu-west-2" },               { "Europe (London)", "eu-west-2" },
	{ "EU (Paris)", "eu-west-3" },                { "Europe (Paris)", "eu-west-3" },
	{ "Israel (Tel Aviv)", "il-central-1" },      { "Middle East (UAE)", "me-central-1" },
	{ "Middle East (Bahrain)", "me-south-1" },    { "Mexico (Central)", "mx-central-1" },
	{ "South America (Sao Paulo)", "sa-east-1" }, { "US East (N. Virginia)", "us-east-1" },
	{ "US East (Ohio)", "us-east-2" },            { "AWS GovCloud (US-East)", "us-gov-east-1" },
	{ "AWS GovCloud (US-West)", "us-gov-west-1" }, { "AWS GovCloud (US)", "us-gov-west-1" },
	{ "US West (N. California)", "us-west-1" },   { "US West (Oregon)", "us-west-2" },
};

const char *aws_region_of(const char *location)
{
	for (size_t i = 0; i < CM_COUNT(regions); i++)
		if (cm_ieq(regions[i][0], location))
			return regions[i][1];
	return NULL;
}

/* ---- terms -------------------------------------------------------------------------------------- */

int aws_months(const char *length)
{
	char *unit;
	const long n = strtol(length, &unit, 10);

	if (unit == length || n < 1 || n > 10)
		return 0;
	unit += strspn(unit, " ");
	return cm_ieq(unit, "yr") || cm_ieq(unit, "year") || cm_ieq(unit, "years") ? (int)n * 12 : 0;
}

const char *aws_payment(const char *option)
{
	static const char *const spelt[][2] = { { "noupfront", "none" }, { "partialupfront", "partial" },
						{ "allupfront", "all" } };
	char bare[24];
	size_t n = 0;

	for (; *option && n + 1 < sizeof bare; option++)
		if (*option != ' ')
			bare[n++] = *option;
	bare[n] = '\0';
	for (size_t i = 0; i < CM_COUNT(spelt); i++)
		if (cm_ieq(spelt[i][0], bare))
			return spelt[i][1];
	return NULL;
}

static bool digits(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return true;
}

void aws_date(const char *text, char out[32])
{
	if (strlen(text) == 10 && digits(text, 2) && text[2] == '/' && digits(text + 3, 2)
		&& text[5] == '/' &&
	    digits(text + 6, 4)) {
		const bool month_first = strncmp(text + 3, "12", 2) > 0; /* 04/30/2015 */
		snprintf(out, 32, "%.4s-%.2s-%.2s", text + 6, month_first ? text : text + 3,
			 month_first ? text + 3 : text);
	} else if (strlen(text) >= 10 && digits(text, 4) && text[4] == '-' && digits(text + 5, 2)
		&& text[7] == '-' &&
		   digits(text + 8, 2)) {
		snprintf(out, 32, "%.31s", text);
	} else {
		*out = '\0';
	}
}

void aws_gib(const char *text, char out[32])
{
	size_t n = 0;

	for (; (*text >= '0' && *text <= '9') || *text == ',' || *text == '.'; text++)
		if (*text != ',' && n < 30)
			out[n++] = *text;
	out[n] = '\0';
	text += strspn(text, " ");
	if (strncmp(text, "GiB", 3) != 0)
		*out = '\0';
}

/* "Operation" codes of EC2 (AWS documentation, "AMI billing information fields", 2026). */
static const struct { const char *code, *system, *license; } operations[] = {
	{ "", "linux", "included" },              { "0002", "windows", "included" },
	{ "0800", "windows", "byol" },            { "0010", "rhel", "included" },
	{ "00g0", "rhel", "byol" },               { "1010", "rhel with ha", "included" },
	{ "000g", "suse", "included" },           { "0g00", "ubuntu pro", "included" },
	{ "0004", "linux", "included, SQL Std" }, { "0200", "linux", "included, SQL Web" },
	{ "0100", "linux", "included, SQL Ent" }, { "0006", "windows", "included, SQL Std" },
	{ "0202", "windows", "included, SQL Web" }, { "0102", "windows", "included, SQL Ent" },
	{ "0014", "rhel", "included, SQL Std" },  { "0210", "rhel", "included, SQL Web" },
	{ "0110", "rhel", "included, SQL Ent" },  { "1014", "rhel with ha", "included, SQL Std" },
	{ "1110", "rhel with ha", "included, SQL Ent" },
};

bool aws_operation(const char *operation, const char **system, const char **license)
{
	static const char plain[] = "RunInstances";

	if (strncmp(operation, plain, sizeof plain - 1) != 0)
		return false;
	operation += sizeof plain - 1;
	operation += *operation == ':';
	for (size_t i = 0; i < CM_COUNT(operations); i++)
		if (cm_ieq(operations[i].code, operation)) {
			*system = operations[i].system;
			*license = operations[i].license;
			return true;
		}
	return false;
}

void aws_system(const char *text, char *out, size_t cap)
{
	static const char red_hat[] = "Red Hat Enterprise Linux";
	const bool long_name = cm_starts(text, red_hat);
	size_t n = 0;

	if (long_name) {
		snprintf(out, cap, "rhel");
		n = 4;
		text += sizeof red_hat - 1;
	}
	for (; *text && n + 1 < cap; text++)
		out[n++] = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
	out[n] = '\0';
}

void aws_license(const char *model, const char *software, char *out, size_t cap)
{
	const char *own = cm_ieq(model, "Bring your own license") ? "byol"
			  : !*model || cm_ieq(model, "NA") ? "" : "included";
	const bool none = !*software || cm_ieq(software, "NA");

	snprintf(out, cap, "%s%s%.80s", own, none || !*own ? "" : ", ", none ? "" : software);
}

/* ---- savings plans ------------------------------------------------------------------------------ */

/* Usage types: "APE2-DedicatedUsage:r7g.medium"; the first region's have no prefix. */
static const struct { const char *word, *tenancy; bool idle; } usages[] = {
	{ "BoxUsage", "shared", false },       { "DedicatedUsage", "dedicated", false },
	{ "UnusedBox", "shared", true },       { "UnusedDed", "dedicated", true },
	{ "HostBoxUsage", "host", true },      { "SchedUsage", "shared", true },
};

enum aws_refusal aws_plan_row(const struct aws_plan_rate *rate, struct price_row *row, char months[8])
{
	const char *usage = strrchr(rate->usage, '-') && strchr(rate->usage, ':') > strrchr(rate->usage, '-')
				    ? strrchr(rate->usage, '-') + 1 : rate->usage;
	const char *colon = strchr(usage, ':'), *system = "", *license = "";
	const size_t len = colon ? (size_t)(colon - usage) : strlen(usage);
	const char *payment = aws_payment(rate->payment);
	const int n = aws_months(rate->length);
	struct dec price;
	size_t u = 0;

	if (*rate->service && strcmp(rate->service, "AmazonEC2") != 0)
		return AWS_NOT_EC2;
	while (u < CM_COUNT(usages) && (strlen(usages[u].word) != len || strncmp(usages[u].word, usage,
		len) != 0))
		u++;
	if (u == CM_COUNT(usages))
		return AWS_NOT_COMPUTE;
	if (usages[u].idle)
		return AWS_IDLE;
	if (!*rate->sku || *rate->sku == '_')
		return AWS_NO_SKU;
	if (strcmp(rate->unit, "Hrs") != 0)
		return AWS_UNIT;
	if (!*rate->currency)
		return AWS_CURRENCY;
	if (!payment || !n)
		return AWS_LEASE;
	if (!dec_parse(rate->price, &price) || price.m < 0)
		return AWS_NUMBER;
	if (price.m == 0)
		return AWS_ZERO;
	if (rate->has_operation && !aws_operation(rate->operation, &system, &license))
		return AWS_LICENSE_CODE;
	if (!*rate->type && !colon)
		return AWS_TYPE;
	snprintf(months, 8, "%d", n);
	row->provider = row->host = "aws";
	row->category = "Compute";
	row->sku = rate->sku;
	row->offer = *rate->type ? rate->type : colon + 1;
	row->region = rate->region;
	row->pricing = "Committed";
	row->term = "savings_plan";
	row->months = months;
	row->payment = payment;
	row->discount = "Spend";
	row->price = row->effective = rate->price;
	row->upfront = "0";
	row->unit = "Hours";
	row->scope = "node";
	row->tier_start = "0";
	row->currency = rate->currency;
	row->os = system;
	row->license = license;
	row->tenancy = usages[u].tenancy;
	row->capacity = "Used";
	row->basis = "listed";
	row->note = *payment == 'n' ? "" : "the rate holds the whole commitment, also what is paid at the "
		"start";
	return AWS_REFUSAL_NR;
}
