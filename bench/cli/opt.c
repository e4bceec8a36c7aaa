/*
 * Parses a command line against the option table and prints the help that follows from it. Unknown
 * options, wrong choices and missing arguments are one sentence each, with the nearest name.
 */
#include "cli/opt.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "cli/parse.h"

struct given { const struct option_def *def; const char *value; };

struct parsed {
	struct given *given;
	size_t n, cap;
	const char **word;
	size_t words, words_cap;
	struct str line;
	struct pool pool;
};

static bool takes(const struct option_def *d, const char *command)
{
	const size_t len = strlen(command);

	if (!strcmp(d->commands, "*"))
		return true;
	for (const char *p = d->commands; p && *p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
		if (!strncmp(p, command, len) && (p[len] == ',' || !p[len]))
			return true;
	return false;
}

static const struct option_def *find(const char *name, size_t len, char letter,
				     const char *command)
{
	for (const struct option_def *d = options_table; d->name; d++) {
		const bool hit = letter ? d->letter == letter
					: strlen(d->name) == len && !strncmp(d->name, name, len);
		if (hit && takes(d, command))
			return d;
	}
	return NULL;
}

static enum cm_status unknown(const struct command *c, const char *word, struct cm_err *err)
{
	const char *names[128];
	size_t n = 0, len = strcspn(word, "=");
	char *plain = cm_strndup(word, len);
	const char *near, *elsewhere = NULL;

	while (*word == '-' && len)
		word++, len--;
	for (const struct option_def *d = options_table; d->name; d++) {
		if (takes(d, c->name) && n < CM_COUNT(names))
			names[n++] = d->name;
		else if (strlen(d->name) == len && !strncmp(d->name, word, len))
			elsewhere = d->commands;
	}
	near = cm_nearest(plain + strspn(plain, "-"), names, n);
	if (elsewhere)
		cm_fail(err, CM_EINPUT, "'%s' is not an option of 'costmark %s' (it is one of: %s)",
			plain, c->name, elsewhere);
	else if (near)
		cm_fail(err, CM_EINPUT, "'costmark %s' has no option '%s'; did you mean '--%s'?",
			c->name, plain, near);
	else
		cm_fail(err, CM_EINPUT, "'costmark %s' has no option '%s'; 'costmark %s --help' lists them",
			c->name, plain, c->name);
	free(plain);
	return CM_EINPUT;
}

static enum cm_status check_choice(const struct option_def *d, const char *value,
				   struct cm_err *err)
{
	const char *names[16];
	char *copy, *save = NULL, *p;
	size_t n = 0;
	bool ok = false;

	if (!d->choices)
		return CM_OK;
	copy = cm_strdup(d->choices);
	for (p = strtok_r(copy, "|", &save); p && n < CM_COUNT(names); p = strtok_r(NULL, "|", &save)) {
		names[n++] = p;
		ok |= !strcmp(p, value);
	}
	if (!ok) {
		const char *near = cm_nearest(value, names, n);
		cm_fail(err, CM_EINPUT, "--%s takes %s, not '%s'%s%s%s", d->name, d->choices, value,
			near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	}
	free(copy);
	return ok ? CM_OK : CM_EINPUT;
}

static enum cm_status take(struct parsed *p, const struct option_def *d, const char *value,
			   struct cm_err *err)
{
	if (value) {
		const enum cm_status st = check_choice(d, value, err);
		if (st)
			return st;
	}
	for (size_t i = 0; !d->many && d->arg && i < p->n; i++)
		if (p->given[i].def == d)
			return cm_fail(err, CM_EINPUT, "--%s is given twice; it takes one value", d->name);
	CM_PUSH(p->given, p->n, p->cap);
	p->given[p->n++] = (struct given){ d, value };
	return CM_OK;
}

/* One word that begins with a dash; *i moves on when the next word is its value. */
static enum cm_status option(struct parsed *p, const struct command *c, int argc, char **argv,
			     int *i, struct cm_err *err)
{
	const char *w = argv[*i], *value = NULL;
	const bool is_long = w[1] == '-';
	const size_t len = is_long ? strcspn(w + 2, "=") : 1;
	const struct option_def *d = find(w + 2, len, is_long ? 0 : w[1], c->name);

	if (!d)
		return unknown(c, w, err);
	if (is_long && w[2 + len] == '=')
		value = w + 3 + len;
	else if (!is_long && w[2])
		value = w + 2;
	if (!d->arg && value)
		return cm_fail(err, CM_EINPUT, "--%s takes no value", d->name);
	if (d->arg && !value) {
		if (*i + 1 >= argc)
			return cm_fail(err, CM_EINPUT, "--%s needs a value: --%s %s", d->name,
				       d->name, d->arg);
		value = argv[++*i];
	}
	return take(p, d, value, err);
}

static void quote(struct str *line, const char *word)
{
	if (line->len)
		str_addc(line, ' ');
	if (*word && word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789-_=./:,%+@")] == '\0') {
		str_add(line, word);
		return;
	}
	str_addc(line, '\'');
	for (; *word; word++)
		if (*word == '\'')
			str_add(line, "'\\''");
		else
			str_addc(line, *word);
	str_addc(line, '\'');
}

enum cm_status args_parse(const struct command *c, int argc, char **argv, struct args *out,
			  struct cm_err *err)
{
	struct parsed *p = cm_alloc(sizeof *p);
	enum cm_status st = CM_OK;
	bool only_words = false;

	str_add(&p->line, "costmark");
	quote(&p->line, c->name);
	for (int i = 0; i < argc; i++)
		quote(&p->line, argv[i]);
	for (int i = 0; i < argc && !st; i++) {
		if (!only_words && !strcmp(argv[i], "--")) {
			only_words = true;
		} else if (!only_words && argv[i][0] == '-' && argv[i][1]) {
			st = option(p, c, argc, argv, &i, err);
		} else {
			CM_PUSH(p->word, p->words, p->words_cap);
			p->word[p->words++] = argv[i];
		}
	}
	*out = (struct args){ .command = c, .argc = (int)p->words, .argv = p->word, .parsed = p,
			      .line = str_get(&p->line) };
	if (st || args_has(out, "help"))
		return st;
	if (out->argc < c->min_words)
		return cm_fail(err, CM_EINPUT, "'costmark %s' needs more: %s", c->name, c->usage);
	if (c->max_words >= 0 && out->argc > c->max_words)
		return cm_fail(err, CM_EINPUT, "'costmark %s' does not take '%s'; usage: %s", c->name,
			       out->argv[c->max_words], c->usage);
	return CM_OK;
}

void args_free(struct args *a)
{
	struct parsed *p = a->parsed;

	if (!p)
		return;
	free(p->given);
	free(p->word);
	str_free(&p->line);
	pool_free(&p->pool);
	free(p);
	a->parsed = NULL;
}

const char *args_nth(const struct args *a, const char *option_name, size_t i)
{
	for (size_t k = 0; k < a->parsed->n; k++)
		if (!strcmp(a->parsed->given[k].def->name, option_name) && !i--)
			return a->parsed->given[k].value ? a->parsed->given[k].value : "";
	return NULL;
}

size_t args_count(const struct args *a, const char *option_name)
{
	size_t n = 0;

	while (args_nth(a, option_name, n))
		n++;
	return n;
}

const char *args_get(const struct args *a, const char *option_name)
{
	const size_t n = args_count(a, option_name);

	return n ? args_nth(a, option_name, n - 1) : NULL;
}

bool args_has(const struct args *a, const char *option_name)
{
	return args_nth(a, option_name, 0) != NULL;
}

struct suffix { const char *text; double factor; };

static enum cm_status scaled(const struct args *a, const char *name, const struct suffix *s,
			     const char *expected, double *v, struct cm_err *err)
{
	const char *text = args_get(a, name);
	char *end;
	double x;

	if (!text)
		return CM_OK;
	errno = 0;
	x = strtod(text, &end);
	if (end == text || errno || !isfinite(x) || x <= 0)
		return cm_fail(err, CM_EINPUT, "--%s takes %s, not '%s'", name, expected, text);
	for (; s->text; s++) {
		if (!strcmp(end, s->text)) {
			*v = x * s->factor;
			return CM_OK;
		}
	}
	return cm_fail(err, CM_EINPUT, "--%s takes %s, not '%s'", name, expected, text);
}

enum cm_status args_fraction(const struct args *a, const char *name, double *v, struct cm_err *e)
{
	static const struct suffix s[] = { { "%", 0.01 }, { "", 1 }, { NULL, 0 } };

	return scaled(a, name, s, "a share above 0 such as 1% or 0.01", v, e);
}

enum cm_status args_seconds(const struct args *a, const char *name, double *v, struct cm_err *e)
{
	static const struct suffix s[] = { { "s", 1 },    { "", 1 },     { "ms", 1e-3 },
					   { "m", 60 },   { "min", 60 }, { "h", 3600 },
					   { NULL, 0 } };

	return scaled(a, name, s, "a time such as 60s, 2m or 500ms", v, e);
}

enum cm_status args_count_of(const struct args *a, const char *name, unsigned long *v,
			     struct cm_err *e)
{
	const char *text = args_get(a, name);
	char *end;
	unsigned long x;

	if (!text)
		return CM_OK;
	errno = 0;
	x = strtoul(text, &end, 10);
	if (end == text || *end || errno || *text == '-')
		return cm_fail(e, CM_EINPUT, "--%s takes a whole number, not '%s'", name, text);
	*v = x;
	return CM_OK;
}

void args_help(const struct command *c, FILE *out)
{
	fprintf(out, "%s\n\nExamples:\n%s\nusage: %s\n\nOptions:\n", c->summary, c->examples, c->usage);
	for (const struct option_def *d = options_table; d->name; d++) {
		char left[64], letter[8] = "    ";

		if (!takes(d, c->name))
			continue;
		if (d->letter)
			snprintf(letter, sizeof letter, "-%c, ", d->letter);
		snprintf(left, sizeof left, "%s--%s%s%s", letter, d->name, d->arg ? " " : "",
			 d->arg ? d->arg : "");
		fprintf(out, "  %-24s %s%s%s%s\n", left, d->help, d->choices ? " (" : "",
			d->choices ? d->choices : "", d->choices ? ")" : "");
	}
}

void cmd_print_json(struct cmj *doc)
{
	struct str text = { 0 };

	cmj_print(doc, true, &text);
	fputs(str_get(&text), stdout);
	str_free(&text);
	cmj_free(doc);
}

int cmd_fail(const struct args *a, const struct cm_err *err)
{
	log_error(err);
	if (a && a->parsed && args_has(a, "json")) {
		struct cmj *doc = cmj_document("error");

		cmj_set(doc, "error", cmj_string(err->why));
		cmj_set(doc, "status", cmj_string(cm_status_word(err->st)));
		cmj_set(doc, "exit", cmj_int(cm_status_exit(err->st)));
		cmd_print_json(doc);
	}
	return cm_status_exit(err->st);
}
