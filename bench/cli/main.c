/*
 * The program's door: finds the command in the registry, parses its options, runs it. A command
 * without a summary is hidden: the program's own child. Knows no command by name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cli/parse.h"
#include "engine/registry.h"

static const struct command *find(const char *name)
{
	for (size_t i = 0; registry_commands[i]; i++)
		if (!strcmp(registry_commands[i]->name, name))
			return registry_commands[i];
	return NULL;
}

static void help(FILE *out)
{
	fputs("costmark measures what hardware does, meters what it draws, prices what it costs,\n"
	      "and answers: which vendor, and build, buy or rent?\n\n"
	      "  costmark run                              measure this machine\n"
	      "  costmark report SCENARIO -o report.html   price it, decide, write the report\n\n"
	      "Commands ('costmark COMMAND --help' says more):\n", out);
	for (size_t i = 0; registry_commands[i]; i++)
		if (registry_commands[i]->summary)
			fprintf(out, "  %-10s %s\n", registry_commands[i]->name,
				registry_commands[i]->summary);
	fputs("\nExit codes: 0 done, 1 worse or problems found, 2 wrong input, 3 nothing to measure on,\n"
	      "4 not trustworthy, 5 wrong result, 6 internal or driver error, 130 interrupted.\n", out);
}

static int unknown(const char *name)
{
	const char *names[64];
	const char *near;
	struct cm_err err;
	size_t n = 0;

	for (size_t i = 0; registry_commands[i] && n < CM_COUNT(names); i++)
		if (registry_commands[i]->summary)
			names[n++] = registry_commands[i]->name;
	near = cm_nearest(name, names, n);
	cm_fail(&err, CM_EINPUT, "there is no command '%s'%s%s%s", name,
		near ? "; did you mean '" : "; 'costmark --help' lists them", near ? near : "",
		near ? "'?" : "");
	return cmd_fail(NULL, &err);
}

static int run(const struct command *c, int argc, char **argv)
{
	struct args a;
	struct cm_err err;
	int code;

	if (args_parse(c, argc, argv, &a, &err)) {
		code = cmd_fail(&a, &err);
	} else if (args_has(&a, "help")) {
		args_help(c, stdout);
		code = CM_EXIT_OK;
	} else {
		log_quiet(args_has(&a, "quiet"));
		code = c->run(&a);
	}
	args_free(&a);
	return code;
}

static int dispatch(int argc, char **argv)
{
	const struct command *c;
	struct cm_err err;

	if (registry_check(&err)) {
		log_error(&err);
		return CM_EXIT_INTERNAL;
	}
	if (argc < 2) {
		help(stderr);
		return CM_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		if (argc > 2 && (c = find(argv[2])))
			args_help(c, stdout);
		else
			help(stdout);
		return CM_EXIT_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("costmark " CM_VERSION);
		return CM_EXIT_OK;
	}
	c = find(argv[1]);
	return c ? run(c, argc - 2, argv + 2) : unknown(argv[1]);
}

int main(int argc, char **argv)
{
	const int code = dispatch(argc, argv);
	struct cm_err err;

	/* A full disk or a closed pipe must not look like success. */
	if (fflush(stdout) || ferror(stdout)) {
		cm_fail(&err, CM_EIO, "standard output could not be written");
		log_error(&err);
		return code == CM_EXIT_OK ? CM_EXIT_INTERNAL : code;
	}
	return code;
}
