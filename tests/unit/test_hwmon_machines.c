/* Whole machines as their hardware monitors show them: trees made here by each driver's published names, two
 * states of each, and the joules that must come of them. */
#include "tree_case.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- ACPI meters: their attributes are the device's, the monitor's folder has at most a name ---------- */

/* Grace-Hopper: the module's 650 W hold the processor's 210 W, those its CPU's and SysIO's. */
static void grace(void **state)
{
	static const struct file first[] = {
		{ "hwmon/hwmon1/name", "power_meter\n" },
		{ "hwmon/hwmon1/device/power1_oem_info", "Module Power Socket 0\n" },
		{ "hwmon/hwmon1/device/power1_average", "650000000\n" },
		{ "hwmon/hwmon1/device/power1_average_interval", "50\n" },
		{ "hwmon/hwmon2/name", "power_meter\n" },
		{ "hwmon/hwmon2/device/power1_oem_info", "Grace Power Socket 0\n" },
		{ "hwmon/hwmon2/device/power1_average", "210000000\n" },
		{ "hwmon/hwmon2/device/power1_average_interval", "50\n" },
		{ "hwmon/hwmon2/device/power1_cap", "300000000\n" },
		{ "hwmon/hwmon3/name", "power_meter\n" },
		{ "hwmon/hwmon3/device/power1_oem_info", "CPU Power Socket 0\n" },
		{ "hwmon/hwmon3/device/power1_average", "150000000\n" },
		{ "hwmon/hwmon4/name", "power_meter\n" },
		{ "hwmon/hwmon4/device/power1_oem_info", "SysIO Power Socket 0\n" },
		{ "hwmon/hwmon4/device/power1_average", "30000000\n" },
	};

	(void)state;
	STEADY(first);
	counted(2100, "package", "socket 0"); /* 210 W x 10 s */
	near(r.part[1].limit_w, 300);
	says(part("power_meter.3 power1 CPU Power Socket 0")->role, "inside power_meter.2");
	says(part("power_meter.4 power1 SysIO Power Socket 0")->role, "inside power_meter.2");
	says(part("power_meter.1 power1 Module Power Socket 0")->role, "contains power_meter.2");
	near(part("power_meter.1 power1 Module Power Socket 0")->joules.value, 6500);
}

/* Intel's Node Manager before Linux 5: no file at all in the monitor's folder. 345 W for 5 s,
 * then rising to 445 W: 1725 J and a trapezoid of 5 s x 395 W. */
static void node_manager(void **state)
{
	static const struct file first[] = {
		{ "hwmon/hwmon0/device/name", "power_meter\n" },
		{ "hwmon/hwmon0/device/power1_average", "345000000\n" },
		{ "hwmon/hwmon0/device/power1_average_interval", "1000\n" },
		{ "hwmon/hwmon0/device/power1_is_battery", "0\n" },
		{ "hwmon/hwmon0/device/power1_model_number", "Intel(R) Node Manager\n" },
		{ "hwmon/hwmon0/device/power1_oem_info", "Meter measures total domain\n" },
		{ "hwmon/hwmon0/device/power1_accuracy", "90.0%\n" },
		{ "hwmon/hwmon0/device/measures/LNXSYBUS:00", "" },
	};
	static const struct file then[] = {
		{ "hwmon/hwmon0/device/power1_average", "445000000\n" },
	};

	(void)state;
	WINDOW(first, then);
	counted(3700, "node", "this machine");
	assert_true(r.joules.lo < 3700 * 0.9 && r.joules.hi > 3700 * 1.1); /* right to 90 %, and the edges */
}

/* What firmware writes when it meters nothing is not 0 J and not 4.29 MW. */
static void firmware_without_values(void **state)
{
	static const struct file first[] = {
		{ "hwmon/hwmon0/name", "power_meter\n" },
		{ "hwmon/hwmon0/device/power1_average", "0\n" },
		{ "hwmon/hwmon0/device/power1_average_interval", "300000\n" },
		{ "hwmon/hwmon1/name", "power_meter\n" },
		{ "hwmon/hwmon1/device/power1_average", "4294967295000\n" },
		{ "hwmon/hwmon1/device/power1_average_interval", "4294967295\n" },
		{ "hwmon/hwmon2/name", "power_meter\n" }, /* of the processors only */
		{ "hwmon/hwmon2/device/power1_average", "120000000\n" },
		{ "hwmon/hwmon2/device/measures/LNXCPU:00", "" },
		{ "hwmon/hwmon3/name", "power_meter\n" },
		{ "hwmon/hwmon3/device/power1_oem_info", "CPU0 domain\n" },
		{ "hwmon/hwmon3/device/power1_average", "90000000\n" },
	};

	(void)state;
	STEADY(first);
	assert_string_equal(r.joules.missing, "no energy meter on this machine");
	says(r.part[0].joules.missing, "reads 0 W while the machine runs");
	says(r.part[1].joules.missing, "not known");
	says(r.part[2].joules.missing, "hwmon2/device/measures, not the machine");
	says(r.part[3].joules.missing, "is not known, so it is in no sum");
}

/* It falls silent within the window: void, not a mean with zeros in it. */
static void falls_silent(void **state)
{
	static const struct file first[] = {
		{ "hwmon/hwmon0/name", "power_meter\n" },
		{ "hwmon/hwmon0/device/power1_average", "300000000\n" },
	};
	static const struct file then[] = { { "hwmon/hwmon0/device/power1_average", "0\n" } };

	(void)state;
	WINDOW(first, then);
	says(r.joules.missing, "a reading failed in the window");
}

/* ---- processors ---------------------------------------------------------------------------------------- */

/* POWER9: chips 0 and 8 count whole joules; a rail is inside its chip, "APSS 15" is the system again. */
static void power9(void **state)
{
	static const struct file first[] = {
		{ "hwmon/hwmon0/name", "ibmpowernv\n" },
		{ "hwmon/hwmon0/power1_input", "157000000\n" }, { "hwmon/hwmon0/power1_label", "Chip 0 \n" },
		{ "hwmon/hwmon0/power2_input", "113000000\n" },
		{ "hwmon/hwmon0/power2_label", "Chip 0 Vdd\n" },
		{ "hwmon/hwmon0/power3_input", "99000000\n" }, { "hwmon/hwmon0/power3_label", "Chip 8 \n" },
		{ "hwmon/hwmon0/power4_input", "426000000\n" }, { "hwmon/hwmon0/power4_label", "System\n" },
		{ "hwmon/hwmon0/power5_input", "426000000\n" }, { "hwmon/hwmon0/power5_label", "APSS 15 \n" },
		{ "hwmon/hwmon0/energy1_input", "7510000000000\n" },
		{ "hwmon/hwmon0/energy1_label", "Chip 0 \n" },
		{ "hwmon/hwmon0/energy2_input", "2680000000000\n" },
		{ "hwmon/hwmon0/energy2_label", "Chip 0 Vdd\n" },
		{ "hwmon/hwmon0/energy3_input", "5090000000000\n" },
		{ "hwmon/hwmon0/energy3_label", "Chip 8 \n" },
		{ "hwmon/hwmon0/energy4_input", "21290000000000\n" },
		{ "hwmon/hwmon0/energy4_label", "System\n" },
	};
	static const struct file then[] = {
		{ "hwmon/hwmon0/energy1_input", "7511570000000\n" }, /* + 1570 J */
		{ "hwmon/hwmon0/energy2_input", "2681130000000\n" }, /* + 1130 J */
		{ "hwmon/hwmon0/energy3_input", "5090990000000\n" }, /* + 990 J */
		{ "hwmon/hwmon0/energy4_input", "21294260000000\n" }, /* + 4260 J */
	};

	(void)state;
	WINDOW(first, then);
	counted(2560, "package", "socket 0, socket 8");
	near(part("ibmpowernv.0 energy4 System")->joules.value, 4260);
	assert_int_equal(part("ibmpowernv.0 energy4 System")->scope, CM_SCOPE_NODE);
	says(part("ibmpowernv.0 power1 Chip 0")->role, "mirror of ibmpowernv.0 energy1 Chip 0");
	says(part("ibmpowernv.0 energy2 Chip 0 Vdd")->role, "inside ibmpowernv.0 energy1 Chip 0");
	says(part("ibmpowernv.0 power5 APSS 15")->role, "is not known");
	assert_string_equal(r.note, "error band -10 % to +10 %: assumed for a ibmpowernv sensor");
}

/* An APU's PPT is its processor's power: RAPL counts the same watts. Beside it a card of its own. */
static void apu_and_card(void **state)
{
	static const struct file first[] = {
		{ "hwmon/hwmon2/name", "amdgpu\n" }, { "hwmon/hwmon2/in1_label", "vddnb\n" },
		{ "hwmon/hwmon2/power1_label", "PPT\n" }, { "hwmon/hwmon2/power1_average", "15000000\n" },
		{ "hwmon/hwmon2/device/uevent", "PCI_SLOT_NAME=0000:c4:00.0\n" },
		{ "hwmon/hwmon3/name", "amdgpu\n" }, { "hwmon/hwmon3/in0_label", "vddgfx\n" },
		{ "hwmon/hwmon3/power1_label", "PPT\n" }, { "hwmon/hwmon3/power1_average", "100000000\n" },
		{ "hwmon/hwmon3/power1_input", "100000000\n" },
		{ "hwmon/hwmon3/device/uevent", "PCI_SLOT_NAME=0000:03:00.0\n" },
		{ "powercap/intel-rapl:0/name", "package-0\n" },
		{ "powercap/intel-rapl:0/energy_uj", "1000000000\n" },
		{ "powercap/intel-rapl:0/max_energy_range_uj", "65532610987\n" },
	};
	static const struct file then[] = { { "powercap/intel-rapl:0/energy_uj", "1152000000\n" } };

	(void)state;
	WINDOW(first, then);
	counted(152 + 1000, "package + device", "socket 0, 0000:03:00.0");
	says(part("amdgpu.2 power1 PPT")->role, "mirror of package-0");
	says(part("amdgpu.3 power1 PPT average")->role, "mirror of amdgpu.3 power1 PPT");
}

static void other_processors(void **state)
{
	static const struct file first[] = {
		{ "hwmon/hwmon0/name", "apm_xgene\n" },
		{ "hwmon/hwmon0/power1_input", "21000000\n" }, { "hwmon/hwmon0/power1_label", "CPU power\n" },
		{ "hwmon/hwmon0/power2_input", "9000000\n" }, { "hwmon/hwmon0/power2_label", "IO power\n" },
		{ "hwmon/hwmon1/name", "zenergy\n" },
		{ "hwmon/hwmon1/energy1_input", "100000000\n" },
		{ "hwmon/hwmon1/energy1_label", "Ecore000\n" },
		{ "hwmon/hwmon1/energy2_input", "900000000\n" },
		{ "hwmon/hwmon1/energy2_label", "Esocket0\n" },
		{ "hwmon/hwmon2/name", "zenpower\n" },
		{ "hwmon/hwmon2/power1_input", "40000000\n" },
		{ "hwmon/hwmon2/power1_label", "SVI2_P_Core\n" },
		{ "hwmon/hwmon3/name", "occ\n" },
		{ "hwmon/hwmon3/power1_input", "80000000\n" }, { "hwmon/hwmon3/power1_label", "0_proc\n" },
		{ "hwmon/hwmon3/power2_average", "410000000\n" },
		{ "hwmon/hwmon3/power2_label", "0_system\n" },
		/* microseconds, of this driver alone */
		{ "hwmon/hwmon3/power2_average_interval", "500000\n" },
		{ "hwmon/hwmon4/name", "macsmc_hwmon\n" },
		{ "hwmon/hwmon4/power1_input", "12000000\n" },
		{ "hwmon/hwmon4/power1_label", "Total System Power\n" },
		{ "hwmon/hwmon4/power2_input", "7000000\n" },
		{ "hwmon/hwmon4/power2_label", "Heatpipe Power\n" },
	};
	static const struct file then[] = {
		{ "hwmon/hwmon1/energy1_input", "110000000\n" },
		{ "hwmon/hwmon1/energy2_input", "1300000000\n" },
	};
	const struct metering_channel *ch;

	(void)state;
	WINDOW(first, then);
	counted(210 + 90 + 400 + 800, "package", /* each is of its own machine; here they stand together */
		"processor 0 CPU power, processor 0 IO power, socket 0, processor 3");
	assert_string_equal(part("zenergy.1 energy1 Ecore000")->covers, "core 0");
	assert_string_equal(part("zenpower.2 power1 SVI2_P_Core")->covers, "socket 0 Core");
	assert_int_equal(part("macsmc_hwmon.4 power2 Heatpipe Power")->joules.basis, CM_MODELLED);
	assert_int_equal(part("macsmc_hwmon.4 power1 Total System Power")->scope, CM_SCOPE_NODE);
	metering_channels(m, &ch);
	assert_string_equal(ch[6].channel->name, "occ.3 power2 0_system");
	assert_int_equal(ch[6].refresh_ns, 500000000);
}

/* Jetson: no watts in sysfs; volts by amperes of one rail. 5.0 V x 1.64 A = 8.2 W go in, of which
 * 4.984 V x 0.5 A = 2.492 W and 5.0 V x 0.3 A = 1.5 W are the processor's. */
static void jetson(void **state)
{
	static const struct file first[] = {
		{ "hwmon/hwmon1/name", "ina3221\n" },
		{ "hwmon/hwmon1/in1_label", "VDD_IN\n" }, { "hwmon/hwmon1/in1_input", "5000\n" },
		{ "hwmon/hwmon1/curr1_input", "1640\n" },
		{ "hwmon/hwmon1/in2_label", "VDD_CPU_GPU_CV\n" }, { "hwmon/hwmon1/in2_input", "4984\n" },
		{ "hwmon/hwmon1/curr2_input", "500\n" },
		{ "hwmon/hwmon1/in3_label", "VDD_SOC\n" }, { "hwmon/hwmon1/in3_input", "5000\n" },
		{ "hwmon/hwmon1/curr3_input", "300\n" },
		{ "hwmon/hwmon3/name", "ina3221\n" }, /* switched off, with the last value of a recording */
		{ "hwmon/hwmon3/in1_label", "VDDQ_VDD2_1V8AO\n" }, { "hwmon/hwmon3/in1_input", "1100\n" },
		{ "hwmon/hwmon3/in1_enable", "0\n" }, { "hwmon/hwmon3/curr1_input", "700\n" },
		{ "hwmon/hwmon2/name", "nct6779\n" }, /* a board's voltages and currents are of any rails */
		{ "hwmon/hwmon2/in1_label", "+12V\n" }, { "hwmon/hwmon2/in1_input", "12000\n" },
		{ "hwmon/hwmon2/curr1_input", "9000\n" },
	};

	(void)state;
	STEADY(first);
	assert_int_equal(r.parts, 4);
	says(r.part[3].joules.missing, "the sensor is switched off (in1_enable is 0)");
	counted(24.92 + 15, "package", "processor VDD_CPU_GPU_CV, processor VDD_SOC");
	near(part("ina3221.1 rail1 VDD_IN")->joules.value, 82);
	assert_int_equal(part("ina3221.1 rail1 VDD_IN")->scope, CM_SCOPE_NODE);
}

/* ---- cards ------------------------------------------------------------------------------ */

/* A package is inside its card; of the second only the package is shown. */
static void intel_cards(void **state)
{
	static const struct file first[] = {
		{ "hwmon/hwmon1/name", "xe\n" },
		{ "hwmon/hwmon1/device/uevent", "PCI_SLOT_NAME=0000:03:00.0\n" },
		{ "hwmon/hwmon1/energy1_input", "5000000000\n" }, { "hwmon/hwmon1/energy1_label", "card\n" },
		{ "hwmon/hwmon1/energy2_input", "4000000000\n" }, { "hwmon/hwmon1/energy2_label", "pkg\n" },
		{ "hwmon/hwmon1/power1_max", "190000000\n" }, { "hwmon/hwmon1/power1_cap", "380000000\n" },
		{ "hwmon/hwmon1/power1_rated_max", "200000000\n" },
		{ "hwmon/hwmon2/name", "xe\n" },
		{ "hwmon/hwmon2/device/uevent", "PCI_SLOT_NAME=0000:07:00.0\n" },
		{ "hwmon/hwmon2/energy2_input", "70000000\n" },
		{ "hwmon/hwmon3/name", "i915\n" },
		{ "hwmon/hwmon3/device/uevent", "PCI_SLOT_NAME=0000:0a:00.0\n" },
		{ "hwmon/hwmon3/energy1_input", "10000000\n" },
		{ "hwmon/hwmon4/name", "i915_gt0\n" },
		{ "hwmon/hwmon4/device/uevent", "PCI_SLOT_NAME=0000:0a:00.0\n" },
		{ "hwmon/hwmon4/energy1_input", "10000000\n" },
	};
	static const struct file then[] = {
		{ "hwmon/hwmon1/energy1_input", "6500000000\n" }, /* + 1500 J */
		{ "hwmon/hwmon1/energy2_input", "5100000000\n" }, /* + 1100 J, of them */
		{ "hwmon/hwmon2/energy2_input", "670000000\n" },  /* + 600 J */
		{ "hwmon/hwmon3/energy1_input", "910000000\n" },  /* + 900 J */
		{ "hwmon/hwmon4/energy1_input", "710000000\n" },  /* + 700 J, of them */
	};

	(void)state;
	WINDOW(first, then);
	counted(3000, "device", "0000:03:00.0, 0000:07:00.0, 0000:0a:00.0");
	says(part("xe.1 energy2 pkg")->role, "inside xe.1 energy1 card");
	says(part("i915_gt0.4 energy1 input")->role, "inside i915.3 energy1 input");
	near(part("xe.1 energy1 card")->limit_w, 190); /* the sustained limit, not the burst's */
	near(part("xe.1 energy1 card")->usual_w, 200);
	says(r.note, "xe.2 energy2 pkg is the package alone");
}

/* A part that counts more than its whole: both are shown, and the note has the two figures. */
static void part_above_whole(void **state)
{
	static const struct file first[] = {
		{ "hwmon/hwmon1/name", "xe\n" }, { "hwmon/hwmon1/energy1_input", "5000000000\n" },
		{ "hwmon/hwmon1/energy2_input", "4000000000\n" },
	};
	static const struct file then[] = {
		{ "hwmon/hwmon1/energy1_input", "6000000000\n" },
		{ "hwmon/hwmon1/energy2_input", "6000000000\n" },
	};

	(void)state;
	WINDOW(first, then);
	counted(1000, "device", "1");
	says(r.note, "xe.1 energy2 pkg drew 2000 J, but xe.1 energy1 input, which contains it, saw 1000 J");
}

/* ---- what is no power of the machine, and what cannot be read ------------------------------------------ */

static void in_no_sum(void **state)
{
	static const struct file first[] = {
		{ "hwmon/hwmon0/name", "sfp\n" }, /* light in a fibre */
		{ "hwmon/hwmon0/power1_input", "600\n" }, { "hwmon/hwmon0/power1_label", "TX_power\n" },
		{ "hwmon/hwmon1/name", "adm1275\n" },
		{ "hwmon/hwmon1/power1_input", "300000000\n" }, { "hwmon/hwmon1/power1_label", "pin1\n" },
		{ "hwmon/hwmon2/name", "cffps2\n" }, /* a spare supply takes nothing, and says so */
		{ "hwmon/hwmon2/power1_input", "0\n" }, { "hwmon/hwmon2/power1_label", "pin\n" },
		{ "hwmon/hwmon3/name", "cffps2\n" },
		{ "hwmon/hwmon3/power1_input", "420000000\n" }, { "hwmon/hwmon3/power1_label", "pin\n" },
		/* no driver's, but a copied tree may hold it */
		{ "hwmon/hwmon4/name", "evil\x1b[31m\xff\n" },
		{ "hwmon/hwmon4/power1_input", "1000000\n" },
	};

	(void)state;
	STEADY(first);
	counted(4200, "wall", "power supply 2, power supply 3");
	says(part("evil?[31m?.4 power1 input")->role, "is not known");
	assert_int_equal(r.parts, 5);
}

static void broken_files(void **state)
{
	static const struct file first[] = {
		{ "hwmon/hwmon0/name", "amdgpu\n" }, { "hwmon/hwmon0/power1_average", "" },
		{ "hwmon/hwmon1/name", "amdgpu\n" }, { "hwmon/hwmon1/power1_average", "twelve\n" },
		{ "hwmon/hwmon2/name", "amdgpu\n" }, { "hwmon/hwmon2/power1_average", "0x1000\n" },
		{ "hwmon/hwmon3/name", "amdgpu\n" }, { "hwmon/hwmon3/power1_average/x", "" }, /* a folder */
		{ "hwmon/hwmon4/name", "amdgpu\n" },
		{ "hwmon/hwmon5/name", "amdgpu\n" }, { "hwmon/hwmon5/power1_average", "50000000\n" },
	};

	(void)state;
	put(first, CM_COUNT(first));
	assert_int_equal(mkfifo(scratch_path(&dir, "sys/class/hwmon/hwmon4/power1_average"), 0644), 0);
	assert_int_equal(symlink("power2_average", scratch_path(&dir,
		"sys/class/hwmon/hwmon5/power2_average")), 0);
	STEADY(first);
	counted(500, "device", "5");
	says(r.part[0].joules.missing, "gives no value");
	says(r.part[1].joules.missing, "holds no number");
	says(r.part[2].joules.missing, "holds no number");
	says(r.part[3].joules.missing, "Is a directory");
	says(r.part[4].joules.missing, "gives no value"); /* a pipe that nobody writes is not waited for */
	assert_int_equal(r.parts, 6);
}

/* 0 when a user who may not read it is told so, with the command that helps, and where the file really is. */
static int as_stranger(void)
{
	const struct meter_from from = { .sysfs_root = dir.dir };
	struct meter_ctx *c = NULL;
	const struct meter_channel *ch;
	int bad;

	if (geteuid() == 0 && setuid(65534) != 0)
		return 2;
	if (meter_hwmon.open(&from, &c, NULL) != CM_OK)
		return 3;
	bad = meter_hwmon.channels(c, &ch) != 1 || ch[0].st != CM_DENIED ||
	      !strstr(ch[0].reason, "sudo chmod o+r /sys/class/hwmon/hwmon7/device/power1_average");
	meter_hwmon.close(c);
	return bad;
}

static void denied(void **state)
{
	static const struct file first[] = {
		{ "hwmon/hwmon7/name", "power_meter\n" },
		{ "hwmon/hwmon7/device/power1_average", "300000000\n" },
	};
	int status = -1;
	pid_t child;

	(void)state;
	put(first, CM_COUNT(first));
	assert_int_equal(chmod(dir.dir, 0755), 0);
	assert_int_equal(chmod(scratch_path(&dir, "sys/class/hwmon/hwmon7/device/power1_average"), 0), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(as_stranger());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(grace), TEST(node_manager), TEST(firmware_without_values), TEST(falls_silent),
		TEST(power9), TEST(apu_and_card), TEST(other_processors), TEST(jetson), TEST(intel_cards),
		TEST(part_above_whole), TEST(in_no_sum), TEST(broken_files), TEST(denied),
	};

	return cmocka_run_group_tests_name("hwmon_machines", tests, NULL, NULL);
}
