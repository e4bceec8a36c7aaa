/* The stop rule of joules (see energy_stop.h). */
#include "engine/energy_stop.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "engine/stats.h"

static double number(const struct cmj *s, const char *key)
{
	return cmj_double(cmj_get(s, key), NAN);
}

double energy_work_share(const struct cmj *s)
{
	return cmj_double(cmj_get(s, "work_share"), 1);
}

double energy_per_iteration(const struct cmj *s)
{
	const double per = number(s, "joules") / number(s, "timed_iterations");

	return isfinite(per) && energy_work_share(s) >= ENERGY_WORK_SHARE ? per : NAN;
}

double energy_half_share(const double *x, size_t n)
{
	double sum = 0, square = 0;

	if (n < 2)
		return NAN;
	for (size_t i = 0; i < n; i++)
		sum += x[i];
	const double mean = sum / (double)n;
	for (size_t i = 0; i < n; i++)
		square += (x[i] - mean) * (x[i] - mean);
	return stats_t975((unsigned)n - 1) * sqrt(square / (double)(n - 1) / (double)n) / fabs(mean);
}

void energy_windows_add(struct energy_windows *w, const struct cmj *summary)
{
	const double per = energy_per_iteration(summary);

	if (isnan(per) || strcmp(cmj_text(cmj_get(summary, "joules_basis"), ""), "measured") != 0)
		return;
	w->measured = true;
	w->need_s = fmax(w->need_s, cmj_double(cmj_get(summary, "window_need_s"), 0));
	CM_PUSH(w->per, w->n, w->cap);
	w->per[w->n++] = per;
}

bool energy_windows_met(const struct energy_windows *w)
{
	return w->n >= ENERGY_LEAST && energy_half_share(w->per, w->n) < ENERGY_HALF_SHARE;
}

size_t energy_windows_lack(const struct energy_windows *w, size_t coming)
{
	if (!w->measured || energy_windows_met(w))
		return 0;
	if (w->n + coming < ENERGY_LEAST)
		return ENERGY_LEAST - w->n - coming;
	return coming ? 0 : 1;
}

void energy_windows_free(struct energy_windows *w)
{
	free(w->per);
	*w = (struct energy_windows){ 0 };
}
