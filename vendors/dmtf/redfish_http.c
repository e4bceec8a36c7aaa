/*
 * A management controller over HTTP(S): asks for resources, several at once, and need not wait for them.
 *
 * Who asks: $COSTMARK_REDFISH_USER and $COSTMARK_REDFISH_PASSWORD, or the file that
 * $COSTMARK_REDFISH_CREDENTIALS names, with lines user=… and password=…, which nobody else may read. A
 * session is opened (X-Auth-Token), opened anew once where it ends, and closed again; where the service
 * has none, basic authentication. Neither goes over plain http except to this machine. The certificate is
 * verified; a controller's own authority is named by --redfish-ca or $SSL_CERT_FILE.
 */
#include "redfish_http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"

#define SESSIONS "/redfish/v1/SessionService/Sessions"
#define MOST_BYTES (16u << 20)
#define LOGIN_PAUSE_NS 30000000000u /* after one that failed */
#define ANSWER_S 30.0 /* 3 s are common, more than 4 s were seen */

struct asked {
	struct redfish_http *h;
	const char *path;
	char *url;
	struct http_header header[3];
	struct http_request request; /* borrowed until it is answered */
	struct cmj *json;
	enum cm_status st;
	struct cm_err err;
	uint64_t sent_ns, at_ns;
	unsigned login;   /* the session that it was asked in, by number */
	bool done, again; /* answered; asked once more in a new session */
	bool waits;       /* for that session */
};

struct redfish_http {
	struct http *http;
	char *base;             /* "https://bmc:443", no slash at its end */
	char *user, *password;  /* NULL = nobody */
	char token[2048], session[512];
	unsigned logins;        /* 0 = the service has no sessions, or nobody asks */
	char *old[4];           /* sessions before: ended by the service, as far as one can tell */
	size_t olds;
	struct {                /* a new session, on its way */
		struct http_request request;
		char *url, *body;
		bool under_way, refused;
		uint64_t failed_ns;
	} anew;
	struct asked **asked;
	size_t n, cap;
	const char **denied;    /* resources that a new session did not open: none is made for them again */
	size_t ndenied, dcap;
	uint64_t until_ns;      /* answers are waited for until then; 0 = ANSWER_S each */
	struct pool pool;
};

/* ---- who asks ------------------------------------------------------------------------------------ */

static void wipe(char **text)
{
	if (*text)
		explicit_bzero(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

static enum cm_status read_file(struct redfish_http *h, const char *path, struct cm_err *err)
{
	struct str text = { 0 };
	struct stat s;
	enum cm_status st;
	char *save = NULL;

	if (stat(path, &s) == 0 && (s.st_mode & 077))
		return cm_fail(err, CM_EINPUT, "%s holds a password and others may read it: chmod 600 %s",
			       path, path);
	st = file_read(path, 4096, &text, err);
	for (char *line = st ? NULL : strtok_r(text.p, "\r\n", &save); line;
	     line = strtok_r(NULL, "\r\n", &save)) {
		if (cm_starts(line, "user="))
			h->user = cm_strdup(line + 5);
		else if (cm_starts(line, "password="))
			h->password = cm_strdup(line + 9);
	}
	if (text.p)
		explicit_bzero(text.p, text.len);
	str_free(&text);
	if (!st && (!h->user || !h->password))
		st = cm_fail(err, CM_EINPUT, "%s: expected the lines user=NAME and password=SECRET", path);
	return st;
}

static bool is_local(const char *url)
{
	static const char *const here[] = { "http://127.0.0.1", "http://localhost", "http://[::1]" };

	for (size_t i = 0; i < CM_COUNT(here); i++) {
		const char *rest = url + strlen(here[i]);

		if (cm_starts(url, here[i]) && (*rest == '\0' || *rest == ':' || *rest == '/'))
			return true;
	}
	return false;
}

static enum cm_status credentials(struct redfish_http *h, struct cm_err *err)
{
	const char *user = getenv("COSTMARK_REDFISH_USER"), *password = getenv("COSTMARK_REDFISH_PASSWORD");
	const char *path = getenv("COSTMARK_REDFISH_CREDENTIALS");
	enum cm_status st = CM_OK;

	if (path && *path) {
		st = read_file(h, path, err);
	} else if (user && *user) {
		h->user = cm_strdup(user);
		h->password = cm_strdup(password ? password : "");
	}
	if (!st && h->user && !cm_starts(h->base, "https://") && !is_local(h->base))
		st = cm_fail(err, CM_EINPUT, "a password is not sent over plain http: use https://");
	return st;
}

static char *login_body_dup(const struct redfish_http *h)
{
	struct cmj *o = cmj_object();
	struct str s = { 0 };

	cmj_set(o, "UserName", cmj_string(h->user));
	cmj_set(o, "Password", cmj_string(h->password));
	cmj_print(o, false, &s);
	cmj_free(o);
	return str_take(&s);
}

static double left_s(const struct redfish_http *h)
{
	const uint64_t now = cm_now_ns();

	if (!h->until_ns)
		return ANSWER_S;
	return h->until_ns > now + 50000000 ? (double)(h->until_ns - now) * 1e-9 : 0.05;
}

/* ---- sessions ------------------------------------------------------------------------------------ */

static const struct http_header json_body[] = { { "Content-Type", "application/json" }, { NULL, NULL } };

static void begin_login(struct redfish_http *h)
{
	wipe(&h->anew.body);
	free(h->anew.url);
	h->anew.url = cm_printf_dup("%s" SESSIONS, h->base);
	h->anew.body = login_body_dup(h);
	h->anew.request = (struct http_request){ .url = h->anew.url, .method = "POST", .body = h->anew.body,
						 .headers = json_body, .total_s = left_s(h) };
}

/* The token and the session's own address, which some services give in the body only. */
static void keep_session(struct redfish_http *h, const struct http_answer *a)
{
	struct cmj *o = NULL;

	if (*h->session && h->olds < CM_COUNT(h->old))
		h->old[h->olds++] = cm_strdup(h->session);
	memcpy(h->token, a->token, sizeof h->token);
	memcpy(h->session, a->location, sizeof h->session);
	if (!*h->session && !cmj_parse(str_get(&a->body), a->body.len, "the session", &o, NULL))
		snprintf(h->session, sizeof h->session, "%s", cmj_text(cmj_get(o, "@odata.id"), ""));
	cmj_free(o);
	h->logins++;
}

/* A session where the service gives one. Refused credentials are an error, no session service is none. */
static enum cm_status login(struct redfish_http *h, struct cm_err *err)
{
	struct http_answer a = { 0 };
	struct cm_err why = { 0 };
	enum cm_status st;

	begin_login(h);
	st = http_do(h->http, &h->anew.request, &a, &why);
	if (!st && *a.token)
		keep_session(h, &a);
	http_answer_free(&a);
	wipe(&h->anew.body);
	if (st == CM_DENIED)
		return cm_fail(err, st, "%s", why.why);
	return CM_OK;
}

static void end_session(struct redfish_http *h, const char *session)
{
	const struct http_header token[] = { { "X-Auth-Token", h->token }, { NULL, NULL } };
	const bool full = strstr(session, "://") != NULL;
	char *url = full ? cm_strdup(session) : cm_printf_dup("%s%s", h->base, session);
	const size_t base = strlen(h->base);
	const struct http_request r = { .url = url, .method = "DELETE", .headers = token, .total_s = 5 };
	struct http_answer a = { 0 };

	/* The token goes to nobody but who gave it. */
	if (!full || (cm_starts(url, h->base) && url[base] == '/')) {
		http_do(h->http, &r, &a, NULL);
		http_answer_free(&a);
	}
	free(url);
}

/* ---- asking -------------------------------------------------------------------------------------- */

static void on_answer(void *arg, enum cm_status st, struct http_answer *answer, const struct cm_err *err);

static void ask(struct asked *a)
{
	struct redfish_http *h = a->h;

	a->waits = h->anew.under_way;
	if (a->waits)
		return;
	a->login = h->logins;
	a->sent_ns = cm_now_ns();
	/* With a header of ours a redirect to another host is refused, also where nobody logs in. */
	a->header[0] = (struct http_header){ "Accept", "application/json" };
	a->header[1] = (struct http_header){ h->logins ? "X-Auth-Token" : NULL, h->token };
	a->request = (struct http_request){ .url = a->url, .most_bytes = MOST_BYTES, .headers = a->header,
					    .user = h->logins ? NULL : h->user,
					    .password = h->logins ? NULL : h->password,
					    .total_s = left_s(h) };
	http_add(h->http, &a->request, on_answer, a);
}

static void fail_waiting(struct asked *a, const struct cm_err *err)
{
	a->waits = false;
	a->done = true;
	a->at_ns = cm_now_ns();
	a->st = cm_fail(&a->err, err->st == CM_DENIED ? CM_DENIED : CM_EDRIVER, "the session ended, and "
			"there is no new one: %.200s", err->why);
}

/* All that waited for the new session goes on in it, or fails with its reason. */
static void on_login(void *arg, enum cm_status st, struct http_answer *answer, const struct cm_err *err)
{
	struct redfish_http *h = arg;
	struct cm_err why = { .st = st };

	h->anew.under_way = false;
	wipe(&h->anew.body);
	if (!st && *answer->token)
		keep_session(h, answer);
	else if (!st)
		st = cm_fail(&why, CM_EDRIVER, "it gives no token");
	else
		why = *err;
	h->anew.refused |= st == CM_DENIED;
	h->anew.failed_ns = st ? cm_now_ns() : 0;
	for (size_t i = 0; i < h->n; i++) {
		if (!h->asked[i]->waits)
			continue;
		if (st)
			fail_waiting(h->asked[i], &why);
		else
			ask(h->asked[i]);
	}
}

static bool is_denied(const struct redfish_http *h, const char *path)
{
	for (size_t i = 0; i < h->ndenied; i++)
		if (!strcmp(h->denied[i], path))
			return true;
	return false;
}

/* Answered 401 in a session: it may have ended. true: asked again in a new one, which is made once for all
 * that lost the old. Never in a loop: controllers lock accounts and run out of sessions. */
static bool renewed(struct asked *a)
{
	struct redfish_http *h = a->h;

	if (!h->logins || is_denied(h, a->path))
		return false;
	if (a->again) {
		CM_PUSH(h->denied, h->ndenied, h->dcap);
		h->denied[h->ndenied++] = pool_dup(&h->pool, a->path);
		return false;
	}
	if (a->login == h->logins && !h->anew.under_way) {
		if (h->anew.refused ||
		    (h->anew.failed_ns && cm_now_ns() - h->anew.failed_ns < LOGIN_PAUSE_NS))
			return false;
		begin_login(h);
		h->anew.under_way = true;
		http_add(h->http, &h->anew.request, on_login, h);
	}
	a->again = true;
	ask(a);
	return true;
}

static void on_answer(void *arg, enum cm_status st, struct http_answer *answer, const struct cm_err *err)
{
	struct asked *a = arg;
	const uint64_t now = cm_now_ns();

	if (st == CM_DENIED && answer->status == 401 && renewed(a))
		return;
	a->done = true;
	a->st = st;
	if (st)
		a->err = *err;
	else
		a->st = cmj_parse(str_get(&answer->body), answer->body.len, a->path, &a->json, &a->err);
	if (!a->st && !cmj_is_object(a->json)) {
		cmj_free(a->json);
		a->json = NULL;
		a->st = cm_fail(&a->err, CM_EDRIVER, "%s holds no object", a->path);
	}
	if (a->st && a->st != CM_ABSENT && a->st != CM_DENIED && a->st != CM_EINTR)
		a->st = CM_EDRIVER;
	/* An answer noticed late was there early. */
	a->at_ns = a->sent_ns + (now - a->sent_ns < 2000000000 ? (now - a->sent_ns) / 2 : 1000000000);
}

void redfish_http_ask(struct redfish_http *h, const char *const *path, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct asked *a = cm_alloc(sizeof *a);

		*a = (struct asked){ .h = h, .path = path[i],
				     .url = cm_printf_dup("%s%s", h->base, path[i]) };
		CM_PUSH(h->asked, h->n, h->cap);
		h->asked[h->n++] = a;
		ask(a);
	}
	http_step(h->http);
}

void redfish_http_until(struct redfish_http *h, uint64_t until_ns)
{
	h->until_ns = until_ns;
}

bool redfish_http_ready(struct redfish_http *h, bool wait)
{
	if (wait)
		http_run(h->http, NULL);
	return http_step(h->http) == 0;
}

static void drop(struct redfish_http *h, size_t i)
{
	cmj_free(h->asked[i]->json);
	free(h->asked[i]->url);
	free(h->asked[i]);
	h->asked[i] = h->asked[--h->n];
}

void redfish_http_forget(struct redfish_http *h)
{
	http_run(h->http, NULL);
	while (h->n)
		drop(h, h->n - 1);
}

static struct asked *find(struct redfish_http *h, const char *path, size_t *at)
{
	for (*at = 0; *at < h->n; ++*at)
		if (!strcmp(h->asked[*at]->path, path))
			return h->asked[*at];
	return NULL;
}

enum cm_status redfish_http_get(struct redfish_http *h, const char *path, struct cmj **out,
				uint64_t *at_ns, struct cm_err *err)
{
	struct asked *a;
	size_t at;
	enum cm_status st;

	if (!(a = find(h, path, &at))) {
		redfish_http_ask(h, &path, 1);
		a = find(h, path, &at);
	}
	if (!a->done)
		http_run(h->http, NULL);
	st = a->st;
	*at_ns = a->at_ns;
	if (st == CM_DENIED)
		cm_fail(err, st, "%.150s; %s", a->err.why, h->user ? "ask for a read-only role" :
			"set COSTMARK_REDFISH_USER and _PASSWORD");
	else if (st)
		cm_fail(err, st, "%s", a->err.why);
	else
		*out = cmj_ref(a->json);
	drop(h, at);
	return st;
}

/* ---- open and close ------------------------------------------------------------------------------ */

enum cm_status redfish_http_open(const char *url, const char *ca_file, uint64_t until_ns,
				 struct redfish_http **out, struct cm_err *err)
{
	const struct http_limits limits = { .total_s = ANSWER_S, .retries = 2, .pause_s = 0.2,
					.most_bytes = MOST_BYTES, .ca_file = ca_file };
	const char *host = strstr(url, "://");
	struct redfish_http *h;
	enum cm_status st;

	if (memchr(host + 3, '@', strcspn(host + 3, "/")))
		return cm_fail(err, CM_EINPUT, "no user and password in an address, which others see: set "
			       "COSTMARK_REDFISH_USER and COSTMARK_REDFISH_PASSWORD");
	if (ca_file && !file_exists(ca_file))
		return cm_fail(err, CM_EINPUT, "%s: no such file; --redfish-ca takes the certificates of a "
			       "controller's authority (PEM)", ca_file);
	h = cm_alloc(sizeof *h);
	h->base = cm_strndup(url, (size_t)(host + 3 - url) + strcspn(host + 3, "/?#"));
	h->until_ns = until_ns;
	st = credentials(h, err);
	if (!st)
		st = http_open(&limits, &h->http, err);
	if (!st && h->user)
		st = login(h, err);
	if (st)
		redfish_http_close(h);
	else
		*out = h;
	return st;
}

void redfish_http_close(struct redfish_http *h)
{
	if (!h)
		return;
	if (h->http) {
		redfish_http_forget(h);
		if (*h->token && *h->session)
			end_session(h, h->session);
		for (size_t i = 0; i < h->olds; i++)
			end_session(h, h->old[i]);
		http_close(h->http);
	}
	for (size_t i = 0; i < h->olds; i++)
		free(h->old[i]);
	explicit_bzero(h->token, sizeof h->token);
	wipe(&h->user);
	wipe(&h->password);
	wipe(&h->anew.body);
	free(h->anew.url);
	free(h->denied);
	free(h->asked);
	free(h->base);
	pool_free(&h->pool);
	free(h);
}
