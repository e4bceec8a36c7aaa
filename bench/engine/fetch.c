/* See fetch.h. */
#include "engine/fetch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/http.h"
#include "base/log.h"
#include "base/stream.h"

#define MOST_BYTES ((uint64_t)64 << 20) /* of an answer, where the plan says nothing */
#define MOST_ASKS 20000                  /* of one fetch: pages without end are a mistake */
#define LOOK_BYTES 65536                 /* where the plan's `holds` must stand */
#define SHRINK 0.85                      /* a smaller table needs --force */
#define HOUR_S 3600.0

/* One request under way, and what it was for. */
struct errand {
	struct price_asks *f;
	char *url, *name, *tag, *path;
	int step;
	bool read;
	struct http_request req;
	struct http_header header[2];
	const struct cache_file *old;
};

struct page { char *key, mark[65]; };  /* key: "step tag" */

/* Answers so far of one tag and step. */
struct walk { char *key; size_t pages, rows, first; };

/* The fetch under way; opaque to plans, which ask by price_ask(). */
struct price_asks {
	const struct price_fetch *plan;
	const struct price_source *reader;
	const struct fetch_options *o;
	struct price_want want;
	const char *base;
	struct http *http;
	struct cache *cache;
	struct cache_set fresh;
	struct { char **p; size_t n, cap; } asked; /* addresses, so that none comes twice */
	struct { struct page *p; size_t n, cap; } pages;
	struct { struct walk *p; size_t n, cap; } walks;
	struct fetch_result *out;
	enum cm_status st;         /* the first thing that went wrong */
	struct cm_err err;
};

/* http_run() is asked to stop by a function without an argument. */
static const struct price_asks *under_way;

static bool stopped(void)
{
	return under_way->st || (under_way->o->stopped && under_way->o->stopped());
}

static void went_wrong(struct price_asks *f, enum cm_status st, const struct cm_err *err)
{
	if (f->st)
		return;
	f->st = st;
	f->err = *err;
}

/* ---- asking ------------------------------------------------------------------------------------- */

/* "host:port" of an address, the scheme's own port left out; pages of one list are linked either way. */
static void host_of(const char *url, char *out, size_t cap)
{
	const char *host = strstr(url, "://"), *standard = cm_starts(url, "https:") ? ":443" : ":80";

	host = host ? host + 3 : url;
	snprintf(out, cap, "%.*s", (int)strcspn(host, "/?#"), host);
	if (cm_ends(out, standard))
		out[strlen(out) - strlen(standard)] = '\0';
}

static bool loopback(const char *url)
{
	char host[256];

	host_of(url, host, sizeof host);
	return cm_starts(host, "127.0.0.1") || cm_starts(host, "localhost") || cm_starts(host, "[::1]");
}

/* The whole address of what a plan asks for. */
static enum cm_status resolve(const struct price_asks *f, const char *url, char **out, struct cm_err *err)
{
	char ours[256], theirs[256];

	if (*url == '/') {
		*out = cm_printf_dup("%s%s", f->base, url);
		return CM_OK;
	}
	host_of(f->base, ours, sizeof ours);
	host_of(url, theirs, sizeof theirs);
	if (!strstr(url, "://") || strcasecmp(ours, theirs) != 0 ||
	    (cm_starts(f->base, "https:") && !cm_starts(url, "https:")))
		return cm_fail(err, CM_EINPUT,
			       "%s: the list goes on at another place, '%.200s'; it is not followed",
			       f->base, url);
	*out = cm_strdup(url);
	return CM_OK;
}

static void errand_free(struct errand *e)
{
	free(e->url);
	free(e->name);
	free(e->tag);
	free(e->path);
	free(e);
}

/* Puts the key where the plan wants it; it stands in no message and no manifest. */
static void carry_key(struct price_asks *f, struct errand *e)
{
	const char *way = f->plan->key, *blank = way ? strchr(way, ' ') : NULL;

	if (!blank || !f->o->key || !e->url)
		return;
	if (cm_starts(way, "header")) {
		e->header[0] = (struct http_header){ blank + 1, f->o->key };
		e->req.headers = e->header;
	} else {
		char *with = cm_printf_dup("%s%c%s=%s", e->url, strchr(e->url, '?') ? '&' : '?',
					   blank + 1, f->o->key);
		free(e->url);
		e->url = with;
	}
}

/* true: the copy at hand counts, nothing is asked. */
static bool at_hand(struct price_asks *f, const struct price_ask *ask, const char *url, enum cm_status *st,
		    struct cm_err *err)
{
	const struct cache_file *old = ask->name ? cache_find(&f->cache->now, ask->name) : NULL;
	char *shown = http_shown_dup(url);
	const bool same = old && ask->fixed && !ask->read && !f->o->force && !strcmp(old->url, shown);

	free(shown);
	*st = CM_OK;
	if (!same || cache_intact(&f->cache->now, old, NULL))
		return false;
	*st = cache_reuse(&f->cache->now, old, &f->fresh, err);
	f->out->reused += !*st;
	return true;
}

static http_done arrived;

enum cm_status price_ask(struct price_asks *f, const struct price_ask *ask, struct cm_err *err)
{
	char *url = NULL;
	enum cm_status st = resolve(f, ask->url, &url, err);

	if (st || !url)
		return st;
	for (size_t i = 0; i < f->asked.n; i++)
		if (!strcmp(f->asked.p[i], url)) {
			char *shown = http_shown_dup(url);
			st = cm_fail(err, CM_EINPUT,
				     "%.400s: its pages go in a circle: this one was read already",
				     shown);
			free(shown);
			free(url);
			return st;
		}
	if (f->asked.n >= MOST_ASKS) {
		free(url);
		return cm_fail(err, CM_EINPUT, "%s: the list goes on after %d pages", f->base, MOST_ASKS);
	}
	CM_PUSH(f->asked.p, f->asked.n, f->asked.cap);
	f->asked.p[f->asked.n++] = cm_strdup(url);
	if (ask->name && (!cache_name_ok(ask->name) || cache_find(&f->fresh, ask->name))) {
		free(url);
		return cm_fail(err, CM_EINPUT, "%s: '%s' is no name for a file of its own", f->base,
			       ask->name);
	}
	if (at_hand(f, ask, url, &st, err)) {
		free(url);
		return st;
	}
	struct errand *e = cm_alloc(sizeof *e);
	e->f = f;
	e->url = url;
	e->name = ask->name ? cm_strdup(ask->name) : NULL;
	e->tag = cm_strdup(ask->tag ? ask->tag : "");
	e->step = ask->step;
	e->read = ask->read;
	carry_key(f, e);
	e->req.url = e->url;
	e->req.most_bytes = f->plan->most_bytes ? f->plan->most_bytes : MOST_BYTES;
	if (e->name) {
		e->path = cache_path_dup(&f->fresh, e->name);
		e->req.path = e->path;
		e->old = cache_find(&f->cache->now, e->name);
	}
	if (e->old && !f->o->force && !cache_intact(&f->cache->now, e->old, NULL)) {
		char *shown = http_shown_dup(e->url);
		if (!strcmp(shown, e->old->url)) {
			e->req.etag = e->old->etag;
			e->req.modified = e->old->modified;
		}
		free(shown);
	}
	f->out->requests++;
	http_add(f->http, &e->req, arrived, e);
	return CM_OK;
}

/* ---- answers ------------------------------------------------------------------------------------ */

/* The plan's word near the begin of the file, unpacked. */
static enum cm_status looks_right(const struct price_fetch *plan, const char *path, const char *url,
				  struct cm_err *err)
{
	struct stream *s = NULL;
	struct str head = { 0 };
	char block[8192];
	size_t got = 0;
	enum cm_status st = stream_open(path, 0, &s, err);

	while (!st && head.len < LOOK_BYTES && !(st = stream_read(s, block, sizeof block, &got, err)) && got)
		str_addn(&head, block, got);
	stream_close(s);
	if (!st && !head.len)
		st = cm_fail(err, CM_EINPUT, "%s: the answer is empty", url);
	else if (!st && plan->holds && !memmem(head.p, head.len, plan->holds, strlen(plan->holds)))
		st = cm_fail(err, CM_EINPUT, "%s: the answer is something else: no '%s' stands in it", url,
			     plan->holds);
	str_free(&head);
	return st;
}

/* Every row by the reader: that it can be read to its end, and how many there are. */
static enum cm_status count_rows(const struct price_source *reader, const char *path, const char *name,
				 const char *url, uint64_t *rows, struct cm_err *err)
{
	struct price_from from = { .name = name, .address = url, .retrieved = "" };
	struct price_ctx *ctx = NULL;
	struct price_row row;
	enum cm_status st;

	*rows = 0;
	if (!reader)
		return CM_OK;
	if ((st = stream_open(path, 0, &from.in, err)))
		return st;
	if (!(st = reader->open(&from, &ctx, err))) {
		while (!(st = reader->next(ctx, &row, err)))
			++*rows;
		reader->close(ctx);
	}
	stream_close(from.in);
	return st == CM_END ? CM_OK : st;
}

static enum cm_status keep(struct price_asks *f, struct errand *e, const struct http_answer *a,
			   const char *shown, struct cm_err *err)
{
	struct stat is;
	char hex[65], now[32];
	uint64_t rows = 0;
	enum cm_status st;

	if (a->status == 304) {
		if (!e->old)
			return cm_fail(err, CM_EINPUT,
				       "%s: answers 'not modified' to what is new to us", shown);
		f->out->reused++;
		return cache_reuse(&f->cache->now, e->old, &f->fresh, err);
	}
	if ((st = looks_right(f->plan, e->path, shown, err)) ||
	    (st = count_rows(f->reader, e->path, e->name, shown, &rows, err)) ||
	    (st = hash_file(e->path, hex, err)))
		return st;
	if (stat(e->path, &is))
		return cm_fail(err, CM_EIO, "%s: is gone", e->path);
	cm_iso_now(now);
	struct cache_file *file = cache_add(&f->fresh, e->name);
	struct pool *pool = &f->fresh.pool;
	file->tag = pool_dup(pool, e->tag);
	file->url = pool_dup(pool, shown);
	file->etag = pool_dup(pool, a->etag);
	file->modified = pool_dup(pool, a->modified);
	file->sha256 = pool_dup(pool, hex);
	file->fetched = pool_dup(pool, now);
	file->size = (uint64_t)is.st_size;
	file->bytes = a->bytes;
	file->rows = rows;
	return CM_OK;
}

static struct walk *walk_of(struct price_asks *f, const char *key)
{
	for (size_t i = 0; i < f->walks.n; i++)
		if (!strcmp(f->walks.p[i].key, key))
			return &f->walks.p[i];
	CM_PUSH(f->walks.p, f->walks.n, f->walks.cap);
	f->walks.p[f->walks.n] = (struct walk){ .key = cm_strdup(key) };
	return &f->walks.p[f->walks.n++];
}

/* The same rows as on another page of this list? */
static enum cm_status page_is_new(struct price_asks *f, const char *key, const char *mark, const char *shown,
				  struct cm_err *err)
{
	for (size_t i = 0; i < f->pages.n; i++)
		if (!strcmp(f->pages.p[i].mark, mark) && !strcmp(f->pages.p[i].key, key))
			return cm_fail(err, CM_EINPUT, "%s: the page repeats another one of the list", shown);
	CM_PUSH(f->pages.p, f->pages.n, f->pages.cap);
	struct page *p = &f->pages.p[f->pages.n++];
	p->key = cm_strdup(key);
	memcpy(p->mark, mark, sizeof p->mark);
	return CM_OK;
}

static enum cm_status hand_on(struct price_asks *f, const struct errand *e, const struct str *body,
			      const char *shown, struct cm_err *err)
{
	char *key = cm_printf_dup("%d %s", e->step, e->tag);
	struct walk *w = walk_of(f, key);
	struct price_answer a = { .step = e->step, .tag = e->tag, .url = shown, .body = str_get(body),
		.n = body->len, .pages = w->pages, .rows_before = w->rows, .first_rows = w->first };
	enum cm_status st = f->plan->more(&f->want, &a, f, err);

	if (!st && *a.mark)
		st = page_is_new(f, key, a.mark, shown, err);
	w = walk_of(f, key); /* more() may have moved it */
	if (!w->pages++)
		w->first = a.rows;
	w->rows += a.rows;
	free(key);
	return st;
}

static enum cm_status read_back(const struct cache_set *set, const char *name, struct str *out,
				struct cm_err *err)
{
	char *path = cache_path_dup(set, name);
	struct stream *s = NULL;
	enum cm_status st = stream_open(path, 0, &s, err);

	if (!st)
		st = stream_rest(s, 0, out, err);
	stream_close(s);
	free(path);
	return st;
}

/* Of http_run(): one request is done. */
static void arrived(void *arg, enum cm_status st, struct http_answer *answer, const struct cm_err *err)
{
	struct errand *e = arg;
	struct price_asks *f = e->f;
	struct cm_err why = *err;
	char *shown = http_shown_dup(e->url);
	struct str body = { 0 };

	if (!st && !f->st) {
		f->out->transferred += answer->bytes;
		if (e->name)
			st = keep(f, e, answer, shown, &why);
		if (!st && e->read && e->name)
			st = read_back(&f->fresh, e->name, &body, &why);
		if (!st && e->read)
			st = hand_on(f, e, e->name ? &body : &answer->body, shown, &why);
	}
	if (st)
		went_wrong(f, st, &why);
	str_free(&body);
	free(shown);
	errand_free(e);
}

/* ---- the whole ---------------------------------------------------------------------------------- */

static bool was_asked(const struct cache_set *fresh, const char *tag)
{
	for (size_t i = 0; i < fresh->n; i++)
		if (!strcmp(fresh->files[i].tag, tag))
			return true;
	return false;
}

static uint64_t size_of(const struct cache_file *f, bool by_rows)
{
	return by_rows ? f->rows : f->bytes;
}

/* A table that lost more than 15 % is more likely a broken source than a market. */
static enum cm_status not_shrunk(struct price_asks *f, struct cm_err *err)
{
	const struct cache_set *old = &f->cache->now;
	const bool by_rows = f->reader != NULL;
	uint64_t before = 0, after = 0;

	for (size_t i = 0; i < old->n; i++)
		if (was_asked(&f->fresh, old->files[i].tag))
			before += size_of(&old->files[i], by_rows);
	for (size_t i = 0; i < f->fresh.n; i++)
		after += size_of(&f->fresh.files[i], by_rows);
	if (!f->fresh.n || (by_rows && !after && !f->o->force))
		return cm_fail(err, CM_EINPUT, "%s: not one price came", f->base);
	if (f->o->force || (double)after >= SHRINK * (double)before)
		return CM_OK;
	return cm_fail(err, CM_EINPUT,
		       "%s: the table shrank from %" PRIu64 " to %" PRIu64 " %s; the old one stays: "
		       "look at the source, then --force",
		       f->base, before, after, by_rows ? "rows" : "bytes");
}

/* Parts that were not asked for stay as they were. */
static enum cm_status carry_over(struct price_asks *f, struct cm_err *err)
{
	const struct cache_set *old = &f->cache->now;
	const size_t asked = f->fresh.n;
	enum cm_status st = CM_OK;

	for (size_t i = 0; !st && i < old->n; i++) {
		bool fresh = false;
		for (size_t k = 0; k < asked; k++)
			fresh = fresh || !strcmp(f->fresh.files[k].tag, old->files[i].tag);
		if (fresh || cache_intact(old, &old->files[i], NULL))
			continue;
		st = cache_reuse(old, &old->files[i], &f->fresh, err);
	}
	return st;
}

static void sum_up(const struct cache_set *set, struct fetch_result *out)
{
	out->files = set->n;
	out->bytes = out->rows = 0;
	for (size_t i = 0; i < set->n; i++) {
		out->bytes += set->files[i].bytes;
		out->rows += set->files[i].rows;
		if (strcmp(set->files[i].fetched, out->fetched) > 0)
			snprintf(out->fetched, sizeof out->fetched, "%s", set->files[i].fetched);
	}
}

/* Only the cache: as it is, into the table. */
static enum cm_status offline(struct price_asks *f, fetch_take *take, void *arg, struct cm_err *err)
{
	const struct cache_set *set = &f->cache->now;

	if (!set->folder)
		return cm_fail(err, CM_ABSENT,
			       "%s: nothing of it is in the cache %s; fetch it once without --offline",
			       f->plan->source, f->cache->dir);
	for (size_t i = 0; i < set->n; i++) {
		const enum cm_status st = cache_intact(set, &set->files[i], err);
		if (st)
			return st;
	}
	f->out->reused = set->n;
	sum_up(set, f->out);
	return take && f->reader ? take(arg, f->reader, set, err) : CM_OK;
}

static enum cm_status online(struct price_asks *f, fetch_take *take, void *arg, struct cm_err *err)
{
	const struct http_limits limits = { .retries = f->o->retries, .stopped = stopped,
		.total_s = f->o->total_s > 0 ? f->o->total_s : HOUR_S,
		.most_bytes = f->plan->most_bytes ? f->plan->most_bytes : MOST_BYTES };
	enum cm_status st;

	if ((st = cache_begin(f->cache, &f->fresh, err)) || (st = http_open(&limits, &f->http, err)))
		return st;
	under_way = f;
	st = f->plan->first(&f->want, f, err);
	if (st)
		went_wrong(f, st, err);
	st = http_run(f->http, err);
	if (f->st) {
		*err = f->err;
		st = f->st;
	}
	if (st || (st = not_shrunk(f, err)) || (st = carry_over(f, err)))
		return st;
	sum_up(&f->fresh, f->out);
	if (f->o->stopped && f->o->stopped())
		return cm_fail(err, CM_EINTR, "interrupted");
	if (take && f->reader && (st = take(arg, f->reader, &f->fresh, err)))
		return st;
	return cache_commit(f->cache, &f->fresh, err);
}

static void clean(struct price_asks *f, bool keep_fresh)
{
	under_way = f;
	http_close(f->http); /* ends what is left, which still refers to the rest */
	for (size_t i = 0; i < f->asked.n; i++)
		free(f->asked.p[i]);
	for (size_t i = 0; i < f->pages.n; i++)
		free(f->pages.p[i].key);
	for (size_t i = 0; i < f->walks.n; i++)
		free(f->walks.p[i].key);
	free(f->asked.p);
	free(f->pages.p);
	free(f->walks.p);
	if (keep_fresh)
		cache_set_free(&f->fresh);
	else
		cache_set_drop(&f->fresh);
	cache_close(f->cache);
}

/* Blank-separated words into the pool. */
static const char *const *split(const char *words, struct pool *pool, size_t *n)
{
	const char **list = pool_alloc(pool, (strlen(words) / 2 + 2) * sizeof *list);

	*n = 0;
	for (const char *p = words + strspn(words, " "); *p; p += strspn(p, " ")) {
		const size_t len = strcspn(p, " ");
		list[(*n)++] = pool_printf(pool, "%.*s", (int)len, p);
		p += len;
	}
	return list;
}

static enum cm_status may_start(const struct price_asks *f, struct cm_err *err)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	const struct price_fetch *p = f->plan;

	if (f->o->parts_n && !p->parts)
		return cm_fail(err, CM_EINPUT, "%s comes whole: it has no regions to choose", p->source);
	for (size_t i = 0; i < f->want.parts_n; i++)
		if (f->want.parts[i][strspn(f->want.parts[i], good)])
			return cm_fail(err, CM_EINPUT, "'%s' is no %s", f->want.parts[i], p->part);
	if (strlen(f->want.currency) != 3 || strspn(f->want.currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
		return cm_fail(err, CM_EINPUT, "'%s' is no currency: three letters, as USD",
			       f->want.currency);
	if (!cm_starts(f->base, "http://") && !cm_starts(f->base, "https://"))
		return cm_fail(err, CM_EINPUT, "'%s' is no address; https://… is", f->base);
	if (p->key && !f->o->key && !f->o->offline)
		return cm_fail(err, CM_DENIED, "%s needs a key: %s; a file of it can be imported without one",
			       p->source, p->key_from);
	if (p->key && f->o->key && !cm_starts(f->base, "https://") && !loopback(f->base))
		return cm_fail(err, CM_EINPUT, "%s: a key is not sent without https", f->base);
	return CM_OK;
}

enum cm_status fetch_source(const struct price_fetch *plan, const struct price_source *reader,
			    const struct fetch_options *o, fetch_take *take, void *arg,
			    struct fetch_result *out, struct cm_err *err)
{
	static const char *const whole[] = { "" };
	struct pool pool = { 0 };
	struct price_asks f = { .plan = plan, .reader = reader, .o = o, .out = out,
				.base = o->base ? o->base : plan->base };

	*out = (struct fetch_result){ 0 };
	f.want.currency = o->currency ? o->currency : "USD";
	f.want.parts = plan->parts ? o->parts : whole;
	f.want.parts_n = plan->parts ? o->parts_n : 1;
	if (!f.want.parts_n)
		f.want.parts = split(plan->parts, &pool, &f.want.parts_n);
	enum cm_status st = may_start(&f, err);
	if (!st && (st = cache_open(o->root, plan->source, &f.cache, err)) == CM_EINPUT && !o->offline) {
		log_warn("%s", err->why);
		st = CM_OK;
	}
	if (!st)
		st = o->offline ? offline(&f, take, arg, err) : online(&f, take, arg, err);
	clean(&f, !st);
	pool_free(&pool);
	return st;
}
