/* Finds the list of records in a document and takes it apart. It knows no format but "a list". */
#include "base/desk_json.h"

#include <stdio.h>
#include <string.h>

static bool in_names(const char *const *names, const char *key)
{
	for (; names && *names; names++)
		if (strcmp(*names, key) == 0)
			return true;
	return false;
}

/* "/" and "~" in a key, as JSON pointers write them. */
static const char *pointer_part(struct price_desk *d, const char *key)
{
	struct str s = { 0 };

	for (; *key; key++)
		if (*key == '~' || *key == '/')
			str_add(&s, *key == '~' ? "~0" : "~1");
		else
			str_addc(&s, *key);
	const char *kept = desk_keep(d, str_get(&s));
	str_free(&s);
	return kept;
}

static enum cm_status no_list(struct price_desk *d, const struct desk_list *l, const struct jp_token *t,
			      struct cm_err *err)
{
	if (l->map)
		return desk_wrong(d, t->line, t->col,
			"expected an object of records: is this another format?", err);
	return cm_fail_at(err, CM_EINPUT, d->name, t->line, t->col,
			  "expected a list%s%s%s: is this another format?", *l->keys ? " under '" : "",
			  *l->keys ? *l->keys : "", *l->keys ? "'" : "");
}

static enum cm_status record_of(struct price_desk *d, struct desk_list *l, const struct jp_token *t,
				const char *key, const struct jp_node **item, const char **place,
				struct cm_err *err)
{
	const enum cm_status st = jsonpull_tree(d->json, t, &d->text, 0, item, err);

	if (st != CM_OK)
		return st;
	const char *page = l->page > 1 ? desk_text(d, "page %zu ", l->page) : "";
	l->record_key = key;
	if (l->lone && t->depth == 0)
		*place = page;
	else if (l->map)
		*place = desk_text(d, "%s/%s", page, pointer_part(d, key));
	else
		*place = desk_text(d, "%s%s%s/%zu", page, *l->key ? "/" : "", l->key, l->index);
	l->index++;
	return CM_OK;
}

/* A member of the document: the list, or something beside it. */
static enum cm_status member(struct price_desk *d, struct desk_list *l, const char *key, struct cm_err *err)
{
	struct jp_token t;
	enum cm_status st = jsonpull_next(d->json, &t, err);

	if (st != CM_OK)
		return st;
	if (l->via && strcmp(key, l->via) == 0 && t.event == JP_OBJECT)
		return CM_OK; /* its members follow */
	for (size_t i = 0; l->facts && l->facts[i]; i++)
		if (strcmp(l->facts[i], key) == 0 && t.event == JP_STRING) {
			snprintf(l->fact[i], sizeof l->fact[i], "%s", t.text);
			return CM_OK;
		}
	if (!in_names(l->keys, key)) {
		if (!in_names(l->known, key))
			desk_name_unknown(d, key);
		return jsonpull_skip(d->json, &t, err);
	}
	if (t.event != JP_ARRAY)
		return no_list(d, l, &t, err);
	l->inside = l->found = true;
	l->index = 0;
	strncpy(l->key, key, sizeof l->key - 1);
	return CM_OK;
}

enum cm_status desk_item(struct price_desk *d, struct desk_list *l, const struct jp_node **item,
			 const char **place, struct cm_err *err)
{
	enum cm_status st = CM_OK;
	struct jp_token t;

	if (!d->json && (st = jsonpull_open(d->in, d->name, true, &d->json, err)) != CM_OK)
		return st;
	while ((st = jsonpull_next(d->json, &t, err)) == CM_OK) {
		if (l->inside && t.event == JP_ARRAY_END) {
			l->inside = false;
		} else if (l->inside) {
			return record_of(d, l, &t, "", item, place, err);
		} else if (l->lone && t.event == JP_OBJECT) {
			l->page++;
			return record_of(d, l, &t, "", item, place, err);
		} else if (t.event == JP_KEY) {
			const char *key = desk_keep(d, t.text);
			if (!l->map && (st = member(d, l, key, err)) != CM_OK)
				return st;
			if (!l->map)
				continue;
			if ((st = jsonpull_next(d->json, &t, err)) != CM_OK)
				return st;
			return record_of(d, l, &t, key, item, place, err);
		} else if (t.event == JP_OBJECT_END) {
			if (!l->found && !l->map)
				return no_list(d, l, &t, err);
		} else if (t.event == JP_ARRAY && !l->map) {
			l->page++;
			l->inside = l->found = true;
			l->index = 0;
			l->key[0] = '\0';
		} else if (t.event == JP_OBJECT && (l->map || *l->keys)) {
			l->page++;
			l->found = false;
			l->key[0] = '\0';
		} else {
			return no_list(d, l, &t, err);
		}
	}
	return st;
}
