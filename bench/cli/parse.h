/* From argv to struct args; for main.c alone. */
#ifndef CM_CLI_PARSE_H
#define CM_CLI_PARSE_H

#include "cli/opt.h"

/* argv without the program's and the command's name. *out is to be freed also after an error. */
enum cm_status args_parse(const struct command *c, int argc, char **argv, struct args *out,
			  struct cm_err *err);
void args_free(struct args *a);
void args_help(const struct command *c, FILE *out);

#endif
