/*
 * Level Zero Sysman as a script ($CM_FAKE_SYSMAN, see fake_script.h) says it is: devices=1;
 * domains=12 (the digits are the power domains of each device: 1 card, 2 package, 4 memory …);
 * energyD (uJ) and timeD (us) of domain D; throttle (bits); mostD (mW); init. Words: NS, DENIED.
 */
#include "../../vendors/intel/sysman_abi.h"
#include "fake_script.h"

#define VAR "CM_FAKE_SYSMAN"

struct cmzs_opaque { int kind; }; /* a device, or the digit of a power domain */

static struct cmzs_opaque driver, device[4], clocks, domain[10];

#define X(optional, member, name, args) cmzs_ret name args;
CMZS_FUNCTIONS(X)
#undef X

static cmzs_ret value(const char *key, cmzs_handle d, double *out)
{
	char full[48], item[64];

	snprintf(full, sizeof full, "%s%d", key, d->kind);
	if (!fake_item(VAR, full, item, sizeof item) || !strcmp(item, "NS"))
		return CMZS_UNSUPPORTED;
	*out = strtod(item, NULL);
	return strcmp(item, "DENIED") ? CMZS_OK : CMZS_NO_PERMISSION;
}

static cmzs_ret give(uint32_t *n, cmzs_handle *h, uint32_t have, struct cmzs_opaque *from)
{
	for (uint32_t i = 0; h && i < have && i < *n; i++)
		h[i] = &from[i];
	*n = have;
	return CMZS_OK;
}

cmzs_ret zesInit(uint32_t flags)
{
	char item[32] = "";

	memset(fake_place, 0, sizeof fake_place);
	for (int i = 0; i < 10; i++)
		domain[i].kind = i;
	fake_item(VAR, "init", item, sizeof item);
	return flags || !strcmp(item, "NS") ? CMZS_NOT_INITIALISED : CMZS_OK;
}

cmzs_ret zeInit(uint32_t flags)
{
	return flags                         ? CMZS_NOT_INITIALISED
	       : getenv("ZES_ENABLE_SYSMAN") ? CMZS_OK
					     : CMZS_UNSUPPORTED;
}

cmzs_ret zesDriverGet(uint32_t *n, cmzs_handle *h)
{
	return give(n, h, 1, &driver);
}

cmzs_ret zeDriverGet(uint32_t *n, cmzs_handle *h)
{
	return give(n, h, 1, &driver);
}

cmzs_ret zesDeviceGet(cmzs_handle d, uint32_t *n, cmzs_handle *h)
{
	char text[32] = "0";

	(void)d;
	fake_text(VAR, "devices", text, sizeof text);
	return give(n, h, (uint32_t)strtoul(text, NULL, 10), device);
}

cmzs_ret zeDeviceGet(cmzs_handle d, uint32_t *n, cmzs_handle *h)
{
	return zesDeviceGet(d, n, h);
}

cmzs_ret zesDevicePciGetProperties(cmzs_handle d, struct cmzs_pci *p)
{
	p->domain = 0;
	p->bus = 0x3a + (uint32_t)(d - device);
	p->device = p->function = 0;
	return p->stype == CMZS_STYPE_PCI ? CMZS_OK : CMZS_UNSUPPORTED;
}

cmzs_ret zesDeviceEnumPowerDomains(cmzs_handle d, uint32_t *n, cmzs_handle *h)
{
	char text[32] = "";
	uint32_t have;

	(void)d;
	fake_text(VAR, "domains", text, sizeof text);
	have = (uint32_t)strlen(text);
	for (uint32_t i = 0; h && i < have && i < *n; i++)
		h[i] = &domain[text[i] - '0'];
	*n = have;
	return CMZS_OK;
}

cmzs_ret zesDeviceGetCardPowerDomain(cmzs_handle d, cmzs_handle *h)
{
	(void)d;
	*h = NULL;
	return CMZS_UNSUPPORTED;
}

cmzs_ret zesPowerGetProperties(cmzs_handle h, struct cmzs_power *p)
{
	struct cmzs_power_ext *ext = p->next;
	double most = -1;

	if (p->stype != CMZS_STYPE_POWER || (ext && ext->stype != CMZS_STYPE_POWER_EXT))
		return CMZS_UNSUPPORTED;
	value("most", h, &most);
	p->on_part = 0;
	p->part = 0;
	p->usual_mw = -1;
	p->most_mw = (int32_t)most;
	if (ext)
		ext->domain = h->kind;
	return CMZS_OK;
}

cmzs_ret zesPowerGetEnergyCounter(cmzs_handle h, struct cmzs_energy *e)
{
	double uj = 0, t = 0;
	const cmzs_ret r = value("energy", h, &uj);

	value("time", h, &t);
	*e = (struct cmzs_energy){ (uint64_t)uj, (uint64_t)t };
	return r;
}

cmzs_ret zesDeviceEnumFrequencyDomains(cmzs_handle d, uint32_t *n, cmzs_handle *h)
{
	(void)d;
	return give(n, h, 1, &clocks);
}

cmzs_ret zesFrequencyGetState(cmzs_handle h, struct cmzs_frequency *s)
{
	double bits = 0;

	value("throttle", h, &bits);
	s->throttle = (uint32_t)bits;
	return s->stype == CMZS_STYPE_FREQUENCY ? CMZS_OK : CMZS_UNSUPPORTED;
}
