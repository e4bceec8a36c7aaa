/*
 * Making the plan (see plan.h). Launches go in rounds: each round holds every cell once, in an order of
 * its own drawn by the seed, so that a slow minute of the machine falls on all rows alike.
 */
#include "engine/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/rng.h"
#include "engine/registry.h"

static const struct suite {
	unsigned launches;
	double budget_s;
} suites[CM_SUITE_NR] = {
	[CM_QUICK] = { 3, 60 }, [CM_STANDARD] = { 5, 600 }, [CM_FULL] = { 9, 3600 },
};

#define SMALL_MEMORY ((size_t)80 << 20) /* of a small plan's rows, each: a product of order 1024 fits */
#define SMALL_PLATEAU ((size_t)4 << 20)

static bool listed(const char *const *list, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(list[i], word))
			return true;
	return !n;
}

static bool wants_kernel(const struct run_spec *s, const struct kernel *k)
{
	return listed(s->kernels, s->nkernels, k->name) || listed(s->kernels, s->nkernels, k->group);
}

static bool wants_device(const struct run_spec *s, const struct seen_device *d)
{
	if (!listed(s->backends, s->nbackends, d->backend->name))
		return false;
	for (size_t i = 0; i < s->ndevices; i++)
		if (strcasestr(d->info.name, s->devices[i]))
			return true;
	return !s->ndevices;
}

/* A device that was asked for and is not here: what is here instead. */
static enum cm_status check_devices(const struct run_spec *s, const struct discovery *seen,
				    struct cm_err *err)
{
	for (size_t i = 0; i < s->ndevices; i++) {
		const char *name[64], *near;
		struct str here = { 0 };
		size_t n = 0;
		bool hit = false;

		for (size_t k = 0; k < seen->devices; k++) {
			hit |= strcasestr(seen->device[k].info.name, s->devices[i]) != NULL;
			if (seen->device[k].st || n == CM_COUNT(name))
				continue;
			name[n++] = seen->device[k].info.name;
			str_addf(&here, "%s'%s'", here.len ? ", " : "", seen->device[k].info.name);
		}
		near = cm_nearest(s->devices[i], name, n);
		if (!hit && near)
			cm_fail(err, CM_EINPUT, "no device has '%s' in its name; did you mean '%s'?",
				s->devices[i], near);
		else if (!hit)
			cm_fail(err, CM_ABSENT, "no device has '%s' in its name; here are %s", s->devices[i],
				here.len ? str_get(&here) : "none");
		str_free(&here);
		if (!hit)
			return near ? CM_EINPUT : CM_ABSENT;
	}
	return CM_OK;
}

static enum cm_status unknown(const char *kind, const char *word, const char *const *names, size_t n,
			      struct cm_err *err)
{
	const char *near = cm_nearest(word, names, n);

	return cm_fail(err, CM_EINPUT, "there is no %s '%s'%s%s%s", kind, word,
		       near ? "; did you mean '"
			    : "; 'costmark devices' and 'costmark run --dry-run' list them",
		       near ? near : "", near ? "'?" : "");
}

static enum cm_status check_names(const struct run_spec *s, struct cm_err *err)
{
	const char *name[256];
	size_t n = 0;

	for (size_t i = 0; registry_kernels[i] && n + 2 < CM_COUNT(name); i++) {
		name[n++] = registry_kernels[i]->name;
		name[n++] = registry_kernels[i]->group;
	}
	for (size_t i = 0; i < s->nkernels; i++)
		if (!listed(name, n, s->kernels[i]))
			return unknown("kernel", s->kernels[i], name, n, err);
	n = 0;
	for (size_t i = 0; registry_backends[i] && n < CM_COUNT(name); i++)
		name[n++] = registry_backends[i]->name;
	for (size_t i = 0; i < s->nbackends; i++)
		if (!listed(name, n, s->backends[i]))
			return unknown("backend", s->backends[i], name, n, err);
	return CM_OK;
}

/* What the kernel may know of this device. A CPU's caches and memory are the host's; of other devices
 * only the memory is known, and their caches are taken to be below 256 MB. */
static struct kernel_env env_of(const struct seen_device *d, const struct kernel_env *host, bool small)
{
	struct kernel_env e = *host;

	if (d->info.cls != CM_CPU && d->info.cls != CM_NODEVICE) {
		e = (struct kernel_env){ .plateau_bytes = (size_t)256 << 20,
					 .memory_bytes = d->info.memory_bytes / 2 };
	}
	if (small) {
		e.plateau_bytes = SMALL_PLATEAU;
		if (!e.memory_bytes || e.memory_bytes > SMALL_MEMORY)
			e.memory_bytes = SMALL_MEMORY;
	}
	e.max_alloc_bytes = d->info.max_alloc_bytes;
	e.compute_units = d->info.compute_units ? d->info.compute_units : 1;
	return e;
}

struct builder {
	const struct run_spec *spec;
	struct plan *plan;
	size_t cap;
};

/* Memory is promised before it is there: what is too much would show only as a killed process. */
static enum cm_status check_memory(const struct builder *b, const struct plan_cell *c,
				   const struct kernel_plan *p, struct cm_err *err)
{
	double bytes = 0;

	for (size_t i = 0; i < p->bufs; i++)
		bytes += (double)p->buf[i].bytes;
	if (!c->env.memory_bytes || bytes <= (double)c->env.memory_bytes)
		return CM_OK;
	return cm_fail(err, b->spec->nsizes ? CM_EINPUT : CM_UNSUPPORTED,
		       "%s of %zu %s needs %.0f MiB; a run may use %zu MiB here", c->kernel->name, c->c.n,
		       c->kernel->size_unit, bytes / (1 << 20), c->env.memory_bytes >> 20);
}

static void add_cell(struct builder *b, struct plan_cell cell)
{
	struct kernel_plan try = { .c = cell.c };
	struct cm_err err = { 0 };

	if (!cell.st)
		cell.st = cell.kernel->plan(&cell.env, &try, &err);
	if (!cell.st)
		cell.st = check_memory(b, &cell, &try, &err);
	/* A backend that does no work measures the harness: a latency. Its "rates" would be nonsense. */
	if ((cell.device->backend->caps & CM_CAP_NO_WORK) && !try.wait_each)
		return;
	if (cell.st && !cell.reason)
		cell.reason = pool_dup(&b->plan->pool, err.why);
	CM_PUSH(b->plan->cell, b->plan->cells, b->cap);
	b->plan->cell[b->plan->cells++] = cell;
}

static void add_case(struct builder *b, struct plan_cell cell)
{
	const struct run_spec *s = b->spec;
	size_t sizes[CM_MAX_SIZES], n = s->nsizes;

	if (n > CM_MAX_SIZES)
		n = CM_MAX_SIZES;
	for (size_t i = 0; i < n; i++)
		sizes[i] = s->sizes[i];
	if (!n)
		n = cell.kernel->sizes(&cell.env, s->suite, cell.c.type, sizes);
	for (size_t i = 0; i < n; i++) {
		cell.c.n = sizes[i];
		add_cell(b, cell);
	}
}

static void add_kernel(struct builder *b, const struct kernel *k, const struct seen_device *d,
		       const struct seen_tuned *t, const struct kernel_env *host)
{
	struct plan_cell cell = { .kernel = k, .device = d, .tuned = t,
				  .env = env_of(d, host, b->spec->small),
				  .st = d->st, .reason = d->st ? d->reason : NULL };

	if (d->st) { /* one row a kernel says why; its sizes would only repeat it */
		cell.c.type = k->types[0];
		add_cell(b, cell);
		return;
	}
	for (size_t i = 0; k->tunables && k->tunables[i].name && i < CM_MAX_TUNABLES; i++)
		cell.c.tune[i] = k->tunables[i].values[0];
	for (const enum cm_type *ty = k->types; *ty != CM_NOTYPE; ty++) {
		cell.c.type = *ty;
		for (unsigned op = 0; !op || (k->ops && k->ops[op]); op++) {
			cell.c.op = op;
			add_case(b, cell);
		}
	}
}

static bool stands_in(const struct seen_tuned *t, const struct kernel *k, const struct seen_device *d)
{
	if (t->st || strcmp(t->tuned->backend, d->backend->name) != 0)
		return false;
	for (size_t i = 0; t->tuned->kernels[i]; i++)
		if (!strcmp(t->tuned->kernels[i], k->name))
			return true;
	return false;
}

static void add_device(struct builder *b, const struct seen_device *d, const struct discovery *seen,
		       const struct kernel_env *host)
{
	for (size_t i = 0; registry_kernels[i]; i++) {
		const struct kernel *k = registry_kernels[i];

		if (!wants_kernel(b->spec, k))
			continue;
		add_kernel(b, k, d, NULL, host);
		for (size_t t = 0; t < seen->tuneds; t++)
			if (stands_in(&seen->tuned[t], k, d))
				add_kernel(b, k, d, &seen->tuned[t], host);
	}
}

/* Room for it is there. */
static void add_round(struct plan *p, unsigned round, struct rng *r)
{
	const size_t first = p->launches;

	for (size_t i = 0; i < p->cells; i++)
		if (!p->cell[i].st)
			p->launch[p->launches++] = (struct plan_launch){ i, round, rng_next(r) | 1 };
	for (size_t left = p->launches - first; left > 1; left--) {
		const size_t i = first + left, j = first + rng_below(r, left);
		const struct plan_launch t = p->launch[i - 1];

		p->launch[i - 1] = p->launch[j];
		p->launch[j] = t;
	}
}

void plan_order(struct plan *p, uint64_t seed)
{
	struct rng r;

	rng_seed(&r, seed);
	free(p->launch);
	p->launch = cm_alloc((p->cells * p->each + 1) * sizeof *p->launch);
	p->launches = 0;
	p->seed = seed;
	for (unsigned round = 0; round < p->each; round++)
		add_round(p, round, &r);
}

void plan_more(struct plan *p)
{
	const unsigned round = p->launches ? p->launch[p->launches - 1].number + 1 : p->each;
	struct plan_launch *more = cm_alloc((p->launches + p->cells + 1) * sizeof *more);
	struct rng r;

	memcpy(more, p->launch, p->launches * sizeof *more);
	free(p->launch);
	p->launch = more;
	rng_seed(&r, p->seed ^ ((uint64_t)round << 32));
	add_round(p, round, &r);
}

static void make_hash(struct plan *p)
{
	struct str s = { 0 };

	str_addf(&s, "%u %.17g\n", p->each, p->ci);
	for (size_t i = 0; i < p->cells; i++) {
		const struct plan_cell *c = &p->cell[i];

		str_addf(&s, "%s %u %s %zu %s %s %s\n", c->kernel->name, c->c.op, cm_type_word(c->c.type),
			 c->c.n, c->device->backend->name, c->device->info.name,
			 c->tuned ? c->tuned->tuned->name : "");
	}
	hash_bytes(str_get(&s), s.len, p->hash);
	str_free(&s);
}

/* A size that no kernel takes is the user's error; one that some take is a row with its reason elsewhere. */
static enum cm_status check_sizes(const struct run_spec *s, const struct plan *p, struct cm_err *err)
{
	for (size_t i = 0; i < s->nsizes; i++) {
		const char *why = NULL;
		bool taken = false;

		for (size_t k = 0; k < p->cells; k++) {
			const struct plan_cell *c = &p->cell[k];

			taken |= c->device->st || (c->c.n == s->sizes[i] && c->st != CM_EINPUT);
			if (c->c.n == s->sizes[i] && c->st == CM_EINPUT && !why)
				why = c->reason;
		}
		if (!taken && why)
			return cm_fail(err, CM_EINPUT, "--size %zu: %s", s->sizes[i], why);
	}
	return CM_OK;
}

/* Nothing to run: because of what the machine lacks, as far as that is known. */
static enum cm_status nothing(const struct run_spec *s, const struct discovery *seen, struct cm_err *err)
{
	for (size_t i = 0; s->nbackends && i < seen->backends; i++) {
		const struct seen_backend *b = &seen->backend[i];

		if (listed(s->backends, s->nbackends, b->backend->name) && b->st)
			return cm_fail(err, CM_ABSENT, "there is nothing to measure on: %s is %s: %s",
				       b->backend->name, cm_status_word(b->st), b->reason);
	}
	return cm_fail(err, CM_ABSENT,
		       "there is nothing to measure on: no kernel asked for runs on a device asked for; "
		       "'costmark devices' says what is here and why the rest is not");
}

enum cm_status plan_make(const struct run_spec *spec, const struct discovery *seen,
			 const struct kernel_env *host, struct plan **out, struct cm_err *err)
{
	struct builder b = { .spec = spec };
	struct plan *p;
	enum cm_status st = check_names(spec, err);

	if (st || (st = check_devices(spec, seen, err)))
		return st;
	p = b.plan = cm_alloc(sizeof *p);
	for (size_t i = 0; i < seen->devices; i++)
		if (wants_device(spec, &seen->device[i]))
			add_device(&b, &seen->device[i], seen, host);
	st = p->cells ? check_sizes(spec, p, err) : nothing(spec, seen, err);
	if (st) {
		plan_free(p);
		return st;
	}
	p->firm = spec->launches > 0;
	p->each = spec->launches ? spec->launches : suites[spec->suite].launches;
	p->budget_s = spec->budget_s > 0 ? spec->budget_s : suites[spec->suite].budget_s;
	p->ci = spec->ci;
	plan_order(p, spec->seed);
	make_hash(p);
	*out = p;
	return CM_OK;
}

void plan_free(struct plan *p)
{
	if (!p)
		return;
	free(p->cell);
	free(p->launch);
	pool_free(&p->pool);
	free(p);
}

const char *plan_tunables(const struct plan_cell *c, struct pool *pool)
{
	struct str s = { 0 };
	const char *text;

	for (size_t i = 0; !c->tuned && c->kernel->tunables && c->kernel->tunables[i].name; i++)
		str_addf(&s, "%s%s=%d", i ? " " : "", c->kernel->tunables[i].name, c->c.tune[i]);
	text = pool_dup(pool, str_get(&s));
	str_free(&s);
	return text;
}
