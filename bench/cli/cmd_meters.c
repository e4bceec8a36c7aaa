/*
 * `costmark meters`: every energy and event channel with its scope, what it covers, how often it is
 * updated and its reading, or why it is absent. Knows channels, and no meter by name.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/json.h"
#include "base/textable.h"
#include "cli/cap_replay.h"
#include "cli/limits_out.h"
#include "cli/meters_watch.h"
#include "cli/opt.h"
#include "cli/sysfs_root.h"
#include "engine/metering.h"

static const char *kind_word(const struct meter_channel *ch)
{
	static const char *const word[] = {
		[CM_ENERGY_COUNTER] = "energy",  [CM_POWER_SAMPLE] = "power",
		[CM_EVENT_COUNTER] = "events",   [CM_GAUGE] = "condition",
	};

	return word[ch->kind];
}

/* 1000000 ns → "1 ms". */
static void period_text(const struct metering_channel *c, char *out, size_t cap)
{
	const double s = (double)c->refresh_ns * 1e-9;
	const char *source = c->channel ? c->channel->refresh_source : "";
	const char *who = c->refresh_measured || cm_starts(source, "measured") ? "" :
			  cm_starts(source, "assumed") ? " (assumed)" : " (stated)";

	if (c->refresh_ns == 0)
		snprintf(out, cap, "%s", "each read");
	else if (s < 1)
		snprintf(out, cap, "%.3g ms%s", s * 1e3, who);
	else
		snprintf(out, cap, "%.3g s%s", s, who);
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static struct cmj *channel_json(const struct metering_channel *c)
{
	const struct meter_channel *ch = c->channel;
	struct cmj *o = cmj_object();

	cmj_set(o, "name", cmj_string(ch ? ch->name : c->meter->name));
	cmj_set(o, "meter", cmj_string(c->meter->name));
	cmj_set(o, "source", ch ? cmj_string(ch->source) : cmj_null());
	cmj_set(o, "kind", ch ? cmj_string(kind_word(ch)) : cmj_null());
	cmj_set(o, "scope", ch && c->st != CM_UNSUPPORTED ? cmj_string(cm_scope_word(ch->scope)) :
							    cmj_null());
	cmj_set(o, "covers", ch && ch->covers[0] ? cmj_string(ch->covers) : cmj_null());
	cmj_set(o, "unit", ch ? cmj_string(ch->unit) : cmj_null());
	cmj_set(o, "present", cmj_bool(c->st == CM_OK));
	cmj_set(o, "status", cmj_string(cm_status_word(c->st)));
	cmj_set(o, "reason", cmj_string(c->reason));
	if (!ch)
		return o;
	cmj_set(o, "basis", cmj_string(cm_basis_word(ch->basis)));
	cmj_set(o, "step", ch->step > 0 ? cmj_number(ch->step) : cmj_null());
	cmj_set(o, "wraps_at", ch->wraps_at > 0 ? cmj_number(ch->wraps_at) : cmj_null());
	cmj_set(o, "update_period_s", cmj_number((double)c->refresh_ns * 1e-9));
	cmj_set(o, "update_period_measured", cmj_bool(c->refresh_measured ||
						      cm_starts(ch->refresh_source, "measured")));
	cmj_set(o, "update_period_source", cmj_string(ch->refresh_source));
	cmj_set(o, "error_lo", cmj_number(ch->err_lo));
	cmj_set(o, "error_hi", cmj_number(ch->err_hi));
	cmj_set(o, "error_source", cmj_string(ch->err_source));
	cmj_set(o, "reading", cmj_number(c->value));
	cmj_set(o, "flag", cmj_string(c->flag));
	cmj_set(o, "note", cmj_string(ch->note));
	cmj_set(o, "aside", cmj_bool(ch->aside));
	return o;
}

static void print_json(const struct cmj *document)
{
	struct str text = { 0 };

	cmj_print(document, true, &text);
	fwrite(str_get(&text), 1, text.len, stdout);
	str_free(&text);
}

static struct cmj *document_of(const struct metering *m, const struct limit_rows *limits)
{
	const struct metering_channel *c;
	size_t n = metering_channels(m, &c);
	struct cmj *doc = cmj_document("meters"), *list = cmj_array();

	for (size_t i = 0; i < n; i++)
		cmj_push(list, channel_json(&c[i]));
	cmj_set(doc, "channels", list);
	cmj_set(doc, "limits", limits_json(limits));
	return doc;
}

/* ---- text ---------------------------------------------------------------------------------- */

static size_t count_present(const struct metering *m, bool present)
{
	const struct metering_channel *c;
	size_t n = metering_channels(m, &c), found = 0;

	for (size_t i = 0; i < n; i++)
		found += (c[i].st == CM_OK) == present;
	return found;
}

static void print_present(const struct metering *m)
{
	static const char *const titles[] = { "channel", "meter", "scope", "covers", "basis",
					      "period", "reading", "" };
	const struct metering_channel *c;
	size_t n = metering_channels(m, &c);
	struct textable *t = textable_new("llllllrl", titles);

	for (size_t i = 0; i < n; i++) {
		const struct meter_channel *ch = c[i].channel;
		char period[40];

		if (c[i].st != CM_OK)
			continue;
		period_text(&c[i], period, sizeof period);
		textable_cell(t, ch->name);
		textable_cell(t, c[i].meter->name);
		textable_cell(t, cm_scope_word(ch->scope));
		textable_cell(t, ch->covers);
		textable_cell(t, cm_basis_word(ch->basis));
		textable_cell(t, period);
		if (isnan(c[i].value))
			textable_cell(t, "no reading");
		else
			textable_cellf(t, "%.10g %s", c[i].value, ch->unit);
		textable_cell(t, *c[i].flag ? c[i].flag : ch->note);
	}
	textable_print(t, stdout, textable_width(stdout));
}

static void print_missing(const struct metering *m)
{
	static const char *const titles[] = { "not readable", "meter", "state", "reason" };
	const struct metering_channel *c;
	size_t n = metering_channels(m, &c);
	struct textable *t = textable_new("llll", titles);

	for (size_t i = 0; i < n; i++) {
		if (c[i].st == CM_OK)
			continue;
		textable_cell(t, c[i].channel ? c[i].channel->name : "(whole meter)");
		textable_cell(t, c[i].meter->name);
		textable_cell(t, cm_status_word(c[i].st));
		textable_cell(t, c[i].reason);
	}
	textable_print(t, stdout, textable_width(stdout));
}

static void print_tables(const struct metering *m)
{
	bool present = count_present(m, true) > 0, missing = count_present(m, false) > 0;

	if (present)
		print_present(m);
	if (present && missing)
		putchar('\n');
	if (missing)
		print_missing(m);
	if (!present && !missing)
		puts("This program was built without any meter.");
}

static void print_basis(const struct metering *m)
{
	const struct metering_channel *c;
	size_t n = metering_channels(m, &c);

	for (size_t i = 0; i < n; i++) {
		const struct meter_channel *ch = c[i].channel;
		struct str text = { 0 }, safe = { 0 };

		if (c[i].st != CM_OK || ch->basis != CM_MODELLED)
			continue;
		str_addf(&text, "%s is modelled, not measured: %s", ch->name, ch->source);
		esc_terminal(&safe, str_get(&text));
		printf("\n%s.\nError band %+.0f %% to %+.0f %%: %s.\n", str_get(&safe), 100 * ch->err_lo,
		       100 * ch->err_hi, ch->err_source);
		str_free(&text);
		str_free(&safe);
	}
}

/* ---- the command --------------------------------------------------------------------------- */

static enum cm_status show(struct metering *m, const struct args *a, const struct cap_listed *listed,
			   size_t n, struct cm_err *err)
{
	struct limit_rows limits;
	enum cm_status st;

	if (!args_has(a, "dump")) /* a file does not change */
		metering_calibrate(m, 0.5);
	st = metering_read(m, err);
	if (st != CM_OK)
		return st;
	limits_gather(listed, n, m, &limits);
	if (args_has(a, "json")) {
		struct cmj *doc = document_of(m, &limits);

		print_json(doc);
		cmj_free(doc);
	} else {
		print_tables(m);
		limits_print(&limits, textable_width(stdout));
		print_basis(m);
	}
	limits_free(&limits);
	return CM_OK;
}

static int meters(const struct args *a)
{
	struct metering_options o = { .redfish = args_get(a, "redfish"),
				      .redfish_ca = args_get(a, "redfish-ca"),
				      .wall = args_get(a, "wall"),
				      .dump = args_get(a, "dump") };
	struct cm_err err = { CM_OK, "" };
	struct metering *m = NULL;
	struct cap_listed *listed = NULL;
	size_t limits = 0;
	bool stopped = false;
	unsigned long count = 0;
	enum cm_status st = args_count_of(a, "count", &count, &err);

	if (st == CM_OK)
		st = sysfs_root_of(a, &o.sysfs_root, &err);
	if (st == CM_OK && args_has(a, "count") && !args_has(a, "watch"))
		st = cm_fail(&err, CM_EINPUT, "--count is for --watch: costmark meters --watch --count 5");
	if (st == CM_OK && o.dump && (o.sysfs_root || args_has(a, "watch")))
		st = cm_fail(&err, CM_EINPUT, "--dump shows one file: it takes neither --sysfs-root nor "
			     "--watch");
	if (st == CM_OK && !o.dump)
		cap_replay();
	if (st == CM_OK && !o.dump && !args_has(a, "watch")) /* while there is one thread */
		limits = cap_limits_list(o.sysfs_root, &listed);
	if (st == CM_OK)
		st = metering_open(&o, &m, &err);
	if (st == CM_OK)
		st = args_has(a, "watch") ? meters_watch(m, args_has(a, "json"), count, &stopped, &err) :
					    show(m, a, listed, limits, &err);
	metering_close(m);
	free(listed);
	if (st != CM_OK)
		return cmd_fail(a, &err);
	return stopped ? CM_EXIT_INTERRUPTED : CM_EXIT_OK;
}

const struct command cmd_meters = {
	.name = "meters",
	.usage = "costmark meters [--watch [--count N]] [--json] [--sysfs-root DIR]\n"
		 "                       [--redfish ADDRESS|DIR [--redfish-ca FILE]] [--wall FILE]\n"
		 "                       | [--dump FILE]",
	.summary = "energy and event channels: scope, what they cover, update period, or why absent",
	.examples = "costmark meters\ncostmark meters --watch --count 10\n"
		    "nvidia-smi -q -x >gpus.xml && costmark meters --dump gpus.xml",
	.max_words = 0,
	.run = meters,
};
