/* AMD's GPUs as both of the vendor's libraries show them (see amd_gpu.h). Calls no library. */
#include "amd_gpu.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FIRMWARE_UJ (1e6 / 65536) /* 15.2587890625 */

void amd_place(struct amd_gpu *g, uint64_t domain, unsigned bus, unsigned device, unsigned function)
{
	snprintf(g->at, sizeof g->at, "%04llx:%02x:%02x.%x",
		 (unsigned long long)domain & 0xffffffffu, bus & 0xff, device & 0x1f, function & 7);
}

bool amd_driver_here(void)
{
	return access("/sys/module/amdgpu", F_OK) == 0 || access("/dev/kfd", F_OK) == 0;
}

double amd_count_j(float uj)
{
	if (!isfinite(uj) || uj <= 0 || uj > 1e6f)
		return NAN;
	/* 15.3f, or 15.259f: both are roundings of the same. */
	return (fabs((double)uj - FIRMWARE_UJ) < 0.05 ? FIRMWARE_UJ : (double)uj) * 1e-6;
}

enum cm_status amd_joules(struct amd_gpu *g, uint64_t count, float uj, uint64_t t_ns,
			  double *joules)
{
	const double count_j = amd_count_j(uj);
	const bool backward = t_ns && t_ns < g->t_ns;

	g->t_ns = t_ns;
	if (isnan(count_j) || count == UINT64_MAX || backward)
		return CM_EDRIVER;
	*joules = (double)count * count_j;
	return CM_OK;
}

void amd_energy_channel(const struct amd_gpu *g, size_t i, const char *call, float uj,
			struct meter_channel *ch)
{
	const double count_j = amd_count_j(uj);
	int n;

	*ch = (struct meter_channel){
		.scope = CM_SCOPE_DEVICE,
		.kind = CM_ENERGY_COUNTER,
		.unit = "J",
		.basis = CM_MEASURED,
		.step = isnan(count_j) ? 0 : count_j,
		.refresh_ns = 1000000,
		.max_w = 1.5 * fmax(g->most_w, fmax(g->limit_w, g->usual_w)),
		.err_lo = -0.05,
		.err_hi = 0.05,
		.err_source = "assumed for the firmware's counter",
		.driver = "amdgpu",
		.limit_w = g->limit_w,
		.usual_w = g->usual_w,
	};
	snprintf(ch->name, sizeof ch->name, "card%zu energy", i);
	snprintf(ch->covers, sizeof ch->covers, "%s", g->at);
	snprintf(ch->source, sizeof ch->source, "%s, %.10g uJ a count%s", call, count_j * 1e6,
		 fabs((double)uj - count_j * 1e6) > 0.01 ?
			 " (2^-16 J, which the library rounds to 15.3 uJ)" : "");
	n = snprintf(ch->note, sizeof ch->note, "%s", g->name);
	if (g->limit_w > 0)
		n += snprintf(ch->note + n, sizeof ch->note - (size_t)n, ", power limit %.5g W",
			      g->limit_w);
	if (g->limit_w > 0 && g->usual_w > 0 && g->limit_w != g->usual_w)
		snprintf(ch->note + n, sizeof ch->note - (size_t)n, " (%s the usual %.5g W)",
			 g->limit_w > g->usual_w ? "above" : "below", g->usual_w);
}

void amd_pair_dies(const struct amd_gpu *g, size_t n, struct meter_channel *const *energy)
{
	for (size_t i = 1; i < n; i += 2) {
		struct meter_channel *odd = energy[i], *even = energy[i - 1];

		if (odd->st || even->st || g[i].count != 0 || g[i - 1].count == 0)
			continue;
		odd->st = CM_UNSUPPORTED;
		snprintf(odd->reason, sizeof odd->reason, "this die counts nothing: card%zu counts "
			 "for both dies of the card", i - 1);
		snprintf(even->note + strlen(even->note),
			 sizeof even->note - strlen(even->note), ", for both dies of the card");
	}
}

bool amd_is_heat(double celsius)
{
	return celsius > 0 && celsius < 250;
}

void amd_heat_channel(const struct amd_gpu *g, size_t i, unsigned sensor, const char *call,
		      struct meter_channel *ch)
{
	static const char *const names[AMD_HEATS] = {"edge", "hotspot", "memory"};

	*ch = (struct meter_channel){.scope = CM_SCOPE_DEVICE,
				     .kind = CM_GAUGE,
				     .unit = "C",
				     .step = 1,
				     .basis = CM_MEASURED,
				     .driver = "amdgpu"};
	snprintf(ch->name, sizeof ch->name, "card%zu %s temperature", i, names[sensor]);
	snprintf(ch->covers, sizeof ch->covers, "%s", g->at);
	snprintf(ch->source, sizeof ch->source, "%s, sensor %u", call, sensor);
}
