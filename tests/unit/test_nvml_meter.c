/* The meter of NVIDIA's driver against a library that implements its interface and fails as
 * scripted: every fault gives the right joules or none, with the reason. Where nvml.h is installed,
 * our declarations agree with it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../vendors/nvidia/nvml_abi.h"
#include "api/meter.h"
#include "driver_lib.h"
#include "engine/metering.h"
#include "heat_case.h"

#if __has_include(<nvml.h>)
#include <nvml.h>
#define SAME(a, b) _Static_assert((long)(a) == (long)(b), #a)
SAME(sizeof(struct cmnv_field), sizeof(nvmlFieldValue_t));
SAME(offsetof(struct cmnv_field, scope), offsetof(nvmlFieldValue_t, scopeId));
SAME(offsetof(struct cmnv_field, t_us), offsetof(nvmlFieldValue_t, timestamp));
SAME(offsetof(struct cmnv_field, type), offsetof(nvmlFieldValue_t, valueType));
SAME(offsetof(struct cmnv_field, status), offsetof(nvmlFieldValue_t, nvmlReturn));
SAME(offsetof(struct cmnv_field, value), offsetof(nvmlFieldValue_t, value));
SAME(sizeof(union cmnv_value), sizeof(nvmlValue_t));
SAME(sizeof(struct cmnv_pci), sizeof(nvmlPciInfo_t));
SAME(offsetof(struct cmnv_pci, domain), offsetof(nvmlPciInfo_t, domain));
SAME(offsetof(struct cmnv_pci, device_id), offsetof(nvmlPciInfo_t, pciDeviceId));
SAME(offsetof(struct cmnv_pci, bus_id), offsetof(nvmlPciInfo_t, busId));
SAME(CMNV_NOT_SUPPORTED, NVML_ERROR_NOT_SUPPORTED);
SAME(CMNV_NO_PERMISSION, NVML_ERROR_NO_PERMISSION);
SAME(CMNV_NO_DRIVER, NVML_ERROR_DRIVER_NOT_LOADED);
SAME(CMNV_LOST, NVML_ERROR_GPU_IS_LOST);
SAME(CMNV_MISMATCH, NVML_ERROR_LIB_RM_VERSION_MISMATCH);
SAME(CMNV_FI_ENERGY, NVML_FI_DEV_TOTAL_ENERGY_CONSUMPTION);
SAME(CMNV_FI_POWER_AVERAGE, NVML_FI_DEV_POWER_AVERAGE);
SAME(CMNV_FI_POWER_INSTANT, NVML_FI_DEV_POWER_INSTANT);
SAME(CMNV_FI_HELD_POWER, NVML_FI_DEV_PERF_POLICY_POWER);
SAME(CMNV_FI_HELD_SYNC, NVML_FI_DEV_PERF_POLICY_SYNC_BOOST);
SAME(CMNV_FI_HELD_SW_THERMAL, NVML_FI_DEV_CLOCKS_EVENT_REASON_SW_THERM_SLOWDOWN);
SAME(CMNV_FI_HELD_HW_THERMAL, NVML_FI_DEV_CLOCKS_EVENT_REASON_HW_THERM_SLOWDOWN);
SAME(CMNV_FI_HELD_BRAKE, NVML_FI_DEV_CLOCKS_EVENT_REASON_HW_POWER_BRAKE_SLOWDOWN);
SAME(CMNV_FI_MEMORY_TEMP, NVML_FI_DEV_MEMORY_TEMP);
SAME(CMNV_SENSOR_GPU, NVML_TEMPERATURE_GPU);
SAME(CMNV_REASON_POWER, nvmlClocksEventReasonSwPowerCap);
SAME(CMNV_REASON_SW_THERMAL, nvmlClocksEventReasonSwThermalSlowdown);
SAME(CMNV_REASON_HW_THERMAL, nvmlClocksThrottleReasonHwThermalSlowdown);
SAME(CMNV_REASON_BRAKE, nvmlClocksThrottleReasonHwPowerBrakeSlowdown);
SAME(CMNV_ARCH_AMPERE, NVML_DEVICE_ARCH_AMPERE);
SAME(CMNV_TYPE_ULONGLONG, NVML_VALUE_TYPE_UNSIGNED_LONG_LONG);
#endif

#define VAR "CM_FAKE_NVML"

extern const struct meter meter_nvml;

static const struct meter *const only_nvml[] = { &meter_nvml, NULL };

/* Item 1 of each list is read when the meter opens, 2 at the window's start, 3 at its end. 4 000
 * 000 mJ less 1 000 000 mJ are 3000 J in 10 s: 300 W. One update of 0.1 s may be at either edge: 30
 * J, and a step of 1 mJ; the band of 5 % is 150 J. */
static void counter(void **state)
{
	struct scratch s;
	struct metering_result r;
	struct metering *m;
	const struct meter_channel *ch;

	(void)state;
	driver_lib(&s, "nvml_fake", "libnvidia-ml.so.1");
	m = open_scripted(
		only_nvml, VAR,
		"gpus=1;energy0=999999,1000000,4000000;limit0=650000;usual0=700000;most0=700000");
	ch = channel(m, "gpu0 energy");
	assert_non_null(ch);
	assert_int_equal(ch->st, CM_OK);
	assert_int_equal(ch->scope, CM_SCOPE_DEVICE);
	assert_string_equal(ch->covers, "0000:18:00.0");
	says(ch->source, "GPU-00000000-0000-0000-0000-000000000000");
	says(ch->note, "power limit 650 W (below the usual 700 W)");
	near(ch->max_w, 1.5 * 700);
	window(m, 10, 0, &r);
	assert_null(r.joules.missing);
	near(r.joules.value, 3000);
	near(r.joules.lo, 3000 - 150 - 30 - 0.001);
	near(r.joules.hi, 3000 + 150 + 30 + 0.001);
	near(r.watts.value, 300);
	assert_int_equal(r.joules.basis, CM_MEASURED);
	assert_string_equal(r.scope, "device");
	says(r.note, "power limit 650 W");
	metering_close(m);
	driver_lib_end(&s);
}

/* Over 10 s; the largest power is 1.5 x 700 W, so no interval can hold more than 10.5 kJ and some
 * edges. */
static void faults(void **state)
{
	static const struct { const char *energy, *why;
	} rows[] = {
		{"0,5000000,200",
		 "fell from 5000 to 0.2 J"}, /* reset: a 64-bit counter never wraps */
		{"0,5000000,4999999", "fell from 5000 to 5000 J"},       /* backward by one step */
		{"0,5000000,5000000", "did not change"},                 /* frozen */
		{"0,5000000,69826000", "more than the source can draw"}, /* 64.8 kJ in 10 s */
		{"0,5000000,NS", "a reading failed"},
		{"0,LOST,5000000", "start failed"},
		{"0,5000000,LOST", "a reading failed"},
		{"0,5000000,die", "died of signal 11"},
		{"0,5000000,hang", "did not answer within 2 s"},
		{"0,hang,5000000", "did not answer within 2 s"},
	};
	struct scratch s;

	(void)state;
	driver_lib(&s, "nvml_fake", "libnvidia-ml.so.1");
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		struct metering_result r;
		char *script = cm_printf_dup("gpus=1;most0=700000;energy0=%s", rows[i].energy);
		struct metering *m = open_scripted(only_nvml, VAR, script);

		window(m, 10, 0, &r);
		assert_non_null(r.joules.missing);
		says(r.joules.missing, rows[i].why);
		metering_close(m);
		free(script);
	}
	driver_lib_end(&s);
}

/* After a fault in one window the next is right again: 2 MJ up to 2.5 MJ are 500 J. */
static void recovers(void **state)
{
	struct scratch s;
	struct metering_result r;
	struct metering *m;

	(void)state;
	driver_lib(&s, "nvml_fake", "libnvidia-ml.so.1");
	m = open_scripted(only_nvml, VAR,
			  "gpus=1;most0=700000;energy0=0,22000000,200,2000000,2500000");
	window(m, 10, 0, &r);
	says(r.joules.missing, "fell");
	window(m, 10, 0, &r);
	assert_null(r.joules.missing);
	near(r.joules.value, 500);
	metering_close(m);
	driver_lib_end(&s);
}

/* A start that hangs for 5 s, dies or is refused is a row with its reason, before those 5 s are
 * over. */
static void starts(void **state)
{
	static const struct { const char *fake, *script, *why; enum cm_status st; } rows[] = {
		{ "nvml_fake", "gpus=1;init=hang", "did not answer within 4 s", CM_EDRIVER },
		{ "nvml_fake", "gpus=1;init=die", "died of signal 11", CM_EDRIVER },
		{ "nvml_fake", "gpus=1;init=NODRIVER", "no NVIDIA driver is loaded", CM_ABSENT },
		{ "nvml_fake", "gpus=1;init=MISMATCH", "differ in version", CM_EDRIVER },
		{ "nvml_fake", "gpus=0", "knows no GPU", CM_ABSENT },
		{ "nvml_broken", "gpus=1", "lacks nvmlDeviceGetCount_v2", CM_ABSENT },
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		const struct metering_channel *c;
		struct metering_result r;
		struct metering *m;
		struct scratch s;

		driver_lib(&s, rows[i].fake, "libnvidia-ml.so.1");
		m = open_scripted(only_nvml, VAR, rows[i].script);
		assert_int_equal(metering_channels(m, &c), 1);
		assert_null(c[0].channel);
		assert_int_equal(c[0].st, rows[i].st);
		says(c[0].reason, rows[i].why);
		window(m, 10, 0, &r);
		assert_non_null(r.joules.missing);
		metering_close(m);
		driver_lib_end(&s);
	}
}

/* Without fields and counter only the power of one call is left. It is the mean of a second from
 * GA10x on, of this moment on GA100 (PCI 20xx) and before. 100, 200 and 300 W at 0, 5 and 10 s:
 * (150 + 250) x 5 = 2000 J. */
static void power_only(void **state)
{
	static const struct { const char *arch, *device, *says; uint64_t refresh_ns;
	} rows[] = {
		{"6", "515375070", "power of this moment", 100000000},     /* TU104, 1EB8 */
		{"7", "548409566", "power of this moment", 100000000},     /* GA100, 20B010DE */
		{"7", "573968606", "mean of the last second", 1000000000}, /* GA102, 223610DE */
		{"9", "590352606", "mean of the last second", 1000000000}, /* H100, 233010DE */
		{"4294967295", "1", "does not state", 1000000000},
	};
	struct scratch s;

	(void)state;
	driver_lib(&s, "nvml_old", "libnvidia-ml.so.1");
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		char *script =
			cm_printf_dup("gpus=1;arch0=%s;device0=%s;power0=1,100000,200000,300000",
				      rows[i].arch, rows[i].device);
		struct metering *m = open_scripted(only_nvml, VAR, script);
		const struct meter_channel *ch = channel(m, "gpu0 power");
		struct metering_result r;

		assert_non_null(ch);
		says(ch->note, rows[i].says);
		assert_int_equal(ch->refresh_ns, rows[i].refresh_ns);
		assert_int_equal(channel(m, "gpu0 energy")->st, CM_UNSUPPORTED);
		window(m, 10, 1, &r);
		assert_null(r.joules.missing);
		near(r.joules.value, 2000);
		metering_close(m);
		free(script);
	}
	driver_lib_end(&s);
}

/* Two GPUs, one without a counter: 1000 J by the counter of the first, 100 W x 10 s by the power of
 * the other. */
static void mixed(void **state)
{
	struct scratch s;
	struct metering_result r;
	struct metering *m;

	(void)state;
	driver_lib(&s, "nvml_fake", "libnvidia-ml.so.1");
	m = open_scripted(only_nvml, VAR,
			  "gpus=2;energy0=0,1000000,1500000,2000000;energy1=NS;instant1=100000;"
			  "average1=90000");
	assert_int_equal(channel(m, "gpu1 energy")->st, CM_UNSUPPORTED);
	says(channel(m, "gpu1 energy")->reason, "does not support it");
	window(m, 10, 1, &r);
	assert_null(r.joules.missing);
	near(r.joules.value, 1000 + 1000); /* the mean of a second is a mirror, not an addend */
	assert_string_equal(r.covers, "0000:18:00.0, 0000:19:00.0");
	says(r.channels, "gpu1 power now");
	metering_close(m);
	driver_lib_end(&s);
}

/* Memory's 69.61 W lie inside of the GPU's 100.89 W: never added. */
static void memory_is_inside(void **state)
{
	struct scratch s;
	struct metering_result r;
	struct metering *m;

	(void)state;
	driver_lib(&s, "nvml_fake", "libnvidia-ml.so.1");
	m = open_scripted(only_nvml, VAR, "gpus=1;energy0=NS;instant0=100890;memory0=69610");
	window(m, 10, 1, &r);
	assert_null(r.joules.missing);
	near(r.joules.value, 1008.9);
	for (size_t i = 0; i < r.parts; i++) {
		if (!strcmp(r.part[i].channel, "gpu0 memory power"))
			says(r.part[i].role, "inside gpu0 power now");
	}
	metering_close(m);
	driver_lib_end(&s);
}

/* The counter of a GH200 is the module's (R12): the GPU's own watts are summed, the module stands
 * beside them. */
static void grace_hopper(void **state)
{
	struct scratch s;
	struct metering_result r;
	struct metering *m;

	(void)state;
	driver_lib(&s, "nvml_fake", "libnvidia-ml.so.1");
	m = open_scripted(only_nvml, VAR,
			  "gpus=1;name0=NVIDIA GH200 "
			  "480GB;energy0=0,0,3000000,6000000;instant0=400000;module0=600000");
	assert_int_equal(channel(m, "gpu0 energy")->scope, CM_SCOPE_NODE);
	assert_string_equal(channel(m, "gpu0 energy")->covers, "module 0");
	assert_int_equal(channel(m, "gpu0 module power")->scope, CM_SCOPE_NODE);
	window(m, 10, 1, &r);
	near(r.joules.value, 4000);
	assert_string_equal(r.channels, "gpu0 power now");
	metering_close(m);
	driver_lib_end(&s);
}

/* Two modules, one of which the driver does not tell of, and a card beside them: 1200 W in GPUs is no
 * contradiction to a module of 600 W, of which 400 W were counted within it. Four GPUs in two modules of 16
 * PCI domains each: two readings of a module are one. */
static void several_modules(void **state)
{
	struct scratch s;
	struct metering_result r;
	struct metering *m;

	(void)state;
	driver_lib(&s, "nvml_fake", "libnvidia-ml.so.1");
	m = open_scripted(only_nvml, VAR,
			  "gpus=3;name0=NVIDIA GH200 480GB;name1=NVIDIA GH200 480GB;domain0=9;domain1=25;"
			  "energy0=NS;instant0=400000;module0=600000;energy1=NS;instant1=400000;energy2=NS;"
			  "instant2=400000");
	assert_string_equal(channel(m, "gpu0 module power")->covers, "module 0");
	assert_string_equal(channel(m, "gpu0 power now")->within, "module 0");
	assert_string_equal(channel(m, "gpu1 power now")->within, "module 1");
	assert_string_equal(channel(m, "gpu2 power now")->within, "");
	window(m, 10, 1, &r);
	near(r.joules.value, 12000);
	if (strstr(r.note, "which contains it"))
		fail_msg("%s", r.note);
	metering_close(m);
	/* 900 W in a module of 600 W is one. */
	m = open_scripted(only_nvml, VAR,
			  "gpus=2;name0=NVIDIA GH200 480GB;name1=NVIDIA GH200 480GB;domain0=9;domain1=25;"
			  "energy0=NS;instant0=900000;module0=600000;energy1=NS;instant1=100000;module1="
			  "600000");
	window(m, 10, 1, &r);
	says(r.note, "gpu0 power now drew 9000 J, but gpu0 module power, which contains it, saw 6000 J");
	metering_close(m);
	m = open_scripted(only_nvml, VAR,
			  "gpus=2;name0=NVIDIA GB200;name1=NVIDIA GB200;domain0=8;domain1=9;energy0=1,2,3;"
			  "instant0=700000;module0=2000000;energy1=1,2,3;instant1=700000;module1=2000000;"
			  "memorymean1=95000");
	assert_int_equal(channel(m, "gpu1 memory power, mean")->scope, CM_SCOPE_CORE);
	assert_string_equal(channel(m, "gpu1 memory power, mean")->covers, "0009:19:00.0 memory");
	assert_int_equal(channel(m, "gpu1 memory power, mean")->refresh_ns, 1000000000);
	assert_string_equal(channel(m, "gpu1 module power")->covers, "module 0");
	assert_int_equal(channel(m, "gpu0 energy")->st, CM_UNSUPPORTED);
	says(channel(m, "gpu0 energy")->reason, "nobody states");
	window(m, 10, 1, &r);
	near(r.joules.value, 14000);
	if (strstr(r.note, "which contains it"))
		fail_msg("%s", r.note);
	metering_close(m);
	driver_lib_end(&s);
}

/* Memory without a sensor says 0 and is no channel. */
static void temperatures(void **state)
{
	static struct steady st;
	struct metering *m;
	struct scratch s;

	(void)state;
	driver_lib(&s, "nvml_fake", "libnvidia-ml.so.1");
	m = open_scripted(only_nvml, VAR, "gpus=2;energy0=0,0,0,0,1000000;heat0=39,40,41,41,58;memheat0=0;"
			  "energy1=NS;heat1=30;memheat1=50");
	assert_int_equal(channel(m, "gpu0 temperature")->kind, CM_GAUGE);
	assert_string_equal(channel(m, "gpu0 temperature")->unit, "C");
	assert_string_equal(channel(m, "gpu1 memory temperature")->covers, "0000:19:00.0");
	warms_up(m, &s, 3, "gpu0 temperature", &st);
	assert_true(st.sensor[2].c[2] == 50);
	metering_close(m);
	driver_lib_end(&s);
}

/* 187 J by the counter, 327 J by power over the same 5 s: both are named. 65.4 W x 5 s = 327 J. */
static void counter_against_power(void **state)
{
	struct scratch s;
	struct metering_result r;
	struct metering *m;

	(void)state;
	driver_lib(&s, "nvml_fake", "libnvidia-ml.so.1");
	m = open_scripted(only_nvml, VAR, "gpus=1;energy0=0,0,93500,187000;instant0=65400");
	window(m, 5, 1, &r);
	near(r.joules.value, 187);
	says(r.note, "gpu0 power now saw 327 J where gpu0 energy saw 187 J");
	metering_close(m);
	driver_lib_end(&s);
}

/* Held back for 4 of 10 s by the driver's own count of ns: 40 %. MIG: one meter for all instances.
 */
static void held_back(void **state)
{
	struct scratch s;
	struct metering_result r;
	struct metering *m;

	(void)state;
	driver_lib(&s, "nvml_fake", "libnvidia-ml.so.1");
	m = open_scripted(only_nvml, VAR,
			  "gpus=1;mig0=1;energy0=0,0,7000000;held0=5000000000,5000000000,"
			  "9000000000;most0=700000");
	says(channel(m, "gpu0 energy")->note, "MIG is on: the whole GPU, shared by its instances");
	window(m, 10, 0, &r);
	near(r.joules.value, 7000);
	says(r.note, "gpu0 held back by its power limit for 40 % of the window");
	metering_close(m);
	driver_lib_end(&s);
}

/* A GPU that fell off its bus does not hide the other, and no sum is given without it being said.
 */
static void lost_gpu(void **state)
{
	struct scratch s;
	struct metering_result r;
	struct metering *m;

	(void)state;
	driver_lib(&s, "nvml_fake", "libnvidia-ml.so.1");
	m = open_scripted(only_nvml, VAR, "gpus=2;handle0=LOST;energy1=0,0,1000000");
	assert_int_equal(channel(m, "gpu0 energy")->st, CM_EDRIVER);
	window(m, 10, 0, &r);
	near(r.joules.value, 1000);
	says(r.note, "without gpu0 energy: NVML error 15: GPU is lost");
	metering_close(m);
	driver_lib_end(&s);
}

/* The limit that a restore brings back is the one asked for; what is set is read back. */
static void limits(void **state)
{
	const struct meter_from from = { .sysfs_root = NULL };
	const struct meter_cap *cap;
	struct meter_ctx *c = NULL;
	struct scratch s;
	struct cm_err err;
	char path[] = "/tmp/nvml-limits-XXXXXX";
	const int fd = mkstemp(path);

	(void)state;
	driver_lib(&s, "nvml_fake", "libnvidia-ml.so.1");
	assert_true(fd >= 0);
	assert_int_equal(dprintf(fd, "700000\n650000\n"), 14);
	setenv("CM_FAKE_NVML_LIMITS", path, 1);
	setenv(VAR,
	       "gpus=2;least0=200000;most0=700000;usual0=700000;least1=200000;most1=700000;set1=DENIED",
	       1);
	assert_int_equal(meter_nvml.open(&from, &c, &err), CM_OK);
	assert_int_equal(meter_nvml.caps(c, &cap), 2);
	assert_string_equal(cap[0].name, "gpu0");
	assert_true(cap[0].whole && cap[0].now_w == 700 && cap[0].min_w == 200 && cap[0].max_w == 700);
	assert_true(cap[1].now_w == 650 && cap[0].default_w == 700 && cap[1].default_w == 0);
	assert_int_equal(cap[0].st, geteuid() == 0 ? CM_OK : CM_DENIED);
	assert_int_equal(meter_nvml.set_cap(c, 0, 300.5, &err), CM_OK);
	assert_int_equal(meter_nvml.set_cap(c, 1, 300, &err), CM_DENIED);
	assert_non_null(strstr(err.why, "sudo"));
	meter_nvml.close(c);
	assert_int_equal(meter_nvml.open(&from, &c, &err), CM_OK); /* it outlives the library */
	assert_int_equal(meter_nvml.caps(c, &cap), 2);
	assert_true(cap[0].now_w == 300.5 && cap[1].now_w == 650);
	meter_nvml.close(c);
	unsetenv("CM_FAKE_NVML_LIMITS"); /* a driver that tells no limit has none to set */
	assert_int_equal(meter_nvml.open(&from, &c, &err), CM_OK);
	assert_int_equal(meter_nvml.caps(c, &cap), 0);
	meter_nvml.close(c);
	close(fd);
	unlink(path);
	driver_lib_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counter),
		cmocka_unit_test(faults),
		cmocka_unit_test(recovers),
		cmocka_unit_test(starts),
		cmocka_unit_test(power_only),
		cmocka_unit_test(mixed),
		cmocka_unit_test(memory_is_inside),
		cmocka_unit_test(grace_hopper),
		cmocka_unit_test(several_modules),
		cmocka_unit_test(temperatures),
		cmocka_unit_test(counter_against_power),
		cmocka_unit_test(held_back),
		cmocka_unit_test(lost_gpu),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
