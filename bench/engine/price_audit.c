/*
 * The checks on prices (see price_audit.h): one pass over the rows, which keeps a few numbers of each, then
 * groups of rows that are alike by hashes of what they must agree in. A sentence asks for its rows again.
 * Prices are doubles here, only to be compared.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/units.h"
#include "engine/price_audit_inner.h"

#define STALE_DAYS 90

/* ISO 4217, active codes of countries (2024), and the yuan of trade outside of China. */
static const char iso4217[] =
	"AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN "
	"BWP BYN BZD CAD CDF CHF CLP CNH CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD "
	"FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY "
	"KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP "
	"MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR "
	"RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT "
	"TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR "
	"ZMW ZWL";

static const struct { const char *name; bool ours, theirs; } kinds[] = {
#define X(symbol, name, ours, theirs) { name, ours, theirs },
	KINDS(X)
#undef X
};

/* ---- findings ----------------------------------------------------------------------------------- */

void audit_say(struct audit *a, enum kind k, uint64_t count, const struct audit_facts *f,
	       const char *fmt, ...)
{
	struct str s = { 0 };
	va_list ap;

	if (count > a->wish->most)
		return;
	va_start(ap, fmt);
	str_vaddf(&s, fmt, ap);
	va_end(ap);
	a->wish->found(&(struct price_finding){kinds[k].name,
					       a->from->ours ? kinds[k].ours : kinds[k].theirs,
					       f->file, f->line, str_get(&s)},
		       a->wish->user);
	str_free(&s);
	pool_free(&a->texts);
}

void audit_say_rest(struct audit *a, enum kind k, uint64_t count)
{
	const struct audit_facts none = {
		.file = a->from->store ? price_store_path(a->from->store) : "", .line = ""};

	if (count > a->wish->most)
		audit_say(a, k, 0, &none, "%s: %llu more of this kind", kinds[k].name,
		    (unsigned long long)(count - a->wish->most));
}

struct audit_facts audit_again(struct audit *a, int64_t id)
{
	struct audit_facts f;

	a->from->again(a->from, id, &a->texts, &f);
	return f;
}

const char *audit_name(struct audit *a, const struct audit_facts *f)
{
	return pool_printf(&a->texts, "%s/%s@%s%s%s", f->who, f->offer, f->label, *f->region ? "#" : "",
			   f->region);
}

/* ---- the pass ----------------------------------------------------------------------------------- */

/* FNV-1a by text, letters of our tables folded as their keys are. */
static uint64_t hashed(const char *const *text, size_t n, bool fold)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < n; i++) {
		for (const char *p = text[i]; *p; p++)
			h = (h ^ (unsigned char)(fold && *p >= 'A' && *p <= 'Z' ? *p + 32 : *p)) *
			    0x100000001b3u;
		h = (h ^ 0xff) * 0x100000001b3u;
	}
	return h ^ h >> 32;
}

#define HASHED(fold, ...)                                                                          \
	hashed((const char *const[]){ __VA_ARGS__ }, CM_COUNT(((const char *const[]){ __VA_ARGS__ })), fold)

static void join(struct members *g, uint64_t hash, size_t row, bool first)
{
	CM_PUSH(g->m, g->n, g->cap);
	g->m[g->n++] = (struct member){ hash, (uint32_t)row, first };
}

static const char *kept_date(struct audit *a, const char *date)
{
	if (!*date)
		return "";
	if (!a->kept || strcmp(a->kept, date) != 0)
		a->kept = pool_dup(&a->pool, date);
	return a->kept;
}

static bool is_currency(const struct audit_facts *f)
{
	const bool three = strlen(f->currency) == 3 && !strchr(f->currency, ' ');

	if (!strcmp(f->scope, "carbon"))
		return true; /* an amount */
	/* rates of exchange go back to currencies that are no more */
	return three && (!strcmp(f->scope, "currency") || strstr(iso4217, f->currency));
}

static bool is_unit(const struct audit *a, const struct audit_facts *f)
{
	struct cm_err err;

	if (!a->from->ours)
		return *f->unit != '\0';
	return !strcmp(f->unit, "once") || unit_parse(f->unit, &err);
}

static void count_age(struct audit *a, const struct audit_facts *f)
{
	if (strncmp(a->taken, f->taken, sizeof a->taken - 1) != 0) {
		snprintf(a->taken, sizeof a->taken, "%.10s", f->taken);
		if (!cm_iso_days(a->taken, a->today, &a->days))
			a->days = 0;
		snprintf(a->taken, sizeof a->taken, "%.39s", f->taken);
	}
	while (a->ages <= f->table) {
		CM_PUSH(a->age, a->ages, a->ages_cap);
		a->age[a->ages++] = (struct age){ 0 };
	}
	struct age *age = &a->age[f->table];
	age->rows++;
	if (!*f->taken || a->days <= STALE_DAYS)
		return;
	if (!age->stale++ || strncmp(f->taken, age->oldest, 10) < 0) {
		snprintf(age->oldest, sizeof age->oldest, "%.10s", f->taken);
		age->id = f->id;
	}
}

static void count_in(struct tally *t, const struct audit_facts *f, const char *a, const char *b)
{
	char *text = cm_printf_dup("%zu\n%s\n%s", f->table, a, b), id[24];

	snprintf(id, sizeof id, "%lld", (long long)f->id);
	tally_add(t, text, id);
	free(text);
}

static uint32_t wrong_alone(struct audit *a, const struct audit_facts *f, const struct row *r)
{
	uint32_t wrong = 0;

	if (r->price == 0 && r->total == 0) {
		if (*f->note)
			count_in(&a->explained, f, f->who, f->note);
		else
			wrong |= 1U << KIND_ZERO;
	}
	if (r->price < 0 && strcmp(f->label, "tariff") != 0)
		wrong |= 1U << KIND_NEGATIVE;
	if (!is_currency(f))
		wrong |= 1U << KIND_CURRENCY;
	if (!is_unit(a, f))
		wrong |= 1U << KIND_UNIT;
	if (strncmp(f->taken, a->today, 10) > 0)
		wrong |= 1U << KIND_FUTURE;
	if (*f->end && strncmp(f->end, a->today, 10) <= 0 && strcmp(f->end, f->start) > 0)
		count_in(&a->expired, f, f->who, "");
	if (*f->written && !*f->device)
		count_in(&a->unknown, &(struct audit_facts){ .id = f->id }, f->who, f->written);
	return wrong;
}

static void join_groups(struct audit *a, const struct audit_facts *f, size_t at)
{
	const bool ours = a->from->ours, spot = !strcmp(f->label, "spot");
	const bool one = !strcmp(f->devices, "1"), eight = !strcmp(f->devices, "8");
	const bool plain = (!*f->os || !strcmp(f->os, "linux")) &&
			   (!*f->tenancy || !strcmp(f->tenancy, "shared"));

	join(&a->same,
	     ours ? HASHED(true, f->who, f->offer, f->label, f->region, f->currency)
		  : HASHED(false, f->who, f->offer, f->device, f->region, f->label, f->payment,
			   f->os, f->tenancy, f->license, f->tier, f->zone, f->service, f->currency,
			   f->unit, f->scope, f->capacity, f->sku),
	     at, false);
	if (spot || !strcmp(f->label, "on demand"))
		join(&a->spot, HASHED(ours, f->who, f->offer, f->region, f->zone, f->os, f->currency, f->unit,
				      f->scope, f->devices, f->tenancy), at, spot);
	if (!*f->device || !(f->each > 0))
		return;
	if (one || eight)
		join(&a->node, HASHED(ours, f->who, f->device, f->region, f->label, f->payment, f->os,
				      f->tenancy, f->license, f->currency, f->unit, f->scope), at, eight);
	if (plain && (!strcmp(f->scope, "node") || !strcmp(f->scope, "device")))
		join(&a->like, HASHED(false, f->device, f->label, f->currency, f->unit), at, false);
}

static void take(const struct audit_facts *f, void *user)
{
	struct audit *a = user;
	struct row r = { .id = f->id, .each = f->each, .price = strtod(f->price, NULL) };

	r.total = r.price + strtod(f->upfront, NULL);
	r.rate = !strcmp(f->label, "rate");
	if (!a->from->ours) { /* two offers of one key in our tables are two too many, whenever they start */
		r.start = kept_date(a, f->start);
		r.end = kept_date(a, f->end);
	} else {
		r.start = r.end = "";
	}
	r.wrong = wrong_alone(a, f, &r);
	count_age(a, f);
	CM_PUSH(a->row, a->n, a->cap);
	a->row[a->n] = r;
	join_groups(a, f, a->n++);
}

/* ---- what one row tells ------------------------------------------------------------------------- */

static void say_alone(struct audit *a, enum kind k, uint64_t count, int64_t id)
{
	const struct audit_facts f = audit_again(a, id);
	const char *name = audit_name(a, &f);
	struct cm_err err = { 0 };

	if (k == KIND_ZERO)
		audit_say(a, k, count, &f, "%s: the price is 0; nothing is sold for nothing", name);
	else if (k == KIND_NEGATIVE)
		audit_say(a, k, count, &f, "%s: the price is below 0", name);
	else if (k == KIND_CURRENCY && !*f.currency)
		audit_say(a, k, count, &f, "%s: the currency is missing", name);
	else if (k == KIND_CURRENCY)
		audit_say(a, k, count, &f,
			  "%s: '%s' is not a currency of ISO 4217 (write USD, EUR, …)", name,
			  f.currency);
	else if (k == KIND_FUTURE)
		audit_say(a, k, count, &f, "%s: retrieved on %.10s, which is still to come", name, f.taken);
	else if (!*f.unit)
		audit_say(a, k, count, &f, "%s: it is not said what the price is for", name);
	else if (!unit_parse(f.unit, &err))
		audit_say(a, k, count, &f, "%s: per: %s; or 'once'", name, err.why);
}

static void alone(struct audit *a)
{
	for (enum kind k = KIND_ZERO; k <= KIND_FUTURE; k++) {
		uint64_t n = 0;

		for (size_t i = 0; i < a->n; i++)
			if (a->row[i].wrong & 1U << k && ++n <= a->wish->most)
				say_alone(a, k, n, a->row[i].id);
		audit_say_rest(a, k, n);
	}
}

static const char *nearest_device(const struct audit *a, const char *written)
{
	const struct device_row *row = NULL;
	const size_t n = catalogue_devices(a->wish->catalogue, &row);
	const char **names = cm_alloc((n + 1) * sizeof *names), *near;

	for (size_t i = 0; i < n; i++)
		names[i] = row[i].device;
	near = cm_nearest(written, names, n);
	free(names);
	return near;
}

static void say_counted(struct audit *a, enum kind k, uint64_t count, const struct tally_item *t)
{
	const struct audit_facts f = audit_again(a, strtoll(t->first, NULL, 10));
	const char *s = t->rows == 1 ? "" : "s", *near;

	if (k == KIND_EXPLAINED) {
		audit_say(a, k, count, &f, "%s: %llu price%s of 0, such as %s: %s", f.who,
			  (unsigned long long)t->rows, s, audit_name(a, &f), f.note);
	} else if (k == KIND_EXPIRED) {
		audit_say(a, k, count, &f, "%s: %llu price%s ended, such as %s on %.10s", f.who,
		    (unsigned long long)t->rows, t->rows == 1 ? " has" : "s have", audit_name(a, &f), f.end);
	} else {
		near = a->from->ours ? nearest_device(a, f.written) : NULL; /* sellers do not mistype */
		audit_say(a, k, count, &f,
			  "no table knows the device '%s' of %s (%llu price%s)%s%s%s", f.written,
			  f.who, (unsigned long long)t->rows, s, near ? ": did you mean '" : "",
			  near ? near : "", near ? "'?" : "");
	}
}

static void counted(struct audit *a, enum kind k, struct tally *t)
{
	tally_sort(t);
	for (size_t i = 0; i < t->n && i < a->wish->most; i++)
		say_counted(a, k, i + 1, &t->item[i]);
	audit_say_rest(a, k, t->n);
	tally_free(t);
}

static void ages(struct audit *a)
{
	uint64_t n = 0;

	for (size_t i = 0; i < a->ages; i++) {
		const struct age *age = &a->age[i];

		if (!age->stale)
			continue;
		const struct audit_facts f = audit_again(a, age->id);
		audit_say(a, KIND_STALE, ++n, &f,
			  "stale: %zu of %zu prices of this table are of more than %d days ago, "
			  "the oldest of %s",
			  age->stale, age->rows, STALE_DAYS, age->oldest);
	}
	audit_say_rest(a, KIND_STALE, n);
}

/* ---- all ---------------------------------------------------------------------------------------- */

static enum cm_status audit(struct price_audit *wish, const struct audit_source *from, struct cm_err *err)
{
	struct audit a = { .wish = wish, .from = from };

	snprintf(a.today, sizeof a.today, "%.10s", wish->today);
	const enum cm_status st = from->each(from, take, &a, err);
	if (!st) {
		wish->rows += a.n;
		alone(&a);
		counted(&a, KIND_EXPLAINED, &a.explained);
		counted(&a, KIND_EXPIRED, &a.expired);
		ages(&a);
		counted(&a, KIND_UNKNOWN, &a.unknown);
		audit_groups(&a);
	}
	tally_free(&a.explained);
	tally_free(&a.expired);
	tally_free(&a.unknown);
	free(a.row);
	free(a.same.m);
	free(a.spot.m);
	free(a.node.m);
	free(a.like.m);
	free(a.pair);
	free(a.age);
	pool_free(&a.texts);
	pool_free(&a.pool);
	return st;
}

void price_audit_offers(struct price_audit *a)
{
	struct audit_source from = audit_of_offers;
	struct cm_err err;

	from.catalogue = a->catalogue;
	audit(a, &from, &err); /* reading tables that are loaded cannot fail */
}

enum cm_status price_audit_store(struct price_audit *a, struct price_store *s, struct cm_err *err)
{
	struct audit_source from = audit_of_store;

	from.store = s;
	return audit(a, &from, err);
}
