/* The meter of Level Zero Sysman against a library that implements its interface and fails as
 * scripted. Where zes_api.h is installed, our declarations agree with it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <time.h>

#include "../../vendors/intel/sysman_abi.h"
#include "api/meter.h"
#include "driver_lib.h"
#include "heat_case.h"

#if __has_include(<level_zero/zes_api.h>)
#include <level_zero/zes_api.h>
#define SAME(a, b) _Static_assert((long)(a) == (long)(b), #a)
SAME(sizeof(struct cmzs_energy), sizeof(zes_power_energy_counter_t));
SAME(offsetof(struct cmzs_energy, t_us), offsetof(zes_power_energy_counter_t, timestamp));
SAME(sizeof(struct cmzs_power), sizeof(zes_power_properties_t));
SAME(offsetof(struct cmzs_power, part), offsetof(zes_power_properties_t, subdeviceId));
SAME(offsetof(struct cmzs_power, most_mw), offsetof(zes_power_properties_t, maxLimit));
SAME(sizeof(struct cmzs_power_ext), sizeof(zes_power_ext_properties_t));
SAME(offsetof(struct cmzs_power_ext, domain), offsetof(zes_power_ext_properties_t, domain));
SAME(sizeof(struct cmzs_frequency), sizeof(zes_freq_state_t));
SAME(offsetof(struct cmzs_frequency, throttle), offsetof(zes_freq_state_t, throttleReasons));
SAME(sizeof(struct cmzs_clock), sizeof(zes_freq_properties_t));
SAME(offsetof(struct cmzs_clock, type), offsetof(zes_freq_properties_t, type));
SAME(offsetof(struct cmzs_clock, part), offsetof(zes_freq_properties_t, subdeviceId));
SAME(sizeof(struct cmzs_held), sizeof(zes_freq_throttle_time_t));
SAME(offsetof(struct cmzs_held, us), offsetof(zes_freq_throttle_time_t, throttleTime));
SAME(sizeof(struct cmzs_heat), sizeof(zes_temp_properties_t));
SAME(offsetof(struct cmzs_heat, type), offsetof(zes_temp_properties_t, type));
SAME(offsetof(struct cmzs_heat, part), offsetof(zes_temp_properties_t, subdeviceId));
SAME(sizeof(struct cmzs_device), sizeof(zes_device_properties_t));
SAME(offsetof(struct cmzs_device, core.type), offsetof(zes_device_properties_t, core.type));
SAME(offsetof(struct cmzs_device, parts), offsetof(zes_device_properties_t, numSubdevices));
SAME(offsetof(struct cmzs_device, model), offsetof(zes_device_properties_t, modelName));
SAME(sizeof(struct cmzs_limit), sizeof(zes_power_limit_ext_desc_t));
SAME(offsetof(struct cmzs_limit, unit), offsetof(zes_power_limit_ext_desc_t, limitUnit));
SAME(offsetof(struct cmzs_limit, on), offsetof(zes_power_limit_ext_desc_t, enabled));
SAME(offsetof(struct cmzs_limit, interval_ms), offsetof(zes_power_limit_ext_desc_t, interval));
SAME(offsetof(struct cmzs_limit, locked), offsetof(zes_power_limit_ext_desc_t, limitValueLocked));
SAME(offsetof(struct cmzs_limit, limit), offsetof(zes_power_limit_ext_desc_t, limit));
SAME(sizeof(struct cmzs_sustained), sizeof(zes_power_sustained_limit_t));
SAME(offsetof(struct cmzs_sustained, mw), offsetof(zes_power_sustained_limit_t, power));
SAME(CMZS_STYPE_LIMIT, ZES_STRUCTURE_TYPE_POWER_LIMIT_EXT_DESC);
SAME(CMZS_LEVEL_SUSTAINED, ZES_POWER_LEVEL_SUSTAINED);
SAME(CMZS_LEVEL_BURST, ZES_POWER_LEVEL_BURST);
SAME(CMZS_UNIT_MILLIWATT, ZES_LIMIT_UNIT_POWER);
SAME(sizeof(struct cmzs_pci), sizeof(zes_pci_properties_t));
SAME(offsetof(struct cmzs_pci, domain), offsetof(zes_pci_properties_t, address));
SAME(CMZS_STYPE_PCI, ZES_STRUCTURE_TYPE_PCI_PROPERTIES);
SAME(CMZS_STYPE_POWER, ZES_STRUCTURE_TYPE_POWER_PROPERTIES);
SAME(CMZS_STYPE_FREQUENCY, ZES_STRUCTURE_TYPE_FREQ_STATE);
SAME(CMZS_STYPE_POWER_EXT, ZES_STRUCTURE_TYPE_POWER_EXT_PROPERTIES);
SAME(CMZS_DOMAIN_CARD, ZES_POWER_DOMAIN_CARD);
SAME(CMZS_NO_PERMISSION, ZE_RESULT_ERROR_INSUFFICIENT_PERMISSIONS);
SAME(CMZS_UNSUPPORTED, ZE_RESULT_ERROR_UNSUPPORTED_FEATURE);
SAME(CMZS_STYPE_DEVICE, ZES_STRUCTURE_TYPE_DEVICE_PROPERTIES);
SAME(CMZS_STYPE_CORE, ZE_STRUCTURE_TYPE_DEVICE_PROPERTIES);
SAME(CMZS_STYPE_CLOCK, ZES_STRUCTURE_TYPE_FREQ_PROPERTIES);
SAME(CMZS_STYPE_HEAT, ZES_STRUCTURE_TYPE_TEMP_PROPERTIES);
SAME(CMZS_NOT_AVAILABLE, ZE_RESULT_ERROR_NOT_AVAILABLE);
SAME(CMZS_HEAT_ALL, ZES_TEMP_SENSORS_GLOBAL);
SAME(CMZS_HEAT_GPU, ZES_TEMP_SENSORS_GPU);
SAME(CMZS_HEAT_MEMORY, ZES_TEMP_SENSORS_MEMORY);
SAME((int)CMZS_HELD_POWER & 0x7f, (int)(ZES_FREQ_THROTTLE_REASON_FLAG_AVE_PWR_CAP |
	ZES_FREQ_THROTTLE_REASON_FLAG_BURST_PWR_CAP | ZES_FREQ_THROTTLE_REASON_FLAG_CURRENT_LIMIT));
SAME((int)CMZS_HELD_THERMAL & 0x7f, ZES_FREQ_THROTTLE_REASON_FLAG_THERMAL_LIMIT);
SAME(CMZS_HELD_SUPPLY, ZES_FREQ_THROTTLE_REASON_FLAG_PSU_ALERT);
SAME(CMZS_HELD_SOFTWARE, ZES_FREQ_THROTTLE_REASON_FLAG_SW_RANGE);
SAME(CMZS_HELD_PART, ZES_FREQ_THROTTLE_REASON_FLAG_HW_RANGE);
#endif

#define VAR "CM_FAKE_SYSMAN"

extern const struct meter meter_sysman, meter_hwmon;
static const struct meter *const only[] = { &meter_sysman, NULL };

/* Card 3000 J in 10 s; package and memory lie inside of it and are not added. */
static void domains(void **state)
{
	struct scratch s;
	struct metering_result r;
	struct metering *m;

	(void)state;
	driver_lib(&s, "sysman_fake", "libze_loader.so.1");
	m = open_scripted(only, VAR,
			  "devices=1;domains=241;most1=300000;energy1=7,1000000000,4000000000;"
			  "energy2=7,7,2500000007;energy4=7,7,500000007;time1=1,2,3");
	assert_int_equal(channel(m, "xpu0 card")->scope, CM_SCOPE_DEVICE);
	assert_string_equal(channel(m, "xpu0 card")->covers, "0000:3a:00.0");
	assert_int_equal(channel(m, "xpu0 package")->scope, CM_SCOPE_CORE);
	assert_string_equal(channel(m, "xpu0 memory")->covers, "0000:3a:00.0 memory");
	near(channel(m, "xpu0 card")->max_w, 450);
	window(m, 10, 0, &r);
	assert_null(r.joules.missing);
	near(r.joules.value, 3000);
	assert_string_equal(r.channels, "xpu0 card");
	metering_close(m);
	/* Without a card the package is the device. */
	m = open_scripted(only, VAR, "devices=1;domains=2;energy2=7,7,2500000007");
	window(m, 10, 0, &r);
	near(r.joules.value, 2500);
	metering_close(m);
	/* An old loader: zesInit fails, zeInit with its variable works. */
	m = open_scripted(only, VAR, "init=NS;devices=1;domains=2;energy2=7,7,2500000007");
	assert_int_equal(channel(m, "xpu0 package")->st, CM_OK);
	metering_close(m);
	driver_lib_end(&s);
}

/* What may stand for the device, over 10 s. Each tile is read for itself and for the sum. */
static void whole_device(void **state)
{
	static const struct { const char *script, *counted, *says; double joules; } rows[] = {
		/* The card's counter does not count: the package is the device. */
		{ "domains=12;energy1=0;energy2=7,7,2500000007", "xpu0 package", "", 2500 },
		{ "domains=12;energy1=NS;energy2=7,7,2500000007", "xpu0 package", "", 2500 },
		{ "domains=12;energy1=DENIED;energy2=7,7,2500000007", "xpu0 package", "", 2500 },
		/* The device beside its tiles: the tiles lie inside of it. */
		{ "parts=2;domains=2;tiles=22;energy2=7,7,2500000007;energy10=7,7,1000000007;"
		  "energy11=7,7,1200000007",
		  "xpu0 package", "", 2500 },
		/* Tiles alone: all of them are the device. */
		{ "parts=2;domains=;tiles=22;energy10=7,7,7,7,1000000007;energy11=7,7,7,7,1200000007",
		  "xpu0 tiles", "", 2200 },
		{ "parts=2;domains=2;tiles=2244;energy2=0;energy10=7,7,7,7,1000000007;"
		  "energy11=7,7,7,7,1200000007;energy12=7,7,400000007;energy13=7,7,400000007",
		  "xpu0 tiles", "", 2200 },
		/* One of two tiles, a tile that does not count, memory, the GPU's rail: no device. */
		{ "parts=2;domains=;tiles=2;energy10=7,7,1000000007", NULL,
		  "no counter of the whole device counts", 0 },
		{ "parts=2;domains=;tiles=22;energy10=7,7,7,1000000007;energy11=0", NULL,
		  "no counter of the whole", 0 },
		{ "domains=45;energy4=7,7,500000007;energy5=7,7,500000007", NULL,
		  "no counter of the whole", 0 },
		{ "domains=1;energy1=0", NULL, "stands at 0: this card or its driver does not count", 0 },
		{ "domains=1;energy1=LOST", NULL, "the device was reset, or is gone from its bus", 0 },
		/* It slept when it was asked first; the work wakes it. */
		{ "domains=1;energy1=ASLEEP,7,2500000007", "xpu0 card", "", 2500 },
		/* A register of 2^18 J wraps: 2499.5 + 262144 - 262143.5 J. A kernel's sum does not. */
		{ "domains=1;most1=300000;energy1=262143000000,262143500000,2499500000",
		  "xpu0 card", "", 2500 },
		{ "domains=1;most1=300000;energy1=262145000000,262145500000,2499500000", NULL,
		  "fell from", 0 },
		{ "domains=1;most1=300000;energy1=262143000001,262143500000,2499500000", NULL,
		  "fell from", 0 },
	};
	struct scratch s;

	(void)state;
	driver_lib(&s, "sysman_fake", "libze_loader.so.1");
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		char *script = cm_printf_dup("devices=1;clocks=;%s", rows[i].script);
		struct metering *m = open_scripted(only, VAR, script);
		struct metering_result r;

		window(m, 10, 0, &r);
		if (rows[i].counted) {
			if (r.joules.missing)
				fail_msg("%s: %s", script, r.joules.missing);
			near(r.joules.value, rows[i].joules);
			assert_string_equal(r.channels, rows[i].counted);
		} else {
			const struct metering_channel *c;
			const size_t n = metering_channels(m, &c);
			bool said = strstr(r.joules.missing ? r.joules.missing : "", rows[i].says) != NULL;

			if (!r.joules.missing)
				fail_msg("%s: %g J of %s", script, r.joules.value, r.channels);
			for (size_t k = 0; k < n; k++)
				said |= c[k].channel && strstr(c[k].channel->reason, rows[i].says);
			if (!said)
				fail_msg("%s: %s", script, r.joules.missing);
		}
		metering_close(m);
		free(script);
	}
	driver_lib_end(&s);
}

/* 22 MJ that fall to 200 J and come back are the glitch of idle B60 cards: 3.7e12 W by unsigned
 * arithmetic. */
static void faults(void **state)
{
	static const struct { const char *script, *why; } rows[] = {
		{ "energy1=21999999000000,22000000000000,200000000", "fell from 2.2e+07 to 200 J" },
		{ "energy1=7,200000000,22000000000000", "more than the source can draw" },
		{ "energy1=7,5000000,5000000", "did not change" },
		{ "energy1=7,5000000,NS", "a reading failed" },
		{ "energy1=7,5000000,6000000;time1=7,8,3", "a reading failed" },
		{ "energy1=7,5000000,hang", "did not answer within 2 s" },
		{ "energy1=7,5000000,die", "died of signal 11" },
	};
	struct scratch s;

	(void)state;
	driver_lib(&s, "sysman_fake", "libze_loader.so.1");
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		char *script = cm_printf_dup("devices=1;domains=1;most1=300000;%s", rows[i].script);
		struct metering *m = open_scripted(only, VAR, script);
		struct metering_result r;

		window(m, 10, 0, &r);
		assert_non_null(r.joules.missing);
		says(r.joules.missing, rows[i].why);
		metering_close(m);
		free(script);
	}
	driver_lib_end(&s);
}

static void states(void **state)
{
	struct scratch s;
	struct metering *m;

	(void)state;
	driver_lib(&s, "sysman_fake", "libze_loader.so.1");
	m = open_scripted(only, VAR, "devices=1;domains=1;energy1=DENIED");
	assert_int_equal(channel(m, "xpu0 card")->st, CM_DENIED);
	says(channel(m, "xpu0 card")->reason, "usermod -aG render");
	metering_close(m);
	m = open_scripted(only, VAR, "devices=1;domains="); /* an integrated GPU */
	assert_int_equal(channel(m, "xpu0 energy")->st, CM_UNSUPPORTED);
	says(channel(m, "xpu0 energy")->reason, "no power domain");
	metering_close(m);
	driver_lib_end(&s);
}

/* Sensors of 0 and 255 °C have no value, those of the least temperature no use; a tile's is its own. */
static void temperatures(void **state)
{
	static struct steady st;
	struct metering *m;
	struct scratch s;

	(void)state;
	driver_lib(&s, "sysman_fake", "libze_loader.so.1");
	m = open_scripted(only, VAR, "devices=1;domains=1;energy1=1,1,1,1,1000000001;heats=012386;"
			  "heat0=39,40,41,41,58;heat1=45;heat2=0;heat3=30;heat4=255;heat5=50");
	assert_int_equal(channel(m, "xpu0 temperature")->kind, CM_GAUGE);
	assert_string_equal(channel(m, "xpu0 temperature")->unit, "C");
	assert_string_equal(channel(m, "xpu0 GPU temperature")->covers, "0000:3a:00.0");
	warms_up(m, &s, 3, "xpu0 temperature", &st); /* of all, of the GPU, of the board */
	metering_close(m);
	m = open_scripted(only, VAR, "devices=1;domains=1;energy1=1;heats=0000;heatparts=1;heat0=51;heat1=52;"
			  "heat2=DENIED;heat3=GONE");
	channel(m, "xpu0 tile 0 temperature");
	channel(m, "xpu0 tile 1 temperature");
	steady_open(s.dir, m, &st);
	assert_int_equal(st.n, 2);
	metering_close(m);
	/* Two of a kind are told apart. */
	m = open_scripted(only, VAR, "devices=1;domains=1;energy1=1;heats=00;heat0=51;heat1=52");
	channel(m, "xpu0 temperature, 2");
	metering_close(m);
	driver_lib_end(&s);
}

static double read_one(struct meter_ctx *c, const char *name)
{
	const struct meter_channel *ch;
	const size_t n = meter_sysman.channels(c, &ch);
	struct meter_value v[64];

	assert_true(n <= CM_COUNT(v));
	assert_int_equal(meter_sysman.read(c, v, NULL), CM_OK);
	for (size_t i = 0; i < n; i++)
		if (!strcmp(ch[i].name, name))
			return v[i].st ? -1 : v[i].value;
	fail_msg("no channel %s", name);
	return 0;
}

/* Held back by power from the first second to the third of two tiles' clocks, one with the names of limits,
 * one with the kind alone; the memory's clock is not the GPU's. The driver's own time, where it keeps one. */
static void held_back(void **state)
{
	const struct meter_from from = { .now_ns = driver_clock };
	struct meter_ctx *c = NULL;
	struct metering_result r;
	struct metering *m;
	struct scratch s;

	(void)state;
	driver_lib(&s, "sysman_fake", "libze_loader.so.1");
	setenv(VAR, "devices=1;parts=2;domains=1;energy1=1;clocks=010;throttle0=0,4,0,0,0;throttle1=256;"
	       "throttle2=0,0,512,0,128;held0=NS;held2=0,0,2000000", 1);
	driver_clock_ns = 1000000000;
	assert_int_equal(meter_sysman.open(&from, &c, NULL), CM_OK);
	for (unsigned i = 0; i < 3; i++) { /* at 2, 3 and 4 s */
		static const double power_s[] = {1, 2, 2}, held_s[] = {0, 2, 2};
		const struct meter_channel *ch;
		struct meter_value v[64];
		const size_t n = meter_sysman.channels(c, &ch);

		driver_clock_ns += 1000000000;
		assert_int_equal(meter_sysman.read(c, v, NULL), CM_OK);
		for (size_t k = 0; k < n; k++) {
			if (!strcmp(ch[k].name, "xpu0 held back by its power limit"))
				near(v[k].value, power_s[i]);
			if (!strcmp(ch[k].name, "xpu0 held back by its thermal limit"))
				near(v[k].value, 0);
			if (!strcmp(ch[k].name, "xpu0 tile 2 held back by some limit"))
				near(v[k].value, held_s[i]);
			assert_null(strstr(ch[k].name, "tile 0 held")); /* this driver keeps none of it */
		}
	}
	driver_clock_ns += 1000000000;
	near(read_one(c, "xpu0 held back by its voltage limit"), 1);
	meter_sysman.close(c);
	m = open_scripted(only, VAR, "devices=1;domains=1;energy1=1,1,7000000001;"
			  "held0=5000000,5000000,9000000");
	window(m, 10, 0, &r);
	near(r.joules.value, 7000);
	says(r.note, "xpu0 held back by some limit for 40 % of the window");
	metering_close(m);
	driver_lib_end(&s);
}

/* Both drivers tell of the same card: it is one. */
static void told_twice(void **state)
{
	struct metering_result r;
	struct metering *m;
	struct scratch s;
	const struct metering_channel *c;
	size_t n;

	(void)state;
	driver_lib(&s, "sysman_fake", "libze_loader.so.1");
	m = open_scripted(only, VAR, "devices=1;drivers=2;domains=1;clocks=;energy1=1,1,1000000001");
	n = metering_channels(m, &c);
	assert_int_equal(n, 1);
	window(m, 10, 0, &r);
	near(r.joules.value, 1000);
	metering_close(m);
	driver_lib_end(&s);
}

/* A card of two domains with a limit each, one whose limit is the package's alone, one without. What stands
 * is allowed above the stated maximum. */
static void limits(void **state)
{
	const bool root = geteuid() == 0;
	const struct {
		const char *script;
		size_t i;
		double watts;
		enum cm_status st;
		const char *why;
	} rows[] = {
		{ "", 0, 180.5, CM_OK, NULL },
		{ "", 1, 120, CM_OK, NULL },
		{ "ext=NS;", 0, 150, CM_OK, NULL },            /* by the calls before the extension */
		{ "interval1=-1;", 0, 140, CM_OK, NULL },      /* which need no interval */
		{ "level1=2;", 0, 135, CM_OK, NULL },          /* a burst limit alone */
		{ "level1=2;interval1=-1;", 0, 133, CM_OK, NULL },
		{ "done1=DENIED;", 0, 130, CM_OK, NULL },      /* it stands, whatever the driver says */
		{ "set1=DENIED;", 0, 125, CM_DENIED, "run costmark with sudo" },
		{ "set1=GONE;", 0, 125, CM_EDRIVER, "as while it is overclocked" },
		{ "ext=NS;set1=GONE;", 0, 125, root ? CM_UNSUPPORTED : CM_DENIED,
		  root ? "Level Zero result 0x78000003" : "with sudo" }, /* as is said of both */
		{ "floor1=200000;", 0, 125, CM_EDRIVER,
		  "asked for 125 W and holds 200 W: the driver clips it" },
		{ "", 0, 0.1, CM_EINPUT, "takes no limit of 0.1 W" },
	};
	const struct meter_from from = { .sysfs_root = NULL };
	const struct meter_cap *cap;
	struct meter_ctx *c = NULL;
	struct scratch s;
	struct cm_err err;
	char *file;

	(void)state;
	driver_lib(&s, "sysman_fake", "libze_loader.so.1");
	file = cm_printf_dup("%s", scratch_path(&s, "limits"));
	scratch_put(&s, "limits", "0 1 200000\n0 2 150000\n1 2 190000\n");
	setenv("CM_FAKE_SYSMAN_LIMITS", file, 1);
	setenv(VAR, "devices=3;domains=241;domains_1=2;domains_2=1;most1=190000;usual1=190000;least1=95000;"
	       "interval2=-1", 1);
	assert_int_equal(meter_sysman.open(&from, &c, &err), CM_OK);
	assert_int_equal(meter_sysman.caps(c, &cap), 3);
	assert_string_equal(cap[0].name, "xpu0");
	assert_string_equal(cap[0].covers, "0000:3a:00.0");
	assert_true(cap[0].whole && cap[0].now_w == 200 && cap[0].max_w == 200 && cap[0].min_w == 95);
	assert_true(cap[0].default_w == 190 && cap[0].window_s == 28 && cap[1].window_s == 0);
	assert_string_equal(cap[1].name, "xpu0-package");
	assert_string_equal(cap[1].covers, "0000:3a:00.0 package");
	assert_true(!cap[1].whole && cap[1].now_w == 150 && cap[1].max_w == 150 && cap[1].min_w == 1);
	assert_string_equal(cap[2].name, "xpu1");
	assert_true(cap[2].whole && cap[2].now_w == 190);
	assert_int_equal(cap[0].st, root ? CM_OK : CM_DENIED);
	meter_sysman.close(c);
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		char *script = cm_printf_dup("devices=1;domains=12;%s", rows[i].script);
		double before[2];

		setenv(VAR, script, 1);
		assert_int_equal(meter_sysman.open(&from, &c, &err), CM_OK);
		assert_int_equal(meter_sysman.caps(c, &cap), 2);
		before[0] = cap[0].now_w;
		before[1] = cap[1].now_w;
		assert_int_equal(meter_sysman.set_cap(c, rows[i].i, rows[i].watts, &err), rows[i].st);
		if (rows[i].why)
			says(err.why, rows[i].why);
		meter_sysman.close(c);
		setenv(VAR, "devices=1;domains=12", 1);
		assert_int_equal(meter_sysman.open(&from, &c, &err), CM_OK);
		meter_sysman.caps(c, &cap);
		if (rows[i].st != CM_EDRIVER || !strstr(rows[i].script, "floor"))
			near(cap[rows[i].i].now_w, rows[i].st ? before[rows[i].i] : rows[i].watts);
		near(cap[!rows[i].i].now_w, before[!rows[i].i]);
		meter_sysman.close(c);
		free(script);
	}
	free(file);
	unsetenv("CM_FAKE_SYSMAN_LIMITS");
	driver_lib_end(&s);
}

/* Limits that may not be set say why; one of 0 W is none, and one in amperes not the one in watts. */
static void fixed_limits(void **state)
{
	static const struct { const char *script, *why; } rows[] = {
		{ "fixed1=1", "software may not change it" },
		{ "locked1=1", "it is locked" },
		{ "off1=1", "it is switched off" },
		{ "unit1=1;ext=", NULL },
	};
	const struct meter_from from = { .sysfs_root = NULL };
	const struct meter_cap *cap;
	const struct meter_channel *ch;
	struct meter_ctx *c = NULL;
	struct scratch s;
	char *file;

	(void)state;
	driver_lib(&s, "sysman_fake", "libze_loader.so.1");
	file = cm_printf_dup("%s", scratch_path(&s, "limits"));
	scratch_put(&s, "limits", "0 1 200000\n0 2 0\n");
	setenv("CM_FAKE_SYSMAN_LIMITS", file, 1);
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		char *script = cm_printf_dup("devices=1;domains=12;energy1=1;usual1=225000;model=Arc A770;%s",
					     rows[i].script);

		setenv(VAR, script, 1);
		assert_int_equal(meter_sysman.open(&from, &c, NULL), CM_OK);
		assert_int_equal(meter_sysman.caps(c, &cap), 1);
		assert_int_equal(cap[0].st, rows[i].why	   ? CM_UNSUPPORTED :
					    geteuid() == 0 ? CM_OK : CM_DENIED);
		if (rows[i].why)
			says(cap[0].reason, rows[i].why);
		meter_sysman.channels(c, &ch);
		assert_true(ch[0].limit_w == 200 && ch[0].usual_w == 225 && ch[1].limit_w == 0);
		assert_string_equal(ch[0].note, "Arc A770, power limit 200 W (below the rated 225 W)");
		meter_sysman.close(c);
		free(script);
	}
	free(file);
	unsetenv("CM_FAKE_SYSMAN_LIMITS");
	driver_lib_end(&s);
}

/* Snapshots' times on this machine's clock. The device's clock is at 500 s when ours is at 1 s; a snapshot is
 * taken each second, and read the given time after it. */
static void own_times(void **state)
{
	static const struct row {
		const char *energy, *time;
		double at_s[5], taken_s[5];
		bool fails;
	} rows[] = {
		/* Read 0.1 s late, then 0, then 0.2: the first is placed by what is known of it then. */
		{ "1,101,201,301,401", "500000000,501000000,502000000,503000000,504000000",
		  { 1.1, 2.0, 3.2, 4.0, 5.0 }, { 1.1, 2.0, 3.00012, 4.0, 5.0 }, false },
		/* Times go on where the counter does not: they are those of asking. */
		{ "1,1,201,301", "500000000,501000000,502000000,503000000",
		  { 1, 2, 3, 4 }, { 1, 0, 0, 0 }, false },
		/* A clock that stands, that is too fast, that is none. */
		{ "1,101,201", "500000000,500000000,500000000", { 1, 2, 3 }, { 1, 0, 0 }, false },
		{ "1,101,201", "500000000,501500000,503000000", { 1, 2, 3 }, { 1, 0, 0 }, false },
		{ "1,101,201", "0", { 1, 2, 3 }, { 0, 0, 0 }, false },
		/* 32 bits at 38.4 MHz turn over at 111.848106 s. */
		{ "1,101,201,301", "110848106,111348106,500000,1500000",
		  { 1, 1.5, 2.5, 3.5 }, { 1, 1.5, 2.5, 3.5 }, false },
		/* No crystal explains this fall. */
		{ "1,101,201", "110848106,111348106,60000000", { 1, 1.5, 2.5 }, { 1, 1.5, 0 }, true },
	};
	const struct meter_from from = { .now_ns = driver_clock };
	struct scratch s;

	(void)state;
	driver_lib(&s, "sysman_fake", "libze_loader.so.1");
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		const struct row *w = &rows[i];
		char *script = cm_printf_dup("devices=1;domains=1;clocks=;energy1=%s;time1=%s", w->energy,
					     w->time);
		const struct meter_channel *ch;
		struct meter_value v[1];
		struct meter_ctx *c = NULL;

		setenv(VAR, script, 1);
		driver_clock_ns = (uint64_t)(w->at_s[0] * 1e9);
		assert_int_equal(meter_sysman.open(&from, &c, NULL), CM_OK);
		assert_int_equal(meter_sysman.channels(c, &ch), 1);
		near((double)ch->taken_ns * 1e-9, w->taken_s[0]);
		for (size_t k = 1; k < CM_COUNT(w->at_s) && w->at_s[k] > 0; k++) {
			const bool last = k + 1 == CM_COUNT(w->at_s) || !(w->at_s[k + 1] > 0);

			driver_clock_ns = (uint64_t)(w->at_s[k] * 1e9);
			assert_int_equal(meter_sysman.read(c, v, NULL), CM_OK);
			assert_int_equal(v[0].st, w->fails && last ? CM_EDRIVER : CM_OK);
			if (!(w->fails && last) && fabs((double)ch->taken_ns * 1e-9 - w->taken_s[k]) > 1e-6)
				fail_msg("row %zu, reading %zu: taken at %.9g s, not %.9g", i, k,
					 (double)ch->taken_ns * 1e-9, w->taken_s[k]);
		}
		meter_sysman.close(c);
		free(script);
	}
	driver_lib_end(&s);
}

/* The process of a driver hands the times on: this window is 100 W by them, however late it is read. */
static void own_times_apart(void **state)
{
	const struct metering_options o = { .meters = only };
	const struct timespec nap = { .tv_nsec = 20000000 };
	struct metering *m = NULL;
	struct metering_result r;
	struct scratch s;

	(void)state;
	driver_lib(&s, "sysman_fake", "libze_loader.so.1");
	setenv(VAR, "devices=1;domains=1;clocks=;energy1=@100;clockwatts=100", 1);
	assert_int_equal(metering_open(&o, &m, NULL), CM_OK);
	assert_int_equal(metering_begin(m, NULL), CM_OK);
	for (int i = 0; i < 10; i++)
		nanosleep(&nap, NULL);
	assert_int_equal(metering_end(m, &r, NULL), CM_OK);
	assert_true(r.parts >= 1 && r.part[0].stamped);
	metering_close(m);
	driver_lib_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(domains), cmocka_unit_test(faults), cmocka_unit_test(states),
		cmocka_unit_test(temperatures), cmocka_unit_test(held_back), cmocka_unit_test(told_twice),
		cmocka_unit_test(limits), cmocka_unit_test(fixed_limits),
		cmocka_unit_test(whole_device), cmocka_unit_test(own_times),
		cmocka_unit_test(own_times_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
