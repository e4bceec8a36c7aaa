/* Reads a price source to its end, for tests: all rows with texts of their own, refusals and
 * unknown columns. */
#ifndef TEST_PRICE_ROWS_H
#define TEST_PRICE_ROWS_H

#include <stdlib.h>
#include <string.h>

#include "base/money.h"
#include "base/str.h"
#include "base/stream.h"
#include "engine/registry.h"

struct price_rows {
	struct pool pool;
	struct price_row *row;
	size_t n, cap;
	struct price_refusal *refusal;
	size_t refusals;
	const char **unknown;
	size_t unknowns;
	enum cm_status st; /* CM_END when the source was read whole */
	struct cm_err err;
};

static inline const struct price_source *price_source_named(const char *name)
{
	for (size_t i = 0; registry_price_sources[i]; i++)
		if (strcmp(registry_price_sources[i]->name, name) == 0)
			return registry_price_sources[i];
	return NULL;
}

static inline void price_rows_of(const char *source, struct stream *in, const char *name,
	struct price_rows *out)
{
	const struct price_source *s = price_source_named(source);
	const struct price_from from = { in, name, "", "2026-11-25" };
	struct price_ctx *ctx = NULL;
	struct price_row r;
	const struct price_refusal *refusal;
	const char *const *unknown;

	*out = (struct price_rows){ .st = CM_EINTERNAL };
	if (!s)
		return;
	out->st = s->open(&from, &ctx, &out->err);
	while (out->st == CM_OK && (out->st = s->next(ctx, &r, &out->err)) == CM_OK) {
		CM_PUSH(out->row, out->n, out->cap);
#define X(member, column) r.member = *r.member ? pool_dup(&out->pool, r.member) : "";
		CM_PRICE_COLUMNS(X)
#undef X
		out->row[out->n++] = r;
	}
	if (!ctx)
		return;
	out->refusals = s->refused(ctx, &refusal);
	out->refusal = cm_alloc((out->refusals + 1) * sizeof *out->refusal);
	for (size_t i = 0; i < out->refusals; i++)
		out->refusal[i] = (struct price_refusal){ pool_dup(&out->pool, refusal[i].reason),
			refusal[i].rows,
							  pool_dup(&out->pool, refusal[i].first) };
	out->unknowns = s->unknown(ctx, &unknown);
	out->unknown = cm_alloc((out->unknowns + 1) * sizeof *out->unknown);
	for (size_t i = 0; i < out->unknowns; i++)
		out->unknown[i] = pool_dup(&out->pool, unknown[i]);
	s->close(ctx);
}

static inline void price_rows_text(const char *source, const char *text, size_t n, struct price_rows *out)
{
	struct stream *in = NULL;
	if (stream_memory(text, n, "t", &in, &out->err) == CM_OK)
		price_rows_of(source, in, "t", out);
	stream_close(in);
}

static inline void price_rows_free(struct price_rows *p)
{
	pool_free(&p->pool);
	free(p->row);
	free(p->refusal);
	free(p->unknown);
}

static inline uint64_t price_rows_refused(const struct price_rows *p, const char *part_of_reason)
{
	uint64_t n = 0;
	for (size_t i = 0; i < p->refusals; i++)
		if (strstr(p->refusal[i].reason, part_of_reason))
			n += p->refusal[i].rows;
	return n;
}

static inline const char *price_rows_member(const struct price_row *r, const char *name, size_t n)
{
#define X(member, column)                                                                          \
	if (strlen(#member) == n && strncmp(#member, name, n) == 0)                                \
		return r->member;
	CM_PRICE_COLUMNS(X)
#undef X
	return NULL;
}

/* "line=3;price=~2.5;…": every named member is that text; after ~ the same number. */
static inline bool price_rows_match(const struct price_row *r, const char *spec)
{
	for (const char *s = spec; *s;) {
		const size_t key = strcspn(s, "="), len = strcspn(s, ";");
		const char *have = price_rows_member(r, s, key), *want = s + key + 1;
		const size_t n = len - key - 1;
		if (!have)
			return false;
		if (n && *want == '~') {
			char *number = cm_strndup(want + 1, n - 1);
			const bool same = money_compare(number, have) == 0;
			free(number);
			if (!same)
				return false;
		} else if (strlen(have) != n || strncmp(have, want, n) != 0) {
			return false;
		}
		s += len + (s[len] == ';');
	}
	return true;
}

static inline size_t price_rows_matching(const struct price_rows *p, const char *spec)
{
	size_t n = 0;
	for (size_t i = 0; i < p->n; i++)
		n += price_rows_match(&p->row[i], spec);
	return n;
}

#endif
