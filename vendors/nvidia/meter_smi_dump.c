/*
 * Power of GPUs from what nvidia-smi wrote to a file: one reading of each, with the limits beside
 * it.
 *
 * A reading without a unit, "N/A" or one of the tool's other words is a state with that word, never
 * a number. Which power is a mean and which of this moment is said by the dump, or follows from the
 * architecture as the NVML reference states it. Must not know the formats.
 */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/meter.h"
#include "base/str.h"
#include "smi_dump.h"

struct meter_ctx {
	struct meter_channel *channel;
	double *value;
	size_t n, cap, vcap;
};

/* "67.03 W" → 67.03; units of watts (time: of microseconds, to seconds). False: no such number. */
static bool quantity(const char *text, bool time, double *out)
{
	static const struct { const char *unit; bool time; double scale; } units[] = {
		{ "W", false, 1 }, { "mW", false, 1e-3 }, { "kW", false, 1e3 },
		{ "us", true, 1e-6 }, { "ms", true, 1e-3 }, { "ns", true, 1e-9 }, { "s", true, 1 },
	};
	char *end = NULL;
	double v;

	if (!text || !isdigit((unsigned char)*text))
		return false;
	v = strtod(text, &end);
	end += strspn(end, " ");
	for (size_t i = 0; i < CM_COUNT(units); i++) {
		if (units[i].time == time && strcmp(end, units[i].unit) == 0 && isfinite(v)) {
			*out = v * units[i].scale;
			return true;
		}
	}
	return false;
}

static double watts_or_zero(const char *text)
{
	double w = 0;

	return quantity(text, false, &w) ? w : 0;
}

/* "00000000:18:00.0" as the kernel writes it: "0000:18:00.0". */
static void place(const struct smi_gpu *g, size_t i, char *out, size_t cap)
{
	const char *bus = g->field[SMI_BUS];
	size_t n = 0;

	if (!bus) {
		snprintf(out, cap, "%.40s", g->field[SMI_UUID] ? g->field[SMI_UUID] : "");
		if (!*out)
			snprintf(out, cap, "GPU %zu", i);
		return;
	}
	if (strncmp(bus, "0000", 4) == 0 && strcspn(bus, ":") == 8)
		bus += 4;
	for (; bus[n] && n + 1 < cap; n++)
		out[n] = (char)tolower((unsigned char)bus[n]);
	out[n] = '\0';
}

/* GA100: the only Ampere whose one power reading is of this moment. */
static bool is_ga100(const char *name)
{
	static const char *const names[] = { "A100", "A800", "A30", "CMP 170HX", "PG506" };

	for (size_t i = 0; name && i < CM_COUNT(names); i++) {
		const char *at = strstr(name, names[i]);

		if (at && !isdigit((unsigned char)at[strlen(names[i])]))
			return true;
	}
	return false;
}

static const char *what_power_is(const struct smi_gpu *g)
{
	static const char *const before[] = { "Kepler", "Maxwell", "Pascal", "Volta", "Turing" };
	const char *arch = g->field[SMI_ARCH];

	if (!arch || strcmp(arch, "Unknown") == 0 || strcmp(arch, "N/A") == 0)
		return "whether power is of this moment or a mean is not stated";
	for (size_t i = 0; i < CM_COUNT(before); i++) {
		if (strcmp(arch, before[i]) == 0)
			return "power of this moment";
	}
	return strcmp(arch, "Ampere") == 0 && is_ga100(g->field[SMI_NAME])
		       ? "power of this moment"
		       : "mean of the last second";
}

static void say_state(const struct smi_gpu *g, const char *what, struct meter_channel *ch)
{
	const double set = watts_or_zero(g->field[SMI_LIMIT_SET]);
	const double limit =
		watts_or_zero(g->field[SMI_LIMIT]) > 0 ? watts_or_zero(g->field[SMI_LIMIT]) : set;
	const double usual = watts_or_zero(g->field[SMI_USUAL]);
	struct str s = { 0 };

	str_add(&s, g->field[SMI_NAME] ? g->field[SMI_NAME] : "NVIDIA GPU");
	if (*what)
		str_addf(&s, ", %s", what);
	if (limit > 0)
		str_addf(&s, ", power limit %.5g W", limit);
	if (limit > 0 && usual > 0 && limit != usual)
		str_addf(&s, " (%s the usual %.5g W)", limit > usual ? "above" : "below", usual);
	if (g->field[SMI_MIG] && strcmp(g->field[SMI_MIG], "Enabled") == 0)
		str_add(&s, ", MIG is on: the whole GPU, shared by its instances");
	if (g->field[SMI_REASONS])
		str_addf(&s, ", held back by %s", g->field[SMI_REASONS]);
	snprintf(ch->note, sizeof ch->note, "%s", str_get(&s));
	str_free(&s);
}

static struct meter_channel *add(struct meter_ctx *c, const struct smi_gpu *g, size_t i,
				 enum smi_field f, bool time, const char *what, const char *path)
{
	struct meter_channel *ch;
	double v = NAN;

	CM_PUSH(c->channel, c->n, c->cap);
	c->value = cm_realloc(c->value, c->cap * sizeof *c->value);
	ch = &c->channel[c->n];
	*ch = (struct meter_channel){.scope = CM_SCOPE_DEVICE,
				     .basis = CM_MEASURED,
				     .unit = time ? "s" : "W",
				     .kind = time ? CM_EVENT_COUNTER : CM_POWER_SAMPLE};
	snprintf(ch->name, sizeof ch->name, "gpu%zu %s", i, what);
	snprintf(ch->source, sizeof ch->source, "%s", path);
	place(g, i, ch->covers, sizeof ch->covers);
	if (!quantity(g->field[f], time, &v)) {
		ch->st = CM_ABSENT;
		if (g->field[f])
			snprintf(ch->reason, sizeof ch->reason, "the dump says \"%.60s\" of it",
				 g->field[f]);
		else
			snprintf(ch->reason, sizeof ch->reason,
				 "the dump has no such line for this GPU");
	}
	if (!time) {
		ch->step = strchr(g->field[f] ? g->field[f] : "", '.') ? 0.01 : 1;
		ch->max_w = 1.5 * fmax(watts_or_zero(g->field[SMI_MOST]),
				       watts_or_zero(g->field[SMI_LIMIT]));
		ch->err_lo = -0.05;
		ch->err_hi = 0.05;
		snprintf(ch->err_source, sizeof ch->err_source,
			 "assumed for NVML; the maker states 5 %% for older boards only");
	}
	c->value[c->n++] = v;
	return ch;
}

static void add_gpu(struct meter_ctx *c, const struct smi_gpu *g, size_t i, const char *path)
{
	static const struct { enum smi_field field; const char *what; } held[] = {
		{ SMI_HELD_POWER, "held back by its power limit" },
		{ SMI_HELD_SW_THERMAL, "held back by its driver's thermal limit" },
		{ SMI_HELD_HW_THERMAL, "held back by its hardware's thermal limit" },
		{ SMI_HELD_BRAKE, "held back by its external power brake" },
		{ SMI_HELD_SYNC, "held back by its slowest of the GPUs it is in step with" },
	};
	double w;
	struct meter_channel *ch;

	/* Of this moment first: it is the one to integrate. Both are kept. */
	if (g->field[SMI_NOW]) {
		ch = add(c, g, i, SMI_NOW, false, "power now", path);
		ch->refresh_ns = 100000000;
		say_state(g, "power of this moment", ch);
	}
	if (g->field[SMI_MEAN]) {
		ch = add(c, g, i, SMI_MEAN, false, "power, mean", path);
		ch->refresh_ns = 1000000000;
		say_state(g, "mean of the last second", ch);
	}
	if (g->field[SMI_POWER] || (!g->field[SMI_NOW] && !g->field[SMI_MEAN])) {
		const char *what = what_power_is(g);

		ch = add(c, g, i, SMI_POWER, false, "power", path);
		ch->refresh_ns = strcmp(what, "power of this moment") == 0 ? 100000000 : 1000000000;
		say_state(g, what, ch);
	}
	if (quantity(g->field[SMI_MEMORY], false,
		     &w)) { /* a part of the GPU's figure, never an addend */
		ch = add(c, g, i, SMI_MEMORY, false, "memory power", path);
		ch->scope = CM_SCOPE_CORE;
		snprintf(ch->covers + strlen(ch->covers), sizeof ch->covers - strlen(ch->covers),
			 " memory");
	}
	if (quantity(g->field[SMI_MODULE], false, &w)) {
		ch = add(c, g, i, SMI_MODULE, false, "module power", path);
		ch->scope = CM_SCOPE_NODE;
		snprintf(ch->covers, sizeof ch->covers, "module %zu", i);
		ch->max_w = 0;
	}
	for (size_t k = 0; k < CM_COUNT(held); k++) {
		if (g->field[held[k].field])
			add(c, g, i, held[k].field, true, held[k].what, path);
	}
}

static void smi_dump_close(struct meter_ctx *c)
{
	free(c->channel);
	free(c->value);
	free(c);
}

static enum cm_status smi_dump_open(const struct meter_from *from, struct meter_ctx **out,
				    struct cm_err *err)
{
	struct smi_dump d = { 0 };
	enum cm_status st = smi_read(from->dump, &d, err);

	if (!st) {
		*out = cm_alloc(sizeof **out);
		for (size_t i = 0; i < d.n; i++)
			add_gpu(*out, &d.gpu[i], i, from->dump);
	}
	smi_free(&d);
	return st;
}

static size_t smi_dump_channels(struct meter_ctx *c, const struct meter_channel **out)
{
	*out = c->channel;
	return c->n;
}

static enum cm_status smi_dump_read(struct meter_ctx *c, struct meter_value *values,
				    struct cm_err *err)
{
	(void)err;
	for (size_t i = 0; i < c->n; i++)
		values[i] =
			(struct meter_value){c->channel[i].st ? 0 : c->value[i], c->channel[i].st};
	return CM_OK;
}

const struct meter meter_smi_dump = {
	.abi = CM_METER_ABI,
	.name = "smi_dump",
	.desc = "power of NVIDIA's GPUs from a file that nvidia-smi wrote",
	.open = smi_dump_open,
	.close = smi_dump_close,
	.channels = smi_dump_channels,
	.read = smi_dump_read,
	.dumps = true,
};
