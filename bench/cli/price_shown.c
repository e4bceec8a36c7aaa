/* Offers as they are shown, one by one (see price_shown.h): the table's texts, JSON objects, CSV rows. */
#include "cli/price_shown.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/json.h"

/* PricingUnit of the store against `per` of the contract. */
static const char *const units[][2] = { { "Hours", "hour" }, { "Units", "once" }, { "", "once" } };

static void convert(struct price_shown *s, const struct price_money *money, const char *amount)
{
	const char *day = "";
	double value;

	s->converted = NULL;
	if (!money)
		return;
	s->converted = s->converted_text;
	if (price_money_convert(money, s->currency, s->day, strtod(amount, NULL), &value, &day))
		snprintf(s->converted_text, sizeof s->converted_text, "%.6g %s%s%s", value,
			 price_money_currency(money), *day ? " by the rate of " : "", day);
	else
		snprintf(s->converted_text, sizeof s->converted_text, "no rate of %.8s", s->currency);
}

static void add_discount(struct price_shown *s)
{
	const size_t n = strlen(s->term_text);

	if (!isnan(s->discount))
		snprintf(s->term_text + n, sizeof s->term_text - n, ", %.1f %% %s list",
			 100 * fabs(s->discount), s->discount < 0 ? "above" : "below");
}

void price_shown_offer(struct price_shown *s, const struct offer_row *o, const struct offer_row *list,
		       const struct price_money *money)
{
	*s = (struct price_shown){
		.vendor = o->vendor, .offer = o->offer, .device = o->device, .description = o->description,
		.price = o->price_text, .currency = o->currency, .per = o->per, .term = o->term,
		.region = o->region, .basis = cm_basis_word(o->basis), .source = o->source,
		.effective = o->effective, .retrieved = o->retrieved, .valid_until = o->valid_until,
		.file = o->file, .upfront = "", .terms = o->term,
		.day = *o->effective ? o->effective : o->retrieved,
		.per_device = o->devices > 0 ? dec_double(o->price) / o->devices : NAN,
		.list_price = "", .list_file = "", .list_line = "", .discount = NAN,
	};
	if (list) {
		s->list_price = list->price_text;
		s->list_file = list->file;
		snprintf(s->list_line_text, sizeof s->list_line_text, "%zu", list->line);
		s->list_line = s->list_line_text;
		s->discount = 1 - dec_double(o->price) / dec_double(list->price);
		snprintf(s->term_text, sizeof s->term_text, "%.60s", o->term);
		add_discount(s);
		s->terms = s->term_text;
	}
	snprintf(s->line_text, sizeof s->line_text, "%zu", o->line);
	snprintf(s->devices_text, sizeof s->devices_text, "%g", o->devices);
	s->line = s->line_text;
	s->devices = s->devices_text;
	convert(s, money, o->price_text);
}

static void add_word(char *text, size_t cap, const char *word)
{
	const size_t n = strlen(text);

	if (*word)
		snprintf(text + n, cap - n, ", %.60s", word);
}

void price_shown_row(struct price_shown *s, const struct stored_price *p, const struct price_money *money)
{
	const struct price_row *r = &p->row;
	struct dec upfront;
	const bool once = dec_parse(r->upfront, &upfront) && upfront.m != 0;

	*s = (struct price_shown){
		.vendor = r->provider, .offer = r->offer, .device = r->device, .devices = r->devices,
		.description = r->note, .price = r->price, .currency = r->currency, .per = r->unit,
		.term = p->label, .region = r->region, .basis = r->basis, .source = r->source,
		.effective = r->start, .retrieved = r->retrieved, .valid_until = r->end, .file = r->file,
		.line = r->line, .upfront = once ? r->upfront : "", .day = p->day, .per_device =
			p->per_device,
		.row = r, .list_price = r->list_price, .list_file = *p->list_file ? p->list_file : r->file,
		.list_line = *p->list_line ? p->list_line : r->line, .discount = p->discount,
	};
	for (size_t i = 0; i < CM_COUNT(units); i++)
		if (!strcmp(units[i][0], r->unit))
			s->per = units[i][1];
	snprintf(s->term_text, sizeof s->term_text, "%.60s", p->label);
	if (*r->payment) {
		add_word(s->term_text, sizeof s->term_text, r->payment);
		strncat(s->term_text, " upfront", sizeof s->term_text - strlen(s->term_text) - 1);
	}
	add_word(s->term_text, sizeof s->term_text, strcmp(r->os, "linux") ? r->os : "");
	add_word(s->term_text, sizeof s->term_text, strcmp(r->tenancy, "shared") ? r->tenancy : "");
	add_word(s->term_text, sizeof s->term_text, strcmp(r->license, "included") ? r->license : "");
	add_discount(s);
	s->terms = s->term_text;
	convert(s, money, *r->effective ? r->effective : r->price);
}

/* ---- JSON --------------------------------------------------------------------------------------- */

static void print_value(const char *key, struct cmj *v, const char *after)
{
	struct str text = { 0 };

	cmj_print(v, false, &text);
	printf("    \"%s\": %s%s\n", key, str_get(&text), after);
	str_free(&text);
	cmj_free(v);
}

static void print_text(const char *key, const char *text, bool null_if_empty)
{
	print_value(key, null_if_empty && !*text ? cmj_null() : cmj_string(text), ",");
}

void price_shown_json_begin(const struct price_money *money)
{
	printf("{\n  \"schema\": \"costmark.prices/1\",\n");
	if (money)
		printf("  \"converted_to\": \"%s\",\n", price_money_currency(money));
	printf("  \"offers\": [");
}

static struct cmj *line_json(const char *line)
{
	char *end;
	const long n = strtol(line, &end, 10);

	return *line && !*end ? cmj_int(n) : cmj_string(line);
}

/* One object a row, written as it comes: a document of millions of rows takes no memory. */
void price_shown_json(const struct price_shown *s, bool first)
{
	printf("%s\n  {\n", first ? "" : ",");
	print_text("vendor", s->vendor, false);
	print_text("offer", s->offer, false);
	print_text("device", s->device, true);
	print_value("devices", *s->devices ? cmj_number(strtod(s->devices, NULL)) : cmj_null(), ",");
	print_text("description", s->description, false);
	print_text("price", s->price, false);
	print_text("currency", s->currency, false);
	print_text("per", s->per, false);
	print_text("term", s->term, false);
	print_text("region", s->region, false);
	print_text("basis", s->basis, false);
	print_text("source", s->source, false);
	print_text("effective", s->effective, true);
	print_text("retrieved", s->retrieved, true);
	print_text("valid_until", s->valid_until, true);
	print_text("file", s->file, false);
	print_value("line", line_json(s->line), ",");
	print_text("list_price", s->list_price, true);
	if (*s->list_price) {
		print_text("list_price_file", s->list_file, true);
		print_value("list_price_line", line_json(s->list_line), ",");
	}
	print_value("discount", isnan(s->discount) ? cmj_null() : cmj_number(s->discount),
		    s->row || s->converted ? "," : "");
	if (s->converted)
		print_value("converted", cmj_string(s->converted), s->row ? "," : "");
	if (s->row) {
		struct cmj *columns = cmj_object();
#define X(member, column) if (*s->row->member) cmj_set(columns, column, cmj_string(s->row->member));
		CM_PRICE_COLUMNS(X)
#undef X
		print_value("columns", columns, "");
	}
	printf("  }");
}

void price_shown_json_end(uint64_t rows)
{
	printf("%s]\n}\n", rows ? "\n  " : "");
}

/* ---- CSV ---------------------------------------------------------------------------------------- */

static const char *const csv_names[] = { "vendor", "offer", "device", "devices", "description", "price",
	"currency", "per",
					 "term", "region", "basis", "source", "effective", "retrieved",
					 "valid_until",
					 "file", "line" };

/* The contract's columns, then the store's that it does not name already. */
void price_shown_csv_begin(void)
{
	for (size_t i = 0; i < CM_COUNT(csv_names); i++)
		csv_put(stdout, csv_names[i], i == 0);
#define X(member, column) csv_put(stdout, "row." column, false);
	CM_PRICE_COLUMNS(X)
#undef X
	csv_put(stdout, "converted", false);
	csv_put(stdout, "list_price", false);
	csv_put(stdout, "discount", false);
	putchar('\n');
}

void price_shown_csv(const struct price_shown *s)
{
	const char *const cell[] = { s->vendor, s->offer, s->device, s->devices, s->description, s->price,
		s->currency,
				     s->per, s->term, s->region, s->basis, s->source, s->effective,
				     s->retrieved,
				     s->valid_until, s->file, s->line };
	char discount[32];

	for (size_t i = 0; i < CM_COUNT(cell); i++)
		csv_put(stdout, cell[i], i == 0);
#define X(member, column) csv_put(stdout, s->row ? s->row->member : "", false);
	CM_PRICE_COLUMNS(X)
#undef X
	csv_put(stdout, s->converted ? s->converted : "", false);
	csv_put(stdout, s->list_price, false);
	if (isnan(s->discount))
		discount[0] = '\0';
	else
		snprintf(discount, sizeof discount, "%.6g", s->discount);
	csv_put(stdout, discount, false);
	putchar('\n');
}
