/*
 * The machine that wrote the report and every machine that measured for it: hardware, firmware, software,
 * limits, devices, what runs on them and what is missing with its reason. Knows no vendor and no format.
 */
#include <stdlib.h>
#include <string.h>

#include "base/compose.h"

static const char MACHINE_OF[] = "machine of run ";

/* ---- differences between machines ---------------------------------------------------------------- */

static const char *value_of(const struct report_data *d, const char *group, const char *name)
{
	for (size_t i = 0; i < d->nfacts; i++)
		if (!strcmp(d->facts[i].name, name) &&
		    (group ? !strcmp(d->facts[i].group, group)
			   : !cm_starts(d->facts[i].group, MACHINE_OF) &&
			     !cm_starts(d->facts[i].group, "device: ")))
			return d->facts[i].value;
	return NULL;
}

static size_t machines(struct compose *c, const struct report_data *d, const char ***out)
{
	const char **group = pool_alloc(&c->pool, (d->nfacts + 1) * sizeof *group);
	size_t n = 0;

	for (size_t i = 0; i < d->nfacts; i++) {
		const char *g = d->facts[i].group;

		if (cm_starts(g, MACHINE_OF) && (!n || strcmp(group[n - 1], g) != 0))
			group[n++] = g;
	}
	*out = group;
	return n;
}

/* Only what differs, first: equal lines hide the one that matters. */
static void differences(struct compose *c, const struct report_data *d)
{
	const char **group;
	const size_t n = machines(c, d, &group);
	size_t rows = 0;

	if (!n)
		return;
	compose_heading(c, "What differs between the machines");
	compose_table(c, "system-differences", "Facts that are not the same on every machine");
	compose_column(c, "Fact", "", 0, false);
	compose_column(c, "This machine", "", 0, false);
	for (size_t g = 0; g < n; g++)
		compose_column(c, group[g], "", 0, false);
	for (size_t i = 0; i < d->nfacts; i++) {
		const char *name = d->facts[i].name;
		bool differs = false;

		if (strcmp(d->facts[i].group, group[0]) != 0)
			continue;
		const char *here = value_of(d, NULL, name);
		for (size_t g = 0; g < n; g++) {
			const char *there = value_of(d, group[g], name);
			differs |= !here != !there || (here && strcmp(here, there) != 0);
		}
		if (!differs)
			continue;
		rows++;
		compose_cell(c, name, "not named");
		compose_cell(c, here, "not reported");
		for (size_t g = 0; g < n; g++)
			compose_cell(c, value_of(d, group[g], name), "not reported");
	}
	compose_table_end(c, false);
	if (!rows)
		compose_text(c, "Nothing that either of them reports.");
}

/* ---- this machine -------------------------------------------------------------------------------- */

static void facts(struct compose *c, const struct report_data *d)
{
	compose_heading(c, "The machine that wrote this report");
	if (!d->nfacts) {
		compose_text(c, "Not known: nothing about the machine could be read.");
		return;
	}
	compose_table(c, "system-facts", "Hardware, firmware, software, limits and devices");
	compose_column(c, "Part", "", 0, false);
	compose_column(c, "Fact", "", 0, false);
	compose_column(c, "Value", "", 0, false);
	for (size_t i = 0; i < d->nfacts; i++) {
		compose_cell(c, d->facts[i].group, "other");
		compose_cell(c, d->facts[i].name, "not named");
		compose_cell(c, d->facts[i].value, "not reported");
	}
	compose_table_end(c, d->nfacts > 60);
}

static void presence(struct compose *c, const struct report_data *d)
{
	size_t here = 0, n = 0;

	for (size_t i = 0; i < d->npresent; i++)
		if (strcmp(d->present[i].kind, "meter") != 0) {
			n++;
			here += d->present[i].present;
		}
	compose_heading(c, "What can run here");
	if (!n) {
		compose_text(c, "Not known: no interface was asked.");
		return;
	}
	compose_text(c, "%zu of %zu interfaces and vendors' libraries are present. What is absent "
		     "could not be measured; the reason says what is missing. Meters are listed "
		     "under Energy.", here, n);
	compose_table(c, "presence", "Interfaces and tuned libraries");
	compose_column(c, "Kind", "", 0, false);
	compose_column(c, "Name", "", 0, false);
	compose_column(c, "State", "", 0, false);
	compose_column(c, "What it is, or why it is absent", "", 0, false);
	for (size_t i = 0; i < d->npresent; i++) {
		const struct present_row *p = &d->present[i];

		if (!strcmp(p->kind, "meter"))
			continue;
		compose_cell(c, p->kind, "other");
		compose_cell(c, p->name, "not named");
		compose_cell(c, p->present ? "present" : "absent", "");
		compose_cell(c, p->present ? p->desc : p->reason, p->present ? "no description"
									     : "no reason was given");
	}
	compose_table_end(c, false);
}

/* The drawing line by line; blanks at a line's start, which most formats drop, become dots. */
static void topology(struct compose *c, const struct report_data *d)
{
	const char *p = d->topology ? d->topology : "";

	compose_heading(c, "How the machine is built");
	if (!*p) {
		compose_text(c, "Not known: hwloc could not read the topology.");
		return;
	}
	compose_table(c, "topology", "Packages, memory, caches, cores and devices, as hwloc sees them");
	compose_column(c, "Part, one dot a level below the machine", "", 0, false);
	while (*p) {
		const size_t blanks = strspn(p, " "), len = strcspn(p, "\n");
		struct str line = { 0 };

		for (size_t i = 0; i + 1 < blanks && blanks < len; i += 2)
			str_add(&line, "· ");
		str_addn(&line, p + (blanks < len ? blanks : len), blanks < len ? len - blanks : 0);
		if (blanks < len)
			compose_cellf(c, "%s", str_get(&line));
		str_free(&line);
		p += len + (p[len] == '\n');
	}
	compose_table_end(c, true);
}

static enum cm_status emit(const struct report_data *r, block_sink sink, void *state, struct cm_err *err)
{
	struct compose c = compose_begin(sink, state, err);
	bool here = false;

	for (size_t i = 0; i < r->nruns; i++)
		here |= !r->runs[i].elsewhere;
	if (r->nrows && r->nruns && !here)
		compose_note(&c, CM_VALID, "All measured rows come from other machines than the "
			     "one that wrote this report.");
	differences(&c, r);
	facts(&c, r);
	presence(&c, r);
	topology(&c, r);
	return compose_end(&c);
}

const struct section section_systems = {
	.abi = CM_REPORT_ABI, .name = "systems", .title = "Systems", .rank = 80, .emit = emit,
};
