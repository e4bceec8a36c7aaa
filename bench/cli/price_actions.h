/* The actions of `costmark prices`, one file each; words[0] of the arguments is the action's own name. */
#ifndef CM_CLI_PRICE_ACTIONS_H
#define CM_CLI_PRICE_ACTIONS_H

#include "cli/opt.h"
#include "engine/price_store.h"

int prices_import(const struct args *a);
int prices_list(const struct args *a);
int prices_check(const struct args *a);
int prices_diff(const struct args *a);
int prices_history(const struct args *a);
int prices_fetch(const struct args *a);

/* Whether the word names a format, a family of them ("aws" of aws_ec2, …) or is "auto"; else a sentence
 * that suggests one. '-' in it is '_'. */
enum cm_status price_format_known(const char *word, struct cm_err *err);
/* The reader by that word; a family's and "auto" by the first bytes of the file. */
struct stream;
enum cm_status price_format_of(const char *word, struct stream *in, const struct price_source **out,
			       struct cm_err *err);
/* Opens --prices FILE or the default store to read; *out = NULL and CM_OK where there is none and none
 * was named. */
enum cm_status price_store_of(const struct args *a, struct price_store **out, struct cm_err *err);

/* --vendor, --device, --region, --term, --since, --until, --sort. */
enum cm_status price_filter_of(const struct args *a, struct price_filter *f, struct cm_err *err);

/* What an import took and what it left out: on standard output, text or JSON object. */
void import_report_print(const struct import_report *r, const char *source, const char *name);
struct cmj *import_report_json(const struct import_report *r, const char *source, const char *name);

#endif
