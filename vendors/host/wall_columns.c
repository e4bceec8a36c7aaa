/*
 * Finds the times and the readings among a CSV's columns.
 *
 * First what the user named, then names that plugs (Shelly, Tasmota, Kasa, Tapo), analysers, PDUs and exports
 * of Home Assistant are known to have, totals of several phases before one of them; then a lone column whose
 * name ends with a unit of power. Where two could be meant, neither is taken. Must not read a row of data.
 */
#include "wall_columns.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

/* Names folded to letters and digits; the first of a sort that a header has. The scale is that of the unit
 * which the name has. */
static const struct { enum wall_column is; const char *name; double scale; } names[] = {
	{ WALL_TIME, "timestamp", 1 }, { WALL_TIME, "timestamputc", 1 }, { WALL_TIME, "datetime", 1 },
	{ WALL_TIME, "datetimeutc", 1 }, { WALL_TIME, "unixtime", 1 }, { WALL_TIME, "epoch", 1 },
	{ WALL_TIME, "timestampms", 1 }, { WALL_TIME, "ts", 1 }, { WALL_TIME, "lastchanged", 1 },
	{ WALL_TIME, "lastupdated", 1 }, { WALL_TIME, "time", 1 }, { WALL_TIME, "times", 1 },
	{ WALL_TIME, "timeutc", 1 }, { WALL_TIME, "localtime", 1 }, { WALL_TIME, "createdat", 1 },
	{ WALL_DATE, "date", 1 }, { WALL_DATE, "storedate", 1 },
	{ WALL_MS, "millisecond", 1 }, { WALL_MS, "milliseconds", 1 },
	{ WALL_ENTITY, "entityid", 1 }, { WALL_ENTITY, "entity", 1 }, { WALL_ENTITY, "sensor", 1 },
	{ WALL_ENTITY, "metricid", 1 }, { WALL_ENTITY, "metric", 1 }, { WALL_ENTITY, "deviceid", 1 },
	{ WALL_ENTITY, "outlet", 1 }, { WALL_ENTITY, "field", 1 }, { WALL_ENTITY, "device", 1 },
	{ WALL_ENTITY, "devicename", 1 }, { WALL_ENTITY, "channel", 1 }, { WALL_ENTITY, "port", 1 },
	{ WALL_ENTITY, "hostname", 1 }, { WALL_ENTITY, "host", 1 }, { WALL_ENTITY, "pdu", 1 },
	{ WALL_ENTITY, "name", 1 },
	/* Of all phases and outlets. */
	{ WALL_POWER, "psigma", 1 }, { WALL_POWER, "psum", 1 }, { WALL_POWER, "ptotal", 1 },
	{ WALL_POWER, "totalactpower", 1 }, { WALL_POWER, "totalpower", 1 },
	{ WALL_POWER, "totalpowerw", 1 }, { WALL_POWER, "totalactivepower", 1 },
	{ WALL_POWER, "totalactivepowerw", 1 }, { WALL_POWER, "totalpowerkw", 1e3 },
	{ WALL_POWER, "watts", 1 }, { WALL_POWER, "w", 1 }, { WALL_POWER, "watt", 1 },
	{ WALL_POWER, "power", 1 }, { WALL_POWER, "powerw", 1 }, { WALL_POWER, "powerwatts", 1 },
	{ WALL_POWER, "powerwatt", 1 }, { WALL_POWER, "powerinwatts", 1 },
	{ WALL_POWER, "activepower", 1 }, { WALL_POWER, "activepowerw", 1 }, { WALL_POWER, "apower", 1 },
	{ WALL_POWER, "realpower", 1 }, { WALL_POWER, "realpowerw", 1 }, { WALL_POWER, "upsrealpower", 1 },
	{ WALL_POWER, "pw", 1 }, { WALL_POWER, "p1", 1 }, { WALL_POWER, "p1w", 1 },
	{ WALL_POWER, "inputpower", 1 }, { WALL_POWER, "inputpowerw", 1 }, { WALL_POWER, "currentpower", 1 },
	{ WALL_POWER, "currentpowerw", 1 }, { WALL_POWER, "energypower", 1 },
	{ WALL_POWER, "powerreading", 1 }, { WALL_POWER, "instantaneouspowerreading", 1 },
	{ WALL_POWER, "powerconsumption", 1 }, { WALL_POWER, "powerdraw", 1 },
	{ WALL_POWER, "powerusage", 1 },
	{ WALL_POWER, "powermw", 1e-3 }, { WALL_POWER, "mw", 1e-3 },
	{ WALL_POWER, "powerkw", 1e3 }, { WALL_POWER, "kw", 1e3 }, { WALL_POWER, "pwrkw", 1e3 },
	{ WALL_POWER, "activepowerkw", 1e3 },
	{ WALL_ENERGY, "joules", 1 }, { WALL_ENERGY, "energyj", 1 },
	{ WALL_ENERGY, "wh", 3600 }, { WALL_ENERGY, "energywh", 3600 }, { WALL_ENERGY, "totalwh", 3600 },
	{ WALL_ENERGY, "totalenergywh", 3600 }, { WALL_ENERGY, "aenergytotal", 3600 },
	{ WALL_ENERGY, "kwh", 3.6e6 }, { WALL_ENERGY, "energykwh", 3.6e6 },
	{ WALL_ENERGY, "totalkwh", 3.6e6 }, { WALL_ENERGY, "totalenergykwh", 3.6e6 },
	{ WALL_ENERGY, "energytotal", 3.6e6 }, /* Tasmota's ENERGY.Total */
};

/* What the user may map. */
static const struct { const char *key; enum wall_column is; double scale; } keys[] = {
	{ "time", WALL_TIME, 0 }, { "date", WALL_DATE, 0 }, { "watts", WALL_POWER, 1 },
	{ "mw", WALL_POWER, 1e-3 }, { "kw", WALL_POWER, 1e3 }, { "joules", WALL_ENERGY, 1 },
	{ "wh", WALL_ENERGY, 3600 }, { "kwh", WALL_ENERGY, 3.6e6 }, { "wheach", WALL_EACH, 3600 },
	{ "kwheach", WALL_EACH, 3.6e6 },
};

static const struct { const char *unit; enum wall_column is; double scale; } units[] = {
	{ "mW", WALL_POWER, 1e-3 }, { "W", WALL_POWER, 1 }, { "Watts", WALL_POWER, 1 },
	{ "kW", WALL_POWER, 1e3 }, { "MW", WALL_POWER, 1e6 }, { "J", WALL_ENERGY, 1 },
	{ "kJ", WALL_ENERGY, 1e3 }, { "Wh", WALL_ENERGY, 3600 }, { "kWh", WALL_ENERGY, 3.6e6 },
	{ "MWh", WALL_ENERGY, 3.6e9 },
};

bool wall_unit(const char *unit, enum wall_column *is, double *scale)
{
	const size_t n = strcspn(unit, " \t");

	for (size_t i = 0; i < CM_COUNT(units); i++)
		if (strlen(units[i].unit) == n && strncmp(units[i].unit, unit, n) == 0 &&
		    !unit[n + strspn(unit + n, " \t")]) {
			*is = units[i].is;
			*scale = units[i].scale;
			return true;
		}
	return false;
}

/* ---- what the user names -------------------------------------------------------------------------- */

bool wall_wish_take(struct wall_wish *w, const char *key, const char *value)
{
	for (size_t i = 0; i < CM_COUNT(keys); i++) {
		if (strcmp(keys[i].key, key) != 0)
			continue;
		free(w->column[keys[i].is]);
		w->column[keys[i].is] = cm_strdup(value);
		if (keys[i].scale > 0)
			w->scale = keys[i].scale;
		return true;
	}
	return false;
}

void wall_wish_free(struct wall_wish *w)
{
	for (int k = 0; k < WALL_COLUMNS; k++)
		free(w->column[k]);
}

const char *wall_mapping(const char *wall)
{
	static const char *const others[] = { "zone", "dates", "ahead", "entity" };
	const char *first = NULL;

	for (size_t i = 0; i < CM_COUNT(keys) + CM_COUNT(others); i++) {
		char *key = cm_printf_dup(":%s=", i < CM_COUNT(keys) ? keys[i].key :
					  others[i - CM_COUNT(keys)]);
		const char *at = strstr(wall, key);

		if (at && (!first || at < first))
			first = at;
		free(key);
	}
	return first;
}

/* Whole, but for blanks around it. */
static bool same(const char *name, const char *cell)
{
	const size_t n = strlen(name);

	cell += strspn(cell, " \t");
	return strncmp(name, cell, n) == 0 && !cell[n + strspn(cell + n, " \t")];
}

/* The columns that the user named, by name or by number from 1. */
static bool find_named(const struct wall_wish *w, const struct csv_row *head, struct wall_columns *c)
{
	bool all = true;

	for (int k = 0; k < WALL_COLUMNS; k++) {
		const char *name = w->column[k];
		char *end = NULL;
		const unsigned long n = name ? strtoul(name, &end, 10) : 0;

		for (size_t i = 0; name && i < head->cells; i++) {
			if (!same(name, head->cell[i]) && !(end != name && !*end && n == i + 1))
				continue;
			c->at[k] = i;
			break;
		}
		all &= !name || c->at[k] != WALL_NONE;
	}
	return all;
}

/* ---- what makers call them ------------------------------------------------------------------------ */

static void fold(const char *text, char *out, size_t cap)
{
	size_t n = 0;

	for (; *text && n + 1 < cap; text++)
		if (isalnum((unsigned char)*text))
			out[n++] = (char)tolower((unsigned char)*text);
	out[n] = '\0';
}

/* The column of this folded name; "MW" folds as "mW" does and is none. */
static size_t column_of(const struct csv_row *head, const char *name)
{
	for (size_t i = 0; i < head->cells; i++) {
		char folded[64];

		fold(head->cell[i], folded, sizeof folded);
		if (strcmp(folded, name) == 0 && !strstr(head->cell[i], "MW"))
			return i;
	}
	return WALL_NONE;
}

static bool has_value(const struct wall_columns *c)
{
	return c->at[WALL_POWER] != WALL_NONE || c->at[WALL_ENERGY] != WALL_NONE ||
	       c->at[WALL_EACH] != WALL_NONE;
}

/* Columns of one sort, or of none that is there yet. */
static void find_known(const struct wall_wish *w, const struct csv_row *head, enum wall_column from,
		       enum wall_column to, struct wall_columns *c)
{
	for (size_t k = 0; k < CM_COUNT(names); k++) {
		const enum wall_column is = names[k].is;
		const size_t at = is < from || is > to || c->at[is] != WALL_NONE || w->column[is] ?
				  WALL_NONE : column_of(head, names[k].name);

		/* A column of dates and times may be called by either. */
		if (at == WALL_NONE || (is == WALL_DATE && w->column[WALL_TIME]))
			continue;
		c->at[is] = at;
		if (is >= WALL_POWER)
			c->scale = names[k].scale;
	}
}

/* Of what is not drawn: the most, a limit, what a load does not use up. */
static bool no_reading(const char *name)
{
	static const char *const words[] = { "apparent", "reactive", "max", "min", "peak", "limit", "rated",
					     "cap", "factor", "budget", "lowest", "highest" };

	for (size_t i = 0; i < CM_COUNT(words); i++)
		if (strcasestr(name, words[i]))
			return true;
	return false;
}

/* "Outlet 1 Active Power (W)", "Load [kW]", "main_power_w": the scale of a name that ends with a unit of
 * power, 0 for any other. A small "mw" is of those who write small letters only. */
static double ends_with_watts(const char *name)
{
	static const struct { const char *unit; double scale; } ends[] = {
		{ "W", 1 }, { "w", 1 }, { "watts", 1 }, { "Watts", 1 }, { "watt", 1 }, { "Watt", 1 },
		{ "mW", 1e-3 }, { "mw", 1e-3 }, { "kW", 1e3 }, { "kw", 1e3 }, { "KW", 1e3 },
	};
	size_t end = strlen(name), begin;

	while (end && strchr(" )]", name[end - 1]))
		end--;
	for (begin = end; begin && isalpha((unsigned char)name[begin - 1]); begin--)
		;
	if (!begin || !strchr(" ([/_.-", name[begin - 1]) || no_reading(name))
		return 0;
	for (size_t i = 0; i < CM_COUNT(ends); i++)
		if (strlen(ends[i].unit) == end - begin &&
		    strncmp(ends[i].unit, name + begin, end - begin) == 0)
			return ends[i].scale;
	return 0;
}

static void not_sure(struct wall_columns *c, const char *a, const char *b)
{
	snprintf(c->two[0], sizeof c->two[0], "%.47s", a);
	snprintf(c->two[1], sizeof c->two[1], "%.47s", b);
}

/* The one column that ends with a unit of power; of several the one that says it is their total. */
static void find_by_unit(const struct csv_row *head, struct wall_columns *c)
{
	size_t found = WALL_NONE, total = WALL_NONE, second = WALL_NONE;

	for (size_t i = 0; i < head->cells; i++) {
		if (ends_with_watts(head->cell[i]) <= 0)
			continue;
		if (found != WALL_NONE && second == WALL_NONE)
			second = i;
		if (found == WALL_NONE)
			found = i;
		if (total == WALL_NONE && strcasestr(head->cell[i], "total"))
			total = i;
	}
	if (second != WALL_NONE && total == WALL_NONE) {
		not_sure(c, head->cell[found], head->cell[second]);
	} else if (found != WALL_NONE) {
		c->at[WALL_POWER] = total != WALL_NONE ? total : found;
		c->scale = ends_with_watts(head->cell[c->at[WALL_POWER]]);
	}
}

/* "P-1" is the power where there is no "P-2", and no third of it where there is. */
static void check_phases(const struct csv_row *head, struct wall_columns *c)
{
	static const char *const others[] = { "p2", "p2w", "p3", "p3w" };
	char folded[64] = "";

	if (c->at[WALL_POWER] != WALL_NONE)
		fold(head->cell[c->at[WALL_POWER]], folded, sizeof folded);
	for (size_t i = 0; i < CM_COUNT(others) && cm_starts(folded, "p1"); i++) {
		const size_t at = column_of(head, others[i]);

		if (at == WALL_NONE)
			continue;
		not_sure(c, head->cell[c->at[WALL_POWER]], head->cell[at]);
		return;
	}
}

/* Home Assistant's export has one column of states; what they are is in the entity's name. */
static void find_states(const struct csv_row *head, struct wall_columns *c)
{
	if (c->at[WALL_ENTITY] == WALL_NONE || has_value(c))
		return;
	for (size_t i = 0; i < head->cells; i++)
		if (strcmp(head->cell[i], "state") == 0) {
			c->at[WALL_POWER] = i;
			c->scale = 1;
		}
}

/* Is a row written where a state changes, and not each second? */
static bool are_changes(const struct csv_row *head, const struct wall_columns *c)
{
	const enum wall_column value = wall_columns_value(c);

	return c->at[WALL_ENTITY] != WALL_NONE && has_value(c) &&
	       strcmp(head->cell[c->at[value]], "state") == 0;
}

bool wall_columns_find(const struct wall_wish *w, const struct csv_row *head, struct wall_columns *c)
{
	bool all;

	*c = (struct wall_columns){ .scale = w->scale };
	for (int k = 0; k < WALL_COLUMNS; k++)
		c->at[k] = WALL_NONE;
	all = find_named(w, head, c);
	find_known(w, head, WALL_TIME, WALL_ENTITY, c);
	if (!w->column[WALL_POWER] && !w->column[WALL_ENERGY] && !w->column[WALL_EACH]) {
		/* A power before a counter, whose steps are coarse. */
		find_known(w, head, WALL_POWER, WALL_POWER, c);
		check_phases(head, c);
		if (c->at[WALL_POWER] == WALL_NONE)
			find_by_unit(head, c);
		if (c->at[WALL_POWER] == WALL_NONE && !c->two[0][0])
			find_known(w, head, WALL_ENERGY, WALL_ENERGY, c);
		find_states(head, c);
	}
	if (c->at[WALL_TIME] == WALL_NONE && c->at[WALL_DATE] != WALL_NONE) { /* "Date" that holds both */
		c->at[WALL_TIME] = c->at[WALL_DATE];
		c->at[WALL_DATE] = WALL_NONE;
	}
	c->changes = are_changes(head, c);
	return all && c->at[WALL_TIME] != WALL_NONE && has_value(c);
}

enum wall_column wall_columns_value(const struct wall_columns *c)
{
	return c->at[WALL_POWER] != WALL_NONE ? WALL_POWER :
	       c->at[WALL_EACH] != WALL_NONE ? WALL_EACH : WALL_ENERGY;
}
