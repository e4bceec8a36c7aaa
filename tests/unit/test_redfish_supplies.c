/* Power supplies and outlets by Redfish: which of what they show is what the machine takes. */
#include "redfish_case.h"

/* ---- supplies ------------------------------------------------------------------------------------ */

/* 119 + 124 W in, 54 + 82 W out, with no rating: two poor supplies at little load, not one. */
static void supplies_at_little_load(void **state)
{
	struct scratch s;
	struct tree t;

	(void)state;
	scratch_begin(&s);
	put_power(&s, "Rack", "{\"PowerControl\": [{\"PowerConsumedWatts\": 216}], \"PowerSupplies\": ["
		  "{\"MemberId\": \"1\", \"PowerInputWatts\": 119, \"PowerOutputWatts\": 54},"
		  "{\"MemberId\": \"2\", \"PowerInputWatts\": 124, \"PowerOutputWatts\": 82}]}");
	t = tree_of(s.dir);
	/* A Rack with one computer system and nothing else in it is a server. */
	expect(&t, "M PowerControl 0", CM_SCOPE_NODE, CM_COVERS_MACHINE, 216);
	expect(&t, "M supply 1 input", CM_SCOPE_WALL, "power supply 1", 119);
	expect(&t, "M supply 2 input", CM_SCOPE_WALL, "power supply 2", 124);
	meter_redfish.close(t.c);

	/* One refused input (a rating of 1600 W from InputRanges): the other is not the wall. */
	put_power(&s, "RackMount", "{\"PowerSupplies\": ["
		  "{\"MemberId\": \"1\", \"PowerInputWatts\": 1600, \"PowerOutputWatts\": 240, "
		  "\"InputRanges\": [{\"OutputWattage\": 1600}]},"
		  "{\"MemberId\": \"2\", \"PowerInputWatts\": 254, \"PowerOutputWatts\": 240}]}");
	t = tree_of(s.dir);
	says(t.ch[find(&t, "M supply 1 input")].reason, "a rating");
	assert_int_equal(t.ch[find(&t, "M supply 2 input")].st, CM_UNSUPPORTED);
	says(t.ch[find(&t, "M supply 2 input")].reason, "1 of 2 supplies show what they take");
	meter_redfish.close(t.c);

	/* One that stands by and gives nothing is not missed. */
	put_power(&s, "RackMount", "{\"PowerSupplies\": [{\"MemberId\": \"1\", \"PowerInputWatts\": null, "
		  "\"PowerOutputWatts\": 0}, {\"MemberId\": \"2\", \"PowerInputWatts\": 254, "
		  "\"PowerOutputWatts\": 240}]}");
	t = tree_of(s.dir);
	expect(&t, "M supply 2 input", CM_SCOPE_WALL, "power supply 2", 254);
	meter_redfish.close(t.c);
	scratch_end(&s);
}

static void zero_of_a_running_machine(void **state)
{
	struct scratch s;
	struct tree t;

	(void)state;
	scratch_begin(&s);
	put_power(&s, "RackMount", "{\"PowerControl\": [{\"PowerConsumedWatts\": 0}], \"PowerSupplies\": ["
		  "{\"MemberId\": \"1\", \"PowerInputWatts\": 0}, {\"MemberId\": \"2\", "
		  "\"PowerInputWatts\": 0}]}");
	t = tree_of(s.dir);
	assert_int_equal(t.n, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(t.ch[i].st, CM_ABSENT);
		says(t.ch[i].reason, "0 W of a machine that runs");
	}
	meter_redfish.close(t.c);

	put_power(&s, "RackMount", "{\"PowerControl\": [{\"PowerConsumedWatts\": 90}]}");
	t = tree_of(s.dir);
	put_power(&s, "RackMount", "{\"PowerControl\": [{\"PowerConsumedWatts\": 0}]}");
	meter_redfish.read(t.c, t.v, NULL);
	assert_int_equal(t.v[0].st, CM_ABSENT);
	meter_redfish.close(t.c);

	/* The supplies of an enclosure with two computers are nobody's wall; an entry without a reading is
	 * just that. */
	put_power(&s, "Enclosure", "{\"PowerControl\": [{\"MemberId\": \"Blade1\"}], \"PowerSupplies\": ["
		  "{\"MemberId\": \"1\", \"PowerInputWatts\": 400}]}");
	put(&s, "Chassis/M", "{\"ChassisType\": \"Enclosure\", \"Links\": {\"ComputerSystems\": ["
	    LINK("Systems/1") ", "
	    LINK("Systems/2") "]}, \"Power\": " LINK("Chassis/M/Old") "}");
	t = tree_of(s.dir);
	says(t.ch[find(&t, "M PowerControl Blade1")].reason, "gives no reading");
	assert_int_equal(t.ch[find(&t, "M supply 1 input")].st, CM_UNSUPPORTED);
	says(t.ch[find(&t, "M supply 1 input")].reason, "holds more than one machine");
	meter_redfish.close(t.c);
	scratch_end(&s);
}

/* The same supply in PowerSubsystem, in Power and as a sensor is one. */
static void supplies_told_three_times(void **state)
{
	struct scratch s;
	struct tree t;
	size_t walls = 0;

	(void)state;
	scratch_begin(&s);
	put(&s, "", "{\"Chassis\": " LINK("Chassis") "}");
	put(&s, "Chassis", "{\"Members\": [" LINK("Chassis/M") "]}");
	put(&s, "Chassis/M", "{\"ChassisType\": \"RackMount\", \"Power\": " LINK("Chassis/M/Power")
	    ", \"PowerSubsystem\": "
	    LINK("Chassis/M/PowerSubsystem/") ", \"Sensors\": " LINK("Chassis/M/Sensors/") "}");
	put(&s, "Chassis/M/Power", "{\"PowerSupplies\": [{\"MemberId\": \"0\", \"PowerInputWatts\": 301}]}");
	put(&s, "Chassis/M/PowerSubsystem", "{\"PowerSupplies\": "
	    LINK("Chassis/M/PowerSubsystem/PowerSupplies") "}");
	put(&s, "Chassis/M/PowerSubsystem/PowerSupplies", "{\"Members\": ["
	    LINK("Chassis/M/PowerSubsystem/PowerSupplies/A")
	    "]}");
	put(&s, "Chassis/M/PowerSubsystem/PowerSupplies/A", "{\"Metrics\": "
	    LINK("Chassis/M/PowerSubsystem/PowerSupplies/A/Metrics") "}");
	put(&s, "Chassis/M/PowerSubsystem/PowerSupplies/A/Metrics",
	    "{\"InputPowerWatts\": {\"Reading\": 300}}");
	put(&s, "Chassis/M/Sensors", "{\"Members\": [" LINK("Chassis/M/Sensors/P/") "]}");
	put(&s, "Chassis/M/Sensors/P", "{\"ReadingType\": \"Power\", \"Reading\": 299, \"PhysicalContext\": "
	    "\"PowerSupply\", \"PhysicalSubContext\": \"Input\"}");
	t = tree_of(s.dir);
	for (size_t i = 0; i < t.n; i++)
		walls += t.ch[i].scope == CM_SCOPE_WALL && t.ch[i].st == CM_OK;
	assert_int_equal(walls, 1);
	expect(&t, "M supply A input", CM_SCOPE_WALL, "power supply A", 300);
	says(t.ch[find(&t, "M P")].reason, "the supply's own resource shows it");
	meter_redfish.close(t.c);
	scratch_end(&s);
}

/* An outlet that the user names is this machine's wall; a whole distribution unit is not. */
static void outlets(void **state)
{
	struct scratch s;
	struct tree t;
	char *one;

	(void)state;
	scratch_begin(&s);
	put(&s, "PowerEquipment/RackPDUs/1/Outlets/A1", "{\"@odata.type\": "
							"\"#Outlet.v1_4_0.Outlet\", \"PowerWatts\": "
	    "{\"Reading\": 431, \"ApparentVA\": 470}, \"EnergykWh\": {\"Reading\": 36.5}}");
	put(&s, "PowerEquipment/RackPDUs/1", "{\"@odata.type\": "
					     "\"#PowerDistribution.v1_3_0.PowerDistribution\", "
	    "\"Metrics\": " LINK("PowerEquipment/RackPDUs/1/Metrics") "}");
	put(&s, "PowerEquipment/RackPDUs/1/Metrics", "{\"PowerWatts\": {\"Reading\": 6300}}");
	one = cm_printf_dup("%s/redfish/v1/PowerEquipment/RackPDUs/1/Outlets/A1", s.dir);
	t = tree_of(one);
	assert_int_equal(t.n, 2);
	expect(&t, "A1 PowerWatts", CM_SCOPE_WALL, CM_COVERS_MACHINE, 431);
	expect(&t, "A1 EnergykWh", CM_SCOPE_WALL, CM_COVERS_MACHINE, 36.5 * 3.6e6);
	meter_redfish.close(t.c);
	free(one);
	one = cm_printf_dup("%s/redfish/v1/PowerEquipment/RackPDUs/1", s.dir);
	t = tree_of(one);
	assert_int_equal(t.ch[0].st, CM_UNSUPPORTED);
	says(t.ch[0].reason, "name its outlet");
	meter_redfish.close(t.c);
	free(one);
	scratch_end(&s);
}

/* Outputs of 894 W each in a machine of 894 W are its total, not their own. */
static void outputs_repeat_the_total(void **state)
{
	static const struct { int total, output[4]; enum cm_status node, out; } rows[] = {
		{ 894, { 894, 894, 894, 894 }, CM_OK, CM_UNSUPPORTED },
		{ 870, { 894, 894, 894, 894 }, CM_OK, CM_UNSUPPORTED }, /* 3 % apart: two moments */
		{ 400, { 100, 100, 100, 100 }, CM_OK, CM_OK },
		{ 152, { 152, 0, 0, 0 }, CM_OK, CM_OK },                /* one that gives all */
		{ 152, { 144, 132, 0, 0 }, CM_UNSUPPORTED, CM_OK },     /* a board: 152 W of 276 W */
		{ 152, { 145, 145, 0, 0 }, CM_UNSUPPORTED, CM_OK },     /* alike, but two halves of 290 W */
	};
	struct scratch s;

	(void)state;
	scratch_begin(&s);
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		char *text = cm_printf_dup("{\"PowerControl\": [{\"PowerConsumedWatts\": %d}], "
					   "\"PowerSupplies\": ["
			"{\"MemberId\": \"a\", \"LastPowerOutputWatts\": %d}, {\"MemberId\": \"b\", "
			"\"LastPowerOutputWatts\": %d}, {\"MemberId\": \"c\", \"LastPowerOutputWatts\": %d}, "
			"{\"MemberId\": \"d\", \"LastPowerOutputWatts\": %d}]}", rows[i].total,
			rows[i].output[0],
			rows[i].output[1], rows[i].output[2], rows[i].output[3]);

		put_power(&s, "RackMount", text);
		struct tree t = tree_of(s.dir);

		assert_int_equal(t.ch[find(&t, "M PowerControl 0")].st, rows[i].node);
		assert_int_equal(t.ch[find(&t, "M supply a output")].st, rows[i].out);
		meter_redfish.close(t.c);
		free(text);
	}
	scratch_end(&s);
}

/* What a bay tells that gives nothing: its null is no gap in the wall of the others. */
static void dead_supplies(void **state)
{
	static const struct { const char *other; enum cm_status wall; } rows[] = {
		/* Dead: 379 W in of a machine of 380 W; its last output is the machine's average. */
		{ "\"PowerInputWatts\": null, \"PowerOutputWatts\": null, \"LastPowerOutputWatts\": 358, "
		  "\"Status\": {\"State\": \"Enabled\", \"Health\": \"Critical\"}", CM_OK },
		/* A blank. */
		{ "\"PowerInputWatts\": null, \"PowerOutputWatts\": null, \"LineInputVoltage\": null, "
		  "\"PowerCapacityWatts\": null", CM_OK },
		/* Nothing is told of one that may well run. */
		{ "\"PowerInputWatts\": null, \"PowerOutputWatts\": null, \"LineInputVoltage\": 230",
		  CM_UNSUPPORTED },
		{ "\"PowerInputWatts\": null, \"LineInputVoltage\": \"220V\"", CM_UNSUPPORTED },
		{ "\"Name\": \"PSU2\"", CM_UNSUPPORTED },
		{ "\"PowerInputWatts\": null, \"PowerOutputWatts\": 180, \"LineInputVoltage\": null",
		  CM_UNSUPPORTED },
	};
	struct scratch s;

	(void)state;
	scratch_begin(&s);
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		char *text = cm_printf_dup("{\"PowerControl\": [{\"PowerConsumedWatts\": 380}], "
					   "\"PowerSupplies\": ["
			"{\"MemberId\": \"1\", \"PowerInputWatts\": 379, \"PowerOutputWatts\": 357}, "
			"{\"MemberId\": \"2\", %s}]}", rows[i].other);

		put_power(&s, "RackMount", text);
		struct tree t = tree_of(s.dir);

		assert_int_equal(t.ch[find(&t, "M supply 1 input")].st, rows[i].wall);
		if (!i) {
			expect(&t, "M PowerControl 0", CM_SCOPE_NODE, CM_COVERS_MACHINE, 380);
			assert_int_equal(t.ch[find(&t, "M supply 2 output")].st, CM_ABSENT); /* not 358 W */
		}
		meter_redfish.close(t.c);
		free(text);
	}
	/* 303 W in, of a machine of 614 W: another supply is not in the list. */
	put_power(&s, "RackMount", "{\"PowerControl\": [{\"PowerConsumedWatts\": 614}], \"PowerSupplies\": ["
		  "{\"MemberId\": \"1\", \"PowerInputWatts\": 303, \"PowerOutputWatts\": 273}]}");
	struct tree t = tree_of(s.dir);

	says(t.ch[find(&t, "M supply 1 input")].reason, "the supplies take 303 W, the machine 614 W");
	expect(&t, "M PowerControl 0", CM_SCOPE_NODE, CM_COVERS_MACHINE, 614);
	meter_redfish.close(t.c);
	scratch_end(&s);
}

static const struct meter *const only[] = { &meter_redfish, NULL };

/* A supply whose input is lost within a window leaves half of a wall: no joules. */
static void a_supply_falls_silent(void **state)
{
	static const char text[] = "{\"PowerSupplies\": [{\"MemberId\": \"1\", \"PowerInputWatts\": 300}, "
				   "{\"MemberId\": \"2\", \"PowerInputWatts\": %s}]}";
	struct scratch s;
	struct metering_options o = { .meters = only, .now_ns = test_clock };
	struct metering_result r;

	(void)state;
	scratch_begin(&s);
	for (int lost = 0; lost < 2; lost++) {
		struct metering *m = NULL;

		put_power(&s, "RackMount", "{\"PowerSupplies\": [{\"MemberId\": \"1\", "
					   "\"PowerInputWatts\": 300}, "
			  "{\"MemberId\": \"2\", \"PowerInputWatts\": 280}]}");
		o.redfish = s.dir;
		clock_ns = 5000000000;
		assert_int_equal(metering_open(&o, &m, NULL), CM_OK);
		assert_int_equal(metering_begin(m, NULL), CM_OK);
		for (int i = 0; i < 40; i++) {
			clock_ns += 60000000000;
			if (lost && i == 20) {
				char *half = cm_printf_dup(text, "null");

				put_power(&s, "RackMount", half);
				free(half);
			}
			metering_poll(m, NULL);
		}
		assert_int_equal(metering_end(m, &r, NULL), CM_OK);
		if (lost)
			assert_non_null(r.joules.missing);
		else
			assert_true(fabs(r.watts.value - 580) < 1e-6);
		metering_close(m);
	}
	scratch_end(&s);
}

/* 900 W into a supply of 750 W that shows no output: its rating, twice. */
static void rating_without_output(void **state)
{
	struct scratch s;
	struct tree t;

	(void)state;
	scratch_begin(&s);
	put_power(&s, "RackMount", "{\"PowerSupplies\": ["
		  "{\"MemberId\": \"1\", \"PowerInputWatts\": 900, \"InputRanges\": "
		  "[{\"OutputWattage\": 750}]},"
		  "{\"MemberId\": \"2\", \"PowerInputWatts\": 900, \"InputRanges\": "
		  "[{\"OutputWattage\": 750}]}]}");
	t = tree_of(s.dir);
	says(t.ch[find(&t, "M supply 1 input")].reason, "a rating: 900 W in, of a supply of 750 W");
	says(t.ch[find(&t, "M supply 2 input")].reason, "a rating");
	meter_redfish.close(t.c);
	/* Two outputs of 1600 W, of supplies of 1600 W, say nothing against a machine of 300 W. */
	put_power(&s, "RackMount", "{\"PowerControl\": [{\"PowerConsumedWatts\": 300}], \"PowerSupplies\": ["
		  "{\"MemberId\": \"1\", \"LastPowerOutputWatts\": 1600, \"PowerCapacityWatts\": 1600},"
		  "{\"MemberId\": \"2\", \"LastPowerOutputWatts\": 1600, \"PowerCapacityWatts\": 1600}]}");
	t = tree_of(s.dir);
	expect(&t, "M PowerControl 0", CM_SCOPE_NODE, CM_COVERS_MACHINE, 300);
	says(t.ch[find(&t, "M supply 1 output")].reason, "a rating: 1600 W out");
	meter_redfish.close(t.c);
	scratch_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(supplies_at_little_load),
		cmocka_unit_test(zero_of_a_running_machine),
		cmocka_unit_test(supplies_told_three_times),
		cmocka_unit_test(outlets),
		cmocka_unit_test(outputs_repeat_the_total),
		cmocka_unit_test(dead_supplies),
		cmocka_unit_test(a_supply_falls_silent),
		cmocka_unit_test(rating_without_output),
	};

	return cmocka_run_group_tests_name("redfish supplies", tests, NULL, NULL);
}
