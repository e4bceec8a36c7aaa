/* Which socket or module a sensor is of, beside the other meters of the same: no watt twice, and a whole
 * that is less than its parts is told. Trees made here by the drivers' sources and pages. */
#include "tree_case.h"

/* ---- modules of Nvidia --------------------------------------------------------------------------------- */

/* Two modules: 180 W and 190 W of processors, each in a module. No sum of modules is the machine. */
static void two_modules(void **state)
{
	static const struct file first[] = {
		{ "hwmon/hwmon1/name", "power_meter\n" },
		{ "hwmon/hwmon1/device/power1_oem_info", "Module Power Socket 0\n" },
		{ "hwmon/hwmon1/device/power1_average", "600000000\n" },
		{ "hwmon/hwmon1/device/power1_average_interval", "50\n" },
		{ "hwmon/hwmon2/name", "power_meter\n" },
		{ "hwmon/hwmon2/device/power1_oem_info", "Grace Power Socket 0\n" },
		{ "hwmon/hwmon2/device/power1_average", "180000000\n" },
		{ "hwmon/hwmon2/device/power1_average_interval", "50\n" },
		{ "hwmon/hwmon3/name", "power_meter\n" },
		{ "hwmon/hwmon3/device/power1_oem_info", "Module Power Socket 1\n" },
		{ "hwmon/hwmon3/device/power1_average", "120000000\n" },
		{ "hwmon/hwmon3/device/power1_average_interval", "50\n" }, /* less than the Grace in it */
		{ "hwmon/hwmon4/name", "power_meter\n" },
		{ "hwmon/hwmon4/device/power1_oem_info", "Grace Power Socket 1\n" },
		{ "hwmon/hwmon4/device/power1_average", "190000000\n" },
		{ "hwmon/hwmon4/device/power1_average_interval", "50\n" },
	};
	const struct metering_channel *ch;

	(void)state;
	STEADY(first);
	counted(1800 + 1900, "package", "socket 0, socket 1");
	metering_channels(m, &ch);
	assert_string_equal(ch[0].channel->within, "");
	assert_string_equal(ch[1].channel->within, "module 0");
	assert_string_equal(ch[3].channel->within, "module 1");
	/* Module 1 alone breaks: 1900 J of 1200 J. */
	says(r.note, "drew 1900 J");
	says(r.note, "saw 1200 J");
	assert_null(strstr(r.note, "6000 J"));
}

/* Later firmware's words for the same: 100 W of a socket, in which the rails are, memory too. */
static void later_words(void **state)
{
	static const struct file first[] = {
		{ "hwmon/hwmon0/name", "power_meter\n" },
		{ "hwmon/hwmon0/device/power1_oem_info", "Total Power in uW socket 0\n" },
		{ "hwmon/hwmon0/device/power1_average", "100000000\n" },
		{ "hwmon/hwmon1/name", "power_meter\n" },
		{ "hwmon/hwmon1/device/power1_oem_info", "CPU Rail Power in uW socket 0\n" },
		{ "hwmon/hwmon1/device/power1_average", "40000000\n" },
		{ "hwmon/hwmon2/name", "power_meter\n" },
		{ "hwmon/hwmon2/device/power1_oem_info", "SoC Rail Input Power socket 0\n" },
		{ "hwmon/hwmon2/device/power1_average", "14000000\n" },
		{ "hwmon/hwmon3/name", "power_meter\n" },
		{ "hwmon/hwmon3/device/power1_oem_info", "DRAM Input Power in uW Socket 0\n" },
		{ "hwmon/hwmon3/device/power1_average", "20000000\n" },
		{ "hwmon/hwmon4/name", "power_meter\n" },
		{ "hwmon/hwmon4/device/power1_oem_info", "NVSwitch Power Socket 0\n" },
		{ "hwmon/hwmon4/device/power1_average", "70000000\n" },
	};

	(void)state;
	STEADY(first);
	counted(1000, "package", "socket 0");
	says(part("power_meter.1 power1 CPU Rail Power in uW socket 0")->role, "inside power_meter.0");
	says(part("power_meter.2 power1 SoC Rail Input Power socket 0")->role, "inside power_meter.0");
	says(part("power_meter.3 power1 DRAM Input Power in uW Socket 0")->role, "inside power_meter.0");
	says(part("power_meter.4 power1 NVSwitch Power Socket 0")->role, "is not known");
}

/* A copy that lost the monitors' names: the maker's words are of ACPI meters, anything else is listed. */
static void without_names(void **state)
{
	static const struct file first[] = {
		{ "hwmon/hwmon1/device/power1_oem_info", "Module Power Socket 0\n" },
		{ "hwmon/hwmon1/device/power1_average", "60000000\n" },
		{ "hwmon/hwmon2/device/power1_oem_info", "Grace Power Socket 0\n" },
		{ "hwmon/hwmon2/device/power1_average", "42000000\n" },
		{ "hwmon/hwmon3/power1_input", "7000000\n" },
		{ "hwmon/hwmon4/name", "socket \n" }, { "hwmon/hwmon4/energy1_input", "22323000000\n" },
	};

	(void)state;
	STEADY(first);
	counted(420, "package", "socket 0");
	says(part("power_meter.1 power1 Module Power Socket 0")->role, "contains power_meter.2");
	says(part("unnamed.3 power1 input")->role, "of unnamed feeds is not known");
	says(part("socket.4 energy1 input")->role, "of socket feeds is not known");
}

/* ---- AMD's sockets, which RAPL counts too -------------------------------------------------------------- */

/* Two sockets: hsmp's sensors have no label, and hwmon10 is after hwmon9. RAPL gives 400 J and 700 J. */
static void hsmp(void **state)
{
	static const struct file first[] = {
		{ "hwmon/hwmon9/name", "amd_hsmp_hwmon\n" }, { "hwmon/hwmon9/power1_input", "40000000\n" },
		{ "hwmon/hwmon9/power1_cap", "360000000\n" },
		{ "hwmon/hwmon10/name", "amd_hsmp_hwmon\n" }, { "hwmon/hwmon10/power1_input", "70000000\n" },
		{ "powercap/intel-rapl:0/name", "package-0\n" },
		{ "powercap/intel-rapl:0/energy_uj", "1000000000\n" },
		{ "powercap/intel-rapl:0/max_energy_range_uj", "65532610987\n" },
		{ "powercap/intel-rapl:1/name", "package-1\n" },
		{ "powercap/intel-rapl:1/energy_uj", "5000000000\n" },
		{ "powercap/intel-rapl:1/max_energy_range_uj", "65532610987\n" },
	};
	static const struct file then[] = {
		{ "powercap/intel-rapl:0/energy_uj", "1400000000\n" },
		{ "powercap/intel-rapl:1/energy_uj", "5700000000\n" },
	};

	(void)state;
	WINDOW(first, then);
	counted(1100, "package", "socket 0, socket 1");
	says(part("amd_hsmp_hwmon.9 power1 input")->role, "mirror of package-0");
	says(part("amd_hsmp_hwmon.10 power1 input")->role, "mirror of package-1");
	near(part("amd_hsmp_hwmon.9 power1 input")->joules.value, 400);
	near(part("amd_hsmp_hwmon.9 power1 input")->limit_w, 360);
}

/* zenpower has them by PCI address, not by number, or says which in the label. */
static void zenpower(void **state)
{
	static const struct file by_address[] = {
		{ "hwmon/hwmon1/name", "zenpower\n" },
		{ "hwmon/hwmon1/device/uevent", "PCI_SLOT_NAME=0000:00:19.3\n" },
		{ "hwmon/hwmon1/power1_label", "RAPL_P_Package\n" },
		{ "hwmon/hwmon1/power1_input", "40000000\n" },
		{ "hwmon/hwmon2/name", "zenpower\n" },
		{ "hwmon/hwmon2/device/uevent", "PCI_SLOT_NAME=0000:00:18.3\n" },
		{ "hwmon/hwmon2/power1_label", "RAPL_P_Package\n" },
		{ "hwmon/hwmon2/power1_input", "65000000\n" },
		{ "hwmon/hwmon2/power2_label", "RAPL_P_Core\n" },
		{ "hwmon/hwmon2/power2_input", "30000000\n" },
		{ "hwmon/hwmon3/name", "zenpower\n" },
		{ "hwmon/hwmon3/device/uevent", "PCI_SLOT_NAME=0000:00:1a.3\n" },
		{ "hwmon/hwmon3/power1_label", "cpu1 SVI2_P_SoC\n" },
		{ "hwmon/hwmon3/power1_input", "9000000\n" },
	};

	(void)state;
	STEADY(by_address);
	counted(400 + 650, "package", "socket 1, socket 0");
	says(part("zenpower.2 power2 RAPL_P_Core")->role, "inside zenpower.2 power1 RAPL_P_Package");
	assert_string_equal(part("zenpower.3 power1 cpu1 SVI2_P_SoC")->covers, "socket 1 SoC");
	assert_int_equal(part("zenpower.3 power1 cpu1 SVI2_P_SoC")->scope, CM_SCOPE_CORE);
}

/* Before Zen: the average is of the compute units alone, what is read now of the package. */
static void family_15h(void **state)
{
	static const struct file first[] = {
		{ "hwmon/hwmon0/name", "fam15h_power\n" },
		{ "hwmon/hwmon0/power1_input", "90000000\n" },
		{ "hwmon/hwmon0/power1_average", "55000000\n" },
		{ "hwmon/hwmon0/power1_average_interval", "10\n" },
		{ "hwmon/hwmon0/power1_crit", "115000000\n" },
	};

	(void)state;
	STEADY(first);
	counted(900, "package", "socket 0");
	says(part("fam15h_power.0 power1 average")->role, "inside fam15h_power.0 power1 input");
}

/* ---- IBM ------------------------------------------------------------------------------------------ */

/* The OCC's average is over the day since its start: no joules of it, whatever the window. */
static void average_since_start(void **state)
{
	static const struct file first[] = {
		{ "hwmon/hwmon0/name", "occ\n" },
		{ "hwmon/hwmon0/power1_label", "0_proc\n" }, { "hwmon/hwmon0/power1_input", "80000000\n" },
		{ "hwmon/hwmon0/power1_average", "200000000\n" },
		{ "hwmon/hwmon0/power1_average_interval", "86400000000\n" }, /* microseconds */
		{ "hwmon/hwmon0/power2_label", "0_vdd\n" }, { "hwmon/hwmon0/power2_input", "50000000\n" },
		{ "hwmon/hwmon0/power3_label", "4_15_1\n" }, { "hwmon/hwmon0/power3_input", "333000000\n" },
	};
	const struct metering_channel *ch;

	(void)state;
	STEADY(first);
	counted(800, "package", "processor 0");
	says(part("occ.0 power1 0_proc average")->role, "mirror of occ.0 power1 0_proc");
	says(part("occ.0 power2 0_vdd")->role, "inside occ.0 power1 0_proc");
	says(part("occ.0 power3 4_15_1")->role, "is not known");
	metering_channels(m, &ch);
	assert_int_equal(ch[1].channel->refresh_ns, 86400000000000);
}

/* The same alone: refused, since no window here is a day. */
static void average_alone(void **state)
{
	static const struct file first[] = {
		{ "hwmon/hwmon0/name", "occ\n" },
		{ "hwmon/hwmon0/power1_label", "0_proc\n" },
		{ "hwmon/hwmon0/power1_average", "200000000\n" },
		{ "hwmon/hwmon0/power1_average_interval", "86400000000\n" },
	};

	(void)state;
	STEADY(first);
	assert_non_null(r.joules.missing);
}

/* A POWER9 with GPUs: "GPU" and "Memory" of a chip are beside it, and GPUs have meters of their own. */
static void power9_gpus(void **state)
{
	static const struct file first[] = {
		{ "hwmon/hwmon0/name", "ibmpowernv\n" },
		{ "hwmon/hwmon0/energy1_input", "1000000000\n" },
		{ "hwmon/hwmon0/energy1_label", "Chip 0 \n" },
		{ "hwmon/hwmon0/energy2_input", "2000000000\n" },
		{ "hwmon/hwmon0/energy2_label", "Chip 0 Memory\n" },
		{ "hwmon/hwmon0/energy3_input", "3000000000\n" },
		{ "hwmon/hwmon0/energy3_label", "Chip 0 GPU\n" },
		{ "hwmon/hwmon0/energy4_input", "9000000000\n" },
		{ "hwmon/hwmon0/energy4_label", "System\n" },
	};
	static const struct file then[] = {
		{ "hwmon/hwmon0/energy1_input", "2200000000\n" },  /* + 1200 J */
		{ "hwmon/hwmon0/energy2_input", "2300000000\n" },  /* + 300 J */
		{ "hwmon/hwmon0/energy3_input", "5400000000\n" },  /* + 2400 J */
		{ "hwmon/hwmon0/energy4_input", "14000000000\n" }, /* + 5000 J */
	};

	(void)state;
	WINDOW(first, then);
	counted(1500, "package + dram", "socket 0");
	near(part("ibmpowernv.0 energy3 Chip 0 GPU")->joules.value, 2400);
	assert_string_equal(part("ibmpowernv.0 energy3 Chip 0 GPU")->covers, "GPUs of socket 0");
	assert_false(part("ibmpowernv.0 energy3 Chip 0 GPU")->counted);
	assert_null(strstr(r.note, "which contains it"));
}

/* A Jetson TX2: rails by other names. 19 V x 0.5 A go in; 19 V x (0.1 + 0.05) A and x 0.02 A of it. */
static void jetson_tx2(void **state)
{
	static const struct file first[] = {
		{ "hwmon/hwmon1/name", "ina3221\n" },
		{ "hwmon/hwmon1/in1_label", "VDD_SYS_GPU\n" }, { "hwmon/hwmon1/in1_input", "19000\n" },
		{ "hwmon/hwmon1/curr1_input", "100\n" },
		{ "hwmon/hwmon1/in2_label", "VDD_SYS_CPU\n" }, { "hwmon/hwmon1/in2_input", "19000\n" },
		{ "hwmon/hwmon1/curr2_input", "50\n" },
		{ "hwmon/hwmon1/in3_label", "VDD_SYS_DDR\n" }, { "hwmon/hwmon1/in3_input", "19000\n" },
		{ "hwmon/hwmon1/curr3_input", "20\n" },
		{ "hwmon/hwmon2/name", "ina3221\n" },
		{ "hwmon/hwmon2/in1_label", "VDD_IN\n" }, { "hwmon/hwmon2/in1_input", "19000\n" },
		{ "hwmon/hwmon2/curr1_input", "500\n" },
	};

	(void)state;
	STEADY(first);
	counted(19 + 9.5 + 3.8, "package + dram",
		"processor VDD_SYS_GPU, processor VDD_SYS_CPU, memory VDD_SYS_DDR");
	near(part("ina3221.2 rail1 VDD_IN")->joules.value, 95);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_modules), TEST(later_words), TEST(without_names), TEST(hsmp), TEST(zenpower),
		TEST(family_15h),
		TEST(average_since_start), TEST(average_alone), TEST(power9_gpus), TEST(jetson_tx2),
	};

	return cmocka_run_group_tests_name("hwmon_sockets", tests, NULL, NULL);
}
