/*
 * Loads Level Zero Sysman and describes the GPUs that it knows (see sysman_gpu.h). A GPU may be told of
 * by two drivers, or once for each of its tiles: the PCI address decides, and it is one. Sources: the
 * Level Zero specification, intel/compute-runtime.
 */
#include "sysman_gpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/dl.h"
#include "base/str.h"

#define MOST 256u

/* ---- the library -------------------------------------------------------------------------------
 */

static enum cm_status load(struct sysman *z, struct cm_err *err)
{
	static const char *const names[] = { "libze_loader.so.1", NULL };
	const struct dl_symbol symbols[] = {
#define X(optional, member, name, args) { #name, (void (**)(void))(void *)&z->api.member, optional },
		CMZS_FUNCTIONS(X)
#undef X
		{ NULL, NULL, false },
	};

	return dl_open(names, symbols, NULL, err);
}

enum cm_status sysman_status(cmzs_ret r)
{
	return r == CMZS_OK	       ? CM_OK :
	       r == CMZS_UNSUPPORTED   ? CM_UNSUPPORTED :
	       r == CMZS_NO_PERMISSION ? CM_DENIED : CM_EDRIVER;
}

/* zesInit, or for loaders before 1.9 zeInit with its variable set. */
static cmzs_ret start(struct sysman *z)
{
	cmzs_ret r = CMZS_UNSUPPORTED;

	if (z->api.init && z->api.drivers && z->api.devices)
		r = z->api.init(0);
	if (r && z->api.init_old && z->api.drivers_old && z->api.devices_old) {
		setenv("ZES_ENABLE_SYSMAN", "1", 1); /* this process is the meter's own */
		r = z->api.init_old(0);
		z->old = !r;
	}
	return r;
}

cmzs_handle *sysman_list(cmzs_ret (*get)(cmzs_handle, uint32_t *, cmzs_handle *), cmzs_handle of,
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

const char *sysman_domain_word(int domain)
{
	static const char *const words[] = { "part", "card", "package", "stack", "memory", "gpu" };

	return domain >= 0 && (size_t)domain < CM_COUNT(words) ? words[domain] : words[0];
}

/* A domain without a name is the device unless it is a part's. */
int sysman_width(const struct sysman_domain *d)
{
	if (d->about.on_part)
		return SYSMAN_PART;
	return d->domain == CMZS_DOMAIN_CARD    ? 0 :
	       d->domain == CMZS_DOMAIN_PACKAGE ? 1 :
	       d->domain == 0			? 2 : 3 + d->domain;
}

/* ---- GPUs --------------------------------------------------------------------------------------
 */

static void ask_domain(const struct sysman *z, cmzs_handle h, struct sysman_domain *d)
{
	struct cmzs_power_ext ext = { .stype = CMZS_STYPE_POWER_EXT };

	*d = (struct sysman_domain){ .h = h, .about = { .stype = CMZS_STYPE_POWER, .next = &ext } };
	d->about.usual_mw = d->about.least_mw = d->about.most_mw = -1;
	if (z->api.about(h, &d->about)) { /* a driver that does not know the extension */
		d->about = (struct cmzs_power){ .stype = CMZS_STYPE_POWER, .usual_mw = -1,
						.least_mw = -1, .most_mw = -1 };
		ext.domain = 0;
		z->api.about(h, &d->about);
	}
	d->about.next = NULL;
	d->domain = ext.domain;
}

static void find_domains(const struct sysman *z, struct sysman_gpu *g)
{
	uint32_t n = 0;
	cmzs_handle *h = sysman_list(z->api.domains, g->dev, &n), card = NULL;
	bool has_card = false;

	g->domain = cm_alloc((n + 1) * sizeof *g->domain);
	for (uint32_t i = 0; i < n; i++) {
		ask_domain(z, h[i], &g->domain[i]);
		has_card |= g->domain[i].domain == CMZS_DOMAIN_CARD;
	}
	/* A card that is not in the list. */
	if (!has_card && z->api.card && !z->api.card(g->dev, &card) && card) {
		ask_domain(z, card, &g->domain[n]);
		g->domain[n++].domain = CMZS_DOMAIN_CARD;
	}
	g->domains = n;
	free(h);
}

/* The GPU's own clocks; without a word of what each is, the first, as the specification orders them. */
static void find_clocks(const struct sysman *z, struct sysman_gpu *g)
{
	uint32_t n = 0;
	cmzs_handle *h = z->api.clock ? sysman_list(z->api.clocks, g->dev, &n) : NULL;

	g->clock = cm_alloc((n + 1) * sizeof *g->clock);
	for (uint32_t i = 0; i < n; i++) {
		struct cmzs_clock about = { .stype = CMZS_STYPE_CLOCK };
		const bool told = z->api.of_clock && !z->api.of_clock(h[i], &about);

		if (told ? about.type == 0 : i == 0)
			g->clock[g->clocks++] = (struct sysman_clock){ h[i], about.on_part, about.part };
	}
	free(h);
}

/* i915 or xe: what the PCI device is bound to. */
static void name_driver(struct sysman_gpu *g)
{
	char path[128], to[256];
	ssize_t n;
	const char *base;

	snprintf(path, sizeof path, "/sys/bus/pci/devices/%.40s/driver", g->at);
	n = readlink(path, to, sizeof to - 1);
	if (n <= 0)
		return;
	to[n] = '\0';
	base = strrchr(to, '/');
	snprintf(g->driver, sizeof g->driver, "%.31s", base ? base + 1 : to);
}

static void add_gpu(struct sysman *z, cmzs_handle dev)
{
	struct sysman_gpu g = { .dev = dev };
	struct cmzs_pci p = { .stype = CMZS_STYPE_PCI };
	struct cmzs_device d = { .stype = CMZS_STYPE_DEVICE, .core = { .stype = CMZS_STYPE_CORE } };

	if (!z->api.pci(dev, &p))
		snprintf(g.at, sizeof g.at, "%04x:%02x:%02x.%x", p.domain, p.bus & 0xff, p.device & 0x1f,
			 p.function & 7);
	else
		snprintf(g.at, sizeof g.at, "Intel device %zu", z->gpus);
	for (size_t i = 0; i < z->gpus; i++)
		if (!strcmp(z->gpu[i].at, g.at))
			return;
	if (z->api.of_device && !z->api.of_device(dev, &d)) {
		g.parts = d.parts;
		snprintf(g.model, sizeof g.model, "%.63s", d.model);
	}
	name_driver(&g);
	find_domains(z, &g);
	find_clocks(z, &g);
	CM_PUSH(z->gpu, z->gpus, z->cap);
	z->gpu[z->gpus++] = g;
}

static cmzs_ret drivers_of(const struct sysman *z, uint32_t *n, cmzs_handle *h)
{
	return z->old ? z->api.drivers_old(n, h) : z->api.drivers(n, h);
}

static void find_gpus(struct sysman *z)
{
	uint32_t n = 0, k = 0;
	cmzs_handle *driver;

	if (drivers_of(z, &n, NULL) || !n || n > MOST)
		return;
	driver = cm_alloc(n * sizeof(cmzs_handle));
	if (drivers_of(z, &n, driver))
		n = 0;
	for (uint32_t i = 0; i < n; i++) {
		cmzs_handle *dev = sysman_list(z->old ? z->api.devices_old : z->api.devices, driver[i],
					       &k);

		for (uint32_t d = 0; d < k; d++)
			add_gpu(z, dev[d]);
		free(dev);
	}
	free(driver);
}

enum cm_status sysman_start(struct sysman *z, struct cm_err *err)
{
	enum cm_status st = load(z, err);
	const cmzs_ret r = st ? CMZS_OK : start(z);

	if (st)
		return st;
	if (r)
		return cm_fail(err, CM_ABSENT, "libze_loader.so.1 is here, but no driver with Sysman "
			       "(result 0x%x)", (unsigned)r);
	find_gpus(z);
	return z->gpus ? CM_OK : cm_fail(err, CM_ABSENT, "Level Zero knows no device here");
}

void sysman_stop(struct sysman *z)
{
	for (size_t i = 0; i < z->gpus; i++) {
		free(z->gpu[i].domain);
		free(z->gpu[i].clock);
	}
	free(z->gpu);
}
