/* A small XML reader (see xmlpull.h): enough for result files; it resolves nothing from outside. */
#include "base/xmlpull.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define DEEPEST 256

void xml_begin(struct xmlpull *x, const char *bytes, size_t n, const char *name)
{
	*x = (struct xmlpull){ .name = name, .at = bytes, .begin = bytes, .end = bytes + n };
	if (n >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3))
		x->at += 3;
}

void xml_end(struct xmlpull *x)
{
	str_free(&x->attributes);
	str_free(&x->text);
}

size_t xml_line(const struct xmlpull *x)
{
	size_t line = 1;

	for (const char *p = x->begin; p < x->at; p++)
		line += *p == '\n';
	return line;
}

static enum cm_status broken(const struct xmlpull *x, const char *why, struct cm_err *err)
{
	size_t col = 1;

	for (const char *p = x->at; p > x->begin && p[-1] != '\n'; p--)
		col++;
	return cm_fail_at(err, CM_EINPUT, x->name, xml_line(x), col, "%s", why);
}

static const char *find(const struct xmlpull *x, const char *from, const char *what)
{
	return from < x->end ? memmem(from, (size_t)(x->end - from), what, strlen(what)) : NULL;
}

static void add_code(struct str *s, unsigned long c)
{
	if (c < 0x80) {
		str_addc(s, (char)c);
	} else if (c < 0x800) {
		str_addc(s, (char)(0xc0 | c >> 6));
		str_addc(s, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		str_addc(s, (char)(0xe0 | c >> 12));
		str_addc(s, (char)(0x80 | (c >> 6 & 0x3f)));
		str_addc(s, (char)(0x80 | (c & 0x3f)));
	} else {
		str_addc(s, (char)(0xf0 | (c >> 18 & 7)));
		str_addc(s, (char)(0x80 | (c >> 12 & 0x3f)));
		str_addc(s, (char)(0x80 | (c >> 6 & 0x3f)));
		str_addc(s, (char)(0x80 | (c & 0x3f)));
	}
}

/* false: an entity that the standard does not name. */
static bool decode(const char *p, const char *end, struct str *out)
{
	static const struct { const char *name; char is; } names[] = {
		{ "lt;", '<' }, { "gt;", '>' }, { "amp;", '&' }, { "quot;", '"' }, { "apos;", '\'' },
	};

	while (p < end) {
		const char *amp = memchr(p, '&', (size_t)(end - p)), *semi;
		size_t i = 0;

		str_addn(out, p, (size_t)((amp ? amp : end) - p));
		if (!amp)
			break;
		semi = memchr(amp, ';', (size_t)(end - amp));
		if (!semi)
			return false;
		if (amp[1] == '#') {
			const bool hex = amp[2] == 'x';
			char *stop;
			const unsigned long c = strtoul(amp + (hex ? 3 : 2), &stop, hex ? 16 : 10);

			if (stop != semi || c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
				return false;
			add_code(out, c);
		} else {
			while (i < CM_COUNT(names) &&
			       strncmp(amp + 1, names[i].name, strlen(names[i].name)) != 0)
				i++;
			if (i == CM_COUNT(names))
				return false;
			str_addc(out, names[i].is);
		}
		p = semi + 1;
	}
	return true;
}

static void set_name(struct xmlpull *x, const char *from, const char *to)
{
	const char *colon = memchr(from, ':', (size_t)(to - from));
	size_t n;

	if (colon)
		from = colon + 1;
	n = (size_t)(to - from);
	if (n >= sizeof x->element)
		n = sizeof x->element - 1;
	memcpy(x->element, from, n);
	x->element[n] = '\0';
}

static enum cm_status tag(struct xmlpull *x, enum xml_kind *kind, struct cm_err *err)
{
	const bool close = x->at + 1 < x->end && x->at[1] == '/';
	const char *from = x->at + 1 + close, *to = from, *stop;
	char quote = 0;

	while (to < x->end && *to != '>' && *to != '/' && !isspace((unsigned char)*to))
		to++;
	for (stop = to; stop < x->end && (quote || *stop != '>'); stop++)
		if (quote ? *stop == quote : *stop == '"' || *stop == '\'')
			quote = quote ? 0 : *stop;
	if (stop >= x->end || to == from)
		return broken(x, "a tag is not ended", err);
	set_name(x, from, to);
	if (close) {
		if (x->depth == 0)
			return broken(x, "an element is closed that was never opened", err);
		x->depth--;
		*kind = XML_CLOSE;
	} else {
		if (++x->depth > DEEPEST)
			return broken(x, "elements lie more than 256 deep in one another", err);
		x->closing = stop > to && stop[-1] == '/';
		x->closing |= to < x->end && *to == '/';
		str_clear(&x->attributes);
		str_addn(&x->attributes, to, (size_t)(stop - to));
		*kind = XML_OPEN;
	}
	x->at = stop + 1;
	return CM_OK;
}

enum cm_status xml_next(struct xmlpull *x, enum xml_kind *kind, struct cm_err *err)
{
	if (x->closing) {
		x->closing = false;
		x->depth--;
		*kind = XML_CLOSE;
		return CM_OK;
	}
	while (x->at < x->end) {
		const size_t left = (size_t)(x->end - x->at);
		const char *stop = NULL, *lt;

		if (left >= 9 && !memcmp(x->at, "<![CDATA[", 9)) {
			stop = find(x, x->at, "]]>");
			if (!stop)
				return broken(x, "a CDATA section is not ended", err);
			str_clear(&x->text);
			str_addn(&x->text, x->at + 9, (size_t)(stop - x->at - 9));
			x->at = stop + 3;
			*kind = XML_TEXT;
			return CM_OK;
		}
		if (left >= 4 && !memcmp(x->at, "<!--", 4)) {
			stop = find(x, x->at + 4, "-->");
			if (!stop)
				return broken(x, "a comment is not ended", err);
			x->at = stop + 3;
			continue;
		}
		if (left >= 2 && !memcmp(x->at, "<?", 2)) {
			stop = find(x, x->at, "?>");
			if (!stop)
				return broken(x, "an instruction is not ended", err);
			x->at = stop + 2;
			continue;
		}
		if (left >= 2 && !memcmp(x->at, "<!", 2))
			return broken(x, "a document type is not read", err);
		if (*x->at == '<')
			return tag(x, kind, err);
		lt = memchr(x->at, '<', left);
		stop = lt ? lt : x->end;
		str_clear(&x->text);
		if (!decode(x->at, stop, &x->text))
			return broken(x, "an unknown entity", err);
		x->at = stop;
		*kind = XML_TEXT;
		return CM_OK;
	}
	if (x->depth)
		return broken(x, "the document ends inside an element", err);
	*kind = XML_DONE;
	return CM_OK;
}

bool xml_attribute(const struct xmlpull *x, const char *name, struct str *out)
{
	const size_t n = strlen(name);

	str_clear(out);
	for (const char *p = str_get(&x->attributes); (p = strstr(p, name)); p += n) {
		const char *q = p + n, *end;

		if (p > x->attributes.p && !isspace((unsigned char)p[-1]) && p[-1] != ':')
			continue;
		q += strspn(q, " \t\r\n");
		if (*q++ != '=')
			continue;
		q += strspn(q, " \t\r\n");
		if (*q != '"' && *q != '\'')
			continue;
		end = strchr(q + 1, *q);
		return end && decode(q + 1, end, out);
	}
	return false;
}
