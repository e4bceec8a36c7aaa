/* See aws_json.h; it knows neither products nor terms. */
#include "aws_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct aws_json *json_of(struct price_ctx *c)
{
	return (struct aws_json *)(void *)c;
}

enum cm_status aws_json_wrong(const struct aws_json *j, const struct jp_token *t, const char *expected,
			      struct cm_err *err)
{
	return cm_fail_at(err, CM_EINPUT, j->name, t->line, t->col,
			  "expected %s; is it %s as JSON?", expected, j->what);
}

enum cm_status aws_json_no_terms(const struct aws_json *j, struct cm_err *err)
{
	return cm_fail(err, CM_EINPUT, "%s: no 'terms' in it; is it %s as JSON?", j->name, j->what);
}

enum cm_status aws_json_open(size_t bytes, const char *what, const struct price_from *from,
			     struct price_ctx **out, struct cm_err *err)
{
	struct price_ctx *c = cm_alloc(bytes);
	struct aws_json *j = json_of(c);
	struct jp_token t = { .event = JP_NULL };

	j->what = what;
	j->name = cm_strdup(from->name);
	j->address = cm_strdup(from->address);
	j->retrieved = cm_strdup(from->retrieved);
	enum cm_status st = jsonpull_open(from->in, j->name, false, &j->pull, err);
	if (!st)
		st = jsonpull_next(j->pull, &t, err);
	if (st == CM_END)
		st = cm_fail(err, CM_EINPUT, "%s: it is empty", j->name);
	if (!st && t.event != JP_OBJECT)
		st = aws_json_wrong(j, &t, "an object", err);
	if (!st) {
		*out = c;
		return CM_OK;
	}
	aws_json_close(j);
	free(c);
	return st;
}

void aws_json_close(struct aws_json *j)
{
	jsonpull_close(j->pull);
	arena_free(&j->kept);
	arena_free(&j->now);
	free(j->name);
	free(j->address);
	free(j->retrieved);
	aws_refused_free(&j->refused);
}

enum cm_status aws_json_pass(struct aws_json *j, const char *key, const struct jp_token *t,
			     struct cm_err *err)
{
	if (!strcmp(key, "publicationDate") && t->event == JP_STRING)
		snprintf(j->published, sizeof j->published, "%.60s", t->text);
	return jsonpull_skip(j->pull, t, err);
}

size_t aws_json_refused(struct price_ctx *c, const struct price_refusal **out)
{
	struct aws_json *j = json_of(c);

	return aws_refusals(&j->refused, j->name, out);
}
