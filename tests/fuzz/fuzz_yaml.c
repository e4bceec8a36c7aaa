/* Any bytes as a scenario file: a tree whose places are in the file, or one sentence with a place. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(int ok)
{
	if (!ok)
		abort();
}

static void walk(const struct yaml_node *node, size_t lines, size_t *left)
{
	must(node->line >= 1 && node->line <= lines && node->col >= 1);
	if (node->kind == YAML_SCALAR)
		must(node->text != NULL);
	for (size_t i = 0; i < node->items && *left > 0; i++) {
		--*left;
		must((node->kind == YAML_MAP) == (node->item[i].key != NULL));
		if (node->kind == YAML_MAP)
			must(yaml_get(node, node->item[i].key) == &node->item[i]);
		walk(&node->item[i], lines, left);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct yaml *y = NULL;
	struct cm_err err = { 0 };
	char *text = cm_strndup((const char *)data, n);
	size_t lines = 2, left = 2000;

	for (size_t i = 0; i < n; i++)
		lines += data[i] == '\n' || data[i] == '\r' || data[i] == 0x85 || data[i] == 0xa8 ||
			 data[i] == 0xa9; /* the last bytes of YAML 1.1's other line ends */
	const enum cm_status st = yaml_parse(text, n, "f", &y, &err);
	if (st == CM_OK)
		walk(yaml_root(y), lines, &left);
	else
		must(st == CM_EINPUT && y == NULL && cm_starts(err.why, "f:"));
	yaml_free(y);
	free(text);
	return 0;
}
