/*
 * Lists of rented devices that somebody keeps by hand: JSON rows with gpu_model, price_usd_hour, an
 * address and a date of their own (github:tardellirs/gpu-pricing). Prices are per one device and
 * hour.
 *
 * The old output of gpuhunt (gpuModel, price "$0.44", provider) looks alike, but says neither count
 * nor term: no offer may come of it, and every row is refused with that one reason.
 */
#include <string.h>

#include "base/desk_json.h"

struct price_ctx {
	struct price_desk desk;
	struct desk_list list;
};

static const char *const list_keys[] = { "offerings", "offers", "data", NULL };

static const char *const known[] = {
	"id", "provider_id", "gpu_model", "gpu_brand", "vram_gb", "interconnect", "tier", "is_spot",
	"price_usd_hour", "vcpu", "ram_gb", "notes", "source_url", "collected_at", "caveats",
};

static const char *caveats_of(struct price_desk *d, const struct jp_node *item)
{
	struct str s = { 0 };
	const struct jp_node *list = jp_get(item, "caveats");

	str_addf(&s, "tier %s", *jp_member(item, "tier") ? jp_member(item, "tier") : "not told");
	if (*jp_member(item, "notes"))
		str_addf(&s, "; %s", jp_member(item, "notes"));
	for (const struct jp_node *c = jp_is(list, JP_ARRAY) ? list->first : NULL; c; c = c->next)
		str_addf(&s, "; %s", c->text);
	const char *kept = desk_keep(d, str_get(&s));
	str_free(&s);
	return kept;
}

static enum cm_status record(struct price_ctx *ctx, struct cm_err *err)
{
	struct price_desk *d = &ctx->desk;
	const struct jp_node *item;
	const char *place;
	const enum cm_status st = desk_item(d, &ctx->list, &item, &place, err);

	if (st != CM_OK)
		return st;
	if (jp_get(item, "gpuModel")) {
		desk_refuse(d,
			"neither count, instance, region nor term: per node or per device cannot "
			"be told", place);
		return CM_OK;
	}
	const char *model = jp_member(item, "gpu_model"), *price = jp_member(item, "price_usd_hour");
	if (!*model || !*jp_member(item, "provider_id"))
		return desk_wrong(d, item->line, item->col,
			"expected a row with gpu_model and provider_id", err);
	desk_members(d, item, known, CM_COUNT(known));
	if (!money_is(price) || money_is_zero(price) || money_is_negative(price)) {
		desk_refuse(d, *price ? "the price is no number above 0" : "no price in the row", place);
		return CM_OK;
	}
	struct price_row r = desk_row(d, place);
	const bool spot = strcmp(jp_member(item, "is_spot"), "true") == 0;
	r.provider = desk_lower(d, jp_member(item, "provider_id"));
	r.service = "Rented devices";
	r.sku = r.sku_price = jp_member(item, "id");
	r.offer = r.device_text = model;
	r.devices = "1";
	r.device_memory = jp_member(item, "vram_gb");
	r.vcpus = jp_member(item, "vcpu");
	r.host_memory = jp_member(item, "ram_gb");
	r.pricing = spot ? "Dynamic" : "Standard";
	r.term = spot ? "spot" : "on_demand";
	r.price = price;
	r.unit = "Hours";
	r.scope = "device";
	r.currency = "USD";
	r.basis = "published";
	if (*jp_member(item, "source_url"))
		r.source = jp_member(item, "source_url");
	r.published = jp_member(item, "collected_at");
	if (*r.published)
		r.retrieved = r.published;
	r.note = caveats_of(d, item);
	desk_give(d, &r);
	return CM_OK;
}

static enum cm_status gpu_offers_open(const struct price_from *from, struct price_ctx **out,
	struct cm_err *err)
{
	struct price_ctx *ctx = desk_open(sizeof *ctx, from, record);

	(void)err;
	ctx->list = (struct desk_list){ .keys = list_keys };
	*out = ctx;
	return CM_OK;
}

const struct price_source price_gpu_offers = {
	.abi = CM_PRICE_ABI, .name = "gpu_offers", .provider = "",
	.desc = "rented devices, a list kept by hand (JSON; gpu-pricing's offerings.json)",
	.holds = (const char *const[]){ "\"price_usd_hour\"", "\"gpuModel\"", NULL },
	.open = gpu_offers_open, .next = desk_next, .refused = desk_refused, .unknown = desk_unknown,
	.close = desk_close,
};
