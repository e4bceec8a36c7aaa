/*
 * What depends on an input, and what of it a given answer needs: so that one changed input recomputes
 * a few nodes and not the whole graph. Steps are node numbers in the order they need; a recurrence
 * stands for all its nodes by its first one. Knows no values.
 */
#ifndef CM_MODEL_REACH_H
#define CM_MODEL_REACH_H

#include "model/model.h"

struct reach;

struct reach *reach_new(const struct model *m);
void reach_free(struct reach *r);
/* Every step that depends on the input of that line; kept, so that asking again is free. */
const uint32_t *reach_steps(struct reach *r, uint32_t line, size_t *n);
/* Of the steps that depend on any of the inputs, those that the lines need. The array is the
 * caller's, free(). */
size_t reach_plan(struct reach *r, const uint32_t *input, size_t inputs, const uint32_t *line,
		  size_t lines, uint32_t **steps);

#endif
