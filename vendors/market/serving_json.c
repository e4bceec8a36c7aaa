/* What vLLM, SGLang and InferenceX write of a run against one endpoint (see serving_json.h). */
#include "serving_json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const known[] = {
	"date",
	"backend",
	"model_id",
	"tokenizer_id",
	"best_of",
	"num_prompts",
	"request_rate",
	"burstiness",
	"max_concurrency",
	"duration",
	"completed",
	"good_completed",
	"total_input_tokens",
	"total_output_tokens",
	"total_input",
	"total_output",
	"request_throughput",
	"request_goodput",
	"request_goodput:",
	"input_throughput",
	"output_throughput",
	"total_token_throughput",
	"input_lens",
	"output_lens",
	"ttfts",
	"itls",
	"generated_texts",
	"errors",
	"label",
	"endpoint_type",
	"failed",
	"max_output_tokens_per_s",
	"max_concurrent_requests",
	NULL,
};

/* Of latencies, in the file as STAT_NAME in seconds or STAT_NAME_ms. */
static const char *const stats[] = { "mean", "median", "std", "p90", "p95", "p99" };
static const struct { const char *key, *says; } names[] = {
	{ "ttft", "time to first token" }, { "tpot", "time per output token" },
	{ "itl", "inter-token latency" }, { "e2el", "end-to-end latency" },
};

const char *serving_text(struct published_list *l, const struct cmj *o, const char *key)
{
	const struct cmj *v = cmj_get(o, key);

	return cmj_is_number(v) ? published_digits(l, cmj_double(v, 0)) : published_keep(l, cmj_text(v, ""));
}

static bool is_latency(const char *key)
{
	for (size_t s = 0; s < CM_COUNT(stats); s++)
		for (size_t n = 0; n < CM_COUNT(names); n++) {
			char word[64];

			snprintf(word, sizeof word, "%s_%s", stats[s], names[n].key);
			if (!strncmp(key, word, strlen(word)) &&
			    (!key[strlen(word)] || !strcmp(key + strlen(word), "_ms")))
				return true;
		}
	return false;
}

void serving_unknown(struct published_list *l, struct cmj *o, const char *const *also)
{
	for (void *it = cmj_iter(o); it; it = cmj_iter_next(o, it)) {
		const char *key = cmj_iter_key(it);
		bool is = is_latency(key);

		for (size_t i = 0; also[i] && !is; i++)
			is = !strcmp(also[i], key);
		if (!is)
			published_unknown(l, key);
	}
}

static double amount(const struct cmj *o, const char *key)
{
	return cmj_double(cmj_get(o, key), NAN);
}

/* "20241109-150547" → "2024-11-09": local time without a zone, so only its day is kept. */
static const char *day_of(struct published_list *l, const char *date)
{
	return strlen(date) >= 8 && strspn(date, "0123456789") >= 8
		       ? pool_printf(&l->pool, "%.4s-%.2s-%.2s", date, date + 4, date + 6)
		       : published_keep(l, date);
}

static struct published_row *row(const struct published_from *from, struct published_list *l,
				 const struct cmj *o, const char *at, const char *suite)
{
	struct published_row *r = published_add(l, from);
	struct str load = { 0 };
	const char *rate = serving_text(l, o, "request_rate"), *most = serving_text(l, o, "max_concurrency");

	r->suite = suite;
	r->line = at;
	r->benchmark = r->model = serving_text(l, o, "model_id");
	r->software = serving_text(l, o, "backend");
	r->scenario = "serving";
	r->date = day_of(l, cmj_text(cmj_get(o, "date"), ""));
	str_addf(&load, "%s requests at %s/s", serving_text(l, o, "num_prompts"),
		 *rate ? rate : "an untold rate");
	if (*most)
		str_addf(&load, ", at most %s at once", most);
	str_addf(&load, ", %s tokens in and %s out", serving_text(l, o, "total_input_tokens"),
		 serving_text(l, o, "total_output_tokens"));
	r->load = published_keep(l, str_get(&load));
	r->quality = "unreviewed";
	str_free(&load);
	return r;
}

void serving_rows(const struct published_from *from, struct published_list *l, struct cmj *o,
		  const char *at, const char *suite)
{
	const struct { const char *key, *metric, *unit; } rates[] = {
		{ "total_token_throughput", "throughput, tokens in and out", "token/s" },
		{ "input_throughput", "throughput, tokens in", "token/s" },
		{ "output_throughput", "throughput, tokens out", "token/s" },
		{ "request_throughput", "throughput, requests", "request/s" },
	};
	const double asked = amount(o, "num_prompts"), done = amount(o, "completed");
	const char *run = pool_printf(&l->pool, "%s%s", from->path, at);

	serving_unknown(l, o, known);
	if (done < asked || (isfinite(asked) && isnan(done))) {
		published_refuse(l, from->path, at, "fewer requests were completed than were asked for");
		return;
	}
	for (size_t i = 0; i < CM_COUNT(rates); i++) {
		double v = amount(o, rates[i].key);
		struct published_row *r;

		if (i == 0 && isnan(v)) /* some clients leave the sum to the reader */
			v = amount(o, "input_throughput") + amount(o, "output_throughput");
		if (!(v > 0))
			continue;
		r = row(from, l, o, at, suite);
		r->metric = rates[i].metric;
		r->same_run = run;
		published_value(l, r, v, rates[i].unit, "higher");
	}
	for (size_t n = 0; n < CM_COUNT(names); n++)
		for (size_t s = 0; s < CM_COUNT(stats); s++) {
			char key[64];
			double v;
			struct published_row *r;

			snprintf(key, sizeof key, "%s_%s_ms", stats[s], names[n].key);
			v = amount(o, key) / 1000;
			if (isnan(v)) {
				key[strlen(key) - 3] = '\0';
				v = amount(o, key);
			}
			if (!(v > 0) || !strcmp(stats[s], "std"))
				continue;
			r = row(from, l, o, at, suite);
			r->metric = pool_printf(&l->pool, "%s, %s", names[n].says, stats[s]);
			r->same_run = run;
			published_value(l, r, v, "s", "lower");
		}
}

enum cm_status serving_each(const struct published_from *from, struct published_list *l,
			    void (*take)(const struct published_from *from, struct published_list *l,
					 struct cmj *o, const char *at),
			    struct cm_err *err)
{
	struct cmj *doc = NULL;
	enum cm_status st = cmj_parse(from->bytes, from->len, from->path, &doc, err);
	const char *p = from->bytes + strspn(from->bytes, " \t\r\n"), *eol = strchr(p, '\n');
	size_t line = 0;

	if (!st) {
		for (size_t i = 0; cmj_is_array(doc) && i < cmj_len(doc); i++)
			take(from, l, cmj_at(doc, i), pool_printf(&l->pool, "/%zu", i));
		if (cmj_is_object(doc))
			take(from, l, doc, "");
		cmj_free(doc);
		return CM_OK;
	}
	/* One document a line: only if the first line is one by itself. */
	if (*p != '{' || !eol || cmj_parse(p, (size_t)(eol - p), from->path, &doc, NULL))
		return st;
	cmj_free(doc);
	for (p = from->bytes, st = CM_OK; *p && !st; p = *eol ? eol + 1 : eol) {
		struct cm_err why;

		line++;
		eol = p + strcspn(p, "\n");
		if (p + strspn(p, " \t\r") >= eol)
			continue;
		if (cmj_parse(p, (size_t)(eol - p), from->path, &doc, &why))
			st = cm_fail_at(err, CM_EINPUT, from->path, line, 0, "the line is no JSON document");
		else
			take(from, l, doc, pool_printf(&l->pool, "%zu", line));
		if (!st)
			cmj_free(doc);
	}
	return st;
}
