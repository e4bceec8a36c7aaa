/* costmark prices check: what is wrong with the shipped tables and the store, each with its place. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/units.h"
#include "cli/price_actions.h"
#include "engine/price_audit.h"

#define MOST_OF_A_KIND 25 /* findings of one kind; the rest is counted */

struct told { struct str text; struct cmj *problems, *warnings; size_t nproblems, nwarnings; };

static struct cmj *line_json(const char *line)
{
	char *end;
	const long n = strtol(line, &end, 10);

	return !*end ? cmj_int(n) : cmj_string(line);
}

/* Texts come from files: made safe for a terminal. */
static void tell(const struct price_finding *f, void *user)
{
	struct told *t = user;
	struct cmj *v = cmj_object();

	cmj_set(v, "kind", cmj_string(f->kind));
	cmj_set(v, "file", cmj_string(f->file));
	cmj_set(v, "line", line_json(f->line));
	cmj_set(v, "says", cmj_string(f->says));
	cmj_push(f->problem ? t->problems : t->warnings, v);
	t->nproblems += f->problem;
	t->nwarnings += !f->problem;
	esc_terminal(&t->text, f->file);
	str_add(&t->text, *f->line ? ":" : "");
	esc_terminal(&t->text, f->line);
	str_add(&t->text, f->problem ? ": " : ": warning: ");
	esc_terminal(&t->text, f->says);
	str_add(&t->text, "\n");
}

static void print(const struct args *a, struct told *t, uint64_t rows)
{
	if (args_has(a, "json")) {
		struct cmj *doc = cmj_document("prices-check");

		cmj_set(doc, "offers_checked", cmj_int((int64_t)rows));
		cmj_set(doc, "problems", t->problems);
		cmj_set(doc, "warnings", t->warnings);
		t->problems = t->warnings = NULL;
		cmd_print_json(doc);
		return;
	}
	fputs(str_get(&t->text), stdout);
	printf("%" PRIu64 " offers checked: %zu problem%s, %zu warning%s\n", rows, t->nproblems,
	       t->nproblems == 1 ? "" : "s", t->nwarnings, t->nwarnings == 1 ? "" : "s");
}

static int check(const struct args *a, const struct catalogue *c, struct price_store *store)
{
	struct told t = { .problems = cmj_array(), .warnings = cmj_array() };
	struct price_audit audit = { .catalogue = c, .most = MOST_OF_A_KIND, .found = tell, .user = &t };
	struct cm_err err;
	char now[32];

	cm_iso_now(now);
	audit.today = now;
	price_audit_offers(&audit);
	const enum cm_status st = store ? price_audit_store(&audit, store, &err) : CM_OK;
	if (!st)
		print(a, &t, audit.rows);
	if (t.problems)
		cmj_free(t.problems);
	if (t.warnings)
		cmj_free(t.warnings);
	str_free(&t.text);
	return st ? cmd_fail(a, &err) : t.nproblems ? CM_EXIT_WORSE : CM_EXIT_OK;
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
	units_close();
	return code;
}
