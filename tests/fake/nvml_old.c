/* The management library of an old driver: it lacks the energy counter, the fields and the reasons.
 */
#define FAKE_OLD
#include "nvml_fake.c"
