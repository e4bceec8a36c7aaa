/*
 * The catalogue: devices and offers as the tables of vendors/ state them, each row with its place.
 *
 * Columns are bound by their names, so that their order is free. A name resolves to a device only when
 * it is written in a table, as name or alias: "H100" inside of "GH100X" says nothing.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/price.h"
#include "base/clock.h"
#include "base/csv.h"
#include "base/file.h"
#include "base/str.h"
#include "engine/catalogue_imported.h"

enum kind { TEXT, DATE, ALIASES, NUMBER, COUNT, MONEY, BASIS };

struct field {
	const char *name;
	enum kind kind;
	size_t at;      /* offset in the row */
	bool needed;    /* the cell may not be empty */
};

#define D(member, kind, needed) { #member, kind, offsetof(struct device_row, member), needed }
static const struct field device_fields[] = {
	D(vendor, TEXT, true), D(device, TEXT, true), D(aliases, ALIASES, false),
	D(fp64_tflops, NUMBER, false), D(fp64_tensor_tflops, NUMBER, false),
	D(fp32_tflops, NUMBER, false), D(tf32_tflops, NUMBER, false),
	D(fp16_tensor_tflops, NUMBER, false), D(bf16_tensor_tflops, NUMBER, false),
	D(fp8_tflops, NUMBER, false), D(fp4_tflops, NUMBER, false), D(int8_tops, NUMBER, false),
	D(memory_gb, NUMBER, false), D(bandwidth_gb_s, NUMBER, false),
	D(interconnect_gb_s, NUMBER, false), D(tdp_w, NUMBER, false),
	D(sparsity_note, TEXT, false), D(memory_type, TEXT, false), D(form_factor, TEXT, false),
	D(release_date, DATE, false), D(source, TEXT, true), D(source_date, DATE, true),
};
#undef D

#define O(name, member, kind, needed) { name, kind, offsetof(struct offer_row, member), needed }
static const struct field offer_fields[] = {
	O("vendor", vendor, TEXT, true), O("offer", offer, TEXT, true),
	O("device", device, TEXT, false), O("devices", devices, COUNT, true),
	O("description", description, TEXT, false), O("price", price_text, MONEY, true),
	O("currency", currency, TEXT, false), O("per", per, TEXT, true),
	O("term", term, TEXT, true), O("region", region, TEXT, false),
	O("basis", basis, BASIS, true), O("source", source, TEXT, true),
	O("effective", effective, DATE, false), O("retrieved", retrieved, DATE, true),
	O("valid_until", valid_until, DATE, false),
};
#undef O

#define MOST_FIELDS 32

struct name { char *key; size_t device; };

struct catalogue {
	struct imported *imported; /* offers of the price store, NULL = none */
	struct pool pool;
	struct device_row *device;
	size_t devices, device_cap;
	struct offer_row *offer;
	size_t offers, offer_cap;
	struct name *name; /* sorted by key */
	size_t names, name_cap;
};

/* ---- one table ------------------------------------------------------------------------------ */

struct table_file {
	const char *path;   /* in the catalogue's pool */
	const struct field *field;
	size_t fields;
	int column[MOST_FIELDS]; /* of each field in the file */
	size_t columns;
	struct csv *csv;
};

static enum cm_status bind(struct table_file *t, const struct csv_row *row, struct cm_err *err)
{
	const char *names[MOST_FIELDS];

	for (size_t f = 0; f < t->fields; f++) {
		names[f] = t->field[f].name;
		t->column[f] = -1;
	}
	t->columns = row->cells;
	for (size_t i = 0; i < row->cells; i++) {
		size_t f = 0;
		while (f < t->fields && strcmp(names[f], row->cell[i]) != 0)
			f++;
		if (f == t->fields) {
			const char *near = cm_nearest(row->cell[i], names, t->fields);
			return cm_fail_at(err, CM_EINPUT, t->path, row->line, row->col[i],
					  near ? "unknown column '%s' (did you mean '%s'?)"
					       : "unknown column '%s'", row->cell[i], near);
		}
		if (t->column[f] >= 0)
			return cm_fail_at(err, CM_EINPUT, t->path, row->line, row->col[i],
					  "column '%s' is given twice", names[f]);
		t->column[f] = (int)i;
	}
	for (size_t f = 0; f < t->fields; f++)
		if (t->column[f] < 0 && t->field[f].needed)
			return cm_fail_at(err, CM_EINPUT, t->path, row->line, 1,
					  "column '%s' is missing", names[f]);
	return CM_OK;
}

static bool number(const char *text, double *out)
{
	struct dec d;
	if (!dec_parse(text, &d) || d.m < 0)
		return false;
	*out = dec_double(d);
	return true;
}

/* "A100|Tesla A100" as a NULL-ended list. */
static const char *const *aliases(struct pool *pool, const char *text)
{
	size_t n = 2;
	for (const char *s = text; *s; s++)
		n += *s == '|';
	const char **list = pool_alloc(pool, n * sizeof *list);
	size_t k = 0;
	for (const char *s = text; *s;) {
		const size_t len = strcspn(s, "|");
		char *one = cm_strndup(s, len);
		if (len)
			list[k++] = pool_dup(pool, one);
		free(one);
		s += len + (s[len] == '|');
	}
	return list;
}

/* Writes the cell into the row; false: expected says what would have been right. */
static bool store(struct pool *pool, const struct field *f, const char *text, char *row,
		  const char **expected)
{
	void *at = row + f->at;
	long days;

	switch (f->kind) {
	case TEXT:
		*(const char **)at = pool_dup(pool, text);
		return true;
	case DATE:
		*expected = "a date like 2026-11-24";
		*(const char **)at = pool_dup(pool, text);
		return *text == '\0' || cm_iso_days(text, text, &days);
	case ALIASES:
		*(const char *const **)at = aliases(pool, text);
		return true;
	case NUMBER:
		*expected = "a number, or nothing";
		*(double *)at = NAN;
		return *text == '\0' || number(text, at);
	case COUNT:
		*expected = "a number above 0";
		return number(text, at) && *(double *)at > 0.0;
	case MONEY:
		*expected = "a price like 98.32, with a point and without separators";
		*(const char **)at = pool_dup(pool, text);
		return dec_parse(text, &((struct offer_row *)(void *)row)->price);
	case BASIS:
		*expected = "listed, quoted, published or assumed";
		return cm_basis_parse(text, at) &&
		       (*(enum cm_basis *)at == CM_LISTED || *(enum cm_basis *)at == CM_QUOTED ||
			*(enum cm_basis *)at == CM_PUBLISHED || *(enum cm_basis *)at == CM_ASSUMED);
	}
	return false;
}

static enum cm_status read_row(const struct table_file *t, struct pool *pool,
			       const struct csv_row *cells, void *row, struct cm_err *err)
{
	if (cells->cells != t->columns)
		return cm_fail_at(err, CM_EINPUT, t->path, cells->line,
				  cells->col[cells->cells < t->columns ? cells->cells - 1 : t->columns],
				  "%zu cells, expected %zu as in the first row", cells->cells,
				  t->columns);
	for (size_t f = 0; f < t->fields; f++) {
		const struct field *field = &t->field[f];
		const int c = t->column[f];
		const char *text = c < 0 ? "" : cells->cell[c], *expected = "";
		const size_t col = c < 0 ? 1 : cells->col[c];

		if (*text == '\0' && field->needed)
			return cm_fail_at(err, CM_EINPUT, t->path, cells->line, col,
					  "%s is empty", field->name);
		if (!store(pool, field, text, row, &expected))
			return cm_fail_at(err, CM_EINPUT, t->path, cells->line, col,
					  "%s is '%.60s': expected %s", field->name, text, expected);
	}
	return CM_OK;
}

static enum cm_status keep_row(struct catalogue *c, const struct table_file *t,
			       const struct csv_row *cells, struct cm_err *err)
{
	enum cm_status st;

	if (t->field == device_fields) {
		struct device_row d = { .file = t->path, .line = cells->line };
		st = read_row(t, &c->pool, cells, &d, err);
		if (st == CM_OK) {
			CM_PUSH(c->device, c->devices, c->device_cap);
			c->device[c->devices++] = d;
		}
		return st;
	}
	struct offer_row o = { .file = t->path, .line = cells->line };
	st = read_row(t, &c->pool, cells, &o, err);
	if (st == CM_OK) {
		CM_PUSH(c->offer, c->offers, c->offer_cap);
		c->offer[c->offers++] = o;
	}
	return st;
}

static enum cm_status read_table(struct catalogue *c, const char *path, const struct field *field,
				 size_t fields, struct cm_err *err)
{
	struct table_file t = { .path = path, .field = field, .fields = fields };
	struct csv_row row;

	if (!file_exists(path))
		return CM_OK; /* a vendor may have only one of the two tables, or none */
	enum cm_status st = csv_open(path, &t.csv, err);
	if (st != CM_OK)
		return st;
	st = csv_next(t.csv, &row, err);
	if (st == CM_OK)
		st = bind(&t, &row, err);
	else if (st == CM_END)
		st = cm_fail_at(err, CM_EINPUT, path, 1, 1, "the table is empty: expected its "
				"column names");
	while (st == CM_OK && (st = csv_next(t.csv, &row, err)) == CM_OK)
		st = keep_row(c, &t, &row, err);
	csv_close(t.csv);
	return st == CM_END ? CM_OK : st;
}

/* ---- names ---------------------------------------------------------------------------------- */

/* "Maker  Big_One" → "maker-big-one". */
static char *key_dup(const char *name)
{
	struct str s = { 0 };
	bool gap = false;

	for (; *name; name++) {
		const bool blank = *name == ' ' || *name == '-' || *name == '_' || *name == '\t';
		if (!blank) {
			if (gap && s.len)
				str_addc(&s, '-');
			str_addc(&s, (char)tolower((unsigned char)*name));
		}
		gap = blank;
	}
	return str_take(&s);
}

static bool same_name(const char *a, const char *b)
{
	char *x = key_dup(a), *y = key_dup(b);
	const bool same = strcmp(x, y) == 0;
	free(x);
	free(y);
	return same;
}

static int by_key(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	const int order = strcmp(x->key, y->key);
	return order ? order : (x->device > y->device) - (x->device < y->device);
}

/* The name, and the name behind its vendor's, as drivers print it. */
static void add_name(struct catalogue *c, const char *name, size_t device)
{
	char *full = cm_printf_dup("%s %s", c->device[device].vendor, name);
	CM_PUSH(c->name, c->names, c->name_cap);
	c->name[c->names++] = (struct name){ key_dup(name), device };
	CM_PUSH(c->name, c->names, c->name_cap);
	c->name[c->names++] = (struct name){ key_dup(full), device };
	free(full);
}

static enum cm_status index_names(struct catalogue *c, struct cm_err *err)
{
	for (size_t i = 0; i < c->devices; i++) {
		const struct device_row *d = &c->device[i];
		add_name(c, d->device, i);
		for (size_t k = 0; d->aliases[k]; k++)
			add_name(c, d->aliases[k], i);
	}
	if (c->names)
		qsort(c->name, c->names, sizeof *c->name, by_key);
	for (size_t i = 1; i < c->names; i++) {
		const struct name *a = &c->name[i - 1], *b = &c->name[i];
		if (a->device == b->device || strcmp(a->key, b->key) != 0)
			continue;
		const struct device_row *first = &c->device[a->device];
		const struct device_row *second = &c->device[b->device];
		return cm_fail_at(err, CM_EINPUT, second->file, second->line, 1,
				  "the name '%s' also belongs to %s (%s:%zu)", b->key, first->device,
				  first->file, first->line);
	}
	return CM_OK;
}

/* ---- the folders ---------------------------------------------------------------------------- */

/* A path that works from here and is short to read: relative where it lies below this folder. */
static const char *shown_path(struct pool *pool, const char *path)
{
	char *here = getcwd(NULL, 0);
	const size_t n = here ? strlen(here) : 0;
	const bool below = n > 1 && strncmp(path, here, n) == 0 && path[n] == '/';
	free(here);
	return pool_dup(pool, below ? path + n + 1 : path);
}

static int folder(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static enum cm_status read_vendor(struct catalogue *c, const char *vendors, const char *name,
				  struct cm_err *err)
{
	char *devices = cm_printf_dup("%s/%s/devices.csv", vendors, name);
	char *offers = cm_printf_dup("%s/%s/offers.csv", vendors, name);
	enum cm_status st = read_table(c, shown_path(&c->pool, devices), device_fields,
				       CM_COUNT(device_fields), err);
	if (st == CM_OK)
		st = read_table(c, shown_path(&c->pool, offers), offer_fields,
				CM_COUNT(offer_fields), err);
	free(devices);
	free(offers);
	return st;
}

enum cm_status catalogue_load(const char *dir, struct catalogue **out, struct cm_err *err)
{
	if (!dir)
		return cm_fail(err, CM_EINPUT, "no device and price tables: set COSTMARK_DATA to the "
			       "folder that holds vendors/");
	char *vendors = cm_printf_dup("%s/vendors", dir);
	struct dirent **entry = NULL;
	const int n = scandir(vendors, &entry, folder, by_name);
	struct catalogue *c = cm_alloc(sizeof *c);
	enum cm_status st = n >= 0 ? CM_OK : cm_fail(err, CM_EINPUT, "%s: %s", vendors,
						     strerror(errno));
	for (int i = 0; i < n; i++) {
		if (st == CM_OK)
			st = read_vendor(c, vendors, entry[i]->d_name, err);
		free(entry[i]);
	}
	free(entry);
	free(vendors);
	if (st == CM_OK)
		st = index_names(c, err);
	if (st != CM_OK) {
		catalogue_free(c);
		return st;
	}
	*out = c;
	return CM_OK;
}

void catalogue_add_imported(struct catalogue *c, struct imported *m)
{
	c->imported = m;
}

void catalogue_free(struct catalogue *c)
{
	if (!c)
		return;
	imported_close(c->imported);
	for (size_t i = 0; i < c->names; i++)
		free(c->name[i].key);
	free(c->name);
	free(c->device);
	free(c->offer);
	pool_free(&c->pool);
	free(c);
}

size_t catalogue_devices(const struct catalogue *c, const struct device_row **out)
{
	*out = c->device;
	return c->devices;
}

size_t catalogue_offers(const struct catalogue *c, const struct offer_row **out)
{
	*out = c->offer;
	return c->offers;
}

static int against_key(const void *key, const void *name)
{
	return strcmp(key, ((const struct name *)name)->key);
}

const struct device_row *catalogue_device(const struct catalogue *c, const char *name)
{
	char *key = key_dup(name);
	const struct name *hit = c->names ? bsearch(key, c->name, c->names, sizeof *c->name,
						    against_key) : NULL;
	free(key);
	return hit ? &c->device[hit->device] : NULL;
}

/* ---- offers by key -------------------------------------------------------------------------- */

struct wanted { char *vendor, *offer, *term, *region; }; /* term, region NULL: any */

static struct wanted split_key(const char *key)
{
	struct wanted w = { 0 };
	char *s = cm_strdup(key), *mark;

	if ((mark = strrchr(s, '#'))) {
		w.region = cm_strdup(mark + 1);
		*mark = '\0';
	}
	if ((mark = strrchr(s, '@'))) {
		w.term = cm_strdup(mark + 1);
		*mark = '\0';
	}
	if ((mark = strchr(s, '/'))) {
		*mark = '\0';
		w.offer = cm_strdup(mark + 1);
	}
	w.vendor = s;
	return w;
}

static void free_wanted(struct wanted *w)
{
	free(w->vendor);
	free(w->offer);
	free(w->term);
	free(w->region);
}

static bool is_wanted(const struct wanted *w, const struct offer_row *o)
{
	return w->offer && same_name(w->vendor, o->vendor) && same_name(w->offer, o->offer) &&
	       (!w->term || same_name(w->term, o->term)) &&
	       (!w->region || same_name(w->region, o->region));
}

static char *full_key_dup(const struct offer_row *o)
{
	return cm_printf_dup("%s/%s@%s%s%s", o->vendor, o->offer, o->term, *o->region ? "#" : "",
			     o->region);
}

/* Keys of up to four of the rows that match, for a sentence; counts them all. */
static size_t list_keys(const struct catalogue *c, const struct wanted *w, struct str *out)
{
	size_t hits = 0;

	for (size_t i = 0; i < c->offers; i++) {
		if (!is_wanted(w, &c->offer[i]))
			continue;
		if (hits < 4) {
			char *full = full_key_dup(&c->offer[i]);
			str_addf(out, "%s'%s'", hits ? ", " : "", full);
			free(full);
		}
		hits++;
	}
	if (hits > 4)
		str_add(out, ", …");
	return hits;
}

static enum cm_status no_such(const struct catalogue *c, const char *key, const struct wanted *w,
			      struct cm_err *err)
{
	const struct wanted any = { .vendor = w->vendor, .offer = w->offer };
	const char **names = cm_alloc((c->offers + 1) * sizeof *names);
	struct str has = { 0 };
	struct pool pool = { 0 };

	if (list_keys(c, &any, &has)) {
		cm_fail(err, CM_EINPUT, "no offer '%s': there is %s", key, str_get(&has));
	} else {
		const char *asked = pool_printf(&pool, "%s/%s", w->vendor, w->offer ? w->offer : "");
		for (size_t i = 0; i < c->offers; i++)
			names[i] = pool_printf(&pool, "%s/%s", c->offer[i].vendor, c->offer[i].offer);
		const char *near = cm_nearest(asked, names, c->offers);
		cm_fail(err, CM_EINPUT, near ? "no offer '%s' (did you mean '%s'?)"
					     : "no offer '%s': expected VENDOR/OFFER[@TERM][#REGION] as "
					       "`costmark prices list` shows them", key, near);
	}
	str_free(&has);
	pool_free(&pool);
	free(names);
	return CM_EINPUT;
}

enum cm_status catalogue_offer(const struct catalogue *c, const char *key,
			       const struct offer_row **out, struct cm_err *err)
{
	struct wanted w = split_key(key);
	struct str several = { 0 };
	const size_t hits = list_keys(c, &w, &several);
	enum cm_status st = CM_OK;

	if (hits == 0 && c->imported)
		st = imported_offer(c->imported, key, out, err);
	if (hits == 0 && (!c->imported || st == CM_ABSENT))
		st = no_such(c, key, &w, err);
	else if (hits > 1)
		st = cm_fail(err, CM_EINPUT, "'%s' names %zu offers: say which, one of %s", key,
			     hits, str_get(&several));
	for (size_t i = 0; st == CM_OK && i < c->offers; i++)
		if (is_wanted(&w, &c->offer[i]))
			*out = &c->offer[i];
	free_wanted(&w);
	str_free(&several);
	return st;
}
