/* See cap_replay.h. What goes wrong is a warning: the command itself can still do its work. */
#include "cli/cap_replay.h"

#include "base/log.h"
#include "engine/cap_keeper.h"

void cap_replay(void)
{
	char restored[600];
	struct cm_err err;

	if (cap_keeper_replay(restored, sizeof restored, &err))
		log_warn("%s", err.why);
	else if (*restored)
		log_warn("restored the power limits that a killed sweep had left: %s", restored);
}
