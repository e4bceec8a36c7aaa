/*
 * ROCm SMI as a script ($CM_FAKE_AMD, see fake_script.h) says it is: gpus=2 nameI countI ujI timeI
 * (ns) wattsI capI usualI (W), leastI mostI (W), edgeI hotspotI memheatI (C), init,
 * setI=DENIED, NS or READONLY, floorI and ceilI (W): what is below or above is clipped.
 * countI=@WATTS grows by itself. Words: NS, DENIED.
 */
#include <stdint.h>

#include "../../vendors/amd/rocm_smi_abi.h"
#include "fake_limits.h"
#include "fake_script.h"

#define VAR "CM_FAKE_AMD"

#define X(optional, member, name, args) cmrs_ret name args;
CMRS_FUNCTIONS(X)
#undef X

static double start_s;

static cmrs_ret value(uint32_t i, const char *key, double *out)
{
	char full[48], item[64];

	snprintf(full, sizeof full, "%s%u", key, i);
	if (!fake_item(VAR, full, item, sizeof item) || !strcmp(item, "NS"))
		return CMRS_NOT_SUPPORTED;
	*out = item[0] == '@' ? fake_joules(item, start_s) * 65536 : strtod(item, NULL);
	return strcmp(item, "DENIED") ? CMRS_OK : CMRS_NO_PERMISSION;
}

static cmrs_ret micro(uint32_t i, const char *key, uint64_t *out)
{
	double v = 0;
	const cmrs_ret r = value(i, key, &v);

	*out = (uint64_t)(v * 1e6);
	return r;
}

cmrs_ret rsmi_init(uint64_t flags)
{
	char item[32] = "";

	(void)flags;
	memset(fake_place, 0, sizeof fake_place);
	start_s = fake_now_s();
	fake_item(VAR, "init", item, sizeof item);
	return CMRS_OK;
}

cmrs_ret rsmi_shut_down(void)
{
	return CMRS_OK;
}

cmrs_ret rsmi_num_monitor_devices(uint32_t *n)
{
	char text[32] = "0";

	fake_text(VAR, "gpus", text, sizeof text);
	*n = (uint32_t)strtoul(text, NULL, 10);
	return CMRS_OK;
}

cmrs_ret rsmi_dev_pci_id_get(uint32_t i, uint64_t *bdf)
{
	*bdf = (uint64_t)(0xc1 + i) << 8;
	return CMRS_OK;
}

cmrs_ret rsmi_dev_name_get(uint32_t i, char *s, size_t n)
{
	char full[32], text[64] = "AMD Instinct MI210";

	snprintf(full, sizeof full, "name%u", i);
	fake_text(VAR, full, text, sizeof text);
	snprintf(s, n, "%s", text);
	return CMRS_OK;
}

cmrs_ret rsmi_dev_energy_count_get(uint32_t i, uint64_t *count, float *uj, uint64_t *t_ns)
{
	double c = 0, u = (double)15.3f, t = 0;
	const cmrs_ret r = value(i, "count", &c);

	value(i, "uj", &u);
	value(i, "time", &t);
	*count = c < 0 ? UINT64_MAX : (uint64_t)c;
	*uj = (float)u;
	*t_ns = (uint64_t)t;
	return r;
}

cmrs_ret rsmi_dev_power_ave_get(uint32_t i, uint32_t sensor, uint64_t *uw)
{
	return sensor ? CMRS_NOT_SUPPORTED : micro(i, "watts", uw);
}

cmrs_ret rsmi_dev_power_get(uint32_t i, uint64_t *uw, int *type)
{
	*type = 1;
	return micro(i, "now", uw);
}

cmrs_ret rsmi_dev_power_cap_get(uint32_t i, uint32_t sensor, uint64_t *uw)
{
	if (!sensor && !fake_limit(i, uw, 0))
		return CMRS_OK;
	return sensor ? CMRS_NOT_SUPPORTED : micro(i, "cap", uw);
}

cmrs_ret rsmi_dev_power_cap_range_get(uint32_t i, uint32_t sensor, uint64_t *most, uint64_t *least)
{
	micro(i, "least", least);
	return sensor ? CMRS_NOT_SUPPORTED : micro(i, "most", most);
}

cmrs_ret rsmi_dev_power_cap_set(uint32_t i, uint32_t sensor, uint64_t uw)
{
	double floor_w = 0, ceil_w = 0;
	char full[32], item[32];
	uint64_t least = 0, most = 0;

	snprintf(full, sizeof full, "set%u", i);
	if (fake_item(VAR, full, item, sizeof item) &&
	    (!strcmp(item, "NS") || !strcmp(item, "DENIED") || !strcmp(item, "READONLY")))
		return item[0] == 'R'   ? 6
		       : item[0] == 'N' ? CMRS_NOT_SUPPORTED
					: CMRS_NO_PERMISSION;
	value(i, "floor", &floor_w);
	value(i, "ceil", &ceil_w);
	if (sensor || rsmi_dev_power_cap_range_get(i, 0, &most, &least) || uw < least || uw > most)
		return 1;
	uw = fake_clip(uw, floor_w, ceil_w);
	return fake_limit(i, &uw, 1) ? CMRS_NOT_SUPPORTED : CMRS_OK;
}

cmrs_ret rsmi_dev_power_cap_default_get(uint32_t i, uint64_t *uw)
{
	return micro(i, "usual", uw);
}

cmrs_ret rsmi_dev_temp_metric_get(uint32_t i, uint32_t sensor, int metric, int64_t *thousandths)
{
	static const char *const keys[] = {"edge", "hotspot", "memheat"};
	double v = 0;
	const cmrs_ret r = sensor < 3 && metric == CMRS_HEAT_NOW ? value(i, keys[sensor], &v)
								 : CMRS_NOT_SUPPORTED;

	*thousandths = (int64_t)(v * 1000);
	return r;
}

cmrs_ret rsmi_status_string(cmrs_ret r, const char **s)
{
	(void)r;
	*s = "scripted";
	return CMRS_OK;
}
