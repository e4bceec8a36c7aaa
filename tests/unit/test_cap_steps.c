/* The plan of a power-cap sweep: which watts a text means, and which texts are refused, with words. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "engine/cap_steps.h"

static void plans(void **state)
{
	static const struct { const char *text, *which; size_t n; double first, last; } cases[] = {
		{ "200..700:50", "", 11, 200, 700 },
		{ "200..690:50", "", 10, 200, 650 },  /* the end is taken where a step meets it */
		{ "12.5..14:0.5", "", 4, 12.5, 14 },
		{ "0.1..0.3:0.1", "", 3, 0.1, 0.3 },  /* 0.1 + 2·0.1 is above 0.3 by rounding */
		{ "250..250:10", "", 1, 250, 250 },
		{ "300,250,275", "", 3, 300, 275 },   /* in the order given */
		{ "nvml=400", "nvml", 1, 400, 400 },
		{ "socket 0=100..110:5", "socket 0", 3, 100, 110 },
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(cases); i++) {
		struct cap_steps s;
		struct cm_err err = { CM_OK, "" };

		if (cap_steps_parse(cases[i].text, &s, &err))
			fail_msg("%s: %s", cases[i].text, err.why);
		assert_string_equal(s.which, cases[i].which);
		assert_int_equal(s.n, cases[i].n);
		assert_true(fabs(s.watts[0] - cases[i].first) < 1e-9);
		assert_true(fabs(s.watts[s.n - 1] - cases[i].last) < 1e-9);
	}
}

static void refusals(void **state)
{
	static const struct { const char *text, *says; } cases[] = {
		{ "", "takes watts" }, { "x", "takes watts" }, { "-5", "takes watts" },
		{ "200..300", "takes watts" }, { "200..300:0", "takes watts" },
		{ "200..300:", "takes watts" }, { "200..300:50x", "takes watts" },
		{ "200,", "takes watts" }, { "200,,300", "takes watts" }, { "0", "takes watts" },
		{ "nan", "takes watts" }, { "1e3", "takes watts" }, { "=200", "takes watts" },
		{ "nvml=", "takes watts" }, { "300..200:50", "lower one comes first" },
		{ "200,300,200", "200 W twice" }, { "1..1000:1", "more than 64" },
		{ "1..2:0.0000001", "twice" }, /* closer than a limit is kept */
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(cases); i++) {
		struct cap_steps s;
		struct cm_err err = { CM_OK, "" };

		if (cap_steps_parse(cases[i].text, &s, &err) != CM_EINPUT)
			fail_msg("\"%s\" was taken", cases[i].text);
		if (!strstr(err.why, cases[i].says))
			fail_msg("\"%s\": %s", cases[i].text, err.why);
	}
}

static void tunables(void **state)
{
	(void)state;
	assert_true(isnan(cap_of_tunables("")));
	assert_true(isnan(cap_of_tunables(NULL)));
	assert_true(isnan(cap_of_tunables("tile=16")));
	assert_true(cap_of_tunables("tile=16 power_cap_w=250") == 250);
	assert_true(cap_of_tunables("power_cap_w=12.5") == 12.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plans),
		cmocka_unit_test(refusals),
		cmocka_unit_test(tunables),
	};

	return cmocka_run_group_tests_name("cap_steps", tests, NULL, NULL);
}
