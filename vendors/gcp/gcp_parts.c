/* See gcp_parts.h; it knows no layout of a file. */
#include "gcp_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"

/* Words of a description that make it another thing, most telling first; NULL reason: a term of its own. */
static const struct gcp_other others[] = {
	{ "Sole Tenancy", "sole tenancy: another product" },
	{ "Premium", "a premium on top of another price" },
	{ "suspended", "price of a suspended machine" },
	{ "Reserved ", "price of a reservation, not of a machine" },
	{ "Custom", "custom machine type: another price" },
	{ "Virtual Workstation", "with a display licence: another price" },
	{ "DWS", NULL }, { "Calendar Mode", NULL }, { "Flex Start", NULL },
};

static const struct { const char *usage, *unit; } units[] = {
	{ "h", "Hours" }, { "GiBy.h", "GiB-Hours" }, { "GiBy.mo", "GiB-Months" }, { "GiBy", "GiB" },
	{ "By", "Bytes" }, { "count", "Units" }, { "mo", "Months" }, { "GBy.mo", "GB-Months" },
	{ "TiBy", "TiB" }, { "TiBy.mo", "TiB-Months" }, { "min", "Minutes" }, { "s", "Seconds" },
	  { "d", "Days" },
};

const struct gcp_other *gcp_other(const char *text)
{
	for (size_t i = 0; i < CM_COUNT(others); i++)
		if (strcasestr(text, others[i].word))
			return &others[i];
	return NULL;
}

const char *gcp_unit(const char *usage)
{
	for (size_t i = 0; i < CM_COUNT(units); i++)
		if (!strcmp(units[i].usage, usage))
			return units[i].unit;
	return usage;
}

const char *gcp_money(struct price_desk *d, const struct jp_node *price)
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

const char *gcp_thing(struct price_desk *d, const char *text)
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

static bool is_part(const struct gcp_parts *p, const char *name)
{
	for (size_t i = 0; i < p->parts; i++)
		if (cm_ieq(p->part[i].name, name))
			return true;
	return false;
}

void gcp_keep(struct price_desk *d, struct gcp_parts *p, const struct price_row *r, const char *name)
{
	struct pool *pool = &d->pool;
	size_t i = 0;

	if (!is_part(p, name) || strcmp(r->tier_start, "0") != 0)
		return;
	for (; i < p->kepts; i++) {
		const struct gcp_kept *k = &p->kept[i];
		if (cm_ieq(k->name, name) && strcmp(k->region, r->region) == 0 &&
				strcmp(k->term, r->term) == 0 &&
		    strcmp(k->currency, r->currency) == 0)
			break;
	}
	if (i < p->kepts && strcmp(p->kept[i].start, r->start) > 0)
		return;
	if (i == p->kepts) {
		CM_PUSH(p->kept, p->kepts, p->kept_cap);
		p->kepts++;
	}
	p->kept[i] = (struct gcp_kept){ pool_dup(pool, name), pool_dup(pool, r->region),
		pool_dup(pool, r->term),
		pool_dup(pool, r->currency), pool_dup(pool, r->price), pool_dup(pool, r->unit),
		pool_dup(pool, r->start), pool_dup(pool, r->line), pool_dup(pool, r->device_text) };
}

/* ---- machines ------------------------------------------------------------------------------------- */

static const struct gcp_kept *find_part(const struct gcp_parts *p, const char *name,
					const struct gcp_kept *like)
{
	for (size_t i = 0; i < p->kepts; i++) {
		const struct gcp_kept *k = &p->kept[i];
		/* Local storage has one price for all terms where no spot price is listed. */
		if (cm_ieq(k->name, name) && strcmp(k->region, like->region) == 0 &&
		    strcmp(k->currency, like->currency) == 0 && strcmp(k->term, like->term) == 0)
			return k;
	}
	return NULL;
}

/* What one part adds to the hour of a machine; months are of 730 hours. */
static bool add_part(char sum[MONEY_CAP], const struct gcp_kept *k, const char *amount)
{
	char hour[MONEY_CAP];

	if (cm_ends(k->unit, "-Months") || strcmp(k->unit, "Months") == 0)
		return money_divide(k->price, "730", 15, hour) && money_add_product(sum, hour, amount);
	return money_add_product(sum, k->price, amount);
}

/* The shape of parts [from, to) in the region, term and currency of its device. */
static void give_shape(struct price_desk *d, const struct gcp_parts *p, size_t from, size_t to,
		       const struct gcp_kept *device, const char *devices)
{
	char sum[MONEY_CAP] = "";
	struct str from_parts = { 0 };
	struct price_row r = desk_row(d, device->place);
	const char *latest = "";

	for (size_t i = from; i < to; i++) {
		const struct gcp_kept *k = find_part(p, p->part[i].name, device);
		if (!k || !add_part(sum, k, p->part[i].amount)) {
			desk_refuse(d, "a machine of which not all parts are in the file", device->place);
			str_free(&from_parts);
			return;
		}
		str_addf(&from_parts, "%s%s × %s", from_parts.len ? " + "
			: "", p->part[i].amount, k->price);
		latest = strcmp(k->start, latest) > 0 ? k->start : latest;
	}
	r.provider = r.host = "gcp";
	r.service = "Compute Engine";
	r.sku = r.offer = p->part[from].shape;
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

void gcp_machines(struct price_desk *d, const struct gcp_parts *p)
{
	for (size_t from = 0, to; from < p->parts; from = to) {
		for (to = from; to < p->parts && strcmp(p->part[to].shape, p->part[from].shape) == 0;)
			to++;
		for (size_t i = 0; i < p->kepts; i++) {
			const struct gcp_kept *k = &p->kept[i];
			for (size_t q = from; q < to; q++)
				if (*k->device && cm_ieq(p->part[q].name, k->name) &&
				    (strcmp(k->term, "on_demand") == 0 || strcmp(k->term, "spot") == 0))
					give_shape(d, p, from, to, k, p->part[q].amount);
		}
	}
}

static enum cm_status read_shapes(struct price_desk *d, struct gcp_parts *p, const char *path,
				  struct cm_err *err)
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
		CM_PUSH(p->part, p->parts, p->part_cap);
		p->part[p->parts++] = (struct gcp_part){ pool_dup(&d->pool, row.cell[0]),
			pool_dup(&d->pool, row.cell[1]), pool_dup(&d->pool, row.cell[2]) };
	}
	csv_close(csv);
	return st == CM_END ? CM_OK : st;
}

enum cm_status gcp_parts_read(struct price_desk *d, struct gcp_parts *p, struct cm_err *err)
{
	const char *data = file_data_dir();
	char *path = cm_printf_dup("%s/vendors/gcp/shapes.csv", data ? data : ".");
	const enum cm_status st = read_shapes(d, p, path, err);

	free(path);
	return st;
}

void gcp_parts_free(struct gcp_parts *p)
{
	free(p->part);
	free(p->kept);
}
