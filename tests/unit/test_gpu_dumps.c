/* What nvidia-smi, rocm-smi and amd-smi wrote to files: recorded outputs give the watts that stand
 * in them; made ones have the tools' other words, units and names. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>

#include "api/meter.h"
#include "driver_lib.h"

extern const struct meter meter_smi_dump, meter_rocm_dump;
static const struct meter *const dumps[] = { &meter_smi_dump, &meter_rocm_dump, NULL };

static enum cm_status open_dump(const char *path, struct metering **m, struct cm_err *err)
{
	const struct metering_options o = { .meters = dumps, .dump = path };
	const enum cm_status st = metering_open(&o, m, err);

	if (!st)
		assert_int_equal(metering_read(*m, err), CM_OK);
	return st;
}

static double value(const struct metering *m, const char *name)
{
	const struct metering_channel *c;
	const size_t n = metering_channels(m, &c);

	for (size_t i = 0; i < n; i++) {
		if (c[i].channel && !strcmp(c[i].channel->name, name))
			return c[i].value;
	}
	fail_msg("no channel %s", name);
	return NAN;
}

struct want {
	const char *file, *channel;
	double value;
	enum cm_scope scope;
	const char *covers, *state;
};

/* CASES.tsv, row by row; the values are the files' own. */
static void recorded(void **state)
{
	static const struct want want[] = {
		/* GA100: of this moment. MIG: the whole GPU, no channel for a slice. */
		{"nvidia-smi/a100-sxm4-v12.xml", "gpu0 power", 67.03, CM_SCOPE_DEVICE,
		 "0000:01:00.0",
		 "power of this moment, power limit 500 W, MIG is on: the whole GPU"},
		/* GA102: mean of a second. Older schema: power_readings, enforced_power_limit. */
		{"nvidia-smi/a10g.xml", "gpu0 power", 25.58, CM_SCOPE_DEVICE, "0000:00:1e.0",
		 "mean of the last second, power limit 300 W"},
		{"nvidia-smi/tesla-t4.xml", "gpu0 power", 26.78, CM_SCOPE_DEVICE, "0000:00:1e.0",
		 "power of this moment, power limit 70 W"},
		{"nvidia-smi/rtx-3080-v12.xml", "gpu0 power", 22.78, CM_SCOPE_DEVICE,
		 "0000:04:00.0", "power limit 336 W (above the usual 320 W)"},
		/* Mean and moment are both kept; 4251825415 us are 4251.825415 s. */
		{"nvidia-smi/rtx-4000-sff-ada-v13.xml", "gpu0 power now", 8.44, CM_SCOPE_DEVICE,
		 "0000:06:00.0", "power of this moment"},
		{"nvidia-smi/rtx-4000-sff-ada-v13.xml", "gpu0 power, mean", 8.81, CM_SCOPE_DEVICE,
		 "0000:06:00.0", "mean of the last second"},
		{"nvidia-smi/rtx-4000-sff-ada-v13.xml", "gpu0 held back by its power limit",
		 4251.825415, CM_SCOPE_DEVICE, "0000:06:00.0", ""},
		{"nvidia-smi/h100-sxm-x8.out_a.txt", "gpu0 power", 100.89, CM_SCOPE_DEVICE,
		 "0000:18:00.0", "mean of the last second, power limit 700 W"},
		{"nvidia-smi/h100-sxm-x8.out_a.txt", "gpu0 memory power", 69.61, CM_SCOPE_CORE,
		 "0000:18:00.0 memory", ""},
		{"nvidia-smi/h100-sxm-x8.out.txt", "gpu0 power", 100, CM_SCOPE_DEVICE,
		 "0000:18:00.0",
		 "NVIDIA H100 80GB HBM3, whether power is of this moment or a mean is not stated"},
		{"nvidia-smi/h100-sxm-x8.out.txt", "gpu7 power", 75, CM_SCOPE_DEVICE,
		 "0000:db:00.0", "power limit 700 W"},
		{"rocm-smi/mi100_rocm571.json", "card0 power, mean", 39, CM_SCOPE_DEVICE,
		 "0000:1e:00.0", "MI100], power limit 290 W"},
		{"rocm-smi/mi100_rocm571.json", "card5 power, mean", 40, CM_SCOPE_DEVICE, NULL,
		 "290 W"},
		/* "6.0" in steps of 1 W: 1/6 = 17 %. */
		{"rocm-smi/rx6700xt_rocm612.json", "card0 power, mean", 6, CM_SCOPE_DEVICE, NULL,
		 "in steps of 1 W: 17 % of the reading"},
		{"rocm-smi/vega-20-WKS-GL-XE.json", "card0 power, mean", 26, CM_SCOPE_DEVICE,
		 "0000:63:00.0", "power limit 225 W"},
	};
	const char *shared = getenv("COSTMARK_SHARED");

	(void)state;
	for (size_t i = 0; i < CM_COUNT(want); i++) {
		char *path =
			cm_printf_dup("%s/data/energy/%s",
				      shared ? shared : CM_SOURCE_DIR "/../shared", want[i].file);
		struct cm_err err = { CM_OK, "" };
		const struct meter_channel *ch;
		struct metering *m = NULL;

		if (!file_exists(path)) {
			print_message("# skip: ../shared/data/energy is not here\n");
			free(path);
			skip();
		}
		if (open_dump(path, &m, &err))
			fail_msg("%s: %s", path, err.why);
		ch = channel(m, want[i].channel);
		assert_int_equal(ch->st, CM_OK);
		assert_int_equal(ch->scope, want[i].scope);
		near(value(m, want[i].channel), want[i].value);
		if (want[i].covers)
			assert_string_equal(ch->covers, want[i].covers);
		says(ch->note, want[i].state);
		metering_close(m);
		free(path);
	}
}

#define XML(body)                                                                                  \
	"<?xml version=\"1.0\"?><nvidia_smi_log><gpu id=\"00000000:0A:00.0\">" body                \
	"</gpu></nvidia_smi_log>"
#define LOG "==============NVSMI LOG==============\n\nGPU 00000000:0A:00.0\n"

#define TABLE                                                                                      \
	"== ROCm System Management Interface ==\nDevice  Temp        Power   PwrCap\n        "      \
	"(Junction)  (Socket)\n====\n"

/* st CM_OK: `value`; otherwise the reason. */
static void words(void **state)
{
	static const struct {
		const char *text, *channel;
		double value;
		enum cm_status st;
		const char *why;
	} rows[] = {
		{XML("<gpu_power_readings><power_draw>1.5 kW</power_draw></gpu_power_readings>"),
		 "gpu0 power", 1500, CM_OK, ""},
		{XML("<gpu_power_readings><power_draw>900 mW</power_draw></gpu_power_readings>"),
		 "gpu0 power", 0.9, CM_OK, ""},
		{XML("<power_readings><power_draw>N/A</power_draw></power_readings>"), "gpu0 power",
		 0, CM_ABSENT, "\"N/A\""},
		{XML("<power_readings><power_draw>[Not Supported]</power_draw></power_readings>"),
		 "gpu0 power", 0, CM_ABSENT, "[Not Supported]"},
		{XML("<power_readings><power_draw>67.03</power_draw></power_readings>"),
		 "gpu0 power", 0, CM_ABSENT, "\"67.03\""},
		{XML("<power_readings><power_draw>-5.00 W</power_draw></power_readings>"),
		 "gpu0 power", 0, CM_ABSENT, "\"-5.00 W\""},
		{XML("<power_readings><power_draw>nan W</power_draw></power_readings>"),
		 "gpu0 power", 0, CM_ABSENT, "\"nan W\""},
		{XML("<product_name>x</product_name>"), "gpu0 power", 0, CM_ABSENT, "no such line"},
		{XML("<a><gpu_power_readings><power_draw>5 "
		     "W</power_draw></gpu_power_readings></a>"),
		 "gpu0 power", 0, CM_ABSENT, "no such line"},
		{LOG "    Power Readings\n        Power Draw                  : 26.78 W\n",
		 "gpu0 power", 26.78, CM_OK, ""},
		{LOG "    GPU Power Readings\r\n        Average Power Draw : 8.81 W\r\n        "
		     "Instantaneous Power Draw : 8.44 W\r\n",
		 "gpu0 power now", 8.44, CM_OK, ""},
		{LOG "    GPU Power Readings\n        Power Draw : [Unknown Error]\n", "gpu0 power",
		 0, CM_ABSENT, "[Unknown Error]"},
		{LOG "    Module Power Readings\n        Power Draw : 600.00 W\n",
		 "gpu0 module power", 600, CM_OK, ""},
		{"index, pci.bus_id, power.draw [W], power.limit [W]\n0, 00000000:0A:00.0, 43.21 "
		 "W, 250.00 W\n",
		 "gpu0 power", 43.21, CM_OK, ""},
		{"index, power.draw [W]\n0, 43.21\n", "gpu0 power", 43.21, CM_OK, ""},
		{"index, uuid, power.draw [W]\n0, GPU-1, 40 W\n0, GPU-1, 41 W\n", "gpu0 power", 41,
		 CM_OK, ""},
		{"index, power.draw [W]\n0, [N/A]\n", "gpu0 power", 0, CM_ABSENT, "[N/A]"},
		{"{\"card0\": {\"Current Socket Graphics Package Power (W)\": \"130.0\"}, "
		 "\"system\": {}}",
		 "card0 power now", 130, CM_OK, ""},
		{"{\"card0\": {\"Average Graphics Package Power (W)\": \"N/A\"}}",
		 "card0 power, mean", 0, CM_ABSENT, "\"N/A\""},
		{"{\"card0\": {\"Accumulated Energy (uJ)\": \"1500000.0\"}}", "card0 energy", 1.5,
		 CM_OK, ""},
		{"{\"card0\": {\"Average Graphics Package Power\": \"7\"}}", "card0 power, mean", 0,
		 CM_ABSENT, "without a unit"},
		{"device,Average Graphics Package Power (W)\ncard0,39.0\nsystem,\n",
		 "card0 power, mean", 39, CM_OK, ""},
		{"GPU[0]\t\t: Average Graphics Package Power (W): 39.0\n", "card0 power, mean", 39,
		 CM_OK, ""},
		{"[{\"gpu\": 0, \"power\": {\"socket_power\": {\"value\": 136, \"unit\": \"W\"}}, "
		 "\"energy\": {\"total_energy_consumption\": {\"value\": 12.5, \"unit\": \"J\"}}}]",
		 "card0 energy", 12.5, CM_OK, ""},
		{"{\"gpu_data\": [{\"gpu\": 3, \"power\": {\"socket_power\": {\"value\": 136, "
		 "\"unit\": \"W\"}}}]}",
		 "card3 power now", 136, CM_OK, ""},
		{"[{\"gpu\": 0, \"power\": {\"socket_power\": \"N/A\"}}]", "card0 power now", 0,
		 CM_ABSENT, "\"N/A\""},
		/* Driver 610: the limits stand in a section of their own. */
		{LOG "    GPU Power Readings\n        Instantaneous Power Draw : 37.21 W\n        GPU "
		     "Ceiling Power Limit\n            Current Power Limit : 250.00 W\n",
		 "gpu0 power now", 37.21, CM_OK, ""},
		{"power.draw [W], module.power.draw.instant [W]\n0.5 W, 612.00 W\n",
		 "gpu0 module power", 612, CM_OK, ""},
		{"power.draw [W], clocks_event_reasons_counters.sw_power_cap [us]\n9 W, 2500000 "
		 "us\n",
		 "gpu0 held back by its power limit", 2.5, CM_OK, ""},
		/* Warnings before the JSON. */
		{"WARNING: no group render\nWARNING: low power\n\n[{\"gpu\": 0, \"power\": "
		 "{\"socket_power\": {\"value\": 142, \"unit\": \"W\"}}}]",
		 "card0 power now", 142, CM_OK, ""},
		{"WARNING: low power\n\n{\"card1\": {\"Accumulated Energy (uJ)\": \"2e6\"}}",
		 "card1 energy", 2, CM_OK, ""},
		/* amd-smi's CSV without units, its text with them. */
		{"gpu,socket_power,total_energy_consumption\n0,142,3.5\n1,N/A,4.5\n",
		 "card1 energy", 4.5, CM_OK, ""},
		{"gpu,socket_power\n0,142\n1,N/A\n", "card0 power now", 142, CM_OK, ""},
		{"gpu,socket_power\n0,142\n1,N/A\n", "card1 power now", 0, CM_ABSENT, "\"N/A\""},
		{"GPU: 0\n    POWER:\n        SOCKET_POWER: 142 W\n\nGPU: 1\n    ENERGY:\n        "
		 "TOTAL_ENERGY_CONSUMPTION: 7.25 J\n",
		 "card1 energy", 7.25, CM_OK, ""},
		{"GPU[3]\t\t: get_power_avg, Not supported on the given system\n",
		 "card3 power, mean", 0, CM_ABSENT, "Not supported"},
		/* rocm-smi's table: by place; the degree sign is two bytes. */
		{TABLE "0       39.0\xC2\xB0" "C      133.0W  750.0W\n", "card0 power now", 133,
		 CM_OK, ""},
		{TABLE "1       39.0\xC2\xB0" "C      N/A     750.0W\n", "card1 power now", 0,
		 CM_ABSENT, "\"N/A\""},
		{"==ROCm System Management Interface==\nGPU  Temp   AvgPwr  SCLK    PwrCap\n0    "
		 "38.0c  36.0W   300Mhz  290.0W\n",
		 "card0 power, mean", 36, CM_OK, ""},
	};
	struct scratch s;

	(void)state;
	scratch_begin(&s);
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		const char *path = scratch_write(&s, "dump", rows[i].text, strlen(rows[i].text));
		struct cm_err err = { CM_OK, "" };
		struct metering *m = NULL;

		if (open_dump(path, &m, &err))
			fail_msg("%s: %s", rows[i].text, err.why);
		if (channel(m, rows[i].channel)->st != rows[i].st)
			fail_msg("%s: %s", rows[i].text, channel(m, rows[i].channel)->reason);
		says(channel(m, rows[i].channel)->reason, rows[i].why);
		if (rows[i].st == CM_OK)
			near(value(m, rows[i].channel), rows[i].value);
		else
			assert_true(isnan(value(m, rows[i].channel)));
		metering_close(m);
	}
	scratch_end(&s);
}

/* Every field that a driver knows, asked at once; and the limits of driver 610, in text and XML. */
static void wide_and_deep(void **state)
{
	static const char *const limits[] = {
		LOG "    GPU Power Readings\n        Instantaneous Power Draw : 37.21 W\n        GPU "
		    "Ceiling Power Limit\n            Current Power Limit : 250.00 W\n",
		XML("<gpu_power_readings><instant_power_draw>37.21 W</instant_power_draw>"
		    "<gpu_ceiling_power_limit><current_power_limit>250.00 W</current_power_limit>"
		    "</gpu_ceiling_power_limit></gpu_power_readings>"),
	};
	struct str text = { 0 };
	struct scratch s;

	(void)state;
	scratch_begin(&s);
	for (int i = 0; i < 300; i++)
		str_addf(&text, "field%d,", i);
	str_add(&text, "power.draw.instant [W]\n");
	for (int i = 0; i < 300; i++)
		str_add(&text, "[N/A],");
	str_add(&text, "77.88 W\n");
	for (size_t i = 0; i <= CM_COUNT(limits); i++) {
		const char *t = i < CM_COUNT(limits) ? limits[i] : str_get(&text);
		const char *path = scratch_write(&s, "dump", t, strlen(t));
		struct cm_err err = { CM_OK, "" };
		struct metering *m = NULL;

		if (open_dump(path, &m, &err))
			fail_msg("%.40s: %s", t, err.why);
		near(value(m, "gpu0 power now"), i < CM_COUNT(limits) ? 37.21 : 77.88);
		if (i < CM_COUNT(limits))
			says(channel(m, "gpu0 power now")->note, "power limit 250 W");
		metering_close(m);
	}
	str_free(&text);
	scratch_end(&s);
}

static void broken(void **state)
{
	static const struct { const char *text, *why;
	} rows[] = {
		{"<nvidia_smi_log><gpu id=\"1\">\n<power_readings>", "dump:2:"},
		{"<nvidia_smi_log><gpu></nvidia_smi_log>", "mismatched tag"},
		{"<!DOCTYPE nvidia_smi_log [<!ENTITY a \"b\">]><nvidia_smi_log/>",
		 "entity of its own"},
		{"<nvidia_smi_log></nvidia_smi_log>", "lists no GPU"},
		{"==============NVSMI LOG==============\n", "cut short"},
		{"| NVIDIA-SMI 565.57.01 |\n", "cut short"},
		{"index, power.draw [W]\n0\n", "dump:2:1: 1 cells, the header has 2"},
		{"{\"card0\": {\"Average", "dump:1:"},
		{"{\"system\": {}, \"cards\": 1, \"gpu\": 2}", "no GPU is in it"},
		{"some other text\n", "not in a format known here"},
		{"", "not in a format known here"},
	};
	struct scratch s;

	(void)state;
	scratch_begin(&s);
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		const char *path = scratch_write(&s, "dump", rows[i].text, strlen(rows[i].text));
		struct cm_err err = { CM_OK, "" };
		struct metering *m = NULL;

		assert_int_equal(open_dump(path, &m, &err), CM_EINPUT);
		says(err.why, rows[i].why);
		says(err.why, "dump");
	}
	scratch_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorded), cmocka_unit_test(words),
		cmocka_unit_test(wide_and_deep), cmocka_unit_test(broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
