/* What is wrong with the price tables: findings with their place, problems apart from warnings. */
#ifndef CM_CLI_PRICE_CHECK_H
#define CM_CLI_PRICE_CHECK_H

#include "api/price.h"
#include "base/str.h"

struct finding {
	bool problem;      /* false: a warning, which fails nothing */
	const char *file;
	size_t line;
	const char *says;
};

struct findings {
	struct finding *list;
	size_t n, cap, problems;
	struct pool pool;
};

/* today: "2026-11-24…"; the order is that of the tables. */
void price_check(const struct catalogue *c, const char *today, struct findings *out);
void findings_free(struct findings *f);

#endif
