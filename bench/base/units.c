/*
 * Units: UDUNITS-2 plus money, tokens, devices and the other counted things of this trade. The only
 * file that names UDUNITS.
 *
 * Every currency and every counted thing is a base unit of its own, so that only what is really the
 * same kind converts. Units are kept once and shared; units_close() frees them.
 */
#include "base/units.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <udunits2.h>

#include "base/str.h"
#include "base/utf8.h"

#define LONGEST_UNIT 120
#define SAME 1e-12 /* relative: two ways to reach one unit differ by rounding */

struct unit {
	ut_unit *u;
	char *text;
	bool spelled; /* text is what somebody wrote, not what we composed */
	struct unit *next;
};

static struct {
	ut_system *system;
	struct unit *first, *last; /* in the order in which they were met */
} all;

/* ISO 4217 codes. A price in another currency says so in the table below. */
static const char *const currencies[] = {
	"USD", "EUR", "GBP", "JPY", "CNY", "CHF", "AUD", "CAD", "NZD", "SEK", "NOK", "DKK", "ISK",
	"PLN", "CZK", "HUF", "RON", "BGN", "TRY", "INR", "KRW", "TWD", "HKD", "SGD", "MYR", "THB",
	"IDR", "PHP", "VND", "BRL", "MXN", "CLP", "COP", "PEN", "ARS", "ZAR", "ILS", "AED", "SAR",
	"QAR", "EGP", "NGN", "KES", "UAH", "KZT",
};

/* Counted things: each is a base unit; an 's' at its end is the plural. */
static const char *const counted[] = {
	"token", "device", "request", "work", "core", "thread", "server", "node", "rack", "person",
	"seat", "user", "sample", "image", "query", "call", "job", "launch", "iteration", "element",
	"site", "point", "load", "transform", "row", "edge", "step", "episode", "frame", "FLOP", "OP",
	"bit",
};

/* Names that UDUNITS gives another meaning, or a value that is not the accountant's. */
static const char *const dropped_names[] = {
	"year", "years", "yr", "yrs", "month", "months", "bit", "bits", "byte", "bytes", "octet",
	"octets", "bel", "bels",
};
static const char *const dropped_symbols[] = { "B", "yr", "a" };

static const struct { const char *name, *is; } derived[] = {
	{ "year", "365.25 day" }, { "years", "year" }, { "yr", "year" },
	{ "quarter", "0.25 year" }, { "quarters", "quarter" },
	{ "months", "month" }, { "mo", "month" },
	{ "byte", "8 bit" }, { "bytes", "byte" }, { "B", "byte" },
	{ "KiB", "1024 byte" }, { "MiB", "1048576 byte" }, { "GiB", "1073741824 byte" },
	{ "TiB", "1099511627776 byte" }, { "PiB", "1125899906842624 byte" },
	{ "Wh", "watt.hour" }, { "FTE", "person" }, { "people", "person" }, { "GPU", "device" },
	{ "GPUs", "device" }, { "queries", "query" }, { "launches", "launch" },
	{ "ppm", "1e-6" }, { "VAR", "watt" }, { "TR", "3516.853 watt" },
};

/* Composed units that get a plain name where arithmetic reaches them; %s is a currency. */
static const char *const money_forms[] = {
	"%s", "%s/hour", "%s/month", "%s/year", "%s/kWh", "%s/device", "%s/device/hour",
	"%s/device/year", "%s/token", "%s/W", "%s/kW", "%s/kW/month", "%s/person/year", "%s/server",
	"%s/rack/month", "%s/request", "%s/work",
};
static const char *const plain_forms[] = {
	"1", "s", "hour", "month", "year", "W", "J", "kWh", "byte", "byte/s", "FLOP", "FLOP/s",
	"device", "token", "token/s", "1/s", "device.hour", "request/s", "work", "work/s", "J/work",
	"work/hour", "kg", "person", "server", "rack",
};

/* Words worth suggesting that UDUNITS knows itself. */
static const char *const common[] = { "watt", "hour", "day", "second", "month", "joule", "meter",
				      "kWh", "MWh", "kW", "MW", "GB", "fortnight" };

static struct unit *add(ut_unit *u, const char *text, bool spelled)
{
	struct unit *made = cm_alloc(sizeof *made);
	made->u = u;
	made->text = cm_strdup(text);
	made->spelled = spelled;
	if (all.last)
		all.last->next = made;
	else
		all.first = made;
	all.last = made;
	return made;
}

static void define(const char *name, ut_unit *u)
{
	ut_map_name_to_unit(name, UT_ASCII, u);
	ut_map_symbol_to_unit(name, UT_ASCII, u);
}

static void define_as(const char *name, const char *is)
{
	ut_unit *u = ut_parse(all.system, is, UT_ASCII);
	if (u) {
		define(name, u);
		ut_free(u);
	}
}

static void define_base(const char *name, bool plural)
{
	ut_unit *u = ut_new_base_unit(all.system);
	define(name, u);
	if (plural) {
		char *many = cm_printf_dup("%ss", name);
		define(many, u);
		free(many);
	}
	ut_free(u);
}

static const struct unit *parse_known(const char *text)
{
	ut_unit *u = ut_parse(all.system, text, UT_UTF8);
	return u ? add(u, text, true) : NULL;
}

static bool open_system(struct cm_err *err)
{
	if (all.system)
		return true;
	ut_set_error_message_handler(ut_ignore);
	all.system = ut_read_xml(NULL);
	if (!all.system) {
		cm_fail(err, CM_EINTERNAL, "the unit database of UDUNITS-2 is not readable: install "
			"the package libudunits2-data");
		return false;
	}
	for (size_t i = 0; i < CM_COUNT(dropped_names); i++)
		ut_unmap_name_to_unit(all.system, dropped_names[i], UT_ASCII);
	for (size_t i = 0; i < CM_COUNT(dropped_symbols); i++)
		ut_unmap_symbol_to_unit(all.system, dropped_symbols[i], UT_ASCII);
	for (size_t i = 0; i < CM_COUNT(currencies); i++)
		define_base(currencies[i], false);
	for (size_t i = 0; i < CM_COUNT(counted); i++)
		define_base(counted[i], true);
	define_as("year", "365.25 day");
	define_as("month", "30.4375 day");
	for (size_t i = 0; i < CM_COUNT(derived); i++)
		define_as(derived[i].name, derived[i].is);
	for (size_t i = 0; i < CM_COUNT(plain_forms); i++)
		parse_known(plain_forms[i]);
	return true;
}

/* 0 and infinite scales ("0 W") and shifted origins (degC) are no factor of anything. */
static bool is_factor(ut_unit *from, ut_unit *to, double *factor)
{
	if (!ut_are_convertible(from, to))
		return false;
	cv_converter *c = ut_get_converter(from, to);
	if (!c)
		return false;
	const double zero = cv_convert_double(c, 0.0), one = cv_convert_double(c, 1.0);
	const double two = cv_convert_double(c, 2.0);
	cv_free(c);
	if (zero != 0.0 || !isfinite(one) || one == 0.0 || fabs(two - 2.0 * one) > 1e-9 * fabs(one))
		return false;
	*factor = one;
	return true;
}

static void seed_money(const char *text)
{
	for (size_t i = 0; i < CM_COUNT(currencies); i++) {
		if (!cm_starts(text, currencies[i]))
			continue;
		for (size_t k = 0; k < CM_COUNT(money_forms); k++) {
			struct str form = { 0 };
			for (const char *s = money_forms[k]; *s; s++) {
				if (*s == '%' && s[1] == 's' && s++)
					str_add(&form, currencies[i]);
				else
					str_addc(&form, *s);
			}
			if (k > 0 || strcmp(text, currencies[i]) != 0)
				parse_known(str_get(&form));
			str_free(&form);
		}
	}
}

/* ---- the grammar ----------------------------------------------------------------------------
 * unit = factor { ("*" | "." | "·" | blank | "/") factor }, from the left; factor = (word | number |
 * "(" unit ")") [["^"] whole number]. UDUNITS reads the words only: its own grammar also takes dates,
 * logarithms and shifted origins for units, and says of a mistake neither what nor where. */

struct reader {
	const char *text, *at;
	int depth;
	struct cm_err *err;
	bool failed; /* the sentence is written */
};

static ut_unit *refuse(struct reader *r, const char *what)
{
	if (!r->failed)
		cm_fail(r->err, CM_EINPUT, "the unit '%.*s' %s", LONGEST_UNIT, r->text, what);
	r->failed = true;
	return NULL;
}

static ut_unit *unknown_word(struct reader *r, const char *word)
{
	const char *names[CM_COUNT(currencies) + CM_COUNT(counted) + CM_COUNT(derived) +
			  CM_COUNT(common)];
	size_t n = 0;

	for (size_t i = 0; i < CM_COUNT(currencies); i++)
		names[n++] = currencies[i];
	for (size_t i = 0; i < CM_COUNT(counted); i++)
		names[n++] = counted[i];
	for (size_t i = 0; i < CM_COUNT(derived); i++)
		names[n++] = derived[i].name;
	for (size_t i = 0; i < CM_COUNT(common); i++)
		names[n++] = common[i];
	const char *near = cm_nearest(word, names, n);
	const bool whole = strcmp(word, r->text) == 0;
	struct str s = { 0 };
	str_addf(&s, "unknown unit '%s'", word);
	if (!whole)
		str_addf(&s, " in '%s'", r->text);
	if (near)
		str_addf(&s, " (did you mean '%s'?)", near);
	else
		str_add(&s, ": expected one like USD/kWh, W, token/s or %");
	if (!r->failed)
		cm_fail(r->err, CM_EINPUT, "%s", str_get(&s));
	r->failed = true;
	str_free(&s);
	return NULL;
}

/* Bytes of a letter at s: ASCII, % _ $ and what is written for micro, ohm, degree; 0: no letter. */
static size_t letter(const char *s)
{
	uint32_t c;
	if (isalpha((unsigned char)*s) || *s == '%' || *s == '_' || *s == '$')
		return 1;
	if ((unsigned char)*s < 0x80)
		return 0;
	const size_t n = utf8_next(s, &c);
	return c == 0xb5 || c == 0x3bc || c == 0x3a9 || c == 0x2126 || c == 0xb0 ? n : 0;
}

static ut_unit *word(struct reader *r)
{
	const char *from = r->at;
	for (size_t n; (n = letter(r->at)); r->at += n)
		;
	char *name = cm_strndup(from, (size_t)(r->at - from));
	ut_unit *u = ut_parse(all.system, name, UT_UTF8);
	if (!u)
		unknown_word(r, name);
	free(name);
	return u;
}

static ut_unit *number(struct reader *r)
{
	char digits[32] = "";
	const size_t n = strspn(r->at, "0123456789.");
	const size_t e = r->at[n] == 'e' ? 1 + strspn(r->at + n + 1, "-") : 0;
	const size_t all_of = e && isdigit((unsigned char)r->at[n + e])
				      ? n + e + strspn(r->at + n + e, "0123456789") : n;
	char *end;

	if (all_of >= sizeof digits)
		return refuse(r, "holds too long a number");
	memcpy(digits, r->at, all_of);
	const double v = strtod(digits, &end);
	if (*end || !isfinite(v) || v <= 0.0)
		return refuse(r, "holds a number that is none above 0");
	r->at += all_of;
	ut_unit *one = ut_get_dimensionless_unit_one(all.system);
	ut_unit *scaled = ut_scale(v, one);
	ut_free(one);
	return scaled;
}

static void blanks(struct reader *r)
{
	while (*r->at == ' ')
		r->at++;
}

/* "^-2", "-2" or "2" behind a factor; 1 where there is none. */
static int exponent(struct reader *r)
{
	const char *s = r->at + (*r->at == '^');
	const bool minus = *s == '-';
	if (!isdigit((unsigned char)s[minus])) {
		if (*r->at == '^' || *r->at == '-')
			refuse(r, "has a sign where none belongs: write kW.month for a product and m^2 or "
			       "s-1 for a power");
		return 1;
	}
	const int v = s[minus] - '0';
	r->at = s + minus + 1;
	if (isdigit((unsigned char)*r->at))
		refuse(r, "has a power above 9");
	return minus ? -v : v;
}

static ut_unit *product(struct reader *r);

static ut_unit *factor(struct reader *r)
{
	ut_unit *u = NULL;
	const bool digits = isdigit((unsigned char)*r->at) || *r->at == '.';

	if (*r->at == '(') {
		if (++r->depth > 8)
			return refuse(r, "has too many brackets");
		r->at++;
		u = product(r);
		r->depth--;
		if (u && *r->at == ')')
			r->at++;
		else if (u)
			refuse(r, "lacks a closing bracket");
	} else if (digits) {
		u = number(r);
	} else if (letter(r->at)) {
		u = word(r);
	} else {
		return refuse(r, "is not complete: expected one like USD/kWh or USD/(kW.month)");
	}
	const int power = u && (!digits || *r->at == '^') ? exponent(r) : 1;
	ut_unit *raised = u && !r->failed ? ut_raise(u, power) : NULL;
	ut_free(u);
	return raised ? raised : refuse(r, "cannot be raised to that power");
}

static ut_unit *product(struct reader *r)
{
	blanks(r);
	ut_unit *u = factor(r);

	for (blanks(r); u && *r->at && *r->at != ')'; blanks(r)) {
		const bool divide = *r->at == '/';
		if (divide || *r->at == '*' || *r->at == '.')
			r->at++;
		else if ((unsigned char)r->at[0] == 0xc2 && (unsigned char)r->at[1] == 0xb7)
			r->at += 2;
		blanks(r);
		ut_unit *v = factor(r);
		ut_unit *both = !v ? NULL : divide ? ut_divide(u, v) : ut_multiply(u, v);
		ut_free(u);
		ut_free(v);
		u = both ? both : refuse(r, "cannot be multiplied out");
	}
	return u;
}

/* Its scale and that of its third power are numbers, so that arithmetic has room. */
static bool is_sane(ut_unit *u)
{
	ut_unit *cube = ut_raise(u, 3);
	double self;
	const bool sane = cube && is_factor(u, u, &self) && is_factor(cube, cube, &self);
	ut_free(cube);
	return sane;
}

/* NULL and a sentence when text is no unit. */
static ut_unit *read_unit(const char *text, struct cm_err *err)
{
	struct reader r = { .text = text, .at = text, .err = err };

	if (strlen(text) > LONGEST_UNIT)
		return refuse(&r, "is too long");
	ut_unit *u = product(&r);
	if (u && *r.at) {
		ut_free(u);
		return refuse(&r, "has a bracket too many");
	}
	if (u && !is_sane(u)) {
		ut_free(u);
		return refuse(&r, "is too large or too small to calculate with");
	}
	return u;
}

const struct unit *unit_parse(const char *text, struct cm_err *err)
{
	if (!open_system(err))
		return NULL;
	while (*text == ' ')
		text++;
	if (*text == '\0')
		return unit_one();
	for (const struct unit *k = all.first; k; k = k->next)
		if (k->spelled && strcmp(k->text, text) == 0)
			return k;
	char *trimmed = cm_strdup(text);
	for (size_t n = strlen(trimmed); n && trimmed[n - 1] == ' ';)
		trimmed[--n] = '\0';
	ut_unit *u = read_unit(trimmed, err);
	const struct unit *made = u ? add(u, trimmed, true) : NULL;
	if (u)
		seed_money(trimmed);
	free(trimmed);
	return made;
}

const struct unit *unit_one(void)
{
	return open_system(NULL) ? all.first : NULL; /* plain_forms[0] */
}

/* The shared unit equal to u, or a new one with the composed text. Takes over u. */
static const struct unit *shared(ut_unit *u, const char *text)
{
	if (!u)
		return NULL;
	for (const struct unit *k = all.first; k; k = k->next) {
		double f;
		if (is_factor(u, k->u, &f) && fabs(f - 1.0) < SAME) {
			ut_free(u);
			return k;
		}
	}
	return add(u, text, false);
}

static bool is_compound(const char *text)
{
	return strpbrk(text, "/ .*^") != NULL;
}

static const struct unit *combine(const struct unit *a, const struct unit *b, bool divide)
{
	const bool pa = !divide && strchr(a->text, '/'); /* a/b/c reads from the left */
	const bool pb = is_compound(b->text);
	char *text = cm_printf_dup("%s%s%s%s%s%s%s", pa ? "(" : "", a->text, pa ? ")" : "",
				   divide ? "/" : ".", pb ? "(" : "", b->text, pb ? ")" : "");
	const struct unit *made = shared(divide ? ut_divide(a->u, b->u) : ut_multiply(a->u, b->u),
					 text);
	free(text);
	return made;
}

const struct unit *unit_mul(const struct unit *a, const struct unit *b)
{
	return combine(a, b, false);
}

const struct unit *unit_div(const struct unit *a, const struct unit *b)
{
	return combine(a, b, true);
}

const struct unit *unit_pow(const struct unit *a, int n)
{
	if (n < -9 || n > 9)
		return NULL;
	if (n == 0)
		return unit_one();
	char *text = cm_printf_dup("(%s)^%d", a->text, n);
	const struct unit *made = shared(ut_raise(a->u, n), text);
	free(text);
	return made;
}

const struct unit *unit_root(const struct unit *a, int n)
{
	if (n < 1 || n > 9)
		return NULL;
	ut_unit *u = ut_root(a->u, n);
	if (!u)
		return NULL;
	char *text = cm_printf_dup("root%d(%s)", n, a->text);
	const struct unit *made = shared(u, text);
	free(text);
	return made;
}

bool unit_same_kind(const struct unit *a, const struct unit *b)
{
	double f;
	return a == b || is_factor(a->u, b->u, &f);
}

bool unit_factor(const struct unit *from, const struct unit *to, double *factor)
{
	double f;
	if (!is_factor(from->u, to->u, &f))
		return false;
	*factor = f;
	return true;
}

const char *unit_text(const struct unit *u)
{
	return u->text;
}

bool unit_is_money(const struct unit *u)
{
	for (size_t i = 0; i < CM_COUNT(currencies); i++) {
		const struct unit *money = unit_parse(currencies[i], NULL);
		if (money && unit_same_kind(u, money))
			return true;
	}
	return false;
}

/* Bytes of the plain decimal number at s, 0 where there is none. */
static size_t number_bytes(const char *s)
{
	size_t i = s[0] == '-' || s[0] == '+', digits = 0;

	for (; isdigit((unsigned char)s[i]); i++)
		digits++;
	if (s[i] == '.')
		for (i++; isdigit((unsigned char)s[i]); i++)
			digits++;
	if (!digits)
		return 0;
	if (s[i] == 'e' || s[i] == 'E') {
		size_t k = i + 1;
		k += s[k] == '-' || s[k] == '+';
		if (isdigit((unsigned char)s[k])) {
			while (isdigit((unsigned char)s[k]))
				k++;
			i = k;
		}
	}
	return i;
}

enum cm_status quantity_parse(const char *text, double *value, const struct unit **unit,
			      struct cm_err *err)
{
	const char *s = text + strspn(text, " \t");
	const size_t n = number_bytes(s);

	if (n == 0)
		return cm_fail(err, CM_EINPUT, "expected a number with a unit, like 0.09 USD/kWh, found "
			       "'%.80s'", text);
	if (s[n] == ',' || s[n] == '_' || s[n] == '\'')
		return cm_fail(err, CM_EINPUT, "'%.80s': write numbers without group separators and "
			       "with a decimal point, like 1234.5", text);
	const double v = strtod(s, NULL);
	if (!isfinite(v))
		return cm_fail(err, CM_EINPUT, "'%.80s': the number is too large", text);
	const struct unit *u = unit_parse(s + n, err);
	if (!u)
		return err ? err->st : CM_EINPUT;
	*value = v;
	*unit = u;
	return CM_OK;
}

void units_close(void)
{
	for (struct unit *k = all.first, *next; k; k = next) {
		next = k->next;
		ut_free(k->u);
		free(k->text);
		free(k);
	}
	if (all.system)
		ut_free_system(all.system);
	memset(&all, 0, sizeof all);
}
