/*
 * Device names: from a seller's spelling to the catalogue's name, or a sentence why not.
 *
 * All knowledge is data: names and aliases of vendors/X/devices.csv, and vendors/X/names.csv, which
 * says what an instance type holds and which spellings mean which device. Nothing is matched by a
 * part of its name.
 */
#ifndef CM_ENGINE_RESOLVE_H
#define CM_ENGINE_RESOLVE_H

#include <stdbool.h>

#include "api/price.h"

struct resolver;

struct resolve_query {
	const char *provider;    /* "aws"; "" = no one in particular */
	const char *offer;       /* instance type or part, "" = none */
	const char *device_text; /* as the source writes it, "" = none */
	double memory_gib;       /* of one device; NaN or 0 = not told */
};

struct resolved {
	const char *device;      /* the catalogue's name, borrowed; NULL: why says why not */
	/* decimal text: in one unit of the offer, or in one thing of that name (a TPU slice);
	 * "" = not told */
	const char *devices;
	/* the offer decided: devices is the whole count. Else multiply by the source's */
	bool by_offer;
	const char *file;        /* table row that decided it */
	size_t line;
	char why[240];           /* "" where nothing was asked: no offer of the tables, no device text */
};

/* Reads dir's tables vendors/X/names.csv; c must outlive the resolver. A wrong cell is CM_EINPUT at
 * its place. */
enum cm_status resolver_open(const char *dir, const struct catalogue *c, struct resolver **out,
			     struct cm_err *err);
void resolver_close(struct resolver *r); /* NULL is fine */
/* In this order: the provider's offer, the provider's own spelling, everybody's spelling, the same without
 * makers' words and with a memory size at the end taken off. Several devices of one spelling are told
 * apart by memory within 10 %; else it stays unresolved. true: out->device is set. */
bool resolve_device(const struct resolver *r, const struct resolve_query *q, struct resolved *out);

#endif
