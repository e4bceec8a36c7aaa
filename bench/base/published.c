/* What readers of published results share (see api/published.h). Knows no format. */
#include "api/published.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct published_row *published_add(struct published_list *l, const struct published_from *from)
{
	struct published_row *r;

	CM_PUSH(l->row, l->n, l->cap);
	r = &l->row[l->n++];
#define X(member, column) r->member = "";
	CM_PUBLISHED_COLUMNS(X)
#undef X
	r->number = NAN;
	r->file = published_keep(l, from->path);
	r->url = published_keep(l, from->address);
	r->retrieved = published_keep(l, from->retrieved);
	r->device_text = published_keep(l, from->device);
	r->accelerators = published_keep(l, from->devices);
	r->scope = "system";
	return r;
}

const char *published_keep(struct published_list *l, const char *text)
{
	return text && *text ? pool_dup(&l->pool, text) : "";
}

const char *published_digits(struct published_list *l, double v)
{
	char text[40];

	if (!isfinite(v))
		return "";
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	return pool_dup(&l->pool, text);
}

void published_value(struct published_list *l, struct published_row *r, double v, const char *unit,
		     const char *better)
{
	r->number = v;
	r->value = published_digits(l, v);
	r->unit = published_keep(l, unit);
	r->better = better;
}

void published_refuse(struct published_list *l, const char *file, const char *line,
		      const char *reason)
{
	struct published_refusal *f;

	for (size_t i = 0; i < l->nrefused; i++)
		if (!strcmp(l->refused[i].reason, reason)) {
			l->refused[i].rows++;
			return;
		}
	CM_PUSH(l->refused, l->nrefused, l->refused_cap);
	f = &l->refused[l->nrefused++];
	*f = (struct published_refusal){ pool_dup(&l->pool, reason), 1,
					 pool_printf(&l->pool, *line ? "%s:%s" : "%s", file, line) };
}

void published_unknown(struct published_list *l, const char *name)
{
	for (size_t i = 0; i < l->nunknown; i++)
		if (!strcmp(l->unknown[i], name))
			return;
	CM_PUSH(l->unknown, l->nunknown, l->unknown_cap);
	l->unknown[l->nunknown++] = pool_dup(&l->pool, name);
}

/* Widest first, so that a mixture reads from the least to the most compressed. */
static const struct { const char *word, *is; } precisions[] = {
	{ "fp64", "fp64" }, { "double", "fp64" }, { "fp32", "fp32" }, { "float32", "fp32" },
	{ "single", "fp32" }, { "tf32", "tf32" }, { "bf16", "bf16" }, { "bfloat16", "bf16" },
	{ "fp16", "fp16" }, { "float16", "fp16" }, { "half", "fp16" }, { "fp8", "fp8" },
	{ "mxfp8", "mxfp8" }, { "int8", "int8" }, { "uint8", "uint8" }, { "mxfp6", "mxfp6" },
	{ "nvfp4", "nvfp4" }, { "mxfp4", "mxfp4" }, { "fp4", "fp4" }, { "int4", "int4" },
	{ "uint4", "uint4" },
};

/* Which of the precisions a word is; CM_COUNT where it is none. */
static size_t which(const char *word, size_t n)
{
	size_t i = 0;

	while (i < CM_COUNT(precisions) &&
	       (strlen(precisions[i].word) != n || strncasecmp(precisions[i].word, word, n) != 0))
		i++;
	return i;
}

const char *published_precision(struct published_list *l, const char *text)
{
	bool has[CM_COUNT(precisions)] = { false };
	size_t kinds = 0, last = 0;
	struct str s = { 0 };
	const char *out;

	for (const char *p = text; *p;) {
		size_t n = 0;

		while (isalnum((unsigned char)p[n]))
			n++;
		const size_t i = n ? which(p, n) : CM_COUNT(precisions);
		/* The name of a part before its colon is no precision. */
		if (i < CM_COUNT(precisions) && !has[i]) {
			has[i] = true;
			kinds++;
			last = i;
		}
		p += n ? n : 1;
	}
	if (kinds < 2)
		return kinds ? precisions[last].is : "";
	str_add(&s, "mixed: ");
	for (size_t i = 0, shown = 0; i < CM_COUNT(precisions); i++)
		if (has[i])
			str_addf(&s, "%s%s", shown++ ? ", " : "", precisions[i].is);
	out = pool_dup(&l->pool, str_get(&s));
	str_free(&s);
	return out;
}

void published_free(struct published_list *l)
{
	free(l->row);
	free(l->refused);
	free(l->unknown);
	pool_free(&l->pool);
	*l = (struct published_list){ .row = NULL };
}
