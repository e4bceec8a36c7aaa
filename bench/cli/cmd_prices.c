/* costmark prices: price tables read, listed, checked and compared; each action is a file of its own. */
#include <string.h>

#include "base/units.h"
#include "cli/price_actions.h"

static const struct {
	const char *word;
	int (*run)(const struct args *a);
} actions[] = {
	{ "list", prices_list },
	{ "check", prices_check },
	{ "import", prices_import },
	{ "diff", prices_diff },
	{ "history", prices_history },
	{ "fetch", prices_fetch },
};

static int unknown(const struct args *a)
{
	const char *names[CM_COUNT(actions)];
	struct str all = { 0 };
	struct cm_err err;

	for (size_t i = 0; i < CM_COUNT(actions); i++) {
		names[i] = actions[i].word;
		str_addf(&all, "%s%s", i ? i + 1 < CM_COUNT(actions) ? ", " : " and " : "", names[i]);
	}
	const char *near = cm_nearest(a->argv[0], names, CM_COUNT(actions));
	cm_fail(&err, CM_EINPUT, near ? "'costmark prices' cannot '%s'; did you mean '%s'?"
				      : "'costmark prices' cannot '%s'; it can %s",
		a->argv[0], near ? near : str_get(&all));
	str_free(&all);
	return cmd_fail(a, &err);
}

static int run(const struct args *a)
{
	size_t i = 0;

	while (i < CM_COUNT(actions) && strcmp(actions[i].word, a->argv[0]) != 0)
		i++;
	if (i == CM_COUNT(actions))
		return unknown(a);
	const int code = actions[i].run(a);
	units_close();
	return code;
}

const struct command cmd_prices = {
	.name = "prices",
	.usage = "costmark prices list [FILTER…] | check | import FORMAT FILE… | fetch SOURCE… | "
		 "diff [FORMAT] OLD NEW | history OFFER",
	.summary = "fetch price lists or read them in, list, check and compare them",
	.examples = "  costmark prices list h100 reserved\n  costmark prices import aws_ec2 index.csv\n"
		    "  costmark prices fetch ecb skypilot\n"
		    "  costmark prices diff 2026-07-01 2026-08-01\n  costmark prices check\n",
	.min_words = 1,
	.max_words = -1,
	.run = run,
};
