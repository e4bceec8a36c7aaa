/*
 * AMD SMI as a script ($CM_FAKE_AMD, see fake_script.h) says it is: gpus=2 (each a socket of its
 * own) countI ujI timeI (ns) capI usualI mostI (W), edgeI hotspotI memheatI (C), init. Words: NS, DENIED, NODRIVER.
 */
#include "../../vendors/amd/amd_smi_abi.h"
#include "fake_script.h"

#define VAR "CM_FAKE_AMD"
#define MOST 16

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
	*out = strtod(item, NULL);
	return strcmp(item, "DENIED") ? CMAS_OK : CMAS_NO_PERMISSION;
}

cmas_ret amdsmi_init(uint64_t flags)
{
	char item[32] = "";

	memset(fake_place, 0, sizeof fake_place);
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
	double now = 0, usual = 0, most = 0;
	const cmas_ret r = value(p, "cap", &now);

	value(p, "usual", &usual);
	value(p, "most", &most);
	*cap = (struct cmas_cap){.now_uw = (uint64_t)(now * 1e6),
				 .usual_uw = (uint64_t)(usual * 1e6),
				 .most_uw = (uint64_t)(most * 1e6)};
	return sensor ? CMAS_NOT_SUPPORTED : r;
}

cmas_ret amdsmi_get_temp_metric(cmas_handle p, int sensor, int metric, int64_t *celsius)
{
	static const char *const keys[] = { "edge", "hotspot", "memheat" };
	double v = 0;
	const cmas_ret r = sensor < 3 && metric == CMAS_HEAT_NOW ? value(p, keys[sensor], &v) : CMAS_NOT_SUPPORTED;

	*celsius = (int64_t)v;
	return r;
}

cmas_ret amdsmi_status_code_to_string(cmas_ret r, const char **s)
{
	(void)r;
	*s = "scripted";
	return CMAS_OK;
}
