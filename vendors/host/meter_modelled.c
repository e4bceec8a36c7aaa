/*
 * Power that no meter saw: CPU power by a published formula, from load, for machines without any
 * meter.
 *
 * P = threads * idle + busy * (full - idle), in W per CPU thread: Cloud Carbon Footprint's use
 * coefficients (cloud-carbon-footprint/ccf-coefficients b0032d9, output/coefficients-aws-
 * use.csv, from SPECpower results). Every joule of it is `modelled` and carries the formula's
 * error, found against recorded RAPL. It never stands beside a meter: who sums takes it only
 * where nothing else is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/meter.h"
#include "base/clock.h"
#include "base/cpuinfo.h"
#include "base/str.h"

/*
 * The formula against energy / duration of 33 recorded load steps, 0 to 100 % on EPYC 8024P,
 * Threadripper 1950X and 2 x Xeon E5-2620v3 (mlco2/codecarbon b05965e, cpu_load_profiling): from
 * 0.372 to 2.80 of what RAPL saw, so the truth lies from 1/2.80 to 1/0.372 of the model.
 */
#define BAND_LO (1 / 2.801 - 1)
#define BAND_HI (1 / 0.372 - 1)

/* Models of one family that belong to a row of the table; vendor by its first letter: I or A. */
static const struct row {
	char vendor;
	int family, from, to;  /* model numbers, inclusive */
	int stepping_from, stepping_to;
	const char *arch;
	double idle_w, full_w; /* per CPU thread */
} rows[] = {
	{ 'A', 23, 0x00, 0x2f, 0, 15, "EPYC 1st Gen", 0.8468, 2.6042 },
	{ 'A', 23, 0x30, 0xff, 0, 15, "EPYC 2nd Gen", 0.4743, 1.6930 },
	{ 'A', 25, 0x00, 0x0f, 0, 15, "EPYC 3rd Gen", 0.4556, 1.9573 },
	{ 'A', 25, 0x10, 0x1f, 0, 15, "EPYC 4th Gen", 0.7391, 2.2822 },
	{ 'A', 25, 0x20, 0x5f, 0, 15, "EPYC 3rd Gen", 0.4556, 1.9573 },
	{ 'A', 25, 0x60, 0xff, 0, 15, "EPYC 4th Gen", 0.7391, 2.2822 },
	/* The published row of the 5th Gen (3.68, 8.96 W) is four times its neighbours: not believed. */
	{ 'A', 26, 0x00, 0xff, 0, 15, "EPYC 4th Gen, in place of a doubtful 5th", 0.7391, 2.2822 },
	{ 'I', 6, 0x2a, 0x2a, 0, 15, "Sandy Bridge", 2.2122, 8.6309 },
	{ 'I', 6, 0x2d, 0x2d, 0, 15, "Sandy Bridge", 2.2122, 8.6309 },
	{ 'I', 6, 0x3a, 0x3a, 0, 15, "Ivy Bridge", 1.7074, 5.5569 },
	{ 'I', 6, 0x3e, 0x3e, 0, 15, "Ivy Bridge", 1.7074, 5.5569 },
	{ 'I', 6, 0x3c, 0x3c, 0, 15, "Haswell", 1.8574, 5.5954 },
	{ 'I', 6, 0x3f, 0x3f, 0, 15, "Haswell", 1.8574, 5.5954 },
	{ 'I', 6, 0x45, 0x46, 0, 15, "Haswell", 1.8574, 5.5954 },
	{ 'I', 6, 0x3d, 0x3d, 0, 15, "Broadwell", 0.7128, 3.6853 },
	{ 'I', 6, 0x47, 0x47, 0, 15, "Broadwell", 0.7128, 3.6853 },
	{ 'I', 6, 0x4f, 0x4f, 0, 15, "Broadwell", 0.7128, 3.6853 },
	{ 'I', 6, 0x56, 0x56, 0, 15, "Broadwell", 0.7128, 3.6853 },
	{ 'I', 6, 0x4e, 0x4e, 0, 15, "Skylake", 0.6130, 4.1042 },
	{ 'I', 6, 0x5e, 0x5e, 0, 15, "Skylake", 0.6130, 4.1042 },
	{ 'I', 6, 0x55, 0x55, 0, 4, "Skylake", 0.6130, 4.1042 },
	{ 'I', 6, 0x55, 0x55, 5, 15, "Cascade Lake", 0.6903, 4.0632 },
	{ 'I', 6, 0x8e, 0x8e, 0, 15, "Coffee Lake", 1.1384, 5.4218 },
	{ 'I', 6, 0x9e, 0x9e, 0, 15, "Coffee Lake", 1.1384, 5.4218 },
	{ 'I', 6, 0x6a, 0x6a, 0, 15, "Ice Lake", 0.7668, 3.7582 },
	{ 'I', 6, 0x6c, 0x6c, 0, 15, "Ice Lake", 0.7668, 3.7582 },
	{ 'I', 6, 0x7d, 0x7e, 0, 15, "Ice Lake", 0.7668, 3.7582 },
	{ 'I', 6, 0x8f, 0x8f, 0, 15, "Sapphire Rapids", 1.0363, 4.1605 },
	{ 'I', 6, 0xcf, 0xcf, 0, 15, "Emerald Rapids", 0.8140, 4.4820 },
	{ 'I', 6, 0xad, 0xae, 0, 15, "Granite Rapids", 0.5816, 2.5275 },
};

struct meter_ctx {
	struct meter_channel channel;
	double idle_w, slope_w; /* whole machine at rest; more for each busy thread */
	uint64_t opened_ns;
	double cpu_s;           /* of this process at open */
};

static const struct row *row_of(const struct cpuinfo *cpu)
{
	char vendor = strcmp(cpu->vendor, "GenuineIntel") == 0 ? 'I' :
		      strcmp(cpu->vendor, "AuthenticAMD") == 0 ? 'A' : '?';

	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		const struct row *r = &rows[i];

		if (r->vendor == vendor && r->family == cpu->family && cpu->model >= r->from &&
		    cpu->model <= r->to && cpu->stepping >= r->stepping_from &&
		    cpu->stepping <= r->stepping_to)
			return r;
	}
	return NULL;
}

/* CPU time of this process with all its threads, s. */
static double busy_s(void)
{
	struct timespec t = { 0 };

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void describe(struct meter_channel *ch, const struct row *r, unsigned threads)
{
	*ch = (struct meter_channel){
		.name = "cpu-model", .covers = "this process's share of the CPU",
		.scope = CM_SCOPE_PROCESS, .kind = CM_ENERGY_COUNTER, .unit = "J",
		.basis = CM_MODELLED, .err_lo = BAND_LO, .err_hi = BAND_HI,
		.err_source = "the formula against RAPL at 33 recorded load steps of 3 hosts; "
			      "median miss 49 %",
	};
	snprintf(ch->source, sizeof ch->source, "Cloud Carbon Footprint, %s: %u CPU threads at %.2f W "
		 "idle, %.2f W busy with this process; no accelerator, disk or other process",
		 r->arch, threads, r->idle_w, r->full_w);
}

static enum cm_status modelled_open(const struct meter_from *from, struct meter_ctx **out,
				    struct cm_err *err)
{
	struct cpuinfo cpu;
	const struct row *r;
	struct meter_ctx *c;

	if (!cpuinfo_read(from ? from->sysfs_root : NULL, &cpu) || !cpu.threads)
		return cm_fail(err, CM_ABSENT, "no /proc/cpuinfo to choose a power model by");
	r = row_of(&cpu);
	if (!r)
		return cm_fail(err, CM_ABSENT, "no published watts for this CPU: %s%s%s family %d "
			       "model %d", cpu.name[0] ? cpu.name : "unnamed",
			       cpu.vendor[0] ? ", " : "", cpu.vendor, cpu.family, cpu.model);
	c = cm_alloc(sizeof *c);
	describe(&c->channel, r, cpu.threads);
	c->idle_w = r->idle_w * cpu.threads;
	c->slope_w = r->full_w - r->idle_w;
	c->opened_ns = cm_now_ns();
	c->cpu_s = busy_s();
	*out = c;
	return CM_OK;
}

static void modelled_close(struct meter_ctx *c)
{
	free(c);
}

static size_t modelled_channels(struct meter_ctx *c, const struct meter_channel **out)
{
	*out = &c->channel;
	return 1;
}

static enum cm_status modelled_read(struct meter_ctx *c, struct meter_value *values,
				    struct cm_err *err)
{
	double elapsed_s = (double)(cm_now_ns() - c->opened_ns) * 1e-9;

	(void)err;
	values[0] = (struct meter_value){
		.value = c->idle_w * elapsed_s + c->slope_w * (busy_s() - c->cpu_s), .st = CM_OK,
	};
	return CM_OK;
}

const struct meter meter_modelled = {
	.abi = CM_METER_ABI,
	.name = "modelled",
	.desc = "CPU power by a published formula from load; used only where no meter looks",
	.open = modelled_open,
	.close = modelled_close,
	.channels = modelled_channels,
	.read = modelled_read,
};
