/*
 * What we use of AMD SMI, declared by ourselves. Only calls whose layout never changed between the
 * library's releases: no struct of power, metrics or violations, which grew without a size field.
 * tests/unit/test_amd_meters.c asserts the rest against the real header where it is installed. Source: AMD
 * SMI's C reference, 24.7 to 26.
 */
#ifndef CM_AMD_SMI_ABI_H
#define CM_AMD_SMI_ABI_H

#include <stdint.h>

typedef void *cmas_handle;
typedef int cmas_ret;

enum { CMAS_OK = 0, CMAS_NOT_SUPPORTED = 2, CMAS_NO_PERMISSION = 10, CMAS_NOT_FOUND = 31,
       CMAS_NO_DRIVER = 34 };
enum { CMAS_INIT_GPUS = 2, CMAS_TYPE_GPU = 1, CMAS_HEAT_NOW = 0 };

struct cmas_cap { uint64_t now_uw, usual_uw, dpm_mhz, least_uw, most_uw, reserved[3]; };

/*   optional member  name                              arguments */
#define CMAS_FUNCTIONS(X)                                                                          \
	X(0, init,       amdsmi_init,                  (uint64_t))                                 \
	X(0, shutdown,   amdsmi_shut_down,             (void))                                     \
	X(0, sockets,    amdsmi_get_socket_handles,    (uint32_t *, cmas_handle *))                \
	X(0, processors, amdsmi_get_processor_handles, (cmas_handle, uint32_t *, cmas_handle *))   \
	X(0, energy,     amdsmi_get_energy_count, (cmas_handle, uint64_t *, float *, uint64_t *))  \
	X(0, place,      amdsmi_get_gpu_device_bdf,    (cmas_handle, uint64_t *))                  \
	X(1, type,       amdsmi_get_processor_type,    (cmas_handle, int *))                       \
	X(1, cap,        amdsmi_get_power_cap_info,    (cmas_handle, uint32_t, struct cmas_cap *)) \
	X(1, set_cap,    amdsmi_set_power_cap,         (cmas_handle, uint32_t, uint64_t))          \
	X(1, heat,       amdsmi_get_temp_metric,       (cmas_handle, int, int, int64_t *))         \
	X(1, words,      amdsmi_status_code_to_string, (cmas_ret, const char **))

struct amd_smi_api {
#define X(optional, member, name, args) cmas_ret(*member) args;
	CMAS_FUNCTIONS(X)
#undef X
};

#endif
