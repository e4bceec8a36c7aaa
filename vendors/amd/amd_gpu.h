/* What AMD's two management libraries have in common: how a GPU's counter becomes joules, and how
 * its channel is described. Both libraries read the same firmware. */
#ifndef CM_AMD_GPU_H
#define CM_AMD_GPU_H

#include <stdbool.h>
#include <stdint.h>

#include "api/meter.h"

struct amd_gpu {
	char name[96], at[32];   /* at: "0000:c1:00.0", as the kernel writes it */
	double limit_w, usual_w, most_w; /* 0 = not known */
	uint64_t count;          /* of the counter, when the meter opened */
	uint64_t t_ns;           /* the firmware's time of the last reading */
};

/* "0000:c1:00.0" of domain, bus, device, function. */
void amd_place(struct amd_gpu *g, uint64_t domain, unsigned bus, unsigned device,
	       unsigned function);

/*
 * Joules of a counter. The firmware counts 2^-16 J (15.259 uJ, the library's header); the library
 * returns 15.3 as a rounded float, which is 0.27 % too much: it stands for 2^-16 J here. Any other
 * resolution is taken as it is. CM_EDRIVER where the reading is none: a resolution that is no
 * number, a counter of all ones, a firmware time that runs backward.
 */
enum cm_status amd_joules(struct amd_gpu *g, uint64_t count, float uj, uint64_t t_ns,
			  double *joules);
double amd_count_j(float uj); /* one count, J; NaN for nonsense */

/* Is the kernel's driver loaded? Without it the libraries fail to start, which is no fault. */
bool amd_driver_here(void);

/* Fills all but the state of the energy counter's channel. */
void amd_energy_channel(const struct amd_gpu *g, size_t i, const char *call, float uj,
			struct meter_channel *ch);
/* A card of two dies counts on its even one, and the odd one says 0: that is no 0 J. */
void amd_pair_dies(const struct amd_gpu *g, size_t n, struct meter_channel *const *energy);

/* Sensors of temperature by the number that both libraries give them. */
enum { AMD_EDGE, AMD_HOTSPOT, AMD_MEMORY, AMD_HEATS };

/* Is it one? 0 and all ones stand for a sensor that the GPU has not. */
bool amd_is_heat(double celsius);
void amd_heat_channel(const struct amd_gpu *g, size_t i, unsigned sensor, const char *call,
		      struct meter_channel *ch);

#endif
