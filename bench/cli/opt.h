/*
 * Commands and the one option table. A command is one file cmd_NAME.c with `const struct command
 * cmd_NAME`; options.c holds every option once: its help, its argument, who takes it. Parsing, --help,
 * "did you mean" and completion all come from the table.
 */
#ifndef CM_CLI_OPT_H
#define CM_CLI_OPT_H

#include <stdbool.h>
#include <stdio.h>

#include "api/status.h"
#include "base/json.h"
#include "base/str.h"

struct option_def {
	const char *name;     /* "suite" */
	char letter;          /* 'o', or 0 */
	const char *arg;      /* "NAME", or NULL for a switch */
	bool many;            /* may be given several times */
	const char *choices;  /* "quick|standard|full", or NULL */
	const char *commands; /* "run,report" – who takes it; "*" = all */
	const char *help;
};

extern const struct option_def options_table[]; /* ended by .name = NULL */

struct args {
	const struct command *command;
	int argc;                /* words that are not options */
	const char *const *argv;
	struct parsed *parsed;   /* opaque */
	const char *line;        /* the whole command line, quoted for a shell */
};

const char *args_get(const struct args *a, const char *option);  /* last value, or NULL */
bool args_has(const struct args *a, const char *option);
size_t args_count(const struct args *a, const char *option);
const char *args_nth(const struct args *a, const char *option, size_t i);
/* "1%" or "0.01" → 0.01; "60s", "2m", "500ms" → seconds; "3" → 3. Fallback where not given. */
enum cm_status args_fraction(const struct args *a, const char *option, double *v, struct cm_err *e);
enum cm_status args_seconds(const struct args *a, const char *option, double *v, struct cm_err *e);
enum cm_status args_count_of(const struct args *a, const char *option, unsigned long *v,
			     struct cm_err *e);

struct command {
	const char *name;
	const char *usage;       /* "costmark tco SCENARIO [options]" */
	const char *summary;     /* one line */
	const char *examples;    /* two lines, shown first by --help */
	int min_words, max_words; /* max -1 = any */
	/* Returns the exit code; on an error it has been printed by cmd_fail(). */
	int (*run)(const struct args *a);
};

/* Prints the document on standard output and frees it. */
void cmd_print_json(struct cmj *doc);

/* Prints the sentence on stderr (as JSON too under --json) and returns its exit code. */
int cmd_fail(const struct args *a, const struct cm_err *err);

#endif
