/*
 * What a sensor measures, as a table of drivers and labels.
 *
 * Exists so that only sensors of known extent come into a sum: rails of a board, ports of a network card
 * (an optical module's power1 is its light) and chips without a label do not. Labels are from each driver's
 * page in Documentation/hwmon or its source, names of chips as its device table spells them. Must not know
 * how a sensor is read.
 */
#include "hwmon_rules.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

/* Without the rest: that of most. */
#define R(drv, lbl, scp, cov) .driver = drv, .label = lbl, .scope = scp, .covers = cov

static const struct hwmon_rule rules[] = {
	/* power1_oem_info of Nvidia's processors. A module holds a Grace (and a GPU), a Grace its CPU and
	 * SysIO rails, memory and regulators; later firmware says "Total [Input] Power [in uW] socket N". */
	{ R("power_meter", "Module*Power* Socket #", CM_SCOPE_NODE, "module #") },
	{ R("power_meter", "Grace*Power* Socket #", CM_SCOPE_PACKAGE, "socket #"), .within = "module #" },
	{ R("power_meter", "Total*Power* Socket #", CM_SCOPE_PACKAGE, "socket #"), .within = "module #" },
	{ R("power_meter", "CPU*Power* Socket #", CM_SCOPE_CORE, "socket #"), .within = "module #" },
	{ R("power_meter", "SysIO*Power* Socket #", CM_SCOPE_CORE, "socket # SysIO"), .within = "module #" },
	{ R("power_meter", "SoC*Power* Socket #", CM_SCOPE_CORE, "socket # SoC"), .within = "module #" },
	{ R("power_meter", "DRAM*Power* Socket #", CM_SCOPE_CORE, "socket # DRAM"), .within = "module #" },
	/* ACPI gives any words: these are of a part, and not said which. */
	{ R("power_meter", "*socket*", CM_SCOPE_NR, NULL) },
	{ R("power_meter", "*CPU*", CM_SCOPE_NR, NULL) },
	{ R("power_meter", "*processor*", CM_SCOPE_NR, NULL) },
	{ R("power_meter", "*memory*", CM_SCOPE_NR, NULL) },
	{ R("power_meter", "*DIMM*", CM_SCOPE_NR, NULL) },
	{ R("power_meter", "*GPU*", CM_SCOPE_NR, NULL) },
	{ R("power_meter", NULL, CM_SCOPE_NODE, CM_COVERS_MACHINE) },
	{ R("amdgpu", NULL, CM_SCOPE_DEVICE, "@") },
	{ R("xe", "pkg", CM_SCOPE_CORE, "@ package") }, /* inside its card */
	{ R("xe", NULL, CM_SCOPE_DEVICE, "@") },
	{ R("i915", NULL, CM_SCOPE_DEVICE, "@") },
	{ R("i915_gt*", NULL, CM_SCOPE_CORE, "@ tile") },
	{ R("nouveau", NULL, CM_SCOPE_DEVICE, "@") },
	{ R("amd_energy", "Esocket#", CM_SCOPE_PACKAGE, "socket #") },
	{ R("amd_energy", "Ecore#", CM_SCOPE_CORE, "core #") },
	{ R("zenergy", "Esocket#", CM_SCOPE_PACKAGE, "socket #") }, /* amd_energy's heir */
	{ R("zenergy", "Ecore#", CM_SCOPE_CORE, "core #") },
	/* Two rails beside each other; from Zen 3 on the package's and the cores' energy over time. */
	{ R("zenpower*", "cpu# RAPL_P_Package", CM_SCOPE_PACKAGE, "socket #") },
	{ R("zenpower*", "cpu# RAPL_P_Core", CM_SCOPE_CORE, "socket #") },
	{ R("zenpower*", "cpu# SVI2_P_*", CM_SCOPE_CORE, "socket # *") },
	{ R("zenpower*", "RAPL_P_Package", CM_SCOPE_PACKAGE, "socket %") },
	{ R("zenpower*", "RAPL_P_Core", CM_SCOPE_CORE, "socket %") },
	{ R("zenpower*", "SVI2_P_*", CM_SCOPE_CORE, "socket % *") },
	/* One a socket, in the sockets' order (hsmp/hwmon.c). */
	{ R("amd_hsmp_hwmon", NULL, CM_SCOPE_PACKAGE, "socket %") },
	/* Its average is of the compute units, its input of the package (fam15h_power.rst). */
	{ R("fam15h_power", NULL, CM_SCOPE_CORE, "socket %"), .file = "power#_average" },
	{ R("fam15h_power", NULL, CM_SCOPE_PACKAGE, "socket %") },
	{ R("smpro*", "*DIMM*", CM_SCOPE_DRAM, "memory @ $") },
	{ R("smpro*", NULL, CM_SCOPE_PACKAGE, "processor @ $") },
	{ R("apm_xgene", NULL, CM_SCOPE_PACKAGE, "processor @ $") },
	/* "APSS n" are raw inputs, one of them the system again. */
	{ R("ibmpowernv", "System", CM_SCOPE_NODE, CM_COVERS_MACHINE) },
	{ R("ibmpowernv", "Chip #", CM_SCOPE_PACKAGE, "socket #") },
	{ R("ibmpowernv", "Chip # Memory", CM_SCOPE_DRAM, "socket #") }, /* its DIMMs, outside of the chip */
	{ R("ibmpowernv", "Chip # GPU", CM_SCOPE_DEVICE, "GPUs of socket #"), .aside = true },
	{ R("ibmpowernv", "Chip # *", CM_SCOPE_CORE, "socket # *") },
	{ R("occ", "*system", CM_SCOPE_NODE, CM_COVERS_MACHINE) },
	{ R("occ", "#_proc", CM_SCOPE_PACKAGE, "processor @") },
	{ R("occ", "#_vd*", CM_SCOPE_CORE, "processor @ vd*") }, /* "0_15_1" is of any rail */
	{ R("macsmc_hwmon", "Total System Power", CM_SCOPE_NODE, CM_COVERS_MACHINE) },
	{ R("macsmc_hwmon", "Heatpipe Power", CM_SCOPE_PACKAGE, "socket 0") },
	/* Rails of Jetson modules: what goes in, and what of it the processor and the memory take. */
	{ R("ina3221", "VDD_IN", CM_SCOPE_NODE, "module") },
	{ R("ina3221", "POM_5V_IN", CM_SCOPE_NODE, "module") },
	{ R("ina3221", "VDD_CPU*", CM_SCOPE_PACKAGE, "processor $") },
	{ R("ina3221", "VDD_GPU*", CM_SCOPE_PACKAGE, "processor $") },
	{ R("ina3221", "VDD_SOC", CM_SCOPE_PACKAGE, "processor $") },
	{ R("ina3221", "POM_5V_CPU", CM_SCOPE_PACKAGE, "processor $") },
	{ R("ina3221", "POM_5V_GPU", CM_SCOPE_PACKAGE, "processor $") },
	{ R("ina3221", "CPU", CM_SCOPE_PACKAGE, "processor $") },
	{ R("ina3221", "GPU", CM_SCOPE_PACKAGE, "processor $") },
	{ R("ina3221", "SOC", CM_SCOPE_PACKAGE, "processor $") },
	{ R("ina3221", "CV", CM_SCOPE_PACKAGE, "processor $") },
	{ R("ina3221", "VDD_SYS_CPU", CM_SCOPE_PACKAGE, "processor $") }, /* TX1, TX2 */
	{ R("ina3221", "VDD_SYS_GPU", CM_SCOPE_PACKAGE, "processor $") },
	{ R("ina3221", "VDD_SYS_SOC", CM_SCOPE_PACKAGE, "processor $") },
	{ R("ina3221", "VDD_SYS_DDR", CM_SCOPE_DRAM, "memory $") },
	{ R("ina3221", "VDDQ*", CM_SCOPE_DRAM, "memory $") },
	{ R("ina3221", "VDDRQ", CM_SCOPE_DRAM, "memory $") },
	/* Supplies only: "pin" of any other PMBus part is the board's 12 V side. */
	{ R("dps*", "pin*", CM_SCOPE_WALL, "power supply @") },
	{ R("cffps*", "pin*", CM_SCOPE_WALL, "power supply @") },
	{ R("ibm-cffps", "pin*", CM_SCOPE_WALL, "power supply @") },
	{ R("ym2151*", "pin*", CM_SCOPE_WALL, "power supply @") }, /* FSP/3Y */
	{ R("fsp-3y*", "pin*", CM_SCOPE_WALL, "power supply @") },
	{ R("pfe*", "pin*", CM_SCOPE_WALL, "power supply @") },
	{ R("ipsps*", "pin*", CM_SCOPE_WALL, "power supply @") },
	{ R("acbel*", "pin*", CM_SCOPE_WALL, "power supply @") },
	{ R("bpa*rs600", "pin*", CM_SCOPE_WALL, "power supply @") },
	{ R("*crps*", "pin*", CM_SCOPE_WALL, "power supply @") },
	{ R("aps-379", "pin*", CM_SCOPE_WALL, "power supply @") },
	{ R("d1u74t", "pin*", CM_SCOPE_WALL, "power supply @") },
	{ R("corsairpsu", "power total", CM_SCOPE_NODE, "power supply @") },
};

#undef R

struct found { const char *number, *text; size_t digits, n; };

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Whole text against a pattern, capitals alike; what '#' and '*' stood for. */
static bool fits(const char *pattern, const char *text, struct found *f)
{
	if (*pattern == '\0')
		return *text == '\0';
	if (*pattern == '#') {
		const size_t n = strspn(text, "0123456789");

		f->number = text;
		f->digits = n;
		return n > 0 && fits(pattern + 1, text + n, f);
	}
	if (*pattern == '*') {
		const size_t most = strlen(text);

		for (size_t n = 0; n <= most; n++) {
			if (!fits(pattern + 1, text + n, f))
				continue;
			f->text = text;
			f->n = n;
			return true;
		}
		return false;
	}
	return same(*pattern, *text) && fits(pattern + 1, text + 1, f);
}

const struct hwmon_rule *hwmon_rule_of(const char *driver, const char *label, const char *file)
{
	for (size_t i = 0; i < CM_COUNT(rules); i++) {
		const struct hwmon_rule *r = &rules[i];
		struct found f = { 0 };

		if (fits(r->driver, driver, &f) && (!r->label || fits(r->label, label, &f)) &&
		    (!r->file || fits(r->file, file, &f)))
			return r;
	}
	return NULL;
}

void hwmon_words(const struct hwmon_rule *r, const char *pattern, const struct hwmon_place *at, char *out,
		 size_t cap)
{
	struct found f = { 0 };
	struct str s = { 0 };

	if (r->label)
		fits(r->label, at->label, &f);
	while (f.digits > 1 && *f.number == '0') { /* "Ecore007" is core 7 */
		f.number++;
		f.digits--;
	}
	for (const char *p = pattern ? pattern : ""; *p; p++) {
		if (*p == '#')
			str_addn(&s, f.number ? f.number : "", f.digits);
		else if (*p == '*')
			str_addn(&s, f.text ? f.text : "", f.n);
		else if (*p == '$')
			str_add(&s, at->label);
		else if (*p == '@')
			str_add(&s, at->at);
		else if (*p == '%')
			str_addf(&s, "%lu", at->nth);
		else
			str_addc(&s, *p);
	}
	snprintf(out, cap, "%s", str_get(&s));
	str_free(&s);
}

double hwmon_step(const struct hwmon_rule *r)
{
	/* OPAL gives whole watts and joules; the others what their unit can say. */
	return strcmp(r->driver, "ibmpowernv") == 0 ? 1 : 1e-6;
}

bool hwmon_estimated(const struct hwmon_rule *r)
{
	/* "an estimate of the heat energy being dissipated by the SoC" (macsmc-hwmon.c) */
	return r->label && strcmp(r->label, "Heatpipe Power") == 0;
}

bool hwmon_never_zero(const struct hwmon_rule *r)
{
	return (r->scope == CM_SCOPE_NODE || r->scope == CM_SCOPE_PACKAGE) &&
	       !cm_starts(r->covers, "power supply");
}
