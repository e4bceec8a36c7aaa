/*
 * Power and energy of Intel's GPUs from what xpu-smi wrote to a file. A tile's share lies inside its device's
 * and is never added to it. Must not know the formats.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "api/meter.h"
#include "base/dump_meter.h"
#include "base/str.h"
#include "xpu_dump.h"

struct taking { struct meter_ctx *c; const char *path; };

static void take(void *to, const struct xpu_value *v)
{
	const struct taking *t = to;
	const bool power = !strcmp(v->what, "power"), energy = !strcmp(v->what, "energy");
	struct meter_channel ch = {
		.scope = v->tile < 0 ? CM_SCOPE_DEVICE : CM_SCOPE_CORE,
		.basis = CM_MEASURED,
		.kind = power ? CM_POWER_SAMPLE : energy ? CM_ENERGY_COUNTER : CM_GAUGE,
		.unit = power ? "W" : energy ? "J" : "C",
		.step = power ? 0 : energy ? 0.01 : 1,
		.refresh_ns = power || energy ? 100000000 : 0,
	};
	char tile[32] = "";

	if (v->tile >= 0)
		snprintf(tile, sizeof tile, " tile %ld", v->tile);
	snprintf(ch.name, sizeof ch.name, "xpu%ld%s %s", v->device, tile, v->what);
	snprintf(ch.source, sizeof ch.source, "%s", t->path);
	if (v->bus)
		snprintf(ch.covers, sizeof ch.covers, "%.32s%s", v->bus, tile);
	else
		snprintf(ch.covers, sizeof ch.covers, "Intel GPU %ld%s", v->device, tile);
	for (char *p = ch.covers; v->bus && *p; p++)
		*p = (char)tolower((unsigned char)*p);
	if (power || energy) {
		ch.err_lo = -0.05;
		ch.err_hi = 0.05;
		snprintf(ch.err_source, sizeof ch.err_source, "assumed for Sysman");
		snprintf(ch.note, sizeof ch.note, "%s", energy ? "since the tool's session began" :
			 "mean since the tool's last look");
	}
	dump_add(t->c, &ch, v->text, v->unit, v->t_s);
}

static enum cm_status xpu_dump_open(const struct meter_from *from, struct meter_ctx **out,
				    struct cm_err *err)
{
	struct taking t = { cm_alloc(sizeof *t.c), from->dump };
	const enum cm_status st = xpu_read(from->dump, take, &t, err);

	if (st) {
		dump_close(t.c);
		return st;
	}
	dump_close_logs(t.c);
	*out = t.c;
	return CM_OK;
}

const struct meter meter_xpu_dump = {
	.abi = CM_METER_ABI,
	.name = "xpu_dump",
	.desc = "power and energy of Intel's GPUs from a file that xpu-smi wrote",
	.open = xpu_dump_open,
	.close = dump_close,
	.channels = dump_channels,
	.read = dump_read,
	.dumps = true,
};
