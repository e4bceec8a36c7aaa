/*
 * NVIDIA's management library as a script ($CM_FAKE_NVML, see fake_script.h) says it is. Every call
 * and struct is as in the real interface.
 *
 *   gpus=2  nameI=…  archI=9  deviceI=0x233010DE  domainI=9  migI=1  heatI, memheatI (C)
 *   limitI=mW  usualI=mW  mostI=mW
 *   init, handleI, energyI (mJ), powerI, instantI, averageI, memoryI, moduleI, memorymeanI (mW), heldI (ns,
 * field 74), reasonsI, leastI (mW), setI=DENIED, floorI and ceilI (mW): what is below or above is clipped
 */
#include "../../vendors/nvidia/nvml_abi.h"
#include "fake_script.h"

#define VAR "CM_FAKE_NVML"
#define MOST 16

struct cmnv_opaque { unsigned i; };

static struct cmnv_opaque device[MOST];
static double start_s;

#define X(optional, member, name, args) cmnv_ret name args;
CMNV_FUNCTIONS(X)
#undef X
const char *nvmlErrorString(cmnv_ret r);

static cmnv_ret word_status(const char *item)
{
	static const struct { const char *word; cmnv_ret r;
	} words[] = {
		{"NS", CMNV_NOT_SUPPORTED},   {"DENIED", CMNV_NO_PERMISSION}, {"LOST", CMNV_LOST},
		{"NODRIVER", CMNV_NO_DRIVER}, {"MISMATCH", CMNV_MISMATCH},
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (!strcmp(item, words[i].word))
			return words[i].r;
	}
	return CMNV_OK;
}

/* A scripted number of device d; what the script does not name is not supported. */
static cmnv_ret value(cmnv_dev d, const char *key, double *out)
{
	char full[48], item[64];
	cmnv_ret r;

	snprintf(full, sizeof full, "%s%u", key, d->i);
	if (!fake_item(VAR, full, item, sizeof item))
		return CMNV_NOT_SUPPORTED;
	r = word_status(item);
	*out = item[0] == '@' ? fake_joules(item, start_s) * 1e3 : strtod(item, NULL);
	return r;
}

static cmnv_ret unsigned_value(cmnv_dev d, const char *key, unsigned *out)
{
	double v = 0;
	const cmnv_ret r = value(d, key, &v);

	if (!r)
		*out = (unsigned)v;
	return r;
}

cmnv_ret nvmlInit_v2(void)
{
	char item[64] = "";

	memset(fake_place, 0, sizeof fake_place);
	start_s = fake_now_s();
	for (unsigned i = 0; i < MOST; i++)
		device[i].i = i;
	fake_item(VAR, "init", item, sizeof item);
	return word_status(item);
}

cmnv_ret nvmlShutdown(void)
{
	return CMNV_OK;
}

const char *nvmlErrorString(cmnv_ret r)
{
	return r == CMNV_LOST ? "GPU is lost" : "scripted";
}

cmnv_ret nvmlSystemGetDriverVersion(char *v, unsigned len)
{
	snprintf(v, len, "580.65.06");
	return CMNV_OK;
}

#ifndef FAKE_BROKEN
cmnv_ret nvmlDeviceGetCount_v2(unsigned *n)
{
	char text[32] = "0";

	fake_text(VAR, "gpus", text, sizeof text);
	*n = (unsigned)strtoul(text, NULL, 10);
	return CMNV_OK;
}
#endif

cmnv_ret nvmlDeviceGetHandleByIndex_v2(unsigned i, cmnv_dev *d)
{
	char full[32], item[64] = "";

	snprintf(full, sizeof full, "handle%u", i);
	fake_item(VAR, full, item, sizeof item);
	*d = &device[i];
	return word_status(item);
}

cmnv_ret nvmlDeviceGetName(cmnv_dev d, char *s, unsigned len)
{
	char full[32], text[96] = "NVIDIA H100 80GB HBM3";

	snprintf(full, sizeof full, "name%u", d->i);
	fake_text(VAR, full, text, sizeof text);
	snprintf(s, len, "%s", text);
	return CMNV_OK;
}

cmnv_ret nvmlDeviceGetUUID(cmnv_dev d, char *s, unsigned len)
{
	snprintf(s, len, "GPU-00000000-0000-0000-0000-%012u", d->i);
	return CMNV_OK;
}

cmnv_ret nvmlDeviceGetPciInfo_v3(cmnv_dev d, struct cmnv_pci *p)
{
	double id = 0x233010DEu, domain = 0;

	value(d, "device", &id);
	value(d, "domain", &domain);
	*p = (struct cmnv_pci){ .domain = (unsigned)domain, .bus = 0x18 + d->i, .device_id = (unsigned)id };
	snprintf(p->bus_id, sizeof p->bus_id, "00000000:%02X:00.0", p->bus);
	return CMNV_OK;
}

cmnv_ret nvmlDeviceGetPowerUsage(cmnv_dev d, unsigned *mw)
{
	return unsigned_value(d, "power", mw);
}

cmnv_ret nvmlDeviceGetArchitecture(cmnv_dev d, unsigned *arch)
{
	*arch = 9;
	unsigned_value(d, "arch", arch);
	return CMNV_OK;
}

cmnv_ret nvmlDeviceGetPowerManagementDefaultLimit(cmnv_dev d, unsigned *mw)
{
	return unsigned_value(d, "usual", mw);
}

/* The limit that was set last, by anyone who loaded the library: in the file of $CM_FAKE_NVML_LIMITS,
 * "mW\n" a GPU, so that it outlives a process as the real one does. */
static cmnv_ret limits_file(cmnv_dev d, unsigned *mw, int set)
{
	unsigned all[MOST] = { 0 };
	const char *path = getenv("CM_FAKE_NVML_LIMITS");
	FILE *f = path ? fopen(path, "r") : NULL;

	if (!f)
		return CMNV_NOT_SUPPORTED;
	for (int i = 0; i < MOST && fscanf(f, "%u", &all[i]) == 1; i++)
		;
	fclose(f);
	if (!set) {
		*mw = all[d->i];
		return CMNV_OK;
	}
	all[d->i] = *mw;
	f = fopen(path, "w");
	if (!f)
		return CMNV_UNKNOWN;
	for (int i = 0; i < MOST && all[i]; i++)
		fprintf(f, "%u\n", all[i]);
	return fclose(f) ? CMNV_UNKNOWN : CMNV_OK;
}

cmnv_ret nvmlDeviceGetPowerManagementLimit(cmnv_dev d, unsigned *mw)
{
	return limits_file(d, mw, 0);
}

/* What was set, in order, into the file of $CM_FAKE_NVML_SETS: "GPU mW" a line. */
static void note_set(cmnv_dev d, unsigned mw)
{
	const char *path = getenv("CM_FAKE_NVML_SETS");
	FILE *f = path ? fopen(path, "a") : NULL;

	if (f) {
		fprintf(f, "%u %u\n", d->i, mw);
		fclose(f);
	}
}

/* The least of the limits: what was set, and one of the script, as a controller of the board has. */
cmnv_ret nvmlDeviceGetEnforcedPowerLimit(cmnv_dev d, unsigned *mw)
{
	unsigned set = 0;
	const cmnv_ret r = unsigned_value(d, "limit", mw);

	if (limits_file(d, &set, 0))
		return r;
	if (r || set < *mw)
		*mw = set;
	return CMNV_OK;
}

cmnv_ret nvmlDeviceSetPowerManagementLimit(cmnv_dev d, unsigned mw)
{
	double v = 0, floor_mw = 0, ceil_mw = 0;
	const cmnv_ret r = value(d, "set", &v);

	if (!value(d, "floor", &floor_mw) && mw < (unsigned)floor_mw)
		mw = (unsigned)floor_mw;
	if (!value(d, "ceil", &ceil_mw) && mw > (unsigned)ceil_mw)
		mw = (unsigned)ceil_mw;
	note_set(d, mw);
	return r && r != CMNV_NOT_SUPPORTED ? r : limits_file(d, &mw, 1);
}

cmnv_ret nvmlDeviceGetPowerManagementLimitConstraints(cmnv_dev d, unsigned *least, unsigned *most)
{
	*least = 0;
	unsigned_value(d, "least", least);
	return unsigned_value(d, "most", most);
}

cmnv_ret nvmlDeviceGetMigMode(cmnv_dev d, unsigned *now, unsigned *later)
{
	*later = 0;
	return unsigned_value(d, "mig", now);
}

cmnv_ret nvmlDeviceGetTemperature(cmnv_dev d, int sensor, unsigned *degrees)
{
	return sensor == CMNV_SENSOR_GPU ? unsigned_value(d, "heat", degrees) : CMNV_BAD_ARGUMENT;
}

#ifndef FAKE_OLD /* a driver from before the energy counter, fields and reasons */
cmnv_ret nvmlDeviceGetTotalEnergyConsumption(cmnv_dev d, unsigned long long *mj)
{
	double v = 0;
	const cmnv_ret r = value(d, "energy", &v);

	if (!r)
		*mj = (unsigned long long)v;
	return r;
}

cmnv_ret nvmlDeviceGetCurrentClocksEventReasons(cmnv_dev d, unsigned long long *bits)
{
	double v = 0;
	const cmnv_ret r = value(d, "reasons", &v);

	*bits = (unsigned long long)v;
	return r;
}

cmnv_ret nvmlDeviceGetCurrentClocksThrottleReasons(cmnv_dev d, unsigned long long *bits)
{
	return nvmlDeviceGetCurrentClocksEventReasons(d, bits);
}

static cmnv_ret field(cmnv_dev d, struct cmnv_field *f)
{
	static const char *const of_scope[] = { "instant", "module", "memory" };
	static const char *const mean_of_scope[] = { "average", "modulemean", "memorymean" };
	double v = 0;

	f->type = CMNV_TYPE_UINT;
	switch (f->id) {
	case CMNV_FI_POWER_INSTANT:
		f->status = f->scope < 3 ? value(d, of_scope[f->scope], &v) : CMNV_BAD_ARGUMENT;
		f->value.ui = (unsigned)v;
		return CMNV_OK;
	case CMNV_FI_POWER_AVERAGE:
		f->status = f->scope < 3 ? value(d, mean_of_scope[f->scope], &v) : CMNV_BAD_ARGUMENT;
		f->value.ui = (unsigned)v;
		return CMNV_OK;
	case CMNV_FI_ENERGY:
		f->type = CMNV_TYPE_ULONGLONG;
		f->status = value(d, "field83_", &v);
		f->value.ull = (unsigned long long)v;
		return CMNV_OK;
	case CMNV_FI_MEMORY_TEMP:
		f->status = value(d, "memheat", &v);
		f->value.ui = (unsigned)v;
		return CMNV_OK;
	case CMNV_FI_HELD_POWER:
		f->type = CMNV_TYPE_ULONGLONG;
		f->status = value(d, "held", &v);
		f->value.ull = (unsigned long long)v;
		return CMNV_OK;
	default:
		f->status = CMNV_NOT_SUPPORTED;
		return CMNV_OK;
	}
}

cmnv_ret nvmlDeviceGetFieldValues(cmnv_dev d, int n, struct cmnv_field *f)
{
	for (int i = 0; i < n; i++) {
		const cmnv_ret r = field(d, &f[i]);

		if (r)
			return r;
	}
	return CMNV_OK;
}
#endif
