/* Serving and offline benchmarks of vLLM and SGLang: JSON, a list of it, or JSON Lines. No file of theirs
 * names the device: the user says it. */
#include <math.h>
#include <string.h>

#include "serving_json.h"

static const char suite[] = "vLLM serving benchmark";

static const char *const offline_keys[] = {
	"elapsed_time", "num_requests", "total_num_tokens", "requests_per_second", "tokens_per_second",
	"input", "output", "ouput", NULL,
};

/* The offline benchmark: other names, one of them misspelt in the wild. */
static void offline(const struct published_from *from, struct published_list *l, struct cmj *o,
		    const char *at)
{
	static const struct { const char *key, *metric, *unit; } rates[] = {
		{ "tokens_per_second", "throughput, tokens in and out", "token/s" },
		{ "requests_per_second", "throughput, requests", "request/s" },
	};
	const char *in = serving_text(l, o, "input"), *out = serving_text(l, o, "output");

	if (!*out)
		out = serving_text(l, o, "ouput");
	serving_unknown(l, o, offline_keys);
	for (size_t i = 0; i < CM_COUNT(rates); i++) {
		const double v = cmj_double(cmj_get(o, rates[i].key), NAN);
		struct published_row *r;

		if (!(v > 0))
			continue;
		r = published_add(l, from);
		r->suite = "vLLM offline benchmark";
		r->line = at;
		r->scenario = "offline";
		r->metric = rates[i].metric;
		r->load = pool_printf(&l->pool, "%s requests%s%s%s%s, %s tokens in all",
				      serving_text(l, o, "num_requests"), *in ? ", in " : "", in,
				      *out ? ", out " : "", out,
				      serving_text(l, o, "total_num_tokens"));
		r->notes = "the file names no model";
		r->quality = "unreviewed";
		r->same_run = pool_printf(&l->pool, "%s%s", from->path, at);
		published_value(l, r, v, rates[i].unit, "higher");
	}
}

static void take(const struct published_from *from, struct published_list *l, struct cmj *o,
		 const char *at)
{
	if (cmj_get(o, "tokens_per_second") || cmj_get(o, "requests_per_second"))
		offline(from, l, o, at);
	else if (cmj_get(o, "request_throughput"))
		serving_rows(from, l, o, at, suite);
	else
		published_refuse(l, from->path, at, "no run of a serving or offline benchmark");
}

static enum cm_status read(const struct published_from *from, struct published_list *l,
			   struct cm_err *err)
{
	return serving_each(from, l, take, err);
}

static bool knows(const struct published_from *from)
{
	return strstr(from->bytes, "\"request_throughput\"") ||
	       strstr(from->bytes, "\"requests_per_second\"");
}

const struct result_format result_vllm = {
	.abi = CM_PUBLISHED_ABI,
	.name = "vllm",
	.desc = "vLLM and SGLang serving or offline benchmark; needs --device and --devices",
	.family = "",
	.knows = knows,
	.read = read,
};
