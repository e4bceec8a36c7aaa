/* costmark explain SCENARIO FIGURE: one number, down to price rows and samples. */
#include <stdlib.h>

#include "api/report.h"
#include "base/escape.h"
#include "cli/deciding.h"

static void print_json(const char *figure, struct cmj *trees)
{
	struct cmj *doc = cmj_document("explain");
	struct str text = { 0 };
	cmj_set(doc, "figure", cmj_string(figure));
	cmj_set(doc, "derivations", trees);
	cmj_print(doc, true, &text);
	fputs(str_get(&text), stdout);
	str_free(&text);
	cmj_free(doc);
}

/* Line by line: a tree keeps its line ends. */
static void print_text(char *text)
{
	for (char *line = text; *line;) {
		char *end = line;
		while (*end && *end != '\n')
			end++;
		const char last = *end;
		*end = 0;
		struct str safe = { 0 };
		esc_terminal(&safe, line);
		puts(str_get(&safe));
		str_free(&safe);
		line = last ? end + 1 : end;
	}
}

static int run(const struct args *a)
{
	struct deciding k;
	struct cm_err err;
	struct str text = { 0 };
	struct cmj *trees = NULL;
	enum cm_status st = deciding_open(a, &k, &err);
	if (st)
		return cmd_fail(a, &err);
	int code = CM_EXIT_OK;
	st = k.decider->explain(k.scenario, a->argv[1], &text, &trees, &err);
	if (st) {
		code = cmd_fail(a, &err);
	} else if (args_has(a, "json")) {
		print_json(a->argv[1], trees);
	} else {
		char *copy = str_take(&text);
		print_text(copy);
		free(copy);
		cmj_free(trees);
	}
	str_free(&text);
	deciding_close(&k);
	return code;
}

const struct command cmd_explain = {
	.name = "explain",
	.usage = "costmark explain SCENARIO FIGURE [options]",
	.summary = "one figure, down to the price rows, the samples and the sources behind it",
	.examples = "  costmark explain examples/own-or-rent.yaml buy.npv\n"
		    "  costmark explain examples/own-or-rent.yaml cost_per_unit",
	.min_words = 2, .max_words = 2, .run = run,
};
