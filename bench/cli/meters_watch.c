/*
 * See meters_watch.h. A line a second, whole and at once, in columns that stay: for an eye and for a pipe.
 * On a terminal it is cut to the window's width, so that each second stays one line; in a pipe nothing is.
 */
#include "cli/meters_watch.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/json.h"
#include "base/textable.h"
#include "base/utf8.h"
#include "cli/stop.h"

/* Watts that the counted channels show now, where all of them tell watts; NaN. A controller that is slow
 * to update gives no joules of one second, but it gives this. */
static double watts_now(const struct metering_result *r)
{
	double sum = 0;
	size_t n = 0;

	for (size_t i = 0; i < r->parts; i++) {
		if (!r->part[i].counted)
			continue;
		if (r->part[i].kind != CM_POWER_SAMPLE)
			return NAN;
		sum += r->part[i].last;
		n++;
	}
	return n ? sum : NAN;
}

static void put_json(const struct metering_result *r, const char *iso, struct str *text)
{
	struct cmj *o = cmj_object();

	cmj_set(o, "time", cmj_string(iso));
	cmj_set(o, "window_s", cmj_number(r->window_s));
	cmj_set(o, "watts", cmj_number(r->watts.value));
	cmj_set(o, "watts_lo", cmj_number(r->watts.lo));
	cmj_set(o, "watts_hi", cmj_number(r->watts.hi));
	cmj_set(o, "joules", cmj_number(r->joules.value));
	cmj_set(o, "watts_now", cmj_number(watts_now(r)));
	cmj_set(o, "basis", cmj_string(cm_basis_word(r->joules.basis)));
	cmj_set(o, "scope", cmj_string(r->scope));
	cmj_set(o, "channels", cmj_string(r->channels));
	cmj_set(o, "reason", cmj_string(r->joules.missing));
	cmj_print(o, false, text);
	cmj_free(o);
}

static void put_text(const struct metering_result *r, const char *iso, struct str *text)
{
	char joules[64], watts[64], range[64];

	if (r->joules.missing) {
		const double now = watts_now(r);

		if (isfinite(now))
			str_addf(text, "%s  %8.4g W now; no joules: %s", iso, now, r->joules.missing);
		else
			str_addf(text, "%s  not measured: %s", iso, r->joules.missing);
		return;
	}
	cm_figure_print(&r->joules, 4, joules, sizeof joules);
	cm_figure_print(&r->watts, 4, watts, sizeof watts);
	snprintf(range, sizeof range, "(%.4g to %.4g)", r->watts.lo, r->watts.hi);
	str_addf(text, "%s  %8s W %-20s  %8s J in %6.3f s  %s: %s (%s)", iso, watts, range, joules,
		 r->window_s, r->scope, r->channels, cm_basis_word(r->joules.basis));
}

/* Bytes of the first `width` characters. */
static size_t fitting(const char *s, unsigned width)
{
	size_t bytes = 0;
	uint32_t c;

	for (unsigned n = 0; s[bytes] && n < width; n++)
		bytes += utf8_next(s + bytes, &c);
	return bytes;
}

static void print_line(const struct metering_result *r, bool json)
{
	const unsigned width = json ? 0 : textable_width(stdout);
	struct str text = { 0 }, safe = { 0 };
	char iso[32];
	size_t bytes;

	cm_iso_now(iso);
	if (json) {
		put_json(r, iso, &safe);
	} else {
		put_text(r, iso, &text);
		esc_terminal(&safe, str_get(&text)); /* names are the driver's */
	}
	bytes = width ? fitting(str_get(&safe), width) : safe.len;
	if (bytes < safe.len)
		printf("%.*s…\n", (int)fitting(str_get(&safe), width - 1), str_get(&safe));
	else
		puts(str_get(&safe));
	fflush(stdout);
	str_free(&text);
	str_free(&safe);
}

/* A meter that fails, or may not be read, is in no line: that is said once. */
static void say_failed(const struct metering *m)
{
	const struct metering_channel *c;
	const struct meter *said = NULL;
	const size_t n = metering_channels(m, &c);

	for (size_t i = 0; i < n; i++) {
		struct str safe = { 0 };

		if (c[i].st == CM_OK || c[i].st == CM_ABSENT || c[i].st == CM_UNSUPPORTED ||
		    c[i].meter == said)
			continue;
		said = c[i].meter;
		str_addf(&safe, "costmark: without %s: ", c[i].meter->name);
		esc_terminal(&safe, c[i].reason);
		fprintf(stderr, "%s\n", str_get(&safe));
		str_free(&safe);
	}
}

static void wait_second(const volatile sig_atomic_t *stop)
{
	struct timespec second = { .tv_sec = 1 };

	while (!*stop && nanosleep(&second, &second) != 0)
		;
}

enum cm_status meters_watch(struct metering *m, bool json, unsigned long count, bool *stopped,
			    struct cm_err *err)
{
	const volatile sig_atomic_t *stop = stop_on_signals();
	enum cm_status st = CM_OK;

	say_failed(m);
	for (unsigned long i = 0; st == CM_OK && !*stop && (!count || i < count); i++) {
		struct metering_result r;

		st = metering_begin(m, err);
		if (st != CM_OK)
			break;
		wait_second(stop);
		st = metering_end(m, &r, err);
		if (st == CM_OK && !*stop)
			print_line(&r, json);
		if (ferror(stdout)) /* nobody reads it any more */
			break;
	}
	*stopped = *stop;
	return st;
}
