/*
 * What we use of NVIDIA's management library, declared by ourselves, so that the program builds with
 * no vendor's kit. tests/unit/test_nvml_meter.c asserts sizes, offsets and values against the real
 * header where it is installed. Source: the NVML API reference, version 13.3; every call is there since
 * driver 418 or is optional.
 */
#ifndef CM_NVML_ABI_H
#define CM_NVML_ABI_H

#include <stdint.h>

typedef struct cmnv_opaque *cmnv_dev;
typedef int cmnv_ret;

enum { /* cmnv_ret */
	CMNV_OK = 0, CMNV_BAD_ARGUMENT = 2, CMNV_NOT_SUPPORTED = 3, CMNV_NO_PERMISSION = 4,
	CMNV_NOT_FOUND = 6, CMNV_NO_DRIVER = 9, CMNV_LOST = 15, CMNV_BLOCKED = 17,
	CMNV_MISMATCH = 18, CMNV_UNKNOWN = 999,
};

enum { /* field identifiers */
	CMNV_FI_ENERGY = 83,        /* mJ since the driver was loaded */
	CMNV_FI_POWER_AVERAGE = 185, /* mW, mean of one second */
	CMNV_FI_POWER_INSTANT = 186, /* mW */
	/* Time held back since the driver was loaded, ns: */
	CMNV_FI_HELD_POWER = 74, CMNV_FI_HELD_SYNC = 76, CMNV_FI_HELD_SW_THERMAL = 269,
	CMNV_FI_HELD_HW_THERMAL = 270, CMNV_FI_HELD_BRAKE = 271,
	CMNV_FI_MEMORY_TEMP = 82,   /* degrees Celsius, of memory that has a sensor (HBM) */
};

enum { CMNV_SCOPE_GPU = 0, CMNV_SCOPE_MODULE = 1, CMNV_SCOPE_MEMORY = 2 };

enum { /* bits of clocks event reasons */
	CMNV_REASON_POWER = 0x4, CMNV_REASON_HW_SLOWDOWN = 0x8, CMNV_REASON_SYNC = 0x10,
	CMNV_REASON_SW_THERMAL = 0x20, CMNV_REASON_HW_THERMAL = 0x40, CMNV_REASON_BRAKE = 0x80,
};

enum { CMNV_SENSOR_GPU = 0 }; /* the one sensor of nvmlDeviceGetTemperature */

enum { CMNV_ARCH_TURING = 6, CMNV_ARCH_AMPERE = 7, CMNV_ARCH_UNKNOWN = -1 };

union cmnv_value {
	double d;
	int si;
	unsigned ui;
	unsigned long ul;
	unsigned long long ull;
	long long sll;
	unsigned short us;
};

enum { CMNV_TYPE_DOUBLE, CMNV_TYPE_UINT, CMNV_TYPE_ULONG, CMNV_TYPE_ULONGLONG,
       CMNV_TYPE_LONGLONG, CMNV_TYPE_INT, CMNV_TYPE_USHORT };

struct cmnv_field {
	unsigned id, scope;      /* in */
	long long t_us, latency_us;
	int type;
	cmnv_ret status;         /* of this field alone */
	union cmnv_value value;
};

struct cmnv_pci {
	char legacy_id[16];
	unsigned domain, bus, device, device_id, subsystem_id;
	char bus_id[32];
};

/*   optional member    name                                    arguments */
#define CMNV_FUNCTIONS(X)                                                                          \
	X(0, init, nvmlInit_v2, (void))                                                            \
	X(0, shutdown, nvmlShutdown, (void))                                                       \
	X(0, count, nvmlDeviceGetCount_v2, (unsigned *))                                           \
	X(0, handle, nvmlDeviceGetHandleByIndex_v2, (unsigned, cmnv_dev *))                        \
	X(0, name, nvmlDeviceGetName, (cmnv_dev, char *, unsigned))                                \
	X(0, uuid, nvmlDeviceGetUUID, (cmnv_dev, char *, unsigned))                                \
	X(0, pci, nvmlDeviceGetPciInfo_v3, (cmnv_dev, struct cmnv_pci *))                          \
	X(0, power, nvmlDeviceGetPowerUsage, (cmnv_dev, unsigned *))                               \
	X(1, driver, nvmlSystemGetDriverVersion, (char *, unsigned))                               \
	X(1, energy, nvmlDeviceGetTotalEnergyConsumption, (cmnv_dev, unsigned long long *))        \
	X(1, fields, nvmlDeviceGetFieldValues, (cmnv_dev, int, struct cmnv_field *))               \
	X(1, arch, nvmlDeviceGetArchitecture, (cmnv_dev, unsigned *))                              \
	X(1, reasons, nvmlDeviceGetCurrentClocksEventReasons, (cmnv_dev, unsigned long long *))    \
	X(1, reasons_old, nvmlDeviceGetCurrentClocksThrottleReasons, (cmnv_dev, unsigned long long *)) \
	X(1, limit, nvmlDeviceGetEnforcedPowerLimit, (cmnv_dev, unsigned *))                       \
	X(1, limit_usual, nvmlDeviceGetPowerManagementDefaultLimit, (cmnv_dev, unsigned *))        \
	X(1, limits, nvmlDeviceGetPowerManagementLimitConstraints, (cmnv_dev, unsigned *, unsigned *)) \
	X(1, limit_asked, nvmlDeviceGetPowerManagementLimit, (cmnv_dev, unsigned *))               \
	X(1, set_limit, nvmlDeviceSetPowerManagementLimit, (cmnv_dev, unsigned))                   \
	X(1, heat, nvmlDeviceGetTemperature, (cmnv_dev, int, unsigned *))                          \
	X(1, mig, nvmlDeviceGetMigMode, (cmnv_dev, unsigned *, unsigned *))

struct nvml_api {
#define X(optional, member, name, args) cmnv_ret(*member) args;
	CMNV_FUNCTIONS(X)
#undef X
	const char *(*error)(cmnv_ret); /* nvmlErrorString */
};

#endif
