/*
 * What we use of ROCm SMI, the older of AMD's management libraries, declared by ourselves.
 * tests/unit/test_amd_meters.c asserts it against the real header where it is installed. Source: ROCm SMI's
 * C reference, 5.2 to 7.
 */
#ifndef CM_ROCM_SMI_ABI_H
#define CM_ROCM_SMI_ABI_H

#include <stddef.h>
#include <stdint.h>

typedef int cmrs_ret;

enum { CMRS_OK = 0, CMRS_NOT_SUPPORTED = 2, CMRS_NO_PERMISSION = 4 };
enum { CMRS_HEAT_NOW = 0 };

/*   optional member  name                          arguments */
#define CMRS_FUNCTIONS(X)                                                                          \
	X(0, init,      rsmi_init,                 (uint64_t))                                     \
	X(0, shutdown,  rsmi_shut_down,            (void))                                         \
	X(0, count,     rsmi_num_monitor_devices,  (uint32_t *))                                   \
	X(0, place,     rsmi_dev_pci_id_get,       (uint32_t, uint64_t *))                         \
	X(1, name,      rsmi_dev_name_get,         (uint32_t, char *, size_t))                     \
	X(1, energy,    rsmi_dev_energy_count_get, (uint32_t, uint64_t *, float *, uint64_t *))    \
	X(1, power,     rsmi_dev_power_ave_get,    (uint32_t, uint32_t, uint64_t *))               \
	X(1, power_now, rsmi_dev_power_get,        (uint32_t, uint64_t *, int *))                  \
	X(1, cap,       rsmi_dev_power_cap_get,    (uint32_t, uint32_t, uint64_t *))               \
	X(1, cap_usual, rsmi_dev_power_cap_default_get, (uint32_t, uint64_t *))                    \
	X(1, cap_range, rsmi_dev_power_cap_range_get, (uint32_t, uint32_t, uint64_t *, uint64_t *)) \
	X(1, set_cap,   rsmi_dev_power_cap_set,    (uint32_t, uint32_t, uint64_t))                 \
	X(1, heat,      rsmi_dev_temp_metric_get,  (uint32_t, uint32_t, int, int64_t *))           \
	X(1, words,     rsmi_status_string,        (cmrs_ret, const char **))

struct rocm_smi_api {
#define X(optional, member, name, args) cmrs_ret(*member) args;
	CMRS_FUNCTIONS(X)
#undef X
};

#endif
