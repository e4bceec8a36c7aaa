/*
 * Power and energy of GPUs from what rocm-smi or amd-smi wrote to a file: one reading of each.
 *
 * A number whose unit is not said, "N/A" and the like are states with that word, never figures.
 * Must not know the formats.
 */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/meter.h"
#include "base/str.h"
#include "rocm_dump.h"

struct meter_ctx {
	struct meter_channel *channel;
	double *value;
	size_t n, cap;
};

/* A whole number with nothing behind it, or with its unit ("39.0 W"). */
static bool quantity(const struct rocm_gpu *g, enum rocm_field f, bool energy, double *out)
{
	static const struct { const char *unit; bool energy; double scale; } units[] = {
		{ "W", false, 1 }, { "mW", false, 1e-3 }, { "uW", false, 1e-6 },
		{ "J", true, 1 }, { "mJ", true, 1e-3 }, { "uJ", true, 1e-6 }, { "kJ", true, 1e3 },
	};
	const char *text = g->field[f], *unit = g->unit[f];
	char *end = NULL;
	double v;

	if (!text || !isdigit((unsigned char)*text))
		return false;
	v = strtod(text, &end);
	end += strspn(end, " ");
	if (*end && *unit && strcmp(end, unit) != 0)
		return false;
	unit = *end ? end : unit;
	for (size_t i = 0; i < CM_COUNT(units); i++) {
		if (units[i].energy == energy && strcmp(unit, units[i].unit) == 0 && isfinite(v)) {
			*out = v * units[i].scale;
			return true;
		}
	}
	return false;
}

static struct meter_channel *add(struct meter_ctx *c, const struct rocm_gpu *g, enum rocm_field f,
				 bool energy, const char *what, const char *path)
{
	struct meter_channel *ch;
	double v = NAN, limit = 0;
	const char *dot;

	CM_PUSH(c->channel, c->n, c->cap);
	c->value = cm_realloc(c->value, c->cap * sizeof *c->value);
	ch = &c->channel[c->n];
	*ch = (struct meter_channel){.scope = CM_SCOPE_DEVICE,
				     .basis = CM_MEASURED,
				     .unit = energy ? "J" : "W",
				     .kind = energy ? CM_ENERGY_COUNTER : CM_POWER_SAMPLE,
				     .err_lo = -0.05,
				     .err_hi = 0.05,
				     .err_source = "assumed for AMD's firmware"};
	snprintf(ch->name, sizeof ch->name, "%s %s", g->label, what);
	snprintf(ch->source, sizeof ch->source, "%s", path);
	snprintf(ch->covers, sizeof ch->covers, "%.60s",
		 g->field[ROCM_BUS] ? g->field[ROCM_BUS] : g->label);
	for (char *p = ch->covers; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	if (!quantity(g, f, energy, &v)) {
		ch->st = CM_ABSENT;
		if (!g->field[f])
			snprintf(ch->reason, sizeof ch->reason,
				 "the dump has no such line for this GPU");
		else if (isdigit((unsigned char)*g->field[f]))
			snprintf(ch->reason, sizeof ch->reason,
				 "the dump says %.40s without a unit that is "
				 "known here (\"%.20s\")",
				 g->field[f], g->unit[f]);
		else
			snprintf(ch->reason, sizeof ch->reason, "the dump says \"%.60s\" of it",
				 g->field[f]);
	}
	/* rocm-smi prints "39.0" of whole watts: one digit behind the point is none. */
	dot = g->field[f] ? strchr(g->field[f], '.') : NULL;
	ch->step = energy ? 1.0 / 65536 : dot && strlen(dot) > 2 ? 0.01 : 1;
	if (quantity(g, ROCM_LIMIT, false, &limit))
		ch->max_w = 1.5 * limit;
	snprintf(ch->note, sizeof ch->note, "%.90s",
		 g->field[ROCM_NAME] ? g->field[ROCM_NAME] : "AMD GPU");
	if (limit > 0)
		snprintf(ch->note + strlen(ch->note), sizeof ch->note - strlen(ch->note),
			 ", power limit %.5g W", limit);
	if (!ch->st && !energy && v > 0 && ch->step >= 0.1 * v)
		snprintf(ch->note + strlen(ch->note), sizeof ch->note - strlen(ch->note),
			 ", in steps of %g W: %.0f %% of the reading", ch->step,
			 100 * ch->step / v);
	c->value[c->n++] = v;
	return ch;
}

static void add_gpu(struct meter_ctx *c, const struct rocm_gpu *g, const char *path)
{
	if (g->field[ROCM_ENERGY])
		add(c, g, ROCM_ENERGY, true, "energy", path)->refresh_ns = 1000000;
	if (g->field[ROCM_NOW])
		add(c, g, ROCM_NOW, false, "power now", path)->refresh_ns = 100000000;
	if (g->field[ROCM_MEAN] || !g->field[ROCM_NOW])
		add(c, g, ROCM_MEAN, false, "power, mean", path)->refresh_ns = 1000000000;
}

static void rocm_dump_close(struct meter_ctx *c)
{
	free(c->channel);
	free(c->value);
	free(c);
}

static enum cm_status rocm_dump_open(const struct meter_from *from, struct meter_ctx **out,
				     struct cm_err *err)
{
	struct rocm_dump d = { 0 };
	enum cm_status st = rocm_read(from->dump, &d, err);

	if (!st) {
		*out = cm_alloc(sizeof **out);
		for (size_t i = 0; i < d.n; i++)
			add_gpu(*out, &d.gpu[i], from->dump);
	}
	rocm_free(&d);
	return st;
}

static size_t rocm_dump_channels(struct meter_ctx *c, const struct meter_channel **out)
{
	*out = c->channel;
	return c->n;
}

static enum cm_status rocm_dump_read(struct meter_ctx *c, struct meter_value *values,
				     struct cm_err *err)
{
	(void)err;
	for (size_t i = 0; i < c->n; i++)
		values[i] =
			(struct meter_value){c->channel[i].st ? 0 : c->value[i], c->channel[i].st};
	return CM_OK;
}

const struct meter meter_rocm_dump = {
	.abi = CM_METER_ABI,
	.name = "rocm_dump",
	.desc = "power and energy of AMD's GPUs from a file that rocm-smi or amd-smi wrote",
	.open = rocm_dump_open,
	.close = rocm_dump_close,
	.channels = rocm_dump_channels,
	.read = rocm_dump_read,
	.dumps = true,
};
