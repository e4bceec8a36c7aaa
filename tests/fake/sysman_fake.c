/*
 * Level Zero Sysman as a script ($CM_FAKE_SYSMAN, see fake_script.h) says it is. Every call and struct is as
 * in the real interface. A key of device I above 0 ends in "_I".
 *
 *   devices=1  drivers=2 (both tell of the same devices)  init=NS  parts=2 (tiles)  model=…
 *   domains=12   the digits are the power domains: 1 card, 2 package, 4 memory …; key D is the digit
 *   tiles=22     the same of the tiles; key D is 10 and up
 *   energyD (uJ), timeD (us), mostD, leastD, usualD (mW)
 *   clocks=0     the digits are types of clocks; throttleK (bits), heldK (us) of the K-th
 *   heats=012    the digits are types of sensors; heatT (C); heatparts=1: they are of the tiles, in turn
 *   $CM_FAKE_SYSMAN_LIMITS: a file of the limits in force, which outlives a process as the real ones do:
 *     lines "I D mW" for the domain with the digit D of device I; $CM_FAKE_SYSMAN_SETS: what was set, in that
 *     form, in order
 *   ext=NS (a driver without the extension), levelD=2 (burst), intervalD (ms), unitD=1 (amperes), lockedD=1,
 *     offD=1, fixedD=1 (no control), setD=DENIED, doneD=DENIED (said after the limit was set), floorD,
 *     ceilD (mW): beyond it is clipped
 * Words: NS, DENIED, GONE (not available), LOST, ASLEEP; "@WATTS" of an energy grows, and clockwatts=WATTS
 * gives it the time of its steps.
 */
#include "../../vendors/intel/sysman_abi.h"
#include "fake_script.h"

#define VAR "CM_FAKE_SYSMAN"
#define MOST 4

struct cmzs_opaque { int dev, kind, type; }; /* a device; what it is and which */

static double start_s;
static struct cmzs_opaque driver[2], device[MOST], domain[MOST][20], clocks[MOST][10], sensor[MOST][10];

#define X(optional, member, name, args) cmzs_ret name args;
CMZS_FUNCTIONS(X)
#undef X

static cmzs_ret value(const char *key, cmzs_handle h, double *out)
{
	char full[48], item[64];

	if (h->dev)
		snprintf(full, sizeof full, "%s%d_%d", key, h->kind, h->dev);
	else
		snprintf(full, sizeof full, "%s%d", key, h->kind);
	if (!fake_item(VAR, full, item, sizeof item) || !strcmp(item, "NS"))
		return CMZS_UNSUPPORTED;
	*out = item[0] == '@' ? 1e9 + fake_joules(item, start_s) * 1e6 : strtod(item, NULL);
	return !strcmp(item, "DENIED") ? CMZS_NO_PERMISSION :
	       !strcmp(item, "GONE")   ? CMZS_NOT_AVAILABLE :
	       !strcmp(item, "LOST")   ? CMZS_LOST :
	       !strcmp(item, "ASLEEP") ? CMZS_ASLEEP : CMZS_OK;
}

static void text_of(const char *key, int dev, char *out, size_t cap)
{
	char full[48];

	snprintf(full, sizeof full, dev ? "%s_%d" : "%s", key, dev);
	fake_text(VAR, full, out, cap);
}

static double number_of(const char *key, double usual)
{
	char text[32] = "";

	fake_text(VAR, key, text, sizeof text);
	return *text ? strtod(text, NULL) : usual;
}

static cmzs_ret give(uint32_t *n, cmzs_handle *h, uint32_t have, struct cmzs_opaque *from)
{
	for (uint32_t i = 0; h && i < have && i < *n; i++)
		h[i] = &from[i];
	*n = have;
	return CMZS_OK;
}

/* One handle for each digit of the key's text; its kind is its place or the digit. */
static uint32_t digits(const char *key, int dev, const char *usual, struct cmzs_opaque *all)
{
	char text[32];

	snprintf(text, sizeof text, "%s", usual);
	text_of(key, dev, text, sizeof text);
	for (int i = 0; text[i]; i++)
		all[i] = (struct cmzs_opaque){ dev, i, text[i] - '0' };
	return (uint32_t)strlen(text);
}

cmzs_ret zesInit(uint32_t flags)
{
	char item[32] = "";

	memset(fake_place, 0, sizeof fake_place);
	start_s = fake_now_s();
	for (int i = 0; i < MOST; i++)
		device[i].dev = i;
	fake_item(VAR, "init", item, sizeof item);
	return flags || !strcmp(item, "NS") ? CMZS_NOT_INITIALISED : CMZS_OK;
}

cmzs_ret zeInit(uint32_t flags)
{
	return flags                         ? CMZS_NOT_INITIALISED
	       : getenv("ZES_ENABLE_SYSMAN") ? CMZS_OK
					     : CMZS_UNSUPPORTED;
}

cmzs_ret zesDriverGet(uint32_t *n, cmzs_handle *h)
{
	return give(n, h, (uint32_t)number_of("drivers", 1), driver);
}

cmzs_ret zeDriverGet(uint32_t *n, cmzs_handle *h)
{
	return zesDriverGet(n, h);
}

cmzs_ret zesDeviceGet(cmzs_handle d, uint32_t *n, cmzs_handle *h)
{
	(void)d;
	return give(n, h, (uint32_t)number_of("devices", 0), device);
}

cmzs_ret zeDeviceGet(cmzs_handle d, uint32_t *n, cmzs_handle *h)
{
	return zesDeviceGet(d, n, h);
}

cmzs_ret zesDevicePciGetProperties(cmzs_handle d, struct cmzs_pci *p)
{
	p->domain = 0;
	p->bus = 0x3a + (uint32_t)d->dev;
	p->device = p->function = 0;
	return p->stype == CMZS_STYPE_PCI ? CMZS_OK : CMZS_UNSUPPORTED;
}

cmzs_ret zesDeviceGetProperties(cmzs_handle d, struct cmzs_device *p)
{
	if (p->stype != CMZS_STYPE_DEVICE || p->core.stype != CMZS_STYPE_CORE)
		return CMZS_UNSUPPORTED;
	p->parts = (uint32_t)number_of("parts", 0);
	text_of("model", d->dev, p->model, sizeof p->model);
	return CMZS_OK;
}

/* ---- power -------------------------------------------------------------------------------------
 */

cmzs_ret zesDeviceEnumPowerDomains(cmzs_handle d, uint32_t *n, cmzs_handle *h)
{
	struct cmzs_opaque *all = domain[d->dev];
	uint32_t have = digits("domains", d->dev, "", all);

	for (uint32_t i = 0; i < have; i++)
		all[i].kind = all[i].type; /* keys are by digit */
	const uint32_t whole = have;
	have += digits("tiles", d->dev, "", all + whole);
	for (uint32_t i = whole; i < have; i++)
		all[i].kind = 10 + (int)(i - whole);
	return give(n, h, have, all);
}

cmzs_ret zesDeviceGetCardPowerDomain(cmzs_handle d, cmzs_handle *h)
{
	(void)d;
	*h = NULL;
	return CMZS_UNSUPPORTED;
}

cmzs_ret zesPowerGetProperties(cmzs_handle h, struct cmzs_power *p)
{
	struct cmzs_power_ext *ext = p->next;
	double most = -1, least = -1, usual = -1, fixed;

	if (p->stype != CMZS_STYPE_POWER || (ext && ext->stype != CMZS_STYPE_POWER_EXT))
		return CMZS_UNSUPPORTED;
	value("most", h, &most);
	value("least", h, &least);
	value("usual", h, &usual);
	p->on_part = h->kind >= 10;
	p->part = p->on_part ? (uint32_t)h->kind - 10 : 0;
	p->can_control = !p->on_part && value("fixed", h, &fixed);
	p->usual_mw = (int32_t)usual;
	p->least_mw = (int32_t)least;
	p->most_mw = (int32_t)most;
	if (ext)
		ext->domain = h->type;
	return CMZS_OK;
}

cmzs_ret zesPowerGetEnergyCounter(cmzs_handle h, struct cmzs_energy *e)
{
	double uj = 0, t = 0;
	const cmzs_ret r = value("energy", h, &uj);

	value("time", h, &t);
	if (number_of("clockwatts", 0) > 0) /* of "@WATTS": the time at which it reached that */
		t = 1e6 + (uj - 1e9) / number_of("clockwatts", 1);
	*e = (struct cmzs_energy){ (uint64_t)uj, (uint64_t)t };
	return r;
}

/* ---- limits of power ---------------------------------------------------------------------------
 */

static cmzs_ret limits_file(cmzs_handle h, int32_t *mw, int set)
{
	struct { int dev, kind, mw; } all[64];
	const char *path = getenv("CM_FAKE_SYSMAN_LIMITS"), *sets = getenv("CM_FAKE_SYSMAN_SETS");
	FILE *f = path && h->kind < 10 ? fopen(path, "r") : NULL;
	int n = 0, at = -1;

	if (!f)
		return CMZS_UNSUPPORTED;
	for (; n < 64 && fscanf(f, "%d %d %d", &all[n].dev, &all[n].kind, &all[n].mw) == 3; n++)
		if (all[n].dev == h->dev && all[n].kind == h->kind)
			at = n;
	fclose(f);
	if (at < 0)
		return CMZS_UNSUPPORTED;
	if (!set) {
		*mw = all[at].mw;
		return CMZS_OK;
	}
	all[at].mw = *mw;
	f = fopen(path, "w");
	for (int i = 0; f && i < n; i++)
		fprintf(f, "%d %d %d\n", all[i].dev, all[i].kind, all[i].mw);
	if (!f || fclose(f))
		return CMZS_NOT_INITIALISED;
	f = sets ? fopen(sets, "a") : NULL;
	if (f) {
		fprintf(f, "%d %d %d\n", h->dev, h->kind, *mw);
		fclose(f);
	}
	return CMZS_OK;
}

/* Refused, or clipped and set; what the driver says after it has set it. */
static cmzs_ret set_limit(cmzs_handle h, int32_t mw)
{
	double v = 0;
	cmzs_ret r = value("set", h, &v);

	if (r && r != CMZS_UNSUPPORTED)
		return r;
	if (!value("floor", h, &v) && mw < v)
		mw = (int32_t)v;
	if (!value("ceil", h, &v) && mw > v)
		mw = (int32_t)v;
	r = limits_file(h, &mw, 1);
	if (r)
		return r;
	r = value("done", h, &v);
	return r == CMZS_UNSUPPORTED ? CMZS_OK : r;
}

static int no_extension(void)
{
	char text[8] = "";

	fake_text(VAR, "ext", text, sizeof text);
	return !strcmp(text, "NS");
}

/* A peak limit in amperes first, as a data centre's GPU has, then the sustained one. */
cmzs_ret zesPowerGetLimitsExt(cmzs_handle h, uint32_t *n, struct cmzs_limit *l)
{
	double unit = CMZS_UNIT_MILLIWATT, interval = 28000, locked = 0, off = 0;
	double level = CMZS_LEVEL_SUSTAINED;
	int32_t mw = 0;

	if (no_extension() || limits_file(h, &mw, 0))
		return CMZS_UNSUPPORTED;
	value("unit", h, &unit);
	value("interval", h, &interval);
	value("locked", h, &locked);
	value("level", h, &level);
	for (uint32_t i = 0; l && i < 2 && i < *n; i++) {
		if (l[i].stype != CMZS_STYPE_LIMIT)
			return CMZS_UNSUPPORTED;
		l[i].level = i ? (int)level : 3;
		l[i].unit = i ? (int)unit : 1;
		l[i].state_locked = 1;
		if (i && !value("off", h, &off))
			l[i].on = !off;
		l[i].interval_ms = (int32_t)interval;
		l[i].locked = locked > 0;
		l[i].limit = i ? mw : 400000;
	}
	*n = 2;
	return CMZS_OK;
}

cmzs_ret zesPowerSetLimitsExt(cmzs_handle h, uint32_t *n, struct cmzs_limit *l)
{
	cmzs_ret r = CMZS_OK;

	for (uint32_t i = 0; i < *n && !r; i++) {
		double level = CMZS_LEVEL_SUSTAINED;

		value("level", h, &level);
		if (no_extension() || l[i].stype != CMZS_STYPE_LIMIT || l[i].level != (int)level)
			return CMZS_UNSUPPORTED;
		r = set_limit(h, l[i].limit);
		if (!r && l[i].interval_ms < 0)
			r = CMZS_NOT_AVAILABLE; /* the limit stands, its interval was not taken */
	}
	return r;
}

cmzs_ret zesPowerGetLimits(cmzs_handle h, struct cmzs_sustained *s, void *burst, void *peak)
{
	(void)burst;
	(void)peak;
	s->on = 1;
	s->interval_ms = -1;
	return limits_file(h, &s->mw, 0);
}

cmzs_ret zesPowerSetLimits(cmzs_handle h, const struct cmzs_sustained *s, const void *burst, const void *peak)
{
	return burst || peak || set_limit(h, s->mw) ? CMZS_UNSUPPORTED : CMZS_OK; /* whatever it was */
}

/* ---- clocks and sensors ------------------------------------------------------------------------
 */

cmzs_ret zesDeviceEnumFrequencyDomains(cmzs_handle d, uint32_t *n, cmzs_handle *h)
{
	return give(n, h, digits("clocks", d->dev, "0", clocks[d->dev]), clocks[d->dev]);
}

cmzs_ret zesFrequencyGetProperties(cmzs_handle h, struct cmzs_clock *p)
{
	p->type = h->type;
	p->on_part = number_of("parts", 0) > 0;
	p->part = (uint32_t)h->kind;
	return p->stype == CMZS_STYPE_CLOCK ? CMZS_OK : CMZS_UNSUPPORTED;
}

cmzs_ret zesFrequencyGetState(cmzs_handle h, struct cmzs_frequency *s)
{
	double bits = 0;

	value("throttle", h, &bits);
	s->throttle = (uint32_t)bits;
	return s->stype == CMZS_STYPE_FREQUENCY ? CMZS_OK : CMZS_UNSUPPORTED;
}

cmzs_ret zesFrequencyGetThrottleTime(cmzs_handle h, struct cmzs_held *t)
{
	double us = 0;
	const cmzs_ret r = value("held", h, &us);

	*t = (struct cmzs_held){ (uint64_t)us, 0 };
	return r;
}

cmzs_ret zesDeviceEnumTemperatureSensors(cmzs_handle d, uint32_t *n, cmzs_handle *h)
{
	return give(n, h, digits("heats", d->dev, "", sensor[d->dev]), sensor[d->dev]);
}

cmzs_ret zesTemperatureGetProperties(cmzs_handle h, struct cmzs_heat *p)
{
	p->type = h->type;
	p->on_part = number_of("heatparts", 0) > 0;
	p->part = p->on_part ? (uint32_t)h->kind : 0;
	return p->stype == CMZS_STYPE_HEAT ? CMZS_OK : CMZS_UNSUPPORTED;
}

cmzs_ret zesTemperatureGetState(cmzs_handle h, double *degrees)
{
	*degrees = 0;
	return value("heat", h, degrees);
}
