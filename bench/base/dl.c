/* Drivers at run time: the only file that opens a shared library. Never closes one, because drivers
 * keep threads and exit handlers of their own. */
#include "base/dl.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static void *open_one(const char *name, struct str *why)
{
	const char *dir = getenv("CM_DL_PATH");
	void *lib = NULL;

	if (dir && *dir) {
		char *path = cm_printf_dup("%s/%s", dir, name);
		lib = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
		free(path);
	}
	if (!lib)
		lib = dlopen(name, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (lib)
		return lib;
	const char *said = dlerror();
	str_add(why, why->len ? "; " : "");
	if (!said || strstr(said, "No such file"))
		str_addf(why, "%s: not found", name);
	else
		str_add(why, said);
	return NULL;
}

/* First symbol that lib lacks and must have, or NULL. */
static const char *lacking(void *lib, const struct dl_symbol *symbols)
{
	for (const struct dl_symbol *s = symbols; s->name; s++)
		if (!s->optional && !dlsym(lib, s->name))
			return s->name;
	return NULL;
}

enum cm_status dl_open(const char *const *names, const struct dl_symbol *symbols,
		       const char **path, struct cm_err *err)
{
	struct str why = { 0 };

	for (; *names; names++) {
		void *lib = open_one(*names, &why);
		if (!lib)
			continue;
		const char *miss = lacking(lib, symbols);
		if (miss) {
			str_addf(&why, "%s%s lacks %s", why.len ? "; " : "", *names, miss);
			continue;
		}
		for (const struct dl_symbol *s = symbols; s->name; s++) {
			void *p = dlsym(lib, s->name);
			memcpy(s->to, &p, sizeof p); /* ISO C has no cast from object to function */
		}
		if (path)
			*path = *names;
		str_free(&why);
		return CM_OK;
	}
	cm_fail(err, CM_ABSENT, "%s", str_get(&why));
	str_free(&why);
	return CM_ABSENT;
}
