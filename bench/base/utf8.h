/* UTF-8, one character at a time: what every writer of outside text starts from. */
#ifndef CM_BASE_UTF8_H
#define CM_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define UTF8_BAD 0xfffdu

/* Decodes the character at s (not at its NUL) into *c and returns its bytes. Anything that is not
 * well-formed (overlong, surrogate, past U+10FFFF, cut short) gives UTF8_BAD and one byte. */
static inline size_t utf8_next(const char *s, uint32_t *c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *u = (const unsigned char *)s;
	const size_t n = u[0] < 0x80 ? 1 : u[0] < 0xc2 ? 0 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3
			 : u[0] < 0xf5 ? 4 : 0;
	uint32_t v = n == 1 ? u[0] : n ? u[0] & (0x7fu >> n) : 0;

	for (size_t i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80) {
			*c = UTF8_BAD;
			return 1;
		}
		v = v << 6 | (u[i] & 0x3fu);
	}
	if (!n || v < least[n] || (v >= 0xd800 && v < 0xe000) || v > 0x10ffff) {
		*c = UTF8_BAD;
		return 1;
	}
	*c = v;
	return n;
}

/* C0, DEL and C1: characters that a terminal obeys instead of showing. */
static inline int utf8_is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

/* U+202A to U+202E and U+2066 to U+2069 turn the direction of the text around them. */
static inline int utf8_is_bidi(uint32_t c)
{
	return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

#endif
