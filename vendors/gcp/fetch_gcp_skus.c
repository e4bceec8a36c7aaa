/*
 * How Google's billing catalogue is fetched for price_gcp_skus.c: Compute Engine's SKUs of all regions,
 * page by page. The key travels as a header, so that no address holds it.
 */
#include <stdlib.h>
#include <string.h>

#include "api/price.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/str.h"

#define COMPUTE_ENGINE "6F81-5844-456A" /* the service's id: prices.md 2.3 */

/* Percent-encoded, for a query. */
static char *encoded_dup(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
	struct str s = { 0 };

	for (const char *p = text; *p; p++)
		if (strchr(plain, *p))
			str_addc(&s, *p);
		else
			str_addf(&s, "%%%02X", (unsigned)(unsigned char)*p);
	return str_take(&s);
}

static enum cm_status ask_page(const char *token, size_t page, const char *currency, struct price_asks *asks,
			       struct cm_err *err)
{
	char *safe = encoded_dup(token), *name = cm_printf_dup("compute-%s-%04zu.json", currency, page);
	char *url = cm_printf_dup("/v1/services/" COMPUTE_ENGINE "/skus?currencyCode=%s&pageSize=5000%s%s",
				  currency, *safe ? "&pageToken=" : "", safe);
	const enum cm_status st = price_ask(asks, &(struct price_ask){ .url = url, .name = name,
		.tag = currency, .read = true }, err);
	free(safe);
	free(name);
	free(url);
	return st;
}

static enum cm_status first(const struct price_want *want, struct price_asks *asks, struct cm_err *err)
{
	return ask_page("", 1, want->currency, asks, err);
}

static enum cm_status more(const struct price_want *want, struct price_answer *a, struct price_asks *asks,
			   struct cm_err *err)
{
	struct cmj *doc = NULL;
	struct str text = { 0 };
	enum cm_status st = cmj_parse(a->body, a->n, a->url, &doc, err);
	const struct cmj *skus = cmj_get(doc, "skus");
	const char *token = cmj_text(cmj_get(doc, "nextPageToken"), "");

	if (!st && !cmj_is_array(skus))
		st = cm_fail(err, CM_EINPUT, "%s: has no list 'skus': it is no page of the catalogue",
			     a->url);
	if (!st) {
		a->rows = cmj_len(skus);
		cmj_print(skus, false, &text);
		hash_bytes(str_get(&text), text.len, a->mark);
		if (!a->rows)
			st = cm_fail(err, CM_EINPUT, "%s: page %zu is empty", a->url, a->pages + 1);
		else if (*token)
			st = ask_page(token, a->pages + 2, want->currency, asks, err);
	}
	str_free(&text);
	cmj_free(doc);
	return st;
}

const struct price_fetch fetch_gcp_skus = {
	.abi = CM_PRICE_ABI,
	.source = "gcp_skus",
	.desc = "Google Cloud's catalogue of Compute Engine SKUs, all regions (needs a key)",
	.base = "https://cloudbilling.googleapis.com",
	.key = "header X-Goog-Api-Key",
	.key_from = "make one in Google Cloud's console for the Cloud Billing API",
	.holds = "\"skus\"",
	.first = first,
	.more = more,
};
