/* XML piece by piece: elements and their text, without namespaces, entities of the standard only. */
#ifndef CM_BASE_XMLPULL_H
#define CM_BASE_XMLPULL_H

#include "api/status.h"
#include "base/str.h"

enum xml_kind { XML_OPEN, XML_TEXT, XML_CLOSE, XML_DONE };

struct xmlpull {
	const char *name;      /* of the input, for messages */
	const char *at, *end, *begin;
	unsigned depth;
	bool closing;          /* an empty element's end is due */
	char element[128];     /* XML_OPEN, XML_CLOSE: without its prefix */
	struct str attributes; /* XML_OPEN: as written */
	struct str text;       /* XML_TEXT: decoded */
};

void xml_begin(struct xmlpull *x, const char *bytes, size_t n, const char *name);
/* A document type, an unknown entity, an element that is not closed or over 256 levels is CM_EINPUT. */
enum cm_status xml_next(struct xmlpull *x, enum xml_kind *kind, struct cm_err *err);
/* An attribute of the element just opened, decoded into out; false: it has none of that name. */
bool xml_attribute(const struct xmlpull *x, const char *name, struct str *out);
size_t xml_line(const struct xmlpull *x);
void xml_end(struct xmlpull *x);

#endif
