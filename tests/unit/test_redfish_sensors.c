/* What a sensor or an excerpt reads and what it is of, by Redfish's schema: parts, limits, rails, units. */
#include "redfish_case.h"

/* ---- what a reading is, by the schema ------------------------------------------------------------ */

/* A chassis with sensors s0, s1, … inside of their collection, as services expand them by themselves. */
static void put_sensors(struct scratch *s, const char *links, const char *const *sensor, size_t n)
{
	struct str text = { 0 };

	put(s, "", "{\"Chassis\": " LINK("Chassis") "}");
	put(s, "Chassis", "{\"Members\": [" LINK("Chassis/M") "]}");
	str_addf(&text, "{\"ChassisType\": \"RackMount\", \"Sensors\": " LINK("Chassis/M/Sensors")
		 "%s}", links);
	put(s, "Chassis/M", text.p);
	str_clear(&text);
	str_add(&text, "{\"Members\": [");
	for (size_t i = 0; i < n; i++)
		str_addf(&text, "%s{\"@odata.id\": \"/redfish/v1/Chassis/M/Sensors/s%zu\", \"@odata.type\": "
			 "\"#Sensor.v1_6_0.Sensor\", \"Id\": \"s%zu\", %s}", i ? ", " : "", i, i, sensor[i]);
	str_add(&text, "]}");
	put(s, "Chassis/M/Sensors", text.p);
	str_free(&text);
}

static void units(void **state)
{
	static const struct { const char *text; enum cm_channel_kind kind; double value;
			      const char *why; } rows[] = {
		{ "\"ReadingType\": \"Power\", \"ReadingUnits\": \"W\", \"Reading\": 300",
		  CM_POWER_SAMPLE, 300, NULL },
		{ "\"ReadingType\": \"Power\", \"Reading\": 300", CM_POWER_SAMPLE, 300, NULL },
		{ "\"ReadingType\": \"Power\", \"ReadingUnits\": \"kW\", \"Reading\": 0.3",
		  CM_POWER_SAMPLE, 300,
		  NULL },
		{ "\"ReadingUnits\": \"W\", \"Reading\": 300", CM_POWER_SAMPLE, 300, NULL },
		{ "\"ReadingType\": \"EnergyJoules\", \"ReadingUnits\": \"J\", \"Reading\": 7",
		  CM_ENERGY_COUNTER, 7,
		  NULL },
		{ "\"ReadingType\": \"EnergykWh\", \"ReadingUnits\": \"kW.h\", \"Reading\": 2",
		  CM_ENERGY_COUNTER,
		  7.2e6, NULL },
		{ "\"ReadingType\": \"EnergyWh\", \"Reading\": 2", CM_ENERGY_COUNTER, 7200, NULL },
		{ "\"ReadingType\": \"Power\", \"ReadingUnits\": \"A\", \"Reading\": 3", CM_POWER_SAMPLE, 0,
		  "ReadingUnits are 'A'" },
		{ "\"ReadingType\": \"Power\", \"ReadingUnits\": \"V.A\", \"Reading\": 300",
		  CM_POWER_SAMPLE, 0,
		  "ReadingUnits are 'V.A'" },
		{ "\"ReadingType\": \"Power\", \"ReadingUnits\": \"J\", \"Reading\": 300", CM_POWER_SAMPLE, 0,
		  "ReadingUnits are 'J'" },
	};
	static const char *const none[] = {
		"\"ReadingType\": \"ApparentPower\", \"ReadingUnits\": \"W\", \"Reading\": 300",
		"\"ReadingType\": \"ReactivePower\", \"ReadingUnits\": \"W\", \"Reading\": 300",
		"\"ReadingType\": \"Current\", \"ReadingUnits\": \"A\", \"Reading\": 3",
		"\"ReadingUnits\": \"A\", \"Reading\": 3",
		"\"Reading\": 3",
		"\"ReadingType\": \"Power\", \"Reading\": 3, \"Status\": {\"State\": \"Absent\"}",
	};
	const char *text[CM_COUNT(rows) + CM_COUNT(none)];
	char *made[CM_COUNT(text)];
	struct scratch s;
	struct tree t;

	(void)state;
	for (size_t i = 0; i < CM_COUNT(text); i++)
		text[i] = made[i] = cm_printf_dup("\"PhysicalContext\": \"GPU\", %s", i < CM_COUNT(rows) ?
						  rows[i].text : none[i - CM_COUNT(rows)]);
	scratch_begin(&s);
	put_sensors(&s, "", text, CM_COUNT(text));
	t = tree_of(s.dir);
	assert_int_equal(t.n, CM_COUNT(rows));
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		assert_int_equal(t.ch[i].kind, rows[i].kind);
		assert_int_equal(t.ch[i].st, rows[i].why ? CM_UNSUPPORTED : CM_OK);
		if (rows[i].why)
			says(t.ch[i].reason, rows[i].why);
		else
			near(t.v[i].value, rows[i].value);
	}
	meter_redfish.close(t.c);
	scratch_end(&s);
	for (size_t i = 0; i < CM_COUNT(made); i++)
		free(made[i]);
}

#define CHASSIS_POWER(n) "\"PhysicalContext\": \"Chassis\", \"ReadingType\": \"Power\", \"Reading\": " #n

/* Sensors that sit in the chassis and read 3, 1749 and 1674 W cannot each be the machine. */
static void unlike_sensors(void **state)
{
	static const char *const three[] = { CHASSIS_POWER(3), CHASSIS_POWER(1749), CHASSIS_POWER(1674) };
	static const char *const near_by[] = { CHASSIS_POWER(1749), CHASSIS_POWER(1700) };
	struct scratch s;
	struct tree t;

	(void)state;
	scratch_begin(&s);
	put_sensors(&s, "", three, CM_COUNT(three));
	t = tree_of(s.dir);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(t.ch[i].st, CM_UNSUPPORTED);
		says(t.ch[i].reason, "3 sensors of this chassis read from 3 to 1749 W");
	}
	meter_redfish.close(t.c);
	put_sensors(&s, "", near_by, CM_COUNT(near_by));
	t = tree_of(s.dir);
	expect(&t, "M s0", CM_SCOPE_NODE, CM_COVERS_MACHINE, 1749);
	meter_redfish.close(t.c);

	/* A service whose root has no computer system is of a shelf of supplies. */
	put(&s, "", "{\"@odata.type\": \"#ServiceRoot.v1_18_0.ServiceRoot\", \"Chassis\": "
	    LINK("Chassis") "}");
	t = tree_of(s.dir);
	assert_int_equal(t.ch[0].st, CM_UNSUPPORTED);
	says(t.ch[0].reason, "knows no computer system");
	meter_redfish.close(t.c);
	scratch_end(&s);
}

/* A limit that is shown as a sensor of power; and a clock that begins at 1970. */
static void limits_and_clocks(void **state)
{
	static const char *const cpu[] = {
		"\"PhysicalContext\": \"CPU\", \"ReadingType\": \"Power\", \"Reading\": 300",
		"\"PhysicalContext\": \"CPU\", \"ReadingType\": \"Power\", \"Reading\": 86.7, "
		"\"ReadingTime\": \"1970-01-01T00:00:00.000+00:00\"",
	};
	struct scratch s;
	struct tree t;

	(void)state;
	scratch_begin(&s);
	put_sensors(&s, ", \"EnvironmentMetrics\": " LINK("Chassis/M/EnvironmentMetrics"), cpu,
		    CM_COUNT(cpu));
	put(&s, "Chassis/M/EnvironmentMetrics", "{\"PowerLimitWatts\": {\"SetPoint\": 300}}");
	t = tree_of(s.dir);
	assert_int_equal(t.ch[find(&t, "M s0")].st, CM_UNSUPPORTED);
	says(t.ch[find(&t, "M s0")].reason, "reads 300 W, which is the power limit (SetPoint) of M");
	clock_ns += 600000000000;
	meter_redfish.read(t.c, t.v, NULL);
	expect(&t, "M s1", CM_SCOPE_PACKAGE, "s1 (CPU)", 86.7);
	meter_redfish.close(t.c);
	scratch_end(&s);
}

/* What is typed as power, and is none. */
static void no_draws(void **state)
{
	static const struct { const char *text; enum cm_status st; const char *says; } rows[] = {
		{ "\"PhysicalContext\": \"CPU\", \"ReadingBasis\": \"Headroom\", \"Reading\": 90",
		  CM_UNSUPPORTED,
		  "its ReadingBasis is Headroom" },
		{ "\"PhysicalContext\": \"CPU\", \"ReadingBasis\": \"Delta\", \"Reading\": 90",
		  CM_UNSUPPORTED,
		  "its ReadingBasis is Delta" },
		{ "\"PhysicalContext\": \"CPU\", \"ReadingBasis\": \"Zero\", \"Reading\": 90", CM_OK, "" },
		{ "\"PhysicalContext\": \"Chassis\", \"ReadingBasis\": \"Headroom\", \"Reading\": 90",
		  CM_UNSUPPORTED,
		  "its ReadingBasis is Headroom" },
		{ "\"PhysicalContext\": \"CPU\", \"Reading\": 420, \"Id\": \"CPU_0_EnforcedEDPp_0\"",
		  CM_UNSUPPORTED,
		  "by its name a limit" },
		{ "\"PhysicalContext\": \"GPU\", \"Reading\": 700, \"Id\": \"GPU_PowerLimit\"",
		  CM_UNSUPPORTED,
		  "by its name a limit" },
		{ "\"PhysicalContext\": \"GPU\", \"Reading\": 70, \"Id\": \"SHAREDPOWER\"", CM_OK, "" },
		/* 0 at the beginning of the clock was never read; 70 W there are (limits_and_clocks). */
		{ "\"PhysicalContext\": \"CPU\", \"Reading\": 0, \"ReadingTime\": "
		  "\"1970-01-01T00:00:00Z\"", CM_ABSENT,
		  "has never read it" },
	};
	struct scratch s;

	(void)state;
	scratch_begin(&s);
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		char *body = cm_printf_dup("{\"ReadingType\": \"Power\", %s}", rows[i].text);

		put_sensors(&s, "", NULL, 0);
		put(&s, "Chassis/M/Sensors", "{\"Members\": [" LINK("Chassis/M/Sensors/s0") "]}");
		put(&s, "Chassis/M/Sensors/s0", body);
		struct tree t = tree_of(s.dir);

		assert_int_equal(t.n, 1);
		assert_int_equal(t.ch[0].st, rows[i].st);
		says(t.ch[0].reason, rows[i].says);
		meter_redfish.close(t.c);
		free(body);
	}
	scratch_end(&s);
}

/* "PSU1 Failure" is typed as power, with units that are none: no channel. */
static void states(void **state)
{
	static const char *const two[] = {
		"\"ReadingType\": \"Power\", \"ReadingUnits\": \"\", \"Reading\": 0",
		"\"ReadingType\": \"Power\", \"ReadingUnits\": \"W\", \"PhysicalContext\": \"GPU\", "
		"\"Reading\": 70",
	};
	struct scratch s;
	struct tree t;

	(void)state;
	scratch_begin(&s);
	put_sensors(&s, "", two, CM_COUNT(two));
	t = tree_of(s.dir);
	assert_int_equal(t.n, 1);
	expect(&t, "M s1", CM_SCOPE_DEVICE, "s1 (GPU)", 70);
	meter_redfish.close(t.c);
	scratch_end(&s);
}

/* A recording keeps the second page of a collection under its query, or not at all. */
static void recorded_pages(void **state)
{
	struct scratch s;
	struct tree t;

	(void)state;
	scratch_begin(&s);
	put_sensors(&s, "", NULL, 0);
	put(&s, "Chassis/M/Sensors", "{\"Members\": [" LINK("Chassis/M/Sensors/a")
	    "], \"Members@odata.nextLink\": "
	    "\"/redfish/v1/Chassis/M/Sensors?$skip=1\"}");
	put(&s, "Chassis/M/Sensors/a", "{\"ReadingType\": \"Power\", \"PhysicalContext\": \"GPU\", "
				       "\"Reading\": 70}");
	put(&s, "Chassis/M/Sensors/b", "{\"ReadingType\": \"Power\", \"PhysicalContext\": \"GPU\", "
				       "\"Reading\": 71}");
	t = tree_of(s.dir);
	assert_int_equal(t.n, 1);
	meter_redfish.close(t.c);
	put(&s, "Chassis/M/Sensors?$skip=1", "{\"Members\": [" LINK("Chassis/M/Sensors/b") "]}");
	t = tree_of(s.dir);
	assert_int_equal(t.n, 2);
	expect(&t, "M b", CM_SCOPE_DEVICE, "b (GPU)", 71);
	meter_redfish.close(t.c);
	scratch_end(&s);
}

/* ---- excerpts ------------------------------------------------------------------------------------ */

/* Supplies' outputs that name their sensor and do not repeat its reading: 351 and 312 W. */
static void excerpts_without_reading(void **state)
{
	struct scratch s;
	struct tree t;

	(void)state;
	scratch_begin(&s);
	put(&s, "", "{\"Chassis\": " LINK("Chassis") "}");
	put(&s, "Chassis", "{\"Members\": [" LINK("Chassis/M") "]}");
	put(&s, "Chassis/M", "{\"ChassisType\": \"RackMount\", \"PowerSubsystem\": "
	    LINK("Chassis/M/PowerSubsystem")
	    ", \"EnvironmentMetrics\": " LINK("Chassis/M/EnvironmentMetrics") ", \"Sensors\": "
	    LINK("Chassis/M/Sensors") "}");
	put(&s, "Chassis/M/EnvironmentMetrics", "{\"PowerWatts\": {\"DataSourceUri\": "
	    "\"/redfish/v1/Chassis/M/Sensors/Total\"}}");
	put(&s, "Chassis/M/PowerSubsystem", "{\"PowerSupplies\": "
	    LINK("Chassis/M/PowerSubsystem/PowerSupplies") "}");
	put(&s, "Chassis/M/PowerSubsystem/PowerSupplies", "{\"Members\": ["
	    LINK("Chassis/M/PowerSubsystem/PowerSupplies/A") ", "
	    LINK("Chassis/M/PowerSubsystem/PowerSupplies/B") "]}");
	for (int i = 0; i < 2; i++) {
		char *path = cm_printf_dup("Chassis/M/PowerSubsystem/PowerSupplies/%c", 'A' + i);
		char *metrics = cm_printf_dup("%s/Metrics", path);
		char *sensor = cm_printf_dup("Chassis/M/Sensors/P%d", i);
		char *link = cm_printf_dup("{\"Metrics\": {\"@odata.id\": \"/redfish/v1/%s\"}}", metrics);
		char *source = cm_printf_dup("{\"OutputPowerWatts\": {\"DataSourceUri\": "
					     "\"/redfish/v1/%s\"}}", sensor);

		put(&s, path, link);
		put(&s, metrics, source);
		put(&s, sensor, i ? "{\"ReadingType\": \"Power\", \"Reading\": 312}" :
		    "{\"ReadingType\": \"Power\", \"Reading\": 351}");
		free(path);
		free(metrics);
		free(sensor);
		free(link);
		free(source);
	}
	put(&s, "Chassis/M/Sensors/Total", "{\"ReadingType\": \"Power\", \"Reading\": 690}");
	put(&s, "Chassis/M/Sensors", "{\"Members\": [" LINK("Chassis/M/Sensors/Total") ", "
	    LINK("Chassis/M/Sensors/P0") ", " LINK("Chassis/M/Sensors/P1") "]}");
	t = tree_of(s.dir);
	assert_int_equal(t.n, 3); /* each sensor once, though the collection has them too */
	expect(&t, "M PowerWatts", CM_SCOPE_NODE, CM_COVERS_MACHINE, 690);
	expect(&t, "M supply A output", CM_SCOPE_NODE, "power supply A", 351);
	expect(&t, "M supply B output", CM_SCOPE_NODE, "power supply B", 312);
	meter_redfish.close(t.c);
	scratch_end(&s);
}

/* A module of a processor and a GPU in a zone, as GH200 and HGX have them. */
static void put_module(struct scratch *s)
{
	static const char env[] = "{\"EnergyJoules\": {\"Reading\": 1000000}, \"PowerWatts\": "
				  "{\"Reading\": 84.8}}";

	put(s, "", "{\"Chassis\": " LINK("Chassis") ", \"Systems\": " LINK("Systems") "}");
	put(s, "Chassis", "{\"Members\": [" LINK("Chassis/Zone") ", " LINK("Chassis/Module") ", "
	    LINK("Chassis/GPU") "]}");
	put(s, "Chassis/Zone", "{\"ChassisType\": \"Zone\", \"Sensors\": " LINK("Chassis/Zone/Sensors") "}");
	/* A single link that is a list. */
	put(s, "Chassis/Module", "{\"ChassisType\": \"Module\", \"Sensors\": " LINK("Chassis/Module/Sensors")
	    ", \"Links\": {\"ContainedBy\": [" LINK("Chassis/Zone") "]}}");
	put(s, "Chassis/GPU", "{\"ChassisType\": \"Component\", \"EnvironmentMetrics\": "
	    LINK("Chassis/GPU/Env")
	    ", \"Links\": {\"ContainedBy\": " LINK("Chassis/Module") "}}");
	put(s, "Chassis/GPU/Env", env);
	put(s, "Chassis/Module/Sensors", "{\"Members\": [" LINK("Chassis/Module/Sensors/M") ", "
	    LINK("Chassis/Module/Sensors/G") "]}");
	put(s, "Chassis/Module/Sensors/M", "{\"ReadingType\": \"Power\", \"PhysicalContext\": "
					   "\"CPU\", \"Reading\": 165.8}");
	put(s, "Chassis/Module/Sensors/G", "{\"ReadingType\": \"Power\", \"PhysicalContext\": "
					   "\"GPU\", \"Reading\": 40, "
	    "\"RelatedItem\": [" LINK("Systems/S/Processors/G") "]}");
	put(s, "Chassis/Zone/Sensors", "{\"Members\": [" LINK("Chassis/Zone/Sensors/H") "]}");
	put(s, "Chassis/Zone/Sensors/H", "{\"ReadingType\": \"Power\", \"PhysicalContext\": "
					 "\"GPUSubsystem\", "
	    "\"Reading\": 170}");
	put(s, "Systems", "{\"Members\": [" LINK("Systems/S") "]}");
	put(s, "Systems/S", "{\"Memory\": " LINK("Systems/S/Memory") ", \"Processors\": "
	    LINK("Systems/S/Processors") "}");
	put(s, "Systems/S/Memory", "{\"Members\": [" LINK("Systems/S/Memory/D") "]}");
	put(s, "Systems/S/Memory/D", "{\"EnvironmentMetrics\": " LINK("Systems/S/Memory/D/Env")
	    ", \"Links\": {\"Chassis\": "
	    LINK("Chassis/GPU") "}}");
	put(s, "Systems/S/Memory/D/Env", "{\"EnergyJoules\": {\"Reading\": 1004000}}");
	put(s, "Systems/S/Processors", "{\"Members\": [" LINK("Systems/S/Processors/C") "]}");
	put(s, "Systems/S/Processors/C", "{\"ProcessorType\": \"CPU\", \"EnvironmentMetrics\": "
	    LINK("Systems/S/Processors/C/Env") "}");
	put(s, "Systems/S/Processors/C/Env", "{\"PowerWatts\": {\"Reading\": 6.1, \"DataSourceUri\": "
	    "\"/redfish/v1/Chassis/Module/Sensors/Soc\"}}");
	put(s, "Chassis/Module/Sensors/Soc", "{\"ReadingType\": \"Power\", \"PhysicalContext\": "
					     "\"SystemBoard\", "
	    "\"Reading\": 6.1}");
}

static void parts_in_parts(void **state)
{
	struct scratch s;
	struct tree t;

	(void)state;
	scratch_begin(&s);
	put_module(&s);
	t = tree_of(s.dir);
	/* 165.8 W hold the GPU's 84.8: the module's, whatever the sensor's place. */
	expect(&t, "Module M", CM_SCOPE_DEVICE, "part Module", 165.8);
	expect(&t, "Module G", CM_SCOPE_DEVICE, "part Module G (GPU)", 40); /* names its device */
	expect(&t, "GPU PowerWatts", CM_SCOPE_DEVICE, "part Module GPU", 84.8);
	/* 1004000 J of the memory and 1000000 J of the GPU that it is in are one counter at two moments. */
	says(t.ch[find(&t, "S D EnergyJoules")].reason, "repeats the counter of GPU EnergyJoules");
	says(t.ch[find(&t, "S C PowerWatts")].reason, "its sensor is of a SystemBoard, "
						      "not of the whole package");
	meter_redfish.close(t.c);

	/* 500000 J are the memory's own. */
	put(&s, "Systems/S/Memory/D/Env", "{\"EnergyJoules\": {\"Reading\": 500000}}");
	/* What feeds the module stands around it; a module that shows nothing is not counted twice. */
	put(&s, "Chassis/Module/Env", "{\"PowerWatts\": {\"Reading\": 166}}");
	put(&s, "Chassis/Module", "{\"ChassisType\": \"Module\", \"EnvironmentMetrics\": "
	    LINK("Chassis/Module/Env")
	    ", \"Links\": {\"ContainedBy\": " LINK("Chassis/Zone") "}}");
	t = tree_of(s.dir);
	expect(&t, "S D EnergyJoules", CM_SCOPE_DRAM, "part Module GPU memory D", 500000);
	says(t.ch[find(&t, "Zone H")].reason, "feeds parts that show their power themselves");
	meter_redfish.close(t.c);
	put(&s, "Chassis/Module/Env", "{\"PowerWatts\": {\"Reading\": null}}");
	t = tree_of(s.dir);
	expect(&t, "Zone H", CM_SCOPE_DEVICE, "H (GPUSubsystem)", 170);
	meter_redfish.close(t.c);
	scratch_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(units),
		cmocka_unit_test(unlike_sensors),
		cmocka_unit_test(limits_and_clocks),
		cmocka_unit_test(no_draws),
		cmocka_unit_test(states),
		cmocka_unit_test(recorded_pages),
		cmocka_unit_test(excerpts_without_reading),
		cmocka_unit_test(parts_in_parts),
	};

	return cmocka_run_group_tests_name("redfish sensors", tests, NULL, NULL);
}
