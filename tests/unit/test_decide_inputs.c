/* Inputs of a scenario: prices with exchange and expiry, measured results with their interval. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/report.h"
#include "base/file.h"
#include "base/units.h"
#include "scratch.h"

extern const struct decider decide_tco;

static const char devices[] = "vendor,device,memory_gb,tdp_w,source,source_date\n"
			      "acme,Rocket 9,80,700,data sheet,2026-01\n";
static const char offers[] =
	"vendor,offer,device,devices,description,price,currency,per,term,region,basis,source,effective,"
	"retrieved,valid_until\n"
	"acme,box,Rocket 9,8,a server,1000.50,USD,once,purchase,,quoted,letter 7,2026-01-01,2026-01-02,\n"
	"acme,old,Rocket 9,8,a server,900,USD,once,purchase,,quoted,letter 3,2024-01-01,2024-01-02,"
	"2024-06-30\n"
	"acme,eu,Rocket 9,8,a server,500,EUR,once,purchase,,listed,list,2026-01-01,2026-01-02,\n"
	"acme,gpu,Rocket 9,1,one device,2.5,USD,device-hour,on demand,,listed,list,2026-01-01,"
	"2026-01-02,\n";

static struct result_row row(const char *device, size_t size, double rate)
{
	return (struct result_row){
		.kernel = "gemm", .op = "", .variant = "portable", .tuned_by = "", .type = "fp32",
		.group = "gemm", .size = size, .size_unit = "order", .backend = "host",
		.device = device, .tag = "", .run_id = "r1", .launches = 3, .samples = 60,
		.rate = { rate, rate * 0.98, rate * 1.03, "1e9 FLOP/s", 3, CM_MEASURED, NULL },
		.joules = { NAN, NAN, NAN, "J", 0, CM_MEASURED, "no meter" },
		.verified = true, .trusted = true, .status = "ok", .reason = "",
		.basis = CM_MEASURED, .taken = "2026-11-24T05:00:00Z",
	};
}

struct world { struct scratch dir; struct catalogue *cat; };

/* One plain option; its inputs are `inputs`, used by a line that takes any unit. */
static enum cm_status load(struct world *w, const char *head, const char *inputs,
			   const char *lines, const struct result_source *results,
			   struct scenario **s, struct cm_err *err)
{
	struct str text = { 0 };
	str_addf(&text, "horizon: 12 month\n%soptions:\n  it:\n    kind: plain\n    inputs:\n%s"
			"    lines: |\n%s", head, inputs, lines);
	const char *path = scratch_write(&w->dir, "s.yaml", text.p, text.len);
	str_free(&text);
	return decide_tco.load(path, file_data_dir(), w->cat, results, s, err);
}

static const struct report_input *input(const struct decision *d, const char *name)
{
	for (size_t i = 0; i < d->ninputs; i++)
		if (strcmp(d->inputs[i].name, name) == 0)
			return &d->inputs[i];
	fail_msg("no input %s", name);
	return NULL;
}

static const char *const cost_line = "      cost pay = at(0, p) : USD\n      cash = costs() : USD\n"
				     "      npv = sum(cash) : USD\n";

static const struct decision *decided(struct world *w, const char *head, const char *inputs,
				      const char *lines, const struct result_source *results,
				      struct scenario **s)
{
	struct cm_err err = { .why = "" };
	const struct decision *d = NULL;
	enum cm_status st = load(w, head, inputs, lines, results, s, &err);
	if (!st)
		st = decide_tco.decide(*s, &d, &err);
	if (st)
		fail_msg("%s", err.why);
	return d;
}

static bool says(const struct decision *d, const char *part)
{
	for (size_t i = 0; i < d->nstamp_why; i++)
		if (strstr(d->stamp_why[i], part))
			return d->stamp != CM_VALID;
	return false;
}

static void test_price_keeps_its_basis(void **state)
{
	struct scenario *s;
	const struct decision *d = decided(*state, "", "      p: {price: acme/box}\n", cost_line, NULL,
					   &s);
	assert_true(d->options[0].npv.value == 1000.5);
	assert_int_equal(d->options[0].npv.basis, CM_QUOTED);
	assert_int_equal(d->stamp, CM_VALID);
	assert_int_equal(d->nitems, 1);
	assert_string_equal(d->items[0].sku, "box");
	decide_tco.free(s);
}

static void test_discount_times_and_range(void **state)
{
	struct scenario *s;
	const struct decision *d = decided(*state, "", "      p: {price: acme/box, discount: 10 %, "
					   "times: 4, within: 5 %}\n", cost_line, NULL, &s);
	const struct figure *f = &d->options[0].npv;
	assert_true(fabs(f->value - 3601.8) < 1e-9);
	assert_true(fabs(f->lo - 3601.8 * 0.95) < 1e-9 && fabs(f->hi - 3601.8 * 1.05) < 1e-9);
	decide_tco.free(s);
}

static void test_expired_price_is_an_estimate(void **state)
{
	struct scenario *s;
	const struct decision *d = decided(*state, "", "      p: {price: acme/old}\n", cost_line, NULL,
					   &s);
	assert_int_equal(d->stamp, CM_ESTIMATE);
	assert_true(says(d, "was valid until 2024-06-30"));
	decide_tco.free(s);
}

static void test_exchange(void **state)
{
	struct scenario *s;
	const struct decision *d = decided(*state, "exchange: {EUR: 1.10 USD}\n",
					   "      p: {price: acme/eu}\n", cost_line, NULL, &s);
	assert_true(fabs(d->options[0].npv.value - 550) < 1e-9);
	decide_tco.free(s);
}

static void test_price_of_a_device_hour(void **state)
{
	struct scenario *s;
	const struct decision *d = decided(*state, "", "      p: {price: acme/gpu, times: 8 device}\n",
					   "      x = p * 2 [h] : USD\n", NULL, &s);
	assert_string_equal(input(d, "p")->fig.unit, "USD/(device.hour).(device)");
	assert_true(input(d, "p")->fig.value == 20);
	decide_tco.free(s);
}

static void test_device_fact(void **state)
{
	struct scenario *s;
	const struct decision *d = decided(*state, "", "      p: {device: rocket-9, field: tdp_w}\n",
					   "      x = p * 1 [h] : Wh\n", NULL, &s);
	assert_true(input(d, "p")->fig.value == 700);
	assert_int_equal(input(d, "p")->fig.basis, CM_LISTED);
	decide_tco.free(s);
}

static void test_result_enters_with_its_interval(void **state)
{
	const struct result_row rows[] = { row("cpu", 512, 10), row("cpu", 2048, 20) };
	const struct result_source src = { .rows = rows, .nrows = 2 };
	struct scenario *s;
	const struct decision *d = decided(*state, "", "      p: {result: gemm/fp32@host}\n",
					   "      x = p * 1 [s] : FLOP\n", &src, &s);
	const struct report_input *p = input(d, "p");
	assert_true(p->fig.value == 20); /* the largest size */
	assert_true(p->fig.lo < 20 && p->fig.hi > 20);
	assert_int_equal(p->fig.basis, CM_MEASURED);
	assert_int_equal(p->fig.n, 3);
	struct str text = { 0 };
	struct cmj *json;
	struct cm_err err;
	assert_int_equal(decide_tco.explain(s, "it.x", &text, &json, &err), CM_OK);
	assert_non_null(strstr(text.p, "3 launches, 60 samples"));
	cmj_free(json);
	str_free(&text);
	decide_tco.free(s);
}

static void test_untrusted_result_is_an_estimate(void **state)
{
	struct result_row r = row("cpu", 512, 10);
	r.trusted = false;
	r.reason = "other load";
	const struct result_source src = { .rows = &r, .nrows = 1 };
	struct scenario *s;
	const struct decision *d = decided(*state, "", "      p: {result: gemm@host}\n",
					   "      x = p * 1 [s] : FLOP\n", &src, &s);
	assert_true(says(d, "other load"));
	decide_tco.free(s);
}

static void test_otherwise_stands_in(void **state)
{
	struct scenario *s;
	const struct decision *d = decided(*state, "", "      p: {result: gemm@host, otherwise: 5 "
					   "FLOP/s}\n", "      x = p * 1 [s] : FLOP\n", NULL, &s);
	assert_true(input(d, "p")->fig.value == 5);
	assert_int_equal(input(d, "p")->fig.basis, CM_ASSUMED);
	assert_true(says(d, "stands in"));
	decide_tco.free(s);
}

static void test_two_devices_are_the_buyers_choice(void **state)
{
	const struct result_row rows[] = { row("cpu", 512, 10), row("gpu", 512, 20) };
	const struct result_source src = { .rows = rows, .nrows = 2 };
	struct scenario *s;
	struct cm_err err;
	assert_int_equal(load(*state, "", "      p: {result: gemm}\n", "      x = p * 1 [s] : FLOP\n",
			      &src, &s, &err), CM_EINPUT);
	assert_non_null(strstr(err.why, "'gemm' fits several results"));
}

static int begin(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	struct cm_err err;
	char path[600];
	scratch_begin(&w->dir);
	snprintf(path, sizeof path, "mkdir -p %s/vendors/acme", w->dir.dir);
	assert(system(path) == 0);
	scratch_write(&w->dir, "vendors/acme/devices.csv", devices, sizeof devices - 1);
	scratch_write(&w->dir, "vendors/acme/offers.csv", offers, sizeof offers - 1);
	if (catalogue_load(w->dir.dir, &w->cat, &err))
		fail_msg("%s", err.why);
	*state = w;
	return 0;
}

static int end(void **state)
{
	struct world *w = *state;
	catalogue_free(w->cat);
	scratch_end(&w->dir);
	free(w);
	units_close();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_price_keeps_its_basis),
		cmocka_unit_test(test_discount_times_and_range),
		cmocka_unit_test(test_expired_price_is_an_estimate),
		cmocka_unit_test(test_exchange),
		cmocka_unit_test(test_price_of_a_device_hour),
		cmocka_unit_test(test_device_fact),
		cmocka_unit_test(test_result_enters_with_its_interval),
		cmocka_unit_test(test_untrusted_result_is_an_estimate),
		cmocka_unit_test(test_otherwise_stands_in),
		cmocka_unit_test(test_two_devices_are_the_buyers_choice),
	};
	return cmocka_run_group_tests_name("decide_inputs", tests, begin, end);
}
