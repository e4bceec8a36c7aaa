/*
 * Energy of AMD's GPUs and the time that a limit held their clocks back, from the kernel driver's
 * table gpu_metrics.
 *
 * It needs no library of the vendor, and a recorded tree replays. A limit's share of the firmware's
 * cycles since the last reading, times the firmware's own time, are seconds held back; where the
 * firmware counts none (before MI300), a reason that stands now stood since the last reading, an
 * estimate. Energy is the counter that AMD SMI shows too, by the same PCI address, so it counts
 * once. Must not know who sums the channels.
 */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "amd_gpu.h"
#include "api/meter.h"
#include "base/str.h"
#include "base/sysfs.h"
#include "gpu_metrics.h"

#define MOST_CYCLES_S                                                                              \
	1e6            /* the control loop is of about 1 kHz; more is a counter that began anew */
#define MOST_SHARE 1.1 /* counters of one table are not of quite the same moment */

struct card {
	char *folder; /* …/sys/class/drm/card1/device */
	unsigned long number;
	struct amd_gpu gpu;
	struct gpu_metrics last;
	double held_s[GM_HELD]; /* since open */
	enum cm_status st;      /* of the last reading */
};

struct wire {
	size_t card;
	int held; /* -1: energy */
};

struct meter_ctx {
	struct card *card;
	size_t cards, card_cap;
	struct wire *wire;
	struct meter_channel *channel;
	size_t n, cap;
};

static const char *const limit_words[GM_HELD] = {
	[GM_POWER] = "power limit",
	[GM_THERMAL] = "thermal limit",
	[GM_VR] = "regulators' thermal limit",
	[GM_MEMORY] = "memory's thermal limit",
	[GM_PROCHOT] = "board's signal PROCHOT",
};

/* ---- one table ---- */

static enum cm_status take(const char *folder, struct gpu_metrics *out, struct cm_err *err)
{
	char *path = cm_printf_dup("%s/gpu_metrics", folder);
	struct str bytes = { 0 };
	const int e = sysfs_bytes(path, GM_MOST_BYTES, &bytes);
	enum cm_status st;

	if (e == EACCES || e == EPERM)
		st = cm_fail(err, CM_DENIED,
			     "this user may not read it; until the next boot: sudo chmod o+r %s", path);
	else if (e)
		st = cm_fail(err, sysfs_status(e), "%s gives no value: %s", path, strerror(e));
	else
		st = gpu_metrics_parse((const unsigned char *)str_get(&bytes), bytes.len, out, err);
	str_free(&bytes);
	free(path);
	return st;
}

/* Seconds between two tables: the firmware's time is that of the counters, the driver's that of the
 * reading. */
static double seconds(const struct gpu_metrics *then, const struct gpu_metrics *now)
{
	if (then->firmware != GM_NONE && now->firmware != GM_NONE)
		return now->firmware >= then->firmware
			       ? (double)(now->firmware - then->firmware) * 1e-8
			       : NAN;
	if (then->system_ns != GM_NONE && now->system_ns != GM_NONE)
		return now->system_ns >= then->system_ns
			       ? (double)(now->system_ns - then->system_ns) * 1e-9
			       : NAN;
	return NAN;
}

static enum cm_status follow_counts(struct card *c, const struct gpu_metrics *now)
{
	const uint64_t mask =
		now->counter_bits < 64 ? (UINT64_C(1) << now->counter_bits) - 1 : UINT64_MAX;
	const double s = seconds(&c->last, now),
		     cycles = (double)((now->cycles - c->last.cycles) & mask);

	if (isnan(s) || cycles > s * MOST_CYCLES_S)
		return CM_EDRIVER; /* it began anew */
	for (size_t h = 0; h < GM_HELD && cycles > 0; h++) {
		const double held = (double)((now->held[h] - c->last.held[h]) & mask);

		if (now->held[h] == GM_NONE || c->last.held[h] == GM_NONE)
			continue;
		if (held > MOST_SHARE * cycles + 2)
			return CM_EDRIVER;
		c->held_s[h] += fmin(1, held / cycles) * s;
	}
	return CM_OK;
}

static enum cm_status follow_reasons(struct card *c, const struct gpu_metrics *now)
{
	/* A reason is of the moment of the reading, so the driver's time is. */
	const struct gpu_metrics then = {.firmware = GM_NONE, .system_ns = c->last.system_ns};
	const double s = seconds(&then, now);

	if (isnan(s))
		return CM_EDRIVER;
	for (size_t h = 0; h < GM_HELD; h++)
		if (now->reasons & gm_reason[h])
			c->held_s[h] += s;
	return CM_OK;
}

/* Reads a card anew; what a limit held back since the last reading is added up. */
static void follow(struct card *c)
{
	struct gpu_metrics now = { 0 };

	c->st = take(c->folder, &now, NULL);
	if (c->st)
		return;
	if (now.content != c->last.content || now.counter_bits != c->last.counter_bits)
		c->st = CM_EDRIVER; /* another driver, whose reload voids the window */
	else if (now.counter_bits)
		c->st = follow_counts(c, &now);
	else if (now.reasons != GM_NONE)
		c->st = follow_reasons(c, &now);
	c->last = now;
}

/* ---- channels ---- */

static struct meter_channel *add(struct meter_ctx *c, size_t card, int held)
{
	CM_PUSH(c->wire, c->n, c->cap);
	c->channel = cm_realloc(c->channel, c->cap * sizeof *c->channel);
	c->wire[c->n] = (struct wire){card, held};
	return &c->channel[c->n++];
}

static void add_energy(struct meter_ctx *c, size_t i)
{
	const struct card *card = &c->card[i];
	struct meter_channel *ch = add(c, i, -1);

	amd_energy_channel(&card->gpu, card->number, "", (float)(GM_J * 1e6), ch);
	snprintf(ch->source, sizeof ch->source, "%.120s/gpu_metrics version %u.%u, 2^-16 J a count",
		 card->folder, card->last.format, card->last.content);
}

static void describe_held(const struct card *card, const char *what, struct meter_channel *ch)
{
	*ch = (struct meter_channel){.scope = CM_SCOPE_DEVICE,
				     .kind = CM_EVENT_COUNTER,
				     .unit = "s",
				     .basis = CM_MEASURED,
				     .driver = "amdgpu"};
	snprintf(ch->name, sizeof ch->name, "card%lu %s", card->number, what);
	snprintf(ch->covers, sizeof ch->covers, "%s", card->gpu.at);
	snprintf(ch->source, sizeof ch->source, "%.150s/gpu_metrics", card->folder);
}

static void add_held(struct meter_ctx *c, size_t i, size_t h)
{
	const struct card *card = &c->card[i];
	const bool counts = card->last.counter_bits > 0;
	char what[80];
	struct meter_channel *ch;

	if (counts ? card->last.held[h] == GM_NONE : card->last.reasons == GM_NONE)
		return;
	snprintf(what, sizeof what, "held back by its %s", limit_words[h]);
	ch = add(c, i, (int)h);
	describe_held(card, what, ch);
	snprintf(ch->source + strlen(ch->source), sizeof ch->source - strlen(ch->source),
		 " %u.%u%s", card->last.format, card->last.content,
		 counts ? "" : ", reasons at each reading (estimate)");
}

/* The limit in force: in the monitor of the same device. */
static void read_limit(struct card *c)
{
	char *folder = cm_printf_dup("%s/hwmon", c->folder);
	DIR *d = opendir(folder);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		char *monitor;

		if (!cm_starts(e->d_name, "hwmon"))
			continue;
		monitor = cm_printf_dup("%s/%s", folder, e->d_name);
		if (sysfs_number(monitor, "power1_cap", 1e6, false, &c->gpu.limit_w))
			c->gpu.limit_w = 0;
		if (sysfs_number(monitor, "power1_cap_default", 1e6, false, &c->gpu.usual_w))
			c->gpu.usual_w = 0;
		free(monitor);
	}
	if (d)
		closedir(d);
	free(folder);
}

/* PCI address, from uevent: a copied tree has no links. */
static void place(struct card *c)
{
	char *path = cm_printf_dup("%s/uevent", c->folder), text[256];
	FILE *f = fopen(path, "re");

	free(path);
	snprintf(c->gpu.at, sizeof c->gpu.at, "card%lu", c->number);
	while (f && fgets(text, sizeof text, f)) {
		text[strcspn(text, "\r\n")] = '\0';
		if (cm_starts(text, "PCI_SLOT_NAME="))
			snprintf(c->gpu.at, sizeof c->gpu.at, "%.31s",
				 text + strlen("PCI_SLOT_NAME="));
	}
	if (f)
		fclose(f);
	if (sysfs_line(c->folder, "product_name", c->gpu.name, sizeof c->gpu.name) ||
	    !c->gpu.name[0])
		snprintf(c->gpu.name, sizeof c->gpu.name, "AMD GPU");
	read_limit(c);
}

static void add_channels(struct meter_ctx *c, size_t i)
{
	struct card *card = &c->card[i];
	struct cm_err why = {CM_OK, ""};
	const enum cm_status st = take(card->folder, &card->last, &why);

	place(card);
	if (st) {
		struct meter_channel *ch = add(c, i, 0);

		describe_held(card, "held back by its limits", ch);
		ch->st = st;
		snprintf(ch->reason, sizeof ch->reason, "%.191s", why.why);
		return;
	}
	if (card->last.energy != GM_NONE)
		add_energy(c, i);
	for (size_t h = 0; h < GM_HELD; h++)
		add_held(c, i, h);
}

/* ---- the meter ---- */

static int by_number(const void *a, const void *b)
{
	const struct card *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

/* Cards that have the table; "card0-DP-1" is a connector. */
static void find_cards(const char *folder, struct meter_ctx *c)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		char *end = NULL, *device, *table;
		unsigned long k;

		if (!cm_starts(e->d_name, "card") || e->d_name[4] < '0' || e->d_name[4] > '9')
			continue;
		k = strtoul(e->d_name + 4, &end, 10);
		if (*end)
			continue;
		device = cm_printf_dup("%s/%s/device", folder, e->d_name);
		table = cm_printf_dup("%s/gpu_metrics", device);
		if (access(table, F_OK) == 0) {
			CM_PUSH(c->card, c->cards, c->card_cap);
			c->card[c->cards++] = (struct card){.folder = device, .number = k};
			device = NULL;
		}
		free(table);
		free(device);
	}
	if (d)
		closedir(d);
	if (c->cards)
		qsort(c->card, c->cards, sizeof *c->card, by_number);
}

static void amdgpu_close(struct meter_ctx *c)
{
	for (size_t i = 0; i < c->cards; i++)
		free(c->card[i].folder);
	free(c->card);
	free(c->wire);
	free(c->channel);
	free(c);
}

static enum cm_status amdgpu_open(const struct meter_from *from, struct meter_ctx **out,
				  struct cm_err *err)
{
	const char *root = from && from->sysfs_root ? from->sysfs_root : "";
	char *folder = cm_printf_dup("%s/sys/class/drm", root);
	struct meter_ctx *c = cm_alloc(sizeof *c);

	find_cards(folder, c);
	free(folder);
	for (size_t i = 0; i < c->cards; i++)
		add_channels(c, i);
	if (!c->n) {
		const size_t cards = c->cards;

		amdgpu_close(c);
		return cm_fail(
			err, CM_ABSENT,
			cards ? "the table gpu_metrics of the cards here tells neither energy nor "
				"limits"
			      : "no card in /sys/class/drm has amdgpu's table gpu_metrics");
	}
	*out = c;
	return CM_OK;
}

static size_t amdgpu_channels(struct meter_ctx *c, const struct meter_channel **out)
{
	*out = c->channel;
	return c->n;
}

static enum cm_status amdgpu_read(struct meter_ctx *c, struct meter_value *values,
				  struct cm_err *err)
{
	size_t card = SIZE_MAX;

	(void)err; /* a card that fails is that card's state */
	for (size_t i = 0; i < c->n; i++) {
		const struct wire *w = &c->wire[i];
		struct card *at = &c->card[w->card];

		values[i] = (struct meter_value){0, c->channel[i].st};
		if (c->channel[i].st)
			continue;
		if (w->card != card) /* channels of a card stand together: one reading for all */
			follow(at);
		card = w->card;
		values[i].st = at->st;
		if (!at->st && w->held < 0 && at->last.energy == GM_NONE)
			values[i].st = CM_EDRIVER;
		else if (!at->st)
			values[i].value =
				w->held < 0 ? (double)at->last.energy * GM_J : at->held_s[w->held];
	}
	return CM_OK;
}

const struct meter meter_amdgpu = {
	.abi = CM_METER_ABI,
	.name = "amdgpu",
	.desc = "energy of AMD's GPUs and time held back by their limits, by the kernel's driver",
	.open = amdgpu_open,
	.close = amdgpu_close,
	.channels = amdgpu_channels,
	.read = amdgpu_read,
};
