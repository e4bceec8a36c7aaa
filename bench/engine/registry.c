/*
 * Looks things up in the generated registry and checks every descriptor once, by its kind, so that a
 * plug-in that lacks a required entry is named at start instead of crashing later.
 */
#include "engine/registry.h"

#include <string.h>

#define FIND(list, wanted)                                                                         \
	do {                                                                                       \
		for (size_t i = 0; (list)[i]; i++)                                                 \
			if (!strcmp((list)[i]->name, (wanted)))                                    \
				return (list)[i];                                                  \
		return NULL;                                                                       \
	} while (0)

const struct kernel *registry_kernel(const char *name)
{
	FIND(registry_kernels, name);
}

const struct backend *registry_backend(const char *name)
{
	FIND(registry_backends, name);
}

const struct tuned *registry_tuned_by(const char *name)
{
	FIND(registry_tuned, name);
}

const struct format *registry_format(const char *suffix_or_name)
{
	const char *word = suffix_or_name + (*suffix_or_name == '.');

	for (size_t i = 0; registry_formats[i]; i++) {
		const struct format *f = registry_formats[i];
		if (cm_ieq(f->suffix + (*f->suffix == '.'), word) || !strcmp(f->name, word))
			return f;
	}
	return NULL;
}

char *registry_device_text_dup(const struct kernel *k)
{
	for (const struct kernel_text *t = registry_kernel_texts; t->name; t++)
		if (!strcmp(t->name, k->name))
			return cm_printf_dup("%s\n#line 1 \"kernels/%s.c\"\n%s", registry_prelude,
					     k->name, t->text);
	return NULL;
}

const struct embedded_file *cm_embedded(const char *name)
{
	for (const struct embedded_file *f = registry_files; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

static enum cm_status off(const char *kind, const char *name, struct cm_err *err)
{
	return cm_fail(err, CM_EINTERNAL, "%s '%s': wrong ABI number or a required entry is missing",
		       kind, name ? name : "?");
}

enum cm_status registry_check(struct cm_err *err)
{
	for (size_t i = 0; registry_kernels[i]; i++) {
		const struct kernel *k = registry_kernels[i];
		if (k->abi != CM_KERNEL_ABI || !k->name || !k->group || !k->desc || !k->types ||
		    !k->sizes || !k->plan || !k->fill || !k->verify)
			return off("kernel", k->name, err);
	}
	for (size_t i = 0; registry_backends[i]; i++) {
		const struct backend *b = registry_backends[i];
		if (b->abi != CM_BACKEND_ABI || !b->name || !b->open || !b->close || !b->count ||
		    !b->describe || !b->build || !b->host || !b->upload || !b->launch ||
		    !b->download || !b->release)
			return off("backend", b->name, err);
	}
	for (size_t i = 0; registry_tuned[i]; i++) {
		const struct tuned *t = registry_tuned[i];
		if (t->abi != CM_BACKEND_ABI || !t->name || !t->backend || !t->kernels || !t->open ||
		    !t->close || !t->build || !t->host || !t->upload || !t->launch ||
		    !t->download || !t->release)
			return off("tuned library", t->name, err);
	}
	for (size_t i = 0; registry_meters[i]; i++) {
		const struct meter *m = registry_meters[i];
		if (m->abi != CM_METER_ABI || !m->name || !m->open || !m->close || !m->channels || !m->read)
			return off("meter", m->name, err);
	}
	for (size_t i = 0; registry_price_sources[i]; i++) {
		const struct price_source *p = registry_price_sources[i];
		if (p->abi != CM_PRICE_ABI || !p->name || !p->desc || !p->provider || !p->open ||
		    !p->next || !p->close)
			return off("price source", p->name, err);
	}
	for (size_t i = 0; registry_result_formats[i]; i++) {
		const struct result_format *f = registry_result_formats[i];
		if (f->abi != CM_PUBLISHED_ABI || !f->name || !f->desc || !f->family || !f->knows || !f->read)
			return off("format of results", f->name, err);
	}
	for (size_t i = 0; registry_price_fetches[i]; i++) {
		const struct price_fetch *p = registry_price_fetches[i];
		if (p->abi != CM_PRICE_ABI || !p->source || !p->desc || !p->base || !p->first ||
		    !p->part != !p->parts || !p->key != !p->key_from)
			return off("fetch plan", p->source, err);
	}
	for (size_t i = 0; registry_sections[i]; i++) {
		const struct section *s = registry_sections[i];
		if (s->abi != CM_REPORT_ABI || !s->name || !s->title || !s->emit)
			return off("section", s->name, err);
	}
	for (size_t i = 0; registry_formats[i]; i++) {
		const struct format *f = registry_formats[i];
		if (f->abi != CM_REPORT_ABI || !f->name || !f->suffix || !f->begin || !f->block || !f->end)
			return off("format", f->name, err);
	}
	return CM_OK;
}
