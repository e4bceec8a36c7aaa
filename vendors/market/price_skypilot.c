/*
 * SkyPilot's catalogue CSVs: instance types of many clouds with on-demand and spot prices in USD an
 * hour.
 *
 * Files have no date, term, currency or seller in them: the file's commit is its date, and the
 * seller is the name of the folder that it comes from (…/catalogs/v7/nebius/vms.csv), or of the
 * file (nebius_vms.csv). Empty is unknown, never 0. On GCP a row is a host or a device, and a
 * machine costs both. The memory in GpuInfo is often the host's and is not read.
 */
#include <stdlib.h>
#include <string.h>

#include "base/price_desk.h"

enum { TYPE, CPUS, MEMORY, ACCELERATOR, COUNT, INFO, REGION, ZONE, PRICE, SPOT, GENERATION, ARCH, COLUMNS };

static const struct desk_column columns[COLUMNS] = {
	{ "InstanceType", true }, { "vCPUs", true }, { "MemoryGiB", true }, { "AcceleratorName", true },
	{ "AcceleratorCount", true }, { "GpuInfo", false }, { "Region", true },
	{ "AvailabilityZone", false }, { "Price", true }, { "SpotPrice", false },
	{ "Generation", false }, { "Arch", false },
};

struct price_ctx {
	struct price_desk desk;
	int at[COLUMNS];
	const char *provider;
};

static bool is_mark(char c)
{
	return c == '/' || c == '_' || c == '-' || c == '.';
}

/* The cloud of ".../nebius/vms.csv" or "nebius_vms.csv", in an address or a name. */
static const char *provider_of(struct price_desk *d, const char *path)
{
	const char *vms = strstr(path, "vms.csv");

	if (!vms || vms == path || !is_mark(vms[-1]))
		return "";
	const char *end = vms - 1, *begin = end;
	while (begin > path && !is_mark(begin[-1]))
		begin--;
	char *name = cm_strndup(begin, (size_t)(end - begin));
	const char *kept = pool_dup(&d->pool, desk_lower(d, name));
	free(name);
	return strcmp(kept, "oci") == 0 ? "oracle" : kept;
}

/* "8.0" is 8 and "1.0" is 1; 0.167 stays. */
static const char *count_text(struct price_desk *d, const char *cell)
{
	const char *point = strchr(cell, '.');

	if (!point || strspn(point + 1, "0") != strlen(point + 1))
		return cell;
	return desk_text(d, "%.*s", (int)(point - cell), cell);
}

/* One price of the row under one term. */
static void give(struct price_desk *d, struct price_row r, const char *price, bool spot, const char *type)
{
	if (!*price) {
		if (!spot)
			desk_refuse(d, "no on-demand price in the row: unknown, not 0", r.line);
		return;
	}
	if (!money_is(price) || money_is_negative(price)) {
		desk_refuse(d, "the price is no number", r.line);
		return;
	}
	if (money_is_zero(price) && spot) {
		desk_refuse(d, "spot price 0.00: unknown", r.line);
		return;
	}
	if (money_is_zero(price) && *type && strcmp(r.scope, "node") == 0 && !*r.device_text) {
		r.note = "host row at 0: the device row holds the host's price";
	} else if (money_is_zero(price)) {
		desk_refuse(d, "price 0 without a reason", r.line);
		return;
	}
	r.price = price;
	r.pricing = spot ? "Dynamic" : "Standard";
	r.term = spot ? "spot" : "on_demand";
	r.sku_price = desk_text(d, "%s/%s", r.sku, r.term);
	desk_give(d, &r);
}

static enum cm_status record(struct price_ctx *ctx, struct cm_err *err)
{
	struct price_desk *d = &ctx->desk;
	struct csv_row row;
	enum cm_status st = csv_next(d->csv, &row, err);

	if (st != CM_OK)
		return st;
	const char *place = desk_line(d, row.line), *cell[COLUMNS];
	/* Azure writes "V1,V2" of the last column without quotes: cells after it are its own. */
	const bool torn = row.cells > d->columns && ctx->at[GENERATION] == (int)d->columns - 1;
	if (row.cells != d->columns && !torn) {
		desk_refuse(d, "the row has not as many cells as there are columns", place);
		return CM_OK;
	}
	for (int i = 0; i < COLUMNS; i++)
		cell[i] = desk_cell(d, &row, ctx->at[i]);
	struct price_row r = desk_row(d, place);
	r.provider = ctx->provider;
	r.host = strcmp(ctx->provider, "runpod") == 0 || strcmp(ctx->provider, "mithril") == 0 ? ""
		: r.provider;
	r.basis = "published";
	r.service = "Virtual machines";
	r.region = desk_lower(d, cell[REGION]);
	r.zone = desk_lower(d, cell[ZONE]);
	r.device_text = cell[ACCELERATOR];
	r.devices = *cell[ACCELERATOR] ? count_text(d, cell[COUNT]) : "";
	r.vcpus = cell[CPUS];
	r.host_memory = cell[MEMORY];
	r.unit = "Hours";
	r.currency = "USD";
	r.scope = *cell[TYPE] ? "node" : "device";
	r.offer = *cell[TYPE] ? cell[TYPE] : cell[ACCELERATOR];
	r.note = torn ? "two generations in one cell without quotes" : "";
	if (!*r.offer) {
		desk_refuse(d, "neither a type nor a device", place);
		return CM_OK;
	}
	if (!*cell[TYPE]) /* the price is of all devices of the row together, without a host */
		r.note = desk_text(d, "the price of %s devices without their host", *r.devices
			? r.devices : "?");
	r.sku = *cell[TYPE] ? r.offer : desk_text(d, "%s x%s", r.offer, r.devices);
	give(d, r, cell[PRICE], false, cell[TYPE]);
	give(d, r, cell[SPOT], true, cell[TYPE]);
	return CM_OK;
}

static enum cm_status skypilot_open(const struct price_from *from, struct price_ctx **out, struct cm_err *err)
{
	struct price_ctx *ctx = desk_open(sizeof *ctx, from, record);
	struct price_desk *d = &ctx->desk;
	const enum cm_status st = desk_csv(d, columns, COLUMNS, ctx->at, err);

	if (st != CM_OK) {
		desk_close(ctx);
		return st;
	}
	ctx->provider = provider_of(d, d->address);
	if (!*ctx->provider)
		ctx->provider = provider_of(d, d->name);
	if (!*ctx->provider)
		ctx->provider = "skypilot"; /* a pipe: nothing tells the seller */
	*out = ctx;
	return CM_OK;
}

const struct price_source price_skypilot = {
	.abi = CM_PRICE_ABI, .name = "skypilot", .provider = "",
	.desc = "SkyPilot's catalogue (CLOUD/vms.csv): on demand and spot of instances",
	.holds = (const char *const[]){ "InstanceType\nAcceleratorName\nAcceleratorCount", NULL },
	.open = skypilot_open, .next = desk_next, .refused = desk_refused, .unknown = desk_unknown,
	.close = desk_close,
};
