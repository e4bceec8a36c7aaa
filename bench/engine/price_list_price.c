/*
 * What a price is below its list price: the on-demand price of the same thing, for reserved, planned and spot
 * rows whose source states no list price beside them.
 *
 * It is looked up when a row is read, not when it is imported: AWS's savings plans are a file apart from
 * its on-demand prices, and a file may list its reservations first. The same SKU decides; where a source
 * has none or one of its own for each term, the same licence. On-demand prices that differ give none: which
 * one is meant would be a guess.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/price_store_inner.h"

struct price_list {
	sqlite3_stmt *q;
	char price[48], file[1024], line[64]; /* of the row at hand */
};

static const char sql[] =
	"SELECT p.price, CASE p.file WHEN '' THEN i.name ELSE p.file END, p.line, p.\"SkuId\", p.license, "
	"p.import FROM key k CROSS JOIN price p INDEXED BY price_by_key ON p.key = k.id "
	"CROSS JOIN import i ON i.id = p.import "
	"WHERE k.\"ServiceProviderName\" = ?1 AND k.offer = ?2 AND k.device = ?3 AND k.\"RegionId\" = ?4 AND "
	"k.term = 'on_demand' AND k.label = 'on demand' AND (i.current = 1 OR i.id = ?11) AND "
	"p.operating_system = ?5 AND p.tenancy = ?6 AND p.\"PricingCurrency\" = ?7 AND "
	"p.\"PricingUnit\" = ?8 AND p.price_scope = ?9 AND p.\"AvailabilityZone\" IN ('', ?10) AND "
	"p.tier_start IN ('', '0') AND p.effective_end = ''";

struct price_list *price_list_open(struct price_store *s)
{
	struct price_list *l = cm_alloc(sizeof *l);

	if (sqlite3_prepare_v2(s->db, sql, -1, &l->q, NULL)) {
		free(l);
		return NULL;
	}
	return l;
}

void price_list_close(struct price_list *l)
{
	if (!l)
		return;
	sqlite3_finalize(l->q);
	free(l);
}

static const char *text_at(sqlite3_stmt *q, int i)
{
	const unsigned char *t = sqlite3_column_text(q, i);

	return t ? (const char *)t : "";
}

/* How well the on-demand row at hand fits: 0 = it is of another thing. */
static int fit(sqlite3_stmt *q, const struct stored_price *p)
{
	const bool sku = *p->row.sku && !strcmp(p->row.sku, text_at(q, 3));
	const bool license = !strcmp(p->row.license, text_at(q, 4));

	if (!sku && !license)
		return 0;
	return 1 + 2 * sku + (sqlite3_column_int64(q, 5) == p->import);
}

/* The best fit into l; false: none, or several that fit as well and differ. */
static bool look_up(struct price_list *l, const struct stored_price *p)
{
	const char *const key[] = { p->row.provider, p->row.offer, p->row.device, p->row.region, p->row.os,
				    p->row.tenancy, p->row.currency, p->row.unit, p->row.scope, p->row.zone };
	int best = 0;
	bool differ = false;

	sqlite3_reset(l->q);
	for (size_t i = 0; i < CM_COUNT(key); i++)
		sqlite3_bind_text(l->q, (int)i + 1, key[i], -1, SQLITE_STATIC);
	sqlite3_bind_int64(l->q, (int)CM_COUNT(key) + 1, p->import);
	while (sqlite3_step(l->q) == SQLITE_ROW) {
		const int how = fit(l->q, p);
		struct dec now, before;

		if (!how || how < best || !dec_parse(text_at(l->q, 0), &now) || now.m <= 0)
			continue;
		if (how == best) {
			differ |= !dec_parse(l->price, &before) || dec_cmp(now, before) != 0;
			continue;
		}
		best = how;
		differ = false;
		snprintf(l->price, sizeof l->price, "%.47s", text_at(l->q, 0));
		snprintf(l->file, sizeof l->file, "%.1023s", text_at(l->q, 1));
		snprintf(l->line, sizeof l->line, "%.63s", text_at(l->q, 2));
	}
	return best && !differ;
}

void price_list_find(struct price_list *l, struct stored_price *p)
{
	const bool below = !strcmp(p->row.pricing, "Committed") || !strcmp(p->row.pricing, "Dynamic");
	struct dec list, paid;

	if (!*p->row.list_price && below && look_up(l, p)) {
		p->row.list_price = l->price;
		p->list_file = l->file;
		p->list_line = l->line;
	}
	if (dec_parse(p->row.list_price, &list) && list.m > 0 && dec_parse(p->row.effective, &paid) &&
	    (below || dec_cmp(list, paid) != 0))
		p->discount = 1 - dec_double(paid) / dec_double(list);
}
