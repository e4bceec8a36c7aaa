/* costmark prices list, check: what the tables and the store hold, and what is wrong with it. */
#include <stdlib.h>
#include <string.h>

#include "api/price.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/textable.h"
#include "base/units.h"
#include "cli/price_actions.h"
#include "cli/price_check.h"

#define WIDTH 120

/* Letters folded; blank, dash and underscore alike. */
static char folded(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c == '-' || c == '_' ? ' ' : c;
}

static bool holds(const char *text, const char *word)
{
	for (; *text; text++) {
		size_t i = 0;
		while (word[i] && text[i] && folded(text[i]) == folded(word[i]))
			i++;
		if (!word[i])
			return true;
	}
	return *word == '\0';
}

/* Every word stands in one of the columns a buyer thinks of. */
static bool passes(const struct offer_row *o, const char *const *word, int words)
{
	for (int i = 0; i < words; i++)
		if (!holds(o->vendor, word[i]) && !holds(o->device, word[i]) &&
		    !holds(o->offer, word[i]) && !holds(o->region, word[i]) &&
		    !holds(o->term, word[i]))
			return false;
	return true;
}

static struct cmj *offer_json(const struct offer_row *o)
{
	struct cmj *v = cmj_object();

	cmj_set(v, "vendor", cmj_string(o->vendor));
	cmj_set(v, "offer", cmj_string(o->offer));
	cmj_set(v, "device", *o->device ? cmj_string(o->device) : cmj_null());
	cmj_set(v, "devices", cmj_number(o->devices));
	cmj_set(v, "description", cmj_string(o->description));
	cmj_set(v, "price", cmj_string(o->price_text));
	cmj_set(v, "currency", cmj_string(o->currency));
	cmj_set(v, "per", cmj_string(o->per));
	cmj_set(v, "term", cmj_string(o->term));
	cmj_set(v, "region", cmj_string(o->region));
	cmj_set(v, "basis", cmj_string(cm_basis_word(o->basis)));
	cmj_set(v, "source", cmj_string(o->source));
	cmj_set(v, "effective", *o->effective ? cmj_string(o->effective) : cmj_null());
	cmj_set(v, "retrieved", cmj_string(o->retrieved));
	cmj_set(v, "valid_until", *o->valid_until ? cmj_string(o->valid_until) : cmj_null());
	cmj_set(v, "file", cmj_string(o->file));
	cmj_set(v, "line", cmj_int((int64_t)o->line));
	return v;
}

static void list_json(const struct offer_row *o, size_t n, const char *const *word, int words)
{
	struct cmj *doc = cmj_document("prices"), *offers = cmj_array();

	for (size_t i = 0; i < n; i++)
		if (passes(&o[i], word, words))
			cmj_push(offers, offer_json(&o[i]));
	cmj_set(doc, "offers", offers);
	cmd_print_json(doc);
}

static void table_row(struct textable *t, const struct offer_row *o)
{
	char each[32] = "";
	const struct figure f = cm_figure(dec_double(o->price) / o->devices, o->currency, CM_DERIVED);

	if (*o->device && o->devices != 1.0)
		cm_figure_print(&f, 4, each, sizeof each);
	textable_cellf(t, "%s/%s", o->vendor, o->offer);
	if (o->devices != 1.0)
		textable_cellf(t, "%g x %s", o->devices, o->device);
	else
		textable_cell(t, o->device);
	textable_cell(t, o->price_text);
	textable_cell(t, each);
	textable_cellf(t, strcmp(o->per, "once") ? "%s/%s" : "%s", o->currency, o->per);
	textable_cell(t, o->term);
	textable_cell(t, o->region);
	textable_cell(t, cm_basis_word(o->basis));
	textable_cell(t, *o->effective ? o->effective : o->retrieved);
}

static int list(const struct args *a, const struct catalogue *c)
{
	static const char *const titles[] = { "Offer", "Device", "Price", "A device", "In", "Term",
					      "Region", "Basis", "Date" };
	const char *const *word = a->argv + 1;
	const int words = a->argc - 1;
	const struct offer_row *o;
	const size_t n = catalogue_offers(c, &o);
	size_t shown = 0;

	if (args_has(a, "json")) {
		list_json(o, n, word, words);
		return CM_EXIT_OK;
	}
	for (size_t i = 0; i < n; i++)
		shown += passes(&o[i], word, words);
	if (shown) {
		struct textable *t = textable_new("llrrlllll", titles);
		for (size_t i = 0; i < n; i++)
			if (passes(&o[i], word, words))
				table_row(t, &o[i]);
		textable_print(t, stdout, WIDTH);
	}
	log_note("%zu of %zu offers%s", shown, n,
		 shown ? "; sources and places with --json" : "; give fewer words");
	return CM_EXIT_OK;
}

static void check_json(const struct findings *f, size_t offers)
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

static void check_text(const struct findings *f, size_t offers)
{
	for (size_t i = 0; i < f->n; i++)
		printf("%s:%zu: %s%s\n", f->list[i].file, f->list[i].line,
		       f->list[i].problem ? "" : "warning: ", f->list[i].says);
	printf("%zu offers checked: %zu problem%s, %zu warning%s\n", offers, f->problems,
	       f->problems == 1 ? "" : "s", f->n - f->problems,
	       f->n - f->problems == 1 ? "" : "s");
}

static int check(const struct args *a, const struct catalogue *c)
{
	struct findings f = { 0 };
	const struct offer_row *o;
	const size_t n = catalogue_offers(c, &o);
	char now[32];

	cm_iso_now(now);
	price_check(c, now, &f);
	if (args_has(a, "json"))
		check_json(&f, n);
	else
		check_text(&f, n);
	const int code = f.problems ? CM_EXIT_WORSE : CM_EXIT_OK;
	findings_free(&f);
	return code;
}

static int with_catalogue(const struct args *a, int (*run)(const struct args *, const struct catalogue *))
{
	struct catalogue *c;
	struct cm_err err;

	if (catalogue_load(file_data_dir(), &c, &err) != CM_OK)
		return cmd_fail(a, &err);
	const int code = run(a, c);
	catalogue_free(c);
	return code;
}

int prices_list(const struct args *a)
{
	return with_catalogue(a, list);
}

int prices_check(const struct args *a)
{
	struct cm_err err;

	if (a->argc > 1) {
		cm_fail(&err, CM_EINPUT, "'costmark prices check' takes no further word, not '%s'", a->argv[1]);
		return cmd_fail(a, &err);
	}
	return with_catalogue(a, check);
}
