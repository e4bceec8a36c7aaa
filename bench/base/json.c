/*
 * JSON documents. The only file that names jansson.
 *
 * jansson prints 0.1 as 0.10000000000000001; a reader of a price compares texts, so numbers are
 * printed here, with the fewest digits that read back as the same double.
 */
#include "base/json.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* struct cmj is jansson's value under our name; jansson knows no const. */
static json_t *in(const struct cmj *v)
{
	const union { const struct cmj *ours; json_t *theirs; } u = { .ours = v };
	return u.theirs;
}

static struct cmj *out_of(json_t *v)
{
	return (struct cmj *)(void *)v;
}

/* jansson has no memory left: the same end as in str.c. */
static struct cmj *made(json_t *v)
{
	if (!v)
		cm_realloc(NULL, SIZE_MAX / 2);
	return out_of(v);
}

static void add_valid(struct str *s, const char *text)
{
	for (size_t n; *text; text += n) {
		uint32_t c;
		n = utf8_next(text, &c);
		if (c == UTF8_BAD)
			str_add(s, "\xef\xbf\xbd");
		else
			str_addn(s, text, n);
	}
}

struct cmj *cmj_object(void) { return made(json_object()); }
struct cmj *cmj_array(void) { return made(json_array()); }
struct cmj *cmj_int(int64_t v) { return made(json_integer(v)); }
struct cmj *cmj_bool(bool v) { return made(json_boolean(v)); }
struct cmj *cmj_null(void) { return made(json_null()); }

struct cmj *cmj_string(const char *s)
{
	if (!s)
		return cmj_null();
	struct str valid = { 0 };
	add_valid(&valid, s);
	struct cmj *v = made(json_string(str_get(&valid)));
	str_free(&valid);
	return v;
}

struct cmj *cmj_number(double v)
{
	return isfinite(v) ? made(json_real(v)) : cmj_null();
}

void cmj_set(struct cmj *object, const char *key, struct cmj *value)
{
	struct str valid = { 0 };
	add_valid(&valid, key);
	json_object_set_new(in(object), str_get(&valid), in(value));
	str_free(&valid);
}

void cmj_push(struct cmj *array, struct cmj *value)
{
	json_array_append_new(in(array), in(value));
}

struct cmj *cmj_ref(struct cmj *v)
{
	return out_of(json_incref(in(v)));
}

void cmj_free(struct cmj *v)
{
	json_decref(in(v));
}

struct cmj *cmj_get(const struct cmj *object, const char *key)
{
	return out_of(json_object_get(in(object), key));
}

struct cmj *cmj_at(const struct cmj *array, size_t i)
{
	return out_of(json_array_get(in(array), i));
}

size_t cmj_len(const struct cmj *v)
{
	return cmj_is_array(v) ? json_array_size(in(v)) : json_object_size(in(v));
}

const char *cmj_text(const struct cmj *v, const char *fallback)
{
	const char *s = json_string_value(in(v));
	return s ? s : fallback;
}

double cmj_double(const struct cmj *v, double fallback)
{
	return cmj_is_number(v) ? json_number_value(in(v)) : fallback;
}

bool cmj_is_true(const struct cmj *v) { return json_is_true(in(v)); }
bool cmj_is_array(const struct cmj *v) { return json_is_array(in(v)); }
bool cmj_is_object(const struct cmj *v) { return json_is_object(in(v)); }
bool cmj_is_string(const struct cmj *v) { return json_is_string(in(v)); }
bool cmj_is_number(const struct cmj *v) { return json_is_number(in(v)); }
bool cmj_is_null(const struct cmj *v) { return json_is_null(in(v)); }

void *cmj_iter(struct cmj *object) { return json_object_iter(in(object)); }
void *cmj_iter_next(struct cmj *object, void *it) { return json_object_iter_next(in(object), it); }
const char *cmj_iter_key(void *it) { return json_object_iter_key(it); }
struct cmj *cmj_iter_value(void *it) { return out_of(json_object_iter_value(it)); }

enum cm_status cmj_parse(const char *text, size_t len, const char *name, struct cmj **out,
			 struct cm_err *err)
{
	json_error_t e;
	json_t *v = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);

	if (!v)
		return cm_fail_at(err, CM_EINPUT, name, e.line > 0 ? (size_t)e.line : 1,
				  e.column > 0 ? (size_t)e.column : 1, "%s", e.text);
	*out = out_of(v);
	return CM_OK;
}

static void print_text(const char *s, struct str *out)
{
	str_addc(out, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\') {
			str_addc(out, '\\');
			str_addc(out, *s);
		} else if (*s == '\n') {
			str_add(out, "\\n");
		} else if (*s == '\t') {
			str_add(out, "\\t");
		} else if ((unsigned char)*s < 0x20 || *s == 0x7f) {
			str_addf(out, "\\u%04x", (unsigned)*s);
		} else {
			str_addc(out, *s);
		}
	}
	str_addc(out, '"');
}

static void print_real(double v, struct str *out)
{
	char text[40];

	if (v == 0.0 && signbit(v)) { /* "-0" would be read back as a whole number without a sign */
		str_add(out, "-0.0");
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	str_add(out, text);
}

static void new_line(struct str *out, int depth)
{
	if (depth < 0)
		return;
	str_addc(out, '\n');
	for (int i = 0; i < depth; i++)
		str_add(out, "  ");
}

/* depth < 0: all on one line. The parser allows 2048 levels at most, which bounds the recursion. */
static void print(json_t *v, int depth, struct str *out)
{
	const int inner = depth < 0 ? depth : depth + 1;
	size_t i = 0, n = 0;
	json_t *item;
	const char *key;

	switch (json_typeof(v)) {
	case JSON_OBJECT:
		str_addc(out, '{');
		json_object_foreach(v, key, item) {
			str_add(out, n++ ? "," : "");
			new_line(out, inner);
			print_text(key, out);
			str_add(out, depth < 0 ? ":" : ": ");
			print(item, inner, out);
		}
		if (n)
			new_line(out, depth);
		str_addc(out, '}');
		break;
	case JSON_ARRAY:
		str_addc(out, '[');
		json_array_foreach(v, i, item) {
			str_add(out, i ? "," : "");
			new_line(out, inner);
			print(item, inner, out);
		}
		if (i)
			new_line(out, depth);
		str_addc(out, ']');
		break;
	case JSON_STRING: print_text(json_string_value(v), out); break;
	case JSON_INTEGER: str_addf(out, "%" PRId64, (int64_t)json_integer_value(v)); break;
	case JSON_REAL: print_real(json_real_value(v), out); break;
	case JSON_TRUE: str_add(out, "true"); break;
	case JSON_FALSE: str_add(out, "false"); break;
	case JSON_NULL: str_add(out, "null"); break;
	}
}

void cmj_print(const struct cmj *v, bool indent, struct str *out)
{
	print(in(v), indent ? 0 : -1, out);
	if (indent)
		str_addc(out, '\n');
}

struct cmj *cmj_document(const char *name)
{
	struct cmj *v = cmj_object();
	char *schema = cm_printf_dup("costmark.%s/1", name);
	cmj_set(v, "schema", cmj_string(schema));
	free(schema);
	return v;
}
