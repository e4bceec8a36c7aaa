/*
 * Power and energy of GPUs from what rocm-smi or amd-smi wrote to a file: one reading of each, or a log of
 * many, with limits and temperatures beside them.
 *
 * Must not know the formats.
 */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/meter.h"
#include "base/dump_meter.h"
#include "base/dump_text.h"
#include "base/str.h"
#include "rocm_dump.h"

static struct meter_channel begin(const struct rocm_gpu *g, enum cm_channel_kind kind, const char *unit,
				  const char *what, const char *path)
{
	struct meter_channel ch = { .scope = CM_SCOPE_DEVICE, .basis = CM_MEASURED, .kind = kind,
				    .unit = unit };

	snprintf(ch.name, sizeof ch.name, "%s %s", g->label, what);
	snprintf(ch.source, sizeof ch.source, "%s", path);
	snprintf(ch.covers, sizeof ch.covers, "%.60s",
		 g->field[ROCM_BUS] ? g->field[ROCM_BUS] : g->label);
	for (char *p = ch.covers; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return ch;
}

static double moment(const struct rocm_gpu *g)
{
	return g->field[ROCM_TIME] ? dump_time(g->field[ROCM_TIME]) : NAN;
}

static void say_state(const struct rocm_gpu *g, enum rocm_field f, struct meter_channel *ch)
{
	const char *text = g->field[f], *dot = text ? strchr(text, '.') : NULL;
	const double limit = ch->limit_w, w = dump_quantity_or_0(text, g->unit[f], "W");
	struct str s = { 0 };

	str_addf(&s, "%.90s", g->field[ROCM_NAME] ? g->field[ROCM_NAME] : "AMD GPU");
	if (limit > 0)
		str_addf(&s, ", power limit %.5g W", limit);
	/* rocm-smi prints "39.0" of whole watts: one digit behind the point is none. */
	if (w > 0 && w <= 10 && !(dot && strlen(dot) > 2))
		str_addf(&s, ", in steps of 1 W: %.0f %% of the reading", 100 / w);
	if (f == ROCM_ENERGY && g->field[ROCM_COUNT])
		str_add(&s, ", by the tool's 15.3 uJ a count, which is 0.27 % above the firmware's 2^-16 J");
	if (g->field[ROCM_REASONS])
		str_addf(&s, ", held back by %s", g->field[ROCM_REASONS]);
	snprintf(ch->note, sizeof ch->note, "%s", str_get(&s));
	str_free(&s);
}

static void add_draw(struct meter_ctx *c, const struct rocm_gpu *g, enum rocm_field f, const char *what,
		     uint64_t refresh_ns, const char *path)
{
	const bool energy = f == ROCM_ENERGY;
	struct meter_channel ch = begin(g, energy ? CM_ENERGY_COUNTER : CM_POWER_SAMPLE,
					energy ? "J" : "W", what, path);

	ch.refresh_ns = refresh_ns;
	ch.step = energy ? 1.0 / 65536 : 0;
	ch.err_lo = -0.05;
	ch.err_hi = 0.05;
	snprintf(ch.err_source, sizeof ch.err_source, "assumed for AMD's firmware");
	ch.limit_w = dump_quantity_or_0(g->field[ROCM_LIMIT], g->unit[ROCM_LIMIT], "W");
	ch.max_w = 1.5 * fmax(ch.limit_w,
			      dump_quantity_or_0(g->field[ROCM_MOST], g->unit[ROCM_MOST], "W"));
	say_state(g, f, &ch);
	dump_add(c, &ch, g->field[f], g->unit[f], moment(g));
}

static void add_heat(struct meter_ctx *c, const struct rocm_gpu *g, enum rocm_field f, const char *what,
		     const char *path)
{
	struct meter_channel ch = begin(g, CM_GAUGE, "C", what, path);
	double degrees;

	ch.step = 1;
	if (dump_quantity(g->field[f], g->unit[f], "C", &degrees))
		dump_add(c, &ch, g->field[f], g->unit[f], moment(g));
}

static void add_gpu(struct meter_ctx *c, const struct rocm_gpu *g, const char *path)
{
	const char *part = g->field[ROCM_PARTITION];

	/* All partitions of a GPU share its socket: the first tells of it. */
	if (part && isdigit((unsigned char)*part) && strtoul(part, NULL, 10) > 0)
		return;
	if (g->field[ROCM_ENERGY])
		add_draw(c, g, ROCM_ENERGY, "energy", 1000000, path);
	if (g->field[ROCM_NOW])
		add_draw(c, g, ROCM_NOW, "power now", 100000000, path);
	if (g->field[ROCM_MEAN] || (!g->field[ROCM_NOW] && !g->field[ROCM_ENERGY]))
		add_draw(c, g, ROCM_MEAN, "power, mean", 1000000000, path);
	add_heat(c, g, g->field[ROCM_HOTSPOT] ? ROCM_HOTSPOT : ROCM_EDGE, "temperature", path);
	add_heat(c, g, ROCM_MEMORY_TEMP, "memory temperature", path);
}

static enum cm_status rocm_dump_open(const struct meter_from *from, struct meter_ctx **out,
				     struct cm_err *err)
{
	struct rocm_dump d = { 0 };
	const enum cm_status st = rocm_read(from->dump, &d, err);

	if (!st) {
		*out = cm_alloc(sizeof **out);
		for (size_t i = 0; i < d.n; i++)
			add_gpu(*out, &d.gpu[i], from->dump);
		dump_close_logs(*out);
	}
	rocm_free(&d);
	return st;
}

const struct meter meter_rocm_dump = {
	.abi = CM_METER_ABI,
	.name = "rocm_dump",
	.desc = "power and energy of AMD's GPUs from a file that rocm-smi or amd-smi wrote",
	.open = rocm_dump_open,
	.close = dump_close,
	.channels = dump_channels,
	.read = dump_read,
	.dumps = true,
};
