/* What the readers of AWS's offer files as JSON share: the file opened at its object, and what it
 * is known by. */
#ifndef CM_VENDORS_AWS_JSON_H
#define CM_VENDORS_AWS_JSON_H

#include "aws_offer.h"
#include "base/arena.h"
#include "base/jsonpull.h"

/* The beginning of a reader's struct price_ctx. */
struct aws_json {
	const char *what;            /* "an EC2 offer file" */
	struct jsonpull *pull;
	struct arena kept, now;      /* of the whole reading; of the thing that is read */
	char *name, *address, *retrieved, published[64];
	struct aws_refused refused;
};

/* A context of `bytes`, its file read up to the first brace. */
enum cm_status aws_json_open(size_t bytes, const char *what, const struct price_from *from,
			     struct price_ctx **out, struct cm_err *err);
void aws_json_close(struct aws_json *j); /* all but the context itself */
/* "publicationDate" is kept, any other value passed over. */
enum cm_status aws_json_pass(struct aws_json *j, const char *key, const struct jp_token *t,
			     struct cm_err *err);
/* "expected EXPECTED; is it WHAT as JSON?" */
enum cm_status aws_json_wrong(const struct aws_json *j, const struct jp_token *t, const char *expected,
			      struct cm_err *err);
/* The file ended before it had terms. */
enum cm_status aws_json_no_terms(const struct aws_json *j, struct cm_err *err);
/* The entry `refused` of struct price_source. */
size_t aws_json_refused(struct price_ctx *c, const struct price_refusal **out);

#endif
