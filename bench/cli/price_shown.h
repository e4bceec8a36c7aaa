/* One offer as it is shown, from the shipped tables or the store: the names of the JSON contract, and
 * the money converted where that was asked for. */
#ifndef CM_CLI_PRICE_SHOWN_H
#define CM_CLI_PRICE_SHOWN_H

#include "engine/price_store.h"

struct price_money;

struct price_shown {
	const char *vendor, *offer, *device, *devices, *description, *price, *currency, *per, *term,
		*region, *basis,
		*source, *effective, *retrieved, *valid_until, *file, *line;
	const char *upfront;      /* "" = none */
	const char *terms;        /* term, and what narrows it: payment, system, tenancy, licence */
	const char *day;
	double per_device;        /* NaN = not told */
	const char *converted;    /* "12.3456 EUR (rate of 2026-07-28)"; NULL = not asked for */
	const struct price_row *row; /* of the store; NULL = shipped */
	const char *list_price, *list_file, *list_line; /* price on demand and its place, "" = not known */
	double discount;          /* against it, both by the hour; NaN */
	char term_text[200], list_line_text[24], per_text[64], line_text[24], devices_text[32],
		converted_text[96];
};

/* list: the same seller's offer on demand of the same thing, NULL = none */
void price_shown_offer(struct price_shown *s, const struct offer_row *o, const struct offer_row *list,
		       const struct price_money *money);
void price_shown_row(struct price_shown *s, const struct stored_price *p, const struct price_money *money);
void price_shown_json_begin(const struct price_money *money);
void price_shown_json(const struct price_shown *s, bool first);
void price_shown_json_end(uint64_t rows);
void price_shown_csv_begin(void);
void price_shown_csv(const struct price_shown *s);

/* ---- dated rates -------------------------------------------------------------------------------- */

/* Rates of the European Central Bank in the store; CM_EINPUT where there is none to that currency. */
enum cm_status price_money_open(struct price_store *store, const char *currency, struct price_money **out,
				struct cm_err *err);
void price_money_close(struct price_money *m); /* NULL is fine */
const char *price_money_currency(const struct price_money *m);
/* amount of `from` in the wanted currency, by the last rate on or before day (at most 7 days older; day
 * "" = the newest). false: no such rate. *rate_day is the rate's. */
bool price_money_convert(const struct price_money *m, const char *from, const char *day, double amount,
	double *out,
			 const char **rate_day);

#endif
