/*
 * AWS's savings plan offer file as CSV: one row a rate of EC2 under a plan, told apart by the SKU it
 * discounts.
 *
 * The same instance type has a rate for each operating system and licence; the operation's code says
 * which. A rate holds the whole commitment: what is paid at the start is a matter of when, not of how
 * much.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/price.h"
#include "aws_offer.h"
#include "base/csv_scan.h"

#define COLUMNS(X)                                                                                 \
	X(RATE, "RateCode") X(UNIT, "Unit") X(DATE, "EffectiveDate") X(PRICE, "DiscountedRate")    \
	X(CURRENCY, "Currency") X(SKU, "DiscountedSKU") X(SERVICE, "DiscountedServiceCode")        \
	X(USAGE, "DiscountedUsageType") X(OPERATION, "DiscountedOperation")                        \
	X(PAYMENT, "PurchaseOption") X(LENGTH, "LeaseContractLength")                              \
	X(LENGTH_UNIT, "LeaseContractLengthUnit") X(FAMILY, "Product Family")                      \
	X(REGION, "DiscountedRegionCode") X(TYPE, "DiscountedInstanceType")

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

static const char *const passed_over[] = { "SKU", "ServiceCode", "UsageType", "Operation", "Description",
					   "Instance Family", "Location", "Location Type", "Granularity" };

#define LONGEST_CELL 500
#define MOST_BEFORE_HEADER 64

struct price_ctx {
	struct csv_scan *scan;
	struct csv_view row;
	char *name, *address, *retrieved, published[64];
	int at[COLUMN_NR];
	size_t header_cells, needed;
	struct pool names;
	const char **unknown;
	size_t unknowns, unknown_cap;
	struct aws_refused refused;
	char cell[COLUMN_NR][LONGEST_CELL];
	char months[8], line[24], date[32];
};

/* ---- the header --------------------------------------------------------------------------------- */

static int column_of(const char *name)
{
	for (size_t k = 0; k < COLUMN_NR; k++)
		if (cm_ieq(header_of[k], name))
			return (int)k;
	return -1;
}

static void bind_column(struct price_ctx *c, size_t i, const char *name)
{
	const int k = column_of(name);

	if (k >= 0) {
		if (c->at[k] < 0)
			c->at[k] = (int)i;
		return;
	}
	for (size_t p = 0; p < CM_COUNT(passed_over); p++)
		if (!*name || cm_ieq(passed_over[p], name))
			return;
	CM_PUSH(c->unknown, c->unknowns, c->unknown_cap);
	c->unknown[c->unknowns++] = pool_dup(&c->names, name);
}

static enum cm_status find_header(struct price_ctx *c, struct cm_err *err)
{
	static const unsigned must[] = { COL_PRICE, COL_SKU, COL_PAYMENT, COL_LENGTH, COL_USAGE };
	char name[128];

	for (int i = 0; i < MOST_BEFORE_HEADER; i++) {
		const enum cm_status st = csv_scan_next(c->scan, &c->row, err);
		bool rate = false;
		if (st == CM_END)
			break;
		if (st)
			return st;
		csv_view_text(&c->row, 0, name, sizeof name);
		if (cm_ieq(name, "Publication Date") && c->row.cells > 1)
			csv_view_text(&c->row, 1, c->published, sizeof c->published);
		for (size_t k = 0; k < c->row.cells; k++) {
			csv_view_text(&c->row, k, name, sizeof name);
			rate |= cm_ieq(name, header_of[COL_PRICE]);
		}
		if (!rate)
			continue;
		c->header_cells = c->row.cells;
		for (size_t k = 0; k < c->row.cells; k++) {
			csv_view_text(&c->row, k, name, sizeof name);
			bind_column(c, k, name);
		}
		return aws_must_have(must, CM_COUNT(must), c->at, header_of, &c->needed, c->name,
				     c->row.line, err);
	}
	return cm_fail(err, CM_EINPUT, "%s: no header with DiscountedRate in its first rows; expected a "
		"savings plan offer "
		       "file as CSV", c->name);
}

static void plan_close(struct price_ctx *c)
{
	if (!c)
		return;
	csv_scan_close(c->scan);
	free(c->name);
	free(c->address);
	free(c->retrieved);
	free(c->unknown);
	pool_free(&c->names);
	aws_refused_free(&c->refused);
	free(c);
}

static enum cm_status plan_open(const struct price_from *from, struct price_ctx **out, struct cm_err *err)
{
	struct price_ctx *c = cm_alloc(sizeof *c);

	c->name = cm_strdup(from->name);
	c->address = cm_strdup(from->address);
	c->retrieved = cm_strdup(from->retrieved);
	for (size_t k = 0; k < COLUMN_NR; k++)
		c->at[k] = -1;
	c->scan = csv_scan_open(from->in);
	const enum cm_status st = find_header(c, err);
	if (st)
		plan_close(c);
	else
		*out = c;
	return st;
}

/* ---- rows --------------------------------------------------------------------------------------- */

static bool copy_cells(struct price_ctx *c)
{
	for (size_t k = 0; k < COLUMN_NR; k++) {
		c->cell[k][0] = '\0';
		if (c->at[k] >= 0 && (size_t)c->at[k] < c->row.cells &&
		    !csv_view_text(&c->row, (size_t)c->at[k], c->cell[k], LONGEST_CELL))
			return false;
		for (size_t n = strlen(c->cell[k]); n && c->cell[k][n - 1] == ' '; n--)
			c->cell[k][n - 1] = '\0';
	}
	return true;
}

#define OFFER AWS_REFUSAL_NR

static enum aws_refusal take(struct price_ctx *c, struct price_row *r)
{
	if (c->row.cells < c->needed || c->row.cells > c->header_cells)
		return AWS_BROKEN;
	if (!copy_cells(c))
		return AWS_LONG;
	char length[2 * LONGEST_CELL + 2];
	snprintf(length, sizeof length, "%s %s", c->cell[COL_LENGTH], *c->cell[COL_LENGTH_UNIT] ?
		 c->cell[COL_LENGTH_UNIT] : "year");
	const struct aws_plan_rate rate = {
		.sku = c->cell[COL_SKU], .service = c->cell[COL_SERVICE], .usage = c->cell[COL_USAGE],
		.operation = c->cell[COL_OPERATION], .has_operation = c->at[COL_OPERATION] >= 0,
		.unit = c->at[COL_UNIT] < 0 ? "Hrs" : c->cell[COL_UNIT], .price = c->cell[COL_PRICE],
		.currency = c->at[COL_CURRENCY] < 0 ? "USD" : c->cell[COL_CURRENCY],
		.payment = c->cell[COL_PAYMENT], .length = length, .region = c->cell[COL_REGION],
		.type = c->cell[COL_TYPE],
	};
	const enum aws_refusal why = aws_plan_row(&rate, r, c->months);
	if (why != OFFER)
		return why;
	aws_date(c->cell[COL_DATE], c->date);
	snprintf(c->line, sizeof c->line, "%" PRIu64, c->row.line);
	r->service = c->cell[COL_FAMILY];
	r->sku_price = c->cell[COL_RATE];
	r->start = c->date;
	r->published = c->published;
	r->retrieved = c->retrieved;
	r->source = c->address;
	r->file = c->name;
	r->line = c->line;
	return OFFER;
}

static enum cm_status plan_next(struct price_ctx *c, struct price_row *row, struct cm_err *err)
{
	for (;;) {
		const enum cm_status st = csv_scan_next(c->scan, &c->row, err);
		if (st)
			return st;
		const enum aws_refusal why = take(c, row);
		if (why == OFFER)
			return CM_OK;
		aws_refuse(&c->refused, why, c->row.line);
	}
}

static size_t plan_refused(struct price_ctx *c, const struct price_refusal **out)
{
	return aws_refusals(&c->refused, c->name, out);
}

static size_t plan_unknown(struct price_ctx *c, const char *const **out)
{
	*out = c->unknown;
	return c->unknowns;
}

const struct price_source price_aws_savings_plan = {
	.abi = CM_PRICE_ABI,
	.name = "aws_savings_plan",
	.desc = "AWS Price List, savings plan offer file as CSV: EC2 rates under a plan",
	.holds = (const char *const[]){ "DiscountedSKU\nDiscountedUsageType", NULL },
	.provider = "aws",
	.open = plan_open,
	.next = plan_next,
	.refused = plan_refused,
	.unknown = plan_unknown,
	.close = plan_close,
};
