/*
 * Limits of power of Intel's GPUs: which could be set, and setting one: the sustained limit, that of the
 * average, or where there is none the burst limit. The one file here that writes to a device, and only
 * when a meter's set_cap is called (R23).
 *
 * The driver writes the kernel's files power*_max and power*_max_interval of the card's monitor, so the
 * right to write them is the right to set a limit. Source: the Level Zero specification,
 * intel/compute-runtime.
 */
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/meter_cap.h"
#include "base/str.h"
#include "sysman_gpu.h"

#define MOST 16u /* limits of a domain: sustained, burst, peak; of mains and battery each */
#define STEP_W 0.25 /* what is read back may differ by: hardware keeps steps of 1/8 W */
#define LEAST_W 1 /* below it a driver's rounding may switch the limit off */

/* The sustained limit by the extension, else the burst limit (the one that Crescent Island may have);
 * CMZS_UNSUPPORTED where the domain has none in watts. */
static cmzs_ret get_new(const struct sysman *z, cmzs_handle h, struct cmzs_limit *out)
{
	struct cmzs_limit all[MOST];
	uint32_t n = 0;
	cmzs_ret r = z->api.limits ? z->api.limits(h, &n, NULL) : CMZS_UNSUPPORTED;

	if (r || !n)
		return r ? r : CMZS_UNSUPPORTED;
	n = n < MOST ? n : MOST;
	for (uint32_t i = 0; i < n; i++) /* a driver may leave "on" as it is */
		all[i] = (struct cmzs_limit){ .stype = CMZS_STYPE_LIMIT, .on = 1, .interval_ms = -1 };
	r = z->api.limits(h, &n, all);
	for (int level = CMZS_LEVEL_SUSTAINED; !r && level <= CMZS_LEVEL_BURST; level++) {
		for (uint32_t i = 0; i < n && i < MOST; i++) {
			if (all[i].level == level && all[i].unit == CMZS_UNIT_MILLIWATT && all[i].limit > 0) {
				*out = all[i];
				return CMZS_OK;
			}
		}
	}
	return r ? r : CMZS_UNSUPPORTED;
}

static cmzs_ret get(const struct sysman *z, cmzs_handle h, struct cmzs_limit *out)
{
	struct cmzs_sustained old = { .on = 1, .interval_ms = -1 };
	cmzs_ret r = get_new(z, h, out);

	if (!r || !z->api.limits_old)
		return r;
	r = z->api.limits_old(h, &old, NULL, NULL);
	*out = (struct cmzs_limit){ .on = old.on, .interval_ms = old.interval_ms, .limit = old.mw };
	return r;
}

/* The extension also writes the interval, so it needs one; the call before it, of sustained limits alone,
 * does not. */
static cmzs_ret put(const struct sysman *z, cmzs_handle h, int32_t mw)
{
	struct cmzs_sustained old = { .on = 1, .interval_ms = -1 };
	struct cmzs_limit l;
	uint32_t n = 1;

	if (z->api.set_limits && !get_new(z, h, &l) &&
	    (l.interval_ms >= 0 || l.level != CMZS_LEVEL_SUSTAINED || !z->api.set_limits_old)) {
		l.limit = mw;
		return z->api.set_limits(h, &n, &l);
	}
	if (!z->api.set_limits_old || !z->api.limits_old || z->api.limits_old(h, &old, NULL, NULL))
		return CMZS_UNSUPPORTED;
	old.mw = mw;
	return z->api.set_limits_old(h, &old, NULL, NULL);
}

/* May this user? Root, or who may write the kernel's file. */
static bool may_write(const char *at)
{
	char *pattern = cm_printf_dup("/sys/bus/pci/devices/%s/hwmon/hwmon*/power*_max", at);
	glob_t found = { 0 };
	bool may = geteuid() == 0;

	if (!may && !glob(pattern, 0, NULL, &found)) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			may |= euidaccess(found.gl_pathv[i], W_OK) == 0;
	}
	globfree(&found);
	free(pattern);
	return may;
}

static void set_state(const struct sysman_gpu *g, const struct sysman_domain *d,
		      const struct cmzs_limit *now, struct meter_cap *l)
{
	const char *why = !d->about.can_control ? "the driver says that software may not change it" :
			  now->locked	      ? "the driver says that it is locked" :
			  !now->on	      ? "the driver says that it is switched off" : NULL;

	if (why) {
		l->st = CM_UNSUPPORTED;
		snprintf(l->reason, sizeof l->reason, "%s", why);
	} else if (!may_write(g->at)) {
		l->st = CM_DENIED;
		snprintf(l->reason, sizeof l->reason, "only root may set it: run costmark with sudo, or, "
			 "until the next boot: sudo chmod o+w "
			 "/sys/bus/pci/devices/%.16s/hwmon/hwmon*/power*_max*", g->at);
	}
}

/* A domain without a limit, or with one of 0 W (the kernel's word for switched off), has none to sweep. */
static bool describe(const struct sysman *z, size_t gpu, const struct sysman_domain *d, bool whole,
		     struct meter_cap *l)
{
	const struct sysman_gpu *g = &z->gpu[gpu];
	struct cmzs_limit now;

	*l = (struct meter_cap){ .st = CM_OK, .whole = whole };
	if (d->about.on_part || get(z, d->h, &now) || now.limit <= 0)
		return false;
	if (whole) {
		snprintf(l->name, sizeof l->name, "xpu%zu", gpu);
		snprintf(l->covers, sizeof l->covers, "%s", g->at);
	} else {
		snprintf(l->name, sizeof l->name, "xpu%zu-%s", gpu, sysman_domain_word(d->domain));
		snprintf(l->covers, sizeof l->covers, "%.40s %.20s", g->at, sysman_domain_word(d->domain));
	}
	l->now_w = now.limit * 1e-3;
	l->default_w = d->about.usual_mw > 0 ? d->about.usual_mw * 1e-3 : 0;
	l->min_w = fmax(LEAST_W, d->about.least_mw * 1e-3);
	/* What stands already is allowed; where no maximum is stated, nothing above it or the rated limit. */
	l->max_w = d->about.most_mw > 0 ? d->about.most_mw * 1e-3 : l->default_w;
	l->max_w = fmax(l->max_w, l->now_w);
	l->window_s = now.interval_ms > 0 ? now.interval_ms * 1e-3 : 0;
	set_state(g, d, &now, l);
	return true;
}

/* The widest domain that has a limit is the device's; others may be named. */
static void find_of(const struct sysman *z, size_t gpu, struct sysman_limits *out)
{
	const struct sysman_gpu *g = &z->gpu[gpu];
	bool whole = true;

	for (int w = 0; w < SYSMAN_PART; w++) {
		for (size_t i = 0; i < g->domains; i++) {
			if (sysman_width(&g->domain[i]) != w ||
			    !describe(z, gpu, &g->domain[i], whole, &out->limit[out->n]))
				continue;
			out->domain[out->n++] = g->domain[i].h;
			whole = false;
		}
	}
}

void sysman_find_limits(const struct sysman *z, struct sysman_limits *out)
{
	size_t most = 1;

	for (size_t i = 0; i < z->gpus; i++)
		most += z->gpu[i].domains;
	*out = (struct sysman_limits){ .limit = cm_alloc(most * sizeof *out->limit),
				       .domain = cm_alloc(most * sizeof *out->domain) };
	for (size_t i = 0; i < z->gpus; i++)
		find_of(z, i, out);
}

const struct meter_cap *sysman_limit_of(const struct sysman_limits *l, const char *covers)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->limit[i].covers, covers))
			return &l->limit[i];
	return NULL;
}

/* The limit stands, or it does not: a driver may set it and then fail at its interval, which is as it was. */
enum cm_status sysman_set_limit(const struct sysman *z, const struct sysman_limits *l, size_t i, double watts,
				struct cm_err *err)
{
	const char *name = l->limit[i].name;
	struct cmzs_limit now = { .limit = 0 };
	cmzs_ret r, back;

	if (!(watts >= LEAST_W && watts < 1e6))
		return cm_fail(err, CM_EINPUT, "%s takes no limit of %.6g W", name, watts);
	r = put(z, l->domain[i], (int32_t)lround(watts * 1e3));
	back = get(z, l->domain[i], &now);
	if (!back && fabs(now.limit * 1e-3 - watts) <= STEP_W)
		return CM_OK;
	/* The calls before the extension say "unsupported" of a file that may not be written. */
	if (r == CMZS_NO_PERMISSION || (r == CMZS_UNSUPPORTED && !may_write(l->limit[i].covers)))
		return meter_cap_denied(&l->limit[i], err);
	if (r == CMZS_NOT_AVAILABLE)
		return cm_fail(err, CM_EDRIVER, "the driver sets no power limit of %s now: it says that the "
			       "device is in use, as while it is overclocked", name);
	if (r || back)
		return cm_fail(err, r ? sysman_status(r) : CM_EDRIVER, "setting the power limit of %s failed "
			       "with Level Zero result 0x%x", name, (unsigned)(r ? r : back));
	return meter_cap_clipped(&l->limit[i], watts, now.limit * 1e-3, err);
}

void sysman_free_limits(struct sysman_limits *l)
{
	free(l->limit);
	free(l->domain);
}
