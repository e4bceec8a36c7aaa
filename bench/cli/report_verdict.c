/* The verdict in ten lines, or as one document (see report_verdict.h). */
#include "cli/report_verdict.h"

#include <string.h>

#include "base/decision_view.h"
#include "base/escape.h"
#include "cli/opt.h"

#define MOST_REASONS 3

struct headline { const char *name; struct figure fig; const char *says; };

/* The three figures of the first page. */
static size_t headlines(const struct decision *d, struct headline out[3], struct pool *pool)
{
	const struct option_result *best = decision_cheapest(d);
	const struct break_even *b = decision_break(d);
	size_t n = 0;

	if (best) {
		out[n++] = (struct headline){
			pool_printf(pool, "Present value of all costs, %u months", d->months),
			best->npv, "" };
		out[n++] = (struct headline){ "Cost per unit of work", best->cost_per_unit, "" };
	}
	if (b)
		out[n++] = (struct headline){ pool_printf(pool, "Break-even %s", b->kind), b->at,
					      b->at.missing ? "" : b->sentence };
	return n;
}

static void line(const char *head, const char *text)
{
	struct str safe = { 0 };

	esc_terminal(&safe, text);
	printf("%s%s\n", head, str_get(&safe));
	str_free(&safe);
}

static void figure_line(const struct headline *h)
{
	struct str s = { 0 };
	char v[256], lo[64], hi[64];

	cm_figure_print(&h->fig, 4, v, sizeof v);
	str_addf(&s, "%s: %s", h->name, v);
	if (!h->fig.missing) {
		str_addf(&s, " %s", h->fig.unit && strcmp(h->fig.unit, "1") != 0 ? h->fig.unit : "");
		if (h->fig.lo < h->fig.hi) {
			const struct figure a = cm_figure(h->fig.lo, "", h->fig.basis),
					    b = cm_figure(h->fig.hi, "", h->fig.basis);
			cm_figure_print(&a, 4, lo, sizeof lo);
			cm_figure_print(&b, 4, hi, sizeof hi);
			str_addf(&s, " (%s … %s)", lo, hi);
		}
		str_addf(&s, ", %s", cm_basis_word(h->fig.basis));
		if (*h->says)
			str_addf(&s, ": %s", h->says);
	}
	line("  ", str_get(&s));
	str_free(&s);
}

void report_verdict_text(const struct report_data *d, const struct report_file *files, size_t n)
{
	const struct decision *x = d->decision;
	struct pool pool = { 0 };
	struct headline h[3];
	struct str list = { 0 };
	const size_t nh = headlines(x, h, &pool);

	if (*x->question)
		line("", x->question);
	line("", x->sentence);
	for (size_t i = 0; i < nh; i++)
		figure_line(&h[i]);
	line("Status: ", pool_printf(&pool, "%s, %s", cm_stamp_word(x->stamp),
				     decision_stamp_says(x->stamp)));
	for (size_t i = 0; i < x->nstamp_why && i < MOST_REASONS; i++)
		line("  ", x->stamp_why[i]);
	if (x->nstamp_why > MOST_REASONS)
		printf("  and %zu more, in the report\n", x->nstamp_why - MOST_REASONS);
	if (!d->nrows)
		puts("Measured: nothing yet; 'costmark run' measures this machine");
	for (size_t i = 0; i < n; i++)
		str_addf(&list, "%s%s", i ? ", " : "", files[i].path);
	line("Written: ", str_get(&list));
	str_free(&list);
	pool_free(&pool);
}

void report_verdict_json(const struct report_data *d, const struct report_file *files, size_t n)
{
	const struct decision *x = d->decision;
	struct pool pool = { 0 };
	struct headline h[3];
	const size_t nh = headlines(x, h, &pool);
	struct cmj *doc = cmj_document("verdict"), *why = cmj_array(), *figures = cmj_array(),
		   *written = cmj_array();

	cmj_set(doc, "title", cmj_string(x->title));
	cmj_set(doc, "question", cmj_string(x->question));
	cmj_set(doc, "verdict", cmj_string(x->sentence));
	cmj_set(doc, "cheapest", cmj_string(x->cheapest));
	cmj_set(doc, "stamp", cmj_string(cm_stamp_word(x->stamp)));
	for (size_t i = 0; i < x->nstamp_why; i++)
		cmj_push(why, cmj_string(x->stamp_why[i]));
	for (size_t i = 0; i < nh; i++) {
		struct cmj *o = cm_figure_json(&h[i].fig);
		cmj_set(o, "name", cmj_string(h[i].name));
		cmj_set(o, "sentence", cmj_string(h[i].says));
		cmj_push(figures, o);
	}
	for (size_t i = 0; i < n; i++) {
		struct cmj *o = cmj_object();
		cmj_set(o, "path", cmj_string(files[i].path));
		cmj_set(o, "format", cmj_string(files[i].format->name));
		cmj_push(written, o);
	}
	cmj_set(doc, "stamp_why", why);
	cmj_set(doc, "figures", figures);
	cmj_set(doc, "measured_rows", cmj_int((int64_t)d->nrows));
	cmj_set(doc, "created", cmj_string(d->created));
	cmj_set(doc, "files", written);
	cmd_print_json(doc);
	pool_free(&pool);
}
