/*
 * Energy and power of NVIDIA's GPUs from the driver's management library (NVML).
 *
 * A GPU has up to five channels: its energy counter, the power of this moment, the mean power of
 * the last second, its memory's share, and its module's power; all that cover one GPU carry its PCI
 * address, so that they count once. The time that a limit held its clocks back stands beside them,
 * and the limits in `note`. What one GPU cannot do is that GPU's state. Sources: the NVML API
 * reference (field meanings, which power is an average), ../shared/research/energy.md 2.1. Must not
 * know who sums the channels.
 */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/meter.h"
#include "base/clock.h"
#include "base/dl.h"
#include "base/str.h"
#include "nvml_abi.h"

/* One way to read one thing of one GPU. */
enum how { BY_FIELD, BY_ENERGY_CALL, BY_POWER_CALL, BY_REASON };

struct wire {
	enum how how;
	size_t gpu;
	unsigned field, scope;   /* BY_FIELD */
	double scale;            /* to J, W or s */
	unsigned long long bits; /* BY_REASON: while one of these is set … */
	double held_s, last_s;   /* … time adds up here, since the last reading */
};

struct gpu {
	cmnv_dev dev;
	char name[96], uuid[96], at[32];
	unsigned arch, device_id;
	double limit_w, usual_w, most_w; /* 0 = not known */
	bool mig, module;        /* module: it shares one with its processor (GH200, GB200) */
};

struct meter_ctx {
	struct nvml_api nv;
	struct gpu *gpu;
	unsigned gpus;
	struct wire *wire;
	struct meter_channel *channel;
	size_t n, cap;
	struct meter_cap *limit;
	unsigned *limit_gpu;     /* which GPU each limit is of */
	size_t limits;
};

static const struct held { unsigned field; unsigned long long bits; const char *what; } held[] = {
	{ CMNV_FI_HELD_POWER, CMNV_REASON_POWER, "power limit" },
	{ CMNV_FI_HELD_SW_THERMAL, CMNV_REASON_SW_THERMAL, "driver's thermal limit" },
	{ CMNV_FI_HELD_HW_THERMAL, CMNV_REASON_HW_THERMAL, "hardware's thermal limit" },
	{ CMNV_FI_HELD_BRAKE, CMNV_REASON_BRAKE, "external power brake" },
	{ CMNV_FI_HELD_SYNC, CMNV_REASON_SYNC, "slowest of the GPUs it is in step with" },
};

/* ---- the library -------------------------------------------------------------------------------
 */

static enum cm_status load(struct meter_ctx *c, struct cm_err *err)
{
	static const char *const names[] = { "libnvidia-ml.so.1",
					     "/usr/lib/wsl/lib/libnvidia-ml.so.1", NULL };
	const struct dl_symbol symbols[] = {
#define X(optional, member, name, args) { #name, (void (**)(void))(void *)&c->nv.member, optional },
		CMNV_FUNCTIONS(X)
#undef X
		{ "nvmlErrorString", (void (**)(void))(void *)&c->nv.error, true },
		{ NULL, NULL, false },
	};

	return dl_open(names, symbols, NULL, err);
}

static enum cm_status status_of(cmnv_ret r)
{
	switch (r) {
	case CMNV_OK:
		return CM_OK;
	case CMNV_NOT_SUPPORTED:
		return CM_UNSUPPORTED;
	case CMNV_NO_PERMISSION:
	case CMNV_BLOCKED:
		return CM_DENIED;
	case CMNV_NO_DRIVER:
	case CMNV_NOT_FOUND:
		return CM_ABSENT;
	default:
		return CM_EDRIVER;
	}
}

static const char *words(const struct meter_ctx *c, cmnv_ret r)
{
	const char *s = c->nv.error ? c->nv.error(r) : NULL;

	return s && *s ? s : "no words for it";
}

/* ---- one value ---------------------------------------------------------------------------------
 */

static double number_of(const struct cmnv_field *f)
{
	switch (f->type) {
	case CMNV_TYPE_DOUBLE:
		return f->value.d;
	case CMNV_TYPE_UINT:
		return f->value.ui;
	case CMNV_TYPE_ULONG:
		return (double)f->value.ul;
	case CMNV_TYPE_ULONGLONG:
		return (double)f->value.ull;
	case CMNV_TYPE_LONGLONG:
		return (double)f->value.sll;
	case CMNV_TYPE_INT:
		return f->value.si;
	case CMNV_TYPE_USHORT:
		return f->value.us;
	default:
		return NAN;
	}
}

static cmnv_ret read_field(const struct meter_ctx *c, const struct wire *w, double *out)
{
	struct cmnv_field f = { .id = w->field, .scope = w->scope, .status = CMNV_UNKNOWN };
	const cmnv_ret r =
		c->nv.fields ? c->nv.fields(c->gpu[w->gpu].dev, 1, &f) : CMNV_NOT_SUPPORTED;

	if (r || f.status)
		return r ? r : f.status;
	*out = number_of(&f);
	/* Power beyond any product is how some drivers say "none". */
	return isfinite(*out) && *out >= 0 ? CMNV_OK : CMNV_UNKNOWN;
}

/* Where the driver keeps no time, it is estimated: a reason that stands now stood since the last
 * look. */
static cmnv_ret read_reason(const struct meter_ctx *c, struct wire *w, double *out)
{
	const cmnv_dev dev = c->gpu[w->gpu].dev;
	const double now_s = (double)cm_now_ns() * 1e-9;
	unsigned long long bits = 0;
	const cmnv_ret r = c->nv.reasons     ? c->nv.reasons(dev, &bits) :
			   c->nv.reasons_old ? c->nv.reasons_old(dev, &bits) : CMNV_NOT_SUPPORTED;

	if (r)
		return r;
	if (w->last_s > 0 && (bits & w->bits))
		w->held_s += now_s - w->last_s;
	w->last_s = now_s;
	*out = w->held_s;
	return CMNV_OK;
}

static cmnv_ret read_wire(const struct meter_ctx *c, struct wire *w, double *out)
{
	const cmnv_dev dev = c->gpu[w->gpu].dev;
	unsigned long long mj = 0;
	unsigned mw = 0;
	cmnv_ret r = CMNV_NOT_SUPPORTED;

	switch (w->how) {
	case BY_FIELD:
		r = read_field(c, w, out);
		break;
	case BY_ENERGY_CALL:
		r = c->nv.energy ? c->nv.energy(dev, &mj) : CMNV_NOT_SUPPORTED;
		*out = (double)mj;
		break;
	case BY_POWER_CALL:
		r = c->nv.power(dev, &mw);
		*out = mw;
		break;
	case BY_REASON:
		return read_reason(c, w, out);
	}
	*out *= w->scale;
	return r;
}

/* ---- channels ----------------------------------------------------------------------------------
 */

/* State of a wire that was just tried. */
static void set_reason(const struct meter_ctx *c, struct meter_channel *ch, const struct gpu *g,
		       cmnv_ret r)
{
	ch->st = status_of(r);
	if (ch->st == CM_UNSUPPORTED)
		snprintf(ch->reason, sizeof ch->reason,
			 "%s under this driver does not support it%s", g->name,
			 g->mig ? "; MIG is on, and only the whole GPU has a meter" : "");
	else if (ch->st == CM_DENIED)
		snprintf(ch->reason, sizeof ch->reason,
			 "the driver refuses this user: %s; sudo chmod a+rw /dev/nvidiactl "
			 "/dev/nvidia[0-9]*, or start the container with --gpus all",
			 words(c, r));
	else if (ch->st)
		snprintf(ch->reason, sizeof ch->reason, "NVML error %d: %s", r, words(c, r));
}

static struct meter_channel *add(struct meter_ctx *c, const struct wire *w, const char *what,
				 cmnv_ret *r)
{
	const struct gpu *g = &c->gpu[w->gpu];
	struct meter_channel *ch;
	double now = 0;

	CM_PUSH(c->wire, c->n, c->cap);
	c->channel = cm_realloc(c->channel, c->cap * sizeof *c->channel);
	c->wire[c->n] = *w;
	ch = &c->channel[c->n];
	*ch = (struct meter_channel){ .scope = CM_SCOPE_DEVICE, .basis = CM_MEASURED, .driver = "nvidia",
				      .limit_w = g->limit_w, .usual_w = g->usual_w };
	snprintf(ch->name, sizeof ch->name, "gpu%zu %s", w->gpu, what);
	snprintf(ch->covers, sizeof ch->covers, "%s", g->at);
	*r = read_wire(c, &c->wire[c->n], &now);
	set_reason(c, ch, g, *r);
	c->n++;
	return ch;
}

static void set_watts(struct meter_channel *ch, const struct gpu *g)
{
	ch->kind = CM_POWER_SAMPLE;
	ch->unit = "W";
	ch->step = 0.001;
	ch->err_lo = -0.05;
	ch->err_hi = 0.05;
	snprintf(ch->err_source, sizeof ch->err_source,
		 "assumed for NVML; the maker states 5 %% for older boards only");
	/* Peaks above the limit last milliseconds, shorter than any reading. */
	ch->max_w = g->most_w > 0 ? 1.5 * g->most_w : 0;
	if (ch->scope == CM_SCOPE_NODE)
		ch->max_w = 0;
}

static void say_state(const struct gpu *g, const char *first, struct meter_channel *ch)
{
	struct str s = { 0 };

	str_addf(&s, "%s%s%s", g->name, *first ? ", " : "", first);
	if (g->limit_w > 0)
		str_addf(&s, ", power limit %.5g W", g->limit_w);
	if (g->limit_w > 0 && g->usual_w > 0 && g->limit_w != g->usual_w)
		str_addf(&s, " (%s the usual %.5g W)", g->limit_w > g->usual_w ? "above" : "below",
			 g->usual_w);
	if (g->mig)
		str_add(&s, ", MIG is on: the whole GPU, shared by its instances");
	snprintf(ch->note, sizeof ch->note, "%s", str_get(&s));
	str_free(&s);
}

/* Does nvmlDeviceGetPowerUsage give the mean of a second (GA10x and later) or this moment (GA100
 * and older)? PCI device 20xx is GA100. -1: not known. */
static int averages(const struct gpu *g)
{
	if (g->arch == (unsigned)CMNV_ARCH_UNKNOWN || g->arch == 0)
		return -1;
	if (g->arch < CMNV_ARCH_AMPERE)
		return 0;
	return !(g->arch == CMNV_ARCH_AMPERE && (g->device_id >> 24) == 0x20);
}

static void add_energy(struct meter_ctx *c, size_t i)
{
	const struct gpu *g = &c->gpu[i];
	struct wire w = { .how = BY_ENERGY_CALL, .gpu = i, .scale = 1e-3 };
	cmnv_ret r;
	struct meter_channel *ch = add(c, &w, "energy", &r);

	if (r && c->nv.fields) { /* the same counter by its other way */
		c->n--;
		w = (struct wire){
			.how = BY_FIELD, .gpu = i, .field = CMNV_FI_ENERGY, .scale = 1e-3};
		ch = add(c, &w, "energy", &r);
	}
	if (g->module) { /* its counter is that of the module: processor and memory too */
		ch->scope = CM_SCOPE_NODE;
		snprintf(ch->covers, sizeof ch->covers, "module %zu", i);
	}
	set_watts(ch, g);
	ch->kind = CM_ENERGY_COUNTER;
	ch->unit = "J";
	ch->refresh_ns = 100000000;
	snprintf(ch->source, sizeof ch->source, "%s %s",
		 w.how == BY_FIELD ? "NVML field 83 of" : "nvmlDeviceGetTotalEnergyConsumption",
		 g->uuid);
	say_state(g, g->module ? "whole module with its processor (numbered in PCI order)" : "",
		  ch);
}

static void add_power_field(struct meter_ctx *c, size_t i, unsigned field, const char *what,
			    unsigned scope, bool keep_missing)
{
	const struct gpu *g = &c->gpu[i];
	const struct wire w = {
		.how = BY_FIELD, .gpu = i, .field = field, .scope = scope, .scale = 1e-3};
	cmnv_ret r;
	struct meter_channel *ch = add(c, &w, what, &r);

	if (r && !keep_missing) {
		c->n--;
		return;
	}
	if (scope == CMNV_SCOPE_MEMORY) { /* a part of the GPU's figure, never an addend */
		ch->scope = CM_SCOPE_CORE;
		snprintf(ch->covers, sizeof ch->covers, "%s memory", g->at);
	} else if (scope == CMNV_SCOPE_MODULE) {
		ch->scope = CM_SCOPE_NODE;
		snprintf(ch->covers, sizeof ch->covers, "module %zu", i);
	}
	set_watts(ch, g);
	ch->refresh_ns = field == CMNV_FI_POWER_AVERAGE ? 1000000000 : 100000000;
	snprintf(ch->source, sizeof ch->source, "NVML field %u of %s", field, g->uuid);
	say_state(g, field == CMNV_FI_POWER_AVERAGE ? "mean of the last second" : "", ch);
}

static void add_power_call(struct meter_ctx *c, size_t i)
{
	const struct gpu *g = &c->gpu[i];
	const struct wire w = { .how = BY_POWER_CALL, .gpu = i, .scale = 1e-3 };
	const int mean = averages(g);
	cmnv_ret r;
	struct meter_channel *ch = add(c, &w, "power", &r);

	set_watts(ch, g);
	ch->refresh_ns = mean == 0 ? 100000000 : 1000000000; /* unknown: the longer one */
	snprintf(ch->source, sizeof ch->source, "nvmlDeviceGetPowerUsage %s", g->uuid);
	say_state(g, mean == 0 ? "power of this moment" : mean == 1 ? "mean of the last second" :
		  "the maker does not state whether power is of this moment or a mean", ch);
}

static void add_held(struct meter_ctx *c, size_t i, const struct held *h)
{
	struct wire w = { .how = BY_FIELD, .gpu = i, .field = h->field, .scale = 1e-9 };
	char what[80];
	cmnv_ret r;
	struct meter_channel *ch;

	snprintf(what, sizeof what, "held back by its %s", h->what);
	ch = add(c, &w, what, &r);
	snprintf(ch->source, sizeof ch->source, "NVML field %u", h->field);
	if (r) {
		c->n--;
		w = (struct wire){ .how = BY_REASON, .gpu = i, .scale = 1, .bits = h->bits };
		ch = add(c, &w, what, &r);
		snprintf(ch->source, sizeof ch->source,
			 "clocks event reasons at each reading (estimate)");
	}
	if (r) {
		c->n--;
		return;
	}
	ch->kind = CM_EVENT_COUNTER;
	ch->unit = "s";
}

/* ---- devices -----------------------------------------------------------------------------------
 */

static void describe(struct meter_ctx *c, struct gpu *g)
{
	struct cmnv_pci pci = { .legacy_id = "" };
	unsigned mw = 0, least = 0, now = 0, later = 0;

	if (c->nv.name(g->dev, g->name, sizeof g->name))
		snprintf(g->name, sizeof g->name, "NVIDIA GPU");
	if (c->nv.uuid(g->dev, g->uuid, sizeof g->uuid))
		snprintf(g->uuid, sizeof g->uuid, "(no UUID)");
	if (!c->nv.pci(g->dev, &pci)) {
		snprintf(g->at, sizeof g->at, "%04x:%02x:%02x.0", pci.domain, pci.bus & 0xff,
			 pci.device & 0x1f);
		g->device_id = pci.device_id;
	} else {
		snprintf(g->at, sizeof g->at, "%.31s", g->uuid);
	}
	if (!c->nv.arch || c->nv.arch(g->dev, &g->arch))
		g->arch = (unsigned)CMNV_ARCH_UNKNOWN;
	if (c->nv.limit && !c->nv.limit(g->dev, &mw))
		g->limit_w = mw * 1e-3;
	if (c->nv.limit_usual && !c->nv.limit_usual(g->dev, &mw))
		g->usual_w = mw * 1e-3;
	if (c->nv.limits && !c->nv.limits(g->dev, &least, &mw))
		g->most_w = mw * 1e-3;
	g->most_w = fmax(g->most_w, fmax(g->limit_w, g->usual_w));
	g->mig = c->nv.mig && !c->nv.mig(g->dev, &now, &later) && now == 1;
	/* Grace Hopper and Grace Blackwell; "GB10" has no module scope and is one chip. */
	g->module =
		strstr(g->name, "GH200") || strstr(g->name, "GB200") || strstr(g->name, "GB300");
}

static void add_channels(struct meter_ctx *c, size_t i)
{
	const size_t before = c->n;
	bool instant;

	add_energy(c, i);
	add_power_field(c, i, CMNV_FI_POWER_INSTANT, "power now", CMNV_SCOPE_GPU, false);
	instant = c->n > before + 1;
	add_power_field(c, i, CMNV_FI_POWER_AVERAGE, "power, mean", CMNV_SCOPE_GPU, false);
	if (c->n == before + 1 && !instant)
		add_power_call(c, i);
	add_power_field(c, i, CMNV_FI_POWER_INSTANT, "memory power", CMNV_SCOPE_MEMORY, false);
	if (c->gpu[i].module)
		add_power_field(c, i, CMNV_FI_POWER_INSTANT, "module power", CMNV_SCOPE_MODULE,
				true);
	for (size_t h = 0; h < CM_COUNT(held); h++)
		add_held(c, i, &held[h]);
}

/* A GPU that gives no handle is a channel with its reason. */
static void add_lost(struct meter_ctx *c, size_t i, cmnv_ret r)
{
	struct meter_channel *ch;
	struct gpu *g = &c->gpu[i];

	snprintf(g->name, sizeof g->name, "GPU %zu", i);
	CM_PUSH(c->wire, c->n, c->cap);
	c->channel = cm_realloc(c->channel, c->cap * sizeof *c->channel);
	c->wire[c->n] = (struct wire){ .gpu = i };
	ch = &c->channel[c->n++];
	*ch = (struct meter_channel){ .scope = CM_SCOPE_DEVICE, .basis = CM_MEASURED, .unit = "J",
				      .kind = CM_ENERGY_COUNTER };
	snprintf(ch->name, sizeof ch->name, "gpu%zu energy", i);
	snprintf(ch->covers, sizeof ch->covers, "GPU %zu", i);
	set_reason(c, ch, g, r);
}

/* ---- limits ------------------------------------------------------------------------------------
 */

/* The limit that was asked for, which a restore must bring back; the one enforced may be lower. */
static bool describe_limit(const struct meter_ctx *c, unsigned i, struct meter_cap *l)
{
	const struct gpu *g = &c->gpu[i];
	unsigned now = 0, least = 0, most = 0;

	*l = (struct meter_cap){ .st = CM_OK, .whole = true, .default_w = g->usual_w };
	if (!g->dev || !c->nv.limit_asked || !c->nv.set_limit || !c->nv.limits ||
	    c->nv.limit_asked(g->dev, &now) || c->nv.limits(g->dev, &least, &most))
		return false;
	snprintf(l->name, sizeof l->name, "gpu%u", i);
	snprintf(l->covers, sizeof l->covers, "%s", g->at);
	l->now_w = now * 1e-3;
	l->min_w = least * 1e-3;
	l->max_w = most * 1e-3;
	if (geteuid() != 0) { /* the driver's own rule; what it says of root is known when it is set */
		l->st = CM_DENIED;
		snprintf(l->reason, sizeof l->reason, "the driver lets only root set it: run "
			 "costmark with sudo");
	}
	return true;
}

static void find_limits(struct meter_ctx *c)
{
	c->limit = cm_alloc(c->gpus * sizeof *c->limit);
	c->limit_gpu = cm_alloc(c->gpus * sizeof *c->limit_gpu);
	for (unsigned i = 0; i < c->gpus; i++) {
		if (describe_limit(c, i, &c->limit[c->limits]))
			c->limit_gpu[c->limits++] = i;
	}
}

static size_t nvml_caps(struct meter_ctx *c, const struct meter_cap **out)
{
	*out = c->limit;
	return c->limits;
}

#define FORCE_S 2.0 /* the driver takes so long at most until a limit is in force */

/* What is in force: the least of several limits, of which ours is one. It may follow a moment later. */
static enum cm_status check_force(const struct meter_ctx *c, size_t i, double watts, struct cm_err *err)
{
	const cmnv_dev dev = c->gpu[c->limit_gpu[i]].dev;
	const struct timespec nap = { .tv_nsec = 10000000 };
	const uint64_t begun = cm_now_ns();
	unsigned mw = 0;

	do {
		if (!c->nv.limit || c->nv.limit(dev, &mw)) /* it does not tell */
			return CM_OK;
		if (fabs(mw * 1e-3 - watts) <= 1)
			return CM_OK;
		nanosleep(&nap, NULL);
	} while ((double)(cm_now_ns() - begun) * 1e-9 < FORCE_S);
	/* What was found stood under that lower limit already. */
	if (mw * 1e-3 < watts && watts == c->limit[i].now_w)
		return CM_OK;
	return cm_fail(err, CM_EDRIVER, "%s was asked for %.6g W, and %.6g W are in force%s",
		       c->limit[i].name, watts, mw * 1e-3,
		       mw * 1e-3 < watts ? ": another limit is lower" : "");
}

static enum cm_status nvml_set_cap(struct meter_ctx *c, size_t i, double watts, struct cm_err *err)
{
	const cmnv_dev dev = c->gpu[c->limit_gpu[i]].dev;
	const cmnv_ret r = c->nv.set_limit(dev, (unsigned)lround(watts * 1e3));
	unsigned now = 0;

	if (r == CMNV_NO_PERMISSION || r == CMNV_BLOCKED)
		return cm_fail(err, CM_DENIED,
			       "the driver lets this user not set the power limit of %s: run "
			       "costmark with sudo, outside of a container", c->limit[i].name);
	if (r)
		return cm_fail(err, status_of(r), "nvmlDeviceSetPowerManagementLimit of %s failed "
			       "with NVML error %d: %s", c->limit[i].name, r, words(c, r));
	if (c->nv.limit_asked(dev, &now) || fabs(now * 1e-3 - watts) > 1)
		return cm_fail(err, CM_EDRIVER, "%s was asked for %.6g W and holds %.6g W: the driver "
			       "clips it", c->limit[i].name, watts, now * 1e-3);
	return check_force(c, i, watts, err);
}

/* ---- the meter ---------------------------------------------------------------------------------
 */

static void nvml_close(struct meter_ctx *c)
{
	c->nv.shutdown();
	free(c->gpu);
	free(c->wire);
	free(c->channel);
	free(c->limit);
	free(c->limit_gpu);
	free(c);
}

static enum cm_status refuse_start(const struct meter_ctx *c, cmnv_ret r, struct cm_err *err)
{
	if (r == CMNV_MISMATCH)
		return cm_fail(err, CM_EDRIVER,
			       "the driver in the kernel and libnvidia-ml.so.1 differ in version: "
			       "restart, or reload the driver, after its update");
	if (r == CMNV_NO_DRIVER)
		return cm_fail(err, CM_ABSENT,
			       "libnvidia-ml.so.1 is here, but no NVIDIA driver is loaded");
	return cm_fail(err, status_of(r) ? status_of(r) : CM_EDRIVER,
		       "nvmlInit_v2 failed with NVML error %d: %s", r, words(c, r));
}

static enum cm_status nvml_open(const struct meter_from *from, struct meter_ctx **out,
				struct cm_err *err)
{
	struct meter_ctx *c;
	enum cm_status st;
	cmnv_ret r;

	if (from && from->sysfs_root)
		return cm_fail(err, CM_ABSENT, "a recorded machine has no driver to ask");
	c = cm_alloc(sizeof *c);
	st = load(c, err);
	r = st ? CMNV_OK : c->nv.init();
	if (st || r) {
		if (!st)
			st = refuse_start(c, r, err);
		free(c);
		return st;
	}
	r = c->nv.count(&c->gpus);
	if (r || !c->gpus) {
		st = r ? cm_fail(err, status_of(r),
				 "nvmlDeviceGetCount_v2 failed with NVML error %d: %s", r,
				 words(c, r))
		       : cm_fail(err, CM_ABSENT, "the driver knows no GPU");
		c->gpus = 0;
		nvml_close(c);
		return st;
	}
	c->gpu = cm_alloc(c->gpus * sizeof *c->gpu);
	for (unsigned i = 0; i < c->gpus; i++) {
		r = c->nv.handle(i, &c->gpu[i].dev);
		if (r) {
			add_lost(c, i, r);
			continue;
		}
		describe(c, &c->gpu[i]);
		add_channels(c, i);
	}
	find_limits(c);
	*out = c;
	return CM_OK;
}

static size_t nvml_channels(struct meter_ctx *c, const struct meter_channel **out)
{
	*out = c->channel;
	return c->n;
}

static enum cm_status nvml_read(struct meter_ctx *c, struct meter_value *values, struct cm_err *err)
{
	(void)err; /* a GPU that fails is that GPU's state */
	for (size_t i = 0; i < c->n; i++) {
		values[i] = (struct meter_value){ 0, c->channel[i].st };
		if (c->channel[i].st == CM_OK)
			values[i].st = status_of(read_wire(c, &c->wire[i], &values[i].value));
	}
	return CM_OK;
}

const struct meter meter_nvml = {
	.abi = CM_METER_ABI,
	.name = "nvml",
	.desc = "energy, power and limits of NVIDIA's GPUs, by their driver",
	.open = nvml_open,
	.close = nvml_close,
	.channels = nvml_channels,
	.read = nvml_read,
	.driver = true,
	.caps = nvml_caps,
	.set_cap = nvml_set_cap,
};
