/*
 * costmark prices diff: what moved between two files of one format, or two imports or days of the store; and
 * costmark prices history: the levels of one offer's price over time.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/stream.h"
#include "base/textable.h"
#include "cli/price_actions.h"
#include "engine/price_changes.h"

#define WIDTH 140

/* ---- diff --------------------------------------------------------------------------------------- */

struct changes { struct textable *table; struct cmj *list; uint64_t moved, added, gone; };

static void count(struct changes *c, const char *what)
{
	uint64_t *const n = !strcmp(what, "moved") ? &c->moved : !strcmp(what, "new") ? &c->added : &c->gone;

	++*n;
}

static bool each_change(const struct price_change *p, void *user)
{
	static const char *const titles[] = { "What", "Offer", "Term", "Region", "More", "Before",
		"After", "Change", "In" };
	struct changes *c = user;
	char change[32] = "";

	count(c, p->what);
	if (c->list) {
		struct cmj *v = cmj_object();
		cmj_set(v, "what", cmj_string(p->what));
		cmj_set(v, "vendor", cmj_string(p->vendor));
		cmj_set(v, "offer", cmj_string(p->offer));
		cmj_set(v, "term", cmj_string(p->label));
		cmj_set(v, "region", cmj_string(p->region));
		cmj_set(v, "detail", cmj_string(p->detail));
		cmj_set(v, "before", *p->before ? cmj_string(p->before) : cmj_null());
		cmj_set(v, "after", *p->after ? cmj_string(p->after) : cmj_null());
		cmj_set(v, "ratio", isnan(p->ratio) ? cmj_null() : cmj_number(p->ratio));
		cmj_set(v, "currency", cmj_string(p->currency));
		cmj_set(v, "unit", cmj_string(p->unit));
		cmj_set(v, "file", cmj_string(p->file));
		cmj_set(v, "line", cmj_string(p->line));
		cmj_push(c->list, v);
		return true;
	}
	if (!c->table)
		c->table = textable_new("lllllrrrl", titles);
	if (!isnan(p->ratio))
		snprintf(change, sizeof change, "%+.1f %%", (p->ratio - 1) * 100);
	textable_cell(c->table, p->what);
	textable_cellf(c->table, "%s/%s", p->vendor, p->offer);
	textable_cell(c->table, p->label);
	textable_cell(c->table, p->region);
	textable_cell(c->table, p->detail);
	textable_cell(c->table, p->before);
	textable_cell(c->table, p->after);
	textable_cell(c->table, change);
	textable_cellf(c->table, "%s per %s", p->currency, p->unit);
	return true;
}

/* A file as an import of a store in memory; its devices do not matter here. */
static enum cm_status import_one(struct price_store *s, const char *format, const char *path, int64_t *id,
				 struct cm_err *err)
{
	const struct price_source *src = NULL;
	struct import_report r = { .force = true };
	struct price_from from = { .address = "", .retrieved = "" };
	enum cm_status st = stream_open(path, 0, &from.in, err);

	if (st)
		return st;
	from.name = stream_name(from.in);
	st = price_format_of(format, from.in, &src, err);
	if (!st)
		st = price_store_import(s, src, &from, NULL, &r, err);
	*id = r.id;
	import_report_free(&r);
	stream_close(from.in);
	return st;
}

static enum cm_status state_of(const char *word, struct price_state *out, struct cm_err *err)
{
	char *end;
	long days;
	const long long id = strtoll(word, &end, 10);

	if (strlen(word) == 10 && cm_iso_days(word, word, &days))
		*out = (struct price_state){ 0, word };
	else if (*word && !*end && id > 0)
		*out = (struct price_state){ id, NULL };
	else
		return cm_fail(err, CM_EINPUT, "'%s': expected the number of an import, a date such as "
			"2026-07-28, or FORMAT FILE "
			       "FILE", word);
	return CM_OK;
}

static int list_imports(const struct args *a, struct price_store *s)
{
	static const char *const titles[] = { "Import", "When", "Prices", "Format", "Scope", "File",
		"State" };
	struct textable *t;
	struct stored_import *list;
	struct cm_err err;
	size_t n;

	if (price_store_imports(s, &list, &n, &err))
		return cmd_fail(a, &err);
	t = textable_new("rlrllll", titles);
	for (size_t i = 0; i < n; i++) {
		textable_cellf(t, "%" PRId64, list[i].id);
		textable_cell(t, list[i].begun);
		textable_cellf(t, "%" PRIu64, list[i].rows);
		textable_cell(t, list[i].source);
		textable_cell(t, list[i].scope);
		textable_cell(t, list[i].name);
		textable_cell(t, list[i].current ? "current" : "replaced");
	}
	textable_print(t, stdout, WIDTH);
	stored_imports_free(list, n);
	return CM_EXIT_OK;
}

static int show_changes(const struct args *a, struct price_store *s, struct price_state from,
	struct price_state to)
{
	struct changes c = { .list = args_has(a, "json") ? cmj_array() : NULL };
	struct cm_err err;
	uint64_t same;

	if (price_store_diff(s, from, to, each_change, &c, &same, &err)) {
		cmj_free(c.list);
		return cmd_fail(a, &err);
	}
	if (c.list) {
		struct cmj *doc = cmj_document("prices-diff");
		cmj_set(doc, "changes", c.list);
		cmj_set(doc, "same", cmj_int((int64_t)same));
		cmd_print_json(doc);
		return CM_EXIT_OK;
	}
	if (c.table)
		textable_print(c.table, stdout, WIDTH);
	printf("%" PRIu64 " moved, %" PRIu64 " new, %" PRIu64 " gone, %" PRIu64 " the same\n", c.moved,
		c.added, c.gone, same);
	return CM_EXIT_OK;
}

static int diff_files(const struct args *a)
{
	struct price_state from = { 0 }, to = { 0 };
	struct price_store *s = NULL;
	struct cm_err err;
	enum cm_status st = price_format_known(a->argv[1], &err);

	if (!st)
		st = price_store_open(":memory:", &s, &err);
	if (!st)
		st = import_one(s, a->argv[1], a->argv[2], &from.import, &err);
	if (!st)
		st = import_one(s, a->argv[1], a->argv[3], &to.import, &err);
	const int code = st ? cmd_fail(a, &err) : show_changes(a, s, from, to);
	price_store_close(s);
	return code;
}

int prices_diff(const struct args *a)
{
	struct price_state from = { 0 }, to = { 0 };
	struct price_store *s = NULL;
	struct cm_err err;
	enum cm_status st = CM_OK;

	if (a->argc == 4)
		return diff_files(a);
	if (a->argc != 1 && a->argc != 3) {
		cm_fail(&err, CM_EINPUT, "usage: costmark prices diff [FORMAT] OLD NEW; OLD and NEW are "
			"files, imports or dates");
		return cmd_fail(a, &err);
	}
	if (a->argc == 3)
		st = state_of(a->argv[1], &from, &err);
	if (a->argc == 3 && !st)
		st = state_of(a->argv[2], &to, &err);
	if (!st)
		st = price_store_open_read(args_get(a, "prices"), &s, &err);
	const int code = st ? cmd_fail(a, &err) : a->argc == 1 ? list_imports(a, s) : show_changes(a, s,
		from, to);
	price_store_close(s);
	return code;
}

/* ---- history ------------------------------------------------------------------------------------ */

struct level { char *what, *price, *currency, *per, *first, *last; uint64_t points; };
struct levels { struct level *list; size_t n, cap; };

/* Rows come by series and day: the same price again prolongs the level. */
static bool each_point(const struct stored_price *p, void *user)
{
	struct levels *l = user;
	const struct price_row *r = &p->row;
	struct dec upfront;
	const bool once = dec_parse(r->upfront, &upfront) && upfront.m != 0;
	char *what = cm_printf_dup("%s%s%s@%s%s%s%s%s%s%s%s%s", r->provider, *r->provider ? "/" : "",
		r->offer, p->label, *r->region
		? "#" : "", r->region,
				   *r->payment ? ", " : "", r->payment, *r->os ? ", " : "", r->os,
				   *r->tenancy ? ", " : "",
				   r->tenancy);
	char *price = once ? cm_printf_dup("%s + %s once", r->price, r->upfront) : cm_strdup(r->price);
	struct level *last = NULL;

	for (size_t i = l->n; i-- > 0 && !last;)
		if (!strcmp(l->list[i].what, what) && !strcmp(l->list[i].currency, r->currency))
			last = &l->list[i];
	if (last && !strcmp(last->price, price)) {
		free(last->last);
		last->last = cm_strdup(p->day);
		last->points++;
		free(what);
		free(price);
		return true;
	}
	CM_PUSH(l->list, l->n, l->cap);
	l->list[l->n++] = (struct level){ what, price, cm_strdup(r->currency), cm_strdup(r->unit),
		cm_strdup(p->day),
					  cm_strdup(p->day), 1 };
	return true;
}

static void levels_free(struct levels *l)
{
	for (size_t i = 0; i < l->n; i++) {
		char *const text[] = { l->list[i].what, l->list[i].price, l->list[i].currency, l->list[i].per,
				       l->list[i].first, l->list[i].last };
		for (size_t k = 0; k < CM_COUNT(text); k++)
			free(text[k]);
	}
	free(l->list);
}

static void print_levels(const struct args *a, const struct levels *l)
{
	static const char *const titles[] = { "Offer", "Price", "In", "From", "Last seen", "Points" };

	if (args_has(a, "json")) {
		struct cmj *doc = cmj_document("prices-history"), *list = cmj_array();
		for (size_t i = 0; i < l->n; i++) {
			struct cmj *v = cmj_object();
			cmj_set(v, "offer", cmj_string(l->list[i].what));
			cmj_set(v, "price", cmj_string(l->list[i].price));
			cmj_set(v, "currency", cmj_string(l->list[i].currency));
			cmj_set(v, "per", cmj_string(l->list[i].per));
			cmj_set(v, "from", cmj_string(l->list[i].first));
			cmj_set(v, "last_seen", cmj_string(l->list[i].last));
			cmj_set(v, "points", cmj_int((int64_t)l->list[i].points));
			cmj_push(list, v);
		}
		cmj_set(doc, "levels", list);
		cmd_print_json(doc);
		return;
	}
	struct textable *t = textable_new("lrlllr", titles);
	for (size_t i = 0; i < l->n; i++) {
		textable_cell(t, l->list[i].what);
		textable_cell(t, l->list[i].price);
		textable_cellf(t, "%s per %s", l->list[i].currency, l->list[i].per);
		textable_cell(t, l->list[i].first);
		textable_cell(t, l->list[i].last);
		textable_cellf(t, "%" PRIu64, l->list[i].points);
	}
	textable_print(t, stdout, WIDTH);
}

int prices_history(const struct args *a)
{
	struct price_filter f = { .all_imports = true, .order = PRICE_ORDER_DATE };
	struct levels l = { 0 };
	struct price_store *s = NULL;
	struct cm_err err;
	enum cm_status st;

	if (a->argc != 2) {
		cm_fail(&err, CM_EINPUT, "usage: costmark prices history [VENDOR/]OFFER[@TERM][#REGION]");
		return cmd_fail(a, &err);
	}
	char *key = cm_strdup(a->argv[1]);
	price_filter_key(key, &f);
	st = price_store_open_read(args_get(a, "prices"), &s, &err);
	if (!st)
		st = price_store_each(s, &f, each_point, &l, &err);
	if (!st && !l.n)
		st = cm_fail(&err, CM_ABSENT, "the price store holds no price of '%s'", a->argv[1]);
	if (!st)
		print_levels(a, &l);
	levels_free(&l);
	price_store_close(s);
	free(key);
	return st ? cmd_fail(a, &err) : CM_EXIT_OK;
}
