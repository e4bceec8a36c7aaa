/* The graph as JavaScript, for the page's what-if. */
#ifndef CM_MODEL_PRINT_SCRIPT_H
#define CM_MODEL_PRINT_SCRIPT_H

#include "model/model.h"

/*
 * An expression whose value is a function. It takes an array with a number for each input, in the order
 * of model_inputs(), and returns an array with the value of each of the given lines: a number, or a
 * Float64Array of the months 0 … N. A NULL list is every line. A value that does not exist is NaN.
 */
void model_script(const struct model *m, const uint32_t *line, size_t lines, struct str *out);

#endif
