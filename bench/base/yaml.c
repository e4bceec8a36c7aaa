/*
 * YAML read as text. The only file that names libfyaml.
 *
 * Built from the library's events, not from its documents: an event knows its line and column, and
 * here a scalar stays the text that was written ("no" is not false, 1e3 not a number).
 */
#include "base/yaml.h"

#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "base/utf8.h"

#define DEEPEST 64
#define MOST_NODES 200000 /* after aliases: a few lines of them can stand for billions */

struct anchor {
	const char *name;
	struct yaml_node node;
	size_t nodes; /* that it stands for */
	bool whole;
};

struct yaml {
	struct pool pool;
	struct yaml_node root;
	char *name;
	struct fy_parser *parser;
	struct anchor *anchor;
	size_t anchors, anchor_cap;
	size_t nodes;
};

static enum cm_status at_mark(struct yaml *y, const struct fy_mark *m, struct cm_err *err,
			      const char *what)
{
	return cm_fail_at(err, CM_EINPUT, y->name, m ? (size_t)m->line + 1 : 1,
			  m ? (size_t)m->column + 1 : 1, "%s", what);
}

static enum cm_status syntax(struct yaml *y, struct fy_diag *diag, struct cm_err *err)
{
	void *it = NULL;
	const struct fy_diag_error *e = fy_diag_errors_iterate(diag, &it);

	if (!e)
		return cm_fail_at(err, CM_EINPUT, y->name, 1, 1, "not YAML");
	/* The library counts from 1 here, and from 0 in its marks. */
	return cm_fail_at(err, CM_EINPUT, y->name, e->line > 0 ? (size_t)e->line : 1,
			  e->column > 0 ? (size_t)e->column : 1, "%s", e->msg);
}

static char *token_dup(struct fy_token *t)
{
	size_t n = 0;
	const char *s = t ? fy_token_get_text(t, &n) : NULL;
	return s ? cm_strndup(s, n) : cm_strdup("");
}

static const char *keep(struct yaml *y, struct fy_token *t)
{
	char *s = token_dup(t);
	const char *kept = pool_dup(&y->pool, s);
	free(s);
	return kept;
}

struct head { /* what each node's first event says */
	struct fy_token *anchor, *tag;
	const struct fy_mark *mark;
};

static struct head head_of(struct fy_event *e)
{
	struct head h = { .mark = fy_event_start_mark(e) };
	switch (e->type) {
	case FYET_SCALAR:
		h.anchor = e->scalar.anchor;
		h.tag = e->scalar.tag;
		break;
	case FYET_SEQUENCE_START:
		h.anchor = e->sequence_start.anchor;
		h.tag = e->sequence_start.tag;
		break;
	case FYET_MAPPING_START:
		h.anchor = e->mapping_start.anchor;
		h.tag = e->mapping_start.tag;
		break;
	default:
		break;
	}
	return h;
}

static enum cm_status node(struct yaml *y, struct fy_event *e, int depth, struct yaml_node *out,
			   struct cm_err *err);

static enum cm_status alias(struct yaml *y, struct fy_event *e, struct yaml_node *out,
			    struct cm_err *err)
{
	const struct fy_mark *m = fy_event_start_mark(e);
	char *name = token_dup(e->alias.anchor);
	enum cm_status st = CM_EINPUT;
	size_t i = y->anchors;

	while (i > 0 && strcmp(y->anchor[i - 1].name, name) != 0)
		i--;
	if (i == 0)
		at_mark(y, m, err, "an alias to an anchor that is not defined above it");
	else if (!y->anchor[i - 1].whole)
		at_mark(y, m, err, "an alias inside of its own anchor");
	else
		st = CM_OK;
	free(name);
	if (st != CM_OK)
		return st;
	*out = y->anchor[i - 1].node;
	y->nodes += y->anchor[i - 1].nodes;
	return CM_OK;
}

static enum cm_status scalar(struct yaml *y, struct fy_token *t, struct yaml_node *out,
			     struct cm_err *err)
{
	out->kind = YAML_SCALAR;
	out->text = keep(y, t);
	if (t && (fy_token_scalar_style(t) == FYSS_SINGLE_QUOTED ||
		  fy_token_scalar_style(t) == FYSS_DOUBLE_QUOTED) && out->col > 1)
		out->col--; /* the mark stands behind the quote */
	if (t && strlen(out->text) != fy_token_get_text_length(t))
		return cm_fail_at(err, CM_EINPUT, y->name, out->line, out->col,
				  "a NUL character inside a text");
	return CM_OK;
}

/* The items of a list or map, until its end event. */
static enum cm_status items(struct yaml *y, bool map, int depth, struct yaml_node *out,
			    struct cm_err *err);

static enum cm_status node(struct yaml *y, struct fy_event *e, int depth, struct yaml_node *out,
			   struct cm_err *err)
{
	const struct head h = head_of(e);
	const size_t before = y->nodes++, slot = y->anchors;
	enum cm_status st = CM_OK;

	if (h.tag)
		return at_mark(y, h.mark, err, "a tag (!…): every value is text here, leave it out");
	if (depth > DEEPEST)
		return at_mark(y, h.mark, err, "nested deeper than 64 levels");
	if (h.anchor) {
		CM_PUSH(y->anchor, y->anchors, y->anchor_cap);
		y->anchor[y->anchors++] = (struct anchor){ .name = keep(y, h.anchor) };
	}
	*out = (struct yaml_node){ .line = h.mark ? (size_t)h.mark->line + 1 : 1,
				   .col = h.mark ? (size_t)h.mark->column + 1 : 1 };
	if (e->type == FYET_ALIAS) {
		const struct yaml_node here = *out;
		st = alias(y, e, out, err);
		out->line = here.line;
		out->col = here.col;
	} else if (e->type == FYET_SCALAR) {
		st = scalar(y, e->scalar.value, out, err);
	} else {
		st = items(y, e->type == FYET_MAPPING_START, depth, out, err);
	}
	if (st == CM_OK && y->nodes > MOST_NODES)
		st = at_mark(y, h.mark, err, "more than 200000 values (aliases counted out)");
	if (st == CM_OK && h.anchor) {
		y->anchor[slot].node = *out;
		y->anchor[slot].nodes = y->nodes - before;
		y->anchor[slot].whole = true;
	}
	return st;
}

static enum cm_status key_of(struct yaml *y, struct fy_event *e, const struct yaml_node *item,
			     size_t n, struct yaml_node *key, struct cm_err *err)
{
	const struct fy_mark *m = fy_event_start_mark(e);

	if (e->type != FYET_SCALAR)
		return at_mark(y, m, err, "a key must be a plain text");
	enum cm_status st = node(y, e, 0, key, err);
	for (size_t i = 0; st == CM_OK && i < n; i++)
		if (strcmp(item[i].key, key->text) == 0)
			st = cm_fail_at(err, CM_EINPUT, y->name, key->line, key->col,
					"key '%s' is given twice, first on line %zu", key->text,
					item[i].key_line);
	return st;
}

/* The next event; NULL at a syntax error. */
static struct fy_event *next(struct yaml *y)
{
	return fy_parser_parse(y->parser);
}

static enum cm_status items(struct yaml *y, bool map, int depth, struct yaml_node *out,
			    struct cm_err *err)
{
	const enum fy_event_type last = map ? FYET_MAPPING_END : FYET_SEQUENCE_END;
	struct yaml_node *item = NULL;
	size_t n = 0, cap = 0;
	enum cm_status st = CM_OK;

	for (bool more = true; more && st == CM_OK;) {
		struct yaml_node key = { 0 }, value = { 0 };
		struct fy_event *e = next(y);
		more = e && e->type != last;
		if (!e)
			st = CM_EINPUT;
		if (more && map) {
			st = key_of(y, e, item, n, &key, err);
			fy_parser_event_free(y->parser, e);
			e = st == CM_OK ? next(y) : NULL;
			st = st == CM_OK && !e ? CM_EINPUT : st;
		}
		if (more && e)
			st = node(y, e, depth + 1, &value, err);
		if (e)
			fy_parser_event_free(y->parser, e);
		if (!more || st != CM_OK)
			break;
		value.key = map ? key.text : NULL;
		value.key_line = key.line;
		value.key_col = key.col;
		if (map && value.line < key.line && value.kind == YAML_SCALAR) {
			value.line = key.line; /* "key:" with nothing behind it has no place */
			value.col = key.col;
		}
		CM_PUSH(item, n, cap);
		item[n++] = value;
	}
	if (st == CM_OK) {
		struct yaml_node *kept = pool_alloc(&y->pool, (n ? n : 1) * sizeof *kept);
		if (n)
			memcpy(kept, item, n * sizeof *kept);
		out->kind = map ? YAML_MAP : YAML_LIST;
		out->item = kept;
		out->items = n;
	}
	free(item);
	return st;
}

/* The whole stream: one document, or none (an empty map). */
static enum cm_status stream(struct yaml *y, struct cm_err *err)
{
	enum cm_status st = CM_OK;
	size_t documents = 0;
	bool ended = false;

	y->root = (struct yaml_node){ .kind = YAML_MAP, .line = 1, .col = 1 };
	while (st == CM_OK && !ended) {
		struct fy_event *e = next(y);
		if (!e)
			return CM_EINPUT;
		switch (e->type) {
		case FYET_DOCUMENT_START:
			if (++documents > 1)
				st = at_mark(y, fy_event_start_mark(e), err,
					     "a second document: one file holds one");
			break;
		case FYET_STREAM_END:
			ended = true;
			break;
		case FYET_SCALAR: case FYET_ALIAS: case FYET_SEQUENCE_START:
		case FYET_MAPPING_START:
			st = node(y, e, 0, &y->root, err);
			break;
		default:
			break;
		}
		fy_parser_event_free(y->parser, e);
	}
	return st;
}

/* The library hangs on some bytes that are no UTF-8 ("%" and 0xb5), so none reaches it. */
static enum cm_status check_bytes(const char *name, const char *text, size_t len,
				  struct cm_err *err)
{
	size_t line = 1, start = 0;

	for (size_t i = 0; i < len;) {
		char four[5] = "";
		uint32_t c;
		memcpy(four, text + i, len - i < 4 ? len - i : 4);
		const size_t n = four[0] ? utf8_next(four, &c) : 1;
		if (!four[0])
			return cm_fail_at(err, CM_EINPUT, name, line, i - start + 1,
					  "a NUL byte: this is not a text file");
		if (c == UTF8_BAD && n == 1)
			return cm_fail_at(err, CM_EINPUT, name, line, i - start + 1,
					  "a byte that is not UTF-8");
		i += n;
		if (c == '\n') {
			line++;
			start = i;
		}
	}
	return CM_OK;
}

enum cm_status yaml_parse(const char *text, size_t len, const char *name, struct yaml **out,
			  struct cm_err *err)
{
	struct yaml *y = cm_alloc(sizeof *y);
	struct fy_diag_cfg quiet;
	fy_diag_cfg_default(&quiet);
	quiet.fp = NULL;
	struct fy_diag *diag = fy_diag_create(&quiet);
	fy_diag_set_collect_errors(diag, true);
	const struct fy_parse_cfg cfg = { .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG, .diag = diag };
	struct cm_err own = { .st = CM_OK };

	y->name = cm_strdup(name);
	y->parser = fy_parser_create(&cfg);
	enum cm_status st = CM_OK;
	if (check_bytes(name, text, len, &own) != CM_OK)
		st = own.st;
	else if (!y->parser || fy_parser_set_string(y->parser, text, len) != 0)
		st = cm_fail(&own, CM_EINTERNAL, "%s: the YAML library does not start", name);
	else
		st = stream(y, &own);
	if (st == CM_EINPUT && own.st == CM_OK)
		syntax(y, diag, &own); /* nobody here decided it: the library did */
	if (y->parser)
		fy_parser_destroy(y->parser);
	y->parser = NULL;
	fy_diag_destroy(diag);
	if (st != CM_OK) {
		if (err)
			*err = own;
		yaml_free(y);
		return st;
	}
	*out = y;
	return CM_OK;
}

enum cm_status yaml_read(const char *path, struct yaml **out, struct cm_err *err)
{
	struct str text = { 0 };
	enum cm_status st = file_read(path, 0, &text, err);
	if (st == CM_OK)
		st = yaml_parse(text.p, text.len, path, out, err);
	str_free(&text);
	return st;
}

void yaml_free(struct yaml *y)
{
	if (!y)
		return;
	pool_free(&y->pool);
	free(y->anchor);
	free(y->name);
	free(y);
}

const struct yaml_node *yaml_root(const struct yaml *y)
{
	return &y->root;
}

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
	for (size_t i = 0; map && map->kind == YAML_MAP && i < map->items; i++)
		if (strcmp(map->item[i].key, key) == 0)
			return &map->item[i];
	return NULL;
}

enum cm_status yaml_known(const struct yaml_node *map, const char *file,
			  const char *const *allowed, size_t n, struct cm_err *err)
{
	for (size_t i = 0; map->kind == YAML_MAP && i < map->items; i++) {
		const struct yaml_node *item = &map->item[i];
		size_t k = 0;
		while (k < n && strcmp(allowed[k], item->key) != 0)
			k++;
		if (k < n)
			continue;
		const char *near = cm_nearest(item->key, allowed, n);
		return cm_fail_at(err, CM_EINPUT, file, item->key_line, item->key_col,
				  near ? "unknown key '%s' (did you mean '%s'?)" : "unknown key '%s'",
				  item->key, near);
	}
	return CM_OK;
}
