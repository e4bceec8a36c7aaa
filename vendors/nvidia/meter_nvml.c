/*
 * Energy and power of NVIDIA's GPUs from the driver's management library (NVML).
 *
 * A GPU has up to five channels: its energy counter, the power of this moment, the mean power of
 * the last second, its memory's share, and its module's power; all that cover one GPU carry its PCI
 * address, so that they count once. The time that a limit held its clocks back and its temperatures stand
 * beside them, and the limits in `note`. What one GPU cannot do is that GPU's state. Sources: the NVML API
 * reference (field meanings, which power is an average), ../shared/research/energy.md 2.1. Must not
 * know who sums the channels.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/meter.h"
#include "base/clock.h"
#include "base/str.h"
#include "nvml_gpu.h"

/* One way to read one thing of one GPU. */
enum how { BY_FIELD, BY_ENERGY_CALL, BY_POWER_CALL, BY_REASON, BY_HEAT_CALL };

struct wire {
	enum how how;
	size_t gpu;
	unsigned field, scope;   /* BY_FIELD */
	double scale;            /* to J, W, s or C */
	unsigned long long bits; /* BY_REASON: while one of these is set … */
	double held_s, last_s;   /* … time adds up here, since the last reading */
	double at_open;          /* what it read then */
};

struct meter_ctx {
	struct nvml lib;
	struct wire *wire;
	struct meter_channel *channel;
	size_t n, cap;
	struct nvml_limits limits;
};

static const struct held { unsigned field; unsigned long long bits; const char *what; } held[] = {
	{ CMNV_FI_HELD_POWER, CMNV_REASON_POWER, "power limit" },
	{ CMNV_FI_HELD_SW_THERMAL, CMNV_REASON_SW_THERMAL, "driver's thermal limit" },
	{ CMNV_FI_HELD_HW_THERMAL, CMNV_REASON_HW_THERMAL, "hardware's thermal limit" },
	{ CMNV_FI_HELD_BRAKE, CMNV_REASON_BRAKE, "external power brake" },
	{ CMNV_FI_HELD_SYNC, CMNV_REASON_SYNC, "slowest of the GPUs it is in step with" },
};

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
		c->lib.api.fields ? c->lib.api.fields(c->lib.gpu[w->gpu].dev, 1, &f) : CMNV_NOT_SUPPORTED;

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
	const cmnv_dev dev = c->lib.gpu[w->gpu].dev;
	const double now_s = (double)cm_now_ns() * 1e-9;
	unsigned long long bits = 0;
	const cmnv_ret r = c->lib.api.reasons     ? c->lib.api.reasons(dev, &bits) :
			   c->lib.api.reasons_old ? c->lib.api.reasons_old(dev, &bits) : CMNV_NOT_SUPPORTED;

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
	const cmnv_dev dev = c->lib.gpu[w->gpu].dev;
	unsigned long long mj = 0;
	unsigned mw = 0;
	cmnv_ret r = CMNV_NOT_SUPPORTED;

	switch (w->how) {
	case BY_FIELD:
		r = read_field(c, w, out);
		break;
	case BY_ENERGY_CALL:
		r = c->lib.api.energy ? c->lib.api.energy(dev, &mj) : CMNV_NOT_SUPPORTED;
		*out = (double)mj;
		break;
	case BY_POWER_CALL:
		r = c->lib.api.power(dev, &mw);
		*out = mw;
		break;
	case BY_HEAT_CALL:
		r = c->lib.api.heat ? c->lib.api.heat(dev, CMNV_SENSOR_GPU, &mw) : CMNV_NOT_SUPPORTED;
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
static void set_reason(const struct meter_ctx *c, struct meter_channel *ch, const struct nvml_gpu *g,
		       cmnv_ret r)
{
	ch->st = nvml_status(r);
	if (ch->st == CM_UNSUPPORTED)
		snprintf(ch->reason, sizeof ch->reason,
			 "%s under this driver does not support it%s", g->name,
			 g->mig ? "; MIG is on, and only the whole GPU has a meter" : "");
	else if (ch->st == CM_DENIED)
		snprintf(ch->reason, sizeof ch->reason,
			 "the driver refuses this user: %s; sudo chmod a+rw /dev/nvidiactl "
			 "/dev/nvidia[0-9]*, or start the container with --gpus all",
			 nvml_words(&c->lib, r));
	else if (ch->st)
		snprintf(ch->reason, sizeof ch->reason, "NVML error %d: %s", r, nvml_words(&c->lib, r));
}

static struct meter_channel *add(struct meter_ctx *c, const struct wire *w, const char *what,
				 cmnv_ret *r)
{
	const struct nvml_gpu *g = &c->lib.gpu[w->gpu];
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
	snprintf(ch->within, sizeof ch->within, "%s", g->module);
	*r = read_wire(c, &c->wire[c->n], &now);
	c->wire[c->n].at_open = now;
	set_reason(c, ch, g, *r);
	c->n++;
	return ch;
}

static void set_watts(struct meter_channel *ch, const struct nvml_gpu *g)
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

static void say_state(const struct nvml_gpu *g, const char *first, struct meter_channel *ch)
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

static void add_energy(struct meter_ctx *c, size_t i)
{
	const struct nvml_gpu *g = &c->lib.gpu[i];
	struct wire w = { .how = BY_ENERGY_CALL, .gpu = i, .scale = 1e-3 };
	cmnv_ret r;
	struct meter_channel *ch = add(c, &w, "energy", &r);

	if (r && c->lib.api.fields) { /* the same counter by its other way */
		c->n--;
		w = (struct wire){
			.how = BY_FIELD, .gpu = i, .field = CMNV_FI_ENERGY, .scale = 1e-3};
		ch = add(c, &w, "energy", &r);
	}
	if (g->counts_module) { /* its counter is that of the module: processor and memory too */
		ch->scope = CM_SCOPE_NODE;
		snprintf(ch->covers, sizeof ch->covers, "%s", g->module);
		ch->within[0] = '\0';
	} else if (g->counts_unsaid && ch->st == CM_OK) {
		ch->st = CM_UNSUPPORTED;
		snprintf(ch->reason, sizeof ch->reason, "nobody states whether this counter is of the GPU "
			 "or of its module with the processor; its power is integrated instead");
	}
	set_watts(ch, g);
	ch->kind = CM_ENERGY_COUNTER;
	ch->unit = "J";
	ch->refresh_ns = 100000000;
	snprintf(ch->source, sizeof ch->source, "%s %s",
		 w.how == BY_FIELD ? "NVML field 83 of" : "nvmlDeviceGetTotalEnergyConsumption",
		 g->uuid);
	say_state(g, g->counts_module ? "whole module with its processor" : "", ch);
}

static void add_power_field(struct meter_ctx *c, size_t i, unsigned field, const char *what,
			    unsigned scope, bool keep_missing)
{
	const struct nvml_gpu *g = &c->lib.gpu[i];
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
		snprintf(ch->covers, sizeof ch->covers, "%s", g->module);
		ch->within[0] = '\0';
	}
	set_watts(ch, g);
	ch->refresh_ns = field == CMNV_FI_POWER_AVERAGE ? 1000000000 : 100000000;
	snprintf(ch->source, sizeof ch->source, "NVML field %u of %s", field, g->uuid);
	say_state(g, field == CMNV_FI_POWER_AVERAGE ? "mean of the last second" : "", ch);
}

static void add_power_call(struct meter_ctx *c, size_t i)
{
	const struct nvml_gpu *g = &c->lib.gpu[i];
	const struct wire w = { .how = BY_POWER_CALL, .gpu = i, .scale = 1e-3 };
	const int mean = nvml_averages(g);
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

/* Temperatures, where the GPU has the sensor: beside the joules, for a window that was not steady. */
static void add_heat(struct meter_ctx *c, size_t i)
{
	static const struct { enum how how; unsigned field; const char *what, *source; } rows[] = {
		{ BY_HEAT_CALL, 0, "temperature", "nvmlDeviceGetTemperature" },
		{ BY_FIELD, CMNV_FI_MEMORY_TEMP, "memory temperature", "NVML field 82" },
	};

	for (size_t k = 0; k < CM_COUNT(rows); k++) {
		const struct wire w = { .how = rows[k].how, .gpu = i, .field = rows[k].field, .scale = 1 };
		cmnv_ret r;
		struct meter_channel *ch = add(c, &w, rows[k].what, &r);

		if (r || c->wire[c->n - 1].at_open <= 0) { /* memory without a sensor reads 0 */
			c->n--;
			continue;
		}
		ch->kind = CM_GAUGE;
		ch->unit = "C";
		ch->step = 1;
		snprintf(ch->source, sizeof ch->source, "%s of %s", rows[k].source, c->lib.gpu[i].uuid);
	}
}

/* ---- devices -----------------------------------------------------------------------------------
 */

static void add_channels(struct meter_ctx *c, size_t i)
{
	size_t before = c->n;
	bool instant;

	add_energy(c, i);
	add_power_field(c, i, CMNV_FI_POWER_INSTANT, "power now", CMNV_SCOPE_GPU, false);
	instant = c->n > before + 1;
	add_power_field(c, i, CMNV_FI_POWER_AVERAGE, "power, mean", CMNV_SCOPE_GPU, false);
	if (c->n == before + 1 && !instant)
		add_power_call(c, i);
	before = c->n;
	add_power_field(c, i, CMNV_FI_POWER_INSTANT, "memory power", CMNV_SCOPE_MEMORY, false);
	if (c->n == before) /* a GB300 with driver 580 tells the mean alone (NVIDIA/k8s-test-infra#676) */
		add_power_field(c, i, CMNV_FI_POWER_AVERAGE, "memory power, mean", CMNV_SCOPE_MEMORY, false);
	if (c->lib.gpu[i].module[0])
		add_power_field(c, i, CMNV_FI_POWER_INSTANT, "module power", CMNV_SCOPE_MODULE,
				true);
	for (size_t h = 0; h < CM_COUNT(held); h++)
		add_held(c, i, &held[h]);
	add_heat(c, i);
}

/* A GPU that gives no handle is a channel with its reason. */
static void add_lost(struct meter_ctx *c, size_t i)
{
	struct meter_channel *ch;
	struct nvml_gpu *g = &c->lib.gpu[i];

	snprintf(g->name, sizeof g->name, "GPU %zu", i);
	CM_PUSH(c->wire, c->n, c->cap);
	c->channel = cm_realloc(c->channel, c->cap * sizeof *c->channel);
	c->wire[c->n] = (struct wire){ .gpu = i };
	ch = &c->channel[c->n++];
	*ch = (struct meter_channel){ .scope = CM_SCOPE_DEVICE, .basis = CM_MEASURED, .unit = "J",
				      .kind = CM_ENERGY_COUNTER };
	snprintf(ch->name, sizeof ch->name, "gpu%zu energy", i);
	snprintf(ch->covers, sizeof ch->covers, "GPU %zu", i);
	set_reason(c, ch, g, g->lost);
}

/* ---- the meter ---------------------------------------------------------------------------------
 */

static void nvml_close(struct meter_ctx *c)
{
	nvml_stop(&c->lib);
	nvml_free_limits(&c->limits);
	free(c->wire);
	free(c->channel);
	free(c);
}

static enum cm_status nvml_open(const struct meter_from *from, struct meter_ctx **out,
				struct cm_err *err)
{
	struct meter_ctx *c;
	enum cm_status st;

	if (from && from->sysfs_root)
		return cm_fail(err, CM_ABSENT, "a recorded machine has no driver to ask");
	c = cm_alloc(sizeof *c);
	st = nvml_start(&c->lib, err);
	if (st) {
		free(c);
		return st;
	}
	for (unsigned i = 0; i < c->lib.gpus; i++) {
		if (c->lib.gpu[i].dev)
			add_channels(c, i);
		else
			add_lost(c, i);
	}
	nvml_find_limits(&c->lib, &c->limits);
	*out = c;
	return CM_OK;
}

static size_t nvml_caps(struct meter_ctx *c, const struct meter_cap **out)
{
	*out = c->limits.limit;
	return c->limits.n;
}

static enum cm_status nvml_set_cap(struct meter_ctx *c, size_t i, double watts, struct cm_err *err)
{
	return nvml_set_limit(&c->lib, &c->limits, i, watts, err);
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
			values[i].st = nvml_status(read_wire(c, &c->wire[i], &values[i].value));
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
