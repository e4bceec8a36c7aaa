/* The wall meter's log: columns by name and by mapping, times, gaps, old lines, and every broken line. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/meter.h"
#include "base/str.h"
#include "scratch.h"
#include "../../vendors/host/wall_time.h"

extern const struct meter meter_wall_csv;

static struct scratch s;
static char why[512]; /* there is no reading of now */

static void says(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("expected \"%s\" in \"%s\"", part, text ? text : "(nothing)");
}

/* "{N}" in the text stands for the time N seconds before now, in this form ("" = seconds since 1970). */
static const char *write_log(const char *text, const char *form)
{
	struct str out = { 0 };

	for (const char *p = text; *p; p++) {
		char *end = NULL, when[64];
		time_t t;

		if (*p != '{') {
			str_addc(&out, *p);
			continue;
		}
		t = time(NULL) - (time_t)strtol(p + 1, &end, 10);
		snprintf(when, sizeof when, "%lld", (long long)t);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the rows below */
		if (*form)
			strftime(when, sizeof when, form, gmtime(&t));
#pragma GCC diagnostic pop
		str_add(&out, when);
		p = end;
	}
	scratch_write(&s, "log.csv", str_get(&out), out.len);
	str_free(&out);
	return scratch_path(&s, "log.csv");
}

static enum cm_status opened(const char *wall, struct meter_ctx **c, struct cm_err *err)
{
	const struct meter_from from = { .wall = wall };

	*err = (struct cm_err){ CM_OK, "" };
	return meter_wall_csv.open(&from, c, err);
}

static struct meter_value reading(const char *text, const char *form, const char *map, double step)
{
	char *wall = cm_printf_dup("%s%s", write_log(text, form), map);
	const struct meter_channel *ch;
	struct meter_ctx *c = NULL;
	struct meter_value v = { 0, CM_OK };
	struct cm_err err;

	if (opened(wall, &c, &err))
		fail_msg("%s: %s", text, err.why);
	assert_int_equal(meter_wall_csv.channels(c, &ch), 1);
	assert_int_equal(ch->scope, CM_SCOPE_WALL);
	assert_string_equal(ch->covers, CM_COVERS_MACHINE);
	if (fabs(ch->step - step) > 1e-9 * step)
		fail_msg("%s%s: step %.12g", text, map, ch->step);
	v.st = meter_wall_csv.read(c, &v, &err);
	if (v.st)
		snprintf(why, sizeof why, "%.500s", err.why);
	meter_wall_csv.close(c);
	free(wall);
	return v;
}

/* One line for each way in which meters, plugs and exports write; the step is that of the last digit. */
static void columns(void **state)
{
	static const char iso[] = "%Y-%m-%dT%H:%M:%SZ", plain[] = "%Y-%m-%d %H:%M:%S";
	static const struct { const char *text, *form, *map; double step, value; } rows[] = {
		{ "time,watts\n{2},400\n{1},410.5\n", "", "", 0.1, 410.5 },
		{ "Timestamp,Voltage,Active Power (W)\n{1},230,777\n", iso, "", 1, 777 },
		{ "Date,kW\n{1},0.5\n", plain, "", 100, 500 },
		{ "Date,kW\n{-3599},0.5\n", plain, ":zone=+01:00", 100, 500 },
		{ "a,b,c\n{1},7,42\n", "", ":time=a,watts=c", 1, 42 },
		{ "time,watts,out\n{1},7,42\n", "", ":watts=out", 1, 42 },
		{ "{2},41\n{1},42\n", "", ":time=1,watts=2", 1, 42 }, /* no header */
		{ "time,Energy kWh\n{1},2.5\n", "", "", 360000, 9e6 },
		{ "time,meter\n{1},3\n", "", ":wh=meter", 3600, 10800 },
		{ "time,joules\n{1},12345\n", "", "", 1, 12345 },
		/* Power before a counter of coarse steps, in either order. */
		{ "time,kWh,W\n{1},2.5,60\n", "", "", 1, 60 },
		{ "time,W,kWh\n{1},60,2.5\n", "", "", 1, 60 },
		/* The last line is being written: 4 of 400 is no reading. */
		{ "time,watts\n{2},300\n{1},4", "", "", 1, 300 },
		{ "time,watts\n{2},300\n{1}", "", "", 1, 300 },
		{ "time,watts\n{2},300\n{1},\"40", "", "", 1, 300 },
		{ "time,watts\n{3},300\n{1},\n", "", "", 1, 300 }, /* the meter had none */
		{ "time,watts\n{3},300\n{1},N/A\n", "", "", 1, 300 },
		/* Semicolons and decimal commas; a line for the spreadsheet; tabs. */
		{ "sep=;\nZeit;Leistung\n{1};412,5\n", plain, ":time=Zeit,watts=Leistung", 0.1, 412.5 },
		{ "Time;Outlet 1;Active Power (W)\n{1};x;1.234,5\n", plain, "", 0.1, 1234.5 },
		{ "time,watts\n{1},\"412,5\"\n", "", "", 0.1, 412.5 },
		{ "time\twatts\n{1}\t1,234.5\n", "", "", 0.1, 1234.5 },
		/* A PDU's export: words above the header, date and time apart, kilowatts. */
		{ "Rack PDU\tSwitched\nDate\tTime\tPwr.kW\tPwr.Max.kW\n{1}\t0.42\t0.50\n",
		  "%m/%d/%Y\t%H:%M:%S",
		  ":dates=mdy", 10, 420 },
		/* An analyser: a store number, milliseconds of their own, a second power. */
		{ "\"Store No.\",\"Date\",\"Time\",\"Millisecond\",\"U-1\",\"P-1\"\n1,{1},0,230.1,87.25\n",
		  "%Y/%m/%d,%H:%M:%S", "", 0.01, 87.25 },
		/* SPEC's PTDaemon: pairs in each row, month first, no header; its own words between. */
		{ "Notification,Ready\nTime,{2}.100,Watts,300.1,Volts,230.0,Amps,1.3,PF,0.98,Mark,idle\n"
		  "Time,{1}.100,Watts,412.25,Volts,230.0,Amps,1.8,PF,0.98,Mark,run_1\n"
		  "Time,{1}.600,Watts,-1.0,Volts,-1.0,Amps,-1.0,PF,-1.0,Mark,run_1\n",
		  "%m-%d-%Y %H:%M:%S", "",
		  0.01, 412.25 },
		/* Home Assistant: a row where a state changed. */
		{ "entity_id,state,last_changed\nsensor.plug_power,unavailable,{90}\n"
		  "sensor.plug_power,55.5,{60}\n", iso, "", 0.1, 55.5 },
		{ "entity_id,state,last_changed\nsensor.plug_energy,9,{61}\nsensor.plug_power,55.5,"
		  "{60}\n", iso,
		  ":entity=sensor.plug_power,watts=state", 0.1, 55.5 },
		{ "entity_id,state,last_changed\nsensor.plug_energy,1.25,{60}\n", iso,
		  ":kwh=state", 36000, 4.5e6 },
		/* Plugs by their own names, and milliwatts. */
		{ "timestamp,voltage_mv,power_mw\n{1},230100,87250\n", "", "", 0.001, 87.25 },
		{ "Time,ENERGY.Total,ENERGY.Power\n{1},12.345,87\n", "%Y-%m-%dT%H:%M:%S", "", 1, 87 },
		{ "ts,apower\n{1},87.5 W\n", "", "", 0.1, 87.5 },
		{ "ts,apower\n{1},0.0875 kW\n", "", "", 0.1, 87.5 },
		/* A lone column that ends with a unit of power; a total of several; all phases, not one. */
		{ "Time,Outlet 1 Active Power (W),Outlet 1 Apparent Power (VA)\n{1},410,420\n", "", "", 1,
		  410 },
		{ "Date Time,Unit,Input Feed Power (W),Energy (kWh)\n{1},A,410,88\n", plain, "", 1, 410 },
		{ "Timestamp,Load [kW],Max Power (W)\n{1},0.087,99\n", plain, "", 1, 87 },
		{ "time,out1_power_w,out2_power_w,total_power_w\n{1},1,2,3\n", "", "", 1, 3 },
		{ "Date,Time,P-1,P-2,P-3,P-SIGMA\n{1},10,20,30,60\n", "%Y/%m/%d,%H:%M:%S", "", 1, 60 },
		{ "ts,main_mw\n{1},970\n", "", "", 0.001, 0.97 },
		/* A column of dates, and one that holds both. */
		{ "date,timestamp,watts\n{1},{1},9\n", iso, "", 1, 9 },
		/* Between blanks, by number; cells padded with blanks. */
		{ "{2} 300\n{1}   301\n", "", ":time=1,watts=2", 1, 301 },
		{ "{2} 300.5 120.1 0.85\n{1} 301.5 120.1 0.85\n", plain, ":date=1,time=2,watts=3", 0.1,
		  301.5 },
		{ "{2}, 322.00   \n{1}, 323.00   \n", plain, ":time=1,watts=2", 0.01, 323 },
		{ "time, watts \n{2}, N/A \n{1}, 5 W \n", "", "", 1, 5 },
		{ "time, my load \n{1},7\n", "", ":watts=my load", 1, 7 },
		/* One sensor of several, by another name than Home Assistant's; rows are no changes. */
		{ "Timestamp,Sensor,Value\n{3},Average,5\n{2},Current,410\n{1},Average,6\n", plain,
		  ":watts=Value,entity=Current", 1, 410 },
		{ "time,hostname,watts\n{2},node7,410\n{1},node7,411\n", "", "", 1, 411 },
		/* A counter that begins anew, as one of today's energy does. */
		{ "time,Wh\n{2},950\n{1},2\n", "", "", 3600, 7200 },
		/* Ours is right and the meter's clock 100 s ahead. */
		{ "time,watts\n{-99},5\n", "", ":ahead=100", 1, 5 },
		/* Energy of each interval, as a plug's own export has it: the first began outside the log. */
		{ "Date/time UTC,Active energy Wh\n{121},7\n{61},1\n{1},2\n", "%Y-%m-%d %H:%M:%S",
		  ":wheach=Active energy Wh", 3600, 3 * 3600 },
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		const struct meter_value v = reading(rows[i].text, rows[i].form, rows[i].map, rows[i].step);

		if (v.st || fabs(v.value - rows[i].value) > 1e-9 * rows[i].value)
			fail_msg("%s%s: %d, %.12g (%s)", rows[i].text, rows[i].map, v.st, v.value, why);
	}
}

static void no_reading_of_now(void **state)
{
	(void)state;
	assert_int_equal(reading("time,watts\n{1000},300\n", "", "", 1).st, CM_ABSENT);
	says(why, "is 1000");
	says(why, "s old");
	assert_int_equal(reading("time,watts\n{-1000},300\n", "", "", 1).st, CM_ABSENT);
	says(why, "in the future: set the meter's clock");
	assert_int_equal(reading("time,watts\n", "", "", 0).st, CM_ABSENT);
	says(why, "no value now");
	assert_int_equal(reading("entity_id,state,last_changed\nx_power,5,{9}\nx_power,unavailable,{1}\n",
				 "%Y-%m-%dT%H:%M:%S.000Z", "", 1).st, CM_ABSENT);
	/* One reading a second, then nothing for a minute: what lay between is not known. */
	assert_int_equal(
		reading("time,watts\n{66},300\n{65},300\n{64},300\n{63},300\n{1},300\n", "", "", 1)
			.st,
		CM_ABSENT);
	/* One a minute is no gap. */
	assert_int_equal(
		reading("time,watts\n{190},300\n{130},300\n{70},300\n{10},300\n", "", "", 1).st,
		CM_OK);
}

static void grows(void **state)
{
	const struct meter_channel *ch;
	struct meter_ctx *c = NULL;
	struct meter_value v;
	struct cm_err err;
	uint64_t first;

	(void)state;
	assert_int_equal(opened(write_log("time,watts\n{3},300\n", ""), &c, &err), CM_OK);
	meter_wall_csv.channels(c, &ch);
	meter_wall_csv.read(c, &v, &err);
	assert_true(v.st == CM_OK && v.value == 300);
	first = ch->taken_ns;
	write_log("time,watts\n{3},300\n{0},500\n", "");
	meter_wall_csv.read(c, &v, &err);
	assert_true(v.st == CM_OK && v.value == 500);
	assert_true(ch->taken_ns > first);
	remove(scratch_path(&s, "log.csv"));
	assert_int_equal(meter_wall_csv.read(c, &v, &err), CM_ABSENT);
	says(err.why, "is gone");
	meter_wall_csv.close(c);
}

static void refused(void **state)
{
	static const struct { const char *text, *map, *says; } rows[] = {
		{ "a,b\n1,2\n", "", ":1:1: no column of times" },
		{ "time,b\n1,2\n", "", "no column of watts or energy" },
		{ "time,watts\nnoon,2\n", "", ":2:1: 'noon' is no time" },
		{ "time,watts\n{1},much\n", "", "'much' is no reading" },
		{ "time,watts\n{1},-3\n", "", "'-3' is no reading" },
		{ "time,watts\n{1},nan\n", "", "'nan' is no reading" },
		{ "time,watts\n{1}\n", "", ":2:1: 1 cells, where column 2 is wanted" },
		{ "time,watts\n{1},3\n{9},3\n", "", ":3:1: the time goes back by 8 s" },
		{ "time,watts\n{1},3\n", ":watts=out", "no column of watts" },
		{ "time,watts\n{1},3\n", ":zone=CET", "zone=CET is no offset" },
		{ "time,watts\n{1},3\n", ":time=time,volts=x", "there is no 'volts='" },
		{ "", "", ":1:1: no line that names the columns" },
		{ "time,watts\n03/04/2026 12:00:00,5\n", "",
		  ":2:1: '03/04/2026 12:00:00' may have the day or the "
		  "month first: add :dates=dmy" },
		{ "time,watts\n{1},3\n", ":dates=us", "dates=us is neither" },
		{ "time,watts\n{1},3\n", ":zone=Nowhere/Here", "zone=Nowhere/Here is no offset" },
		{ "time,watts\n{1},3\n", ":ahead=soon", "ahead=soon is no number" },
		{ "time,watts\n{1},\"1,234\"\n", "", "'1,234' is no reading" },
		{ "time,watts\n{1},3 VA\n", "", "'3 VA' is no reading" },
		{ "time,watts\n2026-02-30T25:00:00,3\n", "", "is no time" },
		/* Each of these has watts, and it is not said which, or since when. */
		{ "Time,Outlet 1 Active Power (W),Outlet 2 Active Power (W)\n{1},410,99\n", "",
		  ":1:1: 'Outlet 1 Active Power (W)' and 'Outlet 2 Active Power (W)' could both be the "
		  "power: say which by watts=" },
		{ "Date,Time,U-1,P-1,P-2\n2026/01/31,12:00:00,230,1,2\n", "",
		  "'P-1' and 'P-2' could both be" },
		{ "Timestamp,Sensor,Value\n{2},Current,410\n{1},Average,5\n", ":watts=Value",
		  ":3:12: a second entity, 'Average', beside 'Current': say which by :entity=NAME" },
		{ "time,device,watts\n{2},rack1,410\n{1},rack2,99\n", "", ":3:12: a second entity, 'rack2'" },
		{ "#time,current,power\n0.5,0.1,0.5\n", "",
		  ":2:1: '0.5' counts from a moment that the log does not say" },
		{ "{2},300\n{1},301\n", "", ":1:1: the first line has a time already and no line names the "
		  "columns; number them from 1: --wall FILE:time=1,watts=2" },
		{ "timestamp,total_act_energy,max_act_power\n{1},1.6,99\n", "", "is known here among "
		  "'timestamp, total_act_energy, max_act_power'; name it: --wall FILE:watts=COLUMN" },
		{ "time,Wh\n{3},1.2\n{2},1.3\n{1},1.1\n", "",
		  ":4:12: '1.1' is less than before, so this is no running total: if each is of "
		  "its interval alone, say wheach= or kwheach=" },
		{ " [[1769860800,2]]\n", "", ":1:1: this is JSON" },
		{ "time,Apparent Power (VA),Reactive Power (W)\n{1},400,3\n", "", "no column of watts" },
		{ "Datum/Zeit;Energie;Einheit\n00:15;0,009;kWh\n", ":time=Datum/Zeit,kwheach=Energie",
		  ":2:1: '00:15' is no time" },
		{ "entity_id,state,last_changed\na_power,1,{2}\nb_power,2,{1}\n", "",
		  ":3:1: a second entity" },
		{ "entity_id,state,last_changed\nsensor.x,1,{2}\n", "",
		  "what 'sensor.x' counts is not known" },
	};
	struct meter_ctx *c = NULL;
	struct cm_err err;

	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		char *wall = cm_printf_dup("%s%s", write_log(rows[i].text, ""), rows[i].map);

		assert_int_equal(opened(wall, &c, &err), CM_EINPUT);
		says(err.why, rows[i].says);
		free(wall);
	}
	assert_int_equal(opened("/nowhere.csv", &c, &err), CM_EINPUT);
	says(err.why, "no such file");
	assert_int_equal(opened(NULL, &c, &err), CM_ABSENT);
}

/* Summer time in Berlin ends on 2025-10-26 at 01:00 UTC and began on 2025-03-30 at 01:00 UTC. */
static void times(void **state)
{
	static const struct { const char *text, *zone; enum wall_dates dates; double after, want; } rows[] = {
		{ "2026-01-31T12:00:00Z", "", 0, 0, 1769860800 },
		{ "2026-01-31 12:00:00.250", "", 0, 0, 1769860800.25 },
		{ "2026-01-31T13:00:00,5+01:00", "", 0, 0, 1769860800.5 },
		{ "2026-01-31T06:30:00-0530", "", 0, 0, 1769860800 },
		{ "2026/01/31 12:00:00 UTC", "+09:00", 0, 0, 1769860800 }, /* its own offset before zone= */
		{ "31.01.2026 12:00", "", 0, 0, 1769860800 },
		{ "31/01/2026 12:00:00", "", 0, 0, 1769860800 },
		{ "01/31/2026, 12:00:00 PM", "", 0, 0, 1769860800 },
		{ "02/01/2026 12:00:00 AM", "", WALL_DAY_FIRST, 0, 1767312000 },
		{ "02/01/2026 12:00:00 AM", "", WALL_MONTH_FIRST, 0, 1769904000 },
		{ "1769860800", "", 0, 0, 1769860800 },
		{ "1769860800250", "", 0, 0, 1769860800.25 },
		{ "1769860800250000000", "", 0, 0, 1769860800.25 },
		{ "2026-01-31 13:00:00", "Europe/Berlin", 0, 0, 1769860800 },
		{ "2025-10-26 01:59:59", "Europe/Berlin", 0, 0, 1761436799 },
		/* 02:30 comes twice: first in summer time, and again an hour later. */
		{ "2025-10-26 02:30:00", "Europe/Berlin", 0, 1761438500, 1761438600 },
		{ "2025-10-26 02:30:00", "Europe/Berlin", 0, 1761440400, 1761442200 },
		{ "2025-10-26 03:00:00", "Europe/Berlin", 0, 1761442200, 1761444000 },
		{ "2025-03-30 03:00:00", "Europe/Berlin", 0, 0, 1743296400 },
		{ "2026-13-31 12:00:00", "", 0, 0, NAN },
		{ "12:00:00", "", 0, 0, NAN },
		{ "2026-01-31", "", 0, 0, NAN },
		{ "2026-01-31 12:00:00 CET", "", 0, 0, NAN },
		{ "17", "", 0, 0, NAN },
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		struct wall_clock c = { .dates = rows[i].dates };
		bool unsure = false;
		double got;

		/* As of the end of January 2026. */
		if (*rows[i].zone && !wall_zone(rows[i].zone, 1769860800, &c)) {
			print_message("# not tried: no zone %s here\n", rows[i].zone);
			continue;
		}
		got = wall_time(rows[i].text, &c, rows[i].after, &unsure);
		if (unsure || !(fabs(got - rows[i].want) < 1e-3 || (isnan(got) && isnan(rows[i].want))))
			fail_msg("%s in %s: %.3f, not %.3f", rows[i].text, rows[i].zone, got, rows[i].want);
	}
}

static int begin(void **state)
{
	(void)state;
	scratch_begin(&s);
	return 0;
}

static int end(void **state)
{
	(void)state;
	scratch_end(&s);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns),
		cmocka_unit_test(no_reading_of_now),
		cmocka_unit_test(grows),
		cmocka_unit_test(refused),
		cmocka_unit_test(times),
	};

	return cmocka_run_group_tests_name("wall_csv", tests, begin, end);
}
