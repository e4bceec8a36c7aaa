/* Power supplies, boards and several machines: what may stand for this machine, by Redfish. */
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
		  "\"PowerOutputWatts\": 0}, {\"MemberId\": \"2\", \"PowerInputWatts\": 254, \"PowerOutputWatts\": 240}]}");
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
		  "{\"MemberId\": \"1\", \"PowerInputWatts\": 0}, {\"MemberId\": \"2\", \"PowerInputWatts\": 0}]}");
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
	put(&s, "Chassis/M", "{\"ChassisType\": \"Enclosure\", \"Links\": {\"ComputerSystems\": [" LINK("Systems/1") ", "
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
	put(&s, "Chassis/M", "{\"ChassisType\": \"RackMount\", \"Power\": " LINK("Chassis/M/Power") ", \"PowerSubsystem\": "
	    LINK("Chassis/M/PowerSubsystem/") ", \"Sensors\": " LINK("Chassis/M/Sensors/") "}");
	put(&s, "Chassis/M/Power", "{\"PowerSupplies\": [{\"MemberId\": \"0\", \"PowerInputWatts\": 301}]}");
	put(&s, "Chassis/M/PowerSubsystem", "{\"PowerSupplies\": " LINK("Chassis/M/PowerSubsystem/PowerSupplies") "}");
	put(&s, "Chassis/M/PowerSubsystem/PowerSupplies", "{\"Members\": [" LINK("Chassis/M/PowerSubsystem/PowerSupplies/A")
	    "]}");
	put(&s, "Chassis/M/PowerSubsystem/PowerSupplies/A", "{\"Metrics\": "
	    LINK("Chassis/M/PowerSubsystem/PowerSupplies/A/Metrics") "}");
	put(&s, "Chassis/M/PowerSubsystem/PowerSupplies/A/Metrics", "{\"InputPowerWatts\": {\"Reading\": 300}}");
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
	put(&s, "PowerEquipment/RackPDUs/1/Outlets/A1", "{\"@odata.type\": \"#Outlet.v1_4_0.Outlet\", \"PowerWatts\": "
	    "{\"Reading\": 431, \"ApparentVA\": 470}, \"EnergykWh\": {\"Reading\": 36.5}}");
	put(&s, "PowerEquipment/RackPDUs/1", "{\"@odata.type\": \"#PowerDistribution.v1_3_0.PowerDistribution\", "
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

/* ---- what is called the machine ----------------------------------------------------------------- */

/* A hot-swap meter of the board: 152 W, where the supplies give 144 + 132 = 276 W and take 168 + 156 W. */
static void a_board(void **state)
{
	struct scratch s;
	struct tree t;

	(void)state;
	scratch_begin(&s);
	put_power(&s, "RackMount", "{\"PowerControl\": [{\"PhysicalContext\": \"SystemBoard\", "
		  "\"PowerConsumedWatts\": 152}], \"PowerSupplies\": ["
		  "{\"MemberId\": \"0\", \"PowerInputWatts\": 168, \"PowerOutputWatts\": 144},"
		  "{\"MemberId\": \"1\", \"PowerInputWatts\": 156, \"PowerOutputWatts\": 132}]}");
	t = tree_of(s.dir);
	says(t.ch[find(&t, "M PowerControl 0")].reason, "it shows 152 W, its supplies give 276 W");
	expect(&t, "M supply 0 input", CM_SCOPE_WALL, "power supply 0", 168);
	expect(&t, "M supply 1 input", CM_SCOPE_WALL, "power supply 1", 156);
	meter_redfish.close(t.c);
	/* 252 W of outputs of 240 W: the machine. */
	put_power(&s, "RackMount", "{\"PowerControl\": [{\"PowerConsumedWatts\": 252}], \"PowerSupplies\": ["
		  "{\"MemberId\": \"0\", \"PowerInputWatts\": 260, \"PowerOutputWatts\": 240}]}");
	t = tree_of(s.dir);
	expect(&t, "M PowerControl 0", CM_SCOPE_NODE, CM_COVERS_MACHINE, 252);
	meter_redfish.close(t.c);
	/* An output that is the input again is no measure of anything. */
	put_power(&s, "RackMount", "{\"PowerControl\": [{\"PowerConsumedWatts\": 374}], \"PowerSupplies\": ["
		  "{\"MemberId\": \"0\", \"PowerInputWatts\": 937, \"PowerOutputWatts\": 937}]}");
	t = tree_of(s.dir);
	expect(&t, "M PowerControl 0", CM_SCOPE_NODE, CM_COVERS_MACHINE, 374);
	meter_redfish.close(t.c);
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
		  "{\"MemberId\": \"1\", \"PowerInputWatts\": 900, \"InputRanges\": [{\"OutputWattage\": 750}]},"
		  "{\"MemberId\": \"2\", \"PowerInputWatts\": 900, \"InputRanges\": [{\"OutputWattage\": 750}]}]}");
	t = tree_of(s.dir);
	says(t.ch[find(&t, "M supply 1 input")].reason, "a rating: 900 W in, of a supply of 750 W");
	says(t.ch[find(&t, "M supply 2 input")].reason, "a rating");
	meter_redfish.close(t.c);
	scratch_end(&s);
}

/* The place is an intake, but the entry says that it is of the system. */
static void of_the_system(void **state)
{
	static const struct { const char *entry; enum cm_status st; } rows[] = {
		{ "\"PhysicalContext\": \"Intake\"", CM_OK },
		{ "\"PhysicalContext\": \"CoolingSubsystem\", \"RelatedItem\": [" LINK("Systems/1") "]", CM_OK },
		{ "\"PhysicalContext\": \"CoolingSubsystem\", \"RelatedItem\": [" LINK("Chassis/M") "]", CM_OK },
		{ "\"PhysicalContext\": \"CoolingSubsystem\", \"RelatedItem\": [" LINK("Systems/1/Processors/2") "]",
		  CM_UNSUPPORTED },
	};
	struct scratch s;

	(void)state;
	scratch_begin(&s);
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		char *text = cm_printf_dup("{\"PowerControl\": [{%s, \"PowerConsumedWatts\": 100}]}", rows[i].entry);

		put_power(&s, "RackMount", text);
		struct tree t = tree_of(s.dir);

		assert_int_equal(t.ch[find(&t, "M PowerControl 0")].st, rows[i].st);
		meter_redfish.close(t.c);
		free(text);
	}
	scratch_end(&s);
}

/* Two nodes of one controller, whose chassis name no system: neither is this machine until one is named. */
static void nodes_without_links(void **state)
{
	struct scratch s;
	struct tree t;

	(void)state;
	scratch_begin(&s);
	put(&s, "", "{\"Chassis\": " LINK("Chassis") ", \"Systems\": " LINK("Systems") "}");
	put(&s, "Systems", "{\"Members\": [" LINK("Systems/Node0") ", " LINK("Systems/Node1") "]}");
	put(&s, "Chassis", "{\"Members\": [" LINK("Chassis/Node1") ", " LINK("Chassis/Node0") "]}");
	for (int i = 0; i < 2; i++) {
		char *path = cm_printf_dup("Chassis/Node%d", i), *power = cm_printf_dup("%s/Power", path);
		char *chassis = cm_printf_dup("{\"ChassisType\": \"Blade\", \"Power\": {\"@odata.id\": "
					      "\"/redfish/v1/%s\"}}", power);
		char *text = cm_printf_dup("{\"PowerControl\": [{\"PowerConsumedWatts\": %d}]}", 467 + 67 * i);

		put(&s, path, chassis);
		put(&s, power, text);
		free(path);
		free(power);
		free(chassis);
		free(text);
	}
	t = tree_of(s.dir);
	says(t.ch[find(&t, "Node0 PowerControl 0")].reason, "serves 2 machines; name one");
	says(t.ch[find(&t, "Node1 PowerControl 0")].reason, "serves 2 machines; name one");
	meter_redfish.close(t.c);
	char *one = cm_printf_dup("%s/redfish/v1/Chassis/Node0", s.dir);

	t = tree_of(one);
	expect(&t, "Node0 PowerControl 0", CM_SCOPE_NODE, CM_COVERS_MACHINE, 467);
	meter_redfish.close(t.c);
	free(one);
	scratch_end(&s);
}

/* One answer without its tree: of a processor it is a part, of a chassis that is said. */
static void one_answer(void **state)
{
	static const char cpu[] = "{\"@odata.type\": \"#EnvironmentMetrics.v1_3_0.EnvironmentMetrics\", "
		"\"@odata.id\": \"/redfish/v1/Systems/S/Processors/CPU_0/EnvironmentMetrics\", "
		"\"PowerWatts\": {\"Reading\": 12.87}}";
	static const char chassis[] = "{\"@odata.type\": \"#EnvironmentMetrics.v1_3_0.EnvironmentMetrics\", "
		"\"@odata.id\": \"/redfish/v1/Chassis/G/EnvironmentMetrics\", \"PowerWatts\": {\"Reading\": 231.9}}";
	struct scratch s;
	struct tree t;

	(void)state;
	scratch_begin(&s);
	t = tree_of(scratch_write(&s, "cpu.json", cpu, strlen(cpu)));
	expect(&t, "CPU_0 PowerWatts", CM_SCOPE_DEVICE, "part CPU_0", 12.87);
	assert_true(t.ch[0].aside);
	meter_redfish.close(t.c);
	t = tree_of(scratch_write(&s, "chassis.json", chassis, strlen(chassis)));
	expect(&t, "G PowerWatts", CM_SCOPE_NODE, CM_COVERS_MACHINE, 231.9);
	says(t.ch[0].note, "does not tell what kind of chassis");
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
		cmocka_unit_test(a_board),
		cmocka_unit_test(rating_without_output),
		cmocka_unit_test(of_the_system),
		cmocka_unit_test(nodes_without_links),
		cmocka_unit_test(one_answer),
	};

	return cmocka_run_group_tests_name("redfish supplies", tests, NULL, NULL);
}
