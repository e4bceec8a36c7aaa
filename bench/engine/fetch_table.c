/*
 * See fetch_table.h. The store imports from one stream by one reader; here a reader of our own stands
 * before the source's, and reads one file of the part after the other. The stream that the store sees,
 * and hashes, is the list of the files with their hashes, so that equal files are known as the same
 * import.
 */
#include "engine/fetch_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/stream.h"
#include "base/tally.h"

/* The store hands its price_from to open(); what it lacks stands here. */
struct part {
	const struct price_source *reader;
	const struct cache_set *set;
	const char *tag;
	char *now;               /* the lasting path of the set's files */
};

struct price_ctx {
	const struct part *part;
	size_t at;               /* the file after the one that is open */
	struct price_ctx *inner;
	struct price_from from;
	struct pool pool;        /* strings that outlive the readers of single files */
	struct tally refused, unknown;
	struct price_refusal *list;   /* both as their caller wants them */
	const char **names;
};

static const struct part *going_on; /* open() gets no argument of ours */

/* What a file's reader left out, into the part's counts. */
static void keep_refusals(struct price_ctx *c)
{
	const struct price_refusal *r = NULL;
	const size_t n = c->part->reader->refused ? c->part->reader->refused(c->inner, &r) : 0;

	for (size_t i = 0; i < n; i++) {
		tally_add(&c->refused, r[i].reason, r[i].first);
		tally_rows(&c->refused, r[i].reason, r[i].rows - 1, "", 0);
	}
}

static void keep_unknown(struct price_ctx *c)
{
	const char *const *column = NULL;
	const size_t n = c->part->reader->unknown ? c->part->reader->unknown(c->inner, &column) : 0;

	for (size_t i = 0; i < n; i++)
		tally_add(&c->unknown, column[i], NULL);
}

static void close_file(struct price_ctx *c)
{
	if (!c->inner)
		return;
	keep_refusals(c);
	keep_unknown(c);
	c->part->reader->close(c->inner);
	c->inner = NULL;
	stream_close(c->from.in);
	c->from.in = NULL;
}

/* All files of the part from `first` on as one stream. */
static enum cm_status open_pages(struct price_ctx *c, size_t first, struct cm_err *err)
{
	const struct cache_set *set = c->part->set;
	struct stream **page = cm_alloc((set->n + 1) * sizeof(struct stream *));
	enum cm_status st = CM_OK;
	size_t n = 0;

	for (size_t i = first; i < set->n && !st; i++) {
		if (strcmp(set->files[i].tag, c->part->tag) != 0)
			continue;
		char *path = cache_path_dup(set, set->files[i].name);
		st = stream_open(path, 0, &page[n], err);
		n += !st;
		free(path);
	}
	if (!st)
		c->from.in = stream_joined(page, n, c->part->now);
	for (size_t i = 0; st && i < n; i++)
		stream_close(page[i]);
	free(page);
	return st;
}

/* The next file of the part; CM_END after the last. */
static enum cm_status open_file(struct price_ctx *c, struct cm_err *err)
{
	const struct cache_set *set = c->part->set;

	while (c->at < set->n && strcmp(set->files[c->at].tag, c->part->tag) != 0)
		c->at++;
	if (c->at == set->n)
		return CM_END;
	const struct cache_file *f = &set->files[c->at++];
	const bool joins = c->part->reader->joins_pages;
	char *path = cache_path_dup(set, f->name);
	enum cm_status st = joins ? open_pages(c, c->at - 1, err) : stream_open(path, 0, &c->from.in, err);

	free(path);
	if (st)
		return st;
	if (joins)
		c->at = set->n;
	c->from.name = pool_printf(&c->pool, "%s/%s", c->part->now, f->name);
	c->from.address = f->url;
	c->from.retrieved = f->fetched;
	if ((st = c->part->reader->open(&c->from, &c->inner, err))) {
		stream_close(c->from.in);
		c->from.in = NULL;
	}
	return st;
}

static enum cm_status part_open(const struct price_from *from, struct price_ctx **out, struct cm_err *err)
{
	struct price_ctx *c = cm_alloc(sizeof *c);

	(void)from;
	c->part = going_on;
	const enum cm_status st = open_file(c, err);
	if (st) {
		free(c);
		return st;
	}
	*out = c;
	return CM_OK;
}

static enum cm_status part_next(struct price_ctx *c, struct price_row *row, struct cm_err *err)
{
	enum cm_status st = c->inner ? c->part->reader->next(c->inner, row, err) : CM_END;

	while (st == CM_END && c->inner) {
		close_file(c);
		if (!(st = open_file(c, err)))
			st = c->part->reader->next(c->inner, row, err);
	}
	if (st)
		return st;
	/* what the store would take from its one price_from */
	row->file = *row->file ? row->file : c->from.name;
	row->source = *row->source ? row->source : c->from.address;
	row->retrieved = *row->retrieved ? row->retrieved : c->from.retrieved;
	return CM_OK;
}

static size_t part_refused(struct price_ctx *c, const struct price_refusal **out)
{
	const struct tally *t = &c->refused;

	free(c->list);
	c->list = cm_alloc((t->n + 1) * sizeof *c->list);
	for (size_t i = 0; i < t->n; i++)
		c->list[i] = (struct price_refusal){ t->item[i].text, t->item[i].rows, t->item[i].first };
	*out = c->list;
	return t->n;
}

static size_t part_unknown(struct price_ctx *c, const char *const **out)
{
	const struct tally *t = &c->unknown;

	free(c->names);
	c->names = cm_alloc((t->n + 1) * sizeof *c->names);
	for (size_t i = 0; i < t->n; i++)
		c->names[i] = t->item[i].text;
	*out = c->names;
	return t->n;
}

static void part_close(struct price_ctx *c)
{
	if (c->inner)
		c->part->reader->close(c->inner);
	stream_close(c->from.in);
	pool_free(&c->pool);
	tally_free(&c->refused);
	tally_free(&c->unknown);
	free(c->list);
	free(c->names);
	free(c);
}

/* ---- one part ----------------------------------------------------------------------------------- */

/* "NAME SHA-256" of its files, a line each; what the import is known by. */
static void list_files(const struct cache_set *set, const char *tag, struct str *out)
{
	for (size_t i = 0; i < set->n; i++)
		if (!strcmp(set->files[i].tag, tag))
			str_addf(out, "%s %s\n", set->files[i].name, set->files[i].sha256);
}

static bool is_current(const struct stored_import *list, size_t n, const char *source, const char *hash)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].current && !strcmp(list[i].source, source) && !strcmp(list[i].hash, hash))
			return true;
	return false;
}

static enum cm_status import_part(struct fetch_table *t, const struct part *p, const struct str *list,
				  struct cm_err *err)
{
	const struct price_source joined = { .abi = CM_PRICE_ABI, .name = p->reader->name,
		.desc = p->reader->desc, .provider = p->reader->provider, .open = part_open,
		.next = part_next, .refused = part_refused, .unknown = part_unknown, .close = part_close };
	struct import_report r = { .force = t->force, .stopped = t->stopped };
	struct price_from from = { .address = "", .retrieved = p->set->fetched };
	char *name = cm_printf_dup("%s%s%s", p->now, *p->tag ? "/" : "", p->tag);

	from.name = name;
	going_on = p;
	enum cm_status st = stream_memory(str_get(list), list->len, name, &from.in, err);
	if (!st)
		st = price_store_import(t->store, &joined, &from, t->resolver, &r, err);
	t->imports += !st && !r.same;
	t->same += !st && r.same;
	t->rows += r.rows;
	t->refused += r.refused_rows;
	import_report_free(&r);
	stream_close(from.in);
	free(name);
	return st;
}

enum cm_status fetch_into_table(void *arg, const struct price_source *reader, const struct cache_set *set,
				struct cm_err *err)
{
	struct fetch_table *t = arg;
	struct part part = { .reader = reader, .set = set, .now = cache_lasting_dup(set) };
	struct stored_import *have = NULL;
	size_t n = 0;
	enum cm_status st = price_store_imports(t->store, &have, &n, err);

	for (size_t i = 0; !st && i < set->n; i++) {
		struct str list = { 0 };
		char hash[65];
		size_t k = 0;
		while (strcmp(set->files[k].tag, set->files[i].tag) != 0)
			k++;
		if (k < i)
			continue; /* this part had its turn */
		part.tag = set->files[i].tag;
		list_files(set, part.tag, &list);
		hash_bytes(str_get(&list), list.len, hash);
		if (!t->force && is_current(have, n, reader->name, hash))
			t->same++;
		else
			st = import_part(t, &part, &list, err);
		str_free(&list);
	}
	stored_imports_free(have, n);
	free(part.now);
	return st;
}
