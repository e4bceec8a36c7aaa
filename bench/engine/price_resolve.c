/* Between rows and the resolver (see resolve.h): counts of devices stay exact decimals. */
#include "engine/price_resolve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/resolve.h"

struct price_names {
	struct catalogue *catalogue;
	struct resolver *resolver;
	char devices[48];
};

/* count of the source times what one thing of that name holds; NULL: the source's count stays. */
static const char *times(struct price_names *n, const char *count, const char *each)
{
	struct dec a, b;

	if (!*each || !strcmp(each, "1"))
		return NULL;
	if (!dec_parse(count, &a) || !dec_parse(each, &b) || a.m <= 0)
		return NULL;
	if (!dec_mul_int(a, b.m, &a) || a.scale + b.scale > 18)
		return NULL;
	a.scale += b.scale;
	dec_print(a, n->devices, sizeof n->devices);
	return n->devices;
}

static bool resolve_row(void *ctx, const struct price_row *row, struct price_resolved *out)
{
	struct price_names *n = ctx;
	const struct resolve_query q = { row->provider, row->offer, row->device_text,
					 *row->device_memory ? strtod(row->device_memory, NULL) : NAN };
	struct resolved r = { 0 };

	if (!resolve_device(n->resolver, &q, &r))
		return false;
	out->device = r.device;
	if (r.by_offer && r.devices && *r.devices)
		out->devices = r.devices;
	else if (r.devices)
		out->devices = times(n, row->devices, r.devices);
	return true;
}

enum cm_status price_names_open(const char *dir, struct price_names **names, struct price_resolver *out,
				struct cm_err *err)
{
	struct price_names *n = cm_alloc(sizeof *n);
	enum cm_status st = catalogue_load(dir, &n->catalogue, err);

	if (!st)
		st = resolver_open(dir, n->catalogue, &n->resolver, err);
	if (st) {
		price_names_close(n);
		return st;
	}
	*out = (struct price_resolver){ resolve_row, n };
	*names = n;
	return CM_OK;
}

void price_names_close(struct price_names *n)
{
	if (!n)
		return;
	resolver_close(n->resolver);
	catalogue_free(n->catalogue);
	free(n);
}
