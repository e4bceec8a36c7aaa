/* See cap_steps.h. Knows no device: whether a cap can be set is the keeper's question. */
#include "engine/cap_steps.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

/* A number at *at, which moves behind it; -1: none. */
static double watts_at(const char **at)
{
	const char *p = *at;
	char text[32] = "";
	size_t n = strspn(p, "0123456789");

	if (n && p[n] == '.' && isdigit((unsigned char)p[n + 1])) /* "200..700" is no "200." */
		n += 1 + strspn(p + n + 1, "0123456789");
	if (!n || n >= sizeof text)
		return -1;
	memcpy(text, p, n);
	*at = p + n;
	return strtod(text, NULL);
}

static enum cm_status add(struct cap_steps *s, double w, struct cm_err *err)
{
	for (size_t i = 0; i < s->n; i++) {
		if (fabs(s->watts[i] - w) < 1e-6)
			return cm_fail(err, CM_EINPUT, "--power-cap names %.6g W twice", w);
	}
	if (s->n == CM_MAX_CAPS)
		return cm_fail(err, CM_EINPUT, "--power-cap gives more than %d caps: take a wider step",
			       CM_MAX_CAPS);
	s->watts[s->n++] = w;
	return CM_OK;
}

static enum cm_status refuse(const char *text, struct cm_err *err)
{
	return cm_fail(err, CM_EINPUT, "--power-cap takes watts such as \"200..700:50\" or \"300,250,200\", "
		       "after \"NAME=\" where several limits are here, not \"%.80s\"", text);
}

/* "LOW..HIGH:STEP"; the end is taken where a step meets it. */
static enum cm_status add_range(const char *text, const char *at, double low, struct cap_steps *s,
				struct cm_err *err)
{
	const double high = watts_at(&at);
	double step = -1;
	enum cm_status st = CM_OK;

	if (high > 0 && *at == ':') {
		at++;
		step = watts_at(&at);
	}
	if (!(step > 0) || *at)
		return refuse(text, err);
	if (high < low)
		return cm_fail(err, CM_EINPUT, "--power-cap %.80s: %.6g W is above %.6g W; the lower one "
			       "comes first", text, low, high);
	for (size_t i = 0; !st && low + (double)i * step <= high * (1 + 1e-9); i++)
		st = add(s, low + (double)i * step, err);
	return st;
}

enum cm_status cap_steps_parse(const char *text, struct cap_steps *out, struct cm_err *err)
{
	struct cap_steps s = { .n = 0 };
	const char *eq = strchr(text, '='), *at = eq ? eq + 1 : text;
	enum cm_status st = CM_OK;
	double w;

	if (eq && (eq == text || (size_t)(eq - text) >= sizeof s.which))
		return refuse(text, err);
	if (eq)
		memcpy(s.which, text, (size_t)(eq - text));
	w = watts_at(&at);
	if (w > 0 && cm_starts(at, "..")) {
		st = add_range(text, at + 2, w, &s, err);
	} else {
		while (!st && w > 0 && !(st = add(&s, w, err)) && *at == ',') {
			at++;
			w = watts_at(&at);
		}
		if (!st && (!(w > 0) || *at))
			st = refuse(text, err);
	}
	if (!st)
		*out = s;
	return st;
}
