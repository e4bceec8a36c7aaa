/*
 * report SCENARIO -o FILE…: decides and writes the whole report, a file each; a suffix chooses the format.
 * Every file is opened under a temporary name before anything is computed and renamed when all is
 * written, so that a mistake leaves nothing behind. Knows no section and no format.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "cli/report_gather.h"
#include "cli/report_verdict.h"
#include "engine/registry.h"
#include "engine/report_render.h"

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static bool is_stopped(void)
{
	return stopped != 0;
}

struct outputs { struct report_file *file; size_t n; };

/* ---- the files --------------------------------------------------------------------------------- */

static enum cm_status no_format(const char *path, const char *suffix, struct cm_err *err)
{
	const char *known[32];
	struct str list = { 0 };
	size_t n = 0;

	for (; n < CM_COUNT(known) && registry_formats[n]; n++) {
		known[n] = registry_formats[n]->suffix + (*registry_formats[n]->suffix == '.');
		str_addf(&list, "%s.%s", n ? ", " : "", known[n]);
	}
	const char *near = *suffix ? cm_nearest(suffix, known, n) : NULL;
	const enum cm_status st = cm_fail(err, CM_EINPUT,
		"%s: %s%s%s; its end chooses the format%s%s%s: %s", path,
		*suffix ? "there is no format for '." : "the name has no suffix", suffix,
		*suffix ? "'" : "", near ? " (did you mean '." : "", near ? near : "",
		near ? "'?)" : "", n ? str_get(&list) : "this program was built with none");
	str_free(&list);
	return st;
}

static const char *suffix_of(const char *path)
{
	const char *base = strrchr(path, '/'), *dot = strrchr(path, '.');

	base = base ? base + 1 : path;
	return dot && dot > base ? dot + 1 : "";
}

static enum cm_status choose_formats(const struct args *a, struct outputs *o, struct cm_err *err)
{
	o->n = args_count(a, "output");
	o->file = cm_alloc((o->n + 1) * sizeof *o->file);
	for (size_t i = 0; i < o->n; i++) {
		struct report_file *f = &o->file[i];

		f->path = args_nth(a, "output", i);
		f->format = registry_format(suffix_of(f->path));
		if (!*suffix_of(f->path) || !f->format)
			return no_format(f->path, suffix_of(f->path), err);
		for (size_t k = 0; k < i; k++)
			if (!strcmp(o->file[k].path, f->path))
				return cm_fail(err, CM_EINPUT, "%s: given twice", f->path);
	}
	return CM_OK;
}

static enum cm_status open_files(struct outputs *o, struct cm_err *err)
{
	enum cm_status st = CM_OK;

	for (size_t i = 0; !st && i < o->n; i++)
		st = file_create(o->file[i].path, &o->file[i].out, &o->file[i].stream, err);
	return st;
}

static void close_files(struct outputs *o)
{
	for (size_t i = 0; i < o->n; i++)
		file_abandon(o->file[i].out);
	free(o->file);
}

static enum cm_status write_files(struct outputs *o, const struct report_data *d, struct cm_err *err)
{
	enum cm_status st = CM_OK;

	for (size_t i = 0; !st && i < o->n; i++)
		st = report_render(o->file[i].format, o->file[i].stream, d, is_stopped, err);
	for (size_t i = 0; !st && i < o->n; i++) {
		st = file_commit(o->file[i].out, err);
		o->file[i].out = NULL;
	}
	return st;
}

/* Without a file: the whole report on standard output, once it is complete. */
static enum cm_status print_report(const char *name, const struct report_data *d, struct cm_err *err)
{
	const struct format *f = registry_format(name);
	char *text = NULL;
	size_t len = 0;
	enum cm_status st;

	if (!f)
		return cm_fail(err, CM_EINTERNAL, "this program was built without the format '%s'", name);
	FILE *memory = open_memstream(&text, &len);
	if (!memory)
		return cm_fail(err, CM_EIO, "no memory for the report");
	st = report_render(f, memory, d, is_stopped, err);
	if (fclose(memory) && !st)
		st = cm_fail(err, CM_EIO, "no memory for the report");
	if (!st)
		fwrite(text, 1, len, stdout);
	free(text);
	return st;
}

/* ---- the command ------------------------------------------------------------------------------- */

static enum cm_status interrupted(struct cm_err *err)
{
	return stopped ? cm_fail(err, CM_EINTR, "interrupted: no report was written") : CM_OK;
}

static enum cm_status make(const struct args *a, struct deciding *k, struct outputs *o, bool *invalid,
			   struct cm_err *err)
{
	const struct decision *d;
	struct gathered g = { .rows = 0 };
	enum cm_status st = k->decider->decide(k->scenario, &d, err);

	if (!st)
		st = interrupted(err);
	if (!st)
		st = report_gather(a, k, d, &g, err);
	if (!st)
		st = interrupted(err);
	if (!st && o->n)
		st = write_files(o, &g.data, err);
	else if (!st)
		st = print_report(args_has(a, "json") ? "json" : "text", &g.data, err);
	if (!st && o->n && args_has(a, "json"))
		report_verdict_json(&g.data, o->file, o->n);
	else if (!st && o->n)
		report_verdict_text(&g.data, o->file, o->n);
	if (!st)
		*invalid = d->stamp == CM_INVALID;
	gathered_free(&g);
	return st;
}

static int report(const struct args *a)
{
	struct sigaction act = { .sa_handler = on_signal };
	struct outputs o = { 0 };
	struct deciding k;
	struct cm_err err;
	bool invalid = false, loaded = false;
	enum cm_status st = choose_formats(a, &o, &err);

	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	if (!st)
		st = open_files(&o, &err);
	if (!st) {
		st = deciding_open(a, &k, &err);
		loaded = !st;
	}
	if (!st)
		st = make(a, &k, &o, &invalid, &err);
	close_files(&o);
	if (loaded)
		deciding_close(&k);
	if (st)
		return cmd_fail(a, &err);
	return invalid ? CM_EXIT_WORSE : CM_EXIT_OK; /* as `costmark tco` */
}

const struct command cmd_report = {
	.name = "report",
	.usage = "costmark report SCENARIO [-o FILE]… [options]",
	.summary = "measure, price, decide: the whole report, in the formats that the suffixes name",
	.examples = "  costmark report examples/own-or-rent.yaml\n"
		    "  costmark report examples/own-or-rent.yaml -o report.html -o report.csv",
	.min_words = 1, .max_words = 1, .run = report,
};
