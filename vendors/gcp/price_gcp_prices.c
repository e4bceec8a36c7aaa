/*
 * Google Cloud's Pricing API (v1beta and v2beta): pages of SKUs, then pages of prices, in one
 * stream.
 *
 * A price names its SKU alone (skus/ID/price); what it is, and where, stands in the SKU's page. So
 * all SKUs are kept, some 200 bytes each, and a price without its SKU is refused. There is no usage
 * type: what is spot, committed or another product is told by the description, and what a
 * commitment of money gives by the name of the consumption model. Prices hold now; the API tells no
 * dates.
 */
#include <stdlib.h>
#include <string.h>

#include "gcp_parts.h"

struct sku { const char *id, *text, *service, *kind, *regions; }; /* regions between commas */

struct price_ctx {
	struct price_desk desk;
	struct desk_list list;
	struct gcp_parts parts;
	struct sku *sku;
	size_t skus, sku_cap;
	uint32_t *slot;              /* by hash of the id, index + 1 */
	size_t slots;
};

static const char *const list_keys[] = { "skus", "prices", NULL };
static const char *const beside[] = { "nextPageToken", NULL };

/* ---- SKUs ---------------------------------------------------------------------------------------- */

static size_t slot_of(const struct price_ctx *c, const char *id)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

	for (const char *s = id; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3u;
	size_t i = (size_t)(h ^ h >> 32) & (c->slots - 1);
	while (c->slot[i] && strcmp(c->sku[c->slot[i] - 1].id, id) != 0)
		i = (i + 1) & (c->slots - 1);
	return i;
}

static const struct sku *sku_of(const struct price_ctx *c, const char *id)
{
	const size_t i = c->slots ? slot_of(c, id) : 0;

	return c->slots && c->slot[i] ? &c->sku[c->slot[i] - 1] : NULL;
}

static void grow(struct price_ctx *c)
{
	c->slots = c->slots ? 2 * c->slots : 1024;
	free(c->slot);
	c->slot = cm_alloc(c->slots * sizeof *c->slot);
	for (size_t i = 0; i < c->skus; i++)
		c->slot[slot_of(c, c->sku[i].id)] = (uint32_t)i + 1;
}

/* "us-central1,us-east1"; "" everywhere; NULL: the place is not told. */
static const char *regions_of(struct price_ctx *c, const struct jp_node *geo)
{
	const struct jp_node *one = jp_get(jp_get(geo, "regionalMetadata"), "region");
	const struct jp_node *many = jp_get(jp_get(geo, "multiRegionalMetadata"), "regions");
	struct str s = { 0 };

	if (one)
		str_add(&s, jp_member(one, "region"));
	for (const struct jp_node *r = many ? many->first : NULL; r; r = r->next)
		str_addf(&s, "%s%s", s.len ? "," : "", jp_member(r, "region"));
	const bool global = jp_get(geo, "globalMetadata") || !strcmp(jp_member(geo, "type"), "TYPE_GLOBAL");
	const char *kept = s.len || global ? pool_dup(&c->desk.pool, str_get(&s)) : NULL;
	str_free(&s);
	return kept;
}

/* Device or part: by the product's categories. */
static const char *kind_of(const struct jp_node *taxonomy, const char *text)
{
	const struct jp_node *list = jp_get(taxonomy, "taxonomyCategories");
	bool device = false;

	for (const struct jp_node *n = list ? list->first : NULL; n; n = n->next)
		device |= strstr(jp_member(n, "category"), "GPU") || strstr(jp_member(n, "category"), "TPU");
	if (!list)
		device = strstr(text, " GPU") != NULL;
	return !device ? "component" : strcasestr(text, "slice") ? "slice" : "device";
}

static void keep_sku(struct price_ctx *c, const struct jp_node *item)
{
	static const char *const known[] = { "name", "skuId", "displayName", "service", "productTaxonomy",
					     "geoTaxonomy" };
	struct price_desk *d = &c->desk;
	const char *text = jp_member(item, "displayName"), *id = jp_member(item, "skuId");

	desk_members(d, item, known, CM_COUNT(known));
	if (2 * (c->skus + 1) > c->slots)
		grow(c);
	const size_t at = slot_of(c, id);
	if (c->slot[at])
		return; /* a SKU of several groups is listed with each */
	CM_PUSH(c->sku, c->skus, c->sku_cap);
	c->sku[c->skus++] = (struct sku){pool_dup(&d->pool, id), pool_dup(&d->pool, text),
					 pool_dup(&d->pool, jp_member(item, "service")),
					 kind_of(jp_get(item, "productTaxonomy"), text),
					 regions_of(c, jp_get(item, "geoTaxonomy"))};
	c->slot[at] = (uint32_t)c->skus;
}

/* ---- prices -------------------------------------------------------------------------------------- */

static void commit(struct price_row *r, const char *months, const char *discount)
{
	r->term = "committed_use";
	r->pricing = "Committed";
	r->months = months;
	r->discount = discount;
	r->payment = "none";
}

/* "… for 1 Year", "… - 3 Years": months; NULL: it is not said. */
static const char *months_in(const char *text)
{
	return strcasestr(text, "1 year") ? "12" : strcasestr(text, "3 year") ? "36" : NULL;
}

/* Term by the description and the consumption model; a reason when it is no offer. */
static const char *classify(const struct sku *s, const char *model, struct price_row *r)
{
	const struct gcp_other *other = gcp_other(s->text);

	r->term = "on_demand";
	r->pricing = "Standard";
	r->months = "0";
	r->scope = s->kind;
	if (cm_starts(s->text, "Commitment")) {
		if (!months_in(s->text))
			return "a commitment whose length is not told";
		commit(r, months_in(s->text), "Usage");
	} else if (strcasestr(s->text, "Spot Preemptible") || strcasestr(s->text, "Preemptible")) {
		r->term = "spot";
		r->pricing = "Dynamic";
	}
	if (other && other->reason)
		return other->reason;
	if (other) {
		r->term = "calendar";
		r->pricing = "Other";
	}
	if (*model && !cm_ieq(model, "Default")) {
		if (!months_in(model))
			return "a consumption model whose length is not told";
		commit(r, months_in(model), "Spend");
	}
	return NULL;
}

static void give_tier(struct price_ctx *c, const struct sku *s, struct price_row r,
		      const struct jp_node *tier)
{
	struct price_desk *d = &c->desk;
	const struct jp_node *list = jp_get(tier, "listPrice"), *contract = jp_get(tier, "contractPrice");
	const char *start = jp_member(jp_get(tier, "startAmount"), "value");
	const char *listed = gcp_money(d, list), *price = contract ? gcp_money(d, contract) : listed;
	char *copy, *save = NULL;

	r.currency = jp_member(contract ? contract : list, "currencyCode");
	r.tier_start = *start ? start : "0";
	r.tier_end = jp_member(jp_get(tier->next, "startAmount"), "value");
	if ((!list && !contract) || !price || money_is_negative(price)) {
		desk_refuse(d, "units and nanos are no price", r.line);
		return;
	}
	if (!*r.currency) {
		desk_refuse(d, "no currency", r.line);
		return;
	}
	if (money_is_zero(price)) {
		desk_refuse(d, "price 0: a free tier, or a part that another SKU pays", r.line);
		return;
	}
	r.price = price;
	if (contract) {
		r.contracted = price;
		r.list_price = list && listed ? listed : "";
		r.basis = "quoted";
	}
	const char *base = desk_text(d, "%s/%s%s%s", r.sku, r.tier_start, *r.discount ? "/" : "", r.discount);
	copy = cm_strdup(*s->regions ? s->regions : "-");
	for (char *g = strtok_r(copy, ",", &save); g; g = strtok_r(NULL, ",", &save)) {
		r.region = strcmp(g, "-") ? desk_lower(d, g) : "";
		r.sku_price = desk_text(d, "%s/%s", base, g);
		desk_give(d, &r);
		if (strcmp(r.discount, "Spend") != 0)
			gcp_keep(d, &c->parts, &r, r.offer);
	}
	free(copy);
}

/* One price of a SKU: its rate under one consumption model. */
static void give_rate(struct price_ctx *c, const struct sku *s, const struct jp_node *price,
		      const char *place)
{
	struct price_desk *d = &c->desk;
	const struct jp_node *rate = jp_get(price, "rate"), *tiers = jp_get(rate, "tiers");
	const struct jp_node *unit = jp_get(rate, "unitInfo");
	const char *many = jp_member(jp_get(unit, "unitQuantity"), "value");
	struct price_row r = desk_row(d, place);
	size_t t = 0;

	r.provider = r.host = "gcp";
	r.service = s->service;
	r.sku = s->id;
	r.offer = gcp_thing(d, s->text);
	r.unit = gcp_unit(jp_member(unit, "unit"));
	if (*many && strcmp(many, "1") != 0)
		r.unit = desk_text(d, "%s %s", many, r.unit);
	const char *reason = classify(s, jp_member(price, "consumptionModelDescription"), &r);
	if (!reason && !s->regions)
		reason = "no region";
	if (!reason && (!*jp_member(unit, "unit") || !jp_is(tiers, JP_ARRAY)))
		reason = "a price without unit and rates";
	if (reason) {
		desk_refuse(d, reason, place);
		return;
	}
	if (strcmp(s->kind, "component") != 0 && strcmp(r.term, "committed_use") != 0) {
		r.device_text = r.offer;
		r.devices = "1";
	}
	for (const struct jp_node *v = tiers->first; v; v = v->next, t++) {
		r.line = desk_text(d, "%s/rate/tiers/%zu", place, t);
		give_tier(c, s, r, v);
	}
}

static enum cm_status give_price(struct price_ctx *c, const struct jp_node *item, const char *place,
				 struct cm_err *err)
{
	static const char *const known[] = {"name", "currencyCode", "valueType",
					    "rate", "skuPrices",    "priceReason"};
	struct price_desk *d = &c->desk;
	const char *name = strstr(jp_member(item, "name"), "skus/");
	const struct jp_node *models = jp_get(item, "skuPrices");
	size_t n = 0;

	if (!name)
		return desk_wrong(d, item->line, item->col, "expected a price named skus/ID/price", err);
	desk_members(d, item, known, CM_COUNT(known));
	name += strlen("skus/");
	char *id = cm_strndup(name, strcspn(name, "/"));
	const struct sku *s = sku_of(c, id);
	free(id);
	if (!s) {
		desk_refuse(
			d, "a price whose SKU was not read before it: give the pages of SKUs first",
			place);
	} else if (models) {
		for (const struct jp_node *m = models->first; m; m = m->next)
			give_rate(c, s, m, desk_text(d, "%s/skuPrices/%zu", place, n++));
	} else {
		give_rate(c, s, item, place);
	}
	return CM_OK;
}

/* ---- the source ---------------------------------------------------------------------------------- */

static enum cm_status record(struct price_ctx *c, struct cm_err *err)
{
	const struct jp_node *item;
	const char *place;
	const enum cm_status st = desk_item(&c->desk, &c->list, &item, &place, err);

	if (st == CM_END)
		gcp_machines(&c->desk, &c->parts);
	if (st != CM_OK)
		return st;
	if (*jp_member(item, "skuId"))
		keep_sku(c, item);
	else
		return give_price(c, item, place, err);
	return CM_OK;
}

static void gcp_prices_close(struct price_ctx *c)
{
	if (c) {
		gcp_parts_free(&c->parts);
		free(c->sku);
		free(c->slot);
	}
	desk_close(c);
}

static enum cm_status gcp_prices_open(const struct price_from *from, struct price_ctx **out,
				      struct cm_err *err)
{
	struct price_ctx *c = desk_open(sizeof *c, from, record);
	const enum cm_status st = gcp_parts_read(&c->desk, &c->parts, err);

	if (st != CM_OK) {
		gcp_prices_close(c);
		return st;
	}
	c->list = (struct desk_list){ .keys = list_keys, .known = beside };
	*out = c;
	return CM_OK;
}

const struct price_source price_gcp_prices = {
	.abi = CM_PRICE_ABI,
	.name = "gcp_prices",
	.provider = "gcp",
	.desc = "Google Cloud's Pricing API (JSON pages): SKUs, then their prices, and machines "
		"summed of them",
	.holds = (const char *const[]){"\"skuId\"\n\"displayName\"\n\"geoTaxonomy\"", NULL},
	.open = gcp_prices_open,
	.next = desk_next,
	.refused = desk_refused,
	.unknown = desk_unknown,
	.close = gcp_prices_close,
	.joins_pages = true,
};
