/* Any bytes as JSON: tokens that nest and stand inside of the file, or one sentence with a place;
 * trees hold what the tokens said. The library's reader, which is another program, must agree on
 * what is JSON. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/jsonpull.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(int ok)
{
	if (!ok)
		abort();
}

static void valid_text(const char *s)
{
	uint32_t c;
	while (*s) {
		const size_t k = utf8_next(s, &c);
		must(c != UTF8_BAD || k == 3); /* U+FFFD itself has three bytes */
		s += k;
	}
}

/* Whether it is one document; every token is looked at. */
static int tokens(const uint8_t *data, size_t n)
{
	struct stream *in;
	struct jsonpull *j = NULL;
	struct jp_token t;
	struct cm_err err = { 0 };
	size_t depth = 0;

	must(stream_memory(data, n, "f", &in, &err) == CM_OK || err.why[0]);
	if (err.why[0])
		return 0; /* bytes of a packed file */
	enum cm_status st = jsonpull_open(in, "f", false, &j, &err);
	while (st == CM_OK && (st = jsonpull_next(j, &t, &err)) == CM_OK) {
		must(t.line >= 1 && t.col >= 1 && t.col <= n + 1);
		if (t.event == JP_OBJECT_END || t.event == JP_ARRAY_END)
			depth--;
		must(t.depth == depth);
		if (t.event == JP_OBJECT || t.event == JP_ARRAY)
			depth++;
		valid_text(t.text);
	}
	must(st == CM_END || (st == CM_EINPUT && strlen(err.why) > 10));
	must(st != CM_END || depth == 0);
	jsonpull_close(j);
	stream_close(in);
	return st == CM_END;
}

static void tree(const uint8_t *data, size_t n)
{
	struct stream *in;
	struct jsonpull *j = NULL;
	struct jp_token t;
	struct arena a = { 0 };
	const struct jp_node *root;
	struct cm_err err = { 0 };

	if (stream_memory(data, n, "f", &in, &err) != CM_OK)
		return;
	if (jsonpull_open(in, "f", true, &j, &err) == CM_OK)
		while (jsonpull_next(j, &t, &err) == CM_OK &&
				jsonpull_tree(j, &t, &a, 1 << 20, &root, &err) == CM_OK) {
			size_t children = 0;
			for (const struct jp_node *c = root->first; c; c = c->next)
				children++;
			must(children == root->children);
		}
	jsonpull_close(j);
	stream_close(in);
	arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const int ours = tokens(data, n);
	struct cmj *theirs = NULL;

	tree(data, n);
	/* What the library takes, this must take too, but for our limits and packed bytes. */
	if (n && !memchr(data, 0, n) && data[0] != 0x1f && data[0] != 'P' &&
	    cmj_parse((const char *)data, n, "f", &theirs, NULL) == CM_OK) {
		must(ours || n > JSONPULL_DEPTH);
		cmj_free(theirs);
	}
	return 0;
}
