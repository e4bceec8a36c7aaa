/*
 * costmark prices list: offers of the shipped tables and of the store, filtered, sorted, as table, JSON
 * or CSV.
 *
 * Rows are handed on one by one, the store's sorted by the store and the few shipped ones merged in, so
 * that a list of millions takes no memory. No row is converted unless --currency asks.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/textable.h"
#include "cli/price_actions.h"
#include "cli/price_shown.h"

#define WIDTH 140
#define MOST_LINES 1000 /* of the table for the terminal; JSON and CSV have no limit */

enum form { FORM_TABLE, FORM_JSON, FORM_CSV };

struct listing {
	const struct price_filter *filter;
	const struct offer_row **shipped;  /* that pass, in the order asked for */
	size_t shipped_n, shipped_at;
	const struct price_money *money;
	enum form form;
	struct textable *table;
	const struct offer_row *all;       /* of the shipped tables */
	size_t all_n;
	uint64_t shown, limit;
};

/* ---- the shipped rows --------------------------------------------------------------------------- */

static const char *offer_day(const struct offer_row *o)
{
	return *o->effective ? o->effective : o->retrieved;
}

static bool offer_passes(const struct offer_row *o, const struct price_filter *f)
{
	if ((f->vendor && !cm_ieq(o->vendor, f->vendor)) || (f->region && !cm_ieq(o->region, f->region)) ||
	    (f->device && !price_holds(o->device, f->device)) || (f->term && !price_holds(o->term,
	    f->term)) ||
	    (f->os && !cm_ieq(f->os, "none")) || /* the shipped tables tell no system */
	    (f->since && strncmp(offer_day(o), f->since, 10) < 0) ||
	    (f->until && strncmp(offer_day(o), f->until, 10) > 0))
		return false;
	for (size_t i = 0; i < f->words; i++)
		if (!price_holds(o->vendor, f->word[i]) && !price_holds(o->device, f->word[i]) &&
		    !price_holds(o->offer, f->word[i]) && !price_holds(o->region, f->word[i]) &&
		    !price_holds(o->term, f->word[i]))
			return false;
	return true;
}

struct sort_key { double number; const char *text; };

static struct sort_key key_of_offer(const struct offer_row *o, enum price_order by)
{
	const double price = dec_double(o->price), each = o->devices > 0 ? price / o->devices : price;

	return (struct sort_key){ by == PRICE_ORDER_PRICE ? price : each,
				  by == PRICE_ORDER_DEVICE ? o->device : by == PRICE_ORDER_DATE
				  ? offer_day(o) : "" };
}

static struct sort_key key_of_row(const struct stored_price *p, enum price_order by)
{
	return (struct sort_key){ by == PRICE_ORDER_PRICE ? strtod(p->row.price, NULL) : p->per_device,
				  by == PRICE_ORDER_DEVICE ? p->row.device : by == PRICE_ORDER_DATE
				  ? p->day : "" };
}

static int compare(struct sort_key a, struct sort_key b, enum price_order by)
{
	const int text = strcmp(a.text, b.text);

	if (text || by == PRICE_ORDER_DATE)
		return text;
	if (isnan(a.number) || isnan(b.number))
		return isnan(a.number) - isnan(b.number);
	return (a.number > b.number) - (a.number < b.number);
}

static int compare_offers(const void *x, const void *y, void *by)
{
	const struct offer_row *a = *(const struct offer_row *const *)x, *b =
		*(const struct offer_row *const *)y;
	const int way = compare(key_of_offer(a, *(enum price_order *)by), key_of_offer(b,
		*(enum price_order *)by),
				*(enum price_order *)by);

	return way ? way : (a > b) - (a < b); /* else as in the tables */
}

static void pick_shipped(struct listing *l, const struct catalogue *c)
{
	const struct offer_row *o;
	const size_t n = l->all_n = catalogue_offers(c, &l->all);
	enum price_order by = l->filter->order;

	o = l->all;

	l->shipped = cm_alloc((n + 1) * sizeof *l->shipped);
	for (size_t i = 0; i < n; i++)
		if (offer_passes(&o[i], l->filter))
			l->shipped[l->shipped_n++] = &o[i];
	if (by != PRICE_ORDER_NONE)
		qsort_r(l->shipped, l->shipped_n, sizeof *l->shipped, compare_offers, &by);
}

/* ---- one row ------------------------------------------------------------------------------------ */

static void table_row(struct textable *t, const struct price_shown *s)
{
	const bool node = *s->devices && strcmp(s->devices, "1") != 0;
	char each[32] = "";

	if (*s->device && node && !isnan(s->per_device))
		cm_number_print(s->per_device, 4, each, sizeof each);
	textable_cellf(t, "%s/%s", s->vendor, s->offer);
	if (*s->device && node)
		textable_cellf(t, "%s x %s", s->devices, s->device);
	else
		textable_cell(t, s->device);
	if (*s->upfront)
		textable_cellf(t, "%s + %s once", s->price, s->upfront);
	else
		textable_cell(t, s->price);
	textable_cell(t, each);
	textable_cellf(t, strcmp(s->per, "once") ? "%s/%s" : "%s", s->currency, s->per);
	textable_cell(t, s->terms);
	textable_cell(t, s->region);
	textable_cell(t, s->basis);
	textable_cell(t, s->day);
	if (s->converted)
		textable_cell(t, s->converted);
}

/* False when enough were shown. */
static bool show(struct listing *l, const struct price_shown *s)
{
	static const char *const titles[] = { "Offer", "Device", "Price", "A device", "In", "Term",
		"Region", "Basis",
					      "Date", "Converted" };

	if (l->limit && l->shown == l->limit)
		return false;
	if (!l->shown++ && l->form == FORM_TABLE)
		l->table = textable_new(l->money ? "llrrllllll" : "llrrlllll", titles);
	if (l->form == FORM_TABLE)
		table_row(l->table, s);
	else if (l->form == FORM_CSV)
		price_shown_csv(s);
	else
		price_shown_json(s, l->shown == 1);
	return true;
}

/* The seller's on-demand offer of the same thing; NULL: it is one itself, there is none, or several
 * differ. */
static const struct offer_row *list_offer(const struct listing *l, const struct offer_row *o)
{
	const struct offer_row *found = NULL;

	for (size_t i = 0; i < l->all_n && strcmp(o->term, "on demand") != 0 && *o->device; i++) {
		const struct offer_row *b = &l->all[i];

		if (strcmp(b->term, "on demand") != 0 || !cm_ieq(b->vendor, o->vendor) ||
		    !cm_ieq(b->offer, o->offer) || !cm_ieq(b->region, o->region) ||
		    !cm_ieq(b->device, o->device) || b->devices != o->devices ||
		    strcmp(b->currency, o->currency) != 0 || strcmp(b->per, o->per) != 0)
			continue;
		if (found && dec_cmp(found->price, b->price) != 0)
			return NULL;
		found = b;
	}
	return found;
}

static bool show_offer(struct listing *l, const struct offer_row *o)
{
	struct price_shown s;

	price_shown_offer(&s, o, list_offer(l, o), l->money);
	return show(l, &s);
}

static bool each_row(const struct stored_price *p, void *user)
{
	struct listing *l = user;
	const enum price_order by = l->filter->order;
	struct price_shown s;

	while (l->shipped_at < l->shipped_n && by != PRICE_ORDER_NONE &&
	       compare(key_of_offer(l->shipped[l->shipped_at], by), key_of_row(p, by), by) <= 0)
		if (!show_offer(l, l->shipped[l->shipped_at++]))
			return false;
	price_shown_row(&s, p, l->money);
	return show(l, &s);
}

/* ---- the command -------------------------------------------------------------------------------- */

static enum cm_status wanted_date(const struct args *a, const char *option, const char **out,
	struct cm_err *err)
{
	long days;

	*out = args_get(a, option);
	if (*out && (strlen(*out) != 10 || !cm_iso_days(*out, *out, &days)))
		return cm_fail(err, CM_EINPUT, "--%s '%s': expected a date such as 2026-07-28", option, *out);
	return CM_OK;
}

enum cm_status price_filter_of(const struct args *a, struct price_filter *f, struct cm_err *err)
{
	static const struct { const char *word; enum price_order order; } orders[] = {
		{ "price", PRICE_ORDER_PRICE }, { "device", PRICE_ORDER_DEVICE },
		{ "per_device", PRICE_ORDER_PER_DEVICE }, { "date", PRICE_ORDER_DATE },
	};
	const char *sort = args_get(a, "sort");

	*f = (struct price_filter){ .vendor = args_get(a, "vendor"), .device = args_get(a, "device"),
				    .region = args_get(a, "region"), .term = args_get(a, "term"),
				    .os = args_get(a, "os"), .with_list = true };
	for (size_t i = 0; sort && i < CM_COUNT(orders); i++)
		if (!strcmp(orders[i].word, sort))
			f->order = orders[i].order;
	const enum cm_status st = wanted_date(a, "since", &f->since, err);
	return st ? st : wanted_date(a, "until", &f->until, err);
}

static enum cm_status each_offer(struct listing *l, struct price_store *store, struct cm_err *err)
{
	enum cm_status st = CM_OK;

	while (l->filter->order == PRICE_ORDER_NONE && l->shipped_at < l->shipped_n)
		if (!show_offer(l, l->shipped[l->shipped_at++]))
			return CM_OK;
	if (store)
		st = price_store_each(store, l->filter, each_row, l, err);
	while (!st && l->shipped_at < l->shipped_n)
		if (!show_offer(l, l->shipped[l->shipped_at++]))
			break;
	return st;
}

static void begin(struct listing *l)
{
	if (l->form == FORM_JSON)
		price_shown_json_begin(l->money);
	else if (l->form == FORM_CSV)
		price_shown_csv_begin();
}

static void end(struct listing *l, bool store)
{
	if (l->form == FORM_JSON)
		price_shown_json_end(l->shown);
	else if (l->form == FORM_TABLE && l->shown)
		textable_print(l->table, stdout, WIDTH);
	if (l->form == FORM_TABLE)
		log_note("%" PRIu64 " offers%s%s%s", l->shown, store ? "" : " of the shipped tables",
			 l->shown == l->limit ? " and maybe more (--json and --csv list all)" : "",
			 l->shown ? "; sources and places with --json" : "; give fewer words");
}

int prices_list(const struct args *a)
{
	struct price_filter f;
	struct listing l = { .filter = &f };
	struct price_store *store = NULL;
	struct price_money *money = NULL;
	struct catalogue *c = NULL;
	struct cm_err err;
	enum cm_status st = price_filter_of(a, &f, &err);

	f.word = a->argv + 1;
	f.words = (size_t)(a->argc - 1);
	l.form = args_has(a, "json") ? FORM_JSON : args_has(a, "csv") ? FORM_CSV : FORM_TABLE;
	l.limit = l.form == FORM_TABLE ? MOST_LINES : 0;
	if (!st)
		st = catalogue_load(file_data_dir(), &c, &err);
	if (!st)
		st = price_store_of(a, &store, &err);
	if (!st && args_get(a, "currency"))
		st = price_money_open(store, args_get(a, "currency"), &money, &err);
	if (!st) {
		l.money = money;
		pick_shipped(&l, c);
		begin(&l);
		st = each_offer(&l, store, &err);
		end(&l, store != NULL);
	}
	free(l.shipped);
	price_money_close(money);
	price_store_close(store);
	catalogue_free(c);
	return st ? cmd_fail(a, &err) : CM_EXIT_OK;
}
