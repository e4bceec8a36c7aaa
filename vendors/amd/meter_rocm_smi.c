/*
 * Energy and power of AMD's GPUs from ROCm SMI, the management library before AMD SMI.
 *
 * A GPU's counter, its power and its temperatures carry its PCI address, as AMD SMI's and the
 * kernel's do, so that they count once. Must not know who sums the channels.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "amd_limits.h"
#include "api/meter.h"
#include "base/dl.h"
#include "base/str.h"
#include "rocm_smi_abi.h"

#define MOST_GPUS 1024u

struct meter_ctx {
	struct rocm_smi_api smi;
	struct amd_gpu *gpu;
	struct meter_channel
		*channel; /* energy of every GPU, then power of every GPU, then temperatures */
	uint32_t gpus;
	struct heat {
		uint32_t gpu;
		unsigned sensor;
	} * heat;
	size_t heats;
	struct amd_limits limits;
};

static enum cm_status load(struct meter_ctx *c, struct cm_err *err)
{
	static const char *const names[] = {"librocm_smi64.so",
					    "librocm_smi64.so.7",
					    "librocm_smi64.so.6",
					    "librocm_smi64.so.5",
					    "librocm_smi64.so.1",
					    "/opt/rocm/lib/librocm_smi64.so",
					    NULL};
	const struct dl_symbol symbols[] = {
#define X(optional, member, name, args) {#name, (void (**)(void))(void *)&c->smi.member, optional},
		CMRS_FUNCTIONS(X)
#undef X
			{NULL, NULL, false},
	};
	struct cm_err why = { CM_OK, "" };
	const enum cm_status st = dl_open(names, symbols, NULL, &why);

	if (st && !strstr(why.why, "lacks"))
		return cm_fail(err, st, "librocm_smi64.so: not found, nor in /opt/rocm/lib");
	return st ? cm_fail(err, st, "%s", why.why) : CM_OK;
}

static enum cm_status status_of(cmrs_ret r)
{
	return r == CMRS_OK	       ? CM_OK :
	       r == CMRS_NOT_SUPPORTED ? CM_UNSUPPORTED :
	       r == CMRS_NO_PERMISSION ? CM_DENIED : CM_EDRIVER;
}

static const char *words(const struct meter_ctx *c, cmrs_ret r)
{
	const char *s = NULL;

	return c->smi.words && !c->smi.words(r, &s) && s ? s : "no words for it";
}

static void set_reason(const struct meter_ctx *c, struct meter_channel *ch, cmrs_ret r,
		       const char *what)
{
	ch->st = status_of(r);
	if (ch->st == CM_UNSUPPORTED)
		snprintf(ch->reason, sizeof ch->reason, "this GPU or its driver gives no %s", what);
	else if (ch->st == CM_DENIED)
		snprintf(ch->reason, sizeof ch->reason,
			 "the driver refuses this user; as a member of "
			 "the groups render and video: sudo usermod -aG render,video $USER");
	else if (ch->st)
		snprintf(ch->reason, sizeof ch->reason, "ROCm SMI error %d: %s", r, words(c, r));
}

static cmrs_ret count_of(const struct meter_ctx *c, uint32_t i, uint64_t *count, float *uj,
			 uint64_t *t_ns)
{
	return c->smi.energy ? c->smi.energy(i, count, uj, t_ns) : CMRS_NOT_SUPPORTED;
}

/* mean: it is an average of a short time that nobody states. */
static cmrs_ret watts_of(const struct meter_ctx *c, uint32_t i, double *watts, bool *mean)
{
	uint64_t uw = 0;
	int type = -1;
	cmrs_ret r = c->smi.power_now ? c->smi.power_now(i, &uw, &type) : CMRS_NOT_SUPPORTED;

	*mean = type != 1;
	if (r && c->smi.power)
		r = c->smi.power(i, 0, &uw);
	/* All ones of 16, 32 or 64 bits: how the firmware says "none", in W or uW. */
	if (!r && (uw == UINT64_MAX || uw == UINT32_MAX || uw == 65535000000u))
		r = CMRS_NOT_SUPPORTED;
	*watts = (double)uw * 1e-6;
	return r;
}

static void add_limit(struct meter_ctx *c, uint32_t i)
{
	struct amd_limit l = {.usual_uw = 0};

	if (!c->smi.cap || !c->smi.cap_range || !c->smi.set_cap || c->smi.cap(i, 0, &l.now_uw) ||
	    c->smi.cap_range(i, 0, &l.most_uw, &l.least_uw))
		return;
	if (c->smi.cap_usual && c->smi.cap_usual(i, &l.usual_uw))
		l.usual_uw = 0;
	amd_add_limit(&c->limits, &c->gpu[i], i, &l);
}

static void describe(struct meter_ctx *c, uint32_t i)
{
	struct amd_gpu *g = &c->gpu[i];
	uint64_t bdf = 0, uw = 0;

	if (!c->smi.name || c->smi.name(i, g->name, sizeof g->name))
		snprintf(g->name, sizeof g->name, "AMD GPU");
	/* Domain in the upper half; bits 28 to 31 are the partition. */
	if (!c->smi.place(i, &bdf))
		amd_place(g, bdf >> 32, (unsigned)(bdf >> 8) & 0xff, (unsigned)(bdf >> 3) & 0x1f,
			  (unsigned)bdf & 7);
	else
		snprintf(g->at, sizeof g->at, "AMD GPU %u", i);
	if (c->smi.cap && !c->smi.cap(i, 0, &uw))
		g->limit_w = (double)uw * 1e-6;
	if (c->smi.cap_usual && !c->smi.cap_usual(i, &uw))
		g->usual_w = (double)uw * 1e-6;
	g->most_w = fmax(g->limit_w, g->usual_w);
	add_limit(c, i);
}

static void add_gpu(struct meter_ctx *c, uint32_t i)
{
	struct meter_channel *e = &c->channel[i], *p = &c->channel[c->gpus + i];
	struct amd_gpu *g = &c->gpu[i];
	uint64_t t_ns = 0;
	float uj = 0;
	double v = 0;
	bool mean = true;
	cmrs_ret r;

	describe(c, i);
	r = count_of(c, i, &g->count, &uj, &t_ns);
	amd_energy_channel(g, i, "rsmi_dev_energy_count_get", uj, e);
	set_reason(c, e, r, "energy counter");
	if (!r && amd_joules(g, g->count, uj, t_ns, &v)) {
		e->st = CM_EDRIVER;
		snprintf(e->reason, sizeof e->reason,
			 "ROCm SMI gives no usable counter: %llu x %g uJ",
			 (unsigned long long)g->count, (double)uj);
	}
	amd_energy_channel(g, i, "", uj, p);
	p->kind = CM_POWER_SAMPLE;
	p->unit = "W";
	p->step = 1e-6;
	set_reason(c, p, watts_of(c, i, &v, &mean), "power");
	p->refresh_ns = mean ? 1000000000 : 100000000;
	snprintf(p->name, sizeof p->name, "card%u power", i);
	snprintf(p->source, sizeof p->source, "%s",
		 mean ? "rsmi_dev_power_ave_get" : "rsmi_dev_power_get");
}

static void pair_dies(struct meter_ctx *c)
{
	struct meter_channel **ch = cm_alloc(c->gpus * sizeof *ch);

	for (uint32_t i = 0; i < c->gpus; i++)
		ch[i] = &c->channel[i];
	amd_pair_dies(c->gpu, c->gpus, ch);
	/* The power of the odd die is the even one's too. */
	for (uint32_t i = 1; i < c->gpus; i += 2) {
		struct meter_channel *p = &c->channel[c->gpus + i];

		if (ch[i]->st != CM_UNSUPPORTED || !strstr(ch[i]->reason, "both dies") || p->st)
			continue;
		p->st = ch[i]->st;
		snprintf(p->reason, sizeof p->reason, "%s", ch[i]->reason);
	}
	free(ch);
}

static cmrs_ret heat_of(const struct meter_ctx *c, const struct heat *h, double *celsius)
{
	int64_t thousandths = 0;
	const cmrs_ret r = c->smi.heat ? c->smi.heat(h->gpu, h->sensor, CMRS_HEAT_NOW, &thousandths)
				       : CMRS_NOT_SUPPORTED;

	*celsius = (double)thousandths * 1e-3;
	return r || amd_is_heat(*celsius) ? r : CMRS_NOT_SUPPORTED;
}

static void add_heats(struct meter_ctx *c)
{
	for (uint32_t i = 0; i < c->gpus; i++) {
		for (unsigned k = 0; k < AMD_HEATS; k++) {
			const struct heat h = {i, k};
			double now;

			if (heat_of(c, &h, &now))
				continue;
			amd_heat_channel(&c->gpu[i], i, k, "rsmi_dev_temp_metric_get",
					 &c->channel[2 * (size_t)c->gpus + c->heats]);
			c->heat[c->heats++] = h;
		}
	}
}

static void rocm_smi_close(struct meter_ctx *c)
{
	c->smi.shutdown();
	free(c->gpu);
	free(c->channel);
	free(c->heat);
	amd_free_limits(&c->limits);
	free(c);
}

static enum cm_status rocm_smi_open(const struct meter_from *from, struct meter_ctx **out,
				    struct cm_err *err)
{
	struct meter_ctx *c;
	enum cm_status st;
	cmrs_ret r;

	if (from && from->sysfs_root)
		return cm_fail(err, CM_ABSENT, "a recorded machine has no driver to ask");
	c = cm_alloc(sizeof *c);
	st = load(c, err);
	r = st ? CMRS_OK : c->smi.init(0);
	if (st || r) {
		if (r && !amd_driver_here())
			st = cm_fail(err, CM_ABSENT, "the library is here, but no AMD GPU driver is loaded");
		else if (r)
			st = cm_fail(err, status_of(r), "rsmi_init failed with error %d: %s", r,
				     words(c, r));
		free(c);
		return st;
	}
	r = c->smi.count(&c->gpus);
	if (r || !c->gpus || c->gpus > MOST_GPUS) {
		st = r ? cm_fail(err, status_of(r),
				 "rsmi_num_monitor_devices failed with error %d: %s", r,
				 words(c, r))
		       : cm_fail(err, CM_ABSENT, "the driver knows no AMD GPU");
		rocm_smi_close(c);
		return st;
	}
	c->gpu = cm_alloc(c->gpus * sizeof *c->gpu);
	c->channel = cm_alloc((2 + AMD_HEATS) * (size_t)c->gpus * sizeof *c->channel);
	c->heat = cm_alloc(AMD_HEATS * (size_t)c->gpus * sizeof *c->heat);
	for (uint32_t i = 0; i < c->gpus; i++)
		add_gpu(c, i);
	pair_dies(c);
	add_heats(c);
	*out = c;
	return CM_OK;
}

static size_t rocm_smi_channels(struct meter_ctx *c, const struct meter_channel **out)
{
	*out = c->channel;
	return 2 * (size_t)c->gpus + c->heats;
}

static enum cm_status rocm_smi_read(struct meter_ctx *c, struct meter_value *values,
				    struct cm_err *err)
{
	(void)err; /* a GPU that fails is that GPU's state */
	for (uint32_t i = 0; i < c->gpus; i++) {
		struct meter_value *e = &values[i], *p = &values[c->gpus + i];
		uint64_t count = 0, t_ns = 0;
		float uj = 0;
		bool mean;

		*e = (struct meter_value){ 0, c->channel[i].st };
		*p = (struct meter_value){ 0, c->channel[c->gpus + i].st };
		if (!e->st)
			e->st = status_of(count_of(c, i, &count, &uj, &t_ns));
		if (!e->st)
			e->st = amd_joules(&c->gpu[i], count, uj, t_ns, &e->value);
		if (!p->st)
			p->st = status_of(watts_of(c, i, &p->value, &mean));
	}
	for (size_t i = 0; i < c->heats; i++) {
		struct meter_value *v = &values[2 * (size_t)c->gpus + i];

		v->st = status_of(heat_of(c, &c->heat[i], &v->value));
	}
	return CM_OK;
}

static size_t rocm_smi_caps(struct meter_ctx *c, const struct meter_cap **out)
{
	*out = c->limits.limit;
	return c->limits.n;
}

static enum cm_status rocm_smi_set_cap(struct meter_ctx *c, size_t i, double watts,
				       struct cm_err *err)
{
	const uint32_t gpu = (uint32_t)c->limits.gpu[i];
	const cmrs_ret r = c->smi.set_cap(gpu, 0, (uint64_t)llround(watts * 1e6));
	uint64_t now_uw = 0;

	if (c->smi.cap(gpu, 0, &now_uw))
		now_uw = 0;
	return amd_limit_set(&c->limits.limit[i], watts, status_of(r), words(c, r), now_uw, err);
}

const struct meter meter_rocm_smi = {
	.abi = CM_METER_ABI,
	.name = "rocm_smi",
	.desc = "energy, power and temperatures of AMD's GPUs, by ROCm SMI",
	.open = rocm_smi_open,
	.close = rocm_smi_close,
	.channels = rocm_smi_channels,
	.read = rocm_smi_read,
	.driver = true,
	.caps = rocm_smi_caps,
	.set_cap = rocm_smi_set_cap,
};
