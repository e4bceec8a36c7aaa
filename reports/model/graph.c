/* The graph's container: scopes, lines, symbols and memo tables. What a line means is build.c's. */
#include "model/graph.h"

#include <stdlib.h>
#include <string.h>

static uint64_t mix(uint64_t h)
{
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93u;
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93u;
	return h ^ (h >> 32);
}

static struct memo_slot *memo_slot(struct memo_slot *slot, size_t cap, uintptr_t a, uintptr_t b,
				   uint32_t k)
{
	size_t i = (size_t)mix(a + mix(b + mix(k))) & (cap - 1);
	while (slot[i].used && !(slot[i].a == a && slot[i].b == b && slot[i].k == k))
		i = (i + 1) & (cap - 1);
	return &slot[i];
}

struct memo_slot *memo_at(struct memo *m, uintptr_t a, uintptr_t b, uint32_t k, bool *fresh)
{
	if (2 * (m->n + 1) > m->cap) {
		const size_t cap = m->cap ? 2 * m->cap : 64;
		struct memo_slot *slot = cm_alloc(cap * sizeof *slot);
		for (size_t i = 0; i < m->cap; i++)
			if (m->slot[i].used)
				*memo_slot(slot, cap, m->slot[i].a, m->slot[i].b, m->slot[i].k) =
					m->slot[i];
		free(m->slot);
		m->slot = slot;
		m->cap = cap;
	}
	struct memo_slot *s = memo_slot(m->slot, m->cap, a, b, k);
	*fresh = !s->used;
	if (*fresh) {
		*s = (struct memo_slot){ .a = a, .b = b, .k = k, .used = true };
		m->n++;
	}
	return s;
}

const struct memo_slot *memo_find(const struct memo *m, uintptr_t a, uintptr_t b, uint32_t k)
{
	if (m->cap == 0)
		return NULL;
	const struct memo_slot *s = memo_slot(m->slot, m->cap, a, b, k);
	return s->used ? s : NULL;
}

void memo_free(struct memo *m)
{
	free(m->slot);
	*m = (struct memo){ 0 };
}

static uint64_t text_hash(const char *s)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */
	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3u;
	return mix(h);
}

uint32_t model_symbol(struct model *m, const char *name, bool make)
{
	if (make && 2 * (m->sym.n + 1) > m->sym.slots) {
		const size_t slots = m->sym.slots ? 2 * m->sym.slots : 256;
		uint32_t *slot = cm_alloc(slots * sizeof *slot);
		for (uint32_t i = 0; i < m->sym.n; i++) {
			size_t at = (size_t)text_hash(m->sym.name[i]) & (slots - 1);
			while (slot[at])
				at = (at + 1) & (slots - 1);
			slot[at] = i + 1;
		}
		free(m->sym.slot);
		m->sym.slot = slot;
		m->sym.slots = slots;
	}
	if (m->sym.slots == 0)
		return MODEL_NONE;
	size_t at = (size_t)text_hash(name) & (m->sym.slots - 1);
	for (; m->sym.slot[at]; at = (at + 1) & (m->sym.slots - 1))
		if (strcmp(m->sym.name[m->sym.slot[at] - 1], name) == 0)
			return m->sym.slot[at] - 1;
	if (!make)
		return MODEL_NONE;
	CM_PUSH(m->sym.name, m->sym.n, m->sym.cap);
	m->sym.name[m->sym.n++] = pool_dup(&m->pool, name);
	m->sym.slot[at] = (uint32_t)m->sym.n;
	return (uint32_t)m->sym.n - 1;
}

struct model *model_new(const struct model_settings *settings)
{
	struct model *m = cm_alloc(sizeof *m);
	m->set = *settings;
	m->set.currency = pool_dup(&m->pool, settings->currency);
	if (settings->work)
		m->set.work = pool_dup(&m->pool, settings->work);
	model_scope_add(m, "");
	return m;
}

void model_free(struct model *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->scopes; i++)
		free(m->scope[i].line);
	struct memo *const memo[] = { &m->names, &m->shared, &m->units, &m->products, &m->factors };
	for (size_t i = 0; i < CM_COUNT(memo); i++)
		memo_free(memo[i]);
	model_source_free(&m->shipped);
	free(m->func);
	free(m->scope);
	free(m->line);
	free(m->node);
	free(m->input);
	free(m->later);
	free(m->sym.name);
	free(m->sym.slot);
	pool_free(&m->pool);
	free(m);
}

uint32_t model_scope_add(struct model *m, const char *name)
{
	CM_PUSH(m->scope, m->scopes, m->scopes_cap);
	m->scope[m->scopes] = (struct model_scope){ .name = pool_dup(&m->pool, name) };
	bool fresh;
	if (*name) /* (MODEL_NONE, symbol) is the scope of that name */
		memo_at(&m->names, MODEL_NONE, model_symbol(m, name, true), 0, &fresh)->u =
			(uint32_t)m->scopes;
	return (uint32_t)m->scopes++;
}

void model_add(struct model *m, uint32_t scope, const struct model_def *def)
{
	bool fresh;
	struct memo_slot *name = memo_at(&m->names, scope, model_symbol(m, def->name, true), 0,
					 &fresh);
	if (!fresh)
		return;
	const bool input = !def->expr;
	if (input) {
		struct memo_slot *same = memo_at(&m->shared, (uintptr_t)def, 0, 0, &fresh);
		if (fresh)
			same->u = (uint32_t)m->lines;
		name->u = same->u;
	} else {
		name->u = (uint32_t)m->lines;
	}
	if (!input || fresh) {
		CM_PUSH(m->line, m->lines, m->lines_cap);
		m->line[m->lines++] = (struct model_line){
			.def = def, .scope = input && def->ours ? 0 : scope, .node = MODEL_NONE };
	}
	struct model_scope *s = &m->scope[scope];
	CM_PUSH(s->line, s->lines, s->cap);
	s->line[s->lines++] = name->u;
}

uint32_t model_scope_find(const struct model *m, const char *name, size_t len)
{
	char *option = cm_strndup(name, len);
	const uint32_t sym = model_symbol((struct model *)(uintptr_t)m, option, false);
	free(option);
	const struct memo_slot *s = sym == MODEL_NONE
		? NULL : memo_find(&m->names, MODEL_NONE, sym, 0);
	return s ? s->u : MODEL_NONE;
}

uint32_t model_find(const struct model *m, uint32_t scope, const char *name)
{
	const char *dot = strchr(name, '.');
	if (dot) {
		const uint32_t other = model_scope_find(m, name, (size_t)(dot - name));
		return other == MODEL_NONE ? MODEL_NONE : model_find(m, other, dot + 1);
	}
	const uint32_t sym = model_symbol((struct model *)(uintptr_t)m, name, false);
	if (sym == MODEL_NONE)
		return MODEL_NONE;
	const struct memo_slot *s = memo_find(&m->names, scope, sym, 0);
	if (!s && scope)
		s = memo_find(&m->names, 0, sym, 0);
	return s ? s->u : MODEL_NONE;
}

size_t model_names(const struct model *m, uint32_t scope, const char ***out)
{
	const struct model_scope *own = &m->scope[scope], *all = &m->scope[0];
	const char **name = cm_alloc((own->lines + all->lines + 1) * sizeof *name);
	size_t n = 0;
	for (size_t i = 0; i < own->lines; i++)
		name[n++] = m->line[own->line[i]].def->name;
	for (size_t i = 0; scope && i < all->lines; i++)
		name[n++] = m->line[all->line[i]].def->name;
	*out = name;
	return n;
}

unsigned model_months(const struct model *m) { return m->set.months; }
size_t model_values(const struct model *m) { return m->values; }

size_t model_lines(const struct model *m, const struct model_line **out)
{
	*out = m->line;
	return m->lines;
}

size_t model_scopes(const struct model *m, const struct model_scope **out)
{
	*out = m->scope;
	return m->scopes;
}

size_t model_nodes(const struct model *m, const struct model_node **out)
{
	*out = m->node;
	return m->nodes;
}

size_t model_inputs(const struct model *m, const uint32_t **out)
{
	*out = m->input;
	return m->inputs;
}
