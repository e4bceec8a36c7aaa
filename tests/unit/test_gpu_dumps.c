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

extern const struct meter meter_smi_dump, meter_rocm_dump, meter_xpu_dump;
static const struct meter *const dumps[] = { &meter_smi_dump, &meter_rocm_dump, &meter_xpu_dump, NULL };

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
		{LOG
		 "    GPU Power Readings\n        Instantaneous Power Draw : 37.21 W\n        GPU "
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
		/* The first of two names stands, unless it is a word and the other a number. */
		{LOG "    GPU Memory Power Readings\n        Average Power Draw : N/A\n        "
		     "Instantaneous Power Draw : 70.5 W\n",
		 "gpu0 memory power", 70.5, CM_OK, ""},
		{LOG "    Module Power Readings\n        Average Power Draw : 612.00 W\n        "
		     "Instantaneous Power Draw : 598.25 W\n",
		 "gpu0 module power", 598.25, CM_OK, ""},
		{LOG "    Module Power Readings\n        Average Power Draw : 612.00 W\n        "
		     "Instantaneous Power Draw : N/A\n",
		 "gpu0 module power", 612, CM_OK, ""},
		/* Copied through a program that cuts white space. */
		{"==============NVSMI LOG==============\nGPU 00000000:0A:00.0\nGPU Power Readings\n"
		 "Average Power Draw : 16.38 W\nInstantaneous Power Draw : 19.91 W\nModule Power "
		 "Readings\nInstantaneous Power Draw : N/A\n",
		 "gpu0 power now", 19.91, CM_OK, ""},
		{XML("<temperature><gpu_temp>41 C</gpu_temp><memory_temp>N/A</memory_temp>"
		     "</temperature>"),
		 "gpu0 temperature", 41, CM_OK, ""},
		{XML("<power_readings><power_draw>GPU is lost</power_draw></power_readings>"),
		 "gpu0 power", 0, CM_ABSENT, "GPU is lost"},
		/* The tool's table: ERR!, and its index where only one was asked for. */
		{"| NVIDIA-SMI 565.57.01 |\n|   3  Tesla K80   Off  | 00000000:0A:00.0 Off |\n| "
		 "ERR!  "
		 "ERR! ERR!              ERR! / ERR! |  1MiB |\n",
		 "gpu3 power", 0, CM_ABSENT, "ERR!"},
		{"| NVIDIA-SMI 565.57.01 |\n|   3  Tesla K80   Off  | 00000000:0A:00.0 Off |\n| "
		 "N/A   "
		 "35C    P8              27W / 149W |  1MiB |\n",
		 "gpu3 temperature", 35, CM_OK, ""},
		/* Columns in another order, other signs between them, a comma for a point. */
		{"power.limit [W];power.draw [W];index\n250,00 W;43,21 W;2\n", "gpu2 power", 43.21,
		 CM_OK, ""},
		{"index;power.draw [W]\n0;1,234 W\n", "gpu0 power", 0, CM_ABSENT, "thousands"},
		{"index, power.draw [W]\n0, \"43,21 W\"\n", "gpu0 power", 43.21, CM_OK, ""},
		{"index\tpower.draw [mW]\n0\t43210\n", "gpu0 power", 43.21, CM_OK, ""},
		{"index, power.draw\n0, 43.21\n", "gpu0 power", 0, CM_ABSENT, "without a unit"},
		{"index, power.draw [V]\n0, 43.21\n", "gpu0 power", 0, CM_ABSENT, "without a unit"},
		{"# gpu    pwr  gtemp  mtemp\n# Idx      W      C      C\n    0    630     53     "
		 "41\n    1      -     53      -\n",
		 "gpu0 power", 630, CM_OK, ""},
		{"# gpu    pwr  gtemp  mtemp\n# Idx      W      C      C\n    0    630     53     "
		 "41\n    1      -     53      -\n",
		 "gpu1 power", 0, CM_ABSENT, "\"-\""},
		{"#gpu, pwr, gtemp\n#Idx, W, C\n2, 55, 44\n", "gpu2 power", 55, CM_OK, ""},
		/* amd-smi static: the limit has the reading's name. */
		{"[{\"gpu\": 0, \"limit\": {\"max_power\": {\"value\": 203, \"unit\": \"W\"}, "
		 "\"socket_power\": {\"value\": 200, \"unit\": \"W\"}}}]",
		 "card0 power, mean", 0, CM_ABSENT, "no such line"},
		{"gpu,max_power,min_power,socket_power\n0,203,0,200\n", "card0 power, mean", 0,
		 CM_ABSENT, "no such line"},
		{"GPU: 0\n    LIMIT:\n        MAX_POWER: 203 W\n        SOCKET_POWER: 200 W\n",
		 "card0 power, mean", 0, CM_ABSENT, "no such line"},
		{"GPU: 0\n    LIMIT:\n        SOCKET_POWER: 200 W\n    POWER:\n        "
		 "SOCKET_POWER: "
		 "142 W\n",
		 "card0 power now", 142, CM_OK, ""},
		/* amd-smi monitor: units are words of their own; partitions share a socket. */
		{"GPU  XCP  POWER  PWR_CAP   GPU_T   MEM_T\n  0    0  142 W    750 W   37 \xC2\xB0"
		 "C   38 \xC2\xB0"
		 "C\n  0    1    N/A      N/A     N/A     N/A\n",
		 "card0 power now", 142, CM_OK, ""},
		{"GPU  XCP  POWER  PWR_CAP   GPU_T   MEM_T\n  0    0    N/A    750 W   37 \xC2\xB0"
		 "C   38 \xC2\xB0"
		 "C\n",
		 "card0 power now", 0, CM_ABSENT, "\"N/A\""},
		/* amd-smi alone, releases 26 and 27. */
		{"| AMD-SMI 26.0.0+1 |\n| 0000:83:00.0 AMD Instinct MI300X VF | 0 %      37 "
		 "\xC2\xB0"
		 "C   0           135/750 W |\n|   4       0       0        SPX/NPS1 | 0 % |\n",
		 "card4 power now", 135, CM_OK, ""},
		{"| AMD-SMI 27.0.0 |\n| 0002:01:00.0    AMD Instinct MI300A | 0 %      30 \xC2\xB0"
		 "C   0                33 W |\n|   2       2       2        SPX/NPS1 | 2 % |\n",
		 "card2 power now", 33, CM_OK, ""},
		{"| AMD-SMI 26.0.2 |\n| 0000:c5:00.0  Radeon 8060S Graphics | N/A        N/A   0   "
		 "          N/A/0 W |\n|   0       0     N/A             N/A | N/A |\n",
		 "card0 power now", 0, CM_ABSENT, "\"N/A\""},
		/* xpu-smi: dump by device and by tile, of 1.x and 2.x, with units and without. */
		{"Timestamp, DeviceId, GPU Utilization (%), GPU Power (W), GPU Core Temperature "
		 "(Celsius "
		 "Degree)\n06:14:46.000,    1, 0.00, 14.61, 55.50\n",
		 "xpu1 power", 14.61, CM_OK, ""},
		{"Timestamp, DeviceId, GPU Power (W), GPU Core Temperature (Celsius "
		 "Degree)\n06:14:46.000,"
		 "    1, 14.61, 55.50\n",
		 "xpu1 temperature", 55.5, CM_OK, ""},
		{"Timestamp, DeviceId, TileId, GPU Power (W)\n06:14:46.000,    0, 1, 119.5\n",
		 "xpu0 tile 1 power", 119.5, CM_OK, ""},
		{"Timestamp, DeviceId, GPU Power (W)\n06:14:46.000,    0, N/A\n", "xpu0 power", 0,
		 CM_ABSENT, "\"N/A\""},
		{"Timestamp, DeviceId, power.draw\n2026/07/14 06:14:46.000, 0, 88.5\n",
		 "xpu0 power", 88.5, CM_OK, ""},
		{"index, power.draw (W)\n3, 88.5\n", "xpu3 power", 88.5, CM_OK, ""},
		{"{\"device_id\": 2, \"device_level\": [{\"metrics_type\": \"XPUM_STATS_POWER\", "
		 "\"value\": 15.2, \"avg\": 99}], \"tile_level\": []}",
		 "xpu2 power", 15.2, CM_OK, ""},
		{"{\"device_index\": 0, \"pci_bdf\": \"0000:4D:00.0\", \"power\": "
		 "{\"gpu_power_w\": "
		 "{\"tile_0\": {\"avg\": 9, \"current\": 31.5}}, \"energy_consumed_j\": 3.25}}",
		 "xpu0 tile 0 power", 31.5, CM_OK, ""},
		{"{\"device_index\": 0, \"power\": {\"gpu_power_w\": {}, \"energy_consumed_j\": "
		 "3.25}}",
		 "xpu0 energy", 3.25, CM_OK, ""},
		{"+----+---+\n| Device ID    | 0     |\n| GPU Power (W) | 15    |\n| GPU Core "
		 "Temperature (C) "
		 "| 41 |\n",
		 "xpu0 power", 15, CM_OK, ""},
		{"+----+---+\n| Device ID    | 0     |\n| GPU Power (W) | Tile 0: 95; Tile 1: 92 "
		 "|\n",
		 "xpu0 tile 1 power", 92, CM_OK, ""},
		{"{\"card0\": {\"Temperature (Sensor edge) (C)\": \"30.0\", \"Temperature (Sensor "
		 "junction) (C)\": \"34.0\"}}",
		 "card0 temperature", 34, CM_OK, ""},
		/* rocm-smi's table: by place; the degree sign is two bytes. */
		{TABLE "0       39.0\xC2\xB0"
		       "C      133.0W  750.0W\n",
		 "card0 power now", 133, CM_OK, ""},
		{TABLE "1       39.0\xC2\xB0"
		       "C      N/A     750.0W\n",
		 "card1 power now", 0, CM_ABSENT, "\"N/A\""},
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

/* Logs: trapezoids on their own times. Each row's arithmetic stands beside it. */
static void logs(void **state)
{
	static const struct { const char *text, *channel; double value; const char *note; } rows[] = {
		/* (100 + 300) / 2 x 1 s, over midnight; the line that was cut is left out. */
		{"timestamp, index, power.draw [W]\n2023/10/27 23:59:59.500, 0, 100.00 W\n2023/10/28 "
		 "00:00:00.500, 0, 300.00 W\n2023/10/28 00:00:01.5",
		 "gpu0 power, over the log", 200, "2 readings over 1 s, mean 200 W"},
		/* Two GPUs of one name, told apart by their moments: 150 J and 50 J. */
		{"timestamp, name, power.draw [W]\n2023/10/27 19:41:10.000, A, 100 W\n2023/10/27 "
		 "19:41:10.003, A, 50 W\n2023/10/27 19:41:11.000, A, 200 W\n2023/10/27 19:41:11.003, A, "
		 "50 W\n",
		 "gpu0 power, over the log", 150, "mean 150 W"},
		{"timestamp, name, power.draw [W]\n2023/10/27 19:41:10.000, A, 100 W\n2023/10/27 "
		 "19:41:10.003, A, 50 W\n2023/10/27 19:41:11.000, A, 200 W\n2023/10/27 19:41:11.003, A, "
		 "50 W\n",
		 "gpu1 power, over the log", 50, "mean 50 W"},
		/* One GPU, every 100 ms, its header again in the middle: 10 + 20 + 15 J. */
		{"timestamp, power.draw [W]\n2023/10/27 19:41:10.000, 0 W\n2023/10/27 19:41:10.100, 200 "
		 "W\ntimestamp, power.draw [W]\n2023/10/27 19:41:10.200, 200 W\n2023/10/27 "
		 "19:41:10.300, 100 W\n",
		 "gpu0 power, over the log", 45, "4 readings over 0.3 s"},
		/* A gap is in the sum and said; a word is no reading: 100 W over 8 s. */
		{"timestamp, index, power.draw [W]\n2023/10/27 19:41:10, 0, 100 W\n2023/10/27 19:41:11, 0, "
		 "100 W\n2023/10/27 19:41:12, 0, 100 W\n2023/10/27 19:41:13, 0, [N/A]\n2023/10/27 "
		 "19:41:17, 0, 100 W\n2023/10/27 19:41:18, 0, 100 W\n",
		 "gpu0 power, over the log", 800, "1 rows without a number, a gap of 5 s"},
		/* The clock was set back: only the two stretches of 1 s count. */
		{"timestamp, index, power.draw [W]\n2023/10/27 19:41:10, 0, 100 W\n2023/10/27 19:41:11, 0, "
		 "100 W\n2023/10/27 19:00:00, 0, 100 W\n2023/10/27 19:00:01, 0, 100 W\n",
		 "gpu0 power, over the log", 200, "set back"},
		/* dmon with -o DT: (100 + 300) / 2 x 2 s. */
		{"#Date       Time        gpu    pwr\n#YYYYMMDD   HH:MM:SS    Idx      W\n 20240812   "
		 "15:04:05      0    100\n 20240812   15:04:07      0    300\n",
		 "gpu0 power, over the log", 400, "over 2 s"},
		/* Without times there is a mean, and no joules. */
		{"# gpu    pwr\n# Idx      W\n    0    100\n    0    300\n", "gpu0 power", 300,
		 "2 readings without a time each, whose mean is 200 W"},
		/* stats: microseconds. 150 W x 0.5 s. */
		{"0, pwrDraw , 1515942330000000, 100\n0, temp , 1515942330000000, 31\n0, pwrDraw , "
		 "1515942330500000, 200\n",
		 "gpu0 power, over the log", 75, "over 0.5 s"},
		/* -q --loop 5: a second log in the file. 150 W x 5 s. */
		{"==============NVSMI LOG==============\nTimestamp                : Tue Jul 14 09:00:43 "
		 "2026\nGPU 00000000:0A:00.0\n    Power Readings\n        Power Draw : 100 "
		 "W\n==============NVSMI LOG==============\nTimestamp                : Tue Jul 14 "
		 "09:00:48 2026\nGPU 00000000:0A:00.0\n    Power Readings\n        Power Draw : 200 W\n",
		 "gpu0 power, over the log", 750, "over 5 s"},
		/* -q -x --loop 5, stopped in the third document. */
		{"<?xml version=\"1.0\"?><nvidia_smi_log><timestamp>Tue Jul 14 09:00:43 2026</timestamp><gpu "
		 "id=\"0:1\"><power_readings><power_draw>100 W</power_draw></power_readings></gpu>"
		 "</nvidia_smi_log>\n<?xml version=\"1.0\"?><nvidia_smi_log><timestamp>Tue Jul 14 09:00:48 "
		 "2026</timestamp><gpu id=\"0:1\"><power_readings><power_draw>200 W</power_draw>"
		 "</power_readings></gpu></nvidia_smi_log>\n<?xml version=\"1.0\"?><nvidia_smi_log><gpu ",
		 "gpu0 power, over the log", 750, "2 readings"},
		/* amd-smi --watch: documents one after the other, the last cut; counters by difference. */
		{"[{\"timestamp\":1700000000,\"gpu\":0,\"power\":{\"socket_power\":{\"value\":100,"
		 "\"unit\":\"W\"}},\"energy\":{\"total_energy_consumption\":{\"value\":5,\"unit\":"
		 "\"J\"}}}]\n[{\"timestamp\":1700000010,\"gpu\":0,\"power\":{\"socket_power\":{"
		 "\"value\":200,\"unit\":\"W\"}},\"energy\":{\"total_energy_consumption\":{\"value\""
		 ":1505,\"unit\":\"J\"}}}]\n[{\"time",
		 "card0 energy, over the log", 1500, "no reading below"},
		{"timestamp,gpu,socket_power\n1700000000,0,100\n1700000000,1,10\n1700000004,0,300\n"
		 "1700000004,1,10\n",
		 "card0 power now, over the log", 800, "over 4 s"},
		/* xpu-smi: over midnight, no date. 14 W x 1 s + 20 W x 1 s; energy by difference. */
		{"Timestamp, DeviceId, GPU Power (W), GPU Energy Consumed (J)\n23:59:59.000,    0, 10, "
		 "100.00\n00:00:00.000,    0, 18, 114.00\n00:00:01.000,    0, 22, 134.00\n",
		 "xpu0 power, over the log", 34, "3 readings over 2 s"},
		{"Timestamp, DeviceId, GPU Energy Consumed (J)\n23:59:59.000, 0, 100.00\n00:00:00.000, 0, "
		 "114.00\n00:00:01.000, 0, 134.00\n00:0",
		 "xpu0 energy, over the log", 34, "last of 3 readings less the first"},
		{"{\"timestamp\":\"06:14:46.000\",\"device\":0,\"metrics\":{\"power.draw\":\"10\"}}\n"
		 "{\"timestamp\":\"06:14:48.000\",\"device\":0,\"metrics\":{\"power.draw\":\"20\"}}\n",
		 "xpu0 power, over the log", 30, "mean 15 W"},
		{"TIMESTAMP  GPU  XCP  POWER  PWR_CAP\n1786038263    0    0  123 W    750 W\n1786038263    "
		 "1    0    N/A    750 W\n1786038265    0    0  133 W    750 W\n",
		 "card0 power now, over the log", 256, "mean 128 W"},
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
		near(value(m, rows[i].channel), rows[i].value);
		says(channel(m, rows[i].channel)->note, rows[i].note);
		metering_close(m);
	}
	scratch_end(&s);
}

/* What shells and terminals do to a file: marks, UTF-16 of either order, CR, colours. */
static void encodings(void **state)
{
	static const char plain_text[] = "index, power.draw [W]\r\n0, 43.21 W\r\n";
	static const char *const made[] = {
		"\xEF\xBB\xBFindex, power.draw [W]\n0, 43.21 W\n",
		"\033[1;32mindex, power.draw [W]\033[0m\n0, \033[31m43.21 W\033[0m\n",
		"WARNING: infoROM is corrupted\n\nindex, power.draw [W]\r0, 43.21 W\r",
	};
	struct scratch s;

	(void)state;
	scratch_begin(&s);
	for (size_t i = 0; i < 4 + CM_COUNT(made); i++) {
		const bool big = i & 1, marked = i & 2;
		char wide[2 * sizeof plain_text];
		struct cm_err err = { CM_OK, "" };
		struct metering *m = NULL;
		const char *path;
		size_t n = 0;

		for (size_t k = marked ? 0 : 1; k < sizeof plain_text; k++) {
			const unsigned c = k ? (unsigned char)plain_text[k - 1] : 0xFEFF;

			wide[n++] = (char)(big ? c >> 8 : c & 0xFF);
			wide[n++] = (char)(big ? c & 0xFF : c >> 8);
		}
		path = i < 4 ? scratch_write(&s, "dump", wide, n)
			     : scratch_write(&s, "dump", made[i - 4], strlen(made[i - 4]));
		if (open_dump(path, &m, &err))
			fail_msg("%zu: %s", i, err.why);
		near(value(m, "gpu0 power"), 43.21);
		metering_close(m);
	}
	scratch_end(&s);
}

/* What is told of a reading beside it: reasons, by names or bits; what its power is; its module. */
static void told(void **state)
{
	static const struct { const char *text, *channel, *note, *covers; } rows[] = {
		{"index, power.draw [W], clocks_event_reasons.active\n0, 9 W, 0x00000000000000A4\n",
		 "gpu0 power", "held back by sw_power_cap, sw_thermal_slowdown, hw_power_brake_slowdown",
		 "GPU 0"},
		{"index, power.draw [W], clocks_throttle_reasons.active\n0, 9 W, 0x0000000000000001\n",
		 "gpu0 power", "not stated", "GPU 0"},
		{"index, power.draw [W], clocks_throttle_reasons.hw_thermal_slowdown, "
		 "clocks_throttle_reasons.gpu_idle\n0, 9 W, Active, Active\n",
		 "gpu0 power", "held back by hw_thermal_slowdown", "GPU 0"},
		{"compute_cap, power.draw [W]\n7.5, 9 W\n", "gpu0 power", "power of this moment", NULL},
		{"compute_cap, power.draw [W]\n8.0, 9 W\n", "gpu0 power", "power of this moment", NULL},
		{"compute_cap, power.draw [W]\n8.6, 9 W\n", "gpu0 power", "mean of the last second", NULL},
		{"compute_cap, power.draw [W]\n9.0, 9 W\n", "gpu0 power", "mean of the last second", NULL},
		/* A Grace numbers PCI domains 16 to a socket. */
		{"pci.bus_id, module.power.draw.instant [W]\n00000019:01:00.0, 612 W\n",
		 "gpu0 module power", "", "module 1"},
		{"[{\"gpu\": 0, \"limit\": {\"socket_power\": {\"value\": 200, \"unit\": \"W\"}}, "
		 "\"power\": {\"socket_power\": {\"value\": 99, \"unit\": \"W\"}}, \"throttle\": "
		 "{\"ppt_violation_status\": \"ACTIVE\", \"hbm_thermal_violation_status\": \"ACTIVE\"}}]",
		 "card0 power now", "power limit 200 W, held back by ppt, hbm_thermal", "card0"},
		{"{\"card0\": {\"Energy counter\": \"100\", \"Accumulated Energy (uJ)\": \"1530\"}}",
		 "card0 energy", "0.27 %", "card0"},
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
		says(channel(m, rows[i].channel)->note, rows[i].note);
		if (rows[i].covers)
			assert_string_equal(channel(m, rows[i].channel)->covers, rows[i].covers);
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
		{"Timestamp, DeviceId, GPU Power (W)\n06:14:46, 0, 1, 2\n", "dump:2:1: 4 cells"},
		{"Timestamp, DeviceId, GPU Frequency (MHz)\n06:14:46, 0, 1\n", "neither of power nor"},
		{"{\"system\": {}, \"cards\": 1, \"gpu\": \"2\"}", "no GPU is in it"},
		{"some other text\n", "not in a format known here"},
		{"Unable to determine the device handle for GPU 0000:01:00.0: GPU is lost. Reboot\n",
		 "nvidia-smi says there: \"Unable to determine"},
		{"Failed to initialize NVML: Driver/library version mismatch\n", "version mismatch"},
		{"power.draw [W]\n1 W\n1 W\n1 W\n1 W\n1 W\n1 W\n1 W\n1 W\n1 W\n1 W\n1 W\n1 W\n1 W\n1 "
		 "W\n1 W\n1 W\n1 W\n",
		 "17 rows that name no GPU and no time"},
		{"timestamp, index, power.draw [W]\n1, 0\n2, 0, 3 W\n", "dump:2:1: 2 cells"},
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
		cmocka_unit_test(logs), cmocka_unit_test(encodings), cmocka_unit_test(told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
