/*
 * The store of imported prices: rows of price sources as printed, in SQLite beside the results.
 *
 * One import is one transaction: whole or not at all. The newest import of a source and scope is the current
 * one; older ones stay, for `prices history` and `prices diff`. It knows no source and no format.
 */
#ifndef CM_ENGINE_PRICE_STORE_H
#define CM_ENGINE_PRICE_STORE_H

#include <stdbool.h>

#include "api/price.h"
#include "base/str.h"
#include "base/tally.h"

struct price_store;

/* path NULL: $XDG_DATA_HOME/costmark/prices.db, made if it is not there. */
enum cm_status price_store_open(const char *path, struct price_store **out, struct cm_err *err);
/* To read only; CM_ABSENT where there is no file. */
enum cm_status price_store_open_read(const char *path, struct price_store **out,
				     struct cm_err *err);
void price_store_close(struct price_store *s); /* NULL is fine */
const char *price_store_path(const struct price_store *s);

/* Gives rows the catalogue's name of their device. */
struct price_resolved { const char *device, *devices, *memory_gib, *note; }; /* NULL: leave as it is */
struct price_resolver {
	/* false: the name is unknown. Strings live until the next call. */
	bool (*resolve)(void *ctx, const struct price_row *row, struct price_resolved *out);
	void *ctx;
};

/* The first fields are the caller's wishes, the others what came of it; import_report_free(). */
struct import_report {
	bool force;              /* also a table that shrank, also the same bytes again */
	bool dry_run;            /* read and count only, no store needed */
	const char *scope;       /* NULL: found from the rows, "provider/region/offer", * = several */
	bool (*stopped)(void);   /* asked now and then; true ends it with CM_EINTR. NULL = never */

	int64_t id;              /* of the import, 0 = nothing stored */
	bool same;               /* these bytes are the current import already: nothing done */
	uint64_t rows;           /* taken */
	uint64_t refused_rows;
	uint64_t before;         /* rows of the import that this one replaces, 0 = none */
	char hash[65];           /* SHA-256 of the unpacked input */
	char found_scope[300];
	uint64_t bytes;          /* unpacked */
	double seconds;
	struct tally refused;    /* by reason */
	struct tally unknown;    /* columns */
	struct tally unresolved; /* names of devices */
};

/*
 * Reads src from `from` to its end into one new import. s may be NULL with dry_run. CM_EINPUT: the
 * input is broken, or has over 15 % fewer rows than the current import of the same source and scope
 * (unless force); the store is then as it was. resolver NULL: devices stay as the source gives them.
 */
enum cm_status price_store_import(struct price_store *s, const struct price_source *src,
				  const struct price_from *from,
				  const struct price_resolver *resolver,
				  struct import_report *report, struct cm_err *err);
void import_report_free(struct import_report *r);

/* ---- reading ------------------------------------------------------------------------------------ */

struct stored_price {
	struct price_row row;    /* device filled in where it is known */
	const char *label;       /* term in words: "on demand", "reserved 3y" */
	const char *source_name; /* the reader */
	const char *day;         /* of the price: effective, else published, else retrieved; "" none */
	double per_device;       /* effective or plain price over devices, for sorting only; NaN */
	int64_t id, import;
	/* With price_filter.with_list: row.list_price, where the source states none, is the on-demand
	 * price of the same thing; list_file and list_line are its place, "" = the row's own. */
	const char *list_file, *list_line;
	double discount;         /* 1 - effective / list price; NaN */
};

enum price_order { PRICE_ORDER_NONE, PRICE_ORDER_PRICE, PRICE_ORDER_DEVICE, PRICE_ORDER_PER_DEVICE,
		   PRICE_ORDER_DATE };

struct price_filter {            /* {0} = every current row */
	const char *vendor, *region;         /* whole, case folded */
	const char *offer;                   /* whole, case folded */
	const char *os;                      /* whole, case folded; "none" = rows that tell none */
	const char *device, *term;           /* part; case, blanks, - and _ folded */
	const char *since, *until;           /* ISO dates, on the day of the price, both included */
	const char *source_name;             /* whole */
	const char *const *word;             /* each stands in vendor, device, offer, region or term */
	size_t words;
	int64_t import;                      /* rows of this import alone */
	bool all_imports;                    /* older imports too */
	bool with_list;                      /* look for the list price, too */
	enum price_order order;
	uint64_t limit;                      /* 0 = none */
};

/* Strings of the row live during the call. Returning false ends it. */
typedef bool price_each(const struct stored_price *p, void *user);
enum cm_status price_store_each(struct price_store *s, const struct price_filter *f,
				price_each *each, void *user, struct cm_err *err);

struct stored_import {
	int64_t id;
	char *source, *scope, *name, *address, *hash, *begun, *retrieved;
	uint64_t rows;
	bool current;
};
/* Oldest first. */
enum cm_status price_store_imports(struct price_store *s, struct stored_import **out, size_t *n,
				   struct cm_err *err);
void stored_imports_free(struct stored_import *list, size_t n);

/* "[vendor/]offer[@term][#region]" into the filter; key is cut up and must outlive it. An offer that
 * itself holds a slash needs its vendor before it. */
void price_filter_key(char *key, struct price_filter *f);
/* Letters folded, blanks, dashes and underscores alike: does text hold word? */
bool price_holds(const char *text, const char *word);
/* "reserved", 36 → "reserved 3y"; out of at least 64 bytes. */
void price_label(const char *term, const char *months, char *out, size_t cap);

#endif
