/* Reads ROOT/proc/cpuinfo. x86 in full; of other machines the number of CPUs and the implementer. */
#include "base/cpuinfo.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static void text_of(char *out, size_t cap, const char *value)
{
	if (!out[0])
		snprintf(out, cap, "%s", value);
}

static void number_of(int *out, const char *value)
{
	char *end = NULL;
	long v = strtol(value, &end, 0);

	if (*out < 0 && end != value && v >= 0 && v < 1 << 20)
		*out = (int)v;
}

static bool has_word(const char *line, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = strstr(line, word); at; at = strstr(at + 1, word)) {
		if ((at == line || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
			return true;
	}
	return false;
}

static void take(struct cpuinfo *c, const char *key, const char *value)
{
	if (strcmp(key, "processor") == 0 && isdigit((unsigned char)value[0]))
		c->threads++;
	else if (strcmp(key, "vendor_id") == 0)
		text_of(c->vendor, sizeof c->vendor, value);
	else if (strcmp(key, "CPU implementer") == 0 && !c->vendor[0])
		snprintf(c->vendor, sizeof c->vendor, "ARM implementer %.12s", value);
	else if (strcmp(key, "model name") == 0)
		text_of(c->name, sizeof c->name, value);
	else if (strcmp(key, "cpu family") == 0)
		number_of(&c->family, value);
	else if (strcmp(key, "model") == 0)
		number_of(&c->model, value);
	else if (strcmp(key, "stepping") == 0)
		number_of(&c->stepping, value);
	else if (strcmp(key, "flags") == 0 && c->threads == 1) {
		c->hypervisor = has_word(value, "hypervisor");
		c->sgx = has_word(value, "sgx");
	}
}

bool cpuinfo_read(const char *root, struct cpuinfo *out)
{
	struct cpuinfo c = { .family = -1, .model = -1, .stepping = -1 };
	char *path = cm_printf_dup("%s/proc/cpuinfo", root ? root : "");
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;

	free(path);
	if (!f)
		return false;
	while (getline(&line, &cap, f) > 0) {
		char *colon = strchr(line, ':'), *value, *end;

		if (!colon)
			continue;
		value = colon + 1 + strspn(colon + 1, " \t");
		value[strcspn(value, "\r\n")] = '\0';
		for (end = colon; end > line && isspace((unsigned char)end[-1]); end--)
			;
		*end = '\0';
		take(&c, line, value);
	}
	free(line);
	fclose(f);
	*out = c;
	return true;
}
