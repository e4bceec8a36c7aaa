/* The store's published results as a table or as JSON (see published_out.h). */
#include "cli/published_out.h"

#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/log.h"
#include "base/textable.h"
#include "base/units.h"
#include "engine/published_store.h"

#define WIDTH 140

struct cmj *published_json(const struct published_row *r)
{
	struct cmj *o = cmj_object();

#define X(member, column) cmj_set(o, column, *r->member ? cmj_string(r->member) : cmj_null());
	CM_PUBLISHED_COLUMNS(X)
#undef X
	cmj_set(o, "number", cmj_number(r->number));
	cmj_set(o, "basis", cmj_string("published"));
	return o;
}

static bool passes(const struct args *a, const struct published_row *r)
{
	const char *const text[] = {r->suite,     r->round,        r->id,        r->division,
				    r->category,  r->availability, r->submitter, r->system,
				    r->device,    r->device_text,  r->benchmark, r->scenario,
				    r->precision, r->metric};
	const size_t devices = args_count(a, "device");
	bool hit = !devices;

	for (size_t i = 0; i < devices; i++)
		hit |= strcasestr(r->device, args_nth(a, "device", i)) != NULL ||
		       strcasestr(r->device_text, args_nth(a, "device", i)) != NULL;
	for (int w = 0; w < a->argc && hit; w++) {
		bool in = false;

		for (size_t i = 0; i < CM_COUNT(text); i++)
			in |= strcasestr(text[i], a->argv[w]) != NULL;
		hit = in;
	}
	return hit;
}

static void table_row(struct textable *t, const struct published_row *r)
{
	textable_cellf(t, "%s%s%s", r->suite, *r->round ? " " : "", r->round);
	textable_cell(t, r->id);
	textable_cell(t, r->submitter);
	textable_cell(t, *r->device ? r->device : r->device_text);
	textable_cell(t, r->accelerators);
	textable_cellf(t, "%s%s%s", r->benchmark, *r->scenario ? " " : "", r->scenario);
	textable_cell(t, r->precision);
	textable_cell(t, r->division);
	textable_cell(t, r->value);
	textable_cellf(t, "%s%s%s", r->unit, strcmp(r->scope, "system") ? " a " : "",
		       strcmp(r->scope, "system") ? r->scope : "");
	textable_cell(t, *r->power_w ? r->power_w : "");
}

/* What owners ask of whoever quotes their figures, once each. */
static void terms(const struct published_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		size_t k = 0;

		while (k < i && strcmp(l->row[k].terms, l->row[i].terms) != 0)
			k++;
		if (k == i && *l->row[i].terms) {
			struct str safe = { 0 };

			esc_terminal(&safe, l->row[i].terms);
			printf("%s: %s.\n", l->row[i].suite, str_get(&safe));
			str_free(&safe);
		}
	}
}

static void print_table(const struct published_list *l)
{
	static const char *const titles[] = {"suite",     "result",    "submitter", "device",
					     "devices",   "benchmark", "precision", "division",
					     "published", "unit",      "power W"};
	struct textable *t = textable_new("llllrlllrlr", titles);

	for (size_t i = 0; i < l->n; i++)
		table_row(t, &l->row[i]);
	textable_print(t, stdout, WIDTH);
	terms(l);
}

int published_list_command(const struct args *a)
{
	struct published_list l = { .row = NULL };
	struct catalogue *cat = NULL;
	struct resolver *names = NULL;
	struct store *s = NULL;
	struct cm_err err;
	size_t kept = 0, all = 0;
	enum cm_status st = catalogue_load(file_data_dir(), &cat, &err);

	if (!st)
		st = resolver_open(file_data_dir(), cat, &names, &err);
	if (!st)
		st = store_open_read(args_get(a, "store"), &s, &err);
	if (!st)
		st = published_read(s, names, &l, &err);
	for (size_t i = 0; !st && i < l.n; i++)
		if (passes(a, &l.row[i]))
			l.row[kept++] = l.row[i];
	all = l.n;
	l.n = kept;
	if (!st && !kept)
		st = cm_fail(&err, CM_ABSENT,
			     all ? "none of the %zu published results in the store fits; give "
				   "fewer words"
				 : "the store holds no published result (%zu); "
				   "'costmark import FORMAT FILE' takes some in",
			     all);
	if (!st && args_has(a, "json")) {
		struct cmj *doc = cmj_document("results"), *list = cmj_array();

		for (size_t i = 0; i < l.n; i++)
			cmj_push(list, published_json(&l.row[i]));
		cmj_set(doc, "published", list);
		cmd_print_json(doc);
	} else if (!st) {
		print_table(&l);
		log_note("%zu of %zu published results; every column with --json", kept, all);
	}
	published_free(&l);
	store_close(s);
	resolver_close(names);
	catalogue_free(cat);
	units_close();
	return st ? cmd_fail(a, &err) : CM_EXIT_OK;
}
