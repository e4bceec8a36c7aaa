/*
 * AWS's EC2 offer file as JSON: products first, then terms, both by SKU; one row a term, on demand or
 * reserved.
 *
 * Read token by token. Of the products only the compute instances' few attributes are kept, some 200
 * bytes each; terms pass by. Whether a term is reserved is told by its own attributes, not by the key
 * that it lies under.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/price.h"
#include "aws_json.h"

/* X(symbol, attribute): what is kept of a product. */
#define ATTRIBUTES(X)                                                                              \
	X(LOCATION, "location") X(LOCATION_TYPE, "locationType") X(TYPE, "instanceType") X(VCPU, "vcpu")   \
	X(MEMORY, "memory") X(TENANCY, "tenancy") X(SYSTEM, "operatingSystem") X(LICENSE, "licenseModel")  \
	X(STATUS, "capacitystatus") X(GPU, "gpu") X(MARKET, "marketoption") X(SOFTWARE, "preInstalledSw")  \
	X(REGION, "regionCode")

enum attribute {
#define X(symbol, name) AT_##symbol,
	ATTRIBUTES(X)
#undef X
	ATTRIBUTE_NR
};

static const char *const attribute_name[ATTRIBUTE_NR] = {
#define X(symbol, name) name,
	ATTRIBUTES(X)
#undef X
};

/* at: NULL = the file has none */
struct product { const char *sku, *at[ATTRIBUTE_NR]; enum aws_refusal why; };

enum where { TOP, PRODUCTS, TERMS, TERM_TYPE, SKU, AFTER };

struct price_ctx {
	struct aws_json json;
	struct product *product;
	size_t products, product_cap;
	uint32_t *slot;              /* by hash of the SKU, index + 1 */
	size_t slots;
	enum where where;
	bool terms_seen;
	char type[64], sku[64];      /* keys around the term */
	/* the row handed out */
	char system[128], license[128], region[128], tenancy[64], date[32], memory[32], months[8];
};

#define OFFER AWS_REFUSAL_NR

/* ---- products ----------------------------------------------------------------------------------- */

static size_t slot_of(const struct price_ctx *c, const char *sku)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

	for (const char *s = sku; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3u;
	size_t i = (size_t)(h ^ h >> 32) & (c->slots - 1);
	while (c->slot[i] && strcmp(c->product[c->slot[i] - 1].sku, sku) != 0)
		i = (i + 1) & (c->slots - 1);
	return i;
}

static bool is(const struct product *p, enum attribute a, const char *text)
{
	return p->at[a] && !strcmp(p->at[a], text);
}

/* Why no term of this product is an offer; an attribute that is not there refuses nothing. */
static enum aws_refusal judge(const struct product *p, const char *family)
{
	static const char *const used[] = { "UnusedCapacityReservation", "AllocatedCapacityReservation" };

	if (strcmp(family, "Compute Instance") != 0 && strcmp(family, "Compute Instance (bare metal)") != 0)
		return AWS_NOT_COMPUTE;
	for (size_t i = 0; i < CM_COUNT(used); i++)
		if (is(p, AT_STATUS, used[i]))
			return i ? AWS_ALLOCATED : AWS_UNUSED;
	if (is(p, AT_MARKET, "CapacityBlock"))
		return AWS_BLOCK;
	if (p->at[AT_LOCATION_TYPE] && !is(p, AT_LOCATION_TYPE, "AWS Region"))
		return AWS_NOT_REGION;
	if (is(p, AT_TENANCY, "Host"))
		return AWS_HOST;
	if (p->at[AT_STATUS] && !is(p, AT_STATUS, "Used"))
		return AWS_CAPACITY;
	if (!p->at[AT_TYPE] || !*p->at[AT_TYPE])
		return AWS_TYPE;
	if (p->at[AT_SYSTEM] && (!*p->at[AT_SYSTEM] || is(p, AT_SYSTEM, "NA")))
		return AWS_SYSTEM;
	return OFFER;
}

static void keep(struct price_ctx *c, const char *sku, const struct jp_node *n)
{
	const struct jp_node *attributes = jp_get(n, "attributes");
	struct product p = { .sku = arena_dup(&c->json.kept, sku, strlen(sku)) };

	for (size_t a = 0; a < ATTRIBUTE_NR; a++) {
		const struct jp_node *v = jp_get(attributes, attribute_name[a]);
		p.at[a] = v ? arena_dup(&c->json.kept, jp_text(v), strlen(jp_text(v))) : NULL;
	}
	p.why = judge(&p, jp_member(n, "productFamily"));
	if (2 * (c->products + 1) > c->slots) {
		c->slots = c->slots ? 2 * c->slots : 1024;
		free(c->slot);
		c->slot = cm_alloc(c->slots * sizeof *c->slot);
		for (size_t i = 0; i < c->products; i++)
			c->slot[slot_of(c, c->product[i].sku)] = (uint32_t)i + 1;
	}
	const size_t at = slot_of(c, p.sku);
	if (c->slot[at])
		return;
	CM_PUSH(c->product, c->products, c->product_cap);
	c->product[c->products++] = p;
	c->slot[at] = (uint32_t)c->products;
}

static const struct product *product_of(const struct price_ctx *c, const char *sku)
{
	const size_t i = c->slots ? slot_of(c, sku) : 0;

	return c->slots && c->slot[i] ? &c->product[c->slot[i] - 1] : NULL;
}

/* ---- terms -------------------------------------------------------------------------------------- */

static const char *text_of(const struct product *p, enum attribute a)
{
	return p->at[a] ? p->at[a] : "";
}

static void lower(const char *text, char *out, size_t cap)
{
	size_t n = 0;

	for (; *text && n + 1 < cap; text++)
		out[n++] = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
	out[n] = '\0';
}

static void common(struct price_ctx *c, const struct product *p, const struct jp_node *term,
	struct price_row *r)
{
	const char *code = text_of(p, AT_REGION), *gpus = text_of(p, AT_GPU);

	if (!*code)
		code = aws_region_of(text_of(p, AT_LOCATION));
	lower(code ? code : text_of(p, AT_LOCATION), c->region, sizeof c->region);
	lower(text_of(p, AT_TENANCY), c->tenancy, sizeof c->tenancy);
	aws_date(jp_member(term, "effectiveDate"), c->date);
	aws_gib(text_of(p, AT_MEMORY), c->memory);
	aws_system(text_of(p, AT_SYSTEM), c->system, sizeof c->system);
	aws_license(text_of(p, AT_LICENSE), text_of(p, AT_SOFTWARE), c->license, sizeof c->license);
	r->provider = r->host = "aws";
	r->category = "Compute";
	r->service = "AmazonEC2";
	r->sku = p->sku;
	r->offer = text_of(p, AT_TYPE);
	r->region = c->region;
	r->pricing = "Standard";
	r->term = "on_demand";
	r->months = "0";
	r->upfront = "0";
	r->unit = "Hours";
	r->scope = "node";
	r->tier_start = "0";
	r->devices = !strcmp(gpus, "NA") || !strcmp(gpus, "0") ? "" : gpus;
	r->vcpus = text_of(p, AT_VCPU);
	r->host_memory = c->memory;
	r->os = c->system;
	r->tenancy = c->tenancy;
	r->license = c->license;
	r->capacity = text_of(p, AT_STATUS);
	r->start = c->date;
	r->published = c->json.published;
	r->retrieved = c->json.retrieved;
	r->basis = "listed";
	r->source = c->json.address;
	r->file = c->json.name;
	r->line = arena_printf(&c->json.now, "/terms/%s/%s/%s", c->type, c->sku, term->key);
}

struct dimension { const char *price, *currency, *code; }; /* price NULL: there is none */

static struct dimension dimension(const struct jp_node *term, const char *unit)
{
	const struct jp_node *all = jp_get(term, "priceDimensions");

	for (const struct jp_node *d = all ? all->first : NULL; d; d = d->next) {
		const struct jp_node *money = jp_get(d, "pricePerUnit");
		if (!strcmp(jp_member(d, "unit"), unit) && money && money->first)
			return (struct dimension){ jp_text(money->first), money->first->key, d->key };
	}
	return (struct dimension){ 0 };
}

/* 0 when it is no decimal number or below 0, -1 … 1: its sign + 2. */
static int sign_of(const char *text)
{
	struct dec d;

	return !dec_parse(text, &d) || d.m < 0 ? 0 : d.m ? 3 : 2;
}

static enum aws_refusal reserved(struct price_ctx *c, const struct jp_node *term, const struct jp_node *lease,
				 struct price_row *r)
{
	const struct dimension hourly = dimension(term, "Hrs"), once = dimension(term, "Quantity");
	const char *payment = aws_payment(jp_member(lease, "PurchaseOption"));
	const int months = aws_months(jp_member(lease, "LeaseContractLength"));

	if (!months || !payment)
		return AWS_LEASE;
	if ((hourly.price && !sign_of(hourly.price)) || (once.price && !sign_of(once.price)))
		return AWS_NUMBER;
	if (*payment == 'a' && hourly.price && sign_of(hourly.price) == 3)
		return AWS_ALL_HOURLY;
	if ((*payment != 'a' && !hourly.price) || (*payment != 'n' && !once.price))
		return AWS_HALF_ALONE;
	if (sign_of(*payment == 'a' ? once.price : hourly.price) == 2)
		return AWS_ZERO;
	if (!*(*payment == 'a' ? once : hourly).currency)
		return AWS_CURRENCY;
	if (*payment == 'p' && strcmp(once.currency, hourly.currency) != 0)
		return AWS_CURRENCIES;
	snprintf(c->months, sizeof c->months, "%d", months);
	if (cm_ieq(jp_member(lease, "OfferingClass"), "convertible"))
		r->service = "AmazonEC2, convertible"; /* another price for the same term */
	r->pricing = "Committed";
	r->term = "reserved";
	r->months = c->months;
	r->payment = payment;
	r->discount = "Usage";
	r->sku_price = term->key;
	r->price = *payment == 'a' ? "0" : hourly.price;
	r->upfront = *payment == 'n' ? "0" : once.price;
	r->currency = *payment == 'a' ? once.currency : hourly.currency;
	r->note = arena_printf(&c->json.now, "offering class %s", jp_member(lease, "OfferingClass"));
	return OFFER;
}

static enum aws_refusal take(struct price_ctx *c, const struct jp_node *term, struct price_row *r)
{
	const struct product *p = product_of(c, c->sku);
	const struct jp_node *lease = jp_get(term, "termAttributes");

	if (!p)
		return AWS_NO_PRODUCT;
	if (p->why != OFFER)
		return p->why;
	common(c, p, term, r);
	if (*jp_member(lease, "LeaseContractLength") || *jp_member(lease, "PurchaseOption"))
		return reserved(c, term, lease, r);
	if (strcmp(c->type, "OnDemand") != 0)
		return AWS_TERM;
	const struct dimension hourly = dimension(term, "Hrs");
	if (!hourly.price)
		return AWS_UNIT;
	if (sign_of(hourly.price) != 3)
		return sign_of(hourly.price) ? AWS_ZERO : AWS_NUMBER;
	if (!*hourly.currency)
		return AWS_CURRENCY;
	r->sku_price = hourly.code;
	r->price = r->list_price = hourly.price;
	r->currency = hourly.currency;
	return OFFER;
}

/* ---- the document ------------------------------------------------------------------------------- */

/* The value of a key at the top. */
static enum cm_status top_value(struct price_ctx *c, const char *key, const struct jp_token *t,
	struct cm_err *err)
{
	const bool products = !strcmp(key, "products"), terms = !strcmp(key, "terms");

	if (!products && !terms)
		return aws_json_pass(&c->json, key, t, err);
	if (t->event != JP_OBJECT)
		return aws_json_wrong(&c->json, t, "an object", err);
	if (products && c->terms_seen)
		return cm_fail_at(err, CM_EINPUT, c->json.name, t->line, t->col,
				  "the products come after the "
				  "terms; AWS writes them "
				  "before, and only so can the file be read in one pass");
	c->terms_seen |= terms;
	c->where = products ? PRODUCTS : TERMS;
	return CM_OK;
}

/* One key with its value, wherever the reader stands; *got when a row came of it. */
static enum cm_status member(struct price_ctx *c, const struct jp_token *key, struct price_row *row,
	bool *got,
			     struct cm_err *err)
{
	char name[128];
	struct jp_token t;
	const struct jp_node *n;

	snprintf(name, sizeof name, "%.127s", key->text);
	enum cm_status st = jsonpull_next(c->json.pull, &t, err);
	if (st)
		return st;
	if (c->where == TOP)
		return top_value(c, name, &t, err);
	if (t.event != JP_OBJECT)
		return aws_json_wrong(&c->json, &t, "an object", err);
	if (c->where == TERMS || c->where == TERM_TYPE) {
		char *const around = c->where == TERMS ? c->type : c->sku;
		snprintf(around, sizeof c->type, "%.60s", name);
		c->where = c->where == TERMS ? TERM_TYPE : SKU;
		return CM_OK;
	}
	arena_reset(&c->json.now);
	const size_t line = t.line;
	st = jsonpull_tree(c->json.pull, &t, &c->json.now, 0, &n, err);
	if (st)
		return st;
	if (c->where == PRODUCTS) {
		keep(c, name, n);
		return CM_OK;
	}
	struct jp_node term = *n; /* a tree's root has no key of its own */
	term.key = arena_dup(&c->json.now, name, strlen(name));
	struct jp_node *const kept = arena_alloc(&c->json.now, sizeof *kept);
	*kept = term;
	const enum aws_refusal why = take(c, kept, row);
	if (why != OFFER)
		aws_refuse(&c->json.refused, why, line);
	*got = why == OFFER;
	return CM_OK;
}

static enum cm_status json_next(struct price_ctx *c, struct price_row *row, struct cm_err *err)
{
	static const enum where outer[] = { [TOP] = AFTER, [PRODUCTS] = TOP, [TERMS] = TOP, [TERM_TYPE] =
		TERMS,
					    [SKU] = TERM_TYPE, [AFTER] = AFTER };
	const struct price_row blank = *row;
	bool got = false;

	while (!got) {
		struct jp_token t;
		enum cm_status st = jsonpull_next(c->json.pull, &t, err);
		if (st == CM_END && !c->terms_seen)
			return aws_json_no_terms(&c->json, err);
		if (!st && t.event == JP_OBJECT_END) {
			c->where = outer[c->where];
			continue;
		}
		if (!st && t.event != JP_KEY)
			st = aws_json_wrong(&c->json, &t, "a name", err);
		*row = blank;
		if (!st)
			st = member(c, &t, row, &got, err);
		if (st)
			return st;
	}
	return CM_OK;
}

static void json_close(struct price_ctx *c)
{
	if (!c)
		return;
	aws_json_close(&c->json);
	free(c->product);
	free(c->slot);
	free(c);
}

static enum cm_status json_open(const struct price_from *from, struct price_ctx **out, struct cm_err *err)
{
	return aws_json_open(sizeof **out, "an EC2 offer file", from, out, err);
}

const struct price_source price_aws_ec2_json = {
	.abi = CM_PRICE_ABI,
	.name = "aws_ec2_json",
	.desc = "AWS Price List, EC2 offer file as JSON: on demand and reserved",
	.holds = (const char *const[]){ "\"formatVersion\"\n\"offerCode\"\n\"products\"", NULL },
	.provider = "aws",
	.open = json_open,
	.next = json_next,
	.refused = aws_json_refused,
	.close = json_close,
};
