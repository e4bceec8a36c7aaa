/* A management library that lacks a call which every driver has. */
#define FAKE_BROKEN
#include "nvml_fake.c"
