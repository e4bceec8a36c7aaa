/* Our own declarations of OpenCL against the real headers, where they are installed. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../../vendors/khronos/cl_abi.h"

#if __has_include(<CL/cl_ext.h>)
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <CL/cl_ext.h>

#define SAME(ours, real) _Static_assert((ours) == (real), #real)
SAME(CMCL_DEVICE_NOT_FOUND, CL_DEVICE_NOT_FOUND);
SAME(CMCL_BUILD_PROGRAM_FAILURE, CL_BUILD_PROGRAM_FAILURE);
SAME(CMCL_PLATFORM_NOT_FOUND_KHR, CL_PLATFORM_NOT_FOUND_KHR);
SAME(CMCL_DEVICE_TYPE_CPU, CL_DEVICE_TYPE_CPU);
SAME(CMCL_DEVICE_TYPE_GPU, CL_DEVICE_TYPE_GPU);
SAME(CMCL_DEVICE_TYPE_ALL, CL_DEVICE_TYPE_ALL);
SAME(CMCL_PLATFORM_NAME, CL_PLATFORM_NAME);
SAME(CMCL_PLATFORM_VERSION, CL_PLATFORM_VERSION);
SAME(CMCL_DEVICE_TYPE, CL_DEVICE_TYPE);
SAME(CMCL_DEVICE_MAX_COMPUTE_UNITS, CL_DEVICE_MAX_COMPUTE_UNITS);
SAME(CMCL_DEVICE_MAX_WORK_GROUP_SIZE, CL_DEVICE_MAX_WORK_GROUP_SIZE);
SAME(CMCL_DEVICE_MAX_CLOCK_FREQUENCY, CL_DEVICE_MAX_CLOCK_FREQUENCY);
SAME(CMCL_DEVICE_MAX_MEM_ALLOC_SIZE, CL_DEVICE_MAX_MEM_ALLOC_SIZE);
SAME(CMCL_DEVICE_GLOBAL_MEM_SIZE, CL_DEVICE_GLOBAL_MEM_SIZE);
SAME(CMCL_DEVICE_LOCAL_MEM_SIZE, CL_DEVICE_LOCAL_MEM_SIZE);
SAME(CMCL_DEVICE_NAME, CL_DEVICE_NAME);
SAME(CMCL_DEVICE_VENDOR, CL_DEVICE_VENDOR);
SAME(CMCL_DRIVER_VERSION, CL_DRIVER_VERSION);
SAME(CMCL_DEVICE_VERSION, CL_DEVICE_VERSION);
SAME(CMCL_DEVICE_DOUBLE_FP_CONFIG, CL_DEVICE_DOUBLE_FP_CONFIG);
SAME(CMCL_QUEUE_PROFILING_ENABLE, CL_QUEUE_PROFILING_ENABLE);
SAME(CMCL_MEM_READ_WRITE, CL_MEM_READ_WRITE);
SAME(CMCL_PROGRAM_BUILD_LOG, CL_PROGRAM_BUILD_LOG);
SAME(CMCL_PROFILING_COMMAND_START, CL_PROFILING_COMMAND_START);
SAME(CMCL_PROFILING_COMMAND_END, CL_PROFILING_COMMAND_END);
SAME(CMCL_DEVICE_PCI_BUS_INFO, CL_DEVICE_PCI_BUS_INFO_KHR);
SAME(sizeof(struct cmcl_pci), sizeof(cl_device_pci_bus_info_khr));
SAME(offsetof(struct cmcl_pci, bus), offsetof(cl_device_pci_bus_info_khr, pci_bus));
SAME(offsetof(struct cmcl_pci, device), offsetof(cl_device_pci_bus_info_khr, pci_device));
SAME(offsetof(struct cmcl_pci, function), offsetof(cl_device_pci_bus_info_khr, pci_function));
#ifdef CL_DEVICE_PCI_BUS_ID_NV
SAME(CMCL_NV_DEVICE_PCI_BUS_ID, CL_DEVICE_PCI_BUS_ID_NV);
SAME(CMCL_NV_DEVICE_PCI_SLOT_ID, CL_DEVICE_PCI_SLOT_ID_NV);
SAME(CMCL_NV_DEVICE_PCI_DOMAIN_ID, CL_DEVICE_PCI_DOMAIN_ID_NV);
#endif
#ifdef CL_DEVICE_TOPOLOGY_AMD
SAME(CMCL_AMD_DEVICE_TOPOLOGY, CL_DEVICE_TOPOLOGY_AMD);
SAME(CMCL_AMD_TOPOLOGY_PCIE, CL_DEVICE_TOPOLOGY_TYPE_PCIE_AMD);
SAME(sizeof(union cmcl_amd_topology), sizeof(cl_device_topology_amd));
SAME(offsetof(union cmcl_amd_topology, pcie.bus), offsetof(cl_device_topology_amd, pcie.bus));
#endif
/* Each function's type as the header has it: opaque handles are pointers to the same tags. */
#define SAME_NAME(member, result, name, args) \
	_Static_assert(sizeof(&name) == sizeof(((struct cl_api *)0)->member), #name);
CMCL_FUNCTIONS(SAME_NAME)
#define HEADERS 1
#else
#define HEADERS 0
#endif

static void values_and_layouts(void **state)
{
	(void)state;
	if (!HEADERS)
		skip(); /* asserted above, where the headers are */
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(values_and_layouts) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
