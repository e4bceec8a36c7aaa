/* Which reader a price file belongs to: by its format's name, by the name of a family ("aws"), or by the
 * file's first bytes. It names no format: families are the first parts of names, marks stand in the
 * descriptors. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/stream.h"
#include "cli/price_actions.h"
#include "engine/registry.h"

static char plain(char c)
{
	return c == '-' || c == ' ' ? '_' : c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* "LLM-prices" is llm_prices. */
static bool same_name(const char *word, const char *name)
{
	while (*word && plain(*word) == *name)
		word++, name++;
	return !*word && !*name;
}

/* "aws" of aws_ec2; a whole name is a family of one. */
static bool in_family(const char *word, const char *name)
{
	while (*word && plain(*word) == *name)
		word++, name++;
	return !*word && (!*name || *name == '_');
}

static bool is_auto(const char *word)
{
	return same_name(word, "auto");
}

static enum cm_status no_format(const char *word, struct cm_err *err)
{
	size_t n = 0;
	struct str all = { 0 };

	while (registry_price_sources[n])
		n++;
	const char **names = cm_alloc((n + 1) * sizeof *names);
	for (size_t i = 0; i < n; i++) {
		names[i] = registry_price_sources[i]->name;
		str_addf(&all, "%s%s", i ? ", " : "", names[i]);
	}
	const char *near = cm_nearest(word, names, n);
	if (near)
		cm_fail(err, CM_EINPUT, "no price format '%s'; did you mean '%s'?", word, near);
	else
		cm_fail(err, CM_EINPUT, "no price format '%s'; there is %s, and auto", word, str_get(&all));
	free(names);
	str_free(&all);
	return CM_EINPUT;
}

enum cm_status price_format_known(const char *word, struct cm_err *err)
{
	bool known = is_auto(word);

	for (size_t i = 0; registry_price_sources[i] && !known; i++)
		known = in_family(word, registry_price_sources[i]->name);
	return known ? CM_OK : no_format(word, err);
}

/* Each line of the mark stands somewhere in the text. */
static bool has_mark(const char *text, size_t n, const char *mark)
{
	while (*mark) {
		const size_t len = strcspn(mark, "\n");
		if (!memmem(text, n, mark, len))
			return false;
		mark += len + (mark[len] == '\n');
	}
	return true;
}

static bool is_its(const struct price_source *src, const char *text, size_t n)
{
	for (const char *const *m = src->holds; m && *m; m++)
		if (has_mark(text, n, *m))
			return true;
	return false;
}

enum cm_status price_format_of(const char *word, struct stream *in, const struct price_source **out,
			       struct cm_err *err)
{
	const struct price_source *only = NULL, *fits = NULL;
	const char *text;
	size_t n, members = 0;
	enum cm_status st;

	for (size_t i = 0; registry_price_sources[i]; i++) {
		const struct price_source *s = registry_price_sources[i];
		if (same_name(word, s->name)) {
			*out = s;
			return CM_OK;
		}
		if (in_family(word, s->name)) {
			only = s;
			members++;
		}
	}
	if (members == 0 && !is_auto(word))
		return no_format(word, err);
	*out = only;
	if (members == 1)
		return CM_OK;
	if ((st = stream_head(in, &text, &n, err)))
		return st;
	for (size_t i = 0; registry_price_sources[i]; i++) {
		const struct price_source *s = registry_price_sources[i];
		if ((members && !in_family(word, s->name)) || !is_its(s, text, n))
			continue;
		if (fits)
			return cm_fail(err, CM_EINPUT, "%s: may be '%s' or '%s'; give one of them instead "
				       "of '%s'", stream_name(in), fits->name, s->name, word);
		fits = s;
	}
	*out = fits;
	return fits ? CM_OK : cm_fail(err, CM_EINPUT, "%s: its first 64 KiB tell no format of '%s'; give the "
				      "format's name (docs/prices.md lists them)", stream_name(in), word);
}
