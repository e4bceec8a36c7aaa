/* See cap_curve.h. Pure: no file, no device, no currency. */
#include "base/cap_curve.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

void power_caps_free(struct power_caps *c)
{
	free(c->cap);
	*c = (struct power_caps){ 0 };
}

double power_cap_cost(const struct power_cap *c, double per_joule, double per_second)
{
	return c->joules * per_joule + c->seconds * per_second;
}

double power_cap_half(const struct power_cap *c, double per_joule, double per_second)
{
	return (per_joule > 0 ? c->half_joules * per_joule : 0) +
	       (per_second > 0 ? c->half_seconds * per_second : 0);
}

/* An interval that is not known tells only equal costs to be alike. */
static double known_half(const struct power_cap *c, double per_joule, double per_second)
{
	const double half = power_cap_half(c, per_joule, per_second);

	return isnan(half) ? 0 : half;
}

static bool has_figure(const struct power_cap *c, double per_joule, double per_second)
{
	return isfinite(c->joules) && isfinite(power_cap_cost(c, per_joule, per_second));
}

bool power_caps_alike(const struct power_caps *c, const struct cap_least *l, size_t i,
		      double per_joule, double per_second)
{
	const struct power_cap *a = &c->cap[i];

	if (l->best >= c->n || !has_figure(a, per_joule, per_second))
		return false;
	const struct power_cap *b = &c->cap[l->best];

	return power_cap_cost(a, per_joule, per_second) - known_half(a, per_joule, per_second) <=
	       power_cap_cost(b, per_joule, per_second) + known_half(b, per_joule, per_second);
}

struct cap_least power_caps_least(const struct power_caps *c, double per_joule, double per_second)
{
	struct cap_least l = { .best = c->n };
	size_t figures = 0;

	for (size_t i = 0; i < c->n; i++) {
		if (!has_figure(&c->cap[i], per_joule, per_second))
			continue;
		figures++;
		if (l.best == c->n || power_cap_cost(&c->cap[i], per_joule, per_second) <
					      power_cap_cost(&c->cap[l.best], per_joule, per_second))
			l.best = i;
	}
	if (figures < 2 && c->n > 1) /* the least of one is no finding */
		l.best = c->n;
	for (size_t i = 0; i < c->n && l.best < c->n; i++) {
		if (i == l.best)
			continue;
		l.alike += power_caps_alike(c, &l, i, per_joule, per_second);
		l.known |= !isnan(power_cap_half(&c->cap[l.best], per_joule, per_second)) &&
			   !isnan(power_cap_half(&c->cap[i], per_joule, per_second));
	}
	return l;
}

/* ---- rows ---------------------------------------------------------------------------------- */

double cap_of_tunables(const char *tunables)
{
	const char *p = tunables ? strstr(tunables, CM_CAP_TUNABLE) : NULL;

	return p ? strtod(p + strlen(CM_CAP_TUNABLE), NULL) : NAN;
}

char *cap_device_dup(const struct result_row *r)
{
	char end[48];
	const int n = snprintf(end, sizeof end, CM_CAP_DEVICE, cap_of_tunables(r->tunables));

	return cm_ends(r->device, end) ? cm_strndup(r->device, strlen(r->device) - (size_t)n)
				       : cm_strdup(r->device);
}

static bool same_device(const struct result_row *a, const struct result_row *b)
{
	char *x = cap_device_dup(a), *y = cap_device_dup(b);
	const bool same = !strcmp(x, y);

	free(x);
	free(y);
	return same;
}

/* Length of the tunables before the cap. */
static size_t own_part(const char *tunables)
{
	return (size_t)(strstr(tunables, CM_CAP_TUNABLE) - tunables);
}

static bool same_but_cap(const struct result_row *a, const struct result_row *b)
{
	const struct { const char *a, *b; } text[] = {
		{ a->kernel, b->kernel }, { a->op, b->op }, { a->variant, b->variant },
		{ a->tuned_by, b->tuned_by }, { a->type, b->type }, { a->backend, b->backend },
		{ a->run_id, b->run_id },
	};

	for (size_t i = 0; i < CM_COUNT(text); i++)
		if (strcmp(text[i].a, text[i].b) != 0)
			return false;
	return a->size == b->size && !isnan(cap_of_tunables(b->tunables)) && same_device(a, b) &&
	       own_part(a->tunables) == own_part(b->tunables) &&
	       strncmp(a->tunables, b->tunables, own_part(a->tunables)) == 0;
}

static struct power_cap cap_of(const struct result_row *r)
{
	const bool measured = !r->joules.missing && r->joules.basis == CM_MEASURED;
	const double seconds = r->launches && r->work > 0 ? r->time_ns * 1e-9 / r->work : NAN;
	const double time_share = r->launches > 1 ? (r->rate.hi - r->rate.lo) / 2 / fabs(r->rate.value) : NAN;

	/* Between launches; a meter's own error is the same at every cap and tells none apart. */
	return (struct power_cap){
		.watts = cap_of_tunables(r->tunables),
		.seconds = seconds,
		.half_seconds = seconds * time_share,
		.joules = measured ? r->joules.value : NAN,
		.half_joules = measured ? r->joules.value * r->energy.half_share : NAN,
		.tries = r->launches,
	};
}

const char *cap_row_why_not(const struct result_row *r)
{
	if (r->joules.missing)
		return r->joules.missing;
	return r->joules.basis == CM_MEASURED ? "" : "not measured: a modelled joule cannot see a cap";
}

static void insert(struct cap_rows *s, const struct result_row *r)
{
	const struct power_cap c = cap_of(r);
	size_t at = s->caps.n++;

	for (; at && s->caps.cap[at - 1].watts < c.watts; at--) {
		s->caps.cap[at] = s->caps.cap[at - 1];
		s->row[at] = s->row[at - 1];
	}
	s->caps.cap[at] = c;
	s->row[at] = r;
}

bool cap_rows_gather(const struct result_row *row, size_t n, size_t i, struct cap_rows *out)
{
	struct cap_rows s = { .row = NULL };

	if (isnan(cap_of_tunables(row[i].tunables)))
		return false;
	for (size_t k = 0; k < i; k++)
		if (!isnan(cap_of_tunables(row[k].tunables)) && same_but_cap(&row[i], &row[k]))
			return false;
	s.row = cm_alloc(n * sizeof(const struct result_row *));
	s.caps.cap = cm_alloc(n * sizeof *s.caps.cap);
	for (size_t k = i; k < n; k++)
		if (same_but_cap(&row[i], &row[k]))
			insert(&s, &row[k]);
	*out = s;
	return true;
}

void cap_rows_free(struct cap_rows *c)
{
	free(c->row);
	power_caps_free(&c->caps);
	*c = (struct cap_rows){ .row = NULL };
}
