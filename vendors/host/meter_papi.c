/*
 * Event counters of the CPU and of the kernel by PAPI: cycles, instructions, misses, FLOP,
 * switches.
 *
 * The only file that names PAPI. Counts only; energy is read by our own readers, because PAPI's
 * lose wraps and mirrors. Counters run from open to close; the caller takes differences. Each event is a
 * channel on every machine: where there are no hardware counters each says so, and CPU time, faults and
 * switches are what the kernel accounts to the process.
 */
#include <papi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "api/meter.h"
#include "base/cpuinfo.h"
#include "base/file.h"
#include "base/str.h"

#define NAMES 3

/* Our name, and PAPI's names for it: the first that can be added is used. An event of the kernel says
 * ":k=1", because without it PAPI counts user mode only and a context switch is never seen there. */
enum account { NOBODY, CPU_TIME, FAULTS, SWITCHES }; /* the kernel's own, without a counter */

static const struct wanted {
	const char *name, *event[NAMES], *unit;
	bool software;
	enum account account;
} wanted[] = {
	{ "cycles", { "PAPI_TOT_CYC" }, "events", false, NOBODY },
	{ "instructions", { "PAPI_TOT_INS" }, "events", false, NOBODY },
	{ "flops-fp64", { "PAPI_DP_OPS", "PAPI_FP_OPS" }, "events", false, NOBODY },
	{ "flops-fp32", { "PAPI_SP_OPS" }, "events", false, NOBODY },
	{ "cache-misses-l3", { "PAPI_L3_TCM", "perf::CACHE-MISSES" }, "events", false, NOBODY },
	{ "cache-misses-l2", { "PAPI_L2_TCM", "PAPI_L2_DCM" }, "events", false, NOBODY },
	{ "cache-misses-l1", { "PAPI_L1_DCM" }, "events", false, NOBODY },
	{ "branch-misses", { "PAPI_BR_MSP" }, "events", false, NOBODY },
	{ "tlb-misses", { "PAPI_TLB_DM" }, "events", false, NOBODY },
	{ "task-clock", { "perf::TASK-CLOCK:u=1:k=1", "perf::TASK-CLOCK" }, "ns", true, CPU_TIME },
	{ "page-faults", { "perf::PAGE-FAULTS:u=1:k=1", "perf::PAGE-FAULTS" }, "events", true,
	  FAULTS },
	{ "context-switches", { "perf::CONTEXT-SWITCHES:u=1:k=1" }, "events", true, SWITCHES },
	{ "cpu-migrations", { "perf::CPU-MIGRATIONS:u=1:k=1" }, "events", true, NOBODY },
};

#define WANTED CM_COUNT(wanted)

struct meter_ctx {
	int set;
	int added;
	long long count[WANTED];
	int at[WANTED];              /* position in the event set, -1 = not in it */
	struct meter_channel channel[WANTED];
};

static const char remedy[] = "sudo sysctl kernel.perf_event_paranoid=1";

/* /proc/sys/kernel/perf_event_paranoid; 2 where it is not there. */
static long paranoid(void)
{
	char text[32], *end = NULL;
	long v;

	if (!file_line("/proc/sys/kernel/perf_event_paranoid", text, sizeof text))
		return 2;
	v = strtol(text, &end, 10);
	return end == text ? 2 : v;
}

static bool add_event(struct meter_ctx *c, size_t i, int *why)
{
	for (size_t k = 0; k < NAMES && wanted[i].event[k]; k++) {
		int e = PAPI_add_named_event(c->set, wanted[i].event[k]);

		if (e == PAPI_OK) {
			c->at[i] = c->added++;
			snprintf(c->channel[i].source, sizeof c->channel[i].source, "PAPI %s",
				 wanted[i].event[k]);
			return true;
		}
		/* A denial says more than the name that the fallback lacks. */
		if (k == 0 || e == PAPI_EPERM)
			*why = e;
	}
	return false;
}

static double accounted(enum account a)
{
	struct timespec t = { 0 };
	struct rusage u = { 0 };

	if (a == CPU_TIME) {
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
		return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
	}
	getrusage(RUSAGE_SELF, &u);
	return (double)(a == FAULTS ? u.ru_minflt + u.ru_majflt : u.ru_nvcsw + u.ru_nivcsw);
}

/* What the kernel accounts stands in for a counter that is not here. */
static void stand_in(struct meter_channel *ch, enum account a)
{
	if (ch->st == CM_OK || a == NOBODY)
		return;
	ch->st = CM_OK;
	ch->reason[0] = '\0';
	snprintf(ch->covers, sizeof ch->covers, "this process, every thread of it");
	snprintf(ch->source, sizeof ch->source, "%s",
		 a == CPU_TIME ? "CLOCK_PROCESS_CPUTIME_ID" : "getrusage");
}

static void set_reason(struct meter_channel *ch, size_t i, int e, bool any_hardware, bool guest)
{
	if (e == PAPI_EPERM) {
		ch->st = CM_DENIED;
		snprintf(ch->reason, sizeof ch->reason, "perf_event_paranoid is %ld: %s",
			 paranoid(), remedy);
	} else if (e == PAPI_ECNFLCT || e == PAPI_ECOUNT) {
		ch->st = CM_UNSUPPORTED;
		snprintf(ch->reason, sizeof ch->reason,
			 "every hardware counter is taken by the events above");
	} else if (!wanted[i].software && !any_hardware && guest) {
		ch->st = CM_ABSENT;
		snprintf(ch->reason, sizeof ch->reason,
			 "no hardware counters in this virtual machine");
	} else {
		ch->st = CM_UNSUPPORTED;
		snprintf(ch->reason, sizeof ch->reason, "PAPI has no %s here: %s",
			 wanted[i].event[0], PAPI_strerror(e));
	}
}

/* Threads that start later are counted too, where PAPI can (it cannot without hardware counters). */
static bool inherit(int set)
{
	PAPI_option_t o;

	memset(&o, 0, sizeof o);
	o.inherit.eventset = set;
	o.inherit.inherit = PAPI_INHERIT_ALL;
	return PAPI_set_opt(PAPI_INHERIT, &o) == PAPI_OK;
}

static void begin_channel(struct meter_ctx *c, size_t i, const char *covers)
{
	struct meter_channel *ch = &c->channel[i];

	*ch = (struct meter_channel){ .scope = CM_SCOPE_PROCESS, .kind = CM_EVENT_COUNTER,
				      .unit = wanted[i].unit, .step = 1, .basis = CM_MEASURED };
	c->at[i] = -1;
	snprintf(ch->name, sizeof ch->name, "%s", wanted[i].name);
	snprintf(ch->covers, sizeof ch->covers, "%s", covers);
	snprintf(ch->source, sizeof ch->source, "PAPI %s", wanted[i].event[0]);
}

/* No event of PAPI's is here: each for the same reason. */
static void deny_events(struct meter_ctx *c, enum cm_status st, const char *why)
{
	for (size_t i = 0; i < WANTED; i++) {
		begin_channel(c, i, "this process");
		c->channel[i].st = st;
		snprintf(c->channel[i].reason, sizeof c->channel[i].reason, "%.190s", why);
		stand_in(&c->channel[i], wanted[i].account);
	}
}

static void add_events(struct meter_ctx *c, bool guest)
{
	const char *covers = inherit(c->set) ? "this process, threads started later included" :
					       "the thread that opened the meter";
	int why[WANTED] = { 0 };
	bool any_hardware = false;

	for (size_t i = 0; i < WANTED; i++) {
		begin_channel(c, i, covers);
		if (add_event(c, i, &why[i]))
			any_hardware |= !wanted[i].software;
	}
	for (size_t i = 0; i < WANTED; i++) {
		if (c->at[i] >= 0)
			continue;
		set_reason(&c->channel[i], i, why[i], any_hardware, guest);
		stand_in(&c->channel[i], wanted[i].account);
	}
}

/* The library stays up: shutting it down would take the counters of every other open meter with it. */
static void papi_close(struct meter_ctx *c)
{
	if (c->set != PAPI_NULL) {
		PAPI_stop(c->set, NULL);
		PAPI_cleanup_eventset(c->set);
		PAPI_destroy_eventset(&c->set);
	}
	free(c);
}

static enum cm_status component(int *id, struct cm_err *err)
{
	const PAPI_component_info_t *info;
	int e = PAPI_library_init(PAPI_VER_CURRENT);

	if (e != PAPI_VER_CURRENT)
		return cm_fail(err, CM_ABSENT, "PAPI does not start: %s",
			       e < 0 ? PAPI_strerror(e) : "it is another version");
	*id = PAPI_get_component_index("perf_event");
	info = *id < 0 ? NULL : PAPI_get_component_info(*id);
	if (!info)
		return cm_fail(err, CM_ABSENT, "PAPI was built without perf_event");
	if (info->disabled == PAPI_EDELAY_INIT || !info->disabled)
		return CM_OK;
	if (paranoid() > 2)
		return cm_fail(err, CM_DENIED, "perf_event_paranoid is %ld: %s", paranoid(), remedy);
	return cm_fail(err, CM_ABSENT, "the kernel gives no event counters: %s",
		       info->disabled_reason);
}

static enum cm_status start(struct meter_ctx *c, int id, bool guest, struct cm_err *err)
{
	int e = PAPI_create_eventset(&c->set);

	if (e == PAPI_OK)
		e = PAPI_assign_eventset_component(c->set, id);
	if (e != PAPI_OK)
		return cm_fail(err, CM_EDRIVER, "PAPI makes no event set: %s", PAPI_strerror(e));
	add_events(c, guest);
	if (!c->added)
		return CM_OK; /* every channel has its reason */
	e = PAPI_start(c->set);
	if (e != PAPI_OK)
		return cm_fail(err, CM_EDRIVER, "PAPI does not start counting: %s",
			       e == PAPI_EISRUN ? "this thread is being counted already" :
						  PAPI_strerror(e));
	return CM_OK;
}

static enum cm_status papi_open(const struct meter_from *from, struct meter_ctx **out,
				struct cm_err *err)
{
	struct cpuinfo cpu = { .hypervisor = false };
	struct cm_err why = { CM_OK, "" };
	struct meter_ctx *c;
	enum cm_status st;
	int id = -1;

	if (from && from->sysfs_root)
		return cm_fail(err, CM_ABSENT, "events of this process are no part of a recorded machine");
	cpuinfo_read(NULL, &cpu);
	c = cm_alloc(sizeof *c);
	c->set = PAPI_NULL;
	st = component(&id, &why);
	if (st != CM_OK) {
		deny_events(c, st, st == CM_ABSENT && cpu.hypervisor ?
			    "no hardware counters in this virtual machine" : why.why);
		*out = c;
		return CM_OK;
	}
	st = start(c, id, cpu.hypervisor, err);
	if (st != CM_OK) {
		papi_close(c);
		return st;
	}
	*out = c;
	return CM_OK;
}

static size_t papi_channels(struct meter_ctx *c, const struct meter_channel **out)
{
	*out = c->channel;
	return WANTED;
}

static enum cm_status papi_read(struct meter_ctx *c, struct meter_value *values,
				struct cm_err *err)
{
	int e = c->added ? PAPI_read(c->set, c->count) : PAPI_OK;

	if (e != PAPI_OK)
		return cm_fail(err, CM_EDRIVER, "PAPI does not read: %s", PAPI_strerror(e));
	for (size_t i = 0; i < WANTED; i++) {
		values[i].st = c->channel[i].st;
		values[i].value = c->at[i] >= 0	   ? (double)c->count[c->at[i]] :
				  values[i].st == CM_OK ? accounted(wanted[i].account) : 0;
	}
	return CM_OK;
}

const struct meter meter_papi = {
	.abi = CM_METER_ABI,
	.name = "papi",
	.desc = "event counters of CPU and kernel by PAPI",
	.open = papi_open,
	.close = papi_close,
	.channels = papi_channels,
	.read = papi_read,
};
