/*
 * CSV row by row, with line and column. The only file that names libcsv.
 *
 * libcsv says what a cell is, not where. Bytes that can change its state (comma, quote, line ends)
 * are fed one at a time, runs of plain bytes at once, so the place of each cell is known.
 */
#include "base/csv.h"

#include <csv.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/dec.h"
#include "base/str.h"
#include "base/stream.h"

#define LONGEST_ROW ((size_t)10 << 20)

struct csv {
	struct csv_parser parser;
	FILE *file;
	struct stream *in;  /* instead of a file */
	char *path;
	char block[16384];
	size_t at, end;     /* the part of block[] not yet fed */
	size_t line, col;   /* of the next byte */
	bool after_cr, finished, parser_made;
	char separator;
	/* the row being read */
	struct str text;    /* its cells, each NUL-ended */
	size_t *start;      /* offset of each cell in text */
	size_t *col_of;
	size_t cells, start_cap, col_cap;
	size_t row_line, cell_line, cell_col, row_bytes;
	bool row_begun;     /* a byte other than a line end was seen */
	bool row_done;
	const char **cell;
	size_t cell_cap;
};

static void on_cell(void *data, size_t n, void *state)
{
	struct csv *c = state;
	size_t same = c->cells;

	CM_PUSH(c->start, c->cells, c->start_cap);
	CM_PUSH(c->col_of, same, c->col_cap);
	c->start[c->cells] = c->text.len;
	c->col_of[c->cells++] = c->cell_col;
	if (n)
		str_addn(&c->text, data, n);
	str_addc(&c->text, '\0');
}

static void on_row(int end_byte, void *state)
{
	(void)end_byte;
	((struct csv *)state)->row_done = true;
}

/* Blanks belong to their cell (RFC 4180); libcsv would drop them. */
static int no_blank(unsigned char byte)
{
	(void)byte;
	return 0;
}

static enum cm_status fill(struct csv *c, struct cm_err *err)
{
	c->at = c->end = 0;
	if (c->in)
		return stream_read(c->in, c->block, sizeof c->block, &c->end, err);
	c->end = fread(c->block, 1, sizeof c->block, c->file);
	if (c->end == 0 && ferror(c->file))
		return cm_fail(err, CM_EINPUT, "%s: %s", c->path, strerror(errno));
	return CM_OK;
}

static enum cm_status begin(struct csv *c, struct csv **out, struct cm_err *err)
{
	enum cm_status st;

	c->line = c->col = 1;
	c->separator = ',';
	if (!c->file && !c->in)
		st = cm_fail(err, CM_EINPUT, "%s: %s", c->path, strerror(errno));
	else
		st = fill(c, err);
	if (st == CM_OK) {
		c->parser_made = csv_init(&c->parser, CSV_STRICT | CSV_STRICT_FINI) == 0;
		csv_set_space_func(&c->parser, no_blank);
	}
	if (st != CM_OK) {
		csv_close(c);
		return st;
	}
	if (c->end >= 3 && memcmp(c->block, "\xef\xbb\xbf", 3) == 0)
		c->at = 3;
	*out = c;
	return CM_OK;
}

enum cm_status csv_open(const char *path, struct csv **out, struct cm_err *err)
{
	struct csv *c = cm_alloc(sizeof *c);

	c->path = cm_strdup(path);
	c->file = fopen(path, "rb");
	return begin(c, out, err);
}

enum cm_status csv_open_stream(struct stream *in, struct csv **out, struct cm_err *err)
{
	struct csv *c = cm_alloc(sizeof *c);

	c->path = cm_strdup(stream_name(in));
	c->in = in;
	return begin(c, out, err);
}

void csv_close(struct csv *c)
{
	if (!c)
		return;
	if (c->parser_made)
		csv_free(&c->parser);
	if (c->file)
		fclose(c->file);
	str_free(&c->text);
	free(c->start);
	free(c->col_of);
	free(c->cell);
	free(c->path);
	free(c);
}

void csv_separate(struct csv *c, char separator)
{
	c->separator = separator;
	csv_set_delim(&c->parser, (unsigned char)separator);
}

static bool is_special(const struct csv *c, char b)
{
	return b == c->separator || b == '"' || b == '\n' || b == '\r' || b == '\0';
}

/* Moves the place past a fed byte. CR LF is one line end, a CR alone one too. */
static void step(struct csv *c, char b)
{
	if (b == '\r' || (b == '\n' && !c->after_cr)) {
		c->line++;
		c->col = 1;
	} else if (b != '\n') {
		c->col++;
	}
	c->after_cr = b == '\r';
}

static enum cm_status refused(struct csv *c, char b, struct cm_err *err)
{
	if (csv_error(&c->parser) != CSV_EPARSE)
		return cm_fail_at(err, CM_EINPUT, c->path, c->line, c->col, "%s",
				  csv_strerror(csv_error(&c->parser)));
	if (b == '"')
		return cm_fail_at(err, CM_EINPUT, c->path, c->line, c->col,
				  "a quote inside a cell that does not begin with one: quote the "
				  "whole cell and write the quote twice");
	return cm_fail_at(err, CM_EINPUT, c->path, c->line, c->col,
			  "expected %s or the end of the row after the closing quote",
			  c->separator == ',' ? "a comma" : "the separator");
}

/* Feeds one special byte or one run of plain ones. */
static enum cm_status feed(struct csv *c, struct cm_err *err)
{
	const char *p = c->block + c->at;
	size_t n = 1;

	if (*p == '\0')
		return cm_fail_at(err, CM_EINPUT, c->path, c->line, c->col,
				  "a NUL byte: this is not a text file");
	if (!is_special(c, *p))
		while (c->at + n < c->end && !is_special(c, p[n]))
			n++;
	const size_t before = c->cells;
	if (csv_parse(&c->parser, p, n, on_cell, on_row, c) != n)
		return refused(c, *p, err);
	if (n == 1 && is_special(c, *p)) {
		step(c, *p);
	} else {
		c->col += n;
		c->after_cr = false;
	}
	c->row_begun = c->row_begun || (*p != '\n' && *p != '\r');
	c->row_bytes += n;
	c->at += n;
	if (c->cells != before) { /* a comma: the next cell begins here */
		c->cell_col = c->col;
		c->cell_line = c->line;
	}
	if (c->row_bytes > LONGEST_ROW)
		return cm_fail_at(err, CM_EINPUT, c->path, c->row_line, 1,
				  "a row of more than %zu bytes: is a quote left open?", LONGEST_ROW);
	return CM_OK;
}

static void begin_row(struct csv *c)
{
	str_clear(&c->text);
	c->cells = 0;
	c->row_bytes = 0;
	c->row_begun = c->row_done = false;
	c->row_line = c->cell_line = c->line;
	c->cell_col = c->col;
}

static enum cm_status finish(struct csv *c, struct cm_err *err)
{
	c->finished = true;
	if (csv_fini(&c->parser, on_cell, on_row, c) != 0)
		return cm_fail_at(err, CM_EINPUT, c->path, c->cell_line, c->cell_col,
				  "the quote that opens here is never closed");
	return c->cells ? CM_OK : CM_END;
}

enum cm_status csv_next(struct csv *c, struct csv_row *row, struct cm_err *err)
{
	enum cm_status st = CM_OK;

	begin_row(c);
	while (st == CM_OK && !c->row_done) {
		if (c->at == c->end)
			st = c->finished ? CM_END : fill(c, err);
		if (st == CM_OK && c->end == 0) {
			st = c->finished ? CM_END : finish(c, err);
			break;
		}
		if (st == CM_OK)
			st = feed(c, err);
		if (!c->row_begun) /* a blank line */
			begin_row(c);
	}
	if (st != CM_OK)
		return st;
	for (size_t i = 0; i < c->cells; i++) {
		CM_PUSH(c->cell, i, c->cell_cap);
		c->cell[i] = c->text.p + c->start[i];
	}
	*row = (struct csv_row){ .cell = c->cell, .col = c->col_of, .cells = c->cells,
				 .line = c->row_line };
	return CM_OK;
}

void csv_put(FILE *out, const char *text, bool first)
{
	struct dec number;
	const bool formula = *text && strchr("=+-@\t\r", *text) && !dec_parse(text, &number);
	const bool quote = strpbrk(text, ",\"\r\n") || *text == ' ' ||
			   (*text && text[strlen(text) - 1] == ' ') ||
			   strncmp(text, "\xef\xbb\xbf", 3) == 0; /* not the mark of a file */

	if (!first)
		fputc(',', out);
	if (!formula && !quote) {
		fputs(text, out);
		return;
	}
	if (quote)
		fputc('"', out);
	if (formula)
		fputc('\'', out);
	for (const char *s = text; *s; s++) {
		if (*s == '"')
			fputc('"', out);
		fputc(*s, out);
	}
	if (quote)
		fputc('"', out);
}
