/* An AMD SMI without a call that sets a power limit. */
#define FAKE_NO_CAP
#include "amd_smi_fake.c"
