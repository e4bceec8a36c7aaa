/*
 * Functions that are written in the language: the shipped ones below and a scenario's own. A call is
 * replaced by the body with the call's values, so that every printer of the graph has them for free
 * and no printer knows of them. It must not know an operation of its own: those are func.c's.
 */
#include <stdio.h>
#include <string.h>

#include "model/graph.h"

#define NODES_MAX 2000000 /* functions that call each other could double without end */

/* Years and payments count from 1. Rates are of one payment, of one month in irr and npv. */
static const char shipped[] =
	/* plain numbers */
	"clamp(X, LOW, HIGH) = max(LOW, min(HIGH, X))\n"
	"mod(A, B) = A - B * floor(A / B)\n"
	"log2(X) = log(X) / log(2)\n"
	/* when something falls */
	"year() = ceil(month / 12)  # of the month: 0 on the day of purchase, 1 in months 1 to 12\n"
	"yearly(X) = if(month >= 12 and mod(month, 12) == 0, X, 0)  # at the end of each year\n"
	"every(N, X) = if(mod(month, N) == 0, X, 0)  # in months 0, N, 2 N, ...\n"
	"between(FROM, TO, X) = if(month >= FROM and month <= TO, X, 0)\n"
	"grown(RATE) = (1 + RATE)^(month / 12)  # factor of growth at a rate a year\n"
	"first(CONDITION) = sum(if(cumulative(if(CONDITION, 1, 0)) < 1, 1, 0))\n"
	"  # first month in which it holds; the month after the horizon when it never does\n"
	/* loans and investments, as spreadsheets have them; money that is paid counts positive */
	"pv(RATE, PAYMENTS, EACH) = EACH * annuity(RATE, PAYMENTS)\n"
	"fv(RATE, PAYMENTS, EACH, START) = (START + EACH * annuity(RATE, PAYMENTS))\n"
	"  * (1 + RATE)^PAYMENTS\n"
	"nper(RATE, EACH, PRINCIPAL) = 0 - log(1 - PRINCIPAL * RATE / EACH) / log(1 + RATE)\n"
	"owed(RATE, PAYMENTS, PRINCIPAL, PAID) = (PRINCIPAL\n"
	"  - pmt(RATE, PAYMENTS, PRINCIPAL) * annuity(RATE, PAID)) * (1 + RATE)^PAID\n"
	"interest(RATE, PAYMENTS, PRINCIPAL, PAYMENT)\n"
	"  = owed(RATE, PAYMENTS, PRINCIPAL, PAYMENT - 1) * RATE\n"
	"mirr(SERIES, FINANCE, REINVEST) = (sum(max(SERIES, 0) * (1 + REINVEST)^(months - month))\n"
	"  / sum(max(0 - SERIES, 0) / (1 + FINANCE)^month))^(1 / months) - 1\n"
	"payback(SERIES) = payback_at(cumulative(SERIES), first(cumulative(SERIES) >= 0))\n"
	"payback_at(SUMS, AT) = if(AT < 1, 0, if(AT > months, months + 1, AT - value(SUMS,\n"
	"  min(AT, months)) / (value(SUMS, min(AT, months)) - value(SUMS, max(0, min(AT, months) - 1)))))\n"
	/* depreciation: of a price, as spreadsheets have it */
	"sln(PRICE, SALVAGE, LIFE) = (PRICE - SALVAGE) / LIFE\n"
	"syd(PRICE, SALVAGE, LIFE, YEAR) = if(YEAR >= 1 and YEAR <= LIFE,\n"
	"  (PRICE - SALVAGE) * 2 * (LIFE - YEAR + 1) / (LIFE * (LIFE + 1)), 0)\n"
	"ddb(PRICE, SALVAGE, LIFE, YEAR, FACTOR) = if(YEAR >= 1 and YEAR <= LIFE,\n"
	"  min(ddb_book(PRICE, LIFE, YEAR, FACTOR) * min(1, FACTOR / LIFE),\n"
	"  max(0, ddb_book(PRICE, LIFE, YEAR, FACTOR) - SALVAGE)), 0)\n"
	"ddb_book(PRICE, LIFE, YEAR, FACTOR) = PRICE * (1 - min(1, FACTOR / LIFE))^max(0, YEAR - 1)\n"
	/* and the share of a year, as taxes have it: FIRST is the part of the first year in service */
	"straight_line(LIFE, YEAR, FIRST) = (clamp(YEAR - 1 + FIRST, 0, LIFE)\n"
	"  - clamp(YEAR - 2 + FIRST, 0, LIFE)) / LIFE\n"
	"declining(LIFE, YEAR, FACTOR, FIRST) = if(YEAR < 1, 0, if(YEAR < 2, FACTOR / LIFE * FIRST,\n"
	"  if(YEAR < declining_turn(LIFE, FACTOR, FIRST),\n"
	"  declining_left(LIFE, YEAR, FACTOR, FIRST) * FACTOR / LIFE,\n"
	"  declining_left(LIFE, declining_turn(LIFE, FACTOR, FIRST), FACTOR, FIRST)\n"
	"  / (LIFE - FIRST - declining_turn(LIFE, FACTOR, FIRST) + 2)\n"
	"  * clamp(LIFE - FIRST - YEAR + 2, 0, 1))))\n"
	"  # FACTOR / LIFE of what is left, equal parts of what is left once that is more\n"
	"declining_turn(LIFE, FACTOR, FIRST) = max(2, ceil(LIFE - FIRST + 2 - LIFE / FACTOR))\n"
	"declining_left(LIFE, YEAR, FACTOR, FIRST) = (1 - FACTOR / LIFE * FIRST)\n"
	"  * (1 - FACTOR / LIFE)^max(0, YEAR - 2)\n"
	"macrs_quarter(LIFE, YEAR, QUARTER) = declining(LIFE, YEAR, if(LIFE <= 10, 2, 1.5),\n"
	"  (4.5 - QUARTER) / 4)  # mid-quarter convention, IRS Pub. 946\n"
	/* queues: waits in units of the time of service */
	"erlang_wait(SERVERS, LOAD) = erlang_c(SERVERS, LOAD) / (SERVERS - LOAD)\n"
	"erlang_level(SERVERS, LOAD, WAIT) = 1 - erlang_c(SERVERS, LOAD) * exp((LOAD - SERVERS) * WAIT)\n"
	/* work on machines that stop: Young 1974, Daly 2006 */
	"young(SAVE, BETWEEN_STOPS) = sqrt(2 * SAVE * BETWEEN_STOPS)  # best time between saves\n"
	"lost_to_stops(SAVE, RESTART, BETWEEN_STOPS) = sqrt(2 * SAVE / BETWEEN_STOPS)\n"
	"  + RESTART / BETWEEN_STOPS\n"
	/* prices that fall with the number made (Wright 1936): FALL at each doubling */
	"wright(RATIO, FALL) = RATIO^(log(1 - FALL) / log(2))\n";

void func_shipped(struct model *m)
{
	struct cm_err err;
	if (m->shipped.funcs)
		return;
	const struct model_pos at = { "shipped", 1, 0 };
	if (model_parse(shipped, sizeof shipped - 1, at, true, &m->shipped, &err))
		fprintf(stderr, "costmark: bug in a shipped function: %s\n", err.why);
}

void model_add_func(struct model *m, const struct model_func *f)
{
	for (size_t i = 0; i < m->funcs; i++)
		if (strcmp(m->func[i]->name, f->name) == 0)
			return;
	CM_PUSH(m->func, m->funcs, m->funcs_cap);
	m->func[m->funcs++] = f;
}

const struct model_func *func_written(const struct model *m, const char *name)
{
	for (size_t i = 0; i < m->funcs; i++)
		if (strcmp(m->func[i]->name, name) == 0)
			return m->func[i];
	for (size_t i = 0; i < m->shipped.funcs; i++)
		if (strcmp(m->shipped.func[i]->name, name) == 0)
			return m->shipped.func[i];
	return NULL;
}

size_t func_names(const struct model *m, const char **name, size_t n)
{
	size_t k = 0;
	for (size_t i = 0; i < m->funcs; i++, k++)
		if (k < n)
			name[k] = m->func[i]->name;
	for (size_t i = 0; i < m->shipped.funcs; i++, k++)
		if (k < n)
			name[k] = m->shipped.func[i]->name;
	return k;
}

static enum cm_status wrong_count(struct making *k, const struct model_func *f,
				  const struct expr *e)
{
	struct str s = { 0 };
	for (size_t i = 0; i < f->params; i++)
		str_addf(&s, "%s%s", i ? ", " : "", f->param[i]);
	const enum cm_status st = cm_fail_at(k->err, CM_EINPUT, e->pos.file, e->pos.line,
					     e->pos.col, "expected %s(%s), found %zu value%s",
					     f->name, str_get(&s), e->args,
					     e->args == 1 ? "" : "s");
	str_free(&s);
	return st;
}

/* A sentence about the body of a shipped function points at the call. */
static enum cm_status at_call(struct making *k, const struct model_func *f, const struct expr *e,
			      enum cm_status st, const struct cm_err *why)
{
	if (!f->shipped || !cm_starts(why->why, "shipped:")) {
		if (k->err)
			*k->err = *why;
		return st;
	}
	const char *text = strstr(why->why, ": ");
	return cm_fail_at(k->err, st, e->pos.file, e->pos.line, e->pos.col, "%s(): %s", f->name,
			  text ? text + 2 : why->why);
}

enum cm_status func_expand(struct making *k, const struct model_func *f, const struct expr *e,
			   uint32_t *out)
{
	uint32_t arg[CM_COUNT(f->param)] = { 0 };
	enum cm_status st = e->args == f->params ? CM_OK : wrong_count(k, f, e);
	for (size_t i = 0; !st && i < e->args; i++)
		st = make_expr(k, e->arg[i], &arg[i]);
	if (st)
		return st;
	if (k->m->nodes > NODES_MAX)
		return cm_fail_at(k->err, CM_EINPUT, e->pos.file, e->pos.line, e->pos.col,
				  "the model grows beyond %d operations in '%s()'", NODES_MAX, f->name);
	struct cm_err why = { .why = "" };
	/* values of a shipped function point at the outermost call that the user wrote */
	const struct bound b = { f, arg, k->bound && k->bound->f->shipped ? k->bound->pos : e->pos };
	struct making inner = *k;
	inner.err = &why;
	inner.bound = &b;
	st = make_expr(&inner, f->body, out);
	return st ? at_call(k, f, e, st, &why) : CM_OK;
}
