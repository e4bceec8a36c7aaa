/* Device names: every seller's spelling to one device, and no spelling by a part of its name. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "engine/resolve.h"
#include "scratch.h"

static struct catalogue *catalogue;
static struct resolver *resolver;

static const struct ask {
	const char *provider, *offer, *text;
	double gib;
	const char *device, *devices; /* device NULL: unresolved, devices = part of the reason */
	const char *why;
} asks[] = {
	/* types */
	{ "aws", "p5.48xlarge", "", 0, "H100 SXM5 80GB", "8", "a type says what it holds" },
	{ "aws", "p5en.48xlarge", "NVIDIA", 0, "H200 SXM 141GB", "8", "the API printed only the maker" },
	{ "aws", "g6f.2xlarge", "L4", 5.6, "L4", "0.25", "a quarter of a card, for which the API says 0" },
	{ "aws", "g6f.large", "L4", 2.8, "L4", "0.125", "an eighth" },
	{ "aws", "inf2.24xlarge", "", 0, "Inferentia2", "6", "the count is in no name" },
	{ "aws", "dl2q.24xlarge", "", 0, "Cloud AI 100 Standard", "8", "an inference accelerator" },
	{ "aws", "p3.8xlarge", "", 0, "V100 SXM2 16GB", "4", "retired types still stand in old bills" },
	{ "aws", "p2.16xlarge", "", 0, "K80 (one of 2 GPUs)", "16", "AWS counts GPUs, not boards" },
	{ "aws", "trn2.48xlarge", "Trainium2", 512, "Trainium2", "16", "the API's memory is wrong" },
	{ "aws", "p6e-gb200.36xlarge", "", 0, "GB200 (per GPU)", "4", "not 36, which is the rack" },
	{ "aws", "P4D.24XLARGE", "", 0, "A100 SXM4 40GB", "8", "case does not matter" },
	{ "aws", "p4de.24xlarge", "", 0, "A100 SXM4 80GB", "8", "one letter, twice the memory" },
	{ "azure", "Standard_ND96isr_H100_v5", "", 0, "H100 SXM5 80GB", "8", "Azure" },
	{ "azure", "ND96isr_H100_v5", "", 0, "H100 SXM5 80GB", "8", "without its prefix" },
	{ "azure", "Standard_NC24s_v3", "", 0, "V100 PCIe 16GB", "4", "24 are processors" },
	{ "azure", "Standard_NC40ads_H100_v5", "H100", 80, "H100 NVL 94GB", "1", "the type decides" },
	{ "azure", "Standard_NV6ads_A10_v5", "", 0, "A10 PCIe 24GB", "0.166667", "a sixth" },
	{ "gcp", "a3-highgpu-8g", "", 0, "H100 SXM5 80GB", "8", "GCP" },
	{ "gcp", "a2-highgpu-1g", "", 0, "A100 SXM4 40GB", "1", "GCP" },
	{ "gcp", "g4-standard-48", "", 0, "RTX PRO 6000 Blackwell Server", "1", "48 are processors" },
	{ "gcp", "g2-standard-48", "", 0, "L4", "4", "and 4 cards here" },
	{ "gcp", "ct6e-standard-8t", "", 0, "TPU v6e (Trillium)", "8", "chips" },
	{ "lambda", "gpu_1x_h100_pcie", "H100", 0, "H100 PCIe 80GB", "1", "one name, two forms" },
	{ "lambda", "gpu_8x_h100_sxm5", "H100", 0, "H100 SXM5 80GB", "8", "the other" },
	{ "oracle", "BM.GPU.A100-v2.8", "", 0, "A100 SXM4 80GB", "8", "OCI" },
	{ "mithril", "a100-80gb.sxm.1x", "A100", 0, "A100 SXM4 80GB", "1", "named A100, holds 80 GB" },
	{ "gcp", "n2-standard-8", "", 0, NULL, "", "no device, nothing to complain of" },
	{ "aws", "a3-highgpu-8g", "", 0, NULL, "", "a type of another seller is none" },
	/* spellings, one row of the notes after the other */
	{ "", "", "NVIDIA A100-SXM4-40GB", 0, "A100 SXM4 40GB", "", "nvidia-smi" },
	{ "", "", "A100-PCIE-40GB", 0, "A100 PCIe 40GB", "", "nvidia-smi" },
	{ "", "", "NVIDIA A100-SXM4-80GB", 0, "A100 SXM4 80GB", "", "nvidia-smi" },
	{ "", "", "NVIDIA A100 80GB PCIe", 0, "A100 PCIe 80GB", "", "nvidia-smi" },
	{ "aws", "", "A100", 40, "A100 SXM4 40GB", "", "EC2 has one form; memory splits" },
	{ "aws", "", "A100", 80, "A100 SXM4 80GB", "", "EC2" },
	{ "", "", "A100", 80, "A100 80GB (form not told)", "", "nobody said which form" },
	{ "", "", "A100", 0, NULL, "may be any of", "40 or 80 is not known" },
	{ "", "", "A100 (40)", 0, "A100 40GB (form not told)", "", "gpuhunt" },
	{ "", "", "A100 (80)", 0, "A100 80GB (form not told)", "", "gpuhunt" },
	{ "", "", "A100-80GB", 0, "A100 80GB (form not told)", "", "SkyPilot" },
	{ "", "", "A100-80GB-SXM", 0, "A100 SXM4 80GB", "", "SkyPilot" },
	{ "", "", "A100_SXM4", 80, "A100 SXM4 80GB", "", "marketplaces" },
	{ "gcp", "", "nvidia-tesla-a100", 0, "A100 SXM4 40GB", "", "GCP" },
	{ "gcp", "", "nvidia-a100-80gb", 0, "A100 SXM4 80GB", "", "GCP" },
	{ "gcp", "", "Nvidia Tesla A100 80GB GPU", 0, "A100 SXM4 80GB", "", "GCP's text" },
	{ "azure", "", "StandardNDASv4_A100Family", 0, "A100 SXM4 40GB", "", "Azure family" },
	{ "azure", "", "StandardNCADSA100v4Family", 0, "A100 PCIe 80GB", "", "Azure family" },
	{ "", "", "NVIDIA H100 80GB HBM3", 0, "H100 SXM5 80GB", "", "nvidia-smi" },
	{ "gcp", "", "nvidia-h100-mega-80gb", 0, "H100 SXM5 80GB", "", "GCP" },
	{ "", "", "H100-NVLINK", 0, "H100 SXM5 80GB", "", "marketplaces" },
	{ "", "", "NVIDIA H100 PCIe", 0, "H100 PCIe 80GB", "", "nvidia-smi" },
	{ "", "", "H100 PCIE", 80, "H100 PCIe 80GB", "", "marketplaces" },
	{ "", "", "NVIDIA H100 NVL", 0, "H100 NVL 94GB", "", "nvidia-smi" },
	{ "", "", "H100NVL", 0, "H100 NVL 94GB", "", "gpuhunt" },
	{ "", "", "H100", 94, "H100 NVL 94GB", "", "memory decides" },
	{ "", "", "H100", 0, NULL, "may be any of", "SXM, PCIe or NVL" },
	{ "runpod", "", "H100", 80, "H100 PCIe 80GB", "", "RunPod says H100-SXM for the other" },
	{ "", "", "NVIDIA H200", 0, "H200 SXM 141GB", "", "nvidia-smi" },
	{ "", "", "H200NVL", 0, "H200 NVL 141GB", "", "gpuhunt" },
	{ "gcp", "", "nvidia-h200-141gb", 0, "H200 SXM 141GB", "", "GCP" },
	{ "", "", "NVIDIA B200", 180, "B200 SXM", "", "nvidia-smi" },
	{ "", "", "B200 SXM6", 0, "B200 SXM", "", "marketplaces" },
	{ "", "", "NVIDIA GB200", 0, "GB200 (per GPU)", "", "not a B200" },
	{ "", "", "NVIDIA GB300", 0, "GB300 (per GPU)", "", "not a B300" },
	{ "", "", "NVIDIA B300 SXM6 AC", 0, "B300 SXM", "", "nvidia-smi" },
	{ "", "", "Tesla V100-SXM2-16GB", 0, "V100 SXM2 16GB", "", "nvidia-smi" },
	{ "", "", "Tesla V100-SXM2-32GB", 0, "V100 SXM2 32GB", "", "nvidia-smi" },
	{ "", "", "V100-32GB", 0, "V100 32GB (form not told)", "", "SkyPilot" },
	{ "", "", "Tesla V100", 16, "V100 16GB (form not told)", "", "marketplaces" },
	{ "", "", "Tesla T4", 0, "T4", "", "nvidia-smi" },
	{ "", "", "T4g", 0, "T4G", "", "another device beside Arm" },
	{ "gcp", "", "nvidia-tesla-t4", 0, "T4", "", "GCP" },
	{ "", "", "NVIDIA L4", 22.35, "L4", "", "22888 MiB of a 24 GB card" },
	{ "", "", "NVIDIA L40S", 0, "L40S", "", "not an L4" },
	{ "", "", "NVIDIA L40", 0, "L40", "", "not an L40S" },
	{ "", "", "NVIDIA A10", 0, "A10 PCIe 24GB", "", "not an A100" },
	{ "", "", "NVIDIA A10G", 0, "A10G", "", "not an A10" },
	{ "", "", "AMD Instinct MI300X", 0, "Instinct MI300X", "", "rocm-smi" },
	{ "", "", "MI300X OAM", 0, "Instinct MI300X", "", "marketplaces" },
	{ "azure", "", "standardNDISv5MI300XFamily", 0, "Instinct MI300X", "", "Azure family" },
	{ "", "", "gfx942", 0, NULL, "may be any of", "three devices share it" },
	{ "", "", "gfx942", 192, "Instinct MI300X", "", "memory decides" },
	{ "", "", "gfx942", 256, "Instinct MI325X", "", "memory decides" },
	{ "", "", "gfx950", 288, NULL, "may be any of", "both have 288" },
	{ "", "", "AMD Instinct MI250X / MI250", 0, NULL, "may be any of", "one name for both" },
	{ "", "", "AMD Instinct MI325X 256GB HBM3e", 0, "Instinct MI325X", "", "MLPerf" },
	{ "", "", "NVIDIA RTX PRO 6000 Blackwell Server Edition", 0,
	  "RTX PRO 6000 Blackwell Server", "", "nvidia-smi" },
	{ "", "", "NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition", 0,
	  "RTX PRO 6000 Blackwell Max-Q", "", "nvidia-smi" },
	{ "", "", "RTXPRO6000WS", 0, "RTX PRO 6000 Blackwell Workstation", "", "SkyPilot" },
	{ "aws", "", "GB202", 0, "RTX PRO 6000 Blackwell Server", "", "the chip's name at EC2" },
	{ "gcp", "", "RTX 6000 96GB", 0, "RTX PRO 6000 Blackwell Server", "", "GCP's text" },
	{ "", "", "RTX 6000", 0, NULL, "may be any of", "three cards share the words" },
	{ "", "", "RTX 6000", 48, "RTX 6000 Ada Generation", "", "memory decides" },
	{ "", "", "Quadro RTX 6000", 0, "Quadro RTX 6000", "", "Turing" },
	{ "", "", "RTX6000-Ada", 0, "RTX 6000 Ada Generation", "", "SkyPilot" },
	{ "", "", "NVIDIA RTX A6000", 0, "RTX A6000", "", "Ampere" },
	{ "", "", "RTX 5090 Pro", 96, NULL, "is in no table", "a marketplace's wrong name" },
	{ "", "", "NVIDIA GeForce RTX 4090", 24, "GeForce RTX 4090", "", "nvidia-smi" },
	{ "", "", "RTX 4090 (48 GB mod)", 48, NULL, "is in no table", "an altered card is another device" },
	{ "", "", "RTX 4090", 48, NULL, "with 48 GiB is not", "an altered card without its word" },
	{ "", "", "RTX5090", 0, "GeForce RTX 5090", "", "SkyPilot" },
	{ "", "", "NVIDIA GH200 480GB", 0, "GH200 96GB", "", "480 is the host's memory" },
	{ "", "", "HL-225", 0, "Gaudi 2", "", "hl-smi" },
	{ "", "", "Gaudi HL-205", 0, "Gaudi (HL-205)", "", "EC2" },
	{ "", "", "HL-325L", 0, "Gaudi 3", "", "hl-smi" },
	{ "", "", "Trainium2", 0, "Trainium2", "", "EC2" },
	{ "", "", "Inferentia", 0, "Inferentia1", "", "EC2" },
	{ "", "", "TPU v5 lite", 0, "TPU v5e", "", "JAX" },
	{ "", "", "TPU7x", 0, "TPU v7 (Ironwood)", "", "JAX" },
	{ "", "", "tpu-v5litepod-8", 0, "TPU v5e", "8", "counts chips" },
	{ "", "", "tpu-v5p-8", 0, "TPU v5p", "4", "counts cores" },
	{ "", "", "v2-8", 0, "TPU v2", "4", "counts cores" },
	{ "", "", "v6e-8", 0, "TPU v6e (Trillium)", "8", "counts chips" },
	{ "", "", "Intel(R) Data Center GPU Max 1550", 0, "Data Center GPU Max 1550", "", "sycl-ls" },
	{ "", "", "Intel(R) Arc(TM) A770 Graphics", 0, "Arc A770 16GB", "", "clinfo" },
	/* MLPerf's and others' */
	{ "", "", "NVIDIA Blackwell GPU (B200-SXM-180GB)", 0, "B200 SXM", "", "MLPerf" },
	{ "", "", "HGX GB200", 0, "GB200 (per GPU)", "", "MLPerf" },
	{ "", "", "NVIDIA H200-SXM-141GB", 0, "H200 SXM 141GB", "", "MLPerf" },
	{ "", "", "NVIDIA A100-SXM-80GB CTS", 0, "A100 SXM4 80GB", "", "MLPerf" },
	{ "", "", "N/A", 0, NULL, "is in no table", "not a device" },
	{ "", "", "\x1b[31mH100", 0, NULL, "is in no table", "what a terminal obeys is no name" },
	{ "", "", " - ", 0, NULL, "is in no table", "nothing but blanks" },
	{ "", "", "(80)", 0, NULL, "is in no table", "a size alone" },
};

static void spellings(void **state)
{
	(void)state;
	for (size_t i = 0; i < CM_COUNT(asks); i++) {
		const struct ask *a = &asks[i];
		const struct resolve_query q = { a->provider, a->offer, a->text, a->gib };
		struct resolved r;
		const bool ok = resolve_device(resolver, &q, &r);
		if (ok != (a->device != NULL) || (ok && strcmp(r.device, a->device) != 0) ||
		    (ok && strcmp(r.devices, a->devices) != 0) || (!ok && !strstr(r.why, a->devices)))
			fail_msg("%s: '%s' '%s' '%s' gives %s × %s (%s)", a->why, a->provider, a->offer,
				 a->text, r.device ? r.device : "nothing", r.devices, r.why);
		if (!ok && !*a->devices && *r.why)
			fail_msg("%s: complains: %s", a->why, r.why);
		if (ok)
			assert_true(r.line > 1 && *r.file);
	}
}

/* Names inside of names: each pair stays apart. */
static void parts_of_names(void **state)
{
	static const char *const pairs[][2] = {
		{ "A10", "A100-80GB" }, { "A10", "A10G" }, { "L4", "L40S" }, { "L40", "L40S" },
		{ "H100 SXM", "H100 NVL" }, { "T4", "T4G" }, { "B200", "GB200" }, { "B300", "GB300" },
		{ "RTX A6000", "RTX 6000 Ada" }, { "Quadro RTX 6000", "RTX PRO 6000" },
		{ "P4", "P40" }, { "MI300X", "MI300A" }, { "L2", "L20" }, { "A2", "A10" },
	};
	(void)state;
	for (size_t i = 0; i < CM_COUNT(pairs); i++) {
		struct resolved a, b;
		const struct resolve_query x = { "", "", pairs[i][0], 0 }, y = { "", "", pairs[i][1], 0 };
		assert_true(resolve_device(resolver, &x, &a));
		assert_true(resolve_device(resolver, &y, &b));
		if (strcmp(a.device, b.device) == 0)
			fail_msg("%s and %s are both %s", pairs[i][0], pairs[i][1], a.device);
	}
}

/* A table that is wrong says where. */
static void wrong_tables(void **state)
{
	static const char head[] = "provider,kind,spelling,device,devices,memory_gib,note,source\n";
	static const struct { const char *row, *want; } rows[] = {
		{ "aws,offer,x,No Such,1,,,s\n", "names.csv:2:13: device is 'No Such'" },
		{ "aws,offer,x,T4,0,,,s\n", "names.csv:2:16: devices is '0'" },
		{ "aws,offer,x,T4,,,,s\n", "names.csv:2:16: devices is ''" },
		{ ",offer,x,T4,1,,,s\n", "names.csv:2:1: provider is ''" },
		{ "aws,type,x,T4,1,,,s\n", "names.csv:2:5: kind is 'type': expected offer or name" },
		{ "aws,name,,T4,1,,,s\n", "names.csv:2:10: spelling is ''" },
		{ "aws,name,x,T4,1,-3,,s\n", "names.csv:2:17: memory_gib is '-3'" },
		{ "aws,name,x,T4,1,,,\n", "names.csv:2:19: source is ''" },
		{ "aws,name\n", "names.csv:2:1: 2 cells, expected 8" },
	};
	struct scratch dir;
	(void)state;
	scratch_begin(&dir);
	mkdir(scratch_path(&dir, "vendors"), 0700);
	mkdir(scratch_path(&dir, "vendors/x"), 0700);
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		struct cm_err err = { 0 };
		struct resolver *r = NULL;
		char *text = cm_printf_dup("%s%s", head, rows[i].row);
		scratch_write(&dir, "vendors/x/names.csv", text, strlen(text));
		free(text);
		assert_int_equal(resolver_open(dir.dir, catalogue, &r, &err), CM_EINPUT);
		assert_null(r);
		if (!strstr(err.why, rows[i].want))
			fail_msg("'%s': '%s'", rows[i].row, err.why);
	}
	scratch_end(&dir);
}

static int begin(void **state)
{
	struct cm_err err = { 0 };
	(void)state;
	if (catalogue_load(CM_SOURCE_DIR, &catalogue, &err) != CM_OK ||
	    resolver_open(CM_SOURCE_DIR, catalogue, &resolver, &err) != CM_OK) {
		print_error("%s\n", err.why);
		return -1;
	}
	return 0;
}

static int end(void **state)
{
	(void)state;
	resolver_close(resolver);
	catalogue_free(catalogue);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spellings), cmocka_unit_test(parts_of_names),
		cmocka_unit_test(wrong_tables),
	};
	return cmocka_run_group_tests_name("resolve", tests, begin, end);
}
