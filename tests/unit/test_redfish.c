/* The Redfish meter on recorded and made trees: what covers what, times, and every fault of a controller. */
#include "redfish_case.h"

static char *recorded_dup(const char *name)
{
	const char *shared = getenv("COSTMARK_SHARED");
	char *path = cm_printf_dup("%s/data/energy/redfish/%s",
				   shared ? shared : CM_SOURCE_DIR "/../shared", name);

	if (!file_exists(path)) {
		print_message("# skip: ../shared/data/energy/redfish is not here\n");
		free(path);
		return NULL;
	}
	return path;
}

/* ---- recorded controllers ---------------------------------------------------------------------- */

static void dell(void **state)
{
	char *path = recorded_dup("dell-idrac/Power.json");
	struct tree t;
	size_t i;

	(void)state;
	if (!path)
		return;
	t = tree_of(path);
	expect(&t, "System.Embedded.1 PowerControl PowerControl", CM_SCOPE_NODE, CM_COVERS_MACHINE, 429);
	says(t.ch[find(&t, "System.Embedded.1 PowerControl PowerControl")].note,
	     "429 W, above its power limit of 348 W");
	expect(&t, "System.Embedded.1 supply PSU.Slot.1 output", CM_SCOPE_NODE, "power supply PSU.Slot.1",
	       203);
	i = find(&t, "System.Embedded.1 supply PSU.Slot.1 input");
	assert_int_equal(t.ch[i].st, CM_UNSUPPORTED);
	says(t.ch[i].reason, "a rating: 900 W in for 203 W out"); /* 203 / 900 = 23 % */
	meter_redfish.close(t.c);
	free(path);

	path = recorded_dup("dell-idrac/Power-invalid.json");
	t = tree_of(path);
	assert_int_equal(t.n, 1);
	assert_int_equal(t.ch[0].st, CM_EDRIVER);
	says(t.ch[0].reason, "Power-invalid.json:71:");
	meter_redfish.close(t.c);
	free(path);
}

static void hpe(void **state)
{
	char *path = recorded_dup("hpe-dl325/Power.json");
	struct tree t;

	(void)state;
	if (!path)
		return;
	t = tree_of(path);
	expect(&t, "1 PowerControl 0", CM_SCOPE_NODE, CM_COVERS_MACHINE, 97);
	near(t.ch[0].step, 1);                  /* whole watts */
	near((double)t.ch[0].refresh_ns, 60e9); /* not IntervalInMin, which is of the average */
	expect(&t, "1 supply 0 output", CM_SCOPE_NODE, "power supply 0", 51);
	expect(&t, "1 supply 1 output", CM_SCOPE_NODE, "power supply 1", 46);
	assert_true(t.ch[find(&t, "1 supply 0 output")].aside);
	meter_redfish.close(t.c);
	free(path);
}

static void dmtf(void **state)
{
	char *path = recorded_dup("dmtf-public-rackmount1");
	struct tree t;
	size_t i;

	(void)state;
	if (!path)
		return;
	t = tree_of(path);
	i = find(&t, "1U PowerWatts");
	expect(&t, "1U PowerWatts", CM_SCOPE_NODE, CM_COVERS_MACHINE, 374);
	assert_int_equal(t.ch[i].basis, CM_MODELLED); /* its sensor says Synthesized */
	near((double)t.ch[i].refresh_ns, 0.25e9);     /* PT0.25S */
	i = find(&t, "1U supply Bay1 input");
	expect(&t, "1U supply Bay1 input", CM_SCOPE_WALL, "power supply Bay1", 937.4);
	near(t.ch[i].err_hi, 0.01);                   /* Accuracy 1 %, of sensor PS1InputPower */
	near(t.ch[i].step, 0.1);
	says(t.ch[i].note, "input and output are the same");
	i = find(&t, "1U supply Bay1 EnergykWh");
	expect(&t, "1U supply Bay1 EnergykWh", CM_SCOPE_WALL, "power supply Bay1", 325675 * 3.6e6);
	near(t.ch[i].step, 3.6e6);                    /* one count of a whole kWh */
	assert_int_equal(t.ch[i].kind, CM_ENERGY_COUNTER);
	expect(&t, "1U PowerControl 0", CM_SCOPE_NODE, CM_COVERS_MACHINE, 344);
	expect(&t, "1U CPU1Power", CM_SCOPE_PACKAGE, "CPU1Power (CPU)", 90);
	assert_true(t.ch[find(&t, "1U CPU1Power")].aside);
	meter_redfish.close(t.c);
	free(path);
}

static void cray(void **state)
{
	char *path = recorded_dup("cray-ex235a");
	struct tree t;
	size_t energy, power, gpu, i;

	(void)state;
	if (!path)
		return;
	t = tree_of(path);
	energy = find(&t, "Node0 ChassisVoltageRegulator0InputEnergy");
	power = find(&t, "Node0 ChassisVoltageRegulator0InputPower");
	gpu = find(&t, "Node0 GPUSubsystemAccelerator0Power");
	expect(&t, t.ch[energy].name, CM_SCOPE_NODE, CM_COVERS_MACHINE, 1222273783);
	expect(&t, t.ch[power].name, CM_SCOPE_NODE, CM_COVERS_MACHINE, 747);
	expect(&t, t.ch[gpu].name, CM_SCOPE_DEVICE, "GPUSubsystemAccelerator0Power (Accelerator)", 118);
	/* Times of their own: 39.877366854, 35.876081693 and 25.201057058 s. */
	assert_true(fabs(((double)t.ch[energy].taken_ns - (double)t.ch[power].taken_ns) * 1e-9 -
			 4.001285161) < 1e-6);
	assert_true(fabs(((double)t.ch[energy].taken_ns - (double)t.ch[gpu].taken_ns) * 1e-9 -
			 14.676309796) < 1e-6);
	i = find(&t, "Node0 CPU01SynthesizedEnergy"); /* a name is no scope: it is the memory's */
	assert_int_equal(t.ch[i].st, CM_UNSUPPORTED);
	assert_int_equal(t.ch[i].basis, CM_MODELLED);
	expect(&t, "Node0 ChassisMemorySubsystem0OutputEnergy", CM_SCOPE_DRAM,
	       "ChassisMemorySubsystem0OutputEnergy (MemorySubsystem)", 98273086);
	meter_redfish.close(t.c);
	free(path);
}

/* ---- made trees -------------------------------------------------------------------------------- */

static void put_machine(struct scratch *s)
{
	put(s, "", "{\"Chassis\": " LINK("Chassis") "}");
	put(s, "Chassis", "{\"Members\": [" LINK("Chassis/M") "]}");
	put(s, "Chassis/M", "{\"ChassisType\": \"RackMount\", \"EnvironmentMetrics\": "
	    LINK("Chassis/M/Env") ", \"Power\": " LINK("Chassis/M/Old") "}");
	put(s, "Chassis/M/Env", "{\"PowerWatts\": {\"Reading\": 400, \"DataSourceUri\": "
	    "\"/redfish/v1/Chassis/M/S\"}}");
	put(s, "Chassis/M/S", "{\"Reading\": 400, \"ReadingTime\": \"2026-01-01T00:00:00Z\"}");
	put(s, "Chassis/M/Old", "{\"PowerControl\": [{\"PowerConsumedWatts\": 401}]}");
}

static void faults_of_values(void **state)
{
	static const struct { const char *body; enum cm_status st; const char *says; } rows[] = {
		{ "{\"PowerWatts\": {\"Reading\": null}}", CM_ABSENT, "gives null" },
		{ "{\"PowerWatts\": {}}", CM_ABSENT, "gives no reading" },
		{ "{\"PowerWatts\": {\"Reading\": -5}}", CM_EDRIVER, "negative" },
		{ "{\"PowerWatts\": {\"Reading\": \"400\"}}", CM_EDRIVER, "no number" },
		{ "{\"PowerWatts\": {\"Reading\": NaN}}", CM_EDRIVER, "index.json:1:" },
		{ "{\"PowerWatts\": {\"Reading\": 40", CM_EDRIVER, "index.json:1:" },
		{ "[]", CM_EDRIVER, "no object" },
		{ "", CM_EDRIVER, "index.json:1:" },
	};
	struct scratch s;

	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		struct tree t;

		scratch_begin(&s);
		put_machine(&s);
		put(&s, "Chassis/M/Env", rows[i].body);
		t = tree_of(s.dir); /* from the start … */
		assert_int_equal(t.ch[0].st, rows[i].st);
		says(t.ch[0].reason, rows[i].says);
		meter_redfish.close(t.c);

		put_machine(&s);
		t = tree_of(s.dir); /* … and from one reading to the next */
		put(&s, "Chassis/M/Env", rows[i].body);
		meter_redfish.read(t.c, t.v, NULL);
		assert_int_equal(t.v[0].st, rows[i].st);
		near(t.v[1].value, 401); /* the other resource still reads */
		meter_redfish.close(t.c);
		scratch_end(&s);
	}
}

static void old_readings(void **state)
{
	struct scratch s;
	struct tree t;

	(void)state;
	scratch_begin(&s);
	put_machine(&s);
	t = tree_of(s.dir);
	near(t.v[0].value, 400);
	clock_ns += 179000000000; /* three periods of 60 s are the limit */
	meter_redfish.read(t.c, t.v, NULL);
	assert_int_equal(t.v[0].st, CM_OK);
	clock_ns += 2000000000;
	meter_redfish.read(t.c, t.v, NULL);
	assert_int_equal(t.v[0].st, CM_ABSENT);
	put(&s, "Chassis/M/S", "{\"Reading\": 400, \"ReadingTime\": \"2026-01-01T01:03:01+01:00\"}");
	meter_redfish.read(t.c, t.v, NULL);
	assert_int_equal(t.v[0].st, CM_OK);
	meter_redfish.close(t.c);

	/* 84 minutes behind the other sensor of the same controller. */
	put(&s, "Chassis/M/Sensors", "{\"Members\": [" LINK("Chassis/M/G") "]}");
	put(&s, "Chassis/M/G", "{\"ReadingType\": \"Power\", \"PhysicalContext\": \"GPU\", \"Reading\": 300, "
	    "\"ReadingTime\": \"2025-12-31T22:39:01Z\"}");
	put(&s, "Chassis/M", "{\"EnvironmentMetrics\": " LINK("Chassis/M/Env") ", \"Sensors\": "
	    LINK("Chassis/M/Sensors") "}");
	t = tree_of(s.dir);
	assert_int_equal(t.v[find(&t, "M PowerWatts")].st, CM_OK);
	assert_int_equal(t.v[find(&t, "M G")].st, CM_ABSENT);
	meter_redfish.close(t.c);
	scratch_end(&s);
}

/* Four supplies that each show the node's 894 W are one reading, at any maker's. */
static void supplies_repeat_the_total(void **state)
{
	struct scratch s;
	struct tree t;
	size_t counted = 0;

	(void)state;
	scratch_begin(&s);
	put_machine(&s);
	put(&s, "Chassis/M/Old",
	    "{\"PowerControl\": [{\"PowerConsumedWatts\": 894}], \"PowerSupplies\": ["
	    "{\"MemberId\": \"a\", \"PowerInputWatts\": 894}, {\"MemberId\": \"b\", "
	    "\"PowerInputWatts\": 894},"
	    "{\"MemberId\": \"c\", \"PowerInputWatts\": 894}, {\"MemberId\": \"d\", "
	    "\"PowerInputWatts\": 894},"
	    "{\"MemberId\": \"e\", \"PowerInputWatts\": 3, \"Status\": {\"State\": \"Absent\"}}]}");
	put(&s, "Chassis/M", "{\"Power\": " LINK("Chassis/M/Old") "}");
	t = tree_of(s.dir);
	assert_int_equal(t.n, 5);
	for (size_t i = 0; i < t.n; i++)
		counted += t.ch[i].scope == CM_SCOPE_WALL && t.ch[i].st == CM_OK;
	assert_int_equal(counted, 1);
	says(t.ch[2].reason, "repeats the machine's total of 894 W");
	meter_redfish.close(t.c);
	scratch_end(&s);
}

static void which_machine(void **state)
{
	struct scratch s;
	struct tree t;
	char *one;

	(void)state;
	scratch_begin(&s);
	put_machine(&s);
	put(&s, "Chassis", "{\"Members\": [" LINK("Chassis/M") ", " LINK("Chassis/N") "]}");
	put(&s, "Chassis/M", "{\"Links\": {\"ComputerSystems\": [" LINK("Systems/1") "]}, \"Power\": "
	    LINK("Chassis/M/Old") "}");
	put(&s, "Chassis/N", "{\"Links\": {\"ComputerSystems\": [" LINK("Systems/2") "]}, \"Power\": "
	    LINK("Chassis/M/Old") "}");
	t = tree_of(s.dir);
	assert_int_equal(t.ch[0].st, CM_UNSUPPORTED);
	says(t.ch[0].reason, "serves 2 machines");
	meter_redfish.close(t.c);
	one = cm_printf_dup("%s/redfish/v1/Chassis/N", s.dir);
	t = tree_of(one);
	assert_int_equal(t.n, 1);
	expect(&t, "N PowerControl 0", CM_SCOPE_NODE, CM_COVERS_MACHINE, 401);
	meter_redfish.close(t.c);
	free(one);

	put(&s, "Chassis", "{\"Members\": [" LINK("Chassis/../../x") "]}"); /* leads out of the tree */
	put(&s, "Chassis/N", "{\"ChassisType\": \"Enclosure\", \"Power\": " LINK("Chassis/M/Old") "}");
	put(&s, "Chassis", "{\"Members\": [" LINK("Chassis/N") "]}");
	t = tree_of(s.dir);
	assert_int_equal(t.ch[0].st, CM_UNSUPPORTED);
	says(t.ch[0].reason, "Enclosure holds more than one machine");
	meter_redfish.close(t.c);
	scratch_end(&s);
}

/* ---- windows ------------------------------------------------------------------------------------- */

static const struct meter *const only[] = { &meter_redfish, NULL };

static void joules_by_reading_time(void **state)
{
	/* Counter and times of the recorded node: 747 W for 600 s are 448200 J, whatever our clock says of
	 * when the answer came. */
	struct scratch s;
	struct metering_options o = { .meters = only, .now_ns = test_clock };
	struct metering_result r;
	struct metering *m = NULL;

	(void)state;
	scratch_begin(&s);
	put(&s, "Chassis/N/Sensors/E",
	    "{\"ReadingType\": \"EnergyJoules\", \"PhysicalContext\": \"Chassis\", "
	    "\"Reading\": 1222273783, \"ReadingTime\": \"2022-03-09T21:16:39.877366854Z\", "
	    "\"SensingInterval\": \"PT1S\"}");
	o.redfish = s.dir;
	clock_ns = 5000000000;
	assert_int_equal(metering_open(&o, &m, NULL), CM_OK);
	near(metering_window_s(m), 20); /* 1 s at 5 % */
	assert_int_equal(metering_begin(m, NULL), CM_OK);
	clock_ns += 605000000000; /* the controller lags by 5 s */
	put(&s, "Chassis/N/Sensors/E",
	    "{\"ReadingType\": \"EnergyJoules\", \"PhysicalContext\": \"Chassis\", "
	    "\"Reading\": 1222721983, \"ReadingTime\": \"2022-03-09T21:26:39.877366854Z\", "
	    "\"SensingInterval\": \"PT1S\"}");
	assert_int_equal(metering_end(m, &r, NULL), CM_OK);
	assert_null(r.joules.missing);
	/* Its rate, 448200 J / 600 s, over the window of 605 s. */
	assert_true(fabs(r.watts.value - 747) < 1e-3);
	assert_true(fabs(r.joules.value - 747 * 605) < 1);
	/* 1 s of update period and 5 s that no reading covers, at 747 W, and one step. */
	assert_true(fabs(r.edge_j - (747 * 6 + 1)) < 1);
	assert_string_equal(r.scope, "node");
	metering_close(m);
	scratch_end(&s);
}

static void short_windows(void **state)
{
	struct scratch s;
	struct metering_options o = { .meters = only, .now_ns = test_clock };
	struct metering_result r;
	struct metering *m = NULL;

	(void)state;
	scratch_begin(&s);
	put_machine(&s);
	o.redfish = s.dir;
	clock_ns = 5000000000;
	assert_int_equal(metering_open(&o, &m, NULL), CM_OK);
	assert_int_equal(metering_begin(m, NULL), CM_OK);
	for (size_t i = 0; i < 5; i++) {
		clock_ns += 1000000000;
		assert_int_equal(metering_poll(m, NULL), CM_OK);
	}
	assert_int_equal(metering_end(m, &r, NULL), CM_OK);
	/* Seven answers, but one reading: its time never moved. */
	says(r.joules.missing, "1 power readings in the window");
	metering_close(m);
	scratch_end(&s);
}

/* The period that nobody states: by ReadingTime, by the value, and not at all. */
static void periods(void **state)
{
	struct scratch s;
	struct tree t;

	(void)state;
	scratch_begin(&s);
	put_machine(&s);
	t = tree_of(s.dir);
	says(t.ch[0].refresh_source, "assumed");
	for (int i = 1; i <= 20; i++) { /* asked each second; a new reading each 5 s */
		char *sensor = cm_printf_dup("{\"Reading\": 400, \"ReadingTime\": "
					     "\"2026-01-01T00:00:%02dZ\"}", i / 5 * 5);
		char *old = cm_printf_dup("{\"PowerControl\": [{\"PowerConsumedWatts\": %d}]}", 400 + i / 4);

		put(&s, "Chassis/M/S", sensor);
		put(&s, "Chassis/M/Old", old);
		clock_ns += 1000000000;
		meter_redfish.read(t.c, t.v, NULL);
		free(sensor);
		free(old);
	}
	assert_int_equal(t.ch[0].refresh_ns, 5000000000); /* the value never moved, its time did */
	assert_string_equal(t.ch[0].refresh_source, "measured: 4 changes of the ReadingTime");
	assert_int_equal(t.ch[1].refresh_ns, 4000000000);
	assert_string_equal(t.ch[1].refresh_source, "measured: 6 changes of the value");
	/* Ten minutes without a change is no longer period: the reading may stay the same. */
	clock_ns += 600000000000;
	put(&s, "Chassis/M/Old", "{\"PowerControl\": [{\"PowerConsumedWatts\": 500}]}");
	meter_redfish.read(t.c, t.v, NULL);
	assert_true(t.ch[1].refresh_ns <= 60000000000);
	meter_redfish.close(t.c);
	scratch_end(&s);
}

/* A window of 20 s is refused at an assumed period of 60 s, and has its joules once 2 s were seen. */
static void period_seen_in_a_window(void **state)
{
	struct scratch s;
	struct metering_options o = { .meters = only, .now_ns = test_clock };
	struct metering_result r;
	struct metering *m = NULL;

	(void)state;
	scratch_begin(&s);
	put_power(&s, "RackMount", "{\"PowerControl\": [{\"PowerConsumedWatts\": 500}]}");
	o.redfish = s.dir;
	for (int moves = 0; moves < 2; moves++) {
		clock_ns = 5000000000;
		assert_int_equal(metering_open(&o, &m, NULL), CM_OK);
		near(metering_period_s(m), 60);
		assert_int_equal(metering_begin(m, NULL), CM_OK);
		for (int i = 1; i <= 20; i++) {
			char *text = cm_printf_dup("{\"PowerControl\": [{\"PowerConsumedWatts\": %d}]}",
						   500 + moves * (i / 2 % 2));

			put(&s, "Chassis/M/Old", text);
			free(text);
			clock_ns += 1000000000;
			assert_int_equal(metering_poll(m, NULL), CM_OK);
		}
		assert_int_equal(metering_end(m, &r, NULL), CM_OK);
		if (!moves) {
			says(r.joules.missing, "too short for an update period of 60 s");
		} else {
			assert_null(r.joules.missing);
			assert_true(fabs(r.watts.value - 500.5) < 0.1);
			near(metering_period_s(m), 2);
			says(r.note, "update period 2 s: measured: 10 changes of the value");
		}
		metering_close(m);
	}
	scratch_end(&s);
}

/* ---- times --------------------------------------------------------------------------------------- */

static void times(void **state)
{
	static const struct { const char *text; double s; } moments[] = {
		{ "1970-01-01T00:00:00Z", 0 }, { "1970-01-01T06:00:00.25+06:00", 0.25 },
		{ "2022-03-09T21:16:39Z", 1646860599 }, { "2019-08-13T04:14:33+06:00", 1565648073 },
		{ "2022-03-09T21:16:39", NAN }, { "yesterday", NAN }, { "", NAN }, { NULL, NAN },
		{ "2022-13-09T21:16:39Z", NAN }, { "2022-03-09T21:16:39Zx", NAN },
	};
	static const struct { const char *text; double s; } spans[] = {
		{ "PT0.25S", 0.25 }, { "PT1M30S", 90 }, { "P1DT2H", 93600 }, { "PT1S", 1 }, { "P1M", 0 },
		{ "1S", 0 }, { "PT", 0 }, { "", 0 }, { NULL, 0 }, { "PTS", 0 },
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(moments); i++) {
		const double got = redfish_time_s(moments[i].text);

		if (isnan(moments[i].s) ? !isnan(got) : got != moments[i].s)
			fail_msg("%s: %g", moments[i].text, got);
	}
	for (size_t i = 0; i < CM_COUNT(spans); i++)
		near(redfish_duration_s(spans[i].text), spans[i].s);
}

static void nothing_there(void **state)
{
	struct meter_from from = { .redfish = NULL };
	struct meter_ctx *c = NULL;
	struct cm_err err;
	struct scratch s;

	(void)state;
	assert_int_equal(meter_redfish.open(&from, &c, &err), CM_ABSENT);
	says(err.why, "no management controller was named");
	from.redfish = "/nowhere/at/all";
	assert_int_equal(meter_redfish.open(&from, &c, &err), CM_EINPUT);
	says(err.why, "no such folder");
	scratch_begin(&s);
	from.redfish = s.dir;
	assert_int_equal(meter_redfish.open(&from, &c, &err), CM_ABSENT);
	says(err.why, "no power and no energy");
	scratch_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dell),
		cmocka_unit_test(hpe),
		cmocka_unit_test(dmtf),
		cmocka_unit_test(cray),
		cmocka_unit_test(faults_of_values),
		cmocka_unit_test(old_readings),
		cmocka_unit_test(supplies_repeat_the_total),
		cmocka_unit_test(which_machine),
		cmocka_unit_test(joules_by_reading_time),
		cmocka_unit_test(short_windows),
		cmocka_unit_test(periods),
		cmocka_unit_test(period_seen_in_a_window),
		cmocka_unit_test(times),
		cmocka_unit_test(nothing_there),
	};

	return cmocka_run_group_tests_name("redfish", tests, NULL, NULL);
}
