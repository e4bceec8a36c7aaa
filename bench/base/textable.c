/* A table for the terminal. Columns are measured in characters; every cell is made safe first. */
#include "base/textable.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/escape.h"
#include "base/utf8.h"

#define MAX_COLUMNS 32
#define LEAST_WRAPPED 16

struct textable {
	const char *align;
	size_t columns;
	char **cell; /* the titles first, then row by row */
	size_t cells, cap;
};

static void add(struct textable *t, const char *text)
{
	struct str safe = { 0 };
	esc_terminal(&safe, text);
	CM_PUSH(t->cell, t->cells, t->cap);
	t->cell[t->cells++] = str_take(&safe);
}

struct textable *textable_new(const char *align, const char *const *titles)
{
	struct textable *t = cm_alloc(sizeof *t);
	t->align = *align ? align : "l";
	t->columns = strlen(t->align) > MAX_COLUMNS ? MAX_COLUMNS : strlen(t->align);
	for (size_t i = 0; i < t->columns; i++)
		add(t, titles[i]);
	return t;
}

void textable_cell(struct textable *t, const char *text)
{
	add(t, text ? text : "");
}

void textable_cellf(struct textable *t, const char *fmt, ...)
{
	struct str s = { 0 };
	va_list ap;
	va_start(ap, fmt);
	str_vaddf(&s, fmt, ap);
	va_end(ap);
	add(t, str_get(&s));
	str_free(&s);
}

static size_t characters(const char *s, size_t bytes)
{
	size_t n = 0;
	for (size_t i = 0; i < bytes && s[i];) {
		uint32_t c;
		i += utf8_next(s + i, &c);
		n++;
	}
	return n;
}

/* Bytes of the first line of s that fits into `width` characters: to a blank where there is one. */
static size_t line_bytes(const char *s, size_t width)
{
	size_t bytes = 0, blank = 0;
	for (size_t n = 0; s[bytes] && n < width; n++) {
		uint32_t c;
		if (s[bytes] == ' ' && bytes)
			blank = bytes;
		bytes += utf8_next(s + bytes, &c);
	}
	if (!s[bytes] || s[bytes] == ' ' || !blank)
		return bytes;
	return blank;
}

static void pad(FILE *out, size_t n)
{
	while (n-- > 0)
		fputc(' ', out);
}

/* One row, over as many lines as its wrapped cells need. No blanks at a line's end. */
static void print_row(const struct textable *t, char *const *cell, const size_t *width, FILE *out)
{
	const char *rest[MAX_COLUMNS];
	bool more = true;

	memcpy(rest, cell, t->columns * sizeof *rest);
	while (more) {
		size_t owed = 0;
		more = false;
		for (size_t i = 0; i < t->columns; i++) {
			const size_t bytes = line_bytes(rest[i], width[i]);
			const size_t space = width[i] - characters(rest[i], bytes);
			owed += t->align[i] == 'r' ? space : 0;
			if (bytes) {
				pad(out, owed);
				fwrite(rest[i], 1, bytes, out);
				owed = 0;
			} else {
				owed += width[i] - space;
			}
			owed += (t->align[i] == 'r' ? 0 : space) + 2;
			rest[i] += bytes;
			while (*rest[i] == ' ')
				rest[i]++;
			more = more || *rest[i];
		}
		fputc('\n', out);
	}
}

static void fit(const struct textable *t, size_t *width, unsigned limit)
{
	size_t total = 2 * (t->columns - 1), widest = t->columns;

	for (size_t i = 0; i < t->columns; i++) {
		total += width[i];
		if (t->align[i] == 'l' && (widest == t->columns || width[i] > width[widest]))
			widest = i;
	}
	if (limit == 0 || total <= limit || widest == t->columns)
		return;
	const size_t over = total - limit;
	if (width[widest] > LEAST_WRAPPED)
		width[widest] = width[widest] > over + LEAST_WRAPPED ? width[widest] - over
								     : LEAST_WRAPPED;
}

void textable_print(struct textable *t, FILE *out, unsigned width)
{
	size_t wide[MAX_COLUMNS] = { 0 };

	while (t->cells % t->columns)
		add(t, "");
	for (size_t i = 0; i < t->cells; i++) {
		const size_t n = characters(t->cell[i], SIZE_MAX);
		if (n > wide[i % t->columns])
			wide[i % t->columns] = n;
	}
	fit(t, wide, width);
	for (size_t i = 0; i < t->cells; i += t->columns)
		print_row(t, t->cell + i, wide, out);
	for (size_t i = 0; i < t->cells; i++)
		free(t->cell[i]);
	free(t->cell);
	free(t);
}

unsigned textable_width(FILE *out)
{
	struct winsize w = { .ws_col = 0 };

	return ioctl(fileno(out), TIOCGWINSZ, &w) == 0 ? w.ws_col : 0;
}
