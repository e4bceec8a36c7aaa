/* JSON documents: a thin cover of the library, so that one file names it. Text is made valid UTF-8;
 * NaN and infinities become null. */
#ifndef CM_BASE_JSON_H
#define CM_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "api/status.h"
#include "base/str.h"

struct cmj; /* one value, reference counted */

struct cmj *cmj_object(void);
struct cmj *cmj_array(void);
struct cmj *cmj_string(const char *s);  /* NULL gives null */
struct cmj *cmj_number(double v);
struct cmj *cmj_int(int64_t v);
struct cmj *cmj_bool(bool v);
struct cmj *cmj_null(void);

/* These take over `value`. */
void cmj_set(struct cmj *object, const char *key, struct cmj *value);
void cmj_push(struct cmj *array, struct cmj *value);

struct cmj *cmj_ref(struct cmj *v);
void cmj_free(struct cmj *v);

/* Reading. Borrowed; NULL or the fallback where it is not there or of another kind. */
struct cmj *cmj_get(const struct cmj *object, const char *key);
struct cmj *cmj_at(const struct cmj *array, size_t i);
size_t cmj_len(const struct cmj *v);      /* of an array or object */
const char *cmj_text(const struct cmj *v, const char *fallback);
double cmj_double(const struct cmj *v, double fallback);
bool cmj_is_true(const struct cmj *v);
bool cmj_is_array(const struct cmj *v);
bool cmj_is_object(const struct cmj *v);
bool cmj_is_string(const struct cmj *v);
bool cmj_is_number(const struct cmj *v);
bool cmj_is_null(const struct cmj *v);
/* for (void *it = cmj_iter(o); it; it = cmj_iter_next(o, it)) */
void *cmj_iter(struct cmj *object);
void *cmj_iter_next(struct cmj *object, void *it);
const char *cmj_iter_key(void *it);
struct cmj *cmj_iter_value(void *it);

/* `name` stands in the error's file:line:col. Duplicate keys are refused. */
enum cm_status cmj_parse(const char *text, size_t len, const char *name, struct cmj **out,
			 struct cm_err *err);
void cmj_print(const struct cmj *v, bool indent, struct str *out); /* ends with a newline if indent */
/* A document: {"schema": "costmark.NAME/1"}, to be filled. */
struct cmj *cmj_document(const char *name);

#endif
