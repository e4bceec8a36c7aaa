/* Energy and time held back from amdgpu's table gpu_metrics, on trees made here: tables are filled
 * through structs laid out by the kernel's field lists, so that the offsets that the reader has are
 * checked by the compiler. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../vendors/amd/gpu_metrics.h"
#include "driver_lib.h"

extern const struct meter meter_amdgpu;
static const struct meter *const meters[] = {&meter_amdgpu, NULL};

static struct scratch dir;

/* ---- tables ---- */

struct head {
	uint16_t size;
	uint8_t format, content;
};

struct v1_3 {
	struct head head;
	uint16_t temperature[6], activity[3], watts;
	uint64_t energy, system_ns;
	uint16_t mean_clock[7], clock[7];
	uint32_t throttle;
	uint16_t fan, pcie[2], pad;
	uint32_t activity_sum[2];
	uint16_t hbm[4];
	uint64_t firmware;
	uint16_t volt[3], pad1;
	uint64_t reasons;
};

#define LINKS                                                                                      \
	uint16_t pcie[2], xgmi[2];                                                                 \
	uint32_t activity_sum[2];                                                                  \
	uint64_t pcie_count[5]
#define CLOCKS uint16_t gfx[8], soc[4], vclk[4], dclk[4], uclk, last
#define LIMITS uint32_t cycles, prochot, ppt, socket, vr, hbm
#define UNITS uint16_t vcn[4], jpeg[32]

struct v1_4 {
	struct head head;
	uint16_t temperature[3], watts, activity[2], vcn[4];
	uint64_t energy, system_ns;
	uint32_t throttle, locked;
	LINKS;
	uint64_t xgmi_data[16], firmware;
	CLOCKS;
};

struct v1_5 {
	struct head head;
	uint16_t temperature[3], watts, activity[2];
	UNITS;
	uint64_t energy, system_ns;
	uint32_t throttle, locked;
	LINKS;
	uint32_t nak[2];
	uint64_t xgmi_data[16], firmware;
	CLOCKS;
};

struct v1_6_first { /* of Linux 6.12 */
	struct head head;
	uint16_t temperature[3], watts, activity[2];
	UNITS;
	uint64_t energy, system_ns;
	LIMITS;
	uint32_t throttle, locked;
	LINKS;
	uint32_t nak[2];
	uint64_t xgmi_data[16], firmware;
	CLOCKS;
};

struct part_1_6 {
	uint32_t busy[8];
	uint16_t jpeg[32], vcn[4];
	uint64_t busy_sum[8];
};
struct part_1_7 {
	struct part_1_6 as;
	uint64_t below[8];
};
struct part_1_8 {
	uint32_t busy[8];
	uint16_t jpeg[40], vcn[4];
	uint64_t busy_sum[8], below[4][8];
};

struct v1_6 {
	struct head head;
	uint16_t temperature[3], watts, activity[2];
	uint64_t energy, system_ns;
	LIMITS;
	uint32_t locked;
	LINKS;
	uint32_t nak[2];
	uint64_t xgmi_data[16], firmware;
	CLOCKS;
	struct part_1_6 part[8];
	uint32_t recovery;
};

#define FROM_1_7(PART)                                                                             \
	struct head head;                                                                          \
	uint16_t temperature[3], watts, activity[2];                                               \
	uint64_t most_bandwidth, energy, system_ns;                                                \
	LIMITS;                                                                                    \
	uint32_t locked;                                                                           \
	LINKS;                                                                                     \
	uint32_t nak[2];                                                                           \
	uint64_t xgmi_data[16];                                                                    \
	uint16_t link[8], pad;                                                                     \
	uint64_t firmware;                                                                         \
	CLOCKS;                                                                                    \
	struct PART part[8];                                                                       \
	uint32_t recovery

struct v1_7 {
	FROM_1_7(part_1_7);
};
struct v1_8 {
	FROM_1_7(part_1_8);
};

struct __attribute__((packed)) attribute {
	uint64_t code;
	union {
		uint32_t u32;
		uint64_t u64;
	} v;
};

#define CODE(type, id, values) ((uint64_t)(type) << 20 | (uint64_t)(id) << 10 | (values))

/* What a table says, whatever its version. */
struct said {
	uint64_t energy, system_ns, firmware, reasons;
	uint32_t cycles, prochot, ppt, socket, vr, hbm;
};

static size_t add_u64(unsigned char *at, unsigned id, uint64_t v)
{
	const uint64_t code = CODE(6, id, 1);

	memcpy(at, &code, 8);
	memcpy(at + 8, &v, 8);
	return 16;
}

static size_t add_u32(unsigned char *at, unsigned id, uint32_t v)
{
	const uint64_t code = CODE(4, id, 1);

	memcpy(at, &code, 8);
	memcpy(at + 8, &v, 4);
	return 12;
}

/* 1.9: each attribute with its code; an array of eight clocks stands between them. */
static size_t describe_itself(unsigned char *bytes, const struct said *s)
{
	const uint64_t clocks = CODE(2, 33, 8);
	const uint32_t count = 10;
	size_t n = 8;

	n += add_u64(bytes + n, 7, s->energy);
	n += add_u64(bytes + n, 8, s->system_ns);
	n += add_u32(bytes + n, 9, s->cycles);
	n += add_u32(bytes + n, 10, s->prochot);
	memcpy(bytes + n, &clocks, 8);
	memset(bytes + n + 8, 0x11, 16);
	n += 24;
	n += add_u32(bytes + n, 11, s->ppt);
	n += add_u32(bytes + n, 12, s->socket);
	n += add_u32(bytes + n, 13, s->vr);
	n += add_u32(bytes + n, 14, s->hbm);
	n += add_u64(bytes + n, 32, s->firmware);
	memcpy(bytes, &(struct head){(uint16_t)n, 1, 9}, 4);
	memcpy(bytes + 4, &count, 4);
	return n;
}

#define COMMON(t) (t).energy = s->energy, (t).system_ns = s->system_ns, (t).firmware = s->firmware
#define COUNTS(t)                                                                                  \
	(t).cycles = s->cycles, (t).prochot = s->prochot, (t).ppt = s->ppt,                        \
	(t).socket = s->socket, (t).vr = s->vr, (t).hbm = s->hbm
#define TABLE(type, number, ...)                                                                   \
	if (!strcmp(version, number)) {                                                            \
		struct type t;                                                                     \
		memset(&t, 0x11, sizeof t);                                                        \
		t.head = (struct head){sizeof t, 1, (uint8_t)(number[2] - '0')};                   \
		__VA_ARGS__;                                                                       \
		memcpy(bytes, &t, sizeof t);                                                       \
		return sizeof t;                                                                   \
	}

static size_t fill(const char *version, const struct said *s, unsigned char *bytes)
{
	TABLE(v1_3, "1.3", COMMON(t), t.reasons = s->reasons)
	TABLE(v1_4, "1.4", COMMON(t))
	TABLE(v1_5, "1.5", COMMON(t))
	TABLE(v1_6_first, "1.6 first", COMMON(t), COUNTS(t))
	TABLE(v1_6, "1.6", COMMON(t), COUNTS(t))
	TABLE(v1_7, "1.7", COMMON(t), COUNTS(t))
	TABLE(v1_8, "1.8", COMMON(t), COUNTS(t))
	return describe_itself(bytes, s);
}

/* ---- a tree and a window ---- */

static void put_bytes(unsigned card, const unsigned char *bytes, size_t n)
{
	char name[64], uevent[64];

	snprintf(name, sizeof name, "sys/class/drm/card%u/device/uevent", card);
	snprintf(uevent, sizeof uevent, "DRIVER=amdgpu\nPCI_SLOT_NAME=0000:c%u:00.0\n", card);
	scratch_put(&dir, name, uevent);
	snprintf(name, sizeof name, "sys/class/drm/card%u/device/gpu_metrics", card);
	scratch_write(&dir, name, (const char *)bytes, n);
}

static void put_table(const char *version, unsigned card, const struct said *s)
{
	unsigned char bytes[4096];

	put_bytes(card, bytes, fill(version, s, bytes));
}

static struct metering *open_tree(void)
{
	const struct metering_options o = {
		.meters = meters, .now_ns = driver_clock, .sysfs_root = dir.dir};
	struct metering *m = NULL;

	driver_clock_ns = 1000000000;
	assert_int_equal(metering_open(&o, &m, NULL), CM_OK);
	return m;
}

/* 10 s with a reading in the middle: what the tables say at 0, 5 and 10 s. */
static void three(const char *version, const struct said *s, struct metering_result *r,
		  struct metering **m)
{
	put_table(version, 1, &s[0]);
	*m = open_tree();
	assert_int_equal(metering_begin(*m, NULL), CM_OK);
	for (int i = 1; i < 3; i++) {
		driver_clock_ns += 5000000000;
		put_table(version, 1, &s[i]);
		if (i == 1)
			assert_int_equal(metering_poll(*m, NULL), CM_OK);
	}
	assert_int_equal(metering_end(*m, r, NULL), CM_OK);
}

static const struct metering_count *count_of(const struct metering_result *r, const char *name)
{
	for (size_t i = 0; i < r->counts; i++)
		if (!strcmp(r->count[i].name, name))
			return &r->count[i];
	fail_msg("nothing counts %s", name);
	return NULL;
}

static void held(const struct metering_result *r, const char *limit, double s)
{
	char name[96];

	snprintf(name, sizeof name, "card1 held back by its %s", limit);
	assert_null(count_of(r, name)->missing);
	near(count_of(r, name)->value, s);
}

/* ---- tests ---- */

/* 1000 cycles a second for 10 s. PPT: 1000 of 5000 cycles, then 4000 of 5000: 1 + 4 = 5 s; socket
 * 2500 of the second 5000: 2.5 s; regulators 500 of the first: 0.5 s; memory none; PROCHOT 50 + 50:
 * 0.1 s. 131 072 000 counts of 2^-16 J are 2000 J. Counters start at half their range and pass it.
 */
static void versions(void **state)
{
	static const char *const with_counts[] = {"1.6 first", "1.6", "1.7", "1.8", "1.9"};
	static const struct said s[3] = {
		{7, 5000000000, 500000000, 0, 4294965000u, 10, 4294967000u, 20, 30, 0},
		{65536007, 10000000000, 1000000000, 0, 2704u, 60, 704u, 20, 530, 0},
		{131072007, 15000000000, 1500000000, 0, 7704u, 110, 4704u, 2520, 530, 0},
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(with_counts); i++) {
		struct metering_result r;
		struct metering *m;

		three(with_counts[i], s, &r, &m);
		assert_string_equal(channel(m, "card1 energy")->covers, "0000:c1:00.0");
		near(channel(m, "card1 energy")->step, 1.0 / 65536);
		assert_null(r.joules.missing);
		near(r.joules.value, 2000);
		assert_int_equal(r.counts, 5);
		held(&r, "power limit", 5);
		held(&r, "thermal limit", 2.5);
		held(&r, "regulators' thermal limit", 0.5);
		held(&r, "memory's thermal limit", 0);
		held(&r, "board's signal PROCHOT", 0.1);
		says(r.note, "card1 held back by its power limit for 50 % of the window");
		metering_close(m);
	}
}

/* Before MI300: reasons at each reading. Power (PPT0) at 0 and 5 s, memory at 10 s: 5 s of power by
 * the one reading within, 5 s of memory. 1.3 counts energy in units of each card's own, 1.4 and 1.5
 * count no limits. */
static void older(void **state)
{
	static const struct said s[3] = {
		{1, 5000000000, 1, 1, 0, 0, 0, 0, 0, 0},
		{65536001, 10000000000, 2, 1, 0, 0, 0, 0, 0, 0},
		{131072001, 15000000000, 3, UINT64_C(1) << 34, 0, 0, 0, 0, 0, 0},
	};
	struct metering_result r;
	struct metering *m;

	(void)state;
	three("1.3", s, &r, &m);
	assert_non_null(r.joules.missing);
	held(&r, "power limit", 5);
	held(&r, "memory's thermal limit", 5);
	held(&r, "thermal limit", 0);
	says(channel(m, "card1 held back by its power limit")->source,
	     "1.3, reasons at each reading (estimate)");
	metering_close(m);
	for (int i = 0; i < 2; i++) {
		three(i ? "1.5" : "1.4", s, &r, &m);
		near(r.joules.value, 2000);
		assert_int_equal(r.counts, 0);
		metering_close(m);
	}
}

/* All ones of a field's width: this card does not give it. */
static void not_given(void **state)
{
	static const struct said s[3] = {
		{1, 5000000000, UINT64_MAX, 0, 1000, 0, 0, UINT32_MAX, UINT32_MAX, UINT32_MAX},
		{65536001, 10000000000, UINT64_MAX, 0, 6000, 0, 1000, UINT32_MAX, UINT32_MAX,
		 UINT32_MAX},
		{131072001, 15000000000, UINT64_MAX, 0, 11000, 0, 2000, UINT32_MAX, UINT32_MAX,
		 UINT32_MAX},
	};
	struct metering_result r;
	struct metering *m;

	(void)state;
	three("1.8", s, &r, &m);
	assert_int_equal(r.counts, 2);
	held(&r, "power limit", 2); /* by the driver's time, since the firmware gives none */
	held(&r, "board's signal PROCHOT", 0);
	metering_close(m);
}

/* A counter that fell, time that ran backward, a limit that held for longer than there was time: no
 * seconds. */
static void faults(void **state)
{
	static const struct said good = {65536, 10000000000, 1000000000, 0, 60000,
					 0,     10000,       0,          0, 0};
	static const struct said bad[] = {
		{131072, 15000000000, 1500000000, 0, 10, 0, 10, 0, 0, 0},
		{131072, 15000000000, 900000000, 0, 65000, 0, 12000, 0, 0, 0},
		{131072, 15000000000, 1500000000, 0, 65000, 0, 20000, 0, 0, 0},
		{131072, 15000000000, 1500000000, 0, 65000, 0, 9000, 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(bad); i++) {
		const struct said s[3] = {good, good, bad[i]};
		struct metering_result r;
		struct metering *m;

		three("1.6", s, &r, &m);
		says(count_of(&r, "card1 held back by its power limit")->missing,
		     "a reading failed");
		assert_non_null(r.joules.missing);
		metering_close(m);
	}
}

/* Versions that are not known, a size that is none of that version, cut tables: a reason, never a
 * figure. */
static void refused(void **state)
{
	static const struct {
		unsigned char head[4];
		size_t n;
		enum cm_status st;
		const char *why;
	} rows[] = {
		{{0x80, 0x06, 1, 7}, 1664, CM_UNSUPPORTED, "version 1.7 with 1664 bytes"},
		{{0x80, 0x06, 1, 5}, 1664, CM_UNSUPPORTED, "version 1.5 with 1664 bytes"},
		{{0x68, 0x00, 2, 4}, 104, CM_UNSUPPORTED, "version 2.4"},
		{{0x08, 0x01, 3, 0}, 264, CM_UNSUPPORTED, "version 3.0"},
		{{0x80, 0x06, 1, 6}, 1663, CM_EDRIVER, "cut: 1663 of the 1664 bytes"},
		{{0x80, 0x06, 1, 9}, 1664, CM_UNSUPPORTED, "version 1.9"},
		{{0x06, 0x00, 1, 9}, 6, CM_UNSUPPORTED, "version 1.9"},
		{{0, 0, 0, 0}, 0, CM_EDRIVER, "no header"},
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		unsigned char bytes[2048];
		struct metering *m;

		memset(bytes, 0x11, sizeof bytes);
		memcpy(bytes, rows[i].head, 4);
		put_bytes(1, bytes, rows[i].n);
		m = open_tree();
		assert_int_equal(channel(m, "card1 held back by its limits")->st, rows[i].st);
		says(channel(m, "card1 held back by its limits")->reason, rows[i].why);
		metering_close(m);
	}
}

/* Any cut of a table that describes itself, and any one byte of its codes changed, reads nothing
 * outside of it. */
static void cut_anywhere(void **state)
{
	static const struct said s = {1, 2, 3, 0, 4, 5, 6, 7, 8, 9};
	unsigned char bytes[4096];
	const size_t n = fill("1.9", &s, bytes);

	(void)state;
	for (size_t cut = 4; cut < n; cut++) {
		unsigned char *copy = malloc(cut);
		struct gpu_metrics out;

		memcpy(copy, bytes, cut);
		memcpy(copy, &(struct head){(uint16_t)cut, 1, 9}, 4);
		assert_int_equal(gpu_metrics_parse(copy, cut, &out, NULL), CM_UNSUPPORTED);
		free(copy);
	}
	for (size_t at = 4; at < n; at++) {
		unsigned char *copy = malloc(n);
		struct gpu_metrics out;
		enum cm_status st;

		memcpy(copy, bytes, n);
		copy[at] ^= 0xff;
		st = gpu_metrics_parse(copy, n, &out, NULL);
		assert_true(st == CM_OK || st == CM_UNSUPPORTED);
		free(copy);
	}
}

/* Two cards, one of another driver between them, a connector, one that may not be read. */
static void cards(void **state)
{
	static const struct said s = {65536, 10000000000, 1000000000, 0, 60000, 0, 10000, 0, 0, 0};
	struct metering *m;

	(void)state;
	put_table("1.8", 1, &s);
	put_table("1.6", 3, &s);
	scratch_put(&dir, "sys/class/drm/card2/device/uevent", "DRIVER=nouveau\n");
	scratch_put(&dir, "sys/class/drm/card1-DP-1/device/gpu_metrics", "connector");
	scratch_put(&dir, "sys/class/drm/card1/device/product_name", "AMD Instinct MI300X OAM\n");
	scratch_put(&dir, "sys/class/drm/card1/device/hwmon/hwmon4/power1_cap", "750000000\n");
	m = open_tree();
	assert_string_equal(channel(m, "card3 energy")->covers, "0000:c3:00.0");
	says(channel(m, "card1 energy")->note, "AMD Instinct MI300X OAM, power limit 750 W");
	near(channel(m, "card1 energy")->max_w, 1125);
	metering_close(m);
	if (geteuid() == 0)
		return; /* root may read all */
	chmod(scratch_path(&dir, "sys/class/drm/card3/device/gpu_metrics"), 0);
	m = open_tree();
	assert_int_equal(channel(m, "card3 held back by its limits")->st, CM_DENIED);
	says(channel(m, "card3 held back by its limits")->reason, "sudo chmod o+r");
	metering_close(m);
}

static int setup(void **state)
{
	(void)state;
	scratch_begin(&dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	scratch_end(&dir);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(versions, setup, teardown),
		cmocka_unit_test_setup_teardown(older, setup, teardown),
		cmocka_unit_test_setup_teardown(not_given, setup, teardown),
		cmocka_unit_test_setup_teardown(faults, setup, teardown),
		cmocka_unit_test_setup_teardown(refused, setup, teardown),
		cmocka_unit_test_setup_teardown(cut_anywhere, setup, teardown),
		cmocka_unit_test_setup_teardown(cards, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
