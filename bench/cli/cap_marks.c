/* See cap_marks.h. A cap is called the least only where the intervals of the others lie above its own. */
#include "cli/cap_marks.h"

#include <math.h>
#include <stdio.h>

struct cap_marks cap_marks_of(const struct power_caps *c, const struct cap_prices *p)
{
	struct cap_marks m = { .caps = c, .prices = p, .energy = power_caps_least(c, 1, 0) };

	m.cost = p->money ? power_caps_least(c, p->per_joule, p->per_second)
			  : (struct cap_least){ .best = c->n };
	return m;
}

static bool is_alike(const struct cap_marks *m, bool cost, size_t i)
{
	return cost ? power_caps_alike(m->caps, &m->cost, i, m->prices->per_joule, m->prices->per_second)
		    : power_caps_alike(m->caps, &m->energy, i, 1, 0);
}

void cap_marks_text(const struct cap_marks *m, size_t i, char *out, size_t cap)
{
	int n = 0;

	*out = '\0';
	if (is_alike(m, false, i))
		n = snprintf(out, cap, "%sleast energy", m->energy.alike ? "among the " : "");
	if (is_alike(m, true, i))
		snprintf(out + n, cap - (size_t)n, "%s%sleast cost", n ? ", " : "",
			 m->cost.alike ? "among the " : "");
}

void cap_marks_band(const struct cap_marks *m, size_t i, char *out, size_t cap)
{
	const struct power_cap *c = &m->caps->cap[i];
	const struct cap_prices *p = m->prices;
	const double share = p->money ? power_cap_half(c, p->per_joule, p->per_second) /
						power_cap_cost(c, p->per_joule, p->per_second)
				      : c->half_joules / c->joules;

	if (isfinite(share))
		snprintf(out, cap, "%.*f %%", share < 0.1 ? 1 : 0, 100 * share);
	else
		snprintf(out, cap, "-");
}

static void print_alike(const struct cap_marks *m, const struct cap_least *l, const char *what,
			double per_joule, double per_second)
{
	const char *between = "";

	if (l->best >= m->caps->n || !l->alike)
		return;
	printf("Not told apart as the cap of least %s (%s): ", what,
	       l->known ? "their 95 % intervals overlap" : "the same figure");
	for (size_t i = 0; i < m->caps->n; i++) {
		if (!power_caps_alike(m->caps, l, i, per_joule, per_second))
			continue;
		printf("%s%.6g W", between, m->caps->cap[i].watts);
		between = ", ";
	}
	puts(".");
}

void cap_marks_print(const struct cap_marks *m)
{
	if (m->caps->n < 2 || m->energy.best >= m->caps->n)
		return;
	if (!m->energy.known)
		puts("One try at a cap tells no spread: caps with nearly the same figure may not differ.");
	print_alike(m, &m->energy, "energy", 1, 0);
	print_alike(m, &m->cost, "cost", m->prices->per_joule, m->prices->per_second);
}

static void least_json(const struct cap_marks *m, bool cost, struct cmj *o)
{
	const struct cap_least *l = cost ? &m->cost : &m->energy;
	struct cmj *alike = cmj_array();
	char key[40];

	for (size_t i = 0; i < m->caps->n; i++)
		if (i != l->best && is_alike(m, cost, i))
			cmj_push(alike, cmj_number(m->caps->cap[i].watts));
	snprintf(key, sizeof key, "least_%s_w", cost ? "cost" : "energy");
	cmj_set(o, key, l->best < m->caps->n ? cmj_number(m->caps->cap[l->best].watts) : cmj_null());
	snprintf(key, sizeof key, "least_%s_alike_w", cost ? "cost" : "energy");
	cmj_set(o, key, alike);
	snprintf(key, sizeof key, "least_%s_spread_known", cost ? "cost" : "energy");
	cmj_set(o, key, cmj_bool(l->known));
}

void cap_marks_json(const struct cap_marks *m, struct cmj *o)
{
	least_json(m, false, o);
	least_json(m, true, o);
}
