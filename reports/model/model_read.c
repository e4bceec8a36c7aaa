/* Model text into definitions: statements, their roles, labels and comments; files and includes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "model/graph.h"
#include "model/scan.h"
#include "model/spread.h"

#define INCLUDE_MAX 8
#define LINES_MAX 10000

static const struct { const char *word; enum model_role role; } roles[] = {
	{ "cost", ROLE_COST }, { "fixed", ROLE_FIXED }, { "need", ROLE_NEED },
};

static enum cm_status read_file(const char *path, bool ours, unsigned depth,
				struct model_source *out, struct cm_err *err);

struct model_def *model_source_find(const struct model_source *s, const char *name)
{
	for (size_t i = 0; i < s->defs; i++)
		if (strcmp(s->def[i]->name, name) == 0)
			return s->def[i];
	return NULL;
}

void model_source_free(struct model_source *s)
{
	pool_free(&s->pool);
	free(s->def);
	free(s->func);
	*s = (struct model_source){ 0 };
}

bool expr_mentions(const struct expr *e, const char *name)
{
	if (e->kind == EXPR_NAME && strcmp(e->name, name) == 0)
		return true;
	for (size_t i = 0; i < e->args; i++)
		if (expr_mentions(e->arg[i], name))
			return true;
	return false;
}

/* A statement goes on over lines that begin with a blank. */
static const char *statement_end(const char *p, const char *end)
{
	for (;;) {
		while (p < end && *p != '\n')
			p++;
		if (p == end)
			return end;
		const char *next = p + 1;
		if (next == end || (*next != ' ' && *next != '\t'))
			return p;
		while (next < end && (*next == ' ' || *next == '\t' || *next == '\r'))
			next++;
		if (next == end || *next == '\n')
			return p;
		p = next;
	}
}

/* Text without comments, without blanks at its ends and with single blanks inside. */
static const char *squeezed(struct pool *pool, const char *from, const char *to)
{
	struct str s = { 0 };
	bool quoted = false;
	for (const char *p = from; p < to; p++) {
		quoted ^= *p == '"';
		while (p < to && *p == '#' && !quoted)
			p = memchr(p, '\n', (size_t)(to - p)) ? memchr(p, '\n', (size_t)(to - p)) : to;
		if (p == to)
			break;
		const bool blank = *p == ' ' || *p == '\t' || *p == '\n' || *p == '\r';
		if (!blank)
			str_addc(&s, *p);
		else if (s.len && s.p[s.len - 1] != ' ')
			str_addc(&s, ' ');
	}
	if (s.len && s.p[s.len - 1] == ' ')
		s.p[--s.len] = 0;
	const char *out = pool_dup(pool, str_get(&s));
	str_free(&s);
	return out;
}

/* = right-hand side */
static enum cm_status right_side(struct scan *s, struct model_def *d, struct cm_err *err)
{
	scan_blank(s);
	const char *from = s->p;
	enum cm_status st;
	if (scan_word(s, "?")) {
		d->required = true;
		d->spread.a = NAN;
	} else {
		const struct scan before = *s;
		bool found;
		st = spread_scan(s, &d->spread, &found, err);
		if (st)
			return st;
		if (found && scan_word(s, "%"))
			d->spread = spread_scale(d->spread, 0.01);
		scan_blank(s);
		if (!found || (s->p < s->end && *s->p != ':')) {
			const size_t why = before.why.len;
			const struct str kept = s->why;
			*s = before;
			s->why = kept;
			s->why.len = why;
			if (s->why.p)
				s->why.p[why] = 0;
			st = scan_expr(s, &d->expr, err);
			if (st)
				return st;
		}
	}
	d->text = squeezed(s->pool, from, s->p);
	return CM_OK;
}

/* : unit "label" # why */
static enum cm_status unit_and_label(struct scan *s, struct model_def *d, struct cm_err *err)
{
	if (!scan_word(s, ":"))
		return scan_fail(s, err, "an operator or ': UNIT'");
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t'))
		s->p++;
	d->unit_pos = scan_pos(s);
	const char *from = s->p;
	while (s->p < s->end && *s->p != '"' && *s->p != '#' && *s->p != '\n')
		s->p++;
	d->unit = squeezed(s->pool, from, s->p);
	if (!*d->unit)
		return scan_fail(s, err, "a unit (1 for a plain number)");
	scan_blank(s);
	d->label = d->name;
	if (s->p < s->end && *s->p == '"') {
		from = ++s->p;
		while (s->p < s->end && *s->p != '"' && *s->p != '\n')
			s->p++;
		if (s->p == s->end || *s->p != '"')
			return scan_fail(s, err, "'\"' at the end of the label");
		d->label = squeezed(s->pool, from, s->p);
		s->p++;
	}
	scan_blank(s);
	return s->p == s->end ? CM_OK : scan_fail(s, err, "the end of the line or '# why'");
}

static enum cm_status include(struct scan *s, bool ours, unsigned depth, struct model_source *out,
			      struct cm_err *err)
{
	scan_blank(s);
	const struct model_pos pos = scan_pos(s);
	const char *from = s->p < s->end && *s->p == '"' ? ++s->p : NULL;
	while (from && s->p < s->end && *s->p != '"')
		s->p++;
	if (!from || s->p == s->end)
		return scan_fail(s, err, "include \"FILE\"");
	if (!ours || memchr(from, '/', (size_t)(s->p - from)))
		return cm_fail_at(err, CM_EINPUT, pos.file, pos.line, pos.col,
				  "include is for the files of reports/model, by their plain names");
	if (depth == INCLUDE_MAX)
		return cm_fail_at(err, CM_EINPUT, pos.file, pos.line, pos.col,
				  "files include each other more than %d deep", INCLUDE_MAX);
	const char *slash = strrchr(pos.file, '/');
	const char *path = pool_printf(&out->pool, "%.*s%.*s",
				       slash ? (int)(slash - pos.file + 1) : 0, pos.file,
				       (int)(s->p - from), from);
	return read_file(path, ours, depth + 1, out, err);
}

static bool is_reserved(const char *name)
{
	return strcmp(name, "month") == 0 || strcmp(name, "months") == 0;
}

static enum cm_status add_func(struct scan *s, struct model_func *f, struct model_source *out,
			       struct cm_err *err)
{
	if (func_is_built_in(f->name))
		return cm_fail_at(err, CM_EINPUT, f->pos.file, f->pos.line, f->pos.col,
				  "'%s' is the language's own: choose another name", f->name);
	for (size_t i = 0; i < out->funcs; i++)
		if (strcmp(out->func[i]->name, f->name) == 0)
			return cm_fail_at(err, CM_EINPUT, f->pos.file, f->pos.line, f->pos.col,
					  "'%s()' is defined twice, first at %s:%zu", f->name,
					  out->func[i]->pos.file, out->func[i]->pos.line);
	f->why = pool_dup(s->pool, str_get(&s->why));
	CM_PUSH(out->func, out->funcs, out->funcs_cap);
	out->func[out->funcs++] = f;
	return CM_OK;
}

/* NAME(A, B) = EXPRESSION: the name is read, the cursor stands after '('. */
static enum cm_status function(struct scan *s, const char *name, struct model_pos pos, bool ours,
			       struct model_source *out, struct cm_err *err)
{
	struct model_func *f = pool_alloc(s->pool, sizeof *f);
	*f = (struct model_func){ .name = name, .pos = pos, .shipped = ours };
	while (!scan_word(s, ")")) {
		if (f->params && !scan_word(s, ","))
			return scan_fail(s, err, "',' or ')'");
		scan_blank(s);
		const struct model_pos at = scan_pos(s);
		const char *param = scan_name(s, false);
		if (!param || f->params == CM_COUNT(f->param))
			return scan_fail(s, err, param ? "at most 16 values" : "the name of a value");
		bool twice = is_reserved(param);
		for (size_t i = 0; i < f->params; i++)
			twice |= strcmp(f->param[i], param) == 0;
		if (twice)
			return cm_fail_at(err, CM_EINPUT, at.file, at.line, at.col, is_reserved(param)
					  ? "'%s' is the language's own: choose another name"
					  : "'%s' stands twice among the function's values", param);
		f->param[f->params++] = param;
	}
	if (!scan_word(s, "="))
		return scan_fail(s, err, "'=' after the function's values");
	scan_blank(s);
	const char *from = s->p;
	const enum cm_status st = scan_expr(s, &f->body, err);
	if (st)
		return st;
	f->text = squeezed(s->pool, from, s->p);
	scan_blank(s);
	return s->p == s->end ? add_func(s, f, out, err)
			      : scan_fail(s, err, "the end of the line: a function has no unit, its "
						  "values have");
}

static enum cm_status statement(struct scan *s, bool ours, unsigned depth,
				struct model_source *out, struct cm_err *err)
{
	scan_blank(s);
	if (s->p == s->end)
		return CM_OK;
	struct model_def *d = pool_alloc(s->pool, sizeof *d);
	d->basis = CM_ASSUMED;
	d->ours = ours;
	d->pos = scan_pos(s);
	d->name = scan_name(s, false);
	if (!d->name)
		return scan_fail(s, err, "'NAME = EXPRESSION : UNIT'");
	scan_blank(s);
	if (strcmp(d->name, "include") == 0 && s->p < s->end && *s->p != '=')
		return include(s, ours, depth, out, err);
	for (size_t i = 0; i < CM_COUNT(roles); i++)
		if (strcmp(d->name, roles[i].word) == 0 && s->p < s->end && *s->p != '=') {
			d->role = roles[i].role;
			if (d->role == ROLE_FIXED)
				d->basis = CM_DERIVED; /* a convention or a choice is exact */
			d->pos = scan_pos(s);
			d->name = scan_name(s, false);
			if (!d->name)
				return scan_fail(s, err, "a name");
			break;
		}
	if (d->role == ROLE_PLAIN && scan_word(s, "("))
		return function(s, d->name, d->pos, ours, out, err);
	if (!scan_word(s, "="))
		return scan_fail(s, err, "'=' after the name");
	if (is_reserved(d->name))
		return cm_fail_at(err, CM_EINPUT, d->pos.file, d->pos.line, d->pos.col,
				  "'%s' is the language's own: choose another name", d->name);
	enum cm_status st = right_side(s, d, err);
	if (!st)
		st = unit_and_label(s, d, err);
	if (st)
		return st;
	d->why = pool_dup(s->pool, str_get(&s->why));
	const struct model_def *twice = model_source_find(out, d->name);
	if (twice && strcmp(twice->pos.file, d->pos.file) != 0) { /* of an included file: replaced */
		for (size_t i = 0; i < out->defs; i++)
			if (out->def[i] == twice)
				out->def[i] = d;
		return CM_OK;
	}
	if (twice)
		return cm_fail_at(err, CM_EINPUT, d->pos.file, d->pos.line, d->pos.col,
				  "'%s' is defined twice, first at %s:%zu", d->name,
				  twice->pos.file, twice->pos.line);
	if (out->defs == LINES_MAX)
		return cm_fail_at(err, CM_EINPUT, d->pos.file, d->pos.line, d->pos.col,
				  "more than %d lines in one model", LINES_MAX);
	CM_PUSH(out->def, out->defs, out->cap);
	out->def[out->defs++] = d;
	return CM_OK;
}

static enum cm_status parse_text(const char *text, size_t len, struct model_pos at, bool ours,
				 unsigned depth, struct model_source *out, struct cm_err *err)
{
	const char *p = text, *end = text + len;
	at.file = pool_dup(&out->pool, at.file);
	if (memchr(text, 0, len))
		return cm_fail_at(err, CM_EINPUT, at.file, at.line, 0,
				  "the text holds a NUL byte: not a model");
	while (p < end) {
		const char *stop = statement_end(p, end);
		struct scan s = { .p = p, .end = stop, .line_start = p, .at = at,
				  .pool = &out->pool };
		const enum cm_status st = statement(&s, ours, depth, out, err);
		str_free(&s.why);
		if (st)
			return st;
		for (; p < stop; p++)
			at.line += *p == '\n';
		if (p < end) { /* the line end itself */
			p++;
			at.line++;
		}
	}
	return CM_OK;
}

enum cm_status model_parse(const char *text, size_t len, struct model_pos at, bool ours,
			   struct model_source *out, struct cm_err *err)
{
	return parse_text(text, len, at, ours, 0, out, err);
}

static enum cm_status read_file(const char *path, bool ours, unsigned depth,
				struct model_source *out, struct cm_err *err)
{
	struct str text = { 0 };
	enum cm_status st = file_read(path, 1 << 20, &text, err);
	if (!st)
		st = parse_text(str_get(&text), text.len, (struct model_pos){ path, 1, 0 }, ours,
				depth, out, err);
	str_free(&text);
	return st;
}

enum cm_status model_read(const char *path, bool ours, struct model_source *out,
			  struct cm_err *err)
{
	return read_file(path, ours, 0, out, err);
}
