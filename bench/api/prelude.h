/*
 * The dialect prelude: a few macros that let one text be C on the host and a kernel on every device.
 *
 * On the host it is included; for device compilers its text stands before the kernel's text and
 * CM_DEVICE is defined by the backend. On the host KERNEL() makes a function of one work item, which
 * run_host calls in a loop: so GUARD must vanish there, or compilers do not vectorise (DESIGN 3).
 * Inside a body: GID/GID1/GID2 global ids, LID/LID1 local ids, GRP/GRP1 group ids, LSZ group size.
 */
#ifndef CM_API_PRELUDE_H
#define CM_API_PRELUDE_H

#if !defined(CM_DEVICE) /* the host */

#define KERNEL(name, ...) static inline void name##_item(const size_t cm_gid, __VA_ARGS__)
#define GLOBAL
#define CONSTANT const
#define RESTRICT restrict
#define GID cm_gid
#define GUARD(i, n) ((void)(n))
#define DEVICE_FN static inline
typedef unsigned int cm_u32;
typedef unsigned long cm_u64;

#elif defined(__OPENCL_VERSION__) || defined(__OPENCL_C_VERSION__)

#if defined(cl_khr_fp64)
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif
#define KERNEL(name, ...) __kernel void name(__VA_ARGS__)
#define GLOBAL __global
#define LOCAL __local
#define CONSTANT __constant
#define RESTRICT restrict
#define GID get_global_id(0)
#define GID1 get_global_id(1)
#define GID2 get_global_id(2)
#define LID get_local_id(0)
#define LID1 get_local_id(1)
#define GRP get_group_id(0)
#define GRP1 get_group_id(1)
#define LSZ get_local_size(0)
#define GSZ get_global_size(0)
#define BARRIER barrier(CLK_LOCAL_MEM_FENCE)
#define GUARD(i, n) if ((i) >= (n)) return
#define DEVICE_FN
typedef uint cm_u32;
typedef ulong cm_u64;

#elif defined(__CUDACC__) || defined(__CUDACC_RTC__) || defined(__HIPCC__) || defined(__HIPCC_RTC__)

#define KERNEL(name, ...) extern "C" __global__ void name(__VA_ARGS__)
#define GLOBAL
#define LOCAL __shared__
#define CONSTANT const
#define RESTRICT __restrict__
#define GID ((unsigned long)blockIdx.x * blockDim.x + threadIdx.x)
#define GID1 ((unsigned long)blockIdx.y * blockDim.y + threadIdx.y)
#define GID2 ((unsigned long)blockIdx.z * blockDim.z + threadIdx.z)
#define LID threadIdx.x
#define LID1 threadIdx.y
#define GRP blockIdx.x
#define GRP1 blockIdx.y
#define LSZ blockDim.x
#define GSZ ((unsigned long)gridDim.x * blockDim.x)
#define BARRIER __syncthreads()
#define GUARD(i, n) if ((i) >= (n)) return
#define DEVICE_FN static __device__ inline
typedef unsigned int cm_u32;
typedef unsigned long cm_u64;

#else
#error "costmark: this device compiler's dialect is not in bench/api/prelude.h"
#endif
#endif
