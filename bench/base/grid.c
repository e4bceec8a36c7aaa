/* Tables whole in memory (see grid.h). A workbook is a zip of XML; only its values are read, no formula. */
#include "base/grid.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/xmlpull.h"

#define CELLS_MOST 20000000
#define UNPACKED_MOST (512u << 20)

static void add_cell(struct grid *g, const char *text, size_t n)
{
	struct grid_row *r = &g->row[g->rows - 1];
	char *copy = pool_alloc(&g->pool, n + 1);

	memcpy(copy, text, n);
	CM_PUSH(r->cell, r->cells, r->cap);
	r->cell[r->cells++] = copy;
}

static void add_row(struct grid *g, size_t line)
{
	CM_PUSH(g->row, g->rows, g->cap);
	g->row[g->rows++] = (struct grid_row){ .line = line };
}

/* ---- CSV --------------------------------------------------------------------------------------- */

static enum cm_status read_csv(const char *p, const char *end, const char *name, struct grid *g,
			       struct cm_err *err)
{
	const char *eol = memchr(p, '\n', (size_t)(end - p));
	const size_t first = (size_t)((eol ? eol : end) - p);
	const char comma = memchr(p, ',', first) || !memchr(p, '\t', first) ? ',' : '\t';
	struct str cell = { 0 };
	size_t line = 1, cells = 0;
	enum cm_status st = CM_OK;

	while (p < end && !st) {
		const size_t begun = line;
		bool more = true;

		if (*p == '\n' || *p == '\r') { /* a blank line */
			line += *p++ == '\n';
			continue;
		}
		add_row(g, line);
		while (more && !st) {
			str_clear(&cell);
			if (p < end && *p == '"') {
				for (p++; p < end && !(*p == '"' && (p + 1 == end || p[1] != '"')); p++) {
					line += *p == '\n';
					p += *p == '"';
					str_addc(&cell, *p);
				}
				if (p == end)
					st = cm_fail_at(err, CM_EINPUT, name, begun, 0,
							"a quote is not closed");
				p += p < end;
			}
			while (p < end && *p != comma && *p != '\n' && *p != '\r')
				str_addc(&cell, *p++);
			add_cell(g, str_get(&cell), cell.len);
			if (++cells > CELLS_MOST)
				st = cm_fail(err, CM_EINPUT, "%s: more than %d cells", name, CELLS_MOST);
			more = p < end && *p == comma;
			p += more;
		}
		while (p < end && *p == '\r')
			p++;
		if (p < end && *p == '\n') {
			p++;
			line++;
		}
	}
	str_free(&cell);
	return st;
}

/* ---- a workbook -------------------------------------------------------------------------------- */

static uint32_t le(const uint8_t *p, int n)
{
	uint32_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

/* One entry of a zip, by its directory. false: not there, or not readable. */
static bool unzip(const uint8_t *b, size_t n, const char *want, struct str *out)
{
	const uint8_t *e = NULL;
	uint32_t at;

	for (size_t i = n < 22 ? 0 : n - 22; n >= 22 && !e && i + 65558 > n; i--) {
		if (!memcmp(b + i, "PK\5\6", 4))
			e = b + i;
		if (i == 0)
			break;
	}
	if (!e)
		return false;
	at = le(e + 16, 4);
	for (uint32_t k = le(e + 10, 2); k; k--) {
		const uint8_t *d = b + at;
		uint32_t name, packed, size, local;

		if ((size_t)at + 46 > n || memcmp(d, "PK\1\2", 4) != 0)
			return false;
		name = le(d + 28, 2);
		packed = le(d + 20, 4);
		size = le(d + 24, 4);
		local = le(d + 42, 4);
		at += 46 + name + le(d + 30, 2) + le(d + 32, 2);
		if (at > n || strlen(want) != name || memcmp(d + 46, want, name) != 0)
			continue;
		if ((size_t)local + 30 > n || size > UNPACKED_MOST)
			return false;
		const size_t data = (size_t)local + 30 + le(b + local + 26, 2) + le(b + local + 28, 2);
		if (data + packed > n)
			return false;
		if (le(d + 10, 2) == 0) {
			str_addn(out, (const char *)b + data, packed);
			return true;
		}
		struct pool scratch = { 0 };
		uint8_t *buf = pool_alloc(&scratch, (size_t)size + 1);
		z_stream z = {.next_in = (uint8_t *)(uintptr_t)(b + data),
			      .avail_in = packed,
			      .next_out = buf,
			      .avail_out = size};
		const bool ok = inflateInit2(&z, -15) == Z_OK && inflate(&z, Z_FINISH) == Z_STREAM_END &&
				z.total_out == size;

		inflateEnd(&z);
		if (ok)
			str_addn(out, (const char *)buf, size);
		pool_free(&scratch);
		return ok;
	}
	return false;
}

/* The texts that cells refer to by number. */
static enum cm_status read_shared(const struct str *xml, const char *name, struct grid *g, struct cm_err *err)
{
	struct xmlpull x;
	enum xml_kind k = XML_OPEN;
	struct str text = { 0 };
	enum cm_status st = CM_OK;

	add_row(g, 0);
	xml_begin(&x, str_get(xml), xml->len, name);
	while (!(st = xml_next(&x, &k, err)) && k != XML_DONE) {
		if (k == XML_OPEN && !strcmp(x.element, "si"))
			str_clear(&text);
		else if (k == XML_TEXT)
			str_addn(&text, str_get(&x.text), x.text.len);
		else if (k == XML_CLOSE && !strcmp(x.element, "si"))
			add_cell(g, str_get(&text), text.len);
	}
	xml_end(&x);
	str_free(&text);
	return st;
}

/* "AB12" → column 27 (from 0). */
static size_t column_of(const char *ref)
{
	size_t c = 0;

	while (isupper((unsigned char)*ref) && c < 20000)
		c = c * 26 + (size_t)(*ref++ - 'A') + 1;
	return c ? c - 1 : SIZE_MAX;
}

struct sheet {
	struct grid *g;
	const struct grid *shared;
	struct str text, ref, type;
	bool in_value;
};

static void put_cell(struct sheet *s)
{
	const size_t c = column_of(str_get(&s->ref));
	const char *text = str_get(&s->text);

	if (!strcmp(str_get(&s->type), "s"))
		text = grid_cell(s->shared, 0, strtoul(text, NULL, 10));
	if (s->g->rows == 0)
		return;
	while (c != SIZE_MAX && s->g->row[s->g->rows - 1].cells < c)
		add_cell(s->g, "", 0);
	add_cell(s->g, text, strlen(text));
}

static enum cm_status read_sheet(const struct str *xml, const char *name, struct sheet *s, struct cm_err *err)
{
	struct xmlpull x;
	enum xml_kind k = XML_OPEN;
	size_t line = 0;
	enum cm_status st;

	xml_begin(&x, str_get(xml), xml->len, name);
	while (!(st = xml_next(&x, &k, err)) && k != XML_DONE) {
		const bool value = !strcmp(x.element, "v") || !strcmp(x.element, "t");

		if (k == XML_OPEN && !strcmp(x.element, "row")) {
			add_row(s->g, ++line);
		} else if (k == XML_OPEN && !strcmp(x.element, "c")) {
			str_clear(&s->text);
			xml_attribute(&x, "r", &s->ref);
			xml_attribute(&x, "t", &s->type);
		} else if (k == XML_OPEN) {
			s->in_value = value;
		} else if (k == XML_TEXT && s->in_value) {
			str_addn(&s->text, str_get(&x.text), x.text.len);
		} else if (k == XML_CLOSE) {
			s->in_value = false;
			if (!strcmp(x.element, "c"))
				put_cell(s);
		}
	}
	xml_end(&x);
	return st;
}

static enum cm_status read_book(const char *bytes, size_t n, const char *name, struct grid *g,
				struct cm_err *err)
{
	struct grid shared = { .row = NULL };
	struct sheet s = { .g = g, .shared = &shared };
	struct str xml = { 0 };
	const uint8_t *b = (const uint8_t *)bytes;
	enum cm_status st = CM_OK;

	if (unzip(b, n, "xl/sharedStrings.xml", &xml))
		st = read_shared(&xml, name, &shared, err);
	str_clear(&xml);
	if (!st && !unzip(b, n, "xl/worksheets/sheet1.xml", &xml))
		st = cm_fail(err, CM_EINPUT, "%s: no workbook with a readable first sheet", name);
	if (!st)
		st = read_sheet(&xml, name, &s, err);
	str_free(&xml);
	str_free(&s.text);
	str_free(&s.ref);
	str_free(&s.type);
	grid_free(&shared);
	return st;
}

/* ---- both -------------------------------------------------------------------------------------- */

enum cm_status grid_read(const char *bytes, size_t n, const char *name, struct grid *out,
			 struct cm_err *err)
{
	enum cm_status st;

	*out = (struct grid){ .row = NULL };
	if (n >= 4 && !memcmp(bytes, "PK\3\4", 4))
		st = read_book(bytes, n, name, out, err);
	else if (n >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3))
		st = read_csv(bytes + 3, bytes + n, name, out, err);
	else
		st = read_csv(bytes, bytes + n, name, out, err);
	if (st)
		grid_free(out);
	return st;
}

const char *grid_cell(const struct grid *g, size_t row, size_t column)
{
	return row < g->rows && column < g->row[row].cells ? g->row[row].cell[column] : "";
}

static bool heading_is(const char *cell, const char *name, size_t n)
{
	size_t len;

	cell += strspn(cell, " \t\r\n");
	len = strlen(cell);
	while (len && isspace((unsigned char)cell[len - 1]))
		len--;
	return len == n && !strncasecmp(cell, name, n);
}

size_t grid_column(const struct grid *g, size_t row, const char *names)
{
	for (const char *p = names; *p; p += strspn(p, "|")) {
		const size_t n = strcspn(p, "|");

		for (size_t c = 0; row < g->rows && c < g->row[row].cells; c++)
			if (heading_is(g->row[row].cell[c], p, n))
				return c;
		p += n;
	}
	return SIZE_MAX;
}

void grid_free(struct grid *g)
{
	for (size_t i = 0; i < g->rows; i++)
		free(g->row[i].cell);
	free(g->row);
	pool_free(&g->pool);
	*g = (struct grid){ .row = NULL };
}
