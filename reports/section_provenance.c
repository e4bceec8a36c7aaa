/*
 * Where the report comes from: program, command line, runs, seeds and the hash of everything that went in,
 * so that somebody else can make it again; and what to check before it is published.
 */
#include <string.h>

#include "base/compose.h"

static void runs(struct compose *c, const struct report_data *r)
{
	compose_heading(c, "Runs whose rows are shown");
	if (!r->nruns) {
		compose_text(c, "None: nothing was measured for this report.");
		return;
	}
	compose_table(c, "runs", "Runs, in the order in which the rows name them");
	compose_column(c, "Run", "", 0, false);
	compose_column(c, "Tag", "", 0, false);
	compose_column(c, "Begun", "", 0, false);
	compose_column(c, "Ended", "", 0, false);
	compose_column(c, "State", "", 0, false);
	compose_column(c, "Seed", "", 0, false);
	compose_column(c, "Machine", "", 0, false);
	compose_column(c, "Program", "", 0, false);
	compose_column(c, "Command line", "", 0, false);
	for (size_t i = 0; i < r->nruns; i++) {
		const struct report_run *x = &r->runs[i];

		compose_cell(c, x->id, "not named");
		compose_cell(c, x->tag, "none");
		compose_cell(c, x->begun, "not known");
		compose_cell(c, x->ended, "not ended");
		compose_cell(c, x->state, "not ended");
		compose_cell(c, x->seed, "not known");
		compose_cell(c, x->elsewhere ? "another one" : "this one", "");
		compose_cell(c, x->version, "not known");
		compose_cell(c, x->command_line, "not known");
	}
	compose_table_end(c, r->nruns > 10);
}

static void hashes(struct compose *c, const struct report_data *r)
{
	compose_heading(c, "What went in");
	if (!r->nfiles) {
		compose_text(c, "Not known: no input was hashed.");
		return;
	}
	compose_text(c, "The same files, by their SHA-256, and the same command give the same report; set "
		     "SOURCE_DATE_EPOCH to have the same date too.");
	compose_table(c, "inputs-hashed", "Files and their SHA-256");
	compose_column(c, "File", "", 0, false);
	compose_column(c, "SHA-256", "", 0, false);
	for (size_t i = 0; i < r->nfiles; i++) {
		compose_cell(c, r->files[i].path, "not named");
		compose_cell(c, r->files[i].sha256, "not known");
	}
	compose_table_end(c, r->nfiles > 12);
}

static void publishing(struct compose *c)
{
	compose_heading(c, "Before it is published");
	compose_text(c, "This report is not signed, names no sponsor and has no corrections yet. "
		     "Whoever publishes it adds who paid for it, and keeps a list of corrections "
		     "with their dates.");
	compose_text(c, "To check: some licences of drivers, libraries and cloud services restrict "
		     "the publishing of benchmarks; the terms of every product named here apply. "
		     "Names of products are trademarks of their owners and are used to say what "
		     "was measured; nobody endorses this report. Prices are those of their sources "
		     "on their dates, and are no offers.");
}

static enum cm_status emit(const struct report_data *r, block_sink sink, void *state, struct cm_err *err)
{
	struct compose c = compose_begin(sink, state, err);

	compose_fact(&c, "Program", r->version && *r->version
		     ? pool_printf(&c.pool, "costmark %s, licence Apache-2.0", r->version) : NULL,
		     "costmark");
	compose_fact(&c, "Written", r->created, "not dated");
	compose_fact(&c, "Command line", r->command_line, "not known");
	compose_fact(&c, "Seeds", r->seed_text, "none: nothing was drawn at random");
	compose_facts_end(&c);
	runs(&c, r);
	hashes(&c, r);
	publishing(&c);
	return compose_end(&c);
}

const struct section section_provenance = {
	.abi = CM_REPORT_ABI, .name = "provenance", .title = "Provenance", .rank = 100, .emit = emit,
};
