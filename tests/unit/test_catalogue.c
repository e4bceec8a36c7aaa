/* Names of devices, keys of offers, and the tables that are shipped. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "api/price.h"
#include "base/csv.h"
#include "base/file.h"
#include "base/str.h"
#include "scratch.h"

static struct catalogue *shipped;

static void resolves(void **state)
{
	static const struct { const char *name, *device, *why; } rows[] = {
		{ "H100 SXM5 80GB", "H100 SXM5 80GB", "its own name" },
		{ "h100-sxm5_80gb", "H100 SXM5 80GB", "case, dash and underscore do not matter" },
		{ "NVIDIA H100 80GB HBM3", "H100 SXM5 80GB", "as nvidia-smi says it" },
		{ "AMD EPYC 7763 64-Core Processor", "EPYC 7763", "as Linux says it" },
		{ "AMD Instinct MI300X", "Instinct MI300X", "with the vendor in front" },
		{ "Tesla T4", "T4", "an old name" },
		{ "A10", "A10 PCIe 24GB", "an alias" },
		{ "A10G", "A10G", "is no A10" },
		{ "L40S", "L40S", "is no L4 and no L40" },
		{ "B200", "B200 SXM", "is no GB200" },
		{ "H100 SXM5", NULL, "part of a name is no name" },
		{ "H1000", NULL, "and a longer one is none either" },
		{ "RTX 6000", NULL, "three cards share the words" },
		{ "", NULL, "nothing" },
	};
	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		const struct device_row *d = catalogue_device(shipped, rows[i].name);
		if (rows[i].device ? !d || strcmp(d->device, rows[i].device) != 0 : d != NULL)
			fail_msg("%s: '%s' gave '%s'", rows[i].why, rows[i].name, d ? d->device : "-");
	}
}

static void shipped_rows(void **state)
{
	const struct device_row *d;
	const struct offer_row *o;
	(void)state;
	const size_t devices = catalogue_devices(shipped, &d);
	assert_true(devices >= 146);
	for (size_t i = 0; i < devices; i++)
		if (!*d[i].source || !*d[i].source_date || d[i].line < 2)
			fail_msg("%s stands without its source", d[i].device);
	const size_t offers = catalogue_offers(shipped, &o);
	assert_true(offers >= 60);
	for (size_t i = 0; i < offers; i++) {
		char text[64];
		dec_print(o[i].price, text, sizeof text);
		if (strcmp(text, o[i].price_text) != 0)
			fail_msg("%s:%zu: %s became %s", o[i].file, o[i].line, o[i].price_text, text);
		if (!*o[i].source || !*o[i].retrieved)
			fail_msg("%s:%zu: no source or date", o[i].file, o[i].line);
	}
}

/* A few values against the data sheets that the table names. */
static void known_values(void **state)
{
	(void)state;
	const struct device_row *h = catalogue_device(shipped, "H100 SXM5 80GB");
	assert_true(h->fp64_tflops == 34 && h->fp64_tensor_tflops == 67 && h->memory_gb == 80 &&
		    h->bandwidth_gb_s == 3350 && h->tdp_w == 700);
	const struct device_row *m = catalogue_device(shipped, "MI300X");
	assert_true(m->memory_gb == 192 && m->bandwidth_gb_s == 5300 && m->tdp_w == 750);
	const struct device_row *t = catalogue_device(shipped, "TPU v5e");
	assert_true(isnan(t->tdp_w)); /* never published */
}

/* Every device of the facts file is in the tables, with the same numbers. */
static void holds_the_facts(void **state)
{
	static const char facts[] = CM_SOURCE_DIR "/../shared/data/hardware_facts.csv";
	struct csv *c;
	struct csv_row row;
	size_t n = 0;
	(void)state;
	if (!file_exists(facts)) {
		print_message("# skip: ../shared/data/hardware_facts.csv is not here\n");
		skip();
	}
	assert_int_equal(csv_open(facts, &c, NULL), CM_OK);
	assert_int_equal(csv_next(c, &row, NULL), CM_OK);
	assert_string_equal(row.cell[1], "device");
	assert_string_equal(row.cell[14], "memory_gb");
	while (csv_next(c, &row, NULL) == CM_OK) {
		const struct device_row *d = catalogue_device(shipped, row.cell[1]);
		if (!d)
			fail_msg("%s is missing", row.cell[1]);
		struct dec memory;
		const bool stated = dec_parse(row.cell[14], &memory);
		if (stated ? d->memory_gb != dec_double(memory) : !isnan(d->memory_gb))
			fail_msg("%s: memory_gb is %g", row.cell[1], d->memory_gb);
		n++;
	}
	csv_close(c);
	assert_true(n >= 146);
}

static void keys(void **state)
{
	static const struct { const char *key, *says, *why; } rows[] = {
		{ "aws/p6-b200.48xlarge", NULL, "one row has this name" },
		{ "AWS/p5.48xlarge@on demand", NULL, "the term chooses" },
		{ "aws/p5.48xlarge@reserved-3y", NULL, "a dash for a blank" },
		{ "market/electricity IC#DE", NULL, "the region chooses" },
		{ "aws/p5.48xlarge", "'aws/p5.48xlarge' names 3 offers: say which, one of "
		  "'aws/p5.48xlarge@on demand#us-east-1'", "three terms" },
		{ "aws/p5.48xlrge@on demand", "no offer 'aws/p5.48xlrge@on demand' (did you mean "
		  "'aws/p5.48xlarge'?)", "a letter lost" },
		{ "aws/p5.48xlarge@reserved 9y", "no offer 'aws/p5.48xlarge@reserved 9y': there is "
		  "'aws/p5.48xlarge@on demand#us-east-1'", "a term that is not offered" },
		{ "zzzzzzzz", "no offer 'zzzzzzzz': expected VENDOR/OFFER[@TERM][#REGION]",
		  "nothing like it" },
	};
	(void)state;
	for (size_t i = 0; i < CM_COUNT(rows); i++) {
		const struct offer_row *o = NULL;
		struct cm_err err = { 0 };
		const enum cm_status st = catalogue_offer(shipped, rows[i].key, &o, &err);
		if (!rows[i].says ? st != CM_OK || !o : st != CM_EINPUT || o)
			fail_msg("%s: '%s': %s", rows[i].why, rows[i].key, err.why);
		if (rows[i].says && strncmp(err.why, rows[i].says, strlen(rows[i].says)) != 0)
			fail_msg("%s: %s", rows[i].why, err.why);
	}
}

/* Columns in another order, optional ones left out, a folder without tables: all fine. */
static void free_order(void **state)
{
	static const char devices[] = "source,source_date,device,vendor,aliases,memory_gb\n"
				      "s,2026,Big,X,B|Large One,80\n";
	struct scratch dir;
	struct catalogue *c = NULL;
	struct cm_err err = { 0 };
	const struct offer_row *o;
	char path[600];
	(void)state;
	scratch_begin(&dir);
	snprintf(path, sizeof path, "%s/vendors/empty", dir.dir);
	assert_int_equal(file_mkdirs(path, &err), CM_OK);
	snprintf(path, sizeof path, "%s/vendors/x", dir.dir);
	assert_int_equal(file_mkdirs(path, &err), CM_OK);
	scratch_write(&dir, "vendors/x/devices.csv", devices, sizeof devices - 1);
	assert_int_equal(catalogue_load(dir.dir, &c, &err), CM_OK);
	const struct device_row *d = catalogue_device(c, "large-one");
	assert_non_null(d);
	assert_string_equal(d->device, "Big");
	assert_string_equal(d->form_factor, "");
	assert_true(d->memory_gb == 80 && isnan(d->tdp_w) && d->line == 2);
	assert_int_equal(catalogue_offers(c, &o), 0);
	assert_int_equal(catalogue_offer(c, "x/y", &o, &err), CM_EINPUT);
	catalogue_free(c);
	c = NULL;
	assert_int_equal(catalogue_load("/nowhere", &c, &err), CM_EINPUT);
	assert_int_equal(catalogue_load(NULL, &c, &err), CM_EINPUT);
	assert_null(c);
	scratch_end(&dir);
}

static int begin(void **state)
{
	struct cm_err err = { 0 };
	(void)state;
	if (catalogue_load(CM_SOURCE_DIR, &shipped, &err) != CM_OK) {
		print_error("%s\n", err.why);
		return -1;
	}
	return 0;
}

static int end(void **state)
{
	(void)state;
	catalogue_free(shipped);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resolves), cmocka_unit_test(shipped_rows),
		cmocka_unit_test(known_values), cmocka_unit_test(holds_the_facts),
		cmocka_unit_test(keys), cmocka_unit_test(free_order),
	};
	return cmocka_run_group_tests_name("catalogue", tests, begin, end);
}
