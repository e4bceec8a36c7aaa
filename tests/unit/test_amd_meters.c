/* The meters of AMD's two management libraries against libraries that implement their interface and
 * fail as scripted. Where the real headers are installed, our declarations agree with them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>

#include "../../vendors/amd/amd_gpu.h"
#include "../../vendors/amd/amd_smi_abi.h"
#include "../../vendors/amd/rocm_smi_abi.h"
#include "api/meter.h"
#include "driver_lib.h"

#define SAME(a, b) _Static_assert((long)(a) == (long)(b), #a)
#if __has_include(<rocm_smi/rocm_smi.h>)
#include <rocm_smi/rocm_smi.h>
SAME(CMRS_NOT_SUPPORTED, RSMI_STATUS_NOT_SUPPORTED);
SAME(CMRS_NO_PERMISSION, RSMI_STATUS_PERMISSION);
SAME(sizeof(cmrs_ret), sizeof(rsmi_status_t));
SAME(AMD_EDGE, RSMI_TEMP_TYPE_EDGE);
SAME(AMD_HOTSPOT, RSMI_TEMP_TYPE_JUNCTION);
SAME(AMD_MEMORY, RSMI_TEMP_TYPE_MEMORY);
SAME(CMRS_HEAT_NOW, RSMI_TEMP_CURRENT);
SAME(sizeof(int), sizeof(rsmi_temperature_metric_t));
/* The real prototypes, called with our arguments: a type that differs is an error here. */
static inline void rocm_prototypes(void)
{
	rsmi_status_t (*count)(uint32_t *) = rsmi_num_monitor_devices;
	rsmi_status_t (*place)(uint32_t, uint64_t *) = rsmi_dev_pci_id_get;
	rsmi_status_t (*name)(uint32_t, char *, size_t) = rsmi_dev_name_get;
	rsmi_status_t (*energy)(uint32_t, uint64_t *, float *, uint64_t *) =
		rsmi_dev_energy_count_get;
	rsmi_status_t (*power)(uint32_t, uint32_t, uint64_t *) = rsmi_dev_power_ave_get;
	rsmi_status_t (*cap)(uint32_t, uint32_t, uint64_t *) = rsmi_dev_power_cap_get;

	rsmi_status_t (*heat)(uint32_t, uint32_t, rsmi_temperature_metric_t, int64_t *) =
		rsmi_dev_temp_metric_get;

	(void)heat, (void)count, (void)place, (void)name, (void)energy, (void)power, (void)cap;
}
#endif
#if __has_include(<amd_smi/amdsmi.h>)
#include <amd_smi/amdsmi.h>
SAME(CMAS_NOT_SUPPORTED, AMDSMI_STATUS_NOT_SUPPORTED);
SAME(CMAS_NO_PERMISSION, AMDSMI_STATUS_NO_PERM);
SAME(CMAS_NOT_FOUND, AMDSMI_STATUS_NOT_FOUND);
SAME(CMAS_NO_DRIVER, AMDSMI_STATUS_DRIVER_NOT_LOADED);
SAME((int)CMAS_INIT_GPUS, (int)AMDSMI_INIT_AMD_GPUS);
SAME(sizeof(struct cmas_cap), sizeof(amdsmi_power_cap_info_t));
SAME(offsetof(struct cmas_cap, usual_uw), offsetof(amdsmi_power_cap_info_t, default_power_cap));
SAME(offsetof(struct cmas_cap, most_uw), offsetof(amdsmi_power_cap_info_t, max_power_cap));
SAME(sizeof(uint64_t), sizeof(amdsmi_bdf_t));
SAME(AMD_EDGE, AMDSMI_TEMPERATURE_TYPE_EDGE);
SAME(AMD_HOTSPOT, AMDSMI_TEMPERATURE_TYPE_HOTSPOT);
SAME(AMD_MEMORY, AMDSMI_TEMPERATURE_TYPE_VRAM);
SAME(CMAS_HEAT_NOW, AMDSMI_TEMP_CURRENT);
SAME(sizeof(int), sizeof(amdsmi_temperature_type_t));
#endif

#define VAR "CM_FAKE_AMD"

extern const struct meter meter_amd_smi, meter_rocm_smi;
static const struct meter *const by_amd_smi[] = { &meter_amd_smi, NULL };
static const struct meter *const by_rocm_smi[] = { &meter_rocm_smi, NULL };
static const struct meter *const by_both[] = { &meter_amd_smi, &meter_rocm_smi, NULL };

static const struct { const char *fake, *as; const struct meter *const *meters; } libraries[] = {
	{ "amd_smi_fake", "libamd_smi.so", by_amd_smi },
	{ "rocm_smi_fake", "librocm_smi64.so", by_rocm_smi },
};

/* 65 536 000 counts of 2^-16 J are 1000 J, whether the library calls a count 15.3 or 15.259 uJ;
 * by 15.3 they would be 1002.7 J. A resolution of another kind is taken as it is: 1e6 counts x 20
 * uJ = 20 J. */
static void resolution(void **state)
{
	static const struct { const char *script; double j, step; } rows[] = {
		{ "gpus=1;cap0=500;count0=1,65536000,131072000;uj0=15.3", 1000, 1.0 / 65536 },
		{ "gpus=1;cap0=500;count0=1,65536000,131072000;uj0=15.259", 1000, 1.0 / 65536 },
		{ "gpus=1;cap0=500;count0=1,1000000,2000000;uj0=20", 20, 20e-6 },
	};

	(void)state;
	for (size_t k = 0; k < CM_COUNT(libraries); k++) {
		struct scratch s;

		driver_lib(&s, libraries[k].fake, libraries[k].as);
		for (size_t i = 0; i < CM_COUNT(rows); i++) {
			struct metering *m =
				open_scripted(libraries[k].meters, VAR, rows[i].script);
			struct metering_result r;

			near(channel(m, "card0 energy")->step, rows[i].step);
			assert_string_equal(channel(m, "card0 energy")->covers, "0000:c1:00.0");
			says(channel(m, "card0 energy")->note, "power limit 500 W");
			window(m, 10, 0, &r);
			assert_null(r.joules.missing);
			if (fabs(r.joules.value - rows[i].j) > 1e-5 * rows[i].j)
				fail_msg("%.9g J, want %.9g", r.joules.value, rows[i].j);
			metering_close(m);
		}
		driver_lib_end(&s);
	}
}

/* 10 s at no more than 1.5 x 500 W: 7.5 kJ, 491 520 000 counts. */
static void faults(void **state)
{
	static const struct { const char *script, *why;
	} rows[] = {
		{"count0=1,655360000,65536", "fell from 10000 to 1 J"},
		{"count0=1,655360000,655359999", "fell"},
		{"count0=1,655360000,655360000",
		 "did not change"}, /* one process before ROCm 6.1 */
		{"count0=1,0,655360000", "more than the source can draw"},
		{"count0=1,65536000,NS", "a reading failed"},
		{"count0=1,65536000,131072000;uj0=15.3,15.3,nan", "a reading failed"},
		{"count0=1,65536000,131072000;uj0=15.3,15.3,0", "a reading failed"},
		{"count0=1,65536000,-1", "a reading failed"},
		{"count0=1,65536000,131072000;time0=1,3,2", "a reading failed"},
		{"count0=1,65536000,hang", "did not answer within 2 s"},
		{"count0=1,65536000,die", "died of signal 11"},
	};

	(void)state;
	for (size_t k = 0; k < CM_COUNT(libraries); k++) {
		struct scratch s;

		driver_lib(&s, libraries[k].fake, libraries[k].as);
		for (size_t i = 0; i < CM_COUNT(rows); i++) {
			char *script = cm_printf_dup("gpus=1;cap0=500;%s", rows[i].script);
			struct metering *m = open_scripted(libraries[k].meters, VAR, script);
			struct metering_result r;

			window(m, 10, 0, &r);
			assert_non_null(r.joules.missing);
			says(r.joules.missing, rows[i].why);
			metering_close(m);
			free(script);
		}
		driver_lib_end(&s);
	}
}

/* Not readable at the start: a state with its reason, and no joules. */
static void states(void **state)
{
	static const struct { const char *script, *why; enum cm_status st; } rows[] = {
		{ "gpus=1;count0=NS", "", CM_UNSUPPORTED },
		{ "gpus=1;count0=DENIED", "usermod -aG render", CM_DENIED },
		{ "gpus=1;count0=5;uj0=nan", "no usable counter", CM_EDRIVER },
	};

	(void)state;
	for (size_t k = 0; k < CM_COUNT(libraries); k++) {
		struct scratch s;

		driver_lib(&s, libraries[k].fake, libraries[k].as);
		for (size_t i = 0; i < CM_COUNT(rows); i++) {
			struct metering *m =
				open_scripted(libraries[k].meters, VAR, rows[i].script);
			struct metering_result r;

			assert_int_equal(channel(m, "card0 energy")->st, rows[i].st);
			says(channel(m, "card0 energy")->reason, rows[i].why);
			window(m, 10, 0, &r);
			assert_non_null(r.joules.missing);
			metering_close(m);
		}
		driver_lib_end(&s);
	}
}

/* MI250: card 0 counts for both dies, card 1 says 0. 65 536 000 counts are 1000 J, not half of it,
 * and the odd die is no 0 J that makes the sum void. */
static void two_dies(void **state)
{
	(void)state;
	for (size_t k = 0; k < CM_COUNT(libraries); k++) {
		struct scratch s;
		struct metering_result r;
		struct metering *m;

		driver_lib(&s, libraries[k].fake, libraries[k].as);
		m = open_scripted(
			libraries[k].meters, VAR,
			"gpus=2;count0=65536000,65536000,131072000;count1=0;watts0=100;watts1=0");
		assert_int_equal(channel(m, "card1 energy")->st, CM_UNSUPPORTED);
		says(channel(m, "card1 energy")->reason, "card0 counts for both dies");
		says(channel(m, "card0 energy")->note, "for both dies");
		window(m, 10, 0, &r);
		assert_null(r.joules.missing);
		near(r.joules.value, 1000);
		metering_close(m);
		driver_lib_end(&s);
	}
}

/* Four MI300X that all show one counter: 1000 J, not 4000 J; the other three are named as its
 * repeats. */
static void one_counter_four_times(void **state)
{
	struct scratch s;
	struct metering_result r;
	struct metering *m;
	size_t repeats = 0;

	(void)state;
	driver_lib(&s, "amd_smi_fake", "libamd_smi.so");
#define FROM(i) "count" #i "=655360000,655360000,671744000,688128000,704512000,720896000;"
	m = open_scripted(by_amd_smi, VAR, "gpus=4;" FROM(0) FROM(1) FROM(2) FROM(3));
#undef FROM
	window(m, 10, 3, &r); /* 4 steps of 16 384 000 counts: 250 J each */
	assert_null(r.joules.missing);
	near(r.joules.value, 1000);
	for (size_t i = 0; i < r.parts; i++)
		repeats += strstr(r.part[i].role, "repeats the readings of card0") != NULL;
	assert_int_equal(repeats, 3);
	metering_close(m);
	driver_lib_end(&s);
}

/* Both libraries on one machine read one firmware: counted once. */
static void both_libraries(void **state)
{
	struct scratch s;
	struct metering_result r;
	struct metering *m;

	(void)state;
	driver_lib(&s, "amd_smi_fake", "libamd_smi.so");
	driver_also(&s, "rocm_smi_fake", "librocm_smi64.so");
	m = open_scripted(by_both, VAR, "gpus=1;count0=1,65536000,131072000;now0=100");
	window(m, 10, 0, &r);
	assert_null(r.joules.missing);
	near(r.joules.value, 1000);
	metering_close(m);
	driver_lib_end(&s);
}

/* Without a counter the watts are summed: 130, 134 and 136 W at 0, 5 and 10 s are 660 + 675 = 1335
 * J. */
static void watts_only(void **state)
{
	struct scratch s;
	struct metering_result r;
	struct metering *m;

	(void)state;
	driver_lib(&s, "rocm_smi_fake", "librocm_smi64.so");
	m = open_scripted(by_rocm_smi, VAR, "gpus=1;count0=NS;now0=130,130,134,136");
	assert_int_equal(channel(m, "card0 power")->refresh_ns, 100000000);
	window(m, 10, 1, &r);
	assert_null(r.joules.missing);
	near(r.joules.value, 1335);
	metering_close(m);
	driver_lib_end(&s);
}

static bool has(const struct metering *m, const char *name)
{
	const struct metering_channel *c;
	const size_t n = metering_channels(m, &c);

	for (size_t i = 0; i < n; i++)
		if (c[i].channel && !strcmp(c[i].channel->name, name))
			return true;
	return false;
}

static double gauge(struct metering *m, const char *name)
{
	const struct metering_gauge *g = NULL;
	const size_t n = metering_gauges(m, true, &g);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(g[i].name, name))
			return g[i].value;
	return NAN;
}

/* Beside the joules, never in them: a GPU without a sensor says so, or 0, or all ones of 16 bits.
 * Of two GPUs the second has its edge only, and the even die counts. */
static void temperatures(void **state)
{
	(void)state;
	for (size_t k = 0; k < CM_COUNT(libraries); k++) {
		struct scratch s;
		struct metering_result r;
		struct metering *m;

		driver_lib(&s, libraries[k].fake, libraries[k].as);
		m = open_scripted(libraries[k].meters, VAR,
				  "gpus=2;count0=1,65536000,131072000;count1=1,65536000,131072000;"
				  "hotspot0=61,64;memheat0=52;"
				  "edge0=0;edge1=40;hotspot1=65535;memheat1=DENIED");
		assert_int_equal(channel(m, "card0 hotspot temperature")->kind, CM_GAUGE);
		assert_string_equal(channel(m, "card0 hotspot temperature")->covers,
				    "0000:c1:00.0");
		assert_string_equal(channel(m, "card1 edge temperature")->covers, "0000:c2:00.0");
		assert_false(has(m, "card0 edge temperature") ||
			     has(m, "card1 hotspot temperature") ||
			     has(m, "card1 memory temperature"));
		window(m, 10, 0, &r);
		assert_null(r.joules.missing);
		near(gauge(m, "card0 hotspot temperature"), 64);
		near(gauge(m, "card0 memory temperature"), 52);
		near(gauge(m, "card1 edge temperature"), 40);
		metering_close(m);
		driver_lib_end(&s);
	}
}

/* AMD SMI of ROCm 5.6 gives thousandths of a degree. */
static void thousandths(void **state)
{
	struct scratch s;
	struct metering *m;

	(void)state;
	driver_lib(&s, "amd_smi_fake", "libamd_smi.so");
	m = open_scripted(by_amd_smi, VAR, "gpus=1;count0=1;hotspot0=64000");
	near(gauge(m, "card0 hotspot temperature"), 64);
	metering_close(m);
	driver_lib_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resolution),
		cmocka_unit_test(faults),
		cmocka_unit_test(states),
		cmocka_unit_test(two_dies),
		cmocka_unit_test(one_counter_four_times),
		cmocka_unit_test(both_libraries),
		cmocka_unit_test(temperatures),
		cmocka_unit_test(thousandths),
		cmocka_unit_test(watts_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
