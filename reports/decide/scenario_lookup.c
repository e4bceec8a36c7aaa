/* Prices, measured results and device facts, as values of inputs: with unit, basis and origin. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "decide/scenario.h"

/* ---- prices ------------------------------------------------------------------------------------ */

/* Rate from the offer's currency to the scenario's, from `exchange:`, CUR: '1.08 USD'. */
static enum cm_status exchange_rate(const struct scenario *s, const struct yaml_node *n,
				    const char *from, double *rate, struct cm_err *err)
{
	*rate = 1;
	if (strcmp(from, s->currency) == 0)
		return CM_OK;
	const struct yaml_node *x = s->exchange ? yaml_get(s->exchange, from) : NULL;
	if (!x)
		return scenario_at(s, n, err, "'%s' is priced in %s: set its rate, 'exchange: {%s: "
				   "1.08 %s}'", n->text, from, from, s->currency);
	struct cm_err why;
	const struct unit *u, *money = unit_parse(s->currency, NULL);
	double factor;
	if (x->kind != YAML_SCALAR || quantity_parse(x->text, rate, &u, &why) ||
	    !unit_factor(u, money, &factor) || !(*rate > 0))
		return scenario_at(s, x, err, "'%s': expected what one %s is worth, such as '1.08 %s'",
				   from, from, s->currency);
	*rate *= factor;
	return CM_OK;
}

enum cm_status look_price(struct scenario *s, const struct yaml_node *n, struct found *out,
			  struct cm_err *err)
{
	const struct offer_row *o;
	struct cm_err why;
	if (!s->cat)
		return scenario_at(s, n, err, "no price list is loaded");
	enum cm_status st = catalogue_offer(s->cat, n->text, &o, &why);
	if (st)
		return cm_fail_at(err, st, s->path, n->line, n->col, "%s", why.why);
	double rate;
	st = exchange_rate(s, n, o->currency, &rate, err);
	if (st)
		return st;
	*out = (struct found){ .value = dec_double(o->price) * rate, .basis = o->basis, .offer = o };
	out->lo = out->hi = out->value;
	struct str per = { 0 };
	str_add(&per, o->per);
	for (char *p = per.p; p && *p; p++)
		if (*p == '-' || *p == ' ')
			*p = '.'; /* device-hour is device.hour */
	const bool once = strcmp(o->per, "once") == 0 || !*o->per;
	out->unit = once ? s->currency
			 : pool_printf(&s->pool, strchr(str_get(&per), '.') ? "%s/(%s)" : "%s/%s",
				       s->currency, str_get(&per));
	str_free(&per);
	struct model_origin *a = &out->origin;
	a->kind = "price";
	a->text = pool_printf(&s->pool, "%s %s %s, %s%s%s (%s): %s %s per %s, %s, %s:%zu", o->vendor,
			      o->offer, o->description ? o->description : "", o->term,
			      *o->region ? ", " : "", o->region, cm_basis_word(o->basis),
			      o->price_text, o->currency, once ? "unit" : o->per, o->source, o->file,
			      o->line);
	char now[32];
	long days;
	cm_iso_now(now);
	now[10] = 0; /* the date alone */
	if (o->valid_until && *o->valid_until && cm_iso_days(o->valid_until, now, &days) && days > 0) {
		a->doubtful = true;
		a->why = pool_printf(&s->pool, "the price of %s/%s was valid until %s (%s:%zu)",
				     o->vendor, o->offer, o->valid_until, o->file, o->line);
	}
	return CM_OK;
}

/* ---- measured results: KERNEL[/OP|TYPE|VARIANT]…@BACKEND ---------------------------------------- */

static bool row_matches(const struct result_row *r, const char *key)
{
	const char *at = strchr(key, '@');
	if (at && !cm_ieq(r->backend, at + 1))
		return false;
	char *head = cm_strndup(key, at ? (size_t)(at - key) : strlen(key)), *save = NULL;
	bool first = true, same = true;
	for (char *w = strtok_r(head, "/", &save); w && same; w = strtok_r(NULL, "/", &save)) {
		same = first ? cm_ieq(w, r->kernel)
			     : cm_ieq(w, r->op) || cm_ieq(w, r->type) || cm_ieq(w, r->variant);
		first = false;
	}
	free(head);
	return same && !first;
}

/* Of several sizes the largest; of several devices or variants the choice is the buyer's. */
static enum cm_status pick_row(const struct scenario *s, const struct yaml_node *n,
			       const struct result_row **out, struct cm_err *err)
{
	const struct result_row *best = NULL;
	for (size_t i = 0; s->results && i < s->results->nrows; i++) {
		const struct result_row *r = &s->results->rows[i];
		if (r->rate.missing || !row_matches(r, n->text))
			continue;
		if (best && (strcmp(best->type, r->type) != 0 || strcmp(best->op, r->op) != 0 ||
			     strcmp(best->backend, r->backend) != 0 ||
			     strcmp(best->device, r->device) != 0 ||
			     strcmp(best->variant, r->variant) != 0))
			return scenario_at(s, n, err, "'%s' fits several results: %s%s%s/%s/%s@%s and "
					   "%s%s%s/%s/%s@%s", n->text, best->kernel,
					   *best->op ? "/" : "", best->op, best->type, best->variant,
					   best->backend, r->kernel, *r->op ? "/" : "", r->op, r->type,
					   r->variant, r->backend);
		if (!best || r->size > best->size)
			best = r;
	}
	if (!best)
		return cm_fail(err, CM_ABSENT, "the store has no result '%s'", n->text);
	*out = best;
	return CM_OK;
}

enum cm_status look_result(struct scenario *s, const struct yaml_node *n, const char *what,
			   struct found *out, struct cm_err *err)
{
	const struct result_row *r = NULL;
	const bool rate = strcmp(what, "rate") == 0, watts = strcmp(what, "watts") == 0;
	if (!rate && !watts && strcmp(what, "joules") != 0)
		return scenario_at(s, n, err, "'of': expected rate, joules or watts, found '%s'", what);
	const enum cm_status st = pick_row(s, n, &r, err);
	if (st || !r)
		return st;
	const struct figure *f = rate ? &r->rate : watts ? &r->energy.watts : &r->joules;
	if (!f->unit || f->missing)
		return cm_fail(err, CM_ABSENT, "not measured: %s",
			       f->unit ? f->missing : "no meter was asked");
	*out = (struct found){ .value = f->value, .lo = f->lo, .hi = f->hi, .unit = f->unit,
			       .basis = f->basis, .n = r->launches, .row = r };
	if (!rate) {
		out->metered = scenario_metered(r->joules_scope);
		out->meter = r->joules_scope;
	}
	out->origin.kind = "result";
	out->origin.text = pool_printf(&s->pool, "%s%s%s %s %s, size %zu %s, %s on %s: %u launches, "
				       "%u samples, taken %s, run %s%s%s", r->kernel,
				       *r->op ? "/" : "", r->op, r->type, r->variant, r->size,
				       r->size_unit, r->backend, r->device, r->launches, r->samples,
				       r->taken, r->run_id, rate ? "" : "; gross energy, metered at ",
				       rate ? "" : r->joules_scope);
	if (!r->trusted || !r->verified) {
		out->origin.doubtful = true;
		out->origin.why = pool_printf(&s->pool, "the result %s is not %s: %s", n->text,
					      r->verified ? "trusted" : "verified", r->reason);
	}
	return CM_OK;
}

/* ---- device facts ------------------------------------------------------------------------------ */

#define FIELD(name, unit) { #name, offsetof(struct device_row, name), unit }
static const struct { const char *name; size_t at; const char *unit; } fields[] = {
	FIELD(fp64_tflops, "1e12 FLOP/s"),        FIELD(fp64_tensor_tflops, "1e12 FLOP/s"),
	FIELD(fp32_tflops, "1e12 FLOP/s"),        FIELD(tf32_tflops, "1e12 FLOP/s"),
	FIELD(fp16_tensor_tflops, "1e12 FLOP/s"), FIELD(bf16_tensor_tflops, "1e12 FLOP/s"),
	FIELD(fp8_tflops, "1e12 FLOP/s"),         FIELD(fp4_tflops, "1e12 FLOP/s"),
	FIELD(int8_tops, "1e12 OP/s"),            FIELD(memory_gb, "1e9 byte"),
	FIELD(bandwidth_gb_s, "1e9 byte/s"),      FIELD(interconnect_gb_s, "1e9 byte/s"),
	FIELD(tdp_w, "W"),
};

enum cm_status look_device(struct scenario *s, const struct yaml_node *n, const char *field,
			   const struct yaml_node *field_at, struct found *out,
			   struct cm_err *err)
{
	const struct device_row *d = s->cat ? catalogue_device(s->cat, n->text) : NULL;
	if (!d) {
		const struct device_row *all = NULL;
		const size_t count = s->cat ? catalogue_devices(s->cat, &all) : 0;
		const char **names = cm_alloc((count + 1) * sizeof *names);
		for (size_t i = 0; i < count; i++)
			names[i] = all[i].device;
		const char *near = cm_nearest(n->text, names, count);
		free(names);
		return scenario_at(s, n, err, near ? "unknown device '%s' (did you mean '%s'?)"
						   : "unknown device '%s'", n->text, near);
	}
	const char *names[CM_COUNT(fields)];
	for (size_t i = 0; i < CM_COUNT(fields); i++) {
		names[i] = fields[i].name;
		if (strcmp(fields[i].name, field) != 0)
			continue;
		const double v = *(const double *)(const void *)((const char *)d + fields[i].at);
		if (isnan(v))
			return scenario_at(s, field_at, err, "the table does not state %s of %s "
					   "(%s:%zu)", field, d->device, d->file, d->line);
		*out = (struct found){ .value = v, .lo = v, .hi = v, .unit = fields[i].unit,
				       .basis = CM_LISTED };
		out->origin.kind = "device";
		out->origin.text = pool_printf(&s->pool, "%s %s, %s %s, %s:%zu", d->vendor, d->device,
					       field, d->source ? d->source : "", d->file, d->line);
		return CM_OK;
	}
	const char *near = cm_nearest(field, names, CM_COUNT(fields));
	return scenario_at(s, field_at, err, near ? "unknown field '%s' (did you mean '%s'?)"
						  : "unknown field '%s': expected one such as tdp_w",
			   field, near);
}
