/* The logs of one run of MLPerf Inference: what was achieved, and the power drawn meanwhile. */
#ifndef VENDORS_MLCOMMONS_MLPERF_LOG_H
#define VENDORS_MLCOMMONS_MLPERF_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "api/status.h"

/* Numbers are NaN where the logs do not state them. Times in ns. */
struct mlperf_run {
	bool valid, performance;      /* "Result is : VALID", "Mode : PerformanceOnly" */
	bool has_detail;
	unsigned round;               /* 501; 0: not known */
	double tick;                  /* half of the last place of the rates that the summary prints */
	char scenario[32];            /* as the log says; Interactive runs say Server */
	double samples, tokens, completed_samples, completed_tokens, scheduled_samples;
	double p90, p99;
	double stop_single, stop_multi; /* early stopping: single stream, multi stream */
	double qps_bare, queries, samples_per_query, mean_query;
	char begin[40], end[40];      /* of the measured part, as written */
	/* Power: mean of the meter's totals strictly inside begin … end. */
	double watts, window_s, whole_mean;
	size_t inside, lines;
	const char *no_power;         /* why there is none; NULL where there is */
};

/* folder: .../performance/run_1; round: 5.1 as 501. Rounds up to 1.0 logged local times, which the two hosts'
 * time zones beside the run correct; later ones logged UTC although the zones are still written down. */
enum cm_status mlperf_run_read(const char *folder, unsigned round, struct mlperf_run *out,
			       struct cm_err *err);
/* "MM-DD-YYYY HH:MM:SS.mmm" as milliseconds; false where it is no such time. */
bool mlperf_time(const char *text, long long *ms);

/* What a scenario's row publishes of this run, as the owner's checker computes it: also of a run of another
 * scenario that may stand for it. NaN and the reason where it cannot. */
struct mlperf_figure { double value; const char *unit, *better, *metric; bool inferred; const char *why; };
struct mlperf_figure mlperf_figure_of(const struct mlperf_run *r, const char *scenario);
/* Millijoules per stream; NaN for scenarios whose power is published in watts. */
double mlperf_stream_mj(const struct mlperf_run *r, const char *scenario);

#endif
