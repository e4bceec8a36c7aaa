/* Loads what a decision needs: the price tables, the store's rows, the scenario. Names no decider. */
#include "cli/deciding.h"

#include "base/file.h"
#include "base/units.h"
#include "engine/registry.h"

enum cm_status deciding_open(const struct args *a, struct deciding *out, struct cm_err *err)
{
	struct deciding d = { .decider = registry_deciders[0] };
	const char *data = file_data_dir();
	enum cm_status st = CM_OK;
	if (!d.decider)
		st = cm_fail(err, CM_EINTERNAL, "this program was built without a decider");
	else if (!data)
		st = cm_fail(err, CM_EINPUT, "the tables and models are nowhere: set COSTMARK_DATA to "
			     "the folder that holds vendors/ and reports/model/");
	if (!st)
		st = catalogue_load(data, &d.catalogue, err);
	if (!st)
		st = d.decider->load(a->argv[0], data, d.catalogue, &d.results, &d.scenario, err);
	if (st) {
		deciding_close(&d);
		return st;
	}
	*out = d;
	return CM_OK;
}

void deciding_close(struct deciding *d)
{
	if (d->scenario)
		d->decider->free(d->scenario);
	catalogue_free(d->catalogue);
	units_close();
	*d = (struct deciding){ .decider = NULL };
}
