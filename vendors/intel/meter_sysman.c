/*
 * Energy of Intel's GPUs from Level Zero Sysman.
 *
 * A device has a counter for each power domain; the widest (card, else package) is the device, the
 * others lie inside of it. The kernel's monitor counts the same and covers the same PCI address;
 * its period is shorter, so it is the one that is summed and this one is its check. A snapshot
 * whose own time does not go on is a fault. Source: the Level Zero specification. Must not know who
 * sums the channels.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/meter.h"
#include "base/clock.h"
#include "base/dl.h"
#include "base/str.h"
#include "sysman_abi.h"

#define MOST 256u

struct wire {
	cmzs_handle power, clock; /* one of them */
	int domain;
	uint64_t last_us;        /* the snapshot's time at the last reading */
	uint32_t bits;           /* of clock: while one is set … */
	double held_s, last_s;   /* … time adds up, since the last reading */
};

struct meter_ctx {
	struct sysman_api zs;
	bool old;                /* devices are found through the core interface */
	struct wire *wire;
	struct meter_channel *channel;
	size_t n, cap, devices;
};

static enum cm_status load(struct meter_ctx *c, struct cm_err *err)
{
	static const char *const names[] = { "libze_loader.so.1", NULL };
	const struct dl_symbol symbols[] = {
#define X(optional, member, name, args) { #name, (void (**)(void))(void *)&c->zs.member, optional },
		CMZS_FUNCTIONS(X)
#undef X
		{ NULL, NULL, false },
	};

	return dl_open(names, symbols, NULL, err);
}

static enum cm_status status_of(cmzs_ret r)
{
	return r == CMZS_OK	       ? CM_OK :
	       r == CMZS_UNSUPPORTED   ? CM_UNSUPPORTED :
	       r == CMZS_NO_PERMISSION ? CM_DENIED : CM_EDRIVER;
}

/* zesInit, or for loaders before 1.9 zeInit with its variable set. */
static cmzs_ret start(struct meter_ctx *c)
{
	cmzs_ret r = CMZS_UNSUPPORTED;

	if (c->zs.init && c->zs.drivers && c->zs.devices)
		r = c->zs.init(0);
	if (r && c->zs.init_old && c->zs.drivers_old && c->zs.devices_old) {
		setenv("ZES_ENABLE_SYSMAN", "1", 1); /* this process is the meter's own */
		r = c->zs.init_old(0);
		c->old = !r;
	}
	return r;
}

/* A list of handles by the usual two calls; NULL and *n = 0 where there is none. */
static cmzs_handle *list(cmzs_ret (*get)(cmzs_handle, uint32_t *, cmzs_handle *), cmzs_handle of,
			 uint32_t *n)
{
	cmzs_handle *h;

	*n = 0;
	if (!get || get(of, n, NULL) || !*n || *n > MOST) {
		*n = 0;
		return NULL;
	}
	h = cm_alloc(*n * sizeof(cmzs_handle));
	if (get(of, n, h))
		*n = 0;
	return h;
}

static cmzs_ret read_wire(const struct meter_ctx *c, struct wire *w, double *out)
{
	cmzs_ret r;

	if (w->power) {
		struct cmzs_energy e = { 0 };

		r = c->zs.energy(w->power, &e);
		if (!r && (e.t_us < w->last_us || e.uj == UINT64_MAX))
			r = CMZS_NOT_INITIALISED; /* its clock ran backward: a reset */
		w->last_us = e.t_us;
		*out = (double)e.uj * 1e-6;
	} else {
		struct cmzs_frequency f = { .stype = CMZS_STYPE_FREQUENCY };
		const double now_s = (double)cm_now_ns() * 1e-9;

		r = c->zs.clock(w->clock, &f);
		if (!r && w->last_s > 0 && (f.throttle & w->bits))
			w->held_s += now_s - w->last_s;
		w->last_s = now_s;
		*out = w->held_s;
	}
	return r;
}

/* i915 or xe: what the PCI device is bound to. */
static void name_driver(const char *at, struct meter_channel *ch)
{
	char path[128], to[256];
	ssize_t n;
	const char *base;

	snprintf(path, sizeof path, "/sys/bus/pci/devices/%.40s/driver", at);
	n = readlink(path, to, sizeof to - 1);
	if (n <= 0)
		return;
	to[n] = '\0';
	base = strrchr(to, '/');
	snprintf(ch->driver, sizeof ch->driver, "%.31s", base ? base + 1 : to);
}

static struct meter_channel *add(struct meter_ctx *c, const struct wire *w, const char *at,
				 const char *what)
{
	struct meter_channel *ch;
	double now = 0;

	CM_PUSH(c->wire, c->n, c->cap);
	c->channel = cm_realloc(c->channel, c->cap * sizeof *c->channel);
	c->wire[c->n] = *w;
	ch = &c->channel[c->n];
	*ch = (struct meter_channel){ .scope = CM_SCOPE_DEVICE, .basis = CM_MEASURED };
	name_driver(at, ch);
	snprintf(ch->name, sizeof ch->name, "xpu%zu %s", c->devices, what);
	snprintf(ch->covers, sizeof ch->covers, "%s", at);
	ch->st = status_of(read_wire(c, &c->wire[c->n], &now));
	if (ch->st == CM_UNSUPPORTED)
		snprintf(ch->reason, sizeof ch->reason,
			 "this device or its driver does not support it");
	else if (ch->st == CM_DENIED)
		snprintf(ch->reason, sizeof ch->reason,
			 "the driver refuses this user; as a member of "
			 "the group render: sudo usermod -aG render $USER");
	else if (ch->st)
		snprintf(ch->reason, sizeof ch->reason, "Sysman gives no counter here");
	c->n++;
	return ch;
}

/* ---- power domains -----------------------------------------------------------------------------
 */

static const char *domain_word(int domain)
{
	static const char *const words[] = { "part", "card", "package", "stack", "memory", "gpu" };

	return domain >= 0 && (size_t)domain < CM_COUNT(words) ? words[domain] : words[0];
}

struct domain { struct cmzs_power about; struct cmzs_power_ext ext; cmzs_handle h; };

static void ask_domain(const struct meter_ctx *c, cmzs_handle h, struct domain *d)
{
	*d = (struct domain){ .h = h, .about = { .stype = CMZS_STYPE_POWER },
			      .ext = { .stype = CMZS_STYPE_POWER_EXT } };
	d->about.next = &d->ext;
	d->about.usual_mw = d->about.most_mw = -1;
	if (c->zs.about(h, &d->about)) { /* a driver that does not know the extension */
		d->about = (struct cmzs_power){
			.stype = CMZS_STYPE_POWER, .usual_mw = -1, .most_mw = -1};
		d->ext.domain = 0;
		c->zs.about(h, &d->about);
	}
}

/* The smaller the wider; a domain without a name is the device unless it is a part's. */
static int width(const struct domain *d)
{
	if (d->about.on_part)
		return 9;
	return d->ext.domain == CMZS_DOMAIN_CARD    ? 0 :
	       d->ext.domain == CMZS_DOMAIN_PACKAGE ? 1 :
	       d->ext.domain == 0		    ? 2 : 3 + d->ext.domain;
}

static void add_domain(struct meter_ctx *c, const struct domain *d, const char *at, bool widest)
{
	const struct wire w = { .power = d->h, .domain = d->ext.domain };
	struct meter_channel *ch;
	char what[48];

	if (d->about.on_part)
		snprintf(what, sizeof what, "%s %u", domain_word(d->ext.domain ? d->ext.domain : 3),
			 d->about.part);
	else
		snprintf(what, sizeof what, "%s", domain_word(d->ext.domain ? d->ext.domain : 1));
	ch = add(c, &w, at, what);
	if (!widest) {
		ch->scope = CM_SCOPE_CORE;
		snprintf(ch->covers, sizeof ch->covers, "%.40s %.20s", at, what);
	}
	ch->kind = CM_ENERGY_COUNTER;
	ch->unit = "J";
	ch->step = 1e-6;
	ch->refresh_ns = 100000000;
	ch->max_w = d->about.most_mw > 0 ? 1.5e-3 * d->about.most_mw : 0;
	ch->err_lo = -0.05;
	ch->err_hi = 0.05;
	snprintf(ch->err_source, sizeof ch->err_source, "assumed for Sysman");
	snprintf(ch->source, sizeof ch->source, "zesPowerGetEnergyCounter, %s domain",
		 domain_word(d->ext.domain));
	if (d->about.usual_mw > 0)
		snprintf(ch->note, sizeof ch->note, "rated for %.5g W", d->about.usual_mw * 1e-3);
}

static void add_domains(struct meter_ctx *c, cmzs_handle device, const char *at)
{
	uint32_t n = 0, widest = 0;
	cmzs_handle *h = list(c->zs.domains, device, &n);
	struct domain *d = cm_alloc((n + 1) * sizeof *d);
	cmzs_handle card = NULL;

	for (uint32_t i = 0; i < n; i++) {
		ask_domain(c, h[i], &d[i]);
		if (width(&d[i]) < width(&d[widest]))
			widest = i;
	}
	/* A card that is not in the list. */
	if (c->zs.card && (!n || width(&d[widest]) > 0) && !c->zs.card(device, &card) && card) {
		ask_domain(c, card, &d[n]);
		d[n].ext.domain = CMZS_DOMAIN_CARD;
		widest = n++;
	}
	for (uint32_t i = 0; i < n; i++)
		add_domain(c, &d[i], at, i == widest && width(&d[i]) < 9);
	if (!n) {
		struct meter_channel *ch = add(c, &(struct wire){ .power = device }, at, "energy");

		ch->kind = CM_ENERGY_COUNTER;
		ch->unit = "J";
		ch->st = CM_UNSUPPORTED;
		snprintf(ch->reason, sizeof ch->reason,
			 "the device has no power domain (integrated GPUs "
			 "have none)");
	}
	free(d);
	free(h);
}

static void add_clocks(struct meter_ctx *c, cmzs_handle device, const char *at)
{
	static const struct { uint32_t bits; const char *what; } rows[] = {
		{ CMZS_HELD_POWER, "power limit" }, { CMZS_HELD_THERMAL, "thermal limit" },
		{ CMZS_HELD_SUPPLY, "power supply" },
	};
	uint32_t n = 0;
	cmzs_handle *h = c->zs.clock ? list(c->zs.clocks, device, &n) : NULL;

	for (size_t i = 0; n && i < CM_COUNT(rows); i++) {
		const struct wire w = { .clock = h[0], .bits = rows[i].bits };
		char what[64];
		struct meter_channel *ch;

		snprintf(what, sizeof what, "held back by its %s", rows[i].what);
		ch = add(c, &w, at, what);
		ch->kind = CM_EVENT_COUNTER;
		ch->unit = "s";
		snprintf(ch->source, sizeof ch->source,
			 "zesFrequencyGetState at each reading (estimate)");
	}
	free(h);
}

static void add_device(struct meter_ctx *c, cmzs_handle device)
{
	struct cmzs_pci p = { .stype = CMZS_STYPE_PCI };
	char at[48];

	if (!c->zs.pci(device, &p))
		snprintf(at, sizeof at, "%04x:%02x:%02x.%x", p.domain, p.bus & 0xff,
			 p.device & 0x1f, p.function & 7);
	else
		snprintf(at, sizeof at, "Intel device %zu", c->devices);
	add_domains(c, device, at);
	add_clocks(c, device, at);
	c->devices++;
}

/* ---- the meter ---------------------------------------------------------------------------------
 */

static void sysman_close(struct meter_ctx *c)
{
	free(c->wire); /* handles are the driver's */
	free(c->channel);
	free(c);
}

static cmzs_ret drivers_of(const struct meter_ctx *c, uint32_t *n, cmzs_handle *h)
{
	return c->old ? c->zs.drivers_old(n, h) : c->zs.drivers(n, h);
}

static void find_devices(struct meter_ctx *c)
{
	uint32_t n = 0, k = 0;
	cmzs_handle *driver;

	if (drivers_of(c, &n, NULL) || !n || n > MOST)
		return;
	driver = cm_alloc(n * sizeof(cmzs_handle));
	if (drivers_of(c, &n, driver))
		n = 0;
	for (uint32_t i = 0; i < n; i++) {
		cmzs_handle *device =
			list(c->old ? c->zs.devices_old : c->zs.devices, driver[i], &k);

		for (uint32_t d = 0; d < k; d++)
			add_device(c, device[d]);
		free(device);
	}
	free(driver);
}

static enum cm_status sysman_open(const struct meter_from *from, struct meter_ctx **out,
				  struct cm_err *err)
{
	struct meter_ctx *c;
	enum cm_status st;
	cmzs_ret r;

	if (from && from->sysfs_root)
		return cm_fail(err, CM_ABSENT, "a recorded machine has no driver to ask");
	c = cm_alloc(sizeof *c);
	st = load(c, err);
	r = st ? CMZS_OK : start(c);
	if (r)
		st = cm_fail(err, CM_ABSENT, "libze_loader.so.1 is here, but no driver with Sysman "
			     "(result 0x%x)", (unsigned)r);
	if (!st)
		find_devices(c);
	if (!st && !c->n)
		st = cm_fail(err, CM_ABSENT, "Level Zero knows no device here");
	if (st) {
		sysman_close(c);
		return st;
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
	for (size_t i = 0; i < c->n; i++) {
		values[i] = (struct meter_value){ 0, c->channel[i].st };
		if (c->channel[i].st == CM_OK)
			values[i].st = status_of(read_wire(c, &c->wire[i], &values[i].value));
	}
	return CM_OK;
}

const struct meter meter_sysman = {
	.abi = CM_METER_ABI,
	.name = "sysman",
	.desc = "energy of Intel's GPUs, by Level Zero Sysman",
	.open = sysman_open,
	.close = sysman_close,
	.channels = sysman_channels,
	.read = sysman_read,
	.driver = true,
};
