/* From nodes to normal forms: what depends on a draw, month by month; all else is the evaluator's value. */
#ifndef CM_MODEL_UNROLL_H
#define CM_MODEL_UNROLL_H

#include "model/poly.h"
#include "model/sample_draw.h"

/* out[k]: the polynomial of line k. base is evaluated; the steps are those that depend on the draws and
 * that the lines need (reach_plan()). */
struct unroll {
	const struct eval *base;
	const struct draw *draw;
	size_t draws;
	const uint32_t *step;
	size_t steps;
};
void unroll_lines(const struct unroll *u, struct polys *p, const uint32_t *line, size_t lines, uint32_t *out);

#endif
