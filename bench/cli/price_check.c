/*
 * The checks behind `costmark prices check`. Each looks at one offer, at times against its like; none
 * repairs or hides a row. Prices are compared as doubles only to find outliers.
 */
#include "cli/price_check.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/units.h"
#include "engine/stats.h"

#define STALE_DAYS 90
/* Honest prices of one device differ by a factor of five (a cheap neocloud, a hyperscaler); eight is
 * the commonest number of devices in a node. */
#define FAR 6.0
#define ODD 4.0
#define ENOUGH 3 /* other offers that a median needs */

/* ISO 4217, active codes of countries (2024). */
static const char iso4217[] =
	"AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN "
	"BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD "
	"FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY "
	"KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP "
	"MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR "
	"RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT "
	"TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR "
	"ZMW ZWL";

struct check {
	const struct catalogue *cat;
	const struct offer_row *offer;
	size_t n;
	const char *today;
	struct findings *out;
};

static void found(struct findings *f, bool problem, const struct offer_row *o, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static void found(struct findings *f, bool problem, const struct offer_row *o, const char *fmt, ...)
{
	struct str s = { 0 };
	va_list ap;
	va_start(ap, fmt);
	str_vaddf(&s, fmt, ap);
	va_end(ap);
	CM_PUSH(f->list, f->n, f->cap);
	f->list[f->n++] = (struct finding){ problem, o->file, o->line,
					    pool_dup(&f->pool, str_get(&s)) };
	f->problems += problem;
	str_free(&s);
}

static void check_money(const struct check *c, const struct offer_row *o)
{
	struct cm_err err = { 0 };

	if (o->price.m == 0)
		found(c->out, true, o, "%s/%s: the price is 0; leave the row out where no price is "
		      "stated", o->vendor, o->offer);
	else if (o->price.m < 0)
		found(c->out, true, o, "%s/%s: the price is below 0", o->vendor, o->offer);
	if (*o->currency == '\0')
		found(c->out, true, o, "%s/%s: the currency is missing", o->vendor, o->offer);
	else if (strlen(o->currency) != 3 || strchr(o->currency, ' ') ||
		 !strstr(iso4217, o->currency))
		found(c->out, true, o, "%s/%s: '%s' is not a currency of ISO 4217 (write USD, EUR, …)",
		      o->vendor, o->offer, o->currency);
	if (strcmp(o->per, "once") != 0 && !unit_parse(o->per, &err))
		found(c->out, true, o, "%s/%s: per: %s; or 'once'", o->vendor, o->offer, err.why);
}

static void check_device(const struct check *c, const struct offer_row *o)
{
	const struct device_row *row;
	size_t n = catalogue_devices(c->cat, &row);

	if (*o->device == '\0' || catalogue_device(c->cat, o->device))
		return;
	const char **names = cm_alloc((n + 1) * sizeof *names);
	for (size_t i = 0; i < n; i++)
		names[i] = row[i].device;
	const char *near = cm_nearest(o->device, names, n);
	found(c->out, true, o, near ? "%s/%s: no table knows the device '%s' (did you mean '%s'?)"
				    : "%s/%s: no table knows the device '%s'",
	      o->vendor, o->offer, o->device, near);
	free(names);
}

static void check_dates(const struct check *c, const struct offer_row *o)
{
	long days;

	if (*o->valid_until && cm_iso_days(o->valid_until, c->today, &days) && days > 0)
		found(c->out, true, o, "%s/%s: the offer ended on %s", o->vendor, o->offer,
		      o->valid_until);
	if (cm_iso_days(c->today, o->retrieved, &days) && days > 0)
		found(c->out, true, o, "%s/%s: retrieved on %s, which is still to come", o->vendor,
		      o->offer, o->retrieved);
}

static bool same_key(const struct offer_row *a, const struct offer_row *b)
{
	return cm_ieq(a->vendor, b->vendor) && cm_ieq(a->offer, b->offer) &&
	       cm_ieq(a->term, b->term) && cm_ieq(a->region, b->region) &&
	       cm_ieq(a->currency, b->currency);
}

static void check_double(const struct check *c, size_t i)
{
	const struct offer_row *o = &c->offer[i];

	for (size_t k = 0; k < i; k++) {
		const struct offer_row *b = &c->offer[k];
		if (!same_key(o, b))
			continue;
		found(c->out, true, o, "%s/%s@%s: the same offer stands at %s:%zu, %s", o->vendor,
		      o->offer, o->term, b->file, b->line,
		      dec_cmp(o->price, b->price) ? "with another price" : "with the same price");
		return;
	}
}

static bool same_market(const struct offer_row *a, const struct offer_row *b)
{
	return strcmp(a->term, b->term) == 0 && strcmp(a->per, b->per) == 0 &&
	       strcmp(a->currency, b->currency) == 0;
}

static double per_device(const struct offer_row *o)
{
	return dec_double(o->price) / o->devices;
}

static void check_outlier(const struct check *c, size_t i)
{
	const struct offer_row *o = &c->offer[i];
	const struct device_row *device = catalogue_device(c->cat, o->device);
	double *like = cm_alloc((c->n + 1) * sizeof *like);
	size_t n = 0;

	for (size_t k = 0; device && o->price.m > 0 && k < c->n; k++) {
		const struct offer_row *b = &c->offer[k];
		if (k != i && b->price.m > 0 && same_market(o, b) &&
		    catalogue_device(c->cat, b->device) == device)
			like[n++] = per_device(b);
	}
	if (n >= ENOUGH) {
		const double ratio = per_device(o) / stats_median(like, n);
		const double far = ratio > 1.0 ? ratio : 1.0 / ratio;
		if (far > ODD)
			found(c->out, far > FAR, o, "%s/%s: %.4g %s a device is %.3g times the median of %zu "
			      "other offers of %s: is it the price of the node, or the number of "
			      "devices?", o->vendor, o->offer, per_device(o), o->currency, ratio, n,
			      device->device);
	}
	free(like);
}

static void check_spot(const struct check *c, const struct offer_row *o)
{
	if (strcmp(o->term, "spot") != 0)
		return;
	for (size_t k = 0; k < c->n; k++) {
		const struct offer_row *b = &c->offer[k];
		if (strcmp(b->term, "on demand") == 0 && cm_ieq(o->vendor, b->vendor) &&
		    cm_ieq(o->offer, b->offer) && cm_ieq(o->region, b->region) &&
		    strcmp(o->currency, b->currency) == 0 && dec_cmp(o->price, b->price) > 0)
			found(c->out, false, o, "%s/%s: spot at %s is above on demand at %s (%s:%zu)",
			      o->vendor, o->offer, o->price_text, b->price_text, b->file, b->line);
	}
}

/* One warning a file, at its oldest row: a list of every stale row would hide the rest. */
static void check_age(const struct check *c, size_t first)
{
	const struct offer_row *o = &c->offer[first], *oldest = NULL;
	size_t stale = 0, rows = 0;
	long most = STALE_DAYS;

	if (first > 0 && strcmp(c->offer[first - 1].file, o->file) == 0)
		return;
	for (size_t k = first; k < c->n && strcmp(c->offer[k].file, o->file) == 0; k++, rows++) {
		long days;
		if (!cm_iso_days(c->offer[k].retrieved, c->today, &days) || days <= STALE_DAYS)
			continue;
		stale++;
		if (days > most) {
			most = days;
			oldest = &c->offer[k];
		}
	}
	if (oldest)
		found(c->out, false, oldest, "stale: %zu of %zu offers of this table were retrieved more "
		      "than %d days ago, this one %ld days ago", stale, rows, STALE_DAYS, most);
}

void price_check(const struct catalogue *cat, const char *today, struct findings *out)
{
	char day[11] = "";
	struct check c = { .cat = cat, .today = day, .out = out };

	memcpy(day, today, strnlen(today, sizeof day - 1));
	c.n = catalogue_offers(cat, &c.offer);
	for (size_t i = 0; i < c.n; i++) {
		check_age(&c, i);
		check_money(&c, &c.offer[i]);
		check_device(&c, &c.offer[i]);
		check_dates(&c, &c.offer[i]);
		check_double(&c, i);
		check_outlier(&c, i);
		check_spot(&c, &c.offer[i]);
	}
}

void findings_free(struct findings *f)
{
	free(f->list);
	pool_free(&f->pool);
	*f = (struct findings){ 0 };
}
