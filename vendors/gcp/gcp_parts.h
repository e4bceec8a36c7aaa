/*
 * What the readers of Google's price lists share: money in units and nanos, what a description is about, and
 * the parts of which machines are summed (vendors/gcp/shapes.csv).
 */
#ifndef CM_VENDORS_GCP_PARTS_H
#define CM_VENDORS_GCP_PARTS_H

#include "base/desk_json.h"

/* A line of shapes.csv: shape × amount of a part. Lines of one shape follow one another. */
struct gcp_part { const char *shape, *name, *amount; };

/* A price of a part, kept until all pages are read. */
struct gcp_kept { const char *name, *region, *term, *currency, *price, *unit, *start, *place, *device; };

struct gcp_parts {
	struct gcp_part *part;
	size_t parts, part_cap;
	struct gcp_kept *kept;
	size_t kepts, kept_cap;
};

/* reason NULL: a term of its own, booked ahead. */
struct gcp_other { const char *word, *reason; };

/* The first word of a description that makes it another thing than it seems; NULL: none. */
const struct gcp_other *gcp_other(const char *text);
/* units "2" and nanos 933908000 → "2.933908000"; NULL: signs differ, or no numbers. */
const char *gcp_money(struct price_desk *d, const struct jp_node *price);
/* What a description is about: without its place and without the words of spot. */
const char *gcp_thing(struct price_desk *d, const char *text);
/* "h" → "Hours"; what is not known stays. */
const char *gcp_unit(const char *usage);

enum cm_status gcp_parts_read(struct price_desk *d, struct gcp_parts *p, struct cm_err *err);
/* Keeps a part's plain price for the sums; of several times the latest counts. */
void gcp_keep(struct price_desk *d, struct gcp_parts *p, const struct price_row *r, const char *name);
/* Queues the machines whose parts all have a price, by region, term and currency. */
void gcp_machines(struct price_desk *d, const struct gcp_parts *p);
void gcp_parts_free(struct gcp_parts *p);

#endif
