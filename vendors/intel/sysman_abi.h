/*
 * What we use of Level Zero's Sysman, declared by ourselves. tests/unit/test_sysman_meter.c asserts
 * it against the real header where it is installed. Source: the Level Zero specification, 1.8 to 1.17.
 */
#ifndef CM_SYSMAN_ABI_H
#define CM_SYSMAN_ABI_H

#include <stdint.h>

typedef struct cmzs_opaque *cmzs_handle;
typedef int cmzs_ret; /* an enum in the header; results above 2^31 do not exist */

enum { CMZS_OK = 0, CMZS_LOST = 0x70000001, CMZS_ASLEEP = 0x70000007, CMZS_NO_PERMISSION = 0x70010000,
       CMZS_NOT_AVAILABLE = 0x70010001, CMZS_DEPENDENCY = 0x70020000, CMZS_NOT_INITIALISED = 0x78000001,
       CMZS_UNSUPPORTED = 0x78000003 };
enum { CMZS_STYPE_DEVICE = 0x1, CMZS_STYPE_PCI = 0x2, CMZS_STYPE_CLOCK = 0x9, CMZS_STYPE_POWER = 0xd,
       CMZS_STYPE_HEAT = 0x14, CMZS_STYPE_FREQUENCY = 0x1b, CMZS_STYPE_LIMIT = 0x27,
       CMZS_STYPE_POWER_EXT = 0x28 };
enum { CMZS_STYPE_CORE = 0x3 }; /* of the core interface's part of cmzs_device */
enum { CMZS_DOMAIN_CARD = 1, CMZS_DOMAIN_PACKAGE = 2, CMZS_DOMAIN_STACK = 3, CMZS_DOMAIN_MEMORY = 4,
       CMZS_DOMAIN_GPU = 5 };

struct cmzs_energy { uint64_t uj, t_us; }; /* of one snapshot: only differences mean anything */
struct cmzs_power_ext { int stype; void *next; int domain; void *default_limit; };
struct cmzs_power {
	int stype;
	void *next;
	uint8_t on_part;
	uint32_t part;
	uint8_t can_control, threshold;
	int32_t usual_mw, least_mw, most_mw; /* -1 = not known */
};
struct cmzs_limit { /* of power or current, by the extension of 1.4 */
	int stype;
	const void *next;
	int level, source, unit; /* cmzs_level; any, mains, battery; cmzs_unit */
	uint8_t state_locked, on, interval_locked;
	int32_t interval_ms;     /* of the average; -1 = not known */
	uint8_t locked;
	int32_t limit;           /* in its unit */
};
struct cmzs_sustained { uint8_t on; int32_t mw, interval_ms; }; /* the same by the calls before it */
struct cmzs_frequency {
	int stype;
	const void *next;
	double volt, request, tdp, efficient, actual;
	uint32_t throttle;
};
struct cmzs_clock { /* of a frequency domain */
	int stype;
	void *next;
	int type;                /* 0: the GPU's clock */
	uint8_t on_part;
	uint32_t part;
	uint8_t can_control, events;
	double least, most;
};
struct cmzs_held { uint64_t us, t_us; }; /* held back by a limit, any; of one snapshot */
struct cmzs_heat {
	int stype;
	void *next;
	int type;                /* cmzs_heat_type */
	uint8_t on_part;
	uint32_t part;
	double most;
	uint8_t critical, threshold1, threshold2;
};
struct cmzs_device {
	int stype;
	void *next;
	struct { int stype; void *next; int type; char rest[344]; } core;
	uint32_t parts;          /* tiles; 0: it is not divided */
	char serial[64], board[64], brand[64], model[64], vendor[64], driver[64];
};
struct cmzs_pci {
	int stype;
	void *next;
	uint32_t domain, bus, device, function;
	int32_t gen, width;
	int64_t bandwidth;
	uint8_t has_bandwidth, has_packets, has_replays;
};

/* Bits of cmzs_frequency.throttle. Drivers before 1.17 name the limit (PL1, PL2, PL4, TjMax), later ones may
 * name its kind alone (0x80 and above). */
enum { CMZS_HELD_POWER = 0x1 | 0x2 | 0x4 | 0x200, CMZS_HELD_THERMAL = 0x8 | 0x100, CMZS_HELD_SUPPLY = 0x10,
       CMZS_HELD_SOFTWARE = 0x20, CMZS_HELD_PART = 0x40, CMZS_HELD_VOLTAGE = 0x80 };

enum cmzs_level { CMZS_LEVEL_SUSTAINED = 1, CMZS_LEVEL_BURST = 2 };
enum cmzs_unit { CMZS_UNIT_MILLIWATT = 2 };
enum cmzs_heat_type { CMZS_HEAT_ALL, CMZS_HEAT_GPU, CMZS_HEAT_MEMORY, CMZS_HEAT_BOARD = 6,
		      CMZS_HEAT_REGULATOR = 8 };

/*   optional member  name                             arguments */
#define CMZS_FUNCTIONS(X)                                                                          \
	X(1, init,     zesInit,                         (uint32_t))                                \
	X(1, init_old, zeInit,                          (uint32_t))                                \
	X(1, drivers_old, zeDriverGet,                  (uint32_t *, cmzs_handle *))               \
	X(1, devices_old, zeDeviceGet,                  (cmzs_handle, uint32_t *, cmzs_handle *))  \
	X(1, drivers,  zesDriverGet,                    (uint32_t *, cmzs_handle *))               \
	X(1, devices,  zesDeviceGet,                    (cmzs_handle, uint32_t *, cmzs_handle *))  \
	X(0, pci,      zesDevicePciGetProperties,       (cmzs_handle, struct cmzs_pci *))          \
	X(0, domains,  zesDeviceEnumPowerDomains,       (cmzs_handle, uint32_t *, cmzs_handle *))  \
	X(0, about,    zesPowerGetProperties,           (cmzs_handle, struct cmzs_power *))        \
	X(0, energy,   zesPowerGetEnergyCounter,        (cmzs_handle, struct cmzs_energy *))       \
	X(1, card,     zesDeviceGetCardPowerDomain,     (cmzs_handle, cmzs_handle *))              \
	X(1, clocks,   zesDeviceEnumFrequencyDomains,   (cmzs_handle, uint32_t *, cmzs_handle *))  \
	X(1, clock,    zesFrequencyGetState,            (cmzs_handle, struct cmzs_frequency *))    \
	X(1, of_clock, zesFrequencyGetProperties,       (cmzs_handle, struct cmzs_clock *))        \
	X(1, held,     zesFrequencyGetThrottleTime,     (cmzs_handle, struct cmzs_held *))         \
	X(1, heats,    zesDeviceEnumTemperatureSensors, (cmzs_handle, uint32_t *, cmzs_handle *))  \
	X(1, of_heat,  zesTemperatureGetProperties,     (cmzs_handle, struct cmzs_heat *))         \
	X(1, heat,     zesTemperatureGetState,          (cmzs_handle, double *))                   \
	X(1, of_device, zesDeviceGetProperties,         (cmzs_handle, struct cmzs_device *))       \
	X(1, limits,   zesPowerGetLimitsExt,            (cmzs_handle, uint32_t *, struct cmzs_limit *)) \
	X(1, set_limits, zesPowerSetLimitsExt,          (cmzs_handle, uint32_t *, struct cmzs_limit *)) \
	X(1, limits_old, zesPowerGetLimits,             (cmzs_handle, struct cmzs_sustained *,     \
							 void *, void *))                          \
	X(1, set_limits_old, zesPowerSetLimits,         (cmzs_handle, const struct cmzs_sustained *,      \
							 const void *, const void *))

struct sysman_api {
#define X(optional, member, name, args) cmzs_ret(*member) args;
	CMZS_FUNCTIONS(X)
#undef X
};

#endif
