/*
 * A management controller over HTTP(S): asks for resources, several at once, and need not wait for them.
 *
 * Who asks: $COSTMARK_REDFISH_USER and $COSTMARK_REDFISH_PASSWORD, or the file that
 * $COSTMARK_REDFISH_CREDENTIALS names, with lines user=… and password=…, which nobody else may read. A
 * session is opened (X-Auth-Token) and closed again; where the service has none, basic authentication.
 * Neither goes over plain http except to this machine. The certificate is verified; a controller's own
 * authority is named by $SSL_CERT_FILE.
 */
#include "redfish_http.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"

#define SESSIONS "/redfish/v1/SessionService/Sessions"
#define MOST_BYTES (16u << 20)
#define ANSWER_S 30.0 /* 3 s are common, more than 4 s were seen */

struct asked {
	struct redfish_http *h;
	const char *path;
	char *url;
	struct http_header header[2];
	struct http_request request; /* borrowed until it is answered */
	struct cmj *json;
	enum cm_status st;
	struct cm_err err;
	uint64_t sent_ns, at_ns;
	bool done;
};

struct redfish_http {
	struct http *http;
	char *base;             /* "https://bmc:443", no slash at its end */
	char *user, *password;  /* NULL = nobody */
	char token[512], session[512];
	struct asked **asked;
	size_t n, cap;
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

/* A session where the service gives one. Refused credentials are an error, no session service is none. */
static enum cm_status login(struct redfish_http *h, struct cm_err *err)
{
	static const struct http_header json[] = { { "Content-Type", "application/json" }, { NULL, NULL } };
	char *url = cm_printf_dup("%s" SESSIONS, h->base), *body = login_body_dup(h);
	struct http_request r = { .url = url, .method = "POST", .body = body, .headers = json };
	struct http_answer a = { 0 };
	struct cm_err why = { 0 };
	const enum cm_status st = http_do(h->http, &r, &a, &why);

	if (!st && *a.token) {
		memcpy(h->token, a.token, sizeof h->token);
		memcpy(h->session, a.location, sizeof h->session);
	}
	http_answer_free(&a);
	wipe(&body);
	free(url);
	if (st == CM_DENIED)
		return cm_fail(err, st, "%s", why.why);
	return CM_OK;
}

/* ---- asking -------------------------------------------------------------------------------------- */

static void on_answer(void *arg, enum cm_status st, struct http_answer *answer, const struct cm_err *err)
{
	struct asked *a = arg;
	const uint64_t now = cm_now_ns();

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

		*a = (struct asked){ .h = h, .path = path[i], .sent_ns = cm_now_ns(),
				     .url = cm_printf_dup("%s%s", h->base, path[i]),
				     .header = { { "X-Auth-Token", h->token }, { NULL, NULL } } };
		a->request = (struct http_request){ .url = a->url, .most_bytes = MOST_BYTES,
						    .headers = *h->token ? a->header : NULL,
						    .user = *h->token ? NULL : h->user,
						    .password = *h->token ? NULL : h->password };
		CM_PUSH(h->asked, h->n, h->cap);
		h->asked[h->n++] = a;
		http_add(h->http, &a->request, on_answer, a);
	}
	http_step(h->http);
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
	struct asked *a = NULL;
	size_t at;
	enum cm_status st;

	for (int tries = 0; tries < 2; tries++) {
		if (!(a = find(h, path, &at))) {
			redfish_http_ask(h, &path, 1);
			a = find(h, path, &at);
		}
		if (!a->done)
			http_run(h->http, NULL);
		/* A session ends when nobody asks for long. */
		if (a->st != CM_DENIED || !*h->token || tries)
			break;
		drop(h, at);
		h->token[0] = '\0';
		if (login(h, err))
			return CM_DENIED;
	}
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

enum cm_status redfish_http_open(const char *url, struct redfish_http **out, struct cm_err *err)
{
	const struct http_limits limits = { .total_s = ANSWER_S, .retries = 2, .pause_s = 0.2,
					.most_bytes = MOST_BYTES };
	const char *host = strstr(url, "://");
	struct redfish_http *h;
	enum cm_status st;

	if (memchr(host + 3, '@', strcspn(host + 3, "/")))
		return cm_fail(err, CM_EINPUT, "no user and password in an address, which others see: set "
			       "COSTMARK_REDFISH_USER and COSTMARK_REDFISH_PASSWORD");
	h = cm_alloc(sizeof *h);
	h->base = cm_strndup(url, (size_t)(host + 3 - url) + strcspn(host + 3, "/?#"));
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

static void logout(struct redfish_http *h)
{
	const struct http_header token[] = { { "X-Auth-Token", h->token }, { NULL, NULL } };
	const bool full = strstr(h->session, "://") != NULL;
	char *url = full ? cm_strdup(h->session) : cm_printf_dup("%s%s", h->base, h->session);
	const struct http_request r = { .url = url, .method = "DELETE", .headers = token };
	struct http_answer a = { 0 };

	/* The token goes to nobody but who gave it. */
	if (!full || cm_starts(url, h->base)) {
		http_do(h->http, &r, &a, NULL);
		http_answer_free(&a);
	}
	free(url);
}

void redfish_http_close(struct redfish_http *h)
{
	if (!h)
		return;
	if (h->http) {
		redfish_http_forget(h);
		if (*h->token && *h->session)
			logout(h);
		http_close(h->http);
	}
	explicit_bzero(h->token, sizeof h->token);
	wipe(&h->user);
	wipe(&h->password);
	free(h->asked);
	free(h->base);
	free(h);
}
