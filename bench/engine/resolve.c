/*
 * The resolver: one hash table of spellings, read once. It knows no vendor: those are rows of
 * names.csv.
 *
 * A spelling that several devices share ("A100", "gfx942") stands in the table once a device;
 * memory picks one, or nothing does. A spelling of names.csv hides the same one of the catalogue's
 * aliases, so that a loose alias that is fit for a scenario ("V100") does not decide a price.
 */
#include "engine/resolve.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/dec.h"
#include "base/file.h"
#include "base/str.h"

enum column { PROVIDER, KIND, SPELLING, DEVICE, DEVICES, MEMORY, NOTE, SOURCE, COLUMNS };

static const char *const column_names[COLUMNS] = {
	"provider", "kind", "spelling", "device", "devices", "memory_gib", "note", "source",
};

struct spelling {
	const char *key;       /* "o:aws:p5.48xlarge", "n:aws:h100", "n::h100" */
	const char *device;    /* catalogue's name */
	const char *devices;
	double memory;         /* GiB that the spelling's device has, NaN = not known */
	bool shipped;          /* from names.csv, before the catalogue's aliases */
	const char *file;
	size_t line;
	uint32_t next;         /* of the same key: index + 1, 0 = last */
};

struct resolver {
	const struct catalogue *catalogue;
	struct pool pool;
	struct spelling *entry;
	size_t n, cap;
	uint32_t *slot;
	size_t slots;          /* a power of two */
};

/* ---- keys ----------------------------------------------------------------------------------------- */

/* Words of makers and lines that say nothing about which device it is. */
static const char *const maker_words[] = {
	"nvidia", "tesla", "geforce", "amd", "instinct", "quadro", "intel", "intel(r)", "google", "aws",
};

static bool is_gap(char c)
{
	return c == ' ' || c == '-' || c == '_' || c == '\t';
}

static bool is_maker(const char *word, size_t n)
{
	for (size_t i = 0; i < CM_COUNT(maker_words); i++)
		if (strlen(maker_words[i]) == n && strncasecmp(word, maker_words[i], n) == 0)
			return true;
	return false;
}

/* "NVIDIA A100-SXM4" → "nvidiaa100sxm4", or "a100sxm4" without makers' words. */
static void key_of(struct str *s, const char *text, size_t n, bool makers)
{
	for (size_t i = 0; i < n;) {
		size_t end = i;
		while (end < n && !is_gap(text[end]))
			end++;
		if (end > i && (makers || !is_maker(text + i, end - i)))
			for (size_t k = i; k < end; k++)
				str_addc(s, (char)tolower((unsigned char)text[k]));
		i = end + 1;
	}
}

/* Offers are compared as typed, but for case and Azure's optional prefix of sizes. */
static void offer_key(struct str *s, const char *text)
{
	static const char prefix[] = "standard_";

	if (strncasecmp(text, prefix, sizeof prefix - 1) == 0)
		text += sizeof prefix - 1;
	for (; *text; text++)
		str_addc(s, (char)tolower((unsigned char)*text));
}

static void key_begin(struct str *s, char kind, const char *provider)
{
	str_clear(s);
	str_addf(s, "%c:", kind);
	offer_key(s, provider);
	str_addc(s, ':');
}

/* A size at the end: "A100 80GB", "A100 (80)", "A100-80G". Returns the length before it, 0 = there
 * is none. */
static size_t before_memory(const char *text, double *gib)
{
	size_t n = strlen(text), start;

	while (n && (is_gap(text[n - 1])))
		n--;
	start = n;
	while (start && !is_gap(text[start - 1]) && text[start - 1] != '(')
		start--;
	const bool paren = start && text[start - 1] == '(';
	const char *p = text + start;
	char *end;
	if (!isdigit((unsigned char)*p))
		return 0;
	const double v = strtod(p, &end);
	const char *unit = end;
	while (unit < text + n && isalpha((unsigned char)*unit))
		unit++;
	const size_t letters = (size_t)(unit - end);
	const bool unit_ok = (letters == 0 && paren) || (letters == 1 && (*end | 0x20) == 'g') ||
			     (letters == 2 && strncasecmp(end, "gb", 2) == 0) ||
			     (letters == 3 && strncasecmp(end, "gib", 3) == 0);
	if (!unit_ok || unit + paren != text + n || (paren && *unit != ')'))
		return 0;
	start -= paren;
	while (start && is_gap(text[start - 1]))
		start--;
	*gib = v;
	return start;
}

/* ---- the table ------------------------------------------------------------------------------------ */

static size_t hash_at(const struct resolver *r, const char *key)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

	for (const char *s = key; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3u;
	size_t i = (h ^ h >> 29) & (r->slots - 1);
	while (r->slot[i] && strcmp(r->entry[r->slot[i] - 1].key, key) != 0)
		i = (i + 1) & (r->slots - 1);
	return i;
}

/* Entries are linked by key in the order of reading; names.csv first, and where it names a key, it alone. */
static void index_all(struct resolver *r)
{
	r->slots = 64;
	while (r->slots < 2 * r->n)
		r->slots *= 2;
	r->slot = cm_alloc(r->slots * sizeof *r->slot);
	for (size_t i = 0; i < r->n; i++) {
		uint32_t *at = &r->slot[hash_at(r, r->entry[i].key)];
		bool hidden = false;
		while (*at) {
			struct spelling *have = &r->entry[*at - 1];
			hidden = hidden || (have->shipped && !r->entry[i].shipped) ||
				 (strcmp(have->device, r->entry[i].device) == 0 &&
				  have->memory == r->entry[i].memory);
			at = &have->next;
		}
		if (!hidden)
			*at = (uint32_t)i + 1;
	}
}

static void add_entry(struct resolver *r, const char *key, struct spelling e)
{
	e.key = pool_dup(&r->pool, key);
	CM_PUSH(r->entry, r->n, r->cap);
	r->entry[r->n++] = e;
}

/* A name is found with and without its makers' words. */
static void add_name(struct resolver *r, const char *provider, const char *text, struct spelling e)
{
	struct str s = { 0 };

	for (int makers = 1; makers >= 0; makers--) {
		key_begin(&s, 'n', provider);
		const size_t head = s.len;
		key_of(&s, text, strlen(text), makers);
		if (s.len > head)
			add_entry(r, s.p, e);
	}
	str_free(&s);
}

static void add_catalogue(struct resolver *r)
{
	const struct device_row *d;
	const size_t n = catalogue_devices(r->catalogue, &d);

	for (size_t i = 0; i < n; i++) {
		const struct spelling e = { .device = d[i].device, .devices = "",
					    .memory = d[i].memory_gb, .file = d[i].file,
					    .line = d[i].line };
		add_name(r, "", d[i].device, e);
		for (const char *const *a = d[i].aliases; *a; a++)
			add_name(r, "", *a, e);
	}
}

/* ---- names.csv ------------------------------------------------------------------------------------ */

struct names_file {
	struct resolver *r;
	const char *path;
	struct csv *csv;
	int at[COLUMNS];
	size_t cells;
};

static enum cm_status bind_columns(struct names_file *f, const struct csv_row *row,
				   struct cm_err *err)
{
	for (int c = 0; c < COLUMNS; c++)
		f->at[c] = -1;
	for (size_t i = 0; i < row->cells; i++) {
		int c = 0;
		while (c < COLUMNS && strcmp(column_names[c], row->cell[i]) != 0)
			c++;
		if (c == COLUMNS)
			return cm_fail_at(err, CM_EINPUT, f->path, row->line, row->col[i],
					  "unknown column '%.60s'", row->cell[i]);
		f->at[c] = (int)i;
	}
	for (int c = 0; c < COLUMNS; c++)
		if (f->at[c] < 0)
			return cm_fail_at(err, CM_EINPUT, f->path, row->line, 1,
					  "column '%s' is missing", column_names[c]);
	f->cells = row->cells;
	return CM_OK;
}

static enum cm_status wrong_cell(const struct names_file *f, const struct csv_row *row,
				 enum column c, const char *expected, struct cm_err *err)
{
	return cm_fail_at(err, CM_EINPUT, f->path, row->line, row->col[f->at[c]],
			  "%s is '%.60s': expected %s", column_names[c], row->cell[f->at[c]],
			  expected);
}

static bool positive(const char *text, double *out)
{
	struct dec d;

	*out = NAN;
	if (!*text)
		return true;
	if (!dec_parse(text, &d) || d.m <= 0)
		return false;
	*out = dec_double(d);
	return true;
}

static const struct device_row *device_named(const struct catalogue *c, const char *name)
{
	const struct device_row *d = catalogue_device(c, name);
	return d && strcmp(d->device, name) == 0 ? d : NULL;
}

static enum cm_status keep_row(struct names_file *f, const struct csv_row *row, struct cm_err *err)
{
	const char *cell[COLUMNS];
	double count, memory;

	if (row->cells != f->cells)
		return cm_fail_at(err, CM_EINPUT, f->path, row->line, 1,
				  "%zu cells, expected %zu as in the first row", row->cells, f->cells);
	for (int c = 0; c < COLUMNS; c++)
		cell[c] = row->cell[f->at[c]];
	const bool offer = strcmp(cell[KIND], "offer") == 0;
	const struct device_row *d = device_named(f->r->catalogue, cell[DEVICE]);
	if (!offer && strcmp(cell[KIND], "name") != 0)
		return wrong_cell(f, row, KIND, "offer or name", err);
	if (!*cell[SPELLING])
		return wrong_cell(f, row, SPELLING, "a name", err);
	if (offer && !*cell[PROVIDER])
		return wrong_cell(f, row, PROVIDER, "who sells this offer", err);
	if (!d)
		return wrong_cell(f, row, DEVICE, "a device's name of a devices.csv", err);
	if (!positive(cell[DEVICES], &count) || (offer && isnan(count)))
		return wrong_cell(f, row, DEVICES, "a number above 0", err);
	if (!positive(cell[MEMORY], &memory))
		return wrong_cell(f, row, MEMORY, "GiB above 0, or nothing", err);
	if (!*cell[SOURCE])
		return wrong_cell(f, row, SOURCE, "where it was read", err);
	const struct spelling e = { .device = d->device,
				    .devices = pool_dup(&f->r->pool, cell[DEVICES]),
				    .memory = isnan(memory) ? d->memory_gb : memory,
				    .shipped = true, .file = f->path, .line = row->line };
	if (!offer) {
		add_name(f->r, cell[PROVIDER], cell[SPELLING], e);
		return CM_OK;
	}
	struct str key = { 0 };
	key_begin(&key, 'o', cell[PROVIDER]);
	offer_key(&key, cell[SPELLING]);
	add_entry(f->r, key.p, e);
	str_free(&key);
	return CM_OK;
}

static enum cm_status read_names(struct resolver *r, const char *path, struct cm_err *err)
{
	struct names_file f = { .r = r, .path = pool_dup(&r->pool, path) };
	struct csv_row row;

	enum cm_status st = csv_open(path, &f.csv, err);
	if (st != CM_OK)
		return st;
	st = csv_next(f.csv, &row, err);
	if (st == CM_OK)
		st = bind_columns(&f, &row, err);
	while (st == CM_OK && (st = csv_next(f.csv, &row, err)) == CM_OK)
		st = keep_row(&f, &row, err);
	csv_close(f.csv);
	return st == CM_END ? CM_OK : st;
}

static int not_hidden(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

enum cm_status resolver_open(const char *dir, const struct catalogue *c, struct resolver **out,
			     struct cm_err *err)
{
	struct resolver *r = cm_alloc(sizeof *r);
	struct dirent **list = NULL;
	enum cm_status st = CM_OK;
	char *vendors = cm_printf_dup("%s/vendors", dir);
	const int n = scandir(vendors, &list, not_hidden, alphasort);

	r->catalogue = c;
	if (n < 0)
		st = cm_fail(err, CM_EINPUT, "%s: %s", vendors, strerror(errno));
	for (int i = 0; i < n; i++) {
		char *path = cm_printf_dup("%s/%s/names.csv", vendors, list[i]->d_name);
		if (st == CM_OK && file_exists(path))
			st = read_names(r, path, err);
		free(path);
		free(list[i]);
	}
	free(list);
	free(vendors);
	if (st != CM_OK) {
		resolver_close(r);
		return st;
	}
	add_catalogue(r);
	index_all(r);
	*out = r;
	return CM_OK;
}

void resolver_close(struct resolver *r)
{
	if (!r)
		return;
	pool_free(&r->pool);
	free(r->entry);
	free(r->slot);
	free(r);
}

/* ---- the question --------------------------------------------------------------------------------- */

static bool memory_fits(double told, double has)
{
	return isnan(told) || isnan(has) || fabs(told - has) <= 0.1 * has;
}

static bool accept(const struct spelling *e, struct resolved *out)
{
	out->device = e->device;
	out->devices = e->devices;
	out->file = e->file;
	out->line = e->line;
	out->why[0] = '\0';
	return true;
}

/* Writes why the candidates do not decide. */
static void undecided(const struct resolver *r, const struct spelling *first, const char *text,
		      double told, bool several, struct resolved *out)
{
	struct str s = { 0 };

	for (const struct spelling *e = first; e; e = e->next ? &r->entry[e->next - 1] : NULL) {
		if (several && !memory_fits(told, e->memory))
			continue;
		str_addf(&s, "%s%s", s.len ? ", " : "", e->device);
		if (!several && !isnan(e->memory))
			str_addf(&s, " (%g GiB)", e->memory);
	}
	if (several)
		snprintf(out->why, sizeof out->why, "'%.60s' may be any of %.160s", text, str_get(&s));
	else
		snprintf(out->why, sizeof out->why, "'%.60s' with %g GiB is not %.140s", text, told,
			 str_get(&s));
	str_free(&s);
}

/* true: the key is known; out holds the device, or why the candidates do not decide. */
static bool look_up(const struct resolver *r, const char *key, const char *text, double told,
		    struct resolved *out)
{
	const uint32_t at = r->slot[hash_at(r, key)];
	const struct spelling *first = at ? &r->entry[at - 1] : NULL, *fit = NULL;
	bool several = false;

	for (const struct spelling *e = first; e; e = e->next ? &r->entry[e->next - 1] : NULL) {
		if (!memory_fits(told, e->memory))
			continue;
		several = several || (fit && strcmp(fit->device, e->device) != 0);
		fit = fit ? fit : e;
	}
	if (!first)
		return false;
	if (fit && !several)
		return accept(fit, out);
	undecided(r, first, text, told, several, out);
	return true;
}

/* One text under the provider's and everybody's spellings. */
static bool by_name(const struct resolver *r, const char *provider, const char *text, size_t n,
		    double told, struct resolved *out)
{
	struct str key = { 0 };
	bool found = false;

	for (int makers = 1; makers >= 0 && !found; makers--)
		for (int anybody = *provider ? 0 : 1; anybody < 2 && !found; anybody++) {
			key_begin(&key, 'n', anybody ? "" : provider);
			const size_t head = key.len;
			key_of(&key, text, n, makers);
			found = key.len > head && look_up(r, key.p, text, told, out);
		}
	str_free(&key);
	return found;
}

static const char *or_nothing(const char *s)
{
	return s ? s : "";
}

static bool same_size(double a, double b)
{
	return fabs(a - b) <= 0.1 * b;
}

bool resolve_device(const struct resolver *r, const struct resolve_query *q, struct resolved *out)
{
	const char *provider = or_nothing(q->provider), *offer = or_nothing(q->offer);
	const char *text = or_nothing(q->device_text);
	double told = q->memory_gib > 0.0 ? q->memory_gib : NAN, in_name = NAN;

	*out = (struct resolved){ .devices = "", .file = "" };
	if (*provider && *offer) {
		struct str key = { 0 };
		key_begin(&key, 'o', provider);
		offer_key(&key, offer);
		/* A type says what it holds; a source's memory of it may be the host's. */
		const bool found = look_up(r, key.p, offer, NAN, out);
		str_free(&key);
		out->by_offer = found;
		if (found)
			return out->device != NULL;
	}
	if (!*text)
		return false;
	if (by_name(r, provider, text, strlen(text), told, out))
		return out->device != NULL;
	const size_t n = before_memory(text, &in_name);
	if (n && !isnan(told) && !same_size(told, in_name)) {
		snprintf(out->why, sizeof out->why, "'%.60s' says another memory than the %g GiB beside it",
			 text, told);
		return false;
	}
	if (n && by_name(r, provider, text, n, in_name, out))
		return out->device != NULL;
	snprintf(out->why, sizeof out->why, "'%.100s' is in no table of device names", text);
	return false;
}
