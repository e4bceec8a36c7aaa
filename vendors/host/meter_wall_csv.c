/*
 * A meter outside the machine (plug, PDU, power analyser) by the log that it writes: CSV with a
 * time and watts or energy, aligned with this machine's clock. The log may still be growing: each
 * read takes what is new.
 *
 * FILE, or FILE:time=COLUMN,watts=COLUMN,zone=Europe/Berlin; what columns and times may look like
 * is in wall_log.c and wall_time.c. Both clocks must agree, by NTP, as MLPerf Power asks, or ahead=
 * says by how much they do not. Must not know who sums the channels.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "api/meter.h"
#include "base/clock.h"
#include "base/str.h"
#include "wall_log.h"

#define GAP_PERIODS 3.0
#define OLD_S 5.0       /* a log is written with some delay, whatever its rate */
#define UNCHANGED_S 300 /* a state that holds is not written again, but not for ever */

struct meter_ctx {
	struct wall_log log;
	struct meter_channel channel;
	off_t seen_bytes;
};

static enum cm_status look(struct meter_ctx *c, struct cm_err *err)
{
	struct stat s;
	enum cm_status st;

	if (stat(c->log.path, &s) != 0)
		return cm_fail(err, CM_ABSENT, "%s is gone", c->log.path);
	if (s.st_size == c->seen_bytes)
		return CM_OK;
	/* Small, and a meter may rewrite its last line: the whole is read again. */
	st = wall_log_read(&c->log, err);
	if (!st)
		c->seen_bytes = s.st_size;
	return st;
}

static void wall_csv_close(struct meter_ctx *c)
{
	wall_log_free(&c->log);
	free(c);
}

static void describe(struct meter_ctx *c)
{
	struct meter_channel *ch = &c->channel;
	const bool power = c->log.kind == WALL_POWER;

	*ch = (struct meter_channel){ .scope = CM_SCOPE_WALL,
				      .covers = CM_COVERS_MACHINE,
				      .name = "wall",
				      .kind = power ? CM_POWER_SAMPLE : CM_ENERGY_COUNTER,
				      .unit = power ? "W" : "J",
				      .basis = CM_MEASURED,
				      .err_lo = -0.05,
				      .err_hi = 0.05,
				      .err_source = "assumed: the meter's class is not known" };
	snprintf(ch->source, sizeof ch->source, "%.190s", c->log.path);
	ch->refresh_ns = (uint64_t)((c->log.period_s > 0 ? c->log.period_s : 1) * 1e9);
	ch->step = isfinite(c->log.step) ? c->log.step : 0;
}

static enum cm_status wall_csv_open(const struct meter_from *from, struct meter_ctx **out,
				    struct cm_err *err)
{
	struct meter_ctx *c;
	enum cm_status st;

	if (!from || !from->wall)
		return cm_fail(err, CM_ABSENT,
			       "no log of a meter outside the machine was named: --wall FILE");
	c = cm_alloc(sizeof *c);
	c->seen_bytes = -1;
	st = wall_log_map(&c->log, from->wall, err);
	if (!st)
		st = look(c, err);
	if (st) {
		wall_csv_close(c);
		return st;
	}
	describe(c);
	*out = c;
	return CM_OK;
}

static size_t wall_csv_channels(struct meter_ctx *c, const struct meter_channel **out)
{
	*out = &c->channel;
	return 1;
}

static double wall_clock_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Why the last row is no reading of now: old, of the future, or behind a hole in the log. */
static enum cm_status check_age(const struct wall_log *l, double age, struct cm_err *err)
{
	const double limit = l->changes_only ? UNCHANGED_S : fmax(GAP_PERIODS * l->period_s, OLD_S);

	if (!l->rows || (l->changes_only && l->silent))
		return cm_fail(err, CM_ABSENT, "%s: the meter has no value now", l->path);
	if (age > limit)
		return cm_fail(err, CM_ABSENT,
			       "%s: its last row is %.6g s old; a meter that still writes, or "
			       "the right zone=, is needed",
			       l->path, age);
	if (age < -OLD_S)
		return cm_fail(err, CM_ABSENT,
			       "%s: its last row is %.6g s in the future: set the meter's clock, "
			       "or say zone= or ahead=SECONDS",
			       l->path, -age);
	if (!l->changes_only && l->rows > 2 && l->gap_s > limit)
		return cm_fail(err, CM_ABSENT, "%s: %.6g s without a row before the last", l->path, l->gap_s);
	return CM_OK;
}

static enum cm_status wall_csv_read(struct meter_ctx *c, struct meter_value *values, struct cm_err *err)
{
	const double now = (double)cm_now_ns() * 1e-9;
	enum cm_status st = look(c, err);
	double age = 0;

	values[0] = (struct meter_value){ 0, CM_OK };
	if (!st) {
		age = wall_clock_s() - c->log.t;
		st = check_age(&c->log, age, err);
	}
	if (st)
		return st;
	values[0].value = c->log.value;
	/* A state that was not written again still holds: it is a reading of now. */
	c->channel.taken_ns = c->log.changes_only ? 0 :
			      (uint64_t)(fmax(now - fmax(age, 0), 1e-9) * 1e9);
	return CM_OK;
}

const struct meter meter_wall_csv = {
	.abi = CM_METER_ABI,
	.name = "wall_csv",
	.desc = "a meter outside the machine, by the CSV log that it writes",
	.open = wall_csv_open,
	.close = wall_csv_close,
	.channels = wall_csv_channels,
	.read = wall_csv_read,
};
