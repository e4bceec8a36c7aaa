/*
 * What we use of OpenCL 1.2, declared by ourselves, so that the program builds with no vendor's kit.
 * tests/unit/test_cl_abi.c asserts every value and prototype against the real header where it is installed.
 * Source: the OpenCL 1.2 specification, revision 19.
 */
#ifndef CM_CL_ABI_H
#define CM_CL_ABI_H

#include <stddef.h>
#include <stdint.h>

#define CMCL_SUCCESS 0
#define CMCL_DEVICE_NOT_FOUND (-1)
#define CMCL_BUILD_PROGRAM_FAILURE (-11)
#define CMCL_PLATFORM_NOT_FOUND_KHR (-1001)
#define CMCL_TRUE 1u
#define CMCL_FALSE 0u
#define CMCL_DEVICE_TYPE_CPU (1u << 1)
#define CMCL_DEVICE_TYPE_GPU (1u << 2)
#define CMCL_DEVICE_TYPE_ALL 0xFFFFFFFFu
#define CMCL_PLATFORM_NAME 0x0902u
#define CMCL_PLATFORM_VERSION 0x0901u
#define CMCL_DEVICE_TYPE 0x1000u
#define CMCL_DEVICE_MAX_COMPUTE_UNITS 0x1002u
#define CMCL_DEVICE_MAX_WORK_GROUP_SIZE 0x1004u
#define CMCL_DEVICE_MAX_CLOCK_FREQUENCY 0x100Cu
#define CMCL_DEVICE_MAX_MEM_ALLOC_SIZE 0x1010u
#define CMCL_DEVICE_GLOBAL_MEM_SIZE 0x101Fu
#define CMCL_DEVICE_LOCAL_MEM_SIZE 0x1023u
#define CMCL_DEVICE_NAME 0x102Bu
#define CMCL_DEVICE_VENDOR 0x102Cu
#define CMCL_DRIVER_VERSION 0x102Du
#define CMCL_DEVICE_VERSION 0x102Fu
#define CMCL_DEVICE_DOUBLE_FP_CONFIG 0x1032u
/* Where a device sits, by extension: cl_khr_pci_bus_info, cl_nv_device_attribute_query,
 * cl_amd_device_attribute_query. */
#define CMCL_DEVICE_PCI_BUS_INFO 0x410Fu
#define CMCL_NV_DEVICE_PCI_BUS_ID 0x4008u
#define CMCL_NV_DEVICE_PCI_SLOT_ID 0x4009u
#define CMCL_NV_DEVICE_PCI_DOMAIN_ID 0x400Au
#define CMCL_AMD_DEVICE_TOPOLOGY 0x4037u
#define CMCL_AMD_TOPOLOGY_PCIE 1u
#define CMCL_QUEUE_PROFILING_ENABLE (1u << 1)
#define CMCL_MEM_READ_WRITE (1u << 0)
#define CMCL_PROGRAM_BUILD_LOG 0x1183u
#define CMCL_PROFILING_COMMAND_START 0x1282u
#define CMCL_PROFILING_COMMAND_END 0x1283u

typedef int32_t cmcl_int;
typedef uint32_t cmcl_uint;
typedef uint64_t cmcl_bits;
typedef struct _cl_platform_id *cmcl_platform;
typedef struct _cl_device_id *cmcl_device;
typedef struct _cl_context *cmcl_context;
typedef struct _cl_command_queue *cmcl_queue;
typedef struct _cl_mem *cmcl_mem;
typedef struct _cl_program *cmcl_program;
typedef struct _cl_kernel *cmcl_kernel;
typedef struct _cl_event *cmcl_event;

struct cmcl_pci { cmcl_uint domain, bus, device, function; };

union cmcl_amd_topology {
	struct { cmcl_uint type, data[5]; } raw;
	struct { cmcl_uint type; unsigned char unused[17], bus, device, function; } pcie;
};

/*  member                result        name in the library            arguments */
#define CMCL_FUNCTIONS(X)                                                                          \
	X(get_platforms,   cmcl_int,     clGetPlatformIDs, (cmcl_uint, cmcl_platform *, cmcl_uint *)) \
	X(platform_info,   cmcl_int,     clGetPlatformInfo,                                        \
	  (cmcl_platform, cmcl_uint, size_t, void *, size_t *))                                    \
	X(get_devices,     cmcl_int,     clGetDeviceIDs,                                           \
	  (cmcl_platform, cmcl_bits, cmcl_uint, cmcl_device *, cmcl_uint *))                       \
	X(device_info,     cmcl_int,     clGetDeviceInfo,                                          \
	  (cmcl_device, cmcl_uint, size_t, void *, size_t *))                                      \
	X(create_context,  cmcl_context, clCreateContext,                                          \
	  (const intptr_t *, cmcl_uint, const cmcl_device *,                                       \
	   void (*)(const char *, const void *, size_t, void *), void *, cmcl_int *))              \
	X(create_queue,    cmcl_queue,   clCreateCommandQueue,                                     \
	  (cmcl_context, cmcl_device, cmcl_bits, cmcl_int *))                                      \
	X(create_buffer,   cmcl_mem,     clCreateBuffer,                                           \
	  (cmcl_context, cmcl_bits, size_t, void *, cmcl_int *))                                   \
	X(create_program,  cmcl_program, clCreateProgramWithSource,                                \
	  (cmcl_context, cmcl_uint, const char **, const size_t *, cmcl_int *))                    \
	X(build_program,   cmcl_int,     clBuildProgram,                                           \
	  (cmcl_program, cmcl_uint, const cmcl_device *, const char *,                             \
	   void (*)(cmcl_program, void *), void *))                                                \
	X(build_info,      cmcl_int,     clGetProgramBuildInfo,                                    \
	  (cmcl_program, cmcl_device, cmcl_uint, size_t, void *, size_t *))                        \
	X(create_kernel,   cmcl_kernel,  clCreateKernel, (cmcl_program, const char *, cmcl_int *)) \
	X(set_arg,         cmcl_int,     clSetKernelArg,                                           \
	  (cmcl_kernel, cmcl_uint, size_t, const void *))                                          \
	X(enqueue_kernel,  cmcl_int,     clEnqueueNDRangeKernel,                                   \
	  (cmcl_queue, cmcl_kernel, cmcl_uint, const size_t *, const size_t *, const size_t *,     \
	   cmcl_uint, const cmcl_event *, cmcl_event *))                                           \
	X(enqueue_write,   cmcl_int,     clEnqueueWriteBuffer,                                     \
	  (cmcl_queue, cmcl_mem, cmcl_uint, size_t, size_t, const void *, cmcl_uint,               \
	   const cmcl_event *, cmcl_event *))                                                      \
	X(enqueue_read,    cmcl_int,     clEnqueueReadBuffer,                                      \
	  (cmcl_queue, cmcl_mem, cmcl_uint, size_t, size_t, void *, cmcl_uint,                     \
	   const cmcl_event *, cmcl_event *))                                                      \
	X(finish,          cmcl_int,     clFinish, (cmcl_queue))                                   \
	X(event_profile,   cmcl_int,     clGetEventProfilingInfo,                                  \
	  (cmcl_event, cmcl_uint, size_t, void *, size_t *))                                       \
	X(release_event,   cmcl_int,     clReleaseEvent, (cmcl_event))                             \
	X(release_mem,     cmcl_int,     clReleaseMemObject, (cmcl_mem))                           \
	X(release_kernel,  cmcl_int,     clReleaseKernel, (cmcl_kernel))                           \
	X(release_program, cmcl_int,     clReleaseProgram, (cmcl_program))                         \
	X(release_queue,   cmcl_int,     clReleaseCommandQueue, (cmcl_queue))                      \
	X(release_context, cmcl_int,     clReleaseContext, (cmcl_context))

struct cl_api {
#define X(member, result, name, args) result(*member) args;
	CMCL_FUNCTIONS(X)
#undef X
};

#endif
