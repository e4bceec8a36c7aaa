/* A scratch folder for tests that need files; removed by scratch_end(). */
#ifndef TEST_SCRATCH_H
#define TEST_SCRATCH_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct scratch { char dir[64], path[512]; };

static inline void scratch_begin(struct scratch *s)
{
	strncpy(s->dir, "/tmp/costmark-test-XXXXXX", sizeof s->dir - 1);
	s->dir[sizeof s->dir - 1] = '\0';
	assert(mkdtemp(s->dir));
}

/* Path below the folder; valid until the next call. */
static inline const char *scratch_path(struct scratch *s, const char *name)
{
	snprintf(s->path, sizeof s->path, "%s/%s", s->dir, name);
	return s->path;
}

static inline const char *scratch_write(struct scratch *s, const char *name, const char *text,
					size_t n)
{
	const char *path = scratch_path(s, name);
	FILE *f = fopen(path, "wb");
	assert(f && fwrite(text, 1, n, f) == n);
	fclose(f);
	return path;
}

/* As scratch_write(), of a text, below folders that it makes. */
static inline void scratch_put(struct scratch *s, const char *name, const char *text)
{
	char path[512];

	for (const char *p = strchr(name, '/'); p; p = strchr(p + 1, '/')) {
		snprintf(path, sizeof path, "%s/%.*s", s->dir, (int)(p - name), name);
		mkdir(path, 0755);
	}
	scratch_write(s, name, text, strlen(text));
}

static inline void scratch_end(struct scratch *s)
{
	char command[128];
	snprintf(command, sizeof command, "rm -rf '%s'", s->dir);
	assert(system(command) == 0);
}

#endif
