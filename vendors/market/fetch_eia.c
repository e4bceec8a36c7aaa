/*
 * How US retail electricity prices are fetched for price_eia.c: EIA's API, commercial and industrial,
 * by state and month, at most 5,000 rows an answer. Each answer says how many rows there are in all,
 * and so many must come.
 */
#include <stdlib.h>
#include <string.h>

#include "api/price.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/str.h"

#define ROWS 5000 /* the API's most */

static enum cm_status ask_page(size_t offset, size_t page, struct price_asks *asks, struct cm_err *err)
{
	char *url = cm_printf_dup("/v2/electricity/retail-sales/data/?frequency=monthly&data%%5B0%%5D=price&"
				  "facets%%5Bsectorid%%5D%%5B%%5D=COM&facets%%5Bsectorid%%5D%%5B%%5D=IND&"
				  "sort%%5B0%%5D%%5Bcolumn%%5D=period&sort%%5B0%%5D%%5Bdirection%%5D=desc&"
				  "sort%%5B1%%5D%%5Bcolumn%%5D=stateid&sort%%5B1%%5D%%5Bdirection%%5D=asc&"
				  "sort%%5B2%%5D%%5Bcolumn%%5D=sectorid&sort%%5B2%%5D%%5Bdirection%%5D=asc&"
				  "length=%d&offset=%zu", ROWS, offset);
	char *name = cm_printf_dup("retail-sales-%04zu.json", page);
	const enum cm_status st = price_ask(asks, &(struct price_ask){ .url = url, .name = name,
		.tag = "US", .read = true }, err);
	free(url);
	free(name);
	return st;
}

static enum cm_status first(const struct price_want *want, struct price_asks *asks, struct cm_err *err)
{
	(void)want;
	return ask_page(0, 1, asks, err);
}

/* A count as a number or as text: the API has had both. */
static size_t count_of(const struct cmj *v)
{
	return cmj_is_string(v) ? (size_t)strtoul(cmj_text(v, ""), NULL, 10) : (size_t)cmj_double(v, 0);
}

static enum cm_status more(const struct price_want *want, struct price_answer *a, struct price_asks *asks,
			   struct cm_err *err)
{
	struct cmj *doc = NULL;
	struct str text = { 0 };
	enum cm_status st = cmj_parse(a->body, a->n, a->url, &doc, err);
	const struct cmj *response = cmj_get(doc, "response"), *data = cmj_get(response, "data");

	(void)want;
	if (!st && !cmj_is_array(data))
		st = cm_fail(err, CM_EINPUT,
			     "%s: has no list 'response.data': it is no answer of EIA's", a->url);
	if (!st) {
		const size_t total = count_of(cmj_get(response, "total"));
		a->rows = cmj_len(data);
		cmj_print(data, false, &text);
		hash_bytes(str_get(&text), text.len, a->mark);
		const size_t so_far = a->rows_before + a->rows;
		if (!a->rows || (so_far < total && a->rows < ROWS))
			st = cm_fail(err, CM_EINPUT, "%s: the list ends early: %zu of %zu rows", a->url,
				     so_far, total);
		else if (so_far < total)
			st = ask_page(so_far, a->pages + 2, asks, err);
	}
	str_free(&text);
	cmj_free(doc);
	return st;
}

const struct price_fetch fetch_eia = {
	.abi = CM_PRICE_ABI,
	.source = "eia",
	.desc = "US retail electricity by state and month (needs a key)",
	.base = "https://api.eia.gov",
	.key = "query api_key",
	.key_from = "register for one at eia.gov/opendata",
	.holds = "\"response\"",
	.first = first,
	.more = more,
};
