/* Loads what a decision needs: the price tables, the store's rows, the scenario. Names no decider. */
#include "cli/deciding.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/units.h"
#include "cli/price_actions.h"
#include "engine/catalogue_imported.h"
#include "engine/registry.h"

#define SAMPLES_MOST 100000000UL

/* Newest row of each cell; a store that is not there holds none and is not made. */
static enum cm_status read_store(const struct args *a, bool must, struct store_rows *out,
				 struct cm_err *err)
{
	const char *given = args_get(a, "store");
	char *path = given ? cm_strdup(given) : file_xdg_data_dup("results.db");
	struct store *s = NULL;
	enum cm_status st = CM_OK;
	if ((given && must) || (path && file_exists(path))) {
		st = store_open_read(path, &s, err);
		if (!st)
			st = store_rows(s, NULL, NULL, out, err);
		store_close(s);
	}
	free(path);
	return st;
}

/* Offers that were imported; a price store that is not there, and was not named, holds none. */
static enum cm_status add_prices(const struct args *a, struct catalogue *c, struct cm_err *err)
{
	struct price_store *prices = NULL;
	const enum cm_status st = price_store_of(a, &prices, err);

	if (prices)
		catalogue_add_imported(c, imported_open(prices));
	return st;
}

static enum cm_status ask_sampling(const struct args *a, struct deciding *d, struct cm_err *err)
{
	unsigned long samples = 0, seed = 1;
	enum cm_status st = args_count_of(a, "samples", &samples, err);
	if (!st)
		st = args_count_of(a, "seed", &seed, err);
	if (!st && samples > SAMPLES_MOST)
		st = cm_fail(err, CM_EINPUT, "--samples: expected at most %lu, found %lu", SAMPLES_MOST,
			     samples);
	if (!st && d->decider->sampling)
		d->decider->sampling(d->scenario,
				     args_has(a, "samples") ? samples : CM_SAMPLES_DEFAULT, seed);
	return st;
}

static enum cm_status open_all(const struct args *a, const char *path, bool must,
			       struct deciding *d, struct cm_err *err)
{
	*d = (struct deciding){ .decider = registry_deciders[0] };
	const char *data = file_data_dir(), *store = args_get(a, "store");
	enum cm_status st = CM_OK;

	if (!d->decider)
		st = cm_fail(err, CM_EINTERNAL, "this program was built without a decider");
	else if (!data)
		st = cm_fail(err, CM_EINPUT, "the tables and models are nowhere: set COSTMARK_DATA to "
			     "the folder that holds vendors/ and reports/model/");
	if (!st)
		st = catalogue_load(data, &d->catalogue, err);
	if (!st)
		st = add_prices(a, d->catalogue, err);
	if (!st)
		st = read_store(a, must, &d->rows, err);
	if (!st)
		st = resolver_open(data, d->catalogue, &d->names, err);
	if (!st && (must || !store || file_exists(store)))
		st = published_load(store, d->names, &d->published, err);
	d->results = (struct result_source){ d->rows.row, d->rows.n, d->published.row, d->published.n };
	if (!st)
		st = d->decider->load(path, data, d->catalogue, &d->results, &d->scenario, err);
	if (!st)
		st = ask_sampling(a, d, err);
	if (st)
		deciding_close(d);
	return st;
}

enum cm_status deciding_open(const struct args *a, struct deciding *d, struct cm_err *err)
{
	return open_all(a, a->argv[0], true, d, err);
}

enum cm_status deciding_open_for(const struct args *a, const char *path, struct deciding *d,
				 struct cm_err *err)
{
	return open_all(a, path, false, d, err);
}

void deciding_close(struct deciding *d)
{
	if (d->scenario)
		d->decider->free(d->scenario);
	store_rows_free(&d->rows);
	published_free(&d->published);
	resolver_close(d->names);
	catalogue_free(d->catalogue);
	units_close();
	*d = (struct deciding){ .decider = NULL };
}
