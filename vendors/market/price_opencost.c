/*
 * OpenCost's CSV of custom prices: what somebody pays for nodes, GPUs and volumes of a cluster, per
 * hour.
 *
 * The file names no currency; OpenCost takes USD unless told otherwise, and the row says so.
 * EndTimestamp is not used by OpenCost and only noted.
 */
#include <string.h>

#include "base/price_desk.h"

enum { END, ID, REGION, CLASS, ID_FIELD, TYPE, PRICE, VERSION, COLUMNS };

static const struct desk_column columns[COLUMNS] = {
	{ "EndTimestamp", false }, { "InstanceID", true }, { "Region", false }, { "AssetClass", true },
	{ "InstanceIDField", false }, { "InstanceType", false }, { "MarketPriceHourly", true },
	  { "Version", false },
};

struct price_ctx {
	struct price_desk desk;
	int at[COLUMNS];
};

static const struct { const char *name, *scope; } classes[] = {
	{ "node", "node" }, { "gpu", "device" }, { "pv", "component" },
};

static enum cm_status record(struct price_ctx *ctx, struct cm_err *err)
{
	struct price_desk *d = &ctx->desk;
	struct csv_row row;
	const char *cell[COLUMNS];
	const enum cm_status st = csv_next(d->csv, &row, err);
	size_t k = 0;

	if (st != CM_OK)
		return st;
	if (row.cells != d->columns)
		return cm_fail_at(err, CM_EINPUT, d->name, row.line, 1,
			"%zu cells, expected %zu as in the first row",
				  row.cells, d->columns);
	for (int i = 0; i < COLUMNS; i++)
		cell[i] = desk_cell(d, &row, ctx->at[i]);
	const char *place = desk_line(d, row.line);
	while (k < CM_COUNT(classes) && !cm_ieq(classes[k].name, cell[CLASS]))
		k++;
	if (k == CM_COUNT(classes)) {
		desk_refuse(d, "a class of asset that is not node, gpu or pv", place);
		return CM_OK;
	}
	if (!money_is(cell[PRICE]) || money_is_zero(cell[PRICE]) || money_is_negative(cell[PRICE])) {
		desk_refuse(d, *cell[PRICE] ? "the price is no number above 0"
			: "no price in the row", place);
		return CM_OK;
	}
	struct price_row r = desk_row(d, place);
	r.provider = "opencost";
	r.service = "Custom prices";
	r.sku = r.offer = *cell[TYPE] ? cell[TYPE] : cell[ID];
	r.sku_price = desk_text(d, "%s/%s/%s", classes[k].name, cell[ID_FIELD], cell[ID]);
	r.region = desk_lower(d, cell[REGION]);
	r.pricing = "Standard";
	r.term = "on_demand";
	r.price = cell[PRICE];
	r.unit = k == 2 ? "GiB-Hours" : "Hours";
	r.scope = classes[k].scope;
	r.currency = "USD";
	r.basis = "quoted";
	if (k == 1) {
		r.device_text = cell[ID];
		r.devices = "1";
	}
	r.note = desk_text(d, "no currency in the file: OpenCost's USD is taken%s%s", *cell[END]
		? "; until " : "", cell[END]);
	desk_give(d, &r);
	return CM_OK;
}

static enum cm_status opencost_open(const struct price_from *from, struct price_ctx **out, struct cm_err *err)
{
	struct price_ctx *ctx = desk_open(sizeof *ctx, from, record);
	const enum cm_status st = desk_csv(&ctx->desk, columns, COLUMNS, ctx->at, err);

	if (st != CM_OK) {
		desk_close(ctx);
		return st;
	}
	*out = ctx;
	return CM_OK;
}

const struct price_source price_opencost = {
	.abi = CM_PRICE_ABI, .name = "opencost", .provider = "opencost",
	.desc = "OpenCost's custom prices (CSV): nodes, GPUs and volumes by the hour",
	.holds = (const char *const[]){ "AssetClass\nMarketPriceHourly", NULL },
	.open = opencost_open, .next = desk_next, .refused = desk_refused, .unknown = desk_unknown,
	.close = desk_close,
};
