/*
 * Energy of Intel's GPUs from Level Zero Sysman.
 *
 * A device has a counter for each power domain; the widest that counts (card, else package) is the
 * device, the others lie inside of it; where only its tiles have counters, all of them together are the
 * device. The kernel's monitor counts the same and covers the same PCI address; its period is shorter, so
 * it is the one that is summed and this one is its check. A snapshot whose own time does not go on is a
 * fault. The time for which limits held its clocks back and its temperatures stand beside it. Source: the
 * Level Zero specification. Must not know who sums the channels.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/meter.h"
#include "base/clock.h"
#include "base/str.h"
#include "sysman_counter.h"
#include "sysman_gpu.h"

enum how { BY_COUNTER, BY_TILES, BY_NOTHING, BY_REASON, BY_HELD_TIME, BY_HEAT };

struct wire {
	enum how how;
	size_t gpu;
	cmzs_handle h;           /* a clock, a sensor */
	struct sysman_counter count; /* BY_COUNTER; BY_TILES sums those of the device's tiles */
	int tiles;               /* BY_TILES: of which domain */
	uint32_t bits;           /* BY_REASON: while one is set … */
	double held_s, last_s;   /* … time adds up, since the last reading */
};

/* Why a GPU's clocks are held back now, asked for once a reading. */
struct reasons { uint32_t bits; cmzs_ret r; };

struct meter_ctx {
	struct sysman z;
	struct reasons *now;     /* of each GPU */
	uint64_t (*clock_ns)(void);
	struct wire *wire;
	struct meter_channel *channel;
	size_t n, cap;
	struct sysman_limits limits;
};

/* ---- one value ---------------------------------------------------------------------------------
 */

/* Any tile that is held back holds the GPU back. */
static void look_at(struct meter_ctx *c, size_t gpu)
{
	const struct sysman_gpu *g = &c->z.gpu[gpu];
	struct reasons now = { .r = g->clocks ? CMZS_OK : CMZS_UNSUPPORTED };

	for (size_t i = 0; i < g->clocks && !now.r; i++) {
		struct cmzs_frequency f = { .stype = CMZS_STYPE_FREQUENCY };

		now.r = c->z.api.clock(g->clock[i].h, &f);
		now.bits |= f.throttle;
	}
	c->now[gpu] = now;
}

/* A reason that stands now stood since the last look. */
static cmzs_ret read_reason(const struct meter_ctx *c, struct wire *w, double *out)
{
	const struct reasons *now = &c->now[w->gpu];
	const double now_s = (double)c->clock_ns() * 1e-9;

	if (!now->r && w->last_s > 0 && (now->bits & w->bits))
		w->held_s += now_s - w->last_s;
	w->last_s = now_s;
	*out = w->held_s;
	return now->r;
}

/* Each tile's counter, that of the same domain. */
static bool of_tiles(const struct sysman_domain *d, int domain)
{
	return d->about.on_part && d->domain == domain;
}

static cmzs_ret read_tiles(const struct meter_ctx *c, const struct wire *w, double *out)
{
	const struct sysman_gpu *g = &c->z.gpu[w->gpu];
	cmzs_ret r = CMZS_OK;

	for (size_t i = 0; i < g->domains && !r; i++) {
		struct cmzs_energy e = { 0 };

		if (!of_tiles(&g->domain[i], w->tiles))
			continue;
		r = c->z.api.energy(g->domain[i].h, &e);
		*out += (double)e.uj * 1e-6;
		if (!r && (!e.uj || e.uj == UINT64_MAX))
			r = CMZS_NOT_AVAILABLE;
	}
	return r;
}

/* Sensors without a value say 0, or all bits of their byte (255). */
static cmzs_ret read_heat(const struct meter_ctx *c, const struct wire *w, double *out)
{
	const cmzs_ret r = c->z.api.heat(w->h, out);

	return r || (*out > 0 && *out < 200) ? r : CMZS_NOT_AVAILABLE;
}

static cmzs_ret read_wire(const struct meter_ctx *c, struct wire *w, double *out, uint64_t *taken_ns)
{
	struct cmzs_held held = { 0 };
	cmzs_ret r = CMZS_UNSUPPORTED;

	*out = 0;
	*taken_ns = 0;
	switch (w->how) {
	case BY_COUNTER:
		return sysman_count(&c->z.api, &w->count, c->clock_ns, out, taken_ns);
	case BY_TILES:
		return read_tiles(c, w, out);
	case BY_NOTHING:
		break;
	case BY_REASON:
		return read_reason(c, w, out);
	case BY_HELD_TIME:
		r = c->z.api.held(w->h, &held);
		*out = (double)held.us * 1e-6;
		break;
	case BY_HEAT:
		return read_heat(c, w, out);
	}
	return r;
}

/* ---- channels ----------------------------------------------------------------------------------
 */

static void set_reason(struct meter_channel *ch, cmzs_ret r)
{
	ch->st = sysman_status(r);
	if (ch->st == CM_UNSUPPORTED)
		snprintf(ch->reason, sizeof ch->reason,
			 "this device or its driver does not support it");
	else if (ch->st == CM_DENIED)
		snprintf(ch->reason, sizeof ch->reason,
			 "the driver refuses this user; as a member of "
			 "the group render: sudo usermod -aG render $USER");
	else if (ch->st)
		snprintf(ch->reason, sizeof ch->reason, "%s (Level Zero result 0x%x)",
			 r == CMZS_LOST		 ? "the device was reset, or is gone from its bus" :
			 r == CMZS_DEPENDENCY	 ? "the driver lacks a module or library for it" :
			 r == CMZS_NOT_AVAILABLE ? "the driver has no value of it now" :
						   "the driver failed", (unsigned)r);
}

/* Names are unique: a second sensor of the same kind gets a number. */
static void set_name(const struct meter_ctx *c, size_t gpu, const char *what,
		     struct meter_channel *ch)
{
	snprintf(ch->name, sizeof ch->name, "xpu%zu %s", gpu, what);
	for (unsigned k = 2, same = 1; same; k++) {
		same = 0;
		for (size_t i = 0; i < c->n && !same; i++)
			same = !strcmp(c->channel[i].name, ch->name);
		if (same)
			snprintf(ch->name, sizeof ch->name, "xpu%zu %s, %u", gpu, what, k);
	}
}

static struct meter_channel *add(struct meter_ctx *c, const struct wire *w, const char *what)
{
	const struct sysman_gpu *g = &c->z.gpu[w->gpu];
	struct meter_channel *ch;
	double now = 0;
	cmzs_ret r;

	CM_PUSH(c->wire, c->n, c->cap);
	c->channel = cm_realloc(c->channel, c->cap * sizeof *c->channel);
	c->wire[c->n] = *w;
	ch = &c->channel[c->n];
	*ch = (struct meter_channel){ .scope = CM_SCOPE_DEVICE, .basis = CM_MEASURED };
	snprintf(ch->driver, sizeof ch->driver, "%s", g->driver);
	set_name(c, w->gpu, what, ch);
	snprintf(ch->covers, sizeof ch->covers, "%s", g->at);
	r = read_wire(c, &c->wire[c->n], &now, &ch->taken_ns);
	if (r != CMZS_ASLEEP) /* a card that sleeps wakes with the work that is metered */
		set_reason(ch, r);
	c->n++;
	return ch;
}

/* As add(), of what a device may well not have: NULL, and no channel. */
static struct meter_channel *try_add(struct meter_ctx *c, const struct wire *w, const char *what,
				     bool on_part, uint32_t part)
{
	char name[64];
	struct meter_channel *ch;

	if (on_part)
		snprintf(name, sizeof name, "tile %u %.48s", part, what);
	else
		snprintf(name, sizeof name, "%.48s", what);
	ch = add(c, w, name);
	if (ch->st == CM_OK)
		return ch;
	c->n--;
	return NULL;
}

/* ---- power domains -----------------------------------------------------------------------------
 */

static void say_state(const struct meter_ctx *c, size_t gpu, const struct sysman_domain *d,
		      struct meter_channel *ch)
{
	const struct meter_cap *limit = sysman_limit_of(&c->limits, ch->covers);
	const char *model = c->z.gpu[gpu].model;
	struct str s = { 0 };

	ch->usual_w = d->about.usual_mw > 0 ? d->about.usual_mw * 1e-3 : 0;
	ch->limit_w = limit ? limit->now_w : 0;
	str_add(&s, model);
	if (ch->limit_w > 0)
		str_addf(&s, "%spower limit %.5g W", s.len ? ", " : "", ch->limit_w);
	if (ch->limit_w > 0 && ch->usual_w > 0 && ch->limit_w != ch->usual_w)
		str_addf(&s, " (%s the rated %.5g W)", ch->limit_w > ch->usual_w ? "above" : "below",
			 ch->usual_w);
	else if (ch->usual_w > 0 && !(ch->limit_w > 0))
		str_addf(&s, "%srated for %.5g W", s.len ? ", " : "", ch->usual_w);
	snprintf(ch->note, sizeof ch->note, "%s", str_get(&s));
	str_free(&s);
}

static void describe_counter(struct meter_ctx *c, size_t gpu, const struct sysman_domain *d,
			     struct meter_channel *ch)
{
	ch->kind = CM_ENERGY_COUNTER;
	ch->unit = "J";
	ch->step = 1e-6;
	ch->refresh_ns = 100000000;
	ch->max_w = d->about.most_mw > 0 ? 1.5e-3 * d->about.most_mw : 0;
	ch->err_lo = -0.05;
	ch->err_hi = 0.05;
	snprintf(ch->err_source, sizeof ch->err_source, "assumed for Sysman");
	snprintf(ch->source, sizeof ch->source, "zesPowerGetEnergyCounter, %s domain",
		 sysman_domain_word(d->domain));
	say_state(c, gpu, d, ch);
}

/* True: it counts, and covers the whole device if it may. */
static bool add_domain(struct meter_ctx *c, size_t gpu, const struct sysman_domain *d, bool whole)
{
	const struct wire w = { .how = BY_COUNTER, .gpu = gpu, .count = { .h = d->h } };
	const struct sysman_gpu *g = &c->z.gpu[gpu];
	const struct sysman_counter *count;
	struct meter_channel *ch;
	char what[48];

	if (d->about.on_part)
		snprintf(what, sizeof what, "%s %u", sysman_domain_word(d->domain ? d->domain : 3),
			 d->about.part);
	else
		snprintf(what, sizeof what, "%s", sysman_domain_word(d->domain ? d->domain : 1));
	ch = add(c, &w, what);
	count = &c->wire[c->n - 1].count;
	if (ch->st == CM_OK && count->read_ns && !count->uj) {
		ch->st = CM_ABSENT;
		snprintf(ch->reason, sizeof ch->reason, "the counter stands at 0: this card or its "
			 "driver does not count");
	}
	if (!whole) {
		ch->scope = CM_SCOPE_CORE;
		snprintf(ch->covers, sizeof ch->covers, "%.40s %.20s", g->at, what);
	}
	describe_counter(c, gpu, d, ch);
	ch->step = sysman_step(count->uj);
	ch->wraps_at = sysman_wraps_at(count->uj, g->driver);
	return !ch->st;
}

/* Where no counter is of the whole device: those of all its tiles, of one domain, added up. */
static bool add_tiles(struct meter_ctx *c, size_t gpu)
{
	static const int domains[] = { CMZS_DOMAIN_PACKAGE, CMZS_DOMAIN_STACK, 0 };
	const struct sysman_gpu *g = &c->z.gpu[gpu];

	for (size_t k = 0; k < CM_COUNT(domains) && g->parts; k++) {
		const struct wire w = { .how = BY_TILES, .gpu = gpu, .tiles = domains[k] };
		const struct sysman_domain *one = NULL;
		struct meter_channel *ch;
		uint32_t n = 0;

		for (size_t i = 0; i < g->domains; i++) {
			if (!of_tiles(&g->domain[i], domains[k]))
				continue;
			one = &g->domain[i];
			n++;
		}
		ch = n == g->parts ? try_add(c, &w, "tiles", false, 0) : NULL;
		if (!ch)
			continue;
		describe_counter(c, gpu, one, ch);
		ch->max_w *= n;
		snprintf(ch->source, sizeof ch->source, "zesPowerGetEnergyCounter, sum of %u tiles", n);
		return true;
	}
	return false;
}

/* The device's joules are absent, and why. */
static void add_none(struct meter_ctx *c, size_t gpu)
{
	const struct sysman_gpu *g = &c->z.gpu[gpu];
	struct meter_channel *ch = add(c, &(struct wire){ .how = BY_NOTHING, .gpu = gpu }, "energy");

	ch->kind = CM_ENERGY_COUNTER;
	ch->unit = "J";
	snprintf(ch->reason, sizeof ch->reason, "%s", g->domains ?
		 "no counter of the whole device counts; those of its parts are no sum of it" :
		 "the device has no power domain (integrated GPUs have none)");
}

/* Memory and the GPU's own rail are parts of the device, never all of it. */
static bool may_be_whole(const struct sysman_domain *d)
{
	return !d->about.on_part && d->domain != CMZS_DOMAIN_MEMORY && d->domain != CMZS_DOMAIN_GPU;
}

static void add_domains(struct meter_ctx *c, size_t gpu)
{
	const struct sysman_gpu *g = &c->z.gpu[gpu];
	const size_t first = c->n;
	bool whole = false, denied = false;

	for (int w = 0; w <= SYSMAN_PART; w++) {
		for (size_t i = 0; i < g->domains; i++) {
			const struct sysman_domain *d = &g->domain[i];

			if (sysman_width(d) == w && add_domain(c, gpu, d, !whole && may_be_whole(d)))
				whole |= may_be_whole(d);
		}
	}
	if (whole || add_tiles(c, gpu))
		return;
	for (size_t i = first; i < c->n; i++) {
		denied |= c->channel[i].st == CM_DENIED; /* which says it */
		c->channel[i].aside = true;
	}
	if (!denied)
		add_none(c, gpu);
}

/* ---- beside the joules -------------------------------------------------------------------------
 */

static void add_held(struct meter_ctx *c, size_t gpu)
{
	static const struct { uint32_t bits; const char *what; } rows[] = {
		{ CMZS_HELD_POWER, "power limit" }, { CMZS_HELD_THERMAL, "thermal limit" },
		{ CMZS_HELD_SUPPLY, "power supply" }, { CMZS_HELD_VOLTAGE, "voltage limit" },
		{ CMZS_HELD_SOFTWARE, "clock range, which software set" },
		{ CMZS_HELD_PART, "clock range of one of its blocks" },
	};
	const struct sysman_gpu *g = &c->z.gpu[gpu];
	struct meter_channel *ch;

	look_at(c, gpu);
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		const struct wire w = { .how = BY_REASON, .gpu = gpu, .bits = rows[i].bits };
		char what[64];

		snprintf(what, sizeof what, "held back by its %s", rows[i].what);
		ch = try_add(c, &w, what, false, 0);
		if (!ch)
			continue;
		ch->kind = CM_EVENT_COUNTER;
		ch->unit = "s";
		snprintf(ch->source, sizeof ch->source,
			 "zesFrequencyGetState at each reading (estimate)");
	}
	for (size_t i = 0; c->z.api.held && i < g->clocks; i++) {
		const struct wire w = { .how = BY_HELD_TIME, .gpu = gpu, .h = g->clock[i].h };

		ch = try_add(c, &w, "held back by some limit", g->clock[i].on_part, g->clock[i].part);
		if (!ch)
			continue;
		ch->kind = CM_EVENT_COUNTER;
		ch->unit = "s";
		snprintf(ch->source, sizeof ch->source, "zesFrequencyGetThrottleTime");
	}
}

/* Temperatures, where the GPU has the sensor: beside the joules, for a window that was not steady. Least
 * ones are of no use to that. */
static void add_heat(struct meter_ctx *c, size_t gpu)
{
	static const struct { int type; const char *what; } rows[] = {
		{ CMZS_HEAT_ALL, "temperature" }, { CMZS_HEAT_GPU, "GPU temperature" },
		{ CMZS_HEAT_MEMORY, "memory temperature" }, { CMZS_HEAT_BOARD, "board temperature" },
		{ CMZS_HEAT_REGULATOR, "voltage regulator temperature" },
	};
	const struct sysman_api *zs = &c->z.api;
	uint32_t n = 0;
	cmzs_handle *h = zs->of_heat && zs->heat ? sysman_list(zs->heats, c->z.gpu[gpu].dev, &n) : NULL;

	for (uint32_t i = 0; i < n; i++) {
		const struct wire w = { .how = BY_HEAT, .gpu = gpu, .h = h[i] };
		struct cmzs_heat about = { .stype = CMZS_STYPE_HEAT };
		struct meter_channel *ch;
		size_t k = 0;

		if (zs->of_heat(h[i], &about))
			continue;
		while (k < CM_COUNT(rows) && rows[k].type != about.type)
			k++;
		ch = k < CM_COUNT(rows) ? try_add(c, &w, rows[k].what, about.on_part, about.part) : NULL;
		if (!ch)
			continue;
		ch->kind = CM_GAUGE;
		ch->unit = "C";
		ch->step = 1;
		snprintf(ch->source, sizeof ch->source, "zesTemperatureGetState");
	}
	free(h);
}

/* ---- the meter ---------------------------------------------------------------------------------
 */

static void sysman_close(struct meter_ctx *c)
{
	sysman_stop(&c->z);
	sysman_free_limits(&c->limits);
	free(c->now);
	free(c->wire);
	free(c->channel);
	free(c);
}

static enum cm_status sysman_open(const struct meter_from *from, struct meter_ctx **out,
				  struct cm_err *err)
{
	struct meter_ctx *c;
	enum cm_status st;

	if (from && from->sysfs_root)
		return cm_fail(err, CM_ABSENT, "a recorded machine has no driver to ask");
	c = cm_alloc(sizeof *c);
	c->clock_ns = from && from->now_ns ? from->now_ns : cm_now_ns;
	st = sysman_start(&c->z, err);
	if (st) {
		sysman_close(c);
		return st;
	}
	c->now = cm_alloc(c->z.gpus * sizeof *c->now);
	sysman_find_limits(&c->z, &c->limits);
	for (size_t i = 0; i < c->z.gpus; i++) {
		add_domains(c, i);
		add_held(c, i);
		add_heat(c, i);
	}
	*out = c;
	return CM_OK;
}

static size_t sysman_channels(struct meter_ctx *c, const struct meter_channel **out)
{
	*out = c->channel;
	return c->n;
}

static enum cm_status sysman_read(struct meter_ctx *c, struct meter_value *values,
				  struct cm_err *err)
{
	(void)err; /* a domain that fails is that domain's state */
	for (size_t i = 0; i < c->z.gpus; i++)
		look_at(c, i);
	for (size_t i = 0; i < c->n; i++) {
		values[i] = (struct meter_value){ 0, c->channel[i].st };
		if (c->channel[i].st == CM_OK)
			values[i].st = sysman_status(read_wire(c, &c->wire[i], &values[i].value,
							       &c->channel[i].taken_ns));
	}
	return CM_OK;
}

static size_t sysman_caps(struct meter_ctx *c, const struct meter_cap **out)
{
	*out = c->limits.limit;
	return c->limits.n;
}

static enum cm_status sysman_set_cap(struct meter_ctx *c, size_t i, double watts, struct cm_err *err)
{
	return sysman_set_limit(&c->z, &c->limits, i, watts, err);
}

const struct meter meter_sysman = {
	.abi = CM_METER_ABI,
	.name = "sysman",
	.desc = "energy, limits and temperatures of Intel's GPUs, by Level Zero Sysman",
	.open = sysman_open,
	.close = sysman_close,
	.channels = sysman_channels,
	.read = sysman_read,
	.driver = true,
	.caps = sysman_caps,
	.set_cap = sysman_set_cap,
};
