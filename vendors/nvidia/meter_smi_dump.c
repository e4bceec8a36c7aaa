/*
 * Power of GPUs from what nvidia-smi wrote to a file: a reading of each or a log of many, with limits and
 * temperatures beside them.
 *
 * Which power is a mean and which of this moment is said by the dump, or follows from the architecture or
 * the compute capability as the NVML reference states it. Must not know the formats.
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
#include "smi_dump.h"

#define AT_ONCE_S 0.010 /* rows of one look at several GPUs follow each other faster than any loop */
#define MOST_NAMELESS 16 /* rows that name no GPU and no moment */

/* ---- whose row it is ---------------------------------------------------------------------------
 */

struct who {
	const char **key; /* of each GPU that was met */
	size_t n, cap;
};

/* What tells a GPU from the others; NULL: the row does not say. */
static const char *key_of(const struct smi_gpu *g)
{
	static const enum smi_field fields[] = { SMI_UUID, SMI_BUS, SMI_INDEX };

	for (size_t i = 0; i < CM_COUNT(fields); i++) {
		const char *s = g->field[fields[i]];

		if (s && *s && !strchr("[N", *s)) /* "[N/A]", "N/A" */
			return s;
	}
	return NULL;
}

/*
 * Of how many GPUs are rows that name none? nvidia-smi writes a row a GPU at each look, and the rows of
 * a look follow each other at once, so the moments tell: the largest k such that rows come in groups of
 * k, nearer to each other than a fourth of what parts the groups. 0: no moments, so it is not known.
 */
static size_t group(const struct smi_dump *d)
{
	double most = 0;

	for (size_t i = 0; i < d->n; i++)
		if (!d->gpu[i].field[SMI_TIME] || isnan(dump_time(d->gpu[i].field[SMI_TIME])))
			return 0;
	for (size_t k = d->n < 64 ? d->n : 64; k > 1; k--) {
		double within = 0, between = INFINITY;

		for (size_t i = 1; i < d->n; i++) {
			const double gap = dump_time(d->gpu[i].field[SMI_TIME]) -
					   dump_time(d->gpu[i - 1].field[SMI_TIME]);

			if (i % k)
				within = fmax(within, gap);
			else
				between = fmin(between, gap);
			most = fmax(most, gap);
		}
		if (isinf(between) ? within < AT_ONCE_S : 4 * within < between)
			return k;
	}
	return 1;
}

/* The GPU's number: its own where the row has it, else by its first appearance. */
static size_t number_of(struct who *w, const struct smi_gpu *g, size_t row, size_t rows_a_look)
{
	const char *key = key_of(g), *index = g->field[SMI_INDEX];
	size_t i = 0;

	if (index && isdigit((unsigned char)*index) && strlen(index) < 7)
		return strtoul(index, NULL, 10);
	if (!key)
		return rows_a_look ? row % rows_a_look : row;
	while (i < w->n && strcmp(w->key[i], key) != 0)
		i++;
	if (i == w->n) {
		CM_PUSH(w->key, w->n, w->cap);
		w->key[w->n++] = key;
	}
	return i;
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

/* The module that a Grace processor shares with its GPUs is numbered by the PCI domain, 16 to a socket. */
static void place_module(const struct smi_gpu *g, size_t i, char *out, size_t cap)
{
	const char *bus = g->field[SMI_BUS];
	const unsigned long domain = bus ? strtoul(bus, NULL, 16) : 0;

	snprintf(out, cap, "module %lu", domain ? domain >> 4 : (unsigned long)i);
}

/* ---- what its power is -------------------------------------------------------------------------
 */

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
	const char *arch = g->field[SMI_ARCH], *capability = g->field[SMI_CAPABILITY];

	if (!arch && capability && isdigit((unsigned char)*capability)) {
		const double c = strtod(capability, NULL); /* 8.0 is GA100 */

		return c < 8.05 ? "power of this moment" : "mean of the last second";
	}
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

static double watts(const struct smi_gpu *g, enum smi_field f)
{
	return dump_quantity_or_0(g->field[f], "", "W");
}

static double limit_of(const struct smi_gpu *g)
{
	return watts(g, SMI_LIMIT) > 0 ? watts(g, SMI_LIMIT) : watts(g, SMI_LIMIT_SET);
}

static void say_state(const struct smi_gpu *g, const char *what, struct meter_channel *ch)
{
	const double limit = limit_of(g), usual = watts(g, SMI_USUAL);
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

/* ---- channels ----------------------------------------------------------------------------------
 */

struct row {
	struct meter_ctx *c;
	const struct smi_gpu *g;
	size_t i;
	double t_s;
	const char *path;
};

static struct meter_channel begin(const struct row *r, enum cm_channel_kind kind, const char *unit,
				  const char *what)
{
	struct meter_channel ch = { .scope = CM_SCOPE_DEVICE, .basis = CM_MEASURED, .kind = kind,
				    .unit = unit };

	snprintf(ch.name, sizeof ch.name, "gpu%zu %s", r->i, what);
	snprintf(ch.source, sizeof ch.source, "%s", r->path);
	place(r->g, r->i, ch.covers, sizeof ch.covers);
	return ch;
}

static void put(const struct row *r, const struct meter_channel *ch, enum smi_field f)
{
	dump_add(r->c, ch, r->g->field[f], "", r->t_s);
}

static struct meter_channel begin_power(const struct row *r, const char *what)
{
	struct meter_channel ch = begin(r, CM_POWER_SAMPLE, "W", what);
	const double usual = watts(r->g, SMI_USUAL);

	ch.limit_w = limit_of(r->g);
	ch.usual_w = usual;
	ch.max_w = 1.5 * fmax(watts(r->g, SMI_MOST), ch.limit_w);
	ch.err_lo = -0.05;
	ch.err_hi = 0.05;
	snprintf(ch.err_source, sizeof ch.err_source,
		 "assumed for NVML; the maker states 5 %% for older boards only");
	return ch;
}

static void add_power(const struct row *r, enum smi_field f, const char *name, const char *what)
{
	struct meter_channel ch = begin_power(r, name);

	ch.refresh_ns = strcmp(what, "power of this moment") == 0 ? 100000000 : 1000000000;
	say_state(r->g, what, &ch);
	put(r, &ch, f);
}

/* Of this moment where the dump has it, else the mean. */
static enum smi_field best(const struct smi_gpu *g, enum smi_field now, enum smi_field mean)
{
	double w;

	return dump_quantity(g->field[now], "", "W", &w)  ? now :
	       dump_quantity(g->field[mean], "", "W", &w) ? mean : SMI_FIELDS;
}

static void add_parts(const struct row *r)
{
	const enum smi_field memory = best(r->g, SMI_MEMORY_NOW, SMI_MEMORY_MEAN),
			     module = best(r->g, SMI_MODULE_NOW, SMI_MODULE_MEAN);
	struct meter_channel ch;

	if (memory != SMI_FIELDS) { /* a part of the GPU's figure, never an addend */
		ch = begin_power(r, "memory power");
		ch.scope = CM_SCOPE_CORE;
		snprintf(ch.covers + strlen(ch.covers), sizeof ch.covers - strlen(ch.covers),
			 " memory");
		put(r, &ch, memory);
	}
	if (module != SMI_FIELDS) {
		ch = begin_power(r, "module power");
		ch.scope = CM_SCOPE_NODE;
		ch.max_w = ch.limit_w = ch.usual_w = 0;
		place_module(r->g, r->i, ch.covers, sizeof ch.covers);
		put(r, &ch, module);
	}
}

static void add_conditions(const struct row *r)
{
	static const struct { enum smi_field field; const char *what; } held[] = {
		{ SMI_HELD_POWER, "held back by its power limit" },
		{ SMI_HELD_SW_THERMAL, "held back by its driver's thermal limit" },
		{ SMI_HELD_HW_THERMAL, "held back by its hardware's thermal limit" },
		{ SMI_HELD_BRAKE, "held back by its external power brake" },
		{ SMI_HELD_SYNC, "held back by its slowest of the GPUs it is in step with" },
	}, heat[] = {
		{ SMI_TEMP, "temperature" },
		{ SMI_MEMORY_TEMP, "memory temperature" },
	};
	struct meter_channel ch;
	double c;

	for (size_t k = 0; k < CM_COUNT(held); k++) {
		if (!r->g->field[held[k].field])
			continue;
		ch = begin(r, CM_EVENT_COUNTER, "s", held[k].what);
		put(r, &ch, held[k].field);
	}
	for (size_t k = 0; k < CM_COUNT(heat); k++) {
		if (!dump_quantity(r->g->field[heat[k].field], "C", "C", &c))
			continue;
		ch = begin(r, CM_GAUGE, "C", heat[k].what);
		ch.step = 1;
		dump_add(r->c, &ch, r->g->field[heat[k].field], "C", r->t_s);
	}
}

static bool has_power(const struct smi_gpu *g)
{
	return g->field[SMI_NOW] || g->field[SMI_MEAN] || g->field[SMI_POWER];
}

/* nvidia-smi stats writes power and temperature on lines of their own. */
static bool power_elsewhere(const struct smi_dump *d, const struct smi_gpu *g)
{
	const char *key = key_of(g);

	for (size_t i = 0; key && i < d->n; i++)
		if (has_power(&d->gpu[i]) && key_of(&d->gpu[i]) && !strcmp(key_of(&d->gpu[i]), key))
			return true;
	return false;
}

static void add_row(const struct smi_dump *d, const struct row *r)
{
	const struct smi_gpu *g = r->g;

	/* Of this moment first: it is the one to integrate. Both are kept. */
	if (g->field[SMI_NOW])
		add_power(r, SMI_NOW, "power now", "power of this moment");
	if (g->field[SMI_MEAN])
		add_power(r, SMI_MEAN, "power, mean", "mean of the last second");
	if (g->field[SMI_POWER] || (!has_power(g) && !power_elsewhere(d, g)))
		add_power(r, SMI_POWER, "power", what_power_is(g));
	add_parts(r);
	add_conditions(r);
}

static enum cm_status add_rows(const struct smi_dump *d, const char *path, struct meter_ctx *c,
			       struct cm_err *err)
{
	struct who who = { 0 };
	size_t nameless = 0, look;

	for (size_t i = 0; i < d->n; i++)
		nameless += !key_of(&d->gpu[i]);
	look = nameless == d->n ? group(d) : 0;
	if (nameless && !look && d->n > MOST_NAMELESS)
		return cm_fail(err, CM_EINPUT,
			       "%s: %zu rows that name no GPU and no time, so nobody can tell "
			       "GPUs from readings: ask for --query-gpu=timestamp,index,power.draw",
			       path, d->n);
	for (size_t i = 0; i < d->n; i++) {
		const struct smi_gpu *g = &d->gpu[i];
		const char *time = g->field[SMI_TIME];
		const struct row r = { c, g, number_of(&who, g, i, look), time ? dump_time(time) : NAN,
				       path };

		add_row(d, &r);
	}
	free(who.key);
	dump_close_logs(c);
	return CM_OK;
}

static enum cm_status smi_dump_open(const struct meter_from *from, struct meter_ctx **out,
				    struct cm_err *err)
{
	struct smi_dump d = { 0 };
	struct meter_ctx *c = cm_alloc(sizeof *c);
	enum cm_status st = smi_read(from->dump, &d, err);

	if (!st)
		st = add_rows(&d, from->dump, c, err);
	smi_free(&d);
	if (st)
		dump_close(c);
	else
		*out = c;
	return st;
}

const struct meter meter_smi_dump = {
	.abi = CM_METER_ABI,
	.name = "smi_dump",
	.desc = "power of NVIDIA's GPUs from a file that nvidia-smi wrote",
	.open = smi_dump_open,
	.close = dump_close,
	.channels = dump_channels,
	.read = dump_read,
	.dumps = true,
};
