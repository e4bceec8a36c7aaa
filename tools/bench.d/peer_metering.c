/*
 * What a window of metering over all channels costs. usage: peer_metering [SYSFS_ROOT]; prints channels,
 * ns a window's begin and end, ns a poll (medians of 2000), and ms between polls ("inf": none is needed).
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "engine/metering.h"
#include "engine/stats.h"

enum { POLLS = 2000 };

static int fail(const struct cm_err *err)
{
	fprintf(stderr, "%s\n", err->why);
	return 1;
}

int main(int argc, char **argv)
{
	const struct metering_options from = { .sysfs_root = argc > 1 && *argv[1] ? argv[1] : NULL };
	const struct metering_channel *channel;
	struct metering *m = NULL;
	struct cm_err err = { 0 };
	static double ns[POLLS], edge[POLLS];
	struct metering_result r;
	size_t present = 0, n;

	if (metering_open(&from, &m, &err))
		return fail(&err);
	n = metering_channels(m, &channel);
	for (size_t i = 0; i < n; i++)
		present += channel[i].st == CM_OK;
	for (size_t i = 0; i < POLLS; i++) {
		const uint64_t t0 = cm_now_ns();
		uint64_t t1, t2;

		if (metering_begin(m, &err))
			return fail(&err);
		t1 = cm_now_ns();
		if (metering_poll(m, &err))
			return fail(&err);
		t2 = cm_now_ns();
		if (metering_end(m, &r, &err))
			return fail(&err);
		edge[i] = (double)(cm_now_ns() - t2 + t1 - t0);
		ns[i] = (double)(t2 - t1);
	}
	printf("%zu %.5g %.5g %.5g\n", present, stats_median(edge, POLLS), stats_median(ns, POLLS),
	       metering_poll_s(m) * 1e3);
	metering_close(m);
	return 0;
}
