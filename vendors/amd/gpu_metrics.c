/*
 * Reads amdgpu's table gpu_metrics by the version and size that its header tells.
 *
 * One version number had two layouts (1.6), so a layout is known by both; any other pair is refused
 * rather than read at a wrong place. From 1.9 on the table describes itself. Offsets:
 * drivers/gpu/drm/amd/include/kgd_pp_interface.h of Linux 6.6 to 6.19, which pads as x86-64 does;
 * bits of reasons: drivers/gpu/drm/amd/pm/swsmu/inc/amdgpu_smu.h. The same numbers reach a caller
 * by amdsmi_get_violation_status and amdsmi_get_gpu_metrics_info, in structs that grew from release
 * to release without a size field.
 */
#include "gpu_metrics.h"

#include <string.h>

#include "base/str.h"

#define BIT(n) (UINT64_C(1) << (n))

const uint64_t gm_reason[GM_HELD] = {
	/* PPT0 to 3, SPL, FPPT, SPPT, SPPT of an APU; currents TDC, EDC and APCC are limits of
	   power delivery too */
	[GM_POWER] = 0xff | 0xff0000,
	/* GPU, core, edge, hotspot, SoC, coolant */
	[GM_THERMAL] = BIT(32) | BIT(33) | BIT(35) | BIT(36) | BIT(37) | BIT(42) | BIT(43),
	[GM_VR] = BIT(38) | BIT(39) | BIT(40) | BIT(41) | BIT(44) | BIT(45),
	[GM_MEMORY] = BIT(34),
	[GM_PROCHOT] = BIT(46) | BIT(47),
};

/* ---- versions with a fixed layout; an offset of 0 means that it has no such field ---- */

struct layout {
	unsigned content, size;
	unsigned energy, system_ns, firmware;
	unsigned cycles; /* u32; after it prochot, ppt, socket, vr, hbm, u32 each */
	unsigned reasons;
};

static const struct layout layouts[] = {
	/* energy of 1.3 is in units that differ from card to card */
	{.content = 3, .size = 120, .system_ns = 32, .firmware = 96, .reasons = 112},
	{.content = 4, .size = 288, .energy = 24, .system_ns = 32, .firmware = 232},
	{.content = 5, .size = 360, .energy = 88, .system_ns = 96, .firmware = 304},
	{.content = 6, .size = 384, .energy = 88, .system_ns = 96, .firmware = 328, .cycles = 104},
	{.content = 6, .size = 1664, .energy = 16, .system_ns = 24, .firmware = 256, .cycles = 32},
	{.content = 7, .size = 2208, .energy = 24, .system_ns = 32, .firmware = 288, .cycles = 40},
	{.content = 8, .size = 3360, .energy = 24, .system_ns = 32, .firmware = 288, .cycles = 40},
	{.content = 8, .size = 3872, .energy = 24, .system_ns = 32, .firmware = 288, .cycles = 40},
};

/* Little-endian, as every machine with such a card writes it. */
static uint64_t number(const unsigned char *at, size_t width)
{
	uint64_t v = 0;

	for (size_t i = 0; i < width; i++)
		v |= (uint64_t)at[i] << (8 * i);
	return width < 8 && v == BIT(8 * width) - 1 ? GM_NONE : v;
}

static uint64_t field(const unsigned char *bytes, unsigned at, size_t width)
{
	return at ? number(bytes + at, width) : GM_NONE;
}

static void read_fixed(const struct layout *l, const unsigned char *bytes, struct gpu_metrics *out)
{
	static const enum gm_held order[GM_HELD] = {GM_PROCHOT, GM_POWER, GM_THERMAL, GM_VR,
						    GM_MEMORY};

	out->energy = field(bytes, l->energy, 8);
	out->system_ns = field(bytes, l->system_ns, 8);
	out->firmware = field(bytes, l->firmware, 8);
	out->reasons = field(bytes, l->reasons, 8);
	out->cycles = field(bytes, l->cycles, 4);
	for (unsigned i = 0; l->cycles && i < GM_HELD; i++)
		out->held[order[i]] = field(bytes, l->cycles + 4 * (i + 1), 4);
	out->counter_bits = l->cycles ? 32 : 0;
}

/* ---- 1.9 and later: a count, then for each attribute its code (8 bytes) and its values, packed
 * ---- */

enum {
	ATTR_ENERGY = 7,
	ATTR_SYSTEM_NS,
	ATTR_CYCLES,
	ATTR_PROCHOT,
	ATTR_PPT,
	ATTR_SOCKET,
	ATTR_VR,
	ATTR_HBM,
	ATTR_FIRMWARE = 32
};

static void keep(struct gpu_metrics *out, unsigned id, uint64_t v, size_t width)
{
	static const struct {
		unsigned id;
		enum gm_held held;
	} counts[] = {
		{ATTR_PROCHOT, GM_PROCHOT}, {ATTR_PPT, GM_POWER},  {ATTR_SOCKET, GM_THERMAL},
		{ATTR_VR, GM_VR},           {ATTR_HBM, GM_MEMORY},
	};

	if (id == ATTR_ENERGY)
		out->energy = v;
	else if (id == ATTR_SYSTEM_NS)
		out->system_ns = v;
	else if (id == ATTR_FIRMWARE)
		out->firmware = v;
	else if (id == ATTR_CYCLES)
		out->counter_bits = (unsigned)(8 * width), out->cycles = v;
	for (size_t i = 0; i < CM_COUNT(counts); i++)
		if (counts[i].id == id)
			out->held[counts[i].held] = v;
}

/* False where the parts do not add up to the whole: it is another layout. */
static bool read_attributes(const unsigned char *bytes, size_t n, struct gpu_metrics *out)
{
	static const size_t width_of[] = {1, 1, 2, 2,
					  4, 4, 8, 8}; /* U8 S8 U16 S16 U32 S32 U64 S64 */
	size_t at = 8;

	if (n < 8)
		return false;
	for (uint64_t left = number(bytes + 4, 4); left; left--) {
		uint64_t code, type, values;

		if (n - at < 8)
			return false;
		code = number(bytes + at, 8);
		type = code >> 20 & 0xf;
		values = code & 0x3ff;
		at += 8;
		if (code >> 32 || type >= CM_COUNT(width_of) || values * width_of[type] > n - at)
			return false;
		if (values == 1)
			keep(out, (unsigned)(code >> 10 & 0x3ff),
			     number(bytes + at, width_of[type]), width_of[type]);
		at += values * width_of[type];
	}
	return n - at < 8; /* the end of the whole may be aligned */
}

/* ---- any of them ---- */

enum cm_status gpu_metrics_parse(const unsigned char *bytes, size_t n, struct gpu_metrics *out,
				 struct cm_err *err)
{
	struct gpu_metrics m = {.energy = GM_NONE,
				.system_ns = GM_NONE,
				.firmware = GM_NONE,
				.cycles = GM_NONE,
				.reasons = GM_NONE};
	size_t size;

	for (size_t i = 0; i < GM_HELD; i++)
		m.held[i] = GM_NONE;
	if (n < 4)
		return cm_fail(err, CM_EDRIVER, "gpu_metrics has %zu bytes, no header", n);
	size = (size_t)(bytes[0] | bytes[1] << 8);
	m.format = bytes[2];
	m.content = bytes[3];
	if (n < size)
		return cm_fail(err, CM_EDRIVER,
			       "gpu_metrics is cut: %zu of the %zu bytes that its header tells", n,
			       size);
	if (m.format == 1 && m.content >= 9 && read_attributes(bytes, size, &m)) {
		*out = m;
		return CM_OK;
	}
	for (size_t i = 0; m.format == 1 && i < CM_COUNT(layouts); i++) {
		if (layouts[i].content != m.content || layouts[i].size != size)
			continue;
		read_fixed(&layouts[i], bytes, &m);
		*out = m;
		return CM_OK;
	}
	return cm_fail(err, CM_UNSUPPORTED,
		       "gpu_metrics is of version %u.%u with %zu bytes; read are 1.3 to 1.8 as "
		       "Linux has them, and 1.9",
		       m.format, m.content, size);
}
