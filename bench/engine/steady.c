/*
 * Steady state around a window (see steady.h). The rule is a slope below 1 °C and below 1 % of the
 * power a minute. Windows are often shorter than what a sensor can show of such a slope, so the
 * sensor's own step and the scatter of power are left to it, and the sentence says for how long it
 * was watched.
 */
#include "engine/steady.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/sysfs.h"

#define SLOPE_C_MIN 1.0  /* °C a minute, … */
#define STEP_C 1.0       /* … beside the step of the usual sensor */
#define SLOPE_POWER 0.01 /* of the power a minute, … */
#define SCATTER 0.02     /* … beside what two halves of steady work differ by */
#define LEAST_POINTS 4   /* of power over time, for two halves */

static void add_sensor(struct steady *s, const char *folder, const char *file, const char *name)
{
	struct steady_sensor *x = &s->sensor[s->n];
	double c = 0;

	if (s->n == STEADY_SENSORS || sysfs_number(folder, file, 1e3, true, &c))
		return;
	*x = (struct steady_sensor){.c = {NAN, NAN, NAN}};
	snprintf(x->folder, sizeof x->folder, "%s", folder);
	snprintf(x->file, sizeof x->file, "%s", file);
	snprintf(x->name, sizeof x->name, "%s", name);
	s->n++;
}

static void add_zone(struct steady *s, const char *folder)
{
	char type[48] = "";

	sysfs_line(folder, "type", type, sizeof type);
	add_sensor(s, folder, "temp", type[0] ? type : "thermal zone");
}

static void add_monitor(struct steady *s, const char *folder)
{
	char chip[24] = "", label[32], name[64], file[48];

	sysfs_line(folder, "name", chip, sizeof chip);
	for (unsigned k = 1; k <= 32; k++) {
		snprintf(file, sizeof file, "temp%u_label", k);
		if (sysfs_line(folder, file, label, sizeof label))
			snprintf(label, sizeof label, "temp%u", k);
		snprintf(name, sizeof name, "%s %s", chip, label);
		snprintf(file, sizeof file, "temp%u_input", k);
		add_sensor(s, folder, file, name);
	}
}

static int only_named(const struct dirent *d)
{
	return cm_starts(d->d_name, "thermal_zone") || cm_starts(d->d_name, "hwmon");
}

static void add_gauges(struct steady *s, struct metering *meter)
{
	const struct metering_gauge *g = NULL;
	const size_t n = meter ? metering_gauges(meter, false, &g) : 0;

	s->meter = meter;
	for (size_t i = 0; i < n && s->n < STEADY_SENSORS; i++) {
		struct steady_sensor *x = &s->sensor[s->n++];

		*x = (struct steady_sensor){.c = {NAN, NAN, NAN}};
		snprintf(x->name, sizeof x->name, "%s", g[i].name);
	}
}

void steady_open(const char *root, struct metering *meter, struct steady *s)
{
	static const struct {
		const char *dir;
		void (*add)(struct steady *, const char *);
	} from[] = {
		{"sys/class/thermal", add_zone},
		{"sys/class/hwmon", add_monitor},
	};

	memset(s, 0, sizeof *s);
	add_gauges(s, meter);
	for (size_t i = 0; i < CM_COUNT(from); i++) {
		struct dirent **list = NULL;
		char dir[320], folder[400];
		int n;

		snprintf(dir, sizeof dir, "%s/%s", root ? root : "", from[i].dir);
		n = scandir(dir, &list, only_named, alphasort);
		for (int k = 0; k < n; k++) {
			if ((size_t)snprintf(folder, sizeof folder, "%s/%s", dir, list[k]->d_name) <
			    sizeof folder)
				from[i].add(s, folder);
			free(list[k]);
		}
		free(list);
	}
}

void steady_read(struct steady *s, enum steady_mark mark, double now_s)
{
	const struct metering_gauge *g = NULL;
	const size_t gauges = s->meter ? metering_gauges(s->meter, mark != STEADY_END, &g) : 0;

	s->at_s[mark] = now_s;
	for (size_t i = 0; i < s->n; i++) {
		struct steady_sensor *x = &s->sensor[i];

		if (!x->folder[0])
			x->c[mark] = i < gauges ? g[i].value : NAN;
		else if (sysfs_number(x->folder, x->file, 1e3, true, &x->c[mark]))
			x->c[mark] = NAN;
	}
}

/* How often over its limit a sensor moved between two marks; NaN: not known. */
static double excess(const struct steady *s, const struct steady_sensor *x, size_t from, size_t to)
{
	const double minutes = (s->at_s[to] - s->at_s[from]) / 60;

	return fabs(x->c[to] - x->c[from]) / (STEP_C + SLOPE_C_MIN * fmax(minutes, 0));
}

/* The second half of the window's power over the first, less 1; NaN: too few points. */
static double power_change(const struct metering_result *r)
{
	double j[2] = {0, 0}, t[2] = {0, 0}, before = 0;

	if (r->joules.missing || r->at_n < LEAST_POINTS)
		return NAN;
	for (size_t i = 0; i < r->at_n; i++) {
		const double dt = r->at_s[i] - before;
		const size_t half = (before + r->at_s[i]) / 2 > r->window_s / 2;

		j[half] += r->at_w[i] * dt;
		t[half] += dt;
		before = r->at_s[i];
	}
	return t[0] > 0 && t[1] > 0 && j[0] > 0 ? j[1] / t[1] / (j[0] / t[0]) - 1 : NAN;
}

struct cmj *steady_judge(const struct steady *s, const struct metering_result *r)
{
	struct cmj *o = cmj_object();
	const struct steady_sensor *most = NULL;
	const double change = power_change(r),
		     watched = s->at_s[STEADY_END] - s->at_s[STEADY_BEFORE];
	/* The edges of both halves may hold energy of the other. */
	const double edge = r->joules.missing ? 0 : 4 * r->edge_j / r->joules.value;
	const double allowed = SCATTER + edge + SLOPE_POWER * r->window_s / 2 / 60;
	double worst = -1;
	size_t at = 0;
	struct str text = {0};

	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < 2; k++)
			if (excess(s, &s->sensor[i], k, k + 1) > worst) {
				worst = excess(s, &s->sensor[i], k, k + 1);
				most = &s->sensor[i];
				at = k;
			}
	const bool hot = worst > 1, moved = fabs(change) > allowed;

	if (most) {
		cmj_set(o, "sensor", cmj_string(most->name));
		cmj_set(o, "from_c", cmj_number(most->c[at]));
		cmj_set(o, "to_c", cmj_number(most->c[at + 1]));
	}
	cmj_set(o, "watched_s", cmj_number(watched));
	cmj_set(o, "power_change", cmj_number(change));
	if (!most && isnan(change)) {
		cmj_set(o, "steady", cmj_null());
		cmj_set(o, "says",
			cmj_string("not watched: no temperature sensor and no power over time"));
		return o;
	}
	str_add(&text, hot || moved ? "not steady: " : "steady: ");
	if (most)
		str_addf(&text, "%s went from %.1f to %.1f °C in %.3g s %s", most->name,
			 most->c[at], most->c[at + 1], s->at_s[at + 1] - s->at_s[at],
			 at ? "of the window" : "before the window");
	if (!isnan(change))
		str_addf(&text,
			 "%spower changed by %+.1f %% from the window's first half to its second",
			 most ? "; " : "", fabs(change) < 0.0005 ? 0 : 100 * change);
	cmj_set(o, "steady", cmj_bool(!hot && !moved));
	cmj_set(o, "says", cmj_string(str_get(&text)));
	str_free(&text);
	return o;
}
