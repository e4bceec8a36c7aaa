/*
 * Which input's uncertainty makes the answer uncertain: first-order and total indices of Sobol. Two
 * independent sets of draws, A and B, and for each input a third that is A with that input's column
 * from B: first order by Saltelli et al. 2010 (Comput. Phys. Commun. 181, Table 2 (b)), total by Jansen
 * 1999 (Comput. Phys. Commun. 117). Standard errors are those of the means of their terms.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decide/tco_sample.h"
#include "model/sample.h"

#define DRAWS 4096   /* of each set, at most; a fifth of the draws of the options */
#define DRAWS_LEAST 256
#define INPUTS 20    /* those that move the quantity most, one at a time */

struct question { /* NPV of one option, or by how much the next costs more */
	struct tco *t;
	uint32_t line[2];
	size_t lines, n;
	double *out[2];
	uint8_t *stream;         /* [inputs] */
	const uint32_t *input; size_t inputs;
};

struct widest { size_t swing; double width; };

static int widest_first(const void *a, const void *b)
{
	const struct widest *x = a, *y = b;
	if (x->width != y->width)
		return x->width > y->width ? -1 : 1;
	return x->swing < y->swing ? -1 : x->swing > y->swing;
}

/* By how much a swing moves an option's NPV, with its sign. */
static double moves(const struct swing *s, size_t option)
{
	for (size_t i = 0; i < s->options; i++)
		if (s->option[i] == option)
			return s->high[i].npv - s->low[i].npv;
	return 0;
}

static size_t pick(const struct tco *t, size_t lines, struct widest *out)
{
	size_t n = 0;
	for (size_t i = 0; i < t->swings; i++) {
		const struct swing *s = &t->swing[i];
		bool own = false, other = false;
		for (size_t k = 0; k < s->options; k++) {
			own |= s->option[k] == t->rank[0];
			other |= lines > 1 && s->option[k] == t->rank[1];
		}
		if (!s->own_range || (!own && !other))
			continue;
		const double w = (lines > 1 ? moves(s, t->rank[1]) : 0) - moves(s, t->rank[0]);
		out[n++] = (struct widest){ i, isfinite(w) ? fabs(w) : INFINITY };
	}
	if (n)
		qsort(out, n, sizeof *out, widest_first);
	return n < INPUTS ? n : INPUTS;
}

static enum cm_status evaluate(struct question *q, double *f, struct cm_err *err)
{
	const struct sample_spec spec = { .seed = q->t->s->seed, .n = q->n, .stream = q->stream };
	const enum cm_status st = model_sample(q->t->s->model, q->line, q->lines, &spec, q->out, err);
	for (size_t i = 0; !st && i < q->n; i++)
		f[i] = q->lines > 1 ? q->out[1][i] - q->out[0][i] : q->out[0][i];
	return st;
}

/* Mean of n terms and its standard error; what is not finite is left out. */
static void mean_of(const double *v, size_t n, double *mean, double *se)
{
	double sum = 0, squares = 0, m = 0;
	for (size_t i = 0; i < n; i++)
		if (isfinite(v[i])) {
			sum += v[i];
			m++;
		}
	*mean = m > 0 ? sum / m : NAN;
	for (size_t i = 0; i < n; i++)
		if (isfinite(v[i]))
			squares += (v[i] - *mean) * (v[i] - *mean);
	*se = m > 1 ? sqrt(squares / (m - 1) / m) : NAN;
}

struct sets { double *a, *b, *ab, *term; double mean, variance; };

static void spread(struct sets *s, size_t n)
{
	double unused;
	memcpy(s->term, s->a, n * sizeof *s->term);
	memcpy(s->term + n, s->b, n * sizeof *s->term);
	mean_of(s->term, 2 * n, &s->mean, &unused);
	for (size_t i = 0; i < 2 * n; i++)
		s->term[i] = (s->term[i] - s->mean) * (s->term[i] - s->mean);
	mean_of(s->term, 2 * n, &s->variance, &unused);
}

static enum cm_status index_of(struct question *q, struct sets *s, size_t swing,
			       struct sobol_index *out, struct cm_err *err)
{
	struct tco *t = q->t;
	const struct model_line *line;
	const struct model_scope *scope;
	model_lines(t->s->model, &line);
	model_scopes(t->s->model, &scope);
	const struct model_line *l = &line[t->swing[swing].line];
	for (size_t i = 0; i < q->inputs; i++)
		q->stream[i] = q->input[i] == t->swing[swing].line;
	const enum cm_status st = evaluate(q, s->ab, err);
	if (st)
		return st;
	*out = (struct sobol_index){ .option = scope[l->scope].name, .input = l->def->name,
				     .label = l->def->label };
	for (size_t i = 0; i < q->n; i++)
		s->term[i] = (s->b[i] - s->mean) * (s->ab[i] - s->a[i]) / s->variance;
	mean_of(s->term, q->n, &out->first, &out->first_se);
	for (size_t i = 0; i < q->n; i++)
		s->term[i] = (s->a[i] - s->ab[i]) * (s->a[i] - s->ab[i]) / (2 * s->variance);
	mean_of(s->term, q->n, &out->total, &out->total_se);
	return CM_OK;
}

static int greatest_first(const void *a, const void *b)
{
	const struct sobol_index *x = a, *y = b;
	return x->total > y->total ? -1 : x->total < y->total;
}

static enum cm_status indices(struct question *q, struct sets *s, const struct widest *order, size_t n,
			      struct uncertainty *u, struct cm_err *err)
{
	memset(q->stream, 0, q->inputs);
	enum cm_status st = evaluate(q, s->a, err);
	memset(q->stream, 1, q->inputs);
	if (!st)
		st = evaluate(q, s->b, err);
	if (st)
		return st;
	spread(s, q->n);
	u->sobol_variance = s->variance;
	u->sobol_samples = q->n;
	if (!(s->variance > 0))
		return CM_OK; /* nothing to share out */
	struct sobol_index *out = pool_alloc(tco_pool(q->t), (n + 1) * sizeof *out);
	for (size_t i = 0; !st && i < n; i++)
		st = index_of(q, s, order[i].swing, &out[i], err);
	if (st)
		return st;
	if (n)
		qsort(out, n, sizeof *out, greatest_first);
	u->sobol = out;
	u->nsobol = n;
	return CM_OK;
}

enum cm_status tco_sobol(struct tco *t, struct uncertainty *u, struct cm_err *err)
{
	struct question q = { .t = t, .lines = t->ranked > 1 ? 2 : 1,
			      .n = u->samples / 5 };
	q.n = q.n > DRAWS ? DRAWS : q.n < DRAWS_LEAST ? DRAWS_LEAST : q.n;
	q.inputs = model_inputs(t->s->model, &q.input);
	q.stream = cm_alloc(q.inputs + 1);
	double *room = cm_alloc((7 * q.n + 1) * sizeof *room);
	struct sets s = { .a = room, .b = room + q.n, .ab = room + 2 * q.n, .term = room + 3 * q.n };
	for (size_t i = 0; i < q.lines; i++) {
		q.line[i] = t->view[t->rank[i]].npv;
		q.out[i] = room + (5 + i) * q.n;
	}
	u->sobol_of = q.lines > 1
		? pool_printf(tco_pool(t), "by how much %s costs more than %s", tco_label(t, t->rank[1]),
			      tco_label(t, t->rank[0]))
		: pool_printf(tco_pool(t), "the present value of %s", tco_label(t, t->rank[0]));
	struct widest *order = cm_alloc((t->swings + 1) * sizeof *order);
	const enum cm_status st = indices(&q, &s, order, pick(t, q.lines, order), u, err);
	free(order);
	free(room);
	free(q.stream);
	return st;
}
