/*
 * Money at report time: imported reference rates by day. A rate row is term "rate", scope "currency":
 * its price is what one euro costs in the row's currency, as the European Central Bank publishes it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/price_shown.h"

#define OLDEST_DAYS 7 /* no rates at weekends and holidays: the last day before, at most so long ago */

struct rate { char currency[4], day[11]; double per_euro; };

struct price_money {
	char currency[4];
	struct rate *rate; /* by currency and day */
	size_t n, cap;
};

static bool each_rate(const struct stored_price *p, void *user)
{
	struct price_money *m = user;
	const double v = strtod(p->row.price, NULL);

	if (strcmp(p->row.scope, "currency") != 0 || strlen(p->row.currency) != 3 || strlen(p->day) != 10
		|| !(v > 0))
		return true;
	CM_PUSH(m->rate, m->n, m->cap);
	struct rate *r = &m->rate[m->n++];
	memcpy(r->currency, p->row.currency, 4);
	memcpy(r->day, p->day, 11);
	r->per_euro = v;
	return true;
}

static int by_currency_and_day(const void *x, const void *y)
{
	const struct rate *a = x, *b = y;
	const int c = strcmp(a->currency, b->currency);

	return c ? c : strcmp(a->day, b->day);
}

/* The last on or before day ("" = the newest); NULL: none near enough. */
static const struct rate *find(const struct price_money *m, const char *currency, const char *day)
{
	size_t lo = 0, hi = m->n;
	long days;

	while (lo < hi) { /* the first past what is asked for */
		const size_t mid = lo + (hi - lo) / 2;
		const int c = strcmp(m->rate[mid].currency, currency);
		if (c < 0 || (c == 0 && (!*day || strncmp(m->rate[mid].day, day, 10) <= 0)))
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo || strcmp(m->rate[lo - 1].currency, currency) != 0)
		return NULL;
	const struct rate *r = &m->rate[lo - 1];
	return *day && (!cm_iso_days(r->day, day, &days) || days > OLDEST_DAYS) ? NULL : r;
}

enum cm_status price_money_open(struct price_store *store, const char *currency, struct price_money **out,
				struct cm_err *err)
{
	const struct price_filter f = { .term = "rate" };
	struct price_money *m;
	enum cm_status st = CM_OK;

	if (strlen(currency) != 3)
		return cm_fail(err, CM_EINPUT, "--currency '%s': expected a code such as EUR", currency);
	m = cm_alloc(sizeof *m);
	for (int i = 0; i < 3; i++)
		m->currency[i] = currency[i] >= 'a' && currency[i] <= 'z'
			? (char)(currency[i] - 'a' + 'A') : currency[i];
	if (store)
		st = price_store_each(store, &f, each_rate, m, err);
	if (m->n)
		qsort(m->rate, m->n, sizeof *m->rate, by_currency_and_day);
	if (!st && (!m->n || (strcmp(m->currency, "EUR") != 0 && !find(m, m->currency, ""))))
		st = cm_fail(err, CM_EINPUT, "--currency %s: the price store holds no dated rate of it; "
			"'costmark prices import "
			     "ecb eurofxref-hist.zip' brings the European Central Bank's", m->currency);
	if (st)
		price_money_close(m);
	else
		*out = m;
	return st;
}

void price_money_close(struct price_money *m)
{
	if (!m)
		return;
	free(m->rate);
	free(m);
}

const char *price_money_currency(const struct price_money *m)
{
	return m->currency;
}

bool price_money_convert(const struct price_money *m, const char *from, const char *day, double amount,
	double *out,
			 const char **rate_day)
{
	const bool from_euro = !strcmp(from, "EUR"), to_euro = !strcmp(m->currency, "EUR");
	const struct rate *a = from_euro ? NULL : find(m, from, day), *b = to_euro ? NULL : find(m,
		m->currency, day);

	*out = amount;
	*rate_day = "";
	if (!strcmp(from, m->currency))
		return true;
	if ((!from_euro && !a) || (!to_euro && !b) || (a && b && strcmp(a->day, b->day) != 0))
		return false;
	*out = amount * (b ? b->per_euro : 1) / (a ? a->per_euro : 1);
	*rate_day = a ? a->day : b->day;
	return true;
}
