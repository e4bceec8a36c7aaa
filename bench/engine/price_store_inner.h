/* What the files of the price store share, and nobody else sees. */
#ifndef CM_ENGINE_PRICE_STORE_INNER_H
#define CM_ENGINE_PRICE_STORE_INNER_H

#include "engine/price_store.h"
#include "engine/sqlite_door.h"

struct price_store {
	sqlite3 *db;
	char *path;
};

/* Columns that identify what is sold lie in table `key`, once; the others in `price`. K(member) in key
 * order. */
#define PRICE_KEY_COLUMNS(K) K(provider) K(offer) K(device) K(region) K(term)

enum price_column {
#define X(member, column) PRICE_##member,
	CM_PRICE_COLUMNS(X)
#undef X
	PRICE_COLUMNS
};

extern const char *const price_column_name[PRICE_COLUMNS];
bool price_column_is_key(enum price_column c);
/* The row's text of a column. */
const char *price_text(const struct price_row *row, enum price_column c);

/* price_list_price.c: the list price of a row at hand. NULL: SQLite refuses. */
struct price_list;
struct price_list *price_list_open(struct price_store *s);
void price_list_find(struct price_list *l, struct stored_price *p);
void price_list_close(struct price_list *l); /* NULL is fine */

enum cm_status price_sql_fail(struct price_store *s, struct cm_err *err);
enum cm_status price_sql_do(struct price_store *s, const char *sql, struct cm_err *err);

#endif
