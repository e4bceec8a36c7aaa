/*
 * AWS's savings plan offer file as JSON: the same rows as price_aws_savings_plan.c has from CSV. Plans
 * stand in a
 * list, each with its length and its rates; who pays when is told by the plan's product, before the terms.
 *
 * Read token by token; of the products only payment, length and family are kept.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/price.h"
#include "aws_json.h"

struct plan { const char *sku, *payment, *length, *family, *region; };

enum where { TOP, PRODUCTS, TERMS, PLANS, PLAN, RATES, AFTER };

struct price_ctx {
	struct aws_json json;
	struct plan *plan;           /* a few hundred at most: looked through one by one */
	size_t plans, plan_cap;
	enum where where;
	bool terms_seen;
	size_t at_plan, at_rate;     /* places in their lists, for the row's pointer */
	char sku[64], start[40], length[64]; /* of the plan that is read */
	char months[8], date[32];
};

#define OFFER AWS_REFUSAL_NR

static const char *kept(struct price_ctx *c, const char *text)
{
	return arena_dup(&c->json.kept, text, strlen(text));
}

static void keep(struct price_ctx *c, const struct jp_node *n)
{
	const struct jp_node *a = jp_get(n, "attributes");

	CM_PUSH(c->plan, c->plans, c->plan_cap);
	c->plan[c->plans++] = (struct plan){ kept(c, jp_member(n, "sku")), kept(c, jp_member(a,
		"purchaseOption")),
					     kept(c, jp_member(a, "purchaseTerm")),
					     kept(c, jp_member(n, "productFamily")),
					     aws_region_of(jp_member(a, "location")) };
}

/* ---- a rate ------------------------------------------------------------------------------------- */

static enum aws_refusal take(struct price_ctx *c, const struct jp_node *n, struct price_row *r)
{
	static const struct plan none = { "", "", "", "", NULL };
	const struct plan *plan = &none;
	const struct jp_node *money = jp_get(n, "discountedRate");

	for (size_t i = 0; i < c->plans; i++)
		if (!strcmp(c->plan[i].sku, c->sku))
			plan = &c->plan[i];
	if (plan == &none)
		return AWS_NO_PRODUCT;
	const char *region = jp_member(n, "discountedRegionCode");
	const bool told = jp_get(money, "currency") != NULL;
	const struct aws_plan_rate rate = {
		.sku = jp_member(n, "discountedSku"), .service = jp_member(n, "discountedServiceCode"),
		.usage = jp_member(n, "discountedUsageType"), .operation = jp_member(n,
			"discountedOperation"),
		.has_operation = jp_get(n, "discountedOperation") != NULL,
		.unit = jp_get(n, "unit") ? jp_member(n, "unit") : "Hrs", .price = jp_member(money, "price"),
		.currency = told ? jp_member(money, "currency") : "USD", .payment = plan->payment,
		.length = *c->length ? c->length : plan->length, .region = *region || !plan->region
			? region : plan->region,
		.type = jp_member(n, "discountedInstanceType"),
	};
	const enum aws_refusal why = aws_plan_row(&rate, r, c->months);
	if (why != OFFER)
		return why;
	if (!told)
		r->note = "the rate states no currency: USD, in which AWS sells outside of China";
	aws_date(c->start, c->date);
	r->service = plan->family;
	r->sku_price = jp_member(n, "rateCode");
	r->start = c->date;
	r->published = c->json.published;
	r->retrieved = c->json.retrieved;
	r->source = c->json.address;
	r->file = c->json.name;
	r->line = arena_printf(&c->json.now, "/terms/savingsPlan/%zu/rates/%zu", c->at_plan - 1, c->at_rate);
	return OFFER;
}

/* ---- the document ------------------------------------------------------------------------------- */

/* The length of a plan in words: {"duration": 3, "unit": "year"}; without its unit the product's is taken. */
static void read_length(struct price_ctx *c, const struct jp_node *n)
{
	if (*jp_member(n, "unit"))
		snprintf(c->length, sizeof c->length, "%.20s %.20s", jp_member(n, "duration"),
			jp_member(n, "unit"));
}

static enum cm_status plan_member(struct price_ctx *c, const char *key, const struct jp_token *t,
	struct cm_err *err)
{
	const struct jp_node *n;

	if (!strcmp(key, "rates")) {
		if (t->event != JP_ARRAY)
			return aws_json_wrong(&c->json, t, "a list", err);
		c->where = RATES;
		c->at_rate = 0;
		return CM_OK;
	}
	arena_reset(&c->json.now);
	const enum cm_status st = jsonpull_tree(c->json.pull, t, &c->json.now, 0, &n, err);
	if (st)
		return st;
	if (!strcmp(key, "sku"))
		snprintf(c->sku, sizeof c->sku, "%.60s", jp_text(n));
	else if (!strcmp(key, "effectiveDate"))
		snprintf(c->start, sizeof c->start, "%.36s", jp_text(n));
	else if (!strcmp(key, "leaseContractLength"))
		read_length(c, n);
	return CM_OK;
}

/* A key at the top, in `terms` or in a plan, with its value. */
static enum cm_status member(struct price_ctx *c, const struct jp_token *key, struct cm_err *err)
{
	char name[64];
	struct jp_token t = { .event = JP_NULL };

	snprintf(name, sizeof name, "%.63s", key->text);
	const enum cm_status st = jsonpull_next(c->json.pull, &t, err);
	if (st)
		return st;
	if (c->where == PLAN)
		return plan_member(c, name, &t, err);
	if (c->where == TERMS && !strcmp(name, "savingsPlan")) {
		c->where = PLANS;
		return t.event == JP_ARRAY ? CM_OK : aws_json_wrong(&c->json, &t, "a list", err);
	}
	if (c->where == TOP && !strcmp(name, "terms")) {
		c->terms_seen = true;
		c->where = TERMS;
		return t.event == JP_OBJECT ? CM_OK : aws_json_wrong(&c->json, &t, "an object", err);
	}
	if (c->where == TOP && !strcmp(name, "products")) {
		if (c->terms_seen)
			return aws_json_wrong(&c->json, &t, "the products before the terms", err);
		c->where = PRODUCTS;
		return t.event == JP_ARRAY ? CM_OK : aws_json_wrong(&c->json, &t, "a list", err);
	}
	return aws_json_pass(&c->json, name, &t, err);
}

/* An object in a list: a product, a plan, a rate. */
static enum cm_status element(struct price_ctx *c, const struct jp_token *t, struct price_row *row, bool *got,
			      struct cm_err *err)
{
	const size_t line = t->line;
	const struct jp_node *n;

	if (c->where == PLANS) {
		c->where = PLAN;
		c->at_plan++;
		c->sku[0] = c->start[0] = c->length[0] = '\0';
		return CM_OK;
	}
	if (c->where != PRODUCTS && c->where != RATES)
		return aws_json_wrong(&c->json, t, "a name", err);
	arena_reset(&c->json.now);
	const enum cm_status st = jsonpull_tree(c->json.pull, t, &c->json.now, 0, &n, err);
	if (st)
		return st;
	if (c->where == PRODUCTS) {
		keep(c, n);
		return CM_OK;
	}
	const enum aws_refusal why = take(c, n, row);
	if (why != OFFER)
		aws_refuse(&c->json.refused, why, line);
	c->at_rate++;
	*got = why == OFFER;
	return CM_OK;
}

static enum cm_status plan_next(struct price_ctx *c, struct price_row *row, struct cm_err *err)
{
	static const enum where outer[] = { [TOP] = AFTER, [PRODUCTS] = TOP, [TERMS] = TOP, [PLANS] = TERMS,
					    [PLAN] = PLANS, [RATES] = PLAN, [AFTER] = AFTER };
	const struct price_row blank = *row;
	bool got = false;

	while (!got) {
		struct jp_token t = { .event = JP_NULL };
		enum cm_status st = jsonpull_next(c->json.pull, &t, err);
		if (st == CM_END && !c->terms_seen)
			return aws_json_no_terms(&c->json, err);
		if (st)
			return st;
		*row = blank;
		if (t.event == JP_OBJECT_END || t.event == JP_ARRAY_END)
			c->where = outer[c->where];
		else if (t.event == JP_KEY)
			st = member(c, &t, err);
		else if (t.event == JP_OBJECT)
			st = element(c, &t, row, &got, err);
		else
			st = aws_json_wrong(&c->json, &t, "an object", err);
		if (st)
			return st;
	}
	return CM_OK;
}

static void plan_close(struct price_ctx *c)
{
	if (!c)
		return;
	aws_json_close(&c->json);
	free(c->plan);
	free(c);
}

static enum cm_status plan_open(const struct price_from *from, struct price_ctx **out, struct cm_err *err)
{
	return aws_json_open(sizeof **out, "a savings plan offer file", from, out, err);
}

const struct price_source price_aws_savings_plan_json = {
	.abi = CM_PRICE_ABI,
	.name = "aws_savings_plan_json",
	.desc = "AWS Price List, savings plan offer file as JSON: EC2 rates under a plan",
	.holds = (const char *const[]){ "\"products\"\nSavingsPlans\"\n\"purchaseOption\"", NULL },
	.provider = "aws",
	.open = plan_open,
	.next = plan_next,
	.refused = aws_json_refused,
	.close = plan_close,
};
