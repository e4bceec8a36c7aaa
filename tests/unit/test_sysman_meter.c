/* The meter of Level Zero Sysman against a library that implements its interface and fails as
 * scripted. Where zes_api.h is installed, our declarations agree with it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>

#include "../../vendors/intel/sysman_abi.h"
#include "api/meter.h"
#include "driver_lib.h"

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
SAME(sizeof(struct cmzs_pci), sizeof(zes_pci_properties_t));
SAME(offsetof(struct cmzs_pci, domain), offsetof(zes_pci_properties_t, address));
SAME(CMZS_STYPE_PCI, ZES_STRUCTURE_TYPE_PCI_PROPERTIES);
SAME(CMZS_STYPE_POWER, ZES_STRUCTURE_TYPE_POWER_PROPERTIES);
SAME(CMZS_STYPE_FREQUENCY, ZES_STRUCTURE_TYPE_FREQ_STATE);
SAME(CMZS_STYPE_POWER_EXT, ZES_STRUCTURE_TYPE_POWER_EXT_PROPERTIES);
SAME(CMZS_DOMAIN_CARD, ZES_POWER_DOMAIN_CARD);
SAME(CMZS_NO_PERMISSION, ZE_RESULT_ERROR_INSUFFICIENT_PERMISSIONS);
SAME(CMZS_UNSUPPORTED, ZE_RESULT_ERROR_UNSUPPORTED_FEATURE);
SAME((int)CMZS_HELD_POWER, (int)(ZES_FREQ_THROTTLE_REASON_FLAG_AVE_PWR_CAP |
	ZES_FREQ_THROTTLE_REASON_FLAG_BURST_PWR_CAP | ZES_FREQ_THROTTLE_REASON_FLAG_CURRENT_LIMIT));
SAME(CMZS_HELD_SUPPLY, ZES_FREQ_THROTTLE_REASON_FLAG_PSU_ALERT);
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
			  "devices=1;domains=241;most1=300000;energy1=0,1000000000,4000000000;"
			  "energy2=0,0,2500000000;energy4=0,0,500000000;time1=1,2,3");
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
	m = open_scripted(only, VAR, "devices=1;domains=2;energy2=0,0,2500000000");
	window(m, 10, 0, &r);
	near(r.joules.value, 2500);
	metering_close(m);
	/* An old loader: zesInit fails, zeInit with its variable works. */
	m = open_scripted(only, VAR, "init=NS;devices=1;domains=2;energy2=0,0,2500000000");
	assert_int_equal(channel(m, "xpu0 package")->st, CM_OK);
	metering_close(m);
	driver_lib_end(&s);
}

/* 22 MJ that fall to 200 J and come back are the glitch of idle B60 cards: 3.7e12 W by unsigned
 * arithmetic. */
static void faults(void **state)
{
	static const struct { const char *script, *why; } rows[] = {
		{ "energy1=0,22000000000000,200000000", "fell from 2.2e+07 to 200 J" },
		{ "energy1=0,200000000,22000000000000", "more than the source can draw" },
		{ "energy1=0,5000000,5000000", "did not change" },
		{ "energy1=0,5000000,NS", "a reading failed" },
		{ "energy1=0,5000000,6000000;time1=7,8,3", "a reading failed" },
		{ "energy1=0,5000000,hang", "did not answer within 2 s" },
		{ "energy1=0,5000000,die", "died of signal 11" },
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(domains), cmocka_unit_test(faults), cmocka_unit_test(states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
