/*
 * Metering against the truth: thousands of windows over a counter whose true joules are known, that
 * wraps, resets, freezes, repeats, jumps, fails and is read late. Each window must give the truth
 * within its own stated band, or no figure; a window without a fault must give a figure.
 *
 * What no reader can tell is left out by its own arithmetic: readings of a fault that a working
 * counter could have shown as well, under some power within the source's limit.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/str.h"
#include "engine/metering.h"

#define CASES 4000 /* of each fault */
#define MOST_READS 64
#define NEVER 1e30

enum fault { NONE, RESET, BACKWARD, JUMP, GLITCH, REPEAT, CATCHES_UP, LOSES, ENDS_FROZEN,
	     BEGINS_FROZEN, FAILS, NOT_A_NUMBER, FAULTS };

static const char *const fault_name[] = { "none", "reset", "backward", "jump", "glitch", "repeat",
					  "freezes and catches up", "freezes and loses",
					  "frozen at the end", "frozen from before the start",
					  "a read fails", "not a number" };

struct shown { double v, t0, t1; };

static struct world {
	struct rng r;
	bool power, stamped; /* watts in place of joules; readings with the source's own times */
	double refresh, phase, step, wraps, max_w, offset;
	size_t phases;       /* of the true power: w[i] W until at[i] s */
	double at[3], w[3];
	double begin, length;
	size_t polls;
	enum fault fault;
	double from, to, amount;
	size_t which;        /* reading that GLITCH, REPEAT, FAILS … hit */
	double late;         /* longest read, s */
	struct shown shown[MOST_READS];
	size_t n;
} W;

static uint64_t clock_ns;

static uint64_t test_clock(void)
{
	return clock_ns;
}

static double now(void)
{
	return (double)clock_ns * 1e-9;
}

static double between(double lo, double hi)
{
	return lo + (hi - lo) * rng_unit(&W.r);
}

static double log_between(double lo, double hi)
{
	return lo * exp(log(hi / lo) * rng_unit(&W.r));
}

static double power(double t)
{
	size_t i = 0;

	while (i + 1 < W.phases && t >= W.at[i])
		i++;
	return W.w[i];
}

static double energy(double t)
{
	double j = 0, from = 0;

	for (size_t i = 0; i < W.phases; i++) {
		const double to = i + 1 < W.phases ? fmin(t, W.at[i]) : t;

		if (to > from)
			j += W.w[i] * (to - from);
		from = fmax(from, to);
	}
	return j;
}

static double updated(double t)
{
	return W.refresh > 0 ? floor((t - W.phase) / W.refresh) * W.refresh + W.phase : t;
}

/* Joules that the counter holds at t: as of its last update, in whole steps, not yet wrapped. */
static double held(double t)
{
	double seen = updated(t), extra = 0;

	switch (W.fault) {
	case CATCHES_UP:
	case ENDS_FROZEN:
	case BEGINS_FROZEN:
		if (t >= W.from && t < W.to)
			seen = updated(W.from);
		break;
	case LOSES:
		if (t >= W.from)
			extra = energy(updated(W.from)) - energy(updated(fmin(t, W.to)));
		break;
	case RESET:
		if (t >= W.from)
			return floor((energy(seen) - energy(W.from)) / W.step) * W.step;
		break;
	case BACKWARD:
	case JUMP:
		if (t >= W.from)
			extra = W.amount;
		break;
	default:
		break;
	}
	return floor((energy(seen) + W.offset + extra) / W.step) * W.step;
}

/* ---- the meter --------------------------------------------------------------------------------- */

struct meter_ctx { struct meter_channel ch; };

static enum cm_status world_open(const struct meter_from *from, struct meter_ctx **out, struct cm_err *err)
{
	(void)from;
	(void)err;
	*out = cm_alloc(sizeof **out);
	(*out)->ch = (struct meter_channel){
		.name = "counter", .scope = CM_SCOPE_PACKAGE, .covers = "socket 0",
		.kind = W.power ? CM_POWER_SAMPLE : CM_ENERGY_COUNTER, .unit = W.power ? "W" : "J",
		.step = W.step, .wraps_at = W.power ? 0 : W.wraps,
		.refresh_ns = (uint64_t)(W.refresh * 1e9), .max_w = W.max_w };
	return CM_OK;
}

static void world_close(struct meter_ctx *c)
{
	free(c);
}

static size_t world_channels(struct meter_ctx *c, const struct meter_channel **out)
{
	*out = &c->ch;
	return 1;
}

static enum cm_status world_read(struct meter_ctx *c, struct meter_value *v, struct cm_err *err)
{
	const double t0 = now(), took = rng_below(&W.r, 8) ? 1e-5 : between(0, W.late);
	double t = t0 + between(0, took);
	struct shown *s = &W.shown[W.n];

	(void)err;
	/* A controller may answer with an older reading than the last: it says when it took it. */
	if (W.stamped && !rng_below(&W.r, 4))
		t -= between(0, 3 * W.refresh);
	v->st = CM_OK;
	v->value = W.power ? power(updated(t)) : held(t);
	if (!W.power && W.wraps > 0)
		v->value = fmod(v->value, W.wraps);
	if (W.n == W.which && W.fault == FAILS)
		v->st = CM_ABSENT;
	if (W.n == W.which && W.fault == NOT_A_NUMBER)
		v->value = NAN;
	if (W.n == W.which && W.fault == GLITCH)
		v->value = W.amount;
	if (W.n && W.n == W.which && W.fault == REPEAT)
		v->value = W.shown[W.n - 1].v;
	if (W.stamped)
		c->ch.taken_ns = (uint64_t)(updated(t) * 1e9);
	clock_ns += (uint64_t)(took * 1e9) + 1;
	*s = (struct shown){ v->value, t0, now() };
	if (W.stamped)
		s->t0 = s->t1 = updated(t);
	if (!W.stamped || !W.n || s->t1 > W.shown[W.n - 1].t1) /* an older one says nothing new */
		W.n++;
	assert_true(W.n < MOST_READS);
	return CM_OK;
}

static const struct meter world_meter = { .abi = CM_METER_ABI, .name = "world", .desc = "",
					  .open = world_open, .close = world_close,
					  .channels = world_channels, .read = world_read };
static const struct meter *const meters[] = { &world_meter, NULL };

/* ---- worlds ------------------------------------------------------------------------------------ */

static void make_power(void)
{
	/* Work that is steady at the window's ends: a burst there that is shorter than the distance of
	 * two reads is seen by nobody. Phases are long enough to be seen at two reads. */
	const double gap = 1.5 * W.length / (double)(W.polls + 1);
	const double least = 8 * fmax(gap, W.refresh) + 2 * W.late;

	W.phases = 1;
	for (size_t i = 0; i < 3; i++)
		W.w[i] = W.max_w * log_between(0.02, 0.9);
	if (W.length < 4 * least || !rng_below(&W.r, 3))
		return;
	W.phases = 2 + rng_below(&W.r, 2);
	W.at[0] = W.begin + between(least, W.length / 2 - least);
	W.at[1] = W.begin + between(W.length / 2, W.length - least);
}

static void make_fault(enum fault f)
{
	const double end = W.begin + W.length;

	W.fault = f;
	W.which = 1 + rng_below(&W.r, W.polls + 1);
	W.from = between(W.begin, end);
	W.to = between(W.from, end);
	W.amount = 0;
	if (f == FAILS || f == NOT_A_NUMBER)
		W.which = rng_below(&W.r, W.polls + 2);
	if (f == ENDS_FROZEN)
		W.to = NEVER;
	if (f == BEGINS_FROZEN) {
		W.to = between(W.begin, end);
		W.from = W.begin - between(0, W.length);
	}
	if (f == JUMP)
		W.amount = W.max_w * W.length * log_between(1e-3, 1e3);
	if (f == BACKWARD)
		W.amount = -W.max_w * W.length * log_between(1e-6, 1);
	if (f == GLITCH)
		W.amount = (W.wraps > 0 ? W.wraps : 1e5) * rng_unit(&W.r);
}

static void make_world(uint64_t seed, enum fault f, bool watts, bool stamped)
{
	static const double refresh[] = { 0, 1e-3, 1e-2, 0.1, 1 }, step[] = { 15.3e-6, 61e-6, 1e-3, 1 },
			    wraps[] = { 0, 1000, 65532.611, 262143.33 };

	memset(&W, 0, sizeof W);
	rng_seed(&W.r, seed);
	W.power = watts;
	W.stamped = stamped;
	W.refresh = refresh[stamped ? 1 + rng_below(&W.r, 4) : rng_below(&W.r, 5)];
	W.phase = W.refresh * rng_unit(&W.r);
	W.step = step[rng_below(&W.r, 4)];
	W.wraps = floor(wraps[rng_below(&W.r, 4)] / W.step) * W.step;
	W.max_w = log_between(50, 1500);
	W.length = fmax(W.refresh, 1e-3) * log_between(10, 1000);
	W.polls = rng_below(&W.r, 4) ? 2 + rng_below(&W.r, 40) : 0;
	if (watts)
		W.polls += 4;
	W.late = W.length / (double)(W.polls + 1) * 0.3 * rng_unit(&W.r);
	W.begin = 3 * W.length + 10;
	W.offset = W.wraps > 0 ? W.wraps * rng_unit(&W.r) : 1e5 * rng_unit(&W.r);
	make_power();
	make_fault(f);
}

/* Runs the window; *truth: the joules that were drawn in it. */
static struct metering_result window(struct metering *m, double *truth)
{
	struct metering_result r;
	double begun, end;

	clock_ns = (uint64_t)(W.begin * 1e9);
	assert_int_equal(metering_begin(m, NULL), CM_OK);
	begun = now();
	for (size_t i = 0; i < W.polls; i++) {
		const double due = W.begin + W.length * ((double)i + between(0.6, 1.4)) /
						     (double)(W.polls + 1);

		clock_ns = (uint64_t)(fmax(now(), due) * 1e9);
		assert_int_equal(metering_poll(m, NULL), CM_OK);
	}
	end = fmax(now(), W.begin + W.length);
	clock_ns = (uint64_t)(end * 1e9);
	assert_int_equal(metering_end(m, &r, NULL), CM_OK);
	*truth = energy(end) - energy(begun);
	return r;
}

/* Could a counter that works have shown these readings, at some power below its limit? */
static bool could_be(void)
{
	const bool freezes = W.fault == LOSES || W.fault == ENDS_FROZEN || W.fault == BEGINS_FROZEN ||
			     W.fault == REPEAT || W.fault == CATCHES_UP;

	for (size_t i = 1; i < W.n; i++) {
		const struct shown *a = &W.shown[i - 1], *b = &W.shown[i];
		const double most = W.max_w * (b->t1 - a->t0 + 2 * W.refresh) + 2 * W.step;
		double d = b->v - a->v;

		if (d < 0 && W.wraps > 0)
			d += W.wraps;
		if (d < 0 || d > most)
			return false;
		/* A part that draws power never shows the same twice, but within an update or a step. */
		if (freezes && d == 0 && b->t0 - a->t1 > 2 * W.refresh)
			return false;
	}
	return true;
}

struct tally { unsigned right, voids, alike; };

static void one(uint64_t seed, enum fault f, bool watts, bool stamped, struct tally *out)
{
	const struct metering_options o = { .meters = meters, .now_ns = test_clock };
	struct metering *m = NULL;
	struct metering_result r;
	double truth;

	make_world(seed, f, watts, stamped);
	assert_int_equal(metering_open(&o, &m, NULL), CM_OK);
	r = window(m, &truth);
	if (r.joules.missing)
		out->voids++;
	else if (truth >= r.joules.lo - 1e-9 * truth && truth <= r.joules.hi + 1e-9 * truth)
		out->right++;
	else if (f != NONE && could_be())
		out->alike++;
	else
		fail_msg("seed %llu, fault %s: %g J in %g s, stated %g (%g to %g); %zu readings, "
			 "update %g s, "
			 "step %g, wraps at %g, at most %g W",
			 (unsigned long long)seed, fault_name[f], truth, W.length, r.joules.value,
			 r.joules.lo, r.joules.hi, W.n, W.refresh, W.step, W.wraps, W.max_w);
	metering_close(m);
}

static struct tally all(enum fault f, bool watts, bool stamped)
{
	struct tally n = { 0 };

	for (uint64_t i = 0; i < CASES; i++)
		one(i * FAULTS + f + 1, f, watts, stamped, &n);
	if (getenv("CM_TRUTH_TALLY"))
		print_message("%-28s %s%s: right %u, void %u, not to be told %u\n", fault_name[f],
			      watts ? "watts" : "joules", stamped ? " stamped" : "", n.right,
			      n.voids, n.alike);
	return n;
}

/* Where nothing is wrong there is a figure, unless the counter's range, or the window, is too short. */
static void no_fault(void **state)
{
	const struct tally n = all(NONE, false, false);

	(void)state;
	assert_true(n.right > CASES * 3 / 4);
	assert_int_equal(n.alike, 0);
}

static void faults(void **state)
{
	(void)state;
	for (enum fault f = NONE + 1; f < FAULTS; f++) {
		const struct tally n = all(f, false, false);

		if (f == FAILS || f == NOT_A_NUMBER)
			assert_int_equal(n.voids, CASES);
		assert_true(n.alike < CASES / 2);
	}
}

static void own_times(void **state)
{
	(void)state;
	assert_true(all(NONE, false, true).right > CASES * 3 / 4);
	for (enum fault f = NONE + 1; f < FAULTS; f++)
		if (f == RESET || f == JUMP || f == BACKWARD)
			all(f, false, true);
}

static void watts(void **state)
{
	(void)state;
	assert_true(all(NONE, true, false).right > CASES * 3 / 4);
	assert_true(all(NONE, true, true).right > CASES / 2);
	assert_int_equal(all(FAILS, true, false).voids, CASES);
	assert_int_equal(all(NOT_A_NUMBER, true, false).voids, CASES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_fault),
		cmocka_unit_test(faults),
		cmocka_unit_test(own_times),
		cmocka_unit_test(watts),
	};

	return cmocka_run_group_tests_name("metering against the truth", tests, NULL, NULL);
}
