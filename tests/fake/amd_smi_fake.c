/*
 * AMD SMI as a script ($CM_FAKE_AMD, see fake_script.h) says it is: gpus=2 (each a socket of its
 * own) countI ujI timeI (ns) capI usualI mostI (W), leastI (W), edgeI hotspotI memheatI (C), init,
 * setI=DENIED, NS or READONLY, floorI and ceilI (W): what is below or above is clipped, inWatts=1:
 * the limit in force as before release 24. countI=@WATTS grows by itself. Words: NS, DENIED,
 * NODRIVER.
 */
#include "../../vendors/amd/amd_smi_abi.h"
#include "fake_limits.h"
#include "fake_script.h"

#define VAR "CM_FAKE_AMD"
#define MOST 16

static double start_s;
static unsigned gpu[MOST]; /* a handle points at its number, those of sockets and GPUs alike */

#define X(optional, member, name, args) cmas_ret name args;
CMAS_FUNCTIONS(X)
#undef X

static cmas_ret value(cmas_handle h, const char *key, double *out)
{
	char full[48], item[64];

	snprintf(full, sizeof full, "%s%u", key, *(unsigned *)h);
	if (!fake_item(VAR, full, item, sizeof item) || !strcmp(item, "NS"))
		return CMAS_NOT_SUPPORTED;
	*out = item[0] == '@' ? fake_joules(item, start_s) * 65536 : strtod(item, NULL);
	return strcmp(item, "DENIED") ? CMAS_OK : CMAS_NO_PERMISSION;
}

cmas_ret amdsmi_init(uint64_t flags)
{
	char item[32] = "";

	memset(fake_place, 0, sizeof fake_place);
	start_s = fake_now_s();
	for (unsigned i = 0; i < MOST; i++)
		gpu[i] = i;
	fake_item(VAR, "init", item, sizeof item);
	if (!strcmp(item, "NODRIVER"))
		return CMAS_NO_DRIVER;
	return flags == CMAS_INIT_GPUS ? CMAS_OK : 1;
}

cmas_ret amdsmi_shut_down(void)
{
	return CMAS_OK;
}

cmas_ret amdsmi_get_socket_handles(uint32_t *n, cmas_handle *s)
{
	char text[32] = "0";
	uint32_t have;

	fake_text(VAR, "gpus", text, sizeof text);
	have = (uint32_t)strtoul(text, NULL, 10);
	for (uint32_t i = 0; s && i < have && i < *n; i++)
		s[i] = &gpu[i];
	*n = have;
	return CMAS_OK;
}

cmas_ret amdsmi_get_processor_handles(cmas_handle s, uint32_t *n, cmas_handle *p)
{
	if (p)
		p[0] = s;
	*n = 1;
	return CMAS_OK;
}

cmas_ret amdsmi_get_processor_type(cmas_handle p, int *type)
{
	(void)p;
	*type = CMAS_TYPE_GPU;
	return CMAS_OK;
}

cmas_ret amdsmi_get_energy_count(cmas_handle p, uint64_t *count, float *uj, uint64_t *t_ns)
{
	double c = 0, u = (double)15.3f, t = 0;
	const cmas_ret r = value(p, "count", &c);

	value(p, "uj", &u);
	value(p, "time", &t);
	*count = c < 0 ? UINT64_MAX : (uint64_t)c;
	*uj = (float)u;
	*t_ns = (uint64_t)t;
	return r;
}

cmas_ret amdsmi_get_gpu_device_bdf(cmas_handle p, uint64_t *bdf)
{
	*bdf = (uint64_t)(0xc1 + *(unsigned *)p) << 8;
	return CMAS_OK;
}

cmas_ret amdsmi_get_power_cap_info(cmas_handle p, uint32_t sensor, struct cmas_cap *cap)
{
	double now = 0, usual = 0, least = 0, most = 0;
	char in_watts[8] = "";
	cmas_ret r = value(p, "cap", &now);
	uint64_t uw = (uint64_t)(now * 1e6);

	value(p, "usual", &usual);
	value(p, "least", &least);
	value(p, "most", &most);
	if (!fake_limit(*(unsigned *)p, &uw, 0))
		r = CMAS_OK;
	fake_text(VAR, "inWatts", in_watts, sizeof in_watts);
	*cap = (struct cmas_cap){.now_uw = in_watts[0] ? uw / 1000000 : uw,
				 .usual_uw = (uint64_t)(usual * 1e6),
				 .least_uw = (uint64_t)(least * 1e6),
				 .most_uw = (uint64_t)(most * 1e6)};
	return sensor ? CMAS_NOT_SUPPORTED : r;
}

#ifndef FAKE_NO_CAP
cmas_ret amdsmi_set_power_cap(cmas_handle p, uint32_t sensor, uint64_t uw)
{
	double floor_w = 0, ceil_w = 0;
	char full[32], item[32];
	struct cmas_cap cap;

	snprintf(full, sizeof full, "set%u", *(unsigned *)p);
	if (fake_item(VAR, full, item, sizeof item) &&
	    (!strcmp(item, "NS") || !strcmp(item, "DENIED") || !strcmp(item, "READONLY")))
		return item[0] == 'R'   ? 14
		       : item[0] == 'N' ? CMAS_NOT_SUPPORTED
					: CMAS_NO_PERMISSION;
	value(p, "floor", &floor_w);
	value(p, "ceil", &ceil_w);
	if (sensor || amdsmi_get_power_cap_info(p, 0, &cap) || uw < cap.least_uw ||
	    uw > cap.most_uw)
		return 1;
	uw = fake_clip(uw, floor_w, ceil_w);
	return fake_limit(*(unsigned *)p, &uw, 1) ? CMAS_NOT_SUPPORTED : CMAS_OK;
}
#endif

cmas_ret amdsmi_get_temp_metric(cmas_handle p, int sensor, int metric, int64_t *celsius)
{
	static const char *const keys[] = {"edge", "hotspot", "memheat"};
	double v = 0;
	const cmas_ret r = sensor < 3 && metric == CMAS_HEAT_NOW ? value(p, keys[sensor], &v)
								 : CMAS_NOT_SUPPORTED;

	*celsius = (int64_t)v;
	return r;
}

cmas_ret amdsmi_status_code_to_string(cmas_ret r, const char **s)
{
	(void)r;
	*s = "scripted";
	return CMAS_OK;
}
