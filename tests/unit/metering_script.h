/* What the tests of metering share: a clock and a meter that do as a script tells them. */
#ifndef TEST_METERING_SCRIPT_H
#define TEST_METERING_SCRIPT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "engine/metering.h"

/* ---- a clock and a meter that do as they are told ------------------------------------------ */

#define MAX 8
#define FAILS (-1e300) /* in a script: this reading fails */

static uint64_t clock_ns;
static double tick_ns; /* the clock's advance at each meter read */

static uint64_t test_clock(void)
{
	return clock_ns;
}

struct script { /* one channel: its description, and its reading at each read */
	struct meter_channel ch;
	const double *value;
};

struct meter_ctx { struct meter_channel ch[MAX]; };

static const struct script *script;
static size_t scripts, reads;
static const uint64_t *times_ns; /* the clock at each read; NULL: each read takes tick_ns */

static enum cm_status fake_open(const struct meter_from *from, struct meter_ctx **out,
				struct cm_err *err)
{
	(void)from;
	(void)err;
	*out = cm_alloc(sizeof **out);
	for (size_t i = 0; i < scripts; i++) {
		(*out)->ch[i] = script[i].ch;
		(*out)->ch[i].unit = "J";
	}
	return CM_OK;
}

static size_t fake_channels(struct meter_ctx *c, const struct meter_channel **out)
{
	*out = c->ch;
	return scripts;
}

static enum cm_status fake_read(struct meter_ctx *c, struct meter_value *v, struct cm_err *err)
{
	(void)c;
	(void)err;
	if (!times_ns)
		clock_ns += (uint64_t)tick_ns;
	for (size_t i = 0; i < scripts; i++) {
		double x = script[i].value ? script[i].value[reads] : 0;

		v[i].st = x <= FAILS ? CM_ABSENT : script[i].ch.st;
		v[i].value = x;
	}
	reads++;
	return CM_OK;
}

static void fake_close(struct meter_ctx *c)
{
	free(c);
}

static enum cm_status gone_open(const struct meter_from *from, struct meter_ctx **out,
				struct cm_err *err)
{
	(void)from;
	(void)out;
	return cm_fail(err, CM_ABSENT, "no such thing here");
}

static const struct meter fake = { .abi = CM_METER_ABI, .name = "fake", .desc = "", .open = fake_open,
				   .close = fake_close, .channels = fake_channels,
				   .read = fake_read };
static const struct meter gone = { .abi = CM_METER_ABI, .name = "gone", .desc = "", .open = gone_open,
				   .close = fake_close, .channels = fake_channels,
				   .read = fake_read };
static const struct meter *const meters[] = { &gone, &fake, NULL };

static struct metering *open_script(const struct script *s, size_t n, const uint64_t *times)
{
	const struct metering_options o = { .meters = meters, .now_ns = test_clock };
	struct metering *m = NULL;

	script = s;
	scripts = n;
	reads = 0;
	times_ns = times;
	clock_ns = times ? times[0] : 0;
	assert_int_equal(metering_open(&o, &m, NULL), CM_OK);
	return m;
}

static const uint64_t ten_seconds[] = { 0, 10000000000 };

/* One window over `n` readings at times[]. */
static struct metering_result window(struct metering *m, size_t n)
{
	struct metering_result r;

	assert_int_equal(metering_begin(m, NULL), CM_OK);
	for (size_t i = 1; i + 1 < n; i++) {
		clock_ns = times_ns[i];
		assert_int_equal(metering_poll(m, NULL), CM_OK);
	}
	clock_ns = times_ns[n - 1];
	assert_int_equal(metering_end(m, &r, NULL), CM_OK);
	return r;
}

/* A counter updated each 1 ms in steps of 0.1 mJ; BARE: neither is set yet. */
#define BARE(nm, sc, cov) .name = nm, .scope = CM_SCOPE_##sc, .covers = cov
#define CH(nm, sc, cov) BARE(nm, sc, cov), .refresh_ns = 1000000, .step = 1e-4

static void near(double got, double want)
{
	if (fabs(got - want) > 1e-9 * fmax(1, fabs(want)))
		fail_msg("got %.12g, want %.12g", got, want);
}

static void says(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("expected \"%s\" in \"%s\"", part, text ? text : "(nothing)");
}

#endif
