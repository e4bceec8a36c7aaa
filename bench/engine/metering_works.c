/*
 * Whose work a window is. A machine may hold cards that have no part in it: what they draw while idle is
 * in no unit of the work of another card, or of the processors. Channels tell by their PCI address; a
 * channel that covers something else is never left out.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/metering_inner.h"

/* A card is its domain, bus and device; partitions of it are functions, and draw from one supply. */
static bool card_of(const char *text, unsigned at[3])
{
	static const char ends[] = "::.";

	for (size_t i = 0; i < 3; i++) {
		char *end;
		const unsigned long v = strtoul(text, &end, 16);

		if (end == text || *end != ends[i] || v > UINT32_MAX)
			return false;
		at[i] = (unsigned)v;
		text = end + 1;
	}
	return *text != '\0'; /* the function */
}

void metering_works_on(struct metering *m, enum cm_device_class cls, const char *location)
{
	m->works = cls == CM_CPU		 ? WORKS_ON_PROCESSORS
		   : card_of(location, m->works_at) ? WORKS_ON_CARD
						   : WORKS_UNTOLD;
	metering_choose(m, false);
}

const char *metering_bystander(struct metering *m, const struct track *t)
{
	unsigned at[3];

	if (m->works == WORKS_UNTOLD || !card_of(t->ch->covers, at))
		return NULL;
	if (m->works == WORKS_ON_PROCESSORS)
		return "took no part: the work ran on the processors";
	if (memcmp(at, m->works_at, sizeof at) == 0)
		return NULL;
	return pool_printf(&m->text, "took no part: the work ran on %04x:%02x:%02x", m->works_at[0],
			   m->works_at[1], m->works_at[2]);
}
