/* See stop.h. Without SA_RESTART, so that a wait ends at once. */
#include "cli/stop.h"

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

const volatile sig_atomic_t *stop_on_signals(void)
{
	const struct sigaction act = { .sa_handler = on_signal };

	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	return &stop;
}
