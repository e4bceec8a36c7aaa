/*
 * How Azure's retail prices are fetched for price_azure_retail.c: the virtual machines of each region,
 * page by page.
 *
 * NextPageLink is followed as it stands ($top would make it count down). There is no version and no
 * total, so a last page that is full is doubted: one more page is asked for by $skip, and must be
 * empty.
 */
#include <stdlib.h>
#include <string.h>

#include "api/price.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/str.h"

#define FULL 100 /* pages hold a multiple of so many rows: 100 in 2021, 1,000 in 2026 */

enum step { PAGE, BEYOND };

static char *list_dup(const char *region, const char *currency)
{
	return cm_printf_dup(
		"/api/retail/prices?api-version=2023-01-01-preview&currencyCode=%s&$filter="
		"serviceName%%20eq%%20%%27Virtual%%20Machines%%27%%20and%%20armRegionName%%20eq%%20%%"
		"27%s%%27",
		currency, region);
}

static enum cm_status ask_page(const char *url, const char *region, const char *currency, size_t page,
			       struct price_asks *asks, struct cm_err *err)
{
	char *name = cm_printf_dup("%s-%s-%04zu.json", region, currency, page);
	const enum cm_status st =
		price_ask(asks,
			  &(struct price_ask){
				  .url = url, .name = name, .tag = region, .step = PAGE, .read = true },
			  err);
	free(name);
	return st;
}

static enum cm_status first(const struct price_want *want, struct price_asks *asks, struct cm_err *err)
{
	enum cm_status st = CM_OK;

	for (size_t i = 0; !st && i < want->parts_n; i++) {
		char *url = list_dup(want->parts[i], want->currency);
		st = ask_page(url, want->parts[i], want->currency, 1, asks, err);
		free(url);
	}
	return st;
}

/* The last page is full: is there really nothing behind it? */
static enum cm_status ask_beyond(const struct price_want *want, const struct price_answer *a,
				 struct price_asks *asks, struct cm_err *err)
{
	char *list = list_dup(a->tag, want->currency);
	char *url = cm_printf_dup("%s&$skip=%zu", list, a->rows_before + a->rows);
	const enum cm_status st = price_ask(asks, &(struct price_ask){ .url = url, .tag = a->tag,
		.step = BEYOND, .read = true }, err);
	free(list);
	free(url);
	return st;
}

static void mark_page(const struct cmj *items, struct price_answer *a)
{
	struct str text = { 0 };

	a->rows = cmj_len(items);
	cmj_print(items, false, &text);
	hash_bytes(str_get(&text), text.len, a->mark);
	str_free(&text);
}

static enum cm_status read_page(const struct cmj *doc, const struct price_want *want, struct price_answer *a,
				struct price_asks *asks, struct cm_err *err)
{
	const struct cmj *items = cmj_get(doc, "Items"), *link = cmj_get(doc, "NextPageLink");
	const char *next = cmj_text(link, "");

	if (!cmj_is_array(items))
		return cm_fail(err, CM_EINPUT,
			       "%s: has no list 'Items': it is no page of retail prices", a->url);
	if (a->step == BEYOND)
		return cmj_len(items) ? cm_fail(err, CM_EINPUT,
						"%s: the list ended early: there are more rows behind "
						"its last page; try again later",
						a->url)
				      : CM_OK;
	mark_page(items, a);
	if (!a->rows && !a->pages)
		return cm_fail(err, CM_EINPUT,
			       "%s: not one price for the region '%s'; is it spelt as Azure does "
			       "(eastus, westeurope)?",
			       a->url, a->tag);
	if (!a->rows)
		return cm_fail(err, CM_EINPUT,
			       "%s: page %zu is empty, though the one before announced it", a->url,
			       a->pages + 1);
	if ((size_t)cmj_double(cmj_get(doc, "Count"), (double)a->rows) != a->rows)
		return cm_fail(err, CM_EINPUT, "%s: says %.0f rows and holds %zu", a->url,
			       cmj_double(cmj_get(doc, "Count"), 0), a->rows);
	if (!link)
		return cm_fail(err, CM_EINPUT,
			       "%s: does not say whether a page follows (no 'NextPageLink')", a->url);
	if (*next)
		return ask_page(next, a->tag, want->currency, a->pages + 2, asks, err);
	return a->rows % FULL ? CM_OK : ask_beyond(want, a, asks, err);
}

static enum cm_status more(const struct price_want *want, struct price_answer *a, struct price_asks *asks,
			   struct cm_err *err)
{
	struct cmj *doc = NULL;
	enum cm_status st = cmj_parse(a->body, a->n, a->url, &doc, err);

	if (!st)
		st = read_page(doc, want, a, asks, err);
	cmj_free(doc);
	return st;
}

const struct price_fetch fetch_azure_retail = {
	.abi = CM_PRICE_ABI,
	.source = "azure_retail",
	.desc = "Azure retail prices of virtual machines, page by page (some 16 pages a region)",
	.base = "https://prices.azure.com",
	.part = "region",
	.parts = "eastus",
	.holds = "\"Items\"",
	.first = first,
	.more = more,
};
