/*
 * The record of a report as JSON, "costmark.report/1": everything that the report was drawn from, and every
 * block as the sections said it. Other formats can be rebuilt from it. Names are append-only. Knows no
 * section.
 */
#include <stdlib.h>

#include "api/report.h"
#include "base/block_json.h"
#include "base/cell_text.h"

struct json_state {
	FILE *out;
	struct cmj *doc, *sections, *blocks; /* blocks: of the section that is open, borrowed */
};

static void set_text(struct cmj *o, const char *key, const char *text)
{
	cmj_set(o, key, cmj_string(or_empty(text)));
}

static struct cmj *facts_json(const struct report_data *d)
{
	struct cmj *a = cmj_array();
	for (size_t i = 0; i < d->nfacts; i++) {
		struct cmj *o = cmj_object();
		set_text(o, "group", d->facts[i].group);
		set_text(o, "name", d->facts[i].name);
		set_text(o, "value", d->facts[i].value);
		cmj_push(a, o);
	}
	return a;
}

static struct cmj *present_json(const struct report_data *d)
{
	struct cmj *a = cmj_array();
	for (size_t i = 0; i < d->npresent; i++) {
		struct cmj *o = cmj_object();
		set_text(o, "kind", d->present[i].kind);
		set_text(o, "name", d->present[i].name);
		set_text(o, "desc", d->present[i].desc);
		cmj_set(o, "present", cmj_bool(d->present[i].present));
		set_text(o, "reason", d->present[i].reason);
		cmj_push(a, o);
	}
	return a;
}

static void add_lists(struct cmj *doc, const struct report_data *d)
{
	struct cmj *rows = cmj_array(), *files = cmj_array(), *notes = cmj_array();
	for (size_t i = 0; i < d->nrows; i++)
		cmj_push(rows, cm_row_json(&d->rows[i]));
	for (size_t i = 0; i < d->nfiles; i++) {
		struct cmj *o = cmj_object();
		set_text(o, "path", d->files[i].path);
		set_text(o, "sha256", d->files[i].sha256);
		cmj_push(files, o);
	}
	for (size_t i = 0; i < d->nnotes; i++)
		cmj_push(notes, cmj_string(d->notes[i]));
	cmj_set(doc, "rows", rows);
	cmj_set(doc, "facts", facts_json(d));
	set_text(doc, "topology", d->topology);
	cmj_set(doc, "present", present_json(d));
	cmj_set(doc, "files", files);
	cmj_set(doc, "notes", notes);
}

static enum cm_status json_begin(FILE *out, const struct report_data *d, void **state,
				 struct cm_err *err)
{
	struct json_state *s = cm_alloc(sizeof *s);
	(void)err;

	s->out = out;
	s->doc = cmj_document("report");
	set_text(s->doc, "version", d->version);
	set_text(s->doc, "created", d->created);
	set_text(s->doc, "command_line", d->command_line);
	set_text(s->doc, "seed", d->seed_text);
	cmj_set(s->doc, "decision", d->decision ? cm_decision_json(d->decision) : cmj_null());
	add_lists(s->doc, d);
	s->sections = cmj_array();
	cmj_set(s->doc, "sections", s->sections);
	*state = s;
	return CM_OK;
}

static void open_section(struct json_state *s, const char *name, const char *title)
{
	struct cmj *o = cmj_object();
	set_text(o, "name", name);
	set_text(o, "title", title);
	s->blocks = cmj_array();
	cmj_set(o, "blocks", s->blocks);
	cmj_push(s->sections, o);
}

static enum cm_status json_block(void *state, const struct block *b, struct cm_err *err)
{
	struct json_state *s = state;
	(void)err;

	if (b->kind == BLOCK_SECTION) {
		open_section(s, b->id, b->text);
		return CM_OK;
	}
	if (!s->blocks)
		open_section(s, "", "");
	cmj_push(s->blocks, block_json(b));
	return CM_OK;
}

static enum cm_status json_end(void *state, struct cm_err *err)
{
	struct json_state *s = state;
	struct str text = { 0 };

	cmj_print(s->doc, true, &text);
	const bool ok = fwrite(str_get(&text), 1, text.len, s->out) == text.len;
	str_free(&text);
	cmj_free(s->doc);
	free(s);
	return ok ? CM_OK : cm_fail(err, CM_EIO, "the JSON report cannot be written");
}

const struct format format_json = {
	.abi = CM_REPORT_ABI,
	.name = "json", .suffix = "json", .mime = "application/json",
	.begin = json_begin, .block = json_block, .end = json_end,
};
