/*
 * Devices and prices: the catalogue rows, their exact decimal money, and where each row stands.
 *
 * Rows come from vendors/X/devices.csv and vendors/X/offers.csv; price sources (vendors/X/price_*.c) fill the
 * store of imported prices.
 * Money keeps the decimal text of its source and its ISO 4217 currency; it becomes a double only
 * inside the cost model. Every row knows its file and line.
 */
#ifndef CM_API_PRICE_H
#define CM_API_PRICE_H

#include <stdbool.h>
#include <stdint.h>

#include "api/figure.h"
#include "api/status.h"
#include "base/dec.h"

#define CM_PRICE_ABI 2

/* A device as sold. NaN = not stated by the source. Rates are dense, per device. */
struct device_row {
	const char *vendor, *device;  /* "NVIDIA", "H100 SXM5 80GB" */
	const char *const *aliases;   /* NULL-ended */
	double fp64_tflops, fp64_tensor_tflops, fp32_tflops, tf32_tflops, fp16_tensor_tflops,
		bf16_tensor_tflops, fp8_tflops, fp4_tflops, int8_tops;
	double memory_gb, bandwidth_gb_s, interconnect_gb_s, tdp_w;
	const char *sparsity_note, *memory_type, *form_factor, *release_date;
	const char *source, *source_date;
	const char *file;
	size_t line;
};

/* An offer: what somebody asks for something on a date. */
struct offer_row {
	const char *vendor;     /* seller: "aws" */
	const char *offer;      /* sku or instance: "p5.48xlarge" */
	const char *device;     /* canonical device name, "" where it is none (power, staff) */
	double devices;         /* devices in one unit of the offer */
	const char *description;
	struct dec price;       /* exactly as printed */
	const char *price_text;
	const char *currency;   /* ISO 4217 */
	const char *per;        /* "once", or a unit: "hour", "3 year", "kWh", "kW.month", … */
	const char *term;       /* "purchase", "on demand", "reserved 1y", "spot", … */
	const char *region;
	enum cm_basis basis;    /* listed, quoted, published, assumed */
	const char *source, *effective, *retrieved, *valid_until; /* ISO dates or "" */
	const char *file;
	size_t line;
};

struct catalogue;

/* Reads every vendors/X/{devices,offers}.csv below dir (the data folder). One wrong cell is
 * CM_EINPUT with file:line:column. */
enum cm_status catalogue_load(const char *dir, struct catalogue **out, struct cm_err *err);
void catalogue_free(struct catalogue *c);
size_t catalogue_devices(const struct catalogue *c, const struct device_row **out);
size_t catalogue_offers(const struct catalogue *c, const struct offer_row **out);
/* Exact name or alias, case-insensitive, blanks and dashes alike. NULL when unknown; never guesses. */
const struct device_row *catalogue_device(const struct catalogue *c, const char *name);
/* "vendor/offer[@term][#region]": exactly one row, else CM_EINPUT with did-you-mean. */
enum cm_status catalogue_offer(const struct catalogue *c, const char *key,
			       const struct offer_row **out, struct cm_err *err);

/*
 * What a price source yields: one row = one price that somebody can buy at.
 *
 * Every column is text exactly as the source prints it, never through a binary float; "" is "not
 * stated", which is not 0. X(member, column's name in files and the store). FOCUS names where the
 * meaning fits (https://focus.finops.org, 1.3), others in lower case.
 */
#define CM_PRICE_COLUMNS(X)                                                                        \
	X(provider, "ServiceProviderName") /* who sells: "aws", a vendors/ folder where there is one */ \
	X(host, "HostProviderName")        /* on whose machines, where that is another */          \
	X(category, "ServiceCategory") X(service, "ServiceName")                                   \
	X(sku, "SkuId")                    /* one for all terms of one thing */                    \
	X(sku_price, "SkuPriceId")         /* unique with region and effective period */           \
	X(offer, "offer")                  /* what the buyer types: instance type, model id, part */ \
	X(region, "RegionId") X(zone, "AvailabilityZone") /* lower case; "" = everywhere */        \
	X(pricing, "PricingCategory")      /* Standard, Dynamic, Committed, Other */               \
	X(term, "term")                    /* on_demand, spot, reserved, savings_plan, capacity_block, \
					      calendar, committed_use, dev_test, purchase, token, \
					      tariff, rate */                                      \
	X(months, "commitment_months")     /* 12, 36 … with Committed, else 0 */                   \
	X(payment, "payment_option")       /* none, partial, all, "" = not applicable */           \
	X(discount, "CommitmentDiscountCategory") /* Usage, Spend */                               \
	X(price, "price")                  /* per PricingUnit, the recurring part only */          \
	X(upfront, "upfront_price")        /* once, for the whole term; 0 if none */               \
	X(effective, "effective_unit_price") /* derived: price + upfront / (months * 730) */       \
	X(list_price, "ListUnitPrice") X(contracted, "ContractedUnitPrice")                        \
	X(unit, "PricingUnit")             /* "Hours", "1000000 Tokens", "kWh": never a bare number */ \
	X(scope, "price_scope")            /* node, device, component, slice, token, kWh, currency */ \
	X(tier_start, "tier_start") X(tier_end, "tier_end") /* PricingUnits a month; 0, "" = flat */ \
	X(currency, "PricingCurrency")     /* ISO 4217 as published; converted at report time only */ \
	X(device_text, "device_as_written") /* the source's own name of the device, "" if it has none */ \
	X(device, "device")                /* the catalogue's name; set by the resolver, not by sources */ \
	X(devices, "devices")              /* in one unit of the offer; may be 0.125; "" if not told */ \
	X(device_memory, "device_memory_gib") X(vcpus, "vcpus")                                    \
	X(host_memory, "host_memory_gib") X(storage, "local_storage_gib")                          \
	X(os, "operating_system") X(tenancy, "tenancy") X(license, "license")                      \
	X(capacity, "capacity_status")                                                             \
	X(start, "effective_start") X(end, "effective_end") /* ISO, half open; "" end = open */    \
	X(published, "published") X(retrieved, "retrieved")                                        \
	X(basis, "basis")                  /* listed, quoted, published, assumed; derived for sums */ \
	X(source, "source")                /* address */                                           \
	X(file, "file") X(line, "line")    /* line, or JSON pointer */                             \
	X(note, "note")                    /* why a value is missing, which repair was made */

/* Strings live until the next call of next(), or longer; never NULL. */
struct price_row {
#define X(member, column) const char *member;
	CM_PRICE_COLUMNS(X)
#undef X
};

/* Rows that are not offers, by reason, so that nothing vanishes unseen. */
struct price_refusal {
	const char *reason;    /* "capacity block: the fee is not in the file" */
	uint64_t rows;
	const char *first;     /* file:line of the first such row */
};

struct stream;             /* base/stream.h: a file or pipe, unpacked */

/* Where a source reads from. */
struct price_from {
	struct stream *in;
	const char *name;      /* of the input, for messages and for the row's file */
	const char *address;   /* where it was fetched, "" when it is a file of the user's */
	const char *retrieved; /* ISO date or date-time, "" = not known */
};

struct price_ctx;

/* A price source plug-in: vendors/X/price_NAME.c exports `const struct price_source price_NAME`;
 * NAME is the FORMAT of `costmark prices import FORMAT FILE`. */
struct price_source {
	int abi;
	const char *name, *desc;
	const char *provider;  /* who sells; "" where each row says it */
	enum cm_status (*open)(const struct price_from *from, struct price_ctx **ctx,
			       struct cm_err *err);
	/* One row at a time, constant memory; CM_END after the last. A broken input is CM_EINPUT at
	 * file:line:column, and the whole import is dropped. */
	enum cm_status (*next)(struct price_ctx *ctx, struct price_row *row, struct cm_err *err);
	/* What was left out so far, most rows first; borrowed until close. */
	size_t (*refused)(struct price_ctx *ctx, const struct price_refusal **out);
	/* Columns or keys that this reader does not know, named once each; borrowed until close. */
	size_t (*unknown)(struct price_ctx *ctx, const char *const **out);
	void (*close)(struct price_ctx *ctx);
	/* How `prices import auto FILE` knows such a file: one of these stands in its first 64 KiB,
	 * unpacked; in one of several lines, each line does. NULL-ended; NULL: never by itself. */
	const char *const *holds;
	/* (optional) A row may need parts of another page: the pages of a fetch are given as one stream. */
	bool joins_pages;
};

/* ---- how a source is fetched ---------------------------------------------------------------------- */

/* What the user wants of a source. */
struct price_want {
	const char *currency;        /* ISO 4217 */
	const char *const *parts;    /* regions, clouds, vendors: what the plan's `part` names; never none */
	size_t parts_n;              /* (one "" where the plan has no parts) */
};

/* One request. Texts are copied. */
struct price_ask {
	const char *url;   /* "/path?query" below the base address, or whole but on the same host */
	const char *name;  /* keeps the answer in the cache under this file name; NULL: it is read only */
	const char *tag;   /* which part it belongs to; parts that were not asked for stay as they were */
	int step;          /* the plan's own; handed back with the answer */
	bool read;         /* more() is to see the answer */
	bool fixed; /* what lies at this address never changes: a copy at hand is not asked for again */
};

/* An answer that the plan wanted to see. */
struct price_answer {
	int step;
	const char *tag, *url;
	const char *body;       /* whole, unpacked, NUL-ended */
	size_t n;
	size_t pages, rows_before,
		first_rows; /* of this tag and step so far: answers, rows, rows of the first */
	/* set by more(), so that a page which comes twice is seen */
	size_t rows;
	char mark[65];          /* hash of the page's rows, "" = not a page */
};

/* Asks for one more thing; CM_EINPUT for an address on another host, or one that was asked for already. */
struct price_asks;
enum cm_status price_ask(struct price_asks *asks, const struct price_ask *ask, struct cm_err *err);

/* A plan: vendors/V/fetch_NAME.c exports `const struct price_fetch fetch_NAME`; it knows addresses and
 * how one leads to the next, nothing of connections, files or tables. */
struct price_fetch {
	int abi;
	const char *source;      /* the price_source that reads what it brings */
	const char *desc;
	const char *base;        /* "https://host", no slash at its end; replaced by --url */
	const char *part, *parts; /* "region", and those fetched by default, between blanks; NULL: has none */
	const char *key;         /* needed: "header NAME" or "query NAME" carries it; NULL: none */
	const char *key_from;    /* where one gets it */
	const char *holds;       /* stands in the first 64 KiB of each kept file, or it is something else */
	uint64_t most_bytes;     /* of one answer; 0 = 64 MiB */
	enum cm_status (*first)(const struct price_want *want, struct price_asks *asks, struct cm_err *err);
	/* After each answer with `read`; NULL: there are none. */
	enum cm_status (*more)(const struct price_want *want, struct price_answer *answer,
			       struct price_asks *asks, struct cm_err *err);
};

#endif
