/*
 * Power limits that a fake driver keeps: in the file of $CM_FAKE_AMD_LIMITS, "uW" a line for each
 * GPU, so that they outlive a process as real ones do; each that was set, in order, is a line "GPU
 * uW" of $CM_FAKE_AMD_SETS.
 */
#ifndef FAKE_LIMITS_H
#define FAKE_LIMITS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { FAKE_GPUS = 16 };

/* 0: it is read or set; else there is no such file. */
static inline int fake_limit(unsigned gpu, uint64_t *uw, int set)
{
	unsigned long long all[FAKE_GPUS] = {0};
	const char *path = getenv("CM_FAKE_AMD_LIMITS"), *sets = getenv("CM_FAKE_AMD_SETS");
	FILE *f = path ? fopen(path, "r") : NULL;

	if (!f)
		return 1;
	for (int i = 0; i < FAKE_GPUS && fscanf(f, "%llu", &all[i]) == 1; i++)
		;
	fclose(f);
	if (!set) {
		*uw = all[gpu];
		return 0;
	}
	all[gpu] = *uw;
	f = sets ? fopen(sets, "a") : NULL;
	if (f) {
		fprintf(f, "%u %llu\n", gpu, all[gpu]);
		fclose(f);
	}
	f = fopen(path, "w");
	if (!f)
		return 1;
	for (int i = 0; i < FAKE_GPUS && all[i]; i++)
		fprintf(f, "%llu\n", all[i]);
	return fclose(f) != 0;
}

/* As the real driver: whole watts; what is below floor or above ceil (W; 0 = none) is clipped. */
static inline uint64_t fake_clip(uint64_t uw, double floor_w, double ceil_w)
{
	double w = (double)(uw / 1000000);

	w = floor_w > 0 && w < floor_w ? floor_w : w;
	w = ceil_w > 0 && w > ceil_w ? ceil_w : w;
	return (uint64_t)(w * 1e6);
}

#endif
