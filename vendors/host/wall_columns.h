/*
 * Which columns of a meter's CSV are its times and readings: by what the user named, or by what makers call
 * them. Used by wall_log.c alone.
 */
#ifndef HOST_WALL_COLUMNS_H
#define HOST_WALL_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/csv.h"

/* What a column holds. Energies are a running total, but for those of each interval alone. */
enum wall_column {
	WALL_TIME, WALL_DATE, WALL_MS, WALL_ENTITY, WALL_POWER, WALL_ENERGY, WALL_EACH, WALL_COLUMNS
};

#define WALL_NONE ((size_t)-1)

/* What the user named: a column's name or number from 1, or NULL; the scale of the value, in W or J. */
struct wall_wish { char *column[WALL_COLUMNS]; double scale; };

/* "watts", "Outlet 1": false where there is no such key. */
bool wall_wish_take(struct wall_wish *w, const char *key, const char *value);
void wall_wish_free(struct wall_wish *w);
/* Where the mapping begins in FILE:key=…; NULL: nowhere. */
const char *wall_mapping(const char *wall);

struct wall_columns {
	size_t at[WALL_COLUMNS];  /* WALL_NONE = not there */
	double scale;
	bool changes;             /* a row where something changed */
	char two[2][48];          /* columns that could both be the power; "" = none */
};

/* Is this row the header? At least a time and a value are in it. */
bool wall_columns_find(const struct wall_wish *w, const struct csv_row *head, struct wall_columns *c);
/* The value's column: what it counts. */
enum wall_column wall_columns_value(const struct wall_columns *c);

/* W or J in `unit`, as cells and names write it; false: another unit. */
bool wall_unit(const char *unit, enum wall_column *is, double *scale);

#endif
