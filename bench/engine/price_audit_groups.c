/*
 * The audit's checks of rows against their like: the same offer twice, spot above on demand, a node's price
 * in place of a device's, a price far from all others of its device. Rows meet by the hash of what they
 * must agree in; what is found is told in the order of the rows.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/price_audit_inner.h"

/* Times the median of its device and term, either way. Honest prices of one device differ by a
 * factor of five (a cheap neocloud, a hyperscaler); eight is the commonest number of devices in a
 * node. */
#define FAR 5.0
#define TOO_FAR 6.0 /* in our own tables no warning any more */
#define ENOUGH 3   /* other prices that a median needs */
#define APART 1.5  /* times the single device's price, in a node of eight */

/* ---- groups ------------------------------------------------------------------------------------- */

static int by_hash(const void *x, const void *y)
{
	const struct member *a = x, *b = y;

	return a->hash != b->hash ? (a->hash < b->hash ? -1 : 1) : (a->row > b->row) - (a->row < b->row);
}

/* One of a group against another of it, or against the group's median. */
static void pair(struct audit *a, enum kind k, size_t row, size_t other, double median, size_t others)
{
	CM_PUSH(a->pair, a->pairs, a->pairs_cap);
	a->pair[a->pairs++] = (struct pair){ k, row, other, median, others };
}

static void groups(struct audit *a, struct members *g,
		   void (*look)(struct audit *a, struct member *m, size_t n))
{
	if (g->n)
		qsort(g->m, g->n, sizeof *g->m, by_hash);
	for (size_t i = 0, k; i < g->n; i = k) {
		for (k = i + 1; k < g->n && g->m[k].hash == g->m[i].hash; k++)
			;
		if (k - i > 1)
			look(a, g->m + i, k - i);
	}
}

static int by_start(const void *x, const void *y, void *user)
{
	const struct audit *a = user;
	const struct member *p = x, *q = y;
	const char *s = a->row[p->row].start, *t = a->row[q->row].start;
	const int way = s == t ? 0 : strcmp(s, t);

	return way ? way : (p->row > q->row) - (p->row < q->row);
}

static bool ends_later(const struct row *a, const struct row *b)
{
	return !*a->end || (*b->end && strcmp(a->end, b->end) > 0);
}

/* Of the rows that began before, those of two prices that end last: one of them differs from any third. */
static void keep_open(const struct row *open[2], const struct row *p)
{
	for (size_t i = 0; i < 2; i++)
		if (!open[i] || open[i]->price == p->price) {
			if (!open[i] || ends_later(p, open[i]))
				open[i] = p;
			return;
		}
	const size_t sooner = ends_later(open[0], open[1]) ? 1 : 0;
	if (ends_later(p, open[sooner]))
		open[sooner] = p;
}

static const struct row *still_open(const struct row *const open[2], const struct row *b)
{
	for (size_t i = 0; i < 2 && open[i]; i++)
		if (open[i]->price != b->price && (!*open[i]->end || strcmp(open[i]->end, b->start) > 0))
			return open[i];
	return NULL;
}

/* The same offer: twice from the same day on, or before the earlier price has ended. */
static void look_at_same(struct audit *a, struct member *m, size_t n)
{
	size_t first = 0, other = 0, begun = 0; /* other: of this day, with another price; 0 = none */
	const struct row *open[2] = { NULL }, *b, *p;

	qsort_r(m, n, sizeof *m, by_start, a);
	for (size_t i = 0; i < n; i++) {
		b = &a->row[m[i].row];
		if (i && strcmp(a->row[m[first].row].start, b->start) != 0) {
			for (; begun < i; begun++)
				if (*a->row[m[begun].row].start)
					keep_open(open, &a->row[m[begun].row]);
			first = i;
			other = 0;
		} else if (i && (b->total != a->row[m[first].row].total || a->from->ours)) {
			pair(a, KIND_TWICE, m[i].row, m[first].row, 0, 0);
			other = other ? other : i;
		} else if (other) {
			pair(a, KIND_TWICE, m[i].row, m[other].row, 0, 0);
		}
		if (!b->rate && (p = still_open(open, b)))
			pair(a, KIND_OVERLAP, m[i].row, (size_t)(p - a->row), 0, 0);
	}
}

static void look_at_spot(struct audit *a, struct member *m, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (m[i].first && k < n && (m[k].first || !(a->row[m[k].row].price > 0) ||
					       a->row[m[i].row].price < a->row[m[k].row].price))
			k++;
		if (m[i].first && k < n)
			pair(a, KIND_SPOT, m[i].row, m[k].row, 0, 0);
	}
}

static double times_apart(double a, double b)
{
	return a > b ? a / b : b / a;
}

static void look_at_node(struct audit *a, struct member *m, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const double each = a->row[m[i].row].each;
		size_t near = n;

		for (size_t k = 0; k < n && m[i].first; k++)
			if (!m[k].first && (near == n || times_apart(a->row[m[k].row].each, each) <
							 times_apart(a->row[m[near].row].each, each)))
				near = k;
		if (near < n && times_apart(a->row[m[near].row].each, each) > APART)
			pair(a, KIND_NODE, m[i].row, m[near].row, 0, 0);
	}
}

static int by_each(const void *x, const void *y, void *user)
{
	const struct audit *a = user;
	const struct member *p = x, *q = y;
	const double s = a->row[p->row].each, t = a->row[q->row].each;

	return s != t ? (s < t ? -1 : 1) : (p->row > q->row) - (p->row < q->row);
}

/* The k-th of the prices without that of rank `but`. */
static double nth_other(const struct audit *a, const struct member *m, size_t k, size_t but)
{
	return a->row[m[k < but ? k : k + 1].row].each;
}

static void look_at_like(struct audit *a, struct member *m, size_t n)
{
	const size_t others = n - 1;

	qsort_r(m, n, sizeof *m, by_each, a);
	for (size_t i = 0; i < n && others >= ENOUGH; i++) {
		const double median =
			(nth_other(a, m, (others - 1) / 2, i) + nth_other(a, m, others / 2, i)) / 2;

		if (times_apart(a->row[m[i].row].each, median) > FAR)
			pair(a, KIND_OUTLIER, m[i].row, 0, median, others);
	}
}

static void say_pair(struct audit *a, const struct pair *p, uint64_t count)
{
	const struct row *r = &a->row[p->row], *o = &a->row[p->other];
	const struct audit_facts f = audit_again(a, r->id), g = audit_again(a, o->id);
	const char *name = audit_name(a, &f);

	if (p->kind == KIND_TWICE)
		audit_say(a, p->kind, count, &f,
			  "%s: the same offer stands at %s:%s with %s price, %s beside %s", name,
			  g.file, g.line, r->total != o->total ? "another" : "the same", g.price,
			  f.price);
	else if (p->kind == KIND_OVERLAP)
		audit_say(a, p->kind, count, &f,
			  "%s: in effect from %s, while the price of %s:%s from %s has not ended",
			  name, f.start, g.file, g.line, g.start);
	else if (p->kind == KIND_SPOT)
		audit_say(a, p->kind, count, &f, "%s: spot at %s is %s on demand at %s (%s:%s)",
			  name, f.price, r->price == o->price ? "equal to" : "above", g.price,
			  g.file, g.line);
	else if (p->kind == KIND_NODE)
		audit_say(a, p->kind, count, &f,
			  "%s: %.4g a device in a node of 8, while the same seller's single "
			  "one is %.4g (%s:%s): is one the price of a node?",
			  name, r->each, o->each, g.file, g.line);
	else
		audit_say(a, times_apart(r->each, p->median) > TOO_FAR ? KIND_FAR : KIND_OUTLIER, count, &f,
		    "%s: %.4g %s a device is %.3g times the median of %zu other offers of %s, %s: is it the "
		    "price of the node, or the number of devices?", name, r->each, f.currency,
		    r->each / p->median, p->others, f.device, f.label);
}

static int by_kind_and_row(const void *x, const void *y)
{
	const struct pair *a = x, *b = y;

	return a->kind != b->kind ? (a->kind < b->kind ? -1 : 1) : (a->row > b->row) - (a->row < b->row);
}

void audit_groups(struct audit *a)
{
	groups(a, &a->same, look_at_same);
	groups(a, &a->spot, look_at_spot);
	groups(a, &a->node, look_at_node);
	groups(a, &a->like, look_at_like);
	if (a->pairs)
		qsort(a->pair, a->pairs, sizeof *a->pair, by_kind_and_row);
	for (size_t i = 0, k; i < a->pairs; i = k) {
		for (k = i; k < a->pairs && a->pair[k].kind == a->pair[i].kind; k++)
			if (k - i < a->wish->most)
				say_pair(a, &a->pair[k], k - i + 1);
		audit_say_rest(a, a->pair[i].kind, k - i);
	}
}
