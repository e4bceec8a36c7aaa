/*
 * Reads mlperf_log_summary.txt, mlperf_log_detail.txt and spl.txt of one run (see mlperf_log.h). The rules
 * are those of the owner's submission checker; why each is as it is: docs/published.md. It knows no row.
 */
#include "mlperf_log.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/str.h"

#define LOG_MOST (1024u << 20)
#define ZONES_TO_ROUND 100      /* the last round whose logs need the hosts' time zones: 1.0 */
#define STOPPING_FROM_ROUND 200 /* since 2.0 latencies are the early-stopping estimates, in the detail log */
#define STREAMS 8               /* queries of a multi-stream sample */

/* ---- the summary ------------------------------------------------------------------------------- */

#define AT(member) offsetof(struct mlperf_run, member)

static const struct { const char *key; size_t at; } summary_keys[] = {
	{ "Samples per second", AT(samples) },
	{ "Tokens per second", AT(tokens) },
	{ "Completed samples per second", AT(completed_samples) },
	{ "Completed tokens per second", AT(completed_tokens) },
	{ "Scheduled samples per second", AT(scheduled_samples) },
	{ "90.00 percentile latency (ns)", AT(p90) },
	{ "90th percentile latency (ns)", AT(p90) },
	{ "99.00 percentile latency (ns)", AT(p99) },
	{ "99th percentile latency (ns)", AT(p99) },
};

static const struct { const char *key; size_t at; } detail_keys[] = {
	{ "result_samples_per_second", AT(samples) },
	{ "result_tokens_per_second", AT(tokens) },
	{ "result_completed_samples_per_sec", AT(completed_samples) },
	{ "result_completed_tokens_per_second", AT(completed_tokens) },
	{ "result_scheduled_samples_per_sec", AT(scheduled_samples) },
	{ "result_90.00_percentile_latency_ns", AT(p90) },
	{ "result_99.00_percentile_latency_ns", AT(p99) },
	{ "early_stopping_latency_ss", AT(stop_single) },
	{ "early_stopping_latency_ms", AT(stop_multi) },
	{ "result_qps_without_loadgen_overhead", AT(qps_bare) },
	{ "result_query_count", AT(queries) },
	{ "effective_samples_per_query", AT(samples_per_query) },
	{ "result_mean_query_latency_ns", AT(mean_query) },
};

static void put(struct mlperf_run *r, size_t at, double v)
{
	memcpy((char *)r + at, &v, sizeof v);
}

/* The line of [p, end) cut off and ended; NULL at the end. */
static char *next_line(char **p)
{
	char *line = *p, *end;

	if (!line || !*line)
		return NULL;
	end = strchr(line, '\n');
	*p = end ? end + 1 : line + strlen(line);
	if (end)
		*end = '\0';
	end = line + strlen(line);
	while (end > line && (end[-1] == '\r' || end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	return line;
}

/* "key : value": the key's end is cut, the value returned. */
static char *split_key(char *line)
{
	char *colon = strchr(line, ':'), *end;

	if (!colon)
		return NULL;
	for (end = colon; end > line && (end[-1] == ' ' || end[-1] == '\t'); end--)
		;
	*end = '\0';
	colon++;
	return colon + strspn(colon, " \t");
}

static void read_summary(char *text, struct mlperf_run *r)
{
	for (char *p = text, *line; (line = next_line(&p));) {
		char *value = split_key(line), *end;
		double v;

		if (!value)
			continue;
		if (!strcmp(line, "Scenario"))
			snprintf(r->scenario, sizeof r->scenario, "%s", value);
		else if (!strcmp(line, "Result is"))
			r->valid = !strcmp(value, "VALID");
		else if (!strcmp(line, "Mode"))
			r->performance = cm_starts(value, "Performance");
		else if (!strcmp(line, "Test Parameters Used"))
			return;
		v = strtod(value, &end);
		for (size_t i = 0; end != value && i < CM_COUNT(summary_keys); i++)
			if (!strcmp(line, summary_keys[i].key)) {
				const char *dot = strchr(value, '.');

				put(r, summary_keys[i].at, v);
				if (dot && strstr(line, "per second"))
					r->tick = fmax(r->tick, 0.5 * pow(10, -(double)strspn(dot + 1,
									  "0123456789")));
			}
	}
}

/* ---- the detail log ---------------------------------------------------------------------------- */

static bool wanted(const char *key)
{
	for (size_t i = 0; i < CM_COUNT(detail_keys); i++)
		if (!strcmp(detail_keys[i].key, key))
			return true;
	return !strcmp(key, "power_begin") || !strcmp(key, "power_end");
}

static void take(struct mlperf_run *r, const char *key, const struct cmj *value)
{
	double v = cmj_double(value, NAN);

	if (!strcmp(key, "power_begin"))
		snprintf(r->begin, sizeof r->begin, "%s", cmj_text(value, ""));
	if (!strcmp(key, "power_end"))
		snprintf(r->end, sizeof r->end, "%s", cmj_text(value, ""));
	if (cmj_is_string(value)) /* some loggers quote their numbers */
		v = strtod(cmj_text(value, "nan"), NULL);
	for (size_t i = 0; isfinite(v) && i < CM_COUNT(detail_keys); i++)
		if (!strcmp(detail_keys[i].key, key))
			put(r, detail_keys[i].at, v);
}

static enum cm_status read_detail(char *text, const char *name, struct mlperf_run *r, struct cm_err *err)
{
	size_t number = 0;

	for (char *p = text, *line; (line = next_line(&p));) {
		char *mark = strstr(line, ":::MLLOG"), *key, word[64];
		struct cmj *v = NULL;
		struct cm_err why;
		size_t n;

		number++;
		key = mark ? strstr(mark, "\"key\"") : NULL;
		key = key ? strchr(key + 5, '"') : NULL;
		if (!key)
			continue;
		n = strcspn(key + 1, "\"");
		snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), key + 1);
		if (!wanted(word))
			continue;
		mark += strcspn(mark, "{");
		if (cmj_parse(mark, strlen(mark), name, &v, &why))
			return cm_fail_at(err, CM_EINPUT, name, number, (size_t)(mark - line) + 1,
					  "the entry '%s' is no JSON object", word);
		take(r, word, cmj_get(v, "value"));
		cmj_free(v);
	}
	return CM_OK;
}

/* ---- power ------------------------------------------------------------------------------------- */

static long long civil_days(int y, int m, int d)
{
	/* days since 1970-01-01, proleptic Gregorian */
	y -= m <= 2;
	const int era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
	const int doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;

	return era * 146097LL + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

bool mlperf_time(const char *text, long long *ms)
{
	int y, mo, d, h, mi, s, f = 0, n = 0;

	/* NOLINTNEXTLINE(cert-err34-c): so few digits do not overflow */
	if (sscanf(text, "%2d-%2d-%4d %2d:%2d:%2d%n", &mo, &d, &y, &h, &mi, &s, &n) != 6 || mo < 1 ||
	    mo > 12 || d < 1 || d > 31 || h < 0 || h > 24 || mi < 0 || mi > 59 || s < 0 || s > 60 || y < 1900)
		return false;
	if (text[n] == '.')
		for (int i = 1, scale = 100; scale && text[n + i] >= '0' && text[n + i] <= '9';
		     i++, scale /= 10)
			f += (text[n + i] - '0') * scale;
	*ms = ((civil_days(y, mo, d) * 24 + h) * 60 + mi) * 60000 + s * 1000LL + f;
	return true;
}

/* A host's `timezone` in seconds, from a file beside the run; false: not there. */
static bool zone_of(const char *folder, const char *file, long long *ms)
{
	char *path = cm_printf_dup("%s/../power/%s", folder, file);
	struct str text = { 0 };
	struct cmj *v = NULL;
	const bool ok = file_read(path, 0, &text, NULL) == CM_OK &&
			cmj_parse(str_get(&text), text.len, path, &v, NULL) == CM_OK &&
			cmj_is_number(cmj_get(v, "timezone"));

	if (ok)
		*ms = (long long)(1000 * cmj_double(cmj_get(v, "timezone"), 0));
	cmj_free(v);
	str_free(&text);
	free(path);
	return ok;
}

/* Field `i` of a comma-separated line, in place. */
static const char *field(const char *line, unsigned i)
{
	while (i-- && line)
		if ((line = strchr(line, ',')))
			line++;
	return line ? line : "";
}

static void average(char *text, long long begin, long long end, long long shift, struct mlperf_run *r)
{
	double sum = 0, all = 0;
	size_t positive = 0;

	for (char *p = text, *line; (line = next_line(&p));) {
		long long at;
		/* Field 3 is the meter's total; the channels that may follow add up to it. */
		const double w = strtod(field(line, 3), NULL);

		if (!cm_starts(line, "Time,") || !mlperf_time(field(line, 1), &at))
			continue;
		r->lines++;
		if (!(w > 0))
			continue;
		all += w;
		positive++;
		at += shift;
		if (at > begin && at < end) {
			sum += w;
			r->inside++;
		}
	}
	r->window_s = (double)(end - begin) / 1000;
	r->whole_mean = positive ? all / (double)positive : NAN;
	r->watts = r->inside ? sum / (double)r->inside : NAN;
	r->no_power = r->inside ? NULL : "no sample of the power log lies inside the run";
}

static enum cm_status read_power(const char *folder, unsigned round, struct mlperf_run *r,
				 struct cm_err *err)
{
	char *path = cm_printf_dup("%s/spl.txt", folder);
	struct str text = { 0 };
	long long begin, end, client = 0, server = 0;
	enum cm_status st = CM_OK;

	r->no_power = "no power log";
	if (!file_exists(path)) {
		free(path);
		return CM_OK;
	}
	if (!mlperf_time(r->begin, &begin) || !mlperf_time(r->end, &end) || end <= begin) {
		r->no_power = "the run states no begin and end of its measured part";
	} else if (round && round <= ZONES_TO_ROUND &&
		   (!zone_of(folder, "client.json", &client) || !zone_of(folder, "server.json", &server))) {
		r->no_power = "a round up to v1.0 needs the time zones of client.json and server.json";
	} else if (!(st = file_read(path, LOG_MOST, &text, err))) {
		average(text.p ? text.p : (char[]){ "" }, begin + client, end + client, server, r);
	}
	str_free(&text);
	free(path);
	return st;
}

enum cm_status mlperf_run_read(const char *folder, unsigned round, struct mlperf_run *out,
			       struct cm_err *err)
{
	char *summary = cm_printf_dup("%s/mlperf_log_summary.txt", folder);
	char *detail = cm_printf_dup("%s/mlperf_log_detail.txt", folder);
	struct mlperf_run r = { .no_power = "no power log", .round = round };
	struct str text = { 0 };
	enum cm_status st = file_read(summary, LOG_MOST, &text, err);

	for (size_t i = 0; i < CM_COUNT(summary_keys); i++)
		put(&r, summary_keys[i].at, NAN);
	for (size_t i = 0; i < CM_COUNT(detail_keys); i++)
		put(&r, detail_keys[i].at, NAN);
	r.watts = r.window_s = r.whole_mean = NAN;
	if (!st && text.p)
		read_summary(text.p, &r);
	str_free(&text); /* file_read() makes a new one */
	r.has_detail = !st && file_exists(detail);
	if (r.has_detail) {
		st = file_read(detail, LOG_MOST, &text, err);
		if (!st && text.p)
			st = read_detail(text.p, detail, &r, err);
	}
	str_free(&text);
	if (!st)
		st = read_power(folder, round, &r, err);
	free(summary);
	free(detail);
	if (!st)
		*out = r;
	return st;
}

/* ---- what is published of it ------------------------------------------------------------------- */

static struct mlperf_figure rate(double v, const char *unit)
{
	return (struct mlperf_figure){ v, unit, "higher", "throughput", false,
				       isnan(v) ? "the log states no rate" : NULL };
}

static struct mlperf_figure latency(double ns, bool inferred)
{
	return (struct mlperf_figure){ ns / 1e6, "ms", "lower", "latency", inferred,
				       isnan(ns) ? "the log states no latency" : NULL };
}

static double first_of(double a, double b)
{
	return isnan(a) ? b : a;
}

/* The early-stopping estimate, or what was published before there was one. */
static struct mlperf_figure stopped(const struct mlperf_run *r, double estimate, double percentile,
				    bool inferred, double times)
{
	struct mlperf_figure f;

	if (isnan(estimate) && (!r->round || r->round >= STOPPING_FROM_ROUND)) {
		f = latency(NAN, inferred);
		f.why = "its latency is the early-stopping estimate, which only a detail log states";
		return f;
	}
	return latency(times * first_of(estimate, percentile), inferred);
}

struct mlperf_figure mlperf_figure_of(const struct mlperf_run *r, const char *scenario)
{
	const char *log = r->scenario;
	struct mlperf_figure f = { NAN, "", "", "", false, "the log is of another scenario, which cannot "
						       "stand for it" };

	if (cm_ieq(scenario, "Offline")) {
		if (cm_ieq(log, "Offline"))
			return isnan(r->tokens) ? rate(r->samples, "sample/s") : rate(r->tokens, "token/s");
		if (cm_ieq(log, "SingleStream"))
			f = rate(r->qps_bare, "sample/s");
		else if (cm_ieq(log, "MultiStream"))
			f = rate(r->samples_per_query * 1e9 / r->mean_query, "sample/s");
		f.inferred = true;
	} else if (cm_ieq(scenario, "Server") || cm_ieq(scenario, "Interactive")) {
		if (cm_ieq(log, "Server") || cm_ieq(log, "Interactive"))
			return isnan(r->completed_tokens)
				       ? rate(first_of(r->completed_samples, r->scheduled_samples), "query/s")
				       : rate(r->completed_tokens, "token/s");
	} else if (cm_ieq(scenario, "SingleStream")) {
		if (cm_ieq(log, "SingleStream"))
			return stopped(r, r->stop_single, r->p90, false, 1);
	} else if (cm_ieq(scenario, "MultiStream")) {
		if (cm_ieq(log, "MultiStream"))
			return stopped(r, r->stop_multi, r->p99, false, 1);
		if (cm_ieq(log, "SingleStream"))
			return stopped(r, r->stop_multi, r->p99, true, STREAMS);
	}
	return f;
}

double mlperf_stream_mj(const struct mlperf_run *r, const char *scenario)
{
	const bool multi = cm_ieq(scenario, "MultiStream");

	if (!multi && !cm_ieq(scenario, "SingleStream"))
		return NAN;
	return 1000 * r->watts * r->window_s / r->queries * (multi ? STREAMS : 1);
}
