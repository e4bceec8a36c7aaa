/*
 * Follows an energy counter of Sysman (see sysman_counter.h). The specification gives neither the counter's
 * width nor the base of its times; what drivers do is from intel/compute-runtime:
 *   xe, Battlemage and later: a register of 32 bits in 2^-14 J, and the crystal's count as time, that of
 *     Crescent Island in 32 bits; where telemetry may not be read, the kernel's own sum of 64 bits and the
 *     time of asking
 *   i915: the kernel's sum; on Alchemist whole joules; the time of asking
 */
#include "sysman_counter.h"

#include <math.h>
#include <string.h>

#include "base/str.h"

#define PER_JOULE 16384u    /* of the register's units: 2^14 */
#define REGISTER_J 262144.0 /* 2^32 of them */
#define SLACK_NS 2.5e8      /* snapshots may be so old, and so uneven */
#define RATE 0.01           /* clocks differ by less */
#define DRIFT 1e-4          /* crystals, and what NTP does to this machine's clock, by far less than this */

/* Did the snapshot's clock of 32 bits start anew, at one of the crystals there are? us: its range. */
static bool turned(uint64_t before_us, uint64_t now_us, double passed_us, uint64_t *us)
{
	static const double mhz[] = { 19.2, 24, 25, 38.4 };

	for (size_t i = 0; i < CM_COUNT(mhz); i++) {
		const double range = floor(4294967296.0 / mhz[i]);
		const double came = (double)now_us + range - (double)before_us;

		*us = (uint64_t)range;
		if ((double)before_us < range && fabs(came - passed_us) < SLACK_NS * 1e-3)
			return true;
	}
	return false;
}

/* The snapshot's time on the caller's clock, by the least delay that was seen. A clock that does not keep
 * pace, stands, or goes on while the counter does not (then it is the moment of asking) is not used. */
static uint64_t own_time(struct sysman_counter *c, const struct cmzs_energy *e, uint64_t now_ns)
{
	const uint64_t us = e->t_us + c->turns_us;
	const double behind_ns = (double)now_ns - (double)us * 1e3;
	double passed_ns, off_ns;

	if (!c->read_ns) {
		c->first_ns = now_ns;
		c->first_us = us;
		c->behind_ns = behind_ns;
	}
	passed_ns = (double)(now_ns - c->first_ns);
	off_ns = fabs(passed_ns - (double)(us - c->first_us) * 1e3);
	c->timeless |= !e->t_us || off_ns > SLACK_NS + RATE * passed_ns ||
		       (c->read_ns && (e->uj == c->uj) != (e->t_us == c->t_us));
	if (c->timeless)
		return 0;
	if (c->read_ns)
		c->behind_ns += DRIFT * (double)(now_ns - c->read_ns);
	c->behind_ns = fmin(c->behind_ns, behind_ns);
	return now_ns - (uint64_t)(behind_ns - c->behind_ns);
}

cmzs_ret sysman_count(const struct sysman_api *zs, struct sysman_counter *c, uint64_t (*clock_ns)(void),
		      double *joules, uint64_t *taken_ns)
{
	struct cmzs_energy e = { 0 };
	cmzs_ret r = zs->energy(c->h, &e);
	const uint64_t now_ns = clock_ns();
	uint64_t us = 0;

	*taken_ns = 0;
	*joules = (double)e.uj * 1e-6;
	if (r)
		return r;
	if (e.uj == UINT64_MAX)
		return CMZS_NOT_AVAILABLE;
	if (c->read_ns && e.t_us < c->t_us) {
		if (turned(c->t_us, e.t_us, (double)(now_ns - c->read_ns) * 1e-3, &us))
			c->turns_us += us;
		else
			r = CMZS_NOT_INITIALISED;
	}
	if (r) /* begins anew */
		*c = (struct sysman_counter){ .h = c->h };
	*taken_ns = own_time(c, &e, now_ns);
	c->uj = e.uj;
	c->t_us = e.t_us;
	c->read_ns = now_ns;
	return r;
}

/* Every value of the register is a number of its units, rounded down to whole microjoules: one in 61 numbers
 * is. The kernel's sum looks the same as long as it is below the register's range, and does not fall; that of
 * i915 is told by the driver. */
double sysman_wraps_at(uint64_t uj, const char *driver)
{
	const uint64_t units = (uj * PER_JOULE + 999999) / 1000000;

	if (!uj || uj >= (uint64_t)REGISTER_J * 1000000 || !strcmp(driver, "i915"))
		return 0;
	return units * 1000000 / PER_JOULE == uj ? REGISTER_J : 0;
}

double sysman_step(uint64_t uj)
{
	return uj && uj % 1000000 == 0 ? 1 : 1e-6;
}
