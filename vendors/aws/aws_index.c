/* See aws_index.h. Regions of China (cn-…) lie in an index of their own, with prices in CNY. */
#include "aws_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

enum step { SERVICES, REGIONS, FILES };

static const char *partition(const char *region)
{
	return cm_starts(region, "cn-") ? "cn" : "aws";
}

enum cm_status aws_index_first(const struct price_want *want, struct price_asks *asks, struct cm_err *err)
{
	static const char *const partitions[] = { "aws", "cn" };

	for (size_t p = 0; p < CM_COUNT(partitions); p++) {
		bool wanted = false;
		char url[64];
		for (size_t i = 0; i < want->parts_n; i++)
			wanted = wanted || !strcmp(partition(want->parts[i]), partitions[p]);
		if (!wanted)
			continue;
		snprintf(url, sizeof url, "/offers/v1.0/%s/index.json", partitions[p]);
		const enum cm_status st = price_ask(
			asks,
			&(struct price_ask){
				.url = url, .tag = partitions[p], .step = SERVICES, .read = true },
			err);
		if (st)
			return st;
	}
	return CM_OK;
}

/* The entry of a region: an object's member for offers, a list's element for savings plans. */
static const char *region_url(const struct cmj *regions, const char *code)
{
	if (cmj_is_object(regions))
		return cmj_text(cmj_get(cmj_get(regions, code), "currentVersionUrl"), NULL);
	for (size_t i = 0; i < cmj_len(regions); i++) {
		const struct cmj *r = cmj_at(regions, i);
		if (!strcmp(cmj_text(cmj_get(r, "regionCode"), ""), code))
			return cmj_text(cmj_get(r, "versionUrl"), NULL);
	}
	return NULL;
}

static enum cm_status ask_region(const char *region, const char *url, struct price_asks *asks,
				 struct cm_err *err)
{
	char *csv = cm_strndup(url, strlen(url) - strlen("json")), *name = cm_printf_dup("%s.csv", region);
	struct str whole = { 0 };

	str_addf(&whole, "%scsv", csv);
	const enum cm_status st = price_ask(asks, &(struct price_ask){ .url = str_get(&whole), .name = name,
		.tag = region, .step = FILES, .fixed = !strstr(url, "/current/") }, err);
	str_free(&whole);
	free(csv);
	free(name);
	return st;
}

static enum cm_status read_regions(const struct cmj *doc, const struct price_want *want,
				   const struct price_answer *a, struct price_asks *asks, struct cm_err *err)
{
	struct cmj *regions = cmj_get(doc, "regions");

	if (!cmj_is_object(regions) && !cmj_is_array(regions))
		return cm_fail(err, CM_EINPUT, "%s: has no 'regions': it is no index of regions", a->url);
	for (size_t i = 0; i < want->parts_n; i++) {
		const char *region = want->parts[i];
		if (strcmp(partition(region), a->tag) != 0)
			continue;
		const char *url = region_url(regions, region);
		if (!url)
			return cm_fail(err, CM_EINPUT, "%s: knows no region '%s'", a->url, region);
		if (cm_ends(url, "/empty.json"))
			return cm_fail(err, CM_EINPUT, "%s: lists no prices for the region '%s'",
				       a->url, region);
		if (!cm_ends(url, ".json"))
			return cm_fail(err, CM_EINPUT,
				       "%s: its entry for '%s' is not understood: '%.100s'", a->url,
				       region, url);
		const enum cm_status st = ask_region(region, url, asks, err);
		if (st)
			return st;
	}
	return CM_OK;
}

enum cm_status aws_index_more(const char *service, const char *key, const struct price_want *want,
			      struct price_answer *a, struct price_asks *asks, struct cm_err *err)
{
	struct cmj *doc = NULL;
	enum cm_status st = cmj_parse(a->body, a->n, a->url, &doc, err);

	if (!st && a->step == REGIONS)
		st = read_regions(doc, want, a, asks, err);
	else if (!st) {
		const char *url = cmj_text(cmj_get(cmj_get(cmj_get(doc, "offers"), service), key), NULL);
		st = url ? price_ask(asks,
				     &(struct price_ask){
					     .url = url, .tag = a->tag, .step = REGIONS, .read = true },
				     err)
			 : cm_fail(err, CM_EINPUT,
				   "%s: has no 'offers.%s.%s': it is no index of services", a->url,
				   service, key);
	}
	cmj_free(doc);
	return st;
}
