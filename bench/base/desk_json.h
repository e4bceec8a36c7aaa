/* JSON documents that are one long list, or one long object, of records: each record as a small tree. */
#ifndef CM_BASE_DESK_JSON_H
#define CM_BASE_DESK_JSON_H

#include "base/price_desk.h"

struct desk_list {
	/* of the list in an object ("Items", "items"), ended by NULL; a document that is the list itself
	 * always fits */
	const char *const *keys;
	bool map;                /* the records are the members of the object itself */
	/* other members of the object that need no mention, ended by NULL; may be NULL */
	const char *const *known;
	bool lone;               /* a document that is an object is one record itself */
	const char *via;         /* an object of the document that holds the list ("response"); may be NULL */
	/* members of the document that a record needs too ("vendor"), ended by NULL; texts only, at most 4,
	 * and they must stand before the list */
	const char *const *facts;
	char fact[4][80];        /* their texts */
	/* where the reading stands */
	bool inside, found, begun;
	size_t index, page;
	const char *record_key; /* of a map's record, in the arena */
	char key[64];
};

/* The next record, in the desk's arena, and its JSON pointer; CM_END after the last. Pages may follow one
 * another in one file. A document without the list is CM_EINPUT. */
enum cm_status desk_item(struct price_desk *d, struct desk_list *l, const struct jp_node **item,
			 const char **place, struct cm_err *err);

#endif
