/* Prints a plan, as text or as one JSON document: rows, launches, budget, and what is refused and why. */
#include "cli/plan_out.h"

#include <string.h>

static const char *op_of(const struct plan_cell *c)
{
	return c->kernel->ops ? c->kernel->ops[c->c.op] : "";
}

static void print_text(const struct plan *p)
{
	printf("%zu rows, %zu launches (%s%u each), budget %.3g s\n", p->cells, p->launches,
	       p->firm ? "" : "up to ", p->each, p->budget_s);
	for (size_t i = 0; i < p->cells; i++) {
		const struct plan_cell *c = &p->cell[i];

		printf("  %s%s%s %s %zu %s on %s (%s%s)%s%s\n", c->kernel->name, c->kernel->ops ? " " : "",
		       op_of(c), cm_type_word(c->c.type), c->c.n, c->kernel->size_unit, c->device->info.name,
		       c->tuned ? "tuned by " : "",
		       c->tuned ? c->tuned->tuned->name : c->device->backend->name,
		       c->st ? ": " : "", c->st ? c->reason : "");
	}
}

static struct cmj *cell_json(const struct plan_cell *c)
{
	struct cmj *o = cmj_object();

	cmj_set(o, "kernel", cmj_string(c->kernel->name));
	cmj_set(o, "op", cmj_string(op_of(c)));
	cmj_set(o, "type", cmj_string(cm_type_word(c->c.type)));
	cmj_set(o, "size", cmj_int((int64_t)c->c.n));
	cmj_set(o, "size_unit", cmj_string(c->kernel->size_unit));
	cmj_set(o, "variant", cmj_string(c->tuned ? "tuned" : "portable"));
	cmj_set(o, "tuned_by", cmj_string(c->tuned ? c->tuned->tuned->name : ""));
	cmj_set(o, "backend", cmj_string(c->device->backend->name));
	cmj_set(o, "device", cmj_string(c->device->info.name));
	cmj_set(o, "status", cmj_string(cm_status_word(c->st)));
	cmj_set(o, "reason", cmj_string(c->st ? c->reason : ""));
	return o;
}

void plan_print(const struct plan *p, const struct args *a)
{
	struct cmj *doc, *rows, *order;

	if (!args_has(a, "json")) {
		print_text(p);
		return;
	}
	doc = cmj_document("plan");
	rows = cmj_array();
	order = cmj_array();
	for (size_t i = 0; i < p->cells; i++)
		cmj_push(rows, cell_json(&p->cell[i]));
	for (size_t i = 0; i < p->launches; i++)
		cmj_push(order, cmj_int((int64_t)p->launch[i].cell));
	cmj_set(doc, "budget_s", cmj_number(p->budget_s));
	cmj_set(doc, "ci_target", cmj_number(p->ci));
	cmj_set(doc, "launches_each", cmj_int(p->each));
	cmj_set(doc, "rows", rows);
	cmj_set(doc, "order", order); /* of running: indices of rows */
	cmd_print_json(doc);
}
