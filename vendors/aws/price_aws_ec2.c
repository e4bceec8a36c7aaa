/*
 * AWS's EC2 offer file as CSV, regional or global: compute instances on demand and reserved, one row an
 * offer.
 *
 * Columns are bound by name, since their number and order change with region and date. A column that
 * the file lacks refuses nothing. Rows of a reserved offer come in halves, hourly and upfront, which
 * may lie far apart: the half that waits takes 40 bytes. It knows no device: AWS's price list names
 * none.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/price.h"
#include "aws_offer.h"
#include "base/csv_scan.h"
#include "base/stream.h"

/* X(symbol, header): the columns that are read. */
#define COLUMNS(X)                                                                                 \
	X(SKU, "SKU") X(TERM_CODE, "OfferTermCode") X(RATE, "RateCode") X(TERM, "TermType")        \
	X(DATE, "EffectiveDate") X(UNIT, "Unit") X(PRICE, "PricePerUnit") X(CURRENCY, "Currency")  \
	X(LENGTH, "LeaseContractLength") X(PAYMENT, "PurchaseOption") X(CLASS, "OfferingClass")    \
	X(FAMILY, "Product Family") X(LOCATION, "Location") X(LOCATION_TYPE, "Location Type")      \
	X(TYPE, "Instance Type") X(VCPU, "vCPU") X(MEMORY, "Memory") X(TENANCY, "Tenancy")         \
	X(SYSTEM, "Operating System") X(LICENSE, "License Model") X(STATUS, "CapacityStatus")      \
	X(GPU, "GPU") X(MARKET, "MarketOption") X(SOFTWARE, "Pre Installed S/W")                   \
	X(REGION, "Region Code")

enum column {
#define X(symbol, header) COL_##symbol,
	COLUMNS(X)
#undef X
	COLUMN_NR
};

static const char *const header_of[COLUMN_NR] = {
#define X(symbol, header) header,
	COLUMNS(X)
#undef X
};

/* Known, and of no use for a price: any other name is told as unknown. */
static const char *const passed_over[] = {
	"PriceDescription", "StartingRange", "EndingRange", "RelatedTo", "serviceCode", "Current Generation",
	"Instance Family", "Physical Processor", "Clock Speed", "Storage", "Network Performance",
	"Processor Architecture", "Storage Media", "Volume Type", "Max Volume Size", "Max IOPS/volume",
	"Max IOPS Burst Performance", "Max throughput/volume", "Provisioned", "EBS Optimized", "Group",
	"Group Description", "Transfer Type", "From Location", "From Location Type", "To Location",
	"To Location Type", "usageType", "operation", "AvailabilityZone", "ClassicNetworkingSupport",
	"Dedicated EBS Throughput", "ECU", "Elastic Graphics Type", "Enhanced Networking Supported",
	"From Region Code", "GPU Memory", "Instance", "instanceSKU", "Intel AVX2 Available",
	"Intel AVX Available",
	"Intel Turbo Available", "Normalization Size Factor", "Physical Cores", "Processor Features",
	"Product Type",
	"Resource Type", "serviceName", "SnapshotArchiveFeeType", "To Region Code", "Volume API Name",
	"VPCNetworkingSupport",
};

#define MOST_WAITING ((size_t)900000) /* 40 bytes each: 36 MB and the table's slack */
#define LONGEST_CELL 1000
#define MOST_BEFORE_HEADER 64

struct half { /* of a reserved offer, waiting for the other; hash 0 = free */
	uint64_t hash;
	uint32_t check, upfront; /* more of the hash; is it the upfront half? */
	uint32_t line;
	char price[20];
};

struct price_ctx {
	struct csv_scan *scan;
	struct csv_view row;
	const struct price_from *from;
	char *name, *address, *retrieved, *published;
	int at[COLUMN_NR];           /* place of each column, -1 = the file has none */
	size_t header_cells, needed; /* cells that a row must have at least */
	struct pool names;
	const char **unknown;
	size_t unknowns, unknown_cap;
	struct aws_refused refused;
	struct half *half;           /* open addressing */
	size_t halves, half_cap;
	/* the row handed out */
	char cell[COLUMN_NR][LONGEST_CELL + 1];
	char system[LONGEST_CELL + 1], license[128], region[LONGEST_CELL + 1], date[32], memory[32],
		months[8];
	char line[24], note[160], sku_price[2 * LONGEST_CELL + 2], waited[20];
	uint64_t waited_line;
};

/* ---- the header --------------------------------------------------------------------------------- */

static bool known(const char *name)
{
	if (cm_starts(name, "Instance Capacity - "))
		return true;
	for (size_t i = 0; i < CM_COUNT(passed_over); i++)
		if (cm_ieq(passed_over[i], name))
			return true;
	return false;
}

static void bind_column(struct price_ctx *c, size_t i, const char *name)
{
	for (size_t k = 0; k < COLUMN_NR; k++)
		if (cm_ieq(header_of[k], name)) {
			if (c->at[k] < 0)
				c->at[k] = (int)i;
			return;
		}
	if (!*name || known(name))
		return;
	CM_PUSH(c->unknown, c->unknowns, c->unknown_cap);
	c->unknown[c->unknowns++] = pool_dup(&c->names, name);
}

static void trimmed(const struct csv_view *row, size_t i, char *buf, size_t cap)
{
	csv_view_text(row, i, buf, cap);
	size_t n = strlen(buf), lead = strspn(buf, " \t");
	while (n > lead && (buf[n - 1] == ' ' || buf[n - 1] == '\t'))
		n--;
	memmove(buf, buf + lead, n - lead);
	buf[n - lead] = '\0';
}

/* Is this the header? Metadata before it is read on the way. */
static bool is_header(struct price_ctx *c)
{
	char name[128];
	bool sku = false, price = false;

	for (size_t i = 0; i < c->row.cells; i++) {
		trimmed(&c->row, i, name, sizeof name);
		sku |= cm_ieq(name, "SKU");
		price |= cm_ieq(name, "PricePerUnit");
		if (i == 0 && cm_ieq(name, "Publication Date") && c->row.cells > 1) {
			trimmed(&c->row, 1, name, sizeof name);
			free(c->published);
			c->published = cm_strdup(name);
		}
	}
	return sku && price;
}

static enum cm_status find_header(struct price_ctx *c, struct cm_err *err)
{
	/* Without these there is no offer; the others may be missing. */
	static const unsigned must[] = { COL_SKU, COL_PRICE, COL_TERM, COL_UNIT, COL_TYPE };
	char name[128];
	enum cm_status st;

	for (int i = 0; i < MOST_BEFORE_HEADER; i++) {
		st = csv_scan_next(c->scan, &c->row, err);
		if (st == CM_END)
			break;
		if (st)
			return st;
		if (!is_header(c))
			continue;
		c->header_cells = c->row.cells;
		for (size_t k = 0; k < c->row.cells; k++) {
			trimmed(&c->row, k, name, sizeof name);
			bind_column(c, k, name);
		}
		return aws_must_have(must, CM_COUNT(must), c->at, header_of, &c->needed, c->name,
				     c->row.line, err);
	}
	return cm_fail(err, CM_EINPUT, "%s: no header with SKU and PricePerUnit in its first rows; "
		"expected an EC2 offer "
		       "file as CSV (JSON is aws_ec2_json, savings plans are aws_savings_plan)", c->name);
}

static void ec2_close(struct price_ctx *c)
{
	if (!c)
		return;
	csv_scan_close(c->scan);
	free(c->half);
	free(c->name);
	free(c->address);
	free(c->retrieved);
	free(c->published);
	free(c->unknown);
	pool_free(&c->names);
	aws_refused_free(&c->refused);
	free(c);
}

static enum cm_status ec2_open(const struct price_from *from, struct price_ctx **out, struct cm_err *err)
{
	struct price_ctx *c = cm_alloc(sizeof *c);

	c->from = from;
	c->name = cm_strdup(from->name);
	c->address = cm_strdup(from->address);
	c->retrieved = cm_strdup(from->retrieved);
	c->published = cm_strdup("");
	for (size_t k = 0; k < COLUMN_NR; k++)
		c->at[k] = -1;
	c->scan = csv_scan_open(from->in);
	const enum cm_status st = find_header(c, err);
	if (st)
		ec2_close(c);
	else
		*out = c;
	return st;
}

/* ---- cells -------------------------------------------------------------------------------------- */

/* A cell without blanks around it; len 0 where the row or the file lacks it. */
static inline const char *peek(const struct price_ctx *c, enum column k, size_t *len)
{
	const int at = c->at[k];

	*len = 0;
	if (at < 0 || (size_t)at >= c->row.cells)
		return "";
	const char *p = csv_view_raw(&c->row, (size_t)at, len);
	while (*len && (*p == ' ' || *p == '\t')) {
		p++;
		--*len;
	}
	while (*len && (p[*len - 1] == ' ' || p[*len - 1] == '\t'))
		--*len;
	return p;
}

static inline bool is(const struct price_ctx *c, enum column k, const char *text)
{
	size_t len;
	const char *p = peek(c, k, &len);

	return len == strlen(text) && !memcmp(p, text, len);
}

/* True too where the file has no such column: what is absent cannot refuse. */
static inline bool is_or_absent(const struct price_ctx *c, enum column k, const char *text)
{
	return c->at[k] < 0 || is(c, k, text);
}

static inline bool empty(const struct price_ctx *c, enum column k)
{
	size_t len;

	peek(c, k, &len);
	return len == 0;
}

static bool copy_cells(struct price_ctx *c)
{
	for (size_t k = 0; k < COLUMN_NR; k++) {
		size_t len;
		const char *p = peek(c, k, &len);
		if (len > LONGEST_CELL)
			return false;
		memcpy(c->cell[k], p, len);
		c->cell[k][len] = '\0';
	}
	return true;
}

/* ---- what is no offer --------------------------------------------------------------------------- */

#define OFFER AWS_REFUSAL_NR /* not refused */

/* The filter, cheapest and commonest first, on cells as they lie in the buffer. */
static enum aws_refusal look(const struct price_ctx *c)
{
	size_t len;

	if (c->row.cells < c->needed || c->row.cells > c->header_cells)
		return AWS_BROKEN;
	const char *family = peek(c, COL_FAMILY, &len);
	if (c->at[COL_FAMILY] >= 0 && !(len >= 16 && !memcmp(family, "Compute Instance", 16) &&
					(len == 16 || is(c, COL_FAMILY, "Compute Instance (bare metal)"))))
		return AWS_NOT_COMPUTE;
	if (is(c, COL_STATUS, "UnusedCapacityReservation"))
		return AWS_UNUSED;
	if (is(c, COL_STATUS, "AllocatedCapacityReservation"))
		return AWS_ALLOCATED;
	if (is(c, COL_MARKET, "CapacityBlock"))
		return AWS_BLOCK;
	if (!is_or_absent(c, COL_LOCATION_TYPE, "AWS Region"))
		return AWS_NOT_REGION;
	if (is(c, COL_TENANCY, "Host"))
		return AWS_HOST;
	if (!is_or_absent(c, COL_STATUS, "Used"))
		return AWS_CAPACITY;
	if (c->at[COL_TENANCY] >= 0 && empty(c, COL_TENANCY))
		return AWS_TENANCY;
	if (empty(c, COL_TYPE) || empty(c, COL_SKU))
		return AWS_TYPE;
	if (c->at[COL_SYSTEM] >= 0 && (empty(c, COL_SYSTEM) || is(c, COL_SYSTEM, "NA")))
		return AWS_SYSTEM;
	if (c->at[COL_CURRENCY] >= 0 && empty(c, COL_CURRENCY))
		return AWS_CURRENCY;
	return OFFER;
}

/* ---- halves of reserved offers ------------------------------------------------------------------ */

static uint64_t hash_more(uint64_t h, const char *s)
{
	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3u; /* FNV-1a */
	return (h ^ '|') * 0x100000001b3u;
}

static void hash_of(const struct price_ctx *c, uint64_t *hash, uint32_t *check)
{
	const uint64_t h = hash_more(hash_more(hash_more(0xcbf29ce484222325u, c->cell[COL_SKU]),
					       c->cell[COL_TERM_CODE]), c->cell[COL_CURRENCY]);
	const uint64_t other = hash_more(hash_more(0x9e3779b97f4a7c15u, c->cell[COL_TERM_CODE]),
		c->cell[COL_SKU]);

	*hash = h ? h : 1;
	*check = (uint32_t)(other >> 32);
}

static size_t place_of(const struct price_ctx *c, uint64_t hash, uint32_t check)
{
	size_t i = (size_t)(hash ^ hash >> 32) & (c->half_cap - 1);

	while (c->half[i].hash && (c->half[i].hash != hash || c->half[i].check != check))
		i = (i + 1) & (c->half_cap - 1);
	return i;
}

static void grow(struct price_ctx *c)
{
	struct half *old = c->half;
	const size_t n = c->half_cap;

	c->half_cap = n ? 2 * n : 1024;
	c->half = cm_alloc(c->half_cap * sizeof *c->half);
	for (size_t i = 0; i < n; i++)
		if (old[i].hash)
			c->half[place_of(c, old[i].hash, old[i].check)] = old[i];
	free(old);
}

/* Closes the gap, so that no search stops early. */
static void take_out(struct price_ctx *c, size_t i)
{
	const size_t mask = c->half_cap - 1;

	c->halves--;
	for (size_t k = (i + 1) & mask; c->half[k].hash; k = (k + 1) & mask) {
		const size_t home = (size_t)(c->half[k].hash ^ c->half[k].hash >> 32) & mask;
		if (((k - home) & mask) >= ((k - i) & mask)) {
			c->half[i] = c->half[k];
			i = k;
		}
	}
	c->half[i].hash = 0;
}

/* OFFER: both halves are here now, the other's price in c->waited. AWS_HALF_JOINED: this one waits. */
static enum aws_refusal join(struct price_ctx *c, bool upfront)
{
	uint64_t hash;
	uint32_t check;

	if (strlen(c->cell[COL_PRICE]) >= sizeof c->half->price || c->row.line > UINT32_MAX)
		return AWS_NUMBER;
	if (5 * (c->halves + 1) > 4 * c->half_cap)
		grow(c);
	hash_of(c, &hash, &check);
	const size_t i = place_of(c, hash, check);
	if (c->half[i].hash) {
		if (c->half[i].upfront == upfront)
			return AWS_HALF_TWICE;
		memcpy(c->waited, c->half[i].price, sizeof c->waited);
		c->waited_line = c->half[i].line;
		take_out(c, i);
		return OFFER;
	}
	if (c->halves >= MOST_WAITING)
		return AWS_HALF_MANY;
	c->half[i] = (struct half){ .hash = hash, .check = check, .upfront = upfront,
				    .line = (uint32_t)c->row.line };
	memcpy(c->half[i].price, c->cell[COL_PRICE], strlen(c->cell[COL_PRICE]) + 1);
	c->halves++;
	return AWS_HALF_JOINED;
}

/* ---- the row ------------------------------------------------------------------------------------ */

static void common(struct price_ctx *c, struct price_row *r)
{
	const char *code = c->cell[COL_REGION];

	if (!*code)
		code = aws_region_of(c->cell[COL_LOCATION]);
	snprintf(c->region, sizeof c->region, "%s", code ? code : c->cell[COL_LOCATION]);
	for (char *p = c->region; *p; p++)
		*p = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
	aws_date(c->cell[COL_DATE], c->date);
	aws_gib(c->cell[COL_MEMORY], c->memory);
	aws_system(c->cell[COL_SYSTEM], c->system, sizeof c->system);
	aws_license(c->cell[COL_LICENSE], c->cell[COL_SOFTWARE], c->license, sizeof c->license);
	for (char *p = c->cell[COL_TENANCY]; *p; p++)
		*p = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
	snprintf(c->line, sizeof c->line, "%" PRIu64, c->row.line);
	c->note[0] = '\0';
	if (!code && *c->cell[COL_LOCATION])
		snprintf(c->note, sizeof c->note, "the region is the file's own word for the place, which "
			"has no code here");
	const char *gpus = c->cell[COL_GPU];
	const bool none = !strcmp(gpus, "NA") || !strcmp(gpus, "0");

	r->provider = r->host = "aws";
	r->category = "Compute";
	r->service = "AmazonEC2";
	r->sku = c->cell[COL_SKU];
	r->sku_price = c->cell[COL_RATE];
	r->offer = c->cell[COL_TYPE];
	r->region = c->region;
	r->pricing = "Standard";
	r->term = "on_demand";
	r->months = "0";
	r->price = c->cell[COL_PRICE];
	r->upfront = "0";
	r->unit = "Hours";
	r->scope = "node";
	r->tier_start = "0";
	r->currency = *c->cell[COL_CURRENCY] ? c->cell[COL_CURRENCY] : "USD";
	r->devices = none ? "" : gpus;
	r->vcpus = c->cell[COL_VCPU];
	r->host_memory = c->memory;
	r->os = c->system;
	r->tenancy = c->cell[COL_TENANCY];
	r->license = c->license;
	r->capacity = c->cell[COL_STATUS];
	r->start = c->date;
	r->published = c->published;
	r->retrieved = c->retrieved;
	r->basis = "listed";
	r->source = c->address;
	r->file = c->name;
	r->line = c->line;
	r->note = c->note;
}

static enum aws_refusal on_demand(struct price_ctx *c, struct price_row *r)
{
	struct dec price;

	if (!is(c, COL_UNIT, "Hrs"))
		return AWS_UNIT;
	if (!copy_cells(c))
		return AWS_LONG;
	if (!dec_parse(c->cell[COL_PRICE], &price) || price.m < 0)
		return AWS_NUMBER;
	if (price.m == 0)
		return AWS_ZERO;
	common(c, r);
	r->list_price = r->price;
	return OFFER;
}

/* Payment and length say which halves there are; the code of the term says the same, by region's own
 * spelling. */
static enum aws_refusal reserved(struct price_ctx *c, struct price_row *r)
{
	const bool upfront = is(c, COL_UNIT, "Quantity");
	struct dec price;

	if (!upfront && !is(c, COL_UNIT, "Hrs"))
		return AWS_UNIT;
	if (!copy_cells(c))
		return AWS_LONG;
	const int months = aws_months(c->cell[COL_LENGTH]);
	const char *payment = aws_payment(c->cell[COL_PAYMENT]);
	if (!months || !payment)
		return AWS_LEASE;
	if (!dec_parse(c->cell[COL_PRICE], &price) || price.m < 0)
		return AWS_NUMBER;
	if (*payment == 'a' && !upfront)
		return price.m ? AWS_ALL_HOURLY : AWS_HALF_ZERO;
	if (*payment == 'n' && upfront)
		return AWS_LEASE;
	if (price.m == 0)
		return AWS_ZERO;
	const enum aws_refusal st = *payment == 'p' ? join(c, upfront) : OFFER;
	if (st != OFFER)
		return st;
	common(c, r);
	snprintf(c->months, sizeof c->months, "%d", months);
	snprintf(c->sku_price, sizeof c->sku_price, "%s.%s", c->cell[COL_SKU], c->cell[COL_TERM_CODE]);
	const size_t n = strlen(c->note);
	snprintf(c->note + n, sizeof c->note - n, "%soffering class %.40s", n ? "; " : "",
		 *c->cell[COL_CLASS] ? c->cell[COL_CLASS] : "not stated");
	if (*payment == 'p') {
		const size_t m = strlen(c->note);
		snprintf(c->note + m, sizeof c->note - m, "; %s half at line %" PRIu64, upfront ? "hourly"
			: "upfront",
			 c->waited_line);
	}
	if (cm_ieq(c->cell[COL_CLASS], "convertible"))
		r->service = "AmazonEC2, convertible"; /* another price for the same term */
	r->pricing = "Committed";
	r->term = "reserved";
	r->months = c->months;
	r->payment = payment;
	r->discount = "Usage";
	r->sku_price = c->sku_price;
	r->price = *payment == 'n' ? c->cell[COL_PRICE] : *payment == 'a' ? "0" : upfront ? c->waited
		   : c->cell[COL_PRICE];
	r->upfront = *payment == 'n' ? "0" : upfront ? c->cell[COL_PRICE] : c->waited;
	return OFFER;
}

/* Halves whose other half never came: each is a row of the file, so each is counted. */
static void count_alone(struct price_ctx *c)
{
	uint64_t first = UINT64_MAX;

	for (size_t i = 0; i < c->half_cap; i++)
		if (c->half[i].hash) {
			c->refused.rows[AWS_HALF_ALONE]++;
			c->refused.rows[AWS_HALF_JOINED]--;
			first = c->half[i].line < first ? c->half[i].line : first;
		}
	if (first != UINT64_MAX)
		c->refused.first[AWS_HALF_ALONE] = first;
	free(c->half);
	c->half = NULL;
	c->half_cap = c->halves = 0;
}

static enum cm_status ec2_next(struct price_ctx *c, struct price_row *row, struct cm_err *err)
{
	for (;;) {
		const enum cm_status st = csv_scan_next(c->scan, &c->row, err);
		if (st == CM_END)
			count_alone(c);
		if (st)
			return st;
		enum aws_refusal why = look(c);
		if (why == OFFER)
			why = is(c, COL_TERM, "OnDemand") ? on_demand(c, row)
			      : is(c, COL_TERM, "Reserved") ? reserved(c, row) : AWS_TERM;
		if (why == OFFER)
			return CM_OK;
		aws_refuse(&c->refused, why, c->row.line);
	}
}

static size_t ec2_refused(struct price_ctx *c, const struct price_refusal **out)
{
	return aws_refusals(&c->refused, c->name, out);
}

static size_t ec2_unknown(struct price_ctx *c, const char *const **out)
{
	*out = c->unknown;
	return c->unknowns;
}

const struct price_source price_aws_ec2 = {
	.abi = CM_PRICE_ABI,
	.name = "aws_ec2",
	.desc = "AWS Price List, EC2 offer file as CSV: on demand and reserved",
	.holds = (const char *const[]){ "OfferTermCode\nRateCode", NULL },
	.provider = "aws",
	.open = ec2_open,
	.next = ec2_next,
	.refused = ec2_refused,
	.unknown = ec2_unknown,
	.close = ec2_close,
};
