/* What the tests of the Redfish meter share: a tree opened and read, its channels by name. */
#ifndef TEST_REDFISH_CASE_H
#define TEST_REDFISH_CASE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/meter.h"
#include "base/file.h"
#include "base/str.h"
#include "engine/metering.h"
#include "scratch.h"
#include "../../vendors/dmtf/redfish_tree.h"

extern const struct meter meter_redfish;

static uint64_t clock_ns;

static inline uint64_t test_clock(void)
{
	return clock_ns;
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

/* ---- an open tree ---------------------------------------------------------------------------- */

struct tree { struct meter_ctx *c; const struct meter_channel *ch; size_t n; struct meter_value v[64]; };

static inline struct tree tree_of(const char *where)
{
	const struct meter_from from = { .redfish = where, .now_ns = test_clock };
	struct cm_err err = { CM_OK, "" };
	struct tree t = { 0 };

	clock_ns = 1000000000000;
	if (meter_redfish.open(&from, &t.c, &err) != CM_OK)
		fail_msg("%s: %s", where, err.why);
	t.n = meter_redfish.channels(t.c, &t.ch);
	assert_true(t.n <= CM_COUNT(t.v));
	assert_int_equal(meter_redfish.read(t.c, t.v, &err), CM_OK);
	return t;
}

static inline size_t find(const struct tree *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (!strcmp(t->ch[i].name, name))
			return i;
	fail_msg("no channel %s", name);
	return 0;
}

static inline void expect(const struct tree *t, const char *name, enum cm_scope scope, const char *covers,
		   double value)
{
	const size_t i = find(t, name);

	assert_int_equal(t->ch[i].st, CM_OK);
	assert_int_equal(t->v[i].st, CM_OK);
	assert_int_equal(t->ch[i].scope, scope);
	assert_string_equal(t->ch[i].covers, covers);
	near(t->v[i].value, value);
}

static inline void put(struct scratch *s, const char *path, const char *text)
{
	char *dir = cm_printf_dup("%s/redfish/v1%s%s", s->dir, *path ? "/" : "", path);
	char *file = cm_printf_dup("redfish/v1%s%s/index.json", *path ? "/" : "", path);

	assert_int_equal(file_mkdirs(dir, NULL), CM_OK);
	scratch_write(s, file, text, strlen(text));
	free(dir);
	free(file);
}

#define LINK(p) "{\"@odata.id\": \"/redfish/v1/" p "\"}"

/* A controller of one chassis M of this type, with this Power. */
static inline void put_power(struct scratch *s, const char *type, const char *text)
{
	char *chassis = cm_printf_dup("{\"ChassisType\": \"%s\", \"Links\": {\"ComputerSystems\": ["
				      LINK("Systems/1")
				      "]}, \"Power\": " LINK("Chassis/M/Old") "}", type);

	put(s, "", "{\"Chassis\": " LINK("Chassis") "}");
	put(s, "Chassis", "{\"Members\": [" LINK("Chassis/M") "]}");
	put(s, "Chassis/M", chassis);
	put(s, "Chassis/M/Old", text);
	free(chassis);
}

#endif
