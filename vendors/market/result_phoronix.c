/*
 * Phoronix Test Suite: composite.xml. A result without an identifier (install times and sizes) is
 * no benchmark; an entry without a value has failed. The number of trials was chosen by their
 * spread, so that a mean comes from optional stopping: said in every row.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/published.h"
#include "base/xmlpull.h"

/* Texts of one result and one of its entries, by the element they are in. */
enum { ID, TITLE, VERSION, ARGUMENTS, SAYS, SCALE, PROPORTION, WHO, VALUE, RAW, TEXTS };

static const char *const element_of[TEXTS] = {
	"Identifier", "Title", "AppVersion", "Arguments", "Description", "Scale", "Proportion", "Identifier",
	"Value", "RawString",
};

struct reading {
	const struct published_from *from;
	struct published_list *l;
	struct str text[TEXTS];
	const char *at;
	const char **who, **processor, **when; /* of the systems */
	size_t systems, cap;
	struct str name, hardware, stamp;
	bool in_system, in_result, in_entry;
};

/* "Processor: 2 x Intel Xeon E5-2620 v2 @ 2.60GHz (12 Cores / 24 Threads), Motherboard: …" */
static const char *processor_of(struct published_list *l, const char *hardware)
{
	const char *p = strstr(hardware, "Processor: ");
	size_t n;

	if (!p)
		return "";
	p += strlen("Processor: ");
	n = strcspn(p, ",");
	for (size_t i = 0; i + 3 < n; i++)
		if (!strncmp(p + i, " @ ", 3) || !strncmp(p + i, " (", 2)) {
			n = i;
			break;
		}
	return pool_printf(&l->pool, "%.*s", (int)n, p);
}

static void end_system(struct reading *x)
{
	size_t cap = x->cap;

	CM_PUSH(x->who, x->systems, cap);
	cap = x->cap;
	CM_PUSH(x->processor, x->systems, cap);
	CM_PUSH(x->when, x->systems, x->cap);
	x->who[x->systems] = published_keep(x->l, str_get(&x->name));
	x->processor[x->systems] = processor_of(x->l, str_get(&x->hardware));
	x->when[x->systems++] = pool_printf(&x->l->pool, "%.10s", str_get(&x->stamp));
}

static const char *trials(struct published_list *l, const char *raw)
{
	double n = *raw ? 1 : 0;

	for (; *raw; raw++)
		n += *raw == ':';
	return n > 0 ? published_digits(l, n) : "";
}

static void end_entry(struct reading *x)
{
	struct published_list *l = x->l;
	const char *value = str_get(&x->text[VALUE]);
	char *end;
	const double v = strtod(value, &end);
	struct published_row *r;

	if (!x->text[ID].len) {
		published_refuse(l, x->from->path, x->at,
				 "no identifier: an install's time or size, no benchmark");
		return;
	}
	if (!*value) {
		published_refuse(l, x->from->path, x->at, "no value: the test has failed");
		return;
	}
	if (*end || !isfinite(v)) {
		published_refuse(l, x->from->path, x->at, "its value is no single number");
		return;
	}
	r = published_add(l, x->from);
	r->suite = "Phoronix Test Suite";
	r->line = x->at;
	r->round = published_keep(l, str_get(&x->text[VERSION]));
	r->benchmark = published_keep(l, str_get(&x->text[ID]));
	r->scenario = published_keep(l, str_get(&x->text[SAYS]));
	r->load = published_keep(l, str_get(&x->text[ARGUMENTS]));
	r->system = published_keep(l, str_get(&x->text[WHO]));
	for (size_t i = 0; i < x->systems; i++)
		if (!strcmp(x->who[i], r->system)) {
			r->device_text = *x->from->device ? r->device_text : x->processor[i];
			r->date = x->when[i];
		}
	r->metric = published_keep(l, str_get(&x->text[TITLE]));
	r->unit_text = published_keep(l, str_get(&x->text[SCALE]));
	r->n = trials(l, str_get(&x->text[RAW]));
	r->recomputed = *r->n ? pool_printf(&l->pool, "trials %s", str_get(&x->text[RAW])) : "";
	r->quality = "unreviewed";
	r->notes = "more trials were run where they spread: a mean under optional stopping";
	published_value(l, r, v, r->unit_text, !strcmp(str_get(&x->text[PROPORTION]), "HIB") ? "higher"
			: !strcmp(str_get(&x->text[PROPORTION]), "LIB") ? "lower" : "");
}

static struct str *target(struct reading *x, const char *element)
{
	if (x->in_system)
		return !strcmp(element, "Identifier") ? &x->name : !strcmp(element, "Hardware") ? &x->hardware
		     : !strcmp(element, "TimeStamp") ? &x->stamp : NULL;
	for (size_t i = x->in_entry ? WHO : ID; x->in_result && i < (x->in_entry ? TEXTS : WHO); i++)
		if (!strcmp(element, element_of[i]))
			return &x->text[i];
	return NULL;
}

static void open_element(struct reading *x, const struct xmlpull *xml)
{
	const char *e = xml->element;
	const size_t from = !strcmp(e, "Result") ? ID : !strcmp(e, "Entry") ? WHO : TEXTS;

	for (size_t i = from; i < TEXTS; i++)
		str_clear(&x->text[i]);
	x->in_system |= !strcmp(e, "System");
	x->in_result |= !strcmp(e, "Result");
	if (!strcmp(e, "Entry") && x->in_result) {
		x->in_entry = true;
		x->at = pool_printf(&x->l->pool, "%zu", xml_line(xml));
	}
	if (!strcmp(e, "System")) {
		str_clear(&x->name);
		str_clear(&x->hardware);
		str_clear(&x->stamp);
	}
}

static void close_element(struct reading *x, const char *e)
{
	if (!strcmp(e, "System") && x->in_system) {
		end_system(x);
		x->in_system = false;
	} else if (!strcmp(e, "Entry") && x->in_entry) {
		end_entry(x);
		x->in_entry = false;
	} else if (!strcmp(e, "Result")) {
		x->in_result = x->in_entry = false;
	}
}

static enum cm_status read(const struct published_from *from, struct published_list *l,
			   struct cm_err *err)
{
	struct reading x = { .from = from, .l = l, .at = "" };
	struct xmlpull xml;
	struct str text = { 0 };
	enum xml_kind k = XML_OPEN;
	bool root = false;
	enum cm_status st;

	xml_begin(&xml, from->bytes, from->len, from->path);
	while (!(st = xml_next(&xml, &k, err)) && k != XML_DONE) {
		if (k == XML_OPEN) {
			root |= !strcmp(xml.element, "PhoronixTestSuite");
			str_clear(&text);
			open_element(&x, &xml);
		} else if (k == XML_TEXT) {
			str_addn(&text, str_get(&xml.text), xml.text.len);
		} else {
			struct str *to = target(&x, xml.element);

			if (to) {
				str_clear(to);
				str_addn(to, str_get(&text), text.len);
			}
			str_clear(&text);
			close_element(&x, xml.element);
		}
	}
	xml_end(&xml);
	str_free(&text);
	for (size_t i = 0; i < TEXTS; i++)
		str_free(&x.text[i]);
	str_free(&x.name);
	str_free(&x.hardware);
	str_free(&x.stamp);
	free(x.who);
	free(x.processor);
	free(x.when);
	return st || root ? st
			  : cm_fail(err, CM_EINPUT, "%s: expected the element PhoronixTestSuite",
				    from->path);
}

static bool knows(const struct published_from *from)
{
	return strstr(from->bytes, "<PhoronixTestSuite>") != NULL;
}

const struct result_format result_phoronix = {
	.abi = CM_PUBLISHED_ABI,
	.name = "phoronix",
	.desc = "Phoronix Test Suite: composite.xml",
	.family = "",
	.knows = knows,
	.read = read,
};
