/* Functions of the model language that are more than one formula: tax schedules, queues, rates of
 * return. Pure; NaN where there is no answer. */
#ifndef CM_MODEL_SPECIAL_H
#define CM_MODEL_SPECIAL_H

#include <stddef.h>

/* Share of the price written off in tax year `year` (1, 2, …) under MACRS, half-year convention: 200 %
 * declining balance (150 % for 15 and 20 years), to straight line when that is more (IRS Pub. 946). */
double special_macrs(double life, double year);
/* Probability of waiting with n servers under a load of a erlangs (Erlang C, M/M/n). */
double special_erlang_c(double n, double a);
/* Its derivative by a; 0 where every arrival waits. */
double special_erlang_c_slope(double n, double a);
/* Least n that serves the share `level` within `wait` (in service times). */
double special_erlang_servers(double a, double level, double wait);
/* Present value at a rate of a period; the first value is not discounted. */
double special_worth(const double *cash, size_t n, double rate);
/* Rate of a period at which the present value is 0. */
double special_irr(const double *cash, size_t n);

#endif
