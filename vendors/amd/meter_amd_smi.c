/*
 * Energy of AMD's GPUs from AMD SMI, the management library of ROCm 6 and later.
 *
 * One energy counter a GPU, by its PCI address, and its temperatures; watts of the same address
 * come from the kernel's hardware monitor, since the library's power struct has no stable layout.
 * Must not know who sums the channels.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "amd_limits.h"
#include "amd_smi_abi.h"
#include "api/meter.h"
#include "base/dl.h"
#include "base/str.h"

#define MOST_SOCKETS 1024u

struct meter_ctx {
	struct amd_smi_api smi;
	struct amd_gpu *gpu;
	cmas_handle *handle;
	struct meter_channel *channel; /* energy of every GPU, then temperatures */
	size_t n, cap;                 /* GPUs */
	struct heat {
		size_t gpu;
		unsigned sensor;
	} * heat;
	size_t heats;
	struct amd_limits limits;
};

static enum cm_status load(struct meter_ctx *c, struct cm_err *err)
{
	static const char *const names[] = {"libamd_smi.so",
					    "libamd_smi.so.26",
					    "libamd_smi.so.25",
					    "libamd_smi.so.24",
					    "/opt/rocm/lib/libamd_smi.so",
					    NULL};
	const struct dl_symbol symbols[] = {
#define X(optional, member, name, args) {#name, (void (**)(void))(void *)&c->smi.member, optional},
		CMAS_FUNCTIONS(X)
#undef X
			{NULL, NULL, false},
	};
	struct cm_err why = { CM_OK, "" };
	const enum cm_status st = dl_open(names, symbols, NULL, &why);

	if (st && !strstr(why.why, "lacks")) /* six names not found are one sentence */
		return cm_fail(err, st, "libamd_smi.so: not found, nor in /opt/rocm/lib");
	return st ? cm_fail(err, st, "%s", why.why) : CM_OK;
}

static enum cm_status status_of(cmas_ret r)
{
	switch (r) {
	case CMAS_OK:
		return CM_OK;
	case CMAS_NOT_SUPPORTED:
		return CM_UNSUPPORTED;
	case CMAS_NO_PERMISSION:
		return CM_DENIED;
	case CMAS_NOT_FOUND:
	case CMAS_NO_DRIVER:
		return CM_ABSENT;
	default:
		return CM_EDRIVER;
	}
}

static const char *words(const struct meter_ctx *c, cmas_ret r)
{
	const char *s = NULL;

	return c->smi.words && !c->smi.words(r, &s) && s ? s : "no words for it";
}

static void set_reason(const struct meter_ctx *c, struct meter_channel *ch, cmas_ret r)
{
	ch->st = status_of(r);
	if (ch->st == CM_UNSUPPORTED)
		snprintf(ch->reason, sizeof ch->reason, "this GPU or its driver counts no energy "
			 "(none is given to virtual machines)");
	else if (ch->st == CM_DENIED)
		snprintf(ch->reason, sizeof ch->reason,
			 "the driver refuses this user; as a member of "
			 "the groups render and video: sudo usermod -aG render,video $USER");
	else if (ch->st)
		snprintf(ch->reason, sizeof ch->reason, "AMD SMI error %d: %s", r, words(c, r));
}

/* The limit in watts and in microwatts: releases before 24 (ROCm 6.2) give the one in force in
 * whole watts, and the others in microwatts. No card's limit is below 1 W. */
static cmas_ret cap_of(const struct meter_ctx *c, cmas_handle h, struct cmas_cap *out)
{
	const cmas_ret r = c->smi.cap ? c->smi.cap(h, 0, out) : CMAS_NOT_SUPPORTED;

	if (!r && out->now_uw < 1000000 && out->most_uw >= 1000000)
		out->now_uw *= 1000000;
	return r;
}

static void add_gpu(struct meter_ctx *c, cmas_handle h)
{
	struct amd_gpu g = { .name = "AMD GPU" };
	struct meter_channel *ch;
	struct cmas_cap cap = { 0 };
	uint64_t bdf = 0, t_ns = 0;
	float uj = 0;
	double j = 0;
	cmas_ret r;

	if (!c->smi.place(h, &bdf))
		amd_place(&g, bdf >> 16, (unsigned)(bdf >> 8), (unsigned)(bdf >> 3), (unsigned)bdf);
	else
		snprintf(g.at, sizeof g.at, "AMD GPU %zu", c->n);
	if (!cap_of(c, h, &cap)) {
		const struct amd_limit l = {cap.now_uw, cap.usual_uw, cap.least_uw, cap.most_uw};

		if (c->smi.set_cap)
			amd_add_limit(&c->limits, &g, c->n, &l);
		g.limit_w = (double)cap.now_uw * 1e-6;
		g.usual_w = (double)cap.usual_uw * 1e-6;
		g.most_w = (double)cap.most_uw * 1e-6;
	}
	r = c->smi.energy(h, &g.count, &uj, &t_ns);
	if (c->n == c->cap) {
		c->cap = c->cap ? 2 * c->cap : 8;
		c->gpu = cm_realloc(c->gpu, c->cap * sizeof *c->gpu);
		c->handle = cm_realloc(c->handle, c->cap * sizeof(cmas_handle));
		c->channel = cm_realloc(c->channel, c->cap * sizeof *c->channel);
	}
	ch = &c->channel[c->n];
	amd_energy_channel(&g, c->n, "amdsmi_get_energy_count", uj, ch);
	set_reason(c, ch, r);
	if (!r && amd_joules(&g, g.count, uj, t_ns, &j)) {
		ch->st = CM_EDRIVER;
		snprintf(ch->reason, sizeof ch->reason,
			 "AMD SMI gives no usable counter: %llu x %g uJ",
			 (unsigned long long)g.count, (double)uj);
	}
	c->gpu[c->n] = g;
	c->handle[c->n++] = h;
}

/* Every GPU of every socket. */
static enum cm_status find_gpus(struct meter_ctx *c, struct cm_err *err)
{
	uint32_t sockets = 0;
	cmas_handle *socket;
	cmas_ret r = c->smi.sockets(&sockets, NULL);

	if (r || !sockets)
		return r ? cm_fail(err, status_of(r),
				   "amdsmi_get_socket_handles failed with error %d: %s", r,
				   words(c, r))
			 : cm_fail(err, CM_ABSENT, "the driver knows no AMD GPU");
	sockets = sockets < MOST_SOCKETS ? sockets : MOST_SOCKETS;
	socket = cm_alloc(sockets * sizeof(cmas_handle));
	r = c->smi.sockets(&sockets, socket);
	for (uint32_t i = 0; !r && i < sockets; i++) {
		uint32_t n = 0;
		cmas_handle *part;

		if (c->smi.processors(socket[i], &n, NULL) || !n || n > MOST_SOCKETS)
			continue;
		part = cm_alloc(n * sizeof(cmas_handle));
		if (!c->smi.processors(socket[i], &n, part)) {
			for (uint32_t k = 0; k < n; k++) {
				int type = CMAS_TYPE_GPU;

				if (c->smi.type && c->smi.type(part[k], &type))
					type = 0;
				if (type == CMAS_TYPE_GPU)
					add_gpu(c, part[k]);
			}
		}
		free(part);
	}
	free(socket);
	return c->n ? CM_OK : cm_fail(err, CM_ABSENT, "the driver knows no AMD GPU");
}

static void pair_dies(struct meter_ctx *c)
{
	struct meter_channel **ch = cm_alloc(c->n * sizeof *ch);

	for (size_t i = 0; i < c->n; i++)
		ch[i] = &c->channel[i];
	amd_pair_dies(c->gpu, c->n, ch);
	free(ch);
}

/* Release 1 of 2023 gives thousandths of a degree, later ones degrees. */
static cmas_ret heat_of(const struct meter_ctx *c, const struct heat *h, double *celsius)
{
	int64_t v = 0;
	const cmas_ret r =
		c->smi.heat ? c->smi.heat(c->handle[h->gpu], (int)h->sensor, CMAS_HEAT_NOW, &v)
			    : CMAS_NOT_SUPPORTED;

	*celsius = v >= 1000 && v < 250000 ? (double)v * 1e-3 : (double)v;
	return r || (amd_is_heat(*celsius) && v != UINT16_MAX) ? r : CMAS_NOT_SUPPORTED;
}

/* The sensors that a GPU has: beside the joules, for a window that was not steady. */
static void add_heats(struct meter_ctx *c)
{
	c->heat = cm_alloc(AMD_HEATS * c->n * sizeof *c->heat);
	c->channel = cm_realloc(c->channel, (1 + AMD_HEATS) * c->n * sizeof *c->channel);
	for (size_t i = 0; i < c->n; i++) {
		for (unsigned k = 0; k < AMD_HEATS; k++) {
			const struct heat h = {i, k};
			double now;

			if (heat_of(c, &h, &now))
				continue;
			amd_heat_channel(&c->gpu[i], i, k, "amdsmi_get_temp_metric",
					 &c->channel[c->n + c->heats]);
			c->heat[c->heats++] = h;
		}
	}
}

static void amd_smi_close(struct meter_ctx *c)
{
	c->smi.shutdown();
	free(c->gpu);
	free(c->handle);
	free(c->channel);
	free(c->heat);
	amd_free_limits(&c->limits);
	free(c);
}

static enum cm_status amd_smi_open(const struct meter_from *from, struct meter_ctx **out,
				   struct cm_err *err)
{
	struct meter_ctx *c;
	enum cm_status st;
	cmas_ret r;

	if (from && from->sysfs_root)
		return cm_fail(err, CM_ABSENT, "a recorded machine has no driver to ask");
	c = cm_alloc(sizeof *c);
	st = load(c, err);
	r = st ? CMAS_OK : c->smi.init(CMAS_INIT_GPUS);
	if (st || r) {
		if (r && !amd_driver_here())
			st = cm_fail(err, CM_ABSENT, "the library is here, but no AMD GPU driver is loaded");
		else if (r)
			st = cm_fail(err, status_of(r), "amdsmi_init failed with error %d: %s", r,
				     words(c, r));
		free(c);
		return st;
	}
	st = find_gpus(c, err);
	if (st) {
		amd_smi_close(c);
		return st;
	}
	pair_dies(c);
	add_heats(c);
	*out = c;
	return CM_OK;
}

static size_t amd_smi_channels(struct meter_ctx *c, const struct meter_channel **out)
{
	*out = c->channel;
	return c->n + c->heats;
}

static enum cm_status amd_smi_read(struct meter_ctx *c, struct meter_value *values,
				   struct cm_err *err)
{
	(void)err; /* a GPU that fails is that GPU's state */
	for (size_t i = 0; i < c->n; i++) {
		uint64_t count = 0, t_ns = 0;
		float uj = 0;

		values[i] = (struct meter_value){ 0, c->channel[i].st };
		if (c->channel[i].st)
			continue;
		values[i].st = status_of(c->smi.energy(c->handle[i], &count, &uj, &t_ns));
		if (!values[i].st)
			values[i].st = amd_joules(&c->gpu[i], count, uj, t_ns, &values[i].value);
	}
	for (size_t i = 0; i < c->heats; i++) {
		struct meter_value *v = &values[c->n + i];

		v->st = status_of(heat_of(c, &c->heat[i], &v->value));
	}
	return CM_OK;
}

static size_t amd_smi_caps(struct meter_ctx *c, const struct meter_cap **out)
{
	*out = c->limits.limit;
	return c->limits.n;
}

static enum cm_status amd_smi_set_cap(struct meter_ctx *c, size_t i, double watts,
				      struct cm_err *err)
{
	const cmas_handle h = c->handle[c->limits.gpu[i]];
	const cmas_ret r = c->smi.set_cap(h, 0, (uint64_t)llround(watts * 1e6));
	struct cmas_cap now = {0};

	if (cap_of(c, h, &now))
		now.now_uw = 0;
	return amd_limit_set(&c->limits.limit[i], watts, status_of(r), words(c, r), now.now_uw,
			     err);
}

const struct meter meter_amd_smi = {
	.abi = CM_METER_ABI,
	.name = "amd_smi",
	.desc = "energy and temperatures of AMD's GPUs, by AMD SMI",
	.open = amd_smi_open,
	.close = amd_smi_close,
	.channels = amd_smi_channels,
	.read = amd_smi_read,
	.driver = true,
	.caps = amd_smi_caps,
	.set_cap = amd_smi_set_cap,
};
