/* Text from outside, made safe for where it goes. Invalid UTF-8 becomes U+FFFD everywhere. */
#ifndef CM_BASE_ESCAPE_H
#define CM_BASE_ESCAPE_H

#include "base/str.h"

void esc_html(struct str *out, const char *text);      /* element text and quoted attributes */
void esc_xml(struct str *out, const char *text);       /* and drops what XML 1.0 cannot carry */
void esc_markdown(struct str *out, const char *text);  /* | < > * _ ` [ ] \ ~ $ and line ends; what
							* would start a list, mention or reference */
void esc_terminal(struct str *out, const char *text);  /* control and escape bytes made visible */
void esc_plain(struct str *out, const char *text);     /* valid UTF-8; controls but tab, LF, CR become
							* U+FFFD: for a cell of CSV */
void esc_script(struct str *out, const char *text);    /* inside "…" of a script element's JSON */

#endif
