/* YAML read as text: every scalar is its text with line and column; no implicit types. */
#ifndef CM_BASE_YAML_H
#define CM_BASE_YAML_H

#include "api/status.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_node {
	enum yaml_kind kind;
	const char *text;             /* YAML_SCALAR */
	const char *key;              /* in a map: its key */
	size_t key_line, key_col;
	size_t line, col;             /* from 1 */
	const struct yaml_node *item; /* YAML_LIST, YAML_MAP: its items, in order */
	size_t items;
};

struct yaml;

/* Anchors and aliases are resolved; a duplicate key, a tag or a second document is CM_EINPUT. */
enum cm_status yaml_read(const char *path, struct yaml **out, struct cm_err *err);
enum cm_status yaml_parse(const char *text, size_t len, const char *name, struct yaml **out,
			  struct cm_err *err);
void yaml_free(struct yaml *y);
const struct yaml_node *yaml_root(const struct yaml *y);
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key); /* NULL: not there */

/* CM_EINPUT "unknown key 'pice' (did you mean 'price'?)" for a key of map not in allowed. */
enum cm_status yaml_known(const struct yaml_node *map, const char *file,
			  const char *const *allowed, size_t n, struct cm_err *err);

#endif
