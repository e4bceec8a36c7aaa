/*
 * instances.json of ec2instances.info: AWS's prices by type, region and system, made by a third
 * party.
 *
 * Reserved and savings plan values are effective hourly rates: the upfront payment is spread
 * already, so it stands in the note and not in upfront_price. "dedicated" and "emr" stand among the
 * systems. GPU may be a fraction and GPU_memory is of all devices.
 */
#include <string.h>

#include "base/desk_json.h"

struct price_ctx {
	struct price_desk desk;
	struct desk_list list;
};

static const char *const no_keys[] = { NULL };

/* Systems by the source's key. */
static const struct { const char *key, *os, *tenancy, *license; } systems[] = {
	{ "linux", "linux", "shared", "included" }, { "mswin", "windows", "shared", "included" },
	{ "rhel", "rhel", "shared", "included" }, { "sles", "suse", "shared", "included" },
	{ "ubuntu", "ubuntu pro", "shared", "included" }, { "dedicated", "linux", "dedicated", "included" },
	{ "linuxSQL", "linux", "shared", "sql std" }, { "linuxSQLWeb", "linux", "shared", "sql web" },
	{ "linuxSQLEnterprise", "linux", "shared", "sql enterprise" },
	{ "mswinSQL", "windows", "shared", "sql std" }, { "mswinSQLWeb", "windows", "shared", "sql web" },
	{ "mswinSQLEnterprise", "windows", "shared", "sql enterprise" },
	{ "rhelSQL", "rhel", "shared", "sql std" }, { "rhelSQLWeb", "rhel", "shared", "sql web" },
	{ "rhelSQLEnterprise", "rhel", "shared", "sql enterprise" },
	{ "rhelHA", "rhel ha", "shared", "included" },
};

static void give(struct price_desk *d, struct price_row r, const char *price, const char *place)
{
	r.line = place;
	if (!*price || strcmp(price, "N/A") == 0)
		return;
	if (!money_is(price) || money_is_zero(price) || money_is_negative(price)) {
		desk_refuse(d, "the price is no number above 0", place);
		return;
	}
	r.price = price;
	desk_give(d, &r);
}

/* "yrTerm3Convertible.partialUpfront"; false: not of that form. */
static bool commitment(struct price_desk *d, const char *key, struct price_row *r)
{
	const char *kind = key + strlen("yrTerm1"), *dot = strchr(key, '.');
	const bool three = key[6] == '3';

	if (!cm_starts(key, "yrTerm") || (key[6] != '1' && !three) || !dot)
		return false;
	r->months = three ? "36" : "12";
	r->payment = strcmp(dot, ".noUpfront") == 0 ? "none" : strcmp(dot, ".partialUpfront") == 0 ? "partial"
		     : strcmp(dot, ".allUpfront") == 0 ? "all" : "";
	const bool savings = cm_starts(kind, "Savings");
	r->pricing = "Committed";
	r->term = savings ? "savings_plan" : "reserved";
	r->discount = savings ? "Spend" : "Usage";
	if (cm_starts(kind, "Convertible")) /* another price for the same term */
		r->service = desk_text(d, "%s, convertible", r->service);
	r->note = desk_text(d, "%.*s class; upfront payments are spread by the source",
		(int)(dot - kind), kind);
	return *r->payment != '\0' && dot > kind;
}

static void give_system(struct price_desk *d, struct price_row r, const struct jp_node *system,
			const char *place)
{
	static const char *const known[] = { "ondemand", "reserved", "spot_avg", "spot_min",
		"spot_max", "spot",
					     "pct_interrupt", "pct_savings_od" };
	const struct jp_node *reserved = jp_get(system, "reserved");
	const char *base = r.sku_price;

	desk_members(d, system, known, CM_COUNT(known));
	r.pricing = "Standard";
	r.term = "on_demand";
	r.list_price = jp_member(system, "ondemand");
	r.sku_price = desk_text(d, "%s/ondemand", base);
	give(d, r, jp_member(system, "ondemand"), desk_text(d, "%s/ondemand", place));
	r.pricing = "Dynamic";
	r.term = "spot";
	r.note = "a mean over zones and time";
	r.sku_price = desk_text(d, "%s/spot_avg", base);
	give(d, r, jp_member(system, "spot_avg"), desk_text(d, "%s/spot_avg", place));
	for (const struct jp_node *p = reserved ? reserved->first : NULL; p; p = p->next) {
		const char *at = desk_text(d, "%s/reserved/%s", place, p->key);
		struct price_row c = r;

		c.sku_price = desk_text(d, "%s/%s", base, p->key);
		if (commitment(d, p->key, &c))
			give(d, c, p->text, at);
		else
			desk_refuse(d, "a commitment that is not known", at);
	}
}

static void give_region(struct price_desk *d, struct price_row r, const struct jp_node *region,
			const char *place)
{
	r.region = desk_lower(d, region->key);
	for (const struct jp_node *s = region->first; s; s = s->next) {
		const char *at = desk_text(d, "%s/pricing/%s/%s", place, region->key, s->key);
		size_t i = 0;
		if (strcmp(s->key, "emr") == 0) {
			desk_refuse(d, "EMR: a charge on top of the machine's", at);
			continue;
		}
		while (i < CM_COUNT(systems) && strcmp(systems[i].key, s->key) != 0)
			i++;
		if (i == CM_COUNT(systems)) {
			desk_refuse(d, "an operating system that is not known", at);
			desk_name_unknown(d, s->key);
			continue;
		}
		struct price_row v = r;
		v.os = systems[i].os;
		v.tenancy = systems[i].tenancy;
		v.license = systems[i].license;
		v.sku_price = desk_text(d, "%s/%s/%s", r.sku, v.region, s->key);
		give_system(d, v, s, at);
	}
}

static enum cm_status record(struct price_ctx *ctx, struct cm_err *err)
{
	struct price_desk *d = &ctx->desk;
	const struct jp_node *item;
	const char *place;
	char each[MONEY_CAP];
	const enum cm_status st = desk_item(d, &ctx->list, &item, &place, err);

	if (st != CM_OK)
		return st;
	const struct jp_node *pricing = jp_get(item, "pricing");
	if (!*jp_member(item, "instance_type") || !jp_is(pricing, JP_OBJECT))
		return desk_wrong(d, item->line, item->col,
			"expected an instance_type with pricing: is this another format?",
				  err);
	struct price_row r = desk_row(d, place);
	const char *gpus = jp_member(item, "GPU"), *memory = jp_member(item, "GPU_memory");
	r.provider = r.host = "aws";
	r.service = "Amazon Elastic Compute Cloud";
	r.sku = r.offer = jp_member(item, "instance_type");
	if (money_is(gpus) && !money_is_zero(gpus)) {
		r.devices = gpus;
		r.device_text = jp_member(item, "GPU_model");
		if (money_is(memory) && !money_is_zero(memory) && money_divide(memory, gpus, 6, each))
			r.device_memory = desk_keep(d, each);
	}
	r.vcpus = jp_member(item, "vCPU");
	r.host_memory = jp_member(item, "memory");
	r.unit = "Hours";
	r.scope = "node";
	r.currency = "USD";
	r.capacity = "used";
	r.basis = "published";
	for (const struct jp_node *g = pricing->first; g; g = g->next)
		give_region(d, r, g, place);
	return CM_OK;
}

static enum cm_status ec2instances_open(const struct price_from *from, struct price_ctx **out,
	struct cm_err *err)
{
	struct price_ctx *ctx = desk_open(sizeof *ctx, from, record);

	(void)err;
	ctx->list = (struct desk_list){ .keys = no_keys, .lone = true };
	*out = ctx;
	return CM_OK;
}

const struct price_source price_ec2instances = {
	.abi = CM_PRICE_ABI, .name = "ec2instances", .provider = "aws",
	.desc = "ec2instances.info's instances.json: EC2 by type, region, system and commitment",
	.holds = (const char *const[]){ "\"ECU\"\n\"ebs_as_nvme\"", NULL },
	.open = ec2instances_open, .next = desk_next, .refused = desk_refused, .unknown = desk_unknown,
	.close = desk_close,
};
