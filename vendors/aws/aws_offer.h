/* What the readers of AWS's price files share: why rows are left out, and their spellings of places and
 * terms. */
#ifndef CM_VENDORS_AWS_OFFER_H
#define CM_VENDORS_AWS_OFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/price.h"
#include "base/str.h"

/* X(symbol, sentence): every row that is no offer is counted under exactly one. */
#define AWS_REFUSALS(X)                                                                            \
	X(NOT_COMPUTE, "not a compute instance (storage, snapshot, transfer, dedicated host, …)")  \
	X(BROKEN, "broken line: its cells do not fit the header")                                  \
	X(NOT_REGION, "not sold in an AWS region (local zone, wavelength zone, outpost)")          \
	X(UNUSED, "UnusedCapacityReservation: what a reservation left idle costs, not a second offer") \
	X(ALLOCATED, "AllocatedCapacityReservation: 0 here, paid with the reservation")            \
	X(CAPACITY, "capacity status is not Used")                                                 \
	X(BLOCK, "capacity block: the fee is not in the file")                                     \
	X(HOST, "host tenancy: the dedicated host is what is paid")                                \
	X(TENANCY, "no tenancy is stated")                                                         \
	X(TERM, "neither on demand nor reserved")                                                  \
	X(LEASE, "reserved, but its length or payment option is not understood")                   \
	X(UNIT, "not priced by the hour")                                                          \
	X(CURRENCY, "no currency is stated")                                                       \
	X(CURRENCIES, "reserved, its two halves in two currencies")                                \
	X(NUMBER, "the price is no decimal number")                                                \
	X(ZERO, "$0: nothing is sold for nothing; paid elsewhere")                                 \
	X(SYSTEM, "no operating system is stated")                                                 \
	X(TYPE, "no instance type is stated")                                                      \
	X(HALF_ZERO, "reserved, all upfront: the $0 hourly half, told in the offer's row")         \
	X(HALF_JOINED, "reserved, partial upfront: the second half, told in the offer's row")      \
	X(HALF_ALONE, "reserved, partial upfront: its other half is not in the file")              \
	X(HALF_TWICE, "reserved, partial upfront: the same half again")                            \
	X(HALF_MANY, "reserved, partial upfront: too many offers wait for their other half")       \
	X(ALL_HOURLY, "reserved, all upfront, yet with an hourly price: contradicts itself")       \
	X(NOT_EC2, "savings plan for another service than EC2")                                    \
	X(IDLE, "savings plan rate of an idle reservation")                                        \
	X(LICENSE_CODE, "savings plan rate whose operation code (operating system) is not known")  \
	X(NO_SKU, "savings plan rate without the SKU it discounts")                                \
	X(NO_PRODUCT, "a term whose product is not in the file")                                   \
	X(LONG, "a cell of more than 1,000 bytes where a name or number belongs")

enum aws_refusal {
#define X(symbol, text) AWS_##symbol,
	AWS_REFUSALS(X)
#undef X
	AWS_REFUSAL_NR
};

struct aws_refused {
	uint64_t rows[AWS_REFUSAL_NR], first[AWS_REFUSAL_NR]; /* line of the first */
	char first_text[AWS_REFUSAL_NR][64];                  /* where places are not lines */
	struct price_refusal list[AWS_REFUSAL_NR];
	struct pool pool;
};

/* Which columns a header must have: must[i] is one's index in at[] (its place, -1 = not there) and in
 * header[] (its name). *needed: the fewest cells of a row that holds them all. */
enum cm_status aws_must_have(const unsigned *must, size_t n, const int *at, const char *const *header,
			     size_t *needed, const char *name, uint64_t line, struct cm_err *err);
void aws_refuse(struct aws_refused *r, enum aws_refusal why, uint64_t line);
/* Most rows first; borrowed until the next call. */
size_t aws_refusals(struct aws_refused *r, const char *file, const struct price_refusal **out);
void aws_refused_free(struct aws_refused *r);

/* "EU (Ireland)" → "eu-west-1"; NULL: not known. */
const char *aws_region_of(const char *location);
/* "3yr", "3 yr", "1 year" → 36, 12; 0: not understood. */
int aws_months(const char *length);
/* "Partial Upfront", "PartialUpfront" → "partial"; NULL: not understood. */
const char *aws_payment(const char *option);
/* "2025-09-12", "2023-03-01T00:00:00Z" stay; "01/05/2017" (day first) becomes "2017-05-01". */
void aws_date(const char *text, char out[32]);
/* "1,952 GiB" → "1952"; "" where it is no such amount. */
void aws_gib(const char *text, char out[32]);
/* "RunInstances:0002" → "windows" and its licence; false: not known. */
bool aws_operation(const char *operation, const char **system, const char **license);

/* operating_system, license as the canonical row has them. */
void aws_system(const char *text, char *out, size_t cap);
void aws_license(const char *model, const char *software, char *out, size_t cap);

/* A rate of a savings plan file, CSV or JSON, as text; NULL nowhere. */
struct aws_plan_rate {
	const char *sku, *service, *usage, *operation, *unit, *price, *currency, *payment, *length,
		*region, *type;
	bool has_operation;      /* false: the file states none, the system is then not told */
};
/* Fills what the rate says; AWS_REFUSAL_NR when it is an offer. months is the caller's memory. */
enum aws_refusal aws_plan_row(const struct aws_plan_rate *rate, struct price_row *row, char months[8]);

#endif
