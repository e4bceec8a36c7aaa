/* HTTP(S) by libcurl, which is named in http.c only: TLS verified, compressed, bounded in size and time,
 * retried with backoff. Credentials never reach a message, a log or a result. */
#ifndef CM_BASE_HTTP_H
#define CM_BASE_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "api/status.h"
#include "base/str.h"

struct http; /* a session: connections, cookies none */

struct http_limits {
	double connect_s, total_s;    /* 0 = 15 s, 600 s */
	double slow_bytes_s, slow_s;  /* aborted when slower for so long; 0 = 1000 B/s for 30 s */
	uint64_t most_bytes;          /* unpacked body; 0 = 4 GiB */
	int retries;                  /* of 429, 5xx, cut connections; -1 = none, 0 = 5 */
	int redirects;                /* 0 = 8; never from https to http */
	const char *ca_file;          /* NULL = the system's */
	bool (*stopped)(void);        /* asked while waiting; NULL = never */
	double pause_s; /* before the first further try, doubled each time up to 60 s; 0 = 1 s */
	double most_wait_s;           /* that a Retry-After may ask for; 0 = 120 s */
	int at_once;                  /* requests in flight of those added; 0 = 4 */
};

struct http_header { const char *name, *value; };

struct http_request {
	const char *url;
	const char *method;                /* NULL = GET */
	const char *body;                  /* NULL = none */
	const struct http_header *headers; /* ended by a NULL name */
	const char *user, *password;       /* basic authentication; NULL = none */
	const char *etag,
		*modified; /* of the copy at hand: If-None-Match, If-Modified-Since; NULL = none */
	const char *path; /* body goes to this file, resumed by Range and If-Range when cut; NULL: text.
			   * It may stay packed as it came (gzip): base/stream.h reads it. */
	uint64_t most_bytes;               /* of this answer, unpacked; 0 = the session's */
	double total_s;                    /* for all its tries; 0 = the session's */
};

struct http_answer {
	long status;                       /* 200, 304, 404 … */
	struct str body;                   /* where no path was given */
	char etag[256], modified[64], location[512], token[2048] /* X-Auth-Token */, type[128];
	uint64_t bytes;                    /* of the body, unpacked */
	int tries;
};

enum cm_status http_open(const struct http_limits *limits, struct http **out, struct cm_err *err);
/* CM_OK for 2xx and 304; CM_DENIED for 401 and 403; CM_ABSENT for 404 and 410; CM_EINPUT for an answer that
 * breaks its promise (length, packing, size); else CM_EIO. The sentence names the address without its query's
 * key. http_answer_free() in every case. */
enum cm_status http_do(struct http *h, const struct http_request *req, struct http_answer *out,
		       struct cm_err *err);
void http_answer_free(struct http_answer *a);

/* Several at once: the requests added (borrowed until done) run side by side in http_run(), and `done`, which
 * may add more, is told of each: st and err as http_do() gives them. http_run() returns when none is left;
 * CM_EINTR when stopped() said so, and then each that was left got CM_EINTR. `answer` is freed after done. */
typedef void http_done(void *arg, enum cm_status st, struct http_answer *answer, const struct cm_err *err);
void http_add(struct http *h, const struct http_request *req, http_done *done, void *arg);
enum cm_status http_run(struct http *h, struct cm_err *err);
/* One pass of that which does not wait; how many are left. */
size_t http_step(struct http *h);

/* The address as messages and tables may show it: no user, no password, no value of a key. The caller's. */
char *http_shown_dup(const char *url);

void http_close(struct http *h);

#endif
