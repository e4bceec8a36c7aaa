/*
 * `nvidia-smi -q -x` of any driver: nvidia_smi_log / gpu / SECTION / KEY, read by expat.
 *
 * Only names and depth are known here, never their order. Entities that a document declares itself
 * are refused: nvidia-smi writes none, and they are how a small file becomes a large one.
 */
#include <expat.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smi_dump.h"

#define END "</nvidia_smi_log>"

#define DEPTH 32

struct reading {
	XML_Parser parser;
	struct smi_dump *d;
	char name[DEPTH][64];
	int depth;
	struct str text;
	bool entity;
};

static void on_start(void *user, const XML_Char *name, const XML_Char **attribute)
{
	struct reading *r = user;

	if (r->depth < DEPTH)
		snprintf(r->name[r->depth], sizeof r->name[0], "%s", name);
	r->depth++;
	str_clear(&r->text);
	if (r->depth == 2 && strcmp(name, "gpu") == 0) {
		const char *id = "";

		for (size_t i = 0; attribute[i]; i += 2) {
			if (strcmp(attribute[i], "id") == 0)
				id = attribute[i + 1];
		}
		smi_add_gpu(r->d, id);
	}
}

static void on_text(void *user, const XML_Char *s, int n)
{
	struct reading *r = user;

	if (r->text.len < 4096)
		str_addn(&r->text, s, (size_t)n);
}

static void on_end(void *user, const XML_Char *name)
{
	struct reading *r = user;

	if (r->depth == 2 && strcmp(name, "timestamp") == 0)
		r->d->time = pool_trimmed(&r->d->texts, str_get(&r->text));
	/* gpu/KEY or gpu/SECTION/KEY; what lies deeper belongs to parts of a GPU, but for its limits
	 * since driver 610. */
	if (r->depth > 2 && strcmp(r->name[1], "gpu") == 0 &&
	    (r->depth < 5 || (r->depth == 5 && strcmp(r->name[2], "gpu_power_readings") == 0)))
		smi_item(r->d, r->depth > 3 ? r->name[r->depth - 2] : "", name, str_get(&r->text));
	r->depth--;
	str_clear(&r->text);
}

static void on_entity(void *user, const XML_Char *name, int parameter, const XML_Char *value, int n,
		      const XML_Char *base, const XML_Char *system, const XML_Char *public,
		      const XML_Char *notation)
{
	struct reading *r = user;

	(void)name, (void)parameter, (void)value, (void)n, (void)base, (void)system, (void)public;
	(void)notation;
	r->entity = true;
	XML_StopParser(r->parser, XML_FALSE);
}

static enum cm_status read_one(const char *path, const char *text, size_t len, size_t line,
			       struct smi_dump *d, struct cm_err *err)
{
	struct reading r = { .d = d };
	enum cm_status st = CM_OK;

	if (len > INT_MAX)
		return cm_fail(err, CM_EINPUT, "%s: larger than 2 GiB", path);
	r.parser = XML_ParserCreate("UTF-8"); /* whatever it was: the text was made plain */
	if (!r.parser)
		return cm_fail(err, CM_EINTERNAL, "no memory for an XML parser");
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, on_start, on_end);
	XML_SetCharacterDataHandler(r.parser, on_text);
	XML_SetEntityDeclHandler(r.parser, on_entity);
	if (XML_Parse(r.parser, text, (int)len, XML_TRUE) != XML_STATUS_OK)
		st = cm_fail_at(err, CM_EINPUT, path, line + XML_GetCurrentLineNumber(r.parser),
				XML_GetCurrentColumnNumber(r.parser) + 1,
				"%s; nvidia-smi -q -x writes one "
				"whole document",
				r.entity ? "the document declares an entity of its own"
					 : XML_ErrorString(XML_GetErrorCode(r.parser)));
	XML_ParserFree(r.parser);
	str_free(&r.text);
	return st;
}

/* Where the next document begins: messages of the tool may stand before it. NULL: none. */
static const char *find_document(const char *text)
{
	static const char *const starts[] = { "<?xml", "<!DOCTYPE", "<nvidia_smi_log" };
	const char *first = NULL;

	for (size_t i = 0; i < CM_COUNT(starts); i++) {
		const char *at = strstr(text, starts[i]);

		if (at && (!first || at < first))
			first = at;
	}
	return first;
}

enum cm_status smi_read_xml(const char *path, const char *text, struct smi_dump *d, struct cm_err *err)
{
	enum cm_status st = CM_OK;
	size_t line = 0;

	/* --loop writes a document each time. */
	for (const char *p = text, *from; !st && (from = find_document(p));) {
		const char *end = strstr(from, END);
		const size_t len = end ? (size_t)(end - from) + strlen(END) : strlen(from), had = d->n;

		for (; p < from; p++)
			line += *p == '\n';
		d->time = NULL;
		st = read_one(path, from, len, line, d, err);
		if (st && !end && had) { /* a log that was stopped while it wrote */
			d->n = had;
			st = CM_OK;
		}
		for (; p < from + len; p++)
			line += *p == '\n';
	}
	return st;
}
