/*
 * Derivatives of one line by every input, by one reverse sweep over the evaluated graph.
 *
 * Where a function has a step or a corner, a convention holds. Steps (floor, ceil, comparisons, logic,
 * erlang_servers, macrs, the month of value(), the number of servers of erlang_c) contribute 0, their
 * derivative everywhere but at the step. At a corner (abs at 0, min and max of equals) it is the mean of both
 * sides, as a central difference has it; if() follows the branch that is taken; the root of 0, and a
 * power of a base that is not above 0 by its exponent, contribute 0. irr is differentiated implicitly.
 */
#ifndef CM_MODEL_GRADIENT_H
#define CM_MODEL_GRADIENT_H

#include "model/model.h"

/* d[i] = ∂line/∂input i, in the order of model_inputs(), at the values of e (after eval_all()). Of a
 * monthly series it is the gradient of the sum over its months. CM_EINPUT: the line has no finite value. */
enum cm_status model_gradient(const struct eval *e, uint32_t line, double *d, struct cm_err *err);

#endif
