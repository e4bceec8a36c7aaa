/*
 * InferenceX (InferenceMAX): raw runs, aggregates, lists of aggregates, and evaluations of
 * accuracy; told apart by their keys. Throughput is a GPU's there. No price is taken from anywhere
 * near it: none has a date.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "serving_json.h"

static const char suite[] = "InferenceX";

static void describe(struct published_list *l, struct published_row *r, const struct cmj *o,
		     const char *at)
{
	r->suite = suite;
	r->line = at;
	r->device_text = serving_text(l, o, "hw");
	r->benchmark = r->model = serving_text(l, o, "model");
	r->software = serving_text(l, o, "framework");
	r->precision_text = serving_text(l, o, "precision");
	r->precision = published_precision(l, r->precision_text);
	r->quality = "unreviewed";
	r->accelerators = "";
}

/* GPUs of a single node: tensor x pipeline x context parallel; neither experts nor data. */
static double gpus_of(const struct cmj *o)
{
	const double tp = cmj_double(cmj_get(o, "tp"), NAN), pp = cmj_double(cmj_get(o, "pp"), 1),
		     pcp = cmj_double(cmj_get(o, "pcp_size"), 1);

	return tp * pp * pcp;
}

static bool many_nodes(const struct cmj *o)
{
	const struct cmj *v = cmj_get(o, "is_multinode");

	return cmj_is_true(v) || !strcmp(cmj_text(v, ""), "true") || cmj_double(v, 0) > 0;
}

static void evaluation(const struct published_from *from, struct published_list *l, struct cmj *o,
		       const char *at)
{
	const double v = cmj_double(cmj_get(o, "score"), NAN), se = cmj_double(cmj_get(o, "score_se"), NAN);
	struct published_row *r;

	if (isnan(v)) {
		published_refuse(l, from->path, at, "an evaluation without a score");
		return;
	}
	r = published_add(l, from);
	describe(l, r, o, at);
	r->scenario = pool_printf(&l->pool, "evaluation %s", serving_text(l, o, "task"));
	r->metric = pool_printf(&l->pool, "accuracy, %s", serving_text(l, o, "score_name"));
	r->load = pool_printf(&l->pool, "%s at once, tp %s, ep %s, speculative decoding %s",
			      serving_text(l, o, "conc"), serving_text(l, o, "tp"),
			      serving_text(l, o, "ep"), serving_text(l, o, "spec_decoding"));
	r->date = pool_printf(&l->pool, "%.10s", serving_text(l, o, "timestamp"));
	r->n = serving_text(l, o, "n_eff");
	r->place = serving_text(l, o, "source");
	published_value(l, r, v, "1", "higher");
	if (!isnan(se)) { /* 95 % of the score's own standard error */
		r->lo = published_digits(l, v - 1.96 * se);
		r->hi = published_digits(l, v + 1.96 * se);
	}
}

static void set_power(struct published_list *l, struct published_row *r, const struct cmj *o, bool many,
		      double gpus)
{
	const double total = cmj_double(cmj_get(o, "avg_total_gpu_power_w"), NAN),
		     one = cmj_double(cmj_get(o, "avg_power_w"), NAN);
	const bool valid = cmj_double(cmj_get(o, "power_valid"), 1) > 0;

	if (isnan(total) && isnan(one) && !cmj_get(o, "joules_per_output_token"))
		return;
	if (!valid || (many && cmj_double(cmj_get(o, "power_metric_schema_version"), 0) < 2)) {
		r->notes = valid ? "power of several nodes without schema version 2: not kept"
				 : "its power is marked invalid: not kept";
		return;
	}
	r->power_w = published_digits(l, isnan(total) ? one * gpus : total);
	r->power_scope = "GPU boards";
	r->energy = serving_text(l, o, "joules_per_total_token");
	r->energy_unit = *r->energy ? "J/token" : "";
}

static void aggregate(const struct published_from *from, struct published_list *l, struct cmj *o,
		      const char *at)
{
	static const struct { const char *key, *metric, *unit, *better, *scope; } figures[] = {
		{ "tput_per_gpu", "throughput, tokens in and out", "token/s", "higher", "device" },
		{ "output_tput_per_gpu", "throughput, tokens out", "token/s", "higher", "device" },
		{ "input_tput_per_gpu", "throughput, tokens in", "token/s", "higher", "device" },
		{ "median_intvty", "interactivity, median", "token/s", "higher", "user" },
		{ "median_ttft", "time to first token, median", "s", "lower", "system" },
		{ "median_tpot", "time per output token, median", "s", "lower", "system" },
		{ "median_e2el", "end-to-end latency, median", "s", "lower", "system" },
		{ "p99_ttft", "time to first token, p99", "s", "lower", "system" },
		{ "p99_tpot", "time per output token, p99", "s", "lower", "system" },
	};
	const bool many = many_nodes(o);
	const double gpus = gpus_of(o);

	for (size_t i = 0; i < CM_COUNT(figures); i++) {
		const double v = cmj_double(cmj_get(o, figures[i].key), NAN);
		struct published_row *r;

		if (!(v > 0))
			continue;
		r = published_add(l, from);
		describe(l, r, o, at);
		r->scenario = "serving";
		if (!many && gpus > 0)
			r->accelerators = published_digits(l, gpus);
		if (many)
			r->notes = "several nodes: tokens in are per prefill GPU, tokens out per "
				   "decode GPU, and do not add";
		r->load = pool_printf(&l->pool, "%s in, %s out, %s at once", serving_text(l, o, "isl"),
				      serving_text(l, o, "osl"), serving_text(l, o, "conc"));
		r->metric = figures[i].metric;
		r->scope = figures[i].scope;
		r->date = serving_text(l, o, "date");
		r->same_run = pool_printf(&l->pool, "%s%s", from->path, at);
		published_value(l, r, v, figures[i].unit, figures[i].better);
		if (i == 0)
			set_power(l, r, o, many, gpus);
	}
}

static void take(const struct published_from *from, struct published_list *l, struct cmj *o,
		 const char *at)
{
	if (cmj_get(o, "tput_per_gpu"))
		aggregate(from, l, o, at);
	else if (cmj_get(o, "score") && cmj_get(o, "task"))
		evaluation(from, l, o, at);
	else if (cmj_get(o, "request_throughput"))
		serving_rows(from, l, o, at, suite);
	else
		published_refuse(l, from->path, at, "neither a run, an aggregate nor an evaluation");
}

static enum cm_status read(const struct published_from *from, struct published_list *l,
			   struct cm_err *err)
{
	return serving_each(from, l, take, err);
}

static bool knows(const struct published_from *from)
{
	return strstr(from->bytes, "\"tput_per_gpu\"") ||
	       (strstr(from->bytes, "\"score_name\"") && strstr(from->bytes, "\"framework\""));
}

const struct result_format result_inferencex = {
	.abi = CM_PUBLISHED_ABI,
	.name = "inferencex",
	.desc = "InferenceX: raw runs (with --device, --devices), aggregates, evaluations",
	.family = "",
	.knows = knows,
	.read = read,
};
