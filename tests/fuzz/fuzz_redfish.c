/* Any bytes as all that a controller answers, one JSON object of resources by path: every channel is whole,
 * what it reads is a power or an energy, and a second round gives the same. */
/* fuzz-sources: vendors/dmtf/meter_redfish.c vendors/dmtf/redfish_[!ht]*.c vendors/dmtf/redfish_time.c */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/meter.h"
#include "base/json.h"
#include "../../vendors/dmtf/redfish_tree.h"

extern const struct meter meter_redfish;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(int ok)
{
	if (!ok)
		abort();
}

/* ---- the service in place of redfish_tree.c: what was fuzzed ------------------------------------- */

struct redfish_tree {
	struct cmj *all;
	const char *loose[64];
	size_t nloose;
};

static struct redfish_tree tree;

enum cm_status redfish_open(const char *where, const char *ca_file, uint64_t until_ns,
			    struct redfish_tree **out, struct cm_err *err)
{
	(void)where, (void)ca_file, (void)until_ns, (void)err;
	*out = &tree;
	return CM_OK;
}

void redfish_until(struct redfish_tree *t, uint64_t until_ns) { (void)t, (void)until_ns; }
void redfish_close(struct redfish_tree *t) { (void)t; }
void redfish_ask(struct redfish_tree *t, const char *const *path, size_t n) { (void)t, (void)path, (void)n; }
bool redfish_ready(struct redfish_tree *t, bool wait) { (void)t, (void)wait; return true; }
void redfish_drop(struct redfish_tree *t) { (void)t; }
bool redfish_is_live(const struct redfish_tree *t) { (void)t; return false; }

const char *redfish_asked(const struct redfish_tree *t)
{
	return cmj_text(cmj_get(t->all, "asked"), "");
}

size_t redfish_loose(const struct redfish_tree *t, const char *const **out)
{
	*out = (const char *const *)t->loose;
	return t->nloose;
}

enum cm_status redfish_get(struct redfish_tree *t, const char *path, struct cmj **out, uint64_t *at_ns,
			   struct cm_err *err)
{
	struct cmj *o = cmj_get(t->all, path);

	*at_ns = 0;
	if (!o)
		return cm_fail(err, CM_ABSENT, "%s is not in the recording", path);
	if (!cmj_is_object(o))
		return cm_fail(err, cmj_is_null(o) ? CM_DENIED : CM_EDRIVER, "%s holds no object", path);
	*out = cmj_ref(o);
	return CM_OK;
}

bool redfish_is_recorded(const struct redfish_tree *t, const char *path)
{
	return cmj_get(t->all, path) != NULL;
}

size_t redfish_listed(const struct redfish_tree *t, const char *path, struct pool *pool,
		      const char *const **out)
{
	(void)t, (void)path, (void)pool;
	*out = NULL;
	return 0;
}

/* ---- one run ------------------------------------------------------------------------------------- */

static uint64_t clock_ns;

static uint64_t now_ns(void)
{
	return clock_ns += 1000;
}

static void whole(const char *text, size_t size)
{
	must(memchr(text, '\0', size) != NULL);
}

static void look(struct meter_ctx *c)
{
	const struct meter_channel *ch;
	const size_t n = meter_redfish.channels(c, &ch);
	struct meter_value *v = calloc(2 * n + 1, sizeof *v);

	must(n > 0 && v != NULL);
	must(meter_redfish.read(c, v, NULL) == CM_OK);
	clock_ns += 1000000000;
	must(meter_redfish.read(c, v + n, NULL) == CM_OK);
	for (size_t i = 0; i < n; i++) {
		whole(ch[i].name, sizeof ch[i].name);
		whole(ch[i].source, sizeof ch[i].source);
		whole(ch[i].covers, sizeof ch[i].covers);
		whole(ch[i].reason, sizeof ch[i].reason);
		whole(ch[i].note, sizeof ch[i].note);
		must(ch[i].st ? ch[i].reason[0] && v[i].st : ch[i].covers[0] && ch[i].refresh_ns > 0);
		must(v[i].st || (isfinite(v[i].value) && v[i].value >= 0));
		must(v[i].st == v[n + i].st || v[i].st == CM_ABSENT || v[n + i].st == CM_ABSENT);
		must(v[i].st || v[n + i].st || v[i].value == v[n + i].value);
		must(v[i].st || ch[i].kind != CM_POWER_SAMPLE || v[i].value > 0 ||
		     strcmp(ch[i].covers, CM_COVERS_MACHINE) != 0);
	}
	free(v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct meter_from from = { .redfish = "fuzz", .now_ns = now_ns };
	struct cm_err err = { 0 };
	struct meter_ctx *c = NULL;
	enum cm_status st;

	clock_ns = 1000000000000;
	tree = (struct redfish_tree){ 0 };
	if (cmj_parse((const char *)data, n, "f", &tree.all, &err))
		return 0;
	for (void *it = cmj_iter(tree.all); it && tree.nloose < CM_COUNT(tree.loose);
	     it = cmj_iter_next(tree.all, it))
		if (cm_ends(cmj_iter_key(it), ".json"))
			tree.loose[tree.nloose++] = cmj_iter_key(it);
	st = meter_redfish.open(&from, &c, &err);
	must(st == CM_OK || (st == CM_ABSENT && strlen(err.why) > 10));
	if (!st) {
		look(c);
		meter_redfish.close(c);
	}
	cmj_free(tree.all);
	return 0;
}
