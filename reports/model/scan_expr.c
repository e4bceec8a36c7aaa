/* Expressions of the model language, by precedence: or, and, not, comparison, + -, * /, -, ^. */
#include <string.h>

#include "model/scan.h"

#define DEPTH_MAX 100

static enum cm_status binary_level(struct scan *s, unsigned level, const struct expr **out,
				   struct cm_err *err);

static struct expr *expr_new(struct scan *s, enum expr_kind kind, const char *name, size_t args,
			     struct model_pos pos)
{
	struct expr *e = pool_alloc(s->pool, sizeof *e);
	const struct expr **arg = args ? pool_alloc(s->pool, args * sizeof *arg) : NULL;
	*e = (struct expr){ .kind = kind, .name = name, .args = args, .pos = pos,
			    .arg = (struct expr *const *)arg };
	return e;
}

static void expr_set(struct expr *e, size_t i, const struct expr *arg)
{
	((const struct expr **)e->arg)[i] = arg;
}

/* A number with an optional % or [unit]. */
static enum cm_status number(struct scan *s, double v, struct model_pos pos,
			     const struct expr **out, struct cm_err *err)
{
	struct expr *e = expr_new(s, EXPR_NUMBER, NULL, 0, pos);
	e->number = v;
	scan_blank(s);
	if (s->p < s->end && *s->p == '%') {
		s->p++;
		e->number /= 100;
	} else if (s->p < s->end && *s->p == '[') {
		const char *from = ++s->p;
		while (s->p < s->end && *s->p != ']' && *s->p != '\n')
			s->p++;
		if (s->p == s->end || *s->p != ']')
			return scan_fail(s, err, "']' after the unit");
		e->unit = pool_printf(s->pool, "%.*s", (int)(s->p - from), from);
		s->p++;
	}
	*out = e;
	return CM_OK;
}

static enum cm_status text(struct scan *s, struct model_pos pos, const struct expr **out,
			   struct cm_err *err)
{
	const char *from = ++s->p;
	while (s->p < s->end && *s->p != '"' && *s->p != '\n')
		s->p++;
	if (s->p == s->end || *s->p != '"')
		return scan_fail(s, err, "'\"' at the end of the text");
	*out = expr_new(s, EXPR_TEXT,
			pool_printf(s->pool, "%.*s", (int)(s->p - from), from), 0, pos);
	s->p++;
	return CM_OK;
}

static enum cm_status call(struct scan *s, const char *name, struct model_pos pos,
			   const struct expr **out, struct cm_err *err)
{
	const struct expr *arg[64];
	size_t n = 0;
	if (!scan_word(s, ")")) {
		do {
			if (n == CM_COUNT(arg))
				return scan_fail(s, err, "at most 64 values in one call");
			const enum cm_status st = binary_level(s, 0, &arg[n], err);
			if (st)
				return st;
			n++;
		} while (scan_word(s, ","));
		if (!scan_word(s, ")"))
			return scan_fail(s, err, "',' or ')'");
	}
	struct expr *e = expr_new(s, EXPR_CALL, name, n, pos);
	for (size_t i = 0; i < n; i++)
		expr_set(e, i, arg[i]);
	*out = e;
	return CM_OK;
}

static enum cm_status primary(struct scan *s, const struct expr **out, struct cm_err *err)
{
	scan_blank(s);
	const struct model_pos pos = scan_pos(s);
	double v;
	if (scan_number(s, &v))
		return number(s, v, pos, out, err);
	if (scan_word(s, "(")) {
		const enum cm_status st = binary_level(s, 0, out, err);
		if (st)
			return st;
		return scan_word(s, ")") ? CM_OK : scan_fail(s, err, "')'");
	}
	if (s->p < s->end && *s->p == '"')
		return text(s, pos, out, err);
	const char *name = scan_name(s, true);
	if (!name)
		return scan_fail(s, err, "a number, a name or '('");
	if (scan_word(s, "("))
		return call(s, name, pos, out, err);
	*out = expr_new(s, EXPR_NAME, name, 0, pos);
	return CM_OK;
}

static enum cm_status unary(struct scan *s, const struct expr **out, struct cm_err *err)
{
	scan_blank(s);
	const struct model_pos pos = scan_pos(s);
	if (++s->depth > DEPTH_MAX)
		return cm_fail_at(err, CM_EINPUT, pos.file, pos.line, pos.col,
				  "the expression is nested more than %d deep", DEPTH_MAX);
	enum cm_status st;
	if (scan_word(s, "-")) {
		const struct expr *a = NULL;
		st = unary(s, &a, err);
		if (!st) {
			struct expr *e = expr_new(s, EXPR_CALL, "neg", 1, pos);
			expr_set(e, 0, a);
			*out = e;
		}
	} else {
		st = primary(s, out, err);
		const struct model_pos at = scan_pos(s);
		if (!st && scan_word(s, "^")) { /* to the right: 2^3^2 = 2^9, 2^-1 = 0.5 */
			const struct expr *b = NULL;
			st = unary(s, &b, err);
			if (!st) {
				struct expr *e = expr_new(s, EXPR_CALL, "^", 2, at);
				expr_set(e, 0, *out);
				expr_set(e, 1, b);
				*out = e;
			}
		}
	}
	s->depth--;
	return st;
}

/* Loosest first; a longer symbol stands before its own beginning. */
static const char *const levels[][7] = {
	{ "or" }, { "and" }, { "<=", ">=", "==", "!=", "<", ">" }, { "+", "-" }, { "*", "/" },
};

static const char *operator_here(struct scan *s, unsigned level, struct model_pos *pos)
{
	scan_blank(s);
	*pos = scan_pos(s);
	for (const char *const *op = levels[level]; *op; op++)
		if (scan_word(s, *op))
			return *op;
	return NULL;
}

static enum cm_status binary_level(struct scan *s, unsigned level, const struct expr **out,
				   struct cm_err *err)
{
	if (level == CM_COUNT(levels))
		return unary(s, out, err);
	enum cm_status st;
	struct model_pos pos;
	if (level == 2 && scan_word(s, "not")) {
		pos = scan_pos(s);
		const struct expr *a = NULL;
		if (++s->depth > DEPTH_MAX)
			return cm_fail_at(err, CM_EINPUT, pos.file, pos.line, pos.col,
					  "the expression is nested more than %d deep", DEPTH_MAX);
		st = binary_level(s, level, &a, err);
		s->depth--;
		if (st)
			return st;
		struct expr *e = expr_new(s, EXPR_CALL, "not", 1, pos);
		expr_set(e, 0, a);
		*out = e;
		return CM_OK;
	}
	st = binary_level(s, level + 1, out, err);
	const char *op;
	while (!st && (op = operator_here(s, level, &pos))) {
		const struct expr *b = NULL;
		st = binary_level(s, level + 1, &b, err);
		if (st)
			return st;
		struct expr *e = expr_new(s, EXPR_CALL, op, 2, pos);
		expr_set(e, 0, *out);
		expr_set(e, 1, b);
		*out = e;
	}
	return st;
}

enum cm_status scan_expr(struct scan *s, const struct expr **out, struct cm_err *err)
{
	const unsigned before = s->depth;
	const enum cm_status st = binary_level(s, 0, out, err);
	s->depth = before;
	return st;
}
