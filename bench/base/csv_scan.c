/*
 * The scanner behind csv_scan.h: three bit masks for 64 bytes (quotes, commas, line feeds), quoted
 * stretches by a running exclusive or over the quotes, then the place of each mark by counting trailing
 * zeros.
 *
 * The same loop is compiled for AVX-512, AVX2 and any machine; the first that the processor has is
 * used. It knows nothing of what the cells mean.
 */
#include "base/csv_scan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/stream.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define HAVE_X86 1
#endif

#define READ_BYTES ((size_t)512 << 10)
#define LONGEST_ROW ((size_t)10 << 20)
#define PAD 64 /* bytes past the end that the scanner may look at */
#define PIECE ((size_t)32 << 10) /* scanned at a time, so that marks stay in the cache */

struct row_end { uint32_t at; /* index into end[] of the row's last cell */ uint32_t lines; bool quoted; };

struct marks { uint64_t quote, comma, feed, nul; };

struct csv_scan {
	struct stream *in;
	char *buf;
	size_t have, cap, scanned, row;  /* bytes in buf; looked at; where the next row to hand out begins */
	bool at_end, started, ended_row; /* no more bytes; first bytes looked at; the last row got its end */
	uint32_t *end;                   /* offsets of marks in buf, all rows */
	size_t ends, end_cap, end_at;
	struct row_end *line;
	size_t rows, row_cap, row_at;
	uint64_t line_no;
	/* what one block of 64 tells the next */
	uint64_t inside;                 /* all ones within quotes */
	uint64_t last_mark, last_quote, last_close; /* of the byte before: bit 0 */
	uint32_t feeds;                  /* line feeds since the last row's end */
	bool quoted;
	size_t bad;                      /* offset of the first wrong byte, SIZE_MAX = none */
	bool bad_nul;
};

/* ---- masks -------------------------------------------------------------------------------------- */

static inline __attribute__((always_inline)) uint64_t xor_below(uint64_t q)
{
	for (int k = 1; k < 64; k *= 2)
		q ^= q << k;
	return q;
}

/* One bit a byte of the eight: 1 where it equals the byte that `many` repeats. */
static inline uint64_t equal8(uint64_t v, uint64_t many)
{
	const uint64_t x = v ^ many, low = 0x7f7f7f7f7f7f7f7fu;
	const uint64_t zero = ~(((x & low) + low) | x | low); /* the top bit of each byte that is 0 */

	return (zero >> 7) * 0x0102040810204080u >> 56;
}

static inline void marks_portable(const char *p, struct marks *m)
{
	*m = (struct marks){ 0 };
	for (int k = 0; k < 8; k++) {
		uint64_t v;
		memcpy(&v, p + 8 * k, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		v = __builtin_bswap64(v);
#endif
		m->quote |= equal8(v, 0x2222222222222222u) << 8 * k;
		m->comma |= equal8(v, 0x2c2c2c2c2c2c2c2cu) << 8 * k;
		m->feed |= equal8(v, 0x0a0a0a0a0a0a0a0au) << 8 * k;
		m->nul |= equal8(v, 0) << 8 * k;
	}
}

#ifdef HAVE_X86
__attribute__((target("avx2"))) static inline uint64_t equal_avx2(__m256i a, __m256i b, char c)
{
	const __m256i w = _mm256_set1_epi8(c);
	const uint32_t lo = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, w));
	const uint32_t hi = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(b, w));

	return lo | (uint64_t)hi << 32;
}

__attribute__((target("avx2"))) static inline void marks_avx2(const char *p, struct marks *m)
{
	const __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)p);
	const __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32));

	m->quote = equal_avx2(a, b, '"');
	m->comma = equal_avx2(a, b, ',');
	m->feed = equal_avx2(a, b, '\n');
	m->nul = equal_avx2(a, b, '\0');
}

__attribute__((target("avx512bw"))) static inline void marks_avx512(const char *p, struct marks *m)
{
	const __m512i a = _mm512_loadu_si512(p);

	m->quote = _mm512_cmpeq_epi8_mask(a, _mm512_set1_epi8('"'));
	m->comma = _mm512_cmpeq_epi8_mask(a, _mm512_set1_epi8(','));
	m->feed = _mm512_cmpeq_epi8_mask(a, _mm512_set1_epi8('\n'));
	m->nul = _mm512_testn_epi8_mask(a, a);
}
#endif

/* ---- the loop ----------------------------------------------------------------------------------- */

static void room(struct csv_scan *s)
{
	if (s->ends + PIECE + 64 > s->end_cap) {
		s->end_cap = 2 * s->end_cap + PIECE + 64;
		s->end = cm_realloc(s->end, s->end_cap * sizeof *s->end);
	}
	if (s->rows + PIECE + 64 > s->row_cap) {
		s->row_cap = 2 * s->row_cap + PIECE + 64;
		s->line = cm_realloc(s->line, s->row_cap * sizeof *s->line);
	}
}

/* Ends of rows within a block: rare, so nothing here is hurried. at: index in end[] before this block. */
static void note_rows(struct csv_scan *s, uint64_t ends, uint64_t all_feeds, uint64_t marks,
	uint64_t quotes, size_t at)
{
	uint64_t done = 0;

	for (uint64_t left = ends; left; left &= left - 1) {
		const uint64_t bit = left & (0 - left), upto = bit | (bit - 1);
		s->feeds += (uint32_t)__builtin_popcountll(all_feeds & upto & ~done);
		s->quoted |= (quotes & upto & ~done) != 0;
		s->line[s->rows++] = (struct row_end){
			(uint32_t)(at + (size_t)__builtin_popcountll(marks & upto) - 1), s->feeds,
				s->quoted };
		s->feeds = 0;
		s->quoted = false;
		done = upto;
	}
	s->feeds += (uint32_t)__builtin_popcountll(all_feeds & ~done);
	s->quoted |= (quotes & ~done) != 0;
}

static inline __attribute__((always_inline)) void one_block(struct csv_scan *s, const struct marks *m,
	size_t n)
{
	const uint64_t valid = n >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1;
	const unsigned last = n >= 64 ? 63 : (unsigned)n - 1;
	const uint64_t quote = m->quote & valid, feed = m->feed & valid;
	/* within quotes, the opening one too, not the closing */
	const uint64_t in = xor_below(quote) ^ s->inside;
	const uint64_t mark = ((m->comma & valid) | feed) & ~in;
	const uint64_t open = quote & in, shut = quote & ~in;
	/* An opening quote follows a mark or the quote it doubles; nothing but these follows a closing
	 * one. */
	const uint64_t wrong_open = open & ~(mark << 1 | s->last_mark | quote << 1 | s->last_quote);
	const uint64_t after = (shut << 1 | s->last_close) & ~(mark | quote) & valid;
	const size_t at = s->ends;
	uint32_t *out = s->end + at;

	for (uint64_t left = mark; left; left &= left - 1)
		*out++ = (uint32_t)(s->scanned + (size_t)__builtin_ctzll(left));
	s->ends = (size_t)(out - s->end);
	s->inside = 0 - (in >> 63); /* all ones where the block ends within quotes */
	if (feed || quote)
		note_rows(s, feed & ~in, feed, mark, quote, at);
	s->last_mark = mark >> last & 1;
	s->last_quote = quote >> last & 1;
	s->last_close = shut >> last & 1;
	if (__builtin_expect((wrong_open | after | (m->nul & valid)) != 0, 0) && s->bad == SIZE_MAX) {
		uint64_t wrong = wrong_open | (m->nul & valid);
		/* a CR before the line feed is no text */
		for (uint64_t left = after; left; left &= left - 1) {
			const size_t k = (size_t)__builtin_ctzll(left), p = s->scanned + k;
			const char next = p + 1 < s->have ? s->buf[p + 1] : '\n';
			if (s->buf[p] != '\r' || next != '\n')
				wrong |= UINT64_C(1) << k;
		}
		if (wrong) {
			s->bad = s->scanned + (size_t)__builtin_ctzll(wrong);
			s->bad_nul = s->buf[s->bad] == '\0';
		}
	}
}

#define LOOP(masks)                                                                                \
	for (; s->scanned < to; s->scanned += 64) {                                                \
		struct marks m;                                                                    \
		masks(s->buf + s->scanned, &m);                                                    \
		one_block(s, &m, to - s->scanned);                                                 \
	}                                                                                          \
	s->scanned = to;

static void scan_portable(struct csv_scan *s, size_t to) { LOOP(marks_portable) }
#ifdef HAVE_X86
__attribute__((target("avx2,bmi,bmi2,popcnt"))) static void scan_avx2(struct csv_scan *s,
	size_t to) { LOOP(marks_avx2) }
__attribute__((target("avx512bw,bmi,bmi2,popcnt"))) static void scan_avx512(struct csv_scan *s, size_t to)
{
	LOOP(marks_avx512)
}
#endif

struct way { const char *name; void (*scan)(struct csv_scan *, size_t); };

static bool has_way(const char *name)
{
#ifdef HAVE_X86
	if (!strcmp(name, "AVX-512"))
		return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("bmi2");
	if (!strcmp(name, "AVX2"))
		return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
#endif
	return !strcmp(name, "portable");
}

static const struct way ways[] = {
#ifdef HAVE_X86
	{ "AVX-512", scan_avx512 },
	{ "AVX2", scan_avx2 },
#endif
	{ "portable", scan_portable },
};

static const struct way *chosen;

static const struct way *way(void)
{
	for (size_t i = 0; !chosen && i < CM_COUNT(ways); i++)
		if (has_way(ways[i].name))
			chosen = &ways[i];
	return chosen;
}

const char *csv_scan_way(void)
{
	return way()->name;
}

bool csv_scan_force(const char *name)
{
	for (size_t i = 0; i < CM_COUNT(ways); i++)
		if (!strcmp(ways[i].name, name) && has_way(name)) {
			chosen = &ways[i];
			return true;
		}
	return false;
}

/* ---- bytes and rows ----------------------------------------------------------------------------- */

struct csv_scan *csv_scan_open(struct stream *in)
{
	struct csv_scan *s = cm_alloc(sizeof *s);

	s->in = in;
	s->cap = READ_BYTES + PAD;
	s->buf = cm_alloc(s->cap);
	s->line_no = 1;
	s->last_mark = 1; /* the file's first byte begins a cell */
	s->bad = SIZE_MAX;
	return s;
}

void csv_scan_close(struct csv_scan *s)
{
	if (!s)
		return;
	free(s->buf);
	free(s->end);
	free(s->line);
	free(s);
}

/* The rows handed out leave the buffer; every row found was handed out, only the marks of a begun one are
 * left. */
static void drop_done(struct csv_scan *s)
{
	const size_t kept = s->ends - s->end_at;

	memmove(s->buf, s->buf + s->row, s->have - s->row);
	for (size_t i = 0; i < kept; i++)
		s->end[i] = s->end[s->end_at + i] - (uint32_t)s->row;
	s->have -= s->row;
	s->scanned -= s->row;
	if (s->bad != SIZE_MAX)
		s->bad -= s->row;
	s->row = 0;
	s->ends = kept;
	s->end_at = 0;
	s->rows = s->row_at = 0;
}

static enum cm_status more_bytes(struct csv_scan *s, struct cm_err *err)
{
	size_t got = 0;

	drop_done(s);
	if (s->have > LONGEST_ROW)
		return cm_fail_at(err, CM_EINPUT, stream_name(s->in), s->line_no, 0,
			"a row of more than 10 MB; is a "
				  "closing quote missing?");
	if (s->cap < s->have + READ_BYTES / 2 + PAD) {
		s->cap = 2 * s->have + READ_BYTES + PAD;
		s->buf = cm_realloc(s->buf, s->cap);
	}
	const enum cm_status st = stream_read(s->in, s->buf + s->have, s->cap - s->have - PAD, &got, err);
	if (st)
		return st;
	s->have += got;
	s->at_end = got == 0;
	memset(s->buf + s->have, ' ', PAD);
	return CM_OK;
}

/* The mark and a line of spreadsheets ("sep=,") before the table. Needs the first bytes in the buffer. */
static void pass_start(struct csv_scan *s)
{
	static const char mark[] = "\xef\xbb\xbf", sep[] = "sep=,";

	s->started = true;
	if (s->have >= 3 && !memcmp(s->buf, mark, 3))
		s->row = 3;
	if (s->have - s->row > sizeof sep - 1 && !memcmp(s->buf + s->row, sep, sizeof sep - 1)) {
		size_t at = s->row + sizeof sep - 1;
		at += at < s->have && s->buf[at] == '\r';
		if (at < s->have && s->buf[at] == '\n') {
			s->row = at + 1;
			s->line_no++;
		}
	}
	s->scanned = s->row;
}

/* A last row without a line end gets one. */
static enum cm_status end_of_bytes(struct csv_scan *s, struct cm_err *err)
{
	if (s->inside)
		return cm_fail_at(err, CM_EINPUT, stream_name(s->in), s->line_no, 0,
			"a quote that opens in this row is "
				  "never closed");
	s->ended_row = true;
	if (s->have == s->row)
		return CM_OK;
	room(s);
	s->end[s->ends++] = (uint32_t)s->have;
	s->line[s->rows++] = (struct row_end){ (uint32_t)s->ends - 1, s->feeds, s->quoted };
	s->feeds = 0;
	return CM_OK;
}

/* Until a whole row is known, or the end. */
static enum cm_status find_row(struct csv_scan *s, struct cm_err *err)
{
	while (s->row_at == s->rows && !s->ended_row) {
		if (s->scanned < s->have && s->started) {
			s->rows = s->row_at = 0;
			if (s->end_at) {
				memmove(s->end, s->end + s->end_at, (s->ends - s->end_at) * sizeof *s->end);
				s->ends -= s->end_at;
				s->end_at = 0;
			}
			room(s);
			way()->scan(s, s->have - s->scanned < 2 * PIECE ? s->have : s->scanned + PIECE);
			continue;
		}
		enum cm_status st;
		if (s->at_end) {
			st = end_of_bytes(s, err);
		} else {
			st = more_bytes(s, err);
			if (!st && !s->started && (s->have >= 9 || s->at_end))
				pass_start(s);
		}
		if (st)
			return st;
	}
	return CM_OK;
}

static enum cm_status wrong_byte(const struct csv_scan *s, struct cm_err *err)
{
	uint64_t line = s->line_no;
	size_t col = 1;

	for (size_t i = s->row; i < s->bad; i++) {
		col = s->buf[i] == '\n' ? 1 : col + 1;
		line += s->buf[i] == '\n';
	}
	return cm_fail_at(err, CM_EINPUT, stream_name(s->in), line, col, "%s", s->bad_nul
		? "a NUL byte; this is no text"
			  : s->buf[s->bad] == '"' ? "a quote inside an unquoted cell; quote the cell and "
			  "double the quote"
			  : "text after a closing quote; expected a comma or the line's end");
}

enum cm_status csv_scan_next(struct csv_scan *s, struct csv_view *row, struct cm_err *err)
{
	for (;;) {
		const enum cm_status st = find_row(s, err);
		if (st)
			return st == CM_EINPUT && s->bad != SIZE_MAX ? wrong_byte(s, err) : st;
		if (s->row_at == s->rows)
			return s->bad != SIZE_MAX ? wrong_byte(s, err) : CM_END;
		const struct row_end *r = &s->line[s->row_at++];
		const size_t from = s->row, to = s->end[r->at];
		if (s->bad != SIZE_MAX && s->bad <= to)
			return wrong_byte(s, err);
		for (size_t i = s->end_at; i <= r->at; i++)
			s->end[i] -= (uint32_t)from;
		*row = (struct csv_view){ s->buf + from, s->end + s->end_at, r->at + 1 - s->end_at,
			s->line_no,
					  r->quoted };
		s->end_at = r->at + 1;
		s->row = to < s->have ? to + 1 : to;
		s->line_no += r->lines;
		if (to - from > 1 || (to - from == 1 && s->buf[from] != '\r'))
			return CM_OK;
	}
}

bool csv_view_text(const struct csv_view *v, size_t i, char *buf, size_t cap)
{
	size_t len, n = 0;
	const char *p = csv_view_raw(v, i, &len);
	const bool quoted = p > v->base && p[-1] == '"' && v->quoted;

	if (!quoted || !memchr(p, '"', len)) {
		n = len < cap ? len : cap - 1;
		memcpy(buf, p, n);
		buf[n] = '\0';
		return len < cap;
	}
	for (size_t k = 0; k < len && n + 1 < cap; k++) {
		buf[n++] = p[k];
		k += p[k] == '"';
	}
	buf[n] = '\0';
	return len < cap;
}
