/* What the files of a contest share, and nobody else sees. */
#ifndef CM_ENGINE_CONTEST_INNER_H
#define CM_ENGINE_CONTEST_INNER_H

#include "engine/contest.h"

#define MISSING(c, ...) contest_say((c), &(c)->missing, &(c)->nmissing, &(c)->missing_cap, __VA_ARGS__)
#define NOTE(c, ...) contest_say((c), &(c)->note, &(c)->nnotes, &(c)->notes_cap, __VA_ARGS__)
#define FOOTNOTE(c, ...) contest_say((c), &(c)->footnote, &(c)->nfootnotes, &(c)->footnotes_cap, __VA_ARGS__)

/* contest_figures.c: what a row's figure is of, and every figure of one device. */
enum cm_status contest_work(struct contest *c, struct cm_err *err);
void contest_figures(struct contest *s, struct contender *c);

#endif
