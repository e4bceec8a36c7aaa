/* costmark prices check: what is wrong with the shipped tables and the store, each with its place. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/file.h"
#include "cli/price_actions.h"
#include "cli/price_check.h"
#include "engine/price_audit.h"

#define MOST_OF_A_KIND 25 /* findings of one kind; the rest is counted */

static void check_json(const struct findings *f, uint64_t offers)
{
	struct cmj *doc = cmj_document("prices-check"), *problems = cmj_array();
	struct cmj *warnings = cmj_array();

	for (size_t i = 0; i < f->n; i++) {
		struct cmj *v = cmj_object();
		cmj_set(v, "file", cmj_string(f->list[i].file));
		cmj_set(v, "line", cmj_int((int64_t)f->list[i].line));
		cmj_set(v, "says", cmj_string(f->list[i].says));
		cmj_push(f->list[i].problem ? problems : warnings, v);
	}
	cmj_set(doc, "offers_checked", cmj_int((int64_t)offers));
	cmj_set(doc, "problems", problems);
	cmj_set(doc, "warnings", warnings);
	cmd_print_json(doc);
}

/* The store's texts come from files: made safe for a terminal. */
static void print_finding(const struct finding *f)
{
	struct str s = { 0 };

	esc_terminal(&s, f->file);
	if (f->line)
		str_addf(&s, ":%zu", f->line);
	str_add(&s, f->problem ? ": " : ": warning: ");
	esc_terminal(&s, f->says);
	puts(str_get(&s));
	str_free(&s);
}

static void check_text(const struct findings *f, uint64_t offers)
{
	for (size_t i = 0; i < f->n; i++)
		print_finding(&f->list[i]);
	printf("%" PRIu64 " offers checked: %zu problem%s, %zu warning%s\n", offers, f->problems,
	       f->problems == 1 ? "" : "s", f->n - f->problems,
	       f->n - f->problems == 1 ? "" : "s");
}

static void from_store(const struct price_finding *p, void *user)
{
	struct findings *f = user;

	CM_PUSH(f->list, f->n, f->cap);
	f->list[f->n++] = (struct finding){ p->problem, pool_dup(&f->pool, p->file), strtoul(p->line,
		NULL, 10),
					    pool_dup(&f->pool, p->says) };
	f->problems += p->problem;
}

static int check(const struct args *a, const struct catalogue *c, struct price_store *store)
{
	struct findings f = { 0 };
	const struct offer_row *o;
	const size_t n = catalogue_offers(c, &o);
	uint64_t rows = 0;
	enum cm_status st = CM_OK;
	struct cm_err err;
	char now[32];

	cm_iso_now(now);
	price_check(c, now, &f);
	if (store)
		st = price_audit(store, now, MOST_OF_A_KIND, from_store, &f, &rows, &err);
	if (!st && args_has(a, "json"))
		check_json(&f, n + rows);
	else if (!st)
		check_text(&f, n + rows);
	const int code = st ? cmd_fail(a, &err) : f.problems ? CM_EXIT_WORSE : CM_EXIT_OK;
	findings_free(&f);
	return code;
}

int prices_check(const struct args *a)
{
	struct price_store *store = NULL;
	struct catalogue *c;
	struct cm_err err;

	if (a->argc > 1) {
		cm_fail(&err, CM_EINPUT, "'costmark prices check' takes no further word, not '%s'",
			a->argv[1]);
		return cmd_fail(a, &err);
	}
	if (catalogue_load(file_data_dir(), &c, &err) != CM_OK)
		return cmd_fail(a, &err);
	const int code = price_store_of(a, &store, &err) ? cmd_fail(a, &err) : check(a, c, store);
	price_store_close(store);
	catalogue_free(c);
	return code;
}
