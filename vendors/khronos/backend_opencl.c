/*
 * OpenCL devices of every platform that the loader finds: GPUs, accelerators, and CPUs through PoCL. The
 * library is loaded at run time; kernels are compiled from their own text behind the prelude.
 *
 * Time is the device's own: from the start of the first command of a region to the end of its last, by
 * profiling events. Latency kernels (wait_each) take the monotonic clock around each enqueue and wait,
 * since that is what a caller waits for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/backend.h"
#include "base/clock.h"
#include "base/dl.h"
#include "base/str.h"
#include "cl_abi.h"
#include "cl_location.h"

#define MAX_DEVICES 64

struct backend_ctx {
	struct cl_api cl;
	cmcl_device device[MAX_DEVICES];
	char platform[MAX_DEVICES][128];
	cmcl_int failed[MAX_DEVICES]; /* not 0: the platform could not say what it has; no device is there */
	size_t devices;
};

struct program {
	const struct cl_api *cl;
	struct kernel_plan plan;
	cmcl_context context;
	cmcl_queue queue;
	cmcl_program program;
	cmcl_kernel kernel[CM_MAX_STEPS];
	cmcl_mem mem[CM_MAX_BUFS];
	void *host[CM_MAX_BUFS];
	bool events_work;   /* profiling gave a sane time on this device */
};

static enum cm_status fail(struct cm_err *err, const char *call, cmcl_int code)
{
	return cm_fail(err, CM_EDRIVER, "%s failed with OpenCL error %d", call, code);
}

/* ---- finding ----------------------------------------------------------------------------------- */

static enum cm_status load(struct cl_api *cl, struct cm_err *err)
{
	static const char *const names[] = { "libOpenCL.so.1", "libOpenCL.so", NULL };
	const struct dl_symbol symbols[] = {
#define X(member, result, name, args) { #name, (void (**)(void))(void *)&cl->member, false },
		CMCL_FUNCTIONS(X)
#undef X
		{ NULL, NULL, false },
	};

	return dl_open(names, symbols, NULL, err);
}

static enum cm_status find_devices(struct backend_ctx *c, struct cm_err *err)
{
	enum { PLATFORMS = 16 };
	cmcl_platform platform[PLATFORMS];
	cmcl_uint n = 0, found = 0;
	const cmcl_int rc = c->cl.get_platforms(PLATFORMS, platform, &n);

	if (rc == CMCL_PLATFORM_NOT_FOUND_KHR || (!rc && !n))
		return cm_fail(err, CM_ABSENT,
			       "the OpenCL loader is here, but no driver is installed behind it");
	if (rc)
		return fail(err, "clGetPlatformIDs", rc);
	for (cmcl_uint i = 0; i < n && i < PLATFORMS; i++) {
		const size_t room = MAX_DEVICES - c->devices;
		char name[128] = "?";

		cmcl_int no;

		if (!room)
			break;
		no = c->cl.get_devices(platform[i], CMCL_DEVICE_TYPE_ALL, (cmcl_uint)room,
				       c->device + c->devices, &found);
		if (no == CMCL_DEVICE_NOT_FOUND)
			continue; /* a platform without devices is common: no reason to stop */
		c->cl.platform_info(platform[i], CMCL_PLATFORM_NAME, sizeof name - 1, name, NULL);
		if (no) { /* a device that says so when it is asked */
			c->failed[c->devices] = no;
			snprintf(c->platform[c->devices++], sizeof name, "%s", name);
			continue;
		}
		for (cmcl_uint d = 0; d < found && d < room; d++)
			snprintf(c->platform[c->devices++], sizeof name, "%s", name);
	}
	if (!c->devices)
		return cm_fail(err, CM_ABSENT, "OpenCL has %u platforms here, and none has a device", n);
	return CM_OK;
}

static void cl_close(struct backend_ctx *c)
{
	free(c);
}

static enum cm_status cl_open(struct backend_ctx **ctx, struct cm_err *err)
{
	struct backend_ctx *c = cm_alloc(sizeof *c);
	enum cm_status st;

	/* PoCL binds its threads to cores only when asked; unbound ones wander between samples. */
	setenv("POCL_AFFINITY", "1", 0);
	if ((st = load(&c->cl, err)) || (st = find_devices(c, err)))
		cl_close(c);
	else
		*ctx = c;
	return st;
}

static size_t cl_count(const struct backend_ctx *ctx)
{
	return ctx->devices;
}

static enum cm_status cl_describe(struct backend_ctx *c, size_t dev, struct device_info *out,
				  struct cm_err *err)
{
	const cmcl_device d = c->device[dev];
	struct device_info i = { .cls = CM_ACCELERATOR };
	cmcl_bits type = 0, fp64 = 0, memory = 0, alloc = 0, local = 0;
	cmcl_uint units = 0, clock = 0;
	char version[96] = "", driver[64] = "";
	const struct { cmcl_uint what; size_t size; void *to; bool needed; } ask[] = {
		{ CMCL_DEVICE_NAME, sizeof i.name, i.name, true },
		{ CMCL_DEVICE_TYPE, sizeof type, &type, true },
		{ CMCL_DEVICE_GLOBAL_MEM_SIZE, sizeof memory, &memory, true },
		{ CMCL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof alloc, &alloc, true },
		{ CMCL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, true },
		{ CMCL_DEVICE_VENDOR, sizeof i.vendor, i.vendor, false },
		{ CMCL_DEVICE_LOCAL_MEM_SIZE, sizeof local, &local, false },
		{ CMCL_DEVICE_MAX_CLOCK_FREQUENCY, sizeof clock, &clock, false },
		{ CMCL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof i.max_group, &i.max_group, false },
		{ CMCL_DEVICE_DOUBLE_FP_CONFIG, sizeof fp64, &fp64, false },
		{ CMCL_DEVICE_VERSION, sizeof version - 1, version, false },
		{ CMCL_DRIVER_VERSION, sizeof driver - 1, driver, false },
	};

	if (c->failed[dev]) {
		snprintf(out->name, sizeof out->name, "%s (no device)", c->platform[dev]);
		return cm_fail(err, CM_EDRIVER, "%s: clGetDeviceIDs failed with OpenCL error %d",
			       c->platform[dev], c->failed[dev]);
	}
	for (size_t k = 0; k < CM_COUNT(ask); k++) {
		const cmcl_int rc = c->cl.device_info(d, ask[k].what, ask[k].size, ask[k].to, NULL);
		if (rc && ask[k].needed)
			return fail(err, "clGetDeviceInfo", rc);
	}
	i.name[sizeof i.name - 1] = i.vendor[sizeof i.vendor - 1] = '\0';
	if (type & CMCL_DEVICE_TYPE_CPU)
		i.cls = CM_CPU;
	else if (type & CMCL_DEVICE_TYPE_GPU)
		i.cls = CM_GPU;
	if (i.cls != CM_CPU)
		cl_location(&c->cl, d, i.location, sizeof i.location);
	i.memory_bytes = memory;
	i.max_alloc_bytes = alloc;
	i.local_bytes = local;
	i.compute_units = units;
	i.clock_mhz = clock;
	i.fp64 = fp64 != 0;
	snprintf(i.driver, sizeof i.driver, "%.60s %.60s", c->platform[dev], driver);
	snprintf(i.compiler, sizeof i.compiler, "%s", version);
	*out = i;
	return CM_OK;
}

/* ---- building ---------------------------------------------------------------------------------- */

static void cl_release(struct program *p)
{
	for (size_t i = 0; i < p->plan.steps; i++)
		if (p->kernel[i])
			p->cl->release_kernel(p->kernel[i]);
	for (size_t i = 0; i < p->plan.bufs; i++) {
		if (p->mem[i])
			p->cl->release_mem(p->mem[i]);
		cm_huge_free(p->host[i], p->plan.buf[i].bytes);
	}
	if (p->program)
		p->cl->release_program(p->program);
	if (p->queue)
		p->cl->release_queue(p->queue);
	if (p->context)
		p->cl->release_context(p->context);
	free(p);
}

/* The first line of the compiler's log that says "error", else its first line. */
static enum cm_status build_failed(struct program *p, cmcl_device d, cmcl_int code, struct cm_err *err)
{
	size_t size = 0;
	char *log, *line;

	p->cl->build_info(p->program, d, CMCL_PROGRAM_BUILD_LOG, 0, NULL, &size);
	log = cm_alloc(size + 1);
	p->cl->build_info(p->program, d, CMCL_PROGRAM_BUILD_LOG, size, log, NULL);
	line = strstr(log, "error");
	while (line && line > log && line[-1] != '\n')
		line--;
	line = line ? line : log;
	cm_fail(err, CM_EDRIVER, "clBuildProgram failed with OpenCL error %d: %.*s", code,
		(int)strcspn(line, "\n"), line);
	free(log);
	return CM_EDRIVER;
}

static enum cm_status compile(struct program *p, cmcl_device d, const char *text, bool fp64,
			      struct cm_err *err)
{
	char options[400];
	cmcl_int rc;

	snprintf(options, sizeof options, "-DCM_DEVICE -cl-std=CL1.2 -cl-mad-enable%s %s",
		 fp64 ? "" : " -DCM_NO_FP64", p->plan.defines);
	p->program = p->cl->create_program(p->context, 1, &text, NULL, &rc);
	if (rc)
		return fail(err, "clCreateProgramWithSource", rc);
	rc = p->cl->build_program(p->program, 1, &d, options, NULL, NULL);
	if (rc)
		return build_failed(p, d, rc, err);
	for (size_t i = 0; i < p->plan.steps; i++) {
		p->kernel[i] = p->cl->create_kernel(p->program, p->plan.step[i].entry, &rc);
		if (rc)
			return cm_fail(err, CM_EDRIVER, "clCreateKernel(%s) failed with OpenCL error %d",
				       p->plan.step[i].entry, rc);
	}
	return CM_OK;
}

static enum cm_status make_buffers(struct program *p, struct cm_err *err)
{
	for (size_t i = 0; i < p->plan.bufs; i++) {
		const struct kernel_buf *b = &p->plan.buf[i];
		cmcl_int rc;

		p->mem[i] = p->cl->create_buffer(p->context, CMCL_MEM_READ_WRITE, b->bytes, NULL, &rc);
		if (rc)
			return cm_fail(err, CM_UNSUPPORTED,
				       "no device memory for %zu MiB of '%s' (OpenCL error %d)",
				       b->bytes >> 20, b->name, rc);
		p->host[i] = cm_huge_alloc(b->bytes);
		if (!p->host[i])
			return cm_fail(err, CM_UNSUPPORTED, "no host memory for %zu MiB of '%s'",
				       b->bytes >> 20, b->name);
	}
	return CM_OK;
}

static enum cm_status set_args(struct program *p, size_t step, struct cm_err *err)
{
	const struct kernel_step *s = &p->plan.step[step];

	for (cmcl_uint i = 0; i < s->args; i++) {
		const struct kernel_arg *a = &s->arg[i];
		const struct { size_t size; const void *at; } by_kind[] = {
			[CM_ARG_BUF] = { sizeof(cmcl_mem), a->kind == CM_ARG_BUF ? &p->mem[a->buf] : NULL },
			[CM_ARG_U32] = { 4, &a->u32 }, [CM_ARG_U64] = { 8, &a->u64 },
			[CM_ARG_F32] = { 4, &a->f32 }, [CM_ARG_F64] = { 8, &a->f64 },
			[CM_ARG_LOCAL] = { a->kind == CM_ARG_LOCAL ? a->local_bytes : 0, NULL },
		};
		const cmcl_int rc = p->cl->set_arg(p->kernel[step], i, by_kind[a->kind].size,
						   by_kind[a->kind].at);
		if (rc)
			return cm_fail(err, CM_EDRIVER, "clSetKernelArg(%s, %u) failed with OpenCL error %d",
				       s->entry, i, rc);
	}
	return CM_OK;
}

static enum cm_status check_limits(const struct kernel_plan *p, const struct device_info *info,
				   struct cm_err *err)
{
	if (p->c.type == CM_F64 && !info->fp64)
		return cm_fail(err, CM_UNSUPPORTED, "this device has no double precision");
	for (size_t i = 0; i < p->steps; i++) {
		const size_t *l = p->step[i].local;
		const size_t group = (l[0] ? l[0] : 1) * (l[1] ? l[1] : 1) * (l[2] ? l[2] : 1);

		if (info->max_group && group > info->max_group)
			return cm_fail(err, CM_UNSUPPORTED, "work groups of %zu items, this device takes %zu",
				       group, info->max_group);
	}
	return CM_OK;
}

static enum cm_status cl_build(struct backend_ctx *c, size_t dev, const struct kernel *k,
			       const struct kernel_plan *plan, const char *text, struct program **out,
			       struct cm_err *err)
{
	const cmcl_device d = c->device[dev];
	struct device_info info;
	struct program *p;
	cmcl_int rc;
	enum cm_status st = cl_describe(c, dev, &info, err);

	(void)k;
	if (st || (st = check_limits(plan, &info, err)))
		return st;
	p = cm_alloc(sizeof *p);
	p->cl = &c->cl;
	p->plan = *plan;
	p->plan.steps = 0; /* steps of the host half are none of ours */
	for (size_t i = 0; i < plan->steps; i++)
		if (plan->step[i].entry)
			p->plan.step[p->plan.steps++] = plan->step[i];
	p->events_work = true;
	p->context = c->cl.create_context(NULL, 1, &d, NULL, NULL, &rc);
	if (rc)
		st = fail(err, "clCreateContext", rc);
	if (!st) {
		p->queue = c->cl.create_queue(p->context, d, CMCL_QUEUE_PROFILING_ENABLE, &rc);
		if (rc)
			st = fail(err, "clCreateCommandQueue", rc);
	}
	if (!st && p->plan.steps)
		st = compile(p, d, text, info.fp64, err);
	if (!st)
		st = make_buffers(p, err);
	for (size_t i = 0; i < p->plan.steps && !st; i++)
		st = set_args(p, i, err);
	if (st)
		cl_release(p);
	else
		*out = p;
	return st;
}

/* ---- running ----------------------------------------------------------------------------------- */

static void *const *cl_host(struct program *p)
{
	return p->host;
}

static enum cm_status copy_one(struct program *p, size_t b, bool up, cmcl_event *event,
			       struct cm_err *err)
{
	const size_t bytes = p->plan.buf[b].bytes;
	const cmcl_queue q = p->queue;
	const cmcl_int rc =
		up ? p->cl->enqueue_write(q, p->mem[b], CMCL_TRUE, 0, bytes, p->host[b], 0, NULL, event)
		   : p->cl->enqueue_read(q, p->mem[b], CMCL_TRUE, 0, bytes, p->host[b], 0, NULL, event);

	return rc ? fail(err, up ? "clEnqueueWriteBuffer" : "clEnqueueReadBuffer", rc) : CM_OK;
}

static enum cm_status cl_upload(struct program *p, struct cm_err *err)
{
	enum cm_status st = CM_OK;

	/* Poisoned outputs too. What an upload kernel is to bring there is left to it alone. */
	for (size_t b = p->plan.kind == CM_UPLOAD; b < p->plan.bufs && !st; b++)
		st = copy_one(p, b, true, NULL, err);
	if (!st && p->plan.kind == CM_DOWNLOAD)
		memset(p->host[0], 0xa5, p->plan.buf[0].bytes);
	return st;
}

static enum cm_status cl_download(struct program *p, struct cm_err *err)
{
	enum cm_status st = CM_OK;

	for (size_t b = 0; b < p->plan.bufs && !st; b++)
		if ((p->plan.buf[b].access & CM_OUT) && p->plan.kind != CM_DOWNLOAD)
			st = copy_one(p, b, false, NULL, err);
	return st;
}

static enum cm_status enqueue(struct program *p, size_t step, cmcl_event *event, struct cm_err *err)
{
	const struct kernel_step *s = &p->plan.step[step];
	const cmcl_int rc = p->cl->enqueue_kernel(p->queue, p->kernel[step], s->dims, NULL, s->global,
						  s->local[0] ? s->local : NULL, 0, NULL, event);

	return rc ? cm_fail(err, CM_EDRIVER, "clEnqueueNDRangeKernel(%s) failed with OpenCL error %d",
			    s->entry, rc)
		  : CM_OK;
}

/* The device's own time of a region. It cannot be longer than the region took by our clock (but for the
 * drift between two clocks): a driver that says so has no timer to trust. */
static bool span_of(struct program *p, cmcl_event first, cmcl_event last, uint64_t around_ns, uint64_t *ns)
{
	uint64_t from = 0, to = 0;

	if (p->cl->event_profile(first, CMCL_PROFILING_COMMAND_START, sizeof from, &from, NULL) ||
	    p->cl->event_profile(last, CMCL_PROFILING_COMMAND_END, sizeof to, &to, NULL) || to <= from ||
	    to - from > around_ns + around_ns / 100 + 1000)
		return false;
	*ns = to - from;
	return true;
}

/* Iterations one after the other, one wait at the end. */
static enum cm_status run_batch(struct program *p, uint64_t iterations, uint64_t *ns,
				struct cm_err *err)
{
	cmcl_event first = NULL, last = NULL;
	const uint64_t begin = cm_now_ns();
	enum cm_status st = CM_OK;
	uint64_t clock_ns, n = iterations * p->plan.steps;
	cmcl_int rc;

	for (uint64_t i = 0; i < n && !st; i++)
		st = enqueue(p, i % p->plan.steps,
			     i == 0 ? &first : i + 1 == n ? &last : NULL, err);
	rc = p->cl->finish(p->queue);
	clock_ns = cm_now_ns() - begin;
	if (!st && rc)
		st = fail(err, "clFinish", rc);
	if (!st && (!p->events_work || !span_of(p, first, last ? last : first, clock_ns, ns))) {
		p->events_work = false; /* from now on the clock around the region, for like with like */
		*ns = clock_ns;
	}
	if (first)
		p->cl->release_event(first);
	if (last)
		p->cl->release_event(last);
	return st;
}

static enum cm_status run_waiting(struct program *p, uint64_t iterations, uint64_t *ns,
				  struct cm_err *err)
{
	const uint64_t begin = cm_now_ns();
	enum cm_status st = CM_OK;
	cmcl_int rc;

	for (uint64_t i = 0; i < iterations && !st; i++) {
		for (size_t s = 0; s < p->plan.steps && !st; s++)
			st = enqueue(p, s, NULL, err);
		if (!st && (rc = p->cl->finish(p->queue)))
			st = fail(err, "clFinish", rc);
	}
	*ns = cm_now_ns() - begin;
	return st;
}

static enum cm_status run_copies(struct program *p, uint64_t iterations, uint64_t *ns,
				 struct cm_err *err)
{
	const uint64_t begin = cm_now_ns();
	enum cm_status st = CM_OK;

	for (uint64_t i = 0; i < iterations && !st; i++)
		st = copy_one(p, 0, p->plan.kind == CM_UPLOAD, NULL, err);
	*ns = cm_now_ns() - begin;
	return st;
}

static enum cm_status cl_launch(struct program *p, uint64_t iterations, uint64_t *ns,
				struct cm_err *err)
{
	if (p->plan.kind != CM_COMPUTE)
		return run_copies(p, iterations, ns, err);
	return p->plan.wait_each ? run_waiting(p, iterations, ns, err) : run_batch(p, iterations, ns, err);
}

const struct backend backend_opencl = {
	.abi = CM_BACKEND_ABI,
	.name = "opencl",
	.desc = "every OpenCL device, compiled from the kernel's own text",
	.caps = CM_CAP_DEVICE_TIMER | CM_CAP_SOURCE,
	.open = cl_open,
	.close = cl_close,
	.count = cl_count,
	.describe = cl_describe,
	.build = cl_build,
	.host = cl_host,
	.upload = cl_upload,
	.launch = cl_launch,
	.download = cl_download,
	.release = cl_release,
};
