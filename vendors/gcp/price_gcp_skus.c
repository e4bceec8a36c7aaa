/*
 * Google Cloud's billing catalogue (v1/services/…/skus, JSON pages): SKUs with units and nanos,
 * tiers and regions.
 *
 * No SKU is a machine. Each becomes a component or device row in each of its regions; a machine of
 * vendors/gcp/shapes.csv is the sum of its parts there, basis "derived". Family and term stand only
 * in the description: what is reserved, custom, suspended, of a sole tenant, a premium or booked
 * ahead is found by name first and never taken for on demand. The place is in serviceRegions, never
 * in the text.
 */
#include <stdlib.h>
#include <string.h>

#include "base/desk_json.h"
#include "base/file.h"

/* A line of shapes.csv: shape × amount of a part. Lines of one shape follow one another. */
struct part { const char *shape, *name, *amount; };

/* A price of a part, kept until all pages are read. */
struct kept { const char *name, *region, *term, *currency, *price, *unit, *start, *place, *device; };

struct price_ctx {
	struct price_desk desk;
	struct desk_list list;
	struct part *part;
	size_t parts, part_cap;
	struct kept *kept;
	size_t kepts, kept_cap;
};

static const char *const list_keys[] = { "skus", NULL };
static const char *const beside[] = { "nextPageToken", NULL };

/* Words of a description that make it another thing, most telling first; NULL reason: a term of its own. */
static const struct { const char *word, *reason; } others[] = {
	{ "Sole Tenancy", "sole tenancy: another product" },
	{ "Premium", "a premium on top of another price" },
	{ "suspended", "price of a suspended machine" },
	{ "Reserved ", "price of a reservation, not of a machine" },
	{ "Custom", "custom machine type: another price" },
	{ "Virtual Workstation", "with a display licence: another price" },
	{ "DWS", NULL }, { "Calendar Mode", NULL }, { "Flex Start", NULL },
};

static const struct { const char *usage, *term, *pricing, *months; } usages[] = {
	{ "OnDemand", "on_demand", "Standard", "0" }, { "Preemptible", "spot", "Dynamic", "0" },
	{ "Commit1Yr", "committed_use", "Committed", "12" },
	  { "Commit3Yr", "committed_use", "Committed", "36" },
	{ "Commit1Mo", "committed_use", "Committed", "1" },
};

static const struct { const char *usage, *unit; } units[] = {
	{ "h", "Hours" }, { "GiBy.h", "GiB-Hours" }, { "GiBy.mo", "GiB-Months" }, { "GiBy", "GiB" },
	{ "By", "Bytes" }, { "count", "Units" }, { "mo", "Months" }, { "GBy.mo", "GB-Months" },
	{ "TiBy", "TiB" }, { "TiBy.mo", "TiB-Months" }, { "min", "Minutes" }, { "s", "Seconds" },
	  { "d", "Days" },
};

static bool has_word(const char *text, const char *word)
{
	return strcasestr(text, word) != NULL;
}

/* units "2" and nanos 933908000 → "2.933908000"; NULL: signs differ, or no numbers. */
static const char *money_of(struct price_desk *d, const struct jp_node *price)
{
	const char *whole = jp_member(price, "units"), *nanos = jp_member(price, "nanos");
	char *end;

	whole = *whole ? whole : "0";
	nanos = *nanos ? nanos : "0";
	const bool minus = *whole == '-' || *nanos == '-';
	if (minus && ((*whole != '-' && strcmp(whole, "0") != 0) ||
			(*nanos != '-' && strcmp(nanos, "0") != 0)))
		return NULL;
	whole += *whole == '-';
	nanos += *nanos == '-';
	const unsigned long n = strtoul(nanos, &end, 10);
	if (*end || end == nanos || n > 999999999 || strspn(whole, "0123456789") != strlen(whole) ||
			strlen(whole) > 18)
		return NULL;
	return desk_text(d, "%s%s.%09lu", minus ? "-" : "", whole, n);
}

/* What a description is about: without its place and without the words of spot. */
static const char *thing_of(struct price_desk *d, const char *text)
{
	static const char spot[] = "Spot Preemptible ", attached[] = " attached to Spot Preemptible VMs";
	const char *end = NULL;

	if (cm_starts(text, spot))
		text += sizeof spot - 1;
	for (const char *s = text; (s = strstr(s, " running in ")); s++)
		end = s;
	for (const char *s = text; !end && (s = strstr(s, " in ")); )
		end = s;
	char *name = cm_strndup(text, end ? (size_t)(end - text) : strlen(text));
	char *tail = strstr(name, attached);
	if (tail)
		*tail = '\0';
	const char *kept = desk_keep(d, name);
	free(name);
	return kept;
}

static bool is_part(const struct price_ctx *ctx, const char *name)
{
	for (size_t i = 0; i < ctx->parts; i++)
		if (cm_ieq(ctx->part[i].name, name))
			return true;
	return false;
}

/* Keeps a part's plain price for the sums; of several times the latest counts. */
static void keep_part(struct price_ctx *ctx, const struct price_row *r, const char *name)
{
	struct pool *pool = &ctx->desk.pool;
	size_t i = 0;

	if (!is_part(ctx, name) || strcmp(r->tier_start, "0") != 0)
		return;
	for (; i < ctx->kepts; i++) {
		const struct kept *k = &ctx->kept[i];
		if (cm_ieq(k->name, name) && strcmp(k->region, r->region) == 0 &&
				strcmp(k->term, r->term) == 0 &&
		    strcmp(k->currency, r->currency) == 0)
			break;
	}
	if (i < ctx->kepts && strcmp(ctx->kept[i].start, r->start) > 0)
		return;
	if (i == ctx->kepts) {
		CM_PUSH(ctx->kept, ctx->kepts, ctx->kept_cap);
		ctx->kepts++;
	}
	ctx->kept[i] = (struct kept){ pool_dup(pool, name), pool_dup(pool, r->region),
		pool_dup(pool, r->term),
		pool_dup(pool, r->currency), pool_dup(pool, r->price), pool_dup(pool, r->unit),
		pool_dup(pool, r->start), pool_dup(pool, r->line), pool_dup(pool, r->device_text) };
}

/* ---- one SKU -------------------------------------------------------------------------------------- */

struct sku { const struct jp_node *item; const char *thing; struct price_row row; };

static void give_regions(struct price_ctx *ctx, const struct sku *s, struct price_row r)
{
	struct price_desk *d = &ctx->desk;
	const struct jp_node *regions = jp_get(s->item, "serviceRegions");
	const char *base = r.sku_price;

	if (!regions || !regions->children) {
		desk_refuse(d, "no region", r.line);
		return;
	}
	for (const struct jp_node *g = regions->first; g; g = g->next) {
		r.region = strcmp(g->text, "global") == 0 ? "" : desk_lower(d, g->text);
		r.sku_price = desk_text(d, "%s/%s", base, g->text);
		desk_give(d, &r);
		keep_part(ctx, &r, s->thing);
	}
}

static void give_tier(struct price_ctx *ctx, const struct sku *s, struct price_row r,
	const struct jp_node *tier,
		      const char *rate)
{
	struct price_desk *d = &ctx->desk;
	const struct jp_node *money = jp_get(tier, "unitPrice");
	const char *price = money_of(d, money);
	char usd[MONEY_CAP];

	r.currency = jp_member(money, "currencyCode");
	r.tier_start = *jp_member(tier, "startUsageAmount") ? jp_member(tier, "startUsageAmount") : "0";
	r.tier_end = jp_member(tier->next, "startUsageAmount");
	r.sku_price = desk_text(d, "%s/%s", r.sku, r.tier_start);
	if (!price || money_is_negative(price))
		desk_refuse(d, "units and nanos are no price", r.line);
	else if (!*r.currency)
		desk_refuse(d, "no currency", r.line);
	else if (money_is_zero(price))
		desk_refuse(d, "price 0: a free tier, or a part that another SKU pays", r.line);
	else {
		r.price = price;
		if (strcmp(r.currency, "USD") != 0 && money_divide(price, rate, 15, usd))
			r.note = desk_text(d, "%s USD at the source's own rate %s", usd, rate);
		give_regions(ctx, s, r);
	}
}

/* The price that holds from one effectiveTime to the next. */
static void give_times(struct price_ctx *ctx, const struct sku *s, const char *place)
{
	struct price_desk *d = &ctx->desk;
	const struct jp_node *list = jp_get(s->item, "pricingInfo");
	size_t i = 0;

	if (!list || !list->children) {
		desk_refuse(d, "a SKU without a price", place);
		return;
	}
	for (const struct jp_node *p = list->first; p; p = p->next, i++) {
		const struct jp_node *e = jp_get(p, "pricingExpression"), *tiers = jp_get(e, "tieredRates");
		const char *usage = jp_member(e, "usageUnit"), *later = jp_member(p->next, "effectiveTime");
		struct price_row r = s->row;
		size_t u = 0, t = 0;
		while (u < CM_COUNT(units) && strcmp(units[u].usage, usage) != 0)
			u++;
		r.unit = u < CM_COUNT(units) ? units[u].unit : usage;
		r.start = *jp_member(p, "effectiveTime") ? jp_member(p, "effectiveTime")
			: jp_member(p, "EffectiveTime");
		r.end = strcmp(later, r.start) > 0 ? later : "";
		if (!*r.unit || !jp_is(tiers, JP_ARRAY)) {
			desk_refuse(d, "a price without unit and rates", place);
			continue;
		}
		for (const struct jp_node *v = tiers->first; v; v = v->next, t++) {
			r.line = desk_text(d,
				"%s/pricingInfo/%zu/pricingExpression/tieredRates/%zu", place, i,
				t);
			give_tier(ctx, s, r, v, jp_member(p, "currencyConversionRate"));
		}
	}
}

/* Term and kind by usageType and the words of the description; a reason when it is no offer. */
static const char *classify(struct sku *s, const char *text)
{
	const struct jp_node *category = jp_get(s->item, "category");
	const char *usage = jp_member(category, "usageType");
	size_t u = 0;

	while (u < CM_COUNT(usages) && strcmp(usages[u].usage, usage) != 0)
		u++;
	if (u == CM_COUNT(usages))
		return "a usage type that is not known";
	s->row.term = usages[u].term;
	s->row.pricing = usages[u].pricing;
	s->row.months = usages[u].months;
	if (strcmp(s->row.pricing, "Committed") == 0) {
		s->row.discount = "Usage";
		s->row.payment = "none";
	}
	for (size_t i = 0; i < CM_COUNT(others); i++) {
		if (!has_word(text, others[i].word))
			continue;
		if (others[i].reason)
			return others[i].reason;
		s->row.term = "calendar"; /* booked ahead, though usageType says OnDemand */
		s->row.pricing = "Other";
		break;
	}
	if (cm_starts(text, "Commitment") && strcmp(s->row.pricing, "Committed") != 0)
		return "a commitment under another usage type";
	const bool gpu = strcmp(jp_member(category, "resourceGroup"), "GPU") == 0 ||
			 strcmp(jp_member(category, "resourceGroup"), "TPU") == 0;
	s->row.scope = gpu ? has_word(text, "slice") ? "slice" : "device" : "component";
	if (gpu && strcmp(s->row.pricing, "Committed") != 0) {
		s->row.device_text = s->thing;
		s->row.devices = "1";
	}
	return NULL;
}

static enum cm_status sku_record(struct price_ctx *ctx, const struct jp_node *item, const char *place,
				 struct cm_err *err)
{
	static const char *const known[] = { "name", "skuId", "description", "category", "serviceRegions",
					     "pricingInfo", "serviceProviderName", "geoTaxonomy" };
	struct price_desk *d = &ctx->desk;
	const struct jp_node *category = jp_get(item, "category");
	const char *text = jp_member(item, "description");

	if (!*jp_member(item, "skuId") || !category)
		return desk_wrong(d, item->line, item->col, "expected a SKU with skuId and category", err);
	desk_members(d, item, known, CM_COUNT(known));
	struct sku s = { item, thing_of(d, text), desk_row(d, place) };
	s.row.provider = s.row.host = "gcp";
	s.row.category = strcmp(jp_member(category, "resourceFamily"), "Compute") == 0 ? "Compute"
			 : jp_member(category, "resourceFamily");
	s.row.service = jp_member(category, "serviceDisplayName");
	s.row.sku = jp_member(item, "skuId");
	s.row.offer = s.thing;
	const char *reason = classify(&s, text);
	if (reason)
		desk_refuse(d, reason, place);
	else
		give_times(ctx, &s, place);
	return CM_OK;
}

/* ---- machines ------------------------------------------------------------------------------------- */

static const struct kept *find_part(const struct price_ctx *ctx, const char *name, const struct kept *like)
{
	for (size_t i = 0; i < ctx->kepts; i++) {
		const struct kept *k = &ctx->kept[i];
		/* Local storage has one price for all terms where no spot price is listed. */
		if (cm_ieq(k->name, name) && strcmp(k->region, like->region) == 0 &&
		    strcmp(k->currency, like->currency) == 0 && strcmp(k->term, like->term) == 0)
			return k;
	}
	return NULL;
}

/* What one part adds to the hour of a machine; months are of 730 hours. */
static bool add_part(char sum[MONEY_CAP], const struct kept *k, const char *amount)
{
	char hour[MONEY_CAP];

	if (cm_ends(k->unit, "-Months") || strcmp(k->unit, "Months") == 0)
		return money_divide(k->price, "730", 15, hour) && money_add_product(sum, hour, amount);
	return money_add_product(sum, k->price, amount);
}

/* The shape of parts [from, to) in the region, term and currency of its device. */
static void give_shape(struct price_ctx *ctx, size_t from, size_t to, const struct kept *device,
		       const char *devices)
{
	struct price_desk *d = &ctx->desk;
	char sum[MONEY_CAP] = "";
	struct str from_parts = { 0 };
	struct price_row r = desk_row(d, device->place);
	const char *latest = "";

	for (size_t i = from; i < to; i++) {
		const struct kept *k = find_part(ctx, ctx->part[i].name, device);
		if (!k || !add_part(sum, k, ctx->part[i].amount)) {
			desk_refuse(d, "a machine of which not all parts are in the file", device->place);
			str_free(&from_parts);
			return;
		}
		str_addf(&from_parts, "%s%s × %s", from_parts.len ? " + "
			: "", ctx->part[i].amount, k->price);
		latest = strcmp(k->start, latest) > 0 ? k->start : latest;
	}
	r.provider = r.host = "gcp";
	r.service = "Compute Engine";
	r.sku = r.offer = ctx->part[from].shape;
	r.sku_price = desk_text(d, "%s/%s/%s", r.sku, device->region, device->term);
	r.region = device->region;
	r.term = device->term;
	r.pricing = strcmp(r.term, "spot") == 0 ? "Dynamic" : "Standard";
	r.price = desk_keep(d, sum);
	r.unit = "Hours";
	r.scope = "node";
	r.currency = device->currency;
	r.device_text = device->device;
	r.devices = devices;
	r.os = "linux";
	r.tenancy = "shared";
	r.start = latest;
	r.basis = "derived";
	r.note = desk_keep(d, str_get(&from_parts));
	str_free(&from_parts);
	desk_give(d, &r);
}

static void give_machines(struct price_ctx *ctx)
{
	for (size_t from = 0, to; from < ctx->parts; from = to) {
		for (to = from; to < ctx->parts && strcmp(ctx->part[to].shape, ctx->part[from].shape) == 0;)
			to++;
		for (size_t i = 0; i < ctx->kepts; i++) {
			const struct kept *k = &ctx->kept[i];
			for (size_t p = from; p < to; p++)
				if (*k->device && cm_ieq(ctx->part[p].name, k->name) &&
				    (strcmp(k->term, "on_demand") == 0 || strcmp(k->term, "spot") == 0))
					give_shape(ctx, from, to, k, ctx->part[p].amount);
		}
	}
}

static enum cm_status record(struct price_ctx *ctx, struct cm_err *err)
{
	const struct jp_node *item;
	const char *place;
	const enum cm_status st = desk_item(&ctx->desk, &ctx->list, &item, &place, err);

	if (st == CM_OK)
		return sku_record(ctx, item, place, err);
	if (st == CM_END)
		give_machines(ctx);
	return st;
}

/* ---- the source ----------------------------------------------------------------------------------- */

static enum cm_status read_shapes(struct price_ctx *ctx, const char *path, struct cm_err *err)
{
	struct csv *csv = NULL;
	struct csv_row row;
	enum cm_status st = csv_open(path, &csv, err);

	if (st == CM_OK)
		st = csv_next(csv, &row, err); /* shape,part,amount */
	while (st == CM_OK && (st = csv_next(csv, &row, err)) == CM_OK) {
		if (row.cells != 3 || !money_is(row.cell[2])) {
			st = cm_fail_at(err, CM_EINPUT, path, row.line, 1,
				"expected a shape, a part and an amount");
			break;
		}
		CM_PUSH(ctx->part, ctx->parts, ctx->part_cap);
		ctx->part[ctx->parts++] = (struct part){ pool_dup(&ctx->desk.pool, row.cell[0]),
			pool_dup(&ctx->desk.pool, row.cell[1]), pool_dup(&ctx->desk.pool, row.cell[2]) };
	}
	csv_close(csv);
	return st == CM_END ? CM_OK : st;
}

static void gcp_skus_close(struct price_ctx *ctx)
{
	if (ctx) {
		free(ctx->part);
		free(ctx->kept);
	}
	desk_close(ctx);
}

static enum cm_status gcp_skus_open(const struct price_from *from, struct price_ctx **out, struct cm_err *err)
{
	struct price_ctx *ctx = desk_open(sizeof *ctx, from, record);
	const char *data = file_data_dir();
	char *path = cm_printf_dup("%s/vendors/gcp/shapes.csv", data ? data : ".");
	const enum cm_status st = read_shapes(ctx, path, err);

	free(path);
	if (st != CM_OK) {
		gcp_skus_close(ctx);
		return st;
	}
	ctx->list = (struct desk_list){ .keys = list_keys, .known = beside };
	*out = ctx;
	return CM_OK;
}

const struct price_source price_gcp_skus = {
	.abi = CM_PRICE_ABI, .name = "gcp_skus", .provider = "gcp",
	.desc = "Google Cloud's billing catalogue (JSON pages): parts by region, and machines summed of them",
	.holds = (const char *const[]){ "\"skuId\"\n\"pricingInfo\"", NULL },
	.open = gcp_skus_open, .next = desk_next, .refused = desk_refused, .unknown = desk_unknown,
	.close = gcp_skus_close, .joins_pages = true,
};
