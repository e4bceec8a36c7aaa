/*
 * Devices and prices: the catalogue rows, their exact decimal money, and where each row stands.
 *
 * Rows come from vendors/X/devices.csv and vendors/X/offers.csv (and later from price_*.c sources).
 * Money keeps the decimal text of its source and its ISO 4217 currency; it becomes a double only
 * inside the cost model. Every row knows its file and line.
 */
#ifndef CM_API_PRICE_H
#define CM_API_PRICE_H

#include "api/figure.h"
#include "api/status.h"
#include "base/dec.h"

#define CM_PRICE_ABI 1

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

/* A price source plug-in: vendors/X/price_NAME.c exports `const struct price_source price_NAME`. */
struct price_ctx;
struct price_source {
	int abi;
	const char *name, *desc;
	enum cm_status (*open)(const char *path, struct price_ctx **ctx, struct cm_err *err);
	/* One row at a time, constant memory; CM_END after the last. Strings live until the next call. */
	enum cm_status (*next)(struct price_ctx *ctx, struct offer_row *row, struct cm_err *err);
	void (*close)(struct price_ctx *ctx);
};

#endif
