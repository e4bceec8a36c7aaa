/*
 * An OpenCL library with a fault: it stands before the machine's own one (through CM_DL_PATH) and hands
 * every call on, but for the fault that CM_FAKE names. So the device, its compiler and its results are real,
 * and only what the fault is about is not. Without a library behind it, it has no platform.
 *
 *   wrong    results that come back are off by one bit       late     … but for the first ones
 *   build    the compiler refuses, with a log                launch   a kernel cannot be enqueued
 *   crash    the compiler dies of SIGSEGV                    abort    … of abort(), having said why
 *   hang     the compiler never ends                         die      asked for platforms, it aborts
 *   nodevice no device                                       noplatform  none of those either
 *   broken   the platform cannot say what it has             twins    the device is there twice
 *   timer    device times of eleven days                     memory   no device memory
 *   card, nvcard, amdcard  it is a GPU that tells its PCI address by one of three extensions
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../vendors/khronos/cl_abi.h"

#define OUT_OF_RESOURCES (-5)
#define ALLOCATION_FAILURE (-4)
#define INVALID_VALUE (-30)

static struct cl_api real;
static int behind; /* a real library is there */

static int fault(const char *name)
{
	const char *f = getenv("CM_FAKE");

	return f && !strcmp(f, name);
}

__attribute__((constructor)) static void find_real(void)
{
	void *lib = dlopen("libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL);

	behind = lib != NULL;
#define X(member, result, name, args)                                                              \
	if (lib) {                                                                                 \
		void *p = dlsym(lib, #name);                                                       \
		memcpy(&real.member, &p, sizeof p);                                                \
	}
	CMCL_FUNCTIONS(X)
#undef X
}

/* clFinish and its kin, as they are called from outside. */
#define X(member, result, name, args) result name args;
CMCL_FUNCTIONS(X)
#undef X

#define PASS(result, name, member, params, given)                                                  \
	result name params                                                                         \
	{                                                                                          \
		return real.member given;                                                          \
	}

cmcl_int clGetPlatformIDs(cmcl_uint n, cmcl_platform *to, cmcl_uint *found)
{
	if (fault("die")) {
		fputs("driver: cannot map the firmware's table\n", stderr);
		abort();
	}
	if (!behind || fault("noplatform"))
		return CMCL_PLATFORM_NOT_FOUND_KHR;
	return real.get_platforms(n, to, found);
}

cmcl_int clGetDeviceIDs(cmcl_platform p, cmcl_bits type, cmcl_uint n, cmcl_device *to, cmcl_uint *found)
{
	cmcl_int rc;

	if (fault("nodevice"))
		return CMCL_DEVICE_NOT_FOUND;
	if (fault("broken"))
		return OUT_OF_RESOURCES;
	rc = real.get_devices(p, type, n, to, found);
	if (!rc && fault("twins") && n >= 2) {
		to[1] = to[0];
		*found = 2;
	}
	return rc;
}

cmcl_int clBuildProgram(cmcl_program p, cmcl_uint n, const cmcl_device *d, const char *options,
			void (*done)(cmcl_program, void *), void *user)
{
	if (fault("build"))
		return CMCL_BUILD_PROGRAM_FAILURE;
	if (fault("crash")) {
		signal(SIGSEGV, SIG_DFL); /* some drivers catch it themselves */
		raise(SIGSEGV);
	}
	if (fault("abort")) {
		fputs("LLVM ERROR: Cannot select: intrinsic %llvm.made.up\n", stderr);
		abort();
	}
	while (fault("hang"))
		pause();
	return real.build_program(p, n, d, options, done, user);
}

cmcl_int clGetProgramBuildInfo(cmcl_program p, cmcl_device d, cmcl_uint what, size_t size, void *to,
			       size_t *needed)
{
	static const char log[] = "note: made to fail\nkernel.cl:3:7: error: unknown type name 'made_up'\n";

	if (!fault("build") || what != CMCL_PROGRAM_BUILD_LOG)
		return real.build_info(p, d, what, size, to, needed);
	if (needed)
		*needed = sizeof log;
	if (to && size >= sizeof log)
		memcpy(to, log, sizeof log);
	return CMCL_SUCCESS;
}

cmcl_mem clCreateBuffer(cmcl_context c, cmcl_bits flags, size_t size, void *host, cmcl_int *rc)
{
	if (!fault("memory"))
		return real.create_buffer(c, flags, size, host, rc);
	*rc = ALLOCATION_FAILURE;
	return NULL;
}

cmcl_int clEnqueueNDRangeKernel(cmcl_queue q, cmcl_kernel k, cmcl_uint dims, const size_t *offset,
				const size_t *global, const size_t *local, cmcl_uint n,
				const cmcl_event *wait, cmcl_event *event)
{
	if (fault("launch"))
		return OUT_OF_RESOURCES;
	return real.enqueue_kernel(q, k, dims, offset, global, local, n, wait, event);
}

cmcl_int clEnqueueReadBuffer(cmcl_queue q, cmcl_mem m, cmcl_uint block, size_t offset, size_t size, void *to,
			     cmcl_uint n, const cmcl_event *wait, cmcl_event *event)
{
	static unsigned reads;
	const cmcl_int rc = real.enqueue_read(q, m, block, offset, size, to, n, wait, event);

	/* The highest byte but one of a word in the middle: sign and exponent would be too easy to see. */
	if (!rc && size >= 16 && (fault("wrong") || (fault("late") && reads)))
		((unsigned char *)to)[size / 2 / 8 * 8 + 6] ^= 0x04;
	reads++;
	return rc;
}

cmcl_int clGetEventProfilingInfo(cmcl_event e, cmcl_uint what, size_t size, void *to, size_t *needed)
{
	const cmcl_int rc = real.event_profile(e, what, size, to, needed);

	if (!rc && fault("timer") && what == CMCL_PROFILING_COMMAND_END)
		*(uint64_t *)to += UINT64_C(1000000000000000);
	return rc;
}

static cmcl_int tell(const void *what, size_t bytes, size_t size, void *to, size_t *needed)
{
	if (needed)
		*needed = bytes;
	if (to && size < bytes)
		return INVALID_VALUE;
	if (to)
		memcpy(to, what, bytes);
	return CMCL_SUCCESS;
}

/* "card": the device is a GPU on a bus, as told by Khronos' extension; "nvcard", "amdcard": by its
 * maker's. */
cmcl_int clGetDeviceInfo(cmcl_device d, cmcl_uint what, size_t size, void *to, size_t *needed)
{
	static const cmcl_bits gpu = CMCL_DEVICE_TYPE_GPU;
	static const struct cmcl_pci pci = { 0, 0x41, 0, 1 };
	static const cmcl_uint bus = 0xc1, slot = 2 << 3 | 1, domain = 1;
	const union cmcl_amd_topology amd = { .pcie = { .type = CMCL_AMD_TOPOLOGY_PCIE, .bus = 0x83 } };
	const struct { const char *fault; cmcl_uint what; const void *is; size_t bytes; } said[] = {
		{ "card", CMCL_DEVICE_PCI_BUS_INFO, &pci, sizeof pci },
		{ "nvcard", CMCL_NV_DEVICE_PCI_BUS_ID, &bus, sizeof bus },
		{ "nvcard", CMCL_NV_DEVICE_PCI_SLOT_ID, &slot, sizeof slot },
		{ "nvcard", CMCL_NV_DEVICE_PCI_DOMAIN_ID, &domain, sizeof domain },
		{ "amdcard", CMCL_AMD_DEVICE_TOPOLOGY, &amd, sizeof amd },
	};

	if (what == CMCL_DEVICE_TYPE && (fault("card") || fault("nvcard") || fault("amdcard")))
		return tell(&gpu, sizeof gpu, size, to, needed);
	for (size_t i = 0; i < sizeof said / sizeof *said; i++)
		if (said[i].what == what && fault(said[i].fault))
			return tell(said[i].is, said[i].bytes, size, to, needed);
	return real.device_info(d, what, size, to, needed);
}

PASS(cmcl_int, clGetPlatformInfo, platform_info,
     (cmcl_platform p, cmcl_uint what, size_t size, void *to, size_t *needed), (p, what, size, to, needed))
PASS(cmcl_context, clCreateContext, create_context,
     (const intptr_t *p, cmcl_uint n, const cmcl_device *d,
      void (*f)(const char *, const void *, size_t, void *), void *user, cmcl_int *rc),
     (p, n, d, f, user, rc))
PASS(cmcl_queue, clCreateCommandQueue, create_queue,
     (cmcl_context c, cmcl_device d, cmcl_bits flags, cmcl_int *rc), (c, d, flags, rc))
PASS(cmcl_program, clCreateProgramWithSource, create_program,
     (cmcl_context c, cmcl_uint n, const char **text, const size_t *length, cmcl_int *rc),
     (c, n, text, length, rc))
PASS(cmcl_kernel, clCreateKernel, create_kernel, (cmcl_program p, const char *name, cmcl_int *rc),
     (p, name, rc))
PASS(cmcl_int, clSetKernelArg, set_arg, (cmcl_kernel k, cmcl_uint i, size_t size, const void *value),
     (k, i, size, value))
PASS(cmcl_int, clEnqueueWriteBuffer, enqueue_write,
     (cmcl_queue q, cmcl_mem m, cmcl_uint block, size_t offset, size_t size, const void *from, cmcl_uint n,
      const cmcl_event *wait, cmcl_event *event), (q, m, block, offset, size, from, n, wait, event))
PASS(cmcl_int, clFinish, finish, (cmcl_queue q), (q))
PASS(cmcl_int, clReleaseEvent, release_event, (cmcl_event e), (e))
PASS(cmcl_int, clReleaseMemObject, release_mem, (cmcl_mem m), (m))
PASS(cmcl_int, clReleaseKernel, release_kernel, (cmcl_kernel k), (k))
PASS(cmcl_int, clReleaseProgram, release_program, (cmcl_program p), (p))
PASS(cmcl_int, clReleaseCommandQueue, release_queue, (cmcl_queue q), (q))
PASS(cmcl_int, clReleaseContext, release_context, (cmcl_context c), (c))
