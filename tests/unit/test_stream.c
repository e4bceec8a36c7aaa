/* Streams: plain, gzip, several members, zip; cut and damaged at every byte. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stream.h"

/* `printf 'hello, prices\n' | gzip -n`, and the same in a zip, as far as its entry goes. */
static const uint8_t packed[] = {
	0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xd7,
	0x51, 0x28, 0x28, 0xca, 0x4c, 0x4e, 0x2d, 0xe6, 0x02, 0x00, 0x2f, 0x13, 0xc2, 0x0a, 0x0e, 0x00,
	0x00, 0x00,
};
static const uint8_t zipped[] = {
	0x50, 0x4b, 0x03, 0x04, 0x14, 0x00, 0x00, 0x00, 0x08, 0x00, 0x80, 0x04, 0x79, 0x5d, 0x2f, 0x13,
	0xc2, 0x0a, 0x10, 0x00, 0x00, 0x00, 0x0e, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x61, 0x2e,
	0x74, 0x78, 0x74, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xd7, 0x51, 0x28, 0x28, 0xca, 0x4c, 0x4e, 0x2d,
	0xe6, 0x02, 0x00,
};
static const char text[] = "hello, prices\n";

/* What a stream over these bytes gives, in blocks of `block`. */
static enum cm_status all(const void *bytes, size_t n, size_t block, struct str *out, struct cm_err *err)
{
	struct stream *s;
	char buf[64];
	size_t got;
	enum cm_status st = stream_memory(bytes, n, "made", &s, err);

	if (st)
		return st;
	while (!(st = stream_read(s, buf, block, &got, err)) && got)
		str_addn(out, buf, got);
	assert_true(st || stream_taken(s) == out->len);
	stream_close(s);
	return st;
}

static void unpacked(void **state)
{
	static const struct { const void *bytes; size_t n; const char *what; } table[] = {
		{ text, sizeof text - 1, "plain" },
		{ packed, sizeof packed, "gzip" },
		{ zipped, sizeof zipped, "zip" },
	};

	(void)state;
	for (size_t i = 0; i < CM_COUNT(table); i++)
		for (size_t block = 1; block <= 64; block *= 4) {
			struct str out = { 0 };
			struct cm_err err;
			if (all(table[i].bytes, table[i].n, block, &out, &err) || strcmp(str_get(&out), text))
				fail_msg("%s in blocks of %zu: '%s'", table[i].what, block, str_get(&out));
			str_free(&out);
		}
}

static void members(void **state)
{
	uint8_t twice[2 * sizeof packed + 3] = { 0 };
	struct str out = { 0 };
	struct cm_err err;

	(void)state;
	memcpy(twice, packed, sizeof packed);
	memcpy(twice + sizeof packed, packed, sizeof packed);
	assert_int_equal(all(twice, 2 * sizeof packed, 7, &out, &err), CM_OK);
	assert_string_equal(str_get(&out), "hello, prices\nhello, prices\n");
	str_clear(&out);
	memcpy(twice + 2 * sizeof packed, "abc", 3);
	assert_int_equal(all(twice, sizeof twice, 64, &out, &err), CM_EINPUT);
	assert_non_null(strstr(err.why, "made: the packed data is followed by other bytes"));
	str_free(&out);
}

/* A packed input that was cut anywhere, or has one wrong byte, is never a shorter text that looks whole. */
static void broken(void **state)
{
	static const struct { const uint8_t *bytes; size_t n; } table[] = {
		{ packed, sizeof packed }, { zipped, sizeof zipped },
	};
	uint8_t copy[128];

	(void)state;
	for (size_t i = 0; i < CM_COUNT(table); i++)
		for (size_t at = 4; at < table[i].n; at++)
			for (int cut = 0; cut < 2; cut++) {
				struct str out = { 0 };
				struct cm_err err;
				memcpy(copy, table[i].bytes, table[i].n);
				copy[at] ^= 0x10;
				const enum cm_status st = all(copy, cut ? at : table[i].n, 64, &out, &err);
				/* In a header's time, name or flags it may leave the text as it was. */
				if (cut ? !st && out.len && i == 0 : !st && strcmp(str_get(&out), text) != 0)
					fail_msg("%zu at %zu, cut %d: '%s'", i, at, cut, str_get(&out));
				str_free(&out);
			}
}

/* Plain and packed ones, one after the other, as one. */
static void joined(void **state)
{
	struct stream *part[3] = { NULL };
	struct str out = { 0 };
	struct cm_err err;

	(void)state;
	assert_int_equal(stream_memory(text, sizeof text - 1, "a", &part[0], &err), CM_OK);
	assert_int_equal(stream_memory(packed, sizeof packed, "b", &part[1], &err), CM_OK);
	assert_int_equal(stream_memory("", 0, "c", &part[2], &err), CM_OK);
	struct stream *s = stream_joined(part, 3, "pages");
	assert_int_equal(stream_rest(s, 0, &out, &err), CM_OK);
	assert_string_equal(str_get(&out), "hello, prices\nhello, prices\n");
	str_free(&out);
	stream_close(s);
}

static void limits(void **state)
{
	struct stream *s;
	struct str out = { 0 };
	struct cm_err err;

	(void)state;
	assert_int_equal(stream_memory(text, sizeof text - 1, "made", &s, &err), CM_OK);
	assert_int_equal(stream_rest(s, 5, &out, &err), CM_EINPUT);
	assert_non_null(strstr(err.why, "more than 5 bytes"));
	stream_close(s);
	str_free(&out);
	assert_int_equal(stream_open("/nonexistent/x", 0, &s, &err), CM_EINPUT);
	assert_int_equal(stream_open("/tmp", 0, &s, &err), CM_EINPUT);
	assert_non_null(strstr(err.why, "is a folder"));
}

/* Looked at, then read whole: the first bytes of a packed text stay to be read. */
static void head(void **state)
{
	struct stream *in = NULL;
	struct str all = { 0 };
	struct cm_err err;
	const char *first;
	size_t n;

	(void)state;
	assert_int_equal(stream_memory(text, sizeof text - 1, "t", &in, &err), CM_OK);
	for (int twice = 0; twice < 2; twice++) {
		assert_int_equal(stream_head(in, &first, &n, &err), CM_OK);
		assert_int_equal(n, sizeof text - 1);
		assert_string_equal(first, text);
	}
	assert_int_equal(stream_taken(in), 0);
	assert_int_equal(stream_rest(in, 0, &all, &err), CM_OK);
	assert_string_equal(str_get(&all), text);
	assert_int_equal(stream_taken(in), sizeof text - 1);
	str_free(&all);
	stream_close(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unpacked),
		cmocka_unit_test(members),
		cmocka_unit_test(broken),
		cmocka_unit_test(joined),
		cmocka_unit_test(limits),
		cmocka_unit_test(head),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
