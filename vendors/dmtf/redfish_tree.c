/*
 * Redfish resources from a controller (redfish_http.c) or a recorded tree: PATH/index.json below a
 * folder, as mockups and dumps are kept; also a single resource in one file. A recording is often a
 * part of a service: what is not there is CM_ABSENT, and a collection without its own document is what
 * lies in its folder.
 */
#include "redfish_tree.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "redfish_http.h"

#define ROOT "/redfish/v1"
#define MOST_BYTES (16u << 20) /* of one resource: collections that were expanded reach megabytes */

struct redfish_tree {
	struct redfish_http *http; /* NULL = a recording */
	char *root;         /* the folder that stands for "/redfish/v1" */
	char *asked;        /* "/redfish/v1/Chassis/1U" or "" */
	const char **loose; /* file names of resources that lie by themselves */
	size_t nloose, cap;
	struct pool pool;
};

static bool is_kind(const char *path, mode_t kind)
{
	struct stat s;

	return stat(path, &s) == 0 && (s.st_mode & S_IFMT) == kind;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names in a folder that are of this kind, sorted. */
static size_t names_in(const char *folder, mode_t kind, struct pool *pool, const char ***out)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	size_t n = 0, cap = 0;

	*out = NULL;
	while (d && (e = readdir(d))) {
		char *path = cm_printf_dup("%s/%s", folder, e->d_name);

		if (e->d_name[0] != '.' && is_kind(path, kind)) {
			CM_PUSH(*out, n, cap);
			(*out)[n++] = pool_dup(pool, e->d_name);
		}
		free(path);
	}
	if (d)
		closedir(d);
	if (n)
		qsort(*out, n, sizeof **out, by_text);
	return n;
}

static void find_loose(struct redfish_tree *t)
{
	const char **name;
	size_t n = names_in(t->root, S_IFREG, &t->pool, &name);

	for (size_t i = 0; i < n; i++) {
		if (!cm_ends(name[i], ".json") || !strcmp(name[i], "index.json"))
			continue;
		CM_PUSH(t->loose, t->nloose, t->cap);
		t->loose[t->nloose++] = name[i];
	}
	free(name);
}

/* One file: its folder is the root, the file the only resource. */
static void open_file(struct redfish_tree *t, const char *where)
{
	const char *slash = strrchr(where, '/');

	t->root = slash ? cm_strndup(where, (size_t)(slash - where)) : cm_strdup(".");
	CM_PUSH(t->loose, t->nloose, t->cap);
	t->loose[t->nloose++] = pool_dup(&t->pool, slash ? slash + 1 : where);
	t->asked = cm_strdup("");
}

/* Behind "…/redfish/v1/": where it stands, or NULL. */
static const char *inside(const char *where)
{
	const char *at = strstr(where, ROOT "/");

	return at && at[strlen(ROOT "/")] ? at : NULL;
}

static void set_asked(struct redfish_tree *t, const char *where)
{
	const char *at = inside(where);

	t->asked = cm_strdup(at ? at : "");
	while (*t->asked && cm_ends(t->asked, "/"))
		t->asked[strlen(t->asked) - 1] = '\0';
	if (!strcmp(t->asked, ROOT) || !strcmp(t->asked, ROOT "/Chassis"))
		t->asked[0] = '\0';
}

static enum cm_status open_address(struct redfish_tree *t, const char *where, const char *ca_file,
				   uint64_t until_ns, struct cm_err *err)
{
	t->root = cm_strdup("");
	set_asked(t, where);
	return redfish_http_open(where, ca_file, until_ns, &t->http, err);
}

static enum cm_status open_folder(struct redfish_tree *t, const char *where, struct cm_err *err)
{
	const char *at = inside(where);
	char *below = at ? cm_strndup(where, (size_t)(at - where)) : cm_strdup(where);

	if (!is_kind(where, S_IFDIR)) {
		free(below);
		return cm_fail(err, CM_EINPUT, "%s: no such folder or file; --redfish takes an address, "
			       "or a recorded tree that holds redfish/v1", where);
	}
	set_asked(t, where);
	t->root = cm_printf_dup("%s" ROOT, below);
	if (!is_kind(t->root, S_IFDIR)) {
		free(t->root);
		t->root = cm_strdup(below);
	}
	free(below);
	find_loose(t);
	return CM_OK;
}

enum cm_status redfish_open(const char *where, const char *ca_file, uint64_t until_ns,
			    struct redfish_tree **out, struct cm_err *err)
{
	struct redfish_tree *t = cm_alloc(sizeof *t);
	enum cm_status st = CM_OK;

	if (cm_starts(where, "http://") || cm_starts(where, "https://"))
		st = open_address(t, where, ca_file, until_ns, err);
	else if (is_kind(where, S_IFREG))
		open_file(t, where);
	else
		st = open_folder(t, where, err);
	if (st)
		redfish_close(t);
	else
		*out = t;
	return st;
}

void redfish_until(struct redfish_tree *t, uint64_t until_ns)
{
	if (t->http)
		redfish_http_until(t->http, until_ns);
}

void redfish_close(struct redfish_tree *t)
{
	redfish_http_close(t->http);
	free(t->root);
	free(t->asked);
	free(t->loose);
	pool_free(&t->pool);
	free(t);
}

const char *redfish_asked(const struct redfish_tree *t)
{
	return t->asked;
}

size_t redfish_loose(const struct redfish_tree *t, const char *const **out)
{
	*out = t->loose;
	return t->nloose;
}

static char *file_of_part(const struct redfish_tree *t, const char *path, const char *end)
{
	char *plain = cm_strndup(path, strcspn(path, end)), *file = NULL;

	if (strstr(plain, ".."))
		file = NULL;
	else if (plain[0] != '/')
		file = cm_printf_dup("%s/%s", t->root, plain);
	else if (cm_starts(plain, ROOT))
		file = cm_printf_dup("%s%s/index.json", t->root, plain + strlen(ROOT));
	free(plain);
	return file;
}

/* The file of a path; NULL for a path that leads out of the tree. Further pages of a collection may be
 * recorded under their query: "Sensors?$skip=75/index.json". */
static char *file_of(const struct redfish_tree *t, const char *path)
{
	char *file = file_of_part(t, path, "#");

	if (file && strchr(path, '?') && !is_kind(file, S_IFREG)) {
		free(file);
		file = file_of_part(t, path, "#?");
	}
	return file;
}

void redfish_ask(struct redfish_tree *t, const char *const *path, size_t n)
{
	if (t->http)
		redfish_http_ask(t->http, path, n);
}

bool redfish_ready(struct redfish_tree *t, bool wait)
{
	return !t->http || redfish_http_ready(t->http, wait);
}

void redfish_drop(struct redfish_tree *t)
{
	if (t->http)
		redfish_http_forget(t->http);
}

bool redfish_is_live(const struct redfish_tree *t)
{
	return t->http != NULL;
}

static enum cm_status get_file(struct redfish_tree *t, const char *path, struct cmj **out,
			       struct cm_err *err)
{
	char *file = file_of(t, path);
	struct str text = { 0 };
	enum cm_status st;

	if (!file || !is_kind(file, S_IFREG)) {
		free(file);
		return cm_fail(err, CM_ABSENT, "%s is not in the recording", path);
	}
	st = file_read(file, MOST_BYTES, &text, err);
	if (!st)
		st = cmj_parse(str_get(&text), text.len, file, out, err);
	if (!st && !cmj_is_object(*out)) {
		cmj_free(*out);
		*out = NULL;
		st = cm_fail(err, CM_EDRIVER, "%s holds no object", file);
	}
	str_free(&text);
	free(file);
	return st ? (err ? (err->st = CM_EDRIVER) : CM_EDRIVER) : CM_OK;
}

enum cm_status redfish_get(struct redfish_tree *t, const char *path, struct cmj **out, uint64_t *at_ns,
			   struct cm_err *err)
{
	*at_ns = 0;
	if (!t->http)
		return get_file(t, path, out, err);
	if (path[0] != '/') /* a link to another place */
		return cm_fail(err, CM_ABSENT, "%s is not of this controller", path);
	return redfish_http_get(t->http, path, out, at_ns, err);
}

bool redfish_is_recorded(const struct redfish_tree *t, const char *path)
{
	char *file = t->http ? NULL : file_of(t, path);
	const bool there = file && is_kind(file, S_IFREG);

	free(file);
	return there;
}

size_t redfish_listed(const struct redfish_tree *t, const char *path, struct pool *pool,
		      const char *const **out)
{
	char *folder, *file = t->http ? NULL : file_of(t, path);
	const char **name, **full;
	size_t n;

	*out = NULL;
	if (!file)
		return 0;
	folder = cm_strndup(file, strlen(file) - strlen("/index.json"));
	n = names_in(folder, S_IFDIR, pool, &name);
	full = pool_alloc(pool, (n + 1) * sizeof *full);
	for (size_t i = 0; i < n; i++)
		full[i] = pool_printf(pool, "%s/%s", path, name[i]);
	*out = full;
	free(name);
	free(folder);
	free(file);
	return n;
}
