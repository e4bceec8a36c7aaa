/* The price store: whole or not at all, idempotent, guarded against shrinkage; filters, order, diff,
 * history, checks. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/stream.h"
#include "engine/price_audit.h"
#include "engine/price_changes.h"
#include "engine/price_store.h"
#include "scratch.h"

static struct scratch dir;

/* A source of this test's own: lines "provider offer region term months price upfront currency device
 * devices day", - for nothing; the line "broken" ends it with an error as a broken file does. */
struct price_ctx { struct str text; char *at; size_t line; char *cell[11]; char line_text[24], name[64]; };

static enum cm_status made_open(const struct price_from *from, struct price_ctx **out, struct cm_err *err)
{
	struct price_ctx *c = cm_alloc(sizeof *c);
	const enum cm_status st = stream_rest(from->in, 0, &c->text, err);

	c->at = c->text.p;
	snprintf(c->name, sizeof c->name, "%s", from->name);
	*out = c;
	return st;
}

static enum cm_status made_next(struct price_ctx *c, struct price_row *r, struct cm_err *err)
{
	char *line = c->at, *end = line ? strchr(line, '\n') : NULL, *save = NULL;

	if (!end)
		return CM_END;
	*end = '\0';
	c->at = end + 1;
	c->line++;
	if (!strcmp(line, "broken"))
		return cm_fail_at(err, CM_EINPUT, c->name, c->line, 1, "a broken line");
	for (size_t i = 0; i < CM_COUNT(c->cell); i++) {
		c->cell[i] = strtok_r(i ? NULL : line, " ", &save);
		assert_non_null(c->cell[i]);
		if (!strcmp(c->cell[i], "-"))
			c->cell[i][0] = '\0';
	}
	snprintf(c->line_text, sizeof c->line_text, "%zu", c->line);
	r->provider = c->cell[0];
	r->offer = c->cell[1];
	r->region = c->cell[2];
	r->term = c->cell[3];
	r->months = c->cell[4];
	r->price = c->cell[5];
	r->upfront = c->cell[6];
	r->currency = c->cell[7];
	r->device = r->device_text = c->cell[8];
	r->devices = c->cell[9];
	r->start = c->cell[10];
	r->unit = "Hours";
	r->scope = "node";
	r->pricing = strcmp(r->months, "0") != 0 ? "Committed" :
		     !strcmp(r->term, "spot") ? "Dynamic" : "Standard";
	if (cm_starts(r->offer, "win:"))
		r->offer += 4, r->os = "windows";
	r->basis = "listed";
	r->file = c->name;
	r->line = c->line_text;
	if (!strcmp(r->device, "Mystery"))
		r->device = "";
	return CM_OK;
}

static void made_close(struct price_ctx *c)
{
	str_free(&c->text);
	free(c);
}

static const struct price_source made = { .abi = CM_PRICE_ABI, .name = "made", .desc = "made", .provider = "",
					  .open = made_open, .next = made_next, .close = made_close };

static enum cm_status import(struct price_store *s, const char *text, bool force, struct import_report *r,
	struct cm_err *err)
{
	struct price_from from = { .name = "t.txt", .address = "", .retrieved = "2026-08-01" };

	*r = (struct import_report){ .force = force };
	assert_int_equal(stream_memory(text, strlen(text), "t.txt", &from.in, err), CM_OK);
	const enum cm_status st = price_store_import(s, &made, &from, NULL, r, err);
	stream_close(from.in);
	return st;
}

/* As import(), where it must go well. */
static int64_t must_import(struct price_store *s, const char *text)
{
	struct import_report r;
	struct cm_err err;

	if (import(s, text, true, &r, &err))
		fail_msg("%s", err.why);
	import_report_free(&r);
	return r.id;
}

static bool add_row(const struct stored_price *p, void *user)
{
	str_addf(user, "%s/%s %s %s;", p->row.provider, p->row.offer, p->label, p->row.price);
	return true;
}

static char *rows(struct price_store *s, struct price_filter f)
{
	struct str out = { 0 };
	struct cm_err err;

	if (price_store_each(s, &f, add_row, &out, &err))
		fail_msg("%s", err.why);
	return str_take(&out);
}

static void must_be(struct price_store *s, struct price_filter f, const char *want)
{
	char *got = rows(s, f);

	assert_string_equal(got, want);
	free(got);
}

static struct price_store *fresh(void)
{
	struct price_store *s;
	struct cm_err err;
	const char *path = scratch_path(&dir, "p.db");

	unlink(path);
	if (price_store_open(path, &s, &err))
		fail_msg("%s", err.why);
	return s;
}

#define FOUR                                                                                       \
	"aws p5 us-east-1 on_demand 0 55.0400 0 USD H100 8 2026-07-01\n"                           \
	"aws p5 us-east-1 reserved 36 10.5 2750 USD H100 8 2026-07-01\n"                           \
	"aws p5 eu-west-1 on_demand 0 60.00 0 USD H100 8 2026-07-02\n"                             \
	"lambda h100 - on_demand 0 3.29 0 USD H100 1 2026-07-03\n"

static void whole_or_nothing(void **state)
{
	struct price_store *s = fresh();
	struct import_report r;
	struct cm_err err;

	(void)state;
	assert_int_equal(import(s, FOUR, false, &r, &err), CM_OK);
	assert_int_equal(r.rows, 4);
	assert_string_equal(r.found_scope, "*/*/*");
	import_report_free(&r);
	char *before = rows(s, (struct price_filter){ 0 });
	/* The same bytes change nothing. */
	assert_int_equal(import(s, FOUR, false, &r, &err), CM_OK);
	assert_true(r.same && r.id == 0);
	import_report_free(&r);
	/* A broken one, an empty one and one that shrank leave the table as it was. */
	assert_int_equal(import(s, FOUR "aws x y on_demand 0 1 0 USD - - 2026\nbroken\n", false, &r,
		&err), CM_EINPUT);
	assert_string_equal(err.why, "t.txt:6:1: a broken line");
	import_report_free(&r);
	assert_int_equal(import(s, "", false, &r, &err), CM_EINPUT);
	import_report_free(&r);
	assert_int_equal(import(s, "aws p5 a on_demand 0 1 0 USD - - 2026\nb c d on_demand 0 1 0 USD - - "
		"2026\n", false, &r, &err),
			 CM_EINPUT);
	assert_non_null(strstr(err.why, "over 15 % fewer"));
	import_report_free(&r);
	must_be(s, (struct price_filter){ 0 }, before);
	/* By force the small one is current, and the old one is kept beside it. */
	must_import(s, "aws p5 a on_demand 0 1 0 USD - - 2026\nb c d on_demand 0 1 0 USD - - 2026\n");
	must_be(s, (struct price_filter){ 0 }, "aws/p5 on demand 1;b/c on demand 1;");
	must_be(s, (struct price_filter){ .import = 1 }, before);
	free(before);
	price_store_close(s);
}

static void filters(void **state)
{
	static const char *const words[] = { "H100", "RESERVED" };
	struct price_store *s = fresh();

	(void)state;
	must_import(s, FOUR);
	must_be(s, (struct price_filter){ .vendor = "AWS", .region = "eu-west-1" },
		"aws/p5 on demand 60.00;");
	must_be(s, (struct price_filter){ .term = "reserved 3y" }, "aws/p5 reserved 3y 10.5;");
	must_be(s, (struct price_filter){ .device = "h100", .order = PRICE_ORDER_PER_DEVICE },
		"aws/p5 reserved 3y 10.5;lambda/h100 on demand 3.29;aws/p5 on demand 55.0400;aws/p5 on "
		"demand 60.00;");
	must_be(s, (struct price_filter){ .since = "2026-07-02", .order = PRICE_ORDER_PRICE },
		"lambda/h100 on demand 3.29;aws/p5 on demand 60.00;");
	must_be(s, (struct price_filter){ .until = "2026-07-01", .limit = 1 }, "aws/p5 on demand 55.0400;");
	must_be(s, (struct price_filter){ .word = words, .words = 2 }, "aws/p5 reserved 3y 10.5;");
	must_be(s, (struct price_filter){ .offer = "p5", .vendor = "lambda" }, "");
	must_be(s, (struct price_filter){ .vendor = "aws'; DROP TABLE price; --" }, "");
	price_store_close(s);
}

static bool add_list(const struct stored_price *p, void *user)
{
	str_addf(user, "%s %s '%s' %s:%s %.4f;", p->label, p->row.os, p->row.list_price, p->list_file,
		 p->list_line, p->discount);
	return true;
}

/* Reserved, planned and spot rows stand against the on-demand price of the same offer, place and system: 1 -
 * 10.604642313546 / 55.04 = 0.8073. Two on-demand prices that differ are no list price. */
static void list_prices(void **state)
{
	static const struct { const char *text, *os, *want; } table[] = {
		{ FOUR, NULL, "on demand  '' : nan;reserved 3y  '55.0400' t.txt:1 0.8073;on demand  '' : nan;"
			      "on demand  '' : nan;" },
		{ "a x r spot 0 3 0 USD - - 2026-07-01\na x r on_demand 0 4.00 0 USD - - "
		  "2026-07-01\n", "none",
		  "spot  '4.00' t.txt:2 0.2500;on demand  '' : nan;" },
		{ "a x r reserved 12 3 0 USD - - 2026-07-01\na x q on_demand 0 4 0 USD - - 2026-07-01\n"
		  "a y r on_demand 0 4 0 USD - - 2026-07-01\na win:x r on_demand 0 4 0 USD - - 2026-07-01\n"
		  "a x r on_demand 0 4 0 EUR - - 2026-07-01\n", NULL,
		  "reserved 1y  '' : nan;on demand  '' : nan;on demand  '' : nan;on demand windows '' : nan;"
		  "on demand  '' : nan;" },
		{ "a win:x r reserved 12 3 0 USD - - 2026-07-01\na x r on_demand 0 2 0 USD - - 2026-07-01\n"
		  "a win:x r on_demand 0 6 0 USD - - 2026-07-01\n", "Windows",
		  "reserved 1y windows '6' t.txt:3 0.5000;on demand windows '' : nan;" },
		{ "a x r reserved 12 3 0 USD - - 2026-07-01\na x r on_demand 0 4 0 USD - - 2026-07-01\n"
		  "a x r on_demand 0 4.50 0 USD - - 2026-07-01\n", NULL,
		  "reserved 1y  '' : nan;on demand  '' : nan;on demand  '' : nan;" },
	};
	struct cm_err err;

	(void)state;
	for (size_t i = 0; i < CM_COUNT(table); i++) {
		struct price_store *s = fresh();
		struct str out = { 0 };
		const struct price_filter f = { .os = table[i].os, .with_list = true };

		must_import(s, table[i].text);
		if (price_store_each(s, &f, add_list, &out, &err))
			fail_msg("%s", err.why);
		assert_string_equal(str_get(&out), table[i].want);
		str_free(&out);
		price_store_close(s);
	}
}

static bool add_columns(const struct stored_price *p, void *user)
{
	str_addf(user, "%s %s %s %s %s %.6f;", p->row.price, p->row.upfront, p->row.effective,
		p->row.file, p->row.retrieved,
		 p->per_device);
	return true;
}

/* 10.5 + 2750 / 26280 = 10.604642313546423…; one device of eight. */
static void completed(void **state)
{
	struct price_store *s = fresh();
	struct str out = { 0 };
	struct cm_err err;

	(void)state;
	must_import(s, FOUR);
	const struct price_filter f = { .term = "reserved" };
	assert_int_equal(price_store_each(s, &f, add_columns, &out, &err), CM_OK);
	assert_string_equal(str_get(&out), "10.5 2750 10.604642313546 t.txt 2026-08-01 1.325580;");
	str_free(&out);
	price_store_close(s);
}

static bool add_change(const struct price_change *c, void *user)
{
	str_addf(user, "%s %s/%s %s %s>%s;", c->what, c->vendor, c->offer, c->region, c->before, c->after);
	return true;
}

static void moved(void **state)
{
	struct price_store *s = fresh();
	struct str out = { 0 };
	struct cm_err err;
	uint64_t same;

	(void)state;
	const int64_t a = must_import(s, FOUR);
	const int64_t b = must_import(s, "aws p5 us-east-1 on_demand 0 44.00 0 USD H100 8 2026-08-01\n"
					 "aws p5 us-east-1 reserved 36 10.50 2750 USD H100 8 2026-08-01\n"
					 "aws p5 eu-west-1 on_demand 0 60.000 0 USD H100 8 2026-08-01\n"
					 "aws p6 eu-west-1 on_demand 0 99 0 USD B200 8 2026-08-01\n");
	assert_int_equal(price_store_diff(s, (struct price_state){ a, NULL }, (struct price_state){ b,
		NULL }, add_change, &out,
					  &same, &err), CM_OK);
	assert_string_equal(str_get(&out), "moved aws/p5 us-east-1 55.0400>44.00;moved aws/p5 us-east-1 "
		"10.5 + 2750 once>10.50 + "
			    "2750 once;new aws/p6 eu-west-1 >99;gone lambda/h100  3.29>;");
	assert_int_equal(same, 1);
	assert_int_equal(price_store_diff(s, (struct price_state){ 77, NULL }, (struct price_state){ b,
		NULL }, add_change, &out,
					  &same, &err), CM_EINPUT);
	str_free(&out);
	price_store_close(s);
}

static void add_finding(const struct price_finding *f, void *user)
{
	str_addf(user, "%s%s %s;", f->problem ? "!" : "", f->kind, f->line);
}

static void audit(struct price_store *s, const char *today, struct str *out)
{
	struct price_audit a = { .today = today, .most = 3, .found = add_finding, .user = out };
	struct cm_err err;

	if (price_audit_store(&a, s, &err))
		fail_msg("%s", err.why);
}

#define ON(price, day) "a x r on_demand 0 " price " 0 USD - - " day "\n"

static void checks(void **state)
{
	static const struct { const char *text, *want; } table[] = {
		{ "a x r on_demand 0 1 0 USD - - 2026-11-01\n", "" },
		{ "a x r on_demand 0 0.00 0 USD - - 2026-11-01\n", "!zero 1;" },
		{ "a x r reserved 12 0 100 USD - - 2026-11-01\n", "" },
		{ "a x r on_demand 0 1 0 - - - 2026-11-01\n", "!currency 1;" },
		{ "a x r on_demand 0 1 0 USD Mystery 1 2026-11-01\n", "!unknown device 1;" },
		{ "a x r on_demand 0 1 0 USD - - 2026-11-01\na x r on_demand 0 2 0 USD - - 2026-11-01\n",
			"!duplicate 2;" },
		{ "a x r on_demand 0 1 0 USD - - 2026-11-01\na x r on_demand 0 1.00 0 USD - - "
			"2026-11-01\n", "" },
		{ "a x r on_demand 0 1 0 USD - - 2026-11-01\na x r on_demand 0 2 0 USD - - 2026-11-09\n",
			"overlap 2;" },
		{ "a x r on_demand 0 1 0 USD - - 2026-11-01\na x r spot 0 1.5 0 USD - - 2026-11-01\n",
			"spot 2;" },
		{ "a x r on_demand 0 1 0 USD - - 2026-11-01\na x r spot 0 1 0 USD - - 2026-11-01\n",
			"spot 2;" },
		{ "a x r on_demand 0 1 0 USD - - 2026-11-01\na x r spot 0 .9 0 USD - - 2026-11-01\n", "" },
		{ "a x r on_demand 0 10 0 USD G 1 2026-11-01\na y r on_demand 0 10 0 USD G 8 "
			"2026-11-01\n", "node 2;" },
		{ "a x r on_demand 0 10 0 USD G 1 2026-11-01\na y r on_demand 0 79 0 USD G 8 "
			"2026-11-01\n", "" },
		{ "a x r on_demand 0 1 0 USD G 1 2026-11-01\nb y r on_demand 0 2 0 USD G 1 2026-11-01\nc "
			"y r on_demand 0 2 0 USD G 1 "
		  "2026-11-01\nd y r on_demand 0 2 0 USD G 1 2026-11-01\ne y r on_demand 0 16 0 USD G 1 "
		  "2026-11-01\n", "outlier 5;" },
		/* five times the median of the others, 2, is still near; 2 of 3 others are too few */
		{ "a x r on_demand 0 2 0 USD G 1 2026-11-01\nb y r on_demand 0 2 0 USD G 1 2026-11-01\nc "
			"y r on_demand 0 2 0 USD G 1 2026-11-01\ne y r on_demand 0 10 0 USD G 1 "
			"2026-11-01\n", "" },
		{ "a x r on_demand 0 2 0 USD G 1 2026-11-01\nb y r on_demand 0 2 0 USD G 1 2026-11-01\n"
			"e y r on_demand 0 30 0 USD G 1 2026-11-01\n", "" },
		{ "a x r on_demand 0 -1 0 USD - - 2026-11-01\na y r tariff 0 -1 0 USD - - 2026-11-01\n",
			"!negative 1;" },
		{ "a x r on_demand 0 1 0 USX - - 2026-11-01\n", "!currency 1;" },
		/* three of one day: the third differs from the first, the fourth from the third alone */
		{ ON("1", "2026-11-01") ON("1", "2026-11-01") ON("3", "2026-11-01") ON("1", "2026-11-01"),
			"!duplicate 3;!duplicate 4;" },
		/* by day 1, 2, 1, 1: each but the first begins while one of another price has not ended */
		{ ON("1", "2026-11-03") ON("1", "2026-11-01") ON("2", "2026-11-02") ON("1", "2026-11-04"),
			"overlap 1;overlap 3;overlap 4;" },
		{ ON("0", "2026-11-01") ON("0", "2026-11-02") ON("0", "2026-11-03") ON("0", "2026-11-04")
			ON("0", "2026-11-05"), "!zero 1;!zero 2;!zero 3;!zero ;" },
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(table); i++) {
		struct price_store *s = fresh();
		struct str out = { 0 };
		must_import(s, table[i].text);
		audit(s, "2026-08-20T00:00:00Z", &out);
		if (strcmp(str_get(&out), table[i].want) != 0)
			fail_msg("'%s': found '%s', expected '%s'", table[i].text, str_get(&out),
				table[i].want);
		str_free(&out);
		price_store_close(s);
	}
	/* The import of the first row was retrieved on 2026-08-01: 91 days later it is stale, 90 days
	 * later it is not. */
	struct price_store *s = fresh();
	struct str out = { 0 };
	must_import(s, table[0].text);
	audit(s, "2026-10-30", &out);
	assert_string_equal(str_get(&out), "");
	audit(s, "2026-10-31", &out);
	assert_string_equal(str_get(&out), "stale 1;");
	str_free(&out);
	price_store_close(s);
}

static void other_files(void **state)
{
	struct price_store *s;
	struct cm_err err;

	(void)state;
	assert_int_equal(price_store_open_read(scratch_path(&dir, "none.db"), &s, &err), CM_ABSENT);
	assert_int_equal(price_store_open(scratch_write(&dir, "text.db", "this is no database, only a "
		"text of some length", 47), &s,
					  &err), CM_EINPUT);
	assert_int_equal(price_store_open("/nowhere/at/all.db", &s, &err), CM_EINPUT);
}

static int begin(void **state)
{
	(void)state;
	scratch_begin(&dir);
	return 0;
}

static int end(void **state)
{
	(void)state;
	scratch_end(&dir);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_or_nothing), cmocka_unit_test(filters),
		cmocka_unit_test(list_prices),      cmocka_unit_test(completed),
		cmocka_unit_test(moved),            cmocka_unit_test(checks),  cmocka_unit_test(other_files),
	};
	return cmocka_run_group_tests_name("price_store", tests, begin, end);
}
