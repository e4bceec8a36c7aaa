/* The decider: scenario in, decision and explanations out. bench/ sees only this descriptor. */
#include <stdlib.h>
#include <string.h>

#include "decide/tco.h"

static enum cm_status load(const char *path, const char *data_dir, const struct catalogue *cat,
			   const struct result_source *results, struct scenario **out,
			   struct cm_err *err)
{
	const struct scenario_world w = { data_dir, cat, results };
	return scenario_read(path, &w, out, err);
}

static enum cm_status decide(struct scenario *s, const struct decision **out, struct cm_err *err)
{
	if (s->decision) {
		*out = s->decision;
		return CM_OK;
	}
	struct decision *d = pool_alloc(&s->pool, sizeof *d);
	*d = (struct decision){ .title = s->title, .question = s->question,
				.unit_of_work = s->work ? s->work : "", .currency = s->currency,
				.months = s->months, .years = (s->months + 11) / 12 };
	struct tco t = { .s = s, .d = d };
	tco_begin(&t);
	tco_swings(&t);
	tco_curves(&t);
	tco_options(&t);
	tco_breaks(&t);
	tco_changes(&t);
	tco_tornado(&t);
	tco_choices(&t);
	tco_equivalents(&t);
	tco_inputs(&t);
	tco_sheet(&t);
	tco_panel(&t);
	enum cm_status st = tco_uncertainty(&t, err);
	if (!st)
		st = tco_verdict(&t, err);
	tco_end(&t);
	if (st) {
		cmj_free(d->more);
		return st;
	}
	s->decision = d;
	*out = d;
	return CM_OK;
}

static enum cm_status unknown_figure(const struct scenario *s, const char *figure, struct cm_err *err)
{
	struct pool pool = { 0 };
	const char *near = scenario_near(s, figure, &pool);
	const enum cm_status st = cm_fail(err, CM_EINPUT, near
		? "no figure '%s' (did you mean '%s'?)"
		: "no figure '%s': expected a line's name, or OPTION.LINE such as own.npv", figure,
		near);
	pool_free(&pool);
	return st;
}

static enum cm_status explain(struct scenario *s, const char *figure, struct str *text,
			      struct cmj **json, struct cm_err *err)
{
	const uint32_t id = model_find(s->model, 0, figure);
	bool found = false;
	struct cmj *list = cmj_array();
	/* a bare name is the line of every option that has it */
	for (size_t i = 0; i < s->options + 1; i++) {
		uint32_t line = i == 0 ? id : MODEL_NONE;
		if (i && id == MODEL_NONE && !strchr(figure, '.'))
			line = model_find(s->model, s->option[i - 1].scope, figure);
		if (line == MODEL_NONE)
			continue;
		if (found)
			str_addc(text, '\n');
		found = true;
		struct str one = { 0 };
		model_explain(s->base, line, &one);
		str_add(text, str_get(&one));
		struct cmj *o = cmj_object();
		cmj_set(o, "figure", cmj_string(figure));
		cmj_set(o, "option", cmj_string(i ? s->option[i - 1].name : ""));
		cmj_set(o, "text", cmj_string(str_get(&one)));
		cmj_push(list, o);
		str_free(&one);
	}
	if (!found) {
		cmj_free(list);
		return unknown_figure(s, figure, err);
	}
	*json = list;
	return CM_OK;
}

static enum cm_status value(struct scenario *s, const char *figure, struct figure *out,
			    struct cm_err *err)
{
	const uint32_t id = model_find(s->model, 0, figure);
	const struct model_line *line;
	if (id == MODEL_NONE)
		return unknown_figure(s, figure, err);
	model_lines(s->model, &line);
	*out = cm_figure(eval_value(s->base, id, 0), unit_text(line[id].unit), line[id].basis);
	return CM_OK;
}

static size_t options(struct scenario *s, const char *const **name)
{
	const char **list = pool_alloc(&s->pool, (s->options + 1) * sizeof *list);
	for (size_t i = 0; i < s->options; i++)
		list[i] = s->option[i].name;
	*name = list;
	return s->options;
}

static void drop(struct scenario *s)
{
	if (s && s->decision)
		cmj_free(s->decision->more);
	scenario_free(s);
}

static void sampling(struct scenario *s, size_t samples, uint64_t seed)
{
	s->samples = samples;
	s->seed = seed;
}

const struct decider decide_tco = {
	.abi = CM_REPORT_ABI, .name = "tco", .load = load, .decide = decide, .explain = explain,
	.free = drop, .value = value, .options = options, .sampling = sampling,
};
