/*
 * Energy of a row from its launches: joules per unit of work, gross and net of idle; whether the
 * launches are enough to stop at; the limits that were in force and how long they held; and whether
 * the machine was steady. Each launch is one window. Reads summaries as launch_energy.c writes
 * them; knows no store.
 */
#include "engine/rows_energy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/energy_stop.h"

#define HELD_SHARE 0.01 /* a figure with more than this is labelled (R19) */

static double number(const struct cmj *s, const char *key)
{
	return cmj_double(cmj_get(s, key), NAN);
}

static double work_of(const struct cmj *s, const struct result_row *row)
{
	return number(s, "timed_iterations") * row->work;
}

static double window_of(const struct cmj *s, const struct result_row *row)
{
	(void)row;
	return number(s, "window_s");
}

/* A sum over launches of a figure of joules, by their work or their time. What the rest of a window
 * drew is at most what its share of the time draws at work: the lower end is without it. */
static struct figure energy_by(double (*of)(const struct cmj *, const struct result_row *),
			       const struct cmj *const *s, size_t n, const char *key, const char *unit,
			       const struct result_row *row)
{
	double v[3] = {0, 0, 0}, by = 0;
	enum cm_basis basis = CM_MEASURED;
	unsigned used = 0, idle_share = 0;

	for (size_t i = 0; i < n; i++) {
		enum cm_basis b;
		char name[32];

		if (!cmj_get(s[i], key))
			continue;
		if (energy_work_share(s[i]) < ENERGY_WORK_SHARE) {
			idle_share++;
			continue;
		}
		if (cm_basis_parse(cmj_text(cmj_get(s[i], "joules_basis"), ""), &b))
			basis = cm_basis_weakest(basis, b);
		v[0] += number(s[i], key);
		snprintf(name, sizeof name, "%s_lo", key);
		v[1] += number(s[i], name) - (1 - energy_work_share(s[i])) * number(s[i], "joules");
		snprintf(name, sizeof name, "%s_hi", key);
		v[2] += number(s[i], name);
		by += of(s[i], row);
		used++;
	}
	if (!used && idle_share)
		return cm_figure_missing(unit, "the kernel worked in less than nine tenths of each window");
	if (!used || !(by > 0))
		return cm_figure_missing(unit, used ? "the kernel does no work" : "");
	return cm_figure_range(v[0] / by, v[1] / by, v[2] / by, unit, used, basis);
}

/* Mean of the launches' watts, from the least to the most. */
static struct figure idle_of(const struct cmj *const *s, size_t n, const char *key,
			     const char *why_key, struct pool *pool)
{
	const char *why = "no launch measured it";
	enum cm_basis basis = CM_MEASURED, b;
	double sum = 0, lo = INFINITY, hi = -INFINITY;
	unsigned used = 0;

	for (size_t i = 0; i < n; i++) {
		const double w = number(s[i], key);
		const char *said = cmj_text(cmj_get(s[i], why_key), NULL);

		if (said)
			why = said;
		if (isnan(w))
			continue;
		if (cm_basis_parse(cmj_text(cmj_get(s[i], "joules_basis"), ""), &b))
			basis = cm_basis_weakest(basis, b);
		sum += w;
		lo = fmin(lo, w);
		hi = fmax(hi, w);
		used++;
	}
	return used ? cm_figure_range(sum / used, lo, hi, "W", used, basis)
		    : cm_figure_missing("W", pool_dup(pool, why));
}

/* Enough windows, and alike enough, and why no more were taken? One launch is one window; drift is between
 * the halves of the launches. */
static void add_stop(const struct cmj *const *s, size_t n, struct pool *pool,
		     struct result_row *row)
{
	struct row_energy *e = &row->energy;
	double *x = cm_alloc((n + 1) * sizeof *x), half[2] = {0, 0};
	const char *ended = "";
	size_t used = 0;

	e->stopped_by = NULL;
	for (size_t i = 0; i < n; i++) {
		const double per = energy_per_iteration(s[i]);
		const char *says = cmj_text(cmj_get(s[i], "joules_stop_says"), NULL);

		if (isfinite(per))
			x[used++] = per;
		if (says) { /* a later launch's word stands: a resumed run went on */
			ended = pool_printf(pool, "; %s", says);
			e->stopped_by =
				pool_dup(pool, cmj_text(cmj_get(s[i], "joules_stopped_by"), ""));
		}
	}
	e->windows = (unsigned)used;
	e->half_share = energy_half_share(x, used);
	for (size_t i = 0; i < used / 2; i++) {
		half[0] += x[i];
		half[1] += x[used - 1 - i];
	}
	if (!used)
		e->stop = "no window with joules";
	else if (used == 1)
		e->stop = pool_printf(pool, "1 window, fewer than %d: the spread is not known%s",
				      ENERGY_LEAST, ended);
	else
		e->stop = pool_printf(pool, "%zu windows%s, half width %.*f %% of the mean%s%s%s",
				      used, used < ENERGY_LEAST ? ", fewer than 5" : "",
				      e->half_share < 0.01 ? 2 : e->half_share < 0.1 ? 1 : 0,
				      100 * e->half_share,
				      e->half_share < ENERGY_HALF_SHARE ? "" : ", above 2 %",
				      used >= ENERGY_LEAST && half[0] > 0 &&
						      fabs(half[1] / half[0] - 1) >
							      fmax(ENERGY_HALF_SHARE, e->half_share)
					      ? "; the later windows differ from the earlier ones"
					      : "",
				      ended);
	free(x);
}

/* "package-0 125 W (usual 165 W)" of each channel of the last launch; another limit in another
 * launch is said. */
static void add_limits(const struct cmj *const *s, size_t n, struct pool *pool,
		       struct row_energy *e)
{
	const struct cmj *last = n ? cmj_get(s[n - 1], "readings") : NULL;
	struct str out = {0};
	bool varied = false;

	for (size_t k = 0; k < cmj_len(last); k++) {
		const struct cmj *r = cmj_at(last, k);
		const double limit = number(r, "limit_w"), usual = number(r, "usual_limit_w");

		if (isnan(limit))
			continue;
		str_addf(&out, "%s%s %.5g W", out.len ? ", " : "",
			 cmj_text(cmj_get(r, "channel"), "?"), limit);
		if (!isnan(usual) && usual != limit)
			str_addf(&out, " (usual %.5g W)", usual);
		for (size_t i = 0; i + 1 < n; i++) {
			const double other =
				number(cmj_at(cmj_get(s[i], "readings"), k), "limit_w");

			varied |= !isnan(other) && other != limit;
		}
	}
	if (varied)
		str_add(&out, "; not the same in every launch");
	e->limits = out.len ? pool_dup(pool, str_get(&out))
			    : "not known: no counted channel states a limit";
	str_free(&out);
}

/* Of each limit the seconds over all windows; those above a hundredth are named. */
static void add_held(const struct cmj *const *s, size_t n, struct pool *pool, struct row_energy *e)
{
	struct str out = {0};
	double window_s = 0;
	size_t watched = 0;

	e->held_share = NAN;
	for (size_t i = 0; i < n; i++)
		window_s += number(s[i], "window_s");
	const struct cmj *list = n ? cmj_get(s[n - 1], "held") : NULL;

	for (size_t k = 0; k < cmj_len(list); k++) {
		const char *what = cmj_text(cmj_get(cmj_at(list, k), "what"), "?");
		double held_s = 0;

		for (size_t i = 0; i < n; i++)
			for (size_t m = 0; m < cmj_len(cmj_get(s[i], "held")); m++) {
				const struct cmj *o = cmj_at(cmj_get(s[i], "held"), m);

				if (!strcmp(cmj_text(cmj_get(o, "what"), ""), what))
					held_s += number(o, "s");
			}
		const double share = window_s > 0 ? fmin(1, held_s / window_s) : NAN;
		if (isnan(share))
			continue;
		watched++;
		e->held_share = isnan(e->held_share) ? share : fmax(e->held_share, share);
		if (share > HELD_SHARE)
			str_addf(&out, "%s%s for %.0f %% of the time", out.len ? ", " : "", what,
				 100 * share);
	}
	e->held = out.len   ? pool_dup(pool, str_get(&out))
		  : watched ? pool_printf(pool,
					  "by none of %zu limits for more than 1 %% of the time",
					  watched)
			    : "not known: no counter of limits here";
	str_free(&out);
}

static void add_steady(const struct cmj *const *s, size_t n, struct pool *pool,
		       struct row_energy *e)
{
	const char *good = NULL, *bad = NULL, *none = NULL;
	size_t moved = 0, watched = 0;

	for (size_t i = 0; i < n; i++) {
		const struct cmj *o = cmj_get(s[i], "steady"), *is = cmj_get(o, "steady");
		const char *says = cmj_text(cmj_get(o, "says"), NULL);

		if (!says)
			continue;
		if (!strncmp(says, "not watched", strlen("not watched"))) {
			none = says;
			continue;
		}
		watched++;
		moved += !cmj_is_true(is);
		*(cmj_is_true(is) ? &good : &bad) = says;
	}
	e->not_steady = watched && 2 * moved >= watched;
	e->steady = bad && watched > 1
			    ? pool_printf(pool, "%zu of %zu windows %s", moved, watched, bad)
		    : bad  ? pool_dup(pool, bad)
		    : good ? pool_dup(pool, good)
		    : none ? pool_dup(pool, none)
			   : "not watched";
}

/* Of the sensor that the last launch moved most: how warm launches began and ended, and what was waited. */
static void add_cooling(const struct cmj *const *s, size_t n, struct pool *pool,
			struct row_energy *e)
{
	double first = NAN, begun[2] = {INFINITY, -INFINITY}, end = -INFINITY, waited = 0;
	const char *sensor = NULL, *none = NULL;
	char wait[80] = "no wait for it to cool down";

	for (size_t i = 0; i < n; i++) {
		const struct cmj *o = cmj_get(s[i], "cooling");
		const char *name = cmj_text(cmj_get(o, "sensor"), NULL);

		if (!name) {
			none = cmj_text(cmj_get(o, "says"), none);
			continue;
		}
		if (sensor && strcmp(sensor, name) != 0) { /* another one was moved most */
			begun[0] = INFINITY;
			begun[1] = end = -INFINITY;
		}
		sensor = name;
		first = number(o, "first_c");
		begun[0] = fmin(begun[0], number(o, "start_c"));
		begun[1] = fmax(begun[1], number(o, "start_c"));
		end = fmax(end, number(o, "end_c"));
		waited += fmax(number(o, "waited_s"), 0);
	}
	e->start_c = sensor ? begun[1] : NAN;
	e->end_c = sensor ? end : NAN;
	e->waited_s = sensor ? waited : NAN;
	if (waited >= 0.1)
		snprintf(wait, sizeof wait, "%.1f s were waited for it to cool down", waited);
	e->cooling = sensor ? pool_printf(pool,
					  "%s: launches began at %.1f to %.1f °C (%.1f before the "
					  "first) and ended at up to %.1f; %s",
					  sensor, begun[0], begun[1], first, end, wait)
		     : none ? pool_dup(pool, none)
			    : "not known";
}

void rows_energy(const struct cmj *const *s, size_t n, const char *missing, const char *work_unit,
		 struct pool *pool, struct result_row *row)
{
	const char *unit = pool_printf(pool, "J/%s", work_unit);
	struct row_energy *e = &row->energy;

	row->joules = n ? energy_by(work_of, s, n, "joules", unit, row) : cm_figure_missing(unit, missing);
	e->net = n ? energy_by(work_of, s, n, "net_joules", unit, row) : cm_figure_missing(unit, missing);
	e->watts = n ? energy_by(window_of, s, n, "joules", "W", row) : cm_figure_missing("W", missing);
	for (size_t i = 0; i < n; i++)
		row->joules_scope =
			pool_printf(pool, "%s, %s", cmj_text(cmj_get(s[i], "scope"), "?"),
				    cmj_text(cmj_get(s[i], "meter"), "?"));
	e->idle_before = n ? idle_of(s, n, "idle_before_w", "idle_before_missing", pool)
			   : cm_figure_missing("W", missing);
	e->idle_after = n ? idle_of(s, n, "idle_after_w", "idle_after_missing", pool)
			  : cm_figure_missing("W", missing);
	if (n && e->net.missing &&
	    !*e->net.missing) /* gross stands alone: idle was not seen on both sides */
		e->net = cm_figure_missing(unit, e->idle_before.missing ? e->idle_before.missing
						 : e->idle_after.missing
							 ? e->idle_after.missing
							 : "idle was not measured on both sides");
	if (!e->net.missing && e->net.basis == CM_MEASURED)
		e->net.basis = CM_DERIVED;
	add_stop(s, n, pool, row);
	add_limits(s, n, pool, e);
	add_held(s, n, pool, e);
	add_steady(s, n, pool, e);
	add_cooling(s, n, pool, e);
	e->note = n ? pool_dup(pool, cmj_text(cmj_get(s[n - 1], "meter_note"), "")) : "";
}

static void figure_members(struct cmj *o, const char *name, const struct figure *f)
{
	const bool known = f->unit && !f->missing;
	const double v[] = {f->value, f->lo, f->hi};
	static const char *const end[] = {"", "_lo", "_hi"};
	char key[48];

	for (size_t i = 0; i < CM_COUNT(v); i++) {
		snprintf(key, sizeof key, "%s%s", name, end[i]);
		cmj_set(o, key, cmj_number(known ? v[i] : NAN));
	}
	snprintf(key, sizeof key, "%s_basis", name);
	cmj_set(o, key, cmj_string(known ? cm_basis_word(f->basis) : NULL));
	snprintf(key, sizeof key, "%s_missing", name);
	cmj_set(o, key, cmj_string(known ? NULL : f->unit ? f->missing : "not measured"));
}

void rows_energy_json(const struct result_row *r, struct cmj *o)
{
	const struct row_energy *e = &r->energy;
	const bool asked = e->net.unit != NULL;

	figure_members(o, "net_joules", &e->net);
	figure_members(o, "watts", &e->watts);
	figure_members(o, "idle_before_w", &e->idle_before);
	figure_members(o, "idle_after_w", &e->idle_after);
	cmj_set(o, "joules_windows", cmj_int(e->windows));
	cmj_set(o, "joules_half_width_share", cmj_number(asked ? e->half_share : NAN));
	cmj_set(o, "joules_stop", cmj_string(e->stop));
	cmj_set(o, "joules_stopped_by", cmj_string(e->stopped_by));
	cmj_set(o, "joules_note", cmj_string(e->note));
	cmj_set(o, "cooling", cmj_string(e->cooling));
	cmj_set(o, "start_c", cmj_number(asked ? e->start_c : NAN));
	cmj_set(o, "end_c", cmj_number(asked ? e->end_c : NAN));
	cmj_set(o, "cooled_s", cmj_number(asked ? e->waited_s : NAN));
	cmj_set(o, "power_limits", cmj_string(e->limits));
	cmj_set(o, "held_back", cmj_string(e->held));
	cmj_set(o, "held_share", cmj_number(asked ? e->held_share : NAN));
	cmj_set(o, "steady",
		e->steady && strncmp(e->steady, "not watched", strlen("not watched")) != 0
			? cmj_bool(!e->not_steady)
			: cmj_null());
	cmj_set(o, "steady_says", cmj_string(e->steady));
}
