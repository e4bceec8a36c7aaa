/* What the files of the price audit share, and nobody else sees. */
#ifndef CM_ENGINE_PRICE_AUDIT_INNER_H
#define CM_ENGINE_PRICE_AUDIT_INNER_H

#include "engine/price_audit.h"
#include "engine/price_audit_rows.h"

/* X(symbol, name, whether it is a problem in our tables, in imported ones); in the order of telling. */
#define KINDS(X)                                                                                   \
	X(ZERO, "zero", true, true) X(NEGATIVE, "negative", true, true)                            \
	X(CURRENCY, "currency", true, true) X(UNIT, "unit", true, true)                            \
	X(FUTURE, "future", true, false) X(EXPLAINED, "zero, with a reason", false, false)         \
	X(EXPIRED, "expired", true, false) X(STALE, "stale", false, false)                         \
	X(UNKNOWN, "unknown device", true, true) X(TWICE, "duplicate", true, true)                 \
	X(OVERLAP, "overlap", false, false) X(SPOT, "spot", false, false)                          \
	X(NODE, "node", false, false) X(OUTLIER, "outlier", false, false)                          \
	X(FAR, "outlier", true, false)

enum kind {
#define X(symbol, name, ours, theirs) KIND_##symbol,
	KINDS(X)
#undef X
	KIND_NR
};

struct row {
	int64_t id;
	double price, total, each;      /* total: with what is paid at once */
	const char *start, *end;
	uint32_t wrong;                 /* by kind */
	bool rate;                      /* of exchange: tomorrow's ends today's */
};

struct member { uint64_t hash; uint32_t row; bool first; }; /* first: of the two sides that are compared */
struct members { struct member *m; size_t n, cap; };
struct pair { enum kind kind; size_t row, other; double median; size_t others; };
struct age { size_t rows, stale; char oldest[11]; int64_t id; };

struct audit {
	struct price_audit *wish;
	const struct audit_source *from;
	char today[11];
	struct row *row;                size_t n, cap;
	struct members same, spot, node, like;
	struct pair *pair;              size_t pairs, pairs_cap;
	struct age *age;                size_t ages, ages_cap;
	struct tally explained, expired, unknown; /* place: the first row's id */
	const char *kept;               /* the last start or end kept: most rows share them */
	struct pool pool, texts;
	char taken[40];                 /* the last day looked at, and how long ago it is */
	long days;
};

/* The count-th finding of its kind, unless it is one too many; say_rest() tells how many those were. */
void audit_say(struct audit *a, enum kind k, uint64_t count, const struct audit_facts *f,
	       const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void audit_say_rest(struct audit *a, enum kind k, uint64_t count);
/* Texts of a row, and its name, "seller/offer@term#region": until the next finding is said. */
struct audit_facts audit_again(struct audit *a, int64_t id);
const char *audit_name(struct audit *a, const struct audit_facts *f);

/* price_audit_groups.c: tells what rows are among their like. */
void audit_groups(struct audit *a);

#endif
