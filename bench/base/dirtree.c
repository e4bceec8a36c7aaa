/* Walks a folder (see dirtree.h). Knows nothing of what is in the files. */
#include "base/dirtree.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILES_MOST 1000000
#define DEEPEST 64

bool dirtree_is_folder(const char *path)
{
	struct stat s;

	return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

static enum cm_status walk(struct dirtree *t, const char *folder, unsigned depth, struct cm_err *err)
{
	struct dirent **name = NULL;
	enum cm_status st = CM_OK;
	const int n = scandir(folder, &name, NULL, alphasort);

	if (n < 0)
		return cm_fail(err, CM_EINPUT, "folder %s: %s", folder, strerror(errno));
	for (int i = 0; i < n; i++) {
		const char *word = name[i]->d_name;
		struct stat s;
		char *path;

		if (st || !strcmp(word, ".") || !strcmp(word, "..") || !strcmp(word, ".git")) {
			free(name[i]);
			continue;
		}
		path = cm_printf_dup("%s/%s", folder, word);
		if (lstat(path, &s) != 0) {
			/* gone since it was listed */
		} else if (S_ISDIR(s.st_mode)) {
			st = depth < DEEPEST
				     ? walk(t, path, depth + 1, err)
				     : cm_fail(err, CM_EINPUT, "folder %s: deeper than %d levels",
					       path, DEEPEST);
		} else if (S_ISREG(s.st_mode)) {
			CM_PUSH(t->file, t->n, t->cap);
			t->file[t->n++] = pool_dup(&t->pool, path);
			if (t->n > FILES_MOST)
				st = cm_fail(err, CM_EINPUT, "folder %s: more than a million files", folder);
		}
		free(path);
		free(name[i]);
	}
	free(name);
	return st;
}

enum cm_status dirtree_read(const char *folder, struct dirtree *out, struct cm_err *err)
{
	enum cm_status st;

	*out = (struct dirtree){ .file = NULL };
	st = walk(out, folder, 0, err);
	if (st)
		dirtree_free(out);
	return st;
}

void dirtree_free(struct dirtree *t)
{
	free(t->file);
	pool_free(&t->pool);
	*t = (struct dirtree){ .file = NULL };
}
