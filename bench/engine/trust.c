/*
 * Trust checks of a launch (see trust.h). Limits stand in one table; they are wide, because a mark that
 * fires on ordinary noise is soon ignored: they catch what makes a figure wrong, not what widens it.
 */
#include "engine/trust.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"
#include "engine/stats.h"

static const struct limit {
	const char *what;
	double most;
	const char *says;
} limits[] = {
	{ "steal",    0.25, "the hypervisor took %.0f %% of the time of a core away (limit %.0f %%)" },
	{ "load",     0.75, "other programs used %.2f cores meanwhile (limit %.2f)" },
	{ "drift",    0.50,
	  "the second half of the samples differs from the first by %.0f %% (limit %.0f %%)" },
	{ "throttle", 0.0,  "the processor throttled %.0f times (limit %.0f)" },
};

enum { STEAL, LOAD, DRIFT, THROTTLE };

static void read_stat(const char *root, struct trust_snapshot *s)
{
	char path[512], line[512];
	double v[8];
	char *p = line + 4, *end;
	const double tick = (double)sysconf(_SC_CLK_TCK);

	snprintf(path, sizeof path, "%s/proc/stat", root ? root : "");
	if (!file_line(path, line, sizeof line) || !cm_starts(line, "cpu "))
		return;
	for (size_t i = 0; i < CM_COUNT(v); i++, p = end) {
		v[i] = strtod(p, &end);
		if (end == p)
			return;
	}
	/* user nice system idle iowait irq softirq steal */
	s->busy_cpu_s = (v[0] + v[1] + v[2] + v[5] + v[6]) / tick;
	s->steal_s = v[7] / tick;
	s->known = true;
}

static double read_throttle(const char *root)
{
	double sum = NAN, v;
	char path[512], line[64], *end;

	for (unsigned cpu = 0; cpu < 4096; cpu++) {
		snprintf(path, sizeof path,
			 "%s/sys/devices/system/cpu/cpu%u/thermal_throttle/core_throttle_count",
			 root ? root : "", cpu);
		if (!file_line(path, line, sizeof line))
			break;
		v = strtod(line, &end);
		if (end != line)
			sum = (isnan(sum) ? 0 : sum) + v;
	}
	return sum;
}

/* The kernel shows a package's time at each of its processors: the largest stands for the machine. */
static double read_throttled_s(const char *root)
{
	static const char *const files[] = { "core_throttle_total_time_ms",
					     "package_throttle_total_time_ms" };
	double most = NAN;
	char path[512], line[64], *end;

	for (unsigned cpu = 0; cpu < 4096; cpu++) {
		bool any = false;

		for (size_t f = 0; f < CM_COUNT(files); f++) {
			snprintf(path, sizeof path, "%s/sys/devices/system/cpu/cpu%u/thermal_throttle/%s",
				 root ? root : "", cpu, files[f]);
			if (!file_line(path, line, sizeof line))
				continue;
			const double ms = strtod(line, &end);

			any = true;
			if (end != line)
				most = fmax(isnan(most) ? 0 : most, ms * 1e-3);
		}
		if (!any)
			break;
	}
	return most;
}

void trust_read(const char *sysfs_root, struct trust_snapshot *out)
{
	struct rusage u;

	*out = (struct trust_snapshot){ .wall_s = (double)cm_now_ns() * 1e-9 };
	getrusage(RUSAGE_SELF, &u);
	out->own_cpu_s = (double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec +
			 1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
	read_stat(sysfs_root, out);
	out->throttle_events = read_throttle(sysfs_root);
	out->throttled_s = read_throttled_s(sysfs_root);
}

static void judge(struct cmj *out, int which, double value, double scale)
{
	char text[200];

	if (!(value > limits[which].most))
		return;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the table above */
	snprintf(text, sizeof text, limits[which].says, value * scale, limits[which].most * scale);
#pragma GCC diagnostic pop
	cmj_push(out, cmj_string(text));
}

struct cmj *trust_judge(const struct trust_snapshot *before, const struct trust_snapshot *after,
			const double *samples, size_t n)
{
	struct cmj *out = cmj_array();
	const double wall = after->wall_s - before->wall_s;

	/* /proc/stat counts in ticks of 10 ms: below 0.2 s it says nothing. */
	if (before->known && after->known && wall >= 0.2) {
		const double own = after->own_cpu_s - before->own_cpu_s;
		const double busy = after->busy_cpu_s - before->busy_cpu_s;

		judge(out, STEAL, (after->steal_s - before->steal_s) / wall, 100);
		judge(out, LOAD, (busy - own) / wall, 1);
	}
	if (n >= 12) {
		double half[2][2048], mid[2];

		for (size_t h = 0; h < 2; h++) {
			const size_t k = n / 2 < CM_COUNT(half[0]) ? n / 2 : CM_COUNT(half[0]);
			memcpy(half[h], samples + (h ? n - k : 0), k * sizeof *samples);
			mid[h] = stats_median(half[h], k);
		}
		judge(out, DRIFT, fabs(mid[1] / mid[0] - 1), 100);
	}
	if (!isnan(before->throttle_events) && !isnan(after->throttle_events))
		judge(out, THROTTLE, after->throttle_events - before->throttle_events, 1);
	return out;
}
