/*
 * Loads NVIDIA's management library and describes the GPUs that it knows (see nvml_gpu.h). Sources: the NVML
 * API reference, ../shared/research/energy.md 2.1.
 */
#include "nvml_gpu.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dl.h"
#include "base/str.h"

/* ---- the library -------------------------------------------------------------------------------
 */

static enum cm_status load(struct nvml *n, struct cm_err *err)
{
	static const char *const names[] = { "libnvidia-ml.so.1",
					     "/usr/lib/wsl/lib/libnvidia-ml.so.1", NULL };
	const struct dl_symbol symbols[] = {
#define X(optional, member, name, args) { #name, (void (**)(void))(void *)&n->api.member, optional },
		CMNV_FUNCTIONS(X)
#undef X
		{ "nvmlErrorString", (void (**)(void))(void *)&n->api.error, true },
		{ NULL, NULL, false },
	};

	return dl_open(names, symbols, NULL, err);
}

enum cm_status nvml_status(cmnv_ret r)
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

const char *nvml_words(const struct nvml *n, cmnv_ret r)
{
	const char *s = n->api.error ? n->api.error(r) : NULL;

	return s && *s ? s : "no words for it";
}

static enum cm_status refuse_start(const struct nvml *n, cmnv_ret r, struct cm_err *err)
{
	if (r == CMNV_MISMATCH)
		return cm_fail(err, CM_EDRIVER,
			       "the driver in the kernel and libnvidia-ml.so.1 differ in version: "
			       "restart, or reload the driver, after its update");
	if (r == CMNV_NO_DRIVER)
		return cm_fail(err, CM_ABSENT,
			       "libnvidia-ml.so.1 is here, but no NVIDIA driver is loaded");
	return cm_fail(err, nvml_status(r) ? nvml_status(r) : CM_EDRIVER,
		       "nvmlInit_v2 failed with NVML error %d: %s", r, nvml_words(n, r));
}

/* ---- GPUs --------------------------------------------------------------------------------------
 */

/* PCI device 20xx is GA100. */
int nvml_averages(const struct nvml_gpu *g)
{
	if (g->arch == (unsigned)CMNV_ARCH_UNKNOWN || g->arch == 0)
		return -1;
	if (g->arch < CMNV_ARCH_AMPERE)
		return 0;
	return !(g->arch == CMNV_ARCH_AMPERE && (g->device_id >> 24) == 0x20);
}

/*
 * Grace Hopper and Grace Blackwell; "GB10" has no module scope and is one chip. Grace numbers PCI
 * domains 16 to a socket, so that the GPUs of a module have one number. Of GH200 it is known that
 * its energy counter is the module's (ml-energy/zeus#172). Of the others neither the API reference
 * ("for this GPU", as of GH200) nor anyone who measured states it (looked for in November 2026):
 * taken for the GPU's it may be of a processor and another GPU too, taken for the module's it may
 * miss them.
 */
static void describe_module(struct nvml_gpu *g, unsigned domain, size_t i)
{
	const bool hopper = strstr(g->name, "GH200");

	if (!hopper && !strstr(g->name, "GB200") && !strstr(g->name, "GB300"))
		return;
	snprintf(g->module, sizeof g->module, "module %zu", domain ? domain >> 4 : i);
	g->counts_module = hopper;
	g->counts_unsaid = !hopper;
}

static void describe(const struct nvml *n, struct nvml_gpu *g)
{
	struct cmnv_pci pci = { .legacy_id = "" };
	unsigned mw = 0, least = 0, now = 0, later = 0;

	if (n->api.name(g->dev, g->name, sizeof g->name))
		snprintf(g->name, sizeof g->name, "NVIDIA GPU");
	if (n->api.uuid(g->dev, g->uuid, sizeof g->uuid))
		snprintf(g->uuid, sizeof g->uuid, "(no UUID)");
	if (!n->api.pci(g->dev, &pci)) {
		snprintf(g->at, sizeof g->at, "%04x:%02x:%02x.0", pci.domain, pci.bus & 0xff,
			 pci.device & 0x1f);
		g->device_id = pci.device_id;
	} else {
		snprintf(g->at, sizeof g->at, "%.31s", g->uuid);
	}
	if (!n->api.arch || n->api.arch(g->dev, &g->arch))
		g->arch = (unsigned)CMNV_ARCH_UNKNOWN;
	if (n->api.limit && !n->api.limit(g->dev, &mw))
		g->limit_w = mw * 1e-3;
	if (n->api.limit_usual && !n->api.limit_usual(g->dev, &mw))
		g->usual_w = mw * 1e-3;
	if (n->api.limits && !n->api.limits(g->dev, &least, &mw))
		g->most_w = mw * 1e-3;
	g->most_w = fmax(g->most_w, fmax(g->limit_w, g->usual_w));
	g->mig = n->api.mig && !n->api.mig(g->dev, &now, &later) && now == 1;
	describe_module(g, pci.domain, (size_t)(g - n->gpu));
}

enum cm_status nvml_start(struct nvml *n, struct cm_err *err)
{
	enum cm_status st = load(n, err);
	cmnv_ret r = st ? CMNV_OK : n->api.init();

	if (st || r)
		return st ? st : refuse_start(n, r, err);
	r = n->api.count(&n->gpus);
	if (r || !n->gpus) {
		st = r ? cm_fail(err, nvml_status(r),
				 "nvmlDeviceGetCount_v2 failed with NVML error %d: %s", r,
				 nvml_words(n, r))
		       : cm_fail(err, CM_ABSENT, "the driver knows no GPU");
		n->gpus = 0;
		nvml_stop(n);
		return st;
	}
	n->gpu = cm_alloc(n->gpus * sizeof *n->gpu);
	for (unsigned i = 0; i < n->gpus; i++) {
		n->gpu[i].lost = n->api.handle(i, &n->gpu[i].dev);
		if (n->gpu[i].lost)
			n->gpu[i].dev = NULL;
		else
			describe(n, &n->gpu[i]);
	}
	return CM_OK;
}

void nvml_stop(struct nvml *n)
{
	n->api.shutdown();
	free(n->gpu);
}
