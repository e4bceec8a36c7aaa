/*
 * Where an OpenCL device sits. Meters know cards by their PCI address; without it nobody could tell
 * whose watts are the work's. Three extensions say it; a driver that knows none of them leaves "".
 */
#include "cl_location.h"

#include <stdbool.h>
#include <stdio.h>

static bool ask(const struct cl_api *cl, cmcl_device d, cmcl_uint what, size_t size, void *to)
{
	size_t told = 0;

	return cl->device_info(d, what, size, to, &told) == CMCL_SUCCESS && told == size;
}

static bool by_khronos(const struct cl_api *cl, cmcl_device d, struct cmcl_pci *out)
{
	return ask(cl, d, CMCL_DEVICE_PCI_BUS_INFO, sizeof *out, out);
}

/* The slot's number holds device and function, as in a PCI address of 8 bits: dev << 3 | fn. */
static bool by_nvidia(const struct cl_api *cl, cmcl_device d, struct cmcl_pci *out)
{
	cmcl_uint slot = 0;

	if (!ask(cl, d, CMCL_NV_DEVICE_PCI_BUS_ID, sizeof out->bus, &out->bus) ||
	    !ask(cl, d, CMCL_NV_DEVICE_PCI_SLOT_ID, sizeof slot, &slot))
		return false;
	if (!ask(cl, d, CMCL_NV_DEVICE_PCI_DOMAIN_ID, sizeof out->domain, &out->domain))
		out->domain = 0;
	out->device = slot >> 3;
	out->function = slot & 7;
	return true;
}

static bool by_amd(const struct cl_api *cl, cmcl_device d, struct cmcl_pci *out)
{
	union cmcl_amd_topology t;

	if (!ask(cl, d, CMCL_AMD_DEVICE_TOPOLOGY, sizeof t, &t) || t.raw.type != CMCL_AMD_TOPOLOGY_PCIE)
		return false;
	*out = (struct cmcl_pci){ 0, t.pcie.bus, t.pcie.device, t.pcie.function };
	return true;
}

void cl_location(const struct cl_api *cl, cmcl_device d, char *out, size_t cap)
{
	struct cmcl_pci p = { 0 };

	*out = '\0';
	if (by_khronos(cl, d, &p) || by_nvidia(cl, d, &p) || by_amd(cl, d, &p))
		snprintf(out, cap, "%04x:%02x:%02x.%x", p.domain, p.bus, p.device, p.function);
}
