/* Order statistics and intervals: pure, no clock, no I/O. Sources: shared research page on regression. */
#ifndef CM_ENGINE_STATS_H
#define CM_ENGINE_STATS_H

#include <stdbool.h>
#include <stddef.h>

struct interval { double mid, lo, hi; bool known; }; /* known false: too few values; lo = hi = mid */

double stats_median(double *x, size_t n);             /* sorts x; NaN for n = 0 */
/* 95 % interval of the median from order statistics (binomial ranks); needs n >= 6. Sorts x. */
struct interval stats_median_ci(double *x, size_t n);
/* 95 % interval of the centre of launch medians: Student's t about their mean for n = 2 … 5, order
 * statistics from 6 on. mid is the median. Sorts x. */
struct interval stats_launch_ci(double *x, size_t n);
double stats_t975(unsigned degrees);                   /* 97.5 % point of Student's t */

#endif
