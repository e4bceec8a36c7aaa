/* Puts a fake driver where base/dl.h looks first, under the name of the real one, and meters a
 * window of scripted time with it. After cmocka.h. */
#ifndef TEST_DRIVER_LIB_H
#define TEST_DRIVER_LIB_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "engine/metering.h"
#include "scratch.h"

static uint64_t driver_clock_ns;

static inline uint64_t driver_clock(void)
{
	return driver_clock_ns;
}

static inline void near(double got, double want)
{
	if (!(fabs(got - want) <= 1e-9 * fmax(1, fabs(want))))
		fail_msg("got %.12g, want %.12g", got, want);
}

static inline void says(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("expected \"%s\" in \"%s\"", part, text ? text : "(nothing)");
}

/* Opens `meters` with the script in the variable `var`; time stands at 1 s. */
static inline struct metering *open_scripted(const struct meter *const *meters, const char *var,
					     const char *script)
{
	const struct metering_options o = { .meters = meters, .now_ns = driver_clock };
	struct metering *m = NULL;

	setenv(var, script, 1);
	driver_clock_ns = 1000000000;
	assert_int_equal(metering_open(&o, &m, NULL), CM_OK);
	return m;
}

/* A window of `seconds` with a reading at each end and `polls` between. */
static inline void window(struct metering *m, double seconds, unsigned polls,
			  struct metering_result *r)
{
	assert_int_equal(metering_begin(m, NULL), CM_OK);
	for (unsigned i = 0; i < polls; i++) {
		driver_clock_ns += (uint64_t)(seconds / (polls + 1) * 1e9);
		assert_int_equal(metering_poll(m, NULL), CM_OK);
	}
	driver_clock_ns += (uint64_t)(seconds / (polls + 1) * 1e9);
	assert_int_equal(metering_end(m, r, NULL), CM_OK);
}

static inline const struct meter_channel *channel(const struct metering *m, const char *name)
{
	const struct metering_channel *c;
	const size_t n = metering_channels(m, &c);

	for (size_t i = 0; i < n; i++) {
		if (c[i].channel && !strcmp(c[i].channel->name, name))
			return c[i].channel;
	}
	fail_msg("no channel %s", name);
	return NULL;
}

/* One more library in that folder. fake: stem in tests/fake; the test runs in $B/tests/unit, its
 * neighbours lie in $B/tests/fake. */
static inline void driver_also(struct scratch *s, const char *fake, const char *as)
{
	char self[512], *cut = NULL;
	const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	char *from;

	assert_true(n > 0);
	self[n] = '\0';
	for (int i = 0; i < 2 && (cut = strrchr(self, '/')); i++)
		*cut = '\0';
	from = cm_printf_dup("%s/fake/%s.so", self, fake);
	assert_true(file_exists(from));
	assert_int_equal(symlink(from, scratch_path(s, as)), 0);
	free(from);
}

static inline void driver_lib(struct scratch *s, const char *fake, const char *as)
{
	scratch_begin(s);
	driver_also(s, fake, as);
	setenv("CM_DL_PATH", s->dir, 1);
}

static inline void driver_lib_end(struct scratch *s)
{
	unsetenv("CM_DL_PATH");
	scratch_end(s);
}

#endif
