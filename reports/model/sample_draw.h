/* Random values of uncertain inputs, addressed by counter. Inside the folder. */
#ifndef CM_MODEL_SAMPLE_DRAW_H
#define CM_MODEL_SAMPLE_DRAW_H

#include "model/model.h"

struct draw { /* one uncertain input: from a uniform number to its value */
	uint32_t input;          /* its place in model_inputs() */
	uint32_t line;
	enum spread_kind kind;
	uint64_t key;            /* of its stream */
	double p[5];             /* parameters, by kind (draw_of()) */
};

/* The uncertain inputs of a model; the array is the caller's. */
size_t draws_of(const struct model *m, uint64_t seed, const uint8_t *stream, struct draw **out);
double draw_value(const struct draw *d, uint64_t sample);
/* A normal number in the far end of either tail, where vectors leave it to draw_value(): the last of the
 * three parts of AS 241 begins at exp(-25) = 1.39e-11. */
#define DRAW_FAR 1.5e-11
bool draw_is_far(const struct draw *d, uint64_t sample);

#endif
