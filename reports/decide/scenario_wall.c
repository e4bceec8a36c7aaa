/*
 * Where watts and joules were metered, against where a line counts them. The bill is for the wall: what
 * a meter in a card or a processor saw is lifted by stated factors (reports/model/wall.part), never
 * put there as it is, and what a meter of the whole server saw is never lifted again.
 */
#include <string.h>

#include "decide/scenario.h"

/* Lines of the shipped models that say of what they are the power. */
static const struct { const char *line; enum metered_at at;
} levels[] = {
	{ "device_power", METERED_PARTS },
	{ "power_load", METERED_WHOLE },
	{ "power_idle", METERED_WHOLE },
};

/* First words of scopes: this program's (api/meter.h), and what publishers' rows say. */
static const struct { const char *word; enum metered_at at;
} scopes[] = {
	{ "core", METERED_PARTS },   { "package", METERED_PARTS }, { "dram", METERED_PARTS },
	{ "device", METERED_PARTS }, { "process", METERED_PARTS }, { "GPU", METERED_PARTS },
	{ "node", METERED_WHOLE },   { "wall", METERED_WHOLE },
};

enum metered_at scenario_metered(const char *scope)
{
	for (size_t i = 0; i < CM_COUNT(scopes); i++)
		if (strncmp(scopes[i].word, scope, strlen(scopes[i].word)) == 0)
			return scopes[i].at;
	return METERED_NOT;
}

enum cm_status scenario_metered_for(const char *line, enum metered_at at, const char *meter,
				    struct model_pos pos, struct cm_err *err)
{
	for (size_t i = 0; at != METERED_NOT && i < CM_COUNT(levels); i++) {
		if (strcmp(levels[i].line, line) != 0 || levels[i].at == at)
			continue;
		return cm_fail_at(err, CM_EINPUT, pos.file, pos.line, pos.col,
				  at == METERED_PARTS
					  ? "'%s' is power at the wall, but this was metered at "
					    "parts of a server (%s): "
					    "give it as 'device_power' to the kind own_metered or "
					    "colo_metered, which "
					    "lifts it by stated factors"
					  : "'%s' is lifted to the wall, but this was metered of a "
					    "whole server (%s): "
					    "give it as 'power_load' to the kind own or colo",
				  line, meter);
	}
	return CM_OK;
}

/* Are all names within e inputs metered at one level? *seen: one of them, NULL where e has no name. */
static bool one_level(const struct scenario *s, const struct expr *e, const struct input_spec **seen)
{
	for (size_t i = 0; i < e->args; i++)
		if (!one_level(s, e->arg[i], seen))
			return false;
	if (e->kind != EXPR_NAME)
		return true;
	for (size_t i = 0; i < s->specs; i++)
		if (strcmp(s->spec[i].def->name, e->name) == 0) {
			const bool same = !*seen || (*seen)->metered == s->spec[i].metered;
			*seen = &s->spec[i];
			return same && s->spec[i].metered != METERED_NOT;
		}
	return false;
}

enum cm_status scenario_metered_lines(const struct scenario *s, const struct model_source *src,
				      struct cm_err *err)
{
	enum cm_status st = CM_OK;
	for (size_t i = 0; !st && i < src->defs; i++) {
		const struct input_spec *seen = NULL;
		const struct model_def *d = src->def[i];
		if (d->expr && one_level(s, d->expr, &seen) && seen)
			st = scenario_metered_for(d->name, seen->metered, seen->meter, d->expr->pos, err);
	}
	return st;
}
