/*
 * HTTP by libcurl, which is named here only: several requests at once, each a small state machine of
 * tries.
 *
 * Whole or an error. libcurl itself would take a gzip body that ends early for whole, so bodies are
 * asked for packed and unpacked by base/stream.h, which does not; a body in a file stays packed, so
 * that Range goes on at the byte where it was cut. Redirects are followed by hand: never from https to
 * http, and credentials or headers of the caller's never to another host.
 */
#include "base/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/stream.h"

#define MOST_PAUSE_S 60.0
#define POLL_MS 100             /* how often stopped() is asked */
#define READ_BYTES 262144L      /* at once: files of prices have hundreds of MB */
#define MOST_ERROR_BODY 65536   /* kept of an answer that is not 2xx */

/* One request, over all its tries. */
struct job {
	struct http *h;
	const struct http_request *req;
	http_done *done;
	void *arg;
	CURL *easy;
	struct curl_slist *headers;
	char *url;              /* after redirects */
	bool running;
	uint64_t not_before, deadline; /* ns */
	int tries, redirects;
	/* the answer under way */
	struct http_answer a;
	char encoding[32];
	curl_off_t length;      /* of this answer's bytes as sent; -1 = not told */
	uint64_t range_from, range_total;
	bool begun;             /* its first byte was looked at */
	/* the file, over all tries */
	int fd;
	uint64_t have;          /* bytes in it or in the body, as sent */
	char kept_etag[256], kept_modified[64], kept_encoding[32];
	struct cm_err err;      /* why the write callback gave up */
	char says[CURL_ERROR_SIZE];
};

struct http {
	struct http_limits l;
	char *ca_file;
	CURLM *multi;
	struct job **jobs;
	size_t n, cap;
	uint64_t seed;          /* of the jitter */
};

/* ---- addresses ---------------------------------------------------------------------------------- */

/* "https://host:port" of an address. */
static size_t origin(const char *url)
{
	const char *host = strstr(url, "://");
	return host ? (size_t)(host + 3 - url) + strcspn(host + 3, "/?#") : 0;
}

/* "ADDRESS: SENTENCE" into the job's error. */
static enum cm_status job_fail(struct job *j, enum cm_status st, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static enum cm_status job_fail(struct job *j, enum cm_status st, const char *fmt, ...)
{
	char *shown = http_shown_dup(j->url);
	struct str s = { 0 };
	va_list ap;

	va_start(ap, fmt);
	str_vaddf(&s, fmt, ap);
	va_end(ap);
	cm_fail(&j->err, st, "%.300s: %s", shown, str_get(&s));
	str_free(&s);
	free(shown);
	return st;
}

/* ---- the answer's head -------------------------------------------------------------------------- */

static void head_begin(struct job *j)
{
	j->a.etag[0] = j->a.modified[0] = j->a.location[0] = j->a.token[0] = j->a.type[0] = '\0';
	j->encoding[0] = '\0';
	j->length = -1;
	j->range_from = j->range_total = 0;
	j->begun = false;
}

/* "bytes FROM-TO/TOTAL"; anything else leaves the total 0: not known. */
static void read_range(struct job *j, const char *value)
{
	const char *from = cm_starts(value, "bytes ") ? value + 6 : "";
	char *end;

	j->range_total = 0;
	j->range_from = strtoull(from, &end, 10);
	if (end != from && *end == '-' && (end = strchr(end, '/')))
		j->range_total = strtoull(end + 1, NULL, 10);
}

static size_t on_header(char *line, size_t size, size_t n, void *arg)
{
	struct job *j = arg;
	const struct { const char *name; char *to; size_t cap; } table[] = {
		{ "etag", j->a.etag, sizeof j->a.etag },
		{ "last-modified", j->a.modified, sizeof j->a.modified },
		{ "location", j->a.location, sizeof j->a.location },
		{ "x-auth-token", j->a.token, sizeof j->a.token },
		{ "content-type", j->a.type, sizeof j->a.type },
		{ "content-encoding", j->encoding, sizeof j->encoding },
	};
	char text[4096], *value;
	const size_t all = size * n;

	if (all >= 5 && !memcmp(line, "HTTP/", 5))
		head_begin(j);
	if (all >= sizeof text)
		return all;
	memcpy(text, line, all);
	text[all] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	if (!(value = strchr(text, ':')))
		return all;
	*value++ = '\0';
	value += strspn(value, " \t");
	for (size_t i = 0; i < CM_COUNT(table); i++)
		if (cm_ieq(text, table[i].name) && strlen(value) < table[i].cap)
			memcpy(table[i].to, value, strlen(value) + 1);
	if (cm_ieq(text, "content-length"))
		j->length = (curl_off_t)strtoll(value, NULL, 10);
	if (cm_ieq(text, "content-range"))
		read_range(j, value);
	return all;
}

/* ---- the body ----------------------------------------------------------------------------------- */

static uint64_t most_bytes(const struct job *j)
{
	return j->req->most_bytes ? j->req->most_bytes : j->h->l.most_bytes;
}

static bool is_packed(const char *encoding)
{
	return cm_ieq(encoding, "gzip") || cm_ieq(encoding, "x-gzip");
}

static bool file_restart(struct job *j)
{
	if (j->fd < 0)
		j->fd = open(j->req->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	else if (ftruncate(j->fd, 0) || lseek(j->fd, 0, SEEK_SET) < 0)
		j->fd = (close(j->fd), -1);
	if (j->fd < 0)
		cm_fail(&j->err, CM_EIO, "%s: cannot be written: %s", j->req->path, strerror(errno));
	return j->fd >= 0;
}

/* Before the first byte of a 2xx body: does it fit what is at hand, and what was promised? */
static bool body_begin(struct job *j)
{
	const bool goes_on = j->a.status == 206 && j->have;

	j->begun = true;
	if (*j->encoding && !is_packed(j->encoding) && !cm_ieq(j->encoding, "identity")) {
		job_fail(j, CM_EINPUT, "the answer is packed as '%s', which was not asked for", j->encoding);
		return false;
	}
	if (goes_on && (j->range_from != j->have || strcmp(j->encoding, j->kept_encoding) != 0)) {
		job_fail(j, CM_EINPUT, "the rest of the cut answer does not join: it begins at byte %" PRIu64
			 ", not at %" PRIu64, j->range_from, j->have);
		return false;
	}
	if (!goes_on) {
		j->have = 0;
		str_clear(&j->a.body);
		if (j->req->path && !file_restart(j))
			return false;
		memcpy(j->kept_etag, j->a.etag, sizeof j->kept_etag);
		memcpy(j->kept_modified, j->a.modified, sizeof j->kept_modified);
		memcpy(j->kept_encoding, j->encoding, sizeof j->kept_encoding);
	}
	if (j->length >= 0 && j->have + (uint64_t)j->length > most_bytes(j)) {
		job_fail(j, CM_EINPUT, "the answer has %" PRIu64 " bytes; at most %" PRIu64 " are taken",
			 j->have + (uint64_t)j->length, most_bytes(j));
		return false;
	}
	return true;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct job *j = arg;
	const size_t all = size * n;
	long status = 0;

	curl_easy_getinfo(j->easy, CURLINFO_RESPONSE_CODE, &status);
	j->a.status = status;
	if (status < 200 || status > 299) {
		if (!j->begun) { /* a file's bytes stay for the next try */
			j->begun = true;
			str_clear(&j->a.body);
		}
		if (j->a.body.len + all < MOST_ERROR_BODY)
			str_addn(&j->a.body, bytes, all);
		return all;
	}
	if (!j->begun && !body_begin(j))
		return CURL_WRITEFUNC_ERROR;
	if (j->have + all > most_bytes(j)) {
		job_fail(j, CM_EINPUT, "the answer goes on after %" PRIu64 " bytes; at most %" PRIu64
			 " are taken", j->have, most_bytes(j));
		return CURL_WRITEFUNC_ERROR;
	}
	if (!j->req->path)
		str_addn(&j->a.body, bytes, all);
	for (size_t at = 0; j->req->path && at < all;) {
		const ssize_t w = write(j->fd, bytes + at, all - at);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0) {
			cm_fail(&j->err, CM_EIO, "%s: cannot be written: %s", j->req->path, strerror(errno));
			return CURL_WRITEFUNC_ERROR;
		}
		at += (size_t)w;
	}
	j->have += all;
	return all;
}

/* Every unpacked byte once: that it is whole, how long it is, and for a text the text. */
static enum cm_status unpack(struct job *j)
{
	struct stream *s = NULL;
	struct str text = { 0 };
	struct cm_err why;
	char block[16384];
	size_t got = 0;
	enum cm_status st = j->req->path ? stream_open(j->req->path, most_bytes(j), &s, &why)
					 : stream_memory(str_get(&j->a.body), j->a.body.len, "the answer",
							 &s, &why);

	while (!st && !(st = stream_read(s, block, sizeof block, &got, &why)) && got) {
		if (!j->req->path)
			str_addn(&text, block, got);
		if (text.len > most_bytes(j))
			st = cm_fail(&why, CM_EINPUT,
				     "more than %" PRIu64 " bytes unpacked; at most so many are "
				     "taken",
				     most_bytes(j));
	}
	if (!st)
		j->a.bytes = stream_taken(s);
	else
		job_fail(j, st, "%s", why.why);
	stream_close(s);
	if (!j->req->path) {
		str_free(&j->a.body);
		j->a.body = text;
	}
	return st;
}

static enum cm_status body_end(struct job *j)
{
	if (!j->begun && !body_begin(j)) /* an empty body */
		return j->err.st;
	if (j->range_total && j->a.status == 206 && j->have != j->range_total)
		return job_fail(j, CM_EINPUT, "%" PRIu64 " of %" PRIu64 " bytes came", j->have,
				j->range_total);
	j->a.bytes = j->have;
	if (j->req->path && fsync(j->fd))
		return cm_fail(&j->err, CM_EIO, "%s: cannot be written: %s", j->req->path,
			       strerror(errno));
	return is_packed(j->kept_encoding) ? unpack(j) : CM_OK;
}

/* ---- one try ------------------------------------------------------------------------------------ */

static void add_header(struct job *j, const char *name, const char *value)
{
	char *line = cm_printf_dup("%s: %s", name, value);
	j->headers = curl_slist_append(j->headers, line);
	free(line);
}

/* Only a strong mark of the very bytes lets a cut body go on. */
static const char *range_mark(const struct job *j)
{
	if (*j->kept_etag && !cm_starts(j->kept_etag, "W/"))
		return j->kept_etag;
	return *j->kept_modified ? j->kept_modified : NULL;
}

static void set_headers(struct job *j)
{
	const struct http_request *r = j->req;
	const bool packed_anyway = cm_ends(j->url, ".zip") || cm_ends(j->url, ".gz");
	char range[48];

	curl_slist_free_all(j->headers);
	j->headers = NULL;
	add_header(j, "Accept-Encoding", packed_anyway ? "identity" : "gzip");
	for (const struct http_header *h = r->headers; h && h->name; h++)
		add_header(j, h->name, h->value);
	if (r->path && j->have && range_mark(j)) {
		snprintf(range, sizeof range, "bytes=%" PRIu64 "-", j->have);
		add_header(j, "Range", range);
		add_header(j, "If-Range", range_mark(j));
	} else {
		j->have = 0;
		if (r->etag && *r->etag)
			add_header(j, "If-None-Match", r->etag);
		if (r->modified && *r->modified)
			add_header(j, "If-Modified-Since", r->modified);
	}
	curl_easy_setopt(j->easy, CURLOPT_HTTPHEADER, j->headers);
}

static void set_method(CURL *c, const struct http_request *r)
{
	if (r->body) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(r->body));
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, r->body);
	}
	if (r->method && strcmp(r->method, "GET") != 0)
		curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, r->method);
	if (r->user) {
		curl_easy_setopt(c, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		curl_easy_setopt(c, CURLOPT_USERNAME, r->user);
		curl_easy_setopt(c, CURLOPT_PASSWORD, r->password ? r->password : "");
	}
}

static void job_start(struct job *j)
{
	const struct http_limits *l = &j->h->l;
	CURL *c = j->easy = j->easy ? j->easy : curl_easy_init();

	curl_easy_reset(c);
	head_begin(j);
	j->says[0] = '\0';
	j->err = (struct cm_err){ 0 };
	j->tries++;
	curl_easy_setopt(c, CURLOPT_URL, j->url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_BUFFERSIZE, READ_BYTES);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "costmark/" CM_VERSION);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, j->says);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)(l->connect_s * 1e3));
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, (long)l->slow_bytes_s);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)l->slow_s);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, j);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, j);
	curl_easy_setopt(c, CURLOPT_PRIVATE, j);
	if (j->h->ca_file)
		curl_easy_setopt(c, CURLOPT_CAINFO, j->h->ca_file);
	set_method(c, j->req);
	set_headers(j);
	curl_multi_add_handle(j->h->multi, c);
	j->running = true;
}

/* ---- after a try -------------------------------------------------------------------------------- */

/* 0 … 1, for the jitter: splitmix64, good enough to spread clients. */
static double jitter(struct http *h)
{
	uint64_t x = h->seed += 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return (double)((x ^ x >> 31) >> 11) * 0x1p-53;
}

/* Lets the job try again, if it may; asked_s: what the server's Retry-After says. */
static bool again(struct job *j, int most, double asked_s)
{
	double wait = j->h->l.pause_s;
	const uint64_t now = cm_now_ns();

	if (j->tries > most)
		return false;
	for (int i = 1; i < j->tries && wait < MOST_PAUSE_S; i++)
		wait *= 2;
	wait = (wait < MOST_PAUSE_S ? wait : MOST_PAUSE_S) * (0.5 + 0.5 * jitter(j->h));
	if (asked_s > wait)
		wait = asked_s;
	if (asked_s > j->h->l.most_wait_s || now + (uint64_t)(wait * 1e9) > j->deadline)
		return false;
	j->not_before = now + (uint64_t)(wait * 1e9);
	return true;
}

static enum cm_status say_status(struct job *j, double asked_s)
{
	static const struct { long status; enum cm_status st; const char *says; } table[] = {
		{ 400, CM_EIO, "the request is not understood" },
		{ 401, CM_DENIED, "a key or password is needed, or the one given is wrong" },
		{ 403, CM_DENIED, "not allowed" },
		{ 404, CM_ABSENT, "there is nothing at this address" },
		{ 410, CM_ABSENT, "there is nothing at this address any more" },
		{ 429, CM_EIO, "too many requests" },
		{ 500, CM_EIO, "the server failed" },
		{ 502, CM_EIO, "the server behind it failed" },
		{ 503, CM_EIO, "out of service" },
		{ 504, CM_EIO, "the server behind it is late" },
	};
	char tries[80] = "";

	if (j->tries > 1)
		snprintf(tries, sizeof tries, ", in %d tries", j->tries);
	if (asked_s > 0 && j->tries <= j->h->l.retries)
		snprintf(tries, sizeof tries, "; it asks to wait %.0f s: try again then", asked_s);
	for (size_t i = 0; i < CM_COUNT(table); i++)
		if (table[i].status == j->a.status)
			return job_fail(j, table[i].st, "answers %ld: %s%s", j->a.status, table[i].says,
					tries);
	return job_fail(j, CM_EIO, "answers %ld%s", j->a.status, tries);
}

/* true: the job goes on at another address. */
static bool redirected(struct job *j, enum cm_status *st)
{
	const bool plain_get = (!j->req->method || !strcmp(j->req->method, "GET")) && !j->req->body;
	char *to = NULL;

	*st = CM_EIO;
	curl_easy_getinfo(j->easy, CURLINFO_REDIRECT_URL, &to);
	if (!to || (!plain_get && j->a.status != 307 && j->a.status != 308))
		say_status(j, 0);
	else if (++j->redirects > j->h->l.redirects)
		*st = job_fail(j, CM_EINPUT, "redirects go on after %d of them", j->h->l.redirects);
	else if (cm_starts(j->url, "https:") && !cm_starts(to, "https:"))
		*st = job_fail(j, CM_EINPUT, "redirects from https to an address without it");
	else if ((j->req->user || j->req->headers) &&
		 (origin(to) != origin(j->url) || strncasecmp(to, j->url, origin(to)) != 0))
		*st = job_fail(j, CM_EINPUT, "redirects to another address (%.*s), which is not given our "
			       "credentials: name that one", (int)origin(to), to);
	else {
		char *next = cm_strdup(to);
		free(j->url);
		j->url = next;
		j->tries--;
		j->not_before = 0;
		return true;
	}
	return false;
}

/* A transfer that failed below HTTP. true: it will be tried again. */
static bool broke(struct job *j, CURLcode rc, enum cm_status *st)
{
	const char *says = *j->says ? j->says : curl_easy_strerror(rc);
	const int retries = j->h->l.retries;
	int most = retries;

	if (j->err.st) { /* our own callback gave up, and said why */
		*st = j->err.st;
		return false;
	}
	*st = CM_EIO;
	switch (rc) {
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
		job_fail(j, CM_EIO, "the server's certificate is not trusted: %s", says);
		return false;
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		*st = job_fail(j, CM_EINPUT, "is not an address for http or https");
		return false;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		most = 0;
		break;
	case CURLE_COULDNT_CONNECT:
		most = retries < 1 ? retries : 1;
		break;
	default:
		break;
	}
	if (again(j, most, 0))
		return true;
	if (rc == CURLE_PARTIAL_FILE)
		*st = job_fail(j, CM_EINPUT, "the answer ends early, in %d tr%s: %s", j->tries,
			       j->tries == 1 ? "y" : "ies", says);
	else
		job_fail(j, CM_EIO, "%s%s", says, j->tries > 1 ? ", after several tries" : "");
	return false;
}

/* true: the job is not done yet. */
static bool goes_on(struct job *j, CURLcode rc, enum cm_status *st)
{
	long status = 0;
	curl_off_t asked = 0;

	curl_easy_getinfo(j->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(j->easy, CURLINFO_RETRY_AFTER, &asked);
	j->a.status = status;
	if (rc != CURLE_OK)
		return broke(j, rc, st);
	if (status == 304 || (status >= 200 && status <= 299)) {
		*st = status == 304 ? CM_OK : body_end(j);
		return false;
	}
	if (status >= 300 && status <= 399)
		return redirected(j, st);
	if (status == 416 && j->have) { /* the rest is not to be had: from the start */
		j->have = 0;
		j->kept_etag[0] = j->kept_modified[0] = '\0';
		return again(j, j->h->l.retries, 0) || ((*st = say_status(j, 0)), false);
	}
	if ((status == 429 || status >= 500) && status != 501 &&
	    again(j, j->h->l.retries, (double)asked))
		return true;
	*st = say_status(j, (double)asked);
	return false;
}

/* ---- the session -------------------------------------------------------------------------------- */

static void remove_job(struct http *h, struct job *j)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->jobs[i] == j) {
			memmove(h->jobs + i, h->jobs + i + 1, (h->n - i - 1) * sizeof *h->jobs);
			h->n--;
			break;
		}
}

static void halt(struct job *j)
{
	if (j->running)
		curl_multi_remove_handle(j->h->multi, j->easy);
	j->running = false;
}

static void finish(struct job *j, enum cm_status st)
{
	halt(j);
	remove_job(j->h, j);
	if (j->fd >= 0)
		close(j->fd);
	j->a.tries = j->tries;
	j->done(j->arg, st, &j->a, &j->err);
	http_answer_free(&j->a);
	curl_easy_cleanup(j->easy);
	curl_slist_free_all(j->headers);
	free(j->url);
	free(j);
}

static double total_s(const struct job *j)
{
	return j->req->total_s > 0 ? j->req->total_s : j->h->l.total_s;
}

void http_add(struct http *h, const struct http_request *req, http_done *done, void *arg)
{
	struct job *j = cm_alloc(sizeof *j);

	j->h = h;
	j->req = req;
	j->done = done;
	j->arg = arg;
	j->fd = -1;
	j->url = cm_strdup(req->url);
	j->deadline = cm_now_ns() + (uint64_t)(total_s(j) * 1e9);
	CM_PUSH(h->jobs, h->n, h->cap);
	h->jobs[h->n++] = j;
}

/* Starts what may start; how many ms until the next may. A job's time runs from its first try. */
static int start_due(struct http *h)
{
	const uint64_t now = cm_now_ns();
	int running = 0, wait = POLL_MS;

	for (size_t i = 0; i < h->n; i++)
		running += h->jobs[i]->running;
	for (size_t i = 0; i < h->n; i++) {
		struct job *j = h->jobs[i];
		if (j->running || running >= h->l.at_once)
			continue;
		if (j->not_before > now) {
			const uint64_t ms = (j->not_before - now) / 1000000 + 1;
			wait = ms < (uint64_t)wait ? (int)ms : wait;
			continue;
		}
		if (j->tries == 0 && j->redirects == 0)
			j->deadline = now + (uint64_t)(total_s(j) * 1e9);
		job_start(j);
		running++;
	}
	return wait;
}

static void end_late(struct http *h)
{
	const uint64_t now = cm_now_ns();

	for (size_t i = h->n; i-- > 0;)
		if (h->jobs[i]->running && h->jobs[i]->deadline < now) {
			job_fail(h->jobs[i], CM_EIO, "not done within %g s, %" PRIu64 " bytes came",
				 total_s(h->jobs[i]), h->jobs[i]->have);
			finish(h->jobs[i], CM_EIO);
			return; /* done() may have added some; the rest comes next time */
		}
}

static void end_all(struct http *h)
{
	while (h->n) {
		cm_fail(&h->jobs[0]->err, CM_EINTR, "interrupted");
		/* It takes the job out of jobs. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		finish(h->jobs[0], CM_EINTR);
	}
}

/* One pass without waiting; *wait: ms until there may be more to do, 0 = at once. */
static enum cm_status step(struct http *h, int *wait, struct cm_err *err)
{
	int running, left;
	CURLMsg *m;

	*wait = start_due(h);
	if (h->l.stopped && h->l.stopped()) {
		end_all(h);
		return cm_fail(err, CM_EINTR, "interrupted");
	}
	curl_multi_perform(h->multi, &running);
	while ((m = curl_multi_info_read(h->multi, &left))) {
		struct job *j = NULL;
		enum cm_status st = CM_OK;
		const CURLcode rc = m->data.result;
		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&j);
		halt(j);
		if (!goes_on(j, rc, &st))
			finish(j, st);
		*wait = 0;
	}
	end_late(h);
	return CM_OK;
}

enum cm_status http_run(struct http *h, struct cm_err *err)
{
	while (h->n) {
		int wait;
		const enum cm_status st = step(h, &wait, err);

		if (st)
			return st;
		if (wait && h->n)
			curl_multi_poll(h->multi, NULL, 0, wait, NULL);
	}
	return CM_OK;
}

size_t http_step(struct http *h)
{
	int wait;

	if (h->n)
		step(h, &wait, NULL);
	return h->n;
}

struct one {
	struct http_answer *out;
	struct cm_err *err;
	enum cm_status st;
};

static void one_done(void *arg, enum cm_status st, struct http_answer *answer, const struct cm_err *err)
{
	struct one *o = arg;

	*o->out = *answer;
	answer->body = (struct str){ 0 };
	o->st = st;
	if (st && o->err)
		*o->err = *err;
}

enum cm_status http_do(struct http *h, const struct http_request *req, struct http_answer *out,
		       struct cm_err *err)
{
	struct one o = { out, err, CM_OK };
	struct cm_err stopped;

	memset(out, 0, sizeof *out);
	http_add(h, req, one_done, &o);
	const enum cm_status st = http_run(h, &stopped);
	return o.st ? o.st : st;
}

enum cm_status http_open(const struct http_limits *limits, struct http **out, struct cm_err *err)
{
	static bool begun;
	struct http *h;
	const char *given = getenv("SSL_CERT_FILE");

	if (!begun && curl_global_init(CURL_GLOBAL_DEFAULT))
		return cm_fail(err, CM_EINTERNAL, "libcurl does not start");
	begun = true;
	h = cm_alloc(sizeof *h);
	h->l = limits ? *limits : (struct http_limits){ 0 };
	const struct { double *of, standard; } table[] = {
		{ &h->l.connect_s, 15 }, { &h->l.total_s, 600 }, { &h->l.slow_bytes_s, 1000 },
		{ &h->l.slow_s, 30 }, { &h->l.pause_s, 1 }, { &h->l.most_wait_s, 120 },
	};
	for (size_t i = 0; i < CM_COUNT(table); i++)
		if (*table[i].of <= 0)
			*table[i].of = table[i].standard;
	h->l.most_bytes = h->l.most_bytes ? h->l.most_bytes : (uint64_t)4 << 30;
	h->l.retries = h->l.retries < 0 ? 0 : h->l.retries ? h->l.retries : 5;
	h->l.redirects = h->l.redirects ? h->l.redirects : 8;
	h->l.at_once = h->l.at_once > 0 ? h->l.at_once : 4;
	given = h->l.ca_file ? h->l.ca_file : given;
	h->ca_file = given && *given ? cm_strdup(given) : NULL;
	h->seed = cm_now_ns() ^ (uint64_t)getpid() << 32;
	if (!(h->multi = curl_multi_init())) {
		http_close(h);
		return cm_fail(err, CM_EINTERNAL, "libcurl does not start");
	}
	curl_multi_setopt(h->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)h->l.at_once);
	*out = h;
	return CM_OK;
}

void http_answer_free(struct http_answer *a)
{
	str_free(&a->body);
}

void http_close(struct http *h)
{
	if (!h)
		return;
	end_all(h);
	if (h->multi)
		curl_multi_cleanup(h->multi);
	free(h->jobs);
	free(h->ca_file);
	free(h);
}
