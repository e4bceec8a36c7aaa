/* Any bytes as lines of the cost language: a model that evaluates, or one sentence with a place. */
/* fuzz-sources: reports/model/*.c */
#include <stdint.h>
#include <stdlib.h>

#include "model/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(int ok)
{
	if (!ok)
		abort();
}

static enum cm_status build(const char *text, size_t n, struct model_source *src, struct model **m,
			    struct eval **e, struct cm_err *err)
{
	enum cm_status st = model_parse(text, n, (struct model_pos){ "f", 1, 0 }, false, src, err);
	if (st)
		return st;
	*m = model_new(&(struct model_settings){ 12, "USD", "token" });
	const uint32_t scope = model_scope_add(*m, "own");
	for (size_t i = 0; i < src->defs; i++)
		model_add(*m, scope, src->def[i]);
	st = model_build(*m, err);
	if (st)
		return st;
	*e = eval_new(*m);
	eval_all(*e);
	return eval_check(*e, err);
}

/* What evaluates can be explained, and a changed input gives what a fresh evaluation gives. */
static void examine(struct model *m, struct eval *e)
{
	const uint32_t *input;
	struct str text = { 0 };
	const size_t inputs = model_inputs(m, &input);
	const struct model_line *line;
	const size_t lines = model_lines(m, &line);
	if (lines)
		model_explain(e, (uint32_t)lines - 1, &text);
	if (inputs) {
		struct eval *fresh = eval_new(m);
		eval_change(e, input[0], 1.5);
		eval_input(fresh, input[0], 1.5);
		eval_all(fresh);
		for (uint32_t i = 0; i < lines; i++) {
			const double a = eval_value(e, i, 0), b = eval_value(fresh, i, 0);
			must(a == b || (a != a && b != b));
		}
		eval_free(fresh);
	}
	str_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static unsigned runs;
	struct model_source src = { .def = NULL };
	struct model *m = NULL;
	struct eval *e = NULL;
	struct cm_err err = { .why = "" };
	char *text = cm_strndup((const char *)data, n);
	const enum cm_status st = build(text, n, &src, &m, &e, &err);
	if (st == CM_OK)
		examine(m, e);
	else
		must(st == CM_EINPUT && cm_starts(err.why, "f:"));
	eval_free(e);
	model_free(m);
	model_source_free(&src);
	free(text);
	if (++runs % 500 == 0)
		units_close(); /* every unit ever seen is kept until then */
	return 0;
}
