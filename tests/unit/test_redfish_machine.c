/* Which reading of a controller is the whole machine: boards, several nodes, one answer alone. */
#include "redfish_case.h"

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

/* The place is an intake, but the entry says that it is of the system. */
static void of_the_system(void **state)
{
	static const struct { const char *entry; enum cm_status st; } rows[] = {
		{ "\"PhysicalContext\": \"Intake\"", CM_OK },
		{ "\"PhysicalContext\": \"CoolingSubsystem\", \"RelatedItem\": [" LINK("Systems/1") "]",
		  CM_OK },
		{ "\"PhysicalContext\": \"CoolingSubsystem\", \"RelatedItem\": [" LINK("Chassis/M") "]",
		  CM_OK },
		{ "\"PhysicalContext\": \"CoolingSubsystem\", \"RelatedItem\": ["
		  LINK("Systems/1/Processors/2") "]",
		  CM_UNSUPPORTED },
	};
	struct scratch s;

	(void)state;
	scratch_begin(&s);
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		char *text = cm_printf_dup("{\"PowerControl\": [{%s, \"PowerConsumedWatts\": 100}]}",
					   rows[i].entry);

		put_power(&s, "RackMount", text);
		struct tree t = tree_of(s.dir);

		assert_int_equal(t.ch[find(&t, "M PowerControl 0")].st, rows[i].st);
		meter_redfish.close(t.c);
		free(text);
	}
	scratch_end(&s);
}

/* A board's entry that is said to be of the computer and of the chassis around it: the machine's 148 W. */
static void a_board_names_the_machine(void **state)
{
	static const char *const related[] = { LINK("Systems/S") ", " LINK("Chassis/R"),
					       LINK("Systems/S"), LINK("Chassis/R") };
	struct scratch s;

	(void)state;
	scratch_begin(&s);
	put(&s, "", "{\"Chassis\": " LINK("Chassis") ", \"Systems\": " LINK("Systems") "}");
	put(&s, "Systems", "{\"Members\": [" LINK("Systems/S") "]}");
	put(&s, "Systems/S", "{\"Links\": {\"Chassis\": [" LINK("Chassis/R") "]}}");
	put(&s, "Chassis", "{\"Members\": [" LINK("Chassis/R") ", " LINK("Chassis/R/B") "]}");
	put(&s, "Chassis/R", "{\"ChassisType\": \"RackMount\"}");
	put(&s, "Chassis/R/B", "{\"ChassisType\": \"Card\", \"Power\": " LINK("Chassis/R/B/Power") "}");
	for (size_t i = 0; i < CM_COUNT(related); i++) {
		char *text = cm_printf_dup("{\"PowerControl\": [{\"PowerConsumedWatts\": 148, "
					   "\"RelatedItem\": [%s]}]}",
					   related[i]);

		put(&s, "Chassis/R/B/Power", text);
		struct tree t = tree_of(s.dir);

		if (i)
			expect(&t, "B PowerControl 0", CM_SCOPE_DEVICE, "part B", 148);
		else
			expect(&t, "R PowerControl 0", CM_SCOPE_NODE, CM_COVERS_MACHINE, 148);
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
		char *text = cm_printf_dup("{\"PowerControl\": [{\"PowerConsumedWatts\": %d}]}",
					   467 + 67 * i);

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
		"\"@odata.id\": \"/redfish/v1/Chassis/G/EnvironmentMetrics\", \"PowerWatts\": "
		"{\"Reading\": 231.9}}";
	static const char supply[] = "{\"@odata.type\": "
				     "\"#PowerSupplyMetrics.v1_1_0.PowerSupplyMetrics\", \"@odata.id\": "
		"\"/redfish/v1/Chassis/1/PowerSubsystem/PowerSupplies/Bay1/Metrics\", \"Id\": \"Metrics\", "
		"\"InputPowerWatts\": {\"Reading\": 937.4}}";
	static const char cut[] = "{\"PowerControl\": [{\"MemberId\": \"1\", \"PowerConsumedWatts\": 378}]}";
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
	/* One supply: how many there are is not known, so it is in no sum. */
	t = tree_of(scratch_write(&s, "supply.json", supply, strlen(supply)));
	expect(&t, "1 supply Bay1 input", CM_SCOPE_WALL, "power supply Bay1", 937.4);
	assert_true(t.ch[0].aside);
	says(t.ch[0].note, "does not tell how many the machine has");
	meter_redfish.close(t.c);
	/* What was cut out of its answer is known by its properties. */
	t = tree_of(scratch_write(&s, "cut.json", cut, strlen(cut)));
	expect(&t, "PowerControl 1", CM_SCOPE_NODE, CM_COVERS_MACHINE, 378);
	says(t.ch[0].note, "one answer alone");
	meter_redfish.close(t.c);
	scratch_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_board),
		cmocka_unit_test(of_the_system),
		cmocka_unit_test(a_board_names_the_machine),
		cmocka_unit_test(nodes_without_links),
		cmocka_unit_test(one_answer),
	};

	return cmocka_run_group_tests_name("redfish machine", tests, NULL, NULL);
}
