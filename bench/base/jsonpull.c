/*
 * The reader's state is a stack of open containers and what may come next; text is gathered in one
 * buffer. It knows nothing of prices.
 */
#include "base/jsonpull.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/utf8.h"

enum want { WANT_VALUE, WANT_VALUE_OR_END, WANT_KEY, WANT_KEY_OR_END, WANT_COMMA, WANT_NOTHING };

struct jsonpull {
	struct stream *in;
	char *name;
	bool several, ended;         /* ended: the stream gave its last byte */
	char block[32768];
	size_t at, end;
	size_t line, col;
	bool after_cr;
	char open[JSONPULL_DEPTH];   /* '{' or '[' */
	size_t line_of[JSONPULL_DEPTH];
	size_t depth;
	enum want want;
	struct str text;
};

static const char replacement[] = "\xef\xbf\xbd";

enum cm_status jsonpull_open(struct stream *in, const char *name, bool several,
			     struct jsonpull **out, struct cm_err *err)
{
	struct jsonpull *j = cm_alloc(sizeof *j);

	j->in = in;
	j->name = cm_strdup(name);
	j->several = several;
	j->line = j->col = 1;
	j->want = WANT_VALUE;
	enum cm_status st = CM_OK;
	while (st == CM_OK && !j->ended && j->end < 3) { /* a byte order mark may come in pieces */
		size_t got;
		st = stream_read(in, j->block + j->end, sizeof j->block - j->end, &got, err);
		j->end += st == CM_OK ? got : 0;
		j->ended = got == 0;
	}
	if (st != CM_OK) {
		jsonpull_close(j);
		return st;
	}
	if (j->end >= 3 && memcmp(j->block, "\xef\xbb\xbf", 3) == 0)
		j->at = 3;
	*out = j;
	return CM_OK;
}

void jsonpull_close(struct jsonpull *j)
{
	if (!j)
		return;
	str_free(&j->text);
	free(j->name);
	free(j);
}

static enum cm_status wrong(const struct jsonpull *j, size_t line, size_t col, struct cm_err *err,
			    const char *why)
{
	return cm_fail_at(err, CM_EINPUT, j->name, line, col, "%s", why);
}

/* The byte that comes next, -1 at the end; *st tells a broken stream. */
static int peek(struct jsonpull *j, enum cm_status *st, struct cm_err *err)
{
	if (j->at == j->end) {
		size_t got = 0;
		if (!j->ended)
			*st = stream_read(j->in, j->block, sizeof j->block, &got, err);
		if (*st != CM_OK || got == 0) {
			j->ended = true;
			return -1;
		}
		j->at = 0;
		j->end = got;
	}
	return (unsigned char)j->block[j->at];
}

static void take(struct jsonpull *j)
{
	const char c = j->block[j->at++];

	if (c == '\r' || (c == '\n' && !j->after_cr)) {
		j->line++;
		j->col = 1;
	} else if (c != '\n') {
		j->col++;
	}
	j->after_cr = c == '\r';
}

static int past_blanks(struct jsonpull *j, enum cm_status *st, struct cm_err *err)
{
	int c;

	while ((c = peek(j, st, err)) == ' ' || c == '\n' || c == '\t' || c == '\r')
		take(j);
	return c;
}

/* ---- scalars -------------------------------------------------------------------------------------- */

static bool room(struct jsonpull *j)
{
	return j->text.len < JSONPULL_FIELD;
}

static enum cm_status too_long(struct jsonpull *j, const struct jp_token *t, struct cm_err *err)
{
	return wrong(j, t->line, t->col, err, "a field of more than 10 MiB: is a quote missing?");
}

static void add_char(struct str *s, uint32_t c)
{
	char b[4];
	size_t n = 0;

	if (c == 0 || (c >= 0xd800 && c < 0xe000)) {
		str_add(s, replacement);
		return;
	}
	if (c < 0x80)
		b[n++] = (char)c;
	else if (c < 0x800) {
		b[n++] = (char)(0xc0 | c >> 6);
		b[n++] = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		b[n++] = (char)(0xe0 | c >> 12);
		b[n++] = (char)(0x80 | (c >> 6 & 0x3f));
		b[n++] = (char)(0x80 | (c & 0x3f));
	} else {
		b[n++] = (char)(0xf0 | c >> 18);
		b[n++] = (char)(0x80 | (c >> 12 & 0x3f));
		b[n++] = (char)(0x80 | (c >> 6 & 0x3f));
		b[n++] = (char)(0x80 | (c & 0x3f));
	}
	str_addn(s, b, n);
}

static int hex_digit(int c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
	       : -1;
}

/* Four hexadecimal digits after "\u". */
static bool code_unit(struct jsonpull *j, uint32_t *out, enum cm_status *st, struct cm_err *err)
{
	*out = 0;
	for (int i = 0; i < 4; i++) {
		const int d = hex_digit(peek(j, st, err));
		if (d < 0)
			return false;
		*out = *out << 4 | (uint32_t)d;
		take(j);
	}
	return true;
}

/* After a backslash. high: a first half of a pair that waits, 0 = none. */
static enum cm_status escape_of(struct jsonpull *j, uint32_t *high, struct cm_err *err)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	enum cm_status st = CM_OK;
	const size_t line = j->line, col = j->col;
	const int c = peek(j, &st, err);
	const char *simple = c > 0 ? strchr(from, c) : NULL;
	uint32_t unit;

	if (st != CM_OK)
		return st;
	if (c < 0)
		return wrong(j, line, col, err, "the file ends inside of a text");
	if (c != 'u' && !simple)
		return wrong(j, line, col, err,
			"no such escape: a backslash takes one of \" \\ / b f n r t u");
	take(j);
	if (simple) {
		if (*high)
			str_add(&j->text, replacement);
		*high = 0;
		str_addc(&j->text, to[simple - from]);
		return CM_OK;
	}
	if (!code_unit(j, &unit, &st, err))
		return st != CM_OK ? st : wrong(j, line, col, err, "\\u takes four hexadecimal digits");
	if (*high && unit >= 0xdc00 && unit < 0xe000) {
		add_char(&j->text, 0x10000 + ((*high - 0xd800) << 10) + (unit - 0xdc00));
		*high = 0;
		return CM_OK;
	}
	if (*high)
		str_add(&j->text, replacement);
	*high = unit >= 0xd800 && unit < 0xdc00 ? unit : 0;
	if (!*high)
		add_char(&j->text, unit);
	return CM_OK;
}

/* Bytes that are not UTF-8 are replaced one by one. */
static void make_valid(struct str *s)
{
	struct str out = { 0 };
	uint32_t c;
	const char *p = str_get(s);
	const char *bad = NULL;

	for (const char *q = p; *q && !bad;) {
		const size_t n = (unsigned char)*q < 0x80 ? 1 : utf8_next(q, &c);
		if ((unsigned char)*q >= 0x80 && c == UTF8_BAD && n == 1)
			bad = q;
		q += n;
	}
	if (!bad)
		return;
	while (*p) {
		const size_t n = utf8_next(p, &c);
		if (c == UTF8_BAD && n == 1)
			str_add(&out, replacement);
		else
			str_addn(&out, p, n);
		p += n;
	}
	str_free(s);
	*s = out;
}

static enum cm_status string_of(struct jsonpull *j, struct jp_token *t, struct cm_err *err)
{
	enum cm_status st = CM_OK;
	uint32_t high = 0;
	bool high_bytes = false;

	str_clear(&j->text);
	take(j);
	for (;;) {
		const int c = peek(j, &st, err);
		if (st != CM_OK)
			return st;
		if (c < 0)
			return wrong(j, t->line, t->col, err, "the text that begins here is never closed");
		if (c < 0x20)
			return wrong(j, j->line, j->col, err,
				"a control character in a text: write it as an escape");
		if (!room(j))
			return too_long(j, t, err);
		take(j);
		if (c == '\\') {
			if ((st = escape_of(j, &high, err)) != CM_OK)
				return st;
			continue;
		}
		if (high)
			str_add(&j->text, replacement);
		high = 0;
		if (c == '"')
			break;
		high_bytes = high_bytes || c >= 0x80;
		str_addc(&j->text, (char)c);
	}
	if (high_bytes)
		make_valid(&j->text);
	return CM_OK;
}

/* -?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)? */
static bool is_number(const char *s)
{
	s += *s == '-';
	if (*s == '0')
		s++;
	else if (*s >= '1' && *s <= '9')
		s += strspn(s, "0123456789");
	else
		return false;
	if (*s == '.') {
		const size_t n = strspn(++s, "0123456789");
		if (!n)
			return false;
		s += n;
	}
	if (*s == 'e' || *s == 'E') {
		s++;
		s += *s == '+' || *s == '-';
		const size_t n = strspn(s, "0123456789");
		if (!n)
			return false;
		s += n;
	}
	return *s == '\0';
}

static enum cm_status word_of(struct jsonpull *j, struct jp_token *t, struct cm_err *err)
{
	static const struct { const char *word; enum jp_event event; } words[] = {
		{ "true", JP_TRUE }, { "false", JP_FALSE }, { "null", JP_NULL },
	};
	enum cm_status st = CM_OK;
	int c;

	str_clear(&j->text);
	while ((c = peek(j, &st, err)) > 0x20 && !strchr(",]}:\"[{", c)) {
		if (!room(j))
			return too_long(j, t, err);
		str_addc(&j->text, (char)c);
		take(j);
	}
	if (st != CM_OK)
		return st;
	for (size_t i = 0; i < CM_COUNT(words); i++)
		if (strcmp(str_get(&j->text), words[i].word) == 0) {
			t->event = words[i].event;
			return CM_OK;
		}
	t->event = JP_NUMBER;
	if (is_number(str_get(&j->text)))
		return CM_OK;
	return cm_fail_at(err, CM_EINPUT, j->name, t->line, t->col,
			  "'%.40s' is no JSON value: expected a text in quotes, a number, true, "
				"false, null, [ or {",
			  str_get(&j->text));
}

/* ---- structure ------------------------------------------------------------------------------------ */

static void value_done(struct jsonpull *j)
{
	j->want = j->depth ? WANT_COMMA : WANT_NOTHING;
}

static enum cm_status open_one(struct jsonpull *j, char c, struct jp_token *t, struct cm_err *err)
{
	if (j->depth == JSONPULL_DEPTH)
		return wrong(j, t->line, t->col, err, "nested more than 64 deep");
	t->event = c == '{' ? JP_OBJECT : JP_ARRAY;
	j->line_of[j->depth] = t->line;
	j->open[j->depth++] = c;
	take(j);
	j->want = c == '{' ? WANT_KEY_OR_END : WANT_VALUE_OR_END;
	return CM_OK;
}

static enum cm_status close_one(struct jsonpull *j, int c, struct jp_token *t)
{
	t->event = c == '}' ? JP_OBJECT_END : JP_ARRAY_END;
	j->depth--;
	t->depth = j->depth;
	take(j);
	value_done(j);
	return CM_OK;
}

static enum cm_status key_of(struct jsonpull *j, struct jp_token *t, struct cm_err *err)
{
	enum cm_status st = string_of(j, t, err);

	if (st != CM_OK)
		return st;
	const int c = past_blanks(j, &st, err);
	if (st != CM_OK)
		return st;
	if (c != ':')
		return wrong(j, j->line, j->col, err, "expected a colon after the key");
	take(j);
	t->event = JP_KEY;
	j->want = WANT_VALUE;
	return CM_OK;
}

static enum cm_status cut(struct jsonpull *j, struct cm_err *err)
{
	if (j->depth == 0)
		return wrong(j, j->line, j->col, err, "the file is empty: expected JSON");
	return cm_fail_at(err, CM_EINPUT, j->name, j->line, j->col,
			  "the file ends before the %s of line %zu is closed",
			  j->open[j->depth - 1] == '{' ? "object" : "list", j->line_of[j->depth - 1]);
}

/* Between two members: passes the comma. */
static enum cm_status comma(struct jsonpull *j, int *c, struct cm_err *err)
{
	const bool object = j->open[j->depth - 1] == '{';
	enum cm_status st = CM_OK;

	if (*c == (object ? '}' : ']'))
		return CM_OK;
	if (*c != ',')
		return wrong(j, j->line, j->col, err, object ? "expected a comma or } after the value"
							     : "expected a comma or ] after the value");
	const size_t line = j->line, col = j->col;
	take(j);
	*c = past_blanks(j, &st, err);
	if (st != CM_OK)
		return st;
	if (*c == '}' || *c == ']')
		return wrong(j, line, col, err, "a comma before the end of the object or list: take it out");
	j->want = object ? WANT_KEY : WANT_VALUE;
	return CM_OK;
}

enum cm_status jsonpull_next(struct jsonpull *j, struct jp_token *t, struct cm_err *err)
{
	enum cm_status st = CM_OK;
	int c = past_blanks(j, &st, err);

	if (st == CM_OK && c >= 0 && j->want == WANT_COMMA)
		st = comma(j, &c, err);
	if (st != CM_OK)
		return st;
	if (j->want == WANT_NOTHING) {
		if (c < 0)
			return CM_END;
		if (!j->several)
			return wrong(j, j->line, j->col, err, "text after the end of the document");
		j->want = WANT_VALUE;
	}
	if (c < 0)
		return cut(j, err);
	*t = (struct jp_token){ .event = JP_NULL, .text = "", .line = j->line, .col = j->col,
				.depth = j->depth };
	const bool may_end = j->want == WANT_COMMA || j->want == WANT_VALUE_OR_END ||
			     j->want == WANT_KEY_OR_END;
	if (c == '}' || c == ']') {
		if (!may_end || (c == '}') != (j->open[j->depth - 1] == '{'))
			return wrong(j, t->line, t->col, err, c == '}' ? "a } that closes nothing here"
								       : "a ] that closes nothing here");
		return close_one(j, c, t);
	}
	if (j->want == WANT_KEY || j->want == WANT_KEY_OR_END) {
		if (c != '"')
			return wrong(j, t->line, t->col, err, "expected a key in quotes");
		st = key_of(j, t, err);
	} else if (c == '{' || c == '[') {
		return open_one(j, (char)c, t, err);
	} else {
		t->event = JP_STRING;
		st = c == '"' ? string_of(j, t, err) : word_of(j, t, err);
		value_done(j);
	}
	t->text = str_get(&j->text);
	t->len = j->text.len;
	return st;
}

enum cm_status jsonpull_skip(struct jsonpull *j, const struct jp_token *t, struct cm_err *err)
{
	struct jp_token end = { .event = JP_NULL };
	const size_t depth = t->depth;

	if (t->event != JP_OBJECT && t->event != JP_ARRAY)
		return CM_OK;
	for (;;) {
		const enum cm_status st = jsonpull_next(j, &end, err);
		if (st != CM_OK)
			return st;
		if ((end.event == JP_OBJECT_END || end.event == JP_ARRAY_END) && end.depth == depth)
			return CM_OK;
	}
}

/* ---- trees ---------------------------------------------------------------------------------------- */

struct grow { struct jp_node *node, *last; }; /* an open container and its last child */

#define MOST_COMPARED 256 /* members of an object up to which a doubled key is looked for */

static bool has_key(const struct jp_node *n, const char *key)
{
	return n->children <= MOST_COMPARED && jp_get(n, key) != NULL;
}

static struct jp_node *add_node(struct arena *a, struct grow *in, const struct jp_token *t,
				const char *key)
{
	struct jp_node *n = arena_alloc(a, sizeof *n);
	const bool text = t->event != JP_OBJECT && t->event != JP_ARRAY && t->event != JP_NULL;

	*n = (struct jp_node){ .kind = t->event, .key = key, .line = t->line, .col = t->col,
			       .text = text ? arena_dup(a, t->text, t->len) : "" };
	if (in) {
		if (in->last)
			in->last->next = n;
		else
			in->node->first = n;
		in->last = n;
		in->node->children++;
	}
	return n;
}

enum cm_status jsonpull_tree(struct jsonpull *j, const struct jp_token *first, struct arena *a,
			     size_t limit, const struct jp_node **out, struct cm_err *err)
{
	struct grow stack[JSONPULL_DEPTH];
	size_t depth = 0, bytes = 0;
	const char *key = "";
	struct jp_token t = *first;
	const size_t most = limit ? limit : (size_t)64 << 20;

	*out = NULL;
	if (t.event == JP_KEY || t.event == JP_OBJECT_END || t.event == JP_ARRAY_END)
		return cm_fail(err, CM_EINTERNAL, "a tree begins with a value");
	for (;;) {
		if (t.event == JP_KEY && depth) {
			if (has_key(stack[depth - 1].node, t.text))
				return cm_fail_at(err, CM_EINPUT, j->name, t.line, t.col,
						  "the key '%.60s' is given twice", t.text);
			key = arena_dup(a, t.text, t.len);
		} else if (t.event == JP_OBJECT_END || t.event == JP_ARRAY_END) {
			depth--;
		} else {
			struct jp_node *n = add_node(a, depth ? &stack[depth - 1] : NULL, &t, key);
			key = "";
			*out = *out ? *out : n;
			if (t.event == JP_OBJECT || t.event == JP_ARRAY)
				stack[depth++] = (struct grow){ n, NULL };
		}
		if (depth == 0)
			return CM_OK;
		if ((bytes += t.len + sizeof(struct jp_node)) > most)
			return wrong(j, first->line, first->col, err, "one record is too large");
		const enum cm_status st = jsonpull_next(j, &t, err);
		if (st != CM_OK)
			return st;
	}
}

const struct jp_node *jp_get(const struct jp_node *n, const char *key)
{
	for (const struct jp_node *c = n ? n->first : NULL; c; c = c->next)
		if (strcmp(c->key, key) == 0)
			return c;
	return NULL;
}

const char *jp_text(const struct jp_node *n)
{
	return n ? n->text : "";
}

const char *jp_member(const struct jp_node *n, const char *key)
{
	return jp_text(jp_get(n, key));
}
